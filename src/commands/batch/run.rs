//! `batch run`: sends each record of the input from this machine, and writes one result on each line.

use std::path::PathBuf;

use clap::Args;

use super::input::InputArgs;
use crate::commands::ask::RequestArgs;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

/// Send each record from this machine, and write one result on each line
#[derive(Clone, Debug, Args)]
pub struct RunArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// Write the results to this file, which must not exist
    #[arg(short, long, value_name = "FILE")]
    pub output_file: PathBuf,
    #[command(flatten)]
    pub request: RequestArgs,
}

impl RunArgs {
    pub async fn run(self, _session: &Session, _output: &mut Output) -> Result<ExitCode, Error> {
        Err(Error::new(ExitCode::Failure, "`batch run` is not available in this version"))
    }
}
