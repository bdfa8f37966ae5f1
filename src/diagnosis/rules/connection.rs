//! Rules for the network between this machine and AWS, and for responses that Bedrock did not send.

use super::{DiagnosisRule, NO_STREAM, RULE};
use crate::diagnosis::group::Group;
use crate::model::failure::Stage;

const CA_BUNDLE: &str =
    "`export AWS_CA_BUNDLE=FILE`, a file with the company's certificates in PEM format; `SSL_CERT_FILE` works too";
/// How the tool that failed waits for longer.
const LONGER: &[&str] = &[
    "{?own}a long response needs a longer limit: `--timeout SECONDS`",
    "{?tool=boto3}`Config(read_timeout=600)` of botocore waits longer than 60 seconds: `boto3.client('bedrock-runtime', config=Config(read_timeout=600))`; with the AWS CLI, `--cli-read-timeout 600`",
    "{?tool=aws-cli}`--cli-read-timeout 600` waits longer than 60 seconds",
    "{?tool=langchain}pass `config=botocore.config.Config(read_timeout=600)` to `ChatBedrockConverse`",
    "{?tool=strands}pass `boto_client_config=botocore.config.Config(read_timeout=600)` to `BedrockModel`",
    "{?tool=litellm}raise `timeout`: `timeout=600` in the call, or `request_timeout: 600` in `litellm_settings`",
    "{?tool=ai-sdk}raise the limit of the request: `abortSignal: AbortSignal.timeout(600_000)`, and that of the server in front of it",
    "{?tool=javascript}raise `requestTimeout` of the `requestHandler` of the client",
    "{?tool=java}raise `apiCallTimeout` of the client and `readTimeout` of its HTTP client",
    "{?tool=spring-ai}raise `spring.ai.bedrock.aws.timeout`",
    "{?tool=go}give the context a later deadline, and raise `Timeout` of the HTTP client",
    "{?tool=claude-code}raise `API_TIMEOUT_MS`",
    "{?tool=other}raise the read timeout of the client; with streaming, the first bytes arrive sooner",
];
const LOOK_AT_ENDPOINT: &str = "check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`";
const MISSPELT: &str = "`{misspelt_region}` is not a known Region: did you mean `{meant_region}`?";
const NO_ENDPOINT: &str =
    "{?no_endpoint}Bedrock has no endpoint in {region}: `bedrock-ask models --region all` lists the Regions";

/// The defaults of the rules for an endpoint that cannot be reached.
const UNREACHABLE: DiagnosisRule = DiagnosisRule {
    group: Group::Unreachable,
    summary: &[
        "{?loading_credentials}the source of the credentials cannot be reached",
        "`{host}` cannot be reached",
        "the endpoint of Bedrock cannot be reached",
    ],
    explanation: &[
        "{?loading_credentials}the source of the credentials is {credentials}",
        "{!loading_credentials}Bedrock has no endpoint in {region}{?no_endpoint}",
    ],
    hints: &[
        MISSPELT,
        NO_ENDPOINT,
        "{!host}{!no_endpoint}{!misspelt_region}check the Region and `HTTPS_PROXY`: `bedrock-ask models --region all` lists the Regions that have an endpoint; a VPC needs a route to the internet or a VPC endpoint",
        "{?loading_credentials}{?host}check the source of the credentials: {credentials|'the AWS profile'}",
        "{?no_endpoint}{?loading_credentials}use another Region",
        "{!loading_credentials}{!misspelt_region}{!no_endpoint}{!plain_http}{?host}`curl -sS -o /dev/null https://{host}/` prints nothing if the network allows the connection; a VPC needs a route to the internet or a VPC endpoint, and other networks may need `HTTPS_PROXY`",
    ],
    ..RULE
};

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::Proxy,
        patterns: &["through the proxy `{proxy}`"],
        summary: &["the proxy `{proxy}` cannot be reached"],
        hints: &["check the address in `HTTPS_PROXY`; `NO_PROXY` names hosts that need no proxy"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::EndpointRefused,
        patterns: &["`{variable}` is not the address of a proxy"],
        summary: &["the proxy in `{variable}` cannot be used"],
        hints: &["set `{variable}` to `http://HOST:PORT`, or unset it; `NO_PROXY` names hosts that need no proxy"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Tls,
        patterns: &["CaUsedAsEndEntity"],
        summary: &["{`host|'the endpoint'} presented the certificate of a certificate authority (CA) as its own"],
        explanation: &[
            "such a certificate signs those of servers and cannot be used by a server, even if the CA bundle contains it",
        ],
        hints: &[
            "give the server a certificate that is signed by this one, or a self-signed one with `basicConstraints=CA:FALSE` that the CA bundle contains",
            "`openssl req -x509 -newkey rsa:2048 -nodes -days 365 -subj /CN=HOST -addext subjectAltName=DNS:HOST -addext basicConstraints=critical,CA:FALSE -keyout key.pem -out cert.pem` creates one",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Tls,
        patterns: &[
            "invalid peer certificate",
            "UNABLE_TO_VERIFY_LEAF_SIGNATURE",
            "unable to verify the first certificate",
            "DEPTH_ZERO_SELF_SIGNED_CERT",
            "certificate has expired",
            "CERT_HAS_EXPIRED",
            "failed to verify certificate",
            "does not match certificate's altnames",
            "certificate verify failed",
            "CERTIFICATE_VERIFY_FAILED",
            "unable to get local issuer certificate",
            "SELF_SIGNED_CERT_IN_CHAIN",
            "self-signed certificate in certificate chain",
            "self signed certificate in certificate chain",
            "certificate signed by unknown authority",
            "PKIX path building failed",
            "SSL validation failed for",
        ],
        summary: &["{`host|'the endpoint'} presented a certificate that is not trusted"],
        explanation: &["a company's proxy often replaces the certificate with its own"],
        hints: &[CA_BUNDLE],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Proxy,
        patterns: &[
            "Proxy Authentication Required",
            "Failed to connect to proxy URL",
            "Tunnel connection failed",
            "unsuccessful tunnel",
            "proxy authorization required",
            "tunnel error",
        ],
        decisive_codes: &["ProxyAuthenticationRequired"],
        summary: &["the proxy refused the connection[ to `{host}`]"],
        hints: &["check the user, password and address in `HTTPS_PROXY`; `NO_PROXY` names hosts that need no proxy"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Malformed,
        patterns: &["a message of the stream cannot be read"],
        summary: &["the stream of {`host|'the endpoint'} contains a message that cannot be read"],
        explanation: &["the message arrived completely, so a retry does not help"],
        more_hints: NO_STREAM,
        hints: &["{!can_stream}give the request ID to the operator of the endpoint"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::StreamCut,
        patterns: &["Truncated event message"],
        summary: &["the stream ended in the middle of a message"],
        explanation: &[
            "a proxy or gateway between this machine and AWS may not support `application/vnd.amazon.eventstream`",
        ],
        more_hints: NO_STREAM,
        hints: &["{!can_stream}try again without the proxy, or contact its operator"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::StreamCut,
        patterns: &[
            "error reading a body from connection",
            "pending stream has been canceled",
            "An error occurred while reading from response stream",
            "IncompleteReadError",
            "read, but total bytes expected is",
            "Response ended prematurely",
            "Premature EOF",
            "premature close",
            "response content ended early",
            "connection was closed during the request",
            "terminated{}other side closed",
            "unexpected EOF",
            "IncompleteRead(",
            "peer closed connection without sending complete message",
        ],
        summary: &["the connection was closed before the response was complete"],
        hints: &["try again"],
        more_hints: NO_STREAM,
        ..RULE
    },
    DiagnosisRule {
        group: Group::Unreadable,
        patterns: &[
            "invalid HTTP version parsed",
            "invalid HTTP header parsed",
            "invalid HTTP status-code parsed",
            "Parse Error: Expected HTTP/",
            "malformed HTTP response",
            "BadStatusLine",
        ],
        summary: &["the response of {`host|'the endpoint'} is not HTTP"],
        hints: &["{?plain_http}use `https://` if the server expects TLS", LOOK_AT_ENDPOINT],
        ..RULE
    },
    DiagnosisRule {
        patterns: &[
            "Could not connect to the endpoint URL",
            "EAI_AGAIN",
            "EHOSTUNREACH",
            "ENETUNREACH",
            "socket hang up",
            "No route to host",
            "Connection was reset",
            "EndpointConnectionError",
            "Unable to execute HTTP request: Connect to",
            "Remote end closed connection without response",
            "Remote host terminated the handshake",
            "server misbehaving",
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
            // Windows says these.
            "target machine actively refused it",
            "forcibly closed by the remote host",
            "Network is unreachable",
            "Could not resolve host",
            "Couldn't connect to server",
            "Cannot connect to host",
            "upstream connect error",
            "write EPIPE",
        ],
        ..UNREACHABLE
    },
    DiagnosisRule {
        group: Group::Timeout,
        patterns: &[
            "(connect limit)",
            "Connect timeout on endpoint URL",
            "ConnectTimeout",
            "connect timed out",
            "Connection timed out after",
            "TLS handshake timeout",
            "dial tcp{}: i/o timeout",
        ],
        summary: &["`{host}` cannot be reached in time", "the endpoint of Bedrock cannot be reached in time"],
        hints: &[
            MISSPELT,
            NO_ENDPOINT,
            "a VPC needs a route to the internet or a VPC endpoint; other networks may need `HTTPS_PROXY`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Timeout,
        patterns: &[
            "http2 request did not get a response",
            "Read timeout on endpoint URL",
            "Read timed out",
            "Connection timed out",
            "ReadTimeoutError",
            "SocketTimeoutException",
            "Request timed out",
            "The operation timed out",
            "ETIMEDOUT",
            "i/o timeout",
            "Operation timed out after",
            "error sending request for url{}: operation timed out",
            "asyncio.exceptions.TimeoutError",
            "asyncio.TimeoutError",
            "UND_ERR_HEADERS_TIMEOUT",
            "UND_ERR_BODY_TIMEOUT",
            "Headers Timeout Error",
            "Body Timeout Error",
            "Client.Timeout exceeded",
            "specified timeout configuration",
            "Acquire operation took longer than",
            "HttpClient.Timeout",
            "operation was aborted due to timeout",
            "Timed out waiting for",
            "HTTP timeout occurred",
            "context deadline exceeded",
        ],
        decisive_stage: Some(Stage::Timeout),
        summary: &["no response arrived in time[ from `{host}`]"],
        hints: LONGER,
        ..RULE
    },
    // A client writes these before the cause, such as a timeout.
    DiagnosisRule { patterns: &["error sending request for url", "TypeError: fetch failed"], ..UNREACHABLE },
    DiagnosisRule {
        group: Group::Unreachable,
        decisive_stage: Some(Stage::Connection),
        summary: &["`{host}` cannot be reached", "the endpoint of Bedrock cannot be reached"],
        explanation: &["Bedrock has no endpoint in {region}{?no_endpoint}"],
        hints: &[
            MISSPELT,
            NO_ENDPOINT,
            "{!no_endpoint}{!misspelt_region}check the network, `--endpoint-url` and `HTTPS_PROXY`, then try again",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Tls,
        decisive_stage: Some(Stage::Tls),
        summary: &["a secure connection to {`host|'the endpoint'} could not be established"],
        explanation: &["a company's proxy often replaces the certificate with its own"],
        hints: &[CA_BUNDLE],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Timeout,
        patterns: &["(idle limit)"],
        summary: &["the response stopped arriving[ from `{host}`]"],
        hints: &["try again; `BEDROCK_ASK_TIMEOUT_IDLE`, or `timeout.idle` in config.yaml, allows longer pauses"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Timeout,
        patterns: &["the call was not done within"],
        summary: &["the call took longer than its time limit"],
        hints: LONGER,
        ..RULE
    },
    DiagnosisRule {
        group: Group::Timeout,
        patterns: &["(first-byte limit)"],
        summary: &["no response began in time[ from `{host}`]"],
        hints: &["`BEDROCK_ASK_TIMEOUT_FIRST_BYTE`, or `timeout.first_byte` in config.yaml, allows more time"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Unreadable,
        patterns: &[
            "Deserialization error: to see the raw response",
            "Unexpected token '<'",
            "Unexpected token <",
            "<!DOCTYPE html",
            "Invalid JSON response",
        ],
        summary: &["the response of {`host|'the endpoint'} is not a response of Bedrock"],
        explanation: &["a proxy or gateway may have responded instead, with an HTML page"],
        hints: &[LOOK_AT_ENDPOINT],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Unreadable,
        patterns: &["a redirect to `{location}`", "a redirect without a `Location` header"],
        decisive_codes: &["HTTPRedirect"],
        summary: &["{`host|'the endpoint'} responded with a redirect, which was not followed"],
        explanation: &[
            "Bedrock does not redirect: the request reached another server, such as a proxy or a sign-in page",
        ],
        hints: &[
            "{?location}if `{location}` is the right server, name it in `--endpoint-url`; otherwise check the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`",
            "{!location}check `--endpoint-url`, the `AWS_ENDPOINT_URL` variables and `HTTPS_PROXY`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Unreadable,
        patterns: &["^the list of {listing} is empty$"],
        summary: &["{`host|'AWS'} listed no {listing}[ in {region}]"],
        explanation: &["every Region with Bedrock has some, so that something else may have responded"],
        hints: &[LOOK_AT_ENDPOINT],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Unreadable,
        condition: "{?html}",
        decisive_stage: Some(Stage::Unreadable),
        summary: &["the response of {`host|'the endpoint'} is an HTML page, which Bedrock does not send"],
        explanation: &["a proxy, a firewall (WAF) or a sign-in page of the network responded instead"],
        hints: &[LOOK_AT_ENDPOINT, "the operator of the proxy or firewall can tell why it blocked the request"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Unreadable,
        decisive_stage: Some(Stage::Unreadable),
        summary: &["the response of {`host|'the endpoint'} is not a response of Bedrock"],
        explanation: &["a proxy or gateway may have responded instead"],
        hints: &[LOOK_AT_ENDPOINT],
        ..RULE
    },
    DiagnosisRule {
        group: Group::StreamCut,
        decisive_stage: Some(Stage::Stream),
        summary: &["the stream ended before the response was complete"],
        hints: &["try again"],
        more_hints: NO_STREAM,
        ..RULE
    },
];
