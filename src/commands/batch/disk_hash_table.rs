//! A hash table of entries of one size in a temporary file: what is compared or joined without being held in memory.

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom, Write};

use super::words;
use crate::error::{Error, ExitCode};

pub const BUCKETS: usize = 256;

/// The entries of a block, which is what is written and read at once.
const BLOCK: usize = 128;

/// Entries of `N` words. The first word is a hash, whose highest bits choose the bucket.
pub struct DiskHashTable<const N: usize> {
    /// The file, which has no name and is gone with the program; made when the first block is full.
    file: Option<File>,
    blocks: u32,
    buckets: Vec<HashBucket<N>>,
}

#[derive(Clone, Debug, Default)]
struct HashBucket<const N: usize> {
    /// The entries that are not in the file yet.
    newest: Vec<[u64; N]>,
    /// The numbers of its blocks in the file.
    blocks: Vec<u32>,
}

impl<const N: usize> DiskHashTable<N> {
    const BLOCK_SIZE: usize = BLOCK * N * words::SIZE;

    pub fn push(&mut self, entry: [u64; N]) -> io::Result<()> {
        let bucket = &mut self.buckets[bucket_of(entry[0])];
        bucket.newest.push(entry);
        if bucket.newest.len() < BLOCK {
            return Ok(());
        }
        let file = match &mut self.file {
            Some(file) => file,
            none => none.insert(tempfile::tempfile()?),
        };
        file.seek(SeekFrom::Start(Self::offset(self.blocks)))?;
        file.write_all(&words::to_bytes(bucket.newest.as_flattened()))?;
        bucket.newest.clear();
        bucket.blocks.push(self.blocks);
        self.blocks = self.blocks.checked_add(1).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(())
    }

    pub fn sorted(&mut self, bucket: usize) -> io::Result<Vec<[u64; N]>> {
        let mut entries = self.select(bucket, |_| true)?;
        entries.sort_unstable();
        Ok(entries)
    }

    /// Returns the entries whose first word is this hash, in the order in which they were added.
    pub fn find(&mut self, hash: u64) -> io::Result<Vec<[u64; N]>> {
        self.select(bucket_of(hash), |first| first == hash)
    }

    /// Returns the entries of a bucket whose first word is wanted.
    fn select(&mut self, bucket: usize, wants: impl Fn(u64) -> bool) -> io::Result<Vec<[u64; N]>> {
        let HashBucket { newest, blocks } = &self.buckets[bucket];
        let mut found = Vec::new();
        let mut bytes = vec![0; Self::BLOCK_SIZE];
        for block in blocks {
            let file = self.file.as_mut().ok_or(io::ErrorKind::NotFound)?;
            file.seek(SeekFrom::Start(Self::offset(*block)))?;
            file.read_exact(&mut bytes)?;
            let entries = bytes.chunks_exact(N * words::SIZE).filter_map(words::from_bytes);
            found.extend(entries.filter(|entry: &[u64; N]| wants(entry[0])));
        }
        found.extend(newest.iter().filter(|entry| wants(entry[0])));
        Ok(found)
    }

    fn offset(block: u32) -> u64 {
        u64::from(block) * Self::BLOCK_SIZE as u64
    }
}

impl<const N: usize> Default for DiskHashTable<N> {
    fn default() -> Self {
        Self { file: None, blocks: 0, buckets: vec![HashBucket::default(); BUCKETS] }
    }
}

/// Returns the error for a temporary file that cannot be written or read.
#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
pub fn unusable(error: io::Error) -> Error {
    Error::new(ExitCode::Failure, "cannot use a temporary file").cause(error.to_string())
}

fn bucket_of(hash: u64) -> usize {
    (hash >> 56) as usize
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_bucket_has_its_entries_sorted() {
        let mut table = DiskHashTable::<2>::default();
        // Multiplied by an odd number, so that each hash is there once, in no order.
        let hash = |number: u64| number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
        let count = 100_000;
        for number in 0..count {
            table.push([hash(number), number]).unwrap();
        }
        let mut seen = 0;
        for bucket in 0..BUCKETS {
            let entries = table.sorted(bucket).unwrap();
            assert!(entries.is_sorted());
            assert!(entries.iter().all(|[hash_, number]| bucket_of(*hash_) == bucket && *hash_ == hash(*number)));
            seen += entries.len() as u64;
        }
        assert_eq!(seen, count);
        for number in [0, 1, 77_777, count - 1] {
            assert_eq!(table.find(hash(number)).unwrap(), [[hash(number), number]]);
        }
        assert_eq!(table.find(hash(count)).unwrap(), [[0; 2]; 0]);
    }

    #[test]
    fn entries_of_one_hash_are_found_in_their_order() {
        let mut table = DiskHashTable::<2>::default();
        for number in (0..300).rev() {
            table.push([7, number]).unwrap();
        }
        let found: Vec<_> = table.find(7).unwrap().iter().map(|entry| entry[1]).collect();
        assert_eq!(found, (0..300).rev().collect::<Vec<_>>());
    }
}
