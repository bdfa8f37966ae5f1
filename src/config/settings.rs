//! The table of settings. One row declares a setting: its field, its key in config.yaml, its flag, its environment
//! variables, its type and its default; everything that exists once per setting is generated from the rows.

use std::time::Duration;

use super::environment::Environment;
use super::field::{Field, Listed, Sources, ToJson};
use super::origin::{FilePosition, Origin, Setting};
use super::value::{self, Aliases, Color, Format, SaveHistory};
use super::yaml::{Document, Node, Value, error_at, quoted_list};
use crate::error::Error;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::routing::RoutingOrder;

/// How a setting is named, for its users.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// The key in config.yaml, such as `timeout.connect`.
    pub key: &'static str,
    /// The flag, if it has one.
    pub flags: &'static [&'static str],
    /// The environment variables, the one that wins first.
    pub variables: &'static [&'static str],
}

/// Keys that files of an earlier Bedrock tool use, and what they are now.
pub(super) const OLDER_KEYS: [(&str, &str); 2] = [("bedrock.region", "region"), ("bedrock.model_id", "model")];

macro_rules! settings {
    ($(
        $(#[doc = $doc:literal])+
        $field:ident: $type:ty {
            key: $key:literal,
            $(flag: $flag:literal,)?
            variables: [$($variable:literal),+],
            value: $value:ty = $value_type:expr,
            default: $default:expr $(,)?
        }
    )+) => {
        /// Every setting, with its origin.
        #[derive(Clone, Debug, PartialEq)]
        pub struct Settings {
            $($(#[doc = $doc])+ pub $field: $type,)+
        }

        /// The values that the command line gives.
        #[derive(Clone, Debug, Default)]
        pub struct Flags {
            $($(#[doc = concat!("`", $flag, "`")] pub $field: Option<$value>,)?)+
            /// Those of the template that `--template` names.
            pub template: FileSettings,
        }

        /// The values that a config file or a template gives, with their positions.
        #[derive(Clone, Debug, Default, PartialEq)]
        pub struct FileSettings {
            $(pub $field: Option<Setting<$value>>,)+
        }

        pub const ROWS: &[Row] = &[$(Row { key: $key, flags: &[$($flag)?], variables: &[$($variable),+] }),+];

        impl Settings {
            /// Takes each setting from the first source that has it: flag, template, environment, file, default.
            pub(super) fn from_sources(
                flags: Flags,
                environment: &Environment,
                file: FileSettings,
            ) -> Result<Self, Error> {
                Ok(Self { $($field: Field::load(
                    Sources {
                        flag: None$(.or(flags.$field.map(|value| Setting::new(value, Origin::Flag($flag)))))?
                            .or(flags.template.$field),
                        variables: &[$($variable),+],
                        value_type: &$value_type,
                        environment,
                        file: file.$field,
                    },
                    $default,
                )?,)+ })
            }

            /// Returns every setting, in the order of the table.
            pub(super) fn list_rows(&self) -> Vec<Listed> {
                [$(Field::<$value>::list(&self.$field, $key)),+].concat()
            }
        }

        /// Parses text as a variable gives it, and returns the value as JSON, or what it must be; `None` if no row has this
        /// key.
        pub(super) fn parse_value(key: &str, text: &str) -> Option<Result<serde_json::Value, String>> {
            match key {
                $($key => Some($value_type.parse(text).map(|value| value.to_json())),)+
                _ => None,
            }
        }

        impl FileSettings {
            /// Stores the setting with this key; `node` may be under an older key.
            pub(super) fn store(&mut self, key: &str, node: &Node<'_>, origin: Origin) -> Result<(), Error> {
                match key {
                    $($key => {
                        let setting = Setting::new($value_type.read(node)?, origin);
                        if let Some(Setting { origin: Origin::File(earlier), .. }) = self.$field.replace(setting) {
                            return Err(given_twice(key, node, &earlier));
                        }
                    })+
                    _ => {}
                }
                Ok(())
            }
        }
    };
}

settings! {
    /// The model to invoke if the command names none.
    model: Setting<Option<String>> {
        key: "model",
        flag: "--model",
        variables: ["BEDROCK_ASK_MODEL"],
        value: String = value::NAME,
        default: None,
    }
    /// The source Region.
    region: Setting<Option<Region>> {
        key: "region",
        flag: "--region",
        variables: ["BEDROCK_ASK_REGION", "AWS_REGION", "AWS_DEFAULT_REGION"],
        value: String = value::REGION,
        default: None,
    }
    /// The AWS profile; `None` leaves the choice to the SDK.
    profile: Setting<Option<String>> {
        key: "profile",
        flag: "--profile",
        variables: ["BEDROCK_ASK_PROFILE", "AWS_PROFILE", "AWS_DEFAULT_PROFILE"],
        value: String = value::NAME,
        default: None,
    }
    /// The command that signs in again if credentials have expired.
    auth_refresh: Setting<Option<String>> {
        key: "auth_refresh",
        variables: ["BEDROCK_ASK_AUTH_REFRESH"],
        value: String = value::NAME,
        default: None,
    }
    /// The allowed kinds of routing, in order.
    routing: Setting<RoutingOrder> {
        key: "routing",
        flag: "--routing",
        variables: ["BEDROCK_ASK_ROUTING"],
        value: RoutingOrder = value::ROUTING,
        default: RoutingOrder::default(),
    }
    /// Whether the model of a prompt is resolved; otherwise its text is sent as it is written.
    resolve: Setting<bool> {
        key: "resolve",
        flag: "--no-resolve",
        variables: ["BEDROCK_ASK_RESOLVE"],
        value: bool = value::SWITCH,
        default: true,
    }
    /// The user's names for models; those of the environment are added to those of the file.
    aliases: Aliases {
        key: "aliases",
        variables: ["BEDROCK_ASK_ALIASES"],
        value: Aliases = value::ALIASES,
        default: Aliases::new(),
    }
    /// The system prompt; `None` if it is empty.
    system: Setting<Option<String>> {
        key: "system",
        flag: "--system",
        variables: ["BEDROCK_ASK_SYSTEM"],
        value: String = value::TEXT,
        default: None,
    }
    /// The most tokens that a response may have.
    max_tokens: Setting<Option<i32>> {
        key: "max_tokens",
        flag: "--max-tokens",
        variables: ["BEDROCK_ASK_MAX_TOKENS"],
        value: i32 = value::TOKENS,
        default: None,
    }
    /// The sampling temperature, from 0 to 1.
    temperature: Setting<Option<f32>> {
        key: "temperature",
        flag: "--temperature",
        variables: ["BEDROCK_ASK_TEMPERATURE"],
        value: f32 = value::FRACTION,
        default: None,
    }
    /// The probability mass of nucleus sampling, from 0 to 1.
    top_p: Setting<Option<f32>> {
        key: "top_p",
        flag: "--top-p",
        variables: ["BEDROCK_ASK_TOP_P"],
        value: f32 = value::FRACTION,
        default: None,
    }
    /// The texts that end a response.
    stop_sequences: Setting<Vec<String>> {
        key: "stop_sequences",
        flag: "--stop",
        variables: ["BEDROCK_ASK_STOP_SEQUENCES"],
        value: Vec<String> = value::STOP_SEQUENCES,
        default: Vec::new(),
    }
    /// The output format.
    format: Setting<Format> {
        key: "format",
        flag: "--format",
        variables: ["BEDROCK_ASK_FORMAT"],
        value: Format = value::FORMAT,
        default: Format::default(),
    }
    /// When to use colour; variables of all programs, such as `NO_COLOR`, decide about `auto`.
    color: Setting<Color> {
        key: "color",
        flag: "--color",
        variables: ["BEDROCK_ASK_COLOR"],
        value: Color = value::COLOR,
        default: Color::default(),
    }
    /// Whether a response on a terminal is styled as Markdown and wrapped.
    markdown: Setting<bool> {
        key: "markdown",
        flag: "--raw",
        variables: ["BEDROCK_ASK_MARKDOWN"],
        value: bool = value::SWITCH,
        default: true,
    }
    /// The endpoint; `None` leaves the choice to the SDK, also if the origin is one of the SDK's variables.
    endpoint_url: Setting<Option<String>> {
        key: "endpoint_url",
        flag: "--endpoint-url",
        variables: ["BEDROCK_ASK_ENDPOINT_URL"],
        value: String = value::ENDPOINT,
        default: None,
    }
    /// The limit until the connection is established.
    timeout_connect: Setting<Duration> {
        key: "timeout.connect",
        variables: ["BEDROCK_ASK_TIMEOUT_CONNECT"],
        value: Duration = value::TIMEOUT,
        default: Duration::from_secs(5),
    }
    /// The limit until the first event of a stream; if set, also for a whole response that is not streamed.
    timeout_first_byte: Setting<Duration> {
        key: "timeout.first_byte",
        variables: ["BEDROCK_ASK_TIMEOUT_FIRST_BYTE"],
        value: Duration = value::TIMEOUT,
        default: Duration::from_mins(5),
    }
    /// The limit between two events of a stream.
    timeout_idle: Setting<Duration> {
        key: "timeout.idle",
        variables: ["BEDROCK_ASK_TIMEOUT_IDLE"],
        value: Duration = value::TIMEOUT,
        default: Duration::from_mins(2),
    }
    /// The limit for the whole call, retries included.
    timeout_total: Setting<Option<Duration>> {
        key: "timeout.total",
        flag: "--timeout",
        variables: ["BEDROCK_ASK_TIMEOUT", "BEDROCK_ASK_TIMEOUT_TOTAL"],
        value: Duration = value::TIMEOUT,
        default: None,
    }
    /// Which prompts and responses are saved as conversations.
    history: Setting<SaveHistory> {
        key: "history",
        variables: ["BEDROCK_ASK_HISTORY"],
        value: SaveHistory = value::HISTORY,
        default: SaveHistory::default(),
    }
    /// The catalog file that is used in place of the built-in catalog.
    catalog_path: Setting<Option<String>> {
        key: "catalog.path",
        variables: ["BEDROCK_ASK_CATALOG_PATH"],
        value: String = value::NAME,
        default: None,
    }
    /// How long a cached live catalog is used without asking AWS again; zero for never.
    catalog_ttl: Setting<Duration> {
        key: "catalog.ttl",
        variables: ["BEDROCK_ASK_CATALOG_TTL"],
        value: Duration = value::AGE,
        default: Duration::from_hours(24),
    }
}

impl FileSettings {
    /// Returns the settings that the file gives, with their passwords.
    pub(super) fn list(self) -> Result<Vec<Listed>, Error> {
        let rows = Settings::from_sources(Flags::default(), &Environment::new(|_| None, Vec::new), self)?.list_rows();
        Ok(rows.into_iter().filter(|listed| matches!(listed.origin, Origin::File(_))).collect())
    }

    /// Reads the settings of a config file; an unknown key is an error.
    pub fn read(document: &Document) -> Result<Self, Error> {
        let root = document.root("the config file");
        let mut settings = Self::default();
        if *root.value() != Value::Null {
            settings.read_mapping("", &root, "a mapping of settings")?;
        }
        Ok(settings)
    }

    fn read_mapping(&mut self, prefix: &str, mapping: &Node<'_>, expected: &str) -> Result<(), Error> {
        let known = keys_below(prefix);
        for entry in mapping.entries(expected)? {
            if !known.contains(&entry.key) {
                return Err(mapping.unknown_key(&entry, &known));
            }
            let key = format!("{prefix}{}", entry.key);
            let section = format!("{key}.");
            let keys = keys_below(&section);
            if keys.is_empty() {
                let older = OLDER_KEYS.iter().find(|(older, _)| *older == key);
                let origin = Origin::File(entry.node.position());
                self.store(older.map_or(&key, |(_, now)| now), &entry.node, origin)?;
            } else {
                self.read_mapping(&section, &entry.node, &format!("a mapping with {}", quoted_list(&keys)))?;
            }
        }
        Ok(())
    }
}

/// Returns the keys in the section with this prefix: "" for the top level, else a name and a dot.
fn keys_below(prefix: &str) -> Vec<&'static str> {
    let keys = ROWS.iter().map(|row| row.key).chain(OLDER_KEYS.iter().map(|(older, _)| *older));
    let below = keys.filter_map(|key| key.strip_prefix(prefix)?.split('.').next());
    let mut below: Vec<_> = below.collect();
    below.dedup();
    below
}

/// The error for a setting that a file gives under its key and under its older one.
fn given_twice(key: &str, node: &Node<'_>, earlier: &FilePosition) -> Error {
    let older = OLDER_KEYS.iter().find(|(_, now)| *now == key).map_or(key, |(older, _)| older);
    let (first, second) = if node.path() == key { (older, key) } else { (key, older) };
    let message = format!("`{second}` is the same setting as `{first}` in line {}", earlier.line);
    error_at(&node.position(), &message).hint(format!("keep `{key}`"))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    const README: &str = include_str!("../../README.md");
    const TEMPLATE: &str = include_str!("../commands/config.yaml");

    /// Returns the words in backticks.
    fn quoted(text: &str) -> BTreeSet<&str> {
        text.split('`').skip(1).step_by(2).collect()
    }

    #[test]
    fn every_setting_is_in_the_readme_with_its_flag_and_variables() {
        let header = "| Key in config.yaml | Flag | Environment |";
        let lines = README.lines().skip_while(|line| !line.starts_with(header)).skip(2);
        let cells = |line: &'static str| line.split('|').skip(1).map(quoted).collect::<Vec<_>>();
        let documented: Vec<_> = lines.take_while(|line| line.starts_with('|')).map(cells).collect();
        for row in ROWS {
            let line = documented.iter().find(|line| line[0].contains(row.key));
            let line = line.unwrap_or_else(|| panic!("README has no row for `{}`", row.key));
            for (cell, names) in [(&line[1], row.flags), (&line[2], row.variables)] {
                assert!(names.iter().all(|name| cell.contains(name)), "README on `{}`: {names:?}", row.key);
            }
        }
        let keys: BTreeSet<_> = ROWS.iter().map(|row| row.key).collect();
        let flags: BTreeSet<_> = ROWS.iter().flat_map(|row| row.flags.iter().copied()).collect();
        for line in &documented {
            assert!(line[0].is_subset(&keys), "{:?}", line[0]);
            assert!(line[1].is_subset(&flags), "{:?}", line[1]);
        }
    }

    #[test]
    fn every_setting_is_in_the_template() {
        let mut keys = BTreeSet::new();
        let mut section = "";
        for line in TEMPLATE.lines().filter_map(|line| line.strip_prefix('#')) {
            match (line.split_once(':'), line.strip_prefix("  ").and_then(|line| line.split_once(':'))) {
                (_, Some((key, _))) => drop(keys.insert(format!("{section}.{key}"))),
                (Some((key, _)), None) if !key.starts_with(' ') => {
                    section = key;
                    keys.insert(key.to_owned());
                }
                _ => {}
            }
        }
        for row in ROWS {
            assert!(keys.contains(row.key), "the template has no `{}`: {keys:?}", row.key);
        }
    }
}
