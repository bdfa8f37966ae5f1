//! The calls of tools in a response, each with its input as the model wrote it: a number that [`serde_json::Value`] rounds
//! is kept.

use std::borrow::Cow;

use serde::Deserialize;
use serde_json::value::RawValue;

/// A call of a tool.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToolCall {
    pub name: String,
    /// JSON, unless the response was cut.
    pub input: String,
}

#[derive(Deserialize)]
struct Body<'a> {
    #[serde(borrow)]
    output: Output<'a>,
}

#[derive(Deserialize)]
struct Output<'a> {
    #[serde(borrow)]
    message: Message<'a>,
}

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    content: Vec<Option<Block<'a>>>,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Block<'a> {
    #[serde(borrow)]
    tool_use: Option<ToolUse<'a>>,
}

#[derive(Deserialize)]
struct ToolUse<'a> {
    #[serde(borrow)]
    name: Cow<'a, str>,
    #[serde(borrow)]
    input: Option<&'a RawValue>,
}

/// Returns the calls in the body of a response that does not stream; none if it is not one.
pub(super) fn of_body(body: &[u8]) -> Vec<ToolCall> {
    let Ok(Body { output }) = serde_json::from_slice(body) else { return Vec::new() };
    let calls = output.message.content.into_iter().flatten().filter_map(|block| block.tool_use);
    let input = |call: &ToolUse<'_>| call.input.map_or("{}", RawValue::get).to_owned();
    calls.map(|call| ToolCall { input: input(&call), name: call.name.into_owned() }).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_input_is_kept_as_it_is_written() {
        let body = br#"{"output": {"message": {"content": [
            {"text": "x"}, null, {"toolUse": {"name": "\u0061", "input": {"b": 12345678901234567890123 , "a":1.10}}},
            {"toolUse": {"name": "b", "toolUseId": "t"}}, {"toolUse": null}
        ]}}}"#;
        let call = |name: &str, input: &str| ToolCall { name: name.to_owned(), input: input.to_owned() };
        assert_eq!(of_body(body), [call("a", r#"{"b": 12345678901234567890123 , "a":1.10}"#), call("b", "{}")]);
        assert_eq!(of_body(b"{}"), []);
        assert_eq!(of_body(br#"{"output": {"message": {"content": []}}}"#), []);
    }
}
