//! Reads the file of `--from`: one model per line, or a YAML list with Regions, routing and expectation. An unknown key
//! is an error with its position. Nothing is resolved here.

use std::io::Read;
use std::path::Path;

use super::verdict::Verdict;
use crate::config::contents;
use crate::config::value;
use crate::config::yaml::{self, Document, Node, Value};
use crate::context::SourceRegions;
use crate::distinct::distinct;
use crate::error::Error;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::routing::RoutingOrder;

/// Larger files are refused.
const LARGEST: u64 = 1 << 20;

const KEYS: [&str; 4] = ["model", "regions", "routing", "expect"];

/// One model to check, with its own settings.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ListEntry {
    pub model: String,
    /// The source Regions; `None` leaves them to the command line.
    pub regions: Option<SourceRegions>,
    /// The allowed kinds of routing; `None` leaves them to the settings.
    pub routing: Option<RoutingOrder>,
    /// The verdict that passes.
    pub expected: Verdict,
}

impl ListEntry {
    /// Creates an entry for a model that must respond.
    pub fn new(model: impl Into<String>) -> Self {
        Self { model: model.into(), regions: None, routing: None, expected: Verdict::Ok }
    }
}

/// Reads a list of at least one model; `-` is stdin.
pub fn read(path: &Path) -> Result<Vec<ListEntry>, Error> {
    let name = if path == Path::new("-") { "stdin".into() } else { path.display().to_string() };
    let unreadable = |why: String| Error::usage(format!("cannot read `{name}`")).cause(why);
    let mut bytes = Vec::new();
    let read = if path == Path::new("-") {
        std::io::stdin().lock().take(LARGEST + 1).read_to_end(&mut bytes)
    } else {
        contents::open(path).and_then(|file| file.take(LARGEST + 1).read_to_end(&mut bytes))
    };
    read.map_err(|error| unreadable(error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unreadable("it is larger than 1 MiB".to_owned()));
    }
    let text = String::from_utf8(bytes).map_err(|_| unreadable("it is not UTF-8".to_owned()))?;
    let text = text.trim_start_matches('\u{feff}');
    let is_yaml = path.extension().is_some_and(|extension| extension == "yaml" || extension == "yml");
    let entries =
        if is_yaml || looks_like_yaml(text) { parse_yaml(Path::new(&name), text) } else { parse_lines(&name, text) }?;
    if entries.is_empty() {
        return Err(Error::usage(format!("`{name}` has no model")));
    }
    Ok(entries)
}

/// Whether the first line begins like YAML, as no model ID does.
fn looks_like_yaml(text: &str) -> bool {
    let first = text.lines().map(str::trim).find(|line| !line.is_empty() && !line.starts_with('#'));
    first.is_some_and(|line| line == "-" || line == "---" || line.starts_with("- ") || line.starts_with('['))
}

fn parse_lines(name: &str, text: &str) -> Result<Vec<ListEntry>, Error> {
    let mut entries = Vec::new();
    for (number, line) in (1..).zip(text.lines()) {
        let model = line.split_once(" #").map_or(line, |(model, _)| model).trim();
        if model.is_empty() || model.starts_with('#') {
            continue;
        }
        if model.contains(char::is_whitespace) {
            return Err(Error::usage(format!("{name}:{number}: a line must be one model without spaces"))
                .hint("a YAML list can have `model`, `regions`, `routing` and `expect`"));
        }
        if model.contains(char::is_control) {
            return Err(Error::usage(format!("{name}:{number}: a model cannot contain control characters")));
        }
        entries.push(ListEntry::new(model));
    }
    Ok(entries)
}

fn parse_yaml(file: &Path, text: &str) -> Result<Vec<ListEntry>, Error> {
    let document = Document::parse(file, text)?;
    let root = document.root("the file");
    match root.value() {
        Value::Null => Ok(Vec::new()),
        _ => root.items("a list of models")?.iter().map(entry).collect(),
    }
}

fn entry(item: &Node<'_>) -> Result<ListEntry, Error> {
    if let Value::Text(_) = item.value() {
        return model(item).map(ListEntry::new);
    }
    let mut entry = ListEntry::new("");
    for field in item.entries("a model, or a mapping with `model`")? {
        match field.key {
            "model" => entry.model = model(&field.node)?,
            "regions" => entry.regions = Some(regions(&field.node)?),
            "routing" => entry.routing = Some(routing(&field.node)?),
            "expect" => entry.expected = expected(&field.node)?,
            _ => return Err(item.unknown_key(&field, &KEYS)),
        }
    }
    if entry.model.is_empty() {
        return Err(item.error("`model` is missing"));
    }
    Ok(entry)
}

/// Returns the name of a model. What could begin a line of its own, or a command of GitHub Actions, is none.
fn model(node: &Node<'_>) -> Result<String, Error> {
    let model = value::NAME.read(node)?;
    let is_model = !model.contains(char::is_control) && !model.starts_with("::");
    if is_model { Ok(model) } else { Err(node.error("a model cannot contain control characters or begin with `::`")) }
}

fn regions(node: &Node<'_>) -> Result<SourceRegions, Error> {
    let is_all = |node: &Node<'_>| matches!(node.value(), Value::Text(text) if text.trim() == "all");
    let region = |node: &Node<'_>| {
        let name = value::REGION.read(node)?;
        Region::from_name(&name).ok_or_else(|| node.invalid(value::REGION.expected))
    };
    if let Value::Text(_) = node.value() {
        return if is_all(node) { Ok(SourceRegions::All) } else { Ok(SourceRegions::Listed(vec![region(node)?])) };
    }
    let expected = "a Region, a list of Regions, or `all`";
    let items = node.items(expected)?;
    match &items[..] {
        [] => Err(node.invalid(expected)),
        [one] if is_all(one) => Ok(SourceRegions::All),
        several if several.iter().any(is_all) => Err(node.error("`all` cannot be combined with other Regions")),
        several => {
            let regions = several.iter().map(region).collect::<Result<Vec<_>, _>>()?;
            Ok(SourceRegions::Listed(distinct(regions)))
        }
    }
}

fn routing(node: &Node<'_>) -> Result<RoutingOrder, Error> {
    match node.value() {
        Value::Text(text) => (value::ROUTING.parse)(text).ok_or_else(|| node.invalid(value::ROUTING.expected)),
        _ => value::ROUTING.read(node),
    }
}

fn expected(node: &Node<'_>) -> Result<Verdict, Error> {
    let verdicts: Vec<_> = Verdict::ALL.into_iter().filter(|verdict| verdict.is_proof()).collect();
    let words: Vec<_> = verdicts.iter().map(|verdict| verdict.as_str()).collect();
    let text = value::NAME.read(node)?;
    let found = verdicts.into_iter().find(|verdict| verdict.as_str() == text);
    found.ok_or_else(|| {
        let near = yaml::nearest(&text, &words).map(|near| format!("did you mean `{near}`?"));
        node.invalid(&format!("one of {}", words.join(", "))).hints(near)
    })
}
