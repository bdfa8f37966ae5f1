//! YAML as a tree that knows its places, and mistakes in it told without showing any of it. Knows no setting.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::granit_parser::ErrorKind;
use serde_yaml::localizer::ExternalMessageSource;
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Error, Spanned};

/// A value, its line and its column.
pub type Node = Spanned<Value>;

/// What a node holds. Numbers keep their digits: the setting decides how to read them.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    /// Nothing, or `null`.
    Nothing,
    /// `true` or `false`.
    Truth,
    /// A number.
    Number(String),
    /// Text.
    Text(String),
    /// A list.
    List(Vec<Node>),
    /// A mapping, in the order of the file.
    Mapping(Vec<(Spanned<String>, Node)>),
}

impl Value {
    /// What it is, as it stands after "not".
    pub fn describe(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::Truth => "a truth value",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

/// What is wrong with the YAML itself, without a word of it. Line 0 stands for no place in particular.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mistake {
    /// The line, from 1.
    pub line: u64,
    /// The column in characters, from 1.
    pub column: u64,
    /// What is wrong.
    pub what: String,
}

/// Reads one document. Documents that are large, deep or repeat themselves are refused.
pub fn parse(text: &str) -> Result<Node, Mistake> {
    let options = serde_yaml::options! {
        budget: serde_yaml::budget! {
            max_depth: 8,
            max_documents: 2,
            max_nodes: 20_000,
            max_events: 100_000,
            max_anchors: 100,
            max_aliases: 100,
            max_recorded_anchor_events: 10_000,
        },
        alias_limits: serde_yaml::alias_limits! { max_total_replayed_events: 10_000, max_replay_stack_depth: 8 },
        duplicate_keys: DuplicateKeyPolicy::Error,
        merge_keys: MergeKeyPolicy::Error,
        non_finite_float_policy: NonFiniteFloatPolicy::PassThrough,
        strict_booleans: true,
        reject_unsupported_tags: true,
        with_snippet: false,
    };
    serde_yaml::from_str_with_options(text, options).map_err(|error| mistake(error.without_snippet()))
}

/// A key as an error may show it: nothing where it does not look like one, since it may be a secret out of place.
pub fn shown_key(key: &str) -> Option<&str> {
    let plain = |letter: u8| letter.is_ascii_alphanumeric() || b"_-.".contains(&letter);
    Some(key).filter(|key| (1..=32).contains(&key.len()) && key.bytes().all(plain))
}

fn mistake(error: &Error) -> Mistake {
    let (line, column) = error.location().map_or((0, 0), |place| (place.line(), place.column()));
    Mistake { line, column, what: describe(error) }
}

fn describe(error: &Error) -> String {
    match error {
        Error::MultipleDocuments { .. } => "a second document begins; it must be one".to_owned(),
        Error::DuplicateMappingKey { key, .. } => match key.as_deref().and_then(shown_key) {
            Some(key) => format!("`{key}` is given twice"),
            None => "a key is given twice".to_owned(),
        },
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. } => "it is nested or repeated more than settings can be".to_owned(),
        Error::RecursiveReferencesRequireWeakTypes { .. } => "an anchor contains itself".to_owned(),
        Error::UnknownAnchor { .. } => "an alias (`*name`) refers to no anchor (`&name`)".to_owned(),
        Error::MergeKeyNotAllowed { .. } => "merge keys (`<<`) are not allowed".to_owned(),
        Error::UnsupportedTag { .. } => "tags (`!name`) are not allowed".to_owned(),
        Error::AliasError { error, .. } => describe(error),
        Error::ExternalMessage { source, .. } => match source.as_ref() {
            ExternalMessageSource::Parser(scan) => describe_syntax(scan.kind()),
            _ => "it is not valid YAML".to_owned(),
        },
        _ => "it is not valid YAML".to_owned(),
    }
}

fn describe_syntax(kind: &ErrorKind) -> String {
    match kind {
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabAtBlockScalarStart
        | ErrorKind::TabInPlainScalar => "a tab stands where YAML wants spaces".to_owned(),
        ErrorKind::RecursionLimitExceeded => "it is nested or repeated more than settings can be".to_owned(),
        ErrorKind::UnknownAnchor => "an alias (`*name`) refers to no anchor (`&name`)".to_owned(),
        ErrorKind::UnexpectedCharacter { .. } => "a character stands where YAML allows none like it".to_owned(),
        ErrorKind::InputIo { .. } | ErrorKind::InputDecoding { .. } | ErrorKind::Custom(_) => {
            "it is not valid YAML".to_owned()
        }
        fixed => format!("it is not valid YAML: {fixed}"),
    }
}

impl<'de> Deserialize<'de> for Value {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(ValueVisitor)
    }
}

struct ValueVisitor;

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Nothing)
    }

    fn visit_bool<E>(self, _: bool) -> Result<Value, E> {
        Ok(Value::Truth)
    }

    fn visit_i64<E>(self, number: i64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_u64<E>(self, number: u64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_i128<E>(self, number: i128) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_u128<E>(self, number: u128) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_f64<E>(self, number: f64) -> Result<Value, E> {
        Ok(Value::Number(number.to_string()))
    }

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut list = Vec::new();
        while let Some(node) = access.next_element()? {
            list.push(node);
        }
        Ok(Value::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        let mut mapping = Vec::new();
        while let Some(entry) = access.next_entry()? {
            mapping.push(entry);
        }
        Ok(Value::Mapping(mapping))
    }
}
