//! `bedrock-ask config`: shows every setting with its origin, and finds, writes and checks the settings file.

use std::fs;
use std::io::{ErrorKind, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::config::file::{self, File};
use crate::config::value::{Format, without_password, written_duration};
use crate::config::{Environment, Flags, Origin, Setting, Settings};
use crate::error::{Error, Exit};

/// What `config init` writes.
const TEMPLATE: &str = include_str!("config.yaml");

/// Show every setting with its value and where it comes from
#[derive(Clone, Debug, clap::Args)]
pub struct Config {
    #[command(subcommand)]
    action: Option<Action>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum Action {
    /// Print the path of the settings file
    Path,
    /// Write a settings file in which everything is explained and commented out; never overwrites
    Init,
    /// Check a settings file without using it
    Check {
        /// The file to check; the one that would be used where none is named
        file: Option<PathBuf>,
    },
}

impl Config {
    /// Runs the command; what it returns is for stdout. Only the bare command needs the settings file to be sound.
    pub fn run(self, flags: Flags, environment: &Environment) -> Result<String, Error> {
        match self.action {
            None => {
                let settings = Settings::settle(flags, environment)?;
                Ok(match settings.format.value {
                    Format::Text => as_text(&rows(&settings, environment)),
                    Format::Json => as_json(&rows(&settings, environment)),
                })
            }
            Some(Action::Path) => Ok(format!("{}\n", path(environment)?.display())),
            Some(Action::Init) => init(&path(environment)?),
            Some(Action::Check { file: Some(path) }) => match File::open(&path)? {
                Some(_) => Ok("ok\n".to_owned()),
                None => Err(file::missing(&path)),
            },
            Some(Action::Check { file: None }) => File::of_user(environment).map(|_| "ok\n".to_owned()),
        }
    }
}

fn path(environment: &Environment) -> Result<PathBuf, Error> {
    file::path(environment).ok_or_else(|| {
        Error::usage("there is no home folder to look for a config file in")
            .hint(format!("set `HOME`, or name the file in `{}`", file::VARIABLE))
    })
}

fn init(path: &Path) -> Result<String, Error> {
    let cannot = |error: &std::io::Error| {
        Error::new(Exit::Failure, format!("cannot write `{}`", path.display())).cause(error.to_string())
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|error| cannot(&error))?;
    // A temporary file beside it is readable by its owner only, and appears under its name whole or not at all.
    let mut written = tempfile::NamedTempFile::new_in(folder).map_err(|error| cannot(&error))?;
    written.write_all(TEMPLATE.as_bytes()).map_err(|error| cannot(&error))?;
    match written.persist_noclobber(path) {
        Ok(_) => Ok(format!("{}\n", path.display())),
        Err(refused) if refused.error.kind() == ErrorKind::AlreadyExists => {
            Err(Error::usage(format!("`{}` exists already; it was not touched", path.display()))
                .hint("see what it sets with `bedrock-ask config`"))
        }
        Err(refused) => Err(cannot(&refused.error)),
    }
}

struct Row {
    key: String,
    value: Value,
    origin: Origin,
}

fn rows(settings: &Settings, environment: &Environment) -> Vec<Row> {
    let timeout = &settings.timeout;
    let mut rows = vec![
        row("model", &settings.model, |model| json!(model)),
        row("region", &settings.region, |region| json!(region.map(|region| region.name))),
        row("profile", &settings.profile, |profile| json!(profile)),
        row("routing", &settings.routing, |order| order.kinds().iter().map(|kind| kind.as_str()).collect()),
        row("system", &settings.system, |system| json!(system)),
        row("max_tokens", &settings.max_tokens, |tokens| json!(tokens)),
        row("temperature", &settings.temperature, |temperature| fraction(*temperature)),
        row("top_p", &settings.top_p, |top_p| fraction(*top_p)),
        row("stop_sequences", &settings.stop_sequences, |sequences| json!(sequences)),
        row("format", &settings.format, |format| json!(format.as_str())),
        row("color", &settings.color, |color| json!(color.as_str())),
        row("endpoint_url", &settings.endpoint_url, |address| json!(address.as_deref().map(without_password))),
        row("timeout.connect", &timeout.connect, |limit| json!(written_duration(*limit))),
        row("timeout.first_byte", &timeout.first_byte, |limit| json!(written_duration(*limit))),
        row("timeout.idle", &timeout.idle, |limit| json!(written_duration(*limit))),
        row("timeout.total", &timeout.total, |limit| json!(limit.map(written_duration))),
        row("catalog.ttl", &settings.catalog_ttl, |ttl| json!(written_duration(*ttl))),
    ];
    rows.extend(
        settings.aliases.iter().map(|(name, model)| row(format!("aliases.{name}"), model, |model| json!(model))),
    );
    for row in &mut rows {
        // Left to the SDK, the endpoint is nevertheless known: the variable that the SDK will read is the origin.
        if let ("endpoint_url", Value::Null, Origin::Environment(variable)) =
            (row.key.as_str(), &row.value, &row.origin)
        {
            row.value = json!(environment.raw(variable).map(|address| without_password(&address.to_string_lossy())));
        }
    }
    rows
}

fn row<T>(key: impl Into<String>, setting: &Setting<T>, value: impl FnOnce(&T) -> Value) -> Row {
    Row { key: key.into(), value: value(&setting.value), origin: setting.origin.clone() }
}

/// The shortest decimal that is this number, instead of its neighbour in double precision.
fn fraction(number: Option<f32>) -> Value {
    number.and_then(|number| serde_json::from_str(&number.to_string()).ok()).unwrap_or(Value::Null)
}

fn as_text(rows: &[Row]) -> String {
    let shown: Vec<_> = rows.iter().map(|row| (&row.key, in_words(&row.value), &row.origin)).collect();
    let keys = shown.iter().map(|(key, ..)| key.chars().count()).max().unwrap_or(0);
    let values =
        shown.iter().map(|(_, value, _)| value.chars().count()).filter(|width| *width <= 48).max().unwrap_or(0);
    shown.iter().map(|(key, value, origin)| format!("{key:keys$}  {value:values$}  ({origin})\n")).collect()
}

/// Plain text where it can be read as nothing else, JSON otherwise.
fn in_words(value: &Value) -> String {
    match value {
        Value::Null => "-".to_owned(),
        Value::String(text) if is_plain(text) => text.clone(),
        Value::Array(items)
            if !items.is_empty() && items.iter().all(|item| item.as_str().is_some_and(is_plain_word)) =>
        {
            items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(", ")
        }
        Value::Array(items) if items.is_empty() => "-".to_owned(),
        other => other.to_string(),
    }
}

fn is_plain(text: &str) -> bool {
    !text.is_empty() && text != "-" && text.trim() == text && !text.starts_with('"') && !text.contains(char::is_control)
}

fn is_plain_word(text: &str) -> bool {
    is_plain(text) && !text.contains([',', '[', ' '])
}

fn as_json(rows: &[Row]) -> String {
    rows.iter()
        .map(|row| format!("{}\n", json!({"key": row.key, "value": row.value, "origin": in_json(&row.origin)})))
        .collect()
}

fn in_json(origin: &Origin) -> Value {
    match origin {
        Origin::Flag(name) => json!({"kind": "flag", "name": name}),
        Origin::Environment(name) => json!({"kind": "environment", "name": name}),
        Origin::File(place) => json!({"kind": "file", "path": place.file.to_string_lossy(), "line": place.line}),
        Origin::Profile { name, file } => json!({"kind": "profile", "name": name, "path": file.to_string_lossy()}),
        Origin::Default => json!({"kind": "default"}),
    }
}
