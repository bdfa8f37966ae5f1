//! The state that commands share: settings, environment, clock, cache and catalog. It is built once, before a command
//! runs, and never changed.

mod catalog_age;
pub mod catalog_file;
pub mod live_catalogs;
mod source_regions;

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::aws::API_KEY_VARIABLE;
use crate::cache::{Cache, Key};
use crate::config::aws_files;
use crate::config::value::FormatFlag;
use crate::config::{Environment, Flags, Origin, Settings, Template, TemplateRequest, unknown_variables};
use crate::error::Error;
use crate::output::Output;
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::date::Date;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::ResolveRequest;
pub use live_catalogs::LiveCatalogs;
pub use source_regions::{RegionalResolution, SourceRegions};

/// The global arguments besides the settings.
#[derive(Clone, Debug, Default)]
pub struct ContextOptions {
    /// The values of `--region`.
    pub regions: Vec<String>,
    /// The value of `--format`.
    pub format: Option<FormatFlag>,
    /// Refuse models past their end of life, and predicted IDs.
    pub strict: bool,
    /// `--repair` or `--no-repair`; `None` if neither was given.
    pub repair: Option<bool>,
    /// Allow `http://` endpoints on other machines.
    pub allow_http: bool,
    /// The value of `--template`, with those of `--var`.
    pub template: Option<TemplateRequest>,
    /// Take an AWS profile that does not exist.
    pub takes_unknown_profile: bool,
}

/// Everything that a command reads besides its own arguments.
#[derive(Clone)]
pub struct Context {
    /// The settings, with those that the command's own flags gave.
    pub settings: Settings,
    /// The template that the command line names.
    pub template: Option<Template>,
    /// The environment of the process.
    pub environment: Environment,
    /// The built-in catalog or the one of the catalog file, with the live catalogs of the source Regions over it.
    pub catalog: Catalog,
    /// The cache of the credentials in use.
    pub cache: Cache,
    /// The output format, which may be one that only this command has.
    pub format: FormatFlag,
    /// Whether `http://` endpoints on other machines are allowed.
    pub allow_http: bool,
    /// The date of the run, in UTC.
    pub today: Date,
    /// The time of the run, in seconds since 1970.
    pub now: u64,
    regions: SourceRegions,
    strict: bool,
    repair: Option<bool>,
    aliases: BTreeMap<String, String>,
}

/// Returns the error for a `--region` of several Regions where a command takes one.
pub fn several_regions() -> Error {
    Error::usage("`--region` names several Regions, and this command takes one").hint("--region REGION, once")
}

impl Context {
    /// Loads the settings and the cached live catalogs of the source Regions and of the Regions inside the spelling of
    /// models. `clock` is the only reading of the time.
    ///
    /// # Errors
    /// If a setting, a Region, the template or the catalog file is not valid.
    pub fn load(
        mut flags: Flags,
        options: &ContextOptions,
        environment: Environment,
        clock: OffsetDateTime,
        live: &LiveCatalogs,
        output: &mut Output,
    ) -> Result<Self, Error> {
        let template = options.template.as_ref();
        let template = template.map(|named| Template::load(named, &mut flags, &environment)).transpose();
        let load = if options.takes_unknown_profile { Settings::load_with_any_profile } else { Settings::load };
        let settings = load(flags, &environment);
        if let Ok(settings) = &settings {
            // Where a form of one command is wanted, an error is no part of it.
            let format = options.format.map_or(settings.format.value, |format| format.everywhere().unwrap_or_default());
            output.configure(settings.color.value, format, environment.shows_animation());
        }
        // They may be why the settings are not valid.
        for warning in unknown_variables::warnings(&environment).into_iter().chain(aws_files::missing(&environment)) {
            output.warning(&warning);
        }
        let (template, settings) = (template?, settings?);
        if let Some(warning) = settings.profile_warning(&environment) {
            output.warning(&warning);
        }
        let day = clock.date();
        let context = Self {
            catalog: catalog_file::load(&settings, &environment)?,
            cache: cache(&settings, &environment),
            format: options.format.unwrap_or_else(|| settings.format.value.into()),
            allow_http: options.allow_http,
            today: Date { year: day.year().try_into().unwrap_or(u16::MAX), month: day.month().into(), day: day.day() },
            now: clock.unix_timestamp().unsigned_abs(),
            regions: SourceRegions::from_flags(&options.regions)?,
            strict: options.strict,
            repair: options.repair,
            aliases: settings.aliases.iter().map(|(name, alias)| (name.clone(), alias.value.clone())).collect(),
            settings,
            template,
            environment,
        };
        for region in context.regions.listed().iter().chain(&context.settings.region.value).filter(|one| one.is_new()) {
            output.note(&format!("{region} is younger than this version of `bedrock-ask`, which knows nothing of it"));
        }
        let catalog = live.load(&context, output);
        Ok(Self { catalog, ..context })
    }

    /// Returns the context with another catalog.
    #[must_use]
    pub fn with_catalog(self, catalog: Catalog) -> Self {
        Self { catalog, ..self }
    }

    /// Returns the source Region, for a command that takes one; `None` if none is set.
    ///
    /// # Errors
    /// If `--region` names several.
    pub fn source_region(&self) -> Result<Option<Region>, Error> {
        match self.regions {
            SourceRegions::Settings => Ok(self.settings.region.value),
            SourceRegions::Listed(_) | SourceRegions::All => Err(several_regions()),
        }
    }

    /// Returns the source Regions, for a command that takes several.
    pub fn source_regions(&self) -> &SourceRegions {
        &self.regions
    }

    /// Whether `--region` named the source Region or Regions.
    pub fn region_is_flag(&self) -> bool {
        self.regions != SourceRegions::Settings || matches!(self.settings.region.origin, Origin::Flag(_))
    }

    /// Returns the AWS profile that a flag names.
    pub fn profile_of_flag(&self) -> Option<&str> {
        let profile = &self.settings.profile;
        profile.value.as_deref().filter(|_| matches!(profile.origin, Origin::Flag(_)))
    }

    /// Returns every Region with a Bedrock endpoint in the partition of the settings' Region: credentials are valid in
    /// one partition only.
    pub fn regions_of_partition(&self) -> Vec<Region> {
        let partition = self.settings.region.value.map_or("aws", |region| region.partition);
        Region::all().filter(|region| region.has_endpoint && region.partition == partition).collect()
    }

    /// Whether a prompt may be repaired: within the routing and the geography that were typed, unless `--no-repair`.
    pub fn repairs(&self) -> bool {
        self.repair != Some(false)
    }

    /// Whether `--repair` was given, so that an inference profile may be replaced by one of another geography.
    pub fn repairs_anywhere(&self) -> bool {
        self.repair == Some(true)
    }

    /// Returns the request to resolve from the source Region, for a command that takes one.
    pub fn resolve_request(&self) -> Result<ResolveRequest<'_>, Error> {
        let region_by_flag = self.region_is_flag();
        Ok(ResolveRequest { region_by_flag, ..self.resolve_request_from(self.source_region()?) })
    }

    /// Returns the request to resolve from each of the source Regions. If there is only one, it is the request's own.
    pub fn resolve_request_for_each(&self) -> ResolveRequest<'_> {
        self.resolve_request().unwrap_or_else(|_| self.resolve_request_from(None))
    }

    /// Returns the request to resolve from this Region, whatever the command line says.
    pub fn resolve_request_from(&self, source_region: Option<Region>) -> ResolveRequest<'_> {
        ResolveRequest {
            source_region,
            region_by_flag: false,
            routing: &self.settings.routing.value,
            strict: self.strict,
            repair: self.repairs_anywhere(),
            today: self.today,
            aliases: &self.aliases,
        }
    }

    /// Whether a flag or `BEDROCK_ASK_PROFILE` named the AWS profile, so that it wins over other credentials.
    pub fn profile_is_explicit(&self) -> bool {
        profile_is_explicit(&self.settings)
    }
}

/// Returns the cache of the credentials in use, as far as they are known without loading them.
fn cache(settings: &Settings, environment: &Environment) -> Cache {
    let explicit = profile_is_explicit(settings);
    let variable = |name| environment.text(name).ok().flatten().filter(|_| !explicit);
    let api_key = variable(API_KEY_VARIABLE);
    let access_key = variable("AWS_ACCESS_KEY_ID");
    let key = match (api_key, access_key, &settings.profile.value) {
        (Some(key), ..) => Key::from_api_key(key.trim()),
        (None, Some(id), _) => Key::from_access_key_id(id.trim()),
        (None, None, profile) => Key::from_profile(profile.as_deref().unwrap_or(aws_files::DEFAULT)),
    };
    let endpoint =
        || ["AWS_ENDPOINT_URL_BEDROCK", "AWS_ENDPOINT_URL"].iter().find_map(|name| environment.text(name).ok()?);
    let key = match settings.endpoint_url.value.clone().or_else(endpoint) {
        Some(url) => key.with_endpoint(url.trim()),
        None => key,
    };
    Cache::new(environment.cache_folder().as_deref(), &key)
}

fn profile_is_explicit(settings: &Settings) -> bool {
    match &settings.profile.origin {
        Origin::Flag(_) => true,
        Origin::Environment(variable) => *variable == "BEDROCK_ASK_PROFILE",
        _ => false,
    }
}
