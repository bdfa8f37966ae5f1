//! What may stand in a settings file: every key, what it must be, and how it becomes a value. An error names place,
//! key and what was expected, and never what stands there, which may be a secret.

use std::path::Path;
use std::sync::Arc;

use serde_yaml::{Location, Spanned};

use super::file::File;
use super::origin::{Origin, Place, Setting};
use super::value::{self, Color, Format, Kind, Written};
use super::yaml::{self, Node, Value};
use crate::error::Error;
use crate::model::region::Region;
use crate::model::routing::{Routing, RoutingOrder};

const KEYS: [&str; 16] = [
    "model",
    "region",
    "profile",
    "routing",
    "aliases",
    "system",
    "max_tokens",
    "temperature",
    "top_p",
    "stop_sequences",
    "format",
    "color",
    "endpoint_url",
    "timeout",
    "catalog",
    "bedrock",
];
const TIMEOUT_KEYS: [&str; 4] = ["connect", "first_byte", "idle", "total"];
const CATALOG_KEYS: [&str; 1] = ["ttl"];
const BEDROCK_KEYS: [&str; 2] = ["region", "model_id"];

/// The settings that the document says.
pub fn read(path: &Arc<Path>, root: Node) -> Result<File, Error> {
    let mut reader = Reader { path, file: File::default(), older_model: None, older_region: None };
    match root.value {
        Value::Nothing => {}
        Value::Mapping(entries) => {
            for (key, node) in entries {
                reader.take(&key, node)?;
            }
        }
        other => {
            let what = format!("the config file must be a mapping of settings, not {}", other.describe());
            return Err(reader.error(root.referenced, &what));
        }
    }
    let Reader { older_model, older_region, mut file, .. } = reader;
    file.model = either(("model", file.model), ("bedrock.model_id", older_model))?;
    file.region = either(("region", file.region), ("bedrock.region", older_region))?;
    Ok(file)
}

struct Reader<'a> {
    path: &'a Arc<Path>,
    file: File,
    older_model: Option<Setting<String>>,
    older_region: Option<Setting<Region>>,
}

impl Reader<'_> {
    fn take(&mut self, key: &Spanned<String>, node: Node) -> Result<(), Error> {
        let name = key.value.as_str();
        match name {
            "model" => self.file.model = Some(self.scalar(name, &node, &value::NAME)?),
            "region" => self.file.region = Some(self.region(name, &node)?),
            "profile" => self.file.profile = Some(self.scalar(name, &node, &value::NAME)?),
            "routing" => self.file.routing = Some(self.routing(name, &node)?),
            "aliases" => self.aliases(name, node)?,
            "system" => self.file.system = Some(self.scalar(name, &node, &value::TEXT)?),
            "max_tokens" => self.file.max_tokens = Some(self.scalar(name, &node, &value::TOKENS)?),
            "temperature" => self.file.temperature = Some(self.scalar(name, &node, &value::FRACTION)?),
            "top_p" => self.file.top_p = Some(self.scalar(name, &node, &value::FRACTION)?),
            "stop_sequences" => self.file.stop_sequences = Some(self.stop_sequences(name, &node)?),
            "format" => self.file.format = Some(self.scalar(name, &node, &Format::KIND)?),
            "color" => self.file.color = Some(self.scalar(name, &node, &Color::KIND)?),
            "endpoint_url" => self.file.endpoint_url = Some(self.scalar(name, &node, &value::ENDPOINT)?),
            "timeout" => self.timeout(node)?,
            "catalog" => self.catalog(node)?,
            "bedrock" => self.bedrock(node)?,
            _ => return Err(self.unknown_key(key, "", &KEYS)),
        }
        Ok(())
    }

    fn timeout(&mut self, node: Node) -> Result<(), Error> {
        for (key, node) in self.mapping("timeout", &TIMEOUT_KEYS, node)? {
            let limit = |name| self.scalar(name, &node, &value::TIMEOUT);
            match key.value.as_str() {
                "connect" => self.file.connect = Some(limit("timeout.connect")?),
                "first_byte" => self.file.first_byte = Some(limit("timeout.first_byte")?),
                "idle" => self.file.idle = Some(limit("timeout.idle")?),
                "total" => self.file.total = Some(limit("timeout.total")?),
                _ => return Err(self.unknown_key(&key, "timeout.", &TIMEOUT_KEYS)),
            }
        }
        Ok(())
    }

    fn catalog(&mut self, node: Node) -> Result<(), Error> {
        for (key, node) in self.mapping("catalog", &CATALOG_KEYS, node)? {
            match key.value.as_str() {
                "ttl" => self.file.catalog_ttl = Some(self.scalar("catalog.ttl", &node, &value::AGE)?),
                _ => return Err(self.unknown_key(&key, "catalog.", &CATALOG_KEYS)),
            }
        }
        Ok(())
    }

    /// The shape of files that were written for an earlier Bedrock tool.
    fn bedrock(&mut self, node: Node) -> Result<(), Error> {
        for (key, node) in self.mapping("bedrock", &BEDROCK_KEYS, node)? {
            match key.value.as_str() {
                "region" => self.older_region = Some(self.region("bedrock.region", &node)?),
                "model_id" => self.older_model = Some(self.scalar("bedrock.model_id", &node, &value::NAME)?),
                _ => return Err(self.unknown_key(&key, "bedrock.", &BEDROCK_KEYS)),
            }
        }
        Ok(())
    }

    fn aliases(&mut self, name: &str, node: Node) -> Result<(), Error> {
        let must_be = "a mapping of names to models";
        let Value::Mapping(entries) = node.value else {
            return Err(self.misformed(name, &node, must_be, None));
        };
        for (key, target) in entries {
            let Some(alias) = (value::ALIAS_NAME.read)(&key.value) else {
                let what = format!("an alias must be {}", value::ALIAS_NAME.must_be);
                return Err(self.error(key.referenced, &what));
            };
            let shown = yaml::shown_key(&alias).map_or_else(|| name.to_owned(), |alias| format!("{name}.{alias}"));
            let target = self.scalar(&shown, &target, &value::NAME)?;
            self.file.aliases.insert(alias, target);
        }
        Ok(())
    }

    fn routing(&self, name: &str, node: &Node) -> Result<Setting<RoutingOrder>, Error> {
        let kinds = self.list(name, node, value::ROUTING.must_be, |word| word.parse::<Routing>().ok())?;
        let order = RoutingOrder::new(kinds).map_err(|_| self.wrong(name, node, value::ROUTING.must_be))?;
        Ok(self.setting(node, order))
    }

    fn stop_sequences(&self, name: &str, node: &Node) -> Result<Setting<Vec<String>>, Error> {
        let must_be = "a list of texts that are not empty";
        let sequences = self.list(name, node, must_be, |text| Some(text.to_owned()).filter(|text| !text.is_empty()))?;
        Ok(self.setting(node, sequences))
    }

    fn list<T>(&self, name: &str, node: &Node, must_be: &str, item: fn(&str) -> Option<T>) -> Result<Vec<T>, Error> {
        let Value::List(nodes) = &node.value else { return Err(self.misformed(name, node, must_be, None)) };
        let read = |node: &Node| match &node.value {
            Value::Text(text) => item(text).ok_or_else(|| self.wrong(name, node, must_be)),
            _ => Err(self.misformed(&format!("{name}[]"), node, "text", Some(Written::Text))),
        };
        nodes.iter().map(read).collect()
    }

    fn region(&self, name: &str, node: &Node) -> Result<Setting<Region>, Error> {
        let Setting { value: text, origin } = self.scalar(name, node, &value::NAME)?;
        if let Some(region) = Region::named(&text) {
            return Ok(Setting::new(region, origin));
        }
        let error = self.error(node.referenced, &format!("`{name}` must be an AWS Region that is known"));
        // What stands there is shown only by its resemblance: it may be anything.
        Err(match Region::nearest(&text) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error,
        })
    }

    fn scalar<T>(&self, name: &str, node: &Node, kind: &Kind<T>) -> Result<Setting<T>, Error> {
        let ((Value::Text(text), Written::Text | Written::TextOrNumber)
        | (Value::Number(text), Written::Number | Written::TextOrNumber)) = (&node.value, kind.written)
        else {
            return Err(self.misformed(name, node, kind.must_be, Some(kind.written)));
        };
        let value = (kind.read)(text).ok_or_else(|| self.wrong(name, node, kind.must_be))?;
        Ok(self.setting(node, value))
    }

    fn mapping(&self, name: &str, keys: &[&str], node: Node) -> Result<Vec<(Spanned<String>, Node)>, Error> {
        match node.value {
            Value::Mapping(entries) => Ok(entries),
            _ => Err(self.misformed(name, &node, &format!("a mapping with {}", listed(keys)), None)),
        }
    }

    /// The error for a value of the wrong form, such as a list for text.
    fn misformed(&self, name: &str, node: &Node, must_be: &str, written: Option<Written>) -> Error {
        let what = match &node.value {
            Value::Nothing => format!("`{name}` has no value; it must be {must_be}"),
            other => format!("`{name}` must be {must_be}, not {}", other.describe()),
        };
        let error = self.error(node.referenced, &what);
        match (&node.value, written) {
            (Value::Number(_) | Value::Truth, Some(Written::Text)) => error.hint("in quotes it is text"),
            _ => error,
        }
    }

    /// The error for a value of the right form that is wrong all the same.
    fn wrong(&self, name: &str, node: &Node, must_be: &str) -> Error {
        self.error(node.referenced, &format!("`{name}` must be {must_be}"))
    }

    fn unknown_key(&self, key: &Spanned<String>, section: &str, known: &[&str]) -> Error {
        let what = match yaml::shown_key(&key.value) {
            Some(name) => format!("unknown key `{section}{name}`"),
            None => "unknown key".to_owned(),
        };
        let error = self.error(key.referenced, &what);
        match nearest(&key.value, known) {
            Some(near) => error.hint(format!("did you mean `{section}{near}`?")),
            None => error.hint(format!("the keys here are {}", listed(known))),
        }
    }

    fn setting<T>(&self, node: &Node, value: T) -> Setting<T> {
        Setting::new(value, Origin::File(self.place(node.referenced)))
    }

    fn error(&self, location: Location, what: &str) -> Error {
        Error::usage(format!("{}: {what}", self.place(location)))
    }

    fn place(&self, location: Location) -> Place {
        Place { file: Arc::clone(self.path), line: location.line(), column: location.column() }
    }
}

/// The one of two spellings of a setting that the file uses.
fn either<T>(
    (name, setting): (&str, Option<Setting<T>>),
    (older_name, older): (&str, Option<Setting<T>>),
) -> Result<Option<Setting<T>>, Error> {
    match (setting, older) {
        (Some(Setting { origin: Origin::File(first), .. }), Some(Setting { origin: Origin::File(second), .. })) => {
            let ((earlier, line), (later, place)) = if first.line < second.line {
                ((name, first.line), (older_name, second))
            } else {
                ((older_name, second.line), (name, first))
            };
            Err(Error::usage(format!("{place}: `{later}` says the same as `{earlier}` in line {line}"))
                .hint(format!("keep `{name}`")))
        }
        (setting, older) => Ok(setting.or(older)),
    }
}

/// The known key that was meant: the same but for capitals and hyphens, or different in at most two letters.
fn nearest<'a>(key: &str, known: &[&'a str]) -> Option<&'a str> {
    let key = key.to_lowercase().replace(['-', ' '], "_");
    let near = |known: &&'a str| (strsim::osa_distance(&key, known), *known);
    known.iter().map(near).filter(|(distance, name)| *distance <= 2.min(name.len() / 2)).min().map(|(_, name)| name)
}

fn listed(keys: &[&str]) -> String {
    keys.iter().map(|key| format!("`{key}`")).collect::<Vec<_>>().join(", ")
}
