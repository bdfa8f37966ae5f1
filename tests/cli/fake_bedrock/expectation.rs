//! The requests that a test expects, and the responses to them.

use std::time::Duration;

use serde_json::{Value, json};

use super::faults::{Ending, Gate, Refusal};
use super::http::{Request, decoded};
use super::operation::Operation;

/// A request that must arrive, and the response to it.
#[derive(Clone)]
#[must_use]
pub struct Expected {
    pub operation: Operation,
    pub reply: Reply,
    /// The response of the model, if the reply is by the rules.
    pub script: Script,
    /// Headers that are added or replaced.
    pub headers: Vec<(String, String)>,
    /// The offset of the `Date` header in seconds.
    pub date_offset_seconds: i64,
    /// Texts that the decoded target or the signature's scope must contain.
    pub about: Vec<String>,
    /// The delay of the response.
    pub takes: Duration,
}

/// The kind of response.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// As Bedrock responds: its rules, then the script.
    ByTheRules,
    /// An error of AWS.
    Refusal(Refusal),
    /// Any response: status, content type, body.
    Page(u16, String, String),
    /// A part of a response of JSON, of which the whole length is given: half of this body, and a closed connection.
    Half(String),
    /// A reset of the connection.
    Reset,
    /// No response.
    Silence,
}

/// The response of the model.
#[derive(Clone)]
pub struct Script {
    /// The deltas.
    pub text: Vec<String>,
    /// Reasoning before the text.
    pub reasoning: Option<String>,
    /// The calls of tools after the text: the name of the tool, and its input in pieces.
    pub calls: Vec<(String, Vec<String>)>,
    /// Whether the reasoning is encrypted.
    pub is_redacted: bool,
    /// The service tier that serves the request; that of the request, if it has one.
    pub service_tier: Option<String>,
    pub stop_reason: String,
    /// Input and output tokens.
    pub tokens: (u32, u32),
    /// The tokens that were read from the prompt cache and written to it, beside the input tokens.
    pub cached: Option<(u32, u32)>,
    /// The trace of the guardrail.
    pub trace: Option<Value>,
    /// Delays the deltas.
    pub gate: Option<Gate>,
    /// How the stream ends.
    pub ending: Ending,
}

impl Script {
    /// Returns the `usage` member of a response.
    pub fn usage(&self) -> Value {
        let (input, output) = self.tokens;
        let Some((read, written)) = self.cached else {
            return json!({"inputTokens": input, "outputTokens": output, "totalTokens": input + output});
        };
        json!({
            "inputTokens": input,
            "outputTokens": output,
            "totalTokens": input + read + written + output,
            "cacheReadInputTokens": read,
            "cacheWriteInputTokens": written,
        })
    }

    /// Returns the `metrics` member of a response.
    #[expect(clippy::unused_self, reason = "what the model took is a part of its script")]
    pub fn metrics(&self) -> Value {
        json!({"latencyMs": 321})
    }

    /// Returns the content blocks of a response without streaming.
    pub fn content(&self) -> Vec<Value> {
        let reasoning = self.reasoning.iter();
        let mut blocks: Vec<_> = reasoning
            .map(|text| {
                let content = if self.is_redacted {
                    json!({"redactedContent": text})
                } else {
                    json!({"reasoningText": {"text": text}})
                };
                json!({"reasoningContent": content})
            })
            .collect();
        if self.has_text() {
            blocks.push(json!({"text": self.text.concat()}));
        }
        blocks.extend(self.calls.iter().map(|(name, input)| {
            let input: Value = serde_json::from_str(&input.concat()).expect("the input of a call is JSON");
            json!({"toolUse": {"toolUseId": "tooluse_1", "name": name, "input": input}})
        }));
        blocks
    }

    /// Returns the members of a response that only a request with a service tier gets.
    pub fn tier(&self) -> Option<(String, Value)> {
        Some(("serviceTier".to_owned(), json!({"type": self.service_tier.as_ref()?})))
    }

    /// Serves a request by the service tier that it asks for, unless the script has one.
    pub fn serve_by_tier_of(&mut self, request: &Request) {
        let body: Value = serde_json::from_slice(&request.body).unwrap_or_default();
        let asked = body["serviceTier"]["type"].as_str().map(str::to_owned);
        self.service_tier = self.service_tier.take().or(asked);
    }

    /// Returns the index of the text block.
    pub fn text_block(&self) -> u32 {
        self.reasoning.is_some().into()
    }

    /// Whether there is a block of text: a response that calls a tool may have none.
    pub fn has_text(&self) -> bool {
        !self.text.is_empty() || self.calls.is_empty()
    }
}

impl Expected {
    /// Creates an expectation that is answered by the rules; the model responds `Hello from Bedrock.` in three deltas.
    pub fn new(operation: Operation) -> Self {
        let script = Script {
            text: ["Hello", " from", " Bedrock."].map(str::to_owned).into(),
            reasoning: None,
            calls: Vec::new(),
            is_redacted: false,
            service_tier: None,
            stop_reason: "end_turn".to_owned(),
            tokens: (7, 3),
            cached: None,
            trace: None,
            gate: None,
            ending: Ending::Whole,
        };
        Self {
            operation,
            reply: Reply::ByTheRules,
            script,
            headers: Vec::new(),
            date_offset_seconds: 0,
            about: Vec::new(),
            takes: Duration::ZERO,
        }
    }

    /// Whether a request meets the expectation.
    pub fn is_met_by(&self, request: &Request) -> bool {
        let target = decoded(&request.target);
        let signature = request.header("authorization").unwrap_or_default();
        self.about.iter().all(|text| target.contains(text) || signature.contains(text))
    }

    /// Requires that the decoded target or the signature contains this text: a model's ID, a Region.
    pub fn about(mut self, text: &str) -> Self {
        self.about.push(text.to_owned());
        self
    }

    /// Delays the response.
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    /// Sets the deltas of the response.
    pub fn text<T: Into<String>>(mut self, deltas: impl IntoIterator<Item = T>) -> Self {
        self.script.text = deltas.into_iter().map(Into::into).collect();
        self
    }

    /// Sets the reasoning before the text.
    pub fn reasoning(mut self, text: &str) -> Self {
        self.script.reasoning = Some(text.to_owned());
        self
    }

    /// Calls this tool with this input after the text, of which there is none unless it is set later.
    pub fn calls<T: Into<String>>(mut self, tool: &str, input: impl IntoIterator<Item = T>) -> Self {
        if self.script.calls.is_empty() {
            self.script.text.clear();
        }
        self.script.calls.push((tool.to_owned(), input.into_iter().map(Into::into).collect()));
        self.stop_reason("tool_use")
    }

    /// Encrypts the reasoning, which must be base64.
    pub fn redacted(mut self) -> Self {
        self.script.is_redacted = true;
        self
    }

    /// Sets the service tier that serves the request.
    pub fn served_by(mut self, tier: &str) -> Self {
        self.script.service_tier = Some(tier.to_owned());
        self
    }

    /// Sets the stop reason.
    pub fn stop_reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.script.stop_reason);
        self
    }

    /// Sets the numbers of input and output tokens.
    pub fn tokens(mut self, input: u32, output: u32) -> Self {
        self.script.tokens = (input, output);
        self
    }

    /// Sets the numbers of tokens that were read from the prompt cache and written to it.
    pub fn cached(mut self, read: u32, written: u32) -> Self {
        self.script.cached = Some((read, written));
        self
    }

    /// Sets the trace of the guardrail.
    pub fn trace(mut self, trace: Value) -> Self {
        self.script.trace = Some(trace);
        self
    }

    /// Holds each delta back until the gate is opened.
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.script.gate = Some(gate.clone());
        self
    }

    /// Breaks the stream after its deltas (none: `.text([""; 0])`) with an exception frame that holds a message.
    pub fn breaks_with(self, exception: &str, message: &str) -> Self {
        self.ends(Ending::Exception(exception.to_owned(), json!({"message": message})))
    }

    /// Sets how the stream ends after its deltas.
    pub fn ends(mut self, ending: Ending) -> Self {
        self.script.ending = ending;
        self
    }

    /// Responds with an error of AWS, whatever the rules say.
    pub fn fails(self, status: u16, code: &str, message: &str) -> Self {
        self.replies(Reply::Refusal(Refusal::new(status, code, message)))
    }

    /// Responds in this way, whatever the rules say.
    pub fn replies(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }

    /// Adds or replaces a header of the response.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the offset of the `Date` header.
    pub fn date_off_by(mut self, seconds: i64) -> Self {
        self.date_offset_seconds = seconds;
        self
    }
}
