//! The files that `fetch` writes: they appear whole or not at all, and none is overwritten.

use std::fs::File;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use crate::atomic_file::{AtomicFile, Existing, FileAccess, directory_of, is_direct};
use crate::error::{Error, ExitCode};
use crate::output::unwritable_file;

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OutputPaths {
    pub results: PathBuf,
    /// `None` if the results go to a pipe or a device and no file was named.
    pub failed: Option<PathBuf>,
}

impl OutputPaths {
    /// Returns the paths, if new files can be made there.
    pub fn check(results: &Path, failed: Option<&Path>) -> Result<Self, Error> {
        if results == Path::new("-") {
            return Err(Error::usage("`-` is not a file that results can be written to").hint("-o /dev/stdout"));
        }
        if failed == Some(results) {
            return Err(Error::usage("`--failed` and `--output-file` name the same file"));
        }
        let beside = || results.with_added_extension("failed.jsonl");
        let failed = failed.map(Path::to_owned).or_else(|| (!is_direct(results)).then(beside));
        for (path, option) in [(Some(results), "--output-file"), (failed.as_deref(), "--failed")] {
            let Some(path) = path.filter(|path| !is_direct(path)) else { continue };
            let created = AtomicFile::create(path, FileAccess::Inherited, Existing::Refuse);
            created.map_err(|error| refused(path, &error, option))?;
        }
        Ok(Self { results: results.to_owned(), failed })
    }

    /// Returns the folder of the results, in which there is space for as much again.
    pub fn folder(&self) -> PathBuf {
        if is_direct(&self.results) { std::env::temp_dir() } else { directory_of(&self.results).to_owned() }
    }
}

fn refused(path: &Path, error: &io::Error, option: &str) -> Error {
    if error.kind() != io::ErrorKind::AlreadyExists {
        return unwritable_file(path, error);
    }
    Error::usage(format!("`{}` exists, and is not overwritten", path.display()))
        .hint(format!("move it away, or name another file with `{option}`"))
}

pub struct ResultFile {
    path: PathBuf,
    option: &'static str,
    file: Kind,
}

enum Kind {
    Atomic(BufWriter<AtomicFile>),
    /// A pipe or a device, which gets what is written at once.
    Direct(BufWriter<File>),
}

impl ResultFile {
    /// Creates the file, which appears under its name when it is committed.
    pub fn create(path: &Path, option: &'static str) -> Result<Self, Error> {
        let file = if is_direct(path) {
            File::options().write(true).open(path).map(BufWriter::new).map(Kind::Direct)
        } else {
            let file = AtomicFile::create(path, FileAccess::Inherited, Existing::Refuse);
            file.map(BufWriter::new).map(Kind::Atomic)
        };
        let file = file.map_err(|error| refused(path, &error, option))?;
        Ok(Self { path: path.to_owned(), option, file })
    }

    pub fn write(&mut self, line: &str) -> Result<(), Error> {
        let written = match &mut self.file {
            Kind::Atomic(file) => file.write_all(line.as_bytes()),
            Kind::Direct(file) => file.write_all(line.as_bytes()),
        };
        written.map_err(|error| self.unwritable(&error))
    }

    /// Gives the file its name.
    pub fn commit(self) -> Result<(), Error> {
        let Self { path, option, file } = self;
        let committed = match file {
            Kind::Direct(mut file) => file.flush(),
            Kind::Atomic(file) => file
                .into_inner()
                .map_err(io::IntoInnerError::into_error)
                .and_then(|file| file.commit().map_err(|refused| refused.error)),
        };
        committed.map_err(|error| refused(&path, &error, option))
    }

    fn unwritable(&self, error: &io::Error) -> Error {
        if error.kind() == io::ErrorKind::BrokenPipe {
            return crate::output::unwritable(error);
        }
        let summary = format!("cannot write `{}`", self.path.display());
        Error::new(ExitCode::Failure, summary).cause(error.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_file_that_exists_is_written_and_the_check_leaves_none() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let paths = OutputPaths::check(&path("a.jsonl"), None).unwrap();
        assert_eq!(paths.failed, Some(path("a.jsonl.failed.jsonl")));
        assert_eq!(paths.folder(), folder.path());
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
        std::fs::write(path("a.jsonl.failed.jsonl"), "").unwrap();
        let error = OutputPaths::check(&path("a.jsonl"), None).unwrap_err();
        assert_eq!((error.exit, error.message.hints.len()), (ExitCode::Usage, 1));
        assert!(OutputPaths::check(&path("a.jsonl"), Some(&path("b.jsonl"))).is_ok());
        assert!(OutputPaths::check(&path("a.jsonl"), Some(&path("a.jsonl"))).is_err());
        assert!(OutputPaths::check(&path("none/a.jsonl"), None).is_err());
        assert!(OutputPaths::check(Path::new("-"), None).is_err());
        let error = OutputPaths::check(Path::new(".."), None).unwrap_err();
        assert_eq!(error.message.summary, "`..` exists, and is not overwritten");
    }
}
