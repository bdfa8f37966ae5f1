//! `--dry-run`: prints what a check would call, and what it would cost.

use serde_json::json;

use super::cost::Cost;
use super::{CheckCase, Depth, availability};
use crate::commands::caller::Caller;
use crate::config::value::Format;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;

/// Prints a line for each call, in order, and the number and the cost of those that invoke a model.
pub fn show(
    cases: &[CheckCase],
    (depth, streams): (Depth, bool),
    context: &Context,
    output: &mut Output,
) -> Result<(), Error> {
    let cost = if depth == Depth::Invoke { Cost::new(cases, streams, &context.catalog) } else { Cost::default() };
    if output.format() == Format::Json {
        output.json(&json!({"plan": {
            "depth": depth.as_str(),
            "calls": cost.calls,
            "estimatedCost": {"usDollars": cost.dollars, "pricesAsOf": context.catalog.date().to_string()},
            "callsWithoutPrice": cost.unpriced,
        }}))?;
    }
    let asks_sts = depth != Depth::Resolve && !Caller::new(context).api_key;
    if asks_sts && cases.iter().any(|case| case.resolved.is_ok()) {
        call("GetCallerIdentity", None, "", output)?;
    }
    if depth == Depth::Availability {
        for (model, region) in availability::places(cases) {
            call("GetFoundationModelAvailability", Some(&model), region.name, output)?;
        }
        if let Some(case) = cases.iter().find(|case| availability::needs_form(case)) {
            call("GetUseCaseForModelAccess", None, case.region_name(), output)?;
        }
    }
    for case in cases {
        match &case.resolved {
            Ok(resolution) if depth == Depth::Invoke => {
                call("Converse", Some(&resolution.id), case.region_name(), output)?;
                if streams && case.can_stream(&context.catalog) {
                    call("ConverseStream", Some(&resolution.id), case.region_name(), output)?;
                }
            }
            Ok(resolution) if depth == Depth::Resolve => {
                call("resolves", Some(&resolution.id), case.region_name(), output)?;
            }
            Ok(_) => {}
            Err(refusal) => {
                output.note(&format!("from {}: {}; nothing is invoked", case.region_name(), refusal.message.summary));
            }
        }
    }
    output.note(&cost.to_string());
    Ok(())
}

fn call(operation: &str, model: Option<&str>, region: &str, output: &mut Output) -> Result<(), Error> {
    match output.format() {
        Format::Json => output.json(
            &json!({"operation": operation, "modelId": model, "region": Some(region).filter(|it| !it.is_empty())}),
        ),
        Format::Text => {
            let words = [region, operation, model.unwrap_or_default()];
            output.line(words.iter().filter(|word| !word.is_empty()).copied().collect::<Vec<_>>().join("\t").as_str())
        }
    }
}
