//! `batch submit`: uploads the records to S3, and creates batch inference jobs for them. A submit that was interrupted goes
//! on where it was: the manifest records how far it is.

mod jobs;
pub mod limits;
pub mod lines;
mod names;
mod planning;
mod refusals;
mod report;
mod run_command;
pub mod shards;
mod upload;

use std::path::{Path, PathBuf};

use clap::Args;

use super::input::InputArgs;
use super::manifest::Manifest;
use crate::aws::{BedrockRuntime, S3};
use crate::commands::ask::{Prototype, RequestArgs, resolve_online};
use crate::commands::resource_name;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::id::Arn;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::ResolveError;
use jobs::Jobs;
use limits::QuotaArgs;
use names::Folder;
use upload::Upload;

#[derive(Clone, Debug, Args)]
#[command(mut_arg("show_thinking", |option| option.hide(true)))]
pub struct SubmitArgs {
    #[command(flatten)]
    pub input: InputArgs,
    /// The folder in S3 that the records are uploaded to, in the source Region
    #[arg(long, value_name = "s3://BUCKET/PREFIX", value_parser = |text: &str| text.parse::<Folder>())]
    s3: Folder,
    /// The service role that Bedrock reads and writes with; `iam-policy --batch-role` prints its policies
    #[arg(long, value_name = "ARN", value_parser = resource_name::role)]
    role: String,
    /// The folder in S3 that Bedrock writes the results to [default: `output` in the folder of `--s3`]
    #[arg(long, value_name = "s3://BUCKET/PREFIX", value_parser = |text: &str| text.parse::<Folder>())]
    output: Option<Folder>,
    /// The KMS key that the records and the results are encrypted with
    #[arg(long, value_name = "ARN", value_parser = names::kms_key)]
    kms_key: Option<String>,
    /// The prefix of the job names [default: the name of the input]
    #[arg(long, value_name = "NAME", value_parser = names::job_name)]
    name: Option<String>,
    /// The file for the progress and the jobs, with which the same command continues [default: INPUT.batch.json]
    #[arg(long, value_name = "FILE")]
    manifest: Option<PathBuf>,
    #[command(flatten)]
    quotas: QuotaArgs,
    /// Print the jobs that would be created, and send nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    pub request: RequestArgs,
}

impl SubmitArgs {
    pub async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error> {
        let context = &session.context;
        let region = context.source_region()?.ok_or_else(ResolveError::no_source_region)?;
        self.check(region)?;
        let checked = planning::check(&self, context, output)?;
        let (resolution, aws) = Box::pin(resolve_online(session, self.dry_run, output)).await?;
        output.notices(&resolution.notices);
        let aws = match aws {
            // One limit for the whole upload would be none that the user set.
            Some(aws) if context.settings.timeout_total.value.is_none() => aws,
            _ => session.connect(region, output).await?,
        };
        let runtime = aws.bedrock_runtime()?;
        let prototype = Prototype::new(&self.request, resolution, context, output)?;
        let path = self.manifest_path();
        let submit = Submit {
            args: &self,
            region,
            context,
            prototype: &prototype,
            runtime: &runtime,
            path: &path,
            is_api_key: aws.sends_api_key(),
        };
        let (plan, wanted) = submit.plan(&checked, output).await?;
        if self.dry_run {
            return report::print_plan(&wanted, output);
        }
        let mut manifest = planning::continued(wanted, &path, output)?;
        if manifest.is_complete() {
            output.note("the jobs exist already; nothing is sent");
            return report::print_jobs(&manifest, &path, output);
        }
        let (s3, bedrock) = (aws.s3()?, aws.bedrock()?);
        submit.require_buckets(&s3).await?;
        if self.links_objects(&manifest) {
            submit.require_no_other_records(&s3, &manifest).await?;
        }
        manifest.write(&path)?;
        Upload { s3: &s3, plan: &plan, submit: &submit }.run(&mut manifest, output).await?;
        Jobs { bedrock: &bedrock, submit: &submit }.create(&mut manifest, output).await?;
        report::print_jobs(&manifest, &path, output)
    }

    /// Refuses options that do not fit the source Region.
    fn check(&self, region: Region) -> Result<(), Error> {
        let partition = Arn::parse(&self.role).map(|arn| arn.partition).unwrap_or_default();
        if partition != region.partition {
            return Err(Error::usage(format!(
                "the role is in the partition `{partition}`, and the source Region {region} is in `{}`",
                region.partition
            )));
        }
        let key = self.kms_key.as_deref().and_then(|key| Arn::parse(key).ok());
        match key.filter(|key| (key.partition, key.region) != (region.partition, region.name)) {
            Some(key) => Err(Error::usage(format!(
                "the KMS key is in `{}`, and the source Region is {region}: S3 takes only a key of its own Region",
                key.region
            ))),
            None => Ok(()),
        }
    }

    fn output_folder(&self) -> Folder {
        self.output.clone().unwrap_or_else(|| self.s3.folder("output"))
    }

    fn manifest_path(&self) -> PathBuf {
        self.manifest.clone().unwrap_or_else(|| Manifest::default_path(&self.input.input))
    }

    /// Whether the records name objects, so that the input of the job is the whole folder.
    fn links_objects(&self, manifest: &Manifest) -> bool {
        manifest.jobs.iter().any(|job| job.input_uri == self.s3.to_string())
    }
}

/// A submit whose model is resolved.
struct Submit<'a> {
    args: &'a SubmitArgs,
    region: Region,
    context: &'a Context,
    prototype: &'a Prototype,
    runtime: &'a BedrockRuntime,
    /// The path of the manifest.
    path: &'a Path,
    /// Whether Bedrock gets an API key, which cannot sign requests to S3.
    is_api_key: bool,
}

impl Submit<'_> {
    /// Refuses buckets that do not exist, or are not in the source Region: batch inference reads no others.
    async fn require_buckets(&self, s3: &S3) -> Result<(), Error> {
        let (region, input, output) = (self.region, &self.args.s3, self.args.output_folder());
        let other = Some(&output).filter(|output| output.bucket != input.bucket);
        for folder in [Some(input), other].into_iter().flatten() {
            let found = s3
                .head_bucket(&folder.bucket)
                .await
                .map_err(|failure| self.explain_s3(&failure, &folder.to_string()))?;
            if let Some(found) = found.region.filter(|found| found != region.name) {
                let bucket = &folder.bucket;
                let summary = format!("the bucket `{bucket}` is in {found}, and the source Region is {region}");
                return Err(Error::usage(summary)
                    .cause("batch inference reads and writes only buckets of its own Region")
                    .hint(format!("use a bucket of {region}, or `--region {found}`")));
            }
        }
        Ok(())
    }
}
