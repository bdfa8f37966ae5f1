//! `bedrock-ask "prompt"` against the fake Bedrock: the requests, the output and the exit codes.

mod attach;
#[cfg(unix)]
mod auth_refresh;
mod body;
mod bounds;
mod cache;
mod choice;
mod command_line;
mod conversation;
mod endings;
mod extract;
mod failures;
mod fallback;
mod fields;
mod geography;
mod guardrail;
mod input;
mod json;
#[cfg(unix)]
mod markdown;
mod ndjson;
mod output_file;
mod prompt_arn;
mod repair;
mod schema;
#[cfg(unix)]
mod spinner;
mod streaming;
mod telling;
mod template;
mod usage;

use crate::fake_bedrock::*;
#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Ran, Run, bedrock_ask};

/// Returns a run of `ask` from Frankfurt with Nova 2 Lite and credentials, which saves no conversation. `words` override these arguments.
fn ask<'w>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'w str>) -> Run {
    let run = bedrock_ask(words).env("AWS_REGION", "eu-central-1").env("BEDROCK_ASK_MODEL", "amazon.nova-2-lite-v1:0");
    // Otherwise a note about the first conversation would stand on every terminal.
    run.env("BEDROCK_ASK_HISTORY", "never").credentials().against(fake)
}
