//! `--format json`: exactly one object on stdout, whatever happens.

use serde_json::{Value, json};

use super::*;

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
