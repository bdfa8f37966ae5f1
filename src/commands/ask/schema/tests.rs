//! Tests of what is written into a request, and of the choice of how.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::*;

const NOVA: &str = "amazon.nova-2-lite-v1:0";
const HAIKU: &str = "anthropic.claude-haiku-4-5-20251001-v1:0";

fn exchange(schema: &str, model: &str) -> SchemaExchange {
    SchemaExchange::new(Schema::parse(schema).unwrap(), model)
}

fn written(exchange: &mut SchemaExchange, members: BTreeMap<&'static str, Value>) -> BTreeMap<&'static str, Value> {
    let mut request = ConverseRequest { members, ..ConverseRequest::default() };
    exchange.write(&mut request);
    request.members
}

fn dropped(member: &str) -> ParameterFix {
    ParameterFix::Drop(member.to_owned())
}

#[test]
fn the_root_must_be_for_objects() {
    for (schema, expected) in [
        (r#"{"type": "array", "items": {}}"#, Some(r#"the schema is for the type "array", not for an object"#)),
        (r#"{"type": ["string", "null"]}"#, Some(r#"the schema is for the type ["string","null"], not for an object"#)),
        (r#"{"type": ["object", "null"]}"#, None),
        ("{}", None),
    ] {
        let refusal = Schema::parse(schema).err().map(|error| (error.exit.code(), error.message.summary));
        assert_eq!(refusal, expected.map(|summary| (2, summary.to_owned())), "{schema}");
    }
}

#[test]
fn what_another_flag_wrote_stays() {
    let effort = || BTreeMap::from([("outputConfig", json!({"effort": "low"}))]);
    let mut haiku = exchange("a", HAIKU);
    let members = written(&mut haiku, effort());
    assert_eq!((&members["outputConfig"]["effort"], members.len()), (&json!("low"), 1));
    assert_eq!(members["outputConfig"]["textFormat"]["type"], "json_schema");
    assert!(haiku.apply(&dropped("outputConfig")).is_some());
    let members = written(&mut haiku, members);
    assert_eq!(members["outputConfig"], effort()["outputConfig"]);
    assert_eq!(members["toolConfig"]["toolChoice"], json!({"tool": {"name": "response"}}));
    assert_eq!(haiku.apply(&dropped("outputConfig.effort")), None);
}

#[test]
fn a_thinking_claude_is_not_forced() {
    for (fields, choice) in [
        (json!({"thinking": {"type": "adaptive"}}), json!({"auto": {}})),
        (json!({"thinking": {"type": "enabled", "budget_tokens": 1024}}), json!({"auto": {}})),
        (json!({"thinking": {"type": "disabled"}}), json!({"tool": {"name": "response"}})),
        (json!({"top_k": 5}), json!({"tool": {"name": "response"}})),
    ] {
        let members = BTreeMap::from([("additionalModelRequestFields", fields)]);
        let members = written(&mut exchange("a", "anthropic.claude-opus-4-7"), members);
        assert_eq!(members["toolConfig"]["toolChoice"], choice);
    }
}

#[test]
fn each_refusal_leads_to_another_way_and_never_back() {
    let mut haiku = exchange("a", HAIKU);
    assert!(haiku.apply(&dropped("inferenceConfig.temperature")).is_none());
    assert!(haiku.apply(&ParameterFix::NoStreaming).is_none());
    assert!(haiku.apply(&dropped("toolConfig")).is_none());
    assert!(haiku.apply(&dropped("outputConfig")).is_some());
    assert!(haiku.apply(&dropped("toolConfig")).is_none());
    assert!(haiku.apply(&dropped("toolConfig.toolChoice.tool")).is_some());
    assert_eq!(haiku.carrier, Carrier::OfferedTool);
    assert_eq!(written(&mut haiku, BTreeMap::new())["toolConfig"].get("toolChoice"), None);
    let mut nova = exchange("a", NOVA);
    assert!(nova.apply(&dropped("toolConfig")).is_some());
    assert!(nova.is_text());
    assert!(nova.apply(&dropped("outputConfig")).is_none());
    nova.forget_refusals();
    assert!(nova.apply(&dropped("outputConfig")).is_some());
}
