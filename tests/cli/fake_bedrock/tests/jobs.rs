//! Batch inference: requests, states, and what is read and written.

use std::thread;

use super::*;
use crate::fake_s3::{FakeS3, Store};

const REGION: &str = "eu-central-1";
const MODEL: &str = "eu.amazon.nova-lite-v1:0";

/// A fake with 100 records in `in/a.jsonl` and one in `in/deep/b.jsonl`.
struct Setup {
    fake: FakeBedrock,
    store: Store,
    bucket: String,
    _s3: FakeS3,
}

impl Setup {
    fn new() -> Self {
        let s3 = FakeS3::start();
        let (store, bucket) = (s3.store(), "bucket".to_owned());
        s3.create_bucket(&bucket, REGION);
        let lines: String = (0..100).map(record).collect();
        store.put(&bucket, "in/a.jsonl", lines.as_bytes());
        store.put(&bucket, "in/deep/b.jsonl", record(100).as_bytes());
        store.put(&bucket, "in/other.txt", b"");
        Self { fake: FakeBedrock::start().with_jobs(s3.store()), store, bucket, _s3: s3 }
    }

    fn request(&self, name: &str, token: &str) -> Value {
        json!({
            "jobName": name,
            "clientRequestToken": token,
            "modelId": MODEL,
            "roleArn": "arn:aws:iam::111122223333:role/batch",
            "modelInvocationType": "Converse",
            "timeoutDurationInHours": 48,
            "inputDataConfig": {"s3InputDataConfig": {"s3Uri": format!("s3://{}/in/", self.bucket)}},
            "outputDataConfig": {"s3OutputDataConfig": {"s3Uri": format!("s3://{}/out", self.bucket)}},
        })
    }

    fn create(&self, request: &Value) -> Answer {
        ask(&self.fake, REGION, "POST", "/model-invocation-job", &request.to_string())
    }

    fn created(&self, name: &str) -> String {
        self.create(&self.request(name, name)).json()["jobArn"].as_str().unwrap().to_owned()
    }

    fn get(&self, arn: &str) -> Value {
        let target = format!("/model-invocation-job/{}", arn.replace(':', "%3A").replace('/', "%2F"));
        ask(&self.fake, REGION, "GET", &target, "").json()
    }

    fn output(&self, arn: &str, name: &str) -> Vec<Value> {
        let key = format!("out/{}/{name}", rules::arn_resource(arn).1);
        let text = String::from_utf8(self.store.get(&self.bucket, &key).unwrap()).unwrap();
        text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }
}

fn record(number: usize) -> String {
    let body = json!({"messages": [{"role": "user", "content": [{"text": format!("prompt {number}")}]}]});
    format!("{}\n", json!({"recordId": format!("{number:09}"), "modelInput": body}))
}

#[test]
fn a_job_goes_through_its_states_and_writes_its_results() {
    let setup = Setup::new();
    let arn = setup.created("job");
    assert!(arn.starts_with("arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/"), "{arn}");
    let first = setup.get(&arn);
    assert_eq!(
        (&first["status"], &first["jobName"], &first["modelId"], &first["timeoutDurationInHours"]),
        (&json!("Submitted"), &json!("job"), &json!(MODEL), &json!(48))
    );
    assert!(first["endTime"].is_null() && first["totalRecordCount"].is_null());
    let states = [(); 5].map(|()| {
        setup.fake.jobs().advance(&arn);
        setup.fake.jobs().status(&arn)
    });
    assert_eq!(states, ["Validating", "Scheduled", "InProgress", "Completed", "Completed"]);
    let last = setup.get(&arn);
    assert_eq!((&last["totalRecordCount"], &last["successRecordCount"]), (&json!(101), &json!(101)));
    assert!(last["endTime"].is_string());
    let lines = setup.output(&arn, "a.jsonl.out");
    assert_eq!(lines.len(), 100);
    assert_eq!(lines[0]["recordId"], "000000099", "another order");
    assert_eq!(lines[0]["modelOutput"]["output"]["message"]["content"][0]["text"], "prompt 99");
    assert_eq!(lines[0]["modelInput"]["messages"][0]["content"][0]["text"], "prompt 99");
    assert_eq!(setup.output(&arn, "deep/b.jsonl.out").len(), 1);
    let manifest = &setup.output(&arn, "manifest.json.out")[0];
    assert_eq!((&manifest["processedRecordCount"], &manifest["inputTokenCount"]), (&json!(101), &json!(707)));
}

#[test]
fn a_job_is_created_once_by_token_and_by_name() {
    let setup = Setup::new();
    let arn = setup.created("job");
    assert_eq!(setup.created("job"), arn);
    let mut other = setup.request("another", "job");
    assert_eq!(setup.create(&other).json()["jobArn"], json!(arn), "the token counts, not the name");
    other = setup.request("job", "another");
    let refused = setup.create(&other);
    assert_eq!((refused.status, refused.message()), (400, "The provided job name is currently in use.".into()));
    assert_eq!(setup.fake.jobs().arns(), [arn]);
}

#[test]
fn requests_are_validated() {
    let setup = Setup::new();
    let refused = |change: &dyn Fn(&mut Value)| {
        let mut request = setup.request("job", "token");
        change(&mut request);
        let answer = setup.create(&request);
        assert!(answer.status >= 400, "{request}");
        answer.message()
    };
    for name in ["-job", "job_1", "", &"j".repeat(64)] {
        assert!(refused(&|request| request["jobName"] = json!(name)).contains("'jobName'"));
    }
    for token in ["a_b", "a-", "-a"] {
        assert!(refused(&|request| request["clientRequestToken"] = json!(token)).contains("'clientRequestToken'"));
    }
    assert!(refused(&|request| request["roleArn"] = json!("batch")).contains("'roleArn'"));
    let other = json!("arn:aws:iam::444455556666:role/batch");
    assert_eq!(refused(&|request| request["roleArn"] = other.clone()), "Cross-account pass role is not allowed.");
    for hours in [23, 169] {
        assert!(
            refused(&|request| request["timeoutDurationInHours"] = json!(hours)).contains("Member must have value")
        );
    }
    for uri in ["s3://Bucket/in/", "s3://bucket/a=b/", "s3://bucket//in", "bucket/in"] {
        let message = refused(&|request| request["inputDataConfig"]["s3InputDataConfig"]["s3Uri"] = json!(uri));
        assert!(message.contains("'inputDataConfig.s3InputDataConfig.s3Uri'"), "{message}");
    }
    let nothing = format!("s3://{}/nothing/", setup.bucket);
    refused(&|request| request["inputDataConfig"]["s3InputDataConfig"]["s3Uri"] = json!(nothing));
    assert!(refused(&|request| request["modelInvocationType"] = json!("Chat")).contains("'modelInvocationType'"));
    assert!(refused(&|request| request["modelId"] = json!("amazon.nova-2-lite-v1:0")).contains("on-demand"));
    setup.fake.jobs().only_models(&[("amazon.nova-lite-v1:0", REGION)]);
    assert_eq!(refused(&|_| ()), "Batch inference is not supported for the requested model");
    setup.fake.jobs().only_models(&[(MODEL, REGION)]);
    setup.fake.jobs().deny_bucket(&setup.bucket);
    assert!(refused(&|_| ()).starts_with("Could not validate GetObject permissions"));
}

#[test]
fn input_that_is_not_valid_fails_the_job() {
    let setup = Setup::new();
    let arn = setup.created("job");
    setup.fake.jobs().limits(102, 50_000);
    setup.fake.jobs().finish(&arn);
    let job = setup.get(&arn);
    let message = format!("Batch job {arn} contains less records (101) than the required minimum of: 102");
    assert_eq!((&job["status"], &job["message"]), (&json!("Failed"), &json!(message)));
    let arn = setup.created("other");
    setup.fake.jobs().limits(1, 100);
    setup.fake.jobs().finish(&arn);
    assert!(setup.get(&arn)["message"].as_str().unwrap().contains("more records (101)"));
    let arn = setup.created("broken");
    setup.store.put(&setup.bucket, "in/a.jsonl", b"{\"recordId\": \"1\"}\n");
    setup.fake.jobs().finish(&arn);
    assert_eq!(setup.fake.jobs().status(&arn), "Failed");
    assert_eq!(setup.store.keys(&setup.bucket, "out/"), [""; 0]);
}

#[test]
fn jobs_end_with_a_part_of_their_results() {
    let setup = Setup::new();
    setup.fake.jobs().answering(|record| match record["recordId"].as_str().unwrap() {
        "000000000" => RecordReply::Error(400, "no".into()),
        "000000001" => RecordReply::Missing,
        "000000002" => RecordReply::Expired,
        "000000003" => RecordReply::Raw("{\"torn".into()),
        _ => RecordReply::echo(record),
    });
    for (end, status) in [
        (End::PartiallyCompleted(50), "PartiallyCompleted"),
        (End::Expired(50), "Expired"),
        (End::Stopped(50), "Stopped"),
    ] {
        let arn = setup.created(status);
        setup.fake.jobs().ends(&arn, end);
        setup.fake.jobs().finish(&arn);
        let job = setup.get(&arn);
        let counts = ["totalRecordCount", "processedRecordCount", "successRecordCount", "errorRecordCount"];
        assert_eq!(job["status"], status);
        assert_eq!(counts.map(|name| job[name].as_u64().unwrap()), [101, 49, 46, 3]);
        let key = format!("out/{}/a.jsonl.out", rules::arn_resource(&arn).1);
        let text = String::from_utf8(setup.store.get(&setup.bucket, &key).unwrap()).unwrap();
        assert!(text.contains(r#""error":{"errorCode":400,"errorMessage":"no","expired":false,"retryable":false}"#));
        assert!(text.contains(r#""expired":true"#) && text.contains("{\"torn"));
        assert!(!text.contains("000000001") && !text.contains("000000050"));
    }
    let arn = setup.created("Failed");
    setup.fake.jobs().all_end(End::Failed("an internal error".into()));
    setup.fake.jobs().finish_all();
    assert_eq!(setup.fake.jobs().job(&arn)["message"], "an internal error");
}

#[test]
fn a_tool_is_not_supported() {
    let setup = Setup::new();
    let line = record(0).replace("\"modelInput\":{", "\"modelInput\":{\"toolConfig\":{},");
    setup.store.put(&setup.bucket, "in/a.jsonl", line.as_bytes());
    let arn = setup.created("job");
    setup.fake.jobs().limits(1, 2);
    setup.fake.jobs().finish(&arn);
    let message = &setup.output(&arn, "a.jsonl.out")[0]["error"]["errorMessage"];
    assert_eq!(message, "Tool use is not supported for batch inference Converse requests.");
}

#[test]
fn jobs_are_listed_stopped_and_move_on_by_themselves() {
    let setup = Setup::new();
    let arns = ["first-a", "second-a", "third"].map(|name| setup.created(name));
    let list = |query: &str| {
        let answer = ask(&setup.fake, REGION, "GET", &format!("/model-invocation-jobs{query}"), "").json();
        let jobs = answer["invocationJobSummaries"].as_array().unwrap().clone();
        let names: Vec<_> = jobs.iter().map(|job| job["jobName"].as_str().unwrap().to_owned()).collect();
        (names, answer["nextToken"].as_str().map(str::to_owned))
    };
    let target = format!("/model-invocation-job/{}/stop", rules::arn_resource(&arns[2]).1);
    let stop = || ask(&setup.fake, REGION, "POST", &target, "{}").status;
    assert_eq!([stop(), stop()], [200, 400]);
    assert_eq!(list("?nameContains=-a&sortBy=CreationTime&sortOrder=Ascending").0, ["first-a", "second-a"]);
    assert_eq!(list("?statusEquals=Stopping").0, ["third"]);
    setup.fake.jobs().page_size(2);
    let (names, token) = list("");
    assert_eq!(names, ["third", "second-a"]);
    assert_eq!(list(&format!("?nextToken={}", token.unwrap())), (vec!["first-a".into()], None));
    assert_eq!(ask(&setup.fake, "us-east-1", "GET", "/model-invocation-jobs", "").json()["nextToken"], Value::Null);
    setup.fake.jobs().automatic();
    let states = [(); 2].map(|()| setup.get(&arns[2])["status"].clone());
    assert_eq!(states, ["Stopping", "Stopped"]);
    let states = [(); 5].map(|()| setup.get(&arns[0])["status"].clone());
    assert_eq!(states, ["Submitted", "Validating", "Scheduled", "InProgress", "Completed"]);
    let missing = ask(&setup.fake, REGION, "GET", "/model-invocation-job/abcdefghijkl", "");
    assert_eq!((missing.status, ask(&setup.fake, REGION, "GET", "/model-invocation-job/x", "").status), (404, 400));
}

#[test]
fn a_job_that_a_client_never_heard_of_is_there() {
    let setup = Setup::new();
    let held = setup.fake.hold(Operation::CreateModelInvocationJob, 1, Moment::After);
    thread::scope(|scope| {
        let create = scope.spawn(|| setup.create(&setup.request("job", "token")));
        held.wait();
        held.reset();
        assert!(create.join().unwrap().head.is_empty());
    });
    assert_eq!(setup.fake.jobs().arns().len(), 1);
    let held = setup.fake.hold(Operation::CreateModelInvocationJob, 1, Moment::Before);
    thread::scope(|scope| {
        let create = scope.spawn(|| setup.create(&setup.request("other", "other")));
        held.wait();
        assert_eq!(setup.fake.jobs().arns().len(), 1);
        held.release();
        assert_eq!(create.join().unwrap().status, 200);
    });
    assert_eq!(setup.fake.jobs().arns().len(), 2);
}
