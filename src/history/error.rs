//! Why a conversation cannot be read or written.

use std::fmt::Display;
use std::path::Path;

/// Why a file of the history cannot be used.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{what}")]
pub struct HistoryError {
    /// What failed, with the path.
    pub what: String,
    /// Why, if it is not a part of what failed.
    pub cause: Option<String>,
}

impl HistoryError {
    /// Returns what makes the error for a file or a directory that the program cannot `read`, `write` or `delete`.
    pub fn cannot<E: Display>(act: &str, path: &Path) -> impl Fn(E) -> Self {
        move |error| Self { what: format!("cannot {act} `{}`", path.display()), cause: Some(error.to_string()) }
    }

    /// Creates the error for a line that is no turn.
    pub fn damaged(path: &Path, line: usize, reason: String) -> Self {
        Self { what: format!("line {line} of `{}` is damaged", path.display()), cause: Some(reason) }
    }
}
