//! The exit codes of the program: one meaning each.

/// The exit code of a run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
#[non_exhaustive]
pub enum ExitCode {
    /// The run succeeded, or the reader of stdout closed the pipe.
    Success = 0,
    /// The run failed for a reason that has no exit code of its own.
    Failure = 1,
    /// A flag, file, Region or input is not valid: for example an ARN of another Region, or a model that cannot chat.
    Usage = 2,
    /// The model ID does not resolve to an ID that can be invoked from the source Region.
    NotResolved = 3,
    /// Only a kind of routing that the user has excluded would serve the model.
    RoutingRefused = 4,
    /// The credentials are missing, unusable or expired, or the action is not allowed.
    AccessDenied = 5,
    /// The service is unreachable, throttled, overloaded or failing.
    Unavailable = 6,
    /// The response was cut off, filtered or malformed.
    IncompleteResponse = 7,
    /// A check ran, and at least one of its parts failed.
    CheckFailed = 8,
    /// Nothing failed, but a part of the check could not be decided.
    CheckInconclusive = 9,
    /// The terminal was closed (SIGHUP).
    HungUp = 129,
    /// The user pressed Ctrl-C (SIGINT).
    Interrupted = 130,
    /// The process was asked to terminate (SIGTERM).
    Terminated = 143,
}

impl ExitCode {
    /// Returns the number with which the process exits.
    pub const fn code(self) -> u8 {
        self as u8
    }
}
