//! The data plane: `Converse` and `ConverseStream`. What is asked and answered is in `exchange`.

use std::io;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::{Builder, Credentials};
use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::operation::converse::{self, ConverseOutput};
use aws_sdk_bedrockruntime::operation::converse_stream::{ConverseStreamError, ConverseStreamOutput};
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::ConverseStreamOutput as Event;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use aws_smithy_types::retry::RetryConfig;

use super::exchange::{ConverseError, ConverseRequest, ConverseResponse, Preview};
use super::interceptor::{CallMetrics, Capture};
use super::timeout::{Limit, Timeouts};
use super::{error, retry};
use crate::model::failure::{Failure, Stage};

const CONVERSE: &str = "Converse";
const CONVERSE_STREAM: &str = "ConverseStream";

/// How long the usage figures of a complete answer are waited for.
const METADATA_LIMIT: Duration = Duration::from_secs(5);

type Events = EventReceiver<Event, ConverseStreamOutputError>;

/// The data plane of one source Region.
pub struct BedrockRuntime {
    client: Client,
    timeouts: Timeouts,
}

impl BedrockRuntime {
    pub(super) fn new(config: &SdkConfig, endpoint_url: Option<String>, timeouts: Timeouts) -> Self {
        let mut builder = Builder::from(config).retry_classifier(retry::DailyQuota).retry_classifier(retry::Permanent);
        builder.set_endpoint_url(endpoint_url);
        Self { client: Client::from_conf(builder.build()), timeouts }
    }

    /// Asks, and waits for the whole answer.
    pub async fn converse(&self, request: &ConverseRequest) -> Result<ConverseResponse, Box<Failure>> {
        let metrics = CallMetrics::default();
        let call = self.send_converse(request, Builder::new().interceptor(metrics.clone()));
        let call = Limit::FirstByte.within(self.timeouts.first_byte_without_streaming, call);
        let settled = Limit::Total.within_optional(self.timeouts.total, call).await;
        match settled.flatten().flatten().and_then(|output| ConverseResponse::of(&output)) {
            Ok(response) => Ok(with_call_metrics(response, &metrics)),
            Err(failure) => Err(with_call(failure, CONVERSE, &metrics, "")),
        }
    }

    /// Asks, and hands each piece of text on as it arrives. An error of `on_text` ends the call at once.
    pub async fn converse_stream(
        &self,
        request: &ConverseRequest,
        mut on_text: impl FnMut(&str) -> io::Result<()>,
    ) -> Result<ConverseResponse, ConverseError> {
        let metrics = CallMetrics::default();
        let mut response = ConverseResponse::default();
        let call = Box::pin(self.stream(request, &metrics, &mut response, &mut on_text));
        let settled = Limit::Total.within_optional(self.timeouts.total, call).await;
        match settled.map_err(ConverseError::Failed).flatten() {
            Ok(()) => Ok(with_call_metrics(response, &metrics)),
            Err(ConverseError::Failed(mut failure)) => {
                failure.request_id = failure.request_id.take().or(response.request_id);
                Err(with_call(failure, CONVERSE_STREAM, &metrics, &response.text).into())
            }
            Err(write) => Err(write),
        }
    }

    /// The request as it would be sent. Nothing is sent, and no credentials are looked for.
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

    /// Streams into `response`, which keeps what came where the call ends early.
    async fn stream(
        &self,
        request: &ConverseRequest,
        metrics: &CallMetrics,
        response: &mut ConverseResponse,
        on_text: &mut impl FnMut(&str) -> io::Result<()>,
    ) -> Result<(), ConverseError> {
        let opening = self.open(request, metrics, response);
        let (mut events, first) = Limit::FirstByte.within(self.timeouts.first_byte, opening).await??;
        let mut event = Some(first);
        while let Some(arrived) = event {
            let is_stop = matches!(arrived, Event::MessageStop(_));
            if let Some(text) = response.take(arrived) {
                on_text(text).map_err(ConverseError::Write)?;
            }
            if is_stop {
                // The answer is complete: figures that do not come are no failure.
                let last = Limit::Idle.within(METADATA_LIMIT.min(self.timeouts.idle), next(&mut events)).await;
                if let Ok(Ok(Some(metadata))) = last {
                    response.take(metadata);
                }
                return Ok(());
            }
            event = Limit::Idle.within(self.timeouts.idle, next(&mut events)).await??;
        }
        Err(stream_truncated().into())
    }

    /// Sends until a stream has brought its first event beyond the mere start, or there is no use in trying again.
    async fn open(
        &self,
        request: &ConverseRequest,
        metrics: &CallMetrics,
        response: &mut ConverseResponse,
    ) -> Result<(Events, Event), Box<Failure>> {
        loop {
            let remaining = retry::MAX_ATTEMPTS.saturating_sub(metrics.attempts());
            let limited = RetryConfig::standard().with_max_attempts(remaining);
            let counted = Builder::new().interceptor(metrics.clone()).retry_config(limited);
            let output = self.send_converse_stream(request, counted).await?;
            response.request_id = output.request_id().map(str::to_owned);
            let mut events = output.stream;
            let failure = match first(&mut events).await {
                Ok(Some(event)) => return Ok((events, event)),
                Ok(None) => stream_truncated(),
                Err(failure) => failure,
            };
            match error::of_opening(failure, metrics.content_type()) {
                failure if retry::is_retryable(&failure) && metrics.attempts() < retry::MAX_ATTEMPTS => {
                    drop(events);
                    tokio::time::sleep(retry::backoff(metrics.attempts())).await;
                }
                failure => return Err(failure),
            }
        }
    }

    async fn send_converse(
        &self,
        request: &ConverseRequest,
        settings: Builder,
    ) -> Result<ConverseOutput, Box<Failure>> {
        let operation = self
            .client
            .converse()
            .model_id(&request.model_id)
            .messages(request.message())
            .set_system(request.system())
            .set_inference_config(request.inference_config());
        operation.customize().config_override(settings).send().await.map_err(|failed| {
            let mut failure = error::of_operation(&failed, self.timeouts);
            if let Some(converse::ConverseError::ModelErrorException(exception)) = failed.as_service_error() {
                failure.original = error::original(exception.original_status_code(), &failure.message);
            }
            failure
        })
    }

    async fn send_converse_stream(
        &self,
        request: &ConverseRequest,
        settings: Builder,
    ) -> Result<ConverseStreamOutput, Box<Failure>> {
        let operation = self
            .client
            .converse_stream()
            .model_id(&request.model_id)
            .messages(request.message())
            .set_system(request.system())
            .set_inference_config(request.inference_config());
        operation.customize().config_override(settings).send().await.map_err(|failed| {
            let mut failure = error::of_operation(&failed, self.timeouts);
            failure.original = match failed.as_service_error() {
                Some(ConverseStreamError::ModelErrorException(exception)) => {
                    error::original(exception.original_status_code(), &failure.message)
                }
                Some(ConverseStreamError::ModelStreamErrorException(exception)) => {
                    error::original(exception.original_status_code(), exception.original_message().unwrap_or_default())
                }
                _ => None,
            };
            failure
        })
    }
}

/// The answer with all that only the call knows.
fn with_call_metrics(response: ConverseResponse, metrics: &CallMetrics) -> ConverseResponse {
    ConverseResponse { attempts: metrics.attempts(), clock_offset_seconds: metrics.clock_offset(), ..response }
}

/// The failure with all that only the call knows.
fn with_call(mut failure: Box<Failure>, operation: &'static str, metrics: &CallMetrics, text: &str) -> Box<Failure> {
    failure.operation = Some(operation);
    failure.host = metrics.host();
    failure.attempts = metrics.attempts();
    failure.text_bytes = text.len() as u64;
    failure
}

/// The first event that is more than an announcement: an exception before it is worth another attempt.
async fn first(events: &mut Events) -> Result<Option<Event>, Box<Failure>> {
    loop {
        match next(events).await? {
            Some(Event::MessageStart(_)) => {}
            event => return Ok(event),
        }
    }
}

async fn next(events: &mut Events) -> Result<Option<Event>, Box<Failure>> {
    events.recv().await.map_err(|failed| error::of_stream(&failed))
}

fn stream_truncated() -> Box<Failure> {
    Box::new(Failure::new(Stage::Stream, "the stream ended without `messageStop`"))
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::exchange::Usage;
    use super::super::loopback::{Reply, Server};
    use super::super::{ApiKey, Aws, Options, run};
    use super::*;
    use crate::model::region::Region;

    const HAIKU: &str = "us.anthropic.claude-haiku-4-5-20251001-v1:0";
    const ANSWER: &str = r#"{"output":{"message":{"role":"assistant","content":[{"text":"Hel"},
        {"reasoningContent":{"reasoningText":{"text":"hmm"}}},{"text":"lo"}]}},"stopReason":"end_turn",
        "usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5},"metrics":{"latencyMs":7}}"#;

    fn options(url: String) -> Options {
        let mut options = Options::new(Region::named("us-east-1").unwrap());
        options.endpoint_url = Some(url);
        options.api_key = ApiKey::parse("ABSKcanary").unwrap();
        options
    }

    fn request() -> ConverseRequest {
        ConverseRequest { model_id: HAIKU.to_owned(), prompt: "Say hello".to_owned(), ..ConverseRequest::default() }
    }

    fn converse(options: Options, request: &ConverseRequest) -> Result<ConverseResponse, Box<Failure>> {
        run(async { Aws::new(options).await.bedrock_runtime().unwrap().converse(request).await }).unwrap()
    }

    fn stream(options: Options, deltas: &mut Vec<String>) -> Result<ConverseResponse, ConverseError> {
        let on_text = |text: &str| {
            deltas.push(text.to_owned());
            Ok(())
        };
        run(async { Aws::new(options).await.bedrock_runtime().unwrap().converse_stream(&request(), on_text).await })
            .unwrap()
    }

    fn failure(result: Result<ConverseResponse, ConverseError>) -> Failure {
        match result {
            Err(ConverseError::Failed(failure)) => *failure,
            other => panic!("not a failure: {other:?}"),
        }
    }

    #[test]
    fn an_answer_has_its_text_reason_usage_and_request_id() {
        let server = Server::start(vec![Reply::json(200, ANSWER)]);
        let response = converse(options(server.url()), &request()).unwrap();
        let usage = Usage {
            input_tokens: 3,
            output_tokens: 2,
            total_tokens: 5,
            cache_read_input_tokens: None,
            cache_write_input_tokens: None,
        };
        let expected = ConverseResponse {
            text: "Hello".to_owned(),
            stop_reason: "end_turn".to_owned(),
            usage: Some(usage),
            latency_ms: Some(7),
            request_id: Some("req-1".to_owned()),
            reasoning_bytes: 3,
            tool_uses: 0,
            attempts: 1,
            clock_offset_seconds: None,
        };
        assert_eq!(response, expected);
        let received = &server.received()[0];
        assert_eq!(received.line, format!("POST /model/{}/converse HTTP/1.1", HAIKU.replace(':', "%3A")));
        assert_eq!(received.header("authorization"), Some("Bearer ABSKcanary"));
        assert_eq!(received.body, r#"{"messages":[{"role":"user","content":[{"text":"Say hello"}]}]}"#);
    }

    #[test]
    fn each_delta_is_handed_on_and_the_usage_after_the_stop_is_waited_for() {
        let reply = Reply::stream().start().text("Hel").text("lo").stop("some_new_reason").metadata();
        let server = Server::start(vec![reply]);
        let mut deltas = Vec::new();
        let response = stream(options(server.url()), &mut deltas).unwrap();
        assert_eq!(deltas, ["Hel", "lo"]);
        assert_eq!((response.text.as_str(), response.stop_reason.as_str()), ("Hello", "some_new_reason"));
        assert_eq!((response.usage.unwrap().total_tokens, response.latency_ms), (5, Some(7)));
        assert_eq!(response.request_id.as_deref(), Some("req-1"));
    }

    fn failure_of(reply: Reply) -> Failure {
        failure(stream(options(Server::start(vec![reply]).url()), &mut Vec::new()))
    }

    #[test]
    fn numbers_leave_as_they_were_asked_for_and_nothing_else_is_sent() {
        let server = Server::start(vec![Reply::json(200, ANSWER)]);
        let request = ConverseRequest {
            system: Some("Be brief".to_owned()),
            max_tokens: Some(64),
            temperature: Some(0.7),
            top_p: Some(0.95),
            stop_sequences: vec!["END".to_owned()],
            ..request()
        };
        converse(options(server.url()), &request).unwrap();
        let received = &server.received()[0];
        let config = r#"{"maxTokens":64,"temperature":0.7,"topP":0.95,"stopSequences":["END"]}"#;
        assert!(received.body.contains(&format!(r#""inferenceConfig":{config}"#)), "{}", received.body);
        assert!(received.body.contains(r#""system":[{"text":"Be brief"}]"#), "{}", received.body);
        assert_eq!(received.header("content-length"), Some(received.body.len().to_string().as_str()));
        assert!(received.header("user-agent").is_some_and(|agent| agent.contains("bedrock-ask")), "{}", received.head);
    }

    #[test]
    fn a_preview_is_what_would_be_sent_and_sends_nothing() {
        let server = Server::start(vec![Reply::json(200, ANSWER)]);
        let request = ConverseRequest { temperature: Some(0.7), ..request() };
        let url = server.url();
        let preview = run(async {
            let client = Aws::new(options(url)).await.bedrock_runtime().unwrap();
            let preview = client.preview(&request, false).await.unwrap();
            client.converse(&request).await.unwrap();
            preview
        })
        .unwrap();
        let received = server.received();
        assert_eq!(received.len(), 1);
        assert_eq!(preview.body, received[0].body);
        assert_eq!(preview.method, "POST");
        assert_eq!(preview.url, format!("{}/model/{}/converse", server.url(), HAIKU.replace(':', "%3A")));
    }

    #[test]
    fn a_preview_needs_no_credentials_and_names_the_endpoint_of_the_region() {
        let preview = run(async {
            let aws = Aws::new(Options::new(Region::named("eu-central-1").unwrap())).await;
            aws.bedrock_runtime().unwrap().preview(&request(), true).await
        });
        let url = preview.unwrap().unwrap().url;
        let path = format!("/model/{}/converse-stream", HAIKU.replace(':', "%3A"));
        assert_eq!(url, format!("https://bedrock-runtime.eu-central-1.amazonaws.com{path}"));
    }

    #[test]
    fn an_error_answer_keeps_code_status_message_and_request_id() {
        let message = "The provided model identifier is invalid.";
        let mut expected = Failure::new(Stage::Response, message);
        expected.operation = Some("ConverseStream");
        expected.code = Some("ValidationException".to_owned());
        expected.status = Some(400);
        expected.request_id = Some("req-1".to_owned());
        let reply = Reply::exception(400, "ValidationException:http://internal.amazon.com/", message);
        let server = Server::start(vec![reply]);
        expected.host = Some(server.url());
        assert_eq!(failure(stream(options(server.url()), &mut Vec::new())), expected);
    }

    #[test]
    fn the_capital_message_of_a_refused_api_key_is_found() {
        let failure = failure_of(Reply::json(403, r#"{"Message":"Bearer Token has expired"}"#));
        assert_eq!((failure.message.as_str(), failure.status), ("Bearer Token has expired", Some(403)));
    }

    #[test]
    fn a_page_of_something_on_the_way_is_unreadable_and_shown_in_part() {
        let page = Reply::new(403, &[("content-type", "text/html")], "<html>\n<body>Log in, please</body></html>");
        let failure = failure_of(page);
        assert_eq!((failure.stage, failure.status), (Stage::Unreadable, Some(403)));
        assert_eq!(failure.message, "<html> <body>Log in, please</body></html>");

        let page = Reply::new(200, &[("content-type", "text/html")], "<html><body>Log in, please</body></html>");
        let failure = failure_of(page.clone());
        assert_eq!(failure.stage, Stage::Unreadable);
        assert_eq!(failure.sources, ["the answer is `text/html`, not `application/vnd.amazon.eventstream`"]);
        let failure = converse(options(Server::start(vec![page]).url()), &request()).unwrap_err();
        assert_eq!((failure.stage, failure.status), (Stage::Unreadable, Some(200)));
        assert_eq!(failure.message, "<html><body>Log in, please</body></html>");
    }

    #[test]
    fn an_answer_without_a_message_is_unreadable() {
        let failure = converse(options(Server::start(vec![Reply::json(200, "{}")]).url()), &request()).unwrap_err();
        assert_eq!(failure.stage, Stage::Unreadable);
    }

    #[test]
    fn the_models_own_status_and_message_are_kept() {
        let body = r#"{"message":"unexpected","originalStatusCode":500,"resourceName":"x"}"#;
        let headers = [("x-amzn-errortype", "ModelErrorException"), ("content-type", "application/json")];
        let failure = failure_of(Reply::new(424, &headers, body));
        assert_eq!(failure.original, Some((500, "unexpected".to_owned())));

        let payload = r#"{"message":"m","originalStatusCode":529,"originalMessage":"overloaded"}"#;
        let failure = failure_of(Reply::stream().text("Hi").exception_frame("modelStreamErrorException", payload));
        assert_eq!(failure.code.as_deref(), Some("ModelStreamErrorException"));
        assert_eq!(failure.original, Some((529, "overloaded".to_owned())));
    }

    #[test]
    fn a_clock_that_is_wrong_shows_in_the_date_of_the_answer() {
        let headers = [("date", "Fri, 20 Nov 2020 19:42:24 GMT"), ("content-type", "application/json")];
        let body = r#"{"__type":"AccessDeniedException","message":"no"}"#;
        let failure = failure_of(Reply::new(403, &headers, body));
        assert_eq!(failure.code.as_deref(), Some("AccessDeniedException"));
        assert!(failure.clock_offset_seconds.unwrap() > 100_000_000);
    }

    #[test]
    fn throttling_is_tried_three_times_and_then_told() {
        let server = Server::start(vec![Reply::exception(429, "ThrottlingException", "Too many requests")]);
        let failure = failure(stream(options(server.url()), &mut Vec::new()));
        assert_eq!((failure.attempts, server.received().len()), (3, 3));
        assert_eq!(failure.code.as_deref(), Some("ThrottlingException"));
    }

    #[test]
    fn answers_and_exception_frames_share_the_three_attempts() {
        let busy = Reply::exception(503, "ServiceUnavailableException", "Too many connections");
        let frame = Reply::stream().start().exception_frame("throttlingException", r#"{"message":"Too many"}"#);
        let server = Server::start(vec![busy.clone(), frame.clone(), Reply::stream().text("Hi").stop("end_turn")]);
        let mut deltas = Vec::new();
        let response = stream(options(server.url()), &mut deltas).unwrap();
        assert_eq!((response.attempts, deltas.concat().as_str()), (3, "Hi"));

        let server = Server::start(vec![busy, frame]);
        let failure = failure(stream(options(server.url()), &mut Vec::new()));
        assert_eq!((failure.attempts, server.received().len()), (3, 3));
        assert_eq!((failure.stage, failure.code.as_deref()), (Stage::Stream, Some("ThrottlingException")));
    }

    #[test]
    fn a_quota_per_day_is_never_tried_again() {
        let message = "Too many tokens per day, please wait before trying again.";
        assert_eq!(failure_of(Reply::exception(429, "ThrottlingException", message)).attempts, 1);
        let frame = Reply::stream().exception_frame("throttlingException", &format!(r#"{{"message":"{message}"}}"#));
        let failure = failure_of(frame);
        assert_eq!((failure.attempts, failure.message.as_str()), (1, message));
    }

    #[test]
    fn after_the_first_byte_nothing_is_tried_again() {
        let frame = Reply::stream().start().text("Hi").exception_frame("throttlingException", r#"{"message":"m"}"#);
        let server = Server::start(vec![frame]);
        let mut deltas = Vec::new();
        let failure = failure(stream(options(server.url()), &mut deltas));
        assert_eq!((deltas.concat().as_str(), failure.text_bytes, failure.attempts), ("Hi", 2, 1));
        assert_eq!((failure.stage, failure.status), (Stage::Stream, Some(200)));
        assert_eq!((failure.message.as_str(), failure.request_id.as_deref()), ("m", Some("req-1")));
        assert_eq!(server.received().len(), 1);
    }

    #[test]
    fn an_exception_that_the_sdk_does_not_know_keeps_its_name() {
        let frame = Reply::stream().text("Hi").exception_frame("modelTimeoutException", r#"{"message":"slow"}"#);
        let failure = failure_of(frame);
        assert_eq!((failure.code.as_deref(), failure.message.as_str()), (Some("ModelTimeoutException"), "slow"));
    }

    #[test]
    fn a_stream_without_message_stop_is_no_answer_wherever_it_is_cut() {
        let failure = failure_of(Reply::stream().start().text("Hi"));
        assert_eq!((failure.stage, failure.text_bytes), (Stage::Stream, 2));
        assert_eq!(failure.message, "the stream ended without `messageStop`");
        let failure = failure_of(Reply::stream().start().text("Hi").then(Duration::ZERO, b"\0\0\0\x50abc"));
        assert_eq!((failure.stage, failure.text_bytes), (Stage::Stream, 2));
        assert_eq!(failure_of(Reply::stream()).stage, Stage::Stream);
    }

    #[test]
    fn an_answer_is_complete_at_its_stop_even_where_the_usage_never_comes() {
        let server = Server::start(vec![Reply::stream().text("Hi").stop("end_turn")]);
        let response = stream(options(server.url()), &mut Vec::new()).unwrap();
        assert_eq!((response.text.as_str(), response.usage), ("Hi", None));
    }

    #[test]
    fn reasoning_and_tools_are_counted_and_are_no_text() {
        let reasoning = r#"{"contentBlockIndex":0,"delta":{"reasoningContent":{"text":"hmm"}}}"#;
        let tool = r#"{"contentBlockIndex":1,"start":{"toolUse":{"toolUseId":"t","name":"n"}}}"#;
        let reply = Reply::stream().start().event("contentBlockDelta", reasoning).event("contentBlockStart", tool);
        let server = Server::start(vec![reply.text("Hi").stop("tool_use")]);
        let mut deltas = Vec::new();
        let response = stream(options(server.url()), &mut deltas).unwrap();
        assert_eq!((deltas.concat().as_str(), response.reasoning_bytes, response.tool_uses), ("Hi", 3, 1));
    }

    #[test]
    fn a_reader_that_leaves_ends_the_call_at_once() {
        let reply = Reply::stream().start().text("Hel").then(Duration::from_secs(5), &[]).text("lo");
        let server = Server::start(vec![reply]);
        let url = server.url();
        let started = Instant::now();
        let closed = |_: &str| Err(io::Error::from(io::ErrorKind::BrokenPipe));
        let result = run(async {
            Box::pin(Aws::new(options(url)).await.bedrock_runtime().unwrap().converse_stream(&request(), closed)).await
        });
        let Err(ConverseError::Write(error)) = result.unwrap() else { panic!("not told") };
        assert_eq!(error.kind(), io::ErrorKind::BrokenPipe);
        assert!(started.elapsed() < Duration::from_secs(4));
    }

    #[test]
    fn each_limit_that_passes_is_named_with_its_seconds() {
        let tenth = Duration::from_millis(100);
        let pause = Duration::from_secs(3);
        let limited = |reply: Reply, set: fn(&mut Timeouts, Duration)| {
            let mut options = options(Server::start(vec![reply]).url());
            set(&mut options.timeouts, tenth);
            failure(stream(options, &mut Vec::new()))
        };
        let failure = limited(Reply::silence(pause), |timeouts, limit| timeouts.first_byte = limit);
        assert_eq!((failure.stage, failure.attempts), (Stage::Timeout, 1));
        assert_eq!(failure.message, "no answer began within 0.1 seconds (first-byte limit)");
        let headers_only = Reply::stream().start().then(pause, &[]);
        let failure = limited(headers_only, |timeouts, limit| timeouts.first_byte = limit);
        assert_eq!(failure.message, "no answer began within 0.1 seconds (first-byte limit)");
        let stalled = Reply::stream().start().text("Hi").then(pause, &[]);
        let failure = limited(stalled.clone(), |timeouts, limit| timeouts.idle = limit);
        assert_eq!(failure.message, "the stream was silent for 0.1 seconds (idle limit)");
        assert_eq!((failure.stage, failure.text_bytes), (Stage::Timeout, 2));
        let failure = limited(stalled, |timeouts, limit| timeouts.total = Some(limit));
        assert_eq!(failure.message, "the call was not done within 0.1 seconds (`--timeout`)");
        assert_eq!((failure.text_bytes, failure.request_id.as_deref()), (2, Some("req-1")));
    }

    #[test]
    fn the_limit_without_streaming_is_its_own() {
        let server = Server::start(vec![Reply::silence(Duration::from_secs(3))]);
        let mut options = options(server.url());
        options.timeouts.first_byte_without_streaming = Duration::from_millis(100);
        let failure = converse(options, &request()).unwrap_err();
        assert_eq!((failure.stage, failure.operation), (Stage::Timeout, Some("Converse")));
    }

    #[test]
    fn a_refused_connection_and_a_host_that_nobody_knows_are_told_apart_by_their_causes() {
        let mut refused = options("http://127.0.0.1:1".to_owned());
        refused.timeouts.total = Some(Duration::from_secs(30));
        let failure = failure(stream(refused, &mut Vec::new()));
        assert_eq!((failure.stage, failure.attempts), (Stage::Connection, 3));
        assert!(failure.message.contains("onnection refused"), "{failure:?}");
        let unknown = converse(options("https://no-such-host.invalid".to_owned()), &request()).unwrap_err();
        assert_eq!(unknown.stage, Stage::Connection);
        assert!(unknown.sources.iter().any(|source| source == "dns error"), "{unknown:?}");
    }
}
