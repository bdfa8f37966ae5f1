//! `bedrock-ask "prompt"`: sends the prompt to the model through Converse, and streams the response.

mod args;
mod attachment;
mod attempt;
mod auth_refresh;
pub mod body;
mod cache_point;
mod citation;
mod conversation;
mod cost;
mod destination;
mod ending;
mod exchange;
mod fallback;
mod fields;
mod fixes;
mod form;
mod guardrail;
mod input;
mod learned;
mod managed_prompt;
mod member;
mod output_file;
mod preview;
mod prompt;
mod prototype;
mod report;
mod request;
mod request_args;
mod resolution;
mod schema;
mod substitute;
mod variables;

use std::path::Path;

use crate::aws::{self, Aws};
use crate::commands::{OnlineCommand, stdin};
use crate::config::value::{Format, FormatFlag};
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, cannot_start};
use crate::signals::{Signal, Signals};
pub use args::AskArgs;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::ResolveError;
pub use cost::{Pricing, cost_in_words, has_own_price, turn_dollars};
pub use ending::{complete_text, incomplete};
use exchange::Exchange;
pub use form::ResponseForm;
pub use output_file::OutputFile;
pub use prototype::Prototype;
pub use request::Prepared;
pub use request_args::RequestArgs;
pub use resolution::{resolve, resolve_online, resolve_typed};
use substitute::require_chat;

impl OnlineCommand for AskArgs {
    fn is_bare(&self, output: &mut Output) -> Option<Error> {
        (*self == Self::default() && stdin::is_empty(prompt::SILENT, output))
            .then(|| Error::usage("no prompt is given"))
    }

    fn complete_settings(&mut self, context: &mut Context, output: &mut Output) -> Result<(), Error> {
        self.conversation.complete_settings(&self.words, context, output)
    }

    async fn run(mut self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        self.send_prompt(session, output).await
    }
}

impl AskArgs {
    /// Sends the prompt and prints the response. If it is not complete, what arrived has been printed.
    pub async fn send_prompt(&mut self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        if self.dry_run && context.format == FormatFlag::Ndjson {
            return Err(Error::usage("`--format ndjson` cannot be used with `--dry-run`").hint("--format json"));
        }
        self.require_text(context, output)?;
        let excluded = [("--cite", self.request.cite), ("--extract", self.extract.is_some())];
        let schema = schema::read(self.request.schema.as_deref(), context.template.as_ref(), excluded)?;
        let (resolution, aws) = Box::pin(resolve_online(session, self.dry_run, output)).await?;
        require_chat(&resolution, context)?;
        let fallback = fallback::resolve(self.fallback.as_deref(), &resolution, context)?;
        let region = resolution.source_region.ok_or_else(ResolveError::no_source_region)?;
        let (first, fallback) = self.prepare(resolution, fallback, schema, context, output)?;
        let system = first.request.system.clone();
        let mut exchange = Exchange::new(context, first, fallback);
        exchange.shows_thinking = self.request.fields.show_thinking;
        let path = self.output_file.as_deref().filter(|path| *path != Path::new("-"));
        path.map_or(Ok(()), |path| output_file::reject_stdout(path, output))?;
        // Without a file to save or styled text, the default action of a signal is the right one.
        let saves = path.is_some_and(|path| !output_file::is_direct(path));
        let holds = !self.conversation.is_in_memory() && is_styled(&exchange, path.is_some(), output);
        let mut signals = if saves || holds {
            output.leave_signals_to_caller();
            Signals::listen().map_err(cannot_start)?
        } else {
            Signals::default()
        };
        let mut file = path.map(OutputFile::create).transpose()?;
        let sending = Box::pin(self.send(&mut exchange, session, (region, aws), file.as_mut(), output));
        let sent = signals.unless_received(sending).await;
        let sent = sent.map_err(|signal| interrupt(signal, saves, output)).flatten();
        match (sent, file) {
            (Ok(Some(response)), file) => {
                let exit = exchange.finish(self, &response, file, output)?;
                self.conversation.save(&exchange, system, &response, output);
                Ok(exit)
            }
            (Ok(None), _) => Ok(ExitCode::Success),
            (Err(error), file) => {
                let error = if let Some(file) = file {
                    exchange.save_partial(&exchange.received, file, error)
                } else {
                    exchange.print_held(&exchange.received, output);
                    error
                };
                exchange.print_partial(&error, output)?;
                Err(error)
            }
        }
    }

    /// Sends the request and returns the response; with `--dry-run` prints the request, and returns none.
    async fn send(
        &self,
        exchange: &mut Exchange<'_>,
        session: &Session,
        (region, aws): (Region, Option<Aws>),
        file: Option<&mut OutputFile>,
        output: &mut Output,
    ) -> Result<Option<aws::ConverseResponse>, Error> {
        exchange.apply_learned(output);
        output.notices(&exchange.resolution.notices);
        exchange.form.schema().and_then(|schema| schema.note()).into_iter().for_each(|note| output.note(note));
        if !self.dry_run {
            output.start_spinner(exchange.awaited());
        }
        let aws = match aws {
            Some(aws) => aws,
            None => session.connect(region, output).await?.with_deadline(),
        };
        if self.dry_run {
            return exchange.preview(&aws.bedrock_runtime()?, output).await.map(|()| None);
        }
        if is_styled(exchange, file.is_some(), output) {
            output.style_response();
        }
        let response = exchange.send(session, aws, file, output).await;
        output.stop_spinner();
        response.map(Some)
    }
}

/// Whether the response is styled while it arrives on a terminal, so that something of it may be held.
fn is_styled(exchange: &Exchange<'_>, has_file: bool, output: &Output) -> bool {
    let is_shown = output.is_terminal() && output.format() == Format::Text;
    is_shown && exchange.context.settings.markdown.value && !has_file && !exchange.form.is_held()
}

/// Prints what is held of the response, and ends the process by the signal; with a file to save, returns the error.
fn interrupt(signal: Signal, saves: bool, output: &mut Output) -> Error {
    if !saves {
        output.stop_spinner();
        // If the terminal is closed, nothing can be printed.
        let _ = output.end_line().and_then(|()| output.flush());
        signal.end_process();
    }
    signal.into()
}
