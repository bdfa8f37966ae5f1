//! Bedrock's rules for cache points: which models take them, where they may stand, and in which order.

use serde_json::Value;

use super::faults::Refusal;
use super::rules::Model;

/// Returns Bedrock's error for the cache points of this body, if any.
pub fn check(model: &Model, body: &Value) -> Result<(), Refusal> {
    let blocks = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let messages = blocks(&body["messages"]);
    let mut lists = vec![blocks(&body["toolConfig"]["tools"]), blocks(&body["system"])];
    lists.extend(messages.iter().map(|message| blocks(&message["content"])));
    let points: Vec<_> = lists.iter().flatten().filter(|block| !block["cachePoint"].is_null()).collect();
    if points.is_empty() {
        return Ok(());
    }
    if !["Anthropic", "Amazon"].contains(&model.provider) {
        return Err(Refusal::new(
            403,
            "AccessDeniedException",
            "You invoked an unsupported model or your request did not allow prompt caching. See the documentation for \
             more information.",
        ));
    }
    for list in &lists {
        for (at, block) in list.iter().enumerate().filter(|(_, block)| !block["cachePoint"].is_null()) {
            check_point(&block["cachePoint"])?;
            check_place(at.checked_sub(1).map(|before| &list[before]))?;
        }
    }
    if points.len() > 4 {
        return refused(
            "The model returned the following errors: A maximum of 4 blocks with cache_control may be provided.",
        );
    }
    let is_long: Vec<_> = points.iter().map(|block| block["cachePoint"]["ttl"] == "1h").collect();
    if is_long.windows(2).any(|pair| pair == [false, true]) {
        return refused(
            "The model returned the following errors: messages.0.content.0.cache_control.ttl: a ttl='1h' cache_control \
             block must not come after a ttl='5m' cache_control block. Note that blocks are processed in the following \
             order: tools, system, messages.",
        );
    }
    Ok(())
}

fn check_point(point: &Value) -> Result<(), Refusal> {
    if point["type"] != "default" || !(point["ttl"].is_null() || point["ttl"] == "5m" || point["ttl"] == "1h") {
        return refused(format!(
            "1 validation error detected: Value '{point}' at 'cachePoint' failed to satisfy constraint"
        ));
    }
    Ok(())
}

fn check_place(before: Option<&Value>) -> Result<(), Refusal> {
    let Some(before) = before else { return refused("There is nothing available to cache.") };
    if !before["reasoningContent"].is_null() {
        return refused(
            "Cache point cannot be inserted after reasoning block. Please remove the invalid cache point and try again.",
        );
    }
    if before["document"].is_object() && before["document"]["format"] != "pdf" {
        return refused("The model returned the following errors: messages.0.content.3.type: Field required");
    }
    Ok(())
}

fn refused(message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::validation(message))
}
