//! The hashes of the lines of records that have a result, in a file without a name: an input that is read from stdin is
//! compared with them as it arrives.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

/// The bytes that are read at once.
const BLOCK: usize = 64 * 1024;

/// The bytes of a hash.
const SIZE: u64 = 8;

/// Hashes by the index of their records.
#[derive(Debug)]
pub struct Digests {
    file: File,
    block: Vec<u8>,
    /// The offset of the block in the file.
    start: u64,
}

impl Digests {
    /// Creates an empty file in the folder for temporary files.
    pub fn create() -> io::Result<Self> {
        Ok(Self { file: tempfile::tempfile()?, block: Vec::new(), start: 0 })
    }

    pub fn set(&mut self, index: u64, digest: u64) -> io::Result<()> {
        self.block.clear();
        self.file.seek(SeekFrom::Start(index * SIZE))?;
        self.file.write_all(&digest.to_le_bytes())
    }

    /// Returns the hash of the record at this index, which must be there.
    pub fn get(&mut self, index: u64) -> io::Result<u64> {
        let offset = index * SIZE;
        let is_read = self.start <= offset && offset + SIZE <= self.start + self.block.len() as u64;
        if !is_read {
            self.start = offset;
            self.block.clear();
            self.file.seek(SeekFrom::Start(offset))?;
            Read::by_ref(&mut self.file).take(BLOCK as u64).read_to_end(&mut self.block)?;
        }
        let place = usize::try_from(offset - self.start).unwrap_or(usize::MAX);
        let digest = self.block.get(place..).and_then(<[u8]>::first_chunk);
        digest.map(|digest| u64::from_le_bytes(*digest)).ok_or_else(|| io::ErrorKind::UnexpectedEof.into())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_hash_is_found_where_it_was_set() {
        let mut digests = Digests::create().unwrap();
        for index in [20_000, 3, 9000, 0] {
            digests.set(index, index + 7).unwrap();
        }
        for index in [0, 3, 9000, 20_000, 3] {
            assert_eq!(digests.get(index).unwrap(), index + 7);
        }
        assert!(digests.get(20_001).is_err());
    }
}
