//! Which job is created, in which form of the model, and that there is never a second one.

use serde_json::json;

use super::{Setup, prompts};
use crate::fake_bedrock::{End, Expected, Operation, Reply};
use crate::fake_s3::S3Operation;

#[test]
fn the_same_submit_again_sends_nothing() {
    let setup = Setup::new();
    let first = setup.usual().run();
    let (s3, bedrock) = (setup.s3.operations().len(), setup.fake.requests().len());
    let again = setup.usual().run();
    assert_eq!(again.stdout_text(), first.stdout_text());
    assert!(again.stderr_text().contains("the jobs exist already; nothing is sent"), "{again}");
    assert_eq!((setup.s3.operations().len(), setup.fake.requests().len()), (s3, bedrock));
}

#[test]
fn without_its_manifest_a_submit_finds_its_job_by_name() {
    let setup = Setup::new();
    let first = setup.usual().run();
    std::fs::remove_file(setup.home.here().join("prompts.jsonl.batch.json")).unwrap();
    let again = setup.usual().run();
    assert_eq!(again.stdout_text(), first.stdout_text(), "{again}");
    assert!(again.stderr_text().contains("exists already"), "{again}");
    assert_eq!(setup.created().len(), 1);
    assert_eq!(setup.s3.count(S3Operation::UploadPart), 1);
    assert_eq!(setup.manifest()["jobs"][0]["state"], "created");
}

#[test]
fn a_job_of_the_same_name_that_has_failed_is_named() {
    let setup = Setup::new();
    setup.usual().run();
    let arn = setup.fake.jobs().arns().remove(0);
    setup.fake.jobs().ends(&arn, End::Failed("no access".to_owned()));
    setup.fake.jobs().finish(&arn);
    std::fs::remove_file(setup.home.here().join("prompts.jsonl.batch.json")).unwrap();
    let again = setup.usual().run();
    assert!(again.stderr_text().contains("exists already, and is failed: no access"), "{again}");
    let other = setup.submit("prompts.jsonl --s3 s3://bucket/in --name again --manifest again.json").run();
    assert_eq!(other.exit(), Some(0), "{other}");
    assert_eq!(setup.fake.jobs().arns().len(), 2);
    assert_eq!(setup.s3.count(S3Operation::UploadPart), 1);
}

#[test]
fn another_input_or_other_options_do_not_replace_a_manifest() {
    let setup = Setup::new();
    setup.usual().run();
    let before = setup.manifest();
    let sent = setup.s3.operations().len();
    for (arguments, expected) in [
        ("prompts.jsonl --s3 s3://bucket/in --max-tokens 5", "of a submit with other options"),
        ("prompts.jsonl --s3 s3://bucket/in --hours 30", "of a submit with other options"),
        ("prompts.jsonl --s3 s3://bucket/elsewhere", "of a submit with other options"),
    ] {
        let ran = setup.submit(arguments).run();
        assert!(ran.exit() == Some(2) && ran.stderr_text().contains(expected), "{ran}");
    }
    setup.home.write_here("prompts.jsonl", prompts(121).as_bytes());
    let ran = setup.usual().run();
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains("of a submit with another input"), "{ran}");
    setup.home.write_here("prompts.jsonl.batch.json", b"{}");
    let ran = setup.usual().run();
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains("it has no `version`"), "{ran}");
    assert_eq!(setup.s3.operations().len(), sent);
    assert_eq!(before["jobs"][0]["state"], "created");
}

#[test]
fn a_model_that_is_refused_is_tried_in_its_other_form_once() {
    let setup = Setup::new();
    setup.fake.jobs().only_models(&[("amazon.nova-lite-v1:0", "us-east-1")]);
    setup.s3.create_bucket("east", "us-east-1");
    let ran = setup.submit("prompts.jsonl --s3 s3://east/in --region us-east-1").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(
        ran.stderr_text().contains(
            "batch inference does not accept `us.amazon.nova-lite-v1:0`; the job is created with `amazon.nova-lite-v1:0`, the same model"
        ),
        "{ran}"
    );
    let sent: Vec<_> = setup.created().iter().map(|job| job["modelId"].clone()).collect();
    assert_eq!(sent, [json!("us.amazon.nova-lite-v1:0"), json!("amazon.nova-lite-v1:0")]);
    let tokens: Vec<_> = setup.created().iter().map(|job| job["clientRequestToken"].clone()).collect();
    assert_ne!(tokens[0], tokens[1]);
    assert_eq!(setup.manifest()["jobs"][0]["modelId"], "amazon.nova-lite-v1:0");
}

#[test]
fn a_model_that_batch_inference_does_not_have_is_explained() {
    let setup = Setup::new();
    setup.fake.jobs().only_models(&[]);
    let ran = setup.usual().run();
    let folder = setup.s3.keys("bucket", "in/").remove(0).split('/').nth(1).unwrap().to_owned();
    insta::assert_snapshot!(ran.snapshot().replace(&folder, "CONTENT"), @"
    ----- stdout -----
    ----- stderr -----
    note: uploaded s3://bucket/in/CONTENT/1/records-1.jsonl (120 records, 11890 bytes)
    error: batch inference does not accept `eu.amazon.nova-lite-v1:0` in eu-central-1
      aws: ValidationException: Batch inference is not supported for the requested model
      aws: request ID: 00000000-0000-4000-8000-000000000002
    cause: batch inference has a list of models and Regions of its own

     hint: the models and Regions: https://docs.aws.amazon.com/bedrock/latest/userguide/batch-inference-supported.html
     hint: to send the records from this machine: `bedrock-ask batch run -m nova-lite prompts.jsonl -o prompts.results.jsonl`
    ----- exit 3 -----
    ");
    // The plain ID cannot be invoked there, and is not tried.
    assert_eq!(setup.created().len(), 1);
    assert_eq!(setup.manifest()["jobs"][0]["state"], "uploaded");
    assert!(setup.manifest()["jobs"][0]["modelId"].as_str().unwrap().starts_with("eu."));
}

#[test]
fn the_other_form_never_leaves_the_routing() {
    let setup = Setup::new();
    setup.s3.create_bucket("east", "us-east-1");
    setup.fake.jobs().only_models(&[("us.amazon.nova-lite-v1:0", "us-east-1")]);
    let ran = setup.submit("prompts.jsonl --s3 s3://east/in --region us-east-1 --routing in-region").run();
    assert_eq!(ran.exit(), Some(3), "{ran}");
    assert_eq!(setup.created().len(), 1);
    let ran = setup.submit("prompts.jsonl --s3 s3://east/in --region us-east-1 --routing in-region,geographic").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.created().last().unwrap()["modelId"], "us.amazon.nova-lite-v1:0");
}

#[test]
fn a_job_that_another_submit_created_meanwhile_is_taken() {
    let setup = Setup::new();
    setup.usual().run();
    std::fs::remove_file(setup.home.here().join("prompts.jsonl.batch.json")).unwrap();
    // The list does not have it yet.
    let none = json!({"invocationJobSummaries": []}).to_string();
    setup.fake.expect(Expected::new(Operation::ListModelInvocationJobs).replies(Reply::Page(
        200,
        "application/json".to_owned(),
        none,
    )));
    setup.fake.expect(Expected::new(Operation::CreateModelInvocationJob).fails(
        400,
        "ConflictException",
        "The provided job name is currently in use.",
    ));
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ran.stdout_text().trim_end(), setup.fake.jobs().arns()[0]);
}
