//! The data plane: Converse and ConverseStream. What is asked and answered is in `exchange`.

use std::io;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_bedrockruntime::Client;
use aws_sdk_bedrockruntime::config::{Builder, Credentials};
use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::operation::converse::{ConverseError, ConverseOutput};
use aws_sdk_bedrockruntime::operation::converse_stream::{ConverseStreamError, ConverseStreamOutput};
use aws_sdk_bedrockruntime::primitives::event_stream::EventReceiver;
use aws_sdk_bedrockruntime::types::ConverseStreamOutput as Event;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use aws_smithy_types::retry::RetryConfig;

use super::exchange::{Answer, Preview, Request, Unfinished};
use super::interceptor::{Attempts, Capture, ExactNumbers};
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
        let mut builder = Builder::from(config).retry_classifier(retry::DailyQuota);
        builder.set_endpoint_url(endpoint_url);
        Self { client: Client::from_conf(builder.build()), timeouts }
    }

    /// Asks, and waits for the whole answer.
    pub async fn converse(&self, request: &Request) -> Result<Answer, Box<Failure>> {
        let attempts = Attempts::default();
        let call = self.send_converse(request, settings(request).interceptor(attempts.clone()));
        let call = Limit::FirstByte.within(self.timeouts.first_byte_without_streaming, call);
        let settled = Limit::Total.within_optional(self.timeouts.total, call).await;
        match settled.flatten().flatten().and_then(|output| Answer::of(&output)) {
            Ok(answer) => Ok(Answer { attempts: attempts.count(), ..answer }),
            Err(failure) => Err(finished(failure, CONVERSE, &attempts, "")),
        }
    }

    /// Asks, and hands each piece of text on as it arrives. An error of `on_text` ends the call at once.
    pub async fn converse_stream(
        &self,
        request: &Request,
        mut on_text: impl FnMut(&str) -> io::Result<()>,
    ) -> Result<Answer, Unfinished> {
        let attempts = Attempts::default();
        let mut answer = Answer::default();
        let call = self.stream(request, &attempts, &mut answer, &mut on_text);
        let settled = Limit::Total.within_optional(self.timeouts.total, call).await;
        match settled.map_err(Unfinished::Failed).flatten() {
            Ok(()) => Ok(Answer { attempts: attempts.count(), ..answer }),
            Err(Unfinished::Failed(mut failure)) => {
                failure.request_id = failure.request_id.take().or(answer.request_id);
                Err(finished(failure, CONVERSE_STREAM, &attempts, &answer.text).into())
            }
            Err(unwritten) => Err(unwritten),
        }
    }

    /// The request as it would be sent. Nothing is sent, and no credentials are looked for.
    pub async fn preview(&self, request: &Request, streaming: bool) -> Result<Preview, Box<Failure>> {
        let capture = Capture::default();
        let unsigned = settings(request)
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

    /// Streams into `answer`, which keeps what came where the call ends early.
    async fn stream(
        &self,
        request: &Request,
        attempts: &Attempts,
        answer: &mut Answer,
        on_text: &mut impl FnMut(&str) -> io::Result<()>,
    ) -> Result<(), Unfinished> {
        let opening = self.open(request, attempts, answer);
        let (mut events, mut event) = Limit::FirstByte.within(self.timeouts.first_byte, opening).await??;
        while let Some(arrived) = event {
            let is_stop = matches!(arrived, Event::MessageStop(_));
            if let Some(text) = answer.take(arrived) {
                on_text(text).map_err(Unfinished::Unwritten)?;
            }
            if is_stop {
                // The answer is complete: figures that do not come are no failure.
                let last = Limit::Idle.within(METADATA_LIMIT.min(self.timeouts.idle), next(&mut events)).await;
                if let Ok(Ok(Some(metadata))) = last {
                    answer.take(metadata);
                }
                return Ok(());
            }
            event = Limit::Idle.within(self.timeouts.idle, next(&mut events)).await??;
        }
        Err(cut().into())
    }

    /// Sends until a stream has brought its first event beyond the mere start, or there is no use in trying again.
    async fn open(
        &self,
        request: &Request,
        attempts: &Attempts,
        answer: &mut Answer,
    ) -> Result<(Events, Option<Event>), Box<Failure>> {
        loop {
            let remaining = retry::MAX_ATTEMPTS.saturating_sub(attempts.count());
            let limited = RetryConfig::standard().with_max_attempts(remaining);
            let counted = settings(request).interceptor(attempts.clone()).retry_config(limited);
            let output = self.send_converse_stream(request, counted).await?;
            answer.request_id = output.request_id().map(str::to_owned);
            let mut events = output.stream;
            match first(&mut events).await {
                Ok(event) => return Ok((events, event)),
                Err(failure) if retry::is_worthwhile(&failure) && attempts.count() < retry::MAX_ATTEMPTS => {
                    drop(events);
                    tokio::time::sleep(retry::backoff(attempts.count())).await;
                }
                Err(failure) => return Err(failure),
            }
        }
    }

    async fn send_converse(&self, request: &Request, settings: Builder) -> Result<ConverseOutput, Box<Failure>> {
        let operation = self
            .client
            .converse()
            .model_id(&request.model_id)
            .set_messages(request.messages())
            .set_system(request.system())
            .set_inference_config(request.inference_config());
        operation.customize().config_override(settings).send().await.map_err(|failed| {
            let mut failure = error::of_operation(&failed, self.timeouts);
            if let Some(ConverseError::ModelErrorException(exception)) = failed.as_service_error() {
                failure.original = error::original(exception.original_status_code(), &failure.message);
            }
            failure
        })
    }

    async fn send_converse_stream(
        &self,
        request: &Request,
        settings: Builder,
    ) -> Result<ConverseStreamOutput, Box<Failure>> {
        let operation = self
            .client
            .converse_stream()
            .model_id(&request.model_id)
            .set_messages(request.messages())
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

/// What every request is sent with.
fn settings(request: &Request) -> Builder {
    match request.exact_numbers() {
        numbers if numbers.is_empty() => Builder::new(),
        numbers => Builder::new().interceptor(ExactNumbers(numbers)),
    }
}

/// The failure with all that only the call knows.
fn finished(mut failure: Box<Failure>, operation: &'static str, attempts: &Attempts, text: &str) -> Box<Failure> {
    failure.operation = Some(operation);
    failure.attempts = attempts.count();
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

fn cut() -> Box<Failure> {
    let mut failure = Failure::new(Stage::Stream, "the stream ended without `messageStop`");
    failure.status = Some(200);
    Box::new(failure)
}

#[cfg(test)]
mod tests {
    use std::time::Instant;

    use super::super::loopback::{Reply, Server};
    use super::super::{ApiKey, Aws, Options, Usage, run};
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

    fn request() -> Request {
        Request { model_id: HAIKU.to_owned(), prompt: "Say hello".to_owned(), ..Request::default() }
    }

    fn converse(options: Options, request: &Request) -> Result<Answer, Box<Failure>> {
        run(async { Aws::new(options).await.bedrock_runtime().unwrap().converse(request).await }).unwrap()
    }

    fn stream(options: Options, deltas: &mut Vec<String>) -> Result<Answer, Unfinished> {
        let on_text = |text: &str| {
            deltas.push(text.to_owned());
            Ok(())
        };
        run(async { Aws::new(options).await.bedrock_runtime().unwrap().converse_stream(&request(), on_text).await })
            .unwrap()
    }

    fn failure(result: Result<Answer, Unfinished>) -> Failure {
        match result {
            Err(Unfinished::Failed(failure)) => *failure,
            other => panic!("not a failure: {other:?}"),
        }
    }

    #[test]
    fn an_answer_has_its_text_reason_usage_and_request_id() {
        let server = Server::start(vec![Reply::json(200, ANSWER)]);
        let answer = converse(options(server.url()), &request()).unwrap();
        let usage = Usage {
            input_tokens: 3,
            output_tokens: 2,
            total_tokens: 5,
            cache_read_input_tokens: None,
            cache_write_input_tokens: None,
        };
        let expected = Answer {
            text: "Hello".to_owned(),
            stop_reason: "end_turn".to_owned(),
            usage: Some(usage),
            latency_ms: Some(7),
            request_id: Some("req-1".to_owned()),
            reasoning_bytes: 3,
            tool_uses: 0,
            attempts: 1,
        };
        assert_eq!(answer, expected);
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
        let answer = stream(options(server.url()), &mut deltas).unwrap();
        assert_eq!(deltas, ["Hel", "lo"]);
        assert_eq!((answer.text.as_str(), answer.stop_reason.as_str()), ("Hello", "some_new_reason"));
        assert_eq!((answer.usage.unwrap().total_tokens, answer.latency_ms), (5, Some(7)));
        assert_eq!(answer.request_id.as_deref(), Some("req-1"));
    }
}
