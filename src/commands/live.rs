//! Lists what AWS has in source Regions, several at once, and puts the live catalogs over the built-in one.

use std::time::Duration;

use crate::aws::{Aws, Bedrock};
use crate::commands::concurrency::{self, Next};
use crate::commands::explanation::explain_without_resolution;
use crate::context::{Context, SourceRegions, live_catalogs};
use crate::error::Error;
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::failure::{Failure, Stage};
use bedrock_ask::model::listing::Listing;
use bedrock_ask::model::region::Region;

/// Concurrency limit for listing Regions.
const CONCURRENCY: usize = 32;

/// The limit for each call if the user sets none.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// The models and inference profiles of one source Region.
pub struct RegionListing {
    pub region: Region,
    /// The listing, or why it could not be read.
    pub listing: Result<Listing, Error>,
    /// Whether the account has not opted in to the Region, as far as the failure shows.
    pub is_not_enabled: bool,
}

/// Lists the models and inference profiles of these Regions, in their order. One that fails does not stop the others.
///
/// # Errors
/// If no Region can be listed at all: the API key or an endpoint is not valid.
pub async fn list_regions(
    session: &Session,
    regions: &[Region],
    output: &mut Output,
) -> Result<Vec<RegionListing>, Error> {
    let Some(first) = regions.first() else { return Ok(Vec::new()) };
    let aws = session.connect_with_limit(*first, TIME_LIMIT, output).await?;
    let listed = list_all(&aws, regions, output).await?;
    let explained = regions.iter().zip(listed).map(|(region, listing)| {
        let explain =
            |failure: Box<Failure>| explain_without_resolution(&failure, None, *region, &session.context).into();
        let is_not_enabled = listing.as_ref().is_err_and(|failure| is_not_enabled(*region, failure));
        RegionListing { region: *region, listing: listing.map_err(explain), is_not_enabled }
    });
    Ok(explained.collect())
}

/// Whether a failure is that of a Region to which the account has not opted in: it knows no credentials of the account,
/// or cannot be reached.
fn is_not_enabled(region: Region, failure: &Failure) -> bool {
    let is_refused = matches!(
        failure.code.as_deref(),
        Some(
            "UnrecognizedClientException" | "InvalidClientTokenId" | "InvalidClientTokenIdException" | "OptInRequired"
        )
    );
    let is_out_of_reach = matches!(failure.stage, Stage::Connection | Stage::Timeout);
    region.is_opt_in() && (is_refused || is_out_of_reach)
}

/// Returns the context with the live catalogs of its source Regions, as AWS lists them now. If a Region cannot be
/// listed, a warning says so, and its cached catalog stays in use.
///
/// # Errors
/// As for [`list_regions`].
pub async fn refresh(session: Session, output: &mut Output) -> Result<Context, Error> {
    let catalog = catalog(&session, output).await?;
    Ok(session.context.with_catalog(catalog))
}

/// Returns the catalog that [`refresh`] puts into the context.
///
/// # Errors
/// As for [`list_regions`].
pub async fn catalog(session: &Session, output: &mut Output) -> Result<Catalog, Error> {
    let regions = match session.context.source_regions() {
        SourceRegions::Settings => session.context.settings.region.value.into_iter().collect(),
        SourceRegions::Listed(regions) => regions.clone(),
        SourceRegions::All => session.context.regions_of_partition(),
    };
    let mut catalog: Catalog = session.context.catalog.clone();
    for RegionListing { region, listing, .. } in list_regions(session, &regions, output).await? {
        match listing {
            Ok(listing) => catalog = catalog.with_live(live_catalogs::store(&listing, &session.context, output)),
            Err(error) => {
                let what = format!("what AWS lists in {region} cannot be read: {}", error.message.summary);
                output.warning(&format!("{what}; going by what was known"));
                error.message.details().for_each(|detail| output.debug(detail));
            }
        }
    }
    Ok(catalog)
}

async fn list_all(
    aws: &Aws,
    regions: &[Region],
    output: &mut Output,
) -> Result<Vec<Result<Listing, Box<Failure>>>, Error> {
    let clients = regions.iter().map(|region| aws.in_region(*region).bedrock());
    let clients = clients.collect::<Result<Vec<_>, _>>()?;
    let mut progress = output.progress("asking AWS", regions.len());
    let listings = concurrency::run(clients.iter().map(Bedrock::list), CONCURRENCY, |_| {
        progress.step();
        Next::Continue
    });
    Ok(listings.await)
}
