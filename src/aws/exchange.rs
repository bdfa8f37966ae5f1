//! The request and response of `Converse` and `ConverseStream` as plain values. Sending is in `bedrock_runtime`.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::types::{
    CacheTtl, ContentBlock, ConversationRole, ConverseStreamOutput as Event, InferenceConfiguration, Message,
    SystemContentBlock, TokenUsage,
};
use serde_json::Value;

use super::attachment::Attachment;
use super::cache_point::CachePoints;
use super::content::Content;
use super::recording::{RawEvent, RecordedBody};
use crate::error::Error;
use bedrock_ask::model::failure::{Failure, Stage};

/// A request. Fields without a value are not sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConverseRequest {
    /// The ID or ARN of a model or inference profile.
    pub model_id: String,
    pub system: Option<String>,
    pub prompt: String,
    /// What stands before the prompt, in this order.
    pub attachments: Vec<Attachment>,
    /// The most tokens to generate.
    pub max_tokens: Option<i32>,
    /// The randomness of the response.
    pub temperature: Option<f32>,
    /// The probability mass of nucleus sampling.
    pub top_p: Option<f32>,
    /// Texts at which the model stops.
    pub stop_sequences: Vec<String>,
    /// How long what stands before the prompt is cached; it is not if there is none.
    pub cache: Option<super::CacheTtl>,
    /// The earlier messages of the conversation as JSON, which are sent unchanged before the prompt.
    pub earlier_messages: Arc<[String]>,
    /// Members of the body by their names. They are written with their own order and numbers, which the SDK's types lose.
    pub members: BTreeMap<&'static str, Value>,
    /// The whole body, which is sent unchanged; of the fields above, only `model_id` counts then.
    pub body: Option<Arc<str>>,
    /// Whether the response gets the user's message as it was sent.
    pub returns_message: bool,
    /// Whether the response gets its own body as it arrived, if it is not streamed.
    pub returns_body: bool,
}

impl ConverseRequest {
    /// Returns the message of the prompt; none if there is nothing in it, as beside a prompt of Prompt management.
    pub(super) fn messages(&self) -> Option<Vec<Message>> {
        if self.prompt.is_empty() && self.attachments.is_empty() {
            return None;
        }
        let points = CachePoints::of(self);
        let mut content: Vec<_> = self.attachments.iter().map(Attachment::content_block).collect();
        if let Some(points) = points.filter(|points| points.behind_attachments) {
            points.add(&mut content);
        }
        content.push(ContentBlock::Text(self.prompt.clone()));
        if let Some(points) = points.filter(|points| points.behind_prompt) {
            points.add(&mut content);
        }
        let message = Message::builder().role(ConversationRole::User).set_content(Some(content)).build();
        #[expect(clippy::expect_used, reason = "only a message without role or content is refused")]
        Some(vec![message.expect("a message with role and content")])
    }

    pub(super) fn system(&self) -> Option<Vec<SystemContentBlock>> {
        let mut blocks = vec![SystemContentBlock::Text(self.system.clone()?)];
        if let Some(points) = CachePoints::of(self).filter(|points| points.behind_system) {
            points.add_to_system(&mut blocks);
        }
        Some(blocks)
    }

    pub(super) fn inference_config(&self) -> Option<InferenceConfiguration> {
        let stop_sequences = Some(self.stop_sequences.clone()).filter(|sequences| !sequences.is_empty());
        let config = InferenceConfiguration::builder()
            .set_max_tokens(self.max_tokens)
            .set_temperature(self.temperature)
            .set_top_p(self.top_p)
            .set_stop_sequences(stop_sequences)
            .build();
        (config != InferenceConfiguration::builder().build()).then_some(config)
    }
}

/// A request that would be sent.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    pub method: String,
    /// The endpoint and path; the model ID is percent-encoded.
    pub url: String,
    /// The exact JSON body.
    pub body: String,
}

/// A complete response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConverseResponse {
    /// The text of all content blocks.
    pub text: String,
    /// AWS's stop reason, such as `end_turn` or `max_tokens`; may be one that is not known here, and is empty if none was
    /// sent.
    pub stop_reason: String,
    /// The token counts, if AWS sent them.
    pub usage: Option<Usage>,
    /// The latency that AWS measured.
    pub latency_ms: Option<i64>,
    /// The service tier that served the request, if AWS sent it.
    pub service_tier: Option<String>,
    /// `x-amzn-RequestId`.
    pub request_id: Option<String>,
    /// The content blocks, the text included, as AWS sent them.
    pub content: Content,
    /// The last message of the request as it was sent, if the request wants it back.
    pub sent_message: Option<String>,
    /// The body as it arrived, byte for byte, if the request wants it and it was not streamed.
    pub body: Option<String>,
    /// The number of times that the request was sent.
    pub attempts: u32,
    /// Seconds by which this machine's clock is ahead (positive) of or behind the `Date` of the response.
    pub clock_offset_seconds: Option<i64>,
    /// Whether content arrived after `messageStop`.
    pub continues_after_stop: bool,
    /// The trace of the guardrail or the prompt router as AWS sent it; null if there is none.
    pub trace: Value,
}

/// What the SDK takes for a required enum that the service did not send.
const NOT_SENT: &str = "no value was set";

impl ConverseResponse {
    /// Returns what the response lacks although the protocol demands it, or what breaks the protocol.
    pub fn fault(&self) -> Option<&'static str> {
        if self.content.has_gap() {
            return Some("a `contentBlockDelta` in the text has content that is not supported");
        }
        if self.continues_after_stop {
            return Some("content arrived after `messageStop`");
        }
        self.stop_reason.is_empty().then_some("there is no `stopReason`")
    }

    /// Returns the output of `Converse` if it has a message.
    pub(super) fn checked(output: ConverseOutput) -> Result<ConverseOutput, Box<Failure>> {
        if output.output().is_some_and(aws_sdk_bedrockruntime::types::ConverseOutput::is_message) {
            return Ok(output);
        }
        let failure = Failure::new(Stage::Unreadable, "the response has no message");
        let request_id = output.request_id().map(str::to_owned);
        Err(Box::new(Failure { status: Some(200), request_id, ..failure }))
    }

    /// Converts the output of `Converse`, of which this is the body.
    pub(super) fn of(output: &ConverseOutput, body: RecordedBody) -> Self {
        let (mut content, text) = Content::of(&body.json["output"]["message"]["content"]);
        content.tool_calls = body.tool_calls;
        Self {
            text,
            content,
            stop_reason: sent(output.stop_reason().as_str()).to_owned(),
            usage: output.usage().and_then(Usage::of),
            latency_ms: output.metrics().map(|metrics| metrics.latency_ms).filter(|latency| *latency > 0),
            service_tier: service_tier(&body.json),
            request_id: output.request_id().map(str::to_owned),
            trace: body.json["trace"].clone(),
            body: body.text,
            ..Self::default()
        }
    }

    /// Takes the event after `messageStop`, which can only hold usage figures.
    pub(super) fn take_last(&mut self, event: &Event, raw: RawEvent) {
        if let Event::ContentBlockStart(_) | Event::ContentBlockDelta(_) = event {
            self.continues_after_stop = true;
        } else {
            self.take(event, raw);
        }
    }

    /// Adds one event of a stream and returns its text or its reasoning, if it has any. Content is taken from what AWS sent.
    pub(super) fn take(&mut self, event: &Event, mut raw: RawEvent) -> Option<Arrival<'_>> {
        match event {
            Event::ContentBlockDelta(_) => {
                if let Some(reasoning) = self.content.reasoning_of(&raw) {
                    self.content.delta(raw);
                    return Some(reasoning);
                }
                let text = self.content.delta(raw).filter(|text| !text.is_empty())?;
                let start = self.text.len();
                self.text += &text;
                return Some(Arrival::Text(&self.text[start..]));
            }
            Event::ContentBlockStart(_) => self.content.start(raw),
            Event::MessageStop(stop) => sent(stop.stop_reason.as_str()).clone_into(&mut self.stop_reason),
            Event::Metadata(metadata) => {
                self.trace = raw.payload.get_mut("trace").map(Value::take).unwrap_or_default();
                self.usage = metadata.usage().and_then(Usage::of);
                self.latency_ms = metadata.metrics().map(|metrics| metrics.latency_ms).filter(|latency| *latency > 0);
                self.service_tier = service_tier(&raw.payload);
            }
            Event::ContentBlockStop(_) | Event::MessageStart(_) => {}
            _ => self.content.unknown(raw),
        }
        None
    }
}

/// Returns the service tier in the body of a response, or in the metadata of a stream.
fn service_tier(body: &Value) -> Option<String> {
    body["serviceTier"]["type"].as_str().map(str::to_owned)
}

/// Returns a value that the service sent; nothing in place of what the SDK fills in.
fn sent(value: &str) -> &str {
    if value == NOT_SENT { "" } else { value }
}

/// The token counts of a call.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    pub input_tokens: i32,
    pub output_tokens: i32,
    pub total_tokens: i32,
    pub cache_read_input_tokens: Option<i32>,
    pub cache_write_input_tokens: Option<i32>,
    /// Whether tokens were written to the cache for longer than five minutes.
    pub writes_long_cache: bool,
}

impl Usage {
    /// Converts the counts of a call; there are none if all are 0, which the SDK fills in.
    fn of(usage: &TokenUsage) -> Option<Self> {
        if (usage.input_tokens, usage.output_tokens, usage.total_tokens) == (0, 0, 0) {
            return None;
        }
        Some(Self {
            input_tokens: usage.input_tokens,
            output_tokens: usage.output_tokens,
            total_tokens: usage.total_tokens,
            cache_read_input_tokens: usage.cache_read_input_tokens,
            cache_write_input_tokens: usage.cache_write_input_tokens,
            writes_long_cache: usage
                .cache_details()
                .iter()
                .any(|detail| detail.ttl != CacheTtl::FiveMinutes && detail.input_tokens > 0),
        })
    }
}

/// What arrives of a stream.
#[derive(Clone, Debug, PartialEq)]
pub enum Arrival<'a> {
    /// An event, before its text.
    Event(&'a RawEvent),
    /// The text of the last event.
    Text(&'a str),
    /// The reasoning of the last event.
    Reasoning(String),
    /// Reasoning that the provider encrypted.
    RedactedReasoning,
}

/// A call that was sent once and failed.
#[derive(Debug)]
pub struct FailedAttempt {
    pub failure: Box<Failure>,
    /// How long the response asks to wait before the next attempt.
    pub wait: Option<Duration>,
    /// The body of a successful response that is JSON and could not be understood, if the request wants it.
    pub body: Option<String>,
}

/// Why a call has no complete response.
#[derive(Debug)]
pub enum ConverseError {
    /// The call failed, perhaps after some text.
    Failed(Box<Failure>),
    /// What arrived could not be written, for instance at a closed pipe or a full disk. The call was cancelled at once.
    Write(Box<Error>),
}

impl From<Box<Failure>> for ConverseError {
    fn from(failure: Box<Failure>) -> Self {
        Self::Failed(failure)
    }
}
