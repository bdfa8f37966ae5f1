//! Results that arrived before that of an earlier record. They are held until it arrives, and lost if the process is
//! killed, like what was sent and has not arrived.

use std::collections::BTreeMap;

use super::journal::JournalEntry;

/// The bytes of held lines from which no further record is sent.
const MOST_HELD: usize = 16 * 1024 * 1024;

/// The bytes that a held line takes besides its own.
const PER_LINE: usize = 128;

#[derive(Debug, Default)]
pub struct ReorderBuffer {
    /// The index of the record whose line is written next.
    next: u64,
    lines: BTreeMap<u64, (JournalEntry, String)>,
    bytes: usize,
}

impl ReorderBuffer {
    /// Holds lines until the record with this index has its own.
    pub fn new(next: u64) -> Self {
        Self { next, ..Self::default() }
    }

    pub fn has_room(&self) -> bool {
        self.bytes < MOST_HELD
    }

    pub fn contains(&self, index: u64) -> bool {
        self.lines.contains_key(&index)
    }

    pub fn insert(&mut self, entry: JournalEntry, line: String) {
        self.bytes += line.len() + PER_LINE;
        self.lines.insert(entry.index, (entry, line));
    }

    /// Returns the line that comes next in the order of the input, if it has arrived.
    pub fn due(&self) -> Option<(JournalEntry, String)> {
        self.lines.get(&self.next).cloned()
    }

    pub fn first(&self) -> Option<(JournalEntry, String)> {
        self.lines.first_key_value().map(|(_, held)| held.clone())
    }

    /// Removes a line that has been written.
    pub fn remove(&mut self, index: u64) {
        if let Some((_, line)) = self.lines.remove(&index) {
            self.bytes -= line.len() + PER_LINE;
            self.next = index + 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn entry(index: u64) -> JournalEntry {
        JournalEntry { index, digest: 0, end: 0, line: 0, synced: 0, is_failed: false }
    }

    #[test]
    fn a_line_waits_for_the_one_before_and_there_is_an_end_to_the_room() {
        let mut held = ReorderBuffer::new(2);
        held.insert(entry(3), "x".repeat(MOST_HELD));
        assert!(held.due().is_none() && !held.has_room() && held.contains(3));
        held.insert(entry(2), "two".to_owned());
        assert_eq!(held.due().unwrap().1, "two");
        held.remove(2);
        assert_eq!(held.due().unwrap().0.index, 3);
        held.remove(3);
        assert!(held.has_room() && held.due().is_none() && held.first().is_none());
    }
}
