//! The proxies that the environment names, and which requests go to one. A value that is not the address of a proxy is an
//! error of each request that it is about.

use aws_smithy_http_client::proxy::ProxyConfig;
use http::Uri;
use hyper_util::client::proxy::matcher::Matcher;

use crate::error::Error;

/// The variables for each scheme, the one that wins first.
const VARIABLES: [(&str, [&str; 4]); 2] = [
    ("http", ["HTTP_PROXY", "http_proxy", "ALL_PROXY", "all_proxy"]),
    ("https", ["HTTPS_PROXY", "https_proxy", "ALL_PROXY", "all_proxy"]),
];

/// Set for a program that a web server runs: `HTTP_PROXY` may then be a header of a request.
const CGI: &str = "REQUEST_METHOD";

/// The proxies for `http://` and for `https://`, and the hosts that need none.
#[derive(Clone, Debug, Default)]
pub struct Proxies {
    proxies: [Option<Result<Proxy, ProxyVariableError>>; 2],
    exceptions: Exceptions,
}

/// A proxy.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Proxy {
    /// With the user and the password.
    uri: Uri,
    /// The URL without them.
    pub(super) shown: String,
}

/// A variable that does not hold the address of a proxy. It may hold a password, so that the value is not shown.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum ProxyVariableError {
    #[error("`{0}` is not the address of a proxy")]
    NotAddress(&'static str),
    #[error("`{0}` is not the address of a proxy: SOCKS is not supported")]
    Socks(&'static str),
}

impl Proxies {
    /// Reads the variables; `text` returns the value of one, or none if it is unset or blank.
    ///
    /// # Errors
    /// If a variable is not text.
    pub fn from_variables(text: impl Fn(&str) -> Result<Option<String>, Error>) -> Result<Self, Error> {
        let is_cgi = text(CGI)?.is_some();
        let mut proxies = [None, None];
        for (proxy, (_, variables)) in proxies.iter_mut().zip(VARIABLES) {
            for variable in variables.into_iter().filter(|name| !(is_cgi && *name == "HTTP_PROXY")) {
                if let Some(value) = text(variable)? {
                    *proxy = Some(Proxy::parse(value.trim(), variable));
                    break;
                }
            }
        }
        let exceptions = match text("NO_PROXY")? {
            Some(list) => Some(list),
            None => text("no_proxy")?,
        };
        Ok(Self { proxies, exceptions: Exceptions::parse(&exceptions.unwrap_or_default()) })
    }

    /// Returns the proxy for a URI, if it goes to one.
    pub(super) fn proxy(&self, uri: &Uri) -> Result<Option<&Proxy>, ProxyVariableError> {
        let index = VARIABLES.iter().position(|(scheme, _)| uri.scheme_str() == Some(scheme));
        match index.and_then(|index| self.proxies[index].as_ref()) {
            Some(proxy) if !self.exceptions.contain(uri) => proxy.as_ref().map(Some).map_err(Clone::clone),
            _ => Ok(None),
        }
    }
}

impl Proxy {
    fn parse(value: &str, variable: &'static str) -> Result<Self, ProxyVariableError> {
        let not_address = || ProxyVariableError::NotAddress(variable);
        // As in curl, `HOST:PORT` is an `http://` proxy.
        let uri = match value.trim_end_matches('/') {
            plain if !plain.contains('/') => format!("http://{plain}").parse(),
            _ => value.parse(),
        };
        let uri: Uri = uri.map_err(|_| not_address())?;
        let (Some(scheme), Some(authority)) = (uri.scheme_str(), uri.authority()) else { return Err(not_address()) };
        let host_and_port = authority.as_str().rsplit('@').next().unwrap_or_default();
        let has_port = host_and_port.len() > authority.host().len();
        match scheme {
            "http" | "https" if !authority.host().is_empty() && (!has_port || authority.port_u16().is_some()) => {}
            _ if scheme.starts_with("socks") => return Err(ProxyVariableError::Socks(variable)),
            _ => return Err(not_address()),
        }
        Ok(Self { shown: format!("{scheme}://{host_and_port}"), uri })
    }

    /// Returns the configuration of a connector that sends to this proxy only.
    pub(super) fn config(&self) -> ProxyConfig {
        // A proxy that was parsed is one that the connector takes.
        ProxyConfig::all(self.uri.clone()).unwrap_or_else(|_| ProxyConfig::disabled())
    }
}

/// The hosts of `NO_PROXY`.
#[derive(Clone, Debug, Default)]
struct Exceptions {
    everything: bool,
    list: String,
}

impl Exceptions {
    fn parse(list: &str) -> Self {
        let entries = list.split(',').map(str::trim);
        // `*.example.com` is what many write for `.example.com`.
        let plain: Vec<_> = entries.clone().map(|entry| entry.strip_prefix('*').unwrap_or(entry)).collect();
        Self { everything: entries.clone().any(|entry| entry == "*"), list: plain.join(",") }
    }

    fn contain(&self, uri: &Uri) -> bool {
        // What is not excepted would go to this proxy.
        let matcher = || Matcher::builder().all("http://proxy").no(self.list.as_str()).build();
        self.everything || (!self.list.is_empty() && matcher().intercept(uri).is_none())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proxies(variables: &[(&str, &str)]) -> Proxies {
        let text = |name: &str| {
            let found = variables.iter().find(|(variable, value)| *variable == name && !value.trim().is_empty());
            Ok(found.map(|(_, value)| (*value).to_owned()))
        };
        Proxies::from_variables(text).unwrap()
    }

    fn proxy(variables: &[(&str, &str)], uri: &str) -> String {
        match proxies(variables).proxy(&uri.parse().unwrap()) {
            Ok(Some(proxy)) => proxy.shown.clone(),
            Ok(None) => "none".to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn each_scheme_has_its_variables_and_a_blank_one_is_unset() {
        let (plain, secure) = ("http://a.test/x", "https://a.test/x");
        for (variables, for_plain, for_secure) in [
            (&[][..], "none", "none"),
            (&[("HTTP_PROXY", "http://p:1")], "http://p:1", "none"),
            (&[("https_proxy", "https://u:secret@p:1/")], "none", "https://p:1"),
            (&[("HTTPS_PROXY", " "), ("https_proxy", "p:1")], "none", "http://p:1"),
            (&[("HTTPS_PROXY", "p"), ("https_proxy", "q")], "none", "http://p"),
            (&[("ALL_PROXY", "http://p:1"), ("HTTP_PROXY", "http://q")], "http://q", "http://p:1"),
            (&[("HTTP_PROXY", "http://p:1"), ("REQUEST_METHOD", "GET")], "none", "none"),
            (&[("HTTPS_PROXY", "http://[::1]:8080"), ("REQUEST_METHOD", "GET")], "none", "http://[::1]:8080"),
        ] {
            assert_eq!((proxy(variables, plain).as_str(), proxy(variables, secure).as_str()), (for_plain, for_secure));
        }
    }

    #[test]
    fn what_is_not_the_address_of_a_proxy_is_an_error_that_does_not_show_it() {
        for value in [
            "http//proxy:8080",
            "http://",
            "http:///secret",
            "proxy:port",
            "http://p:99999",
            "ftp://p",
            "http://p q",
            "http://u:se cret@p",
            "://p",
            ":8080",
        ] {
            let shown = proxy(&[("HTTPS_PROXY", value)], "https://a.test");
            assert_eq!(shown, "`HTTPS_PROXY` is not the address of a proxy", "{value}");
            assert_eq!(proxy(&[("HTTPS_PROXY", value)], "http://a.test"), "none");
            assert_eq!(proxy(&[("HTTPS_PROXY", value), ("NO_PROXY", "a.test")], "https://a.test"), "none");
        }
        let socks = proxy(&[("ALL_PROXY", "socks5h://p:1080")], "https://a.test");
        assert_eq!(socks, "`ALL_PROXY` is not the address of a proxy: SOCKS is not supported");
    }

    #[test]
    fn no_proxy_names_hosts_networks_domains_and_everything() {
        for (list, uri, is_excepted) in [
            ("*", "https://a.test", true),
            ("*", "https://10.1.2.3", true),
            ("*", "https://[2001:db8::1]", true),
            ("b.test, *", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://10.1.2.3", true),
            ("10.0.0.0/8", "https://11.1.2.3", false),
            ("a.test", "https://x.a.test", true),
            (".a.test", "https://x.a.test", true),
            ("*.a.test", "https://x.a.test", true),
            ("*.a.test", "https://xa.test", false),
            ("b.test", "https://a.test", false),
        ] {
            let expected = if is_excepted { "none" } else { "http://p" };
            for variable in ["NO_PROXY", "no_proxy"] {
                assert_eq!(proxy(&[("HTTPS_PROXY", "http://p"), (variable, list)], uri), expected, "{list} {uri}");
            }
        }
    }

    #[test]
    fn the_connector_takes_every_proxy_that_was_parsed() {
        for value in ["http://u:p@h:1", "https://h", "h:8080", "http://[::1]:1/"] {
            let found = Proxy::parse(value, "HTTPS_PROXY").unwrap();
            assert!(!found.config().is_disabled(), "{value}");
        }
    }
}
