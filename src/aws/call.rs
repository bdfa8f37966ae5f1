//! One call of an operation that does not stream: counts attempts, applies the time limits, completes the failure.
//! Knows no operation.

use std::error::Error;
use std::future::Future;
use std::time::Duration;

use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::error::metadata::ProvideErrorMetadata;

use super::error;
use super::interceptor::CallMetrics;
use super::retry::RequestedWait;
use super::timeout::{Limit, Timeouts};
use bedrock_ask::model::failure::Failure;

/// The limit of a response that no model has to generate, credentials and every attempt included.
const LONGEST: Duration = Duration::from_mins(2);

/// One call of an operation, with its metrics.
pub(super) struct Call {
    operation: &'static str,
    timeouts: Timeouts,
    metrics: CallMetrics,
}

impl Call {
    pub(super) fn new(operation: &'static str, timeouts: Timeouts) -> Self {
        Self { operation, timeouts, metrics: CallMetrics::default() }
    }

    /// Returns the interceptor that the request must be sent with.
    pub(super) fn metrics(&self) -> CallMetrics {
        self.metrics.clone()
    }

    /// Returns the classifier that the request must be sent with.
    pub(super) fn requested_wait(&self) -> RequestedWait {
        RequestedWait::within(self.timeouts.total.unwrap_or(LONGEST))
    }

    /// Awaits the sent request of an operation whose response has no content. The SDK does not look at the body then, so
    /// what another server responds would count as success.
    pub(super) async fn send_without_content<O, E>(
        &self,
        sending: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    ) -> Result<(), Box<Failure>>
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        self.send(sending).await?;
        match self.metrics.get().content_type.filter(|content_type| !content_type.contains("json")) {
            Some(content_type) => Err(self.metrics.add_to(error::foreign_failure(&content_type), self.operation)),
            None => Ok(()),
        }
    }

    /// Awaits the sent request within the time limits.
    pub(super) async fn send<O, E>(
        &self,
        sending: impl Future<Output = Result<O, SdkError<E, HttpResponse>>>,
    ) -> Result<O, Box<Failure>>
    where
        E: Error + ProvideErrorMetadata + 'static,
    {
        let timeouts = self.timeouts;
        let limited = Limit::FirstByte.within(timeouts.first_byte.min(LONGEST), Box::pin(sending));
        let settled = timeouts.within_total(limited).await.flatten();
        let result =
            settled.and_then(|response| response.map_err(|failed| error::operation_failure(&failed, timeouts)));
        result.map_err(|failure| self.metrics.add_to(*failure, self.operation))
    }
}
