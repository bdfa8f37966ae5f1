//! Chooses the line that is shown of a text in no known form, and trims what encloses a message.

use crate::diagnosis::rules;
use crate::model::id::is_number;

/// The beginnings of lines that tell nothing about the error before them.
const NOISE: [&str; 36] = [
    "note: run with",
    "stack backtrace",
    "RUST_BACKTRACE",
    "For more information",
    "For troubleshooting",
    "Received Model Group",
    "Available Model Group",
    "LiteLLM Retried",
    "Give Feedback",
    "LiteLLM.Info",
    "npm ERR!",
    "npm error",
    "make: ***",
    "make[",
    "During handling of the above",
    "The above exception was",
    "Traceback (most recent",
    "Process completed with exit",
    "Error: Process completed with exit",
    "Claude Code process exited",
    "Error: Claude Code process exited",
    "error Command failed",
    "error: Recipe",
    "Command exited with",
    "Command failed with exit",
    "exit status",
    "exit code",
    "ELIFECYCLE",
    "Node.js v",
    "hint: ",
    "$metadata",
    "$fault",
    "$response",
    "request ID:",
    "retry-after:",
    "Retry-After:",
];

/// The words that the line of an error is likely to have, in lower case.
const TELLING: [&str; 24] = [
    "error",
    "exception",
    "fail",
    "denied",
    "invalid",
    "not ",
    "n't",
    "n\u{2019}t",
    "cannot",
    "unable",
    "unknown",
    "expired",
    "refused",
    "timed out",
    "timeout",
    "missing",
    "exceed",
    "limit",
    "too ",
    "unsupported",
    "forbidden",
    "unauthorized",
    "canceled",
    "panicked",
];

/// Returns the last line that a rule knows, or else the last one that is likely to tell what failed.
pub(super) fn most_telling(text: &str) -> String {
    let whole = one_line(text);
    let lines: Vec<&str> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    if let Some(at) = lines.iter().rposition(|line| rules::is_known_text(line)) {
        return trimmed(&with_neighbour(&lines, at));
    }
    // A message that a terminal has wrapped is known only as a whole.
    if rules::is_known_text(&whole) {
        return trimmed(&whole);
    }
    let tells = |line: &&&str| {
        let line = line.to_lowercase();
        TELLING.iter().any(|word| line.contains(word))
    };
    let speaking = || lines.iter().rev().filter(|line| !is_noise(line));
    let line = speaking().find(tells).or_else(|| speaking().next()).or(lines.last());
    let shown = line.map(|line| trimmed(line)).filter(|line| !line.is_empty());
    shown.unwrap_or(whole)
}

/// Returns the line, together with the one before or after it if only both together are what another rule knows.
fn with_neighbour(lines: &[&str], at: usize) -> String {
    let alone = rules::rank(lines[at]);
    for first in [at.checked_sub(1), Some(at)].into_iter().flatten() {
        let Some([one, other]) = lines.get(first..first + 2) else { continue };
        let both = format!("{one} {other}");
        let rank = rules::rank(&both);
        if rank < alone && [one, other].iter().all(|line| rules::rank(line) != rank) {
            return both;
        }
    }
    lines[at].to_owned()
}

fn is_noise(line: &str) -> bool {
    let has_words = line.chars().filter(|character| character.is_alphabetic()).count() > 2;
    !has_words || follows_an_error(line)
}

/// Whether the line is one that tools print after an error, which tells nothing about it: a stack frame, an exit status.
pub(super) fn follows_an_error(line: &str) -> bool {
    let line = line.trim().trim_start_matches("##[error]");
    let is_variable = line.split_once('=').is_some_and(|(name, _)| {
        !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-'))
    });
    let plain = line.trim_start_matches(|character: char| !character.is_alphanumeric() && character != '$');
    let is_prompt = line.starts_with("$ ") || line.starts_with("% ");
    is_variable || is_prompt || is_frame(line) || NOISE.iter().any(|noise| plain.starts_with(noise))
}

/// Whether another error begins with this line: `ValidationException: …`.
pub(super) fn begins_error(line: &str) -> bool {
    let line = line.trim_start();
    let (code, rest) = line.split_at(line.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(line.len()));
    rest.starts_with(": ") && code.ends_with("Exception") && rules::is_known_code(code)
}

/// Whether the line is part of a stack trace.
pub(super) fn is_frame(line: &str) -> bool {
    let line = line.trim_start();
    let is_call = line.starts_with("at ") && !line.starts_with("at '") && (line.contains('(') || line.contains(':'));
    let is_more = line.starts_with("... ") && line.ends_with(" more");
    let is_go = line.starts_with("goroutine ") || (line.starts_with('/') && line.contains(".go:"));
    let is_rust = line.split_once(": ").is_some_and(|(number, path)| is_number(number) && path.contains("::"));
    is_call || is_more || is_go || is_rust || line.starts_with("File \"") || line.starts_with("stack backtrace:")
}

/// Returns the message on one line, without bullets, prefixes and enclosing quotes.
pub(super) fn trimmed(message: &str) -> String {
    const PREFIXES: [&str; 14] = [
        "aws: [ERROR]: ",
        "fatal error: ",
        "error: ",
        "Error: ",
        "ERROR: ",
        "[ERROR] ",
        "[error] ",
        "##[error]",
        "aws: ",
        "cause: ",
        "Caused by: ",
        "caused by: ",
        "Uncaught ",
        "Message: ",
    ];
    const BULLETS: [char; 14] = [
        '>', '-', '*', '\u{2022}', '\u{2192}', '\u{23bf}', '\u{25cf}', '\u{23fa}', '\u{2716}', '\u{2717}', '\u{2718}',
        '\u{274c}', '\u{d7}', '\u{26a0}',
    ];
    let mut line = one_line(message);
    // Node.js breaks a long string into several.
    for joint in ["' + '", "\" + \"", "` + `"] {
        if line.contains(joint) {
            line = line.replace(joint, "");
        }
    }
    let mut rest = line.as_str();
    loop {
        let before = rest.len();
        rest = rest.trim_start_matches(|character: char| {
            BULLETS.contains(&character) || matches!(character, ' ' | '\u{fe0f}')
        });
        rest = PREFIXES.iter().fold(rest, |rest, prefix| rest.strip_prefix(prefix).unwrap_or(rest));
        rest = without_quotes(rest);
        if rest.len() == before {
            return rest.to_owned();
        }
    }
}

/// Returns the text without enclosing quotes, and without a quote or a bracket at its end that nothing opens.
fn without_quotes(text: &str) -> &str {
    for quote in ['"', '\'', '`'] {
        let inner = text.strip_prefix(quote).and_then(|rest| rest.strip_suffix(quote));
        if let Some(inner) = inner.filter(|inner| !inner.contains(quote)) {
            return inner.trim();
        }
    }
    let text = text.trim_end();
    let text = text.strip_suffix("\\n").unwrap_or(text);
    let Some(last) = text.chars().last() else { return text };
    let count = |character: char| text.matches(character).count();
    let is_unbalanced = match last {
        '"' | '`' => count(last) % 2 == 1,
        '\'' => count(last) == 1,
        ')' => count('(') < count(')'),
        ']' => count('[') < count(']'),
        '}' => count('{') < count('}'),
        ',' | '\\' => true,
        _ => false,
    };
    if is_unbalanced { text[..text.len() - last.len_utf8()].trim_end() } else { text }
}

pub(super) fn one_line(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
