//! One record of a batch, from the input to its result.

use std::sync::Arc;
use std::time::Duration;

use crate::aws::Usage;

/// What a record of the input asks for.
#[derive(Clone, Debug, PartialEq)]
pub enum RecordContent {
    /// A prompt, which the options complete to a request.
    Prompt {
        text: String,
        /// The system prompt, in place of that of the options.
        system: Option<String>,
        /// The most tokens to generate, in place of that of the options.
        max_tokens: Option<i32>,
    },
    /// The body of a Converse request, byte for byte as the input has it.
    ModelInput {
        body: Arc<str>,
        /// The most tokens to generate, if the body limits them.
        max_tokens: Option<i32>,
    },
}

impl RecordContent {
    /// Returns the record's own limit of tokens.
    pub fn max_tokens(&self) -> Option<i32> {
        match self {
            Self::Prompt { max_tokens, .. } | Self::ModelInput { max_tokens, .. } => *max_tokens,
        }
    }
}

/// A text in a request body that can give it another price.
const OWN_PRICE: [&str; 3] = ["\"serviceTier\"", "\"performanceConfig\"", "\"cachePoint\""];

/// Whether a request body can have another price than the model's.
pub fn may_have_own_price(body: &str) -> bool {
    OWN_PRICE.iter().any(|member| body.contains(member))
}

#[derive(Clone, Debug, PartialEq)]
pub struct InputRecord {
    /// The number of records before it. Blank lines are none.
    pub index: u64,
    /// The number of its first line, from 1.
    pub line: u64,
    /// The `recordId`: its own, or the number of the line.
    pub id: String,
    /// A hash of the bytes that it is read from, which is the same in each run.
    pub digest: u64,
    pub content: RecordContent,
}

/// A record that can be sent.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    pub index: u64,
    pub line: u64,
    pub id: String,
    /// A hash of the bytes that it is read from, which is the same in each run.
    pub digest: u64,
    /// The body of the request, which is sent byte for byte.
    pub model_input: Arc<str>,
    /// The most tokens to generate; `None` if the model's maximum counts.
    pub max_tokens: Option<i32>,
}

/// How a record ended: with a complete response, or with an error.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordOutcome {
    /// The response; with an error, what arrived of one, which is paid.
    pub response: Option<RecordResponse>,
    /// Why there is no complete response.
    pub error: Option<RecordError>,
    /// The number of times that the request was sent again.
    pub retries: u32,
}

/// The response to a record.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordResponse {
    /// The body as it arrived.
    pub model_output: String,
    pub text: String,
    pub usage: Option<Usage>,
    /// The estimated cost in US dollars, if the catalog has the price.
    pub dollars: Option<f64>,
    /// From the first request to the last byte of the response, without waiting for the rate.
    pub latency: Duration,
}

/// Why a record has no complete response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RecordError {
    /// The HTTP status, as in the output of Bedrock's batch inference; 0 if there was none.
    pub code: u16,
    /// AWS's message, or what is wrong with the response.
    pub message: String,
    /// The name of the diagnosis, such as `throttled`.
    pub diagnosis: String,
    /// Whether the same request may succeed later.
    pub is_retryable: bool,
}
