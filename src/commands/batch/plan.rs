//! `batch plan`: estimates the tokens, the cost and the time of both ways. Calls nothing.

use clap::Args;

use super::input::InputArgs;
use crate::commands::ask::RequestArgs;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;

/// Estimate the tokens, the cost and the time of both ways; offline
#[derive(Clone, Debug, Args)]
pub struct PlanArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub request: RequestArgs,
}

impl PlanArgs {
    pub fn run(self, _context: &Context, _output: &mut Output) -> Result<ExitCode, Error> {
        Err(Error::new(ExitCode::Failure, "`batch plan` is not available in this version"))
    }
}
