//! A YAML document as a tree whose nodes know their position, with the errors that a reader of such a tree needs. Knows
//! no setting. An error never contains a value, nor a key that does not look like one: either may be a misplaced secret.

use std::fmt;
use std::iter;
use std::ops::Range;
use std::path::Path;
use std::sync::Arc;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_yaml::granit_parser::ErrorKind;
use serde_yaml::localizer::ExternalMessageSource;
use serde_yaml::options::{DuplicateKeyPolicy, MergeKeyPolicy, NonFiniteFloatPolicy};
use serde_yaml::{Location, Spanned};

use super::origin::FilePosition;
use crate::error::Error;

/// The value of a node.
#[derive(Clone, Debug, PartialEq)]
pub enum Value {
    Null,
    Bool(bool),
    /// A number as it is written: its setting decides how to parse it.
    Number(String),
    Text(String),
    List(Vec<Spanned<Value>>),
    /// The entries in the order of the file.
    Mapping(Vec<(Spanned<String>, Spanned<Value>)>),
}

impl Value {
    fn description(&self) -> &'static str {
        match self {
            Self::Null => "nothing",
            Self::Bool(_) => "a boolean",
            Self::Number(_) => "a number",
            Self::Text(_) => "text",
            Self::List(_) => "a list",
            Self::Mapping(_) => "a mapping",
        }
    }
}

/// A parsed document.
pub struct Document {
    file: Arc<Path>,
    root: Spanned<Value>,
}

impl Document {
    /// Parses the text of `file`. Large or deep documents, and those that repeat themselves, are refused.
    pub fn parse(file: &Path, text: &str) -> Result<Self, Error> {
        Self::parse_within(8, file, text)
    }

    /// Parses the text of `file`, which may be nested as deeply as a JSON Schema.
    pub fn parse_nested(file: &Path, text: &str) -> Result<Self, Error> {
        Self::parse_within(64, file, text)
    }

    fn parse_within(max_depth: usize, file: &Path, text: &str) -> Result<Self, Error> {
        let options = serde_yaml::options! {
            budget: serde_yaml::budget! {
                max_depth: max_depth,
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
        let file: Arc<Path> = file.into();
        match serde_yaml::from_str_with_options(text, options) {
            Ok(root) => Ok(Self { file, root }),
            Err(error) => {
                let error = error.without_snippet();
                let message = describe(error);
                Err(match error.location().filter(|location| location.line() > 0) {
                    Some(location) => error_at(&position(&file, location), &message),
                    None => Error::usage(format!("{}: {message}", file.display())),
                })
            }
        }
    }

    /// Returns the outermost node, which errors call `name`.
    pub fn root(&self, name: &str) -> Node<'_> {
        Node { file: &self.file, path: String::new(), name: name.to_owned(), spanned: &self.root }
    }
}

/// A value in a document.
pub struct Node<'a> {
    file: &'a Arc<Path>,
    /// The keys from the root, joined by dots.
    path: String,
    /// What errors call it.
    name: String,
    spanned: &'a Spanned<Value>,
}

/// A key in a mapping, with its value.
pub struct Entry<'a> {
    pub key: &'a str,
    pub key_position: FilePosition,
    /// The bytes of the key in the text; `None` for an alias (`*name`).
    pub key_span: Option<Range<usize>>,
    pub node: Node<'a>,
}

impl<'a> Node<'a> {
    pub fn value(&self) -> &'a Value {
        &self.spanned.value
    }

    pub fn path(&self) -> &str {
        &self.path
    }

    /// Returns what errors call the node.
    pub fn name(&self) -> &str {
        &self.name
    }

    pub fn position(&self) -> FilePosition {
        position(self.file, self.spanned.referenced)
    }

    /// Returns the bytes of a scalar in the text; `None` for an alias (`*name`).
    pub fn span(&self) -> Option<Range<usize>> {
        span(self.spanned)
    }

    /// Returns the items of a list, or the error that the node must be `expected`.
    pub fn items(&self, expected: &str) -> Result<Vec<Node<'a>>, Error> {
        let Value::List(items) = self.value() else { return Err(self.wrong_type(expected)) };
        let name = if self.path.is_empty() { "an item".to_owned() } else { format!("`{}[]`", self.path) };
        let node = |spanned| Node { file: self.file, path: String::new(), name: name.clone(), spanned };
        Ok(items.iter().map(node).collect())
    }

    /// Returns the texts of a list, each parsed by `parse`, or the error that the node must be `expected`.
    pub fn texts<T>(&self, expected: &str, parse: impl Fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
        let parse_item = |item: Node<'_>| match item.value() {
            Value::Text(text) => parse(text).ok_or_else(|| item.error(&format!("{} must be {expected}", self.name))),
            _ => Err(item.not_text("text")),
        };
        self.items(expected)?.into_iter().map(parse_item).collect()
    }

    /// Returns the entries of a mapping, or the error that the node must be `expected`.
    pub fn entries(&self, expected: &str) -> Result<Vec<Entry<'a>>, Error> {
        let Value::Mapping(entries) = self.value() else { return Err(self.wrong_type(expected)) };
        let entry = |(key, spanned): &'a (Spanned<String>, Spanned<Value>)| {
            let path = match shown_key(&key.value) {
                Some(shown) => format!("{}{shown}", self.prefix()),
                None => self.path.clone(),
            };
            let node = Node { file: self.file, name: format!("`{path}`"), path, spanned };
            let (key_position, key_span) = (position(self.file, key.referenced), span(key));
            Entry { key: &key.value, key_position, key_span, node }
        };
        Ok(entries.iter().map(entry).collect())
    }

    /// The error for a key of this mapping that is none of the `known` ones.
    pub fn unknown_key(&self, entry: &Entry<'_>, known: &[&str]) -> Error {
        let prefix = self.prefix();
        let message = match shown_key(entry.key) {
            Some(key) => format!("unknown key `{prefix}{key}`"),
            None => "unknown key".to_owned(),
        };
        let error = error_at(&entry.key_position, &message);
        match nearest(entry.key, known) {
            Some(near) => error.hint(format!("did you mean `{prefix}{near}`?")),
            None => error.hint(format!("the known keys are {}", quoted_list(known))),
        }
    }

    /// The error for a value of the wrong type, such as a list in place of text.
    pub fn wrong_type(&self, expected: &str) -> Error {
        match self.value() {
            Value::Null => self.error(&format!("{} has no value; it must be {expected}", self.name)),
            other => self.error(&format!("{} must be {expected}, not {}", self.name, other.description())),
        }
    }

    /// The error for a value of another type than text, which quotes may turn into text.
    pub fn not_text(&self, expected: &str) -> Error {
        match self.value() {
            Value::Number(_) | Value::Bool(_) => self.wrong_type(expected).hint("in quotes it is text"),
            _ => self.wrong_type(expected),
        }
    }

    /// The error for a value of the right type that is wrong all the same.
    pub fn invalid(&self, expected: &str) -> Error {
        self.error(&format!("{} must be {expected}", self.name))
    }

    /// The error with this message at the node's position.
    pub fn error(&self, message: &str) -> Error {
        error_at(&self.position(), message)
    }

    fn prefix(&self) -> String {
        if self.path.is_empty() { String::new() } else { format!("{}.", self.path) }
    }
}

fn span<T>(spanned: &Spanned<T>) -> Option<Range<usize>> {
    let span = Some(spanned.referenced).filter(|place| *place == spanned.defined)?.span();
    let start = usize::try_from(span.byte_offset()?).ok()?;
    Some(start..start + usize::try_from(span.byte_len()?).ok()?)
}

fn position(file: &Arc<Path>, location: Location) -> FilePosition {
    FilePosition { file: Arc::clone(file), line: location.line(), column: location.column() }
}

/// The usage error with this message at a position.
pub fn error_at(position: &FilePosition, message: &str) -> Error {
    Error::usage(format!("{position}: {message}"))
}

/// Returns the key if an error may show it: one that does not look like a key may be a secret.
fn shown_key(key: &str) -> Option<&str> {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"_-.".contains(&byte);
    Some(key).filter(|key| (1..=32).contains(&key.len()) && key.bytes().all(is_plain))
}

/// Returns the known word that was probably meant: equal but for case and hyphens, or at most two edits away.
pub fn nearest<'a>(word: &str, known: &[&'a str]) -> Option<&'a str> {
    let word = word.to_lowercase().replace(['-', ' '], "_");
    let near = |known: &&'a str| (strsim::osa_distance(&word, &known.replace('-', "_")), *known);
    known.iter().map(near).filter(|(distance, name)| *distance <= 2.min(name.len() / 2)).min().map(|(_, name)| name)
}

/// Returns the words in backticks, separated by commas.
pub fn quoted_list(words: &[&str]) -> String {
    words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ")
}

fn describe(error: &serde_yaml::Error) -> String {
    use serde_yaml::Error;

    match error {
        Error::MultipleDocuments { .. } => "it has a second YAML document, and only one is allowed".to_owned(),
        Error::DuplicateMappingKey { key, .. } => match key.as_deref().and_then(shown_key) {
            Some(key) => format!("`{key}` is given twice"),
            None => "a key is given twice".to_owned(),
        },
        Error::Budget { .. }
        | Error::AliasReplayCounterOverflow { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasReplayStackDepthExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. } => "it is nested or repeated too much".to_owned(),
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
        | ErrorKind::TabInPlainScalar => "a tab is used where YAML requires spaces".to_owned(),
        ErrorKind::RecursionLimitExceeded => "it is nested or repeated too much".to_owned(),
        ErrorKind::UnknownAnchor => "an alias (`*name`) refers to no anchor (`&name`)".to_owned(),
        ErrorKind::UnexpectedCharacter { .. } => "a character is not allowed here".to_owned(),
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

/// Defines the methods of the visitor for the types of numbers.
macro_rules! visit_numbers {
    ($($method:ident: $type:ty),+) => {
        $(fn $method<E>(self, number: $type) -> Result<Value, E> {
            Ok(Value::Number(number.to_string()))
        })+
    };
}

impl<'de> Visitor<'de> for ValueVisitor {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_none<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, is_on: bool) -> Result<Value, E> {
        Ok(Value::Bool(is_on))
    }

    visit_numbers!(visit_i64: i64, visit_u64: u64, visit_i128: i128, visit_u128: u128, visit_f64: f64);

    fn visit_str<E>(self, text: &str) -> Result<Value, E> {
        Ok(Value::Text(text.to_owned()))
    }

    fn visit_string<E>(self, text: String) -> Result<Value, E> {
        Ok(Value::Text(text))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        iter::from_fn(|| access.next_element().transpose()).collect::<Result<_, _>>().map(Value::List)
    }

    fn visit_map<A: MapAccess<'de>>(self, mut access: A) -> Result<Value, A::Error> {
        iter::from_fn(|| access.next_entry().transpose()).collect::<Result<_, _>>().map(Value::Mapping)
    }
}
