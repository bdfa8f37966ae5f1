//! Validates each line that a run with `--format json` printed against the JSON Schema of its command, so that every test
//! of a command holds its schema.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::OnceLock;

use jsonschema::{Registry, Validator};
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/src/schemas");

/// The address below which the schemas refer to each other.
const BASE: &str = "schema:///";

/// The commands, and what each has below it.
const COMMANDS: [(&str, &[&str]); 17] = [
    ("ask", &[]),
    ("batch", &["fetch", "list", "plan", "run", "status", "stop", "submit"]),
    ("catalog", &["clear", "diff", "export", "refresh"]),
    ("chat", &[]),
    ("check", &[]),
    ("completions", &[]),
    ("config", &["check", "get", "init", "path", "set", "unset"]),
    ("diagnose", &[]),
    ("history", &["delete", "list", "search", "show"]),
    ("iam-policy", &[]),
    ("inference-profile", &["create", "delete", "list", "show", "tag", "untag"]),
    ("man", &[]),
    ("models", &[]),
    ("regions", &[]),
    ("resolve", &[]),
    ("setup", &[]),
    ("whoami", &[]),
];

/// The options that can precede a command or what is below it, and have a value.
const WITH_VALUE: &[&str] = &[
    "--attach",
    "--attachment",
    "--body",
    "--color",
    "--conversation",
    "--endpoint-url",
    "--failed",
    "--fallback",
    "--file",
    "--format",
    "--guardrail",
    "--hours",
    "--input",
    "--input-form",
    "--interval",
    "--jobs",
    "--kms-key",
    "--limits",
    "--manifest",
    "--max-cost",
    "--max-tokens",
    "--model",
    "--name",
    "--output",
    "--output-file",
    "--profile",
    "--region",
    "--role",
    "--routing",
    "--rpm",
    "--s3",
    "--schema",
    "--spread",
    "--status",
    "--stop",
    "--system",
    "--temperature",
    "--template",
    "--timeout",
    "--top-p",
    "--tpm",
    "--type",
    "--var",
    "-a",
    "-f",
    "-m",
    "-o",
    "-s",
    "-t",
];

/// Returns the schemas by their names, those of the files without the ending.
pub fn all() -> &'static BTreeMap<String, Value> {
    static SCHEMAS: OnceLock<BTreeMap<String, Value>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let files = fs::read_dir(FOLDER).expect("the folder of the schemas").map(|entry| entry.expect("a file").path());
        let read = |path: &Path| {
            let name = path.file_stem().expect("a name").to_string_lossy().into_owned();
            let text = fs::read_to_string(path).expect("a schema");
            (name, serde_json::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display())))
        };
        files.map(|path| read(&path)).collect()
    })
}

/// Returns a validator for each kind of object that the command with this schema prints; without a schema, for a failure.
pub fn kinds(name: &str) -> &'static [(String, Validator)] {
    static KINDS: OnceLock<BTreeMap<String, Vec<(String, Validator)>>> = OnceLock::new();
    let known = KINDS.get_or_init(|| {
        let mut registry = Registry::new();
        for (name, schema) in all() {
            registry = registry.add(format!("{BASE}{name}.json"), schema).expect("an address");
        }
        let registry = registry.prepare().expect("references that exist");
        let kind = |reference: &str| {
            let schema = json!({"$ref": reference});
            let options = jsonschema::options().with_registry(&registry).should_validate_formats(true);
            (reference.to_owned(), options.build(&schema).unwrap_or_else(|error| panic!("{reference}: {error}")))
        };
        let of_schema = |(name, schema): (&String, &Value)| {
            let count = schema["oneOf"].as_array().map_or(0, Vec::len);
            let kinds = (0..count).map(|index| kind(&format!("{BASE}{name}.json#/oneOf/{index}"))).collect();
            (name.clone(), kinds)
        };
        let failure = (String::new(), vec![kind(&format!("{BASE}error.json#/$defs/failure"))]);
        all().iter().map(of_schema).chain([failure]).collect()
    });
    known.get(name).unwrap_or_else(|| &known[""])
}

/// The JSON that a run prints, if it prints JSON.
pub struct Printed {
    schema: Option<String>,
}

impl Printed {
    /// Looks at what the run is asked for.
    pub fn by(command: &Command) -> Self {
        let arguments: Vec<_> = command.get_args().map(|argument| argument.to_string_lossy().into_owned()).collect();
        let is_ours = Path::new(command.get_program()) == Path::new(env!("CARGO_BIN_EXE_bedrock-ask"));
        let by_environment = command.get_envs().any(|(name, value)| {
            name == "BEDROCK_ASK_FORMAT" && value.is_some_and(|value| value.to_string_lossy().trim() == "json")
        });
        Self { schema: Some(&arguments).filter(|_| is_ours).and_then(|all| schema(all, by_environment)) }
    }

    /// Checks each whole line of stdout.
    pub fn assert_valid(&self, stdout: &[u8]) {
        let Some(name) = &self.schema else { return };
        let text = String::from_utf8_lossy(stdout);
        for line in text.split_inclusive('\n').filter(|line| line.ends_with('\n')) {
            let problems = problems(name, line);
            assert!(problems.is_empty(), "`{name}.json` does not describe {line}{}", problems.join("\n"));
        }
    }
}

/// Returns why a line is not an object of exactly one kind of the schema.
pub fn problems(name: &str, line: &str) -> Vec<String> {
    let object: Value = match serde_json::from_str(line) {
        Ok(object) => object,
        Err(error) => return vec![format!("it is not JSON: {error}")],
    };
    let (valid, others): (Vec<_>, Vec<_>) = kinds(name).iter().partition(|(_, validator)| validator.is_valid(&object));
    if valid.len() == 1 {
        return Vec::new();
    }
    let errors = |(kind, validator): &(String, Validator)| {
        let errors = validator.iter_errors(&object).map(|error| format!("{} at {}", error, error.instance_path()));
        format!("{kind}: {}", errors.collect::<Vec<_>>().join("; "))
    };
    let several = valid.iter().map(|(kind, _)| format!("it is also of the kind {kind}"));
    others.into_iter().map(errors).chain(several).collect()
}

/// Returns the name of the schema of these arguments, which is empty where there can be failures alone, or `None` if they
/// do not ask for JSON.
fn schema(arguments: &[String], by_environment: bool) -> Option<String> {
    let words: Vec<_> = arguments.iter().map(String::as_str).take_while(|word| *word != "--").collect();
    let is_help = |word: &&str| ["-h", "--help", "-V", "--version", "help"].contains(word);
    if words.iter().any(is_help) {
        return None;
    }
    let mut formats = words.iter().enumerate().filter_map(|(index, word)| match word.split_once('=') {
        Some(("--format", value)) => Some(value),
        _ => words.get(index + 1).copied().filter(|_| *word == "--format"),
    });
    let by_flag = formats.next_back();
    let reports: Vec<_> = words.windows(2).filter(|pair| pair[0] == "--report").map(|pair| pair[1]).collect();
    if let Some(report) = reports.iter().find(|report| !report.contains('=')).filter(|_| by_flag != Some("json")) {
        return (*report == "json").then(|| "check".to_owned());
    }
    let (path, can_be_json) = path(&words);
    if by_flag == Some("ndjson") {
        return Some(if path == "ask" { "ask-ndjson".to_owned() } else { String::new() });
    }
    match by_flag {
        Some(format) => format == "json",
        None => by_environment && can_be_json,
    }
    .then_some(if can_be_json { path } else { String::new() })
}

/// Returns the name of the schema of the command, and whether the command has one.
fn path(words: &[&str]) -> (String, bool) {
    let mut bare = Vec::new();
    let mut rest = words.iter();
    while let Some(word) = rest.next() {
        if WITH_VALUE.contains(word) {
            rest.next();
        } else if !word.starts_with('-') {
            bare.push(*word);
        }
    }
    let Some((name, below)) = bare.first().and_then(|first| COMMANDS.iter().find(|(name, _)| name == first)) else {
        return ("ask".to_owned(), true);
    };
    let path = match bare.get(1).filter(|word| below.contains(word)) {
        Some(word) => format!("{name}-{word}"),
        None => (*name).to_owned(),
    };
    let is_known = all().get(&path).is_some_and(|schema| schema.get("oneOf").is_some());
    (path, is_known)
}

#[test]
fn the_schema_is_that_of_the_command_and_only_where_json_is_asked_for() {
    let schema = |line: &str, by_environment| {
        schema(&line.split(' ').map(str::to_owned).collect::<Vec<_>>(), by_environment).unwrap_or("-".to_owned())
    };
    for (line, name) in [
        ("--format json hello", "ask"),
        ("--region eu-west-1 ask --format=json hello", "ask"),
        ("-m resolve --format json hello", "ask"),
        ("resolve --format json x", "resolve"),
        ("--format ndjson hello", "ask-ndjson"),
        ("resolve --format ndjson x", ""),
        ("--format json resolve x --format text", "-"),
        ("resolve -- --format json", "-"),
        ("resolve --format json --help", "-"),
        ("catalog --format json", "catalog"),
        ("--format json catalog --region all refresh", "catalog-refresh"),
        ("inference-profile list --format json", "inference-profile-list"),
        ("inference-profile --format json", ""),
        ("config path --format json", ""),
        ("completions bash --format json", ""),
        ("check x --report json", "check"),
        ("check x --format json --report junit=FILE", "check"),
        ("check x --format json --report text", "check"),
        ("check x --report text", "-"),
    ] {
        assert_eq!(schema(line, false), name, "{line}");
    }
    assert_eq!(schema("resolve x", true), "resolve");
    assert_eq!(schema("resolve x --format text", true), "-");
    assert_eq!(schema("config path", true), "-");
}
