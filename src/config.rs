//! Settings from flags, the environment, the config file and defaults: the only place that knows their precedence.
//! Every value knows its origin.

pub mod aws_files;
pub mod contents;
pub mod edit;
pub mod environment;
mod field;
pub mod file;
pub mod origin;
pub mod settings;
pub mod template;
pub mod unknown_variables;
pub mod value;
pub mod yaml;

use std::time::Duration;

pub use aws_files::AwsFiles;
use serde_json::json;

pub use environment::Environment;
pub use field::Listed;
pub use origin::{Origin, Setting};
pub use settings::{Flags, Settings};
pub use template::{Template, TemplateRequest};
use value::{Color, Format, shown_endpoint};

use crate::error::{Error, ExitCode};
use bedrock_ask::model::region::Region;

/// The variables that give the SDK an endpoint for the data plane, the one that wins first.
const SDK_ENDPOINTS: [&str; 2] = ["AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "AWS_ENDPOINT_URL"];

/// The limit for a whole response that is not streamed, unless `timeout.first_byte` is set.
const UNSTREAMED_RESPONSE: Duration = Duration::from_mins(15);

impl Settings {
    /// Loads every setting: flag, then environment, then config file, then default. An AWS profile that a flag names must
    /// exist.
    pub fn load(flags: Flags, environment: &Environment) -> Result<Self, Error> {
        let settings = Self::load_with_any_profile(flags, environment)?;
        if let Setting { value: Some(name), origin: origin @ Origin::Flag(_) } = &settings.profile {
            require_profile(name, origin, environment.aws_files()?)?;
        }
        Ok(settings)
    }

    /// Loads every setting, even if the AWS profile that a flag names does not exist.
    pub fn load_with_any_profile(flags: Flags, environment: &Environment) -> Result<Self, Error> {
        let mut settings = Self::from_sources(flags, environment, file::read_configured(environment)?)?;
        if settings.region.origin == Origin::Default {
            settings.region = settings.profile_region(environment)?;
        }
        settings.system.value.take_if(|text| text.is_empty());
        if settings.color.value == Color::Auto
            && let Some((color, variable)) = environment.color()
        {
            settings.color = Setting::new(color, Origin::Environment(variable));
        }
        if matches!(settings.endpoint_url.origin, Origin::File(_) | Origin::Default)
            && let Some(variable) = SDK_ENDPOINTS.into_iter().find(|variable| environment.has(variable))
            && !settings.ignores_endpoints_of_aws(environment)?
        {
            settings.endpoint_url = Setting::new(None, Origin::Environment(variable));
        }
        Ok(settings)
    }

    /// Returns a warning if boto3 would use another AWS profile: it reads `AWS_DEFAULT_PROFILE` first, as version 1 of the AWS
    /// CLI does. Version 2 reads `AWS_PROFILE` first, and the other SDKs read it alone.
    pub fn profile_warning(&self, environment: &Environment) -> Option<String> {
        let Setting { value: Some(name), origin: Origin::Environment("AWS_PROFILE") } = &self.profile else {
            return None;
        };
        let other = environment.text("AWS_DEFAULT_PROFILE").ok()??;
        let other = other.trim();
        (other != name).then(|| {
            format!("`AWS_PROFILE` (`{name}`) is used; boto3 and AWS CLI 1 use `AWS_DEFAULT_PROFILE` (`{other}`)")
        })
    }

    /// Whether the settings ask for JSON, as far as they are valid. For errors that are found before the settings are read.
    pub fn wants_json(environment: &Environment) -> bool {
        Self::load(Flags::default(), environment)
            .map_or_else(|_| environment.wants_json(), |settings| settings.format.value == Format::Json)
    }

    /// Returns the endpoint in use; `None` for AWS's own.
    ///
    /// # Errors
    /// If one of AWS's files or variables that could give it cannot be read.
    pub fn endpoint(&self, environment: &Environment) -> Result<Setting<Option<String>>, Error> {
        match &self.endpoint_url {
            Setting { value: None, origin: Origin::Environment(variable) } => {
                Ok(Setting::new(environment.text(variable)?, Origin::Environment(variable)))
            }
            Setting { origin: Origin::File(_) | Origin::Default, .. }
                if !self.ignores_endpoints_of_aws(environment)? =>
            {
                let found = environment.aws_files()?.endpoint(self.aws_profile())?;
                Ok(found.map_or_else(|| self.endpoint_url.clone(), |url| Setting::new(Some(url.value), url.origin)))
            }
            own => Ok(own.clone()),
        }
    }

    /// Whether the endpoints of AWS's variables and the AWS profile are ignored.
    ///
    /// # Errors
    /// If the setting is neither true nor false.
    pub fn ignores_endpoints_of_aws(&self, environment: &Environment) -> Result<bool, Error> {
        let of_profile = || environment.aws_files()?.switch(self.aws_profile(), "ignore_configured_endpoint_urls");
        let is_on = environment.aws_switch("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", of_profile)?;
        Ok(is_on.unwrap_or(false))
    }

    /// Returns the name of the AWS profile in use.
    pub fn aws_profile(&self) -> &str {
        self.profile.value.as_deref().unwrap_or(aws_files::DEFAULT)
    }

    /// Returns the Region of the AWS profile in use.
    fn profile_region(&self, environment: &Environment) -> Result<Setting<Option<Region>>, Error> {
        let files = environment.aws_files()?;
        let name = self.aws_profile();
        if name != aws_files::DEFAULT {
            require_profile(name, &self.profile.origin, files)?;
        }
        let Some(found) = files.region(name)? else { return Ok(Setting::default(None)) };
        let origin = Origin::Profile { name: found.profile, file: found.file };
        Ok(Setting::new(Some(region(&found.region, &origin)?), origin))
    }

    /// Returns every setting as `bedrock-ask config` shows it, in the order of the table.
    pub fn list(&self, environment: &Environment) -> Result<Vec<Listed>, Error> {
        let mut list = self.list_rows();
        for listed in list.iter_mut().filter(|listed| listed.key == "endpoint_url") {
            let endpoint = self.endpoint(environment)?;
            listed.value = json!(endpoint.value.as_deref().map(shown_endpoint));
            listed.origin = endpoint.origin;
        }
        Ok(list)
    }

    /// Returns the limit for a whole response that is not streamed.
    pub fn timeout_without_streaming(&self) -> Duration {
        match &self.timeout_first_byte {
            Setting { origin: Origin::Default, .. } => UNSTREAMED_RESPONSE,
            set => set.value,
        }
    }
}

/// Returns the Region of this name, or a usage error with its origin and the nearest Region.
pub fn region(name: &str, origin: &Origin) -> Result<Region, Error> {
    let name = name.trim();
    Region::from_name(name).ok_or_else(|| {
        Error::usage(format!("`{name}` ({origin}) is not a known AWS Region"))
            .hints(Region::nearest(name).map(|near| format!("did you mean `{near}`?")))
    })
}

/// Refuses an AWS profile that neither file has: nothing else may stand in for it.
pub fn require_profile(name: &str, origin: &Origin, files: &AwsFiles) -> Result<(), Error> {
    if files.contains(name) {
        return Ok(());
    }
    let summary = match origin {
        Origin::Flag(_) => format!("there is no AWS profile `{name}`"),
        origin => format!("there is no AWS profile `{name}` ({origin})"),
    };
    Err(Error::new(ExitCode::AccessDenied, summary)
        .hints(files.nearest(name).map(|near| format!("there is one named `{near}`")))
        .hint("`aws configure list-profiles` lists them"))
}

#[cfg(test)]
mod tests {
    use std::fs;

    use serde_json::{Value, json};

    use super::*;

    /// The sources of every setting, the one that comes first at the top, and its default: the key, the place (a flag, a
    /// variable, `file` or `profile`), what is written there, what it means.
    const PRECEDENCE: &[(&str, &str, &str, &str)] = &[
        ("model", "--model", "a", r#""a""#),
        ("model", "BEDROCK_ASK_MODEL", " b ", r#""b""#),
        ("model", "file", "model: c", r#""c""#),
        ("model", "default", "", "null"),
        ("model", "BEDROCK_ASK_MODEL", "b", r#""b""#),
        ("model", "file", "bedrock: {model_id: c}", r#""c""#),
        ("model", "default", "", "null"),
        ("region", "--region", "us-east-1", r#""us-east-1""#),
        ("region", "BEDROCK_ASK_REGION", " us-east-2\n", r#""us-east-2""#),
        ("region", "AWS_REGION", "us-west-1", r#""us-west-1""#),
        ("region", "AWS_DEFAULT_REGION", "us-west-2", r#""us-west-2""#),
        ("region", "file", "region: eu-west-1", r#""eu-west-1""#),
        ("region", "profile", "eu-west-2", r#""eu-west-2""#),
        ("region", "default", "", "null"),
        ("region", "file", "bedrock: {region: eu-west-1}", r#""eu-west-1""#),
        ("region", "default", "", "null"),
        ("profile", "--profile", "a", r#""a""#),
        ("profile", "BEDROCK_ASK_PROFILE", "b", r#""b""#),
        ("profile", "AWS_PROFILE", "c", r#""c""#),
        ("profile", "AWS_DEFAULT_PROFILE", "e", r#""e""#),
        ("profile", "file", "profile: d", r#""d""#),
        ("profile", "default", "", "null"),
        ("auth_refresh", "BEDROCK_ASK_AUTH_REFRESH", " a b ", r#""a b""#),
        ("auth_refresh", "file", "auth_refresh: c", r#""c""#),
        ("auth_refresh", "default", "", "null"),
        ("routing", "--routing", "global", r#"["global"]"#),
        ("routing", "BEDROCK_ASK_ROUTING", "in-region", r#"["in-region"]"#),
        ("routing", "file", "routing: [geo]", r#"["geographic"]"#),
        ("routing", "default", "", r#"["geographic","in-region","global"]"#),
        ("resolve", "--no-resolve", "", "false"),
        ("resolve", "BEDROCK_ASK_RESOLVE", " false ", "false"),
        ("resolve", "file", "resolve: false", "false"),
        ("resolve", "default", "", "true"),
        ("aliases.fast", "BEDROCK_ASK_ALIASES", "fast=a", r#""a""#),
        ("aliases.fast", "file", "aliases: {fast: b}", r#""b""#),
        ("aliases.fast", "default", "", "absent"),
        ("system", "--system", "a", r#""a""#),
        ("system", "BEDROCK_ASK_SYSTEM", "b ", r#""b ""#),
        ("system", "file", "system: c", r#""c""#),
        ("system", "default", "", "null"),
        ("max_tokens", "--max-tokens", "1", "1"),
        ("max_tokens", "BEDROCK_ASK_MAX_TOKENS", "2", "2"),
        ("max_tokens", "file", "max_tokens: 3", "3"),
        ("max_tokens", "default", "", "null"),
        ("temperature", "--temperature", "0.1", "0.1"),
        ("temperature", "BEDROCK_ASK_TEMPERATURE", "0.2", "0.2"),
        ("temperature", "file", "temperature: 1", "1"),
        ("temperature", "default", "", "null"),
        ("top_p", "--top-p", "0.1", "0.1"),
        ("top_p", "BEDROCK_ASK_TOP_P", "0.2", "0.2"),
        ("top_p", "file", "top_p: 0.3", "0.3"),
        ("top_p", "default", "", "null"),
        ("stop_sequences", "--stop", "a", r#"["a"]"#),
        ("stop_sequences", "BEDROCK_ASK_STOP_SEQUENCES", "b", r#"["b"]"#),
        ("stop_sequences", "file", "stop_sequences: [c, d]", r#"["c","d"]"#),
        ("stop_sequences", "default", "", "[]"),
        ("format", "--format", "json", r#""json""#),
        ("format", "BEDROCK_ASK_FORMAT", "text", r#""text""#),
        ("format", "file", "format: json", r#""json""#),
        ("format", "default", "", r#""text""#),
        ("color", "--color", "always", r#""always""#),
        ("color", "BEDROCK_ASK_COLOR", "never", r#""never""#),
        ("color", "file", "color: always", r#""always""#),
        ("color", "NO_COLOR", "1", r#""never""#),
        ("color", "default", "", r#""auto""#),
        ("markdown", "--raw", "", "false"),
        ("markdown", "BEDROCK_ASK_MARKDOWN", "false", "false"),
        ("markdown", "file", "markdown: false", "false"),
        ("markdown", "default", "", "true"),
        ("endpoint_url", "--endpoint-url", "http://a", r#""http://a""#),
        ("endpoint_url", "BEDROCK_ASK_ENDPOINT_URL", "http://b", r#""http://b""#),
        ("endpoint_url", "AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://c", r#""http://c""#),
        ("endpoint_url", "AWS_ENDPOINT_URL", "http://d", r#""http://d""#),
        ("endpoint_url", "file", "endpoint_url: http://e", r#""http://e""#),
        ("endpoint_url", "default", "", "null"),
        ("timeout.connect", "BEDROCK_ASK_TIMEOUT_CONNECT", "1", r#""1s""#),
        ("timeout.connect", "file", "timeout: {connect: 2}", r#""2s""#),
        ("timeout.connect", "default", "", r#""5s""#),
        ("timeout.first_byte", "BEDROCK_ASK_TIMEOUT_FIRST_BYTE", "1", r#""1s""#),
        ("timeout.first_byte", "file", "timeout: {first_byte: 2s}", r#""2s""#),
        ("timeout.first_byte", "default", "", r#""5m""#),
        ("timeout.idle", "BEDROCK_ASK_TIMEOUT_IDLE", "1", r#""1s""#),
        ("timeout.idle", "file", "timeout: {idle: 1.5}", r#""1500ms""#),
        ("timeout.idle", "default", "", r#""2m""#),
        ("timeout.total", "--timeout", "1", r#""1s""#),
        ("timeout.total", "BEDROCK_ASK_TIMEOUT", "2", r#""2s""#),
        ("timeout.total", "BEDROCK_ASK_TIMEOUT_TOTAL", "3", r#""3s""#),
        ("timeout.total", "file", "timeout: {total: 4}", r#""4s""#),
        ("timeout.total", "default", "", "null"),
        ("history", "BEDROCK_ASK_HISTORY", "never", r#""never""#),
        ("history", "file", "history: always", r#""always""#),
        ("history", "default", "", r#""terminal""#),
        ("catalog.path", "BEDROCK_ASK_CATALOG_PATH", "/b", r#""/b""#),
        ("catalog.path", "file", "catalog: {path: c}", r#""c""#),
        ("catalog.path", "default", "", "null"),
        ("catalog.ttl", "BEDROCK_ASK_CATALOG_TTL", "0", r#""0s""#),
        ("catalog.ttl", "file", "catalog: {ttl: 90m}", r#""90m""#),
        ("catalog.ttl", "default", "", r#""1d""#),
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
            fs::create_dir(folder.path().join(".aws")).unwrap();
            fs::write(folder.path().join(".aws/credentials"), "[a]\n[b]\n[c]\n[d]\n[e]\n").unwrap();
            let path = folder.path().to_str().unwrap().to_owned();
            let variables = vec![("HOME".to_owned(), path.clone()), ("XDG_CONFIG_HOME".to_owned(), path)];
            Self { folder, flags: Flags::default(), variables }
        }

        fn set(&mut self, place: &str, written: &str) {
            let text = Some(written.to_owned());
            match place {
                "file" => fs::write(self.folder.path().join("bedrock-ask/config.yaml"), written).unwrap(),
                "profile" => {
                    fs::write(self.folder.path().join(".aws/config"), format!("[default]\nregion={written}")).unwrap();
                }
                "--model" => self.flags.model = text,
                "--region" => self.flags.region = text,
                "--profile" => self.flags.profile = text,
                "--routing" => self.flags.routing = written.parse().ok(),
                "--no-resolve" => self.flags.resolve = Some(false),
                "--raw" => self.flags.markdown = Some(false),
                "--system" => self.flags.system = text,
                "--max-tokens" => self.flags.max_tokens = value::TOKENS.parse(written).ok(),
                "--temperature" => self.flags.temperature = value::FRACTION.parse(written).ok(),
                "--top-p" => self.flags.top_p = value::FRACTION.parse(written).ok(),
                "--stop" => self.flags.stop_sequences = Some(vec![written.to_owned()]),
                "--format" => self.flags.format = value::FORMAT.parse(written).ok(),
                "--color" => self.flags.color = value::COLOR.parse(written).ok(),
                "--endpoint-url" => self.flags.endpoint_url = text,
                "--timeout" => self.flags.timeout_total = value::TIMEOUT.parse(written).ok(),
                variable => self.variables.push((variable.to_owned(), written.to_owned())),
            }
        }

        fn load(self) -> Result<Vec<Listed>, Error> {
            let environment: Environment = self.variables.into_iter().collect();
            Settings::load(self.flags, &environment)?.list(&environment)
        }
    }

    fn names(origin: &Origin, place: &str) -> bool {
        match origin {
            Origin::Flag(name) | Origin::Environment(name) => *name == place,
            Origin::File(found) => {
                place == "file" && found.file.ends_with("bedrock-ask/config.yaml") && found.line == 1
            }
            Origin::Profile { name, file } => place == "profile" && name == "default" && file.ends_with(".aws/config"),
            Origin::Template { .. } | Origin::Services { .. } | Origin::Conversation(_) => false,
            Origin::Default => place == "default",
        }
    }

    #[test]
    fn of_every_set_of_sources_the_first_in_the_order_wins_for_every_setting() {
        for rows in PRECEDENCE.split_inclusive(|(_, place, ..)| *place == "default") {
            let (default, sources) = rows.split_last().unwrap();
            for chosen in 0..1_usize << sources.len() {
                let mut world = World::new();
                let set = || sources.iter().enumerate().filter(|(index, _)| chosen >> index & 1 == 1);
                for (_, (_, place, written, _)) in set() {
                    world.set(place, written);
                }
                let (key, place, _, value) = set().next().map_or(default, |(_, source)| source);
                let list = world.load().unwrap();
                let found = list.iter().find(|setting| setting.key == *key);
                let shown = found.map_or_else(|| "absent".to_owned(), |setting| setting.value.to_string());
                assert_eq!(shown, *value, "{key} from {:?}", set().collect::<Vec<_>>());
                assert!(found.is_none_or(|setting| names(&setting.origin, place)), "{key}: {place} against {found:?}");
            }
        }
    }

    #[test]
    fn every_setting_has_its_row_in_the_table_of_precedence() {
        for setting in World::new().load().unwrap() {
            assert!(PRECEDENCE.iter().any(|(key, ..)| *key == setting.key), "{}", setting.key);
        }
    }

    #[test]
    fn a_blank_variable_counts_as_unset_for_every_setting() {
        let mut world = World::new();
        for (_, place, ..) in PRECEDENCE.iter().filter(|(_, place, ..)| place.contains('_')) {
            world.set(place, " \t");
        }
        assert!(world.load().unwrap().iter().all(|setting| setting.origin == Origin::Default));
    }

    #[test]
    fn a_wrong_variable_is_a_usage_error_with_its_name_and_without_its_value() {
        for (variable, must_be) in [
            ("BEDROCK_ASK_MAX_TOKENS", "a whole number of at least 1"),
            ("BEDROCK_ASK_TOP_P", "a number from 0 to 1"),
            ("BEDROCK_ASK_ROUTING", "a list of geographic (or geo), in-region and global"),
            ("BEDROCK_ASK_RESOLVE", "true or false"),
            ("BEDROCK_ASK_ENDPOINT_URL", "a URL that begins with https:// or http://"),
        ] {
            let mut world = World::new();
            world.set(variable, "wrong");
            assert_eq!(world.load().unwrap_err(), Error::usage(format!("`{variable}` must be {must_be}")));
        }
    }

    #[test]
    fn an_unknown_region_names_its_origin_and_the_nearest_region() {
        let load = |place, written| {
            let mut world = World::new();
            world.set(place, written);
            world.load().unwrap_err()
        };
        assert_eq!(
            load("AWS_REGION", "eu-centrl-9"),
            Error::usage("`eu-centrl-9` (environment AWS_REGION) is not a known AWS Region")
                .hint("did you mean `eu-central-1`?")
        );
        assert_eq!(load("--region", "").message.summary, "`` (flag --region) is not a known AWS Region");
        let error = load("profile", "us-eats-1");
        assert!(error.message.summary.starts_with("`us-eats-1` (AWS profile default in "), "{}", error.message.summary);
    }

    #[test]
    fn the_region_is_that_of_the_chosen_profile() {
        let mut world = World::new();
        let config = world.folder.path().join("aws");
        fs::write(&config, "[default]\nregion=us-east-1\n[profile dev]\nregion=eu-north-1\n").unwrap();
        world.set("AWS_CONFIG_FILE", config.to_str().unwrap());
        world.set("file", "profile: dev");
        let list = world.load().unwrap();
        assert_eq!(list.iter().find(|setting| setting.key == "region").unwrap().value, json!("eu-north-1"));
    }

    #[test]
    fn aliases_of_the_environment_and_the_file_stand_side_by_side() {
        let mut world = World::new();
        world.set("file", "aliases: {fast: a, smart: b}");
        world.set("BEDROCK_ASK_ALIASES", "fast=c,cheap=d");
        let list = world.load().unwrap();
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
        let list = world.load().unwrap();
        assert_eq!(list.iter().find(|setting| setting.key == "endpoint_url").unwrap().value, json!("http://ours"));
    }

    #[test]
    fn a_file_that_the_environment_names_must_exist() {
        let mut world = World::new();
        world.set(file::VARIABLE, "/nonexistent/f.yaml");
        let error = world.load().unwrap_err();
        assert_eq!(error.message.summary, "there is no config file `/nonexistent/f.yaml`");
    }
}
