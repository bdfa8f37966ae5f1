//! Parts, what is there already, and what is in the way.

use serde_json::json;

use super::Setup;
use crate::fake_s3::{Fault, S3Operation};

/// The bytes of a part.
const PART: usize = 8 << 20;

/// Writes records of about 20 MB: three parts.
pub fn write_large(setup: &Setup) {
    let text = "words ".repeat(30_000);
    let line = |number: usize| format!("{}\n", json!({"prompt": format!("{number}: {text}")}));
    setup.home.write_here("prompts.jsonl", (0..110).map(line).collect::<String>().as_bytes());
}

#[test]
fn a_large_file_is_uploaded_in_parts() {
    let setup = Setup::new();
    write_large(&setup);
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.s3.count(S3Operation::UploadPart), 3);
    let key = setup.s3.keys("bucket", "in/").remove(0);
    let object = setup.s3.object("bucket", &key).unwrap();
    assert!(object.bytes.len() > 2 * PART && object.bytes.len() < 3 * PART);
    let (algorithm, checksum) = object.checksum.unwrap();
    assert_eq!(algorithm, "crc32");
    assert_eq!(setup.manifest()["jobs"][0]["files"][0]["crc32"], json!(checksum));
    assert_eq!(setup.lines(&key).len(), 110);
}

#[test]
fn a_part_that_is_cut_off_is_sent_again() {
    let setup = Setup::new();
    write_large(&setup);
    setup.s3.inject(S3Operation::UploadPart, Fault::CutRequest(1 << 20));
    setup.s3.inject(S3Operation::UploadPart, Fault::ResetAfter);
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.fake.jobs().arns().len(), 1);
}

#[test]
fn an_upload_that_failed_goes_on_with_the_parts_that_are_missing() {
    let setup = Setup::new();
    write_large(&setup);
    setup.s3.page_size(1);
    setup.s3.inject_nth(S3Operation::UploadPart, 2, Fault::refuse(403, "AccessDenied", "Access Denied"));
    assert_eq!(setup.usual().run().exit(), Some(5));
    let there: usize = setup.s3.uploads().iter().map(|(_, parts)| parts.len()).sum();
    let before = setup.s3.count(S3Operation::UploadPart);
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.s3.count(S3Operation::UploadPart) - before, 3 - there);
    assert_eq!(setup.s3.count(S3Operation::CreateMultipartUpload), 1);
    assert_eq!(setup.s3.uploads(), []);
}

#[test]
fn an_upload_that_is_gone_begins_anew() {
    let setup = Setup::new();
    write_large(&setup);
    setup.s3.inject_nth(S3Operation::UploadPart, 2, Fault::refuse(403, "AccessDenied", "Access Denied"));
    assert_eq!(setup.usual().run().exit(), Some(5));
    setup.s3.inject(S3Operation::ListParts, Fault::refuse(404, "NoSuchUpload", "The specified upload does not exist."));
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.s3.count(S3Operation::CreateMultipartUpload), 2);
}

#[test]
fn an_object_with_other_content_is_never_overwritten() {
    let setup = Setup::new();
    setup.s3.inject(S3Operation::UploadPart, Fault::refuse(403, "AccessDenied", "Access Denied"));
    setup.usual().run();
    let key = setup.manifest()["jobs"][0]["files"][0]["key"].as_str().unwrap().to_owned();
    setup.s3.store().put("bucket", &key, b"another");
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("exists with other content, and is not overwritten"), "{ran}");
    assert_eq!(&*setup.s3.object("bucket", &key).unwrap().bytes, b"another");
    assert_eq!(setup.created().len(), 0);
}

#[test]
fn what_s3_completes_with_an_error_inside_is_checked() {
    let setup = Setup::new();
    setup.s3.inject(
        S3Operation::CompleteMultipartUpload,
        Fault::refuse(500, "InternalError", "We encountered an internal error. Please try again."),
    );
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.s3.keys("bucket", "in/").len(), 1);
}
