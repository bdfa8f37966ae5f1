//! Tests of the JSON Schemas in `src/schemas`: each command with `--format json` has one, which describes every field, and
//! prints JSON that it describes whether it succeeds or fails. The harness validates the JSON of all other tests.
//!
//! Every object of a schema is closed: a field that is printed and not described fails a test. For readers the schemas say
//! that a later version may add fields.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::harness::bedrock_ask;
use crate::harness::schema::{all, kinds, problems};

/// The schemas of what several commands print.
const SHARED: [&str; 3] = ["batch-job", "error", "inference-profile"];

/// The schema of the other form of JSON that `ask` has.
const NDJSON: &str = "ask-ndjson";

/// Command lines that succeed without AWS, for each command that can.
const OFFLINE: [&str; 13] = [
    "ask --dry-run hello",
    "catalog",
    "catalog clear",
    "check nova-lite --depth resolve",
    "check nova-lite --dry-run",
    "config",
    "config get region",
    "iam-policy nova-lite --account 111122223333",
    "iam-policy nova-lite -o policies",
    "models",
    "models nova-lite",
    "regions",
    "resolve nova-lite",
];

/// Command lines that fail after the arguments are parsed, with their exit codes.
const FAILURES: [(&str, i32); 31] = [
    ("batch run missing.jsonl -o out.jsonl -m nova-lite", 2),
    ("ask --dry-run hello -m nonsense.x", 3),
    ("ask hello --endpoint-url http://192.0.2.1", 2),
    ("hello --dry-run --file missing.txt", 2),
    ("batch fetch -o results.jsonl", 2),
    ("batch list", 5),
    ("batch plan missing.jsonl", 2),
    ("batch status", 2),
    ("batch stop missing.batch.json --yes", 2),
    ("batch submit missing.jsonl --s3 s3://bucket/in --role arn:aws:iam::111122223333:role/batch", 2),
    ("catalog diff", 1),
    ("catalog refresh", 5),
    ("check nova-lite", 5),
    ("check --from missing.txt", 2),
    ("check nonsense-x --depth resolve", 8),
    ("config --region all", 2),
    ("config get nonsense", 2),
    ("diagnose nothing-is-known-of-this", 1),
    ("history show", 2),
    ("history search", 2),
    ("history delete 0a1b2c3d --yes", 2),
    ("iam-policy nonsense-x", 3),
    ("iam-policy nova-lite --check missing.json --account 111122223333", 2),
    ("inference-profile list", 5),
    ("inference-profile show x", 5),
    ("inference-profile create x --from nonsense-x", 3),
    ("inference-profile delete x", 2),
    ("models nonsense-x", 3),
    ("models --provider nobody", 2),
    ("resolve nonsense-x", 3),
    ("whoami", 5),
];

/// Returns the path of the command that a schema describes.
fn command(name: &str) -> String {
    let below = ["batch-", "catalog-", "config-", "history-", "inference-profile-"]
        .into_iter()
        .find(|prefix| name.starts_with(prefix));
    below.map_or_else(
        || name.to_owned(),
        |prefix| name.replacen(prefix, &prefix.replace('-', " ").replace("inference ", "inference-"), 1),
    )
}

fn of_commands() -> impl Iterator<Item = (&'static String, &'static Value)> {
    all().iter().filter(|(name, _)| !SHARED.contains(&name.as_str()) && *name != NDJSON)
}

/// Calls `see` with each schema inside of this one, and where it is.
fn visit<'s>(schema: &'s Value, path: &str, see: &mut impl FnMut(&str, &'s Value)) {
    see(path, schema);
    for keyword in ["oneOf", "anyOf"] {
        for (index, part) in schema[keyword].as_array().into_iter().flatten().enumerate() {
            visit(part, &format!("{path}/{keyword}/{index}"), see);
        }
    }
    for keyword in ["properties", "$defs"] {
        for (name, part) in schema[keyword].as_object().into_iter().flatten() {
            visit(part, &format!("{path}/{keyword}/{name}"), see);
        }
    }
    for keyword in ["items", "additionalProperties"] {
        if schema[keyword].is_object() {
            visit(&schema[keyword], &format!("{path}/{keyword}"), see);
        }
    }
}

/// Returns the schema that a reference names, and the name of its file.
fn target<'s>(schema: &'s Value, name: &'s str) -> (&'s Value, &'s str) {
    let Some(reference) = schema["$ref"].as_str() else { return (schema, name) };
    let (file, pointer) = reference.split_once('#').unwrap_or((reference, ""));
    let name = file.strip_suffix(".json").unwrap_or(name);
    let target = all()[name].pointer(pointer).unwrap_or_else(|| panic!("{reference} leads nowhere"));
    (target, all().get_key_value(name).unwrap().0)
}

/// Returns the names of an object's fields, each with those of the objects in it: `output (message (content (text)))`.
/// Those of an error stand where a run fails.
fn fields(schema: &Value, name: &str, is_failure: bool) -> String {
    if schema["$ref"] == "error.json" && !is_failure {
        return String::new();
    }
    let (schema, name) = target(schema, name);
    if schema["items"].is_object() {
        return fields(&schema["items"], name, is_failure);
    }
    let forms = schema["oneOf"].as_array().into_iter().flatten();
    let known: BTreeMap<_, _> =
        [schema].into_iter().chain(forms).filter_map(|form| form["properties"].as_object()).flatten().collect();
    let field = |(field, schema): (&String, &&Value)| match fields(schema, name, is_failure) {
        inner if inner.is_empty() => field.clone(),
        inner => format!("{field} ({inner})"),
    };
    known.iter().map(|(name, schema)| field((name, schema))).collect::<Vec<_>>().join(", ")
}

#[test]
fn every_schema_is_valid_and_describes_every_field() {
    for (name, schema) in all() {
        if let Err(error) = jsonschema::meta::validate(schema) {
            panic!("{name}.json: {error} at {}", error.instance_path());
        }
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema", "{name}");
        assert!(
            schema["$comment"].as_str().is_some_and(|text| text.contains("A later version may add fields")),
            "{name}"
        );
        assert!(schema["title"].is_string() && schema["description"].is_string(), "{name}");
        let has_text =
            |schema: &Value| target(schema, name).0["description"].as_str().is_some_and(|text| text.ends_with('.'));
        visit(schema, name, &mut |path, part| {
            for (field, schema) in part["properties"].as_object().into_iter().flatten() {
                assert!(has_text(schema), "{path}: `{field}` is not described");
            }
            if part["type"] == "object" {
                let is_closed = part.get("additionalProperties").is_some() || part["oneOf"].is_array();
                assert!(is_closed, "{path} is open");
                assert!(
                    part["description"].is_string() || path.ends_with("additionalProperties"),
                    "{path} is not described"
                );
            }
            for required in part["required"].as_array().into_iter().flatten() {
                assert!(part["properties"].get(required.as_str().unwrap()).is_some(), "{path}: {required}");
            }
        });
    }
    for (name, schema) in of_commands() {
        assert_eq!(kinds(name).len(), schema["oneOf"].as_array().map_or(0, Vec::len), "{name}");
        assert_eq!(schema["title"], format!("bedrock-ask {}", command(name)));
    }
}

#[test]
fn a_field_that_is_not_described_is_found() {
    let error = r#""message":"x","aws":[],"causes":[],"hints":[],"exitCode":2"#;
    assert!(problems("resolve", &format!(r#"{{"error":{{{error}}}}}"#)).is_empty());
    for line in [
        format!(r#"{{"error":{{{error},"new":1}}}}"#),
        format!(r#"{{"error":{{{error}}},"new":1}}"#),
        r#"{"error":{"message":"x","aws":[],"causes":[],"hints":[]}}"#.to_owned(),
        r#"{"only":"this"}"#.to_owned(),
        "[]".to_owned(),
        "text".to_owned(),
    ] {
        assert!(!problems("resolve", &line).is_empty(), "{line}");
    }
}

/// Returns what the help of `ask` says about `--format ndjson`.
fn ndjson() -> String {
    let kinds = all()[NDJSON]["oneOf"].as_array().unwrap();
    let fields = kinds.iter().map(|kind| {
        let (kind, _) = target(kind, NDJSON);
        let members: Vec<_> = kind["properties"].as_object().unwrap().keys().map(String::as_str).collect();
        format!("{}: {}", kind["title"].as_str().unwrap(), members.join(", "))
    });
    let start = "With `--format ndjson`, AWS's events as they arrive, one a line, then the result or the failure, see \
                 src/schemas/ask-ndjson.json in the repository:";
    let end = "`result` and `response` are the object of `--format json`. With `--output-file`, the text goes to the \
               file, and the events to stdout.";
    [start.to_owned()].into_iter().chain(fields).chain([end.to_owned()]).collect::<Vec<_>>().join(" ")
}

#[test]
fn each_command_with_json_has_a_schema_whose_fields_its_help_names() {
    let mut described = BTreeSet::new();
    for (name, schema) in of_commands() {
        let path = command(name);
        described.insert(path.clone());
        let help = bedrock_ask(path.split(' ').chain(["--help"])).run();
        let shown = help.stdout_text().split("\nJSON:\n").nth(1).unwrap_or_else(|| panic!("{path}: {help}"));
        let shown = shown.split_whitespace().collect::<Vec<_>>().join(" ");
        let kinds = schema["oneOf"].as_array().into_iter().flatten().map(|kind| {
            let (kind, of) = target(kind, name);
            format!("{}: {}", kind["title"].as_str().unwrap(), fields(kind, of, kind["title"] == "failure"))
        });
        let start = format!("With `--format json`, one object a line, see src/schemas/{name}.json in the repository:");
        let mut expected: Vec<_> = [start].into_iter().chain(kinds).collect();
        if name == "ask" {
            expected.push(ndjson());
        }
        assert_eq!(shown, expected.join(" "), "{path}");
    }
    let paths = crate::help::paths();
    let with_json = paths.iter().filter(|path| !path.is_empty()).filter(|path| {
        let help = bedrock_ask(path.split(' ').chain(["-h"])).run();
        // The commands below it have the JSON.
        help.stdout_text().contains("--format <FORMAT>")
            && !["batch", "history", "inference-profile"].contains(&path.as_str())
    });
    assert_eq!(with_json.cloned().collect::<BTreeSet<_>>(), described);
}

/// The fields whose name stands for facts of several types, with the reason.
const OF_SEVERAL_TYPES: [(&str, &str); 5] = [
    ("message", "that of Converse has a role and a content, that of an error is a sentence"),
    ("output", "that of Converse is a message, that of a price a number"),
    ("region", "`whoami` shows a setting, with its value and origin"),
    ("routing", "`whoami` shows a setting, with its value and origin"),
    ("value", "each setting has its own type"),
];

#[test]
fn the_same_fact_has_the_same_name_and_type_in_every_command() {
    let mut types: BTreeMap<&str, BTreeMap<String, BTreeSet<String>>> = BTreeMap::new();
    for (name, schema) in all() {
        visit(schema, name, &mut |path, part| {
            // The fields of a policy are those of IAM.
            let own = part["properties"].as_object().into_iter().flatten().filter(|_| !path.contains("/policy"));
            for (field, schema) in own {
                let (schema, _) = target(schema, name);
                let mut kinds: BTreeSet<_> = match &schema["type"] {
                    Value::Array(kinds) => kinds.iter().filter_map(Value::as_str).map(str::to_owned).collect(),
                    Value::String(kind) => BTreeSet::from([kind.clone()]),
                    _ => BTreeSet::from(["object".to_owned()]),
                };
                kinds.remove("null");
                let members = target(&schema["items"], name).0["type"].as_str().unwrap_or_default();
                let kind = kinds.into_iter().collect::<Vec<_>>().join(" or ") + " " + members;
                types.entry(field).or_default().entry(kind).or_default().insert(path.to_owned());
            }
        });
    }
    let several: Vec<_> = types.iter().filter(|(_, types)| types.len() > 1).collect();
    let names: Vec<_> = several.iter().map(|(name, _)| **name).collect();
    assert_eq!(names, OF_SEVERAL_TYPES.map(|(name, _)| name), "{several:#?}");
}

#[test]
fn each_command_prints_json_whether_it_succeeds_or_fails() {
    let run = |line: &str| {
        let ran = bedrock_ask(line.split(' ').chain(["--format", "json"])).env("AWS_REGION", "us-east-1").run();
        assert!(!ran.stdout.is_empty(), "{line}: {ran}");
        ran
    };
    for line in OFFLINE {
        assert_eq!(run(line).exit(), Some(0), "{line}");
    }
    for (line, exit) in FAILURES {
        let ran = run(line);
        assert_eq!(ran.exit(), Some(exit), "{line}: {ran}");
        let is_error = |line: &str| {
            let object: Value = serde_json::from_str(line).unwrap();
            object["error"].is_object() || object["outcome"] == "failed" || object["isCertain"] == false
        };
        assert!(ran.stdout_text().lines().any(is_error), "{line}: {ran}");
    }
    let failing: BTreeSet<_> = FAILURES.iter().map(|(line, _)| *line).collect();
    for (name, _) in of_commands() {
        let path = command(name);
        // Every command refuses an unknown flag and a setting that is not valid.
        for (words, variable) in [(vec!["--bogus"], "X"), (vec![], "BEDROCK_ASK_MAX_TOKENS")] {
            let needed: &[&str] = match path.as_str() {
                "ask"
                | "batch plan"
                | "diagnose"
                | "history delete"
                | "history search"
                | "iam-policy"
                | "inference-profile show" => &["x"],
                "batch fetch" => &["-o", "x"],
                "batch run" => &["x", "-o", "y"],
                "inference-profile create" => &["x", "--from", "nova-lite"],
                "inference-profile tag" => &["x", "a=b"],
                "inference-profile untag" => &["x", "a"],
                "inference-profile delete" => &["x", "--yes"],
                "config get" => &["region"],
                _ => &[],
            };
            let words = path.split(' ').chain(needed.iter().copied()).chain(words);
            let ran =
                bedrock_ask(words.chain(["--format", "json"])).env(variable, "none").env("AWS_REGION", "us-east-1");
            let ran = ran.run();
            assert_eq!(ran.exit(), Some(2), "{path}: {ran}");
            let object: Value = serde_json::from_str(ran.stdout_text()).unwrap_or_else(|_| panic!("{path}: {ran}"));
            assert_eq!(object["error"]["exitCode"], 2, "{path}: {ran}");
        }
        let has_failure = failing.iter().any(|line| line.starts_with(&path));
        let cannot_fail = ["catalog", "catalog clear", "history list", "regions"].contains(&&*path);
        let needs_aws = ["inference-profile tag", "inference-profile untag"].contains(&&*path);
        assert!(has_failure || cannot_fail || needs_aws, "no failure of `{path}` is tried");
    }
}
