//! `--fallback`: when the second model is invoked, what is sent to it, and what is reported if it fails too.

use serde_json::Value;

use super::*;
use crate::harness::Home;

const FIRST: &str = "eu.amazon.nova-2-lite-v1:0";
const SECOND: &str = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
const HAIKU: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";

/// Returns a run of `ask` with a fallback and without retries of the same request.
fn ask_with<'w>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'w str>) -> Run {
    ask(fake, ["--fallback", HAIKU].into_iter().chain(words)).env("AWS_MAX_ATTEMPTS", "1")
}

fn throttled(expected: Expected) -> Expected {
    expected.fails(429, "ThrottlingException", "Too many requests, please wait before trying again.")
}

/// Returns the model IDs that were invoked, in order.
fn invoked(fake: &FakeBedrock) -> Vec<String> {
    fake.requests().iter().map(|request| request.segments().swap_remove(1)).collect()
}

#[test]
fn a_fallback_is_invoked_once_where_the_first_model_is_unavailable() {
    let fake = FakeBedrock::start();
    fake.expect(throttled(converse_stream()).about(FIRST));
    fake.expect(converse_stream().about(SECOND));
    insta::assert_snapshot!(ask_with(&fake, ["--usage", "hi"]).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    warning: `eu.amazon.nova-2-lite-v1:0` is unavailable: too many requests per minute for `eu.amazon.nova-2-lite-v1:0`; invoking `eu.anthropic.claude-haiku-4-5-20251001-v1:0` instead
    usage: 7 input + 3 output = 10 tokens, cost ?, 321 ms, eu.anthropic.claude-haiku-4-5-20251001-v1:0 from eu-central-1
    ----- exit 0 -----
    ");
    let [first, second] = &fake.requests()[..] else { panic!("two requests") };
    assert_eq!(first.body, second.body);
    fake.expect(throttled(converse()).about(FIRST));
    fake.expect(converse().about(SECOND));
    let ran = ask_with(&fake, ["--no-stream", "--format", "json", "hi"]).run();
    let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!((ran.exit(), &object["modelId"]), (Some(0), &Value::from(SECOND)), "{ran}");
}

#[test]
fn each_kind_of_unavailability_leads_to_the_fallback() {
    for (status, code, message) in [
        (503, "ServiceUnavailableException", "Bedrock is unable to process your request."),
        (500, "InternalServerException", "The system encountered an unexpected error during processing."),
        (429, "ModelNotReadyException", "Model is not ready for inference."),
        (408, "ModelTimeoutException", "The model timed out."),
        (424, "ModelErrorException", "The system encountered an unexpected error during processing."),
    ] {
        let fake = FakeBedrock::start();
        // The SDK itself retries some of them.
        fake.expect_repeatedly(converse_stream().about(FIRST).fails(status, code, message));
        fake.expect(converse_stream().about(SECOND));
        let ran = ask_with(&fake, ["hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{code}\n{ran}");
    }
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().about(FIRST).text([""; 0]).breaks_with("throttlingException", "Too many requests"));
    fake.expect(converse_stream().about(SECOND));
    let ran = ask_with(&fake, ["hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().about(FIRST).replies(Reply::Silence));
    fake.expect(converse_stream().about(SECOND));
    let ran = ask_with(&fake, ["hi"]).env("BEDROCK_ASK_TIMEOUT_FIRST_BYTE", "1s").run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
}

#[test]
fn no_other_failure_leads_to_the_fallback() {
    for (status, code, message, exit) in [
        (403, "AccessDeniedException", "You don't have access to the model with the specified model ID.", 5),
        (400, "ValidationException", "Input is too long for requested model.", 1),
    ] {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream().fails(status, code, message));
        let ran = ask_with(&fake, ["hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(exit)), "{ran}");
    }
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half"]).breaks_with("throttlingException", "Too many requests"));
    let ran = ask_with(&fake, ["hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Half\n", Some(7)), "what has begun is not begun again\n{ran}");
    let fake = FakeBedrock::start();
    fake.expect(
        converse_stream().text([""; 0]).reasoning("Hmm").breaks_with("throttlingException", "Too many requests"),
    );
    let ran = ask_with(&fake, ["hi"]).run();
    assert_ne!(ran.exit(), Some(0), "neither if it was reasoning\n{ran}");
}

#[test]
fn if_the_fallback_fails_too_the_first_error_is_reported() {
    let fake = FakeBedrock::start();
    fake.expect(throttled(converse_stream()));
    fake.expect(converse_stream().fails(
        403,
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
    ));
    insta::assert_snapshot!(ask_with(&fake, ["hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    warning: `eu.amazon.nova-2-lite-v1:0` is unavailable: too many requests per minute for `eu.amazon.nova-2-lite-v1:0`; invoking `eu.anthropic.claude-haiku-4-5-20251001-v1:0` instead
    error: too many requests per minute for `eu.amazon.nova-2-lite-v1:0`
      aws: ThrottlingException: Too many requests, please wait before trying again.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the fallback `eu.anthropic.claude-haiku-4-5-20251001-v1:0` failed too: this account has no access to `eu.anthropic.claude-haiku-4-5-20251001-v1:0` from eu-central-1

     hint: try again in a minute, with fewer concurrent calls
     hint: use `global.amazon.nova-2-lite-v1:0`, which has its own quota and more destination Regions; `global.` can run it in any commercial Region
     hint: an administrator can request a higher quota at https://eu-central-1.console.aws.amazon.com/servicequotas/home/services/bedrock/quotas
    ----- exit 6 -----
    ");
    assert_eq!(invoked(&fake), [FIRST, SECOND]);
    fake.expect(throttled(converse_stream()));
    fake.expect(converse_stream().text(["Half"]).ends(Ending::WithoutStop));
    insta::assert_snapshot!(ask_with(&fake, ["hi"]).run(), @"
    ----- stdout -----
    Half
    ----- stderr -----
    warning: `eu.amazon.nova-2-lite-v1:0` is unavailable: too many requests per minute for `eu.amazon.nova-2-lite-v1:0`; invoking `eu.anthropic.claude-haiku-4-5-20251001-v1:0` instead
    error: the response was cut off after 4 bytes: the stream ended before the response was complete
      aws: request ID: 00000000-0000-4000-8000-000000000004
    cause: the stream ended without `messageStop`
    cause: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` was invoked because `eu.amazon.nova-2-lite-v1:0` is unavailable

     hint: try again
     hint: `--no-stream` requests the whole response at once
    ----- exit 7 -----
    ");
}

#[test]
fn the_request_to_the_fallback_is_its_own() {
    let fake = FakeBedrock::start();
    let temperature = "The model returned the following errors: `temperature` is deprecated for this model.";
    // What the first model does not take is sent to the second one all the same, which refuses nothing of it.
    fake.expect(converse_stream().about(FIRST).fails(400, "ValidationException", temperature));
    fake.expect(throttled(converse_stream()).about(FIRST));
    fake.expect(converse_stream().about(SECOND));
    let ran = ask_with(&fake, ["--temperature", "0.5", "hi"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let sent: Vec<_> = fake.requests().iter().map(|request| request.json()["inferenceConfig"].to_string()).collect();
    assert_eq!(sent, [r#"{"temperature":0.5}"#, "null", r#"{"temperature":0.5}"#]);
}

#[test]
fn a_prompt_has_two_repairs_at_most_or_one_and_the_fallback() {
    let refusal = |message: &str| converse_stream().fails(400, "ValidationException", message);
    let stop = "This model doesn't support the stopSequences field. Remove stopSequences and try again.";
    let temperature = "The model returned the following errors: `temperature` is deprecated for this model.";
    let words = ["--temperature", "0.5", "--stop", "x", "hi"];
    let fake = FakeBedrock::start();
    fake.expect(refusal(stop));
    fake.expect(refusal(temperature));
    fake.expect(throttled(converse_stream()));
    let ran = ask_with(&fake, words).run();
    assert_eq!((ran.exit(), invoked(&fake)), (Some(6), vec![FIRST.to_owned(); 3]), "{ran}");
    let cause = format!("cause: the fallback `{SECOND}` was not invoked, because the request was repaired twice");
    assert!(ran.stderr_text().contains(&cause), "{ran}");
    let fake = FakeBedrock::start();
    fake.expect(throttled(converse_stream()));
    fake.expect(refusal(stop));
    fake.expect(refusal(temperature));
    let ran = ask_with(&fake, words).run();
    assert_eq!((ran.exit(), invoked(&fake)), (Some(6), [FIRST, SECOND, SECOND].map(str::to_owned).to_vec()), "{ran}");
    let fake = FakeBedrock::start();
    fake.expect(refusal(stop));
    fake.expect(throttled(converse_stream()));
    fake.expect(refusal(stop));
    let ran = ask_with(&fake, words).run();
    assert_eq!((ran.exit(), fake.requests().len()), (Some(6), 3), "{ran}");
}

#[test]
fn retries_of_the_same_request_come_first() {
    let fake = FakeBedrock::start();
    for _ in 0..3 {
        fake.expect(throttled(converse_stream()).about(FIRST));
    }
    fake.expect(converse_stream().about(SECOND));
    let ran = ask_with(&fake, ["hi"]).env("AWS_MAX_ATTEMPTS", "3").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
}

#[test]
fn a_fallback_that_cannot_be_invoked_is_told_before_anything_is_sent() {
    let fake = FakeBedrock::start();
    let refused = |model: &str| ask(&fake, ["--fallback", model, "hi"]).run();
    insta::assert_snapshot!(refused("nova-2-lite"), @"
    ----- stdout -----
    ----- stderr -----
    error: `--fallback nova-2-lite` resolves to the first model, `eu.amazon.nova-2-lite-v1:0`

     hint: name another model, or the same one with another kind of routing
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(refused("deepseek.r1-v1:0"), @"
    ----- stdout -----
    ----- stderr -----
    error: `deepseek.r1-v1:0` cannot be invoked from eu-central-1
    cause: geographic: `us.deepseek.r1-v1:0` from us-east-1, us-east-2, us-west-2
    cause: it is the model of `--fallback`
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["--no-resolve", "--fallback", "", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: the model is empty
    cause: it is the model of `--fallback`
    ----- exit 2 -----
    ");
    for (model, exit) in [
        ("amazon.titan-embed-text-v2:0", 2),
        (FIRST, 2),
        ("claude-hiaku", 3),
        ("arn:aws:bedrock:eu-central-1:111122223333:prompt/P:1", 2),
        ("us-east-1.anthropic.claude-haiku-4-5-20251001-v1:0", 2),
    ] {
        let ran = refused(model);
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(exit)), "{model}\n{ran}");
    }
    let run = ask(&fake, ["--routing", "in-region", "-m", "openai.gpt-oss-20b-1:0", "--fallback", HAIKU, "hi"]);
    assert_eq!(run.run().exit(), Some(4), "within the routing");
    let run = ask(&fake, ["-a", "c.png", "--fallback", "openai.gpt-oss-20b-1:0", "hi"]);
    let ran = run.file_here("c.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR").run();
    assert_eq!(ran.exit(), Some(2), "it takes no image\n{ran}");
}

#[test]
fn the_fallback_gets_the_same_prompt_from_inputs_that_can_be_read_once() {
    let fake = FakeBedrock::start();
    fake.expect(throttled(converse_stream()));
    fake.expect(converse_stream());
    let ran = ask_with(&fake, ["-s", "Be brief", "-a", "a.log", "sum up"]).file_here("a.log", "x").stdin("piped").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    fake.expect(throttled(converse_stream()));
    fake.expect(converse_stream());
    let ran =
        ask_with(&fake, ["--body", "-"]).stdin(r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let requests = fake.requests();
    assert!(requests[0].body == requests[1].body && requests[2].body == requests[3].body);
}

#[test]
fn a_conversation_goes_on_with_the_model_that_responded() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let run = |words: &[&str]| {
        let run = ask_with(&fake, words.iter().copied()).home(&home).env("BEDROCK_ASK_HISTORY", "always");
        let ran = run.run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        ran
    };
    fake.expect(throttled(converse_stream()));
    fake.expect(converse_stream().text(["From Haiku."]).about(SECOND));
    run(&["-s", "Be brief", "hi"]);
    fake.expect(converse_stream().about(FIRST).fails(503, "ServiceUnavailableException", "busy"));
    fake.expect(converse_stream().about(SECOND));
    let ran = run(&["-c", "-m", "amazon.nova-2-lite-v1:0", "more"]);
    assert_eq!(ran.stderr_text().matches("the conversation continues with").count(), 1, "{ran}");
    let requests = fake.requests();
    assert_eq!(requests[3].json()["messages"][1]["content"][0]["text"], "From Haiku.");
    assert_eq!(
        (&requests[3].json()["system"], requests[2].body.len()),
        (&requests[2].json()["system"], requests[3].body.len())
    );
}
