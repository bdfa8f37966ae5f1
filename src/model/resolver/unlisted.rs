//! A profile ID that the catalog lacks: a catalog is always behind AWS, so that only AWS can refuse such an ID.

use super::geography::Geography;
use super::{CatalogIndex, Resolver, note};
use crate::model::catalog::Catalog;
use crate::model::id::{self, ModelId, Reference, Target};
use crate::model::resolution::{Destinations, Provenance, Resolution, ResolveRequest, Route, Rule};
use crate::model::routing::Routing;

/// Returns the resolution that invokes a profile ID as it is written if the catalog knows its model but not the ID, and
/// other profiles with its prefix can be invoked from the source Region.
///
/// `None` in any other case, for which [`resolve`](super::resolve) is right.
pub fn unlisted_profile(text: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> Option<Resolution> {
    let input = text.trim();
    let written = request.aliases.get(input).map_or(input, |target| target.trim());
    let written = id::unescaped(written);
    let reference = Reference::parse(&written).ok()?;
    let index = CatalogIndex::new(catalog);
    let mut resolver = Resolver::new(request, &index);
    resolver.check_region(&reference).ok()?;
    let id = match reference.target {
        Target::Arn(arn) if arn.kind_and_id().0 == "inference-profile" => arn.kind_and_id().1,
        Target::Name(name) => name,
        Target::Arn(_) => return None,
    };
    let parsed = ModelId::parse(id, |label| catalog.knows_publisher(label), |label| catalog.prefix(label).is_some());
    let prefix = catalog.prefix(parsed.prefix?)?;
    let region = resolver.request.source_region.filter(|region| prefix.serves(region.name))?;
    let model = catalog.foundation_model(parsed.foundation)?;
    let routing = Routing::from_id(id, Some(model.id));
    if parsed.variant.is_some()
        || catalog.inference_profile(id).is_some()
        || model.is_mantle_only()
        || model.is_past_end_of_life(request.today)
        || request.strict
        || !request.routing.allows(routing)
    {
        return None;
    }
    let geography = Geography::of_id(id, catalog);
    let stays = |route: &Route| {
        request.routing.allows(route.routing)
            && geography.as_ref().is_none_or(|geography| geography.contains(&route.destinations))
    };
    let routes = catalog.routes(model.id, region.name);
    let mut notices = resolver.notices;
    notices.push(note(format!("`{id}` is not in the catalog; invoking it as it is written")));
    Some(Resolution {
        input: input.to_owned(),
        id: id.to_owned(),
        model: Some(model.id.to_owned()),
        rule: Rule::Profile,
        source_region: Some(region),
        routing: Some(routing),
        destinations: if routing == Routing::Global { Destinations::AnyCommercial } else { Destinations::Unknown },
        provenance: Provenance::AsWritten,
        end_of_life: model.end_of_life(),
        alternatives: routes.iter().filter(|route| route.invocable).map(Route::from).filter(stays).collect(),
        notices,
    })
}
