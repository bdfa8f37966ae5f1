//! The step of an AWS profile that runs its `credential_process`. It is as the SDK's own, except that the process ends with
//! the request for credentials: a time limit leaves none behind.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::process::{Output, Stdio};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_smithy_types::date_time::{DateTime, Format};
use serde_json::{Map, Value};

use crate::config::aws_files::SOURCES;
use crate::shell;
use crate::signals;

const PROPERTY: &str = "credential_process";

/// Returns the properties beside which the SDK decides what counts.
fn other_sources() -> impl Iterator<Item = &'static str> {
    SOURCES.into_iter().filter(|key| *key != PROPERTY)
}

/// The provider that runs a command for its credentials.
pub(super) struct CredentialProcess {
    command: String,
    account: Option<String>,
}

impl CredentialProcess {
    /// Creates the provider of a profile that has no source but its `credential_process`.
    pub(super) fn new(properties: &BTreeMap<String, String>) -> Option<Self> {
        if other_sources().any(|key| properties.contains_key(key)) {
            return None;
        }
        let account = properties.get("aws_account_id").cloned();
        properties.get(PROPERTY).map(|command| Self { command: command.clone(), account })
    }

    async fn output(&self) -> io::Result<Output> {
        let mut shell = shell::command(&shell::without_fork(&self.command));
        shell.stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
        let (child, _ends_with_process) = signals::spawn(&mut shell)?;
        child.wait_with_output().await
    }

    async fn credentials(&self) -> provider::Result {
        let output = self.output().await.map_err(|error| {
            let what = "Error retrieving credentials from external process";
            CredentialsError::provider_error(format!("{what}: {error}"))
        })?;
        if !output.status.success() {
            let stderr = std::str::from_utf8(&output.stderr).unwrap_or("could not decode stderr as UTF-8");
            let what = "Error retrieving credentials: external process exited with code";
            return Err(CredentialsError::provider_error(format!("{what} {}. Stderr: {stderr}", output.status)));
        }
        parse(&output.stdout, self.account.as_deref()).map_err(|why| {
            let what = "Error retrieving credentials from external process, could not parse response";
            CredentialsError::provider_error(format!("{what}: {why}"))
        })
    }
}

/// Reads what a process printed. No error repeats any of it.
fn parse(printed: &[u8], account: Option<&str>) -> Result<Credentials, String> {
    // The message of an error could quote a secret.
    let object: Map<String, Value> = serde_json::from_slice(printed)
        .map_err(|error| format!("it is not a JSON object (line {}, column {})", error.line(), error.column()))?;
    let member = |name: &str| object.iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value);
    let text = |name: &str| member(name).and_then(Value::as_str);
    let required = |name: &str| text(name).ok_or_else(|| format!("it has no `{name}`"));
    if member("Version").and_then(Value::as_i64) != Some(1) {
        return Err("its `Version` is not 1".to_owned());
    }
    let expiry = match text("Expiration") {
        Some(written) => Some(time(written).ok_or("its `Expiration` is not a date and time")?),
        None => None,
    };
    let mut credentials = Credentials::builder()
        .access_key_id(required("AccessKeyId")?)
        .secret_access_key(required("SecretAccessKey")?)
        .provider_name("CredentialProcess");
    credentials.set_session_token(text("SessionToken").map(str::to_owned));
    credentials.set_expiry(expiry);
    credentials.set_account_id(text("AccountId").or(account).map(AccountId::from));
    let mut credentials = credentials.build();
    let features = credentials.get_property_mut_or_default::<Vec<Feature>>();
    features.extend([Feature::CredentialsProcess, Feature::CredentialsProfile]);
    Ok(credentials)
}

fn time(written: &str) -> Option<SystemTime> {
    DateTime::from_str(written, Format::DateTimeWithOffset).ok()?.try_into().ok()
}

impl ProvideCredentials for CredentialProcess {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// Without the command, whose arguments may be secret.
impl fmt::Debug for CredentialProcess {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("CredentialProcess")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_a_process_prints_is_read_as_the_sdk_reads_it() {
        let printed = br#"{"Version": 1, "AccessKeyId": "ID", "secretaccesskey": "S", "SessionToken": "T",
            "Expiration": "2030-01-02T03:04:05+01:00", "AccountId": "111122223333", "Other": []}"#;
        let found = parse(printed, Some("999999999999")).unwrap();
        let texts = (found.access_key_id(), found.secret_access_key(), found.session_token());
        assert_eq!(texts, ("ID", "S", Some("T")));
        assert_eq!(found.account_id().map(AccountId::as_str), Some("111122223333"));
        let expiry = found.expiry().unwrap().duration_since(SystemTime::UNIX_EPOCH).unwrap();
        assert_eq!(expiry.as_secs(), 1_893_549_845);
        let bare = parse(br#"{"Version": 1, "AccessKeyId": "ID", "SecretAccessKey": "S"}"#, Some("1")).unwrap();
        let rest = (bare.session_token(), bare.expiry(), bare.account_id().map(AccountId::as_str));
        assert_eq!(rest, (None, None, Some("1")));
        for (printed, why) in [
            ("secret", "it is not a JSON object (line 1, column 1)"),
            ("[]", "it is not a JSON object (line 1, column 0)"),
            ("{}", "its `Version` is not 1"),
            (r#"{"Version": 2}"#, "its `Version` is not 1"),
            (r#"{"Version": 1, "SecretAccessKey": "S"}"#, "it has no `AccessKeyId`"),
            (r#"{"Version": 1, "AccessKeyId": "ID"}"#, "it has no `SecretAccessKey`"),
            (r#"{"Version": 1, "Expiration": "soon"}"#, "its `Expiration` is not a date and time"),
        ] {
            assert_eq!(parse(printed.as_bytes(), None).unwrap_err(), why, "{printed}");
        }
    }

    #[test]
    fn another_source_in_the_profile_is_left_to_the_sdk() {
        let properties = |keys: &[&str]| keys.iter().map(|key| ((*key).to_owned(), "x".to_owned())).collect();
        assert!(CredentialProcess::new(&properties(&[PROPERTY, "region"])).is_some());
        assert!(CredentialProcess::new(&properties(&["region"])).is_none());
        for key in other_sources() {
            assert!(CredentialProcess::new(&properties(&[PROPERTY, key])).is_none(), "{key}");
        }
    }
}
