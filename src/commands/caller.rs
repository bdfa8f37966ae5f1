//! Whose credentials a call is made with, as far as settings and AWS's files tell: what a diagnosis says of the caller.

use crate::aws::API_KEY_VARIABLE;
use crate::config::{AwsFiles, aws_files};
use crate::context::Context;
use bedrock_ask::diagnosis::FailureContext;
use bedrock_ask::model::failure::Failure;

/// The caller, as it is known without asking AWS.
pub struct Caller {
    /// The AWS profile in use.
    pub profile: Option<String>,
    /// The AWS profile that was meant, where there is none of the name that was given.
    pub near_profile: Option<String>,
    /// Whether that profile signs in through SSO.
    pub sso: bool,
    /// Whether an API key is sent.
    pub api_key: bool,
    /// Where the credentials come from, in plain words.
    pub credentials: Option<String>,
}

impl Caller {
    /// Looks into the settings, the environment and AWS's files, in the order in which credentials are looked for.
    pub fn of(context: &Context) -> Self {
        let environment = &context.environment;
        let none = AwsFiles::default();
        let profiles = environment.aws_files().map_or(&none, |files| files);
        let named = context.settings.profile.value.clone();
        let by_hand = context.profile_is_explicit();
        let api_key = !by_hand && environment.has(API_KEY_VARIABLE);
        let has_keys = !by_hand && environment.has("AWS_ACCESS_KEY_ID");
        let near_profile = named.as_deref().filter(|name| !profiles.contains(name));
        let near_profile = near_profile.and_then(|name| profiles.nearest(name)).map(str::to_owned);
        let profile = named.or_else(|| Some(aws_files::DEFAULT.to_owned()).filter(|name| profiles.is_sso(name)));
        let in_use = profile.as_deref().or(Some(aws_files::DEFAULT)).filter(|name| profiles.gives_credentials(name));
        let credentials = match in_use {
            _ if api_key => Some("`AWS_BEARER_TOKEN_BEDROCK`".to_owned()),
            _ if has_keys => Some("environment variables".to_owned()),
            name => name.map(|name| format!("the AWS profile `{name}`")),
        };
        let sso = !api_key && !has_keys && profile.as_deref().is_some_and(|name| profiles.is_sso(name));
        Self { profile, near_profile, sso, api_key, credentials }
    }

    /// What a diagnosis is to know of the caller and of the host that was called.
    pub fn context<'a>(&'a self, failure: &'a Failure) -> FailureContext<'a> {
        FailureContext {
            profile: self.profile.as_deref(),
            similar_profile: self.near_profile.as_deref(),
            sso: self.sso,
            api_key: self.api_key,
            credentials: self.credentials.as_deref(),
            endpoint_host: failure.host.as_deref(),
            ..FailureContext::default()
        }
    }
}
