//! `batch submit`: uploads the records to S3, and creates batch inference jobs for them.

use clap::Args;

use super::input::InputArgs;
use crate::commands::ask::RequestArgs;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

/// Upload the records to S3, and create batch inference jobs for them
#[derive(Clone, Debug, Args)]
pub struct SubmitArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub request: RequestArgs,
}

impl SubmitArgs {
    pub async fn run(self, _session: &Session, _output: &mut Output) -> Result<ExitCode, Error> {
        Err(Error::new(ExitCode::Failure, "`batch submit` is not available in this version"))
    }
}
