//! `bedrock-ask catalog`: where the facts about each source Region come from; refreshes, compares and clears them.

mod built_in;
mod comparison;
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cache::{self, CachedCatalog};
use crate::commands::live::{RegionListing, list_regions};
use crate::commands::resolve::source_word;
use crate::commands::table::{self, Column};
use crate::commands::{
    ALLOW_HTTP, CommandArgs, ENDPOINT_URL, FORMAT, NO_REPAIR, OnlineCommand, PROFILE, REGION, REPAIR, ROUTING, STRICT,
    TIMEOUT,
};
use crate::config::value::Format;
use crate::context::{Context, LiveCatalogs, SourceRegions, catalog_file, live_catalogs};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::message::Message;
use bedrock_ask::model::catalog::{self as model, CatalogSource};
use bedrock_ask::model::date::Date;
use bedrock_ask::model::listing::Listing;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::ResolveError;
use bedrock_ask::model::routing::Routing;

/// Show where the facts about each Region come from, refresh them from AWS, compare, clear
#[derive(Clone, Debug, Default, Args)]
#[command(after_long_help = FORMS)]
pub struct CatalogArgs {
    #[command(subcommand)]
    action: Option<CatalogCommand>,
}

#[derive(Clone, Debug, Subcommand)]
enum CatalogCommand {
    /// Read from AWS what can be called from the source Region, or from those of `--region`, and keep it
    Refresh {
        /// Merge what AWS lists into the built-in files of this folder, too
        #[arg(long, hide = true, value_name = "FOLDER")]
        built_in: Option<PathBuf>,
        /// The day of these lists, if they do not come from AWS itself; what is newer is left as it is
        #[arg(long, hide = true, value_name = "DATE", requires = "built_in", value_parser = date)]
        as_of: Option<Date>,
    },
    /// Show what the live catalog has and the built-in catalog lacks, and the reverse
    Diff,
    /// Write the catalog in use, without what AWS listed since, as one file for `catalog.path`
    Export {
        /// The file; `-` is stdout
        #[arg(value_name = "FILE")]
        file: PathBuf,
    },
    /// Remove what is kept, of every account and AWS profile; with `--region` of that Region alone
    Clear,
}

const FORMS: &str = "\
Without a word after it, `catalog` shows every Region: its name; `built-in`, `catalog file` with its path (`catalog.path` in
the config file), `live`, or `expired` if what AWS listed is older than `catalog.ttl` (it is used all the same); the date; how many models can be called from there, through how many
system-defined inference profiles and how many on demand; how many application inference profiles are known.
On a terminal that is a table, into a pipe lines of tabs, with `--format json` one object a line.";

const COLUMNS: [Column; 7] = [
    Column::new("REGION", false, 7),
    Column::new("SOURCE", false, 6),
    Column::new("AS OF", false, 5),
    Column::new("MODELS", true, 4),
    Column::new("PROFILES", true, 3),
    Column::new("ON DEMAND", true, 2),
    Column::new("APPLICATION", true, 1),
];

impl CommandArgs for CatalogArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        let mut unused = vec![ROUTING, STRICT, REPAIR, NO_REPAIR];
        if !matches!(self.action, Some(CatalogCommand::Refresh { .. })) {
            unused.extend([ALLOW_HTTP, TIMEOUT]);
        }
        match self.action {
            Some(CatalogCommand::Export { .. }) => unused.extend([REGION, PROFILE, ENDPOINT_URL, FORMAT]),
            // It removes what is kept for every AWS profile and endpoint.
            Some(CatalogCommand::Clear) => unused.extend([PROFILE, ENDPOINT_URL]),
            _ => {}
        }
        unused
    }

    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::None
    }
}

impl OnlineCommand for CatalogArgs {
    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        match self.action {
            None => show(context, output),
            Some(CatalogCommand::Refresh { built_in, as_of }) => {
                let built_in = built_in.as_deref().map(|folder| (folder, as_of.unwrap_or(context.today)));
                refresh(session, &regions_to_refresh(context)?, built_in, output).await
            }
            Some(CatalogCommand::Diff) => comparison::show(context, &cached_regions(context), output),
            Some(CatalogCommand::Export { file }) => catalog_file::export(&context.catalog, &file, output),
            Some(CatalogCommand::Clear) => clear(context, output),
        }
    }
}

fn date(text: &str) -> Result<Date, String> {
    Date::parse(text).filter(|date| date.day > 0).ok_or_else(|| "a date is written as 2026-11-20".to_owned())
}

/// Returns the Regions to refresh: those of `--region`, or that of the settings.
fn regions_to_refresh(context: &Context) -> Result<Vec<Region>, Error> {
    match context.source_regions() {
        SourceRegions::Settings => context.settings.region.value.map(|region| vec![region]).ok_or_else(|| {
            let all = "or refresh all: `bedrock-ask catalog refresh --region all`";
            Error::from(ResolveError::no_source_region()).hint(all)
        }),
        SourceRegions::Listed(regions) => Ok(regions.clone()),
        SourceRegions::All => Ok(context.regions_of_partition()),
    }
}

/// Returns the Regions with a live catalog in the cache, limited to those of `--region`.
fn cached_regions(context: &Context) -> Vec<Region> {
    let mut cached: Vec<_> = context.cache.regions().iter().filter_map(|name| Region::from_name(name)).collect();
    cached.retain(|region| is_selected(*region, context));
    cached
}

/// Whether a Region is one of `--region`; without the flag every Region is.
fn is_selected(region: Region, context: &Context) -> bool {
    match context.source_regions() {
        SourceRegions::Settings if context.region_is_flag() => context.settings.region.value == Some(region),
        SourceRegions::Settings | SourceRegions::All => true,
        SourceRegions::Listed(regions) => regions.contains(&region),
    }
}

/// Returns the live catalog of a Region in the cache, and reports one that cannot be read.
fn cached(region: Region, context: &Context, output: &mut Output) -> Option<CachedCatalog> {
    context.cache.catalog(region.name).unwrap_or_else(|error| {
        live_catalogs::report(&error, output);
        None
    })
}

fn show(context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
    let time_to_live = context.settings.catalog_ttl.value;
    let mut rows = Vec::new();
    for region in Region::all().filter(|region| region.has_endpoint && is_selected(*region, context)) {
        let cached = cached(region, context, output);
        let is_fresh = cached.as_ref().is_some_and(|cached| cached.is_fresh(context.now, time_to_live));
        let is_expired = cached.is_some() && !is_fresh;
        let catalog = match cached {
            Some(cached) => context.catalog.clone().with_live(cached.text),
            None => context.catalog.clone(),
        };
        let (source, date) = catalog.as_of(region.name);
        let word = if source == CatalogSource::Live && is_expired { "expired" } else { source_word(source) };
        let file = catalog.file().filter(|_| source == CatalogSource::File);
        let [models, profiles, on_demand, applications] = counts(&catalog, region);
        if output.format() == Format::Json {
            output.json(&json!({
                "region": region.name,
                "source": word,
                "file": file.map(|name| &**name),
                "asOf": date.to_string(),
                "modelCount": models,
                "inferenceProfileCount": profiles,
                "onDemandCount": on_demand,
                "applicationInferenceProfileCount": applications,
            }))?;
            continue;
        }
        let numbers = [models, profiles, on_demand, applications].map(|count| count.to_string());
        let word = match file {
            Some(file) => format!("catalog file {file}"),
            None => word.to_owned(),
        };
        rows.push([vec![region.name.to_owned(), word, date.to_string()], numbers.to_vec()].concat());
    }
    table::print(&COLUMNS, &rows, output)?;
    Ok(ExitCode::Success)
}

/// Returns the numbers of models, of models with a system-defined profile, of models on demand, and of application
/// profiles.
pub(super) fn counts(catalog: &model::Catalog, region: Region) -> [usize; 4] {
    let [mut models, mut profiles, mut on_demand] = [0; 3];
    for model in catalog.foundation_models() {
        let routes: Vec<_> =
            catalog.routes(model.id, region.name).into_iter().filter(|candidate| candidate.invocable).collect();
        let plain = routes.iter().filter(|candidate| candidate.routing == Routing::InRegion).count();
        models += usize::from(!routes.is_empty());
        on_demand += plain;
        profiles += routes.len() - plain;
    }
    [models, profiles, on_demand, catalog.application_profiles(region.name).count()]
}

/// Lists what AWS has in these Regions. The exit code is that of the first failure. With `--region all`, a Region to which
/// the account has not opted in is skipped, and is no failure if another one could be read.
async fn refresh(
    session: &Session,
    regions: &[Region],
    built_in: Option<(&Path, Date)>,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let context = &session.context;
    let mut listed = list_regions(session, regions, output).await?;
    let skips = *context.source_regions() == SourceRegions::All && listed.iter().any(|one| one.listing.is_ok());
    for one in &mut listed {
        one.is_not_enabled &= skips;
    }
    let mut failures: Vec<(Region, Error)> = Vec::new();
    let (mut rows, mut listings, mut skipped) = (Vec::new(), Vec::new(), Vec::new());
    for RegionListing { region, listing, is_not_enabled } in listed {
        match listing {
            Ok(listing) => {
                live_catalogs::store(&listing, context, output);
                rows.extend(print_refreshed(&listing, context, output)?);
                listings.push(listing);
            }
            Err(error) => {
                if output.format() == Format::Json {
                    let mut object = json!({"region": region.name, "error": error.to_json()});
                    object["skipped"] = is_not_enabled.into();
                    output.json(&object)?;
                }
                if is_not_enabled { skipped.push((region, error)) } else { failures.push((region, error)) }
            }
        }
    }
    table::print(&[COLUMNS[0], COLUMNS[2], COLUMNS[3], COLUMNS[4], COLUMNS[6]], &rows, output)?;
    if let Some((folder, as_of)) = built_in {
        built_in::merge(folder, &listings, as_of, context.today)?;
    }
    report_skipped(&skipped, output);
    let exit = failures.first().map_or(ExitCode::Success, |(_, error)| error.exit);
    report_failures(failures, output);
    match unkept(&listings, context).filter(|_| built_in.is_none()) {
        Some(error) => {
            output.error(&error);
            Ok(if exit == ExitCode::Success { error.exit } else { exit })
        }
        None => Ok(exit),
    }
}

/// Reports the Regions to which the account has not opted in.
fn report_skipped(skipped: &[(Region, Error)], output: &mut Output) {
    let names: Vec<_> = skipped.iter().map(|(region, _)| region.name).collect();
    if !names.is_empty() {
        output.note(&format!("skipped, because the account may not have opted in to them: {}", names.join(", ")));
    }
    for (region, error) in skipped {
        output.debug(&format!("{region}: {}", error.message.summary));
    }
}

/// Returns the error for listings that the cache does not hold.
fn unkept(listings: &[Listing], context: &Context) -> Option<Error> {
    let unkept = listings.iter().filter(|listing| !is_kept(listing, context));
    let regions: Vec<_> = unkept.map(|listing| &*listing.region).collect();
    if regions.is_empty() {
        return None;
    }
    let error = Error::new(ExitCode::Failure, format!("what AWS lists in {} cannot be kept", regions.join(", ")));
    Some(error.cause(match context.environment.cache_folder() {
        Some(folder) => format!("nothing can be written to `{}` and read again", folder.display()),
        None => "the cache directory is not known: neither `XDG_CACHE_HOME` nor `HOME` is set".to_owned(),
    }))
}

/// Whether the cache holds what was just listed.
fn is_kept(listing: &Listing, context: &Context) -> bool {
    matches!(context.cache.catalog(&listing.region), Ok(Some(cached)) if cached.written >= context.now)
}

/// Returns the row of one Region, or prints its JSON object.
fn print_refreshed(listing: &Listing, context: &Context, output: &mut Output) -> Result<Option<Vec<String>>, Error> {
    let date = context.today.to_string();
    let (own, system) = listing.counts();
    if output.format() == Format::Json {
        output.json(&json!({
            "region": listing.region,
            "asOf": date,
            "modelCount": listing.models.len(),
            "inferenceProfileCount": system,
            "applicationInferenceProfileCount": own,
        }))?;
        return Ok(None);
    }
    let numbers = [listing.models.len(), system, own].map(|count| count.to_string());
    Ok(Some([vec![listing.region.clone(), date], numbers.to_vec()].concat()))
}

/// Reports failures; those with the same message for several Regions are reported once.
fn report_failures(failures: Vec<(Region, Error)>, output: &mut Output) {
    let mut groups: Vec<(Vec<&str>, Error)> = Vec::new();
    for (region, error) in failures {
        match groups.iter_mut().find(|(_, other)| other.message.summary == error.message.summary) {
            Some((regions, _)) => regions.push(region.name),
            None => groups.push((vec![region.name], error)),
        }
    }
    for (regions, error) in groups {
        let summary = format!("{}: {}", regions.join(", "), error.message.summary);
        output.error(&Error { message: Message { summary, ..error.message }, ..error });
    }
}

fn clear(context: &Context, output: &mut Output) -> Result<ExitCode, Error> {
    let removed = context.environment.cache_folder().map_or(Ok(0), |directory| remove(&directory, context));
    let removed = removed.map_err(|error| Error::new(ExitCode::Failure, error.to_string()))?;
    if output.format() == Format::Json {
        output.json(&json!({"removedFiles": removed}))?;
    }
    output.note(&match removed {
        0 => "there was nothing to remove".to_owned(),
        1 => "one file is removed".to_owned(),
        count => format!("{count} files are removed"),
    });
    Ok(ExitCode::Success)
}

/// Removes what is kept in this directory for the Regions of `--region`, and returns the number of files.
fn remove(directory: &Path, context: &Context) -> Result<usize, cache::CacheError> {
    match context.source_regions() {
        SourceRegions::Settings if context.region_is_flag() => {
            cache::clear(directory, context.settings.region.value.map(|region| region.name))
        }
        SourceRegions::Listed(named) => named.iter().map(|region| cache::clear(directory, Some(region.name))).sum(),
        SourceRegions::Settings | SourceRegions::All => cache::clear(directory, None),
    }
}
