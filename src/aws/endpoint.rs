//! Configured endpoints and CA bundles of a service, and the rules by which an endpoint is refused.

use std::net::Ipv4Addr;
use std::path::PathBuf;

use aws_config::{ConfigLoader, SdkConfig};
use aws_types::service_config::{LoadServiceConfig, ServiceConfigKey};
use http::Uri;

use crate::config::value::shown_endpoint;
use crate::error::Error;
use bedrock_ask::model::region::Region;

const VARIABLE: &str = "AWS_ENDPOINT_URL";
const PROFILE_KEY: &str = "endpoint_url";

/// In place of a variable, for what the AWS profile alone says.
const NO_VARIABLE: &str = "";

/// What AWS's variables and the AWS profile say about endpoints. The SDK reads the same, but takes for unset what is
/// neither true nor false, and lets a blank variable hide the profile.
#[derive(Clone, Copy, Debug, Default)]
pub struct EndpointSettings {
    /// `AWS_USE_FIPS_ENDPOINT` or `use_fips_endpoint`.
    pub fips: Option<bool>,
    /// `AWS_USE_DUALSTACK_ENDPOINT` or `use_dualstack_endpoint`.
    pub dual_stack: Option<bool>,
    /// Whether the endpoints of AWS's variables and the AWS profile are ignored.
    pub ignores_configured: bool,
}

impl EndpointSettings {
    pub(super) fn apply(self, mut loader: ConfigLoader) -> ConfigLoader {
        if let Some(is_on) = self.fips {
            loader = loader.use_fips(is_on);
        }
        if let Some(is_on) = self.dual_stack {
            loader = loader.use_dual_stack(is_on);
        }
        loader
    }

    /// Takes the configured endpoints out of a configuration, if they are ignored.
    pub(super) fn without_ignored(self, config: SdkConfig) -> SdkConfig {
        if !self.ignores_configured {
            return config;
        }
        let mut builder = config.into_builder();
        builder.set_endpoint_url(None);
        builder.service_config(NothingConfigured).build()
    }
}

/// In place of the SDK's reading of variables and the AWS profile.
#[derive(Debug)]
struct NothingConfigured;

impl LoadServiceConfig for NothingConfigured {
    fn load_config(&self, _: ServiceConfigKey<'_>) -> Option<String> {
        None
    }
}

/// Returns the endpoint of `service` from `AWS_ENDPOINT_URL_<SERVICE>`, `AWS_ENDPOINT_URL` or the AWS profile.
pub(super) fn configured(config: &SdkConfig, service: &str) -> Option<String> {
    let general = config.endpoint_url().map(str::to_owned);
    match find(config, service, VARIABLE, general.clone()) {
        // To the SDK a blank variable is a set one and hides everything after it.
        Some(url) if url.trim().is_empty() => {
            let profile = look_up(config, "", NO_VARIABLE, PROFILE_KEY);
            let variable = general.filter(|general| profile.as_ref() != Some(general));
            variable.or_else(|| find(config, service, NO_VARIABLE, profile))
        }
        found => found,
    }
    .map(|url| url.trim().to_owned())
    .filter(|url| !url.is_empty())
}

fn find(config: &SdkConfig, service: &str, variable: &str, general: Option<String>) -> Option<String> {
    let found = look_up(config, service, variable, PROFILE_KEY);
    // The SDK reads `bedrock-runtime` in a profile's `services` section; the AWS CLI writes `bedrock_runtime`.
    let underscored = service.to_lowercase().replace(' ', "_");
    let found = if found == general { look_up(config, &underscored, variable, PROFILE_KEY) } else { found };
    found.or(general)
}

/// Returns the CA bundle from `AWS_CA_BUNDLE` or the AWS profile's `ca_bundle`.
pub(super) fn ca_bundle(config: &SdkConfig) -> Option<PathBuf> {
    ["AWS_CA_BUNDLE", NO_VARIABLE]
        .into_iter()
        .find_map(|variable| look_up(config, "", variable, "ca_bundle").filter(|path| !path.trim().is_empty()))
        .map(PathBuf::from)
}

/// The domains of AWS's endpoints, of every partition.
const AWS_DOMAINS: [&str; 10] = [
    "amazonaws.com",
    "api.aws",
    "amazonaws.com.cn",
    "api.amazonwebservices.com.cn",
    "amazonaws.eu",
    "api.amazonwebservices.eu",
    "c2s.ic.gov",
    "sc2s.sgov.gov",
    "csp.hci.ic.gov",
    "cloud.adc-e.uk",
];

/// The services that are called, by the names of their hosts.
const SERVICES: [&str; 5] = ["bedrock", "bedrock-runtime", "bedrock-mantle", "s3", "sts"];

/// Why nothing is sent to a URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Refusal {
    #[error("the endpoint `{0}` is not an http:// or https:// URL")]
    NotUrl(String),
    #[error("the endpoint `{0}` has a port that does not exist")]
    Port(String),
    #[error("the endpoint `{0}` contains a user name or password, which is not supported")]
    UserInfo(String),
    #[error("the endpoint `{0}` contains a query or a fragment, which is not supported")]
    Query(String),
    #[error("the endpoint `{url}` is in {endpoint_region}, and the source Region is {source_region}")]
    OtherRegion { url: String, endpoint_region: &'static str, source_region: &'static str },
    #[error("the endpoint `{0}` is neither `https://` nor on this machine")]
    Plain(String),
    #[error("the API key is not sent to `{0}`, because the connection is not encrypted")]
    KeyInPlain(String),
}

impl From<Refusal> for Error {
    fn from(refusal: Refusal) -> Self {
        let error = Self::usage(refusal.to_string());
        match refusal {
            Refusal::NotUrl(_) | Refusal::Port(_) => error,
            Refusal::UserInfo(_) => error.hint("remove the part before the `@`"),
            Refusal::Query(_) => error.hint("remove the `?` or `#` and everything after it"),
            Refusal::OtherRegion { url, endpoint_region, source_region } => {
                let own = url.to_lowercase().replace(endpoint_region, source_region);
                error
                    .hint(format!("use the endpoint of the source Region: `{own}`"))
                    .hint(format!("or use the Region of the endpoint: `--region {endpoint_region}`"))
            }
            Refusal::Plain(_) => error
                .hint("use an `https://` endpoint, or add `--allow-http` if the network is trusted")
                .hint("for this machine, use `http://localhost`, `http://127.0.0.1` or `http://[::1]`"),
            Refusal::KeyInPlain(_) => error.hint("use an `https://` endpoint, or unset `AWS_BEARER_TOKEN_BEDROCK`"),
        }
    }
}

/// Refuses the URL of an endpoint that no call accepts, whatever the flags are.
pub fn require_usable(url: &str) -> Result<(), Error> {
    check(url, true, false)?;
    Ok(())
}

/// Refuses a URL that nothing can be sent to exactly, and plain HTTP beyond loopback unless it is allowed and no API key
/// is sent.
pub(super) fn check(url: &str, allow_http: bool, sends_api_key: bool) -> Result<Uri, Refusal> {
    let shown = || shown_endpoint(url);
    let uri = url.parse::<Uri>().map_err(|_| Refusal::NotUrl(shown()))?;
    let (Some(authority), Some("http" | "https")) = (uri.authority(), uri.scheme_str()) else {
        return Err(Refusal::NotUrl(shown()));
    };
    if authority.as_str().contains('@') {
        return Err(Refusal::UserInfo(shown()));
    }
    // A port that is out of range is ignored by what connects.
    if authority.as_str().len() > authority.host().len() && authority.port_u16().is_none() {
        return Err(Refusal::Port(shown()));
    }
    if url.contains(['?', '#']) {
        return Err(Refusal::Query(shown()));
    }
    let is_plain = uri.scheme_str() == Some("http") && !is_loopback(&uri);
    if is_plain && sends_api_key {
        return Err(Refusal::KeyInPlain(shown()));
    }
    if is_plain && !allow_http {
        return Err(Refusal::Plain(shown()));
    }
    Ok(uri)
}

/// Refuses an endpoint of AWS that is in another Region than the source Region: a signature is valid in one Region, and an
/// API key would take the prompt elsewhere.
pub(super) fn check_region(uri: &Uri, source_region: Region) -> Result<(), Refusal> {
    match region(uri) {
        Some(found) if found != source_region => Err(Refusal::OtherRegion {
            url: uri.to_string(),
            endpoint_region: found.name,
            source_region: source_region.name,
        }),
        _ => Ok(()),
    }
}

/// Returns the Region of a host of AWS, which follows the service: `bedrock-runtime-fips.us-east-1.amazonaws.com`,
/// `bedrock-runtime.us-east-1.api.aws`, `vpce-0a-1b.bedrock-runtime.us-east-1.vpce.amazonaws.com`.
fn region(uri: &Uri) -> Option<Region> {
    let host = uri.host()?.to_ascii_lowercase();
    let host = host.trim_end_matches('.');
    if !AWS_DOMAINS.iter().any(|domain| host.strip_suffix(domain).is_some_and(|rest| rest.ends_with('.'))) {
        return None;
    }
    let labels: Vec<_> = host.split('.').collect();
    let is_service = |label: &str| SERVICES.contains(&label.strip_suffix("-fips").unwrap_or(label));
    labels.windows(2).find(|pair| is_service(pair[0])).and_then(|pair| Region::from_name(pair[1]))
}

/// Whether a request to this URI stays on this machine, by the host as it is written: every other spelling of loopback
/// is read in one way here and in another there.
pub(super) fn is_loopback(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| {
        host.eq_ignore_ascii_case("localhost")
            || host == "[::1]"
            || host.parse::<Ipv4Addr>().is_ok_and(|address| address.is_loopback())
    })
}

fn look_up(config: &SdkConfig, service: &str, variable: &str, profile_key: &str) -> Option<String> {
    let key = ServiceConfigKey::builder().service_id(service).env(variable).profile(profile_key).build().ok()?;
    config.service_config()?.load_config(key)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn plain_http_is_for_loopback_unless_allowed() {
        for url in [
            "http://127.0.0.1:4566",
            "http://127.9.8.7",
            "http://localhost:1/x",
            "http://LocalHost",
            "http://[::1]:80",
            "https://x.y",
        ] {
            assert!(check(url, false, true).is_ok(), "{url}");
        }
        for url in [
            "http://10.0.0.1",
            "http://127.0.0.1.example.com",
            "http://localhost.example.com",
            "http://a.localhost",
            "http://localhost.",
            "http://2130706433",
            "http://127.1",
            "http://0",
            "http://0.0.0.0",
            "http://0x7f.0.0.1",
            "http://0177.0.0.1",
            "http://[::ffff:127.0.0.1]",
            "http://[0:0:0:0:0:0:0:1]",
            "http://169.254.169.254",
        ] {
            assert_eq!(check(url, false, false), Err(Refusal::Plain(url.to_owned())));
            assert!(check(url, true, false).is_ok(), "{url}");
        }
    }

    #[test]
    fn an_api_key_never_leaves_the_machine_in_plain_even_where_http_is_allowed() {
        let url = "http://10.0.0.1";
        assert_eq!(check(url, true, true), Err(Refusal::KeyInPlain(url.to_owned())));
    }

    #[test]
    fn a_query_or_a_fragment_is_refused_and_not_shown() {
        for url in [
            "https://h?key=secret",
            "https://h/?key=secret",
            "https://h/p#secret",
            "http://127.0.0.1:1/?secret#secret",
            "https://h/?a=b@secret",
        ] {
            let refusal = check(url, true, false).unwrap_err();
            assert!(matches!(refusal, Refusal::Query(_)), "{refusal}");
            assert!(!refusal.to_string().contains("secret"), "{refusal}");
        }
    }

    #[test]
    fn an_endpoint_of_aws_has_to_be_in_the_source_region() {
        let found = |url: &str| region(&url.parse().unwrap()).map(|region| region.name);
        for (url, name) in [
            ("https://bedrock-runtime.eu-west-1.amazonaws.com", "eu-west-1"),
            ("https://Bedrock-Runtime.EU-West-1.amazonaws.com.:443/", "eu-west-1"),
            ("https://bedrock.eu-west-1.amazonaws.com", "eu-west-1"),
            ("https://bedrock-runtime-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("https://bedrock-runtime.eu-west-1.api.aws/x", "eu-west-1"),
            ("https://bedrock-runtime-fips.ca-central-1.api.aws", "ca-central-1"),
            ("https://vpce-0a1b-2c3d.bedrock-runtime.us-east-1.vpce.amazonaws.com", "us-east-1"),
            ("https://vpce-0a1b-2c3d-us-east-1a.bedrock-runtime.us-east-1.vpce.amazonaws.com", "us-east-1"),
            ("https://bedrock-runtime.cn-north-1.amazonaws.com.cn", "cn-north-1"),
            ("https://sts.eu-west-1.amazonaws.com", "eu-west-1"),
            ("https://s3.eu-west-1.amazonaws.com", "eu-west-1"),
            ("https://s3-fips.us-gov-west-1.amazonaws.com", "us-gov-west-1"),
            ("https://bedrock-runtime.ap-southeast-9.amazonaws.com", "ap-southeast-9"),
        ] {
            assert_eq!(found(url), Some(name), "{url}");
            let uri = url.parse().unwrap();
            assert_eq!(check_region(&uri, Region::from_name(name).unwrap()), Ok(()));
            assert!(check_region(&uri, Region::named("us-west-2").unwrap()).is_err(), "{url}");
        }
        for url in [
            "http://127.0.0.1:4566",
            "https://sts.amazonaws.com",
            "https://abc.execute-api.eu-west-1.amazonaws.com/stage",
            "https://gateway-1.eu-west-1.elb.amazonaws.com",
            "https://bedrock-runtime.eu-west-1.example.com",
            "https://bedrock-runtime.eu-west-1.notamazonaws.com",
        ] {
            assert_eq!(found(url), None, "{url}");
        }
    }

    #[test]
    fn what_is_no_url_is_refused_in_any_case_and_its_password_is_not_shown() {
        for url in [
            "bedrock",
            "ftp://x",
            "",
            "https://",
            "/path",
            "http://127.0.0.1\t:80",
            "http://127.0.0.1:99999",
            "https://h:443443",
            "https://h:x",
            "http://127.0.0.1\\@10.0.0.1",
            "http://127.0.0.1:80@10.0.0.1",
            "http://user:secret@127.0.0.1",
            "http://user:sec/ret@127.0.0.1",
            "user:secret@127.0.0.1",
        ] {
            let refusal = check(url, true, false).unwrap_err();
            assert!(!matches!(refusal, Refusal::Plain(_)), "{refusal}");
            assert!(!refusal.to_string().contains("sec"), "{refusal}");
        }
    }
}
