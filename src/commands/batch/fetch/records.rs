//! The records of the input, for their IDs and their order: from the file that was submitted, or from what was uploaded.

use std::borrow::Cow;
use std::fs::File;
use std::io::{self, Seek};
use std::path::Path;

use serde::Deserialize;
use serde_json::value::RawValue;

use super::join::Join;
use super::line::InputLine;
use crate::commands::batch::lines::{BYTE_ORDER_MARK, LARGEST, Lines, without_line_break};
use crate::config::contents;
use crate::digest::{Hashed, hexadecimal};
use crate::error::{Error, ExitCode};

/// The bytes of the longest line that is read: a result has the request of its record, and the response to it.
pub const LONGEST: usize = 2 * LARGEST;

/// The records of the file that was submitted, which may have no ID of their own, and have no request; or those that were
/// uploaded, which have both.
pub struct SubmittedRecords {
    file: File,
    /// The name of the file that was submitted; `None` for what was uploaded.
    name: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
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
    /// Opens the file that was submitted, which must have this digest.
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
        Ok(Self { file, name: Some(name) })
    }

    pub fn uploaded(file: File) -> Self {
        Self { file, name: None }
    }

    /// Whether every record has its request.
    pub fn has_requests(&self) -> bool {
        self.name.is_none()
    }

    /// Adds the ID of each record to the join.
    pub fn index(&self, join: &mut Join) -> Result<(), Error> {
        self.read()?.try_for_each(|record| join.add_record(&record?.id).map_err(cannot_join))
    }

    /// Reads the records from the first one.
    pub fn read(&self) -> Result<SubmittedReader, Error> {
        let mut file = self.file.try_clone().map_err(cannot_join)?;
        file.rewind().map_err(cannot_join)?;
        Ok(SubmittedReader { lines: Lines::new(file, LONGEST), name: self.name.clone() })
    }
}

/// Reads records. Only one reader of a file may be in use.
pub struct SubmittedReader {
    lines: Lines<File>,
    name: Option<String>,
}

impl Iterator for SubmittedReader {
    type Item = Result<SubmittedRecord, Error>;

    fn next(&mut self) -> Option<Self::Item> {
        loop {
            match self.lines.next() {
                Ok(Some(_)) => {}
                Ok(None) => return None,
                Err(error) => return Some(Err(cannot_join(error))),
            }
            let line = without_line_break(&self.lines.bytes);
            let unmarked = line.strip_prefix(BYTE_ORDER_MARK.as_bytes()).filter(|_| self.lines.number == 1);
            let line = unmarked.unwrap_or(line);
            if !std::str::from_utf8(line).is_ok_and(|line| line.trim().is_empty()) {
                return Some(self.parse(line).map_err(|error| self.refuse(&error)));
            }
        }
    }
}

impl SubmittedReader {
    fn parse(&self, line: &[u8]) -> Result<SubmittedRecord, serde_json::Error> {
        if self.name.is_some() {
            let SubmittedLine { record_id } = serde_json::from_slice(line)?;
            let id = record_id.map_or_else(|| format!("{:09}", self.lines.number), Cow::into_owned);
            return Ok(SubmittedRecord { id, model_input: None });
        }
        let InputLine { record_id, model_input } = serde_json::from_slice(line)?;
        Ok(SubmittedRecord { id: record_id.into_owned(), model_input: Some(RawValue::get(model_input).to_owned()) })
    }

    fn refuse(&self, error: &serde_json::Error) -> Error {
        let number = self.lines.number;
        match &self.name {
            Some(name) => Error::usage(format!("line {number} of the input {name} is not a record")),
            None => Error::usage(format!("line {number} of the input in S3 is not a record with a `recordId`"))
                .hint("`--input FILE` names a file with the records, each with its `recordId`"),
        }
        .cause(error.to_string())
    }
}

/// Returns the error for a temporary file that cannot be written or read.
#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
pub fn cannot_join(error: io::Error) -> Error {
    Error::new(ExitCode::Failure, "cannot join the results to the records").cause(error.to_string())
}

/// Returns the SHA-256 of a file in hexadecimal digits.
fn digest_of(file: &mut File) -> io::Result<String> {
    let mut file = Hashed::new(file);
    io::copy(&mut file, &mut io::sink())?;
    Ok(hexadecimal(&file.digest.finish()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_record_may_be_as_long_as_any_that_is_submitted() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("input.jsonl");
        let line = |prompt: &str| format!("{{\"prompt\":\"{prompt}\"}}\n");
        std::fs::write(&path, line(&"x".repeat(LARGEST - line("").len()))).unwrap();
        let mut reader = SubmittedRecords::submitted(&path, None).unwrap().read().unwrap();
        assert_eq!(reader.next().unwrap().unwrap().id, "000000001");
    }
}
