//! What calls learned in one Region: the ID that works for an input, and the parameters that a model rejects.

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

/// A part of a request that a model rejected.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum UnsupportedParameter {
    /// A member of the request, such as `inferenceConfig.temperature`.
    Field(String),
    /// A system prompt.
    System,
    Streaming,
    /// A higher value of `maxTokens`.
    MaxTokensAbove(u32),
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum LearnedFact {
    Id { input: String, id: String, routing: String },
    Unsupported { id: String, parameter: UnsupportedParameter },
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

    /// Returns the parameters that this ID rejected.
    pub fn unsupported(&self, id: &str, now: u64) -> Vec<UnsupportedParameter> {
        let of_id = self.valid_at(now).filter_map(|fact| match fact {
            LearnedFact::Unsupported { id: known, parameter } if known == id => Some(parameter.clone()),
            _ => None,
        });
        of_id.collect()
    }

    /// Adds the ID that works for an input, in place of the previous one.
    pub fn add_id(&mut self, input: &str, LearnedId { id, routing }: &LearnedId, now: u64) {
        self.0.retain(|(_, fact)| !matches!(fact, LearnedFact::Id { input: known, .. } if known == input));
        self.add(LearnedFact::Id { input: input.to_owned(), id: id.clone(), routing: routing.to_string() }, now);
    }

    /// Adds a parameter that an ID rejected. A limit of tokens replaces the previous one.
    pub fn add_unsupported(&mut self, id: &str, parameter: &UnsupportedParameter, now: u64) {
        use UnsupportedParameter::MaxTokensAbove;
        let is_same = |known: &UnsupportedParameter| {
            known == parameter || matches!((known, parameter), (MaxTokensAbove(_), MaxTokensAbove(_)))
        };
        self.0.retain(|(_, fact)| {
            !matches!(fact, LearnedFact::Unsupported { id: known, parameter } if known == id && is_same(parameter))
        });
        self.add(LearnedFact::Unsupported { id: id.to_owned(), parameter: parameter.clone() }, now);
    }

    /// Removes every ID.
    pub fn forget_ids(&mut self) {
        self.0.retain(|(_, fact)| matches!(fact, LearnedFact::Unsupported { .. }));
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
