//! `bedrock-ask batch list`: the jobs of a Region, from all pages.

use serde_json::Value;

use super::jobs::*;
use crate::fake_bedrock::*;

fn names(stdout: &str) -> Vec<String> {
    let objects = stdout.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    objects.map(|job| job["jobName"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn every_page_is_read_and_the_newest_job_is_first() {
    let submitted = Submitted::new(450, 100);
    submitted.fake.jobs().page_size(2);
    let before = submitted.fake.requests_of(Operation::ListModelInvocationJobs).len();
    let ran = submitted.run(["list", "--format", "json"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let listed: Vec<_> = ran.stdout_text().lines().map(|line| serde_json::from_str::<Value>(line).unwrap()).collect();
    let arns: Vec<_> = listed.iter().map(|job| job["jobArn"].as_str().unwrap().to_owned()).collect();
    let mut expected = submitted.fake.jobs().arns();
    expected.reverse();
    assert_eq!(arns, expected);
    let mut pages = submitted.fake.requests_of(Operation::ListModelInvocationJobs);
    assert_eq!(pages.len() - before, 3);
    pages.drain(..before);
    assert!(pages.iter().all(|page| page.query("sortOrder").as_deref() == Some("Descending")));
}

#[test]
fn status_and_name_are_sent_to_aws() {
    let submitted = Submitted::new(250, 100);
    let arns = submitted.fake.jobs().arns();
    submitted.fake.jobs().finish(&arns[1]);
    let before = submitted.fake.requests_of(Operation::ListModelInvocationJobs).len();
    let ran = submitted.run(["list", "--status", "completed", "--format", "json"]).run();
    assert_eq!((names(ran.stdout_text()).len(), ran.exit()), (1, Some(0)), "{ran}");
    let name = names(ran.stdout_text()).remove(0);
    let ran = submitted.run(["list", "--name", &name]).run();
    let cells: Vec<_> = ran.stdout_text().trim_end().split('\t').map(str::to_owned).collect();
    assert_eq!((&cells[0], &cells[1], &cells[2]), (&arns[1], &name, &"Completed".to_owned()), "{ran}");
    let requests = submitted.fake.requests_of(Operation::ListModelInvocationJobs);
    assert_eq!(requests[before].query("statusEquals").as_deref(), Some("Completed"));
    assert_eq!(requests[before + 1].query("nameContains"), Some(name));

    let ran = submitted.run(["list", "--status", "Failed"]).run();
    assert!(ran.exit() == Some(0) && ran.stdout.is_empty(), "{ran}");
    assert!(ran.stderr_text().contains("eu-central-1 has no such batch inference job"), "{ran}");
    let before = submitted.fake.requests().len();
    let ran = submitted.run(["list", "--status", "Sleeping"]).run();
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains("PartiallyCompleted"), "{ran}");
    assert_eq!(submitted.fake.requests().len(), before);
}

#[test]
fn a_list_that_is_denied_names_the_policy() {
    let submitted = Submitted::new(3, 100);
    let message = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: \
                   bedrock:ListModelInvocationJobs because no identity-based policy allows the \
                   bedrock:ListModelInvocationJobs action";
    submitted.fake.expect(list_model_invocation_jobs().fails(403, "AccessDeniedException", message));
    let ran = submitted.run(["list"]).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    error: the caller is not allowed to perform `bedrock:ListModelInvocationJobs`
      aws: AccessDeniedException: User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:ListModelInvocationJobs because no identity-based policy allows the bedrock:ListModelInvocationJobs action
      aws: request ID: 00000000-0000-4000-8000-000000000003

     hint: `bedrock-ask iam-policy MODEL --for batch --region eu-central-1` prints the policy for an administrator to attach
    ----- exit 5 -----
    ");
}
