//! `--guardrail`: what is sent, and what is reported of a guardrail that intervenes.

use serde_json::{Value, json};

use super::*;

const SECRET: &str = "jane@example.com";

fn trace() -> Value {
    json!({"guardrail": {
        "modelOutput": [SECRET],
        "actionReason": "Guardrail blocked.",
        "inputAssessment": {"abc123": {
            "topicPolicy": {"topics": [{"name": "Finance", "type": "DENY", "action": "BLOCKED"}]},
            "contentPolicy": {"filters": [{"type": "VIOLENCE", "confidence": "HIGH", "action": "BLOCKED"}]},
        }},
        "outputAssessments": {"abc123": [{
            "sensitiveInformationPolicy": {"piiEntities": [{"type": "EMAIL", "match": SECRET, "action": "ANONYMIZED"}]},
        }]},
    }})
}

#[test]
fn a_guardrail_is_sent_with_its_version_and_trace() {
    let fake = FakeBedrock::start();
    fake.guardrail("abc123", "1");
    fake.guardrail("abc123", "DRAFT");
    let arn = "arn:aws:bedrock:eu-central-1:111122223333:guardrail/abc123";
    for (value, config) in [
        ("abc123:1".to_owned(), json!({"guardrailIdentifier": "abc123", "guardrailVersion": "1"})),
        (
            "abc123:DRAFT:trace".to_owned(),
            json!({"guardrailIdentifier": "abc123", "guardrailVersion": "DRAFT", "trace": "enabled"}),
        ),
        (
            format!("{arn}:1:trace_full"),
            json!({"guardrailIdentifier": arn, "guardrailVersion": "1", "trace": "enabled_full"}),
        ),
    ] {
        for (expected, streaming) in [(converse_stream(), "hi"), (converse(), "--no-stream")] {
            fake.expect(expected);
            let ran = ask(&fake, ["--guardrail", &value, streaming, "hi"]).run();
            assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
            assert_eq!(fake.requests().last().unwrap().json()["guardrailConfig"], config);
        }
    }
}

#[test]
fn a_guardrail_that_is_malformed_sends_nothing() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["--guardrail", "abc123", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: invalid value `abc123` for `--guardrail <ID:VERSION[:trace]>`: the version is missing; write ID:VERSION

     hint: bedrock-ask --help
    ----- exit 2 -----
    ");
    for value in
        ["abc123:", ":1", "abc123:latest", "abc123:1:full", "arn:aws:bedrock:us-east-1:111122223333:guardrail/a"]
    {
        let ran = ask(&fake, ["--guardrail", value, "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{value}\n{ran}");
    }
}

#[test]
fn what_a_guardrail_blocked_is_named_without_what_it_matched() {
    let fake = FakeBedrock::start();
    fake.guardrail("abc123", "1");
    let blocked = |expected: Expected| {
        expected.text(["Sorry, I cannot help with that."]).stop_reason("guardrail_intervened").trace(trace())
    };
    fake.expect(blocked(converse_stream()));
    let ran = ask(&fake, ["--guardrail", "abc123:1:trace", "hi"]).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    Sorry, I cannot help with that.
    ----- stderr -----
    error: a guardrail intervened
    cause: stop reason: guardrail_intervened
    cause: blocked in the prompt: the topic `Finance`
    cause: blocked in the prompt: content of the type VIOLENCE, confidence HIGH
    cause: masked in the response: sensitive information of the type EMAIL
    ----- exit 7 -----
    ");
    assert!(!ran.stderr_text().contains(SECRET));
    fake.expect(blocked(converse()));
    let whole = ask(&fake, ["--no-stream", "--guardrail", "abc123:1:trace", "hi"]).run();
    assert_eq!((whole.stdout_text(), whole.stderr_text()), (ran.stdout_text(), ran.stderr_text()));
    for expected in [converse_stream(), converse()] {
        let no_stream = expected.operation == Operation::Converse;
        fake.expect(blocked(expected));
        let words = ["--format", "json", "--guardrail", "abc123:1:trace", "hi"];
        let ran = ask(&fake, words.into_iter().chain(no_stream.then_some("--no-stream"))).run();
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!((ran.exit(), &object["trace"]), (Some(7), &trace()), "{ran}");
        assert_eq!(object["error"]["causes"][1], "blocked in the prompt: the topic `Finance`");
    }
}

#[test]
fn without_a_trace_it_is_told_how_to_get_one() {
    let fake = FakeBedrock::start();
    fake.guardrail("abc123", "1");
    fake.expect(converse_stream().text(["No."]).stop_reason("guardrail_intervened"));
    insta::assert_snapshot!(ask(&fake, ["--guardrail", "abc123:1", "hi"]).run(), @"
    ----- stdout -----
    No.
    ----- stderr -----
    error: a guardrail intervened
    cause: stop reason: guardrail_intervened

     hint: add `:trace` to `--guardrail` to print what it blocked
    ----- exit 7 -----
    ");
    // A guardrail that the organization enforces is not in the request.
    fake.expect(converse_stream().text(["No."]).stop_reason("guardrail_intervened"));
    let ran = ask(&fake, ["hi"]).run();
    assert!(!ran.stderr_text().contains("--guardrail"), "{ran}");
}

#[test]
fn what_a_guardrail_masked_is_told_though_the_response_ended_by_itself() {
    let fake = FakeBedrock::start();
    fake.guardrail("abc123", "1");
    let email = json!({"type": "EMAIL", "match": SECRET, "action": "ANONYMIZED"});
    let assessment = json!({"sensitiveInformationPolicy": {"piiEntities": [email]}});
    let masked =
        json!({"guardrail": {"actionReason": "Guardrail masked.", "outputAssessments": {"abc123": [assessment]}}});
    fake.expect(converse_stream().text(["Write to {EMAIL}."]).trace(masked));
    insta::assert_snapshot!(ask(&fake, ["-q", "--guardrail", "abc123:1:trace", "hi"]).run(), @"
    ----- stdout -----
    Write to {EMAIL}.
    ----- stderr -----
    warning: the guardrail intervened: masked in the response: sensitive information of the type EMAIL
    ----- exit 0 -----
    ");
    fake.expect(converse_stream().trace(json!({"guardrail": {"actionReason": "No action."}})));
    let ran = ask(&fake, ["--guardrail", "abc123:1:trace_full", "hi"]).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
}

#[test]
fn json_that_a_guardrail_does_not_check_is_told() {
    let fake = FakeBedrock::start();
    fake.guardrail("abc123", "1");
    let words = ["-q", "--guardrail", "abc123:1", "--schema", "name", "hi"];
    for format in ["text", "json"] {
        fake.expect(converse_stream().calls("response", [r#"{"name": "x"}"#]));
        let ran = ask(&fake, words.into_iter().chain(["--format", format])).run();
        let warning = "warning: AWS does not apply the guardrail to this JSON, which is the input of a tool\n";
        assert_eq!((ran.stderr_text(), ran.exit()), (warning, Some(0)), "{ran}");
    }
    fake.expect(converse_stream().text([r#"{"name": "x"}"#]));
    let native = ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0"];
    let ran = ask(&fake, words.into_iter().chain(native)).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
}

#[test]
fn a_guardrail_is_never_left_out() {
    let fake = FakeBedrock::start();
    fake.guardrail("abc123", "1");
    let refusal = "This model doesn't support the guardrailConfig field. Remove guardrailConfig and try again.";
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    let ran = ask(&fake, ["--guardrail", "abc123:1", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
    fake.expect(converse_stream());
    insta::assert_snapshot!(ask(&fake, ["--guardrail", "abc123:2", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: the guardrail or this version of it does not exist in eu-central-1
      aws: ValidationException: The guardrail identifier or version provided in the request does not exist.
      aws: request ID: 00000000-0000-4000-8000-000000000002
    cause: a guardrail can be used only in its own Region

     hint: `aws bedrock list-guardrails --region eu-central-1` lists the guardrails of this Region
    ----- exit 1 -----
    ");
    assert_eq!(fake.requests().len(), 2);
}
