//! What of a response belongs to the fields of its request: the reasoning, and the service tier that served it.

use super::tier;
use crate::aws::{Arrival, ConverseRequest, ConverseResponse, REASONING};
use crate::error::Error;
use crate::output::Output;

/// Prints reasoning to stderr.
pub fn show(reasoning: &Arrival<'_>, output: &mut Output) {
    match reasoning {
        Arrival::Reasoning(text) => output.reasoning(text),
        Arrival::RedactedReasoning => {
            output.end_reasoning();
            output.reasoning("[redacted reasoning]\n");
        }
        Arrival::Text(_) | Arrival::Event(_) => {}
    }
}

/// Reports a response without the reasoning or the service tier that was asked for.
pub fn report(shows_thinking: bool, request: &ConverseRequest, response: &ConverseResponse, output: &mut Output) {
    output.end_reasoning();
    if shows_thinking && response.content.reasoning().is_empty() {
        let has_block = response.content.other_kinds().iter().any(|kind| kind == REASONING);
        output.note(if has_block {
            "the model returned its reasoning without text"
        } else {
            "the response has no reasoning"
        });
    }
    match (tier(&request.members), response.service_tier.as_deref()) {
        (Some(asked), Some(served)) if asked != served => {
            output.warning(&format!("the request was served by the tier `{served}`, not by `{asked}`"));
        }
        (Some(asked), None) if asked != "default" => {
            output.note(&format!("the response does not tell whether the tier `{asked}` served the request"));
        }
        _ => {}
    }
}

/// Explains a response that was cut at the limit that a budget for thinking needs, and that was not asked for.
pub fn explain_limit(
    error: Error,
    request: &ConverseRequest,
    response: &ConverseResponse,
    asked: Option<i32>,
) -> Error {
    match request.max_tokens {
        Some(limit) if asked.is_none() && response.stop_reason == "max_tokens" && response.fault().is_none() => {
            Error::incomplete(format!("the response was cut at {limit} tokens"))
                .cause("that is the limit for this level of thinking if none is given; the reasoning counts towards it")
                .cause("stop reason: max_tokens")
                .hint(format!("--max-tokens {}", limit.saturating_mul(2)))
        }
        _ => error,
    }
}
