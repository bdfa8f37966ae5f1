//! Buckets and whole objects.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::SystemTime;

use aws_smithy_types::date_time::{DateTime, Format};

use super::body::Checksum;
use super::checksum::sha256;
use super::operation::Target;
use super::{State, xml};
use crate::fake_bedrock::{Refusal, Request, Response};

/// The header with which a response without a body names the length of the object.
pub const LENGTH: &str = "x-fake-length";

/// A bucket.
#[derive(Default)]
pub struct Bucket {
    pub region: String,
    pub objects: BTreeMap<String, Object>,
}

/// An object.
#[derive(Clone, Debug, PartialEq)]
pub struct Object {
    pub bytes: Arc<[u8]>,
    /// With its quotation marks.
    pub etag: String,
    /// The algorithm in lower case, and the value in base64, which ends with `-N` if it is that of N parts.
    pub checksum: Option<Checksum>,
    /// The `x-amz-server-side-encryption` and the key ID of the request.
    pub encryption: Option<(String, String)>,
    pub content_type: String,
    pub modified: SystemTime,
}

impl Bucket {
    /// Creates an empty bucket.
    pub fn new(region: &str) -> Self {
        Self { region: region.to_owned(), objects: BTreeMap::new() }
    }
}

impl Object {
    /// Creates an object with the settings of a request.
    pub fn new(bytes: &[u8], request: &Request, checksum: Option<Checksum>) -> Self {
        Self {
            etag: etag_of(bytes),
            bytes: bytes.into(),
            checksum,
            encryption: encryption_of(request),
            content_type: request.header("content-type").unwrap_or("binary/octet-stream").to_owned(),
            modified: SystemTime::now(),
        }
    }

    /// Sets the headers that a response about the object has.
    fn describe(&self, response: &mut Response, is_whole: bool, request: &Request) {
        response.set("ETag", self.etag.clone());
        response.set("Accept-Ranges", "bytes");
        response.set("Last-Modified", DateTime::from(self.modified).fmt(Format::HttpDate).expect("a date"));
        describe_encryption(response, self.encryption.as_ref());
        if let Some((algorithm, value)) = &self.checksum
            && is_whole
            && request.header("x-amz-checksum-mode").is_some_and(|mode| mode.eq_ignore_ascii_case("enabled"))
        {
            response.set(&format!("x-amz-checksum-{algorithm}"), value.clone());
            response.set("x-amz-checksum-type", if value.contains('-') { "COMPOSITE" } else { "FULL_OBJECT" });
        }
    }
}

/// Returns an entity tag, which is no MD5: one of an object under KMS is not either.
pub fn etag_of(bytes: &[u8]) -> String {
    format!("\"{}\"", &sha256(bytes)[..32])
}

/// Returns the encryption that a request asks for.
pub fn encryption_of(request: &Request) -> Option<(String, String)> {
    let kind = request.header("x-amz-server-side-encryption")?;
    let key = request.header("x-amz-server-side-encryption-aws-kms-key-id").unwrap_or_default();
    Some((kind.to_owned(), key.to_owned()))
}

/// Sets the headers that name the encryption.
pub fn describe_encryption(response: &mut Response, encryption: Option<&(String, String)>) {
    if let Some((kind, key)) = encryption {
        response.set("x-amz-server-side-encryption", kind.clone());
        if !key.is_empty() {
            response.set("x-amz-server-side-encryption-aws-kms-key-id", key.clone());
        }
    } else {
        response.set("x-amz-server-side-encryption", "AES256");
    }
}

/// Returns a response without a body.
pub fn empty(status: u16) -> Response {
    Response { status, headers: Vec::new(), body: Vec::new() }
}

impl State {
    pub(super) fn create_bucket(&mut self, target: &Target, request: &Request) -> Response {
        let body = String::from_utf8_lossy(&request.body).into_owned();
        let region = xml::texts(&body, "LocationConstraint").into_iter().next();
        let region = region.unwrap_or_else(|| "us-east-1".to_owned());
        self.buckets.entry(target.bucket.clone()).or_insert_with(|| Bucket::new(&region));
        empty(200)
    }

    pub(super) fn location(&self, target: &Target) -> Response {
        // us-east-1 is the one that is not named.
        let region = self.buckets[&target.bucket].region.replace("us-east-1", "");
        xml::response("LocationConstraint", &region)
    }

    pub(super) fn put_object(
        &mut self,
        target: &Target,
        request: &Request,
        checksum: Option<Checksum>,
    ) -> Result<Response, Refusal> {
        let objects = &mut self.buckets.get_mut(&target.bucket).expect("the bucket was checked").objects;
        if request.header("if-none-match") == Some("*") && objects.contains_key(&target.key) {
            return Err(precondition());
        }
        let object = Object::new(&request.body, request, checksum);
        let mut response = empty(200);
        response.set("ETag", object.etag.clone());
        describe_encryption(&mut response, object.encryption.as_ref());
        if let Some((algorithm, value)) = &object.checksum {
            response.set(&format!("x-amz-checksum-{algorithm}"), value.clone());
        }
        objects.insert(target.key.clone(), object);
        Ok(response)
    }

    pub(super) fn head_object(&self, target: &Target, request: &Request) -> Result<Response, Refusal> {
        let object = self.object(target, request)?;
        let mut response = Response::new(200, &object.content_type, "");
        object.describe(&mut response, true, request);
        response.set(LENGTH, object.bytes.len().to_string());
        Ok(response)
    }

    pub(super) fn get_object(&self, target: &Target, request: &Request) -> Result<Response, Refusal> {
        let object = self.object(target, request)?;
        let size = object.bytes.len();
        let Some(range) = request.header("range") else {
            let mut response = Response::new(200, &object.content_type, &*object.bytes);
            object.describe(&mut response, true, request);
            return Ok(response);
        };
        let (from, to) = bounds(range, size)
            .ok_or_else(|| Refusal::new(416, "InvalidRange", "The requested range is not satisfiable"))?;
        let mut response = Response::new(206, &object.content_type, &object.bytes[from..to]);
        object.describe(&mut response, false, request);
        response.set("Content-Range", format!("bytes {from}-{}/{size}", to - 1));
        Ok(response)
    }

    pub(super) fn delete_object(&mut self, target: &Target) -> Response {
        let bucket = self.buckets.get_mut(&target.bucket).expect("the bucket was checked");
        bucket.objects.remove(&target.key);
        empty(204)
    }

    fn object(&self, target: &Target, request: &Request) -> Result<&Object, Refusal> {
        let object = self.buckets[&target.bucket].objects.get(&target.key);
        let object = object.ok_or_else(|| Refusal::new(404, "NoSuchKey", "The specified key does not exist."))?;
        match request.header("if-match") {
            Some(tag) if tag.trim_matches('"') != object.etag.trim_matches('"') => Err(precondition()),
            _ => Ok(object),
        }
    }
}

fn precondition() -> Refusal {
    Refusal::new(412, "PreconditionFailed", "At least one of the pre-conditions you specified did not hold")
}

/// Returns the first byte and the one after the last of a range such as `bytes=0-9`, `bytes=5-` or `bytes=-3`.
fn bounds(range: &str, size: usize) -> Option<(usize, usize)> {
    let (from, to) = range.strip_prefix("bytes=")?.split_once('-')?;
    let (from, to) = match (from.parse::<usize>().ok(), to.parse::<usize>().ok()) {
        (Some(from), Some(to)) => (from, to.saturating_add(1).min(size)),
        (Some(from), None) => (from, size),
        (None, Some(last)) => (size.saturating_sub(last), size),
        (None, None) => return None,
    };
    (from < to).then_some((from, to))
}
