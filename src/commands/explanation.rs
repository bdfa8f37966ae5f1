//! What a failed call means for the user: the failure, with all that the resolution and the settings know of it,
//! goes to `diagnosis`.

use crate::commands::caller::Caller;
use crate::commands::surroundings::Surroundings;
use crate::diagnosis::{self, Context, Diagnosis};
use crate::model::failure::Failure;
use crate::model::resolution::{Reach, Request, Resolution, Rule};
use crate::model::resolver;
use crate::model::routing::Routing;

/// Explains why calling what `resolution` says failed.
pub fn explain(failure: &Failure, resolution: &Resolution, around: &Surroundings<'_>) -> Diagnosis {
    let Surroundings { catalog, request, .. } = around;
    let resolved = |model: &str| {
        let repaired = Request { repair: true, ..*request };
        resolver::resolve(model, &repaired, catalog).ok().filter(|other| other.rule != Rule::Predicted)
    };
    let model = resolution.model.as_deref().and_then(|id| catalog.foundation_model(id));
    let suggested = resolution.model.as_deref().and_then(resolved).map(|other| other.id);
    let successor = model.and_then(|model| model.successor()).and_then(resolved).map(|other| other.id);
    let end_of_life = resolution.end_of_life.map(|end| end.to_string());
    let first_party = resolver::default_model(request, catalog).ok().filter(|other| {
        other.model.as_deref().is_some_and(|id| id.starts_with("amazon.")) && other.model != resolution.model
    });
    let destinations: Vec<&str> = match &resolution.destinations {
        Reach::Unknown => Vec::new(),
        Reach::AnyCommercial => vec!["*"],
        Reach::Regions(regions) => regions.iter().map(String::as_str).collect(),
    };
    let caller = Caller::of(around);
    diagnosis::diagnose(
        failure,
        &Context {
            asked: Some(&resolution.asked),
            called: Some(&resolution.id),
            foundation_model: resolution.model.as_deref(),
            routing: resolution.routing,
            source_region: resolution.source_region,
            destinations: &destinations,
            suggested_id: suggested.as_deref(),
            narrower_id: other_way(resolution, request, |routing, own| width(routing) < width(own)),
            wider_id: other_way(resolution, request, |routing, own| width(routing) > width(own)),
            successor: successor.as_deref(),
            end_of_life: end_of_life.as_deref(),
            mantle_only: model.is_some_and(|model| model.is_mantle_only()),
            first_party: first_party.as_ref().map(|other| other.id.as_str()),
            profile: caller.profile.as_deref(),
            near_profile: caller.near_profile.as_deref(),
            sso: caller.sso,
            api_key: caller.api_key,
            credentials: caller.credentials.as_deref(),
            endpoint_host: failure.host.as_deref(),
            ..Context::default()
        },
    )
}

/// An alternative of the resolution whose routing stands in this relation to the resolution's own.
fn other_way<'r>(
    resolution: &'r Resolution,
    request: &Request<'_>,
    fits: impl Fn(Routing, Routing) -> bool,
) -> Option<&'r str> {
    let own = resolution.routing?;
    let allowed = resolution.alternatives.iter().filter(|way| request.routing.allows(way.routing));
    let fitting = allowed.filter(|way| fits(way.routing, own));
    fitting.min_by_key(|way| width(way.routing).abs_diff(width(own))).map(|way| way.id.as_str())
}

/// How far from its source Region a request may run.
fn width(routing: Routing) -> u8 {
    match routing {
        Routing::InRegion => 0,
        Routing::Geographic => 1,
        Routing::Global => 2,
    }
}
