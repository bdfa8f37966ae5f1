//! What is reported about an error: a summary, its causes, and hints. How it is printed is up to the caller.

use std::fmt;

/// The report of an error in the terms of the user.
///
/// Every text is one sentence in lower case without a full stop; literals are in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What failed, with the values of the user.
    pub summary: String,
    /// Why it failed, outermost cause first: for example the error code and message of AWS, verbatim.
    pub causes: Vec<String>,
    /// What the user can do, best first: commands to paste, or who has to act.
    pub hints: Vec<String>,
}

impl Message {
    /// Creates a message without causes and hints.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// Adds a cause.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds a hint.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// Writes the summary alone.
impl fmt::Display for Message {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.summary)
    }
}
