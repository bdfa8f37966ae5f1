//! Model families: matches short names, finds the newest model of a family, and finds the ID that a wrong one
//! resembles.

/// The maximum edit distance between a name and a similar one.
const NEAR: usize = 2;

/// Returns a foundation model ID without its date and version, such as `anthropic.claude-3-5-sonnet`.
pub fn family_key(id: &str) -> String {
    let mut segments: Vec<&str> = id.split('-').collect();
    // The publisher and at least one segment after it are always kept: `deepseek.v3-v1:0` is `deepseek.v3`.
    if segments.len() > 1 && segments.last().is_some_and(|last| is_version(last)) {
        segments.pop();
    }
    let mut kept: Vec<&str> = Vec::with_capacity(segments.len());
    let mut index = 0;
    while index < segments.len() {
        match segments[index..] {
            [year, month, day, ..] if is_number(year, 4) && is_number(month, 2) && is_number(day, 2) => index += 3,
            [date, ..] if is_number(date, 8) => index += 1,
            _ => {
                kept.push(segments[index]);
                index += 1;
            }
        }
    }
    kept.join("-")
}

/// Whether a segment is a version: `v1:0`, `v2`, `1:0`.
fn is_version(segment: &str) -> bool {
    let (version, has_letter) = segment.strip_prefix('v').map_or((segment, false), |rest| (rest, true));
    let is_digits = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit());
    match version.split_once(':') {
        Some((major, minor)) => is_digits(major) && is_digits(minor),
        None => has_letter && is_digits(version),
    }
}

fn is_number(segment: &str, digits: usize) -> bool {
    segment.len() == digits && segment.bytes().all(|byte| byte.is_ascii_digit())
}

/// Returns the numbers in an ID, in order, and its dates. The newest model of a family has the greatest key.
pub fn version_key(id: &str) -> (Vec<u32>, Vec<u32>) {
    numbers(id).into_iter().partition(|number| *number < 10_000_000)
}

fn numbers(text: &str) -> Vec<u32> {
    text.split(|letter: char| !letter.is_ascii_digit()).filter_map(|digits| digits.parse().ok()).collect()
}

/// Returns the words of a name: letters with the digits attached to them (`70b`), without separate numbers.
fn words(name: &str) -> Vec<&str> {
    name.split(['-', '.', ':', '_'])
        .map(|segment| {
            // `llama3` is the word `llama` and the number 3; `70b` is a size, and `7b` another.
            if segment.starts_with(|letter: char| letter.is_ascii_digit()) {
                segment
            } else {
                segment.trim_end_matches(|letter: char| letter.is_ascii_digit())
            }
        })
        .filter(|word| !word.is_empty() && !word.bytes().all(|byte| byte.is_ascii_digit()))
        .collect()
}

/// The result of matching a short name.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum NameMatch<'a> {
    /// The newest model of the only family that matches.
    One(&'a str),
    /// The newest model of each family that matches.
    Several(Vec<&'a str>),
    /// No family matches.
    None,
}

/// Returns the newest model that has exactly this name, apart from publisher, date and version.
pub fn exact_name<'a>(short: &str, ids: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let is_named = |id: &&str| family_key(id).split_once('.').is_some_and(|(_, name)| name == short);
    ids.filter(is_named).max_by_key(|id| version_key(id))
}

/// Finds the newest model of the family that a short name stands for.
pub fn match_name<'a>(short: &str, ids: impl Iterator<Item = &'a str>) -> NameMatch<'a> {
    let mut families: Vec<(Vec<&str>, &str)> = Vec::new();
    for id in ids.filter(|id| fits(short, id)) {
        let mut family = words(id.split_once('.').map_or(id, |(_, name)| name));
        family.retain(|word| *word != "v");
        family.sort_unstable();
        match families.iter_mut().find(|(known, _)| *known == family) {
            Some((_, best)) if version_key(best) < version_key(id) => *best = id,
            Some(_) => {}
            None => families.push((family, id)),
        }
    }
    match &families[..] {
        [] => NameMatch::None,
        [(_, only)] => NameMatch::One(only),
        _ => NameMatch::Several(families.into_iter().map(|(_, newest)| newest).collect()),
    }
}

/// Whether every word of the short name is a word of the ID, and its numbers are the first numbers of the ID.
fn fits(short: &str, id: &str) -> bool {
    let (wanted, has) = (words(short), words(id));
    let in_order = |short: &[u32], long: &[u32]| short.is_empty() || long.starts_with(short);
    !wanted.is_empty()
        && wanted.iter().all(|word| has.contains(word))
        && in_order(&loose_numbers(short), &loose_numbers(id))
}

/// Returns the numbers that are not part of a size such as `70b`.
fn loose_numbers(name: &str) -> Vec<u32> {
    let segments = name.split(['-', '.', ':', '_']);
    let loose = segments.filter(|segment| {
        let digits = segment.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
        !digits.is_empty() && digits.bytes().all(|byte| byte.is_ascii_digit())
    });
    loose.flat_map(numbers).collect()
}

/// Returns the known ID that `wrong` resembles: equal apart from date and version, or at most two edits away. An ID
/// with other numbers is another model.
pub fn closest_match<'a>(wrong: &str, known: impl Iterator<Item = &'a str>) -> Option<&'a str> {
    let wrong_stem = family_key(&wrong.to_ascii_lowercase());
    let wrong_numbers = numbers(&wrong_stem);
    let has_publisher = wrong.contains('.');
    let version = wrong.rsplit('-').next().filter(|last| is_version(last));
    known
        .filter_map(|id| {
            let full = family_key(id);
            let compared =
                if has_publisher { &full[..] } else { full.split_once('.').map_or(&full[..], |(_, name)| name) };
            // `sonnet-4-6:0` has a superfluous version: it resembles `sonnet-4-6`, not `sonnet-4` with the version
            // `6:0`.
            if wrong.strip_prefix(id).is_some_and(|rest| rest.starts_with(':')) {
                return Some((0, id));
            }
            // The cheap comparisons come first: most names differ in length or in their numbers.
            if compared.len().abs_diff(wrong_stem.len()) > NEAR || numbers(compared) != wrong_numbers {
                return None;
            }
            let distance = strsim::osa_distance(&wrong_stem, compared);
            (distance <= NEAR && distance * 3 <= compared.len()).then_some((1 + distance, id))
        })
        .min_by_key(|(distance, id)| {
            let same_version = version.is_some_and(|version| id.ends_with(version));
            (*distance, !same_version, std::cmp::Reverse(version_key(id)))
        })
        .map(|(_, id)| id)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::model::catalog::tests::catalog;

    fn short(name: &str) -> NameMatch<'static> {
        let ids = || catalog().foundation_models().filter(|model| !model.is_mantle_only()).map(|model| model.id);
        exact_name(name, ids()).map_or_else(|| match_name(name, ids()), NameMatch::One)
    }

    fn nearest(wrong: &str) -> Option<&'static str> {
        closest_match(wrong, catalog().foundation_models().map(|model| model.id))
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
        ] {
            assert_eq!(family_key(id), expected);
        }
    }

    #[test]
    fn a_short_name_means_the_newest_of_its_one_family() {
        assert_eq!(short("haiku"), NameMatch::One("anthropic.claude-haiku-5-5"));
        assert_eq!(short("claude-sonnet"), NameMatch::One("anthropic.claude-sonnet-5-5"));
        assert_eq!(short("claude-haiku-4-5"), NameMatch::One("anthropic.claude-haiku-4-5-20251001-v1:0"));
        assert_eq!(short("claude-sonnet-4"), NameMatch::One("anthropic.claude-sonnet-4-20250514-v1:0"));
        assert_eq!(short("claude-3-5-sonnet"), NameMatch::One("anthropic.claude-3-5-sonnet-20241022-v2:0"));
        assert_eq!(short("nova-pro"), NameMatch::One("amazon.nova-pro-v1:0"));
        assert_eq!(short("nova-2-lite"), NameMatch::One("amazon.nova-2-lite-v1:0"));
        assert_eq!(short("gpt-oss-120b"), NameMatch::One("openai.gpt-oss-120b-1:0"));
    }

    #[test]
    fn a_word_of_two_families_names_none_of_them() {
        for word in ["nova", "gpt", "claude", "llama"] {
            assert!(matches!(short(word), NameMatch::Several(found) if found.len() > 1), "{word}");
        }
        assert_eq!(short("claude-opus-4-9"), NameMatch::None);
        assert_eq!(short("parrot"), NameMatch::None);
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
