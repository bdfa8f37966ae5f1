//! Whether a response is styled on a terminal.

use super::exchange::Exchange;
use super::output_file::OutputFile;
use crate::config::value::Format;
use crate::error::Error;
use crate::output::Output;
use crate::signals::Signal;

/// Styles the response if it goes to a terminal while it arrives.
pub fn apply(exchange: &Exchange<'_>, file: Option<&OutputFile>, output: &mut Output) {
    if is_applied(exchange, file.is_some(), output) {
        output.style_response();
    }
}

/// Whether the response is styled while it arrives, so that something of it may be held.
pub fn is_applied(exchange: &Exchange<'_>, has_file: bool, output: &Output) -> bool {
    let is_shown = output.is_terminal() && output.format() == Format::Text;
    is_shown && exchange.context.settings.markdown.value && !has_file && !exchange.form.is_held()
}

/// Prints what is held of the response, and ends the process by the signal; with a file to save, returns the error.
pub fn interrupt(signal: Signal, saves: bool, output: &mut Output) -> Error {
    if !saves {
        output.stop_spinner();
        // If the terminal is closed, nothing can be printed.
        let _ = output.end_line().and_then(|()| output.flush());
        signal.end_process();
    }
    signal.into()
}
