//! Mistakes on the command line: each is a usage error, and nothing is sent.

use super::*;

#[test]
fn no_slip_of_the_command_line_sends_anything() {
    let fake = FakeBedrock::start();
    for words in [
        &["modls"][..],
        &["resolv"],
        &["confg"],
        &["aks"],
        &["hello", "resolve"],
        &["hello", "resolve", "x"],
        &["hello", "config", "please"],
        &["-m", "nova-lite", "resolve", "x"],
        &["--usage", "config"],
        &["--max-tokens", "5", "resolve", "x"],
        &["-o", "out.txt", "config"],
        &["--nonsense", "hello"],
        &["hello", "--nonsense"],
        &["--max-tokens", "0", "hello"],
        &["--max-tokens", "many", "hello"],
        &["--temperature", "1.5", "hello"],
        &["--temperature", "-1", "hello"],
        &["--top-p", "nan", "hello"],
        &["--timeout", "soon", "hello"],
        &["--region", "eu-centrall-1", "hello"],
        &["--routing", "everywhere", "hello"],
        &["--format", "yaml", "hello"],
        &["--endpoint-url", "bedrock", "hello"],
        &["-m"],
        &["-m", "", "hello"],
        &["ask"],
    ] {
        let ran = ask(&fake, words.iter().copied()).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{words:?}\n{ran}");
        assert!(ran.stderr_text().starts_with("error: "), "{words:?}\n{ran}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn help_and_version_send_nothing_either() {
    let fake = FakeBedrock::start();
    for words in [&["--help"][..], &["-h"], &["ask", "--help"], &["help"], &["help", "ask"], &["--version"], &["-V"]] {
        let ran = ask(&fake, words.iter().copied()).run();
        assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)), "{words:?}\n{ran}");
        assert!(!ran.stdout.is_empty());
    }
}

#[cfg(unix)]
#[test]
fn alone_on_a_terminal_it_shows_the_short_help() {
    let fake = FakeBedrock::start();
    let ran = ask(&fake, []).terminal([Stream::Stdin]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)));
    assert!(ran.stderr_text().contains("Usage: bedrock-ask"), "{ran}");
    let ran = ask(&fake, ["--format", "json"]).terminal([Stream::Stdin]).run();
    assert_eq!((ran.stdout_text().lines().count(), ran.exit()), (1, Some(2)), "{ran}");
}

#[test]
fn alone_without_input_it_shows_the_usage_whatever_is_set() {
    let fake = FakeBedrock::start();
    for run in [
        ask(&fake, []),
        ask(&fake, []).without_env("AWS_REGION"),
        ask(&fake, []).without_env("AWS_REGION").stdin(""),
        ask(&fake, ["ask"]).without_env("AWS_REGION").stdin(""),
        ask(&fake, ["--region", "us-east-1"]).config("not: valid"),
    ] {
        let ran = run.run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        let (error, help) = ran.stderr_text().split_once('\n').unwrap();
        assert_eq!(error, "error: no prompt is given", "{ran}");
        assert!(help.contains("Usage: bedrock-ask"), "{ran}");
    }
    for run in [
        ask(&fake, ["--format", "json"]),
        ask(&fake, ["--format", "ndjson"]),
        ask(&fake, []).env("BEDROCK_ASK_FORMAT", "json"),
        ask(&fake, []).config("format: json"),
    ] {
        let ran = run.without_env("AWS_REGION").run();
        let object: serde_json::Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!((&object["error"]["message"], ran.exit()), (&"no prompt is given".into(), Some(2)), "{ran}");
    }
    // With other options it is the prompt that is missing first of all. Windows does not tell its empty device from an
    // empty pipe.
    for (run, what) in [
        (ask(&fake, ["-m", "no.such"]), if cfg!(windows) { ", and so is stdin" } else { "" }),
        (ask(&fake, ["--usage"]).stdin(""), ", and so is stdin"),
        (ask(&fake, ["--no-stdin"]).stdin("text"), ""),
    ] {
        let ran = run.without_env("AWS_REGION").run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        assert!(ran.stderr_text().starts_with(&format!("error: the prompt is empty{what}\n")), "{ran}");
    }
    assert!(fake.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn a_prompt_on_a_terminal_does_not_wait_for_more() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = ask(&fake, ["hi"]).terminal([Stream::Stdin, Stream::Stdout, Stream::Stderr]).env("CI", "1").run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)));
}

#[test]
fn a_command_gone_wrong_names_the_one_that_was_meant() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["resolv"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `resolv` is not a command, but `resolve` is

     hint: bedrock-ask resolve
     hint: bedrock-ask -- resolv
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["hello", "resolve", "x"]).run(), @r#"
    ----- stdout -----
    ----- stderr -----
    error: `resolve` is a command, and stands in a prompt that is not quoted

     hint: bedrock-ask -- hello resolve x
    ----- exit 2 -----
    "#);
    insta::assert_snapshot!(ask(&fake, ["reslove", "claude-sonnet-4.6"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `reslove` is not a command, but `resolve` is

     hint: bedrock-ask resolve claude-sonnet-4.6
     hint: bedrock-ask -- reslove claude-sonnet-4.6
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["version"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `version` is not a command

     hint: bedrock-ask --version
     hint: bedrock-ask -- version
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["-m", "nova-lite", "resolve", "x"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: an option of `ask` cannot precede a command

     hint: bedrock-ask ask --help
     hint: quote the prompt if it was meant as one
    ----- exit 2 -----
    ");
}

#[test]
fn without_a_region_it_says_how_to_set_one() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["hi"]).without_env("AWS_REGION").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: no source Region is set

     hint: name it once: `--region eu-central-1`
     hint: or in the environment: `export AWS_REGION=eu-central-1`
     hint: or in the config file: `bedrock-ask config set region eu-central-1`
     hint: or in your AWS profile: `aws configure set region eu-central-1`
    ----- exit 2 -----
    ");
}
