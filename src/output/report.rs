//! What is said about a run on stderr: notes, warnings and errors, with their labels and colours.

use std::borrow::Cow;
use std::io::Write;

use super::text::{one_line, wrapped};
use super::{Output, PLAIN, for_stream};
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use bedrock_ask::message::{Message, Part};
use bedrock_ask::model::resolution::{Notice, Severity};

const RED: &str = "\u{1b}[1;31m";
const YELLOW: &str = "\u{1b}[1;33m";
const CYAN: &str = "\u{1b}[1;36m";

impl Output {
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

    /// Prints an error to stderr: what failed, why, and how to fix it.
    pub fn error(&mut self, error: &Error) {
        if error.exit == ExitCode::Success {
            return;
        }
        self.stop_spinner();
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
        let is_missing = !self.has_written() || self.is_amid_events;
        if self.format == Format::Json && is_missing && error.exit != ExitCode::Success {
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

    /// Prints a line of a report, wrapped to the width of the terminal unless it is a command to paste.
    fn message(&mut self, color: &str, label: &str, text: &str) {
        if self.silent {
            return;
        }
        self.end_reasoning();
        let line = one_line(text);
        let shown = for_stream(&line, self.stderr_is_terminal);
        let size = terminal_size::terminal_size_of(&self.stderr).filter(|_| self.stderr_is_terminal);
        let shown = match size.filter(|_| !is_command(&shown)) {
            Some((width, _)) => wrapped(&shown, label.len() + 2, width.0.into()),
            None => Cow::Borrowed(&*shown),
        };
        let line = if self.color.is_on(self.stderr_is_terminal) {
            format!("{color}{label}:{PLAIN} {shown}\n")
        } else {
            format!("{label}: {shown}\n")
        };
        let _line = self.spinner.erased();
        // A closed stderr is no reason to fail.
        let _ = self.stderr.write_all(line.as_bytes());
    }
}

/// Whether a text is a command or the arguments of one, to be pasted as it is.
fn is_command(text: &str) -> bool {
    ["bedrock-ask ", "aws ", "-"].iter().any(|start| text.starts_with(start))
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
