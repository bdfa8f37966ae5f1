//! Rules: the network between here and AWS, and answers that are none.

use super::{RULE, Rule};
use crate::diagnosis::group::Group;
use crate::model::failure::Stage;

const NO_ENDPOINT: &str =
    "{?no_endpoint}Bedrock has no endpoint in {region}: `bedrock-ask models --region all` lists the Regions";

/// The rules.
pub(super) const RULES: &[Rule] = &[
    Rule {
        group: Group::Tls,
        text: &[
            "invalid peer certificate",
            "CERTIFICATE_VERIFY_FAILED",
            "unable to get local issuer certificate",
            "SELF_SIGNED_CERT_IN_CHAIN",
            "self-signed certificate in certificate chain",
            "self signed certificate in certificate chain",
            "certificate signed by unknown authority",
            "PKIX path building failed",
            "SSL validation failed for",
        ],
        what: &["{`host|'the endpoint'} showed a certificate that is not trusted here"],
        why: &["often a company's proxy opens TLS with a certificate of its own"],
        hints: &["`export AWS_CA_BUNDLE=FILE` with the company's certificates in PEM form; `SSL_CERT_FILE` works too"],
        ..RULE
    },
    Rule {
        group: Group::Proxy,
        text: &[
            "Proxy Authentication Required",
            "Failed to connect to proxy URL",
            "Tunnel connection failed",
            "unsuccessful tunnel",
            "proxy authorization required",
            "tunnel error",
        ],
        what: &["the proxy refused the connection[ to `{host}`]"],
        hints: &["check the user, password and address in `HTTPS_PROXY`; `NO_PROXY` names hosts that need no proxy"],
        ..RULE
    },
    Rule {
        group: Group::StreamCut,
        text: &["Truncated event message received", "Truncated event message"],
        what: &["the stream ended in the middle of a message"],
        why: &["a proxy or gateway between here and AWS may not pass `application/vnd.amazon.eventstream` through"],
        hints: &["`--no-stream` asks for the answer in one piece"],
        ..RULE
    },
    Rule {
        group: Group::StreamCut,
        text: &["error reading a body from connection"],
        what: &["the connection broke before the answer was complete"],
        hints: &["try again; `--no-stream` asks for the answer in one piece"],
        ..RULE
    },
    Rule {
        group: Group::Unreachable,
        text: &[
            "Could not connect to the endpoint URL",
            "Connection was closed before we received a valid response",
            "Failed to establish a new connection",
            "getaddrinfo ENOTFOUND",
            "failed to lookup address information",
            "Name or service not known",
            "no such host",
            "nodename nor servname provided",
            "Temporary failure in name resolution",
            "dns error",
            "UnknownHostException",
            "ECONNREFUSED",
            "Connection refused",
            "ECONNRESET",
            "Connection reset by peer",
            "Network is unreachable",
        ],
        what: &[
            "{?loading_credentials}what should give the credentials cannot be reached",
            "`{host}` cannot be reached",
            "the endpoint of Bedrock cannot be reached",
        ],
        why: &[
            "{?loading_credentials}the credentials were to come from {credentials}",
            "{!loading_credentials}Bedrock has no endpoint in {region}{?no_endpoint}",
        ],
        hints: &[
            NO_ENDPOINT,
            "{!loading_credentials}{!no_endpoint}{!plain}{?host}`curl -sS -o /dev/null https://{host}/` prints nothing where the network lets it through: a VPC needs a way out or a VPC endpoint, elsewhere `HTTPS_PROXY` may be needed",
        ],
        ..RULE
    },
    Rule {
        group: Group::Timeout,
        text: &[
            "http2 request did not get a response",
            "Read timeout on endpoint URL",
            "Connect timeout on endpoint URL",
            "context deadline exceeded",
        ],
        what: &["no answer came in time[ from `{host}`]"],
        hints: &["a long answer needs a longer limit: `--timeout`; streaming shows sooner whether anything comes"],
        ..RULE
    },
    Rule {
        group: Group::Proxy,
        codes: &["ProxyAuthenticationRequired"],
        what: &["the proxy refused the connection[ to `{host}`]"],
        hints: &["check the user, password and address in `HTTPS_PROXY`; `NO_PROXY` names hosts that need no proxy"],
        ..RULE
    },
    Rule {
        group: Group::Unreachable,
        stage: Some(Stage::Connection),
        what: &["`{host}` cannot be reached", "the endpoint of Bedrock cannot be reached"],
        why: &["Bedrock has no endpoint in {region}{?no_endpoint}"],
        hints: &[NO_ENDPOINT],
        ..RULE
    },
    Rule {
        group: Group::Tls,
        stage: Some(Stage::Tls),
        what: &["no secure connection to {`host|'the endpoint'}"],
        why: &["often a company's proxy opens TLS with a certificate of its own"],
        hints: &["`export AWS_CA_BUNDLE=FILE` with the company's certificates in PEM form; `SSL_CERT_FILE` works too"],
        ..RULE
    },
    Rule {
        group: Group::Timeout,
        text: &["(idle limit)"],
        what: &["the answer stopped coming[ from `{host}`]"],
        hints: &[
            "try again; `BEDROCK_ASK_TIMEOUT_IDLE`, or `timeout.idle` in config.yaml, lets it be silent for longer",
        ],
        ..RULE
    },
    Rule {
        group: Group::Timeout,
        text: &["the call was not done within"],
        what: &["the call took longer than it may"],
        hints: &["a longer limit: `--timeout SECONDS`"],
        ..RULE
    },
    Rule {
        group: Group::Timeout,
        text: &["(first-byte limit)"],
        what: &["no answer began in time[ from `{host}`]"],
        hints: &["`BEDROCK_ASK_TIMEOUT_FIRST_BYTE`, or `timeout.first_byte` in config.yaml, waits for longer"],
        ..RULE
    },
    Rule {
        group: Group::Timeout,
        text: &["(connect limit)"],
        what: &["`{host}` cannot be reached in time", "the endpoint of Bedrock cannot be reached in time"],
        hints: &[NO_ENDPOINT, "a VPC needs a way out or a VPC endpoint, elsewhere `HTTPS_PROXY` may be needed"],
        ..RULE
    },
    Rule {
        group: Group::Timeout,
        stage: Some(Stage::Timeout),
        what: &["no answer came in time[ from `{host}`]"],
        hints: &["a longer limit: `--timeout SECONDS`"],
        ..RULE
    },
    Rule {
        group: Group::Unreadable,
        stage: Some(Stage::Unreadable),
        what: &["the answer of {`host|'the endpoint'} is not what Bedrock speaks"],
        why: &["a proxy or gateway may have answered in its place"],
        ..RULE
    },
    Rule {
        group: Group::StreamCut,
        stage: Some(Stage::Stream),
        what: &["the stream ended before the answer did"],
        hints: &["try again; `--no-stream` asks for the answer in one piece"],
        ..RULE
    },
];
