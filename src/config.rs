//! Settings from flags, the environment, the settings file and defaults: the only place that knows their order.
//! Every value knows where it came from.

pub mod environment;
pub mod file;
pub mod list;
pub mod origin;
pub mod profiles;
mod schema;
pub mod value;
pub mod yaml;

use std::collections::BTreeMap;
use std::time::Duration;

pub use environment::Environment;
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
                .unwrap_or_else(|| Setting::default(Duration::from_hours(24))),
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

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;

    /// One source of a setting: where (a flag, a variable, `file` or `profile`), what is written there, what it means.
    type Source = (&'static str, &'static str, &'static str);

    /// Every setting and its sources, the one that comes first at the top; then its default.
    const PRECEDENCE: &[(&str, &[Source], &str)] = &[
        (
            "model",
            &[("--model", "a", r#""a""#), ("BEDROCK_ASK_MODEL", " b ", r#""b""#), ("file", "model: c", r#""c""#)],
            "null",
        ),
        ("model", &[("BEDROCK_ASK_MODEL", "b", r#""b""#), ("file", "bedrock: {model_id: c}", r#""c""#)], "null"),
        (
            "region",
            &[
                ("--region", "us-east-1", r#""us-east-1""#),
                ("BEDROCK_ASK_REGION", " us-east-2\n", r#""us-east-2""#),
                ("AWS_REGION", "us-west-1", r#""us-west-1""#),
                ("AWS_DEFAULT_REGION", "us-west-2", r#""us-west-2""#),
                ("file", "region: eu-west-1", r#""eu-west-1""#),
                ("profile", "eu-west-2", r#""eu-west-2""#),
            ],
            "null",
        ),
        ("region", &[("file", "bedrock: {region: eu-west-1}", r#""eu-west-1""#)], "null"),
        (
            "profile",
            &[
                ("--profile", "a", r#""a""#),
                ("BEDROCK_ASK_PROFILE", "b", r#""b""#),
                ("AWS_PROFILE", "c", r#""c""#),
                ("file", "profile: d", r#""d""#),
            ],
            "null",
        ),
        (
            "routing",
            &[
                ("--routing", "global", r#"["global"]"#),
                ("BEDROCK_ASK_ROUTING", "in-region", r#"["in-region"]"#),
                ("file", "routing: [geo]", r#"["geographic"]"#),
            ],
            r#"["geographic","in-region","global"]"#,
        ),
        (
            "aliases.fast",
            &[("BEDROCK_ASK_ALIASES", "fast=a", r#""a""#), ("file", "aliases: {fast: b}", r#""b""#)],
            "absent",
        ),
        (
            "system",
            &[("--system", "a", r#""a""#), ("BEDROCK_ASK_SYSTEM", "b ", r#""b ""#), ("file", "system: c", r#""c""#)],
            "null",
        ),
        (
            "max_tokens",
            &[("--max-tokens", "1", "1"), ("BEDROCK_ASK_MAX_TOKENS", "2", "2"), ("file", "max_tokens: 3", "3")],
            "null",
        ),
        (
            "temperature",
            &[
                ("--temperature", "0.1", "0.1"),
                ("BEDROCK_ASK_TEMPERATURE", "0.2", "0.2"),
                ("file", "temperature: 1", "1"),
            ],
            "null",
        ),
        (
            "top_p",
            &[("--top-p", "0.1", "0.1"), ("BEDROCK_ASK_TOP_P", "0.2", "0.2"), ("file", "top_p: 0.3", "0.3")],
            "null",
        ),
        (
            "stop_sequences",
            &[
                ("--stop", "a", r#"["a"]"#),
                ("BEDROCK_ASK_STOP_SEQUENCES", "b", r#"["b"]"#),
                ("file", "stop_sequences: [c, d]", r#"["c","d"]"#),
            ],
            "[]",
        ),
        (
            "format",
            &[
                ("--format", "json", r#""json""#),
                ("BEDROCK_ASK_FORMAT", "text", r#""text""#),
                ("file", "format: json", r#""json""#),
            ],
            r#""text""#,
        ),
        (
            "color",
            &[
                ("--color", "always", r#""always""#),
                ("BEDROCK_ASK_COLOR", "never", r#""never""#),
                ("file", "color: always", r#""always""#),
                ("NO_COLOR", "1", r#""never""#),
            ],
            r#""auto""#,
        ),
        (
            "endpoint_url",
            &[
                ("--endpoint-url", "http://a", r#""http://a""#),
                ("BEDROCK_ASK_ENDPOINT_URL", "http://b", r#""http://b""#),
                ("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://c", r#""http://c""#),
                ("AWS_ENDPOINT_URL", "http://d", r#""http://d""#),
                ("file", "endpoint_url: http://e", r#""http://e""#),
            ],
            "null",
        ),
        (
            "timeout.connect",
            &[("BEDROCK_ASK_TIMEOUT_CONNECT", "1", r#""1s""#), ("file", "timeout: {connect: 2}", r#""2s""#)],
            r#""5s""#,
        ),
        (
            "timeout.first_byte",
            &[("BEDROCK_ASK_TIMEOUT_FIRST_BYTE", "1", r#""1s""#), ("file", "timeout: {first_byte: 2s}", r#""2s""#)],
            r#""5m""#,
        ),
        (
            "timeout.idle",
            &[("BEDROCK_ASK_TIMEOUT_IDLE", "1", r#""1s""#), ("file", "timeout: {idle: 1.5}", r#""1500ms""#)],
            r#""2m""#,
        ),
        (
            "timeout.total",
            &[
                ("--timeout", "1", r#""1s""#),
                ("BEDROCK_ASK_TIMEOUT", "2", r#""2s""#),
                ("BEDROCK_ASK_TIMEOUT_TOTAL", "3", r#""3s""#),
                ("file", "timeout: {total: 4}", r#""4s""#),
            ],
            "null",
        ),
        (
            "catalog.ttl",
            &[("BEDROCK_ASK_CATALOG_TTL", "0", r#""0s""#), ("file", "catalog: {ttl: 90m}", r#""90m""#)],
            r#""1d""#,
        ),
    ];

    /// The command line, the environment and the files of one test.
    struct World {
        folder: tempfile::TempDir,
        flags: Flags,
        variables: Vec<(String, String)>,
    }

    impl World {
        fn new() -> Self {
            let folder = tempfile::tempdir().unwrap();
            fs::create_dir(folder.path().join("bedrock-ask")).unwrap();
            let path = folder.path().to_str().unwrap().to_owned();
            let variables = vec![("HOME".to_owned(), path.clone()), ("XDG_CONFIG_HOME".to_owned(), path)];
            Self { folder, flags: Flags::default(), variables }
        }

        fn set(&mut self, place: &str, written: &str) {
            let text = Some(written.to_owned());
            match place {
                "file" => fs::write(self.folder.path().join("bedrock-ask/config.yaml"), written).unwrap(),
                "profile" => {
                    fs::create_dir(self.folder.path().join(".aws")).unwrap();
                    fs::write(self.folder.path().join(".aws/config"), format!("[default]\nregion={written}")).unwrap();
                }
                "--model" => self.flags.model = text,
                "--region" => self.flags.region = text,
                "--profile" => self.flags.profile = text,
                "--routing" => self.flags.routing = written.parse().ok(),
                "--system" => self.flags.system = text,
                "--max-tokens" => self.flags.max_tokens = value::TOKENS.parse(written).ok(),
                "--temperature" => self.flags.temperature = value::FRACTION.parse(written).ok(),
                "--top-p" => self.flags.top_p = value::FRACTION.parse(written).ok(),
                "--stop" => self.flags.stop = Some(vec![written.to_owned()]),
                "--format" => self.flags.format = Format::KIND.parse(written).ok(),
                "--color" => self.flags.color = Color::KIND.parse(written).ok(),
                "--endpoint-url" => self.flags.endpoint_url = text,
                "--timeout" => self.flags.timeout = value::TIMEOUT.parse(written).ok(),
                variable => self.variables.push((variable.to_owned(), written.to_owned())),
            }
        }

        fn settle(self) -> Result<Vec<list::Listed>, Error> {
            let environment: Environment = self.variables.into_iter().collect();
            Ok(Settings::settle(self.flags, &environment)?.list(&environment))
        }
    }

    fn names(origin: &Origin, place: &str) -> bool {
        match origin {
            Origin::Flag(name) | Origin::Environment(name) => *name == place,
            Origin::File(found) => {
                place == "file" && found.file.ends_with("bedrock-ask/config.yaml") && found.line == 1
            }
            Origin::Profile { name, file } => place == "profile" && name == "default" && file.ends_with(".aws/config"),
            Origin::Default => place == "default",
        }
    }

    #[test]
    fn of_every_set_of_sources_the_first_in_the_order_wins_for_every_setting() {
        for (key, sources, default) in PRECEDENCE {
            for chosen in 0..1_usize << sources.len() {
                let mut world = World::new();
                let set = || sources.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1);
                for (_, (place, written, _)) in set() {
                    world.set(place, written);
                }
                let (place, _, value) = set().next().map_or(("default", "", *default), |(_, source)| *source);
                let list = world.settle().unwrap();
                let found = list.iter().find(|setting| setting.key == *key);
                let shown = found.map_or_else(|| "absent".to_owned(), |setting| setting.value.to_string());
                assert_eq!(shown, value, "{key} from {:?}", set().collect::<Vec<_>>());
                assert!(found.is_none_or(|setting| names(&setting.origin, place)), "{key}: {place} against {found:?}");
            }
        }
    }

    #[test]
    fn every_setting_has_its_row_in_the_table_of_precedence() {
        for setting in World::new().settle().unwrap() {
            assert!(PRECEDENCE.iter().any(|(key, ..)| *key == setting.key), "{}", setting.key);
        }
    }

    #[test]
    fn a_blank_variable_counts_as_unset_for_every_setting() {
        let mut world = World::new();
        for (_, sources, _) in PRECEDENCE {
            for (place, ..) in sources.iter().filter(|(place, ..)| place.contains('_')) {
                world.set(place, " \t");
            }
        }
        assert!(world.settle().unwrap().iter().all(|setting| setting.origin == Origin::Default));
    }

    #[test]
    fn a_wrong_variable_is_a_usage_error_with_its_name_and_without_its_value() {
        for (variable, expected) in [
            ("BEDROCK_ASK_MAX_TOKENS", "`BEDROCK_ASK_MAX_TOKENS` must be a whole number of at least 1"),
            ("BEDROCK_ASK_TOP_P", "`BEDROCK_ASK_TOP_P` must be a number from 0 to 1"),
            (
                "BEDROCK_ASK_ROUTING",
                "`BEDROCK_ASK_ROUTING` must be a list of geographic (or geo), in-region and global",
            ),
            (
                "BEDROCK_ASK_ENDPOINT_URL",
                "`BEDROCK_ASK_ENDPOINT_URL` must be an address that begins with https:// or http://",
            ),
        ] {
            let mut world = World::new();
            world.set(variable, "wrong");
            assert_eq!(world.settle().unwrap_err(), Error::usage(expected));
        }
    }

    #[test]
    fn an_unknown_region_names_its_origin_and_the_nearest_region() {
        let settle = |place, written| {
            let mut world = World::new();
            world.set(place, written);
            world.settle().unwrap_err()
        };
        assert_eq!(
            settle("AWS_REGION", "eu-central-9"),
            Error::usage("`eu-central-9` (environment AWS_REGION) is not an AWS Region that is known")
                .hint("did you mean `eu-central-1`?")
        );
        assert_eq!(settle("--region", "").what, "`` (flag --region) is not an AWS Region that is known");
        let error = settle("profile", "us-eats-1");
        assert!(error.what.starts_with("`us-eats-1` (AWS profile default in "), "{}", error.what);
    }

    #[test]
    fn the_region_is_that_of_the_chosen_profile() {
        let mut world = World::new();
        let config = world.folder.path().join("aws");
        fs::write(&config, "[default]\nregion=us-east-1\n[profile dev]\nregion=eu-north-1\n").unwrap();
        world.set("AWS_CONFIG_FILE", config.to_str().unwrap());
        world.set("file", "profile: dev");
        let list = world.settle().unwrap();
        assert_eq!(list.iter().find(|setting| setting.key == "region").unwrap().value, json!("eu-north-1"));
    }

    #[test]
    fn aliases_of_the_environment_and_the_file_stand_side_by_side() {
        let mut world = World::new();
        world.set("file", "aliases: {fast: a, smart: b}");
        world.set("BEDROCK_ASK_ALIASES", "fast=c,cheap=d");
        let list = world.settle().unwrap();
        let aliases: Vec<_> = list.iter().filter(|setting| setting.key.starts_with("aliases.")).collect();
        let shown: Vec<_> = aliases.iter().map(|alias| (alias.key.as_str(), &alias.value)).collect();
        let (a, b, c): (Value, Value, Value) = (json!("d"), json!("c"), json!("b"));
        assert_eq!(shown, [("aliases.cheap", &a), ("aliases.fast", &b), ("aliases.smart", &c)]);
    }

    #[test]
    fn the_files_endpoint_counts_where_the_sdk_is_told_to_ignore_its_variables() {
        let mut world = World::new();
        world.set("file", "endpoint_url: http://ours");
        world.set("AWS_ENDPOINT_URL", "http://theirs");
        world.set("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true");
        let list = world.settle().unwrap();
        assert_eq!(list.iter().find(|setting| setting.key == "endpoint_url").unwrap().value, json!("http://ours"));
    }

    #[test]
    fn a_file_that_the_environment_names_must_exist() {
        let mut world = World::new();
        world.set(file::VARIABLE, "/nonexistent/f.yaml");
        let error = world.settle().unwrap_err();
        assert_eq!(error.what, "there is no config file `/nonexistent/f.yaml`");
    }
}
