//! How a response ended: the error for each stop reason, and for a response without text.
//! See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

use std::borrow::Cow;

use super::form::ResponseForm;
use crate::aws::{ConverseResponse, REASONING};
use crate::error::Error;

/// Returns the error for a response that breaks the protocol, or whose stop reason makes it incomplete. A response that
/// `max_tokens` was meant to cut is complete.
pub fn incomplete(response: &ConverseResponse, max_tokens: Option<i32>) -> Option<Error> {
    if let Some(fault) = response.fault() {
        let error = Error::incomplete("the response is malformed, and may be incomplete");
        return Some(error.cause(fault));
    }
    let (what, hint) = match (response.stop_reason.as_str(), max_tokens) {
        ("end_turn" | "stop_sequence" | "tool_use", _) | ("max_tokens", Some(_)) => return None,
        ("max_tokens", None) => (
            "the response was cut at the model's token limit",
            Some("ask for a shorter response, or use a model with a higher limit"),
        ),
        ("guardrail_intervened", _) => ("a guardrail intervened", None),
        ("content_filtered" | "refusal", _) => ("the response was filtered or refused", None),
        ("malformed_model_output" | "malformed_tool_use", _) => {
            ("the model's output was malformed", Some("try again: another response may be well-formed"))
        }
        ("model_context_window_exceeded", _) => (
            "the prompt and the response exceed the model's context window",
            Some("shorten the prompt, or use a model with a larger context window"),
        ),
        _ => ("the response ended for an unknown reason", None),
    };
    Some(Error::incomplete(what).cause(format!("stop reason: {}", response.stop_reason)).hints(hint))
}

/// Returns the error for a response without text, with what it holds instead.
fn without_text(response: &ConverseResponse) -> Option<Error> {
    if !response.text.is_empty() {
        return None;
    }
    let kinds = response.content.other_kinds();
    let content = match kinds {
        [] => "it is empty".to_owned(),
        kinds => format!("it contains only {}", quoted(kinds)),
    };
    let is_cut = response.stop_reason == "max_tokens" && kinds == [REASONING];
    let hint = is_cut.then_some("allow more tokens than the reasoning needs: `--max-tokens N`");
    let stop_reason = format!("stop reason: {}", response.stop_reason);
    Some(Error::incomplete("the response has no text").cause(content).cause(stop_reason).hints(hint))
}

/// Returns the error for a response that is not complete, as [`incomplete`] does, or that needs text and has none.
pub fn incomplete_or_empty(response: &ConverseResponse, max_tokens: Option<i32>, needs_text: bool) -> Option<Error> {
    incomplete(response, max_tokens).or_else(|| without_text(response).filter(|_| needs_text))
}

/// Returns the text of a complete response to a record of a batch: in this form, or all of its text if the record brought
/// its own request (`form` is `None`), which may ask for something else than text.
pub fn complete_text(
    form: Option<&ResponseForm>,
    response: &ConverseResponse,
    max_tokens: Option<i32>,
) -> Result<String, Error> {
    let needs_text = form.map_or_else(|| response.content.tool_calls().is_empty(), ResponseForm::is_text);
    if let Some(error) = incomplete_or_empty(response, max_tokens, needs_text) {
        return Err(error);
    }
    form.map_or_else(|| Ok(response.text.clone()), |form| form.render(response).map(Cow::into_owned))
}

/// Returns the warning about content that is not printed. Reasoning is never a part of the response's text; the first call
/// of a tool is what is printed if `is_call`.
pub fn left_out(response: &ConverseResponse, is_call: bool) -> Option<String> {
    let is_printed = |kind: &str| is_call && kind == "toolUse" && response.content.tool_calls().len() == 1;
    let kinds = response.content.other_kinds().iter();
    let kinds: Vec<_> = kinds.filter(|kind| *kind != REASONING && !is_printed(kind)).cloned().collect();
    let kinds = Some(kinds).filter(|kinds| !kinds.is_empty())?;
    Some(format!("the response also contains {}, which is not printed; `--format json` includes it", quoted(&kinds)))
}

/// Returns names in backticks.
pub fn quoted(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}
