//! The command line of `ask`: its flags, and the settings that they override. Reads no input.

use std::path::{Path, PathBuf};

use clap::Args;

use super::body::BodyArgs;
use super::cache_point::CacheArgs;
use super::conversation::ConversationArgs;
use super::fallback::FallbackArgs;
use super::fields::FieldArgs;
use super::guardrail::GuardrailArgs;
use super::schema::SchemaArgs;
use super::styling::StylingArgs;
use super::template::TemplateArgs;
use super::variables::Variables;
use crate::commands::CommandArgs;
use crate::config::value::{self, FormatFlag};
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
    /// The model: an ID, inference profile, ARN, short name or alias
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Send the model as it is written, for gateways with names of their own; nothing is repaired
    #[arg(long)]
    pub no_resolve: bool,
    /// The system prompt, or @FILE to read it from a file
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub system: Option<String>,
    #[command(flatten)]
    pub template: TemplateArgs,
    #[command(flatten)]
    pub variables: Variables,
    /// Add the text of this file to the prompt; repeatable
    #[arg(short, long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Attach a file: an image, document, video, text; a 'glob', s3://… or -
    ///
    /// Repeatable, with one value each; `--attachment` is the same, and `-` is stdin. The type is detected from the
    /// content; csv, md, html and txt from the extension, as is the type of an object in S3. Other text in UTF-8, such as
    /// code and logs, is sent as text after its path. Documents, images, video, audio and texts stand before the prompt,
    /// in this order.
    #[arg(short, long, value_name = "FILE", alias = "attachment")]
    pub attach: Vec<PathBuf>,
    /// Let the model cite the attached PDF and txt documents; print the sources to stderr
    ///
    /// Claude sees the pictures of a PDF only with it; without it, only the text. `--format json` has the citations whole.
    #[arg(long)]
    pub cite: bool,
    /// The maximum number of tokens to generate
    #[arg(long, value_name = "N", value_parser = |text: &str| value::TOKENS.parse(text))]
    pub max_tokens: Option<i32>,
    /// The temperature, from 0 to 1; not sent unless given
    #[arg(long, value_name = "T", value_parser = |text: &str| value::FRACTION.parse(text))]
    pub temperature: Option<f32>,
    /// The nucleus sampling cutoff, from 0 to 1; not sent unless given
    #[arg(long, value_name = "P", value_parser = |text: &str| value::FRACTION.parse(text))]
    pub top_p: Option<f32>,
    /// Stop the response at this text; repeatable
    #[arg(long, value_name = "TEXT", value_parser = clap::builder::NonEmptyStringValueParser::new())]
    pub stop: Vec<String>,
    #[command(flatten)]
    pub cache: CacheArgs,
    #[command(flatten)]
    pub guardrail: Box<GuardrailArgs>,
    #[command(flatten)]
    pub body: BodyArgs,
    #[command(flatten)]
    pub fallback: FallbackArgs,
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
    #[arg(short = 'x', long, value_name = "LANGUAGE", num_args = 0..=1, require_equals = true, default_missing_value = "")]
    pub extract: Option<String>,
    #[command(flatten)]
    pub schema: SchemaArgs,
    #[command(flatten)]
    pub conversation: ConversationArgs,
    #[command(flatten)]
    pub styling: StylingArgs,
    #[command(flatten)]
    pub fields: FieldArgs,
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
        Flags {
            model: self.model.clone(),
            resolve: self.no_resolve.then_some(false),
            system: self.system.clone(),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            stop_sequences: Some(self.stop.clone()).filter(|stop| !stop.is_empty()),
            markdown: self.styling.raw.then_some(false),
            ..global
        }
    }

    fn template(&self) -> Result<Option<TemplateRequest>, Error> {
        self.template.request(&self.variables)
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
            ("--schema", self.schema.is_given()),
            ("--dry-run", self.dry_run),
            ("--body", self.body.is_given()),
            ("--template", self.template.is_given()),
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
        (self.literal, self.attach, self.no_stdin) = (vec![text], attachments, true);
    }

    /// Whether stdin is attached.
    pub fn attaches_stdin(&self) -> bool {
        self.attach.iter().any(|value| value == Path::new("-"))
    }
}
