//! The form of the journal: a header of one line, then entries of one size, each for a line of the output. An entry is
//! written before its line, so that a line without one cannot be the end of a run that was killed.

use std::io::{self, BufRead, ErrorKind, Read};

use serde::{Deserialize, Serialize};

use super::RunIdentity;
use crate::commands::batch::words;
use crate::digest::hexadecimal;

const VERSION: u32 = 1;

/// How each header begins.
const START: &str = "{\"bedrockAskJournal\":";

/// The most bytes of a header.
const LONGEST_HEADER: u64 = 16 * 1024;

/// The bytes of an entry.
pub const ENTRY: usize = 48;

/// The number of records from which an entry cannot be right: the bits of so many would not fit into the memory.
const MOST_RECORDS: u64 = 1 << 32;

/// What is the same for all entries.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct JournalHeader {
    #[serde(rename = "bedrockAskJournal")]
    version: u32,
    /// How often the output was rewritten.
    pub generation: u64,
    /// The digest of the input in hexadecimal digits; `None` if it was read from stdin.
    pub input: Option<String>,
    pub model_id: String,
    /// The digest of the options in hexadecimal digits.
    pub request: String,
    /// Whether the lines have the text alone.
    pub text: bool,
    /// Whether the lines are in the order of the input.
    pub ordered: bool,
}

/// What stands at the start of a journal.
#[derive(Debug, PartialEq, Eq)]
pub enum Start {
    Header(JournalHeader),
    /// A part of a header: the process was killed while it was written.
    Torn,
    Other,
}

/// An entry: that a record has a line in the output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct JournalEntry {
    /// The number of records before it in the input.
    pub index: u64,
    /// The hash of its line in the input.
    pub digest: u64,
    /// The offset in the output behind its line.
    pub end: u64,
    /// The hash of its line in the output.
    pub line: u64,
    /// The number of entries that were on the disk with their lines when this one was written; in the last entry of a run
    /// that was finished, that of all entries, this one included.
    pub synced: u64,
    pub is_failed: bool,
}

/// The bytes are no entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct NotValid;

impl JournalHeader {
    pub fn new(RunIdentity { input, model_id, request }: &RunIdentity, text: bool, ordered: bool) -> Self {
        let (input, request) = (input.map(|digest| hexadecimal(&digest)), hexadecimal(request));
        Self { version: VERSION, generation: 0, input, model_id: model_id.clone(), request, text, ordered }
    }

    /// Returns the header of the next generation.
    pub fn next(&self) -> Self {
        Self { generation: self.generation + 1, ..self.clone() }
    }

    pub fn to_line(&self) -> io::Result<String> {
        serde_json::to_string(self).map(|line| line + "\n").map_err(io::Error::other)
    }

    /// Reads what stands at the start of a journal, and the number of its bytes.
    pub fn read(journal: &mut impl BufRead) -> io::Result<(Start, u64)> {
        let mut line = Vec::new();
        let length = journal.take(LONGEST_HEADER).read_until(b'\n', &mut line)? as u64;
        let start = match serde_json::from_slice::<Self>(&line) {
            Ok(header) if header.version == VERSION && line.ends_with(b"\n") => Start::Header(header),
            _ if line.ends_with(b"\n") => Start::Other,
            _ if START.as_bytes().starts_with(&line) || line.starts_with(START.as_bytes()) => Start::Torn,
            _ => Start::Other,
        };
        Ok((start, length))
    }
}

impl JournalEntry {
    /// Returns the bytes of the entry, with a checksum.
    pub fn to_bytes(self) -> [u8; ENTRY] {
        let mut bytes = [0; ENTRY];
        let numbers = [self.index, self.digest, self.end, self.line, self.synced];
        bytes[..40].copy_from_slice(&words::to_bytes(&numbers));
        bytes[40] = u8::from(self.is_failed);
        let [sum @ .., _, _, _, _] = hash(&bytes[..44]).to_le_bytes();
        bytes[44..].copy_from_slice(&sum);
        bytes
    }

    /// Returns the entry with these bytes, or `None` if they are none.
    pub fn from_bytes(bytes: &[u8; ENTRY]) -> Option<Self> {
        let [index, digest, end, line, synced] = words::from_bytes(bytes)?;
        let entry = Self { index, digest, end, line, synced, is_failed: bytes[40] == 1 };
        (entry.to_bytes() == *bytes && index < MOST_RECORDS).then_some(entry)
    }

    /// Reads the next entry, if it is valid; `None` at the end or before a part of one.
    pub fn read(journal: &mut impl Read) -> io::Result<Option<Result<Self, NotValid>>> {
        let mut bytes = [0; ENTRY];
        match journal.read_exact(&mut bytes) {
            Ok(()) => Ok(Some(Self::from_bytes(&bytes).ok_or(NotValid))),
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => Ok(None),
            Err(error) => Err(error),
        }
    }
}

/// The hash of nothing.
pub const EMPTY: u64 = 0xcbf2_9ce4_8422_2325;

/// Returns a hash that is the same in each version of the program (FNV-1a).
pub fn hash(bytes: &[u8]) -> u64 {
    hash_after(EMPTY, bytes)
}

/// Returns the hash of the bytes with this hash and those that follow.
pub fn hash_after(hash: u64, bytes: &[u8]) -> u64 {
    bytes.iter().fold(hash, |hash, byte| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3))
}
