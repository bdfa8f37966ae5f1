//! Retries beyond those of the SDK, which decides about error responses: daily quotas, permanent failures, streams.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};

use super::error;
use bedrock_ask::model::failure::{Failure, Stage};

/// The most attempts of a call. A stream that fails before its first text counts as one.
pub(super) const MAX_ATTEMPTS: u32 = 3;

/// Part of the message of an exhausted daily quota, which no retry within seconds can pass.
const DAILY_QUOTA: &str = "tokens per day";

/// Exceptions in a stream that a retry may avoid.
const TRANSIENT: [&str; 6] = [
    "ThrottlingException",
    "ServiceUnavailableException",
    "InternalServerException",
    "ModelStreamErrorException",
    "ModelTimeoutException",
    "ModelNotReadyException",
];

/// Forbids a retry if the daily quota is exhausted.
#[derive(Debug)]
pub(super) struct DailyQuota;

impl ClassifyRetry for DailyQuota {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let body = context.response().and_then(|response| response.body().bytes()).unwrap_or_default();
        let is_used_up = context.is_failed() && String::from_utf8_lossy(body).contains(DAILY_QUOTA);
        if is_used_up { RetryAction::RetryForbidden } else { RetryAction::NoActionIndicated }
    }

    fn name(&self) -> &'static str {
        "daily quota"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Forbids a retry of a permanent failure, such as an untrusted certificate or a proxy that requires a password.
#[derive(Debug)]
pub(super) struct Permanent;

impl ClassifyRetry for Permanent {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let failed = context.output_or_error().and_then(Result::err);
        match failed.and_then(|error| error.as_connector_error()) {
            Some(error) if error::is_permanent(error) => RetryAction::RetryForbidden,
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "permanent failures"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Whether to retry a stream that ended before its first text: a transient exception, or a broken connection.
pub(super) fn is_retryable(failure: &Failure) -> bool {
    match failure.code.as_deref() {
        Some(code) => TRANSIENT.contains(&code) && !failure.message.contains(DAILY_QUOTA),
        None => failure.stage == Stage::Stream,
    }
}

/// Returns the delay after so many attempts: random, up to 1 second, then 2, as in the SDK.
pub(super) fn backoff(attempts: u32) -> Duration {
    let longest = Duration::from_secs(1 << attempts.saturating_sub(1).min(4));
    let random = u32::try_from(RandomState::new().hash_one(attempts) >> 32).unwrap_or(u32::MAX);
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}
