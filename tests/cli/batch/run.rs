//! `batch run`: what is sent, at which rate, and when a run stops.

use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::*;
use crate::harness::Ran;

const MODEL: &str = "amazon.nova-2-lite-v1:0";
const PER_DAY: &str = "Too many tokens per day, please wait before trying again.";

/// Returns a run from Frankfurt with Nova 2 Lite and these records, which writes `out.jsonl`. `words` are further arguments.
fn batch(fake: &FakeBedrock, records: &[Value], words: &[&str]) -> Run {
    let lines = records.iter().fold(String::new(), |lines, record| lines + &record.to_string() + "\n");
    let command = ["batch", "run", "in.jsonl", "-o", "out.jsonl", "--max-tokens", "50"];
    bedrock_ask(command.iter().chain(words).copied())
        .env("AWS_REGION", "eu-central-1")
        .env("BEDROCK_ASK_MODEL", MODEL)
        .home(&Home::new())
        .file_here("in.jsonl", lines)
        .credentials()
        .against(fake)
}

/// Returns records with these numbers as prompts.
fn prompts(count: usize) -> Vec<Value> {
    (0..count).map(|number| json!({"recordId": format!("r{number}"), "prompt": format!("p{number}")})).collect()
}

/// Returns the results by their order in the file.
fn results(ran: &Ran) -> Vec<Value> {
    ran.home.read_here("out.jsonl").lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the IDs of the records that have a response, sorted.
fn answered(ran: &Ran) -> Vec<String> {
    let mut ids: Vec<_> = results(ran)
        .iter()
        .filter(|result| result["error"].is_null())
        .map(|result| result["recordId"].as_str().unwrap().to_owned())
        .collect();
    ids.sort();
    ids
}

fn echo() -> FakeBedrock {
    FakeBedrock::start().answering(|request| converse().text([request.prompt()]))
}

fn has_output(ran: &Ran) -> bool {
    ran.home.here().join("out.jsonl").exists()
}

#[test]
fn each_record_is_sent_once_and_has_one_result() {
    let fake = echo();
    let ran = batch(&fake, &prompts(40), &[]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let results = results(&ran);
    assert_eq!((results.len(), fake.load().calls), (40, 40));
    for result in &results {
        let number = &result["recordId"].as_str().unwrap()[1..];
        assert_eq!(result["modelOutput"]["output"]["message"]["content"][0]["text"], format!("p{number}"), "{result}");
        assert_eq!(result["modelInput"]["messages"][0]["content"][0]["text"], format!("p{number}"), "{result}");
    }
    assert_eq!(answered(&ran).len(), 40);
}

#[test]
fn a_model_input_is_sent_and_its_output_kept_byte_for_byte() {
    let body = r#"{ "messages":[{"role":"user","content":[{"text":"h\u00e9 1.50"}]}], "inferenceConfig":{"temperature":0.700, "maxTokens":7},"hologram": {"z":1,"a":1e3}}"#;
    let output = r#"{ "output":{"message":{"role":"assistant","content":[{"text":"x"},{"hologram":{"n":1.50}}]}},"stopReason":"end_turn","usage":{"inputTokens":3,"outputTokens":1,"totalTokens":4},"metrics":{"latencyMs":1}, "new":1e999 }"#;
    let fake = FakeBedrock::start();
    fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), output.to_owned())));
    let lines = format!("{{\"recordId\":\"a\",\"modelInput\":{body}}}\n");
    let run = bedrock_ask(["batch", "run", "in.jsonl", "-o", "out.jsonl", "-m", MODEL, "--region", "eu-central-1"]);
    let ran = run.file_here("in.jsonl", lines).credentials().against(&fake).run();
    assert_eq!(String::from_utf8_lossy(&fake.requests()[0].body), body);
    let line = ran.home.read_here("out.jsonl");
    assert_eq!(ran.exit(), Some(0), "{ran}{line}");
    assert_eq!(line, format!("{{\"recordId\":\"a\",\"modelInput\":{body},\"modelOutput\":{}}}\n", output.trim()));
}

#[test]
fn the_options_are_those_of_ask() {
    let fake = echo();
    let options = ["-s", "Be brief.", "--temperature", "0.7", "--stop", "END", "--tier", "flex"];
    let record = json!({"prompt": "a \"b\"\n\u{1f642}"});
    let ran = batch(&fake, std::slice::from_ref(&record), &options).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let prompt = record["prompt"].as_str().unwrap();
    let words = ["ask", "--dry-run", "--format", "json", "--max-tokens", "50", prompt];
    let preview = bedrock_ask(words.iter().chain(&options).copied())
        .env("AWS_REGION", "eu-central-1")
        .env("BEDROCK_ASK_MODEL", MODEL)
        .run();
    let preview: Value = serde_json::from_str(preview.stdout_text()).unwrap();
    assert_eq!(String::from_utf8_lossy(&fake.requests()[0].body), preview["body"].as_str().unwrap());
    assert_eq!(fake.requests()[0].path(), "/model/eu.amazon.nova-2-lite-v1%3A0/converse");
}

#[test]
fn what_is_throttled_is_sent_again() {
    let fake = echo();
    for _ in 0..3 {
        fake.expect(converse().fails(
            429,
            "ThrottlingException",
            "Too many requests, please wait before trying again.",
        ));
    }
    let ran = batch(&fake, &prompts(4), &["--jobs", "2"]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!((answered(&ran).len(), fake.load().calls), (4, 7));
}

#[test]
fn a_quota_is_found_and_kept() {
    let fake = echo().throttled(40).with_burst(5);
    let ran = batch(&fake, &prompts(40), &[]).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(answered(&ran).len(), 40);
}

#[test]
fn a_request_to_wait_is_honoured() {
    let fake = echo();
    let refused = converse().fails(429, "ThrottlingException", "Too many requests, please wait before trying again.");
    fake.expect(refused.header("x-amz-retry-after", "700"));
    let start = Instant::now();
    let ran = batch(&fake, &prompts(2), &["--jobs", "1"]).run();
    assert_eq!((ran.exit(), fake.load().calls), (Some(0), 3), "{ran}");
    assert!(start.elapsed().as_millis() >= 700);
}

#[test]
fn a_region_that_asks_to_wait_for_ever_leaves_the_records_to_another() {
    let fake = echo();
    let refused = converse().fails(429, "ThrottlingException", "Too many requests, please wait before trying again.");
    fake.expect(refused.header("retry-after", &u64::MAX.to_string()));
    let ran = batch(&fake, &prompts(30), &["--spread", "eu-west-1", "--jobs", "4"]).run();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(0), 30), "{ran}");
}

#[test]
fn a_service_without_capacity_for_some_requests_is_used() {
    let mut sent = std::collections::HashMap::new();
    let fake = FakeBedrock::start().answering(move |request| {
        let count = sent.entry(request.prompt()).or_insert(0);
        *count += 1;
        if request.prompt().ends_with('3') && *count < 4 || request.prompt().ends_with('7') && *count < 2 {
            return converse().fails(503, "ServiceUnavailableException", "Bedrock is unable to process your request.");
        }
        converse().text([request.prompt()])
    });
    let ran = batch(&fake, &prompts(60), &[]).run();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(0), 60), "{ran}");
}

#[test]
fn records_stay_without_a_result_when_nothing_succeeds_any_more() {
    let mut count = 0;
    let fake = FakeBedrock::start().answering(move |request| {
        count += 1;
        if count > 5 {
            return converse().fails(500, "InternalServerException", "Internal server error");
        }
        converse().text([request.prompt()])
    });
    let ran = batch(&fake, &prompts(300), &[]).run();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(6), 5), "{ran}");
    assert!(results(&ran).len() <= 5 + 64, "{ran}");
    assert!(ran.stderr_text().contains("the last records all failed like this"), "{ran}");
    assert!(ran.stderr_text().contains("with `--retry-failed` also what failed"), "{ran}");
}

#[test]
fn a_response_that_cannot_be_read_is_kept_beside_the_error() {
    let output = r#"{"output":{"message":{"role":"assistant","content":[{"text":"x"}]}},"stopReason":"end_turn","usage":{"inputTokens":"3"}}"#;
    for (body, is_kept) in [(output, true), (r#"{"z":1.0,"a":null}"#, true), ("<html>", false), ("{\"a\":", false)] {
        let page = Reply::Page(200, "application/json".to_owned(), body.to_owned());
        let fake = FakeBedrock::start();
        fake.expect(converse().replies(page));
        let ran = batch(&fake, &prompts(1), &["--format", "json"]).run();
        assert_eq!(ran.exit(), Some(7), "{ran}");
        let line = ran.home.read_here("out.jsonl");
        assert_eq!(line.contains(&format!("\"modelOutput\":{body},\"error\":{{")), is_kept, "{line}");
        assert_eq!(line.contains("modelOutput"), is_kept, "{line}");
        let summary: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert!(summary["estimatedCost"].is_null(), "{summary}");
    }
}

#[test]
fn a_failure_of_every_call_stops_the_run_at_once() {
    let denied = "User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:InvokeModel on resource: arn:aws:bedrock:eu-central-1::foundation-model/amazon.nova-2-lite-v1:0 because no identity-based policy allows the bedrock:InvokeModel action";
    for (status, code, message, exit) in [
        (403, "AccessDeniedException", denied, 5),
        (403, "ExpiredTokenException", "The security token included in the request is expired", 5),
        (400, "ValidationException", "The provided model identifier is invalid.", 3),
        (429, "ThrottlingException", PER_DAY, 6),
    ] {
        let fake = FakeBedrock::start().answering(move |_| converse().fails(status, code, message));
        let ran = batch(&fake, &prompts(100), &["--jobs", "4"]).run();
        assert_eq!(ran.exit(), Some(exit), "{ran}");
        assert!(fake.load().calls <= 4, "{:?}", fake.load());
        assert!(ran.stderr_text().contains("0 of 100 records have a result, 100 are left"), "{ran}");
        assert!(!has_output(&ran));
    }
}

#[test]
fn what_has_succeeded_is_kept_when_the_quota_of_the_day_is_used_up() {
    let mut count = 0;
    let fake = FakeBedrock::start().answering(move |request| {
        count += 1;
        if count > 5 {
            return converse().fails(429, "ThrottlingException", PER_DAY);
        }
        converse().text([request.prompt()])
    });
    let ran = batch(&fake, &prompts(100), &["--jobs", "2"]).run();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(6), 5), "{ran}");
    assert!(ran.stderr_text().contains("5 of 100 records have a result, 95 are left"), "{ran}");
}

#[test]
fn a_record_that_the_model_refuses_fails_alone() {
    let fake = FakeBedrock::start().answering(|request| match request.prompt().as_str() {
        "p1" => converse().fails(400, "ValidationException", "Input is too long for requested model."),
        "p2" => converse().text(["cut"]).stop_reason("content_filtered"),
        prompt => converse().text([prompt]),
    });
    let ran = batch(&fake, &prompts(20), &[]).run();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(7), 18), "{ran}");
    let failed: Vec<_> = results(&ran).into_iter().filter(|result| !result["error"].is_null()).collect();
    let of = |id: &str| failed.iter().find(|result| result["recordId"] == id).unwrap().clone();
    assert_eq!(of("r1")["error"]["errorCode"], 400);
    assert!(of("r1")["error"]["errorMessage"].as_str().unwrap().contains("Input is too long"), "{failed:?}");
    assert!(of("r1")["modelOutput"].is_null());
    assert_eq!(of("r2")["modelOutput"]["stopReason"], "content_filtered");
    assert_eq!(
        of("r2")["error"]["errorMessage"],
        "the response was filtered or refused: stop reason: content_filtered"
    );
}

#[test]
fn a_run_whose_first_records_all_fail_alike_stops() {
    let fake = FakeBedrock::start()
        .answering(|_| converse().fails(400, "ValidationException", "Input is too long for requested model."));
    let ran = batch(&fake, &prompts(100), &["--jobs", "1"]).run();
    assert_eq!((ran.exit(), fake.load().calls), (Some(1), 10), "{ran}");
    assert!(ran.stderr_text().contains("the first records all failed like this"), "{ran}");
}

#[test]
fn a_failing_service_is_tried_five_times() {
    let fake = FakeBedrock::start().answering(|request| match request.prompt().as_str() {
        "p1" => {
            converse().fails(500, "InternalServerException", "Internal server error").header("x-amz-retry-after", "1")
        }
        prompt => converse().text([prompt]),
    });
    let ran = batch(&fake, &prompts(3), &[]).run();
    assert_eq!((ran.exit(), answered(&ran).len(), fake.load().calls), (Some(7), 2, 7), "{ran}");
    let failed = results(&ran).into_iter().find(|result| result["recordId"] == "r1").unwrap();
    assert_eq!((&failed["error"]["errorCode"], &failed["error"]["retryable"]), (&500.into(), &true.into()));
}

/// Returns a response of the model with this text.
fn response_of(text: &str) -> String {
    let message = json!({"role": "assistant", "content": [{"text": text}]});
    let usage = json!({"inputTokens": 1, "outputTokens": 1, "totalTokens": 2});
    json!({"output": {"message": message}, "stopReason": "end_turn", "usage": usage}).to_string()
}

#[test]
fn a_response_that_breaks_off_is_requested_again() {
    let mut count = 0;
    let fake = FakeBedrock::start().answering(move |request| {
        count += 1;
        match request.prompt().as_str() {
            "p1" if count < 10 => converse().replies(Reply::Half(response_of("half"))),
            prompt => converse().text([prompt]),
        }
    });
    let ran = batch(&fake, &prompts(3), &["--jobs", "1"]).run();
    assert_eq!((ran.exit(), fake.load().calls), (Some(7), 7), "{ran}");
    let failed = results(&ran).into_iter().find(|result| result["recordId"] == "r1").unwrap();
    assert_eq!((&failed["error"]["retryable"], &failed["modelOutput"]), (&true.into(), &Value::Null), "{failed}");
}

#[test]
fn a_response_that_no_model_writes_fails_its_record_alone() {
    let fake = FakeBedrock::start().answering(|request| match request.prompt().as_str() {
        "p1" => converse().replies(Reply::Page(200, "application/json".to_owned(), response_of(&"x".repeat(8 << 20)))),
        prompt => converse().text([prompt]),
    });
    let ran = batch(&fake, &prompts(3), &[]).run();
    assert_eq!((ran.exit(), answered(&ran).len(), fake.load().calls), (Some(7), 2, 3), "{ran}");
    let failed = results(&ran).into_iter().find(|result| result["recordId"] == "r1").unwrap();
    assert_eq!(failed["error"]["errorMessage"], "the response is too large: it has more than 8 MiB", "{failed}");
    assert_eq!(failed["error"]["retryable"], false, "{failed}");
}

#[test]
fn a_stop_reason_that_is_no_name_forges_no_line() {
    let fake = FakeBedrock::start()
        .answering(|request| converse().text(["x"]).stop_reason(&format!("{}\nerror: forged", request.prompt())));
    let ran = batch(&fake, &prompts(3), &[]).run();
    assert_eq!(ran.exit(), Some(7), "{ran}");
    assert!(ran.stderr_text().contains("3 of them failed (unknown-stop-reason 3)\n"), "{ran}");
    assert!(!ran.stderr_text().contains("forged"), "{ran}");
}

#[test]
fn an_endpoint_that_cannot_be_reached_stops_the_run() {
    let fake = FakeBedrock::start();
    let ran = batch(&fake, &prompts(100), &[]).env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", "http://127.0.0.1:9").run();
    assert_eq!(ran.exit(), Some(6), "{ran}");
    assert!(ran.stderr_text().contains("100 are left"), "{ran}");
}

#[test]
fn the_cost_never_passes_its_limit() {
    // 50 output tokens at $2.75 and a few hundred bytes at $0.33 for a million: about $0.0003 at most, $0.0001375 and less in fact.
    let fake = FakeBedrock::start().answering(|request| converse().text([request.prompt()]).tokens(10, 50));
    let ran = batch(&fake, &prompts(100), &["--max-cost", "0.002"]).run();
    assert_eq!(ran.exit(), Some(1), "{ran}");
    let count = answered(&ran).len();
    assert!((5..20).contains(&count), "{count} {ran}");
    assert!(ran.stderr_text().contains("stopped at `--max-cost`"), "{ran}");
    assert_eq!(fake.load().calls, count);
}

#[test]
fn a_price_that_is_not_known_is_refused_before_anything_is_sent() {
    let fake = FakeBedrock::start();
    for words in [["--max-cost", "5", "--tier", "flex"], ["--max-cost", "5", "-m", "eu.amazon.nova-unknown-v9:0"]] {
        let ran = batch(&fake, &prompts(1), &words).run();
        assert_eq!((ran.exit(), has_output(&ran)), (Some(2), false), "{ran}");
    }
}

#[test]
fn regions_share_the_records_and_each_has_its_own_quota() {
    let fake = echo().throttled(0).with_burst(30);
    let ran = batch(&fake, &prompts(55), &["--spread", "eu-west-1,eu-central-1", "--jobs", "8"]).run();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(0), 55), "{ran}");
    let load = fake.load();
    assert_eq!(load.by_region.keys().collect::<Vec<_>>(), ["eu-central-1", "eu-west-1"], "{load:?}");
}

#[test]
fn the_regions_of_a_spread_stay_within_the_geography() {
    let fake = FakeBedrock::start();
    for (regions, exit, message) in [
        ("us-east-1", 4, "may run outside of the geography of `eu.amazon.nova-2-lite-v1:0`"),
        ("eu-west-1,eu-west-1", 2, "`--spread` names eu-west-1 twice"),
        ("eu-wst-1", 2, "is not a known AWS Region"),
        ("cn-north-1", 2, "is in another partition"),
    ] {
        let ran = batch(&fake, &prompts(2), &["--spread", regions]).run();
        assert_eq!((ran.exit(), has_output(&ran)), (Some(exit), false), "{ran}");
        assert!(ran.stderr_text().contains(message), "{ran}");
    }
}

#[test]
fn the_first_record_fills_the_cache_alone() {
    let gate = Gate::default();
    let fake = echo().held_by(&gate);
    let running = batch(&fake, &prompts(20), &["--cache", "-s", "Long."]).spawn();
    fake.wait_until(|load| load.in_flight == 1);
    gate.open();
    let load = fake.wait_until(|load| load.in_flight == 19);
    assert_eq!(load.calls, 20);
    gate.open_all();
    let ran = running.finish();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(0), 20), "{ran}");
}

#[test]
fn no_more_than_the_jobs_are_in_flight() {
    let gate = Gate::default();
    let fake = echo().held_by(&gate);
    let running = batch(&fake, &prompts(30), &["--jobs", "7"]).spawn();
    fake.wait_until(|load| load.in_flight == 7);
    gate.open_all();
    let ran = running.finish();
    assert_eq!((ran.exit(), fake.load().most_in_flight), (Some(0), 7), "{ran}");
}

/// Returns the time between the first and the last of six requests with these arguments, as Bedrock sees them. Each uses so
/// many tokens.
fn time_of_six(words: &[&str], tokens: u32) -> Duration {
    let arrivals = Arc::new(Mutex::new(Vec::new()));
    let seen = Arc::clone(&arrivals);
    let fake = FakeBedrock::start().answering(move |request| {
        seen.lock().unwrap().push(Instant::now());
        converse().text([request.prompt()]).tokens(tokens, 0)
    });
    let ran = batch(&fake, &prompts(6), words).run();
    assert_eq!((ran.exit(), answered(&ran).len(), fake.load().calls), (Some(0), 6, 6), "{ran}");
    let arrivals = arrivals.lock().unwrap();
    arrivals.iter().max().unwrap().duration_since(*arrivals.iter().min().unwrap())
}

#[test]
fn no_more_requests_a_minute_are_sent_than_asked_for() {
    let between = time_of_six(&["--rpm", "300"], 1);
    // Five times 200 ms, of which the first request may lose some before it arrives.
    assert!(between >= Duration::from_millis(500), "{between:?}");
}

#[test]
fn no_more_tokens_a_minute_are_used_than_asked_for() {
    let between = time_of_six(&["--tpm", "600000", "--jobs", "1"], 3000);
    // Five times 300 ms.
    assert!(between >= Duration::from_millis(750), "{between:?}");
}

#[test]
fn without_notes_the_failed_records_are_still_named() {
    let fake = FakeBedrock::start().answering(|request| match request.prompt().as_str() {
        "p1" => converse().fails(400, "ValidationException", "Input is too long for requested model."),
        prompt => converse().text([prompt]),
    });
    let ran = batch(&fake, &prompts(3), &["-q"]).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    records: 3 done, 1 of them failed (context-too-long 1)
    ----- exit 7 -----
    ");
    // They are not sent again, and still without a response.
    let resumed = batch(&fake, &prompts(3), &["-q", "--resume"]).home(&ran.home).run();
    insta::assert_snapshot!(resumed, @"
    ----- stdout -----
    ----- stderr -----
    records: 0 done, 3 done before (1 failed)
    ----- exit 7 -----
    ");
}

#[test]
fn nothing_is_sent_for_an_input_that_is_not_valid() {
    let fake = FakeBedrock::start();
    for (input, words) in [
        ("{\"prompt\":\"a\"}\nno\n", &[][..]),
        ("", &[]),
        ("{\"prompt\":\"a\"}\n", &["--jobs", "0"]),
        ("{\"prompt\":\"a\"}\n", &["--max-cost", "-1"]),
        ("{\"prompt\":\"a\"}\n", &["--cache"]),
    ] {
        let ran = batch(&fake, &[], words).file_here("in.jsonl", input).run();
        assert_eq!((ran.exit(), has_output(&ran)), (Some(2), false), "{ran}");
    }
}

#[test]
fn records_without_a_limit_of_tokens_get_one_warning() {
    let fake = echo();
    let run =
        bedrock_ask(["batch", "run", "in.jsonl", "-o", "out.jsonl", "-m", MODEL]).env("AWS_REGION", "eu-central-1");
    let ran = run.file_here("in.jsonl", "{\"prompt\":\"a\"}\n{\"prompt\":\"b\"}\n").credentials().against(&fake).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ran.stderr_text().matches("no limit of tokens").count(), 1, "{ran}");
    assert!(ran.stderr_text().contains("--max-tokens"), "{ran}");
    assert!(!batch(&echo(), &prompts(1), &[]).run().stderr_text().contains("no limit of tokens"));
}

#[test]
fn a_run_is_continued_with_exactly_the_rest() {
    let mut count = 0;
    let fake = FakeBedrock::start().answering(move |request| {
        count += 1;
        if count == 8 {
            return converse().fails(429, "ThrottlingException", PER_DAY);
        }
        converse().text([request.prompt()])
    });
    let first = batch(&fake, &prompts(30), &["--jobs", "3"]).run();
    assert_eq!(first.exit(), Some(6), "{first}");
    assert!(first.stderr_text().contains("the same command with `--resume` sends the rest"), "{first}");
    let done = answered(&first).len();
    let second = batch(&fake, &prompts(30), &["--jobs", "3", "--resume"]).home(&first.home);
    let second = second.file_here("in.jsonl", first.home.read_here("in.jsonl")).run();
    assert_eq!((second.exit(), answered(&second).len()), (Some(0), 30), "{second}");
    let mut sent: Vec<_> = fake.requests().iter().map(Request::prompt).collect();
    assert_eq!(sent.len(), 31);
    sent.sort();
    sent.dedup();
    assert_eq!((sent.len(), results(&second).len()), (30, 30), "{done} {second}");
}

#[test]
fn a_response_that_breaks_the_schema_is_kept_beside_the_error() {
    let schema =
        r#"{"type":"object","properties":{"n":{"type":"integer"}},"required":["n"],"additionalProperties":false}"#;
    let fake = FakeBedrock::start().answering(|request| {
        let n = if request.prompt() == "p1" { "\"no\"" } else { "1" };
        converse().calls("response", [format!("{{\"n\":{n}}}")])
    });
    let ran = batch(&fake, &prompts(3), &["--schema", schema]).run();
    assert_eq!((ran.exit(), answered(&ran).len()), (Some(7), 2), "{ran}");
    let failed = results(&ran).into_iter().find(|result| result["recordId"] == "r1").unwrap();
    assert_eq!(failed["modelOutput"]["stopReason"], "tool_use", "{failed}");
    assert!(failed["error"]["errorMessage"].as_str().unwrap().contains("schema"), "{failed}");
}

#[test]
fn the_summary_is_an_object_where_json_is_asked_for() {
    let fake = FakeBedrock::start().answering(|request| match request.prompt().as_str() {
        "p1" => converse().fails(400, "ValidationException", "Input is too long for requested model."),
        prompt => converse().text([prompt]).tokens(10, 5),
    });
    let ran = batch(&fake, &prompts(3), &["--format", "json"]).run();
    assert_eq!(ran.exit(), Some(7), "{ran}");
    let summary: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!((&summary["doneCount"], &summary["failedCount"]), (&3.into(), &1.into()));
    assert_eq!(summary["failures"], json!([{"diagnosis": "context-too-long", "count": 1}]));
    assert_eq!(summary["usage"]["outputTokens"], 10);
    assert!(summary["estimatedCost"]["usDollars"].is_number(), "{summary}");
}

#[cfg(unix)]
mod signals {
    use std::sync::atomic::{AtomicUsize, Ordering};

    use rustix::process::Signal;

    use super::*;

    #[test]
    fn a_first_signal_lets_what_is_in_flight_end() {
        for (signal, exit) in [(Signal::INT, 130), (Signal::TERM, 143), (Signal::HUP, 129)] {
            let gate = Gate::default();
            let fake = echo().held_by(&gate);
            let running = batch(&fake, &prompts(50), &["--jobs", "5"]).spawn();
            fake.wait_until(|load| load.in_flight == 5);
            running.signal(signal);
            running.stderr_until("a second signal ends the run at once");
            gate.open_all();
            let ran = running.finish();
            assert_eq!((ran.exit(), answered(&ran).len(), fake.load().calls), (Some(exit), 5, 5), "{ran}");
            assert!(ran.stderr_text().contains("45 are left") && ran.stderr_text().contains("--resume"), "{ran}");
        }
    }

    #[test]
    fn a_record_that_is_always_throttled_does_not_hold_the_others_back() {
        let answered_calls = Arc::new(AtomicUsize::new(0));
        let counter = Arc::clone(&answered_calls);
        let fake = FakeBedrock::start().answering(move |request| {
            if request.prompt() == "p3" {
                let message = "Too many tokens, please wait before trying again.";
                return converse().fails(429, "ThrottlingException", message);
            }
            counter.fetch_add(1, Ordering::SeqCst);
            converse().text([request.prompt()])
        });
        let running = batch(&fake, &prompts(300), &["--jobs", "8"]).spawn();
        fake.wait_until(|_| answered_calls.load(Ordering::SeqCst) == 299);
        running.interrupt();
        let ran = running.finish();
        assert_eq!((ran.exit(), answered(&ran).len()), (Some(130), 299), "{ran}");
        assert!(ran.stderr_text().contains("1 is left"), "{ran}");
    }

    #[test]
    fn a_second_signal_ends_a_run_that_has_stopped_already() {
        let gate = Gate::default();
        let fake =
            FakeBedrock::start().answering(|_| converse().fails(429, "ThrottlingException", PER_DAY)).held_by(&gate);
        let running = batch(&fake, &prompts(50), &["--jobs", "2"]).spawn();
        fake.wait_until(|load| load.in_flight == 2);
        gate.open();
        fake.wait_until(|load| load.in_flight == 1);
        running.interrupt();
        running.stderr_until("a second signal ends the run at once");
        running.interrupt();
        let ran = running.finish();
        assert!(ran.exit() == Some(6) || ran.exit() == Some(130), "{ran}");
        gate.open_all();
    }

    #[test]
    fn a_second_signal_ends_the_run_at_once() {
        let gate = Gate::default();
        let fake = echo().held_by(&gate);
        let running = batch(&fake, &prompts(50), &["--jobs", "5"]).spawn();
        fake.wait_until(|load| load.in_flight == 5);
        gate.open();
        fake.wait_until(|load| load.calls == 6);
        running.interrupt();
        running.stderr_until("a second signal ends the run at once");
        running.interrupt();
        let ran = running.finish();
        assert_eq!((ran.exit(), answered(&ran).len()), (Some(130), 1), "{ran}");
        gate.open_all();
    }
}

#[test]
fn a_run_in_which_nothing_but_outages_arrives_has_the_exit_code_of_one() {
    let fake = FakeBedrock::start();
    for _ in 0..5 {
        fake.expect(converse().fails(500, "InternalServerException", "Internal server error"));
    }
    let ran = batch(&fake, &prompts(1), &[]).run();
    assert_eq!(ran.exit(), Some(6), "{ran}");
    assert!(ran.stderr_text().contains("error: no response arrived for any record"), "{ran}");
    assert_eq!(results(&ran)[0]["error"]["errorCode"], 500);
    fake.expect(converse().text(["x"]));
    let again = batch(&fake, &prompts(1), &["--retry-failed"]).home(&ran.home).run();
    assert_eq!((again.exit(), answered(&again).len()), (Some(0), 1), "{again}");
}

#[test]
fn what_the_model_or_the_budget_refuses_of_a_record_is_found_before_the_first_call() {
    let tier = json!({"modelInput": {"messages": [], "serviceTier": {"type": "flex"}}});
    let records = [json!({"prompt": "x"}), json!({"prompt": "y", "maxTokens": 9000}), tier];
    let fake = FakeBedrock::start();
    for (records, words, expected) in [
        (&records[..2], ["-m", "claude-haiku-4.5", "--think=high"], "a limit of 9000 tokens is too low"),
        (&records[1..], ["-m", MODEL, "--max-cost=1"], "the price of the record is not known"),
    ] {
        let lines = records.iter().fold(String::new(), |lines, record| lines + &record.to_string() + "\n");
        let ran = bedrock_ask(
            ["batch", "run", "in.jsonl", "-o", "out.jsonl", "--region", "eu-central-1"].iter().chain(&words),
        )
        .file_here("in.jsonl", lines)
        .credentials()
        .against(&fake)
        .run();
        assert_eq!((ran.exit(), fake.load().calls, has_output(&ran)), (Some(2), 0, false), "{ran}");
        assert!(ran.stderr_text().contains(&format!("error: `in.jsonl`, line 2: {expected}")), "{ran}");
    }
}

#[test]
fn a_limit_that_is_too_low_to_think_has_its_line_in_every_command() {
    let role = ["--s3", "s3://bucket/in", "--role", "arn:aws:iam::111122223333:role/batch", "--limits", "min=1"];
    for words in [&["batch", "plan", "in.jsonl"][..], &[&["batch", "submit", "in.jsonl"][..], &role].concat()] {
        let options = ["-m", "claude-haiku-4.5", "--think=high", "--region", "eu-central-1"];
        let lines = "{\"prompt\":\"x\"}\n{\"prompt\":\"y\",\"maxTokens\":9000}\n";
        let ran = bedrock_ask(words.iter().chain(&options)).file_here("in.jsonl", lines).run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        let expected = "error: `in.jsonl`, line 2: a limit of 9000 tokens is too low for 16384 tokens of thinking";
        assert!(ran.stderr_text().starts_with(expected), "{ran}");
    }
}
