//! `batch status`: shows the status of batch inference jobs, or waits until they have ended.

use std::time::Duration;

use clap::Args;
use serde_json::json;

use super::job::{self, JobControlPlane};
use super::target::JobTarget;
use super::watch::{self, PollInterval};
use crate::aws::InvocationJob;
use crate::config::value;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

#[derive(Clone, Debug, Args)]
pub struct StatusArgs {
    /// The manifest that `submit` wrote, or the ARN of a job [default: the only `*.batch.json` here]
    #[arg(value_name = "MANIFEST|ARN")]
    pub target: Option<String>,
    /// Wait until every job has ended, and print each change on stderr; exit code 7 if one is not complete
    #[arg(long)]
    pub watch: bool,
    /// The first wait between two calls, which grows to six times as much
    #[arg(long, value_name = "TIME", default_value = "10s", requires = "watch", value_parser = |text: &str| value::TIMEOUT.parse(text))]
    pub interval: Duration,
}

impl StatusArgs {
    pub async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let target = JobTarget::find(self.target.as_deref())?;
        if self.watch {
            target.require_created()?;
        }
        let control_plane = JobControlPlane::connect_to(&target, session, output).await?;
        let arns = target.arns();
        if self.watch {
            let jobs = self.watch(&arns, &control_plane, output).await?;
            job::print(&jobs, output)?;
            return Ok(if watch::are_all_completed(&jobs) { ExitCode::Success } else { ExitCode::IncompleteResponse });
        }
        let jobs = control_plane.jobs(&arns).await.map_err(|(error, _)| error)?;
        job::print(&with_uncreated(jobs, &target), output)?;
        Ok(ExitCode::Success)
    }

    /// Reads the jobs again and again until all have ended.
    async fn watch(
        &self,
        arns: &[&str],
        control_plane: &JobControlPlane<'_>,
        output: &mut Output,
    ) -> Result<Vec<InvocationJob>, Error> {
        let mut interval = PollInterval::new(self.interval);
        let mut seen = Vec::<InvocationJob>::new();
        loop {
            let running: Vec<_> = arns
                .iter()
                .filter(|arn| !seen.iter().any(|job| job.arn == **arn && job::has_ended(&job.status)))
                .copied()
                .collect();
            let wait = match control_plane.jobs(&running).await {
                Ok(read) => {
                    for line in watch::changes(&seen, &read) {
                        output.aside(&line);
                    }
                    let is_ended = |arn: &&str| {
                        let known = read.iter().chain(&seen).find(|job| job.arn == **arn);
                        known.cloned().ok_or_else(|| {
                            Error::new(ExitCode::Failure, format!("AWS returned another job than `{arn}`"))
                        })
                    };
                    seen = arns.iter().map(is_ended).collect::<Result<_, _>>()?;
                    if watch::have_all_ended(&seen) {
                        return Ok(seen);
                    }
                    interval.after_success()
                }
                Err((error, _)) if error.exit == ExitCode::Unavailable => {
                    let Some(wait) = interval.after_failure() else { return Err(error) };
                    let seconds = wait.as_secs_f64().ceil();
                    output.note(&format!("{}; trying again in {seconds} s", error.message.summary));
                    wait
                }
                Err((error, _)) => return Err(error),
            };
            tokio::time::sleep(wait).await;
        }
    }
}

/// Adds the jobs of a manifest that have not been created, each with the state of the manifest.
fn with_uncreated(jobs: Vec<InvocationJob>, target: &JobTarget) -> Vec<InvocationJob> {
    let Some(manifest) = target.manifest() else { return jobs };
    let mut created = jobs.into_iter();
    let row = |planned: &super::manifest::Job| {
        if planned.arn.is_some() {
            return created.next();
        }
        Some(InvocationJob {
            name: planned.name.clone(),
            model_id: planned.model_id.clone(),
            status: json!(planned.state).as_str().unwrap_or_default().to_owned(),
            total_records: i64::try_from(planned.records).ok(),
            ..InvocationJob::default()
        })
    };
    manifest.jobs.iter().filter_map(row).collect()
}
