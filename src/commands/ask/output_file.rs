//! The file that `-o` names: replaced once the response is whole, or written directly if it is a pipe or a device.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use crate::atomic_file::{Access, AtomicFile, CommitError, Existing};
use crate::error::{Error, ExitCode};
use crate::output;

/// The file that the response goes to.
pub struct OutputFile {
    path: PathBuf,
    destination: Destination,
}

enum Destination {
    Atomic(AtomicFile),
    /// A pipe or a device cannot be replaced by a file: it takes the response as it arrives.
    Direct(File),
}

impl OutputFile {
    /// Opens this path. An error if it cannot be written, before anything is sent.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let destination = if is_direct(path) {
            File::options().write(true).open(path).map(Destination::Direct)
        } else {
            AtomicFile::create(path, Access::Inherited, Existing::Replace).map(Destination::Atomic)
        };
        let unwritable =
            |error: io::Error| Error::usage(format!("cannot write `{}`", path.display())).cause(error.to_string());
        Ok(Self { path: path.to_owned(), destination: destination.map_err(unwritable)? })
    }

    /// Writes a piece of the response.
    pub fn write(&mut self, text: &str) -> io::Result<()> {
        match &mut self.destination {
            Destination::Atomic(file) => file.write_all(text.as_bytes()),
            Destination::Direct(file) => file.write_all(text.as_bytes()),
        }
    }

    /// Ends the last line of a whole response, and gives the file its name.
    pub fn commit(mut self, text: &str) -> Result<(), Error> {
        if !text.is_empty()
            && !text.ends_with('\n')
            && let Err(error) = self.write("\n")
        {
            let error = self.unwritable(&error);
            return Err(self.save_partial(error));
        }
        let Destination::Atomic(file) = self.destination else { return Ok(()) };
        file.commit().map_err(|CommitError { error, file }| save_partial(file, failed(&self.path, &error)))
    }

    /// Saves what arrived of a response that is not whole, and adds to the error where it is.
    pub fn save_partial(self, error: Error) -> Error {
        match self.destination {
            Destination::Atomic(file) if !file.is_empty() => save_partial(file, error),
            _ => error,
        }
    }

    /// Returns the error of a piece that could not be written: none if the reader of a pipe has closed it.
    pub fn unwritable(&self, error: &io::Error) -> Error {
        if error.kind() == io::ErrorKind::BrokenPipe { output::unwritable(error) } else { failed(&self.path, error) }
    }
}

/// Whether this path is a pipe or a device.
pub fn is_direct(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

fn save_partial(file: AtomicFile, error: Error) -> Error {
    match file.save_partial() {
        Ok(path) => error.hint(format!("what arrived of the response is in `{}`", path.display())),
        Err(refused) => error.cause(format!("what arrived of the response cannot be saved: {refused}")),
    }
}

fn failed(path: &Path, error: &io::Error) -> Error {
    Error::new(ExitCode::Failure, format!("cannot write the response to `{}`", path.display())).cause(error.to_string())
}
