//! The only writer to stdout and stderr: responses, JSON, notes, errors and progress.

use std::borrow::Cow;
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::sync::Arc;

use clap::builder::StyledStr;
use serde::Serialize;

use crate::config::value::{Color, Format, FormatFlag};
use crate::error::{Error, ExitCode};
use bedrock_ask::message::{Message, Part};
use bedrock_ask::model::resolution::{Notice, Severity};

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const CYAN: &str = "\u{1b}[1;36m";
const PLAIN: &str = "\u{1b}[0m";

/// The width of a progress bar in characters.
const PROGRESS_WIDTH: usize = 30;

/// Writes one line of `--debug` output, from any task.
pub type DebugSink = Arc<dyn Fn(&str) + Send + Sync>;

/// The streams of the process, and how to write to them.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the streams")]
pub struct Output {
    stdout: BufWriter<io::Stdout>,
    stderr: io::Stderr,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    color: bool,
    quiet: bool,
    debug: bool,
    format: Format,
    /// The last byte written to stdout.
    last: Option<u8>,
}

impl Output {
    /// Creates the output of the process, with defaults until it is configured.
    #[expect(clippy::disallowed_methods, reason = "this is where they are written")]
    pub fn from_process() -> Self {
        let (stdout, stderr) = (io::stdout(), io::stderr());
        let (stdout_is_terminal, stderr_is_terminal) = (stdout.is_terminal(), stderr.is_terminal());
        Self {
            stdout: BufWriter::with_capacity(64 * 1024, stdout),
            stderr,
            stdout_is_terminal,
            stderr_is_terminal,
            color: false,
            quiet: false,
            debug: false,
            format: Format::Text,
            last: None,
        }
    }

    /// Applies the settings. `refuses_color` is whether the environment turns automatic colour off.
    pub fn configure(&mut self, color: Color, format: Format, refuses_color: bool) {
        self.color = match color {
            Color::Always => true,
            Color::Never => false,
            Color::Auto => self.stderr_is_terminal && !refuses_color,
        };
        self.format = format;
    }

    /// Applies the flags before the settings are read: whether notes are left out, whether `--debug` lines
    /// are printed, and the format in which an error in the settings is reported.
    pub fn configure_flags(&mut self, quiet: bool, debug: bool, format: Option<FormatFlag>) {
        (self.quiet, self.debug) = (quiet, debug);
        self.format = format.and_then(FormatFlag::everywhere).unwrap_or(self.format);
    }

    /// Returns the format of stdout.
    pub fn format(&self) -> Format {
        self.format
    }

    /// Whether stdout is a terminal.
    pub fn is_terminal(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Returns the width of the terminal in columns, or `None` if stdout is not a terminal.
    pub fn width(&self) -> Option<u16> {
        let size = terminal_size::terminal_size_of(self.stdout.get_ref()).filter(|_| self.stdout_is_terminal);
        size.map(|(width, _)| width.0)
    }

    /// Whether a question on stderr would be seen.
    pub fn shows_questions(&self) -> bool {
        self.stderr_is_terminal
    }

    /// Whether a note would be printed on a terminal.
    pub fn shows_notes(&self) -> bool {
        self.stderr_is_terminal && !self.quiet
    }

    /// Writes text to stdout; on a terminal, control characters become visible.
    pub fn text(&mut self, text: &str) -> Result<(), Error> {
        self.write(text).map_err(|error| unwritable(&error))
    }

    /// Writes a part of a response and flushes it.
    pub fn delta(&mut self, text: &str) -> io::Result<()> {
        self.write(text)?;
        self.stdout.flush()
    }

    /// Ends the last line of stdout if it lacks its newline.
    pub fn end_line(&mut self) -> Result<(), Error> {
        if self.last.is_some_and(|byte| byte != b'\n') { self.text("\n") } else { Ok(()) }
    }

    /// Whether anything was written to stdout.
    pub fn has_written(&self) -> bool {
        self.last.is_some()
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        let printed = if self.stdout_is_terminal { visible(text) } else { Cow::Borrowed(text) };
        self.last = printed.as_bytes().last().copied().or(self.last);
        self.stdout.write_all(printed.as_bytes())
    }

    /// Writes one line to stdout.
    pub fn line(&mut self, line: &str) -> Result<(), Error> {
        self.text(line)?;
        self.text("\n")
    }

    /// Writes one JSON object as a line.
    pub fn json(&mut self, object: &impl Serialize) -> Result<(), Error> {
        let line = serde_json::to_string(object).map_err(|error| Error::new(ExitCode::Failure, error.to_string()))?;
        self.line(&line)
    }

    /// Flushes stdout.
    pub fn flush(&mut self) -> Result<(), Error> {
        self.stdout.flush().map_err(|error| unwritable(&error))
    }

    /// Prints a note to stderr, unless `--quiet`.
    pub fn note(&mut self, text: &str) {
        if !self.quiet {
            self.message(CYAN, "note", text);
        }
    }

    /// Prints a warning to stderr, whatever `--quiet` says.
    pub fn warning(&mut self, text: &str) {
        self.message(YELLOW, "warning", text);
    }

    /// Prints the notices of a resolution.
    pub fn notices(&mut self, notices: &[Notice]) {
        for notice in notices {
            match notice.severity {
                Severity::Warning => self.warning(&notice.text),
                _ => self.note(&notice.text),
            }
        }
    }

    /// Prints a line to stderr that a flag asked for, such as `--usage` or `--explain`.
    pub fn aside(&mut self, text: &str) {
        let printed = self.for_stderr(text);
        // A closed stderr is no reason to fail.
        let _ = writeln!(self.stderr, "{printed}");
    }

    /// Prints a line to stderr if `--debug` is given.
    pub fn debug(&self, line: &str) {
        if let Some(write) = self.debug_sink() {
            write(line);
        }
    }

    /// Returns the writer of questions to the user, or `None` if stderr is no terminal.
    pub fn question_sink(&self) -> Option<DebugSink> {
        #[expect(clippy::disallowed_methods, reason = "this is where stderr is written")]
        let write = |question: &str| {
            // A closed stderr is no reason to fail.
            let _ = write!(io::stderr(), "{}", visible(&one_line(question)));
        };
        self.stderr_is_terminal.then(|| Arc::new(write) as DebugSink)
    }

    /// Draws a progress bar on stderr until it is dropped; draws nothing if stderr is no terminal, and under `--quiet` or
    /// `--debug`.
    pub fn progress(&mut self, label: &'static str, steps: usize) -> Progress<'_> {
        let stderr = (self.stderr_is_terminal && !self.quiet && !self.debug).then_some(&mut self.stderr);
        let mut progress = Progress { stderr, label, steps, done: 0 };
        progress.draw();
        progress
    }

    /// Returns the writer of `--debug` lines, or `None` without the flag.
    pub fn debug_sink(&self) -> Option<DebugSink> {
        let is_terminal = self.stderr_is_terminal;
        #[expect(clippy::disallowed_methods, reason = "this is where stderr is written")]
        let write = move |line: &str| {
            let printed = if is_terminal { visible(line) } else { Cow::Borrowed(line) };
            // A closed stderr is no reason to fail.
            let _ = writeln!(io::stderr(), "debug: {printed}");
        };
        self.debug.then(|| Arc::new(write) as DebugSink)
    }

    /// Prints an error to stderr: what failed, why, and how to fix it.
    pub fn error(&mut self, error: &Error) {
        if error.exit == ExitCode::Success {
            return;
        }
        // A partial response is written first, on lines of its own.
        let _ = self.end_line();
        let _ = self.stdout.flush();
        let mut before = Part::Summary;
        for (part, text) in error.message.parts() {
            if part != before && part == Part::Hint {
                let _ = writeln!(self.stderr);
            }
            let color = if part == Part::Hint { CYAN } else { RED };
            self.message(color, aligned(part), text);
            before = part;
        }
    }

    /// Reports the error that ends the run, and returns its exit code. A program that reads JSON finds an object with the
    /// error on stdout, unless the command has already written its own.
    pub fn report(&mut self, error: &Error) -> ExitCode {
        if self.format == Format::Json && !self.has_written() && error.exit != ExitCode::Success {
            // If stdout is closed, stderr still has the error.
            let _ = self.json(&serde_json::json!({"error": error.to_json()}));
        }
        self.error(error);
        error.exit
    }

    /// Reports an error of the command-line parser like any other, with the usage of the command after it.
    pub fn report_usage(&mut self, error: &Error, usage: Option<&str>) -> ExitCode {
        let exit = self.report(error);
        if let Some(usage) = usage {
            let _ = writeln!(self.stderr, "\n{usage}");
        }
        exit
    }

    /// Prints the help or the version.
    pub fn help(&mut self, help: &StyledStr) -> ExitCode {
        let printed = if self.stdout_is_terminal { help.ansi().to_string() } else { help.to_string() };
        let _ = self.stdout.write_all(printed.as_bytes());
        ExitCode::Success
    }

    fn message(&mut self, color: &str, word: &str, text: &str) {
        let line = one_line(text);
        let shown = self.for_stderr(&line);
        let line = if self.color { format!("{color}{word}:{PLAIN} {shown}\n") } else { format!("{word}: {shown}\n") };
        // A closed stderr is no reason to fail.
        let _ = self.stderr.write_all(line.as_bytes());
    }

    fn for_stderr<'t>(&self, text: &'t str) -> Cow<'t, str> {
        if self.stderr_is_terminal { visible(text) } else { Cow::Borrowed(text) }
    }
}

/// A progress bar. It is erased when it is dropped.
pub struct Progress<'a> {
    stderr: Option<&'a mut io::Stderr>,
    label: &'static str,
    steps: usize,
    done: usize,
}

impl Progress<'_> {
    /// Advances by one step.
    pub fn step(&mut self) {
        self.done += 1;
        self.draw();
    }

    fn draw(&mut self) {
        let Self { stderr: Some(stderr), label, steps, done } = self else { return };
        let filled = "#".repeat(*done * PROGRESS_WIDTH / (*steps).max(1));
        // A closed stderr is no reason to fail.
        let _ = write!(stderr, "\r\u{1b}[K{label} [{filled:<PROGRESS_WIDTH$}] {done} of {steps}");
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(stderr) = &mut self.stderr {
            let _ = write!(stderr, "\r\u{1b}[K");
        }
    }
}

/// Returns the label of a part, of the same width for all parts.
const fn aligned(part: Part) -> &'static str {
    match part {
        Part::Summary | Part::Cause => part.label(),
        Part::Aws => "  aws",
        Part::Hint => " hint",
    }
}

/// Returns the report of an error as it is printed to stderr, without colour.
pub fn report_text(message: &Message) -> String {
    let mut before = Part::Summary;
    let mut text = String::new();
    for (part, words) in message.parts() {
        let gap = if part != before && part == Part::Hint { "\n" } else { "" };
        text.extend([gap, aligned(part), ": ", &one_line(words), "\n"]);
        before = part;
    }
    text
}

/// Returns the error for a failed write. A closed pipe is a success: the reader has enough.
pub fn unwritable(error: &io::Error) -> Error {
    if error.kind() == ErrorKind::BrokenPipe {
        return Error::new(ExitCode::Success, "the reader closed the pipe");
    }
    Error::new(ExitCode::Failure, "cannot write to stdout").cause(error.to_string())
}

/// Returns the error for a file that cannot be written: a failure if the disk or the device fails, and a usage error if
/// it is the path.
pub fn unwritable_file(path: &Path, error: &io::Error) -> Error {
    const EIO: i32 = 5;
    let is_of_device = matches!(
        error.kind(),
        ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
            | ErrorKind::BrokenPipe
            | ErrorKind::WriteZero
    ) || (cfg!(unix) && error.raw_os_error() == Some(EIO));
    let exit = if is_of_device { ExitCode::Failure } else { ExitCode::Usage };
    Error::new(exit, format!("cannot write `{}`", path.display())).cause(error.to_string())
}

/// Returns a text on one line, without what a CI system takes for a command anywhere in a line: no text from elsewhere
/// can begin a line that looks like one of this program's, or is a command to GitHub Actions or Azure Pipelines.
pub fn one_line(text: &str) -> Cow<'_, str> {
    const BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    let is_command = |text: &str| text.contains("##[") || text.contains("##vso[");
    if !text.contains(BREAKS) && !is_command(text) {
        return Cow::Borrowed(text);
    }
    let parts: Vec<_> = text.split(BREAKS).map(str::trim).filter(|part| !part.is_empty()).collect();
    Cow::Owned(parts.join(" ").replace("##[", "# #[").replace("##vso[", "# #vso["))
}

/// Makes each control character visible: C0 but tab and newline, DEL, C1, and the overrides of writing direction.
/// It looks at one character at a time, so that no split of a stream can hide one.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|letter| visible_char(letter) == letter) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible_char).collect())
}

fn visible_char(letter: char) -> char {
    match letter {
        '\t' | '\n' => letter,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + letter as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible_and_nothing_else_changes() {
        assert_eq!(visible("\u{1b}[31mred\u{7}\r\n\tend"), "␛[31mred␇␍\n\tend");
        assert_eq!(visible("a\u{9b}b\u{202e}c\u{7f}"), "a\u{fffd}b\u{fffd}c␡");
        assert!(matches!(visible("grüße, 世界 👋\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_text_of_several_lines_becomes_one_that_is_no_command() {
        assert_eq!(one_line("a\n\nhint: b\r\n::error::c\u{2028}d"), "a hint: b ::error::c d");
        assert_eq!(one_line("x ##[error]y ##vso[task]z"), "x # #[error]y # #vso[task]z");
        assert!(matches!(one_line("a  b\t#c"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
        assert_eq!(unwritable(&ErrorKind::BrokenPipe.into()).exit, ExitCode::Success);
        assert_eq!(unwritable(&ErrorKind::StorageFull.into()).exit, ExitCode::Failure);
    }
}
