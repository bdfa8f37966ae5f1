//! Parts, what is there already, and what is in the way.

use serde_json::json;

use super::{REGION, ROLE, Setup};
use crate::fake_bedrock::FakeBedrock;
use crate::fake_s3::{FakeS3, Fault, S3Operation};
use crate::harness::{Home, bedrock_ask};

/// The bytes of a part.
const PART: usize = 8 << 20;

/// Writes records of about 20 MB: three parts.
pub fn write_large(setup: &Setup) {
    setup.home.write_here("prompts.jsonl", large().as_bytes());
}

fn large() -> String {
    let text = "words ".repeat(30_000);
    (0..110).map(|number| json!({"prompt": format!("{number}: {text}")}).to_string() + "\n").collect()
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
    // A part may have arrived after they were counted.
    assert!((1..=3 - there).contains(&(setup.s3.count(S3Operation::UploadPart) - before)), "{there}");
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
fn an_error_of_s3_that_passes_is_tried_again() {
    let setup = Setup::new();
    setup.s3.inject(
        S3Operation::CompleteMultipartUpload,
        Fault::refuse(500, "InternalError", "We encountered an internal error. Please try again."),
    );
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.s3.keys("bucket", "in/").len(), 1);
}

#[test]
fn an_upload_that_was_completed_without_a_response_is_found() {
    let setup = Setup::new();
    setup.s3.inject_always(S3Operation::CompleteMultipartUpload, Fault::ResetAfter);
    let ran = setup.usual().run();
    setup.s3.heal();
    let again = setup.usual().run();
    assert_eq!(again.exit(), Some(0), "{ran}{again}");
    assert_eq!(setup.s3.keys("bucket", "in/").len(), 1);
    assert_eq!(setup.s3.count(S3Operation::UploadPart), 1);
}

#[test]
fn another_s3_takes_the_parts_and_knows_them_again() {
    let s3 = FakeS3::start();
    let bucket = "bucket";
    s3.create_bucket(bucket, REGION);
    let fake = FakeBedrock::start().with_jobs(s3.store());
    let home = Home::new();
    home.write_here("prompts.jsonl", large().as_bytes());
    let line = format!("batch submit prompts.jsonl --s3 s3://{bucket}/in --role {ROLE} -m nova-lite");
    let submit = || {
        let run = bedrock_ask(line.split_whitespace()).env("AWS_REGION", REGION).home(&home).credentials();
        run.against(&fake).with_s3(&s3).run()
    };
    let first = submit();
    assert_eq!(first.exit(), Some(0), "{first}");
    std::fs::remove_file(home.here().join("prompts.jsonl.batch.json")).unwrap();
    let again = submit();
    assert_eq!(again.stdout_text(), first.stdout_text(), "{again}");
    assert!(!again.stderr_text().contains("uploaded s3://"), "{again}");
    assert_eq!(s3.store().keys(bucket, "").len(), 1);
}
