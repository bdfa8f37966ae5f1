//! The file that an answer goes to: written beside it, and renamed once the answer is whole.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use tempfile::NamedTempFile;

use crate::error::{Error, ExitCode};
use crate::output;

/// A file that an answer is written beside, and renamed to once it is whole.
pub struct Target {
    path: PathBuf,
    file: Place,
}

/// Where the answer is written while it comes.
enum Place {
    Beside(NamedTempFile),
    /// A pipe or a device cannot be replaced by a file: it takes the answer as it comes.
    Itself(File),
}

impl Target {
    /// A new file beside this path.
    ///
    /// # Errors
    /// Where none can be written there.
    pub fn beside(path: &Path) -> Result<Self, Error> {
        let unwritable =
            |error: io::Error| Error::usage(format!("cannot write `{}`", path.display())).cause(error.to_string());
        match path.metadata().map(|metadata| metadata.file_type()) {
            Ok(kind) if kind.is_dir() => return Err(unwritable(io::ErrorKind::IsADirectory.into())),
            Ok(kind) if !kind.is_file() => {
                let file = File::options().write(true).open(path).map_err(unwritable)?;
                return Ok(Self { path: path.to_owned(), file: Place::Itself(file) });
            }
            _ => {}
        }
        // A link stays a link: what it points at is replaced.
        let path = path.canonicalize().unwrap_or_else(|_| path.to_owned());
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
        folder.metadata().map_err(unwritable)?;
        let mut builder = tempfile::Builder::new();
        builder.prefix(".bedrock-ask-");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt;
            // The user's own mask decides, as for any file that a program writes.
            builder.permissions(std::fs::Permissions::from_mode(0o666));
        }
        // Its own words name the file beside it, which nobody asked for.
        let file = builder.tempfile_in(folder).map_err(|error| unwritable(error.kind().into()))?;
        Ok(Self { path, file: Place::Beside(file) })
    }

    /// Takes a piece of the answer.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        match &mut self.file {
            Place::Beside(file) => file.write_all(text.as_bytes()),
            Place::Itself(file) => file.write_all(text.as_bytes()),
        }
    }

    /// The answer is whole: the file gets its name.
    ///
    /// # Errors
    /// Where it cannot be written or renamed.
    pub fn keep(mut self, text: &str) -> Result<(), Error> {
        if !text.is_empty() && !text.ends_with('\n') {
            self.write("\n").map_err(|error| self.unwritable(&error))?;
        }
        match self.file {
            Place::Beside(file) => file.persist(&self.path).map(drop).map_err(|error| failed(&self.path, &error.error)),
            Place::Itself(_) => Ok(()),
        }
    }

    /// The answer is not whole: what came of it stays beside the name that it was to have.
    pub fn keep_part(self, error: Error) -> Error {
        let Place::Beside(file) = self.file else { return error };
        let came = file.as_file().metadata().is_ok_and(|metadata| metadata.len() > 0);
        if !came {
            return error;
        }
        let mut part = self.path.into_os_string();
        part.push(".partial");
        match file.persist(&part) {
            Ok(_) => error.hint(format!("what came of the answer is in `{}`", Path::new(&part).display())),
            Err(_) => error,
        }
    }

    /// The error of a piece that could not be written; none where it is a pipe whose reader has enough.
    pub fn unwritable(&self, error: &io::Error) -> Error {
        if error.kind() == io::ErrorKind::BrokenPipe { output::unwritable(error) } else { failed(&self.path, error) }
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(ExitCode::Failure, format!("cannot write the answer to `{}`", path.display())).cause(error.to_string())
}
