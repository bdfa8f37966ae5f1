//! A line of the output: the result of one record, in the form of Bedrock's batch inference, or its text alone.

use serde::de::IgnoredAny;

use crate::commands::batch::record::{RecordError, RecordOutcome};
use crate::commands::batch::record_line;

/// Returns the result of a record as a line, without the line break: whole, or with the text alone. Of a response that
/// arrived and is not complete, the line has the error too.
pub fn line(id: &str, model_input: &str, outcome: &RecordOutcome, text: bool) -> String {
    let (response, error) = match outcome {
        RecordOutcome::Response(response) => (Some(response), None),
        RecordOutcome::Failed(error) => (error.response.as_ref(), Some(error)),
    };
    let output = response.map_or("", |response| if text { &response.text } else { &response.model_output });
    let mut line = String::with_capacity(id.len() + model_input.len() + output.len() + 64);
    record_line::start(&mut line, id);
    if !text {
        record_line::push_json(&mut line, "modelInput", model_input);
    }
    if response.is_some() {
        if text {
            record_line::push_text(&mut line, "text", output);
        } else if serde_json::from_str::<IgnoredAny>(output).is_ok() {
            record_line::push_json(&mut line, "modelOutput", output.trim_matches([' ', '\t', '\r', '\n']));
        } else {
            record_line::push_text(&mut line, "modelOutput", output);
        }
    }
    if let Some(RecordError { code, message, is_retryable, .. }) = error {
        record_line::push_json(&mut line, "error", &record_line::error(*code, message, false, *is_retryable));
    }
    line += "}";
    line
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;
    use crate::commands::batch::record::RecordResponse;

    fn response(model_output: &str) -> RecordResponse {
        RecordResponse {
            model_output: model_output.to_owned(),
            text: "a \"b\"\nc\u{2028}".to_owned(),
            stop_reason: "end_turn".to_owned(),
            usage: None,
            dollars: None,
            latency: Duration::ZERO,
            retries: 0,
        }
    }

    fn failed(response: Option<RecordResponse>) -> RecordOutcome {
        RecordOutcome::Failed(RecordError {
            code: 400,
            message: "The model's \"limit\"".to_owned(),
            diagnosis: "cut-off".to_owned(),
            is_retryable: false,
            response,
            retries: 0,
        })
    }

    #[test]
    fn what_was_sent_and_what_arrived_are_kept_byte_for_byte() {
        let outcome = RecordOutcome::Response(response("{\"b\": 1.0,\r\n\t\"a\":\"\\n\\u00e4\",\"a\":1e5}\n"));
        assert_eq!(
            line("a\"1", "{\"z\":1,\n\"a\" : 2}", &outcome, false),
            "{\"recordId\":\"a\\\"1\",\"modelInput\":{\"z\":1, \"a\" : 2},\"modelOutput\":{\"b\": 1.0,  \t\"a\":\"\\n\\u00e4\",\"a\":1e5}}"
        );
    }

    #[test]
    fn a_text_is_one_line() {
        assert_eq!(
            line("1", "{}", &RecordOutcome::Response(response("{}")), true),
            "{\"recordId\":\"1\",\"text\":\"a \\\"b\\\"\\nc\u{2028}\"}"
        );
    }

    #[test]
    fn a_failure_has_an_error_and_what_arrived() {
        let error =
            r#""error":{"errorCode":400,"errorMessage":"The model's \"limit\"","expired":false,"retryable":false}}"#;
        assert_eq!(line("1", "{}", &failed(None), false), format!(r#"{{"recordId":"1","modelInput":{{}},{error}"#));
        assert_eq!(line("1", "{}", &failed(None), true), format!(r#"{{"recordId":"1",{error}"#));
        let arrived = failed(Some(response(r#"{"x":1}"#)));
        let expected = format!(r#"{{"recordId":"1","modelInput":{{}},"modelOutput":{{"x":1}},{error}"#);
        assert_eq!(line("1", "{}", &arrived, false), expected);
        assert!(line("1", "{}", &arrived, true).starts_with("{\"recordId\":\"1\",\"text\":"));
    }

    #[test]
    fn what_is_not_json_breaks_no_line() {
        let outcome = RecordOutcome::Response(response("<html>\n"));
        assert_eq!(
            line("1", "{}", &outcome, false),
            "{\"recordId\":\"1\",\"modelInput\":{},\"modelOutput\":\"<html>\\n\"}"
        );
    }
}
