//! The output about a call: `--usage`, `--quiet`, `--debug`, `--dry-run`. Never a secret, never on stdout.

use super::*;

#[test]
fn quiet_leaves_out_notes_and_keeps_errors_and_what_was_asked_for() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let words = ["-q", "--usage", "-m", "amazon.nova-2-lite-v1:0:256k", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    usage: 7 input + 3 output = 10 tokens, less than $0.0001 by prices of 2026-10-27, 321 ms, eu.amazon.nova-2-lite-v1:0 from eu-central-1
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["-q", "-m", "deepseek.r1-v1:0", "hi"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `deepseek.r1-v1:0` cannot be invoked from eu-central-1
    cause: geographic: `us.deepseek.r1-v1:0` from us-east-1, us-east-2, us-west-2
    ----- exit 3 -----
    ");
}

#[test]
fn debug_tells_each_request_and_never_a_header_or_a_secret() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(429, "ThrottlingException", "Too many requests"));
    fake.expect(converse_stream());
    let ran = ask(&fake, ["--debug", "a very private prompt"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)));
    let lines: Vec<_> = ran.stderr_text().lines().collect();
    let [first, second] = lines[..] else { panic!("{ran}") };
    let path = "/model/eu.amazon.nova-2-lite-v1%3A0/converse-stream";
    for (line, attempt, status, id) in [(first, 1, 429, 1), (second, 2, 200, 2)] {
        assert!(
            line.starts_with(&format!("debug: POST {}{path}, attempt {attempt}: {status} after ", fake.url())),
            "{line}"
        );
        assert!(line.ends_with(&format!(" ms, request ID 00000000-0000-4000-8000-00000000000{id}")), "{line}");
    }
    for private in ["private", "uthorization", "AWS4", "Credential=", "AKIA", "x-amz"] {
        assert!(!ran.stderr_text().contains(private), "{ran}");
    }
    fake.expect(converse_stream());
    let ran = bedrock_ask(["--debug", "hi"]).env("AWS_REGION", "eu-central-1").api_key().against(&fake).run();
    assert!(ran.stderr_text().contains("debug: POST") && !ran.stderr_text().contains("Bearer"), "{ran}");
}

#[test]
fn debug_tells_where_credentials_were_fetched_and_keeps_them() {
    let fake = FakeBedrock::start();
    fake.expect(container_credentials());
    fake.expect(converse_stream());
    let run = bedrock_ask(["--debug", "hi"]).env("AWS_REGION", "eu-central-1").against(&fake);
    let ran = run.env("AWS_CONTAINER_CREDENTIALS_FULL_URI", format!("{}/container-credentials", fake.url())).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stderr_text().contains("/container-credentials"), "{ran}");
}

#[test]
fn a_dry_run_shows_byte_for_byte_what_the_same_ask_sends() {
    let fake = FakeBedrock::start();
    let words = ["-s", "Be \"brief\"", "--max-tokens", "64", "--temperature", "0.1", "--top-p", "1", "--stop", "\n"];
    let prompt = "grüße \"x\" \\ \u{1} 👋";
    let preview = bedrock_ask(words).argument("--dry-run").argument(prompt).env("AWS_REGION", "eu-central-1");
    let preview = preview.env("BEDROCK_ASK_MODEL", "amazon.nova-2-lite-v1:0").against(&fake).run();
    assert_eq!((preview.stderr_text(), preview.exit()), ("", Some(0)));
    assert!(fake.requests().is_empty());

    fake.expect(converse_stream());
    ask(&fake, words).argument(prompt).run();
    let sent = &fake.requests()[0];
    let body = String::from_utf8_lossy(&sent.body);
    let url = format!("{}{}", fake.url(), sent.path());
    assert_eq!(preview.stdout_text(), format!("modelId eu.amazon.nova-2-lite-v1:0\nPOST {url}\n{body}\n"));
}

#[test]
fn a_flag_that_changes_nothing_in_a_dry_run_is_refused() {
    for flags in [&["-o", "a.txt"][..], &["-o", "-"], &["--usage"]] {
        let run = bedrock_ask(["--dry-run", "hi"].iter().chain(flags)).env("AWS_REGION", "eu-central-1");
        let ran = run.run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        assert!(ran.stderr_text().contains("`--dry-run` cannot be used with"), "{ran}");
        assert!(!ran.home.here().join("a.txt").exists());
    }
}

#[test]
fn fractions_are_sent_and_shown_as_they_are_written() {
    let fake = FakeBedrock::start();
    let sent =
        r#"{"inferenceConfig":{"temperature":0.7,"topP":0.9},"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;
    for form in [&["--no-stream"][..], &[]] {
        fake.expect(if form.is_empty() { converse_stream() } else { converse() });
        let words = || ["--temperature", "0.7", "--top-p", "0.9", "hi"].iter().chain(form).copied();
        assert_eq!(ask(&fake, words()).run().exit(), Some(0));
        assert_eq!(String::from_utf8_lossy(&fake.requests().last().unwrap().body), sent);
        let preview = ask(&fake, words().chain(["--dry-run"])).run();
        assert_eq!(preview.stdout_text().lines().last(), Some(sent), "{preview}");
    }
    fake.expect(converse_stream());
    let run = ask(&fake, ["hi"]).config("temperature: 0.15").env("BEDROCK_ASK_TOP_P", "0.333");
    assert_eq!(run.run().exit(), Some(0));
    let body = fake.requests().pop().unwrap().body;
    assert!(String::from_utf8_lossy(&body).contains(r#"{"temperature":0.15,"topP":0.333}"#));
}

#[test]
fn a_dry_run_needs_no_credentials_and_says_where_aws_would_be_called() {
    let run = bedrock_ask(["--dry-run", "--no-stream", "hi"]).env("AWS_REGION", "eu-central-1");
    let ran = run.env("AWS_PROFILE", "empty").file(".aws/config", "[profile empty]\n").run();
    insta::assert_snapshot!(ran, @r#"
    ----- stdout -----
    modelId eu.amazon.nova-2-lite-v1:0
    POST https://bedrock-runtime.eu-central-1.amazonaws.com/model/eu.amazon.nova-2-lite-v1%3A0/converse
    {"messages":[{"role":"user","content":[{"text":"hi"}]}]}
    ----- stderr -----
    ----- exit 0 -----
    "#);
}
