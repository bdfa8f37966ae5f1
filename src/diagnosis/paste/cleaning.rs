//! Removes what terminals, logs and boxes add to a text, and offers further readings of it: unwrapped, joined, unescaped.
//! Knows no form of errors.

use super::line::{begins_error, follows_an_error, is_frame};
use super::literal::unescape;
use crate::diagnosis::rules;
use std::borrow::Cow;
use std::iter;

/// The minimum width of lines that a terminal can have broken in the middle of a word.
const NARROWEST: usize = 40;

/// The number of times that a text may be escaped.
const DEEPEST: usize = 3;

/// The spellings of the escape character in logs and shells.
const ESCAPES: [&str; 7] = ["\\u001b", "\\u001B", "\\x1b", "\\x1B", "\\033", "\\e[", "^[["];

const ENTITIES: [(&str, &str); 9] = [
    ("&quot;", "\""),
    ("&#34;", "\""),
    ("&#39;", "'"),
    ("&#x27;", "'"),
    ("&apos;", "'"),
    ("&rsquo;", "\u{2019}"),
    ("&lt;", "<"),
    ("&gt;", ">"),
    ("&amp;", "&"),
];

/// Returns the text without escape sequences, invisible characters, entities, boxes, and the prefixes of log lines.
pub(super) fn cleaned(text: &str) -> String {
    let plain = with_log_lines_apart(&without_escape_sequences(text));
    let mut lines: Vec<&str> = plain.lines().map(str::trim_end).collect();
    // A log can hold the output of a tool that had a prefix of its own.
    for _ in 0..3 {
        let before: usize = lines.iter().map(|line| line.len()).sum();
        strip_from_all(&mut lines, after_container);
        strip_from_all(&mut lines, after_timestamp);
        strip_from_all(&mut lines, |line| line.strip_prefix('>').map(|rest| rest.strip_prefix(' ').unwrap_or(rest)));
        if before == lines.iter().map(|line| line.len()).sum::<usize>() {
            break;
        }
    }
    if plain.contains("Exception Group Traceback") {
        for line in &mut lines {
            *line = in_exception_group(line);
        }
    }
    without_boxes(&lines)
}

/// Breaks the line where the next entry of a log follows without a blank: `Access Denied2026-11-01 INFO …`.
fn with_log_lines_apart(text: &str) -> String {
    let mut apart = String::with_capacity(text.len());
    let mut previous = '\n';
    for (at, character) in text.char_indices() {
        let is_end = previous.is_alphabetic() || matches!(previous, '.' | '!' | '?' | ')');
        if is_end && begins_log_entry(&text[at..], previous) {
            apart.push_str("\n\n");
        }
        apart.push(character);
        previous = character;
    }
    apart
}

/// Whether a date with a time or a level begins here, or a level that does not belong to the word before it.
pub(super) fn begins_log_entry(text: &str, previous: char) -> bool {
    const LEVELS: [&str; 9] = ["INFO", "WARNING", "WARN", "ERROR", "DEBUG", "TRACE", "FATAL", "CRITICAL", "NOTICE"];
    let level = |text: &str| LEVELS.iter().find_map(|level| text.strip_prefix(level)).map(str::to_owned);
    if previous.is_lowercase() && text.starts_with(|c: char| c.is_ascii_uppercase()) {
        return level(text).is_some_and(|rest| rest.starts_with([' ', ':', ']', '\t']));
    }
    let text = text.strip_prefix('[').unwrap_or(text);
    if level(text).is_some_and(|rest| rest.starts_with(']')) {
        return previous.is_lowercase();
    }
    let Some(rest) = after_date(text) else { return false };
    let rest = rest.strip_prefix(['T', ' ']).unwrap_or_default();
    let is_time =
        rest.as_bytes().get(..3).is_some_and(|t| t[0].is_ascii_digit() && t[1].is_ascii_digit() && t[2] == b':');
    is_time || level(rest.trim_start_matches('[')).is_some()
}

/// Returns what follows a date such as `2026-11-26` or `2026/11/26`.
fn after_date(text: &str) -> Option<&str> {
    let (date, rest) = text.split_at_checked(10)?;
    let is_date = date.bytes().enumerate().all(|(at, byte)| match at {
        4 | 7 => matches!(byte, b'-' | b'/'),
        _ => byte.is_ascii_digit(),
    });
    is_date.then_some(rest)
}

/// Returns the line without what Python draws before the lines of an exception group: `    | …`, `  +-+--- 1 ---`.
fn in_exception_group(line: &str) -> &str {
    let inner = line.trim_start();
    let is_rule = inner.starts_with("+-") && inner.ends_with("---");
    if is_rule { "" } else { inner.strip_prefix("| ").unwrap_or(line) }
}

/// Returns the text with the line breaks removed that a terminal put into the middle of words, if it has any.
pub(super) fn unwrapped(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let mut joined = String::with_capacity(text.len());
    let mut has_joined = false;
    for block in lines.split_inclusive(|line| line.trim().is_empty()) {
        let written = block.iter().filter(|line| !line.trim().is_empty()).count();
        let width = block.iter().map(|line| line.chars().count()).max().unwrap_or_default();
        let is_full = |line: &str| line.chars().count() == width;
        let full = block.iter().filter(|line| is_full(line)).count();
        // In a text of two or three lines, one that is full can be so by chance.
        let (is_wrapped, is_sure) = (full > 1 || written <= 3, full > 1 && full * 2 + 1 >= written);
        for (at, line) in block.iter().enumerate() {
            joined.push_str(line);
            let next = block.get(at + 1).filter(|next| continues(line, next) && (is_sure || is_in_a_word(line, next)));
            if width >= NARROWEST && is_wrapped && is_full(line) && next.is_some() {
                has_joined = true;
            } else {
                joined.push('\n');
            }
        }
    }
    has_joined.then_some(joined)
}

/// Whether the next line can be the rest of the last word of this one.
fn continues(line: &str, next: &str) -> bool {
    let begins_sentence = next.starts_with(char::is_uppercase);
    let ends_sentence = line.ends_with(['.', '!', '?', ';', ',']);
    let begins_word =
        next.starts_with(|first: char| first.is_alphanumeric() || "-_./:,;*'\"`)}] \u{2019}".contains(first));
    let is_apart = follows_an_error(next) || begins_error(next) || (ends_sentence && begins_sentence);
    begins_word && !is_apart
}

/// Returns the text as if every line of the greatest width had been cut by a terminal, if there is one.
pub(super) fn uncut(text: &str) -> Option<String> {
    let lines: Vec<&str> = text.lines().collect();
    let width = lines.iter().map(|line| line.chars().count()).max().filter(|width| *width >= NARROWEST)?;
    let mut joined = String::with_capacity(text.len());
    for (at, line) in lines.iter().enumerate() {
        joined.push_str(line);
        match width - line.chars().count() {
            _ if at + 1 == lines.len() => {}
            0 if begins_error(lines[at + 1]) => joined.push('\n'),
            0 => {}
            // The last character was a blank, which is no longer there.
            1 => joined.push(' '),
            _ => joined.push('\n'),
        }
    }
    (lines.len() > 1).then_some(joined)
}

/// Whether a line break looks as if it were inside of a word: the word before it or after it is none by itself.
fn is_in_a_word(line: &str, next: &str) -> bool {
    const WORDS: &str = "a an and any are be because by for from has have identifier in inference invalid is it model no \
                         not of on or please policy profile provided request resource service supported that the this to \
                         too with you your";
    let before = line.split_whitespace().last().unwrap_or_default();
    let after = next.split_whitespace().next().unwrap_or_default();
    let is_word = |word: &str| {
        let word = word.trim_matches(['.', ',', ':', ';', '"', '\'']).to_ascii_lowercase();
        WORDS.split(' ').any(|known| known == word) || rules::is_known_word(&word)
    };
    !is_word(before) && !is_word(after) && !line.ends_with(' ')
}

/// Returns the text with one line for each paragraph, without stack frames.
pub(super) fn joined(text: &str) -> String {
    let mut paragraphs: Vec<String> = vec![String::new()];
    for line in text.lines().map(str::trim) {
        let ends = line.is_empty() || is_frame(line);
        match paragraphs.last_mut() {
            Some(last) if !ends && last.is_empty() => last.push_str(line),
            Some(last) if !ends => {
                last.push(' ');
                last.push_str(line);
            }
            _ => paragraphs.push(String::new()),
        }
    }
    paragraphs.retain(|paragraph| !paragraph.is_empty());
    paragraphs.join("\n")
}

/// Returns the text as it was before it was put into a string once, twice and three times, as far as it was.
pub(super) fn unescaped(text: &str) -> Vec<String> {
    let is_escaped = |text: &str| ["\\\"", "\\n", "\\u", "\\x", "\\'"].iter().any(|escape| text.contains(escape));
    let next = |text: &str| is_escaped(text).then(|| unescaped_once(text));
    iter::successors(next(text), |last| next(last)).take(DEEPEST).collect()
}

fn without_escape_sequences(text: &str) -> String {
    let mut text = Cow::Borrowed(text);
    for escape in ESCAPES {
        if text.contains(escape) {
            let kept = if escape.ends_with('[') { "\u{1b}[" } else { "\u{1b}" };
            text = text.replace(escape, kept).into();
        }
    }
    let mut plain = String::with_capacity(text.len());
    let mut rest = text.as_ref();
    while let Some(at) = rest.find('\u{1b}') {
        plain.push_str(&rest[..at]);
        rest = after_escape_sequence(&rest[at + 1..]);
    }
    plain.push_str(rest);
    plain.retain(|character| {
        !matches!(character, '\u{200b}'..='\u{200f}' | '\u{2060}' | '\u{feff}' | '\u{ad}' | '\u{7}')
    });
    let mut plain = plain.replace("\r\n", "\n").replace('\r', "\n").replace(['\u{a0}', '\u{202f}'], " ");
    for (entity, character) in ENTITIES {
        if plain.contains(entity) {
            plain = plain.replace(entity, character);
        }
    }
    plain
}

/// Returns what follows an escape sequence; `text` begins after its escape character.
fn after_escape_sequence(text: &str) -> &str {
    if let Some(sequence) = text.strip_prefix('[') {
        return match sequence.find(|character: char| matches!(character, '\u{40}'..='\u{7e}' | '\n')) {
            Some(end) => sequence[end..].strip_prefix(|character| character != '\n').unwrap_or(&sequence[end..]),
            None => "",
        };
    }
    if let Some(command) = text.strip_prefix(']') {
        // A hyperlink or a title ends with BEL or with ESC and a backslash.
        let line = command.find('\n').unwrap_or(command.len());
        return match command[..line].find(['\u{7}', '\u{1b}']) {
            Some(end) => command[end..].trim_start_matches(['\u{7}', '\u{1b}']).trim_start_matches('\\'),
            None => command,
        };
    }
    text.strip_prefix(['(', ')', '=', '>', '7', '8', 'M', '\\']).unwrap_or(text)
}

/// Strips a prefix from every line that has it, if most lines do.
fn strip_from_all<'t>(lines: &mut [&'t str], strip: impl Fn(&'t str) -> Option<&'t str>) {
    let written = lines.iter().filter(|line| !line.trim().is_empty()).count();
    let stripped = lines.iter().filter(|line| strip(line).is_some()).count();
    if stripped > 0 && stripped * 2 >= written {
        for line in lines {
            *line = strip(line).unwrap_or(line);
        }
    }
}

/// Returns what follows the name of a container: `app-1  | …`.
fn after_container(line: &str) -> Option<&str> {
    let (name, rest) = line.split_once('|')?;
    let is_name = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_.".contains(c));
    (name.ends_with(' ') && is_name(name.trim())).then(|| rest.strip_prefix(' ').unwrap_or(rest))
}

/// Returns what follows a time: `2026-11-26T10:33:59.626Z …`, with the name of a job and a step before it or without.
fn after_timestamp(line: &str) -> Option<&str> {
    let start = line.rsplit_once('\t').filter(|_| line.matches('\t').count() == 2).map_or(line, |(_, rest)| rest);
    let start = start.strip_prefix('[').unwrap_or(start);
    let rest = after_date(start)?.strip_prefix(['T', ' '])?;
    let end = rest.find(|character: char| !character.is_ascii_digit() && !":.,+-Z".contains(character));
    let (time, rest) = rest.split_at(end.unwrap_or(rest.len()));
    time.contains(':').then(|| rest.trim_start_matches(']').strip_prefix(' ').unwrap_or(rest))
}

/// Returns the lines without the borders of boxes. A box is a paragraph of its own.
fn without_boxes(lines: &[&str]) -> String {
    let ascii_rows = lines.iter().filter(|line| ascii_row(line).is_some()).count();
    let row_in = |line: &str| {
        let trimmed = line.trim();
        let is_row = trimmed.starts_with(is_border) || trimmed.ends_with(is_border);
        match ascii_row(line) {
            _ if is_row => Some(trimmed.trim_matches(is_border).trim_end().to_owned()),
            Some(row) if ascii_rows > 1 => Some(row.trim_end().to_owned()),
            _ => None,
        }
    };
    let rows: Vec<(&str, Option<String>)> = lines.iter().map(|line| (*line, row_in(line))).collect();
    let mut text = String::new();
    for block in rows.chunk_by(|(_, one), (_, other)| one.is_some() == other.is_some()) {
        let indent = |row: &str| row.len() - row.trim_start_matches(' ').len();
        let written = block.iter().filter_map(|(_, row)| row.as_deref()).filter(|row| !row.is_empty());
        let padding = written.map(indent).min().unwrap_or_default();
        for (line, row) in block {
            text.push_str(row.as_deref().map_or(line, |row| row.get(padding..).unwrap_or_default()));
            text.push('\n');
        }
        if block.len() < rows.len() {
            text.push('\n');
        }
    }
    text
}

/// Whether the character is drawn as a frame of text: lines, corners, blocks.
const fn is_border(character: char) -> bool {
    matches!(character, '\u{2500}'..='\u{259f}')
}

/// Returns the text in a row of a box that is drawn with ASCII: `| text |` or `+------+`.
fn ascii_row(line: &str) -> Option<&str> {
    let line = line.trim();
    let is_rule = line.len() > 4 && line.chars().all(|character| "+-=| ".contains(character));
    let inner = line.strip_prefix('|').and_then(|rest| rest.strip_suffix('|'));
    if is_rule { Some("") } else { inner }
}

fn unescaped_once(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once('\\') {
        plain.push_str(before);
        let (character, after) = unescape(after).unwrap_or_else(|| ("\\".to_owned(), after));
        plain.push_str(&character);
        rest = after;
    }
    plain + rest
}
