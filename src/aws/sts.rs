//! The Security Token Service: the caller, and the source of its credentials. No secret leaves this file.

use std::sync::OnceLock;
use std::time::SystemTime;

use aws_config::SdkConfig;
use aws_credential_types::Credentials;
use aws_credential_types::credential_feature::AwsCredentialFeature as Feature;
use aws_credential_types::provider::{ProvideCredentials, SharedCredentialsProvider};
use aws_sdk_sts::Client;
use aws_sdk_sts::config::Builder;
use aws_sdk_sts::operation::get_caller_identity::GetCallerIdentityError;
use aws_smithy_runtime_api::client::result::{ConnectorError, SdkError};

use super::call::Call;
use super::timeout::Timeouts;
use super::{CREDENTIALS_LIMIT, error, retry};
use bedrock_ask::model::failure::{Failure, Stage};

/// The identity of the caller.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`
    pub arn: String,
    /// Seconds by which this machine's clock is ahead (positive) of or behind the `Date` of the response.
    pub clock_offset_seconds: Option<i64>,
}

/// The source of the credentials.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSource {
    /// Such as `environment variables`, `AWS profile, IAM Identity Center`.
    pub description: String,
    /// The expiry of the credentials, if they have one.
    pub expiry: Option<SystemTime>,
}

/// STS in the source Region.
pub struct Sts {
    client: Client,
    credentials: Option<SharedCredentialsProvider>,
    /// The credentials that [`Sts::credential_source`] loaded.
    loaded: OnceLock<Credentials>,
    timeouts: Timeouts,
}

impl Sts {
    pub(super) fn new(config: &SdkConfig, endpoint_url: Option<String>, timeouts: Timeouts) -> Self {
        let mut builder = Builder::from(config).retry_classifier(retry::Permanent);
        builder.set_endpoint_url(endpoint_url);
        let credentials = config.credentials_provider();
        Self { client: Client::from_conf(builder.build()), credentials, loaded: OnceLock::new(), timeouts }
    }

    /// Returns the identity of the caller. The operation needs no permission. Signs with the credentials that
    /// [`Sts::credential_source`] loaded, if it was called: their source may be slow, or ask a human.
    pub async fn get_caller_identity(&self) -> Result<Identity, Box<Failure>> {
        let call = Call::new("GetCallerIdentity", self.timeouts);
        let mut settings = Builder::new().interceptor(call.metrics()).retry_classifier(call.requested_wait());
        settings.set_credentials_provider(self.loaded.get().cloned().map(SharedCredentialsProvider::new));
        let operation = self.client.get_caller_identity().customize().config_override(settings);
        let output = call.send(operation.send()).await?;
        let (Some(account), Some(arn)) = (output.account, output.arn) else {
            return Err(error::unreadable("GetCallerIdentity", "the response has no ARN of a caller, or no account"));
        };
        Ok(Identity { account, arn, clock_offset_seconds: call.metrics().get().clock_offset })
    }

    /// Returns the source of the credentials. Loads them from that source; sends nothing to STS.
    pub async fn credential_source(&self) -> Result<CredentialSource, Box<Failure>> {
        let Some(provider) = &self.credentials else {
            return Err(Box::new(Failure::new(Stage::Credentials, "no source of credentials is configured")));
        };
        let loaded = tokio::time::timeout(CREDENTIALS_LIMIT, provider.provide_credentials()).await.map_err(|_| {
            let seconds = CREDENTIALS_LIMIT.as_secs();
            Box::new(Failure::new(
                Stage::Credentials,
                format!("the credentials were not available within {seconds} seconds"),
            ))
        })?;
        let credentials = loaded.map_err(|error| {
            // The same failure as that of a request without credentials.
            let failed = SdkError::dispatch_failure(ConnectorError::other(error.into(), None));
            error::operation_failure::<GetCallerIdentityError>(&failed, self.timeouts)
        })?;
        let credentials = self.loaded.get_or_init(|| credentials);
        Ok(CredentialSource { description: description(credentials), expiry: credentials.expiry() })
    }
}

/// Returns the steps that led to the credentials. The SDK records the innermost first.
pub(super) fn description(credentials: &Credentials) -> String {
    let steps = credentials.get_property::<Vec<Feature>>().into_iter().flatten();
    let mut words: Vec<&str> = steps.rev().filter_map(word).collect();
    words.dedup();
    if words.is_empty() { "an unknown source".to_owned() } else { words.join(", ") }
}

fn word(feature: &Feature) -> Option<&'static str> {
    Some(match feature {
        Feature::CredentialsEnvVars => "environment variables",
        Feature::CredentialsProfile
        | Feature::CredentialsProfileSourceProfile
        | Feature::CredentialsProfileNamedProvider => "AWS profile",
        Feature::CredentialsStsAssumeRole => "assumed role",
        Feature::CredentialsEnvVarsStsWebIdToken
        | Feature::CredentialsProfileStsWebIdToken
        | Feature::CredentialsStsAssumeRoleWebId => "web identity token",
        Feature::CredentialsProfileSso | Feature::CredentialsSso => "IAM Identity Center",
        Feature::CredentialsProfileProcess | Feature::CredentialsProcess => "credential_process",
        Feature::CredentialsHttp => "container credentials",
        Feature::CredentialsImds => "instance metadata",
        Feature::CredentialsProfileLogin | Feature::CredentialsLogin => "aws login session",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_steps_that_led_to_credentials_are_told_from_the_outermost() {
        let mut credentials = Credentials::new("AKID", "secret", None, None, "test");
        assert_eq!(description(&credentials), "an unknown source");
        let steps = credentials.get_property_mut_or_default::<Vec<Feature>>();
        steps.extend([Feature::CredentialsSso, Feature::ResolvedAccountId, Feature::CredentialsProfile]);
        assert_eq!(description(&credentials), "AWS profile, IAM Identity Center");
    }
}
