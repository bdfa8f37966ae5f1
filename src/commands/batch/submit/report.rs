//! What a submit prints: a line for each job, and the next command.

use std::path::Path;

use serde_json::json;

use crate::commands::batch::manifest::{Job, Manifest};
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::shell;

/// Prints the jobs that would be created.
pub fn print_plan(manifest: &Manifest, output: &mut Output) -> Result<ExitCode, Error> {
    print(manifest, output, |job| format!("{}: {}", job.name, in_words(job)))?;
    output.note(&format!("nothing is sent; the results would be in {}", manifest.output_uri));
    Ok(ExitCode::Success)
}

/// Prints the jobs, and how to follow them.
pub fn print_jobs(manifest: &Manifest, path: &Path, output: &mut Output) -> Result<ExitCode, Error> {
    print(manifest, output, |job| job.arn.clone().unwrap_or_default())?;
    output.flush()?;
    let path = shell::quoted(&path.to_string_lossy());
    output.note(&format!("to follow them: `bedrock-ask batch status {path}`"));
    Ok(ExitCode::Success)
}

/// Prints each job as JSON, or this text about it.
fn print(manifest: &Manifest, output: &mut Output, text: impl Fn(&Job) -> String) -> Result<(), Error> {
    manifest.jobs.iter().try_for_each(|job| match output.format() {
        Format::Json => output.json(&object(job, manifest)),
        Format::Text => output.line(&text(job)),
    })
}

fn bytes(job: &Job) -> u64 {
    job.files.iter().map(|file| file.bytes).sum()
}

/// Returns the size of a job in words.
fn in_words(job: &Job) -> String {
    let files = if job.files.len() == 1 { "1 file".to_owned() } else { format!("{} files", job.files.len()) };
    format!("{} records in {files}, {} bytes", job.records, bytes(job))
}

fn object(job: &Job, manifest: &Manifest) -> serde_json::Value {
    json!({
        "jobArn": job.arn,
        "jobName": job.name,
        "modelId": job.model_id,
        "roleArn": manifest.role,
        "inputUri": job.input_uri,
        "outputUri": manifest.output_uri,
        "recordCount": job.records,
        "fileCount": job.files.len(),
        "bytes": bytes(job),
    })
}
