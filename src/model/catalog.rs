//! What can be called from each source Region, and where it may run: a view over text that is searched in place,
//! so that looking one model up neither parses nor allocates the rest. Choosing is for `resolver`.

pub mod facts;

use crate::model::date::{Date, EndOfLife};
use crate::model::routing::Routing;

const FOUNDATION_MODELS: &str = include_str!("catalog/foundation_models.txt");
const DESTINATIONS: &str = include_str!("catalog/destinations.txt");

/// How the first line of every body of facts begins.
const AS_OF: &str = "# as of ";

/// Where a fact comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Source {
    /// What AWS answered, kept in the cache.
    Live,
    /// What was known when this version was made.
    Bundled,
}

/// One body of facts: blocks of lines, sorted by foundation model ID, and the destination lists that they name.
#[derive(Clone, Copy, Debug)]
struct Layer<'a> {
    models: &'a str,
    destinations: &'a str,
    as_of: Date,
    /// The one source Region that a live layer speaks of.
    region: Option<&'a str>,
}

/// Everything known about models: the bundle, and above it what AWS answered for single Regions.
#[derive(Clone, Debug)]
pub struct Catalog<'a> {
    bundled: Layer<'a>,
    live: Vec<Layer<'a>>,
}

impl Catalog<'static> {
    /// The catalog that the program carries.
    pub fn bundled() -> Self {
        Catalog { bundled: Layer::read(FOUNDATION_MODELS, DESTINATIONS, None), live: Vec::new() }
    }
}

impl<'a> Catalog<'a> {
    /// This foundation model, from the bundle or, where only AWS's own answer has it, from there.
    pub fn foundation_model(&self, id: &str) -> Option<FoundationModel<'a>> {
        self.layers().find_map(|layer| layer.foundation_model(id))
    }

    /// Every foundation model, sorted by ID.
    pub fn foundation_models(&self) -> impl Iterator<Item = FoundationModel<'a>> + use<'a> {
        let mut all: Vec<_> = self.layers().flat_map(Layer::foundation_models).collect();
        if !self.live.is_empty() {
            all.sort_by_key(|model| (model.id, model.source));
            all.dedup_by_key(|model| model.id);
        }
        all.into_iter()
    }

    /// The inference profile of exactly this ID.
    pub fn inference_profile(&self, id: &str) -> Option<InferenceProfile<'a>> {
        let by_model = id.split_once('.').and_then(|(_, model)| {
            let blocks = self.layers().filter_map(|layer| layer.foundation_model(model));
            blocks.flat_map(FoundationModel::inference_profiles).find(|profile| profile.id == id)
        });
        // In the bundle every profile's ID ends in its model's, but AWS does not promise it.
        by_model.or_else(|| {
            let live = self.live.iter().flat_map(|layer| layer.foundation_models());
            live.flat_map(FoundationModel::inference_profiles).find(|profile| profile.id == id)
        })
    }

    /// Everything that calling this model from this Region could mean, living or not, in the order of the bundle.
    pub fn routes(&self, model: &str, region: &str) -> Vec<Candidate<'a>> {
        let mut candidates = Vec::new();
        let live = self.live.iter().find(|layer| layer.region == Some(region));
        if let Some(block) = live.and_then(|layer| layer.foundation_model(model)) {
            block.candidates(region, &mut candidates);
        }
        if let Some(block) = self.bundled.foundation_model(model) {
            let mut bundled = Vec::new();
            block.candidates(region, &mut bundled);
            // AWS's own answer for a Region is the whole truth there: what it lacks cannot be called.
            bundled.retain(|candidate| live.is_none() || !candidate.callable);
            for candidate in bundled {
                if candidates.iter().all(|known| known.id != candidate.id) {
                    candidates.push(candidate);
                }
            }
        }
        candidates
    }

    /// When the facts about this source Region were gathered, and how.
    pub fn as_of(&self, region: &str) -> (Source, Date) {
        match self.live.iter().find(|layer| layer.region == Some(region)) {
            Some(layer) => (Source::Live, layer.as_of),
            None => (Source::Bundled, self.bundled.as_of),
        }
    }

    /// Whether some model ID begins with this publisher.
    pub fn knows_publisher(&self, publisher: &str) -> bool {
        !publisher.is_empty() && self.layers().any(|layer| layer.knows_publisher(publisher))
    }

    fn layers(&self) -> impl Iterator<Item = Layer<'a>> + use<'a, '_> {
        std::iter::once(self.bundled).chain(self.live.iter().copied())
    }
}

impl<'a> Layer<'a> {
    fn read(models: &'a str, destinations: &'a str, region: Option<&'a str>) -> Self {
        let first = models.lines().next().unwrap_or_default();
        let unknown = Date { year: 0, month: 0, day: 0 };
        let as_of = first.strip_prefix(AS_OF).and_then(Date::parse).unwrap_or(unknown);
        Self { models, destinations, as_of, region }
    }

    fn source(self) -> Source {
        if self.region.is_some() { Source::Live } else { Source::Bundled }
    }

    /// The byte at which the block that holds `position` begins.
    fn block_start(self, position: usize) -> usize {
        let bytes = self.models.as_bytes();
        let mut start = position;
        loop {
            start = bytes[..start].iter().rposition(|byte| *byte == b'\n').map_or(0, |newline| newline + 1);
            if start == 0 || bytes.get(start).is_some_and(|byte| *byte != b' ') {
                return start;
            }
            start -= 1;
        }
    }

    /// The byte after the block that begins at `start`.
    fn block_end(self, start: usize) -> usize {
        let bytes = self.models.as_bytes();
        let mut end = start;
        while let Some(newline) = bytes[end..].iter().position(|byte| *byte == b'\n') {
            end += newline + 1;
            if bytes.get(end) != Some(&b' ') {
                return end;
            }
        }
        bytes.len()
    }

    fn block(self, start: usize) -> FoundationModel<'a> {
        let block = &self.models[start..self.block_end(start)];
        let (id, lines) = block.split_once('\n').unwrap_or((block, ""));
        FoundationModel { id, lines, destinations: self.destinations, source: self.source() }
    }

    /// The first block whose ID is not below `id`.
    fn lower_bound(self, id: &str) -> usize {
        let (mut low, mut high) = (0, self.models.len());
        while low < high {
            let start = self.block_start(low.midpoint(high)).max(low);
            let block = self.block(start);
            // A comment stands before every ID.
            if block.id.starts_with('#') || block.id < id {
                low = self.block_end(start);
            } else {
                high = start;
            }
        }
        low
    }

    fn foundation_model(self, id: &str) -> Option<FoundationModel<'a>> {
        let start = self.lower_bound(id);
        (start < self.models.len()).then(|| self.block(start)).filter(|model| model.id == id)
    }

    fn foundation_models(self) -> impl Iterator<Item = FoundationModel<'a>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            (next < self.models.len()).then(|| {
                let start = next;
                next = self.block_end(start);
                self.block(start)
            })
        })
        .filter(|model| !model.id.starts_with('#'))
    }

    fn knows_publisher(self, publisher: &str) -> bool {
        let start = self.lower_bound(publisher);
        start < self.models.len()
            && self.models[start..].strip_prefix(publisher).is_some_and(|rest| rest.starts_with('.'))
    }
}

/// What a provider publishes, as `ListFoundationModels` and AWS's model pages describe it.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/models-supported.html>.
#[derive(Clone, Copy, Debug)]
pub struct FoundationModel<'a> {
    /// `anthropic.claude-sonnet-4-6`
    pub id: &'a str,
    /// Whose word it is.
    pub source: Source,
    lines: &'a str,
    destinations: &'a str,
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
        self.fact("status").unwrap_or("unknown")
    }

    /// When it stops being served.
    pub fn end_of_life(self) -> Option<EndOfLife> {
        let (date, precision) = self.fact("end-of-life")?.split_once(' ')?;
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
                into.push(Candidate {
                    id: profile.id,
                    routing: profile.routing(),
                    destinations: route.destinations,
                    callable: route.callable && profile.status == ProfileStatus::Current,
                    status: profile.status,
                    source: self.source,
                });
            }
        }
        if let Some(here) = self.on_demand_regions().find(|name| *name == region) {
            into.push(Candidate {
                id: self.id,
                routing: Routing::InRegion,
                destinations: Destinations::Regions(here),
                callable: true,
                status: ProfileStatus::Current,
                source: self.source,
            });
        }
    }

    fn words(self, key: &str) -> impl Iterator<Item = &'a str> {
        self.fact(key).unwrap_or_default().split(' ').filter(|word| !word.is_empty())
    }

    fn fact(self, key: &str) -> Option<&'a str> {
        let facts = self.lines.lines().take_while(|line| !line.starts_with("  profile "));
        facts.filter_map(|line| line[2..].split_once(' ')).find(|(name, _)| *name == key).map(|(_, value)| value)
    }
}

/// What a profile's entry in the catalog is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ProfileStatus {
    /// Listed, and its model lives.
    Current,
    /// Still listed by `ListInferenceProfiles`, though its model is past its end of life.
    ModelEnded,
    /// Gone; kept so that old IDs can be explained.
    Retired,
    /// One third-party report only: never chosen.
    Unverified,
}

impl ProfileStatus {
    /// The word in the bundled files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::ModelEnded => "listed_but_model_eol",
            Self::Retired => "retired",
            Self::Unverified => "unverified",
        }
    }

    fn parse(word: &str) -> Option<Self> {
        [Self::Current, Self::ModelEnded, Self::Retired, Self::Unverified]
            .into_iter()
            .find(|status| status.as_str() == word)
    }
}

/// A system-defined inference profile.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-support.html>.
#[derive(Clone, Copy, Debug)]
pub struct InferenceProfile<'a> {
    /// `us.anthropic.claude-sonnet-4-6`
    pub id: &'a str,
    /// What its entry is worth.
    pub status: ProfileStatus,
    /// How its routes came to be known: `captured`, `aws-docs`, `third-party`.
    pub confidence: &'a str,
    /// AWS's name for it.
    pub name: &'a str,
    /// The model that it serves.
    pub model: FoundationModel<'a>,
    routes: &'a str,
}

impl<'a> InferenceProfile<'a> {
    fn read(model: FoundationModel<'a>, head: &'a str, routes: &'a str) -> Option<Self> {
        let mut fields = head.splitn(4, ' ');
        Some(Self {
            id: fields.next()?,
            status: ProfileStatus::parse(fields.next()?)?,
            confidence: fields.next()?,
            name: fields.next()?,
            model,
            routes,
        })
    }

    /// Geographic or global.
    pub fn routing(self) -> Routing {
        if self.id.starts_with("global.") { Routing::Global } else { Routing::Geographic }
    }

    /// Where it can be called, and where such a call may run.
    pub fn routes(self) -> impl Iterator<Item = Route<'a>> {
        self.routes.lines().filter_map(move |line| {
            let (word, rest) = line.trim_start().split_once(' ')?;
            let (list, sources) = rest.split_once(' ').unwrap_or((rest, ""));
            let destinations = Destinations::named(list, self.model.destinations);
            Some(Route { sources, destinations, callable: word == "route" })
        })
    }
}

/// Source Regions that share their destinations.
#[derive(Clone, Copy, Debug)]
pub struct Route<'a> {
    sources: &'a str,
    /// Where a call may run.
    pub destinations: Destinations<'a>,
    /// False: still listed from there, though the model is gone.
    pub callable: bool,
}

impl<'a> Route<'a> {
    /// The Regions from which it goes.
    pub fn sources(self) -> impl Iterator<Item = &'a str> {
        self.sources.split(' ').filter(|source| !source.is_empty())
    }

    fn serves(self, region: &str) -> bool {
        self.sources().any(|source| source == region)
    }
}

/// Where Bedrock may run a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Destinations<'a> {
    /// Nobody has seen the list.
    Unknown,
    /// Any commercial Region.
    AnyCommercial,
    /// These Regions, separated by single spaces.
    Regions(&'a str),
}

impl<'a> Destinations<'a> {
    fn named(name: &str, lists: &'a str) -> Self {
        match name {
            "*" => Self::AnyCommercial,
            "?" => Self::Unknown,
            _ => {
                let mut named = lists.lines().filter_map(|line| line.split_once(' '));
                named.find(|(key, _)| *key == name).map_or(Self::Unknown, |(_, regions)| Self::Regions(regions))
            }
        }
    }

    /// The Regions by name; none where any will do or none is known.
    pub fn regions(self) -> impl Iterator<Item = &'a str> {
        let list = if let Self::Regions(list) = self { list } else { "" };
        list.split(' ').filter(|region| !region.is_empty())
    }
}

/// One way to call a model from a Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// What to call.
    pub id: &'a str,
    /// The kind of routing that calling it means.
    pub routing: Routing,
    /// Where the call may run.
    pub destinations: Destinations<'a>,
    /// Whether the catalog holds that the call works.
    pub callable: bool,
    /// What the entry is worth.
    pub status: ProfileStatus,
    /// Whose word it is.
    pub source: Source,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::region::Region;

    fn model(id: &str) -> FoundationModel<'static> {
        Catalog::bundled().foundation_model(id).unwrap()
    }

    #[test]
    fn every_model_and_profile_is_found_by_its_id() {
        let catalog = Catalog::bundled();
        let all: Vec<_> = catalog.foundation_models().collect();
        assert_eq!(all.len(), 164);
        let mut profiles = 0;
        for model in all {
            assert_eq!(catalog.foundation_model(model.id).unwrap().lines, model.lines);
            for profile in model.inference_profiles() {
                profiles += 1;
                assert!(profile.id.ends_with(&format!(".{}", model.id)));
                assert_eq!(catalog.inference_profile(profile.id).unwrap().model.id, model.id);
                assert!(profile.routes().flat_map(Route::sources).all(|source| Region::named(source).is_some()));
            }
        }
        assert_eq!(profiles, 192);
    }

    #[test]
    fn an_id_that_is_not_there_is_not_found() {
        let catalog = Catalog::bundled();
        for id in
            ["", "#", "# as of 2026-10-27", "a", "zzz.zzz", "anthropic.claude-sonnet-4-", "  provider Anthropic", "\n"]
        {
            assert!(catalog.foundation_model(id).is_none(), "{id}");
            assert!(catalog.inference_profile(id).is_none(), "{id}");
        }
    }

    #[test]
    fn sonnet_4_6_tells_its_facts() {
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
    fn london_has_three_ways_to_sonnet_4_6() {
        let candidates = Catalog::bundled().routes("anthropic.claude-sonnet-4-6", "eu-west-2");
        let ways: Vec<_> = candidates.iter().map(|way| (way.id, way.routing, way.callable)).collect();
        assert_eq!(
            ways,
            [
                ("eu.anthropic.claude-sonnet-4-6", Routing::Geographic, true),
                ("global.anthropic.claude-sonnet-4-6", Routing::Global, true),
                ("anthropic.claude-sonnet-4-6", Routing::InRegion, true),
            ]
        );
        let destinations: Vec<_> = candidates[0].destinations.regions().collect();
        assert_eq!(destinations.len(), 7);
        assert!(destinations.contains(&"eu-west-2"));
        assert_eq!(candidates[1].destinations, Destinations::AnyCommercial);
    }

    #[test]
    fn a_publisher_is_known_by_whole_words_only() {
        let catalog = Catalog::bundled();
        assert!(
            catalog.knows_publisher("anthropic") && catalog.knows_publisher("zai") && catalog.knows_publisher("ai21")
        );
        for word in ["us", "anthro", "", "moonsho", "zzz", "global"] {
            assert!(!catalog.knows_publisher(word), "{word}");
        }
    }
}
