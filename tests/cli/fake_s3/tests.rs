//! Tests of the fake S3 itself, and of its agreement with `BEDROCK_ASK_TEST_S3` where that is set.

use super::checksum::{base64, checksum, sha256};
use super::client::{percent_encoded, send_in};
use super::*;

const REGION: &str = "eu-central-1";

fn fake() -> FakeS3 {
    let s3 = FakeS3::by_its_own_rules();
    s3.create_bucket("bucket", REGION);
    s3
}

/// Sends a request and returns its status, the error's code, and the body.
fn ask(s3: &FakeS3, method: &str, target: &str, body: &[u8], headers: &[(&str, &str)]) -> (u16, String, Vec<u8>) {
    let (status, body) = send_in(REGION, &s3.server.address.to_string(), (method, target, body), headers);
    let code = xml::texts(&String::from_utf8_lossy(&body), "Code").into_iter().next();
    (status, code.unwrap_or_default(), body)
}

fn refusal(s3: &FakeS3, method: &str, target: &str, body: &[u8], headers: &[(&str, &str)]) -> (u16, String) {
    let (status, code, _) = ask(s3, method, target, body, headers);
    (status, code)
}

fn crc32(bytes: &[u8]) -> String {
    base64(&checksum("crc32", bytes).unwrap())
}

#[test]
fn what_is_put_is_kept_and_listed() {
    let s3 = FakeS3::start();
    let bucket = format!("bucket-{}", std::process::id());
    s3.create_bucket(&bucket, REGION);
    let (store, server) = (s3.store(), Store::at(&s3.url()).in_region(REGION));
    for key in ["in/b c+(1).jsonl", "in/a.jsonl", "other"] {
        store.put(&bucket, key, key.as_bytes());
    }
    for store in [&store, &server] {
        assert_eq!(store.get(&bucket, "in/b c+(1).jsonl").as_deref(), Some(&b"in/b c+(1).jsonl"[..]));
        assert_eq!(store.get(&bucket, "missing"), None);
        assert_eq!(store.keys(&bucket, "in/"), ["in/a.jsonl", "in/b c+(1).jsonl"]);
        assert_eq!(store.keys("no-such-bucket", ""), [""; 0]);
    }
    store.delete(&bucket, "other");
    assert_eq!(store.keys(&bucket, ""), ["in/a.jsonl", "in/b c+(1).jsonl"]);
}

#[test]
fn a_bucket_answers_in_its_region_only() {
    let s3 = fake();
    let head = |region: &str| {
        let address = s3.server.address.to_string();
        send_in(region, &address, ("GET", "/bucket?list-type=2", b""), &[])
    };
    assert_eq!(head(REGION).0, 200);
    assert_eq!(head("us-west-2").0, 301);
    let (status, body) = head("us-east-1");
    assert_eq!(status, 400);
    let text = String::from_utf8(body).unwrap();
    assert_eq!(xml::texts(&text, "Code"), ["AuthorizationHeaderMalformed"]);
    assert_eq!(xml::texts(&text, "Region"), [REGION]);
    assert_eq!(refusal(&s3, "GET", "/other?list-type=2", b"", &[]), (404, "NoSuchBucket".into()));
    let owner = [("x-amz-expected-bucket-owner", "000000000000")];
    assert_eq!(refusal(&s3, "GET", "/bucket?list-type=2", b"", &owner), (403, "AccessDenied".into()));
}

#[test]
fn signatures_hashes_and_checksums_are_verified() {
    let s3 = fake();
    let put = |body: &[u8], headers: &[(&str, &str)]| refusal(&s3, "PUT", "/bucket/key", body, headers);
    assert_eq!(put(b"abc", &[]), (200, String::new()));
    assert_eq!(put(b"abc", &[("x-amz-content-sha256", "UNSIGNED-PAYLOAD")]), (200, String::new()));
    let other = sha256(b"other");
    assert_eq!(put(b"abc", &[("x-amz-content-sha256", &other)]), (400, "XAmzContentSHA256Mismatch".into()));
    assert_eq!(put(b"abc", &[("x-amz-checksum-crc32", &crc32(b"abc"))]), (200, String::new()));
    assert_eq!(put(b"abc", &[("x-amz-checksum-crc32", &crc32(b"abd"))]), (400, "BadDigest".into()));
    // The Authorization header of another request.
    let unsigned = {
        let mut request = Request { method: "PUT".into(), target: "/bucket/key".into(), ..Request::default() };
        request.headers = vec![("host".into(), "127.0.0.1".into()), ("x-amz-content-sha256".into(), sha256(b""))];
        let scope =
            "AWS4-HMAC-SHA256 Credential=test/20260101/eu-central-1/s3/aws4_request, SignedHeaders=host, Signature=00";
        let codes = [scope, &scope.replace("test", "nobody"), "nonsense"].map(|authorization| {
            let mut request = request.clone();
            request.headers.push(("authorization".into(), authorization.into()));
            signature::check_s3(&request).unwrap_err().code
        });
        (signature::check_s3(&request).unwrap_err().code, codes)
    };
    let codes = ["SignatureDoesNotMatch", "InvalidAccessKeyId", "AuthorizationHeaderMalformed"];
    assert_eq!(unsigned, ("AccessDenied".into(), codes.map(str::to_owned)));
}

#[test]
fn chunks_with_a_trailer_are_read_and_verified() {
    let s3 = fake();
    let put = |trailer: &str, length: &str| {
        let body = format!("3\r\nabc\r\n2\r\nde\r\n0\r\nx-amz-checksum-crc32:{trailer}\r\n\r\n");
        let headers = [
            ("x-amz-content-sha256", "STREAMING-UNSIGNED-PAYLOAD-TRAILER"),
            ("content-encoding", "aws-chunked"),
            ("x-amz-trailer", "x-amz-checksum-crc32"),
            ("x-amz-decoded-content-length", length),
        ];
        refusal(&s3, "PUT", "/bucket/key", body.as_bytes(), &headers)
    };
    assert_eq!(put(&crc32(b"abcde"), "5"), (200, String::new()));
    assert_eq!(&*s3.object("bucket", "key").unwrap().bytes, b"abcde");
    assert_eq!(put(&crc32(b"abcdf"), "5"), (400, "BadDigest".into()));
    assert_eq!(put(&crc32(b"abcde"), "6"), (400, "IncompleteBody".into()));
}

/// Creates an upload and returns its ID.
fn create_upload(s3: &FakeS3, headers: &[(&str, &str)]) -> String {
    let (status, _, body) = ask(s3, "POST", "/bucket/big?uploads", b"", headers);
    assert_eq!(status, 200);
    xml::texts(&String::from_utf8(body).unwrap(), "UploadId").remove(0)
}

fn complete(parts: &[(u32, &str, &str)]) -> String {
    let part = |(number, etag, checksum): &(u32, &str, &str)| {
        format!(
            "<Part><PartNumber>{number}</PartNumber>{}<ChecksumCRC32>{checksum}</ChecksumCRC32></Part>",
            xml::element("ETag", etag)
        )
    };
    format!("<CompleteMultipartUpload>{}</CompleteMultipartUpload>", parts.iter().map(part).collect::<String>())
}

#[test]
fn an_upload_in_parts_is_complete_with_the_right_parts_in_order() {
    let s3 = fake();
    let id = create_upload(
        &s3,
        &[
            ("x-amz-checksum-algorithm", "CRC32"),
            ("x-amz-server-side-encryption", "aws:kms"),
            ("x-amz-server-side-encryption-aws-kms-key-id", "alias/key"),
        ],
    );
    let (first, last) = (vec![1; 5 << 20], b"end".to_vec());
    for (number, bytes) in [(1, &first), (2, &last), (3, &last)] {
        let target = format!("/bucket/big?partNumber={number}&uploadId={id}");
        assert_eq!(refusal(&s3, "PUT", &target, bytes, &[]), (400, "InvalidRequest".into()), "without a checksum");
        let headers = [("x-amz-checksum-crc32", &*crc32(bytes))];
        assert_eq!(refusal(&s3, "PUT", &target, bytes, &headers), (200, String::new()));
    }
    assert_eq!(s3.uploads(), [("big".to_owned(), vec![1, 2, 3])]);
    let target = format!("/bucket/big?uploadId={id}");
    s3.page_size(2);
    let page = String::from_utf8(ask(&s3, "GET", &target, b"", &[]).2).unwrap();
    assert_eq!(xml::texts(&page, "PartNumber"), ["1", "2"]);
    assert_eq!(xml::texts(&page, "Size"), ["5242880", "3"]);
    assert_eq!(xml::texts(&page, "NextPartNumberMarker"), ["2"]);
    let etags = xml::texts(&page, "ETag");
    let rest = String::from_utf8(ask(&s3, "GET", &format!("{target}&part-number-marker=2"), b"", &[]).2).unwrap();
    assert_eq!(
        (xml::texts(&rest, "PartNumber"), xml::texts(&rest, "IsTruncated")),
        (vec!["3".into()], vec!["false".into()])
    );

    let (one, two) = (crc32(&first), crc32(&last));
    let code = |parts: &[(u32, &str, &str)]| refusal(&s3, "POST", &target, complete(parts).as_bytes(), &[]).1;
    assert_eq!(code(&[(2, &etags[1], &two), (1, &etags[0], &one)]), "InvalidPartOrder");
    assert_eq!(code(&[(1, &etags[1], &one), (2, &etags[1], &two)]), "InvalidPart");
    assert_eq!(code(&[(1, &etags[0], &two), (2, &etags[1], &two)]), "InvalidPart");
    assert_eq!(code(&[(1, &etags[0], &one), (4, &etags[1], &two)]), "InvalidPart");
    assert_eq!(code(&[(1, &etags[0], &one), (2, &etags[1], &two), (3, &etags[1], &two)]), "EntityTooSmall");
    assert_eq!(code(&[]), "MalformedXML");
    assert_eq!(code(&[(1, &etags[0], &one), (2, &etags[1], &two)]), "");
    assert_eq!(code(&[(1, &etags[0], &one), (2, &etags[1], &two)]), "NoSuchUpload");

    let object = s3.object("bucket", "big").unwrap();
    assert_eq!(object.bytes.len(), first.len() + last.len());
    assert!(object.etag.ends_with("-2\""), "{}", object.etag);
    assert_eq!(object.encryption, Some(("aws:kms".into(), "alias/key".into())));
    let parts = [checksum("crc32", &first).unwrap(), checksum("crc32", &last).unwrap()].concat();
    assert_eq!(object.checksum, Some(("crc32".into(), format!("{}-2", crc32(&parts)))));
    assert!(s3.uploads().is_empty());
    assert_eq!(s3.count(S3Operation::UploadPart), 6);
}

#[test]
fn uploads_are_listed_and_aborted() {
    let s3 = fake();
    let ids = [create_upload(&s3, &[]), create_upload(&s3, &[])];
    s3.page_size(1);
    let first = String::from_utf8(ask(&s3, "GET", "/bucket?uploads&prefix=b", b"", &[]).2).unwrap();
    assert_eq!(
        (xml::texts(&first, "UploadId"), xml::texts(&first, "NextUploadIdMarker")),
        (vec![ids[0].clone()], vec![ids[0].clone()])
    );
    let next = format!("/bucket?uploads&key-marker=big&upload-id-marker={}", ids[0]);
    let second = String::from_utf8(ask(&s3, "GET", &next, b"", &[]).2).unwrap();
    assert_eq!(
        (xml::texts(&second, "UploadId"), xml::texts(&second, "IsTruncated")),
        (vec![ids[1].clone()], vec!["false".into()])
    );
    let target = format!("/bucket/big?uploadId={}", ids[0]);
    assert_eq!(refusal(&s3, "DELETE", &target, b"", &[]), (204, String::new()));
    assert_eq!(refusal(&s3, "DELETE", &target, b"", &[]), (404, "NoSuchUpload".into()));
}

#[test]
fn objects_are_read_whole_in_ranges_and_if_they_match() {
    let s3 = fake();
    s3.store().put("bucket", "key", b"0123456789");
    let get = |headers: &[(&str, &str)]| ask(&s3, "GET", "/bucket/key", b"", headers);
    for (range, bytes) in [("bytes=2-4", "234"), ("bytes=7-", "789"), ("bytes=-2", "89"), ("bytes=8-99", "89")] {
        assert_eq!(get(&[("range", range)]), (206, String::new(), bytes.into()));
    }
    assert_eq!(get(&[("range", "bytes=10-")]).1, "InvalidRange");
    let etag = s3.object("bucket", "key").unwrap().etag;
    assert_eq!(get(&[("if-match", &etag)]).0, 200);
    assert_eq!(get(&[("if-match", "\"other\"")]).1, "PreconditionFailed");
    assert_eq!(ask(&s3, "HEAD", "/bucket/key", b"", &[]), (200, String::new(), Vec::new()));
    assert_eq!(ask(&s3, "HEAD", "/bucket/none", b"", &[]), (404, String::new(), Vec::new()));
    let again = [("if-none-match", "*")];
    assert_eq!(refusal(&s3, "PUT", "/bucket/key", b"", &again), (412, "PreconditionFailed".into()));
}

#[test]
fn objects_are_listed_by_page_and_folder() {
    let s3 = fake();
    for key in ["a/1", "a/2", "b/1", "c d"] {
        s3.store().put("bucket", key, b"");
    }
    assert_eq!(s3.keys("bucket", "a/"), ["a/1", "a/2"]);
    s3.page_size(2);
    let list =
        |more: &str| String::from_utf8(ask(&s3, "GET", &format!("/bucket?list-type=2{more}"), b"", &[]).2).unwrap();
    let page = list("&delimiter=%2F&encoding-type=url");
    assert_eq!(xml::texts(&page, "Prefix"), ["", "a/", "b/"]);
    let token = xml::texts(&page, "NextContinuationToken").remove(0);
    let rest = list(&format!("&delimiter=%2F&encoding-type=url&continuation-token={}", percent_encoded(&token, false)));
    assert_eq!(
        (xml::texts(&rest, "Key"), xml::texts(&rest, "IsTruncated")),
        (vec!["c%20d".into()], vec!["false".into()])
    );
    assert_eq!(s3.operations(), [S3Operation::ListObjectsV2; 2]);
}

#[test]
fn faults_are_injected_where_a_test_wants_them() {
    let s3 = fake();
    s3.store().put("bucket", "key", b"0123456789");
    let get = || ask(&s3, "GET", "/bucket/key", b"", &[]);
    s3.inject_nth(S3Operation::GetObject, 2, Fault::slow_down());
    assert_eq!([get().0, get().0, get().0], [200, 503, 200]);
    s3.inject_always(S3Operation::GetObject, Fault::access_denied("s3:GetObject", "arn:aws:s3:::bucket/key"));
    assert_eq!([get().1, get().1], ["AccessDenied", "AccessDenied"]);
    s3.heal();
    s3.inject(S3Operation::GetObject, Fault::CutResponse(4));
    assert_eq!(get(), (200, String::new(), b"0123".into()));
    s3.inject(S3Operation::GetObject, Fault::Corrupt);
    assert_eq!(get().2, b"1123456789");
    s3.inject(S3Operation::PutObject, Fault::Reset);
    s3.inject_nth(S3Operation::PutObject, 2, Fault::ResetAfter);
    let put = |body: &[u8]| ask(&s3, "PUT", "/bucket/key", body, &[]).0;
    assert_eq!((put(b"lost"), get().2), (0, b"0123456789".into()));
    assert_eq!((put(b"kept"), get().2), (0, b"kept".into()));
    s3.inject(S3Operation::PutObject, Fault::CutRequest(2));
    assert_eq!((put(b"half"), get().2), (0, b"kept".into()));
    s3.inject(S3Operation::PutObject, Fault::ErrorInside(Refusal::new(500, "InternalError", "…")));
    assert_eq!(refusal(&s3, "PUT", "/bucket/key", b"", &[]), (200, "InternalError".into()));
}

#[test]
fn a_request_is_held_before_or_after_it_takes_effect() {
    for (moment, effect) in [(Moment::Before, None), (Moment::After, Some(()))] {
        let s3 = fake();
        let held = s3.hold(S3Operation::PutObject, 1, moment);
        thread::scope(|scope| {
            let put = scope.spawn(|| ask(&s3, "PUT", "/bucket/key", b"", &[]).0);
            held.wait();
            assert_eq!(s3.object("bucket", "key").map(|_| ()), effect);
            held.reset();
            assert_eq!(put.join().unwrap(), 0);
            assert_eq!(s3.object("bucket", "key").map(|_| ()), effect);
        });
        let held = s3.hold(S3Operation::PutObject, 1, moment);
        thread::scope(|scope| {
            let put = scope.spawn(|| ask(&s3, "PUT", "/bucket/key", b"", &[]).0);
            held.wait();
            held.release();
            assert_eq!(put.join().unwrap(), 200);
        });
    }
}

#[test]
#[should_panic(expected = "is not known")]
fn a_request_that_is_not_known_fails_the_test() {
    let s3 = fake();
    assert_eq!(refusal(&s3, "PUT", "/bucket/key", b"", &[("x-amz-copy-source", "x")]).0, 501);
}
