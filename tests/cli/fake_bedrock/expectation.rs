//! What a test expects to be asked, and what it wants answered.

use std::time::Duration;

use serde_json::{Value, json};

use super::faults::{Ending, Gate, Refusal};
use super::http::{Request, decoded};
use super::operation::Operation;

/// One request that must come, and its answer.
#[derive(Clone)]
#[must_use]
pub struct Expected {
    /// What must be asked.
    pub operation: Operation,
    /// How it is answered.
    pub reply: Reply,
    /// What the model says, where the reply is by the rules and the operation asks it.
    pub script: Script,
    /// Headers that are added or replaced.
    pub headers: Vec<(String, String)>,
    /// By how many seconds the `Date` header is wrong.
    pub date_offset_seconds: i64,
    /// What the request's target, decoded, or its signature's scope must hold, each of it.
    pub about: Vec<String>,
    /// How long the answer takes.
    pub takes: Duration,
}

/// How a request is answered.
#[derive(Clone, Debug, PartialEq)]
pub enum Reply {
    /// As Bedrock would: its rules, then the script.
    ByTheRules,
    /// With an error of AWS.
    Refusal(Refusal),
    /// With any page at all: status, content type, body.
    Page(u16, String, String),
    /// By resetting the connection.
    Reset,
    /// Never.
    Silence,
}

/// What the model says.
#[derive(Clone)]
pub struct Script {
    /// The pieces of its answer, one delta each.
    pub text: Vec<String>,
    /// Reasoning that comes before the answer.
    pub reasoning: Option<String>,
    /// Why it stopped.
    pub stop_reason: String,
    /// Input and output tokens.
    pub tokens: (u32, u32),
    /// What stands between the deltas.
    pub gate: Option<Gate>,
    /// How the stream ends.
    pub ending: Ending,
}

impl Script {
    /// The `usage` member of an answer.
    pub fn usage(&self) -> Value {
        let (input, output) = self.tokens;
        json!({"inputTokens": input, "outputTokens": output, "totalTokens": input + output})
    }

    /// The `metrics` member of an answer.
    #[expect(clippy::unused_self, reason = "what the model took is a part of its script")]
    pub fn metrics(&self) -> Value {
        json!({"latencyMs": 321})
    }

    /// The content blocks of an answer that comes whole.
    pub fn content(&self) -> Vec<Value> {
        let reasoning = self.reasoning.iter();
        let mut blocks: Vec<_> =
            reasoning.map(|text| json!({"reasoningContent": {"reasoningText": {"text": text}}})).collect();
        blocks.push(json!({"text": self.text.concat()}));
        blocks
    }

    /// The index of the block that holds the text.
    pub fn text_block(&self) -> u32 {
        self.reasoning.is_some().into()
    }
}

impl Expected {
    /// This operation, answered by the rules; the model says `Hello from Bedrock.` in three deltas.
    pub fn new(operation: Operation) -> Self {
        let script = Script {
            text: ["Hello", " from", " Bedrock."].map(str::to_owned).into(),
            reasoning: None,
            stop_reason: "end_turn".to_owned(),
            tokens: (7, 3),
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

    /// Whether this request is the one that is expected.
    pub fn is_met_by(&self, request: &Request) -> bool {
        let target = decoded(&request.target);
        let signature = request.header("authorization").unwrap_or_default();
        self.about.iter().all(|text| target.contains(text) || signature.contains(text))
    }

    /// Is met only by a request whose target, decoded, or signature holds this: a model's ID, a Region.
    pub fn about(mut self, text: &str) -> Self {
        self.about.push(text.to_owned());
        self
    }

    /// Takes so long to answer.
    pub fn takes(mut self, time: Duration) -> Self {
        self.takes = time;
        self
    }

    /// What the model says, one delta each.
    pub fn text<T: Into<String>>(mut self, deltas: impl IntoIterator<Item = T>) -> Self {
        self.script.text = deltas.into_iter().map(Into::into).collect();
        self
    }

    /// What the model thinks before it speaks.
    pub fn reasoning(mut self, text: &str) -> Self {
        self.script.reasoning = Some(text.to_owned());
        self
    }

    /// Why the model stopped.
    pub fn stop_reason(mut self, reason: &str) -> Self {
        reason.clone_into(&mut self.script.stop_reason);
        self
    }

    /// How many tokens went in and came out.
    pub fn tokens(mut self, input: u32, output: u32) -> Self {
        self.script.tokens = (input, output);
        self
    }

    /// Holds each delta back until the gate lets it through.
    pub fn behind(mut self, gate: &Gate) -> Self {
        self.script.gate = Some(gate.clone());
        self
    }

    /// Breaks the stream after its deltas (none: `.text([""; 0])`) with an exception frame that holds a message.
    pub fn breaks_with(self, exception: &str, message: &str) -> Self {
        self.ends(Ending::Exception(exception.to_owned(), json!({"message": message})))
    }

    /// Ends the stream after its deltas in this way.
    pub fn ends(mut self, ending: Ending) -> Self {
        self.script.ending = ending;
        self
    }

    /// Answers with an error of AWS, whatever the rules say.
    pub fn fails(self, status: u16, code: &str, message: &str) -> Self {
        self.replies(Reply::Refusal(Refusal::new(status, code, message)))
    }

    /// Answers in this way, whatever the rules say.
    pub fn replies(mut self, reply: Reply) -> Self {
        self.reply = reply;
        self
    }

    /// Adds or replaces a header of the answer.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        self.headers.push((name.to_owned(), value.to_owned()));
        self
    }

    /// Sets the `Date` of the answer off by so many seconds.
    pub fn date_off_by(mut self, seconds: i64) -> Self {
        self.date_offset_seconds = seconds;
        self
    }
}
