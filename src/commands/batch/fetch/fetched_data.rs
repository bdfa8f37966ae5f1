//! The fetched data that becomes the results: the records, what Bedrock wrote, and where the result of each record
//! is in it.

use std::fs::File;

use super::destination::{OutputPaths, ResultFile};
use super::download::JobResults;
use super::join::{Found, Joined, read_at};
use super::line::{FetchedResult, ResultLine, unprocessed};
use super::records::{SubmittedRecords, cannot_join};
use crate::aws::InvocationJob;
use crate::commands::batch::job::reason;
use crate::commands::batch::lines::LinePlace;
use crate::error::{Error, ExitCode};
use crate::output::{Output, one_line};

/// The records after which a signal is looked for.
const AT_ONCE: u64 = 256;

/// The bytes that are shown of a line that does not belong there.
const SHOWN: u64 = 80;

#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Written {
    pub records: u64,
    pub failed: u64,
    /// The failed records that have no line in the results.
    pub missing: u64,
    pub input_tokens: u64,
    pub output_tokens: u64,
}

/// What was fetched, to be written in the order of the input.
pub struct FetchedData<'a> {
    pub records: &'a SubmittedRecords,
    /// What was uploaded, if `records` has no requests and one is needed.
    pub uploaded: Option<SubmittedRecords>,
    pub joined: Joined,
    pub results: File,
    /// Each with the number of records before its first one.
    pub jobs: Vec<(u64, &'a InvocationJob)>,
    pub is_converse: bool,
}

struct ResultFiles<'a> {
    results: ResultFile,
    /// Created with the first record that failed.
    failed: Option<ResultFile>,
    paths: &'a OutputPaths,
    text_alone: bool,
    written: Written,
    line: String,
}

impl<'a> ResultFiles<'a> {
    fn create(paths: &'a OutputPaths, text_alone: bool) -> Result<Self, Error> {
        let results = ResultFile::create(&paths.results, "--output-file")?;
        Ok(Self { results, failed: None, paths, text_alone, written: Written::default(), line: String::new() })
    }

    fn add(&mut self, id: &str, fetched: &FetchedResult<'_>) -> Result<(), Error> {
        fetched.write(id, self.text_alone, &mut self.line);
        self.results.write(&self.line)?;
        self.written.records += 1;
        self.written.input_tokens += fetched.tokens.input_tokens;
        self.written.output_tokens += fetched.tokens.output_tokens;
        if !fetched.is_failed() {
            return Ok(());
        }
        self.written.failed += 1;
        let Some(path) = &self.paths.failed else { return Ok(()) };
        let file = match &mut self.failed {
            Some(file) => file,
            none => none.insert(ResultFile::create(path, "--failed")?),
        };
        fetched.write_input(id, &mut self.line);
        file.write(&self.line)
    }

    /// Gives the files their names. If the process is killed between the two, there are no results.
    fn commit(self) -> Result<Written, Error> {
        self.failed.map_or(Ok(()), ResultFile::commit)?;
        self.results.commit()?;
        Ok(self.written)
    }
}

impl FetchedData<'_> {
    /// Refuses an input that cannot be the one of the results.
    pub fn require_joined(&self) -> Result<(), Error> {
        let Joined { matched, unknown, duplicates, .. } = &self.joined;
        if duplicates.count > 0 {
            let (count, lines) = (duplicates.count, duplicates.first.iter().map(|position| (position + 1).to_string()));
            let summary = "the results cannot be joined: the input has records with the same `recordId`";
            return Err(Error::usage(summary)
                .cause(format!("{count} such records, the first ones: {}", lines.collect::<Vec<_>>().join(", "))));
        }
        if *matched == 0 && unknown.count > 0 {
            return Err(Error::usage("the results are not those of this input")
                .cause(format!("none of the {} results has a `recordId` of the input", unknown.count))
                .hint("`--input FILE` names the file that was submitted"));
        }
        Ok(())
    }

    /// Writes the result of each record, and the records that failed as an input.
    pub async fn write(&mut self, paths: &OutputPaths, text_alone: bool) -> Result<Written, Error> {
        let mut files = ResultFiles::create(paths, text_alone)?;
        let mut uploaded = self.uploaded.as_ref().map(SubmittedRecords::read).transpose()?;
        let mut bytes = Vec::new();
        for record in self.records.read()? {
            let mut record = record?;
            if let Some(uploaded) = &mut uploaded {
                let request = uploaded.next().transpose()?.filter(|request| request.id == record.id);
                record = request.ok_or_else(|| {
                    Error::usage(format!("the input in S3 has no record `{}` at its place", record.id))
                })?;
            }
            let model_input = record.model_input.as_deref().unwrap_or("null");
            let Some(place) = self.joined.next().map_err(cannot_join)? else {
                let error = self.missing(files.written.records);
                files.written.missing += 1;
                files.add(&record.id, &FetchedResult::missing(model_input, error))?;
                continue;
            };
            read_at(&mut self.results, place, &mut bytes).map_err(cannot_join)?;
            let parsed: ResultLine<'_> = serde_json::from_slice(&bytes).map_err(|error| cannot_join(error.into()))?;
            if parsed.record_id != record.id {
                return Err(Error::new(ExitCode::Failure, "the input has changed since it was read"));
            }
            files.add(&record.id, &FetchedResult::of_line(&parsed, model_input, self.is_converse))?;
            if files.written.records.is_multiple_of(AT_ONCE) {
                tokio::task::yield_now().await;
            }
        }
        files.commit()
    }

    /// Returns why the record at this position has no result.
    fn missing(&self, position: u64) -> String {
        let (_, job) = self.jobs[self.jobs.partition_point(|(first, _)| *first <= position).saturating_sub(1)];
        match job.status.as_str() {
            "Completed" => unprocessed("the job has no result for this record", false),
            "Failed" => unprocessed(&format!("the job failed before this record was processed{}", reason(job)), false),
            status => {
                let is_expired = matches!(status, "Expired" | "PartiallyCompleted");
                unprocessed("the job ended before this record was processed", is_expired)
            }
        }
    }

    /// Reports what does not belong there.
    pub fn warn(
        &mut self,
        not_results: &Found<LinePlace>,
        found: &[JobResults],
        output: &mut Output,
    ) -> Result<(), Error> {
        let (unknown, repeated) = (self.joined.unknown.clone(), self.joined.repeated.clone());
        for (lines, what) in [
            (not_results, "not a result"),
            (&unknown, "a result of a record that the input does not have"),
            (&repeated, "a further result of a record that has another one"),
        ] {
            if lines.count > 0 {
                let shown = self.shown(&lines.first)?;
                output.warning(&match lines.count {
                    1 => format!("1 line of the output is left out, which is {what}: {shown}"),
                    count => format!("{count} lines of the output are left out, each of which is {what}: {shown}"),
                });
            }
        }
        for ((_, job), results) in self.jobs.iter().zip(found) {
            for disagreement in results.disagreements() {
                output.warning(&format!(
                    "`{}`: `manifest.json.out` disagrees with the results: {disagreement}",
                    job.name
                ));
            }
            if results.files > 0 && results.counts.is_none() {
                output.warning(&format!("`{}` has no `manifest.json.out`, so its counts are not checked", job.name));
            }
        }
        Ok(())
    }

    /// Returns the starts of these lines.
    fn shown(&mut self, places: &[LinePlace]) -> Result<String, Error> {
        let mut starts = Vec::new();
        let mut bytes = Vec::new();
        for place in places {
            let start = LinePlace { length: place.length.min(SHOWN), ..*place };
            read_at(&mut self.results, start, &mut bytes).map_err(cannot_join)?;
            let dots = if start == *place { "" } else { "…" };
            starts.push(format!("`{}{dots}`", one_line(&String::from_utf8_lossy(&bytes))));
        }
        Ok(starts.join(", "))
    }
}
