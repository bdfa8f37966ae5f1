//! `bedrock-ask "prompt"`: sends the prompt to the model through Converse, and streams the response.

mod attachment;
mod auth_refresh;
mod body;
mod cache_point;
mod citation;
mod conversation;
mod cost;
mod destination;
mod ending;
mod exchange;
mod fallback;
mod fields;
mod form;
mod guardrail;
mod learned;
mod managed_prompt;
mod output_file;
mod prepared;
mod prompt;
mod report;
mod schema;
mod styling;
mod substitute;
mod template;
mod variables;

use std::path::{Path, PathBuf};

use clap::Args;

use crate::aws::{self, Aws};
use crate::commands::{CommandArgs, OnlineCommand, REPAIR, ROUTING, STRICT, stdin};
use crate::config::value::{self, FormatFlag};
use crate::config::{Flags, Origin, Settings, Template, TemplateRequest};
use crate::context::{Context, LiveCatalogs};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, cannot_start};
use crate::signals::Signals;
use attachment::Attachment;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Resolution, ResolveError, ResolveRequest};
use bedrock_ask::model::resolver;
use conversation::ConversationArgs;
use exchange::Exchange;
pub use output_file::OutputFile;
use prepared::PromptParts;
use styling::StylingArgs;
use substitute::require_chat;
use template::TemplateArgs;
use variables::Variables;

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
    pub cache: cache_point::CacheArgs,
    #[command(flatten)]
    pub guardrail: Box<guardrail::GuardrailArgs>,
    #[command(flatten)]
    pub body: body::BodyArgs,
    #[command(flatten)]
    pub fallback: fallback::FallbackArgs,
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
    pub schema: schema::SchemaArgs,
    #[command(flatten)]
    pub conversation: ConversationArgs,
    #[command(flatten)]
    pub styling: StylingArgs,
    #[command(flatten)]
    pub fields: fields::FieldArgs,
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

impl OnlineCommand for AskArgs {
    fn is_bare(&self, output: &mut Output) -> Option<Error> {
        (*self == Self::default() && stdin::is_empty(prompt::SILENT, output))
            .then(|| Error::usage("no prompt is given"))
    }

    fn complete_settings(&mut self, context: &mut Context, output: &mut Output) -> Result<(), Error> {
        self.conversation.complete_settings(&self.words, context, output)
    }

    /// Sends the prompt and prints the response. If it is not complete, what arrived has been printed.
    async fn run(mut self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        self.send_prompt(session, output).await
    }
}

impl AskArgs {
    /// Sends the prompt and prints the response. If it is not complete, what arrived has been printed.
    ///
    /// # Errors
    /// If there is no prompt, no model, or no complete response.
    pub async fn send_prompt(&mut self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        if self.dry_run && context.format == FormatFlag::Ndjson {
            return Err(Error::usage("`--format ndjson` cannot be used with `--dry-run`").hint("--format json"));
        }
        self.require_text(context, output)?;
        let schema = schema::read(self, context.template.as_ref())?;
        let (resolution, aws) = Box::pin(self.resolve(session, output)).await?;
        require_chat(&resolution, context)?;
        let fallback = self.fallback.resolve(&resolution, context)?;
        let region = resolution.source_region.ok_or_else(ResolveError::no_source_region)?;
        let (first, fallback) = self.prepare(resolution, fallback, schema, context, output)?;
        let system = first.request.system.clone();
        let mut exchange = Exchange::new(context, first, fallback);
        exchange.shows_thinking = self.fields.show_thinking;
        let path = self.output_file.as_deref().filter(|path| *path != Path::new("-"));
        path.map_or(Ok(()), |path| output_file::reject_stdout(path, output))?;
        // Without a file to save, the default action of a signal is the right one.
        let saves = path.is_some_and(|path| !output_file::is_direct(path));
        let mut signals = if saves {
            output.leave_signals_to_caller();
            Signals::listen().map_err(cannot_start)?
        } else {
            Signals::default()
        };
        let mut file = path.map(OutputFile::create).transpose()?;
        let sending = Box::pin(self.send(&mut exchange, session, (region, aws), file.as_mut(), output));
        let sent = signals.unless_received(sending).await.map_err(Error::from).flatten();
        match (sent, file) {
            (Ok(Some(response)), file) => {
                let exit = exchange.finish(self, &response, file, output)?;
                self.conversation.save(&exchange, system, &response, output);
                Ok(exit)
            }
            (Ok(None), _) => Ok(ExitCode::Success),
            (Err(error), file) => {
                let error = if let Some(file) = file {
                    exchange.save_partial(&exchange.received, file, error)
                } else {
                    exchange.print_held(&exchange.received, output);
                    error
                };
                exchange.print_partial(&error, output)?;
                Err(error)
            }
        }
    }

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

    /// Checks that a file can be attached.
    ///
    /// # Errors
    /// Why it cannot.
    pub fn check_attachment(path: &Path, output: &mut Output) -> Result<(), Error> {
        if path == Path::new("-") {
            return Err(Error::usage("`-` cannot be attached in a chat"));
        }
        attachment::read_all(&[path.to_owned()], None, output).map(|_| ())
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

    /// Resolves the model of the settings, or the default model. AWS is asked for an application inference profile that
    /// is named and that the cache does not know; the connection is returned for the request itself.
    async fn resolve(&self, session: &Session, output: &mut Output) -> Result<(Resolution, Option<Aws>), Error> {
        let context = &session.context;
        let refusal = match resolve(context, &context.catalog) {
            Ok(resolution) => return Ok((resolution, None)),
            Err(refusal) => refusal,
        };
        let region = context.source_region()?.filter(|_| names_application_profile(context) && !self.dry_run);
        let Some(region) = region else { return Err(refusal) };
        let aws = session.connect(region, output).await?.with_deadline();
        match exchange::live_catalog(context, &aws, output).await {
            Ok(catalog) => Ok((resolve(context, &catalog)?, Some(aws))),
            Err(reason) => Err(refusal.cause(format!("AWS's lists cannot be read: {reason}"))),
        }
    }

    /// Refuses a command line without a prompt before anything else is wrong, such as that no Region is set.
    fn require_text(&self, context: &Context, output: &mut Output) -> Result<(), Error> {
        if self.body.is_given() || managed_prompt::is_configured(context) || self.has_text(context, output) {
            return Ok(());
        }
        let reads_stdin = !self.no_stdin && !self.attaches_stdin();
        Err(prompt::empty(reads_stdin && stdin::is_piped(), context.template.as_ref()))
    }

    /// Whether the command line, the template or stdin has a prompt.
    fn has_text(&self, context: &Context, output: &mut Output) -> bool {
        let has_own = !self.words.is_empty()
            || !self.literal.is_empty()
            || !self.file.is_empty()
            || context.template.as_ref().is_some_and(Template::has_whole_prompt);
        let reads_stdin = !self.no_stdin && !self.attaches_stdin();
        has_own || (reads_stdin && !stdin::is_empty(prompt::SILENT, output))
    }

    fn attaches_stdin(&self) -> bool {
        self.attach.iter().any(|value| value == Path::new("-"))
    }

    /// Returns the prompt, which are words, files and stdin, and what is attached to it.
    fn prompt(&self, context: &Context, output: &mut Output) -> Result<(String, Vec<Attachment>), Error> {
        let names_stdin = self.words.iter().any(|word| word == "-");
        let attached = self.attach.iter().filter(|value| *value == Path::new("-")).count();
        let stdin = match (attached, names_stdin, self.no_stdin) {
            (0, true, true) => return Err(Error::usage("`-` cannot be used with `--no-stdin`")),
            (0, true, false) => prompt::Stdin::Named,
            (0, false, true) | (1, false, false) => prompt::Stdin::Ignored,
            (0, false, false) => prompt::Stdin::IfPiped,
            (_, _, true) => return Err(Error::usage("`--attach -` cannot be used with `--no-stdin`")),
            _ => return Err(Error::usage("stdin is named more than once, but can be read only once")),
        };
        prompt::reject_names_of_files(&self.words, "--file", &self.file)?;
        prompt::reject_names_of_files(&self.words, "--attach", &self.attach)?;
        self.fields.reject_level(&self.words)?;
        let words = self.words.iter().filter(|word| *word != "-").chain(&self.literal);
        let words: Vec<_> = words.map(String::as_str).collect();
        let (text, piped) = prompt::gather(&words.join(" "), &self.file, stdin, context.template.as_ref(), output)?;
        Ok((text, attachment::read_all(&self.attach, piped, output)?))
    }

    /// Returns the system prompt.
    fn system(&self, settings: &Settings) -> Result<Option<String>, Error> {
        let system = match settings.system.value.as_deref() {
            Some(text) => match text.strip_prefix('@').filter(|_| self.system.is_some()) {
                Some(file) => Some(prompt::read_file(Path::new(file))?),
                None => Some(text.to_owned()),
            },
            None => None,
        };
        Ok(system.filter(|text| !text.trim().is_empty()))
    }

    /// Sends the request and returns the response; with `--dry-run` prints the request, and returns none.
    async fn send(
        &self,
        exchange: &mut Exchange<'_>,
        session: &Session,
        (region, aws): (Region, Option<Aws>),
        file: Option<&mut OutputFile>,
        output: &mut Output,
    ) -> Result<Option<aws::ConverseResponse>, Error> {
        exchange.apply_learned(output);
        output.notices(&exchange.resolution.notices);
        exchange.form.schema().and_then(|schema| schema.note()).into_iter().for_each(|note| output.note(note));
        if !self.dry_run {
            output.start_spinner(exchange.awaited());
        }
        let aws = match aws {
            Some(aws) => aws,
            None => session.connect(region, output).await?.with_deadline(),
        };
        if self.dry_run {
            return exchange.preview(&aws.bedrock_runtime()?, output).await.map(|()| None);
        }
        styling::apply(exchange, file.as_deref(), output);
        let response = exchange.send(session, aws, file, output).await;
        output.stop_spinner();
        response.map(Some)
    }

    /// Returns the request to the model of this resolution.
    fn request(
        &self,
        resolution: &Resolution,
        parts: PromptParts,
        earlier_messages: Vec<String>,
        (context, notes): (&Context, &mut Vec<String>),
    ) -> Result<aws::ConverseRequest, Error> {
        let settings = &context.settings;
        let mut request = aws::ConverseRequest {
            model_id: resolution.id.clone(),
            system: parts.system,
            prompt: parts.text,
            attachments: attachment::to_aws(parts.attachments, self.cite),
            max_tokens: settings.max_tokens.value,
            temperature: settings.temperature.value,
            top_p: settings.top_p.value,
            stop_sequences: settings.stop_sequences.value.clone(),
            earlier_messages,
            ..aws::ConverseRequest::default()
        };
        request.cache = self.cache.of(&request, &self.words)?;
        request.members.extend(self.guardrail.member().map(|member| (guardrail::MEMBER, member)));
        self.fields.add_to(&mut request, resolution, context, notes)?;
        managed_prompt::complete(&mut request, &self.variables, context)?;
        Ok(request)
    }
}

/// Resolves the model of the settings, or the default model, with this catalog.
pub(super) fn resolve(context: &Context, catalog: &Catalog) -> Result<Resolution, Error> {
    let request = context.resolve_request()?;
    let Settings { model, resolve, .. } = &context.settings;
    match (&model.value, resolve.value) {
        (Some(text), false) => {
            reject_constraints(context, &request)?;
            Ok(Resolution::verbatim(text, request.source_region))
        }
        (None, false) => Err(Error::usage("`--no-resolve` needs a model").hint("-m MODEL")),
        (None, true) => Ok(resolver::default_model(&request, catalog)?),
        (Some(text), true) => resolve_typed(text, &request, context, catalog).map_err(|refusal| {
            let error = Error::from(refusal);
            let names_model = error.message.summary.contains(text.as_str());
            if matches!(model.origin, Origin::Flag(_)) || !names_model {
                return error;
            }
            error.cause(format!("the model comes from: {}", model.origin))
        }),
    }
}

/// Refuses the flags that limit what a model resolves to, if it is sent as it is written.
fn reject_constraints(context: &Context, request: &ResolveRequest<'_>) -> Result<(), Error> {
    let Settings { resolve, routing, .. } = &context.settings;
    let given = [
        (ROUTING, matches!(routing.origin, Origin::Flag(_))),
        ("routing", matches!(routing.origin, Origin::Template { .. })),
        (STRICT, request.strict),
        (REPAIR, context.repairs_anywhere()),
    ];
    let Some((flag, _)) = given.into_iter().find(|(_, is_given)| *is_given) else { return Ok(()) };
    Err(Error::usage(format!("`{flag}` has no effect on a model that is sent as it is written ({})", resolve.origin))
        .hint(format!("leave out `{flag}`, or let the model be resolved")))
}

/// Resolves a model as the user typed it. A profile ID that the catalog lacks is taken as it is; one that cannot be
/// invoked from the source Region is replaced within its geography, or within any with `--repair`.
fn resolve_typed(
    text: &str,
    request: &ResolveRequest<'_>,
    context: &Context,
    catalog: &Catalog,
) -> Result<Resolution, ResolveError> {
    if let Some(resolution) = resolver::unlisted_profile(text, request, catalog) {
        return Ok(resolution);
    }
    replacement(text, request, context, catalog)
        .or_else(|refusal| resolver::resource_name(text, request, catalog).ok_or(refusal))
}

/// Resolves a model of which only what the catalog lists is taken, replaced as far as the user allows.
fn replacement(
    text: &str,
    request: &ResolveRequest<'_>,
    context: &Context,
    catalog: &Catalog,
) -> Result<Resolution, ResolveError> {
    if context.repairs() && !context.repairs_anywhere() {
        resolver::resolve_within_geography(text, request, catalog)
    } else {
        resolver::resolve(text, request, catalog)
    }
}

/// Whether the model is written as `inference-profile:NAME`.
fn names_application_profile(context: &Context) -> bool {
    let Settings { model, resolve, aliases, .. } = &context.settings;
    let written = model.value.as_deref().map(|text| aliases.get(text).map_or(text, |alias| &alias.value));
    resolve.value && written.is_some_and(|text| text.starts_with("inference-profile:"))
}
