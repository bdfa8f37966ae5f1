//! SHA-256 digests: in bytes, in words and in hexadecimal digits.

use std::io::{self, Read};

use ring::digest::{Context, SHA256};

/// The digest of bytes that arrive one part after the other.
#[derive(Clone)]
pub struct Sha256(Context);

impl Sha256 {
    pub fn new() -> Self {
        Self(Context::new(&SHA256))
    }

    pub fn update(&mut self, bytes: &[u8]) {
        self.0.update(bytes);
    }

    /// Returns the digest of all bytes.
    pub fn finish(self) -> [u8; 32] {
        let mut digest = [0; 32];
        digest.copy_from_slice(self.0.finish().as_ref());
        digest
    }
}

/// A source with the digest of what was read of it.
pub struct Hashed<R> {
    source: R,
    pub digest: Sha256,
}

impl<R> Hashed<R> {
    pub fn new(source: R) -> Self {
        Self { source, digest: Sha256::new() }
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.digest.update(&buffer[..count]);
        Ok(count)
    }
}

/// Returns the digest of these bytes.
pub fn sha256(bytes: &[u8]) -> [u8; 32] {
    let mut digest = Sha256::new();
    digest.update(bytes);
    digest.finish()
}

/// Returns a digest as numbers, the first bytes in the highest bits of the first one.
pub fn words(digest: [u8; 32]) -> [u64; 4] {
    let (words, _) = digest.as_chunks();
    std::array::from_fn(|index| u64::from_be_bytes(words[index]))
}

/// Returns bytes in hexadecimal digits, two for each.
pub fn hexadecimal(bytes: &[u8]) -> String {
    const DIGITS: [u8; 16] = *b"0123456789abcdef";
    let digits = bytes.iter().flat_map(|byte| [byte >> 4, byte & 15]);
    digits.map(|digit| char::from(DIGITS[usize::from(digit)])).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_digest_is_that_of_all_parts() {
        let mut parts = Sha256::new();
        parts.update(b"a");
        parts.update(b"bc");
        let digest = parts.finish();
        assert_eq!(digest, sha256(b"abc"));
        assert_eq!(hexadecimal(&digest), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
        assert_eq!(words(digest)[..2], [0xba78_16bf_8f01_cfea, 0x4141_40de_5dae_2223]);
    }
}
