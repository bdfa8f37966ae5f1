//! Who calls: the principal by STS, and where its credentials come from. No secret leaves this room.

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
use crate::model::failure::{Failure, Stage};

/// The principal that calls.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Identity {
    /// Twelve digits.
    pub account: String,
    /// `arn:aws:sts::111122223333:assumed-role/NAME/SESSION`
    pub arn: String,
    /// Seconds by which this machine's clock is ahead (positive) or behind, by the answer's `Date` header.
    pub clock_offset_seconds: Option<i64>,
}

/// Where the credentials come from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CredentialSource {
    /// In words: `environment variables`, `AWS profile, IAM Identity Center`.
    pub description: String,
    /// When they expire, where they do.
    pub expiry: Option<SystemTime>,
}

/// The Security Token Service as the source Region sees it.
pub struct Sts {
    client: Client,
    credentials: Option<SharedCredentialsProvider>,
    timeouts: Timeouts,
}

impl Sts {
    pub(super) fn new(config: &SdkConfig, endpoint_url: Option<String>, timeouts: Timeouts) -> Self {
        let mut builder = Builder::from(config).retry_classifier(retry::Permanent);
        builder.set_endpoint_url(endpoint_url);
        let credentials = config.credentials_provider();
        Self { client: Client::from_conf(builder.build()), credentials, timeouts }
    }

    /// The principal that these credentials are. It needs no permission.
    pub async fn get_caller_identity(&self) -> Result<Identity, Box<Failure>> {
        let call = Call::new("GetCallerIdentity", self.timeouts);
        let operation = self.client.get_caller_identity().customize().interceptor(call.metrics());
        let output = call.send(operation.send()).await?;
        Ok(Identity {
            account: output.account.unwrap_or_default(),
            arn: output.arn.unwrap_or_default(),
            clock_offset_seconds: call.metrics().clock_offset(),
        })
    }

    /// Where the credentials come from, without asking STS. It asks the source itself: a process, a sign-in, a server.
    pub async fn credential_source(&self) -> Result<CredentialSource, Box<Failure>> {
        let Some(provider) = &self.credentials else {
            return Err(Box::new(Failure::new(Stage::Credentials, "no source of credentials is configured")));
        };
        let loaded = tokio::time::timeout(CREDENTIALS_LIMIT, provider.provide_credentials()).await.map_err(|_| {
            let seconds = CREDENTIALS_LIMIT.as_secs();
            Box::new(Failure::new(Stage::Credentials, format!("no credentials came within {seconds} seconds")))
        })?;
        let credentials = loaded.map_err(|error| {
            // As it comes where a request fails for want of them.
            let failed = SdkError::dispatch_failure(ConnectorError::other(error.into(), None));
            error::of_operation::<GetCallerIdentityError>(&failed, self.timeouts)
        })?;
        Ok(CredentialSource { description: description(&credentials), expiry: credentials.expiry() })
    }
}

/// The SDK notes each step that led to credentials, the innermost first.
fn description(credentials: &Credentials) -> String {
    let steps = credentials.get_property::<Vec<Feature>>().into_iter().flatten();
    let mut words: Vec<&str> = steps.rev().filter_map(word).collect();
    words.dedup();
    if words.is_empty() { "a source that does not name itself".to_owned() } else { words.join(", ") }
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
        assert_eq!(description(&credentials), "a source that does not name itself");
        let steps = credentials.get_property_mut_or_default::<Vec<Feature>>();
        steps.extend([Feature::CredentialsSso, Feature::ResolvedAccountId, Feature::CredentialsProfile]);
        assert_eq!(description(&credentials), "AWS profile, IAM Identity Center");
    }
}
