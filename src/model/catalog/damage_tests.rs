//! Tests damaged, truncated and forged cache files: none of them ends the program.

use proptest::prelude::*;

use super::layer::{APPLICATIONS, MODELS};
use super::live::tests::{application, listing, model, profile};
use super::tests::catalog;
use super::*;
use crate::model::region::Region;
use crate::model::resolution::ResolveRequest;
use crate::model::resolver;

const DAY: Date = Date { year: 2026, month: 11, day: 20 };

/// The names that are looked up and resolved in every catalog.
const NAMES: [&str; 8] = [
    "newcomer.chat-2",
    "us.newcomer.chat-2",
    "chat-2",
    "newcomer.chat-3",
    "anthropic.claude-sonnet-4-6",
    "abcdefghij12",
    "inference-profile:team one",
    "inference-profile:team ome",
];

/// Pieces of forged catalogs.
const PIECES: [&str; 32] = [
    "",
    " ",
    "  ",
    "    ",
    "\n",
    "\n",
    "\r\n",
    "\t",
    "#",
    "é",
    "😀",
    ".",
    "*",
    "?",
    "us.newcomer.chat-2",
    "newcomer.chat-2",
    "profile ",
    "  profile ",
    "current ",
    "route ",
    "gone ",
    "us.a ",
    "us-east-1",
    "name ",
    "status EOL",
    "end-of-life 2026-02-30 day",
    "successor newcomer.chat-2",
    "price input=",
    "on-demand us-east-1",
    MODELS,
    APPLICATIONS,
    "# region ",
];

/// Returns the text of a live catalog with everything that one can hold.
fn whole() -> String {
    let profiles = vec![
        profile("us.newcomer.chat-2", "newcomer.chat-2", &["us-west-2", "us-east-1"]),
        profile("global.newcomer.chat-2", "newcomer.chat-2", &["us-east-1", ""]),
        profile("us.gone.model-1", "gone.model-1", &["us-east-1"]),
        application("abcdefghij12", "team one é", "newcomer.chat-2", &["us-west-2", "us-east-1"]),
    ];
    let models = vec![model("newcomer.chat-2", &["INFERENCE_PROFILE"]), model("amazon.old-v1:0", &["ON_DEMAND"])];
    live::text(&listing(profiles, models), DAY)
}

/// Calls every public method and resolves names in two catalogs: with `text` as a live catalog, and as a stale one.
fn exercise(text: &str) {
    for catalog in [catalog().clone().with_live(text.to_owned()), catalog().clone().with_stale(text.to_owned())] {
        for model in catalog.foundation_models() {
            let numbers = (model.context_window(), model.max_output(), model.prices().count());
            let words = (model.provider(), model.name(), model.status(), model.successor(), model.end_of_life());
            let lists = model.on_demand_regions().chain(model.endpoints()).chain(model.mantle_regions()).count();
            let modalities = model.input_modalities().chain(model.output_modalities()).count();
            let is = (model.can_chat(), model.streaming(), model.is_mantle_only(), model.is_past_end_of_life(DAY));
            let _ = (numbers, words, lists, modalities, is);
            for profile in model.inference_profiles() {
                let regions = profile.routes().flat_map(|route| route.sources().chain(route.destinations().regions()));
                let _ = (profile.routing(), regions.count());
            }
        }
        let _ = (live::account(text), live::region(text), catalog.as_of("us-east-1"));
        let _ = catalog.application_profiles("us-east-1").filter_map(ApplicationProfile::routing).count();
        for name in NAMES {
            let _ = (catalog.foundation_model(name), catalog.inference_profile(name), catalog.knows_publisher(name));
            let _ = (catalog.application_profile(name), catalog.routes(name, "us-east-1"));
            let _ = catalog.stale_destinations(name, "us-east-1");
            let request = ResolveRequest::new(Region::named("us-east-1").unwrap(), DAY);
            let _ = resolver::resolve(name, &ResolveRequest { repair: true, ..request }, &catalog);
        }
    }
}

fn forged() -> impl Strategy<Value = String> {
    prop::collection::vec(prop::sample::select(PIECES.to_vec()), 0..24).prop_map(|pieces| pieces.concat())
}

/// Returns an edit: a position, the number of bytes to remove, and the bytes to insert.
fn edit() -> impl Strategy<Value = (prop::sample::Index, usize, Vec<u8>)> {
    (any::<prop::sample::Index>(), 0..40_usize, prop::collection::vec(any::<u8>(), 0..4))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]

    #[test]
    fn any_text_is_survived(text in "(?s).*") {
        exercise(&text);
        exercise(&format!("# as of 2026-11-20\n# region us-east-1{APPLICATIONS}\n{text}{MODELS}{text}"));
    }

    #[test]
    fn a_forged_catalog_is_survived(lists in forged(), applications in forged(), models in forged()) {
        let head = "# as of 2026-11-20\n# region us-east-1";
        let top = format!("{head}\n{lists}{APPLICATIONS}\n{applications}{MODELS}");
        exercise(&format!("{top}{models}"));
        exercise(&format!("{top}a.b\n  {models}\nnewcomer.chat-2\n  {lists}\nz.z\n  {applications}\n"));
    }

    #[test]
    fn a_damaged_catalog_is_survived(edits in prop::collection::vec(edit(), 1..4)) {
        let mut bytes = whole().into_bytes();
        for (at, length, replacement) in edits {
            let start = at.index(bytes.len() + 1);
            let end = (start + length).min(bytes.len());
            bytes.splice(start..end, replacement);
        }
        exercise(&String::from_utf8_lossy(&bytes));
    }
}

#[test]
fn a_catalog_that_ends_anywhere_is_survived() {
    let whole = whole();
    for (end, _) in whole.char_indices() {
        if let Some(layer) = Layer::live(whole[..end].to_owned()) {
            let _ = layer.foundation_models().flat_map(FoundationModel::inference_profiles).count();
            let _ = layer.foundation_models().map(FoundationModel::name).count();
        }
    }
}

#[test]
fn a_catalog_that_is_out_of_order_adds_nothing() {
    let swapped = whole().replace("\namazon.old-v1:0\n", "\nzzz.old-v1:0\n");
    let catalog = catalog().clone().with_live(swapped);
    assert_eq!(catalog.as_of("us-east-1").0, CatalogSource::File);
}

#[test]
fn a_line_that_is_shorter_than_its_indent_is_no_fact() {
    let cut = "# as of 2026-11-20\n# region us-east-1\n\n# application inference profiles\n\n# foundation models\na.b\n \n é\n";
    let catalog = catalog().clone().with_live(cut.to_owned());
    assert_eq!(catalog.foundation_model("a.b").unwrap().name(), "a.b");
}
