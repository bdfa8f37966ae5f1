//! What becomes of a record: a response, complete or not, or an error, as the results keep it.

use super::pending::PendingRecord;
use crate::aws::{ConverseResponse, FailedAttempt};
use crate::commands::ask::{ResponseForm, complete_text};
use crate::commands::batch::record::{RecordError, RecordOutcome, RecordResponse};
use bedrock_ask::diagnosis::Diagnosis;

/// Returns what becomes of a record with this response. `form` is that of the text; `None` for a record that brought its
/// own request.
pub fn of_response(
    response: ConverseResponse,
    form: Option<&ResponseForm>,
    dollars: Option<f64>,
    pending: &PendingRecord,
) -> RecordOutcome {
    let (text, error) = match complete_text(form, &response, pending.record.max_tokens) {
        Ok(text) => (text, None),
        Err(error) => {
            let error = RecordError {
                code: 200,
                message: error.summary_and_causes(),
                diagnosis: diagnosis(&response),
                is_retryable: response.stop_reason.starts_with("malformed"),
            };
            (response.text, Some(error))
        }
    };
    let model_output = response.body.unwrap_or_default();
    let response = RecordResponse { model_output, text, usage: response.usage, dollars, latency: pending.latency };
    RecordOutcome { response: Some(response), error, retries: pending.sent - 1 }
}

/// Returns what becomes of a record whose request failed. A response that could not be understood is kept: it may be paid.
pub fn of_failure(attempt: &FailedAttempt, diagnosis: &Diagnosis, pending: &PendingRecord) -> RecordOutcome {
    let failure = &attempt.failure;
    let model_output = attempt.body.clone();
    let response = model_output.map(|model_output| RecordResponse {
        model_output,
        latency: pending.latency,
        ..RecordResponse::default()
    });
    let error = RecordError {
        code: failure.status.unwrap_or_default(),
        message: match &failure.code {
            Some(code) => format!("{code}: {}", failure.message),
            None => failure.message.clone(),
        },
        diagnosis: diagnosis.group.as_str().to_owned(),
        is_retryable: diagnosis.group.is_retryable(),
    };
    RecordOutcome { response, error: Some(error), retries: pending.sent - 1 }
}

/// The letters of the longest stop reason that is shown as it is.
const LONGEST_STOP_REASON: usize = 64;

/// Returns the name of what is wrong with a response that is not complete.
fn diagnosis(response: &ConverseResponse) -> String {
    let is_complete = matches!(response.stop_reason.as_str(), "end_turn" | "stop_sequence" | "tool_use" | "max_tokens");
    if response.fault().is_some() {
        return "malformed".to_owned();
    }
    match response.stop_reason.as_str() {
        "max_tokens" if response.text.is_empty() => "no-text".to_owned(),
        reason if !is_complete && !is_name(reason) => "unknown-stop-reason".to_owned(),
        reason if !is_complete || reason == "max_tokens" => reason.replace('_', "-"),
        _ if response.text.is_empty() && response.content.tool_calls().is_empty() => "no-text".to_owned(),
        _ => "schema".to_owned(),
    }
}

/// Whether a stop reason is written like those of AWS: it is printed in a line.
fn is_name(reason: &str) -> bool {
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_';
    (1..=LONGEST_STOP_REASON).contains(&reason.len()) && reason.bytes().all(is_of_name)
}
