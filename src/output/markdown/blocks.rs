//! What a line is, by its start and the blocks that are open: quotes, lists, code, tables. It looks at one line at a time,
//! so that nothing printed has to change: `===` under a line does not make a heading of it.

use super::LONGEST;
use super::style::Style;

/// The most quotes and items within one another; deeper ones are text.
const DEEPEST: usize = 64;

/// The kind of a line behind the markers of quotes and lists.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    Blank,
    Paragraph,
    Heading,
    /// A thematic break, or the underline of a heading.
    Rule,
    /// The first or the last line of a fenced code block.
    Fence,
    Code,
    /// A row of a table; if no table is open, what may be its header row.
    Row,
    /// The delimiter row of a table, below its header row.
    Delimiter,
}

/// What is known of the start of a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// Nothing yet.
    More,
    /// These bytes are the marker of a quote or an item, or the indentation of an item's further lines.
    Marker(usize, Style),
    /// The rest of the line is of this kind.
    Content(Kind),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Container {
    Quote,
    /// An item, and the columns by which its lines are indented.
    Item(usize),
}

#[derive(Clone, Copy, Debug)]
struct Fence {
    letter: char,
    length: usize,
}

/// The open blocks.
#[expect(clippy::struct_excessive_bools, reason = "each is a fact of its own about the line")]
#[derive(Debug, Default)]
pub struct Blocks {
    containers: Vec<Container>,
    /// How many of them the current line continues so far.
    matched: usize,
    /// Whether the current line does not continue the next of them.
    has_left: bool,
    /// Whether the current line opened one.
    has_opened: bool,
    fence: Option<Fence>,
    /// Whether the line before belongs to a paragraph.
    is_paragraph: bool,
    /// Whether that line has a pipe, and may be the header row of a table.
    has_pipe: bool,
    is_table: bool,
    /// Whether the delimiter row of a table is next.
    awaits_delimiter: bool,
    /// The column of the rest of the current line.
    column: usize,
}

impl Blocks {
    /// Whether the current line is in a quote.
    pub fn is_quote(&self) -> bool {
        self.containers.contains(&Container::Quote)
    }

    pub fn is_table(&self) -> bool {
        self.is_table
    }

    /// Notes that a line of a paragraph has a pipe.
    pub fn see_pipe(&mut self) {
        self.has_pipe = true;
    }

    /// Opens a table, whose delimiter row is next.
    pub fn open_table(&mut self) {
        (self.is_table, self.awaits_delimiter) = (true, true);
    }

    /// Looks at what follows the markers so far; `has_ended` is whether the line ends there, and then there is no
    /// [`Step::More`]. The caller removes what a marker takes.
    pub fn step(&mut self, rest: &str, has_ended: bool) -> Step {
        let indent = Indent::of(rest, self.column);
        let text = &rest[indent.bytes..];
        if text.is_empty() {
            return match has_ended {
                true => self.blank(),
                false if rest.len() <= LONGEST => Step::More,
                false => self.content(if self.fence.is_some() { Kind::Code } else { Kind::Paragraph }),
            };
        }
        if !self.has_left
            && let Some(container) = self.containers.get(self.matched)
        {
            match container {
                Container::Item(width) if indent.columns >= *width => return self.indentation(rest, *width),
                Container::Quote if text.starts_with('>') && indent.columns < 4 => {
                    return self.quote(rest, indent, has_ended);
                }
                _ => self.has_left = true,
            }
        }
        if let Some(fence) = self.fence {
            // Models write code that is indented less than its item; it ends at its fence.
            if !self.containers[self.matched..].contains(&Container::Quote) {
                return self.code(fence, text, indent, has_ended);
            }
            self.fence = None;
        }
        if indent.columns >= 4 {
            return self.content(if self.continues_paragraph() { Kind::Paragraph } else { Kind::Code });
        }
        if self.may_be_delimiter(text) {
            return match has_ended {
                false if text.len() <= LONGEST => Step::More,
                true if text.contains('-') && text.contains('|') => self.content(Kind::Delimiter),
                _ => self.content(Kind::Paragraph),
            };
        }
        self.start(rest, text, indent, has_ended)
    }

    /// Looks at the first character of something that may be new.
    fn start(&mut self, rest: &str, text: &str, indent: Indent, has_ended: bool) -> Step {
        match text.chars().next() {
            Some('>') => self.quote(rest, indent, has_ended),
            Some('#') => {
                let level = run(text, '#');
                match text[level..].chars().next() {
                    None if !has_ended && level <= 6 => Step::More,
                    next if level <= 6 && next.is_none_or(is_blank) => self.content(Kind::Heading),
                    _ => self.content(Kind::Paragraph),
                }
            }
            Some(letter @ ('`' | '~')) => self.fence(letter, text, has_ended),
            Some(letter @ ('-' | '*' | '+' | '_' | '=')) => self.rule(letter, text, indent, has_ended),
            Some('0'..='9') => self.ordered(text, indent, has_ended),
            Some('|') => self.content(Kind::Row),
            _ => self.content(Kind::Paragraph),
        }
    }

    fn blank(&mut self) -> Step {
        // A blank line ends a quote, and what is in it.
        if let Some(quote) = self.containers[self.matched..].iter().position(|open| *open == Container::Quote) {
            self.containers.truncate(self.matched + quote);
            self.fence = None;
        } else {
            self.matched = self.containers.len();
        }
        self.content(if self.fence.is_some() { Kind::Code } else { Kind::Blank })
    }

    fn indentation(&mut self, rest: &str, width: usize) -> Step {
        let mut columns = 0;
        let blanks = rest.chars().take_while(|letter| {
            let goes_on = columns < width;
            columns += columns_of(*letter, self.column + columns);
            goes_on
        });
        let bytes = blanks.map(char::len_utf8).sum();
        self.column += width;
        self.matched += 1;
        Step::Marker(bytes, Style::PLAIN)
    }

    /// Continues a quote, or opens one.
    fn quote(&mut self, rest: &str, indent: Indent, has_ended: bool) -> Step {
        let next = rest[indent.bytes + 1..].chars().next();
        let is_new = self.has_left || self.matched == self.containers.len();
        if is_new && self.matched >= DEEPEST {
            return self.content(Kind::Paragraph);
        }
        if next.is_none() && !has_ended {
            return Step::More;
        }
        if is_new {
            self.open(Container::Quote);
        } else {
            self.matched += 1;
        }
        let blanks = usize::from(next == Some(' '));
        self.column += indent.columns + 1 + blanks;
        Step::Marker(indent.bytes + 1 + blanks, Style::MARKUP)
    }

    fn open(&mut self, container: Container) {
        self.containers.truncate(self.matched);
        self.containers.push(container);
        self.matched += 1;
        (self.has_left, self.has_opened) = (false, true);
    }

    /// Looks at a line of a fenced code block.
    fn code(&mut self, fence: Fence, text: &str, indent: Indent, has_ended: bool) -> Step {
        let length = run(text, fence.letter);
        let is_fence = indent.columns < 4 && text[length..].chars().all(is_blank);
        match has_ended {
            false if is_fence && length > 0 && text.len() <= LONGEST => Step::More,
            true if is_fence && length >= fence.length => {
                self.fence = None;
                self.content(Kind::Fence)
            }
            _ => self.content(Kind::Code),
        }
    }

    fn fence(&mut self, letter: char, text: &str, has_ended: bool) -> Step {
        let length = run(text, letter);
        let is_open = length >= 3 && (letter == '~' || !text[length..].contains('`'));
        let may_grow = text.len() == length || (is_open && letter == '`' && text.len() <= LONGEST);
        match has_ended {
            false if may_grow && text.len() <= LONGEST => Step::More,
            false if letter == '`' => self.content(Kind::Paragraph),
            _ if is_open => {
                let step = self.content(Kind::Fence);
                self.fence = Some(Fence { letter, length });
                step
            }
            _ => self.content(Kind::Paragraph),
        }
    }

    /// Looks at a line that may be a thematic break, an underline, or an item.
    fn rule(&mut self, letter: char, text: &str, indent: Indent, has_ended: bool) -> Step {
        if text.chars().all(|known| known == letter || is_blank(known)) {
            let is_run = text.trim_end_matches(is_blank).chars().all(|known| known == letter);
            let count = text.chars().filter(|known| *known == letter).count();
            match has_ended {
                false if text.len() <= LONGEST => return Step::More,
                true if is_run && matches!(letter, '-' | '=') && self.continues_paragraph() && !self.has_left => {
                    return self.content(Kind::Rule);
                }
                true if matches!(letter, '-' | '*' | '_') && count >= 3 => return self.content(Kind::Rule),
                _ => {}
            }
        }
        if matches!(letter, '-' | '*' | '+') {
            self.item(1, text, indent, has_ended)
        } else {
            self.content(Kind::Paragraph)
        }
    }

    fn ordered(&mut self, text: &str, indent: Indent, has_ended: bool) -> Step {
        let digits = text.bytes().take_while(u8::is_ascii_digit).count();
        let interrupts = self.continues_paragraph() && !self.has_left && &text[..digits] != "1";
        match text[digits..].chars().next() {
            None if !has_ended && digits <= 9 => Step::More,
            Some('.' | ')') if digits <= 9 && !interrupts => self.item(digits + 1, text, indent, has_ended),
            _ => self.content(Kind::Paragraph),
        }
    }

    /// Looks at what may be an item, behind a marker of this many bytes.
    fn item(&mut self, marker: usize, text: &str, indent: Indent, has_ended: bool) -> Step {
        let gap = Indent::of(&text[marker..], self.column + indent.columns + marker);
        let content = &text[marker + gap.bytes..];
        if content.is_empty() && !has_ended && gap.bytes <= LONGEST {
            return Step::More;
        }
        let is_empty = content.is_empty();
        let interrupts = is_empty && self.continues_paragraph() && !self.has_left;
        if (gap.bytes == 0 && !is_empty) || interrupts || self.matched >= DEEPEST {
            return self.content(Kind::Paragraph);
        }
        let boxes = ["[ ] ", "[x] ", "[X] "];
        if !has_ended && content.len() < 4 && boxes.iter().any(|known| known.starts_with(content)) {
            return Step::More;
        }
        // More blanks than four are the indentation of code.
        let blank = text[marker..].chars().next().map_or(0, char::len_utf8);
        let gap = if is_empty || gap.columns > 4 { Indent { columns: 1, bytes: blank } } else { gap };
        let width = indent.columns + marker + gap.columns;
        self.open(Container::Item(width));
        self.column += width;
        let has_box = boxes.iter().any(|known| content.starts_with(known));
        Step::Marker(indent.bytes + marker + gap.bytes + if has_box { 3 } else { 0 }, Style::BULLET)
    }

    /// Whether the line may be the delimiter row of a table whose header row is the line before.
    fn may_be_delimiter(&self, text: &str) -> bool {
        self.has_pipe
            && self.continues_paragraph()
            && text.chars().all(|letter| matches!(letter, '|' | '-' | ':') || is_blank(letter))
    }

    /// Whether the line may continue the paragraph before it.
    fn continues_paragraph(&self) -> bool {
        self.is_paragraph && !self.has_opened
    }

    /// Decides what the line is, and prepares for the next one.
    fn content(&mut self, kind: Kind) -> Step {
        self.is_table &= !self.has_left;
        let kind = match kind {
            Kind::Paragraph | Kind::Row if std::mem::take(&mut self.awaits_delimiter) => Kind::Delimiter,
            Kind::Paragraph if self.is_table => Kind::Row,
            kind => kind,
        };
        let is_lazy = kind == Kind::Paragraph && self.continues_paragraph();
        if self.has_left && !is_lazy && self.fence.is_none() && kind != Kind::Blank {
            self.containers.truncate(self.matched);
        }
        self.is_table = kind == Kind::Delimiter || (kind == Kind::Row && self.is_table);
        self.is_paragraph = kind == Kind::Paragraph;
        (self.matched, self.has_left, self.has_opened, self.column, self.has_pipe) = (0, false, false, 0, false);
        Step::Content(kind)
    }
}

/// The blanks at the start of a text.
#[derive(Clone, Copy, Debug)]
struct Indent {
    columns: usize,
    bytes: usize,
}

impl Indent {
    /// Returns the indentation of a text that begins at this column.
    fn of(text: &str, column: usize) -> Self {
        let blanks = text.chars().take_while(|letter| is_blank(*letter));
        blanks.fold(Self { columns: 0, bytes: 0 }, |sum, letter| Self {
            columns: sum.columns + columns_of(letter, column + sum.columns),
            bytes: sum.bytes + letter.len_utf8(),
        })
    }
}

/// Returns the columns of a blank at this column.
fn columns_of(blank: char, column: usize) -> usize {
    if blank == '\t' { 4 - column % 4 } else { 1 }
}

/// Whether a character is blank in Markdown. A visible carriage return stands before the end of a line.
fn is_blank(letter: char) -> bool {
    matches!(letter, ' ' | '\t' | '␍')
}

/// Returns the number of this character, which is ASCII, at the start of a text.
fn run(text: &str, letter: char) -> usize {
    text.chars().take_while(|known| *known == letter).count()
}
