//! `batch submit`: what is refused before anything is sent, uploads and jobs, and submits that were killed.

mod denials;
#[cfg(unix)]
mod interrupted;
mod jobs;
mod refusals;
mod uploads;

use serde_json::{Value, json};

use crate::fake_bedrock::{FakeBedrock, Operation};
use crate::fake_s3::{FakeS3, S3Operation};
use crate::harness::{Home, Ran, Run, bedrock_ask};

const REGION: &str = "eu-central-1";
const ROLE: &str = "arn:aws:iam::111122223333:role/batch";

/// The bucket `bucket`, the control plane, and the files of the user.
pub struct Setup {
    pub fake: FakeBedrock,
    pub s3: FakeS3,
    pub home: Home,
}

impl Setup {
    /// Creates a setup with 120 records in `prompts.jsonl`.
    pub fn new() -> Self {
        let s3 = FakeS3::start();
        s3.create_bucket("bucket", REGION);
        let home = Home::new();
        home.write_here("prompts.jsonl", prompts(120).as_bytes());
        Self { fake: FakeBedrock::start().with_jobs(s3.store()), s3, home }
    }

    /// Returns the run of a submit with these arguments besides the role and the model.
    pub fn submit(&self, arguments: &str) -> Run {
        self.submit_as(ROLE, arguments)
    }

    /// Returns the run of a submit with this role.
    pub fn submit_as(&self, role: &str, arguments: &str) -> Run {
        let line = format!("batch submit --role {role} -m nova-lite {arguments}");
        bedrock_ask(line.split_whitespace())
            .env("AWS_REGION", REGION)
            .home(&self.home)
            .credentials()
            .against(&self.fake)
            .with_s3(&self.s3)
    }

    /// Returns the usual submit of `prompts.jsonl`.
    pub fn usual(&self) -> Run {
        self.submit("prompts.jsonl --s3 s3://bucket/in")
    }

    pub fn manifest(&self) -> Value {
        serde_json::from_str(&self.home.read_here("prompts.jsonl.batch.json")).unwrap()
    }

    /// Returns the lines of an object.
    pub fn lines(&self, key: &str) -> Vec<Value> {
        let object = self.s3.object("bucket", key).expect("the object exists");
        let text = String::from_utf8(object.bytes.to_vec()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    /// Fails if anything was sent.
    pub fn assert_nothing_sent(&self, ran: &Ran) {
        assert_eq!(self.s3.operations(), [], "{ran}");
        assert_eq!(self.fake.requests().len(), 0, "{ran}");
    }

    /// Returns the bodies of the jobs that were requested.
    pub fn created(&self) -> Vec<Value> {
        let requests = self.fake.requests_of(Operation::CreateModelInvocationJob);
        requests.iter().map(|request| serde_json::from_slice(&request.body).unwrap()).collect()
    }
}

/// Returns so many records.
pub fn prompts(count: usize) -> String {
    (0..count).map(|number| json!({"prompt": format!("Say {number}")}).to_string() + "\n").collect()
}

#[test]
fn the_records_are_uploaded_and_a_job_is_created() {
    let setup = Setup::new();
    let ran = setup.usual().run();
    let job = &setup.created()[0];
    let key = setup.s3.keys("bucket", "in/").remove(0);
    let (folder, name) = (key.split('/').nth(1).unwrap().to_owned(), job["jobName"].as_str().unwrap().to_owned());
    let shown = ran.snapshot().replace(&folder, "CONTENT");
    insta::assert_snapshot!(shown, @"
    ----- stdout -----
    arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/fake00000001
    ----- stderr -----
    note: uploaded s3://bucket/in/CONTENT/1/records-1.jsonl (120 records, 11890 bytes)
    note: to follow them: `bedrock-ask batch status prompts.jsonl.batch.json`
    ----- exit 0 -----
    ");
    assert_eq!(
        *job,
        json!({
            "jobName": name,
            "clientRequestToken": job["clientRequestToken"],
            "roleArn": ROLE,
            "modelId": "eu.amazon.nova-lite-v1:0",
            "modelInvocationType": "Converse",
            "inputDataConfig": {"s3InputDataConfig": {
                "s3InputFormat": "JSONL",
                "s3Uri": format!("s3://bucket/in/{folder}/1/records-1.jsonl"),
            }},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": "s3://bucket/in/output/"}},
        })
    );
    assert!(name.starts_with("prompts-") && name.len() == "prompts-0123456789ab".len(), "{name}");
    let lines = setup.lines(&key);
    assert_eq!(lines.len(), 120);
    assert_eq!(
        lines[41],
        json!({
            "recordId": "000000042",
            "modelInput": {"messages": [{"role": "user", "content": [{"text": "Say 41"}]}]},
        })
    );
    let manifest = setup.manifest();
    assert_eq!(
        (&manifest["version"], &manifest["records"], &manifest["jobs"][0]["state"]),
        (&json!(1), &json!(120), &json!("created"))
    );
    assert_eq!(manifest["jobs"][0]["arn"], json!(setup.fake.jobs().arns()[0]));
    assert_eq!(setup.s3.uploads(), []);
    // The records are such as batch inference takes.
    let arn = setup.fake.jobs().arns().remove(0);
    setup.fake.jobs().finish(&arn);
    assert_eq!(setup.fake.jobs().status(&arn), "Completed");
}

#[test]
fn the_options_reach_each_record_and_the_job() {
    let setup = Setup::new();
    let key = "arn:aws:kms:eu-central-1:111122223333:key/1234abcd";
    let ran = setup
        .submit(&format!(
            "prompts.jsonl --s3 s3://bucket/in --output s3://bucket/out --hours 48 --kms-key {key} --name night \
             --max-tokens 9 -s Briefly --format json --manifest m.json"
        ))
        .run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let job = &setup.created()[0];
    assert_eq!(job["timeoutDurationInHours"], 48);
    assert_eq!(
        job["outputDataConfig"]["s3OutputDataConfig"],
        json!({"s3Uri": "s3://bucket/out/", "s3EncryptionKeyId": key})
    );
    assert!(job["jobName"].as_str().unwrap().starts_with("night-"), "{job}");
    let object = setup.s3.keys("bucket", "in/").remove(0);
    let line = &setup.lines(&object)[0]["modelInput"];
    assert_eq!(line["inferenceConfig"], json!({"maxTokens": 9}));
    assert_eq!(line["system"], json!([{"text": "Briefly"}]));
    let encryption = setup.s3.object("bucket", &object).unwrap().encryption;
    assert_eq!(encryption, Some(("aws:kms".to_owned(), key.to_owned())));
    let printed: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(
        (&printed["jobArn"], &printed["recordCount"], &printed["outputUri"]),
        (&json!(setup.fake.jobs().arns()[0]), &json!(120), &json!("s3://bucket/out/"))
    );
    assert!(setup.home.read_here("m.json").contains("\"created\""));
}

#[test]
fn a_dry_run_sends_nothing_and_writes_nothing() {
    let setup = Setup::new();
    let ran = setup
        .submit(
            "prompts.jsonl --s3 s3://bucket/in --dry-run --limits records=50,min=10,file=4000,job=9000 --format json",
        )
        .run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    setup.assert_nothing_sent(&ran);
    let jobs: Vec<Value> = ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let sizes: Vec<_> = jobs.iter().map(|job| (job["recordCount"].clone(), job["fileCount"].clone())).collect();
    assert_eq!(sizes, [(json!(50), json!(2)), (json!(50), json!(2)), (json!(20), json!(1))]);
    assert!(jobs.iter().all(|job| job["jobArn"].is_null()));
    assert!(!setup.home.here().join("prompts.jsonl.batch.json").exists());
    assert_eq!(setup.s3.count(S3Operation::HeadBucket), 0);
}

#[test]
fn records_are_divided_into_files_and_jobs() {
    let setup = Setup::new();
    let limits = "--limits records=50,min=10,file=4000,job=9000";
    let ran = setup.submit(&format!("prompts.jsonl --s3 s3://bucket/in {limits}")).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ran.stdout_text().lines().collect::<Vec<_>>(), setup.fake.jobs().arns());
    let keys = setup.s3.keys("bucket", "in/");
    assert_eq!(keys.len(), 5, "{keys:?}");
    let ids: Vec<_> = keys.iter().flat_map(|key| setup.lines(key)).map(|line| line["recordId"].clone()).collect();
    assert_eq!(ids, (1..=120).map(|number| json!(format!("{number:09}"))).collect::<Vec<_>>());
    let inputs: Vec<_> =
        setup.created().iter().map(|job| job["inputDataConfig"]["s3InputDataConfig"]["s3Uri"].clone()).collect();
    assert!(
        inputs[0].as_str().unwrap().ends_with("/1/") && inputs[2].as_str().unwrap().ends_with("/3/records-1.jsonl"),
        "{inputs:?}"
    );
    let names: Vec<_> = setup.created().iter().map(|job| job["jobName"].as_str().unwrap().to_owned()).collect();
    assert!(names.iter().zip(["-1", "-2", "-3"]).all(|(name, number)| name.ends_with(number)), "{names:?}");
    setup.fake.jobs().limits(10, 50);
    setup.fake.jobs().finish_all();
    let arns = setup.fake.jobs().arns();
    for arn in arns {
        assert_eq!(setup.fake.jobs().status(&arn), "Completed");
    }
}

#[test]
fn the_last_job_takes_records_from_the_one_before_if_it_had_too_few() {
    let setup = Setup::new();
    let ran =
        setup.submit("prompts.jsonl --s3 s3://bucket/in --dry-run --limits records=110,min=50 --format json").run();
    let records: Vec<Value> = ran
        .stdout_text()
        .lines()
        .map(|line| serde_json::from_str::<Value>(line).unwrap()["recordCount"].clone())
        .collect();
    assert_eq!(records, [json!(70), json!(50)], "{ran}");
}
