//! A failed call and what is known of it → cause, cure, exit code. Pure; the rules are the tables in `diagnosis/rules`.

mod denial;
mod group;
pub mod paste;
mod rules;
mod template;
mod text;

pub use group::{Actor, Group};

use crate::exit_code::ExitCode;
use crate::message::Message;
use crate::model::failure::{Failure, Stage};
use crate::model::region::Region;
use crate::model::routing::Routing;
use denial::Denial;
use rules::{Fix, Rule};
use template::Facts;

/// What is known about the call that failed. Nothing of it is needed; what is missing is not spoken of.
/// An ID in a hint comes from here alone, so it is one that the catalog lists.
#[derive(Clone, Copy, Debug, Default)]
pub struct FailureContext<'a> {
    /// The model as the user wrote it.
    pub input: Option<&'a str>,
    /// The ID or ARN that was called.
    pub called: Option<&'a str>,
    /// The foundation model behind it.
    pub foundation_model: Option<&'a str>,
    /// The kind of routing of what was called.
    pub routing: Option<Routing>,
    /// Where the request was made.
    pub source_region: Option<Region>,
    /// Where Bedrock may run it; `*` for any commercial Region.
    pub destinations: &'a [&'a str],
    /// The ID that the catalog has for this model in the source Region.
    pub suggested_id: Option<&'a str>,
    /// An ID that the catalog has with narrower routing.
    pub narrower_id: Option<&'a str>,
    /// An ID that the catalog has with wider routing.
    pub wider_id: Option<&'a str>,
    /// The model that follows this one.
    pub successor: Option<&'a str>,
    /// The date of the model's end of life.
    pub end_of_life: Option<&'a str>,
    /// Whether only the bedrock-mantle endpoint serves the model.
    pub mantle_only: bool,
    /// An ID of Amazon's own that can be called from the source Region without form, subscription or payment.
    pub first_party: Option<&'a str>,
    /// The AWS profile in use.
    pub profile: Option<&'a str>,
    /// The AWS profile that was meant, where there is none of that name.
    pub near_profile: Option<&'a str>,
    /// Whether that profile signs in through SSO.
    pub sso: bool,
    /// Where the credentials came from, in plain words, with their expiry where known: `environment variables`.
    pub credentials: Option<&'a str>,
    /// Whether `AWS_BEARER_TOKEN_BEDROCK` was used.
    pub api_key: bool,
    /// The sources of credentials that were tried, in order.
    pub tried: &'a [&'a str],
    /// The host that was called, with `http://` before it where it was called in plain.
    pub endpoint_host: Option<&'a str>,
    /// The partition of the source Region, where it is not the Region's own.
    pub partition: Option<&'a str>,
}

/// The one change to a request that would let it pass.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ParameterFix {
    /// Leave out this member of the request, such as `inferenceConfig.temperature`.
    Drop(String),
    /// Ask for at most this many tokens.
    ClampMaxTokens(u32),
    /// Leave out the system prompt, or say it in the first turn.
    DropSystem,
    /// Use Converse in place of `ConverseStream`.
    NoStreaming,
}

/// What a failure means.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// What lies behind it.
    pub group: Group,
    /// The exit code of a command that ends with this failure.
    pub exit_code: ExitCode,
    /// What failed, why, and what to do.
    pub message: Message,
    /// Whether the same call is worth trying again later.
    pub retryable: bool,
    /// Whether another ID for the same model would mend it.
    pub id_fault: bool,
    /// Who must act.
    pub actor: Actor,
    /// The one change to the request that would mend it.
    pub parameter: Option<ParameterFix>,
    /// The Region in which the foundation model itself is refused: the source Region or a destination.
    pub denied_region: Option<String>,
}

/// The meaning of a failure, as far as it is certain.
pub fn diagnose(failure: &Failure, context: &FailureContext<'_>) -> Diagnosis {
    let text = text::normalised(&searched(failure));
    let mut facts = facts(failure, context);
    if let Some(denial) = Denial::parse(&text) {
        denial.tell(context, &mut facts);
    }
    let (rule, captures) = rules::select(failure, &text, &facts);
    for (name, value) in captures {
        facts.set(name, Some(value));
    }
    let group = rule.group;
    let exit_code = if failure.text_bytes > 0 { ExitCode::IncompleteResponse } else { group.exit() };
    Diagnosis {
        group,
        exit_code,
        message: Message {
            summary: summary(rule, failure, &facts),
            causes: causes(rule, failure, &facts),
            hints: hints(rule, &facts),
        },
        retryable: group.is_retryable(),
        id_fault: group.is_id_fault(),
        actor: group.actor(),
        parameter: parameter(rule.fix, &facts),
        denied_region: denied_region(&facts),
    }
}

/// All that was said about the failure, for the patterns.
fn searched(failure: &Failure) -> String {
    let original = failure.original.as_ref().map(|(_, message)| message);
    let parts = std::iter::once(&failure.message).chain(original).chain(&failure.sources);
    parts.map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn facts(failure: &Failure, context: &FailureContext<'_>) -> Facts {
    let mut facts = Facts::default();
    let region = context.source_region;
    facts.set("asked", context.input);
    facts.set("called", context.called);
    facts.set("foundation_model", context.foundation_model);
    facts.set("model", context.called.or(context.input).or(context.foundation_model));
    facts.set("routing", context.routing.map(Routing::as_str));
    facts.set("region", region.map(|region| region.name));
    facts.set("partition", context.partition.or(region.map(|region| region.partition)));
    let of_the_arn = context.called.or(context.input).and_then(region_of_arn);
    facts.set("arn_region", of_the_arn.filter(|name| region.is_none_or(|region| region.name != *name)));
    facts.mark("no_endpoint", region.is_some_and(|region| !region.has_endpoint));
    facts.set("suggested", context.suggested_id.filter(|id| Some(*id) != context.called));
    facts.set("narrower", context.narrower_id);
    facts.set("wider", context.wider_id);
    facts.set("successor", context.successor);
    facts.set("end_of_life", context.end_of_life);
    facts.mark("mantle_only", context.mantle_only);
    facts.set("first_party", context.first_party);
    facts.set("profile", context.profile);
    facts.set("near_profile", context.near_profile);
    facts.mark("sso", context.sso);
    facts.set("credentials", context.credentials);
    facts.mark("from_environment", context.credentials.is_some_and(|source| source.starts_with("environment")));
    facts.mark("loading_credentials", failure.stage == Stage::Credentials);
    facts.mark("api_key", context.api_key);
    facts.set("destinations", Some(context.destinations.join(", ")));
    facts.set("tried", Some(context.tried.join(", ")));
    facts.set("host", context.endpoint_host);
    facts.mark("plain", context.endpoint_host.is_some_and(|host| host.starts_with("http://")));
    facts.set("code", failure.code.as_deref());
    facts.set("operation", failure.operation);
    facts.set("status", failure.status.map(|status| status.to_string()));
    facts.set("clock", failure.clock_offset_seconds.and_then(clock));
    facts
}

fn region_of_arn(text: &str) -> Option<&str> {
    text.starts_with("arn:").then(|| text.split(':').nth(3)).flatten()
}

/// How far the clock is off, where that is too far for a signature (AWS allows five minutes).
fn clock(offset: i64) -> Option<String> {
    let direction = if offset > 0 { "ahead of" } else { "behind" };
    let minutes = offset.unsigned_abs() / 60;
    match minutes {
        0..4 => None,
        4..180 => Some(format!("{minutes} minutes {direction}")),
        _ => Some(format!("{} hours {direction}", minutes / 60)),
    }
}

fn summary(rule: &Rule, failure: &Failure, facts: &Facts) -> String {
    let what = facts.first(rule.what).unwrap_or_else(|| "the call failed".to_owned());
    match failure.text_bytes {
        0 => what,
        1 => format!("the answer was cut off after 1 byte: {what}"),
        bytes => format!("the answer was cut off after {bytes} bytes: {what}"),
    }
}

fn causes(rule: &Rule, failure: &Failure, facts: &Facts) -> Vec<String> {
    let mut causes = Vec::new();
    let message = failure.message.trim();
    let code = match (&failure.code, failure.status) {
        (Some(code), _) => Some(code.clone()),
        (None, Some(status)) => Some(format!("HTTP {status}")),
        (None, None) => None,
    };
    let verbatim = match (code, message) {
        (Some(code), "") => format!("{code}, without a message"),
        (Some(code), message) => format!("{code}: {message}"),
        (None, message) => message.to_owned(),
    };
    causes.push(verbatim);
    if let Some((status, original)) =
        failure.original.as_ref().filter(|(_, original)| !message.contains(original.as_str()))
    {
        causes.push(format!("the model's server: HTTP {status}: {original}"));
    }
    causes.extend(failure.sources.iter().cloned());
    causes.extend(facts.first(rule.why));
    if failure.attempts > 1 {
        causes.push(format!("sent {} times", failure.attempts));
    }
    causes.extend(failure.request_id.as_ref().map(|id| format!("request ID: {id}")));
    causes.retain(|cause| !cause.is_empty());
    causes.dedup();
    causes
}

fn hints(rule: &Rule, facts: &Facts) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for hint in rule.hints.iter().filter_map(|template| facts.fill(template)) {
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    hints
}

fn denied_region(facts: &Facts) -> Option<String> {
    let is_reached = facts.get("at_destination").or(facts.get("at_source")).is_some();
    facts
        .get("denied_region")
        .filter(|_| is_reached && facts.get("kind") == Some("foundation-model"))
        .map(str::to_owned)
}

fn parameter(fix: Fix, facts: &Facts) -> Option<ParameterFix> {
    match fix {
        Fix::None => None,
        Fix::Drop(member) => Some(ParameterFix::Drop(member.to_owned())),
        Fix::DropField => facts.get("field").map(member_path).map(ParameterFix::Drop),
        Fix::Clamp => Some(ParameterFix::ClampMaxTokens(facts.get("limit")?.replace([',', '_'], "").parse().ok()?)),
        Fix::DropSystem => Some(ParameterFix::DropSystem),
        Fix::NoStreaming => Some(ParameterFix::NoStreaming),
    }
}

/// Where Converse has a field that a message names in its own spelling.
fn member_path(field: &str) -> String {
    let converse = match field {
        "temperature" => "temperature",
        "top_p" | "topP" => "topP",
        "stop_sequences" | "stopSequences" => "stopSequences",
        "max_tokens" | "maxTokens" => "maxTokens",
        "top_k" | "topK" => return "additionalModelRequestFields.top_k".to_owned(),
        other => return other.to_owned(),
    };
    format!("inferenceConfig.{converse}")
}

#[cfg(test)]
mod tests;
