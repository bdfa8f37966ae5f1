//! The other IDs of a model, for when the resolved one cannot be invoked. They never use routing that the user left
//! out, and never leave the geography that was typed.

use super::kinship::kinship;
use super::{CatalogIndex, Geography};
use crate::model::catalog::{Catalog, Prefix};
use crate::model::region::Region;
use crate::model::resolution::{Resolution, ResolveRequest, Rule};
use crate::model::routing::Routing;

/// Returns the other IDs of the same model, in the user's order of routing: those of the catalog or, for a model that
/// no source knows, first the prefixes of its kin, then each that serves the source Region, the most usual first, and
/// last the plain ID.
pub fn fallback_ids(resolution: &Resolution, request: &ResolveRequest<'_>, catalog: &Catalog) -> Vec<String> {
    let mut ids: Vec<String> = Vec::new();
    let kinds = request.routing.kinds();
    for kind in kinds {
        let known = resolution.alternatives.iter().filter(|route| route.routing == *kind);
        ids.extend(known.map(|route| route.id.clone()));
    }
    if let (Rule::Predicted, Some(model), Some(region)) = (resolution.rule, &resolution.model, resolution.source_region)
    {
        let kin = kinship(&CatalogIndex::new(catalog), model, region).prefixes;
        let of_kin = kinds.iter().flat_map(|kind| kin.iter().filter(move |(routing, _)| routing == kind));
        let others = kinds.iter().flat_map(|kind| usual_prefixes(*kind, region, catalog));
        let prefixes = of_kin.map(|(_, prefix)| *prefix).chain(others);
        ids.extend(prefixes.map(|prefix| format!("{prefix}.{model}")));
        if request.routing.allows(Routing::InRegion) {
            ids.push(model.clone());
        }
    }
    if let Some(geography) = Geography::of_input(&resolution.input, request, catalog) {
        let model = resolution.model.as_deref().unwrap_or_default();
        let region = resolution.source_region.map_or("", |region| region.name);
        ids.retain(|id| geography.contains_id(id, model, region, catalog));
    }
    let mut distinct: Vec<String> = Vec::with_capacity(ids.len());
    for id in ids {
        if id != resolution.id && !distinct.contains(&id) {
            distinct.push(id);
        }
    }
    distinct
}

/// Returns the prefixes of this kind of routing that serve a source Region, those of more models first.
fn usual_prefixes(kind: Routing, region: Region, catalog: &Catalog) -> Vec<&str> {
    let is_of_kind = |prefix: &Prefix<'_>| match kind {
        Routing::Global => prefix.name == "global",
        Routing::Geographic => prefix.name != "global",
        Routing::InRegion => false,
    };
    let mut prefixes: Vec<(u32, &str)> = catalog
        .prefixes()
        .filter(is_of_kind)
        .filter_map(|prefix| {
            let (_, models) = prefix.sources().find(|(source, _)| *source == region.name)?;
            Some((models, prefix.name))
        })
        .collect();
    prefixes.sort_unstable_by_key(|(models, _)| std::cmp::Reverse(*models));
    prefixes.into_iter().map(|(_, prefix)| prefix).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::model::catalog::tests::catalog;
    use crate::model::date::Date;
    use crate::model::region::Region;
    use crate::model::resolver::resolve;
    use crate::model::routing::RoutingOrder;

    fn left(model: &str, region: &str, order: &RoutingOrder) -> Vec<String> {
        let aliases = BTreeMap::new();
        let request = ResolveRequest {
            source_region: Region::named(region),
            region_by_flag: false,
            routing: order,
            strict: false,
            repair: true,
            today: Date { year: 2026, month: 11, day: 20 },
            aliases: &aliases,
        };
        fallback_ids(&resolve(model, &request, catalog()).unwrap(), &request, catalog())
    }

    #[test]
    fn a_known_model_leaves_its_other_ways_in_the_users_order() {
        let all = RoutingOrder::default();
        let sonnet = "anthropic.claude-sonnet-4-6";
        assert_eq!(left(sonnet, "eu-west-2", &all), [sonnet, "global.anthropic.claude-sonnet-4-6"]);
        let own = "geo,global".parse().unwrap();
        assert_eq!(left(sonnet, "eu-west-2", &own), ["global.anthropic.claude-sonnet-4-6"]);
        assert!(left(sonnet, "eu-west-2", &"geo".parse().unwrap()).is_empty());
    }

    #[test]
    fn an_unknown_model_leaves_each_prefix_that_serves_the_region() {
        let all = RoutingOrder::default();
        assert_eq!(
            left("anthropic.claude-opus-4-9", "ap-northeast-1", &all),
            ["global.anthropic.claude-opus-4-9", "apac.anthropic.claude-opus-4-9", "anthropic.claude-opus-4-9"]
        );
        assert_eq!(
            left("anthropic.claude-opus-4-9", "ap-northeast-1", &"global,geo".parse().unwrap()),
            ["jp.anthropic.claude-opus-4-9", "apac.anthropic.claude-opus-4-9"],
            "more models have `jp.` there"
        );
        assert!(left("anthropic.claude-opus-4-9", "us-east-1", &"geo".parse().unwrap()).is_empty());
    }
}
