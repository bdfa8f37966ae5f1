//! Styles a response in Markdown on a terminal as it arrives. The source itself is styled: without the sequences that set
//! a style, and the added line breaks, the output is the response, so that it can be copied.
//!
//! The style of a character depends on the text only, never on how it is split. What is held: the start of a line until
//! its kind is known; emphasis, code and links until they end or the line ends; a line that may be the header row of a
//! table; and the last word. Each is at most [`LONGEST`] bytes.

mod blocks;
mod inline;
mod style;
mod writer;

use std::mem;

use pulldown_cmark::{Event, Options, Parser, Tag};

use blocks::{Blocks, Kind, Step};
use inline::Inline;
use style::Style;
use writer::{Flow, Writer};

/// The most bytes that are held for one reason; what is longer is printed without the style that it may have.
const LONGEST: usize = 512;

/// The styling of one response.
#[derive(Debug)]
pub struct Markdown {
    blocks: Blocks,
    line: Line,
    inline: Inline,
    writer: Writer,
    /// What is held of the start of a line.
    start: String,
    /// What may be the header row of a table, with its line break if that has arrived.
    header_row: String,
}

/// What the current line is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Not known yet.
    Start,
    Text,
    Verbatim(Style),
    /// What may be the header row of a table.
    HeaderRow,
}

impl Markdown {
    /// Starts a response; without colour, it is only wrapped.
    pub fn new(is_colored: bool) -> Self {
        Self {
            blocks: Blocks::default(),
            line: Line::Start,
            inline: Inline::default(),
            writer: Writer::new(is_colored),
            start: String::new(),
            header_row: String::new(),
        }
    }

    /// Adds a part of the response, which has no control characters, and returns what is to be printed on a terminal of
    /// this width in columns; without a width, nothing is wrapped.
    pub fn push(&mut self, text: &str, width: Option<usize>) -> String {
        self.writer.set_width(width);
        for letter in text.chars() {
            self.push_char(letter);
        }
        self.writer.take()
    }

    /// Ends the response, and returns what was held of it.
    pub fn finish(&mut self) -> String {
        if self.line == Line::Start && !(self.start.is_empty() && self.header_row.is_empty()) {
            self.settle(true);
        }
        if self.line == Line::HeaderRow {
            self.print_header_row(Style::PLAIN);
        }
        self.inline.end(&mut self.writer);
        self.writer.end_word();
        self.writer.take()
    }

    fn push_char(&mut self, letter: char) {
        match (self.line, letter) {
            (Line::Start, '\n') => {
                self.settle(true);
                self.end_line();
            }
            (Line::Start, _) => {
                self.start.push(letter);
                self.settle(false);
            }
            (_, '\n') => self.end_line(),
            (Line::HeaderRow, _) => {
                self.header_row.push(letter);
                if self.header_row.len() > LONGEST {
                    self.print_header_row(Style::PLAIN);
                }
            }
            (Line::Verbatim(style), _) => self.writer.put(letter, style, Flow::Verbatim),
            (Line::Text, _) => {
                if letter == '|' {
                    self.blocks.see_pipe();
                }
                self.inline.push(letter, &mut self.writer);
            }
        }
    }

    fn end_line(&mut self) {
        if self.line == Line::HeaderRow {
            self.header_row.push('\n');
        } else {
            self.inline.end(&mut self.writer);
            self.writer.put('\n', Style::PLAIN, Flow::Verbatim);
        }
        self.line = Line::Start;
    }

    /// Prints as much of the start of a line as is known; all of it if the line ends there.
    fn settle(&mut self, has_ended: bool) {
        if !self.header_row.is_empty() {
            if !has_ended && may_be_delimiter(&self.start) {
                return;
            }
            self.settle_header_row(has_ended);
        }
        loop {
            match self.blocks.step(&self.start, has_ended) {
                Step::More => return,
                Step::Marker(bytes, style) => {
                    if style == Style::BULLET {
                        self.inline.start_block();
                    }
                    let marker: String = self.start.drain(..bytes).collect();
                    self.print(&marker, style);
                }
                Step::Content(kind) => {
                    let text = mem::take(&mut self.start);
                    return self.start_content(kind, &text);
                }
            }
        }
    }

    /// Prints what may be the header row of a table, if the start of the next line decides.
    fn settle_header_row(&mut self, has_ended: bool) {
        let delimiter = self.start.trim_start_matches([' ', '\t', '>']);
        let is_table = has_ended && is_table(&self.header_row, delimiter);
        self.print_header_row(if is_table { Style::BOLD } else { Style::PLAIN });
        if is_table {
            self.blocks.open_table();
        }
    }

    /// Prints what may be the header row of a table, as far as it has arrived.
    fn print_header_row(&mut self, style: Style) {
        let row = mem::take(&mut self.header_row);
        self.inline.start(self.base().with(style), true);
        self.line = Line::Text;
        for letter in row.chars() {
            self.push_char(letter);
        }
    }

    fn start_content(&mut self, kind: Kind, text: &str) {
        let base = self.base();
        let (line, base) = match kind {
            Kind::Blank => (Line::Verbatim(Style::PLAIN), base),
            Kind::Rule | Kind::Fence | Kind::Delimiter => (Line::Verbatim(Style::MARKUP), base),
            Kind::Code => (Line::Verbatim(base.with(Style::CODE)), base),
            Kind::Row if !self.blocks.is_table() => (Line::HeaderRow, base),
            Kind::Heading => (Line::Text, base.with(Style::BOLD)),
            Kind::Row | Kind::Paragraph => (Line::Text, base),
        };
        let mut text = text;
        if line == Line::Text {
            let markup: &[char] = if kind == Kind::Heading { &[' ', '\t', '#'] } else { &[' ', '\t'] };
            let (before, rest) = text.split_at(text.len() - text.trim_start_matches(markup).len());
            self.print(before, if kind == Kind::Heading { Style::MARKUP } else { base });
            text = rest;
        }
        self.line = line;
        if kind != Kind::Paragraph {
            self.inline.start_block();
        }
        self.inline.start(base, kind == Kind::Row);
        self.writer.start_paragraph();
        for letter in text.chars() {
            self.push_char(letter);
        }
    }

    /// Returns the style of text that nothing else styles.
    fn base(&self) -> Style {
        if self.blocks.is_quote() { Style::QUOTE } else { Style::PLAIN }
    }

    fn print(&mut self, text: &str, style: Style) {
        for letter in text.chars() {
            self.writer.put(letter, style, Flow::Verbatim);
        }
    }
}

/// Whether a line may be the delimiter row of a table so far, with the markers of quotes before it.
fn may_be_delimiter(line: &str) -> bool {
    line.len() <= LONGEST && line.chars().all(|letter| matches!(letter, ' ' | '\t' | '>' | '|' | ':' | '-' | '␍'))
}

/// Whether two lines are the header row and the delimiter row of a table.
fn is_table(first: &str, second: &str) -> bool {
    let text = format!("{}\n{}", first.trim_end_matches(['\n', '␍']), second.trim_end_matches('␍'));
    let mut events = Parser::new_ext(&text, Options::ENABLE_TABLES);
    events.any(|event| matches!(event, Event::Start(Tag::Table(_))))
}

#[cfg(test)]
mod tests;
