//! `batch fetch`: downloads the results of batch inference jobs, in the order of the input.

use clap::Args;

use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

/// Download the results of batch inference jobs, in the order of the input
#[derive(Clone, Debug, Args)]
pub struct FetchArgs {
    /// The manifest that `submit` wrote
    #[arg(value_name = "MANIFEST")]
    pub manifest: Option<String>,
}

impl FetchArgs {
    pub async fn run(self, _session: &Session, _output: &mut Output) -> Result<ExitCode, Error> {
        Err(Error::new(ExitCode::Failure, "`batch fetch` is not available in this version"))
    }
}
