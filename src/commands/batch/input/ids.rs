//! Finds records with the same `recordId`, in bounded memory: a hash of each ID goes to a temporary file. Of a record
//! without an ID, whose line is its ID, one bit is kept.

use std::io;

use super::fault::RecordFault;
use super::reader::Parsed;
use crate::commands::batch::disk_hash_table::{self, DiskHashTable};
use crate::digest::{sha256, words};
use crate::error::{Error, ExitCode};

/// The IDs of the records so far.
pub struct Ids {
    /// Both halves of the hash, the line, and the line that the ID is the number of, or else 0.
    own: DiskHashTable<4>,
    /// The lines of the records without an ID.
    numbered: Vec<u64>,
    /// Whether an ID is the number of a line.
    has_number: bool,
    /// Bits by hash: what is not there need not be looked for in the file. Only for records that are checked as they arrive.
    seen: Vec<u64>,
}

/// The words of the bits by hash: 1 MiB.
const SEEN: usize = 128 * 1024;

impl Ids {
    pub fn new() -> Self {
        Self { own: DiskHashTable::new(), numbered: Vec::new(), has_number: false, seen: Vec::new() }
    }

    /// Adds the ID of a record.
    ///
    /// # Errors
    /// If the temporary file cannot be written.
    pub fn add(&mut self, parsed: &Parsed) -> Result<(), Error> {
        let (id, line) = (&parsed.record.id, parsed.record.line);
        if parsed.has_own_id {
            let [high, low] = hash(id);
            let number = number(id);
            self.has_number |= number > 0;
            return self.own.push([high, low, line, number]).map_err(|error| temporary(&error));
        }
        let (word, bit) = place(line);
        if self.numbered.len() <= word {
            self.numbered.resize(word + 1, 0);
        }
        self.numbered[word] |= 1 << bit;
        Ok(())
    }

    /// Adds the ID of a record, which must not be that of an earlier one.
    ///
    /// # Errors
    /// If it is, or the temporary file cannot be read and written.
    pub fn add_new(&mut self, parsed: &Parsed) -> Result<(), RecordFault> {
        let line = parsed.record.line;
        let broken = |error| RecordFault::last(line, error);
        if parsed.has_own_id || self.has_number {
            let [high, low] = hash(&parsed.record.id);
            let found = if self.may_have([high, low]) { self.own.find(high) } else { Ok(Vec::new()) };
            let found = found.map_err(|error| broken(temporary(&error)))?;
            let number = if parsed.has_own_id { number(&parsed.record.id) } else { 0 };
            let earlier = found.iter().find(|entry| entry[1] == low).map(|entry| entry[2]);
            if let Some(earlier) = earlier.filter(|_| parsed.has_own_id) {
                return Err(same(line, earlier));
            }
            if let Some(earlier) = earlier.or_else(|| Some(number).filter(|number| self.is_numbered(*number))) {
                return Err(same_number(line, earlier));
            }
        }
        if parsed.has_own_id {
            self.see(hash(&parsed.record.id));
        }
        self.add(parsed).map_err(broken)
    }

    fn may_have(&self, hash: [u64; 2]) -> bool {
        hash.into_iter().all(|half| {
            let (word, bit) = bit_of(half);
            self.seen.get(word).is_some_and(|bits| bits >> bit & 1 == 1)
        })
    }

    fn see(&mut self, hash: [u64; 2]) {
        self.seen.resize(SEEN, 0);
        for (word, bit) in hash.map(bit_of) {
            self.seen[word] |= 1 << bit;
        }
    }

    /// Calls `report` with each record whose ID is that of an earlier one.
    ///
    /// # Errors
    /// If the temporary file cannot be read.
    pub fn duplicates(mut self, mut report: impl FnMut(RecordFault)) -> Result<(), Error> {
        for bucket in 0..disk_hash_table::BUCKETS {
            let entries = self.own.sorted(bucket).map_err(|error| temporary(&error))?;
            for same_id in entries.chunk_by(|one, other| one[..2] == other[..2]) {
                let [_, _, first, number] = same_id[0];
                same_id[1..].iter().for_each(|entry| report(same(entry[2], first)));
                if self.is_numbered(number) {
                    report(same_number(first.max(number), first.min(number)));
                }
            }
        }
        Ok(())
    }

    fn is_numbered(&self, line: u64) -> bool {
        let (word, bit) = place(line);
        self.numbered.get(word).is_some_and(|bits| bits >> bit & 1 == 1)
    }
}

fn same(line: u64, earlier: u64) -> RecordFault {
    RecordFault::new(line, Error::usage(format!("its `recordId` is that of line {earlier}")))
}

/// Returns the fault of two records of which one has no ID.
fn same_number(line: u64, earlier: u64) -> RecordFault {
    let cause = "the `recordId` of a record without one is the number of its line, of 9 digits";
    RecordFault::new(line, same(line, earlier).error.cause(cause))
}

/// Returns the place of a bit by hash.
fn bit_of(half: u64) -> (usize, u64) {
    place(half % (SEEN as u64 * 64))
}

fn place(line: u64) -> (usize, u64) {
    (usize::try_from(line / 64).unwrap_or(usize::MAX), line % 64)
}

/// Returns the line that an ID is the number of; 0 if it is not such a number.
fn number(id: &str) -> u64 {
    let is_number = id.len() >= 9 && id.bytes().all(|byte| byte.is_ascii_digit());
    let number = if is_number { id.parse().unwrap_or_default() } else { 0 };
    if format!("{number:09}") == id { number } else { 0 }
}

fn hash(id: &str) -> [u64; 2] {
    let [high, low, ..] = words(sha256(id.as_bytes()));
    [high, low]
}

fn temporary(error: &io::Error) -> Error {
    Error::new(ExitCode::Failure, "cannot use a temporary file").cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::batch::record::{InputRecord, RecordContent};

    fn parsed(line: u64, id: Option<&str>) -> Parsed {
        let content = RecordContent::ModelInput { body: "{}".into(), max_tokens: None };
        let own = id.map_or_else(|| format!("{line:09}"), str::to_owned);
        let record = InputRecord { index: 0, line, id: own, digest: 0, content };
        Parsed { record, has_own_id: id.is_some() }
    }

    /// Returns the lines of the faults, and the lines that they name: found at the end, and as the records arrive.
    fn duplicates(records: &[(u64, Option<&str>)]) -> (Vec<String>, Vec<String>) {
        let text = |fault: RecordFault| format!("{}: {}", fault.line, fault.error.message.summary);
        let mut ids = Ids::new();
        let mut at_once = Ids::new();
        let mut arriving = Vec::new();
        for (line, id) in records {
            ids.add(&parsed(*line, *id)).unwrap();
            arriving.extend(at_once.add_new(&parsed(*line, *id)).err().map(text));
        }
        let mut found = Vec::new();
        ids.duplicates(|fault| found.push(text(fault))).unwrap();
        found.sort();
        (found, arriving)
    }

    #[test]
    fn a_record_with_the_id_of_another_is_found_with_both_lines() {
        let same = |line: u64, earlier: u64| format!("{line}: its `recordId` is that of line {earlier}");
        for (records, expected) in [
            (&[(1, Some("a")), (2, Some("b")), (3, None)][..], vec![]),
            (&[(1, Some("a")), (2, Some("b")), (4, Some("a"))], vec![same(4, 1)]),
            (&[(1, Some("a")), (2, Some("a")), (4, Some("a"))], vec![same(2, 1), same(4, 1)]),
            (&[(1, None), (2, Some("000000001"))], vec![same(2, 1)]),
            (&[(1, Some("000000002")), (2, None)], vec![same(2, 1)]),
            (&[(1, Some("000000001")), (2, Some("2")), (3, Some("0000000004")), (4, None)], vec![]),
            (&[(7, Some("12345678901")), (12_345, None)], vec![]),
        ] {
            assert_eq!(duplicates(records), (expected.clone(), expected), "{records:?}");
        }
    }

    #[test]
    fn no_more_than_a_bit_of_a_record_without_an_id_is_kept() {
        let mut ids = Ids::new();
        for line in 1..=100_000 {
            ids.add(&parsed(line, None)).unwrap();
        }
        assert_eq!(ids.numbered.len(), 100_000 / 64 + 1);
        ids.add(&parsed(100_001, Some("000099999"))).unwrap();
        let mut lines = Vec::new();
        ids.duplicates(|fault| lines.push(fault.line)).unwrap();
        assert_eq!(lines, [100_001]);
    }
}
