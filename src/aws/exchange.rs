//! The request and response of `Converse` and `ConverseStream` as plain values. Sending is in `bedrock_runtime`.

use std::io;

use aws_sdk_bedrockruntime::operation::RequestId;
use aws_sdk_bedrockruntime::operation::converse::ConverseOutput;
use aws_sdk_bedrockruntime::types::{
    CitationGeneratedContent, ContentBlock, ContentBlockDelta, ContentBlockStart, ConversationRole,
    ConverseStreamOutput as Event, InferenceConfiguration, Message, SystemContentBlock, TokenUsage,
};

use bedrock_ask::model::failure::{Failure, Stage};

/// A request. Fields without a value are not sent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct ConverseRequest {
    /// The ID or ARN of a model or inference profile.
    pub model_id: String,
    pub system: Option<String>,
    pub prompt: String,
    /// The most tokens to generate.
    pub max_tokens: Option<i32>,
    /// The randomness of the response.
    pub temperature: Option<f32>,
    /// The probability mass of nucleus sampling.
    pub top_p: Option<f32>,
    /// Texts at which the model stops.
    pub stop_sequences: Vec<String>,
}

impl ConverseRequest {
    pub(super) fn message(&self) -> Message {
        let content = ContentBlock::Text(self.prompt.clone());
        let message = Message::builder().role(ConversationRole::User).content(content).build();
        #[expect(clippy::expect_used, reason = "only a message without role or content is refused")]
        message.expect("a message with role and content")
    }

    pub(super) fn system(&self) -> Option<Vec<SystemContentBlock>> {
        self.system.clone().map(|text| vec![SystemContentBlock::Text(text)])
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
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
    /// `x-amzn-RequestId`.
    pub request_id: Option<String>,
    /// The kinds of content besides text, each once, by AWS's names, such as `reasoningContent` and `toolUse`.
    pub other_blocks: Vec<&'static str>,
    /// The number of times that the request was sent.
    pub attempts: u32,
    /// Seconds by which this machine's clock is ahead (positive) of or behind the `Date` of the response.
    pub clock_offset_seconds: Option<i64>,
    /// What the events of a stream show of its form.
    pub form: StreamForm,
}

/// What the events of a stream show of its form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StreamForm {
    /// The indexes of the content blocks with text.
    text_blocks: Vec<i32>,
    /// The indexes of the content blocks with a delta that was not understood.
    unknown_blocks: Vec<i32>,
    /// Whether content arrived after `messageStop`.
    continues_after_stop: bool,
}

/// What the SDK takes for a required enum that the service did not send.
const NOT_SENT: &str = "no value was set";

impl ConverseResponse {
    /// Returns what the response lacks although the protocol demands it, or what breaks the protocol.
    pub fn fault(&self) -> Option<&'static str> {
        // A block is of one kind: a delta without text is a gap in it.
        let StreamForm { text_blocks, unknown_blocks, continues_after_stop } = &self.form;
        if unknown_blocks.iter().any(|block| text_blocks.contains(block)) {
            return Some("a `contentBlockDelta` within the text has no content that this version knows");
        }
        if *continues_after_stop {
            return Some("content arrived after `messageStop`");
        }
        self.stop_reason.is_empty().then_some("there is no `stopReason`")
    }

    /// Converts the output of `Converse`.
    pub(super) fn of(output: &ConverseOutput) -> Result<Self, Box<Failure>> {
        let message = output.output().and_then(|output| output.as_message().ok()).ok_or_else(|| {
            let mut failure = Failure::new(Stage::Unreadable, "the answer holds no message");
            failure.status = Some(200);
            failure.request_id = output.request_id().map(str::to_owned);
            Box::new(failure)
        })?;
        let mut response = Self {
            stop_reason: sent(output.stop_reason().as_str()).to_owned(),
            usage: output.usage().and_then(Usage::of),
            latency_ms: output.metrics().map(|metrics| metrics.latency_ms).filter(|latency| *latency > 0),
            request_id: output.request_id().map(str::to_owned),
            ..Self::default()
        };
        for block in message.content() {
            match block {
                ContentBlock::Text(text) => response.text += text,
                ContentBlock::CitationsContent(cited) => {
                    for content in cited.content() {
                        match content {
                            CitationGeneratedContent::Text(text) => response.text += text,
                            _ => response.add_block(UNKNOWN_BLOCK),
                        }
                    }
                }
                other => response.add_block(block_name(other)),
            }
        }
        Ok(response)
    }

    fn add_block(&mut self, name: &'static str) {
        if !self.other_blocks.contains(&name) {
            self.other_blocks.push(name);
        }
    }

    /// Takes the event after `messageStop`, which can only hold usage figures.
    pub(super) fn take_last(&mut self, event: Event) {
        if let Event::ContentBlockStart(_) | Event::ContentBlockDelta(_) = event {
            self.form.continues_after_stop = true;
        } else {
            self.take(event);
        }
    }

    /// Adds one event of a stream and returns its text, if it has any.
    pub(super) fn take(&mut self, event: Event) -> Option<&str> {
        match event {
            Event::ContentBlockDelta(delta) => match delta.delta {
                Some(ContentBlockDelta::Text(text)) => {
                    if self.form.text_blocks.last() != Some(&delta.content_block_index) {
                        self.form.text_blocks.push(delta.content_block_index);
                    }
                    let start = self.text.len();
                    self.text += &text;
                    return Some(&self.text[start..]).filter(|text| !text.is_empty());
                }
                // The text that it supports comes in deltas of its own.
                Some(ContentBlockDelta::Citation(_)) => {}
                Some(ContentBlockDelta::Image(_)) => self.add_block("image"),
                Some(ContentBlockDelta::ReasoningContent(_)) => self.add_block("reasoningContent"),
                Some(ContentBlockDelta::ToolResult(_)) => self.add_block("toolResult"),
                Some(ContentBlockDelta::ToolUse(_)) => self.add_block("toolUse"),
                // The SDK does not tell a missing delta from one of an unknown kind.
                Some(_) | None => {
                    self.form.unknown_blocks.push(delta.content_block_index);
                    self.add_block(UNKNOWN_BLOCK);
                }
            },
            Event::ContentBlockStart(start) => match start.start {
                None => {}
                Some(ContentBlockStart::Image(_)) => self.add_block("image"),
                Some(ContentBlockStart::ToolResult(_)) => self.add_block("toolResult"),
                Some(ContentBlockStart::ToolUse(_)) => self.add_block("toolUse"),
                Some(_) => self.add_block(UNKNOWN_BLOCK),
            },
            Event::MessageStop(stop) => sent(stop.stop_reason.as_str()).clone_into(&mut self.stop_reason),
            Event::Metadata(metadata) => {
                self.usage = metadata.usage().and_then(Usage::of);
                self.latency_ms = metadata.metrics().map(|metrics| metrics.latency_ms).filter(|latency| *latency > 0);
            }
            _ => {}
        }
        None
    }
}

/// Returns a value that the service sent; nothing in place of what the SDK fills in.
fn sent(value: &str) -> &str {
    if value == NOT_SENT { "" } else { value }
}

/// The name of content that the SDK does not know.
const UNKNOWN_BLOCK: &str = "content of a kind that this version does not know";

/// Returns AWS's name for a content block without text.
fn block_name(block: &ContentBlock) -> &'static str {
    match block {
        ContentBlock::Audio(_) => "audio",
        ContentBlock::CachePoint(_) => "cachePoint",
        ContentBlock::Document(_) => "document",
        ContentBlock::GuardContent(_) => "guardContent",
        ContentBlock::Image(_) => "image",
        ContentBlock::ReasoningContent(_) => "reasoningContent",
        ContentBlock::SearchResult(_) => "searchResult",
        ContentBlock::ToolResult(_) => "toolResult",
        ContentBlock::ToolUse(_) => "toolUse",
        ContentBlock::Video(_) => "video",
        _ => UNKNOWN_BLOCK,
    }
}

/// The token counts of a call.
#[expect(clippy::struct_field_names, reason = "AWS's own names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Usage {
    pub input_tokens: i32,
    pub output_tokens: i32,
    pub total_tokens: i32,
    pub cache_read_input_tokens: Option<i32>,
    pub cache_write_input_tokens: Option<i32>,
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
        })
    }
}

/// Why a call has no complete response.
#[derive(Debug)]
pub enum ConverseError {
    /// The call failed, perhaps after some text.
    Failed(Box<Failure>),
    /// `on_text` failed, for instance at a closed pipe or a full disk. The call was cancelled at once.
    Write(io::Error),
}

impl From<Box<Failure>> for ConverseError {
    fn from(failure: Box<Failure>) -> Self {
        Self::Failed(failure)
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_bedrockruntime::types::{
        CitationsContentBlock, ContentBlockDeltaEvent, ContentBlockStartEvent, ConverseMetrics,
        ConverseOutput as Output, ReasoningContentBlock, ReasoningContentBlockDelta, ReasoningTextBlock, StopReason,
        ToolUseBlockStart,
    };

    use super::*;

    #[test]
    fn the_text_of_a_response_is_that_of_all_its_blocks() {
        let reasoning = ReasoningTextBlock::builder().text("hmm").build().unwrap();
        let message = Message::builder()
            .role(ConversationRole::Assistant)
            .content(ContentBlock::Text("Hel".to_owned()))
            .content(ContentBlock::ReasoningContent(ReasoningContentBlock::ReasoningText(reasoning)))
            .content(ContentBlock::Text("lo".to_owned()))
            .build();
        let output = ConverseOutput::builder()
            .output(Output::Message(message.unwrap()))
            .stop_reason(StopReason::from("some_new_reason"))
            .metrics(ConverseMetrics::builder().latency_ms(7).build().unwrap())
            .build();
        let expected = ConverseResponse {
            text: "Hello".to_owned(),
            stop_reason: "some_new_reason".to_owned(),
            latency_ms: Some(7),
            other_blocks: vec!["reasoningContent"],
            ..ConverseResponse::default()
        };
        assert_eq!(ConverseResponse::of(&output.unwrap()).unwrap(), expected);
    }

    #[test]
    fn the_text_of_citations_is_text() {
        let cited = CitationsContentBlock::builder().content(CitationGeneratedContent::Text("cited text".to_owned()));
        let message = Message::builder()
            .role(ConversationRole::Assistant)
            .content(ContentBlock::Text("A ".to_owned()))
            .content(ContentBlock::CitationsContent(cited.build()))
            .build();
        let output = ConverseOutput::builder()
            .output(Output::Message(message.unwrap()))
            .stop_reason(StopReason::EndTurn)
            .build();
        let response = ConverseResponse::of(&output.unwrap()).unwrap();
        assert_eq!((response.text.as_str(), &response.other_blocks[..]), ("A cited text", &[][..]));
    }

    #[test]
    fn reasoning_and_tools_of_a_stream_are_no_text() {
        let mut response = ConverseResponse::default();
        let delta = |delta| {
            Event::ContentBlockDelta(
                ContentBlockDeltaEvent::builder().content_block_index(0).delta(delta).build().unwrap(),
            )
        };
        let reasoning = ContentBlockDelta::ReasoningContent(ReasoningContentBlockDelta::Text("hmm".to_owned()));
        let tool = ToolUseBlockStart::builder().tool_use_id("t").name("n").build().unwrap();
        let tool = ContentBlockStartEvent::builder().content_block_index(1).start(ContentBlockStart::ToolUse(tool));
        assert_eq!(response.take(delta(reasoning)), None);
        assert_eq!(response.take(Event::ContentBlockStart(tool.build().unwrap())), None);
        assert_eq!(response.take(delta(ContentBlockDelta::Text("Hi".to_owned()))), Some("Hi"));
        assert_eq!((response.text.as_str(), &response.other_blocks[..]), ("Hi", &["reasoningContent", "toolUse"][..]));
    }
}
