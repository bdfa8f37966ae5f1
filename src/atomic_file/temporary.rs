//! The file that holds the content until it gets its final name: with a name of its own, or on Linux without any, so that a
//! process that is killed leaves nothing behind.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::{NamedTempFile, PersistError};

use super::{Existing, FileAccess};
use crate::signals::{RemovedBySignal, create_temporary};

/// The prefix of every temporary file's name.
const PREFIX: &str = ".bedrock-ask-";

/// A file that has no final name yet. If it is dropped, it is removed.
#[derive(Debug)]
pub(super) enum Temporary {
    Named(NamedTempFile, RemovedBySignal),
    /// A file that only this process has open.
    #[cfg(target_os = "linux")]
    Unnamed(File),
}

impl Temporary {
    /// Creates an empty file in a directory, with the mode of a new file or, if one will be replaced, with access for its
    /// owner only.
    pub(super) fn new(directory: &Path, access: FileAccess, existing: Existing, replaces: bool) -> io::Result<Self> {
        #[cfg(target_os = "linux")]
        if existing == Existing::Refuse
            && let Some(file) = linux::unnamed(directory, access)
        {
            return Ok(Self::Unnamed(file));
        }
        #[cfg(not(target_os = "linux"))]
        let _ = existing;
        let mut builder = tempfile::Builder::new();
        builder.prefix(PREFIX);
        #[cfg(unix)]
        if access == FileAccess::Inherited && !replaces {
            use std::os::unix::fs::PermissionsExt;
            // The umask is applied to it.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        #[cfg(not(unix))]
        let _ = (access, replaces);
        // Its own message names the temporary file.
        let create = || builder.tempfile_in(directory).map_err(|error| io::Error::from(error.kind()));
        let (file, removed_by_signal) = create_temporary(create)?;
        Ok(Self::Named(file, removed_by_signal))
    }

    pub(super) fn as_file(&self) -> &File {
        match self {
            Self::Named(file, _) => file.as_file(),
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => file,
        }
    }

    /// Gives the file its final name. The file is returned if that fails.
    pub(super) fn persist(self, path: &Path, existing: Existing) -> Result<(), (io::Error, Self)> {
        match self {
            Self::Named(file, removed_by_signal) => {
                let renamed = match existing {
                    Existing::Replace => file.persist(path),
                    Existing::Refuse => file.persist_noclobber(path),
                };
                let refused = |PersistError { error, file }| (error, Self::Named(file, removed_by_signal));
                renamed.map(drop).map_err(refused)
            }
            // A link never replaces a file.
            #[cfg(target_os = "linux")]
            Self::Unnamed(file) => linux::link(&file, path).map_err(|error| (error, Self::Unnamed(file))),
        }
    }

    /// Keeps the file under the name that it has, and returns its path.
    pub(super) fn keep(self) -> io::Result<PathBuf> {
        match self {
            Self::Named(file, _) => file.keep().map(|(_, path)| path).map_err(|refused| refused.error),
            #[cfg(target_os = "linux")]
            Self::Unnamed(_) => Err(io::ErrorKind::AlreadyExists.into()),
        }
    }
}

impl Write for Temporary {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.as_file().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.as_file().flush()
    }
}

#[cfg(target_os = "linux")]
mod linux {
    use std::fs::{self, File};
    use std::io;
    use std::os::fd::AsRawFd;
    use std::os::unix::fs::OpenOptionsExt;
    use std::path::{Path, PathBuf};

    use rustix::fs::{AtFlags, CWD, OFlags, linkat};

    use super::FileAccess;

    /// Creates a file without a name; `None` if the file system has none, or such a file could not get a name later.
    pub(super) fn unnamed(directory: &Path, access: FileAccess) -> Option<File> {
        let flags = i32::try_from(OFlags::TMPFILE.bits()).ok()?;
        // The umask is applied to it.
        let mode = if access == FileAccess::Inherited { 0o666 } else { 0o600 };
        let file = File::options().read(true).write(true).mode(mode).custom_flags(flags).open(directory).ok()?;
        fs::symlink_metadata(link_of(&file)).is_ok().then_some(file)
    }

    /// Gives a file a name.
    pub(super) fn link(file: &File, path: &Path) -> io::Result<()> {
        Ok(linkat(CWD, link_of(file), CWD, path, AtFlags::SYMLINK_FOLLOW)?)
    }

    /// Returns the link to an open file that the kernel offers.
    fn link_of(file: &File) -> PathBuf {
        PathBuf::from(format!("/proc/self/fd/{}", file.as_raw_fd()))
    }
}
