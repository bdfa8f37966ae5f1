//! What is done to a text before it is printed: one line of it, no control characters, wrapped at words.

use std::borrow::Cow;
use std::iter;

use unicode_width::UnicodeWidthStr;

/// Returns a text on one line, without what a CI system takes for a command anywhere in a line: no text from elsewhere
/// can begin a line that looks like one of this program's, or is a command to GitHub Actions or Azure Pipelines.
pub fn one_line(text: &str) -> Cow<'_, str> {
    const BREAKS: [char; 7] = ['\n', '\r', '\u{b}', '\u{c}', '\u{85}', '\u{2028}', '\u{2029}'];
    let is_command = |text: &str| text.contains("##[") || text.contains("##vso[");
    if !text.contains(BREAKS) && !is_command(text) {
        return Cow::Borrowed(text);
    }
    let parts: Vec<_> = text.split(BREAKS).map(str::trim).filter(|part| !part.is_empty()).collect();
    Cow::Owned(parts.join(" ").replace("##[", "# #[").replace("##vso[", "# #vso["))
}

/// The least room for words: a text is not wrapped in less.
const NARROWEST: usize = 20;

/// Returns the text with line breaks between words where a line would be wider than `width` columns. `indent` is the
/// width of what stands before the text, by which its further lines are indented. A literal in backticks is not broken.
pub fn wrapped(text: &str, indent: usize, width: usize) -> Cow<'_, str> {
    wrapped_from(indent, text, indent, width)
}

/// Like [`wrapped`], with nothing before the text.
pub fn wrapped_hanging(text: &str, indent: usize, width: usize) -> Cow<'_, str> {
    wrapped_from(0, text, indent, width)
}

fn wrapped_from(start: usize, text: &str, indent: usize, width: usize) -> Cow<'_, str> {
    if width < indent + NARROWEST || start + text.width() <= width {
        return Cow::Borrowed(text);
    }
    let mut shown = String::with_capacity(text.len() + 64);
    let mut used = start;
    let mut has_word = false;
    for word in words(text) {
        let needed = word.width();
        if has_word && used + 1 + needed > width {
            shown.truncate(shown.trim_end_matches(' ').len());
            shown.push('\n');
            shown.extend(iter::repeat_n(' ', indent));
            (used, has_word) = (indent, false);
        } else if has_word || (word.is_empty() && shown.trim().is_empty()) {
            shown.push(' ');
            used += 1;
        }
        has_word |= !word.is_empty();
        shown.push_str(word);
        used += needed;
    }
    shown.truncate(shown.trim_end_matches(' ').len());
    Cow::Owned(shown)
}

/// Returns the words of a text: what stands between blanks, but for those in backticks.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let mut rest = Some(text);
    iter::from_fn(move || {
        let text = rest?;
        let mut is_open = false;
        let end = text.char_indices().find(|(at, letter)| {
            is_open = match letter {
                '`' if is_open => false,
                '`' => text[at + 1..].contains('`'),
                _ => is_open,
            };
            *letter == ' ' && !is_open
        });
        let (word, others) = match end {
            Some((at, _)) => (&text[..at], Some(&text[at + 1..])),
            None => (text, None),
        };
        rest = others;
        Some(word)
    })
}

/// Makes each control character visible: C0 but tab and newline, DEL, C1, and the overrides of writing direction.
/// It looks at one character at a time, so that no split of a stream can hide one.
pub fn visible(text: &str) -> Cow<'_, str> {
    if text.chars().all(|letter| visible_char(letter) == letter) {
        return Cow::Borrowed(text);
    }
    Cow::Owned(text.chars().map(visible_char).collect())
}

fn visible_char(letter: char) -> char {
    match letter {
        '\t' | '\n' => letter,
        '\u{0}'..='\u{1f}' => char::from_u32(0x2400 + letter as u32).unwrap_or('\u{fffd}'),
        '\u{7f}' => '\u{2421}',
        '\u{80}'..='\u{9f}'
        | '\u{200e}'
        | '\u{200f}'
        | '\u{061c}'
        | '\u{202a}'..='\u{202e}'
        | '\u{2066}'..='\u{2069}' => '\u{fffd}',
        _ => letter,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn control_characters_become_visible_and_nothing_else_changes() {
        assert_eq!(visible("\u{1b}[31mred\u{7}\r\n\tend"), "␛[31mred␇␍\n\tend");
        assert_eq!(visible("a\u{9b}b\u{202e}c\u{7f}"), "a\u{fffd}b\u{fffd}c␡");
        assert!(matches!(visible("grüße, 世界 👋\n"), Cow::Borrowed(_)));
    }

    #[test]
    fn a_text_of_several_lines_becomes_one_that_is_no_command() {
        assert_eq!(one_line("a\n\nhint: b\r\n::error::c\u{2028}d"), "a hint: b ::error::c d");
        assert_eq!(one_line("x ##[error]y ##vso[task]z"), "x # #[error]y # #vso[task]z");
        assert!(matches!(one_line("a  b\t#c"), Cow::Borrowed(_)));
    }

    #[test]
    fn words_are_wrapped_and_literals_are_not() {
        let text = "the model `a b c d e f g h i j k l m n o p` cannot be called from eu-central-1";
        let lines = ["the model", "`a b c d e f g h i j k l m n o p`", "cannot be called from", "eu-central-1"];
        let lines = lines.join("\n       ");
        for (width, expected) in [(200, text), (40, &lines), (30, &lines), (20, text)] {
            assert_eq!(wrapped(text, 7, width), expected, "{width}");
        }
        assert_eq!(wrapped("one  two\u{a0}three four five six", 0, 20), "one  two\u{a0}three four\nfive six");
        assert_eq!(wrapped_hanging("  one two three four five six", 4, 24), "  one two three four\n    five six");
        assert_eq!(wrapped("an open ` quote is no literal at all", 0, 20), "an open ` quote is\nno literal at all");
        assert_eq!(wrapped("日本語日本語 日本語日本語", 0, 24), "日本語日本語\n日本語日本語");
    }

    proptest::proptest! {
        #[test]
        fn wrapping_changes_nothing_but_blanks(text in "[a-z` ]{0,80}", width in 20_usize..60) {
            let shown = wrapped(&text, 7, width);
            let plain = |text: &str| text.split_whitespace().collect::<Vec<_>>().join(" ");
            proptest::prop_assert_eq!(plain(&shown), plain(&text));
            for line in shown.lines().skip(1) {
                proptest::prop_assert!(line.starts_with("       ") && !line.ends_with(' '));
            }
        }
    }
}
