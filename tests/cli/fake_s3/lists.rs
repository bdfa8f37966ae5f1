//! The lists: objects, uploads and parts, page by page.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::time::SystemTime;

use aws_smithy_types::date_time::{DateTime, Format};

use super::objects::Object;
use super::operation::Target;
use super::{State, xml};
use crate::fake_bedrock::{Refusal, Request, Response};

impl State {
    pub(super) fn list_objects(&self, target: &Target, request: &Request) -> Response {
        let query = |name| request.query(name).unwrap_or_default();
        let (prefix, delimiter) = (query("prefix"), query("delimiter"));
        let token =
            request.query("continuation-token").and_then(|token| token.strip_prefix("after ").map(str::to_owned));
        let after = token.unwrap_or_else(|| query("start-after"));
        let objects = &self.buckets[&target.bucket].objects;
        let mut entries: Vec<Entry> = Vec::new();
        let mut folders = BTreeSet::new();
        for (key, object) in objects.iter().filter(|(key, _)| key.starts_with(&prefix)) {
            let rest = &key[prefix.len()..];
            match rest.split_once(&delimiter).filter(|_| !delimiter.is_empty()) {
                Some((folder, _)) => {
                    let folder = format!("{prefix}{folder}{delimiter}");
                    if folders.insert(folder.clone()) {
                        entries.push(Entry { key: folder, object: None });
                    }
                }
                None => entries.push(Entry { key: key.clone(), object: Some(object) }),
            }
        }
        entries.retain(|entry| entry.key > after);
        let size = self.size_of(request, "max-keys");
        let is_url = query("encoding-type") == "url";
        let mut inner = xml::element("Name", &target.bucket) + &xml::element("Prefix", &encoded(&prefix, is_url));
        let _ = write!(inner, "<MaxKeys>{size}</MaxKeys><KeyCount>{}</KeyCount>", entries.len().min(size));
        if is_url {
            inner += "<EncodingType>url</EncodingType>";
        }
        let is_cut = entries.len() > size;
        let _ = write!(inner, "<IsTruncated>{is_cut}</IsTruncated>");
        if let Some(last) = entries[..size.min(entries.len())].last().filter(|_| is_cut) {
            inner += &xml::element("NextContinuationToken", &format!("after {}", last.key));
        }
        for entry in entries.iter().take(size) {
            inner += &entry.xml(is_url);
        }
        xml::response("ListBucketResult", &inner)
    }

    pub(super) fn list_uploads(&self, target: &Target, request: &Request) -> Response {
        let query = |name| request.query(name).unwrap_or_default();
        let (prefix, after) = (query("prefix"), (query("key-marker"), query("upload-id-marker")));
        let is_url = query("encoding-type") == "url";
        let mut uploads: Vec<_> = self.uploads.iter().filter(|(_, upload)| upload.bucket == target.bucket).collect();
        uploads.retain(|(_, upload)| upload.key.starts_with(&prefix));
        uploads.sort_by_key(|(id, upload)| (upload.key.clone(), (*id).clone()));
        // Without an upload ID the marker leaves out the whole key.
        uploads.retain(|(id, upload)| {
            if after.1.is_empty() { upload.key > after.0 } else { (&upload.key, *id) > (&after.0, &after.1) }
        });
        let size = self.size_of(request, "max-uploads");
        let is_cut = uploads.len() > size;
        let mut inner = xml::element("Bucket", &target.bucket);
        let _ = write!(inner, "<MaxUploads>{size}</MaxUploads><IsTruncated>{is_cut}</IsTruncated>");
        if is_url {
            inner += "<EncodingType>url</EncodingType>";
        }
        if let Some((id, upload)) = uploads[..size.min(uploads.len())].last().filter(|_| is_cut) {
            inner += &(xml::element("NextKeyMarker", &encoded(&upload.key, is_url))
                + &xml::element("NextUploadIdMarker", id));
        }
        for (id, upload) in uploads.into_iter().take(size) {
            let (key, at) =
                (xml::element("Key", &encoded(&upload.key, is_url)), xml::element("Initiated", &time(upload.started)));
            let _ = write!(
                inner,
                "<Upload>{key}{}{at}<StorageClass>STANDARD</StorageClass></Upload>",
                xml::element("UploadId", id)
            );
        }
        xml::response("ListMultipartUploadsResult", &inner)
    }

    pub(super) fn list_parts(&mut self, target: &Target, request: &Request) -> Result<Response, Refusal> {
        let size = self.size_of(request, "max-parts");
        let upload = self.upload(target, request)?;
        let after =
            request.query("part-number-marker").and_then(|marker| marker.parse::<u32>().ok()).unwrap_or_default();
        let parts: Vec<_> = upload.parts.range(after.saturating_add(1)..).collect();
        let is_cut = parts.len() > size;
        let mut inner = xml::element("Bucket", &target.bucket) + &xml::element("Key", &target.key);
        inner += &xml::element("UploadId", &request.query("uploadId").unwrap_or_default());
        let _ = write!(inner, "<MaxParts>{size}</MaxParts><IsTruncated>{is_cut}</IsTruncated>");
        if let Some(algorithm) = upload.algorithm() {
            inner += &xml::element("ChecksumAlgorithm", &algorithm.to_uppercase());
        }
        if let Some((number, _)) = parts[..size.min(parts.len())].last().filter(|_| is_cut) {
            inner += &xml::element("NextPartNumberMarker", &number.to_string());
        }
        for (number, part) in parts.into_iter().take(size) {
            let checksum = part
                .checksum
                .as_ref()
                .map(|(algorithm, value)| xml::element(&format!("Checksum{}", algorithm.to_uppercase()), value));
            let _ = write!(
                inner,
                "<Part><PartNumber>{number}</PartNumber>{}<LastModified>{}</LastModified><Size>{}</Size>{}</Part>",
                xml::element("ETag", &part.etag),
                time(upload.started),
                part.bytes.len(),
                checksum.unwrap_or_default()
            );
        }
        Ok(xml::response("ListPartsResult", &inner))
    }

    /// Returns the most entries of a page.
    fn size_of(&self, request: &Request, parameter: &str) -> usize {
        let asked = request.query(parameter).and_then(|asked| asked.parse().ok()).unwrap_or(1000).min(1000);
        self.page_size.map_or(asked, |size| size.min(asked))
    }
}

/// An object, or a folder of objects.
struct Entry<'a> {
    key: String,
    object: Option<&'a Object>,
}

impl Entry<'_> {
    fn xml(&self, is_url: bool) -> String {
        let Some(object) = self.object else {
            return format!("<CommonPrefixes>{}</CommonPrefixes>", xml::element("Prefix", &encoded(&self.key, is_url)));
        };
        format!(
            "<Contents>{}{}<LastModified>{}</LastModified><Size>{}</Size><StorageClass>STANDARD</StorageClass></Contents>",
            xml::element("Key", &encoded(&self.key, is_url)),
            xml::element("ETag", &object.etag),
            time(object.modified),
            object.bytes.len(),
        )
    }
}

fn time(at: SystemTime) -> String {
    DateTime::from(at).fmt(Format::DateTime).expect("a date of this century")
}

fn encoded(key: &str, is_url: bool) -> String {
    if is_url { super::client::percent_encoded(key, true) } else { key.to_owned() }
}
