//! Commands for the shell of the system: what a setting gives as one text, and what a hint shows.

use tokio::process::Command;

/// Returns the command of this text.
#[cfg(not(windows))]
pub fn command(text: &str) -> Command {
    let mut shell = Command::new("sh");
    shell.args(["-c", text]);
    shell
}

/// Returns the command of this text. It is quoted as a whole and not escaped: `cmd.exe` does not understand the escapes of
/// other programs.
#[cfg(windows)]
pub fn command(text: &str) -> Command {
    let mut shell = Command::new("cmd.exe");
    shell.arg("/C").raw_arg(format!("\"{text}\""));
    shell
}

/// The words that have a meaning of their own to a POSIX shell, and with which `exec` would fail or do something else.
#[cfg(not(windows))]
const OF_SHELL: &str = " . : [ alias bg break case cd command continue do done echo elif else esac eval exec exit export \
    false fc fg fi for function getopts hash if in jobs kill local printf pwd read readonly return select set shift source \
    test then time times trap true type typeset ulimit umask unalias unset until wait while ";

/// Returns the command so that the program takes the place of the shell if it is a single one: a shell that waits for a
/// program leaves it running when it is ended. Every other command is returned as it is.
#[cfg(not(windows))]
pub fn without_fork(text: &str) -> String {
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || b"_-./".contains(&byte);
    let first = text.split_ascii_whitespace().next().unwrap_or_default();
    let is_program = !first.is_empty() && first.bytes().all(is_name) && !OF_SHELL.contains(&format!(" {first} "));
    let is_single = !text.contains([';', '&', '|', '(', ')', '{', '}', '`', '\n', '\r', '#']);
    if is_program && is_single { format!("exec {text}") } else { text.to_owned() }
}

/// Returns the command as it is.
#[cfg(windows)]
pub fn without_fork(text: &str) -> String {
    text.to_owned()
}

/// Quotes an argument for a shell if it needs it.
pub fn quoted(argument: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}

#[cfg(all(test, not(windows)))]
mod tests {
    use super::*;

    #[test]
    fn a_single_program_takes_the_place_of_the_shell() {
        for text in ["tool", "/opt/my-tool --json 'a b' \"$HOME\"", "  aws configure export-credentials --profile x"] {
            assert_eq!(without_fork(text), format!("exec {text}"));
        }
        for text in [
            "",
            "  ",
            "A=b tool",
            "'my tool'",
            "~/tool",
            "exec tool",
            "echo {}",
            "a; b",
            "a | b",
            "a && b",
            "a\nb",
            "$(tool)",
            "while",
            ". ./env",
            "{ a",
            "!",
        ] {
            assert_eq!(without_fork(text), text);
        }
    }
}
