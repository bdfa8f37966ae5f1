//! Finds the statement that nearly allows a request, and what keeps it from doing so: an action that does not exist, an
//! ARN that names no resource, or one that names another.

use serde_json::Value;

use crate::model::id::Arn;
use crate::model::policy::condition::holds;
use crate::model::policy::evaluation::{ExistingPolicy, ExistingStatement, RequiredRequest, texts};
use crate::model::policy::pattern::covers;

/// How many letters may differ in a name that is still nearly right.
const NEAR: usize = 2;

/// The operations of the API that need an action of another name.
const OPERATIONS: [(&str, &str); 2] =
    [("Converse", "bedrock:InvokeModel"), ("ConverseStream", "bedrock:InvokeModelWithResponseStream")];

/// The kinds of resource through which a model is invoked.
const INVOKED: [&str; 3] = ["application-inference-profile", "foundation-model", "inference-profile"];

/// A statement that allows a request but for one part, or but for several that are mistakes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NearMiss {
    /// The Sid of the statement, or its number.
    pub statement: String,
    /// What does not match, and why.
    pub reason: String,
}

/// Why a part of a statement does not match.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Difference {
    /// How many fields differ because the statement means others, and not by mistake.
    others: usize,
    /// How many fields differ.
    fields: usize,
    reason: String,
}

impl Difference {
    fn mistake(reason: String) -> Self {
        Self { others: 0, fields: 1, reason }
    }

    fn other(reason: String) -> Self {
        Self { others: 1, fields: 1, reason }
    }
}

impl ExistingPolicy<'_> {
    /// Returns the statement that comes nearest to allowing a request that no statement allows; `None` if none is near.
    pub fn nearest(&self, need: &RequiredRequest) -> Option<NearMiss> {
        let allowing = self.statements.iter().filter(|statement| statement.allows);
        let differences = allowing.filter_map(|statement| Some((statement.difference(need)?, &statement.name)));
        let (difference, name) = differences.min_by(|(one, _), (other, _)| one.cmp(other))?;
        Some(NearMiss { statement: name.clone(), reason: difference.reason })
    }
}

impl ExistingStatement<'_> {
    /// Returns how the statement differs from one that allows the request; `None` if it is for something else.
    fn difference(&self, need: &RequiredRequest) -> Option<Difference> {
        let mut differences = Vec::new();
        if self.action(need) == Ok(false) {
            differences.push(self.action_difference(need)?);
        }
        if self.resource(need) == Ok(false) {
            differences.push(self.resource_difference(need)?);
        }
        if self.conditions(need) == Ok(false) {
            differences.push(self.condition_difference(need)?);
        }
        let together = joined(differences)?;
        (together.others == 0 || together.fields == 1).then_some(together)
    }

    fn action_difference(&self, need: &RequiredRequest) -> Option<Difference> {
        let Some(patterns) = self.members.get("Action") else {
            return Some(Difference::other("its `NotAction` excludes the action".to_owned()));
        };
        let patterns: Vec<&str> = texts(patterns)?.collect();
        let mistaken = patterns.iter().find_map(|pattern| mistaken_action(pattern, &need.action));
        mistaken.map(Difference::mistake).or_else(|| {
            let is_of_bedrock = |pattern: &&&str| pattern.to_ascii_lowercase().starts_with("bedrock:");
            let listed = patterns.iter().find(is_of_bedrock)?;
            Some(Difference::other(format!("it names `{listed}`, and not `{}`", need.action)))
        })
    }

    fn resource_difference(&self, need: &RequiredRequest) -> Option<Difference> {
        let Some(patterns) = self.members.get("Resource") else {
            return Some(Difference::other("its `NotResource` excludes the resource".to_owned()));
        };
        texts(patterns)?.filter_map(|pattern| resource_difference(pattern, &need.resource)).min()
    }

    fn condition_difference(&self, need: &RequiredRequest) -> Option<Difference> {
        let tests = self.tests().ok()?;
        let fails = |(operator, key, values): &(&str, &str, &Value)| holds(operator, key, values, need) == Ok(false);
        let mut failed = tests.into_iter().filter(fails);
        let (operator, key, _) = failed.next()?;
        let known = need.context.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        let value = match known {
            Some((_, Some(value))) => format!("the request has `{value}`"),
            _ => "the request does not have the key".to_owned(),
        };
        let fields = 1 + failed.count();
        let reason = format!("its condition `{operator}` on `{key}` is not met, since {value}");
        Some(Difference { others: fields, fields, reason })
    }
}

/// Returns several differences as one; `None` if there are none.
fn joined(differences: Vec<Difference>) -> Option<Difference> {
    differences.into_iter().reduce(|one, other| Difference {
        others: one.others + other.others,
        fields: one.fields + other.fields,
        reason: format!("{}; {}", one.reason, other.reason),
    })
}

/// Returns why an action that was meant to allow this one does not: there is no such action.
fn mistaken_action(pattern: &str, needed: &str) -> Option<String> {
    let (service, name) = pattern.split_once(':')?;
    let (service, name) = (service.to_ascii_lowercase(), name.to_ascii_lowercase());
    let (_, needed_name) = needed.split_once(':')?;
    let matches = |text: &str| covers(&name, &text.to_ascii_lowercase());
    let operation = OPERATIONS.iter().find(|(_, action)| *action == needed).map(|(operation, _)| *operation);
    if service != "bedrock" {
        let is_meant = service.contains("bedrock") && (matches(needed_name) || operation.is_some_and(matches));
        return is_meant.then(|| format!("`{pattern}` is of another service: the action is `{needed}`"));
    }
    let operation = operation?;
    if matches(operation) {
        return Some(format!("there is no action `{pattern}`: the operation `{operation}` needs `{needed}`"));
    }
    let distance = strsim::osa_distance(&name, &needed_name.to_ascii_lowercase());
    (1..=NEAR).contains(&distance).then(|| format!("there is no action `{pattern}`: its name is `{needed}`"))
}

/// Returns why a pattern does not match an ARN; `None` if it is meant for something else.
fn resource_difference(pattern: &str, arn: &str) -> Option<Difference> {
    let (given, needed) = (Arn::split(pattern)?, Arn::split(arn)?);
    let mut differences = Vec::new();
    if !covers(given.partition, needed.partition) {
        let (given, needed) = (given.partition, needed.partition);
        let reason = format!("begins with `arn:{given}`, and ARNs there begin with `arn:{needed}`");
        differences.push(Difference::mistake(reason));
    }
    if !covers(given.service, needed.service) {
        let is_meant = given.service.contains("bedrock") && needed.service == "bedrock";
        let reason = format!("has the service `{}` in place of `bedrock`", given.service);
        differences.push(is_meant.then(|| Difference::mistake(reason))?);
    }
    if !covers(given.region, needed.region) {
        let region = if needed.region.is_empty() { "no Region" } else { needed.region };
        differences.push(Difference::other(format!("is for {}, and not for {region}", given.region)));
    }
    let names_another = !covers(given.resource, needed.resource);
    if names_another {
        differences.push(named_otherwise(given, needed)?);
    }
    // Which account an ARN has follows from its kind.
    let is_of_another_kind = names_another && given.kind_and_id().0 != needed.kind_and_id().0;
    if !covers(given.account, needed.account) && !is_of_another_kind {
        differences.push(account_difference(given, needed));
    }
    for difference in &mut differences {
        difference.reason = format!("`{pattern}` {}", difference.reason);
    }
    joined(differences)
}

fn account_difference(given: Arn<'_>, needed: Arn<'_>) -> Difference {
    match (given.account, needed.account) {
        (_, "") => Difference::mistake("has an account, and the ARN of a foundation model has none".to_owned()),
        ("", _) => {
            let (kind, _) = needed.kind_and_id();
            Difference::mistake(format!("has no account, and the ARN of an `{kind}` has one"))
        }
        (other, account) => Difference::other(format!("is for account {other}, and not for {account}")),
    }
}

/// Returns why the last field of a pattern does not match: the wrong kind of resource, or an ID that is nearly right.
fn named_otherwise(given: Arn<'_>, needed: Arn<'_>) -> Option<Difference> {
    let ((kind, id), (needed_kind, needed_id)) = (given.kind_and_id(), needed.kind_and_id());
    if kind != needed_kind {
        let is_meant = [kind, needed_kind].iter().all(|kind| INVOKED.contains(kind)) && covers(id, needed_id);
        let reason = format!("is of kind `{kind}`, and `{needed_id}` is of kind `{needed_kind}`");
        let difference = if id.trim_matches('*').is_empty() { Difference::other } else { Difference::mistake };
        return is_meant.then(|| difference(reason));
    }
    let without_prefix = id.split_once('.').map(|(_, rest)| rest);
    if covers(&id.to_ascii_lowercase(), &needed_id.to_ascii_lowercase()) {
        Some(Difference::mistake(format!("differs by case from `{needed_id}`")))
    } else if kind == "foundation-model" && without_prefix.is_some_and(|rest| covers(rest, needed_id)) {
        Some(Difference::mistake(format!("has the ID of an inference profile, and the model is `{needed_id}`")))
    } else if kind == "inference-profile" && needed_id.ends_with(&format!(".{id}")) {
        let reason = format!("has the ID of a foundation model, and the inference profile is `{needed_id}`");
        Some(Difference::mistake(reason))
    } else {
        let is_near = needed_id.starts_with(id) && !id.is_empty() || strsim::osa_distance(id, needed_id) <= NEAR;
        is_near.then(|| Difference::other(format!("does not name `{needed_id}`")))
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use serde_json::json;

    use super::*;

    const MODEL: &str = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0";
    const PROFILE: &str = "arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0";
    const COPY: &str = "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123";

    /// Returns why a policy with these statements nearly allows `bedrock:InvokeModel` on a resource.
    fn reason(statements: &Value, resource: &str) -> Option<(String, String)> {
        let document = [json!({"Statement": statements})];
        let policy = ExistingPolicy::parse(&document).unwrap();
        let context = BTreeMap::from([("aws:RequestedRegion", Some("eu-west-1".to_owned()))]);
        let need = RequiredRequest { action: "bedrock:InvokeModel".to_owned(), resource: resource.to_owned(), context };
        policy.nearest(&need).map(|near| (near.statement, near.reason))
    }

    fn of(action: &Value, resource: &Value, needed: &str) -> String {
        let statement = json!({"Effect": "Allow", "Action": action, "Resource": resource});
        reason(&statement, needed).map(|(_, reason)| reason).unwrap_or_default()
    }

    #[test]
    fn an_action_that_does_not_exist_is_named() {
        for (action, expected) in [
            (
                json!(["bedrock:ConverseStream", "bedrock:Converse"]),
                "there is no action `bedrock:Converse`: the operation `Converse` needs `bedrock:InvokeModel`",
            ),
            (
                json!("Bedrock:converse*"),
                "there is no action `Bedrock:converse*`: the operation `Converse` needs `bedrock:InvokeModel`",
            ),
            (
                json!("bedrock-runtime:InvokeModel"),
                "`bedrock-runtime:InvokeModel` is of another service: the action is `bedrock:InvokeModel`",
            ),
            (
                json!("bedrock:InvokeModels"),
                "there is no action `bedrock:InvokeModels`: its name is `bedrock:InvokeModel`",
            ),
            (
                json!("bedrock:InvokeModelWithResponseStream"),
                "it names `bedrock:InvokeModelWithResponseStream`, and not `bedrock:InvokeModel`",
            ),
            (json!(["s3:GetObject", "sts:*"]), ""),
        ] {
            assert_eq!(of(&action, &json!("*"), MODEL), expected, "{action}");
        }
    }

    #[test]
    fn an_arn_that_names_no_resource_is_explained() {
        for (given, needed, expected) in [
            (
                "arn:aws-us-gov:bedrock:*::foundation-model/*",
                MODEL,
                "begins with `arn:aws-us-gov`, and ARNs there begin with `arn:aws`",
            ),
            (
                "arn:aws:bedrock:*:111122223333:foundation-model/amazon.*",
                MODEL,
                "has an account, and the ARN of a foundation model has none",
            ),
            (
                "arn:aws:bedrock:*::inference-profile/eu.*",
                PROFILE,
                "has no account, and the ARN of an `inference-profile` has one",
            ),
            (
                "arn:aws:bedrock:*::foundation-model/eu.amazon.nova-lite-v1:0",
                PROFILE,
                "is of kind `foundation-model`, and `eu.amazon.nova-lite-v1:0` is of kind `inference-profile`",
            ),
            (
                "arn:aws:bedrock:*::foundation-model/eu.amazon.nova-lite-v1:0",
                MODEL,
                "has the ID of an inference profile, and the model is `amazon.nova-lite-v1:0`",
            ),
            (
                "arn:aws:bedrock:*:*:inference-profile/amazon.nova-lite-v1:0",
                MODEL,
                "is of kind `inference-profile`, and `amazon.nova-lite-v1:0` is of kind `foundation-model`",
            ),
            (
                "arn:aws:bedrock:*:*:inference-profile/amazon.nova-lite-v1:0",
                PROFILE,
                "has the ID of a foundation model, and the inference profile is `eu.amazon.nova-lite-v1:0`",
            ),
            (
                "arn:aws:bedrock:*:*:inference-profile/*",
                COPY,
                "is of kind `inference-profile`, and `abc123` is of kind `application-inference-profile`",
            ),
            (
                "arn:aws:bedrock-runtime:*::foundation-model/*",
                MODEL,
                "has the service `bedrock-runtime` in place of `bedrock`",
            ),
            (
                "arn:aws:bedrock:*::foundation-model/Amazon.nova-lite-v1:0",
                MODEL,
                "differs by case from `amazon.nova-lite-v1:0`",
            ),
            (
                "arn:aws:bedrock:eu-west-3::foundation-model/amazon.nova-lite-v1:0",
                MODEL,
                "is for eu-west-3, and not for eu-west-1",
            ),
            (
                "arn:aws:bedrock:*:444455556666:inference-profile/*",
                PROFILE,
                "is for account 444455556666, and not for 111122223333",
            ),
            ("arn:aws:bedrock:*::foundation-model/amazon.nova-lite-v1", MODEL, "does not name `amazon.nova-lite-v1:0`"),
            ("arn:aws:bedrock:eu-west-3:444455556666:inference-profile/*", PROFILE, ""),
            ("arn:aws:bedrock:*::foundation-model/meta.llama3", MODEL, ""),
            ("arn:aws:s3:::bucket/*", MODEL, ""),
        ] {
            let expected = if expected.is_empty() { String::new() } else { format!("`{given}` {expected}") };
            assert_eq!(of(&json!("bedrock:InvokeModel"), &json!([given]), needed), expected, "{given}");
        }
    }

    #[test]
    fn several_mistakes_are_named_together_and_a_mistake_comes_before_another_purpose() {
        let both = "there is no action `bedrock:Converse`: the operation `Converse` needs `bedrock:InvokeModel`; \
                    `arn:aws-cn:bedrock:*::foundation-model/*` begins with `arn:aws-cn`, and ARNs there begin with `arn:aws`";
        assert_eq!(of(&json!("bedrock:Converse"), &json!("arn:aws-cn:bedrock:*::foundation-model/*"), MODEL), both);
        let elsewhere = json!({"Sid": "B", "Effect": "Allow", "Action": "bedrock:*", "Resource": "*",
            "Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}});
        let mistaken = json!({"Sid": "A", "Effect": "Allow", "Action": "bedrock:Converse", "Resource": "*"});
        let denying = json!({"Sid": "C", "Effect": "Deny", "Action": "bedrock:Converse", "Resource": "*"});
        let (statement, why) = reason(&json!([elsewhere, denying]), MODEL).unwrap();
        let expected =
            "its condition `StringEquals` on `aws:RequestedRegion` is not met, since the request has `eu-west-1`";
        assert_eq!((statement.as_str(), why.as_str()), ("`B`", expected));
        assert_eq!(reason(&json!([elsewhere, mistaken]), MODEL).unwrap().0, "`A`");
        let lacking = json!({"Effect": "Allow", "NotAction": "bedrock:*", "NotResource": "*"});
        assert_eq!(reason(&json!([lacking]), MODEL), None);
    }
}
