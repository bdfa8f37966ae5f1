//! Where a response goes while it arrives: its text to a file or stdout, its events to stdout.

use std::io::ErrorKind;

use super::fields;
use super::output_file::OutputFile;
use crate::aws::{Arrival, ConverseError, RawEvent};
use crate::output::{self, Output};

/// Where a response goes while it arrives.
#[expect(clippy::struct_excessive_bools, reason = "each is a stream of its own")]
pub struct Destination<'a> {
    /// The file that gets the text in place of stdout.
    pub file: Option<&'a mut OutputFile>,
    pub output: &'a mut Output,
    /// Whether the text is kept back until the response is complete.
    pub holds_text: bool,
    /// Whether stdout gets the text if there is no file.
    pub prints_text: bool,
    /// Whether stdout gets the events.
    pub prints_events: bool,
    /// Whether stderr gets the reasoning.
    pub shows_thinking: bool,
}

impl Destination<'_> {
    /// Writes what has arrived, as far as it is wanted.
    ///
    /// # Errors
    /// If it cannot be written, or an event is not JSON.
    pub fn take(&mut self, arrival: Arrival<'_>) -> Result<(), ConverseError> {
        match arrival {
            Arrival::Text(text) => self.text(text),
            Arrival::Event(event) if self.prints_events => self.event(event),
            Arrival::Event(_) => Ok(()),
            reasoning => {
                if self.shows_thinking {
                    fields::show(&reasoning, self.output);
                }
                Ok(())
            }
        }
    }

    /// Writes text.
    pub fn text(&mut self, text: &str) -> Result<(), ConverseError> {
        self.output.end_reasoning();
        match &mut self.file {
            _ if self.holds_text => Ok(()),
            Some(file) => {
                if file.is_direct() {
                    self.output.stop_spinner();
                }
                file.write(text).map_err(|error| ConverseError::Write(Box::new(file.unwritable(&error))))
            }
            None if self.prints_text => {
                self.output.delta(text).map_err(|error| ConverseError::Write(Box::new(output::unwritable(&error))))
            }
            None => Ok(()),
        }
    }

    fn event(&mut self, event: &RawEvent) -> Result<(), ConverseError> {
        match self.output.event(&event.to_line()?) {
            // The file gets the rest of the response all the same.
            Err(error) if error.kind() == ErrorKind::BrokenPipe && self.file.is_some() => {
                self.prints_events = false;
                Ok(())
            }
            written => written.map_err(|error| ConverseError::Write(Box::new(output::unwritable(&error)))),
        }
    }
}
