//! The only writer to stdout and stderr: responses, JSON, notes, errors and progress.

mod markdown;
mod progress;
mod reasoning;
mod report;
mod response;
mod spinner;
mod text;

use std::borrow::Cow;
#[cfg(unix)]
use std::fs::{self, File, Metadata};
use std::io::{self, BufWriter, ErrorKind, IsTerminal, Write};
use std::path::Path;
use std::process::Stdio;
use std::sync::Arc;

use clap::builder::StyledStr;
use serde::Serialize;

use crate::config::value::{Color, Format, FormatFlag};
use crate::error::{Error, ExitCode};
use markdown::Markdown;
pub use progress::Progress;
pub use report::report_text;
use spinner::Spinner;
pub use text::{one_line, visible, wrapped_hanging};

const PLAIN: &str = "\u{1b}[0m";

/// Writes one line of `--debug` output, from any task.
pub type DebugSink = Arc<dyn Fn(&str) + Send + Sync>;

/// The streams of the process, and how to write to them.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the streams")]
pub struct Output {
    stdout: BufWriter<io::Stdout>,
    stderr: io::Stderr,
    stdout_is_terminal: bool,
    stderr_is_terminal: bool,
    color: Color,
    quiet: bool,
    debug: bool,
    silent: bool,
    format: Format,
    /// The last byte written to stdout.
    last: Option<u8>,
    /// Whether the last line of JSON is an event, after which the result or the error follows.
    is_amid_events: bool,
    /// Whether the line of stderr that holds reasoning has not ended.
    reasons: bool,
    /// Whether stdout was written to after the last reasoning.
    follows_text: bool,
    /// Whether something may move on stderr.
    animates: bool,
    /// Whether a signal ends the process while something is awaited, because nothing else listens to signals.
    ends_on_signal: bool,
    spinner: Spinner,
    /// The styling of the response that is being printed.
    markdown: Option<Markdown>,
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
            color: Color::Auto,
            quiet: false,
            debug: false,
            silent: false,
            format: Format::Text,
            last: None,
            is_amid_events: false,
            reasons: false,
            follows_text: false,
            animates: false,
            ends_on_signal: true,
            spinner: Spinner::default(),
            markdown: None,
        }
    }

    /// Applies the settings. `animates` is whether something may move on a terminal.
    pub fn configure(&mut self, color: Color, format: Format, animates: bool) {
        (self.color, self.format) = (color, format);
        self.animates = animates && self.stderr_is_terminal;
    }

    /// Applies what decides about colour before the settings are read.
    pub fn configure_color(&mut self, color: Color) {
        self.color = color;
    }

    /// Applies the flags before the settings are read: whether notes are left out, whether `--debug` lines
    /// are printed, and the format in which an error in the settings is reported.
    pub fn configure_flags(&mut self, quiet: bool, debug: bool, format: Option<FormatFlag>) {
        (self.quiet, self.debug) = (quiet, debug);
        self.format = format.and_then(FormatFlag::everywhere).unwrap_or(self.format);
    }

    /// Prints no notes, warnings and errors from here on: a shell that completes a word shows them amid the command line.
    pub fn silence(&mut self) {
        self.silent = true;
    }

    /// Prints text from here on, whatever the settings say: the command has no other format.
    pub fn print_text(&mut self) {
        self.format = Format::Text;
    }

    pub fn format(&self) -> Format {
        self.format
    }

    pub fn is_terminal(&self) -> bool {
        self.stdout_is_terminal
    }

    /// Whether stdout is this file, so that what is written to both would be mixed or lost.
    #[cfg(unix)]
    pub fn is_stdout(&self, path: &Path) -> bool {
        use std::os::fd::AsFd;
        use std::os::unix::fs::MetadataExt;

        let id = |metadata: io::Result<Metadata>| metadata.ok().map(|metadata| (metadata.dev(), metadata.ino()));
        let stdout = self.stdout.get_ref().as_fd().try_clone_to_owned().map(File::from);
        let stdout = id(stdout.and_then(|stdout| stdout.metadata()));
        stdout.is_some() && stdout == id(fs::metadata(path))
    }

    /// Whether stdout is this file, which cannot be found out here.
    #[cfg(not(unix))]
    #[expect(clippy::unused_self, reason = "elsewhere it is used")]
    pub fn is_stdout(&self, _path: &Path) -> bool {
        false
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

    /// Whether anything was written to stdout.
    pub fn has_written(&self) -> bool {
        self.last.is_some()
    }

    fn write(&mut self, text: &str) -> io::Result<()> {
        self.stop_spinner();
        // The events of a response arrive amid its reasoning.
        if self.stdout_is_terminal {
            self.end_reasoning();
        }
        self.follows_text = true;
        self.write_held()?;
        let printed = for_stream(text, self.stdout_is_terminal);
        self.last = printed.as_bytes().last().copied().or(self.last);
        self.stdout.write_all(printed.as_bytes())
    }

    pub fn line(&mut self, line: &str) -> Result<(), Error> {
        self.text(line)?;
        self.text("\n")
    }

    /// Writes one JSON object as a line.
    pub fn json(&mut self, object: &impl Serialize) -> Result<(), Error> {
        let line = serde_json::to_string(object).map_err(|error| Error::new(ExitCode::Failure, error.to_string()))?;
        self.is_amid_events = false;
        self.line(&line)
    }

    pub fn flush(&mut self) -> Result<(), Error> {
        self.stdout.flush().map_err(|error| unwritable(&error))
    }

    /// Prints a line to stderr that a flag asked for, such as `--usage` or `--explain`.
    pub fn aside(&mut self, text: &str) {
        self.end_reasoning();
        let _line = self.spinner.erased();
        let printed = for_stream(text, self.stderr_is_terminal);
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
        let spinner = self.spinner.clone();
        #[expect(clippy::disallowed_methods, reason = "this is where stderr is written")]
        let write = move |question: &str| {
            spinner.stop();
            // A closed stderr is no reason to fail.
            let _ = write!(io::stderr(), "{}", visible(&one_line(question)));
        };
        self.stderr_is_terminal.then(|| Arc::new(write) as DebugSink)
    }

    /// Draws a progress bar on stderr until it is dropped; draws nothing if stderr is no terminal, and under `--quiet` or
    /// `--debug`.
    pub fn progress(&mut self, label: &'static str, steps: usize) -> Progress<'_> {
        let stderr = (self.stderr_is_terminal && !self.quiet && !self.debug).then_some(&mut self.stderr);
        Progress::new(stderr, label, steps)
    }

    /// Whether the progress of a command is shown.
    pub fn shows_progress(&self) -> bool {
        !self.quiet
    }

    /// Whether progress is shown in one line that changes. It can be in a terminal, but not amid `--debug` lines.
    pub fn shows_bar(&self) -> bool {
        self.animates && !self.quiet && !self.debug
    }

    /// Draws a line in place of the one before. It is erased before anything else is written to stderr.
    pub fn draw_bar(&mut self, text: &str) {
        if self.shows_bar() {
            self.spinner.draw_text(text);
        }
    }

    /// Erases what [`Self::draw_bar`] has drawn.
    pub fn erase_bar(&mut self) {
        drop(self.spinner.erased());
    }

    /// Shows on stderr what is awaited and for how long, until something is written to stdout or [`Self::stop_spinner`] is
    /// called; shows nothing if stderr is no terminal, and under `--quiet` or `--debug`.
    pub fn start_spinner(&mut self, what: String) {
        if self.animates && !self.quiet && !self.debug {
            self.spinner.start(what, self.ends_on_signal);
        }
    }

    /// Leaves signals to the caller from here on, which listens to them.
    pub fn leave_signals_to_caller(&mut self) {
        self.ends_on_signal = false;
    }

    /// Changes what [`Self::start_spinner`] shows.
    pub fn rename_spinner(&mut self, what: String) {
        self.spinner.rename(what);
    }

    /// Erases what [`Self::start_spinner`] shows.
    pub fn stop_spinner(&mut self) {
        if self.animates {
            self.spinner.stop();
        }
    }

    /// Returns stderr as a stream of another program, which writes to nothing else.
    #[expect(clippy::disallowed_methods, clippy::unused_self, reason = "this is where stderr is written")]
    pub fn stderr_of_child(&self) -> Stdio {
        io::stderr().into()
    }

    /// Returns the writer of `--debug` lines, or `None` without the flag.
    pub fn debug_sink(&self) -> Option<DebugSink> {
        let is_terminal = self.stderr_is_terminal;
        #[expect(clippy::disallowed_methods, reason = "this is where stderr is written")]
        let write = move |line: &str| {
            let printed = for_stream(line, is_terminal);
            // A closed stderr is no reason to fail.
            let _ = writeln!(io::stderr(), "debug: {printed}");
        };
        self.debug.then(|| Arc::new(write) as DebugSink)
    }

    /// Prints the help or the version.
    pub fn help(&mut self, help: &StyledStr) -> ExitCode {
        let has_color = self.color.is_on(self.stdout_is_terminal);
        let printed = if has_color { help.ansi().to_string() } else { help.to_string() };
        let _ = self.stdout.write_all(printed.as_bytes());
        ExitCode::Success
    }
}

/// Returns a text as a stream gets it: on a terminal, its control characters are visible.
fn for_stream(text: &str, is_terminal: bool) -> Cow<'_, str> {
    if is_terminal { visible(text) } else { Cow::Borrowed(text) }
}

/// Ends the line that is edited on the terminal, and the mode in which the terminal marks what is pasted. Nothing else may
/// write to stdout meanwhile.
#[expect(clippy::disallowed_methods, reason = "this is where stdout is written")]
pub fn end_editing() {
    let mut stdout = io::stdout();
    // If the terminal is closed, there is nothing to end.
    let _ = stdout.write_all(b"\x1b[?2004l\n").and_then(|()| stdout.flush());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_success_and_a_full_disk_is_not() {
        assert_eq!(unwritable(&ErrorKind::BrokenPipe.into()).exit, ExitCode::Success);
        assert_eq!(unwritable(&ErrorKind::StorageFull.into()).exit, ExitCode::Failure);
    }
}
