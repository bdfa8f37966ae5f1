//! Jobs that `submit` has created, for the tests of the commands that follow them.

use std::fmt::Write as _;

use crate::fake_bedrock::*;
use crate::fake_s3::FakeS3;
use crate::harness::{Home, Run, bedrock_ask};

pub const REGION: &str = "eu-central-1";
pub const BUCKET: &str = "bucket";
pub const MANIFEST: &str = "prompts.jsonl.batch.json";
const ROLE: &str = "arn:aws:iam::111122223333:role/batch";

/// Jobs of a manifest in the current directory of the runs.
pub struct Submitted {
    pub fake: FakeBedrock,
    pub s3: FakeS3,
    pub home: Home,
}

impl Submitted {
    /// Submits this many records, of which a job takes at most `most`.
    pub fn new(records: usize, most: usize) -> Self {
        let mut input = String::new();
        for number in 0..records {
            writeln!(input, r#"{{"recordId":"id-{number}","prompt":"prompt {number}"}}"#).unwrap();
        }
        Self::of(&input, most)
    }

    /// Submits these lines, of which a job takes at most `most`.
    pub fn of(input: &str, most: usize) -> Self {
        let s3 = FakeS3::start();
        s3.create_bucket(BUCKET, REGION);
        let fake = FakeBedrock::start().with_jobs(s3.store());
        fake.jobs().limits(1, 50_000);
        let submitted = Self { fake, s3, home: Home::new() };
        submitted.home.write_here("prompts.jsonl", input.as_bytes());
        let limits = format!("records={most},min=1");
        let uri = format!("s3://{BUCKET}/jobs");
        let words = ["submit", "prompts.jsonl", "--s3", &uri, "--role", ROLE, "--limits", &limits, "-m", "nova-lite"];
        let ran = submitted.run(words).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        submitted
    }

    /// Submits this many records to one job, which ends like this.
    pub fn ended(records: usize, end: End) -> Self {
        let submitted = Self::new(records, 50_000);
        submitted.fake.jobs().all_end(end);
        submitted.fake.jobs().finish_all();
        submitted
    }

    /// Prepares a run of a subcommand in the directory with the manifest.
    pub fn run<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Run {
        self.run_without_region(words).argument("--region").argument(REGION)
    }

    /// Prepares a run that names no Region.
    pub fn run_without_region<'a>(&self, words: impl IntoIterator<Item = &'a str>) -> Run {
        bedrock_ask(["batch"].into_iter().chain(words))
            .home(&self.home)
            .credentials()
            .against(&self.fake)
            .with_s3(&self.s3)
    }

    /// Returns the ARN of the only job.
    pub fn arn(&self) -> String {
        let mut arns = self.fake.jobs().arns();
        assert_eq!(arns.len(), 1);
        arns.remove(0)
    }

    /// Returns the keys of the results of all jobs.
    pub fn results(&self) -> Vec<String> {
        let mut keys = self.s3.keys(BUCKET, "");
        keys.retain(|key| key.ends_with(".jsonl.out"));
        keys
    }

    /// Whether the directory has a file of this name.
    pub fn has(&self, name: &str) -> bool {
        self.home.here().join(name).exists()
    }
}
