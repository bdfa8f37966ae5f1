//! Tests of the README: its console blocks are run, its tables and options are compared with the binary.
//!
//! Each ```` ```console ```` block is one shell session: every line that begins with `$ ` is run, and what follows it is
//! its output on a terminal. A command that fails is followed by `$ echo $?`. The date of the catalog is ignored.
//! ```` ```console live ```` blocks need AWS, and are run against the fake Bedrock.

use std::collections::BTreeSet;

#[cfg(unix)]
use crate::fake_bedrock::{
    FakeBedrock, converse, converse_stream, create_inference_profile, get_inference_profile, list_foundation_models,
    list_inference_profiles,
};
use crate::harness::bedrock_ask;
#[cfg(unix)]
use crate::harness::{CATALOG, Home, clock};

const README: &str = include_str!("../../README.md");
const LONGEST: usize = 220;

/// Returns the stdout of `bedrock-ask` with these arguments.
fn stdout_of(arguments: &[&str]) -> String {
    bedrock_ask(arguments.iter().copied()).run().stdout_text().to_owned()
}

/// Returns the lines of the README's blocks in this language.
fn blocks(language: &str) -> Vec<Vec<&'static str>> {
    let mut blocks = Vec::new();
    let mut lines = README.lines();
    while let Some(fence) = lines.find(|line| line.starts_with("```")) {
        let block: Vec<_> = lines.by_ref().take_while(|line| *line != "```").collect();
        if fence == format!("```{language}") {
            blocks.push(block);
        }
    }
    blocks
}

/// Returns the rows of the table whose header begins with this cell.
fn table(first: &str) -> Vec<Vec<&'static str>> {
    let header = format!("| {first} |");
    let rows = README.lines().skip_while(|line| !line.starts_with(&header)).skip(2);
    rows.take_while(|line| line.starts_with('|'))
        .map(|row| row.trim_matches('|').split('|').map(str::trim).collect())
        .collect()
}

/// A command of a session, and its expected output.
#[cfg(unix)]
struct Step {
    command: &'static str,
    shown: String,
}

#[cfg(unix)]
fn steps(block: &[&'static str]) -> Vec<Step> {
    let mut steps: Vec<Step> = Vec::new();
    for line in block {
        match (line.strip_prefix("$ "), steps.last_mut()) {
            (Some(command), _) => steps.push(Step { command, shown: String::new() }),
            (None, Some(step)) => step.shown.extend([line, "\n"]),
            (None, None) => panic!("`{line}` comes before any command"),
        }
    }
    steps
}

/// Returns what each command of a session writes to stdout and stderr, and its exit code.
#[cfg(unix)]
fn run(steps: &[Step], environment: &[(&str, String)]) -> Vec<(String, String)> {
    use std::path::Path;
    use std::process::{Command, Stdio};

    let home = Home::new();
    let binaries = Path::new(env!("CARGO_BIN_EXE_bedrock-ask")).parent().unwrap().display();
    let told = "status=$?; printf '\\036%s\\036' $status; (exit $status)\n";
    let script: String = steps.iter().flat_map(|step| [step.command, "\n", told]).collect();
    let output = Command::new("sh")
        .args(["-c", &format!("exec 2>&1\n{script}")])
        .env_clear()
        .env("HOME", home.root())
        .env("PATH", format!("{binaries}:/usr/bin:/bin"))
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("BEDROCK_ASK_CATALOG_PATH", CATALOG)
        .envs(clock())
        .envs(environment.iter().map(|(name, value)| (name, value)))
        .current_dir(home.here())
        .stdin(Stdio::null())
        .output()
        .unwrap();
    let written = String::from_utf8(output.stdout).unwrap();
    let parts: Vec<_> = written.split('\u{1e}').map(str::to_owned).collect();
    parts.chunks_exact(2).map(|pair| (pair[0].clone(), pair[1].clone())).collect()
}

/// Returns the text without the date of the catalog, with the frozen one named as the built-in one.
#[cfg(unix)]
fn undated(text: &str) -> String {
    let text = text.replace(&format!("catalog file {CATALOG}"), "built-in catalog");
    let mut parts = text.split("built-in catalog, ");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |text, part| text + "built-in catalog, " + &part["2026-01-01".len()..])
}

/// Runs each block of this language and compares the output; returns the number of calls of the binary.
#[cfg(unix)]
fn assert_shown(language: &str, environment: &[(&str, String)]) -> usize {
    let mut commands = 0;
    for block in blocks(language) {
        let steps = steps(&block);
        let runs = run(&steps, environment);
        assert_eq!(runs.len(), steps.len(), "{block:?}");
        for (index, (step, (written, status))) in steps.iter().zip(&runs).enumerate() {
            assert_eq!(undated(written), undated(&step.shown), "$ {}", step.command);
            let is_told = steps.get(index + 1).is_some_and(|next| next.command == "echo $?");
            assert!(status == "0" || is_told, "$ {} leaves with {status}, and nothing says so", step.command);
            commands += usize::from(step.command.contains("bedrock-ask"));
        }
    }
    commands
}

#[cfg(unix)]
#[test]
fn every_console_block_shows_what_the_binary_does() {
    let commands = assert_shown("console", &[]);
    assert!(commands >= 3, "{commands}");
}

#[cfg(unix)]
#[test]
fn every_live_block_shows_what_comes_of_what_bedrock_answers() {
    let fake = FakeBedrock::start();
    fake.expect_repeatedly(converse_stream().text(["Hel", "lo."]));
    fake.expect_repeatedly(converse().text(["Hello."]));
    fake.expect_repeatedly(list_inference_profiles());
    fake.expect_repeatedly(list_foundation_models());
    fake.expect(create_inference_profile());
    fake.allow(get_inference_profile());
    let endpoints = ["AWS_ENDPOINT_URL_BEDROCK", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME"].map(|name| (name, fake.url()));
    let keys = ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"].map(|name| (name, "test".to_owned()));
    let commands = assert_shown("console live", &[endpoints, keys].concat());
    assert!(commands >= 3, "{commands}");
}

#[test]
fn the_workflow_gives_the_action_inputs_that_it_has() {
    let action = include_str!("../../.github/actions/check/action.yml");
    let workflow = blocks("yaml").concat();
    let inputs = workflow.iter().skip_while(|line| !line.contains("actions/check@")).nth(1).unwrap();
    let named: Vec<_> = inputs.split([' ', '{']).filter_map(|word| word.strip_suffix(':')).skip(1).collect();
    assert!(named.contains(&"models"), "{inputs}");
    for name in named {
        assert!(action.contains(&format!("\n  {name}:\n    description:")), "{name}");
    }
}

#[test]
fn the_first_screen_shows_the_error_and_what_to_call() {
    let start: Vec<_> = README.lines().take(20).collect();
    let start = start.join(" ");
    let error =
        "Invocation of model ID anthropic.claude-haiku-4-5-20251001-v1:0 with on-demand throughput isn’t supported.";
    assert!(start.contains(error));
    assert!(start.contains("eu.anthropic.claude-haiku-4-5-20251001-v1:0"));
}

#[test]
fn the_exit_codes_are_those_of_the_help() {
    let help = stdout_of(&["--help"]);
    let told = help.lines().skip_while(|line| *line != "Exit codes:").skip(1);
    let told: Vec<_> = told.map(|line| line.trim().replacen([',', ':'], "", 1)).collect();
    let table: Vec<_> = table("Code").iter().map(|row| row.join(" ").trim().to_owned()).collect();
    let squeezed = |line: &String| line.split_whitespace().collect::<Vec<_>>().join(" ");
    assert_eq!(table.iter().map(squeezed).collect::<Vec<_>>(), told.iter().map(squeezed).collect::<Vec<_>>());
}

#[test]
fn the_settings_are_those_that_config_shows() {
    let shown = stdout_of(&["config"]);
    let shown: BTreeSet<_> = shown.lines().filter_map(|line| line.split_whitespace().next()).collect();
    let rows = table("Key in config.yaml");
    let mut keys: BTreeSet<_> =
        rows.iter().flat_map(|row| row[0].split(", ")).map(|key| key.trim_matches('`')).collect();
    assert!(keys.remove("aliases"), "aliases are shown only where there are some");
    assert_eq!(keys, shown);
    // A value that no setting takes is refused by the variable's name, if the variable is read at all.
    for variable in rows.iter().flat_map(|row| row[2].split('`')).filter(|word| word.starts_with("BEDROCK_ASK_")) {
        let ran = bedrock_ask(["config"]).env(variable, "a=b=\u{1}").run();
        assert!(ran.stdout_text().contains(variable) || ran.stderr_text().contains(variable), "{variable}: {ran}");
    }
}

#[test]
fn every_option_that_the_readme_names_exists() {
    let commands = [
        "resolve",
        "models",
        "diagnose",
        "check",
        "iam-policy",
        "inference-profile create",
        "catalog refresh",
        "batch run",
        "batch submit",
        "batch status",
    ];
    let helps = commands.map(|command| stdout_of(&command.split(' ').chain(["--help"]).collect::<Vec<_>>()));
    let help = stdout_of(&["--help"]) + &helps.concat();
    let options: BTreeSet<_> = help.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-').collect();
    let ours = README.lines().filter(|line| !line.starts_with("cargo ") && !line.starts_with("$ aws "));
    let words = ours.flat_map(|line| line.split(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-'));
    for option in words.filter(|word| word.starts_with("--") && word.contains(char::is_alphabetic)) {
        assert!(options.contains(option), "{option}");
    }
}

#[test]
fn the_readme_is_short() {
    assert!(README.lines().count() <= LONGEST);
}
