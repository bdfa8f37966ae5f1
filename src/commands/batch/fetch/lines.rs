//! Lines of a file with their places. What is longer than any record can be is not held in memory.

use std::io::{self, BufRead, BufReader, Read};

use super::join::LinePlace;
use crate::commands::batch::input::LARGEST;

/// The bytes of the longest line that is read: a result has the request of its record, and the response to it.
const LONGEST: u64 = 2 * LARGEST as u64;

/// Reads lines from the start of a file.
pub struct PlacedLines<R> {
    reader: BufReader<R>,
    offset: u64,
    longest: u64,
}

impl<R: Read> PlacedLines<R> {
    pub fn new(source: R) -> Self {
        Self { reader: BufReader::with_capacity(256 * 1024, source), offset: 0, longest: LONGEST }
    }

    /// Replaces `line` by the next one without its line break, and returns its place; `None` at the end. A line that is too
    /// long is empty, and has its place.
    pub fn next(&mut self, line: &mut Vec<u8>) -> io::Result<Option<LinePlace>> {
        line.clear();
        let mut length = 0;
        let mut ends = false;
        while !ends {
            let available = self.reader.fill_buf()?;
            if available.is_empty() {
                break;
            }
            let end = memchr::memchr(b'\n', available);
            ends = end.is_some();
            let taken = end.map_or(available.len(), |end| end + 1);
            length += taken as u64;
            if length <= self.longest {
                line.extend_from_slice(&available[..taken]);
            } else {
                line.clear();
            }
            self.reader.consume(taken);
        }
        if length == 0 {
            return Ok(None);
        }
        let offset = self.offset;
        self.offset += length;
        let breaks = u64::from(ends);
        if line.last() == Some(&b'\n') {
            line.pop();
        }
        Ok(Some(LinePlace { offset, length: length - breaks }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_line_has_its_place_and_a_line_that_is_too_long_is_not_held() {
        let mut lines = PlacedLines { longest: 4, ..PlacedLines::new(&b"abc\n\ntoo long\nd"[..]) };
        let mut line = Vec::new();
        let mut read = Vec::new();
        while let Some(place) = lines.next(&mut line).unwrap() {
            read.push((String::from_utf8(line.clone()).unwrap(), place.offset, place.length));
        }
        let expected = [("abc", 0, 3), ("", 4, 0), ("", 5, 8), ("d", 14, 1)];
        assert_eq!(read, expected.map(|(text, offset, length)| (text.to_owned(), offset, length)));
    }
}
