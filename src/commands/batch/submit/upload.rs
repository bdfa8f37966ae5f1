//! Uploads the files of the jobs, a few parts at once. Never holds more than those in memory.

use std::collections::BTreeMap;

use tokio::task::JoinSet;

use super::Submit;
use super::lines::JobLines;
use super::shards::{PlannedFile, ShardPlan};
use crate::aws::{Object, S3, UploadedPart};
use crate::commands::batch::manifest::{JobState, Manifest, Shard};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::failure::Failure;

/// The parts that are uploaded at once.
const AT_ONCE: usize = 4;

pub struct Upload<'a> {
    pub s3: &'a S3,
    pub plan: &'a ShardPlan,
    pub submit: &'a Submit<'a>,
}

/// A file that is being uploaded.
#[derive(Default)]
struct Sending {
    upload_id: String,
    /// The parts that were there before.
    present: BTreeMap<i32, UploadedPart>,
    tasks: JoinSet<Result<UploadedPart, Box<Failure>>>,
    parts: Vec<UploadedPart>,
    buffer: Vec<u8>,
}

impl Upload<'_> {
    /// Uploads what is not there yet.
    pub async fn run(&self, manifest: &mut Manifest, output: &mut Output) -> Result<(), Error> {
        let mut lines: Option<JobLines<'_>> = None;
        let mut passed = 0;
        for (job_index, job) in self.plan.jobs.iter().enumerate() {
            if manifest.jobs[job_index].state >= JobState::Creating {
                passed += job.records;
                continue;
            }
            for (file_index, planned) in job.files.iter().enumerate() {
                if self.is_there(&manifest.jobs[job_index].files[file_index]).await? {
                    manifest.jobs[job_index].files[file_index].uploaded = true;
                    passed += planned.records;
                    continue;
                }
                let lines = match &mut lines {
                    Some(lines) => lines,
                    unread => unread.insert(self.submit.lines()?),
                };
                lines.skip(std::mem::take(&mut passed)).await?;
                let file = &manifest.jobs[job_index].files[file_index];
                output.start_spinner(format!("uploading {}", file.key));
                self.upload(manifest, (job_index, file_index), planned, lines).await?;
                output.stop_spinner();
                let file = &manifest.jobs[job_index].files[file_index];
                output.note(&format!("uploaded {} ({} records, {} bytes)", self.uri(file), file.records, file.bytes));
            }
            manifest.jobs[job_index].state = JobState::Uploaded;
            manifest.write(self.submit.path)?;
        }
        Ok(())
    }

    fn bucket(&self) -> &str {
        &self.submit.args.s3.bucket
    }

    fn uri(&self, file: &Shard) -> String {
        format!("s3://{}/{}", self.bucket(), file.key)
    }

    /// Whether the object is there with this content.
    async fn is_there(&self, file: &Shard) -> Result<bool, Error> {
        let found = self.s3.head_object(self.bucket(), &file.key).await;
        let found = found.map_err(|failure| self.submit.explain_s3(&failure, &self.uri(file)))?;
        match found {
            None => Ok(false),
            Some(object) if is_same(&object, file) => Ok(true),
            Some(_) => Err(self.exists_otherwise(file)),
        }
    }

    fn exists_otherwise(&self, file: &Shard) -> Error {
        Error::usage(format!("`{}` exists with other content, and is not overwritten", self.uri(file)))
            .hint("use another folder with `--s3`, or delete the object")
    }

    /// Uploads a file, and records each step before it begins.
    async fn upload(
        &self,
        manifest: &mut Manifest,
        (job, file): (usize, usize),
        planned: &PlannedFile,
        lines: &mut JobLines<'_>,
    ) -> Result<(), Error> {
        manifest.jobs[job].state = JobState::Uploading;
        manifest.jobs[job].files[file].uploaded = false;
        manifest.write(self.submit.path)?;
        let mut sending = self.begin(manifest, (job, file)).await?;
        let shard = manifest.jobs[job].files[file].clone();
        if !self.send(&mut sending, &shard, planned, lines).await? {
            self.abort(&shard, &sending.upload_id).await;
            manifest.jobs[job].files[file].upload_id = None;
            manifest.write(self.submit.path)?;
            return Err(Error::usage("the input has changed since it was read first").hint("submit it again"));
        }
        self.complete(&shard, &sending).await?;
        let shard = &mut manifest.jobs[job].files[file];
        (shard.uploaded, shard.upload_id) = (true, None);
        manifest.write(self.submit.path)
    }

    /// Goes on with an upload, or begins one.
    async fn begin(&self, manifest: &mut Manifest, (job, file): (usize, usize)) -> Result<Sending, Error> {
        let shard = &mut manifest.jobs[job].files[file];
        let uri = self.uri(shard);
        let refused = |failure: Box<Failure>| self.submit.explain_s3(&failure, &uri);
        if let Some(id) = &shard.upload_id {
            let parts = self.s3.list_parts(self.bucket(), &shard.key, id).await;
            if let Some(parts) = parts.map_err(refused)? {
                let present = parts.into_iter().map(|part| (part.number, part)).collect();
                return Ok(Sending { upload_id: id.clone(), present, ..Sending::default() });
            }
        }
        let id = self.s3.create_multipart_upload(self.bucket(), &shard.key, self.submit.args.kms_key.as_deref()).await;
        let upload_id = id.map_err(refused)?;
        shard.upload_id = Some(upload_id.clone());
        manifest.write(self.submit.path)?;
        Ok(Sending { upload_id, ..Sending::default() })
    }

    /// Sends the parts that are not there. Returns whether all of them are as they were planned.
    async fn send(
        &self,
        sending: &mut Sending,
        file: &Shard,
        planned: &PlannedFile,
        lines: &mut JobLines<'_>,
    ) -> Result<bool, Error> {
        let size = usize::try_from(self.submit.args.quotas.limits().part()).unwrap_or(usize::MAX);
        for _ in 0..planned.records {
            let Some(line) = lines.next().await? else { return Ok(false) };
            let mut rest = &line.bytes[..];
            while !rest.is_empty() {
                if sending.buffer.capacity() == 0 {
                    sending.buffer.reserve_exact(usize::try_from(file.bytes).unwrap_or(size).min(size));
                }
                let (first, behind) = rest.split_at(rest.len().min(size - sending.buffer.len()));
                sending.buffer.extend_from_slice(first);
                rest = behind;
                if sending.buffer.len() == size && !self.send_part(sending, file, planned).await? {
                    return Ok(false);
                }
            }
        }
        if !sending.buffer.is_empty() && !self.send_part(sending, file, planned).await? {
            return Ok(false);
        }
        while self.settle(sending, file).await? {}
        sending.parts.sort_unstable_by_key(|part| part.number);
        Ok(sending.parts.len() == planned.parts.len())
    }

    /// Sends the part in the buffer, unless it is there. Returns whether it is as it was planned.
    async fn send_part(&self, sending: &mut Sending, file: &Shard, planned: &PlannedFile) -> Result<bool, Error> {
        let content = std::mem::take(&mut sending.buffer);
        let index = sending.parts.len() + sending.tasks.len();
        if planned.parts.get(index) != Some(&crc32fast::hash(&content)) {
            return Ok(false);
        }
        let number = i32::try_from(index + 1).unwrap_or(i32::MAX);
        let (bytes, crc32) = (content.len() as u64, S3::crc32(&content));
        let present = sending.present.remove(&number);
        if let Some(part) = present.filter(|part| part.bytes == bytes && part.crc32.as_ref() == Some(&crc32)) {
            sending.parts.push(part);
            return Ok(true);
        }
        if sending.tasks.len() >= AT_ONCE {
            self.settle(sending, file).await?;
        }
        let (s3, bucket, key) = (self.s3.clone(), self.bucket().to_owned(), file.key.clone());
        let upload_id = sending.upload_id.clone();
        sending.tasks.spawn(async move { s3.upload_part(&bucket, &key, &upload_id, number, content).await });
        Ok(true)
    }

    /// Waits for a part that is being sent. Returns whether there was one.
    async fn settle(&self, sending: &mut Sending, file: &Shard) -> Result<bool, Error> {
        let Some(settled) = sending.tasks.join_next().await else { return Ok(false) };
        let part =
            settled.map_err(|error| Error::new(ExitCode::Failure, "a part was not sent").cause(error.to_string()))?;
        sending.parts.push(part.map_err(|failure| self.submit.explain_s3(&failure, &self.uri(file)))?);
        Ok(true)
    }

    /// Completes an upload, and checks what S3 made of it.
    async fn complete(&self, file: &Shard, sending: &Sending) -> Result<(), Error> {
        let id = &sending.upload_id;
        let completed = self.s3.complete_multipart_upload(self.bucket(), &file.key, id, &sending.parts).await;
        let error = match completed {
            Ok(()) => Error::new(ExitCode::Failure, format!("`{}` was uploaded, and is not there", self.uri(file))),
            Err(failure) => {
                let error = self.submit.explain_s3(&failure, &self.uri(file));
                if !matches!(failure.status, Some(409 | 412)) && !is_of_upload(&failure) {
                    return Err(error);
                }
                // Another submit of the same input was faster, or this one without hearing of it. An upload whose parts
                // are refused would be refused again.
                self.abort(file, id).await;
                error
            }
        };
        if self.is_there(file).await? { Ok(()) } else { Err(error) }
    }

    /// Gives up an upload. What fails here is found by the lifecycle rules of the bucket.
    async fn abort(&self, file: &Shard, upload_id: &str) {
        let _ = self.s3.abort_multipart_upload(self.bucket(), &file.key, upload_id).await;
    }
}

/// Whether S3 refuses an upload itself: it is gone, or its parts are not such as were listed.
fn is_of_upload(failure: &Failure) -> bool {
    let codes = ["NoSuchUpload", "InvalidPart", "InvalidPartOrder", "EntityTooSmall", "BadDigest"];
    failure.code.as_deref().is_some_and(|code| codes.contains(&code))
}

/// Whether an object has the content of a file. The checksum counts; without one, that the manifest records it.
fn is_same(object: &Object, file: &Shard) -> bool {
    object.bytes == file.bytes && object.crc32.as_ref().map_or(file.uploaded, |crc32| *crc32 == file.crc32)
}
