//! Configured endpoints and CA bundles of a service, and the rules by which an endpoint is refused.

use std::net::IpAddr;
use std::path::PathBuf;

use aws_config::SdkConfig;
use aws_types::service_config::ServiceConfigKey;
use http::Uri;

use crate::error::Error;

const VARIABLE: &str = "AWS_ENDPOINT_URL";
const PROFILE_KEY: &str = "endpoint_url";

/// In place of a variable, for what the AWS profile alone says.
const NO_VARIABLE: &str = "";

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
    .filter(|url| !url.trim().is_empty())
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

/// Refuses an endpoint that is no URL, and plain HTTP beyond loopback unless it is allowed and no API key is sent.
pub(super) fn check(url: &str, allow_http: bool, sends_api_key: bool) -> Result<(), Error> {
    let uri = url.parse::<Uri>().ok().filter(|uri| uri.host().is_some());
    let plain = match uri.as_ref().and_then(Uri::scheme_str) {
        Some("https") => false,
        Some("http") => !uri.as_ref().is_some_and(is_loopback),
        _ => {
            return Err(Error::usage(format!("the endpoint `{url}` is not an http:// or https:// URL")));
        }
    };
    if plain && sends_api_key {
        return Err(Error::usage(format!("the API key is not sent to `{url}`: anyone on the way could read it"))
            .hint("use an `https://` endpoint, or unset `AWS_BEARER_TOKEN_BEDROCK`"));
    }
    if plain && !allow_http {
        return Err(Error::usage(format!("the endpoint `{url}` is neither `https://` nor on this machine"))
            .hint("use an `https://` endpoint, or add `--allow-http` if the way there is trusted"));
    }
    Ok(())
}

/// Whether a request to this URI stays on this machine.
fn is_loopback(uri: &Uri) -> bool {
    let Some(host) = uri.host() else { return false };
    let host = host.trim_start_matches('[').trim_end_matches(']');
    match host.parse::<IpAddr>() {
        Ok(address) => address.is_loopback(),
        Err(_) => host.eq_ignore_ascii_case("localhost") || host.to_ascii_lowercase().ends_with(".localhost"),
    }
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
        for url in
            ["http://127.0.0.1:4566", "http://localhost:1/x", "http://[::1]:80", "http://a.localhost", "https://x.y"]
        {
            assert!(check(url, false, true).is_ok(), "{url}");
        }
        for url in ["http://10.0.0.1", "http://127.0.0.1.example.com", "http://localhost.example.com"] {
            assert!(check(url, false, false).is_err(), "{url}");
            assert!(check(url, true, false).is_ok(), "{url}");
        }
    }

    #[test]
    fn an_api_key_never_leaves_the_machine_in_plain_even_where_http_is_allowed() {
        let error = check("http://10.0.0.1", true, true).unwrap_err();
        assert!(error.message.summary.contains("API key"));
    }

    #[test]
    fn what_is_no_url_is_a_usage_error() {
        for url in ["bedrock", "ftp://x", "", "https://", "/path"] {
            assert!(check(url, true, false).is_err(), "{url}");
        }
    }
}
