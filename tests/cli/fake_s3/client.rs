//! Reads and writes the objects of any S3: of the fake without a request, of a server over HTTP.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{
    PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningParams, SigningSettings,
    UriPathNormalizationMode, sign,
};
use aws_sigv4::sign::v4;

use super::behind::Behind;
use super::objects::{Bucket, Object};
use super::{State, xml};
use crate::fake_bedrock::Request;
use crate::fake_bedrock::signature::TEST;

/// The objects of an S3, on behalf of a test or of the service role of a job.
#[derive(Clone)]
pub struct Store {
    place: Place,
    /// The Region of the buckets, if they were not created here.
    region: Option<String>,
    /// What the names of the buckets begin with at the server.
    prefix: String,
}

/// A response of a server. The names of the headers are in lower case.
pub struct Whole {
    pub status: u16,
    pub headers: Vec<(String, String)>,
    pub body: Vec<u8>,
}

#[derive(Clone)]
enum Place {
    InProcess(Arc<Mutex<State>>),
    /// The address of a server on plain HTTP, such as `127.0.0.1:4566`.
    Server(String),
}

/// The Region of each bucket that was created here: a bucket of another one refuses what is not signed for it.
static REGIONS: Mutex<BTreeMap<String, String>> = Mutex::new(BTreeMap::new());

/// A response of a server: status and body.
type Answer = (u16, Vec<u8>);

impl Store {
    pub(super) fn in_process(state: &Arc<Mutex<State>>) -> Self {
        Self { place: Place::InProcess(Arc::clone(state)), region: None, prefix: String::new() }
    }

    /// Uses the server at this URL.
    ///
    /// # Panics
    /// If it is not a URL of plain HTTP.
    pub fn at(url: &str) -> Self {
        let address = url.strip_prefix("http://").expect("the S3 of the tests speaks plain HTTP");
        let place = Place::Server(address.trim_end_matches('/').to_owned());
        Self { place, region: None, prefix: String::new() }
    }

    pub(super) fn behind(server: &Behind) -> Self {
        Self { place: Place::Server(server.address.clone()), region: None, prefix: server.prefix.clone() }
    }

    /// Uses buckets of this Region, whoever created them.
    #[must_use]
    pub fn in_region(&self, region: &str) -> Self {
        Self { region: Some(region.to_owned()), ..self.clone() }
    }

    /// Creates a bucket in this Region.
    ///
    /// # Panics
    /// If the server refuses, as each of these functions.
    pub fn create_bucket(&self, name: &str, region: &str) {
        REGIONS.lock().unwrap().insert(format!("{}{name}", self.prefix), region.to_owned());
        match &self.place {
            Place::InProcess(state) => {
                lock(state).buckets.insert(name.to_owned(), Bucket::new(region));
            }
            Place::Server(address) => {
                let location = xml::element("LocationConstraint", region);
                let body = format!("<CreateBucketConfiguration>{location}</CreateBucketConfiguration>");
                let body = if region == "us-east-1" { "" } else { &body };
                assert_ok("CreateBucket", &self.send(address, "PUT", &format!("/{name}"), body.as_bytes()));
            }
        }
    }

    /// Writes an object.
    pub fn put(&self, bucket: &str, key: &str, bytes: &[u8]) {
        match &self.place {
            Place::InProcess(state) => {
                let mut state = lock(state);
                let bucket = state.buckets.get_mut(bucket).expect("the bucket exists");
                bucket.objects.insert(key.to_owned(), Object::new(bytes, &Request::default(), None));
            }
            Place::Server(address) => {
                let target = format!("/{bucket}/{}", percent_encoded(key, true));
                assert_ok("PutObject", &self.send(address, "PUT", &target, bytes));
            }
        }
    }

    /// Reads an object.
    pub fn get(&self, bucket: &str, key: &str) -> Option<Vec<u8>> {
        match &self.place {
            Place::InProcess(state) => Some(lock(state).buckets.get(bucket)?.objects.get(key)?.bytes.to_vec()),
            Place::Server(address) => {
                let answer = self.send(address, "GET", &format!("/{bucket}/{}", percent_encoded(key, true)), b"");
                if answer.0 == 404 {
                    return None;
                }
                assert_ok("GetObject", &answer);
                Some(answer.1)
            }
        }
    }

    /// Deletes an object, if it exists.
    pub fn delete(&self, bucket: &str, key: &str) {
        match &self.place {
            Place::InProcess(state) => {
                if let Some(bucket) = lock(state).buckets.get_mut(bucket) {
                    bucket.objects.remove(key);
                }
            }
            Place::Server(address) => {
                let target = format!("/{bucket}/{}", percent_encoded(key, true));
                assert_ok("DeleteObject", &self.send(address, "DELETE", &target, b""));
            }
        }
    }

    /// Returns the keys that begin with this prefix, in order; none if there is no such bucket.
    pub fn keys(&self, bucket: &str, prefix: &str) -> Vec<String> {
        let address = match &self.place {
            Place::InProcess(state) => {
                let state = lock(state);
                let keys = state.buckets.get(bucket).into_iter().flat_map(|bucket| bucket.objects.keys());
                return keys.filter(|key| key.starts_with(prefix)).cloned().collect();
            }
            Place::Server(address) => address,
        };
        let mut keys: Vec<String> = Vec::new();
        loop {
            let mut target = format!("/{bucket}?list-type=2&prefix={}", percent_encoded(prefix, false));
            if let Some(last) = keys.last() {
                let _ = write!(target, "&start-after={}", percent_encoded(last, false));
            }
            let answer = self.send(address, "GET", &target, b"");
            if answer.0 == 404 {
                return keys;
            }
            assert_ok("ListObjectsV2", &answer);
            let page = String::from_utf8_lossy(&answer.1).into_owned();
            let contents = xml::inner(&page, "Contents");
            keys.extend(contents.into_iter().flat_map(|entry| xml::texts(entry, "Key")));
            if xml::texts(&page, "IsTruncated") != ["true"] {
                return keys;
            }
        }
    }

    /// Sends a request that is signed for the Region of its bucket.
    fn send(&self, address: &str, method: &str, target: &str, body: &[u8]) -> Answer {
        let answer = self.send_with(address, (method, target, body), &[]);
        (answer.status, answer.body)
    }

    fn send_with(&self, address: &str, (method, target, body): (&str, &str, &[u8]), headers: &[(&str, &str)]) -> Whole {
        let target = format!("/{}{}", self.prefix, target.trim_start_matches('/'));
        let bucket = target.split(['/', '?']).nth(1).unwrap_or_default();
        let region = self.region.clone().or_else(|| REGIONS.lock().unwrap().get(bucket).cloned());
        send_whole(region.as_deref().unwrap_or("us-east-1"), address, (method, &target, body), headers)
    }

    /// Returns an object with its attributes.
    pub fn object(&self, bucket: &str, key: &str) -> Option<Object> {
        let address = match &self.place {
            Place::InProcess(state) => return lock(state).buckets.get(bucket)?.objects.get(key).cloned(),
            Place::Server(address) => address,
        };
        let target = format!("/{bucket}/{}", percent_encoded(key, true));
        let answer = self.send_with(address, ("GET", &target, b""), &[("x-amz-checksum-mode", "ENABLED")]);
        if answer.status != 200 {
            return None;
        }
        let header = |name: &str| answer.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.clone());
        let mut object = Object::new(&answer.body, &Request::default(), None);
        object.etag = header("etag")?;
        object.checksum = header("x-amz-checksum-crc32").map(|value| ("crc32".to_owned(), value));
        object.encryption = header("x-amz-server-side-encryption")
            .filter(|kind| kind == "aws:kms")
            .map(|kind| (kind, header("x-amz-server-side-encryption-aws-kms-key-id").unwrap_or_default()));
        Some(object)
    }

    /// Returns the keys and the numbers of the parts of the uploads that are neither complete nor aborted.
    pub fn uploads(&self, bucket: &str) -> Vec<(String, Vec<u32>)> {
        let address = match &self.place {
            Place::InProcess(state) => {
                let state = lock(state);
                let uploads = state.uploads.values().filter(|upload| upload.bucket == bucket);
                return uploads.map(|upload| (upload.key.clone(), upload.parts.keys().copied().collect())).collect();
            }
            Place::Server(address) => address,
        };
        let text = |target: &str| String::from_utf8_lossy(&self.send(address, "GET", target, b"").1).into_owned();
        let list = text(&format!("/{bucket}?uploads"));
        let (keys, ids) = (xml::texts(&list, "Key"), xml::texts(&list, "UploadId"));
        let parts = |(key, id): (String, String)| {
            let parts = text(&format!("/{bucket}/{}?uploadId={id}", percent_encoded(&key, true)));
            (key, xml::texts(&parts, "PartNumber").iter().filter_map(|number| number.parse().ok()).collect())
        };
        keys.into_iter().zip(ids).map(parts).collect()
    }
}

fn lock(state: &Mutex<State>) -> MutexGuard<'_, State> {
    state.lock().unwrap()
}

/// Encodes a key for a URL; slashes too, unless it is a path.
pub fn percent_encoded(text: &str, is_path: bool) -> String {
    let mut encoded = String::new();
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-._~".contains(&byte) || (is_path && byte == b'/') {
            encoded.push(char::from(byte));
        } else {
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

fn assert_ok(operation: &str, (status, body): &Answer) {
    assert!((200..300).contains(status), "{operation}: {status} {}", String::from_utf8_lossy(body));
}

/// Sends a request that is signed for this Region, with more headers.
pub fn send_in(region: &str, address: &str, request: (&str, &str, &[u8]), headers: &[(&str, &str)]) -> Answer {
    let answer = send_whole(region, address, request, headers);
    (answer.status, answer.body)
}

fn send_whole(region: &str, address: &str, request: (&str, &str, &[u8]), headers: &[(&str, &str)]) -> Whole {
    let signed = signed_headers(region, address, request, headers);
    let all = headers.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
    exchange(address, request, &all.chain(signed).collect::<Vec<_>>())
}

/// Sends a request with these headers.
pub fn exchange(address: &str, (method, target, body): (&str, &str, &[u8]), headers: &[(String, String)]) -> Whole {
    let mut stream = TcpStream::connect(address).expect("the S3 of the tests is there");
    let mut request = format!("{method} {target} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\n").into_bytes();
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "content-length: {}\r\n\r\n", body.len()).unwrap();
    request.extend(body);
    stream.write_all(&request).unwrap();
    let mut bytes = Vec::new();
    // What was cut is shorter than its header tells.
    let _ = stream.read_to_end(&mut bytes);
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let headers = head.lines().skip(1).filter_map(|line| line.split_once(':'));
    let headers: Vec<_> = headers.map(|(name, value)| (name.to_ascii_lowercase(), value.trim().to_owned())).collect();
    let is_chunked = headers.iter().any(|(name, value)| name == "transfer-encoding" && value == "chunked");
    let body = &bytes[split..];
    Whole { status, headers, body: if is_chunked { unchunked(body) } else { body.to_vec() } }
}

fn signed_headers(
    region: &str,
    address: &str,
    (method, target, body): (&str, &str, &[u8]),
    headers: &[(&str, &str)],
) -> Vec<(String, String)> {
    let identity = Credentials::new(TEST.0, TEST.1, None, None, "a test").into();
    let mut settings = SigningSettings::default();
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let parameters = v4::SigningParams::builder().identity(&identity).region(region).name("s3");
    let parameters = parameters.time(SystemTime::now()).settings(settings).build().unwrap();
    // A test may name the hash itself.
    let (given, others): (Vec<_>, Vec<_>) = headers.iter().partition(|(name, _)| *name == "x-amz-content-sha256");
    let payload = match given.first() {
        Some((_, hash)) => SignableBody::Precomputed((*hash).to_owned()),
        None => SignableBody::Bytes(body),
    };
    let signable = SignableRequest::new(method, format!("http://{address}{target}"), others.into_iter(), payload);
    let (instructions, _) = sign(signable.unwrap(), &SigningParams::V4(parameters)).unwrap().into_parts();
    let (signed, _) = instructions.into_parts();
    let signed = signed.iter().map(|header| (header.name().to_owned(), header.value().to_owned()));
    signed.filter(|(name, _)| given.is_empty() || name != "x-amz-content-sha256").collect()
}

fn unchunked(mut rest: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = std::str::from_utf8(&rest[..at]).ok().and_then(|size| usize::from_str_radix(size, 16).ok());
        let Some(chunk) = size.filter(|size| *size > 0).and_then(|size| rest.get(at + 2..at + 2 + size)) else { break };
        body.extend(chunk);
        rest = &rest[at + 2 + chunk.len() + 2..];
    }
    body
}
