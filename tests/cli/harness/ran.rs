//! The result of a run: stdout, stderr, exit status, and the block that a snapshot holds.

use std::fmt::{self, Write};
#[cfg(unix)]
use std::os::unix::process::ExitStatusExt;
#[cfg(windows)]
use std::os::windows::process::ExitStatusExt;
use std::process::ExitStatus;

use super::Home;

/// A run that has ended. `{}` prints the block of a snapshot.
pub struct Ran {
    pub stdout: Vec<u8>,
    pub stderr: Vec<u8>,
    pub status: ExitStatus,
    pub home: Home,
}

impl Ran {
    /// Returns stdout as text.
    pub fn stdout_text(&self) -> &str {
        std::str::from_utf8(&self.stdout).expect("stdout is UTF-8")
    }

    /// Returns stderr as text.
    pub fn stderr_text(&self) -> &str {
        std::str::from_utf8(&self.stderr).expect("stderr is UTF-8")
    }

    /// Returns the exit code; `None` if a signal ended the run.
    pub fn exit(&self) -> Option<i32> {
        self.status.code()
    }

    /// Returns stdout, stderr and exit status in one block, the same on every machine.
    pub fn snapshot(&self) -> String {
        let mut block = String::from("----- stdout -----\n");
        block.push_str(&make_visible(&self.home.redact(&String::from_utf8_lossy(&self.stdout))));
        block.push_str("----- stderr -----\n");
        block.push_str(&make_visible(&self.home.redact(&String::from_utf8_lossy(&self.stderr))));
        #[cfg(unix)]
        if let Some(signal) = self.status.signal() {
            let _ = write!(block, "----- signal {signal} -----");
            return block;
        }
        let _ = write!(block, "----- exit {} -----", self.status.code().unwrap_or_default());
        block
    }
}

impl fmt::Display for Ran {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.snapshot())
    }
}

/// What Windows says of a failed call, by its number, which is the same in every language; and what Unix says.
const SYSTEM_ERRORS: [(u32, &str); 4] = [
    (2, "No such file or directory (os error 2)"),
    (3, "No such file or directory (os error 2)"),
    (10054, "Connection reset by peer (os error 104)"),
    (10061, "Connection refused (os error 111)"),
];

/// Replaces what Windows says of a failed call by what Unix says, so that one snapshot holds for both.
pub fn with_unix_errors(stderr: Vec<u8>) -> Vec<u8> {
    let replaced = |line: &str| {
        for (number, unix) in SYSTEM_ERRORS {
            if let Some((before, after)) = line.split_once(&format!(" (os error {number})")) {
                let start = before.rfind(": ").map_or(0, |at| at + 2);
                return format!("{}{unix}{after}", &before[..start]);
            }
        }
        line.to_owned()
    };
    match String::from_utf8(stderr) {
        Ok(text) if cfg!(windows) => text.split_inclusive('\n').map(replaced).collect::<String>().into_bytes(),
        Ok(text) => text.into_bytes(),
        Err(error) => error.into_bytes(),
    }
}

/// Makes what varies or is invisible in a stream's text visible, and ends it with a newline.
fn make_visible(text: &str) -> String {
    let mut shown = String::new();
    for character in without_ports(text).chars() {
        match character {
            '\n' | '\t' => shown.push(character),
            _ if character.is_control() => shown.extend(character.escape_default()),
            _ => shown.push(character),
        }
    }
    if !shown.is_empty() && !shown.ends_with('\n') {
        shown.push_str("[no newline]\n");
    }
    shown
}

fn without_ports(text: &str) -> String {
    let mut rest = text;
    let mut shown = String::new();
    while let Some((host, at)) =
        ["127.0.0.1:", "localhost:"].into_iter().filter_map(|host| Some((host, rest.find(host)?))).min_by_key(|x| x.1)
    {
        let (before, after) = rest.split_at(at + host.len());
        shown.push_str(before);
        rest = after.trim_start_matches(|character: char| character.is_ascii_digit());
        if rest.len() < after.len() {
            shown.push_str("[PORT]");
        }
    }
    shown + rest
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ports_of_loopback_are_replaced_and_other_numbers_stay() {
        let text = "http://127.0.0.1:4566/x localhost:80, 127.0.0.1: none, 10.0.0.1:443";
        assert_eq!(without_ports(text), "http://127.0.0.1:[PORT]/x localhost:[PORT], 127.0.0.1: none, 10.0.0.1:443");
    }

    #[test]
    fn control_characters_and_a_missing_newline_are_made_visible() {
        assert_eq!(make_visible("a\u{1b}[31m\tb\r\nc"), "a\\u{1b}[31m\tb\\r\nc[no newline]\n");
        assert_eq!(make_visible(""), "");
    }

    #[test]
    fn the_block_names_streams_exit_and_signal() {
        let home = Home::new();
        let path = format!("wrote {}/.cache/x\n", home.root().display());
        let status = ExitStatus::from_raw(if cfg!(unix) { 3 << 8 } else { 3 });
        let ran = Ran { stdout: b"answer\n".into(), stderr: path.into(), status, home: home.clone() };
        insta::assert_snapshot!(ran, @r"
        ----- stdout -----
        answer
        ----- stderr -----
        wrote [HOME]/.cache/x
        ----- exit 3 -----
        ");
        #[cfg(unix)]
        {
            let ran = Ran { stdout: Vec::new(), stderr: Vec::new(), status: ExitStatus::from_raw(2), home };
            insta::assert_snapshot!(ran, @r"
            ----- stdout -----
            ----- stderr -----
            ----- signal 2 -----
            ");
        }
    }
}
