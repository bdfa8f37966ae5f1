//! `batch list`: lists the batch inference jobs of the source Region.

use clap::Args;

use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

/// List the batch inference jobs of the source Region
#[derive(Clone, Debug, Args)]
pub struct ListArgs {}

impl ListArgs {
    pub async fn run(self, _session: &Session, _output: &mut Output) -> Result<ExitCode, Error> {
        Err(Error::new(ExitCode::Failure, "`batch list` is not available in this version"))
    }
}
