//! A record in JSON: which members it has, and what they must be.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, Visitor};
use serde_json::error::Category;
use serde_json::value::RawValue;

use super::reader::UnplacedRecord;
use super::shape::RecordShape;
use crate::commands::ask::body;
use crate::commands::batch::record::RecordContent;
use crate::commands::stdin::{self, LIMIT};
use crate::config::yaml::{nearest, quoted_list};
use crate::error::Error;

/// The members of a record.
pub const ID: &str = "recordId";
pub const PROMPT: &str = "prompt";
pub const SYSTEM: &str = "system";
pub const MAX_TOKENS: &str = "maxTokens";
const MODEL_INPUT: &str = "modelInput";
const KNOWN: [&str; 5] = [ID, PROMPT, SYSTEM, MAX_TOKENS, MODEL_INPUT];

/// The members of a whole request, which a record has in its `modelInput`.
const OF_REQUEST: [&str; 5] = ["messages", "inferenceConfig", "toolConfig", "guardrailConfig", "outputConfig"];

/// The members of an object in their order, repeated ones included.
struct Members<'a>(Vec<(String, &'a RawValue)>);

/// The members of a record.
#[derive(Default)]
struct RecordMembers<'a> {
    id: Option<String>,
    prompt: Option<String>,
    system: Option<String>,
    max_tokens: Option<i32>,
    model_input: Option<&'a RawValue>,
}

pub fn row(line: &str, shape: &RecordShape) -> Result<UnplacedRecord, Error> {
    let Members(members) = serde_json::from_str(line).map_err(|error| not_an_object(line, &error))?;
    let mut record = RecordMembers::default();
    for (name, value) in &members {
        let is_repeated = match name.as_str() {
            ID => record.id.replace(id(string(ID, value, line)?)?).is_some(),
            PROMPT => record.prompt.replace(text(PROMPT, string(PROMPT, value, line)?)?).is_some(),
            SYSTEM => record.system.replace(text(SYSTEM, string(SYSTEM, value, line)?)?).is_some(),
            MAX_TOKENS => record.max_tokens.replace(max_tokens(value.get())?).is_some(),
            MODEL_INPUT => record.model_input.replace(value).is_some(),
            _ => return Err(unknown(name)),
        };
        if is_repeated {
            return Err(Error::usage(format!("`{name}` is given twice")));
        }
    }
    let RecordMembers { id, prompt, system, max_tokens, model_input } = record;
    match (prompt, model_input) {
        (Some(prompt), None) => {
            let content = shape.content(prompt, system, max_tokens)?;
            Ok(UnplacedRecord { id, content })
        }
        (None, Some(body)) => {
            let beside = [(SYSTEM, system.is_some()), (MAX_TOKENS, max_tokens.is_some())];
            if let Some((name, _)) = beside.iter().find(|(_, is_given)| *is_given) {
                return Err(whole_request(name));
            }
            let max_tokens = body::max_tokens(body.get()).map_err(|unfit| unfit.error("`modelInput`", ""))?;
            if let Some(option) = shape.option {
                return Err(whole_request(option));
            }
            Ok(UnplacedRecord { id, content: RecordContent::ModelInput { body: body.get().into(), max_tokens } })
        }
        (Some(_), Some(_)) => Err(Error::usage("it has both `prompt` and `modelInput`")),
        (None, None) => Err(Error::usage("it has neither `prompt` nor `modelInput`")),
    }
}

fn whole_request(other: &str) -> Error {
    Error::usage(format!("`{other}` cannot be used with `modelInput`, which is sent as it is"))
}

/// Returns the ID of a record, which must not be empty.
pub fn id(text: String) -> Result<String, Error> {
    if text.is_empty() { Err(must_be(ID, "text that is not empty")) } else { Ok(text) }
}

/// Returns a text, which must be neither blank nor longer than any model takes.
pub fn text(name: &str, text: String) -> Result<String, Error> {
    if text.trim().is_empty() {
        return Err(must_be(name, "text that is not blank"));
    }
    if text.len() > LIMIT {
        return Err(stdin::too_long(&format!("`{name}`")));
    }
    Ok(text)
}

/// Parses a limit of tokens.
pub fn max_tokens(text: &str) -> Result<i32, Error> {
    let is_number = text.bytes().all(|byte| byte.is_ascii_digit());
    let limit = text.parse().ok().filter(|limit| is_number && *limit >= 1);
    limit.ok_or_else(|| must_be(MAX_TOKENS, &format!("a whole number from 1 to {}", i32::MAX)))
}

fn string(name: &str, value: &RawValue, line: &str) -> Result<String, Error> {
    if !value.get().starts_with('"') {
        return Err(must_be(name, "text"));
    }
    serde_json::from_str(value.get()).map_err(|error| {
        let start = value.get().as_ptr().addr() - line.as_ptr().addr();
        not_json(start + error.column(), &error)
    })
}

fn must_be(name: &str, what: &str) -> Error {
    Error::usage(format!("`{name}` must be {what}"))
}

fn unknown(name: &str) -> Error {
    let error = Error::usage(format!("`{name}` is not a member of a record"));
    match nearest(name, &KNOWN) {
        Some(near) => error.hint(format!("did you mean `{near}`?")),
        None if OF_REQUEST.contains(&name) => error.hint("a whole request is the member `modelInput` of a record"),
        None => error.hint(format!("the members are {}", quoted_list(&KNOWN))),
    }
}

fn not_an_object(line: &str, error: &serde_json::Error) -> Error {
    match error.classify() {
        Category::Data if line.trim_start().starts_with('[') => Error::usage("it is not a JSON object")
            .hint("if the file is a JSON array: `jq -c '.[]' FILE` prints each of its elements on a line"),
        Category::Data => Error::usage("it is not a JSON object"),
        Category::Eof => not_json(error.column(), error)
            .hint("if records have several lines: `jq -c . FILE` prints each of them on one line"),
        _ => not_json(error.column(), error),
    }
}

fn not_json(column: usize, error: &serde_json::Error) -> Error {
    Error::usage(format!("it is not JSON: column {column}: {}", body::reason(error)))
}

impl<'de> Deserialize<'de> for Members<'de> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Object;

        impl<'de> Visitor<'de> for Object {
            type Value = Members<'de>;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("an object")
            }

            fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Self::Value, A::Error> {
                let mut members = Vec::new();
                while let Some(member) = map.next_entry()? {
                    members.push(member);
                }
                Ok(Members(members))
            }
        }

        deserializer.deserialize_map(Object)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: &str) -> String {
        row(line, &RecordShape::default()).unwrap_err().message.summary
    }

    #[test]
    fn a_record_has_a_prompt_or_a_whole_request() {
        let prompt = row(
            r#" {"recordId":"a\n","prompt":" Hi\u0021 ","system":"s","maxTokens":2147483647} "#,
            &RecordShape::default(),
        );
        let content = RecordContent::Prompt {
            text: " Hi! ".to_owned(),
            system: Some("s".to_owned()),
            max_tokens: Some(i32::MAX),
        };
        assert_eq!(prompt, Ok(UnplacedRecord { id: Some("a\n".to_owned()), content }));
        let deep = format!("{{\"new\" : {}{}}}", "[".repeat(1000), "]".repeat(1000));
        for (body, max_tokens) in [
            ("{ \"messages\":[ ],\"x\":1e400, \"u\":\"\\ud800\",\"a\":1,\"a\":2 }", None),
            ("{\"inferenceConfig\":{\"maxTokens\":5}}", Some(5)),
            (&deep, None),
        ] {
            let row = row(&format!("{{\"modelInput\": {body} }}"), &RecordShape::default());
            assert_eq!(
                row,
                Ok(UnplacedRecord { id: None, content: RecordContent::ModelInput { body: body.into(), max_tokens } })
            );
        }
    }

    #[test]
    fn each_fault_is_named() {
        for (line, expected) in [
            ("{}", "it has neither `prompt` nor `modelInput`"),
            (r#"{"prompt":"a","modelInput":{}}"#, "it has both `prompt` and `modelInput`"),
            (r#"{"prompt":"a","prompt":"b"}"#, "`prompt` is given twice"),
            (r#"{"modelInput":{},"modelInput":{}}"#, "`modelInput` is given twice"),
            (r#"{"promt":"a"}"#, "`promt` is not a member of a record"),
            (r#"{"prompt":1}"#, "`prompt` must be text"),
            (r#"{"prompt":null}"#, "`prompt` must be text"),
            (r#"{"prompt":" \n\u2003"}"#, "`prompt` must be text that is not blank"),
            (r#"{"prompt":"a","system":""}"#, "`system` must be text that is not blank"),
            (r#"{"prompt":"a","recordId":""}"#, "`recordId` must be text that is not empty"),
            (r#"{"prompt":"a","recordId":7}"#, "`recordId` must be text"),
            (r#"{"prompt":"a","maxTokens":0}"#, "`maxTokens` must be a whole number from 1 to 2147483647"),
            (r#"{"prompt":"a","maxTokens":2147483648}"#, "`maxTokens` must be a whole number from 1 to 2147483647"),
            (r#"{"prompt":"a","maxTokens":1.0}"#, "`maxTokens` must be a whole number from 1 to 2147483647"),
            (r#"{"prompt":"a","maxTokens":"5"}"#, "`maxTokens` must be a whole number from 1 to 2147483647"),
            (r#"{"modelInput":[]}"#, "`modelInput` is not a JSON object"),
            (
                r#"{"modelInput":{"modelId":"m"}}"#,
                "`modelInput` has the member `modelId`, which is not part of a request body",
            ),
            (
                r#"{"modelInput":{"modelInput":{}}}"#,
                "`modelInput` is a record of batch inference: the request is its `modelInput`",
            ),
            (r#"{"modelInput":{},"system":"s"}"#, "`system` cannot be used with `modelInput`, which is sent as it is"),
            ("[]", "it is not a JSON object"),
            ("7", "it is not a JSON object"),
            ("hello", "it is not JSON: column 1: expected value"),
            ("{", "it is not JSON: column 1: EOF while parsing an object"),
            (r#"{"prompt":"a"} {}"#, "it is not JSON: column 16: trailing characters"),
            (r#"{"prompt":"a",}"#, "it is not JSON: column 15: trailing comma"),
            (r#"{"prompt":"\ud800"}"#, "it is not JSON: column 18: unexpected end of hex escape"),
            (
                "{\"prompt\":\"a\u{1}\"}",
                "it is not JSON: column 12: control character (\\u0000-\\u001F) found while parsing a string",
            ),
        ] {
            assert_eq!(fault(line), expected, "{line}");
        }
    }

    #[test]
    fn the_nearest_member_is_offered() {
        let hint = |line: &str| row(line, &RecordShape::default()).unwrap_err().message.hints.remove(0);
        assert_eq!(hint(r#"{"record_id":"a"}"#), "did you mean `recordId`?");
        assert_eq!(hint(r#"{"max_tokens":"a"}"#), "did you mean `maxTokens`?");
        assert_eq!(hint(r#"{"ModelInput":"a"}"#), "did you mean `modelInput`?");
        assert_eq!(hint(r#"{"messages":[]}"#), "a whole request is the member `modelInput` of a record");
        assert!(hint(r#"{"colour":1}"#).starts_with("the members are `recordId`, "));
    }

    #[test]
    fn an_option_of_the_request_goes_with_no_whole_request() {
        let shape = RecordShape { option: Some("--stop"), ..RecordShape::default() };
        let error = row(r#"{"modelInput":{}}"#, &shape).unwrap_err();
        assert_eq!(error.message.summary, "`--stop` cannot be used with `modelInput`, which is sent as it is");
        assert!(row(r#"{"prompt":"a"}"#, &shape).is_ok());
    }
}
