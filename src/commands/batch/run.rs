//! `batch run`: sends each record of the input from this machine, and writes one result on each line.

mod cost;
mod outcome;
mod pending;
mod rate;
mod region;
mod sender;
mod spread;
mod stop;

use clap::Args;

use super::input::{Checked, Input, InputArgs};
use super::model_input::{ModelInputs, require_limit};
use super::rate_args::RateArgs;
use super::record::RecordContent;
use super::results::{ResultArgs, Results, RunIdentity};
use super::summary::Summary;
use crate::commands::ask::{Prepared, Prototype, RequestArgs, resolve_online};
use crate::context::Context;
use crate::digest::Sha256;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, cannot_start};
use crate::signals::Signals;
use bedrock_ask::message::Message;
use bedrock_ask::model::catalog::FoundationModel;
use bedrock_ask::model::resolution::{Resolution, ResolveError};
use cost::{Budget, WorstCase};
use region::RunRegion;
use sender::{Run, Sender, SenderOptions, Stop};

/// The limit of tokens with which a warning shows what one would gain.
const EXAMPLE_LIMIT: u32 = 1000;

#[derive(Clone, Debug, Args)]
#[command(mut_arg("show_thinking", |option| option.hide(true)))]
pub struct RunArgs {
    #[command(flatten)]
    pub input: InputArgs,
    #[command(flatten)]
    pub results: ResultArgs,
    #[command(flatten)]
    pub rate: RateArgs,
    /// Send from these Regions too, within the same routing and geography; each has its own quota
    #[arg(long, value_name = "REGION,…", value_delimiter = ',')]
    pub spread: Vec<String>,
    /// Stop before the estimated cost of this run passes so many US dollars
    #[arg(long, value_name = "USD", value_parser = dollars)]
    pub max_cost: Option<f64>,
    #[command(flatten)]
    pub request: RequestArgs,
}

fn dollars(text: &str) -> Result<f64, String> {
    let number = text.trim().trim_start_matches('$').parse::<f64>().ok();
    number.filter(|dollars| dollars.is_finite() && *dollars > 0.0).ok_or_else(|| "must be a number above 0".to_owned())
}

/// All that is known before the first request.
struct PreparedRun {
    prototype: Prototype,
    regions: Vec<RunRegion>,
    /// The request of a record without options of its own.
    sample: Prepared,
    checked: Checked,
}

impl RunArgs {
    /// Sends the records that have no result, and prints the summary.
    pub async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        self.results.check()?;
        let mut input = Input::open(&self.input, &self.request, context)?;
        let checked = input.check(output)?;
        let prepared = Box::pin(self.prepare(checked, session, output)).await?;
        let PreparedRun { prototype, regions, checked, .. } = &prepared;
        let mut model_inputs = ModelInputs::new(prototype, context, &regions[0].runtime);
        let identity = RunIdentity {
            input: checked.digest,
            model_id: prototype.resolution().id.clone(),
            request: digest_of(&mut model_inputs, input.identity()).await?,
        };
        let options = self.sender_options(&prepared, context)?;
        output.leave_signals_to_caller();
        let mut signals = Signals::listen().map_err(cannot_start)?;
        let results = Results::open(&self.results, &identity)?;
        for note in &results.notes {
            output.note(note);
        }
        let summary = Summary::new(checked.records, &results, context.catalog.date().to_string());
        let sender = Sender::new(options, model_inputs, results, summary);
        let run = Box::pin(sender.run(input.into_records(), &mut signals, output)).await;
        report(run, output)
    }

    /// Resolves the model, and prepares the requests and the clients. Sends nothing but what names the model.
    async fn prepare(&self, checked: Checked, session: &Session, output: &mut Output) -> Result<PreparedRun, Error> {
        let context = &session.context;
        // A connection of the resolution has one time limit for all of its calls.
        let (first, _) = resolve_online(session, false, output).await?;
        let region = first.source_region.ok_or_else(ResolveError::no_source_region)?;
        let others = spread::resolve(&self.spread, &first, context)?;
        let prototype = Prototype::new(&self.request, first.clone(), context, output)?;
        let aws = session.connect(region, output).await?;
        let resolutions = std::iter::once(first).chain(others);
        let regions =
            resolutions.map(|resolution| RunRegion::new(resolution, &aws, context)).collect::<Result<Vec<_>, _>>()?;
        for region in &regions {
            output.notices(&region.resolution.notices);
        }
        let mut sample = prototype.prepare("prompt", None, None, context)?;
        for note in sample.notes.drain(..) {
            output.note(&note);
        }
        if let Some(note) = sample.form.schema().and_then(|schema| schema.note()) {
            output.note(note);
        }
        require_limit(&self.input, &checked, &prototype, context)?;
        if let Some(line) = checked.own_price.filter(|_| self.max_cost.is_some()) {
            return Err(self.input.fault(line, cost::unpriced("the price of the record is not known")));
        }
        let may_lack_limit = checked.records.is_none() || checked.without_limit > 0;
        if sample.request.max_tokens.is_none() && may_lack_limit {
            let records = checked.records.map(|_| checked.without_limit);
            output.warning(&without_limit(records, model_of(prototype.resolution(), context)));
        }
        Ok(PreparedRun { prototype, regions, sample, checked })
    }

    fn sender_options<'a>(&self, prepared: &'a PreparedRun, context: &'a Context) -> Result<SenderOptions<'a>, Error> {
        let PreparedRun { prototype, regions, sample, .. } = prepared;
        let model = model_of(prototype.resolution(), context);
        let max_output = model.and_then(FoundationModel::max_output);
        let size = (model.and_then(FoundationModel::context_window), max_output);
        // Of several Regions, the most expensive one.
        let worst = |limit: &f64| {
            let cases = regions.iter().map(|region| WorstCase::new(&sample.request, region.pricing.as_ref(), size));
            let cases = cases.collect::<Result<Vec<_>, _>>()?;
            let most_expensive = cases.into_iter().reduce(WorstCase::max);
            Ok::<_, Error>(most_expensive.map(|worst| (Budget::new(*limit), worst)))
        };
        Ok(SenderOptions {
            context,
            regions,
            jobs: usize::from(self.rate.jobs),
            limits: self.rate.limits,
            first_goes_alone: sample.request.cache.is_some(),
            form: sample.form.clone(),
            max_output,
            budget: self.max_cost.as_ref().map(worst).transpose()?.flatten(),
        })
    }
}

fn model_of<'c>(resolution: &Resolution, context: &'c Context) -> Option<FoundationModel<'c>> {
    context.catalog.foundation_model(resolution.model.as_deref()?)
}

/// Returns a digest of what all requests have in common, and of what makes requests of the lines.
async fn digest_of(model_inputs: &mut ModelInputs<'_>, lines: [u8; 32]) -> Result<[u8; 32], Error> {
    let content = RecordContent::Prompt { text: String::new(), system: None, max_tokens: None };
    let (body, _) = model_inputs.model_input(content).await?;
    let mut digest = Sha256::new();
    digest.update(&lines);
    digest.update(body.as_bytes());
    Ok(digest.finish())
}

/// Returns the warning about records without a limit of tokens, of which the number may not be known.
pub fn without_limit(records: Option<u64>, model: Option<FoundationModel<'_>>) -> String {
    let records = match records {
        Some(1) => "1 record has".to_owned(),
        Some(records) => format!("{records} records have"),
        None => "records without `maxTokens` have".to_owned(),
    };
    match model.and_then(FoundationModel::max_output) {
        Some(most) => format!(
            "{records} no limit of tokens: Bedrock reserves {most} output tokens of the quota for each, the model's maximum; \
             with `--max-tokens {EXAMPLE_LIMIT}` it accepts up to {} times as many at once",
            (most / EXAMPLE_LIMIT).max(1)
        ),
        None => format!(
            "{records} no limit of tokens: Bedrock reserves the model's maximum of the quota for each; with \
             `--max-tokens N` it accepts more at once"
        ),
    }
}

/// Prints the summary, and returns how the run ended.
fn report(run: Run, output: &mut Output) -> Result<ExitCode, Error> {
    let Run { stop, unwritten, elapsed, results, mut summary } = run;
    let failed = results.failed();
    let finished = results.finish();
    let error = match stop {
        None => finished.err().or_else(|| summary.is_outage().then(outage)),
        Some(stop) => {
            let error = stopped(stop, failed, &summary);
            Some(unwritten.into_iter().chain(finished.err()).fold(error, both))
        }
    };
    summary.error.clone_from(&error);
    summary.report(elapsed, output)?;
    match error {
        Some(error) => Err(error),
        None if failed > 0 => Ok(ExitCode::IncompleteResponse),
        None => Ok(ExitCode::Success),
    }
}

fn outage() -> Error {
    Error::new(ExitCode::Unavailable, "no response arrived for any record")
        .hint("the same command with `--retry-failed` sends them again")
}

/// Returns the error of a run that was stopped, with what is left.
fn stopped(stop: Stop, failed: u64, summary: &Summary) -> Error {
    let mut error = match stop {
        Stop::Signal(signal) => Error::from(signal),
        Stop::Error(error) => error,
    };
    if error.exit == ExitCode::Usage && summary.done > 0 {
        // The exit code of a usage error means that nothing was sent.
        error.exit = ExitCode::Failure;
    }
    let done = summary.done_in_all();
    let error = error.cause(match (summary.records, summary.left()) {
        (Some(records), Some(left)) => {
            let has = if done == 1 { "has" } else { "have" };
            let is = if left == 1 { "is" } else { "are" };
            format!("{done} of {records} records {has} a result, {left} {is} left")
        }
        _ if done == 1 => "1 record has a result".to_owned(),
        _ => format!("{done} records have a result"),
    });
    match (done, summary.left(), failed) {
        // Without a result there is nothing to continue.
        (0, ..) | (_, Some(0), 0) => error,
        (_, Some(0), _) => error.hint("the same command with `--retry-failed` sends what failed again"),
        (_, _, 0) => error.hint("the same command with `--resume` sends the rest"),
        _ => error.hint("the same command with `--resume` sends the rest, with `--retry-failed` also what failed"),
    }
}

/// Adds to the error of a run why its results are not all in their place.
fn both(error: Error, unfinished: Error) -> Error {
    let Message { summary, causes, hints, .. } = unfinished.message;
    if error.message.parts().any(|(_, text)| text == summary) {
        return error;
    }
    error.cause(summary).causes(causes).hints(hints)
}
