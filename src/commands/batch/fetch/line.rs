//! The lines of Bedrock's batch inference: of its input, of its output, and those that `fetch` writes, which are those of
//! `run`.

use std::borrow::Cow;

use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::aws::ConverseResponse;
use crate::commands::ask::body::max_tokens;
use crate::commands::ask::incomplete;
use crate::commands::batch::record_line::{self, Body};
use crate::error::Error;

/// A line of the input of a job: what `submit` has uploaded.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct InputLine<'a> {
    #[serde(borrow)]
    pub record_id: Cow<'a, str>,
    #[serde(borrow)]
    pub model_input: &'a RawValue,
}

/// A line of the output of a job. What is not read of it is kept byte for byte.
#[derive(Debug, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct ResultLine<'a> {
    #[serde(borrow)]
    pub record_id: Cow<'a, str>,
    #[serde(borrow)]
    pub model_input: Option<&'a RawValue>,
    #[serde(borrow)]
    pub model_output: Option<&'a RawValue>,
    #[serde(borrow)]
    pub error: Option<&'a RawValue>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Response<'a> {
    #[serde(borrow)]
    output: Option<ResponseOutput<'a>>,
    #[serde(borrow)]
    stop_reason: Option<Cow<'a, str>>,
    usage: Option<TokenCounts>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct ResponseOutput<'a> {
    #[serde(borrow)]
    message: Option<Message<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(default)]
struct Message<'a> {
    #[serde(borrow)]
    content: Vec<Block<'a>>,
}

#[derive(Debug, Default, Deserialize)]
#[serde(rename_all = "camelCase", default)]
struct Block<'a> {
    #[serde(borrow)]
    text: Option<Cow<'a, str>>,
    tool_use: Option<IgnoredAny>,
}

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "camelCase", default)]
pub struct TokenCounts {
    pub input_tokens: u64,
    pub output_tokens: u64,
}

/// A result as it is written.
#[derive(Debug)]
pub struct FetchedResult<'a> {
    model_input: &'a str,
    model_output: Option<&'a str>,
    text: Option<String>,
    /// In Bedrock's form.
    error: Option<Cow<'a, str>>,
    pub tokens: TokenCounts,
}

impl<'a> FetchedResult<'a> {
    /// Judges a line of the output. `model_input` is that of the input, for a line without one.
    pub fn of_line(line: &ResultLine<'a>, model_input: &'a str, is_converse: bool) -> Self {
        let model_input = line.model_input.map_or(model_input, RawValue::get);
        let mut fetched = Self {
            model_input,
            model_output: line.model_output.map(RawValue::get),
            text: None,
            error: line.error.map(|error| error.get().into()),
            tokens: TokenCounts::default(),
        };
        let Some(model_output) = fetched.model_output else {
            let neither = "the result has neither a response nor an error";
            fetched.error.get_or_insert_with(|| record_line::error(0, neither, false, false).into());
            return fetched;
        };
        if is_converse {
            let response = serde_json::from_str::<Response<'_>>(model_output);
            let fault = match &response {
                Ok(response) => response.fault(model_input),
                Err(_) => Some(record_line::error(200, "the response is malformed", false, false)),
            };
            let response = response.unwrap_or_default();
            fetched.tokens = response.usage.unwrap_or_default();
            fetched.text = response.output.is_some().then(|| response.text());
            if let Some(fault) = fault {
                fetched.error.get_or_insert_with(|| fault.into());
            }
        }
        fetched
    }

    /// Returns the result of a record that has no line in the output.
    pub fn missing(model_input: &'a str, error: String) -> Self {
        let error = Some(error.into());
        Self { model_input, model_output: None, text: None, error, tokens: TokenCounts::default() }
    }

    /// Whether there is no complete response.
    pub fn is_failed(&self) -> bool {
        self.error.is_some()
    }

    /// Replaces `line` by the result: whole, or with the text of the response alone.
    pub fn write(&self, id: &str, text_alone: bool, line: &mut String) {
        let body = if text_alone {
            Body::Text(self.text.as_deref())
        } else {
            Body::Whole { model_input: self.model_input, model_output: self.model_output }
        };
        record_line::write_result(line, id, body, self.error.as_deref());
    }

    /// Replaces `line` by a record of the input of the next try.
    pub fn write_input(&self, id: &str, line: &mut String) {
        record_line::write_input(line, id, self.model_input);
    }
}

/// Returns the error of a record that a job did not process, or that has no result for another reason.
pub fn unprocessed(message: &str, is_expired: bool) -> String {
    record_line::error(0, message, is_expired, true)
}

impl Response<'_> {
    fn blocks(&self) -> impl Iterator<Item = &Block<'_>> {
        self.output.iter().flat_map(|output| &output.message).flat_map(|message| &message.content)
    }

    fn text(&self) -> String {
        self.blocks().filter_map(|block| block.text.as_deref()).collect()
    }

    /// Returns why the response is not complete, as `run` judges it.
    fn fault(&self, model_input: &str) -> Option<String> {
        let stop_reason = self.stop_reason.as_deref().unwrap_or_default().to_owned();
        let is_retryable = stop_reason.starts_with("malformed");
        // A limit of the request is meant to cut the response.
        let limit = if stop_reason == "max_tokens" { max_tokens(model_input).unwrap_or_default() } else { None };
        let judged = ConverseResponse { stop_reason, ..ConverseResponse::default() };
        let is_empty = |block: &Block<'_>| block.tool_use.is_none() && block.text.as_deref().is_none_or(str::is_empty);
        let error = incomplete(&judged, limit)
            .or_else(|| self.blocks().all(is_empty).then(|| Error::incomplete("the response has no text")))?;
        Some(record_line::error(200, &error.summary_and_causes(), false, is_retryable))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn written(line: &str, text_alone: bool) -> (String, bool) {
        let parsed: ResultLine<'_> = serde_json::from_str(line).unwrap();
        let fetched = FetchedResult::of_line(&parsed, "{\"of\":\"input\"}", true);
        let mut written = String::new();
        fetched.write(&parsed.record_id, text_alone, &mut written);
        (written, fetched.is_failed())
    }

    const INPUT: &str = r#"{"messages": [ 1.0 ],"a":"\u00e4"}"#;

    fn output(stop_reason: &str) -> String {
        format!(
            r#"{{"output":{{"message":{{"content":[{{"text":"a\n"}},{{"x":{{}}}},{{"text":"b"}}]}}}},"stopReason":"{stop_reason}","usage":{{"inputTokens":3,"outputTokens":2}}}}"#
        )
    }

    #[test]
    fn a_result_is_kept_byte_for_byte_whatever_the_order_of_its_members() {
        let output = output("end_turn");
        let line = format!(r#"{{"modelOutput":{output}, "modelInput" : {INPUT},"recordId":"a\"b","new":1}}"#);
        let expected = format!("{{\"recordId\":\"a\\\"b\",\"modelInput\":{INPUT},\"modelOutput\":{output}}}\n");
        assert_eq!(written(&line, false), (expected, false));
        assert_eq!(written(&line, true), ("{\"recordId\":\"a\\\"b\",\"text\":\"a\\nb\"}\n".to_owned(), false));
    }

    #[test]
    fn an_error_of_aws_is_kept_and_the_input_is_that_of_the_job_if_the_line_has_none() {
        let error = r#"{"errorCode":400,"errorMessage":"no tools","expired":false,"retryable":false}"#;
        let line = format!(r#"{{"recordId":"1","error":{error}}}"#);
        let expected = format!("{{\"recordId\":\"1\",\"modelInput\":{{\"of\":\"input\"}},\"error\":{error}}}\n");
        assert_eq!(written(&line, false), (expected, true));
        assert_eq!(written(&line, true).0, format!("{{\"recordId\":\"1\",\"error\":{error}}}\n"));
    }

    #[test]
    fn an_incomplete_response_is_kept_and_fails() {
        let line = format!(r#"{{"recordId":"1","modelInput":{INPUT},"modelOutput":{}}}"#, output("max_tokens"));
        let (whole, failed) = written(&line, false);
        assert!(
            failed && whole.contains("\"modelOutput\":{\"output\"") && whole.contains("cut at the model's"),
            "{whole}"
        );
        let limited = line.replace(INPUT, r#"{"inferenceConfig":{"maxTokens":5}}"#);
        assert!(!written(&limited, false).1);
        assert!(written(&line.replace("max_tokens", "new_reason"), false).0.contains("stop reason: new_reason"));
    }

    #[test]
    fn what_has_neither_a_response_nor_an_error_fails() {
        assert!(written(r#"{"recordId":"1","modelOutput":null,"error":null}"#, false).1);
        let (text, failed) = written(r#"{"recordId":"1","modelOutput":{}}"#, true);
        assert!(failed && text.contains("no `stopReason`") && !text.contains("\"text\""), "{text}");
    }

    #[test]
    fn what_failed_is_a_record_of_an_input() {
        let fetched = FetchedResult::missing("{\"messages\":\n[]}", unprocessed("the job ended", true));
        let mut line = String::new();
        fetched.write_input("7", &mut line);
        assert_eq!(line, "{\"recordId\":\"7\",\"modelInput\":{\"messages\": []}}\n");
        fetched.write("7", false, &mut line);
        let error = r#"{"errorCode":0,"errorMessage":"the job ended","expired":true,"retryable":true}"#;
        assert_eq!(line, format!("{{\"recordId\":\"7\",\"modelInput\":{{\"messages\": []}},\"error\":{error}}}\n"));
    }
}
