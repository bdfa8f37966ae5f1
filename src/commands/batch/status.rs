//! `batch status`: shows the status of batch inference jobs.

use clap::Args;

use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

/// Show the status of batch inference jobs
#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The manifest that `submit` wrote, or the ARN of a job
    #[arg(value_name = "MANIFEST|ARN")]
    pub target: Option<String>,
}

impl StatusArgs {
    pub async fn run(self, _session: &Session, _output: &mut Output) -> Result<ExitCode, Error> {
        Err(Error::new(ExitCode::Failure, "`batch status` is not available in this version"))
    }
}
