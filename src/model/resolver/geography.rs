//! The geography that a typed inference profile ID names by its prefix: a promise about where its requests run.

use std::collections::BTreeSet;

use crate::model::catalog::{Catalog, FoundationModel, InferenceProfile};
use crate::model::id::{self, ModelId, Reference, Target};
use crate::model::resolution::{Destinations, ResolveRequest};

/// The Regions in which the requests of a geographic prefix, such as `eu`, may run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Geography<'c> {
    /// The prefix without its dot.
    pub prefix: String,
    regions: BTreeSet<&'c str>,
}

impl<'c> Geography<'c> {
    /// Returns the geography that the user named by typing a geographic profile's ID, also inside an ARN or behind an
    /// alias. `None` for a plain ID, a short name or a global profile, which name none.
    pub fn of_input(input: &str, request: &ResolveRequest<'_>, catalog: &'c Catalog) -> Option<Self> {
        Self::of_id(&typed_id(input, request)?, catalog)
    }

    /// Whether the user typed the ID of a global profile, also inside an ARN or behind an alias.
    pub(super) fn is_global_input(input: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> bool {
        typed_id(input, request).is_some_and(|id| parse(&id, catalog).prefix == Some("global"))
    }

    /// Returns the geography of this profile ID; `None` for a plain ID and a global profile.
    pub fn of_id(id: &str, catalog: &'c Catalog) -> Option<Self> {
        parse(id, catalog).prefix.filter(|prefix| *prefix != "global").map(|prefix| Self::of_prefix(prefix, catalog))
    }

    /// Collects the Regions to which profiles with this prefix send requests from other Regions. A profile may also run
    /// in its own source Region (`eu.` from Israel), which does not make that Region a part of the geography.
    fn of_prefix(prefix: &str, catalog: &'c Catalog) -> Self {
        let has_prefix = |profile: &InferenceProfile<'_>| profile.id.split('.').next() == Some(prefix);
        let mut regions = BTreeSet::new();
        for route in catalog
            .foundation_models()
            .flat_map(FoundationModel::inference_profiles)
            .filter(has_prefix)
            .flat_map(InferenceProfile::routes)
        {
            let sources: Vec<_> = route.sources().collect();
            regions
                .extend(route.destinations().regions().filter(|region| sources.iter().any(|source| source != region)));
        }
        Self { prefix: prefix.to_owned(), regions }
    }

    /// Whether requests that may run in these Regions stay in the geography. Unknown destinations do not.
    pub fn contains(&self, destinations: &Destinations) -> bool {
        match destinations {
            Destinations::Regions(regions) => {
                !regions.is_empty() && regions.iter().all(|region| self.regions.contains(region.as_str()))
            }
            Destinations::Unknown | Destinations::AnyCommercial => false,
        }
    }

    /// Whether invoking `id` for `model` from `region` stays in the geography, also if no source knows the ID.
    pub fn contains_id(&self, id: &str, model: &str, region: &str, catalog: &Catalog) -> bool {
        if let Some(route) = catalog.routes(model, region).into_iter().find(|route| route.id == id) {
            let same = id.split('.').next() == Some(&*self.prefix) && route.id != model;
            return same || self.contains(&route.destinations.into());
        }
        if id == model {
            return self.regions.contains(region);
        }
        Geography::of_id(id, catalog).is_some_and(|other| {
            other.prefix == self.prefix || (!other.regions.is_empty() && other.regions.is_subset(&self.regions))
        })
    }
}

/// Returns the ID that the user typed, without what surrounds it.
fn typed_id(input: &str, request: &ResolveRequest<'_>) -> Option<String> {
    let input = input.trim();
    let written = id::unescaped(request.aliases.get(input).map_or(input, |target| target.trim()));
    match Reference::parse(&written).ok()?.target {
        Target::Arn(arn) => Some(arn.kind_and_id().1.to_ascii_lowercase()),
        Target::Name(name) => Some(name.to_ascii_lowercase()),
    }
}

fn parse<'i>(id: &'i str, catalog: &Catalog) -> ModelId<'i> {
    ModelId::parse(id, |label| catalog.knows_publisher(label), |label| catalog.prefix(label).is_some())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::catalog;

    fn regions_of(prefix: &str) -> Vec<&'static str> {
        Geography::of_prefix(prefix, catalog()).regions.into_iter().collect()
    }

    #[test]
    fn a_geography_is_where_its_profiles_send_requests_of_other_regions() {
        assert_eq!(regions_of("jp"), ["ap-northeast-1", "ap-northeast-3"]);
        let eu = regions_of("eu");
        assert!(eu.iter().all(|region| region.starts_with("eu-")) && eu.contains(&"eu-central-1"), "{eu:?}");
        assert!(regions_of("us").iter().all(|region| region.starts_with("us-") && !region.starts_with("us-gov")));
    }

    #[test]
    fn an_id_is_in_a_geography_if_none_of_its_destinations_is_outside() {
        let contains = |typed: &str, id: &str, region: &str| {
            let geography = Geography::of_id(typed, catalog()).unwrap();
            geography.contains_id(id, "anthropic.claude-sonnet-4-6", region, catalog())
        };
        assert!(contains("eu.x.y", "anthropic.claude-sonnet-4-6", "eu-central-1"));
        assert!(contains("apac.anthropic.claude-sonnet-4-6", "jp.anthropic.claude-sonnet-4-6", "ap-northeast-1"));
        assert!(!contains("jp.anthropic.claude-sonnet-4-6", "apac.anthropic.claude-sonnet-4-6", "ap-northeast-1"));
        assert!(!contains("eu.anthropic.claude-sonnet-4-6", "global.anthropic.claude-sonnet-4-6", "eu-central-1"));
        assert!(!contains("us-gov.anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6", "us-east-1"));
        assert!(!contains("eu.anthropic.claude-sonnet-4-6", "xx.anthropic.claude-sonnet-4-6", "eu-central-1"));
    }
}
