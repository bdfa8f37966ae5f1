//! Inference profiles as the catalog has them: what an entry is worth, where it can be called, where a call may run.

use super::{CatalogSource, FoundationModel};
use crate::model::routing::Routing;

/// What a profile's entry in the catalog is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
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
    /// Every one of them.
    pub const ALL: [Self; 4] = [Self::Current, Self::ModelEnded, Self::Retired, Self::Unverified];

    /// The word in the built-in files.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Current => "current",
            Self::ModelEnded => "listed_but_model_eol",
            Self::Retired => "retired",
            Self::Unverified => "unverified",
        }
    }

    pub(super) fn parse(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == word)
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
    /// The model that it serves.
    pub model: FoundationModel<'a>,
    routes: &'a str,
}

impl<'a> InferenceProfile<'a> {
    pub(super) fn read(model: FoundationModel<'a>, head: &'a str, routes: &'a str) -> Option<Self> {
        // What follows, whose word it is and AWS's name, only a reader of the file needs.
        let mut fields = head.splitn(3, ' ');
        Some(Self { id: fields.next()?, status: ProfileStatus::parse(fields.next()?)?, model, routes })
    }

    /// Geographic or global.
    pub fn routing(self) -> Routing {
        // The prefix is AWS's habit, the missing Region its word.
        let anywhere = || self.routes().any(|route| route.destinations == DestinationList::AnyCommercial);
        if self.id.starts_with("global.") || anywhere() { Routing::Global } else { Routing::Geographic }
    }

    /// Where it can be called, and where such a call may run.
    pub fn routes(self) -> impl Iterator<Item = ProfileRoute<'a>> {
        self.routes.lines().filter_map(move |line| {
            let (word, rest) = line.trim_start().split_once(' ')?;
            let (list, sources) = rest.split_once(' ').unwrap_or((rest, ""));
            let destinations = DestinationList::named(list, self.model.destinations);
            Some(ProfileRoute { sources, destinations, invocable: word == "route" })
        })
    }
}

/// Source Regions that share their destinations.
#[derive(Clone, Copy, Debug)]
pub struct ProfileRoute<'a> {
    sources: &'a str,
    /// Where a call may run.
    pub destinations: DestinationList<'a>,
    /// False: still listed from there, though the model is gone.
    pub invocable: bool,
}

impl<'a> ProfileRoute<'a> {
    /// The Regions from which it goes.
    pub fn sources(self) -> impl Iterator<Item = &'a str> {
        self.sources.split(' ').filter(|source| !source.is_empty())
    }

    pub(super) fn serves(self, region: &str) -> bool {
        self.sources().any(|source| source == region)
    }
}

/// Where Bedrock may run a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DestinationList<'a> {
    /// Nobody has seen the list.
    Unknown,
    /// Any commercial Region.
    AnyCommercial,
    /// These Regions, separated by single spaces.
    Regions(&'a str),
}

impl<'a> DestinationList<'a> {
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
    pub destinations: DestinationList<'a>,
    /// Whether the catalog holds that the call works.
    pub invocable: bool,
    /// What the entry is worth.
    pub status: ProfileStatus,
    /// Whose word it is.
    pub source: CatalogSource,
}
