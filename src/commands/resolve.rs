//! `bedrock-ask resolve`: prints the ID to invoke for a model, and nothing else on stdout. Offline.

mod remembered;
mod rendering;

use std::io::{self, BufRead, BufReader, IsTerminal, Read};

use clap::Args;
use serde_json::json;

use crate::commands::{ALLOW_HTTP, CommandArgs, OfflineCommand, TIMEOUT};
use crate::config::value::Format;
use crate::context::{Context, LiveCatalogs, RegionalResolution, SourceRegions};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::message::Message;
use bedrock_ask::model::id::{Malformed, is_account};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Notice, Resolution, ResolveError, ResolveRequest};
use bedrock_ask::model::resolver::CatalogIndex;
use remembered::RememberedResults;
pub use rendering::{catalog_to_json, route_to_json, source_word};

/// The size of a read from stdin, after which pending output is flushed. Longer than the longest line that can be a
/// model.
const CHUNK: usize = 1 << 16;

/// Print the ID to invoke for a model from a Region
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags that may be combined")]
pub struct ResolveArgs {
    /// Models: IDs, inference profile IDs, ARNs, short names, aliases; `-` reads one per line from stdin
    #[arg(value_name = "MODEL")]
    pub models: Vec<String>,
    /// Read from AWS first which models the account can invoke from the Region
    #[arg(long)]
    pub live: bool,
    /// Print every ID that can be invoked from the Region, with its kind of routing
    #[arg(long)]
    all: bool,
    /// Print to stderr which rule decided, from which source, and the alternatives
    #[arg(long)]
    explain: bool,
    /// Print the ARN
    #[arg(long)]
    arn: bool,
    /// The account in the ARN of an inference profile
    #[arg(long, value_name = "ID", requires = "arn", value_parser = account)]
    account: Option<String>,
}

fn account(text: &str) -> Result<String, &'static str> {
    if is_account(text) { Ok(text.to_owned()) } else { Err("must be twelve digits") }
}

impl CommandArgs for ResolveArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        if self.live { Vec::new() } else { vec![ALLOW_HTTP, TIMEOUT] }
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::OfSourceRegions(self.models.clone())
    }

    fn wants_live_catalog(&self) -> bool {
        self.live
    }
}

impl OfflineCommand for ResolveArgs {
    /// Resolves every model. The exit code is that of the first failure.
    fn run(self, context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
        let resolver = BatchResolver {
            flags: &self,
            regions: context.source_regions(),
            index: CatalogIndex::new(&context.catalog),
            format: output.format(),
            request: context.resolve_request_for_each(),
        };
        match &self.models[..] {
            [dash] if dash == "-" => resolver.stream(output)?.ok_or_else(|| Error::usage("stdin has no model ID")),
            [] if io::stdin().is_terminal() => Err(no_model()),
            // An empty variable in a script leaves no model and, if nothing is piped in, no line either.
            [] => resolver.stream(output)?.ok_or_else(no_model),
            models if models.iter().any(|model| model == "-") => {
                Err(Error::usage("`-` reads the models from stdin and cannot be combined with other models"))
            }
            models => {
                let mut exit = ExitCode::Success;
                for model in models {
                    exit = resolver.resolve(model).print(None, exit, output)?;
                }
                Ok(exit)
            }
        }
    }
}

fn no_model() -> Error {
    Error::usage("no model is given")
        .hint("bedrock-ask resolve amazon.nova-2-lite-v1:0")
        .hint("or pipe model IDs in, one per line")
}

/// The result of one input: what to print. The exit code is that of the first error.
#[derive(Clone, Debug, Default)]
struct InputResult {
    stdout: String,
    notices: Vec<Notice>,
    reasons: Vec<String>,
    errors: Vec<Error>,
}

impl InputResult {
    /// Prints the result, and returns the exit code so far.
    fn print(&self, line: Option<u64>, exit: ExitCode, output: &mut Output) -> Result<ExitCode, Error> {
        for reasons in &self.reasons {
            output.aside(reasons);
        }
        output.notices(&self.notices);
        for error in &self.errors {
            let mut error = error.clone();
            if let Some(line) = line {
                error.message.summary = format!("line {line}: {}", error.message.summary);
            }
            output.error(&error);
        }
        output.text(&self.stdout)?;
        if output.is_terminal() {
            // Otherwise the notes about the next model would precede this result.
            output.flush()?;
        }
        Ok(if exit == ExitCode::Success { self.errors.first().map_or(exit, |error| error.exit) } else { exit })
    }

    /// Adds notices, each once.
    fn add_notices(&mut self, notices: &[Notice]) {
        for notice in notices {
            if !self.notices.contains(notice) {
                self.notices.push(notice.clone());
            }
        }
    }

    /// Returns the bytes of its texts.
    fn size(&self) -> usize {
        let of_error = |Error { message: Message { summary, aws, causes, hints }, .. }: &Error| {
            let texts = std::iter::once(summary).chain(aws).chain(causes).chain(hints);
            size_of::<Error>() + texts.map(String::len).sum::<usize>()
        };
        let reasons: usize = self.reasons.iter().map(String::len).sum();
        size_of::<Self>() + self.stdout.len() + reasons + self.errors.iter().map(of_error).sum::<usize>()
    }
}

/// Resolves inputs with the same flags, Regions and catalog.
struct BatchResolver<'a> {
    flags: &'a ResolveArgs,
    regions: &'a SourceRegions,
    index: CatalogIndex<'a>,
    format: Format,
    request: ResolveRequest<'a>,
}

impl BatchResolver<'_> {
    /// Resolves each line of stdin as it arrives, and returns the exit code, or `None` if no line names a model. Memory
    /// use does not grow with the number of lines.
    fn stream(&self, output: &mut Output) -> Result<Option<ExitCode>, Error> {
        let mut exit = None;
        match self.stream_into(&mut exit, output) {
            // The reader has seen enough: the exit code is that of what it has seen.
            Err(error) if error.exit == ExitCode::Success => Ok(exit),
            ended => ended.map(|()| exit),
        }
    }

    fn stream_into(&self, exit: &mut Option<ExitCode>, output: &mut Output) -> Result<(), Error> {
        let mut stdin = BufReader::with_capacity(CHUNK, io::stdin().lock());
        let mut remembered = RememberedResults::default();
        let (mut line, mut number) = (Vec::new(), 0);
        loop {
            if stdin.buffer().is_empty() {
                output.flush()?;
            }
            let read = read_line(&mut stdin, &mut line).map_err(|error| Error::unreadable("stdin", &error))?;
            if read == Line::End {
                return Ok(());
            }
            number += 1;
            let input = line.trim_ascii();
            if input.starts_with(b"#") || (input.is_empty() && read == Line::Whole) {
                continue;
            }
            let exit_so_far = exit.unwrap_or(ExitCode::Success);
            if let Some(result) = remembered.get(input).filter(|_| read == Line::Whole) {
                *exit = Some(result.print(Some(number), exit_so_far, output)?);
                continue;
            }
            let result = self.line(input, read);
            *exit = Some(result.print(Some(number), exit_so_far, output)?);
            if read == Line::Whole {
                remembered.insert(input, result);
            }
        }
    }

    fn line(&self, line: &[u8], read: Line) -> InputResult {
        let unusable = match (read, std::str::from_utf8(line)) {
            (Line::Whole, Ok(model)) => return self.resolve(model),
            (Line::Whole, Err(_)) => "a model ID must be UTF-8 text".to_owned(),
            _ => Malformed::Long.to_string(),
        };
        self.failure(&String::from_utf8_lossy(line), None, Error::usage(unusable))
    }

    fn resolve(&self, model: &str) -> InputResult {
        let mut result = InputResult::default();
        let with_region = *self.regions != SourceRegions::Settings;
        for RegionalResolution { region, result: resolved } in self.regions.resolve(model, &self.request, &self.index) {
            match resolved {
                Ok(resolution) => self.add_resolution(&resolution, with_region, &mut result),
                Err(error) => {
                    let failure = self.failure(model, region, error.into());
                    result.stdout += &failure.stdout;
                    result.errors.extend(failure.errors);
                }
            }
            if *self.regions == SourceRegions::All && !result.errors.is_empty() {
                // What is missing for an ARN is missing in every Region.
                break;
            }
        }
        result
    }

    fn add_resolution(&self, resolution: &Resolution, with_region: bool, result: &mut InputResult) {
        match self.render(resolution, with_region) {
            Ok(lines) => {
                result.stdout += &lines;
                if self.format == Format::Text {
                    result.add_notices(&resolution.notices);
                }
                if self.flags.explain {
                    result.reasons.push(rendering::as_reasons(resolution));
                }
            }
            Err(refusal) => result.errors.push(refusal.into()),
        }
    }

    fn render(&self, resolution: &Resolution, with_region: bool) -> Result<String, ResolveError> {
        match self.format {
            Format::Text => rendering::as_lines(resolution, self.flags, with_region),
            Format::Json => {
                let arn = self.flags.arn.then(|| resolution.arn(self.flags.account.as_deref())).transpose()?;
                Ok(format!("{}\n", rendering::as_json(resolution, arn.as_deref())))
            }
        }
    }

    /// Returns the result of a failure: an error on stderr, and an object on stdout with `--format json`.
    fn failure(&self, model: &str, region: Option<Region>, error: Error) -> InputResult {
        let object = || json!({"asked": model, "region": region.map(|region| region.name), "error": error.to_json()});
        let stdout = if self.format == Format::Json { format!("{}\n", object()) } else { String::new() };
        InputResult { stdout, errors: vec![error], ..InputResult::default() }
    }
}

/// The result of reading a line of stdin.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Whole,
    /// Too long to be a model: only its beginning is kept.
    Cut,
    End,
}

fn read_line(stdin: &mut impl BufRead, line: &mut Vec<u8>) -> io::Result<Line> {
    line.clear();
    match stdin.by_ref().take(CHUNK as u64).read_until(b'\n', line)? {
        0 => Ok(Line::End),
        CHUNK if !line.ends_with(b"\n") => {
            stdin.skip_until(b'\n')?;
            Ok(Line::Cut)
        }
        _ => Ok(Line::Whole),
    }
}
