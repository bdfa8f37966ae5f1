//! Parses the files of the catalog completely and writes them back, for maintenance and for catalog files.
//! Lookups use `catalog` instead.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use crate::model::date::EndOfLife;

/// The keys of a model's facts, in the order in which they are written.
pub const KEYS: [&str; 14] = [
    "provider",
    "name",
    "status",
    "end-of-life",
    "successor",
    "endpoints",
    "on-demand",
    "mantle",
    "input",
    "output",
    "streaming",
    "context-window",
    "max-output",
    "price",
];

/// The content of `foundation_models.txt` and `destinations.txt`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Facts {
    /// The comment lines at the head of `foundation_models.txt`, the date in the first.
    pub head: Vec<String>,
    /// Foundation models by ID.
    pub models: BTreeMap<String, ModelFacts>,
    /// The destination lists by name, so that a list keeps its name when others are added.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The comment lines at the head of `destinations.txt`.
    pub lists_head: Vec<String>,
}

/// A foundation model with its inference profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ModelFacts {
    /// The facts, by one of [`KEYS`].
    pub facts: BTreeMap<String, String>,
    /// The inference profiles, by ID.
    pub profiles: BTreeMap<String, ProfileFacts>,
}

/// An inference profile with its routes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileFacts {
    /// The status: `current`, `listed_but_model_eol`, `retired` or `unverified`.
    pub status: String,
    /// The kind of source: `captured`, `aws-docs` or `third-party`.
    pub confidence: String,
    /// AWS's name for the profile; `-` if it is not known.
    pub name: String,
    /// The routes, by source Region.
    pub routes: BTreeMap<String, RouteFacts>,
}

/// The destination Regions of one source Region.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RouteFacts {
    /// The destination Regions, or `*` alone for any commercial Region; `None` if they are not known.
    pub destinations: Option<Vec<String>>,
    /// Whether the profile can be invoked; false if it is listed but its model is retired.
    pub invocable: bool,
}

/// The error for an invalid line of a catalog.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct FormError {
    /// The number of the line, counted from 1.
    pub line: usize,
    /// The problem with the line.
    pub problem: String,
}

impl Facts {
    /// Parses both files. Text that a lookup would skip is an error.
    pub fn read(models: &str, destinations: &str) -> Result<Self, FormError> {
        let mut facts = Self::default();
        facts.read_lists(destinations)?;
        facts.read_models(models)?;
        Ok(facts)
    }

    /// Parses destination lists: each line has a name and its Regions.
    pub(super) fn read_lists(&mut self, text: &str) -> Result<(), FormError> {
        for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.is_empty()) {
            let wrong = |problem| FormError { line: index + 1, problem };
            match line.split_once(' ') {
                _ if line.starts_with('#') => self.lists_head.push(line.to_owned()),
                Some((name, regions)) if !regions.trim().is_empty() => {
                    if regions.split(' ').any(|region| !is_word(region)) {
                        return Err(wrong(format!("the Regions of `{name}` are not separated by single spaces")));
                    }
                    if self.lists.insert(name.to_owned(), words(regions)).is_some() {
                        return Err(wrong(format!("`{name}` is given twice")));
                    }
                }
                _ => return Err(wrong(format!("`{line}` names no Regions"))),
            }
        }
        Ok(())
    }

    /// Parses foundation models. The destination lists that their routes name have to be parsed before.
    pub(super) fn read_models(&mut self, text: &str) -> Result<(), FormError> {
        let mut id = String::new();
        for (index, line) in text.lines().enumerate() {
            self.read_line(line, &mut id).map_err(|problem| FormError { line: index + 1, problem })?;
        }
        Ok(())
    }

    fn read_line(&mut self, line: &str, id: &mut String) -> Result<(), String> {
        if line.starts_with('#') {
            if !self.models.is_empty() {
                return Err("a comment below the first model".to_owned());
            }
            self.head.push(line.to_owned());
        } else if let Some(route) = line.strip_prefix("    ") {
            let route = self.read_route(route)?;
            let profiles = self.models.get_mut(id.as_str()).map(|model| &mut model.profiles);
            // Profiles are sorted, so the last one is the current one.
            let profile =
                profiles.and_then(|profiles| profiles.values_mut().next_back()).ok_or("a route without a profile")?;
            for (source, route) in route {
                if profile.routes.insert(source.clone(), route).is_some() {
                    return Err(format!("{source} has two routes"));
                }
            }
        } else if let Some(fact) = line.strip_prefix("  ") {
            let model = self.models.get_mut(id.as_str()).ok_or("a fact without a model")?;
            let (key, value) = fact.split_once(' ').ok_or("a key without a value")?;
            if key == "profile" {
                model.read_profile(value)?;
            } else if KEYS.contains(&key) {
                if !model.profiles.is_empty() {
                    return Err(format!("`{key}` must not follow a profile"));
                }
                if !is_valid(key, value) {
                    return Err(format!("`{value}` is not a value of `{key}`"));
                }
                if model.facts.insert(key.to_owned(), value.to_owned()).is_some() {
                    return Err(format!("`{key}` is given twice"));
                }
            } else {
                return Err(format!("`{key}` is not a known key"));
            }
        } else {
            if !is_word(line) {
                return Err(format!("`{line}` is not a model ID"));
            }
            if self.models.last_key_value().is_some_and(|(last, _)| last.as_str() >= line) {
                return Err(format!("`{line}` is out of order"));
            }
            line.clone_into(id);
            self.models.insert(id.clone(), ModelFacts::default());
        }
        Ok(())
    }

    fn read_route(&self, line: &str) -> Result<Vec<(String, RouteFacts)>, String> {
        let mut fields = line.splitn(3, ' ');
        let invocable = match fields.next() {
            Some("route") => true,
            Some("gone") => false,
            other => return Err(format!("`{}` is neither `route` nor `gone`", other.unwrap_or_default())),
        };
        let destinations = match fields.next() {
            Some("*") => Some(vec!["*".to_owned()]),
            Some("?") => None,
            Some(name) => {
                Some(self.lists.get(name).ok_or_else(|| format!("no destination list is named `{name}`"))?.clone())
            }
            None => return Err("a route without destinations".to_owned()),
        };
        let route = RouteFacts { destinations, invocable };
        if fields.clone().next().is_none_or(|sources| sources.split(' ').any(|source| !is_word(source))) {
            return Err("the source Regions of a route are separated by single spaces".to_owned());
        }
        Ok(words(fields.next().unwrap_or_default()).into_iter().map(|source| (source, route.clone())).collect())
    }

    /// Returns both files in the form that [`Facts::read`] parses: `foundation_models.txt`, then `destinations.txt`.
    pub fn write(&mut self) -> (String, String) {
        self.name_lists();
        let names: BTreeMap<&[String], &str> =
            self.lists.iter().map(|(name, list)| (&list[..], name.as_str())).collect();
        let mut models = lines(&self.head);
        for (id, model) in &self.models {
            let _ = writeln!(models, "{id}");
            for key in KEYS {
                if let Some(value) = model.facts.get(key) {
                    let _ = writeln!(models, "  {key} {value}");
                }
            }
            for (id, profile) in &model.profiles {
                let _ = writeln!(models, "  profile {id} {} {} {}", profile.status, profile.confidence, profile.name);
                profile.write_routes(&names, &mut models);
            }
        }
        let mut destinations = lines(&self.lists_head);
        for (name, list) in &self.lists {
            let _ = writeln!(destinations, "{name} {}", list.join(" "));
        }
        (models, destinations)
    }

    /// Gives every destination list without a name the next free one of its prefix, and removes unused lists.
    fn name_lists(&mut self) {
        let mut used: BTreeMap<&Vec<String>, &str> = BTreeMap::new();
        for (id, profile) in self.models.values().flat_map(|model| &model.profiles) {
            for list in profile.routes.values().filter_map(|route| route.destinations.as_ref()) {
                if list != &["*"] {
                    used.entry(list).or_insert(id.split('.').next().unwrap_or_default());
                }
            }
        }
        self.lists.retain(|_, list| used.contains_key(list));
        let named: BTreeSet<_> = self.lists.values().cloned().collect();
        for (list, prefix) in used.into_iter().filter(|(list, _)| !named.contains(*list)) {
            let mut endings = (1..).flat_map(|length| ('a'..='z').map(move |letter| letter.to_string().repeat(length)));
            let free = endings.find_map(|letters| {
                let name = format!("{prefix}.{letters}");
                (!self.lists.contains_key(&name)).then_some(name)
            });
            self.lists.extend(free.map(|name| (name, list.clone())));
        }
    }
}

impl ModelFacts {
    fn read_profile(&mut self, line: &str) -> Result<(), String> {
        let fields: Vec<_> = line.splitn(4, ' ').collect();
        let [id, status, confidence, name] = fields[..] else {
            return Err("a profile is an ID, a status, a confidence and a name".to_owned());
        };
        if super::ProfileStatus::parse(status).is_none() {
            return Err(format!("`{status}` is not a profile's status"));
        }
        if self.profiles.last_key_value().is_some_and(|(last, _)| last.as_str() >= id) {
            return Err(format!("`{id}` is out of order"));
        }
        let profile = ProfileFacts {
            status: status.to_owned(),
            confidence: confidence.to_owned(),
            name: name.to_owned(),
            routes: BTreeMap::new(),
        };
        self.profiles.insert(id.to_owned(), profile);
        Ok(())
    }
}

impl ProfileFacts {
    /// Writes one line for the source Regions that share their destination Regions, invocable ones first.
    fn write_routes(&self, names: &BTreeMap<&[String], &str>, into: &mut String) {
        let mut shared: BTreeMap<(bool, &str), Vec<&str>> = BTreeMap::new();
        for (source, route) in &self.routes {
            let list = match route.destinations.as_deref() {
                None => "?",
                Some([any]) if any == "*" => "*",
                Some(list) => names.get(list).copied().unwrap_or("?"),
            };
            shared.entry((!route.invocable, list)).or_default().push(source);
        }
        for ((gone, list), sources) in shared {
            let word = if gone { "gone" } else { "route" };
            let _ = writeln!(into, "    {word} {list} {}", sources.join(" "));
        }
    }
}

/// Whether the text can be written as one word of a line.
fn is_word(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_graphic())
}

/// Whether the value is valid for this key.
fn is_valid(key: &str, value: &str) -> bool {
    let is_price = |pair: &str| pair.split_once('=').is_some_and(|(_, dollars)| dollars.parse::<f64>().is_ok());
    match key {
        "end-of-life" => value.split_once(' ').is_some_and(|(date, kind)| EndOfLife::parse(date, kind).is_some()),
        "context-window" | "max-output" => value.parse::<u32>().is_ok(),
        "streaming" => ["yes", "no"].contains(&value),
        "price" => value.split(' ').all(is_price),
        "provider" | "name" => !value.trim().is_empty(),
        _ => value.split(' ').all(is_word),
    }
}

fn words(line: &str) -> Vec<String> {
    line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn lines(head: &[String]) -> String {
    head.iter().fold(String::new(), |text, line| text + line + "\n")
}

#[cfg(test)]
pub(crate) mod tests {
    use super::super::tests::catalog;
    use super::super::{DESTINATIONS, FOUNDATION_MODELS};
    use super::*;

    /// Returns the foundation models and the destination lists of the frozen catalog, in the form of the built-in files.
    pub fn frozen() -> (String, String) {
        let (models, lists) = catalog().base.texts();
        let (_, lists) = lists.split_once("# destination lists\n").unwrap();
        let head = format!("{}{}\n", super::super::layer::AS_OF, catalog().base.as_of);
        (format!("{head}{models}"), format!("{head}{lists}"))
    }

    #[test]
    fn what_is_read_from_the_built_in_catalog_is_written_back_byte_for_byte() {
        let (models, destinations) = Facts::read(FOUNDATION_MODELS, DESTINATIONS).unwrap().write();
        assert_eq!(models, FOUNDATION_MODELS);
        assert_eq!(destinations, DESTINATIONS);
    }

    #[test]
    fn a_new_destination_list_gets_the_next_name_and_no_other_changes() {
        let (models, lists) = frozen();
        let mut facts = Facts::read(&models, &lists).unwrap();
        let profile =
            facts.models.values_mut().find_map(|model| model.profiles.get_mut("jp.anthropic.claude-sonnet-4-6"));
        let osaka = RouteFacts { destinations: Some(vec!["ap-northeast-3".to_owned()]), invocable: true };
        profile.unwrap().routes.insert("ap-northeast-3".to_owned(), osaka);
        let (models, destinations) = facts.write();
        assert!(models.contains("    route jp.a ap-northeast-1\n    route jp.b ap-northeast-3\n"));
        let added: Vec<_> = destinations.lines().filter(|line| !lists.contains(line)).collect();
        assert_eq!(added, ["jp.b ap-northeast-3"]);
    }

    #[test]
    fn a_line_out_of_form_is_refused_with_its_place() {
        let refused = |models: &str| Facts::read(models, "us.a us-east-1\n").unwrap_err().to_string();
        assert_eq!(refused("b.x\na.x\n"), "line 2: `a.x` is out of order");
        assert_eq!(refused("a.x\n  colour red\n"), "line 2: `colour` is not a known key");
        assert_eq!(refused("a.x\n  name\n"), "line 2: a key without a value");
        assert_eq!(refused("  name X\n"), "line 1: a fact without a model");
        assert_eq!(refused("a.x\n    route us.a us-east-1\n"), "line 2: a route without a profile");
        assert_eq!(
            refused("a.x\n  profile us.a.x current captured X\n    route us.z us-east-1\n"),
            "line 3: no destination list is named `us.z`"
        );
        assert_eq!(
            refused("a.x\n  profile us.a.x strange captured X\n"),
            "line 2: `strange` is not a profile's status"
        );
    }
}
