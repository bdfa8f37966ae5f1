//! The data plane: `Converse` and `ConverseStream`, the validation of their bodies, and the responses.

use std::io;

use serde_json::{Value, json};

use super::expectation::{Expected, Script};
use super::faults::{Ending, Refusal};
use super::fields;
use super::http::{Connection, Response};
use super::operation::Operation;
use super::rules::Model;
use super::server::After;
use super::stream;
use super::structured;
use super::{attachments, cache_points, conversation};

/// Returns Bedrock's error for this model and body, if any.
pub fn check(model: &Model, operation: Operation, body: &Value) -> Result<(), Refusal> {
    let refused = |message: &str| Err(Refusal::validation(message));
    if !model.output.contains(&"TEXT") {
        return refused(
            "This action doesn't support the model that you provided. Try again with a supported text or chat model.",
        );
    }
    if operation == Operation::ConverseStream && !model.streams {
        return refused("The model is unsupported for streaming.");
    }
    check_messages(&body["messages"])?;
    attachments::check(model, &body["messages"])?;
    conversation::check(body)?;
    structured::check(model, body)?;
    cache_points::check(model, body)?;
    fields::check(model, body)?;
    let inference = &body["inferenceConfig"];
    let has = |member: &str| !inference[member].is_null();
    if model.id.starts_with("anthropic.claude-opus-4-7") && has("temperature") {
        return refused("The model returned the following errors: `temperature` is deprecated for this model.");
    }
    if model.provider == "Anthropic" && has("temperature") && has("topP") {
        return refused(
            "The model returned the following errors: `temperature` and `top_p` cannot both be specified for this \
             model. Please use only one.",
        );
    }
    if model.provider == "OpenAI" && has("stopSequences") {
        return refused("This model doesn't support the stopSequences field. Remove stopSequences and try again.");
    }
    if model.id.starts_with("mistral.mistral-7b") && body["system"].as_array().is_some_and(|blocks| !blocks.is_empty())
    {
        return refused(
            "This model doesn't support system messages. Try again without a system message or use a model that \
             supports system messages.",
        );
    }
    Ok(())
}

fn check_messages(messages: &Value) -> Result<(), Refusal> {
    let messages = messages.as_array().map(Vec::as_slice).unwrap_or_default();
    if messages.first().is_none_or(|message| message["role"] != "user") {
        return Err(Refusal::validation(
            "A conversation must start with a user message. Try again with a conversation that starts with a user \
             message.",
        ));
    }
    for (at, message) in messages.iter().enumerate() {
        for (block_at, block) in message["content"].as_array().into_iter().flatten().enumerate() {
            if block["text"].as_str().is_some_and(|text| text.trim().is_empty()) {
                return Err(Refusal::validation(format!(
                    "The text field in the ContentBlock object at messages.{at}.content.{block_at} is blank. Add text \
                     to the text field, and try again."
                )));
            }
        }
    }
    Ok(())
}

/// Returns a response without streaming.
pub fn answer(script: &Script) -> Response {
    let mut body = json!({
        "metrics": script.metrics(),
        "output": {"message": {"content": script.content(), "role": "assistant"}},
        "stopReason": script.stop_reason,
        "usage": script.usage(),
    });
    if let Some(trace) = &script.trace {
        body["trace"] = trace.clone();
    }
    if let Value::Object(members) = &mut body {
        members.extend(script.tier());
    }
    Response::new(200, "application/json", body.to_string())
}

/// Returns the head of a streamed response.
pub fn stream_head() -> Response {
    Response::new(200, stream::CONTENT_TYPE, "")
}

/// Sends a streamed response frame by frame, as the script defines it.
pub fn send_stream(expected: &Expected, head: &Response, connection: &mut Connection) -> io::Result<After> {
    let script = &expected.script;
    connection.begin_chunks(head)?;
    let deltas = stream::deltas(script);
    // Throttling that comes before anything else is the stream's only frame.
    if !(deltas.is_empty() && matches!(script.ending, Ending::Exception(..))) {
        connection.chunk(&stream::start())?;
    }
    for delta in deltas {
        if script.gate.as_ref().is_some_and(|gate| !gate.pass()) {
            return Ok(After::Close);
        }
        connection.chunk(&delta)?;
    }
    match &script.ending {
        Ending::Whole => {
            for frame in stream::end(script) {
                connection.chunk(&frame)?;
            }
        }
        Ending::WithoutMetadata => {
            let [stop, message_stop, _] = stream::end(script);
            connection.chunk(&stop)?;
            connection.chunk(&message_stop)?;
        }
        Ending::Exception(kind, payload) => connection.chunk(&stream::exception(kind, payload))?,
        Ending::Error(code, message) => connection.chunk(&stream::error(code, message))?,
        Ending::Unreadable => {
            connection
                .chunk(&stream::event("contentBlockDelta", &json!({"contentBlockIndex": 0, "delta": {"text": 5}})))?;
            for frame in stream::end(script) {
                connection.chunk(&frame)?;
            }
        }
        Ending::Events(events) => {
            for (kind, payload) in events {
                connection.chunk(&stream::event(kind, payload))?;
            }
        }
        Ending::Payloads(events) => {
            for (kind, payload) in events {
                connection.chunk(&stream::event_of_bytes(kind, payload))?;
            }
        }
        Ending::WithoutStop => {}
        Ending::InsideFrame => {
            let frame = stream::start();
            connection.chunk(&frame[..frame.len() / 2])?;
        }
        Ending::Reset => return Ok(After::Reset),
        Ending::Silence => {
            connection.wait_for_close();
            return Ok(After::Close);
        }
    }
    connection.end_chunks()?;
    Ok(After::KeepAlive)
}
