//! The body of a request: the chunks of `aws-chunked`, the length, the payload's hash, and the checksum.

use super::checksum::{base64, checksum, sha256};
use crate::fake_bedrock::{Refusal, Request};

/// A checksum that the body has: the algorithm in lower case, and the value in base64.
pub type Checksum = (String, String);

type Headers = Vec<(String, String)>;

const CHUNKED: &str = "STREAMING-UNSIGNED-PAYLOAD-TRAILER";

/// Replaces the body by what it carries and verifies it, or returns S3's error.
pub fn decode(request: &mut Request) -> Result<Option<Checksum>, Refusal> {
    let hash = request.header("x-amz-content-sha256").unwrap_or_default().to_owned();
    let mut trailers = Vec::new();
    match hash.as_str() {
        "UNSIGNED-PAYLOAD" => {}
        CHUNKED => (request.body, trailers) = unchunked(&request.body).ok_or_else(incomplete)?,
        _ if hash.starts_with("STREAMING-") => {
            return Err(Refusal::new(501, "NotImplemented", format!("the fake does not verify {hash}")));
        }
        _ if hash == sha256(&request.body) => {}
        _ => {
            let message = "The provided 'x-amz-content-sha256' header does not match what was computed.";
            return Err(Refusal::new(400, "XAmzContentSHA256Mismatch", message));
        }
    }
    let length = request.header("x-amz-decoded-content-length").and_then(|length| length.parse().ok());
    if length.is_some_and(|length: usize| length != request.body.len()) {
        return Err(incomplete());
    }
    let headers = request.headers.iter().chain(&trailers);
    let values = headers.filter_map(|(name, value)| Some((name.strip_prefix("x-amz-checksum-")?, value)));
    let is_setting = |name: &str| ["algorithm", "mode", "type"].contains(&name);
    let Some((algorithm, value)) = values.into_iter().find(|(name, _)| !is_setting(name)) else { return Ok(None) };
    // The checksum of a whole object, of which the request only names the parts.
    if request.query("uploadId").is_some() && request.method == "POST" {
        return Ok(None);
    }
    let computed = checksum(algorithm, &request.body)
        .ok_or_else(|| Refusal::new(501, "NotImplemented", format!("the fake does not know {algorithm}")))?;
    if base64(&computed) != *value {
        let name = algorithm.to_uppercase();
        let message = format!("The {name} you specified did not match the calculated checksum.");
        return Err(Refusal::new(400, "BadDigest", message));
    }
    Ok(Some((algorithm.to_owned(), value.clone())))
}

fn incomplete() -> Refusal {
    let message = "You did not provide the number of bytes specified by the Content-Length HTTP header";
    Refusal::new(400, "IncompleteBody", message)
}

/// Returns the payload of `aws-chunked` bytes and the trailers.
fn unchunked(mut rest: &[u8]) -> Option<(Vec<u8>, Headers)> {
    let mut payload = Vec::new();
    loop {
        let (line, after) = line(rest)?;
        let size = usize::from_str_radix(line.split(';').next()?, 16).ok()?;
        rest = after;
        if size == 0 {
            break;
        }
        payload.extend(rest.get(..size)?);
        rest = rest.get(size..)?.strip_prefix(b"\r\n")?;
    }
    let mut trailers = Vec::new();
    while let Some((line, after)) = line(rest).filter(|(line, _)| !line.is_empty()) {
        let (name, value) = line.split_once(':')?;
        trailers.push((name.trim().to_ascii_lowercase(), value.trim().to_owned()));
        rest = after;
    }
    Some((payload, trailers))
}

fn line(bytes: &[u8]) -> Option<(&str, &[u8])> {
    let at = bytes.windows(2).position(|two| two == b"\r\n")?;
    Some((std::str::from_utf8(&bytes[..at]).ok()?, &bytes[at + 2..]))
}
