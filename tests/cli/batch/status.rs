//! `bedrock-ask batch status`: each status, and the wait for the end.

use serde_json::{Value, json};

use super::jobs::*;
use crate::fake_bedrock::*;
#[cfg(unix)]
use crate::harness::Stream;

/// Returns the status of each job of a run that prints tab-separated lines.
fn statuses(stdout: &str) -> Vec<String> {
    stdout.lines().map(|line| line.split('\t').nth(2).unwrap().to_owned()).collect()
}

#[test]
fn each_status_is_shown_with_the_word_of_aws() {
    let submitted = Submitted::new(3, 100);
    let arn = submitted.arn();
    for expected in ["Submitted", "Validating", "Scheduled", "InProgress", "Completed"] {
        let ran = submitted.run(["status"]).run();
        assert_eq!((statuses(ran.stdout_text()), ran.exit()), (vec![expected.to_owned()], Some(0)), "{ran}");
        submitted.fake.jobs().advance(&arn);
    }
    let ran = submitted.run_without_region(["status", &arn, "--format", "json"]).run();
    let job: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(
        (&job["jobArn"], &job["status"], &job["totalRecordCount"]),
        (&json!(arn), &json!("Completed"), &json!(3))
    );
    assert!(job["submitTime"].is_string() && job["endTime"].is_string() && job["message"].is_null(), "{job}");
}

#[test]
fn an_unknown_status_and_a_message_on_several_lines_are_shown_on_one() {
    let fake = FakeBedrock::start();
    let arn = "arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/abc123def456";
    let job = json!({
        "jobArn": arn,
        "jobName": "nightly",
        "modelId": "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0",
        "roleArn": "arn:aws:iam::111122223333:role/batch",
        "status": "Napping",
        "message": "first\nsecond\tthird",
        "submitTime": "2026-01-31T12:00:00Z",
        "processedRecordCount": 7,
    });
    fake.expect_repeatedly(get_model_invocation_job().replies(Reply::Page(
        200,
        "application/json".to_owned(),
        job.to_string(),
    )));
    let run = || crate::harness::bedrock_ask(["batch", "status", arn]).credentials().against(&fake);
    insta::assert_snapshot!(run().run(), @"
    ----- stdout -----
    arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/abc123def456	nightly	Napping	eu.amazon.nova-lite-v1:0	2026-01-31T12:00:00Z			7			first second third
    ----- stderr -----
    ----- exit 0 -----
    ");
    #[cfg(unix)]
    {
        let ran = run().terminal([Stream::Stdout]).columns(120).run();
        insta::assert_snapshot!(ran, @"
        ----- stdout -----
        NAME     STATUS   MODEL                     SUBMITTED (UTC)   PROCESSED  MESSAGE
        nightly  Napping  eu.amazon.nova-lite-v1:0  2026-01-31 12:00          7  first second third
        ----- stderr -----
        note: columns hidden to fit the terminal: arn; `--format json` has all
        ----- exit 0 -----
        ");
    }
}

#[test]
fn a_watch_prints_each_change_and_ends_with_the_jobs() {
    for (end, exit) in [
        (End::Completed, 0),
        (End::PartiallyCompleted(1), 7),
        (End::Expired(1), 7),
        (End::Stopped(1), 7),
        (End::Failed("no".to_owned()), 7),
    ] {
        let submitted = Submitted::new(3, 100);
        submitted.fake.jobs().all_end(end.clone());
        submitted.fake.jobs().automatic();
        let ran = submitted.run(["status", "--watch", "--interval", "10ms"]).run();
        assert_eq!(ran.exit(), Some(exit), "{end:?}: {ran}");
        let text = ran.stderr_text();
        for status in ["Submitted", "Validating", "Scheduled", "InProgress"] {
            assert_eq!(text.matches(&format!(": {status}")).count(), 1, "{status}: {ran}");
        }
        assert_eq!(statuses(ran.stdout_text()).len(), 1, "{ran}");
    }
}

#[test]
fn a_watch_goes_on_after_throttling_and_asks_only_for_jobs_that_have_not_ended() {
    let submitted = Submitted::new(250, 100);
    let arns = submitted.fake.jobs().arns();
    submitted.fake.jobs().finish(&arns[0]);
    submitted.fake.jobs().automatic();
    let ran = submitted.run(["status", "--watch", "--interval", "10ms"]).env("AWS_MAX_ATTEMPTS", "1").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let asked = |arn: &str| {
        let requests = submitted.fake.requests_of(Operation::GetModelInvocationJob);
        let id = arn.rsplit('/').next().unwrap().to_owned();
        requests.iter().filter(|request| request.path().ends_with(&id)).count()
    };
    assert_eq!((asked(&arns[0]), asked(&arns[1])), (1, 5), "{ran}");

    let submitted = Submitted::ended(3, End::Completed);
    for _ in 0..2 {
        submitted.fake.expect(get_model_invocation_job().fails(429, "ThrottlingException", "Too many requests"));
    }
    let words = ["status", "--watch", "--interval", "10ms"];
    let ran = submitted.run(words).env("AWS_MAX_ATTEMPTS", "1").run();
    assert!(ran.exit() == Some(0) && ran.stderr_text().matches("trying again").count() == 2, "{ran}");
}

#[cfg(unix)]
#[test]
fn a_watch_can_be_interrupted() {
    let submitted = Submitted::new(3, 100);
    let running = submitted.run(["status", "--watch"]).spawn();
    running.stderr_until("Submitted");
    running.interrupt();
    let ran = running.finish();
    assert!(ran.snapshot().contains("signal 2"), "{ran}");
}

#[test]
fn without_a_name_there_must_be_one_manifest() {
    let submitted = Submitted::new(3, 100);
    let before = submitted.fake.requests().len();
    submitted.home.write_here("other.batch.json", b"{}");
    let ran = submitted.run(["status"]).run();
    let expected = "several manifests: `other.batch.json`, `prompts.jsonl.batch.json`";
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains(expected), "{ran}");
    let ran = submitted.run(["status", "other.batch.json"]).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    error: `other.batch.json` is not a manifest of `batch submit` that can be used
    cause: it has no `version`

     hint: `batch submit` writes it beside the input, as `INPUT.batch.json`
    ----- exit 2 -----
    ");
    assert_eq!(submitted.fake.requests().len(), before);
    assert_eq!(submitted.run(["status", MANIFEST]).run().exit(), Some(0));
}

#[test]
fn arns_of_other_things_and_of_other_regions_are_refused() {
    let submitted = Submitted::new(3, 100);
    let before = submitted.fake.requests().len();
    for (target, text) in [
        (
            "arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-lite-v1:0",
            "not the ARN of a batch inference job",
        ),
        ("arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abc123def456", "--region us-east-1"),
        ("missing.batch.json", "does not exist"),
    ] {
        let ran = submitted.run(["status", target]).run();
        assert!(ran.exit() == Some(2) && ran.stderr_text().contains(text), "{ran}");
    }
    assert_eq!(submitted.fake.requests().len(), before);
}

#[test]
fn jobs_that_are_not_created_yet_are_shown_and_cannot_be_watched() {
    let submitted = Submitted::new(3, 100);
    let manifest = submitted.home.read_here(MANIFEST);
    let manifest = manifest.replace("\"created\"", "\"creating\"").replace(&format!("\"{}\"", submitted.arn()), "null");
    submitted.home.write_here(MANIFEST, manifest.as_bytes());
    let ran = submitted.run(["status"]).run();
    assert_eq!((statuses(ran.stdout_text()), ran.exit()), (vec!["creating".to_owned()], Some(0)), "{ran}");
    let json = submitted.run(["status", "--format", "json"]).run();
    assert_eq!(serde_json::from_str::<Value>(json.stdout_text()).unwrap()["jobArn"], Value::Null);
    let ran = submitted.run(["status", "--watch"]).run();
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains("have not been created"), "{ran}");
}
