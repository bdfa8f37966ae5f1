//! Bedrock's rules for JSON by a schema: which models take `outputConfig.textFormat` and what it may hold, and the form of
//! `toolConfig`.

use serde_json::Value;

use super::faults::Refusal;
use super::rules::Model;

/// The models that take a schema in `outputConfig.textFormat`.
const NATIVE: [&str; 2] = ["anthropic.claude-haiku-4-5-20251001-v1:0", "anthropic.claude-sonnet-4-5-20250929-v1:0"];

/// The models that take no tool.
const WITHOUT_TOOLS: [&str; 2] = ["mistral.mistral-7b-instruct-v0:2", "deepseek.r1-v1:0"];

/// Returns Bedrock's error for what the body says of the response's form, if any.
pub fn check(model: &Model, body: &Value) -> Result<(), Refusal> {
    let format = &body["outputConfig"]["textFormat"];
    if !format.is_null() {
        if !NATIVE.contains(&model.id) {
            return refused("This model doesn't support the outputConfig field. Remove outputConfig and try again.");
        }
        let definition = &format["structure"]["jsonSchema"];
        let schema = definition["schema"].as_str().and_then(|text| serde_json::from_str(text).ok());
        match schema {
            Some(schema) if format["type"] == "json_schema" => check_schema(&schema)?,
            _ => return refused("the format is not `json_schema`, or its schema is not JSON as a text"),
        }
    }
    check_tools(model, body)
}

fn refused(message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::validation(message))
}

/// Checks a schema and what is within it.
fn check_schema(schema: &Value) -> Result<(), Refusal> {
    let Some(members) = schema.as_object() else { return Ok(()) };
    let unsupported = |kind: &str, what: &str| {
        refused(format!(
            "The model returned the following errors: output_config.format.schema: For '{kind}' type, {what}"
        ))
    };
    let kind = members.get("type").and_then(Value::as_str).unwrap_or_default();
    if kind == "object" && members.get("additionalProperties") != Some(&Value::Bool(false)) {
        return unsupported(kind, "'additionalProperties' must be explicitly set to false");
    }
    let keywords: &[&str] = match kind {
        "integer" | "number" => &["exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum", "multipleOf"],
        "array" => &["maxItems", "uniqueItems"],
        "string" => &["maxLength", "minLength"],
        _ => &[],
    };
    let found: Vec<_> = keywords.iter().filter(|keyword| members.contains_key(**keyword)).copied().collect();
    if !found.is_empty() {
        return unsupported(kind, &format!("properties {} are not supported", found.join(", ")));
    }
    if kind == "array" && members.get("minItems").is_some_and(|least| least != 0 && least != 1) {
        return unsupported(kind, "'minItems' values other than 0 or 1 are not supported");
    }
    for (name, held) in members {
        match (name.as_str(), held) {
            ("properties" | "$defs" | "definitions", Value::Object(schemas)) => {
                schemas.values().try_for_each(check_schema)?;
            }
            ("anyOf" | "allOf" | "oneOf" | "prefixItems", Value::Array(schemas)) => {
                schemas.iter().try_for_each(check_schema)?;
            }
            ("items" | "not", schema) => check_schema(schema)?,
            _ => {}
        }
    }
    Ok(())
}

/// Nova accepts three keywords in the root of a schema, and Claude no alternatives.
fn check_root(model: &Model, at: usize, schema: &Value) -> Result<(), Refusal> {
    let keywords = schema.as_object().into_iter().flat_map(serde_json::Map::keys);
    for name in keywords.map(String::as_str) {
        if model.id.contains("amazon.nova-") && !["type", "properties", "required"].contains(&name) {
            return refused(format!(
                "The model returned the following errors: Malformed input request: \
                 #/toolConfig/tools/{at}/toolSpec/inputSchema/json: extraneous key [{name}] is not permitted, please \
                 reformat your input and try again."
            ));
        }
        if model.provider == "Anthropic" && ["oneOf", "allOf", "anyOf"].contains(&name) {
            return refused(format!(
                "The model returned the following errors: tools.{at}.custom.input_schema: input_schema does not support \
                 oneOf, allOf, or anyOf at the top level"
            ));
        }
    }
    Ok(())
}

fn check_tools(model: &Model, body: &Value) -> Result<(), Refusal> {
    let config = &body["toolConfig"];
    if config.is_null() {
        return Ok(());
    }
    if WITHOUT_TOOLS.contains(&model.id) {
        return refused("This model doesn't support tool use.");
    }
    let tools = config["tools"].as_array().map(Vec::as_slice).unwrap_or_default();
    for (at, tool) in tools.iter().enumerate() {
        let spec = &tool["toolSpec"];
        let name = spec["name"].as_str().unwrap_or_default();
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        if name.is_empty() || name.len() > 64 || !name.chars().all(is_allowed) || spec["description"] == "" {
            return refused(format!(
                "Value '{name}' at 'toolConfig.tools.{at}.member.toolSpec.name' failed to satisfy constraint"
            ));
        }
        check_root(model, at, &spec["inputSchema"]["json"])?;
        if spec["inputSchema"]["json"]["type"] != "object" {
            return refused(format!(
                "The value at toolConfig.tools.{at}.toolSpec.inputSchema.json.type must be one of the following: object."
            ));
        }
    }
    let forced = &config["toolChoice"]["tool"]["name"];
    let is_thinking =
        body["additionalModelRequestFields"]["thinking"]["type"].as_str().is_some_and(|it| it != "disabled");
    if model.provider == "Anthropic" && is_thinking && !forced.is_null() {
        return refused(
            "The model returned the following errors: Thinking may not be enabled when tool_choice forces tool use.",
        );
    }
    if tools.is_empty() || !(forced.is_null() || tools.iter().any(|tool| tool["toolSpec"]["name"] == *forced)) {
        return refused("the tool that is chosen is not among the tools: the exact words are not known");
    }
    Ok(())
}
