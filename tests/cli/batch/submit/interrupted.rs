//! Submits that are killed at each step, and run again.

use std::time::{Duration, Instant};

use rustix::process::Signal;

use super::Setup;
use super::uploads::write_large;
use crate::fake_bedrock::{Moment, Operation};
use crate::fake_s3::S3Operation;

/// Runs the submit again, and checks that there is one job of one file, and nothing else.
fn goes_on(setup: &Setup, step: &str) {
    let ran = setup.usual().run();
    assert_eq!(ran.exit(), Some(0), "{step}\n{ran}");
    assert_eq!(setup.fake.jobs().arns(), [ran.stdout_text().trim_end()], "{step}");
    assert_eq!(setup.s3.keys("bucket", "").len(), 1, "{step}");
    assert_eq!(setup.manifest()["jobs"][0]["state"], "created", "{step}");
    let again = setup.usual().run();
    assert_eq!(again.stdout_text(), ran.stdout_text(), "{step}");
}

#[test]
fn a_submit_that_is_killed_at_a_step_of_s3_goes_on() {
    for operation in [
        S3Operation::HeadBucket,
        S3Operation::HeadObject,
        S3Operation::CreateMultipartUpload,
        S3Operation::UploadPart,
        S3Operation::CompleteMultipartUpload,
    ] {
        for moment in [Moment::Before, Moment::After] {
            let setup = Setup::new();
            let held = setup.s3.hold(operation, 1, moment);
            let running = setup.usual().spawn();
            held.wait();
            running.signal(Signal::KILL);
            running.finish();
            held.reset();
            goes_on(&setup, &format!("{operation:?}"));
            if operation != S3Operation::CreateMultipartUpload {
                assert_eq!(setup.s3.uploads(), [], "{operation:?}");
            }
        }
    }
}

#[test]
fn a_submit_that_is_killed_while_it_creates_the_job_finds_it() {
    for operation in [Operation::ListModelInvocationJobs, Operation::CreateModelInvocationJob] {
        for moment in [Moment::Before, Moment::After] {
            let setup = Setup::new();
            let held = setup.fake.hold(operation, 1, moment);
            let running = setup.usual().spawn();
            held.wait();
            running.signal(Signal::KILL);
            running.finish();
            held.reset();
            goes_on(&setup, &format!("{operation:?}"));
            assert_eq!(setup.s3.count(S3Operation::UploadPart), 1, "{operation:?}");
        }
    }
}

#[test]
fn an_upload_that_is_killed_between_parts_sends_only_the_others() {
    let setup = Setup::new();
    write_large(&setup);
    let held = setup.s3.hold(S3Operation::UploadPart, 3, Moment::Before);
    let running = setup.usual().spawn();
    held.wait();
    let until = Instant::now() + Duration::from_mins(1);
    while setup.s3.uploads().iter().map(|(_, parts)| parts.len()).sum::<usize>() < 2 {
        assert!(Instant::now() < until, "two parts did not arrive within a minute");
        std::thread::yield_now();
    }
    running.signal(Signal::KILL);
    running.finish();
    held.reset();
    let before = setup.s3.count(S3Operation::UploadPart);
    goes_on(&setup, "parts");
    assert_eq!(setup.s3.count(S3Operation::UploadPart) - before, 1);
    assert_eq!(setup.s3.count(S3Operation::CreateMultipartUpload), 1);
}
