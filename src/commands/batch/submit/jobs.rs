//! Creates the jobs, each once: one that exists by its name is taken. A model that batch inference refuses is tried in its
//! other invocable form.

use super::{Submit, planning};
use crate::aws::{Bedrock, InvocationJob, JobFilter, NewInvocationJob};
use crate::commands::batch::manifest::{Job, JobState, Manifest};
use crate::commands::batch::target::is_job_in;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::id::Arn;

/// The statuses of a job that ended without being done.
const ENDED: [&str; 3] = ["Failed", "Stopped", "Expired"];

pub struct Jobs<'a> {
    pub bedrock: &'a Bedrock,
    pub submit: &'a Submit<'a>,
}

impl Jobs<'_> {
    /// Creates the jobs that do not exist yet.
    pub async fn create(&self, manifest: &mut Manifest, output: &mut Output) -> Result<(), Error> {
        for index in 0..manifest.jobs.len() {
            if manifest.jobs[index].state == JobState::Created {
                continue;
            }
            manifest.jobs[index].state = JobState::Creating;
            manifest.write(self.submit.path)?;
            output.start_spinner(format!("creating the job {}", manifest.jobs[index].name));
            if let Some(found) = self.find(&manifest.jobs[index]).await? {
                output.stop_spinner();
                report_found(&found, output);
                let job = &mut manifest.jobs[index];
                (job.arn, job.model_id) = (Some(found.arn), found.model_id);
            } else {
                let created = self.create_one(manifest, index, output).await;
                output.stop_spinner();
                let arn = created?;
                self.require_job(&arn)?;
                manifest.jobs[index].arn = Some(arn);
            }
            manifest.jobs[index].state = JobState::Created;
            manifest.write(self.submit.path)?;
        }
        Ok(())
    }

    /// Returns the job with this name.
    async fn find(&self, job: &Job) -> Result<Option<InvocationJob>, Error> {
        let filter = JobFilter { name_contains: Some(job.name.clone()), ..JobFilter::default() };
        let jobs = self.bedrock.list_model_invocation_jobs(&filter).await;
        let jobs = jobs.map_err(|failure| self.submit.explain(&failure))?;
        let found = jobs.into_iter().find(|found| found.name == job.name);
        found.map(|found| self.require_job(&found.arn).map(|()| found)).transpose()
    }

    /// Refuses an ARN that cannot be that of a job of this submit: nothing is known then about the job.
    fn require_job(&self, arn: &str) -> Result<(), Error> {
        let region = self.submit.region;
        let account = |arn: &str| Arn::parse(arn).map(|arn| arn.account.to_owned()).ok();
        if is_job_in(arn, region.name) && account(arn) == account(&self.submit.args.role) {
            return Ok(());
        }
        let summary = format!("Bedrock's response names `{arn}`, which is not a batch inference job in {region}");
        Err(Error::new(ExitCode::Failure, format!("{summary} of the role's account"))
            .hint("`bedrock-ask batch list` lists the jobs; the same submit again finds its job"))
    }

    /// Creates a job, in the other form of the model if AWS refuses the one that was resolved.
    async fn create_one(&self, manifest: &mut Manifest, index: usize, output: &mut Output) -> Result<String, Error> {
        let refused = match self.request(manifest, index).await {
            Ok(arn) => return Ok(arn),
            Err(failure) => failure,
        };
        // Another submit of the same records was faster.
        if refused.code.as_deref() == Some("ConflictException")
            && let Some(found) = self.find(&manifest.jobs[index]).await?
        {
            return Ok(found.arn);
        }
        let own = manifest.jobs[index].model_id.clone();
        let other = self.submit.other_form(&own).filter(|_| self.submit.refuses_model(&refused));
        let Some(other) = other else {
            self.retract(manifest, index, &refused)?;
            return Err(self.submit.explain_creation(&refused));
        };
        set_model(&mut manifest.jobs[index..], &other);
        manifest.write(self.submit.path)?;
        match self.request(manifest, index).await {
            Ok(arn) => {
                output.note(&format!(
                    "batch inference does not accept `{own}`; the job is created with `{other}`, the same model"
                ));
                Ok(arn)
            }
            Err(failure) => {
                set_model(&mut manifest.jobs[index..], &own);
                self.retract(manifest, index, &failure)?;
                // The first refusal is about what the user asked for, unless the second form got further.
                let shown = if self.submit.refuses_model(&failure) { refused } else { failure };
                Err(self.submit.explain_creation(&shown))
            }
        }
    }

    /// Notes that a job does not exist, if that is certain: AWS has refused to create it.
    fn retract(&self, manifest: &mut Manifest, index: usize, failure: &Failure) -> Result<(), Error> {
        if failure.status.is_some_and(|status| (400..500).contains(&status)) {
            manifest.jobs[index].state = JobState::Uploaded;
            manifest.write(self.submit.path)?;
        }
        Ok(())
    }

    async fn request(&self, manifest: &Manifest, index: usize) -> Result<String, Box<Failure>> {
        let job = &manifest.jobs[index];
        let request = NewInvocationJob {
            name: job.name.clone(),
            token: job.token.clone(),
            role: manifest.role.clone(),
            model_id: job.model_id.clone(),
            input: job.input_uri.clone(),
            output: manifest.output_uri.clone(),
            kms_key: manifest.kms_key.clone(),
            hours: manifest.hours,
        };
        self.bedrock.create_model_invocation_job(&request).await
    }
}

fn set_model(jobs: &mut [Job], model_id: &str) {
    for job in jobs {
        model_id.clone_into(&mut job.model_id);
        job.token = planning::token(job);
    }
}

fn report_found(found: &InvocationJob, output: &mut Output) {
    let InvocationJob { name, status, message, .. } = found;
    if !ENDED.contains(&status.as_str()) {
        output.note(&format!("the job `{name}` exists already"));
        return;
    }
    let why = message.as_ref().map(|message| format!(": {message}")).unwrap_or_default();
    output.warning(&format!(
        "the job `{name}` exists already, and is {}{why}; to submit the records again, use another `--name` and another `--manifest`",
        status.to_lowercase()
    ));
}
