//! `bedrock-ask batch stop`: only what runs is stopped, and only after a yes.

use serde_json::Value;

use super::jobs::*;
use crate::fake_bedrock::*;
#[cfg(unix)]
use crate::harness::Stream;

#[test]
fn jobs_that_run_are_stopped_and_those_that_have_ended_are_a_note() {
    let submitted = Submitted::new(250, 100);
    let arns = submitted.fake.jobs().arns();
    submitted.fake.jobs().finish(&arns[1]);
    let ran = submitted.run(["stop", "--yes", "--format", "json"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let objects: Vec<Value> = ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let stopped: Vec<_> = objects.iter().map(|object| object["stopped"].as_bool().unwrap()).collect();
    assert_eq!(stopped, [true, false, true]);
    assert!(ran.stderr_text().contains("has ended already: Completed"), "{ran}");
    assert!(ran.stderr_text().contains("are kept, and are charged"), "{ran}");
    let statuses: Vec<_> = arns.iter().map(|arn| submitted.fake.jobs().status(arn)).collect();
    assert_eq!(statuses, ["Stopping", "Completed", "Stopping"]);

    let again = submitted.run(["stop", &arns[0], &arns[1], "-y"]).run();
    assert!(again.exit() == Some(0) && again.stderr_text().contains("is being stopped already"), "{again}");
    assert_eq!(submitted.fake.requests_of(Operation::StopModelInvocationJob).len(), 2);
}

#[test]
fn without_a_terminal_a_stop_needs_yes() {
    let submitted = Submitted::new(3, 100);
    let before = submitted.fake.requests().len();
    let ran = submitted.run(["stop"]).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    error: cannot ask for confirmation: stdin is not a terminal

     hint: bedrock-ask batch stop prompts.jsonl.batch.json --yes
    ----- exit 2 -----
    ");
    assert_eq!(submitted.fake.requests().len(), before);
}

#[cfg(unix)]
#[test]
fn on_a_terminal_anything_but_a_yes_is_a_no() {
    let submitted = Submitted::new(3, 100);
    let arn = submitted.arn();
    for (answer, exit, status) in [("\n", 1, "Submitted"), ("n\n", 1, "Submitted"), ("y\n", 0, "Stopping")] {
        let mut running = submitted.run(["stop"]).terminal([Stream::Stdin, Stream::Stderr]).spawn();
        running.stderr_until("[y/N]");
        running.write_stdin(answer);
        let ran = running.finish();
        assert_eq!((ran.exit(), submitted.fake.jobs().status(&arn)), (Some(exit), status), "{ran}");
    }
}

#[test]
fn a_job_that_ends_between_the_calls_is_a_note() {
    let submitted = Submitted::new(3, 100);
    let arn = submitted.arn();
    for _ in 0..3 {
        submitted.fake.jobs().advance(&arn);
    }
    submitted.fake.jobs().automatic();
    let ran = submitted.run(["stop", "--yes"]).run();
    assert!(ran.exit() == Some(0) && ran.stderr_text().contains("has ended already: Completed"), "{ran}");
}

#[test]
fn a_stop_that_is_denied_names_the_policy() {
    let submitted = Submitted::new(3, 100);
    submitted.fake.expect(stop_model_invocation_job().fails(403, "AccessDeniedException", "not authorized"));
    let ran = submitted.run(["stop", "--yes"]).run();
    assert!(ran.exit() == Some(5) && ran.stderr_text().contains("iam-policy nova-lite --for batch"), "{ran}");
}
