//! Bedrock's rules for the messages of a conversation: roles, tools, and cache points.

use serde_json::Value;

use super::faults::Refusal;

/// Returns Bedrock's error for the messages of a request, if any.
pub fn check(body: &Value) -> Result<(), Refusal> {
    let messages: Vec<_> = body["messages"].as_array().into_iter().flatten().collect();
    if messages.last().is_some_and(|message| message["role"] != "user") {
        return refused(
            "This model does not support assistant message prefill. The conversation must end with a user message.",
        );
    }
    let blocks = || messages.iter().flat_map(|message| message["content"].as_array().into_iter().flatten());
    if body["toolConfig"].is_null()
        && blocks().any(|block| block["toolUse"].is_object() || block["toolResult"].is_object())
    {
        return refused("The toolConfig field must be defined when using toolUse and toolResult content blocks.");
    }
    let system = body["system"].as_array().into_iter().flatten();
    if system.chain(blocks()).filter(|block| block["cachePoint"].is_object()).count() > 4 {
        return refused("too many cache points: the exact words are not known");
    }
    Ok(())
}

fn refused(message: &str) -> Result<(), Refusal> {
    Err(Refusal::validation(message))
}
