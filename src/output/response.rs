//! The parts of a response on stdout as they arrive: its text, styled on a terminal, or its events.

use std::io::{self, Write};

use super::markdown::Markdown;
use super::text::visible;
use super::{Output, unwritable};
use crate::config::value::Format;
use crate::error::Error;

/// The most bytes of a response that are styled at once.
const LONGEST_PART: usize = 1024;

impl Output {
    /// Styles the response as Markdown and wraps it, if stdout is a terminal.
    pub fn style_response(&mut self) {
        let is_shown = self.stdout_is_terminal && self.format == Format::Text;
        self.markdown = is_shown.then(|| Markdown::new(self.color.is_on(true)));
    }

    /// Writes a part of a response and flushes it. What may still be styled is written with a later part, or before
    /// anything else.
    pub fn delta(&mut self, text: &str) -> io::Result<()> {
        let Some(mut markdown) = self.markdown.take() else {
            self.write(text)?;
            return self.stdout.flush();
        };
        self.stop_spinner();
        self.end_reasoning();
        self.follows_text = true;
        self.last = text.as_bytes().last().copied().or(self.last);
        let mut rest = &*visible(text);
        while !rest.is_empty() {
            // Each write leaves no style set, and a signal rarely ends the process amid a short one.
            let (part, others) = rest.split_at(rest.ceil_char_boundary(LONGEST_PART));
            let styled = markdown.push(part, self.width().map(usize::from));
            self.stdout.write_all(styled.as_bytes())?;
            self.stdout.flush()?;
            rest = others;
        }
        self.markdown = Some(markdown);
        Ok(())
    }

    /// Ends the response: writes what is held of it, and the newline that its last line may lack.
    pub fn end_line(&mut self) -> Result<(), Error> {
        self.end_reasoning();
        self.write_held().map_err(|error| unwritable(&error))?;
        if self.last.is_some_and(|byte| byte != b'\n') { self.text("\n") } else { Ok(()) }
    }

    /// Writes an event, which is a JSON object on one line, and flushes it. The result or the error of the run is the
    /// last object.
    pub fn event(&mut self, line: &str) -> io::Result<()> {
        self.is_amid_events = true;
        self.write(line)?;
        self.delta("\n")
    }

    /// Whether an event was written, and not yet the result or the error.
    pub fn is_amid_events(&self) -> bool {
        self.is_amid_events
    }

    /// Writes what is held of a response until its style is known.
    pub(super) fn write_held(&mut self) -> io::Result<()> {
        match self.markdown.take() {
            Some(mut markdown) => self.stdout.write_all(markdown.finish().as_bytes()),
            None => Ok(()),
        }
    }
}
