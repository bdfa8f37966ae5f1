//! The profile in use with all that it refers to, and where its credentials come from: step by step, a role's source
//! before the role.

use std::collections::BTreeMap;

use super::ini::Section;
use super::{AwsFiles, Profile};
use crate::error::Error;

/// The properties of which one suffices for a profile to name a source of credentials.
pub const SOURCES: [&str; 9] = [
    "aws_access_key_id",
    "aws_secret_access_key",
    "credential_process",
    "credential_source",
    "login_session",
    "role_arn",
    "sso_account_id",
    "sso_role_name",
    "web_identity_token_file",
];

/// The properties that make a profile a role.
const ROLE: [&str; 6] =
    ["duration_seconds", "external_id", "mfa_serial", "role_arn", "role_session_name", "source_profile"];

/// The most roles in a row: each is a request of its own.
const MAX_STEPS: usize = 32;

/// A profile with all that it refers to.
pub struct SelectedProfile {
    /// The name that the user gave it.
    pub name: String,
    /// Its properties on one line, without blank ones.
    pub properties: BTreeMap<String, String>,
    /// The `services` section that it names: properties nested in properties.
    pub services: BTreeMap<String, BTreeMap<String, String>>,
    /// The `sso-session` section that it names.
    pub sso_session: Option<BTreeMap<String, String>>,
    /// Where its credentials come from.
    pub credentials: Credentials,
}

/// Where a profile's credentials come from.
pub enum Credentials {
    /// It names no source.
    None,
    /// Its own properties.
    Own,
    /// It is a role that is assumed with the credentials of this profile.
    Role(Box<SelectedProfile>),
    /// It names a source that there is not, for this reason.
    Unusable(String),
}

impl AwsFiles {
    /// Returns a profile with all that it refers to; nothing if no file has it.
    pub fn select(&self, name: &str) -> Result<Option<SelectedProfile>, Error> {
        self.step(name, &mut Vec::new())
    }

    /// `visited` names the roles that are assumed with the profile's credentials.
    fn step(&self, name: &str, visited: &mut Vec<String>) -> Result<Option<SelectedProfile>, Error> {
        let Some(profile) = self.profiles.get(name) else { return Ok(None) };
        let mut properties = self.properties(name, *profile)?;
        let services = properties.get("services").and_then(|name| self.services.get(name));
        let services = services.and_then(|index| self.config.sections.get(*index)).map(nested).unwrap_or_default();
        let is_source = !visited.is_empty();
        visited.push(name.to_owned());
        let has_keys = ["aws_access_key_id", "aws_secret_access_key"].iter().all(|key| properties.contains_key(*key));
        if is_source && has_keys {
            // Where another profile takes its credentials from here, keys come before everything else.
            properties.retain(|key, _| !SOURCES.contains(&key.as_str()) || key.starts_with("aws_"));
        }
        let (sso_session, unusable) = self.sso_session(&mut properties);
        let mut selected =
            SelectedProfile { name: name.to_owned(), credentials: own(&properties), properties, services, sso_session };
        match unusable {
            Some(why) => selected.credentials = Credentials::Unusable(why),
            None => self.resolve_role(&mut selected, visited)?,
        }
        Ok(Some(selected))
    }

    /// Splits a role from the source that it is assumed with.
    fn resolve_role(&self, selected: &mut SelectedProfile, visited: &mut Vec<String>) -> Result<(), Error> {
        let property = |key: &str| selected.properties.get(key).map(String::as_str);
        // The SDK says what is wrong where a role has both sources or none.
        let source = match (property("source_profile"), property("credential_source")) {
            _ if property("role_arn").is_none() || property("web_identity_token_file").is_some() => return Ok(()),
            (Some(source), None) => Some(source).filter(|source| *source != selected.name).map(str::to_owned),
            (None, Some(_)) => None,
            _ => return Ok(()),
        };
        selected.credentials = match source {
            None => Credentials::Role(Box::new(base(selected))),
            Some(source) if visited.contains(&source) || visited.len() > MAX_STEPS => {
                let names = visited.iter().take(3).map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
                Credentials::Unusable(format!("`source_profile` refers to profiles in a loop: {names}, …"))
            }
            Some(source) => match self.step(&source, visited)? {
                Some(found) => Credentials::Role(Box::new(found)),
                None => Credentials::Unusable(format!(
                    "profile `{source}` was not defined: `source_profile` of the AWS profile `{}` names it",
                    selected.name
                )),
            },
        };
        Ok(())
    }

    /// Returns the properties that have a value on one line.
    fn properties(&self, name: &str, profile: Profile) -> Result<BTreeMap<String, String>, Error> {
        let mut properties = BTreeMap::new();
        let keys = self.layers(profile).flat_map(|section| section.properties.keys());
        for key in keys {
            if properties.contains_key(key) {
                continue;
            }
            let Some((_, property)) = self.property(name, key)? else { continue };
            if key == "credential_process" {
                properties.insert(key.clone(), property.value().replace('\n', " "));
            } else if !property.is_continued() {
                properties.insert(key.clone(), property.value().to_owned());
            }
        }
        Ok(properties)
    }

    /// Returns the `sso-session` section that a profile names, or why the SDK cannot be given it.
    fn sso_session(
        &self,
        properties: &mut BTreeMap<String, String>,
    ) -> (Option<BTreeMap<String, String>>, Option<String>) {
        let Some(name) = properties.get("sso_session") else { return (None, None) };
        let found = self.sso_sessions.get(name).and_then(|index| self.config.sections.get(*index));
        let Some(section) = found else {
            // The SDK's words do not name the section, and signing in cannot help.
            return (None, Some(format!("there is no section `[sso-session {name}]`")));
        };
        if !is_plain(name) {
            // The name is the key of the token in the cache: another name would be another session.
            let why = format!(
                "the name of the sso-session `{name}` may only have ASCII letters, digits and any of `_-/.%@:+`: rename \
                 the section, then sign in anew"
            );
            return (None, Some(why));
        }
        let values = section.properties.iter().filter(|(_, property)| !property.is_continued());
        let session: BTreeMap<_, _> = values
            .map(|(key, property)| (key.clone(), property.value().to_owned()))
            .filter(|(_, value)| !value.is_empty())
            .collect();
        // What is said twice in the same way is said once; the SDK refuses it otherwise.
        for key in ["sso_start_url", "sso_region"] {
            if properties.contains_key(key) && properties.get(key) == session.get(key) {
                properties.remove(key);
            }
        }
        (Some(session), None)
    }
}

/// Whether the SDK takes a name: `[A-Za-z0-9_\-/.%@:+]+`.
pub fn is_plain(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-/.%@:+".contains(&byte))
}

fn own(properties: &BTreeMap<String, String>) -> Credentials {
    if SOURCES.iter().any(|key| properties.contains_key(*key)) { Credentials::Own } else { Credentials::None }
}

/// Takes out of a role's profile what it is assumed with: `credential_source`, or keys of its own.
fn base(role: &mut SelectedProfile) -> SelectedProfile {
    let mut properties = role.properties.clone();
    properties.retain(|key, _| !ROLE.contains(&key.as_str()));
    role.properties.retain(|key, _| !SOURCES.contains(&key.as_str()) || key == "role_arn");
    let sso_session = role.sso_session.take();
    SelectedProfile {
        name: role.name.clone(),
        credentials: own(&properties),
        properties,
        services: role.services.clone(),
        sso_session,
    }
}

fn nested(section: &Section) -> BTreeMap<String, BTreeMap<String, String>> {
    let values = section.properties.iter().map(|(key, property)| {
        let values = property.nested().filter(|(_, value)| !value.is_empty());
        (key.clone(), values.map(|(key, value)| (key.to_lowercase(), value.to_owned())).collect())
    });
    values.filter(|(_, values): &(String, BTreeMap<String, String>)| !values.is_empty()).collect()
}
