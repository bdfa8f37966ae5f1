//! The error of every command: an exit code and the message to print.

use std::io;

pub use bedrock_ask::exit_code::ExitCode;

use bedrock_ask::diagnosis::Diagnosis;
use bedrock_ask::message::Message;
use bedrock_ask::model::resolution::ResolveError;

/// An error that ends a command.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct Error {
    /// The exit code of the process.
    pub exit: ExitCode,
    pub message: Message,
    /// The ID to use instead, for programs. One of the hints names it too.
    pub suggestion: Option<String>,
}

impl Error {
    /// Creates an error with this exit code.
    pub fn new(exit: ExitCode, summary: impl Into<String>) -> Self {
        Self { exit, message: Message::new(summary), suggestion: None }
    }

    /// Creates a usage error (exit code 2).
    pub fn usage(summary: impl Into<String>) -> Self {
        Self::new(ExitCode::Usage, summary)
    }

    /// Creates the error for a response that is incomplete or unusable (exit code 7).
    pub fn incomplete(summary: impl Into<String>) -> Self {
        Self::new(ExitCode::IncompleteResponse, summary)
    }

    /// Creates the error for a file or stdin that cannot be read (exit code 2).
    pub fn unreadable(name: &str, error: &io::Error) -> Self {
        Self::usage(format!("cannot read {name}")).cause(error.to_string())
    }

    #[must_use]
    pub fn cause(mut self, cause: impl Into<String>) -> Self {
        self.message = self.message.cause(cause);
        self
    }

    #[must_use]
    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.message = self.message.hint(hint);
        self
    }

    /// Adds causes, outermost first.
    #[must_use]
    pub fn causes(self, causes: impl IntoIterator<Item: Into<String>>) -> Self {
        causes.into_iter().fold(self, Self::cause)
    }

    /// Adds hints, best first.
    #[must_use]
    pub fn hints(self, hints: impl IntoIterator<Item: Into<String>>) -> Self {
        hints.into_iter().fold(self, Self::hint)
    }

    /// Returns the summary and the causes on one line, for a result that has no place for more.
    pub fn summary_and_causes(&self) -> String {
        let Message { summary, causes, .. } = &self.message;
        std::iter::once(summary).chain(causes).map(String::as_str).collect::<Vec<_>>().join(": ")
    }

    /// Returns the error as a JSON object; `suggestion` is left out if there is none.
    pub fn to_json(&self) -> serde_json::Value {
        let Message { summary, aws, causes, hints } = &self.message;
        let mut object = serde_json::json!({
            "message": summary,
            "aws": aws,
            "causes": causes,
            "hints": hints,
            "exitCode": self.exit.code(),
        });
        if let Some(suggestion) = &self.suggestion {
            object["suggestion"] = suggestion.as_str().into();
        }
        object
    }
}

impl From<ResolveError> for Error {
    fn from(refusal: ResolveError) -> Self {
        let exit = refusal.kind.exit_code();
        Self { exit, message: refusal.message, suggestion: refusal.suggestion }
    }
}

impl From<Diagnosis> for Error {
    fn from(diagnosis: Diagnosis) -> Self {
        Self { exit: diagnosis.exit_code, message: diagnosis.message, suggestion: None }
    }
}
