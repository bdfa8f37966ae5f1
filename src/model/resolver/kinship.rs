//! Prediction by kinship: a model that no source knows is most likely served as the newest model of its family is, from
//! the same source Region. Which of the kinds of routing the user allows is for `unknown` and `fallback`.

use super::CatalogIndex;
use crate::model::catalog::{Catalog, CatalogSource, FoundationModel, InferenceProfile, ProfileStatus};
use crate::model::family;
use crate::model::region::Region;
use crate::model::routing::Routing;

/// How a model that no source knows is most likely invoked from one source Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Kinship<'c> {
    /// The model that was taken as an example; `None` if the publisher has none with an inference profile there.
    pub kin: Option<&'c str>,
    /// The prefixes of its inference profiles with the kind of routing of each: at most one of a kind.
    pub prefixes: Vec<(Routing, &'c str)>,
}

/// Returns how `model` is most likely invoked from `region`: like the newest model of its family that has an invocable
/// inference profile from there, else like the newest such model of its publisher, else by `us.` where that is usual,
/// else by `global.`. A plain ID that works on demand does not count.
pub(super) fn kinship<'c>(index: &CatalogIndex<'c>, model: &str, region: Region) -> Kinship<'c> {
    let catalog = index.catalog;
    let publisher = publisher(model);
    let own_words = words(model);
    let of_publisher = index.kin().iter().filter(|kin| self::publisher(kin.model.id) == publisher);
    let mut ranked: Vec<_> =
        of_publisher.map(|kin| ((kin.model.id == model, kin.words == own_words, &kin.age), kin.model)).collect();
    ranked.sort_by_key(|(rank, _)| *rank);
    // The last of several that are as close is taken.
    let mut closest = ranked.into_iter().rev().map(|(_, known)| (known, prefixes(catalog, known, region)));
    match closest.find(|(_, prefixes)| !prefixes.is_empty()) {
        Some((known, prefixes)) => Kinship { kin: Some(known.id), prefixes },
        None => Kinship { kin: None, prefixes: usual(catalog, region).into_iter().collect() },
    }
}

/// A model that can be taken as an example.
#[derive(Clone, Debug)]
pub(super) struct Kin<'c> {
    model: FoundationModel<'c>,
    words: Vec<&'c str>,
    age: (Vec<u32>, Vec<u32>),
}

impl<'c> Kin<'c> {
    /// Reads what a model is compared by; `None` if Converse does not serve it.
    pub fn new(model: FoundationModel<'c>) -> Option<Self> {
        model.can_chat().then(|| Self { model, words: words(model.id), age: age(model.id) })
    }
}

/// Returns the prefixes of the inference profiles by which `model` is invoked from `region`. A model that AWS listed for
/// other Regions only, later than the catalog was made, counts with those of its prefixes that serve this Region, and
/// from a Region that is younger than the catalog every model does with its global profile.
pub(super) fn prefixes<'c>(
    catalog: &'c Catalog,
    model: FoundationModel<'c>,
    region: Region,
) -> Vec<(Routing, &'c str)> {
    let routes = catalog.routes(model.id, region.name);
    let profiles = routes.iter().filter(|route| route.invocable && route.routing != Routing::InRegion);
    let here: Vec<_> = profiles.filter_map(|route| Some((route.routing, prefix(route.id, model.id)?))).collect();
    let is_listed = catalog.as_of(region.name).0 == CatalogSource::Live;
    if here.is_empty() && region.is_new() && region.partition == "aws" && !is_listed {
        let is_global = |profile: &InferenceProfile<'_>| {
            profile.status == ProfileStatus::Current && profile.id.starts_with("global.")
        };
        return model.inference_profiles().find(is_global).map(|_| (Routing::Global, "global")).into_iter().collect();
    }
    if !here.is_empty() || !catalog.is_news_elsewhere(model.id, region.name) {
        return here;
    }
    let listed = catalog.live_profiles(model.id).filter_map(|profile| {
        let name = prefix(profile.id, model.id)?;
        catalog.prefix(name)?.serves(region.name).then_some((profile.routing(), name))
    });
    let mut elsewhere: Vec<(Routing, &str)> = Vec::new();
    for (routing, name) in listed {
        if elsewhere.iter().all(|(known, _)| *known != routing) {
            elsewhere.push((routing, name));
        }
    }
    elsewhere
}

/// Returns what is most likely where the publisher has no model with an inference profile.
fn usual(catalog: &Catalog, region: Region) -> Option<(Routing, &'static str)> {
    let has_global = region.partition == "aws"
        && (region.is_new() || catalog.prefix("global").is_some_and(|global| global.serves(region.name)));
    match region.usual_prefix {
        Some("us") => Some((Routing::Geographic, "us")),
        _ if has_global => Some((Routing::Global, "global")),
        usual => usual.map(|prefix| (Routing::Geographic, prefix)),
    }
}

fn prefix<'a>(profile: &'a str, model: &str) -> Option<&'a str> {
    profile.strip_suffix(model)?.strip_suffix('.')
}

fn publisher(model: &str) -> &str {
    model.split('.').next().unwrap_or_default()
}

/// Returns the words of a model's name, sorted, without numbers, sizes and versions: what the members of a family share.
fn words(model: &str) -> Vec<&str> {
    let name = model.split_once('.').map_or(model, |(_, name)| name);
    let mut words: Vec<_> = name
        .split(['-', '.', ':', '_'])
        .filter(|segment| segment.starts_with(|letter: char| letter.is_ascii_alphabetic()))
        .map(|segment| segment.trim_end_matches(|letter: char| letter.is_ascii_digit()))
        .filter(|word| *word != "v")
        .collect();
    words.sort_unstable();
    words
}

/// Returns what orders the members of a family by age: the numbers of the name, then dates, then the rest of the ID.
fn age(model: &str) -> (Vec<u32>, Vec<u32>) {
    let stem = family::family_key(model);
    let loose = stem.split(['-', '.', ':', '_']).filter_map(|segment| {
        // `70b` is a size.
        segment.trim_start_matches(|letter: char| letter.is_ascii_alphabetic()).parse().ok()
    });
    let (_, dates) = family::version_key(model);
    (loose.collect(), dates)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::{catalog, catalog_without};

    /// Returns the ID that a list of prefixes means where every kind of routing is allowed.
    fn id(model: &str, prefixes: &[(Routing, &str)]) -> Option<String> {
        let (_, prefix) = prefixes.iter().min_by_key(|(routing, _)| *routing == Routing::Global)?;
        Some(format!("{prefix}.{model}"))
    }

    /// The measured share; lower it only with a reason.
    const RIGHT: f64 = 0.85;

    #[test]
    fn a_model_that_is_left_out_is_predicted_as_it_is() {
        let (mut pairs, mut right, mut table) = (0_u32, 0_u32, 0_u32);
        let mut models: Vec<_> = catalog().foundation_models().filter(|model| model.can_chat()).collect();
        models.sort_by_key(|model| std::cmp::Reverse(age(model.id)));
        for model in models {
            let without = catalog_without(model.id);
            for region in Region::all().filter(|region| region.has_endpoint) {
                let truth = prefixes(catalog(), model, region);
                let Some(expected) = id(model.id, &truth) else { continue };
                pairs += 1;
                let kinship = kinship(&CatalogIndex::new(&without), model.id, region);
                right += u32::from(id(model.id, &kinship.prefixes).as_ref() == Some(&expected));
                let usual = region.usual_prefix.unwrap_or("global");
                table += u32::from(format!("{usual}.{}", model.id) == expected);
            }
        }
        let share = |count: u32| f64::from(count) / f64::from(pairs);
        println!("{pairs} pairs: kinship {:.3}, prefix table {:.3}", share(right), share(table));
        assert!(pairs > 500 && share(right) >= RIGHT && share(right) > share(table), "{right} of {pairs}");
    }
}
