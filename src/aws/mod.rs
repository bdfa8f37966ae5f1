//! The only module that knows the AWS SDK: credentials, endpoints, retries, connections and time limits form [`Aws`].
//! It loads nothing that a call does not need, and reads no setting that the SDK does not read itself.

mod attachment;
mod bedrock;
mod bedrock_runtime;
mod body;
mod cache_point;
mod call;
mod checked_credentials;
mod connector;
mod content;
mod credential_process;
mod credentials;
mod endpoint;
mod error;
mod exchange;
mod interceptor;
mod pages;
mod profiles;
mod proxies;
mod recording;
mod request_body;
mod retry;
mod role;
mod s3;
mod secrets;
mod sts;
mod timeout;
mod tool_call;

use std::future::Future;
use std::io;
use std::path::PathBuf;
use std::time::Duration;

use aws_config::identity::IdentityCache;
use aws_config::{BehaviorVersion, ConfigLoader, FrameworkMetadata, SdkConfig};
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use aws_smithy_runtime_api::client::stalled_stream_protection::StalledStreamProtectionConfig;
use aws_smithy_types::timeout::TimeoutConfig;
use aws_types::region::Region as SdkRegion;

pub use attachment::{Attachment, AttachmentSource};
pub use bedrock::{Availability, Bedrock, InvocationJob, JobFilter, NewInvocationJob, Tag};
pub use bedrock_runtime::BedrockRuntime;
pub use cache_point::CacheTtl;
pub use content::REASONING;
pub use credentials::{API_KEY_VARIABLE, ApiKey, AwsProfile};
pub use endpoint::{EndpointSettings, require_usable};
pub use exchange::{Arrival, ConverseError, ConverseRequest, ConverseResponse, FailedAttempt, Usage};
pub use proxies::Proxies;
pub use recording::RawEvent;
pub use retry::RetrySettings;
pub use s3::{Object, S3, UploadedPart};
pub use sts::{CredentialSource, Identity, Sts};
pub use timeout::Timeouts;

use crate::config::aws_files::SelectedProfile;
use crate::config::value::shown_endpoint;
use crate::error::Error;
use crate::output::DebugSink;
use crate::terminal::Question;
use bedrock_ask::model::region::Region;
use connector::Connectors;

/// The time limit of a credential source: a `credential_process` or a sign-in may wait for a human.
const CREDENTIALS_LIMIT: Duration = Duration::from_mins(1);

/// The settings of [`Aws`].
pub struct Options {
    /// The source Region. The SDK never looks for one itself.
    pub region: Region,
    /// The AWS profile, if one was named.
    pub profile: Option<AwsProfile>,
    /// The AWS profile in use with all that it refers to; nothing if AWS's files do not have it.
    pub selected_profile: Option<SelectedProfile>,
    /// The Bedrock API key of `AWS_BEARER_TOKEN_BEDROCK`.
    pub api_key: Option<ApiKey>,
    /// Replaces every endpoint of Bedrock that the SDK would find.
    pub endpoint_url: Option<String>,
    /// Whether `http://` endpoints beyond loopback are allowed.
    pub allow_http: bool,
    /// The file of `SSL_CERT_FILE`, which yields to a CA bundle of AWS's settings.
    pub certificate_file: Option<PathBuf>,
    /// The proxies that the environment names.
    pub proxies: Proxies,
    pub timeouts: Timeouts,
    /// What AWS's variables and the AWS profile say about retries.
    pub retries: RetrySettings,
    /// What AWS's variables and the AWS profile say about endpoints.
    pub endpoints: EndpointSettings,
    /// How to ask for an MFA code; `None` if there is no terminal to prompt on.
    pub question: Option<Question>,
    /// Takes one line per request: method, host, path, status, request ID and time, never a header or a body.
    pub debug: Option<DebugSink>,
}

/// The services of one source Region for one identity. Credentials are loaded at the first call.
pub struct Aws {
    config: SdkConfig,
    endpoint_url: Option<String>,
    allow_http: bool,
    sends_api_key: bool,
    region: Region,
    timeouts: Timeouts,
    notes: Vec<String>,
}

impl Aws {
    /// Reads the AWS profile and the SDK's variables. Sends nothing and loads no credentials.
    ///
    /// # Errors
    /// If the settings of retries are not valid.
    pub async fn new(options: Options) -> Result<Self, Error> {
        let retry_config = retry::config(&options.retries)?;
        let connectors = Connectors::new(options.allow_http, options.proxies, options.debug);
        let mut notes = Vec::new();
        let named = options.profile.filter(|profile| !profile.name.trim().is_empty());
        let api_key = credentials::choose(options.api_key, named.as_ref(), &mut notes);
        let sends_api_key = api_key.is_some();

        let selected = options.selected_profile.as_ref();
        let mut loader = options
            .endpoints
            .apply(base_config(options.region, options.timeouts, &connectors))
            .retry_config(retry_config)
            .profile_files(profiles::files(selected))
            // Set even where none is named: the SDK would take a blank `AWS_PROFILE` for a name.
            .profile_name(profiles::sdk_name(selected));
        loader = match api_key {
            Some(key) => {
                loader.auth_scheme_preference([AuthSchemeId::from("httpBearerAuth")]).token_provider(key.token())
            }
            // Set even without a key: the SDK would send an empty variable as a key.
            None => loader.auth_scheme_preference([AuthSchemeId::from("sigv4")]),
        };
        let config = loader.load().await;
        let sources =
            credentials::Sources { config: &config, connectors: &connectors, question: options.question.as_ref() };
        let config = match credentials::profile_credentials(named.as_ref(), selected, &sources) {
            Some(provider) => config.clone().into_builder().credentials_provider(provider).build(),
            None => config,
        };
        let config = credentials::checked(config);
        connectors.trust_bundle(endpoint::ca_bundle(&config).or(options.certificate_file));
        Ok(Self {
            config: options.endpoints.without_ignored(config),
            endpoint_url: options.endpoint_url,
            allow_http: options.allow_http,
            sends_api_key,
            region: options.region,
            timeouts: options.timeouts,
            notes,
        })
    }

    /// Returns the same identity in another source Region. Both share the loaded credentials.
    #[must_use]
    pub fn in_region(&self, region: Region) -> Self {
        let config = self.config.clone().into_builder().region(SdkRegion::new(region.name)).build();
        Self { config, endpoint_url: self.endpoint_url.clone(), region, notes: Vec::new(), ..*self }
    }

    /// Returns the same services with one total limit for all of their calls together, from now on.
    #[must_use]
    pub fn with_deadline(self) -> Self {
        Self { timeouts: self.timeouts.with_deadline(), ..self }
    }

    /// Returns notes for the user about the choice of credentials.
    pub fn notes(&self) -> &[String] {
        &self.notes
    }

    /// Whether requests to Bedrock carry an API key instead of a signature. STS accepts no API key.
    pub fn sends_api_key(&self) -> bool {
        self.sends_api_key
    }

    /// Returns a client of the control plane.
    ///
    /// # Errors
    /// If [`endpoint::check`] refuses its endpoint, or if only the data plane has an endpoint of its own: what is meant for
    /// that host does not go to another one.
    pub fn bedrock(&self) -> Result<Bedrock, Error> {
        let endpoint_url = self.endpoint_url("Bedrock")?;
        if let (None, Some(url)) = (&endpoint_url, self.endpoint_url("Bedrock Runtime")?) {
            let own = format!("`https://bedrock.{}.amazonaws.com`", self.region.name);
            return Err(Error::usage(
                "an endpoint is set for the data plane of Bedrock, but not for the control plane",
            )
            .cause(format!("`{url}` is set for bedrock-runtime only, and nothing is sent to another host"))
            .hint(format!("set `AWS_ENDPOINT_URL_BEDROCK` too; {own} is AWS's own")));
        }
        Ok(Bedrock::new(&self.config, endpoint_url, self.region, self.timeouts))
    }

    /// Whether STS may be asked: not if Bedrock has an endpoint of its own and STS has none.
    pub fn may_ask_sts(&self) -> bool {
        let is_configured = |service| endpoint::configured(&self.config, service).is_some();
        is_configured("STS") || (self.endpoint_url.is_none() && !is_configured("Bedrock Runtime"))
    }

    /// Returns a client of STS, or an error if [`endpoint::check`] refuses its endpoint.
    pub fn sts(&self) -> Result<Sts, Error> {
        // `self.endpoint_url` is an endpoint of Bedrock.
        let endpoint_url = endpoint::configured(&self.config, "STS");
        if let Some(url) = &endpoint_url {
            self.check_endpoint(url, false)?;
        }
        Ok(Sts::new(&self.config, endpoint_url, self.timeouts))
    }

    /// Returns a client of S3. It signs with AWS credentials, also where Bedrock gets an API key.
    ///
    /// # Errors
    /// If [`endpoint::check`] refuses its endpoint, or if only Bedrock has an endpoint of its own: what is meant for that host
    /// does not go to another one.
    pub fn s3(&self) -> Result<S3, Error> {
        // `self.endpoint_url` is an endpoint of Bedrock.
        let endpoint_url = endpoint::configured(&self.config, "S3");
        match &endpoint_url {
            Some(url) => self.check_endpoint(url, false)?,
            None => self.require_no_endpoint_of_bedrock()?,
        }
        Ok(S3::new(&self.config, endpoint_url, self.timeouts))
    }

    fn require_no_endpoint_of_bedrock(&self) -> Result<(), Error> {
        let control = self.endpoint_url.clone().or_else(|| endpoint::configured(&self.config, "Bedrock"));
        let Some(url) = control.or_else(|| endpoint::configured(&self.config, "Bedrock Runtime")) else {
            return Ok(());
        };
        let own = format!("`https://s3.{}.amazonaws.com`", self.region.name);
        Err(Error::usage("an endpoint is set for Bedrock, but not for S3")
            .cause(format!("`{}` is set for Bedrock only, and nothing is sent to another host", shown_endpoint(&url)))
            .hint(format!("set `AWS_ENDPOINT_URL_S3` too; {own} is AWS's own")))
    }

    /// Returns a client of the data plane, or an error if [`endpoint::check`] refuses its endpoint.
    pub fn bedrock_runtime(&self) -> Result<BedrockRuntime, Error> {
        let endpoint_url = self.endpoint_url("Bedrock Runtime")?;
        Ok(BedrockRuntime::new(&self.config, endpoint_url, self.timeouts))
    }

    fn endpoint_url(&self, service: &str) -> Result<Option<String>, Error> {
        let endpoint_url = match &self.endpoint_url {
            Some(url) => Some(url.clone()),
            None => endpoint::configured(&self.config, service),
        };
        if let Some(url) = &endpoint_url {
            self.check_endpoint(url, self.sends_api_key)?;
        }
        Ok(endpoint_url)
    }

    fn check_endpoint(&self, url: &str, sends_api_key: bool) -> Result<(), Error> {
        let uri = endpoint::check(url, self.allow_http, sends_api_key)?;
        endpoint::check_region(&uri, self.region)?;
        for (is_on, what, variable, setting) in [
            (self.config.use_fips(), "FIPS", "AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint"),
            (self.config.use_dual_stack(), "dual-stack", "AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint"),
        ] {
            if is_on == Some(true) {
                return Err(Error::usage(format!(
                    "a {what} endpoint and the endpoint `{url}` cannot be used together"
                ))
                .cause(format!("`{variable}`, or `{setting}` in the AWS profile, is on"))
                .hint(format!("unset `{variable}` and `{setting}`, or the endpoint")));
            }
        }
        Ok(())
    }
}

/// Returns the version of the SDK's client of the data plane.
pub fn sdk_version() -> &'static str {
    aws_sdk_bedrockruntime::meta::PKG_VERSION
}

/// Runs a future to completion on this thread. Fails if the system refuses an event loop.
pub fn run<F: Future>(future: F) -> io::Result<F::Output> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let output = runtime.block_on(future);
    // A DNS lookup that hangs must not keep the process alive.
    runtime.shutdown_background();
    Ok(output)
}

fn base_config(region: Region, timeouts: Timeouts, connectors: &Connectors) -> ConfigLoader {
    let mut loader = aws_config::defaults(BehaviorVersion::latest())
        .region(SdkRegion::new(region.name))
        .http_client(connectors.clone())
        .timeout_config(TimeoutConfig::builder().connect_timeout(timeouts.connect).build())
        .identity_cache(IdentityCache::lazy().load_timeout(CREDENTIALS_LIMIT).build())
        // The idle limit replaces it: it counts events, not bytes per second.
        .stalled_stream_protection(StalledStreamProtectionConfig::disabled());
    if let Ok(metadata) = FrameworkMetadata::new(env!("CARGO_PKG_NAME"), Some(env!("CARGO_PKG_VERSION"))) {
        loader = loader.framework_metadata(metadata);
    }
    loader
}
