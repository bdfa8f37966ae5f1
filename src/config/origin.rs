//! A setting's value together with its origin.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;

/// The source of a setting's value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// A flag on the command line, such as `--region`.
    Flag(&'static str),
    /// A line of the template that `--template` names.
    Template {
        name: String,
        line: u64,
    },
    /// An environment variable.
    Environment(&'static str),
    /// A position in the config file.
    File(FilePosition),
    /// An AWS profile in this file.
    Profile {
        name: String,
        file: PathBuf,
    },
    /// A `services` section, which an AWS profile names, in this file.
    Services {
        name: String,
        file: PathBuf,
    },
    /// The last turn of the conversation with this ID.
    Conversation(String),
    Default,
}

/// A position in a file, counted from 1.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FilePosition {
    pub file: Arc<Path>,
    pub line: u64,
    /// In characters.
    pub column: u64,
}

/// A value with its origin.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting<T> {
    pub value: T,
    pub origin: Origin,
}

impl<T> Setting<T> {
    pub fn new(value: T, origin: Origin) -> Self {
        Self { value, origin }
    }

    /// Creates a setting that no source gives.
    pub fn default(value: T) -> Self {
        Self::new(value, Origin::Default)
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag(name) => write!(formatter, "flag {name}"),
            Self::Template { name, line } => write!(formatter, "template {name}, line {line}"),
            Self::Environment(name) => write!(formatter, "environment {name}"),
            Self::File(position) => write!(formatter, "config file {}:{}", position.file.display(), position.line),
            Self::Profile { name, file } => write!(formatter, "AWS profile {name} in {}", file.display()),
            Self::Services { name, file } => write!(formatter, "AWS services section {name} in {}", file.display()),
            Self::Conversation(id) => write!(formatter, "conversation {id}"),
            Self::Default => formatter.write_str("default"),
        }
    }
}

impl fmt::Display for FilePosition {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{}:{}:{}", self.file.display(), self.line, self.column)
    }
}
