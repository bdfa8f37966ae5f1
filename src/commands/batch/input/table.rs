//! Records in CSV: the columns that a header names, and where a record ends.

use std::collections::BTreeSet;
use std::io::Cursor;

use super::jsonl::{self, ID, MAX_TOKENS, PROMPT, SYSTEM};
use super::reader::UnplacedRecord;
use super::shape::RecordShape;
use crate::config::Template;
use crate::config::template::INPUT;
use crate::config::yaml::{nearest, quoted_list};
use crate::error::Error;

/// The columns without a template.
const COLUMNS: [&str; 4] = [ID, PROMPT, SYSTEM, MAX_TOKENS];

pub struct Table {
    /// Reads the bytes of one record.
    reader: csv::Reader<Cursor<Vec<u8>>>,
    fields: csv::StringRecord,
    header: Columns,
}

/// The columns, by their numbers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Columns {
    count: usize,
    id: Option<usize>,
    /// The prompt, or what a template puts into it.
    input: Option<usize>,
    system: Option<usize>,
    max_tokens: Option<usize>,
    variables: Vec<(usize, String)>,
}

impl Table {
    pub fn new() -> Self {
        // A record is fed alone, and ends where it was found to end.
        let reader = csv::ReaderBuilder::new()
            .has_headers(false)
            .flexible(true)
            .terminator(csv::Terminator::Any(b'\n'))
            .from_reader(Cursor::default());
        Self { reader, fields: csv::StringRecord::new(), header: Columns::default() }
    }

    pub fn has_header(&self) -> bool {
        self.header.count > 0
    }

    pub fn read_header(&mut self, text: &str, shape: &RecordShape) -> Result<(), Error> {
        self.split(text)?;
        let names: Vec<_> = self.fields.iter().collect();
        let mut seen = BTreeSet::new();
        for name in &names {
            if name.is_empty() {
                return Err(Error::usage("the header has a column without a name"));
            }
            if !seen.insert(name) {
                return Err(Error::usage(format!("the header has the column `{name}` twice")));
            }
        }
        self.header = match &shape.template {
            Some(template) => Columns::of_template(&names, template)?,
            None => Columns::of_members(&names)?,
        };
        Ok(())
    }

    pub fn row(&mut self, text: &str, shape: &mut RecordShape) -> Result<UnplacedRecord, Error> {
        self.split(text)?;
        let header = &self.header;
        if self.fields.len() != header.count {
            let fields = |count: usize| if count == 1 { "1 field".to_owned() } else { format!("{count} fields") };
            let (found, wanted) = (fields(self.fields.len()), header.count);
            return Err(Error::usage(format!("it has {found}, and the header has {wanted}"))
                .hint("a field with a comma, a quote or a line break must be quoted: `\"a, \"\"b\"\"\"`"));
        }
        let field = |column: Option<usize>| column.and_then(|column| self.fields.get(column));
        let id = field(header.id).map(|text| jsonl::id(text.to_owned())).transpose()?;
        let system = field(header.system).filter(|text| !text.trim().is_empty());
        let system = system.map(|text| jsonl::text(SYSTEM, text.to_owned())).transpose()?;
        let max_tokens = field(header.max_tokens).filter(|text| !text.is_empty());
        let max_tokens = max_tokens.map(jsonl::max_tokens).transpose()?;
        for (column, name) in &header.variables {
            shape.set(name, self.fields.get(*column).unwrap_or_default());
        }
        let input = match field(header.input) {
            Some(text) if shape.template.is_none() => jsonl::text(PROMPT, text.to_owned())?,
            text => text.unwrap_or_default().to_owned(),
        };
        Ok(UnplacedRecord { id, content: shape.content(input, system, max_tokens)? })
    }

    fn split(&mut self, text: &str) -> Result<(), Error> {
        let cursor = self.reader.get_mut();
        cursor.set_position(0);
        let bytes = cursor.get_mut();
        bytes.clear();
        bytes.extend_from_slice(text.as_bytes());
        bytes.push(b'\n');
        let read = self.reader.read_record(&mut self.fields);
        read.map(drop).map_err(|error| Error::usage(format!("it is not CSV: {error}")))
    }
}

impl Columns {
    fn of_members(names: &[&str]) -> Result<Self, Error> {
        for name in names {
            if !COLUMNS.contains(name) {
                let error = Error::usage(format!("the header has the column `{name}`, which is not known"));
                let error = match nearest(name, &COLUMNS) {
                    Some(near) => error.hint(format!("did you mean `{near}`?")),
                    None => error.hint(format!("without `--template`, the columns are {}", quoted_list(&COLUMNS))),
                };
                return Err(with_separator(error, name));
            }
        }
        let place = |name: &str| names.iter().position(|known| *known == name);
        let input = place(PROMPT).ok_or_else(|| Error::usage("the header has no column `prompt`"))?;
        Ok(Self {
            count: names.len(),
            id: place(ID),
            input: Some(input),
            system: place(SYSTEM),
            max_tokens: place(MAX_TOKENS),
            variables: Vec::new(),
        })
    }

    fn of_template(names: &[&str], template: &Template) -> Result<Self, Error> {
        let mut wanted = template.missing_variables();
        wanted.extend(template.takes_input().then_some(INPUT));
        let mut header = Self { count: names.len(), ..Self::default() };
        for (column, name) in names.iter().enumerate() {
            if *name == ID {
                header.id = Some(column);
            } else if template.variables().contains_key(*name) {
                return Err(Error::usage(format!("`--var {name}` and the column `{name}` give the same variable")));
            } else if !wanted.contains(name) {
                return Err(unused(name, &wanted, template));
            }
            if *name == INPUT {
                header.input = Some(column);
            } else if wanted.contains(name) {
                header.variables.push((column, (*name).to_owned()));
            }
        }
        let missing: Vec<_> = wanted.into_iter().filter(|name| !names.contains(name)).collect();
        if missing.is_empty() {
            return Ok(header);
        }
        let what =
            format!("the header has no column for {} of the template `{}`", quoted_list(&missing), template.name());
        let by_flag = missing.into_iter().find(|name| *name != INPUT);
        let hint = |name| format!("add the column, or `--var {name}=VALUE` for all records");
        Err(Error::usage(what).hints(by_flag.map(hint)))
    }
}

fn unused(name: &str, wanted: &[&str], template: &Template) -> Error {
    let what = format!("the header has the column `{name}`, which the template `{}` does not use", template.name());
    let error = match (nearest(name, wanted), wanted) {
        (Some(near), _) => Error::usage(what).hint(format!("did you mean `{near}`?")),
        (None, []) => Error::usage(what).hint("its variables have their values; only `recordId` can be a column"),
        (None, wanted) => Error::usage(what).hint(format!("its variables are {}", quoted_list(wanted))),
    };
    with_separator(error, name)
}

fn with_separator(error: Error, name: &str) -> Error {
    if name.contains([';', '\t']) { error.hint("the columns must be separated by commas") } else { error }
}

/// Where in a record a text ends.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Quotes {
    /// At the beginning of a field.
    #[default]
    Start,
    /// In a field without quotes.
    Plain,
    /// In a quoted field, which can have line breaks.
    Quoted,
    /// After a quote in a quoted field: its end, or the first of two quotes that stand for one.
    Closed,
    /// After more than a quoted field.
    Torn,
}

impl Quotes {
    /// Returns where a text ends that is behind another.
    #[must_use]
    pub fn after(self, text: &[u8]) -> Self {
        text.iter().fold(self, |quotes, byte| match (quotes, byte) {
            (Self::Torn, _) => Self::Torn,
            (Self::Quoted, b'"') => Self::Closed,
            (Self::Start | Self::Closed, b'"') | (Self::Quoted, _) => Self::Quoted,
            (_, b',') => Self::Start,
            (Self::Closed, _) => Self::Torn,
            (Self::Start | Self::Plain, _) => Self::Plain,
        })
    }
}
