//! Evaluates an existing policy: a request is allowed, missing, denied or undecided. Nothing is guessed: a part of the
//! policy that is not supported is named.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_evaluation-logic.html>.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use crate::model::policy::condition::holds;
use crate::model::policy::pattern::{covers, overlaps};
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

/// The versions of the policy language.
const VERSIONS: [&str; 2] = ["2012-10-17", "2008-10-17"];

/// An existing policy document.
#[derive(Clone, Debug)]
pub struct ExistingPolicy<'v> {
    pub(super) statements: Vec<ExistingStatement<'v>>,
}

/// A statement of an existing policy.
#[derive(Clone, Debug)]
pub(super) struct ExistingStatement<'v> {
    /// The Sid, or the number of the statement.
    pub name: String,
    pub allows: bool,
    pub members: &'v serde_json::Map<String, Value>,
}

/// The error for JSON that is not a policy.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct PolicyError(pub(super) String);

/// Whether something matches; the error names a part that is not supported.
pub(super) type Match = Result<bool, String>;

impl<'v> ExistingPolicy<'v> {
    /// Parses policy documents that are attached together: their statements are evaluated as those of one policy.
    ///
    /// # Errors
    ///
    /// Returns an error if a document has no statements or a version that IAM does not know, or if a statement has no effect.
    pub fn parse(documents: &'v [Value]) -> Result<Self, PolicyError> {
        let mut statements: Vec<&'v Value> = Vec::new();
        for document in documents {
            if let Some(version) = document.get("Version")
                && !VERSIONS.iter().any(|known| version == known)
            {
                return Err(PolicyError(format!("`Version` is {}, not `{version}`", VERSIONS.join(" or "))));
            }
            match document.get("Statement") {
                Some(Value::Array(list)) => statements.extend(list),
                Some(statement @ Value::Object(_)) => statements.push(statement),
                _ => return Err(PolicyError("a policy has a member `Statement`".to_owned())),
            }
        }
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
        let strange = strange.map_or(Ok(true), |member| Err(format!("`{member}`")));
        all([strange, self.action(need), self.resource(need), self.conditions(need)])
    }

    /// Whether the statement names the action. IAM ignores its case.
    pub fn action(&self, need: &RequiredRequest) -> Match {
        let patterns = ["Action", "NotAction"].into_iter().filter_map(|member| self.members.get(member));
        if let Some(refused) = patterns.filter_map(texts).flatten().find(|pattern| !is_action(pattern)) {
            return Err(format!("`{refused}`, which IAM accepts as no action"));
        }
        self.named("Action", &need.action.to_ascii_lowercase(), str::to_ascii_lowercase)
    }

    /// Whether the statement names the resource.
    pub fn resource(&self, need: &RequiredRequest) -> Match {
        self.named("Resource", &need.resource, str::to_owned)
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
        let (variables, patterns): (Vec<_>, Vec<_>) = patterns.into_iter().partition(|pattern| pattern.contains("${"));
        let covered = patterns.iter().any(|pattern| covers(pattern, text));
        if let Some(variable) = variables.first().filter(|_| !covered) {
            return Err(format!("the variable in `{variable}`"));
        }
        let partly = text != "*" && patterns.iter().any(|pattern| overlaps(pattern, text));
        match (name == member, covered) {
            (positive, true) => Ok(positive),
            // The statement denies a part of the required resource, or excludes a part of it from what is allowed.
            (positive, false) if partly && positive != self.allows => {
                Err(format!("`{name}` covers only a part of `{text}`"))
            }
            (positive, false) => Ok(!positive),
        }
    }

    pub fn conditions(&self, need: &RequiredRequest) -> Match {
        all(self.tests()?.into_iter().map(|(operator, key, values)| holds(operator, key, values, need)))
    }

    /// Returns the operator, the key and the values of every condition.
    pub fn tests(&self) -> Result<Vec<(&str, &str, &Value)>, String> {
        let Some(conditions) = self.members.get("Condition") else { return Ok(Vec::new()) };
        let mut tests = Vec::new();
        for (operator, keys) in conditions.as_object().ok_or("`Condition`")? {
            let keys = keys.as_object().ok_or_else(|| format!("`{operator}`"))?;
            tests.extend(keys.iter().map(|(key, values)| (operator.as_str(), key.as_str(), values)));
        }
        Ok(tests)
    }
}

/// Whether IAM accepts this as an action: `*`, or a service without wildcards and a name.
fn is_action(pattern: &str) -> bool {
    let is_service = |service: &str| !service.is_empty() && !service.contains(['*', '?']);
    pattern == "*" || pattern.split_once(':').is_some_and(|(service, name)| is_service(service) && !name.is_empty())
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

/// Returns the strings of a string or of a list that holds only strings.
pub(super) fn texts(value: &Value) -> Option<impl Iterator<Item = &str>> {
    let list = match value {
        Value::Array(list) => &list[..],
        one => std::slice::from_ref(one),
    };
    list.iter().all(Value::is_string).then(|| list.iter().filter_map(Value::as_str))
}
