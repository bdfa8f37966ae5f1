//! Renders a resolution: lines for shells, JSON for programs, reasons for people.

use serde_json::{Value, json};

use super::ResolveArgs;
use bedrock_ask::model::catalog::CatalogSource;
use bedrock_ask::model::resolution::{Provenance, Resolution, ResolveError, Route, Rule, Severity};
use bedrock_ask::model::routing::Routing;

/// Returns the ID to invoke, or with `--all` every ID that can be invoked with its kind of routing, a line each.
///
/// # Errors
/// If `--arn` is given and a part of the ARN is unknown.
pub fn as_lines(resolution: &Resolution, flags: &ResolveArgs, with_region: bool) -> Result<String, ResolveError> {
    let called =
        |id: &str| if flags.arn { resolution.arn_for(id, flags.account.as_deref()) } else { Ok(id.to_owned()) };
    let region = resolution.source_region.filter(|_| with_region).map_or(String::new(), |region| format!("{region}\t"));
    if !flags.all {
        return Ok(format!("{region}{}\n", called(&resolution.id)?));
    }
    let routing = resolution.routing.map_or("as written", Routing::as_str);
    let others = resolution.alternatives.iter().map(|route| (route.id.as_str(), route.routing.as_str()));
    std::iter::once((resolution.id.as_str(), routing))
        .chain(others)
        .map(|(id, routing)| Ok(format!("{region}{}\t{routing}\n", called(id)?)))
        .collect()
}

/// Returns the rule that decided, the source that it rests on, and the alternatives.
pub fn as_reasons(resolution: &Resolution) -> String {
    let mut lines = vec![
        format!("{} → {}", resolution.input, resolution.id),
        format!("  rule          {}: {}", resolution.rule.number(), resolution.rule.as_str()),
        format!("  source        {}", resolution.provenance),
    ];
    if let Some(region) = resolution.source_region {
        lines.push(format!("  source Region {region} ({})", region.title));
    }
    if let Some(routing) = resolution.routing {
        lines.push(format!("  routing       {routing}"));
    }
    lines.push(format!("  destinations  {}", resolution.destinations));
    if let Some(end) = resolution.end_of_life {
        lines.push(format!("  end of life   {end}"));
    }
    for route in &resolution.alternatives {
        lines.push(format!("  also possible {} ({}: {})", route.id, route.routing, route.destinations));
    }
    lines.join("\n")
}

/// Returns a JSON object with AWS's field names if AWS has the field.
pub fn as_json(resolution: &Resolution, arn: Option<&str>) -> Value {
    let texts = |severity: Severity| -> Vec<&str> {
        resolution
            .notices
            .iter()
            .filter(|notice| notice.severity == severity)
            .map(|notice| notice.text.as_str())
            .collect()
    };
    let mut object = json!({
        "asked": resolution.input,
        "modelId": resolution.id,
        "foundationModelId": resolution.model,
        "region": resolution.source_region.map(|region| region.name),
        "routing": resolution.routing.map(Routing::as_str),
        "destinationRegions": resolution.destinations.names(),
        "rule": resolution.rule.number(),
        "catalog": catalog_to_json(&resolution.provenance),
        "predicted": resolution.rule == Rule::Predicted,
        "endOfLifeTime": resolution.end_of_life.map(|end| end.date.to_string()),
        "alternatives": resolution.alternatives.iter().map(route_to_json).collect::<Vec<_>>(),
        "warnings": texts(Severity::Warning),
        "notes": texts(Severity::Note),
    });
    if let (Some(arn), Some(fields)) = (arn, object.as_object_mut()) {
        fields.insert("arn".to_owned(), json!(arn));
    }
    object
}

/// Returns a way to invoke a model.
pub fn route_to_json(route: &Route) -> Value {
    json!({
        "modelId": route.id,
        "routing": route.routing.as_str(),
        "destinationRegions": route.destinations.names(),
    })
}

/// Returns the catalog that a resolution rests on; null if it rests on none.
pub fn catalog_to_json(provenance: &Provenance) -> Value {
    match provenance {
        Provenance::Catalog(source, date) => {
            json!({"source": source_word(*source), "file": null, "asOf": date.to_string()})
        }
        Provenance::CatalogFile(file, date) => {
            json!({"source": source_word(CatalogSource::File), "file": &**file, "asOf": date.to_string()})
        }
        _ => Value::Null,
    }
}

/// Returns the word for the kind of a catalog.
pub fn source_word(source: CatalogSource) -> &'static str {
    match source {
        CatalogSource::Live => "live",
        CatalogSource::File => "file",
        _ => "built-in",
    }
}
