//! What a submit would do: checks every record, divides them into jobs, and compares that with what was begun before.

use std::path::{self, Path};

use super::lines::JobLines;
use super::names::{self, Folder};
use super::run_command;
use super::shards::{Ending, LineTooLong, PlannedJob, Planner, ShardPlan};
use super::{Submit, SubmitArgs};
use crate::aws::S3;
use crate::commands::batch::input::{Checked, Input, InputForm};
use crate::commands::batch::job::is_jsonl;
use crate::commands::batch::manifest::{Job, JobState, Manifest, Shard};
use crate::commands::batch::model_input::require_limit;
use crate::context::Context;
use crate::digest::{Sha256, hexadecimal};
use crate::error::Error;
use crate::output::Output;

/// The digits of a digest in names.
const SHORT: usize = 12;

/// What to do about a manifest that cannot be gone on with.
const ELSEWHERE: &str = "name another file with `--manifest`, or move this one away";

/// The most jobs of a submit: their numbers have four digits.
const MOST_JOBS: usize = 9999;

/// Refuses an input that cannot be read, has faults, or has too few records.
pub fn check(args: &SubmitArgs, context: &Context, output: &mut Output) -> Result<Checked, Error> {
    if args.input.input == Path::new("-") {
        return Err(Error::usage("`-` cannot be submitted: the input is read more than once")
            .hint("write the records to a file, and submit that"));
    }
    let checked = Input::open(&args.input, &args.request, context)?.check(output)?;
    let Some(records) = checked.records else {
        return Err(Error::usage(format!(
            "`{}` is not a regular file: the input is read more than once",
            args.input.input.display()
        ))
        .hint("write the records to a file, and submit that"));
    };
    let min = args.quotas.limits().min;
    if records < min {
        return Err(Error::usage(format!(
            "a batch inference job has at least {min} records, and the input has {records}"
        ))
        .cause("the quota differs by model and account; `--limits min=N` names another one")
        .hint(format!("to send them from this machine: `{}`", run_command::of(args))));
    }
    Ok(checked)
}

impl Submit<'_> {
    /// Returns the lines of the input from its beginning.
    pub fn lines(&self) -> Result<JobLines<'_>, Error> {
        let input = Input::open(&self.args.input, &self.args.request, self.context)?;
        Ok(JobLines::new(input, self.prototype, self.context, self.runtime))
    }

    /// Returns the files and jobs, and the manifest of a submit that has not begun.
    pub async fn plan(&self, checked: &Checked, output: &mut Output) -> Result<(ShardPlan, Manifest), Error> {
        require_limit(&self.args.input, checked, self.prototype, self.context)?;
        output.start_spinner("reading the records".to_owned());
        let mut cut = None;
        let (plan, has_links) = loop {
            let (ending, has_links) = self.attempt(cut).await?;
            match ending {
                Ending::Plan(plan) => break (plan, has_links),
                Ending::CutAt(at) => cut = Some(at),
                Ending::TooFew(records) => return Err(self.too_few_left(records)),
            }
        };
        output.stop_spinner();
        if has_links && plan.jobs.len() > 1 {
            return Err(Error::usage(format!("the records name objects in S3, and would be {} jobs", plan.jobs.len()))
                .cause("each job reads all records in the folder that has its objects")
                .hint("divide the input, and submit each part with a folder of its own that has its objects"));
        }
        if plan.jobs.len() > MOST_JOBS {
            return Err(Error::usage(format!(
                "the records would be {} jobs, and at most {MOST_JOBS} can be submitted at once",
                plan.jobs.len()
            ))
            .hint("divide the input, and submit each part"));
        }
        let manifest = self.manifest(&plan, has_links, checked);
        Ok((plan, manifest))
    }

    async fn attempt(&self, cut: Option<u64>) -> Result<(Ending, bool), Error> {
        let mut planner = Planner::new(self.args.quotas.limits(), cut);
        let mut lines = self.lines()?;
        let mut has_links = false;
        while let Some(line) = lines.next().await? {
            let named = |what: &str| format!("`{}`, line {}: {what}", self.args.input.input.display(), line.number);
            let traits = line.traits(&self.args.s3).map_err(|link| {
                Error::usage(named(&format!("`{link}` is not in the folder `{}`", self.args.s3)))
                    .cause("batch inference reads only objects in the folder of the job's input")
                    .hint("copy the objects into the folder, or name the folder that has them with `--s3`")
            })?;
            if traits.has_tools {
                return Err(self.has_tools(line.is_prompt, &named("the request has `toolConfig`")));
            }
            has_links |= traits.has_links;
            planner.add(&line.bytes).map_err(|LineTooLong| {
                let (bytes, most) = (line.bytes.len(), self.args.quotas.limits().file);
                Error::usage(named(&format!("the record has {bytes} bytes, and a file has at most {most}")))
                    .hint("`--limits file=BYTES` names another quota")
            })?;
        }
        Ok((planner.finish(), has_links))
    }

    fn has_tools(&self, is_prompt: bool, found: &str) -> Error {
        let run = format!("to send the records from this machine: `{}`", run_command::of(self.args));
        if is_prompt {
            let id = &self.prototype.resolution().id;
            return Error::usage(format!("`{id}` gets the schema as a tool, which batch inference refuses")).hint(run);
        }
        Error::usage(found).cause("batch inference refuses tools in a Converse request").hint(run)
    }

    fn too_few_left(&self, records: u64) -> Error {
        let min = self.args.quotas.limits().min;
        Error::usage(format!("the last job would have {records} records, and a job has at least {min}"))
            .cause("the job before it has none to spare")
            .hint("divide the input, or name the quotas of the account with `--limits`")
    }

    fn manifest(&self, plan: &ShardPlan, has_links: bool, checked: &Checked) -> Manifest {
        let Self { args, region, .. } = self;
        let resolution = self.prototype.resolution();
        let (output, limits) = (args.output_folder().to_string(), args.quotas.limits());
        let kms_key = args.kms_key.as_deref().unwrap_or_default();
        let content = digest_of(&[
            &plan.digest,
            region.name.as_bytes(),
            resolution.id.as_bytes(),
            args.s3.to_string().as_bytes(),
            kms_key.as_bytes(),
            format!("{limits:?}").as_bytes(),
        ]);
        let name = args.name.clone().unwrap_or_else(|| names::job_name_of(&args.input.input));
        let hours = args.quotas.hours.map(|hours| hours.to_string()).unwrap_or_default();
        let request_digest = digest_of(&[
            content.as_bytes(),
            output.as_bytes(),
            args.role.as_bytes(),
            hours.as_bytes(),
            name.as_bytes(),
        ]);
        let numbered = plan.jobs.len() > 1;
        let jobs = (1_usize..).zip(&plan.jobs).map(|(number, job)| {
            let suffix = if numbered { format!("-{number}") } else { String::new() };
            let name = format!("{name}-{}{suffix}", &request_digest[..SHORT]);
            let folder = args.s3.folder(&content[..SHORT]).folder(&number.to_string());
            self.job(name, &folder, job, has_links)
        });
        let jobs = jobs.collect();
        Manifest {
            version: Manifest::VERSION,
            input: path::absolute(&args.input.input).unwrap_or_else(|_| args.input.input.clone()).display().to_string(),
            // An input of no form was refused before.
            input_form: args.input.form().map_or("", InputForm::name).to_owned(),
            input_digest: checked.digest.map(|digest| hexadecimal(&digest)).unwrap_or_default(),
            region: region.name.to_owned(),
            model: resolution.input.clone(),
            model_id: resolution.id.clone(),
            input_uri: args.s3.to_string(),
            output_uri: output,
            role: args.role.clone(),
            kms_key: args.kms_key.clone(),
            hours: args.quotas.hours,
            records: plan.records,
            jobs,
            request_digest,
        }
    }

    /// Returns a job whose files are in this folder.
    fn job(&self, name: String, folder: &Folder, job: &PlannedJob, has_links: bool) -> Job {
        let files = (1_usize..).zip(&job.files).map(|(number, file)| Shard {
            key: folder.key(&format!("records-{number}.jsonl")),
            records: file.records,
            bytes: file.bytes,
            crc32: file.crc32(),
            upload_id: None,
            uploaded: false,
        });
        let files: Vec<_> = files.collect();
        let mut planned = Job {
            name,
            token: String::new(),
            state: JobState::Planned,
            model_id: self.prototype.resolution().id.clone(),
            input_uri: match &files[..] {
                _ if has_links => self.args.s3.to_string(),
                [_] => folder.uri("records-1.jsonl"),
                _ => folder.to_string(),
            },
            arn: None,
            first_record: job.first_record,
            records: job.records,
            files,
        };
        planned.token = token(&planned);
        planned
    }

    /// Refuses a folder with records of another submit: a job that is given a folder reads them all.
    pub async fn require_no_other_records(&self, s3: &S3, manifest: &Manifest) -> Result<(), Error> {
        let folder = &self.args.s3;
        let objects = s3.list_objects_v2(&folder.bucket, &folder.key("")).await;
        let objects = objects.map_err(|failure| self.explain_s3(&failure, &folder.to_string()))?;
        let is_own = |key: &str| manifest.jobs.iter().flat_map(|job| &job.files).any(|file| file.key == key);
        match objects.iter().find(|object| is_jsonl(&object.key) && !is_own(&object.key)) {
            Some(object) => Err(Error::usage(format!("`{folder}` has other records: `{}`", object.key))
                .cause(
                    "the records name objects in S3, so that the job gets the whole folder, and reads all records in it",
                )
                .hint("use a folder that has the objects and no other `.jsonl`")),
            None => Ok(()),
        }
    }
}

/// Returns the token of a job: the same for the same request with the same model ID.
pub fn token(job: &Job) -> String {
    digest_of(&[job.name.as_bytes(), job.model_id.as_bytes()])[..32].to_owned()
}

/// Returns the manifest to go on with: the one that is there if it is of the same submit. It must not be of another one that
/// has begun.
pub fn continued(wanted: Manifest, path: &Path, output: &mut Output) -> Result<Manifest, Error> {
    let begun = Manifest::read_if_exists(path).map_err(|error| error.hint(ELSEWHERE))?;
    let Some(begun) = begun else { return Ok(wanted) };
    if begun.request_digest == wanted.request_digest && is_same_content(&begun, &wanted) {
        return resumed(begun, wanted)
            .ok_or_else(|| Error::usage(format!("the manifest `{}` was edited", path.display())).hint(ELSEWHERE));
    }
    let is_begun = begun.jobs.iter().any(|job| job.state != JobState::Planned);
    if !is_begun {
        return Ok(wanted);
    }
    // What is uploaded does not depend on the role and the like.
    if is_same_content(&begun, &wanted) && begun.jobs.iter().all(|job| job.state < JobState::Creating) {
        output.note("other options than before: what is uploaded is kept");
        let mut wanted = wanted;
        for (job, before) in wanted.jobs.iter_mut().zip(begun.jobs) {
            (job.state, job.files) = (before.state, before.files);
        }
        return Ok(wanted);
    }
    let what = if begun.input_digest == wanted.input_digest { "other options" } else { "another input" };
    Err(Error::usage(format!("the manifest `{}` is of a submit with {what}", path.display()))
        .hint(ELSEWHERE)
        .hint(format!("`bedrock-ask batch status {}` shows its jobs", crate::shell::quoted(&path.to_string_lossy()))))
}

/// Returns what is wanted, as far as it has begun; `None` if that has other jobs although it is of the same submit.
fn resumed(begun: Manifest, mut wanted: Manifest) -> Option<Manifest> {
    for (job, before) in wanted.jobs.iter_mut().zip(begun.jobs) {
        job.model_id = before.model_id;
        job.token = token(job);
        let places = (&job.name, &job.token, &job.input_uri, job.first_record);
        if places != (&before.name, &before.token, &before.input_uri, before.first_record) {
            return None;
        }
        (job.state, job.arn, job.files) = (before.state, before.arn, before.files);
    }
    Some(wanted)
}

/// Whether both have the same files.
fn is_same_content(begun: &Manifest, wanted: &Manifest) -> bool {
    fn files(manifest: &Manifest) -> impl Iterator<Item = (&str, u64, u64, &str)> {
        let files = manifest.jobs.iter().flat_map(|job| &job.files);
        files.map(|file| (&*file.key, file.records, file.bytes, &*file.crc32))
    }
    begun.input_digest == wanted.input_digest
        && begun.input_uri == wanted.input_uri
        && begun.jobs.len() == wanted.jobs.len()
        && files(begun).eq(files(wanted))
}

/// Returns the SHA-256 of these values, each with its length, in hexadecimal digits.
fn digest_of(values: &[&[u8]]) -> String {
    let mut digest = Sha256::new();
    for value in values {
        digest.update(&(value.len() as u64).to_be_bytes());
        digest.update(value);
    }
    hexadecimal(&digest.finish())
}
