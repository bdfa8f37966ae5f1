//! The source Regions that a command line names, and the resolution of a model from each of them.

use crate::config::{self, Origin};
use crate::distinct::distinct;
use crate::error::Error;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Resolution, ResolveError, ResolveRequest};
use bedrock_ask::model::resolver::CatalogIndex;

/// The source Regions of a run or of an entry in a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SourceRegions {
    /// The one source Region of the settings, if there is one.
    Settings,
    /// Several Regions, in the order in which they were given.
    Listed(Vec<Region>),
    /// Every Region that has the model.
    All,
}

/// A model resolved from one source Region.
#[derive(Clone, Debug)]
pub struct RegionalResolution {
    /// The source Region; `None` if none is set, or if no Region at all has the model.
    pub region: Option<Region>,
    /// The resolution, or why there is none.
    pub result: Result<Resolution, ResolveError>,
}

impl SourceRegions {
    /// Reads the values of `--region`. A Region that is repeated counts once, and a single Region belongs to the settings.
    ///
    /// # Errors
    /// If one is not a Region, or `all` is combined with another.
    pub fn from_flags(names: &[String]) -> Result<Self, Error> {
        let names = distinct(names);
        match names[..] {
            [one] if one == "all" => Ok(Self::All),
            [] | [_] => Ok(Self::Settings),
            _ if names.iter().any(|name| *name == "all") => {
                Err(Error::usage("`--region all` cannot be combined with other Regions"))
            }
            _ => names
                .iter()
                .map(|name| config::region(name, &Origin::Flag("--region")))
                .collect::<Result<_, _>>()
                .map(Self::Listed),
        }
    }

    /// Returns the Regions that were named, if several were.
    pub fn listed(&self) -> &[Region] {
        if let Self::Listed(regions) = self { regions } else { &[] }
    }

    /// Resolves a model from each of these Regions: for [`Self::All`] from each Region that has the model, or one error
    /// if none has.
    pub fn resolve(
        &self,
        model: &str,
        request: &ResolveRequest<'_>,
        index: &CatalogIndex<'_>,
    ) -> Vec<RegionalResolution> {
        match self {
            Self::Settings => {
                vec![RegionalResolution { region: request.source_region, result: index.resolve(model, request) }]
            }
            Self::Listed(regions) => {
                let from = |region: &Region| {
                    let request = ResolveRequest { source_region: Some(*region), region_by_flag: true, ..*request };
                    RegionalResolution { region: Some(*region), result: index.resolve(model, &request) }
                };
                regions.iter().map(from).collect()
            }
            Self::All => match index.resolve_everywhere(model, request) {
                Ok(found) => {
                    let regional = |resolution: Resolution| RegionalResolution {
                        region: resolution.source_region,
                        result: Ok(resolution),
                    };
                    found.into_iter().map(regional).collect()
                }
                Err(error) => vec![RegionalResolution { region: None, result: Err(error) }],
            },
        }
    }
}
