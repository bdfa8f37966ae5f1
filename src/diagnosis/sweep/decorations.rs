//! What terminals, logs and chats make of a text that is copied out of them.

use super::forms::quoted;

/// A decoration by its name.
pub(super) type Decoration = (&'static str, fn(&str) -> String);

pub(super) const DECORATIONS: &[Decoration] = &[
    ("none", str::to_owned),
    ("GitHub Actions", |text| {
        each_line(text, |line| format!("2026-11-27T06:37:05.1234567Z {line}")).replacen("Z ", "Z ##[error]", 1)
    }),
    ("docker compose", |text| each_line(text, |line| format!("app-1  | {line}"))),
    ("kubectl logs with time and level", |text| {
        each_line(text, |line| format!("2026-11-27 06:37:05,123 ERROR [main] {line}"))
    }),
    ("quoted", |text| each_line(text, |line| format!("> {line}"))),
    ("indented", |text| each_line(text, |line| format!("        {line}"))),
    ("CRLF", |text| text.replace("\r\n", "\n").replace('\n', "\r\n")),
    ("colours", |text| {
        each_line(text, |line| format!("\u{1b}[1;31m{line}\u{1b}[0m")).replacen(": ", ":\u{1b}[0m \u{1b}[33m", 1)
    }),
    ("OSC 8 hyperlink", |text| match text.find("http") {
        Some(at) => {
            let end =
                text[at..].find(|c: char| c.is_whitespace() || "\"'`)".contains(c)).map_or(text.len(), |end| at + end);
            let url = &text[at..end];
            format!("{}\u{1b}]8;;{url}\u{1b}\\{url}\u{1b}]8;;\u{1b}\\{}", &text[..at], &text[end..])
        }
        None => format!("\u{1b}]8;;https://example.com/error\u{7}{text}\u{1b}]8;;\u{7}"),
    }),
    ("HTML entities", |text| {
        text.replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('>', "&gt;")
            .replace('"', "&quot;")
            .replace('\'', "&#39;")
    }),
    ("wrapped at 60", |text| wrapped(text, 60).join("\n")),
    ("wrapped at 80", |text| wrapped(text, 80).join("\n")),
    ("cut at 80 columns", |text| cut(text, 80).join("\n")),
    ("box", |text| boxed(text, "╭", "│", "╰", true)),
    ("Terraform's box", |text| boxed(text, "╷", "│", "╵", false)),
    ("exception group", |text| {
        let lines = each_line(text, |line| format!("    | {line}"));
        format!(
            "  + Exception Group Traceback (most recent call last):\n  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n  +-+---------------- 1 ----------------\n{lines}\n    +------------------------------------"
        )
    }),
    ("JSON string", quoted),
    ("JSON string in JSON", |text| {
        format!("{{\"log\":{},\"stream\":\"stderr\"}}", quoted(&format!("{{\"text\":{}}}", quoted(text))))
    }),
    ("code fence", |text| format!("I get this error, any ideas?\n\n```text\n{text}\n```\n\nThanks!")),
    ("prompt", |text| format!("me@host:~/app$ python main.py\n{text}\nme@host:~/app$ ")),
    ("second exception", |text| {
        format!(
            "{text}\n\nDuring handling of the above exception, another exception occurred:\n\nTraceback (most recent call last):\n  File \"/app/main.py\", line 20, in <module>\n    raise RuntimeError(\"request failed\") from error\nRuntimeError: request failed"
        )
    }),
    ("npm", |text| {
        format!("{}\nnpm ERR! code ELIFECYCLE\nnpm ERR! errno 1", each_line(text, |line| format!("npm ERR! {line}")))
    }),
    ("make", |text| format!("python main.py\n{text}\nmake: *** [Makefile:12: run] Error 1")),
    ("Slack", |text| format!("Jane Doe  10:15 AM\n{text}\n:eyes: 2\nJohn  10:16 AM\nsame here")),
    ("key and value", |text| {
        format!("ts=2026-11-27T06:37:05Z level=error caller=main.go:92 msg=\"call failed\" err={}", quoted(text))
    }),
];

fn each_line(text: &str, line: impl Fn(&str) -> String) -> String {
    text.lines().map(line).collect::<Vec<_>>().join("\n")
}

/// Wraps lines between words.
fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines = Vec::new();
    for line in text.lines() {
        let mut current = String::new();
        for word in line.split(' ') {
            if !current.is_empty() && current.chars().count() + 1 + word.chars().count() > width {
                lines.push(std::mem::take(&mut current));
            }
            if !current.is_empty() {
                current.push(' ');
            }
            current.push_str(word);
        }
        lines.push(current);
    }
    lines
}

/// Cuts lines at a column, inside of words too.
fn cut(text: &str, width: usize) -> Vec<String> {
    let pieces = text.lines().flat_map(|line| {
        let letters: Vec<char> = line.chars().collect();
        let pieces: Vec<String> = letters.chunks(width).map(|chunk| chunk.iter().collect()).collect();
        if pieces.is_empty() { vec![String::new()] } else { pieces }
    });
    pieces.collect()
}

fn boxed(text: &str, top: &str, side: &str, bottom: &str, is_closed: bool) -> String {
    let rows: Vec<String> = wrapped(&text.replace('\t', "    "), 76).iter().flat_map(|line| cut(line, 76)).collect();
    let rows = rows.iter().map(|row| {
        let gap = " ".repeat(76_usize.saturating_sub(row.chars().count()));
        if is_closed { format!("{side} {row}{gap} {side}") } else { format!("{side} {row}") }
    });
    let rows = rows.collect::<Vec<_>>().join("\n");
    if is_closed {
        format!("{top}{}╮\n{rows}\n{bottom}{}╯", "─".repeat(78), "─".repeat(78))
    } else {
        format!("{top}\n{rows}\n{bottom}")
    }
}
