//! `auth_refresh`: the command that signs in again if credentials have expired, and the prompt that goes on after it.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::*;
use crate::harness::canary;

const EXPIRED: &str = "The security token included in the request is expired";
const NEW: &str = "[default]\naws_access_key_id = test\naws_secret_access_key = test\n";

/// Notes that it ran, and signs in.
const SIGN_IN: &str = "echo ran >> ran; echo signing in; cp new ~/.aws/credentials";

/// Returns a run whose credentials are in AWS's file, with this command.
fn run(fake: &FakeBedrock, words: &[&str], command: &str) -> Run {
    let run = bedrock_ask(words.iter().copied()).env("AWS_REGION", "eu-central-1");
    let run = run.env("BEDROCK_ASK_MODEL", "amazon.nova-2-lite-v1:0").env("NO_COLOR", "1");
    let keys = [canary::ACCESS_KEY_ID, canary::SECRET_ACCESS_KEY, canary::SESSION_TOKEN];
    let old = format!(
        "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
        keys[0], keys[1], keys[2]
    );
    let run =
        run.file(".aws/credentials", old).file_here("new", NEW).config(&format!("auth_refresh: |-\n  {command}\n"));
    run.against(fake).terminal([Stream::Stderr]).columns(200)
}

fn expired() -> Expected {
    converse_stream().fails(403, "ExpiredTokenException", EXPIRED)
}

/// Returns the access key IDs that the requests were signed with.
fn key_ids(fake: &FakeBedrock) -> Vec<String> {
    let id = |header: &str| Some(header.split_once("Credential=")?.1.split_once('/')?.0.to_owned());
    fake.requests().iter().map(|request| request.header("authorization").and_then(id).expect("a signature")).collect()
}

/// Returns how often the command ran.
fn times(ran: &Ran) -> usize {
    let ran = ran.home.here().join("ran");
    std::fs::read_to_string(ran).unwrap_or_default().lines().count()
}

/// Returns stderr without the line that is erased.
fn stderr(ran: &Ran) -> String {
    let text = ran.home.redact(ran.stderr_text());
    let lines = text.lines().map(|line| line.rsplit("\r\u{1b}[K").next().unwrap_or_default());
    lines.filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn expired_credentials_are_renewed_and_the_prompt_is_sent_once_more() {
    let fake = FakeBedrock::start();
    fake.expect(expired());
    fake.expect(converse_stream());
    let ran = run(&fake, &["hi"], SIGN_IN).run();
    assert_eq!((ran.stdout_text(), ran.exit(), times(&ran)), ("Hello from Bedrock.\n", Some(0), 1), "{ran}");
    assert_eq!(key_ids(&fake), [canary::ACCESS_KEY_ID, "test"]);
    let bodies: Vec<_> = fake.requests().iter().map(|request| request.body.clone()).collect();
    assert_eq!(bodies[0], bodies[1]);
    insta::assert_snapshot!(stderr(&ran), @"
    note: the credentials have expired; running `auth_refresh`: echo ran >> ran; echo signing in; cp new ~/.aws/credentials
    signing in
    ");
}

#[test]
fn a_session_that_is_gone_before_anything_is_sent_is_renewed_too() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let sso = "[default]\nsso_session = s\nsso_account_id = 111122223333\nsso_role_name = r\n\
        [sso-session s]\nsso_region = eu-central-1\nsso_start_url = https://example.com\n";
    let sign_in = "echo ran >> ran; : > ~/.aws/config; cp new ~/.aws/credentials";
    let ran = run(&fake, &["hi"], sign_in).file(".aws/credentials", "").file(".aws/config", sso).run();
    assert_eq!((ran.stdout_text(), ran.exit(), times(&ran)), ("Hello from Bedrock.\n", Some(0), 1), "{ran}");
    assert_eq!(key_ids(&fake), ["test"]);
}

#[test]
fn credentials_that_are_still_expired_are_not_renewed_again() {
    let fake = FakeBedrock::start();
    fake.expect(expired());
    fake.expect(expired());
    let ran = run(&fake, &["hi"], "echo ran >> ran").run();
    assert_eq!((ran.stdout_text(), ran.exit(), times(&ran), fake.requests().len()), ("", Some(5), 1, 2), "{ran}");
    insta::assert_snapshot!(stderr(&ran), @"
    note: the credentials have expired; running `auth_refresh`: echo ran >> ran
    error: the credentials have expired: the AWS profile `default`
      aws: ExpiredTokenException: The security token included in the request is expired
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: `auth_refresh` was run, and the credentials are still expired
     hint: sign in again, or renew the keys: `aws sso login`, `aws login`, or the tool that issued them
    ");
}

#[test]
fn a_command_that_fails_leaves_the_first_error_with_its_cause() {
    for (command, why) in [
        ("echo ran >> ran; exit 3", "`auth_refresh` failed: exit status: 3"),
        ("echo ran >> ran; no-such-program", "`auth_refresh` failed: exit status: 127"),
        ("echo ran >> ran; kill -9 $$", "`auth_refresh` failed: signal: 9 (SIGKILL)"),
    ] {
        let fake = FakeBedrock::start();
        fake.expect(expired());
        let ran = run(&fake, &["hi"], command).run();
        assert_eq!((ran.exit(), times(&ran), fake.requests().len()), (Some(5), 1, 1), "{ran}");
        let stderr = stderr(&ran);
        assert!(stderr.contains("error: the credentials have expired") && stderr.contains(why), "{stderr}");
    }
}

#[test]
fn nothing_is_run_where_nobody_looks() {
    let not_run = |change: &dyn Fn(Run) -> Run| {
        let fake = FakeBedrock::start();
        fake.expect(expired());
        let ran = change(run(&fake, &["hi"], SIGN_IN)).run();
        assert_eq!((ran.exit(), times(&ran), fake.requests().len()), (Some(5), 0, 1), "{ran}");
        stderr(&ran)
    };
    assert!(!not_run(&|run| run.env("CI", "true")).contains("auth_refresh"));
    assert!(!not_run(&|run| run.config("max_tokens: 5")).contains("auth_refresh"));
    let fake = FakeBedrock::start();
    fake.expect(expired());
    let quiet = ask(&fake, ["hi"]).env("BEDROCK_ASK_AUTH_REFRESH", SIGN_IN).without_env("AWS_ACCESS_KEY_ID");
    let quiet = quiet.without_env("AWS_SECRET_ACCESS_KEY").without_env("AWS_SESSION_TOKEN");
    let quiet = quiet.file(".aws/credentials", NEW).terminal([Stream::Stdin, Stream::Stdout]).run();
    assert_eq!((quiet.exit(), times(&quiet)), (Some(5), 0), "{quiet}");
}

#[test]
fn keys_of_the_environment_are_not_renewed_and_the_error_says_why() {
    let fake = FakeBedrock::start();
    fake.expect(expired());
    let run = ask(&fake, ["hi"]).env("BEDROCK_ASK_AUTH_REFRESH", SIGN_IN).terminal([Stream::Stderr]);
    let ran = run.columns(200).env("NO_COLOR", "1").run();
    assert_eq!((ran.exit(), times(&ran)), (Some(5), 0), "{ran}");
    let why = "cause: `auth_refresh` was not run: the credentials come from `AWS_ACCESS_KEY_ID`";
    assert!(stderr(&ran).contains(why), "{ran}");
}

#[test]
fn other_failures_run_nothing() {
    for (status, code, message) in [
        (403, "AccessDeniedException", "User: x is not authorized to perform: bedrock:InvokeModel"),
        (403, "UnrecognizedClientException", "The security token included in the request is invalid."),
        (400, "ValidationException", "No."),
    ] {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream().fails(status, code, message));
        let ran = run(&fake, &["--no-repair", "hi"], SIGN_IN).run();
        assert_eq!((times(&ran), fake.requests().len()), (0, 1), "{ran}");
    }
}

#[test]
fn the_command_gets_the_profile_in_use_and_nothing_of_what_is_piped_in() {
    let fake = FakeBedrock::start();
    fake.expect(expired());
    fake.expect(converse_stream());
    let command = "echo $AWS_PROFILE > profile; cat > got; sed s/default/p/ new > ~/.aws/credentials";
    let old = "[p]\naws_access_key_id = test\naws_secret_access_key = test\naws_session_token = \n";
    let ran = run(&fake, &["--profile", "p", "--no-stdin", "hi"], command)
        .file(".aws/credentials", old)
        .stdin("the rest of a list")
        .run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
    assert_eq!((ran.home.read_here("profile").as_str(), ran.home.read_here("got").as_str()), ("p\n", ""));
}

#[test]
fn it_does_not_count_as_a_repair() {
    let fake = FakeBedrock::start();
    let refuses = |field: &str| {
        converse_stream().fails(
            400,
            "ValidationException",
            &format!("This model doesn't support the {field} field. Remove {field} and try again."),
        )
    };
    fake.expect(refuses("temperature"));
    fake.expect(expired());
    fake.expect(refuses("stopSequences"));
    fake.expect(converse_stream());
    let ran = run(&fake, &["--temperature", "0.5", "--stop", "x", "hi"], SIGN_IN).run();
    assert_eq!((ran.stdout_text(), ran.exit(), times(&ran)), ("Hello from Bedrock.\n", Some(0), 1), "{ran}");
}

#[test]
fn an_interrupt_ends_the_command_and_the_process() {
    // A run is over only if nobody holds its stderr, as the command does.
    // After a while, the line on the terminal listens to signals.
    for time in [Duration::ZERO, Duration::from_millis(700)] {
        let fake = FakeBedrock::start();
        fake.expect(expired().takes(time));
        let running = run(&fake, &["hi"], "echo be''gun; exec sleep 1000").own_process_group().spawn();
        running.stderr_until("begun");
        running.interrupt_group();
        let ran = running.finish();
        assert_eq!((ran.status.signal(), fake.requests().len()), (Some(2), 1), "{ran}");
    }
    // With a file to save, the process listens to signals itself; the command gets one only from a terminal.
    for from_terminal in [false, true] {
        let fake = FakeBedrock::start();
        fake.expect(expired());
        let run = run(&fake, &["-o", "a.txt", "hi"], "echo be''gun; exec sleep 1000");
        let running = run.own_process_group().spawn();
        running.stderr_until("begun");
        if from_terminal {
            running.interrupt_group();
        } else {
            running.interrupt();
        }
        let ran = running.finish();
        assert_eq!((ran.exit(), fake.requests().len()), (Some(130), 1), "{ran}");
        assert!(stderr(&ran).ends_with("error: interrupted by SIGINT"), "{ran}");
    }
}
