//! What a refused field of the request becomes: it is left out, or has a lower value. The diagnosis decides
//! which field is refused.

use std::collections::BTreeMap;

use serde_json::{Map, Value};

use super::tier;
use crate::aws::ConverseRequest;
use crate::commands::ask::member::{ADDITIONAL, METADATA, OUTPUT_CONFIG, SERVICE_TIER, TOOL_CONFIG};
use bedrock_ask::diagnosis::ParameterFix;
use bedrock_ask::model::thinking::Level;

/// The members of a Converse body that can be left out. A guardrail, a schema and a tool never are.
const REMOVABLE: [&str; 3] = [ADDITIONAL, METADATA, SERVICE_TIER];

/// The names with which families are asked to think.
const THINKING: [&str; 6] =
    ["thinking", "output_config", "reasoningConfig", "reasoning_effort", "reasoning", "reasoning_config"];

/// A member that was left out.
#[derive(Debug, PartialEq)]
pub struct DroppedMember {
    /// How the user knows it.
    pub name: String,
    /// Whether the response is another one, or has another price: more than a note is due.
    pub is_grave: bool,
}

/// Leaves out the member at this path, if the request has it, and the limit of tokens that only a budget for thinking
/// needs: `max_tokens` is the one that was asked for.
pub fn drop_member(request: &mut ConverseRequest, path: &str, max_tokens: Option<i32>) -> Option<DroppedMember> {
    let dropped = drop_from(&mut request.members, path)?;
    if !asks_to_think(&request.members) && max_tokens.is_none() {
        request.max_tokens = None;
    }
    Some(dropped)
}

/// Whether a request asks the model to think, by a field of its family.
pub fn asks_to_think(members: &BTreeMap<&'static str, Value>) -> bool {
    let fields = members.get(ADDITIONAL).and_then(Value::as_object);
    fields.is_some_and(|fields| fields.keys().any(|field| names_thinking(field)))
}

/// Returns the fix to remember for one that is applied to this request: a model that lacks one service tier can have
/// another one, and a reservation can be made at any time.
pub fn to_learn(fix: &ParameterFix, request: &ConverseRequest) -> Option<ParameterFix> {
    let members = &request.members;
    match fix {
        // Some models stream text, but no calls of tools.
        ParameterFix::NoStreaming if has_tools(request) => None,
        // Claude has one name for the schema and the effort; only the schema is in this request.
        ParameterFix::Drop(member) if member == "output_config" && members.contains_key(OUTPUT_CONFIG) => {
            Some(ParameterFix::Drop(OUTPUT_CONFIG.to_owned()))
        }
        ParameterFix::Drop(member) if member == SERVICE_TIER => {
            let tier = tier(members).filter(|tier| *tier != "reserved")?;
            Some(ParameterFix::Drop(format!("{SERVICE_TIER}={tier}")))
        }
        fix => Some(fix.clone()),
    }
}

fn has_tools(request: &ConverseRequest) -> bool {
    let is_in_body = request.body.as_deref().is_some_and(|body| body.contains(TOOL_CONFIG));
    is_in_body || request.members.contains_key(TOOL_CONFIG)
}

/// Leaves out the member at this path, if it is there. The path is that of the body, or begins within
/// `additionalModelRequestFields`. `serviceTier=flex` is the service tier only if it is this one.
fn drop_from(members: &mut BTreeMap<&'static str, Value>, path: &str) -> Option<DroppedMember> {
    let (path, value) = path.split_once('=').map_or((path, None), |(path, value)| (path, Some(value)));
    if path == SERVICE_TIER {
        let name = format!("--tier {}", tier(members)?);
        if value.is_some_and(|value| tier(members) != Some(value)) {
            return None;
        }
        members.remove(SERVICE_TIER)?;
        return Some(DroppedMember { name, is_grave: true });
    }
    if let Some(name) = REMOVABLE.into_iter().find(|name| *name == path) {
        let value = members.remove(name)?;
        let is_grave = value.as_object().is_some_and(|fields| fields.keys().any(|field| names_thinking(field)));
        let name = if name == METADATA { "--metadata" } else { name };
        return Some(DroppedMember { name: name.to_owned(), is_grave });
    }
    if matches!(path, "outputConfig.effort" | "output_config.effort" | OUTPUT_CONFIG) && drop_effort(members) {
        return Some(DroppedMember { name: "outputConfig.effort".to_owned(), is_grave: true });
    }
    let path = path.strip_prefix(ADDITIONAL).map_or(path, |rest| rest.trim_start_matches('.'));
    // AWS's name for the member of Converse stands for the one of the model as well.
    let path = if path == "outputConfig.effort" { "output_config.effort" } else { path };
    let fields = members.get_mut(ADDITIONAL)?.as_object_mut()?;
    let path: Vec<_> = path.split('.').collect();
    remove(fields, &path)?;
    if fields.is_empty() {
        members.remove(ADDITIONAL);
    }
    Some(DroppedMember { is_grave: names_thinking(path[0]), name: path.join(".") })
}

/// Lowers the effort of a request to the highest of these, and returns it. No higher effort than the one that was asked
/// for is sent unless there is no lower one.
pub fn limit_effort(members: &mut BTreeMap<&'static str, Value>, allowed: &[String]) -> Option<&'static str> {
    let allowed = || allowed.iter().filter_map(|name| Level::named(name));
    let own = members.get(OUTPUT_CONFIG).is_some_and(|config| config["effort"].is_string());
    let config =
        if own { members.get_mut(OUTPUT_CONFIG)? } else { members.get_mut(ADDITIONAL)?.get_mut("output_config")? };
    let effort = config.get_mut("effort")?;
    let asked = Level::named(effort.as_str()?)?;
    if allowed().any(|level| level == asked) {
        return None;
    }
    let level = allowed().filter(|level| *level < asked).max().or_else(|| allowed().min())?;
    *effort = level.name().into();
    Some(level.name())
}

/// Whether a member of `additionalModelRequestFields` asks the model to think.
fn names_thinking(member: &str) -> bool {
    THINKING.contains(&member)
}

/// Leaves out `outputConfig.effort`, and `outputConfig` if it has nothing else.
fn drop_effort(members: &mut BTreeMap<&'static str, Value>) -> bool {
    let Some(config) = members.get_mut(OUTPUT_CONFIG).and_then(Value::as_object_mut) else { return false };
    if config.shift_remove("effort").is_none() {
        return false;
    }
    if config.is_empty() {
        members.remove(OUTPUT_CONFIG);
    }
    true
}

/// Removes the member at this path, and the objects that it leaves empty.
fn remove(fields: &mut Map<String, Value>, path: &[&str]) -> Option<Value> {
    let (first, rest) = path.split_first()?;
    if rest.is_empty() {
        return fields.shift_remove(*first);
    }
    let below = fields.get_mut(*first)?.as_object_mut()?;
    let removed = remove(below, rest)?;
    if below.is_empty() {
        fields.shift_remove(*first);
    }
    Some(removed)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn members() -> BTreeMap<&'static str, Value> {
        let additional = json!({
            "thinking": {"type": "adaptive", "display": "summarized"},
            "output_config": {"effort": "xhigh"},
            "top_k": 5,
        });
        BTreeMap::from([
            (ADDITIONAL, additional),
            (METADATA, json!({"team": "red"})),
            (SERVICE_TIER, json!({"type": "flex"})),
            ("guardrailConfig", json!({"guardrailIdentifier": "g"})),
            (OUTPUT_CONFIG, json!({"textFormat": {"type": "json_schema"}})),
            ("toolConfig", json!({"tools": []})),
        ])
    }

    #[test]
    fn a_member_is_left_out_by_any_name_that_aws_has_for_it() {
        for (path, name, is_grave) in [
            ("serviceTier", "--tier flex", true),
            ("serviceTier=flex", "--tier flex", true),
            ("requestMetadata", "--metadata", false),
            ("additionalModelRequestFields", "additionalModelRequestFields", true),
            ("additionalModelRequestFields.top_k", "top_k", false),
            ("top_k", "top_k", false),
            ("thinking", "thinking", true),
            ("thinking.display", "thinking.display", true),
            ("output_config.effort", "output_config.effort", true),
            ("outputConfig.effort", "output_config.effort", true),
        ] {
            let mut members = members();
            let dropped = drop_from(&mut members, path);
            assert_eq!(dropped, Some(DroppedMember { name: name.to_owned(), is_grave }), "{path}");
            assert_eq!(drop_from(&mut members, path), None, "{path}");
        }
        let mut members = BTreeMap::from([(ADDITIONAL, json!({"a": {"b": {"c": 1}}}))]);
        assert!(drop_from(&mut members, "a.b.c").is_some() && members.is_empty());
    }

    #[test]
    fn a_guardrail_a_schema_and_a_tool_are_never_left_out() {
        for path in ["guardrailConfig", "outputConfig", "toolConfig", "serviceTier=priority", "a", "", "top_k.a"] {
            let mut left = members();
            assert_eq!(drop_from(&mut left, path), None, "{path}");
            assert_eq!(left, members(), "{path}");
        }
        let mut members = BTreeMap::from([(OUTPUT_CONFIG, json!({"effort": "high", "textFormat": {}}))]);
        assert!(drop_from(&mut members, "outputConfig.effort").is_some());
        assert_eq!(members[OUTPUT_CONFIG], json!({"textFormat": {}}));
        let mut members = BTreeMap::from([(OUTPUT_CONFIG, json!({"effort": "high"}))]);
        assert!(drop_from(&mut members, "outputConfig").is_some() && members.is_empty());
    }

    #[test]
    fn what_is_remembered_holds_for_every_request() {
        let drop = |member: &str| ParameterFix::Drop(member.to_owned());
        let request = |members: &[(&'static str, Value)], body: Option<&str>| ConverseRequest {
            members: members.iter().cloned().collect(),
            body: body.map(Into::into),
            ..ConverseRequest::default()
        };
        let (schema, tools) = ((OUTPUT_CONFIG, json!({"textFormat": {}})), ("toolConfig", json!({"tools": []})));
        for (fix, request, learned) in [
            (ParameterFix::NoStreaming, request(&[], None), Some(ParameterFix::NoStreaming)),
            (ParameterFix::NoStreaming, request(&[], Some("{}")), Some(ParameterFix::NoStreaming)),
            (ParameterFix::NoStreaming, request(&[tools], None), None),
            (ParameterFix::NoStreaming, request(&[], Some(r#"{"toolConfig": {}}"#)), None),
            (drop("output_config"), request(&[schema], None), Some(drop(OUTPUT_CONFIG))),
            (drop("output_config"), request(&[], None), Some(drop("output_config"))),
            (drop(SERVICE_TIER), request(&[(SERVICE_TIER, json!({"type": "reserved"}))], None), None),
        ] {
            assert_eq!(to_learn(&fix, &request), learned, "{fix:?} {request:?}");
        }
    }

    #[test]
    fn the_effort_becomes_the_highest_that_is_allowed_and_not_higher() {
        let limited = |asked: &str, allowed: &[&str]| {
            let allowed: Vec<_> = allowed.iter().map(ToString::to_string).collect();
            let mut members = BTreeMap::from([(ADDITIONAL, json!({"output_config": {"effort": asked}}))]);
            let own = limit_effort(&mut BTreeMap::from([(OUTPUT_CONFIG, json!({"effort": asked}))]), &allowed);
            let limited = limit_effort(&mut members, &allowed);
            assert_eq!(own, limited);
            assert_eq!(members[ADDITIONAL]["output_config"]["effort"], limited.unwrap_or(asked));
            limited
        };
        assert_eq!(limited("xhigh", &["low", "medium", "high", "max"]), Some("high"));
        assert_eq!(limited("max", &["low", "medium", "high"]), Some("high"));
        assert_eq!(limited("low", &["high"]), Some("high"));
        assert_eq!(limited("low", &["low", "high"]), None);
        assert_eq!(limited("low", &[]), None);
    }
}
