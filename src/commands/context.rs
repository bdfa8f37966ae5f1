//! What every command that calls AWS works in: the settings, the environment, the catalog, what the user allows.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use crate::aws::{self, ApiKey, AwsProfile, Options};
use crate::cache::{Cache, Key};
use crate::config::profiles::{self, Profiles};
use crate::config::{Environment, Origin, Settings};
use crate::error::{Error, ExitCode};
use crate::model::catalog::Catalog;
use crate::model::date::Date;
use crate::model::region::Region;
use crate::model::resolution::ResolveRequest;
use crate::output::Output;

/// Everything but the command's own flags and its output.
pub struct Context<'a> {
    /// The settings, the command's own flags included.
    pub settings: &'a Settings,
    /// The process's environment.
    pub environment: &'a Environment,
    /// What can be called.
    pub catalog: &'a Catalog<'a>,
    /// What the user allows.
    pub request: ResolveRequest<'a>,
    /// Whether an `http://` endpoint may be anywhere.
    pub allow_http: bool,
    /// What earlier runs kept for the credentials in force.
    pub cache: &'a Cache,
    /// When this run began, in seconds since 1970.
    pub now: u64,
}

/// What a run settles once and every command borrows.
pub struct Settled {
    /// The settings, the command's own flags included.
    pub settings: Settings,
    environment: Environment,
    bundled: Catalog<'static>,
    aliases: BTreeMap<String, String>,
    cache: Cache,
    clock: OffsetDateTime,
}

impl Settled {
    /// Settles the rest from the settings; `clock` is the one look at the time.
    pub fn new(settings: Settings, environment: Environment, clock: OffsetDateTime) -> Self {
        let aliases = settings.aliases.iter().map(|(name, alias)| (name.clone(), alias.value.clone())).collect();
        let cache = cache(&settings, &environment);
        Self { settings, environment, bundled: Catalog::bundled(), aliases, cache, clock }
    }

    /// What a command works in, with the bundled catalog, and nothing allowed or refused beyond the settings.
    pub fn context(&self) -> Context<'_> {
        let day = self.clock.date();
        let today = Date { year: day.year().try_into().unwrap_or(u16::MAX), month: day.month().into(), day: day.day() };
        Context {
            settings: &self.settings,
            environment: &self.environment,
            catalog: &self.bundled,
            request: ResolveRequest {
                source_region: self.settings.region.value,
                region_by_flag: matches!(self.settings.region.origin, Origin::Flag(_)),
                routing: &self.settings.routing.value,
                strict: false,
                repair: false,
                today,
                aliases: &self.aliases,
            },
            allow_http: false,
            cache: &self.cache,
            now: self.clock.unix_timestamp().unsigned_abs(),
        }
    }
}

/// The cache for the credentials in force, as far as they can be known without looking for them.
fn cache(settings: &Settings, environment: &Environment) -> Cache {
    let by_hand = is_named_by_hand(settings);
    let api_key = environment.bearer_token().filter(|_| !by_hand);
    let access_key = environment.text("AWS_ACCESS_KEY_ID").ok().flatten().filter(|_| !by_hand);
    let key = match (api_key, access_key, &settings.profile.value) {
        (Some(key), ..) => Key::of_api_key(key.expose()),
        (None, Some(id), _) => Key::of_environment(id.trim()),
        (None, None, profile) => Key::of_profile(profile.as_deref().unwrap_or(profiles::DEFAULT)),
    };
    let variable =
        || ["AWS_ENDPOINT_URL_BEDROCK", "AWS_ENDPOINT_URL"].iter().find_map(|name| environment.text(name).ok()?);
    let key = match settings.endpoint_url.value.clone().or_else(variable) {
        Some(url) => key.at(url.trim()),
        None => key,
    };
    Cache::new(environment.cache_folder().as_deref(), &key)
}

/// Whether a flag or a variable of this program's own named the AWS profile, so that it wins over other credentials.
fn is_named_by_hand(settings: &Settings) -> bool {
    match &settings.profile.origin {
        Origin::Flag(_) => true,
        Origin::Environment(variable) => *variable == "BEDROCK_ASK_PROFILE",
        _ => false,
    }
}

impl Context<'_> {
    /// Whether a flag or a variable of this program's own named the AWS profile.
    pub fn profile_is_named_by_hand(&self) -> bool {
        is_named_by_hand(self.settings)
    }

    /// What the room for AWS is to know for calls from `region`.
    ///
    /// # Errors
    /// Where the API key in the environment is none.
    pub fn options(&self, region: Region, output: &Output) -> Result<Options, Error> {
        let Self { settings, environment, .. } = self;
        let timeout = &settings.timeout;
        let first_byte = timeout.first_byte.value;
        let defaults = aws::Timeouts::default();
        let without_streaming = if timeout.first_byte.origin == Origin::Default {
            defaults.first_byte_without_streaming
        } else {
            first_byte
        };
        let profile = settings
            .profile
            .value
            .clone()
            .map(|name| AwsProfile { name, named_by_hand: self.profile_is_named_by_hand() });
        if let Some(profile) = profile.as_ref().filter(|profile| profile.named_by_hand) {
            must_exist(&profile.name, &Profiles::read(environment))?;
        }
        let key = environment.bearer_token();
        Ok(Options {
            region,
            profile,
            api_key: key.map(|key| ApiKey::parse(key.expose())).transpose()?.flatten(),
            endpoint_url: settings.endpoint_url.value.clone(),
            allow_http: self.allow_http,
            timeouts: aws::Timeouts {
                connect: timeout.connect.value,
                first_byte,
                first_byte_without_streaming: without_streaming,
                idle: timeout.idle.value,
                total: timeout.total.value,
            },
            debug: output.debug_sink(),
        })
    }
}

/// Refuses a profile that no file has: where there are no files at all, the SDK would take the machine's credentials.
fn must_exist(name: &str, profiles: &Profiles) -> Result<(), Error> {
    if profiles.names().any(|known| known == name) {
        return Ok(());
    }
    let error = Error::new(ExitCode::AccessDenied, format!("there is no AWS profile `{name}`"));
    let error = match profiles.nearest(name) {
        Some(near) => error.hint(format!("there is one named `{near}`")),
        None => error,
    };
    Err(error.hint("`aws configure list-profiles` lists them"))
}
