//! Retries beyond those of the SDK, which decides about error responses: the user's settings, daily quotas, permanent
//! failures, requests to wait, streams.

use std::collections::hash_map::RandomState;
use std::hash::BuildHasher;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_runtime_api::client::interceptors::context::InterceptorContext;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::retries::classifiers::{ClassifyRetry, RetryAction, RetryClassifierPriority};
use aws_smithy_types::date_time::{DateTime, Format};
use aws_smithy_types::retry::{ErrorKind, RetryConfig};

use super::error;
use crate::error::Error;
use bedrock_ask::model::failure::{Failure, Stage};

/// The most attempts of a call by default. A stream that fails before its first text counts as one.
const MAX_ATTEMPTS: u32 = 3;

/// The most attempts of a call in AWS's retry mode `legacy`.
const MAX_ATTEMPTS_LEGACY: u32 = 5;

/// The longest wait that is granted to a response that asks for one.
pub(super) const LONGEST_WAIT: Duration = Duration::from_secs(20);

/// What the user's variables and AWS profile say about retries, the one that wins first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RetrySettings {
    /// `AWS_MAX_ATTEMPTS` or `max_attempts`, with its name.
    pub max_attempts: Option<(&'static str, String)>,
    /// `AWS_RETRY_MODE` or `retry_mode`, with its name.
    pub mode: Option<(&'static str, String)>,
}

/// Returns how often the SDK sends a request.
pub(super) fn config(settings: &RetrySettings) -> Result<RetryConfig, Error> {
    let (config, attempts) = match &settings.mode {
        None => (RetryConfig::standard(), MAX_ATTEMPTS),
        Some((name, mode)) => match mode.trim().to_ascii_lowercase().as_str() {
            "standard" => (RetryConfig::standard(), MAX_ATTEMPTS),
            "adaptive" => (RetryConfig::adaptive(), MAX_ATTEMPTS),
            "legacy" => (RetryConfig::standard(), MAX_ATTEMPTS_LEGACY),
            _ => {
                return Err(Error::usage(format!("`{mode}` (`{name}`) is not a retry mode"))
                    .hint("use `standard`, `adaptive` or `legacy`"));
            }
        },
    };
    let attempts = match &settings.max_attempts {
        None => attempts,
        Some((name, number)) => number.trim().parse().ok().filter(|attempts| *attempts > 0).ok_or_else(|| {
            Error::usage(format!("`{number}` (`{name}`) is not a valid number of attempts"))
                .hint("use a whole number of at least 1; 1 means no retries")
        })?,
    };
    Ok(config.with_max_attempts(attempts))
}

/// Retries what is throttled without an error code of AWS, as gateways answer it, and forbids a retry that would have to
/// wait for too long.
#[derive(Debug)]
pub(super) struct RequestedWait {
    deadline: Instant,
}

impl RequestedWait {
    /// For a call that must be done within this time.
    pub(super) fn within(limit: Duration) -> Self {
        Self { deadline: Instant::now() + limit }
    }
}

impl ClassifyRetry for RequestedWait {
    fn classify_retry(&self, context: &InterceptorContext) -> RetryAction {
        let Some(response) = context.response().filter(|_| context.is_failed()) else {
            return RetryAction::NoActionIndicated;
        };
        let left = self.deadline.saturating_duration_since(Instant::now()).min(LONGEST_WAIT);
        match requested_wait(response) {
            Some(wait) if wait > left => RetryAction::RetryForbidden,
            Some(wait) if response.status().as_u16() == 429 => {
                RetryAction::retryable_error_with_explicit_delay(ErrorKind::ThrottlingError, wait)
            }
            None if response.status().as_u16() == 429 => RetryAction::retryable_error(ErrorKind::ThrottlingError),
            _ => RetryAction::NoActionIndicated,
        }
    }

    fn name(&self) -> &'static str {
        "requested wait"
    }

    fn priority(&self) -> RetryClassifierPriority {
        RetryClassifierPriority::run_after(RetryClassifierPriority::transient_error_classifier())
    }
}

/// Returns how long a response asks to wait, by `x-amz-retry-after` in milliseconds or `Retry-After` in seconds or as a
/// date.
pub(super) fn requested_wait(response: &HttpResponse) -> Option<Duration> {
    let header = |name| response.headers().get(name).map(str::trim);
    if let Some(milliseconds) = header("x-amz-retry-after").and_then(|value| value.parse().ok()) {
        return Some(Duration::from_millis(milliseconds));
    }
    let value = header("retry-after")?;
    value.parse().map(Duration::from_secs).ok().or_else(|| {
        let at = SystemTime::try_from(DateTime::from_str(value, Format::HttpDate).ok()?).ok()?;
        at.duration_since(SystemTime::now()).ok()
    })
}

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
        // A whole frame that cannot be read is `Stage::Unreadable`: another attempt would bring it again.
        None => failure.stage == Stage::Stream,
    }
}

/// Returns the delay after so many attempts: random, up to 1 second, then 2, as in the SDK.
pub(super) fn backoff(attempts: u32) -> Duration {
    let longest = Duration::from_secs(1 << attempts.saturating_sub(1).min(4));
    let random = u32::try_from(RandomState::new().hash_one(attempts) >> 32).unwrap_or(u32::MAX);
    longest.mul_f64(f64::from(random) / f64::from(u32::MAX))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_number_of_attempts_follows_the_settings_of_aws() {
        let attempts = |max_attempts: Option<&str>, mode: Option<&str>| {
            let named = |value: Option<&str>| value.map(|value| ("NAME", value.to_owned()));
            config(&RetrySettings { max_attempts: named(max_attempts), mode: named(mode) })
                .map(|config| config.max_attempts())
        };
        for (max_attempts, mode, expected) in [
            (None, None, 3),
            (Some("1"), None, 1),
            (Some(" 7 "), Some("adaptive"), 7),
            (None, Some("legacy"), 5),
            (Some("2"), Some("Legacy"), 2),
            (None, Some("standard"), 3),
        ] {
            assert_eq!(attempts(max_attempts, mode), Ok(expected), "{max_attempts:?} {mode:?}");
        }
        for (max_attempts, mode) in [(Some("0"), None), (Some("-1"), None), (Some("x"), None), (None, Some("often"))] {
            let error = attempts(max_attempts, mode).unwrap_err();
            assert!(error.exit.code() == 2 && error.message.summary.contains("`NAME`"), "{error}");
        }
    }
}
