//! The time limits of a call, and the failures of calls that exceed them. The SDK sets none of these by default.

use std::future::Future;
use std::time::Duration;

use tokio::time::Instant;

use bedrock_ask::model::failure::{Failure, Stage};

/// The time limits of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Timeouts {
    /// Until a connection is established: DNS, TCP, proxy and TLS together.
    pub connect: Duration,
    /// Until the first event of a stream.
    pub first_byte: Duration,
    /// Until the whole response of a call that is not streamed.
    pub first_byte_without_streaming: Duration,
    /// Between two events of a stream.
    pub idle: Duration,
    /// For the whole call, retries included, if the user set a limit.
    pub total: Option<Duration>,
    /// When `total` has passed for several calls that have one limit together; `None` if each call has its own.
    pub deadline: Option<Instant>,
}

impl Timeouts {
    /// Returns the limits with one total for all calls from now on.
    pub(super) fn with_deadline(self) -> Self {
        Self { deadline: self.total.map(|total| Instant::now() + total), ..self }
    }

    /// Returns the output of `future`, or the failure of the total limit if it takes longer.
    pub(super) async fn within_total<F: Future>(self, future: F) -> Result<F::Output, Box<Failure>> {
        let Some(total) = self.total else { return Ok(future.await) };
        let deadline = self.deadline.unwrap_or_else(|| Instant::now() + total);
        tokio::time::timeout_at(deadline, future).await.map_err(|_| Box::new(Limit::Total.failure(total)))
    }
}

#[cfg(test)]
impl Timeouts {
    /// Limits that no test reaches.
    pub const fn generous() -> Self {
        let limit = Duration::from_mins(5);
        Self {
            connect: limit,
            first_byte: limit,
            first_byte_without_streaming: limit,
            idle: limit,
            total: None,
            deadline: None,
        }
    }
}

/// One of the time limits.
#[derive(Clone, Copy, Debug)]
pub(super) enum Limit {
    Connect,
    FirstByte,
    Idle,
    Total,
}

impl Limit {
    /// Returns the failure of a call that exceeded this limit.
    pub(super) fn failure(self, after: Duration) -> Failure {
        let seconds = after.as_secs_f64();
        let unit = if after == Duration::from_secs(1) { "second" } else { "seconds" };
        let message = match self {
            Self::Connect => format!("no connection within {seconds} {unit} (connect limit)"),
            Self::FirstByte => format!("no response began within {seconds} {unit} (first-byte limit)"),
            Self::Idle => format!("the stream was silent for {seconds} {unit} (idle limit)"),
            Self::Total => format!("the call was not done within {seconds} {unit} (`--timeout`)"),
        };
        Failure::new(Stage::Timeout, message)
    }

    /// Returns the output of `future`, or the failure of this limit if it takes longer.
    pub(super) async fn within<F: Future>(self, limit: Duration, future: F) -> Result<F::Output, Box<Failure>> {
        tokio::time::timeout(limit, future).await.map_err(|_| Box::new(self.failure(limit)))
    }
}
