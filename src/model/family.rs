//! Model families: which IDs are versions of one model, and the known ID that a wrong one resembles.

use crate::model::id::{has_digits, is_number};
use crate::model::name::{self, KnownName};

/// The maximum edit distance between a name and a similar one.
const NEAR: usize = 2;

/// Returns a foundation model ID without its date and version, such as `anthropic.claude-3-5-sonnet`.
pub fn family_key(id: &str) -> String {
    let mut segments: Vec<&str> = id.split('-').collect();
    // A publisher, and at least one segment after it, always stay: `deepseek.v3-v1:0` is `deepseek.v3`.
    match &segments[..] {
        // `cohere.rerank-v3-5:0` is Rerank 3.5.
        [.., major, last] if is_major(major) && is_version(last) && !last.starts_with('v') => {
            let minor = last.split(':').next().unwrap_or_default();
            segments.pop();
            segments.push(minor);
        }
        [_, .., last] if is_version(last) => {
            segments.pop();
        }
        _ => {}
    }
    let mut kept: Vec<&str> = Vec::with_capacity(segments.len());
    let mut index = 0;
    while index < segments.len() {
        match segments[index..] {
            [year, month, day, ..] if has_digits(year, 4) && has_digits(month, 2) && has_digits(day, 2) => index += 3,
            [date, ..] if has_digits(date, 8) => index += 1,
            _ => {
                kept.push(segments[index]);
                index += 1;
            }
        }
    }
    kept.join("-")
}

/// Whether a segment is a version: `v1:0`, `v2`, `1:0`.
pub(crate) fn is_version(segment: &str) -> bool {
    let (version, has_letter) = segment.strip_prefix('v').map_or((segment, false), |rest| (rest, true));
    match version.split_once(':') {
        Some((major, minor)) => is_number(major) && is_number(minor),
        None => has_letter && is_number(version),
    }
}

/// `v3`, which a minor version may follow.
pub(crate) fn is_major(segment: &str) -> bool {
    segment.strip_prefix('v').is_some_and(is_number)
}

/// Returns the numbers in an ID, in order, and its dates. The newest model of a family has the greatest key.
pub fn version_key(id: &str) -> (Vec<u32>, Vec<u32>) {
    numbers(id).into_iter().partition(|number| *number < 10_000_000)
}

fn numbers(text: &str) -> Vec<u32> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// Returns the known ID that `wrong` resembles: equal apart from date and version, or at most two edits away. An ID
/// with other numbers is another model.
pub fn closest_match<'n, 'a: 'n>(wrong: &str, known: impl Iterator<Item = &'n KnownName<'a>>) -> Option<&'a str> {
    let stem = family_key(&wrong.to_ascii_lowercase());
    let (wrong_stem, wrong_numbers) = (KnownName::new(&stem), numbers(&stem));
    let has_publisher = wrong.contains('.');
    let version = wrong.rsplit('-').next().filter(|last| is_version(last));
    known
        .filter_map(|name| {
            let id = name.id;
            // `sonnet-4-6:0` has a superfluous version: it resembles `sonnet-4-6`, not `sonnet-4` with the version
            // `6:0`.
            if wrong.strip_prefix(id).is_some_and(|rest| rest.starts_with(':')) {
                return Some((0, id));
            }
            if has_same_words(wrong, id) {
                return Some((0, id));
            }
            if has_publisher && name::is_reordered(&wrong_stem, name) {
                return Some((1, id));
            }
            let full = &name.family_key[..];
            let compared = if has_publisher { full } else { full.split_once('.').map_or(full, |(_, name)| name) };
            // The cheap comparisons come first: most names differ in length, in letters or in their numbers.
            if compared.len().abs_diff(stem.len()) > NEAR
                || name::has_other_letters(&stem, compared, NEAR)
                || numbers(compared) != wrong_numbers
            {
                return None;
            }
            let distance = strsim::osa_distance(&stem, compared);
            (distance <= NEAR && distance * 3 <= compared.len()).then_some((1 + distance, id))
        })
        .min_by_key(|(distance, id)| {
            let same_version = version.is_some_and(|version| id.ends_with(version));
            (*distance, !same_version, std::cmp::Reverse(version_key(id)))
        })
        .map(|(_, id)| id)
}

/// Whether two IDs differ only in marks: `…-v1.0` and `…-v1:0`, `llama33` and `llama3-3`.
fn has_same_words(one: &str, other: &str) -> bool {
    fn words(id: &str) -> impl Iterator<Item = u8> {
        id.bytes().filter(u8::is_ascii_alphanumeric).map(|byte| byte.to_ascii_lowercase())
    }
    one.len().abs_diff(other.len()) <= NEAR && words(one).eq(words(other))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::catalog;

    fn nearest(wrong: &str) -> Option<&'static str> {
        let known: Vec<_> = catalog().foundation_models().map(|model| KnownName::new(model.id)).collect();
        closest_match(wrong, known.iter())
    }

    #[test]
    fn a_stem_has_no_date_and_no_version() {
        for (id, expected) in [
            ("anthropic.claude-3-5-sonnet-20241022-v2:0", "anthropic.claude-3-5-sonnet"),
            ("anthropic.claude-opus-4-6-v1", "anthropic.claude-opus-4-6"),
            ("openai.gpt-oss-120b-1:0", "openai.gpt-oss-120b"),
            ("openai.gpt-5.4-2026-03-05", "openai.gpt-5.4"),
            ("deepseek.v3-v1:0", "deepseek.v3"),
            ("deepseek.v3.2", "deepseek.v3.2"),
            ("cohere.embed-english-v3", "cohere.embed-english"),
            ("cohere.rerank-v3-5:0", "cohere.rerank-v3-5"),
        ] {
            assert_eq!(family_key(id), expected);
        }
    }

    #[test]
    fn a_name_that_is_nearly_right_is_recognised() {
        assert_eq!(nearest("anthropic.claude-3-5-sonnet-v2:0"), Some("anthropic.claude-3-5-sonnet-20241022-v2:0"));
        assert_eq!(nearest("anthropic.claude-sonet-4-6"), Some("anthropic.claude-sonnet-4-6"));
        assert_eq!(
            nearest("anthropic.claude-haiku-4.5-20251001-v1:0"),
            Some("anthropic.claude-haiku-4-5-20251001-v1:0")
        );
        assert_eq!(nearest("anthropic.claude-snnt-4-6"), Some("anthropic.claude-sonnet-4-6"), "two letters differ");
        assert_eq!(nearest("anthropic.claude-snt-4-6"), None, "three letters differ");
        assert_eq!(nearest("Anthropic.Claude-Sonnet-4-6"), Some("anthropic.claude-sonnet-4-6"));
        assert_eq!(nearest("claude-hiku-5-5"), Some("anthropic.claude-haiku-5-5"));
        assert_eq!(nearest("anthropic.claude-sonnet-4-6:0"), Some("anthropic.claude-sonnet-4-6"));
        assert_eq!(nearest("anthropic.claude-sonnet-4-6-v1:0"), Some("anthropic.claude-sonnet-4-6"));
        assert_eq!(nearest("anthropic.claude-haiku-4-5-20251001"), Some("anthropic.claude-haiku-4-5-20251001-v1:0"));
    }

    #[test]
    fn another_version_number_is_another_model() {
        for id in
            ["anthropic.claude-opus-4-9", "anthropic.claude-sonnet-6", "openai.gpt-7-sol", "deepseek.v4-v1:0", "x.y"]
        {
            assert_eq!(nearest(id), None, "{id}");
        }
    }
}
