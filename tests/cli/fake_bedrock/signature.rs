//! Authentication: recomputes the signature with AWS's own signing crate, or compares the API key.

use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;
use aws_smithy_types::date_time::{DateTime, Format};

use super::faults::Refusal;
use super::http::Request;
use crate::harness::canary;

/// Credentials that the fake accepts: key ID, secret, session token.
pub type Keys = (&'static str, &'static str, Option<&'static str>);

/// The credentials of [`crate::harness::Run::credentials`].
pub const ENVIRONMENT: Keys = (canary::ACCESS_KEY_ID, canary::SECRET_ACCESS_KEY, Some(canary::SESSION_TOKEN));
/// The credentials of the fake's endpoints: instance, container, STS, single sign-on.
pub const ROLE: Keys =
    ("ASIAROLE0EXAMPLE0000", "roleCANARYsecret0XUtnFEMIk7MDENGbPxRfiCY", Some("roleCANARYsession0token"));
/// The credentials for third-party clients.
pub const TEST: Keys = ("test", "test", None);

/// How a request is authenticated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Caller {
    /// Signed for this Region.
    Signed(String),
    /// Sent with the API key, which names no Region.
    ApiKey,
}

/// Returns the request's signature: 64 hexadecimal digits, which must never be printed.
pub fn signature_of(request: &Request) -> Option<&str> {
    request.header("authorization")?.split_once("Signature=").map(|(_, signature)| signature.trim())
}

/// Authenticates a request, or returns AWS's error.
pub fn check(request: &Request, service: &str) -> Result<Caller, Refusal> {
    let Some(authorization) = request.header("authorization") else {
        return Err(Refusal::new(403, "MissingAuthenticationTokenException", "Missing Authentication Token"));
    };
    if let Some(key) = authorization.strip_prefix("Bearer ") {
        return check_key(key).map(|()| Caller::ApiKey);
    }
    let scope = Scope::parse(authorization).filter(|scope| scope.service == service).ok_or_else(mismatch)?;
    let keys = [ENVIRONMENT, ROLE, TEST].into_iter().find(|keys| keys.0 == scope.key_id && fits(request, *keys));
    let keys = keys.ok_or_else(|| {
        Refusal::new(403, "UnrecognizedClientException", "The security token included in the request is invalid.")
    })?;
    let expected = recompute(request, &scope, keys).ok_or_else(mismatch)?;
    if signature_of(request) == Some(&expected) { Ok(Caller::Signed(scope.region.to_owned())) } else { Err(mismatch()) }
}

/// Authenticates a request to S3 by its headers alone and returns the Region of its signature, or S3's error.
pub fn check_s3(request: &Request) -> Result<String, Refusal> {
    let Some(authorization) = request.header("authorization") else {
        return Err(Refusal::new(403, "AccessDenied", "Access Denied"));
    };
    if request.header("x-amz-content-sha256").is_none() {
        let message = "Missing required header for this request: x-amz-content-sha256";
        return Err(Refusal::new(400, "InvalidRequest", message));
    }
    let malformed = || Refusal::new(400, "AuthorizationHeaderMalformed", "The authorization header is malformed.");
    let scope = Scope::parse(authorization).filter(|scope| scope.service == "s3").ok_or_else(malformed)?;
    let known = [ENVIRONMENT, ROLE, TEST].into_iter().find(|keys| keys.0 == scope.key_id);
    let message = "The AWS Access Key Id you provided does not exist in our records.";
    let keys = known.ok_or_else(|| Refusal::new(403, "InvalidAccessKeyId", message))?;
    if !fits(request, keys) {
        return Err(Refusal::new(400, "InvalidToken", "The provided token is malformed or otherwise invalid."));
    }
    if recompute(request, &scope, keys).as_deref() == signature_of(request) {
        return Ok(scope.region.to_owned());
    }
    let message = "The request signature we calculated does not match the signature you provided. Check your key and \
                   signing method.";
    Err(Refusal::new(403, "SignatureDoesNotMatch", message))
}

fn check_key(key: &str) -> Result<(), Refusal> {
    let message = match key {
        canary::API_KEY => return Ok(()),
        _ if key.starts_with("ABSK") || key.starts_with("bedrock-api-key-") => {
            "Authentication failed: Please make sure your API Key is valid."
        }
        _ => "Invalid API Key format: Must start with pre-defined prefix",
    };
    Err(Refusal::new(403, "AccessDeniedException", message).with_capital_message())
}

fn fits(request: &Request, (_, _, token): Keys) -> bool {
    request.header("x-amz-security-token") == token
}

fn mismatch() -> Refusal {
    let message = "The request signature we calculated does not match the signature you provided. Check your AWS Secret \
                   Access Key and signing method. Consult the service documentation for details.";
    Refusal::new(403, "InvalidSignatureException", message)
}

/// The parts of an `Authorization` header.
struct Scope<'a> {
    key_id: &'a str,
    region: &'a str,
    service: &'a str,
    signed_headers: Vec<&'a str>,
}

impl<'a> Scope<'a> {
    fn parse(authorization: &'a str) -> Option<Self> {
        let fields = authorization.strip_prefix("AWS4-HMAC-SHA256 ")?;
        let field = |name: &str| fields.split(',').find_map(|field| field.trim().strip_prefix(name));
        let credential: Vec<&str> = field("Credential=")?.split('/').collect();
        let [key_id, _date, region, service, "aws4_request"] = credential[..] else { return None };
        Some(Self { key_id, region, service, signed_headers: field("SignedHeaders=")?.split(';').collect() })
    }
}

fn recompute(request: &Request, scope: &Scope<'_>, (key_id, secret, token): Keys) -> Option<String> {
    let identity = Credentials::new(key_id, secret, token.map(str::to_owned), None, "the fake's own").into();
    let mut settings = SigningSettings::default();
    if scope.signed_headers.contains(&"x-amz-content-sha256") {
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    }
    let is_s3 = scope.service == "s3";
    if is_s3 {
        settings.percent_encoding_mode = PercentEncodingMode::Single;
        settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    }
    // What the client signed is signed again, whatever the crate would leave out by itself.
    settings.excluded_headers = None;
    let time = SystemTime::try_from(signed_at(request.header("x-amz-date")?)?).ok()?;
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(scope.region)
        .name(scope.service)
        .time(time)
        .settings(settings)
        .build()
        .ok()?;
    let added_by_signing = ["x-amz-date", "x-amz-security-token", "x-amz-content-sha256"];
    let headers = request.headers.iter().map(|(name, value)| (name.as_str(), value.as_str()));
    let headers = headers.filter(|(name, _)| scope.signed_headers.contains(name) && !added_by_signing.contains(name));
    let url = format!("http://{}{}", request.header("host")?, request.target);
    let body = match request.header("x-amz-content-sha256").filter(|_| is_s3) {
        Some(hash) => SignableBody::Precomputed(hash.to_owned()),
        None => SignableBody::Bytes(&request.body),
    };
    let signable = SignableRequest::new(&request.method, url, headers, body).ok()?;
    Some(sign(signable, &SigningParams::V4(parameters)).ok()?.signature().to_owned())
}

/// Parses a time such as `20261120T193129Z`.
fn signed_at(date: &str) -> Option<DateTime> {
    let (day, time) = date.strip_suffix('Z')?.split_once('T')?;
    let (day, time) = (day.get(..8)?, time.get(..6)?);
    let iso = format!("{}-{}-{}T{}:{}:{}Z", &day[..4], &day[4..6], &day[6..], &time[..2], &time[2..4], &time[4..]);
    DateTime::from_str(&iso, Format::DateTime).ok()
}
