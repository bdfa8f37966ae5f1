//! The settings file: where it is, and reading it once. What may stand in it is for `schema`.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use super::environment::Environment;
use super::origin::{Place, Setting};
use super::value::{Color, Format};
use super::{schema, yaml};
use crate::error::Error;
use crate::model::region::Region;
use crate::model::routing::RoutingOrder;

/// The environment variable that names another settings file.
pub const VARIABLE: &str = "BEDROCK_ASK_CONFIG";

/// Larger files are refused unread.
const LARGEST: u64 = 1 << 20;

/// What a settings file says; nothing where it is silent.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct File {
    /// `model`, or `bedrock.model_id`.
    pub model: Option<Setting<String>>,
    /// `region`, or `bedrock.region`.
    pub region: Option<Setting<Region>>,
    /// `profile`.
    pub profile: Option<Setting<String>>,
    /// `routing`.
    pub routing: Option<Setting<RoutingOrder>>,
    /// `aliases`.
    pub aliases: BTreeMap<String, Setting<String>>,
    /// `system`.
    pub system: Option<Setting<String>>,
    /// `max_tokens`.
    pub max_tokens: Option<Setting<i32>>,
    /// `temperature`.
    pub temperature: Option<Setting<f32>>,
    /// `top_p`.
    pub top_p: Option<Setting<f32>>,
    /// `stop_sequences`.
    pub stop_sequences: Option<Setting<Vec<String>>>,
    /// `format`.
    pub format: Option<Setting<Format>>,
    /// `color`.
    pub color: Option<Setting<Color>>,
    /// `endpoint_url`.
    pub endpoint_url: Option<Setting<String>>,
    /// `timeout.connect`.
    pub connect: Option<Setting<Duration>>,
    /// `timeout.first_byte`.
    pub first_byte: Option<Setting<Duration>>,
    /// `timeout.idle`.
    pub idle: Option<Setting<Duration>>,
    /// `timeout.total`.
    pub total: Option<Setting<Duration>>,
    /// `catalog.ttl`.
    pub catalog_ttl: Option<Setting<Duration>>,
}

/// Where the settings file is or would be; nothing where there is no home folder either.
pub fn path(environment: &Environment) -> Option<PathBuf> {
    environment.path(VARIABLE).or_else(|| Some(environment.config_folder()?.join("config.yaml")))
}

impl File {
    /// Reads the user's settings file. A missing one says nothing, unless the environment names it.
    pub fn of_user(environment: &Environment) -> Result<Self, Error> {
        let Some(path) = path(environment) else { return Ok(Self::default()) };
        match Self::open(&path)? {
            Some(file) => Ok(file),
            None if environment.has(VARIABLE) => {
                Err(missing(&path).hint(format!("`{VARIABLE}` names it; unset it, or create the file")))
            }
            None => Ok(Self::default()),
        }
    }

    /// Reads the file at `path`; nothing where there is none.
    pub fn open(path: &Path) -> Result<Option<Self>, Error> {
        let mut file = match fs::File::open(path) {
            Ok(file) => file,
            Err(error) if is_absence(&error) => return Ok(None),
            Err(_) if path.is_dir() => return Err(folder(path)),
            Err(error) => return Err(unreadable(path, &error)),
        };
        let metadata = file.metadata().map_err(|error| unreadable(path, &error))?;
        if metadata.is_dir() {
            return Err(folder(path));
        }
        if metadata.len() > LARGEST {
            return Err(too_large(path));
        }
        let mut bytes = Vec::new();
        // A pipe or a device tells no length, so that the limit holds while reading too.
        file.by_ref().take(LARGEST + 1).read_to_end(&mut bytes).map_err(|error| unreadable(path, &error))?;
        if bytes.len() as u64 > LARGEST {
            return Err(too_large(path));
        }
        Self::from_bytes(path, &bytes).map(Some)
    }

    fn from_bytes(path: &Path, bytes: &[u8]) -> Result<Self, Error> {
        let text = str::from_utf8(bytes).map_err(|error| {
            let line = 1 + bytes[..error.valid_up_to()].iter().filter(|byte| **byte == b'\n').count();
            Error::usage(format!("{}:{line}: the config file is not UTF-8", path.display()))
        })?;
        let path: Arc<Path> = path.into();
        let root = yaml::parse(text).map_err(|mistake| match mistake.line {
            0 => Error::usage(format!("{}: {}", path.display(), mistake.what)),
            line => {
                let place = Place { file: Arc::clone(&path), line, column: mistake.column };
                Error::usage(format!("{place}: {}", mistake.what))
            }
        })?;
        schema::read(&path, root)
    }
}

/// The error for a file that should be there.
pub fn missing(path: &Path) -> Error {
    Error::usage(format!("there is no config file `{}`", path.display()))
}

fn is_absence(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}

fn folder(path: &Path) -> Error {
    Error::usage(format!("the config file `{}` is a folder", path.display()))
}

fn too_large(path: &Path) -> Error {
    Error::usage(format!("the config file `{}` is larger than 1 MiB", path.display()))
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::usage(format!("cannot read the config file `{}`", path.display())).cause(error.to_string())
}
