//! JSON as it is written: its value, and its text on one line, in which nothing but white space is changed.

use std::fmt;

use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::{Map, Number, Value};

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
    let mut repeated = None;
    let mut deserializer = serde_json::Deserializer::from_str(text);
    let part = Part { pointer: String::new(), repeated: &mut repeated };
    let value = part.deserialize(&mut deserializer).and_then(|value| deserializer.end().map(|()| value));
    let value = value.map_err(|error| error.to_string())?;
    match repeated {
        Some(pointer) => Err(format!("the member `{pointer}` appears more than once")),
        None => Ok(JsonDocument { value, line: without_space(text) }),
    }
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

/// Reads a part of a document, and records the first member that appears twice.
struct Part<'a> {
    pointer: String,
    repeated: &'a mut Option<String>,
}

impl Part<'_> {
    fn below(&mut self, name: &str) -> Part<'_> {
        Part { pointer: step(&self.pointer, name), repeated: self.repeated }
    }
}

impl<'de> DeserializeSeed<'de> for Part<'_> {
    type Value = Value;

    fn deserialize<D: Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Part<'_> {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("JSON")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E: Error>(self, value: f64) -> Result<Value, E> {
        Number::from_f64(value).map(Value::Number).ok_or_else(|| E::custom("a number is not finite"))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(mut self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(self.below(&array.len().to_string()))? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(mut self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::new();
        while let Some(name) = members.next_key::<String>()? {
            let below = self.below(&name);
            let pointer = below.pointer.clone();
            let value = members.next_value_seed(below)?;
            if object.insert(name, value).is_some() {
                self.repeated.get_or_insert(pointer);
            }
        }
        Ok(Value::Object(object))
    }
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
    fn a_member_that_appears_twice_is_refused_with_its_pointer() {
        assert_eq!(
            parse(r#"{"a": [{"b/c": 1, "b/c": 1}]}"#).unwrap_err(),
            "the member `/a/0/b~1c` appears more than once"
        );
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
