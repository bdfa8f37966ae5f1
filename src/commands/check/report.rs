//! Reports of a check: their formats and destinations. The formats only return text, which is written here.

mod github;
mod json;
mod junit;
mod markdown;
mod text;

use std::fs::{self, File};
use std::io::Write;
use std::path::{Path, PathBuf, absolute};
use std::str::FromStr;

use clap::ValueEnum;

use super::finding::{Finding, grouped};
use super::preflight::{Fault, Preflight};
use super::verdict::{Outcome, Verdict};
use crate::atomic_file::{AtomicFile, Existing, FileAccess, is_direct};
use crate::config::Environment;
use crate::distinct::distinct;
use crate::error::{Error, ExitCode};
use crate::output::{self, Output};

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum ReportFormat {
    /// A matrix of models and Regions, and what is not as expected.
    Text,
    /// JSON Lines: one object for the preconditions, then one for each case.
    Json,
    /// XML for CI systems.
    Junit,
    /// The matrix as Markdown.
    Markdown,
    /// Annotations and a summary for GitHub Actions.
    Github,
}

/// A value of `--report`: `FORMAT` or `FORMAT=FILE`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Report {
    pub format: ReportFormat,
    /// `None` is stdout.
    pub file: Option<PathBuf>,
}

impl FromStr for Report {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let (format, file) = text.split_once('=').map_or((text, None), |(format, file)| (format, Some(file)));
        let format = <ReportFormat as ValueEnum>::from_str(format, false)
            .map_err(|_| "must be text, json, junit, markdown or github, alone or with =FILE")?;
        if file == Some("") {
            return Err("must have a file name after `=`".to_owned());
        }
        Ok(Self { format, file: file.map(PathBuf::from) })
    }
}

pub struct ReportData<'a> {
    pub preflight: &'a Preflight,
    /// The findings, in the order of the plan.
    pub findings: &'a [Finding],
}

impl ReportData<'_> {
    /// Returns the exit code: a failure takes precedence over what is inconclusive.
    ///
    /// Credentials that are not valid, in any Region or in all that were checked, are no finding about a model.
    pub fn exit(&self) -> ExitCode {
        let faults = &self.preflight.faults;
        let is_refused = |finding: &Finding| {
            finding.fault.is_some_and(|index| faults.get(index).is_some_and(Fault::is_of_credentials))
        };
        let mut called = self.findings.iter().filter(|finding| finding.case.resolved.is_ok()).peekable();
        let is_refused_everywhere = faults.iter().any(|fault| fault.region.is_none() && fault.is_of_credentials());
        if is_refused_everywhere || called.peek().is_some() && called.all(is_refused) {
            return ExitCode::AccessDenied;
        }
        match self.findings.iter().map(Finding::outcome).max() {
            Some(Outcome::Failed) => ExitCode::CheckFailed,
            Some(Outcome::Inconclusive) => ExitCode::CheckInconclusive,
            _ => ExitCode::Success,
        }
    }

    /// Renders the report; `width` is that of the terminal, if the report goes to one.
    fn render(&self, format: ReportFormat, width: Option<u16>) -> Result<String, Error> {
        match format {
            ReportFormat::Text => Ok(text::text(self, width)),
            ReportFormat::Json => Ok(json::json(self)),
            ReportFormat::Junit => junit::junit(self),
            ReportFormat::Markdown => Ok(markdown::markdown(self)),
            ReportFormat::Github => Ok(github::annotations(self)),
        }
    }

    /// Returns the matrix with its header: models as rows, or Regions if there are more of them.
    fn matrix(&self) -> Vec<Vec<String>> {
        let columns = self.regions();
        let titles = columns.iter().map(|name| (*name).to_owned());
        let mut lines = vec![std::iter::once(MODEL.to_owned()).chain(titles).collect()];
        lines.extend(self.rows().into_iter().map(|(title, cells)| [vec![title], cells].concat()));
        if columns.len() > lines.len() - 1 { transposed(&lines) } else { lines }
    }

    /// Returns every source Region, in order.
    fn regions(&self) -> Vec<&'static str> {
        distinct(self.findings.iter().map(|finding| finding.case.region_name()))
    }

    /// Returns the rows of the matrix: a title, and a cell for each column.
    fn rows(&self) -> Vec<(String, Vec<String>)> {
        let columns = self.regions();
        let row = |of_row: &[Finding]| {
            let verdict_label = |column: &&str| {
                let found = of_row.iter().find(|finding| finding.case.region_name() == *column);
                found.map_or_else(|| "-".to_owned(), Finding::verdict_label)
            };
            (one_line(&of_row[0].case.title()), columns.iter().map(verdict_label).collect())
        };
        self.findings.chunk_by(|one, next| one.case.row == next.case.row).map(row).collect()
    }

    /// Returns the findings that need attention, grouped by model and cause.
    fn details(&self) -> Vec<Detail<'_>> {
        let is_plain = |finding: &&Finding| finding.outcome() == Outcome::Passed && finding.notes.is_empty();
        let decided = self.findings.iter().filter(|finding| finding.fault.is_none());
        let groups = grouped(decided.filter(|finding| !is_plain(finding)).map(|finding| (group_key(finding), finding)));
        let regions = |group: &[&Finding]| group.iter().map(|finding| finding.case.region_name()).collect();
        groups.into_iter().map(|(_, group)| Detail { first: group[0], regions: regions(&group) }).collect()
    }

    /// Returns what is known of destination Regions that no response proves: source Regions, IDs that were invoked, and
    /// the facts.
    fn destinations(&self) -> Vec<String> {
        let facts = self.findings.iter().filter_map(|finding| {
            Some(((finding.destination_summary()?, finding.called()?), finding.case.region_name()))
        });
        let by_id = grouped(distinct(facts)).into_iter().map(|((known, id), sources)| ((known, sources), id));
        let by_sources = grouped(by_id).into_iter();
        by_sources
            .map(|((known, sources), ids)| format!("from {} through {}: {known}", sources.join(", "), ids.join(", ")))
            .collect()
    }

    fn count(&self, outcome: Outcome) -> usize {
        self.findings.iter().filter(|finding| finding.outcome() == outcome).count()
    }

    /// Returns the number of cases by outcome and by verdict, in one line.
    fn summary(&self) -> String {
        let outcomes: Vec<_> =
            Outcome::ALL.iter().map(|outcome| format!("{} {}", self.count(*outcome), outcome.as_str())).collect();
        let count = |verdict: Verdict| self.findings.iter().filter(|finding| finding.verdict == verdict).count();
        let verdicts = Verdict::ALL.iter().map(|verdict| (count(*verdict), verdict.as_str()));
        let verdicts: Vec<_> =
            verdicts.filter(|(count, _)| *count > 0).map(|(n, word)| format!("{n} {word}")).collect();
        format!("{} checked: {} ({})", self.findings.len(), outcomes.join(", "), verdicts.join(", "))
    }
}

/// The first cell of a matrix whose rows are models.
const MODEL: &str = "model";

/// Returns a matrix with its columns as rows.
fn transposed(lines: &[Vec<String>]) -> Vec<Vec<String>> {
    let column = |index: usize| lines.iter().map(|line| line[index].clone()).collect::<Vec<_>>();
    let mut turned: Vec<_> = (0..lines.first().map_or(0, Vec::len)).map(column).collect();
    if let Some(corner) = turned.first_mut().and_then(|header| header.first_mut()) {
        if corner == MODEL { "Region" } else { MODEL }.clone_into(corner);
    }
    turned
}

/// Returns the title of a fault: what cannot be checked.
fn fault_title(fault: &Fault) -> String {
    fault.region.map_or_else(
        || "could not check any model".to_owned(),
        |region| format!("could not check the models from {region}"),
    )
}

/// Findings of one model that have the same cause.
struct Detail<'a> {
    first: &'a Finding,
    regions: Vec<&'static str>,
}

impl Detail<'_> {
    fn title(&self) -> String {
        let called = match self.first.called() {
            Some(id) if id != self.first.case.model => format!(", invoked as {id}"),
            _ => String::new(),
        };
        let title = self.first.case.title();
        one_line(&format!("{}: {title} from {}{called}", self.first.verdict_label(), self.regions.join(", ")))
    }

    /// Returns the headline, then causes, fixes and notes, a line each.
    fn lines(&self) -> Vec<String> {
        let mut lines = Vec::new();
        if self.first.error.is_some() || self.first.notes.is_empty() {
            lines.push(one_line(&self.first.headline()));
        }
        lines.extend(self.first.error.iter().flat_map(reasons));
        lines.extend(self.first.notes.iter().map(|note| one_line(&format!("note: {note}"))));
        lines
    }
}

/// Returns the key by which findings are grouped: everything but the source Region.
fn group_key(finding: &Finding) -> (usize, String, Option<&str>, String) {
    let lines =
        finding.error.iter().flat_map(|error| std::iter::once(&error.message.summary).chain(&error.message.hints));
    let text = lines.chain(&finding.notes).map(String::as_str).collect::<Vec<_>>().join("\n");
    (finding.case.row, finding.verdict_label(), finding.called(), text.replace(finding.case.region_name(), ""))
}

/// Returns AWS's words, causes and hints, a line each.
fn reasons(error: &Error) -> Vec<String> {
    let parts = error.message.parts().skip(1).map(|(part, text)| format!("{}: {text}", part.label()));
    parts.map(|line| one_line(&line)).collect()
}

/// Joins the lines of a text: in a log of GitHub Actions, a line from AWS could be a command.
fn one_line(text: &str) -> String {
    output::one_line(text).into_owned()
}

/// The reports of one check. Their files are opened before anything is called.
pub struct Reports {
    targets: Vec<(ReportFormat, Option<ReportFile>)>,
    /// Whether the first target is one that no flag named.
    has_default: bool,
    summary: Option<PathBuf>,
    annotates: bool,
}

impl Reports {
    /// Decides which report goes where: text or JSON to stdout unless another report does; in GitHub Actions,
    /// annotations besides.
    ///
    /// # Errors
    /// If two reports would go to stdout or to the same file, or a file cannot be written.
    pub fn open(input: &[Report], standard: ReportFormat, environment: &Environment) -> Result<Self, Error> {
        if input.iter().filter(|report| report.file.is_none()).count() > 1 {
            return Err(Error::usage("two reports cannot both go to stdout").hint("--report text --report junit=FILE"));
        }
        // A pipe or a device takes one report after the other.
        let files = input.iter().filter_map(|report| report.file.as_deref()).filter(|file| !is_direct(file));
        let files: Vec<_> = files.collect();
        let place = |file: &Path| absolute(file).unwrap_or_else(|_| file.to_owned());
        let is_repeated = |(at, file): &(usize, &&Path)| files[..*at].iter().any(|other| place(other) == place(file));
        if let Some((_, file)) = files.iter().enumerate().find(is_repeated) {
            let what = format!("two reports cannot both go to `{}`", file.display());
            return Err(Error::usage(what).hint("name another file for each report"));
        }
        let mut targets = Vec::new();
        let has_default = input.iter().all(|report| report.file.is_some());
        if has_default {
            targets.push((standard, None));
        }
        for Report { format, file } in input {
            targets.push((*format, file.as_deref().map(ReportFile::create).transpose()?));
        }
        let has_github = input.iter().any(|report| report.format == ReportFormat::Github);
        let summary = environment.github_step_summary().filter(|_| has_github || environment.is_github_actions());
        Ok(Self { targets, has_default, summary, annotates: environment.is_github_actions() && !has_github })
    }

    /// Leaves out the report that no flag named.
    pub fn without_default(self) -> Self {
        let has_default = self.has_default;
        Self { targets: self.targets.into_iter().skip(usize::from(has_default)).collect(), has_default: false, ..self }
    }

    /// Writes all reports.
    pub fn write(self, data: &ReportData<'_>, output: &mut Output) -> Result<(), Error> {
        let mut stdout = Ok(());
        for (format, target) in self.targets {
            match target {
                Some(file) => file.commit(&data.render(format, None)?)?,
                None => stdout = output.text(&data.render(format, output.width())?),
            }
        }
        if self.annotates {
            // GitHub reads both streams, and stdout is the report's.
            github::annotations(data).lines().for_each(|line| output.aside(line));
        }
        if let Some(path) = self.summary {
            let appended = File::options().append(true).create(true).open(&path);
            let written = appended.and_then(|mut file| file.write_all(markdown::markdown(data).as_bytes()));
            written.map_err(|error| output::unwritable_file(&path, &error))?;
        }
        match stdout {
            // The reader has seen enough: the exit code is still that of the check.
            Err(error) if error.exit == ExitCode::Success => Ok(()),
            written => written,
        }
    }
}

struct ReportFile {
    path: PathBuf,
    /// `None` for a pipe or a device, which cannot be replaced.
    file: Option<AtomicFile>,
}

impl ReportFile {
    fn create(path: &Path) -> Result<Self, Error> {
        let create = || AtomicFile::create(path, FileAccess::Inherited, Existing::Replace);
        let file = (!is_direct(path)).then(create).transpose();
        Ok(Self { path: path.to_owned(), file: file.map_err(|error| output::unwritable_file(path, &error))? })
    }

    fn commit(self, report: &str) -> Result<(), Error> {
        let written = match self.file {
            None => fs::write(&self.path, report),
            Some(mut file) => {
                let written = file.write_all(report.as_bytes());
                written.and_then(|()| file.commit().map_err(|refused| refused.error))
            }
        };
        written.map_err(|error| output::unwritable_file(&self.path, &error))
    }
}
