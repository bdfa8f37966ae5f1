//! The input of a batch: which file, in which form its records are, and the check of all of them before the first is sent.

mod jsonl;
mod lines;
mod reader;
mod records;

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use crate::commands::ask::RequestArgs;
use crate::commands::stdin;
use crate::config::contents;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use lines::Lines;
use reader::Reader;
pub use records::Records;

/// The input of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct InputArgs {
    /// The records, one on each line; - is stdin
    #[arg(value_name = "INPUT")]
    pub input: PathBuf,
    /// The form of the input; by default, the ending of its name decides, and stdin is jsonl
    #[arg(long, value_enum, value_name = "FORM")]
    pub input_form: Option<InputForm>,
}

/// The form of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputForm {
    /// A JSON object on each line.
    Jsonl,
    /// Comma-separated values below a header: the columns are variables of the template.
    Csv,
    /// A text on each line: `{{input}}` of the template.
    Lines,
}

/// An input that can be read.
pub struct Input {
    /// What errors call it.
    name: String,
    source: Source,
    /// The SHA-256 digest of its bytes, if it was checked.
    digest: Option<[u8; 32]>,
}

enum Source {
    /// A regular file, which is read twice.
    File(File),
    /// stdin, a pipe or a device, which is read once.
    Stream(Box<dyn Read + Send>),
}

/// What a check has found in an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The number of records; `None` if the input can be read only once.
    pub records: Option<u64>,
    /// The SHA-256 digest of its bytes; `None` if the input can be read only once.
    pub digest: Option<[u8; 32]>,
    /// The records without a limit of tokens of their own.
    pub without_limit: u64,
    /// The records with a `modelInput`.
    pub with_own_input: u64,
    /// The bytes of the input.
    pub bytes: u64,
}

impl Input {
    /// Opens the input.
    ///
    /// # Errors
    /// If it cannot be opened, its form is not known, or the template does not fit it.
    pub fn open(
        args: &InputArgs,
        _request: &RequestArgs,
        _context: &Context,
        _output: &mut Output,
    ) -> Result<Self, Error> {
        if args.input == Path::new("-") {
            if !stdin::is_piped() {
                let what = if stdin::is_terminal() { "a terminal" } else { "neither a pipe nor a file" };
                return Err(Error::usage(format!("stdin is {what}, and the input is `-`")));
            }
            let source = Source::Stream(Box::new(std::io::stdin()));
            return Ok(Self { name: "stdin".to_owned(), source, digest: None });
        }
        let name = format!("`{}`", args.input.display());
        let file = contents::open(&args.input).map_err(|error| unreadable(&name, &error))?;
        let kind = file.metadata().map_err(|error| unreadable(&name, &error))?.file_type();
        if kind.is_dir() {
            return Err(Error::usage(format!("{name} is a directory")));
        }
        let source = if kind.is_file() { Source::File(file) } else { Source::Stream(Box::new(file)) };
        Ok(Self { name, source, digest: None })
    }

    /// Reads a file from start to end, and checks every record. What can be read only once is checked later, as it is read.
    ///
    /// # Errors
    /// If the file cannot be read, has no records, or has faults: the first of them, each with its line.
    pub fn check(&mut self, _output: &mut Output) -> Result<Checked, Error> {
        let Source::File(file) = &self.source else { return Ok(Checked::default()) };
        let mut reader = Reader::new(&self.name, Lines::new(self.rewound(file)?));
        let mut checked = Checked::default();
        let mut records = 0;
        while let Some(record) = reader.next() {
            let record = record?;
            records += 1;
            checked.without_limit += u64::from(record.max_tokens.is_none());
            checked.with_own_input += u64::from(record.has_own_input());
        }
        if records == 0 {
            return Err(no_records(&self.name));
        }
        let (digest, bytes) = reader.finish();
        self.digest = Some(digest);
        Ok(Checked { records: Some(records), digest: Some(digest), bytes, ..checked })
    }

    /// Returns the records, which a thread of its own reads.
    pub fn into_records(self) -> Records {
        let source: Box<dyn Read + Send> = match self.source {
            Source::File(mut file) => match file.seek(SeekFrom::Start(0)) {
                Ok(_) => Box::new(file),
                Err(error) => return Records::failed(unreadable(&self.name, &error)),
            },
            Source::Stream(source) => source,
        };
        Records::read(Reader::new(&self.name, Lines::new(source)), self.digest)
    }

    fn rewound(&self, file: &File) -> Result<File, Error> {
        let copy = file.try_clone().and_then(|mut copy| copy.seek(SeekFrom::Start(0)).map(|_| copy));
        copy.map_err(|error| unreadable(&self.name, &error))
    }
}

fn unreadable(name: &str, error: &std::io::Error) -> Error {
    Error::usage(format!("cannot read {name}")).cause(error.to_string())
}

fn no_records(name: &str) -> Error {
    Error::usage(format!("{name} has no records"))
}
