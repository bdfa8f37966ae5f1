//! Least-privilege IAM policies: statements, their JSON form, and how they are divided into policies.
//! The permissions that a model needs are in `policy/access.rs` and `policy/uses.rs`.
//! See <https://docs.aws.amazon.com/bedrock/latest/userguide/inference-profiles-prereq.html>.

pub mod access;
mod condition;
pub mod document;
pub mod evaluation;
pub mod merge;
pub mod near_miss;
pub mod pattern;
pub mod scp;
pub mod sid;
pub mod unique_json;
pub mod uses;

#[cfg(test)]
mod tests;

use std::collections::{BTreeMap, BTreeSet};

use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

/// The maximum size of a managed policy in characters, without white space.
/// See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html>.
pub const MANAGED_POLICY_LIMIT: usize = 6_144;

/// The placeholder in ARNs if the account is not known. IAM's policy validation rejects it.
pub const ACCOUNT_PLACEHOLDER: &str = "ACCOUNT_ID";

/// The operator and the key of a condition, such as `("StringEquals", "aws:RequestedRegion")`.
pub type ConditionTest = (&'static str, &'static str);

/// The condition key for the Region of a request: a destination Region for a geographic inference profile,
/// [`UNSPECIFIED`] for a global one.
pub const REQUESTED_REGION: &str = "aws:RequestedRegion";

/// The condition key for the inference profile through which a model is invoked.
pub const INFERENCE_PROFILE: &str = "bedrock:InferenceProfileArn";

/// The value of `aws:RequestedRegion` for a model that is invoked through a global inference profile.
pub const UNSPECIFIED: &str = "unspecified";

/// The effect of a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub enum Effect {
    /// The statement allows access.
    Allow,
    /// The statement denies access, even if another statement allows it.
    Deny,
}

/// A statement of a policy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Statement {
    /// The purpose of the statement, in one word. Its Sid begins with it.
    pub purpose: &'static str,
    /// The IDs of the foundation models that the statement is for; empty if it is for any model.
    pub models: BTreeSet<String>,
    /// The source Regions that the statement is for; empty if it is for any source Region.
    pub regions: BTreeSet<String>,
    /// Whether the statement allows or denies.
    pub effect: Effect,
    /// The actions, such as `bedrock:InvokeModel`.
    pub actions: BTreeSet<String>,
    /// The ARNs of the resources.
    pub resources: BTreeSet<String>,
    /// The conditions: every one must be met, each by any of its values.
    pub conditions: BTreeMap<ConditionTest, BTreeSet<String>>,
}

impl Statement {
    /// Creates a statement that allows these actions on these resources.
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

    /// Adds the condition that `key` equals one of these values.
    #[must_use]
    pub fn with_string_equals(self, key: &'static str, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.with_condition(("StringEquals", key), values)
    }

    /// Adds a condition with these values.
    #[must_use]
    pub fn with_condition(mut self, test: ConditionTest, values: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.conditions.insert(test, values.into_iter().map(Into::into).collect());
        self
    }

    /// Returns two statements that together allow the same; `None` if the statement cannot be divided.
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

/// A statement with a Sid that is unique among all statements of one output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NamedStatement {
    /// The Sid: letters and digits.
    pub sid: String,
    /// The statement itself.
    pub statement: Statement,
}

/// A policy document. It serialises as the JSON form that IAM accepts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "PascalCase")]
pub struct Policy {
    version: &'static str,
    /// The statements.
    #[serde(rename = "Statement")]
    pub statements: Vec<NamedStatement>,
}

impl Policy {
    /// The version of the policy language.
    pub const VERSION: &'static str = "2012-10-17";

    /// Divides statements into as few policies as possible, in their order, each of at most `limit` characters as IAM
    /// counts them.
    ///
    /// A statement that is too long for one policy is divided; the permissions stay the same.
    pub fn pack(statements: Vec<Statement>, limit: usize) -> Vec<Self> {
        let mut waiting: Vec<Statement> = statements.into_iter().rev().collect();
        let mut fitting = Vec::new();
        while let Some(statement) = waiting.pop() {
            // A counter can be appended to its Sid later.
            let alone = Self::new(sid::assign(vec![statement.clone()])).size() + 4;
            match statement.halves() {
                Some((first, second)) if alone > limit => waiting.extend([second, first]),
                _ => fitting.push(statement),
            }
        }
        let mut policies: Vec<Self> = Vec::new();
        for named in sid::assign(fitting) {
            if let Some(last) = policies.last_mut() {
                last.statements.push(named);
                if last.size() > limit && last.statements.len() > 1 {
                    let moved = last.statements.pop();
                    policies.push(Self::new(moved.into_iter().collect()));
                }
            } else {
                policies.push(Self::new(vec![named]));
            }
        }
        policies
    }

    /// Creates a policy with these statements.
    pub fn new(statements: Vec<NamedStatement>) -> Self {
        Self { version: Self::VERSION, statements }
    }

    /// Returns the size of the policy in characters as IAM counts them: without white space.
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

/// A list that serialises without brackets if it has one member, as AWS writes it.
pub struct OneOrMany<'a>(pub &'a BTreeSet<String>);

impl Serialize for OneOrMany<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self.0.first() {
            Some(only) if self.0.len() == 1 => only.serialize(serializer),
            _ => self.0.serialize(serializer),
        }
    }
}
