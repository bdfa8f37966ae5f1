//! What a run knows beyond the bundle: the live catalogs of its source Regions, from the cache or, where `--live` asks
//! for it, from AWS. A cache or an AWS that fails never fails the run.

use std::collections::BTreeSet;

use crate::cache::CacheError;
use crate::commands::context::Context;
use crate::commands::discovery::{Discovery, discover};
use crate::commands::resolve::Regions;
use crate::error::Error;
use crate::model::catalog::{Catalog, live};
use crate::model::id::{Reference, SpelledRegion, Target};
use crate::model::listing::Listing;
use crate::model::region::Region;
use crate::output::Output;

/// The texts of live layers.
#[derive(Clone, Debug, Default)]
pub struct Knowledge {
    live: Vec<String>,
    stale: Vec<String>,
}

impl Knowledge {
    /// What is known of these models and Regions: from AWS where it is asked first, else from the cache.
    ///
    /// # Errors
    /// Where AWS is to be asked, but the API key in the environment is none or an endpoint is refused.
    pub fn gather(
        models: &[String],
        live: bool,
        regions: &Regions,
        context: &Context<'_>,
        output: &mut Output,
    ) -> Result<Self, Error> {
        let mut knowledge = Self::cached(regions, models, context, output);
        if live {
            knowledge.ask_aws(regions, context, output)?;
        }
        Ok(knowledge)
    }

    /// Looks into the cache for the Regions that a command speaks of: those of `--region`, or the settings', and the one
    /// that stands in the model's own spelling.
    fn cached(regions: &Regions, models: &[String], context: &Context<'_>, output: &mut Output) -> Self {
        let mut knowledge = Self::default();
        if context.settings.catalog_ttl.value.is_zero() {
            return knowledge;
        }
        match regions {
            Regions::Settled => {
                let written = |model: &String| context.request.aliases.get(model).unwrap_or(model).clone();
                let mentioned = models.iter().filter_map(|model| mentioned_region(&written(model)));
                let regions: BTreeSet<_> = context.request.source_region.into_iter().chain(mentioned).collect();
                knowledge.add_kept(regions.into_iter(), context, output);
            }
            Regions::Named(regions) => knowledge.add_kept(regions.iter().copied(), context, output),
            Regions::All => {
                let kept = context.cache.regions();
                knowledge.add_kept(kept.iter().filter_map(|name| Region::named(name)), context, output);
            }
        }
        knowledge
    }

    /// Asks AWS about these Regions and keeps its answers; where it gives none, what the cache has stands.
    ///
    /// # Errors
    /// Where the API key in the environment is none, or an endpoint is refused: that is not for AWS to mend.
    fn ask_aws(&mut self, regions: &Regions, context: &Context<'_>, output: &mut Output) -> Result<(), Error> {
        let all: Vec<_>;
        let regions = match regions {
            Regions::Settled => context.request.source_region.as_slice(),
            Regions::Named(regions) => regions,
            Regions::All => {
                all = regions_of_partition(context.request.source_region);
                &all
            }
        };
        for Discovery { region, listing } in discover(regions, context, output)? {
            match listing {
                Ok(listing) => {
                    let text = keep(&listing, context, output);
                    self.live.retain(|known| live::region(known) != Some(region.name));
                    self.live.push(text);
                }
                Err(error) => {
                    let what = format!("what AWS lists in {region} cannot be read: {}", error.what);
                    output.warning(&format!("{what}; going by what was known"));
                    error.causes.iter().for_each(|cause| output.debug(cause));
                }
            }
        }
        Ok(())
    }

    /// The bundle with all this above it.
    pub fn catalog(&self) -> Catalog<'_> {
        let catalog = self.live.iter().fold(Catalog::bundled(), |catalog, text| catalog.with_live(text));
        self.stale.iter().fold(catalog, |catalog, text| catalog.with_stale(text))
    }

    fn add_kept(&mut self, regions: impl Iterator<Item = Region>, context: &Context<'_>, output: &mut Output) {
        let mut warned = false;
        for region in regions {
            match context.cache.catalog(region.name) {
                Ok(Some(kept)) if kept.is_fresh(context.now, context.settings.catalog_ttl.value) => {
                    self.live.push(kept.text);
                }
                Ok(Some(kept)) => self.stale.push(kept.text),
                Ok(None) => {}
                Err(error) => {
                    if !warned {
                        report(&error, output);
                    }
                    warned = true;
                }
            }
        }
    }
}

/// Every Region that has Bedrock and takes the credentials of this one: they end at the partition's border.
pub fn regions_of_partition(region: Option<Region>) -> Vec<Region> {
    let partition = region.map_or("aws", |region| region.partition);
    Region::all().filter(|other| other.has_endpoint && other.partition == partition).collect()
}

/// Writes what AWS listed into the cache, and gives the text of the live layer.
pub fn keep(listing: &Listing, context: &Context<'_>, output: &mut Output) -> String {
    let text = live::text(listing, context.request.today);
    if let Err(error) = context.cache.store_catalog(&listing.region, &text, context.now) {
        report(&error, output);
    }
    text
}

/// Says what is wrong with the cache: aloud where the user can do something about it.
pub fn report(error: &CacheError, output: &mut Output) {
    if error.is_warning {
        output.warning(&format!("{error}; `bedrock-ask catalog refresh` replaces it"));
    } else {
        output.debug(&error.to_string());
    }
}

/// The Region inside a model's spelling or ARN.
fn mentioned_region(model: &str) -> Option<Region> {
    let reference = Reference::parse(model).ok()?;
    match (reference.region, reference.target) {
        (Some(SpelledRegion::Path(name) | SpelledRegion::Label(name)), _) => Region::named(name),
        (None, Target::Arn(arn)) => Region::named(arn.region),
        _ => None,
    }
}
