//! `--format json`: exactly one object on stdout, whatever happens.

use serde_json::{Value, json};

use super::*;
#[cfg(unix)]
use crate::harness::Home;

/// Returns the only object on stdout.
fn object(ran: &Ran) -> Value {
    let text = ran.stdout_text();
    assert!(text.ends_with('\n') && text.matches('\n').count() == 1, "{ran}");
    serde_json::from_str(text).expect("one JSON object")
}

#[test]
fn an_answer_is_one_object_with_awss_names() {
    let fake = FakeBedrock::start();
    for (expected, words) in
        [(converse_stream(), &["--format", "json", "hi"][..]), (converse(), &["--format", "json", "--no-stream", "hi"])]
    {
        fake.expect(expected.text(["two\nlines", " \u{1b}"]).tokens(12, 34));
        let ran = ask(&fake, words.iter().copied()).run();
        assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{ran}");
        let mut object = object(&ran);
        let id = object["requestId"].take();
        assert!(id.as_str().is_some_and(|id| id.starts_with("00000000-0000-4000-8000-")));
        let cost = object["estimatedCost"].take();
        let dollars = cost["usDollars"].as_f64().unwrap();
        assert!((dollars - (12.0 * 0.429 + 34.0 * 3.597) / 1e6).abs() < 1e-12, "{cost}");
        assert_eq!(cost["pricesAsOf"], "2026-10-27");
        assert_eq!(
            object,
            json!({
                "modelId": "eu.amazon.nova-2-lite-v1:0",
                "region": "eu-central-1",
                "estimatedCost": null,
                "output": {"message": {"role": "assistant", "content": [{"text": "two\nlines \u{1b}"}]}},
                "text": "two\nlines \u{1b}",
                "citations": [],
                "stopReason": "end_turn",
                "usage": {
                    "inputTokens": 12, "outputTokens": 34, "totalTokens": 46,
                    "cacheReadInputTokens": null, "cacheWriteInputTokens": null,
                },
                "metrics": {"latencyMs": 321},
                "requestId": null,
            })
        );
    }
}

#[test]
fn an_incomplete_answer_is_one_object_with_its_text_and_its_error() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Once"]).stop_reason("max_tokens"));
    let ran = ask(&fake, ["--format", "json", "hi"]).run();
    let object = object(&ran);
    assert_eq!((ran.exit(), &object["error"]["exitCode"]), (Some(7), &json!(7)), "{ran}");
    assert_eq!(object["output"]["message"]["content"][0]["text"], "Once");
}

#[test]
fn a_broken_answer_is_one_object_with_what_came_and_its_error() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an"]).ends(Ending::WithoutStop));
    let ran = ask(&fake, ["--format", "json", "hi"]).run();
    let object = object(&ran);
    assert_eq!((ran.exit(), &object["error"]["exitCode"]), (Some(7), &json!(7)), "{ran}");
    assert_eq!(object["output"]["message"]["content"][0]["text"], "Half an", "{ran}");
}

#[test]
fn every_failure_is_one_object_too() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(
        403,
        "AccessDeniedException",
        "You don't have access to the model with the specified model ID.",
    ));
    for (words, exit) in [
        (&["hi"][..], 5),
        (&[""], 2),
        (&["-m", "amazon.titan-embed-text-v2:0", "hi"], 2),
        (&["-m", "deepseek.r1-v1:0", "hi"], 3),
        (&["-m", "us.amazon.nova-2-lite-v1:0", "--no-repair", "hi"], 3),
        (&["--routing", "in-region", "hi"], 4),
        (&["-o", ".", "hi"], 2),
        (&["--region", "nowhere", "hi"], 2),
    ] {
        let ran = ask(&fake, ["--format", "json"].iter().chain(words).copied()).run();
        let object = object(&ran);
        assert_eq!((ran.exit(), &object["error"]["exitCode"]), (Some(exit), &json!(exit)), "{words:?}\n{ran}");
        assert!(object["error"]["message"].as_str().is_some_and(|message| !message.is_empty()));
        assert!(ran.stderr_text().starts_with("error: "), "people read stderr all the same\n{ran}");
    }
}

#[test]
fn a_dry_run_is_one_object() {
    let fake = FakeBedrock::start();
    let object = object(&ask(&fake, ["--format", "json", "--dry-run", "hi"]).run());
    assert_eq!((&object["modelId"], &object["method"]), (&json!("eu.amazon.nova-2-lite-v1:0"), &json!("POST")));
    assert_eq!(object["body"], r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#);
}

#[test]
fn the_text_and_the_citations_are_at_the_top() {
    let fake = FakeBedrock::start();
    let citation = json!({"title": "report", "location": {"documentPage": {"documentIndex": 0, "start": 3}}});
    let delta = |delta: Value| ("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": delta}));
    let events = vec![
        delta(json!({"text": "Cited "})),
        delta(json!({"citation": citation})),
        delta(json!({"text": "text"})),
        ("messageStop", json!({"stopReason": "end_turn"})),
    ];
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(events)));
    let object = object(&ask(&fake, ["--format", "json", "hi"]).run());
    assert_eq!((&object["text"], &object["citations"]), (&json!("Cited text"), &json!([citation])));
}

#[test]
fn the_usage_that_follows_an_unknown_event_is_not_lost() {
    let fake = FakeBedrock::start();
    let events = vec![
        ("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": {"text": "a"}})),
        ("messageStop", json!({"stopReason": "end_turn"})),
        ("afterglow", json!({"of": "x"})),
        ("metadata", json!({"usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2}})),
    ];
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Events(events)));
    let object = object(&ask(&fake, ["--format", "json", "hi"]).run());
    assert_eq!(object["usage"]["totalTokens"], 2);
    assert_eq!(object["unknownEvents"], json!([{"afterglow": {"of": "x"}}]));
}

#[cfg(unix)]
#[test]
fn a_file_that_cannot_get_its_name_is_an_error_in_the_object() {
    for (format, more) in [("json", &[][..]), ("json", &["-x=sh"]), ("ndjson", &[])] {
        let (fake, gate, home) = (FakeBedrock::start(), Gate::default(), Home::new());
        std::fs::create_dir(home.here().join("sub")).unwrap();
        fake.expect(converse_stream().text(["```sh\nls\n", "```\n"]).behind(&gate));
        let words = ["--format", format, "-o", "sub/a.txt", "hi"];
        let running = ask(&fake, words.iter().chain(more).copied()).home(&home).spawn();
        gate.open();
        while fake.requests().is_empty() {
            std::thread::yield_now();
        }
        std::fs::remove_dir_all(home.here().join("sub")).unwrap();
        gate.open();
        let ran = running.finish();
        let last: Value = serde_json::from_str(ran.stdout_text().lines().last().unwrap()).unwrap();
        let response = if format == "json" { &last } else { &last["response"] };
        assert_eq!((ran.exit(), &last["error"]["exitCode"]), (Some(1), &json!(1)), "{ran}");
        assert_eq!(
            (&response["text"], &response["stopReason"]),
            (&json!("```sh\nls\n```\n"), &json!("end_turn")),
            "{ran}"
        );
    }
}

#[cfg(unix)]
#[test]
fn the_text_and_the_object_do_not_go_to_the_same_file() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    home.write_here("out.json", b"");
    for format in ["json", "ndjson"] {
        for path in ["/dev/stdout", "out.json"] {
            let ran = ask(&fake, ["--format", format, "-o", path, "hi"]).home(&home);
            let ran = ran.stdout_to(home.here().join("out.json")).run();
            assert_eq!(ran.exit(), Some(2), "{path}: {ran}");
            let error = format!("error: the text and the JSON cannot both be written to `{path}`\n");
            assert!(ran.stderr_text().starts_with(&error), "{path}: {ran}");
        }
        let printed = home.read_here("out.json");
        assert!(printed.starts_with(r#"{"error":{"message":"the text and the JSON"#), "{printed}");
    }
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-o", "/dev/stdout", "hi"]).run();
    assert_eq!(ran.stdout_text(), "Hello from Bedrock.\n", "{ran}");
    fake.expect(converse_stream());
    assert_eq!(ask(&fake, ["--format", "json", "-o", "/dev/null", "hi"]).stdout_to("/dev/null").run().exit(), Some(0));
}

#[test]
fn a_reader_that_has_enough_does_not_hide_that_the_response_is_not_complete() {
    let fake = FakeBedrock::start();
    for text in ["Once", &"Once upon a time. ".repeat(20_000)] {
        fake.expect(converse_stream().text([text]).stop_reason("max_tokens"));
        let ran = ask(&fake, ["--format", "json", "hi"]).stdout_closes_after(0).run();
        assert_eq!(ran.exit(), Some(7), "{ran}");
    }
}

#[test]
fn a_setting_of_json_holds_for_usage_errors_too() {
    let fake = FakeBedrock::start();
    for words in [&["--bogus", "hi"][..], &["resolv"], &["--max-tokens", "0", "hi"]] {
        for (variable, has_object) in [("", true), ("text", false)] {
            let ran =
                ask(&fake, words.iter().copied()).config("format: json").env("BEDROCK_ASK_FORMAT", variable).run();
            assert_eq!((ran.exit(), ran.stdout.is_empty()), (Some(2), !has_object), "{ran}");
            if has_object {
                assert_eq!(object(&ran)["error"]["exitCode"], 2, "{ran}");
            }
        }
        let ran = ask(&fake, words.iter().chain(&["--format", "text"]).copied()).config("format: json").run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
    }
}
