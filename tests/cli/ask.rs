//! `bedrock-ask "prompt"` against the fake Bedrock: what is sent, what comes out, and how it ends.

mod choice;
mod command_line;
mod endings;
mod failures;
mod input;
mod json;
mod output_file;
mod repair;
mod streaming;
mod telling;

use crate::fake_bedrock::*;
use crate::harness::{Ran, Run, Stream, bedrock_ask};

/// An ask from Frankfurt for Nova 2 Lite, with credentials. What follows in `words` wins.
fn ask<'w>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'w str>) -> Run {
    let run = bedrock_ask(words).env("AWS_REGION", "eu-central-1").env("BEDROCK_ASK_MODEL", "amazon.nova-2-lite-v1:0");
    run.credentials().against(fake)
}
