//! One source Region of a run: where its requests go, how fast, and what they cost.

use std::hash::{BuildHasher, RandomState};

use crate::aws::{Aws, BedrockRuntime, Usage};
use crate::commands::ask::Pricing;
use crate::commands::explanation::explain;
use crate::context::Context;
use crate::error::Error;
use bedrock_ask::diagnosis::Diagnosis;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::resolution::{Resolution, ResolveError};

/// How many tokens of the quota an output token counts for, for Claude 3.7 and later. See
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/quotas-token-burndown.html>.
const OUTPUT_WEIGHT: u64 = 5;

/// The models of Anthropic to which that does not apply.
const WITHOUT_WEIGHT: [&str; 6] =
    ["claude-3-haiku", "claude-3-sonnet", "claude-3-opus", "claude-3-5", "claude-v2", "claude-instant"];

pub struct RunRegion {
    pub resolution: Resolution,
    pub runtime: BedrockRuntime,
    pub pricing: Option<Pricing>,
    output_weight: u64,
}

impl RunRegion {
    /// Prepares the client of the Region that the model was resolved from.
    pub fn new(resolution: Resolution, aws: &Aws, context: &Context) -> Result<Self, Error> {
        let region = resolution.source_region.ok_or_else(ResolveError::no_source_region)?;
        let model = resolution.model.as_deref();
        let pricing = model.and_then(|model| Pricing::new(model, &resolution.id, &context.catalog));
        Ok(Self {
            runtime: aws.in_region(region).bedrock_runtime()?,
            pricing,
            output_weight: output_weight(model),
            resolution,
        })
    }

    /// Returns the tokens of the quota that a call has used.
    pub fn used(&self, usage: &Usage) -> u64 {
        let count = |tokens: i32| u64::try_from(tokens).unwrap_or_default();
        let written = usage.cache_write_input_tokens.unwrap_or_default();
        count(usage.input_tokens) + count(written) + count(usage.output_tokens) * self.output_weight
    }

    /// Returns what a failure in this Region means.
    pub fn diagnose(&self, failure: &Failure, context: &Context) -> Diagnosis {
        let request = context.resolve_request_from(self.resolution.source_region);
        explain(failure, &self.resolution, &request, context)
    }
}

fn output_weight(model: Option<&str>) -> u64 {
    match model.and_then(|model| model.strip_prefix("anthropic.")) {
        Some(name) if !WITHOUT_WEIGHT.iter().any(|old| name.starts_with(old)) => OUTPUT_WEIGHT,
        _ => 1,
    }
}

/// Returns a random number from 0 to 1.
pub fn random(name: &str) -> f64 {
    f64::from(u32::try_from(random_seed(name) >> 32).unwrap_or_default()) / f64::from(u32::MAX)
}

/// Returns a number that differs from run to run.
pub fn random_seed(name: &str) -> u64 {
    RandomState::new().hash_one(name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_output_token_of_newer_claude_models_counts_five_times() {
        for (model, weight) in [
            ("anthropic.claude-haiku-4-5-20251001-v1:0", 5),
            ("anthropic.claude-3-7-sonnet-20250219-v1:0", 5),
            ("anthropic.claude-3-5-sonnet-20240620-v1:0", 1),
            ("anthropic.claude-3-haiku-20240307-v1:0", 1),
            ("amazon.nova-lite-v1:0", 1),
        ] {
            assert_eq!(output_weight(Some(model)), weight, "{model}");
        }
    }
}
