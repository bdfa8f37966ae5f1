//! `batch fetch`: downloads the results of batch inference jobs, in the order of the input. `download` brings them to this
//! machine, `join` finds the result of each record, `line` judges and writes it.

mod destination;
mod download;
mod fetched_data;
mod join;
mod line;
mod records;

use std::path::{Path, PathBuf};

use clap::Args;
use serde_json::json;

use super::job::{self, JobControlPlane};
use super::target::JobTarget;
use super::watch;
use crate::aws::InvocationJob;
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, cannot_start};
use crate::signals::Signals;
use destination::OutputPaths;
use download::{Download, JobResults};
use fetched_data::{FetchedData, Written};
use join::Join;
use records::{SubmittedRecords, cannot_join};

#[derive(Clone, Debug, Args)]
pub struct FetchArgs {
    /// The manifest that `submit` wrote, or the ARN of a job [default: the only `*.batch.json` here]
    #[arg(value_name = "MANIFEST|ARN")]
    pub target: Option<String>,
    /// Write the results to this file, which must not exist
    #[arg(short, long, value_name = "FILE")]
    pub output_file: PathBuf,
    /// Write the text of each response alone, as `{"recordId": …, "text": …}`
    #[arg(long)]
    pub text: bool,
    /// Write the records that failed to this file, as an input [default: `OUTPUT_FILE.failed.jsonl`]
    #[arg(long, value_name = "FILE")]
    pub failed: Option<PathBuf>,
    /// The file that was submitted, if it is not where it was
    #[arg(long, value_name = "FILE")]
    pub input: Option<PathBuf>,
}

impl FetchArgs {
    pub async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let target = JobTarget::find(self.target.as_deref())?;
        target.require_created()?;
        let paths = OutputPaths::check(&self.output_file, self.failed.as_deref())?;
        let records = self.submitted(&target)?;
        output.leave_signals_to_caller();
        let mut signals = Signals::listen().map_err(cannot_start)?;
        let fetching = Box::pin(self.fetch(&target, &paths, records, session, output));
        signals.unless_received(fetching).await.map_err(Error::from).flatten()
    }

    /// Opens the file that was submitted; `None` if it is not there any more, or has no records with IDs.
    fn submitted(&self, target: &JobTarget) -> Result<Option<SubmittedRecords>, Error> {
        let manifest = target.manifest();
        let is_jsonl = manifest.is_none_or(|manifest| manifest.input_form == "jsonl");
        let path = match (&self.input, manifest) {
            (Some(path), _) => path.as_path(),
            (None, Some(manifest)) if Path::new(&manifest.input).is_file() => Path::new(&manifest.input),
            _ => return Ok(None),
        };
        let records = SubmittedRecords::submitted(path, manifest.map(|manifest| manifest.input_digest.as_str()))?;
        // In other forms, the template decides which records there are.
        Ok(Some(records).filter(|_| is_jsonl))
    }

    async fn fetch(
        &self,
        target: &JobTarget,
        paths: &OutputPaths,
        records: Option<SubmittedRecords>,
        session: &Session,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        let control_plane = JobControlPlane::connect_to(target, session, output).await?;
        let jobs = control_plane.jobs(&target.arns()).await.map_err(|(error, _)| error)?;
        require_ended(&jobs, target)?;
        require_output(&jobs, target)?;
        let is_converse =
            target.manifest().is_some() || jobs.iter().all(|job| job.invocation_type.as_deref() == Some("Converse"));
        if self.text && !is_converse {
            return Err(Error::usage("`--text` cannot be used: the responses of the job are not those of Converse")
                .hint("leave out `--text`"));
        }
        let folder = paths.folder();
        let mut download = Download::new(&control_plane, &folder)?;
        let mut found = Vec::new();
        for job in &jobs {
            found.push(download.results(job, output).await?);
        }
        require_results(&jobs, &found)?;
        let results = download.finish()?;

        let records = if let Some(records) = records {
            records
        } else {
            output.note("the records are read from S3, where they were uploaded");
            uploaded(target, &jobs, &control_plane, &folder).await?
        };
        let mut join = Join::default();
        records.index(&mut join)?;
        require_count(target, join.records)?;
        let faults = download::index(&results, &mut found, &mut join).map_err(cannot_join)?;
        let joined = join.finish(&folder).map_err(cannot_join)?;
        let needs_requests = !records.has_requests() && (joined.matched < joined.records || faults.without_request > 0);
        let uploaded =
            if needs_requests { Some(uploaded(target, &jobs, &control_plane, &folder).await?) } else { None };
        let firsts =
            target.manifest().map_or(vec![0], |manifest| manifest.jobs.iter().map(|job| job.first_record).collect());
        let jobs = firsts.into_iter().zip(&jobs).collect();
        let mut data = FetchedData { records: &records, uploaded, joined, results, jobs, is_converse };
        data.require_joined()?;
        let written = data.write(paths, self.text).await?;
        data.warn(&faults.not_results, &found, output)?;
        report(written, paths, target, output)
    }
}

fn require_ended(jobs: &[InvocationJob], target: &JobTarget) -> Result<(), Error> {
    let running: Vec<_> = jobs.iter().filter(|job| !job::has_ended(&job.status)).collect();
    if running.is_empty() {
        return Ok(());
    }
    let summary = match jobs {
        [_] => "the job has not ended".to_owned(),
        jobs => format!("{} of {} jobs have not ended", running.len(), jobs.len()),
    };
    Err(Error::new(ExitCode::Unavailable, summary)
        .causes(running.into_iter().map(watch::line))
        .hint(format!("bedrock-ask batch status {} --watch", target.argument())))
}

/// Refuses jobs that write elsewhere than those that were submitted.
fn require_output(jobs: &[InvocationJob], target: &JobTarget) -> Result<(), Error> {
    let Some(manifest) = target.manifest() else { return Ok(()) };
    let submitted = manifest.output_uri.trim_end_matches('/');
    for InvocationJob { name, output, .. } in jobs {
        if let Some(uri) = output.as_deref().filter(|uri| uri.trim_end_matches('/') != submitted) {
            return Err(Error::usage(format!("the results of `{name}` are not where those of {} are", target.name()))
                .cause(format!("the job has `{uri}`, and the manifest has `{}`", manifest.output_uri))
                .hint("name the ARN of the job instead of the manifest"));
        }
    }
    Ok(())
}

/// Refuses jobs that have written nothing at all.
fn require_results(jobs: &[InvocationJob], found: &[JobResults]) -> Result<(), Error> {
    if found.iter().any(|results| results.files > 0) {
        return Ok(());
    }
    let summary = match jobs {
        [job] => format!("the job has no results: {}", job.status),
        jobs => format!("none of the {} jobs has results", jobs.len()),
    };
    let causes = jobs.iter().map(|job| format!("{}: {}{}", job.name, job.status, job::reason(job)));
    Err(Error::incomplete(summary).causes(causes))
}

/// Refuses an input that has not the records of the manifest.
fn require_count(target: &JobTarget, records: u64) -> Result<(), Error> {
    match target.manifest().map(|manifest| manifest.records) {
        Some(submitted) if submitted != records => {
            Err(Error::usage(format!("the input has {records} records, and {submitted} were submitted")))
        }
        _ if records == 0 => Err(Error::usage("the input has no records")),
        _ => Ok(()),
    }
}

/// Downloads what was uploaded.
async fn uploaded(
    target: &JobTarget,
    jobs: &[InvocationJob],
    control_plane: &JobControlPlane<'_>,
    folder: &Path,
) -> Result<SubmittedRecords, Error> {
    let mut download = Download::new(control_plane, folder)?;
    if let Some(manifest) = target.manifest() {
        let (bucket, _) = download::parse_uri(&manifest.input_uri)
            .ok_or_else(|| Error::usage(format!("{}: `inputUri` is not an `s3://` URI", target.name())))?;
        for file in manifest.jobs.iter().flat_map(|job| &job.files) {
            let object = download.find(bucket, &file.key).await?;
            if object.bytes != file.bytes {
                let summary = format!("the input `s3://{bucket}/{}` is not the one that was submitted", file.key);
                return Err(
                    Error::usage(summary).cause(format!("it has {} bytes instead of {}", object.bytes, file.bytes))
                );
            }
            download.object(bucket, &object).await?;
        }
    } else {
        for job in jobs {
            let (bucket, key) = download::place_of(job.input.as_deref(), "input", job)?;
            let objects: Vec<_> = if job::is_jsonl(key) {
                vec![download.find(bucket, key).await?]
            } else {
                let listed = download.list(bucket, &download::as_folder(key)).await?;
                listed.into_iter().filter(|object| job::is_jsonl(&object.key)).collect()
            };
            for object in &objects {
                download.object(bucket, object).await?;
            }
        }
    }
    Ok(SubmittedRecords::uploaded(download.finish()?))
}

fn report(written: Written, paths: &OutputPaths, target: &JobTarget, output: &mut Output) -> Result<ExitCode, Error> {
    let failed = paths.failed.as_deref().filter(|_| written.failed > 0);
    let Written { records, missing, .. } = written;
    let succeeded = records - written.failed;
    let missing_part = if missing > 0 { format!(" ({missing} of them without a result)") } else { String::new() };
    let file = failed.map(|path| format!("; `{}` has those that failed, as an input", path.display()));
    let (count, file) = (written.failed, file.unwrap_or_default());
    let summary = format!("{records} records: {succeeded} with a response, {count} failed{missing_part}{file}");
    if count > 0 {
        output.warning(&summary);
    } else {
        output.note(&summary);
    }
    if output.format() == Format::Json {
        output.json(&json!({
            "jobArns": target.arns(),
            "outputFile": paths.results.display().to_string(),
            "failedFile": failed.map(|path| path.display().to_string()),
            "totalRecordCount": records,
            "successRecordCount": succeeded,
            "errorRecordCount": written.failed,
            "missingRecordCount": missing,
            "usage": {
                "inputTokens": written.input_tokens,
                "outputTokens": written.output_tokens,
                "totalTokens": written.input_tokens + written.output_tokens,
            },
        }))?;
    }
    Ok(if written.failed > 0 { ExitCode::IncompleteResponse } else { ExitCode::Success })
}
