//! One turn of a conversation: a prompt and the response to it, which are one line of the file.

use serde::{Deserialize, Serialize};
use time::OffsetDateTime;

use super::message::ConverseMessage;

/// The version of the format. It increases when older programs would misread a line.
const VERSION: u32 = 1;

const NEWER: &str = "it was written by a newer version";

/// A prompt and the response to it.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Turn {
    version: u32,
    /// The time of the response in UTC, such as `2026-11-27T12:41:33Z`.
    pub time: String,
    /// What the next turn resolves: the foundation model ID, or the ID or ARN that was invoked.
    pub model: String,
    /// The ID that was invoked.
    pub model_id: String,
    /// The source Region.
    pub region: Option<String>,
    /// The system prompt.
    pub system: Option<String>,
    /// The user's message as it was sent, and the model's.
    pub messages: [ConverseMessage; 2],
    pub usage: Option<TokenCounts>,
}

/// The token counts of a turn.
#[expect(clippy::struct_field_names, reason = "AWS's own names")]
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct TokenCounts {
    pub input_tokens: i32,
    pub output_tokens: i32,
    pub total_tokens: i32,
}

impl Turn {
    /// Creates a turn at this time, in seconds since 1970.
    pub fn new(now: u64, model: String, model_id: String, messages: [ConverseMessage; 2]) -> Self {
        let time = timestamp(now);
        Self { version: VERSION, time, model, model_id, region: None, system: None, messages, usage: None }
    }

    /// Returns the message of the user.
    pub fn prompt(&self) -> &ConverseMessage {
        &self.messages[0]
    }

    /// Returns the message of the model.
    pub fn response(&self) -> &ConverseMessage {
        &self.messages[1]
    }

    /// Parses a line.
    pub fn from_line(line: &[u8]) -> Result<Self, String> {
        #[derive(Deserialize)]
        struct Version {
            version: u32,
        }
        let line = std::str::from_utf8(line).map_err(|_| "it is not UTF-8".to_owned())?;
        let is_newer = |version| version > VERSION;
        let turn: Self = match serde_json::from_str(line) {
            Ok(turn) => turn,
            Err(_) if serde_json::from_str(line).is_ok_and(|Version { version }| is_newer(version)) => {
                return Err(NEWER.to_owned());
            }
            Err(error) => return Err(format!("it is not a turn of a conversation: {error}")),
        };
        if is_newer(turn.version) {
            return Err(NEWER.to_owned());
        }
        let mut faults = turn.messages.iter().zip(["user", "assistant"]);
        match faults.find_map(|(message, role)| message.fault(role)) {
            Some(fault) => Err(fault),
            None => Ok(turn),
        }
    }

    /// Returns the line, with its line break.
    pub fn to_line(&self) -> Result<String, String> {
        serde_json::to_string(self).map(|line| line + "\n").map_err(|error| error.to_string())
    }
}

/// Returns a time in seconds since 1970 as `YYYY-MM-DDThh:mm:ssZ`.
fn timestamp(seconds: u64) -> String {
    let time = i64::try_from(seconds).ok().and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
    let time = time.unwrap_or(OffsetDateTime::UNIX_EPOCH);
    let (hour, minute, second) = time.to_hms();
    format!("{}T{hour:02}:{minute:02}:{second:02}Z", time.date())
}
