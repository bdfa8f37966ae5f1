//! The S3 of a test that needs no fault: the fake, or the server that `BEDROCK_ASK_TEST_S3` names.

use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::{FakeS3, Store};
use crate::harness::Run;

/// An S3 without faults and counts.
///
/// ```
/// let s3 = AnyS3::start();
/// let bucket = s3.bucket("eu-central-1");
/// let ran = bedrock_ask(["batch", "submit", "in.jsonl", "--s3", &format!("s3://{bucket}/jobs")]).with_any_s3(&s3).run();
/// assert_eq!(s3.store().keys(&bucket, "jobs/").len(), 1);
/// ```
pub enum AnyS3 {
    Fake(FakeS3),
    /// The URL of a server that this project did not write.
    Server(String),
}

impl AnyS3 {
    /// Starts the fake, or takes the server of `BEDROCK_ASK_TEST_S3`: the only place that reads it.
    pub fn start() -> Self {
        #[expect(clippy::disallowed_methods, reason = "this is no setting of the program")]
        match std::env::var("BEDROCK_ASK_TEST_S3") {
            Ok(url) if !url.is_empty() => Self::Server(url),
            _ => Self::Fake(FakeS3::start()),
        }
    }

    /// Returns the URL.
    pub fn url(&self) -> String {
        match self {
            Self::Fake(fake) => fake.url(),
            Self::Server(url) => url.clone(),
        }
    }

    /// Returns what reads and writes its objects.
    pub fn store(&self) -> Store {
        match self {
            Self::Fake(fake) => fake.store(),
            Self::Server(url) => Store::at(url),
        }
    }

    /// Creates a bucket in this Region, and returns its name, which no other test has.
    pub fn bucket(&self, region: &str) -> String {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("bucket-{}-{}", process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        self.store().create_bucket(&name, region);
        name
    }
}

impl Run {
    /// Points the binary at this S3.
    pub fn with_any_s3(self, s3: &AnyS3) -> Self {
        match s3 {
            AnyS3::Fake(fake) => self.with_s3(fake),
            AnyS3::Server(url) => self.env("AWS_ENDPOINT_URL_S3", url),
        }
    }
}
