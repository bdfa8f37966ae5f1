//! What S3 and Bedrock refuse.

use super::{REGION, Setup};
use crate::fake_bedrock::{Expected, Operation};
use crate::fake_s3::{Fault, S3Operation};

const DENIED: &str = "User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: ";

#[test]
fn a_bucket_of_another_region_is_refused_before_anything_is_written() {
    let setup = Setup::new();
    setup.s3.create_bucket("far", "us-west-2");
    let ran = setup.submit("prompts.jsonl --s3 s3://far/in").run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    error: the bucket `far` is in us-west-2, and the source Region is eu-central-1
    cause: batch inference reads and writes only buckets of its own Region

     hint: use a bucket of eu-central-1, or `--region us-west-2`
    ----- exit 2 -----
    ");
    assert_eq!(setup.s3.operations(), [S3Operation::HeadBucket]);
    assert!(!setup.home.here().join("prompts.jsonl.batch.json").exists());
    let ran = setup.submit("prompts.jsonl --s3 s3://bucket/in --output s3://far/out").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert_eq!(setup.s3.keys("bucket", ""), [""; 0]);
}

#[test]
fn a_bucket_that_does_not_exist_is_named() {
    let setup = Setup::new();
    insta::assert_snapshot!(setup.submit("prompts.jsonl --s3 s3://nowhere/in").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: the bucket of `s3://nowhere/in/` does not exist
      aws: NotFound, without a message
      aws: request ID: 0000000000000001

     hint: create it in eu-central-1, or name another one
    ----- exit 2 -----
    ");
}

#[test]
fn a_denial_of_s3_names_the_policy_with_the_bucket() {
    let setup = Setup::new();
    setup.s3.inject(S3Operation::HeadBucket, Fault::refuse(403, "AccessDenied", ""));
    insta::assert_snapshot!(setup.usual().run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `s3:ListBucket` is not allowed on `s3://bucket/in/`
      aws: AccessDenied: S3 responded with the status 403
      aws: request ID: 0000000000000001

     hint: `bedrock-ask iam-policy eu.amazon.nova-lite-v1:0 --region eu-central-1 --bucket bucket --for batch --role arn:aws:iam::111122223333:role/batch` prints the policy for an administrator to attach to you
    ----- exit 5 -----
    ");
    setup.s3.inject(S3Operation::UploadPart, Fault::access_denied("s3:PutObject", "arn:aws:s3:::bucket/in/x"));
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert!(ran.stderr_text().contains("`s3:PutObject` is not allowed on `s3://bucket/in/"), "{ran}");
    setup.s3.inject(
        S3Operation::CreateMultipartUpload,
        Fault::access_denied("kms:GenerateDataKey", "arn:aws:kms:eu-central-1:111122223333:key/1"),
    );
    let ran = setup.submit("prompts.jsonl --s3 s3://bucket/in2 --manifest kms.json --kms-key arn:aws:kms:eu-central-1:111122223333:key/1").run();
    assert!(ran.exit() == Some(5) && ran.stderr_text().contains("the KMS key cannot be used"), "{ran}");
}

#[test]
fn s3_that_throttles_for_long_is_unavailable_and_what_is_uploaded_is_kept() {
    let setup = Setup::new();
    setup.s3.inject_always(S3Operation::UploadPart, Fault::slow_down());
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(6), "{ran}");
    setup.s3.heal();
    setup.s3.inject(S3Operation::UploadPart, Fault::slow_down());
    assert_eq!(setup.usual().run().exit(), Some(0));
    assert_eq!(setup.s3.count(S3Operation::CreateMultipartUpload), 1);
}

#[test]
fn credentials_that_s3_does_not_take_are_not_a_missing_permission() {
    for (status, code, text) in [
        (400, "ExpiredToken", "The provided token has expired."),
        (403, "InvalidAccessKeyId", "The AWS Access Key Id you provided does not exist in our records."),
        (403, "RequestTimeTooSkewed", "The difference between the request time and the current time is too large."),
    ] {
        let setup = Setup::new();
        setup.s3.inject_always(S3Operation::HeadBucket, Fault::refuse(status, code, text));
        setup.s3.inject_always(S3Operation::ListObjectsV2, Fault::refuse(status, code, text));
        let ran = setup.usual().run();
        assert!(ran.exit() == Some(5) && ran.stderr_text().contains(text), "{ran}");
        assert!(!ran.stderr_text().contains("s3:ListBucket"), "{ran}");
    }
}

#[test]
fn a_missing_permission_to_pass_the_role_has_its_own_error() {
    let setup = Setup::new();
    let message = format!(
        "{DENIED}iam:PassRole on resource: {} because no identity-based policy allows the iam:PassRole action",
        super::ROLE
    );
    setup.fake.expect(Expected::new(Operation::CreateModelInvocationJob).fails(403, "AccessDeniedException", &message));
    insta::assert_snapshot!(without_digests(&setup.usual().run().snapshot(), &setup), @"
    ----- stdout -----
    ----- stderr -----
    note: uploaded s3://bucket/in/CONTENT/1/records-1.jsonl (120 records, 11890 bytes)
    error: the role `arn:aws:iam::111122223333:role/batch` may not be passed to Bedrock
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/batch because no identity-based policy allows the iam:PassRole action
      aws: request ID: 00000000-0000-4000-8000-000000000002
    cause: `iam:PassRole` on the role is missing; it is a permission of its own, beside `bedrock:CreateModelInvocationJob`

     hint: `bedrock-ask iam-policy eu.amazon.nova-lite-v1:0 --region eu-central-1 --bucket bucket --for batch --role arn:aws:iam::111122223333:role/batch` prints the policy for an administrator to attach to you
    ----- exit 5 -----
    ");
    // Nothing is uploaded again once it is allowed.
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(setup.s3.count(S3Operation::UploadPart), 1);
    assert_eq!(setup.fake.jobs().arns().len(), 1);
}

#[test]
fn a_missing_permission_to_create_jobs_names_the_policy() {
    let setup = Setup::new();
    let message = format!(
        "{DENIED}bedrock:CreateModelInvocationJob on resource: arn:aws:bedrock:{REGION}:111122223333:model-invocation-job/* because no identity-based policy allows the bedrock:CreateModelInvocationJob action"
    );
    setup.fake.expect(Expected::new(Operation::CreateModelInvocationJob).fails(403, "AccessDeniedException", &message));
    insta::assert_snapshot!(without_digests(&setup.usual().run().snapshot(), &setup), @"
    ----- stdout -----
    ----- stderr -----
    note: uploaded s3://bucket/in/CONTENT/1/records-1.jsonl (120 records, 11890 bytes)
    error: `arn:aws:sts::111122223333:assumed-role/developer/someone` is not allowed to perform `bedrock:CreateModelInvocationJob`
      aws: AccessDeniedException: User: arn:aws:sts::111122223333:assumed-role/developer/someone is not authorized to perform: bedrock:CreateModelInvocationJob on resource: arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/* because no identity-based policy allows the bedrock:CreateModelInvocationJob action
      aws: request ID: 00000000-0000-4000-8000-000000000002

     hint: `bedrock-ask iam-policy eu.amazon.nova-lite-v1:0 --region eu-central-1 --bucket bucket --for batch --role arn:aws:iam::111122223333:role/batch` prints the policy for an administrator to attach to you
    ----- exit 5 -----
    ");
}

#[test]
fn a_role_that_may_not_read_the_bucket_names_its_policy() {
    let setup = Setup::new();
    setup.fake.jobs().deny_bucket("bucket");
    insta::assert_snapshot!(without_digests(&setup.usual().run().snapshot(), &setup), @"
    ----- stdout -----
    ----- stderr -----
    note: uploaded s3://bucket/in/CONTENT/1/records-1.jsonl (120 records, 11890 bytes)
    error: Bedrock cannot read or write for the job with the role `arn:aws:iam::111122223333:role/batch`
      aws: ValidationException: Could not validate GetObject permissions to access Amazon S3 bucket: bucket at key in/CONTENT/1/records-1.jsonl
      aws: request ID: 00000000-0000-4000-8000-000000000002

     hint: `bedrock-ask iam-policy eu.amazon.nova-lite-v1:0 --region eu-central-1 --bucket bucket --batch-role` prints the permissions of the role
     hint: what is uploaded is kept: submit again when the role has them, or with another `--role`
    ----- exit 5 -----
    ");
    // Another role uses what is uploaded.
    let other = setup.submit_as("arn:aws:iam::111122223333:role/other", "prompts.jsonl --s3 s3://bucket/in");
    let ran = other.run();
    assert!(ran.stderr_text().contains("other options than before: what is uploaded is kept"), "{ran}");
    assert_eq!(setup.s3.count(S3Operation::UploadPart), 1);
}

#[test]
fn a_denial_above_the_policy_of_the_caller_names_no_policy_for_it() {
    let setup = Setup::new();
    let message = format!(
        "{DENIED}bedrock:CreateModelInvocationJob on resource: arn:aws:bedrock:{REGION}:111122223333:model-invocation-job/* with an explicit deny in a service control policy"
    );
    setup.fake.expect(Expected::new(Operation::CreateModelInvocationJob).fails(403, "AccessDeniedException", &message));
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert!(!ran.stderr_text().contains("--for batch"), "{ran}");
}

#[test]
fn a_missing_permission_to_list_jobs_names_the_policy() {
    let setup = Setup::new();
    let message = format!(
        "{DENIED}bedrock:ListModelInvocationJobs because no identity-based policy allows the bedrock:ListModelInvocationJobs action"
    );
    setup.fake.expect(Expected::new(Operation::ListModelInvocationJobs).fails(403, "AccessDeniedException", &message));
    let ran = setup.usual().run();
    assert!(ran.exit() == Some(5) && ran.stderr_text().contains("--for batch --role"), "{ran}");
}

#[test]
fn an_api_key_does_not_sign_for_s3() {
    let setup = Setup::new();
    let line = format!("batch submit prompts.jsonl --s3 s3://bucket/in -m nova-lite --role {}", super::ROLE);
    let run = || {
        let run = crate::harness::bedrock_ask(line.split_whitespace()).env("AWS_REGION", REGION).home(&setup.home);
        setup.fake.in_region(REGION);
        run.api_key().against(&setup.fake).with_s3(&setup.s3)
    };
    let ran = run().run();
    assert_eq!(ran.exit(), Some(5), "{ran}");
    assert!(ran.stderr_text().contains("a Bedrock API key cannot sign requests to S3"), "{ran}");
    setup.assert_nothing_sent(&ran);
    let ran = run().credentials().run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
}

/// Returns a text without the digests of the content.
fn without_digests(text: &str, setup: &Setup) -> String {
    let folder = setup.s3.keys("bucket", "in/").remove(0).split('/').nth(1).unwrap().to_owned();
    text.replace(&folder, "CONTENT")
}
