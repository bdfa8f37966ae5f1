//! The file that `-o` names: replaced once the response is whole, or written directly if it is a pipe or a device.

use std::fs::File;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

pub use crate::atomic_file::is_direct;
use crate::atomic_file::{AtomicFile, CommitError, Existing, FileAccess};
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::output::{self, Output};

/// Refuses a file that is stdout too if stdout gets JSON: the text would be mixed with it or take its place.
pub fn reject_stdout(path: &Path, output: &Output) -> Result<(), Error> {
    if output.format() == Format::Text || path == Path::new("/dev/null") || !output.is_stdout(path) {
        return Ok(());
    }
    Err(Error::usage(format!("the text and the JSON cannot both be written to `{}`", path.display()))
        .hint("leave out `--output-file`: the JSON has the text"))
}

pub struct OutputFile {
    path: PathBuf,
    destination: Destination,
}

enum Destination {
    Atomic(AtomicFile),
    /// A pipe or a device, which cannot be replaced: it gets the response as it arrives.
    Direct(File),
}

impl OutputFile {
    /// Opens this path, or fails before anything is sent.
    pub fn create(path: &Path) -> Result<Self, Error> {
        let destination = if is_direct(path) {
            File::options().write(true).open(path).map(Destination::Direct)
        } else {
            AtomicFile::create(path, FileAccess::Inherited, Existing::Replace).map(Destination::Atomic)
        };
        let destination = destination.map_err(|error| output::unwritable_file(path, &error))?;
        Ok(Self { path: path.to_owned(), destination })
    }

    /// Whether the response is written as it arrives, possibly to a terminal.
    pub fn is_direct(&self) -> bool {
        matches!(self.destination, Destination::Direct(_))
    }

    pub fn write(&mut self, text: &str) -> io::Result<()> {
        match &mut self.destination {
            Destination::Atomic(file) => file.write_all(text.as_bytes()),
            Destination::Direct(file) => file.write_all(text.as_bytes()),
        }
    }

    /// Writes a complete response at once, and gives the file its name.
    pub fn write_and_commit(mut self, text: &str) -> Result<(), Error> {
        if let Err(error) = self.write(text) {
            let error = self.unwritable(&error);
            return Err(self.save_partial(error));
        }
        self.commit(text)
    }

    /// Ends the last line of a complete response, and gives the file its name.
    pub fn commit(mut self, text: &str) -> Result<(), Error> {
        if !text.is_empty()
            && !text.ends_with('\n')
            && let Err(error) = self.write("\n")
        {
            let error = self.unwritable(&error);
            return Err(self.save_partial(error));
        }
        let Destination::Atomic(file) = self.destination else { return Ok(()) };
        file.commit().map_err(|CommitError { error, file }| save_partial(file, cannot_write(&self.path, &error)))
    }

    /// Saves the part of an incomplete response that arrived, and adds its path to the error.
    pub fn save_partial(self, error: Error) -> Error {
        match self.destination {
            Destination::Atomic(file) if !file.is_empty() => save_partial(file, error),
            _ => error,
        }
    }

    /// Returns the error for a failed write: success if the reader closed the pipe.
    pub fn unwritable(&self, error: &io::Error) -> Error {
        if error.kind() == io::ErrorKind::BrokenPipe {
            output::unwritable(error)
        } else {
            cannot_write(&self.path, error)
        }
    }
}

fn save_partial(file: AtomicFile, error: Error) -> Error {
    match file.save_partial() {
        Ok(path) => error.hint(format!("the part of the response that arrived is in `{}`", path.display())),
        Err(refused) => error.cause(format!("the part of the response that arrived cannot be saved: {refused}")),
    }
}

fn cannot_write(path: &Path, error: &io::Error) -> Error {
    Error::new(ExitCode::Failure, format!("cannot write the response to `{}`", path.display())).cause(error.to_string())
}
