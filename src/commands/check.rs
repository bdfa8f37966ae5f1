//! `bedrock-ask check`: proves which models can be invoked, model by model and Region by Region.

mod availability;
mod cost;
mod finding;
mod list;
mod plan;
mod preflight;
mod preview;
mod probe;
pub mod report;
mod verdict;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::commands::concurrency::{self, Next};
use crate::commands::{ALLOW_HTTP, CommandArgs, OnlineCommand, TIMEOUT};
use crate::config::Origin;
use crate::config::value::Format;
use crate::context::{Context, SourceRegions};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, cannot_start};
use crate::signals::Signals;
use availability::AvailabilityFacts;
use bedrock_ask::model::id::{self, Malformed, Reference};
use bedrock_ask::model::resolution::ResolveRequest;
use bedrock_ask::model::resolver;
use cost::Cost;
use finding::{Finding, share_destinations};
use list::ListEntry;
use plan::CheckCase;
use preflight::Preflight;
use probe::Prober;
use report::{Report, ReportData, ReportFormat, Reports};
use verdict::Verdict;

/// The limit for each call if the user sets none: a response of one token does not take long.
const TIME_LIMIT: Duration = Duration::from_mins(1);

/// Check which models can be invoked, in each Region
#[derive(Clone, Debug, Args)]
#[command(after_long_help = help())]
pub struct CheckArgs {
    /// Models: IDs, inference profile IDs, ARNs, short names, aliases; without any, the configured model
    #[arg(value_name = "MODEL")]
    models: Vec<String>,
    /// Read models from this file (`-` for stdin): one per line, or a YAML list of model, regions, routing, expect
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// How far to go: resolve the ID, look at what the account may use, or invoke the model for one token
    #[arg(long, value_enum, value_name = "DEPTH", default_value_t = Depth::Invoke)]
    depth: Depth,
    /// Invoke the model for a stream too, which needs another permission
    #[arg(long)]
    stream: bool,
    /// How many calls may be under way at once; fewer while AWS throttles them
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Report as text, json, junit, markdown or github, to stdout or a file; repeatable
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = |text: &str| text.parse::<Report>())]
    report: Vec<Report>,
    /// Print the plan and its estimated cost without sending anything; needs no credentials
    #[arg(long, conflicts_with = "report")]
    dry_run: bool,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, ValueEnum)]
pub enum Depth {
    /// Offline: what the catalog lists.
    Resolve,
    /// What AWS reports about the account, without calling the model: no proof.
    Availability,
    /// One token of a response.
    #[default]
    Invoke,
}

impl Depth {
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Resolve => "resolve",
            Self::Availability => "availability",
            Self::Invoke => "invoke",
        }
    }

    /// Returns what was done at this depth.
    pub const fn meaning(self) -> &'static str {
        match self {
            Self::Resolve => "offline: nothing was invoked, so no model is proven to respond",
            Self::Availability => "what AWS reports about the account: no model was invoked",
            Self::Invoke => "each model was invoked for one token",
        }
    }
}

/// Returns the end of the long help: what fails and what does not.
fn help() -> String {
    format!(
        "\
Verdicts, and their outcome where the list has no `expect`:
{}
Exit codes: 8 if a model failed, else 9 if one is inconclusive, else 0. 5 if there are no valid credentials.

A list for --from, with every key:
  - claude-sonnet-4.6
  - {{ model: nova-lite, regions: [eu-central-1, us-east-1], routing: geographic, expect: ok }}
  - {{ model: claude-opus-4.7, regions: all, expect: denied }}

A model that rejects a limit of one token is invoked again with a limit of 64.",
        Verdict::table()
    )
}

impl CommandArgs for CheckArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        if self.depth == Depth::Resolve || self.dry_run { vec![ALLOW_HTTP, TIMEOUT] } else { Vec::new() }
    }
}

impl OnlineCommand for CheckArgs {
    /// Checks and reports. The exit code is the overall result.
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        self.check_reports(context)?;
        if self.stream && self.depth != Depth::Invoke {
            return Err(Error::usage(format!("`--stream` has no effect with `--depth {}`", self.depth.as_str())));
        }
        let entries = self.entries(context)?;
        let cases = plan::plan(&entries, context)?;
        if self.dry_run {
            return preview::show(&cases, (self.depth, self.stream), context, output).map(|()| ExitCode::Success);
        }
        let standard = if output.format() == Format::Json { ReportFormat::Json } else { ReportFormat::Text };
        let open = || Reports::open(&self.report, standard, &context.environment);
        let lists_regions = entries.iter().any(|entry| entry.regions.is_some());
        let depth = (self.depth, self.stream);
        let preflight = Preflight::new(&cases, depth, context.source_regions(), lists_regions, &context.settings);
        if self.depth == Depth::Resolve {
            let findings: Vec<_> = cases.iter().map(|case| Finding::from_catalog(case, context)).collect();
            let data = ReportData { preflight: &preflight, findings: &findings };
            open()?.write(&data, output)?;
            return Ok(data.exit());
        }
        // Listens before there is a temporary file that a signal could leave behind.
        let mut signals = Signals::listen().map_err(cannot_start)?;
        let reports = open()?;
        let (preflight, mut findings) = Box::pin(self.call(&cases, preflight, session, &mut signals, output)).await?;
        share_destinations(&mut findings);
        let data = ReportData { preflight: &preflight, findings: &findings };
        let refusal = preflight.refusal.clone();
        // An error says everything that the matrix would: nothing was called.
        let reports = if refusal.is_some() { reports.without_default() } else { reports };
        reports.write(&data, output)?;
        match (signals.received(), refusal) {
            (Some(signal), _) => Err(signal.into()),
            (None, Some(error)) => Err(error),
            (None, None) => Ok(data.exit()),
        }
    }
}

/// Refuses text that names nothing, or has a control character.
fn require_model(text: &str) -> Result<(), Error> {
    match Reference::parse(&id::unescaped(text)) {
        Err(malformed @ Malformed::Empty) => Err(Error::usage(malformed.to_string())),
        Err(malformed @ Malformed::Character(letter)) if letter.is_control() => {
            Err(Error::usage(malformed.to_string()))
        }
        _ => Ok(()),
    }
}

impl CheckArgs {
    /// Refuses a report on stdout beside another form that a flag asks for there.
    fn check_reports(&self, context: &Context) -> Result<(), Error> {
        let on_stdout = self.report.iter().find(|report| report.file.is_none());
        let is_flag = matches!(context.settings.format.origin, Origin::Flag(_));
        match (on_stdout, context.settings.format.value) {
            (Some(Report { format, .. }), Format::Json) if is_flag && *format != ReportFormat::Json => {
                Err(Error::usage("`--format json` and a report in another format cannot both go to stdout")
                    .hint("write the report to a file: `--report FORMAT=FILE`"))
            }
            _ => Ok(()),
        }
    }

    fn entries(&self, context: &Context) -> Result<Vec<ListEntry>, Error> {
        let mut entries: Vec<_> = self.models.iter().map(ListEntry::new).collect();
        if let Some(path) = &self.from {
            entries.extend(list::read(path)?);
        }
        if entries.is_empty() {
            let first = match context.source_regions() {
                SourceRegions::Listed(regions) => regions.first().copied(),
                SourceRegions::Settings | SourceRegions::All => context.settings.region.value,
            };
            let request =
                ResolveRequest { region_by_flag: context.region_is_flag(), ..context.resolve_request_from(first) };
            entries.push(match &context.settings.model.value {
                Some(model) => ListEntry::new(model),
                None => ListEntry::new(resolver::default_model(&request, &context.catalog)?.input),
            });
        }
        entries.iter().try_for_each(|entry| require_model(&entry.model))?;
        Ok(entries)
    }

    /// Checks the preconditions first, then every case, until a signal is received.
    async fn call(
        &self,
        cases: &[CheckCase],
        mut preflight: Preflight,
        session: &Session,
        signals: &mut Signals,
        output: &mut Output,
    ) -> Result<(Preflight, Vec<Finding>), Error> {
        let context = &session.context;
        let regions = preflight::regions_of(cases);
        let Some(first) = regions.first() else {
            return Ok((preflight, cases.iter().map(|case| Finding::from_catalog(case, context)).collect()));
        };
        let aws = session.connect_with_limit(*first, TIME_LIMIT, output).await?;
        // An endpoint that is not valid is not valid for any Region: that is reported before anything is called.
        let runtimes = regions.iter().map(|region| Ok((*region, aws.in_region(*region).bedrock_runtime()?)));
        let runtimes = runtimes.collect::<Result<BTreeMap<_, _>, Error>>()?;
        if self.depth == Depth::Availability {
            aws.bedrock()?;
        }
        signals.unless_received(preflight.identify(&aws, *first, context)).await.unwrap_or(Ok(()))?;
        let prober = Prober { context, aws, runtimes, streams: self.stream, preflight: RefCell::new(preflight) };
        let findings = if self.depth == Depth::Availability {
            self.read_availability(cases, &prober, signals, output).await
        } else {
            if output.shows_questions() && prober.preflight.borrow().refusal.is_none() {
                output.note(&Cost::new(cases, self.stream, &context.catalog).to_string());
            }
            let mut progress = output.progress("checking", cases.len());
            let invocations = cases.iter().map(|case| prober.invoke(case));
            let findings = concurrency::run_until(signals.wait(), invocations, self.jobs.into(), |finding| {
                progress.step();
                if finding.is_throttled { Next::SlowDown } else { Next::Continue }
            })
            .await;
            let undecided =
                |(case, finding): (_, Option<Finding>)| finding.unwrap_or_else(|| Finding::interrupted(case, context));
            cases.iter().zip(findings).map(undecided).collect()
        };
        Ok((prober.preflight.into_inner(), findings))
    }

    /// Reads the availability of every model and Region once, and derives the findings of the cases from it.
    async fn read_availability(
        &self,
        cases: &[CheckCase],
        prober: &Prober<'_>,
        signals: &mut Signals,
        output: &mut Output,
    ) -> Vec<Finding> {
        let places: Vec<_> = availability::places(cases).into_iter().collect();
        let mut progress = output.progress("checking", places.len());
        let form = match cases.iter().find(|case| availability::needs_form(case)).and_then(|case| case.region) {
            Some(region) => signals.unless_received(prober.get_use_case(region)).await.unwrap_or(None),
            None => None,
        };
        let lookups = places.iter().map(|place| prober.get_availability(place));
        let results = concurrency::run_until(signals.wait(), lookups, self.jobs.into(), |result| {
            progress.step();
            if matches!(result, Some((_, true))) { Next::SlowDown } else { Next::Continue }
        })
        .await;
        let looked_up = places.into_iter().zip(results).filter_map(|(place, result)| Some((place, result??.0)));
        let facts = AvailabilityFacts { form, places: looked_up.collect() };
        let finding = |case: &CheckCase| match prober.preflight.borrow().fault_in(case.region) {
            fault @ Some(_) if case.resolved.is_ok() => Finding { fault, ..Finding::new(case, Verdict::Inconclusive) },
            _ if signals.received().is_some() && !facts.covers(case) => Finding::interrupted(case, prober.context),
            _ if case.resolved.is_ok() => {
                let from_catalog = Finding::from_catalog(case, prober.context);
                let is_unusable = matches!(from_catalog.verdict, Verdict::Retired | Verdict::Unavailable);
                if is_unusable { from_catalog } else { availability::finding(case, &facts) }
            }
            _ => Finding::from_catalog(case, prober.context),
        };
        cases.iter().map(finding).collect()
    }
}
