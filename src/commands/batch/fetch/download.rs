//! Downloads the objects of jobs into an anonymous file, each whole: in ranges, of which one that breaks is requested again,
//! and only while the object stays the same.

use std::fs::File;
use std::io::{self, BufWriter, Seek, Write};
use std::path::Path;

use serde::Deserialize;

use super::join::{Found, Join};
use super::line::ResultLine;
use super::records::{LONGEST, cannot_join};
use crate::aws::{InvocationJob, Object, S3};
use crate::commands::batch::job::{JobControlPlane, id_of, is_jsonl};
use crate::commands::batch::lines::{LinePlace, LineRead, Lines};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::failure::{Failure, Stage};

/// What Bedrock adds to the key of a file of records for that of its results.
const RESULTS: &str = ".out";

const COUNTS: &str = "manifest.json.out";

const LARGEST_COUNTS: u64 = 1 << 20;

/// Objects of a bucket, in one file.
pub struct Download<'a> {
    control_plane: &'a JobControlPlane<'a>,
    s3: S3,
    file: BufWriter<File>,
    length: u64,
}

/// The counts of `manifest.json.out`.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Counts {
    #[serde(rename = "processedRecordCount")]
    processed: Option<u64>,
    #[serde(rename = "successRecordCount")]
    succeeded: Option<u64>,
    #[serde(rename = "errorRecordCount")]
    failed: Option<u64>,
}

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobResults {
    /// Where they end in the file of all results.
    end: u64,
    /// The files of results.
    pub files: usize,
    /// `None` if there is no file with counts.
    pub counts: Option<Counts>,
    /// The lines that are results.
    pub results: u64,
    /// Those of them that are errors.
    pub errors: u64,
}

/// The lines of all jobs that are not results, and those that are and have no request.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OutputFaults {
    pub not_results: Found<LinePlace>,
    pub without_request: u64,
}

impl<'a> Download<'a> {
    /// Creates an empty file in this folder, which has room for the results too: the folder of temporary files may be in
    /// memory.
    pub fn new(control_plane: &'a JobControlPlane<'a>, folder: &Path) -> Result<Self, Error> {
        let file = BufWriter::new(tempfile::tempfile_in(folder).map_err(cannot_join)?);
        Ok(Self { control_plane, s3: control_plane.aws.s3()?, file, length: 0 })
    }

    pub async fn results(&mut self, job: &InvocationJob, output: &mut Output) -> Result<JobResults, Error> {
        let (bucket, prefix) = place_of(job.output.as_deref(), "output", job)?;
        let prefix = format!("{}{}/", as_folder(prefix), id_of(&job.arn));
        let objects = self.list(bucket, &prefix).await?;
        let mut found = JobResults::default();
        let files: Vec<_> = objects.iter().filter(|object| has_results(&object.key)).collect();
        found.files = files.len();
        let mut progress = output.progress("downloading", files.len());
        for object in files {
            self.object(bucket, object).await?;
            progress.step();
        }
        found.end = self.length;
        let counts = objects.iter().find(|object| object.key.ends_with(COUNTS) && object.bytes <= LARGEST_COUNTS);
        if let Some(object) = counts {
            let uri = uri(bucket, &object.key);
            let content = self.content(bucket, object).await?;
            let malformed = |error: serde_json::Error| unusable(&uri, &error.to_string());
            found.counts = Some(serde_json::from_slice(&content).map_err(malformed)?);
        }
        Ok(found)
    }

    /// Returns the objects below a prefix, by their keys.
    pub async fn list(&self, bucket: &str, prefix: &str) -> Result<Vec<Object>, Error> {
        let listed = self.s3.list_objects_v2(bucket, prefix).await;
        let mut objects = listed.map_err(|failure| self.explain(&failure, &uri(bucket, prefix)))?;
        objects.sort_by(|one, other| one.key.cmp(&other.key));
        Ok(objects)
    }

    /// Looks up an object, which must exist.
    pub async fn find(&self, bucket: &str, key: &str) -> Result<Object, Error> {
        let uri = uri(bucket, key);
        let found = self.s3.head_object(bucket, key).await;
        let found = found.map_err(|failure| self.explain(&failure, &uri))?;
        found.ok_or_else(|| {
            Error::usage(format!("the input `{uri}` does not exist any more"))
                .hint("`--input FILE` names the file that was submitted")
        })
    }

    /// Returns the file, to be read from its start.
    pub fn finish(self) -> Result<File, Error> {
        let mut file = self.file.into_inner().map_err(|error| cannot_join(error.into_error()))?;
        file.rewind().map_err(cannot_join)?;
        Ok(file)
    }

    pub async fn object(&mut self, bucket: &str, object: &Object) -> Result<(), Error> {
        let uri = uri(bucket, &object.key);
        let start = self.length;
        let mut reader = self.s3.reader(bucket, object);
        let mut last = None;
        loop {
            let next = reader.next().await;
            let Some(bytes) = next.map_err(|failure| self.explain(&failure, &uri))? else { break };
            if last.is_none() {
                require_lines(&bytes, &uri)?;
            }
            last = bytes.last().copied().or(last);
            self.write(&bytes)?;
        }
        let arrived = self.length - start;
        if arrived != object.bytes {
            return Err(Error::new(ExitCode::Unavailable, format!("`{uri}` did not arrive whole"))
                .cause(format!("{arrived} of {} bytes arrived", object.bytes)));
        }
        if last.is_some_and(|last| last != b'\n') {
            self.write(b"\n")?;
        }
        Ok(())
    }

    fn write(&mut self, bytes: &[u8]) -> Result<(), Error> {
        self.length += bytes.len() as u64;
        self.file.write_all(bytes).map_err(cannot_join)
    }

    /// Explains why an object or a list did not arrive.
    fn explain(&self, failure: &Failure, uri: &str) -> Error {
        match failure.code.as_deref() {
            Some("PreconditionFailed") => {
                Error::new(ExitCode::Failure, format!("`{uri}` has changed while it was read"))
            }
            None if failure.stage == Stage::Stream => {
                Error::new(ExitCode::Unavailable, format!("`{uri}` did not arrive whole")).cause(&failure.message)
            }
            _ => self.control_plane.explain_s3(failure, uri),
        }
    }

    async fn content(&self, bucket: &str, object: &Object) -> Result<Vec<u8>, Error> {
        let mut reader = self.s3.reader(bucket, object);
        let mut content = Vec::new();
        loop {
            let next = reader.next().await;
            match next.map_err(|failure| self.explain(&failure, &uri(bucket, &object.key)))? {
                Some(bytes) => content.extend(bytes),
                None => return Ok(content),
            }
        }
    }
}

/// Adds each result to the join, and counts those of each job.
pub fn index(file: &File, jobs: &mut [JobResults], join: &mut Join) -> io::Result<OutputFaults> {
    let mut lines = Lines::new(file.try_clone()?, LONGEST);
    let mut faults = OutputFaults::default();
    let mut current = 0;
    while let Some(read) = lines.next()? {
        let (place, is_whole) = (lines.place, read == LineRead::Whole);
        if is_whole && lines.bytes.trim_ascii().is_empty() {
            continue;
        }
        while jobs.get(current).is_some_and(|job| place.offset >= job.end) {
            current += 1;
        }
        let result = serde_json::from_slice::<ResultLine<'_>>(&lines.bytes).ok().filter(|_| is_whole);
        let Some(result) = result else {
            faults.not_results.add(place);
            continue;
        };
        let is_response = result.model_output.is_some() && result.error.is_none();
        faults.without_request += u64::from(result.model_input.is_none());
        join.add_result(&result.record_id, place, is_response)?;
        if let Some(job) = jobs.get_mut(current) {
            job.results += 1;
            job.errors += u64::from(!is_response);
        }
    }
    Ok(faults)
}

impl JobResults {
    /// Returns the counts of the file that are not those of the results.
    pub fn disagreements(&self) -> Vec<String> {
        let Some(counts) = self.counts else { return Vec::new() };
        let succeeded = self.results - self.errors;
        let pairs = [
            ("processed", counts.processed, self.results),
            ("succeeded", counts.succeeded, succeeded),
            ("failed", counts.failed, self.errors),
        ];
        let differs = |(word, counted, found): (&str, Option<u64>, u64)| {
            let counted = counted.filter(|counted| *counted != found)?;
            Some(format!("{counted} records {word}, and {found} are in the results"))
        };
        pairs.into_iter().filter_map(differs).collect()
    }
}

/// Whether an object with this key is a file of results.
fn has_results(key: &str) -> bool {
    key.strip_suffix(RESULTS).is_some_and(is_jsonl)
}

/// Returns the beginning of the keys in a folder.
pub fn as_folder(key: &str) -> String {
    if key.is_empty() || key.ends_with('/') { key.to_owned() } else { format!("{key}/") }
}

/// Returns bucket and key of an `s3://` URI.
pub fn parse_uri(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("s3://")?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    // Anything else than such a name could be another host than the one of S3 in the Region.
    let is_of_name = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || b"-.".contains(&byte);
    Some((bucket, key)).filter(|(bucket, _)| !bucket.is_empty() && bucket.bytes().all(is_of_name))
}

/// Returns bucket and key of the input or the output of a job.
pub fn place_of<'u>(uri: Option<&'u str>, what: &str, job: &InvocationJob) -> Result<(&'u str, &'u str), Error> {
    uri.and_then(parse_uri).ok_or_else(|| {
        let summary = format!("AWS names no `s3://` URI of the {what} of `{}`", job.arn);
        Error::new(ExitCode::Failure, summary).cause(format!("it names `{}`", uri.unwrap_or_default()))
    })
}

fn uri(bucket: &str, key: &str) -> String {
    format!("s3://{bucket}/{key}")
}

/// Refuses a file that does not begin with a JSON object.
fn require_lines(bytes: &[u8], uri: &str) -> Result<(), Error> {
    let start = bytes.trim_ascii_start();
    match start.first() {
        Some(b'{') | None => Ok(()),
        _ if start.starts_with(b"\x1f\x8b") => Err(unusable(uri, "it is compressed with gzip")),
        Some(b'<') => Err(unusable(uri, "it is HTML or XML")),
        Some(_) => Err(unusable(uri, "it does not begin with `{`")),
    }
}

fn unusable(uri: &str, cause: &str) -> Error {
    Error::incomplete(format!("`{uri}` is not JSON as Bedrock writes it")).cause(cause)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_json_is_refused_by_its_first_bytes() {
        let cause = |bytes: &[u8]| require_lines(bytes, "s3://b/k").map_err(|error| error.message.causes.join(" "));
        assert_eq!(cause(b" \n{\"recordId\""), Ok(()));
        assert_eq!(cause(b""), Ok(()));
        assert!(cause(b"\x1f\x8b\x08").unwrap_err().contains("gzip"));
        assert!(cause(b"<!DOCTYPE html>").unwrap_err().contains("HTML"));
        assert!(cause(b"recordId").unwrap_err().contains("begin with"));
    }

    #[test]
    fn results_are_counted_for_each_job_and_other_lines_apart() {
        let mut file = tempfile::tempfile().unwrap();
        let lines = [
            r#"{"recordId":"1","modelInput":{},"modelOutput":{}}"#,
            r#"{"recordId":"2","modelInput":{},"error":{}}"#,
            "torn {",
            "",
            r#"{"recordId":"3","modelOutput":{}}"#,
        ];
        let mut ends = Vec::new();
        for line in lines {
            writeln!(file, "{line}").unwrap();
            ends.push(file.stream_position().unwrap());
        }
        let mut jobs = [
            JobResults { end: ends[2], ..JobResults::default() },
            JobResults { end: ends[4], ..JobResults::default() },
        ];
        let mut join = Join::default();
        file.rewind().unwrap();
        let faults = index(&file, &mut jobs, &mut join).unwrap();
        assert_eq!((faults.not_results.count, faults.without_request), (1, 1));
        assert_eq!((jobs[0].results, jobs[0].errors, jobs[1].results, jobs[1].errors), (2, 1, 1, 0));
        jobs[0].counts = Some(Counts { processed: Some(2), succeeded: Some(2), ..Counts::default() });
        assert_eq!(jobs[0].disagreements(), ["2 records succeeded, and 1 are in the results"]);
    }

    #[test]
    fn the_results_are_named_like_the_records_however_their_ending_is_written() {
        for (key, expected) in [
            ("out/a.jsonl.out", true),
            ("out/A.JSONL.out", true),
            ("out/.jsonl.out", true),
            ("out/manifest.json.out", false),
            ("out/a.jsonl", false),
            ("out/jsonl.out", false),
        ] {
            assert_eq!(has_results(key), expected, "{key}");
        }
    }

    #[test]
    fn a_uri_has_a_bucket() {
        assert_eq!(parse_uri("s3://b/a/k"), Some(("b", "a/k")));
        assert_eq!(parse_uri("s3://b"), Some(("b", "")));
        assert_eq!(parse_uri("s3:///k"), None);
        assert_eq!(parse_uri("s3://arn:aws:s3:us-west-2:111122223333:accesspoint:a/k"), None);
        assert_eq!(parse_uri("s3://evil.example#/k"), None);
        assert_eq!(parse_uri("https://b/k"), None);
    }
}
