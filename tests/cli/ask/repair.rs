//! Parameters that a model rejects are left out once, with a note; `--no-repair` keeps the error.

use super::*;

const OPUS: &str = "anthropic.claude-opus-4-7";

#[test]
fn a_temperature_that_is_refused_is_left_out_with_a_note() {
    let fake = FakeBedrock::start();
    for _ in 0..2 {
        fake.expect(converse_stream());
    }
    insta::assert_snapshot!(ask(&fake, ["-m", OPUS, "--temperature", "0.5", "hi"]).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `eu.anthropic.claude-opus-4-7` does not accept `--temperature`; sending without it
    ----- exit 0 -----
    ");
    let bodies: Vec<_> = fake.requests().iter().map(|request| request.json()["inferenceConfig"].to_string()).collect();
    assert_eq!(bodies, [r#"{"temperature":0.5}"#, "null"]);
}

#[test]
fn a_temperature_that_is_refused_is_an_error_where_repair_is_not_wanted() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    insta::assert_snapshot!(ask(&fake, ["-m", OPUS, "--no-repair", "--temperature", "0.5", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `eu.anthropic.claude-opus-4-7` no longer supports `temperature`
      aws: ValidationException: The model returned the following errors: `temperature` is deprecated for this model.
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: leave out `temperature`
    ----- exit 1 -----
    ");
}

#[test]
fn of_temperature_and_top_p_together_one_is_left_out() {
    let fake = FakeBedrock::start();
    for _ in 0..2 {
        fake.expect(converse_stream());
    }
    let words = ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0", "--temperature", "0.5", "--top-p", "0.9", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` accepts `--temperature` or `--top-p`, not both; sending without `--top-p`
    ----- exit 0 -----
    ");
    assert_eq!(fake.requests()[1].json()["inferenceConfig"].to_string(), r#"{"temperature":0.5}"#);
}

#[test]
fn a_system_prompt_that_is_refused_is_left_out_with_a_note() {
    let fake = FakeBedrock::start();
    for _ in 0..2 {
        fake.expect(converse_stream());
    }
    let words = ["-m", "mistral.mistral-7b-instruct-v0:2", "--region", "us-east-1", "-s", "Be brief", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `mistral.mistral-7b-instruct-v0:2` does not accept a system prompt; sending without it
    ----- exit 0 -----
    ");
    assert!(fake.requests()[1].json()["system"].is_null());
}

#[test]
fn stop_sequences_that_are_refused_are_left_out_with_a_note() {
    let fake = FakeBedrock::start();
    for _ in 0..2 {
        fake.expect(converse_stream());
    }
    insta::assert_snapshot!(ask(&fake, ["-m", "openai.gpt-oss-20b-1:0", "--stop", "END", "hi"]).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `openai.gpt-oss-20b-1:0` does not accept `--stop`; sending without it
    ----- exit 0 -----
    ");
}

#[test]
fn more_tokens_than_the_model_gives_become_as_many_as_it_does() {
    let fake = FakeBedrock::start();
    let message = "The maximum tokens you requested exceeds the model limit of 10000. Try again with a maximum tokens value that is lower than 10000.";
    fake.expect(converse_stream().fails(400, "ValidationException", message));
    fake.expect(converse_stream());
    insta::assert_snapshot!(ask(&fake, ["--max-tokens", "99999", "hi"]).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `eu.amazon.nova-2-lite-v1:0` generates at most 10000 tokens; sending that limit
    ----- exit 0 -----
    ");
    assert_eq!(fake.requests()[1].json()["inferenceConfig"]["maxTokens"], 10000);
    // It is not the limit that was asked for.
    for words in [&["--max-tokens", "99999"][..], &["-m", "anthropic.claude-haiku-4-5-20251001-v1:0", "--think"]] {
        fake.expect(converse_stream().fails(400, "ValidationException", message));
        fake.expect(converse_stream().stop_reason("max_tokens"));
        let ran = ask(&fake, words.iter().copied().chain(["hi"])).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(7)), "{ran}");
        assert!(ran.stderr_text().contains("error: the response was cut at the model's token limit\n"), "{ran}");
    }
    fake.expect(converse_stream().fails(400, "ValidationException", message));
    let ran = ask(&fake, ["--no-repair", "--max-tokens", "99999", "hi"]).run();
    assert_eq!(ran.exit(), Some(1), "{ran}");
}

#[test]
fn each_thing_is_mended_once_and_then_told() {
    let fake = FakeBedrock::start();
    let refusal = || {
        let message = "The model returned the following errors: `temperature` is deprecated for this model.";
        converse_stream().fails(400, "ValidationException", message)
    };
    fake.expect(refusal());
    fake.expect(refusal());
    let ran = ask(&fake, ["--temperature", "0.5", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
    assert!(ran.stderr_text().contains("`temperature` is deprecated"), "{ran}");
}

#[test]
fn two_things_are_mended_one_after_the_other() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "The model is unsupported for streaming."));
    fake.expect(converse().fails(
        400,
        "ValidationException",
        "This model doesn't support system messages. Try again without a system message or use a model that supports system messages.",
    ));
    fake.expect(converse());
    insta::assert_snapshot!(ask(&fake, ["-s", "Be brief", "hi"]).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `eu.amazon.nova-2-lite-v1:0` does not support streaming; sending without it
    note: `eu.amazon.nova-2-lite-v1:0` does not accept a system prompt; sending without it
    ----- exit 0 -----
    ");
}
