//! The lines of an input, in bounded memory, and the digest of all of its bytes.

use std::io::{self, BufRead, BufReader, Read};

use crate::digest::Sha256;
use memchr::memchr;

/// The most bytes of a line, as of a body: those of the attachments that a request can have, in base64, and as much text.
pub const LARGEST: usize = 80_000_000;

/// The bytes that are read at once.
const BLOCK: usize = 128 * 1024;

/// The bytes that the place for a line keeps after a longer one.
const KEPT: usize = 1024 * 1024;

/// Reads lines, and hashes what it reads.
pub struct HashedLines<R> {
    reader: BufReader<Hashed<R>>,
    largest: usize,
    /// The number of the last line that was read, from 1.
    pub number: u64,
    /// The bytes of that line, with its line break.
    pub bytes: Vec<u8>,
}

/// How far a line was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRead {
    Whole,
    /// It is larger than [`LARGEST`]: the rest of it is left out.
    Cut,
}

struct Hashed<R> {
    source: R,
    digest: Sha256,
    bytes: u64,
}

impl<R: Read> HashedLines<R> {
    pub fn new(source: R) -> Self {
        Self::with_largest(source, LARGEST)
    }

    fn with_largest(source: R, largest: usize) -> Self {
        let hashed = Hashed { source, digest: Sha256::new(), bytes: 0 };
        Self { reader: BufReader::with_capacity(BLOCK, hashed), largest, number: 0, bytes: Vec::new() }
    }

    /// Reads the next line into `bytes`; returns `None` at the end.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn next(&mut self) -> io::Result<Option<LineRead>> {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.append()
    }

    /// Reads the next line behind those that `bytes` has; returns `None` at the end.
    ///
    /// # Errors
    /// If the source cannot be read.
    pub fn append(&mut self) -> io::Result<Option<LineRead>> {
        let (mut line, mut is_at_end) = (LineRead::Whole, true);
        loop {
            let block = match self.reader.fill_buf() {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                block => block?,
            };
            let line_break = memchr(b'\n', block);
            let length = line_break.map_or(block.len(), |at| at + 1);
            is_at_end &= length == 0;
            let space = self.largest.saturating_sub(self.bytes.len());
            if length > space {
                line = LineRead::Cut;
            }
            self.bytes.extend_from_slice(&block[..length.min(space)]);
            self.reader.consume(length);
            if line_break.is_some() || length == 0 {
                break;
            }
        }
        if is_at_end {
            return Ok(None);
        }
        self.number += 1;
        Ok(Some(line))
    }

    /// Returns the SHA-256 digest of what was read, and the number of bytes.
    pub fn finish(self) -> ([u8; 32], u64) {
        let Hashed { digest, bytes, .. } = self.reader.into_inner();
        (digest.finish(), bytes)
    }
}

impl<R: Read> Read for Hashed<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.source.read(buffer)?;
        self.digest.update(&buffer[..count]);
        self.bytes += count as u64;
        Ok(count)
    }
}

/// Returns the bytes without a line break at their end.
pub fn without_line_break(bytes: &[u8]) -> &[u8] {
    let bytes = bytes.strip_suffix(b"\n").unwrap_or(bytes);
    bytes.strip_suffix(b"\r").unwrap_or(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::digest::sha256;

    fn lines(text: &[u8], largest: usize) -> Vec<(String, LineRead)> {
        let mut lines = HashedLines::with_largest(text, largest);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((String::from_utf8(without_line_break(&lines.bytes).to_vec()).unwrap(), line));
        }
        assert_eq!(lines.number, found.len() as u64);
        assert_eq!(lines.finish().1, text.len() as u64);
        found
    }

    #[test]
    fn a_line_ends_at_its_line_break_or_at_the_end() {
        let whole = |text: &str| (text.to_owned(), LineRead::Whole);
        assert_eq!(lines(b"", 9), []);
        assert_eq!(lines(b"\n", 9), [whole("")]);
        assert_eq!(lines(b"a\r\n\nb\rc", 9), [whole("a"), whole(""), whole("b\rc")]);
        assert_eq!(lines(b"12345678\n1", 9), [whole("12345678"), whole("1")]);
    }

    #[test]
    fn what_is_too_large_is_left_out_up_to_its_end() {
        let long = "x".repeat(3 * BLOCK);
        let text = format!("{long}\nb\n");
        assert_eq!(lines(text.as_bytes(), 3), [("xxx".to_owned(), LineRead::Cut), ("b".to_owned(), LineRead::Whole)]);
        assert_eq!(lines(text.as_bytes(), LARGEST), [(long, LineRead::Whole), ("b".to_owned(), LineRead::Whole)]);
    }

    #[test]
    fn the_digest_is_that_of_all_bytes() {
        let mut lines = HashedLines::new(&b"a\nb"[..]);
        while lines.next().unwrap().is_some() {}
        assert_eq!(lines.finish(), (sha256(b"a\nb"), 3));
    }
}
