//! The text of a line: emphasis, code, links. What may open one of them is held until it closes or the line ends; nothing
//! else is held.

use std::ops::Range;

use pulldown_cmark::{Event, Options, Parser, Tag};

use super::LONGEST;
use super::style::Style;
use super::writer::{Flow, Writer, is_word_of_its_own};

/// The characters that may open something.
const OPENERS: [char; 7] = ['\\', '`', '*', '_', '~', '[', '<'];

/// How often what is held is parsed before it is given up.
const MOST_ATTEMPTS: u32 = 32;

/// The text of the current line.
#[derive(Debug, Default)]
pub struct Inline {
    base: Style,
    is_row: bool,
    /// The text from a character that may open something.
    held: String,
    /// The character before it.
    before: Option<char>,
    attempts: u32,
    /// The length of the run of backticks that was printed without its counterpart; 0 for none. The counterpart opens
    /// nothing.
    open_code: usize,
}

/// What becomes of the held text when a character follows.
enum Verdict {
    /// The held text includes it, and goes on.
    Hold,
    /// The held text ends before it.
    End,
    /// The held text ends with it.
    EndWith,
}

impl Inline {
    /// Starts a line in this style; `is_row` is whether it is a row of a table.
    pub fn start(&mut self, base: Style, is_row: bool) {
        *self = Self { base, is_row, open_code: self.open_code, ..Self::default() };
    }

    /// Starts a block: nothing that its lines open or close is in another one.
    pub fn start_block(&mut self) {
        self.open_code = 0;
    }

    /// Adds a character of the line.
    pub fn push(&mut self, letter: char, writer: &mut Writer) {
        if !self.held.is_empty() {
            match self.verdict(letter) {
                Verdict::Hold => {
                    self.held.push(letter);
                    if self.held.len() > LONGEST {
                        self.end(writer);
                    }
                    return;
                }
                Verdict::EndWith => {
                    self.held.push(letter);
                    self.end(writer);
                    return;
                }
                Verdict::End => self.release(Some(letter), writer),
            }
        }
        if OPENERS.contains(&letter) || letter == '!' {
            self.held.push(letter);
            return;
        }
        let is_edge = self.is_row && letter == '|';
        let style = if is_edge { Style::MARKUP } else { self.base };
        writer.put(letter, style, self.flow(Flow::Words));
        self.before = Some(letter).filter(|_| !is_edge);
    }

    /// Ends the line: what is held has no end.
    pub fn end(&mut self, writer: &mut Writer) {
        if !self.held.is_empty() {
            let open = open_code(&self.held);
            self.open_code = if open == self.open_code { 0 } else { open };
            self.release(None, writer);
        }
    }

    fn flow(&self, flow: Flow) -> Flow {
        if self.is_row { Flow::Verbatim } else { flow }
    }

    fn verdict(&mut self, next: char) -> Verdict {
        let Some(first) = self.held.chars().next() else { return Verdict::End };
        let is_run = self.held.chars().all(|letter| letter == first);
        match first {
            '\\' if next.is_ascii_punctuation() => return Verdict::EndWith,
            // A cell ends there, whatever is open.
            _ if self.is_row && next == '|' && !self.held.ends_with('\\') => return Verdict::End,
            '!' if self.held.len() == 1 && next != '[' => return Verdict::End,
            '\\' => return Verdict::End,
            '<' => return self.verdict_on_angle(next),
            '`' | '*' | '_' | '~' if is_run && next == first => return Verdict::Hold,
            '`' if is_run && self.held.len() == self.open_code => {
                self.open_code = 0;
                return Verdict::End;
            }
            '`' | '*' | '_' | '~' if is_run => {
                return if self.can_open(first, next) { Verdict::Hold } else { Verdict::End };
            }
            _ => {}
        }
        let may_end = match first {
            '[' | '!' => self.held.ends_with(')'),
            _ => self.held.ends_with(first) && next != first,
        };
        let is_no_link =
            matches!(first, '[' | '!') && self.held.ends_with(']') && next != '(' && open_links(&self.held) == 0;
        if is_no_link || (may_end && self.is_whole(next)) { Verdict::End } else { Verdict::Hold }
    }

    /// An address in angle brackets and a tag without attributes have no blanks.
    fn verdict_on_angle(&self, next: char) -> Verdict {
        match next {
            '>' if self.held.len() > 1 => Verdict::EndWith,
            '/' | '!' | '?' => Verdict::Hold,
            _ if self.held.len() == 1 && !next.is_ascii_alphabetic() => Verdict::End,
            _ if next.is_whitespace() || next == '<' => Verdict::End,
            _ => Verdict::Hold,
        }
    }

    /// Whether a run of these characters can open something before `next`.
    fn can_open(&self, letter: char, next: char) -> bool {
        let follows_word = neighbour(self.before).is_alphanumeric();
        match letter {
            '`' => true,
            '~' if self.held.len() != 2 => false,
            '_' if follows_word => false,
            _ => !next.is_whitespace() && (!follows_word || neighbour(Some(next)) != '.'),
        }
    }

    /// Whether one thing opens at the start of what is held and closes at its end, whatever follows behind `next`.
    fn is_whole(&mut self, next: char) -> bool {
        self.attempts += 1;
        if self.attempts > MOST_ATTEMPTS {
            return true;
        }
        // What binds more strongly may still close further on.
        let is_code = self.held.starts_with('`');
        if !is_code && (open_code(&self.held) > 0 || open_links(&self.held) > 0) {
            return false;
        }
        let source = Source::new(&self.held, self.before, Some(next));
        let whole = source.held.clone();
        let spans = |(event, range): (Event<'_>, Range<usize>)| !matches!(event, Event::Text(_)) && range == whole;
        source.parser().into_offset_iter().any(spans)
    }

    /// Writes what is held, with the style of what is complete in it.
    fn release(&mut self, next: Option<char>, writer: &mut Writer) {
        let held = std::mem::take(&mut self.held);
        let source = Source::new(&held, self.before, next);
        let looks = source.looks(self.base);
        for (at, letter) in held.char_indices() {
            let (style, flow) = looks.get(at).copied().unwrap_or((self.base, Flow::Words));
            let is_edge = self.is_row && letter == '|' && !held[..at].ends_with('\\');
            writer.put(letter, if is_edge { Style::MARKUP } else { style }, self.flow(flow));
        }
        self.before = held.chars().next_back();
        self.attempts = 0;
    }
}

/// A part of a line as the parser gets it: between characters of the same kind as those that stand beside it.
struct Source {
    text: String,
    held: Range<usize>,
}

impl Source {
    fn new(held: &str, before: Option<char>, after: Option<char>) -> Self {
        let before = neighbour(before);
        let start = before.len_utf8();
        let text = format!("{before}{held}{}", neighbour(after));
        Self { text, held: start..start + held.len() }
    }

    fn parser(&self) -> Parser<'_> {
        Parser::new_ext(&self.text, Options::ENABLE_STRIKETHROUGH)
    }

    /// Returns how each byte of the part looks.
    fn looks(&self, base: Style) -> Vec<(Style, Flow)> {
        let mut looks = vec![(base, Flow::Words); self.text.len()];
        let mut fill = |range: Range<usize>, style: Style, flow: Flow| {
            if let Some(part) = looks.get_mut(range) {
                part.fill((style, flow));
            }
        };
        let mut open = vec![base];
        for (event, range) in self.parser().into_offset_iter() {
            let outer = open.last().copied().unwrap_or(base);
            match event {
                Event::Start(tag) => {
                    let inner = match tag {
                        Tag::Emphasis => Style::ITALIC,
                        Tag::Strong => Style::BOLD,
                        Tag::Strikethrough => Style::STRUCK,
                        Tag::Link { .. } | Tag::Image { .. } => Style::UNDERLINED,
                        _ => Style::PLAIN,
                    };
                    if inner != Style::PLAIN {
                        fill(range, Style::MARKUP, Flow::Words);
                    }
                    open.push(outer.with(inner));
                }
                Event::End(_) => drop(open.pop()),
                Event::Text(_) => fill(range, outer, Flow::Words),
                Event::Code(_) => {
                    let ticks = self.text[range.clone()].bytes().take_while(|byte| *byte == b'`').count();
                    fill(range.clone(), Style::MARKUP, Flow::Glued);
                    fill(range.start + ticks..range.end - ticks, outer.with(Style::CODE), Flow::Glued);
                }
                _ => {}
            }
        }
        looks.drain(..self.held.start);
        looks
    }
}

/// Returns a character of the same kind, before or behind which nothing else is opened. Chinese and Japanese letters
/// count as blanks: they have none beside what is emphasised.
fn neighbour(letter: Option<char>) -> char {
    match letter {
        None => '\u{a0}',
        Some(letter) if letter.is_whitespace() || is_word_of_its_own(letter) => '\u{a0}',
        Some(letter) if letter.is_alphanumeric() => 'a',
        Some(_) => '.',
    }
}

/// Returns the length of the run of backticks that has no counterpart; 0 for none.
fn open_code(text: &str) -> usize {
    let mut open = 0;
    let mut rest = text;
    while let Some(start) = rest.find('`') {
        let run = rest[start..].bytes().take_while(|byte| *byte == b'`').count();
        open = match open {
            0 if rest[..start].ends_with('\\') => 0,
            0 => run,
            length if length == run => 0,
            length => length,
        };
        rest = &rest[start + run..];
    }
    open
}

/// Returns how many square brackets are open.
fn open_links(text: &str) -> usize {
    let (open, _) = text.chars().fold((0_usize, false), |(open, is_escaped), letter| match letter {
        '[' if !is_escaped => (open + 1, false),
        ']' if !is_escaped => (open.saturating_sub(1), false),
        _ => (open, letter == '\\' && !is_escaped),
    });
    open
}
