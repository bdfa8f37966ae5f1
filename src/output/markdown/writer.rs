//! Writes styled characters, and breaks lines between words at the width of the terminal. All that it adds to the text is
//! sequences that set a style, and line breaks with the indentation behind them.

use unicode_width::UnicodeWidthChar;

use super::style::Style;

/// The least room for words: a text is not wrapped in less.
const NARROWEST: usize = 20;

/// The most characters of a word that are held: characters without a width never fill a line.
const LONGEST_WORD: usize = 256;

/// Whether a line may be broken at a character.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// Behind it, if it is a blank.
    Words,
    /// Only before the word of which it is a part, blanks included: a command in a text.
    Glued,
    /// Nowhere: the code of a block, and tables.
    Verbatim,
}

/// The writer, for text without control characters.
#[derive(Debug, Default)]
pub struct Writer {
    is_colored: bool,
    width: Option<usize>,
    /// The column of the cursor, from 0.
    column: usize,
    /// The indentation of the further lines of a paragraph.
    hang: usize,
    /// Whether the line may be broken before the word.
    can_break: bool,
    /// The word whose end is not known: it may have to go to the next line.
    word: Vec<(char, Style)>,
    word_width: usize,
    /// The style that is set.
    style: Style,
    printed: String,
}

impl Writer {
    pub fn new(is_colored: bool) -> Self {
        Self { is_colored, ..Self::default() }
    }

    /// Sets the width of the terminal in columns; without one, nothing is wrapped.
    pub fn set_width(&mut self, width: Option<usize>) {
        self.width = width.filter(|width| *width >= NARROWEST);
    }

    /// Begins a paragraph, whose further lines are indented to here.
    pub fn start_paragraph(&mut self) {
        self.end_word();
        let fits = self.width.is_some_and(|width| self.column + NARROWEST <= width);
        self.hang = if fits { self.column } else { 0 };
        self.can_break = false;
    }

    pub fn put(&mut self, letter: char, style: Style, flow: Flow) {
        if letter == '\n' {
            self.end_word();
            self.print(letter, Style::PLAIN);
            (self.column, self.hang, self.can_break) = (0, 0, false);
            return;
        }
        let Some(width) = self.width.filter(|_| flow != Flow::Verbatim) else {
            self.end_word();
            self.print(letter, style);
            return;
        };
        if flow == Flow::Words && matches!(letter, ' ' | '\t') {
            self.end_word();
            self.print(letter, style);
            self.can_break |= self.column > self.hang;
            return;
        }
        if flow == Flow::Words && is_word_of_its_own(letter) {
            self.end_word();
            self.can_break |= self.column > self.hang;
        }
        if !self.can_break || self.word.len() >= LONGEST_WORD {
            self.end_word();
            self.print(letter, style);
            return;
        }
        self.word.push((letter, style));
        self.word_width += width_of(letter);
        // The last column is left to the blank behind the word.
        if self.column + self.word_width >= width {
            self.break_line();
            self.end_word();
        }
    }

    /// Writes the word whose end was not known.
    pub fn end_word(&mut self) {
        self.word_width = 0;
        for (letter, style) in std::mem::take(&mut self.word) {
            self.print(letter, style);
        }
    }

    /// Returns what is to be written to the terminal, which leaves no style set.
    pub fn take(&mut self) -> String {
        self.set_style(Style::PLAIN);
        std::mem::take(&mut self.printed)
    }

    fn break_line(&mut self) {
        self.set_style(Style::PLAIN);
        self.printed.push('\n');
        self.printed.extend(std::iter::repeat_n(' ', self.hang));
        (self.column, self.can_break) = (self.hang, false);
    }

    fn print(&mut self, letter: char, style: Style) {
        self.set_style(style);
        self.printed.push(letter);
        self.column += if letter == '\t' { 8 - self.column % 8 } else { width_of(letter) };
        if let Some(width) = self.width.filter(|width| self.column > *width) {
            // The terminal itself has broken the line.
            self.column = (self.column - 1) % width + 1;
        }
    }

    fn set_style(&mut self, style: Style) {
        if self.is_colored && self.style != style {
            self.printed.push_str(&style.sequence());
            self.style = style;
        }
    }
}

/// Returns the width of a character in columns. The selector that makes a picture of a character makes it wider.
fn width_of(letter: char) -> usize {
    if letter == '\u{fe0f}' { 1 } else { letter.width().unwrap_or_default() }
}

/// Whether a line may be broken before a character without a blank there, as in Chinese and Japanese.
pub fn is_word_of_its_own(letter: char) -> bool {
    letter.is_alphanumeric() && letter.width() == Some(2)
}
