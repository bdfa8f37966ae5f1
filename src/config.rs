//! Settings from flags, the environment, the settings file and defaults: the only place that knows their order.
//! Every value knows where it came from.

pub mod environment;
pub mod file;
pub mod origin;
pub mod profiles;
mod schema;
pub mod value;
mod yaml;

use std::collections::BTreeMap;
use std::time::Duration;

pub use environment::{Environment, Secret};
use file::File;
pub use origin::{Origin, Setting};
use profiles::Profiles;
use value::{Color, Format, Kind};

use crate::error::Error;
use crate::model::region::Region;
use crate::model::routing::RoutingOrder;

/// The variables that give the SDK an endpoint for the data plane, the nearer one first.
const SDK_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"];

/// What the command line says; nothing where it is silent.
#[derive(Clone, Debug, Default)]
pub struct Flags {
    /// `--model`.
    pub model: Option<String>,
    /// `--region`.
    pub region: Option<String>,
    /// `--profile`: the AWS profile.
    pub profile: Option<String>,
    /// `--routing`.
    pub routing: Option<RoutingOrder>,
    /// `--system`.
    pub system: Option<String>,
    /// `--max-tokens`.
    pub max_tokens: Option<i32>,
    /// `--temperature`.
    pub temperature: Option<f32>,
    /// `--top-p`.
    pub top_p: Option<f32>,
    /// `--stop`, once for each stop sequence.
    pub stop: Option<Vec<String>>,
    /// `--format`.
    pub format: Option<Format>,
    /// `--color`.
    pub color: Option<Color>,
    /// `--endpoint-url`.
    pub endpoint_url: Option<String>,
    /// `--timeout`: for the whole.
    pub timeout: Option<Duration>,
}

/// Every setting, with its origin.
#[derive(Clone, Debug, PartialEq)]
pub struct Settings {
    /// The model to ask where the command names none.
    pub model: Setting<Option<String>>,
    /// The source Region.
    pub region: Setting<Option<Region>>,
    /// The AWS profile; nothing leaves the choice to the SDK.
    pub profile: Setting<Option<String>>,
    /// The kinds of routing that are allowed, in order.
    pub routing: Setting<RoutingOrder>,
    /// The user's own names of models.
    pub aliases: BTreeMap<String, Setting<String>>,
    /// The system prompt; nothing where it is empty.
    pub system: Setting<Option<String>>,
    /// The most tokens that an answer may have; at least 1.
    pub max_tokens: Setting<Option<i32>>,
    /// The temperature, from 0 to 1.
    pub temperature: Setting<Option<f32>>,
    /// `top_p`, from 0 to 1.
    pub top_p: Setting<Option<f32>>,
    /// The texts that end an answer.
    pub stop_sequences: Setting<Vec<String>>,
    /// The form of the output.
    pub format: Setting<Format>,
    /// When to use colour; `NO_COLOR` makes `auto` never.
    pub color: Setting<Color>,
    /// The endpoint; nothing leaves the choice to the SDK, also where its own variable is the origin.
    pub endpoint_url: Setting<Option<String>>,
    /// The time limits.
    pub timeout: Timeouts,
    /// How long a live catalog in the cache may be used; zero for never.
    pub catalog_ttl: Setting<Duration>,
}

/// The time limits of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until the connection stands.
    pub connect: Setting<Duration>,
    /// Until the first byte of the answer.
    pub first_byte: Setting<Duration>,
    /// Between two pieces of a stream.
    pub idle: Setting<Duration>,
    /// For the whole; nothing for no limit.
    pub total: Setting<Option<Duration>>,
}

impl Settings {
    /// Settles every setting: flag, then environment, then the settings file, then the default.
    pub fn settle(flags: Flags, environment: &Environment) -> Result<Self, Error> {
        let file = File::of_user(environment)?;
        let from = Sources { environment };
        let profile = from.optional(
            flag("--profile", flags.profile),
            &["BEDROCK_ASK_PROFILE", "AWS_PROFILE"],
            &value::NAME,
            file.profile,
        )?;
        Ok(Self {
            model: from.optional(flag("--model", flags.model), &["BEDROCK_ASK_MODEL"], &value::NAME, file.model)?,
            region: from.region(flags.region, file.region, profile.value.as_deref())?,
            profile,
            routing: from
                .first(flag("--routing", flags.routing), &["BEDROCK_ASK_ROUTING"], &value::ROUTING, file.routing)?
                .unwrap_or_else(|| Setting::default(RoutingOrder::default())),
            aliases: from.aliases(file.aliases)?,
            system: from
                .optional(flag("--system", flags.system), &["BEDROCK_ASK_SYSTEM"], &value::TEXT, file.system)?
                .map(|system| system.filter(|text| !text.is_empty())),
            max_tokens: from.optional(
                flag("--max-tokens", flags.max_tokens),
                &["BEDROCK_ASK_MAX_TOKENS"],
                &value::TOKENS,
                file.max_tokens,
            )?,
            temperature: from.optional(
                flag("--temperature", flags.temperature),
                &["BEDROCK_ASK_TEMPERATURE"],
                &value::FRACTION,
                file.temperature,
            )?,
            top_p: from.optional(flag("--top-p", flags.top_p), &["BEDROCK_ASK_TOP_P"], &value::FRACTION, file.top_p)?,
            stop_sequences: from
                .first(
                    flag("--stop", flags.stop),
                    &["BEDROCK_ASK_STOP_SEQUENCES"],
                    &value::STOP_SEQUENCES,
                    file.stop_sequences,
                )?
                .unwrap_or_else(|| Setting::default(Vec::new())),
            format: from
                .first(flag("--format", flags.format), &["BEDROCK_ASK_FORMAT"], &Format::KIND, file.format)?
                .unwrap_or_else(|| Setting::default(Format::default())),
            color: from.color(flags.color, file.color)?,
            endpoint_url: from.endpoint_url(flags.endpoint_url, file.endpoint_url)?,
            timeout: Timeouts {
                connect: from.limit("BEDROCK_ASK_TIMEOUT_CONNECT", file.connect, 5)?,
                first_byte: from.limit("BEDROCK_ASK_TIMEOUT_FIRST_BYTE", file.first_byte, 300)?,
                idle: from.limit("BEDROCK_ASK_TIMEOUT_IDLE", file.idle, 120)?,
                total: from.optional(
                    flag("--timeout", flags.timeout),
                    &["BEDROCK_ASK_TIMEOUT", "BEDROCK_ASK_TIMEOUT_TOTAL"],
                    &value::TIMEOUT,
                    file.total,
                )?,
            },
            catalog_ttl: from
                .first(None, &["BEDROCK_ASK_CATALOG_TTL"], &value::AGE, file.catalog_ttl)?
                .unwrap_or_else(|| Setting::default(Duration::from_secs(86_400))),
        })
    }
}

/// The Region of this name; a usage error that names its origin and the nearest Region where there is none.
pub fn region(name: &str, origin: &Origin) -> Result<Region, Error> {
    let name = name.trim();
    Region::named(name).ok_or_else(|| {
        let error = Error::usage(format!("`{name}` ({origin}) is not an AWS Region that is known"));
        match Region::nearest(name) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        }
    })
}

fn flag<T>(name: &'static str, value: Option<T>) -> Option<Setting<T>> {
    value.map(|value| Setting::new(value, Origin::Flag(name)))
}

/// Finds the source that has the say over one setting; what lies below it is not even parsed.
struct Sources<'a> {
    environment: &'a Environment,
}

impl Sources<'_> {
    fn first<T>(
        &self,
        flag: Option<Setting<T>>,
        variables: &[&'static str],
        kind: &Kind<T>,
        file: Option<Setting<T>>,
    ) -> Result<Option<Setting<T>>, Error> {
        if flag.is_some() {
            return Ok(flag);
        }
        for &variable in variables {
            if let Some(text) = self.environment.text(variable)? {
                let value = kind.parse(&text).map_err(|wrong| Error::usage(format!("`{variable}` {wrong}")))?;
                return Ok(Some(Setting::new(value, Origin::Environment(variable))));
            }
        }
        Ok(file)
    }

    fn optional<T>(
        &self,
        flag: Option<Setting<T>>,
        variables: &[&'static str],
        kind: &Kind<T>,
        file: Option<Setting<T>>,
    ) -> Result<Setting<Option<T>>, Error> {
        let found = self.first(flag, variables, kind, file)?;
        Ok(found.map_or_else(|| Setting::default(None), |setting| setting.map(Some)))
    }

    fn limit(
        &self,
        variable: &'static str,
        file: Option<Setting<Duration>>,
        default_seconds: u64,
    ) -> Result<Setting<Duration>, Error> {
        let found = self.first(None, &[variable], &value::TIMEOUT, file)?;
        Ok(found.unwrap_or_else(|| Setting::default(Duration::from_secs(default_seconds))))
    }

    fn region(
        &self,
        flag: Option<String>,
        file: Option<Setting<Region>>,
        profile: Option<&str>,
    ) -> Result<Setting<Option<Region>>, Error> {
        let flag = self::flag("--region", flag);
        let variables = ["BEDROCK_ASK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"];
        if let Some(named) = self.first(flag, &variables, &value::NAME, None)? {
            return Ok(Setting::new(Some(region(&named.value, &named.origin)?), named.origin));
        }
        if let Some(file) = file {
            return Ok(file.map(Some));
        }
        let profile = profile.unwrap_or(profiles::DEFAULT);
        let Some(found) = Profiles::read(self.environment).region(profile) else { return Ok(Setting::default(None)) };
        let origin = Origin::Profile { name: found.profile, file: found.file };
        Ok(Setting::new(Some(region(&found.region, &origin)?), origin))
    }

    fn aliases(&self, file: BTreeMap<String, Setting<String>>) -> Result<BTreeMap<String, Setting<String>>, Error> {
        let mut aliases = file;
        if let Some(Setting { value, origin }) = self.first(None, &["BEDROCK_ASK_ALIASES"], &value::ALIASES, None)? {
            aliases.extend(value.into_iter().map(|(name, model)| (name, Setting::new(model, origin.clone()))));
        }
        Ok(aliases)
    }

    fn color(&self, flag: Option<Color>, file: Option<Setting<Color>>) -> Result<Setting<Color>, Error> {
        let flag = self::flag("--color", flag);
        let found = self.first(flag, &["BEDROCK_ASK_COLOR"], &Color::KIND, file)?;
        let color = found.unwrap_or_else(|| Setting::default(Color::default()));
        if color.value == Color::Auto && self.environment.has("NO_COLOR") {
            return Ok(Setting::new(Color::Never, Origin::Environment("NO_COLOR")));
        }
        Ok(color)
    }

    fn endpoint_url(
        &self,
        flag: Option<String>,
        file: Option<Setting<String>>,
    ) -> Result<Setting<Option<String>>, Error> {
        let flag = self::flag("--endpoint-url", flag);
        let ours = self.optional(flag, &["BEDROCK_ASK_ENDPOINT_URL"], &value::ENDPOINT, None)?;
        if ours.value.is_some() {
            return Ok(ours);
        }
        let heeds_variables = !self.environment.is_on("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS");
        match SDK_ENDPOINTS.into_iter().find(|variable| heeds_variables && self.environment.has(variable)) {
            Some(variable) => Ok(Setting::new(None, Origin::Environment(variable))),
            None => Ok(file.map_or_else(|| Setting::default(None), |setting| setting.map(Some))),
        }
    }
}
