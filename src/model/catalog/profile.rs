//! System-defined inference profiles in the catalog: their status, source Regions and destination Regions.

use super::{CatalogSource, FoundationModel};
use crate::model::routing::Routing;

/// The name of a destination list that stands for any commercial Region.
const ANY_COMMERCIAL: &str = "*";

/// The status of an inference profile in the catalog.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileStatus {
    /// AWS lists the profile, and its model is served.
    Current,
    /// `ListInferenceProfiles` still lists the profile, but its model is past its end of life.
    ModelEnded,
    /// AWS no longer lists the profile. It is kept so that old IDs can be explained.
    Retired,
    /// The only source is a third party. The profile is never chosen.
    Unverified,
}

impl ProfileStatus {
    /// Every status.
    pub const ALL: [Self; 4] = [Self::Current, Self::ModelEnded, Self::Retired, Self::Unverified];

    /// Returns the value in the files of the catalog, such as `current`.
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
    /// The ID, such as `us.anthropic.claude-sonnet-4-6`.
    pub id: &'a str,
    /// The status of the profile in the catalog.
    pub status: ProfileStatus,
    /// The foundation model of the profile.
    pub model: FoundationModel<'a>,
    routes: &'a str,
}

impl<'a> InferenceProfile<'a> {
    pub(super) fn read(model: FoundationModel<'a>, head: &'a str, routes: &'a str) -> Option<Self> {
        // The other two fields, the confidence and AWS's name, are not needed for a lookup.
        let mut fields = head.splitn(3, ' ');
        Some(Self { id: fields.next()?, status: ProfileStatus::parse(fields.next()?)?, model, routes })
    }

    /// Returns the kind of routing: geographic or global.
    pub fn routing(self) -> Routing {
        // The prefix is only a convention of AWS; an ARN without a Region is proof.
        let anywhere = || self.routes().any(|route| route.destination_list == ANY_COMMERCIAL);
        if self.id.starts_with("global.") || anywhere() { Routing::Global } else { Routing::Geographic }
    }

    /// Returns the source Regions of the profile, grouped by their destination Regions.
    pub fn routes(self) -> impl Iterator<Item = ProfileRoute<'a>> {
        self.routes.lines().filter_map(move |line| {
            let (word, rest) = line.trim_start().split_once(' ')?;
            let (destination_list, sources) = rest.split_once(' ').unwrap_or((rest, ""));
            let destination_lists = self.model.destinations;
            Some(ProfileRoute { sources, destination_list, destination_lists, invocable: word == "route" })
        })
    }
}

/// The source Regions of a profile that share their destination Regions.
#[derive(Clone, Copy, Debug)]
pub struct ProfileRoute<'a> {
    sources: &'a str,
    /// The name of one of the lists.
    destination_list: &'a str,
    destination_lists: &'a str,
    /// Whether the profile can be invoked from these source Regions; false if it is listed but its model is retired.
    pub invocable: bool,
}

impl<'a> ProfileRoute<'a> {
    /// Returns the source Regions.
    pub fn sources(self) -> impl Iterator<Item = &'a str> {
        self.sources.split(' ').filter(|source| !source.is_empty())
    }

    /// Returns the Regions where Bedrock may run a request.
    pub fn destinations(self) -> DestinationList<'a> {
        DestinationList::named(self.destination_list, self.destination_lists)
    }

    pub(super) fn serves(self, region: &str) -> bool {
        self.sources().any(|source| source == region)
    }
}

/// The Regions where Bedrock may run a request, as the catalog lists them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum DestinationList<'a> {
    /// The Regions are not known.
    Unknown,
    /// Any commercial Region.
    AnyCommercial,
    /// These Regions, separated by single spaces.
    Regions(&'a str),
}

impl<'a> DestinationList<'a> {
    fn named(name: &str, lists: &'a str) -> Self {
        match name {
            ANY_COMMERCIAL => Self::AnyCommercial,
            "?" => Self::Unknown,
            _ => {
                let mut named = lists.lines().filter_map(|line| line.split_once(' '));
                named.find(|(key, _)| *key == name).map_or(Self::Unknown, |(_, regions)| Self::Regions(regions))
            }
        }
    }

    /// Returns the names of the Regions; none for [`Self::AnyCommercial`] and [`Self::Unknown`].
    pub fn regions(self) -> impl Iterator<Item = &'a str> {
        let list = if let Self::Regions(list) = self { list } else { "" };
        list.split(' ').filter(|region| !region.is_empty())
    }
}

/// One way to invoke a model from a source Region.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Candidate<'a> {
    /// The model ID or inference profile ID to invoke.
    pub id: &'a str,
    /// The kind of routing that the ID implies.
    pub routing: Routing,
    /// The Regions where Bedrock may run the request.
    pub destinations: DestinationList<'a>,
    /// Whether the ID can be invoked, according to the catalog.
    pub invocable: bool,
    /// The status of the profile; [`ProfileStatus::Current`] for a plain model ID.
    pub status: ProfileStatus,
    /// The source of the facts.
    pub source: CatalogSource,
}
