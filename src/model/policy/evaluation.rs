//! Evaluates an existing policy: a request is allowed, missing, denied or undecided. Nothing is guessed: a part of the
//! policy that is not supported is named.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::policy::pattern::{covers, covers_arn, overlaps};
use crate::model::policy::scp::requested_region;
use crate::model::policy::{INFERENCE_PROFILE, REQUESTED_REGION, Statement};

/// A request that a policy must allow.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct RequiredRequest {
    /// The action, such as `bedrock:InvokeModel`.
    pub action: String,
    /// The ARN of the resource, or `*` if the action does not support resource-level permissions.
    pub resource: String,
    /// The known condition keys of the request: the value, or `None` if the request does not have the key.
    pub context: BTreeMap<&'static str, Option<String>>,
}

impl RequiredRequest {
    /// Returns every request from these source Regions that the statements of a least-privilege policy allow.
    pub fn from_statements(statements: &[Statement], source_regions: &BTreeSet<&str>) -> Vec<Self> {
        let mut needs = BTreeSet::new();
        for statement in statements {
            let actions = &statement.actions;
            for context in contexts(statement) {
                for (action, resource) in actions.iter().flat_map(|a| statement.resources.iter().map(move |r| (a, r))) {
                    let need = Self { action: action.clone(), resource: resource.clone(), context: context.clone() };
                    needs.extend(need.placed(statement, source_regions));
                }
            }
        }
        needs.into_iter().collect()
    }

    /// Adds the condition keys that follow from the resource.
    fn placed(self, statement: &Statement, source_regions: &BTreeSet<&str>) -> Vec<Self> {
        let with = |key, value| {
            let mut need = self.clone();
            need.context.entry(key).or_insert(value);
            need
        };
        match self.resource.as_str() {
            "*" => source_regions.iter().map(|region| with(REQUESTED_REGION, Some((*region).to_owned()))).collect(),
            arn if arn.contains(":bedrock:") => {
                let mut need = with(REQUESTED_REGION, Some(requested_region(arn).to_owned()));
                if matches!(statement.purpose, "InRegionModel" | "OwnModel") {
                    need.context.insert(INFERENCE_PROFILE, None);
                }
                vec![need]
            }
            _ => vec![self],
        }
    }
}

/// Returns every combination of values that meets the conditions of a statement.
fn contexts(statement: &Statement) -> Vec<BTreeMap<&'static str, Option<String>>> {
    let mut contexts = vec![BTreeMap::new()];
    for ((_, key), values) in &statement.conditions {
        let with = |context: &BTreeMap<_, _>, value: &String| {
            let mut context = context.clone();
            context.insert(*key, Some(value.clone()));
            context
        };
        contexts = contexts.iter().flat_map(|context| values.iter().map(move |value| with(context, value))).collect();
    }
    contexts
}

/// The result of evaluating a request.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Decision {
    /// A statement allows the request, and none denies it.
    Allowed,
    /// No statement allows the request.
    Missing,
    /// The statement with this name denies the request.
    Denied(String),
    /// The result depends on these parts of the policy, which are not supported.
    Undecided(BTreeSet<String>),
}

/// An existing policy document.
#[derive(Clone, Debug)]
pub struct ExistingPolicy<'v> {
    statements: Vec<ExistingStatement<'v>>,
}

/// A statement of an existing policy.
#[derive(Clone, Debug)]
struct ExistingStatement<'v> {
    /// The Sid, or the number of the statement.
    name: String,
    allows: bool,
    members: &'v serde_json::Map<String, Value>,
}

/// The error for JSON that is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(String);

/// Whether something matches; the error names a part that is not supported.
type Match = Result<bool, String>;

impl<'v> ExistingPolicy<'v> {
    /// Parses a policy document.
    ///
    /// # Errors
    ///
    /// Returns an error if the document has no statements, or if a statement has no effect.
    pub fn parse(value: &'v Value) -> Result<Self, PolicyError> {
        let statements = match value.get("Statement") {
            Some(Value::Array(statements)) => statements.iter().collect(),
            Some(statement @ Value::Object(_)) => vec![statement],
            _ => return Err(PolicyError("a policy has a member `Statement`".to_owned())),
        };
        let read = |(index, statement): (usize, &'v Value)| {
            let members = statement.as_object().ok_or_else(|| PolicyError("a statement is an object".to_owned()))?;
            let name = match members.get("Sid").and_then(Value::as_str) {
                Some(sid) if !sid.is_empty() => format!("`{sid}`"),
                _ => format!("number {}", index + 1),
            };
            let allows = match members.get("Effect").and_then(Value::as_str) {
                Some("Allow") => true,
                Some("Deny") => false,
                _ => return Err(PolicyError(format!("statement {name} has no `Effect` of Allow or Deny"))),
            };
            Ok(ExistingStatement { name, allows, members })
        };
        Ok(Self { statements: statements.into_iter().enumerate().map(read).collect::<Result<_, _>>()? })
    }

    /// Evaluates a request. Other policies, such as service control policies, are not considered.
    pub fn evaluate(&self, need: &RequiredRequest) -> Decision {
        let mut unclear = BTreeSet::new();
        let (mut allowed, mut maybe_allowed, mut maybe_denied) = (false, false, false);
        for statement in &self.statements {
            match statement.applies(need) {
                Ok(true) if statement.allows => allowed = true,
                Ok(true) => return Decision::Denied(statement.name.clone()),
                Ok(false) => {}
                Err(what) => {
                    maybe_allowed |= statement.allows;
                    maybe_denied |= !statement.allows;
                    unclear.insert(format!("statement {}: {what}", statement.name));
                }
            }
        }
        if !allowed && !maybe_allowed {
            Decision::Missing
        } else if allowed && !maybe_denied {
            Decision::Allowed
        } else {
            Decision::Undecided(unclear)
        }
    }
}

impl ExistingStatement<'_> {
    /// Whether the statement applies to the request. A part that does not match takes precedence over one that is not
    /// supported.
    fn applies(&self, need: &RequiredRequest) -> Match {
        let known = ["Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition"];
        let strange = self.members.keys().find(|member| !known.contains(&member.as_str()));
        let parts = [
            strange.map_or(Ok(true), |member| Err(format!("`{member}`"))),
            self.named("Action", &need.action.to_ascii_lowercase(), str::to_ascii_lowercase),
            self.named("Resource", &need.resource, str::to_owned),
            self.conditions(need),
        ];
        all(parts)
    }

    /// Whether the member with this name, or its negation, matches.
    fn named(&self, member: &str, text: &str, spelt: fn(&str) -> String) -> Match {
        let negation = format!("Not{member}");
        let (name, patterns) = match (self.members.get(member), self.members.get(&negation)) {
            (Some(patterns), None) => (member, patterns),
            (None, Some(patterns)) => (negation.as_str(), patterns),
            _ => return Err(format!("neither `{member}` nor `{negation}`, or both")),
        };
        let patterns: Vec<String> = texts(patterns).ok_or_else(|| format!("`{name}`"))?.map(spelt).collect();
        if let Some(variable) = patterns.iter().find(|pattern| pattern.contains("${")) {
            return Err(format!("the variable in `{variable}`"));
        }
        let covered = patterns.iter().any(|pattern| covers(pattern, text));
        let partly = text != "*" && patterns.iter().any(|pattern| overlaps(pattern, text));
        match (name == member, covered) {
            (positive, true) => Ok(positive),
            // The statement denies a part of the required resource, or excludes a part of it from what is allowed.
            (positive, false) if partly && positive != self.allows => {
                Err(format!("`{name}` speaks of a part of `{text}` only"))
            }
            (positive, false) => Ok(!positive),
        }
    }

    fn conditions(&self, need: &RequiredRequest) -> Match {
        let Some(conditions) = self.members.get("Condition") else { return Ok(true) };
        let operators = conditions.as_object().ok_or("`Condition`")?;
        let tests = operators.iter().flat_map(|(operator, keys)| match keys.as_object() {
            Some(keys) => keys.iter().map(|(key, values)| holds(operator, key, values, need)).collect(),
            None => vec![Err(format!("`{operator}`"))],
        });
        all(tests)
    }
}

/// Returns false if any part is false, and otherwise the first error.
fn all(parts: impl IntoIterator<Item = Match>) -> Match {
    let mut unclear = None;
    for part in parts {
        match part {
            Ok(true) => {}
            Ok(false) => return Ok(false),
            Err(what) => {
                unclear.get_or_insert(what);
            }
        }
    }
    unclear.map_or(Ok(true), Err)
}

/// Whether one condition is met.
fn holds(operator: &str, key: &str, values: &Value, need: &RequiredRequest) -> Match {
    let not_understood = || format!("the condition `{operator}` on `{key}`");
    let (negative, matches): (bool, fn(&str, &str) -> bool) = match operator {
        "StringEquals" => (false, |value, text| value == text),
        "StringLike" => (false, covers),
        "ArnEquals" | "ArnLike" => (false, covers_arn),
        "StringNotEquals" => (true, |value, text| value == text),
        "StringNotLike" => (true, covers),
        "ArnNotEquals" | "ArnNotLike" => (true, covers_arn),
        _ => return Err(not_understood()),
    };
    let known = need.context.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value);
    let values: Vec<&str> = texts(values).ok_or_else(not_understood)?.collect();
    let is_no_arn = |value: &&str| operator.starts_with("Arn") && value.matches(':').count() < 5;
    if values.iter().any(|value| value.contains("${") || is_no_arn(value)) {
        return Err(not_understood());
    }
    match known {
        None => Err(not_understood()),
        // Without the key, a test for equality fails and a test for inequality holds.
        Some(None) => Ok(negative),
        Some(Some(text)) => Ok(negative != values.iter().any(|value| matches(value, text))),
    }
}

/// Returns the strings of a string or of a list that holds only strings.
fn texts(value: &Value) -> Option<impl Iterator<Item = &str>> {
    let list = match value {
        Value::Array(list) => &list[..],
        one => std::slice::from_ref(one),
    };
    list.iter().all(Value::is_string).then(|| list.iter().filter_map(Value::as_str))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_that_the_request_lacks_is_different_from_every_value_and_equal_to_none() {
        let context = BTreeMap::from([("bedrock:InferenceProfileArn", None)]);
        let need = RequiredRequest { action: "bedrock:InvokeModel".to_owned(), resource: "*".to_owned(), context };
        let arn = Value::from("arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.x");
        let test = |operator| holds(operator, "bedrock:inferenceprofilearn", &arn, &need);
        for operator in ["StringEquals", "StringLike", "ArnEquals", "ArnLike"] {
            assert_eq!(test(operator), Ok(false), "{operator}");
        }
        for operator in ["StringNotEquals", "StringNotLike", "ArnNotEquals", "ArnNotLike"] {
            assert_eq!(test(operator), Ok(true), "{operator}");
        }
    }
}
