//! `bedrock-ask "prompt"`: asks the model through Converse and streams the answer.

mod ending;
mod prompt;

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;
use tempfile::NamedTempFile;

use crate::aws::{self, Answer, Aws, BedrockRuntime, Unfinished};
use crate::commands::explanation::explain;
use crate::commands::surroundings::Surroundings;
use crate::config::value::{self, Format};
use crate::config::{Flags, Settings};
use crate::diagnosis::{Diagnosis, ParameterFix};
use crate::error::{Error, Exit};
use crate::model::catalog::FoundationModel;
use crate::model::failure::Failure;
use crate::model::resolution::Resolution;
use crate::model::resolver;
use crate::output::{self, Output};

/// Ask the model
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
        *self == Self::default() && prompt::stdin_is_terminal()
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
    pub fn run(self, around: &Surroundings<'_>, output: &mut Output) -> Result<Exit, Error> {
        let result = self.answer(around, output);
        if let (Err(error), Format::Json) = (&result, output.format())
            && error.exit != Exit::Success
            && !output.has_written()
        {
            output.json(&json!({"error": error.to_json()}))?;
        }
        result
    }

    fn answer(&self, around: &Surroundings<'_>, output: &mut Output) -> Result<Exit, Error> {
        let resolution = self.resolve(around)?;
        output.notices(&resolution.notices);
        let model = resolution.model.as_deref().and_then(|id| around.catalog.foundation_model(id));
        if let Some(model) = model.filter(|model| !model.can_chat()) {
            return Err(cannot_chat(model, around));
        }
        let words = [&self.words[..], &self.literal].concat().join(" ");
        let text = prompt::gather(&words, &self.file, !self.no_stdin, output)?;
        let request = self.request(&resolution, text, around.settings)?;
        let streaming = !self.no_stream && model.is_none_or(FoundationModel::streaming);
        let region =
            resolution.source_region.ok_or_else(|| Error::usage("no source Region is set").hint("--region REGION"))?;
        let mut target = self.output_file.as_deref().filter(|_| !self.dry_run).map(Target::beside).transpose()?;
        let mut asking = Asking { around, resolution: &resolution, request, streaming, mended: Vec::new() };
        let exchange = async {
            let aws = Aws::new(around.options(region, output)?).await;
            aws.notes().iter().for_each(|note| output.note(note));
            let runtime = aws.bedrock_runtime()?;
            if self.dry_run {
                return asking.preview(&runtime, output).await.map(|()| None);
            }
            asking.ask(&runtime, target.as_mut(), output).await.map(Some)
        };
        let cannot_start = |error: io::Error| Error::new(Exit::Failure, "cannot start").cause(error.to_string());
        let answered = aws::run(exchange).map_err(cannot_start)?;
        match (answered, target) {
            (Ok(Some(answer)), target) => {
                if let Some(target) = target {
                    target.keep(&answer.text)?;
                }
                asking.finish(self, &answer, output)
            }
            (Ok(None), _) => Ok(Exit::Success),
            (Err(error), Some(target)) => Err(target.keep_part(error)),
            (Err(error), None) => Err(error),
        }
    }

    fn resolve(&self, around: &Surroundings<'_>) -> Result<Resolution, Error> {
        match &around.settings.model.value {
            Some(model) => Ok(resolver::resolve(model, &around.request, around.catalog)?),
            None => Ok(resolver::default_model(&around.request, around.catalog)?),
        }
    }

    fn request(&self, resolution: &Resolution, prompt: String, settings: &Settings) -> Result<aws::Request, Error> {
        let system = match settings.system.value.as_deref() {
            Some(text) => match text.strip_prefix('@').filter(|_| self.system.is_some()) {
                Some(file) => Some(prompt::read_file(Path::new(file))?),
                None => Some(text.to_owned()),
            },
            None => None,
        };
        Ok(aws::Request {
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

/// One resolved ask.
struct Asking<'a> {
    around: &'a Surroundings<'a>,
    resolution: &'a Resolution,
    request: aws::Request,
    streaming: bool,
    /// What was changed of the request already, so that nothing is tried twice.
    mended: Vec<ParameterFix>,
}

impl Asking<'_> {
    /// Asks; what the service refuses of the request is mended once, before any text has come.
    async fn ask(
        &mut self,
        runtime: &BedrockRuntime,
        mut target: Option<&mut Target>,
        output: &mut Output,
    ) -> Result<Answer, Error> {
        loop {
            let failure = match self.attempt(runtime, target.as_deref_mut(), output).await {
                Ok(answer) => return Ok(answer),
                Err(Unfinished::Unwritten(error)) => return Err(output::unwritable(&error)),
                Err(Unfinished::Failed(failure)) => failure,
            };
            let diagnosis = self.diagnose(&failure);
            match diagnosis.parameter.filter(|_| failure.text_bytes == 0).and_then(|fix| self.mend(fix)) {
                Some(change) => output.note(&format!("`{}` {change}", self.resolution.id)),
                None => return Err(diagnosis.error),
            }
        }
    }

    async fn attempt(
        &self,
        runtime: &BedrockRuntime,
        mut target: Option<&mut Target>,
        output: &mut Output,
    ) -> Result<Answer, Unfinished> {
        let shows = output.format() == Format::Text;
        let mut write = |text: &str| match &mut target {
            Some(target) => target.file.write_all(text.as_bytes()),
            None if shows => output.delta(text),
            None => Ok(()),
        };
        if self.streaming {
            return runtime.converse_stream(&self.request, write).await;
        }
        let answer = runtime.converse(&self.request).await?;
        write(&answer.text).map_err(Unfinished::Unwritten)?;
        Ok(answer)
    }

    /// Changes the one thing that the service refused, and says what; nothing where that was tried, or is not wanted.
    fn mend(&mut self, fix: ParameterFix) -> Option<String> {
        if !self.around.request.repair || self.mended.contains(&fix) {
            return None;
        }
        let request = &mut self.request;
        let change = match &fix {
            ParameterFix::NoStreaming if self.streaming => {
                self.streaming = false;
                "cannot stream; asking without".to_owned()
            }
            ParameterFix::DropSystem if request.system.take().is_some() => {
                "takes no system prompt; asking without".to_owned()
            }
            ParameterFix::ClampMaxTokens(limit) if request.max_tokens.is_some() => {
                request.max_tokens = i32::try_from(*limit).ok();
                format!("answers with at most {limit} tokens; asking for that many")
            }
            ParameterFix::Drop(field) => {
                let dropped = match field.rsplit('.').next()? {
                    "temperature" => request.temperature.take().is_some(),
                    "topP" | "top_p" => request.top_p.take().is_some(),
                    "stopSequences" => !std::mem::take(&mut request.stop_sequences).is_empty(),
                    "system" => request.system.take().is_some(),
                    _ => false,
                };
                dropped.then(|| format!("takes no `{field}`; asking without"))?
            }
            _ => return None,
        };
        self.mended.push(fix);
        Some(change)
    }

    fn diagnose(&self, failure: &Failure) -> Diagnosis {
        explain(failure, self.resolution, self.around)
    }

    async fn preview(&self, runtime: &BedrockRuntime, output: &mut Output) -> Result<(), Error> {
        let preview =
            runtime.preview(&self.request, self.streaming).await.map_err(|failure| self.diagnose(&failure).error)?;
        let region = self.resolution.source_region.map(|region| region.name);
        match output.format() {
            Format::Json => output.json(&json!({
                "modelId": self.request.model_id,
                "region": region,
                "method": preview.method,
                "url": preview.url,
                "body": preview.body,
            })),
            Format::Text => {
                output.line(&format!("modelId {}", self.request.model_id))?;
                output.line(&format!("{} {}", preview.method, preview.url))?;
                output.line(&preview.body)
            }
        }
    }

    /// Says what is to be said of a complete exchange, and whether its answer is complete.
    fn finish(&self, flags: &Ask, answer: &Answer, output: &mut Output) -> Result<Exit, Error> {
        let incomplete = ending::incomplete(&answer.stop_reason, self.request.max_tokens);
        match output.format() {
            Format::Json => output.json(&self.to_json(answer, incomplete.as_ref()))?,
            Format::Text => output.end_line()?,
        }
        output.flush()?;
        if answer.tool_uses > 0 {
            output.note("the model asked for tools, and none are offered here");
        }
        if flags.usage {
            output.aside(&self.usage(answer));
        }
        incomplete.map_or(Ok(Exit::Success), Err)
    }

    fn usage(&self, answer: &Answer) -> String {
        let tokens = answer.usage.map_or_else(
            || "tokens not told".to_owned(),
            |usage| {
                format!("{} input + {} output = {} tokens", usage.input_tokens, usage.output_tokens, usage.total_tokens)
            },
        );
        let latency = answer.latency_ms.map_or(String::new(), |latency| format!(", {latency} ms"));
        let region = self.resolution.source_region.map_or("", |region| region.name);
        format!("usage: {tokens}{latency}, {} from {region}", self.request.model_id)
    }

    fn to_json(&self, answer: &Answer, incomplete: Option<&Error>) -> serde_json::Value {
        let usage = answer.usage.map(|usage| {
            json!({
                "inputTokens": usage.input_tokens,
                "outputTokens": usage.output_tokens,
                "totalTokens": usage.total_tokens,
                "cacheReadInputTokens": usage.cache_read_input_tokens,
                "cacheWriteInputTokens": usage.cache_write_input_tokens,
            })
        });
        let mut object = json!({
            "modelId": self.request.model_id,
            "region": self.resolution.source_region.map(|region| region.name),
            "output": {"message": {"role": "assistant", "content": [{"text": answer.text}]}},
            "stopReason": answer.stop_reason,
            "usage": usage,
            "metrics": {"latencyMs": answer.latency_ms},
            "requestId": answer.request_id,
        });
        if let (Some(error), Some(fields)) = (incomplete, object.as_object_mut()) {
            fields.insert("error".to_owned(), error.to_json());
        }
        object
    }
}

/// A model that answers in no text is refused before anything is sent.
fn cannot_chat(model: FoundationModel<'_>, around: &Surroundings<'_>) -> Error {
    let kinds: Vec<_> = model.output_modalities().collect();
    let error =
        Error::usage(format!("`{}` cannot chat: it answers with {}", model.id, kinds.join(" and ").to_lowercase()));
    let chats = |other: &FoundationModel<'_>| {
        other.provider() == model.provider() && other.can_chat() && other.status() == "ACTIVE"
    };
    let near = around
        .catalog
        .foundation_models()
        .filter(chats)
        .filter_map(|other| resolver::resolve(other.id, &around.request, around.catalog).ok())
        .min_by_key(|other| strsim::osa_distance(other.model.as_deref().unwrap_or_default(), model.id))
        .or_else(|| resolver::default_model(&around.request, around.catalog).ok());
    match near {
        Some(other) => error.hint(format!("one that can: `{}`", other.id)),
        None => error,
    }
}

/// A file that an answer is written beside, and renamed to once it is whole.
struct Target {
    path: PathBuf,
    file: NamedTempFile,
}

impl Target {
    fn beside(path: &Path) -> Result<Self, Error> {
        let unwritable =
            |error: io::Error| Error::usage(format!("cannot write `{}`", path.display())).cause(error.to_string());
        // A link stays a link: what it points at is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.is_dir() {
            return Err(unwritable(io::ErrorKind::IsADirectory.into()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".bedrock-ask-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The user's own mask decides, as for any file that a program writes.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(unwritable)?;
        Ok(Self { path, file })
    }

    /// The answer is whole: the file gets its name.
    fn keep(mut self, text: &str) -> Result<(), Error> {
        let failed = |error: io::Error| {
            Error::new(Exit::Failure, "cannot write the answer to its file").cause(error.to_string())
        };
        if !text.is_empty() && !text.ends_with('\n') {
            self.file.write_all(b"\n").map_err(failed)?;
        }
        self.file.persist(&self.path).map(drop).map_err(|error| failed(error.error))
    }

    /// The answer is not whole: what came of it stays beside the name that it was to have.
    fn keep_part(self, error: Error) -> Error {
        let came = self.file.as_file().metadata().is_ok_and(|metadata| metadata.len() > 0);
        if !came {
            return error;
        }
        let mut part = self.path.into_os_string();
        part.push(".partial");
        match self.file.persist(&part) {
            Ok(_) => error.hint(format!("what came of the answer is in `{}`", Path::new(&part).display())),
            Err(_) => error,
        }
    }
}
