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
