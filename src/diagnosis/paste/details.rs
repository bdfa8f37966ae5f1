//! Finds the model, the Region and the AWS profile that a pasted text is about, by their form and their place alone.
//! Whether they exist is up to the catalog.

use super::tail;
use crate::diagnosis::text;
use crate::model::catalog::Catalog;
use crate::model::id::{self, Arn};
use crate::model::region::Region;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// The publishers of models, as they are written in IDs.
static PUBLISHERS: LazyLock<BTreeSet<String>> = LazyLock::new(|| {
    let catalog = Catalog::built_in();
    catalog.foundation_models().filter_map(|model| Some(model.id.split_once('.')?.0.to_owned())).collect()
});

/// What stands before the model that was invoked, in lower case.
const BEFORE_MODEL: [&str; 17] = [
    "modelid",
    "model_id",
    "model id",
    "model-id",
    "inference_profile_id",
    "inferenceprofileid",
    "inference-profile-id",
    "modelname",
    "model_name",
    "model name",
    "model",
    "with model",
    "for model",
    "using model",
    "invoking model",
    "calling model",
    "deployment",
];

/// What stands before a Region, in lower case.
const BEFORE_REGION: [&str; 9] = [
    "region",
    "region_name",
    "region-name",
    "aws_region",
    "aws_default_region",
    "aws_region_name",
    "awsregion",
    "region is",
    "regionname",
];

/// The words that make what follows them a suggestion: it was not invoked.
const SUGGESTIONS: [&str; 16] = [
    "switch to",
    "try",
    "use",
    "using instead",
    "such as",
    "for example",
    "e.g",
    "like",
    "did you mean",
    "upgrade to",
    "migrate to",
    "instead of",
    "replace with",
    "fallback to",
    "fall back to",
    "consider",
];

/// The details of a call that a pasted error mentions.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastedDetails {
    /// The ID or ARN of a foundation model or an inference profile, or the name that a tool says it invoked.
    pub model: Option<String>,
    /// The source Region. The Region in the ARN of a foundation model does not count: it may be a destination Region.
    pub region: Option<Region>,
    /// The name of the AWS profile.
    pub profile: Option<String>,
}

/// A part of the text that could be an ID, an ARN or a host name, and where it stands.
#[derive(Clone, Copy)]
struct Word<'t> {
    at: usize,
    text: &'t str,
    /// The text before it.
    before: &'t str,
}

/// How surely a place in the text names what was called, from mere presence upwards.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
enum Place {
    Present,
    /// An inference profile is there, which is hardly mentioned by chance.
    Profile,
    /// A place where a tool says what it called.
    Stated,
    /// A place where a tool that reports the failure says what failed.
    Reported,
    /// AWS's own sentence.
    Aws,
}

impl PastedDetails {
    /// Finds the details in a text with this error.
    pub(super) fn from_text(text: &str, code: Option<&str>, message: &str) -> Self {
        let error_end = error_end(text, code, message);
        let words: Vec<Word<'_>> = words(text).collect();
        let arn = words.iter().find_map(|word| profile_arn(word.text));
        let model = rejected_id(message).or_else(|| model(&words, error_end));
        let region = arn.and_then(|arn| Region::named(arn.region)).or_else(|| region(&words, error_end));
        Self { model, region, profile: aws_profile(text) }
    }
}

/// Returns the ID that AWS rejected by its pattern: `Value 'X' at 'modelId' failed to satisfy constraint`.
fn rejected_id(message: &str) -> Option<String> {
    let message = text::normalised(message);
    let found = ["Value '{value}' at 'modelId'", "Value '{value}' at 'modelIdentifier'"];
    let found = found.iter().find_map(|pattern| text::find(pattern, &message))?;
    found.first().map(|(_, value)| (*value).to_owned()).filter(|value| !value.is_empty())
}

/// Returns where the message of the error ends in the text.
fn error_end(text: &str, code: Option<&str>, message: &str) -> usize {
    let start = message.chars().take(24).collect::<String>();
    let begin = text.rfind(&start).filter(|_| !start.is_empty());
    let begin = begin.or_else(|| text.rfind(message.split(' ').next()?)).filter(|_| !message.is_empty());
    let begin = begin.or_else(|| text.rfind(code?)).unwrap_or(text.len());
    text.len().min(begin + message.len())
}

/// Splits a text into the parts that could be an ID, an ARN or a host name.
fn words(text: &str) -> impl Iterator<Item = Word<'_>> {
    let is_separator = |character: char| !character.is_ascii_alphanumeric() && !"-_.:/*%".contains(character);
    super::words(text, is_separator).filter_map(|(at, word)| {
        let word = word.trim_end_matches(['.', ':', '/', '-', '*']);
        (!word.is_empty()).then(|| Word { at, text: word, before: &text[..at] })
    })
}

/// Parses the ARN of an inference profile.
fn profile_arn(text: &str) -> Option<Arn<'_>> {
    Arn::split(text).filter(|arn| arn.resource.contains("inference-profile/"))
}

/// Returns the model in the surest place; of several, the one that is nearest before the error, or else after it.
fn model(words: &[Word<'_>], error_end: usize) -> Option<String> {
    let candidates = words.iter().filter_map(|word| {
        let (place, model) = model_in(word)?;
        let distance = if word.at <= error_end { error_end - word.at } else { usize::MAX / 2 + (word.at - error_end) };
        // Of what is only there, the first one counts: what follows an error is often advice.
        let distance = if place <= Place::Profile { word.at } else { distance };
        Some((std::cmp::Reverse(place), distance, model))
    });
    candidates.min_by(|one, other| (one.0, one.1).cmp(&(other.0, other.1))).map(|(_, _, model)| model)
}

/// Returns the model that a word names, and how surely it is the one that was called.
fn model_in(word: &Word<'_>) -> Option<(Place, String)> {
    if is_suggestion(word.before) {
        return None;
    }
    let before = tail(word.before, 48).to_ascii_lowercase();
    let place = stated_place(&before);
    if let Some(arn) = profile_arn(word.text) {
        let model = arn.resource.strip_prefix("inference-profile/").unwrap_or(word.text);
        return Some((place.unwrap_or(Place::Profile), model.to_owned()));
    }
    if word.text.starts_with("arn:") {
        let id = identifier(word.text)?;
        return Some((place.unwrap_or(Place::Present), id.to_owned()));
    }
    // `model=us.anthropic.…` and `model:us.anthropic.…` are one word.
    let (key, value) = word.text.split_once(':').filter(|(key, _)| stated_place(&format!("{key}:")).is_some()).unzip();
    let text = value.unwrap_or(word.text);
    let place = place.or_else(|| stated_place(&format!("{}:", key?)));
    if let Some((_, path)) = text.split_once("/model/") {
        let encoded = path.split('/').next()?;
        let id = id::unescaped(&format!("/model/{encoded}")).into_owned();
        return looks_like_a_model(&id).then_some((Place::Stated, id));
    }
    if let Some(id) = identifier(text) {
        let is_plain = id.split_once('.').is_some_and(|(first, _)| PUBLISHERS.contains(first));
        let present = if is_plain { Place::Present } else { Place::Profile };
        return Some((place.unwrap_or(present), id.to_owned()));
    }
    let name = text.rsplit('/').next()?;
    place.filter(|_| looks_like_a_model(name)).map(|place| (place, name.to_owned()))
}

/// Returns how surely what follows `before`, in lower case, is the model that was called, if it says so.
fn stated_place(before: &str) -> Option<Place> {
    let before = before.trim_end_matches(['"', '\'', '`', ' ', '\\', '(', '[']);
    if before.ends_with("invocation of model id") {
        return Some(Place::Aws);
    }
    if before.ends_with("api error") {
        return Some(Place::Reported);
    }
    if before.ends_with("--model") || before.ends_with("--model-id") || before.ends_with("-m") {
        return Some(Place::Stated);
    }
    let key = before.trim_end_matches([':', '=', '>', ' ']);
    let is_assigned = key.len() < before.len();
    let key = key.trim_end_matches(['"', '\'', '`', '\\', '*']);
    let is_whole = |before: &str| !before.ends_with(|last: char| last.is_ascii_alphanumeric());
    let is_key = |name: &&str| (is_assigned || name.contains(' ')) && key.strip_suffix(*name).is_some_and(is_whole);
    BEFORE_MODEL.iter().any(is_key).then_some(Place::Stated)
}

/// Whether the words before a name make it a suggestion: `Try --model to switch to …`.
fn is_suggestion(before: &str) -> bool {
    let line = tail(before, 64).rsplit(['\n', '.', ';', '!']).next().unwrap_or_default().to_ascii_lowercase();
    let quoted = line.trim_end_matches(['"', '\'', '`', ' ', ':', '(', '=']);
    let words = quoted.trim_end_matches(|c: char| !c.is_ascii_alphanumeric());
    let is_last = |words: &str, phrase: &str| words.strip_suffix(phrase).is_some_and(ends_no_word);
    let fillers =
        ["--model", "--region", "model", "the model", "region", "the region", "the id", "id", "profile", "instead"];
    let without_filler = || fillers.iter().filter_map(|filler| Some(words.strip_suffix(filler)?.trim_end()));
    std::iter::once(words).chain(without_filler()).any(|words| SUGGESTIONS.iter().any(|phrase| is_last(words, phrase)))
}

/// Whether what follows this text begins a word.
fn ends_no_word(text: &str) -> bool {
    !text.ends_with(|last: char| last.is_ascii_alphanumeric() || last == '_')
}

/// Whether a name without a publisher can be that of a model: `claude-opus-4-5-20251101`, and not `model_id`.
fn looks_like_a_model(name: &str) -> bool {
    let has_parts = name.contains('-') && name.contains(|character: char| character.is_ascii_digit());
    has_parts && name.len() > 5 && name.starts_with(|first: char| first.is_ascii_lowercase()) && !name.contains("//")
}

/// Returns the model or profile ID at the end of a word: `bedrock/us.anthropic.claude-…` → `us.anthropic.claude-…`.
fn identifier(word: &str) -> Option<&str> {
    let id = word.rsplit('/').next()?;
    let mut labels = id.split('.');
    let first = labels.next()?;
    let after = if PUBLISHERS.contains(first) {
        labels.next()?
    } else {
        labels.next().filter(|second| PUBLISHERS.contains(*second))?;
        labels.next()?
    };
    let looks_like_a_name = after.contains('-') && after.starts_with(|c: char| c.is_ascii_lowercase());
    looks_like_a_name.then_some(id)
}

/// Returns the Region of a host of Bedrock, or one that the text calls the Region, or else one that is a word of its own:
/// the nearest before the end of the error, or else the first after it.
fn region(words: &[Word<'_>], error_end: usize) -> Option<Region> {
    let counts = |(at, word): (usize, &Word<'_>)| {
        let (previous, next) = (at.checked_sub(1).and_then(|at| words.get(at)), words.get(at + 1));
        let is_other = |near: &Word<'_>| Region::named(near.text).is_some_and(|near| near.name != word.text);
        let is_listed = previous.into_iter().chain(next).any(is_other) && is_in_list(word, next);
        !word.text.starts_with("arn:") && !is_suggestion(word.before) && !is_listed
    };
    let candidates = words.iter().enumerate().filter(|&(at, word)| counts((at, word))).map(|(_, word)| word);
    let stated: Vec<(usize, Region)> =
        candidates.clone().filter_map(|word| Some((word.at, stated_region(word)?))).collect();
    let present = || candidates.clone().filter_map(|word| Some((word.at, present_region(word)?))).collect();
    let found: Vec<(usize, Region)> = if stated.is_empty() { present() } else { stated };
    let before = found.iter().rev().find(|(at, _)| *at <= error_end);
    before.or(found.first()).map(|(_, region)| *region)
}

/// Whether a comma or a slash stands beside the word: it is one of several, such as the Regions that are supported.
fn is_in_list(word: &Word<'_>, next: Option<&Word<'_>>) -> bool {
    let is_comma = |text: &str| text.trim_matches(['"', '\'', ' ']).ends_with(',');
    is_comma(word.before) || next.is_some_and(|next| is_comma(next.before))
}

fn stated_region(word: &Word<'_>) -> Option<Region> {
    let is_bedrock =
        word.text.contains("bedrock") && (word.text.contains("amazonaws.") || word.text.contains("api.aws"));
    if is_bedrock || word.text.contains(".console.aws.") {
        return word.text.split(['.', '/', ':']).find_map(Region::named);
    }
    let before = tail(word.before, 32).to_ascii_lowercase();
    let (key, value) = word.text.split_once(':').unwrap_or(("", word.text));
    let before = if key.is_empty() { before } else { format!("{before}{}", key.to_ascii_lowercase()) };
    let before = before.trim_end_matches(|character: char| !character.is_ascii_alphanumeric());
    let is_key = |name: &&str| before.strip_suffix(*name).is_some_and(ends_no_word);
    BEFORE_REGION.iter().any(is_key).then(|| Region::named(value)).flatten()
}

fn present_region(word: &Word<'_>) -> Option<Region> {
    let is_sso = tail(word.before, 24).to_ascii_lowercase().contains("sso_region");
    let host = || word.text.split(['.', '/', ':']).find_map(Region::named).filter(|_| word.text.contains("amazonaws."));
    if is_sso { None } else { Region::named(word.text).or_else(host) }
}

/// Returns the AWS profile that the text names: `profile=default`, `AWS_PROFILE=dev`, `config profile (staging)`.
fn aws_profile(text: &str) -> Option<String> {
    const MARKERS: [&str; 9] = [
        "--profile ",
        "--profile=",
        "AWS_PROFILE=",
        "config profile (",
        "AWS profile ",
        "aws profile ",
        "profile=",
        "profile_name=",
        "profile: ",
    ];
    MARKERS.iter().find_map(|marker| {
        let (before, rest) = text.rsplit_once(marker)?;
        let is_other = before.ends_with(['-', '_']) || before.ends_with("inference ");
        let name = rest.trim_start_matches(['"', '\'', '`', '[']);
        let end = name.find(|c: char| !c.is_ascii_alphanumeric() && !"-_.@+/".contains(c)).unwrap_or(name.len());
        let name = name[..end].trim_end_matches(['.', '/']);
        let is_word = [
            "is", "was", "in", "and", "or", "has", "not", "does", "with", "for", "name", "None", "null", "PROFILE",
            "to",
        ];
        (!is_other && !name.is_empty() && !is_word.contains(&name)).then(|| name.to_owned())
    })
}
