//! What is tried again: the SDK decides for answers with an error status, and this decides for what it cannot know.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::Duration;

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};

use super::error;
use crate::model::failure::{Failure, Stage};

/// How often a request is sent at most, exception frames before the first byte included.
pub(super) const MAX_ATTEMPTS: u32 = 3;

/// A quota per day does not come back within seconds.
const DAILY_QUOTA: &str = "tokens per day";

/// Exceptions in a stream that another attempt may well not meet.
const TRANSIENT: [&str; 6] = [
    "ThrottlingException",
    "ServiceUnavailableException",
    "InternalServerException",
    "ModelStreamErrorException",
    "ModelTimeoutException",
    "ModelNotReadyException",
];

/// Forbids another attempt where the quota of a day is used up.
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

/// Forbids another attempt where nothing on the way would change: a certificate that is not trusted, a proxy that wants
/// a password.
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

/// Whether a stream that ended before the first byte is worth another attempt: by its exception, or where it just broke.
pub(super) fn is_retryable(failure: &Failure) -> bool {
    match failure.code.as_deref() {
        Some(code) => TRANSIENT.contains(&code) && !failure.message.contains(DAILY_QUOTA),
        None => failure.stage == Stage::Stream,
    }
}

/// How long to wait after so many attempts: at random up to 1 second, then 2, as the SDK does it.
pub(super) fn backoff(attempts: u32) -> Duration {
    let longest = Duration::from_secs(1 << attempts.saturating_sub(1).min(4));
    let random = u32::try_from(RandomState::new().hash_one(attempts) >> 32).unwrap_or(u32::MAX);
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}
