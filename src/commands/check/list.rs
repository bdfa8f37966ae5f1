//! The file of `--from`: what is to be checked, one model per line, or as YAML with Regions, routing, expectation.
//! Strict: what it does not know is an error with its place. Nothing is resolved here.

use std::fs;
use std::io::Read;
use std::path::Path;

use serde_yaml::{Location, Spanned};

use super::verdict::Verdict;
use crate::config::yaml::{self, Node, Value};
use crate::context::SourceRegions;
use crate::error::Error;
use crate::model::region::Region;
use crate::model::routing::{Routing, RoutingOrder};

/// Larger files are refused.
const LARGEST: u64 = 1 << 20;

const KEYS: [&str; 4] = ["model", "regions", "routing", "expect"];

/// One model that is to be checked, as somebody wrote it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// The model.
    pub model: String,
    /// From where; nothing leaves it to the command line.
    pub regions: Option<SourceRegions>,
    /// The kinds of routing that may be used; nothing leaves it to the settings.
    pub routing: Option<RoutingOrder>,
    /// What must come out.
    pub expected: Verdict,
}

impl Entry {
    /// A model that must answer.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), regions: None, routing: None, expected: Verdict::Ok }
    }
}

/// Reads a list; `-` is stdin.
///
/// # Errors
/// Where it cannot be read, says what nobody knows, or names no model.
pub fn read(path: &Path) -> Result<Vec<Entry>, Error> {
    let name = if path == Path::new("-") { "stdin".into() } else { path.display().to_string() };
    let unreadable = |why: String| Error::usage(format!("cannot read `{name}`")).cause(why);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        fs::File::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable("it is larger than 1 MiB".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let reader = Reader { name: &name };
    let entries = if is_yaml || looks_like_yaml(text) { reader.yaml(text) } else { reader.lines(text) }?;
    if entries.is_empty() {
        return Err(Error::usage(format!("`{name}` names no model")));
    }
    Ok(entries)
}

/// No model ID begins like an item of a list.
fn looks_like_yaml(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| line == "-" || line == "---" || line.starts_with("- ") || line.starts_with('['))
}

struct Reader<'a> {
    name: &'a str,
}

impl Reader<'_> {
    fn lines(&self, text: &str) -> Result<Vec<Entry>, Error> {
        let mut entries = Vec::new();
        for (number, line) in (1..).zip(text.lines()) {
            let model = line.split_once(" #").map_or(line, |(model, _)| model).trim();
            if model.is_empty() || model.starts_with('#') {
                continue;
            }
            if model.contains(char::is_whitespace) {
                return Err(Error::usage(format!("{}:{number}: a line is one model, without blanks", self.name))
                    .hint("a YAML list of `model`, `regions`, `routing`, `expect` says more"));
            }
            entries.push(Entry::new(model));
        }
        Ok(entries)
    }

    fn yaml(&self, text: &str) -> Result<Vec<Entry>, Error> {
        let mistaken = |mistake: yaml::Mistake| {
            Error::usage(format!("{}:{}:{}: {}", self.name, mistake.line, mistake.column, mistake.what))
        };
        let root = yaml::parse(text).map_err(mistaken)?;
        match root.value {
            Value::List(items) => items.into_iter().map(|item| self.entry(item)).collect(),
            Value::Nothing => Ok(Vec::new()),
            _ => Err(self.misformed("the file", &root, "a list of models")),
        }
    }

    fn entry(&self, item: Node) -> Result<Entry, Error> {
        let place = item.referenced;
        let fields = match item.value {
            Value::Mapping(fields) => fields,
            Value::Text(_) => return self.text("an item", &item).map(Entry::new),
            _ => return Err(self.misformed("an item", &item, "a model, or a mapping with `model`")),
        };
        let mut entry = Entry::new("");
        for (key, node) in fields {
            match key.value.as_str() {
                "model" => entry.model = self.text("`model`", &node)?,
                "regions" => entry.regions = Some(self.regions(&node)?),
                "routing" => entry.routing = Some(self.routing(&node)?),
                "expect" => entry.expected = self.expected(&node)?,
                _ => return Err(self.unknown_key(&key)),
            }
        }
        if entry.model.is_empty() {
            return Err(self.error(place, "`model` is missing"));
        }
        Ok(entry)
    }

    fn regions(&self, node: &Node) -> Result<SourceRegions, Error> {
        let names = self.texts("regions", node, "a Region, a list of Regions, or `all`")?;
        if names.iter().any(|(name, _)| name == "all") {
            let alone = names.len() == 1;
            return if alone { Ok(SourceRegions::All) } else { Err(self.error(node.referenced, "`all` stands alone")) };
        }
        let known = |(name, place): &(String, Location)| {
            Region::named(name).ok_or_else(|| {
                let error = self.error(*place, "`regions` holds what is no AWS Region that is known");
                Region::nearest(name).map_or(error.clone(), |near| error.hint(format!("did you mean `{near}`?")))
            })
        };
        names.iter().map(known).collect::<Result<_, _>>().map(SourceRegions::Listed)
    }

    fn routing(&self, node: &Node) -> Result<RoutingOrder, Error> {
        let must_be = "a list of geographic (or geo), in-region and global";
        let wrong = || self.error(node.referenced, &format!("`routing` must be {must_be}"));
        let names = self.texts("routing", node, must_be)?;
        let words = names.iter().flat_map(|(name, _)| name.split(','));
        let kinds = words.map(|word| word.parse::<Routing>().map_err(|_| wrong())).collect::<Result<Vec<_>, _>>()?;
        RoutingOrder::new(kinds).map_err(|_| wrong())
    }

    fn expected(&self, node: &Node) -> Result<Verdict, Error> {
        let expectable = Verdict::ALL.into_iter().filter(|verdict| verdict.is_proof());
        let words: Vec<_> = expectable.clone().map(Verdict::as_str).collect();
        let must_be = words.join(", ");
        let text = self.text("`expect`", node)?;
        let found = expectable.clone().find(|verdict| verdict.as_str() == text);
        found.ok_or_else(|| {
            let error = self.error(node.referenced, &format!("`expect` must be one of {must_be}"));
            let near = words.iter().find(|word| strsim::osa_distance(word, &text) <= 2);
            near.map_or(error.clone(), |near| error.hint(format!("did you mean `{near}`?")))
        })
    }

    /// One text or a list of them, each with its place; never an empty list.
    fn texts(&self, key: &str, node: &Node, must_be: &str) -> Result<Vec<(String, Location)>, Error> {
        let read = |item: &Node| self.text(&format!("`{key}`"), item).map(|text| (text, item.referenced));
        match &node.value {
            Value::List(items) if !items.is_empty() => items.iter().map(read).collect(),
            Value::Text(_) => read(node).map(|text| vec![text]),
            _ => Err(self.misformed(&format!("`{key}`"), node, must_be)),
        }
    }

    fn text(&self, subject: &str, node: &Node) -> Result<String, Error> {
        match &node.value {
            Value::Text(text) if !text.trim().is_empty() => Ok(text.trim().to_owned()),
            Value::Text(_) => Err(self.error(node.referenced, &format!("{subject} is blank"))),
            _ => Err(self.misformed(subject, node, "text")),
        }
    }

    fn unknown_key(&self, key: &Spanned<String>) -> Error {
        let what = yaml::shown_key(&key.value).map_or("unknown key".to_owned(), |name| format!("unknown key `{name}`"));
        let error = self.error(key.referenced, &what);
        match KEYS.iter().find(|known| strsim::osa_distance(known, &key.value.to_lowercase()) <= 2) {
            Some(near) => error.hint(format!("did you mean `{near}`?")),
            None => error.hint("the keys here are `model`, `regions`, `routing`, `expect`"),
        }
    }

    fn misformed(&self, subject: &str, node: &Node, must_be: &str) -> Error {
        let what = match &node.value {
            Value::Nothing => format!("{subject} has no value; it must be {must_be}"),
            Value::List(items) if items.is_empty() => format!("{subject} is an empty list; it must be {must_be}"),
            other => format!("{subject} must be {must_be}, not {}", other.describe()),
        };
        self.error(node.referenced, &what)
    }

    fn error(&self, place: Location, what: &str) -> Error {
        Error::usage(format!("{}:{}:{}: {what}", self.name, place.line(), place.column()))
    }
}
