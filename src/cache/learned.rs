//! What calls learned in one Region: the ID that works for an input, and the fixes that a model needs.

use bedrock_ask::diagnosis::ParameterFix;
use bedrock_ask::model::routing::Routing;
use serde::{Deserialize, Serialize};

/// How long a fact is used, in seconds: AWS changes what models accept.
const LIFETIME_SECONDS: u64 = 30 * 24 * 60 * 60;

/// The maximum number of facts for one Region; the oldest are dropped.
const MOST: usize = 500;

/// An ID that worked, and its kind of routing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnedId {
    pub id: String,
    /// The caller checks that the user allows this kind before using the ID.
    pub routing: Routing,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum LearnedFact {
    Id { input: String, id: String, routing: String },
    Fix { id: String, fix: ParameterFix },
}

/// The facts of one Region with the time of each, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LearnedFacts(Vec<(u64, LearnedFact)>);

impl LearnedFacts {
    /// Parses JSON Lines. An invalid line is ignored.
    pub fn from_text(text: &str) -> Self {
        Self(text.lines().filter_map(|line| serde_json::from_str(line).ok()).collect())
    }

    /// Returns JSON Lines, one fact each.
    pub fn to_text(&self) -> String {
        self.0.iter().filter_map(|fact| Some(serde_json::to_string(fact).ok()? + "\n")).collect()
    }

    /// Returns the ID that worked last for this input.
    pub fn id(&self, input: &str, now: u64) -> Option<LearnedId> {
        self.valid_at(now).find_map(|fact| match fact {
            LearnedFact::Id { input: known, id, routing } if known == input => {
                Some(LearnedId { id: id.clone(), routing: routing.parse().ok()? })
            }
            _ => None,
        })
    }

    /// Returns the fixes that requests to this ID need.
    pub fn fixes(&self, id: &str, now: u64) -> Vec<ParameterFix> {
        let of_id = self.valid_at(now).filter_map(|fact| match fact {
            LearnedFact::Fix { id: known, fix } if known == id => Some(fix.clone()),
            _ => None,
        });
        of_id.collect()
    }

    /// Adds the ID that works for an input, in place of the previous one.
    pub fn add_id(&mut self, input: &str, LearnedId { id, routing }: &LearnedId, now: u64) {
        self.0.retain(|(_, fact)| !matches!(fact, LearnedFact::Id { input: known, .. } if known == input));
        self.add(LearnedFact::Id { input: input.to_owned(), id: id.clone(), routing: routing.to_string() }, now);
    }

    /// Adds a fix that requests to an ID need. A limit of tokens replaces the previous one.
    pub fn add_fix(&mut self, id: &str, fix: &ParameterFix, now: u64) {
        use ParameterFix::ClampMaxTokens;
        let is_same =
            |known: &ParameterFix| known == fix || matches!((known, fix), (ClampMaxTokens(_), ClampMaxTokens(_)));
        self.0.retain(|(_, fact)| !matches!(fact, LearnedFact::Fix { id: known, fix } if known == id && is_same(fix)));
        self.add(LearnedFact::Fix { id: id.to_owned(), fix: fix.clone() }, now);
    }

    /// Removes every ID.
    pub fn forget_ids(&mut self) {
        self.0.retain(|(_, fact)| matches!(fact, LearnedFact::Fix { .. }));
    }

    fn add(&mut self, fact: LearnedFact, now: u64) {
        self.0.retain(|(when, _)| is_valid(*when, now));
        let surplus = (self.0.len() + 1).saturating_sub(MOST);
        self.0.drain(..surplus);
        self.0.push((now, fact));
    }

    fn valid_at(&self, now: u64) -> impl Iterator<Item = &LearnedFact> {
        self.0.iter().filter(move |(when, _)| is_valid(*when, now)).map(|(_, fact)| fact)
    }
}

fn is_valid(when: u64, now: u64) -> bool {
    now.saturating_sub(when) < LIFETIME_SECONDS
}
