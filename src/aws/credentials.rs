//! Who calls: a Bedrock API key, an AWS profile, or the SDK's whole chain. Which of them wins is decided here.

use std::fmt;

use aws_config::SdkConfig;
use aws_config::environment::EnvironmentVariableCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, SharedCredentialsProvider, future};
use aws_smithy_runtime_api::client::identity::http::Token;

use super::checked_credentials::{Checked, is_quoted};
use super::connector::Connectors;
use super::credential_process::CredentialProcess;
use super::profiles;
use super::role::Role;
use super::secrets;
use crate::config::aws_files::{self, Credentials, SelectedProfile};
use crate::error::{Error, ExitCode};
use crate::terminal::Question;

/// The variable that holds a Bedrock API key.
pub const API_KEY_VARIABLE: &str = "AWS_BEARER_TOKEN_BEDROCK";

/// A Bedrock API key. It is shown nowhere.
#[derive(Clone)]
pub struct ApiKey(String);

impl ApiKey {
    /// The key in the value of `AWS_BEARER_TOKEN_BEDROCK`: trimmed; a blank value is none; anything that no header can
    /// carry is an error that does not repeat it.
    pub fn parse(value: &str) -> Result<Option<Self>, Error> {
        let key = value.trim();
        if key.is_empty() {
            return Ok(None);
        }
        if key.chars().all(|letter| letter.is_ascii_graphic()) && !is_quoted(key) {
            secrets::remember(key);
            return Ok(Some(Self(key.to_owned())));
        }
        let why = if is_quoted(key) {
            "is in quotes"
        } else {
            "contains a space or another character that is not valid in an API key"
        };
        Err(Error::new(ExitCode::AccessDenied, format!("`{API_KEY_VARIABLE}` {why}"))
            .hint(format!("set `{API_KEY_VARIABLE}` to the key alone, on one line; or unset it to use an AWS profile")))
    }

    pub(super) fn token(self) -> Token {
        Token::new(self.0, None)
    }
}

impl fmt::Debug for ApiKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ApiKey(hidden)")
    }
}

/// An AWS profile, and who named it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AwsProfile {
    /// Its name in `~/.aws/config`.
    pub name: String,
    /// Whether a flag or `BEDROCK_ASK_PROFILE` named it: then it wins over keys and API keys in the environment.
    pub is_explicit: bool,
}

impl AwsProfile {
    /// Whether it is the default profile and not explicit, which is no different from naming none.
    pub fn is_default(&self) -> bool {
        self.name == aws_files::DEFAULT && !self.is_explicit
    }
}

/// The API key to send: none if the AWS profile is explicit, and then a note says so.
pub(super) fn choose(key: Option<ApiKey>, profile: Option<&AwsProfile>, notes: &mut Vec<String>) -> Option<ApiKey> {
    match (key, profile) {
        (Some(_), Some(profile)) if profile.is_explicit => {
            notes.push(format!(
                "`{API_KEY_VARIABLE}` is not used, because the AWS profile `{}` is given explicitly",
                profile.name
            ));
            None
        }
        (key, _) => key,
    }
}

/// Returns the provider for the AWS profile in use; nothing if it is the default one and names no source of credentials,
/// so that the SDK's own chain holds.
///
/// A named profile stands for its own credentials only: no other source ever takes its place, except that keys in the
/// environment come before a profile that is not explicit.
pub(super) fn profile_credentials(
    named: Option<&AwsProfile>,
    selected: Option<&SelectedProfile>,
    sources: &Sources<'_>,
) -> Option<SharedCredentialsProvider> {
    let is_explicit = named.is_some_and(|profile| profile.is_explicit);
    let is_default = named.is_none_or(AwsProfile::is_default);
    let selected = selected.filter(|profile| !is_default || !matches!(profile.credentials, Credentials::None));
    let profile = match (selected, named) {
        (Some(selected), _) => sources.provider(selected),
        // A missing profile was refused before this.
        (None, Some(profile)) if !is_default => ProfileProvider::NoSource(profile.name.clone()),
        (None, _) => return None,
    };
    let environment = (!is_explicit).then(|| Checked::new(EnvironmentVariableCredentialsProvider::new(), None));
    Some(SharedCredentialsProvider::new(ProfileInUse { environment, profile }))
}

/// Returns the configuration with its credentials checked before anything is signed with them.
pub(super) fn checked(config: SdkConfig) -> SdkConfig {
    match config.credentials_provider() {
        Some(provider) => {
            let provider = SharedCredentialsProvider::new(Checked::new(provider, None));
            config.into_builder().credentials_provider(provider).build()
        }
        None => config,
    }
}

/// Keys in the environment, unless the profile is explicit; then the profile, and nothing else.
#[derive(Debug)]
struct ProfileInUse {
    environment: Option<Checked<EnvironmentVariableCredentialsProvider>>,
    profile: ProfileProvider,
}

impl ProfileInUse {
    async fn credentials(&self) -> provider::Result {
        if let Some(environment) = &self.environment {
            match environment.provide_credentials().await {
                Err(CredentialsError::CredentialsNotLoaded(_)) => {}
                settled => return settled,
            }
        }
        self.profile.provide_credentials().await
    }
}

impl ProvideCredentials for ProfileInUse {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

/// One step of a profile's credentials: its own source, or a role that is assumed with those of another step.
#[derive(Debug)]
enum ProfileProvider {
    Own(Box<Checked<ProfileFileCredentialsProvider>>),
    Process(Box<Checked<CredentialProcess>>),
    Role(Box<Checked<Role<ProfileProvider>>>),
    NoSource(String),
    Unusable(String),
}

impl ProvideCredentials for ProfileProvider {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        match self {
            Self::Own(provider) => provider.provide_credentials(),
            Self::Process(provider) => provider.provide_credentials(),
            Self::Role(provider) => provider.provide_credentials(),
            Self::NoSource(name) => future::ProvideCredentials::ready(Err(CredentialsError::not_loaded(format!(
                "the AWS profile `{name}` names no source of credentials"
            )))),
            Self::Unusable(why) => {
                future::ProvideCredentials::ready(Err(CredentialsError::invalid_configuration(why.clone())))
            }
        }
    }
}

/// What the steps of a profile's credentials need.
pub(super) struct Sources<'a> {
    /// The configuration of the clients that a role is assumed with.
    pub(super) config: &'a SdkConfig,
    pub(super) connectors: &'a Connectors,
    /// How to ask for an MFA code; `None` if there is no terminal to prompt on.
    pub(super) question: Option<&'a Question>,
}

impl Sources<'_> {
    fn provider(&self, profile: &SelectedProfile) -> ProfileProvider {
        match &profile.credentials {
            Credentials::Own => {
                if let Some(process) = CredentialProcess::new(&profile.properties) {
                    return ProfileProvider::Process(Box::new(Checked::new(process, Some(&profile.name))));
                }
                let config = ProviderConfig::without_region()
                    .with_region(self.config.region().cloned())
                    .with_http_client(self.connectors.clone());
                let builder = ProfileFileCredentialsProvider::builder()
                    .configure(&config)
                    .profile_files(profiles::files(Some(profile)))
                    .profile_name(profiles::sdk_name(Some(profile)));
                ProfileProvider::Own(Box::new(Checked::new(builder.build(), Some(&profile.name))))
            }
            // Each step is checked by itself: the next one signs with its credentials.
            Credentials::Role(source) => {
                let source = self.provider(source);
                let role = Role::new(source, &profile.name, &profile.properties, self.config, self.question.cloned());
                ProfileProvider::Role(Box::new(Checked::new(role, Some(&profile.name))))
            }
            Credentials::None => ProfileProvider::NoSource(profile.name.clone()),
            Credentials::Unusable(why) => ProfileProvider::Unusable(why.clone()),
        }
    }
}
