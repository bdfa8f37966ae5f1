//! `bedrock-ask batch`: many prompts, one record on each line: sent from this machine, or handed to Bedrock's batch
//! inference through S3. Each subcommand is a file of this folder.

mod bits;
mod disk_array;
mod disk_hash_table;
mod fetch;
mod input;
mod job;
mod lines;
mod list;
mod manifest;
mod model_input;
mod plan;
mod progress;
mod rate_args;
mod record;
mod record_line;
mod results;
mod run;
mod s3_failure;
mod status;
mod stop;
mod submit;
mod summary;
mod target;
mod token_estimate;
mod watch;
mod words;

use clap::{Args, Subcommand};

use crate::commands::ask::RequestArgs;
use crate::commands::{
    ALLOW_HTTP, CommandArgs, ENDPOINT_URL, NO_REPAIR, OnlineCommand, REPAIR, ROUTING, STRICT, TIMEOUT,
};
use crate::config::{Flags, TemplateRequest};
use crate::context::LiveCatalogs;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use fetch::FetchArgs;
use list::ListArgs;
use plan::PlanArgs;
use run::RunArgs;
use status::StatusArgs;
use stop::StopArgs;
use submit::SubmitArgs;

/// Send a file of prompts, one record on each line, or hand it to batch inference
#[derive(Clone, Debug, Args)]
pub struct BatchArgs {
    #[command(subcommand)]
    action: BatchCommand,
}

#[derive(Clone, Debug, Subcommand)]
enum BatchCommand {
    /// Send each record from this machine, and write one result on each line
    Run(Box<RunArgs>),
    /// Upload the records to S3, and create batch inference jobs for them
    Submit(Box<SubmitArgs>),
    /// Show the status of batch inference jobs
    Status(StatusArgs),
    /// Download the results of batch inference jobs, in the order of the input
    Fetch(FetchArgs),
    /// List the batch inference jobs of the source Region
    List(ListArgs),
    /// Stop batch inference jobs
    Stop(StopArgs),
    /// Estimate the tokens, the cost and the time of `run` and `submit`; sends nothing
    Plan(Box<PlanArgs>),
}

impl BatchArgs {
    /// Returns the options of the requests, for the subcommands that have some.
    fn request(&self) -> Option<&RequestArgs> {
        match &self.action {
            BatchCommand::Run(run) => Some(&run.request),
            BatchCommand::Submit(submit) => Some(&submit.request),
            BatchCommand::Plan(plan) => Some(&plan.request),
            _ => None,
        }
    }
}

impl CommandArgs for BatchArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        match &self.action {
            BatchCommand::Run(_) | BatchCommand::Submit(_) => vec![REPAIR, NO_REPAIR],
            BatchCommand::Plan(_) => vec![REPAIR, NO_REPAIR, ALLOW_HTTP, ENDPOINT_URL, TIMEOUT],
            _ => vec![REPAIR, NO_REPAIR, ROUTING, STRICT],
        }
    }

    fn flags(&self, global: Flags) -> Flags {
        match self.request() {
            Some(request) => request.flags(global),
            None => global,
        }
    }

    fn template(&self) -> Result<Option<TemplateRequest>, Error> {
        let template = self.request().map_or(Ok(None), RequestArgs::template)?;
        Ok(template.map(TemplateRequest::for_records))
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::OfConfiguredModel
    }
}

impl OnlineCommand for BatchArgs {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        if self.request().is_some_and(|request| request.fields.show_thinking) {
            return Err(Error::usage("`--show-thinking` has no effect on `batch`")
                .hint("the results have the reasoning in `modelOutput`"));
        }
        match self.action {
            BatchCommand::Run(run) => run.run(session, output).await,
            BatchCommand::Submit(submit) => Box::pin(submit.run(session, output)).await,
            BatchCommand::Status(status) => status.run(session, output).await,
            BatchCommand::Fetch(fetch) => fetch.run(session, output).await,
            BatchCommand::List(list) => list.run(session, output).await,
            BatchCommand::Stop(stop) => stop.run(session, output).await,
            BatchCommand::Plan(plan) => plan.run(session, output).await,
        }
    }
}
