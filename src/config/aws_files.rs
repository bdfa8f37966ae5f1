//! Reads AWS's own files, `config` and `credentials`, once per run and as tolerantly as the AWS CLI does. Everything that
//! this program and the SDK know of AWS profiles comes from here; the SDK never opens these files itself.

mod ini;
mod selection;
#[cfg(test)]
mod tests;

use std::collections::HashMap;
use std::fs;
use std::io::ErrorKind;
use std::iter;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::contents;
use super::environment::Environment;
use super::origin::{Origin, Setting};
use crate::error::{Error, ExitCode};
use ini::{Ini, Property, Section};
pub use selection::{Credentials, SOURCES, SelectedProfile, is_plain};

/// The profile that is in use if none is named.
pub const DEFAULT: &str = "default";

/// The variables that name AWS's files, `config` and `credentials`.
const VARIABLES: [&str; 2] = ["AWS_CONFIG_FILE", "AWS_SHARED_CREDENTIALS_FILE"];

/// The keys of the data plane in a `services` section: that of the AWS CLI, and that of the SDK for Rust.
const DATA_PLANE: [&str; 2] = ["bedrock_runtime", "bedrock-runtime"];

/// The size from which on a file is taken for a mistake.
const MAX_BYTES: u64 = 256 << 20;

/// Longer names are not compared with each other: the time grows with the product of both lengths.
const MAX_COMPARED: usize = 128;

/// Properties that make sense on one line only: a value that goes on over the next line is a mistake in the indentation.
const ONE_LINE: [&str; 21] = [
    "aws_access_key_id",
    "aws_account_id",
    "aws_secret_access_key",
    "aws_session_token",
    "ca_bundle",
    "credential_source",
    "duration_seconds",
    "endpoint_url",
    "external_id",
    "login_session",
    "mfa_serial",
    "region",
    "role_arn",
    "role_session_name",
    "services",
    "source_profile",
    "sso_account_id",
    "sso_region",
    "sso_role_name",
    "sso_session",
    "sso_start_url",
];

/// The profiles of both files, with the sections that they refer to.
#[derive(Default)]
pub struct AwsFiles {
    config: Ini,
    credentials: Ini,
    profiles: HashMap<String, Profile>,
    sso_sessions: HashMap<String, usize>,
    services: HashMap<String, usize>,
}

/// Where a profile stands: the index of its section in each file.
#[derive(Clone, Copy, Default)]
struct Profile {
    config: Option<usize>,
    credentials: Option<usize>,
}

/// The Region that a profile gives.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileRegion {
    /// The Region, as it is written.
    pub region: String,
    /// The profile that names it.
    pub profile: String,
    /// The file that holds the profile.
    pub file: PathBuf,
}

impl AwsFiles {
    /// Reads both files. A file that does not exist is empty; one that cannot be read is an error.
    pub fn read(environment: &Environment) -> Result<Self, Error> {
        Ok(Self::new(read(environment, VARIABLES[0], "config")?, read(environment, VARIABLES[1], "credentials")?))
    }

    fn new(config: Ini, credentials: Ini) -> Self {
        let mut files = Self { config, credentials, ..Self::default() };
        for (index, section) in files.config.sections.iter().enumerate() {
            let header = section.header.as_str();
            // As in botocore, a later section of the same name replaces the earlier one as a whole.
            if header == DEFAULT {
                files.profiles.entry(DEFAULT.to_owned()).or_default().config = Some(index);
            } else if header.starts_with("profile") {
                if let Some(name) = ini::name(header) {
                    files.profiles.entry(name).or_default().config = Some(index);
                }
            } else if header.starts_with("sso-session") {
                files.sso_sessions.extend(ini::name(header).map(|name| (name, index)));
            } else if header.starts_with("services") {
                files.services.extend(ini::name(header).map(|name| (name, index)));
            }
        }
        for (index, section) in files.credentials.sections.iter().enumerate() {
            files.profiles.entry(section.header.clone()).or_default().credentials = Some(index);
        }
        files
    }

    /// Whether either file has a profile of this name.
    pub fn contains(&self, name: &str) -> bool {
        self.profiles.contains_key(name)
    }

    /// Returns the names of the profiles of both files, in no order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.profiles.keys().map(String::as_str)
    }

    /// Returns the profile whose name is nearest to one that does not exist, if it is near enough to have been meant.
    pub fn nearest(&self, name: &str) -> Option<&str> {
        let wanted = name.to_lowercase();
        let comparable = |known: &&str| {
            known.len() <= MAX_COMPARED && wanted.len() <= MAX_COMPARED && known.len().abs_diff(wanted.len()) <= 8
        };
        let known = self.profiles.keys().map(String::as_str).filter(comparable);
        let distances = known.map(|known| (strsim::osa_distance(&wanted, &known.to_lowercase()), known));
        distances.filter(|(distance, _)| *distance <= 2).min().map(|(_, known)| known)
    }

    /// Returns the Region of a profile, or of the profile that it takes its credentials from.
    pub fn region(&self, name: &str) -> Result<Option<ProfileRegion>, Error> {
        for name in self.with_sources(name) {
            let name = name?;
            if let Some((section, property)) = self.property(name, "region")? {
                return Ok(Some(ProfileRegion {
                    region: property.value().to_owned(),
                    profile: name.to_owned(),
                    file: section.file.to_path_buf(),
                }));
            }
        }
        Ok(None)
    }

    /// Returns a profile, then the one that it takes its credentials from, and so on.
    fn with_sources<'a>(&'a self, name: &'a str) -> impl Iterator<Item = Result<&'a str, Error>> {
        let source = |name: &Result<&'a str, Error>| {
            let source = self.property(name.as_ref().ok()?, "source_profile").transpose()?;
            Some(source.map(|(_, source)| source.value()))
        };
        // A chain that is longer than there are profiles goes round in circles.
        iter::successors(Some(Ok(name)), source).take(self.profiles.len())
    }

    /// Returns the endpoint that a profile gives the data plane: that of its `services` section, or else its own.
    pub fn endpoint(&self, name: &str) -> Result<Option<Setting<String>>, Error> {
        if let Some((_, services)) = self.property(name, "services")?
            && let Some(section) =
                self.services.get(services.value()).and_then(|index| self.config.sections.get(*index))
            && let Some(url) = DATA_PLANE.iter().find_map(|key| endpoint_in(section, key))
        {
            let origin = Origin::Services { name: services.value().to_owned(), file: section.file.to_path_buf() };
            return Ok(Some(Setting::new(url.to_owned(), origin)));
        }
        let own = self.property(name, "endpoint_url")?.map(|(section, property)| {
            let origin = Origin::Profile { name: name.to_owned(), file: section.file.to_path_buf() };
            Setting::new(property.value().to_owned(), origin)
        });
        Ok(own)
    }

    /// Returns whether a property of a profile is on; nothing if it is not set.
    ///
    /// # Errors
    /// If it is neither true nor false.
    pub fn switch(&self, name: &str, key: &str) -> Result<Option<bool>, Error> {
        self.property(name, key)?.map(|(_, property)| switch(key, property.value())).transpose()
    }

    /// Whether a profile exists and names a source of credentials.
    pub fn gives_credentials(&self, name: &str) -> bool {
        SOURCES.iter().any(|key| matches!(self.property(name, key), Ok(Some(_))))
    }

    /// Returns the profile that signs in through IAM Identity Center: this one, or the one that it takes its credentials
    /// from.
    pub fn sso_profile<'a>(&'a self, name: &'a str) -> Option<&'a str> {
        let has = |name, key| matches!(self.property(name, key), Ok(Some(_)));
        let mut names = self.with_sources(name).map_while(Result::ok);
        names.find(|name| has(name, "sso_session") || has(name, "sso_start_url"))
    }

    /// Returns a property of a profile, with the section that holds it. A blank one counts as unset.
    fn property(&self, name: &str, key: &str) -> Result<Option<(&Section, &Property)>, Error> {
        let Some(profile) = self.profiles.get(name) else { return Ok(None) };
        let found = self.layers(*profile).find_map(|section| {
            section.properties.get(key).filter(|property| !property.value().is_empty()).map(|found| (section, found))
        });
        match found {
            Some((section, property)) if property.is_continued() && ONE_LINE.contains(&key) => Err(unreadable(
                &section.file,
                property.line,
                &format!("the value of `{key}` goes on over the next line, which is indented more"),
            )),
            found => Ok(found),
        }
    }

    /// Returns the sections that say something of a profile, the one that counts most first: `credentials` before
    /// `config`, and in each file the profile's own section before `[DEFAULT]`, which botocore applies to every section.
    fn layers(&self, profile: Profile) -> impl Iterator<Item = &Section> {
        let layers = [
            profile.credentials.and_then(|index| self.credentials.sections.get(index)),
            profile.credentials.and(self.credentials.defaults.as_ref()),
            profile.config.and_then(|index| self.config.sections.get(index)),
            profile.config.and(self.config.defaults.as_ref()),
        ];
        layers.into_iter().flatten()
    }
}

/// Reads a switch of AWS's variables and profiles. The SDK takes what it cannot read for unset: a FIPS endpoint would
/// silently not be used.
pub fn switch(name: &str, value: &str) -> Result<bool, Error> {
    match value.trim().to_ascii_lowercase().as_str() {
        "true" => Ok(true),
        "false" => Ok(false),
        _ => Err(Error::usage(format!("`{value}` (`{name}`) is neither `true` nor `false`"))),
    }
}

/// Reads the file that a variable names, or else the one of this name in `~/.aws`.
fn read(environment: &Environment, variable: &str, name: &str) -> Result<Ini, Error> {
    let named = environment.path(variable).map(|path| expanded(environment, path));
    let Some(path) = named.or_else(|| Some(environment.home()?.join(".aws").join(name))) else {
        return Ok(Ini::default());
    };
    let Some(bytes) = contents(&path)? else { return Ok(Ini::default()) };
    let path: Arc<Path> = path.into();
    match std::str::from_utf8(&bytes) {
        Ok(text) => Ini::parse(text.strip_prefix('\u{feff}').unwrap_or(text), &path),
        Err(error) => {
            let line = bytes[..error.valid_up_to()].split(|byte| *byte == b'\n').count();
            Err(unreadable(&path, line, "the text is not UTF-8"))
        }
    }
}

/// Returns a warning for each variable that names a file of AWS's which does not exist: nothing is read in its place.
pub fn missing(environment: &Environment) -> Vec<String> {
    let warning = |variable| {
        let path = expanded(environment, environment.path(variable)?);
        let is_missing = fs::metadata(&path).is_err_and(|error| error.kind() == ErrorKind::NotFound);
        is_missing.then(|| format!("`{variable}` names `{}`, which does not exist", path.display()))
    };
    VARIABLES.into_iter().filter_map(warning).collect()
}

/// Returns the bytes of a file; nothing if it does not exist, is a folder, or stands where this user may not look.
fn contents(path: &Path) -> Result<Option<Vec<u8>>, Error> {
    if !fs::metadata(path).is_ok_and(|metadata| !metadata.is_dir()) {
        return Ok(None);
    }
    let refused = |error: &std::io::Error| {
        Error::new(ExitCode::AccessDenied, format!("AWS's file `{}` cannot be read", path.display()))
            .cause(error.to_string())
    };
    let bytes = match contents::contents(path, MAX_BYTES) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        read => read.map_err(|error| refused(&error))?,
    };
    if bytes.len() as u64 > MAX_BYTES {
        let what = format!("AWS's file `{}` is larger than {} MiB", path.display(), MAX_BYTES >> 20);
        return Err(Error::new(ExitCode::AccessDenied, what));
    }
    Ok(Some(bytes))
}

/// An error that names the place and never repeats what stands there: it may be a secret.
fn unreadable(file: &Path, line: usize, why: &str) -> Error {
    Error::new(ExitCode::AccessDenied, format!("{}:{line}: {why}", file.display()))
}

/// Returns the endpoint of a service in a `services` section.
fn endpoint_in<'a>(section: &'a Section, service: &str) -> Option<&'a str> {
    let mut values = section.properties.get(service)?.nested();
    values.find(|(key, url)| key.eq_ignore_ascii_case("endpoint_url") && !url.is_empty()).map(|(_, url)| url)
}

/// Replaces `$NAME`, `${NAME}` and a leading `~`, as botocore does. A variable that is not set stays as it is written.
fn expanded(environment: &Environment, path: PathBuf) -> PathBuf {
    let Some(mut rest) = path.to_str() else { return path };
    let mut text = String::new();
    while let Some((before, after)) = rest.split_once('$') {
        let is_part = |letter: char| letter.is_ascii_alphanumeric() || letter == '_';
        let braced = after.strip_prefix('{').and_then(|inside| inside.split_once('}'));
        let (name, next) =
            braced.unwrap_or_else(|| after.split_at(after.find(|letter| !is_part(letter)).unwrap_or(after.len())));
        let value = environment.raw(name).and_then(|value| value.into_string().ok());
        let written = &rest[before.len()..rest.len() - next.len()];
        text.extend([before, value.as_deref().unwrap_or(written)]);
        rest = next;
    }
    let path = PathBuf::from(text + rest);
    match (path.strip_prefix("~"), environment.home()) {
        (Ok(rest), Some(home)) => home.join(rest),
        _ => path,
    }
}
