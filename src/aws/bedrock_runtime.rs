//! The data plane: `Converse` and `ConverseStream`. The plain request and response types are in `exchange`.

use std::collections::VecDeque;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::{Builder, Credentials};
use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::operation::converse_stream::{ConverseStreamError, ConverseStreamOutput};
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::ConverseStreamOutput as Event;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use aws_smithy_types::retry::RetryConfig;
use serde::de::IgnoredAny;
use tokio::time::Instant;

use super::body::RecordResponseLimit;
use super::exchange::{Arrival, ConverseError, ConverseRequest, ConverseResponse, FailedAttempt, Preview};
use super::interceptor::{CallMetrics, Capture, Metrics};
use super::recording::{RawEvent, Recording};
use super::request_body::RequestBody;
use super::timeout::{Limit, Timeouts};
use super::{error, retry};
use bedrock_ask::model::failure::{Failure, Stage};

const CONVERSE: &str = "Converse";
const CONVERSE_STREAM: &str = "ConverseStream";

/// How long to wait for the `metadata` event after `messageStop`.
const METADATA_LIMIT: Duration = Duration::from_secs(5);

/// Sends a request with both operations, which have different types.
macro_rules! send {
    ($operation:expr, $request:ident, $settings:ident) => {{
        let operation = $operation
            .model_id(&$request.model_id)
            .set_messages($request.messages())
            .set_system($request.system())
            .set_inference_config($request.inference_config());
        let settings = $settings.interceptor(RequestBody::of($request));
        operation.customize().config_override(settings).send().await
    }};
}

/// An event as the SDK understands it, and as AWS sent it.
type Arrived = (Event, RawEvent);

/// The events of a stream.
struct Events {
    receiver: EventReceiver<Event, ConverseStreamOutputError>,
    recording: Recording,
}

impl Events {
    /// Returns the events up to the first one after `messageStart`. An exception that comes before it can be retried.
    async fn opening(&mut self) -> Result<Option<VecDeque<Arrived>>, Box<Failure>> {
        let mut opening = VecDeque::new();
        while let Some(arrived) = self.next().await? {
            let is_start = matches!(arrived.0, Event::MessageStart(_));
            opening.push_back(arrived);
            if !is_start {
                return Ok(Some(opening));
            }
        }
        Ok(None)
    }

    async fn next(&mut self) -> Result<Option<Arrived>, Box<Failure>> {
        let event = self.receiver.recv().await.map_err(|failed| error::stream_failure(&failed))?;
        Ok(event.map(|event| (event, self.recording.next_event())))
    }
}

/// The data plane of one source Region.
pub struct BedrockRuntime {
    client: Client,
    retry_config: RetryConfig,
    timeouts: Timeouts,
}

impl BedrockRuntime {
    pub(super) fn new(config: &SdkConfig, endpoint_url: Option<String>, timeouts: Timeouts) -> Self {
        let mut builder = Builder::from(config).retry_classifier(retry::DailyQuota).retry_classifier(retry::Permanent);
        builder.set_endpoint_url(endpoint_url);
        let retry_config = config.retry_config().cloned().unwrap_or_else(RetryConfig::standard);
        Self { client: Client::from_conf(builder.build()), retry_config, timeouts }
    }

    /// Calls `Converse` and returns the whole response.
    pub async fn converse(&self, request: &ConverseRequest) -> Result<ConverseResponse, Box<Failure>> {
        let (metrics, recording) = (CallMetrics::default(), Recording::of(request));
        let limit = self.timeouts.first_byte_without_streaming;
        match self.send_converse(request, self.counted(&metrics, limit).interceptor(recording.clone())).await {
            Ok(output) => {
                let response = ConverseResponse::of(&output, recording.take_body());
                let response = ConverseResponse { sent_message: recording.take_message(), ..response };
                Ok(with_call_metrics(response, &metrics))
            }
            Err(failure) => Err(metrics.add_to(*failure, CONVERSE)),
        }
    }

    /// Calls `Converse`, and sends the request once: the caller decides about retries, whatever the settings of AWS say.
    pub async fn converse_once(&self, request: &ConverseRequest) -> Result<ConverseResponse, FailedAttempt> {
        let (metrics, recording) = (CallMetrics::default(), Recording::of(request));
        let settings = Builder::new().retry_config(RetryConfig::disabled()).interceptor(metrics.clone());
        let settings = settings.interceptor(recording.clone()).interceptor(RecordResponseLimit);
        match self.send_converse(request, settings).await {
            Ok(output) => Ok(with_call_metrics(ConverseResponse::of(&output, recording.take_body()), &metrics)),
            Err(failure) => {
                let body = recording.take_body().text.filter(|_| failure.status == Some(200));
                let body = body.filter(|body| {
                    body.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(body).is_ok()
                });
                let wait = metrics.get().requested_wait;
                Err(FailedAttempt { failure: metrics.add_to(*failure, CONVERSE), wait, body })
            }
        }
    }

    /// Calls `ConverseStream` and passes each event, and its text or reasoning, to `on_arrival`, whose error ends the
    /// call at once. No event of an attempt that is retried is passed. What has arrived is in `response`, also if the call fails
    /// or is dropped.
    pub async fn converse_stream(
        &self,
        request: &ConverseRequest,
        response: &mut ConverseResponse,
        mut on_arrival: impl FnMut(Arrival<'_>) -> Result<(), ConverseError>,
    ) -> Result<(), ConverseError> {
        let metrics = CallMetrics::default();
        *response = ConverseResponse::default();
        let call = Box::pin(self.stream(request, &metrics, response, &mut on_arrival));
        let settled = self.timeouts.within_total(call).await;
        match settled.map_err(ConverseError::Failed).flatten() {
            Ok(()) => {
                *response = with_call_metrics(std::mem::take(response), &metrics);
                Ok(())
            }
            Err(ConverseError::Failed(mut failure)) => {
                failure.request_id = failure.request_id.take().or_else(|| response.request_id.clone());
                failure.text_bytes = (response.text.len() + response.content.input_bytes()) as u64;
                Err(metrics.add_to(*failure, CONVERSE_STREAM).into())
            }
            Err(write) => Err(write),
        }
    }

    /// Returns the request that would be sent. Sends nothing and loads no credentials.
    pub async fn preview(&self, request: &ConverseRequest, streaming: bool) -> Result<Preview, Box<Failure>> {
        let capture = Capture::default();
        let unsigned = Builder::new()
            .credentials_provider(Credentials::new("preview", "preview", None, None, "preview"))
            .auth_scheme_preference([AuthSchemeId::from("sigv4")])
            .interceptor(capture.clone());
        let failure = if streaming {
            self.send_converse_stream(request, unsigned).await.err()
        } else {
            self.send_converse(request, unsigned).await.err()
        };
        let missing = || Box::new(Failure::new(Stage::Connection, "the request could not be built"));
        capture.take().ok_or_else(|| failure.unwrap_or_else(missing))
    }

    /// Streams into `response`, which keeps the text that arrived if the call ends early.
    async fn stream(
        &self,
        request: &ConverseRequest,
        metrics: &CallMetrics,
        response: &mut ConverseResponse,
        on_arrival: &mut impl FnMut(Arrival<'_>) -> Result<(), ConverseError>,
    ) -> Result<(), ConverseError> {
        let recording = Recording::of(request);
        let opening = self.open(request, metrics, &recording, response);
        let (mut events, mut opening) = Limit::FirstByte.within(self.timeouts.first_byte, opening).await??;
        loop {
            let next = match opening.pop_front() {
                Some(arrived) => Some(arrived),
                None => Limit::Idle.within(self.timeouts.idle, events.next()).await??,
            };
            let (event, raw) = next.ok_or_else(stream_truncated)?;
            on_arrival(Arrival::Event(&raw))?;
            if let Some(arrival) = response.take(&event, raw) {
                on_arrival(arrival)?;
            }
            if matches!(event, Event::MessageStop(_)) {
                break;
            }
        }
        // The response is complete: it does not fail for want of usage figures.
        let until = Instant::now() + METADATA_LIMIT.min(self.timeouts.idle);
        while let Ok(Ok(Some((event, raw)))) = tokio::time::timeout_at(until, events.next()).await {
            on_arrival(Arrival::Event(&raw))?;
            let is_last = matches!(event, Event::Metadata(_));
            response.take_last(&event, raw);
            if is_last {
                break;
            }
        }
        response.sent_message = recording.take_message();
        Ok(())
    }

    /// Sends the request until a stream delivers its first event after `messageStart`, which is returned with the ones
    /// before it, or a retry is pointless.
    async fn open(
        &self,
        request: &ConverseRequest,
        metrics: &CallMetrics,
        recording: &Recording,
        response: &mut ConverseResponse,
    ) -> Result<(Events, VecDeque<Arrived>), Box<Failure>> {
        let max_attempts = self.retry_config.max_attempts();
        loop {
            let remaining = max_attempts.saturating_sub(metrics.attempts());
            let limited = self.retry_config.clone().with_max_attempts(remaining);
            let counted = self.counted(metrics, self.timeouts.first_byte).retry_config(limited);
            let output = self.send_converse_stream(request, counted.interceptor(recording.clone())).await?;
            response.request_id = output.request_id().map(str::to_owned);
            let mut events = Events { receiver: output.stream, recording: recording.clone() };
            let failure = match events.opening().await {
                Ok(Some(opening)) => return Ok((events, opening)),
                Ok(None) => stream_truncated(),
                Err(failure) => failure,
            };
            match error::opening_failure(failure, metrics.get().content_type) {
                failure if retry::is_retryable(&failure) && metrics.attempts() < max_attempts => {
                    drop(events);
                    tokio::time::sleep(retry::backoff(metrics.attempts())).await;
                }
                failure => return Err(failure),
            }
        }
    }

    /// Returns the settings of a call whose attempts are counted and must be over within this limit.
    fn counted(&self, metrics: &CallMetrics, limit: Duration) -> Builder {
        let limit = self.timeouts.total.map_or(limit, |total| total.min(limit));
        Builder::new().interceptor(metrics.clone()).retry_classifier(retry::RequestedWait::within(limit))
    }

    async fn send_converse(
        &self,
        request: &ConverseRequest,
        settings: Builder,
    ) -> Result<ConverseOutput, Box<Failure>> {
        let sent = async { send!(self.client.converse(), request, settings) };
        let sent = Limit::FirstByte.within(self.timeouts.first_byte_without_streaming, sent);
        let settled = self.timeouts.within_total(sent).await.flatten()?;
        settled.map_err(|failed| error::operation_failure(&failed, self.timeouts)).and_then(ConverseResponse::checked)
    }

    async fn send_converse_stream(
        &self,
        request: &ConverseRequest,
        settings: Builder,
    ) -> Result<ConverseStreamOutput, Box<Failure>> {
        send!(self.client.converse_stream(), request, settings).map_err(|failed| {
            let mut failure = error::operation_failure(&failed, self.timeouts);
            if let Some(ConverseStreamError::ModelStreamErrorException(exception)) = failed.as_service_error() {
                let message = exception.original_message().unwrap_or_default();
                failure.original = error::original(exception.original_status_code(), message);
            }
            failure
        })
    }
}

/// Adds the attempts and the clock offset of the call to its response.
fn with_call_metrics(response: ConverseResponse, metrics: &CallMetrics) -> ConverseResponse {
    let Metrics { attempts, clock_offset, .. } = metrics.get();
    ConverseResponse { attempts, clock_offset_seconds: clock_offset, ..response }
}

fn stream_truncated() -> Box<Failure> {
    Box::new(Failure::new(Stage::Stream, "the stream ended without `messageStop`"))
}
