//! One model as it can be invoked from one source Region: rendered as JSON, from which CSV is taken, and as cells of a
//! table.

use serde_json::{Value, json};

use super::CsvColumn;
use crate::commands::resolve::{catalog_to_json, route_to_json};
use bedrock_ask::model::catalog::{Catalog, FoundationModel};
use bedrock_ask::model::price::Price;
use bedrock_ask::model::resolution::{Resolution, ResolveRequest, Rule};
use bedrock_ask::model::resolver;
use bedrock_ask::model::routing::Routing;

pub const CSV: [CsvColumn; 17] = [
    ("region", "/region"),
    ("modelId", "/modelId"),
    ("foundationModelId", "/foundationModelId"),
    ("modelName", "/modelName"),
    ("providerName", "/providerName"),
    ("routing", "/routing"),
    ("destinationRegions", "/destinationRegions"),
    ("inputModalities", "/inputModalities"),
    ("outputModalities", "/outputModalities"),
    ("responseStreamingSupported", "/responseStreamingSupported"),
    ("contextWindow", "/contextWindow"),
    ("maxOutputTokens", "/maxOutputTokens"),
    ("status", "/modelLifecycle/status"),
    ("endOfLifeTime", "/modelLifecycle/endOfLifeTime"),
    ("successorModelId", "/successorModelId"),
    ("inputPrice", "/usDollarsPerMillionTokens/input"),
    ("outputPrice", "/usDollarsPerMillionTokens/output"),
];

pub struct ModelRow<'c> {
    model: FoundationModel<'c>,
    resolution: Resolution,
    successor: Option<String>,
    price: Price,
}

impl<'c> ModelRow<'c> {
    /// Creates a row with the resolutions of the model and of its successor.
    pub fn new(
        model: FoundationModel<'c>,
        resolution: Resolution,
        request: &ResolveRequest<'_>,
        catalog: &Catalog,
    ) -> Self {
        let price = Price::new(model, &resolution.id);
        Self { model, price, successor: successor(model, request, catalog), resolution }
    }

    /// Whether each of these lower-case words is part of the ID, the name or the provider.
    pub fn has_words(&self, words: &[String]) -> bool {
        let text = [&self.resolution.id, self.model.name(), self.model.provider()].join("\n").to_lowercase();
        words.iter().all(|word| text.contains(word))
    }

    /// Returns JSON with AWS's field names if AWS has the field. See
    /// <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_FoundationModelSummary.html>.
    pub fn to_json(&self) -> Value {
        let Resolution { id, source_region, routing, destinations, provenance, alternatives, .. } = &self.resolution;
        let call = json!({
            "modelId": id,
            "region": source_region.map(|region| region.name),
            "routing": routing.map(Routing::as_str),
            "destinationRegions": destinations.names(),
            "alternatives": alternatives.iter().map(route_to_json).collect::<Vec<_>>(),
            "successorModelId": self.successor,
            "usDollarsPerMillionTokens": price_to_json(self.price),
            "catalog": catalog_to_json(provenance),
        });
        super::merged(model_to_json(self.model), call)
    }

    /// Returns the cells of a table, the source Region first. Unknown values are empty.
    pub fn cells(&self) -> Vec<String> {
        let Self { model, resolution, price, .. } = self;
        vec![
            text(resolution.source_region),
            resolution.id.clone(),
            text(resolution.routing),
            model.provider().to_owned(),
            model.name().to_owned(),
            kinds(model.input_modalities()),
            kinds(model.output_modalities()),
            if model.streaming() { "yes" } else { "no" }.to_owned(),
            text(model.context_window()),
            text(price.input),
            text(price.output),
            model.status().to_lowercase(),
            text(model.end_of_life()),
            text(self.successor.as_deref()),
        ]
    }
}

/// Returns the facts about a model that do not depend on the Region.
pub fn model_to_json(model: FoundationModel<'_>) -> Value {
    json!({
        "foundationModelId": model.id,
        "modelName": model.name(),
        "providerName": model.provider(),
        "inputModalities": model.input_modalities().collect::<Vec<_>>(),
        "outputModalities": model.output_modalities().collect::<Vec<_>>(),
        "responseStreamingSupported": model.streaming(),
        "modelLifecycle": {
            "status": model.status(),
            "endOfLifeTime": model.end_of_life().map(|end| end.date.to_string()),
        },
        "contextWindow": model.context_window(),
        "maxOutputTokens": model.max_output(),
    })
}

/// Returns a price in US dollars per million tokens.
pub fn price_to_json(price: Price) -> Value {
    match price {
        Price { input: None, output: None, .. } => Value::Null,
        Price { input, output, .. } => json!({"input": input, "output": output}),
    }
}

/// Returns the ID to invoke for the successor, or its plain ID if it cannot be invoked.
fn successor(model: FoundationModel<'_>, request: &ResolveRequest<'_>, catalog: &Catalog) -> Option<String> {
    let plain = model.successor()?;
    let resolved = resolver::resolve(plain, request, catalog).ok().filter(|next| next.rule != Rule::EndOfLife);
    Some(resolved.map_or_else(|| plain.to_owned(), |next| next.id))
}

/// Returns the kinds of content, written for people.
pub fn kinds<'m>(modalities: impl Iterator<Item = &'m str>) -> String {
    modalities.map(str::to_lowercase).collect::<Vec<_>>().join(",")
}

fn text(value: Option<impl ToString>) -> String {
    value.map_or_else(String::new, |value| value.to_string())
}
