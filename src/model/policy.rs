//! Least-privilege IAM policies: what a statement is, how it is written, and how much fits into one policy.
//! What a model needs is in `policy/access.rs` and `policy/uses.rs`.
//! See <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html>.

pub mod access;
pub mod evaluation;
pub mod merge;
pub mod pattern;
pub mod scp;
pub mod sid;
pub mod uses;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// What a managed policy may hold, white space not counted.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
pub const MANAGED_POLICY_LIMIT: usize = 6_144;

/// Stands in ARNs where nobody said which account; IAM's own validation refuses it by name.
pub const ACCOUNT_PLACEHOLDER: &str = "ACCOUNT_ID";

/// A condition's operator and key: `("StringEquals", "aws:RequestedRegion")`.
pub type Test = (&'static str, &'static str);

/// The Region that a request was sent to: the destination's for a geographic profile, [`UNSPECIFIED`] for a global one.
pub const REQUESTED_REGION: &str = "aws:RequestedRegion";

/// The inference profile through which a model is called.
pub const INFERENCE_PROFILE: &str = "bedrock:InferenceProfileArn";

/// What `aws:RequestedRegion` says where a global profile decides.
pub const UNSPECIFIED: &str = "unspecified";

/// Whether a statement gives or takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Effect {
    /// It gives.
    Allow,
    /// It takes, whatever else gives.
    Deny,
}

/// One statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// What it is for, in one word; its Sid begins with it.
    pub purpose: &'static str,
    /// The foundation models that it is for; none where it is for any.
    pub models: BTreeSet<String>,
    /// The source Regions that it is for; none where it is for any.
    pub regions: BTreeSet<String>,
    /// Whether it gives or takes.
    pub effect: Effect,
    /// What may be done.
    pub actions: BTreeSet<String>,
    /// With what it may be done.
    pub resources: BTreeSet<String>,
    /// When: every test must hold, and holds with any of its values.
    pub conditions: BTreeMap<Test, BTreeSet<String>>,
}

impl Statement {
    /// A statement that allows these actions on these resources.
    pub fn allow<A: ToString, R: Into<String>>(
        purpose: &'static str,
        actions: impl IntoIterator<Item = A>,
        resources: impl IntoIterator<Item = R>,
    ) -> Self {
        Self {
            purpose,
            models: BTreeSet::new(),
            regions: BTreeSet::new(),
            effect: Effect::Allow,
            actions: actions.into_iter().map(|action| action.to_string()).collect(),
            resources: resources.into_iter().map(Into::into).collect(),
            conditions: BTreeMap::new(),
        }
    }

    /// Holds only when this key equals one of these values.
    #[must_use]
    pub fn when(self, key: &'static str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.tested(("StringEquals", key), values)
    }

    /// Holds only when this test does with one of these values.
    #[must_use]
    pub fn tested(mut self, test: Test, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.conditions.insert(test, values.into_iter().map(Into::into).collect());
        self
    }

    /// Two statements that together say what this one says; none where it is as small as it can be.
    fn halves(&self) -> Option<(Self, Self)> {
        let (mut first, mut second) = (self.clone(), self.clone());
        if self.resources.len() > 1 {
            (first.resources, second.resources) = halves(&self.resources);
        } else {
            let (test, values) = self.conditions.iter().max_by_key(|(_, values)| values.len())?;
            if values.len() < 2 {
                return None;
            }
            let (one, other) = halves(values);
            first.conditions.insert(*test, one);
            second.conditions.insert(*test, other);
        }
        Some((first, second))
    }
}

fn halves(values: &BTreeSet<String>) -> (BTreeSet<String>, BTreeSet<String>) {
    let middle = values.len() / 2;
    (values.iter().take(middle).cloned().collect(), values.iter().skip(middle).cloned().collect())
}

/// A statement with the name that is its own within all that is printed together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStatement {
    /// Letters and digits.
    pub sid: String,
    /// What it says.
    pub statement: Statement,
}

/// A policy document.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: Version,
    /// Its statements.
    #[serde(rename = "Statement")]
    pub statements: Vec<NamedStatement>,
}

/// The version of the language, which has not changed since.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize)]
enum Version {
    #[default]
    #[serde(rename = "2012-10-17")]
    Current,
}

impl Policy {
    /// The date that names the policy language.
    pub const VERSION: &'static str = "2012-10-17";

    /// Puts statements into as few policies as hold them in their order, each of at most `limit` characters as IAM counts.
    /// A statement that is too long alone is divided; what is allowed stays the same.
    pub fn pack(statements: Vec<Statement>, limit: usize) -> Vec<Self> {
        let mut waiting: Vec<Statement> = statements.into_iter().rev().collect();
        let mut fitting = Vec::new();
        while let Some(statement) = waiting.pop() {
            // A counter may come to its name later.
            let alone = Self::of(sid::named(vec![statement.clone()])).size() + 4;
            match statement.halves() {
                Some((first, second)) if alone > limit => waiting.extend([second, first]),
                _ => fitting.push(statement),
            }
        }
        let mut policies: Vec<Self> = Vec::new();
        for named in sid::named(fitting) {
            if let Some(last) = policies.last_mut() {
                last.statements.push(named);
                if last.size() > limit && last.statements.len() > 1 {
                    let moved = last.statements.pop();
                    policies.push(Self::of(moved.into_iter().collect()));
                }
            } else {
                policies.push(Self::of(vec![named]));
            }
        }
        policies
    }

    /// A policy of these statements.
    pub fn of(statements: Vec<NamedStatement>) -> Self {
        Self { version: Version::Current, statements }
    }

    /// Its length as IAM counts it: without white space.
    pub fn size(&self) -> usize {
        let text = serde_json::to_string(self).unwrap_or_default();
        text.chars().filter(|letter| !letter.is_whitespace()).count()
    }
}

impl Serialize for NamedStatement {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let Statement { effect, actions, resources, conditions, .. } = &self.statement;
        let mut map = serializer.serialize_map(None)?;
        map.serialize_entry("Sid", &self.sid)?;
        map.serialize_entry("Effect", effect)?;
        map.serialize_entry("Action", &OneOrMany(actions))?;
        map.serialize_entry("Resource", &OneOrMany(resources))?;
        if !conditions.is_empty() {
            let mut operators: BTreeMap<&str, BTreeMap<&str, OneOrMany<'_>>> = BTreeMap::new();
            for ((operator, key), values) in conditions {
                operators.entry(operator).or_default().insert(key, OneOrMany(values));
            }
            map.serialize_entry("Condition", &operators)?;
        }
        map.end()
    }
}

/// A list that is written without brackets where it has one member, as AWS writes it.
pub struct OneOrMany<'a>(pub &'a BTreeSet<String>);

impl Serialize for OneOrMany<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.first() {
            Some(only) if self.0.len() == 1 => only.serialize(serializer),
            _ => self.0.serialize(serializer),
        }
    }
}
