//! Parses the errors that other tools print into a [`Failure`]: boto3 and the AWS CLI, the AWS SDKs for JavaScript, Java,
//! Go and Rust, wrappers around them, and bare JSON bodies.

mod details;

pub use details::PastedDetails;

use super::rules;
use crate::model::failure::{Failure, Stage};
use serde_json::Value;

/// The maximum size in bytes: of a longer text only the end is read, because that is where the error is.
const MAX_BYTES: usize = 64 * 1024;

/// The operations that a pasted error can name.
const OPERATIONS: &[&str] = &[
    "ConverseStream",
    "Converse",
    "InvokeModelWithResponseStream",
    "InvokeModel",
    "CountTokens",
    "ApplyGuardrail",
    "ListInferenceProfiles",
    "ListFoundationModels",
    "GetFoundationModelAvailability",
    "GetFoundationModel",
    "GetInferenceProfile",
    "CreateInferenceProfile",
    "DeleteInferenceProfile",
    "GetUseCaseForModelAccess",
    "PutUseCaseForModelAccess",
    "CreateModelInvocationJob",
    "AssumeRole",
    "GetCallerIdentity",
];

/// Parses a pasted error into the failure and the details of the call that the text mentions.
///
/// Every text yields a failure: if no known form is found, its message is the most specific line of the text.
pub fn failure_from_text(text: &str) -> (Failure, PastedDetails) {
    let text = without_escape_sequences(&text[start_of_tail(text)..]);
    let PastedError { code, message } = parse_error(&text);
    let mut failure = Failure::new(Stage::Response, message);
    failure.code = code;
    failure.status = status(&text);
    failure.request_id = request_id(&text);
    failure.attempts = attempts(&text);
    failure.operation = operation(&text);
    (failure, PastedDetails::from_text(&text))
}

/// The two things that every tool prints, in its own way.
struct PastedError {
    code: Option<String>,
    message: String,
}

fn parse_error(text: &str) -> PastedError {
    botocore(text)
        .or_else(|| java(text))
        .or_else(|| rust_debug(text))
        .or_else(|| body(text))
        .or_else(|| named(text))
        .unwrap_or_else(|| PastedError { code: None, message: most_specific_line(text) })
}

/// `An error occurred (CODE) when calling the OPERATION operation (reached max retries: 4): MESSAGE`
fn botocore(text: &str) -> Option<PastedError> {
    let (_, rest) = text.rsplit_once("An error occurred (")?;
    let (code, rest) = rest.split_once(')')?;
    let (_, message) = rest.split_once("operation")?;
    let message = message.split_once(": ").map_or("", |(_, message)| message);
    let code = Some(code.trim()).filter(|code| !code.is_empty() && code.len() < 80 && !code.contains(' '));
    Some(PastedError { code: code.map(str::to_owned), message: one_line(paragraph(message)) })
}

/// `CLASS: MESSAGE (Service: BedrockRuntime, Status Code: 400, Request ID: …)`, with `Error Code: CODE` in older ones
fn java(text: &str) -> Option<PastedError> {
    let (before, after) = text.rsplit_once(" (Service: ")?;
    let code = after.split_once("Error Code: ").and_then(|(_, rest)| rest.split([';', ',', ')']).next());
    let Some(code) = code.map(str::trim).filter(|code| rules::is_known_code(code)) else { return named(before) };
    let line = before.lines().last().unwrap_or_default();
    let message = line.rsplit_once("Exception: ").map_or(line, |(_, message)| message);
    Some(PastedError { code: Some(code.to_owned()), message: one_line(message) })
}

/// `… code: Some("CODE"), message: Some("MESSAGE") …`
fn rust_debug(text: &str) -> Option<PastedError> {
    let quoted = |marker: &str| {
        let (_, rest) = text.rsplit_once(marker)?;
        serde_json::Deserializer::from_str(&format!("\"{rest}")).into_iter::<String>().next()?.ok()
    };
    let code = quoted("code: Some(\"");
    let message = quoted("message: Some(\"");
    code.is_some().then_some(())?;
    Some(PastedError { code, message: message.unwrap_or_default() })
}

/// Finds a response body in the text, as JSON or as a printed Python dictionary.
fn body(text: &str) -> Option<PastedError> {
    let starts = text.match_indices('{').map(|(at, _)| at).take(200);
    let json =
        starts.filter_map(|at| serde_json::Deserializer::from_str(&text[at..]).into_iter::<Value>().next()?.ok());
    if let Some(error) = json.filter_map(|value| error_in_json(&value)).last() {
        return Some(PastedError { code: error.code.or_else(|| named(text)?.code), ..error });
    }
    let message = ["'message': ", "'Message': "].iter().find_map(|marker| {
        let (_, rest) = text.rsplit_once(marker)?;
        let quote = rest.chars().next().filter(|first| matches!(first, '\'' | '"'))?;
        rest[1..].split_once(quote).map(|(message, _)| message.to_owned())
    })?;
    Some(PastedError { code: named(text).and_then(|error| error.code), message })
}

fn error_in_json(value: &Value) -> Option<PastedError> {
    let inner = ["error", "Error", "body"].iter().find_map(|key| value.get(key)).and_then(error_in_json);
    if inner.is_some() {
        return inner;
    }
    let text = |keys: &[&str]| keys.iter().find_map(|key| value.get(key)).and_then(Value::as_str).map(str::to_owned);
    let message = text(&["message", "Message", "errorMessage", "detail"])?;
    let code = text(&["__type", "code", "Code", "name", "type"]).filter(|code| rules::is_known_code(code));
    Some(PastedError { code, message })
}

/// `CODE: MESSAGE`, with or without a class path before the code; the last one counts.
fn named(text: &str) -> Option<PastedError> {
    let mut best: Option<(&str, usize, bool)> = None;
    for (at, token) in tokens(text) {
        let class = token.trim_matches(|character: char| !character.is_ascii_alphanumeric() && character != '_');
        let code = class.rsplit(['.', '#', '$']).next().unwrap_or(class);
        if rules::is_known_code(code) {
            let is_before_colon = token.ends_with(':');
            let is_better = best.is_none_or(|(_, _, before_colon)| !before_colon);
            if is_before_colon || (is_better && code.ends_with("Exception")) {
                best = Some((code, at + token.len(), is_before_colon));
            }
        }
    }
    let (code, end, _) = best?;
    let message = paragraph(text[end..].trim_start_matches([' ', ':', '-', ']', ')']));
    Some(PastedError { code: Some(code.to_owned()), message: one_line(message) })
}

/// Returns the words of a text with their byte offsets.
fn tokens(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    text.split_inclusive(char::is_whitespace).map(move |piece| {
        end += piece.len();
        (end - piece.len(), piece.trim_end())
    })
}

/// Returns the text of one message: it ends at a blank line, a stack frame, or what Java and JavaScript append.
fn paragraph(text: &str) -> &str {
    const ENDS: [&str; 9] = [
        "\n\n",
        "\r\n\r\n",
        "\n    at ",
        "\n\tat ",
        "\n  File \"",
        "\nTraceback",
        " (Service: ",
        " {\n",
        "\nrequest ID:",
    ];
    let end = ENDS.iter().filter_map(|mark| text.find(mark)).min().unwrap_or(text.len());
    text[..end].trim()
}

/// Returns the last line that a rule recognises, or else the last line that is not blank.
fn most_specific_line(text: &str) -> String {
    const PREFIXES: [&str; 6] = ["aws: [ERROR]: ", "error: ", "cause: ", "Error: ", "Caused by: ", "fatal error: "];
    let whole = one_line(text);
    let mut lines = text.lines().map(str::trim).filter(|line| !line.is_empty()).rev();
    let known = lines.clone().find(|line| rules::is_known_text(line));
    // A message that a terminal has wrapped is known only as a whole.
    let line = match known {
        Some(line) => line,
        None if rules::is_known_text(&whole) => &whole,
        None => lines.next().unwrap_or_default(),
    };
    PREFIXES.iter().fold(line, |line, prefix| line.strip_prefix(prefix).unwrap_or(line)).to_owned()
}

fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

fn status(text: &str) -> Option<u16> {
    const MARKERS: [&str; 9] = [
        "httpStatusCode: ",
        "\"httpStatusCode\": ",
        "'HTTPStatusCode': ",
        "Status Code: ",
        "StatusCode: ",
        "StatusCode(",
        "Error code: ",
        "status code ",
        "HTTP ",
    ];
    MARKERS
        .iter()
        .find_map(|marker| number_after(text, marker))
        .and_then(|number| u16::try_from(number).ok())
        .filter(|status| (100..600).contains(status))
}

fn attempts(text: &str) -> u32 {
    let retries = number_after(text, "reached max retries: ").map(|retries| retries.saturating_add(1));
    retries
        .or_else(|| number_after(text, "maximum number of attempts, "))
        .or_else(|| number_after(text, "  attempts: "))
        .map_or(1, |attempts| attempts.clamp(1, 1000))
}

fn number_after(text: &str, marker: &str) -> Option<u32> {
    let (_, rest) = text.rsplit_once(marker)?;
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

fn request_id(text: &str) -> Option<String> {
    const MARKERS: [&str; 8] = [
        "Request ID: ",
        "RequestID: ",
        "request ID: ",
        "requestId: '",
        "\"requestId\": \"",
        "'RequestId': '",
        "request_id\": \"",
        "request id: ",
    ];
    MARKERS.iter().find_map(|marker| {
        let (_, rest) = text.rsplit_once(marker)?;
        let end = rest.find(|character: char| !character.is_ascii_hexdigit() && character != '-').unwrap_or(rest.len());
        (8..=64).contains(&end).then(|| rest[..end].to_owned())
    })
}

fn operation(text: &str) -> Option<&'static str> {
    let botocore = text.rsplit_once("when calling the ").and_then(|(_, rest)| rest.split_once(" operation"));
    let go = text.rsplit_once("operation error Bedrock").and_then(|(_, rest)| rest.split_once(": ")?.1.split_once(','));
    let is_a_word =
        |name: &str| text.split(|character: char| !character.is_ascii_alphanumeric()).any(|word| word == name);
    let named =
        botocore.or(go).map(|(name, _)| name.trim()).filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric()));
    OPERATIONS.iter().copied().find(|known| named.map_or_else(|| is_a_word(known), |name| name == *known))
}

/// Returns the byte offset of the part that is read, at a character boundary.
fn start_of_tail(text: &str) -> usize {
    let mut start = text.len().saturating_sub(MAX_BYTES);
    while !text.is_char_boundary(start) {
        start += 1;
    }
    start
}

/// Returns the text without the escape sequences of a terminal, such as colours.
fn without_escape_sequences(text: &str) -> String {
    let mut pieces = text.split("\u{1b}[");
    let mut plain = pieces.next().unwrap_or_default().to_owned();
    for piece in pieces {
        let end = piece.find(|character: char| character.is_ascii_alphabetic()).map_or(piece.len(), |end| end + 1);
        plain.push_str(&piece[end..]);
    }
    plain
}

#[cfg(test)]
mod tests;
