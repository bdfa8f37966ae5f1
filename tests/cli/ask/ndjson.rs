//! `--format ndjson`: AWS's events as they arrive, byte for byte, then one result or one failure.

use serde_json::{Value, json};

use super::*;

const START: &str = r#"{"messageStart":{"p":"abcdefgh","role":"assistant"}}"#;

/// Runs `ask --format ndjson` with these words.
fn ndjson<'w>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'w str>) -> Run {
    ask(fake, ["--format", "ndjson"].into_iter().chain(words))
}

/// Returns the lines of stdout, each of which is an object with one member that names it, but for a failure.
fn lines(ran: &Ran) -> Vec<(String, Value)> {
    assert!(ran.stdout_text().is_empty() || ran.stdout_text().ends_with('\n'), "{ran}");
    let line = |line: &str| {
        let object: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"));
        let members = object.as_object().unwrap();
        let (name, value) = members.iter().next().unwrap();
        assert!(members.len() == 1 || name == "error", "{line}");
        (name.clone(), value.clone())
    };
    ran.stdout_text().lines().map(line).collect()
}

fn names(ran: &Ran) -> Vec<String> {
    lines(ran).into_iter().map(|(name, _)| name).collect()
}

/// Returns the last line of stdout as an object.
fn last(ran: &Ran) -> Value {
    serde_json::from_str(ran.stdout_text().lines().last().unwrap()).unwrap()
}

fn delta(text: &str) -> String {
    format!(r#"{{"contentBlockDelta":{{"contentBlockIndex":0,"delta":{{"text":"{text}"}},"p":"abcdefghij"}}}}"#)
}

#[test]
fn the_events_come_as_they_were_sent_and_then_the_result() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Hel", "lo"]).tokens(12, 34));
    insta::assert_snapshot!(ndjson(&fake, ["hi"]).run(), @r#"
    ----- stdout -----
    {"messageStart":{"p":"abcdefgh","role":"assistant"}}
    {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"Hel"},"p":"abcdefghij"}}
    {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"lo"},"p":"abcdefghij"}}
    {"contentBlockStop":{"contentBlockIndex":0,"p":"abcd"}}
    {"messageStop":{"p":"abcdefghijkl","stopReason":"end_turn"}}
    {"metadata":{"metrics":{"latencyMs":321},"p":"abcdef","usage":{"inputTokens":12,"outputTokens":34,"totalTokens":46}}}
    {"result":{"modelId":"eu.amazon.nova-2-lite-v1:0","region":"eu-central-1","output":{"message":{"role":"assistant","content":[{"text":"Hello"}]}},"text":"Hello","citations":[],"stopReason":"end_turn","usage":{"inputTokens":12,"outputTokens":34,"totalTokens":46,"cacheReadInputTokens":null,"cacheWriteInputTokens":null},"estimatedCost":{"usDollars":0.000127446,"pricesAsOf":"2026-10-27"},"metrics":{"latencyMs":321},"requestId":"00000000-0000-4000-8000-000000000001"}}
    ----- stderr -----
    ----- exit 0 -----
    "#);
}

#[test]
fn each_event_is_out_before_the_next_one_is_sent() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ndjson(&fake, ["count"]).spawn();
    gate.open();
    let first = format!("{START}\n{}\n", delta("One"));
    assert_eq!(running.stdout_until("One\"},\"p\":\"abcdefghij\"}}\n"), first.as_bytes());
    gate.open();
    assert_eq!(running.finish().exit(), Some(0));
}

#[test]
fn the_result_is_the_object_of_json() {
    let fake = FakeBedrock::start();
    for more in [&[][..], &["--no-stream"], &["-x=sh"], &["--usage"]] {
        let expected = || if more == ["--no-stream"] { converse() } else { converse_stream() };
        for _ in 0..2 {
            fake.expect(expected().text(["```sh\nls", "\n```\n"]).reasoning("hmm").tokens(12, 34));
        }
        let mut json: Value = {
            let ran = ask(&fake, ["--format", "json", "hi"].iter().chain(more).copied()).run();
            serde_json::from_str(ran.stdout_text()).unwrap()
        };
        let ran = ndjson(&fake, ["hi"].iter().chain(more).copied()).run();
        let (name, mut result) = lines(&ran).pop().unwrap();
        (json["requestId"], result["requestId"]) = (Value::Null, Value::Null);
        assert_eq!((name.as_str(), &result, ran.exit()), ("result", &json, Some(0)), "{ran}");
        assert_eq!(names(&ran).len(), if more == ["--no-stream"] { 1 } else { 9 }, "{ran}");
    }
}

#[test]
fn payloads_are_byte_for_byte_and_no_event_is_left_out() {
    let fake = FakeBedrock::start();
    let payloads: [(&str, &[u8]); 8] = [
        ("contentBlockStart", br#"{ "contentBlockIndex" : 0, "start": {"toolUse": {"toolUseId":"t","name":"n"}} }"#),
        ("contentBlockDelta", br#"{"delta":{"toolUse":{"input":"{}"}},"contentBlockIndex":0}"#),
        (
            "contentBlockDelta",
            "{\"contentBlockIndex\":1,\"delta\":{\"text\":\"\\ud83d\\ude42 é \u{7f}\u{2028}\u{202e}\"}}".as_bytes(),
        ),
        ("projection", br#"{"at":1.50,"at":1e300,"n":12345678901234567890123,"z":1,"a":null}"#),
        ("contentBlockStop", b"{\"contentBlockIndex\":1}"),
        ("messageStop", b"{\"stopReason\":\"end_turn\",\"new\":[1,2]}"),
        ("afterglow", b"{}"),
        ("metadata", br#"{"usage":{"inputTokens":1,"outputTokens":1,"totalTokens":2},"metrics":{"latencyMs":5}}"#),
    ];
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Payloads(payloads.to_vec())));
    let ran = ndjson(&fake, ["hi"]).run();
    let lines: Vec<_> = ran.stdout_text().lines().collect();
    let sent = payloads.map(|(kind, payload)| format!("{{\"{kind}\":{}}}", str::from_utf8(payload).unwrap()));
    assert_eq!(
        (lines[0], &lines[1..9]),
        (START, &sent[..].iter().map(String::as_str).collect::<Vec<_>>()[..]),
        "{ran}"
    );
    assert_eq!((lines.len(), ran.exit()), (10, Some(0)), "{ran}");
    let result = &last(&ran)["result"];
    assert_eq!((&result["usage"]["totalTokens"], &result["metrics"]["latencyMs"]), (&json!(2), &json!(5)), "{ran}");
    assert_eq!(result["text"], "🙂 é \u{7f}\u{2028}\u{202e}");
}

#[test]
fn a_payload_with_line_breaks_is_one_line() {
    let fake = FakeBedrock::start();
    let payloads: Vec<(&str, &[u8])> = vec![
        ("contentBlockDelta", b"{\r\n  \"contentBlockIndex\": 0,\n  \"delta\": {\"text\": \"a\\nb\"}\n}\n"),
        ("messageStop", b"{\"stopReason\":\"end_turn\"}"),
    ];
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Payloads(payloads)));
    let ran = ndjson(&fake, ["hi"]).run();
    assert_eq!(names(&ran), ["messageStart", "contentBlockDelta", "messageStop", "result"]);
    assert_eq!(last(&ran)["result"]["text"], "a\nb");
}

#[test]
fn a_payload_that_is_not_json_is_a_fault() {
    let fake = FakeBedrock::start();
    for (kind, payload) in [
        ("projection", &b"\xff\xfe"[..]),
        ("projection", b"[1]"),
        ("projection", b""),
        ("projection", b"{}\n{\"result\":{}}"),
        ("contentBlockDelta", b"{\"contentBlockIndex\":0,\"delta\":{\"text\":\"a\nb\"}}"),
        ("result", b"{\"text\":\"forged\"}"),
        ("error", b"{}"),
    ] {
        let events = vec![(kind, payload), ("messageStop", b"{\"stopReason\":\"end_turn\"}")];
        fake.expect(converse_stream().text([""; 0]).ends(Ending::Payloads(events.clone())));
        let first = ndjson(&fake, ["hi"]).run();
        // What the SDK cannot read is found before the first event is printed.
        let before = usize::from(kind != "contentBlockDelta");
        assert_eq!((names(&first).len(), names(&first)[before].as_str()), (before + 1, "error"), "{first}");
        assert_ne!(first.exit(), Some(0), "{first}");
        fake.expect(converse_stream().text(["One"]).ends(Ending::Payloads(events)));
        let ran = ndjson(&fake, ["hi"]).run();
        assert_eq!(names(&ran), ["messageStart", "contentBlockDelta", "error"], "{ran}");
        assert_eq!(last(&ran)["error"]["exitCode"], ran.exit().unwrap());
        assert_eq!(last(&ran)["response"]["text"], "One", "{ran}");
        assert_ne!(ran.exit(), Some(0), "{ran}");
    }
    let events: Vec<(&str, &[u8])> = vec![("projection", b"[1]")];
    fake.expect(converse_stream().text(["One"]).ends(Ending::Payloads(events)));
    insta::assert_snapshot!(ndjson(&fake, ["hi"]).run(), @r#"
    ----- stdout -----
    {"messageStart":{"p":"abcdefgh","role":"assistant"}}
    {"contentBlockDelta":{"contentBlockIndex":0,"delta":{"text":"One"},"p":"abcdefghij"}}
    {"error":{"message":"the response was cut off after 3 bytes: the response of `http://127.0.0.1:[PORT]` is not a response of Bedrock","aws":["request ID: 00000000-0000-4000-8000-000000000015"],"causes":["an event `projection` has a payload that is not a JSON object","a proxy or gateway may have responded instead"],"hints":["check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`"],"exitCode":7},"response":{"modelId":"eu.amazon.nova-2-lite-v1:0","region":"eu-central-1","output":{"message":{"role":"assistant","content":[{"text":"One"}]}},"text":"One","citations":[],"stopReason":null,"usage":null,"estimatedCost":null,"metrics":{"latencyMs":null},"requestId":"00000000-0000-4000-8000-000000000015"}}
    ----- stderr -----
    error: the response was cut off after 3 bytes: the response of `http://127.0.0.1:[PORT]` is not a response of Bedrock
      aws: request ID: 00000000-0000-4000-8000-000000000015
    cause: an event `projection` has a payload that is not a JSON object
    cause: a proxy or gateway may have responded instead

     hint: check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`
    ----- exit 7 -----
    "#);
}

#[test]
fn a_stream_that_breaks_has_its_events_and_then_the_error() {
    let fake = FakeBedrock::start();
    let endings = [
        (Ending::WithoutStop, 7),
        (Ending::InsideFrame, 7),
        (Ending::Reset, 7),
        (Ending::Unreadable, 7),
        (Ending::Exception("throttlingException".to_owned(), json!({"message": "Too many"})), 7),
        (
            Ending::Exception(
                "modelStreamErrorException".to_owned(),
                json!({"message": "No.", "originalStatusCode": 500}),
            ),
            7,
        ),
        (Ending::Error("Hologram".to_owned(), "No.".to_owned()), 7),
    ];
    for (ending, exit) in endings {
        fake.expect(converse_stream().text(["Half", " an"]).ends(ending.clone()));
        let ran = ndjson(&fake, ["hi"]).run();
        let printed = names(&ran);
        assert_eq!(printed[..3], ["messageStart", "contentBlockDelta", "contentBlockDelta"], "{ending:?} {ran}");
        assert_eq!((printed.len(), printed[3].as_str()), (4, "error"), "{ending:?} {ran}");
        let last = last(&ran);
        assert_eq!((ran.exit(), &last["error"]["exitCode"]), (Some(exit), &json!(exit)), "{ending:?} {ran}");
        assert_eq!((&last["response"]["text"], &last["response"]["usage"]), (&json!("Half an"), &Value::Null), "{ran}");
        assert!(last["response"]["error"].is_null() && ran.stderr_text().starts_with("error: "), "{ran}");
    }
}

#[test]
fn an_incomplete_response_is_a_failure_with_all_that_arrived() {
    let fake = FakeBedrock::start();
    for (expected, more) in [(converse_stream(), &[][..]), (converse(), &["--no-stream"])] {
        fake.expect(expected.text(["Once"]).stop_reason("max_tokens"));
        let ran = ndjson(&fake, ["hi"].iter().chain(more).copied()).run();
        let last = last(&ran);
        assert_eq!(
            (ran.exit(), &last["error"]["exitCode"], &last["result"]),
            (Some(7), &json!(7), &Value::Null),
            "{ran}"
        );
        let response = &last["response"];
        assert_eq!((&response["text"], &response["stopReason"]), (&json!("Once"), &json!("max_tokens")), "{ran}");
        assert!(response["usage"]["totalTokens"].is_number() && response["error"].is_null(), "{ran}");
    }
}

#[test]
fn an_attempt_that_is_retried_leaves_no_event() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).ends(Ending::WithoutStop));
    fake.expect(converse_stream().text([""; 0]).breaks_with("throttlingException", "Too many"));
    fake.expect(converse_stream().text(["Hello"]));
    let ran = ndjson(&fake, ["hi"]).run();
    let expected = ["messageStart", "contentBlockDelta", "contentBlockStop", "messageStop", "metadata", "result"]
        .map(str::to_owned);
    assert_eq!((names(&ran), ran.exit()), (expected.to_vec(), Some(0)), "{ran}");
}

#[test]
fn a_request_is_repaired_only_before_the_first_event() {
    let fake = FakeBedrock::start();
    let message = "The model returned the following errors: `temperature` is deprecated for this model.";
    fake.expect(converse_stream().fails(400, "ValidationException", message));
    fake.expect(converse_stream().text(["Hello"]));
    let words = ["--temperature", "0.5", "hi"];
    let ran = ndjson(&fake, words).run();
    assert_eq!((names(&ran).len(), ran.exit()), (6, Some(0)), "{ran}");
    assert!(ran.stderr_text().starts_with("note: "), "{ran}");
    // The reasoning is printed, so that another response cannot take its place.
    let refused = converse_stream().reasoning("hmm").text([""; 0]);
    fake.expect(refused.breaks_with("validationException", message));
    let ran = ndjson(&fake, words).env("XDG_CACHE_HOME", "/nonexistent").run();
    assert_eq!(names(&ran), ["messageStart", "contentBlockDelta", "contentBlockStop", "error"], "{ran}");
}

#[test]
fn every_failure_is_one_line() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(403, "AccessDeniedException", "You don't have access to the model."));
    for (words, exit) in [
        (&["hi"][..], 5),
        (&[""], 2),
        (&["-m", "amazon.titan-embed-text-v2:0", "hi"], 2),
        (&["-m", "us.amazon.nova-2-lite-v1:0", "--no-repair", "hi"], 3),
        (&["-o", ".", "hi"], 2),
        (&["--region", "nowhere", "hi"], 2),
        (&["--bogus", "hi"], 2),
        (&["hi", "--format", "xml", "--format", "ndjson"], 2),
        (&["--dry-run", "hi"], 2),
    ] {
        let ran = ndjson(&fake, words.iter().copied()).run();
        assert_eq!((ran.exit(), names(&ran)), (Some(exit), vec!["error".to_owned()]), "{words:?}\n{ran}");
        assert_eq!(last(&ran)["error"]["exitCode"], exit, "{ran}");
        assert!(ran.stderr_text().starts_with("error: "), "{ran}");
    }
    insta::assert_snapshot!(ndjson(&fake, ["--dry-run", "hi"]).run(), @r#"
    ----- stdout -----
    {"error":{"message":"`--format ndjson` cannot be used with `--dry-run`","aws":[],"causes":[],"hints":["--format json"],"exitCode":2}}
    ----- stderr -----
    error: `--format ndjson` cannot be used with `--dry-run`

     hint: --format json
    ----- exit 2 -----
    "#);
}

#[test]
fn a_file_gets_the_text_and_stdout_the_events() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Hel", "lo"]));
    let ran = ndjson(&fake, ["-o", "a.txt", "hi"]).run();
    assert_eq!((names(&ran).len(), ran.exit(), ran.stderr_text()), (7, Some(0), ""), "{ran}");
    assert_eq!(ran.home.read_here("a.txt"), "Hello\n");
    fake.expect(converse_stream().text(["Half"]).ends(Ending::WithoutStop));
    let ran = ndjson(&fake, ["-o", "a.txt", "hi"]).home(&ran.home).run();
    assert_eq!(
        (names(&ran), ran.exit()),
        (["messageStart", "contentBlockDelta", "error"].map(str::to_owned).to_vec(), Some(7))
    );
    assert_eq!(
        (ran.home.read_here("a.txt").as_str(), ran.home.read_here("a.txt.partial").as_str()),
        ("Hello\n", "Half")
    );
    let hint = last(&ran)["error"]["hints"].as_array().unwrap().last().cloned().unwrap();
    assert!(hint.as_str().unwrap().contains("a.txt.partial"), "{ran}");
}

#[test]
fn a_reader_that_has_enough_ends_the_call_with_success_but_not_the_file() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two", " three"]).behind(&gate));
    (0..3).for_each(|_| gate.open());
    let ran = ndjson(&fake, ["count"]).stdout_closes_after(3).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
    let text: Vec<_> = (0..2000).map(|number| format!("{number} ")).collect();
    fake.expect(converse_stream().text(text.clone()));
    let ran = ndjson(&fake, ["-o", "a.txt", "count"]).stdout_closes_after(3).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
    assert_eq!(ran.home.read_here("a.txt"), text.concat() + "\n");
    fake.expect(converse_stream().text(text).ends(Ending::WithoutStop));
    let ran = ndjson(&fake, ["-o", "a.txt", "count"]).stdout_closes_after(3).run();
    assert_eq!(ran.exit(), Some(7), "the file is not whole\n{ran}");
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_failure_of_stdout() {
    let fake = FakeBedrock::start();
    for words in [&["hi"][..], &["-o", "a.txt", "hi"]] {
        fake.expect(converse_stream());
        let ran = ndjson(&fake, words.iter().copied()).stdout_to("/dev/full").run();
        assert!(ran.exit() == Some(1) && ran.stderr_text().starts_with("error: cannot write to stdout\n"), "{ran}");
    }
}

#[cfg(unix)]
#[test]
fn the_spinner_is_gone_before_the_first_event() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let run = ndjson(&fake, ["hi"]).terminal([Stream::Stdout, Stream::Stderr]);
    let running = run.env("BEDROCK_ASK_HISTORY", "never").spawn();
    running.stderr_until("eu.amazon.nova-2-lite-v1:0 from eu-central-1");
    gate.open();
    running.stdout_until("One");
    running.stderr_until("\r\u{1b}[K");
    gate.open();
    let ran = running.finish();
    assert_eq!((names(&ran).len(), ran.exit()), (7, Some(0)), "{ran}");
    assert!(ran.stderr_text().ends_with("\r\u{1b}[K"), "{ran}");
}

#[cfg(unix)]
#[test]
fn an_interrupt_with_a_file_is_an_error_after_the_events() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ndjson(&fake, ["-o", "a.txt", "hi"]).spawn();
    gate.open();
    running.stdout_until("One\"},\"p\":\"abcdefghij\"}}\n");
    running.signal(rustix::process::Signal::INT);
    let ran = running.finish();
    gate.open();
    assert_eq!((names(&ran).last().map(String::as_str), ran.exit()), (Some("error"), Some(130)), "{ran}");
    assert_eq!(last(&ran)["response"]["text"], "One");
}

#[test]
fn a_setting_cannot_be_ndjson_and_it_overrides_one() {
    let fake = FakeBedrock::start();
    let ran = ask(&fake, ["hi"]).env("BEDROCK_ASK_FORMAT", "ndjson").run();
    assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
    fake.expect(converse_stream());
    let ran = ndjson(&fake, ["hi"]).env("BEDROCK_ASK_FORMAT", "json").run();
    assert_eq!(names(&ran).len(), 8, "{ran}");
}
