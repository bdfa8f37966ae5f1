//! `bedrock-ask catalog diff`: what AWS lists for a Region, compared with the catalog.

use std::collections::BTreeMap;

use serde_json::json;

use super::cached;
use crate::commands::table::{self, Column};
use crate::config::value::Format;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::catalog::{Candidate, Catalog, CatalogSource};
use bedrock_ask::model::region::Region;

const COLUMNS: [Column; 4] = [
    Column::new("REGION", false, 3),
    Column::new("ONLY", false, 2),
    Column::new("ID", false, 4),
    Column::new("ROUTING", false, 1),
];

pub fn show(context: &Context, regions: &[Region], output: &mut Output) -> Result<ExitCode, Error> {
    let mut rows = Vec::new();
    let mut compared = 0;
    for region in regions {
        let Some(cached) = cached(*region, context, output) else { continue };
        let live = context.catalog.clone().with_live(cached.text);
        if live.as_of(region.name).0 != CatalogSource::Live {
            continue;
        }
        compared += 1;
        for (word, candidate) in differences(&context.catalog, &live, *region) {
            if output.format() == Format::Json {
                let Candidate { id, routing, .. } = candidate;
                output
                    .json(&json!({"region": region.name, "only": word, "modelId": id, "routing": routing.as_str()}))?;
            } else {
                let routing = candidate.routing.as_str();
                rows.push([region.name, word, candidate.id, routing].map(str::to_owned).to_vec());
            }
        }
    }
    if compared == 0 {
        return Err(Error::new(ExitCode::Failure, "no live catalog is kept that is newer than the catalog")
            .hint("bedrock-ask catalog refresh --region all"));
    }
    table::print(&COLUMNS, &rows, output)?;
    Ok(ExitCode::Success)
}

/// Returns the candidates that only one catalog has, each with the name of that catalog, and those with other destination
/// Regions in the live one, with `destinations`.
fn differences<'c>(base: &'c Catalog, live: &'c Catalog, region: Region) -> Vec<(&'static str, Candidate<'c>)> {
    let source = if base.file().is_some() { "file" } else { "built-in" };
    let (base, live) = (invocable(base, region), invocable(live, region));
    let mut all = base.clone();
    all.extend(live.clone());
    let word = |id: &str| match (live.get(id), base.get(id)) {
        (Some(_), None) => Some("live"),
        (None, Some(_)) => Some(source),
        (Some(one), Some(other)) if one.destinations != other.destinations => Some("destinations"),
        _ => None,
    };
    all.into_iter().filter_map(|(id, candidate)| Some((word(id)?, candidate))).collect()
}

fn invocable(catalog: &Catalog, region: Region) -> BTreeMap<&str, Candidate<'_>> {
    let routes = catalog.foundation_models().flat_map(|model| catalog.routes(model.id, region.name));
    routes.filter(|candidate| candidate.invocable).map(|candidate| (candidate.id, candidate)).collect()
}
