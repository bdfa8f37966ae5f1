//! The operations of batch inference: creates, looks up, lists and stops model invocation jobs.

use aws_sdk_bedrock::config::Builder;
use aws_sdk_bedrock::types::{
    ModelInvocationJobInputDataConfig as InputConfig, ModelInvocationJobOutputDataConfig as OutputConfig,
    ModelInvocationJobS3InputDataConfig as S3Input, ModelInvocationJobS3OutputDataConfig as S3Output,
    ModelInvocationJobStatus, ModelInvocationType, S3InputFormat, SortJobsBy, SortOrder,
};

use super::{Bedrock, MOST_PAGES, require_arn, require_plain_ids, timestamp, unreadable};
use crate::aws::call::Call;
use crate::aws::pages::Pages;
use bedrock_ask::model::failure::{Failure, Stage};

/// The largest page size that `ListModelInvocationJobs` accepts.
const PAGE: i32 = 1000;

/// Converts a job of either output, which have the same members of different types.
macro_rules! invocation_job {
    ($job:ident, $name:expr) => {
        InvocationJob {
            submitted_at: timestamp(Some(&$job.submit_time)),
            modified_at: timestamp($job.last_modified_time.as_ref()),
            ended_at: timestamp($job.end_time.as_ref()),
            expires_at: timestamp($job.job_expiration_time.as_ref()),
            input: $job.input_data_config.and_then(input_uri),
            output: $job.output_data_config.and_then(output_uri),
            status: $job.status.map_or_else(String::new, |status| status.as_str().to_owned()),
            arn: $job.job_arn,
            name: $name,
            model_id: $job.model_id,
            token: $job.client_request_token,
            role: $job.role_arn,
            message: $job.message,
            hours: $job.timeout_duration_in_hours,
            invocation_type: $job.model_invocation_type.map(|kind| kind.as_str().to_owned()),
            total_records: $job.total_record_count,
            processed_records: $job.processed_record_count,
            succeeded_records: $job.success_record_count,
            failed_records: $job.error_record_count,
        }
    };
}

/// A model invocation job to be created, of the invocation type `Converse`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewInvocationJob {
    pub name: String,
    /// The `clientRequestToken`. AWS ignores a request with a token that it knows, without an error.
    pub token: String,
    /// The service role, by its ARN.
    pub role: String,
    /// The ID or ARN of a model or inference profile.
    pub model_id: String,
    /// The `s3://` URI of a file, or of a folder if it ends with a slash.
    pub input: String,
    /// The `s3://` URI of a folder.
    pub output: String,
    /// The KMS key that the output is encrypted with.
    pub kms_key: Option<String>,
    /// The hours after which the job expires.
    pub hours: Option<i32>,
}

/// A model invocation job, with AWS's values.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct InvocationJob {
    pub arn: String,
    pub name: String,
    pub model_id: String,
    pub token: Option<String>,
    pub role: String,
    /// Such as `InProgress`; empty if AWS names none.
    pub status: String,
    /// Why the job failed.
    pub message: Option<String>,
    /// `2026-11-27T16:00:00Z`, as are the other times.
    pub submitted_at: Option<String>,
    pub modified_at: Option<String>,
    pub ended_at: Option<String>,
    pub expires_at: Option<String>,
    /// The `s3://` URI of the input, and of the output.
    pub input: Option<String>,
    pub output: Option<String>,
    pub hours: Option<i32>,
    /// `Converse` or `InvokeModel`
    pub invocation_type: Option<String>,
    pub total_records: Option<i64>,
    pub processed_records: Option<i64>,
    pub succeeded_records: Option<i64>,
    pub failed_records: Option<i64>,
}

/// Which model invocation jobs are listed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct JobFilter {
    /// A part of the name.
    pub name_contains: Option<String>,
    /// Such as `InProgress`.
    pub status: Option<String>,
    /// The most jobs, the newest first; all of them if there is none.
    pub most: Option<usize>,
}

impl Bedrock {
    /// Creates a job, and returns its ARN. AWS ignores a token that it knows.
    pub async fn create_model_invocation_job(&self, job: &NewInvocationJob) -> Result<String, Box<Failure>> {
        const OPERATION: &str = "CreateModelInvocationJob";
        let input = S3Input::builder().s3_input_format(S3InputFormat::Jsonl).s3_uri(&job.input).build();
        let output = S3Output::builder().s3_uri(&job.output).set_s3_encryption_key_id(job.kms_key.clone()).build();
        let incomplete =
            |error: aws_smithy_types::error::operation::BuildError| Failure::new(Stage::Connection, error.to_string());
        let request = self
            .client
            .create_model_invocation_job()
            .job_name(&job.name)
            .client_request_token(&job.token)
            .role_arn(&job.role)
            .model_id(&job.model_id)
            .model_invocation_type(ModelInvocationType::Converse)
            .input_data_config(InputConfig::S3InputDataConfig(input.map_err(incomplete)?))
            .output_data_config(OutputConfig::S3OutputDataConfig(output.map_err(incomplete)?))
            .set_timeout_duration_in_hours(job.hours);
        let created = send!(self, OPERATION, request)?;
        require_arn(&created.job_arn, OPERATION)?;
        Ok(created.job_arn)
    }

    /// Returns a job by its ARN or ID.
    pub async fn get_model_invocation_job(&self, arn_or_id: &str) -> Result<InvocationJob, Box<Failure>> {
        const OPERATION: &str = "GetModelInvocationJob";
        let request = self.client.get_model_invocation_job().job_identifier(arn_or_id);
        let job = send!(self, OPERATION, request)?;
        let job = invocation_job!(job, job.job_name.unwrap_or_default());
        require_plain(&job, OPERATION)?;
        if arn_or_id.starts_with("arn:") && job.arn != arn_or_id {
            return Err(unreadable(OPERATION, "the response is about another job"));
        }
        Ok(job)
    }

    /// Returns the jobs that match, the newest first, from as many pages as needed.
    pub async fn list_model_invocation_jobs(&self, filter: &JobFilter) -> Result<Vec<InvocationJob>, Box<Failure>> {
        const OPERATION: &str = "ListModelInvocationJobs";
        let most = filter.most.unwrap_or(usize::MAX);
        let pages = async {
            let (mut jobs, mut pages, mut next) = (Vec::new(), Pages::new(OPERATION, MOST_PAGES), None::<String>);
            loop {
                let page_size = i32::try_from(most).unwrap_or(PAGE).clamp(1, PAGE);
                let request = self
                    .client
                    .list_model_invocation_jobs()
                    .set_name_contains(filter.name_contains.clone())
                    .set_status_equals(filter.status.as_deref().map(ModelInvocationJobStatus::from))
                    .sort_by(SortJobsBy::CreationTime)
                    .sort_order(SortOrder::Descending)
                    .max_results(page_size)
                    .set_next_token(next.take());
                let page = send!(self, OPERATION, request)?;
                // The member is left out of a response without jobs.
                let summaries = page.invocation_job_summaries.unwrap_or_default().into_iter();
                let listed: Vec<_> = summaries.map(|job| invocation_job!(job, job.job_name)).collect();
                listed.iter().try_for_each(|job| require_plain(job, OPERATION))?;
                jobs.extend(listed);
                if jobs.len() >= most {
                    break;
                }
                next = pages.next(page.next_token)?;
                if next.is_none() {
                    break;
                }
            }
            jobs.truncate(most);
            Ok(jobs)
        };
        let settled = self.timeouts.within_total(pages).await.flatten();
        settled.map_err(|failure| Box::new(Failure { operation: Some(OPERATION), ..*failure }))
    }

    /// Stops a job by its ARN or ID. What it has done so far stays in its output.
    pub async fn stop_model_invocation_job(&self, arn_or_id: &str) -> Result<(), Box<Failure>> {
        let request = self.client.stop_model_invocation_job().job_identifier(arn_or_id);
        send!(self, "StopModelInvocationJob", request, send_without_content)
    }
}

fn require_plain(job: &InvocationJob, operation: &'static str) -> Result<(), Box<Failure>> {
    require_arn(&job.arn, operation)?;
    require_plain_ids([job.name.as_str(), &job.model_id], operation)
}

fn input_uri(config: InputConfig) -> Option<String> {
    match config {
        InputConfig::S3InputDataConfig(input) => Some(input.s3_uri),
        _ => None,
    }
}

fn output_uri(config: OutputConfig) -> Option<String> {
    match config {
        OutputConfig::S3OutputDataConfig(output) => Some(output.s3_uri),
        _ => None,
    }
}
