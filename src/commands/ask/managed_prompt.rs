//! A prompt of Prompt management, whose ARN is invoked like a model, with its variables.
//! See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

use serde_json::{Map, Value, json};

use super::resolution::written_model;
use super::{member, variables};
use crate::aws::ConverseRequest;
use crate::config::Settings;
use crate::context::Context;
use crate::error::Error;

/// Whether the ID to invoke is the ARN of a prompt.
pub fn is_arn(id: &str) -> bool {
    id.starts_with("arn:") && id.splitn(6, ':').nth(5).is_some_and(|resource| resource.starts_with("prompt/"))
}

/// Whether the model of the settings is the ARN of a prompt, which needs no other prompt.
pub fn is_configured(context: &Context) -> bool {
    written_model(&context.settings).is_some_and(|text| is_arn(text.trim()))
}

/// Adds the variables to a request that invokes a prompt.
///
/// # Errors
/// If there are variables without a prompt, or the request has something that is a part of the prompt.
pub fn complete(request: &mut ConverseRequest, variables: &[(String, String)], context: &Context) -> Result<(), Error> {
    // A template uses all of them itself.
    let is_free = context.template.is_none() && !variables.is_empty();
    if !is_arn(&request.model_id) {
        return if is_free {
            Err(Error::usage("`--var` has no effect without `--template`, or a prompt ARN as the model"))
        } else {
            Ok(())
        };
    }
    reject_parts(request, &context.settings)?;
    if request.prompt.is_empty() && !request.attachments.is_empty() {
        return Err(Error::usage("a prompt is needed beside the attachments")
            .hint("bedrock-ask -m ARN -a FILE \"your question\""));
    }
    if is_free {
        let values: Map<String, Value> =
            variables::values(variables)?.into_iter().map(|(name, value)| (name, json!({ "text": value }))).collect();
        request.members.insert(member::PROMPT_VARIABLES, Value::Object(values));
    }
    Ok(())
}

/// Refuses what Bedrock takes only from the prompt itself.
fn reject_parts(request: &ConverseRequest, settings: &Settings) -> Result<(), Error> {
    let parts = [
        ("a system prompt", request.system.is_some(), Some(&settings.system.origin)),
        ("`max_tokens`", request.max_tokens.is_some(), Some(&settings.max_tokens.origin)),
        ("`temperature`", request.temperature.is_some(), Some(&settings.temperature.origin)),
        ("`top_p`", request.top_p.is_some(), Some(&settings.top_p.origin)),
        ("`stop_sequences`", !request.stop_sequences.is_empty(), Some(&settings.stop_sequences.origin)),
        ("`additionalModelRequestFields`", request.members.contains_key(member::ADDITIONAL), None),
        ("`toolConfig`", request.members.contains_key(member::TOOL_CONFIG), None),
    ];
    let Some((part, _, origin)) = parts.into_iter().find(|(_, is_given, _)| *is_given) else { return Ok(()) };
    Err(refused(part).causes(origin.map(|origin| format!("it comes from: {origin}"))))
}

/// Returns the error for what Bedrock takes only from the prompt itself.
pub fn refused(part: &str) -> Error {
    Error::usage(format!("{part} cannot be sent with a prompt of Prompt management"))
        .cause("Bedrock takes it from the prompt itself")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arn_of_a_prompt_is_told_from_other_arns() {
        for (id, is_prompt) in [
            ("arn:aws:bedrock:eu-central-1:111122223333:prompt/ABC", true),
            ("arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:prompt/ABC:2", true),
            ("arn:aws:bedrock:eu-central-1:111122223333:prompt-router/ABC", false),
            ("arn:aws:bedrock:eu-central-1:111122223333:default-prompt-router/prompt/x", false),
            ("prompt/ABC", false),
        ] {
            assert_eq!(is_arn(id), is_prompt, "{id}");
        }
    }
}
