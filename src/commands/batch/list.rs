//! `batch list`: lists the batch inference jobs of the source Region.

use clap::{Args, ValueEnum};

use super::job::{self, JobControlPlane};
use crate::aws::JobFilter;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::resolution::ResolveError;

#[derive(Clone, Debug, Args)]
pub struct ListArgs {
    /// Only jobs with this status
    #[arg(long, value_name = "STATUS", value_enum, ignore_case = true)]
    status: Option<Status>,
    /// Only jobs whose name contains this text
    #[arg(long, value_name = "TEXT")]
    name: Option<String>,
}

/// The status of a job, with AWS's names.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
#[value(rename_all = "PascalCase")]
enum Status {
    Submitted,
    Validating,
    Scheduled,
    InProgress,
    PartiallyCompleted,
    Completed,
    Failed,
    Stopping,
    Stopped,
    Expired,
}

impl ListArgs {
    pub async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let region = session.context.source_region()?.ok_or_else(ResolveError::no_source_region)?;
        let control_plane = JobControlPlane::connect(region, session, output).await?;
        let status = self.status.and_then(|status| status.to_possible_value());
        let filter = JobFilter {
            name_contains: self.name,
            status: status.map(|status| status.get_name().to_owned()),
            most: None,
        };
        let jobs = control_plane.bedrock.list_model_invocation_jobs(&filter).await;
        let mut jobs = jobs.map_err(|failure| control_plane.explain(&failure, None))?;
        // AWS sorts them; a stable sort keeps its order where the times are the same.
        jobs.sort_by(|one, other| other.submitted_at.cmp(&one.submitted_at));
        job::print(&jobs, output)?;
        if jobs.is_empty() {
            let which =
                if filter == JobFilter::default() { "no batch inference job" } else { "no such batch inference job" };
            output.note(&format!("{region} has {which}"));
        }
        Ok(ExitCode::Success)
    }
}
