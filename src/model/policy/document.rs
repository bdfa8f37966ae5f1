//! Finds the policy documents in what people have: a document itself, or the output of the AWS CLI or of Terraform that encloses
//! it, in which a document can be a string, as JSON or URL-encoded.

use serde_json::{Map, Value};

use crate::model::policy::evaluation::PolicyError;
use crate::model::policy::unique_json::UniqueJson;

/// Members that hold a trust policy: who may assume a role, not what the role may do.
const TRUST: [&str; 2] = ["AssumeRolePolicyDocument", "assume_role_policy"];

/// Members that hold what was in force before a change: in plans of Terraform, and in change sets of `CloudFormation`.
const REPLACED: [&str; 5] = ["before", "prior_state", "resource_drift", "BeforeContext", "BeforeValue"];

/// Arguments of Terraform resources that hold a policy.
const ARGUMENTS: [&str; 4] = ["policy", "inline_policy", "content", "json"];

/// How deep a document is searched for; `terraform show` nests modules.
const DEEPEST: usize = 64;

/// The policy documents in a text.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Documents {
    /// The documents, which are attached together.
    pub documents: Vec<Value>,
    /// Why the documents may not be what is in force.
    pub warnings: Vec<String>,
}

/// Returns the policy documents in a text: one or more JSON values, each a document or something that encloses exactly one.
///
/// # Errors
///
/// Returns an error if the text is not JSON, if an object gives a member twice, or if a value contains no document, or
/// several different ones: which of them is attached is not known. Of a plan of Terraform, only what it leads to is read.
pub fn documents(text: &str) -> Result<Documents, PolicyError> {
    let text = without_heredoc(text.trim());
    let values: Vec<UniqueJson> = match from_percent_encoded(text) {
        Some(decoded) => vec![serde_json::from_str(&decoded).map_err(|error| not_json(&error))?],
        None => serde_json::Deserializer::from_str(text)
            .into_iter()
            .collect::<Result<_, _>>()
            .map_err(|error| not_json(&error))?,
    };
    if values.is_empty() {
        return Err(PolicyError("there is nothing in it".to_owned()));
    }
    let mut found = Documents::default();
    for UniqueJson(value) in &values {
        found.documents.push(only_document(value, &mut found.warnings)?);
    }
    Ok(found)
}

/// Returns the error for a text that is not JSON, or in which a member is given twice.
fn not_json(error: &serde_json::Error) -> PolicyError {
    PolicyError(if error.is_data() { error.to_string() } else { format!("it is not JSON: {error}") })
}

fn only_document(value: &Value, warnings: &mut Vec<String>) -> Result<Value, PolicyError> {
    let mut found = Found::default();
    found.search(value, &mut Vec::new());
    let Found { mut documents, has_trust, removed, unknown, twice, .. } = found;
    if let Some(problem) = twice {
        return Err(problem);
    }
    if let Some(address) = unknown.first() {
        return Err(PolicyError(format!("the policy of `{address}` is known only after the plan is applied")));
    }
    match &mut documents[..] {
        [only] => {
            warnings.extend(removed);
            warnings.extend(only.superseded.take().map(|version| {
                format!("version `{version}` of the policy is not in force, since it is not the default version")
            }));
            Ok(only.document.take())
        }
        [] if !removed.is_empty() => Err(PolicyError(removed.join(", and "))),
        [] if has_trust => {
            Err(PolicyError("it has only a trust policy, which says who may assume the role".to_owned()))
        }
        [] => {
            let summary = value.get("Policy").is_some_and(|policy| policy.get("DefaultVersionId").is_some());
            let instead = if summary { "; `aws iam get-policy-version` prints the document" } else { "" };
            Err(PolicyError(format!("a policy has a member `Statement`{instead}")))
        }
        several => {
            let places: Vec<_> = several.iter().map(|found| format!("`{}`", found.place)).collect();
            Err(PolicyError(format!("it has several policies, and only one can be meant: {}", places.join(", "))))
        }
    }
}

struct FoundDocument {
    place: String,
    document: Value,
    /// The version that it is, if that is not the default version of the policy.
    superseded: Option<String>,
}

/// The different documents in a value, each with its first place.
#[derive(Default)]
struct Found {
    documents: Vec<FoundDocument>,
    has_trust: bool,
    /// What a plan of Terraform does to each policy that it removes.
    removed: Vec<String>,
    /// The resources with a policy that is known only after the plan is applied.
    unknown: Vec<String>,
    /// The version that is searched, if that is not the default version of the policy.
    superseded: Option<String>,
    /// The error for a document in which a member is given twice.
    twice: Option<PolicyError>,
}

impl Found {
    fn search(&mut self, value: &Value, place: &mut Vec<String>) {
        if place.len() > DEEPEST {
            return;
        }
        match value {
            Value::Object(members) if members.contains_key("Statement") => self.add(place, value),
            Value::Object(members) if is_plan(members) => self.search_plan(members, place),
            Value::Object(members) => {
                if let Some(change) = members.get("change").filter(|change| change.get("actions").is_some()) {
                    self.note_removal(members, change);
                }
                let enclosing = self.superseded.clone();
                if let Some(is_default) = members.get("IsDefaultVersion").and_then(Value::as_bool) {
                    let version = members.get("VersionId").and_then(Value::as_str).unwrap_or("?");
                    self.superseded = (!is_default).then(|| version.to_owned());
                }
                for (name, member) in members {
                    if REPLACED.contains(&name.as_str()) {
                        continue;
                    }
                    if TRUST.contains(&name.as_str()) {
                        self.has_trust = true;
                        continue;
                    }
                    self.search_at(name.clone(), member, place);
                }
                self.superseded = enclosing;
            }
            Value::Array(members) => {
                // Of the versions of one policy only the default version is in force.
                let has_default = members.iter().any(|member| member["IsDefaultVersion"] == true);
                for (index, member) in members.iter().enumerate() {
                    if has_default && member["IsDefaultVersion"] == false {
                        continue;
                    }
                    self.search_at(index.to_string(), member, place);
                }
            }
            Value::String(text) => self.search_text(text, place),
            _ => {}
        }
    }

    /// Searches what a plan of Terraform leads to. Its variables and its configuration can also belong to a resource that
    /// is not created.
    fn search_plan(&mut self, plan: &Map<String, Value>, place: &mut Vec<String>) {
        for name in ["resource_changes", "deferred_changes"] {
            if let Some(changes) = plan.get(name) {
                self.search_at(name.to_owned(), changes, place);
            }
        }
        let planned = |member| plan.get("planned_values").and_then(|planned| planned.get(member));
        if let Some(module) = planned("root_module") {
            self.search_at("planned_values.root_module".to_owned(), module, place);
        }
        // An output can still show a policy that the plan removes.
        if self.removed.is_empty() {
            let outputs =
                [("planned_values.outputs", planned("outputs")), ("output_changes", plan.get("output_changes"))];
            for (name, outputs) in outputs {
                if let Some(outputs) = outputs {
                    self.search_at(name.to_owned(), outputs, place);
                }
            }
        }
    }

    /// Notes whether a change of a resource removes its policy, or leads to one that is not known yet.
    fn note_removal(&mut self, resource: &Map<String, Value>, change: &Value) {
        let text = |member| resource.get(member).and_then(Value::as_str);
        let address = text("address").or_else(|| text("type")).unwrap_or("a resource");
        let unknown = &change["after_unknown"];
        let is_iam = text("type").is_some_and(|kind| kind.starts_with("aws_iam_"));
        let removes = contains_document(&change["before"]) && !contains_document(&change["after"]);
        if (is_iam && is_unknown(unknown, &ARGUMENTS[..1])) || (removes && is_unknown(unknown, &ARGUMENTS)) {
            self.unknown.push(address.to_owned());
        } else if removes {
            let deletes =
                change["actions"].as_array().is_some_and(|actions| actions.iter().any(|done| done == "delete"));
            let effect = if deletes { "deletes" } else { "leaves no policy in" };
            self.removed.push(format!("the plan {effect} `{address}`"));
        }
    }

    /// Searches a string that looks like JSON or like URL-encoded JSON. What is not JSON is no document.
    fn search_text(&mut self, text: &str, place: &mut Vec<String>) {
        let text = from_percent_encoded(text).unwrap_or_else(|| text.to_owned());
        let is_json = text.trim_start().starts_with(['{', '"']);
        let Some(inner) = is_json.then(|| serde_json::from_str::<Value>(&text).ok()).flatten() else { return };
        self.search_at("(text)".to_owned(), &inner, place);
        if let Some(problem) = serde_json::from_str::<UniqueJson>(&text).err().filter(|_| contains_document(&inner)) {
            self.twice.get_or_insert(PolicyError(problem.to_string()));
        }
    }

    fn add(&mut self, place: &[String], document: &Value) {
        let superseded = self.superseded.clone();
        if let Some(known) = self.documents.iter_mut().find(|known| known.document == *document) {
            if superseded.is_none() {
                known.superseded = None;
            }
            return;
        }
        self.documents.push(FoundDocument { place: place.join("."), document: document.clone(), superseded });
    }

    fn search_at(&mut self, name: String, value: &Value, place: &mut Vec<String>) {
        place.push(name);
        self.search(value, place);
        place.pop();
    }
}

/// Whether this is what `terraform show -json` prints for a plan.
fn is_plan(members: &Map<String, Value>) -> bool {
    ["resource_changes", "planned_values", "prior_state"].iter().any(|member| members.contains_key(*member))
}

/// Whether the `after_unknown` of a change marks one of these arguments.
fn is_unknown(after_unknown: &Value, arguments: &[&str]) -> bool {
    match after_unknown {
        Value::Object(members) => members.iter().any(|(name, member)| {
            (arguments.contains(&name.as_str()) && *member == true) || is_unknown(member, arguments)
        }),
        Value::Array(members) => members.iter().any(|member| is_unknown(member, arguments)),
        _ => false,
    }
}

/// Whether a document is anywhere in a value.
fn contains_document(value: &Value) -> bool {
    let mut found = Found::default();
    found.search(value, &mut Vec::new());
    !found.documents.is_empty()
}

/// Decodes a URL-encoded JSON object, as IAM's API returns it.
fn from_percent_encoded(text: &str) -> Option<String> {
    let text = text.trim();
    if !text.starts_with("%7B") && !text.starts_with("%7b") {
        return None;
    }
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let code = (*first == b'%').then(|| std::str::from_utf8(after.get(..2)?).ok()).flatten();
        match code.map(|code| u8::from_str_radix(code, 16)) {
            Some(Ok(byte)) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            Some(Err(_)) => return None,
            None => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8(bytes).ok()
}

/// Removes the lines `<<EOT` and `EOT`, in which `terraform output` encloses a text of several lines.
fn without_heredoc(text: &str) -> &str {
    let inner = text.strip_prefix("<<").and_then(|rest| {
        let (mark, rest) = rest.split_once('\n')?;
        rest.trim_end().strip_suffix(mark.trim().trim_start_matches('-'))
    });
    inner.map_or(text, str::trim)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(text: &str) -> Result<Vec<Value>, PolicyError> {
        documents(text).map(|found| found.documents)
    }

    fn policy() -> Value {
        json!({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "bedrock:*", "Resource": "*"}]})
    }

    fn encoded(text: &str) -> String {
        text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat()
    }

    #[test]
    fn the_document_is_found_in_what_aws_and_terraform_print() {
        let text = policy().to_string();
        let twice = Value::from(text.clone()).to_string();
        let trust = json!({"Statement": [{"Effect": "Allow", "Action": "sts:AssumeRole", "Principal": "*"}]});
        for printed in [
            text.clone(),
            twice.clone(),
            encoded(&text),
            format!("<<EOT\n{text}\nEOT\n"),
            format!("<<-EOT\n  {text}\n  EOT"),
            json!({"RoleName": "r", "PolicyName": "p", "PolicyDocument": policy()}).to_string(),
            json!({"UserName": "u", "PolicyName": "p", "PolicyDocument": encoded(&text)}).to_string(),
            json!({"PolicyVersion": {"Document": policy(), "VersionId": "v3"}}).to_string(),
            json!({"PolicyVersion": {"Document": encoded(&text).to_lowercase(), "VersionId": "v3"}}).to_string(),
            json!({"Policy": {"PolicySummary": {"Id": "p-1"}, "Content": text}}).to_string(),
            json!({"policy": {"sensitive": false, "type": "string", "value": text}}).to_string(),
            json!({"values": {"root_module": {"resources": [
                {"type": "aws_iam_role", "values": {"assume_role_policy": trust.to_string()}},
                {"type": "aws_iam_policy", "values": {"policy": text, "policy_id": "{"}},
                {"type": "aws_iam_policy_document", "values": {"json": text}},
            ]}}})
            .to_string(),
            Value::from(twice).to_string(),
        ] {
            assert_eq!(read(&printed).as_deref(), Ok(&[policy()][..]), "{printed}");
        }
    }

    #[test]
    fn documents_one_after_another_are_attached_together() {
        let text = policy().to_string();
        assert_eq!(read(&format!("{text}\n{text}")).map(|found| found.len()), Ok(2));
    }

    #[test]
    fn what_has_no_document_or_too_many_is_refused() {
        let other = json!({"Statement": []});
        for (printed, why) in [
            (String::new(), "there is nothing in it"),
            ("Statement".to_owned(), "it is not JSON: expected value at line 1 column 1"),
            ("{\"Statement\": [".to_owned(), "it is not JSON: EOF while parsing a list at line 1 column 15"),
            ("%7B%ZZ".to_owned(), "it is not JSON: expected value at line 1 column 1"),
            (json!([]).to_string(), "a policy has a member `Statement`"),
            (
                json!({"Policy": {"PolicyName": "p", "DefaultVersionId": "v1"}}).to_string(),
                "a policy has a member `Statement`; `aws iam get-policy-version` prints the document",
            ),
            (
                json!({"Role": {"AssumeRolePolicyDocument": other}}).to_string(),
                "it has only a trust policy, which says who may assume the role",
            ),
            (
                json!({"RolePolicyList": [{"PolicyDocument": policy()}, {"PolicyDocument": other}]}).to_string(),
                "it has several policies, and only one can be meant: `RolePolicyList.0.PolicyDocument`, `RolePolicyList.1.PolicyDocument`",
            ),
        ] {
            assert_eq!(read(&printed), Err(PolicyError(why.to_owned())), "{printed}");
        }
    }

    /// Returns what `terraform show -json` prints for a plan that changes a policy.
    fn plan(change: &Value, configured: &Value) -> Value {
        json!({
            "format_version": "1.2",
            "variables": {"document": {"value": configured}},
            "planned_values": {"root_module": {}},
            "resource_changes": [{"address": "aws_iam_policy.a", "type": "aws_iam_policy", "change": change}],
            "resource_drift": [{"type": "aws_iam_policy", "change": {"actions": ["update"], "after": {"policy": policy()}}}],
            "prior_state": {"values": {"root_module": {"resources": [{"values": {"policy": policy().to_string()}}]}}},
            "configuration": {"root_module": {"resources": [{"expressions": {"policy": {"constant_value": configured}}}]}},
        })
    }

    #[test]
    fn what_a_terraform_plan_replaces_is_not_read() {
        let (old, new) = (policy().to_string(), json!({"Statement": []}));
        let deletes = "the plan deletes `aws_iam_policy.a`";
        let unknown = "the policy of `aws_iam_policy.a` is known only after the plan is applied";
        for (change, expected) in [
            (json!({"actions": ["delete"], "before": {"policy": old}, "after": null}), Err(deletes)),
            (
                json!({"actions": ["delete"], "before": {"policy": old}, "after": null, "after_unknown": {}}),
                Err(deletes),
            ),
            (
                json!({"actions": ["forget"], "before": {"policy": old}, "after": null}),
                Err("the plan leaves no policy in `aws_iam_policy.a`"),
            ),
            (
                json!({"actions": ["update"], "before": {"policy": old}, "after": {}, "after_unknown": {"policy": true}}),
                Err(unknown),
            ),
            (
                json!({"actions": ["delete", "create"], "before": {"policy": old}, "after": {}, "after_unknown": {"policy": true}}),
                Err(unknown),
            ),
            (
                json!({"actions": ["create"], "before": null, "after": {}, "after_unknown": {"policy": true}}),
                Err(unknown),
            ),
            (
                json!({"actions": ["create"], "before": null, "after": {}, "after_unknown": {"inline_policy": [{"policy": true}]}}),
                Err(unknown),
            ),
            (
                json!({"actions": ["update"], "before": {"policy": old}, "after": {"policy": new.to_string()}, "after_unknown": {"id": true}}),
                Ok(&new),
            ),
            (json!({"actions": ["no-op"], "before": {"policy": old}, "after": {"policy": old}}), Ok(&policy())),
        ] {
            let expected = expected.map(|document| vec![document.clone()]).map_err(|why| PolicyError(why.to_owned()));
            let whole = plan(&change, &Value::from(old.clone()));
            assert_eq!(read(&whole.to_string()), expected, "{whole}");
            let part = &whole["resource_changes"][0];
            assert_eq!(read(&part.to_string()), expected, "{part}");
        }
    }

    #[test]
    fn a_plan_that_deletes_one_policy_is_judged_by_the_one_that_it_keeps() {
        let change = json!({"actions": ["delete"], "before": {"policy": policy()}, "after": null});
        let mut printed = plan(&change, &Value::Null);
        printed["planned_values"]["outputs"] = json!({"document": {"value": policy()}});
        printed["output_changes"] = json!({"document": {"actions": ["no-op"], "after": policy()}});
        let deletes = PolicyError("the plan deletes `aws_iam_policy.a`".to_owned());
        assert_eq!(read(&printed.to_string()), Err(deletes));
        let kept = json!({"Statement": []});
        printed["planned_values"]["root_module"] = json!({"resources": [{"values": {"policy": kept}}]});
        let warnings = vec!["the plan deletes `aws_iam_policy.a`".to_owned()];
        assert_eq!(documents(&printed.to_string()), Ok(Documents { documents: vec![kept], warnings }));

        let only_outputs = json!({"planned_values": {"outputs": {"document": {"value": policy()}}}});
        assert_eq!(read(&only_outputs.to_string()), Ok(vec![policy()]));
        // Terraform reports the computed `policy` of every new bucket as unknown.
        let bucket =
            json!({"type": "aws_s3_bucket", "change": {"actions": ["create"], "after_unknown": {"policy": true}}});
        let printed = json!({"resource_changes": [bucket], "planned_values": {"root_module": {"policy": policy()}}});
        assert_eq!(read(&printed.to_string()), Ok(vec![policy()]));
    }

    #[test]
    fn a_version_that_is_also_the_default_is_in_force() {
        let version = |id: &str, is_default: bool, document: Value| json!({"VersionId": id, "IsDefaultVersion": is_default, "Document": document});
        let warnings = |versions: &[Value]| {
            documents(&json!({"PolicyVersionList": versions}).to_string()).map(|found| found.warnings.len())
        };
        assert_eq!(warnings(&[version("v1", false, policy())]), Ok(1));
        assert_eq!(warnings(&[version("v1", false, policy()), version("v2", true, policy())]), Ok(0));
        assert_eq!(warnings(&[version("v2", true, policy()), version("v1", false, policy())]), Ok(0));
        let encoded = encoded(&policy().to_string());
        assert_eq!(warnings(&[version("v1", false, encoded.into())]), Ok(1));
        let details = |versions: Value| json!({"Policies": [{"PolicyName": "p", "PolicyVersionList": versions}]});
        let newer = json!({"Statement": []});
        for versions in [
            json!([version("v2", true, newer.clone()), version("v1", false, policy())]),
            json!([version("v1", false, policy()), version("v2", true, newer.clone())]),
        ] {
            assert_eq!(read(&details(versions).to_string()), Ok(vec![newer.clone()]));
        }
        let old = json!([version("v1", false, policy()), version("v2", false, newer)]);
        assert!(read(&details(old).to_string()).is_err());
    }

    #[test]
    fn a_member_that_is_given_twice_is_refused_only_in_a_document() {
        let twice = r#"{"Statement": [], "Statement": []}"#;
        for printed in [
            twice.to_owned(),
            encoded(twice),
            json!({"a": twice}).to_string(),
            json!({"a": encoded(twice)}).to_string(),
        ] {
            let why = "the member `Statement` is given twice at line 1 column 29";
            assert_eq!(read(&printed), Err(PolicyError(why.to_owned())), "{printed}");
        }
        let beside = json!({"user_data": r#"{"a": 1, "a": 2}"#, "policy": policy()});
        assert_eq!(read(&beside.to_string()), Ok(vec![policy()]));
    }
}
