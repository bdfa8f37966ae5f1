//! The diagnosis as a whole: every known message, and the traps in their order.

mod table;

use super::*;
use crate::model::failure::Stage;
use proptest::prelude::*;
use table::CASES;

const SONNET: &str = "anthropic.claude-sonnet-4-6";

fn frankfurt() -> Context<'static> {
    Context {
        asked: Some(SONNET),
        called: Some(SONNET),
        foundation_model: Some(SONNET),
        source_region: Region::named("eu-central-1"),
        suggested_id: Some("eu.anthropic.claude-sonnet-4-6"),
        narrower_id: Some("anthropic.narrower"),
        wider_id: Some("global.anthropic.claude-sonnet-4-6"),
        successor: Some("eu.anthropic.claude-sonnet-5-5"),
        first_party: Some("eu.amazon.nova-2-lite-v1:0"),
        profile: Some("dev"),
        sso: true,
        endpoint_host: Some("bedrock-runtime.eu-central-1.amazonaws.com"),
        ..Context::default()
    }
}

/// Called through the profile for Europe.
fn through_europe() -> Context<'static> {
    Context {
        called: Some("eu.anthropic.claude-sonnet-4-6"),
        routing: Some(Routing::Geographic),
        destinations: &["eu-central-1", "eu-west-1", "eu-west-3"],
        ..frankfurt()
    }
}

fn failure(code: &str, status: u16, message: &str) -> Failure {
    let mut failure = Failure::new(Stage::Response, message);
    failure.code = Some(code.to_owned()).filter(|code| !code.is_empty());
    failure.status = Some(status).filter(|status| *status != 0);
    failure
}

fn diagnosis(code: &str, status: u16, message: &str) -> Diagnosis {
    diagnose(&failure(code, status, message), &frankfurt())
}

#[test]
fn every_known_message_leads_to_its_cause_its_exit_code_and_its_cure() {
    let mut wrong = Vec::new();
    for (row, code, status, text, group, exit, hint) in CASES {
        let context = if (20..25).contains(row) { through_europe() } else { frankfurt() };
        let found = diagnose(&failure(code, *status, text), &context);
        let hints = found.error.hints.join("\n");
        let is_right = (found.group, found.error.exit.code()) == (*group, *exit) && hints.contains(hint);
        if !is_right {
            wrong.push(format!("{row}: {text}\n  {:?} {}\n  {hints}", found.group, found.error.exit.code()));
        }
        if std::env::var_os("SHOW").is_some() {
            eprintln!(
                "{row}\nerror: {}\ncause: {}\n\nhint: {}\n",
                found.error.what,
                found.error.causes.join("\ncause: "),
                found.error.hints.join("\nhint: ")
            );
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
