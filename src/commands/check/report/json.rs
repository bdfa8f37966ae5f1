//! The report for programs: JSON Lines, first the preconditions, then one object for each case. Returns text only.

use serde_json::{Value, json};

use super::ReportData;
use crate::commands::check::finding::Finding;
use crate::commands::check::preflight::Preflight;
use crate::error::Error;
use bedrock_ask::model::routing::Routing;

pub fn json(data: &ReportData<'_>) -> String {
    let objects = std::iter::once(preflight(data.preflight)).chain(data.findings.iter().map(finding));
    objects.map(|object| object.to_string() + "\n").collect()
}

fn preflight(preflight: &Preflight) -> Value {
    let faults: Vec<_> = preflight
        .faults
        .iter()
        .map(|fault| json!({"region": fault.region.map(|region| region.name), "error": fault.error.to_json()}))
        .collect();
    json!({"setting": {
        "sourceRegions": preflight.regions_from,
        "credentials": preflight.credentials,
        "principal": preflight.principal,
        "endpoints": preflight.endpoints,
        "clockOffsetSeconds": preflight.clock_offset_seconds,
        "faults": faults,
    }})
}

fn finding(finding: &Finding) -> Value {
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
        "verdict": finding.verdict.as_str(),
        "expected": finding.case.expected.as_str(),
        "outcome": finding.outcome().as_str(),
        "error": finding.error.as_ref().map(Error::to_json),
        "settingFault": finding.fault,
        "destinationRegions": destinations,
        "notes": finding.notes,
        "milliseconds": finding.took.map(|took| u64::try_from(took.as_millis()).unwrap_or(u64::MAX)),
    })
}
