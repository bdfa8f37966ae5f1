//! `--guardrail`: the guardrail of a request, and what it blocked according to AWS's trace. Never shows the text that
//! was matched.

use serde_json::{Value, json};

use super::member::GUARDRAIL;
use crate::aws::{ConverseRequest, ConverseResponse};
use crate::error::Error;

/// The most findings that are named.
const MOST_FINDINGS: usize = 10;

/// The longest name of a finding, in characters.
const LONGEST_NAME: usize = 100;

/// Parses the value of `--guardrail` into the member of the request, from the right: an ARN has colons.
pub fn parse(text: &str) -> Result<Value, String> {
    let (guardrail, trace) = match text.rsplit_once(':') {
        Some((guardrail, "trace")) => (guardrail, Some("enabled")),
        Some((guardrail, "trace_full")) => (guardrail, Some("enabled_full")),
        _ => (text, None),
    };
    let (id, version) = guardrail.rsplit_once(':').ok_or("the version is missing; write ID:VERSION")?;
    let is_number = version.len() <= 8 && version.bytes().all(|byte| byte.is_ascii_digit());
    if version != "DRAFT" && !(is_number && version.starts_with(|digit: char| ('1'..='9').contains(&digit))) {
        return Err(format!("the version must be a number or DRAFT, not `{version}`"));
    }
    let is_arn = id.starts_with("arn:");
    let name = if is_arn { id.rsplit_once(":guardrail/").map_or("", |(_, name)| name) } else { id };
    let is_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    if name.is_empty() || !name.bytes().all(is_name) {
        return Err(format!("`{id}` is neither the ID nor the ARN of a guardrail"));
    }
    let mut member = json!({"guardrailIdentifier": id, "guardrailVersion": version});
    if let Some(trace) = trace {
        member["trace"] = json!(trace);
    }
    Ok(member)
}

/// Adds to the error for this response what the guardrail blocked, or how to find out.
pub fn explain(error: Error, response: &ConverseResponse, request: &ConverseRequest) -> Error {
    if response.stop_reason != "guardrail_intervened" {
        return error;
    }
    let findings = findings(&response.trace["guardrail"]);
    let has_trace = |member: &Value| member["trace"].as_str().is_some_and(|trace| trace != "disabled");
    match request.members.get(GUARDRAIL) {
        Some(member) if findings.is_empty() && !has_trace(member) => {
            error.hint("add `:trace` to `--guardrail` to print what it blocked")
        }
        _ => error.causes(findings),
    }
}

/// Returns what the user has to know of a guardrail that did not end the response: what it masked, and that it does not
/// check the input of a tool, which is what is printed if `is_call`. See
/// <https://docs.aws.amazon.com/bedrock/latest/userguide/guardrails-use-converse-api.html>.
pub fn warnings(response: &ConverseResponse, request: &ConverseRequest, is_call: bool) -> Vec<String> {
    let mut warnings = Vec::new();
    if is_call && request.members.contains_key(GUARDRAIL) {
        warnings.push("AWS does not apply the guardrail to this JSON, which is the input of a tool".to_owned());
    }
    if response.stop_reason != "guardrail_intervened" {
        let found = found(&response.trace["guardrail"]);
        warnings.extend(found.iter().map(|line| format!("the guardrail intervened: {line}")));
    }
    warnings
}

/// Returns what a guardrail blocked or masked, or else its reason.
fn findings(trace: &Value) -> Vec<String> {
    let mut lines = found(trace);
    if lines.is_empty()
        && let Some(reason) = trace["actionReason"].as_str()
    {
        lines.push(short(reason));
    }
    lines
}

/// Returns what a guardrail blocked or masked in the prompt and in the response, one line each.
fn found(trace: &Value) -> Vec<String> {
    let mut lines = Vec::new();
    for (member, place) in [("inputAssessment", "the prompt"), ("outputAssessments", "the response")] {
        let of_guardrails = trace[member].as_object().into_iter().flat_map(serde_json::Map::values);
        // The assessments of a response are a list.
        let assessments =
            of_guardrails.flat_map(|value| value.as_array().map_or(std::slice::from_ref(value), |all| all));
        for (done, what) in assessments.flat_map(of_assessment) {
            let line = format!("{done} in {place}: {what}");
            if !lines.contains(&line) {
                lines.push(line);
            }
        }
    }
    let more = lines.len().saturating_sub(MOST_FINDINGS);
    if more > 0 {
        lines.truncate(MOST_FINDINGS);
        lines.push(format!("{more} more; `--format json` has all of them in `trace`"));
    }
    lines
}

/// Returns what was done because of each finding of an assessment, and what was found.
fn of_assessment(assessment: &Value) -> Vec<(&'static str, String)> {
    type Describe = fn(&Value) -> String;
    const LISTS: [(&str, &str, Describe); 7] = [
        ("topicPolicy", "topics", |topic| format!("the topic `{}`", name(topic, "name"))),
        ("contentPolicy", "filters", |filter| {
            format!("content of the type {}, confidence {}", name(filter, "type"), name(filter, "confidence"))
        }),
        ("wordPolicy", "customWords", |_| "a word of the guardrail's own list".to_owned()),
        ("wordPolicy", "managedWordLists", |word| format!("a word of the managed list {}", name(word, "type"))),
        ("sensitiveInformationPolicy", "piiEntities", |entity| {
            format!("sensitive information of the type {}", name(entity, "type"))
        }),
        ("sensitiveInformationPolicy", "regexes", |regex| {
            format!("sensitive information by the regex `{}`", name(regex, "name"))
        }),
        ("contextualGroundingPolicy", "filters", |filter| {
            let score = |name: &str| filter[name].as_f64().map_or("?".to_owned(), |score| score.to_string());
            format!("the {} score {}, below {}", name(filter, "type"), score("score"), score("threshold"))
        }),
    ];
    let mut found = Vec::new();
    for (policy, list, describe) in LISTS {
        for finding in assessment[policy][list].as_array().into_iter().flatten() {
            match finding["action"].as_str() {
                Some("BLOCKED") => found.push(("blocked", describe(finding))),
                Some("ANONYMIZED") => found.push(("masked", describe(finding))),
                _ => {}
            }
        }
    }
    found
}

fn name(finding: &Value, member: &str) -> String {
    finding[member].as_str().map_or_else(|| "?".to_owned(), short)
}

fn short(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(LONGEST_NAME).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_guardrail_is_split_from_the_right() {
        let member = |text: &str| parse(text).ok();
        let of = |id: &str, version: &str| json!({"guardrailIdentifier": id, "guardrailVersion": version});
        let arn = "arn:aws:bedrock:eu-central-1:111122223333:guardrail/abc123";
        assert_eq!(member("abc123:1"), Some(of("abc123", "1")));
        assert_eq!(member(&format!("{arn}:DRAFT")), Some(of(arn, "DRAFT")));
        for (suffix, trace) in [("trace", "enabled"), ("trace_full", "enabled_full")] {
            let mut expected = of(arn, "12");
            expected["trace"] = json!(trace);
            assert_eq!(member(&format!("{arn}:12:{suffix}")), Some(expected));
        }
    }

    #[test]
    fn what_is_not_a_guardrail_is_refused() {
        let arn = "arn:aws:bedrock:eu-central-1:111122223333:guardrail/abc123";
        for text in [
            "",
            ":",
            "abc",
            "abc:",
            ":1",
            "abc:0",
            "abc:01",
            "abc:draft",
            "abc:1:",
            "abc:1:full",
            "abc:trace",
            "abc:-1",
            "abc:123456789",
            "a b:1",
            "ABC:1",
            arn,
            "arn:aws:bedrock:eu-central-1:111122223333:model/abc:1",
        ] {
            assert!(parse(text).is_err(), "{text}");
        }
    }

    #[test]
    fn what_was_blocked_is_named_and_never_what_was_matched() {
        let secret = "jane@example.com";
        let trace = json!({
            "modelOutput": [secret],
            "inputAssessment": {"abc": {
                "topicPolicy": {"topics": [
                    {"name": "Finance", "type": "DENY", "action": "BLOCKED"},
                    {"name": "Weather", "type": "DENY", "action": "NONE"},
                ]},
                "contentPolicy": {"filters": [{"type": "INSULTS", "confidence": "HIGH", "action": "BLOCKED"}]},
                "wordPolicy": {
                    "customWords": [{"match": secret, "action": "BLOCKED"}, {"match": "x", "action": "BLOCKED"}],
                    "managedWordLists": [{"match": secret, "type": "PROFANITY", "action": "BLOCKED"}],
                },
            }},
            "outputAssessments": {"abc": [{
                "sensitiveInformationPolicy": {
                    "piiEntities": [{"match": secret, "type": "EMAIL", "action": "ANONYMIZED"}],
                    "regexes": [{"name": "id", "match": secret, "regex": ".*", "action": "BLOCKED"}],
                },
            }, {
                "contextualGroundingPolicy": {"filters": [
                    {"type": "GROUNDING", "threshold": 0.7, "score": 0.12, "action": "BLOCKED"},
                ]},
            }]},
        });
        assert_eq!(
            findings(&trace),
            [
                "blocked in the prompt: the topic `Finance`",
                "blocked in the prompt: content of the type INSULTS, confidence HIGH",
                "blocked in the prompt: a word of the guardrail's own list",
                "blocked in the prompt: a word of the managed list PROFANITY",
                "masked in the response: sensitive information of the type EMAIL",
                "blocked in the response: sensitive information by the regex `id`",
                "blocked in the response: the GROUNDING score 0.12, below 0.7",
            ]
        );
    }

    #[test]
    fn a_strange_trace_is_read_as_far_as_it_goes() {
        for trace in
            [json!(null), json!([]), json!({"inputAssessment": [1]}), json!({"outputAssessments": {"a": [[3]]}})]
        {
            assert!(findings(&trace).is_empty(), "{trace}");
        }
        assert_eq!(
            findings(&json!({"actionReason": "No action.\nGuardrail masked."})),
            ["No action. Guardrail masked."]
        );
        let topics: Vec<_> = (0..12).map(|n| json!({"name": n.to_string(), "action": "BLOCKED"})).collect();
        let lines = findings(&json!({"inputAssessment": {"a": {"topicPolicy": {"topics": topics}}}}));
        assert_eq!(lines.len(), 11);
        assert_eq!(lines[10], "2 more; `--format json` has all of them in `trace`");
    }
}
