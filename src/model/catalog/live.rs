//! The lists of AWS for one source Region, in the form of the built-in catalog: the text that the cache keeps and the
//! catalog reads.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use super::ProfileStatus;
use super::facts::{Facts, ModelFacts, ProfileFacts, RouteFacts};
use super::layer::{APPLICATIONS, AS_OF, MODELS, REGION};
use crate::model::date::Date;
use crate::model::id::{Arn, is_account};
use crate::model::listing::{ListedModel, ListedProfile, Listing, ProfileKind};

/// The start of the line that names the account.
const ACCOUNT: &str = "# account ";

/// Returns the lists as the text of a live layer. The text does not depend on their order.
pub fn text(listing: &Listing, as_of: Date) -> String {
    let mut facts = facts(listing);
    facts.lists_head = vec![format!("{AS_OF}{as_of}"), format!("{REGION}{}", listing.region)];
    facts.lists_head.extend(account_of(listing).map(|account| format!("{ACCOUNT}{account}")));
    let (models, lists) = facts.write();
    format!("{lists}{APPLICATIONS}\n{}{MODELS}{models}", applications(listing))
}

/// Returns the account in the text of a live layer.
pub fn account(text: &str) -> Option<&str> {
    text.lines().take_while(|line| line.starts_with('#')).find_map(|line| line.strip_prefix(ACCOUNT))
}

/// Returns the source Region in the text of a live layer.
pub fn region(text: &str) -> Option<&str> {
    text.lines().take_while(|line| line.starts_with('#')).find_map(|line| line.strip_prefix(REGION))
}

/// Returns the account in the ARNs of the profiles.
fn account_of(listing: &Listing) -> Option<&str> {
    let accounts = listing.profiles.iter().filter_map(|profile| Arn::parse(&profile.arn).ok()).map(|arn| arn.account);
    accounts.filter(|account| is_account(account)).min()
}

/// Converts the lists of one Region to facts about foundation models and system-defined inference profiles.
pub fn facts(listing: &Listing) -> Facts {
    let mut facts = Facts::default();
    // A context variant belongs to the model before its last colon.
    let plain = listing.models.iter().filter(|model| without_variant(&model.id) == model.id);
    let models: BTreeMap<_, _> = plain.filter_map(|model| Some((word(&model.id)?, model))).collect();
    for (id, model) in &models {
        facts.models.insert((*id).to_owned(), model_facts(model, &listing.region));
    }
    for profile in &listing.profiles {
        let (Some(id), Some((model, destinations))) = (word(&profile.id), served(profile)) else { continue };
        if profile.kind == ProfileKind::Application.as_str() {
            continue;
        }
        // An empty list of models cannot be a verdict on every one of them. AWS goes on listing profiles of models that
        // can be invoked on demand only, or not at all.
        let takes_profiles = |model: &&ListedModel| {
            model.inference_types.is_empty() || model.inference_types.iter().any(|kind| kind == "INFERENCE_PROFILE")
        };
        let invocable = models.is_empty() || models.get(model).is_some_and(takes_profiles);
        let status = if invocable { ProfileStatus::Current } else { ProfileStatus::ModelEnded };
        let route = RouteFacts { destinations, invocable };
        let listed = ProfileFacts {
            status: status.as_str().to_owned(),
            confidence: "captured".to_owned(),
            name: phrase(&profile.name).unwrap_or_else(|| "-".to_owned()),
            routes: BTreeMap::from([(listing.region.clone(), route)]),
        };
        facts.models.entry(model.to_owned()).or_default().profiles.insert(id.to_owned(), listed);
    }
    facts
}

fn model_facts(model: &ListedModel, region: &str) -> ModelFacts {
    let joined = |words: &[String]| {
        let words: BTreeSet<_> = words.iter().filter_map(|text| word(text)).collect();
        Some(words.into_iter().collect::<Vec<_>>().join(" ")).filter(|line| !line.is_empty())
    };
    let on_demand = model.inference_types.iter().any(|kind| kind == "ON_DEMAND");
    let facts = [
        ("provider", model.provider.as_deref().and_then(phrase)),
        ("name", model.name.as_deref().and_then(phrase)),
        ("status", model.lifecycle_status.as_deref().and_then(word).map(str::to_owned)),
        ("end-of-life", model.end_of_life.map(|date| format!("{date} day"))),
        ("on-demand", on_demand.then(|| region.to_owned())),
        ("input", joined(&model.input_modalities)),
        ("output", joined(&model.output_modalities)),
        ("streaming", model.streaming.map(|streams| if streams { "yes" } else { "no" }.to_owned())),
    ];
    let facts = facts.into_iter().filter_map(|(key, value)| Some((key.to_owned(), value?)));
    ModelFacts { facts: facts.collect(), profiles: BTreeMap::new() }
}

/// Returns the foundation model of a profile and its destination Regions, with `*` if an ARN has no Region.
fn served(profile: &ListedProfile) -> Option<(&str, Option<Vec<String>>)> {
    let arns: Vec<_> = profile.model_arns.iter().filter_map(|text| Arn::parse(text).ok()).collect();
    let models = arns.iter().map(|arn| arn.kind_and_id()).filter(|(kind, _)| *kind == "foundation-model");
    let model = models.filter_map(|(_, id)| word(without_variant(id))).min()?;
    if arns.iter().any(|arn| arn.region.is_empty()) {
        return Some((model, Some(vec!["*".to_owned()])));
    }
    let regions: BTreeSet<_> = arns.iter().filter_map(|arn| word(arn.region)).map(str::to_owned).collect();
    Some((model, Some(regions.into_iter().collect::<Vec<_>>()).filter(|regions| !regions.is_empty())))
}

/// Returns two lines for each application inference profile, sorted by ID: ID, ARN, model and name, then the
/// destination Regions.
fn applications(listing: &Listing) -> String {
    let mut lines = BTreeMap::new();
    for profile in listing.profiles.iter().filter(|profile| profile.kind == ProfileKind::Application.as_str()) {
        let (Some(id), Some(arn), Some((model, destinations))) =
            (word(&profile.id), word(&profile.arn), served(profile))
        else {
            continue;
        };
        let name = phrase(&profile.name).unwrap_or_else(|| "-".to_owned());
        let destinations = destinations.map_or_else(|| "?".to_owned(), |regions| regions.join(" "));
        lines.insert(id, format!("{arn} {model} {name}\n  {destinations}"));
    }
    lines.into_iter().fold(String::new(), |mut text, (id, line)| {
        let _ = writeln!(text, "{id} {line}");
        text
    })
}

/// Shortens `amazon.nova-2-lite-v1:0:256k` to `amazon.nova-2-lite-v1:0`.
fn without_variant(id: &str) -> &str {
    id.match_indices(':').nth(1).map_or(id, |(second, _)| &id[..second])
}

/// Returns the text if it can be written as one word of a line; other text from AWS is left out.
fn word(text: &str) -> Option<&str> {
    let fits = !text.is_empty() && !text.starts_with('#') && text.bytes().all(|byte| byte.is_ascii_graphic());
    fits.then_some(text)
}

/// Returns the text as words separated by single spaces; `None` if there are none.
fn phrase(text: &str) -> Option<String> {
    let words = text.split(|letter: char| letter.is_whitespace() || letter.is_control());
    let words: Vec<_> = words.filter(|word| !word.is_empty()).collect();
    (!words.is_empty()).then(|| words.join(" "))
}

#[cfg(test)]
pub(in crate::model) mod tests {
    use super::super::tests::catalog;
    use super::super::{CatalogSource, DestinationList};
    use super::*;
    use crate::model::routing::Routing;

    const DAY: Date = Date { year: 2026, month: 11, day: 20 };

    /// Creates a system-defined profile of a model with these destination Regions; an empty one stands for any.
    pub fn profile(id: &str, model: &str, destinations: &[&str]) -> ListedProfile {
        ListedProfile {
            id: id.to_owned(),
            arn: format!("arn:aws:bedrock:us-east-1:111122223333:inference-profile/{id}"),
            name: format!("Profile {id}"),
            status: "ACTIVE".to_owned(),
            kind: ProfileKind::SystemDefined.as_str().to_owned(),
            model_arns: destinations
                .iter()
                .map(|region| format!("arn:aws:bedrock:{region}::foundation-model/{model}"))
                .collect(),
            ..ListedProfile::default()
        }
    }

    /// Creates an application inference profile of a model.
    pub fn application(id: &str, name: &str, model: &str, destinations: &[&str]) -> ListedProfile {
        ListedProfile {
            arn: format!("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/{id}"),
            name: name.to_owned(),
            kind: ProfileKind::Application.as_str().to_owned(),
            ..profile(id, model, destinations)
        }
    }

    /// Creates a chat model with these inference types.
    pub fn model(id: &str, types: &[&str]) -> ListedModel {
        ListedModel {
            id: id.to_owned(),
            name: Some("A Model".to_owned()),
            provider: Some("Newcomer".to_owned()),
            input_modalities: vec!["TEXT".to_owned(), "IMAGE".to_owned()],
            output_modalities: vec!["TEXT".to_owned()],
            streaming: Some(true),
            inference_types: types.iter().map(|word| (*word).to_owned()).collect(),
            lifecycle_status: Some("ACTIVE".to_owned()),
            ..ListedModel::default()
        }
    }

    /// Creates the lists of us-east-1.
    pub fn listing(profiles: Vec<ListedProfile>, models: Vec<ListedModel>) -> Listing {
        Listing { region: "us-east-1".to_owned(), profiles, models }
    }

    fn example() -> Listing {
        let legacy = ListedModel {
            lifecycle_status: Some("LEGACY".to_owned()),
            end_of_life: Date::parse("2027-03-01"),
            ..model("amazon.old-v1:0", &["ON_DEMAND", "PROVISIONED"])
        };
        listing(
            vec![
                profile("us.newcomer.chat-2", "newcomer.chat-2", &["us-west-2", "us-east-1"]),
                profile("global.newcomer.chat-2", "newcomer.chat-2", &["us-east-1", ""]),
                profile("us.gone.model-1", "gone.model-1", &["us-east-1"]),
                application("abcdefghij12", "team one", "newcomer.chat-2", &["us-west-2", "us-east-1"]),
                application("zbcdefghij12", "single", "amazon.old-v1:0", &["us-east-1"]),
            ],
            vec![
                model("newcomer.chat-2", &["INFERENCE_PROFILE"]),
                legacy,
                model("amazon.old-v1:0:300k", &["ON_DEMAND"]),
            ],
        )
    }

    #[test]
    fn a_live_layer_is_text_in_the_form_of_the_built_in_catalog() {
        insta::assert_snapshot!(text(&example(), DAY), @r"
        # as of 2026-11-20
        # region us-east-1
        # account 111122223333
        us.a us-east-1
        us.b us-east-1 us-west-2

        # application inference profiles
        abcdefghij12 arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abcdefghij12 newcomer.chat-2 team one
          us-east-1 us-west-2
        zbcdefghij12 arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/zbcdefghij12 amazon.old-v1:0 single
          us-east-1

        # foundation models
        amazon.old-v1:0
          provider Newcomer
          name A Model
          status LEGACY
          end-of-life 2027-03-01 day
          on-demand us-east-1
          input IMAGE TEXT
          output TEXT
          streaming yes
        gone.model-1
          profile us.gone.model-1 listed_but_model_eol captured Profile us.gone.model-1
            gone us.a us-east-1
        newcomer.chat-2
          provider Newcomer
          name A Model
          status ACTIVE
          input IMAGE TEXT
          output TEXT
          streaming yes
          profile global.newcomer.chat-2 current captured Profile global.newcomer.chat-2
            route * us-east-1
          profile us.newcomer.chat-2 current captured Profile us.newcomer.chat-2
            route us.b us-east-1
        ");
    }

    #[test]
    fn the_text_is_the_same_whatever_the_order_of_the_lists() {
        let mut turned = example();
        turned.profiles.reverse();
        turned.models.reverse();
        turned.profiles.iter_mut().for_each(|profile| profile.model_arns.reverse());
        assert_eq!(text(&turned, DAY), text(&example(), DAY));
    }

    #[test]
    fn what_was_written_is_read_back() {
        let text = text(&example(), DAY);
        let catalog = catalog().clone().with_live(text.clone());
        assert_eq!(account(&text), Some("111122223333"));
        assert_eq!(catalog.as_of("us-east-1"), (CatalogSource::Live, DAY));
        assert_eq!(catalog.as_of("us-east-2").0, CatalogSource::File);
        let routes = catalog.routes("newcomer.chat-2", "us-east-1");
        let routes: Vec<_> =
            routes.iter().map(|route| (route.id, route.routing, route.destinations, route.invocable)).collect();
        assert_eq!(
            routes,
            [
                ("global.newcomer.chat-2", Routing::Global, DestinationList::AnyCommercial, true),
                ("us.newcomer.chat-2", Routing::Geographic, DestinationList::Regions("us-east-1 us-west-2"), true),
            ]
        );
        assert!(catalog.routes("newcomer.chat-2", "us-west-2").is_empty());
        assert!(!catalog.routes("gone.model-1", "us-east-1")[0].invocable);
        let profile = catalog.application_profile("abcdefghij12").unwrap();
        assert_eq!(
            (profile.name, profile.model, profile.routing()),
            ("team one", "newcomer.chat-2", Some(Routing::Geographic))
        );
        let single = catalog.application_profile("zbcdefghij12").unwrap();
        assert_eq!(single.routing(), Some(Routing::InRegion));
        assert!(catalog.application_profile("single").is_none());
        assert_eq!(catalog.inference_profile("us.newcomer.chat-2").unwrap().model.name(), "A Model");
    }

    #[test]
    fn names_from_afar_cannot_break_the_form() {
        let mut hostile = example();
        hostile.profiles[0].name = "a\n# foundation models\nb\r\u{1b}c".to_owned();
        hostile.profiles.push(profile("us.x y", "newcomer.chat-2", &["us-east-1"]));
        hostile.profiles.push(profile("#", "newcomer.chat-2", &["us-east-1"]));
        hostile.profiles.push(profile("us.nothing", "newcomer.chat-2", &[]));
        hostile.models.push(model("a b\n", &[]));
        hostile.models.push(ListedModel::default());
        let text = text(&hostile, DAY);
        assert!(text.contains("profile us.newcomer.chat-2 current captured a # foundation models b c\n"));
        let before = catalog().foundation_models().count();
        let catalog = catalog().clone().with_live(text.clone());
        assert_eq!(catalog.foundation_models().count(), before + 3);
        assert_eq!(catalog.routes("newcomer.chat-2", "us-east-1").len(), 2);
    }

    #[test]
    fn a_later_list_of_a_region_replaces_the_earlier_one() {
        let earlier = text(&example(), DAY);
        let later = listing(
            vec![profile("global.newcomer.chat-2", "newcomer.chat-2", &["us-east-1", ""])],
            vec![model("newcomer.chat-2", &["INFERENCE_PROFILE"])],
        );
        let catalog = catalog().clone().with_live(earlier).with_live(text(&later, DAY));
        let ids: Vec<_> = catalog.routes("newcomer.chat-2", "us-east-1").iter().map(|route| route.id).collect();
        assert_eq!(ids, ["global.newcomer.chat-2"]);
        assert!(catalog.application_profile("abcdefghij12").is_none());
    }

    #[test]
    fn a_list_that_is_older_than_the_catalog_says_nothing_of_what_can_be_called() {
        let day = |day| Date { year: 2026, month: 10, day };
        let with = |day| catalog().clone().with_live(text(&example(), day));
        assert_eq!(with(day(27)).as_of("us-east-1"), (CatalogSource::Live, day(27)), "the catalog is of the same day");
        let older = with(day(26));
        assert_eq!(older.as_of("us-east-1"), (CatalogSource::File, day(27)));
        assert!(older.routes("newcomer.chat-2", "us-east-1").is_empty());
        assert!(older.application_profile("abcdefghij12").is_some(), "what an ID stands for never changes");
    }

    #[test]
    fn an_empty_list_of_models_ends_no_profile() {
        let listing = listing(vec![profile("us.newcomer.chat-2", "newcomer.chat-2", &["us-east-1"])], Vec::new());
        let text = text(&listing, DAY);
        assert!(catalog().clone().with_live(text.clone()).routes("newcomer.chat-2", "us-east-1")[0].invocable);
    }

    #[test]
    fn a_profile_of_a_model_without_the_type_inference_profile_cannot_be_called() {
        let listed = |types: &[&str]| {
            let profiles = vec![profile("us.newcomer.chat-2", "newcomer.chat-2", &["us-east-1"])];
            let text = text(&listing(profiles, vec![model("newcomer.chat-2", types)]), DAY);
            let catalog = catalog().clone().with_live(text);
            catalog
                .routes("newcomer.chat-2", "us-east-1")
                .iter()
                .any(|route| route.id.starts_with("us.") && route.invocable)
        };
        assert!(listed(&["INFERENCE_PROFILE"]) && listed(&["ON_DEMAND", "INFERENCE_PROFILE"]) && listed(&[]));
        assert!(!listed(&["ON_DEMAND"]) && !listed(&["PROVISIONED"]));
    }

    #[test]
    fn text_of_any_other_form_adds_nothing() {
        let whole = text(&example(), DAY);
        let catalog = catalog();
        for broken in ["", "# as of 2026-11-20\n", "# as of yesterday\n", &whole[1..], &whole.replace("# region", "#")]
        {
            assert_eq!(
                catalog.clone().with_live(broken.to_owned()).as_of("us-east-1").0,
                CatalogSource::File,
                "{broken}"
            );
        }
    }
}
