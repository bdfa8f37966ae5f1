//! Who calls: a Bedrock API key, an AWS profile, or the SDK's whole chain. Which of them wins is decided here.

use std::fmt;

use aws_config::ecs::EcsCredentialsProvider;
use aws_config::imds::credentials::ImdsCredentialsProvider;
use aws_config::profile::ProfileFileCredentialsProvider;
use aws_config::provider_config::ProviderConfig;
use aws_credential_types::provider::error::CredentialsError;
use aws_credential_types::provider::{self, ProvideCredentials, future};
use aws_smithy_runtime_api::client::identity::http::Token;
use aws_types::region::Region as SdkRegion;

use super::connector::Connectors;
use crate::error::{Error, ExitCode};

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
        if key.chars().all(|letter| letter.is_ascii_graphic()) {
            return Ok(Some(Self(key.to_owned())));
        }
        Err(Error::new(
            ExitCode::AccessDenied,
            format!("`{API_KEY_VARIABLE}` holds a blank, a control character or a letter that no API key has"),
        )
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
    pub named_by_hand: bool,
}

/// The API key to send: none where an AWS profile was named by hand, and then a note says so.
pub(super) fn choose(key: Option<ApiKey>, profile: Option<&AwsProfile>, notes: &mut Vec<String>) -> Option<ApiKey> {
    match (key, profile) {
        (Some(_), Some(profile)) if profile.named_by_hand => {
            notes.push(format!("`{API_KEY_VARIABLE}` is not used: the AWS profile `{}` was named", profile.name));
            None
        }
        (key, _) => key,
    }
}

/// The credentials of a profile that was named by hand: keys in the environment do not stand in for it.
pub(super) fn of_profile(name: &str, region: SdkRegion, connectors: &Connectors) -> impl ProvideCredentials + 'static {
    let config = ProviderConfig::without_region().with_region(Some(region)).with_http_client(connectors.clone());
    NamedProfile {
        name: name.to_owned(),
        profile: ProfileFileCredentialsProvider::builder().profile_name(name).configure(&config).build(),
        container: EcsCredentialsProvider::builder().configure(&config).build(),
        instance: ImdsCredentialsProvider::builder().configure(&config).build(),
    }
}

/// A profile's own source, or the machine's where the profile exists and names none, as the AWS CLI does it.
#[derive(Debug)]
struct NamedProfile {
    name: String,
    profile: ProfileFileCredentialsProvider,
    container: EcsCredentialsProvider,
    instance: ImdsCredentialsProvider,
}

impl NamedProfile {
    async fn credentials(&self) -> provider::Result {
        match self.profile.provide_credentials().await {
            Err(error @ CredentialsError::CredentialsNotLoaded(_)) if !is_undefined(&error) => {}
            settled => return settled,
        }
        for machine in [&self.container as &dyn ProvideCredentials, &self.instance] {
            match machine.provide_credentials().await {
                Err(CredentialsError::CredentialsNotLoaded(_)) => {}
                settled => return settled,
            }
        }
        let name = &self.name;
        Err(CredentialsError::not_loaded(format!("the AWS profile `{name}` names no source of credentials")))
    }
}

impl ProvideCredentials for NamedProfile {
    fn provide_credentials<'a>(&'a self) -> future::ProvideCredentials<'a>
    where
        Self: 'a,
    {
        future::ProvideCredentials::new(self.credentials())
    }
}

fn is_undefined(error: &CredentialsError) -> bool {
    std::error::Error::source(error).is_some_and(|source| source.to_string().contains("was not defined"))
}
