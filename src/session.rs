//! A run that may call AWS: the context, and the only function that connects. Offline commands never get one.

use std::io;
use std::iter;
use std::time::Duration;

use crate::aws::{self, API_KEY_VARIABLE, ApiKey, Aws, AwsProfile};
use crate::config::{self, AwsFiles, Environment, Origin, aws_files};
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::terminal;
use bedrock_ask::model::region::Region;

/// What an online command gets.
pub struct Session {
    pub context: Context,
}

impl Session {
    /// Creates a session. Nothing is read or sent before [`Session::connect`].
    pub fn new(context: Context) -> Self {
        Self { context }
    }

    /// Prepares the clients for one source Region, and reports which credentials are passed over. Sends nothing.
    ///
    /// # Errors
    /// If the AWS profile does not exist or the API key is not valid.
    pub async fn connect(&self, region: Region, output: &mut Output) -> Result<Aws, Error> {
        let files = self.context.environment.aws_files()?;
        self.connect_with(files, region, self.context.settings.timeout_total.value, output).await
    }

    /// Like [`Session::connect`], with a limit for each call if the user set none.
    pub async fn connect_with_limit(&self, region: Region, limit: Duration, output: &mut Output) -> Result<Aws, Error> {
        let total = self.context.settings.timeout_total.value.unwrap_or(limit);
        self.connect_with(self.context.environment.aws_files()?, region, Some(total), output).await
    }

    /// Like [`Session::connect`], with what AWS's files hold now.
    pub async fn reconnect(&self, region: Region, output: &mut Output) -> Result<Aws, Error> {
        let files = AwsFiles::read(&self.context.environment)?;
        self.connect_with(&files, region, self.context.settings.timeout_total.value, output).await
    }

    async fn connect_with(
        &self,
        files: &AwsFiles,
        region: Region,
        total: Option<Duration>,
        output: &mut Output,
    ) -> Result<Aws, Error> {
        let options = self.options(files, region, total, output)?;
        let aws = Aws::new(options).await?;
        aws.notes().iter().for_each(|note| output.note(note));
        Ok(aws)
    }

    fn options(
        &self,
        files: &AwsFiles,
        region: Region,
        total: Option<Duration>,
        output: &Output,
    ) -> Result<aws::Options, Error> {
        let Context { settings, environment, allow_http, .. } = &self.context;
        let is_explicit = self.context.profile_is_explicit();
        let profile = settings.profile.value.clone().map(|name| AwsProfile { name, is_explicit });
        if let Some(profile) = profile.as_ref().filter(|profile| !profile.is_default()) {
            config::require_profile(&profile.name, &settings.profile.origin, files)?;
        }
        let selected_profile = files.select(profile.as_ref().map_or(aws_files::DEFAULT, |profile| &profile.name))?;
        // What AWS's variables and the AWS profile give is left to the SDK: it may differ from service to service.
        let endpoint = settings.endpoint(environment)?;
        let is_of_aws = matches!(endpoint.origin, Origin::Profile { .. } | Origin::Services { .. });
        let endpoint_url = settings.endpoint_url.value.clone().filter(|_| !is_of_aws);
        let key = environment.text(API_KEY_VARIABLE)?;
        if key.is_none() && !is_explicit {
            require_whole_credentials(environment, profile.as_ref())?;
        }
        let setting = |variable, property| match environment.text(variable)? {
            Some(value) => Ok::<_, Error>(Some((variable, value))),
            None => Ok(selected_profile
                .as_ref()
                .and_then(|profile| Some((property, profile.properties.get(property)?.clone())))),
        };
        let switch =
            |variable, property| environment.aws_switch(variable, || files.switch(settings.aws_profile(), property));
        let endpoints = aws::EndpointSettings {
            fips: switch("AWS_USE_FIPS_ENDPOINT", "use_fips_endpoint")?,
            dual_stack: switch("AWS_USE_DUALSTACK_ENDPOINT", "use_dualstack_endpoint")?,
            ignores_configured: settings.ignores_endpoints_of_aws(environment)?,
        };
        let retries = aws::RetrySettings {
            max_attempts: setting("AWS_MAX_ATTEMPTS", "max_attempts")?,
            mode: setting("AWS_RETRY_MODE", "retry_mode")?,
        };
        Ok(aws::Options {
            region,
            profile,
            selected_profile,
            api_key: key.map(|key| ApiKey::parse(&key)).transpose()?.flatten(),
            endpoint_url,
            allow_http: *allow_http,
            // With a folder beside it, the SDK reads both.
            certificate_file: environment.path("SSL_CERT_FILE").filter(|_| !environment.has("SSL_CERT_DIR")),
            proxies: aws::Proxies::from_variables(|name| environment.text(name))?,
            timeouts: aws::Timeouts {
                connect: settings.timeout_connect.value,
                first_byte: settings.timeout_first_byte.value,
                first_byte_without_streaming: settings.timeout_without_streaming(),
                idle: settings.timeout_idle.value,
                total,
                deadline: None,
            },
            retries,
            endpoints,
            question: terminal::question(output),
            debug: output.debug_sink(),
        })
    }
}

/// Refuses an access key or a web identity in the environment that names itself and lacks its other half: the SDK would use
/// other credentials in its place. A secret alone names nothing, and boto3 passes it over too. A web identity is not used if
/// an AWS profile is named.
fn require_whole_credentials(environment: &Environment, profile: Option<&AwsProfile>) -> Result<(), Error> {
    let keys = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY");
    let web_identity = ("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_ROLE_ARN");
    let mut halves = iter::once(keys).chain(profile.is_none_or(AwsProfile::is_default).then_some(web_identity));
    let Some((set, missing)) = halves.find(|(set, _)| environment.has(set)) else { return Ok(()) };
    if environment.has(missing) {
        return Ok(());
    }
    Err(Error::new(ExitCode::AccessDenied, format!("`{set}` is set, but `{missing}` is not"))
        .hint(format!("set `{missing}` too, or `unset {set}` to use an AWS profile instead")))
}

/// Runs a future to its end on this thread.
pub fn block_on<T>(future: impl Future<Output = Result<T, Error>>) -> Result<T, Error> {
    aws::run(future).map_err(cannot_start)?
}

/// Returns the error for a runtime that cannot start.
#[expect(clippy::needless_pass_by_value, reason = "it is passed to `map_err`")]
pub fn cannot_start(error: io::Error) -> Error {
    Error::new(ExitCode::Failure, "cannot start").cause(error.to_string())
}
