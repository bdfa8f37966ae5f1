//! Finds the policy documents in what people have: a document itself, or the output of the AWS CLI or of Terraform around
//! it, in which a document can be a string, as JSON or URL-encoded.

use serde_json::Value;

use crate::model::policy::evaluation::PolicyError;

/// Members that hold a trust policy: who may assume a role, not what the role may do.
const TRUST: [&str; 2] = ["AssumeRolePolicyDocument", "assume_role_policy"];

/// How deep a document is searched for; `terraform show` nests modules.
const DEEPEST: usize = 64;

/// Returns the policy documents in a text: one or more JSON values, each a document or something around exactly one.
///
/// # Errors
///
/// Returns an error if the text is not JSON, or if a value contains no document, or several different ones: which of
/// them is attached is not known.
pub fn documents(text: &str) -> Result<Vec<Value>, PolicyError> {
    let text = without_heredoc(text.trim());
    let values: Vec<Value> = serde_json::Deserializer::from_str(text)
        .into_iter()
        .collect::<Result<_, _>>()
        .or_else(|error| from_percent_encoded(text).ok_or_else(|| PolicyError(error.to_string())))?;
    if values.is_empty() {
        return Err(PolicyError("there is nothing in it".to_owned()));
    }
    values.iter().map(only_document).collect()
}

fn only_document(value: &Value) -> Result<Value, PolicyError> {
    let mut found = Found::default();
    found.search(value, &mut Vec::new());
    let Found { documents, has_trust } = found;
    match &documents[..] {
        [(_, document)] => Ok(document.clone()),
        [] if has_trust => {
            Err(PolicyError("it has only a trust policy, which says who may assume the role".to_owned()))
        }
        [] => {
            let summary = value.get("Policy").is_some_and(|policy| policy.get("DefaultVersionId").is_some());
            let instead = if summary { "; `aws iam get-policy-version` prints the document" } else { "" };
            Err(PolicyError(format!("a policy has a member `Statement`{instead}")))
        }
        several => {
            let places: Vec<_> = several.iter().map(|(place, _)| format!("`{place}`")).collect();
            Err(PolicyError(format!("it has several policies, and only one can be meant: {}", places.join(", "))))
        }
    }
}

/// The different documents in a value, each with its first place.
#[derive(Default)]
struct Found {
    documents: Vec<(String, Value)>,
    has_trust: bool,
}

impl Found {
    fn search(&mut self, value: &Value, place: &mut Vec<String>) {
        if place.len() > DEEPEST {
            return;
        }
        match value {
            Value::Object(members) if members.contains_key("Statement") => self.add(place, value),
            Value::Object(members) => {
                for (name, member) in members {
                    if TRUST.contains(&name.as_str()) {
                        self.has_trust = true;
                        continue;
                    }
                    self.search_at(name.clone(), member, place);
                }
            }
            Value::Array(members) => {
                for (index, member) in members.iter().enumerate() {
                    self.search_at(index.to_string(), member, place);
                }
            }
            Value::String(text) => {
                let inner = from_json(text).or_else(|| from_percent_encoded(text)?.pop());
                if let Some(inner) = inner.filter(|inner| inner.is_object() || inner.is_string()) {
                    self.search_at("(text)".to_owned(), &inner, place);
                }
            }
            _ => {}
        }
    }

    fn add(&mut self, place: &[String], document: &Value) {
        if self.documents.iter().all(|(_, known)| known != document) {
            self.documents.push((place.join("."), document.clone()));
        }
    }

    fn search_at(&mut self, name: String, value: &Value, place: &mut Vec<String>) {
        place.push(name);
        self.search(value, place);
        place.pop();
    }
}

/// Parses a string that looks like a JSON object, or like one that is a string once more.
fn from_json(text: &str) -> Option<Value> {
    let text = text.trim();
    text.starts_with(['{', '"']).then(|| serde_json::from_str(text).ok()).flatten()
}

/// Parses a URL-encoded JSON object, as IAM's API returns it.
fn from_percent_encoded(text: &str) -> Option<Vec<Value>> {
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
    serde_json::from_slice(&bytes).ok().map(|value| vec![value])
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
            assert_eq!(documents(&printed).as_deref(), Ok(&[policy()][..]), "{printed}");
        }
    }

    #[test]
    fn documents_one_after_another_are_attached_together() {
        let text = policy().to_string();
        assert_eq!(documents(&format!("{text}\n{text}")).map(|found| found.len()), Ok(2));
    }

    #[test]
    fn what_has_no_document_or_too_many_is_refused() {
        let other = json!({"Statement": []});
        for (printed, why) in [
            (String::new(), "there is nothing in it"),
            ("Statement".to_owned(), "expected value at line 1 column 1"),
            ("%7B%ZZ".to_owned(), "expected value at line 1 column 1"),
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
            assert_eq!(documents(&printed), Err(PolicyError(why.to_owned())), "{printed}");
        }
    }
}
