//! Interceptors: the metrics of a call, and the capture of a request that is not to be sent.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
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
use bedrock_ask::model::failure::Failure;

/// The number of an attempt, for the debug line of its request.
#[derive(Clone, Copy, Debug)]
pub(super) struct Attempt(pub(super) u32);

/// Records the metrics of one call. Clones share them.
#[derive(Clone, Debug, Default)]
pub(super) struct CallMetrics(Arc<Mutex<Metrics>>);

#[derive(Clone, Debug, Default)]
pub(super) struct Metrics {
    pub(super) attempts: u32,
    /// The host of the request, prefixed with `http://` if the connection is not encrypted.
    pub(super) host: Option<String>,
    /// That of the last response.
    pub(super) content_type: Option<String>,
    /// The seconds by which this machine's clock is ahead of the `Date` of the last response.
    pub(super) clock_offset: Option<i64>,
    /// How long the last response asks to wait before the next attempt.
    pub(super) requested_wait: Option<Duration>,
}

impl CallMetrics {
    /// Returns the metrics so far.
    pub(super) fn get(&self) -> Metrics {
        self.metrics().clone()
    }

    pub(super) fn attempts(&self) -> u32 {
        self.metrics().attempts
    }

    /// Adds to a failure of an operation where and how often the request was sent.
    pub(super) fn add_to(&self, failure: Failure, operation: &'static str) -> Box<Failure> {
        let Metrics { attempts, host, .. } = self.get();
        Box::new(Failure { operation: Some(operation), host, attempts, ..failure })
    }

    fn metrics(&self) -> MutexGuard<'_, Metrics> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
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
        let mut metrics = self.metrics();
        metrics.attempts += 1;
        metrics.host = context.request().uri().parse::<Uri>().ok().and_then(|uri| host_of(&uri));
        context.request_mut().add_extension(Attempt(metrics.attempts));
        Ok(())
    }

    fn read_before_deserialization(
        &self,
        context: &BeforeDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut metrics = self.metrics();
        metrics.content_type = context.response().headers().get("content-type").map(str::to_owned);
        metrics.clock_offset = clock_offset(context.response());
        metrics.requested_wait = requested_wait(context.response());
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
