//! `batch stop`: stops batch inference jobs.

use clap::Args;

use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

/// Stop batch inference jobs
#[derive(Clone, Debug, Args)]
pub struct StopArgs {
    /// The manifest that `submit` wrote, or the ARN of a job
    #[arg(value_name = "MANIFEST|ARN")]
    pub target: Option<String>,
}

impl StopArgs {
    pub async fn run(self, _session: &Session, _output: &mut Output) -> Result<ExitCode, Error> {
        Err(Error::new(ExitCode::Failure, "`batch stop` is not available in this version"))
    }
}
