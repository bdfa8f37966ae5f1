//! A response as frames of AWS's event stream, in the order in which Bedrock sends them.

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use serde_json::{Value, json};

use super::expectation::Script;

/// The content type of a stream.
pub const CONTENT_TYPE: &str = "application/vnd.amazon.eventstream";

/// Encodes an event.
pub fn event(kind: &str, payload: &Value) -> Vec<u8> {
    frame(":event-type", kind, "event", payload)
}

/// Encodes an event with these bytes as its payload.
pub fn event_of_bytes(kind: &str, payload: &'static [u8]) -> Vec<u8> {
    frame_of(":event-type", kind, "event", payload.into())
}

/// Encodes an exception.
pub fn exception(kind: &str, payload: &Value) -> Vec<u8> {
    frame(":exception-type", kind, "exception", payload)
}

/// A failure that no model of the service names, encoded.
pub fn error(code: &str, message: &str) -> Vec<u8> {
    let text = |value: &str| HeaderValue::String(value.to_owned().into());
    let message = Message::new("")
        .add_header(Header::new(":message-type", text("error")))
        .add_header(Header::new(":error-code", text(code)))
        .add_header(Header::new(":error-message", text(message)));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).expect("a frame of this size encodes");
    bytes
}

/// The opening frame.
pub fn start() -> Vec<u8> {
    event("messageStart", &json!({"p": "abcdefgh", "role": "assistant"}))
}

/// Returns the frames of the reasoning, if any, and of each delta.
pub fn deltas(script: &Script) -> Vec<Vec<u8>> {
    let text_block = script.text_block();
    let mut frames = Vec::new();
    if let Some(reasoning) = &script.reasoning {
        let kind = if script.is_redacted { "redactedContent" } else { "text" };
        let delta = json!({"reasoningContent": {kind: reasoning}});
        let mut frame = event("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": delta, "p": "abc"}));
        frame.extend(block_stop(0));
        frames.push(frame);
    }
    frames.extend(script.text.iter().map(|text| {
        event(
            "contentBlockDelta",
            &json!({"contentBlockIndex": text_block, "delta": {"text": text}, "p": "abcdefghij"}),
        )
    }));
    let first = text_block + u32::from(script.has_text());
    for (index, (name, pieces)) in (first..).zip(&script.calls) {
        if index > 0
            && let Some(last) = frames.last_mut()
        {
            last.extend(block_stop(index - 1));
        }
        let start = json!({"toolUse": {"toolUseId": format!("tooluse_{index}"), "name": name}});
        frames.push(event("contentBlockStart", &json!({"contentBlockIndex": index, "p": "ab", "start": start})));
        frames.extend(pieces.iter().map(|input| {
            let delta = json!({"toolUse": {"input": input}});
            event("contentBlockDelta", &json!({"contentBlockIndex": index, "delta": delta, "p": "abc"}))
        }));
    }
    frames
}

/// Returns the last frames.
pub fn end(script: &Script) -> [Vec<u8>; 3] {
    let stop = json!({"p": "abcdefghijkl", "stopReason": script.stop_reason});
    let mut metadata = json!({"metrics": script.metrics(), "p": "abcdef", "usage": script.usage()});
    if let Some(trace) = &script.trace {
        metadata["trace"] = trace.clone();
    }
    if let Value::Object(members) = &mut metadata {
        members.extend(script.tier());
    }
    let blocks = script.text_block() + u32::from(script.has_text()) + u32::try_from(script.calls.len()).expect("few");
    [block_stop(blocks - 1), event("messageStop", &stop), event("metadata", &metadata)]
}

fn block_stop(index: u32) -> Vec<u8> {
    event("contentBlockStop", &json!({"contentBlockIndex": index, "p": "abcd"}))
}

fn frame(type_header: &'static str, kind: &str, message_type: &'static str, payload: &Value) -> Vec<u8> {
    frame_of(type_header, kind, message_type, payload.to_string().into())
}

fn frame_of(type_header: &'static str, kind: &str, message_type: &'static str, payload: Vec<u8>) -> Vec<u8> {
    let text = |value: String| HeaderValue::String(value.into());
    let message = Message::new(payload)
        .add_header(Header::new(type_header, text(kind.to_owned())))
        .add_header(Header::new(":content-type", text("application/json".to_owned())))
        .add_header(Header::new(":message-type", text(message_type.to_owned())));
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).expect("a frame of this size encodes");
    bytes
}
