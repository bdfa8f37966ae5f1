//! Where the files of a run are, and whether a file is still the one at its path.

use std::fs::{self, File, Metadata};
use std::io;
use std::path::{Path, PathBuf};

use crate::atomic_file::directory_of;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Paths {
    pub output: PathBuf,
    pub journal: PathBuf,
}

impl Paths {
    /// Returns the paths for an output. If it is a symbolic link, it is followed.
    pub fn new(output: &Path) -> Self {
        let is_link = output.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
        let real = if is_link { output.canonicalize().ok() } else { None };
        Self { journal: output.with_added_extension("journal"), output: real.unwrap_or_else(|| output.to_owned()) }
    }

    /// Returns where the output of a generation is written before it replaces the one before.
    pub fn next_output(&self, generation: u64) -> PathBuf {
        self.output.with_added_extension(format!("rewrite.{generation}"))
    }

    /// Returns where a journal is written before it replaces the one before.
    pub fn next_journal(&self) -> PathBuf {
        self.journal.with_added_extension("rewrite")
    }

    /// Waits until the names of the files are on the disk, where the system has such a thing.
    pub fn sync_names(&self) {
        // A folder cannot be opened on every system.
        if let Ok(folder) = File::open(directory_of(&self.output)) {
            let _ = folder.sync_all();
        }
    }
}

/// Whether there is something at this path, be it a link that leads nowhere.
pub fn exists(path: &Path) -> bool {
    path.symlink_metadata().is_ok()
}

/// Whether this open file is the one at the path.
pub fn is_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), fs::metadata(path)) {
        (Ok(file), Ok(named)) => is_same(&file, &named),
        // Only a file that is certainly not there is given up.
        (_, Err(error)) => error.kind() != io::ErrorKind::NotFound,
        (Err(_), Ok(_)) => true,
    }
}

#[cfg(unix)]
fn is_same(file: &Metadata, named: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt;

    (file.dev(), file.ino()) == (named.dev(), named.ino())
}

/// Whether two files are the same, as far as this system lets it be found out: a file that is open can hardly be replaced.
#[cfg(not(unix))]
fn is_same(_file: &Metadata, _named: &Metadata) -> bool {
    true
}
