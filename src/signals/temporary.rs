//! Temporary files that are removed when a signal ends the process.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::sync::{Mutex, MutexGuard, PoisonError};

use tempfile::NamedTempFile;

static FILES: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// A temporary file that a signal removes, until the guard is dropped.
#[derive(Debug)]
pub struct RemovedBySignal(PathBuf);

impl RemovedBySignal {
    /// Creates a temporary file that a signal removes.
    pub fn create(create: impl FnOnce() -> io::Result<NamedTempFile>) -> io::Result<(NamedTempFile, Self)> {
        super::listen_in_background();
        // A signal between the creation and the entry in the list waits for the entry.
        let mut files = files();
        let file = create()?;
        let path = file.path().to_owned();
        files.push(path.clone());
        Ok((file, Self(path)))
    }
}

impl Drop for RemovedBySignal {
    fn drop(&mut self) {
        files().retain(|path| *path != self.0);
    }
}

fn files() -> MutexGuard<'static, Vec<PathBuf>> {
    FILES.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Removes the files. No other is created while the guard lives.
pub fn remove_files() -> impl Sized {
    let mut files = files();
    for path in files.drain(..) {
        // One that has its final name is no longer there.
        let _ = fs::remove_file(path);
    }
    files
}
