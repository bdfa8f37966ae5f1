//! The types of value that a setting can have: what each must be, how it is parsed and written. The same for flags, the
//! environment and the config file.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::time::Duration;

use clap::ValueEnum;
use serde::Serialize;

use super::origin::{Origin, Setting};
use super::yaml::{self, Entry, Node, Value};
use crate::error::Error;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::routing::{Routing, RoutingOrder};

const SECOND: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(365 * 24);
const UNITS: [(&str, Duration); 5] = [
    ("ms", Duration::from_millis(1)),
    ("s", SECOND),
    ("m", Duration::from_mins(1)),
    ("h", Duration::from_hours(1)),
    ("d", Duration::from_hours(24)),
];

/// A type of setting: what a value must be, and how it is parsed from text and read from YAML.
pub struct ValueType<T: 'static> {
    /// What the value must be, as it stands after "must be".
    pub expected: &'static str,
    pub yaml_form: YamlForm<T>,
    /// Parses a flag, a variable or a scalar in YAML.
    pub parse: fn(&str) -> Option<T>,
}

/// How a value is written in YAML.
pub enum YamlForm<T> {
    Text,
    Number,
    TextOrNumber,
    /// As a list, a mapping, or text that is checked further.
    Custom(fn(&Node<'_>) -> Result<T, Error>),
}

impl<T> ValueType<T> {
    /// Parses text; the error says what it must be. Fits clap's `value_parser`.
    pub fn parse(&self, text: &str) -> Result<T, String> {
        (self.parse)(text).ok_or_else(|| format!("must be {}", self.expected))
    }

    /// Reads a YAML node; the error says where it is and what it must be.
    pub fn read(&self, node: &Node<'_>) -> Result<T, Error> {
        match (&self.yaml_form, node.value()) {
            (YamlForm::Custom(read), _) => read(node),
            (YamlForm::Text | YamlForm::TextOrNumber, Value::Text(text))
            | (YamlForm::Number | YamlForm::TextOrNumber, Value::Number(text)) => {
                (self.parse)(text).ok_or_else(|| node.invalid(self.expected))
            }
            (YamlForm::Text, _) => Err(node.not_text(self.expected)),
            _ => Err(node.wrong_type(self.expected)),
        }
    }
}

/// A name, such as a model's or a profile's.
pub const NAME: ValueType<String> = ValueType {
    expected: "text that is not blank",
    yaml_form: YamlForm::Text,
    parse: |text| Some(text.trim()).filter(|name| !name.is_empty()).map(str::to_owned),
};

/// Any text, unchanged.
pub const TEXT: ValueType<String> =
    ValueType { expected: "text", yaml_form: YamlForm::Text, parse: |text| Some(text.to_owned()) };

/// The name of a Region. Only a file is checked at once: a flag or a variable is when its value is used.
pub const REGION: ValueType<String> = ValueType {
    yaml_form: YamlForm::Custom(|node| {
        let name = NAME.read(node)?;
        if Region::from_name(&name).is_some() {
            return Ok(name);
        }
        // The text itself is not shown: it may be anything.
        let near = Region::nearest(&name).map(|near| format!("did you mean `{near}`?"));
        Err(node.invalid("a known AWS Region").hints(near))
    }),
    ..NAME
};

/// A switch.
pub const SWITCH: ValueType<bool> = ValueType {
    expected: "true or false",
    yaml_form: YamlForm::Custom(|node| match node.value() {
        Value::Bool(is_on) => Ok(*is_on),
        _ => Err(node.wrong_type(SWITCH.expected)),
    }),
    parse: |text| match text.trim() {
        "true" => Some(true),
        "false" => Some(false),
        _ => None,
    },
};

/// A number of tokens, as wide as the API's own type.
pub const TOKENS: ValueType<i32> = ValueType {
    expected: "a whole number of at least 1",
    yaml_form: YamlForm::Number,
    parse: |text| text.trim().parse().ok().filter(|tokens| *tokens >= 1),
};

/// A temperature or a `top_p`.
pub const FRACTION: ValueType<f32> = ValueType {
    expected: "a number from 0 to 1",
    yaml_form: YamlForm::Number,
    parse: |text| text.trim().parse().ok().filter(|fraction| (0.0..=1.0).contains(fraction)),
};

/// A time limit.
pub const TIMEOUT: ValueType<Duration> = ValueType {
    expected: "a time above zero in seconds, or with a unit, such as 30s or 2m",
    yaml_form: YamlForm::TextOrNumber,
    parse: |text| duration(text).filter(|limit| !limit.is_zero()),
};

/// How long something may be kept; `0` for not at all.
pub const AGE: ValueType<Duration> = ValueType {
    expected: "a time in seconds, or with a unit, such as 30m or 24h",
    yaml_form: YamlForm::TextOrNumber,
    parse: duration,
};

/// The URL of an endpoint.
pub const ENDPOINT: ValueType<String> =
    ValueType { expected: "a URL that begins with https:// or http://", yaml_form: YamlForm::Text, parse: endpoint };

/// The order of routing: separated by commas, or a YAML list.
pub const ROUTING: ValueType<RoutingOrder> = ValueType {
    expected: "a list of geographic (or geo), in-region and global",
    yaml_form: YamlForm::Custom(|node| {
        let kinds = node.texts(ROUTING.expected, |word| word.parse::<Routing>().ok())?;
        RoutingOrder::new(kinds).map_err(|_| node.invalid(ROUTING.expected))
    }),
    parse: |text| text.parse().ok(),
};

/// Stop sequences: a JSON list, one sequence unchanged, or a YAML list.
pub const STOP_SEQUENCES: ValueType<Vec<String>> = ValueType {
    expected: "one stop sequence, or a JSON list of them",
    yaml_form: YamlForm::Custom(|node| {
        let not_empty = |text: &str| Some(text.to_owned()).filter(|text| !text.is_empty());
        node.texts("a list of texts that are not empty", not_empty)
    }),
    parse: |text| {
        let sequences =
            if text.trim_start().starts_with('[') { serde_json::from_str(text).ok()? } else { vec![text.to_owned()] };
        Some(sequences).filter(|sequences| sequences.iter().all(|sequence| !sequence.is_empty()))
    },
};

/// The user's names for models.
pub type Aliases = BTreeMap<String, Setting<String>>;

/// Aliases: `name=model` separated by commas, or a YAML mapping. Text has no position, so those have no origin yet.
pub const ALIASES: ValueType<Aliases> = ValueType {
    expected: "name=model pairs separated by commas, each name once",
    yaml_form: YamlForm::Custom(|node| {
        let alias = |entry: Entry<'_>| {
            let Some(name) = alias_name(entry.key) else {
                let message = "an alias must be a name without spaces or control characters";
                return Err(yaml::error_at(&entry.key_position, message));
            };
            let origin = Origin::File(entry.node.position());
            Ok((name, Setting::new(NAME.read(&entry.node)?, origin)))
        };
        node.entries("a mapping of names to models")?.into_iter().map(alias).collect()
    }),
    parse: |text| {
        let alias = |pair: &str| {
            let (name, model) = pair.split_once('=')?;
            Some((alias_name(name.trim())?, Setting::default((NAME.parse)(model)?)))
        };
        let aliases = text.split(',').map(alias).collect::<Option<Vec<_>>>()?;
        let count = aliases.len();
        Some(Aliases::from_iter(aliases)).filter(|aliases| aliases.len() == count)
    },
};

pub(super) fn alias_name(text: &str) -> Option<String> {
    let fits = !text.is_empty() && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    fits.then(|| text.to_owned())
}

/// Returns the type of a setting that has one of these words.
const fn words<T: ValueEnum>(expected: &'static str) -> ValueType<T> {
    ValueType { expected, yaml_form: YamlForm::Text, parse: |text| T::from_str(text.trim(), false).ok() }
}

pub const FORMAT: ValueType<Format> = words("text or json");

pub const COLOR: ValueType<Color> = words("auto, always or never");

pub const HISTORY: ValueType<SaveHistory> = words("never, terminal or always");

/// The output format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Format {
    #[default]
    Text,
    /// JSON Lines: one object per line.
    Json,
}

/// The values of `--format`, of which each command takes those that it has.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum FormatFlag {
    /// Text for people and shells
    Text,
    /// JSON, one object a line
    Json,
    /// AWS's events as they arrive, one a line, then the result or the error
    Ndjson,
    /// Comma-separated values with a header
    Csv,
    /// A Terraform configuration
    Terraform,
    /// A `CloudFormation` template
    #[value(name = "cloudformation")]
    CloudFormation,
}

impl From<Format> for FormatFlag {
    fn from(format: Format) -> Self {
        match format {
            Format::Text => Self::Text,
            Format::Json => Self::Json,
        }
    }
}

impl FormatFlag {
    /// Returns the format of what every command prints, such as errors; `None` where that is no part of this form.
    pub const fn everywhere(self) -> Option<Format> {
        match self {
            Self::Text => Some(Format::Text),
            Self::Json | Self::Ndjson => Some(Format::Json),
            Self::Csv | Self::Terraform | Self::CloudFormation => None,
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum Color {
    /// On a terminal.
    #[default]
    Auto,
    /// Always.
    Always,
    /// Never.
    Never,
}

impl Color {
    /// Whether a stream is coloured.
    pub fn is_on(self, is_terminal: bool) -> bool {
        match self {
            Self::Always => true,
            Self::Never => false,
            Self::Auto => is_terminal,
        }
    }
}

/// Which prompts and responses are saved as conversations.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, ValueEnum)]
#[serde(rename_all = "lowercase")]
pub enum SaveHistory {
    Never,
    /// Those of a person: stdin or stdout is a terminal, and `CI` is not set.
    #[default]
    Terminal,
    Always,
}

/// Formats a duration as a setting is written: `5s`, `2m`, `1500ms`.
pub fn format_duration(duration: Duration) -> String {
    let milliseconds = duration.as_millis();
    let exact = |unit: &&(&str, Duration)| milliseconds.is_multiple_of(unit.1.as_millis());
    match UNITS.iter().rev().find(exact) {
        Some((unit, length)) if milliseconds > 0 => format!("{}{unit}", milliseconds / length.as_millis()),
        _ => "0s".to_owned(),
    }
}

fn duration(text: &str) -> Option<Duration> {
    let text = text.trim();
    let digits = text.trim_end_matches(|letter: char| letter.is_ascii_alphabetic());
    let unit = match &text[digits.len()..] {
        "" => SECOND,
        unit => UNITS.iter().find(|(name, _)| *name == unit)?.1,
    };
    let plain = digits.trim_end();
    if !plain.bytes().all(|letter| letter.is_ascii_digit() || letter == b'.') {
        return None;
    }
    let seconds = plain.parse::<f64>().ok()? * unit.as_secs_f64();
    Duration::try_from_secs_f64(seconds).ok().filter(|duration| *duration <= LONGEST)
}

fn endpoint(text: &str) -> Option<String> {
    let address = text.trim();
    let rest = address.strip_prefix("https://").or_else(|| address.strip_prefix("http://"))?;
    let host = rest.split(['/', '?', '#']).next()?.rsplit('@').next()?;
    let fits = !host.is_empty() && !address.chars().any(|letter| letter.is_whitespace() || letter.is_control());
    fits.then(|| address.to_owned())
}

/// Returns the URL of an endpoint with `***` in place of its password, and of its query or fragment, which often holds a
/// key.
pub fn shown_endpoint(url: &str) -> String {
    let shown = without_password(url);
    match shown.find(['?', '#']) {
        Some(end) => format!("{}***", &shown[..=end]),
        None => shown.into_owned(),
    }
}

/// Returns a text, such as a URL, with the password of every URL in it replaced by `***`.
pub fn without_password(text: &str) -> Cow<'_, str> {
    if !text.contains('@') {
        return Cow::Borrowed(text);
    }
    let ends = |letter: char| letter.is_whitespace() || matches!(letter, '\'' | '"' | '`' | '<' | '>');
    text.split_inclusive(ends).map(without_password_in_word).collect::<String>().into()
}

fn without_password_in_word(word: &str) -> Cow<'_, str> {
    let start = word.find("://").map_or(0, |at| at + 3);
    let rest = &word[start..];
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    // A password may hold what would end an authority: then what stands after the `:` is no port.
    let port = authority.split_once(':').map_or("", |(_, port)| port);
    let is_port = port.bytes().all(|byte| byte.is_ascii_digit());
    let Some(end) = authority.rfind('@').or_else(|| rest.rfind('@').filter(|_| !is_port)) else {
        return Cow::Borrowed(word);
    };
    let name = rest[..end].split_once(':').map(|(name, _)| name);
    match name {
        // Without a scheme it may be any text, such as an address for mail.
        None if start == 0 => Cow::Borrowed(word),
        name => {
            let name = name.map_or(String::new(), |name| format!("{name}:"));
            Cow::Owned(format!("{}{name}***{}", &word[..start], &rest[end..]))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_are_seconds_or_carry_a_unit() {
        let read = |text| duration(text).map(|duration| duration.as_millis());
        for (text, milliseconds) in [
            ("30", 30_000),
            ("30s", 30_000),
            ("2m", 120_000),
            ("24h", 86_400_000),
            ("1.5", 1_500),
            ("0", 0),
            ("250ms", 250),
        ] {
            assert_eq!(read(text), Some(milliseconds), "{text}");
        }
        for text in ["", "s", "-1", "1e3", "inf", "NaN", "2 weeks", "1..2", "366d", "9999999999999999999999", "5S"] {
            assert_eq!(read(text), None, "{text}");
        }
        assert!(TIMEOUT.parse("0").is_err());
    }

    #[test]
    fn a_time_is_written_so_that_it_reads_back() {
        for (text, written) in [("90", "90s"), ("120", "2m"), ("24h", "1d"), ("1.5", "1500ms"), ("0", "0s")] {
            assert_eq!(format_duration(duration(text).unwrap()), written);
            assert_eq!(duration(written), duration(text));
        }
    }

    #[test]
    fn a_fraction_lies_from_0_to_1() {
        for (text, value) in [("0", Some(0.0)), ("1", Some(1.0)), ("0.7", Some(0.7)), ("1.01", None), ("-0.1", None)] {
            assert_eq!((FRACTION.parse)(text), value, "{text}");
        }
        assert_eq!(FRACTION.parse("NaN"), Err("must be a number from 0 to 1".to_owned()));
    }

    #[test]
    fn an_endpoint_is_an_address_with_a_host() {
        for text in ["https://a", "http://127.0.0.1:80/x", " https://u:p@host "] {
            assert!(endpoint(text).is_some(), "{text}");
        }
        for text in ["ftp://a", "a", "https://", "https:///path", "https://u@", "https://a b"] {
            assert!(endpoint(text).is_none(), "{text}");
        }
    }

    #[test]
    fn a_password_in_an_address_is_masked() {
        for (address, shown) in [
            ("https://host/path", "https://host/path"),
            ("https://user:secret@host:1/p?q=a@b", "https://user:***@host:1/p?q=a@b"),
            ("https://token@host", "https://***@host"),
            ("http://u:p@ss@host", "http://u:***@host"),
            ("https://host/a@b", "https://host/a@b"),
            ("https://host:80/a@b", "https://host:80/a@b"),
            ("http://u:p/a:ss@host", "http://u:***@host"),
            ("u:secret@host", "u:***@host"),
            ("mail@host", "mail@host"),
            ("no `http://u:p@a` or 'http://u:p@b'", "no `http://u:***@a` or 'http://u:***@b'"),
        ] {
            assert_eq!(without_password(address), shown);
        }
    }

    #[test]
    fn stop_sequences_are_a_json_list_or_one_sequence() {
        assert_eq!(STOP_SEQUENCES.parse("END, or so"), Ok(vec!["END, or so".to_owned()]));
        assert_eq!(STOP_SEQUENCES.parse(r#"["END", "\n\n"]"#), Ok(vec!["END".to_owned(), "\n\n".to_owned()]));
        assert!(STOP_SEQUENCES.parse("[END").is_err());
    }

    #[test]
    fn aliases_are_pairs_with_commas() {
        let aliases = ALIASES.parse("fast=nova-lite, smart = claude").unwrap();
        assert_eq!(
            aliases.into_iter().map(|(name, model)| (name, model.value)).collect::<Vec<_>>(),
            [("fast".to_owned(), "nova-lite".to_owned()), ("smart".to_owned(), "claude".to_owned())]
        );
        assert!(ALIASES.parse("fast=a,fast=b").is_err());
        assert!(ALIASES.parse("fast").is_err() && ALIASES.parse("fast=").is_err() && ALIASES.parse("=x").is_err());
    }
}
