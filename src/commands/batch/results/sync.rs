//! Brings what was written onto the disk, in groups and in a thread of its own, so that no request waits for the disk; and
//! looks whether the files are still in their places.

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{self, Receiver, RecvTimeoutError, SyncSender};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use super::files::Files;
use super::paths::{Paths, is_at};

/// The most entries of a group, and the longest time that one waits.
const GROUP: u64 = 256;
const LONGEST_WAIT: Duration = Duration::from_secs(1);

/// Why no more can be written.
#[derive(Debug)]
pub enum Problem {
    /// A file was removed, or another one took its place.
    Moved,
    Unsynced(io::Error),
}

#[derive(Debug)]
pub struct SyncThread {
    shared: Arc<Shared>,
    wake: SyncSender<()>,
    thread: JoinHandle<()>,
    requested: u64,
}

#[derive(Debug, Default)]
struct Shared {
    /// The number of entries that are written, and of those that are on the disk.
    written: AtomicU64,
    synced: AtomicU64,
    problem: Mutex<Option<Problem>>,
}

impl SyncThread {
    pub fn start(files: &Files) -> io::Result<Self> {
        let shared = Arc::new(Shared { written: files.entries.into(), ..Shared::default() });
        let (wake, woken) = mpsc::sync_channel(1);
        let task = SyncTask {
            output: files.output.try_clone()?,
            journal: files.journal.try_clone()?,
            paths: files.paths.clone(),
            shared: Arc::clone(&shared),
        };
        let thread = thread::Builder::new().name("sync".to_owned()).spawn(move || task.run(&woken))?;
        Ok(Self { shared, wake, thread, requested: files.entries })
    }

    /// Reports how many entries are written.
    pub fn wrote(&mut self, entries: u64) {
        self.shared.written.store(entries, Ordering::Release);
        if entries >= self.requested + GROUP {
            self.requested = entries;
            // If the thread has not begun with the group before, it takes both.
            let _ = self.wake.try_send(());
        }
    }

    /// Asks for what is written at once.
    #[cfg(test)]
    pub fn wake_now(&mut self) {
        let _ = self.wake.try_send(());
    }

    /// Returns the number of entries that are on the disk.
    pub fn synced(&self) -> u64 {
        self.shared.synced.load(Ordering::Acquire)
    }

    /// Returns what the thread found, once.
    pub fn problem(&self) -> Option<Problem> {
        self.shared.problem.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    /// Ends the thread, which lets go of the files.
    pub fn stop(self) {
        let Self { wake, thread, .. } = self;
        drop(wake);
        // It does not panic.
        let _ = thread.join();
    }
}

struct SyncTask {
    output: File,
    journal: File,
    paths: Paths,
    shared: Arc<Shared>,
}

impl SyncTask {
    fn run(self, woken: &Receiver<()>) {
        self.paths.sync_names();
        while woken.recv_timeout(LONGEST_WAIT) != Err(RecvTimeoutError::Disconnected) {
            if let Err(problem) = self.sync() {
                *self.shared.problem.lock().unwrap_or_else(PoisonError::into_inner) = Some(problem);
                return;
            }
        }
    }

    fn sync(&self) -> Result<(), Problem> {
        if !is_at(&self.output, &self.paths.output) || !is_at(&self.journal, &self.paths.journal) {
            return Err(Problem::Moved);
        }
        let written = self.shared.written.load(Ordering::Acquire);
        if written > self.shared.synced.load(Ordering::Acquire) {
            self.output.sync_data().and_then(|()| self.journal.sync_data()).map_err(Problem::Unsynced)?;
            self.shared.synced.store(written, Ordering::Release);
        }
        Ok(())
    }
}
