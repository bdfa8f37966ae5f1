//! What is not S3 or not the control plane of Bedrock, or does not keep to their rules: nothing is silently wrong.

use serde_json::json;

use super::jobs::{MANIFEST, Submitted};
use super::submit::Setup;
use crate::fake_bedrock::*;
use crate::fake_s3::{Fault, S3Operation};
use crate::harness::Ran;

/// Changes a response.
type Change = fn(&mut Response);

/// Replaces a piece of the body, which must be there.
fn replace(response: &mut Response, old: &str, new: &str) {
    let text = String::from_utf8_lossy(&response.body).into_owned();
    assert!(text.contains(old), "{text}");
    response.body = text.replace(old, new).into_bytes();
}

/// Responds with the page of a proxy.
fn page(response: &mut Response) {
    response.status = 200;
    response.headers.retain(|(name, _)| !name.eq_ignore_ascii_case("etag"));
    response.set("Content-Type", "text/html");
    response.body = b"<!DOCTYPE html><html><body>Sign in</body></html>".to_vec();
}

/// Responds with XML of another operation.
fn other_xml(response: &mut Response) {
    response.body = b"<?xml version=\"1.0\"?><Other><Key>a</Key></Other>".to_vec();
}

/// Asserts that a run failed with this code and text.
#[track_caller]
fn assert_failed(ran: &Ran, exit: i32, text: &str, what: &str) {
    assert!(ran.exit() == Some(exit) && ran.stderr_text().contains(text), "{what}: expected {exit}, `{text}`\n{ran}");
}

#[test]
fn a_download_takes_nothing_else_than_the_object_that_was_listed() {
    let submitted = Submitted::ended(50, End::Completed);
    let cases: [(S3Operation, i32, &str, Change); 12] = [
        (S3Operation::GetObject, 1, "not of the range", |response| response.set("Content-Range", "bytes 1-10/11")),
        (S3Operation::GetObject, 1, "has changed while it was read", |response| response.set("ETag", "\"other\"")),
        (S3Operation::GetObject, 1, "longer than the range", |response| response.body.extend([b' '; 9])),
        (S3Operation::GetObject, 6, "did not arrive whole", |response| response.body.truncate(9)),
        (S3Operation::GetObject, 1, "has no ETag", page),
        (S3Operation::ListObjectsV2, 1, "", page),
        (S3Operation::ListObjectsV2, 1, "", other_xml),
        (S3Operation::ListObjectsV2, 1, "does not name the next page", |response| {
            replace(response, "<IsTruncated>false", "<IsTruncated>true");
        }),
        (S3Operation::ListObjectsV2, 1, "repeats a page", |response| {
            let next = "<NextContinuationToken>again</NextContinuationToken><IsTruncated>true";
            replace(response, "<IsTruncated>false", next);
        }),
        (S3Operation::ListObjectsV2, 1, "of another prefix", |response| {
            replace(response, "<Key>jobs/", "<Key>other/");
        }),
        (S3Operation::ListObjectsV2, 1, "without a size", |response| replace(response, "<Size>", "<Size>-")),
        (S3Operation::ListObjectsV2, 1, "without ETag", |response| replace(response, "ETag>", "Tag>")),
    ];
    for (number, (operation, exit, text, change)) in cases.into_iter().enumerate() {
        submitted.s3.inject_always(operation, Fault::Alter(change));
        let ran = submitted.run(["fetch", "-o", "results.jsonl"]).run();
        assert_failed(&ran, exit, text, &format!("case {number}"));
        assert!(!submitted.has("results.jsonl") && !submitted.has("results.jsonl.failed.jsonl"), "{ran}");
        submitted.s3.heal();
    }
    submitted.s3.inject_always(S3Operation::ListObjectsV2, Fault::slow_down());
    let ran = submitted.run(["fetch", "-o", "results.jsonl"]).run();
    assert_eq!(ran.exit(), Some(6), "{ran}");
    submitted.s3.heal();
    assert_eq!(submitted.run(["fetch", "-o", "results.jsonl"]).run().exit(), Some(0));
}

#[test]
fn an_upload_trusts_no_response_that_is_not_of_s3() {
    let cases: [(S3Operation, &str, Change); 6] = [
        (S3Operation::HeadObject, "has no ETag", page),
        (S3Operation::CreateMultipartUpload, "", page),
        (S3Operation::CreateMultipartUpload, "", other_xml),
        (S3Operation::UploadPart, "has no ETag", page),
        (S3Operation::CompleteMultipartUpload, "", page),
        (S3Operation::CompleteMultipartUpload, "", other_xml),
    ];
    for (number, (operation, text, change)) in cases.into_iter().enumerate() {
        let setup = Setup::new();
        setup.s3.inject_always(operation, Fault::Alter(change));
        let ran = setup.usual().run();
        // S3 made the object all the same if only the response to the completion was lost.
        if operation != S3Operation::CompleteMultipartUpload || ran.exit() != Some(0) {
            assert_failed(&ran, 1, text, &format!("case {number}"));
            assert_eq!(setup.created().len(), 0, "case {number}\n{ran}");
        }
        setup.s3.heal();
        let again = setup.usual().run();
        assert_eq!(again.exit(), Some(0), "case {number}\n{again}");
        assert_eq!((setup.s3.keys("bucket", "").len(), setup.fake.jobs().arns().len()), (1, 1), "case {number}");
    }
}

#[test]
fn a_bucket_whose_region_is_not_named_is_used() {
    let setup = Setup::new();
    setup.s3.inject(
        S3Operation::HeadBucket,
        Fault::Alter(|response| response.headers.retain(|(name, _)| name != "x-amz-bucket-region")),
    );
    assert_eq!(setup.usual().run().exit(), Some(0));
}

#[test]
fn an_upload_does_not_go_on_with_parts_that_it_did_not_send() {
    let cases: [(&str, i32, &str, Change); 5] = [
        ("another upload", 1, "about another upload", |response| replace(response, "<UploadId>", "<UploadId>x")),
        ("another size", 0, "", |response| replace(response, "<Size>", "<Size>1")),
        ("no size", 0, "", |response| replace(response, "Size>", "Length>")),
        ("the same page again", 1, "repeats a page", |response| {
            let next = "<NextPartNumberMarker>1</NextPartNumberMarker><IsTruncated>true";
            replace(response, "<IsTruncated>false", next);
        }),
        ("a page", 1, "", page),
    ];
    for (what, exit, text, change) in cases {
        let setup = Setup::new();
        setup.s3.inject(S3Operation::CompleteMultipartUpload, Fault::refuse(403, "AccessDenied", "Access Denied"));
        assert_eq!(setup.usual().run().exit(), Some(5));
        setup.s3.inject_always(S3Operation::ListParts, Fault::Alter(change));
        let ran = setup.usual().run();
        assert_failed(&ran, exit, text, what);
        setup.s3.heal();
        assert_eq!(setup.usual().run().exit(), Some(0), "{what}");
        assert_eq!((setup.lines(&setup.s3.keys("bucket", "")[0]).len(), setup.created().len()), (120, 1), "{what}");
    }
}

#[test]
fn an_upload_whose_parts_are_refused_begins_anew() {
    let setup = Setup::new();
    setup.s3.inject(S3Operation::CompleteMultipartUpload, Fault::refuse(403, "AccessDenied", "Access Denied"));
    assert_eq!(setup.usual().run().exit(), Some(5));
    let wrong: Change = |response| replace(response, "<ETag>&quot;", "<ETag>&quot;0000");
    setup.s3.inject(S3Operation::ListParts, Fault::Alter(wrong));
    let ran = setup.usual().run();
    assert_failed(&ran, 1, "S3 refused `CompleteMultipartUpload`", "wrong ETags");
    // Otherwise the same parts would be listed and refused for ever.
    assert_eq!((setup.s3.uploads(), setup.created().len()), (vec![], 0));
    assert_eq!(setup.usual().run().exit(), Some(0));
    assert_eq!((setup.s3.uploads(), setup.created().len()), (vec![], 1));
}

#[test]
fn an_upload_that_was_completed_before_the_retry_is_found_at_once() {
    let setup = Setup::new();
    setup.s3.inject(S3Operation::CompleteMultipartUpload, Fault::ResetAfter);
    let gone = "The specified upload does not exist. The upload ID may be invalid.";
    setup.s3.inject_nth(S3Operation::CompleteMultipartUpload, 2, Fault::refuse(404, "NoSuchUpload", gone));
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!((setup.s3.count(S3Operation::UploadPart), setup.created().len()), (1, 1));
}

#[test]
fn a_job_that_cannot_be_this_one_is_not_taken() {
    for arn in [
        "arn:aws:bedrock:eu-central-1:999999999999:model-invocation-job/abcdefghijkl",
        "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/abcdefghijkl",
        "arn:aws:bedrock:eu-central-1:111122223333:model-customization-job/abcdefghijkl",
        "arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/a/../b",
        "arn:aws:s3:::bucket",
        "",
    ] {
        let setup = Setup::new();
        let body = json!({"jobArn": arn}).to_string();
        let reply = Reply::Page(200, "application/json".to_owned(), body);
        setup.fake.expect(Expected::new(Operation::CreateModelInvocationJob).replies(reply));
        let ran = setup.usual().run();
        assert_failed(&ran, 1, "", arn);
        assert!(ran.stdout_text().is_empty() && setup.manifest()["jobs"][0]["arn"].is_null(), "{arn}\n{ran}");
        assert_eq!(setup.usual().run().exit(), Some(0), "{arn}");
        assert_eq!((setup.s3.count(S3Operation::UploadPart), setup.fake.jobs().arns().len()), (1, 1), "{arn}");
    }
}

#[test]
fn a_manifest_that_was_edited_creates_no_other_job() {
    let setup = Setup::new();
    setup.fake.expect(Expected::new(Operation::CreateModelInvocationJob).fails(403, "AccessDeniedException", "no"));
    assert_eq!(setup.usual().run().exit(), Some(5));
    let manifest = setup.home.read_here(MANIFEST);
    let token = setup.manifest()["jobs"][0]["token"].as_str().unwrap().to_owned();
    let name = setup.manifest()["jobs"][0]["name"].as_str().unwrap().to_owned();
    let input = setup.manifest()["jobs"][0]["inputUri"].as_str().unwrap().to_owned();
    for (old, new) in [(token.as_str(), "another"), (&name, "another"), (&input, "s3://other/in/")] {
        setup.home.write_here(MANIFEST, manifest.replace(old, new).as_bytes());
        let ran = setup.usual().run();
        assert_failed(&ran, 2, "was edited", old);
    }
    let edited = manifest.replace("role/batch", "role/other").replace("s3://bucket/in/output/", "s3://other/out/");
    setup.home.write_here(MANIFEST, edited.as_bytes());
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let job = setup.created().pop().unwrap();
    assert_eq!(job["roleArn"], "arn:aws:iam::111122223333:role/batch");
    assert_eq!(job["outputDataConfig"]["s3OutputDataConfig"]["s3Uri"], "s3://bucket/in/output/");
    assert_eq!(setup.manifest()["role"], "arn:aws:iam::111122223333:role/batch");
}

#[test]
fn the_results_of_another_job_are_not_fetched() {
    let submitted = Submitted::ended(3, End::Completed);
    let manifest = submitted.home.read_here(MANIFEST);
    let other = "arn:aws:bedrock:us-east-1:111122223333:model-invocation-job/fake00000001";
    submitted.home.write_here(MANIFEST, manifest.replace(&submitted.arn(), other).as_bytes());
    let ran = submitted.run(["fetch", "-o", "results.jsonl"]).run();
    assert_failed(&ran, 2, "not that of a batch inference job in its Region", "another Region");
    submitted.home.write_here(MANIFEST, manifest.replace("s3://bucket/jobs/output/", "s3://bucket/jobs/b/").as_bytes());
    let ran = submitted.run(["fetch", "-o", "results.jsonl"]).run();
    assert_failed(&ran, 2, "are not where those of", "another output");
    submitted.home.write_here(MANIFEST, manifest.as_bytes());
    let arn = submitted.arn();
    let mut job = submitted.fake.jobs().job(&arn);
    job["jobArn"] = json!("arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/fake00000002");
    for (command, exit) in [("fetch -o results.jsonl", 1), ("status", 1), ("status --watch", 1), ("stop --yes", 1)] {
        let page = Reply::Page(200, "application/json".to_owned(), job.to_string());
        submitted.fake.expect(get_model_invocation_job().replies(page));
        let ran = submitted.run(command.split(' ')).run();
        assert_failed(&ran, exit, "about another job", command);
    }
    assert!(!submitted.has("results.jsonl"));
}
