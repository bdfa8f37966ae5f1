//! JSON as it is written: its value, and its text on one line, in which nothing but white space is changed.

use bedrock_ask::model::policy::unique_json::UniqueJson;
use serde::de::IgnoredAny;
use serde_json::Value;

/// A JSON text.
#[derive(Clone, Debug, PartialEq)]
pub struct JsonDocument {
    pub value: Value,
    /// The text without white space between its parts. A number that [`Value`] rounds stays as it is written.
    pub line: String,
}

/// Parses a text that is JSON as a whole.
///
/// # Errors
/// Why it is not, or which member an object has more than once.
pub fn parse(text: &str) -> Result<JsonDocument, String> {
    let reason = |error: serde_json::Error| error.to_string();
    // That a text is not JSON says more than that a member before is given twice.
    serde_json::from_str::<IgnoredAny>(text).map_err(reason)?;
    let UniqueJson(value) = serde_json::from_str(text).map_err(reason)?;
    Ok(JsonDocument { value, line: without_space(text) })
}

/// Returns valid JSON without the white space outside of its strings.
fn without_space(text: &str) -> String {
    let (mut line, mut in_string, mut is_escaped) = (String::with_capacity(text.len()), false, false);
    for c in text.chars() {
        if !in_string && c.is_ascii_whitespace() {
            continue;
        }
        if c == '"' && !is_escaped {
            in_string = !in_string;
        }
        is_escaped = in_string && c == '\\' && !is_escaped;
        line.push(c);
    }
    line
}

/// Returns one more step of a JSON Pointer.
pub fn step(pointer: &str, name: &str) -> String {
    format!("{pointer}/{}", name.replace('~', "~0").replace('/', "~1"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_text_keeps_its_order_and_its_numbers() {
        let text = "\t{ \"b\" : 1.10, \"a\": [ 12345678901234567890123, \"x \\\" \\\\\" , null ]\r\n}\n";
        let document = parse(text).unwrap();
        assert_eq!(document.line, r#"{"b":1.10,"a":[12345678901234567890123,"x \" \\",null]}"#);
        assert_eq!(document.value["a"][1], "x \" \\");
    }

    #[test]
    fn what_is_not_json_as_a_whole_is_refused() {
        for text in
            ["", "{", "{} {}", "```json\n{}\n```", "NaN", "1e999", "{'a': 1}", "[1,]", "\"\\ud800\"", "\u{feff}{}"]
        {
            assert!(parse(text).is_err(), "{text}");
        }
        let deep = "[".repeat(200) + &"]".repeat(200);
        assert!(parse(&deep).unwrap_err().contains("recursion limit"));
    }

    #[test]
    fn a_member_that_is_given_twice_is_refused_unless_the_text_is_not_json() {
        assert_eq!(
            parse(r#"{"a": [{"b/c": 1, "b/c": 1}]}"#).unwrap_err(),
            "the member `b/c` is given twice at line 1 column 23"
        );
        assert!(parse(r#"{"a": 1, "a": 1"#).unwrap_err().starts_with("EOF while parsing"));
        assert!(parse(r#"[{"a": 1}, {"a": 1}]"#).is_ok());
    }

    proptest! {
        #[test]
        fn the_line_has_the_value_of_the_text(keys in proptest::collection::btree_map(".*", ".*", 0..4), pretty: bool) {
            let value = serde_json::to_value(&keys).unwrap();
            let text = if pretty { format!("{value:#}") } else { value.to_string() };
            let document = parse(&text).unwrap();
            prop_assert_eq!(&document.line, &value.to_string());
            prop_assert_eq!(document.value, value);
        }
    }
}
