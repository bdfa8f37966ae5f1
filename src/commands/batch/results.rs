//! The results of a run: the output, with a line for each record, and beside it the journal, with an entry for each line.
//! A run that ended in any way is continued from them.

mod files;
mod journal;
mod line;
mod paths;
mod reorder_buffer;
mod rewrite;
mod sync;
#[cfg(test)]
mod tests;

use std::io;
use std::path::PathBuf;

use clap::Args;

use super::bits::Bits;
use super::disk_array::DiskArray;
use super::disk_hash_table::unusable;
use super::record::{Record, RecordOutcome};
use crate::atomic_file::directory_of;
use crate::error::{Error, ExitCode};
use crate::output::unwritable_file;
use files::Files;
use journal::{JournalEntry, JournalHeader};
pub use line::line;
use paths::{Paths, exists, is_at};
use reorder_buffer::ReorderBuffer;
use rewrite::{RewriteKind, rewrite};
use sync::{Problem, SyncThread};

/// Where the results go, and in which form.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option of its own")]
pub struct ResultArgs {
    /// Write the results to this file, which must not exist; each is written at once
    #[arg(short, long, value_name = "FILE")]
    pub output_file: PathBuf,
    /// Write the text of each response alone, as `{"recordId": …, "text": …}`
    #[arg(long)]
    pub text: bool,
    /// Write the results in the order of the input
    #[arg(long)]
    pub ordered: bool,
    /// Continue a run that was stopped or killed: send the records that have no result
    #[arg(long)]
    pub resume: bool,
    /// Continue a run, and send the records that failed again; the new results replace the old ones
    #[arg(long)]
    pub retry_failed: bool,
}

/// What must be the same when a run is continued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunIdentity {
    /// The digest of the input; `None` if it is read from stdin.
    pub input: Option<[u8; 32]>,
    /// The ID that is invoked.
    pub model_id: String,
    /// A digest of the options: of all that is the same in each request.
    pub request: [u8; 32],
}

#[derive(Debug)]
pub struct Results {
    files: Files,
    text: bool,
    /// What waits for an earlier record; `None` if each line is written at once.
    held: Option<ReorderBuffer>,
    state: JournalState,
    sync_thread: Option<SyncThread>,
    /// Whether this run created the files.
    is_new: bool,
    /// What the user should know about the files that were opened.
    pub notes: Vec<String>,
}

/// What follows from the entries of the journal.
#[derive(Debug, Default)]
struct JournalState {
    done: Bits,
    failed: u64,
    /// The hashes of the lines of the records, if the input is compared line by line.
    digests: Option<DiskArray<1>>,
    /// The index of the last entry.
    last: Option<u64>,
    /// Whether the lines are not in the order of the input.
    is_unsorted: bool,
}

impl ResultArgs {
    /// Refuses a file that no run can write or continue, before anything is read or sent. Makes no file.
    pub fn check(&self) -> Result<(), Error> {
        let path = &self.output_file;
        if path.as_os_str() == "-" {
            return Err(Error::usage("the results cannot be written to stdout: a run could not be continued")
                .hint("name a file with `--output-file`"));
        }
        let is_folder = path.is_dir() || path.to_string_lossy().ends_with(std::path::is_separator);
        if is_folder || path.metadata().is_ok_and(|metadata| !metadata.is_file()) {
            let text = format!("`{}` is not a regular file: a run could not be continued from it", path.display());
            return Err(Error::usage(text).hint("name a file with `--output-file`"));
        }
        let paths = Paths::new(path);
        match (exists(&paths.output), exists(&paths.journal)) {
            (false, false) if self.retry_failed => Err(Error::usage(format!("`{}` does not exist", path.display()))
                .hint("leave out `--retry-failed`: no record has failed yet")),
            (false, false) => directory_of(path).metadata().map(drop).map_err(|error| unwritable_file(path, &error)),
            (true, false) if self.continues() => Err(files::without_journal(&paths)),
            (false, true) if !self.continues() => Err(files::without_output(&paths)),
            (_, _) if !self.continues() => Err(files::already_exists(path)),
            (_, _) => Ok(()),
        }
    }

    fn continues(&self) -> bool {
        self.resume || self.retry_failed
    }
}

impl JournalState {
    fn new(with_digests: bool) -> io::Result<Self> {
        let digests = if with_digests { Some(DiskArray::new(tempfile::tempfile()?, 0)?) } else { None };
        Ok(Self { digests, ..Self::default() })
    }

    fn add(&mut self, entry: &JournalEntry) -> io::Result<()> {
        if !self.done.insert(entry.index) {
            return Err(io::Error::other(format!("the journal has record {} twice", entry.index)));
        }
        self.failed += u64::from(entry.is_failed);
        self.is_unsorted |= self.last.is_some_and(|last| entry.index < last);
        self.last = Some(entry.index);
        match &mut self.digests {
            Some(digests) => digests.set(entry.index, [entry.digest]),
            None => Ok(()),
        }
    }

    /// Whether the records that are done are the first ones of the input, in its order.
    fn is_start_of_input(&self) -> bool {
        !self.is_unsorted && self.last.map_or(0, |last| last + 1) == self.done.count()
    }
}

impl Results {
    /// Creates the files, or continues an earlier run. Nothing may be refused afterwards with exit code 2, so this comes
    /// directly before the first call.
    pub fn open(options: &ResultArgs, identity: &RunIdentity) -> Result<Self, Error> {
        options.check()?;
        let ResultArgs { text, ordered, .. } = *options;
        let paths = Paths::new(&options.output_file);
        let header = JournalHeader::new(identity, text, ordered);
        let is_new = !exists(&paths.output) && !exists(&paths.journal);
        let mut files = if is_new { Files::create(paths, header)? } else { Files::open(paths, &header)? };
        let mut notes = Vec::new();
        if is_new && options.resume {
            let text =
                format!("`{}` does not exist: the run begins with the first record", files.paths.output.display());
            notes.push(text);
        }
        let with_digests = files.header.input.is_none() || identity.input.is_none();
        let state = || JournalState::new(with_digests).map_err(unusable);
        let mut known = state()?;
        let lost = files.recover(|entry| known.add(entry))?;
        if lost > 0 {
            let name = files.paths.output.display();
            notes.push(format!(
                "the last {lost} bytes of `{name}` are not a result that was recorded: they were cut off"
            ));
        }
        if options.retry_failed && known.failed > 0 {
            let rewritten = rewrite(&files, RewriteKind::WithoutFailed);
            files = rewritten.map_err(|error| unwritable_file(&files.paths.output, &error))?;
            known = state()?;
            files.recover(|entry| known.add(entry))?;
        }
        let held = (ordered && known.is_start_of_input()).then(|| ReorderBuffer::new(files.entries));
        let sync_thread =
            SyncThread::start(&files).map_err(|error| Error::new(ExitCode::Failure, error.to_string()))?;
        Ok(Self { files, text, held, state: known, sync_thread: Some(sync_thread), is_new, notes })
    }

    /// Whether the record at this index has a result. Its line must be the one that the result belongs to.
    pub fn is_done(&mut self, index: u64, digest: u64) -> Result<bool, Error> {
        if !self.state.done.contains(index) {
            return Ok(false);
        }
        if let Some(digests) = &mut self.state.digests
            && digests.get(index).map_err(unusable)? != [digest]
        {
            let text = format!("the input is not the one that `{}` was begun with", self.files.paths.output.display());
            return Err(Error::usage(text)
                .cause(format!("record {} is another one", index + 1))
                .hint("name another output file for another input"));
        }
        Ok(true)
    }

    /// Whether another record may be sent: results that wait for an earlier one are held in bounded memory. To be asked
    /// before a new record is taken from the input, never before an earlier one is sent again.
    pub fn has_room(&self) -> bool {
        self.held.as_ref().is_none_or(ReorderBuffer::has_room)
    }

    /// Writes the result of a record. After an error nothing more should be sent; results of records that were sent may
    /// still be added.
    ///
    /// # Errors
    /// If it cannot be written, or the files were removed or replaced. The run can be continued later.
    pub fn add(&mut self, record: &Record, outcome: &RecordOutcome) -> Result<(), Error> {
        let moved = self.problem();
        let line = line(&record.id, &record.model_input, outcome, self.text);
        let is_failed = outcome.error.is_some();
        let entry = JournalEntry { index: record.index, digest: record.digest, end: 0, line: 0, synced: 0, is_failed };
        let written = self.add_line(entry, line);
        moved.map_or(written, Err)
    }

    fn add_line(&mut self, entry: JournalEntry, line: String) -> Result<(), Error> {
        let is_held = self.held.as_ref().is_some_and(|held| held.contains(entry.index));
        if is_held || self.state.done.contains(entry.index) {
            return Err(Error::new(ExitCode::Failure, format!("record {} has two results", entry.index + 1)));
        }
        let Some(held) = &mut self.held else { return self.write(entry, &line) };
        held.insert(entry, line);
        self.write_held(ReorderBuffer::due)
    }

    /// Writes held lines as long as there is a next one.
    fn write_held(&mut self, next: impl Fn(&ReorderBuffer) -> Option<(JournalEntry, String)>) -> Result<(), Error> {
        while let Some((entry, line)) = self.held.as_ref().and_then(&next) {
            self.write(entry, &line)?;
            if let Some(held) = &mut self.held {
                held.remove(entry.index);
            }
        }
        Ok(())
    }

    fn write(&mut self, entry: JournalEntry, line: &str) -> Result<(), Error> {
        self.files.changed().map_or(Ok(()), Err)?;
        let synced = self.sync_thread.as_ref().map_or(0, SyncThread::synced);
        let written = self.files.append(JournalEntry { synced, ..entry }, line.as_bytes());
        written.and_then(|()| self.state.add(&entry)).map_err(|error| self.unwritable(&error))?;
        if let Some(sync_thread) = &mut self.sync_thread {
            sync_thread.wrote(self.files.entries);
        }
        Ok(())
    }

    /// Returns the error for what happened to the files since the last result.
    fn problem(&mut self) -> Option<Error> {
        match self.sync_thread.as_ref()?.problem()? {
            Problem::Moved => Some(self.put_back()),
            Problem::Unsynced(error) => Some(self.unwritable(&error)),
        }
    }

    /// Writes files that were removed again; the results that are still to come are added to them.
    fn put_back(&mut self) -> Error {
        let error = self.files.put_back();
        // Without a thread, the disk has the results at the end.
        self.sync_thread = SyncThread::start(&self.files).ok();
        error
    }

    fn unwritable(&self, error: &io::Error) -> Error {
        Error::new(ExitCode::Failure, format!("cannot write `{}`", self.files.paths.output.display()))
            .cause(error.to_string())
            .hint("add `--resume` once it can be written: all results before are kept")
    }

    /// Returns the number of records that have a result, those of earlier runs included.
    pub fn done(&self) -> u64 {
        self.state.done.count()
    }

    /// Returns the number of records whose result is a failure, those of earlier runs included.
    pub fn failed(&self) -> u64 {
        self.state.failed
    }

    /// Writes what is held, and waits until everything is on the disk. To be called however the run ends. If no record has
    /// a result, no file is left.
    pub fn finish(mut self) -> Result<(), Error> {
        let moved = self.problem();
        // What waits for a record that has no result is paid, so it is kept.
        let written = self.write_held(ReorderBuffer::first);
        if let Some(sync_thread) = self.sync_thread.take() {
            sync_thread.stop();
        }
        let moved = moved.or_else(|| (!self.files.are_in_place()).then(|| self.files.put_back()));
        let synced = self.files.sync().map_err(|error| self.unwritable(&error));
        let changed = self.files.changed();
        moved.or(changed).map_or(written.and(synced), Err)?;
        if self.files.header.ordered && self.state.is_unsorted {
            self.sort()?;
        }
        self.files.mark_synced().map_err(|error| self.unwritable(&error))
    }

    fn sort(&mut self) -> Result<(), Error> {
        self.files = rewrite(&self.files, RewriteKind::Sorted).map_err(|error| {
            let text = format!("cannot write `{}` in the order of the input", self.files.paths.output.display());
            Error::new(ExitCode::Failure, text)
                .cause(error.to_string())
                .hint("it has all results: add `--resume` to sort it")
        })?;
        Ok(())
    }
}

impl Drop for Results {
    /// Removes files that this run created and that have no result.
    fn drop(&mut self) {
        if let Some(sync_thread) = self.sync_thread.take() {
            sync_thread.stop();
        }
        let Files { paths, output, entries, .. } = &self.files;
        let is_empty = *entries == 0 && output.metadata().is_ok_and(|metadata| metadata.len() == 0);
        if self.is_new && is_empty && self.files.are_in_place() && is_at(output, &paths.output) {
            // A file that stays is continued like any other.
            let _ = std::fs::remove_file(&paths.output).and_then(|()| std::fs::remove_file(&paths.journal));
        }
    }
}
