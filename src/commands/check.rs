//! `bedrock-ask check`: proves what can be called, model by model and Region by Region.

mod availability;
mod finding;
mod jobs;
mod list;
mod plan;
mod preflight;
mod preview;
mod probe;
mod progress;
mod report;
mod verdict;

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};

use crate::aws::{self, Aws};
use crate::commands::context::Context;
use crate::commands::resolve::Regions;
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::model::resolution::ResolveRequest;
use crate::model::resolver;
use crate::output::Output;
use availability::AvailabilityFacts;
use finding::{Finding, share_destinations};
use list::Entry;
use plan::Case;
use preflight::Preflight;
use probe::Prober;
use progress::Progress;
use report::{Report, ReportData, ReportFormat, Reports};
use verdict::Verdict;

/// How long one call may take where nobody set a limit: an answer of one token is no long wait.
const LONGEST: Duration = Duration::from_mins(1);

/// Prove what can be called, model by model and Region by Region
#[derive(Clone, Debug, Args)]
pub struct Check {
    /// Models: IDs, inference profile IDs, ARNs, short names, aliases; without any, the configured model
    #[arg(value_name = "MODEL")]
    models: Vec<String>,
    /// Read models from this file (`-` for stdin): one per line, or a YAML list of model, regions, routing, expect
    #[arg(long, value_name = "FILE")]
    from: Option<PathBuf>,
    /// How far to go: resolve the ID, look at what the account may use, or invoke the model for one token
    #[arg(long, value_enum, value_name = "DEPTH", default_value_t = Depth::Invoke)]
    depth: Depth,
    /// Ask for a stream too: another permission than an answer in one piece
    #[arg(long)]
    stream: bool,
    /// How many calls may be under way at once; fewer while AWS throttles them
    #[arg(long, value_name = "N", default_value_t = 8, value_parser = clap::value_parser!(u16).range(1..=256))]
    jobs: u16,
    /// Report as text, json, junit, markdown or github, to stdout or a file; repeatable
    #[arg(long, value_name = "FORMAT[=FILE]", value_parser = |text: &str| text.parse::<Report>())]
    report: Vec<Report>,
    /// Print what would be called, and call nothing
    #[arg(long)]
    dry_run: bool,
}

/// How far a check goes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum Depth {
    /// Offline: what the catalog says.
    Resolve,
    /// What AWS says of the account, without calling the model: no proof.
    Availability,
    /// One token of an answer.
    Invoke,
}

impl Check {
    /// Checks, reports, and says by the exit code how it went.
    ///
    /// # Errors
    /// Where nothing can be checked: a bad file, no Region, a report that cannot be written.
    pub fn run(self, context: &Context<'_>, regions: &Regions, output: &mut Output) -> Result<ExitCode, Error> {
        let entries = self.entries(context, regions)?;
        let cases = plan::plan(&entries, regions, context)?;
        if self.dry_run {
            return preview::show(&cases, (self.depth, self.stream), context, output).map(|()| ExitCode::Success);
        }
        let standard = if output.format() == Format::Json { ReportFormat::Json } else { ReportFormat::Text };
        let reports = Reports::open(&self.report, standard, context.environment)?;
        let lists_regions = entries.iter().any(|entry| entry.regions.is_some());
        let preflight = Preflight::new(&cases, regions, lists_regions, context.settings);
        let (preflight, findings) = if self.depth == Depth::Resolve {
            (preflight, cases.iter().map(|case| Finding::of_catalog(case, context)).collect())
        } else {
            let cannot_start =
                |error: io::Error| Error::new(ExitCode::Failure, "cannot start").cause(error.to_string());
            let called = self.call(&cases, preflight, context, output);
            let (preflight, mut findings) = aws::run(called).map_err(cannot_start)??;
            share_destinations(&mut findings);
            (preflight, findings)
        };
        let data = ReportData { preflight: &preflight, findings: &findings };
        reports.write(&data, output)?;
        Ok(data.exit())
    }

    fn entries(&self, context: &Context<'_>, regions: &Regions) -> Result<Vec<Entry>, Error> {
        let mut entries: Vec<_> = self.models.iter().map(Entry::new).collect();
        if let Some(path) = &self.from {
            entries.extend(list::read(path)?);
        }
        if entries.is_empty() {
            let first = match regions {
                Regions::Named(regions) => regions.first().copied(),
                Regions::Settled | Regions::All => context.request.source_region,
            };
            let request = ResolveRequest { source_region: first, ..context.request };
            entries.push(match &context.settings.model.value {
                Some(model) => Entry::new(model),
                None => Entry::new(resolver::default_model(&request, context.catalog)?.input),
            });
        }
        Ok(entries)
    }

    /// Tries the setting first, then every case.
    async fn call(
        &self,
        cases: &[Case],
        mut preflight: Preflight,
        context: &Context<'_>,
        output: &mut Output,
    ) -> Result<(Preflight, Vec<Finding>), Error> {
        let regions = preflight::regions_of(cases);
        let Some(first) = regions.first() else {
            return Ok((preflight, cases.iter().map(|case| Finding::of_catalog(case, context)).collect()));
        };
        let mut options = context.options(*first, output)?;
        options.timeouts.total.get_or_insert(LONGEST);
        let aws = Aws::new(options).await;
        aws.notes().iter().for_each(|note| output.note(note));
        // What refuses an endpoint refuses it for every Region: that is said before anything is called.
        let runtimes = regions.iter().map(|region| Ok((*region, aws.in_region(*region).bedrock_runtime()?)));
        let runtimes = runtimes.collect::<Result<BTreeMap<_, _>, Error>>()?;
        aws.bedrock()?;
        preflight.identify(&aws, *first, context).await?;
        let prober = Prober { context, aws, runtimes, streams: self.stream, preflight: RefCell::new(preflight) };
        let findings = if self.depth == Depth::Availability {
            self.look_up(cases, &prober, output).await
        } else {
            let mut progress = Progress::new(cases.len(), output);
            let work = |index: usize| prober.invoke(&cases[index]);
            jobs::each(cases.len(), self.jobs.into(), work, |finding| {
                progress.step();
                finding.is_throttled
            })
            .await
        };
        Ok((prober.preflight.into_inner(), findings))
    }

    /// Asks about every place once, then puts together what that says of each case.
    async fn look_up(&self, cases: &[Case], prober: &Prober<'_>, output: &Output) -> Vec<Finding> {
        let places: Vec<_> = availability::places(cases).into_iter().collect();
        let mut progress = Progress::new(places.len(), output);
        let form = match cases.iter().find(|case| availability::needs_form(case)).and_then(|case| case.region) {
            Some(region) => prober.get_use_case(region).await,
            None => None,
        };
        let work = |index: usize| prober.get_availability(&places[index]);
        let answers = jobs::each(places.len(), self.jobs.into(), work, |answer| {
            progress.step();
            answer.as_ref().is_some_and(|(_, is_throttled)| *is_throttled)
        })
        .await;
        let known = places.into_iter().zip(answers).filter_map(|(place, answer)| Some((place, answer?.0)));
        let facts = AvailabilityFacts { form, places: known.collect() };
        let judge = |case: &Case| match prober.preflight.borrow().fault_in(case.region) {
            fault @ Some(_) if case.resolved.is_ok() => Finding { fault, ..Finding::new(case, Verdict::Inconclusive) },
            _ if case.resolved.is_ok() => availability::judge(case, &facts),
            _ => Finding::of_catalog(case, prober.context),
        };
        cases.iter().map(judge).collect()
    }
}
