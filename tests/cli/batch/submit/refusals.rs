//! What is refused before anything is sent.

use serde_json::json;

use super::{REGION, ROLE, Setup, prompts};
use crate::harness::{Ran, bedrock_ask};

/// Returns the run of a submit that must be refused without a request.
fn refused(setup: &Setup, arguments: &str) -> Ran {
    let ran = setup.submit(arguments).run();
    assert_eq!(ran.exit(), Some(2), "{arguments}\n{ran}");
    assert_eq!(ran.stdout_text(), "");
    setup.assert_nothing_sent(&ran);
    assert!(!setup.home.here().join("prompts.jsonl.batch.json").exists(), "{ran}");
    ran
}

#[test]
fn too_few_records_are_for_batch_run() {
    let setup = Setup::new();
    setup.home.write_here("few.jsonl", prompts(20).as_bytes());
    insta::assert_snapshot!(refused(&setup, "few.jsonl --s3 s3://bucket/in --hours 24 --max-tokens 9 -s Briefly"), @"
    ----- stdout -----
    ----- stderr -----
    error: a batch inference job has at least 100 records, and the input has 20
    cause: the quota differs by model and account; `--limits min=N` names another one

     hint: to send them from this machine: `bedrock-ask batch run -m nova-lite few.jsonl --max-tokens 9 -s Briefly -o few.results.jsonl`
    ----- exit 2 -----
    ");
    assert_eq!(setup.submit("few.jsonl --s3 s3://bucket/in --limits min=20").run().exit(), Some(0));
}

#[test]
fn tools_are_for_batch_run() {
    let setup = Setup::new();
    let tools = json!({"modelInput": {"messages": [], "toolConfig": {"tools": []}}});
    setup.home.write_here("tools.jsonl", format!("{}{tools}\n", prompts(100)).as_bytes());
    insta::assert_snapshot!(refused(&setup, "tools.jsonl --s3 s3://bucket/in"), @"
    ----- stdout -----
    ----- stderr -----
    error: `tools.jsonl`, line 101: the request has `toolConfig`
    cause: batch inference refuses tools in a Converse request

     hint: to send the records from this machine: `bedrock-ask batch run -m nova-lite tools.jsonl -o tools.results.jsonl`
    ----- exit 2 -----
    ");
    setup.home.write_here("schema.json", br#"{"type":"object","properties":{"a":{"type":"string"}}}"#);
    insta::assert_snapshot!(refused(&setup, "prompts.jsonl --s3 s3://bucket/in --schema schema.json"), @"
    ----- stdout -----
    ----- stderr -----
    error: `eu.amazon.nova-lite-v1:0` gets the schema as a tool, which batch inference refuses

     hint: to send the records from this machine: `bedrock-ask batch run -m nova-lite prompts.jsonl --schema schema.json -o prompts.results.jsonl`
    ----- exit 2 -----
    ");
    // Beside the messages a schema is no tool.
    let line = format!("batch submit prompts.jsonl --s3 s3://bucket/in --role {ROLE} --schema schema.json --dry-run");
    let native = bedrock_ask(line.split_whitespace().chain(["-m", "claude-haiku-4.5"])).env("AWS_REGION", REGION);
    assert_eq!(native.home(&setup.home).run().exit(), Some(0));
}

#[test]
fn names_that_aws_does_not_take_are_refused() {
    let setup = Setup::new();
    for arguments in [
        "prompts.jsonl --s3 bucket/in",
        "prompts.jsonl --s3 s3://Bucket/in",
        "prompts.jsonl --s3 s3://bucket/a=b",
        "prompts.jsonl --s3 s3://bucket/a+b",
        "prompts.jsonl --s3 s3://bucket/a//b",
        "prompts.jsonl --s3 s3://bucket/in --output s3://bucket/a:b",
        "prompts.jsonl --s3 s3://bucket/in --hours 23",
        "prompts.jsonl --s3 s3://bucket/in --hours 169",
        "prompts.jsonl --s3 s3://bucket/in --name -x",
        "prompts.jsonl --s3 s3://bucket/in --name a_b",
        "prompts.jsonl --s3 s3://bucket/in --kms-key 1234abcd",
        "prompts.jsonl --s3 s3://bucket/in --kms-key arn:aws:kms:us-east-1:111122223333:key/1234abcd",
        "prompts.jsonl --s3 s3://bucket/in --limits records=0",
        "prompts.jsonl --s3 s3://bucket/in --limits file=10",
        "- --s3 s3://bucket/in",
        "missing.jsonl --s3 s3://bucket/in",
    ] {
        refused(&setup, arguments);
    }
    for role in ["batch", "arn:aws:iam::111122223333:user/batch", "arn:aws-us-gov:iam::111122223333:role/batch"] {
        let ran = setup.submit_as(role, "prompts.jsonl --s3 s3://bucket/in").run();
        assert_eq!(ran.exit(), Some(2), "{role}\n{ran}");
        setup.assert_nothing_sent(&ran);
    }
}

#[test]
fn objects_outside_of_the_folder_are_refused() {
    let setup = Setup::new();
    let linked = |uri: &str| {
        let source = json!({"s3Location": {"uri": uri}});
        let content = json!([{"video": {"format": "mp4", "source": source}}, {"text": "What is it?"}]);
        let record = json!({"modelInput": {"messages": [{"role": "user", "content": content}]}});
        format!("{record}\n")
    };
    setup.home.write_here("video.jsonl", format!("{}{}", prompts(100), linked("s3://bucket/other/v.mp4")).as_bytes());
    insta::assert_snapshot!(refused(&setup, "video.jsonl --s3 s3://bucket/in"), @"
    ----- stdout -----
    ----- stderr -----
    error: `video.jsonl`, line 101: `s3://bucket/other/v.mp4` is not in the folder `s3://bucket/in/`
    cause: batch inference reads only objects in the folder of the job's input

     hint: copy the objects into the folder, or name the folder that has them with `--s3`
    ----- exit 2 -----
    ");
    setup.home.write_here("video.jsonl", format!("{}{}", prompts(100), linked("s3://bucket/in/v.mp4")).as_bytes());
    // The job gets the whole folder.
    let ran = setup.submit("video.jsonl --s3 s3://bucket/in").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.created()[0]["inputDataConfig"]["s3InputDataConfig"]["s3Uri"], "s3://bucket/in/");
    let ran = setup.submit("video.jsonl --s3 s3://bucket/in --limits records=60,min=10 --manifest other.json").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("would be 2 jobs"), "{ran}");
}

#[test]
fn a_folder_with_records_of_another_submit_is_not_given_to_a_job() {
    let setup = Setup::new();
    let source = json!({"s3Location": {"uri": "s3://bucket/in/v.mp4"}});
    let content = json!([{"video": {"format": "mp4", "source": source}}]);
    let record = json!({"modelInput": {"messages": [{"role": "user", "content": content}]}});
    setup.home.write_here("video.jsonl", format!("{}{record}\n", prompts(100)).as_bytes());
    setup.s3.store().put("bucket", "in/old.jsonl", b"{}\n");
    let ran = setup.submit("video.jsonl --s3 s3://bucket/in").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("`s3://bucket/in/` has other records: `in/old.jsonl`"), "{ran}");
    assert_eq!(setup.created().len(), 0);
}

#[test]
fn an_endpoint_of_bedrock_alone_is_refused() {
    let setup = Setup::new();
    let ran = setup.usual().without_env("AWS_ENDPOINT_URL_S3").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("an endpoint is set for Bedrock, but not for S3"), "{ran}");
    setup.assert_nothing_sent(&ran);
}

#[test]
fn a_record_that_no_file_can_hold_is_refused_with_its_line() {
    let setup = Setup::new();
    let long = json!({"prompt": "x".repeat(5000)});
    setup.home.write_here("long.jsonl", format!("{}{long}\n", prompts(100)).as_bytes());
    let ran = refused(&setup, "long.jsonl --s3 s3://bucket/in --limits file=4000,job=4000,min=1");
    assert!(ran.stderr_text().contains("`long.jsonl`, line 101: the record has 5"), "{ran}");
}
