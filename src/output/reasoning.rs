//! The reasoning of a model on stderr: dim, and on lines of its own where stdout is on a terminal too.

use std::io::Write;

use super::{Output, PLAIN, for_stream};

const DIM: &str = "\u{1b}[2m";

impl Output {
    /// Prints a part of the model's reasoning to stderr, dim. On a terminal it begins on a line of its own.
    pub fn reasoning(&mut self, text: &str) {
        self.stop_spinner();
        let is_cut = std::mem::take(&mut self.follows_text) && self.last.is_some_and(|byte| byte != b'\n');
        let shares_line = is_cut && self.stdout_is_terminal && self.stderr_is_terminal;
        let shown = for_stream(text, self.stderr_is_terminal);
        let (dim, plain) = if self.color.is_on(self.stderr_is_terminal) { (DIM, PLAIN) } else { ("", "") };
        let line_break = if shares_line { "\n" } else { "" };
        // A closed stderr is no reason to fail.
        let _ = write!(self.stderr, "{line_break}{dim}{shown}{plain}");
        self.reasons = !text.ends_with('\n');
    }

    /// Ends the line of the reasoning that was printed last, if it has not ended.
    pub fn end_reasoning(&mut self) {
        if std::mem::take(&mut self.reasons) {
            let _ = writeln!(self.stderr);
        }
    }
}
