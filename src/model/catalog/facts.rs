//! The built-in files read whole and written back: the converter between the reviewable text and plain values.
//! For maintenance only; looking a model up never comes here.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;

use serde::{Deserialize, Serialize};

/// What a model's block may say of it, in the order in which the file says it.
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

/// Everything that `foundation_models.txt` and `destinations.txt` hold.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Facts {
    /// The comment lines at the head of `foundation_models.txt`, the date in the first.
    pub head: Vec<String>,
    /// Foundation models by ID.
    pub models: BTreeMap<String, ModelFacts>,
    /// Names of destination lists, so that a list keeps its name when others come.
    pub lists: BTreeMap<String, Vec<String>>,
    /// The comment lines at the head of `destinations.txt`.
    pub lists_head: Vec<String>,
}

/// One foundation model with its inference profiles.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ModelFacts {
    /// What is known of it, by one of [`KEYS`].
    pub facts: BTreeMap<String, String>,
    /// Its inference profiles by ID.
    pub profiles: BTreeMap<String, ProfileFacts>,
}

/// One inference profile with its routes.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProfileFacts {
    /// `current`, `listed_but_model_eol`, `retired`, `unverified`
    pub status: String,
    /// `captured`, `aws-docs`, `third-party`
    pub confidence: String,
    /// AWS's name for it, `-` where none is known.
    pub name: String,
    /// By source Region.
    pub routes: BTreeMap<String, RouteFacts>,
}

/// Where a call from one source Region may run.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct RouteFacts {
    /// Destination Regions; `*` alone: any commercial Region; none: not known.
    pub destinations: Option<Vec<String>>,
    /// False: still listed, though the model is gone.
    pub invocable: bool,
}

/// A line that the form does not allow.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {problem}")]
pub struct FormError {
    /// Counted from 1.
    pub line: usize,
    /// What is wrong with it.
    pub problem: String,
}

impl Facts {
    /// Reads both files whole, and refuses whatever a reader of single blocks would pass over.
    pub fn read(models: &str, destinations: &str) -> Result<Self, FormError> {
        let mut facts = Self::default();
        for line in destinations.lines() {
            match line.split_once(' ') {
                Some(_) if line.starts_with('#') => facts.lists_head.push(line.to_owned()),
                Some((name, regions)) => drop(facts.lists.insert(name.to_owned(), words(regions))),
                None => return Err(FormError { line: 0, problem: format!("`{line}` names no Regions") }),
            }
        }
        let mut id = String::new();
        for (index, line) in models.lines().enumerate() {
            facts.read_line(line, &mut id).map_err(|problem| FormError { line: index + 1, problem })?;
        }
        Ok(facts)
    }

    fn read_line(&mut self, line: &str, id: &mut String) -> Result<(), String> {
        if line.starts_with('#') {
            self.head.push(line.to_owned());
        } else if let Some(route) = line.strip_prefix("    ") {
            let route = self.read_route(route)?;
            let profiles = self.models.get_mut(id.as_str()).map(|model| &mut model.profiles);
            // Profiles are sorted, so the last one is the one being read.
            let profile =
                profiles.and_then(|profiles| profiles.values_mut().next_back()).ok_or("a route without a profile")?;
            profile.routes.extend(route);
        } else if let Some(fact) = line.strip_prefix("  ") {
            let model = self.models.get_mut(id.as_str()).ok_or("a fact without a model")?;
            let (key, value) = fact.split_once(' ').ok_or("a key without a value")?;
            if key == "profile" {
                model.read_profile(value)?;
            } else if KEYS.contains(&key) {
                model.facts.insert(key.to_owned(), value.to_owned());
            } else {
                return Err(format!("`{key}` is not a known key"));
            }
        } else {
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
                Some(self.lists.get(name).ok_or_else(|| format!("no destination list is called `{name}`"))?.clone())
            }
            None => return Err("a route without destinations".to_owned()),
        };
        let route = RouteFacts { destinations, invocable };
        Ok(words(fields.next().unwrap_or_default()).into_iter().map(|source| (source, route.clone())).collect())
    }

    /// Both files in the form that [`Facts::read`] takes: `foundation_models.txt`, then `destinations.txt`.
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

    /// `summary.txt`: how much there is of everything, and a checksum, so that no change goes by unseen.
    pub fn summary(&self) -> String {
        let profiles = || self.models.values().flat_map(|model| model.profiles.values());
        let routes = || profiles().flat_map(|profile| profile.routes.values());
        let mut lines = vec![
            ("models", self.models.len()),
            ("inference profiles", profiles().count()),
            ("routes", routes().count()),
            ("callable routes", routes().filter(|route| route.invocable).count()),
            ("destination lists", self.lists.len()),
        ];
        lines.extend(super::ProfileStatus::ALL.map(|status| {
            let word = status.as_str();
            (word, profiles().filter(|profile| profile.status == word).count())
        }));
        let counts = lines.into_iter().fold(String::new(), |text, (what, count)| text + &format!("{what}: {count}\n"));
        format!(
            "# Written by `catalog refresh --built-in`, and held against the facts by a test.\n{counts}checksum: {}\n",
            self.checksum()
        )
    }

    fn checksum(&self) -> String {
        let dump = serde_json::to_string(self).unwrap_or_default();
        let digest = ring::digest::digest(&ring::digest::SHA256, dump.as_bytes());
        digest.as_ref().iter().take(8).fold(String::new(), |mut text, byte| {
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Gives every destination list that has no name the next free one of its prefix, and drops those that nobody uses.
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
    /// One line for the sources that share their destinations, callable ones first.
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

fn words(line: &str) -> Vec<String> {
    line.split(' ').filter(|word| !word.is_empty()).map(str::to_owned).collect()
}

fn lines(head: &[String]) -> String {
    head.iter().fold(String::new(), |text, line| text + line + "\n")
}

#[cfg(test)]
mod tests {
    use super::super::{DESTINATIONS, FOUNDATION_MODELS};
    use super::*;

    fn built_in() -> Facts {
        Facts::read(FOUNDATION_MODELS, DESTINATIONS).unwrap()
    }

    #[test]
    fn what_is_read_from_the_built_in_catalog_is_written_back_byte_for_byte() {
        let (models, destinations) = built_in().write();
        assert_eq!(models, FOUNDATION_MODELS);
        assert_eq!(destinations, DESTINATIONS);
    }

    #[test]
    fn the_built_in_catalog_is_the_one_that_was_reviewed() {
        assert_eq!(built_in().summary(), include_str!("summary.txt"));
        let dump = serde_json::to_string(&built_in()).unwrap();
        assert_eq!(serde_json::from_str::<Facts>(&dump).unwrap(), built_in());
    }

    #[test]
    fn a_new_destination_list_gets_the_next_name_and_no_other_changes() {
        let mut facts = built_in();
        let profile =
            facts.models.values_mut().find_map(|model| model.profiles.get_mut("jp.anthropic.claude-sonnet-4-6"));
        let osaka = RouteFacts { destinations: Some(vec!["ap-northeast-3".to_owned()]), invocable: true };
        profile.unwrap().routes.insert("ap-northeast-3".to_owned(), osaka);
        let (models, destinations) = facts.write();
        assert!(models.contains("    route jp.a ap-northeast-1\n    route jp.b ap-northeast-3\n"));
        let added: Vec<_> = destinations.lines().filter(|line| !DESTINATIONS.contains(line)).collect();
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
            "line 3: no destination list is called `us.z`"
        );
        assert_eq!(
            refused("a.x\n  profile us.a.x strange captured X\n"),
            "line 2: `strange` is not a profile's status"
        );
    }
}
