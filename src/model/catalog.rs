//! What can be called from each source Region, and where it may run: a view over text that is searched in place,
//! so that looking one model up neither parses nor allocates the rest. Choosing is for `resolver`.

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

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[non_exhaustive]
pub enum CatalogSource {
    /// What AWS answered, kept in the cache.
    Live,
    /// What was known when this version was made.
    BuiltIn,
    /// The catalog file that is used in place of the built-in catalog.
    File,
}

/// Everything known about models: the built-in catalog or a catalog file, and over it what AWS listed for single Regions.
#[derive(Clone, Debug)]
pub struct Catalog {
    base: Layer,
    /// The catalog file's name.
    file: Option<Arc<str>>,
    live: Vec<Layer>,
    /// What AWS listed too long ago. What a profile stands for never changes, but whether it can be called may.
    stale: Vec<Layer>,
}

impl Catalog {
    /// Returns the catalog that the program contains.
    pub fn built_in() -> Self {
        let base = Layer::built_in(FOUNDATION_MODELS, DESTINATIONS, PREFIXES);
        Self { base, file: None, live: Vec::new(), stale: Vec::new() }
    }

    /// Adds what AWS listed for one Region: a text of [`live::text`], which overrides the catalog there and replaces an
    /// earlier list of the same Region. One that is older than the catalog counts as stale; text of any other form adds
    /// nothing.
    #[must_use]
    pub fn with_live(mut self, text: String) -> Self {
        match Layer::live(text) {
            Some(layer) if layer.as_of < self.base.as_of => self.stale.push(layer),
            Some(layer) => {
                self.live.retain(|older| older.region != layer.region);
                self.live.push(layer);
            }
            None => {}
        }
        self
    }

    /// Adds an answer that is too old to say what can be called, for what it says that never changes: where a geographic
    /// profile's requests run, and what an application profile stands for.
    #[must_use]
    pub fn with_stale(mut self, text: String) -> Self {
        self.stale.extend(Layer::live(text));
        self
    }

    /// Returns this foundation model, with the status and the end of life that AWS lists, if it lists any.
    pub fn foundation_model(&self, id: &str) -> Option<FoundationModel<'_>> {
        let live = self.live.iter().find_map(|layer| layer.foundation_model(id));
        match self.base.foundation_model(id) {
            Some(model) => Some(FoundationModel { live: live.map(|model| model.lines), ..model }),
            None => live,
        }
    }

    /// Every foundation model, sorted by ID.
    pub fn foundation_models(&self) -> impl Iterator<Item = FoundationModel<'_>> {
        let mut all: Vec<_> = self.base.foundation_models().collect();
        for layer in &self.live {
            for model in layer.foundation_models() {
                match all.binary_search_by_key(&model.id, |known| known.id) {
                    Ok(index) if all[index].source != CatalogSource::Live => all[index].live = Some(model.lines),
                    Ok(_) => {}
                    Err(index) => all.insert(index, model),
                }
            }
        }
        all.into_iter()
    }

    /// The inference profile of exactly this ID.
    pub fn inference_profile(&self, id: &str) -> Option<InferenceProfile<'_>> {
        let by_model = id.split_once('.').and_then(|(_, model)| {
            let blocks = self.layers().filter_map(|layer| layer.foundation_model(model));
            blocks.flat_map(FoundationModel::inference_profiles).find(|profile| profile.id == id)
        });
        // In the built-in catalog every profile's ID ends in its model's, but AWS does not promise it.
        let mut found = by_model.or_else(|| {
            let live = self.live.iter().flat_map(Layer::foundation_models);
            live.flat_map(FoundationModel::inference_profiles).find(|profile| profile.id == id)
        })?;
        found.model = self.foundation_model(found.model.id).unwrap_or(found.model);
        Some(found)
    }

    /// The application inference profile of this ID or ARN, where AWS listed it.
    pub fn application_profile(&self, id_or_arn: &str) -> Option<ApplicationProfile<'_>> {
        let layers = self.live.iter().chain(&self.stale);
        layers.flat_map(|layer| ApplicationProfile::all(&layer.applications)).find(|profile| profile.is(id_or_arn))
    }

    /// The application inference profiles that AWS lists in this Region, by ID.
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
            // AWS lists what only bedrock-mantle serves as on demand, too.
            let mantle_only = base.is_some_and(FoundationModel::is_mantle_only);
            candidates.retain(|candidate| !mantle_only || candidate.routing != Routing::InRegion);
        }
        if let Some(block) = base {
            let mut known = Vec::new();
            block.candidates(region, &mut known);
            // AWS's own answer for a Region is the whole truth there: what it lacks cannot be called.
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

    /// Where a geographic profile's requests run, by an answer that may be too old for anything else.
    pub fn stale_destinations(&self, profile: &str, region: &str) -> DestinationList<'_> {
        let layers = self.stale.iter().filter(|layer| layer.region.as_deref() == Some(region));
        let profiles = layers.flat_map(Layer::foundation_models).flat_map(FoundationModel::inference_profiles);
        let same = profiles.filter(|known| known.id == profile && known.routing() == Routing::Geographic);
        same.flat_map(InferenceProfile::routes)
            .map(|route| route.destinations)
            .next()
            .unwrap_or(DestinationList::Unknown)
    }

    /// When the facts about this source Region were gathered, and how.
    pub fn as_of(&self, region: &str) -> (CatalogSource, Date) {
        match self.live(region) {
            Some(layer) => (CatalogSource::Live, layer.as_of),
            None => (self.base.source(), self.base.as_of),
        }
    }

    /// Returns the name of the catalog file, if one is used in place of the built-in catalog.
    pub fn file(&self) -> Option<&Arc<str>> {
        self.file.as_ref()
    }

    /// Returns the prefix of exactly this name.
    pub fn prefix(&self, name: &str) -> Option<Prefix<'_>> {
        self.prefixes().find(|prefix| prefix.name == name)
    }

    /// Returns every prefix of inference profile IDs that some model has.
    pub fn prefixes(&self) -> impl Iterator<Item = Prefix<'_>> {
        Prefix::all(&self.base.prefixes)
    }

    /// Whether some model ID begins with this publisher.
    pub fn knows_publisher(&self, publisher: &str) -> bool {
        !publisher.is_empty() && self.layers().any(|layer| layer.knows_publisher(publisher))
    }

    fn live(&self, region: &str) -> Option<&Layer> {
        self.live.iter().find(|layer| layer.region.as_deref() == Some(region))
    }

    fn layers(&self) -> impl Iterator<Item = &Layer> {
        std::iter::once(&self.base).chain(&self.live)
    }
}

/// What a provider publishes, as `ListFoundationModels` and AWS's model pages describe it.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>.
#[derive(Clone, Copy, Debug)]
pub struct FoundationModel<'a> {
    /// `anthropic.claude-sonnet-4-6`
    pub id: &'a str,
    /// Whose word it is.
    pub source: CatalogSource,
    lines: &'a str,
    destinations: &'a str,
    /// What AWS's own answer says of it, beside the built-in catalog's lines.
    live: Option<&'a str>,
}

impl<'a> FoundationModel<'a> {
    /// `Anthropic`
    pub fn provider(self) -> &'a str {
        self.fact("provider").unwrap_or_default()
    }

    /// `Claude Sonnet 4.6`
    pub fn name(self) -> &'a str {
        self.fact("name").unwrap_or(self.id)
    }

    /// AWS's word: `ACTIVE`, `LEGACY`, `EOL`, or `unknown`.
    pub fn status(self) -> &'a str {
        self.latest("status").unwrap_or("unknown")
    }

    /// When it stops being served.
    pub fn end_of_life(self) -> Option<EndOfLife> {
        let (date, precision) = self.latest("end-of-life")?.split_once(' ')?;
        EndOfLife::parse(date, precision)
    }

    /// Whether its life is over on `today`, though single Regions may still serve it.
    pub fn is_past_end_of_life(self, today: Date) -> bool {
        self.status() == "EOL" || self.end_of_life().is_some_and(|end| end.reached(today))
    }

    /// The model of the same family and class that follows it.
    pub fn successor(self) -> Option<&'a str> {
        self.fact("successor")
    }

    /// The Regions whose bedrock-runtime takes the plain ID on demand.
    pub fn on_demand_regions(self) -> impl Iterator<Item = &'a str> {
        self.words("on-demand").filter(|region| *region != "?")
    }

    /// `bedrock-runtime`, `bedrock-mantle`: the endpoints that serve it.
    pub fn endpoints(self) -> impl Iterator<Item = &'a str> {
        self.words("endpoints")
    }

    /// Whether only the bedrock-mantle endpoint serves it, which knows no Converse.
    pub fn is_mantle_only(self) -> bool {
        self.fact("endpoints") == Some("bedrock-mantle")
    }

    /// The Regions whose bedrock-mantle serves it.
    pub fn mantle_regions(self) -> impl Iterator<Item = &'a str> {
        self.words("mantle")
    }

    /// `TEXT`, `IMAGE`, `VIDEO`, `SPEECH`, `AUDIO`.
    pub fn input_modalities(self) -> impl Iterator<Item = &'a str> {
        self.words("input")
    }

    /// `TEXT`, `IMAGE`, `VIDEO`, `SPEECH`, `EMBEDDING`.
    pub fn output_modalities(self) -> impl Iterator<Item = &'a str> {
        self.words("output")
    }

    /// Whether it takes text and answers in text: what Converse needs.
    pub fn can_chat(self) -> bool {
        let unknown = self.fact("output").is_none();
        unknown
            || (self.output_modalities().any(|kind| kind == "TEXT")
                && self.input_modalities().any(|kind| kind == "TEXT"))
    }

    /// Whether it can answer as a stream.
    pub fn streaming(self) -> bool {
        self.fact("streaming") != Some("no")
    }

    /// Tokens that a request and its answer may have together.
    pub fn context_window(self) -> Option<u32> {
        self.fact("context-window")?.parse().ok()
    }

    /// Tokens that an answer may have.
    pub fn max_output(self) -> Option<u32> {
        self.fact("max-output")?.parse().ok()
    }

    /// US dollars per million tokens, by kind (`input`, `output`, `cache_read`, `us_input`, `global_input`, …): estimates.
    pub fn prices(self) -> impl Iterator<Item = (&'a str, f64)> {
        self.words("price").filter_map(|pair| {
            let (kind, dollars) = pair.split_once('=')?;
            Some((kind, dollars.parse().ok()?))
        })
    }

    /// Its inference profiles, whatever their status.
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

    /// Every way to call it from `region`.
    fn candidates(self, region: &str, into: &mut Vec<Candidate<'a>>) {
        for profile in self.inference_profiles() {
            if let Some(route) = profile.routes().find(|route| route.serves(region)) {
                let anywhere = route.destinations == DestinationList::AnyCommercial;
                into.push(Candidate {
                    id: profile.id,
                    routing: if anywhere { Routing::Global } else { profile.routing() },
                    destinations: route.destinations,
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

    /// A fact that AWS's own answer knows better.
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

    /// A catalog that no refresh changes.
    const FROZEN: &str = include_str!("../../tests/fixtures/catalog.txt");

    /// Returns the frozen catalog: what behaves, and not what is built in, is tested with it.
    pub fn catalog() -> &'static Catalog {
        static CATALOG: LazyLock<Catalog> = LazyLock::new(|| Catalog::from_text(FROZEN, "frozen").unwrap());
        &CATALOG
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
