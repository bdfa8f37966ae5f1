//! The time limits of a call, and what a failure says when one passes. The SDK has none that fires by itself.

use std::future::Future;
use std::time::Duration;

use crate::model::failure::{Failure, Stage};

/// How long to wait for what.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// A connection: name look-up, TCP, a proxy and TLS together.
    pub connect: Duration,
    /// The first event of a stream.
    pub first_byte: Duration,
    /// The whole answer that is not streamed.
    pub first_byte_without_streaming: Duration,
    /// The next event of a stream.
    pub idle: Duration,
    /// The whole call, retries included, where the user set it.
    pub total: Option<Duration>,
}

#[cfg(test)]
impl Timeouts {
    /// Limits that no test reaches.
    pub const fn generous() -> Self {
        let limit = Duration::from_mins(5);
        Self { connect: limit, first_byte: limit, first_byte_without_streaming: limit, idle: limit, total: None }
    }
}

/// One of the limits, as a message names it.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    Connect,
    FirstByte,
    Idle,
    Total,
}

impl Limit {
    /// The failure of a call that passed this limit.
    pub(super) fn failure(self, after: Duration) -> Failure {
        let seconds = after.as_secs_f64();
        let unit = if after == Duration::from_secs(1) { "second" } else { "seconds" };
        let message = match self {
            Self::Connect => format!("no connection within {seconds} {unit} (connect limit)"),
            Self::FirstByte => format!("no answer began within {seconds} {unit} (first-byte limit)"),
            Self::Idle => format!("the stream was silent for {seconds} {unit} (idle limit)"),
            Self::Total => format!("the call was not done within {seconds} {unit} (`--timeout`)"),
        };
        Failure::new(Stage::Timeout, message)
    }

    /// What `future` gives, or this limit's failure where it takes longer.
    pub(super) async fn within<F: Future>(self, limit: Duration, future: F) -> Result<F::Output, Box<Failure>> {
        tokio::time::timeout(limit, future).await.map_err(|_| Box::new(self.failure(limit)))
    }

    /// The same where a limit is set; else `future` may take as long as it likes.
    pub(super) async fn within_optional<F: Future>(
        self,
        limit: Option<Duration>,
        future: F,
    ) -> Result<F::Output, Box<Failure>> {
        match limit {
            Some(limit) => self.within(limit, future).await,
            None => Ok(future.await),
        }
    }
}
