//! HTTP connections: a plain connector for `http://`, rustls for `https://`, each built on first use; proxies,
//! certificates, and the line that `--debug` writes for each request.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use aws_smithy_http_client::proxy::ProxyConfig;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore, rustls_provider::CryptoMode};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use http::Uri;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;

use super::error::CertificatesError;
use super::interceptor::Attempt;
use crate::output::DebugSink;

/// The link-local endpoints of EC2, ECS and EKS that serve credentials. No proxy can reach them.
const MACHINE_HOSTS: [&str; 5] =
    ["169.254.169.254", "169.254.170.2", "169.254.170.23", "[fd00:ec2::254]", "[fd00:ec2::23]"];

/// The HTTP client of the whole process, shared by Bedrock and the credential sources.
#[derive(Clone)]
pub(super) struct Connectors(Arc<Shared>);

struct Shared {
    direct: OnceLock<SharedHttpClient>,
    plain: OnceLock<SharedHttpClient>,
    secure: OnceLock<Result<SharedHttpClient, CertificatesError>>,
    ca_bundle: OnceLock<PathBuf>,
    debug: Option<DebugSink>,
}

impl Connectors {
    pub(super) fn new(debug: Option<DebugSink>) -> Self {
        Self(Arc::new(Shared {
            direct: OnceLock::new(),
            plain: OnceLock::new(),
            secure: OnceLock::new(),
            ca_bundle: OnceLock::new(),
            debug,
        }))
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
    fn client(&self, uri: &str, carries_key: bool) -> Result<&SharedHttpClient, CertificatesError> {
        if uri.starts_with("https:") {
            self.secure
                .get_or_init(|| secure(self.ca_bundle.get().map(PathBuf::as_path)))
                .as_ref()
                .map_err(Clone::clone)
        } else if is_machine_itself(uri) || carries_key {
            // An API key may use plain HTTP on this machine only, so no proxy may forward it.
            Ok(self.direct.get_or_init(|| plain(ProxyConfig::disabled())))
        } else {
            Ok(self.plain.get_or_init(|| plain(ProxyConfig::from_env())))
        }
    }
}

fn is_machine_itself(uri: &str) -> bool {
    uri.parse::<Uri>().is_ok_and(|uri| uri.host().is_some_and(|host| MACHINE_HOSTS.contains(&host)))
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
        let authorization = request.headers().get("authorization");
        let carries_key = authorization.is_some_and(|value| value.starts_with("Bearer "));
        let client = match self.shared.client(request.uri(), carries_key) {
            Ok(client) => client,
            Err(error) => return HttpConnectorFuture::ready(Err(ConnectorError::user(error.into()))),
        };
        let connector = client.http_connector(&self.settings, &self.components);
        match &self.shared.debug {
            Some(debug) => HttpConnectorFuture::new(traced(Arc::clone(debug), connector, request)),
            None => connector.call(request),
        }
    }
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
        Err(_) => debug(&format!("{input}: no answer after {milliseconds:.1} ms")),
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

fn secure(ca_bundle: Option<&Path>) -> Result<SharedHttpClient, CertificatesError> {
    let trusted = match ca_bundle {
        Some(path) => trust_store(path)?,
        None => TrustStore::default(),
    };
    let context = TlsContext::builder()
        .with_trust_store(trusted)
        .build()
        .map_err(|error| CertificatesError(format!("the TLS settings are unusable: {error}")))?;
    Ok(Builder::new().build_with_connector_fn(move |settings, components| {
        let mut builder = Connector::builder()
            .tls_provider(Provider::rustls(CryptoMode::Ring))
            .tls_context(context.clone())
            .proxy_config(ProxyConfig::from_env());
        builder.set_connector_settings(settings.cloned());
        builder.set_sleep_impl(components.and_then(RuntimeComponents::sleep_impl));
        builder.build()
    }))
}

/// Returns the usable certificates of a bundle. The SDK's connector panics at any other.
fn trust_store(path: &Path) -> Result<TrustStore, CertificatesError> {
    let unusable = |why: String| CertificatesError(format!("the CA bundle `{}` {why}", path.display()));
    let bytes = std::fs::read(path).map_err(|error| unusable(format!("cannot be read: {error}")))?;
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
        return Err(unusable("holds no certificate that can be trusted".to_owned()));
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
        assert!(is_machine_itself("http://169.254.169.254/latest/api/token"));
        assert!(is_machine_itself("http://[fd00:ec2::254]/latest"));
        assert!(is_machine_itself("http://169.254.170.23/v1/credentials"));
        assert!(!is_machine_itself("http://127.0.0.1:4566/model"));
    }
}
