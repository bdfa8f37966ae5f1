//! `bedrock-ask batch` against the fake Bedrock.

mod run;
mod input;

use crate::fake_bedrock::*;
use crate::harness::{Home, Run, bedrock_ask};
//! `bedrock-ask batch`: one file for each subcommand.

mod submit;
//! `bedrock-ask batch`: one file for each subcommand.

mod fetch;
mod jobs;
mod list;
mod status;
mod stop;
//! `bedrock-ask batch`: one file for each subcommand.

mod plan;
