//! An array of entries of one size in a temporary file, by their index: what is looked up without being held in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::words;

/// The bytes that are read at once.
const BLOCK: usize = 64 * 1024;

/// Entries of `N` words. Those that were not set, and are not behind the last one, are zeros.
#[derive(Debug)]
pub struct DiskArray<const N: usize> {
    file: File,
    block: Vec<u8>,
    /// The offset of the block in the file.
    start: u64,
}

impl<const N: usize> DiskArray<N> {
    const SIZE: u64 = (N * words::SIZE) as u64;

    /// Creates an array of so many entries in an empty file.
    pub fn new(file: File, entries: u64) -> io::Result<Self> {
        file.set_len(entries * Self::SIZE)?;
        Ok(Self { file, block: Vec::new(), start: 0 })
    }

    pub fn set(&mut self, index: u64, entry: [u64; N]) -> io::Result<()> {
        self.block.clear();
        self.file.seek(SeekFrom::Start(index * Self::SIZE))?;
        self.file.write_all(&words::to_bytes(&entry))
    }

    /// Returns the entry at this index, which must not be behind the last one.
    pub fn get(&mut self, index: u64) -> io::Result<[u64; N]> {
        let offset = index * Self::SIZE;
        let is_read = self.start <= offset && offset + Self::SIZE <= self.start + self.block.len() as u64;
        if !is_read {
            self.start = offset;
            self.block.clear();
            self.file.seek(SeekFrom::Start(offset))?;
            Read::by_ref(&mut self.file).take(BLOCK as u64).read_to_end(&mut self.block)?;
        }
        let place = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        let entry = self.block.get(place..).and_then(words::from_bytes);
        entry.ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_entry_is_found_where_it_was_set() {
        let mut array = DiskArray::new(tempfile::tempfile().unwrap(), 0).unwrap();
        for index in [20_000, 3, 9000, 0] {
            array.set(index, [index + 7, index]).unwrap();
        }
        for index in [0, 3, 9000, 20_000, 3] {
            assert_eq!(array.get(index).unwrap(), [index + 7, index]);
        }
        assert_eq!(array.get(4).unwrap(), [0, 0]);
        assert!(array.get(20_001).is_err());
    }
}
