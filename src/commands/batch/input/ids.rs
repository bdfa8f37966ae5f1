//! Finds records with the same `recordId`, in bounded memory: a hash of each ID goes to a temporary file. Of a record
//! without an ID, whose line is its ID, one bit is kept.

use super::fault::RecordFault;
use super::reader::Parsed;
use crate::commands::batch::bits::Bits;
use crate::commands::batch::disk_hash_table::{BUCKETS, DiskHashTable, unusable};
use crate::digest::{sha256, words};
use crate::error::Error;

#[derive(Default)]
pub struct Ids {
    /// Both halves of the hash, the line, and the line that the ID is the number of, or else 0.
    own: DiskHashTable<4>,
    /// The lines of the records without an ID.
    numbered: Bits,
    /// Whether an ID is the number of a line.
    has_number: bool,
    /// Bits by hash: what is not there need not be looked for in the file. Only for records that are checked as they arrive.
    seen: Bits,
}

/// The bits by hash: 1 MiB.
const SEEN: u64 = 8 * 1024 * 1024;

impl Ids {
    pub fn add(&mut self, parsed: &Parsed) -> Result<(), Error> {
        let (id, line) = (&parsed.record.id, parsed.record.line);
        if parsed.has_own_id {
            let [high, low] = hash(id);
            let number = number(id);
            self.has_number |= number > 0;
            return self.own.push([high, low, line, number]).map_err(unusable);
        }
        self.numbered.insert(line);
        Ok(())
    }

    /// Adds the ID of a record, which must not be that of an earlier one.
    pub fn add_new(&mut self, parsed: &Parsed) -> Result<(), RecordFault> {
        let line = parsed.record.line;
        let broken = |error| RecordFault::last(line, error);
        if parsed.has_own_id || self.has_number {
            let [high, low] = hash(&parsed.record.id);
            let may_be_there = [high, low].iter().all(|half| self.seen.contains(half % SEEN));
            let found = if may_be_there { self.own.find(high) } else { Ok(Vec::new()) };
            let found = found.map_err(|error| broken(unusable(error)))?;
            let number = if parsed.has_own_id { number(&parsed.record.id) } else { 0 };
            let earlier = found.iter().find(|entry| entry[1] == low).map(|entry| entry[2]);
            if let Some(earlier) = earlier.filter(|_| parsed.has_own_id) {
                return Err(same(line, earlier));
            }
            if let Some(earlier) = earlier.or_else(|| Some(number).filter(|number| self.numbered.contains(*number))) {
                return Err(same_number(line, earlier));
            }
        }
        if parsed.has_own_id {
            for half in hash(&parsed.record.id) {
                self.seen.insert(half % SEEN);
            }
        }
        self.add(parsed).map_err(broken)
    }

    /// Calls `report` with each record whose ID is that of an earlier one.
    pub fn duplicates(mut self, mut report: impl FnMut(RecordFault)) -> Result<(), Error> {
        for bucket in 0..BUCKETS {
            let entries = self.own.sorted(bucket).map_err(unusable)?;
            for same_id in entries.chunk_by(|one, other| one[..2] == other[..2]) {
                let [_, _, first, number] = same_id[0];
                same_id[1..].iter().for_each(|entry| report(same(entry[2], first)));
                if self.numbered.contains(number) {
                    report(same_number(first.max(number), first.min(number)));
                }
            }
        }
        Ok(())
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
        let mut ids = Ids::default();
        let mut at_once = Ids::default();
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
    fn an_id_can_be_the_number_of_one_of_many_lines() {
        let mut ids = Ids::default();
        for line in 1..=100_000 {
            ids.add(&parsed(line, None)).unwrap();
        }
        ids.add(&parsed(100_001, Some("000099999"))).unwrap();
        let mut lines = Vec::new();
        ids.duplicates(|fault| lines.push(fault.line)).unwrap();
        assert_eq!(lines, [100_001]);
    }
}
