//! The caller of a request, as far as the settings and AWS's files tell: input for a diagnosis.

use crate::aws::API_KEY_VARIABLE;
use crate::config::{AwsFiles, aws_files};
use crate::context::Context;
use bedrock_ask::diagnosis::FailureContext;
use bedrock_ask::model::failure::Failure;

/// The caller, as known without a request to AWS.
pub struct Caller {
    pub profile: Option<String>,
    /// An existing AWS profile with a similar name, if the one in use does not exist.
    pub similar_profile: Option<String>,
    /// The profile that signs in through SSO: the one in use, or the one that it takes its credentials from.
    pub sso_profile: Option<String>,
    pub api_key: bool,
    /// The source of the credentials, in plain words.
    pub credentials: Option<String>,
}

impl Caller {
    /// Reads the caller from the settings, the environment and AWS's files, in the order in which credentials are
    /// looked up.
    pub fn new(context: &Context) -> Self {
        let environment = &context.environment;
        let none = AwsFiles::default();
        let profiles = environment.aws_files().map_or(&none, |files| files);
        let configured = context.settings.profile.value.clone();
        let is_explicit = context.profile_is_explicit();
        let api_key = !is_explicit && environment.has(API_KEY_VARIABLE);
        let has_keys = !is_explicit && environment.has("AWS_ACCESS_KEY_ID");
        let similar_profile = configured.as_deref().filter(|name| !profiles.contains(name));
        let similar_profile = similar_profile.and_then(|name| profiles.nearest(name)).map(str::to_owned);
        let profile = configured
            .or_else(|| Some(aws_files::DEFAULT.to_owned()).filter(|name| profiles.sso_profile(name).is_some()));
        let in_use = profile.as_deref().or(Some(aws_files::DEFAULT)).filter(|name| profiles.gives_credentials(name));
        let credentials = match in_use {
            _ if api_key => Some("`AWS_BEARER_TOKEN_BEDROCK`".to_owned()),
            _ if has_keys => Some("environment variables".to_owned()),
            name => name.map(|name| format!("the AWS profile `{name}`")),
        };
        let named = profile.as_deref().filter(|_| !api_key && !has_keys);
        let sso_profile = named.and_then(|name| profiles.sso_profile(name)).map(str::to_owned);
        Self { profile, similar_profile, sso_profile, api_key, credentials }
    }

    /// Returns what a diagnosis knows of the caller and of the host that was called.
    pub fn failure_context<'a>(&'a self, failure: &'a Failure) -> FailureContext<'a> {
        FailureContext {
            profile: self.profile.as_deref(),
            similar_profile: self.similar_profile.as_deref(),
            sso: self.sso_profile.is_some(),
            sso_profile: self.sso_profile.as_deref(),
            api_key: self.api_key,
            credentials: self.credentials.as_deref(),
            endpoint_host: failure.host.as_deref(),
            ..FailureContext::default()
        }
    }
}
