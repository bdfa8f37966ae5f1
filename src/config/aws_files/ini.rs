//! The grammar of AWS's files as Python's `configparser` reads it for botocore: sections, properties, values that go on
//! over indented lines. It knows nothing of profiles.

use std::collections::HashMap;
use std::path::Path;
use std::sync::Arc;

use super::unreadable;
use crate::error::Error;

/// The command whose arguments may hold what elsewhere begins a comment.
const COMMAND: &str = "credential_process";

/// A file's sections, in order.
#[derive(Default)]
pub(super) struct Ini {
    pub(super) sections: Vec<Section>,
    /// `[DEFAULT]`, whose properties are those of every other section too.
    pub(super) defaults: Option<Section>,
}

/// A section. Two of the same header are one.
pub(super) struct Section {
    /// What stands between the brackets.
    pub(super) header: String,
    pub(super) file: Arc<Path>,
    /// By name, in lower case.
    pub(super) properties: HashMap<String, Property>,
}

/// A property of a section.
pub(super) struct Property {
    /// Without a comment at its end. Lines after the first begin after a line break.
    text: String,
    /// Whether nothing stands beside the name, so that the lines below are properties of their own.
    is_nested: bool,
    /// Its line, counted from 1.
    pub(super) line: usize,
}

impl Property {
    /// Returns the value; nothing if it is blank or nested.
    pub(super) fn value(&self) -> &str {
        if self.is_nested { "" } else { &self.text }
    }

    /// Whether the value goes on over further lines.
    pub(super) fn is_continued(&self) -> bool {
        !self.is_nested && self.text.contains('\n')
    }

    /// Returns the properties that are nested in this one.
    pub(super) fn nested(&self) -> impl Iterator<Item = (&str, &str)> {
        let lines = self.text.lines().filter(|_| self.is_nested);
        lines.filter_map(|line| line.split_once('=')).map(|(key, value)| (key.trim(), uncommented(value.trim())))
    }
}

impl Ini {
    /// Reads the text of a file.
    pub(super) fn parse(text: &str, file: &Arc<Path>) -> Result<Self, Error> {
        let mut parser = Parser { file, ini: Self::default(), by_header: HashMap::new(), place: None, indent: 0 };
        // As Python does, at `\n`, `\r\n` and `\r`.
        let text = text.replace("\r\n", "\n");
        for (index, line) in text.split(['\n', '\r']).enumerate() {
            parser.line(line, index + 1)?;
        }
        let sections = parser.ini.sections.iter_mut().chain(&mut parser.ini.defaults);
        for property in sections.flat_map(|section| section.properties.values_mut()) {
            property.text.truncate(property.text.trim_end().len());
        }
        Ok(parser.ini)
    }
}

/// Where the next line belongs.
struct Place {
    /// The index of the section; nothing for `[DEFAULT]`.
    section: Option<usize>,
    /// The property that an indented line goes on with.
    property: Option<String>,
}

struct Parser<'a> {
    file: &'a Arc<Path>,
    ini: Ini,
    by_header: HashMap<String, usize>,
    place: Option<Place>,
    /// How far the last header or property was indented.
    indent: usize,
}

impl Parser<'_> {
    fn line(&mut self, line: &str, number: usize) -> Result<(), Error> {
        let text = line.trim();
        if text.starts_with(['#', ';']) {
            return Ok(());
        }
        if text.is_empty() {
            // Within a value it is a part of it; at its end it is cut off.
            if let Some(property) = self.open_property() {
                property.text.push('\n');
            }
            return Ok(());
        }
        let indent = line.chars().take_while(|letter| letter.is_whitespace()).count();
        let header = header(text);
        // `configparser` would take an indented header for a piece of the value above it: never what was meant.
        let is_continuation = indent > self.indent && header.is_none_or(|(_, is_whole_line)| !is_whole_line);
        if is_continuation && let Some(property) = self.open_property() {
            if property.is_nested && !text.contains('=') {
                let why = "a line below a property without a value is not `KEY = VALUE`";
                return Err(unreadable(self.file, number, why));
            }
            property.text.extend(["\n", text]);
            return Ok(());
        }
        self.indent = indent;
        match header {
            Some((header, _)) => self.open_section(header),
            None => self.add_property(text, number)?,
        }
        Ok(())
    }

    fn open_section(&mut self, header: &str) {
        let new = |header: &str| Section {
            header: header.to_owned(),
            file: Arc::clone(self.file),
            properties: HashMap::new(),
        };
        let section = if header == "DEFAULT" {
            self.ini.defaults.get_or_insert_with(|| new(header));
            None
        } else if let Some(index) = self.by_header.get(header) {
            Some(*index)
        } else {
            self.ini.sections.push(new(header));
            let index = self.ini.sections.len() - 1;
            self.by_header.insert(header.to_owned(), index);
            Some(index)
        };
        self.place = Some(Place { section, property: None });
    }

    fn add_property(&mut self, text: &str, line: usize) -> Result<(), Error> {
        let file = Arc::clone(self.file);
        if self.place.is_none() {
            return Err(unreadable(&file, line, "the line is before the first section, such as `[default]`"));
        }
        let delimiter = text.find(['=', ':']).filter(|at| !text[..*at].trim().is_empty());
        let Some(at) = delimiter else {
            return Err(unreadable(
                &file,
                line,
                "the line is neither a section, such as `[default]`, nor `KEY = VALUE`",
            ));
        };
        let key = text[..at].trim_end().to_lowercase();
        let value = text[at + 1..].trim();
        let value = if key == COMMAND { uncommented_command(value) } else { uncommented(value) };
        let property = Property { text: value.to_owned(), is_nested: value.is_empty(), line };
        let place = self.place.as_mut();
        let section = place.and_then(|place| {
            place.property = Some(key.clone());
            place.section.map_or(self.ini.defaults.as_mut(), |index| self.ini.sections.get_mut(index))
        });
        if let Some(section) = section {
            section.properties.insert(key, property);
        }
        Ok(())
    }

    /// Returns the property that an indented line would go on with.
    fn open_property(&mut self) -> Option<&mut Property> {
        let place = self.place.as_ref()?;
        let key = place.property.as_ref()?;
        let section = match place.section {
            Some(index) => self.ini.sections.get_mut(index)?,
            None => self.ini.defaults.as_mut()?,
        };
        section.properties.get_mut(key)
    }
}

/// Returns what stands between the brackets of a header, and whether nothing but a comment follows.
fn header(line: &str) -> Option<(&str, bool)> {
    let inside = line.strip_prefix('[')?;
    let is_rest = |rest: &str| rest.is_empty() || rest.starts_with(['#', ';']);
    let mut ends = inside.match_indices(']').map(|(at, _)| at).filter(|at| *at > 0);
    let last = inside.rfind(']').filter(|at| *at > 0)?;
    match ends.find(|at| is_rest(inside[at + 1..].trim_start())) {
        Some(end) => Some((inside[..end].trim(), true)),
        None => Some((inside[..last].trim(), false)),
    }
    .filter(|(header, _)| !header.is_empty())
}

/// Returns the name in a header such as `profile NAME`; nothing unless it is one word, in quotes or not.
pub(super) fn name(header: &str) -> Option<String> {
    let mut words = words(header)?.into_iter();
    match (words.next(), words.next(), words.next()) {
        (Some(_), Some(name), None) => Some(name),
        _ => None,
    }
}

/// Splits as a POSIX shell does, and as Python's `shlex.split`; nothing if a quotation does not end.
fn words(text: &str) -> Option<Vec<String>> {
    let (mut words, mut word, mut quote) = (Vec::new(), None::<String>, None);
    let mut letters = text.chars();
    while let Some(letter) = letters.next() {
        match (letter, quote) {
            (' ' | '\t' | '\r' | '\n', None) => words.extend(word.take()),
            ('\'' | '"', None) => {
                quote = Some(letter);
                word.get_or_insert_default();
            }
            (letter, Some(open)) if letter == open => quote = None,
            ('\\', None) => word.get_or_insert_default().push(letters.next()?),
            ('\\', Some('"')) => {
                let escaped = letters.next()?;
                let word = word.get_or_insert_default();
                word.extend(Some('\\').filter(|_| !matches!(escaped, '"' | '\\')));
                word.push(escaped);
            }
            (letter, _) => word.get_or_insert_default().push(letter),
        }
    }
    words.extend(word);
    quote.is_none().then_some(words)
}

/// Cuts a comment off, which begins with white space and `#` or `;`, as AWS's SDKs do.
fn uncommented(value: &str) -> &str {
    comment(value, |_| true).map_or(value, |at| value[..at].trim_end())
}

/// Cuts a comment off, unless it stands in quotes: there it belongs to the command.
fn uncommented_command(value: &str) -> &str {
    let mut quote = None;
    let mut read = 0;
    comment(value, |at| {
        for letter in value[read..at].chars() {
            match quote {
                Some(open) if letter == open => quote = None,
                None if matches!(letter, '\'' | '"') => quote = Some(letter),
                _ => {}
            }
        }
        read = at;
        quote.is_none()
    })
    .map_or(value, |at| value[..at].trim_end())
}

/// Returns where a comment begins, among the places that count.
fn comment(value: &str, mut counts: impl FnMut(usize) -> bool) -> Option<usize> {
    let marks = value.match_indices(['#', ';']).map(|(at, _)| at);
    let mut marks = marks.filter(|at| *at == 0 || value[..*at].ends_with(char::is_whitespace));
    marks.find(|at| counts(*at))
}
