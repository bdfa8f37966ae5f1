//! Numbers as bytes, for files that only this program reads: the lowest byte of each is the first one.

/// The bytes of a number.
pub const SIZE: usize = size_of::<u64>();

pub fn to_bytes(words: &[u64]) -> Vec<u8> {
    words.iter().flat_map(|word| word.to_le_bytes()).collect()
}

/// Returns the numbers at the beginning of the bytes; `None` if there are fewer.
pub fn from_bytes<const N: usize>(bytes: &[u8]) -> Option<[u64; N]> {
    let (words, _) = bytes.as_chunks();
    words.first_chunk().map(|words| words.map(u64::from_le_bytes))
}
