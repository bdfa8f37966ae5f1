//! Validation by the schema of the user, in bounded time whatever the schema.

use std::sync::{Arc, mpsc};
use std::thread;
use std::time::Duration;

use jsonschema::{ValidationError, Validator};
use serde_json::Value;

use super::reference;
use crate::error::Error;

/// The time in which a schema is compiled, and in which a response is validated.
const TIME_LIMIT: Duration = Duration::from_secs(10);

/// The stack in bytes for it: references lead from schema to schema, one within the other.
const STACK: usize = 256 << 20;

/// How many faults are reported.
const MOST_FAULTS: usize = 10;

/// The most characters of a fault that are shown: it has the value in it.
const LONGEST_FAULT: usize = 200;

#[derive(Clone, Debug)]
pub struct Compiled(Arc<Validator>);

impl Compiled {
    /// Compiles a schema of the draft that its `$schema` names, by default 2020-12.
    ///
    /// # Errors
    /// If it is not valid, or refers to something outside of itself.
    pub fn of(schema: &Value) -> Result<Self, Error> {
        let schema = schema.clone();
        let compile = move || {
            reference::check(&schema)?;
            let options = jsonschema::options().offline();
            options
                .build(&schema)
                .map(|validator| Self(Arc::new(validator)))
                .map_err(|error| Error::usage("the schema is not valid").cause(fault(&error)))
        };
        within(TIME_LIMIT, compile)
            .unwrap_or_else(|reason| Err(Error::usage("the schema cannot be compiled").cause(reason)))
    }

    /// Returns what is wrong with a value, each fault with its JSON Pointer; nothing if it is valid.
    ///
    /// # Errors
    /// If it cannot be decided in time.
    pub fn faults(&self, value: Value) -> Result<Vec<String>, Error> {
        let validator = self.0.clone();
        within(TIME_LIMIT, move || if validator.is_valid(&value) { Vec::new() } else { all(&validator, &value) })
            .map_err(|reason| {
                let what = "the response cannot be validated by the schema";
                Error::incomplete(what).cause(reason)
            })
    }
}

fn all(validator: &Validator, value: &Value) -> Vec<String> {
    let mut errors = validator.iter_errors(value);
    let mut faults: Vec<_> = errors.by_ref().take(MOST_FAULTS).map(|error| fault(&error)).collect();
    let more = errors.count();
    if more > 0 {
        faults.push(format!("{more} more"));
    }
    faults
}

/// Describes a fault, with the pointer of the value that has it.
fn fault(error: &ValidationError<'_>) -> String {
    let text = error.to_string();
    let text = match text.char_indices().nth(LONGEST_FAULT) {
        Some((end, _)) => format!("{}…", &text[..end]),
        None => text,
    };
    match error.instance_path().as_str() {
        "" => format!("at the root: {text}"),
        pointer => format!("at `{pointer}`: {text}"),
    }
}

/// Runs this in a thread of its own, which is left behind if it takes too long: the process ends soon after.
fn within<T: Send + 'static>(limit: Duration, act: impl FnOnce() -> T + Send + 'static) -> Result<T, String> {
    let (sender, receiver) = mpsc::channel();
    let thread = thread::Builder::new().stack_size(STACK).spawn(move || drop(sender.send(act())));
    thread.map_err(|error| error.to_string())?;
    receiver.recv_timeout(limit).map_err(|failed| match failed {
        mpsc::RecvTimeoutError::Timeout => format!("it takes more than {} seconds", limit.as_secs()),
        mpsc::RecvTimeoutError::Disconnected => "the validation ended without a result".to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn faults(schema: &Value, value: Value) -> Vec<String> {
        Compiled::of(schema).unwrap().faults(value).unwrap()
    }

    #[test]
    fn each_fault_has_its_pointer() {
        let schema = json!({
            "type": "object",
            "properties": {"age": {"type": "integer", "minimum": 0}, "tags": {"items": {"type": "string"}}},
            "required": ["name"],
        });
        assert_eq!(faults(&schema, json!({"name": "x", "age": 1})), Vec::<String>::new());
        let mut found = faults(&schema, json!({"age": -1, "tags": ["a", 5]}));
        found.sort();
        assert_eq!(
            found,
            [
                "at `/age`: -1 is less than the minimum of 0",
                "at `/tags/1`: 5 is not of type \"string\"",
                "at the root: \"name\" is a required property",
            ]
        );
    }

    #[test]
    fn the_faults_are_bounded_in_number_and_length() {
        let schema = json!({"items": {"type": "integer"}});
        let found = faults(&schema, json!(vec!["ü".repeat(1000); 30]));
        assert_eq!((found.len(), found[10].as_str()), (11, "20 more"));
        assert!(found.iter().all(|fault| fault.chars().count() < 250));
    }

    #[test]
    fn a_schema_that_is_not_valid_is_refused_with_the_pointer() {
        for (schema, expected) in [
            (json!({"properties": {"a": {"type": "str"}}}), "at `/properties/a/type`: "),
            (json!({"required": "a"}), "at `/required`: "),
            (json!({"properties": {"a": {"pattern": "("}}}), "at `/properties/a/pattern`: "),
            (json!({"$schema": "https://a.example/meta"}), ""),
            (json!({"$ref": "#/$defs/missing"}), ""),
        ] {
            let error = Compiled::of(&schema).unwrap_err();
            assert_eq!((error.exit.code(), error.message.summary.as_str()), (2, "the schema is not valid"), "{schema}");
            assert!(error.message.causes[0].starts_with(expected), "{:?}", error.message.causes);
        }
    }

    #[test]
    fn the_draft_is_that_of_the_schema() {
        // In draft 4, `exclusiveMinimum` is a flag; since draft 6, it is a number.
        let of_draft_4 = json!({
            "$schema": "http://json-schema.org/draft-04/schema#",
            "properties": {"a": {"minimum": 1, "exclusiveMinimum": true}},
        });
        assert_eq!(faults(&of_draft_4, json!({"a": 1})).len(), 1);
        let mut newest = of_draft_4.clone();
        newest.as_object_mut().unwrap().remove("$schema");
        assert!(Compiled::of(&newest).is_err());
    }

    #[test]
    fn a_schema_of_many_alternatives_and_a_costly_pattern_end() {
        let schema = json!({"properties": {"a": {"pattern": "^(a+)+\\1$"}}});
        let found = faults(&schema, json!({"a": "a".repeat(40) + "!"}));
        assert_eq!(found.len(), 1, "{found:?}");
        let tree = json!({"$defs": {"n": {"allOf": [
            {"properties": {"a": {"$ref": "#/$defs/n"}}},
            {"properties": {"a": {"$ref": "#/$defs/n"}}},
        ]}}, "$ref": "#/$defs/n"});
        let value = (0..10).fold(json!({}), |inner, _| json!({ "a": inner }));
        assert_eq!(faults(&tree, value), Vec::<String>::new());
    }

    #[test]
    fn a_long_chain_of_references_is_compiled_or_refused() {
        let chain = |length: usize| {
            let link = |at| (format!("d{at}"), json!({"$ref": format!("#/$defs/d{}", at + 1)}));
            let mut defs: serde_json::Map<_, _> = (0..length).map(link).collect();
            defs.insert(format!("d{length}"), json!({"type": "object"}));
            json!({"$ref": "#/$defs/d0", "$defs": defs})
        };
        assert_eq!(faults(&chain(900), json!([])).len(), 1);
        let error = Compiled::of(&chain(30_000)).unwrap_err();
        assert_eq!((error.exit.code(), error.message.summary.as_str()), (2, "the schema is too complex"));
    }

    #[test]
    fn what_takes_too_long_is_an_error() {
        let slow = within(Duration::from_millis(10), || thread::sleep(Duration::from_mins(1)));
        assert_eq!(slow, Err("it takes more than 0 seconds".to_owned()));
        let failed: Result<(), _> = within(TIME_LIMIT, || std::panic::resume_unwind(Box::new(())));
        assert_eq!(failed, Err("the validation ended without a result".to_owned()));
    }
}
