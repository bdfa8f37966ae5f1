//! Writes both files anew: without the records that failed, or in the order of the input. The new files stand beside the
//! old ones until they are complete. The journal is replaced first: from then on its generation names the output that it
//! belongs to, and a later start completes the replacement, or undoes it.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::files::{Files, lock, new_file, write_header};
use super::journal::{ENTRY, JournalEntry};
use super::paths::Paths;
use crate::commands::batch::disk_array::DiskArray;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewriteKind {
    /// All but the records that failed.
    WithoutFailed,
    /// All records, in the order of the input.
    Sorted,
}

/// Replaces the files by new ones, and returns those.
pub fn rewrite(old: &Files, kind: RewriteKind) -> io::Result<Files> {
    let new = write(old, kind)?;
    replace_journal(&new.paths)?;
    complete(&new.paths, new.header.generation)?;
    Ok(new)
}

/// Writes the new files beside the old ones, and waits until they are on the disk.
pub fn write(old: &Files, kind: RewriteKind) -> io::Result<Files> {
    let generation = old.header.generation + 1;
    let (output_path, journal_path) = (old.paths.next_output(generation), old.paths.next_journal());
    let written = write_at(old, kind, &output_path, &journal_path);
    if written.is_err() {
        let _ = remove(&output_path).and_then(|()| remove(&journal_path));
    }
    written
}

fn write_at(old: &Files, kind: RewriteKind, output_path: &Path, journal_path: &Path) -> io::Result<Files> {
    let header = old.header.next();
    let output = file_like(output_path, &old.output)?;
    let journal = file_like(journal_path, &old.journal)?;
    lock(&journal, &old.paths.output).map_err(|refused| io::Error::other(refused.to_string()))?;
    let header_length = write_header(&journal, &header)?;
    let mut new = Files::new(old.paths.clone(), header, (output, journal), header_length);
    let mut copy = Copy::new(old, &new)?;
    match kind {
        RewriteKind::WithoutFailed => {
            entries(old, |start, entry| if entry.is_failed { Ok(()) } else { copy.add(start, entry) })?;
        }
        RewriteKind::Sorted => sorted_entries(old, |start, entry| copy.add(start, entry))?,
    }
    (new.entries, new.end) = copy.finish()?;
    new.output.sync_all()?;
    new.journal.sync_all()?;
    new.paths.sync_names();
    Ok(new)
}

/// Replaces the journal. From here on the new files count.
pub fn replace_journal(paths: &Paths) -> io::Result<()> {
    fs::rename(paths.next_journal(), &paths.journal)?;
    paths.sync_names();
    Ok(())
}

/// Completes a replacement, or undoes one that has not begun: what the journal of this generation belongs to.
pub fn complete(paths: &Paths, generation: u64) -> io::Result<()> {
    match fs::rename(paths.next_output(generation), &paths.output) {
        Ok(()) => paths.sync_names(),
        Err(error) if error.kind() == ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    remove(&paths.next_output(generation + 1))?;
    remove(&paths.next_journal())
}

fn remove(path: &Path) -> io::Result<()> {
    fs::remove_file(path).or_else(|error| if error.kind() == ErrorKind::NotFound { Ok(()) } else { Err(error) })
}

/// Creates a file with the mode of the one that it will replace.
fn file_like(path: &Path, replaced: &File) -> io::Result<File> {
    let file = new_file(path)?;
    file.set_permissions(replaced.metadata()?.permissions())?;
    Ok(file)
}

/// Calls `each` with every entry, and where its line begins.
fn entries(files: &Files, mut each: impl FnMut(u64, JournalEntry) -> io::Result<()>) -> io::Result<()> {
    (&files.journal).seek(SeekFrom::Start(files.header_length))?;
    let mut journal = BufReader::new(&files.journal).take(files.entries * ENTRY as u64);
    let mut start = 0;
    while let Some(entry) = JournalEntry::read(&mut journal)? {
        let entry = entry.map_err(|_| ErrorKind::InvalidData)?;
        each(start, entry)?;
        start = entry.end;
    }
    Ok(())
}

/// Calls `each` with every entry, and where its line begins, in the order of the input. They are sorted on the disk, with a
/// place for each record.
fn sorted_entries(files: &Files, mut each: impl FnMut(u64, JournalEntry) -> io::Result<()>) -> io::Result<()> {
    let mut places = DiskArray::new(tempfile::tempfile()?, 0)?;
    let mut records = 0;
    entries(files, |start, JournalEntry { index, digest, end, line, is_failed, .. }| {
        records = records.max(index + 1);
        places.set(index, [start, end, digest, line, u64::from(is_failed)])
    })?;
    for index in 0..records {
        let [start, end, digest, line, is_failed] = places.get(index)?;
        // The place of a record without a result is empty, and no line is.
        if end > start {
            each(start, JournalEntry { index, digest, end, line, synced: 0, is_failed: is_failed == 1 })?;
        }
    }
    Ok(())
}

/// Writes lines and entries in blocks: nothing reads them before the end.
struct Copy<'a> {
    from: BufReader<&'a File>,
    output: BufWriter<&'a File>,
    journal: BufWriter<&'a File>,
    position: u64,
    entries: u64,
    end: u64,
}

impl<'a> Copy<'a> {
    fn new(old: &'a Files, new: &'a Files) -> io::Result<Self> {
        (&old.output).rewind()?;
        Ok(Self {
            from: BufReader::with_capacity(64 * 1024, &old.output),
            output: BufWriter::with_capacity(64 * 1024, &new.output),
            journal: BufWriter::with_capacity(64 * 1024, &new.journal),
            position: 0,
            entries: 0,
            end: 0,
        })
    }

    fn add(&mut self, start: u64, entry: JournalEntry) -> io::Result<()> {
        let distance = start.cast_signed() - self.position.cast_signed();
        self.from.seek_relative(distance)?;
        let length = entry.end - start;
        if io::copy(&mut Read::by_ref(&mut self.from).take(length), &mut self.output)? != length {
            return Err(ErrorKind::UnexpectedEof.into());
        }
        self.position = entry.end;
        self.end += length;
        self.journal.write_all(&JournalEntry { end: self.end, synced: self.entries, ..entry }.to_bytes())?;
        self.entries += 1;
        Ok(())
    }

    fn finish(mut self) -> io::Result<(u64, u64)> {
        self.output.flush()?;
        self.journal.flush()?;
        Ok((self.entries, self.end))
    }
}
