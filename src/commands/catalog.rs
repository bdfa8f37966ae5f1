//! `bedrock-ask catalog`: where the facts about each source Region come from; refreshes, compares and clears them.

mod bundling;
mod comparison;

use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};
use serde_json::json;

use crate::cache::{self, CachedCatalog};
use crate::commands::context::Context;
use crate::commands::discovery::{Discovery, discover};
use crate::commands::knowledge::{keep, regions_of_partition, report};
use crate::commands::resolve::Regions;
use crate::commands::table::{self, Column};
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::model::catalog::{self as model, CatalogSource};
use crate::model::listing::Listing;
use crate::model::region::Region;
use crate::model::routing::Routing;
use crate::output::Output;

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
        /// Merge what AWS lists into the bundled files of this folder, too
        #[arg(long, hide = true, value_name = "FOLDER")]
        bundle: Option<PathBuf>,
    },
    /// Show what the live catalog has and the bundle lacks, and the reverse
    Diff,
    /// Remove what is kept, of every account and AWS profile; with `--region` of that Region alone
    Clear,
}

const FORMS: &str = "\
Without a word after it, `catalog` shows every Region: its name; `bundled`, `live`, or `expired` where what AWS said is too
old to be used (`catalog.ttl` in the config file); the date; how many models can be called from there, through how many
system-defined inference profiles and how many on demand; how many application inference profiles are known.
On a terminal that is a table, into a pipe lines of tabs, with `--format json` one object a line.";

const COLUMNS: [Column; 7] = [
    column("REGION", false, 7),
    column("SOURCE", false, 6),
    column("AS OF", false, 5),
    column("MODELS", true, 4),
    column("PROFILES", true, 3),
    column("ON DEMAND", true, 2),
    column("APPLICATION", true, 1),
];

const fn column(title: &'static str, is_number: bool, weight: u8) -> Column {
    Column { title, is_number, weight }
}

impl CatalogArgs {
    /// Does what the word says.
    ///
    /// # Errors
    /// Where no Region is known, AWS cannot be asked, nothing is kept, or stdout is gone.
    pub fn run(self, context: &Context<'_>, regions: &Regions, output: &mut Output) -> Result<ExitCode, Error> {
        match self.action {
            None => show(context, regions, output),
            Some(CatalogCommand::Refresh { bundle }) => {
                refresh(context, &chosen(context, regions)?, bundle.as_deref(), output)
            }
            Some(CatalogCommand::Diff) => comparison::show(context, &kept_regions(context, regions), output),
            Some(CatalogCommand::Clear) => clear(context, regions, output),
        }
    }
}

/// The Regions that a flag or the settings name.
fn chosen(context: &Context<'_>, regions: &Regions) -> Result<Vec<Region>, Error> {
    match regions {
        Regions::Settled => match context.request.source_region {
            Some(region) => Ok(vec![region]),
            None => Err(Error::usage("no source Region is set")
                .hint("bedrock-ask catalog refresh --region REGION")
                .hint("bedrock-ask catalog refresh --region all")),
        },
        Regions::Named(regions) => Ok(regions.clone()),
        Regions::All => Ok(regions_of_partition(context.request.source_region)),
    }
}

/// The Regions of which something is kept, of those that a flag names.
fn kept_regions(context: &Context<'_>, regions: &Regions) -> Vec<Region> {
    let mut kept: Vec<_> = context.cache.regions().iter().filter_map(|name| Region::named(name)).collect();
    kept.retain(|region| is_named(*region, context, regions));
    kept
}

/// Whether a Region is among those of `--region`; each is where there is no such flag.
fn is_named(region: Region, context: &Context<'_>, regions: &Regions) -> bool {
    match regions {
        Regions::Settled if context.request.region_by_flag => context.request.source_region == Some(region),
        Regions::Settled | Regions::All => true,
        Regions::Named(named) => named.contains(&region),
    }
}

/// What is kept of a Region; what is wrong with it is said.
fn kept(region: Region, context: &Context<'_>, output: &mut Output) -> Option<CachedCatalog> {
    context.cache.catalog(region.name).unwrap_or_else(|error| {
        report(&error, output);
        None
    })
}

fn show(context: &Context<'_>, regions: &Regions, output: &mut Output) -> Result<ExitCode, Error> {
    let time_to_live = context.settings.catalog_ttl.value;
    let mut rows = Vec::new();
    for region in Region::all().filter(|region| region.has_endpoint && is_named(*region, context, regions)) {
        let kept = kept(region, context, output);
        let is_fresh = kept.as_ref().is_some_and(|kept| kept.is_fresh(context.now, time_to_live));
        let bundled: model::Catalog<'_> = model::Catalog::bundled();
        let known = match &kept {
            Some(kept) if is_fresh => bundled.with_live(&kept.text),
            _ => bundled,
        };
        let (source, date) = known.as_of(region.name);
        let word = match source {
            CatalogSource::Live => "live",
            CatalogSource::Bundled if kept.is_some() => "expired",
            CatalogSource::Bundled => "bundled",
        };
        let [models, profiles, on_demand, applications] = counts(&known, region);
        if output.format() == Format::Json {
            output.json(&json!({
                "region": region.name,
                "source": word,
                "asOf": date.to_string(),
                "models": models,
                "inferenceProfiles": profiles,
                "onDemand": on_demand,
                "applicationInferenceProfiles": applications,
            }))?;
            continue;
        }
        let numbers = [models, profiles, on_demand, applications].map(|count| count.to_string());
        rows.push([vec![region.name.to_owned(), word.to_owned(), date.to_string()], numbers.to_vec()].concat());
    }
    print(&COLUMNS, &rows, output)?;
    Ok(ExitCode::Success)
}

/// How much can be called from a Region: models, through profiles, on demand; and the application profiles there.
fn counts(catalog: &model::Catalog<'_>, region: Region) -> [usize; 4] {
    let [mut models, mut profiles, mut on_demand] = [0; 3];
    for known in catalog.foundation_models() {
        let routes: Vec<_> =
            catalog.routes(known.id, region.name).into_iter().filter(|candidate| candidate.invocable).collect();
        let plain = routes.iter().filter(|candidate| candidate.routing == Routing::InRegion).count();
        models += usize::from(!routes.is_empty());
        on_demand += plain;
        profiles += routes.len() - plain;
    }
    [models, profiles, on_demand, catalog.application_profiles(region.name).count()]
}

/// Rows for people on a terminal, lines of tabs elsewhere.
fn print(columns: &[Column], rows: &[Vec<String>], output: &mut Output) -> Result<(), Error> {
    if output.is_terminal() && !rows.is_empty() {
        let (text, _) = table::aligned(columns, rows, output.width());
        return output.text(&text);
    }
    rows.iter().try_for_each(|row| output.line(&row.join("\t")))
}

/// Asks AWS; the exit code is the first failure's.
fn refresh(
    context: &Context<'_>,
    regions: &[Region],
    bundle: Option<&Path>,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let mut failures: Vec<(Region, Error)> = Vec::new();
    let (mut rows, mut listings) = (Vec::new(), Vec::new());
    for Discovery { region, listing } in discover(regions, context, output)? {
        match listing {
            Ok(listing) => {
                keep(&listing, context, output);
                rows.extend(refreshed(&listing, context, output)?);
                listings.push(listing);
            }
            Err(error) => {
                if output.format() == Format::Json {
                    output.json(&json!({"region": region.name, "error": error.to_json()}))?;
                }
                failures.push((region, error));
            }
        }
    }
    print(&[COLUMNS[0], COLUMNS[2], COLUMNS[3], COLUMNS[4], COLUMNS[6]], &rows, output)?;
    if context.settings.catalog_ttl.value.is_zero() {
        output.warning("`catalog.ttl` is 0: what was read is kept, and never used");
    }
    if let Some(folder) = bundle {
        bundling::merge(folder, &listings, context.request.today)?;
    }
    let exit = failures.first().map_or(ExitCode::Success, |(_, error)| error.exit);
    complain(failures, output);
    Ok(exit)
}

/// One Region's row; where JSON is wanted its object is put out instead.
fn refreshed(listing: &Listing, context: &Context<'_>, output: &mut Output) -> Result<Option<Vec<String>>, Error> {
    let date = context.request.today.to_string();
    let (own, system) = listing.counts();
    if output.format() == Format::Json {
        output.json(&json!({
            "region": listing.region,
            "asOf": date,
            "models": listing.models.len(),
            "inferenceProfiles": system,
            "applicationInferenceProfiles": own,
        }))?;
        return Ok(None);
    }
    let numbers = [listing.models.len(), system, own].map(|count| count.to_string());
    Ok(Some([vec![listing.region.clone(), date], numbers.to_vec()].concat()))
}

/// Reports failures: those that say the same of several Regions as one.
fn complain(failures: Vec<(Region, Error)>, output: &mut Output) {
    let mut said: Vec<(Vec<&str>, Error)> = Vec::new();
    for (region, error) in failures {
        match said.iter_mut().find(|(_, known)| known.what == error.what) {
            Some((regions, _)) => regions.push(region.name),
            None => said.push((vec![region.name], error)),
        }
    }
    for (regions, error) in said {
        let what = format!("{}: {}", regions.join(", "), error.what);
        output.error(&Error { what, ..error });
    }
}

fn clear(context: &Context<'_>, regions: &Regions, output: &mut Output) -> Result<ExitCode, Error> {
    let Some(directory) = context.environment.cache_folder() else { return Ok(ExitCode::Success) };
    let cannot = |error: cache::CacheError| Error::new(ExitCode::Failure, error.to_string());
    let mut removed = 0;
    match regions {
        Regions::Settled if context.request.region_by_flag => {
            let region = context.request.source_region.map(|region| region.name);
            removed += cache::clear(&directory, region).map_err(cannot)?;
        }
        Regions::Named(named) => {
            for region in named {
                removed += cache::clear(&directory, Some(region.name)).map_err(cannot)?;
            }
        }
        Regions::Settled | Regions::All => removed += cache::clear(&directory, None).map_err(cannot)?,
    }
    output.note(&match removed {
        0 => "there was nothing to remove".to_owned(),
        1 => "one file is removed".to_owned(),
        count => format!("{count} files are removed"),
    });
    Ok(ExitCode::Success)
}
