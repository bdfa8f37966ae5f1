//! The step of an AWS profile that assumes a role: with an MFA code, for a duration, at the STS endpoint of the settings.

use std::collections::BTreeMap;
use std::fmt;
use std::io;
use std::time::{Duration, SystemTime};

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::attributes::AccountId;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_sdk_sts::Client;
use aws_sdk_sts::config::{Builder, IdentityCache};
use aws_sdk_sts::error::{ProvideErrorMetadata, SdkError};
use aws_sdk_sts::operation::assume_role::{AssumeRoleError, AssumeRoleOutput};
use tokio::sync::Mutex;

use crate::terminal::Question;

/// The seconds that a session of a role may last.
const DURATIONS: std::ops::RangeInclusive<i32> = 900..=43_200;

/// How long credentials must still be valid to be used again.
const LEAST_VALIDITY: Duration = Duration::from_mins(1);

/// The provider for a role: its credentials are asked for again only when they expire, since an MFA code works once.
pub(super) struct Role<P> {
    source: P,
    profile: String,
    properties: BTreeMap<String, String>,
    config: SdkConfig,
    question: Option<Question>,
    assumed: Mutex<Option<Credentials>>,
}

impl<P: ProvideCredentials> Role<P> {
    /// Creates the provider for the role of a profile, which is assumed with the credentials of `source`.
    pub(super) fn new(
        source: P,
        profile: &str,
        properties: &BTreeMap<String, String>,
        config: &SdkConfig,
        question: Option<Question>,
    ) -> Self {
        Self {
            source,
            profile: profile.to_owned(),
            properties: properties.clone(),
            config: config.clone(),
            question,
            assumed: Mutex::new(None),
        }
    }

    async fn credentials(&self) -> provider::Result {
        let mut assumed = self.assumed.lock().await;
        let is_valid = |credentials: &&Credentials| {
            credentials.expiry().is_some_and(|expiry| expiry > SystemTime::now() + LEAST_VALIDITY)
        };
        if let Some(credentials) = assumed.as_ref().filter(is_valid) {
            return Ok(credentials.clone());
        }
        let credentials = self.assume().await?;
        *assumed = Some(credentials.clone());
        Ok(credentials)
    }

    async fn assume(&self) -> provider::Result {
        let duration = self.duration()?;
        let source = self.source.provide_credentials().await?;
        let code = match self.property("mfa_serial") {
            Some(serial) => Some(self.code(serial).await?),
            None => None,
        };
        let config = Builder::from(&self.config)
            .credentials_provider(SharedCredentialsProvider::new(source))
            .identity_cache(IdentityCache::no_cache());
        let output = Client::from_conf(config.build())
            .assume_role()
            .set_role_arn(self.property("role_arn").map(str::to_owned))
            .role_session_name(self.session_name())
            .set_external_id(self.property("external_id").map(str::to_owned))
            .set_duration_seconds(duration)
            .set_serial_number(self.property("mfa_serial").map(str::to_owned))
            .set_token_code(code)
            .send()
            .await
            .map_err(|error| self.refusal(error))?;
        credentials(output)
    }

    /// Returns the error of a request; what STS says is kept word for word.
    fn refusal(&self, error: SdkError<AssumeRoleError>) -> CredentialsError {
        match error.as_service_error().map(ProvideErrorMetadata::meta) {
            Some(said) if said.code().is_some() || said.message().is_some() => {
                let said = [said.code(), said.message()].into_iter().flatten().collect::<Vec<_>>().join(": ");
                let role = self.property("role_arn").unwrap_or_default();
                CredentialsError::provider_error(format!("failed to assume role `{role}`: {said}"))
            }
            _ => CredentialsError::provider_error(error),
        }
    }

    fn property(&self, key: &str) -> Option<&str> {
        self.properties.get(key).map(String::as_str)
    }

    fn session_name(&self) -> String {
        let since_1970 = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
        self.property("role_session_name")
            .map_or_else(|| format!("bedrock-ask-{}", since_1970.as_millis()), str::to_owned)
    }

    fn duration(&self) -> Result<Option<i32>, CredentialsError> {
        let Some(text) = self.property("duration_seconds") else { return Ok(None) };
        text.parse().ok().filter(|seconds| DURATIONS.contains(seconds)).map(Some).ok_or_else(|| {
            CredentialsError::invalid_configuration(format!(
                "`duration_seconds` of the AWS profile `{}` must be a whole number from {} to {}",
                self.profile,
                DURATIONS.start(),
                DURATIONS.end()
            ))
        })
    }

    /// Asks for the code of an MFA device. It is never a part of an error.
    async fn code(&self, serial: &str) -> Result<String, CredentialsError> {
        let no_terminal = || {
            CredentialsError::invalid_configuration(format!(
                "the AWS profile `{}` needs an MFA code of `{serial}`, and there is no terminal to prompt on",
                self.profile
            ))
        };
        let ask = self.question.clone().ok_or_else(no_terminal)?;
        let question = format!("MFA code of {serial} for the AWS profile `{}`: ", self.profile);
        // The time limits hold while the user looks for the device.
        let typed = tokio::task::spawn_blocking(move || ask(&question)).await;
        let typed = typed.unwrap_or_else(|error| Err(io::Error::other(error))).map_err(|_| no_terminal())?;
        let code = typed.trim();
        if code.len() == 6 && code.bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(code.to_owned());
        }
        Err(CredentialsError::invalid_configuration("the MFA code is not valid: it must have six digits"))
    }
}

impl<P: ProvideCredentials> ProvideCredentials for Role<P> {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

impl<P> fmt::Debug for Role<P> {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Role").field(&self.profile).finish()
    }
}

fn credentials(output: AssumeRoleOutput) -> provider::Result {
    let assumed = output.credentials.ok_or_else(|| CredentialsError::unhandled("STS returned no credentials"))?;
    let expiry = SystemTime::try_from(assumed.expiration)
        .map_err(|_| CredentialsError::unhandled("STS returned credentials with an invalid expiration"))?;
    let account = output.assumed_role_user.and_then(|user| Some(AccountId::from(user.arn.split(':').nth(4)?)));
    let mut credentials = Credentials::builder()
        .access_key_id(assumed.access_key_id)
        .secret_access_key(assumed.secret_access_key)
        .session_token(assumed.session_token)
        .expiry(expiry)
        .provider_name("role");
    credentials.set_account_id(account);
    let mut credentials = credentials.build();
    let features = credentials.get_property_mut_or_default::<Vec<Feature>>();
    features.extend([Feature::CredentialsStsAssumeRole, Feature::CredentialsProfile]);
    Ok(credentials)
}
