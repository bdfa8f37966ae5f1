//! `bedrock-ask batch`: one file for each subcommand, one for the input, and one for
//! the results.

mod fetch;
mod hostile;
mod input;
pub mod jobs;
#[cfg(unix)]
mod kill;
mod list;
mod plan;
#[cfg(unix)]
mod results;
mod run;
mod status;
mod stop;
mod submit;

use crate::fake_bedrock::*;
use crate::harness::{Home, Run, bedrock_ask};
