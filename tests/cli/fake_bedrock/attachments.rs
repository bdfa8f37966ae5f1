//! Bedrock's rules for what is attached to a prompt: one kind of content a block, formats, names, sizes, modalities.

use aws_smithy_types::base64;
use serde_json::Value;

use super::faults::Refusal;
use super::rules::Model;

/// The formats of each kind of content.
const FORMATS: [(&str, &[&str]); 4] = [
    ("document", &["pdf", "csv", "doc", "docx", "xls", "xlsx", "html", "txt", "md"]),
    ("image", &["png", "jpeg", "gif", "webp"]),
    ("video", &["mkv", "mov", "mp4", "webm", "flv", "mpeg", "mpg", "wmv", "three_gp"]),
    ("audio", &["mp3", "opus", "wav", "aac", "flac", "mp4", "ogg", "mkv", "mka", "m4a", "mpeg", "mpga", "webm", "pcm"]),
];

/// Returns Bedrock's error for the content of the messages, if any.
pub fn check(model: &Model, messages: &Value) -> Result<(), Refusal> {
    for (at, message) in messages.as_array().into_iter().flatten().enumerate() {
        let blocks: Vec<_> = message["content"].as_array().into_iter().flatten().collect();
        for (block_at, block) in blocks.iter().enumerate() {
            check_block(model, block, &format!("messages.{at}.content.{block_at}"))?;
        }
        let documents = blocks.iter().filter(|block| block["document"].is_object()).count();
        if documents > 5 {
            return refused("too many documents: the exact words are not known");
        }
        if documents > 0 && !blocks.iter().any(|block| block["text"].is_string()) {
            return refused(
                "A text block must be included when using documents. Add a text block and retry your request.",
            );
        }
    }
    Ok(())
}

fn refused(message: impl Into<String>) -> Result<(), Refusal> {
    Err(Refusal::validation(message))
}

fn check_block(model: &Model, block: &Value, place: &str) -> Result<(), Refusal> {
    let members: Vec<_> = block.as_object().into_iter().flatten().collect();
    let [(kind, content)] = members[..] else {
        return refused(format!(
            "ContentBlock object at {place} can only set one of the following keys: text, image, …"
        ));
    };
    let Some((_, formats)) = FORMATS.iter().find(|(known, _)| known == kind) else { return Ok(()) };
    let modality = kind.to_uppercase();
    if ["IMAGE", "VIDEO"].contains(&modality.as_str()) && !model.input.contains(&modality.as_str()) {
        return refused(format!(
            "This model doesn't support the {kind} field for user messages. Remove {kind} and try again."
        ));
    }
    if !content["format"].as_str().is_some_and(|format| formats.contains(&format)) {
        return refused(format!(
            "Value '{}' at '{place}.{kind}.format' failed to satisfy constraint",
            content["format"]
        ));
    }
    let size = match (&content["source"]["bytes"], &content["source"]["s3Location"]["uri"]) {
        (Value::String(bytes), Value::Null) => base64::decode(bytes).expect("base64").len(),
        (Value::Null, Value::String(uri)) if uri.starts_with("s3://") => 1,
        _ => return refused("the source is neither bytes nor an object in S3"),
    };
    if size == 0 {
        return refused(format!("the {kind} at {place} is empty"));
    }
    if kind == "document" { check_document(model, content, size) } else { Ok(()) }
}

fn check_document(model: &Model, document: &Value, size: usize) -> Result<(), Refusal> {
    let name = document["name"].as_str().unwrap_or_default();
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "-()[] ".contains(c);
    if name.is_empty() || name.len() > 200 || !name.chars().all(is_allowed) || name.contains("  ") {
        return refused(
            "The document file name can only contain alphanumeric characters, whitespace characters, hyphens, \
             parentheses, and square brackets. The name can't contain more than one consecutive whitespace character.",
        );
    }
    let format = document["format"].as_str().unwrap_or_default();
    let is_unlimited = match format {
        "pdf" => model.id.starts_with("amazon.nova") || model.provider == "Anthropic" && !model.id.contains("claude-3"),
        "docx" => model.id.starts_with("amazon.nova"),
        _ => false,
    };
    if size > 4_718_592 && !is_unlimited {
        return refused("the document is too large: the exact words are not known");
    }
    if document["citations"]["enabled"] == true && !["pdf", "txt"].contains(&format) {
        return refused(
            "Unsupported document format. Only txt and pdf formats are supported when citations are enabled",
        );
    }
    Ok(())
}
