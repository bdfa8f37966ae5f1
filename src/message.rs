//! What is reported about an error: a summary, AWS's own words, its causes, and hints. How it is printed is up to the caller.

use std::{fmt, iter};

/// A part of the report of an error.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[expect(clippy::exhaustive_enums, reason = "a caller that prints a message has to handle every part")]
pub enum Part {
    /// What failed.
    Summary,
    /// What the service returned.
    Aws,
    /// Why it failed.
    Cause,
    /// What the user can do.
    Hint,
}

impl Part {
    /// Returns the word before the text, such as `cause`.
    pub const fn label(self) -> &'static str {
        match self {
            Self::Summary => "error",
            Self::Aws => "aws",
            Self::Cause => "cause",
            Self::Hint => "hint",
        }
    }
}

/// The report of an error in the terms of the user.
///
/// Every text but AWS's is one sentence in lower case without a full stop; literals are in backticks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Message {
    /// What failed, with the values of the user.
    pub summary: String,
    /// What the service returned, verbatim: its error code and message, and the request ID.
    pub aws: Box<[String]>,
    /// Why it failed, if more is known, outermost cause first.
    pub causes: Vec<String>,
    /// What the user can do, best first: commands to paste, or who has to act.
    pub hints: Vec<String>,
}

impl Message {
    /// Creates a message with nothing but a summary.
    pub fn new(summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), aws: Box::default(), causes: Vec::new(), hints: Vec::new() }
    }

    /// Returns the parts of the report, the summary first.
    pub fn parts(&self) -> impl Iterator<Item = (Part, &str)> {
        let parts = [(Part::Aws, &*self.aws), (Part::Cause, &self.causes), (Part::Hint, &self.hints)];
        let parts = parts.into_iter().flat_map(|(part, texts)| texts.iter().map(move |text| (part, text.as_str())));
        iter::once((Part::Summary, self.summary.as_str())).chain(parts)
    }

    /// Returns AWS's words and the causes.
    pub fn details(&self) -> impl Iterator<Item = &str> {
        self.aws.iter().chain(&self.causes).map(String::as_str)
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
