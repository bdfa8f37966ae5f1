//! Interceptors: the metrics of a call, and the capture of a request that is not to be sent.

use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, SystemTime};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    BeforeDeserializationInterceptorContextRef, BeforeTransmitInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use http::Uri;

use super::exchange::Preview;
use super::retry::requested_wait;

/// The number of an attempt, for the debug line of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt(pub(super) u32);

/// The metrics of one call: its attempts and host, and the content type and clock offset of its last response.
#[derive(Clone, Debug, Default)]
pub(super) struct CallMetrics(Arc<Metrics>);

#[derive(Debug, Default)]
struct Metrics {
    attempts: AtomicU32,
    host: Mutex<Option<String>>,
    content_type: Mutex<Option<String>>,
    clock_offset: Mutex<Option<i64>>,
    requested_wait: Mutex<Option<Duration>>,
}

impl CallMetrics {
    pub(super) fn attempts(&self) -> u32 {
        self.0.attempts.load(Ordering::Relaxed)
    }

    /// Returns the host of the request, prefixed with `http://` if the connection is not encrypted.
    pub(super) fn host(&self) -> Option<String> {
        self.0.host.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn content_type(&self) -> Option<String> {
        self.0.content_type.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Returns the seconds by which this machine's clock is ahead of the `Date` of the last response.
    pub(super) fn clock_offset(&self) -> Option<i64> {
        *self.0.clock_offset.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Returns how long the last response asks to wait before the next attempt.
    pub(super) fn requested_wait(&self) -> Option<Duration> {
        *self.0.requested_wait.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl Intercept for CallMetrics {
    fn name(&self) -> &'static str {
        "call metrics"
    }

    fn modify_before_transmit(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let attempt = Attempt(self.0.attempts.fetch_add(1, Ordering::Relaxed) + 1);
        let host = context.request().uri().parse::<Uri>().ok().and_then(|uri| host_of(&uri));
        *self.0.host.lock().unwrap_or_else(PoisonError::into_inner) = host;
        context.request_mut().add_extension(attempt);
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let content_type = context.response().headers().get("content-type").map(str::to_owned);
        *self.0.content_type.lock().unwrap_or_else(PoisonError::into_inner) = content_type;
        let clock_offset = clock_offset(context.response());
        *self.0.clock_offset.lock().unwrap_or_else(PoisonError::into_inner) = clock_offset;
        let wait = requested_wait(context.response());
        *self.0.requested_wait.lock().unwrap_or_else(PoisonError::into_inner) = wait;
        Ok(())
    }
}

/// Returns the seconds by which this machine's clock is ahead of the `Date` of a response.
pub(super) fn clock_offset(response: &HttpResponse) -> Option<i64> {
    let theirs = DateTime::from_str(response.headers().get("date")?, Format::HttpDate).ok()?.secs();
    let ours = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or(Duration::ZERO).as_secs();
    Some(i64::try_from(ours).ok()? - theirs)
}

fn host_of(uri: &Uri) -> Option<String> {
    let scheme = if uri.scheme_str() == Some("http") { "http://" } else { "" };
    uri.authority().map(|authority| format!("{scheme}{authority}"))
}

/// Captures the request before it is signed, and stops the call.
#[derive(Clone, Debug, Default)]
pub(super) struct Capture(Arc<Mutex<Option<Preview>>>);

impl Capture {
    pub(super) fn take(&self) -> Option<Preview> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

#[dyn_dispatch_hint]
impl Intercept for Capture {
    fn name(&self) -> &'static str {
        "capture"
    }

    fn read_before_signing(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request();
        let preview = Preview {
            method: request.method().to_owned(),
            url: request.uri().to_owned(),
            body: String::from_utf8_lossy(request.body().bytes().unwrap_or_default()).into_owned(),
        };
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(preview);
        Err("the request was only looked at".into())
    }
}
