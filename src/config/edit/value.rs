//! The new value of a setting: typed as a flag or variable takes it, and written as the config file takes it.

use std::path::Path;

use serde_json::{Value, json};

use super::super::settings::parse_value;
use super::super::value::NAME;
use super::{Key, settings};
use crate::error::Error;

/// A valid value of one setting.
#[derive(Clone, Debug, PartialEq)]
pub struct NewValue {
    yaml: String,
    json: Value,
}

impl NewValue {
    /// Parses the text that a variable of the setting would hold.
    pub fn parse(key: &Key, text: &str) -> Result<Self, Error> {
        let parsed = match parse_value(&key.row(), text) {
            Some(parsed) if !key.is_alias() => parsed,
            _ => NAME.parse(text).map(|name| json!(name)),
        };
        let json = parsed.map_err(|reason| Error::usage(format!("`{key}` {reason}")))?;
        let mut refused = Error::usage(format!("`{key}` cannot have this value"));
        for yaml in forms(text, &json) {
            // The reader of the file checks more, such as whether a Region is known.
            match settings(Path::new("VALUE"), &document(key, &yaml)) {
                Ok(read) if read.get(&key.to_string()) == Some(&json) => return Ok(Self { yaml, json }),
                Ok(_) => {}
                Err(error) => refused = without_position(error),
            }
        }
        Err(refused)
    }

    /// Returns the value as it is written in YAML.
    pub fn yaml(&self) -> &str {
        &self.yaml
    }

    /// Returns the value as the settings list it.
    pub fn json(&self) -> &Value {
        &self.json
    }
}

/// Returns the forms of a value in YAML, the most readable first.
fn forms(text: &str, json: &Value) -> Vec<String> {
    if let Value::Array(items) = json {
        let items: Vec<_> = items.iter().filter_map(Value::as_str).collect();
        let list = |items: Vec<String>| format!("[{}]", items.join(", "));
        let readable = items.iter().map(|item| plain(item).map_or_else(|| quoted(item), str::to_owned));
        return vec![list(readable.collect()), list(items.iter().map(|item| quoted(item)).collect())];
    }
    plain(text.trim()).map(str::to_owned).into_iter().chain([quoted(text)]).collect()
}

/// Returns a document with this setting alone.
fn document(key: &Key, yaml: &str) -> String {
    let entry = format!("{}: {yaml}\n", key.yaml_name());
    key.section().map_or_else(|| entry.clone(), |section| format!("{section}:\n  {entry}"))
}

/// Removes the position in a document that the user has not seen.
fn without_position(mut error: Error) -> Error {
    if let Some((_, message)) = error.message.summary.split_once(": ") {
        error.message.summary = message.to_owned();
    }
    error
}

/// Returns the text if it needs no quotes anywhere in YAML. A number or a truth value passes, too.
pub fn plain(text: &str) -> Option<&str> {
    let is_safe = |letter: char| letter.is_ascii_alphanumeric() || "._/:@+- ".contains(letter);
    let begins = text.starts_with(|letter: char| letter.is_ascii_alphanumeric() || "/.".contains(letter));
    let ends = !text.ends_with([' ', ':']);
    (begins && ends && !text.contains(": ") && text.chars().all(is_safe)).then_some(text)
}

/// Returns the text in double quotes.
pub fn quoted(text: &str) -> String {
    let mut quoted = String::from("\"");
    for letter in text.chars() {
        match letter {
            '"' | '\\' => quoted.extend(['\\', letter]),
            '\n' => quoted.push_str("\\n"),
            '\t' => quoted.push_str("\\t"),
            '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => quoted.push_str(&escaped(letter)),
            letter if letter.is_control() => quoted.push_str(&escaped(letter)),
            letter => quoted.push(letter),
        }
    }
    quoted + "\""
}

fn escaped(letter: char) -> String {
    format!("\\u{:04x}", u32::from(letter))
}
