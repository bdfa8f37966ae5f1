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

/// Quotes an argument for a shell if it needs it.
pub fn quoted(argument: &str) -> String {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:=,@%+".contains(&byte);
    if !argument.is_empty() && argument.bytes().all(is_plain) {
        return argument.to_owned();
    }
    format!("'{}'", argument.replace('\'', "'\\''"))
}
