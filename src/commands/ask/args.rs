//! The command line of `ask`: its flags, and the settings that they override. Reads no input.

use std::path::{Path, PathBuf};

use clap::Args;

use super::conversation::ConversationArgs;
use super::request_args::RequestArgs;
use crate::commands::CommandArgs;
use crate::config::value::FormatFlag;
use crate::config::{Flags, TemplateRequest};
use crate::context::LiveCatalogs;
use crate::error::Error;

/// Send a prompt to a model and stream the response
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct AskArgs {
    /// The prompt: words are joined by spaces, and piped input is added after them; - reads stdin
    #[arg(value_name = "PROMPT")]
    pub words: Vec<String>,
    /// The prompt after `--`, whatever it looks like
    #[arg(last = true, value_name = "PROMPT", hide = true)]
    pub literal: Vec<String>,
    #[command(flatten)]
    pub request: RequestArgs,
    /// Add the text of this file to the prompt; repeatable
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Send this JSON as the whole request, byte for byte; - is stdin
    ///
    /// It is a body of Converse, for fields that this program does not know. The model comes from `--model` or the
    /// settings; no other setting is added to the body, and nothing in it is changed if the service refuses it.
    #[arg(
        long,
        value_name = "FILE",
        conflicts_with_all = [
            "words", "literal", "system", "file", "attach", "cite", "max_tokens", "temperature", "top_p", "stop", "cache",
            "guardrail", "var", "template", "continues", "conversation", "schema", "think", "field", "metadata", "tier",
        ]
    )]
    pub body: Option<PathBuf>,
    /// Invoke this model once if the first one is unavailable before it responds
    ///
    /// That is, if it is throttled, overloaded, not ready, failing or silent. It is resolved like the first model, within
    /// the same routing, before anything is sent.
    #[arg(long, value_name = "MODEL")]
    pub fallback: Option<String>,
    /// Wait for the whole response instead of streaming it
    #[arg(long)]
    pub no_stream: bool,
    /// Do not read stdin
    #[arg(long)]
    pub no_stdin: bool,
    /// Write the response to this file, whole or not at all; - is stdout
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Print only the first fenced code block of the response, or the first one in this language
    ///
    /// Nothing is printed to stdout before the response is complete. A response without such a block is printed to
    /// stderr, with exit code 7.
    #[arg(
        short = 'x',
        long,
        value_name = "LANGUAGE",
        num_args = 0..=1,
        require_equals = true,
        default_missing_value = "",
        conflicts_with = "schema"
    )]
    pub extract: Option<String>,
    #[command(flatten)]
    pub conversation: ConversationArgs,
    /// Print the response to a terminal as it is: Markdown is not styled, and lines are not wrapped
    ///
    /// Control characters become visible symbols all the same. In a pipe or a file, a response is never styled or wrapped.
    #[arg(long)]
    pub raw: bool,
    /// Print usage to stderr: tokens, time, the invoked ID, the source Region
    #[arg(long)]
    pub usage: bool,
    /// Print the request without sending it; needs no credentials
    ///
    /// The bytes of attachments are left out, with their number in their place; `--format json` prints all of them.
    #[arg(long, conflicts_with_all = ["output_file", "usage"])]
    pub dry_run: bool,
}

impl CommandArgs for AskArgs {
    const FORMATS: &'static [FormatFlag] = &[FormatFlag::Text, FormatFlag::Json, FormatFlag::Ndjson];

    fn unused_flags(&self) -> Vec<&'static str> {
        Vec::new()
    }

    fn flags(&self, global: Flags) -> Flags {
        Flags { markdown: self.raw.then_some(false), ..self.request.flags(global) }
    }

    fn template(&self) -> Result<Option<TemplateRequest>, Error> {
        self.request.template()
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::OfConfiguredModel
    }
}

impl AskArgs {
    /// Returns the first given flag that is of no use in a chat.
    pub fn one_shot_flag(&self) -> Option<&'static str> {
        let flags = [
            ("--output-file", self.output_file.is_some()),
            ("--extract", self.extract.is_some()),
            ("--schema", self.request.schema.is_some()),
            ("--dry-run", self.dry_run),
            ("--body", self.body.is_some()),
            ("--template", self.request.template.is_some()),
            ("--file", !self.file.is_empty()),
            ("--attach -", self.attaches_stdin()),
        ];
        flags.into_iter().find(|(_, is_given)| *is_given).map(|(flag, _)| flag)
    }

    /// Takes the words of the command line, joined by spaces.
    pub fn take_words(&mut self) -> String {
        let words = std::mem::take(&mut self.words).into_iter().chain(std::mem::take(&mut self.literal));
        words.collect::<Vec<_>>().join(" ")
    }

    /// Sets the text of the prompt and what is attached to it; stdin is not read.
    pub fn set_prompt(&mut self, text: String, attachments: Vec<PathBuf>) {
        (self.literal, self.request.attach, self.no_stdin) = (vec![text], attachments, true);
    }

    pub fn attaches_stdin(&self) -> bool {
        self.request.attach.iter().any(|value| value == Path::new("-"))
    }
}
