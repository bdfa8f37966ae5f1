//! Where the settings of a config file stand, and the edits that could change one of them. Whether an edit is right is
//! for the caller to check: only the parser knows.

use std::ops::Range;

use super::super::yaml::{Document, Node, Value};
use super::{Change, Key};

/// The entries of a document with their places in its text.
pub struct Outline<'t> {
    text: &'t str,
    /// `None` if a key has no place of its own.
    items: Option<Vec<Item>>,
}

/// An entry of a mapping.
struct Item {
    name: String,
    line: u64,
    key: Range<usize>,
    /// The place of a scalar.
    scalar: Option<Range<usize>>,
    /// The entries of a mapping.
    items: Vec<Self>,
}

/// The entry of a setting.
struct Found<'o> {
    section: Option<&'o Item>,
    item: &'o Item,
    /// Where the next entry begins, or the text ends.
    limit: usize,
}

impl<'t> Outline<'t> {
    pub fn new(document: &Document, text: &'t str) -> Self {
        Self { text, items: items(&document.root("the config file")) }
    }

    /// Returns the line of the setting.
    pub fn line_of(&self, key: &Key) -> Option<u64> {
        self.find(key).map(|found| found.item.line)
    }

    /// Returns the line of the section that the setting belongs to.
    pub fn line_of_section(&self, key: &Key) -> Option<u64> {
        self.root_item(key.section()?).map(|(_, item)| item.line)
    }

    /// Returns the texts that could be the document with the change, the best first.
    pub fn edits(&self, key: &Key, change: &Change) -> Vec<String> {
        let edits = match (change, self.find(key)) {
            (Change::Set(value), Some(found)) => {
                vec![self.replace_scalar(&found, value.yaml()), self.replace_lines(&found, value.yaml())]
            }
            (Change::Set(value), None) => self.insert(key, value.yaml()),
            (Change::Unset, Some(found)) => {
                let without_lines = self.lines(found.item, found.limit).map(|lines| self.with(lines, ""));
                vec![without_lines, self.remove_section(&found)]
            }
            (Change::Unset, None) => Vec::new(),
        };
        edits.into_iter().flatten().collect()
    }

    fn root_items(&self) -> &[Item] {
        self.items.as_deref().unwrap_or_default()
    }

    fn root_item(&self, name: &str) -> Option<(usize, &Item)> {
        self.root_items().iter().enumerate().find(|(_, item)| item.name == name)
    }

    fn find(&self, key: &Key) -> Option<Found<'_>> {
        key.paths().into_iter().find_map(|(section, name)| {
            let Some(section) = section else {
                let (index, item) = self.root_item(name)?;
                return Some(Found {
                    section: None,
                    item,
                    limit: self.limit(self.root_items(), index, self.text.len()),
                });
            };
            let (index, section) = self.root_item(section)?;
            let end = self.limit(self.root_items(), index, self.text.len());
            let index = section.items.iter().position(|item| item.name == name)?;
            Some(Found {
                section: Some(section),
                item: &section.items[index],
                limit: self.limit(&section.items, index, end),
            })
        })
    }

    /// Returns where the entry after this one begins, or else `end`.
    fn limit(&self, items: &[Item], index: usize, end: usize) -> usize {
        items.get(index + 1).map_or(end, |next| self.line_start(next.key.start))
    }

    fn replace_scalar(&self, found: &Found<'_>, yaml: &str) -> Option<String> {
        let place = found.item.scalar.clone()?;
        let old = self.text.get(place.clone())?;
        (!old.is_empty() && !old.starts_with(['|', '>'])).then(|| self.with(place, yaml))
    }

    /// Replaces the value on all of its lines, and keeps the comment behind the key.
    fn replace_lines(&self, found: &Found<'_>, yaml: &str) -> Option<String> {
        let lines = self.lines(found.item, found.limit)?;
        let (key, rest) = self.text.get(lines.start..lines.end)?.split_at_checked(found.item.key.end - lines.start)?;
        let after_colon = rest.trim_start_matches([' ', '\t']).strip_prefix(':')?;
        let first = after_colon.lines().next().unwrap_or_default();
        let comment = comment_start(first).map_or(String::new(), |at| format!(" {}", first[at..].trim_end()));
        let end = if rest.ends_with('\n') { self.line_end() } else { "" };
        Some(self.with(lines, &format!("{key}: {yaml}{comment}{end}")))
    }

    fn insert(&self, key: &Key, yaml: &str) -> Vec<Option<String>> {
        let (end, entry) = (self.line_end(), format!("{}: {yaml}", key.yaml_name()));
        if self.items.is_none() {
            return Vec::new();
        }
        if let Some((index, section)) = key.section().and_then(|name| self.root_item(name)) {
            let limit = self.limit(self.root_items(), index, self.text.len());
            return vec![self.insert_into(section, limit, &entry)];
        }
        let indentation = self.root_items().first().and_then(|item| self.indentation(item)).unwrap_or_default();
        let lines = match key.section() {
            Some(section) => format!("{indentation}{section}:{end}{indentation}  {entry}{end}"),
            None => format!("{indentation}{entry}{end}"),
        };
        let example = self.example_end(key.section().unwrap_or(&key.yaml_name()));
        [example, Some(self.text.len())].into_iter().map(|at| Some(self.with_lines_at(at?, &lines))).collect()
    }

    /// Adds an entry after the last one of a section.
    fn insert_into(&self, section: &Item, limit: usize, entry: &str) -> Option<String> {
        let last = section.items.last()?;
        let indentation = self.indentation(section.items.first()?)?;
        let lines = self.lines(last, limit)?;
        Some(self.with_lines_at(lines.end, &format!("{indentation}{entry}{}", self.line_end())))
    }

    /// Removes a section with its only entry, and keeps the comments between them.
    fn remove_section(&self, found: &Found<'_>) -> Option<String> {
        let section = found.section.filter(|section| section.items.len() == 1)?;
        let whole = self.lines(section, found.limit)?;
        let first_line = whole.start..self.line_limit(section.key.end);
        let kept = match self.lines(found.item, found.limit) {
            Some(lines) => self.text.get(first_line.end..lines.start)?,
            None => "",
        };
        Some(self.with(whole, kept))
    }

    /// Returns the lines of an entry that begins one, without the blank lines and comments after it.
    fn lines(&self, item: &Item, limit: usize) -> Option<Range<usize>> {
        self.indentation(item)?;
        let start = self.line_start(item.key.start);
        let mut end = limit;
        while end > start {
            let last = self.line_start(end - 1);
            let line = self.text.get(last..end)?.trim();
            if last <= item.key.start || !(line.is_empty() || line.starts_with('#') || line == "...") {
                break;
            }
            end = last;
        }
        // A line of a text that looks like a comment belongs to the text.
        let is_whole = item.scalar.as_ref().is_none_or(|scalar| {
            let scalar = self.text.get(scalar.clone()).unwrap_or_default();
            item.scalar.as_ref().map_or(0, |place| place.start) + scalar.trim_end().len() <= end
        });
        is_whole.then_some(start..end)
    }

    /// Returns the white space before a key that begins a line.
    fn indentation(&self, item: &Item) -> Option<&'t str> {
        let before = self.text.get(self.line_start(item.key.start)..item.key.start)?;
        before.bytes().all(|byte| byte == b' ').then_some(before)
    }

    /// Returns the end of the lines that show this entry in a comment, as the template does.
    fn example_end(&self, name: &str) -> Option<usize> {
        let mut at = 0;
        let mut end = None;
        for line in self.text.split_inclusive('\n') {
            let is_below = line.starts_with("#  ");
            if end.is_some() && !is_below {
                break;
            }
            at += line.len();
            let is_example = line
                .strip_prefix('#')
                .and_then(|line| line.strip_prefix(name))
                .is_some_and(|rest| rest.starts_with(':'));
            if is_example || end.is_some() {
                end = Some(at);
            }
        }
        end
    }

    fn line_start(&self, at: usize) -> usize {
        self.text[..at].rfind('\n').map_or(0, |newline| newline + 1)
    }

    fn line_limit(&self, at: usize) -> usize {
        self.text[at..].find('\n').map_or(self.text.len(), |newline| at + newline + 1)
    }

    /// Returns the line break of the text.
    fn line_end(&self) -> &'static str {
        let first = self.text.split_inclusive('\n').next().unwrap_or_default();
        if first.ends_with("\r\n") { "\r\n" } else { "\n" }
    }

    fn with(&self, place: Range<usize>, new: &str) -> String {
        [&self.text[..place.start], new, &self.text[place.end..]].concat()
    }

    fn with_lines_at(&self, at: usize, lines: &str) -> String {
        let before = &self.text[..at];
        let end = if before.is_empty() || before.ends_with('\n') { "" } else { self.line_end() };
        [before, end, lines, &self.text[at..]].concat()
    }
}

/// Returns the entries of a mapping; `None` if the key of one is an alias (`*name`).
fn items(mapping: &Node<'_>) -> Option<Vec<Item>> {
    let entries = mapping.entries("a mapping").unwrap_or_default();
    let item = |entry: super::super::yaml::Entry<'_>| {
        let place = entry.node.span();
        let is_mapping = matches!(entry.node.value(), Value::Mapping(_));
        let is_scalar = !is_mapping && !matches!(entry.node.value(), Value::List(_));
        Some(Item {
            name: entry.key.to_owned(),
            line: entry.key_position.line,
            key: entry.key_span?,
            // The entries of an alias (`*name`) stand elsewhere.
            items: if is_mapping && place.is_some() { items(&entry.node)? } else { Vec::new() },
            scalar: place.filter(|_| is_scalar),
        })
    };
    entries.into_iter().map(item).collect()
}

/// Returns the comments that a change must keep: all of them, or where a setting is removed, those with a line of their own.
pub fn comments(text: &str, change: &Change) -> Vec<String> {
    let comment = |line: &str| {
        let start = comment_start(line).filter(|at| *change != Change::Unset || line[..*at].trim().is_empty())?;
        Some(line[start..].trim_end().to_owned())
    };
    text.strip_prefix('\u{feff}').unwrap_or(text).lines().filter_map(comment).collect()
}

/// Returns where the comment in a line begins, if the line does not begin within quotes.
fn comment_start(line: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    let mut letters = line.char_indices().peekable();
    while let Some((at, letter)) = letters.next() {
        match (quote, letter) {
            (Some('"'), '\\') => drop(letters.next()),
            // In single quotes, two of them are one.
            (Some('\''), '\'') if letters.next_if(|(_, next)| *next == '\'').is_some() => {}
            (Some(open), letter) if open == letter => quote = None,
            (None, '\'' | '"') if before.is_whitespace() || "[{,:".contains(before) => quote = Some(letter),
            (None, '#') if before.is_whitespace() => return Some(at),
            (Some(_) | None, _) => {}
        }
        before = letter;
    }
    None
}
