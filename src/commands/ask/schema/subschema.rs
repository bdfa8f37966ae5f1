//! Where a JSON schema holds further schemas. What stands elsewhere in it, such as in `enum`, is data.

use serde_json::Value;

use super::document::step;

/// What a schema within a schema applies to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// To the same value.
    Here,
    /// To a part of the value.
    Below,
    /// To nothing, unless it is referred to.
    IfReferred,
}

/// How a keyword holds schemas.
#[derive(Clone, Copy)]
enum Shape {
    One,
    List,
    OneOrList,
    ByName,
}

/// The keywords that hold schemas, in all drafts.
const KEYWORDS: &[(&str, Shape, Applies)] = &[
    ("$defs", Shape::ByName, Applies::IfReferred),
    ("definitions", Shape::ByName, Applies::IfReferred),
    ("allOf", Shape::List, Applies::Here),
    ("anyOf", Shape::List, Applies::Here),
    ("oneOf", Shape::List, Applies::Here),
    ("not", Shape::One, Applies::Here),
    ("if", Shape::One, Applies::Here),
    ("then", Shape::One, Applies::Here),
    ("else", Shape::One, Applies::Here),
    ("dependentSchemas", Shape::ByName, Applies::Here),
    ("dependencies", Shape::ByName, Applies::Here),
    ("properties", Shape::ByName, Applies::Below),
    ("patternProperties", Shape::ByName, Applies::Below),
    ("additionalProperties", Shape::One, Applies::Below),
    ("unevaluatedProperties", Shape::One, Applies::Below),
    ("propertyNames", Shape::One, Applies::Below),
    ("items", Shape::OneOrList, Applies::Below),
    ("prefixItems", Shape::List, Applies::Below),
    ("additionalItems", Shape::One, Applies::Below),
    ("unevaluatedItems", Shape::One, Applies::Below),
    ("contains", Shape::One, Applies::Below),
    ("contentSchema", Shape::One, Applies::Below),
];

/// Returns the schemas directly within a schema, with the pointer of each.
pub fn within<'a>(schema: &'a Value, pointer: &str) -> Vec<(Applies, String, &'a Value)> {
    let mut found = Vec::new();
    for (keyword, shape, applies) in KEYWORDS {
        let Some(held) = schema.get(keyword) else { continue };
        let pointer = step(pointer, keyword);
        match (shape, held) {
            (Shape::ByName, Value::Object(schemas)) => {
                found.extend(schemas.iter().map(|(name, schema)| (*applies, step(&pointer, name), schema)));
            }
            (Shape::List | Shape::OneOrList, Value::Array(schemas)) => {
                let numbered = schemas.iter().enumerate();
                found.extend(numbered.map(|(at, schema)| (*applies, step(&pointer, &at.to_string()), schema)));
            }
            (Shape::One | Shape::OneOrList, schema) => found.push((*applies, pointer, schema)),
            _ => {}
        }
    }
    found
}

/// Returns the schemas directly within a schema, to change them.
pub fn within_mut(schema: &mut Value) -> Vec<&mut Value> {
    let Some(members) = schema.as_object_mut() else { return Vec::new() };
    let mut found = Vec::new();
    for (name, held) in members {
        let Some((_, shape, _)) = KEYWORDS.iter().find(|(keyword, ..)| keyword == name) else { continue };
        match (shape, held) {
            (Shape::ByName, Value::Object(schemas)) => found.extend(schemas.values_mut()),
            (Shape::List | Shape::OneOrList, Value::Array(schemas)) => found.extend(schemas),
            (Shape::One | Shape::OneOrList, schema) => found.push(schema),
            _ => {}
        }
    }
    found
}
