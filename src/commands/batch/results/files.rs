//! The two files of a run: created, locked, read again after the process was killed at any moment, and written to.

use std::fs::{File, TryLockError};
use std::io::{self, BufRead, BufReader, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;

use super::journal::{EMPTY, ENTRY, JournalEntry, JournalHeader, Start, hash, hash_after};
use super::paths::{Paths, exists, is_at};
use crate::error::{Error, ExitCode};
use crate::output::unwritable_file;

/// How often a journal is opened again because another one took its place.
const MOST_OPENED: usize = 10;

#[derive(Debug)]
pub struct Files {
    pub paths: Paths,
    pub header: JournalHeader,
    pub output: File,
    pub journal: File,
    /// The bytes of the header in the journal.
    pub header_length: u64,
    /// The number of entries in the journal, and of lines in the output.
    pub entries: u64,
    /// The bytes of the output.
    pub end: u64,
    /// Whether a part of a line or of an entry could not be cut off.
    pub is_torn: bool,
    /// Whether the last entry says that the run was finished with it.
    pub is_finished: bool,
}

impl Files {
    /// Returns the files whose entries have not been read.
    pub fn new(paths: Paths, header: JournalHeader, (output, journal): (File, File), header_length: u64) -> Self {
        let (entries, end, is_torn, is_finished) = (0, 0, false, false);
        Self { paths, header, output, journal, header_length, entries, end, is_torn, is_finished }
    }

    /// Creates both files, or neither. One that exists is never overwritten.
    pub fn create(paths: Paths, header: JournalHeader) -> Result<Self, Error> {
        let unwritable = |path: &Path, error: &io::Error| match error.kind() {
            ErrorKind::AlreadyExists => already_exists(path),
            _ => unwritable_file(path, error),
        };
        let journal = new_file(&paths.journal).map_err(|error| unwritable(&paths.journal, &error))?;
        let created = lock(&journal, &paths.output).and_then(|()| {
            let length = write_header(&journal, &header).map_err(|error| unwritable_file(&paths.journal, &error))?;
            let output = new_file(&paths.output).map_err(|error| unwritable(&paths.output, &error))?;
            Ok((output, length))
        });
        if created.is_err() {
            // Nothing else can be done about a file that cannot be removed.
            let _ = std::fs::remove_file(&paths.journal);
        }
        let (output, header_length) = created?;
        Ok(Self::new(paths, header, (output, journal), header_length))
    }

    /// Opens the files of an earlier run. Nothing is changed before it is certain that they are those of the same run, and
    /// that no other process writes to them.
    pub fn open(paths: Paths, expected: &JournalHeader) -> Result<Self, Error> {
        let unreadable = |error: &io::Error| unwritable_file(&paths.journal, error);
        let mut journal = open_locked(&paths)?;
        let (start, length) = JournalHeader::read(&mut BufReader::new(&journal)).map_err(|error| unreadable(&error))?;
        let (header, header_length) = match start {
            Start::Header(header) => (header, length),
            Start::Torn if is_empty(&paths.output) => {
                // The process was killed while it created the files.
                let written = journal.set_len(0).and_then(|()| journal.rewind());
                let written = written.and_then(|()| write_header(&journal, expected));
                (expected.clone(), written.map_err(|error| unreadable(&error))?)
            }
            _ => {
                let text = format!("`{}` is not a journal of this version of bedrock-ask", paths.journal.display());
                return Err(Error::usage(text).hint("name another output file"));
            }
        };
        refuse_another_run(&header, expected, &paths.output)?;
        super::rewrite::complete(&paths, header.generation).map_err(|error| unwritable_file(&paths.output, &error))?;
        let has_entries = journal.metadata().map_err(|error| unreadable(&error))?.len() >= header_length + ENTRY as u64;
        let output = match File::options().read(true).write(true).open(&paths.output) {
            Err(error) if error.kind() == ErrorKind::NotFound && !has_entries => new_file(&paths.output),
            Err(error) if error.kind() == ErrorKind::NotFound => return Err(without_output(&paths)),
            opened => opened,
        };
        let output = output.map_err(|error| unwritable_file(&paths.output, &error))?;
        Ok(Self::new(paths, header, (output, journal), header_length))
    }

    /// Reads all entries, and compares each with its line. What a killed process or a power failure left at the end is cut
    /// off; returns the bytes that the output lost.
    ///
    /// # Errors
    /// If a line that was on the disk has changed since, if one follows that no run wrote, or if a file cannot be read.
    pub fn recover(&mut self, mut each: impl FnMut(&JournalEntry) -> io::Result<()>) -> Result<u64, Error> {
        let found = self.scan(&mut each).map_err(|error| {
            let text = format!("cannot read `{}` and its journal", self.paths.output.display());
            Error::new(ExitCode::Failure, text).cause(error.to_string())
        })?;
        let JournalScan { entries, end, length, synced, .. } = found;
        let is_foreign = found.is_finished
            && self.has_line_behind(end).map_err(|error| unwritable_file(&self.paths.output, &error))?;
        if (found.is_changed && synced > entries) || is_foreign {
            let text =
                format!("line {} of `{}` is not the one that was written", entries + 1, self.paths.output.display());
            return Err(Error::usage(text)
                .cause("the output or its journal was changed since")
                .hint("restore both as the run left them, or name another output file"));
        }
        (self.entries, self.end, self.is_finished) = (entries, end, found.is_finished);
        self.cut().map_err(|error| unwritable_file(&self.paths.output, &error))?;
        Ok(length - end)
    }

    fn scan(&mut self, each: &mut impl FnMut(&JournalEntry) -> io::Result<()>) -> io::Result<JournalScan> {
        self.journal.seek(SeekFrom::Start(self.header_length))?;
        self.output.rewind()?;
        let length = self.output.metadata()?.len();
        let (mut journal, mut lines) = (BufReader::new(&self.journal), BufReader::new(&self.output));
        let mut found = JournalScan { entries: 0, end: 0, length, synced: 0, is_changed: false, is_finished: false };
        while let Some(entry) = JournalEntry::read(&mut journal)? {
            match entry {
                Ok(entry) if entry.end > length => break,
                Ok(entry) if entry.end > found.end && has_line(&mut lines, entry.end - found.end, entry.line)? => {
                    each(&entry)?;
                    (found.entries, found.end) = (found.entries + 1, entry.end);
                    found.is_finished = entry.synced == found.entries;
                }
                changed => {
                    found.is_changed = true;
                    found.synced = changed.map_or(0, |entry| entry.synced);
                    break;
                }
            }
        }
        while let Some(entry) = JournalEntry::read(&mut journal)? {
            found.synced = found.synced.max(entry.map_or(0, |entry| entry.synced));
        }
        Ok(found)
    }

    /// Writes a line, after its entry. After an error, neither is there.
    pub fn append(&mut self, entry: JournalEntry, line: &[u8]) -> io::Result<()> {
        if self.is_torn {
            self.cut()?;
            self.is_torn = false;
        }
        if self.is_finished {
            // From now on, a line may lose its entry if the power fails.
            self.mark_last(self.entries.saturating_sub(1))?;
        }
        let entry = JournalEntry { end: self.end + line.len() as u64, line: hash(line), ..entry };
        let written = self.journal.write_all(&entry.to_bytes()).and_then(|()| self.output.write_all(line));
        if let Err(error) = written {
            self.is_torn = self.cut().is_err();
            return Err(error);
        }
        (self.entries, self.end) = (self.entries + 1, entry.end);
        Ok(())
    }

    /// Returns the error for a file that another process has made longer or shorter.
    pub fn changed(&self) -> Option<Error> {
        let journal = self.header_length + self.entries * ENTRY as u64;
        let files = [(&self.output, self.end, &self.paths.output), (&self.journal, journal, &self.paths.journal)];
        let has_length = |file: &File, length| file.metadata().map_or(true, |metadata| metadata.len() == length);
        let (_, _, path) = files.into_iter().find(|(file, length, _)| !self.is_torn && !has_length(file, *length))?;
        let text = format!("`{}` was changed by another process while the run wrote to it", path.display());
        Some(
            Error::new(ExitCode::Failure, text)
                .hint("add `--resume`: it sends the records whose results are gone again"),
        )
    }

    /// Cuts off what stands behind the last line and the last entry.
    fn cut(&mut self) -> io::Result<()> {
        let journal = self.header_length + self.entries * ENTRY as u64;
        for (file, length) in [(&mut self.output, self.end), (&mut self.journal, journal)] {
            if file.metadata()?.len() != length {
                file.set_len(length)?;
            }
            file.seek(SeekFrom::Start(length))?;
        }
        Ok(())
    }

    /// Waits until both files are on the disk.
    pub fn sync(&self) -> io::Result<()> {
        self.output.sync_data()?;
        self.journal.sync_data()
    }

    /// Notes in the last entry that every entry is on the disk with its line: from now on, what differs was changed.
    pub fn mark_synced(&mut self) -> io::Result<()> {
        if self.is_torn { Ok(()) } else { self.mark_last(self.entries) }
    }

    /// Notes in the last entry that so many entries are on the disk with their lines.
    fn mark_last(&mut self, synced: u64) -> io::Result<()> {
        let Some(others) = self.entries.checked_sub(1) else { return Ok(()) };
        let place = SeekFrom::Start(self.header_length + others * ENTRY as u64);
        self.journal.seek(place)?;
        if let Some(Ok(last)) = JournalEntry::read(&mut &self.journal)? {
            self.journal.seek(place)?;
            self.journal.write_all(&JournalEntry { synced, ..last }.to_bytes())?;
        }
        self.journal.seek(SeekFrom::End(0))?;
        self.journal.sync_data()?;
        self.is_finished = synced == self.entries;
        Ok(())
    }

    /// Whether a whole line follows this offset of the output.
    fn has_line_behind(&mut self, offset: u64) -> io::Result<bool> {
        self.output.seek(SeekFrom::Start(offset))?;
        let mut rest = BufReader::new(&self.output);
        loop {
            let bytes = rest.fill_buf()?;
            if bytes.is_empty() || bytes.contains(&b'\n') {
                return Ok(!bytes.is_empty());
            }
            let length = bytes.len();
            rest.consume(length);
        }
    }

    /// Whether both files are still where they were created.
    pub fn are_in_place(&self) -> bool {
        is_at(&self.output, &self.paths.output) && is_at(&self.journal, &self.paths.journal)
    }

    /// Writes a file that was removed again, or under another name if another one took its place, and returns the error
    /// for it.
    pub fn put_back(&mut self) -> Error {
        let gone = if is_at(&self.output, &self.paths.output) { &self.paths.journal } else { &self.paths.output };
        let text = format!("`{}` was removed or replaced while the run wrote to it", gone.display());
        let mut error = Error::new(ExitCode::Failure, text);
        for (file, path) in [(&mut self.output, &mut self.paths.output), (&mut self.journal, &mut self.paths.journal)] {
            if is_at(file, path) {
                continue;
            }
            match saved(file, path) {
                Ok(None) => error = error.hint(format!("`{}` was written again: add `--resume`", path.display())),
                Ok(Some(name)) => {
                    let text = format!("move `{}` to `{}`, and add `--resume`", name.display(), path.display());
                    error = error.hint(text);
                    *path = name;
                }
                Err(refused) => error = error.cause(format!("it cannot be written again: {refused}")),
            }
        }
        error
    }
}

/// What was found in the files.
struct JournalScan {
    /// The number of entries with their lines, and the offset behind the last of these.
    entries: u64,
    end: u64,
    /// The length of the output.
    length: u64,
    /// The number of entries that were on the disk, by the first whose line differs and those behind it.
    synced: u64,
    /// Whether there is something else where the next line should be.
    is_changed: bool,
    /// Whether the last of the entries says that the run was finished with it.
    is_finished: bool,
}

pub fn new_file(path: &Path) -> io::Result<File> {
    File::options().read(true).write(true).create_new(true).open(path)
}

fn is_empty(path: &Path) -> bool {
    path.metadata().map_or(true, |metadata| metadata.len() == 0)
}

/// Writes the header at the start of a journal, and returns its length.
pub fn write_header(mut journal: &File, header: &JournalHeader) -> io::Result<u64> {
    let line = header.to_line()?;
    journal.write_all(line.as_bytes())?;
    Ok(line.len() as u64)
}

/// Opens the journal at the path as the only process that does so.
fn open_locked(paths: &Paths) -> Result<File, Error> {
    for _ in 0..MOST_OPENED {
        let journal = File::options().read(true).write(true).open(&paths.journal);
        let journal = journal.map_err(|error| match error.kind() {
            ErrorKind::NotFound => without_journal(paths),
            _ => unwritable_file(&paths.journal, &error),
        })?;
        lock(&journal, &paths.output)?;
        // The process that held the lock before may have put another journal in its place.
        if is_at(&journal, &paths.journal) {
            return Ok(journal);
        }
    }
    Err(is_in_use(&paths.output))
}

pub fn lock(journal: &File, output: &Path) -> Result<(), Error> {
    match journal.try_lock() {
        Err(TryLockError::WouldBlock) => Err(is_in_use(output)),
        // On some file systems nothing can be locked.
        Ok(()) | Err(TryLockError::Error(_)) => Ok(()),
    }
}

/// Whether the next bytes are the line with this hash.
fn has_line(lines: &mut impl BufRead, length: u64, expected: u64) -> io::Result<bool> {
    let (mut hash, mut rest) = (EMPTY, length);
    while rest > 0 {
        let bytes = lines.fill_buf()?;
        let taken = bytes.len().min(usize::try_from(rest).unwrap_or(usize::MAX));
        if taken == 0 {
            return Ok(false);
        }
        hash = hash_after(hash, &bytes[..taken]);
        lines.consume(taken);
        rest -= taken as u64;
    }
    Ok(hash == expected)
}

/// Copies an open file to the path from which it was removed, or to a new name if there is another one, and goes on with
/// the copy. Returns the new name.
fn saved(file: &mut File, path: &Path) -> io::Result<Option<std::path::PathBuf>> {
    let (mut copy, name) = match new_file(path) {
        Ok(copy) => (copy, None),
        Err(error) if error.kind() == ErrorKind::AlreadyExists => {
            let name = path.with_added_extension("recovered");
            (new_file(&name)?, Some(name))
        }
        Err(error) => return Err(error),
    };
    file.rewind()?;
    io::copy(&mut Read::by_ref(file), &mut copy)?;
    copy.sync_all()?;
    *file = copy;
    Ok(name)
}

/// Refuses to continue what another run began.
fn refuse_another_run(begun: &JournalHeader, expected: &JournalHeader, output: &Path) -> Result<(), Error> {
    let output = output.display();
    if let (Some(begun), Some(expected)) = (&begun.input, &expected.input)
        && begun != expected
    {
        return Err(Error::usage(format!("the input is not the one that `{output}` was begun with"))
            .hint("name another output file for another input"));
    }
    if begun.model_id != expected.model_id {
        let (begun, expected) = (&begun.model_id, &expected.model_id);
        return Err(Error::usage(format!("`{output}` was begun with the model `{begun}`, not with `{expected}`"))
            .hint(format!("--model {begun}")));
    }
    if begun.request != expected.request {
        return Err(Error::usage(format!("the options are not those that `{output}` was begun with"))
            .hint("give the same options of the request, or name another output file"));
    }
    for (option, begun, expected) in
        [("--text", begun.text, expected.text), ("--ordered", begun.ordered, expected.ordered)]
    {
        if begun != expected {
            let (before, hint) = if begun { ("with", "add") } else { ("without", "leave out") };
            return Err(Error::usage(format!("`{output}` was begun {before} `{option}`"))
                .hint(format!("{hint} `{option}`, or name another output file")));
        }
    }
    Ok(())
}

pub fn already_exists(path: &Path) -> Error {
    let error = Error::usage(format!("`{}` exists", path.display()));
    // Without a journal, no run wrote it: it may even be the input.
    if exists(&Paths::new(path).journal) {
        error.hint("add `--resume` to continue the run that wrote it, or name another output file")
    } else {
        error.hint("name another output file")
    }
}

fn is_in_use(output: &Path) -> Error {
    Error::usage(format!("another process writes to `{}`", output.display()))
        .hint("wait until it has ended, or name another output file")
}

pub fn without_journal(paths: &Paths) -> Error {
    let text = format!("`{}` has no journal `{}`", paths.output.display(), paths.journal.display());
    Error::usage(text).hint("name another output file: without the journal, it is not known which records are done")
}

pub fn without_output(paths: &Paths) -> Error {
    let text = format!("there is a journal `{}` without its output", paths.journal.display());
    Error::usage(text)
        .cause(format!("`{}` does not exist", paths.output.display()))
        .hint("restore the output, remove the journal, or name another output file")
}
