//! Diagnoses failed calls: passes the failure, with what the resolution and the settings say about it, to `diagnosis`.

use crate::commands::caller::Caller;
use crate::context::Context;
use bedrock_ask::diagnosis::{self, Diagnosis, FailureContext, Group};
use bedrock_ask::model::catalog::{Catalog, FoundationModel, InferenceProfile};
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::id::{self, Reference, Target};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Destinations, Provenance, Resolution, ResolveRequest, Route, Rule};
use bedrock_ask::model::resolver::{self, Geography};
use bedrock_ask::model::routing::Routing;

/// Explains why invoking the ID of a resolution failed.
pub fn explain(
    failure: &Failure,
    resolution: &Resolution,
    request: &ResolveRequest<'_>,
    context: &Context,
) -> Diagnosis {
    let caller = Caller::new(context);
    let mut diagnosis = explain_with(failure, resolution, request, &context.catalog, &caller.failure_context(failure));
    if let Some(Geography { prefix, .. }) = left_geography(resolution, request, &context.catalog, &diagnosis) {
        let warning = format!("that may run outside of the geography that `{prefix}.` names");
        diagnosis.message = diagnosis.message.hint(warning);
    }
    diagnosis
}

/// Returns the geography that was typed, if a hint names an ID outside of it.
fn left_geography<'c>(
    resolution: &Resolution,
    request: &ResolveRequest<'_>,
    catalog: &'c Catalog,
    diagnosis: &Diagnosis,
) -> Option<Geography<'c>> {
    let geography = Geography::of_input(&resolution.input, request, catalog)?;
    let (model, region) = (resolution.model.as_deref()?, resolution.source_region?);
    let leaves = |id: &str| {
        diagnosis.message.hints.iter().any(|hint| hint.contains(&format!("`{id}`")))
            && !geography.contains_id(id, model, region.name, catalog)
    };
    let routes = catalog.routes(model, region.name);
    routes.iter().any(|route| leaves(route.id)).then_some(geography)
}

/// Explains why a call failed elsewhere, with credentials that are unknown but for the AWS profile. If `is_exact`, the
/// model was invoked as it is written; otherwise it has any spelling.
pub fn explain_pasted(
    failure: &Failure,
    model: Option<&str>,
    is_exact: bool,
    profile: Option<&str>,
    request: &ResolveRequest<'_>,
    catalog: &Catalog,
) -> Diagnosis {
    let caller = FailureContext { profile, ..FailureContext::default() };
    if let Some(mut resolution) = model.and_then(|name| verbatim_resolution(name, request, catalog)) {
        let diagnosis = explain_with(failure, &resolution, request, catalog, &caller);
        // A name without a publisher is resolved here, and was not where it was invoked: what the service refused, if it
        // refused the ID, was the name.
        let is_name = !model.is_some_and(|name| name.contains(['.', ':']));
        if !is_name || !(is_exact || diagnosis.group == Group::IdentifierInvalid) {
            return diagnosis;
        }
        resolution.id.clone_from(&resolution.input);
        resolution.routing = None;
        resolution.destinations = Destinations::Unknown;
        resolution.provenance = Provenance::AsWritten;
        return explain_with(failure, &resolution, request, catalog, &caller);
    }
    diagnosis::diagnose(
        failure,
        &FailureContext { requested_model: model, source_region: request.source_region, ..caller },
    )
}

/// Returns the resolution of a model that was invoked as it is written, or `None` if no source knows the model.
fn verbatim_resolution(model: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> Option<Resolution> {
    let resolved = || resolver::resolve(model, request, catalog).ok().filter(|other| other.rule != Rule::Predicted);
    let unescaped = id::unescaped(model);
    let id = match Reference::parse(&unescaped).ok()?.target {
        Target::Name(name) => name,
        Target::Arn(arn) => match arn.kind_and_id() {
            ("foundation-model" | "inference-profile", id) => id,
            _ => return resolved(),
        },
        _ => return resolved(),
    };
    let by_profile = || catalog.inference_profile(id).map(|profile| profile.model);
    let without_prefix = || id.split_once('.').and_then(|(_, rest)| catalog.foundation_model(rest));
    let Some(found) = catalog.foundation_model(id).or_else(by_profile).or_else(without_prefix) else {
        return resolved();
    };
    let region = request.source_region;
    let routes = region.map_or_else(Vec::new, |region| catalog.routes(found.id, region.name));
    let (routing, destinations) = match routes.iter().find(|route| route.id == id) {
        Some(route) => (Some(route.routing), route.destinations.into()),
        None if id == found.id => (
            Some(Routing::InRegion),
            Destinations::Regions(region.into_iter().map(|region| region.to_string()).collect()),
        ),
        None => (catalog.inference_profile(id).map(InferenceProfile::routing), Destinations::Unknown),
    };
    Some(Resolution {
        input: model.to_owned(),
        id: id.to_owned(),
        model: Some(found.id.to_owned()),
        rule: Rule::Plain,
        source_region: region,
        routing,
        destinations,
        provenance: Provenance::AsWritten,
        end_of_life: found.end_of_life(),
        alternatives: routes.iter().filter(|route| route.invocable && route.id != id).map(Route::from).collect(),
        notices: Vec::new(),
    })
}

/// Explains a failure with the catalog's facts about the resolution, added to what `caller` says.
fn explain_with(
    failure: &Failure,
    resolution: &Resolution,
    request: &ResolveRequest<'_>,
    catalog: &Catalog,
    caller: &FailureContext<'_>,
) -> Diagnosis {
    let resolved = |model: &str| {
        let repaired = ResolveRequest { repair: true, ..*request };
        let is_sure = |other: &Resolution| !matches!(other.rule, Rule::Predicted | Rule::EndOfLife);
        resolver::resolve(model, &repaired, catalog).ok().filter(is_sure)
    };
    let model = resolution.model.as_deref().and_then(|id| catalog.foundation_model(id));
    let suggested = resolution.model.as_deref().and_then(resolved).map(|other| other.id);
    let successor = model.and_then(FoundationModel::successor).and_then(resolved).map(|other| other.id);
    let region = resolution.source_region.map(|region| region.name);
    let routes = model.zip(region).map_or_else(Vec::new, |(model, region)| catalog.routes(model.id, region));
    let mantle_regions: Vec<_> = model.into_iter().flat_map(FoundationModel::mantle_regions).collect();
    let end_of_life = resolution.end_of_life.map(|end| end.to_string());
    let is_listed = routes.iter().any(|route| route.invocable && route.id == resolution.id);
    let first_party = resolver::default_model(request, catalog).ok().filter(|other| {
        other.model.as_deref().is_some_and(|id| id.starts_with("amazon.")) && other.model != resolution.model
    });
    diagnosis::diagnose(
        failure,
        &FailureContext {
            requested_model: Some(&resolution.input),
            invoked_id: Some(&resolution.id),
            foundation_model: resolution.model.as_deref(),
            routing: resolution.routing,
            source_region: resolution.source_region,
            destinations: &resolution.destinations.names().unwrap_or_default(),
            suggested_id: suggested.as_deref(),
            listed_id: is_listed.then_some(resolution.id.as_str()),
            narrower_id: alternative(resolution, request, |routing, own| routing.breadth() < own.breadth()),
            wider_id: alternative(resolution, request, |routing, own| routing.breadth() > own.breadth()),
            successor: successor.as_deref(),
            end_of_life: end_of_life.as_deref(),
            mantle_only: model.is_some_and(FoundationModel::is_mantle_only),
            mantle_regions: &mantle_regions,
            first_party: first_party.as_ref().map(|other| other.id.as_str()),
            ..*caller
        },
    )
}

/// Explains why a call without a resolution failed. `about` is the ID or ARN that it was about, if any.
pub fn explain_without_resolution(
    failure: &Failure,
    about: Option<&str>,
    source_region: Region,
    context: &Context,
) -> Diagnosis {
    let caller = Caller::new(context);
    let source_region = Some(source_region);
    diagnosis::diagnose(
        failure,
        &FailureContext { invoked_id: about, source_region, ..caller.failure_context(failure) },
    )
}

/// Returns the alternative with the closest routing that `accepts` accepts, given its routing and the resolution's own.
fn alternative<'r>(
    resolution: &'r Resolution,
    request: &ResolveRequest<'_>,
    accepts: impl Fn(Routing, Routing) -> bool,
) -> Option<&'r str> {
    let own = resolution.routing?;
    let allowed = resolution.alternatives.iter().filter(|route| request.routing.allows(route.routing));
    let accepted = allowed.filter(|route| accepts(route.routing, own));
    accepted.min_by_key(|route| route.routing.breadth().abs_diff(own.breadth())).map(|route| route.id.as_str())
}
