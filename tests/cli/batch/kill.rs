//! A run of `batch` that is killed again and again, and resumed: no record is lost, and none is done twice.

use std::collections::BTreeSet;

use rustix::process::Signal;
use serde_json::Value;

use super::*;

const RECORDS: usize = 2000;
const KILLS: usize = 5;
const JOBS: usize = 16;

/// Returns a run that goes on where the one before it in this home was killed.
fn resumed(fake: &FakeBedrock, home: &Home) -> Run {
    let words = ["batch", "run", "in.jsonl", "-o", "out.jsonl", "--max-tokens", "50", "--resume", "-q", "--jobs"];
    bedrock_ask(words)
        .argument(&JOBS.to_string())
        .env("AWS_REGION", "eu-central-1")
        .env("BEDROCK_ASK_MODEL", "amazon.nova-2-lite-v1:0")
        .home(home)
        .credentials()
        .against(fake)
}

#[test]
fn after_five_kills_each_record_has_exactly_one_result() {
    let fake = FakeBedrock::start().answering(|request| converse().text([request.prompt()])).forgetting();
    let home = Home::new();
    let id = |number: usize| format!("r{number:05}");
    let record = |number: usize| format!("{{\"recordId\":\"{0}\",\"prompt\":\"{0}\"}}\n", id(number));
    home.write_here("in.jsonl", (0..RECORDS).map(record).collect::<String>().as_bytes());
    for kill in 1..=KILLS {
        let running = resumed(&fake, &home).spawn();
        // Whatever is in flight is sent again: there are always calls left.
        fake.wait_until(|load| load.calls >= kill * RECORDS / (KILLS + 1));
        running.signal(Signal::KILL);
        assert_eq!(running.finish().exit(), None, "it was done before kill {kill}");
    }
    let before = home.read_here("out.jsonl").lines().count();
    let ran = resumed(&fake, &home).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let text = home.read_here("out.jsonl");
    let mut done = BTreeSet::new();
    for line in text.split_inclusive('\n') {
        assert!(line.ends_with('\n'), "{line:?}");
        let result: Value = serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line:?}"));
        let found = result["recordId"].as_str().unwrap();
        assert_eq!(result["modelOutput"]["output"]["message"]["content"][0]["text"], found, "{line}");
        assert!(done.insert(found.to_owned()), "{found} is there twice");
    }
    assert_eq!(done, (0..RECORDS).map(id).collect());
    // A kill loses what was in flight, and nothing that was written.
    assert!(before > RECORDS / 2, "{before}");
    let calls = fake.load().calls;
    assert!((RECORDS..=RECORDS + KILLS * JOBS).contains(&calls), "{calls} calls");
}
