//! Stop reasons: the exit code and the message of each. See
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_runtime_Converse.html>.

use crate::error::{Error, ExitCode};

/// Returns the error for this stop reason, or `None` if the response is complete. A response that `max_tokens` was
/// meant to limit is complete.
pub fn incomplete(stop_reason: &str, max_tokens: Option<i32>) -> Option<Error> {
    let (what, hint) = match (stop_reason, max_tokens) {
        ("end_turn" | "stop_sequence" | "tool_use", _) | ("max_tokens", Some(_)) => return None,
        ("max_tokens", None) => (
            "the answer was cut at the model's own limit of tokens",
            Some("ask for less at once, or choose a model with a higher limit"),
        ),
        ("guardrail_intervened", _) => ("a guardrail stepped in", None),
        ("content_filtered" | "refusal", _) => ("the model withheld its answer", None),
        ("malformed_model_output" | "malformed_tool_use", _) => {
            ("the model's output was malformed", Some("ask again: this is often a matter of chance"))
        }
        ("model_context_window_exceeded", _) => (
            "prompt and answer together exceed the model's context window",
            Some("shorten the prompt, or choose a model with a larger window"),
        ),
        ("", _) => ("the answer ended without a reason", None),
        _ => ("the answer ended for a reason that this version does not know", None),
    };
    let error = Error::new(ExitCode::IncompleteResponse, what).cause(format!("stop reason: {stop_reason}"));
    Some(match hint {
        Some(hint) => error.hint(hint),
        None => error,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_stop_reason_is_complete_or_says_why_not() {
        for (reason, max_tokens, complete) in [
            ("end_turn", None, true),
            ("stop_sequence", None, true),
            ("tool_use", None, true),
            ("max_tokens", Some(5), true),
            ("max_tokens", None, false),
            ("guardrail_intervened", None, false),
            ("content_filtered", None, false),
            ("refusal", None, false),
            ("malformed_model_output", None, false),
            ("malformed_tool_use", None, false),
            ("model_context_window_exceeded", None, false),
            ("something_new", None, false),
        ] {
            let ending = incomplete(reason, max_tokens);
            assert_eq!(ending.is_none(), complete, "{reason}");
            if let Some(error) = ending {
                assert_eq!(error.exit, ExitCode::IncompleteResponse);
                assert_eq!(error.message.causes, [format!("stop reason: {reason}")]);
            }
        }
    }
}
