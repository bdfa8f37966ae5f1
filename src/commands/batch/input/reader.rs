//! Reads the records of an input one after the other.

use std::io::Read;
use std::ops::Deref;

use super::jsonl::{self, Members};
use super::lines::{Line, Lines, without_line_break};
use super::unreadable;
use crate::commands::batch::record::{Content, InputRecord};
use crate::error::Error;

/// Reads records.
pub struct Reader<R> {
    name: String,
    lines: Lines<R>,
    index: u64,
}

/// A record, and what a check counts of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Parsed {
    pub record: InputRecord,
    /// Whether the ID is its own.
    pub has_own_id: bool,
    /// The limit of tokens of its own.
    pub max_tokens: Option<i32>,
}

impl Parsed {
    /// Whether the record has a `modelInput`.
    pub fn has_own_input(&self) -> bool {
        matches!(self.record.content, Content::ModelInput(_))
    }
}

impl Deref for Parsed {
    type Target = InputRecord;

    fn deref(&self) -> &InputRecord {
        &self.record
    }
}

impl<R: Read> Reader<R> {
    pub fn new(name: &str, lines: Lines<R>) -> Self {
        Self { name: name.to_owned(), lines, index: 0 }
    }

    /// Returns the next record; `None` at the end.
    pub fn next(&mut self) -> Option<Result<Parsed, Error>> {
        loop {
            match self.lines.next() {
                Err(error) => return Some(Err(unreadable(&self.name, &error))),
                Ok(None) => return None,
                Ok(Some(Line::Cut)) => {
                    return Some(Err(Error::usage(format!("{}, line {}: too long", self.name, self.lines.number))));
                }
                Ok(Some(Line::Whole)) => {}
            }
            let line = without_line_break(&self.lines.bytes);
            if line.trim_ascii().is_empty() {
                continue;
            }
            let number = self.lines.number;
            let members = match jsonl::parse(line) {
                Ok(members) => members,
                Err(what) => return Some(Err(Error::usage(format!("{}, line {number}: {what}", self.name)))),
            };
            let digest = digest(line);
            return Some(Ok(self.record(members, digest)));
        }
    }

    fn record(&mut self, members: Members, digest: u64) -> Parsed {
        let Members { id, content, max_tokens } = members;
        let line = self.lines.number;
        let has_own_id = id.is_some();
        let id = id.unwrap_or_else(|| format!("{line:09}"));
        let index = self.index;
        self.index += 1;
        Parsed { record: InputRecord { index, line, id, digest, content }, has_own_id, max_tokens }
    }

    /// Returns the SHA-256 digest of what was read, and the number of bytes.
    pub fn finish(self) -> ([u8; 32], u64) {
        self.lines.finish()
    }
}

fn digest(line: &[u8]) -> u64 {
    let digest = ring::digest::digest(&ring::digest::SHA256, line);
    u64::from_be_bytes(super::lines::to_array(digest.as_ref()))
}
