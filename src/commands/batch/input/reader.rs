//! Reads the records of an input one after the other, in any of its forms.

use std::io::Read;

use super::InputForm;
use super::fault::RecordFault;
use super::jsonl;
use super::shape::RecordShape;
use super::table::{Quotes, Table};
use crate::commands::batch::lines::{BYTE_ORDER_MARK, LARGEST, LineRead, Lines, without_line_break};
use crate::commands::batch::record::{InputRecord, RecordContent};
use crate::digest::{Hashed, Sha256, words};
use crate::error::Error;

/// The marks that begin a text in UTF-16.
const UTF_16: [[u8; 2]; 2] = [[0xff, 0xfe], [0xfe, 0xff]];

pub struct Reader<R> {
    /// What errors call the input.
    pub name: String,
    lines: Lines<Hashed<R>>,
    form: InputForm,
    /// The columns of an input in CSV.
    table: Table,
    shape: RecordShape,
    /// The number of records before the next.
    index: u64,
    /// What all records have in common for their digests.
    digest: Sha256,
    has_ended: bool,
}

/// A record without its place.
#[derive(Clone, Debug, PartialEq)]
pub struct UnplacedRecord {
    pub id: Option<String>,
    pub content: RecordContent,
}

/// A record, and what a check counts of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub record: InputRecord,
    /// Whether the ID is its own.
    pub has_own_id: bool,
}

impl<R: Read> Reader<R> {
    pub fn new(name: &str, source: R, form: InputForm, shape: RecordShape) -> Self {
        let (lines, digest) = (Lines::new(Hashed::new(source), LARGEST), Sha256::new());
        Self { name: name.to_owned(), lines, form, table: Table::new(), shape, index: 0, digest, has_ended: false }
    }

    /// Returns the SHA-256 digest of an input that was read to its end, and the number of its bytes.
    pub fn finish(self) -> ([u8; 32], u64) {
        let bytes = self.lines.read;
        (self.lines.into_source().digest.finish(), bytes)
    }

    fn read(&mut self) -> Result<Option<Parsed>, RecordFault> {
        loop {
            let is_header = self.form == InputForm::Csv && !self.table.has_header();
            // Without a header, nothing is known of the records.
            let read = self.read_lines().map_err(|fault| RecordFault { is_last: fault.is_last || is_header, ..fault });
            let Some(line) = read? else { return Ok(None) };
            let fault = |error| RecordFault { is_last: is_header, ..RecordFault::new(line, error) };
            let bytes = without_line_break(&self.lines.bytes);
            let text = text(bytes).and_then(|text| without_mark(text, self.form, line)).map_err(fault)?;
            let row = match self.form {
                InputForm::Jsonl => jsonl::row(text, &self.shape),
                InputForm::Lines => {
                    let content = self.shape.content(text.to_owned(), None, None);
                    content.map(|content| UnplacedRecord { id: None, content })
                }
                InputForm::Csv if is_header => {
                    self.table.read_header(text, &self.shape).map_err(fault)?;
                    self.digest.update(bytes);
                    self.digest.update(b"\n");
                    continue;
                }
                InputForm::Csv => self.table.row(text, &mut self.shape),
            };
            let UnplacedRecord { id, content } = row.map_err(fault)?;
            let mut digest = self.digest.clone();
            digest.update(bytes);
            let [digest, ..] = words(digest.finish());
            let has_own_id = id.is_some();
            let id = id.unwrap_or_else(|| format!("{line:09}"));
            let record = InputRecord { index: self.index, line, id, digest, content };
            self.index += 1;
            return Ok(Some(Parsed { record, has_own_id }));
        }
    }

    /// Reads the lines of the next record that is not blank; returns the number of the first.
    fn read_lines(&mut self) -> Result<Option<u64>, RecordFault> {
        loop {
            let read = self.lines.next();
            let line = self.lines.number;
            let unreadable = |error| RecordFault::last(line + 1, Error::unreadable(&self.name, &error));
            match read.map_err(unreadable)? {
                None => return Ok(None),
                Some(LineRead::Cut) => return Err(too_large(line, false)),
                Some(LineRead::Whole) => {}
            }
            let bytes = without_line_break(&self.lines.bytes);
            if bytes.trim_ascii().is_empty() {
                continue;
            }
            if self.form == InputForm::Csv {
                self.read_quoted_lines(line)?;
            }
            return Ok(Some(line));
        }
    }

    /// Reads the lines of a record in CSV that are behind its first line.
    fn read_quoted_lines(&mut self, line: u64) -> Result<(), RecordFault> {
        let first = without_line_break(&self.lines.bytes);
        let first = first.strip_prefix(BYTE_ORDER_MARK.as_bytes()).filter(|_| line == 1).unwrap_or(first);
        let mut quotes = Quotes::default().after(first);
        while quotes == Quotes::Quoted {
            let read = self.lines.bytes.len();
            match self.lines.append().map_err(|error| RecordFault::last(line, Error::unreadable(&self.name, &error)))? {
                None => return Err(RecordFault::last(line, Error::usage("it has a quoted field that does not end"))),
                Some(LineRead::Cut) => return Err(too_large(line, true)),
                Some(LineRead::Whole) => quotes = quotes.after(without_line_break(&self.lines.bytes[read..])),
            }
        }
        if quotes == Quotes::Torn {
            let error = Error::usage("it has text after the end of a quoted field");
            let hint = "a quote inside of a quoted field must be doubled: `\"a \"\"b\"\"\"`";
            return Err(RecordFault::new(line, error.hint(hint)));
        }
        Ok(())
    }
}

/// Returns each record, or what is wrong with it, until the end or the last fault.
impl<R: Read> Iterator for Reader<R> {
    type Item = Result<Parsed, RecordFault>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.has_ended {
            return None;
        }
        let read = self.read().transpose();
        self.has_ended = match &read {
            None => true,
            Some(read) => read.as_ref().is_err_and(|fault| fault.is_last),
        };
        read
    }
}

/// Returns the text of a line without a byte order mark, which may begin a file of text.
fn without_mark(text: &str, form: InputForm, line: u64) -> Result<&str, Error> {
    match (text.strip_prefix(BYTE_ORDER_MARK), form) {
        (Some(_), InputForm::Jsonl) => Err(Error::usage("it is not JSON: it begins with a byte order mark")
            .hint("save it as UTF-8 without a byte order mark")),
        (Some(rest), _) if line == 1 => Ok(rest),
        _ => Ok(text),
    }
}

fn text(bytes: &[u8]) -> Result<&str, Error> {
    let text = std::str::from_utf8(bytes).map_err(|error| {
        let place = error.valid_up_to() + 1;
        let form = if UTF_16.iter().any(|mark| bytes.starts_with(mark)) { "UTF-16" } else { "LATIN1" };
        let hint = format!("convert it first: `iconv -f {form} -t UTF-8`");
        Error::usage(format!("it is not UTF-8 at byte {place}")).hint(hint)
    })?;
    if memchr::memchr(0, bytes).is_some() {
        return Err(Error::usage("it is binary, and only text is read"));
    }
    Ok(text)
}

fn too_large(line: u64, is_last: bool) -> RecordFault {
    let most = LARGEST / 1_000_000;
    let error = Error::usage(format!("it has more than {most} MB, which is more than any model takes"));
    RecordFault { is_last, ..RecordFault::new(line, error) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;

    #[test]
    fn the_digest_is_that_of_all_bytes() {
        let mut reader = Reader::new("`x`", &b"a\nb"[..], InputForm::Lines, RecordShape::default());
        assert_eq!(reader.by_ref().count(), 2);
        assert_eq!(reader.finish(), (sha256(b"a\nb"), 3));
    }
}
