//! JSON from the command line that is sent as it is written: read without a loss, and merged without a guess.

use std::path::Path;

use serde_json::{Map, Value};

use crate::commands::ask::prompt;
use crate::error::Error;
use bedrock_ask::model::policy::unique_json::UniqueJson;

/// A member that two sources give different values.
#[derive(Debug, PartialEq)]
pub struct Conflict {
    member: String,
    /// Both as JSON.
    values: [String; 2],
}

impl Conflict {
    /// Returns the error for the source that brings the second value.
    pub fn error(self, source: &str) -> Error {
        let Self { member, values: [first, second] } = self;
        Error::usage(format!("`{member}` has two values: `{first}` and `{second}`"))
            .cause(format!("the second one comes from {source}"))
    }
}

/// Reads a JSON object from the argument of `--field`, or from the file that it names. Returns how to name its source too.
///
/// # Errors
/// If it is not a JSON object, or holds a number that cannot be sent as it is written.
pub fn object(argument: &str) -> Result<(String, Map<String, Value>), Error> {
    const FLAG: &str = "`--field`";
    let (source, text) = match argument.strip_prefix('@') {
        Some(file) => {
            (format!("`{file}`"), prompt::read_file(Path::new(file))?.trim_start_matches('\u{feff}').to_owned())
        }
        None => (FLAG.to_owned(), argument.to_owned()),
    };
    let UniqueJson(value) = serde_json::from_str(&text).map_err(|error| {
        let example = (source == FLAG).then_some(r#"--field '{"top_k": 5}'"#);
        Error::usage(format!("{source} is not valid JSON")).cause(error.to_string()).hints(example)
    })?;
    if let Some(number) = inexact_number(&text) {
        return Err(Error::usage(format!("the number `{number}` in {source} cannot be sent exactly"))
            .cause("it has more digits than a number of 64 bits holds"));
    }
    match value {
        Value::Object(members) => Ok((source, members)),
        other => Err(Error::usage(format!("{source} is not a JSON object, but {}", kind(&other)))),
    }
}

/// Adds members to an object; objects are merged.
///
/// # Errors
/// If a member has another value already.
pub fn merge(into: &mut Map<String, Value>, from: Map<String, Value>, path: &str) -> Result<(), Conflict> {
    for (name, value) in from {
        match (into.get_mut(&name), value) {
            (None, value) => drop(into.insert(name, value)),
            (Some(Value::Object(known)), Value::Object(members)) => merge(known, members, &format!("{path}.{name}"))?,
            (Some(known), value) if *known == value => {}
            (Some(known), value) => {
                return Err(Conflict {
                    member: format!("{path}.{name}"),
                    values: [known.to_string(), value.to_string()],
                });
            }
        }
    }
    Ok(())
}

fn kind(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a string",
        Value::Array(_) => "an array",
        Value::Object(_) => "an object",
    }
}

/// Returns the first number in valid JSON that would be written with another value.
fn inexact_number(json: &str) -> Option<&str> {
    let mut rest = json;
    while let Some(start) = rest.find(|letter: char| letter == '"' || letter == '-' || letter.is_ascii_digit()) {
        rest = &rest[start..];
        if let Some(string) = rest.strip_prefix('"') {
            rest = after_string(string);
            continue;
        }
        let is_of_number = |letter: char| letter.is_ascii_digit() || "+-.eE".contains(letter);
        let (number, after) = rest.split_at(rest.find(|letter| !is_of_number(letter)).unwrap_or(rest.len()));
        let written = serde_json::from_str::<Value>(number).map(|value| value.to_string());
        if !written.is_ok_and(|written| decimal(&written) == decimal(number)) {
            return Some(number);
        }
        rest = after;
    }
    None
}

/// Returns what stands behind a string, of which this is the rest.
fn after_string(rest: &str) -> &str {
    let mut is_escaped = false;
    let end = rest.bytes().position(|byte| {
        let is_end = byte == b'"' && !is_escaped;
        is_escaped = byte == b'\\' && !is_escaped;
        is_end
    });
    end.map_or("", |end| &rest[end + 1..])
}

/// Returns the sign, the significant digits and the power of ten of a number in JSON: the same for all ways to write it.
fn decimal(number: &str) -> (bool, String, i64) {
    let (mantissa, exponent) = number.split_once(['e', 'E']).unwrap_or((number, "0"));
    let (is_negative, mantissa) = mantissa.strip_prefix('-').map_or((false, mantissa), |rest| (true, rest));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_end_matches('0');
    let zeros = digits.len() - significant.len();
    let significant = significant.trim_start_matches('0').to_owned();
    if significant.is_empty() {
        return (is_negative, significant, 0);
    }
    // An exponent that does not fit is one of a number that JSON cannot hold anyway.
    let exponent = exponent.parse::<i64>().unwrap_or(i64::MAX / 2);
    let shift = i64::try_from(zeros).unwrap_or_default() - i64::try_from(fraction.len()).unwrap_or_default();
    (is_negative, significant, exponent.saturating_add(shift))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_object_is_read_as_it_is_written() {
        for json in [
            r#"{"z":1,"a":{"c":0.1,"b":[1.5,-3,true,null]}}"#,
            r#"{"n":18446744073709551615,"m":-9223372036854775808,"f":0.30000000000000004,"t":"1e400 \" 12345678901234567890123"}"#,
            r#"{"é":"\\","x":1e-7}"#,
        ] {
            let (source, members) = object(json).unwrap();
            assert_eq!((source.as_str(), Value::Object(members).to_string().as_str()), ("`--field`", json));
        }
        // Another way to write the same number.
        for number in ["1e2", "-0", "-0.0", "0.10", "1E+2", "100.0e-1"] {
            assert!(object(&format!("{{\"a\": {number}}}")).is_ok(), "{number}");
        }
    }

    #[test]
    fn a_number_that_would_change_is_refused() {
        for number in ["123456789012345678901", "0.1234567890123456789", "1e-400", "18446744073709551616.5"] {
            let error = object(&format!("{{\"a\": [1, {{\"b\": {number}}}]}}")).unwrap_err();
            assert_eq!(error.message.summary, format!("the number `{number}` in `--field` cannot be sent exactly"));
        }
        assert_eq!(object(r#"{"a": 1e400}"#).unwrap_err().message.causes, ["number out of range at line 1 column 11"]);
    }

    #[test]
    fn what_is_no_object_is_refused_with_its_position() {
        for (text, summary, cause) in [
            ("", "`--field` is not valid JSON", "EOF while parsing a value at line 1 column 0"),
            ("{\"a\":\n x}", "`--field` is not valid JSON", "expected value at line 2 column 2"),
            ("{} {}", "`--field` is not valid JSON", "trailing characters at line 1 column 4"),
            ("{'a': 1}", "`--field` is not valid JSON", "key must be a string at line 1 column 2"),
            ("[1]", "`--field` is not a JSON object, but an array", ""),
            ("null", "`--field` is not a JSON object, but null", ""),
        ] {
            let message = object(text).unwrap_err().message;
            assert_eq!((message.summary.as_str(), message.causes.concat().as_str()), (summary, cause));
        }
        assert!(object(r#"{"a": {"b": 1, "b": 2}}"#).is_err());
        assert!(object(&format!("{}1{}", "{\"a\":".repeat(200), "}".repeat(200))).is_err());
    }

    #[test]
    fn objects_are_merged_and_two_values_are_a_conflict() {
        let merged = |one: Value, other: Value| {
            let (Value::Object(mut one), Value::Object(other)) = (one, other) else { panic!("objects") };
            merge(&mut one, other, "x").map(|()| Value::Object(one))
        };
        let one = json!({"a": {"b": 1}, "c": [1]});
        assert_eq!(merged(one.clone(), json!({"a": {"d": 2}, "c": [1]})), Ok(json!({"a": {"b": 1, "d": 2}, "c": [1]})));
        for (other, member) in [
            (json!({"a": {"b": 2}}), "x.a.b"),
            (json!({"a": 1}), "x.a"),
            (json!({"c": [2]}), "x.c"),
            (json!({"a": {"b": null}}), "x.a.b"),
        ] {
            assert_eq!(merged(one.clone(), other).unwrap_err().member, member);
        }
    }
}
