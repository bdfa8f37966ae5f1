//! The other IDs of a model, for when the resolved one cannot be invoked. They never use routing that the user left
//! out, and never leave the geography that was typed.

use super::Geography;
use crate::model::catalog::{Catalog, Prefix};
use crate::model::resolution::{Resolution, ResolveRequest, Rule};
use crate::model::routing::Routing;

/// Returns the other IDs of the same model, in the user's order of routing: those of the catalog or, for a model that
/// no source knows, one for each prefix in the source Region, the most usual prefix first.
pub fn fallback_ids(resolution: &Resolution, request: &ResolveRequest<'_>, catalog: &Catalog) -> Vec<String> {
    let mut ids = Vec::new();
    for kind in request.routing.kinds() {
        let known = resolution.alternatives.iter().filter(|route| route.routing == *kind);
        ids.extend(known.map(|route| route.id.clone()));
        if let (Rule::Predicted, Some(model)) = (resolution.rule, &resolution.model) {
            ids.extend(predicted_ids(model, *kind, resolution, catalog));
        }
    }
    ids.retain(|id| *id != resolution.id);
    if let Some(geography) = Geography::of_input(&resolution.input, request, catalog) {
        let model = resolution.model.as_deref().unwrap_or_default();
        let region = resolution.source_region.map_or("", |region| region.name);
        ids.retain(|id| geography.contains_id(id, model, region, catalog));
    }
    ids
}

/// Returns the IDs that an unknown model could have for this kind of routing.
fn predicted_ids(model: &str, kind: Routing, resolution: &Resolution, catalog: &Catalog) -> Vec<String> {
    let Some(region) = resolution.source_region else { return Vec::new() };
    if kind == Routing::InRegion {
        return vec![model.to_owned()];
    }
    let is_of_kind = |prefix: &Prefix<'_>| (prefix.name == "global") == (kind == Routing::Global);
    let mut prefixes: Vec<(u32, &str)> = catalog
        .prefixes()
        .filter(is_of_kind)
        .filter_map(|prefix| {
            let (_, models) = prefix.sources().find(|(source, _)| *source == region.name)?;
            Some((models, prefix.name))
        })
        .collect();
    prefixes.sort_unstable_by_key(|(models, _)| std::cmp::Reverse(*models));
    prefixes.into_iter().map(|(_, prefix)| format!("{prefix}.{model}")).collect()
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
            ["apac.anthropic.claude-opus-4-9", "anthropic.claude-opus-4-9", "global.anthropic.claude-opus-4-9"]
        );
        assert_eq!(
            left("anthropic.claude-opus-4-9", "ap-northeast-1", &"global,geo".parse().unwrap()),
            ["jp.anthropic.claude-opus-4-9", "apac.anthropic.claude-opus-4-9"],
            "more models have `jp.` there"
        );
        assert!(left("anthropic.claude-opus-4-9", "us-east-1", &"geo".parse().unwrap()).is_empty());
    }
}
