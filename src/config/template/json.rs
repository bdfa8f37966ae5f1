//! The JSON of a YAML mapping.

use serde_json::{Map, Number};

use crate::config::value;
use crate::config::yaml::{Node, Value};
use crate::error::Error;

const EXPECTED: &str = "a JSON Schema as a mapping, or text as `--schema` takes it";

/// Returns a schema as text: the JSON of a mapping, or the text that `--schema` takes.
///
/// # Errors
/// If the node is neither, or has a number that JSON does not have.
pub fn schema(node: &Node<'_>) -> Result<String, Error> {
    match node.value() {
        Value::Mapping(_) => json(node).map(|json| json.to_string()),
        Value::Text(_) => value::NAME.read(node),
        _ => Err(node.wrong_type(EXPECTED)),
    }
}

fn json(node: &Node<'_>) -> Result<serde_json::Value, Error> {
    use serde_json::Value as Json;

    Ok(match node.value() {
        Value::Null => Json::Null,
        Value::Bool(is_on) => Json::Bool(*is_on),
        Value::Number(text) => {
            let number = serde_json::from_str::<Number>(text);
            Json::Number(number.map_err(|_| node.invalid("a number that JSON has"))?)
        }
        Value::Text(text) => Json::String(text.clone()),
        Value::List(_) => {
            let items = node.items(EXPECTED)?;
            Json::Array(items.iter().map(json).collect::<Result<_, _>>()?)
        }
        Value::Mapping(_) => {
            let entries = node.entries(EXPECTED)?.into_iter();
            let entries = entries.map(|entry| Ok((entry.key.to_owned(), json(&entry.node)?)));
            Json::Object(entries.collect::<Result<Map<_, _>, Error>>()?)
        }
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::config::yaml::Document;

    fn read(yaml: &str) -> Result<String, String> {
        let document = Document::parse_nested(Path::new("f"), yaml).unwrap();
        schema(&document.root("`schema`")).map_err(|error| error.message.summary)
    }

    #[test]
    fn a_mapping_becomes_json_in_its_order_and_text_stays_text() {
        let yaml = "type: object\nproperties:\n  b: {type: string, const: '5', default: null}\n  a:\n    enum: [1, -0.5, true, yes]\n";
        let json = r#"{"type":"object","properties":{"b":{"type":"string","const":"5","default":null},"a":{"enum":[1,-0.5,true,"yes"]}}}"#;
        assert_eq!(read(yaml).as_deref(), Ok(json));
        assert_eq!(read("'name, age int'").as_deref(), Ok("name, age int"));
        assert_eq!(read("'{\"type\": \"object\"}'").as_deref(), Ok("{\"type\": \"object\"}"));
        let nested = format!("{}x{}", "{a: ".repeat(40), "}".repeat(40));
        assert!(read(&nested).is_ok());
    }

    #[test]
    fn what_json_lacks_is_refused() {
        for yaml in ["{a: .nan}", "{a: -.inf}", "{a: [.inf]}"] {
            let error = read(yaml).unwrap_err();
            assert!(error.ends_with(" must be a number that JSON has"), "{error}");
        }
        assert_eq!(
            read("5").unwrap_err(),
            "f:1:1: `schema` must be a JSON Schema as a mapping, or text as `--schema` takes it, not a number"
        );
        assert_eq!(read("''").unwrap_err(), "f:1:1: `schema` must be text that is not blank");
    }
}
