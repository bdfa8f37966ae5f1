//! Normalises the messages of AWS and searches them for patterns. What a message means is up to `rules`.

/// The words that Bedrock puts before the message of the model's own server.
const WRAPPER: &str = "the model returned the following errors:";

/// Returns the message with plain apostrophes, single spaces, and without [`WRAPPER`].
pub(super) fn normalised(message: &str) -> String {
    let plain = message.replace(['\u{2018}', '\u{2019}', '\u{02bc}'], "'");
    let single = plain.split_whitespace().collect::<Vec<_>>().join(" ");
    match single.to_ascii_lowercase().find(WRAPPER) {
        Some(start) => {
            let (before, after) = (&single[..start], &single[start + WRAPPER.len()..]);
            format!("{before}{}", after.trim_start())
        }
        None => single,
    }
}

/// The values that the placeholders of a pattern captured, by name.
pub(super) type Captures<'t> = Vec<(&'static str, &'t str)>;

/// Finds a pattern anywhere in a normalised text, ignoring ASCII case.
///
/// - `{name}` matches as little text as possible, or one word at the end of a pattern.
/// - `{name=one|two}` matches one of these words.
/// - `^` at the start and `$` at the end anchor the pattern; a closing full stop of the text is ignored.
pub(super) fn find<'t>(pattern: &'static str, text: &'t str) -> Option<Captures<'t>> {
    find_in(pattern, &Searchable::new(text))
}

/// A text that is prepared for the search of many patterns.
pub(super) struct Searchable<'t> {
    text: &'t str,
    lower: String,
    /// A bit for every three bytes that follow each other in the text: most patterns are ruled out by their first ones.
    triples: [u64; 64],
}

impl<'t> Searchable<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        let mut triples = [0; 64];
        for triple in text.as_bytes().windows(3) {
            let (word, bit) = place(triple);
            triples[word] |= bit;
        }
        Self { text, lower: text.to_ascii_lowercase(), triples }
    }

    /// Whether the text may contain this literal: if not, it surely does not.
    fn may_contain(&self, literal: &str) -> bool {
        literal.as_bytes().windows(3).map(place).all(|(word, bit)| self.triples[word] & bit != 0)
    }
}

/// Returns the index and the bit that stand for three bytes in any case.
fn place(triple: &[u8]) -> (usize, u64) {
    let number = triple.iter().fold(0, |number, byte| (number * 31 + usize::from(byte.to_ascii_lowercase())) % 4096);
    (number / 64, 1 << (number % 64))
}

/// Finds a pattern like [`find`].
pub(super) fn find_in<'t>(pattern: &'static str, searchable: &Searchable<'t>) -> Option<Captures<'t>> {
    let (text, lower) = (searchable.text, searchable.lower.as_str());
    let (pattern, at_start) = pattern.strip_prefix('^').map_or((pattern, false), |rest| (rest, true));
    let (pattern, at_end) = pattern.strip_suffix('$').map_or((pattern, false), |rest| (rest, true));
    let mut captures = Vec::new();
    let mut pieces = pattern.split('{');
    let first = pieces.next().filter(|first| searchable.may_contain(first))?.to_ascii_lowercase();
    // The offsets in the text and in its copy in lower case are the same.
    let start = if at_start { lower.starts_with(&first).then_some(0)? } else { lower.find(&first)? };
    let mut end = start + first.len();
    let mut literal = first;
    for piece in pieces {
        let (name, next) = piece.split_once('}')?;
        let (name, words) = name.split_once('=').map_or((name, None), |(name, words)| (name, Some(words)));
        if next.is_empty() {
            let word = text[end..].split_whitespace().next()?.trim_matches(is_punctuation);
            captures.push((name, word));
            return (!at_end && !word.is_empty()).then_some(captures);
        }
        let next = next.to_ascii_lowercase();
        let stop = end + lower[end..].find(&next)?;
        let repeated = Some(&literal).filter(|literal| !literal.is_empty());
        let last = repeated.and_then(|literal| lower[end..stop].rfind(literal));
        let begin = last.map_or(end, |found| end + found + literal.len());
        let value = text[begin..stop].trim();
        if words.is_some_and(|words| !words.split('|').any(|word| word == value)) {
            return None;
        }
        captures.push((name, value));
        end = stop + next.len();
        literal = next;
    }
    (!at_end || text[end..].trim_matches(['.', ' ']).is_empty()).then_some(captures)
}

fn is_punctuation(character: char) -> bool {
    matches!(character, '.' | ',' | ';' | ':' | '`' | '\'' | '"' | '(' | ')' | '}' | ']')
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn typographic_apostrophes_blanks_and_the_wrapper_are_levelled() {
        let text = "The model returned the  following errors:\n  it isn\u{2019}t\tso";
        assert_eq!(normalised(text), "it isn't so");
        assert_eq!(normalised("ERROR: THE MODEL RETURNED THE FOLLOWING ERRORS: x"), "ERROR: x");
    }

    #[test]
    fn a_pattern_captures_as_little_as_possible_and_one_word_at_the_end() {
        assert_eq!(find("`{field}` is deprecated", "`a` and `top_p` is deprecated"), Some(vec![("field", "top_p")]));
        assert_eq!(find("limit of {limit}", "The limit of 4096. Try"), Some(vec![("limit", "4096")]));
        assert_eq!(find("limit of {limit}", "the limit of "), None);
    }

    #[test]
    fn a_tied_pattern_is_the_whole_text() {
        assert!(find("^Operation not allowed$", "operation not allowed.").is_some());
        assert!(find("^Operation not allowed$", "Operation not allowed for X").is_none());
        assert!(find("^Operation not allowed$", "This operation not allowed").is_none());
    }

    proptest! {
        #[test]
        fn no_text_makes_matching_panic(text in ".*") {
            let text = normalised(&text);
            find("`{a}` and `{b}` or {c}", &text);
            find("é{a}é", &text);
        }
    }
}
