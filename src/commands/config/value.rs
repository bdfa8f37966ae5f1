//! `config get`, `config set` and `config unset`: one setting at a time.

use serde_json::Value;

use crate::aws;
use crate::commands::Setup;
use crate::config::edit::{self, Change, Key, NewValue};
use crate::config::value::Format;
use crate::config::{Environment, Flags, Listed, Origin, Settings};
use crate::error::{Error, ExitCode};
use crate::output::Output;

/// The key of the list that is written with commas.
const ROUTING: &str = "routing";

/// The key of the address that may hold a password.
const ENDPOINT_URL: &str = "endpoint_url";

/// What stands for a password where an address is shown.
const MASKED: &str = ":***@";

/// Prints the value of a setting that is in force; exits with 1 if it has none.
pub fn get(key: &str, setup: Setup, output: &mut Output) -> Result<ExitCode, Error> {
    let key = Key::parse(key)?;
    let settings = Settings::load(setup.flags.clone(), &setup.environment)?;
    let none = || Listed { key: key.to_string(), value: Value::Null, origin: Origin::Default };
    let setting = find(&key, settings.list(&setup.environment)?).unwrap_or_else(none);
    let text = bare(&setting);
    let exit = if text.is_some() { ExitCode::Success } else { ExitCode::Failure };
    if settings.format.value == Format::Json {
        let is_model = setting.key == super::MODEL;
        let model_id = if is_model { super::model_id(setup, output) } else { Ok(String::new()) };
        output.text(&super::line_of_json(&setting, &model_id))?;
    } else if let Some(text) = text {
        output.line(&text)?;
    }
    Ok(exit)
}

/// Sets a setting in the config file.
pub fn set(key: &str, value: &str, environment: &Environment, output: &mut Output) -> Result<ExitCode, Error> {
    let key = Key::parse(key)?;
    if key.to_string() == ENDPOINT_URL && value.contains(MASKED) {
        return Err(Error::usage("the password in this address is masked, as `config` shows it"));
    }
    let change = Change::Set(NewValue::parse(&key, value)?);
    if key.to_string() == ENDPOINT_URL {
        aws::require_usable(value.trim())?;
    }
    edit::change_file(&super::path(environment)?, &[(key.clone(), change)])?;
    report_other_source(&key, environment, output);
    Ok(ExitCode::Success)
}

/// Removes a setting from the config file.
pub fn unset(key: &str, environment: &Environment, output: &mut Output) -> Result<ExitCode, Error> {
    let key = Key::parse(key)?;
    let path = super::path(environment)?;
    if !edit::change_file(&path, &[(key.clone(), Change::Unset)])? {
        output.note(&format!("`{}` does not set `{key}`", path.display()));
    }
    report_other_source(&key, environment, output);
    Ok(ExitCode::Success)
}

/// Reports a source of the setting that wins over the config file.
pub fn report_other_source(key: &Key, environment: &Environment, output: &mut Output) {
    // The file was written; whatever else is wrong has its error when it is used.
    let list = Settings::load(Flags::default(), environment).and_then(|settings| settings.list(environment));
    let origin = list.ok().and_then(|list| find(key, list)).map(|listed| listed.origin);
    if let Some(origin) = origin.filter(|origin| !matches!(origin, Origin::File(_) | Origin::Default)) {
        output.note(&format!("`{key}` is still taken from another source: {origin}"));
    }
}

fn find(key: &Key, list: Vec<Listed>) -> Option<Listed> {
    list.into_iter().find(|listed| listed.key == key.to_string())
}

/// Returns the value of a setting as `config set` takes it; `None` if there is none.
fn bare(setting: &Listed) -> Option<String> {
    match &setting.value {
        Value::Null => None,
        Value::String(text) => Some(text.clone()),
        Value::Array(items) if items.is_empty() => None,
        Value::Array(items) if setting.key == ROUTING => {
            Some(items.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","))
        }
        other => Some(other.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_value_is_printed_as_set_takes_it() {
        for (key, value) in [
            ("routing", json!(["geographic", "global"])),
            ("stop_sequences", json!(["a,b", "\n"])),
            ("stop_sequences", json!(["END"])),
            ("stop_sequences", json!(["global", "in-region"])),
            ("system", json!("two\nlines")),
            ("temperature", json!(0.2)),
            ("resolve", json!(false)),
            ("timeout.idle", json!("1500ms")),
        ] {
            let setting = Listed { key: key.to_owned(), value: value.clone(), origin: Origin::Default };
            let text = bare(&setting).unwrap();
            let read = NewValue::parse(&Key::parse(key).unwrap(), &text).unwrap();
            assert_eq!(*read.json(), value, "{key}: {text}");
        }
        for value in [Value::Null, json!([])] {
            let setting = Listed { key: "stop_sequences".to_owned(), value, origin: Origin::Default };
            assert_eq!(bare(&setting), None);
        }
    }
}
