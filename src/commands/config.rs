//! `bedrock-ask config`: shows every setting with its origin; finds, writes, edits and checks the config file.

mod value;

use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use serde_json::{Value, json};

use crate::atomic_file::{AtomicFile, Existing, FileAccess};
use crate::commands::{
    ALLOW_HTTP, CommandArgs, ENDPOINT_URL, FORMAT, NO_REPAIR, PROFILE, REGION, REPAIR, ROUTING, STRICT, Setup,
    SetupCommand, TIMEOUT, ask, table,
};
use crate::config::file;
use crate::config::value::Format;
use crate::config::{Environment, Listed, Origin, Settings};
use crate::context::{Context, ContextOptions, LiveCatalogs, several_regions};
use crate::error::{Error, ExitCode};
use crate::output::Output;
pub(super) use value::report_other_source;

/// The key of the setting that names the model of a prompt.
const MODEL: &str = "model";

/// A wider value does not widen its column.
pub(super) const WIDEST_VALUE: usize = 48;

/// The file that `config init` writes.
const TEMPLATE: &str = include_str!("config.yaml");

/// Show every setting with its value and where it comes from
#[derive(Clone, Debug, clap::Args)]
pub struct ConfigArgs {
    #[command(subcommand)]
    action: Option<ConfigCommand>,
}

#[derive(Clone, Debug, clap::Subcommand)]
enum ConfigCommand {
    /// Print the value of one setting, as it is in force
    #[command(after_long_help = GET)]
    Get {
        /// The key, as `bedrock-ask config` shows it
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Set one setting in the config file, which is created if it does not exist
    #[command(after_long_help = SET)]
    Set {
        /// The key, as `bedrock-ask config` shows it
        #[arg(value_name = "KEY")]
        key: String,
        /// The value, written as in the environment variable of the setting
        #[arg(value_name = "VALUE")]
        value: String,
    },
    /// Remove one setting from the config file
    #[command(after_long_help = UNSET)]
    Unset {
        /// The key, as `bedrock-ask config` shows it
        #[arg(value_name = "KEY")]
        key: String,
    },
    /// Print the path of the config file
    Path,
    /// Write a config file in which everything is explained and commented out; never overwrites
    Init,
    /// Check a config file without using it
    Check {
        /// The file to check; the one that would be used where none is named
        file: Option<PathBuf>,
    },
}

const GET: &str = "\
The value is the one in force: that of the flag, else of the environment, the config file, the AWS profile, or the default.
It is printed alone, in the form that `config set` takes; the password of an endpoint is not printed.
If the setting has no value, nothing is printed, and the exit code is 1. An unknown key is a usage error (exit code 2).
With `--format json` it is the object that `bedrock-ask config --format json` prints for the setting; `value` is null if it
has none.";

const SET: &str = "\
A list is written with commas (`routing`) or as JSON (`stop_sequences`), and a name for a model as `aliases.NAME`.
Comments, the order of the settings and the form of the file are kept. The file is written only if exactly this setting
changes and its value is valid; where that needs more than one edit, such as in `{a: b}`, the error names the line to write.";

const UNSET: &str = "\
The setting is removed with a comment behind it; comments on lines of their own are kept. If the file does not have the
setting, nothing changes, and the exit code is 0.";

impl CommandArgs for ConfigArgs {
    fn unused_flags(&self) -> Vec<&'static str> {
        let mut unused = vec![STRICT, REPAIR, NO_REPAIR, ALLOW_HTTP];
        if !matches!(self.action, None | Some(ConfigCommand::Get { .. })) {
            unused.extend([REGION, PROFILE, ROUTING, FORMAT, ENDPOINT_URL, TIMEOUT]);
        }
        unused
    }
}

impl SetupCommand for ConfigArgs {
    fn run(self, setup: Setup, output: &mut Output) -> Result<ExitCode, Error> {
        if setup.has_several_regions {
            return Err(several_regions());
        }
        let text = match self.action {
            None => settings(setup, output)?,
            Some(ConfigCommand::Get { key }) => return value::get(&key, setup, output),
            Some(ConfigCommand::Set { key, value }) => return value::set(&key, &value, &setup.environment, output),
            Some(ConfigCommand::Unset { key }) => return value::unset(&key, &setup.environment, output),
            Some(action) => action.text(&setup.environment)?,
        };
        output.text(&text).map(|()| ExitCode::Success)
    }
}

impl ConfigCommand {
    /// Returns the text for stdout. Nothing but the file in question needs to be valid.
    fn text(self, environment: &Environment) -> Result<String, Error> {
        match self {
            Self::Path => Ok(format!("{}\n", path(environment)?.display())),
            Self::Init => init(&path(environment)?),
            Self::Check { file: Some(path) } => match file::read(&path)? {
                Some(_) => Ok("ok\n".to_owned()),
                None => Err(file::missing(&path)),
            },
            Self::Check { file: None } => file::read_configured(environment).map(|_| "ok\n".to_owned()),
            Self::Get { .. } | Self::Set { .. } | Self::Unset { .. } => Ok(String::new()),
        }
    }
}

/// Returns every setting, and the ID to which the model of a prompt is resolved with them.
fn settings(setup: Setup, output: &mut Output) -> Result<String, Error> {
    let settings = Settings::load(setup.flags.clone(), &setup.environment)?;
    let list = settings.list(&setup.environment)?;
    let format = settings.format.value;
    let model_id = model_id(setup, output);
    Ok(if format == Format::Json { to_json(&list, &model_id) } else { to_text(&list, &model_id) })
}

/// Returns the ID to which the model of a prompt is resolved, or why it is not. The settings are shown even if the catalog
/// file that they name is not valid.
fn model_id(setup: Setup, output: &mut Output) -> Result<String, Error> {
    let options = ContextOptions::default();
    let live = LiveCatalogs::OfConfiguredModel;
    let context = Context::load(setup.flags, &options, setup.environment, setup.clock, &live, output)?;
    ask::resolve(&context, &context.catalog).map(|resolution| resolution.id)
}

pub(super) fn path(environment: &Environment) -> Result<PathBuf, Error> {
    file::path(environment).ok_or_else(|| {
        Error::usage("the config file is not known: there is no home directory")
            .hint(format!("set `HOME`, or name the file in `{}`", file::VARIABLE))
    })
}

fn init(path: &Path) -> Result<String, Error> {
    let cannot = |error: &std::io::Error| {
        Error::new(ExitCode::Failure, format!("cannot write `{}`", path.display())).cause(error.to_string())
    };
    let folder = match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    };
    fs::create_dir_all(folder).map_err(|error| cannot(&error))?;
    match AtomicFile::write_whole(path, FileAccess::Private, Existing::Refuse, TEMPLATE.as_bytes()) {
        Ok(()) => Ok(format!("{}\n", path.display())),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            Err(Error::usage(format!("`{}` exists already; it was not touched", path.display()))
                .hint("see what it sets with `bedrock-ask config`"))
        }
        Err(error) => Err(cannot(&error)),
    }
}

/// Returns a table. `model_id` is what a prompt is sent to, or why it is sent to nothing.
fn to_text(list: &[Listed], model_id: &Result<String, Error>) -> String {
    let rows: Vec<_> = list.iter().map(|setting| row(setting, model_id)).collect();
    table::align(&rows, WIDEST_VALUE, |_| false)
}

/// Returns the key, the value and the origin of a setting; that of the model says what a prompt is sent to.
pub(super) fn row(setting: &Listed, model_id: &Result<String, Error>) -> Vec<String> {
    let origin = match (setting.key == MODEL, model_id) {
        (false, _) => format!("({})", setting.origin),
        (true, Ok(id)) => format!("({}; a prompt is sent to {id})", setting.origin),
        (true, Err(error)) => format!("({}; not resolved: {})", setting.origin, error.message.summary),
    };
    vec![setting.key.clone(), display_value(&setting.value), origin]
}

/// Returns plain text if it cannot be mistaken for another value, and JSON otherwise.
fn display_value(value: &Value) -> String {
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

/// Returns a line with an object for each setting.
fn to_json(list: &[Listed], model_id: &Result<String, Error>) -> String {
    list.iter().map(|setting| line_of_json(setting, model_id)).collect()
}

fn line_of_json(setting: &Listed, model_id: &Result<String, Error>) -> String {
    let mut line = json!({"key": setting.key});
    if let (Value::Object(line), Value::Object(members)) = (&mut line, object(setting, model_id)) {
        line.extend(members);
    }
    line.to_string() + "\n"
}

/// Returns the value and the origin of a setting; that of the model has the `modelId` of a prompt, or the `error` in its
/// place.
pub(super) fn object(setting: &Listed, model_id: &Result<String, Error>) -> Value {
    let mut object = json!({"value": setting.value, "origin": origin_to_json(&setting.origin)});
    if setting.key == MODEL {
        match model_id {
            Ok(id) => object["modelId"] = json!(id),
            Err(error) => object["error"] = error.to_json(),
        }
    }
    object
}

fn origin_to_json(origin: &Origin) -> Value {
    match origin {
        Origin::Flag(name) => json!({"kind": "flag", "name": name}),
        Origin::Template { name, line } => json!({"kind": "template", "name": name, "line": line}),
        Origin::Environment(name) => json!({"kind": "environment", "name": name}),
        Origin::File(at) => json!({"kind": "file", "file": at.file.to_string_lossy(), "line": at.line}),
        Origin::Profile { name, file } => json!({"kind": "profile", "name": name, "file": file.to_string_lossy()}),
        Origin::Services { name, file } => json!({"kind": "services", "name": name, "file": file.to_string_lossy()}),
        Origin::Conversation(id) => json!({"kind": "conversation", "name": id}),
        Origin::Default => json!({"kind": "default"}),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::Flags;

    fn in_folder(folder: &Path) -> Environment {
        let folder = folder.to_str().unwrap().to_owned();
        [("XDG_CONFIG_HOME".to_owned(), folder.clone()), ("HOME".to_owned(), folder)].into_iter().collect()
    }

    #[test]
    fn a_value_that_could_be_mistaken_for_another_is_shown_as_json() {
        for (value, shown) in [
            (Value::Null, "-"),
            (json!([]), "-"),
            (json!("nova-lite"), "nova-lite"),
            (json!("two\nlines"), r#""two\nlines""#),
            (json!(["geographic", "in-region"]), "geographic, in-region"),
            (json!(["a,b"]), r#"["a,b"]"#),
        ] {
            assert_eq!(display_value(&value), shown);
        }
    }

    #[test]
    fn the_object_of_a_setting_names_the_variable_that_it_comes_from() {
        let origin = Origin::Environment("BEDROCK_ASK_TEMPERATURE");
        let setting = Listed { key: "temperature".to_owned(), value: json!(0.7), origin };
        let origin = json!({"kind": "environment", "name": "BEDROCK_ASK_TEMPERATURE"});
        assert_eq!(object(&setting, &Ok(String::new())), json!({"value": 0.7, "origin": origin}));
    }

    #[test]
    fn init_leaves_nothing_beside_the_file() {
        let folder = tempfile::tempdir().unwrap();
        let environment = in_folder(folder.path());
        assert!(ConfigCommand::Init.text(&environment).is_ok());
        assert_eq!(ConfigCommand::Init.text(&environment).unwrap_err().exit, ExitCode::Usage);
        assert_eq!(fs::read_dir(folder.path().join("bedrock-ask")).unwrap().count(), 1);
    }

    /// Returns the template with every setting enabled. A line of prose has one space after its `#`.
    fn uncommented() -> String {
        let line = |line: &'static str| match line.strip_prefix('#') {
            Some(rest) if !rest.starts_with(' ') || rest.starts_with("  ") => rest,
            _ => line,
        };
        TEMPLATE.lines().map(line).collect::<Vec<_>>().join("\n")
    }

    #[test]
    fn the_template_sets_nothing_and_each_of_its_examples_is_valid() {
        let folder = tempfile::tempdir().unwrap();
        let environment = in_folder(folder.path());
        fs::create_dir(folder.path().join("bedrock-ask")).unwrap();
        let listed = |text: &str| -> BTreeMap<String, String> {
            fs::write(folder.path().join("bedrock-ask/config.yaml"), text).unwrap();
            let list = Settings::load(Flags::default(), &environment).unwrap().list(&environment).unwrap();
            let default = |origin| if origin == Origin::Default { " by default" } else { "" };
            list.into_iter().map(|Listed { key, value, origin }| (key, format!("{value}{}", default(origin)))).collect()
        };
        let defaults = listed("");
        assert_eq!(listed(TEMPLATE), defaults);
        let examples = listed(&uncommented());
        let printed = examples.iter().map(|(key, value)| format!("{key} {value}")).collect::<Vec<_>>().join("\n");
        assert!(defaults.keys().all(|key| examples.contains_key(key)) && !printed.contains("by default"), "{printed}");
        insta::assert_snapshot!(printed, @r#"
        aliases.fast "amazon.nova-2-lite-v1:0"
        aliases.smart "anthropic.claude-sonnet-4-6"
        auth_refresh "aws sso login"
        catalog.path "/etc/bedrock-ask/catalog.txt"
        catalog.ttl "1d"
        color "auto"
        endpoint_url "https://bedrock.example.com"
        format "text"
        history "never"
        markdown false
        max_tokens 1024
        model "amazon.nova-2-lite-v1:0"
        profile "default"
        region "eu-central-1"
        resolve false
        routing ["geographic","in-region"]
        stop_sequences ["END","\n\n"]
        system "Answer in one sentence."
        temperature 0.2
        timeout.connect "5s"
        timeout.first_byte "5m"
        timeout.idle "2m"
        timeout.total "10m"
        top_p 0.9
        "#);
    }
}
