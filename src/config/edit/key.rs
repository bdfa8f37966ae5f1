//! The keys of settings, as they are typed and as `bedrock-ask config` prints them.

use std::fmt;

use super::super::settings::{OLDER_KEYS, ROWS};
use super::super::value::alias_name;
use super::super::yaml::{nearest, quoted_list};
use super::value::plain;
use crate::error::Error;

/// The section of the user's names for models.
const ALIASES: &str = "aliases";

/// The key of a setting, such as `timeout.connect` or `aliases.fast`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key {
    section: Option<String>,
    name: String,
}

impl Key {
    /// Parses a key.
    ///
    /// # Errors
    /// A usage error with the nearest key if no setting has it.
    pub fn parse(text: &str) -> Result<Self, Error> {
        if let Some(name) = text.strip_prefix("aliases.") {
            return match alias_name(name) {
                Some(name) => Ok(Self { section: Some(ALIASES.to_owned()), name }),
                None => Err(Error::usage("an alias must be a name without spaces and control characters")),
            };
        }
        if text == ALIASES {
            return Err(Error::usage("`aliases` holds several settings").hint("name one of them: `aliases.NAME`"));
        }
        let keys: Vec<_> = ROWS.iter().map(|row| row.key).filter(|key| *key != ALIASES).collect();
        if keys.contains(&text) {
            return Ok(match text.split_once('.') {
                Some((section, name)) => Self { section: Some(section.to_owned()), name: name.to_owned() },
                None => Self { section: None, name: text.to_owned() },
            });
        }
        let prefix = format!("{text}.");
        let below: Vec<_> = keys.iter().copied().filter(|key| key.starts_with(&prefix)).collect();
        if !below.is_empty() {
            let error = Error::usage(format!("`{text}` holds several settings"));
            return Err(error.hint(format!("name one of them: {}", quoted_list(&below))));
        }
        let older = OLDER_KEYS.iter().find(|(older, _)| *older == text).map(|(_, now)| *now);
        let error = Error::usage(format!("unknown key `{text}`"));
        Err(match older.or_else(|| nearest(text, &keys)) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint(format!("the keys are {}, `aliases.NAME`", quoted_list(&keys))),
        })
    }

    /// Returns the key of the row in the table of settings.
    pub fn row(&self) -> String {
        if self.is_alias() { ALIASES.to_owned() } else { self.to_string() }
    }

    /// Whether the setting is one of the user's names for models.
    pub fn is_alias(&self) -> bool {
        self.section() == Some(ALIASES)
    }

    /// Returns the section that holds the setting.
    pub fn section(&self) -> Option<&str> {
        self.section.as_deref()
    }

    /// Returns the name in its section as it is written in YAML.
    pub fn yaml_name(&self) -> String {
        plain(&self.name).map_or_else(|| super::value::quoted(&self.name), str::to_owned)
    }

    /// Returns the sections and names under which a file may have the setting: its own, then an older one.
    pub fn paths(&self) -> Vec<(Option<&str>, &str)> {
        let key = self.to_string();
        let older = OLDER_KEYS.iter().find(|(_, now)| *now == key).and_then(|(older, _)| older.split_once('.'));
        let older = older.map(|(section, name)| (Some(section), name));
        [(self.section(), &*self.name)].into_iter().chain(older).collect()
    }
}

impl fmt::Display for Key {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.section {
            Some(section) => write!(formatter, "{section}.{}", self.name),
            None => formatter.write_str(&self.name),
        }
    }
}
