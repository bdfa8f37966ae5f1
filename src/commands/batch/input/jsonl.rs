//! A record in JSON.

use serde::Deserialize;
use serde_json::value::RawValue;

use crate::commands::batch::record::Content;

/// What a record has.
pub struct Members {
    pub id: Option<String>,
    pub content: Content,
    pub max_tokens: Option<i32>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, rename_all = "camelCase")]
struct Object<'a> {
    record_id: Option<String>,
    prompt: Option<String>,
    system: Option<String>,
    max_tokens: Option<i32>,
    #[serde(borrow)]
    model_input: Option<&'a RawValue>,
}

/// Reads a record.
///
/// # Errors
/// What is wrong with it.
pub fn parse(line: &[u8]) -> Result<Members, String> {
    let object: Object<'_> = serde_json::from_slice(line).map_err(|error| error.to_string())?;
    let content = match (object.prompt, object.model_input) {
        (Some(text), None) => Content::Prompt { text, system: object.system, max_tokens: object.max_tokens },
        (None, Some(body)) => Content::ModelInput(body.get().into()),
        _ => return Err("it must have one of `prompt` and `modelInput`".to_owned()),
    };
    Ok(Members { id: object.record_id, content, max_tokens: object.max_tokens })
}
