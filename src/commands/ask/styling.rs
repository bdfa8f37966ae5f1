//! Whether a response is styled on a terminal.

use clap::Args;

use super::exchange::Exchange;
use super::output_file::OutputFile;
use crate::output::Output;

/// The flag that decides about it.
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct StylingArgs {
    /// Print the response to a terminal as it is: Markdown is not styled, and lines are not wrapped
    ///
    /// Control characters become visible symbols all the same. In a pipe or a file, a response is never styled or wrapped.
    #[arg(long)]
    pub raw: bool,
}

/// Styles the response if it goes to a terminal while it arrives.
pub fn apply(exchange: &Exchange<'_>, file: Option<&OutputFile>, output: &mut Output) {
    if exchange.context.settings.markdown.value && file.is_none() && !exchange.form.is_held() {
        output.style_response();
    }
}
