//! Temporary files that are removed when a signal ends the process.

use std::fs;
use std::io;
use std::path::PathBuf;

use tempfile::NamedTempFile;

use super::registry::{Registered, Registry};

static FILES: Registry<PathBuf> = Registry::new();

/// The entry of a temporary file that a signal removes, until it is dropped.
pub type RemovedBySignal = Registered<PathBuf>;

/// Creates a temporary file that a signal removes.
pub fn create_temporary(
    create: impl FnOnce() -> io::Result<NamedTempFile>,
) -> io::Result<(NamedTempFile, RemovedBySignal)> {
    FILES.register(|| {
        let file = create()?;
        let path = file.path().to_owned();
        Ok((file, Some(path)))
    })
}

/// Removes the files. No other is created while the guard lives.
pub fn remove_files() -> impl Sized {
    FILES.clean_up(|path| {
        // One that has its final name is no longer there.
        let _ = fs::remove_file(path);
    })
}
