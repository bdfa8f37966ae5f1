//! Interceptors: the metrics of a call, the decimals of its body, and the capture of a request that is not to be sent.

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
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::date_time::{DateTime, Format};
use http::Uri;

use super::exchange::Preview;

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

/// The members of `Converse` whose values are fractions.
const FRACTIONS: [&str; 2] = [r#""temperature":"#, r#""topP":"#];

/// Writes each fraction of the body as the shortest decimal: the SDK widens it first, so that 0.7 would be sent as
/// 0.699999988079071.
#[derive(Debug)]
pub(super) struct ShortestDecimals;

#[dyn_dispatch_hint]
impl Intercept for ShortestDecimals {
    fn name(&self) -> &'static str {
        "shortest decimals"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let body = request.body().bytes().and_then(|bytes| std::str::from_utf8(bytes).ok());
        let Some(body) = body.and_then(with_shortest_decimals) else { return Ok(()) };
        if request.headers().contains_key("content-length") {
            request.headers_mut().insert("content-length", body.len().to_string());
        }
        *request.body_mut() = SdkBody::from(body);
        Ok(())
    }
}

/// Returns the body with each fraction as the shortest decimal; `None` if it has no fraction.
fn with_shortest_decimals(body: &str) -> Option<String> {
    let mut edited = None;
    for member in FRACTIONS {
        // The quotes inside of a text are escaped, so that this is the member itself.
        let text = edited.as_deref().unwrap_or(body);
        let Some(start) = text.find(member).map(|at| at + member.len()) else { continue };
        let end = text[start..].find([',', '}']).map_or(text.len(), |at| start + at);
        let Ok(number) = text[start..end].parse::<f32>() else { continue };
        edited = Some(format!("{}{number}{}", &text[..start], &text[end..]));
    }
    edited
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fraction_is_the_shortest_decimal_and_no_text_is_touched() {
        let edited = |body: &str| with_shortest_decimals(body);
        for (number, shortest) in [(0.7_f32, "0.7"), (0.1, "0.1"), (1.0, "1"), (0.0, "0"), (0.333, "0.333")] {
            for member in FRACTIONS {
                let body = format!("{{\"a\":{{{member}{},\"b\":1}}}}", f64::from(number));
                assert_eq!(edited(&body), Some(format!("{{\"a\":{{{member}{shortest},\"b\":1}}}}")));
            }
        }
        let both = r#"{"temperature":0.699999988079071,"topP":0.8999999761581421}"#;
        assert_eq!(edited(both).as_deref(), Some(r#"{"temperature":0.7,"topP":0.9}"#));
        let text = serde_json::json!({"text": r#"{"temperature":0.699999988079071,"topP":0.5}"#}).to_string();
        assert_eq!(edited(&text), None);
    }
}
