//! What came out of one case, and what one case tells of another's destination Regions.

use std::collections::BTreeMap;
use std::time::Duration;

use super::plan::Case;
use super::verdict::{Outcome, Verdict};
use crate::context::Context;
use crate::error::{Error, ExitCode};
use bedrock_ask::message::Message;
use bedrock_ask::model::resolution::{Destinations, Resolution};

/// What came out of one case.
#[derive(Clone, Debug)]
pub struct Finding {
    /// What was checked.
    pub case: Case,
    /// What it says.
    pub verdict: Verdict,
    /// Why, and how to mend it.
    pub error: Option<Error>,
    /// The fault of the setting that kept it from being decided, as its place in the list of faults.
    pub fault: Option<usize>,
    /// The Region in which a denial says that the foundation model is refused.
    pub denied_region: Option<String>,
    /// What is known of each destination Region.
    pub destinations: Vec<Destination>,
    /// What else should be known.
    pub notes: Vec<String>,
    /// Whether AWS asked for fewer calls.
    pub is_throttled: bool,
    /// How long it took; nothing where nothing was called.
    pub took: Option<Duration>,
}

/// What is known of one destination Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Destination {
    /// Its name.
    pub region: String,
    /// What is known of it.
    pub known: Known,
}

/// What can be known of a destination Region. A request through a profile does not tell where it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Known {
    /// It answered: there is no other, or its plain ID was called.
    Answers,
    /// Nothing.
    Unproven,
    /// Refused, as a request from this source Region was told.
    Denied(&'static str),
    /// What `GetFoundationModelAvailability` says there.
    Availability(Verdict),
}

impl Known {
    /// The words in reports.
    pub fn describe(&self) -> String {
        match self {
            Self::Answers => "ok".to_owned(),
            Self::Unproven => "unproven".to_owned(),
            Self::Denied(source) => format!("denied (told from {source})"),
            Self::Availability(verdict) => verdict.as_str().to_owned(),
        }
    }
}

impl Finding {
    /// A verdict, with nothing else known.
    pub fn new(case: &Case, verdict: Verdict) -> Self {
        Self {
            case: case.clone(),
            verdict,
            error: None,
            fault: None,
            denied_region: None,
            destinations: Vec::new(),
            notes: Vec::new(),
            is_throttled: false,
            took: None,
        }
    }

    /// What the catalog alone says of a case.
    pub fn of_catalog(case: &Case, context: &Context) -> Self {
        match &case.resolved {
            Ok(resolution) => {
                Self::of_resolution(case, Verdict::of_resolution(resolution, &context.catalog), resolution)
            }
            Err(refusal) => {
                let verdict = Verdict::of_refusal(&case.model, refusal, &case.request(context), &context.catalog);
                Self { error: Some(Error::from(refusal.clone())), ..Self::new(case, verdict) }
            }
        }
    }

    /// Returns what is known of a case that was not decided when the check was interrupted.
    pub fn interrupted(case: &Case, context: &Context) -> Self {
        if case.resolved.is_err() {
            return Self::of_catalog(case, context);
        }
        let error = Error::new(ExitCode::Interrupted, "the check was interrupted before this was decided");
        Self { error: Some(error), ..Self::new(case, Verdict::Inconclusive) }
    }

    /// A verdict, with what the resolution comes with where that is more than an `ok`.
    pub fn of_resolution(case: &Case, verdict: Verdict, resolution: &Resolution) -> Self {
        let notices = resolution.notices.iter().filter(|_| verdict != Verdict::Ok);
        Self { notes: notices.map(|notice| notice.text.clone()).collect(), ..Self::new(case, verdict) }
    }

    /// Whether the verdict is what was expected.
    pub fn outcome(&self) -> Outcome {
        Outcome::of(self.verdict, self.case.expected)
    }

    /// The verdict, and what was expected where that is something else than an answer.
    pub fn verdict_label(&self) -> String {
        let (verdict, expected) = (self.verdict.as_str(), self.case.expected);
        match self.outcome() {
            _ if expected == Verdict::Ok => verdict.to_owned(),
            Outcome::Passed => format!("{verdict} (expected)"),
            _ => format!("{verdict} (not {})", expected.as_str()),
        }
    }

    /// The ID that was called, or is to be.
    pub fn called(&self) -> Option<&str> {
        self.case.resolved.as_ref().ok().map(|resolution| resolution.id.as_str())
    }

    /// One sentence on what is wrong, where anything is.
    pub fn headline(&self) -> String {
        let expected = self.case.expected.as_str();
        match &self.error {
            Some(error) => error.message.summary.clone(),
            None if self.outcome() == Outcome::Failed => {
                format!("`{}` was to be {expected}, and is {}", self.case.model, self.verdict.as_str())
            }
            None => format!("`{}` is {}", self.case.model, self.verdict.as_str()),
        }
    }

    /// What is known of the destination Regions, where there is more than one.
    pub fn destination_summary(&self) -> Option<String> {
        let answers = matches!(self.verdict, Verdict::Ok | Verdict::Legacy) && self.took.is_some();
        let says_more = |it: &Destination| it.known != Known::Unproven;
        if !answers && !self.destinations.iter().any(says_more) {
            return None;
        }
        if reaches_everywhere(&self.case) && answers {
            return Some("any commercial Region, each unproven".to_owned());
        }
        let mut kinds: Vec<(String, Vec<&str>)> = Vec::new();
        for Destination { region, known } in self.destinations.iter().filter(|_| self.destinations.len() > 1) {
            let words = known.describe();
            match kinds.iter_mut().find(|(other, _)| *other == words) {
                Some((_, regions)) => regions.push(region),
                None => kinds.push((words, vec![region])),
            }
        }
        let kinds: Vec<_> = kinds.iter().map(|(words, regions)| format!("{words} {}", regions.join(", "))).collect();
        Some(kinds.join("; ")).filter(|known| !known.is_empty())
    }

    fn model(&self) -> Option<&str> {
        self.case.resolved.as_ref().ok()?.model.as_deref()
    }
}

/// Says of every destination Region what the findings together know. An answer through a profile, one of whose
/// destinations is denied, is none to rely on.
pub fn share_destinations(findings: &mut [Finding]) {
    let mut denied: BTreeMap<(String, String), (&'static str, Error)> = BTreeMap::new();
    let mut answering: Vec<(String, String)> = Vec::new();
    for finding in &*findings {
        let Some(model) = finding.model() else { continue };
        if let (Some(region), Some(error)) = (&finding.denied_region, &finding.error) {
            let told = (finding.case.region_name(), error.clone());
            denied.entry((model.to_owned(), region.clone())).or_insert(told);
        }
        if let ([alone], Verdict::Ok | Verdict::Legacy) = (finding.case.destinations(), finding.verdict) {
            answering.push((model.to_owned(), alone.clone()));
        }
    }
    for finding in findings {
        let Some(model) = finding.model().map(str::to_owned) else { continue };
        if !finding.destinations.is_empty() {
            continue;
        }
        let known = |region: &String| {
            let place = (model.clone(), region.clone());
            let known = match denied.get(&place) {
                Some((source, _)) => Known::Denied(source),
                None if answering.contains(&place) => Known::Answers,
                None => Known::Unproven,
            };
            Destination { region: region.clone(), known }
        };
        finding.destinations = finding.case.destinations().iter().map(known).collect();
        let is_answered = matches!(finding.verdict, Verdict::Ok | Verdict::Legacy) && finding.took.is_some();
        let refusing = finding.case.destinations().iter().find_map(|region| {
            denied.get(&(model.clone(), region.clone())).map(|(source, error)| (region.clone(), *source, error))
        });
        if let Some((region, source, error)) = refusing.filter(|_| is_answered) {
            finding.verdict = Verdict::Denied;
            finding.error = Some(but_denied(finding, &region, source, error));
            finding.denied_region = Some(region);
        }
    }
}

fn but_denied(finding: &Finding, region: &str, source: &str, error: &Error) -> Error {
    let called = finding.called().unwrap_or(&finding.case.model);
    let summary = format!("`{called}` answered, but {region}, one of its destination Regions, is denied");
    let mut causes = vec![format!("a request from {source} was told: {}", error.message.summary)];
    causes.extend(error.message.causes.first().cloned());
    causes.push("AWS may run the next request there".to_owned());
    let message = Message { summary, causes, hints: error.message.hints.clone() };
    Error { exit: ExitCode::AccessDenied, message, suggestion: None }
}

/// Whether a request may run in any commercial Region, so that no list of destinations can be gone through.
pub fn reaches_everywhere(case: &Case) -> bool {
    case.resolved.as_ref().is_ok_and(|resolution| resolution.destinations == Destinations::AnyCommercial)
}
