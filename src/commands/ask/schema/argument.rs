//! The value of `--schema`: JSON, a file with JSON, or the short form `name, age int, tags array`.

use std::path::Path;

use serde_json::{Map, Value, json};

use super::document::{self, JsonDocument};
use crate::config::contents;
use crate::error::Error;

/// The maximum size of a schema in bytes.
const LIMIT: u64 = 1_000_000;

/// The maximum length of a name in the short form: what the models accept as the name of a property.
const LONGEST_NAME: usize = 64;

/// The types of the short form, and those of JSON Schema.
const TYPES: [(&str, &str); 5] =
    [("str", "string"), ("int", "integer"), ("float", "number"), ("bool", "boolean"), ("array", "array")];

/// The forms of the value.
const FORMS: &str =
    "--schema schema.json, --schema '{\"type\": \"object\", …}', or --schema 'name, age int, tags array'";

/// Returns the schema that the value of `--schema` names.
pub fn parse(value: &str) -> Result<Value, Error> {
    let text = value.trim();
    if text.starts_with('{') {
        return object(text, "the value of `--schema`");
    }
    let path = Path::new(value);
    if path.exists() && !path.is_dir() {
        return read(path);
    }
    if text.contains('/') || text.contains(".json") {
        let what = if path.is_dir() { "is a folder" } else { "does not exist" };
        return Err(Error::usage(format!("the file `{value}` of `--schema` {what}")).hint(FORMS));
    }
    short_form(text)
}

fn read(path: &Path) -> Result<Value, Error> {
    let name = format!("`{}`", path.display());
    let unreadable = |reason: String| Error::usage(format!("cannot read {name}")).cause(reason);
    let bytes = contents::contents(path, LIMIT).map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LIMIT {
        return Err(Error::usage(format!("{name} has more than {LIMIT} bytes, which is too many for a schema")));
    }
    let text = String::from_utf8(bytes).map_err(|error| unreadable(error.utf8_error().to_string()))?;
    object(text.strip_prefix('\u{feff}').unwrap_or(&text), &name)
}

fn object(text: &str, name: &str) -> Result<Value, Error> {
    match document::parse(text) {
        Ok(JsonDocument { value, .. }) if value.is_object() => Ok(value),
        Ok(_) => Err(Error::usage(format!("{name} is not a JSON object"))),
        Err(reason) => Err(Error::usage(format!("{name} is not valid JSON")).cause(reason)),
    }
}

/// Returns the schema of an object with these members, all of them required.
fn short_form(text: &str) -> Result<Value, Error> {
    let refused = |reason: String| Error::usage("the value of `--schema` is not valid").cause(reason).hint(FORMS);
    let mut properties = Map::new();
    for field in text.split(',') {
        let words: Vec<_> = field.split_whitespace().collect();
        let (name, kind) = match words[..] {
            [] if text.is_empty() => return Err(refused("it is empty".to_owned())),
            [] => return Err(refused("a name is missing beside a comma".to_owned())),
            [name] => (name, "str"),
            [name, kind] => (name, kind),
            _ => return Err(refused(format!("`{}` is not a name and a type", field.trim()))),
        };
        let is_allowed = |c: char| c.is_ascii_alphanumeric() || "_-".contains(c);
        if !name.chars().all(is_allowed) || name.starts_with('-') || name.len() > LONGEST_NAME {
            let allowed = format!("at most {LONGEST_NAME} letters, digits, `_` and, not at the beginning, `-`");
            return Err(refused(format!("the name `{name}` is not allowed: a name consists of {allowed}")));
        }
        let Some((_, json_type)) = TYPES.iter().find(|(short, _)| *short == kind) else {
            let known = TYPES.map(|(short, _)| format!("`{short}`")).join(", ");
            return Err(refused(format!("the type `{kind}` of `{name}` is not known; the types are {known}")));
        };
        if properties.insert(name.to_owned(), json!({ "type": json_type })).is_some() {
            return Err(refused(format!("the name `{name}` appears twice")));
        }
    }
    let names: Vec<_> = properties.keys().cloned().collect();
    Ok(json!({"type": "object", "properties": properties, "required": names, "additionalProperties": false}))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn refusal(value: &str) -> String {
        let error = parse(value).unwrap_err();
        assert_eq!(error.exit.code(), 2, "{value}");
        error.summary_and_causes()
    }

    #[test]
    fn the_short_form_names_the_members_in_their_order() {
        assert_eq!(
            parse(" name, age int,score  float, ok bool, tags array ").unwrap().to_string(),
            r#"{"type":"object","properties":{"name":{"type":"string"},"age":{"type":"integer"},"score":{"type":"number"},"ok":{"type":"boolean"},"tags":{"type":"array"}},"required":["name","age","score","ok","tags"],"additionalProperties":false}"#
        );
    }

    #[test]
    fn a_short_form_that_is_not_valid_is_refused_with_the_reason() {
        for (value, reason) in [
            ("", "it is empty"),
            (" ", "it is empty"),
            ("name,", "a name is missing"),
            ("name,,age int", "a name is missing"),
            ("name string", "the type `string` of `name` is not known"),
            ("name int array", "`name int array` is not a name and a type"),
            ("name, name int", "the name `name` appears twice"),
            ("na$me", "the name `na$me` is not allowed"),
            ("größe int", "the name `größe` is not allowed"),
            ("[1]", "the name `[1]` is not allowed"),
            ("-", "the name `-` is not allowed"),
            ("--model", "the name `--model` is not allowed"),
            (&"n".repeat(65), "is not allowed"),
        ] {
            assert!(refusal(value).contains(reason), "{value}: {}", refusal(value));
        }
    }

    #[test]
    fn json_begins_with_a_brace() {
        let written = r#" {"type": "object", "properties": {"b": {}, "a": {}}} "#;
        assert_eq!(parse(written).unwrap().to_string(), r#"{"type":"object","properties":{"b":{},"a":{}}}"#);
        assert!(refusal("{\"type\": ").starts_with("the value of `--schema` is not valid JSON: EOF"));
        assert!(refusal(r#"{"a": {"b": 1, "b": 2}}"#).contains("`b` is given twice"));
    }

    #[test]
    fn a_file_is_read_and_what_looks_like_one_must_exist() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("person");
        let name = path.display().to_string();
        assert_eq!(refusal(&name), format!("the file `{name}` of `--schema` does not exist"));
        assert_eq!(refusal("person.json"), "the file `person.json` of `--schema` does not exist");
        let folder = folder.path().display().to_string();
        assert_eq!(refusal(&folder), format!("the file `{folder}` of `--schema` is a folder"));
        for (content, expected) in [
            ("\u{feff}{\"type\": \"object\"}\n", None),
            ("[]", Some("is not a JSON object")),
            ("", Some("is not valid JSON")),
        ] {
            std::fs::write(&path, content).unwrap();
            match expected {
                None => assert_eq!(parse(&name).unwrap(), json!({"type": "object"})),
                Some(reason) => assert!(refusal(&name).contains(reason), "{}", refusal(&name)),
            }
        }
        std::fs::write(&path, vec![b' '; 1_000_001]).unwrap();
        assert!(refusal(&name).contains("more than 1000000 bytes"));
        std::fs::write(&path, b"\xff").unwrap();
        assert!(refusal(&name).starts_with("cannot read"));
    }
}
