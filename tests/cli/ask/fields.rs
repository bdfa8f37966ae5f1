//! `--think`, `--show-thinking`, `--field`, `--metadata` and `--tier`: what is sent, what is refused, and what is reported.

use serde_json::{Value, json};

use super::*;
use crate::harness::Home;

const OPUS: &str = "anthropic.claude-opus-4-7";
const HAIKU: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";
const VALIDATION: &str = "ValidationException";

/// Returns the body that `--dry-run` prints.
#[track_caller]
fn dry(words: &[&str]) -> String {
    let run = bedrock_ask(["--dry-run", "hi"]).env("AWS_REGION", "eu-central-1");
    let ran = words.iter().fold(run, |run, word| run.argument(word)).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
    ran.stdout_text().lines().last().unwrap_or_default().to_owned()
}

/// Returns the only body that the fake accepts after a run without a note.
#[track_caller]
fn sent(words: &[&str]) -> Value {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = ask(&fake, words.iter().copied().chain(["hi"])).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)), "{ran}");
    fake.requests()[0].json()
}

/// Runs what must be a usage error that sends nothing, and returns stderr.
#[track_caller]
fn usage_error(words: &[&str]) -> String {
    let fake = FakeBedrock::start();
    let ran = ask(&fake, words.iter().copied().chain(["hi"])).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    ran.stderr_text().to_owned()
}

#[test]
fn each_family_is_asked_to_think_in_its_own_way() {
    for (model, flag, fields) in [
        ("claude-sonnet-4-6", "--think", r#"{"thinking":{"type":"adaptive"}}"#),
        ("claude-sonnet-4-6", "--think=max", r#"{"thinking":{"type":"adaptive"},"output_config":{"effort":"max"}}"#),
        (OPUS, "--think=xhigh", r#"{"thinking":{"type":"adaptive"},"output_config":{"effort":"xhigh"}}"#),
        ("claude-opus-5", "--think=off", r#"{"thinking":{"type":"disabled"}}"#),
        ("claude-haiku-4-5", "--think=low", r#"{"thinking":{"type":"enabled","budget_tokens":2048}}"#),
        ("nova-2-lite", "--think", r#"{"reasoningConfig":{"type":"enabled","maxReasoningEffort":"medium"}}"#),
        ("gpt-oss-20b", "--think=high", r#"{"reasoning_effort":"high"}"#),
        ("qwen3-32b", "--think", r#"{"reasoning_config":"high"}"#),
    ] {
        let body = dry(&["-m", model, flag, "--routing", "geographic,in-region,global"]);
        assert!(body.starts_with(&format!("{{\"additionalModelRequestFields\":{fields},")), "{model} {flag}: {body}");
    }
    assert!(dry(&["-m", "minimax-m2.5", "--think=low"]).contains(r#""outputConfig":{"effort":"low"}"#));
    for (model, flag) in [(OPUS, "--think=off"), ("nova-lite", "--think=off"), ("nova-2-lite", "--think=off")] {
        let body = dry(&["-m", model, flag]);
        assert!(!body.contains("additional") && !body.contains("outputConfig"), "{model}: {body}");
    }
}

#[test]
fn the_fake_accepts_what_asks_a_family_to_think() {
    let fields = |words: &[&str]| sent(words)["additionalModelRequestFields"].clone();
    let adaptive = json!({"thinking": {"type": "adaptive"}});
    assert_eq!(fields(&["-m", OPUS, "--think"]), adaptive);
    assert_eq!(fields(&["-m", OPUS, "--think=low"])["output_config"], json!({"effort": "low"}));
    assert_eq!(fields(&["--think=high"])["reasoningConfig"]["maxReasoningEffort"], "high");
    assert_eq!(fields(&["-m", "gpt-oss-20b", "--think"]), json!({"reasoning_effort": "medium"}));
    let body = sent(&["-m", HAIKU, "--think=max"]);
    assert_eq!(body["inferenceConfig"], json!({"maxTokens": 32768}));
    let body = sent(&["-m", HAIKU, "--think=low", "--max-tokens", "2049", "--temperature", "1"]);
    assert_eq!(body["inferenceConfig"], json!({"maxTokens": 2049, "temperature": 1}));
    assert_eq!(body["additionalModelRequestFields"]["thinking"]["budget_tokens"], 2048);
    // The value stands only behind an equals sign: what follows is the prompt.
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = ask(&fake, ["--think", "high tide", "or low?"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(fake.requests()[0].json()["messages"][0]["content"][0]["text"], "high tide or low?");
}

#[test]
fn a_model_is_not_asked_for_what_it_does_not_have() {
    insta::assert_snapshot!(usage_error(&["--think=xhigh"]), @"
    error: `xhigh` is not a level of thinking that `amazon.nova-2-lite-v1:0` has
    cause: it has `low`, `medium`, `high`

     hint: --think=high
    ");
    insta::assert_snapshot!(usage_error(&["-m", "claude-sonnet-4-6", "--think=xhigh"]), @"
    error: `xhigh` is not a level of thinking that `anthropic.claude-sonnet-4-6` has
    cause: it has `low`, `medium`, `high`, `max`

     hint: --think=max
    ");
    insta::assert_snapshot!(usage_error(&["-m", "nova-lite", "--think"]), @"
    error: `amazon.nova-lite-v1:0` does not think

     hint: use a model that can: `eu.amazon.nova-2-lite-v1:0`
    ");
    insta::assert_snapshot!(usage_error(&["-m", "mistral-7b", "--region", "us-east-1", "--think=low"]), @"
    error: `mistral.mistral-7b-instruct-v0:2` does not think

     hint: use a model that can: `us.amazon.nova-2-lite-v1:0`
    ");
    insta::assert_snapshot!(usage_error(&["-m", "gpt-oss-20b", "--think=off"]), @"
    error: `openai.gpt-oss-20b-1:0` always thinks: it cannot be turned off

     hint: --think=low
    ");
    insta::assert_snapshot!(usage_error(&["-m", "deepseek-r1", "--region", "us-east-1", "--think=low"]), @"
    error: `deepseek.r1-v1:0` always thinks, and has no levels

     hint: leave out the level: `--think`
    ");
    insta::assert_snapshot!(usage_error(&["-m", HAIKU, "--think=high", "--max-tokens", "4096"]), @"
    error: a limit of 4096 tokens is too low for 16384 tokens of thinking

     hint: --max-tokens 24576
     hint: --think=low
    ");
    insta::assert_snapshot!(usage_error(&["-m", HAIKU, "--think", "--temperature", "0.5"]), @"
    error: `--temperature` cannot be combined with `--think` on `anthropic.claude-haiku-4-5-20251001-v1:0`
    cause: it accepts only 1 while it thinks
    ");
    insta::assert_snapshot!(usage_error(&["-m", OPUS, "--think", "--top-p", "0.9"]), @"
    error: `--top-p` cannot be combined with `--think` on `anthropic.claude-opus-4-7`
    cause: it accepts 0.95 and more while it thinks
    ");
    insta::assert_snapshot!(usage_error(&["--think=high", "--max-tokens", "500"]), @"
    error: `--max-tokens` cannot be combined with `--think` on `amazon.nova-2-lite-v1:0`
    cause: the level `high` does not allow it

     hint: --think=medium
    ");
    insta::assert_snapshot!(usage_error(&["--think", "high"]), @"
    error: `high` is the first word of the prompt, and `--think` takes its value after `=`

     hint: --think=high
     hint: quote the whole prompt if the word belongs to it
    ");
    insta::assert_snapshot!(usage_error(&["--think=hihg"]), @"
    error: invalid value `hihg` for `--think[=<LEVEL>]`

     hint: a similar value exists: `high`
     hint: possible values: `low`, `medium`, `high`, `xhigh`, `max`, `off`
    ");
}

#[test]
fn a_setting_that_does_not_go_with_thinking_is_named_with_its_origin() {
    let fake = FakeBedrock::start();
    let run = ask(&fake, ["-m", OPUS, "--think", "hi"]).env("BEDROCK_ASK_TEMPERATURE", "0.2");
    insta::assert_snapshot!(run.run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `temperature` (environment BEDROCK_ASK_TEMPERATURE) cannot be combined with `--think` on `anthropic.claude-opus-4-7`
    cause: it accepts only 1 while it thinks
    ----- exit 2 -----
    ");
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-m", HAIKU, "--think=off", "hi"]).env("BEDROCK_ASK_TEMPERATURE", "0.2").run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
}

#[test]
fn a_family_that_is_not_known_gets_the_field_of_converse() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect(converse_stream());
    let words = ["--no-resolve", "-m", "eu.amazon.nova-2-lite-v1:0", "--think=low", "hi"];
    assert_eq!(ask(&fake, words).run().exit(), Some(0));
    let ran =
        ask(&fake, ["-m", "mistral.mistral-7b-instruct-v0:2", "--region", "us-east-1", "--think=off", "hi"]).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
    let run = bedrock_ask(["-m", "minimax-m2.5", "--think=off", "--dry-run", "hi"]).env("AWS_REGION", "us-east-1");
    insta::assert_snapshot!(run.run(), @r#"
    ----- stdout -----
    modelId minimax.minimax-m2.5
    POST https://bedrock-runtime.us-east-1.amazonaws.com/model/minimax.minimax-m2.5/converse-stream
    {"messages":[{"role":"user","content":[{"text":"hi"}]}]}
    ----- stderr -----
    note: it is not known whether `minimax.minimax-m2.5` thinks; nothing is sent to turn it off
    ----- exit 0 -----
    "#);
}

#[test]
fn fields_are_sent_as_they_are_written() {
    let fields = r#"{"z":1,"a":{"y":0.1,"b":[18446744073709551615,null,"é\\\"/"]},"t":0.30000000000000004}"#;
    let body = dry(&["--field", fields, "--field", r#"{"a":{"c":true},"z":1}"#]);
    let merged = r#"{"z":1,"a":{"y":0.1,"b":[18446744073709551615,null,"é\\\"/"],"c":true},"t":0.30000000000000004}"#;
    assert!(body.starts_with(&format!("{{\"additionalModelRequestFields\":{merged},")), "{body}");
    // What `--think` sends stands first.
    let body =
        dry(&["-m", OPUS, "--think", "--field", r#"{"top_k":5,"thinking":{"display":"omitted","type":"adaptive"}}"#]);
    let merged = r#"{"thinking":{"type":"adaptive","display":"omitted"},"top_k":5}"#;
    assert!(body.starts_with(&format!("{{\"additionalModelRequestFields\":{merged},")), "{body}");
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let run = ask(&fake, ["-m", HAIKU, "--field", "@fields.json", "hi"])
        .file_here("fields.json", "\u{feff}{\n \"top_k\": 7\n}\n");
    assert_eq!(run.run().exit(), Some(0));
    assert_eq!(fake.requests()[0].json()["additionalModelRequestFields"], json!({"top_k": 7}));
    assert!(sent(&["--field", "{}"])["additionalModelRequestFields"].is_null());
}

#[test]
fn fields_that_cannot_be_sent_are_refused() {
    insta::assert_snapshot!(usage_error(&["--field", "{'top_k': 5}"]), @r#"
    error: `--field` is not valid JSON
    cause: key must be a string at line 1 column 2

     hint: --field '{"top_k": 5}'
    "#);
    insta::assert_snapshot!(usage_error(&["--field", "[1]"]), @"error: `--field` is not a JSON object, but an array");
    insta::assert_snapshot!(usage_error(&["--field", r#"{"a": 12345678901234567890123}"#]), @"
    error: the number `12345678901234567890123` in `--field` cannot be sent exactly
    cause: it has more digits than a number of 64 bits holds
    ");
    insta::assert_snapshot!(usage_error(&["--field", r#"{"a": 1e400}"#]), @r#"
    error: `--field` is not valid JSON
    cause: number out of range at line 1 column 11

     hint: --field '{"top_k": 5}'
    "#);
    insta::assert_snapshot!(usage_error(&["--field", r#"{"a": 1, "a": 2}"#]), @r#"
    error: `--field` is not valid JSON
    cause: the member `a` is given twice at line 1 column 12

     hint: --field '{"top_k": 5}'
    "#);
    insta::assert_snapshot!(usage_error(&["--field", "@missing.json"]), @"
    error: cannot read `missing.json`
    cause: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(usage_error(&["--think=low", "--field", r#"{"reasoningConfig": {"type": "disabled"}}"#]), @r#"
    error: `additionalModelRequestFields.reasoningConfig.type` has two values: `"enabled"` and `"disabled"`
    cause: the second one comes from `--field`
    "#);
    insta::assert_snapshot!(usage_error(&["--field", r#"{"a": {"b": 1}}"#, "--field", r#"{"a": {"b": 2}}"#]), @"
    error: `additionalModelRequestFields.a.b` has two values: `1` and `2`
    cause: the second one comes from `--field`
    ");
}

#[test]
fn metadata_and_the_tier_are_members_of_the_request() {
    let body = sent(&["--metadata", "team=red", "--metadata", "a b=x=1", "--tier", "flex"]);
    assert_eq!(body["requestMetadata"].to_string(), r#"{"team":"red","a b":"x=1"}"#);
    assert_eq!(body["serviceTier"], json!({"type": "flex"}));
    let body = sent(&["--metadata", "empty=", "--tier", "default"]);
    assert_eq!((&body["requestMetadata"], &body["serviceTier"]), (&json!({"empty": ""}), &json!({"type": "default"})));
    insta::assert_snapshot!(usage_error(&["--metadata", "team"]), @"
    error: `--metadata team` is not a pair

     hint: --metadata KEY=VALUE
    ");
    insta::assert_snapshot!(usage_error(&["--metadata", "team=rød"]), @"
    error: the value of `--metadata team=rød` contains `ø`
    cause: AWS allows letters from A to Z, digits, blanks and `: _ @ $ # = / + , - .`
    ");
    insta::assert_snapshot!(usage_error(&["--metadata", "a=1", "--metadata", "a=1"]), @"error: the metadata `a` is given twice");
    insta::assert_snapshot!(usage_error(&["--tier", "spot"]), @"
    error: invalid value `spot` for `--tier <TIER>`

     hint: a similar value exists: `priority`
     hint: possible values: `default`, `flex`, `priority`, `reserved`
    ");
}

#[test]
fn the_tier_that_served_is_reported() {
    for streams in [true, false] {
        let fake = FakeBedrock::start();
        let flag = if streams { "--usage" } else { "--no-stream" };
        let expected = || if streams { converse_stream() } else { converse() };
        fake.expect(expected());
        let ran = ask(&fake, ["--tier", "flex", "--usage", flag, "hi"]).run();
        let usage = "usage: 7 input + 3 output = 10 tokens, cost ?, 321 ms, flex tier, eu.amazon.nova-2-lite-v1:0 from eu-central-1\n";
        assert_eq!((ran.stderr_text(), ran.exit()), (usage, Some(0)), "{ran}");
        fake.expect(expected().served_by("default"));
        let ran = ask(&fake, ["-q", "--tier", "priority", flag, "--format", "json", "hi"]).run();
        let warning = "warning: the request was served by the tier `default`, not by `priority`\n";
        assert!(ran.stderr_text().starts_with(warning), "{ran}");
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!(object["serviceTier"], json!({"type": "default"}));
        assert!(object["estimatedCost"].is_object(), "{object}");
    }
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().ends(Ending::WithoutMetadata));
    let ran = ask(&fake, ["--tier", "flex", "hi"]).run();
    assert_eq!(ran.stderr_text(), "note: the response does not tell whether the tier `flex` served the request\n");
}

#[test]
fn a_refused_tier_is_left_out_with_a_warning_and_only_it_is_remembered() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    let tiers = |words: &[&str]| {
        let before = fake.requests().len();
        let ran = ask(&fake, words.iter().copied().chain(["-m", OPUS, "hi"])).home(&home).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
        let sent =
            fake.requests()[before..].iter().map(|it| it.json()["serviceTier"]["type"].to_string()).collect::<Vec<_>>();
        (sent.join(" "), ran.stderr_text().to_owned())
    };
    let without = |tier: &str| {
        format!("warning: `eu.anthropic.claude-opus-4-7` does not accept `--tier {tier}`; sending without it\n")
    };
    assert_eq!(tiers(&["-q", "--tier", "flex"]), ("\"flex\" null".to_owned(), without("flex")));
    assert_eq!(tiers(&["--tier", "flex"]), ("null".to_owned(), without("flex")));
    assert_eq!(tiers(&["--tier", "priority"]), ("\"priority\" null".to_owned(), without("priority")));
    for _ in 0..2 {
        assert_eq!(tiers(&["--tier", "reserved"]), ("\"reserved\" null".to_owned(), without("reserved")));
    }
    assert_eq!(tiers(&["--tier", "default"]), ("\"default\"".to_owned(), String::new()));
}

#[test]
fn a_refused_field_is_left_out_once_and_remembered() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let words = ["-m", HAIKU, "--field", r#"{"output_config":{"effort":"high"},"top_k":5}"#, "hi"];
    fake.expect(converse_stream());
    fake.expect(converse_stream());
    insta::assert_snapshot!(ask(&fake, words).home(&home).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    warning: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` does not accept `output_config.effort`; sending without it
    ----- exit 0 -----
    ");
    fake.expect(converse_stream());
    let ran = ask(&fake, words).home(&home).run();
    assert_eq!(ran.stderr_text().matches("sending without it").count(), 1, "{ran}");
    let fields = |at: usize| fake.requests()[at].json()["additionalModelRequestFields"].to_string();
    assert_eq!([fields(1), fields(2)], [r#"{"top_k":5}"#, r#"{"top_k":5}"#]);
    // Each provider has its own words for a field that it does not know.
    for (model, name) in [("nova-2-lite", "top_k"), ("gpt-oss-20b", "top_k"), (HAIKU, "context_management")] {
        fake.expect(converse_stream());
        fake.expect(converse_stream());
        let fields = format!(r#"{{"{name}":5}}"#);
        let ran = ask(&fake, ["-m", model, "--field", &fields, "hi"]).run();
        assert!(ran.stderr_text().starts_with("note: "), "{ran}");
        assert!(ran.stderr_text().ends_with(&format!("does not accept `{name}`; sending without it\n")), "{ran}");
        assert!(fake.requests().last().unwrap().json()["additionalModelRequestFields"].is_null());
    }
}

#[test]
fn a_refused_effort_becomes_one_that_is_allowed() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let message =
        "The model returned the following errors: output_config.effort: Input should be 'low', 'medium' or 'high'";
    fake.expect(converse_stream().fails(400, VALIDATION, message));
    for _ in 0..2 {
        fake.expect(converse_stream());
    }
    insta::assert_snapshot!(ask(&fake, ["-m", OPUS, "--think=max", "hi"]).home(&home).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    warning: `eu.anthropic.claude-opus-4-7` does not support this effort; sending `high`
    ----- exit 0 -----
    ");
    let ran = ask(&fake, ["-m", OPUS, "--think=xhigh", "hi"]).home(&home).run();
    assert!(ran.stderr_text().contains("sending `high`"), "{ran}");
    let efforts = fake
        .requests()
        .into_iter()
        .map(|it| it.json()["additionalModelRequestFields"]["output_config"]["effort"].clone());
    assert_eq!(efforts.collect::<Vec<_>>(), ["max", "high", "high"]);
}

#[test]
fn an_effort_that_an_unknown_model_does_not_take_is_left_out() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let source = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-2-lite-v1:0";
    let arn = fake.application_profile("chat", source, "eu-central-1");
    for _ in 0..3 {
        fake.expect(converse_stream());
    }
    for _ in 0..2 {
        let ran = ask(&fake, ["-q", "-m", &arn, "--think=low", "hi"]).home(&home).run();
        let warning = format!("warning: `{arn}` does not accept `outputConfig.effort`; sending without it\n");
        assert_eq!((ran.stderr_text(), ran.exit()), (warning.as_str(), Some(0)), "{ran}");
    }
    let efforts: Vec<_> = fake.requests().iter().map(|it| it.json()["outputConfig"].to_string()).collect();
    assert_eq!(efforts, [r#"{"effort":"low"}"#, "null", "null"]);
}

#[test]
fn thinking_that_cannot_be_turned_off_is_told() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect(converse_stream());
    let words = ["-q", "-m", "anthropic.claude-opus-7-7", "--region", "us-east-1", "--think=off", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    warning: `anthropic.claude-opus-7-7` is not a known model; `us.anthropic.claude-opus-7-7` is predicted, because `anthropic.claude-opus-5-5` is invoked this way from us-east-1
    warning: `us.anthropic.claude-opus-7-7` does not accept `thinking`; sending without it
    ----- exit 0 -----
    ");
    assert!(fake.requests()[1].json()["additionalModelRequestFields"].is_null());
}

#[test]
fn the_temperature_that_thinking_refuses_is_not_remembered() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect(converse_stream());
    fake.expect(converse_stream());
    let thinking = r#"{"thinking":{"type":"enabled","budget_tokens":1024}}"#;
    let words = ["-m", HAIKU, "--field", thinking, "--temperature", "0.5", "hi"];
    let ran = ask(&fake, words).home(&home).run();
    assert!(ran.stderr_text().contains("does not accept `--temperature`"), "{ran}");
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-m", HAIKU, "--temperature", "0.5", "hi"]).home(&home).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
}

#[test]
fn a_guardrail_and_a_third_fault_are_errors() {
    let fake = FakeBedrock::start();
    let refusal = |member: &str| {
        let message = format!("This model doesn't support the {member} field. Remove {member} and try again.");
        converse_stream().fails(400, VALIDATION, &message)
    };
    fake.expect(refusal("serviceTier"));
    fake.expect(refusal("requestMetadata"));
    fake.expect(refusal("additionalModelRequestFields"));
    let words = ["--tier", "flex", "--metadata", "a=1", "--field", r#"{"inferenceConfig":{"topK":1}}"#, "hi"];
    let ran = ask(&fake, words).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(1)), "{ran}");
    insta::assert_snapshot!(ran.stderr_text(), @"
    warning: `eu.amazon.nova-2-lite-v1:0` does not accept `--tier flex`; sending without it
    note: `eu.amazon.nova-2-lite-v1:0` does not accept `--metadata`; sending without it
    error: `eu.amazon.nova-2-lite-v1:0` does not support `additionalModelRequestFields`
      aws: ValidationException: This model doesn't support the additionalModelRequestFields field. Remove additionalModelRequestFields and try again.
      aws: request ID: 00000000-0000-4000-8000-000000000003

     hint: leave out `additionalModelRequestFields`
    ");
    fake.expect(refusal("guardrailConfig"));
    assert_eq!(ask(&fake, ["--tier", "flex", "hi"]).run().exit(), Some(1));
    fake.expect(refusal("serviceTier"));
    let ran = ask(&fake, ["--no-repair", "--tier", "flex", "hi"]).run();
    assert_eq!(ran.exit(), Some(1), "{ran}");
}

#[test]
fn a_response_that_the_own_limit_cuts_is_incomplete() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().reasoning("hmm").stop_reason("max_tokens"));
    insta::assert_snapshot!(ask(&fake, ["-m", HAIKU, "--think=low", "hi"]).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    error: the response was cut at 10240 tokens
    cause: that is the limit for this level of thinking if none is given; the reasoning counts towards it
    cause: stop reason: max_tokens

     hint: --max-tokens 20480
    ----- exit 7 -----
    ");
    fake.expect(converse_stream().reasoning("hmm").stop_reason("max_tokens"));
    let ran = ask(&fake, ["-m", HAIKU, "--think=low", "--max-tokens", "3000", "hi"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
}

#[test]
fn reasoning_is_printed_to_stderr_alone_and_only_if_asked_for() {
    for (flag, expected) in [("--usage", converse_stream()), ("--no-stream", converse())] {
        let fake = FakeBedrock::start();
        fake.expect(expected.clone().reasoning("Let me\nsee."));
        let ran = ask(&fake, ["--think", "--show-thinking", flag, "hi"]).run();
        assert!(ran.stderr_text().starts_with("Let me\nsee.\n"), "{ran}");
        assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
        fake.expect(expected.clone().reasoning("c2VjcmV0").redacted());
        let ran = ask(&fake, ["--think", "--show-thinking", flag, "hi"]).run();
        assert!(ran.stderr_text().starts_with("[redacted reasoning]\n"), "{ran}");
        fake.expect(expected.clone());
        let ran = ask(&fake, ["--show-thinking", flag, "hi"]).run();
        assert!(ran.stderr_text().starts_with("note: the response has no reasoning\n"), "{ran}");
        fake.expect(expected.reasoning("Let me see."));
        let ran = ask(&fake, ["--think", flag, "hi"]).run();
        assert!(!ran.stderr_text().contains("Let me"), "{ran}");
    }
}

#[test]
fn reasoning_stays_in_the_object_and_out_of_a_file() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().reasoning("Hm."));
    let ran = ask(&fake, ["--show-thinking", "--format", "json", "hi"]).run();
    let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(
        object["output"]["message"]["content"][0],
        json!({"reasoningContent": {"reasoningText": {"text": "Hm."}}})
    );
    assert_eq!(ran.stderr_text(), "Hm.\n");
    let delta = |text: &str| {
        ("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"reasoningContent": {"text": text}}}))
    };
    let text = ("contentBlockDelta", json!({"contentBlockIndex": 1, "delta": {"text": "Hi"}}));
    let stop = ("messageStop", json!({"stopReason": "end_turn"}));
    let events = vec![delta("Let"), delta(" me"), text, stop];
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(events)));
    let ran = ask(&fake, ["--show-thinking", "--format", "ndjson", "hi"]).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("Let me\n", Some(0)), "{ran}");
    fake.expect(converse_stream().reasoning("Hm."));
    let ran = ask(&fake, ["--show-thinking", "-o", "a.txt", "hi"]).run();
    assert_eq!((ran.stderr_text(), ran.home.read_here("a.txt").as_str()), ("Hm.\n", "Hello from Bedrock.\n"), "{ran}");
}

#[test]
fn a_model_that_leaves_the_text_of_its_reasoning_out_is_asked_for_it() {
    let displayed = r#"{"thinking":{"type":"adaptive","display":"summarized"}"#;
    assert!(dry(&["-m", OPUS, "--think", "--show-thinking"]).contains(displayed));
    assert!(!dry(&["-m", OPUS, "--show-thinking"]).contains("thinking"));
    let body = dry(&["-m", "claude-opus-5", "--show-thinking"]);
    assert!(body.contains(displayed), "{body}");
    let fake = FakeBedrock::start();
    let signature = json!({"contentBlockIndex": 0, "delta": {"reasoningContent": {"signature": "s"}}});
    let text = json!({"contentBlockIndex": 1, "delta": {"text": "Hi"}});
    let stop = json!({"stopReason": "end_turn"});
    let events = [("contentBlockDelta", signature), ("contentBlockDelta", text), ("messageStop", stop)];
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(events.into())));
    let ran = ask(&fake, ["--show-thinking", "hi"]).run();
    assert_eq!(ran.stderr_text(), "note: the model returned its reasoning without text\n", "{ran}");
}

#[cfg(unix)]
#[test]
fn reasoning_is_dim_on_a_terminal_and_on_lines_of_its_own() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().reasoning("Hm\u{1b}[31m\u{202e}?"));
    let run = ask(&fake, ["--show-thinking", "hi"])
        .terminal([Stream::Stdout, Stream::Stderr])
        .env("BEDROCK_ASK_HISTORY", "never");
    let ran = run.run();
    assert_eq!(ran.stderr_text(), "\u{1b}[2mHm␛[31m\u{fffd}?\u{1b}[0m\n", "{ran}");
    // Text before the reasoning: what follows begins on a new line of the terminal.
    let delta = |index: u32, delta: Value| ("contentBlockDelta", json!({"contentBlockIndex": index, "delta": delta}));
    let events = vec![
        delta(0, json!({"text": "One"})),
        delta(1, json!({"reasoningContent": {"text": "two"}})),
        delta(1, json!({"reasoningContent": {"redactedContent": "AA=="}})),
        delta(1, json!({"reasoningContent": {"redactedContent": "AA=="}})),
        delta(2, json!({"text": " three"})),
        ("messageStop", json!({"stopReason": "end_turn"})),
    ];
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(events)));
    let run = ask(&fake, ["--show-thinking", "hi"])
        .terminal([Stream::Stdout, Stream::Stderr])
        .env("NO_COLOR", "1")
        .env("BEDROCK_ASK_HISTORY", "never");
    let ran = run.run();
    assert_eq!(ran.stdout_text(), "One three\n", "{ran}");
    assert_eq!(ran.stderr_text(), "\ntwo\n[redacted reasoning]\n", "{ran}");
}
