//! Tests of the help texts and of usage errors.

use crate::batch::jobs::{self, Submitted};
use crate::fake_bedrock::{
    End, Expected, FakeBedrock, converse, converse_stream, create_inference_profile, delete_inference_profile,
    get_caller_identity, get_foundation_model_availability, get_inference_profile, list_foundation_models,
    list_inference_profiles, list_tags_for_resource, tag_resource, untag_resource,
};
use crate::fake_s3::FakeS3;
#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Home, Ran, Run, bedrock_ask, program};

/// Returns the commands of a help text's list of examples.
fn examples(help: &str) -> Vec<String> {
    let lines = help.lines().skip_while(|line| *line != "Examples:").skip(1);
    lines.take_while(|line| !line.is_empty()).map(|line| line.trim().to_owned()).collect()
}

/// Returns the paths of all commands, from the lists in their help texts.
pub fn paths() -> Vec<String> {
    let root = bedrock_ask(["--help"]).run();
    let words = |text: &str| -> Vec<String> {
        let lines = text
            .lines()
            .skip_while(|line| !line.ends_with(':'))
            .take_while(|line| *line != "Arguments:" && *line != "Options:");
        let names = lines.filter(|line| line.starts_with("  ") && !line.starts_with("   "));
        names.filter_map(|line| line.split_whitespace().next()).map(str::to_owned).collect()
    };
    let mut paths = vec![String::new()];
    for name in words(root.stdout_text()) {
        let help = bedrock_ask([name.as_str(), "--help"]).run();
        let has_commands = help.stdout_text().contains("\nCommands:\n");
        let below = if has_commands { words(help.stdout_text()) } else { Vec::new() };
        paths.push(name.clone());
        paths.extend(below.iter().filter(|below| *below != "help").map(|below| format!("{name} {below}")));
    }
    paths
}

/// Returns the operations that a command may call besides prompting a model.
fn control_plane() -> [Expected; 10] {
    [
        list_foundation_models(),
        list_inference_profiles(),
        get_inference_profile(),
        create_inference_profile(),
        delete_inference_profile(),
        tag_resource(),
        untag_resource(),
        list_tags_for_resource(),
        get_foundation_model_availability(),
        get_caller_identity(),
    ]
}

#[test]
fn every_example_of_every_help_text_succeeds() {
    let binaries = std::path::Path::new(env!("CARGO_BIN_EXE_bedrock-ask")).parent().unwrap().display().to_string();
    let paths = paths();
    assert!(paths.len() > 15, "{paths:?}");
    for path in paths {
        let help = bedrock_ask(path.split(' ').filter(|word| !word.is_empty()).chain(["--help"])).run();
        let examples = examples(help.stdout_text());
        assert!((2..=5).contains(&examples.len()), "`{path}` has {examples:?}");
        // A shell runs them; a chat needs a terminal, and has a test of its own.
        if cfg!(windows) || path == "chat" {
            continue;
        }
        for example in examples {
            let reads_jobs = ["batch status", "batch fetch", "batch list", "batch stop"].contains(&path.as_str());
            let run = if reads_jobs { run_on_jobs(&example, &binaries) } else { run_example(&example, &binaries) };
            assert_eq!(run.exit(), Some(0), "$ {example}\n{run}");
        }
    }
}

/// Runs an example in a folder with the manifest of a job that has ended.
fn run_on_jobs(example: &str, binaries: &str) -> Ran {
    let submitted = Submitted::ended(3, End::Completed);
    program("/bin/sh", ["-c", example])
        .home(&submitted.home)
        .env("PATH", format!("{binaries}:/usr/bin:/bin"))
        .env("AWS_REGION", jobs::REGION)
        .env("JOB_ARN", submitted.arn())
        .credentials()
        .against(&submitted.fake)
        .with_s3(&submitted.s3)
        .run()
}

/// Runs an example in a folder with all files that examples name.
fn run_example(example: &str, binaries: &str) -> Ran {
    let s3 = FakeS3::start();
    s3.create_bucket("my-bucket", "us-east-1");
    let fake = FakeBedrock::start().with_jobs(s3.store());
    fake.in_region("us-east-1");
    let model = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-haiku-4-5-20251001-v1:0";
    let name = if example.contains("create chat") { "other" } else { "chat" };
    let arn = fake.application_profile(name, model, "us-east-1");
    for operation in [converse(), converse_stream()] {
        fake.allow(operation.text(["Hello."]));
    }
    for operation in control_plane() {
        fake.allow(operation);
    }
    let run = program("/bin/sh", ["-c", example])
        .home(&Home::new())
        .env("PATH", format!("{binaries}:/usr/bin:/bin"))
        .env("AWS_REGION", "us-east-1")
        .env("ARN", arn)
        .credentials()
        .file_here("team.yaml", "max_tokens: 100\n")
        .file_here(
            "error.log",
            "An error occurred (ThrottlingException) when calling the Converse operation: Too many requests\n",
        )
        .file_here("prompts.jsonl", "{\"prompt\":\"Who wrote Faust?\"}\n".repeat(100))
        .env("ROLE", "arn:aws:iam::111122223333:role/batch")
        .with_s3(&s3)
        .file_here("models.txt", "anthropic.claude-haiku-4-5-20251001-v1:0\n")
        .file_here("system.txt", "Be brief.\n")
        .file_here("notes.md", "Notes.\n")
        .file(
            ".local/state/bedrock-ask/history/0a1b2c3d.jsonl",
            crate::history::CONVERSATION.split_inclusive('\n').next().unwrap(),
        )
        .file_here("report.pdf", "%PDF-1.4\n")
        .file_here("shots/before.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR")
        .file_here(
            "policy.json",
            r#"{"Version":"2012-10-17","Statement":{"Effect":"Allow","Action":"bedrock:*","Resource":"*"}}"#,
        )
        .against(&fake);
    let run = if example.ends_with("bedrock-ask config init") {
        run
    } else {
        run.config("routing: [geographic, in-region]\n")
    };
    run.run()
}

#[test]
fn usage_errors_are_json_where_the_arguments_or_the_environment_ask_for_it() {
    for run in [
        bedrock_ask(["resolve", "--bogus", "--format", "json"]),
        bedrock_ask(["--format=json", "models", "--bogus"]),
        bedrock_ask(["resolve", "--bogus"]).env("BEDROCK_ASK_FORMAT", "json"),
    ] {
        let ran = run.run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        let object: serde_json::Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!(object["error"]["message"], "unexpected argument `--bogus` found");
        assert!(ran.stderr_text().contains("unexpected argument `--bogus` found"), "{ran}");
    }
    for (line, message, hint) in [
        ("models --json", "unexpected argument `--json` found", "use `--format json`"),
        (
            "check --depth x",
            "invalid value `x` for `--depth <DEPTH>`",
            "possible values: `resolve`, `availability`, `invoke`",
        ),
        (
            "iam-policy",
            "the following required arguments were not provided: <MODEL>...",
            "bedrock-ask iam-policy --help",
        ),
    ] {
        let ran = bedrock_ask(line.split(' ')).env("BEDROCK_ASK_FORMAT", "json").run();
        let object: serde_json::Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!(
            (&object["error"]["message"], &object["error"]["hints"][0]),
            (&message.into(), &hint.into()),
            "{ran}"
        );
    }
    for run in [
        bedrock_ask(["resolve", "--bogus", "--", "--format", "json"]),
        bedrock_ask(["resolve", "--bogus", "--format", "text"]).env("BEDROCK_ASK_FORMAT", "json"),
    ] {
        assert_eq!(run.run().stdout_text(), "");
    }
}

#[test]
fn the_errors_of_the_command_line_look_like_all_others() {
    insta::assert_snapshot!(bedrock_ask(["resolve", "--josn", "x"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument `--josn` found

     hint: to pass `--josn` as a value, use `-- --josn`

    Usage: bedrock-ask resolve [OPTIONS] [MODEL]...
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(bedrock_ask(["models", "--json"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: unexpected argument `--json` found

     hint: use `--format json`

    Usage: bedrock-ask models [OPTIONS] [MODEL]
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(bedrock_ask(["models", "--format", "xml"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: invalid value `xml` for `--format <FORMAT>`

     hint: possible values: `text`, `json`, `csv`
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(bedrock_ask(["inference-profile", "create"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the following required arguments were not provided: --from <MODEL> <NAME>

     hint: bedrock-ask inference-profile create --help

    Usage: bedrock-ask inference-profile create --from <MODEL> <NAME>
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(bedrock_ask(["catalog", "refesh"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: unrecognized subcommand `refesh`

     hint: a similar command exists: `refresh`

    Usage: bedrock-ask catalog [OPTIONS] [COMMAND]
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(bedrock_ask(["check", "--timeout", "x"]).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: invalid value `x` for `--timeout <TIME>`: must be a time above zero in seconds, or with a unit, such as 30s or 2m

     hint: bedrock-ask check --help
    ----- exit 2 -----
    ");
}

#[test]
fn help_and_usage_errors_are_coloured_like_everything_else() {
    let is_coloured = |run: Run| {
        let ran = run.run();
        [ran.stdout, ran.stderr].concat().contains(&0x1b)
    };
    for arguments in [&["--help"][..], &["resolve", "-h"], &["resolve", "--bogus"], &["resolv"]] {
        let run = || bedrock_ask(arguments.iter().copied());
        assert!(!is_coloured(run()), "{arguments:?}");
        assert!(is_coloured(run().env("CLICOLOR_FORCE", "1")), "{arguments:?}");
        assert!(is_coloured(run().env("BEDROCK_ASK_COLOR", "always")), "{arguments:?}");
        assert!(!is_coloured(run().env("CLICOLOR_FORCE", "1").env("NO_COLOR", "1")), "{arguments:?}");
        let never = [&["--color", "never"], arguments].concat();
        assert!(!is_coloured(bedrock_ask(never).env("CLICOLOR_FORCE", "1")), "{arguments:?}");
    }
    #[cfg(unix)]
    for arguments in [&["--help"][..], &["resolve", "--bogus"]] {
        let run = || bedrock_ask(arguments.iter().copied()).terminal([Stream::Stdout, Stream::Stderr]);
        assert!(is_coloured(run()), "{arguments:?}");
        assert!(!is_coloured(run().env("NO_COLOR", "1")), "{arguments:?}");
        assert!(!is_coloured(run().env("TERM", "dumb")), "{arguments:?}");
    }
}

#[cfg(unix)]
#[test]
fn on_a_terminal_errors_are_wrapped_at_words_and_commands_are_not() {
    let run = |columns| {
        let run =
            bedrock_ask(["resolve", "amazon.nova-lite-v1:0", "--region", "eu-central-1", "--routing", "in-region"]);
        run.terminal([Stream::Stderr]).columns(columns).env("NO_COLOR", "1").run()
    };
    insta::assert_snapshot!(run(60), @"
    ----- stdout -----
    ----- stderr -----
    error: `amazon.nova-lite-v1:0` can be invoked from
           eu-central-1 only with routing that is not allowed
    cause: it has geographic routing
           (`eu.amazon.nova-lite-v1:0`); the allowed routing is
           in-region

     hint: --routing in-region,geographic
    ----- exit 4 -----
    ");
    insta::assert_snapshot!(run(40), @"
    ----- stdout -----
    ----- stderr -----
    error: `amazon.nova-lite-v1:0` can be
           invoked from eu-central-1 only
           with routing that is not allowed
    cause: it has geographic routing
           (`eu.amazon.nova-lite-v1:0`); the
           allowed routing is in-region

     hint: --routing in-region,geographic
    ----- exit 4 -----
    ");
    let wide = run(1000);
    assert!(wide.stderr_text().lines().count() < run(60).stderr_text().lines().count(), "{wide}");
    let slip = bedrock_ask(["resolv", &"word ".repeat(20)]).terminal([Stream::Stderr]).env("NO_COLOR", "1").run();
    insta::assert_snapshot!(slip, @r"
    ----- stdout -----
    ----- stderr -----
    error: `resolv` is not a command, but `resolve` is

     hint: bedrock-ask resolve 'word word word word word word word word word word word word word word word word word word word word '
     hint: bedrock-ask -- resolv 'word word word word word word word word word word word word word word word word word word word word '
    ----- exit 2 -----
    ");
}
