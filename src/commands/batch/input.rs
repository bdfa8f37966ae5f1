//! The input of a batch: which file, in which form its records are, and the check of all of them before the first is sent.

mod fault;
mod ids;
mod jsonl;
mod reader;
mod records;
mod shape;
mod table;
#[cfg(test)]
mod tests;

use std::fs::File;
use std::io::{self, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};

use clap::{Args, ValueEnum};

use super::record::{InputRecord, RecordContent, may_have_own_price};
use crate::commands::ask::RequestArgs;
use crate::commands::stdin;
use crate::config::contents;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use fault::{RecordFault, RecordFaults};
use ids::Ids;
use reader::{Parsed, Reader};
pub use records::Records;
use records::{CheckedFile, version_of};
use shape::RecordShape;

/// The input of a batch.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct InputArgs {
    /// The file of the records, one on each line; - is stdin, which `submit` does not read
    #[arg(value_name = "INPUT")]
    pub input: PathBuf,
    /// The form of the input; by default, the ending of its name decides, and stdin is jsonl
    #[arg(long, value_enum, value_name = "FORM")]
    pub input_form: Option<InputForm>,
}

/// What errors call stdin.
const STDIN: &str = "stdin";

/// The endings of a file name, and the form that follows from each.
const ENDINGS: [(&str, InputForm); 5] = [
    (".jsonl", InputForm::Jsonl),
    (".ndjson", InputForm::Jsonl),
    (".json", InputForm::Jsonl),
    (".csv", InputForm::Csv),
    (".txt", InputForm::Lines),
];

/// The form of an input.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub enum InputForm {
    /// A JSON object on each line.
    Jsonl,
    /// Comma-separated values below a header: the columns are the members of a record, or the variables of the template.
    Csv,
    /// A text on each line: the prompt, or `{{input}}` of the template.
    Lines,
}

impl InputForm {
    /// Returns the name, as `--input-form` has it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Jsonl => "jsonl",
            Self::Csv => "csv",
            Self::Lines => "lines",
        }
    }
}

pub struct Input {
    /// What errors call it.
    name: String,
    form: InputForm,
    shape: RecordShape,
    source: Source,
}

enum Source {
    /// A regular file, which is read twice.
    File(File),
    /// A regular file that was read to its end.
    Checked(CheckedFile),
    /// stdin, a pipe or a device, which is read once.
    Stream(Stream),
    /// A stream of which the first record was read.
    Begun(Box<Reader<Stream>>, Box<Parsed>),
}

type Stream = Box<dyn Read + Send>;

const SILENT: &str = "waiting for records on stdin";

/// What a check has found in an input.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Checked {
    /// The number of records; `None` if the input can be read only once.
    pub records: Option<u64>,
    /// The SHA-256 digest of its bytes; `None` if the input can be read only once.
    pub digest: Option<[u8; 32]>,
    /// The records without a limit of tokens of their own.
    pub without_limit: u64,
    /// The lowest limit of tokens that a prompt has of its own, and its line.
    pub least_limit: Option<(i32, u64)>,
    /// The line of the first `modelInput` that can have another price than the model's.
    pub own_price: Option<u64>,
    pub bytes: u64,
}

impl Checked {
    fn add(&mut self, parsed: &Parsed) {
        let InputRecord { line, content, .. } = &parsed.record;
        *self.records.get_or_insert_default() += 1;
        self.without_limit += u64::from(content.max_tokens().is_none());
        match content {
            RecordContent::Prompt { max_tokens: Some(limit), .. }
                if self.least_limit.is_none_or(|(least, _)| *limit < least) =>
            {
                self.least_limit = Some((*limit, *line));
            }
            RecordContent::ModelInput { body, .. } if self.own_price.is_none() && may_have_own_price(body) => {
                self.own_price = Some(*line);
            }
            _ => {}
        }
    }
}

impl InputArgs {
    fn is_stdin(&self) -> bool {
        self.input == Path::new("-")
    }

    /// Returns what errors call the input.
    fn name(&self) -> String {
        if self.is_stdin() { STDIN.to_owned() } else { format!("`{}`", self.input.display()) }
    }

    /// Returns the error for what is wrong with the record on this line.
    pub fn fault(&self, line: u64, error: Error) -> Error {
        RecordFault::new(line, error).into_error(&self.name())
    }

    /// Returns the form of the records, which an option names, or which follows from the name of the file.
    pub fn form(&self) -> Result<InputForm, Error> {
        let file = self.input.to_string_lossy().to_lowercase();
        let of_ending = ENDINGS.iter().find(|(ending, _)| file.ends_with(ending)).map(|(_, form)| *form);
        let of_stdin = self.is_stdin().then_some(InputForm::Jsonl);
        self.input_form.or(of_stdin).or(of_ending).ok_or_else(|| {
            Error::usage(format!("the form of {} is not known by its name", self.name()))
                .hint("--input-form jsonl, csv or lines")
        })
    }

    fn source(&self) -> Result<Source, Error> {
        if self.is_stdin() {
            if stdin::is_piped() {
                return Ok(Source::Stream(Box::new(io::stdin())));
            }
            let what = if stdin::is_terminal() { "a terminal" } else { "neither a pipe nor a file" };
            return Err(Error::usage(format!("stdin is {what}, and the input `-` is read from it")));
        }
        let file = contents::open(&self.input).map_err(|error| Error::unreadable(&self.name(), &error))?;
        let kind = file.metadata().map_err(|error| Error::unreadable(&self.name(), &error))?.file_type();
        if kind.is_dir() {
            return Err(Error::usage(format!("{} is a folder", self.name())));
        }
        Ok(if kind.is_file() { Source::File(file) } else { Source::Stream(Box::new(file)) })
    }
}

impl Input {
    /// Opens the input. Its records must be able to give all variables that the template still needs.
    pub fn open(args: &InputArgs, request: &RequestArgs, context: &Context) -> Result<Self, Error> {
        let form = args.form()?;
        let template = context.template.as_ref();
        if template.is_none() && !request.variables.is_empty() {
            return Err(Error::usage("`--var` has no effect without `--template`"));
        }
        if let Some(template) = template.filter(|_| form != InputForm::Csv) {
            let hint = "a column of an input in CSV gives each record its own value";
            template.require_variables().map_err(|error| error.hint(hint))?;
        }
        Ok(Self { name: args.name(), form, shape: RecordShape::new(request, template), source: args.source()? })
    }

    /// Returns a digest of what makes requests of the lines besides the options: the form, and the template with its
    /// variables.
    pub fn identity(&self) -> [u8; 32] {
        self.shape.digest(self.form.name())
    }

    /// Reads a file from start to end, and checks every record. Of what can be read only once, the first record is read and
    /// checked, and the others later, as they arrive.
    ///
    /// # Errors
    /// If the file cannot be read, has no records, or has faults: the first of them, each with its line.
    pub fn check(&mut self, output: &mut Output) -> Result<Checked, Error> {
        let file = match &mut self.source {
            Source::File(file) | Source::Checked(CheckedFile { file, .. }) => file.try_clone(),
            Source::Stream(stream) => {
                let stream = std::mem::replace(stream, Box::new(io::empty()));
                return self.begin(stream, output);
            }
            Source::Begun(..) => return Ok(Checked::default()),
        };
        let file = file.map_err(|error| Error::unreadable(&self.name, &error))?;
        output.start_spinner(format!("checking {}", self.name));
        let checked = self.check_file(file);
        output.stop_spinner();
        checked
    }

    fn begin(&mut self, stream: Stream, output: &mut Output) -> Result<Checked, Error> {
        if self.name == STDIN {
            // What it has, or that it has nothing, is found when it is read.
            stdin::is_empty(SILENT, output);
        }
        let mut reader = Reader::new(&self.name, stream, self.form, self.shape.clone());
        let first = reader.next().ok_or_else(|| no_records(&self.name))?;
        let first = first.map_err(|fault| fault.into_error(&self.name))?;
        self.source = Source::Begun(Box::new(reader), Box::new(first));
        Ok(Checked::default())
    }

    fn check_file(&mut self, mut file: File) -> Result<Checked, Error> {
        let unreadable = |error| Error::unreadable(&self.name, &error);
        let version = version_of(&file).map_err(unreadable)?;
        file.seek(SeekFrom::Start(0)).map_err(unreadable)?;
        let mut reader = Reader::new(&self.name, &file, self.form, self.shape.clone());
        let (mut faults, mut ids) = (RecordFaults::default(), Ids::default());
        let mut checked = Checked::default();
        for read in &mut reader {
            match read {
                Ok(parsed) => {
                    checked.add(&parsed);
                    ids.add(&parsed)?;
                }
                Err(fault) => faults.add(fault),
            }
        }
        ids.duplicates(|fault| faults.add(fault))?;
        if let Some(error) = faults.into_error(&self.name) {
            return Err(error);
        }
        if checked.records.is_none() {
            return Err(no_records(&self.name));
        }
        let (digest, bytes) = reader.finish();
        self.source = Source::Checked(CheckedFile { file, version, digest });
        Ok(Checked { digest: Some(digest), bytes, ..checked })
    }

    /// Returns the records, which a thread of its own reads.
    pub fn into_records(self) -> Records {
        let Self { name, form, shape, source } = self;
        let reader = |source: Stream| Reader::new(&name, source, form, shape);
        let again = |mut file: &File| file.seek(SeekFrom::Start(0)).and_then(|_| file.try_clone());
        let file = match source {
            Source::Begun(reader, first) => return Records::read_once(*reader, Some(*first)),
            Source::Stream(source) => return Records::read_once(reader(source), None),
            Source::File(file) => again(&file).map(|file| Records::read_once(reader(Box::new(file)), None)),
            Source::Checked(checked) => {
                again(&checked.file).map(|file| Records::read_again(reader(Box::new(file)), checked))
            }
        };
        file.unwrap_or_else(|error| Records::failed(Error::unreadable(&name, &error)))
    }
}

fn no_records(name: &str) -> Error {
    Error::usage(format!("{name} has no records"))
}
