//! Uploads in parts.

use std::collections::BTreeMap;
use std::time::SystemTime;

use super::body::Checksum;
use super::checksum::{base64, checksum};
use super::objects::{self, Object};
use super::operation::Target;
use super::{State, xml};
use crate::fake_bedrock::{Refusal, Request, Response};

/// The least bytes of every part but the last.
const SMALLEST: usize = 5 << 20;

/// An upload that is neither complete nor aborted.
pub struct Upload {
    pub bucket: String,
    pub key: String,
    pub started: SystemTime,
    /// The request that created it, which names the encryption and the checksums.
    pub request: Request,
    pub parts: BTreeMap<u32, Part>,
}

/// A part of an upload.
pub struct Part {
    pub bytes: Vec<u8>,
    /// With its quotation marks.
    pub etag: String,
    pub checksum: Option<Checksum>,
}

/// A part as `CompleteMultipartUpload` names it.
struct Named {
    number: u32,
    etag: String,
    checksum: Option<String>,
}

impl Upload {
    /// Returns the algorithm of the checksums that it was created with, in lower case.
    pub fn algorithm(&self) -> Option<String> {
        self.request.header("x-amz-checksum-algorithm").map(str::to_ascii_lowercase)
    }

    /// Whether the checksum is that of the checksums of the parts.
    fn is_composite(&self) -> bool {
        self.request.header("x-amz-checksum-type") != Some("FULL_OBJECT")
            && self.algorithm().as_deref() != Some("crc64nvme")
    }

    fn check(&self, named: &[Named]) -> Result<(), Refusal> {
        if named.is_empty() {
            let message = "The XML you provided was not well-formed or did not validate against our published schema";
            return Err(Refusal::new(400, "MalformedXML", message));
        }
        if !named.is_sorted_by(|one, other| one.number < other.number) {
            let message = "The list of parts was not in ascending order. Parts must be ordered by part number.";
            return Err(Refusal::new(400, "InvalidPartOrder", message));
        }
        for (at, one) in named.iter().enumerate() {
            let part =
                self.parts.get(&one.number).filter(|part| part.etag.trim_matches('"') == one.etag.trim_matches('"'));
            let part = part.ok_or_else(invalid_part)?;
            match (&part.checksum, &one.checksum) {
                (Some((_, known)), Some(given)) if known != given => return Err(invalid_part()),
                (Some((algorithm, _)), None) if self.algorithm().is_some() && self.is_composite() => {
                    let message = format!(
                        "The upload was created using a {algorithm} checksum. The complete request must include the \
                         checksum for each part. It was missing for part {} in the request.",
                        one.number
                    );
                    return Err(Refusal::new(400, "InvalidRequest", message));
                }
                _ => {}
            }
            if part.bytes.len() < SMALLEST && at + 1 < named.len() {
                let message = "Your proposed upload is smaller than the minimum allowed size";
                return Err(Refusal::new(400, "EntityTooSmall", message));
            }
        }
        Ok(())
    }

    /// Joins the parts.
    fn object(&self, named: &[Named]) -> Object {
        let parts: Vec<&Part> = named.iter().map(|one| &self.parts[&one.number]).collect();
        let bytes = parts.iter().map(|part| part.bytes.as_slice()).collect::<Vec<_>>().concat();
        let tags: String = parts.iter().map(|part| part.etag.as_str()).collect();
        let checksum = self.algorithm().and_then(|algorithm| {
            if !self.is_composite() {
                return Some((algorithm.clone(), base64(&checksum(&algorithm, &bytes)?)));
            }
            let each: Option<Vec<_>> = parts.iter().map(|part| checksum(&algorithm, &part.bytes)).collect();
            let of_all = checksum(&algorithm, &each?.concat())?;
            Some((algorithm, format!("{}-{}", base64(&of_all), parts.len())))
        });
        let mut object = Object::new(&bytes, &self.request, checksum);
        object.etag = format!("\"{}-{}\"", objects::etag_of(tags.as_bytes()).trim_matches('"'), parts.len());
        object
    }
}

impl State {
    pub(super) fn create_upload(&mut self, target: &Target, request: &Request) -> Response {
        self.ids += 1;
        let id = format!("upload-{:06}", self.ids);
        let upload = Upload {
            bucket: target.bucket.clone(),
            key: target.key.clone(),
            started: SystemTime::now(),
            request: request.clone(),
            parts: BTreeMap::new(),
        };
        let inner =
            xml::element("Bucket", &target.bucket) + &xml::element("Key", &target.key) + &xml::element("UploadId", &id);
        let mut response = xml::response("InitiateMultipartUploadResult", &inner);
        objects::describe_encryption(&mut response, objects::encryption_of(request).as_ref());
        if let Some(algorithm) = request.header("x-amz-checksum-algorithm") {
            response.set("x-amz-checksum-algorithm", algorithm);
            response.set("x-amz-checksum-type", if upload.is_composite() { "COMPOSITE" } else { "FULL_OBJECT" });
        }
        self.uploads.insert(id, upload);
        response
    }

    pub(super) fn upload_part(
        &mut self,
        target: &Target,
        request: &Request,
        checksum: Option<Checksum>,
    ) -> Result<Response, Refusal> {
        let number = request.query("partNumber").and_then(|number| number.parse().ok());
        let number = number.filter(|number| (1..=10_000).contains(number)).ok_or_else(|| {
            let message = "Part number must be an integer between 1 and 10000, inclusive";
            Refusal::new(400, "InvalidArgument", message)
        })?;
        let upload = self.upload(target, request)?;
        let given = checksum.as_ref().map(|(algorithm, _)| algorithm.clone());
        if upload.algorithm().is_some() && given != upload.algorithm() {
            let show = |algorithm: Option<String>| algorithm.unwrap_or_else(|| "null".to_owned());
            let message = format!(
                "Checksum Type mismatch occurred, expected checksum Type: {}, actual checksum Type: {}",
                show(upload.algorithm()),
                show(given)
            );
            return Err(Refusal::new(400, "InvalidRequest", message));
        }
        let part = Part { etag: objects::etag_of(&request.body), bytes: request.body.clone(), checksum };
        let mut response = objects::empty(200);
        response.set("ETag", part.etag.clone());
        objects::describe_encryption(&mut response, objects::encryption_of(&upload.request).as_ref());
        if let Some((algorithm, value)) = &part.checksum {
            response.set(&format!("x-amz-checksum-{algorithm}"), value.clone());
        }
        upload.parts.insert(number, part);
        Ok(response)
    }

    pub(super) fn complete_upload(&mut self, target: &Target, request: &Request) -> Result<Response, Refusal> {
        let named = named_parts(&String::from_utf8_lossy(&request.body))?;
        let upload = self.upload(target, request)?;
        upload.check(&named)?;
        let object = upload.object(&named);
        let size = request.header("x-amz-mp-object-size").and_then(|size| size.parse::<usize>().ok());
        if size.is_some_and(|size| size != object.bytes.len()) {
            let message = "The provided 'x-amz-mp-object-size' header value does not match what was computed.";
            return Err(Refusal::new(400, "InvalidRequest", message));
        }
        let bucket = self.buckets.get_mut(&target.bucket).expect("the bucket was checked");
        if request.header("if-none-match") == Some("*") && bucket.objects.contains_key(&target.key) {
            let message = "At least one of the pre-conditions you specified did not hold";
            return Err(Refusal::new(412, "PreconditionFailed", message));
        }
        let location = format!("http://localhost/{}/{}", target.bucket, target.key);
        let mut inner = xml::element("Location", &location) + &xml::element("Bucket", &target.bucket);
        inner += &(xml::element("Key", &target.key) + &xml::element("ETag", &object.etag));
        if let Some((algorithm, value)) = &object.checksum {
            inner += &xml::element(&format!("Checksum{}", algorithm.to_uppercase()), value);
            inner += &xml::element("ChecksumType", if value.contains('-') { "COMPOSITE" } else { "FULL_OBJECT" });
        }
        let mut response = xml::response("CompleteMultipartUploadResult", &inner);
        objects::describe_encryption(&mut response, object.encryption.as_ref());
        bucket.objects.insert(target.key.clone(), object);
        self.uploads.remove(&request.query("uploadId").unwrap_or_default());
        Ok(response)
    }

    pub(super) fn abort_upload(&mut self, request: &Request) -> Result<Response, Refusal> {
        let id = request.query("uploadId").unwrap_or_default();
        self.uploads.remove(&id).map(|_| objects::empty(204)).ok_or_else(no_such_upload)
    }

    pub(super) fn upload(&mut self, target: &Target, request: &Request) -> Result<&mut Upload, Refusal> {
        let upload = self.uploads.get_mut(&request.query("uploadId").unwrap_or_default());
        upload.filter(|it| it.bucket == target.bucket && it.key == target.key).ok_or_else(no_such_upload)
    }
}

fn named_parts(xml: &str) -> Result<Vec<Named>, Refusal> {
    let parts = xml::inner(xml, "Part").into_iter().map(|part| {
        let text = |name: &str| xml::texts(part, name).into_iter().next();
        let checksums = ["CRC32", "CRC32C", "CRC64NVME", "SHA1", "SHA256"];
        let checksum = checksums.iter().find_map(|name| text(&format!("Checksum{name}")));
        Some(Named { number: text("PartNumber")?.parse().ok()?, etag: text("ETag")?, checksum })
    });
    let message = "The XML you provided was not well-formed or did not validate against our published schema";
    parts.collect::<Option<Vec<_>>>().ok_or_else(|| Refusal::new(400, "MalformedXML", message))
}

fn invalid_part() -> Refusal {
    let message = "One or more of the specified parts could not be found.  The part may not have been uploaded, or the \
                   specified entity tag may not match the part's entity tag.";
    Refusal::new(400, "InvalidPart", message)
}

fn no_such_upload() -> Refusal {
    let message = "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted \
                   or completed.";
    Refusal::new(404, "NoSuchUpload", message)
}
