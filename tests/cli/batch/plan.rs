//! `batch plan`: what it counts, what it estimates from it, and what it does not know.

use serde_json::{Value, json};

use crate::harness::{Ran, Run, bedrock_ask};

const NOVA: &str = "amazon.nova-2-lite-v1:0";

/// The body of a record but for its text.
const BODY: &str = r#"{"messages":[{"role":"user","content":[{"text":""}]}],"inferenceConfig":{"maxTokens":300}}"#;

/// Returns a run of `batch plan` from Virginia, without credentials.
fn plan(options: &str, input: &str) -> Run {
    let words = ["batch", "plan", "in.jsonl"].into_iter().chain(options.split_whitespace());
    bedrock_ask(words).env("AWS_REGION", "us-east-1").env("BEDROCK_ASK_MODEL", NOVA).file_here("in.jsonl", input)
}

fn object(run: Run) -> Value {
    let ran = run.argument("--format").argument("json").run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    serde_json::from_str(ran.stdout_text()).unwrap_or_else(|error| panic!("{error}: {ran}"))
}

/// Returns this many records of 35 bytes of text: 10 tokens.
fn records(count: usize) -> String {
    let record = json!({"prompt": "x".repeat(35)}).to_string() + "\n";
    record.repeat(count)
}

/// Returns a record with this body.
fn own(body: &Value) -> String {
    json!({ "modelInput": body }).to_string() + "\n"
}

fn with_content(block: &Value) -> String {
    own(&json!({
        "messages": [{"role": "user", "content": [{"text": "x".repeat(35)}, block]}],
        "inferenceConfig": {"maxTokens": 20},
    }))
}

#[test]
fn a_plan_shows_both_ways_and_what_each_figure_is_estimated_from() {
    let ran = plan("--max-tokens 300", &records(1000)).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    model             us.amazon.nova-2-lite-v1:0  (from us-east-1)
    records           1,000                       (49,000 bytes)
    input tokens      about 10,000                (estimate: 3.5 bytes of UTF-8 are a token)
    output tokens     at most 300,000             (the limits of the records)
    cost of `run`     about $0.0033 to $0.8283    (estimate: without output to the most, nothing cached; prices of 2026-10-27)
    time of `run`     about 1 min 20 s            (estimate: 64 at once, 5s each)
    cost of `submit`  about $0.0016 to $0.4142    (estimate: half of the price on demand, as for most models of batch inference)
    time of `submit`  at most 24 h                (after that, the job expires)
    jobs of `submit`  1 job, 1 file               (164,000 bytes; by the default quotas)
    ----- stderr -----
    ----- exit 0 -----
    ");
    let ran = plan("--rpm 100 --tpm 20000 --jobs 8 --latency 2s --hours 72 --max-tokens 300", &records(1000)).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    model             us.amazon.nova-2-lite-v1:0   (from us-east-1)
    records           1,000                        (49,000 bytes)
    input tokens      about 10,000                 (estimate: 3.5 bytes of UTF-8 are a token)
    output tokens     at most 300,000              (the limits of the records)
    cost of `run`     about $0.0033 to $0.8283     (estimate: without output to the most, nothing cached; prices of 2026-10-27)
    time of `run`     about 10 min to 15 min 30 s  (estimate: 8 at once, 2s each; 100 requests a minute; 20,000 tokens a minute)
    cost of `submit`  about $0.0016 to $0.4142     (estimate: half of the price on demand, as for most models of batch inference)
    time of `submit`  at most 72 h                 (after that, the job expires)
    jobs of `submit`  1 job, 1 file                (164,000 bytes; by the default quotas)
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn a_plan_as_json_has_the_same_figures() {
    let plan = plan("--max-tokens 300 --tpm 10000", &records(1000));
    let expected = json!({
        "modelId": "us.amazon.nova-2-lite-v1:0",
        "region": "us-east-1",
        "recordCount": 1000,
        "inputBytes": 49000,
        "estimatedInputTokens": 10000,
        "uncountedInput": [],
        "outputTokensAtMost": 300_000,
        "recordsWithoutMaxTokens": 0,
        "pricesAsOf": "2026-10-27",
        "run": {
            "estimatedUsDollars": {"from": 0.0033, "to": 0.8283},
            "estimatedSeconds": {"from": 80.0, "to": 1860.0},
            "assumptions": {
                "jobs": 64,
                "requestsPerMinute": null,
                "tokensPerMinute": 10000,
                "latencySeconds": 5.0,
            },
        },
        "submit": {
            "estimatedUsDollars": {"from": 0.00165, "to": 0.41415},
            "jobCount": 1,
            "fileCount": 1,
            "bytes": 1000 * (r#"{"recordId":"000000001","modelInput":}"#.len() + BODY.len() + 36),
            "secondsAtMost": 86400,
            "refusals": [],
        },
    });
    assert_eq!(object(plan), expected);
}

#[test]
fn records_without_a_limit_are_warned_about_with_figures() {
    insta::assert_snapshot!(plan("", &(records(99) + "{\"prompt\":\"x\",\"maxTokens\":5}\n")).run(), @"
    ----- stdout -----
    model             us.amazon.nova-2-lite-v1:0  (from us-east-1)
    records           100                         (4,880 bytes)
    input tokens      about 991                   (estimate: 3.5 bytes of UTF-8 are a token)
    output tokens     at most 6,336,005           (the limits of the records; for 99 records the maximum of the model, 64,000)
    cost of `run`     about $0.0003 to $17.42     (estimate: without output to the most, nothing cached; prices of 2026-10-27)
    time of `run`     about 10 s                  (estimate: 64 at once, 5s each)
    cost of `submit`  about $0.0002 to $8.71      (estimate: half of the price on demand, as for most models of batch inference)
    time of `submit`  at most 24 h                (after that, the job expires)
    jobs of `submit`  1 job, 1 file               (12,800 bytes; by the default quotas)
    ----- stderr -----
    warning: 99 records have no limit of tokens: Bedrock reserves 64000 output tokens of the quota for each, the model's maximum; with `--max-tokens 1000` it accepts up to 64 times as many at once
    ----- exit 0 -----
    ");
    let limited = plan("", "{\"prompt\":\"x\",\"maxTokens\":5}\n").run();
    assert_eq!(limited.stderr_text(), "", "{limited}");
}

#[test]
fn every_text_that_the_model_reads_is_counted() {
    let tokens = |run: Run| object(run)["estimatedInputTokens"].as_u64().unwrap();
    let text = "x".repeat(35);
    assert_eq!(tokens(plan("", &records(7))), 70);
    let system = plan("", &records(7)).argument("-s").argument(&text);
    assert_eq!(tokens(system), 140);
    // Its own system prompt stands in place of that of the options.
    let own_system = json!({"prompt": text, "system": text}).to_string();
    assert_eq!(tokens(plan("-s other", &own_system)), 20);
    assert_eq!(tokens(plan("", &(records(2) + &own_system + "\n" + &own_system))), 60);
    let attached = plan("-a notes.txt", &records(10)).file_here("notes.txt", &text);
    // The name of the document is read, too.
    assert_eq!(tokens(attached), (10_u64 * (35 + 35 + 5) * 2).div_ceil(7));
    assert_eq!(tokens(plan("", &with_content(&json!({"text": text})))), 20);
    let piped = bedrock_ask(["batch", "plan", "-"]).env("AWS_REGION", "us-east-1").stdin(records(7));
    let piped = object(piped);
    assert_eq!((&piped["estimatedInputTokens"], &piped["inputBytes"]), (&json!(70), &Value::Null));
}

#[test]
fn what_is_not_text_is_named_and_not_guessed() {
    let image = json!({"image": {"format": "png", "source": {"bytes": "iVBORw0KGgo="}}});
    let input = with_content(&image) + &with_content(&json!({"text": "x"}));
    insta::assert_snapshot!(plan("", &input).run(), @"
    ----- stdout -----
    model                us.amazon.nova-2-lite-v1:0                   (from us-east-1)
    records              2                                            (354 bytes)
    input tokens         about 21 and ?                               (estimate: 3.5 bytes of UTF-8 are a token; not counted: images in 1 record)
    output tokens        at most 40                                   (the limits of the records)
    cost of `run`        less than $0.0001 to ?                       (estimate: without output to the most, nothing cached; prices of 2026-10-27)
    time of `run`        about 5 s                                    (estimate: 64 at once, 5s each)
    cost of `submit`     less than $0.0001 to ?                       (estimate: half of the price on demand, as for most models of batch inference)
    time of `submit`     at most 24 h                                 (after that, the job expires)
    jobs of `submit`     1 job, 1 file                                (400 bytes; by the default quotas)
    refused by `submit`  fewer than 100 records, the fewest of a job
    ----- stderr -----
    ----- exit 0 -----
    ");
    let planned = object(plan("", &input));
    assert_eq!(planned["uncountedInput"], json!([{"kind": "image", "recordCount": 1}]));
    assert_eq!(planned["run"]["estimatedUsDollars"]["to"], Value::Null);
    let attached = plan("-a a.png", &records(3)).file_here("a.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
    assert_eq!(object(attached)["uncountedInput"], json!([{"kind": "image", "recordCount": 3}]));
}

#[test]
fn a_price_that_is_not_known_is_a_question_mark() {
    let cost = |run: Run| object(run)["run"]["estimatedUsDollars"].clone();
    let unknown = json!({"from": null, "to": null});
    assert_eq!(cost(plan("--tier flex", &records(3))), unknown);
    let tier = json!({"messages": [], "serviceTier": {"type": "priority"}});
    assert_eq!(cost(plan("", &own(&tier))), unknown);
    let usual = json!({"messages": [], "serviceTier": {"type": "default"}});
    assert_ne!(cost(plan("", &own(&usual))), unknown);
    let ran = plan("-m my-model --no-resolve", &records(3)).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    model                my-model                                     (from us-east-1)
    records              3                                            (147 bytes)
    input tokens         about 30                                     (estimate: 3.5 bytes of UTF-8 are a token)
    output tokens        ?                                            (the maximum of the model, which is not known)
    cost of `run`        ?                                            (the price of the model is not known)
    time of `run`        about 5 s                                    (estimate: 64 at once, 5s each)
    cost of `submit`     ?                                            (as for `run`)
    time of `submit`     at most 24 h                                 (after that, the job expires)
    jobs of `submit`     1 job, 1 file                                (384 bytes; by the default quotas)
    refused by `submit`  fewer than 100 records, the fewest of a job
    ----- stderr -----
    warning: 3 records have no limit of tokens: Bedrock reserves the model's maximum of the quota for each; with `--max-tokens N` it accepts more at once
    ----- exit 0 -----
    ");
}

#[test]
fn what_submit_would_refuse_is_listed() {
    let refusals = |run: Run| object(run)["submit"]["refusals"].clone();
    assert_eq!(refusals(plan("", &records(100))), json!([]));
    assert_eq!(refusals(plan("", &records(99))), json!(["fewer than 100 records, the fewest of a job"]));
    let tools = json!({"messages": [], "toolConfig": {"tools": []}});
    assert_eq!(refusals(plan("", &(own(&tools) + &records(100)))), json!(["1 record with `toolConfig`"]));
    // Nova gets a schema as a tool, and Claude does not.
    let schema = "--schema name,age";
    let as_tool = "100 records with `toolConfig`: this model gets the schema as a tool";
    assert_eq!(refusals(plan(schema, &records(100))), json!([as_tool]));
    assert_eq!(refusals(plan(&format!("{schema} -m claude-haiku-4.5"), &records(100))), json!([]));
}

#[test]
fn the_quotas_divide_the_records_as_submit_does() {
    let submit = |run: Run| {
        let submit = object(run)["submit"].clone();
        (submit["jobCount"].as_u64().unwrap(), submit["fileCount"].as_u64().unwrap(), submit["refusals"].clone())
    };
    let divided = |limits: &str, count: usize| submit(plan(&format!("--limits {limits}"), &records(count)));
    assert_eq!(divided("records=200", 1000), (5, 5, json!([])));
    // The job before the last one ends earlier.
    assert_eq!(divided("records=200", 401), (3, 3, json!([])));
    assert_eq!(divided("records=200,file=20000", 400).0, 2);
    assert!(divided("records=200,file=20000", 400).1 > 2);
    let too_few = "fewer than 10 records, the fewest of a job";
    assert_eq!(divided("min=10", 9), (1, 1, json!([too_few])));
    let last = "the last job would have 2 records, and the fewest are 5";
    assert_eq!(divided("records=10,min=5,file=600,job=600", 6), (2, 2, json!([last])));
    let long = "2 records with more than 50 bytes, the most of a file";
    assert_eq!(divided("file=50,min=1", 2), (0, 0, json!([long])));
    let link = json!({"video": {"format": "mp4", "source": {"s3Location": {"uri": "s3://bucket/v.mp4"}}}});
    let linked = plan("--limits min=1,records=2", &(with_content(&link) + &records(2)));
    assert_eq!(submit(linked).2, json!(["1 record with objects in S3, because of the several jobs"]));
}

#[test]
fn nothing_is_sent_and_a_bad_input_is_refused_as_by_run() {
    let refused = |run: Run| -> Ran {
        // Nothing listens on the first port.
        let ran = run.env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
        ran
    };
    insta::assert_snapshot!(refused(plan("", "")), @"
    ----- stdout -----
    ----- stderr -----
    error: `in.jsonl` has no records
    ----- exit 2 -----
    ");
    refused(plan("", "{\"prompt\":\"x\"}\nnonsense\n"));
    refused(plan("", "{\"recordId\":\"a\",\"prompt\":\"x\"}\n{\"recordId\":\"a\",\"prompt\":\"x\"}\n"));
    refused(plan("--hours 23", &records(1)));
    refused(plan("--jobs 0", &records(1)));
    refused(plan("--latency 0", &records(1)));
    refused(plan("--endpoint-url http://127.0.0.1:1", &records(1)));
    let planned = plan("", &records(1)).env("AWS_ENDPOINT_URL", "http://127.0.0.1:1").run();
    assert_eq!(planned.exit(), Some(0), "{planned}");
}

#[test]
fn a_rate_of_nothing_is_refused_in_plain_words() {
    for (flag, value) in [("--rpm", "0"), ("--tpm", "0"), ("--rpm", "1.5"), ("--tpm", "-")] {
        let ran = plan(&format!("{flag} {value}"), &records(1)).run();
        let expected =
            format!("error: invalid value `{value}` for `{flag} <N>`: must be a whole number of at least 1\n");
        assert!(ran.exit() == Some(2) && ran.stderr_text().starts_with(&expected), "{ran}");
    }
}
