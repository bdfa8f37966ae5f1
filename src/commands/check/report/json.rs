//! The report for programs: JSON Lines, first the depth, the counts and the preconditions, then one object for each case. Returns text only.

use serde_json::{Value, json};

use super::ReportData;
use crate::commands::check::Depth;
use crate::commands::check::finding::Finding;
use crate::commands::check::verdict::Outcome;
use crate::commands::identity;
use crate::error::Error;
use bedrock_ask::model::routing::Routing;

pub fn json(data: &ReportData<'_>) -> String {
    let depth = data.preflight.depth;
    let findings = data.findings.iter().map(|of_case| finding(of_case, depth));
    let objects = std::iter::once(preflight(data)).chain(findings);
    objects.map(|object| object.to_string() + "\n").collect()
}

fn preflight(data: &ReportData<'_>) -> Value {
    let preflight = data.preflight;
    let faults: Vec<_> = preflight
        .faults
        .iter()
        .map(|fault| json!({"region": fault.region.map(|region| region.name), "error": fault.error.to_json()}))
        .collect();
    json!({"setting": {
        "sourceRegions": preflight.regions_from,
        "credentials": preflight.credentials.as_ref().map(identity::credentials_to_json),
        "identity": preflight.identity.as_ref().map(identity::to_json),
        "endpointResponded": preflight.endpoints,
        "clockOffsetSeconds": preflight.clock_offset_seconds,
        "faults": faults,
        "depth": preflight.depth.as_str(),
        "stream": preflight.streams,
        "counts": counts(data),
    }})
}

/// Returns the number of cases, and of those with each outcome.
fn counts(data: &ReportData<'_>) -> Value {
    let of_outcomes = Outcome::ALL.iter().map(|outcome| (outcome.as_str(), data.count(*outcome)));
    let counts = std::iter::once(("checked", data.findings.len())).chain(of_outcomes);
    Value::Object(counts.map(|(name, count)| (name.to_owned(), json!(count))).collect())
}

fn finding(finding: &Finding, depth: Depth) -> Value {
    let resolution = finding.case.resolved.as_ref().ok();
    let destinations: Vec<_> = finding
        .destinations
        .iter()
        .map(|destination| json!({"region": destination.region, "known": destination.status.describe()}))
        .collect();
    json!({
        "asked": finding.case.model,
        "region": finding.case.region.map(|region| region.name),
        "modelId": finding.called(),
        "foundationModelId": resolution.and_then(|resolution| resolution.model.as_deref()),
        "routing": resolution.and_then(|resolution| resolution.routing).map(Routing::as_str),
        "depth": depth.as_str(),
        "verdict": finding.verdict.as_str(),
        "expected": finding.case.expected.as_str(),
        "outcome": finding.outcome().as_str(),
        "error": finding.error.as_ref().map(Error::to_json),
        "settingFault": finding.fault,
        "destinations": destinations,
        "notes": finding.notes,
        "durationMs": finding.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
    })
}
