//! The operations of S3 that the fake serves, and how a request names one.

use std::collections::BTreeMap;

use super::objects::Bucket;
use crate::fake_bedrock::{Request, decoded};

/// One operation of S3.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum S3Operation {
    CreateBucket,
    HeadBucket,
    GetBucketLocation,
    ListObjectsV2,
    ListMultipartUploads,
    CreateMultipartUpload,
    UploadPart,
    ListParts,
    CompleteMultipartUpload,
    AbortMultipartUpload,
    PutObject,
    HeadObject,
    GetObject,
    DeleteObject,
    Unknown,
}

/// What a request is about.
#[derive(Clone, Debug)]
pub struct Target {
    pub operation: S3Operation,
    pub bucket: String,
    /// Empty for the bucket itself.
    pub key: String,
}

impl Target {
    /// Reads a request in the path style or the virtual-host style.
    pub fn of(request: &Request, buckets: &BTreeMap<String, Bucket>) -> Self {
        let path = request.path().trim_start_matches('/');
        let host = request.header("host").unwrap_or_default();
        let in_host =
            buckets.keys().find(|name| host.strip_prefix(name.as_str()).is_some_and(|it| it.starts_with('.')));
        let (bucket, key) = match in_host {
            Some(name) => (name.as_str(), path),
            None => path.split_once('/').unwrap_or((path, "")),
        };
        let operation = if bucket.is_empty() { S3Operation::Unknown } else { operation(request, key.is_empty()) };
        Self { operation, bucket: decoded(bucket), key: decoded(key) }
    }
}

fn operation(request: &Request, is_bucket: bool) -> S3Operation {
    let has = |name: &str| request.query(name).is_some();
    if request.header("x-amz-copy-source").is_some() {
        return S3Operation::Unknown;
    }
    match (request.method.as_str(), is_bucket) {
        ("PUT", true) => S3Operation::CreateBucket,
        ("HEAD", true) => S3Operation::HeadBucket,
        ("GET", true) if has("location") => S3Operation::GetBucketLocation,
        ("GET", true) if has("uploads") => S3Operation::ListMultipartUploads,
        ("GET", true) if request.query("list-type").as_deref() == Some("2") => S3Operation::ListObjectsV2,
        ("POST", false) if has("uploads") => S3Operation::CreateMultipartUpload,
        ("PUT", false) if has("partNumber") && has("uploadId") => S3Operation::UploadPart,
        ("GET", false) if has("uploadId") => S3Operation::ListParts,
        ("POST", false) if has("uploadId") => S3Operation::CompleteMultipartUpload,
        ("DELETE", false) if has("uploadId") => S3Operation::AbortMultipartUpload,
        ("PUT", false) => S3Operation::PutObject,
        ("HEAD", false) => S3Operation::HeadObject,
        ("GET", false) => S3Operation::GetObject,
        ("DELETE", false) => S3Operation::DeleteObject,
        _ => S3Operation::Unknown,
    }
}
