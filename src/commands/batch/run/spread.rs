//! The source Regions of a run: that of the settings, and those of `--spread`, within the routing and the geography of the
//! first one.

use std::collections::BTreeSet;

use crate::commands::ask::resolve_typed;
use crate::config::{self, Origin};
use crate::context::Context;
use crate::error::{Error, ExitCode};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Destinations, Resolution, ResolveRequest};
use bedrock_ask::model::resolver::Geography;
use bedrock_ask::model::routing::Routing;

/// Returns the model resolved from each of these Regions beside the first one.
///
/// # Errors
/// If a Region is named twice, the model cannot be resolved from one, or would leave the geography there.
pub fn resolve(names: &[String], first: &Resolution, context: &Context) -> Result<Vec<Resolution>, Error> {
    let mut seen = BTreeSet::new();
    let mut others = Vec::new();
    for name in names {
        let region = config::region(name, &Origin::Flag("--spread"))?;
        if !seen.insert(region.name) {
            return Err(Error::usage(format!("`--spread` names {} twice", region.name)));
        }
        if first.source_region.is_some_and(|own| own.partition != region.partition) {
            let what = format!("`--spread` names {}, which is in another partition", region.name);
            return Err(Error::usage(what).cause("credentials are valid in one partition only"));
        }
        if first.source_region != Some(region) {
            others.push(resolve_from(region, first, context)?);
        }
    }
    Ok(others)
}

fn resolve_from(region: Region, first: &Resolution, context: &Context) -> Result<Resolution, Error> {
    let about = || format!("the Region {} is one of `--spread`", region.name);
    if !context.settings.resolve.value {
        return Ok(Resolution::verbatim(&first.input, Some(region)));
    }
    let typed = context.settings.model.value.as_deref();
    let model = typed.or(first.model.as_deref()).unwrap_or(&first.input);
    let request = ResolveRequest { region_by_flag: true, ..context.resolve_request_from(Some(region)) };
    let resolution = resolve_typed(model, &request, context, &context.catalog)
        .map_err(|refusal| Error::from(refusal).cause(about()))?;
    if resolution.model != first.model {
        let [other, own] = [&resolution, first].map(|one| one.model.as_deref().unwrap_or(&one.id).to_owned());
        return Err(Error::usage(format!("`{model}` is `{other}` in {}, not `{own}`", region.name)).cause(about()));
    }
    if !stays_within(&resolution, first, context) && !request.routing.names_global() {
        let id = &resolution.id;
        let error = format!("`{id}` from {} may run outside of the geography of `{}`", region.name, first.id);
        return Err(Error::new(ExitCode::RoutingRefused, error)
            .cause(about())
            .hint("name only Regions of one geography, or allow any with `--routing global`"));
    }
    Ok(resolution)
}

/// Whether what is invoked from another Region runs within the geography of the first one.
fn stays_within(other: &Resolution, first: &Resolution, context: &Context) -> bool {
    if first.routing == Some(Routing::Global) || other.id == first.id && other.routing == Some(Routing::Geographic) {
        return true;
    }
    if let Some(geography) = Geography::of_id(&first.id, &context.catalog) {
        return geography.contains(&other.destinations);
    }
    // In-Region routing names no geography but that of the names of Regions.
    let part = |name: &str| name.split_once('-').map_or(name, |(part, _)| part).to_owned();
    let own = first.source_region.map(|region| part(region.name));
    match &other.destinations {
        Destinations::Regions(regions) => regions.iter().all(|region| Some(part(region)) == own),
        _ => false,
    }
}
