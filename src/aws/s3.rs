//! S3: buckets, objects, multipart uploads with CRC32 checksums, objects read in ranges. Each function is one operation and
//! carries its name; no type of the SDK leaves this file.

mod content;
mod object_reader;

use std::ops::Range;
use std::time::Duration;

use aws_config::SdkConfig;
use aws_sdk_s3::Client;
use aws_sdk_s3::config::{Builder, ResponseChecksumValidation};
use aws_sdk_s3::operation::head_bucket::HeadBucketError;
use aws_sdk_s3::primitives::ByteStream;
use aws_sdk_s3::types::{
    ChecksumAlgorithm, ChecksumMode, CompletedMultipartUpload, CompletedPart, Part as SdkPart, ServerSideEncryption,
};
use aws_smithy_runtime_api::client::auth::AuthSchemeId;
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::result::SdkError;
use aws_smithy_types::base64;

use super::call::Call;
use super::error::unreadable;
use super::pages::Pages;
use super::retry;
use super::timeout::Timeouts;
use bedrock_ask::model::failure::{Failure, Stage};

use content::{broken, changed, collect, is_of_range};
pub use object_reader::ObjectReader;

/// The limit of a request that carries a part, which a slow line may need long for.
const UPLOAD_LIMIT: Duration = Duration::from_mins(2);

/// The most pages of a list that are read.
const MOST_PAGES: usize = 10_000;

/// The most parts of an upload.
const MOST_PARTS: usize = 10_000;

/// Sends one operation within the time limits; a failure carries its name.
macro_rules! send {
    ($s3:ident, $operation:expr, $request:expr) => {
        send!($s3, $operation, $request, $s3.timeouts)
    };
    ($s3:ident, $operation:expr, $request:expr, $timeouts:expr) => {{
        let call = Call::new($operation, $timeouts);
        let settings = Builder::new().interceptor(call.metrics()).retry_classifier(call.requested_wait());
        call.send($request.customize().config_override(settings).send()).await.map_err(with_code)
    }};
}

/// S3 in one Region.
#[derive(Clone, Debug)]
pub struct S3 {
    client: Client,
    timeouts: Timeouts,
}

/// A bucket.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bucket {
    /// Its Region; `None` if the response does not name it.
    pub region: Option<String>,
}

/// An object.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Object {
    pub key: String,
    pub bytes: u64,
    /// In quotation marks, as S3 writes it.
    pub etag: Option<String>,
    /// The CRC32 in Base64, with `-N` if it is that of N parts; lists do not have it.
    pub crc32: Option<String>,
}

/// A part of a multipart upload.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct UploadedPart {
    /// From 1.
    pub number: i32,
    pub bytes: u64,
    pub etag: String,
    /// The CRC32 in Base64; `None` if the list does not name it.
    pub crc32: Option<String>,
}

impl S3 {
    pub(super) fn new(config: &SdkConfig, endpoint_url: Option<String>, timeouts: Timeouts) -> Self {
        let mut builder = Builder::from(config)
            .retry_classifier(retry::Permanent)
            .auth_scheme_preference([AuthSchemeId::from("sigv4")])
            // An object is read in ranges, of which S3 has no checksum.
            .response_checksum_validation(ResponseChecksumValidation::WhenRequired)
            // Names of buckets are no hosts of an endpoint of one's own.
            .force_path_style(endpoint_url.is_some());
        builder.set_endpoint_url(endpoint_url);
        Self { client: Client::from_conf(builder.build()), timeouts }
    }

    /// Returns the CRC32 of these bytes as S3 writes it.
    pub fn crc32(bytes: &[u8]) -> String {
        encoded(crc32fast::hash(bytes))
    }

    /// Returns the checksum of an object whose parts have these CRC32s, as S3 writes it.
    pub fn crc32_of_parts(parts: &[u32]) -> String {
        let bytes: Vec<u8> = parts.iter().flat_map(|crc32| crc32.to_be_bytes()).collect();
        format!("{}-{}", Self::crc32(&bytes), parts.len())
    }

    /// Looks up a bucket. One of another Region is no failure: S3 names its Region.
    pub async fn head_bucket(&self, bucket: &str) -> Result<Bucket, Box<Failure>> {
        let call = Call::new("HeadBucket", self.timeouts);
        let settings = Builder::new().interceptor(call.metrics()).retry_classifier(call.requested_wait());
        let request = self.client.head_bucket().bucket(bucket).customize().config_override(settings);
        let sending = async {
            match request.send().await {
                Ok(found) => Ok(Bucket { region: found.bucket_region }),
                Err(error) => match other_region(&error).filter(|region| Some(region.as_str()) != self.region()) {
                    Some(region) => Ok(Bucket { region: Some(region) }),
                    None => Err(error),
                },
            }
        };
        match call.send(sending).await {
            Err(failure) => Err(with_code(Box::pin(self.with_reason(bucket, failure)).await)),
            found => found,
        }
    }

    fn region(&self) -> Option<&str> {
        self.client.config().region().map(AsRef::as_ref)
    }

    /// Returns why S3 refuses a bucket. A response to `HEAD` has no body, so that credentials that have expired would look
    /// like a permission that is missing.
    async fn with_reason(&self, bucket: &str, failure: Box<Failure>) -> Box<Failure> {
        if failure.code.is_some() || !matches!(failure.status, Some(400 | 403)) {
            return failure;
        }
        let request = self.client.list_objects_v2().bucket(bucket).max_keys(1);
        match send!(self, "ListObjectsV2", request) {
            Err(reason) if reason.code.as_deref().is_some_and(|code| code != "AccessDenied") => reason,
            _ => failure,
        }
    }

    /// Returns an object without its content; `None` if there is none.
    pub async fn head_object(&self, bucket: &str, key: &str) -> Result<Option<Object>, Box<Failure>> {
        let request = self.client.head_object().bucket(bucket).key(key).checksum_mode(ChecksumMode::Enabled);
        match send!(self, "HeadObject", request) {
            // Every object has an `ETag`, and no page of a proxy looks like an object.
            Ok(found) if found.e_tag.is_none() => Err(unreadable("HeadObject", "the response has no ETag")),
            Ok(found) => Ok(Some(Object {
                key: key.to_owned(),
                bytes: size(found.content_length, "HeadObject")?,
                etag: found.e_tag,
                crc32: found.checksum_crc32,
            })),
            Err(failure) if failure.status == Some(404) && failure.code.as_deref() != Some("NoSuchBucket") => Ok(None),
            Err(failure) => Err(failure),
        }
    }

    /// Begins a multipart upload with CRC32 checksums, and returns its ID. With a key, the object is encrypted by KMS.
    pub async fn create_multipart_upload(
        &self,
        bucket: &str,
        key: &str,
        kms_key: Option<&str>,
    ) -> Result<String, Box<Failure>> {
        const OPERATION: &str = "CreateMultipartUpload";
        let request = self
            .client
            .create_multipart_upload()
            .bucket(bucket)
            .key(key)
            .checksum_algorithm(ChecksumAlgorithm::Crc32)
            .set_server_side_encryption(kms_key.map(|_| ServerSideEncryption::AwsKms))
            .set_ssekms_key_id(kms_key.map(str::to_owned));
        let created = send!(self, OPERATION, request)?;
        created
            .upload_id
            .filter(|id| !id.is_empty())
            .ok_or_else(|| unreadable(OPERATION, "the response has no ID of an upload"))
    }

    /// Uploads a part. S3 refuses it if its CRC32 is not that of the bytes that arrive.
    pub async fn upload_part(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        number: i32,
        content: Vec<u8>,
    ) -> Result<UploadedPart, Box<Failure>> {
        const OPERATION: &str = "UploadPart";
        let (bytes, crc32) = (content.len() as u64, Self::crc32(&content));
        let request = self
            .client
            .upload_part()
            .bucket(bucket)
            .key(key)
            .upload_id(upload_id)
            .part_number(number)
            .checksum_crc32(&crc32)
            .body(ByteStream::from(content));
        let timeouts = Timeouts { first_byte: self.timeouts.first_byte.max(UPLOAD_LIMIT), ..self.timeouts };
        let uploaded = send!(self, OPERATION, request, timeouts)?;
        let etag = uploaded.e_tag.ok_or_else(|| unreadable(OPERATION, "the response has no ETag"))?;
        Ok(UploadedPart { number, bytes, etag, crc32: Some(crc32) })
    }

    /// Returns the parts of an upload, by their numbers; `None` if the upload does not exist any more.
    pub async fn list_parts(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
    ) -> Result<Option<Vec<UploadedPart>>, Box<Failure>> {
        const OPERATION: &str = "ListParts";
        let (mut parts, mut marker, mut pages) = (Vec::new(), None::<String>, Pages::new(OPERATION, MOST_PAGES));
        loop {
            let request = self
                .client
                .list_parts()
                .bucket(bucket)
                .key(key)
                .upload_id(upload_id)
                .set_part_number_marker(marker.take());
            let page = match send!(self, OPERATION, request) {
                Err(failure) if failure.code.as_deref() == Some("NoSuchUpload") => return Ok(None),
                page => page?,
            };
            if page.upload_id.is_some_and(|listed| listed != upload_id) {
                return Err(unreadable(OPERATION, "the response is about another upload"));
            }
            parts.extend(page.parts.unwrap_or_default().into_iter().filter_map(from_part));
            if parts.len() > MOST_PARTS {
                return Err(unreadable(OPERATION, "the response has more parts than an upload can have"));
            }
            marker = pages.next_of_s3(page.is_truncated, page.next_part_number_marker)?;
            if marker.is_none() {
                return Ok(Some(parts));
            }
        }
    }

    /// Completes an upload of these parts. S3 refuses it if the object exists.
    pub async fn complete_multipart_upload(
        &self,
        bucket: &str,
        key: &str,
        upload_id: &str,
        parts: &[UploadedPart],
    ) -> Result<(), Box<Failure>> {
        let parts = parts.iter().map(|part| {
            CompletedPart::builder()
                .part_number(part.number)
                .e_tag(&part.etag)
                .set_checksum_crc32(part.crc32.clone())
                .build()
        });
        let request = self
            .client
            .complete_multipart_upload()
            .bucket(bucket)
            .key(key)
            .upload_id(upload_id)
            .if_none_match("*")
            .multipart_upload(CompletedMultipartUpload::builder().set_parts(Some(parts.collect())).build());
        send!(self, "CompleteMultipartUpload", request).map(drop)
    }

    /// Gives up an upload, so that its parts are not stored any longer. One that does not exist any more is no failure.
    pub async fn abort_multipart_upload(&self, bucket: &str, key: &str, upload_id: &str) -> Result<(), Box<Failure>> {
        let request = self.client.abort_multipart_upload().bucket(bucket).key(key).upload_id(upload_id);
        match send!(self, "AbortMultipartUpload", request) {
            Err(failure) if failure.code.as_deref() != Some("NoSuchUpload") => Err(failure),
            _ => Ok(()),
        }
    }

    /// Returns the objects below a prefix, by their keys.
    pub async fn list_objects_v2(&self, bucket: &str, prefix: &str) -> Result<Vec<Object>, Box<Failure>> {
        const OPERATION: &str = "ListObjectsV2";
        let (mut objects, mut token, mut pages) = (Vec::new(), None::<String>, Pages::new(OPERATION, MOST_PAGES));
        loop {
            let request =
                self.client.list_objects_v2().bucket(bucket).prefix(prefix).set_continuation_token(token.take());
            let page = send!(self, OPERATION, request)?;
            for object in page.contents.unwrap_or_default() {
                let key = object.key.filter(|key| key.starts_with(prefix));
                let key = key.ok_or_else(|| unreadable(OPERATION, "the response has an object of another prefix"))?;
                let bytes = size(object.size, OPERATION)?;
                let etag =
                    object.e_tag.ok_or_else(|| unreadable(OPERATION, "the response has an object without ETag"))?;
                objects.push(Object { key, bytes, etag: Some(etag), crc32: None });
            }
            token = pages.next_of_s3(page.is_truncated, page.next_continuation_token)?;
            if token.is_none() {
                return Ok(objects);
            }
        }
    }

    /// Returns a reader of an object, which reads it in ranges and notices if the object changes meanwhile.
    pub fn reader(&self, bucket: &str, object: &Object) -> ObjectReader {
        ObjectReader::new(self.clone(), bucket, object)
    }

    /// Returns the content of an object in this range, which must not be empty, if the object still has this `ETag`.
    pub async fn get_object(
        &self,
        bucket: &str,
        key: &str,
        range: Range<u64>,
        etag: Option<&str>,
    ) -> Result<Vec<u8>, Box<Failure>> {
        let expected = range.end.saturating_sub(range.start);
        let request = self
            .client
            .get_object()
            .bucket(bucket)
            .key(key)
            .range(format!("bytes={}-{}", range.start, range.end.saturating_sub(1)))
            .set_if_match(etag.map(str::to_owned));
        let found = send!(self, "GetObject", request)?;
        let found_etag = found.e_tag.as_deref().ok_or_else(|| unreadable("GetObject", "the response has no ETag"))?;
        if etag.is_some_and(|etag| etag.trim_matches('"') != found_etag.trim_matches('"')) {
            return Err(changed());
        }
        if !is_of_range(found.content_range.as_deref(), &range) {
            return Err(unreadable("GetObject", "the response is not of the range that was requested"));
        }
        tokio::time::timeout(UPLOAD_LIMIT, collect(found.body, expected)).await.unwrap_or_else(|_| {
            let seconds = UPLOAD_LIMIT.as_secs();
            Err(broken(Failure::new(Stage::Timeout, format!("the object did not arrive within {seconds} seconds"))))
        })
    }
}

/// Adds the error code to the failure of a request whose response has no body: S3 answers `HEAD` so.
fn with_code(failure: Box<Failure>) -> Box<Failure> {
    let code = match failure.status {
        Some(403) if failure.code.is_none() => "AccessDenied",
        Some(404) if failure.code.is_none() => "NotFound",
        _ => return failure,
    };
    let message = format!("S3 responded with the status {}", failure.status.unwrap_or_default());
    Box::new(Failure { stage: Stage::Response, code: Some(code.to_owned()), message, sources: Vec::new(), ..*failure })
}

/// Returns the Region of a bucket that is not in the one that was asked.
fn other_region(error: &SdkError<HeadBucketError, HttpResponse>) -> Option<String> {
    let response = error.raw_response().filter(|response| matches!(response.status().as_u16(), 301 | 307 | 400))?;
    response.headers().get("x-amz-bucket-region").map(str::to_owned)
}

fn from_part(part: SdkPart) -> Option<UploadedPart> {
    Some(UploadedPart {
        number: part.part_number?,
        bytes: part.size.and_then(|bytes| u64::try_from(bytes).ok())?,
        etag: part.e_tag?,
        crc32: part.checksum_crc32.filter(|crc32| !crc32.is_empty()),
    })
}

fn size(bytes: Option<i64>, operation: &'static str) -> Result<u64, Box<Failure>> {
    let bytes = bytes.and_then(|bytes| u64::try_from(bytes).ok());
    bytes.ok_or_else(|| unreadable(operation, "the response has an object without a size"))
}

fn encoded(crc32: u32) -> String {
    base64::encode(crc32.to_be_bytes())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_checksum_is_written_as_s3_writes_it() {
        assert_eq!(S3::crc32(b"123456789"), "y/Q5Jg==");
        let parts = [crc32fast::hash(b"123"), crc32fast::hash(b"456")];
        let joined: Vec<u8> = parts.iter().flat_map(|crc32| crc32.to_be_bytes()).collect();
        assert_eq!(S3::crc32_of_parts(&parts), format!("{}-2", S3::crc32(&joined)));
    }
}
