//! The cached live catalogs that a command needs. A cache that cannot be read never fails a run.

use std::collections::BTreeSet;

use super::{Context, SourceRegions};
use crate::cache::{CacheError, CachedCatalog};
use crate::output::Output;
use bedrock_ask::model::catalog::{Catalog, live};
use bedrock_ask::model::id::{self, Reference, Target};
use bedrock_ask::model::listing::Listing;
use bedrock_ask::model::region::Region;

/// Which live catalogs a command needs.
#[derive(Clone, Debug)]
pub enum LiveCatalogs {
    /// None: the command reads the cache itself.
    None,
    /// Those of the source Regions, and of the Regions that these models name in their spelling.
    OfSourceRegions(Vec<String>),
    /// Those of the source Regions, and of the Region that the configured model names in its spelling.
    OfConfiguredModel,
    /// Those of every Region.
    OfEveryRegion,
}

impl LiveCatalogs {
    /// Returns the context's catalog with these live catalogs over it.
    pub(super) fn load(&self, context: &Context, output: &mut Output) -> Catalog {
        let mut has_warned = false;
        // What AWS listed is better than an older catalog, whatever its age.
        let mut cached_catalogs: Vec<CachedCatalog> = Vec::new();
        for region in self.regions(context) {
            match context.cache.catalog(region.name) {
                Ok(cached) => cached_catalogs.extend(cached),
                Err(error) if has_warned => output.debug(&error.to_string()),
                Err(error) => {
                    report(&error, output);
                    has_warned = true;
                }
            }
        }
        cached_catalogs.into_iter().fold(context.catalog.clone(), |catalog, cached| catalog.with_live(cached.text))
    }

    /// Returns the Regions of these live catalogs; if they are those of every Region, the Regions in the cache.
    pub fn regions(&self, context: &Context) -> BTreeSet<Region> {
        let models = match self {
            Self::None => return BTreeSet::new(),
            Self::OfSourceRegions(models) => &models[..],
            Self::OfConfiguredModel => context.settings.model.value.as_slice(),
            Self::OfEveryRegion => return cached_regions(context),
        };
        match context.source_regions() {
            SourceRegions::Settings => {
                let target = |model: &String| context.aliases.get(model).unwrap_or(model).clone();
                let spelled = models.iter().filter_map(|model| spelled_region(&target(model)));
                context.settings.region.value.into_iter().chain(spelled).collect()
            }
            SourceRegions::Listed(regions) => regions.iter().copied().collect(),
            SourceRegions::All => cached_regions(context),
        }
    }
}

/// Returns the Regions of which the cache has a live catalog.
fn cached_regions(context: &Context) -> BTreeSet<Region> {
    context.cache.regions().iter().filter_map(|name| Region::from_name(name)).collect()
}

/// Writes what AWS listed to the cache, and returns the text of the live catalog.
pub fn store(listing: &Listing, context: &Context, output: &mut Output) -> String {
    let text = live::text(listing, context.today);
    if let Err(error) = context.cache.store_catalog(&listing.region, &text, context.now) {
        report(&error, output);
    }
    text
}

/// Reports an error of the cache: as a warning if the user can fix it.
pub fn report(error: &CacheError, output: &mut Output) {
    if error.is_damaged {
        output.warning(&format!("{error}; `bedrock-ask catalog refresh` replaces it"));
    } else {
        output.debug(&error.to_string());
    }
}

/// Returns the Region inside the spelling of a model, or of its ARN.
fn spelled_region(model: &str) -> Option<Region> {
    let model = id::unescaped(model);
    let reference = Reference::parse(&model).ok()?;
    match (reference.region, reference.target) {
        (Some(spelled), _) => spelled.region(),
        (None, Target::Arn(arn)) => Region::from_name(arn.region),
        _ => None,
    }
}
