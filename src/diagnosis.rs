//! Explains a failed call: cause, fix, exit code. Pure; the rules are the tables in `diagnosis/rules`.

mod denial;
mod example;
mod group;
pub mod paste;
mod rules;
mod template;
mod text;

pub use group::{Group, ModelAccess, Scope};

use crate::exit_code::ExitCode;
use crate::message::Message;
use crate::model::failure::{Failure, PastedCall, Stage};
use crate::model::region::Region;
use crate::model::routing::Routing;
use denial::Denial;
use group::Actor;
use rules::DiagnosisRule;
use template::Values;

/// What is known about the call that failed, apart from the failure itself.
///
/// Everything is optional: a sentence that needs a missing value is left out of the diagnosis. The hints name only the
/// IDs that are given here, so a caller that takes them from a catalog gets no hint with an invented ID.
#[derive(Clone, Copy, Debug, Default)]
pub struct FailureContext<'a> {
    /// The model as the user wrote it.
    pub requested_model: Option<&'a str>,
    /// The ID or ARN that was invoked.
    pub invoked_id: Option<&'a str>,
    /// The ID of the foundation model behind it.
    pub foundation_model: Option<&'a str>,
    /// The kind of routing of the ID that was invoked.
    pub routing: Option<Routing>,
    /// The Region to which the request was sent.
    pub source_region: Option<Region>,
    /// The Regions where Bedrock may run the request; `*` stands for any commercial Region.
    pub destinations: &'a [&'a str],
    /// The ID to which the model resolves in the source Region.
    pub suggested_id: Option<&'a str>,
    /// The ID that was invoked, if the catalog lists it for the source Region.
    pub listed_id: Option<&'a str>,
    /// An ID of the same model with narrower routing.
    pub narrower_id: Option<&'a str>,
    /// An ID of the same model with wider routing.
    pub wider_id: Option<&'a str>,
    /// The ID to which the successor of the model resolves.
    pub successor: Option<&'a str>,
    /// The end-of-life date of the model.
    pub end_of_life: Option<&'a str>,
    /// Whether only the bedrock-mantle endpoint serves the model.
    pub mantle_only: bool,
    /// The Regions whose bedrock-mantle endpoint serves the model.
    pub mantle_regions: &'a [&'a str],
    /// The ID of a model of Amazon that needs no form, subscription or payment method.
    pub first_party: Option<&'a str>,
    /// The name of the AWS profile in use.
    pub profile: Option<&'a str>,
    /// The name of an existing AWS profile that is similar to one that does not exist.
    pub similar_profile: Option<&'a str>,
    /// The name of the AWS profile to sign in with, where `profile` takes its credentials from another one that uses SSO.
    pub sso_profile: Option<&'a str>,
    /// Whether the AWS profile signs in with SSO.
    pub sso: bool,
    /// The source of the credentials, in plain words, such as `environment variables`.
    pub credentials: Option<&'a str>,
    /// Whether the API key in `AWS_BEARER_TOKEN_BEDROCK` was used.
    pub api_key: bool,
    /// The host that was called; `http://` precedes it if the connection was not encrypted.
    pub endpoint_host: Option<&'a str>,
}

/// The change to a request that makes the model accept it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
#[expect(clippy::exhaustive_enums, reason = "a caller that applies a fix has to handle every kind")]
pub enum ParameterFix {
    /// Leave out this member of the request, such as `inferenceConfig.temperature`.
    Drop(String),
    /// Request at most this number of output tokens.
    ClampMaxTokens(u32),
    /// Request one of these efforts, such as `high`.
    LimitEffort(Vec<String>),
    /// Leave out the system prompt, or put it into the first user message.
    DropSystem,
    /// Use `Converse` instead of `ConverseStream`.
    NoStreaming,
}

/// The explanation of a failure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnosis {
    /// The cause, for programs; it also tells who has to act and whether a retry helps.
    pub group: Group,
    /// The exit code of a command that ends with this failure.
    pub exit_code: ExitCode,
    /// What failed, why, and what to do.
    pub message: Message,
    /// The change to the request that makes the model accept it, if there is one.
    pub parameter_fix: Option<ParameterFix>,
    /// The Region in which the foundation model is denied: the source Region or a destination Region.
    pub denied_region: Option<String>,
}

/// Explains a failure with what is known about the call.
///
/// Every failure has a diagnosis: if no rule applies, its group is [`Group::Unknown`] and its message has AWS's own
/// words.
///
/// ```
/// use bedrock_ask::diagnosis::{FailureContext, Group, diagnose};
/// use bedrock_ask::model::failure::{Failure, Stage};
///
/// let message = "Too many requests, please wait before trying again.";
/// let failure = Failure {
///     code: Some("ThrottlingException".to_owned()),
///     status: Some(429),
///     ..Failure::new(Stage::Response, message)
/// };
/// let diagnosis = diagnose(&failure, &FailureContext::default());
///
/// assert_eq!(diagnosis.group, Group::ThrottledRequests);
/// assert_eq!(*diagnosis.message.aws, [format!("ThrottlingException: {message}")]);
/// ```
pub fn diagnose(failure: &Failure, context: &FailureContext<'_>) -> Diagnosis {
    let text = text::normalised(&searchable_text(failure));
    let mut values = values(failure, context);
    set_operation(failure.operation, &mut values);
    set_tool(failure.pasted.as_ref(), &mut values);
    set_misspelt_region(&text, &mut values);
    set_misspelt_region(context.endpoint_host.unwrap_or_default(), &mut values);
    if let Some(denial) = Denial::parse(&text) {
        denial.set_values(context, &mut values);
    }
    let (rule, captures) = rules::select(failure, &text, &values);
    for (name, value) in captures {
        values.set(name, Some(value));
    }
    let example = values.get("field").map(|field| example::of_member(field, &values));
    values.set("example", Some(example.unwrap_or_else(|| example::of_converse(&values))));
    let group = rule.group;
    values.set_flag("can_stream", group == Group::StreamingUnsupported);
    Diagnosis {
        group,
        exit_code: if failure.text_bytes > 0 { ExitCode::IncompleteResponse } else { group.exit_code() },
        message: message(rule, failure, context, &values),
        parameter_fix: (rule.fix)(&values),
        denied_region: denied_region(&values),
    }
}

/// Returns every text of the failure, for the patterns.
fn searchable_text(failure: &Failure) -> String {
    let original = failure.original.as_ref().map(|(_, message)| message);
    let parts = std::iter::once(&failure.message).chain(original).chain(&failure.sources);
    parts.map(String::as_str).collect::<Vec<_>>().join("\n")
}

fn values(failure: &Failure, context: &FailureContext<'_>) -> Values {
    let mut values = Values::default();
    let region = context.source_region;
    values.set("requested", context.requested_model);
    values.set("invoked", context.invoked_id);
    values.set("foundation_model", context.foundation_model);
    values.set("model", context.invoked_id.or(context.requested_model).or(context.foundation_model));
    values.set("region", region.map(|region| region.name));
    values.set("partition", region.map(|region| region.partition));
    let arn = context.invoked_id.or(context.requested_model).filter(|id| id.starts_with("arn:"));
    let arn_region = arn.and_then(|arn| arn.split(':').nth(3));
    values.set("arn_region", arn_region.filter(|name| region.is_none_or(|region| region.name != *name)));
    values.set_flag("no_endpoint", region.is_some_and(|region| !region.has_endpoint));
    values.set("suggested", context.suggested_id.filter(|id| Some(*id) != context.invoked_id));
    values.set("listed", context.listed_id);
    values.set("narrower", context.narrower_id);
    values.set("wider", context.wider_id);
    values.set("successor", context.successor);
    values.set("end_of_life", context.end_of_life);
    values.set_flag("mantle_only", context.mantle_only);
    values.set("mantle_regions", Some(context.mantle_regions.join(", ")));
    values.set("first_party", context.first_party);
    values.set("profile", context.profile);
    values.set("sso_profile", context.sso_profile);
    values.set("similar_profile", context.similar_profile);
    values.set_flag("sso", context.sso);
    values.set("credentials", context.credentials);
    values.set_flag("from_environment", context.credentials.is_some_and(|source| source.starts_with("environment")));
    values.set_flag("loading_credentials", failure.stage == Stage::Credentials);
    values.set_flag("api_key", context.api_key);
    values.set("destinations", Some(context.destinations.join(", ")));
    values.set("host", context.endpoint_host);
    values.set("gateway", context.endpoint_host.filter(|host| !is_host_of_aws(host)));
    values.set_flag("plain_http", context.endpoint_host.is_some_and(|host| host.starts_with("http://")));
    values.set("code", failure.code.as_deref());
    values.set("clock", failure.clock_offset_seconds.and_then(clock_offset));
    values.set("wait", failure.retry_after_seconds.map(duration));
    values.set_flag("html", failure.stage == Stage::Unreadable && rules::is_page(&failure.message));
    values
}

/// Sets the tool that failed, and its names for the parameters that the hints mention.
fn set_tool(pasted: Option<&PastedCall>, values: &mut Values) {
    const OWN: &str = "bedrock-ask";
    let tool = pasted.map_or(OWN, |pasted| pasted.tool.unwrap_or("other"));
    let is_own = tool == OWN;
    values.set_flag("own", is_own);
    values.set("tool", Some(tool).filter(|_| !is_own));
    for (name, flag, member) in [
        ("max_tokens_option", "--max-tokens", "maxTokens"),
        ("temperature_option", "--temperature", "temperature"),
        ("top_p_option", "--top-p", "topP"),
    ] {
        values.set(name, Some(if is_own { flag } else { member }));
    }
    let Some(other) = pasted.and_then(|pasted| pasted.other_service.as_ref()) else { return };
    values.set("other_service", other.name.as_deref());
    values.set("other_operation", other.operation.as_deref());
    values.set_flag("other_aws", other.is_aws);
}

/// Describes a time, rounded up to a unit in which it is easily read.
fn duration(seconds: u64) -> String {
    let (number, unit) = match seconds {
        0..120 => (seconds, "second"),
        120..7200 => (seconds.div_ceil(60), "minute"),
        7200..172_800 => (seconds.div_ceil(3600), "hour"),
        _ => (seconds.div_ceil(86_400), "day"),
    };
    format!("{number} {unit}{}", if number == 1 { "" } else { "s" })
}

/// Sets the name of the operation and what follows from it. Of a pasted text it may be unknown.
fn set_operation(operation: Option<&'static str>, values: &mut Values) {
    let is = |accepts: fn(&str) -> bool| operation.is_some_and(accepts);
    values.set("operation", operation);
    values.set_flag("can_stream", operation.is_none_or(|name| name.contains("Stream")));
    values.set_flag("lookup", is(|name| name.starts_with("List") || name.starts_with("Get")));
    values.set_flag("with_id", !is(|name| name.starts_with("List") || name == "GetCallerIdentity"));
    let is_about_profile = |id: &str| id.starts_with("arn:") && id.contains("inference-profile/");
    let is_known = values.get("invoked").is_some_and(is_about_profile);
    values.set_flag(
        "about_profile",
        is_known || is(|name| name.ends_with("InferenceProfile") || name.ends_with("Resource")),
    );
}

/// Sets the Region in a host name of Bedrock that is nearly, but not, one of AWS's, and the one that is meant.
fn set_misspelt_region(text: &str, values: &mut Values) {
    let hosts = ["bedrock-runtime.", "bedrock-mantle.", "bedrock."];
    let labels = hosts.iter().flat_map(|host| text.split(host).skip(1));
    let names = labels.filter_map(|rest| rest.split_once(".a")).map(|(name, _)| name);
    let misspelt =
        names.filter(|name| Region::named(name).is_none()).find_map(|name| Some((name, Region::nearest(name)?)));
    if let Some((name, meant)) = misspelt {
        values.set("misspelt_region", Some(name));
        values.set("meant_region", Some(meant.name));
    }
}

/// Whether AWS responds at this host; a scheme before it and a port after it do not matter.
fn is_host_of_aws(host: &str) -> bool {
    const DOMAINS: [&str; 7] =
        ["amazonaws.com", "amazonaws.com.cn", "amazonaws.eu", "api.aws", "aws.dev", "c2s.ic.gov", "sc2s.sgov.gov"];
    let host = host.split_once("://").map_or(host, |(_, host)| host);
    let name = host.split([':', '/']).next().unwrap_or(host);
    DOMAINS.iter().any(|domain| name.strip_suffix(domain).is_some_and(|start| start.ends_with('.')))
}

/// Describes an offset of the clock that invalidates a signature; AWS allows five minutes.
fn clock_offset(offset: i64) -> Option<String> {
    let direction = if offset > 0 { "ahead of" } else { "behind" };
    let minutes = offset.unsigned_abs() / 60;
    match minutes {
        0..4 => None,
        4..180 => Some(format!("{minutes} minutes {direction}")),
        _ => Some(format!("{} hours {direction}", minutes / 60)),
    }
}

fn summary(rule: &DiagnosisRule, failure: &Failure, context: &FailureContext<'_>, values: &Values) -> String {
    let summary = values.render_first(rule.summary).unwrap_or_else(|| "the call failed".to_owned());
    // What AWS decides about an account is its own sentence, whichever endpoint passes it on.
    let host = context.endpoint_host.filter(|host| !is_host_of_aws(host) && rule.group.actor() != Actor::Support);
    let summary = match host.zip(summary.strip_prefix("AWS ")) {
        Some((host, predicate)) => format!("the endpoint at `{host}` {predicate}"),
        None => summary,
    };
    match failure.text_bytes {
        0 => summary,
        1 => format!("the response was cut off after 1 byte: {summary}"),
        bytes => format!("the response was cut off after {bytes} bytes: {summary}"),
    }
}

/// Returns the report of the failure. What the service returned is AWS's; what this program and its libraries found is a
/// cause.
fn message(rule: &DiagnosisRule, failure: &Failure, context: &FailureContext<'_>, values: &Values) -> Message {
    let summary = summary(rule, failure, context, values);
    let (mut aws, mut causes) = (Vec::new(), Vec::new());
    let is_from_aws = is_from_service(failure, rule.group)
        && (rule.group != Group::OtherService || values.get("other_aws").is_some());
    if is_from_aws { &mut aws } else { &mut causes }.extend(words(failure));
    aws.extend(failure.request_id.as_ref().map(|id| format!("request ID: {id}")));
    causes.extend(failure.sources.iter().cloned());
    if rule.group != Group::OtherService {
        causes.extend(values.render_first(&[
            "the failed call was `{other_operation}` of {other_service}, not a call to Amazon Bedrock",
            "the failed call was to {other_service}, not to Amazon Bedrock",
        ]));
    }
    causes.extend(values.render_first(rule.explanation));
    if failure.attempts > 1 {
        causes.push(format!("sent {} times", failure.attempts));
    }
    causes.retain(|cause| !cause.is_empty());
    causes.dedup();
    Message { aws: aws.into(), causes, hints: hints(rule, values), ..Message::new(summary) }
}

/// Whether the service returned the words of the failure. A proxy has none of its own, and a text that was pasted can be
/// of the tool that called.
fn is_from_service(failure: &Failure, group: Group) -> bool {
    let Failure { stage, code, status, request_id, .. } = failure;
    let has_response = match stage {
        Stage::Response => code.is_some() || status.is_some() || request_id.is_some(),
        Stage::Stream => code.is_some(),
        _ => false,
    };
    has_response && !group.is_local()
}

/// Returns the code and the message of the failure, verbatim, and those of the model's own server.
fn words(failure: &Failure) -> Vec<String> {
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
    let original = failure.original.as_ref().filter(|(_, original)| !message.contains(original.as_str()));
    let original = original.map(|(status, original)| format!("the model's server: HTTP {status}: {original}"));
    [Some(verbatim), original].into_iter().flatten().filter(|words| !words.is_empty()).collect()
}

fn hints(rule: &DiagnosisRule, values: &Values) -> Vec<String> {
    let mut hints: Vec<String> = Vec::new();
    for hint in rule.hints.iter().chain(rule.more_hints).filter_map(|template| values.render(template)) {
        let hint = with_geography(hint, values);
        if !hints.contains(&hint) {
            hints.push(hint);
        }
    }
    if hints.is_empty() && !(rule.hints.is_empty() && rule.more_hints.is_empty()) {
        let is_model_missing = values.get("model").is_none() && values.get("lookup").is_none();
        hints.extend(missing_details(is_model_missing, values.get("region").is_none()).map(str::to_owned));
    }
    hints
}

/// Adds to a hint that an ID in it may run the request outside of the geography of the ID that was invoked.
fn with_geography(hint: String, values: &Values) -> String {
    let is_global = |id: &str| id.starts_with("global.");
    let proposed = ["suggested", "narrower", "wider", "successor", "first_party"].map(|name| values.get(name));
    let names_global = proposed.into_iter().flatten().any(|id| is_global(id) && hint.contains(&format!("`{id}`")));
    if names_global && !values.get("invoked").is_some_and(is_global) {
        format!("{hint}; `global.` can run it in any commercial Region")
    } else {
        hint
    }
}

/// Returns the hint that asks for the model or the Region that is missing; `None` if neither is.
pub const fn missing_details(is_model_missing: bool, is_region_missing: bool) -> Option<&'static str> {
    match (is_model_missing, is_region_missing) {
        (true, true) => Some("add `--model MODEL --region REGION`: the model that was invoked, and the source Region"),
        (true, false) => Some("add `--model MODEL`: the model that was invoked"),
        (false, true) => Some("add `--region REGION`: the source Region"),
        (false, false) => None,
    }
}

fn denied_region(values: &Values) -> Option<String> {
    let is_reachable = values.get("at_destination").or(values.get("at_source")).is_some();
    let is_foundation_model = values.get("kind") == Some("foundation-model");
    if is_reachable && is_foundation_model { values.get("denied_region").map(str::to_owned) } else { None }
}

#[cfg(test)]
mod sweep;
#[cfg(test)]
mod tests;
