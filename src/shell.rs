//! Commands that a setting gives as one text, run by the shell of the system.

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
