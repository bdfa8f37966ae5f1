//! Parses the errors that other tools print into a [`Failure`]: boto3 and the AWS CLI, the AWS SDKs for JavaScript, Java,
//! Go and Rust, wrappers and gateways, and bare JSON bodies.

mod body;
mod cleaning;
mod details;
mod forms;
mod line;
mod literal;
mod metadata;
mod page;
mod secrets;
mod service;

pub use details::PastedDetails;
pub use page::is_html;

use super::rules;
use crate::model::failure::{Failure, PastedCall, Stage};
use std::collections::HashSet;

/// The maximum size in bytes: of a longer text only the end is read, because that is where the error is.
const MAX_BYTES: usize = 64 * 1024;

/// Parses a pasted error into the failure and the details of the call that the text mentions.
///
/// Every text yields a failure: if no known form is found, its message is the most telling line of the text. Credentials
/// in the text are masked.
pub fn failure_from_text(text: &str) -> (Failure, PastedDetails) {
    let cleaned = secrets::masked(&cleaning::cleaned(tail(text, MAX_BYTES)));
    let cleaned = service::without_other_services(&cleaned).unwrap_or(cleaned);
    let tool = metadata::tool(&cleaned);
    let page = page::of_html(&cleaned);
    let (text, PastedError { code, message }) = parse(cleaned);
    let details = PastedDetails::from_text(&text, code.as_deref(), &message);
    let is_known = code.as_deref().is_some_and(rules::is_known_code);
    let mut failure = match page.filter(|page| !is_known && !page.is_beside_error(&message)) {
        Some(page) => {
            let mut failure = Failure::new(Stage::Unreadable, page.message());
            failure.status = page.status;
            failure
        }
        None => Failure::new(Stage::Response, secrets::masked(&message)),
    };
    let other_service = service::other_service(&text, &message);
    failure.pasted = Some(PastedCall { tool, other_service });
    failure.code = code.map(|code| plain_code(&code).to_owned());
    failure.status = metadata::status(&text).or(failure.status);
    failure.retry_after_seconds = metadata::retry_after(&text);
    failure.request_id = metadata::request_id(&text);
    failure.attempts = metadata::attempts(&text);
    failure.operation = metadata::operation(&text);
    (failure, details)
}

/// Returns the message in the response body of a gateway, such as `{"error":{"message":"…"}}`, if it holds one.
pub fn message_in_body(body: &str) -> Option<String> {
    let error = body::error_in_objects(tail(body, MAX_BYTES))?;
    Some(line::trimmed(&error.message)).filter(|message| !message.is_empty())
}

/// Returns the code without the namespace or the path of a class before it, and without the link after it.
fn plain_code(code: &str) -> &str {
    let code = rules::plain_code(code);
    code.rsplit_once('.').map_or(code, |(_, code)| code).trim()
}

/// The two things that every tool prints, in its own way.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct PastedError {
    code: Option<String>,
    message: String,
}

impl PastedError {
    /// Whether a rule knows the message, so that it was cut out in the right places.
    fn is_known(&self) -> bool {
        rules::is_known_text(&self.message)
    }
}

/// Reads the text as it is, and, while its message is not known, without what a terminal or a string did to it. Returns
/// the reading that gives the most, with its error.
fn parse(text: String) -> (String, PastedError) {
    let mut readings = Vec::new();
    readings.extend(cleaning::unwrapped(&text));
    let uncut = cleaning::uncut(&text);
    readings.push(text);
    readings.extend(uncut);
    let escaped: Vec<String> = readings.iter().flat_map(|reading| cleaning::unescaped(reading)).collect();
    readings.extend(escaped);
    let joined: Vec<String> = readings.iter().map(|reading| cleaning::joined(reading)).collect();
    readings.extend(joined);
    let mut seen = HashSet::new();
    readings.retain(|reading| seen.insert(reading.clone()));
    let mut best: Option<(Quality, String, PastedError)> = None;
    for reading in readings {
        let (error, is_structured) = parse_reading(&reading);
        let has_known_code = error.code.as_deref().is_some_and(rules::is_known_code);
        let quality = (error.is_known(), has_known_code, is_structured);
        if best.as_ref().is_none_or(|(best, ..)| quality > *best) {
            best = Some((quality, reading, error));
        }
        if quality.0 && is_structured {
            break;
        }
    }
    best.map(|(_, reading, error)| (reading, error)).unwrap_or_default()
}

/// Whether the message is known, whether the code is, and whether a form says where the message begins.
type Quality = (bool, bool, bool);

/// Parses one reading; the flag is whether it has a form that says where the message begins.
fn parse_reading(text: &str) -> (PastedError, bool) {
    let by_form = forms::structured(text);
    if let Some(error) = by_form.as_ref().filter(|error| error.is_known() && !error.message.contains('{')) {
        return (error.clone(), true);
    }
    let stated = by_form.as_ref().and_then(|error| error.code.clone());
    if let Some(error) = body::error_in_objects(text) {
        let is_vague = |form: &PastedError| form.message.is_empty() || form.message.contains('{');
        let is_better = by_form.as_ref().is_none_or(|form| is_vague(form) || error.is_known());
        if is_better {
            return (PastedError { code: error.code.or(stated), message: line::trimmed(&error.message) }, true);
        }
    }
    if let Some(error) = by_form {
        return (error, true);
    }
    let message = line::most_telling(text);
    let code = if rules::is_known_text(&message) { None } else { forms::bare_code(text).map(str::to_owned) };
    (PastedError { code, message }, false)
}

/// Returns the words between these separators with their byte offsets.
fn words(text: &str, is_separator: impl Fn(char) -> bool + Copy) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    let pieces = text.split_inclusive(is_separator).map(move |piece| {
        end += piece.len();
        (end - piece.len(), piece.trim_end_matches(is_separator))
    });
    pieces.filter(|(_, word)| !word.is_empty())
}

/// Returns the end of a text, at a character boundary.
fn tail(text: &str, bytes: usize) -> &str {
    &text[text.ceil_char_boundary(text.len().saturating_sub(bytes))..]
}

#[cfg(test)]
mod tests;
