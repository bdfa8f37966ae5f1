//! A message of Converse as JSON: kept byte for byte, with its content blocks in view.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

/// A message as it was sent or received.
#[derive(Clone, Debug, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ConverseMessage(Box<RawValue>);

#[derive(Deserialize)]
struct Fields<'a> {
    #[serde(borrow)]
    role: Cow<'a, str>,
    #[serde(borrow)]
    content: Vec<&'a RawValue>,
}

/// The members of a content block that matter here.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    #[serde(borrow)]
    citations_content: Option<Cited<'a>>,
}

#[derive(Deserialize)]
struct Cited<'a> {
    #[serde(borrow, default)]
    content: Vec<Block<'a>>,
}

impl PartialEq for ConverseMessage {
    fn eq(&self, other: &Self) -> bool {
        self.as_str() == other.as_str()
    }
}

impl ConverseMessage {
    /// Creates a message of these content blocks, each of which is JSON.
    pub fn new(role: &str, blocks: &[impl AsRef<str>]) -> Result<Self, String> {
        let blocks: Vec<_> = blocks.iter().map(AsRef::as_ref).collect();
        Self::from_json(format!(r#"{{"role":"{role}","content":[{}]}}"#, blocks.join(",")))
    }

    /// Creates the message with this JSON. A line break can only stand between its tokens, where a space means the same.
    pub fn from_json(json: String) -> Result<Self, String> {
        let line = if json.contains(['\n', '\r']) { json.replace(['\n', '\r'], " ") } else { json };
        RawValue::from_string(line).map(Self).map_err(|error| error.to_string())
    }

    pub fn as_str(&self) -> &str {
        self.0.get()
    }

    /// Returns why this is not a message with this role; `None` if it is.
    pub fn fault(&self, role: &str) -> Option<String> {
        match self.fields() {
            Ok(fields) if fields.role == role && !fields.content.is_empty() => None,
            Ok(fields) if fields.role == role => Some(format!("the message of the {role} has no content")),
            Ok(_) => Some(format!("the message of the {role} has another role")),
            Err(error) => Some(format!("the message of the {role} is not valid: {error}")),
        }
    }

    /// Returns who wrote it: `user` or `assistant`.
    pub fn role(&self) -> String {
        self.fields().map(|fields| fields.role.into_owned()).unwrap_or_default()
    }

    /// Returns the content blocks, each as JSON.
    pub fn blocks(&self) -> Vec<&str> {
        let fields = self.fields().ok();
        fields.into_iter().flat_map(|fields| fields.content).map(RawValue::get).collect()
    }

    /// Returns the text of each content block that has one.
    pub fn texts(&self) -> Vec<String> {
        self.blocks().into_iter().filter_map(text_of).collect()
    }

    /// Returns the kinds of the content blocks that are not text, in their order, by AWS's names.
    pub fn other_kinds(&self) -> Vec<String> {
        let blocks = self.blocks().into_iter();
        blocks.filter(|block| text_of(block).is_none()).filter_map(kind_of).collect()
    }

    fn fields(&self) -> serde_json::Result<Fields<'_>> {
        serde_json::from_str(self.0.get())
    }
}

/// Returns the text of a content block; `None` if it is of another kind.
pub fn text_of(block: &str) -> Option<String> {
    let block: Block<'_> = serde_json::from_str(block).ok()?;
    match (block.text, block.citations_content) {
        (Some(text), _) => Some(text.into_owned()),
        (None, Some(cited)) => Some(cited.content.into_iter().filter_map(|block| block.text).collect()),
        (None, None) => None,
    }
}

/// Returns the kind of a content block, which is the name of its only member.
pub fn kind_of(block: &str) -> Option<String> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(block).ok()?;
    members.into_keys().next()
}
