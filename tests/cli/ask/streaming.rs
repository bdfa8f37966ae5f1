//! The request, and the response while it streams.

use super::*;
use crate::harness::Home;

const RED: &str = "\u{1b}[31mred\u{1b}[0m";

#[test]
fn each_delta_is_out_before_the_next_one_is_sent() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two", " three"]).behind(&gate));
    let running = ask(&fake, ["count"]).spawn();
    for so_far in ["One", "One two"] {
        gate.open();
        assert_eq!(running.stdout_until(so_far), so_far.as_bytes());
    }
    gate.open();
    let ran = running.finish();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("One two three\n", "", Some(0)));
}

#[test]
fn a_plain_ask_sends_the_prompt_and_nothing_else() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    ask(&fake, ["What", "is", "up?"]).run();
    let request = &fake.requests()[0];
    assert_eq!(request.path(), "/model/eu.amazon.nova-2-lite-v1%3A0/converse-stream");
    let body = r#"{"messages":[{"role":"user","content":[{"text":"What is up?"}]}]}"#;
    assert_eq!(String::from_utf8_lossy(&request.body), body);
}

#[test]
fn what_is_asked_for_is_sent() {
    let fake = FakeBedrock::start();
    fake.expect(converse());
    let words = ["--no-stream", "-s", "Be brief", "--max-tokens", "64", "--temperature", "0.7", "--top-p", "0.95"];
    ask(&fake, words).argument("--stop").argument("END").argument("--stop").argument("}").argument("hi").run();
    let request = &fake.requests()[0];
    assert_eq!(request.path(), "/model/eu.amazon.nova-2-lite-v1%3A0/converse");
    let body = r#"{"inferenceConfig":{"maxTokens":64,"temperature":0.7,"topP":0.95,"stopSequences":["END","}"]},"messages":[{"role":"user","content":[{"text":"hi"}]}],"system":[{"text":"Be brief"}]}"#;
    assert_eq!(String::from_utf8_lossy(&request.body), body);
    assert!(request.header("user-agent").is_some_and(|agent| agent.contains("bedrock-ask")));
}

#[test]
fn colons_and_slashes_of_an_arn_are_percent_encoded() {
    let fake = FakeBedrock::start();
    let arn = fake.application_profile(
        "team",
        "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-2-lite-v1:0",
        "eu-central-1",
    );
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-m", &arn, "hi"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let path = fake.requests()[0].path().to_owned();
    let id = "arn%3Aaws%3Abedrock%3Aeu-central-1%3A111122223333%3Aapplication-inference-profile%2Ffake00000001";
    assert_eq!(path, format!("/model/{id}/converse-stream"));
}

#[test]
fn a_newline_is_added_where_it_is_missing_and_nothing_else_is_changed() {
    for (deltas, stdout) in [
        (&["no newline"][..], "no newline\n"),
        (&["one\n"], "one\n"),
        (&["  two ", "\n\n"], "  two \n\n"),
        (&["\n"], "\n"),
        (&["a\r\nb\r\n", "c\0d\te", RED, "\u{feff}"], "a\r\nb\r\nc\0d\te\u{1b}[31mred\u{1b}[0m\u{feff}\n"),
    ] {
        let fake = FakeBedrock::start();
        for expected in [converse_stream(), converse()] {
            fake.expect(expected.text(deltas.iter().copied()));
        }
        for ran in [ask(&fake, ["hi"]).run(), ask(&fake, ["--no-stream", "hi"]).run()] {
            assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (stdout, "", Some(0)), "{deltas:?}");
        }
    }
}

#[test]
fn an_emoji_in_parts_comes_out_whole() {
    let fake = FakeBedrock::start();
    // A family is three people and two joiners; the joiners may come in deltas of their own.
    fake.expect(converse_stream().text(["👩", "\u{200d}", "👩\u{200d}", "👧", " e", "\u{301}"]));
    assert_eq!(ask(&fake, ["hi"]).run().stdout_text(), "👩\u{200d}👩\u{200d}👧 e\u{301}\n");
}

#[cfg(unix)]
#[test]
fn no_escape_sequence_reaches_a_terminal_wherever_it_is_split() {
    let letters: Vec<String> = RED.chars().map(String::from).collect();
    let whole = vec![RED.to_owned()];
    let before = vec!["\u{1b}".to_owned(), RED[1..].to_owned()];
    for deltas in [letters, whole, before] {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream().text(deltas));
        let ran = ask(&fake, ["hi"]).terminal([Stream::Stdout, Stream::Stderr]).env("CI", "1").run();
        assert_eq!((ran.stdout_text(), ran.stderr_text()), ("␛[31mred␛[0m\n", ""));
    }
    let fake = FakeBedrock::start();
    fake.expect(converse().text(["\u{9b}31m\u{8}\u{202e}\r\u{7f}"]));
    let ran = ask(&fake, ["--no-stream", "hi"]).terminal([Stream::Stdout]).run();
    assert_eq!(ran.stdout_text(), "\u{fffd}31m␈\u{fffd}␍␡\n");
}

#[test]
fn reasoning_is_no_part_of_the_answer() {
    let fake = FakeBedrock::start();
    for expected in [converse_stream(), converse()] {
        fake.expect(expected.reasoning("hmm").text(["42"]));
    }
    assert_eq!(ask(&fake, ["hi"]).run().stdout_text(), "42\n");
    assert_eq!(ask(&fake, ["--no-stream", "hi"]).run().stdout_text(), "42\n");
}

#[test]
fn a_model_that_cannot_stream_by_the_catalog_is_asked_without() {
    let fake = FakeBedrock::start();
    let message =
        "This action doesn't support the model that you provided. Try again with a supported text or chat model.";
    fake.expect(converse().fails(400, "ValidationException", message));
    let catalog = "# bedrock-ask catalog 1\n# as of 2026-10-27\n# destination lists\n\n# foundation models\n\
        house.whole-1\n  input IMAGE TEXT\n  output TEXT\n  streaming no\n  on-demand eu-central-1\n";
    let home = Home::new();
    home.write_here("whole.txt", catalog.as_bytes());
    let ran = ask(&fake, ["-m", "house.whole-1", "hi"]).home(&home).env("BEDROCK_ASK_CATALOG_PATH", "whole.txt").run();
    assert!(ran.stderr_text().contains(message), "{ran}");
}

#[test]
fn a_reranker_is_refused_before_anything_is_sent() {
    let ran = ask(&FakeBedrock::start(), ["-m", "amazon.rerank-v1:0", "hi"]).run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(
        ran.stderr_text().starts_with("error: `amazon.rerank-v1:0` cannot chat: it does not support Converse\n"),
        "{ran}"
    );
}

#[test]
fn a_model_that_cannot_stream_by_its_own_word_is_asked_again_without() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "The model is unsupported for streaming."));
    fake.expect(converse());
    insta::assert_snapshot!(ask(&fake, ["hi"]).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `eu.amazon.nova-2-lite-v1:0` does not support streaming; sending without it
    ----- exit 0 -----
    ");
}

#[test]
fn usage_is_told_on_stderr_with_and_without_streaming() {
    let fake = FakeBedrock::start();
    for expected in [converse_stream(), converse()] {
        fake.expect(expected.tokens(12, 34));
    }
    let streamed = ask(&fake, ["--usage", "hi"]).run();
    insta::assert_snapshot!(streamed, @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    usage: 12 input + 34 output = 46 tokens, about $0.0001 by prices of 2026-10-27, 321 ms, eu.amazon.nova-2-lite-v1:0 from eu-central-1
    ----- exit 0 -----
    ");
    assert_eq!(ask(&fake, ["--usage", "--no-stream", "hi"]).run().snapshot(), streamed.snapshot());
    fake.expect(converse_stream());
    let source = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-2-lite-v1:0";
    let arn = fake.application_profile("unpriced", source, "eu-central-1");
    let unpriced = ask(&fake, ["--usage", "--no-resolve", "-m", &arn, "hi"]).run();
    assert!(unpriced.stderr_text().starts_with("usage: 7 input + 3 output = 10 tokens, cost ?, "), "{unpriced}");
}
