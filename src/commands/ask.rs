//! `bedrock-ask "prompt"`: asks the model through Converse and streams the answer.

mod asking;
mod ending;
mod learned;
mod prompt;
mod target;

use std::io;
use std::path::{Path, PathBuf};

use clap::Args;

use crate::aws::{self, Aws};
use crate::commands::context::Context;
use crate::commands::stdin;
use crate::config::value;
use crate::config::{Flags, Settings};
use crate::error::{Error, ExitCode};
use crate::model::catalog::FoundationModel;
use crate::model::resolution::Resolution;
use crate::model::resolver;
use crate::output::Output;
use asking::Asking;
use target::Target;

/// Ask the model
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of the command line")]
#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct Ask {
    /// The prompt; words are joined with spaces, and what is piped in is added after them
    #[arg(value_name = "PROMPT")]
    pub words: Vec<String>,
    /// The prompt after `--`, whatever it looks like
    #[arg(last = true, value_name = "PROMPT", hide = true)]
    pub literal: Vec<String>,
    /// The model: an ID, an inference profile, an ARN, a short name, an alias
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<String>,
    /// The system prompt, or @FILE to read it from a file
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub system: Option<String>,
    /// Add the text of this file to the prompt; repeatable
    #[arg(long, value_name = "FILE")]
    pub file: Vec<PathBuf>,
    /// Cut the answer at this many tokens
    #[arg(long, value_name = "N", value_parser = |text: &str| value::TOKENS.parse(text))]
    pub max_tokens: Option<i32>,
    /// The temperature, from 0 to 1; not sent unless given
    #[arg(long, value_name = "T", value_parser = |text: &str| value::FRACTION.parse(text))]
    pub temperature: Option<f32>,
    /// The share of likeliest words to choose from, from 0 to 1; not sent unless given
    #[arg(long, value_name = "P", value_parser = |text: &str| value::FRACTION.parse(text))]
    pub top_p: Option<f32>,
    /// End the answer at this text; repeatable
    #[arg(long, value_name = "TEXT")]
    pub stop: Vec<String>,
    /// Wait for the whole answer in place of streaming it
    #[arg(long)]
    pub no_stream: bool,
    /// Do not read stdin
    #[arg(long)]
    pub no_stdin: bool,
    /// Write the answer to this file, whole or not at all
    #[arg(short, long, value_name = "FILE")]
    pub output_file: Option<PathBuf>,
    /// Say on stderr what it cost: tokens, time, the ID that was called, the source Region
    #[arg(long)]
    pub usage: bool,
    /// Print what would be sent, and send nothing; needs no credentials
    #[arg(long)]
    pub dry_run: bool,
}

impl Ask {
    /// Whether there is nothing to ask: no words, no file, nobody piping anything in, no option.
    pub fn is_bare(&self) -> bool {
        *self == Self::default() && stdin::is_terminal()
    }

    /// Adds what an ask's own flags say to those that every command has.
    pub fn flags(&self, shared: Flags) -> Flags {
        Flags {
            model: self.model.clone(),
            system: self.system.clone(),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            stop: Some(self.stop.clone()).filter(|stop| !stop.is_empty()),
            ..shared
        }
    }

    /// Asks, and puts the answer out.
    ///
    /// # Errors
    /// Whatever keeps the answer from being complete; what of it came is out by then.
    pub fn run(self, context: &Context<'_>, output: &mut Output) -> Result<ExitCode, Error> {
        let resolution = resolve(context)?;
        let model = resolution.model.as_deref().and_then(|id| context.catalog.foundation_model(id));
        if let Some(model) = model.filter(|model| !model.can_chat()) {
            return Err(cannot_chat(model, context));
        }
        let words = [&self.words[..], &self.literal].concat().join(" ");
        let text = prompt::gather(&words, &self.file, !self.no_stdin, output)?;
        let request = self.request(&resolution, text, context.settings)?;
        let streaming = !self.no_stream && model.is_none_or(FoundationModel::streaming);
        let region =
            resolution.source_region.ok_or_else(|| Error::usage("no source Region is set").hint("--region REGION"))?;
        let mut target = self.output_file.as_deref().filter(|_| !self.dry_run).map(Target::beside).transpose()?;
        let mut asking = Asking::new(context, resolution, request, streaming);
        asking.recall(output);
        output.notices(&asking.resolution.notices);
        let exchange = async {
            let aws = Aws::new(context.options(region, output)?).await;
            aws.notes().iter().for_each(|note| output.note(note));
            if self.dry_run {
                return asking.preview(&aws.bedrock_runtime()?, output).await.map(|()| None);
            }
            asking.ask(&aws, target.as_mut(), output).await.map(Some)
        };
        let cannot_start = |error: io::Error| Error::new(ExitCode::Failure, "cannot start").cause(error.to_string());
        let answered = aws::run(exchange).map_err(cannot_start)?;
        match (answered, target) {
            (Ok(Some(response)), target) => asking.finish(&self, &response, target, output),
            (Ok(None), _) => Ok(ExitCode::Success),
            (Err(error), target) => {
                let error = target.into_iter().fold(error, |error, target| target.keep_part(error));
                asking.tell_part(&error, output)?;
                Err(error)
            }
        }
    }

    fn request(
        &self,
        resolution: &Resolution,
        prompt: String,
        settings: &Settings,
    ) -> Result<aws::ConverseRequest, Error> {
        let system = match settings.system.value.as_deref() {
            Some(text) => match text.strip_prefix('@').filter(|_| self.system.is_some()) {
                Some(file) => Some(prompt::read_file(Path::new(file))?),
                None => Some(text.to_owned()),
            },
            None => None,
        };
        Ok(aws::ConverseRequest {
            model_id: resolution.id.clone(),
            system: system.filter(|text| !text.trim().is_empty()),
            prompt,
            max_tokens: settings.max_tokens.value,
            temperature: settings.temperature.value,
            top_p: settings.top_p.value,
            stop_sequences: settings.stop_sequences.value.clone(),
        })
    }
}

/// What is called: the model that was named, or the default.
fn resolve(context: &Context<'_>) -> Result<Resolution, Error> {
    match &context.settings.model.value {
        Some(model) => Ok(resolver::resolve(model, &context.request, context.catalog)?),
        None => Ok(resolver::default_model(&context.request, context.catalog)?),
    }
}

/// A model that answers in no text is refused before anything is sent.
fn cannot_chat(model: FoundationModel<'_>, context: &Context<'_>) -> Error {
    let kinds: Vec<_> = model.output_modalities().collect();
    let error =
        Error::usage(format!("`{}` cannot chat: it answers with {}", model.id, kinds.join(" and ").to_lowercase()));
    let chats = |other: &FoundationModel<'_>| {
        other.provider() == model.provider() && other.can_chat() && other.status() == "ACTIVE"
    };
    let near = context
        .catalog
        .foundation_models()
        .filter(chats)
        .filter_map(|other| resolver::resolve(other.id, &context.request, context.catalog).ok())
        .min_by_key(|other| strsim::osa_distance(other.model.as_deref().unwrap_or_default(), model.id))
        .or_else(|| resolver::default_model(&context.request, context.catalog).ok());
    match near {
        Some(other) => error.hint(format!("one that can: `{}`", other.id)),
        None => error,
    }
}
