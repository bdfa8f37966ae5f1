//! The kinds of value that a setting can have: how each is written, read and described. The same for flags, the
//! environment and the settings file.

use std::collections::BTreeMap;
use std::time::Duration;

use crate::model::routing::RoutingOrder;

const SECOND: Duration = Duration::from_secs(1);
const LONGEST: Duration = Duration::from_hours(365 * 24);
const UNITS: [(&str, Duration); 5] = [
    ("ms", Duration::from_millis(1)),
    ("s", SECOND),
    ("m", Duration::from_mins(1)),
    ("h", Duration::from_hours(1)),
    ("d", Duration::from_hours(24)),
];

/// One kind of value: what it must be, how YAML may write it, and how it is read from text.
pub struct Kind<T> {
    /// What the value must be, as it stands after "must be".
    pub must_be: &'static str,
    /// How YAML may write it.
    pub written: Written,
    /// Reads it; nothing where the text is not of this kind.
    pub read: fn(&str) -> Option<T>,
}

/// How YAML may write a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Written {
    /// As text.
    Text,
    /// As a number.
    Number,
    /// As either.
    TextOrNumber,
}

impl<T> Kind<T> {
    /// Reads a value from text; the error says what it must be. It fits clap's `value_parser`.
    pub fn parse(&self, text: &str) -> Result<T, String> {
        (self.read)(text).ok_or_else(|| format!("must be {}", self.must_be))
    }
}

/// A name, such as a model's or a profile's.
pub const NAME: Kind<String> = Kind {
    must_be: "text that is not blank",
    written: Written::Text,
    read: |text| Some(text.trim()).filter(|name| !name.is_empty()).map(str::to_owned),
};

/// Any text, kept as it stands.
pub const TEXT: Kind<String> = Kind { must_be: "text", written: Written::Text, read: |text| Some(text.to_owned()) };

/// A number of tokens, as wide as the API's own type.
pub const TOKENS: Kind<i32> = Kind {
    must_be: "a whole number of at least 1",
    written: Written::Number,
    read: |text| text.trim().parse().ok().filter(|tokens| *tokens >= 1),
};

/// A temperature or a `top_p`.
pub const FRACTION: Kind<f32> = Kind {
    must_be: "a number from 0 to 1",
    written: Written::Number,
    read: |text| text.trim().parse().ok().filter(|fraction| (0.0..=1.0).contains(fraction)),
};

/// A time limit.
pub const TIMEOUT: Kind<Duration> = Kind {
    must_be: "a time above zero in seconds, or with a unit, such as 30s or 2m",
    written: Written::TextOrNumber,
    read: |text| duration(text).filter(|limit| !limit.is_zero()),
};

/// How long something may be kept; `0` for not at all.
pub const AGE: Kind<Duration> = Kind {
    must_be: "a time in seconds, or with a unit, such as 30m or 24h",
    written: Written::TextOrNumber,
    read: duration,
};

/// The address of an endpoint.
pub const ENDPOINT: Kind<String> =
    Kind { must_be: "an address that begins with https:// or http://", written: Written::Text, read: endpoint };

/// The order of routing, as a list with commas.
pub const ROUTING: Kind<RoutingOrder> = Kind {
    must_be: "a list of geographic (or geo), in-region and global",
    written: Written::Text,
    read: |text| text.parse().ok(),
};

/// Stop sequences: a JSON list, or one sequence as it stands.
pub const STOP_SEQUENCES: Kind<Vec<String>> = Kind {
    must_be: "one stop sequence, or a JSON list of them",
    written: Written::Text,
    read: |text| {
        let sequences =
            if text.trim_start().starts_with('[') { serde_json::from_str(text).ok()? } else { vec![text.to_owned()] };
        Some(sequences).filter(|sequences| sequences.iter().all(|sequence| !sequence.is_empty()))
    },
};

/// Aliases as `name=model`, with commas between them.
pub const ALIASES: Kind<BTreeMap<String, String>> = Kind {
    must_be: "name=model, with commas between several",
    written: Written::Text,
    read: |text| {
        let alias = |pair: &str| {
            let (name, target) = pair.split_once('=')?;
            Some(((ALIAS_NAME.read)(name.trim())?, (NAME.read)(target)?))
        };
        text.split(',').map(alias).collect()
    },
};

/// The name of an alias.
pub const ALIAS_NAME: Kind<String> = Kind {
    must_be: "a name without spaces and control characters",
    written: Written::Text,
    read: |text| {
        let fits = !text.is_empty() && !text.chars().any(|letter| letter.is_whitespace() || letter.is_control());
        fits.then(|| text.to_owned())
    },
};

/// The form of the output.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
pub enum Format {
    /// Text for people and shells.
    #[default]
    Text,
    /// JSON, one object a line.
    Json,
}

/// What `--format` can say: the forms that every command has, and those of a single one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum FormatFlag {
    /// Text for people and shells
    Text,
    /// JSON, one object a line
    Json,
    /// Comma-separated values with a header; of `models` alone
    Csv,
    /// A Terraform configuration; of `iam-policy` alone
    Terraform,
    /// A `CloudFormation` template; of `iam-policy` alone
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
    /// The form, where every command has it.
    pub const fn everywhere(self) -> Option<Format> {
        match self {
            Self::Text => Some(Format::Text),
            Self::Json => Some(Format::Json),
            Self::Csv | Self::Terraform | Self::CloudFormation => None,
        }
    }

    /// The one command that has this form; none where every command has it.
    pub const fn command(self) -> Option<&'static str> {
        match self {
            Self::Text | Self::Json => None,
            Self::Csv => Some("models"),
            Self::Terraform | Self::CloudFormation => Some("iam-policy"),
        }
    }
}

impl Format {
    /// How it is written.
    pub const KIND: Kind<Self> = Kind {
        must_be: "text or json",
        written: Written::Text,
        read: |text| match text.trim() {
            "text" => Some(Self::Text),
            "json" => Some(Self::Json),
            _ => None,
        },
    };

    /// The word in flags, files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Json => "json",
        }
    }
}

/// When to use colour.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, clap::ValueEnum)]
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
    /// How it is written.
    pub const KIND: Kind<Self> = Kind {
        must_be: "auto, always or never",
        written: Written::Text,
        read: |text| match text.trim() {
            "auto" => Some(Self::Auto),
            "always" => Some(Self::Always),
            "never" => Some(Self::Never),
            _ => None,
        },
    };

    /// The word in flags, files and output.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Auto => "auto",
            Self::Always => "always",
            Self::Never => "never",
        }
    }
}

/// A time as a setting would write it: `5s`, `2m`, `1500ms`.
pub fn written_duration(duration: Duration) -> String {
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

/// The address without the password that it may hold.
pub fn without_password(address: &str) -> String {
    let Some((scheme, rest)) = address.split_once("://") else { return address.to_owned() };
    let authority = &rest[..rest.find(['/', '?', '#']).unwrap_or(rest.len())];
    let Some((user, _)) = authority.rsplit_once('@') else { return address.to_owned() };
    let shown = user.split_once(':').map_or(String::new(), |(name, _)| format!("{name}:"));
    format!("{scheme}://{shown}***{}", &rest[user.len()..])
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
            assert_eq!(written_duration(duration(text).unwrap()), written);
            assert_eq!(duration(written), duration(text));
        }
    }

    #[test]
    fn a_fraction_lies_from_0_to_1() {
        for (text, value) in [("0", Some(0.0)), ("1", Some(1.0)), ("0.7", Some(0.7)), ("1.01", None), ("-0.1", None)] {
            assert_eq!((FRACTION.read)(text), value, "{text}");
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
            aliases.into_iter().collect::<Vec<_>>(),
            [("fast".to_owned(), "nova-lite".to_owned()), ("smart".to_owned(), "claude".to_owned())]
        );
        assert!(ALIASES.parse("fast").is_err() && ALIASES.parse("fast=").is_err() && ALIASES.parse("=x").is_err());
    }
}
