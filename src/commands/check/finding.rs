//! The result of one case, and what it shows about the destination Regions of others.

use std::collections::BTreeMap;
use std::time::Duration;

use super::plan::CheckCase;
use super::verdict::{Outcome, Verdict};
use crate::context::Context;
use crate::error::{Error, ExitCode};
use bedrock_ask::message::Message;
use bedrock_ask::model::resolution::{Destinations, Resolution};

#[derive(Clone, Debug)]
pub struct Finding {
    pub case: CheckCase,
    pub verdict: Verdict,
    /// Why the verdict is not `ok`, and the fix.
    pub error: Option<Error>,
    /// The index of the preflight fault that kept the case from being decided.
    pub fault: Option<usize>,
    /// The Region in which the foundation model is denied, as AWS's message states it.
    pub denied_region: Option<String>,
    /// What is known of each destination Region.
    pub destinations: Vec<DestinationFinding>,
    pub notes: Vec<String>,
    pub is_throttled: bool,
    /// How long the calls took; `None` if there was none.
    pub took: Option<Duration>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DestinationFinding {
    pub region: String,
    pub status: DestinationStatus,
}

/// What is known of a destination Region. A response through a profile does not say where it ran.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum DestinationStatus {
    /// The model responded there: the Region is the only destination.
    Responds,
    Unproven,
    /// Denied, as a request from this source Region showed.
    Denied(&'static str),
    /// The result of `GetFoundationModelAvailability` there.
    Availability(Verdict),
}

impl DestinationStatus {
    pub fn describe(&self) -> String {
        match self {
            Self::Responds => "ok".to_owned(),
            Self::Unproven => "unproven".to_owned(),
            Self::Denied(source) => format!("denied (reported from {source})"),
            Self::Availability(verdict) => verdict.as_str().to_owned(),
        }
    }
}

impl Finding {
    /// Creates a finding with nothing but a verdict.
    pub fn new(case: &CheckCase, verdict: Verdict) -> Self {
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

    /// Returns the finding of a case from the catalog alone.
    pub fn from_catalog(case: &CheckCase, context: &Context) -> Self {
        match &case.resolved {
            Ok(resolution) => {
                let verdict = Verdict::from_resolution(resolution, &context.catalog);
                let mut finding = Self::from_resolution(case, verdict, resolution);
                if verdict == Verdict::Inconclusive && finding.notes.is_empty() {
                    finding.notes.push("the catalog does not list it; `--depth invoke` decides it".to_owned());
                }
                finding
            }
            Err(refusal) => {
                let verdict =
                    Verdict::from_resolve_error(&case.model, refusal, &case.request(context), &context.catalog);
                Self { error: Some(Error::from(refusal.clone())), ..Self::new(case, verdict) }
            }
        }
    }

    /// Returns the finding of a case that was not decided when the check was interrupted.
    pub fn interrupted(case: &CheckCase, context: &Context) -> Self {
        if case.resolved.is_err() {
            return Self::from_catalog(case, context);
        }
        let error = Error::new(ExitCode::Interrupted, "the check was interrupted before this was decided");
        Self { error: Some(error), ..Self::new(case, Verdict::Inconclusive) }
    }

    /// Makes the finding inconclusive: this operation responded, but not as a model does.
    pub fn set_incomplete(&mut self, operation: &str, lack: &str) {
        let error = Error::incomplete(format!("the response of {operation} has {lack}"));
        self.error = Some(error.cause("every response of a model has a stop reason, and content or tokens of output"));
        self.verdict = Verdict::Inconclusive;
        self.notes.clear();
    }

    /// Creates a finding with the notices of the resolution, unless the verdict is `ok` or `listed`.
    pub fn from_resolution(case: &CheckCase, verdict: Verdict, resolution: &Resolution) -> Self {
        let notices = resolution.notices.iter().filter(|_| !matches!(verdict, Verdict::Ok | Verdict::Listed));
        Self { notes: notices.map(|notice| notice.text.clone()).collect(), ..Self::new(case, verdict) }
    }

    /// Compares the verdict with the expected one.
    pub fn outcome(&self) -> Outcome {
        Outcome::new(self.verdict, self.case.expected, self.took.is_some())
    }

    /// Returns the verdict, with the expected one unless that is `ok`.
    pub fn verdict_label(&self) -> String {
        let (verdict, expected) = (self.verdict.as_str(), self.case.expected);
        match self.outcome() {
            _ if expected == Verdict::Ok => verdict.to_owned(),
            Outcome::Passed => format!("{verdict} (expected)"),
            _ => format!("{verdict} (not {})", expected.as_str()),
        }
    }

    /// Returns the ID that was invoked, or would be.
    pub fn called(&self) -> Option<&str> {
        self.case.resolved.as_ref().ok().map(|resolution| resolution.id.as_str())
    }

    /// Returns one sentence about what is wrong, or an empty text.
    pub fn headline(&self) -> String {
        let expected = self.case.expected.as_str();
        match &self.error {
            Some(error) => error.message.summary.clone(),
            None if self.outcome() == Outcome::Failed => {
                format!("`{}` is expected to be {expected}, but is {}", self.case.model, self.verdict.as_str())
            }
            None => format!("`{}` is {}", self.case.model, self.verdict.as_str()),
        }
    }

    /// Returns what is known of the destination Regions, or `None` if there are fewer than two.
    pub fn destination_summary(&self) -> Option<String> {
        let has_responded = matches!(self.verdict, Verdict::Ok | Verdict::Legacy) && self.took.is_some();
        let is_proven = |destination: &DestinationFinding| destination.status != DestinationStatus::Unproven;
        if !has_responded && !self.destinations.iter().any(is_proven) {
            return None;
        }
        if reaches_everywhere(&self.case) && has_responded {
            return Some("any commercial Region, each unproven".to_owned());
        }
        if self.destinations.len() < 2 {
            return None;
        }
        let statuses = self.destinations.iter().map(|known| (known.status.describe(), known.region.as_str()));
        let kinds = grouped(statuses).into_iter().map(|(words, regions)| format!("{words} {}", regions.join(", ")));
        Some(kinds.collect::<Vec<_>>().join("; "))
    }

    fn model(&self) -> Option<&str> {
        self.case.resolved.as_ref().ok()?.model.as_deref()
    }
}

/// Groups values by their keys, in the order in which the keys come first.
pub fn grouped<K: PartialEq, V>(pairs: impl IntoIterator<Item = (K, V)>) -> Vec<(K, Vec<V>)> {
    let mut groups: Vec<(K, Vec<V>)> = Vec::new();
    for (key, value) in pairs {
        match groups.iter_mut().find(|(known, _)| *known == key) {
            Some((_, values)) => values.push(value),
            None => groups.push((key, vec![value])),
        }
    }
    groups
}

/// Copies what is known of each destination Region to all findings. A response through a profile with a denied
/// destination is a failure: the next request may run there.
pub fn share_destinations(findings: &mut [Finding]) {
    let mut denied: BTreeMap<(String, String), (&'static str, Error)> = BTreeMap::new();
    let mut responding: Vec<(String, String)> = Vec::new();
    for finding in &*findings {
        let Some(model) = finding.model() else { continue };
        if let (Some(region), Some(error)) = (&finding.denied_region, &finding.error) {
            let denial = (finding.case.region_name(), error.clone());
            denied.entry((model.to_owned(), region.clone())).or_insert(denial);
        }
        if let ([alone], Verdict::Ok | Verdict::Legacy) = (finding.case.destinations(), finding.verdict) {
            responding.push((model.to_owned(), alone.clone()));
        }
    }
    for finding in findings {
        let Some(model) = finding.model().map(str::to_owned) else { continue };
        if !finding.destinations.is_empty() {
            continue;
        }
        let finding_for = |region: &String| {
            let place = (model.clone(), region.clone());
            let status = match denied.get(&place) {
                Some((source, _)) => DestinationStatus::Denied(source),
                None if responding.contains(&place) => DestinationStatus::Responds,
                None => DestinationStatus::Unproven,
            };
            DestinationFinding { region: region.clone(), status }
        };
        finding.destinations = finding.case.destinations().iter().map(finding_for).collect();
        let has_responded = matches!(finding.verdict, Verdict::Ok | Verdict::Legacy) && finding.took.is_some();
        let denied_region = finding.case.destinations().iter().find_map(|region| {
            denied.get(&(model.clone(), region.clone())).map(|(source, error)| (region.clone(), *source, error))
        });
        if let Some((region, source, error)) = denied_region.filter(|_| has_responded) {
            finding.verdict = Verdict::Denied;
            finding.error = Some(denied_destination(finding, &region, source, error));
            finding.denied_region = Some(region);
        }
    }
}

fn denied_destination(finding: &Finding, region: &str, source: &str, error: &Error) -> Error {
    let called = finding.called().unwrap_or(&finding.case.model);
    let summary = format!("`{called}` responded, but {region}, one of its destination Regions, is denied");
    let causes = vec![
        format!("a request from {source} failed: {}", error.message.summary),
        "AWS may run the next request there".to_owned(),
    ];
    let Message { aws, hints, .. } = error.message.clone();
    let message = Message { summary, aws, causes, hints };
    Error { exit: ExitCode::AccessDenied, message, suggestion: None }
}

/// Whether a request may run in any commercial Region, so that the destinations cannot be enumerated.
pub fn reaches_everywhere(case: &CheckCase) -> bool {
    case.resolved.as_ref().is_ok_and(|resolution| resolution.destinations == Destinations::AnyCommercial)
}
