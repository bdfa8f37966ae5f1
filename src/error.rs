//! What went wrong, why, and how to mend it; the exit codes. How it is printed is for `output`.

use crate::model::resolution::{ResolveError, ResolveErrorKind};

/// The program's exit codes: one meaning each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ExitCode {
    /// All went well, or the reader closed the pipe.
    Success = 0,
    /// Anything that has no code of its own.
    Failure = 1,
    /// A bad flag, file, Region or input; an ARN of another Region; a model that cannot chat.
    Usage = 2,
    /// The model ID leads to nothing that can be called from the source Region.
    NotResolved = 3,
    /// Only a kind of routing that the user left out would serve the model.
    RoutingRefused = 4,
    /// No credentials, expired ones, or not allowed.
    AccessDenied = 5,
    /// Unreachable, throttled, timed out or failing: worth trying again later.
    Unavailable = 6,
    /// The answer was cut, filtered or malformed.
    IncompleteResponse = 7,
    /// A check ran, and at least one thing fails.
    CheckFailed = 8,
    /// Nothing failed, but something could not be decided.
    CheckInconclusive = 9,
}

impl ExitCode {
    /// The number that the process leaves with.
    pub const fn code(self) -> u8 {
        self as u8
    }
}

/// An error as the user meets it: what, why, and what to paste.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Error {
    /// The exit code that it leads to.
    pub exit: ExitCode,
    /// What went wrong, in the user's terms with their values: lower case, no full stop.
    pub what: String,
    /// Why: AWS's code and message verbatim, one line per source, the request ID.
    pub causes: Vec<String>,
    /// How to mend it: a command that can be pasted, or who must act.
    pub hints: Vec<String>,
}

impl Error {
    /// An error with this exit code that says what went wrong.
    pub fn new(exit: ExitCode, what: impl Into<String>) -> Self {
        Self { exit, what: what.into(), causes: Vec::new(), hints: Vec::new() }
    }

    /// A usage error (exit code 2).
    pub fn usage(what: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, what)
    }

    /// Adds one line of why.
    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.causes.push(cause.into());
        self
    }

    /// Adds one way to mend it.
    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }

    /// The error as a JSON object.
    pub fn to_json(&self) -> serde_json::Value {
        serde_json::json!({"message": self.what, "causes": self.causes, "hints": self.hints, "exitCode": self.exit.code()})
    }
}

impl From<ResolveError> for Error {
    fn from(refusal: ResolveError) -> Self {
        let exit = match refusal.reason {
            ResolveErrorKind::Usage => ExitCode::Usage,
            ResolveErrorKind::NotResolved => ExitCode::NotResolved,
            ResolveErrorKind::RoutingRefused => ExitCode::RoutingRefused,
        };
        Self { exit, what: refusal.what, causes: refusal.causes, hints: refusal.hints }
    }
}
