//! The manifest of a submit: what was planned, how far it is, and the jobs. `submit` writes it before each step; `status`,
//! `fetch` and `stop` read it. It holds no secret.

use std::io;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::target::is_job_in;
use crate::atomic_file::{AtomicFile, Existing, FileAccess};
use crate::config::contents;
use crate::error::{Error, ExitCode};

/// The bytes of a file that is read: ten times what a million jobs' worth of shards need.
const LARGEST: u64 = 64 << 20;

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Manifest {
    pub version: u64,
    /// The path of the input, absolute.
    pub input: String,
    /// The form of the input: `jsonl`, `csv` or `lines`.
    pub input_form: String,
    /// The SHA-256 of the input, in hexadecimal digits.
    pub input_digest: String,
    /// The SHA-256 of everything else that decides about the jobs, in hexadecimal digits.
    pub request_digest: String,
    pub region: String,
    /// The model as the user wrote it.
    pub model: String,
    pub model_id: String,
    /// `s3://BUCKET/PREFIX/` of the input, with the slash at its end.
    pub input_uri: String,
    /// `s3://BUCKET/PREFIX/` of the output, with the slash at its end.
    pub output_uri: String,
    /// The service role, by its ARN.
    pub role: String,
    pub kms_key: Option<String>,
    /// The hours after which each job expires.
    pub hours: Option<i32>,
    pub records: u64,
    /// In the order of the input.
    pub jobs: Vec<Job>,
}

/// A job: the records of one or more files.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Job {
    pub name: String,
    /// The `clientRequestToken`.
    pub token: String,
    pub state: JobState,
    /// The ID that was sent, which may be the other invocable form of the model.
    pub model_id: String,
    /// The `s3://` URI of its input: of the file, or of the folder if there are several or the records name objects.
    pub input_uri: String,
    /// The ARN of the job, as soon as it exists.
    pub arn: Option<String>,
    /// The number of records before its first one.
    pub first_record: u64,
    pub records: u64,
    /// In the order of the input.
    pub files: Vec<Shard>,
}

/// How far a job is. Each state is written before its step begins, the last one after it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum JobState {
    Planned,
    Uploading,
    Uploaded,
    Creating,
    Created,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub struct Shard {
    /// The key of the object in the bucket of the input.
    pub key: String,
    pub records: u64,
    pub bytes: u64,
    /// The checksum of the object: the CRC32 of its parts, as S3 writes it.
    pub crc32: String,
    /// The ID of the multipart upload that has begun.
    pub upload_id: Option<String>,
    pub uploaded: bool,
}

impl Manifest {
    /// The version of the form of the file that this program reads and writes.
    pub const VERSION: u64 = 1;

    /// Returns where the manifest of an input is, if the user names no other file.
    pub fn default_path(input: &Path) -> PathBuf {
        input.with_added_extension("batch.json")
    }

    pub fn read(path: &Path) -> Result<Self, Error> {
        const WRITTEN_BY: &str = "`batch submit` writes it beside the input, as `INPUT.batch.json`";
        Self::read_if_exists(path)
            .map_err(|error| error.hint(WRITTEN_BY))?
            .ok_or_else(|| Error::usage(format!("the manifest `{}` does not exist", path.display())).hint(WRITTEN_BY))
    }

    /// Reads a manifest, or returns `None` if there is no file.
    pub fn read_if_exists(path: &Path) -> Result<Option<Self>, Error> {
        let content = match content(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            content => content.map_err(|error| {
                Error::usage(format!("the manifest `{}` cannot be read", path.display())).cause(error.to_string())
            })?,
        };
        Self::parse(&content).map(Some).map_err(|cause| {
            Error::usage(format!("`{}` is not a manifest of `batch submit` that can be used", path.display()))
                .cause(cause)
        })
    }

    /// Replaces the file at this path with the manifest, in one step.
    pub fn write(&self, path: &Path) -> Result<(), Error> {
        let unwritable = |error: &io::Error| {
            Error::new(ExitCode::Failure, format!("the manifest `{}` cannot be written", path.display()))
                .cause(error.to_string())
        };
        let mut content = serde_json::to_vec_pretty(self).map_err(|error| unwritable(&error.into()))?;
        content.push(b'\n');
        AtomicFile::write_whole(path, FileAccess::Inherited, Existing::Replace, &content)
            .map_err(|error| unwritable(&error))
    }

    /// Whether all jobs exist.
    pub fn is_complete(&self) -> bool {
        self.jobs.iter().all(|job| job.state == JobState::Created)
    }

    fn parse(content: &[u8]) -> Result<Self, String> {
        let value: Value = serde_json::from_slice(content).map_err(|error| format!("it is not JSON: {error}"))?;
        match value.get("version") {
            Some(version) if version.as_u64() == Some(Self::VERSION) => {}
            Some(version) => {
                return Err(format!(
                    "its version is `{version}`, and this version of the program reads only version {}",
                    Self::VERSION
                ));
            }
            None => return Err("it has no `version`".to_owned()),
        }
        let manifest: Self = serde_json::from_value(value).map_err(|error| error.to_string())?;
        manifest.check().map(|()| manifest).map_err(str::to_owned)
    }

    /// Refuses what no submit writes.
    fn check(&self) -> Result<(), &'static str> {
        if ![&self.input_digest, &self.request_digest].iter().all(|digest| is_digest(digest)) {
            return Err("a digest is not 64 hexadecimal digits");
        }
        if self.jobs.is_empty() || self.jobs.iter().any(|job| job.files.is_empty()) {
            return Err("it has no jobs, or a job without files");
        }
        let mut first = 0;
        for job in &self.jobs {
            let records = job.files.iter().try_fold(0_u64, |sum, file| sum.checked_add(file.records));
            if job.first_record != first || records != Some(job.records) {
                return Err("the numbers of records do not fit together");
            }
            first = first.checked_add(job.records).ok_or("the numbers of records do not fit together")?;
            if job.state == JobState::Created && job.arn.is_none() {
                return Err("a job that was created has no ARN");
            }
            if job.arn.as_ref().is_some_and(|arn| !is_job_in(arn, &self.region)) {
                return Err("an ARN is not that of a batch inference job in its Region");
            }
            if job.state >= JobState::Uploaded && job.files.iter().any(|file| !file.uploaded) {
                return Err("a job has files that are not uploaded, and should have none");
            }
        }
        if first == self.records { Ok(()) } else { Err("the numbers of records do not fit together") }
    }
}

fn is_digest(text: &str) -> bool {
    text.len() == 64 && text.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte))
}

fn content(path: &Path) -> io::Result<Vec<u8>> {
    if path.is_dir() {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    let content = contents::contents(path, LARGEST)?;
    if content.len() as u64 > LARGEST {
        return Err(io::Error::other("it is larger than any manifest"));
    }
    Ok(content)
}

#[cfg(test)]
pub mod tests {
    use super::*;

    /// Returns a manifest of one job that exists.
    pub fn manifest() -> Manifest {
        Manifest {
            version: Manifest::VERSION,
            input: "/data/prompts.jsonl".to_owned(),
            input_form: "jsonl".to_owned(),
            input_digest: "0a".repeat(32),
            request_digest: "1b".repeat(32),
            region: "us-east-1".to_owned(),
            model: "haiku".to_owned(),
            model_id: "us.anthropic.claude-haiku-4-5-20251001-v1:0".to_owned(),
            input_uri: "s3://bucket/in/".to_owned(),
            output_uri: "s3://bucket/out/".to_owned(),
            role: "arn:aws:iam::111122223333:role/batch".to_owned(),
            kms_key: None,
            hours: Some(24),
            records: 100,
            jobs: vec![Job {
                name: "prompts-0123456789ab-1".to_owned(),
                token: "0123456789abcdef".to_owned(),
                state: JobState::Created,
                model_id: "us.anthropic.claude-haiku-4-5-20251001-v1:0".to_owned(),
                input_uri: "s3://bucket/in/0123456789ab/1/records-1.jsonl".to_owned(),
                arn: Some("arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abc123".to_owned()),
                first_record: 0,
                records: 100,
                files: vec![Shard {
                    key: "in/0123456789ab/1/records-1.jsonl".to_owned(),
                    records: 100,
                    bytes: 12_345,
                    crc32: "y/Q5Jg==-1".to_owned(),
                    upload_id: None,
                    uploaded: true,
                }],
            }],
        }
    }

    #[test]
    fn a_manifest_is_read_as_it_was_written() {
        let directory = tempfile::tempdir().unwrap();
        let path = Manifest::default_path(&directory.path().join("prompts.jsonl"));
        assert!(path.ends_with("prompts.jsonl.batch.json"));
        assert_eq!(Manifest::read_if_exists(&path), Ok(None));
        assert_eq!(Manifest::read(&path).unwrap_err().exit, ExitCode::Usage);
        manifest().write(&path).unwrap();
        assert_eq!(Manifest::read(&path), Ok(manifest()));
    }

    #[test]
    fn every_damage_is_refused_with_the_name_of_the_file() {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("m.json");
        let refused = |content: &str| {
            std::fs::write(&path, content).unwrap();
            let error = Manifest::read(&path).unwrap_err();
            assert_eq!(error.exit, ExitCode::Usage, "{error}");
            assert!(error.message.summary.contains("m.json"), "{error}");
            error.message.causes.join(" ")
        };
        let whole = serde_json::to_string_pretty(&manifest()).unwrap();
        for end in 0..whole.len() {
            refused(&whole[..end]);
        }
        assert!(refused(&whole.replace("\"version\": 1", "\"version\": 2")).contains("its version is `2`"));
        for (old, new, expected) in [
            ("\"version\": 1,", "", "it has no `version`"),
            ("\"records\": 100,\n  \"jobs\"", "\"records\": 101,\n  \"jobs\"", "do not fit together"),
            ("\"records\": 100", "\"records\": -1", "invalid value"),
            ("\"firstRecord\": 0", "\"firstRecord\": 1", "do not fit together"),
            ("\"state\": \"created\"", "\"state\": \"gone\"", "unknown variant"),
            ("\"uploaded\": true", "\"uploaded\": false", "not uploaded"),
            (
                "\"arn\": \"arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abc123\"",
                "\"arn\": null",
                "no ARN",
            ),
            ("0a0a", "0A0A", "64 hexadecimal digits"),
            ("model-invocation-job/abc123", "model-invocation-job/../abc123", "not that of a batch inference job"),
            ("arn:aws:bedrock:us-east-1:", "arn:aws:bedrock:eu-west-1:", "not that of a batch inference job"),
        ] {
            let damaged = whole.replace(old, new);
            assert_ne!(damaged, whole, "{old}");
            let cause = refused(&damaged);
            assert!(cause.contains(expected), "{old}: {cause}");
        }
        std::fs::create_dir(directory.path().join("folder.json")).unwrap();
        assert_eq!(Manifest::read(&directory.path().join("folder.json")).unwrap_err().exit, ExitCode::Usage);
    }
}
