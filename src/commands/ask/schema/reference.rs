//! What a JSON schema refers to: nothing outside of itself, and nothing without end, because no reference is fetched and a
//! validation must end.

use std::collections::HashMap;

use serde_json::Value;

use super::document::step;
use super::subschema::{self, Applies};
use crate::error::Error;

/// The keywords that refer to another schema.
const REFERENCES: [&str; 3] = ["$ref", "$dynamicRef", "$recursiveRef"];

/// The most schemas that apply to one value.
const MOST_SCHEMAS: usize = 100_000;

/// The longest chain of references.
const LONGEST_CHAIN: usize = 1_000;

/// Checks every reference of a schema.
///
/// # Errors
/// If one leads out of the schema, or to itself without a part of the value between, or if there are too many.
pub fn check(schema: &Value) -> Result<(), Error> {
    let mut names = Vec::new();
    collect_names(schema, &mut names);
    let mut walk = Walk { names, sizes: HashMap::new(), pending: vec![(schema, schema, String::new())] };
    while let Some((part, base, pointer)) = walk.pending.pop() {
        walk.size(part, base, &pointer, 0)?;
    }
    Ok(())
}

/// Whether a schema refers only to places within itself by their pointers or anchors.
pub fn is_self_contained(schema: &Value) -> bool {
    let own = REFERENCES.iter().filter_map(|name| schema.get(name)?.as_str()).all(|target| target.starts_with('#'));
    own && subschema::within(schema, "").iter().all(|(.., part)| is_self_contained(part))
}

/// A part of a schema, the schema that `#` stands for in it, and its pointer.
type Part<'a> = (&'a Value, &'a Value, String);

struct Walk<'a> {
    /// What has an `$id` or an anchor, by it.
    names: Vec<(&'a str, &'a Value)>,
    /// How many schemas apply where this one applies, by its address; `None` while it is counted.
    sizes: HashMap<*const Value, Option<usize>>,
    /// The parts that apply to another value.
    pending: Vec<Part<'a>>,
}

impl<'a> Walk<'a> {
    /// Counts the schemas that apply to a value to which this one applies.
    fn size(&mut self, part: &'a Value, base: &'a Value, pointer: &str, depth: usize) -> Result<usize, Error> {
        match self.sizes.get(&std::ptr::from_ref(part)) {
            Some(Some(size)) => return Ok(*size),
            Some(None) => {
                let what = format!("the schema refers to itself without end at `{pointer}`");
                return Err(Error::usage(what).cause("no part of the response lies between the two places"));
            }
            None if depth > LONGEST_CHAIN => return Err(too_complex(pointer)),
            None => {}
        }
        self.sizes.insert(part, None);
        let base = if part.get("$id").is_some_and(Value::is_string) { part } else { base };
        let mut size: usize = 1;
        for (applies, pointer, schema) in subschema::within(part, pointer) {
            match applies {
                Applies::Here => size = size.saturating_add(self.size(schema, base, &pointer, depth + 1)?),
                Applies::Below | Applies::IfReferred => self.pending.push((schema, base, pointer)),
            }
        }
        for keyword in REFERENCES {
            let Some(target) = part.get(keyword).and_then(Value::as_str) else { continue };
            let pointer = step(pointer, keyword);
            let (uri, fragment) = target.split_once('#').unwrap_or((target, ""));
            let root = if uri.is_empty() { Some(base) } else { self.named(uri) };
            let Some(root) = root else { return Err(outside(target, &pointer)) };
            // What is not found is reported when the schema is compiled.
            if let Some(found) = self.fragment(root, fragment) {
                size = size.saturating_add(self.size(found, root, &pointer, depth + 1)?);
            }
        }
        if size > MOST_SCHEMAS {
            return Err(too_complex(pointer));
        }
        self.sizes.insert(part, Some(size));
        Ok(size)
    }

    /// Returns what has this `$id`, which may be relative.
    fn named(&self, uri: &str) -> Option<&'a Value> {
        let is_it = |id: &str| id == uri || id.strip_suffix(uri).is_some_and(|start| start.ends_with('/'));
        self.names.iter().find(|(name, _)| is_it(name.trim_end_matches('#'))).map(|(_, schema)| *schema)
    }

    fn fragment(&self, root: &'a Value, fragment: &str) -> Option<&'a Value> {
        if fragment.is_empty() || fragment.starts_with('/') {
            return root.pointer(&percent_decoded(fragment)?);
        }
        self.names.iter().find(|(name, _)| name.trim_start_matches('#') == fragment).map(|(_, schema)| *schema)
    }
}

/// Collects what has an `$id` or an anchor.
fn collect_names<'a>(value: &'a Value, names: &mut Vec<(&'a str, &'a Value)>) {
    for keyword in ["$id", "id", "$anchor", "$dynamicAnchor"] {
        names.extend(value.get(keyword).and_then(Value::as_str).map(|name| (name, value)));
    }
    match value {
        Value::Object(members) => members.values().for_each(|member| collect_names(member, names)),
        Value::Array(items) => items.iter().for_each(|item| collect_names(item, names)),
        _ => {}
    }
}

fn percent_decoded(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        rest = after;
        match (first, after) {
            (b'%', [high, low, after @ ..]) => {
                let digits = [*high, *low];
                bytes.push(u8::from_str_radix(std::str::from_utf8(&digits).ok()?, 16).ok()?);
                rest = after;
            }
            _ => bytes.push(*first),
        }
    }
    String::from_utf8(bytes).ok()
}

fn outside(target: &str, pointer: &str) -> Error {
    Error::usage(format!("the schema refers to `{target}` at `{pointer}`, which is not in the schema"))
        .cause("no reference is fetched")
        .hint("put it into the schema under `$defs`, and refer to it as `#/$defs/NAME`")
}

fn too_complex(pointer: &str) -> Error {
    Error::usage("the schema is too complex")
        .cause(format!("at `{pointer}`, its references lead to too many other schemas"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[track_caller]
    fn refusal(schema: &Value) -> String {
        check(schema).unwrap_err().message.summary
    }

    #[test]
    fn a_reference_within_the_schema_is_accepted() {
        for schema in [
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"type": "object"}}}),
            json!({"$ref": "#/%24defs/a~1b", "$defs": {"a/b": {}}}),
            json!({"properties": {"next": {"$ref": "#"}}}),
            json!({"properties": {"children": {"type": "array", "items": {"$ref": "#"}}}}),
            json!({"anyOf": [{"type": "null"}, {"properties": {"left": {"$ref": "#"}, "right": {"$ref": "#"}}}]}),
            json!({"$ref": "#node", "$defs": {"node": {"$anchor": "node", "properties": {"a": {"$ref": "#node"}}}}}),
            json!({"$id": "https://a.example/s", "$ref": "item", "$defs": {"i": {"$id": "https://a.example/item"}}}),
            json!({"properties": {"$ref": {"type": "string"}}, "enum": [{"$ref": "https://a.example/"}]}),
        ] {
            check(&schema).unwrap();
        }
    }

    #[test]
    fn a_reference_out_of_the_schema_is_refused_with_its_place() {
        for target in [
            "https://a.example/b.json",
            "b.json#/a",
            "file:///etc/passwd",
            "https://json-schema.org/draft/2020-12/schema",
        ] {
            let schema = json!({"$defs": {"a/b": {"items": {"$ref": target}}}});
            assert_eq!(
                refusal(&schema),
                format!("the schema refers to `{target}` at `/$defs/a~1b/items/$ref`, which is not in the schema")
            );
        }
        let referred = json!({"$ref": "#/components/a", "components": {"a": {"$ref": "b.json"}}});
        assert!(refusal(&referred).contains("`b.json`"));
    }

    #[test]
    fn a_reference_without_end_is_refused() {
        for schema in [
            json!({"$ref": "#"}),
            json!({"allOf": [{"$ref": "#"}]}),
            json!({"$ref": "#/$defs/a", "$defs": {"a": {"anyOf": [{"$ref": "#/$defs/b"}]}, "b": {"not": {"$ref": "#/$defs/a"}}}}),
            json!({"properties": {"x": {"$ref": "#/properties/x"}}}),
            json!({"$dynamicAnchor": "a", "if": {"$dynamicRef": "#a"}}),
            json!({"$id": "https://a.example/s", "allOf": [{"$ref": "https://a.example/s#"}]}),
        ] {
            assert!(refusal(&schema).starts_with("the schema refers to itself without end at `/"), "{schema}");
        }
    }

    #[test]
    fn references_that_multiply_are_refused() {
        let mut defs = serde_json::Map::new();
        for at in 0..64 {
            let next = json!({"$ref": format!("#/$defs/d{}", at + 1)});
            defs.insert(format!("d{at}"), json!({"allOf": [next, next]}));
        }
        defs.insert("d64".to_owned(), json!({}));
        assert_eq!(refusal(&json!({"$ref": "#/$defs/d0", "$defs": defs})), "the schema is too complex");
    }
}
