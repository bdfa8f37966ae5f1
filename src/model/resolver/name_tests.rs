//! Names, guesses and other tools' spellings, by example and by property.

use std::collections::BTreeSet;

use super::*;
use crate::model::catalog::tests::catalog;
use crate::model::date::Date;
use crate::model::family::family_key;
use crate::model::routing::RoutingOrder;

const TODAY: Date = Date { year: 2026, month: 11, day: 20 };

fn resolve_in(catalog: &Catalog, name: &str, region: &str, order: &str) -> Result<Resolution, ResolveError> {
    let order: RoutingOrder = if order.is_empty() { RoutingOrder::default() } else { order.parse().unwrap() };
    let default = ResolveRequest::new(Region::named("us-east-1").unwrap(), TODAY);
    let request = ResolveRequest { source_region: Region::named(region), routing: &order, ..default };
    resolve(name, &request, catalog)
}

fn outcome(name: &str, region: &str, order: &str) -> Result<Resolution, ResolveError> {
    resolve_in(catalog(), name, region, order)
}

/// The model, or the summary of the error.
fn model(name: &str, region: &str) -> String {
    match outcome(name, region, "") {
        Ok(resolution) => resolution.model.unwrap(),
        Err(error) => error.message.summary,
    }
}

#[test]
fn a_short_name_means_one_model_in_every_region() {
    for (name, region, expected) in [
        ("haiku", "us-east-1", "anthropic.claude-haiku-5-5"),
        ("nova-lite", "us-east-1", "amazon.nova-lite-v1:0"),
        ("nova-2-lite", "us-east-1", "amazon.nova-2-lite-v1:0"),
        ("claude-haiku-4-5", "us-east-1", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-haiku-4-5-20251001", "us-east-1", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-opus-4-6-v1", "us-east-1", "anthropic.claude-opus-4-6-v1"),
        ("sonnet-4.6", "us-east-1", "anthropic.claude-sonnet-4-6"),
        ("claude-4.6-sonnet", "us-east-1", "anthropic.claude-sonnet-4-6"),
        ("deepseek-v3.2", "us-east-1", "deepseek.v3.2"),
        ("deepseek-r1", "us-east-1", "deepseek.r1-v1:0"),
        ("kimi-k2.5", "us-east-1", "moonshotai.kimi-k2.5"),
        ("gpt-oss-120b", "us-east-1", "openai.gpt-oss-120b-1:0"),
        ("amazon-nova-pro", "us-east-1", "amazon.nova-pro-v1:0"),
        // What named another model before.
        ("llama3-1-70b", "us-east-1", "meta.llama3-1-70b-instruct-v1:0"),
        ("llama-3.1-70b", "us-west-2", "meta.llama3-1-70b-instruct-v1:0"),
        ("llama3.1-70b", "us-west-2", "meta.llama3-1-70b-instruct-v1:0"),
        ("llama3.1-8b", "us-west-2", "meta.llama3-1-8b-instruct-v1:0"),
        ("llama3-1-8b", "us-west-2", "meta.llama3-1-8b-instruct-v1:0"),
        ("llama3-70b", "us-east-1", "meta.llama3-70b-instruct-v1:0"),
        ("glm-4-7", "us-west-2", "zai.glm-4.7"),
        ("glm-4.7", "us-west-2", "zai.glm-4.7"),
        ("qwen3-235b", "us-west-2", "qwen.qwen3-235b-a22b-2507-v1:0"),
        ("qwen3-vl-235b", "us-east-1", "qwen.qwen3-vl-235b-a22b"),
        // What has another dot than its ID.
        ("claude.haiku.4.5", "us-east-1", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("minimax.m2-1", "us-east-1", "minimax.minimax-m2.1"),
        ("mistral.7b.instruct", "us-east-1", "mistral.mistral-7b-instruct-v0:2"),
    ] {
        assert_eq!(model(name, region), expected, "{name} in {region}");
    }
}

#[test]
fn a_version_that_is_written_is_matched_or_nothing_is() {
    for (name, region, expected) in [
        ("glm-4-7", "eu-central-1", "`zai.glm-4.7` cannot be invoked from eu-central-1"),
        ("qwen3-235b", "us-east-1", "`qwen.qwen3-235b-a22b-2507-v1:0` cannot be invoked from us-east-1"),
        (
            "claude-4-sonnet",
            "us-east-1",
            "`anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14",
        ),
        (
            "claude-sonnet-4",
            "us-east-1",
            "`anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14",
        ),
        ("sonnet-4", "us-east-1", "`anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14"),
        ("claude-haiku-4", "us-east-1", "no model matches `claude-haiku-4`"),
        ("claude-opus-4-9", "us-east-1", "no model matches `claude-opus-4-9`"),
        ("kimi-k2", "us-east-1", "no model matches `kimi-k2`"),
        ("grok-4", "us-east-1", "no model matches `grok-4`"),
        ("claude-haiku-4-5-20250101", "us-east-1", "no model matches `claude-haiku-4-5-20250101`"),
        ("nova", "us-east-1", "`nova` matches more than one model family"),
        ("claude", "us-east-1", "`claude` matches more than one model family"),
        ("mistral-large", "us-east-1", "`mistral-large` matches more than one model family"),
        ("glm-4.6", "us-east-1", "`zai.glm-4.6` cannot be invoked from us-east-1"),
    ] {
        assert_eq!(model(name, region), expected, "{name} in {region}");
    }
}

/// The publishers of the catalog, their providers' names, and the first word of each model's own name.
fn general_names(catalog: &Catalog) -> BTreeSet<String> {
    let mut names = BTreeSet::new();
    for model in catalog.foundation_models() {
        let (publisher, name) = model.id.split_once('.').unwrap();
        names.insert(publisher.to_owned());
        names.insert(model.provider().to_lowercase().replace(' ', "-"));
        let word = name.split(|letter: char| !letter.is_ascii_alphabetic()).next().unwrap_or_default();
        names.extend(Some(word.to_owned()).filter(|word| word.len() > 2));
    }
    names
}

#[test]
fn a_name_of_several_families_lists_the_newest_of_each_that_can_be_invoked() {
    for (name, region, listed) in [
        (
            "mistral",
            "us-east-1",
            "`mistral.ministral-3-14b-instruct`, `mistral.ministral-3-3b-instruct`, `mistral.ministral-3-8b-instruct`, \
             `mistral.mistral-large-3-675b-instruct`, `mistral.devstral-2-123b`, `mistral.magistral-small-2509`, \
             `mistral.voxtral-mini-3b-2507`, `mistral.voxtral-small-24b-2507`, …",
        ),
        ("gpt", "us-east-1", "`us.openai.gpt-6.1-sol`, `us.openai.gpt-6.1-terra`, `us.openai.gpt-6-astra`"),
        ("openai", "us-east-1", "`us.openai.gpt-6.1-sol`"),
        ("llama", "us-east-1", "`us.meta.llama4-maverick-17b-instruct-v1:0`, `us.meta.llama4-scout-17b-instruct-v1:0`"),
        ("meta", "us-east-1", "`us.meta.llama4-maverick-17b-instruct-v1:0`"),
        ("deepseek", "us-east-1", "`deepseek.v3.2`, `us.deepseek.r1-v1:0`"),
        (
            "nova",
            "eu-central-1",
            "`eu.amazon.nova-2-lite-v1:0`, `eu.amazon.nova-micro-v1:0`, `eu.amazon.nova-pro-v1:0`",
        ),
        ("amazon", "eu-central-1", "`eu.amazon.nova-2-lite-v1:0`, `eu.amazon.nova-micro-v1:0`"),
        ("cohere", "us-east-1", "`us.cohere.embed-v4:0`"),
        ("google", "us-east-1", "`google.gemma-3-12b-it`"),
        ("qwen", "us-west-2", "`qwen.qwen3-vl-235b-a22b`"),
    ] {
        let error = outcome(name, region, "").unwrap_err();
        assert_eq!(error.message.summary, format!("`{name}` matches more than one model family"));
        assert_eq!((error.kind, &error.suggestion), (ResolveErrorKind::NotResolved, &None), "{name}");
        let hint = &error.message.hints[0];
        let ids = hint.strip_prefix(&format!("the newest of each family that can be invoked from {region}: ")).unwrap();
        assert!(ids.contains(listed), "{name}: {hint}");
        assert!(hint.matches('`').count() <= 16 + 2, "{name}: {hint}");
    }
    let everywhere = outcome("claude", "sa-east-1", "").unwrap_err().message.hints.swap_remove(0);
    assert!(everywhere.ends_with("; IDs that begin with `global.` may run in any commercial Region"), "{everywhere}");
    let nowhere = outcome("claude", "sa-east-1", "geographic").unwrap_err();
    assert!(nowhere.message.causes[0].starts_with("none of them"), "{nowhere:?}");
    assert_eq!(nowhere.message.hints, ["`bedrock-ask models --region sa-east-1` lists those that can"]);
    assert_eq!(outcome("nova", "", "").unwrap_err().message.summary, "no source Region is set");
}

#[test]
fn a_publisher_of_one_family_means_its_newest_that_can_be_invoked() {
    for (name, expected) in [
        ("xai", "xai.grok-4.7"),
        ("zai", "zai.glm-5.3"),
        ("z.ai", "zai.glm-5.3"),
        ("minimax", "minimax.minimax-m2.5"),
        ("moonshot-ai", "`moonshot-ai` matches more than one model family"),
        ("moonshotai", "`moonshotai` matches more than one model family"),
        ("Mistral AI", "`Mistral AI` matches more than one model family"),
        ("luma", "`luma.ray-v2:0` cannot be invoked from us-east-1"),
    ] {
        assert_eq!(model(name, "us-east-1"), expected, "{name}");
    }
}

#[test]
fn a_general_name_is_ambiguous_in_every_region_or_in_none() {
    let mut checked = 0;
    for catalog in [catalog(), &Catalog::built_in()] {
        for name in general_names(catalog) {
            let mut is_ambiguous = None;
            for region in Region::all().filter(|region| region.has_endpoint).step_by(4) {
                let found = resolve_in(catalog, &name, region.name, "");
                let several = found.as_ref().is_err_and(|error| error.message.summary.contains("more than one family"));
                assert_eq!(*is_ambiguous.get_or_insert(several), several, "{name} in {region}: {found:?}");
                let Ok(resolution) = found else { continue };
                checked += 1;
                assert_newest(catalog, &name, &resolution, region);
            }
        }
    }
    assert!(checked > 100, "{checked}");
}

/// Holds that no newer model with the words of `name` can be invoked from the Region.
fn assert_newest(catalog: &Catalog, name: &str, resolution: &Resolution, region: Region) {
    let found = resolution.model.as_deref().unwrap();
    let version = |id: &str| crate::model::family::version_key(&family_key(id)).0;
    let publisher = found.split('.').next().unwrap();
    for other in catalog.foundation_models().filter(|other| other.id.split('.').next() == Some(publisher)) {
        let routes = catalog.routes(other.id, region.name);
        let is_invocable = other.can_chat() && routes.iter().any(|route| route.invocable) && !other.is_mantle_only();
        let is_same = other.id.split_once('.').unwrap().1.starts_with(name) || publisher == name;
        if is_invocable && is_same && !other.is_past_end_of_life(TODAY) {
            assert!(version(other.id) <= version(found), "{name} in {region} is {found}, and not {}", other.id);
        }
    }
}

#[test]
fn a_version_suffix_without_a_date_is_matched_or_names_the_model() {
    for (name, expected) in [
        ("claude-sonnet-4-6-v1", "anthropic.claude-sonnet-4-6"),
        ("claude-sonnet-4-6-v1:0", "anthropic.claude-sonnet-4-6"),
        ("claude-sonnet-4.6-v1:0", "anthropic.claude-sonnet-4-6"),
        ("claude-haiku-4-5-v1", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-haiku-4-5-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"),
        ("claude-haiku-5-5-v1:0", "anthropic.claude-haiku-5-5"),
        ("claude-opus-4-6-v1:0", "anthropic.claude-opus-4-6-v1"),
        ("kimi-k2.5-v1:0", "moonshotai.kimi-k2.5"),
        ("gpt-oss-120b-v1", "openai.gpt-oss-120b-1:0"),
        ("haiku-v1:0", "anthropic.claude-haiku-5-5"),
        ("sonnet-v1", "anthropic.claude-sonnet-5-5"),
        ("claude-sonnet-4-6:0", "`claude-sonnet-4-6:0` does not exist, but `anthropic.claude-sonnet-4-6` does"),
        ("nova-2-lite-v1:0:256k", "`nova-2-lite-v1:0:256k` does not exist, but `amazon.nova-2-lite-v1:0` does"),
        ("nova-pro-v2:0", "no model matches `nova-pro-v2:0`"),
        ("claude-haiku-4-5-v2", "no model matches `claude-haiku-4-5-v2`"),
    ] {
        assert_eq!(model(name, "us-east-1"), expected, "{name}");
    }
}

#[test]
fn a_hint_says_so_if_an_id_leaves_the_geography() {
    for (name, region, hint) in [
        ("hiaku", "us-east-1", "use `us.anthropic.claude-haiku-5-5`"),
        ("hiaku", "sa-east-1", "use `global.anthropic.claude-haiku-5-5`, which may run in any commercial Region"),
        (
            "anthropic.claude-sonet-4-6",
            "ca-central-1",
            "use `us.anthropic.claude-sonnet-4-6`, which may also run in us-east-1, us-east-2, us-west-2",
        ),
        (
            "us.anthropic.claude-sonnet-4-6",
            "eu-central-1",
            "use `eu.anthropic.claude-sonnet-4-6`, which may run outside of the geography that `us.` names",
        ),
        (
            "'US.anthropic.claude-sonnet-4-6'",
            "ap-northeast-1",
            "use `jp.anthropic.claude-sonnet-4-6`, which may run outside of the geography that `us.` names",
        ),
        ("apac.anthropic.claude-sonnet-4-6", "ap-northeast-1", "use `jp.anthropic.claude-sonnet-4-6`"),
        (
            "claude-haiku-4",
            "sa-east-1",
            "the newest `claude-haiku` model that can be invoked from sa-east-1 is `global.anthropic.claude-haiku-5-5`; \
             IDs that begin with `global.` may run in any commercial Region",
        ),
    ] {
        assert_eq!(outcome(name, region, "").unwrap_err().message.hints[0], hint, "{name} in {region}");
    }
    let named = outcome("hiaku", "sa-east-1", "geographic,global").unwrap_err();
    assert_eq!(named.message.hints[0], "use `global.anthropic.claude-haiku-5-5`");
}

#[test]
fn rules_4_to_6_explain_a_family_that_cannot_be_invoked_here() {
    let forbidden = outcome("haiku", "sa-east-1", "geographic").unwrap_err();
    assert_eq!(forbidden.kind, ResolveErrorKind::RoutingRefused);
    assert!(forbidden.message.summary.contains("anthropic.claude-haiku-5-5"), "{forbidden:?}");
    let in_region = outcome("claude-sonnet-4.6", "eu-central-1", "in-region").unwrap_err();
    assert_eq!(in_region.kind, ResolveErrorKind::RoutingRefused);
    let elsewhere = outcome("llama3.3", "eu-central-1", "").unwrap_err();
    assert_eq!(elsewhere.message.summary, "`meta.llama3-3-70b-instruct-v1:0` cannot be invoked from eu-central-1");
    assert!(elsewhere.message.causes.join("\n").contains("us-east-1"), "{elsewhere:?}");
    let gov = outcome("claude-sonnet-4.6", "us-gov-west-1", "").unwrap_err();
    assert_eq!(gov.message.summary, "`anthropic.claude-sonnet-4-6` cannot be invoked from us-gov-west-1");
    assert_eq!(outcome("sonnet", "us-gov-west-1", "").unwrap().id, "us-gov.anthropic.claude-sonnet-5-5");
    let ended = outcome("claude-3.5-sonnet", "us-east-1", "").unwrap_err();
    assert!(ended.message.summary.contains("reached its end of life"), "{ended:?}");
    assert!(ended.suggestion.unwrap().starts_with("us.anthropic.claude-sonnet-"));
    assert_eq!(outcome("haiku", "", "").unwrap_err().message.summary, "no source Region is set");
}

#[test]
fn a_guess_gets_a_useful_hint_or_none() {
    for (name, summary, suggestion) in [
        (
            "hiaku",
            "`hiaku` does not exist, but `anthropic.claude-haiku-5-5` does",
            Some("us.anthropic.claude-haiku-5-5"),
        ),
        (
            "claude-sonet-4.6",
            "`claude-sonet-4.6` does not exist, but `anthropic.claude-sonnet-4-6` does",
            Some("us.anthropic.claude-sonnet-4-6"),
        ),
        (
            "Claude Haiku 4.5",
            "`Claude Haiku 4.5` does not exist, but `anthropic.claude-haiku-4-5-20251001-v1:0` does",
            Some("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ),
        (
            "claude haiku 4.5",
            "`claude haiku 4.5` does not exist, but `anthropic.claude-haiku-4-5-20251001-v1:0` does",
            Some("us.anthropic.claude-haiku-4-5-20251001-v1:0"),
        ),
        ("gpt-4o", "no model matches `gpt-4o`", None),
        ("parrot", "no model matches `parrot`", None),
        ("x", "no model matches `x`", None),
        (
            "us.anthropic.claude-4-sonnet-20250514-v1:0",
            "`us.anthropic.claude-4-sonnet-20250514-v1:0` does not exist, but `us.anthropic.claude-sonnet-4-20250514-v1:0` does",
            Some("us.anthropic.claude-sonnet-4-6"),
        ),
    ] {
        let error = outcome(name, "us-east-1", "").unwrap_err();
        assert_eq!(error.message.summary, summary);
        assert_eq!(error.suggestion.as_deref(), suggestion, "{name}");
        assert_eq!(error.kind, ResolveErrorKind::NotResolved);
    }
    let other = outcome("claude-haiku-4", "us-east-1", "").unwrap_err();
    assert_eq!(
        other.message.hints,
        ["the newest `claude-haiku` model that can be invoked from us-east-1 is `us.anthropic.claude-haiku-5-5`"]
    );
    assert_eq!(model("no such model", "us-east-1"), "a model ID cannot contain ' '");
}

/// Every spelling of `name` in which each dot or hyphen is a dot or a hyphen; of long names a part.
fn mixtures(name: &str) -> Vec<String> {
    let marks: Vec<_> = name.match_indices(['-', '.']).map(|(index, _)| index).collect();
    let patterns = 1_usize << marks.len().min(4);
    (0..patterns)
        .map(|pattern| {
            let mut bytes = name.as_bytes().to_vec();
            for (bit, index) in marks.iter().enumerate() {
                bytes[*index] = if pattern >> (bit % 4) & 1 == 1 { b'.' } else { b'-' };
            }
            String::from_utf8(bytes).unwrap()
        })
        .collect()
}

/// For every model: its ID without publisher, date and version leads to it or to nothing, in every Region.
fn check_names(catalog: &Catalog, regions: &[&str]) -> (usize, usize) {
    let (mut names, mut resolutions) = (0, 0);
    for model in catalog.foundation_models() {
        let key = family_key(model.id);
        let own = key.split_once('.').unwrap().1;
        for name in mixtures(own) {
            names += 1;
            for region in regions {
                let Ok(resolution) = resolve_in(catalog, &name, region, "") else { continue };
                resolutions += 1;
                let found = resolution.model.unwrap();
                assert!(
                    family_key(&found).split_once('.').unwrap().1 == own && resolution.rule != Rule::Predicted,
                    "`{name}` of `{}` in {region} is `{found}` by {:?}",
                    model.id,
                    resolution.rule
                );
            }
        }
    }
    (names, resolutions)
}

#[test]
fn the_own_name_of_a_model_leads_to_it_or_to_nothing() {
    let regions = ["us-west-2", "eu-central-1"];
    let frozen = check_names(catalog(), &regions);
    assert!(frozen.0 > 900 && frozen.1 > 900, "{frozen:?}");
    let built_in = check_names(&Catalog::built_in(), &regions);
    assert!(built_in.0 > 900 && built_in.1 > 900, "{built_in:?}");
    println!("names and resolutions: frozen {frozen:?}, built-in {built_in:?}");
}

#[test]
fn no_short_name_lands_on_a_dead_route() {
    let catalog = catalog();
    let mut resolutions = 0;
    for model in catalog.foundation_models() {
        let key = family_key(model.id);
        let name = key.split_once('.').unwrap().1;
        for region in Region::all().filter(|region| region.has_endpoint).step_by(3) {
            let Ok(resolution) = resolve_in(catalog, name, region.name, "") else { continue };
            let found = resolution.model.unwrap();
            assert_eq!(family_key(&found).split_once('.').unwrap().1, name, "in {region}");
            let routes = catalog.routes(&found, region.name);
            assert!(routes.iter().any(|route| route.id == resolution.id && route.invocable), "{name} in {region}");
            resolutions += 1;
        }
    }
    assert!(resolutions > 400, "{resolutions}");
}

#[test]
fn spellings_of_other_tools_lead_to_the_model() {
    let arn = "arn:aws:bedrock:us-east-1:111122223333:imported-model/abc123";
    let haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    for (prefix, id, expected) in [
        // LiteLLM's routes.
        ("bedrock/deepseek_r1/", arn, arn),
        ("bedrock/llama/", arn, arn),
        ("bedrock/qwen2/", arn, arn),
        ("bedrock/qwen3/", arn, arn),
        ("bedrock/openai/", arn, arn),
        ("deepseek_r1/", arn, arn),
        ("bedrock/converse_like/", haiku, haiku),
        ("bedrock/async_invoke/", haiku, haiku),
        ("bedrock/nova/", "us.amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0"),
        ("bedrock/us-east-1/", "anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
        ("bedrock_mantle/", "anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
        // promptfoo, LangChain, aisuite, others.
        ("bedrock:converse:", haiku, haiku),
        ("bedrock:messages:", haiku, haiku),
        ("bedrock:completion:", "amazon.nova-pro-v1:0", "us.amazon.nova-pro-v1:0"),
        ("bedrock:converse:", "anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
        ("bedrock:converse:", arn, arn),
        ("bedrock_converse:", "anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
        ("aws:", "anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
        ("amazon-bedrock:", "anthropic.claude-sonnet-4-6", "us.anthropic.claude-sonnet-4-6"),
        ("aws_bedrock/", haiku, haiku),
        ("aws-bedrock/", haiku, haiku),
        ("BEDROCK/", haiku, haiku),
    ] {
        assert_eq!(outcome(&format!("{prefix}{id}"), "us-east-1", "").unwrap().id, expected, "{prefix}{id}");
    }
}

#[test]
fn marks_of_other_tools_are_left_out_with_a_note() {
    for (written, id, note) in [
        ("global.anthropic.claude-opus-4-7[1m]", "global.anthropic.claude-opus-4-7", "`[1m]` is left out"),
        ("bedrock/us.anthropic.claude-sonnet-4-6[1m]", "us.anthropic.claude-sonnet-4-6", "`[1m]` is left out"),
        ("claude-opus-4-6-v1[1m]", "us.anthropic.claude-opus-4-6-v1", "`[1m]` is left out"),
        ("sonnet[1m]", "us.anthropic.claude-sonnet-5-5", "`[1m]` is left out"),
        ("claude-sonnet-4-6-latest", "us.anthropic.claude-sonnet-4-6", "`-latest` is left out"),
        ("claude-sonnet-4-6-thinking", "us.anthropic.claude-sonnet-4-6", "`-thinking` is left out"),
        ("anthropic.claude-sonnet-4-6-thinking", "us.anthropic.claude-sonnet-4-6", "`-thinking` is left out"),
        ("us.anthropic.claude-sonnet-4-6:thinking", "us.anthropic.claude-sonnet-4-6", "`:thinking` is left out"),
        ("claude-haiku-4-5:thinking", "us.anthropic.claude-haiku-4-5-20251001-v1:0", "`:thinking` is left out"),
        (
            "bedrock_mantle/anthropic.claude-sonnet-4-6",
            "us.anthropic.claude-sonnet-4-6",
            "`bedrock_mantle/` is left out",
        ),
        ("US.Anthropic.Claude-Sonnet-4-6", "us.anthropic.claude-sonnet-4-6", "lower case"),
        ("Haiku", "us.anthropic.claude-haiku-5-5", "lower case"),
    ] {
        let resolution = outcome(written, "us-east-1", "").unwrap_or_else(|error| panic!("{written}: {error:?}"));
        let notes: Vec<_> = resolution.notices.iter().filter(|notice| notice.text.contains(note)).collect();
        assert_eq!((resolution.id.as_str(), notes.len()), (id, 1), "{written}: {:?}", resolution.notices);
    }
    assert_eq!(model("kimi-k2-thinking", "us-east-1"), "moonshot.kimi-k2-thinking");
}

#[test]
fn what_is_copied_from_elsewhere_is_read() {
    let haiku = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    for (written, id) in [
        ("us.anthropic.claude-haiku-4-5-20251001-v1%3A0", haiku),
        ("us.anthropic.claude-haiku-4-5-20251001-v1%3a0", haiku),
        (
            "arn%3Aaws%3Abedrock%3Aus-east-1%3A%3Afoundation-model%2Fanthropic.claude-sonnet-4-6",
            "us.anthropic.claude-sonnet-4-6",
        ),
        (
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse",
            haiku,
        ),
        (
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/us.anthropic.claude-haiku-4-5-20251001-v1:0/invoke-with-response-stream",
            haiku,
        ),
        ("/model/us.anthropic.claude-haiku-4-5-20251001-v1%3A0/converse-stream", haiku),
        ("\"us.anthropic.claude-haiku-4-5-20251001-v1:0\"", haiku),
        ("'haiku'", "us.anthropic.claude-haiku-5-5"),
        ("`haiku`", "us.anthropic.claude-haiku-5-5"),
        ("claude-haiku-4-5@20251001", haiku),
    ] {
        assert_eq!(outcome(written, "us-east-1", "").unwrap().id, id, "{written}");
    }
    let url = "https://bedrock-runtime.us-west-2.amazonaws.com/model/anthropic.claude-sonnet-4-6/converse";
    assert_eq!(outcome(url, "", "").unwrap().source_region.unwrap().name, "us-west-2");
}

#[test]
fn a_colon_or_an_underscore_before_the_first_dot_is_no_id() {
    for text in
        ["foo:anthropic.claude-sonnet-4-6", "foo:us.anthropic.claude-sonnet-4-6", "a_b.model-1", "my:newcomer.model"]
    {
        assert_eq!(model(text, "us-east-1"), format!("`{text}` is not a model ID"));
    }
}
