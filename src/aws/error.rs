//! Converts SDK errors to [`Failure`]: code, status, message, request ID, clock offset, causes. What they mean is for
//! `diagnosis`. The display string of an SDK error is never used as a whole: it is only `service error`.

use std::error::Error;

use aws_credential_types::provider::error::CredentialsError;
use aws_sdk_bedrockruntime::types::error::ConverseStreamOutputError;
use aws_smithy_async::future::timeout::TimedOutError;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};
use aws_smithy_types::error::metadata::ProvideErrorMetadata;
use aws_smithy_types::event_stream::RawMessage;
use aws_smithy_types::str_bytes::StrBytes;

use super::connector::ProxyError;
use super::interceptor::clock_offset;
use super::retry::{LONGEST_WAIT, requested_wait};
use super::secrets;
use super::timeout::{Limit, Timeouts};
use bedrock_ask::diagnosis::paste::{is_html, message_in_body};
use bedrock_ask::model::failure::{Failure, Stage};

/// The number of characters that are shown of an unreadable response.
const EXCERPT: usize = 200;

/// The number of characters that are kept of a message, and of an error code.
const MESSAGE: usize = 4096;
const CODE: usize = 128;

const EVENT_STREAM: &str = "application/vnd.amazon.eventstream";

// The SDK tells some failures apart by nothing but these display strings. A test fails when one of them changes:
// `identity_timeout_is_a_credentials_failure` below, and in tests/cli/ask/failures.rs the ones that are named here.
// `credentials.rs` depends on one more, "was not defined".

/// The beginning of the error of the identity cache when a credential source takes too long.
const IDENTITY_TIMEOUT: &str = "identity resolver timed out";

/// The text of each credential source that is not set up (`no_credentials_at_all…`).
const NOT_LOADED: &str = "the credential provider was not enabled";

/// The error of the connector when a proxy responds with 407 (`a_proxy_that_refuses…`).
const PROXY_PASSWORD_REQUIRED: &str = "tunnel error: proxy authorization required";

/// The beginnings of causes that only announce the next one (`what_cannot_be_reached…`, `no_credentials_at_all…`).
const WRAPPERS: [&str; 4] = [
    "client error (",
    "an error occurred while loading credentials",
    "the credentials provider was not properly configured",
    NOT_LOADED,
];

/// Why the certificates of a CA bundle cannot be used.
#[derive(Clone, Debug, thiserror::Error)]
#[error("{0}")]
pub(super) struct CertificatesError(pub(super) String);

/// Returns the failure of an operation: an error response, an unreadable one, or none.
pub(super) fn operation_failure<E>(error: &SdkError<E, HttpResponse>, timeouts: Timeouts) -> Box<Failure>
where
    E: Error + ProvideErrorMetadata + 'static,
{
    let redirect = error.raw_response().filter(|response| (300..400).contains(&response.status().as_u16()));
    let mut failure = match (redirect, error) {
        (Some(response), _) => redirect_failure(response),
        (_, SdkError::ServiceError(service)) => response_failure(service.err(), service.raw()),
        (_, SdkError::ResponseError(response)) => unreadable_failure(error, response.raw()),
        _ => no_response_failure(error, timeouts),
    };
    if let Some(response) = error.raw_response() {
        failure.status = Some(response.status().as_u16());
        failure.request_id = header(response, "x-amzn-requestid").or_else(|| header(response, "x-amz-request-id"));
        failure.clock_offset_seconds = clock_offset(response);
        let wait = requested_wait(response).filter(|wait| *wait > LONGEST_WAIT);
        failure.retry_after_seconds = wait.map(|wait| wait.as_secs());
        failure.sources.extend(wait.map(|wait| format!("the response asks to wait for {} seconds", wait.as_secs())));
    }
    Box::new(bounded(failure))
}

/// Returns the failure of a stream that began with status 200.
pub(super) fn stream_failure(error: &SdkError<ConverseStreamOutputError, RawMessage>) -> Box<Failure> {
    let failure = match error.as_service_error() {
        Some(exception) => {
            let payload = error.raw_response().map(payload).unwrap_or_default();
            let message = exception.message().map(str::to_owned).or_else(|| message_in(payload));
            let mut failure = Failure::new(Stage::Stream, message.unwrap_or_else(|| excerpt(payload)));
            failure.status = Some(200);
            failure.code = error.raw_response().and_then(exception_type);
            if let ConverseStreamOutputError::ModelStreamErrorException(exception) = exception {
                failure.original =
                    original(exception.original_status_code(), exception.original_message().unwrap_or_default());
            }
            failure
        }
        None => unmodeled_failure(error).unwrap_or_else(|| {
            // A whole frame with unexpected content is not a broken connection.
            let is_whole = matches!(error.raw_response(), Some(RawMessage::Decoded(_) | RawMessage::Invalid(None)));
            let mut failure = local_failure(if is_whole { Stage::Unreadable } else { Stage::Stream }, error);
            failure.sources.extend(is_whole.then(|| "a message of the stream cannot be read".to_owned()));
            failure
        }),
    };
    Box::new(bounded(failure))
}

/// Returns the failure in a frame of the message type `error`, which the SDK does not read.
fn unmodeled_failure(error: &SdkError<ConverseStreamOutputError, RawMessage>) -> Option<Failure> {
    let raw = error.raw_response()?;
    string_header(raw, ":message-type").filter(|kind| *kind == "error")?;
    let message = string_header(raw, ":error-message").map_or_else(|| excerpt(payload(raw)), str::to_owned);
    let code = string_header(raw, ":error-code").map(str::to_owned);
    Some(Failure { status: Some(200), code, ..Failure::new(Stage::Stream, message) })
}

/// Returns a failure whose texts are of a length that can be shown, and hold no secret of a request.
fn bounded(mut failure: Failure) -> Failure {
    cut(&mut failure.message, MESSAGE);
    failure.sources.iter_mut().for_each(|source| cut(source, MESSAGE));
    if let Some(code) = &mut failure.code {
        *code = code.split(char::is_control).collect();
        cut(code, CODE);
    }
    if let Some((_, message)) = &mut failure.original {
        cut(message, MESSAGE);
    }
    failure.request_id.as_mut().into_iter().for_each(secrets::mask);
    failure
}

/// Masks the secrets in a text, and then cuts it: a part of a secret is not known as one.
fn cut(text: &mut String, characters: usize) {
    secrets::mask(text);
    if let Some((at, _)) = text.char_indices().nth(characters) {
        text.truncate(at);
        text.push('…');
    }
}

/// Returns the failure of a stream without events. If its content type is not that of an event stream, something else
/// responded, such as a proxy, and the response is unreadable.
pub(super) fn opening_failure(mut failure: Box<Failure>, content_type: Option<String>) -> Box<Failure> {
    let is_stream = content_type.as_deref().is_some_and(|content_type| content_type.starts_with(EVENT_STREAM));
    if failure.code.is_none() && !is_stream {
        failure.stage = Stage::Unreadable;
        failure.status = Some(200);
        failure.sources.push(match content_type {
            Some(content_type) => format!("the response is `{content_type}`, not `{EVENT_STREAM}`"),
            None => format!("the response has no `Content-Type`, and should be `{EVENT_STREAM}`"),
        });
    }
    failure
}

/// Returns the failure of a response without content that is not Bedrock's: something else responded, such as a proxy.
pub(super) fn foreign_failure(content_type: &str) -> Failure {
    let failure = Failure::new(Stage::Unreadable, format!("the response is `{content_type}`, not JSON"));
    bounded(Failure { status: Some(200), ..failure })
}

/// Returns the failure of a successful response that lacks something, or holds what it cannot.
pub(super) fn unreadable(operation: &'static str, what: &str) -> Box<Failure> {
    Box::new(Failure { operation: Some(operation), status: Some(200), ..Failure::new(Stage::Unreadable, what) })
}

/// Returns the status and message of the model's own server.
pub(super) fn original(status: Option<i32>, message: &str) -> Option<(u16, String)> {
    Some((u16::try_from(status?).ok()?, message.to_owned()))
}

/// Returns the failure of a redirect. None is followed: a request goes only where the user pointed it.
fn redirect_failure(response: &HttpResponse) -> Failure {
    let message = match header(response, "location").filter(|location| !location.trim().is_empty()) {
        Some(location) => format!("a redirect to `{}`", location.trim()),
        None => "a redirect without a `Location` header".to_owned(),
    };
    Failure::new(Stage::Unreadable, message)
}

fn response_failure<E: Error + ProvideErrorMetadata + 'static>(error: &E, response: &HttpResponse) -> Failure {
    if response.status().is_success() || (error.code().is_none() && !is_json(response)) {
        return unreadable_failure(error, response);
    }
    let body = response.body().bytes().unwrap_or_default();
    // The SDK reads only `message`. A gateway can have put it deeper.
    let nested = || std::str::from_utf8(body).ok().and_then(message_in_body);
    let message = error.message().map(str::to_owned).or_else(nested);
    let code = error.code().map(str::to_owned);
    Failure { code, ..Failure::new(Stage::Response, message.unwrap_or_else(|| excerpt(body))) }
}

fn unreadable_failure(error: &(dyn Error + 'static), response: &HttpResponse) -> Failure {
    let excerpt = excerpt(response.body().bytes().unwrap_or_default());
    if is_json(response) || excerpt.is_empty() {
        let mut failure = local_failure(Stage::Unreadable, error);
        failure.sources.extend(Some(excerpt).filter(|excerpt| !excerpt.is_empty()));
        return failure;
    }
    Failure::new(Stage::Unreadable, excerpt)
}

fn is_json(response: &HttpResponse) -> bool {
    let body = String::from_utf8_lossy(response.body().bytes().unwrap_or_default());
    response.headers().get("content-type").is_none_or(|kind| kind.contains("json")) && !is_html(&body)
}

/// Returns the failure of a call without a response. Missing credentials are dispatch failures too, with other causes.
fn no_response_failure<E>(error: &SdkError<E, HttpResponse>, timeouts: Timeouts) -> Failure
where
    E: Error + 'static,
{
    let causes = causes(error);
    let is = |test: fn(&(dyn Error + 'static)) -> bool| causes.iter().any(|cause| test(*cause));
    if is(|cause| cause.is::<CredentialsError>() || cause.to_string().starts_with(IDENTITY_TIMEOUT)) {
        return credentials_failure(error);
    }
    if is(is_tls_error) {
        return local_failure(Stage::Tls, error);
    }
    if is(<dyn Error>::is::<TimedOutError>) {
        let mut failure = Limit::Connect.failure(timeouts.connect);
        let proxy = causes.iter().find_map(|cause| cause.downcast_ref::<ProxyError>());
        failure.sources.extend(proxy.map(ToString::to_string));
        return failure;
    }
    local_failure(Stage::Connection, error)
}

/// Whether every further attempt would fail in the same way.
pub(super) fn is_permanent(error: &ConnectorError) -> bool {
    causes(error).into_iter().any(|cause| is_tls_error(cause) || cause.to_string() == PROXY_PASSWORD_REQUIRED)
}

fn is_tls_error(cause: &(dyn Error + 'static)) -> bool {
    cause.is::<rustls::Error>() || cause.is::<CertificatesError>()
}

/// Returns the failure of the credentials. The SDK lists the sources that it tried in one text: each becomes a cause.
fn credentials_failure(error: &(dyn Error + 'static)) -> Failure {
    let mut failure = local_failure(Stage::Credentials, error);
    if let Some((first, tried)) = failure.message.split_once('\n') {
        let lines = tried.lines().map(str::trim).filter(|line| !line.is_empty()).enumerate();
        failure.sources = lines.map(|(at, line)| tried_source(at == 0, line)).collect();
        failure.message = first.trim_end_matches(". Attempted:").to_owned();
    }
    failure
}

/// Returns why a source has no credentials, such as `then Environment: environment variable not set`.
fn tried_source(is_first: bool, line: &str) -> String {
    let word = if is_first { "tried" } else { "then" };
    let (source, why) = line.split_once(": ").unwrap_or((line, ""));
    match why.strip_prefix(NOT_LOADED).map_or(why, |why| why.trim_start_matches(": ")) {
        "" => format!("{word} {source}: not set up"),
        why => format!("{word} {source}: {why}"),
    }
}

/// Returns a failure that was detected locally: its message is the innermost cause, its sources are the others.
fn local_failure(stage: Stage, error: &(dyn Error + 'static)) -> Failure {
    let mut lines: Vec<String> = Vec::new();
    // The SDK's wrappers add only `dispatch failure` and `io error`, those of the connector `client error (Connect)`.
    for cause in causes(error).into_iter().skip(1).filter(|cause| !cause.is::<ConnectorError>()) {
        let line = cause.to_string();
        if let Some(previous) = lines.last_mut()
            && (previous.contains(&line) || previous.is_empty())
        {
            let kept = previous.trim_end_matches(&line).trim_end_matches([':', ' ']).to_owned();
            *previous = kept;
        }
        lines.push(line);
    }
    let tells = |line: &str| !line.is_empty() && !WRAPPERS.iter().any(|wrapper| line.starts_with(wrapper));
    if lines.iter().any(|line| tells(line)) {
        lines.retain(|line| tells(line));
    }
    lines.retain(|line| !line.is_empty());
    let message = lines.pop().unwrap_or_else(|| error.to_string());
    Failure { sources: lines, ..Failure::new(stage, message) }
}

/// Returns an error and its chain of causes. `io::Error::source` skips the error that it wraps.
pub(super) fn causes<'a>(error: &'a (dyn Error + 'static)) -> Vec<&'a (dyn Error + 'static)> {
    std::iter::successors(Some(error), |&cause| match cause.downcast_ref::<std::io::Error>() {
        Some(io) => io.get_ref().map(|inner| inner as &(dyn Error + 'static)),
        None => cause.source(),
    })
    .collect()
}

fn header(response: &HttpResponse, name: &str) -> Option<String> {
    response.headers().get(name).map(str::to_owned)
}

/// Returns the message of an exception frame that the SDK does not know.
fn message_in(payload: &[u8]) -> Option<String> {
    let payload: serde_json::Value = serde_json::from_slice(payload).ok()?;
    payload.get("message")?.as_str().map(str::to_owned)
}

fn excerpt(body: &[u8]) -> String {
    // Four bytes are the most that a character has; white space is folded, so that more of them may count.
    let mut body = String::from_utf8_lossy(&body[..body.len().min(16 * EXCERPT)]).into_owned();
    secrets::mask(&mut body);
    let words: Vec<_> = body.split_whitespace().collect();
    let mut excerpt = words.join(" ");
    cut(&mut excerpt, EXCERPT);
    excerpt
}

/// Returns the exception of a frame, such as `ThrottlingException` if its `:exception-type` is `throttlingException`.
fn exception_type(raw: &RawMessage) -> Option<String> {
    let mut letters = string_header(raw, ":exception-type")?.chars();
    letters.next().map(|first| first.to_ascii_uppercase().to_string() + letters.as_str())
}

fn string_header<'a>(raw: &'a RawMessage, name: &str) -> Option<&'a str> {
    let RawMessage::Decoded(message) = raw else { return None };
    let header = message.headers().iter().find(|header| header.name().as_str() == name)?;
    header.value().as_string().ok().map(StrBytes::as_str)
}

fn payload(raw: &RawMessage) -> &[u8] {
    match raw {
        RawMessage::Decoded(message) => message.payload(),
        _ => &[],
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use aws_config::identity::IdentityCache;
    use aws_credential_types::provider::{ProvideCredentials, future};
    use aws_sdk_bedrockruntime::Client;
    use aws_sdk_bedrockruntime::config::{BehaviorVersion, Config, Region};
    use aws_smithy_async::rt::sleep::TokioSleep;

    use super::*;
    use crate::aws::Proxies;
    use crate::aws::connector::Connectors;

    #[derive(Debug)]
    struct Silent;

    impl ProvideCredentials for Silent {
        fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
        where
            Self: 'a,
        {
            future::ProvideCredentials::new(std::future::pending())
        }
    }

    #[test]
    fn identity_timeout_is_a_credentials_failure() {
        let config = Config::builder()
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new("us-east-1"))
            .http_client(Connectors::new(false, Proxies::default(), None))
            .sleep_impl(TokioSleep::new())
            .identity_cache(IdentityCache::lazy().load_timeout(Duration::from_millis(1)).build())
            .credentials_provider(Silent)
            .build();
        let sent = crate::aws::run(Client::from_conf(config).converse().model_id("x").send()).unwrap();
        let failure = operation_failure(&sent.unwrap_err(), Timeouts::generous());
        assert_eq!(failure.stage, Stage::Credentials);
        assert!(failure.message.starts_with(IDENTITY_TIMEOUT), "{failure:?}");
    }
}
