//! The results of `batch run`: what is on the disk however a run ends, and what the next run does about it.

use std::fs;
use std::time::{Duration, Instant};

use rustix::process::Signal;
use serde_json::{Value, json};

use super::*;
use crate::harness::{Ran, Stream, program};

const MODEL: &str = "amazon.nova-2-lite-v1:0";

/// The home of several runs with one input.
struct Runs {
    home: Home,
    words: Vec<&'static str>,
}

impl Runs {
    /// Creates an input with this many records, for runs with these options.
    fn of(count: usize, words: &[&'static str]) -> Self {
        let home = Home::new();
        home.write_here("in.jsonl", records(count).as_bytes());
        let first = ["batch", "run", "in.jsonl", "-o", "out.jsonl", "--max-tokens", "50"];
        Self { home, words: first.iter().chain(words).copied().collect() }
    }

    fn with(&self, fake: &FakeBedrock, words: &[&str]) -> Run {
        self.prepared(bedrock_ask(self.words.iter().chain(words).copied()), fake)
    }

    fn prepared(&self, run: Run, fake: &FakeBedrock) -> Run {
        run.env("AWS_REGION", "eu-central-1")
            .env("BEDROCK_ASK_MODEL", MODEL)
            .home(&self.home)
            .credentials()
            .against(fake)
    }

    fn text(&self) -> String {
        self.home.read_here("out.jsonl")
    }

    fn lines(&self) -> Vec<Value> {
        self.text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
    }

    fn ids(&self) -> Vec<String> {
        self.lines().iter().map(|line| line["recordId"].as_str().unwrap().to_owned()).collect()
    }

    /// Waits until the output has this many lines.
    fn wait_for(&self, count: usize) {
        let until = Instant::now() + Duration::from_mins(1);
        let lines =
            || fs::read_to_string(self.home.here().join("out.jsonl")).map_or(0, |text| text.matches('\n').count());
        while lines() < count {
            assert!(Instant::now() < until, "{} lines of {count}", lines());
            std::thread::yield_now();
        }
    }

    /// Cuts off the last bytes of a file.
    fn cut(&self, name: &str, bytes: usize) {
        let content = fs::read(self.home.here().join(name)).unwrap();
        self.home.write_here(name, &content[..content.len() - bytes]);
    }

    fn assert_each_once(&self, count: usize) {
        let mut ids = self.ids();
        ids.sort();
        let mut expected: Vec<_> = (0..count).map(|number| format!("r{number}")).collect();
        expected.sort();
        assert_eq!(ids, expected);
    }

    fn names(&self) -> Vec<String> {
        let entries = fs::read_dir(self.home.here()).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }
}

fn records(count: usize) -> String {
    let record = |number| json!({"recordId": format!("r{number}"), "prompt": format!("p{number}")}).to_string() + "\n";
    (0..count).map(record).collect()
}

fn echo() -> FakeBedrock {
    FakeBedrock::start().answering(|request| converse().text([request.prompt()]))
}

/// Refuses these prompts, and responds to the others.
fn refusing(prompts: &'static [&str]) -> FakeBedrock {
    FakeBedrock::start().answering(move |request| {
        if prompts.contains(&request.prompt().as_str()) {
            return converse().fails(400, "ValidationException", "The prompt is not allowed.");
        }
        converse().text([request.prompt()])
    })
}

#[test]
fn a_run_that_is_killed_loses_only_what_was_in_flight() {
    let runs = Runs::of(40, &[]);
    let gate = Gate::default();
    let fake = echo().held_by(&gate);
    let running = runs.with(&fake, &[]).spawn();
    (0..15).for_each(|_| gate.open());
    runs.wait_for(15);
    running.signal(Signal::KILL);
    running.finish();
    gate.open_all();
    let before = runs.text();
    assert_eq!(before.lines().count(), 15);

    let fake = echo();
    let resumed = runs.with(&fake, &["--resume"]).run();
    assert_eq!(resumed.exit(), Some(0), "{resumed}");
    assert_eq!(fake.load().calls, 25);
    assert!(runs.text().starts_with(&before));
    runs.assert_each_once(40);

    let fake = echo();
    let done = runs.with(&fake, &["--resume"]).run();
    assert_eq!((done.exit(), fake.load().calls), (Some(0), 0), "{done}");
    assert!(done.stderr_text().contains("records: 0 done, 40 done before\n"), "{done}");
    assert_eq!(runs.names(), ["in.jsonl", "out.jsonl", "out.jsonl.journal"]);
}

#[test]
fn a_torn_line_and_what_has_no_entry_are_cut_off() {
    let runs = Runs::of(9, &["--jobs", "1"]);
    assert_eq!(runs.with(&echo(), &[]).run().exit(), Some(0));
    let whole = runs.text();
    let last = whole.lines().last().unwrap().len();
    for (output, journal, sent) in [(1, 0, 1), (last, 0, 1), (last + 5, 0, 2), (0, 7, 1), (0, 48, 1), (3, 100, 3)] {
        runs.cut("out.jsonl", output);
        runs.cut("out.jsonl.journal", journal);
        let fake = echo();
        let resumed = runs.with(&fake, &["--resume"]).run();
        assert_eq!((resumed.exit(), fake.load().calls), (Some(0), sent), "{resumed}");
        runs.assert_each_once(9);
    }
    runs.home.write_here("out.jsonl", (runs.text() + "{\"recordId\":\"r").as_bytes());
    let fake = echo();
    let resumed = runs.with(&fake, &["--resume"]).run();
    assert_eq!((resumed.exit(), fake.load().calls), (Some(0), 0), "{resumed}");
    assert!(resumed.stderr_text().contains("the last 14 bytes of `out.jsonl` are not a result"), "{resumed}");
    runs.assert_each_once(9);
}

#[test]
fn an_output_that_was_edited_after_the_run_is_refused_and_kept() {
    let runs = Runs::of(5, &["--jobs", "1"]);
    assert_eq!(runs.with(&echo(), &[]).run().exit(), Some(0));
    let whole = runs.text();
    let without_first = whole.split_once('\n').unwrap().1.to_owned();
    for (edited, line) in [(without_first, 1), (whole.clone() + "{}\n", 6), (whole.replace("r3", "r9"), 4)] {
        runs.home.write_here("out.jsonl", edited.as_bytes());
        let fake = FakeBedrock::start();
        for flag in ["--resume", "--retry-failed"] {
            let ran = runs.with(&fake, &[flag]).run();
            let expected = format!("error: line {line} of `out.jsonl` is not the one that was written\n");
            assert!(ran.exit() == Some(2) && ran.stderr_text().starts_with(&expected), "{ran}");
        }
        assert_eq!(runs.text(), edited);
    }
    runs.home.write_here("out.jsonl", whole.as_bytes());
    let fake = echo();
    assert_eq!((runs.with(&fake, &["--resume"]).run().exit(), fake.load().calls), (Some(0), 0));
}

#[test]
fn failed_records_are_sent_again_and_replaced() {
    for words in [[].as_slice(), &["--ordered"]] {
        let runs = Runs::of(12, words);
        let first = runs.with(&refusing(&["p3", "p7"]), &[]).run();
        assert_eq!(first.exit(), Some(7), "{first}");
        assert_eq!(runs.lines().iter().filter(|line| line["error"].is_object()).count(), 2);
        runs.assert_each_once(12);

        let fake = echo();
        let resumed = runs.with(&fake, &["--resume"]).run();
        assert_eq!((resumed.exit(), fake.load().calls), (Some(7), 0), "{resumed}");
        assert!(resumed.stderr_text().contains("records: 0 done, 12 done before (2 failed)\n"), "{resumed}");

        let fake = refusing(&["p7"]);
        let retried = runs.with(&fake, &["--retry-failed"]).run();
        assert_eq!((retried.exit(), fake.load().calls), (Some(7), 2), "{retried}");
        runs.assert_each_once(12);

        let gate = Gate::default();
        let held = echo().held_by(&gate);
        let killed = runs.with(&held, &["--retry-failed"]).spawn();
        held.wait_until(|load| load.in_flight == 1);
        killed.signal(Signal::KILL);
        killed.finish();
        gate.open_all();
        assert_eq!(runs.ids().len(), 11);

        let fake = echo();
        let retried = runs.with(&fake, &["--resume", "--retry-failed"]).run();
        assert_eq!((retried.exit(), fake.load().calls), (Some(0), 1), "{retried}");
        assert!(runs.lines().iter().all(|line| line["error"].is_null()));
        runs.assert_each_once(12);
        if !words.is_empty() {
            assert_eq!(runs.ids(), (0..12).map(|number| format!("r{number}")).collect::<Vec<_>>());
        }
        assert_eq!(runs.names(), ["in.jsonl", "out.jsonl", "out.jsonl.journal"]);
    }
}

#[test]
fn ordered_results_wait_for_the_first() {
    let runs = Runs::of(20, &["--ordered", "--jobs", "8"]);
    let fake = FakeBedrock::start().answering(|request| {
        let response = converse().text([request.prompt()]);
        if request.prompt() == "p0" { response.takes(Duration::from_millis(300)) } else { response }
    });
    let ran = runs.with(&fake, &[]).run();
    assert_eq!((ran.exit(), fake.load().calls), (Some(0), 20), "{ran}");
    assert_eq!(runs.ids(), (0..20).map(|number| format!("r{number}")).collect::<Vec<_>>());
}

/// Runs into an output, and returns what is printed if it is refused and nothing is sent or made.
fn refused(runs: &Runs, words: &[&str]) -> String {
    let (fake, before) = (FakeBedrock::start(), runs.names());
    let ran = runs.with(&fake, words).run();
    assert_eq!((ran.exit(), fake.load().calls), (Some(2), 0), "{ran}");
    assert_eq!(runs.names(), before);
    ran.stderr_text().to_owned()
}

#[test]
fn what_exists_and_what_cannot_be_continued_is_refused() {
    let runs = Runs::of(3, &[]);
    runs.home.write_here("out.jsonl", b"mine\n");
    insta::assert_snapshot!(refused(&runs, &[]), @"
    error: `out.jsonl` exists

     hint: name another output file
    ");
    insta::assert_snapshot!(refused(&runs, &["--resume"]), @"
    error: `out.jsonl` has no journal `out.jsonl.journal`

     hint: name another output file: without the journal, it is not known which records are done
    ");
    fs::rename(runs.home.here().join("out.jsonl"), runs.home.here().join("out.jsonl.journal")).unwrap();
    insta::assert_snapshot!(refused(&runs, &[]), @"
    error: there is a journal `out.jsonl.journal` without its output
    cause: `out.jsonl` does not exist

     hint: restore the output, remove the journal, or name another output file
    ");
    insta::assert_snapshot!(refused(&runs, &["--resume"]), @"
    error: `out.jsonl.journal` is not a journal of this version of bedrock-ask

     hint: name another output file
    ");
    fs::remove_file(runs.home.here().join("out.jsonl.journal")).unwrap();
    insta::assert_snapshot!(refused(&runs, &["--retry-failed"]), @"
    error: `out.jsonl` does not exist

     hint: leave out `--retry-failed`: no record has failed yet
    ");
    for path in ["-", "/", "/dev/full", "new/", "no/out.jsonl", ""] {
        let fake = FakeBedrock::start();
        let words = ["batch", "run", "in.jsonl", "-o", path, "--max-tokens", "50"];
        let ran = runs.prepared(bedrock_ask(words), &fake).run();
        assert_eq!((ran.exit(), fake.load().calls), (Some(2), 0), "{ran}");
        assert_eq!(runs.names(), ["in.jsonl"]);
    }
}

#[test]
fn only_the_run_that_wrote_the_output_is_continued() {
    let runs = Runs::of(3, &[]);
    assert_eq!(runs.with(&echo(), &[]).run().exit(), Some(0));
    insta::assert_snapshot!(refused(&runs, &["--resume", "-m", "nova-lite"]), @"
    error: `out.jsonl` was begun with the model `eu.amazon.nova-2-lite-v1:0`, not with `eu.amazon.nova-lite-v1:0`

     hint: --model eu.amazon.nova-2-lite-v1:0
    ");
    insta::assert_snapshot!(refused(&runs, &["--resume", "--temperature", "0.5"]), @"
    error: the options are not those that `out.jsonl` was begun with

     hint: give the same options of the request, or name another output file
    ");
    insta::assert_snapshot!(refused(&runs, &["--resume", "--text"]), @"
    error: `out.jsonl` was begun without `--text`

     hint: leave out `--text`, or name another output file
    ");
    runs.home.write_here("in.jsonl", records(4).as_bytes());
    insta::assert_snapshot!(refused(&runs, &["--resume"]), @"
    error: the input is not the one that `out.jsonl` was begun with

     hint: name another output file for another input
    ");
}

#[test]
fn records_from_stdin_are_compared_as_they_arrive() {
    let runs = Runs { words: vec!["batch", "run", "-", "-o", "out.jsonl", "--max-tokens", "50"], ..Runs::of(0, &[]) };
    let first = runs.with(&echo(), &[]).stdin(records(5)).run();
    assert_eq!(first.exit(), Some(0), "{first}");
    let fake = echo();
    let resumed = runs.with(&fake, &["--resume"]).stdin(records(8)).run();
    assert_eq!((resumed.exit(), fake.load().calls), (Some(0), 3), "{resumed}");
    runs.assert_each_once(8);
    let fake = echo();
    let other = runs.with(&fake, &["--resume"]).stdin(records(9).replace("p2", "P2")).run();
    assert_eq!((other.exit(), fake.load().calls), (Some(2), 0), "{other}");
    assert!(other.stderr_text().contains("the input is not the one that `out.jsonl` was begun with"), "{other}");
}

#[test]
fn a_second_process_is_refused_while_the_first_runs() {
    let runs = Runs::of(3, &[]);
    let gate = Gate::default();
    let fake = echo().held_by(&gate);
    let running = runs.with(&fake, &[]).spawn();
    fake.wait_until(|load| load.in_flight > 0);
    assert!(refused(&runs, &["--resume"]).contains("another process writes to `out.jsonl`"));
    gate.open_all();
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    runs.assert_each_once(3);
}

#[test]
fn a_full_disk_stops_the_run_and_loses_nothing() {
    let runs = Runs::of(200, &["--jobs", "1"]);
    // No file may be larger than 8 blocks of 512 bytes.
    let script = "trap '' XFSZ; ulimit -f 8; exec \"$0\" \"$@\"";
    let words = ["-c", script, env!("CARGO_BIN_EXE_bedrock-ask")];
    let run = program("/bin/sh", words.iter().chain(&runs.words).copied());
    let full = runs.prepared(run, &echo()).run();
    assert_eq!(full.exit(), Some(1), "{full}");
    assert!(full.stderr_text().contains("error: cannot write `out.jsonl`\n"), "{full}");
    let written = runs.lines().len();
    assert!((5..100).contains(&written) && runs.text().ends_with('\n'), "{written}");
    let fake = echo();
    let resumed = runs.with(&fake, &["--resume"]).run();
    assert_eq!((resumed.exit(), fake.load().calls), (Some(0), 200 - written), "{resumed}");
    runs.assert_each_once(200);
}

#[test]
fn an_output_that_vanishes_stops_the_run_and_is_written_again() {
    let runs = Runs::of(2000, &["--jobs", "4"]);
    let gate = Gate::default();
    let fake = echo().held_by(&gate);
    let running = runs.with(&fake, &[]).spawn();
    (0..10).for_each(|_| gate.open());
    runs.wait_for(10);
    fs::remove_file(runs.home.here().join("out.jsonl")).unwrap();
    gate.open_all();
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(1), "{ran}");
    assert!(ran.stderr_text().contains("`out.jsonl` was removed or replaced while the run wrote to it"), "{ran}");
    let written = runs.lines().len();
    assert!((10..2000).contains(&written));
    let fake = echo().forgetting();
    let resumed = runs.with(&fake, &["--resume"]).run();
    assert_eq!((resumed.exit(), fake.load().calls), (Some(0), 2000 - written), "{resumed}");
    runs.assert_each_once(2000);
}

#[test]
fn the_summary_is_text_or_an_object() {
    let runs = Runs::of(4, &[]);
    let text = runs.with(&refusing(&["p2"]), &[]).run();
    assert!(text.stdout.is_empty());
    let summary: Vec<_> = text.stderr_text().lines().filter(|line| !line.starts_with("latency: ")).collect();
    assert_eq!(summary[0], "records: 4 done, 1 of them failed (validation 1)", "{text}");
    assert!(summary[1].starts_with("tokens: ") && summary[2].starts_with("cost: "), "{text}");

    let json = runs.with(&echo(), &["--retry-failed", "--format", "json"]).run();
    assert_eq!((json.exit(), json.stderr_text()), (Some(0), ""), "{json}");
    let object: Value = serde_json::from_str(json.stdout_text()).unwrap();
    let counts = ["recordCount", "doneCount", "failedCount", "doneBeforeCount", "failedBeforeCount", "leftCount"];
    assert_eq!(counts.map(|name| object[name].as_u64().unwrap()), [4, 1, 0, 3, 0, 0]);

    let quiet = Runs::of(4, &["-q"]);
    assert_eq!(quiet.with(&echo(), &[]).run().stderr_text(), "");
}

#[test]
fn a_terminal_has_a_bar() {
    let runs = Runs::of(3, &[]);
    let gate = Gate::default();
    let fake = echo().held_by(&gate);
    let running = runs.with(&fake, &[]).terminal([Stream::Stderr]).spawn();
    running.stderr_until("] 0 of 3 records");
    gate.open_all();
    let ran: Ran = running.finish();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert!(ran.stderr_text().contains("\r\u{1b}[Krecords: 3 done"), "{:?}", ran.stderr_text());
}

#[test]
fn an_output_that_another_process_changes_stops_the_run() {
    for (name, length, hint) in [
        ("out.jsonl", 0, "`out.jsonl` was changed by another process"),
        ("out.jsonl", 1000, "`out.jsonl` was changed by another process"),
        ("out.jsonl.journal", 300, "`out.jsonl.journal` was changed by another process"),
    ] {
        let runs = Runs::of(40, &["--jobs", "4"]);
        let gate = Gate::default();
        let fake = echo().held_by(&gate);
        let running = runs.with(&fake, &[]).spawn();
        (0..15).for_each(|_| gate.open());
        runs.wait_for(15);
        fs::File::options().write(true).open(runs.home.here().join(name)).unwrap().set_len(length).unwrap();
        gate.open_all();
        let ran = running.finish();
        assert_eq!(ran.exit(), Some(1), "{ran}");
        assert!(ran.stderr_text().contains(hint) && ran.stderr_text().contains("add `--resume`"), "{ran}");
        let resumed = runs.with(&echo(), &["--resume"]).run();
        assert_eq!(resumed.exit(), Some(0), "{resumed}");
        runs.assert_each_once(40);
    }
}

#[test]
fn where_the_results_are_is_printed_after_a_signal_too() {
    let runs = Runs::of(40, &["--jobs", "4"]);
    let gate = Gate::default();
    let fake = echo().held_by(&gate);
    let running = runs.with(&fake, &[]).spawn();
    (0..15).for_each(|_| gate.open());
    runs.wait_for(15);
    running.interrupt();
    running.stderr_until("a second signal ends the run at once");
    fs::rename(runs.home.here().join("out.jsonl"), runs.home.here().join("old.jsonl")).unwrap();
    runs.home.write_here("out.jsonl", b"another file");
    gate.open_all();
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(130), "{ran}");
    assert!(ran.stderr_text().contains("move `out.jsonl.recovered` to `out.jsonl`"), "{ran}");
}
