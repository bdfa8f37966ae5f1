//! The jobs that `status`, `fetch` and `stop` are about: those of a manifest, or one by its ARN.

use std::path::{Path, PathBuf};

use super::manifest::Manifest;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use crate::shell;
use bedrock_ask::model::id::Arn;
use bedrock_ask::model::region::Region;

/// How the name of a manifest ends.
const ENDING: &str = ".batch.json";

/// The kind of resource that a job is.
const KIND: &str = "model-invocation-job";

#[derive(Clone, Debug, PartialEq)]
pub enum JobTarget {
    Manifest { path: PathBuf, manifest: Box<Manifest> },
    Arn(String),
}

impl JobTarget {
    /// Returns what was named, or else the only manifest of the current directory.
    pub fn find(named: Option<&str>) -> Result<Self, Error> {
        match named.map(str::trim) {
            Some(arn) if arn.starts_with("arn:") => {
                require_job(arn)?;
                Ok(Self::Arn(arn.to_owned()))
            }
            Some(path) => Self::read(PathBuf::from(path)),
            None => Self::read(only_manifest(Path::new("."))?),
        }
    }

    fn read(path: PathBuf) -> Result<Self, Error> {
        let manifest = Box::new(Manifest::read(&path)?);
        Ok(Self::Manifest { path, manifest })
    }

    /// Returns the Region of the jobs, which must be that of `--region`. A Region of the environment yields to that of a
    /// manifest.
    pub fn region(&self, context: &Context, output: &mut Output) -> Result<Region, Error> {
        let configured = context.source_region()?;
        let (name, is_manifest) = match self {
            Self::Arn(arn) => (Arn::parse(arn).map_or("", |arn| arn.region), false),
            Self::Manifest { manifest, .. } => (manifest.region.as_str(), true),
        };
        let region = Region::from_name(name)
            .ok_or_else(|| Error::usage(format!("{}: `{name}` is not a Region", self.name())))?;
        match configured {
            Some(configured) if configured != region && (!is_manifest || context.region_is_flag()) => {
                let what = format!("{} belongs to {region}, and the source Region is {configured}", self.name());
                Err(Error::usage(what).hint(format!("--region {region}")))
            }
            Some(configured) if configured != region => {
                output.note(&format!("the jobs are in {region}, and the source Region {configured} is not used"));
                Ok(region)
            }
            _ => Ok(region),
        }
    }

    /// Returns the name of the target for messages.
    pub fn name(&self) -> String {
        match self {
            Self::Arn(arn) => format!("`{arn}`"),
            Self::Manifest { path, .. } => format!("`{}`", path.display()),
        }
    }

    /// Returns the target as an argument of a command.
    pub fn argument(&self) -> String {
        match self {
            Self::Arn(arn) => arn.clone(),
            Self::Manifest { path, .. } => shell::quoted(&path.to_string_lossy()),
        }
    }

    pub fn manifest(&self) -> Option<&Manifest> {
        match self {
            Self::Arn(_) => None,
            Self::Manifest { manifest, .. } => Some(manifest),
        }
    }

    /// Returns the ARNs of the jobs that exist, in the order of the input.
    pub fn arns(&self) -> Vec<&str> {
        match self {
            Self::Arn(arn) => vec![arn],
            Self::Manifest { manifest, .. } => manifest.jobs.iter().filter_map(|job| job.arn.as_deref()).collect(),
        }
    }

    /// Refuses a manifest whose submit has not created all of its jobs.
    pub fn require_created(&self) -> Result<(), Error> {
        let Self::Manifest { path, manifest } = self else { return Ok(()) };
        let missing = manifest.jobs.iter().filter(|job| job.arn.is_none()).count();
        if missing == 0 {
            return Ok(());
        }
        let what =
            format!("{missing} of the {} jobs of `{}` have not been created", manifest.jobs.len(), path.display());
        Err(Error::usage(what).hint("`bedrock-ask batch submit` with the same arguments as before continues it"))
    }
}

/// Whether this is the ARN of a job in a Region with this name.
pub fn is_job_in(arn: &str, region: &str) -> bool {
    require_job(arn).is_ok() && Arn::parse(arn).is_ok_and(|arn| arn.region == region)
}

/// Refuses an ARN that is not one of a job.
fn require_job(text: &str) -> Result<(), Error> {
    let arn = Arn::parse(text).map_err(|malformed| Error::usage(format!("`{text}`: {malformed}")))?;
    let (kind, id) = arn.kind_and_id();
    if arn.service == "bedrock" && kind == KIND && !id.is_empty() && !id.contains('/') {
        return Ok(());
    }
    Err(Error::usage(format!("`{text}` is not the ARN of a batch inference job"))
        .cause(format!("such an ARN contains `:{KIND}/`"))
        .hint("`bedrock-ask batch list` lists the jobs"))
}

/// Returns the path of the only manifest in a directory.
fn only_manifest(directory: &Path) -> Result<PathBuf, Error> {
    let unreadable =
        |error: std::io::Error| Error::usage("the current directory cannot be read").cause(error.to_string());
    let mut found = Vec::new();
    for entry in std::fs::read_dir(directory).map_err(unreadable)? {
        let name = entry.map_err(unreadable)?.file_name();
        if name.to_string_lossy().ends_with(ENDING) {
            found.push(PathBuf::from(name));
        }
    }
    found.sort();
    let hint = "name a manifest, or the ARN of a job";
    match &found[..] {
        [path] => Ok(path.clone()),
        [] => Err(Error::usage(format!("the current directory has no manifest (`*{ENDING}`)")).hint(hint)),
        several => {
            let names = several.iter().map(|path| format!("`{}`", path.display())).collect::<Vec<_>>().join(", ");
            Err(Error::usage(format!("the current directory has several manifests: {names}")).hint(hint))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_arn_of_a_job_is_one() {
        let job = "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abc123def456";
        assert_eq!(JobTarget::find(Some(&format!(" {job}\n"))), Ok(JobTarget::Arn(job.to_owned())));
        for other in [
            "arn:aws",
            "arn:aws:bedrock:us-east-1::foundation-model/x.y",
            "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/",
            "arn:aws:bedrock:us-east-1:111122223333:model-customization-job/abc",
            "arn:aws:s3:::bucket/model-invocation-job/abc",
        ] {
            assert_eq!(JobTarget::find(Some(other)).unwrap_err().exit, crate::error::ExitCode::Usage, "{other}");
        }
    }

    #[test]
    fn only_one_manifest_needs_no_name() {
        let directory = tempfile::tempdir().unwrap();
        let find = || only_manifest(directory.path());
        assert!(find().unwrap_err().message.summary.contains("no manifest"));
        std::fs::write(directory.path().join("a.batch.json"), "").unwrap();
        std::fs::write(directory.path().join("a.json"), "").unwrap();
        assert_eq!(find(), Ok(PathBuf::from("a.batch.json")));
        std::fs::write(directory.path().join("b.batch.json"), "").unwrap();
        assert!(find().unwrap_err().message.summary.contains("`a.batch.json`, `b.batch.json`"));
    }
}
