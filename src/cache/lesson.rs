//! What calls taught in one Region: the ID that works for a model as it was written, and what an ID refuses.

use crate::model::routing::Routing;

/// How long a lesson holds, in seconds: AWS changes what models take.
const HOLDS: u64 = 30 * 24 * 60 * 60;

/// How many lessons a Region keeps; the oldest go first.
const MOST: usize = 500;

/// An ID that worked, and the kind of routing that calling it means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RememberedId {
    /// What to call.
    pub id: String,
    /// Whoever uses it asks first whether the user allows this kind.
    pub routing: Routing,
}

/// One thing that a model refused of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unwanted {
    /// A member of the request, such as `inferenceConfig.temperature`.
    Field(String),
    /// A system prompt.
    System,
    /// Streaming.
    Streaming,
    /// More tokens than these.
    MaxTokensAbove(u32),
}

impl Unwanted {
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
enum Lesson {
    Id { asked: String, remembered: RememberedId },
    ResolveError { id: String, unwanted: Unwanted },
}

/// The lessons of one Region with the time of each, oldest first.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lessons(Vec<(u64, Lesson)>);

impl Lessons {
    /// Reads one lesson a line; a line that is none teaches nothing.
    pub fn read(text: &str) -> Self {
        let lesson = |line: &str| {
            let [when, kind, about, first, rest @ ..] = &line.split('\t').collect::<Vec<_>>()[..] else { return None };
            let lesson = match (*kind, rest) {
                ("id", [routing]) => Lesson::Id {
                    asked: (*about).to_owned(),
                    remembered: RememberedId { id: (*first).to_owned(), routing: routing.parse().ok()? },
                },
                ("refuses", []) => Lesson::ResolveError { id: (*about).to_owned(), unwanted: Unwanted::read(first)? },
                _ => return None,
            };
            Some((when.parse().ok()?, lesson))
        };
        Self(text.lines().filter_map(lesson).collect())
    }

    /// The text that [`Lessons::read`] takes.
    pub fn write(&self) -> String {
        let line = |(when, lesson): &(u64, Lesson)| match lesson {
            Lesson::Id { asked, remembered: RememberedId { id, routing } } => {
                format!("{when}\tid\t{asked}\t{id}\t{routing}\n")
            }
            Lesson::ResolveError { id, unwanted } => format!("{when}\trefuses\t{id}\t{}\n", unwanted.write()),
        };
        self.0.iter().map(line).collect()
    }

    /// The ID that worked last for a model that was written so.
    pub fn id(&self, asked: &str, now: u64) -> Option<RememberedId> {
        self.holding(now).rev().find_map(|lesson| match lesson {
            Lesson::Id { asked: known, remembered } if known == asked => Some(remembered.clone()),
            _ => None,
        })
    }

    /// What this ID has refused.
    pub fn refusals(&self, id: &str, now: u64) -> Vec<Unwanted> {
        let of_id = self.holding(now).filter_map(|lesson| match lesson {
            Lesson::ResolveError { id: known, unwanted } if known == id => Some(unwanted.clone()),
            _ => None,
        });
        of_id.collect()
    }

    /// Learns which ID works; what was known of this spelling before is forgotten.
    pub fn add_id(&mut self, asked: &str, remembered: &RememberedId, now: u64) {
        self.0.retain(|(_, lesson)| !matches!(lesson, Lesson::Id { asked: known, .. } if known == asked));
        self.add(Lesson::Id { asked: asked.to_owned(), remembered: remembered.clone() }, now);
    }

    /// Learns what an ID refuses.
    pub fn add_refusal(&mut self, id: &str, unwanted: &Unwanted, now: u64) {
        let is_same = |known: &Unwanted| {
            known == unwanted || matches!((known, unwanted), (Unwanted::MaxTokensAbove(_), Unwanted::MaxTokensAbove(_)))
        };
        self.0.retain(
            |(_, lesson)| !matches!(lesson, Lesson::ResolveError { id: known, unwanted } if known == id && is_same(unwanted)),
        );
        self.add(Lesson::ResolveError { id: id.to_owned(), unwanted: unwanted.clone() }, now);
    }

    /// Forgets every ID.
    pub fn forget_ids(&mut self) {
        self.0.retain(|(_, lesson)| matches!(lesson, Lesson::ResolveError { .. }));
    }

    fn add(&mut self, lesson: Lesson, now: u64) {
        let fits = match &lesson {
            Lesson::Id { asked, remembered } => is_one_field(asked) && is_one_field(&remembered.id),
            Lesson::ResolveError { id, unwanted } => is_one_field(id) && is_one_field(&unwanted.write()),
        };
        if fits {
            self.0.retain(|(when, _)| holds(*when, now));
            let surplus = (self.0.len() + 1).saturating_sub(MOST);
            self.0.drain(..surplus);
            self.0.push((now, lesson));
        }
    }

    fn holding(&self, now: u64) -> impl DoubleEndedIterator<Item = &Lesson> {
        self.0.iter().filter(move |(when, _)| holds(*when, now)).map(|(_, lesson)| lesson)
    }
}

fn holds(when: u64, now: u64) -> bool {
    now.saturating_sub(when) < HOLDS
}

fn is_one_field(text: &str) -> bool {
    !text.is_empty() && !text.contains(['\t', '\n', '\r'])
}
