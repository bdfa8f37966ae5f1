//! The schema for the input of a tool: what the model does not accept in its root becomes text.

use serde_json::{Map, Value, json};

use super::{sent, subschema};
use bedrock_ask::model::structured_output::ToolRoot;

/// The keywords that hold what is referred to.
const DEFINITIONS: [&str; 2] = ["$defs", "definitions"];

/// The most bytes of JSON that replace references: some schemas grow without bound.
const MOST_BYTES: usize = 200_000;

/// A schema, and what is not in it.
#[derive(Clone, Debug, PartialEq)]
pub struct ToolSchema {
    pub schema: Value,
    /// What the root cannot hold, one keyword each.
    pub lines: Vec<String>,
}

impl ToolSchema {
    /// Converts the schema of the user. Where the root cannot hold definitions, what a reference leads to stands in its
    /// place.
    pub fn of(schema: &Value, root: ToolRoot) -> Self {
        let mut schema = Value::Object(sent::of_tool(schema));
        let is_plain = root == ToolRoot::Plain;
        let is_whole = is_plain && References::replace_all(&mut schema);
        let mut kept = Map::new();
        let mut lines = Vec::new();
        for (name, value) in schema.as_object().into_iter().flatten() {
            if root.accepts(name) {
                kept.insert(name.clone(), value.clone());
            } else if name == "description" && value.is_string() {
                lines.extend(value.as_str().map(str::to_owned));
            } else if !(is_whole && DEFINITIONS.contains(&name.as_str())) {
                lines.push(format!("{name}: {value}"));
            }
        }
        if is_plain {
            kept.entry("properties").or_insert_with(|| json!({}));
        }
        // A reference may have led to another type.
        kept.insert("type".to_owned(), json!("object"));
        Self { schema: Value::Object(kept), lines }
    }
}

struct References<'a> {
    root: &'a Value,
    /// The pointers of the enclosing schemas.
    open: Vec<String>,
    /// The bytes that may still be inserted.
    bytes: usize,
    /// Whether every reference so far was replaced.
    is_whole: bool,
}

impl References<'_> {
    /// Replaces all references in a schema as far as they can be. Returns whether none is left.
    fn replace_all(schema: &mut Value) -> bool {
        let root = schema.clone();
        let mut references = References { root: &root, open: vec![String::new()], bytes: MOST_BYTES, is_whole: true };
        references.replace(schema);
        references.is_whole
    }

    /// Replaces the references in a schema. One that leads to an enclosing schema becomes a description.
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
                sent::describe(members, vec![format!("$ref: {reference}")]);
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
        let ToolSchema { schema, lines } = ToolSchema::of(schema, ToolRoot::Plain);
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
    fn claude_gets_alternatives_in_the_root_as_a_line_and_others_get_all() {
        let schema = json!({
            "properties": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}},
            "anyOf": [{"required": ["a"]}],
            "$defs": {"b": {"type": "string"}},
            "title": "T",
        });
        let of = |root| {
            let ToolSchema { schema, lines } = ToolSchema::of(&schema, root);
            (schema.to_string(), lines)
        };
        let rest = r##""properties":{"a":{"anyOf":[{"$ref":"#/$defs/b"}]}}"##;
        let defs = r#""$defs":{"b":{"type":"string"}},"title":"T""#;
        let any_of = r#"[{"required":["a"]}]"#;
        assert_eq!(of(ToolRoot::Any), (format!(r#"{{"type":"object",{rest},"anyOf":{any_of},{defs}}}"#), Vec::new()));
        assert_eq!(
            of(ToolRoot::WithoutAlternatives),
            (format!(r#"{{"type":"object",{rest},{defs}}}"#), vec![format!("anyOf: {any_of}")])
        );
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
