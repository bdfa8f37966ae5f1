//! Tests each rule by example, and the properties that hold for every model and Region.

use std::collections::BTreeMap;

use proptest::prelude::*;

use super::*;
use crate::model::catalog::tests::catalog;
use crate::model::date::Date;
use crate::model::routing::RoutingOrder;

const TODAY: Date = Date { year: 2026, month: 11, day: 20 };

/// Resolves with these options: `strict`, `repair`, or an order of routing.
fn resolve_with(model: &str, region: &str, words: &[&str]) -> Result<Resolution, ResolveError> {
    let order = words.iter().find_map(|word| word.parse().ok()).unwrap_or_default();
    let aliases = BTreeMap::from([("fast".to_owned(), "amazon.nova-micro-v1:0".to_owned())]);
    let request = ResolveRequest {
        source_region: Region::named(region),
        region_by_flag: words.contains(&"flag"),
        routing: &order,
        strict: words.contains(&"strict"),
        repair: words.contains(&"repair"),
        aliases: &aliases,
        ..ResolveRequest::new(Region::named("us-east-1").unwrap(), TODAY)
    };
    resolve(model, &request, catalog())
}

fn resolved(model: &str, region: &str) -> Resolution {
    resolve_with(model, region, &[]).unwrap_or_else(|refusal| panic!("{model} from {region}: {refusal:?}"))
}

fn refused(model: &str, region: &str, words: &[&str]) -> ResolveError {
    resolve_with(model, region, words).unwrap_err()
}

fn said(resolution: &Resolution) -> String {
    resolution
        .notices
        .iter()
        .map(|notice| format!("{}{}", if notice.severity == Severity::Warning { "! " } else { "" }, notice.text))
        .collect::<Vec<_>>()
        .join("\n")
}

#[test]
fn sonnet_4_6_has_another_id_in_every_geography() {
    for (region, id) in [
        ("us-east-1", "us.anthropic.claude-sonnet-4-6"),
        ("ca-central-1", "us.anthropic.claude-sonnet-4-6"),
        ("eu-central-1", "eu.anthropic.claude-sonnet-4-6"),
        ("eu-west-2", "eu.anthropic.claude-sonnet-4-6"),
        ("ap-northeast-1", "jp.anthropic.claude-sonnet-4-6"),
        ("ap-southeast-2", "au.anthropic.claude-sonnet-4-6"),
        ("ap-northeast-2", "global.anthropic.claude-sonnet-4-6"),
        ("sa-east-1", "global.anthropic.claude-sonnet-4-6"),
    ] {
        let resolution = resolved("anthropic.claude-sonnet-4-6", region);
        assert_eq!((resolution.id.as_str(), resolution.rule), (id, Rule::Plain), "{region}");
        assert_eq!(said(&resolution).contains("any commercial Region"), id.starts_with("global."), "{region}");
    }
}

#[test]
fn tokyo_uses_apac_for_nova_lite_and_jp_for_nova_2_lite() {
    assert_eq!(resolved("amazon.nova-lite-v1:0", "ap-northeast-1").id, "apac.amazon.nova-lite-v1:0");
    assert_eq!(resolved("amazon.nova-2-lite-v1:0", "ap-northeast-1").id, "jp.amazon.nova-2-lite-v1:0");
    assert_eq!(resolved("anthropic.claude-opus-4-6-v1", "ap-northeast-1").id, "global.anthropic.claude-opus-4-6-v1");
}

#[test]
fn a_model_past_its_end_of_life_resolves_with_a_warning_and_strictly_not_at_all() {
    let sonnet_4 = resolved("anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1");
    assert_eq!((sonnet_4.id.as_str(), sonnet_4.rule), ("us.anthropic.claude-sonnet-4-20250514-v1:0", Rule::EndOfLife));
    assert!(
        said(&sonnet_4)
            .contains("! `anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14; use `us.")
    );
    for region in ["us-east-1", "us-west-2"] {
        let haiku = resolved("anthropic.claude-3-5-haiku-20241022-v1:0", region);
        assert_eq!(haiku.id, "us.anthropic.claude-3-5-haiku-20241022-v1:0");
        assert!(haiku.notices.iter().any(|notice| notice.severity == Severity::Warning));
    }
    let typed = resolved("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "us-east-1");
    assert_eq!((typed.id.as_str(), typed.rule), ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", Rule::EndOfLife));
    let strict = refused("anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1", &["strict"]);
    assert_eq!(strict.kind, ResolveErrorKind::NotResolved);
    assert!(strict.suggestion.is_some_and(|id| id.starts_with("us.anthropic.claude-sonnet-")));
}

#[test]
fn a_route_that_is_gone_counts_after_every_living_one_and_is_never_an_alternative() {
    let model = "anthropic.claude-3-haiku-20240307-v1:0";
    let active = resolved(model, "ap-northeast-2");
    assert_eq!((active.id.as_str(), active.alternatives.len()), (model, 0));
    assert_eq!(refused(model, "ap-northeast-2", &["geo"]).kind, ResolveErrorKind::RoutingRefused);
    assert!(resolved("anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1").alternatives.is_empty());
}

#[test]
fn other_spellings_lead_to_the_same_model() {
    let variant = resolved("amazon.nova-2-lite-v1:0:256k", "us-east-1");
    assert_eq!(variant.id, "us.amazon.nova-2-lite-v1:0");
    assert!(said(&variant).contains("`256k`"));
    let wrapped = resolved("bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", "us-east-1");
    assert_eq!(wrapped.id, "us.anthropic.claude-3-5-haiku-20241022-v1:0");
    let label = resolved("us-east-1.anthropic.claude-sonnet-4-6", "us-east-1");
    assert_eq!(label.id, "us.anthropic.claude-sonnet-4-6");
    assert!(said(&label).contains("do not exist"));
    let arn = resolved("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6", "us-east-1");
    assert_eq!(arn.id, "us.anthropic.claude-sonnet-4-6");
    let profile = resolved("arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-pro-v1:0", "");
    assert_eq!((profile.id.as_str(), profile.source_region.unwrap().name), ("eu.amazon.nova-pro-v1:0", "eu-west-1"));
    assert_eq!(resolved("fast", "us-east-1").model.unwrap(), "amazon.nova-micro-v1:0");
    assert_eq!(resolved("claude-haiku-4-5", "eu-central-1").id, "eu.anthropic.claude-haiku-4-5-20251001-v1:0");
}

#[test]
fn a_dot_between_digits_is_a_version_and_no_publisher() {
    for (name, id) in [
        ("claude-sonnet-4.6", "us.anthropic.claude-sonnet-4-6"),
        ("claude-haiku-4.5", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("kimi-k2.5", "moonshotai.kimi-k2.5"),
    ] {
        assert_eq!(resolved(name, "us-east-1").id, id);
    }
    assert_eq!(refused("claude-sonnet-9.9", "us-east-1", &[]).kind, ResolveErrorKind::NotResolved);
    assert_eq!(resolved("amazon.model-1.5", "us-east-1").rule, Rule::Predicted);
}

#[test]
fn a_second_prefix_or_a_strange_variant_is_never_predicted() {
    for text in [
        "us.us.amazon.nova-2-lite-v1:0",
        "us.eu-west-1.newcomer.model",
        "us.global.newcomer.model",
        "amazon.nova-2-lite-v1:0:",
        "amazon.nova-2-lite-v1:0:256k:x",
    ] {
        let refusal = refused(text, "us-east-1", &[]);
        assert!(refusal.message.summary.ends_with("is not a model ID"), "{}", refusal.message.summary);
    }
}

#[test]
fn alternatives_come_in_the_users_order_and_only_as_allowed() {
    let routes = |order| {
        let resolution = resolve_with("anthropic.claude-sonnet-4-6", "eu-west-2", &[order]).unwrap();
        resolution.alternatives.into_iter().map(|route| route.routing).collect::<Vec<_>>()
    };
    assert_eq!(routes("geo,in-region,global"), [Routing::InRegion, Routing::Global]);
    assert_eq!(routes("global,geo,in-region"), [Routing::Geographic, Routing::InRegion]);
    assert_eq!(routes("in-region,geo"), [Routing::Geographic]);
    assert!(routes("geo").is_empty());
}

#[test]
fn a_region_in_the_spelling_yields_only_to_a_flag() {
    let path = "bedrock/us-west-2/anthropic.claude-sonnet-4-6";
    assert_eq!(resolved(path, "").source_region.unwrap().name, "us-west-2");
    let overridden = resolved(path, "eu-west-1");
    assert_eq!(overridden.source_region.unwrap().name, "us-west-2");
    assert!(said(&overridden).contains("overrides the source Region eu-west-1"));
    let refusal = refused(path, "eu-west-1", &["flag"]);
    assert_eq!((refusal.kind, refusal.message.hints.len()), (ResolveErrorKind::Usage, 1));
}

#[test]
fn an_arn_of_another_region_or_partition_is_a_usage_error() {
    let other = refused("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc", "eu-west-1", &[]);
    assert_eq!(
        (other.kind, &other.message.hints[..]),
        (ResolveErrorKind::Usage, &["--region us-east-1".to_owned()][..])
    );
    let partition = refused("arn:aws-us-gov:bedrock:us-east-1::foundation-model/x.y", "", &[]);
    assert_eq!(partition.kind, ResolveErrorKind::Usage);
    let unknown = refused("arn:aws:bedrock:us-eats-1::foundation-model/x.y", "", &[]);
    assert_eq!(unknown.message.hints, ["did you mean `us-east-1`?"]);
}

#[test]
fn an_arn_that_stands_for_a_model_is_called_as_written() {
    for resource in [
        "application-inference-profile/abc123",
        "provisioned-model/x",
        "imported-model/y",
        "prompt/P:1",
        "custom-model-deployment/z",
    ] {
        let arn = format!("arn:aws:bedrock:us-east-1:111122223333:{resource}");
        let resolution = resolved(&arn, "us-east-1");
        assert_eq!((resolution.id, resolution.rule, resolution.routing), (arn, Rule::Arn, None));
    }
    assert_eq!(
        refused("arn:aws:bedrock:us-east-1:111122223333:guardrail/g", "us-east-1", &[]).kind,
        ResolveErrorKind::Usage
    );
    assert_eq!(refused("arn:aws:s3:::bucket/key", "us-east-1", &[]).kind, ResolveErrorKind::Usage);
}

#[test]
fn a_profile_from_elsewhere_is_refused_with_the_right_one_and_repaired_on_request() {
    let refusal = refused("us.anthropic.claude-sonnet-4-6", "eu-central-1", &[]);
    assert_eq!(
        (refusal.kind, refusal.suggestion.as_deref()),
        (ResolveErrorKind::NotResolved, Some("eu.anthropic.claude-sonnet-4-6"))
    );
    let repaired = resolve_with("us.anthropic.claude-sonnet-4-6", "eu-central-1", &["repair"]).unwrap();
    assert_eq!((repaired.id.as_str(), repaired.rule), ("eu.anthropic.claude-sonnet-4-6", Rule::Repaired));
    assert!(said(&repaired).contains("invoking `eu.anthropic.claude-sonnet-4-6` instead"));
    let none = refused("jp.amazon.nova-lite-v1:0", "ap-northeast-1", &[]);
    assert_eq!(none.suggestion.as_deref(), Some("apac.amazon.nova-lite-v1:0"));
    assert!(none.message.summary.contains("jp.amazon.nova-lite-v1:0"));
}

#[test]
fn a_typed_geography_is_left_only_with_repair_and_a_warning() {
    let aliases = BTreeMap::from([("mine".to_owned(), "eu.anthropic.claude-sonnet-4-6".to_owned())]);
    let within = |model: &str, region: &str| {
        let request = ResolveRequest {
            source_region: Region::named(region),
            aliases: &aliases,
            ..ResolveRequest::new(Region::named("us-east-1").unwrap(), TODAY)
        };
        resolve_within_geography(model, &request, catalog())
    };
    for (typed, region) in [
        ("eu.anthropic.claude-sonnet-4-6", "us-east-1"),
        ("mine", "us-east-1"),
        ("eu.anthropic.claude-sonnet-4-6", "sa-east-1"),
        ("jp.amazon.nova-lite-v1:0", "ap-northeast-2"),
        ("us-gov.anthropic.claude-sonnet-4-5-20250929-v1:0", "us-east-1"),
        ("arn:aws:bedrock:us-east-1:111122223333:inference-profile/eu.anthropic.claude-sonnet-4-6", ""),
    ] {
        let refusal = within(typed, region).unwrap_err();
        assert_eq!(refusal.kind, ResolveErrorKind::NotResolved, "{typed}");
        assert!(refusal.suggestion.is_some() && refusal.message.hints[1].contains("--repair"), "{refusal:?}");
    }
    let narrower = within("apac.anthropic.claude-sonnet-4-6", "ap-northeast-1").unwrap();
    assert_eq!((narrower.id.as_str(), narrower.rule), ("jp.anthropic.claude-sonnet-4-6", Rule::Repaired));
    assert!(
        narrower.notices.iter().all(|notice| notice.severity == Severity::Note) && narrower.alternatives.is_empty()
    );
    let in_region = within("jp.amazon.nova-lite-v1:0", "ap-northeast-1").unwrap();
    assert_eq!(in_region.id, "amazon.nova-lite-v1:0", "which runs in Tokyo");
    let repaired = resolve_with("eu.anthropic.claude-sonnet-4-6", "us-east-1", &["repair"]).unwrap();
    assert!(said(&repaired).starts_with("! `eu.anthropic.claude-sonnet-4-6` cannot be invoked from us-east-1"));
}

#[test]
fn routing_that_is_left_out_is_refused_with_a_reason_of_its_own() {
    let refusal = refused("anthropic.claude-sonnet-4-6", "sa-east-1", &["geo,in-region"]);
    assert_eq!(refusal.kind, ResolveErrorKind::RoutingRefused);
    let typed = refused("global.anthropic.claude-sonnet-4-6", "eu-central-1", &["geo"]);
    assert_eq!(
        (typed.kind, typed.suggestion.as_deref()),
        (ResolveErrorKind::RoutingRefused, Some("eu.anthropic.claude-sonnet-4-6"))
    );
    assert_eq!(
        resolve_with("anthropic.claude-sonnet-4-6", "eu-west-2", &["in-region,geo"]).unwrap().id,
        "anthropic.claude-sonnet-4-6"
    );
}

#[test]
fn global_routing_needs_no_region_and_everything_else_does() {
    let everywhere = resolve_with("anthropic.claude-sonnet-4-6", "", &["global"]).unwrap();
    assert_eq!((everywhere.id.as_str(), everywhere.source_region), ("global.anthropic.claude-sonnet-4-6", None));
    assert_eq!(said(&everywhere), "");
    assert_eq!(refused("anthropic.claude-sonnet-4-6", "", &[]).kind, ResolveErrorKind::Usage);
    assert_eq!(refused("us.anthropic.claude-sonnet-4-6", "", &["global"]).kind, ResolveErrorKind::RoutingRefused);
    assert_eq!(refused("amazon.titan-embed-text-v2:0", "", &["global"]).kind, ResolveErrorKind::RoutingRefused);
}

#[test]
fn a_known_model_that_is_not_here_says_where_it_is() {
    let refusal = refused("amazon.titan-embed-image-v1", "sa-west-1", &[]);
    assert_eq!(refusal.kind, ResolveErrorKind::NotResolved);
    assert!(refusal.message.causes.join("\n").contains("in-region: "));
    let mantle = refused("anthropic.claude-haiku-4-5", "us-east-1", &[]);
    assert!(mantle.message.causes[0].contains("bedrock-mantle"));
    assert_eq!(mantle.suggestion.as_deref(), Some("us.anthropic.claude-haiku-4-5-20251001-v1:0"));
    let ended = refused("amazon.nova-canvas-v1:0", "us-east-1", &[]);
    assert_eq!(ended.message.summary, "`amazon.nova-canvas-v1:0` was retired on 2026-09-30");
}

#[test]
fn a_name_that_is_nearly_right_names_what_was_meant_and_what_to_use_now() {
    let refusal = refused("us.anthropic.claude-3-5-sonnet-v2:0", "us-east-1", &[]);
    assert_eq!(refusal.kind, ResolveErrorKind::NotResolved);
    assert!(refusal.message.summary.contains("`us.anthropic.claude-3-5-sonnet-20241022-v2:0`"));
    let now = refusal.suggestion.unwrap();
    assert!(now.starts_with("us.anthropic.claude-sonnet-") && !now.contains("20241022"), "{now}");
    let typo = refused("anthropic.claude-sonet-4-6", "eu-central-1", &[]);
    assert_eq!(typo.suggestion.as_deref(), Some("eu.anthropic.claude-sonnet-4-6"));
}

#[test]
fn a_new_version_of_a_known_family_is_predicted_and_strictly_refused() {
    let predicted = resolved("anthropic.claude-opus-4-9", "eu-central-1");
    assert_eq!(
        (predicted.id.as_str(), predicted.rule, predicted.provenance.clone()),
        ("eu.anthropic.claude-opus-4-9", Rule::Predicted, Provenance::Predicted)
    );
    assert!(said(&predicted).contains("is not a known model; `eu.anthropic.claude-opus-4-9` is predicted"));
    assert_eq!(refused("anthropic.claude-opus-4-9", "eu-central-1", &["strict"]).kind, ResolveErrorKind::NotResolved);
    assert_eq!(refused("anthropic.claude-opus-4-9", "sa-east-1", &["geo"]).kind, ResolveErrorKind::RoutingRefused);
    assert_eq!(resolved("anthropic.claude-opus-4-9", "sa-east-1").id, "global.anthropic.claude-opus-4-9");
    assert_eq!(resolved("us.anthropic.claude-opus-4-9", "us-east-1").id, "us.anthropic.claude-opus-4-9");
    assert_eq!(refused("us.anthropic.claude-opus-4-9", "eu-central-1", &[]).kind, ResolveErrorKind::NotResolved);
}

#[test]
fn an_unknown_model_is_predicted_by_the_first_kind_of_routing_of_the_user_that_its_kin_has() {
    assert_eq!(
        refused("anthropic.claude-opus-4-9", "eu-central-1", &["in-region"]).kind,
        ResolveErrorKind::RoutingRefused
    );
    for (order, id, routing) in [
        ("in-region,geo", "eu.anthropic.claude-opus-4-9", Routing::Geographic),
        ("geo,in-region", "eu.anthropic.claude-opus-4-9", Routing::Geographic),
        ("global,geo", "global.anthropic.claude-opus-4-9", Routing::Global),
    ] {
        let predicted = resolve_with("anthropic.claude-opus-4-9", "eu-central-1", &[order]).unwrap();
        assert_eq!((predicted.id.as_str(), predicted.routing), (id, Some(routing)), "{order}");
    }
}

/// Creates a catalog in which each of `ended` models past its end of life is followed by the next, and the last by an
/// active one.
fn succession(ended: usize) -> Catalog {
    let head =
        "# bedrock-ask catalog 1\n# as of 2026-10-27\n# destination lists\nus.a us-east-1\n# foundation models\n";
    let models = (0..ended).map(|index| {
        let next = if index + 1 == ended { "z.active".to_owned() } else { format!("a.model-{}", index + 1) };
        format!("a.model-{index}\n  status EOL\n  successor {next}\n")
    });
    let active = "z.active\n  status ACTIVE\n  on-demand us-east-1\n";
    Catalog::from_text(&format!("{head}{}{active}", models.collect::<String>()), "succession").unwrap()
}

#[test]
fn eight_successors_are_followed_and_no_more() {
    let found = |ended| {
        let request = ResolveRequest::new(Region::named("us-east-1").unwrap(), TODAY);
        resolve("a.model-0", &request, &succession(ended)).unwrap_err().suggestion
    };
    assert_eq!(found(8).as_deref(), Some("z.active"));
    assert_eq!(found(9), None);
}

#[test]
fn unverified_profiles_are_never_chosen() {
    let routes = |region| resolve_with("anthropic.claude-mythos-5-1", region, &[]);
    assert_eq!(routes("us-east-1").unwrap_err().kind, ResolveErrorKind::NotResolved);
    assert!(said(&resolved("us.anthropic.claude-mythos-5-1", "us-east-1")).contains("one third-party report"));
}

#[test]
fn the_default_model_stays_in_the_geography_where_one_can() {
    let default = |region| {
        let request = ResolveRequest {
            source_region: Region::named(region),
            ..ResolveRequest::new(Region::named("us-east-1").unwrap(), TODAY)
        };
        default_model(&request, catalog()).map(|resolution| resolution.id)
    };
    assert_eq!(default("us-east-1").unwrap(), "us.amazon.nova-2-lite-v1:0");
    assert_eq!(default("eu-west-2").unwrap(), "amazon.nova-lite-v1:0");
    assert_eq!(default("ap-south-1").unwrap(), "apac.amazon.nova-lite-v1:0");
    assert!(default("cn-north-1").is_err());
    assert_eq!(default("sa-east-1").unwrap_err().kind, ResolveErrorKind::NotResolved);
    let in_region: RoutingOrder = "in-region".parse().unwrap();
    let request =
        ResolveRequest { routing: &in_region, ..ResolveRequest::new(Region::named("eu-central-1").unwrap(), TODAY) };
    assert_eq!(default_model(&request, catalog()).unwrap_err().kind, ResolveErrorKind::RoutingRefused);
    let mut only_global = 0;
    for region in Region::all().filter(|region| region.has_endpoint) {
        match default(region.name) {
            Ok(id) => assert!(id.contains("amazon.nova-") && !id.starts_with("global."), "{region}: {id}"),
            Err(none) => only_global += usize::from(none.message.hints[0].contains("-m global.amazon.nova-")),
        }
    }
    assert!(only_global > 0, "some Region has Nova by global routing only");
}

#[test]
fn an_arn_is_printed_in_the_right_partition() {
    let arn = |model, region, account| resolved(model, region).arn(account);
    assert_eq!(
        arn("anthropic.claude-sonnet-4-6", "us-east-1", Some("111122223333")).unwrap(),
        "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"
    );
    assert_eq!(
        arn("amazon.nova-micro-v1:0", "eu-west-2", None).unwrap(),
        "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-micro-v1:0"
    );
    let gov = arn("anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1", Some("111122223333")).unwrap();
    assert!(gov.starts_with("arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov."), "{gov}");
    assert_eq!(arn("anthropic.claude-sonnet-4-6", "us-east-1", None).unwrap_err().kind, ResolveErrorKind::Usage);
}

/// Returns every combination of the three kinds, and some orders of them.
fn orders() -> Vec<RoutingOrder> {
    let orders =
        ["geo", "in-region", "global", "geo,in-region", "global,geo", "in-region,global", "in-region,global,geo"];
    orders.iter().map(|order| order.parse().unwrap()).collect()
}

#[test]
fn what_comes_out_for_a_catalog_model_is_callable_or_warned_of_and_never_by_routing_left_out() {
    let catalog = catalog();
    let mut resolutions = 0;
    for order in orders() {
        for region in Region::all().filter(|region| region.has_endpoint) {
            for model in catalog.foundation_models() {
                let request =
                    ResolveRequest { region_by_flag: true, routing: &order, ..ResolveRequest::new(region, TODAY) };
                let Ok(resolution) = resolve(model.id, &request, catalog) else { continue };
                resolutions += 1;
                let route =
                    catalog.routes(model.id, region.name).into_iter().find(|route| route.id == resolution.id).unwrap();
                let warned = resolution.rule == Rule::EndOfLife
                    && resolution.notices.iter().any(|notice| notice.severity == Severity::Warning);
                assert!(route.invocable || warned, "{} from {region}", model.id);
                assert!(order.allows(resolution.routing.unwrap()), "{} from {region} by {order}", model.id);
                assert!(route.status != ProfileStatus::Unverified && !model.is_mantle_only());
            }
        }
    }
    assert!(resolutions > 7_000, "{resolutions}");
}

proptest! {
    #[test]
    fn nothing_that_is_typed_makes_it_panic(text in "\\PC{0,40}|(us|eu|global|xx)?[.]?(anthropic|amazon|newcomer)?[.]?[a-z0-9:-]{0,30}", region in "us-east-1|eu-west-2|sa-east-1|") {
        for words in [&[][..], &["repair"], &["strict", "geo"], &["global"]] {
            if let Ok(resolution) = resolve_with(&text, &region, words) {
                prop_assert!(!resolution.id.is_empty());
            }
        }
    }

    #[test]
    fn a_new_version_number_is_never_taken_for_a_typing_error(major in 7u8..30, minor in 0u8..30) {
        let model = format!("anthropic.claude-opus-{major}-{minor}");
        prop_assert_eq!(resolved(&model, "us-east-1").rule, Rule::Predicted);
    }
}

#[test]
fn a_model_that_aws_removed_is_retired_and_never_new() {
    let opus = refused("anthropic.claude-3-opus-20240229-v1:0", "us-west-2", &[]);
    assert_eq!(opus.kind, ResolveErrorKind::NotResolved);
    assert_eq!(opus.message.summary, "`anthropic.claude-3-opus-20240229-v1:0` was retired on 2026-01-15");
    assert_eq!(opus.suggestion.as_deref(), Some("us.anthropic.claude-opus-4-8"));
    let typed = refused("us.anthropic.claude-3-opus-20240229-v1:0", "us-west-2", &["repair"]);
    assert_eq!(typed.message.causes[0], opus.message.summary);
    assert_eq!(typed.suggestion, opus.suggestion);
    for id in ["amazon.titan-text-express-v1", "ai21.jamba-instruct-v1:0"] {
        assert!(refused(id, "us-east-1", &[]).message.summary.contains("was retired"), "{id}");
    }
}

#[test]
fn an_unknown_publisher_and_an_unfinished_id_are_refused() {
    for text in ["readme.md", "www.example.com", "newcomer.model-1.5", "us.newcomer.model-1.5"] {
        let refusal = refused(text, "us-east-1", &[]);
        assert_eq!((refusal.kind, refusal.suggestion), (ResolveErrorKind::NotResolved, None), "{text}");
    }
    let llama = refused("meta.llama3-3-70b", "us-east-1", &[]);
    assert_eq!(llama.message.summary, "`meta.llama3-3-70b` does not exist, but `meta.llama3-3-70b-instruct-v1:0` does");
    assert_eq!(llama.suggestion.as_deref(), Some("us.meta.llama3-3-70b-instruct-v1:0"));
    for text in ["anthropic.claude", "anthropic.claude-sonnet", "anthropic.claude-3", "us.anthropic.claude-sonnet"] {
        let refusal = refused(text, "us-east-1", &[]);
        assert!(
            refusal.message.summary.ends_with("is only the beginning of a model ID"),
            "{}",
            refusal.message.summary
        );
    }
    assert_eq!(resolved("anthropic.claude-opus-7", "us-east-1").rule, Rule::Predicted);
}

#[test]
fn a_prediction_follows_the_newest_of_the_family_and_names_it() {
    let tokyo = resolved("moonshotai.kimi-k4", "ap-northeast-1");
    assert_eq!(tokyo.id, "global.moonshotai.kimi-k4");
    assert!(
        said(&tokyo).contains("because `moonshotai.kimi-k3` is invoked this way from ap-northeast-1"),
        "{}",
        said(&tokyo)
    );
    assert_eq!(resolved("anthropic.claude-opus-7", "ap-northeast-1").id, "jp.anthropic.claude-opus-7");
    assert_eq!(resolved("amazon.nova-3-lite", "ap-northeast-1").id, "jp.amazon.nova-3-lite");
    let geographic = refused("moonshotai.kimi-k4", "ap-northeast-1", &["geo"]);
    assert_eq!(geographic.kind, ResolveErrorKind::RoutingRefused);
}

#[test]
fn a_region_younger_than_the_catalog_gets_global_routing_with_a_warning() {
    let new = Region::from_name("ap-southeast-8").unwrap();
    let request = ResolveRequest::new(new, TODAY);
    for text in ["anthropic.claude-sonnet-4-6", "global.anthropic.claude-sonnet-4-6", "anthropic.claude-sonnet-9"] {
        let resolution = resolve(text, &request, catalog()).unwrap();
        assert_eq!((resolution.rule, resolution.routing), (Rule::Predicted, Some(Routing::Global)), "{text}");
        assert!(resolution.id.starts_with("global.") && resolution.notices[0].severity == Severity::Warning, "{text}");
    }
    let strict = ResolveRequest { strict: true, ..request };
    assert!(resolve("anthropic.claude-sonnet-4-6", &strict, catalog()).is_err());
    assert!(resolve("us.anthropic.claude-sonnet-4-6", &request, catalog()).is_err());
    let nova = resolve("amazon.nova-lite-v1:0", &request, catalog()).unwrap_err();
    assert_eq!(nova.kind, ResolveErrorKind::NotResolved, "it has no global profile: {nova}");
}

#[test]
fn only_regions_of_the_own_partition_are_listed() {
    let refusal = refused("xai.grok-4.6", "us-gov-west-1", &[]);
    assert_eq!(refusal.message.causes, ["the catalog has no Region of `aws-us-gov` that serves it"]);
    let profile = refused("us.anthropic.claude-sonnet-4-6", "us-gov-west-1", &[]);
    assert!(!profile.message.to_string().contains("us-east-1"), "{}", profile.message);
}

/// Every ID of the catalog that stands in backticks or alone in this hint.
fn ids_in(hint: &str) -> Vec<&str> {
    let words = hint.split(['`', ' ']).filter(|word| word.contains('.'));
    words
        .filter(|word| catalog().foundation_model(word).is_some() || catalog().inference_profile(word).is_some())
        .collect()
}

#[test]
fn no_hint_names_an_id_that_cannot_be_called_from_there() {
    let mut inputs: Vec<String> = Vec::new();
    for model in catalog().foundation_models() {
        inputs.push(model.id.to_owned());
        inputs.push(model.id.replacen('a', "", 1));
        inputs.push(model.id[..model.id.len() - 3].to_owned());
        inputs.extend(model.inference_profiles().map(|profile| profile.id.to_owned()));
        inputs.push(format!("us.{}", model.id));
        let (publisher, name) = model.id.split_once('.').unwrap();
        inputs.extend([
            name.to_owned(),
            publisher.to_owned(),
            format!("{name}:0"),
            format!("{name}-v9"),
            format!("x{name}"),
        ]);
        let words: Vec<_> = name.split(['-', '.', ':']).collect();
        inputs.extend((1..words.len()).map(|count| words[..count].join("-")));
        inputs.push(format!("{}-99", words[0]));
        inputs.push(model.name().to_owned());
    }
    let regions = [
        "us-east-1",
        "eu-central-1",
        "ap-northeast-1",
        "ap-south-1",
        "sa-east-1",
        "us-gov-west-1",
        "cn-north-1",
        "ca-central-1",
        "il-central-1",
    ];
    let (mut hints, mut leaving) = (0, 0);
    for (index, input) in inputs.iter().enumerate().step_by(13) {
        let region = regions[index % regions.len()];
        for words in [&[][..], &["strict"], &["repair"], &["geo"]] {
            let Err(refusal) = resolve_with(input, region, words) else { continue };
            let suggested = refusal.suggestion.iter().map(String::as_str);
            let hinted =
                refusal.message.hints.iter().flat_map(|hint| ids_in(hint).into_iter().map(move |id| (id, &**hint)));
            for (id, hint) in hinted.chain(suggested.map(|id| (id, "may"))) {
                hints += 1;
                let profile = catalog().inference_profile(id).map(|profile| profile.model.id);
                let routes = catalog().routes(profile.unwrap_or(id), region);
                let route = routes.iter().find(|route| route.id == id && route.invocable);
                assert!(route.is_some(), "{input} from {region} ({words:?}): {:?}", refusal.message);
                let area = |name: &str| name.rsplit_once('-').unwrap().0.rsplit_once('-').unwrap().0.to_owned();
                let stays = route.unwrap().destinations.regions().all(|other| area(other) == area(region));
                leaving += usize::from(!stays);
                let is_typed_global = input.starts_with("global.");
                assert!(stays || is_typed_global || hint.contains("may"), "{input} from {region}: {hint}");
            }
        }
    }
    assert!(hints > 200 && leaving > 20, "{hints} IDs were looked at, {leaving} of them leave the geography");
}
