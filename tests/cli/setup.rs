//! `bedrock-ask setup`: the questions and their defaults, what is written, and that nothing else ever is.

use crate::fake_bedrock::FakeBedrock;
#[cfg(unix)]
use crate::fake_bedrock::converse_stream;
#[cfg(unix)]
use crate::harness::{Home, Ran, Stream};
use crate::harness::{Run, bedrock_ask};

#[cfg(unix)]
const FILE: &str = ".config/bedrock-ask/config.yaml";

/// Returns a run of `bedrock-ask setup`.
fn setup(fake: &FakeBedrock) -> Run {
    bedrock_ask(["setup"]).env("NO_COLOR", "1").against(fake)
}

/// Runs on a terminal, and types each answer when its question has come.
#[cfg(unix)]
fn answered(run: Run, answers: &[(&str, &str)]) -> Ran {
    let mut running = run.terminal([Stream::Stdin, Stream::Stderr]).spawn();
    for (question, answer) in answers {
        running.stderr_until(question);
        running.write_stdin(answer);
    }
    running.finish()
}

#[cfg(unix)]
const REGION: &str = "Source Region, or ? for a list [";
#[cfg(unix)]
const MODEL: &str = "Default model, or ? for a list [";
#[cfg(unix)]
const WRITE: &str = "config.yaml? [Y/n] ";
#[cfg(unix)]
const TEST: &str = "? [y/N] ";

#[test]
fn without_a_terminal_it_prints_what_it_would_ask_and_changes_nothing() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(setup(&fake).run(), @r"
    ----- stdout -----
    source Region: none is set
    credentials: none in the environment and AWS's files; `aws login` signs in, `aws configure sso` sets up SSO, and `AWS_BEARER_TOKEN_BEDROCK` takes an API key of Bedrock

    On a terminal, `bedrock-ask setup` asks for:
      the source Region [us-east-1]
      the default model [amazon.nova-2-lite-v1:0]
      whether to write them to [HOME]/.config/bedrock-ask/config.yaml [Y/n]
      whether to send a prompt with a response of one token [y/N]

    Without a terminal, these commands write them:
      bedrock-ask config set region REGION
      bedrock-ask config set model MODEL
    ----- stderr -----
    ----- exit 0 -----
    ");
    let run = setup(&fake).env("AWS_REGION", "eu-central-1").credentials().config("model: nova-pro\n");
    let ran = run.run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    source Region: eu-central-1 (environment AWS_REGION)
    credentials: environment variables

    On a terminal, `bedrock-ask setup` asks for:
      the source Region [eu-central-1]
      the default model [nova-pro]
      whether to write them to [HOME]/.config/bedrock-ask/config.yaml [Y/n]
      whether to send a prompt with a response of one token [y/N]

    Without a terminal, these commands write them:
      bedrock-ask config set region REGION
      bedrock-ask config set model MODEL
    ----- stderr -----
    ----- exit 0 -----
    ");
    assert!(ran.home.left_files().is_empty(), "{ran}");
    assert!(fake.requests().is_empty());
}

#[test]
fn flags_that_change_nothing_are_refused() {
    let fake = FakeBedrock::start();
    for flag in ["--format=text", "--routing=geo", "--strict", "--region=eu-central-1 --region=us-east-1"] {
        let ran = flag.split(' ').fold(setup(&fake), Run::argument).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    }
}

#[cfg(unix)]
#[test]
fn the_region_and_the_model_are_chosen_written_and_tried() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Hi"]));
    let home = Home::new();
    let answers = [(REGION, "eu-central-1\n"), (MODEL, "\n"), (WRITE, "\n"), (TEST, "y\n")];
    let ran = answered(setup(&fake).home(&home).credentials(), &answers);
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hi\n", Some(0)), "{ran}");
    assert_eq!(home.read(FILE), "region: eu-central-1\nmodel: amazon.nova-2-lite-v1:0\n");
    let said = ran.stderr_text();
    for text in [
        "source Region: none is set",
        "  eu-central-1    Europe (Frankfurt)\n",
        "[us-east-1]: ",
        "credentials: environment variables\n",
        "[amazon.nova-2-lite-v1:0]: ",
        "`amazon.nova-2-lite-v1:0` is invoked as `eu.amazon.nova-2-lite-v1:0` from eu-central-1\n",
        "Write `region: eu-central-1` and `model: amazon.nova-2-lite-v1:0` to ",
        "Send a prompt with a response of one token to `eu.amazon.nova-2-lite-v1:0`; it costs less than $0.0001? [y/N] ",
        "usage: ",
    ] {
        assert!(said.contains(text), "{text}: {ran}");
    }
    let body = &fake.requests()[0].body;
    assert!(String::from_utf8_lossy(body).contains("\"maxTokens\":1"), "{body:?}");
}

#[cfg(unix)]
#[test]
fn what_is_set_elsewhere_is_offered_and_not_written() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    home.write(FILE, b"# mine\nmodel: nova-pro # why\n");
    let run = || setup(&fake).home(&home).credentials().env("AWS_REGION", "eu-central-1");
    let ran = answered(run(), &[(REGION, "\n"), (MODEL, "\n"), (TEST, "\n")]);
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(0)), "{ran}");
    let said = ran.stderr_text();
    for text in [
        "source Region: eu-central-1 (environment AWS_REGION)\n",
        "[eu-central-1]: ",
        "[nova-pro]: ",
        "everything is set already: nothing is written\n",
    ] {
        assert!(said.contains(text), "{text}: {ran}");
    }
    assert_eq!(home.read(FILE), "# mine\nmodel: nova-pro # why\n");

    // Another answer replaces a setting only after a yes.
    let answers = |write: &'static str| [(REGION, "\n"), (MODEL, "nova-lite\n"), (WRITE, write), (TEST, "no\n")];
    let refused = answered(run(), &answers("n\n"));
    assert!(refused.stderr_text().contains("Write `model: nova-lite` in place of \"nova-pro\" to "), "{refused}");
    assert!(refused.stderr_text().contains("nothing was written\n") && refused.exit() == Some(0), "{refused}");
    assert_eq!(home.read(FILE), "# mine\nmodel: nova-pro # why\n");
    let written = answered(run(), &answers("yes\n"));
    assert_eq!(written.exit(), Some(0), "{written}");
    assert_eq!(home.read(FILE), "# mine\nmodel: nova-lite # why\n");

    // Here the environment still wins.
    let ran = answered(run(), &[(REGION, "us-east-1\n"), (MODEL, "\n"), (WRITE, "\n"), (TEST, "\n")]);
    assert!(ran.stderr_text().contains("`region` is still taken from another source: environment AWS_REGION"), "{ran}");
    assert!(home.read(FILE).contains("region: us-east-1\n"));
}

#[cfg(unix)]
#[test]
fn a_wrong_answer_is_explained_and_asked_for_again() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let mut running = setup(&fake).home(&home).credentials().terminal([Stream::Stdin, Stream::Stderr]).spawn();
    for (awaited, answer) in [
        (REGION, "eu-centrl-1\n"),
        ("did you mean `eu-central-1`?", "?\n"),
        ("Asia Pacific (Tokyo)", "eu-central-1\n"),
        (MODEL, "hiaku\n"),
        ("error: ", "amazon.titan-embed-text-v2:0\n"),
        ("`amazon.titan-embed-text-v2:0` cannot chat", "?\n"),
        ("  amazon.nova-lite-v1:0\n", "nova-lite\n"),
        (WRITE, "perhaps\n"),
        ("config.yaml? [Y/n] Write `region", "y\n"),
        (TEST, "\n"),
    ] {
        running.stderr_until(awaited);
        running.write_stdin(answer);
    }
    let ran = running.finish();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(0)), "{ran}");
    assert_eq!(home.read(FILE), "region: eu-central-1\nmodel: nova-lite\n");
    assert!(fake.requests().is_empty());
}

#[cfg(unix)]
#[test]
fn where_no_model_is_the_default_none_is_written_and_no_wrong_answer_is() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let mut running = setup(&fake).home(&home).credentials().terminal([Stream::Stdin, Stream::Stderr]).spawn();
    for (awaited, answer) in [
        (REGION, "ap-southeast-6\n"),
        (MODEL, "hiaku\n"),
        ("error: ", "\n"),
        ("Write `region: ap-southeast-6` to ", "\n"),
    ] {
        running.stderr_until(awaited);
        running.write_stdin(answer);
    }
    let ran = running.finish();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(0)), "{ran}");
    assert!(ran.stderr_text().contains("Default model, or ? for a list [none]: "), "{ran}");
    assert_eq!(home.read(FILE), "region: ap-southeast-6\n");
}

#[cfg(unix)]
#[test]
fn an_end_of_the_input_or_ctrl_c_leaves_the_file_as_it_was() {
    let fake = FakeBedrock::start();
    let answers = [(REGION, "eu-central-1\n"), (MODEL, "nova-lite\n"), (WRITE, "\n")];
    for stop in 0..answers.len() {
        for interrupts in [false, true] {
            let home = Home::new();
            home.write(FILE, b"model: nova-pro\n");
            let run = setup(&fake).home(&home).credentials().terminal([Stream::Stdin, Stream::Stderr]);
            let mut running = run.spawn();
            for (question, answer) in &answers[..stop] {
                running.stderr_until(question);
                running.write_stdin(answer);
            }
            running.stderr_until(answers[stop].0);
            if interrupts {
                running.interrupt();
            } else {
                running.write_stdin("\u{4}");
            }
            let ran = running.finish();
            assert_eq!(ran.exit(), if interrupts { None } else { Some(1) }, "{ran}");
            assert_eq!(home.read(FILE), "model: nova-pro\n", "{ran}");
            let is_named = ran.stderr_text().contains("error: the input ended before the last question\n");
            assert!(interrupts || is_named, "{ran}");
            assert!(home.left_files().is_empty(), "{ran}");
        }
    }
}

#[cfg(unix)]
#[test]
fn without_credentials_the_file_is_written_and_the_first_hint_signs_in() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let run = setup(&fake).home(&home).columns(1000);
    let ran = answered(run, &[(REGION, "\n"), (MODEL, "\n"), (WRITE, "\n")]);
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(5)), "{ran}");
    let said = ran.stderr_text();
    assert!(said.contains("credentials: no AWS credentials were found\n"), "{ran}");
    let first = said.lines().find_map(|line| line.strip_prefix(" hint: ")).unwrap_or_default();
    let order = ["`aws login`", "`aws configure sso`", "`AWS_BEARER_TOKEN_BEDROCK`"].map(|hint| first.find(hint));
    assert!(order[0] == Some(0) && order.is_sorted(), "{ran}");
    assert_eq!(home.read(FILE), "region: us-east-1\nmodel: amazon.nova-2-lite-v1:0\n");
}

#[cfg(unix)]
#[test]
fn the_profile_that_is_named_is_written_too() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let run = setup(&fake).home(&home).argument("--profile=work");
    let keys =
        "[profile work]\nregion = eu-west-1\naws_access_key_id = AKIAIOSFODNN7EXAMPLE\naws_secret_access_key = x\n";
    let run = run.file(".aws/config", keys);
    let ran = answered(run, &[(REGION, "\n"), (MODEL, "\n"), (WRITE, "\n"), (TEST, "\n")]);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stderr_text().contains("source Region: eu-west-1 (AWS profile work in "), "{ran}");
    assert_eq!(home.read(FILE), "profile: work\nmodel: amazon.nova-2-lite-v1:0\n");
}
