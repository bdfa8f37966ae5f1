//! The catalog: the IDs that can be invoked from each source Region, and the Regions where the requests may run.
//! It is a view of text that is searched in place, so that a lookup neither parses nor allocates the rest. The choice
//! between IDs is made in `resolver`.

pub mod application;
#[cfg(test)]
mod damage_tests;
pub mod facts;
mod form;
mod layer;
pub mod live;
pub mod merge;
mod prefix;
mod profile;

use std::sync::Arc;

use crate::model::date::{Date, EndOfLife};
use crate::model::routing::Routing;
use application::ApplicationProfile;
use layer::Layer;
pub use prefix::Prefix;
pub use profile::{Candidate, DestinationList, InferenceProfile, ProfileRoute, ProfileStatus};

const FOUNDATION_MODELS: &str = include_str!("catalog/foundation_models.txt");
const DESTINATIONS: &str = include_str!("catalog/destinations.txt");
const PREFIXES: &str = include_str!("catalog/prefixes.txt");

/// The source of a fact.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CatalogSource {
    /// The live catalog: AWS's own lists, kept in the cache.
    Live,
    /// The built-in catalog of this version.
    BuiltIn,
    /// The catalog file that is used in place of the built-in catalog.
    File,
}

/// The known models and inference profiles: the built-in catalog or a catalog file, and the lists of AWS for single
/// Regions, which take precedence.
///
/// ```
/// use bedrock_ask::model::catalog::Catalog;
///
/// let catalog = Catalog::built_in();
/// let model = catalog.foundation_model("anthropic.claude-sonnet-4-6").ok_or("no such model")?;
///
/// assert_eq!(model.provider(), "Anthropic");
/// assert!(model.can_chat());
/// assert!(catalog.routes(model.id, "eu-central-1").iter().any(|route| route.id.starts_with("eu.")));
/// # Ok::<(), &str>(())
/// ```
#[derive(Clone, Debug)]
pub struct Catalog {
    base: Layer,
    /// The name of the catalog file.
    file: Option<Arc<str>>,
    live: Vec<Layer>,
    /// Lists of AWS that are too old. The model of a profile never changes, but whether the profile can be invoked can.
    stale: Vec<Layer>,
}

impl Catalog {
    /// Returns the built-in catalog of this version. It borrows its text and reads nothing.
    pub fn built_in() -> Self {
        let base = Layer::built_in(FOUNDATION_MODELS, DESTINATIONS, PREFIXES);
        Self { base, file: None, live: Vec::new(), stale: Vec::new() }
    }

    /// Adds the lists of AWS for one Region, as a text of [`live::text`]. They override the catalog in this Region and
    /// replace earlier lists of the same Region.
    ///
    /// Lists that are older than the catalog count as stale. Text of any other form adds nothing.
    #[must_use]
    pub fn with_live(mut self, text: String) -> Self {
        match Layer::live(text) {
            Some(layer) if layer.as_of < self.base.as_of(layer.region.as_deref().unwrap_or_default()) => {
                self.stale.push(layer);
            }
            Some(layer) => {
                self.live.retain(|older| older.region != layer.region);
                self.live.push(layer);
            }
            None => {}
        }
        self
    }

    /// Adds lists that are too old to tell which IDs can be invoked. Only the facts that never change are used: the
    /// destination Regions of geographic profiles, and the models of application inference profiles.
    #[must_use]
    pub fn with_stale(mut self, text: String) -> Self {
        self.stale.extend(Layer::live(text));
        self
    }

    /// Returns the foundation model with this ID. Its status and its end of life are those that AWS lists, if it lists
    /// any.
    pub fn foundation_model(&self, id: &str) -> Option<FoundationModel<'_>> {
        let live = self.live.iter().find_map(|layer| layer.foundation_model(id));
        match self.base.foundation_model(id) {
            Some(model) => Some(FoundationModel { live: live.map(|model| model.lines), ..model }),
            None => live,
        }
    }

    /// Returns every foundation model, sorted by ID.
    pub fn foundation_models(&self) -> impl Iterator<Item = FoundationModel<'_>> {
        let mut all: Vec<_> = self.base.foundation_models().collect();
        for layer in &self.live {
            for model in layer.foundation_models() {
                match all.binary_search_by_key(&model.id, |known| known.id) {
                    // As in `foundation_model`, the first of several live catalogs counts.
                    Ok(index) if all[index].source != CatalogSource::Live => {
                        all[index].live.get_or_insert(model.lines);
                    }
                    Ok(_) => {}
                    Err(index) => all.insert(index, model),
                }
            }
        }
        all.into_iter()
    }

    /// Returns the system-defined inference profile with this ID.
    pub fn inference_profile(&self, id: &str) -> Option<InferenceProfile<'_>> {
        let by_model = id.split_once('.').and_then(|(_, model)| {
            let blocks = self.layers().filter_map(|layer| layer.foundation_model(model));
            blocks.flat_map(FoundationModel::inference_profiles).find(|profile| profile.id == id)
        });
        // In the built-in catalog the ID of every profile ends with the ID of its model, but AWS does not promise it.
        let mut found = by_model.or_else(|| {
            let live = self.live.iter().flat_map(Layer::foundation_models);
            live.flat_map(FoundationModel::inference_profiles).find(|profile| profile.id == id)
        })?;
        found.model = self.foundation_model(found.model.id).unwrap_or(found.model);
        Some(found)
    }

    /// Returns the application inference profile with this ID or ARN, if AWS listed it.
    pub fn application_profile(&self, id_or_arn: &str) -> Option<ApplicationProfile<'_>> {
        let layers = self.live.iter().chain(&self.stale);
        layers.flat_map(|layer| ApplicationProfile::all(&layer.applications)).find(|profile| profile.is(id_or_arn))
    }

    /// Returns the application inference profiles that AWS lists in this Region, sorted by ID.
    pub fn application_profiles<'a>(&'a self, region: &str) -> impl Iterator<Item = ApplicationProfile<'a>> + use<'a> {
        self.live(region).into_iter().flat_map(|layer| ApplicationProfile::all(&layer.applications))
    }

    /// Returns every route to this model from this Region, invocable or not, in the order of the catalog.
    pub fn routes(&self, model: &str, region: &str) -> Vec<Candidate<'_>> {
        let mut candidates = Vec::new();
        let live = self.live(region);
        let base = self.base.foundation_model(model);
        if let Some(block) = live.and_then(|layer| layer.foundation_model(model)) {
            block.candidates(region, &mut candidates);
            // AWS lists models of the bedrock-mantle endpoint as on demand, too.
            let mantle_only = base.is_some_and(FoundationModel::is_mantle_only);
            candidates.retain(|candidate| !mantle_only || candidate.routing != Routing::InRegion);
        }
        if let Some(block) = base {
            let mut known = Vec::new();
            block.candidates(region, &mut known);
            // The lists of AWS are complete for a Region: an ID that they lack cannot be invoked.
            known.retain(|candidate| live.is_none() || !candidate.invocable);
            for mut candidate in known {
                if candidates.iter().all(|other| other.id != candidate.id) {
                    if candidate.destinations == DestinationList::Unknown {
                        candidate.destinations = self.stale_destinations(candidate.id, region);
                    }
                    candidates.push(candidate);
                }
            }
        }
        candidates
    }

    /// Returns the destination Regions of a geographic profile from lists that can be too old for anything else.
    pub fn stale_destinations(&self, profile: &str, region: &str) -> DestinationList<'_> {
        let layers = self.stale.iter().filter(|layer| layer.region.as_deref() == Some(region));
        let profiles = layers.flat_map(Layer::foundation_models).flat_map(FoundationModel::inference_profiles);
        let same = profiles.filter(|known| known.id == profile && known.routing() == Routing::Geographic);
        same.flat_map(InferenceProfile::routes)
            .map(ProfileRoute::destinations)
            .next()
            .unwrap_or(DestinationList::Unknown)
    }

    /// Returns the source of the facts about this source Region, and their date.
    pub fn as_of(&self, region: &str) -> (CatalogSource, Date) {
        match self.live(region) {
            Some(layer) => (CatalogSource::Live, layer.as_of),
            None => (self.base.source(), self.base.as_of(region)),
        }
    }

    /// Returns the date of the facts that AWS's lists do not hold, such as prices.
    pub fn date(&self) -> Date {
        self.base.as_of("")
    }

    /// Returns the name of the catalog file, if one is used in place of the built-in catalog.
    pub fn file(&self) -> Option<&Arc<str>> {
        self.file.as_ref()
    }

    /// Returns the prefix with this name, such as `us`.
    pub fn prefix(&self, name: &str) -> Option<Prefix<'_>> {
        self.prefixes().find(|prefix| prefix.name == name)
    }

    /// Returns every prefix of inference profile IDs that at least one model has.
    pub fn prefixes(&self) -> impl Iterator<Item = Prefix<'_>> {
        Prefix::all(&self.base.prefixes)
    }

    /// Whether at least one model ID begins with this publisher.
    pub fn knows_publisher(&self, publisher: &str) -> bool {
        !publisher.is_empty() && self.layers().chain(&self.stale).any(|layer| layer.knows_publisher(publisher))
    }

    /// Whether only the live catalogs of other Regions have this model.
    pub(super) fn is_news_elsewhere(&self, model: &str, region: &str) -> bool {
        self.base.foundation_model(model).is_none()
            && self.live(region).is_none()
            && self.live.iter().any(|layer| layer.foundation_model(model).is_some())
    }

    /// Returns the invocable inference profiles of this model in the live catalogs of all Regions.
    pub(super) fn live_profiles<'a>(&'a self, model: &str) -> impl Iterator<Item = InferenceProfile<'a>> {
        let models: Vec<_> = self.live.iter().filter_map(|layer| layer.foundation_model(model)).collect();
        let profiles = models.into_iter().flat_map(FoundationModel::inference_profiles);
        profiles.filter(|profile| profile.status == ProfileStatus::Current)
    }

    fn live(&self, region: &str) -> Option<&Layer> {
        self.live.iter().find(|layer| layer.region.as_deref() == Some(region))
    }

    fn layers(&self) -> impl Iterator<Item = &Layer> {
        std::iter::once(&self.base).chain(&self.live)
    }
}

/// A foundation model, as `ListFoundationModels` and AWS's model pages describe it.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>.
#[derive(Clone, Copy, Debug)]
pub struct FoundationModel<'a> {
    /// The ID, such as `anthropic.claude-sonnet-4-6`.
    pub id: &'a str,
    /// The source of the facts.
    pub source: CatalogSource,
    lines: &'a str,
    destinations: &'a str,
    /// The lines of the live catalog, if `lines` are those of another one.
    live: Option<&'a str>,
}

impl<'a> FoundationModel<'a> {
    /// Returns the name of the provider, such as `Anthropic`.
    pub fn provider(self) -> &'a str {
        self.fact("provider").unwrap_or_default()
    }

    /// Returns the name, such as `Claude Sonnet 4.6`.
    pub fn name(self) -> &'a str {
        self.fact("name").unwrap_or(self.id)
    }

    /// Returns the lifecycle status: `ACTIVE`, `LEGACY`, `EOL`, or `unknown`.
    pub fn status(self) -> &'a str {
        self.latest("status").unwrap_or("unknown")
    }

    /// Returns the end-of-life date, if it is known.
    pub fn end_of_life(self) -> Option<EndOfLife> {
        let (date, precision) = self.latest("end-of-life")?.split_once(' ')?;
        EndOfLife::parse(date, precision)
    }

    /// Whether the model is past its end of life on `today`. Single Regions can serve it longer.
    pub fn is_past_end_of_life(self, today: Date) -> bool {
        self.status() == "EOL" || self.end_of_life().is_some_and(|end| end.reached(today))
    }

    /// Returns the ID of its successor: the next model of the same family and class.
    pub fn successor(self) -> Option<&'a str> {
        self.fact("successor")
    }

    /// Returns the Regions where the bedrock-runtime endpoint serves the plain ID on demand.
    pub fn on_demand_regions(self) -> impl Iterator<Item = &'a str> {
        self.words("on-demand").filter(|region| *region != "?")
    }

    /// Returns the endpoints that serve the model: `bedrock-runtime`, `bedrock-mantle`.
    pub fn endpoints(self) -> impl Iterator<Item = &'a str> {
        self.words("endpoints")
    }

    /// Whether only the bedrock-mantle endpoint serves the model. This endpoint does not support Converse.
    pub fn is_mantle_only(self) -> bool {
        self.fact("endpoints") == Some("bedrock-mantle")
    }

    /// Returns the Regions where the bedrock-mantle endpoint serves the model.
    pub fn mantle_regions(self) -> impl Iterator<Item = &'a str> {
        self.words("mantle")
    }

    /// Returns the input modalities: `TEXT`, `IMAGE`, `VIDEO`, `SPEECH`, `AUDIO`.
    pub fn input_modalities(self) -> impl Iterator<Item = &'a str> {
        self.words("input")
    }

    /// Returns the output modalities: `TEXT`, `IMAGE`, `VIDEO`, `SPEECH`, `EMBEDDING`.
    pub fn output_modalities(self) -> impl Iterator<Item = &'a str> {
        self.words("output")
    }

    /// Whether Converse serves the model: it takes text and answers in text, and is neither a reranker (text in, text out,
    /// never as a stream) nor a model of speech, nor one that understands videos and no images. True if the modalities
    /// are not known.
    pub fn can_chat(self) -> bool {
        let Some(output) = self.fact("output") else { return true };
        let takes = |kind: &str| self.input_modalities().any(|known| known == kind);
        let is_reranker = output == "TEXT" && self.fact("input") == Some("TEXT") && !self.streaming();
        let speaks = self.output_modalities().any(|kind| ["SPEECH", "AUDIO"].contains(&kind));
        let is_video_only = takes("VIDEO") && !takes("IMAGE");
        let is_text = takes("TEXT") && self.output_modalities().any(|kind| kind == "TEXT");
        is_text && !is_reranker && !speaks && !is_video_only
    }

    /// Whether the model supports response streaming. True if it is not known.
    pub fn streaming(self) -> bool {
        self.fact("streaming") != Some("no")
    }

    /// Returns the context window in tokens: the maximum for a request and its response together.
    pub fn context_window(self) -> Option<u32> {
        self.fact("context-window")?.parse().ok()
    }

    /// Returns the maximum number of output tokens.
    pub fn max_output(self) -> Option<u32> {
        self.fact("max-output")?.parse().ok()
    }

    /// Returns estimated prices in US dollars per million tokens, by kind: `input`, `output`, `cache_read`, `us_input`,
    /// `global_input` and others.
    pub fn prices(self) -> impl Iterator<Item = (&'a str, f64)> {
        self.words("price").filter_map(|pair| {
            let (kind, dollars) = pair.split_once('=')?;
            Some((kind, dollars.parse().ok()?))
        })
    }

    /// Returns the inference profiles of the model, whatever their status.
    pub fn inference_profiles(self) -> impl Iterator<Item = InferenceProfile<'a>> {
        let mut rest = self.lines;
        std::iter::from_fn(move || {
            let start = rest.find("  profile ")?;
            let after = &rest[start + "  profile ".len()..];
            let (head, below) = after.split_once('\n').unwrap_or((after, ""));
            let end = match below.find("\n  profile ") {
                _ if below.starts_with("  profile ") => 0,
                Some(newline) => newline + 1,
                None => below.len(),
            };
            rest = &below[end..];
            Some((head, &below[..end]))
        })
        .filter_map(move |(head, routes)| InferenceProfile::read(self, head, routes))
    }

    /// Adds every route to the model from `region`.
    fn candidates(self, region: &str, into: &mut Vec<Candidate<'a>>) {
        for profile in self.inference_profiles() {
            if let Some(route) = profile.routes().find(|route| route.serves(region)) {
                let destinations = route.destinations();
                let anywhere = destinations == DestinationList::AnyCommercial;
                into.push(Candidate {
                    id: profile.id,
                    routing: if anywhere { Routing::Global } else { profile.routing() },
                    destinations,
                    invocable: route.invocable && profile.status == ProfileStatus::Current,
                    status: profile.status,
                    source: self.source,
                });
            }
        }
        if let Some(here) = self.on_demand_regions().find(|name| *name == region) {
            into.push(Candidate {
                id: self.id,
                routing: Routing::InRegion,
                destinations: DestinationList::Regions(here),
                invocable: true,
                status: ProfileStatus::Current,
                source: self.source,
            });
        }
    }

    fn words(self, key: &str) -> impl Iterator<Item = &'a str> {
        self.fact(key).unwrap_or_default().split(' ').filter(|word| !word.is_empty())
    }

    fn fact(self, key: &str) -> Option<&'a str> {
        fact_in(self.lines, key)
    }

    /// Returns a fact from the live catalog, or else from the other one.
    fn latest(self, key: &str) -> Option<&'a str> {
        self.live.and_then(|lines| fact_in(lines, key)).or_else(|| self.fact(key))
    }
}

fn fact_in<'a>(lines: &'a str, key: &str) -> Option<&'a str> {
    let facts = lines.lines().take_while(|line| !line.starts_with("  profile "));
    facts
        .filter_map(|line| line.strip_prefix("  ")?.split_once(' '))
        .find(|(name, _)| *name == key)
        .map(|(_, value)| value)
}

#[cfg(test)]
pub(crate) mod tests {
    use std::sync::LazyLock;

    use super::*;
    use crate::model::region::Region;

    /// A catalog that does not change when the built-in catalog is refreshed.
    const FROZEN: &str = include_str!("../../tests/fixtures/catalog.txt");

    /// Returns the frozen catalog. Tests of behaviour use it in place of the built-in catalog.
    pub fn catalog() -> &'static Catalog {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::from_text(FROZEN, "frozen").unwrap());
        &CATALOG
    }

    /// Returns the frozen catalog without this model.
    pub fn catalog_without(model: &str) -> Catalog {
        let start = FROZEN.find(&format!("\n{model}\n")).unwrap() + 1;
        let below = &FROZEN[start + model.len() + 1..];
        let end = below.lines().take_while(|line| line.starts_with(' ')).map(|line| line.len() + 1).sum::<usize>();
        Catalog::from_text(&format!("{}{}", &FROZEN[..start], &below[end..]), "frozen").unwrap()
    }

    #[test]
    fn every_model_and_profile_is_found_by_its_id() {
        let catalog = Catalog::built_in();
        let all: Vec<_> = catalog.foundation_models().collect();
        assert!(all.len() > 100 && all.is_sorted_by_key(|model| model.id), "all of them are there");
        let mut profiles = 0;
        for model in all {
            assert_eq!(catalog.foundation_model(model.id).unwrap().lines, model.lines);
            for profile in model.inference_profiles() {
                profiles += 1;
                assert!(profile.id.ends_with(&format!(".{}", model.id)));
                assert_eq!(catalog.inference_profile(profile.id).unwrap().model.id, model.id);
                assert!(profile.routes().flat_map(ProfileRoute::sources).all(|source| Region::named(source).is_some()));
            }
        }
        assert!(profiles > 100);
    }

    #[test]
    fn no_model_is_found_by_an_id_beside_its_own() {
        let catalog = Catalog::built_in();
        let ids: Vec<_> = catalog.foundation_models().map(|model| model.id).collect();
        for id in &ids {
            let (shorter, last) = id.split_at(id.len() - 1);
            for beside in ["", "#", shorter, &format!("{id} "), &format!("{id}~"), &format!("{shorter}{last}é")] {
                let found = catalog.foundation_model(beside).map(|model| model.id);
                assert_eq!(found, ids.iter().find(|id| **id == beside).copied(), "{beside}");
            }
        }
    }

    #[test]
    fn every_successor_is_a_model_and_no_chain_of_them_is_a_circle() {
        let catalog = Catalog::built_in();
        for model in catalog.foundation_models() {
            let next = |model: &FoundationModel<'_>| {
                model.successor().map(|id| catalog.foundation_model(id).unwrap_or_else(|| panic!("{id} is not there")))
            };
            let chain = std::iter::successors(Some(model), next).take(20).count();
            assert!(chain <= 1 + crate::model::resolver::LONGEST_SUCCESSION, "{} has a chain of {chain}", model.id);
        }
    }

    #[test]
    fn every_default_model_is_there_and_chats() {
        let catalog = Catalog::built_in();
        for id in crate::model::resolver::DEFAULT_MODELS {
            assert!(catalog.foundation_model(id).unwrap().can_chat(), "{id}");
        }
    }

    #[test]
    fn an_id_that_is_not_there_is_not_found() {
        let catalog = Catalog::built_in();
        for id in
            ["", "#", "# as of 2026-10-27", "a", "zzz.zzz", "anthropic.claude-sonnet-4-", "  provider Anthropic", "\n"]
        {
            assert!(catalog.foundation_model(id).is_none(), "{id}");
            assert!(catalog.inference_profile(id).is_none(), "{id}");
        }
    }

    #[test]
    fn sonnet_4_6_tells_its_facts() {
        let catalog = catalog();
        let model = |id| catalog.foundation_model(id).unwrap();
        let sonnet = model("anthropic.claude-sonnet-4-6");
        assert_eq!((sonnet.provider(), sonnet.name(), sonnet.status()), ("Anthropic", "Claude Sonnet 4.6", "ACTIVE"));
        assert_eq!((sonnet.context_window(), sonnet.max_output()), (Some(1_000_000), Some(64_000)));
        assert_eq!(sonnet.on_demand_regions().collect::<Vec<_>>(), ["eu-west-2"]);
        assert_eq!(sonnet.prices().find(|(kind, _)| *kind == "us_output"), Some(("us_output", 16.5)));
        assert!(sonnet.can_chat() && sonnet.streaming() && sonnet.end_of_life().is_none());
        assert!(!model("amazon.titan-embed-text-v2:0").can_chat());
        assert!(model("anthropic.claude-haiku-4-5").is_mantle_only());
    }

    #[test]
    fn rerankers_and_models_of_speech_or_video_cannot_chat() {
        for id in ["amazon.rerank-v1:0", "cohere.rerank-v3-5:0", "amazon.nova-2-5-sonic", "twelvelabs.pegasus-1-5-v1:0"]
        {
            assert!(!catalog().foundation_model(id).unwrap().can_chat(), "{id}");
        }
        for id in ["amazon.nova-2-lite-v1:0", "meta.llama3-8b-instruct-v1:0", "anthropic.claude-sonnet-4-6"] {
            assert!(catalog().foundation_model(id).unwrap().can_chat(), "{id}");
        }
    }

    #[test]
    fn a_model_whose_status_is_eol_is_past_its_end_whatever_the_day() {
        let head = "# bedrock-ask catalog 1\n# as of 2026-10-27\n# destination lists\n# foundation models\n";
        let catalog = Catalog::from_text(&format!("{head}a.x\n  status EOL\na.y\n  status LEGACY\n"), "c").unwrap();
        let is_past = |id| {
            let day = Date { year: 2000, month: 1, day: 1 };
            catalog.foundation_model(id).unwrap().is_past_end_of_life(day)
        };
        assert!(is_past("a.x") && !is_past("a.y"));
    }

    #[test]
    fn london_has_three_ways_to_sonnet_4_6() {
        let catalog = catalog();
        let candidates = catalog.routes("anthropic.claude-sonnet-4-6", "eu-west-2");
        let routes: Vec<_> = candidates.iter().map(|route| (route.id, route.routing, route.invocable)).collect();
        assert_eq!(
            routes,
            [
                ("eu.anthropic.claude-sonnet-4-6", Routing::Geographic, true),
                ("global.anthropic.claude-sonnet-4-6", Routing::Global, true),
                ("anthropic.claude-sonnet-4-6", Routing::InRegion, true),
            ]
        );
        let destinations: Vec<_> = candidates[0].destinations.regions().collect();
        assert_eq!(destinations.len(), 7);
        assert!(destinations.contains(&"eu-west-2"));
        assert_eq!(candidates[1].destinations, DestinationList::AnyCommercial);
    }

    #[test]
    fn prefixes_name_known_regions_and_include_every_usual_one() {
        let catalog = Catalog::built_in();
        let sources = catalog.prefixes().flat_map(Prefix::sources);
        assert!({ sources }.all(|(region, models)| Region::named(region).is_some() && models > 0));
        assert!(Region::all().filter_map(|region| region.usual_prefix).all(|name| catalog.prefix(name).is_some()));
        assert!(catalog.prefix("us").unwrap().serves("us-east-1"));
        assert!(!catalog.prefix("us").unwrap().serves("eu-central-1"));
    }

    #[test]
    fn a_publisher_is_known_by_whole_words_only() {
        let catalog = catalog();
        assert!(
            catalog.knows_publisher("anthropic") && catalog.knows_publisher("zai") && catalog.knows_publisher("ai21")
        );
        for word in ["us", "anthro", "", "moonsho", "zzz", "global"] {
            assert!(!catalog.knows_publisher(word), "{word}");
        }
    }
}
