//! The names of the members of a Converse body that are written as JSON. See
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

/// The fields that only some models have.
pub const ADDITIONAL: &str = "additionalModelRequestFields";
pub const GUARDRAIL: &str = "guardrailConfig";
pub const METADATA: &str = "requestMetadata";
/// The schema of the response, and the effort of the model.
pub const OUTPUT_CONFIG: &str = "outputConfig";
/// The variables of a prompt of Prompt management.
pub const PROMPT_VARIABLES: &str = "promptVariables";
pub const SERVICE_TIER: &str = "serviceTier";
pub const TOOL_CONFIG: &str = "toolConfig";
