//! What every command that calls AWS works in: the settings, the environment, the catalog, what the user allows.

use crate::aws::{self, ApiKey, AwsProfile, Options};
use crate::config::{Environment, Origin, Settings};
use crate::error::Error;
use crate::model::catalog::Catalog;
use crate::model::region::Region;
use crate::model::resolution::Request;
use crate::output::Output;

/// Everything but the command's own flags and its output.
pub struct Surroundings<'a> {
    /// The settings, the command's own flags included.
    pub settings: &'a Settings,
    /// The process's environment.
    pub environment: &'a Environment,
    /// What can be called.
    pub catalog: &'a Catalog<'a>,
    /// What the user allows.
    pub request: Request<'a>,
    /// Whether an `http://` endpoint may be anywhere.
    pub allow_http: bool,
}

impl Surroundings<'_> {
    /// Whether a flag or a variable of this program's own named the AWS profile.
    pub fn profile_is_named_by_hand(&self) -> bool {
        match &self.settings.profile.origin {
            Origin::Flag(_) => true,
            Origin::Environment(variable) => *variable == "BEDROCK_ASK_PROFILE",
            _ => false,
        }
    }

    /// What the room for AWS is to know for calls from `region`.
    ///
    /// # Errors
    /// Where the API key in the environment is none.
    pub fn options(&self, region: Region, output: &Output) -> Result<Options, Error> {
        let Self { settings, environment, .. } = self;
        let timeout = &settings.timeout;
        let first_byte = timeout.first_byte.value;
        let defaults = aws::Timeouts::default();
        let without_streaming = if timeout.first_byte.origin == Origin::Default {
            defaults.first_byte_without_streaming
        } else {
            first_byte
        };
        let profile = settings
            .profile
            .value
            .clone()
            .map(|name| AwsProfile { name, named_by_hand: self.profile_is_named_by_hand() });
        let key = environment.bearer_token();
        Ok(Options {
            region,
            profile,
            api_key: key.map(|key| ApiKey::parse(key.expose())).transpose()?.flatten(),
            endpoint_url: settings.endpoint_url.value.clone(),
            allow_http: self.allow_http,
            timeouts: aws::Timeouts {
                connect: timeout.connect.value,
                first_byte,
                first_byte_without_streaming: without_streaming,
                idle: timeout.idle.value,
                total: timeout.total.value,
            },
            debug: output.debug_sink(),
        })
    }
}
