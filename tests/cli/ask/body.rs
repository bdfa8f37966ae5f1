//! `--body`: a whole request body, sent byte for byte, and what cannot stand beside it.

use super::*;

/// A body whose bytes no serialiser would write: spaces, order, a number that no float holds, an unknown member.
const BODY: &str = "{ \"zeta\": 12345678901234567890123.10,\n  \"messages\":[{\"role\":\"user\",\"content\":[{\"text\":\"h\\u0069\"}]}],\n\t\"a\": null}\n";

fn usage_error(run: Run) -> String {
    let ran = run.run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    let stderr = ran.home.redact(ran.stderr_text());
    stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn a_body_is_sent_byte_for_byte() {
    let fake = FakeBedrock::start();
    for (expected, words) in [
        (converse_stream(), &["--body", "b.json"][..]),
        (converse(), &["--no-stream", "--body", "b.json"]),
        (converse_stream(), &["--body", "-"]),
    ] {
        fake.expect(expected);
        let run = ask(&fake, words.iter().copied()).file_here("b.json", BODY);
        let run = if words.contains(&"-") { run.stdin(BODY) } else { run };
        let ran = run.run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)), "{ran}");
        let requests = fake.requests();
        let request = requests.last().unwrap();
        assert_eq!(String::from_utf8_lossy(&request.body), BODY);
        assert_eq!(request.header("content-length"), Some(BODY.len().to_string().as_str()));
        assert!(request.path().starts_with("/model/eu.amazon.nova-2-lite-v1%3A0/converse"), "{}", request.target);
    }
}

#[test]
fn the_model_of_the_flag_is_in_the_path_and_no_setting_is_added() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().about("eu.amazon.nova-lite-v1:0"));
    let run = ask(&fake, ["-m", "amazon.nova-lite-v1:0", "--body", "b.json"]).file_here("b.json", BODY);
    let ran = run.config("system: Be brief\nmax_tokens: 5\ntemperature: 0.5\nstop_sequences: [x]\n").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(String::from_utf8_lossy(&fake.requests()[0].body), BODY);
}

#[test]
fn nothing_else_of_the_request_stands_beside_a_body() {
    let fake = FakeBedrock::start();
    for words in [
        "hi",
        "-s x",
        "-f b.json",
        "-a b.json",
        "--cite",
        "--max-tokens 5",
        "--temperature 0.5",
        "--top-p 0.5",
        "--stop x",
        "--cache",
        "--guardrail abc:1",
        "--var a=b",
        "-t x",
        "-c",
        "--conversation x",
        "-- hi",
    ] {
        let words = ["--body", "b.json"].into_iter().chain(words.split(' '));
        let error = usage_error(ask(&fake, words.clone()).file_here("b.json", BODY));
        assert!(error.contains("`--body <FILE>` cannot be used with"), "{:?}\n{error}", words.collect::<Vec<_>>());
    }
}

#[test]
fn stdin_beside_a_body_is_not_left_out_silently() {
    let fake = FakeBedrock::start();
    let run = ask(&fake, ["--body", "b.json"]).file_here("b.json", BODY).stdin("more");
    insta::assert_snapshot!(usage_error(run), @"
    error: `--body` is the whole request, and stdin is not empty
    hint: `--no-stdin` does not read it; `--body -` reads the body from it
    ");
    fake.expect(converse_stream());
    let run = ask(&fake, ["--body", "b.json", "--no-stdin"]).file_here("b.json", BODY).stdin("more");
    assert_eq!(run.run().exit(), Some(0));
    let run = ask(&fake, ["--body", "-", "--no-stdin"]).stdin(BODY);
    assert_eq!(usage_error(run), "error: `--body -` cannot be used with `--no-stdin`");
    let error = usage_error(ask(&fake, ["--body", "-"]));
    assert!(error.starts_with("error: stdin is neither a pipe nor a file, and `--body -` reads it"), "{error}");
}

#[test]
fn what_is_no_body_is_refused_with_its_place() {
    let fake = FakeBedrock::start();
    let error = |content: &str| usage_error(ask(&fake, ["--body", "b.json"]).file_here("b.json", content));
    insta::assert_snapshot!(error("{\"messages\": [\n  {\"role\": user}]}"), @"error: `b.json` is not JSON: line 2, column 12: expected value");
    insta::assert_snapshot!(error("[{}]"), @r#"
    error: `b.json` is not a JSON object: line 1, column 1
    cause: the body of a request is an object such as `{"messages": […]}`
    "#);
    insta::assert_snapshot!(error(""), @"error: `b.json` is empty");
    insta::assert_snapshot!(error("{\"modelId\": \"us.x.y\", \"messages\": []}"), @"
    error: `b.json` has the member `modelId`, which is not part of a request body
    hint: remove it, and name the model on the command line: `-m 'us.x.y'`
    ");
    insta::assert_snapshot!(error("{\"recordId\": \"1\", \"modelInput\": {}}"), @"
    error: `b.json` is a record of batch inference: the request is its `modelInput`
    hint: jq -c .modelInput FILE | bedrock-ask --body -
    ");
    let missing = usage_error(ask(&fake, ["--body", "none.json"]));
    assert!(missing.starts_with("error: cannot read `none.json`"), "{missing}");
    let folder = usage_error(ask(&fake, ["--body", "."]));
    assert!(folder.starts_with("error: cannot read `.`") || folder.starts_with("error: `.` is"), "{folder}");
}

#[cfg(unix)]
#[test]
fn a_body_without_end_is_refused() {
    let fake = FakeBedrock::start();
    let error = usage_error(ask(&fake, ["--body", "/dev/zero"]));
    assert_eq!(error, "error: `/dev/zero` has more than 80 MB, which is more than any model takes");
}

#[test]
fn nothing_in_a_body_is_repaired() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let body = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}],"inferenceConfig":{"temperature":0.5}}"#;
    let run = ask(&fake, ["-m", "anthropic.claude-opus-4-7", "--body", "b.json"]).file_here("b.json", body);
    insta::assert_snapshot!(run.run(), @"
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
fn a_body_that_cannot_be_streamed_is_sent_again_as_it_is() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "The model is unsupported for streaming."));
    fake.expect(converse());
    let ran = ask(&fake, ["--body", "b.json"]).file_here("b.json", BODY).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(fake.requests().iter().all(|request| request.body == BODY.as_bytes()));
}

#[test]
fn an_id_is_repaired_beside_a_body() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect(list_foundation_models());
    fake.expect(converse_stream());
    let run = ask(&fake, ["-m", "anthropic.claude-opus-7-7", "--region", "ap-northeast-1", "--body", "b.json"]);
    let ran = run.file_here("b.json", BODY).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let requests = fake.requests_of(Operation::ConverseStream);
    assert!(requests.len() == 2 && requests.iter().all(|request| request.body == BODY.as_bytes()));
}

#[test]
fn a_dry_run_prints_the_bytes_of_the_body() {
    let fake = FakeBedrock::start();
    let body =
        r#"{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"iVBORw0KGgo="}}}]}]}"#;
    let ran = ask(&fake, ["--dry-run", "--body", "b.json"]).file_here("b.json", body).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stdout_text().ends_with(&format!("\n{body}\n")), "{ran}");
    let ran = ask(&fake, ["--dry-run", "--format", "json", "--body", "b.json"]).file_here("b.json", BODY).run();
    let object: serde_json::Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(object["body"], BODY);
}

#[test]
fn a_response_that_the_body_wants_cut_is_complete() {
    let fake = FakeBedrock::start();
    let body = |config: &str| format!(r#"{{"messages":[{{"role":"user","content":[{{"text":"hi"}}]}}]{config}}}"#);
    for (config, exit) in [(r#","inferenceConfig":{"maxTokens":3}"#, 0), ("", 7)] {
        fake.expect(converse_stream().stop_reason("max_tokens"));
        let ran = ask(&fake, ["--body", "b.json"]).file_here("b.json", body(config)).run();
        assert_eq!(ran.exit(), Some(exit), "{ran}");
    }
}

#[test]
fn a_body_is_not_saved_in_the_history_and_a_note_says_so() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let run = ask(&fake, ["--body", "b.json"]).file_here("b.json", BODY).env("BEDROCK_ASK_HISTORY", "always");
    let ran = run.run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let note = "note: the turn is not saved in the history, because `--body` is sent as it is\n";
    assert_eq!(ran.stderr_text(), note, "{ran}");
}
