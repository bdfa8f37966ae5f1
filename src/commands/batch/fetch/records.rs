//! The records of the input, for their IDs and their order: from the file that was submitted, or from what was uploaded.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Read, Seek};
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::join::Join;
use super::line::InputLine;
use super::lines::PlacedLines;
use crate::config::contents;
use crate::digest::{Sha256, hexadecimal};
use crate::error::{Error, ExitCode};

/// The bytes of a mark of UTF-8 at the start of a file.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// Where the records are.
pub enum SubmittedRecords {
    /// The file that was submitted, and its name. A record may have no ID of its own, and no request.
    Submitted(File, String),
    /// What was uploaded: a request in each line.
    Uploaded(File),
}

/// A record.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct SubmittedRecord {
    pub id: String,
    /// The request, if the line has it.
    pub model_input: Option<String>,
}

/// A line of a file that was submitted.
#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct SubmittedLine<'a> {
    #[serde(borrow)]
    record_id: Option<Cow<'a, str>>,
}

impl SubmittedRecords {
    /// Opens the file that was submitted.
    ///
    /// # Errors
    /// If it cannot be read, or is not the one that was submitted.
    pub fn submitted(path: &Path, digest: Option<&str>) -> Result<Self, Error> {
        let name = format!("`{}`", path.display());
        let unreadable =
            |error: io::Error| Error::usage(format!("the input {name} cannot be read")).cause(error.to_string());
        let mut file = contents::open(path).map_err(unreadable)?;
        if !file.metadata().map_err(unreadable)?.is_file() {
            return Err(Error::usage(format!("the input {name} is not a regular file")));
        }
        if let Some(digest) = digest
            && digest_of(&mut file).map_err(unreadable)? != digest
        {
            return Err(Error::usage(format!(
                "the input {name} is not the one that was submitted: its content differs"
            ))
            .hint("`--input FILE` names the file that was submitted, if it is elsewhere")
            .hint("without a file there, the records are read from S3, where they were uploaded"));
        }
        file.rewind().map_err(unreadable)?;
        Ok(Self::Submitted(file, name))
    }

    /// Whether every record has its request.
    pub fn has_requests(&self) -> bool {
        matches!(self, Self::Uploaded(_))
    }

    /// Adds the ID of each record to the join.
    pub fn index(&self, join: &mut Join) -> Result<(), Error> {
        let mut reader = self.read()?;
        let mut record = SubmittedRecord::default();
        while reader.next(&mut record)? {
            join.add_record(&record.id).map_err(|error| cannot_join(&error))?;
        }
        Ok(())
    }

    /// Reads the records from the first one.
    pub fn read(&self) -> Result<SubmittedReader, Error> {
        let (file, name) = match self {
            Self::Submitted(file, name) => (file, Some(name.clone())),
            Self::Uploaded(file) => (file, None),
        };
        let copy = file.try_clone().and_then(|mut copy| copy.rewind().map(|()| copy));
        let copy = copy.map_err(|error| cannot_join(&error))?;
        Ok(SubmittedReader { lines: PlacedLines::new(copy), name, line: Vec::new(), number: 0 })
    }
}

/// Reads records. Only one reader of a file may be in use.
pub struct SubmittedReader {
    lines: PlacedLines<File>,
    /// The name of the file that was submitted; `None` for what was uploaded.
    name: Option<String>,
    line: Vec<u8>,
    number: u64,
}

impl SubmittedReader {
    /// Replaces `record` by the next one; `false` at the end.
    pub fn next(&mut self, record: &mut SubmittedRecord) -> Result<bool, Error> {
        loop {
            if self.lines.next(&mut self.line).map_err(|error| cannot_join(&error))?.is_none() {
                return Ok(false);
            }
            self.number += 1;
            let line = if self.number == 1 { self.line.strip_prefix(BYTE_ORDER_MARK) } else { None };
            let line = line.unwrap_or(&self.line);
            if std::str::from_utf8(line).is_ok_and(|line| line.trim().is_empty()) {
                continue;
            }
            *record = self.parse(line).map_err(|error| self.refuse(&error))?;
            return Ok(true);
        }
    }

    fn parse(&self, line: &[u8]) -> Result<SubmittedRecord, serde_json::Error> {
        if self.name.is_some() {
            let SubmittedLine { record_id } = serde_json::from_slice(line)?;
            let id = record_id.map_or_else(|| format!("{:09}", self.number), Cow::into_owned);
            return Ok(SubmittedRecord { id, model_input: None });
        }
        let InputLine { record_id, model_input } = serde_json::from_slice(line)?;
        Ok(SubmittedRecord { id: record_id.into_owned(), model_input: Some(RawValue::get(model_input).to_owned()) })
    }

    fn refuse(&self, error: &serde_json::Error) -> Error {
        let number = self.number;
        match &self.name {
            Some(name) => Error::usage(format!("line {number} of the input {name} is not a record")),
            None => Error::usage(format!("line {number} of the input in S3 is not a record with a `recordId`"))
                .hint("`--input FILE` names a file with the records, each with its `recordId`"),
        }
        .cause(error.to_string())
    }
}

/// Returns the error for a temporary file that cannot be written or read.
pub fn cannot_join(error: &io::Error) -> Error {
    Error::new(ExitCode::Failure, "cannot join the results to the records").cause(error.to_string())
}

/// Returns the SHA-256 of a file in hexadecimal digits.
fn digest_of(file: &mut File) -> io::Result<String> {
    let mut hasher = Sha256::new();
    let mut buffer = vec![0; 256 * 1024];
    loop {
        match file.read(&mut buffer)? {
            0 => break,
            count => hasher.update(&buffer[..count]),
        }
    }
    Ok(hexadecimal(&hasher.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::batch::input::LARGEST;

    #[test]
    fn a_record_may_be_as_long_as_any_that_is_submitted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("input.jsonl");
        let line = |prompt: &str| format!("{{\"prompt\":\"{prompt}\"}}\n");
        std::fs::write(&path, line(&"x".repeat(LARGEST - line("").len()))).unwrap();
        let mut reader = SubmittedRecords::submitted(&path, None).unwrap().read().unwrap();
        let mut record = SubmittedRecord::default();
        assert!(reader.next(&mut record).unwrap());
        assert_eq!(record.id, "000000001");
    }
}
