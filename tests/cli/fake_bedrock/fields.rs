//! Bedrock's rules for the fields that only some models have, for thinking, the service tier and the metadata.

use serde_json::{Map, Value};

use super::faults::Refusal;
use super::rules::Model;

/// Returns Bedrock's error for these members of the body, if any.
pub fn check(model: &Model, body: &Value) -> Result<(), Refusal> {
    check_tier(model, &body["serviceTier"])?;
    check_metadata(&body["requestMetadata"])?;
    if body["outputConfig"]["effort"].is_string() && model.provider != "Anthropic" {
        return refused("This model doesn't support the outputConfig field. Remove outputConfig and try again.");
    }
    let none = Map::new();
    let fields = match &body["additionalModelRequestFields"] {
        Value::Null => &none,
        Value::Object(fields) => fields,
        _ => return refused("The value at additionalModelRequestFields must be an object."),
    };
    match model.provider {
        "Anthropic" => check_claude(model, body, fields),
        "Amazon" => check_nova(model, body, fields),
        "OpenAI" => check_gpt_oss(fields),
        _ => Ok(()),
    }
}

fn refused(message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::validation(message))
}

fn by_the_model(message: impl std::fmt::Display) -> Result<(), Refusal> {
    refused(format!("The model returned the following errors: {message}"))
}

fn check_tier(model: &Model, tier: &Value) -> Result<(), Refusal> {
    match (tier["type"].as_str(), model.provider) {
        (None, _) if tier.is_null() => Ok(()),
        (Some("default"), _) | (Some("flex" | "priority"), "Amazon" | "OpenAI") => Ok(()),
        (Some("flex" | "priority"), _) => refused("The requested service tier is not supported for this model."),
        (Some("reserved"), _) => refused("Reservation not found."),
        _ => refused("The service tier provided is invalid."),
    }
}

fn check_metadata(metadata: &Value) -> Result<(), Refusal> {
    let Some(pairs) = metadata.as_object() else {
        return if metadata.is_null() { Ok(()) } else { refused("The value at requestMetadata must be an object.") };
    };
    let is_allowed = |word: &str| {
        word.chars().all(|c| c.is_ascii_alphanumeric() || c.is_ascii_whitespace() || ":_@$#=/+,-.".contains(c))
    };
    let fits = |(key, value): (&String, &Value)| {
        let value = value.as_str().unwrap_or("!");
        (1..=256).contains(&key.len()) && value.len() <= 256 && is_allowed(key) && is_allowed(value)
    };
    if !(1..=16).contains(&pairs.len()) || !pairs.iter().all(fits) {
        return refused("1 validation error detected: Value at 'requestMetadata' failed to satisfy constraint");
    }
    Ok(())
}

/// The generations of Claude, by how they think.
fn is_adaptive(model: &Model) -> bool {
    model.id.contains("claude-opus-4-7") || model.id.contains("claude-opus-7-7")
}

fn check_claude(model: &Model, body: &Value, fields: &Map<String, Value>) -> Result<(), Refusal> {
    let inference = &body["inferenceConfig"];
    for (name, value) in fields {
        match name.as_str() {
            "thinking" => check_claude_thinking(model, inference, value)?,
            "output_config" if !is_adaptive(model) => {
                return by_the_model("output_config.effort: Extra inputs are not permitted");
            }
            "output_config" => {
                let efforts = ["low", "medium", "high", "xhigh", "max"];
                if !value["effort"].as_str().is_some_and(|effort| efforts.contains(&effort)) {
                    return by_the_model(
                        "output_config.effort: Input should be 'low', 'medium', 'high', 'xhigh' or 'max'",
                    );
                }
            }
            "top_k" | "anthropic_beta" => {}
            other => return by_the_model(format!("{other}: Extra inputs are not permitted")),
        }
    }
    let thinks = matches!(fields.get("thinking").and_then(|it| it["type"].as_str()), Some("adaptive" | "enabled"));
    if thinks && inference["temperature"].as_f64().is_some_and(|value| value.to_bits() != 1_f64.to_bits()) {
        return by_the_model("`temperature` may only be set to 1 when thinking is enabled.");
    }
    if thinks && body["toolConfig"]["toolChoice"]["tool"].is_object() {
        return by_the_model("Thinking may not be enabled when tool_choice forces tool use.");
    }
    Ok(())
}

fn check_claude_thinking(model: &Model, inference: &Value, thinking: &Value) -> Result<(), Refusal> {
    match thinking["type"].as_str() {
        Some("adaptive") if is_adaptive(model) => Ok(()),
        Some("adaptive") => by_the_model("adaptive thinking is not supported on this model"),
        // Opus 7.7 stands for a Claude that is not known yet.
        Some("disabled") if model.id.contains("claude-opus-7-7") => by_the_model(
            "\"thinking.type.disabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \
             \"output_config.effort\" to control thinking behavior.",
        ),
        Some("disabled") => Ok(()),
        Some("enabled") if is_adaptive(model) => by_the_model(
            "\"thinking.type.enabled\" is not supported for this model. Use \"thinking.type.adaptive\" and \
             \"output_config.effort\" to control thinking behavior.",
        ),
        Some("enabled") => {
            let budget = thinking["budget_tokens"].as_u64().unwrap_or_default();
            if budget < 1024 {
                return by_the_model("thinking.enabled.budget_tokens: Input should be greater than or equal to 1024");
            }
            // Without a limit, Bedrock's is 4,096.
            if inference["maxTokens"].as_u64().unwrap_or(4096) <= budget {
                return by_the_model(
                    "`max_tokens` must be greater than `thinking.budget_tokens`. Please consult our documentation at \
                     https://docs.claude.com/en/docs/build-with-claude/extended-thinking#max-tokens-and-context-window-size",
                );
            }
            Ok(())
        }
        _ => by_the_model("thinking: Input should be a valid dictionary or object to extract fields from"),
    }
}

fn check_nova(model: &Model, body: &Value, fields: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in fields {
        match name.as_str() {
            "reasoningConfig" => {
                let effort = value["maxReasoningEffort"].as_str().unwrap_or_default();
                let is_valid = value["type"] == "disabled"
                    || value["type"] == "enabled" && ["low", "medium", "high"].contains(&effort);
                let takes_no_limits = effort == "high" && body["inferenceConfig"].is_object();
                if !model.id.contains("nova-2") || !is_valid || takes_no_limits {
                    return by_the_model(
                        "Malformed input request: the provided reasoning config value is invalid, please reformat \
                         your input and try again.",
                    );
                }
            }
            "inferenceConfig" => {}
            other => {
                return by_the_model(format!(
                    "Malformed input request: #: extraneous key [{other}] is not permitted, please reformat your \
                     input and try again."
                ));
            }
        }
    }
    Ok(())
}

fn check_gpt_oss(fields: &Map<String, Value>) -> Result<(), Refusal> {
    for (name, value) in fields {
        let message = "Failed to deserialize the JSON body into the target type: unknown variant";
        match (name.as_str(), value.as_str()) {
            ("reasoning_effort", Some("low" | "medium" | "high")) => {}
            ("reasoning_effort", effort) => {
                let effort = effort.unwrap_or_default();
                return refused(format!("{message} `{effort}`, expected one of `low`, `medium`, `high`"));
            }
            (other, _) => {
                return refused(format!("{message} `{other}`, expected one of `audio`, `reasoning_effort`"));
            }
        }
    }
    Ok(())
}
