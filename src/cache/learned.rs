//! What calls taught in one Region: the ID that works for a model as it was written, and what an ID refuses.

use bedrock_ask::model::routing::Routing;

/// How long a lesson holds, in seconds: AWS changes what models take.
const LIFETIME_SECONDS: u64 = 30 * 24 * 60 * 60;

/// How many lessons a Region keeps; the oldest go first.
const MOST: usize = 500;

/// An ID that worked, and the kind of routing that calling it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LearnedId {
    /// What to call.
    pub id: String,
    /// Whoever uses it asks first whether the user allows this kind.
    pub routing: Routing,
}

/// One thing that a model refused of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum UnsupportedParameter {
    /// A member of the request, such as `inferenceConfig.temperature`.
    Field(String),
    /// A system prompt.
    System,
    /// Streaming.
    Streaming,
    /// More tokens than these.
    MaxTokensAbove(u32),
}

impl UnsupportedParameter {
    fn write(&self) -> String {
        match self {
            Self::Field(name) => format!("field {name}"),
            Self::System => "system".to_owned(),
            Self::Streaming => "streaming".to_owned(),
            Self::MaxTokensAbove(limit) => format!("max-tokens {limit}"),
        }
    }

    fn read(text: &str) -> Option<Self> {
        match text.split_once(' ') {
            Some(("field", name)) => Some(Self::Field(name.to_owned())),
            Some(("max-tokens", limit)) => limit.parse().ok().map(Self::MaxTokensAbove),
            None if text == "system" => Some(Self::System),
            None if text == "streaming" => Some(Self::Streaming),
            _ => None,
        }
    }
}

#[derive(Clone, Debug, PartialEq, Eq)]
enum LearnedFact {
    Id { input: String, learned: LearnedId },
    ResolveError { id: String, unsupported: UnsupportedParameter },
}

/// The lessons of one Region with the time of each, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct LearnedFacts(Vec<(u64, LearnedFact)>);

impl LearnedFacts {
    /// Reads one lesson a line; a line that is none teaches nothing.
    pub fn read(text: &str) -> Self {
        let fact = |line: &str| {
            let [when, kind, about, first, rest @ ..] = &line.split('\t').collect::<Vec<_>>()[..] else { return None };
            let fact = match (*kind, rest) {
                ("id", [routing]) => LearnedFact::Id {
                    input: (*about).to_owned(),
                    learned: LearnedId { id: (*first).to_owned(), routing: routing.parse().ok()? },
                },
                ("refuses", []) => LearnedFact::ResolveError {
                    id: (*about).to_owned(),
                    unsupported: UnsupportedParameter::read(first)?,
                },
                _ => return None,
            };
            Some((when.parse().ok()?, fact))
        };
        Self(text.lines().filter_map(fact).collect())
    }

    /// The text that [`LearnedFacts::read`] takes.
    pub fn write(&self) -> String {
        let line = |(when, fact): &(u64, LearnedFact)| match fact {
            LearnedFact::Id { input, learned: LearnedId { id, routing } } => {
                format!("{when}\tid\t{input}\t{id}\t{routing}\n")
            }
            LearnedFact::ResolveError { id, unsupported } => {
                format!("{when}\trefuses\t{id}\t{}\n", unsupported.write())
            }
        };
        self.0.iter().map(line).collect()
    }

    /// The ID that worked last for a model that was written so.
    pub fn id(&self, input: &str, now: u64) -> Option<LearnedId> {
        self.holding(now).rev().find_map(|fact| match fact {
            LearnedFact::Id { input: known, learned } if known == input => Some(learned.clone()),
            _ => None,
        })
    }

    /// What this ID has refused.
    pub fn refusals(&self, id: &str, now: u64) -> Vec<UnsupportedParameter> {
        let of_id = self.holding(now).filter_map(|fact| match fact {
            LearnedFact::ResolveError { id: known, unsupported } if known == id => Some(unsupported.clone()),
            _ => None,
        });
        of_id.collect()
    }

    /// Learns which ID works; what was known of this spelling before is forgotten.
    pub fn add_id(&mut self, input: &str, learned: &LearnedId, now: u64) {
        self.0.retain(|(_, fact)| !matches!(fact, LearnedFact::Id { input: known, .. } if known == input));
        self.add(LearnedFact::Id { input: input.to_owned(), learned: learned.clone() }, now);
    }

    /// Learns what an ID refuses.
    pub fn add_refusal(&mut self, id: &str, unsupported: &UnsupportedParameter, now: u64) {
        let is_same = |known: &UnsupportedParameter| {
            known == unsupported
                || matches!(
                    (known, unsupported),
                    (UnsupportedParameter::MaxTokensAbove(_), UnsupportedParameter::MaxTokensAbove(_))
                )
        };
        self.0.retain(
            |(_, fact)| !matches!(fact, LearnedFact::ResolveError { id: known, unsupported } if known == id && is_same(unsupported)),
        );
        self.add(LearnedFact::ResolveError { id: id.to_owned(), unsupported: unsupported.clone() }, now);
    }

    /// Forgets every ID.
    pub fn forget_ids(&mut self) {
        self.0.retain(|(_, fact)| matches!(fact, LearnedFact::ResolveError { .. }));
    }

    fn add(&mut self, fact: LearnedFact, now: u64) {
        let fits = match &fact {
            LearnedFact::Id { input, learned } => is_one_field(input) && is_one_field(&learned.id),
            LearnedFact::ResolveError { id, unsupported } => is_one_field(id) && is_one_field(&unsupported.write()),
        };
        if fits {
            self.0.retain(|(when, _)| holds(*when, now));
            let surplus = (self.0.len() + 1).saturating_sub(MOST);
            self.0.drain(..surplus);
            self.0.push((now, fact));
        }
    }

    fn holding(&self, now: u64) -> impl DoubleEndedIterator<Item = &LearnedFact> {
        self.0.iter().filter(move |(when, _)| holds(*when, now)).map(|(_, fact)| fact)
    }
}

fn holds(when: u64, now: u64) -> bool {
    now.saturating_sub(when) < LIFETIME_SECONDS
}

fn is_one_field(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\t', '\n', '\r'])
}
