//! Which models constrain a response to a JSON schema by themselves, through `outputConfig.textFormat` of Converse.
//! See <https://docs.aws.amazon.com/bedrock/latest/userguide/structured-output.html>.

/// The beginnings of the IDs of the models that support it.
///
/// A family of which AWS names every member is listed by its name, and a generation or a size by its own, so that a later
/// version of it counts as supporting it. Claude is listed by version, because the versions since 4.7 refuse it.
const NATIVE: &[&str] = &[
    "anthropic.claude-haiku-4-5",
    "anthropic.claude-opus-4-5",
    "anthropic.claude-opus-4-6",
    "anthropic.claude-sonnet-4-5",
    "anthropic.claude-sonnet-4-6",
    "google.gemma-3-12b",
    "google.gemma-3-27b",
    "minimax.minimax-m2",
    "mistral.magistral-small",
    "mistral.ministral-3",
    "mistral.mistral-large-3",
    "mistral.voxtral",
    "moonshot.kimi",
    "moonshotai.kimi",
    "nvidia.nemotron-nano",
    "qwen.qwen3",
    "zai.glm",
];

/// Whether the foundation model with this ID is known to support a JSON schema for its response. Of any other model, the
/// input of a tool can follow the schema.
///
/// ```
/// use bedrock_ask::model::structured_output;
///
/// assert!(structured_output::is_native("anthropic.claude-haiku-4-5-20251001-v1:0"));
/// assert!(!structured_output::is_native("amazon.nova-2-lite-v1:0"));
/// ```
pub fn is_native(id: &str) -> bool {
    let is_whole = |rest: &str| !rest.starts_with(|next: char| next.is_ascii_digit());
    NATIVE.iter().any(|known| id.strip_prefix(known).is_some_and(is_whole))
}

/// Which keywords a model accepts in the root of the schema for the input of a tool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ToolRoot {
    /// Every keyword of JSON Schema.
    Any,
    /// Every keyword but `oneOf`, `allOf` and `anyOf`.
    WithoutAlternatives,
    /// Only `type`, `properties` and `required`. See
    /// <https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html>.
    Plain,
}

impl ToolRoot {
    /// Returns what the model with this ID accepts: a foundation model ID, or the ID of an inference profile.
    ///
    /// ```
    /// use bedrock_ask::model::structured_output::ToolRoot;
    ///
    /// assert_eq!(ToolRoot::of("eu.amazon.nova-2-lite-v1:0"), ToolRoot::Plain);
    /// assert_eq!(ToolRoot::of("anthropic.claude-opus-4-7"), ToolRoot::WithoutAlternatives);
    /// assert_eq!(ToolRoot::of("openai.gpt-oss-20b-1:0"), ToolRoot::Any);
    /// ```
    pub fn of(id: &str) -> Self {
        if id.contains("amazon.nova-") {
            Self::Plain
        } else if id.contains("anthropic.claude-") {
            Self::WithoutAlternatives
        } else {
            Self::Any
        }
    }

    /// Whether the root may have this keyword.
    pub fn accepts(self, keyword: &str) -> bool {
        match self {
            Self::Any => true,
            Self::WithoutAlternatives => !["oneOf", "allOf", "anyOf"].contains(&keyword),
            Self::Plain => ["type", "properties", "required"].contains(&keyword),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::catalog;

    #[test]
    fn a_version_of_claude_is_native_or_not_and_other_families_as_a_whole() {
        for (id, expected) in [
            ("anthropic.claude-haiku-4-5-20251001-v1:0", true),
            ("anthropic.claude-opus-4-6-v1", true),
            ("anthropic.claude-sonnet-4-6", true),
            ("anthropic.claude-opus-4-7", false),
            ("anthropic.claude-opus-4-1-20250805-v1:0", false),
            ("anthropic.claude-sonnet-4-20250514-v1:0", false),
            ("anthropic.claude-sonnet-5", false),
            ("anthropic.claude-opus-4-50", false),
            ("amazon.nova-2-lite-v1:0", false),
            ("meta.llama3-3-70b-instruct-v1:0", false),
            ("mistral.pixtral-large-2502-v1:0", false),
            ("mistral.mistral-large-2407-v1:0", false),
            ("mistral.mistral-large-3-675b-instruct", true),
            ("google.gemma-3-4b-it", false),
            ("google.gemma-3-27b-it", true),
            ("nvidia.nemotron-nano-3-30b", true),
            ("nvidia.nemotron-super-3-120b", false),
            ("minimax.minimax-m2.1", true),
            ("qwen.qwen3-coder-next", true),
            ("zai.glm-4.7-flash", true),
            ("moonshotai.kimi-k2.5", true),
        ] {
            assert_eq!(is_native(id), expected, "{id}");
        }
    }

    #[test]
    fn each_entry_begins_the_id_of_a_model() {
        for known in NATIVE {
            let mut ids = catalog().foundation_models().map(|model| model.id);
            assert!(ids.any(|id| id.starts_with(known)), "{known}");
        }
    }
}
