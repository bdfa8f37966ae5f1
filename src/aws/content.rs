//! The content blocks of a response with AWS's names, whole: as they arrive in a message, or put together from the events
//! of a stream. Content that no version of the SDK knows is kept like any other.

use aws_smithy_types::base64;
use serde_json::{Map, Value, json};

use super::exchange::Arrival;
use super::recording::RawEvent;
use super::tool_call::ToolCall;

/// The name of a delta without content.
pub(super) const NO_CONTENT: &str = "a delta without content";

/// The kind of a content block, and of a delta, with the reasoning of the model.
pub const REASONING: &str = "reasoningContent";

/// The kinds of deltas that are understood.
const KNOWN_DELTAS: [&str; 6] = ["text", "citation", "image", REASONING, "toolResult", "toolUse"];

/// The longest name of a kind of content that is shown.
const LONGEST_NAME: usize = 60;

/// The content blocks of a response.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Content {
    blocks: Vec<Block>,
    /// The events of a kind that is not known, each by its kind.
    unknown_events: Vec<Value>,
    /// The kinds of content that are not text, each once, by AWS's names.
    other_kinds: Vec<String>,
    /// The indexes of the content blocks with text.
    text_blocks: Vec<i64>,
    /// The indexes of the content blocks with a delta that is not understood.
    unknown_blocks: Vec<i64>,
    /// The calls of tools in a whole message.
    pub(super) tool_calls: Vec<ToolCall>,
}

/// One content block.
#[derive(Clone, Debug, PartialEq)]
enum Block {
    /// As AWS sent it.
    Whole(Value),
    /// As far as it has arrived.
    Streamed(StreamedBlock),
}

#[derive(Clone, Debug, Default, PartialEq)]
struct StreamedBlock {
    index: i64,
    /// The sum of its start and its deltas by kind; AWS sends one kind a block.
    parts: Vec<(String, Value)>,
    citations: Vec<Value>,
}

impl Content {
    /// Converts the `content` of a whole message, and returns its text too.
    pub(super) fn of(content: &Value) -> (Self, String) {
        let (mut whole, mut text) = (Self::default(), String::new());
        for block in content.as_array().into_iter().flatten().filter(|block| !block.is_null()) {
            for (kind, value) in members(block) {
                match (kind.as_str(), value) {
                    ("text", Value::String(part)) => text += part,
                    ("citationsContent", cited) => {
                        for (kind, value) in cited["content"].as_array().into_iter().flatten().flat_map(members) {
                            match (kind.as_str(), value) {
                                ("text", Value::String(part)) => text += part,
                                _ => whole.add_kind(kind),
                            }
                        }
                    }
                    _ => whole.add_kind(kind),
                }
            }
            whole.blocks.push(Block::Whole(block.clone()));
        }
        (whole, text)
    }

    /// Returns the calls of tools in their order.
    pub fn tool_calls(&self) -> Vec<ToolCall> {
        let calls = self.streamed_calls().map(|call| ToolCall {
            name: call["name"].as_str().unwrap_or_default().to_owned(),
            // A call without members has no delta, or an empty one.
            input: call["input"].as_str().filter(|input| !input.is_empty()).unwrap_or("{}").to_owned(),
        });
        self.tool_calls.iter().cloned().chain(calls).collect()
    }

    /// Returns how many bytes of the inputs of tools have arrived.
    pub(super) fn input_bytes(&self) -> usize {
        self.streamed_calls().filter_map(|call| call["input"].as_str()).map(str::len).sum()
    }

    fn streamed_calls(&self) -> impl Iterator<Item = &Value> {
        let parts = self.blocks.iter().filter_map(|block| match block {
            Block::Streamed(block) => Some(&block.parts),
            Block::Whole(_) => None,
        });
        parts.flatten().filter(|(kind, _)| kind == "toolUse").map(|(_, call)| call)
    }

    /// Whether there is no block at all.
    pub fn is_empty(&self) -> bool {
        self.blocks.is_empty() && self.unknown_events.is_empty()
    }

    /// Returns the kinds of content that are not text, each once, by AWS's names.
    pub fn other_kinds(&self) -> &[String] {
        &self.other_kinds
    }

    /// Whether a block of text has a delta that is not understood. A block is of one kind, so this is a gap in the text.
    pub(super) fn has_gap(&self) -> bool {
        self.unknown_blocks.iter().any(|block| self.text_blocks.contains(block))
    }

    /// Returns the blocks as AWS writes them in a message.
    pub fn to_json(&self) -> Vec<Value> {
        let json = |block: &Block| match block {
            Block::Whole(block) => vec![block.clone()],
            Block::Streamed(block) => block.to_json(),
        };
        self.blocks.iter().flat_map(json).collect()
    }

    /// Returns the events of a kind that is not known, each by its kind.
    pub fn unknown_events(&self) -> &[Value] {
        &self.unknown_events
    }

    /// Returns the citations in the order of the text.
    pub fn citations(&self) -> Vec<Value> {
        let of = |block: &Value| block["citationsContent"]["citations"].as_array().cloned().unwrap_or_default();
        self.to_json().iter().flat_map(of).collect()
    }

    /// Returns the reasoning of all blocks, in order.
    pub fn reasoning(&self) -> Vec<Arrival<'static>> {
        let of = |block: &Value| {
            let reasoning = &block[REASONING];
            let text = reasoning["reasoningText"]["text"].as_str().filter(|text| !text.is_empty());
            let redacted = reasoning["redactedContent"].is_string().then_some(Arrival::RedactedReasoning);
            text.map(|text| Arrival::Reasoning(text.to_owned())).or(redacted)
        };
        self.to_json().iter().filter_map(of).collect()
    }

    /// Returns the reasoning in a delta that was not added yet. A redacted block is returned once.
    pub(super) fn reasoning_of(&self, event: &RawEvent) -> Option<Arrival<'static>> {
        let reasoning = &event.payload["delta"][REASONING];
        if let Some(text) = reasoning["text"].as_str().filter(|text| !text.is_empty()) {
            return Some(Arrival::Reasoning(text.to_owned()));
        }
        let index = index(event);
        let is_known = self.blocks.iter().any(|block| match block {
            Block::Streamed(block) => block.index == index && block.is_redacted(),
            Block::Whole(_) => false,
        });
        (reasoning["redactedContent"].is_string() && !is_known).then_some(Arrival::RedactedReasoning)
    }

    /// Adds the event of a stream with which a block begins.
    pub(super) fn start(&mut self, event: RawEvent) {
        let index = index(&event);
        for (kind, value) in into_members(event, "start") {
            self.add_kind(&kind);
            self.block(index).add(kind, value);
        }
    }

    /// Adds a delta of a stream, and returns its text.
    pub(super) fn delta(&mut self, event: RawEvent) -> Option<String> {
        let index = index(&event);
        let (mut text, mut is_empty) = (None, true);
        for (kind, value) in into_members(event, "delta") {
            is_empty = false;
            match (kind.as_str(), &value) {
                ("text", Value::String(part)) => {
                    if self.text_blocks.last() != Some(&index) {
                        self.text_blocks.push(index);
                    }
                    text = Some(part.clone());
                }
                // The text that it supports arrives in deltas of its own.
                ("citation", _) => {
                    self.block(index).citations.push(value);
                    continue;
                }
                _ => self.add_kind(&kind),
            }
            if !KNOWN_DELTAS.contains(&kind.as_str()) {
                self.unknown_blocks.push(index);
            }
            self.block(index).add(kind, value);
        }
        if is_empty {
            self.unknown_blocks.push(index);
            self.add_kind(NO_CONTENT);
        }
        text
    }

    /// Adds an event of a kind that is not known.
    pub(super) fn unknown(&mut self, event: RawEvent) {
        self.add_kind(&event.kind);
        let payload = match event.payload {
            Value::Null => String::from_utf8_lossy(&event.bytes).into(),
            payload => payload,
        };
        self.unknown_events.push(json!({ event.kind: payload }));
    }

    fn add_kind(&mut self, kind: &str) {
        let kind: String = kind.chars().take(LONGEST_NAME).collect();
        if !self.other_kinds.contains(&kind) {
            self.other_kinds.push(kind);
        }
    }

    /// Returns the block with this index, which begins now if it is not the last one.
    fn block(&mut self, index: i64) -> &mut StreamedBlock {
        let found = self.blocks.iter().rposition(|block| matches!(block, Block::Streamed(it) if it.index == index));
        let at = found.unwrap_or_else(|| {
            self.blocks.push(Block::Streamed(StreamedBlock { index, ..StreamedBlock::default() }));
            self.blocks.len() - 1
        });
        match &mut self.blocks[at] {
            Block::Streamed(block) => block,
            Block::Whole(_) => unreachable!("only streamed blocks are searched and added"),
        }
    }
}

impl StreamedBlock {
    fn is_redacted(&self) -> bool {
        self.parts.iter().any(|(kind, sum)| kind == REASONING && sum["redactedContent"].is_string())
    }

    fn add(&mut self, kind: String, value: Value) {
        // The deltas of a tool's result are a list, and their sum is a member of the block.
        let value = if value.is_array() { json!({ "content": value }) } else { value };
        match self.parts.iter_mut().find(|(known, _)| *known == kind) {
            Some((_, sum)) => add_up(&kind, sum, value),
            None => self.parts.push((kind, value)),
        }
    }

    fn to_json(&self) -> Vec<Value> {
        let mut blocks = Vec::new();
        if !self.citations.is_empty() {
            let text = self.parts.iter().find(|(kind, _)| kind == "text");
            let content: Vec<_> = text.iter().map(|(_, text)| json!({ "text": text })).collect();
            blocks.push(json!({"citationsContent": {"content": content, "citations": self.citations}}));
        }
        for (kind, sum) in &self.parts {
            match kind.as_str() {
                "text" if !self.citations.is_empty() => {}
                REASONING => blocks.push(json!({ kind: reasoning(sum) })),
                "toolUse" => blocks.push(json!({ kind: tool_use(sum) })),
                _ => blocks.push(json!({ kind: sum })),
            }
        }
        blocks
    }
}

/// Adds what a delta brings: texts and lists grow, and members are added up one by one.
fn add_up(name: &str, sum: &mut Value, delta: Value) {
    match (sum, delta) {
        (Value::Object(sum), Value::Object(delta)) => {
            for (name, value) in delta {
                match sum.get_mut(&name) {
                    Some(known) => add_up(&name, known, value),
                    None => drop(sum.insert(name, value)),
                }
            }
        }
        (Value::Array(sum), Value::Array(delta)) => sum.extend(delta),
        (Value::String(sum), Value::String(delta)) if is_blob(name) => match joined(sum, &delta) {
            Some(whole) => *sum = whole,
            None => *sum += &delta,
        },
        (Value::String(sum), Value::String(delta)) => *sum += &delta,
        (sum, delta) => *sum = delta,
    }
}

/// Whether AWS writes the member in base64.
fn is_blob(name: &str) -> bool {
    matches!(name, "bytes" | "redactedContent")
}

/// Joins bytes that are each in base64.
fn joined(one: &str, other: &str) -> Option<String> {
    Some(base64::encode([base64::decode(one).ok()?, base64::decode(other).ok()?].concat()))
}

/// Returns the reasoning as a message has it: a stream has its members one level higher.
fn reasoning(sum: &Value) -> Value {
    let mut block = sum.clone();
    let Some(members) = block.as_object_mut() else { return block };
    let text: Map<_, _> = ["text", "signature"].iter().filter_map(|name| members.remove_entry(*name)).collect();
    if !text.is_empty() {
        members.insert("reasoningText".to_owned(), Value::Object(text));
    }
    block
}

/// Returns the call of a tool with its input as JSON: a stream brings it in pieces of text.
fn tool_use(sum: &Value) -> Value {
    let mut block = sum.clone();
    if let Some(input) = block.get_mut("input")
        && let Some(parsed) = input.as_str().and_then(|text| serde_json::from_str(text).ok())
    {
        *input = parsed;
    }
    block
}

/// Returns the members of a block or a delta that are its content.
fn members(object: &Value) -> impl Iterator<Item = (&String, &Value)> {
    object.as_object().into_iter().flatten().filter(|(name, value)| *name != "__type" && !value.is_null())
}

/// Takes the members of this member of an event.
fn into_members(mut event: RawEvent, name: &str) -> impl Iterator<Item = (String, Value)> + use<> {
    let object = match event.payload.get_mut(name).map(Value::take) {
        Some(Value::Object(members)) => members,
        _ => Map::new(),
    };
    object.into_iter().filter(|(name, value)| name != "__type" && !value.is_null())
}

fn index(event: &RawEvent) -> i64 {
    event.payload["contentBlockIndex"].as_i64().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn event(kind: &str, payload: Value) -> RawEvent {
        RawEvent { kind: kind.to_owned(), payload, ..RawEvent::default() }
    }

    /// Returns the content after these starts and deltas, each with the index of its block.
    fn streamed(events: &[(&str, i64, Value)]) -> Content {
        let mut content = Content::default();
        for (kind, index, value) in events {
            let event = event(kind, json!({"contentBlockIndex": index, *kind: value}));
            match *kind {
                "start" => content.start(event),
                _ => drop(content.delta(event)),
            }
        }
        content
    }

    #[test]
    fn the_text_of_a_message_is_that_of_all_its_blocks() {
        let message = json!([
            {"reasoningContent": {"reasoningText": {"text": "hmm"}}},
            {"text": "A "},
            null,
            {"citationsContent": {"content": [{"text": "cited text"}, {"hologram": 1}], "citations": [{"title": "T"}]}},
            {"image": {"format": "png", "source": {"bytes": "AA=="}}},
            {"audio": null, "__type": "x", "hologram": {"of": "x"}},
        ]);
        let (content, text) = Content::of(&message);
        assert_eq!(text, "A cited text");
        assert_eq!(content.other_kinds(), ["reasoningContent", "hologram", "image"]);
        assert_eq!(content.citations(), [json!({"title": "T"})]);
        let blocks: Vec<_> = message.as_array().unwrap().iter().filter(|block| !block.is_null()).cloned().collect();
        assert_eq!(content.to_json(), blocks);
    }

    #[test]
    fn the_deltas_of_a_block_add_up_to_what_a_message_holds() {
        let content = streamed(&[
            ("delta", 0, json!({"reasoningContent": {"text": "h"}})),
            ("delta", 0, json!({"reasoningContent": {"text": "m"}})),
            ("delta", 0, json!({"reasoningContent": {"signature": "s"}})),
            ("delta", 1, json!({"text": "He"})),
            ("delta", 1, json!({"text": "llo"})),
            ("delta", 1, json!({"citation": {"title": "T", "location": {"documentPage": {"start": 3}}}})),
            ("start", 2, json!({"toolUse": {"toolUseId": "t", "name": "n"}})),
            ("delta", 2, json!({"toolUse": {"input": "{\"a\""}})),
            ("delta", 2, json!({"toolUse": {"input": ": 1}"}})),
            ("start", 3, json!({"toolResult": {"toolUseId": "t", "status": "success"}})),
            ("delta", 3, json!({"toolResult": [{"text": "a"}]})),
            ("delta", 3, json!({"toolResult": [{"json": {"b": 2}}]})),
            ("start", 4, json!({"image": {"format": "png"}})),
            ("delta", 4, json!({"image": {"source": {"bytes": "AA=="}}})),
            ("delta", 4, json!({"image": {"source": {"bytes": "AQI="}}})),
            ("delta", 5, json!({"reasoningContent": {"redactedContent": "AA=="}})),
            ("start", 6, json!({"hologram": {"size": 1}})),
            ("delta", 6, json!({"hologram": {"of": "x"}})),
            ("delta", 7, json!({"text": "."})),
        ]);
        assert_eq!(
            json!(content.to_json()),
            json!([
                {"reasoningContent": {"reasoningText": {"text": "hm", "signature": "s"}}},
                {"citationsContent": {
                    "content": [{"text": "Hello"}],
                    "citations": [{"title": "T", "location": {"documentPage": {"start": 3}}}],
                }},
                {"toolUse": {"toolUseId": "t", "name": "n", "input": {"a": 1}}},
                {"toolResult": {"toolUseId": "t", "status": "success", "content": [{"text": "a"}, {"json": {"b": 2}}]}},
                {"image": {"format": "png", "source": {"bytes": "AAEC"}}},
                {"reasoningContent": {"redactedContent": "AA=="}},
                {"hologram": {"size": 1, "of": "x"}},
                {"text": "."},
            ])
        );
        assert_eq!(content.other_kinds(), ["reasoningContent", "toolUse", "toolResult", "image", "hologram"]);
        assert!(!content.has_gap());
    }

    #[test]
    fn a_delta_that_is_not_understood_is_a_gap_in_a_block_of_text() {
        let text = ("delta", 0, json!({"text": "a"}));
        for (other, gap) in [(json!({"hologram": 1}), true), (json!({}), true), (json!({"text": "b"}), false)] {
            assert_eq!(streamed(&[text.clone(), ("delta", 0, other.clone())]).has_gap(), gap, "{other}");
            assert_eq!(streamed(&[("delta", 0, other.clone()), text.clone()]).has_gap(), gap, "{other}");
            assert!(!streamed(&[text.clone(), ("delta", 1, other)]).has_gap());
        }
        let nothing = streamed(&[("delta", 0, Value::Null)]);
        assert_eq!((nothing.other_kinds(), nothing.to_json().len()), (&[NO_CONTENT.to_owned()][..], 0));
    }

    #[test]
    fn the_input_of_a_tool_that_was_cut_is_kept_as_text() {
        let content = streamed(&[("delta", 0, json!({"toolUse": {"input": "{\"a\""}}))]);
        assert_eq!(content.to_json(), [json!({"toolUse": {"input": "{\"a\""}})]);
    }

    #[test]
    fn the_calls_of_tools_have_their_inputs_as_they_were_written() {
        let content = streamed(&[
            ("start", 0, json!({"toolUse": {"toolUseId": "t", "name": "a"}})),
            ("delta", 0, json!({"toolUse": {"input": "{\"b\": 1.10,"}})),
            ("delta", 0, json!({"toolUse": {"input": " \"a\":"}})),
            ("delta", 1, json!({"text": "x"})),
            ("start", 2, json!({"toolUse": {"toolUseId": "u", "name": "b"}})),
        ]);
        let call = |name: &str, input: &str| ToolCall { name: name.to_owned(), input: input.to_owned() };
        assert_eq!(content.tool_calls(), [call("a", r#"{"b": 1.10, "a":"#), call("b", "{}")]);
    }

    #[test]
    fn an_event_of_an_unknown_kind_is_kept() {
        let mut content = Content::default();
        content.unknown(event("contentBlockHologram", json!({"of": "x"})));
        assert_eq!(content.unknown_events(), [json!({"contentBlockHologram": {"of": "x"}})]);
        let unreadable = RawEvent { bytes: b"no \xff".to_vec().into(), ..event("noise", Value::Null) };
        content.unknown(unreadable);
        assert_eq!(content.unknown_events()[1], json!({"noise": "no \u{fffd}"}));
        assert_eq!(content.other_kinds(), ["contentBlockHologram", "noise"]);
    }
}
