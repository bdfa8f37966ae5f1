//! The account's guardrails and managed prompts, and Bedrock's rules for requests that name them.

use serde_json::Value;

use super::faults::Refusal;
use super::rules::{ACCOUNT, arn_resource, partition};

/// The model of every managed prompt.
const PROMPT_MODEL: &str = "eu.amazon.nova-lite-v1:0";

/// The guardrails and the managed prompts of the account.
#[derive(Default)]
pub struct Resources {
    /// Each guardrail's ID and version.
    pub guardrails: Vec<(String, String)>,
    /// Each prompt's ID, with a version if it has one, and the variables in its text.
    pub prompts: Vec<(String, Vec<String>)>,
}

impl Resources {
    /// Returns Bedrock's error for the guardrail of this body, if any.
    pub fn check_guardrail(&self, body: &Value, region: &str) -> Result<(), Refusal> {
        let config = &body["guardrailConfig"];
        if config.is_null() {
            return Ok(());
        }
        let text = |name: &str| config[name].as_str().unwrap_or_default();
        let (id, version) = (text("guardrailIdentifier"), text("guardrailVersion"));
        let is_version = version == "DRAFT" || version.parse::<u32>().is_ok_and(|number| number > 0);
        if !is_version
            || ![Value::Null, "enabled".into(), "disabled".into(), "enabled_full".into()].contains(&config["trace"])
        {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{config}' at 'guardrailConfig' failed to satisfy constraint"
            )));
        }
        let prefix = format!("arn:{}:bedrock:{region}:{ACCOUNT}:guardrail/", partition(region));
        let name = id.strip_prefix(&prefix).unwrap_or(id);
        if self.guardrails.iter().any(|known| (known.0.as_str(), known.1.as_str()) == (name, version)) {
            return Ok(());
        }
        Err(Refusal::validation("The guardrail identifier or version provided in the request does not exist."))
    }

    /// Returns the model of the prompt that this ARN names, or Bedrock's error; `None` if it names no prompt.
    pub fn prompt(&self, arn: &str, body: &Value, region: &str) -> Option<Result<String, Refusal>> {
        let ("prompt", id) = arn_resource(arn) else { return None };
        if arn.split(':').nth(3) != Some(region) {
            return Some(Err(Refusal::validation("The provided ARN is invalid for the service region")));
        }
        let Some((_, variables)) = self.prompts.iter().find(|(known, _)| known == id) else {
            return Some(Err(Refusal::not_found(
                "The specified prompt could not be found: the exact words are not known",
            )));
        };
        let refused = ["additionalModelRequestFields", "inferenceConfig", "system", "toolConfig"];
        if let Some(member) = refused.iter().find(|member| !body[**member].is_null()) {
            let message = format!("{member} cannot be overridden for a prompt: the exact words are not known");
            return Some(Err(Refusal::validation(message)));
        }
        let value = |name: &String| body["promptVariables"][name]["text"].as_str();
        if let Some(missing) = variables.iter().find(|name| value(name).is_none()) {
            let message = format!("the variable {missing} has no value: the exact words are not known");
            return Some(Err(Refusal::validation(message)));
        }
        Some(Ok(PROMPT_MODEL.to_owned()))
    }
}
