//! A certificate authority of the tests, and the configuration of a server with a certificate from it.

use std::sync::Arc;

use rcgen::{
    BasicConstraints, Certificate, CertificateParams, CertifiedIssuer, DnType, IsCa, KeyPair, KeyUsagePurpose,
};
use rustls::ServerConfig;
use rustls::crypto::ring;
use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};

/// The names in the server's certificate: loopback, and AWS's own for requests through a proxy.
const NAMES: [&str; 5] =
    ["localhost", "127.0.0.1", "*.eu-central-1.amazonaws.com", "*.us-east-1.amazonaws.com", "*.amazonaws.com"];

/// Returns the configuration of a TLS server, and the certificate of its authority as PEM.
pub fn server() -> (Arc<ServerConfig>, String) {
    let mut parameters = CertificateParams::new(Vec::new()).expect("no names are valid names");
    parameters.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    parameters.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    parameters.distinguished_name.push(DnType::CommonName, "The tests' own authority");
    let authority =
        CertifiedIssuer::self_signed(parameters, KeyPair::generate().expect("a key")).expect("an authority");

    let key = KeyPair::generate().expect("a key");
    let parameters = CertificateParams::new(NAMES.map(str::to_owned)).expect("the names are valid");
    let certificate = parameters.signed_by(&key, &authority).expect("a certificate");
    (settings(&certificate, &key), authority.pem())
}

/// Returns the configuration of a TLS server with a self-signed certificate, which may be that of an authority, and this
/// certificate as PEM.
pub fn self_signed(is_authority: bool) -> (Arc<ServerConfig>, String) {
    let key = KeyPair::generate().expect("a key");
    let mut parameters = CertificateParams::new(NAMES.map(str::to_owned)).expect("the names are valid");
    parameters.is_ca = if is_authority { IsCa::Ca(BasicConstraints::Unconstrained) } else { IsCa::ExplicitNoCa };
    let certificate = parameters.self_signed(&key).expect("a certificate");
    (settings(&certificate, &key), certificate.pem())
}

fn settings(certificate: &Certificate, key: &KeyPair) -> Arc<ServerConfig> {
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
    let settings = ServerConfig::builder_with_provider(Arc::new(ring::default_provider()))
        .with_safe_default_protocol_versions()
        .expect("ring speaks the default versions")
        .with_no_client_auth()
        .with_single_cert(vec![certificate.der().clone()], key)
        .expect("the key is the certificate's");
    Arc::new(settings)
}
