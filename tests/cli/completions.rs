//! `bedrock-ask completions`: a script for each shell, with every command and its options.

use crate::harness::bedrock_ask;

#[test]
fn each_shell_gets_a_script_that_knows_the_commands_and_their_options() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = bedrock_ask(["completions", shell]).run();
        assert_eq!((ran.exit(), ran.stderr_text()), (Some(0), ""), "{shell}");
        for word in ["resolve", "models", "diagnose", "config", "modality", "explain", "max-tokens", "routing"] {
            assert!(ran.stdout_text().contains(word), "{shell} lacks {word}");
        }
    }
}

#[cfg(unix)]
#[test]
fn bash_takes_the_script() {
    let script = bedrock_ask(["completions", "bash"]).run().stdout;
    let mut bash = std::process::Command::new("bash");
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&file, script).unwrap();
    let asked = r#"source "$1"; COMP_WORDS=(bedrock-ask models --mod); COMP_CWORD=2; _bedrock__ask bedrock-ask --mod models; echo "${COMPREPLY[@]}""#;
    let ran = bash.args(["--norc", "-c", asked, "bash"]).arg(file.path()).output().unwrap();
    assert_eq!(String::from_utf8_lossy(&ran.stdout).trim(), "--modality", "{}", String::from_utf8_lossy(&ran.stderr));
}

/// Returns the script for fish, whose lines each name the command and the option that they are about.
fn fish() -> String {
    bedrock_ask(["completions", "fish"]).run().stdout_text().to_owned()
}

/// Returns the values that fish offers for an option of a command, or of none.
fn values(script: &str, command: Option<&str>, option: &str) -> Vec<String> {
    let condition = match command {
        Some(command) => format!("__fish_bedrock_ask_using_subcommand {command}\""),
        None => "__fish_bedrock_ask_needs_command\"".to_owned(),
    };
    let mut lines = script.lines();
    let is_option = |line: &&str| line.contains(&condition) && line.contains(&format!(" -l {option} -d "));
    let Some((_, first)) = lines.find(is_option).and_then(|line| line.split_once(" -a \"")) else { return Vec::new() };
    let others = lines.take_while(|line| !line.starts_with("complete "));
    std::iter::once(first)
        .chain(others)
        .filter_map(|line| line.split_once("\\t"))
        .map(|(value, _)| value.into())
        .collect()
}

#[test]
fn options_complete_the_values_that_their_command_takes_and_no_others() {
    let script = fish();
    for (command, option, expected) in [
        (None, "format", vec!["text", "json"]),
        (Some("resolve"), "format", vec!["text", "json"]),
        (Some("models"), "format", vec!["text", "json", "csv"]),
        (Some("iam-policy"), "format", vec!["text", "json", "terraform", "cloudformation"]),
        (Some("ask"), "routing", vec!["geographic", "in-region", "global"]),
        (Some("check"), "report", vec!["text", "json", "junit", "markdown", "github"]),
        (Some("check"), "profile", vec![]),
    ] {
        assert_eq!(values(&script, command, option), expected, "{command:?} --{option}");
    }
    assert!(values(&script, Some("models"), "provider").contains(&"anthropic".to_owned()));
    for (command, takes_all) in [
        (None, false),
        (Some("ask"), false),
        (Some("diagnose"), false),
        (Some("resolve"), true),
        (Some("models"), true),
        (Some("check"), true),
        (Some("iam-policy"), true),
    ] {
        let regions = values(&script, command, "region");
        assert!(regions.contains(&"eu-central-1".to_owned()), "{command:?}: {regions:?}");
        assert_eq!(regions.contains(&"all".to_owned()), takes_all, "{command:?}");
    }
}

#[test]
fn every_value_that_is_completed_is_taken() {
    let script = fish();
    let mut tried = 0;
    for (line, option) in [("resolve nova-lite", "region"), ("models", "provider"), ("models", "format")] {
        let command = line.split(' ').next();
        for value in values(&script, command, option) {
            let option = format!("--{option}");
            let run =
                bedrock_ask(line.split(' ').chain([option.as_str(), value.as_str()])).env("AWS_REGION", "us-east-1");
            let ran = run.run();
            assert_ne!(ran.exit(), Some(2), "{line} {option} {value}: {ran}");
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
}

#[test]
fn what_is_hidden_is_not_completed() {
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let ran = bedrock_ask(["completions", shell]).run();
        for hidden in ["--built-in", "-l built-in", "Write a manual page"] {
            assert!(!ran.stdout_text().contains(hidden), "{shell}: {hidden}");
        }
    }
}

/// `clap_complete`'s script for zsh looks for the command behind the root's positional arguments, and so finds none; it
/// takes an option behind a command for the root's. Its script for fish offers files for an option that lacks its value.
#[test]
fn the_scripts_have_the_remedies_for_what_the_shells_get_wrong() {
    let zsh = bedrock_ask(["completions", "zsh"]).run();
    assert!(zsh.stdout_text().contains("case $line[1] in") && !zsh.stdout_text().contains("$line[2]"), "{zsh}");
    assert_eq!(zsh.stdout_text().matches(r#"_arguments "${_arguments_options[@]}" -A "-*" : \"#).count(), 1, "{zsh}");
    assert_eq!(fish().matches("-- $cmd[1..-2] 2>/dev/null\n    or return\n").count(), 1);
}

#[test]
fn an_unusable_settings_file_keeps_no_shell_from_its_script() {
    let ran = bedrock_ask(["completions", "fish"]).config("nonsense: [").run();
    assert_eq!(ran.exit(), Some(0));
}

#[test]
fn an_unknown_shell_is_a_usage_error() {
    assert_eq!(bedrock_ask(["completions", "tcsh"]).run().exit(), Some(2));
    assert_eq!(bedrock_ask(["completions"]).run().exit(), Some(2));
}
