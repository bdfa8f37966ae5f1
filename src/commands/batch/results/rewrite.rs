//! Writes both files anew: without the records that failed, or in the order of the input. The new files stand beside the
//! old ones until they are complete. The journal is replaced first: from then on its generation names the output that it
//! belongs to, and a later start completes the replacement, or undoes it.

use std::fs::{self, File};
use std::io::{self, BufReader, BufWriter, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::files::{Files, lock, write_header};
use super::journal::{ENTRY, JournalEntry};
use super::paths::Paths;

/// What is written anew.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum RewriteKind {
    /// All but the records that failed.
    WithoutFailed,
    /// All records, in the order of the input.
    Sorted,
}

/// New files that have not replaced the old ones.
#[derive(Debug)]
pub struct Rewrite {
    files: Files,
}

impl Rewrite {
    /// Writes the new files, and waits until they are on the disk.
    pub fn write(old: &mut Files, form: RewriteKind) -> io::Result<Self> {
        let generation = old.header.generation + 1;
        let (output_path, journal_path) = (old.paths.next_output(generation), old.paths.next_journal());
        let written = Self::write_at(old, form, &output_path, &journal_path);
        if written.is_err() {
            let _ = remove(&output_path).and_then(|()| remove(&journal_path));
        }
        written
    }

    fn write_at(old: &mut Files, form: RewriteKind, output_path: &Path, journal_path: &Path) -> io::Result<Self> {
        let header = old.header.next();
        let output = new_file(output_path, &old.output)?;
        let journal = new_file(journal_path, &old.journal)?;
        lock(&journal, &old.paths.output).map_err(|refused| io::Error::other(refused.to_string()))?;
        let header_length = write_header(&journal, &header)?;
        let paths = old.paths.clone();
        let mut files = Files { paths, header, output, journal, header_length, entries: 0, end: 0, is_torn: false };
        match form {
            RewriteKind::WithoutFailed => copy_without_failed(old, &mut files)?,
            RewriteKind::Sorted => copy_sorted(old, &mut files)?,
        }
        files.output.sync_all()?;
        files.journal.sync_all()?;
        files.paths.sync_names();
        Ok(Self { files })
    }

    /// Replaces the journal. From here on the new files count.
    pub fn replace_journal(&self) -> io::Result<()> {
        let paths = &self.files.paths;
        fs::rename(paths.next_journal(), &paths.journal)?;
        paths.sync_names();
        Ok(())
    }

    /// Replaces the output, and returns the new files.
    pub fn replace_output(self) -> io::Result<Files> {
        complete(&self.files.paths, self.files.header.generation)?;
        Ok(self.files)
    }
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
fn new_file(path: &Path, replaced: &File) -> io::Result<File> {
    let file = File::options().read(true).write(true).create_new(true).open(path)?;
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

fn copy_without_failed(old: &Files, new: &mut Files) -> io::Result<()> {
    let mut copy = Copy::new(old, new)?;
    entries(old, |start, entry| if entry.is_failed { Ok(()) } else { copy.add(start, entry) })?;
    (new.entries, new.end) = copy.finish()?;
    Ok(())
}

/// Sorts by a file without a name, with a place for each record.
fn copy_sorted(old: &Files, new: &mut Files) -> io::Result<()> {
    const PLACE: usize = 8 + ENTRY;

    let mut places = tempfile::tempfile()?;
    entries(old, |start, entry| {
        let mut place = [0; PLACE];
        place[..8].copy_from_slice(&start.to_le_bytes());
        place[8..].copy_from_slice(&entry.to_bytes());
        places.seek(SeekFrom::Start(entry.index * PLACE as u64))?;
        places.write_all(&place)
    })?;
    places.rewind()?;
    let mut places = BufReader::with_capacity(64 * 1024, places);
    let mut copy = Copy::new(old, new)?;
    let mut place = [0; PLACE];
    loop {
        match places.read_exact(&mut place) {
            Ok(()) => {}
            Err(error) if error.kind() == ErrorKind::UnexpectedEof => break,
            Err(error) => return Err(error),
        }
        let (start, entry) = place.split_at(8);
        let (start, entry) = (start.first_chunk(), entry.first_chunk());
        // The place of a record without a result is empty, which is no entry.
        if let (Some(start), Some(entry)) = (start, entry.and_then(JournalEntry::from_bytes)) {
            copy.add(u64::from_le_bytes(*start), entry)?;
        }
    }
    (new.entries, new.end) = copy.finish()?;
    Ok(())
}
