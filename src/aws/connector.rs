//! HTTP connections: a plain connector for `http://`, rustls for `https://`, each built on first use; proxies,
//! certificates, and the line that `--debug` writes for each request. Every request of every client passes
//! [`ByScheme::call`], which decides whether it may leave.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use http::Uri;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::body;
use super::endpoint::{self, Refusal};
use super::error::{CertificatesError, causes};
use super::interceptor::{Attempt, clock_offset};
use super::proxies::{Proxies, Proxy};
use crate::config::contents::contents;
use crate::output::DebugSink;

/// The link-local endpoints of EC2, ECS and EKS that serve credentials. No proxy can reach them.
const MACHINE_HOSTS: [&str; 5] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"];

/// The seconds by which the `Date` of a response may differ from this machine's clock.
const CLOCK_LIMIT: u64 = 10 * 366 * 24 * 60 * 60;

/// The bytes of a CA bundle; those of all public authorities have fewer than 1 MB.
const LARGEST_BUNDLE: u64 = 16 << 20;

/// What the connector calls a connection that was not established (`a_proxy_that_cannot_be_reached…` in tests/cli/context.rs).
const UNCONNECTED: [&str; 2] = ["tcp connect error", "dns error"];

/// The HTTP client of the whole process, shared by Bedrock and the credential sources.
#[derive(Clone)]
pub(super) struct Connectors(Arc<Shared>);

#[derive(Default)]
struct Shared {
    /// By whether they send in plain or through TLS, then by whether they send to a server or to a proxy.
    clients: [[OnceLock<Result<SharedHttpClient, CertificatesError>>; 2]; 2],
    proxies: Proxies,
    ca_bundle: OnceLock<PathBuf>,
    allow_http: bool,
    debug: Option<DebugSink>,
}

impl Connectors {
    /// Creates the client. Plain HTTP beyond this machine needs `allow_http`.
    pub(super) fn new(allow_http: bool, proxies: Proxies, debug: Option<DebugSink>) -> Self {
        Self(Arc::new(Shared { proxies, allow_http, debug, ..Shared::default() }))
    }

    /// Trusts only the certificates of this file. Has no effect after the first `https://` connection.
    pub(super) fn trust_bundle(&self, path: Option<PathBuf>) {
        if let Some(path) = path {
            self.0.ca_bundle.get_or_init(|| path);
        }
    }
}

impl fmt::Debug for Connectors {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("Connectors")
    }
}

impl HttpClient for Connectors {
    fn http_connector(&self, settings: &HttpConnectorSettings, components: &RuntimeComponents) -> SharedHttpConnector {
        SharedHttpConnector::new(ByScheme {
            shared: Arc::clone(&self.0),
            settings: settings.clone(),
            components: components.clone(),
        })
    }
}

impl Shared {
    /// Returns the client for a URI, and the proxy by way of which it sends. Nothing for this machine goes to a proxy.
    fn client(&self, uri: &Uri) -> Result<(&SharedHttpClient, Option<String>), BoxError> {
        let stays_here = endpoint::is_loopback(uri) || is_machine_itself(uri);
        let proxy = if stays_here { None } else { self.proxies.proxy(uri)? };
        let config = proxy.map_or_else(ProxyConfig::disabled, Proxy::config);
        let is_secure = uri.scheme_str() == Some("https");
        let client = &self.clients[usize::from(is_secure)][usize::from(proxy.is_some())];
        let bundle = self.ca_bundle.get().map(PathBuf::as_path);
        let client = client.get_or_init(|| if is_secure { secure(bundle, config) } else { Ok(plain(config)) });
        Ok((client.as_ref().map_err(Clone::clone)?, proxy.map(|proxy| proxy.shown.clone())))
    }
}

fn is_machine_itself(uri: &Uri) -> bool {
    uri.host().is_some_and(|host| MACHINE_HOSTS.contains(&host))
}

/// A proxy that a request did not get through.
#[derive(Debug, thiserror::Error)]
#[error("through the proxy `{proxy}`")]
pub(super) struct ProxyError {
    proxy: String,
    source: ConnectorError,
}

/// A connection whose certificates were checked with a CA bundle alone.
#[derive(Debug, thiserror::Error)]
#[error("only the certificates in the CA bundle `{path}` are trusted")]
struct BundleError {
    path: String,
    source: ConnectorError,
}

/// The connector of one operation, which selects the client by the scheme of the request.
struct ByScheme {
    shared: Arc<Shared>,
    settings: HttpConnectorSettings,
    components: RuntimeComponents,
}

impl fmt::Debug for ByScheme {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ByScheme")
    }
}

impl HttpConnector for ByScheme {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let refuse = |error: BoxError| HttpConnectorFuture::ready(Err(ConnectorError::user(error)));
        let uri = match self.checked(&request) {
            Ok(uri) => uri,
            Err(refusal) => return refuse(refusal.into()),
        };
        let (client, proxy) = match self.shared.client(&uri) {
            Ok(found) => found,
            Err(error) => return refuse(error),
        };
        let connector = client.http_connector(&self.settings, &self.components);
        let sent = send(self.shared.debug.clone(), connector, proxy, request);
        let bundle = self.shared.ca_bundle.get().map(|path| path.display().to_string());
        HttpConnectorFuture::new(async { sent.await.map_err(|error| with_bundle(error, bundle)) })
    }
}

impl ByScheme {
    /// Returns the URI of a request that may be sent.
    fn checked(&self, request: &HttpRequest) -> Result<Uri, Refusal> {
        let carries_key = request.headers().get("authorization").is_some_and(|value| value.starts_with("Bearer "));
        let serves_credentials = request.uri().parse().is_ok_and(|uri| is_machine_itself(&uri));
        let after_scheme = request.uri().find("://").map_or(0, |at| at + 3);
        let path = request.uri()[after_scheme..].find(['/', '?', '#']).map(|at| after_scheme + at);
        let origin = &request.uri()[..path.unwrap_or(request.uri().len())];
        endpoint::check(origin, self.shared.allow_http || serves_credentials, carries_key)
    }
}

/// Sends the request, names the proxy that it did not get through, and removes a `Date` that is years off.
async fn send(
    debug: Option<DebugSink>,
    connector: SharedHttpConnector,
    proxy: Option<String>,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let result = match debug {
        Some(debug) => traced(debug, connector, request).await,
        None => connector.call(request).await,
    };
    match (result, proxy) {
        (Ok(mut response), _) => {
            // The SDK corrects its clock by this header, and panics at a time that it cannot write.
            if clock_offset(&response).is_some_and(|seconds| seconds.unsigned_abs() > CLOCK_LIMIT) {
                response.headers_mut().remove("date");
            }
            Ok(body::bounded(response))
        }
        (Err(error), Some(proxy)) if is_unconnected(&error) => {
            let is_timeout = error.is_timeout();
            let error = Box::new(ProxyError { proxy, source: error });
            Err(if is_timeout { ConnectorError::timeout(error) } else { ConnectorError::io(error) })
        }
        (Err(error), _) => Err(error),
    }
}

/// Names the CA bundle in the error of a certificate.
fn with_bundle(error: ConnectorError, bundle: Option<String>) -> ConnectorError {
    match bundle {
        Some(path) if causes(&error).iter().any(|cause| cause.is::<rustls::Error>()) => {
            ConnectorError::io(Box::new(BundleError { path, source: error }))
        }
        _ => error,
    }
}

/// Whether there was no connection, rather than one that broke or a proxy that refused.
fn is_unconnected(error: &ConnectorError) -> bool {
    error.is_timeout() || causes(error).iter().any(|cause| UNCONNECTED.contains(&cause.to_string().as_str()))
}

/// Sends the request and writes one debug line about it, without headers or body.
async fn traced(
    debug: DebugSink,
    connector: SharedHttpConnector,
    request: HttpRequest,
) -> Result<HttpResponse, ConnectorError> {
    let uri = request.uri().parse::<Uri>().unwrap_or_default();
    let (scheme, authority) = (uri.scheme_str().unwrap_or("?"), uri.authority().map_or("?", |host| host.as_str()));
    let attempt =
        request.extension::<Attempt>().map_or_else(String::new, |Attempt(number)| format!(", attempt {number}"));
    let input = format!("{} {scheme}://{authority}{}{attempt}", request.method(), uri.path());
    let started = Instant::now();
    let result = connector.call(request).await;
    let milliseconds = started.elapsed().as_secs_f64() * 1000.0;
    match &result {
        Ok(response) => {
            let request_id = response.headers().get("x-amzn-requestid").unwrap_or("-");
            debug(&format!("{input}: {} after {milliseconds:.1} ms, request ID {request_id}", response.status()));
        }
        Err(_) => debug(&format!("{input}: no response after {milliseconds:.1} ms")),
    }
    result
}

fn plain(proxies: ProxyConfig) -> SharedHttpClient {
    Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder().proxy_config(proxies.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build_http()
    })
}

fn secure(ca_bundle: Option<&Path>, proxies: ProxyConfig) -> Result<SharedHttpClient, CertificatesError> {
    let trusted = match ca_bundle {
        Some(path) => trust_store(path)?,
        None => TrustStore::default(),
    };
    let context = TlsContext::builder()
        .with_trust_store(trusted)
        .build()
        .map_err(|error| CertificatesError(format!("the TLS settings cannot be used: {error}")))?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .tls_provider(Provider::rustls(CryptoMode::Ring))
            .tls_context(context.clone())
            .proxy_config(proxies.clone());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build()
    }))
}

/// Returns the usable certificates of a bundle. The SDK's connector panics at any other.
fn trust_store(path: &Path) -> Result<TrustStore, CertificatesError> {
    let unusable = |why: String| CertificatesError(format!("the CA bundle `{}` {why}", path.display()));
    let bytes = contents(path, LARGEST_BUNDLE).map_err(|error| unusable(format!("cannot be read: {error}")))?;
    if bytes.len() as u64 > LARGEST_BUNDLE {
        return Err(unusable(format!("is larger than {} MiB", LARGEST_BUNDLE >> 20)));
    }
    let mut roots = rustls::RootCertStore::empty();
    let mut trusted = TrustStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&bytes) {
        let certificate = certificate.map_err(|error| unusable(format!("is not PEM: {error}")))?;
        let pem = pem(&certificate);
        if roots.add(certificate).is_ok() {
            trusted.add_pem_certificate(pem);
        }
    }
    if roots.is_empty() {
        return Err(unusable("contains no usable certificate".to_owned()));
    }
    Ok(trusted)
}

fn pem(certificate: &CertificateDer<'_>) -> String {
    let encoded = aws_smithy_types::base64::encode(certificate);
    format!("-----BEGIN CERTIFICATE-----\n{encoded}\n-----END CERTIFICATE-----\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_proxy_stands_before_the_credentials_of_the_machine() {
        let is_machine = |uri: &str| is_machine_itself(&uri.parse().unwrap());
        assert!(is_machine("http://169.254.169.254/latest/api/token"));
        assert!(is_machine("http://[fd00:ec2::254]/latest"));
        assert!(is_machine("http://169.254.170.23/v1/credentials"));
        assert!(!is_machine("http://127.0.0.1:4566/model"));
    }
}
