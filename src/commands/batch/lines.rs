//! The lines of a file or of a stream, in bounded memory.

use std::io::{self, BufRead, BufReader, Read};

use memchr::memchr;

use crate::commands::ask::body;

/// The most bytes of a line of an input, which can be a body.
pub const LARGEST: usize = body::LARGEST;

/// What some programs write before a text.
pub const BYTE_ORDER_MARK: &str = "\u{feff}";

/// The bytes that are read at once.
const BLOCK: usize = 128 * 1024;

/// The bytes that the place for a line keeps after a longer one.
const KEPT: usize = 1024 * 1024;

/// Where a line is, without its line break.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct LinePlace {
    pub offset: u64,
    pub length: u64,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LineRead {
    Whole,
    /// It is larger than the limit: the rest of it is left out.
    Cut,
}

pub struct Lines<R> {
    reader: BufReader<R>,
    largest: usize,
    /// The number of bytes that were read as lines.
    pub read: u64,
    /// The number of the last line that was read, from 1.
    pub number: u64,
    pub place: LinePlace,
    /// The bytes of that line, with its line break.
    pub bytes: Vec<u8>,
}

impl<R: Read> Lines<R> {
    /// Reads lines of at most so many bytes.
    pub fn new(source: R, largest: usize) -> Self {
        let reader = BufReader::with_capacity(BLOCK, source);
        Self { reader, largest, read: 0, number: 0, place: LinePlace::default(), bytes: Vec::new() }
    }

    /// Reads the next line into `bytes`; returns `None` at the end.
    pub fn next(&mut self) -> io::Result<Option<LineRead>> {
        self.bytes.clear();
        self.bytes.shrink_to(KEPT);
        self.place.offset = self.read;
        self.append()
    }

    /// Reads the next line behind those that `bytes` has; returns `None` at the end.
    pub fn append(&mut self) -> io::Result<Option<LineRead>> {
        let (mut line, mut is_at_end) = (LineRead::Whole, true);
        let line_break = loop {
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
            self.read += length as u64;
            if line_break.is_some() || length == 0 {
                break line_break;
            }
        };
        if is_at_end {
            return Ok(None);
        }
        self.number += 1;
        self.place.length = self.read - self.place.offset - u64::from(line_break.is_some());
        Ok(Some(line))
    }

    pub fn into_source(self) -> R {
        self.reader.into_inner()
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

    fn lines(text: &[u8], largest: usize) -> Vec<(String, LineRead)> {
        let mut lines = Lines::new(text, largest);
        let mut found = Vec::new();
        while let Some(line) = lines.next().unwrap() {
            found.push((String::from_utf8(without_line_break(&lines.bytes).to_vec()).unwrap(), line));
        }
        assert_eq!(lines.number, found.len() as u64);
        assert_eq!(lines.read, text.len() as u64);
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
    fn each_line_has_its_place() {
        let mut lines = Lines::new(&b"abc\n\ntoo long\nd"[..], 4);
        let places = std::iter::from_fn(|| lines.next().unwrap().map(|_| (lines.place.offset, lines.place.length)));
        assert_eq!(places.collect::<Vec<_>>(), [(0, 3), (4, 0), (5, 8), (14, 1)]);
    }
}
