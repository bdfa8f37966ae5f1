//! `bedrock-ask batch`: one file for each subcommand, and one for the input.

mod fetch;
mod input;
mod jobs;
mod list;
mod plan;
mod run;
mod status;
mod stop;
mod submit;

use crate::fake_bedrock::*;
use crate::harness::{Home, Run, bedrock_ask};
