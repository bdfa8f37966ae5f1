//! Batch inference jobs: their statuses, how they are shown, and the control plane that knows them.

use serde_json::{Value, json};

use super::s3_failure;
use super::target::JobTarget;
use crate::aws::{Aws, Bedrock, InvocationJob};
use crate::commands::concurrency::{self, Next};
use crate::commands::explanation::explain_without_resolution;
use crate::commands::table::{self, Column};
use crate::config::value::Format;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::{Output, one_line};
use crate::session::Session;
use crate::shell;
use bedrock_ask::model::failure::{Failure, Stage};
use bedrock_ask::model::region::Region;

const CONCURRENCY: usize = 8;

const COLUMNS: [Column; 11] = [
    Column::new("ARN", false, 1),
    Column::new("NAME", false, 9).shrinking_to(20),
    Column::new("STATUS", false, 10),
    Column::new("MODEL", false, 4),
    Column::new("SUBMITTED (UTC)", false, 5),
    Column::new("ENDED (UTC)", false, 3),
    Column::new("RECORDS", true, 7),
    Column::new("PROCESSED", true, 8),
    Column::new("SUCCEEDED", true, 2),
    Column::new("FAILED", true, 6),
    Column::new("MESSAGE", false, 6).shrinking_to(20),
];

/// Whether a job with this status does not change any more. An unknown status is one of a job that has not ended.
pub fn has_ended(status: &str) -> bool {
    matches!(status, "Completed" | "PartiallyCompleted" | "Failed" | "Stopped" | "Expired")
}

/// Returns the last part of an ARN, which is the ID.
pub fn id_of(arn: &str) -> &str {
    arn.rsplit('/').next().unwrap_or(arn)
}

/// Returns AWS's message about a job behind a colon, if there is one.
pub fn reason(job: &InvocationJob) -> String {
    job.message.as_deref().map(|message| format!(": {}", one_line(message))).unwrap_or_default()
}

/// Whether an object with this key is a file of records, however the ending is written.
pub fn is_jsonl(key: &str) -> bool {
    key.rsplit_once('.').is_some_and(|(_, ending)| ending.eq_ignore_ascii_case("jsonl"))
}

/// The control plane of one source Region, with what explains its failures.
pub struct JobControlPlane<'a> {
    pub aws: Aws,
    pub bedrock: Bedrock,
    pub region: Region,
    context: &'a Context,
    /// The model as the user wrote it, if that is known.
    model: Option<String>,
}

impl<'a> JobControlPlane<'a> {
    pub async fn connect(region: Region, session: &'a Session, output: &mut Output) -> Result<Self, Error> {
        let aws = session.connect(region, output).await?;
        Ok(Self { bedrock: aws.bedrock()?, aws, region, context: &session.context, model: None })
    }

    /// Connects to the Region of the target, which must be that of `--region`.
    pub async fn connect_to(target: &JobTarget, session: &'a Session, output: &mut Output) -> Result<Self, Error> {
        let region = target.region(&session.context, output)?;
        let control_plane = Self::connect(region, session, output).await?;
        Ok(Self { model: target.manifest().map(|manifest| manifest.model.clone()), ..control_plane })
    }

    /// Explains the failure of a call that was about this ARN or URI.
    pub fn explain(&self, failure: &Failure, about: Option<&str>) -> Error {
        let error = Error::from(explain_without_resolution(failure, about, self.region, self.context));
        if error.exit == ExitCode::AccessDenied && failure.status == Some(403) {
            self.with_policy(error)
        } else {
            error
        }
    }

    /// Explains what S3 refused. `uri` is of the object or the folder.
    pub fn explain_s3(&self, failure: &Failure, uri: &str) -> Error {
        let mut error = Error::from(explain_without_resolution(failure, None, self.region, self.context));
        if failure.stage == Stage::Credentials && self.aws.sends_api_key() {
            return s3_failure::with_api_key(error);
        }
        if let Some(action) = s3_failure::denied_action(failure) {
            error.exit = ExitCode::AccessDenied;
            error.message.summary = format!("`{action}` is not allowed on `{uri}`");
            error.message.hints.clear();
            return self.with_policy(error);
        }
        if failure.code.as_deref() == Some("NoSuchBucket") {
            error.exit = ExitCode::Usage;
            error.message.summary = format!("`{uri}` is in a bucket that does not exist");
        }
        error
    }

    /// Names the policy that a caller of batch inference needs, in place of what is true of prompts.
    fn with_policy(&self, mut error: Error) -> Error {
        error.message.causes.retain(|cause| !cause.contains("only a lookup"));
        error.message.hints.retain(|hint| !hint.contains("prompts work without it") && !hint.contains("iam-policy"));
        let configured = self.context.settings.model.value.as_deref();
        let model = shell::quoted(self.model.as_deref().or(configured).unwrap_or("MODEL"));
        let command = format!("bedrock-ask iam-policy {model} --for batch --region {}", self.region);
        error.hint(format!("`{command}` prints the policy for an administrator to attach"))
    }

    /// Reads these jobs, in their order.
    pub async fn jobs(&self, arns: &[&str]) -> Result<Vec<InvocationJob>, (Error, Box<Failure>)> {
        let calls = arns.iter().map(|arn| async move {
            let read = self.bedrock.get_model_invocation_job(arn).await;
            read.map_err(|failure| (self.explain(&failure, Some(arn)), failure))
        });
        let stop_at_error = |read: &Result<_, _>| if Result::is_err(read) { Next::Stop } else { Next::Continue };
        concurrency::run(calls, CONCURRENCY, stop_at_error).await.into_iter().collect()
    }
}

/// Prints jobs: a table on a terminal, tab-separated lines elsewhere, or a JSON object for each.
pub fn print(jobs: &[InvocationJob], output: &mut Output) -> Result<(), Error> {
    if output.format() == Format::Json {
        return jobs.iter().try_for_each(|job| output.json(&to_json(job)));
    }
    let rows: Vec<_> = jobs.iter().map(|job| cells(job, output.is_terminal())).collect();
    let hidden = table::print(&COLUMNS, &rows, output)?;
    table::note_hidden(&hidden, "`--format json` has all", output);
    Ok(())
}

fn cells(job: &InvocationJob, is_terminal: bool) -> Vec<String> {
    let text = |text: &str| one_line(text).replace('\t', " ");
    let time = |time: &Option<String>| {
        let time = text(time.as_deref().unwrap_or_default());
        let minute = time.get(..16).filter(|_| is_terminal).map(|minute| minute.replace('T', " "));
        minute.unwrap_or(time)
    };
    let count = |count: Option<i64>| count.map(|count| count.to_string()).unwrap_or_default();
    vec![
        job.arn.clone(),
        job.name.clone(),
        text(&job.status),
        id_of(&job.model_id).to_owned(),
        time(&job.submitted_at),
        time(&job.ended_at),
        count(job.total_records),
        count(job.processed_records),
        count(job.succeeded_records),
        count(job.failed_records),
        text(job.message.as_deref().unwrap_or_default()),
    ]
}

fn to_json(job: &InvocationJob) -> Value {
    let status = Some(&job.status).filter(|status| !status.is_empty());
    json!({
        "jobArn": Some(&job.arn).filter(|arn| !arn.is_empty()),
        "jobName": job.name,
        "modelId": job.model_id,
        "modelInvocationType": job.invocation_type,
        "status": status,
        "message": job.message,
        "submitTime": job.submitted_at,
        "lastModifiedTime": job.modified_at,
        "endTime": job.ended_at,
        "jobExpirationTime": job.expires_at,
        "totalRecordCount": job.total_records,
        "processedRecordCount": job.processed_records,
        "successRecordCount": job.succeeded_records,
        "errorRecordCount": job.failed_records,
        "inputUri": job.input,
        "outputUri": job.output,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unknown_status_is_one_of_a_job_that_has_not_ended() {
        for status in ["Completed", "PartiallyCompleted", "Failed", "Stopped", "Expired"] {
            assert!(has_ended(status), "{status}");
        }
        for status in ["Submitted", "Validating", "Scheduled", "InProgress", "Stopping", "Paused", ""] {
            assert!(!has_ended(status), "{status}");
        }
    }
}
