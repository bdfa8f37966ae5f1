//! The schema for the tool of a model that accepts only `type`, `properties` and `required` in its root, as Nova does. See
//! <https://docs.aws.amazon.com/nova/latest/userguide/tool-use-definition.html>.

use serde_json::{Map, Value, json};

use super::{sent, subschema};

/// The keywords that stay in the root.
const KEPT: [&str; 3] = ["type", "properties", "required"];

/// The keywords that hold what is referred to.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// The most bytes of JSON that replace references: some schemas grow without bound.
const MOST_BYTES: usize = 200_000;

/// A schema, and what is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct Plain {
    pub schema: Value,
    /// What the root cannot hold, one keyword each.
    pub lines: Vec<String>,
}

impl Plain {
    /// Converts the schema of the user. What a reference leads to stands in its place.
    pub fn of(schema: &Value) -> Self {
        let root = sent::of_tool(schema);
        let mut whole = root.clone();
        let mut references = References { root: &root, open: vec![String::new()], bytes: MOST_BYTES, is_whole: true };
        references.replace(&mut whole);
        let is_whole = references.is_whole;
        let mut plain = Map::new();
        let mut lines = Vec::new();
        for (name, value) in whole.as_object().into_iter().flatten() {
            if KEPT.contains(&name.as_str()) {
                plain.insert(name.clone(), value.clone());
            } else if name == "description" && value.is_string() {
                lines.extend(value.as_str().map(str::to_owned));
            } else if !(is_whole && DEFINITIONS.contains(&name.as_str())) {
                lines.push(format!("{name}: {value}"));
            }
        }
        plain.insert("type".to_owned(), json!("object"));
        plain.entry("properties").or_insert_with(|| json!({}));
        Self { schema: Value::Object(plain), lines }
    }
}

/// The references of a schema.
struct References<'a> {
    root: &'a Value,
    /// The pointers of the schemas around the present place.
    open: Vec<String>,
    /// The bytes that may still be inserted.
    bytes: usize,
    /// Whether every reference so far was replaced.
    is_whole: bool,
}

impl References<'_> {
    /// Replaces the references in a schema. One that leads to a schema around it becomes a description.
    fn replace(&mut self, schema: &mut Value) {
        let reference = schema.get("$ref").and_then(Value::as_str).map(str::to_owned);
        let mut opened = 0;
        if let (Some(reference), Some(members)) = (reference, schema.as_object_mut()) {
            members.shift_remove("$ref");
            if let Some(target) = self.target(&reference) {
                let mut target = target.as_object().cloned().unwrap_or_default();
                target.extend(std::mem::take(members));
                *members = target;
                self.open.push(reference.trim_start_matches('#').to_owned());
                opened = 1;
                if members.contains_key("$ref") {
                    self.replace(schema);
                    self.open.pop();
                    return;
                }
            } else {
                self.is_whole = false;
                let own = members.get("description").and_then(Value::as_str).into_iter().map(str::to_owned);
                let text = own.chain([format!("$ref: {reference}")]).collect::<Vec<_>>().join("\n");
                members.insert("description".to_owned(), text.into());
            }
        }
        for part in subschema::within_mut(schema) {
            self.replace(part);
        }
        self.open.truncate(self.open.len() - opened);
    }

    /// Returns the schema that a reference leads to, if it can stand in its place.
    fn target(&mut self, reference: &str) -> Option<Value> {
        let pointer = reference.strip_prefix('#')?;
        if self.open.iter().any(|open| open == pointer) {
            return None;
        }
        let target = self.root.pointer(pointer).filter(|target| target.is_object())?;
        self.bytes = self.bytes.saturating_sub(target.to_string().len());
        (self.bytes > 0).then(|| target.clone())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plain(schema: &Value) -> (Value, Vec<String>) {
        let Plain { schema, lines } = Plain::of(schema);
        (schema, lines)
    }

    #[test]
    fn the_root_keeps_three_keywords_and_the_others_are_lines() {
        let schema = json!({
            "$schema": "https://json-schema.org/draft/2020-12/schema",
            "title": "Person",
            "description": "Who it is",
            "type": "object",
            "properties": {"a": {"type": "object", "title": "A", "additionalProperties": false}},
            "required": ["a"],
            "additionalProperties": false,
        });
        let expected = json!({
            "type": "object",
            "properties": {"a": {"type": "object", "title": "A", "additionalProperties": false}},
            "required": ["a"],
        });
        let lines = ["title: \"Person\"", "Who it is", "additionalProperties: false"];
        assert_eq!(plain(&schema), (expected, lines.map(str::to_owned).to_vec()));
        assert_eq!(plain(&json!({})), (json!({"type": "object", "properties": {}}), Vec::new()));
    }

    #[test]
    fn what_is_referred_to_stands_in_the_place_of_the_reference() {
        let schema = json!({
            "$ref": "#/$defs/root",
            "$defs": {
                "root": {"properties": {"a": {"$ref": "#/$defs/b", "description": "own"}, "c": {"items": {"$ref": "#/$defs/b"}}}},
                "b": {"$ref": "#/definitions/d", "title": "B"},
            },
            "definitions": {"d": {"enum": [{"$ref": "#"}]}},
        });
        let b = json!({"enum": [{"$ref": "#"}], "title": "B"});
        let mut a = b.clone();
        a["description"] = json!("own");
        let expected = json!({"type": "object", "properties": {"a": a, "c": {"items": b}}});
        assert_eq!(plain(&schema), (expected, Vec::new()));
    }

    #[test]
    fn a_reference_without_end_or_too_large_becomes_a_description() {
        let tree = json!({"type": "object", "properties": {"child": {"$ref": "#", "description": "own"}}});
        let expected = json!({"type": "object", "properties": {"child": {"description": "own\n$ref: #"}}});
        assert_eq!(plain(&tree), (expected, Vec::new()));
        let list =
            json!({"properties": {"a": {"$ref": "#/$defs/n"}}, "$defs": {"n": {"items": {"$ref": "#/$defs/n"}}}});
        let (schema, lines) = plain(&list);
        assert_eq!(schema["properties"]["a"], json!({"items": {"description": "$ref: #/$defs/n"}}));
        assert!(lines[0].starts_with("$defs: {\"n\":"), "{lines:?}");
        let link = |at: u32| {
            let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
            (format!("d{at}"), json!({"properties": {"a": next.clone(), "b": next}}))
        };
        let doubling = json!({"$ref": "#/$defs/d0", "$defs": (0..40).map(link).collect::<Map<_, _>>()});
        assert!(plain(&doubling).0.to_string().len() < 3 * MOST_BYTES);
    }
}
