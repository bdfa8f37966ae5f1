//! `batch stop`: stops batch inference jobs, after the user confirmed.

use clap::Args;
use serde_json::json;

use super::job::{self, JobControlPlane};
use super::target::JobTarget;
use crate::aws::InvocationJob;
use crate::commands::stdin;
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::output::{Output, one_line};
use crate::session::Session;
use crate::terminal;

/// What becomes of the records of a job that is stopped.
const KEPT: &str = "the results of the records that it has processed are kept, and are charged";

#[derive(Clone, Debug, Args)]
pub struct StopArgs {
    /// Manifests that `submit` wrote, or ARNs of jobs [default: the only `*.batch.json` here]
    #[arg(value_name = "MANIFEST|ARN")]
    pub targets: Vec<String>,
    /// Stop the jobs without asking for confirmation
    #[arg(short, long)]
    pub yes: bool,
}

impl StopArgs {
    pub async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let targets = if self.targets.is_empty() {
            vec![JobTarget::find(None)?]
        } else {
            self.targets.iter().map(|target| JobTarget::find(Some(target))).collect::<Result<_, _>>()?
        };
        let can_ask = stdin::is_terminal() && output.shows_questions();
        if !self.yes && !can_ask {
            let arguments: Vec<_> = targets.iter().map(JobTarget::argument).collect();
            return Err(Error::usage("cannot ask for confirmation: stdin is not a terminal")
                .hint(format!("bedrock-ask batch stop {} --yes", arguments.join(" "))));
        }
        let mut found = Vec::new();
        for target in &targets {
            let control_plane = JobControlPlane::connect_to(target, session, output).await?;
            let jobs = control_plane.jobs(&target.arns()).await.map_err(|(error, _)| error)?;
            found.push((control_plane, jobs));
        }
        let running: Vec<_> = found.iter().flat_map(|(_, jobs)| jobs).filter(|job| is_stoppable(job)).collect();
        if !self.yes && !running.is_empty() {
            confirm(&running, output)?;
        }
        for (control_plane, jobs) in &found {
            for job in jobs {
                stop(job, control_plane, output).await?;
            }
        }
        if found.iter().all(|(_, jobs)| jobs.is_empty()) {
            output.note("no job has been created, so there is none to stop");
        }
        Ok(ExitCode::Success)
    }
}

fn is_stoppable(job: &InvocationJob) -> bool {
    !job::has_ended(&job.status) && job.status != "Stopping"
}

/// Stops a job unless it has ended.
async fn stop(job: &InvocationJob, control_plane: &JobControlPlane<'_>, output: &mut Output) -> Result<(), Error> {
    let status = if is_stoppable(job) {
        match control_plane.bedrock.stop_model_invocation_job(&job.arn).await {
            Ok(()) => None,
            Err(failure) => {
                // It may have ended between the two calls.
                let now = control_plane.jobs(&[&job.arn]).await.ok().and_then(|mut jobs| jobs.pop());
                let ended = now.filter(|job| !is_stoppable(job));
                Some(ended.ok_or_else(|| control_plane.explain(&failure, Some(&job.arn)))?.status)
            }
        }
    } else {
        Some(job.status.clone())
    };
    match &status {
        None => output.note(&format!("`{}` is being stopped; {KEPT}", job.name)),
        Some(status) if status == "Stopping" => output.note(&format!("`{}` is being stopped already", job.name)),
        Some(status) => output.note(&format!("`{}` has ended already: {status}", job.name)),
    }
    if output.format() == Format::Json {
        let is_stopped = status.is_none();
        output.json(&json!({
            "jobArn": job.arn,
            "jobName": job.name,
            "stopped": is_stopped,
            "status": status.as_deref().unwrap_or("Stopping"),
        }))?;
    }
    Ok(())
}

fn confirm(jobs: &[&InvocationJob], output: &mut Output) -> Result<(), Error> {
    let names = jobs.iter().map(|job| format!("`{}`", one_line(&job.name))).collect::<Vec<_>>().join(", ");
    let what = if jobs.len() == 1 { String::new() } else { format!("{} jobs: ", jobs.len()) };
    let question = format!("stop {what}{names}? A stopped job cannot be continued; {KEPT}.");
    if terminal::confirms(&question, output)? {
        return Ok(());
    }
    Err(Error::new(ExitCode::Failure, "no job was stopped"))
}
