//! Tests that the live catalog of one Region changes the resolution there, and only there.

use std::collections::BTreeMap;

use super::*;
use crate::model::catalog::live::tests::{application, listing, model, profile};
use crate::model::catalog::live::text;
use crate::model::catalog::tests::catalog;
use crate::model::date::Date;
use crate::model::listing::Listing;
use crate::model::routing::RoutingOrder;

const TODAY: Date = Date { year: 2026, month: 11, day: 20 };
const SONNET: &str = "anthropic.claude-sonnet-4-6";
const TEAM_ARN: &str = "arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghij12";

/// Creates lists with a new model, with Sonnet 4.6 as a global profile only, and with a profile of Haiku 4.5 without
/// its model.
fn launched() -> Listing {
    listing(
        vec![
            profile("us.newcomer.chat-2", "newcomer.chat-2", &["us-east-1", "us-west-2"]),
            profile("global.anthropic.claude-sonnet-4-6", SONNET, &["us-east-1", ""]),
            profile(
                "us.anthropic.claude-haiku-4-5-20251001-v1:0",
                "anthropic.claude-haiku-4-5-20251001-v1:0",
                &["us-east-1"],
            ),
            application("abcdefghij12", "team one", SONNET, &["us-east-1", "us-west-2"]),
            application("zzcdefghij12", "anywhere", SONNET, &["us-east-1", ""]),
        ],
        vec![
            model("newcomer.chat-2", &["INFERENCE_PROFILE"]),
            model(SONNET, &["INFERENCE_PROFILE"]),
            model("anthropic.claude-haiku-4-5", &["ON_DEMAND"]),
        ],
    )
}

fn resolve_in(catalog: &Catalog, text: &str, region: Option<&str>, routing: &str) -> Result<Resolution, ResolveError> {
    let order: RoutingOrder = if routing.is_empty() { RoutingOrder::default() } else { routing.parse().unwrap() };
    let aliases = BTreeMap::from([("team".to_owned(), "inference-profile:team one".to_owned())]);
    let request = ResolveRequest {
        source_region: region.and_then(Region::named),
        region_by_flag: false,
        routing: &order,
        strict: false,
        repair: false,
        today: TODAY,
        aliases: &aliases,
    };
    resolve(text, &request, catalog)
}

/// Returns the ID that is resolved with the live catalog of us-east-1, or the error.
fn with_live(text: &str, region: &str) -> String {
    let live = super::live_tests::text(&launched(), TODAY);
    let catalog = catalog().clone().with_live(live);
    match resolve_in(&catalog, text, Some(region), "") {
        Ok(resolution) => format!("{} ({})", resolution.id, resolution.provenance),
        Err(refusal) => {
            [vec![refusal.message.summary], refusal.message.causes, refusal.message.hints].concat().join("; ")
        }
    }
}

#[test]
fn a_model_that_was_launched_after_the_built_in_catalog_resolves_in_its_region() {
    assert_eq!(with_live("newcomer.chat-2", "us-east-1"), "us.newcomer.chat-2 (live catalog, 2026-11-20)");
    assert_eq!(with_live("us.newcomer.chat-2", "us-east-1"), "us.newcomer.chat-2 (live catalog, 2026-11-20)");
    assert_eq!(with_live("newcomer.chat-2", "us-east-2"), "us.newcomer.chat-2 (predicted)", "the prefix serves it");
    assert_eq!(
        with_live("newcomer.chat-2", "eu-west-1"),
        "`newcomer.chat-2` cannot be invoked from eu-west-1; geographic: `us.newcomer.chat-2` from us-east-1"
    );
}

#[test]
fn a_profile_that_is_listed_no_longer_is_not_chosen_there_and_stays_elsewhere() {
    assert_eq!(with_live(SONNET, "us-east-1"), "global.anthropic.claude-sonnet-4-6 (live catalog, 2026-11-20)");
    assert_eq!(with_live(SONNET, "us-east-2"), "us.anthropic.claude-sonnet-4-6 (catalog file frozen, 2026-10-27)");
    let refused = with_live("us.anthropic.claude-sonnet-4-6", "us-east-1");
    assert!(refused.starts_with("`us.anthropic.claude-sonnet-4-6` cannot be invoked from us-east-1; "), "{refused}");
    let hint = "use `global.anthropic.claude-sonnet-4-6`, which may run outside of the geography that `us.` names";
    assert!(refused.ends_with(hint), "{refused}");
    let nothing = with_live("amazon.nova-2-lite-v1:0", "us-east-1");
    assert!(nothing.contains("AWS lists no ID to invoke it there (live catalog, 2026-11-20)"), "{nothing}");
    assert!(!nothing.contains("us-east-1,"), "{nothing}");
}

#[test]
fn a_profile_whose_model_is_gone_is_marked_and_comes_out_with_a_warning_only() {
    let live = text(&launched(), TODAY);
    let catalog = catalog().clone().with_live(live);
    let haiku = resolve_in(&catalog, "anthropic.claude-haiku-4-5-20251001-v1:0", Some("us-east-1"), "").unwrap();
    assert_eq!(haiku.rule, Rule::Plain, "AWS does not say that its life is over");
    let said = "AWS lists `anthropic.claude-haiku-4-5-20251001-v1:0` in us-east-1 as an inference profile only";
    assert!(
        haiku.notices.iter().any(|notice| notice.severity == Severity::Warning && notice.text.starts_with(said)),
        "{haiku:?}"
    );
}

#[test]
fn what_only_bedrock_mantle_serves_stays_out_though_it_is_listed_as_on_demand() {
    let refused = with_live("anthropic.claude-haiku-4-5", "us-east-1");
    assert!(refused.contains("only the bedrock-mantle endpoint serves it"), "{refused}");
}

#[test]
fn an_application_profile_resolves_to_its_arn_by_arn_id_name_and_alias() {
    let live = text(&launched(), TODAY);
    let catalog = catalog().clone().with_live(live);
    for written in [TEAM_ARN, "abcdefghij12", "inference-profile:team one", "team", " inference-profile:team one "] {
        let resolution = resolve_in(&catalog, written, Some("us-east-1"), "").unwrap();
        assert_eq!((resolution.id.as_str(), resolution.rule), (TEAM_ARN, Rule::Arn), "{written}");
        assert_eq!(resolution.model.as_deref(), Some(SONNET), "{written}");
        assert_eq!(resolution.routing, Some(Routing::Geographic), "{written}");
        assert_eq!(
            resolution.destinations,
            Destinations::Regions(vec!["us-east-1".to_owned(), "us-west-2".to_owned()])
        );
        assert_eq!(resolution.provenance.to_string(), "live catalog, 2026-11-20");
    }
    // Its Region is in its ARN.
    assert_eq!(resolve_in(&catalog, "abcdefghij12", None, "").unwrap().source_region, Region::named("us-east-1"));
    let elsewhere = resolve_in(&catalog, "abcdefghij12", Some("eu-west-1"), "").unwrap_err();
    assert_eq!(elsewhere.message.hints, ["--region us-east-1"]);
}

#[test]
fn an_application_profile_is_never_found_by_its_bare_name() {
    assert!(with_live("anywhere", "us-east-1").starts_with("no model matches `anywhere`"));
    assert!(with_live("inference-profile:anywere", "us-east-1").contains("did you mean `inference-profile:anywhere`?"));
    assert!(with_live("inference-profile:anywre", "us-east-1").contains("did you mean"), "two letters differ");
    assert!(!with_live("inference-profile:anyre", "us-east-1").contains("did you mean"), "three letters differ");
}

#[test]
fn an_application_profile_means_a_kind_of_routing_that_can_be_left_out() {
    let live = text(&launched(), TODAY);
    let catalog = catalog().clone().with_live(live);
    let refused = resolve_in(&catalog, "zzcdefghij12", Some("us-east-1"), "geo,in-region").unwrap_err();
    assert_eq!(refused.kind, ResolveErrorKind::RoutingRefused);
    let global = resolve_in(&catalog, "zzcdefghij12", Some("us-east-1"), "").unwrap();
    assert!(global.notices.iter().any(|notice| notice.text.contains("may run in any commercial Region")));
}

#[test]
fn without_live_knowledge_a_name_is_an_error_and_an_arn_is_called_as_written() {
    let catalog = catalog();
    let named = resolve_in(catalog, "inference-profile:team one", Some("us-east-1"), "").unwrap_err();
    assert_eq!(named.message.summary, "`inference-profile:team one` cannot be looked up");
    assert_eq!(named.message.hints, ["bedrock-ask catalog refresh --region us-east-1"]);
    let by_id = resolve_in(catalog, "abcdefghij12", Some("us-east-1"), "").unwrap_err();
    assert!(by_id.message.hints.iter().any(|hint| hint.contains("catalog refresh --region us-east-1")), "{by_id:?}");
    let by_arn = resolve_in(catalog, TEAM_ARN, Some("us-east-1"), "").unwrap();
    assert_eq!((by_arn.model, by_arn.provenance), (None, Provenance::AsWritten));
}

#[test]
fn an_answer_that_is_too_old_still_tells_what_never_changes() {
    let live = text(&launched(), TODAY);
    let catalog = catalog().clone().with_stale(live);
    let sonnet = resolve_in(&catalog, SONNET, Some("us-east-1"), "").unwrap();
    assert_eq!(
        (sonnet.id.as_str(), sonnet.provenance.to_string().as_str()),
        ("us.anthropic.claude-sonnet-4-6", "catalog file frozen, 2026-10-27")
    );
    let predicted = resolve_in(&catalog, "newcomer.chat-2", Some("us-east-1"), "").unwrap();
    assert_eq!(predicted.rule, Rule::Predicted);
    assert_eq!(predicted.destinations, Destinations::Regions(vec!["us-east-1".to_owned(), "us-west-2".to_owned()]));
    assert_eq!(resolve_in(&catalog, TEAM_ARN, Some("us-east-1"), "").unwrap().model.as_deref(), Some(SONNET));
    assert!(resolve_in(&catalog, "inference-profile:team one", Some("us-east-1"), "").is_err());
}
