//! `--schema`: JSON that is valid by the schema, or nothing on stdout and exit code 7.

use serde_json::{Value, json};

use super::*;
use crate::harness::Home;

const NOVA: &str = "amazon.nova-2-lite-v1:0";
const HAIKU: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";
const OPUS: &str = "anthropic.claude-opus-4-7";

/// The schema that the short form `name, age int` stands for.
fn person() -> Value {
    json!({
        "type": "object",
        "properties": {"name": {"type": "string"}, "age": {"type": "integer"}},
        "required": ["name", "age"],
        "additionalProperties": false,
    })
}

/// The same as the input of a tool of Nova, whose description has the rest.
fn plain_person() -> Value {
    let mut schema = person();
    schema.as_object_mut().unwrap().remove("additionalProperties");
    schema
}

const ADA: [&str; 3] = ["{\"name\": \"A", "da\",\n \"age\"", ": 36}"];
const ADA_LINE: &str = "{\"name\":\"Ada\",\"age\":36}\n";

/// Runs what must be a usage error that sends nothing, and returns stderr.
#[track_caller]
fn usage_error<'w>(words: impl IntoIterator<Item = &'w str>) -> String {
    let fake = FakeBedrock::start();
    let ran = ask(&fake, words).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    assert!(fake.requests().is_empty());
    ran.stderr_text().to_owned()
}

#[test]
fn nova_is_made_to_call_one_tool_whose_input_is_printed() {
    let fake = FakeBedrock::start();
    for (expected, more) in [(converse_stream(), &[][..]), (converse(), &["--no-stream"])] {
        fake.expect(expected.calls("response", ADA));
        let ran = ask(&fake, ["--schema", "name, age int", "Who was Ada?"].iter().chain(more).copied()).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    }
    let body = fake.requests()[0].json();
    assert_eq!(
        body["toolConfig"],
        json!({
            "tools": [{"toolSpec": {
                "name": "response",
                "description": "Gives the response to the user. Call it once: its input is the whole response.\nadditionalProperties: false",
                "inputSchema": {"json": plain_person()},
            }}],
            "toolChoice": {"tool": {"name": "response"}},
        })
    );
    assert!(body["outputConfig"].is_null());
}

#[test]
fn nova_gets_a_schema_without_the_keywords_that_it_does_not_accept_and_the_response_has_to_fit_all_of_it() {
    let fake = FakeBedrock::start();
    let schema = json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Person",
        "$ref": "#/$defs/person",
        "$defs": {"person": person()},
        "minProperties": 3,
    });
    fake.expect(converse_stream().calls("response", ADA));
    insta::assert_snapshot!(ask(&fake, ["--schema", &schema.to_string(), "Who was Ada?"]).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    {"name": "Ada",
     "age": 36}
    error: the response is not valid against the schema
    cause: at the root: {"name":"Ada","age":36} has less than 3 properties
    ----- exit 7 -----
    "#);
    let tool = &fake.requests()[0].json()["toolConfig"]["tools"][0]["toolSpec"];
    assert_eq!(tool["inputSchema"]["json"], plain_person());
    let description = tool["description"].as_str().unwrap().lines().skip(1).collect::<Vec<_>>();
    assert_eq!(description, ["additionalProperties: false", "title: \"Person\"", "minProperties: 3"]);
}

#[test]
fn claude_gets_alternatives_in_the_root_as_a_part_of_the_description() {
    let fake = FakeBedrock::start();
    let mut schema = person();
    schema["anyOf"] = json!([{"required": ["name"]}]);
    fake.expect(converse_stream().calls("response", ADA));
    let ran = ask(&fake, ["-m", OPUS, "--schema", &schema.to_string(), "Who was Ada?"]).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    let tool = &fake.requests()[0].json()["toolConfig"]["tools"][0]["toolSpec"];
    assert_eq!(tool["inputSchema"]["json"], person());
    assert!(tool["description"].as_str().unwrap().ends_with("\nanyOf: [{\"required\":[\"name\"]}]"), "{tool}");
}

#[test]
fn claude_haiku_gets_the_schema_itself() {
    let fake = FakeBedrock::start();
    for (expected, more) in [(converse_stream(), &[][..]), (converse(), &["--no-stream"])] {
        fake.expect(expected.text(ADA));
        let words = ["-m", HAIKU, "--schema", "name, age int", "Who was Ada?"];
        let ran = ask(&fake, words.iter().chain(more).copied()).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    }
    let body = fake.requests()[0].json();
    let schema = person().to_string();
    assert_eq!(
        body["outputConfig"],
        json!({"textFormat": {
            "type": "json_schema",
            "structure": {"jsonSchema": {"schema": schema, "name": "response"}},
        }})
    );
    assert!(body["toolConfig"].is_null());
}

#[test]
fn the_order_and_the_numbers_are_those_of_the_model() {
    let fake = FakeBedrock::start();
    let schema = r#"{"type": "object", "additionalProperties": {"type": "number"}}"#;
    let written = r#"{"z": 1.10, "a": 12345678901234567890123}"#;
    let line = "{\"z\":1.10,\"a\":12345678901234567890123}\n";
    fake.expect(converse_stream().calls("response", [written]));
    let body = format!(
        r#"{{"output":{{"message":{{"role":"assistant","content":[{{"toolUse":{{"toolUseId":"t","name":"response","input":{written}}}}}]}}}},"stopReason":"tool_use","usage":{{"inputTokens":1,"outputTokens":1,"totalTokens":2}},"metrics":{{"latencyMs":1}}}}"#
    );
    fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), body)));
    for more in [&[][..], &["--no-stream"]] {
        let ran = ask(&fake, ["--schema", schema, "hi"].iter().chain(more).copied()).run();
        assert_eq!((ran.stdout_text(), ran.exit()), (line, Some(0)), "{ran}");
    }
    for format in ["json", "ndjson"] {
        fake.expect(converse_stream().calls("response", [written]));
        let ran = ask(&fake, ["--schema", schema, "--format", format, "hi"]).run();
        assert!(ran.stdout_text().contains(&format!("\"structuredOutput\":{}", line.trim())), "{ran}");
    }
}

#[test]
fn a_schema_that_the_service_does_not_accept_is_sent_as_a_tool_and_nothing_is_learned() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let refusal = "The model returned the following errors: output_config.format.schema: For 'string' type, property 'pattern' is not supported";
    let schema = r#"{"type": "object", "properties": {"name": {"type": "string", "pattern": "^A"}}}"#;
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    fake.expect(converse_stream().calls("response", ADA));
    insta::assert_snapshot!(ask(&fake, ["-m", HAIKU, "--schema", schema, "Who was Ada?"]).home(&home).run(), @r#"
    ----- stdout -----
    {"name":"Ada","age":36}
    ----- stderr -----
    note: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` does not accept this schema in `outputConfig.textFormat`; sending it as a tool
    ----- exit 0 -----
    "#);
    fake.expect(converse_stream().text(ADA));
    let ran = ask(&fake, ["-m", HAIKU, "--schema", "name, age int", "Who was Ada?"]).home(&home).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    insta::assert_snapshot!(ask(&fake, ["--no-repair", "-m", HAIKU, "--schema", schema, "Who was Ada?"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` does not support what is in the JSON schema
      aws: ValidationException: The model returned the following errors: output_config.format.schema: For 'string' type, property 'pattern' is not supported
      aws: request ID: 00000000-0000-4000-8000-000000000004

     hint: leave out of the schema what the message names, and check the response for it
     hint: if `--no-repair` is set, leave it out: the schema is then sent as the input of one tool
    ----- exit 1 -----
    ");
}

#[test]
fn a_wrong_guess_is_repaired_once_and_remembered() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    // Of this model it is known that it takes a schema; today it does not.
    let refusal = "This model doesn't support the outputConfig field. Remove outputConfig and try again.";
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    fake.expect(converse_stream().calls("response", ADA));
    let run = || ask(&fake, ["-m", HAIKU, "--schema", "name, age int", "Who was Ada?"]).home(&home);
    insta::assert_snapshot!(run().run(), @r#"
    ----- stdout -----
    {"name":"Ada","age":36}
    ----- stderr -----
    note: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` does not accept `outputConfig.textFormat`; sending the schema as a tool
    ----- exit 0 -----
    "#);
    fake.expect(converse_stream().calls("response", ADA));
    let ran = run().run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    // Now it takes one again, and no tool.
    fake.expect(converse_stream().fails(400, "ValidationException", "This model doesn't support tool use."));
    fake.expect(converse_stream().text(ADA));
    let ran = run().run();
    assert_eq!((ran.stdout_text(), ran.exit()), (ADA_LINE, Some(0)), "{ran}");
    fake.expect(converse_stream().text(ADA));
    let ran = run().run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    let forms = fake.requests().iter().map(|request| request.json()["outputConfig"].is_null()).collect::<Vec<_>>();
    assert_eq!(forms, [false, true, true, true, false, false]);
}

#[test]
fn the_words_of_claude_for_a_schema_that_it_does_not_take_are_a_wrong_guess_too() {
    for member in ["output_config.format", "output_config"] {
        let (fake, home) = (FakeBedrock::start(), Home::new());
        let refusal = format!("The model returned the following errors: {member}: Extra inputs are not permitted");
        fake.expect(converse_stream().fails(400, "ValidationException", &refusal));
        let note = "note: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` does not accept `outputConfig.textFormat`; sending the schema as a tool\n";
        for stderr in [note, ""] {
            fake.expect(converse_stream().calls("response", ADA));
            let ran = ask(&fake, ["-m", HAIKU, "--schema", "name, age int", "Who was Ada?"]).home(&home).run();
            assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, stderr, Some(0)), "{ran}");
        }
    }
}

#[test]
fn a_model_without_tools_gets_the_schema_itself() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect(converse_stream());
    let words = ["-m", "mistral.mistral-7b-instruct-v0:2", "--region", "us-east-1", "--schema", "name", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @"
    ----- stdout -----
    ----- stderr -----
    note: `mistral.mistral-7b-instruct-v0:2` does not accept a tool; sending the schema as `outputConfig.textFormat`
    error: `mistral.mistral-7b-instruct-v0:2` does not support a JSON schema for its response
      aws: ValidationException: This model doesn't support the outputConfig field. Remove outputConfig and try again.
      aws: request ID: 00000000-0000-4000-8000-000000000002

     hint: if `--no-repair` is set, leave it out: the schema is then sent as the input of one tool
     hint: otherwise use a model that supports a JSON schema or tool use
    ----- exit 1 -----
    ");
    assert_eq!(fake.requests().len(), 2);
}

#[test]
fn a_tool_that_cannot_be_forced_is_offered() {
    let fake = FakeBedrock::start();
    let refusal = "This model doesn't support the toolConfig.toolChoice.tool field. Remove toolConfig.toolChoice.tool and try again.";
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    fake.expect(converse_stream().calls("response", ADA));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name, age int", "Who was Ada?"]).run(), @r#"
    ----- stdout -----
    {"name":"Ada","age":36}
    ----- stderr -----
    note: `eu.amazon.nova-2-lite-v1:0` cannot be forced to call a tool; sending the schema as a tool that it may call
    ----- exit 0 -----
    "#);
    assert!(fake.requests()[1].json()["toolConfig"]["toolChoice"].is_null());
}

#[test]
fn a_model_that_thinks_unasked_and_cannot_be_forced_is_offered_the_tool() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let refusal =
        "The model returned the following errors: Thinking may not be enabled when tool_choice forces tool use.";
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    for _ in 0..2 {
        fake.expect(converse_stream().calls("response", ADA));
        let ran = ask(&fake, ["-m", OPUS, "--schema", "name, age int", "Who was Ada?"]).home(&home).run();
        assert_eq!((ran.stdout_text(), ran.exit()), (ADA_LINE, Some(0)), "{ran}");
    }
    let forced =
        fake.requests().iter().map(|sent| !sent.json()["toolConfig"]["toolChoice"].is_null()).collect::<Vec<_>>();
    assert_eq!(forced, [true, false, false]);
}

#[test]
fn a_refused_schema_is_an_error_where_repair_is_not_wanted() {
    let fake = FakeBedrock::start();
    let refusal = "This model doesn't support the outputConfig field. Remove outputConfig and try again.";
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    insta::assert_snapshot!(ask(&fake, ["--no-repair", "-m", HAIKU, "--schema", "name", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `eu.anthropic.claude-haiku-4-5-20251001-v1:0` does not support a JSON schema for its response
      aws: ValidationException: This model doesn't support the outputConfig field. Remove outputConfig and try again.
      aws: request ID: 00000000-0000-4000-8000-000000000001

     hint: if `--no-repair` is set, leave it out: the schema is then sent as the input of one tool
     hint: otherwise use a model that supports a JSON schema or tool use
    ----- exit 1 -----
    ");
}

#[test]
fn a_model_that_takes_no_tools_in_a_stream_is_called_without() {
    let fake = FakeBedrock::start();
    let refusal = "This model doesn't support tool use in streaming mode.";
    fake.expect(converse_stream().fails(400, "ValidationException", refusal));
    fake.expect(converse().calls("response", ADA));
    let home = Home::new();
    let ran = ask(&fake, ["--schema", "name, age int", "Who was Ada?"]).home(&home).run();
    assert_eq!((ran.stdout_text(), ran.exit()), (ADA_LINE, Some(0)), "{ran}");
    assert_eq!(fake.requests()[1].json()["toolConfig"]["toolChoice"], json!({"tool": {"name": "response"}}));
    // Text streams as before.
    fake.expect(converse_stream());
    let ran = ask(&fake, ["hi"]).home(&home).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text()), ("Hello from Bedrock.\n", ""), "{ran}");
}

#[test]
fn each_fault_is_told_with_its_pointer_and_stdout_stays_empty() {
    let fake = FakeBedrock::start();
    let schema = r#"{"type": "object", "properties": {"age": {"type": "integer", "minimum": 0}, "tags": {"type": "array", "items": {"type": "string"}}}, "required": ["name"]}"#;
    let response = r#"{"age": -1, "tags": ["a", 5]}"#;
    fake.expect(converse_stream().calls("response", [response]));
    insta::assert_snapshot!(ask(&fake, ["--schema", schema, "hi"]).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    {"age": -1, "tags": ["a", 5]}
    error: the response is not valid against the schema
    cause: at the root: "name" is a required property
    cause: at `/age`: -1 is less than the minimum of 0
    cause: at `/tags/1`: 5 is not of type "string"
    ----- exit 7 -----
    "#);
    fake.expect(converse_stream().text([response]));
    let ran = ask(&fake, ["-m", HAIKU, "--schema", schema, "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
    assert!(ran.stderr_text().contains("at `/tags/1`"), "{ran}");
}

#[test]
fn a_response_that_is_not_json_as_a_whole_is_an_error() {
    let fake = FakeBedrock::start();
    for (text, reason) in [
        ("```json\n{\"name\": \"x\"}\n```", "expected value at line 1 column 1"),
        ("{\"name\": \"x\"} That is all.", "trailing characters"),
        ("{\"name\": \"x\", \"name\": \"y\"}", "the member `name` is given twice at line 1 column 20"),
        ("{\"name\": NaN}", "expected value"),
        ("{\"name\": 1e999}", "number out of range"),
    ] {
        fake.expect(converse_stream().text([text]));
        let ran = ask(&fake, ["-m", HAIKU, "--schema", "name", "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
        assert!(ran.stderr_text().starts_with(text) && ran.stderr_text().contains(reason), "{ran}");
    }
    fake.expect(converse_stream().text(["\n{\"name\":", " \"x\"}\n\n"]));
    let ran = ask(&fake, ["-m", HAIKU, "--schema", "name", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("{\"name\":\"x\"}\n", Some(0)), "{ran}");
}

#[test]
fn a_response_without_a_call_and_one_with_two_are_errors() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["I would rather ", "talk."]));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    I would rather talk.
    error: the response has no JSON: the model did not call the tool that takes it
    cause: it is text

     hint: try again
    ----- exit 7 -----
    ");
    fake.expect(converse_stream().text([""; 0]));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: the response has no JSON: the model did not call the tool that takes it
    cause: it is empty

     hint: try again
    ----- exit 7 -----
    ");
    fake.expect(converse_stream().calls("response", [r#"{"name": "a"}"#]).calls("response", [r#"{"name": "b"}"#]));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name", "hi"]).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    {"name": "a"}
    {"name": "b"}
    error: the response has 2 JSON objects in place of one
    ----- exit 7 -----
    "#);
    fake.expect(converse_stream().calls("other", ["{}"]));
    let ran = ask(&fake, ["--schema", "name", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
    assert!(ran.stderr_text().contains("it contains only `toolUse`"), "{ran}");
}

#[test]
fn text_beside_the_call_is_told_and_not_printed() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().calls("response", ADA).text(["Here it is:"]));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name, age int", "Who was Ada?"]).run(), @r#"
    ----- stdout -----
    {"name":"Ada","age":36}
    ----- stderr -----
    note: the response also contains text, which is not printed; `--format json` includes it
    ----- exit 0 -----
    "#);
}

#[test]
fn no_block_beside_the_call_is_dropped_unseen() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().calls("response", ADA).calls("other", ["{}"]));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name, age int", "Who was Ada?"]).run(), @r#"
    ----- stdout -----
    {"name":"Ada","age":36}
    ----- stderr -----
    warning: the response also contains `toolUse`, which is not printed; `--format json` includes it
    ----- exit 0 -----
    "#);
    let call = json!({"toolUse": {"toolUseId": "t", "name": "response", "input": {"name": "Ada", "age": 36}}});
    let body = json!({
        "output": {"message": {"role": "assistant", "content": [call, {"hologram": {"of": "x"}}]}},
        "stopReason": "tool_use",
    });
    fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), body.to_string())));
    let ran = ask(&fake, ["--no-stream", "--schema", "name, age int", "Who was Ada?"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), (ADA_LINE, Some(0)), "{ran}");
    assert!(ran.stderr_text().contains("the response also contains `hologram`"), "{ran}");
}

#[test]
fn a_response_that_was_cut_is_not_complete() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().calls("response", [r#"{"name": "A"#]).stop_reason("max_tokens"));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name", "--max-tokens", "5", "hi"]).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    {"name": "A
    error: the response was cut, and its JSON may be incomplete
    cause: stop reason: max_tokens

     hint: allow more tokens: `--max-tokens N`
    ----- exit 7 -----
    "#);
    for (reason, flags) in [("max_tokens", &[][..]), ("max_tokens", &["--max-tokens", "5"]), ("stop_sequence", &[])] {
        fake.expect(converse().calls("response", [r#"{"name": "A"}"#]).stop_reason(reason));
        let words = ["--schema", "name", "--no-stream", "hi"];
        let ran = ask(&fake, words.iter().chain(flags).copied()).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
        assert!(ran.stderr_text().contains(&format!("stop reason: {reason}")), "{ran}");
    }
    fake.expect(converse_stream().text([r#"{"name":"#]).stop_reason("max_tokens"));
    insta::assert_snapshot!(ask(&fake, ["-m", HAIKU, "--schema", "name", "--max-tokens", "5", "hi"]).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    {"name":
    error: the response is not valid JSON
    cause: EOF while parsing a value at line 1 column 8
    cause: stop reason: max_tokens

     hint: allow more tokens: `--max-tokens N`
    ----- exit 7 -----
    "#);
    fake.expect(converse_stream().calls("response", [r#"{"name": "A"}"#]).ends(Ending::WithoutStop));
    insta::assert_snapshot!(ask(&fake, ["--schema", "name", "hi"]).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    {"name": "A"}
    error: the response was cut off after 13 bytes: the stream ended before the response was complete
      aws: request ID: 00000000-0000-4000-8000-000000000006
    cause: the stream ended without `messageStop`

     hint: try again
     hint: `--no-stream` requests the whole response at once
    ----- exit 7 -----
    "#);
    fake.expect(
        converse_stream().calls("response", [r#"{"name": "A"#]).breaks_with("throttlingException", "Slow down"),
    );
    let ran = ask(&fake, ["--schema", "name", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
    fake.expect(converse_stream().calls("response", [r#"{"name": "A"}"#]).stop_reason("content_filtered"));
    let ran = ask(&fake, ["--schema", "name", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
}

#[test]
fn what_the_service_does_not_support_is_sent_as_a_description_and_validated_here() {
    let fake = FakeBedrock::start();
    let schema = r#"{"type": "object", "properties": {"grade": {"type": "integer", "minimum": 1, "maximum": 6, "description": "A mark"}, "why": {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "string", "maxLength": 9}}}}"#;
    for (grade, exit) in [(1, 0), (7, 7)] {
        fake.expect(converse_stream().text([format!("{{\"grade\": {grade}}}")]));
        let ran = ask(&fake, ["-m", HAIKU, "--schema", schema, "hi"]).run();
        assert_eq!(ran.exit(), Some(exit), "{ran}");
    }
    let format = &fake.requests()[0].json()["outputConfig"]["textFormat"]["structure"]["jsonSchema"];
    let sent: Value = serde_json::from_str(format["schema"].as_str().unwrap()).unwrap();
    assert_eq!(
        sent["properties"]["grade"],
        json!({"type": "integer", "description": "A mark\nminimum: 1\nmaximum: 6"})
    );
    assert_eq!(sent["properties"]["why"]["description"], "minItems: 2\nmaxItems: 3");
    assert_eq!(sent["additionalProperties"], false);
}

#[test]
fn additional_properties_that_cannot_be_sent_are_told_once() {
    let fake = FakeBedrock::start();
    let schema = r#"{"type": "object", "properties": {"a": {"type": "object"}, "b": {"type": "object", "additionalProperties": {"type": "string"}}}}"#;
    fake.expect(converse_stream().text(["{}"]));
    insta::assert_snapshot!(ask(&fake, ["-m", HAIKU, "--schema", schema, "hi"]).run(), @"
    ----- stdout -----
    {}
    ----- stderr -----
    note: Bedrock accepts only objects without additional properties here: the schema is sent with `additionalProperties: false`
    ----- exit 0 -----
    ");
    // A tool takes the schema as it is.
    fake.expect(converse_stream().calls("response", ["{\"b\": {\"c\": \"d\"}}"]));
    let ran = ask(&fake, ["--schema", schema, "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("{\"b\":{\"c\":\"d\"}}\n", "", Some(0)), "{ran}");
    let sent: Value = serde_json::from_str(schema).unwrap();
    let tool = fake.requests()[1].json()["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"].clone();
    assert_eq!(tool, sent);
}

#[test]
fn the_newest_claude_calls_a_tool() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().calls("response", ADA));
    let ran = ask(&fake, ["-m", OPUS, "--schema", "name, age int", "Who was Ada?"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), (ADA_LINE, Some(0)), "{ran}");
    assert_eq!(fake.requests()[0].json()["toolConfig"]["toolChoice"], json!({"tool": {"name": "response"}}));
}

#[test]
fn a_schema_is_read_from_a_file_and_the_prompt_from_stdin() {
    let fake = FakeBedrock::start();
    for file in ["person.json", "person"] {
        fake.expect(converse_stream().calls("response", ADA));
        let run = ask(&fake, ["--schema", file, "Who?"]).file_here(file, person().to_string()).stdin("Ada Lovelace");
        let ran = run.run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    }
    let body = fake.requests()[0].json();
    assert_eq!(body["messages"][0]["content"], json!([{"text": "Who?\n\nAda Lovelace"}]));
    assert_eq!(body["toolConfig"]["tools"][0]["toolSpec"]["inputSchema"]["json"], plain_person());
}

#[test]
fn a_schema_that_is_not_valid_is_a_usage_error() {
    insta::assert_snapshot!(usage_error(["--schema", "person.json", "hi"]), @r#"
    error: the file `person.json` of `--schema` does not exist

     hint: --schema schema.json, --schema '{"type": "object", …}', or --schema 'name, age int, tags array'
    "#);
    insta::assert_snapshot!(usage_error(["--schema", "name string", "hi"]), @r#"
    error: the value of `--schema` is not valid
    cause: the type `string` of `name` is not known; the types are `str`, `int`, `float`, `bool`, `array`

     hint: --schema schema.json, --schema '{"type": "object", …}', or --schema 'name, age int, tags array'
    "#);
    insta::assert_snapshot!(usage_error(["--schema", "{\"type\": \"object\"", "hi"]), @"
    error: the value of `--schema` is not valid JSON
    cause: EOF while parsing an object at line 1 column 17
    ");
    insta::assert_snapshot!(usage_error(["--schema", r#"{"properties": {"a": {"type": "str"}}}"#, "hi"]), @r#"
    error: the schema is not valid
    cause: at `/properties/a/type`: "str" is not valid under any of the schemas listed in the 'anyOf' keyword
    "#);
    insta::assert_snapshot!(usage_error(["--schema", r#"{"type": "array"}"#, "hi"]), @r#"
    error: the schema is for the type "array", not for an object
    cause: Bedrock takes only schemas whose `type` is `object`

     hint: make it a property of an object, such as `items` of {"type": "object", "properties": {"items": …}}
    "#);
    insta::assert_snapshot!(usage_error(["--schema", r#"{"$ref": "https://a.example/person.json"}"#, "hi"]), @"
    error: the schema refers to `https://a.example/person.json` at `/$ref`, which is not in the schema
    cause: no reference is fetched

     hint: put it into the schema under `$defs`, and refer to it as `#/$defs/NAME`
    ");
    insta::assert_snapshot!(usage_error(["--schema", r##"{"allOf": [{"$ref": "#"}]}"##, "hi"]), @"
    error: the schema refers to itself without end at `/allOf/0/$ref`
    cause: no part of the response lies between the two places
    ");
    for words in [["--cite", "-a", "x.pdf", "hi"], ["-x", "hi", "--no-stream", "--no-stdin"]] {
        let refused = usage_error(["--schema", "name"].into_iter().chain(words));
        assert!(refused.contains("cannot be used with"), "{refused}");
    }
    assert!(usage_error(["--schema", "", "hi"]).contains("it is empty"));
}

#[test]
fn a_deep_schema_ends_in_bounded_time() {
    let deep = format!("{}{{}}{}", r#"{"not":"#.repeat(200), "}".repeat(200));
    assert!(usage_error(["--schema", &deep, "hi"]).contains("recursion limit"));
    let wide = (0..64)
        .map(|at| format!(r##""d{at}":{{"anyOf":[{{"$ref":"#/$defs/d{0}"}},{{"$ref":"#/$defs/d{0}"}}]}}"##, at + 1));
    let wide = wide.collect::<Vec<_>>().join(",");
    let schema = format!(r##"{{"$ref":"#/$defs/d0","$defs":{{{wide},"d64":{{"type":"object"}}}}}}"##);
    assert!(usage_error(["--schema", &schema, "hi"]).contains("too complex"));
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().calls("response", [format!("{{\"a\": \"{}!\"}}", "a".repeat(60))]));
    let schema = r#"{"type": "object", "properties": {"a": {"pattern": "^(a+)+\\1$"}}}"#;
    let ran = ask(&fake, ["--schema", schema, "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
}

#[test]
fn a_file_gets_the_json_or_stays_and_the_response_is_kept_beside_it() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let run = |schema| ask(&fake, ["--schema", schema, "-o", "ada.json", "Who was Ada?"]).home(&home).run();
    fake.expect(converse_stream().calls("response", ADA));
    let ran = run("name, age int");
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("", "", Some(0)), "{ran}");
    assert_eq!(home.read_here("ada.json"), ADA_LINE);
    fake.expect(converse_stream().calls("response", ADA));
    let ran = run("name, age bool");
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
    assert!(ran.stderr_text().contains("at `/age`") && ran.stderr_text().contains("ada.json.partial"), "{ran}");
    assert_eq!((home.read_here("ada.json").as_str(), home.read_here("ada.json.partial")), (ADA_LINE, ADA.concat()));
}

#[test]
fn the_object_has_the_json_beside_the_response() {
    let fake = FakeBedrock::start();
    for (schema, expected, exit) in
        [("name, age int", json!({"name": "Ada", "age": 36}), 0), ("name, age bool", Value::Null, 7)]
    {
        fake.expect(converse_stream().calls("response", ADA));
        let ran = ask(&fake, ["--schema", schema, "--format", "json", "hi"]).run();
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!((&object["structuredOutput"], ran.exit()), (&expected, Some(exit)), "{ran}");
        let call = &object["output"]["message"]["content"][0]["toolUse"];
        assert_eq!((&call["name"], &call["input"]["name"]), (&json!("response"), &json!("Ada")));
        assert_eq!(object["error"].is_null(), exit == 0);
    }
}

#[test]
fn a_dry_run_shows_the_schema() {
    let fake = FakeBedrock::start();
    let run = |model| ask(&fake, ["--dry-run", "-m", model, "--schema", "name", "hi"]).run();
    let ran = run(NOVA);
    assert!(ran.stdout_text().contains(r#""toolChoice":{"tool":{"name":"response"}}"#), "{ran}");
    let ran = run(HAIKU);
    assert!(ran.stdout_text().contains(r#""schema":"{\"type\":\"object\""#), "{ran}");
}

#[test]
fn a_template_has_a_schema_too() {
    let fake = FakeBedrock::start();
    let template = "prompt: Who was {{input}}?\nschema:\n  type: object\n  properties: {name: {type: string}, age: {type: integer}}\n";
    let run = |words: &[&'static str]| {
        let words = ["-t", "./t.yaml"].into_iter().chain(words.iter().copied()).chain(["Ada"]);
        ask(&fake, words).file_here("t.yaml", template).run()
    };
    fake.expect(converse_stream().calls("response", ADA));
    let ran = run(&[]);
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (ADA_LINE, "", Some(0)), "{ran}");
    // The flag comes before it.
    fake.expect(converse_stream().calls("response", [r#"{"city":"London"}"#]));
    let ran = run(&["--schema", "city"]);
    assert_eq!((ran.stdout_text(), ran.exit()), ("{\"city\":\"London\"}\n", Some(0)), "{ran}");
    for flag in ["-x", "--cite"] {
        let ran = run(&[flag]);
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        assert!(ran.stderr_text().contains("cannot be used with `schema` ("), "{ran}");
    }
}

#[test]
fn the_last_line_of_ndjson_has_the_json() {
    let fake = FakeBedrock::start();
    for (schema, member, exit) in [("name, age int", "result", 0), ("name, age bool", "response", 7)] {
        fake.expect(converse_stream().calls("response", ADA));
        let ran = ask(&fake, ["--schema", schema, "--format", "ndjson", "hi"]).run();
        let last: Value = serde_json::from_str(ran.stdout_text().lines().last().unwrap()).unwrap();
        let expected = if exit == 0 { json!({"name": "Ada", "age": 36}) } else { Value::Null };
        assert_eq!((&last[member]["structuredOutput"], ran.exit()), (&expected, Some(exit)), "{ran}");
    }
}

#[test]
fn a_conversation_continues_with_the_json_as_text() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let run = |words: &[&'static str]| {
        let run = ask(&fake, words.iter().copied()).home(&home).env("BEDROCK_ASK_HISTORY", "always");
        run.run()
    };
    fake.expect(converse_stream().calls("response", ADA).text(["Here it is:"]));
    let ran = run(&["--schema", "name, age int", "Who was Ada?"]);
    assert_eq!((ran.stdout_text(), ran.exit()), (ADA_LINE, Some(0)), "{ran}");
    fake.expect(converse_stream());
    let ran = run(&["-c", "And Charles?"]);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let content = &fake.requests()[1].json()["messages"][1]["content"];
    assert_eq!(*content, json!([{"text": "Here it is:"}, {"text": ADA_LINE.trim()}]));
}
