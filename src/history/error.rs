//! Why a conversation cannot be read or written.

use std::fmt::Display;
use std::io;
use std::path::{Path, PathBuf};

/// Why a file of the history cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct HistoryError {
    /// What failed, with the path.
    pub what: String,
    /// Why, if it is not a part of what failed.
    pub cause: Option<String>,
    /// The file or the directory.
    pub path: PathBuf,
}

impl HistoryError {
    /// Creates the error for a file or a directory that cannot be read.
    pub fn unreadable(path: &Path, error: &io::Error) -> Self {
        Self::new(path, format!("cannot read `{}`", path.display()), error)
    }

    /// Creates the error for a file that cannot be written.
    pub fn unwritable(path: &Path, error: &dyn Display) -> Self {
        Self::new(path, format!("cannot write `{}`", path.display()), error)
    }

    /// Creates the error for a file that cannot be deleted.
    pub fn undeletable(path: &Path, error: &io::Error) -> Self {
        Self::new(path, format!("cannot delete `{}`", path.display()), error)
    }

    /// Creates the error for a line that is no turn.
    pub fn damaged(path: &Path, line: usize, reason: &str) -> Self {
        Self::new(path, format!("line {line} of `{}` is damaged", path.display()), &reason)
    }

    fn new(path: &Path, what: String, cause: &dyn Display) -> Self {
        Self { path: path.to_owned(), what, cause: Some(cause.to_string()) }
    }
}
