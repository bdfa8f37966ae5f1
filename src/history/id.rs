//! The ID of a conversation, which is the stem of its file's name.

use std::ffi::OsStr;
use std::fmt;
use std::str::FromStr;

const EXTENSION: &str = ".jsonl";

/// The longest ID. Those of this program have eight characters.
const LONGEST: usize = 64;

/// The ID of a conversation: ASCII letters, digits and hyphens, so that no ID leads out of the directory.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct ConversationId(String);

impl ConversationId {
    /// Creates an ID of eight hexadecimal digits.
    pub fn from_number(number: u64) -> Self {
        Self(format!("{:08x}", number & 0xffff_ffff))
    }

    /// Returns the ID of the conversation in a file of this name; `None` if it has another name.
    pub fn from_file_name(name: &OsStr) -> Option<Self> {
        name.to_str()?.strip_suffix(EXTENSION)?.parse().ok()
    }

    pub fn file_name(&self) -> String {
        format!("{}{EXTENSION}", self.0)
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ConversationId {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let text = text.trim();
        let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if text.is_empty() || text.len() > LONGEST || text.starts_with('-') || !text.bytes().all(is_allowed) {
            return Err(format!("must be the ID of a conversation: up to {LONGEST} letters, digits and hyphens"));
        }
        Ok(Self(text.to_owned()))
    }
}

impl fmt::Display for ConversationId {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.0)
    }
}
