//! The lines of batch inference: `{"recordId":…,"modelInput":…,"modelOutput":…,"error":…}`, as Bedrock reads and writes
//! them. What is JSON already is put in byte for byte.

use memchr::memchr2;
use serde_json::{Value, json};

/// Begins a line, in place of what `line` has.
pub fn start(line: &mut String, id: &str) {
    line.clear();
    *line += "{\"recordId\":";
    push_quoted(line, id);
}

/// Adds a member whose value is JSON: byte for byte, but for line breaks, which can only be between its tokens and become
/// blanks.
pub fn push_json(line: &mut String, name: &str, json: &str) {
    push_name(line, name);
    match memchr2(b'\r', b'\n', json.as_bytes()) {
        None => *line += json,
        Some(_) => *line += &json.replace(['\r', '\n'], " "),
    }
}

/// Adds a member whose value is a text.
pub fn push_text(line: &mut String, name: &str, text: &str) {
    push_name(line, name);
    push_quoted(line, text);
}

/// Returns the `error` of a record. The code is an HTTP status, or 0 if there was no response.
pub fn error(code: u16, message: &str, is_expired: bool, is_retryable: bool) -> String {
    json!({"errorCode": code, "errorMessage": message, "expired": is_expired, "retryable": is_retryable}).to_string()
}

fn push_name(line: &mut String, name: &str) {
    *line += ",\"";
    *line += name;
    *line += "\":";
}

fn push_quoted(line: &mut String, text: &str) {
    *line += &Value::from(text).to_string();
}
