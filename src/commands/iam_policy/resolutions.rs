//! What `iam-policy` is asked for: models from source Regions, and the sources of application inference profiles.

use crate::commands::resolve::Regions;
use crate::error::{Error, ExitCode};
use crate::model::catalog::Catalog;
use crate::model::region::Region;
use crate::model::resolution::{Resolution, ResolveRequest, Rule};
use crate::model::resolver;
use crate::model::routing::{Routing, RoutingOrder};

/// What `--copied-from` names: an inference profile as it is, or a foundation model in the Region itself.
///
/// # Errors
/// Where it does not resolve, or a foundation model has no in-Region routing.
pub fn source_of_copy(text: &str, request: &ResolveRequest<'_>, catalog: &Catalog<'_>) -> Result<Resolution, Error> {
    let any = RoutingOrder::default();
    let resolution = resolver::resolve(text, &ResolveRequest { routing: &any, repair: false, ..*request }, catalog)?;
    let meant = request.aliases.get(text).map_or(text, String::as_str);
    if resolution.routing == Some(Routing::InRegion) || meant.ends_with(&resolution.id) {
        return Ok(resolution);
    }
    // A profile that is copied from a plain model keeps to the Region, whatever the model's profiles do.
    let in_region = RoutingOrder::new([Routing::InRegion]).map_err(|error| Error::usage(error.to_string()))?;
    let plain = resolver::resolve(text, &ResolveRequest { routing: &in_region, repair: false, ..*request }, catalog);
    plain.map_err(|_| {
        let what = format!("no inference profile is copied from `{text}` itself: it has no in-Region routing there");
        Error::new(ExitCode::NotResolved, what).hint(format!("--copied-from {}", resolution.id))
    })
}

/// Resolves models for every source Region that was asked for.
pub struct Resolver<'r> {
    /// What can be called.
    pub catalog: &'r Catalog<'r>,
    /// What the user allows.
    pub request: ResolveRequest<'r>,
    /// The source Regions.
    pub regions: &'r Regions,
}

impl Resolver<'_> {
    /// Every model from every source Region.
    ///
    /// # Errors
    /// The first that does not resolve.
    pub fn all(&self, models: &[String]) -> Result<Vec<Resolution>, Error> {
        let mut all = Vec::new();
        for model in models {
            match self.regions {
                Regions::Settled => all.push(resolver::resolve(model, &self.request, self.catalog)?),
                Regions::Named(regions) => {
                    for region in regions {
                        all.push(self.from(*region, true, model)?);
                    }
                }
                Regions::All => all.extend(self.everywhere(model)?),
            }
        }
        Ok(all)
    }

    fn from(&self, region: Region, by_flag: bool, model: &str) -> Result<Resolution, Error> {
        let request = ResolveRequest { source_region: Some(region), region_by_flag: by_flag, ..self.request };
        Ok(resolver::resolve(model, &request, self.catalog)?)
    }

    /// From every Region that has the model; an error only where none has.
    fn everywhere(&self, model: &str) -> Result<Vec<Resolution>, Error> {
        let mut found = Vec::new();
        let mut first_failure = None;
        for region in Region::all().filter(|region| region.has_endpoint) {
            match self.from(region, false, model) {
                Ok(resolution) if resolution.rule != Rule::Predicted && resolution.source_region == Some(region) => {
                    found.push(resolution);
                }
                Ok(_) => {}
                Err(error) => {
                    first_failure.get_or_insert(error);
                }
            }
        }
        let unknown = || Error::new(ExitCode::NotResolved, format!("no Region is known to have `{model}`"));
        if found.is_empty() { Err(first_failure.unwrap_or_else(unknown)) } else { Ok(found) }
    }
}
