//! The file that an answer goes to: written beside it, and renamed once the answer is whole.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, Exit};

/// A file that an answer is written beside, and renamed to once it is whole.
pub struct Target {
    path: PathBuf,
    file: NamedTempFile,
}

impl Target {
    /// A new file beside this path.
    ///
    /// # Errors
    /// Where none can be written there.
    pub fn beside(path: &Path) -> Result<Self, Error> {
        let unwritable =
            |error: io::Error| Error::usage(format!("cannot write `{}`", path.display())).cause(error.to_string());
        // A link stays a link: what it points at is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        if path.is_dir() {
            return Err(unwritable(io::ErrorKind::IsADirectory.into()));
        }
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let mut builder = tempfile::Builder::new();
        builder.prefix(".bedrock-ask-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The user's own mask decides, as for any file that a program writes.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        let file = builder.tempfile_in(folder).map_err(unwritable)?;
        Ok(Self { path, file })
    }

    /// Takes a piece of the answer.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        self.file.write_all(text.as_bytes())
    }

    /// The answer is whole: the file gets its name.
    ///
    /// # Errors
    /// Where it cannot be written or renamed.
    pub fn keep(mut self, text: &str) -> Result<(), Error> {
        let failed = |error: io::Error| {
            Error::new(Exit::Failure, "cannot write the answer to its file").cause(error.to_string())
        };
        if !text.is_empty() && !text.ends_with('\n') {
            self.file.write_all(b"\n").map_err(failed)?;
        }
        self.file.persist(&self.path).map(drop).map_err(|error| failed(error.error))
    }

    /// The answer is not whole: what came of it stays beside the name that it was to have.
    pub fn keep_part(self, error: Error) -> Error {
        let came = self.file.as_file().metadata().is_ok_and(|metadata| metadata.len() > 0);
        if !came {
            return error;
        }
        let mut part = self.path.into_os_string();
        part.push(".partial");
        match self.file.persist(&part) {
            Ok(_) => error.hint(format!("what came of the answer is in `{}`", Path::new(&part).display())),
            Err(_) => error,
        }
    }
}
