//! The schema as it is sent: what the service refuses in it becomes a description. The response is validated by the
//! schema of the user.

use serde_json::{Map, Value, json};

use super::{reference, subschema};

/// The keywords that constrain values in a way that the service does not support.
const UNSUPPORTED: [&str; 11] = [
    "minimum",
    "maximum",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "multipleOf",
    "minLength",
    "maxLength",
    "maxItems",
    "uniqueItems",
    "minProperties",
    "maxProperties",
];

/// A schema for `outputConfig.textFormat`.
#[derive(Clone, Debug, PartialEq)]
pub struct Native {
    pub schema: Value,
    /// Whether it forbids further properties where the user's schema has a place for them.
    pub narrows: bool,
}

impl Native {
    /// Converts the schema of the user.
    pub fn of(schema: &Value) -> Self {
        let mut root = of_tool(schema);
        let stands_elsewhere = IN_PLACE.iter().any(|keyword| root.contains_key(*keyword));
        // Beside a reference, `additionalProperties` would forbid all that is referred to.
        if stands_elsewhere && schema.get("type").is_none() && !root.contains_key("properties") {
            root.shift_remove("type");
        }
        let mut schema = Value::Object(root);
        let narrows = adapt(&mut schema);
        Self { schema, narrows }
    }
}

/// The keywords with which the schema of a value stands in another place.
const IN_PLACE: [&str; 5] = ["$ref", "$dynamicRef", "allOf", "anyOf", "oneOf"];

/// Returns the schema of the user for the input of a tool, whose root must be an object without a name of its own.
pub fn of_tool(schema: &Value) -> Map<String, Value> {
    let is_self_contained = reference::is_self_contained(schema);
    let kept = schema.as_object().into_iter().flatten();
    let kept = kept.filter(|(name, _)| match name.as_str() {
        "type" | "$schema" => false,
        "$id" => !is_self_contained,
        _ => true,
    });
    let mut object = Map::from_iter([("type".to_owned(), json!("object"))]);
    object.extend(kept.map(|(name, value)| (name.clone(), value.clone())));
    object
}

/// Changes a schema and those within it to what the service supports. Returns whether it accepts less than before where
/// properties are not named.
fn adapt(schema: &mut Value) -> bool {
    let mut narrows = subschema::within_mut(schema).into_iter().fold(false, |narrows, part| adapt(part) | narrows);
    let Some(members) = schema.as_object_mut() else { return narrows };
    let mut moved = Vec::new();
    members.retain(|name, value| {
        let is_unsupported = UNSUPPORTED.contains(&name.as_str()) || (name == "minItems" && *value != 0 && *value != 1);
        if is_unsupported {
            moved.push(format!("{name}: {value}"));
        }
        !is_unsupported
    });
    if is_object(members) && members.get("additionalProperties") != Some(&Value::Bool(false)) {
        let former = members.insert("additionalProperties".to_owned(), false.into());
        narrows |= former.is_some() || !members.contains_key("properties");
        moved.extend(former.filter(Value::is_object).map(|schema| format!("additionalProperties: {schema}")));
    }
    if !moved.is_empty() {
        describe(members, moved);
    }
    narrows
}

/// Adds lines to the description of a schema.
pub fn describe(members: &mut Map<String, Value>, lines: Vec<String>) {
    let own = members.get("description").and_then(Value::as_str).map(str::to_owned);
    let description: Vec<_> = own.into_iter().chain(lines).collect();
    members.insert("description".to_owned(), description.join("\n").into());
}

fn is_object(members: &Map<String, Value>) -> bool {
    match members.get("type") {
        Some(Value::String(kind)) => kind == "object",
        Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn native(schema: &Value) -> (String, bool) {
        let Native { schema, narrows } = Native::of(schema);
        (schema.to_string(), narrows)
    }

    #[test]
    fn constraints_become_descriptions() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "type": "object",
            "properties": {
                "minimum": {"type": "integer", "minimum": 1, "maximum": 5, "description": "A grade"},
                "tags": {"type": "array", "minItems": 2, "maxItems": 3, "items": {"type": "string", "maxLength": 9}},
                "one": {"type": "array", "minItems": 1},
            },
            "additionalProperties": false,
        });
        let expected = json!({
            "type": "object",
            "properties": {
                "minimum": {"type": "integer", "description": "A grade\nminimum: 1\nmaximum: 5"},
                "tags": {
                    "type": "array",
                    "items": {"type": "string", "description": "maxLength: 9"},
                    "description": "minItems: 2\nmaxItems: 3",
                },
                "one": {"type": "array", "minItems": 1},
            },
            "additionalProperties": false,
        });
        assert_eq!(native(&schema), (expected.to_string(), false));
    }

    #[test]
    fn what_is_data_and_what_is_optional_stays_as_it_is() {
        let schema = json!({
            "type": "object",
            "properties": {"a": {"enum": [{"minimum": 1}], "default": {"maximum": 1}, "anyOf": [{"const": {"type": "object"}}]}},
            "required": [],
            "additionalProperties": false,
            "$defs": {"b": {"pattern": "^a$"}},
        });
        assert_eq!(native(&schema), (schema.to_string(), false));
    }

    #[test]
    fn objects_are_closed_everywhere_and_it_is_known_where_that_takes_something_away() {
        let closed = json!({
            "type": "object",
            "properties": {"a": {"type": ["object", "null"], "properties": {}, "additionalProperties": false}},
            "$defs": {"b": {"type": "object", "properties": {}, "additionalProperties": false}},
            "additionalProperties": false,
        });
        let open = json!({
            "type": "object",
            "properties": {"a": {"type": ["object", "null"], "properties": {}}},
            "$defs": {"b": {"type": "object", "properties": {}}},
        });
        assert_eq!(native(&open), (closed.to_string(), false));
        for (schema, description) in [
            (json!({"type": "object"}), None),
            (json!({"type": "object", "properties": {}, "additionalProperties": true}), None),
            (
                json!({"type": "object", "properties": {}, "additionalProperties": {"type": "string"}}),
                Some(r#"additionalProperties: {"type":"string"}"#),
            ),
        ] {
            let outer = json!({"type": "object", "properties": {"a": schema}});
            let Native { schema, narrows } = Native::of(&outer);
            assert_eq!(schema["properties"]["a"]["additionalProperties"], false);
            assert_eq!((schema["properties"]["a"]["description"].as_str(), narrows), (description, true));
        }
    }

    #[test]
    fn the_root_is_an_object_unless_it_stands_in_another_place() {
        let tool = |schema: Value| Value::Object(of_tool(&schema)).to_string();
        assert_eq!(
            tool(json!({"properties": {"a": {"minimum": 1}}})),
            r#"{"type":"object","properties":{"a":{"minimum":1}}}"#
        );
        assert_eq!(tool(json!({"type": ["object", "null"]})), r#"{"type":"object"}"#);
        let referring = json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object", "properties": {}}}});
        assert!(tool(referring.clone()).starts_with(r##"{"type":"object","$ref":"#/$defs/a""##));
        let native = Native::of(&referring).schema;
        assert_eq!((native.get("type"), native.get("additionalProperties")), (None, None));
        assert_eq!(native["$defs"]["a"]["additionalProperties"], false);
        let referring =
            json!({"$ref": "#/$defs/a", "title": "t", "$defs": {"a": {"type": "object", "properties": {}}}});
        let names: Vec<_> = Native::of(&referring).schema.as_object().unwrap().keys().cloned().collect();
        assert_eq!(names, ["$ref", "title", "$defs"]);
    }

    #[test]
    fn an_id_stays_only_if_something_refers_to_it() {
        let schema = json!({"$id": "https://a.example/s", "type": "object", "properties": {"a": {"$ref": "#"}}});
        assert_eq!(of_tool(&schema).get("$id"), None);
        let referred = json!({"$id": "https://a.example/s", "properties": {"a": {"$ref": "https://a.example/s"}}});
        assert_eq!(of_tool(&referred)["$id"], "https://a.example/s");
    }
}
