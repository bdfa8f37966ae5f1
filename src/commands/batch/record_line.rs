//! The lines of batch inference: `{"recordId":…,"modelInput":…,"modelOutput":…,"error":…}`, as Bedrock reads and writes
//! them. What is JSON already is put in byte for byte.

use memchr::memchr2;
use serde_json::{Value, json};

/// What the result of a record has besides its error.
#[derive(Clone, Copy, Debug)]
pub enum Body<'a> {
    Whole {
        model_input: &'a str,
        model_output: Option<&'a str>,
    },
    /// The text of the response alone.
    Text(Option<&'a str>),
}

/// Replaces `line` by a record of an input, with its line break.
pub fn write_input(line: &mut String, id: &str, model_input: &str) {
    start(line, id);
    push_json(line, "modelInput", model_input);
    *line += "}\n";
}

/// Replaces `line` by the result of a record, with its line break. All but the text and the ID is JSON.
pub fn write_result(line: &mut String, id: &str, body: Body<'_>, error: Option<&str>) {
    start(line, id);
    match body {
        Body::Whole { model_input, model_output } => {
            push_json(line, "modelInput", model_input);
            if let Some(model_output) = model_output {
                push_json(line, "modelOutput", model_output);
            }
        }
        Body::Text(Some(text)) => {
            push_name(line, "text");
            push_quoted(line, text);
        }
        Body::Text(None) => {}
    }
    if let Some(error) = error {
        push_json(line, "error", error);
    }
    *line += "}\n";
}

fn start(line: &mut String, id: &str) {
    line.clear();
    *line += "{\"recordId\":";
    push_quoted(line, id);
}

/// Adds a member whose value is JSON: byte for byte, but for line breaks, which can only be between its tokens and become
/// blanks.
fn push_json(line: &mut String, name: &str, json: &str) {
    push_name(line, name);
    match memchr2(b'\r', b'\n', json.as_bytes()) {
        None => *line += json,
        Some(_) => *line += &json.replace(['\r', '\n'], " "),
    }
}

/// Returns the `error` of a record. The code is an HTTP status, or 0 if there was no response.
pub fn error(code: u16, message: &str, is_expired: bool, is_retryable: bool) -> String {
    json!({"errorCode": code, "errorMessage": message, "expired": is_expired, "retryable": is_retryable}).to_string()
}

fn push_name(line: &mut String, name: &str) {
    line.extend([",\"", name, "\":"]);
}

fn push_quoted(line: &mut String, text: &str) {
    *line += &Value::from(text).to_string();
}
