//! `bedrock-ask batch fetch`: results in the order of the input, whatever a job has left behind.

use serde_json::Value;

use super::jobs::*;
use crate::fake_bedrock::*;
use crate::fake_s3::{Fault, S3Operation};
use crate::harness::Ran;

fn fetched(submitted: &Submitted) -> Ran {
    submitted.run(["fetch", "-o", "results.jsonl"]).run()
}

fn lines(submitted: &Submitted, name: &str) -> Vec<Value> {
    let text = submitted.home.read_here(name);
    assert!(text.ends_with('\n'), "{text}");
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn ids(lines: &[Value]) -> Vec<&str> {
    lines.iter().map(|line| line["recordId"].as_str().unwrap()).collect()
}

/// Returns the IDs of records.
fn numbered(numbers: impl IntoIterator<Item = usize>) -> Vec<String> {
    numbers.into_iter().map(|number| format!("id-{number}")).collect()
}

/// Asserts that a run failed with this code and text, and wrote no file.
#[track_caller]
fn assert_refused(submitted: &Submitted, ran: &Ran, exit: i32, text: &str) {
    assert!(ran.exit() == Some(exit) && ran.stderr_text().contains(text), "{ran}");
    assert!(!submitted.has("results.jsonl") && !submitted.has("results.jsonl.failed.jsonl"), "{ran}");
}

#[test]
fn the_results_of_all_jobs_are_in_the_order_of_the_input() {
    let submitted = Submitted::new(250, 100);
    assert_eq!(submitted.fake.jobs().arns().len(), 3);
    submitted.fake.jobs().finish_all();
    let ran = fetched(&submitted);
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    note: 250 records: 250 with a response, 0 failed
    ----- exit 0 -----
    ");
    let results = lines(&submitted, "results.jsonl");
    assert_eq!(ids(&results), numbered(0..250));
    for (number, line) in results.iter().enumerate() {
        let text = format!("prompt {number}");
        assert_eq!(line["modelOutput"]["output"]["message"]["content"][0]["text"], text);
        assert_eq!(line["modelInput"]["messages"][0]["content"][0]["text"], text);
    }
    assert!(!submitted.has("results.jsonl.failed.jsonl"));
}

#[test]
fn the_texts_alone_are_one_line_each() {
    let submitted = Submitted::new(3, 100);
    submitted.fake.jobs().answering(|record| match record["recordId"].as_str() {
        Some("id-1") => RecordReply::Error(400, "no".to_owned()),
        _ => RecordReply::text("two\nlines"),
    });
    submitted.fake.jobs().finish_all();
    let ran = submitted.run(["fetch", MANIFEST, "-o", "results.jsonl", "--text", "--failed", "again.jsonl"]).run();
    assert_eq!(ran.exit(), Some(7), "{ran}");
    insta::assert_snapshot!(submitted.home.read_here("results.jsonl"), @r#"
    {"recordId":"id-0","text":"two\nlines"}
    {"recordId":"id-1","error":{"errorCode":400,"errorMessage":"no","expired":false,"retryable":false}}
    {"recordId":"id-2","text":"two\nlines"}
    "#);
    assert_eq!(ids(&lines(&submitted, "again.jsonl")), ["id-1"]);
}

#[test]
fn records_that_a_job_did_not_process_fail_and_are_an_input_again() {
    for (end, is_expired) in [
        (End::Stopped(60), false),
        (End::Expired(60), true),
        (End::PartiallyCompleted(60), true),
        (End::Stopped(0), false),
    ] {
        let processed = if end == End::Stopped(0) { 0 } else { 60 };
        let submitted = Submitted::ended(100, end);
        let ran = fetched(&submitted);
        assert_eq!(ran.exit(), Some(7), "{ran}");
        let results = lines(&submitted, "results.jsonl");
        assert_eq!(ids(&results), numbered(0..100));
        for line in &results[processed..] {
            assert_eq!(line["error"]["errorMessage"], "the job ended before this record was processed");
            assert_eq!(line["error"]["expired"], is_expired);
            assert!(line["modelInput"]["messages"].is_array() && line["modelOutput"].is_null(), "{line}");
        }
        let failed = lines(&submitted, "results.jsonl.failed.jsonl");
        assert_eq!(ids(&failed), numbered(processed..100));
        for (number, line) in (processed..).zip(&failed) {
            assert_eq!(line["modelInput"]["messages"][0]["content"][0]["text"], format!("prompt {number}"));
        }
        let words = ["submit", "results.jsonl.failed.jsonl", "--s3", "s3://bucket/again", "--role"];
        let rest = ["arn:aws:iam::111122223333:role/batch", "-m", "nova-lite", "--limits", "min=1", "--dry-run"];
        let again = submitted.run(words.into_iter().chain(rest)).run();
        assert_eq!(again.exit(), Some(0), "{again}");
        submitted.fake.expect_repeatedly(converse().text(["done"]));
        let again = submitted.run(["run", "results.jsonl.failed.jsonl", "-o", "again.jsonl", "-m", "nova-lite"]).run();
        assert_eq!(again.exit(), Some(0), "{again}");
        assert_eq!(lines(&submitted, "again.jsonl").len(), 100 - processed);
    }
}

#[test]
fn errors_and_incomplete_responses_fail_and_are_kept() {
    let submitted = Submitted::new(4, 100);
    submitted.fake.jobs().answering(|record| match record["recordId"].as_str() {
        Some("id-1") => RecordReply::Expired,
        Some("id-2") => {
            let RecordReply::Output(mut output) = RecordReply::text("half") else { unreachable!() };
            output["stopReason"] = "max_tokens".into();
            RecordReply::Output(output)
        }
        Some("id-3") => RecordReply::Missing,
        _ => RecordReply::text("whole"),
    });
    submitted.fake.jobs().finish_all();
    let ran = submitted.run(["fetch", "-o", "results.jsonl", "--format", "json"]).run();
    insta::assert_snapshot!(ran, @r#"
    ----- stdout -----
    {"jobArns":["arn:aws:bedrock:eu-central-1:111122223333:model-invocation-job/fake00000001"],"outputFile":"results.jsonl","failedFile":"results.jsonl.failed.jsonl","totalRecordCount":4,"successRecordCount":1,"errorRecordCount":3,"missingRecordCount":1,"usage":{"inputTokens":14,"outputTokens":6,"totalTokens":20}}
    ----- stderr -----
    warning: 4 records: 1 with a response, 3 failed (1 of them without a result); `results.jsonl.failed.jsonl` has those that failed, as an input
    ----- exit 7 -----
    "#);
    let results = lines(&submitted, "results.jsonl");
    assert_eq!(results[1]["error"]["errorCode"], 408);
    assert_eq!(results[2]["modelOutput"]["stopReason"], "max_tokens");
    let message = "the response was cut at the model's token limit: stop reason: max_tokens";
    assert_eq!(results[2]["error"]["errorMessage"], message);
    assert_eq!(results[3]["error"]["errorMessage"], "the job has no result for this record");
}

#[test]
fn a_job_that_has_not_ended_leaves_no_file() {
    let submitted = Submitted::new(250, 100);
    let arn = submitted.fake.jobs().arns().remove(1);
    submitted.fake.jobs().finish(&arn);
    submitted.fake.jobs().ends(&arn, End::Completed);
    let ran = fetched(&submitted);
    assert_refused(&submitted, &ran, 6, "2 of 3 jobs have not ended");
    assert!(ran.stderr_text().contains(": Submitted") && ran.stderr_text().contains("--watch"), "{ran}");
    assert!(submitted.s3.count(S3Operation::GetObject) == 0, "{ran}");
}

#[test]
fn a_job_that_failed_without_results_is_explained() {
    let submitted = Submitted::ended(3, End::Failed("The role cannot read the bucket".to_owned()));
    let ran = fetched(&submitted);
    assert_refused(&submitted, &ran, 7, "The role cannot read the bucket");

    let submitted = Submitted::new(250, 100);
    let arns = submitted.fake.jobs().arns();
    submitted.fake.jobs().ends(&arns[1], End::Failed("Too\nlate".to_owned()));
    submitted.fake.jobs().finish_all();
    let ran = fetched(&submitted);
    assert_eq!(ran.exit(), Some(7), "{ran}");
    let results = lines(&submitted, "results.jsonl");
    assert_eq!(ids(&results), numbered(0..250));
    assert_eq!(results[100]["error"]["errorMessage"], "the job failed before this record was processed: Too late");
    assert_eq!(ids(&lines(&submitted, "results.jsonl.failed.jsonl")), numbered(100..200));
}

#[test]
fn lines_that_do_not_belong_there_are_counted_and_reported() {
    let submitted = Submitted::new(5, 100);
    submitted.fake.jobs().answering(|record| {
        let line = |id: &str, text: &str| {
            let RecordReply::Output(output) = RecordReply::text(text) else { unreachable!() };
            format!(
                "{}\n",
                serde_json::json!({"recordId": id, "modelInput": record["modelInput"], "modelOutput": output})
            )
        };
        match record["recordId"].as_str().unwrap() {
            "id-1" => RecordReply::Raw(line("id-1", "first") + &line("id-1", "second")),
            "id-2" => RecordReply::Raw(line("id-2", "whole") + &line("other", "lost")),
            "id-3" => RecordReply::Raw("{\"recordId\":\"id-3\",\"modelOut\u{1b}\n".to_owned()),
            _ => RecordReply::echo(record),
        }
    });
    submitted.fake.jobs().finish_all();
    let ran = fetched(&submitted);
    let name = serde_json::from_str::<Value>(&submitted.home.read_here(MANIFEST)).unwrap();
    let name = name["jobs"][0]["name"].as_str().unwrap().to_owned();
    insta::assert_snapshot!(ran.snapshot().replace(&name, "NAME"), @r#"
    ----- stdout -----
    ----- stderr -----
    warning: 1 line of the output is left out, which is not a result: `{"recordId":"id-3","modelOut\u{1b}`
    warning: 1 line of the output is left out, which is a result of a record that the input does not have: `{"recordId":"other","modelInput":{"messages":[{"role":"user","content":[{"text":…`
    warning: 1 line of the output is left out, which is a further result of a record that has another one: `{"recordId":"id-1","modelInput":{"messages":[{"role":"user","content":[{"text":"…`
    warning: `NAME`: `manifest.json.out` disagrees with the results: 5 records processed, and 6 are in the results
    warning: `NAME`: `manifest.json.out` disagrees with the results: 2 records succeeded, and 6 are in the results
    warning: `NAME`: `manifest.json.out` disagrees with the results: 3 records failed, and 0 are in the results
    warning: 5 records: 4 with a response, 1 failed (1 of them without a result); `results.jsonl.failed.jsonl` has those that failed, as an input
    ----- exit 7 -----
    "#);
    let results = lines(&submitted, "results.jsonl");
    assert_eq!(ids(&results), numbered(0..5));
    assert_eq!(results[1]["modelOutput"]["output"]["message"]["content"][0]["text"], "first");
}

#[test]
fn what_is_not_the_output_of_bedrock_is_refused() {
    for (content, text) in [
        (&b"\x1f\x8b\x08\0\0"[..], "compressed with gzip"),
        (b"<html><body>Sign in</body></html>\n", "HTML"),
        (b"[]\n", "does not begin with `{`"),
    ] {
        let submitted = Submitted::ended(3, End::Completed);
        let key = submitted.results().remove(0);
        submitted.s3.store().put(BUCKET, &key, content);
        let ran = fetched(&submitted);
        assert_refused(&submitted, &ran, 7, text);
        assert!(ran.stderr_text().contains(&key), "{ran}");
    }
}

#[test]
fn counts_that_disagree_are_a_warning() {
    let submitted = Submitted::ended(3, End::Completed);
    let key = submitted.results().remove(0);
    let text = String::from_utf8(submitted.s3.store().get(BUCKET, &key).unwrap()).unwrap();
    let (_, cut) = text.split_once('\n').unwrap();
    submitted.s3.store().put(BUCKET, &key, cut.as_bytes());
    let ran = fetched(&submitted);
    assert_eq!(ran.exit(), Some(7), "{ran}");
    assert!(ran.stderr_text().contains("3 records processed, and 2 are in the results"), "{ran}");
    assert_eq!(ids(&lines(&submitted, "results.jsonl")), numbered(0..3));
}

#[test]
fn a_download_that_is_cut_goes_on_and_one_that_never_arrives_leaves_no_file() {
    let submitted = Submitted::ended(50, End::Completed);
    submitted.s3.inject(S3Operation::GetObject, Fault::CutResponse(1000));
    let ran = fetched(&submitted);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ids(&lines(&submitted, "results.jsonl")), numbered(0..50));

    let submitted = Submitted::ended(50, End::Completed);
    submitted.s3.inject_always(S3Operation::GetObject, Fault::CutResponse(1000));
    let ran = fetched(&submitted);
    assert_refused(&submitted, &ran, 6, "did not arrive whole");
    submitted.s3.heal();
    assert_eq!(fetched(&submitted).exit(), Some(0));
}

#[cfg(unix)]
#[test]
fn an_object_that_changes_meanwhile_is_not_mixed() {
    let submitted = Submitted::ended(50, End::Completed);
    let held = submitted.s3.hold(S3Operation::GetObject, 1, Moment::Before);
    let running = submitted.run(["fetch", "-o", "results.jsonl"]).spawn();
    held.wait();
    let key = submitted.results().remove(0);
    let mut content = submitted.s3.store().get(BUCKET, &key).unwrap();
    content.reverse();
    submitted.s3.store().put(BUCKET, &key, &content);
    held.release();
    let ran = running.finish();
    assert_refused(&submitted, &ran, 1, "has changed while it was read");
}

#[test]
fn the_order_is_that_of_the_uploads_if_the_input_is_gone_and_never_that_of_another_file() {
    let submitted = Submitted::ended(250, End::Completed);
    let path = submitted.home.here().join("prompts.jsonl");
    let content = std::fs::read(&path).unwrap();
    std::fs::rename(&path, submitted.home.here().join("moved.jsonl")).unwrap();
    let ran = fetched(&submitted);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stderr_text().contains("the records are read from S3"), "{ran}");
    assert_eq!(ids(&lines(&submitted, "results.jsonl")), numbered(0..250));

    let before = submitted.fake.requests().len();
    let words = ["fetch", "-o", "moved-results.jsonl", "--input", "moved.jsonl"];
    let ran = submitted.run(words).run();
    assert!(ran.exit() == Some(0) && !ran.stderr_text().contains("from S3"), "{ran}");
    assert_eq!(submitted.home.read_here("moved-results.jsonl"), submitted.home.read_here("results.jsonl"));
    assert!(submitted.fake.requests().len() > before);

    let before = submitted.fake.requests().len();
    std::fs::write(&path, [&content[..], b"{\"prompt\":\"new\"}\n"].concat()).unwrap();
    let ran = submitted.run(["fetch", "-o", "other.jsonl"]).run();
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains("its content differs"), "{ran}");
    assert_eq!(submitted.fake.requests().len(), before);
}

#[test]
fn an_arn_needs_no_manifest() {
    let submitted = Submitted::ended(20, End::PartiallyCompleted(15));
    let arn = submitted.arn();
    std::fs::remove_file(submitted.home.here().join(MANIFEST)).unwrap();
    let ran = submitted.run_without_region(["fetch", &arn, "-o", "results.jsonl"]).run();
    assert_eq!(ran.exit(), Some(7), "{ran}");
    assert_eq!(ids(&lines(&submitted, "results.jsonl")), numbered(0..20));
    assert_eq!(ids(&lines(&submitted, "results.jsonl.failed.jsonl")), numbered(15..20));
}

#[test]
fn no_file_that_exists_is_overwritten() {
    let submitted = Submitted::ended(3, End::PartiallyCompleted(1));
    let before = submitted.fake.requests().len();
    for (words, name) in [
        (vec!["fetch", "-o", "prompts.jsonl"], "prompts.jsonl"),
        (vec!["fetch", "-o", "new.jsonl", "--failed", "prompts.jsonl"], "prompts.jsonl"),
        (vec!["fetch", "-o", "same.jsonl", "--failed", "same.jsonl"], "same file"),
        (vec!["fetch", "-o", "none/new.jsonl"], "none/new.jsonl"),
        (vec!["fetch", "-o", "-"], "/dev/stdout"),
    ] {
        let ran = submitted.run(words).run();
        assert!(ran.exit() == Some(2) && ran.stderr_text().contains(name), "{ran}");
    }
    assert_eq!(submitted.fake.requests().len(), before);
    assert!(submitted.home.read_here("prompts.jsonl").starts_with("{\"recordId\":\"id-0\""));
}

#[test]
fn without_notes_the_failed_records_are_still_counted() {
    let submitted = Submitted::ended(3, End::PartiallyCompleted(1));
    let ran = submitted.run(["fetch", "-o", "results.jsonl", "-q"]).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    warning: 3 records: 1 with a response, 2 failed (2 of them without a result); `results.jsonl.failed.jsonl` has those that failed, as an input
    ----- exit 7 -----
    ");
}

#[cfg(unix)]
#[test]
fn a_pipe_gets_the_results() {
    let submitted = Submitted::ended(3, End::Completed);
    let ran = submitted.run(["fetch", "-o", "/dev/stdout", "--text", "-q"]).run();
    assert_eq!((ran.exit(), ran.stdout_text().lines().count()), (Some(0), 3), "{ran}");
}

#[cfg(unix)]
#[test]
fn a_fetch_that_is_killed_at_any_step_starts_over() {
    use rustix::process::Signal;

    for (operation, count) in [(S3Operation::ListObjectsV2, 3), (S3Operation::GetObject, 6)] {
        let submitted = Submitted::new(250, 100);
        submitted.fake.jobs().finish_all();
        for nth in 1..=count {
            for moment in [Moment::Before, Moment::After] {
                let held = submitted.s3.hold(operation, nth, moment);
                let running = submitted.run(["fetch", "-o", "results.jsonl"]).spawn();
                held.wait();
                running.signal(Signal::KILL);
                held.reset();
                let ran = running.finish();
                assert!(ran.exit().is_none() && !submitted.has("results.jsonl"), "{ran}");
                submitted.s3.heal();
            }
        }
        assert_eq!(fetched(&submitted).exit(), Some(0));
        assert_eq!(ids(&lines(&submitted, "results.jsonl")), numbered(0..250));
    }
}

#[cfg(target_os = "linux")]
#[test]
fn a_fetch_that_is_killed_while_it_writes_leaves_nothing() {
    use rustix::process::Signal;

    // More failed records than a pipe holds.
    let submitted = Submitted::ended(2000, End::PartiallyCompleted(1));
    let pipe = submitted.home.here().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let running = submitted.run(["fetch", "-o", "results.jsonl", "--failed", "pipe"]).spawn();
    // The program opens it for the first record that failed, and the results are written by then.
    let reader = std::fs::File::open(&pipe).unwrap();
    running.signal(Signal::KILL);
    assert_eq!(running.finish().exit(), None);
    drop(reader);
    let names = std::fs::read_dir(submitted.home.here()).unwrap();
    let mut names: Vec<_> = names.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    assert_eq!(names, ["pipe", "prompts.jsonl", MANIFEST]);
}

#[cfg(unix)]
#[test]
fn an_interrupted_fetch_leaves_nothing() {
    let submitted = Submitted::ended(3, End::Completed);
    let held = submitted.s3.hold(S3Operation::GetObject, 1, Moment::Before);
    let running = submitted.run(["fetch", "-o", "results.jsonl"]).spawn();
    held.wait();
    running.interrupt();
    let ran = running.finish();
    held.release();
    assert!(!submitted.has("results.jsonl") && ran.exit() == Some(130), "{ran}");
}

#[test]
fn a_denied_download_names_the_policy() {
    let submitted = Submitted::ended(3, End::Completed);
    for operation in [S3Operation::ListObjectsV2, S3Operation::GetObject] {
        submitted.s3.inject_always(operation, Fault::access_denied("s3:GetObject", "arn:aws:s3:::bucket/x"));
        let ran = fetched(&submitted);
        assert_refused(&submitted, &ran, 5, "bedrock-ask iam-policy nova-lite --for batch");
        submitted.s3.heal();
    }
    submitted.fake.expect(get_model_invocation_job().fails(
        403,
        "AccessDeniedException",
        "User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:GetModelInvocationJob",
    ));
    let ran = fetched(&submitted);
    assert_refused(&submitted, &ran, 5, "bedrock-ask iam-policy nova-lite --for batch");
}

#[test]
fn a_manifest_of_another_region_or_of_jobs_that_do_not_exist_is_refused() {
    let submitted = Submitted::ended(3, End::Completed);
    let before = submitted.fake.requests().len();
    let ran = submitted.run_without_region(["fetch", "-o", "results.jsonl", "--region", "us-east-1"]).run();
    assert_refused(&submitted, &ran, 2, "--region eu-central-1");
    assert_eq!(submitted.fake.requests().len(), before);
    let ran = submitted.run_without_region(["fetch", "-o", "results.jsonl"]).env("AWS_REGION", "us-east-1").run();
    assert!(ran.exit() == Some(0) && ran.stderr_text().contains("us-east-1 is not used"), "{ran}");

    let manifest =
        submitted.home.read_here(MANIFEST).replace("\"created\"", "\"creating\"").replace(&submitted.arn(), "");
    submitted.home.write_here(MANIFEST, manifest.replace("\"arn\": \"\"", "\"arn\": null").as_bytes());
    let ran = submitted.run(["fetch", "-o", "new.jsonl"]).run();
    assert!(ran.exit() == Some(2) && ran.stderr_text().contains("have not been created"), "{ran}");
}

#[test]
fn records_without_an_id_are_found_by_the_numbers_of_their_lines() {
    let submitted =
        Submitted::of("\n{\"prompt\":\"a\"}\n \t\n{\"prompt\":\"b\",\"recordId\":\"own\"}\n{\"prompt\":\"c\"}", 100);
    submitted.fake.jobs().finish_all();
    assert_eq!(fetched(&submitted).exit(), Some(0));
    assert_eq!(ids(&lines(&submitted, "results.jsonl")), ["000000002", "own", "000000005"]);
}

#[test]
fn an_input_that_a_template_made_is_read_from_s3() {
    let submitted = Submitted::ended(3, End::PartiallyCompleted(2));
    let manifest = submitted.home.read_here(MANIFEST).replace("\"inputForm\": \"jsonl\"", "\"inputForm\": \"csv\"");
    submitted.home.write_here(MANIFEST, manifest.as_bytes());
    let ran = fetched(&submitted);
    assert!(ran.exit() == Some(7) && ran.stderr_text().contains("the records are read from S3"), "{ran}");
    assert_eq!(ids(&lines(&submitted, "results.jsonl")), numbered(0..3));
}

#[test]
fn uploads_that_are_not_those_of_the_manifest_are_refused() {
    let submitted = Submitted::ended(3, End::PartiallyCompleted(2));
    let key = submitted.s3.keys(BUCKET, "").into_iter().find(|key| key.ends_with("jsonl")).unwrap();
    let content = submitted.s3.store().get(BUCKET, &key).unwrap();
    submitted.s3.store().put(BUCKET, &key, &content[1..]);
    assert_refused(&submitted, &fetched(&submitted), 2, "is not the one that was submitted");
    submitted.s3.store().delete(BUCKET, &key);
    assert_refused(&submitted, &fetched(&submitted), 2, "does not exist any more");
}
