//! Lists what AWS has in source Regions, several at once, and puts the live catalogs over the built-in one.

use std::time::Duration;

use crate::aws::Bedrock;
use crate::commands::concurrency::{self, Next};
use crate::commands::explanation::explain_without_resolution;
use crate::context::{Context, LiveCatalogs, SourceRegions, live_catalogs};
use crate::error::Error;
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::message::Message;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::failure::{Failure, Stage};
use bedrock_ask::model::listing::Listing;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::ResolveError;

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
    let clients = regions.iter().map(|region| aws.in_region(*region).bedrock());
    let clients = clients.collect::<Result<Vec<_>, _>>()?;
    let mut progress = output.progress("asking AWS", regions.len());
    let listed = concurrency::run(clients.iter().map(Bedrock::list), CONCURRENCY, |_| {
        progress.step();
        Next::Continue
    });
    let listed = listed.await;
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

/// Returns the context with the live catalogs of these Regions, as AWS lists them now.
///
/// # Errors
/// If there is no source Region, or AWS does not list one: `--live` is never answered from an older catalog. With
/// `--region all`, a Region to which the account has not opted in is no failure if another one could be read; a warning
/// names it.
pub async fn refresh(session: Session, live: &LiveCatalogs, output: &mut Output) -> Result<Context, Error> {
    let catalog = catalog(&session, live, output).await?;
    Ok(session.context.with_catalog(catalog))
}

/// Returns the catalog that [`refresh`] puts into the context.
pub async fn catalog(session: &Session, live: &LiveCatalogs, output: &mut Output) -> Result<Catalog, Error> {
    let context = &session.context;
    let all = *context.source_regions() == SourceRegions::All;
    let regions = if all { context.regions_of_partition() } else { live.regions(context).into_iter().collect() };
    if regions.is_empty() {
        return Err(ResolveError::no_source_region().into());
    }
    let listed = list_regions(session, &regions, output).await?;
    let skips = all && listed.iter().any(|one| one.listing.is_ok());
    let mut catalog: Catalog = context.catalog.clone();
    let (mut skipped, mut failure) = (Vec::new(), None);
    for RegionListing { region, listing, is_not_enabled } in listed {
        match listing {
            Ok(listing) => catalog = catalog.with_live(live_catalogs::store(&listing, context, output)),
            Err(_) if skips && is_not_enabled => skipped.push(region.name),
            Err(error) => failure = failure.or(Some(unlisted(region, error))),
        }
    }
    if let Some(error) = failure {
        return Err(error);
    }
    if !skipped.is_empty() {
        let names = skipped.join(", ");
        output.warning(&format!(
            "not listed by AWS, because the account may not have opted in to them: {names}; an older catalog is used there"
        ));
    }
    Ok(catalog)
}

/// Returns the error for a Region that AWS does not list, with the exit code of the failure.
fn unlisted(region: Region, error: Error) -> Error {
    let summary = format!("cannot list the models in {region}: {}", error.message.summary);
    let message = Message { summary, ..error.message };
    Error { message, ..error }.hint("without `--live`, the latest catalog that is known is used")
}
