//! The index of a catalog changes no result: many resolutions with one index are those of each with an index of its own,
//! and what is compared cheaply first is what is compared plainly.

use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::model::catalog::tests::catalog;
use crate::model::date::Date;
use crate::model::family::{closest_match, family_key, version_key};
use crate::model::name::{self, KnownName};

const TODAY: Date = Date { year: 2026, month: 11, day: 20 };

/// Returns the known IDs, in short and in full.
fn known_ids() -> Vec<String> {
    let of_model = |model: FoundationModel<'static>| {
        let profiles = model.inference_profiles().map(|profile| profile.id);
        let name = model.id.split_once('.').map_or(model.id, |(_, name)| name);
        [model.id, name].into_iter().chain(profiles).map(str::to_owned).collect::<Vec<_>>()
    };
    catalog().foundation_models().flat_map(of_model).collect()
}

/// Returns a strategy for inputs: known IDs, the same with slips, words of them in any order, and random text.
fn inputs() -> impl Strategy<Value = String> {
    let ids = known_ids();
    let words: Vec<String> = ids.iter().flat_map(|id| id.split(['-', '.', ':'])).map(str::to_owned).collect();
    let slipped = (select(ids.clone()), any::<prop::sample::Index>(), "[a-z0-9é.:-]{0,2}", 0..3_usize);
    let slipped = slipped.prop_map(|(id, at, inserted, removed)| {
        let at = at.index(id.len());
        format!("{}{inserted}{}", &id[..at], id.get(at + removed..).unwrap_or_default())
    });
    let mixed = prop::collection::vec((select(words), "[-. :_]"), 1..5);
    let mixed = mixed.prop_map(|parts| parts.into_iter().flat_map(|(word, separator)| [word, separator]).collect());
    prop_oneof![select(ids), slipped, mixed, "[a-z0-9.:-]{1,20}", "\\PC{0,12}"]
}

/// Returns the known ID that `wrong` resembles, without the cheap comparisons of [`closest_match`].
fn plainly_closest<'a>(wrong: &str, known: &[KnownName<'a>]) -> Option<&'a str> {
    let stem = family_key(&wrong.to_ascii_lowercase());
    let version = wrong.rsplit('-').next().filter(|last| crate::model::family::is_version(last));
    let words = |id: &str| id.to_ascii_lowercase().replace(|letter: char| !letter.is_ascii_alphanumeric(), "");
    let rank = |name: &KnownName<'a>| {
        if wrong.strip_prefix(name.id).is_some_and(|rest| rest.starts_with(':')) {
            return Some((0, name.id));
        }
        if wrong.len().abs_diff(name.id.len()) <= 2 && words(wrong) == words(name.id) {
            return Some((0, name.id));
        }
        if wrong.contains('.') && name::is_reordered(&KnownName::new(&stem), name) {
            return Some((1, name.id));
        }
        let full = family_key(name.id);
        let own = if wrong.contains('.') { &full[..] } else { full.split_once('.').map_or(&full[..], |(_, own)| own) };
        let distance = strsim::osa_distance(&stem, own);
        let numbers = |text: &str| -> Vec<u32> {
            text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
        };
        let is_near = own.len().abs_diff(stem.len()) <= 2 && distance <= 2 && distance * 3 <= own.len();
        (is_near && numbers(own) == numbers(&stem)).then_some((1 + distance, name.id))
    };
    let age = |id: &str| (!version.is_some_and(|version| id.ends_with(version)), std::cmp::Reverse(version_key(id)));
    known.iter().filter_map(rank).min_by_key(|(distance, id)| (*distance, age(id))).map(|(_, id)| id)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn an_index_that_is_shared_changes_no_result(
        texts in prop::collection::vec(inputs(), 1..4),
        region in select(Region::all().collect::<Vec<_>>()),
    ) {
        let index = CatalogIndex::new(catalog());
        let request = ResolveRequest::new(region, TODAY);
        for text in &texts {
            prop_assert_eq!(index.resolve(text, &request), resolve(text, &request, catalog()), "{}", text);
        }
        let text = &texts[0];
        let everywhere = resolve_everywhere(text, &request, catalog());
        prop_assert_eq!(index.resolve_everywhere(text, &request), everywhere, "{}", text);
    }

    #[test]
    fn the_cheap_comparisons_leave_out_only_what_the_edit_distance_does(text in inputs()) {
        let index = CatalogIndex::new(catalog());
        let known: Vec<_> = index.models().iter().map(|known| known.name.clone()).collect();
        prop_assert_eq!(closest_match(&text, known.iter()), plainly_closest(&text, &known), "{}", &text);
        for word in known.iter().flat_map(|name| name.id.split(['-', '.'])) {
            let most = if word.len() < 6 { 1 } else { 2 };
            let digits = |text: &str| -> String { text.chars().filter(char::is_ascii_digit).collect() };
            let is_near = word.len().abs_diff(text.len()) <= most
                && digits(word) == digits(&text)
                && strsim::osa_distance(&text, word) <= most;
            prop_assert_eq!(name::edits(&text, word).is_some(), is_near, "{} {}", &text, word);
        }
    }
}

#[test]
fn a_model_is_the_same_in_the_list_of_all_and_by_its_id() {
    let live = |region: &str, status: &str| {
        format!(
            "# as of 2026-11-19\n# region {region}\n# destination lists\n{}{}amazon.nova-pro-v1:0\n  status {status}\n",
            "\n# application inference profiles", "\n# foundation models\n"
        )
    };
    let catalog = catalog().clone().with_live(live("us-east-1", "LEGACY")).with_live(live("us-west-2", "ACTIVE"));
    let index = CatalogIndex::new(&catalog);
    for known in index.models() {
        let model = catalog.foundation_model(known.name.id).unwrap();
        assert_eq!(known.model.status(), model.status(), "{}", known.name.id);
    }
    assert_eq!(index.model("amazon.nova-pro-v1:0").unwrap().model.status(), "LEGACY");
}
