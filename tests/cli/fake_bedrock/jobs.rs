//! Batch inference: jobs that a test moves from state to state, on the objects of an S3.
//!
//! ```
//! let s3 = FakeS3::start();
//! s3.create_bucket("bucket", "eu-central-1");
//! let fake = FakeBedrock::start().with_jobs(s3.store());
//! let ran = bedrock_ask(["batch", "submit", …]).credentials().against(&fake).with_s3(&s3).run();
//! let arn = fake.jobs().arns().remove(0);
//! fake.jobs().ends(&arn, End::PartiallyCompleted(80));
//! fake.jobs().finish(&arn);
//! ```
//!
//! - A job begins as `Submitted`. `advance` moves it on: `Validating`, `Scheduled`, `InProgress`, and its [`End`], which is
//!   `Completed` unless `ends` or `all_end` sets another one. `finish` moves it to the end. After `automatic` each
//!   `GetModelInvocationJob` moves the job on, after the response.
//! - What is wrong with the input shows while it is validated, as with AWS: the job is `Failed` and has a message.
//! - `answering(|record| …)` gives a record its [`RecordReply`]; by default the prompt comes back. A `toolConfig` has AWS's
//!   error, whatever the function says. The lines of the output are in another order than those of the input.
//! - `only_models` replaces the models that batch inference takes, which are otherwise those that can be invoked.
//! - `fake.hold(Operation::CreateModelInvocationJob, 1, Moment::After)` holds a request back, as each operation's.

mod output;
mod validation;

use std::sync::{Arc, Mutex, MutexGuard, TryLockError};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Value, json};

pub use output::RecordReply;

use super::control::page_of;
use super::faults::Refusal;
use super::http::{Request, Response};
use super::operation::{self, Operation};
use super::rules::{ACCOUNT, arn_resource, nothing_there, partition};
use super::{FakeBedrock, State};
use crate::fake_s3::Store;
use output::{Counts, Output};

/// How a job ends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum End {
    Completed,
    /// With the results of this many records; the others are missing.
    PartiallyCompleted(usize),
    /// With the results of this many records; the others are missing.
    Expired(usize),
    /// With the results of this many records, after it was stopped; the others are missing.
    Stopped(usize),
    /// With this message and without output.
    Failed(String),
}

/// Gives a record of the input its result.
type Answers = Box<dyn FnMut(&Value) -> RecordReply + Send>;

/// The jobs of the account.
pub struct Jobs {
    store: Option<Store>,
    created: Vec<Job>,
    answers: Answers,
    /// The ID or ARN and the Region of each model; `None` for all that can be invoked.
    models: Option<Vec<(String, String)>>,
    /// The least and the most records of a job.
    limits: (usize, usize),
    end: End,
    is_automatic: bool,
    page_size: Option<usize>,
    denied_buckets: Vec<String>,
}

struct Job {
    arn: String,
    region: String,
    /// The request that created it.
    request: Value,
    status: &'static str,
    message: Option<String>,
    submitted: SystemTime,
    changed: SystemTime,
    ended: Option<SystemTime>,
    counts: Option<Counts>,
    end: Option<End>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            store: None,
            created: Vec::new(),
            answers: Box::new(RecordReply::echo),
            models: None,
            limits: (100, 50_000),
            end: End::Completed,
            is_automatic: false,
            page_size: None,
            denied_buckets: Vec::new(),
        }
    }
}

impl FakeBedrock {
    /// Runs batch inference on these objects: allows its operations.
    #[must_use]
    pub fn with_jobs(self, store: Store) -> Self {
        self.jobs().store = Some(store);
        self.allow(operation::create_model_invocation_job());
        self.allow(operation::get_model_invocation_job());
        self.allow(operation::list_model_invocation_jobs());
        self.allow(operation::stop_model_invocation_job());
        self
    }

    /// Returns the jobs. Must not be kept while the program runs, nor twice at once: `fake.jobs().job(&fake.jobs().arns()[0])`.
    ///
    /// # Panics
    /// After a minute.
    pub fn jobs(&self) -> MutexGuard<'_, Jobs> {
        let until = Instant::now() + Duration::from_mins(1);
        loop {
            match self.jobs.try_lock() {
                Ok(jobs) => return jobs,
                Err(TryLockError::WouldBlock) => assert!(Instant::now() < until, "the test keeps the jobs itself"),
                Err(TryLockError::Poisoned(_)) => panic!("a request about the jobs has failed"),
            }
            thread::yield_now();
        }
    }
}

/// What a test sets and sees.
impl Jobs {
    /// Returns the ARNs, in the order in which the jobs were created.
    pub fn arns(&self) -> Vec<String> {
        self.created.iter().map(|job| job.arn.clone()).collect()
    }

    /// Returns a job as `GetModelInvocationJob` does.
    pub fn job(&self, arn: &str) -> Value {
        self.created.iter().find(|job| job.arn == arn).expect("the job exists").json()
    }

    /// Returns the status of a job.
    pub fn status(&self, arn: &str) -> &'static str {
        self.created.iter().find(|job| job.arn == arn).expect("the job exists").status
    }

    /// Sets how a job ends.
    pub fn ends(&mut self, arn: &str, end: End) {
        self.found(arn).end = Some(end);
    }

    /// Sets how jobs end for which nothing else is set.
    pub fn all_end(&mut self, end: End) {
        self.end = end;
    }

    /// Moves a job to its next state.
    pub fn advance(&mut self, arn: &str) {
        let at = self.created.iter().position(|job| job.arn == arn).expect("the job exists");
        self.advance_nth(at);
    }

    /// Moves a job to its end.
    pub fn finish(&mut self, arn: &str) {
        while self.found(arn).ended.is_none() {
            self.advance(arn);
        }
    }

    /// Moves all jobs to their ends.
    pub fn finish_all(&mut self) {
        for arn in self.arns() {
            self.finish(&arn);
        }
    }

    /// Moves a job on after each `GetModelInvocationJob` about it.
    pub fn automatic(&mut self) {
        self.is_automatic = true;
    }

    /// Sets the results of the records.
    pub fn answering(&mut self, answers: impl FnMut(&Value) -> RecordReply + Send + 'static) {
        self.answers = Box::new(answers);
    }

    /// Takes only these models, each by the ID that is sent and the Region.
    pub fn only_models(&mut self, models: &[(&str, &str)]) {
        self.models = Some(models.iter().map(|(id, region)| ((*id).to_owned(), (*region).to_owned())).collect());
    }

    /// Sets the least and the most records of a job.
    pub fn limits(&mut self, least: usize, most: usize) {
        self.limits = (least, most);
    }

    /// Limits the jobs per page, whatever the client requests.
    pub fn page_size(&mut self, size: usize) {
        self.page_size = Some(size);
    }

    /// Refuses the service role the objects of this bucket.
    pub fn deny_bucket(&mut self, bucket: &str) {
        self.denied_buckets.push(bucket.to_owned());
    }

    fn found(&mut self, arn: &str) -> &mut Job {
        self.created.iter_mut().find(|job| job.arn == arn).expect("the job exists")
    }

    /// Returns the S3 as the service sees it that runs in this Region.
    fn store_in(&self, region: &str) -> Store {
        self.store.as_ref().expect("an S3").in_region(region)
    }

    fn advance_nth(&mut self, at: usize) {
        let job = &mut self.created[at];
        job.changed = SystemTime::now();
        match job.status {
            "Submitted" => job.status = "Validating",
            "Validating" => match self.validated(at) {
                Ok(()) => self.created[at].status = "Scheduled",
                Err(message) => self.end(at, End::Failed(message)),
            },
            "Scheduled" => job.status = "InProgress",
            "InProgress" => {
                let end = job.end.clone().unwrap_or_else(|| self.end.clone());
                self.end(at, end);
            }
            "Stopping" => {
                let end = match &job.end {
                    Some(end @ End::Stopped(_)) => end.clone(),
                    _ => End::Stopped(job.counts.as_ref().map_or(0, |counts| counts.total / 2)),
                };
                self.end(at, end);
            }
            _ => {}
        }
    }

    /// Returns what is wrong with the input of a job.
    fn validated(&mut self, at: usize) -> Result<(), String> {
        let (store, job) = (self.store_in(&self.created[at].region), &mut self.created[at]);
        let total = Output::read(&store, &job.request).map_err(|line| {
            format!("Batch job {} has a malformed record: {line}: the exact words are not known", job.arn)
        })?;
        let total = total.records();
        job.counts = Some(Counts::of(total));
        let (least, most) = self.limits;
        if total < least {
            return Err(format!(
                "Batch job {} contains less records ({total}) than the required minimum of: {least}",
                job.arn
            ));
        }
        if total > most {
            return Err(format!(
                "Batch job {} contains more records ({total}) than the allowed maximum of: {most}",
                job.arn
            ));
        }
        Ok(())
    }

    fn end(&mut self, at: usize, end: End) {
        let (store, job) = (self.store_in(&self.created[at].region), &mut self.created[at]);
        let (status, most) = match end {
            End::Completed => ("Completed", usize::MAX),
            End::PartiallyCompleted(most) => ("PartiallyCompleted", most),
            End::Expired(most) => ("Expired", most),
            End::Stopped(most) => ("Stopped", most),
            End::Failed(message) => {
                job.message = Some(message);
                ("Failed", 0)
            }
        };
        if status != "Failed" {
            let output = Output::read(&store, &job.request).expect("the input was validated");
            job.counts = Some(output.write(&store, &job.request, &job.arn, most, &mut self.answers));
        }
        job.status = status;
        job.ended = Some(SystemTime::now());
    }
}

/// The operations.
impl Jobs {
    /// Answers an operation of batch inference. `invocable` tells whether the model of the request can be invoked.
    pub fn answer(
        &mut self,
        operation: Operation,
        request: &Request,
        region: &str,
        invocable: impl Fn(&str) -> Result<(), Refusal>,
    ) -> Result<Response, Refusal> {
        let id = request.segments().into_iter().nth(1).unwrap_or_default();
        let answer = match operation {
            Operation::CreateModelInvocationJob => self.create(&request.json(), region, invocable)?,
            Operation::GetModelInvocationJob => {
                let at = self.position(&id, region)?;
                let job = self.created[at].json();
                if self.is_automatic {
                    self.advance_nth(at);
                }
                job
            }
            Operation::ListModelInvocationJobs => self.list(request, region)?,
            Operation::StopModelInvocationJob => self.stop(&id, region)?,
            _ => panic!("{operation:?} is no operation of batch inference"),
        };
        Ok(Response::new(200, "application/json", answer.to_string()))
    }

    fn create(
        &mut self,
        request: &Value,
        region: &str,
        invocable: impl Fn(&str) -> Result<(), Refusal>,
    ) -> Result<Value, Refusal> {
        validation::check(request)?;
        let token = &request["clientRequestToken"];
        let first = self.created.iter().find(|job| job.region == region && job.request["clientRequestToken"] == *token);
        if let Some(first) = first.filter(|_| token.is_string()) {
            return Ok(json!({"jobArn": first.arn}));
        }
        if self.created.iter().any(|job| job.region == region && job.request["jobName"] == request["jobName"]) {
            return Err(Refusal::new(400, "ConflictException", "The provided job name is currently in use."));
        }
        self.check_model(request["modelId"].as_str().unwrap_or_default(), region, invocable)?;
        self.check_places(request, region)?;
        let id = format!("fake{:08}", self.created.len() + 1);
        let arn = format!("arn:{}:bedrock:{region}:{ACCOUNT}:model-invocation-job/{id}", partition(region));
        let now = SystemTime::now();
        self.created.push(Job {
            arn: arn.clone(),
            region: region.to_owned(),
            request: request.clone(),
            status: "Submitted",
            message: None,
            submitted: now,
            changed: now,
            ended: None,
            counts: None,
            end: None,
        });
        Ok(json!({"jobArn": arn}))
    }

    fn check_model(
        &self,
        id: &str,
        region: &str,
        invocable: impl Fn(&str) -> Result<(), Refusal>,
    ) -> Result<(), Refusal> {
        let Some(models) = &self.models else { return invocable(id) };
        if models.iter().any(|(known, at)| known == id && at == region) {
            return Ok(());
        }
        Err(Refusal::validation("Batch inference is not supported for the requested model"))
    }

    /// Checks that the service role can read the input and write the output.
    fn check_places(&self, request: &Value, region: &str) -> Result<(), Refusal> {
        let input = request["inputDataConfig"]["s3InputDataConfig"]["s3Uri"].as_str().unwrap_or_default();
        let (bucket, key) = validation::place(input).unwrap_or_default();
        let output = request["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"].as_str().unwrap_or_default();
        let (output, _) = validation::place(output).unwrap_or_default();
        if self.denied_buckets.iter().any(|denied| denied == bucket) {
            return Err(Refusal::validation(format!(
                "Could not validate GetObject permissions to access Amazon S3 bucket: {bucket} at key {key}"
            )));
        }
        if self.denied_buckets.iter().any(|denied| denied == output) {
            return Err(Refusal::validation(format!(
                "Could not validate PutObject permissions to access Amazon S3 bucket: {output}: the exact words are not known"
            )));
        }
        if Output::input_keys(&self.store_in(region), input).is_empty() {
            return Err(Refusal::validation(format!(
                "The S3 URI {input} has no JSONL file: the exact words are not known"
            )));
        }
        Ok(())
    }

    fn list(&self, request: &Request, region: &str) -> Result<Value, Refusal> {
        let (status, name) = (request.query("statusEquals"), request.query("nameContains"));
        let (after, before) = (request.query("submitTimeAfter"), request.query("submitTimeBefore"));
        let mut jobs: Vec<&Job> = self.created.iter().filter(|job| job.region == region).collect();
        jobs.retain(|job| status.as_ref().is_none_or(|status| job.status == status));
        jobs.retain(|job| name.as_ref().is_none_or(|name| job.name().contains(name)));
        jobs.retain(|job| after.as_ref().is_none_or(|after| time(job.submitted) >= *after));
        jobs.retain(|job| before.as_ref().is_none_or(|before| time(job.submitted) <= *before));
        if request.query("sortOrder").as_deref() != Some("Ascending") {
            jobs.reverse();
        }
        let (from, size) = page_of(request, self.page_size)?;
        let page: Vec<Value> = jobs.iter().skip(from).take(size).map(|job| job.json()).collect();
        let mut answer = json!({"invocationJobSummaries": page});
        if from + size < jobs.len() {
            answer["nextToken"] = json!(format!("after-{}", from + size));
        }
        Ok(answer)
    }

    fn stop(&mut self, id: &str, region: &str) -> Result<Value, Refusal> {
        let at = self.position(id, region)?;
        let job = &mut self.created[at];
        if job.ended.is_some() || job.status == "Stopping" {
            let message =
                format!("The job cannot be stopped in the status {}: the exact words are not known", job.status);
            return Err(Refusal::new(400, "ConflictException", message));
        }
        job.status = "Stopping";
        job.changed = SystemTime::now();
        Ok(json!({}))
    }

    fn position(&self, id: &str, region: &str) -> Result<usize, Refusal> {
        let job_id = if id.starts_with("arn:") { arn_resource(id).1 } else { id };
        let is_id = job_id.len() == 12 && job_id.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
        if !is_id {
            return Err(validation::constraint(id, "jobIdentifier", "…/)?[a-z0-9]{12})"));
        }
        if id.starts_with("arn:") && id.split(':').nth(3) != Some(region) {
            return Err(Refusal::validation("The provided ARN is invalid for the service region"));
        }
        let has_id = |job: &Job| job.region == region && arn_resource(&job.arn).1 == job_id;
        self.created.iter().position(has_id).ok_or_else(nothing_there)
    }
}

impl Job {
    fn name(&self) -> &str {
        self.request["jobName"].as_str().unwrap_or_default()
    }

    fn json(&self) -> Value {
        let hours = self.request["timeoutDurationInHours"].as_u64().unwrap_or(24);
        let mut job = json!({
            "jobArn": self.arn,
            "status": self.status,
            "submitTime": time(self.submitted),
            "lastModifiedTime": time(self.changed),
            "timeoutDurationInHours": hours,
            "jobExpirationTime": time(self.submitted + Duration::from_hours(hours)),
            "modelInvocationType": "InvokeModel",
        });
        let members = [
            "jobName",
            "modelId",
            "clientRequestToken",
            "roleArn",
            "inputDataConfig",
            "outputDataConfig",
            "vpcConfig",
            "modelInvocationType",
        ];
        for member in members.into_iter().filter(|member| !self.request[*member].is_null()) {
            job[member] = self.request[member].clone();
        }
        if let Some(message) = &self.message {
            job["message"] = json!(message);
        }
        if let Some(ended) = self.ended {
            job["endTime"] = json!(time(ended));
        }
        if let Some(counts) = &self.counts {
            job["totalRecordCount"] = json!(counts.total);
            job["processedRecordCount"] = json!(counts.processed());
            job["successRecordCount"] = json!(counts.succeeded);
            job["errorRecordCount"] = json!(counts.failed);
        }
        job
    }
}

impl State {
    /// Answers an operation of batch inference.
    pub(super) fn answer_jobs(
        &self,
        operation: Operation,
        request: &Request,
        region: &str,
    ) -> Result<Response, Refusal> {
        let invocable = |id: &str| super::rules::invocable(id, region, &|arn| self.account.source_of(arn)).map(|_| ());
        self.jobs.lock().unwrap().answer(operation, request, region, invocable)
    }
}

fn time(at: SystemTime) -> String {
    DateTime::from(at).fmt(Format::DateTime).expect("a date of this century")
}

/// The jobs of a fake. Clones are the same.
pub type SharedJobs = Arc<Mutex<Jobs>>;
