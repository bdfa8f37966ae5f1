//! `bedrock-ask resolve`: prints what to call for a model, and nothing else on stdout. Offline.

mod rendering;

use std::collections::HashMap;
use std::io::{self, BufRead, BufReader, IsTerminal, Read};

use clap::Args;
use serde_json::json;

use crate::commands::{ALLOW_HTTP, CommandArgs, OfflineCommand, TIMEOUT};
use crate::config::value::Format;
use crate::context::{Context, LiveCatalogs, RegionalResolution, SourceRegions};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::id::{Malformed, is_account};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Notice, Resolution, ResolveError, ResolveRequest};

/// How many answers `resolve -` remembers: more than there are models, too few to weigh.
const REMEMBERED: usize = 8192;

/// How much of stdin is read before what is answered goes out, and more than the longest line that can be a model.
const CHUNK: usize = 1 << 16;

/// Print what to call for a model from the source Region
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "flags that may be combined")]
pub struct ResolveArgs {
    /// Models: IDs, inference profile IDs, ARNs, short names, aliases; `-` reads one per line from stdin
    #[arg(value_name = "MODEL")]
    pub models: Vec<String>,
    /// Ask AWS first what the account can call from the source Region
    #[arg(long)]
    pub live: bool,
    /// Print every ID that can be called from here, with its kind of routing
    #[arg(long)]
    all: bool,
    /// Say on stderr which rule decided, on whose word, and what else was possible
    #[arg(long)]
    explain: bool,
    /// Print the ARN
    #[arg(long)]
    arn: bool,
    /// The account in the ARN of an inference profile
    #[arg(long, value_name = "ID", requires = "arn", value_parser = account)]
    account: Option<String>,
}

/// Reads the ID of an AWS account.
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
            catalog: &context.catalog,
            format: output.format(),
            request: context.resolve_request_for_each(),
        };
        match &self.models[..] {
            [dash] if dash == "-" => Ok(resolver.stream(output)?.unwrap_or(ExitCode::Success)),
            [] if io::stdin().is_terminal() => Err(no_model()),
            // An empty variable in a script leaves no model and, if nothing is piped in, no line either.
            [] => resolver.stream(output)?.ok_or_else(no_model),
            models if models.iter().any(|model| model == "-") => {
                Err(Error::usage("`-` reads the models from stdin, and leaves no other to name"))
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
    Error::usage("no model is named")
        .hint("bedrock-ask resolve amazon.nova-2-lite-v1:0")
        .hint("or pipe model IDs in, one per line")
}

/// What one input leads to: lines for stdout, what is said about them, and how it went.
#[derive(Clone, Debug, Default)]
struct InputResult {
    stdout: String,
    notices: Vec<Notice>,
    reasons: Vec<String>,
    errors: Vec<Error>,
    exit: Option<ExitCode>,
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
            // Else what is said about the next model would come before this one's answer.
            output.flush()?;
        }
        Ok(if exit == ExitCode::Success { self.exit.unwrap_or(exit) } else { exit })
    }

    /// Adds what is to be known, each of it once.
    fn notice(&mut self, notices: &[Notice]) {
        for notice in notices {
            if !self.notices.contains(notice) {
                self.notices.push(notice.clone());
            }
        }
    }

    fn fail(&mut self, error: Error) {
        self.exit.get_or_insert(error.exit);
        self.errors.push(error);
    }
}

/// Everything that answering needs, the same for each input.
struct BatchResolver<'a> {
    flags: &'a ResolveArgs,
    regions: &'a SourceRegions,
    catalog: &'a Catalog,
    format: Format,
    request: ResolveRequest<'a>,
}

impl BatchResolver<'_> {
    /// Answers each line of stdin as it comes, and says the exit code; none where no line names a model.
    /// Memory does not grow with their number.
    fn stream(&self, output: &mut Output) -> Result<Option<ExitCode>, Error> {
        let mut stdin = BufReader::with_capacity(CHUNK, io::stdin().lock());
        let mut learned: HashMap<Vec<u8>, InputResult> = HashMap::new();
        let (mut line, mut number, mut exit) = (Vec::new(), 0, None);
        loop {
            if stdin.buffer().is_empty() {
                output.flush()?;
            }
            let read = read_line(&mut stdin, &mut line)
                .map_err(|error| Error::usage("cannot read stdin").cause(error.to_string()))?;
            if read == Line::End {
                return Ok(exit);
            }
            number += 1;
            let wanted = line.trim_ascii();
            if wanted.starts_with(b"#") || (wanted.is_empty() && read == Line::Whole) {
                continue;
            }
            let exit_so_far = exit.unwrap_or(ExitCode::Success);
            if let Some(answer) = learned.get(wanted).filter(|_| read == Line::Whole) {
                exit = Some(answer.print(Some(number), exit_so_far, output)?);
                continue;
            }
            let mut answer = self.line(wanted, read);
            exit = Some(answer.print(Some(number), exit_so_far, output)?);
            if learned.len() < REMEMBERED && wanted.len() < 256 && read == Line::Whole {
                answer.notices.clear();
                learned.insert(wanted.to_vec(), answer);
            }
        }
    }

    fn line(&self, line: &[u8], read: Line) -> InputResult {
        let unusable = match (read, std::str::from_utf8(line)) {
            (Line::Whole, Ok(model)) => return self.resolve(model),
            (Line::Whole, Err(_)) => "a model ID is text, and this is not UTF-8".to_owned(),
            _ => Malformed::Long.to_string(),
        };
        self.refused(&String::from_utf8_lossy(line), None, Error::usage(unusable))
    }

    fn resolve(&self, model: &str) -> InputResult {
        let mut answer = InputResult::default();
        let with_region = *self.regions != SourceRegions::Settings;
        for RegionalResolution { region, result } in self.regions.resolve(model, &self.request, self.catalog) {
            match result {
                Ok(resolution) => self.add_resolution(&resolution, with_region, &mut answer),
                Err(error) => {
                    let refused = self.refused(model, region, error.into());
                    answer.stdout += &refused.stdout;
                    refused.errors.into_iter().for_each(|error| answer.fail(error));
                }
            }
            if *self.regions == SourceRegions::All && !answer.errors.is_empty() {
                // What an ARN lacks it lacks in every Region.
                break;
            }
        }
        answer
    }

    fn add_resolution(&self, resolution: &Resolution, with_region: bool, answer: &mut InputResult) {
        match self.shown(resolution, with_region) {
            Ok(lines) => {
                answer.stdout += &lines;
                if self.format == Format::Text {
                    answer.notice(&resolution.notices);
                }
                if self.flags.explain {
                    answer.reasons.push(rendering::as_reasons(resolution));
                }
            }
            Err(refusal) => answer.fail(refusal.into()),
        }
    }

    fn shown(&self, resolution: &Resolution, with_region: bool) -> Result<String, ResolveError> {
        match self.format {
            Format::Text => rendering::as_lines(resolution, self.flags, with_region),
            Format::Json => {
                let arn = self.flags.arn.then(|| resolution.arn(self.flags.account.as_deref())).transpose()?;
                Ok(format!("{}\n", rendering::as_json(resolution, arn.as_deref())))
            }
        }
    }

    /// A failure: said on stderr, and with `--format json` an object on stdout.
    fn refused(&self, model: &str, region: Option<Region>, error: Error) -> InputResult {
        let mut answer = InputResult::default();
        if self.format == Format::Json {
            let object = json!({"asked": model, "region": region.map(|region| region.name), "error": error.to_json()});
            answer.stdout = format!("{object}\n");
        }
        answer.fail(error);
        answer
    }
}

/// How a line of stdin was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    Whole,
    /// Too long to be a model: only its beginning is kept.
    Cut,
    /// There is none any more.
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
