//! A line of the output: the result of one record, in the form of Bedrock's batch inference, or its text alone.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::commands::batch::record::RecordOutcome;
use crate::commands::batch::record_line::{self, Body};

/// Returns the result of a record as a line: whole, or with the text alone. Of a response that arrived and is not complete,
/// the line has the error too.
pub fn line(id: &str, model_input: &str, outcome: &RecordOutcome, text_alone: bool) -> String {
    let response = outcome.response.as_ref();
    let model_output = response.filter(|_| !text_alone).map(|response| as_json(&response.model_output));
    let body = if text_alone {
        Body::Text(response.map(|response| &*response.text))
    } else {
        Body::Whole { model_input, model_output: model_output.as_deref() }
    };
    let error = outcome.error.as_ref();
    let error = error.map(|error| record_line::error(error.code, &error.message, false, error.is_retryable));
    let mut line = String::new();
    record_line::write_result(&mut line, id, body, error.as_deref());
    line
}

/// Returns a body that may be no JSON as JSON.
fn as_json(body: &str) -> Cow<'_, str> {
    match serde_json::from_str::<IgnoredAny>(body) {
        Ok(_) => body.trim_matches([' ', '\t', '\r', '\n']).into(),
        Err(_) => Value::from(body).to_string().into(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::batch::record::{RecordError, RecordResponse};

    fn line(id: &str, model_input: &str, outcome: &RecordOutcome, text_alone: bool) -> String {
        super::line(id, model_input, outcome, text_alone).strip_suffix('\n').unwrap().to_owned()
    }

    fn outcome(model_output: Option<&str>, error: Option<RecordError>) -> RecordOutcome {
        let response = model_output.map(|model_output| RecordResponse {
            model_output: model_output.to_owned(),
            text: "a \"b\"\nc\u{2028}".to_owned(),
            ..RecordResponse::default()
        });
        RecordOutcome { response, error, retries: 0 }
    }

    fn responded(model_output: &str) -> RecordOutcome {
        outcome(Some(model_output), None)
    }

    fn failed(model_output: Option<&str>) -> RecordOutcome {
        let error = RecordError { code: 400, message: "The model's \"limit\"".to_owned(), ..RecordError::default() };
        outcome(model_output, Some(error))
    }

    #[test]
    fn what_was_sent_and_what_arrived_are_kept_byte_for_byte() {
        let outcome = responded("{\"b\": 1.0,\r\n\t\"a\":\"\\n\\u00e4\",\"a\":1e5}\n");
        assert_eq!(
            line("a\"1", "{\"z\":1,\n\"a\" : 2}", &outcome, false),
            "{\"recordId\":\"a\\\"1\",\"modelInput\":{\"z\":1, \"a\" : 2},\"modelOutput\":{\"b\": 1.0,  \t\"a\":\"\\n\\u00e4\",\"a\":1e5}}"
        );
    }

    #[test]
    fn a_text_is_one_line() {
        assert_eq!(
            line("1", "{}", &responded("{}"), true),
            "{\"recordId\":\"1\",\"text\":\"a \\\"b\\\"\\nc\u{2028}\"}"
        );
    }

    #[test]
    fn a_failure_has_an_error_and_what_arrived() {
        let error =
            r#""error":{"errorCode":400,"errorMessage":"The model's \"limit\"","expired":false,"retryable":false}}"#;
        assert_eq!(line("1", "{}", &failed(None), false), format!(r#"{{"recordId":"1","modelInput":{{}},{error}"#));
        assert_eq!(line("1", "{}", &failed(None), true), format!(r#"{{"recordId":"1",{error}"#));
        let arrived = failed(Some(r#"{"x":1}"#));
        let expected = format!(r#"{{"recordId":"1","modelInput":{{}},"modelOutput":{{"x":1}},{error}"#);
        assert_eq!(line("1", "{}", &arrived, false), expected);
        assert!(line("1", "{}", &arrived, true).starts_with("{\"recordId\":\"1\",\"text\":"));
    }

    #[test]
    fn what_is_not_json_breaks_no_line() {
        let outcome = responded("<html>\n");
        assert_eq!(
            line("1", "{}", &outcome, false),
            "{\"recordId\":\"1\",\"modelInput\":{},\"modelOutput\":\"<html>\\n\"}"
        );
    }
}
