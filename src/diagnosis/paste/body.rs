//! Finds the error in response bodies, however deep a gateway has put it: `error.message`, `error.error.message`,
//! `detail`, a body inside a string.

use super::{PastedError, forms, literal, plain_code};
use crate::diagnosis::rules;
use serde_json::{Map, Value};

/// The depth to which objects, and strings that hold objects, are searched.
const DEEPEST: usize = 12;

const MESSAGE_KEYS: [&str; 14] = [
    "message",
    "Message",
    "errorMessage",
    "error_message",
    "ErrorMessage",
    "detail",
    "error",
    "Error",
    "err",
    "msg",
    "error_description",
    "exception",
    "reason",
    "Cause",
];

const CODE_KEYS: [&str; 11] =
    ["__type", "code", "Code", "name", "type", "errorType", "error_type", "errorCode", "error", "Error", "exception"];

/// The header in which AWS sends the error code, in lower case.
const CODE_HEADER: &str = "x-amzn-errortype";

/// Returns the error in the objects of a text.
pub(super) fn error_in_objects(text: &str) -> Option<PastedError> {
    let mut found = Vec::new();
    for object in literal::objects(text) {
        collect(&object, 0, &mut found);
    }
    let code = found.iter().rev().find_map(|error| error.code.clone());
    let best =
        found.into_iter().max_by_key(|error| (error.is_known(), !error.message.is_empty(), error.code.is_some()))?;
    Some(PastedError { code: best.code.or(code), ..best })
}

/// Collects every member of a value that could be the error; what is deeper comes later.
fn collect(value: &Value, depth: usize, found: &mut Vec<PastedError>) {
    if depth > DEEPEST {
        return;
    }
    match value {
        Value::Object(members) => {
            found.extend(error_in_members(members));
            members.values().for_each(|member| collect(member, depth + 1, found));
        }
        Value::Array(items) => items.iter().for_each(|item| collect(item, depth + 1, found)),
        Value::String(text) if text.contains('{') => {
            for object in literal::objects(text) {
                collect(&object, depth + 1, found);
            }
        }
        // A word alone is the value of another member, such as a code.
        Value::String(text) if text.len() > 16 && text.contains(' ') && rules::is_known_text(text) => {
            found.push(PastedError { code: None, message: text.clone() });
        }
        _ => {}
    }
}

fn error_in_members(members: &Map<String, Value>) -> Option<PastedError> {
    let text = |key: &&str| members.get(*key).and_then(Value::as_str);
    let header =
        members.iter().find(|(key, _)| key.eq_ignore_ascii_case(CODE_HEADER)).and_then(|(_, value)| value.as_str());
    let stated =
        header.into_iter().chain(CODE_KEYS.iter().filter_map(text)).find(|code| rules::is_known_code(plain_code(code)));
    let message = MESSAGE_KEYS.iter().filter_map(text).find(|text| !text.trim().is_empty() && Some(*text) != stated);
    let message = message.unwrap_or_default();
    let code = stated.filter(|code| !is_foreign(code, message)).map(str::to_owned);
    if let Some(inner) = forms::structured(message) {
        return Some(PastedError { code: inner.code.or(code), ..inner });
    }
    (code.is_some() || !message.is_empty()).then(|| PastedError { code, message: message.to_owned() })
}

/// Whether another library's validation failed, such as that of Pydantic or Zod: nothing was sent to AWS, or AWS's
/// response is not what the library expects.
pub(super) fn is_foreign(code: &str, text: &str) -> bool {
    const MARKS: [&str; 8] = [
        "validation error for ",
        "validation errors for ",
        "type=value_error",
        "[type=",
        "input_value=",
        "pydantic",
        "Zod",
        "\"path\"",
    ];
    code == "ValidationError" && MARKS.iter().any(|mark| text.contains(mark))
}
