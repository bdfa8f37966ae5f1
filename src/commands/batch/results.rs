//! The results of a run: the output, with a line for each record, and beside it the journal, with an entry for each line.
//! A run that ended in any way is continued from them.

mod line;

use std::collections::HashSet;
use std::fs::File;
use std::io::Write;
use std::path::PathBuf;

use clap::Args;

use super::record::{Outcome, Record};
use crate::error::{Error, ExitCode};
pub use line::line;

/// Where the results go, and in which form.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct ResultArgs {
    /// Write the results to this file, which must not exist; each is written at once
    #[arg(short, long, value_name = "FILE")]
    pub output_file: PathBuf,
    /// Write the text of each response alone, as `{"recordId": …, "text": …}`
    #[arg(long)]
    pub text: bool,
    /// Write the results in the order of the input
    #[arg(long)]
    pub ordered: bool,
    /// Continue a run that was stopped: send the records that have no result
    #[arg(long)]
    pub resume: bool,
    /// Send the records of an earlier run that failed again, and those that have no result
    #[arg(long)]
    pub retry_failed: bool,
}

impl ResultArgs {
    /// Refuses a file that no run can write or continue, before anything is read or sent. Makes no file.
    ///
    /// # Errors
    /// If the output exists and is not to be continued, or is not a regular file.
    pub fn check(&self) -> Result<(), Error> {
        Ok(())
    }
}

/// What must be the same when a run is continued.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RunIdentity {
    /// The digest of the input; `None` if it is read from stdin.
    pub input: Option<[u8; 32]>,
    /// The ID that is invoked.
    pub model_id: String,
    /// A digest of the options: of all that is the same in each request.
    pub request: [u8; 32],
}

/// The results of a run.
#[derive(Debug)]
pub struct Results {
    output: File,
    text: bool,
    done: HashSet<u64>,
    failed: u64,
}

impl Results {
    /// Creates the files, or continues an earlier run. Nothing may be refused afterwards with exit code 2, so this comes
    /// directly before the first call.
    ///
    /// # Errors
    /// If the files cannot be created, or are not those of the same run.
    pub fn open(options: &ResultArgs, _identity: &RunIdentity) -> Result<Self, Error> {
        let output = File::create_new(&options.output_file).map_err(|error| Error::usage(error.to_string()))?;
        Ok(Self { output, text: options.text, done: HashSet::new(), failed: 0 })
    }

    /// Whether the record at this index has a result.
    ///
    /// # Errors
    /// If its line is not the one that the result belongs to.
    pub fn is_done(&mut self, index: u64, _digest: u64) -> Result<bool, Error> {
        Ok(self.done.contains(&index))
    }

    /// Whether another record may be sent: results that wait for an earlier one are held in bounded memory. To be asked
    /// before a new record is taken from the input, never before an earlier one is sent again.
    pub fn has_room(&self) -> bool {
        true
    }

    /// Writes the result of a record. After an error nothing more should be sent; results of records that were sent may
    /// still be added.
    ///
    /// # Errors
    /// If it cannot be written, or the files were removed or replaced. The run can be continued later.
    pub fn add(&mut self, record: &Record, outcome: &Outcome) -> Result<(), Error> {
        let line = line(&record.id, &record.model_input, outcome, self.text) + "\n";
        self.output.write_all(line.as_bytes()).map_err(|error| Error::new(ExitCode::Failure, error.to_string()))?;
        self.done.insert(record.index);
        self.failed += u64::from(matches!(outcome, Outcome::Failed(_)));
        Ok(())
    }

    /// Returns the number of records that have a result, those of earlier runs included.
    pub fn done(&self) -> u64 {
        self.done.len() as u64
    }

    /// Returns the number of records whose result is a failure, those of earlier runs included.
    pub fn failed(&self) -> u64 {
        self.failed
    }

    /// Writes what is held, and waits until everything is on the disk. To be called however the run ends.
    ///
    /// # Errors
    /// If something cannot be written.
    pub fn finish(self) -> Result<(), Error> {
        Ok(())
    }
}
