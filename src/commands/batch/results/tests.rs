//! Tests of the results: whatever happened to the files, each record has one line in the end.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;

use proptest::prelude::*;
use serde_json::Value;
use tempfile::TempDir;

use super::rewrite::{complete, replace_journal, write};
use super::*;
use crate::commands::batch::record::{RecordError, RecordResponse};

fn record(index: u64) -> Record {
    Record {
        index,
        line: index + 1,
        id: format!("r{index}"),
        digest: index * 31 + 5,
        model_input: format!("{{\"n\":{index}}}").into(),
        max_tokens: None,
    }
}

/// A response whose length depends on the record, in a certain run.
fn response(index: u64, run: u64) -> RecordOutcome {
    let length = usize::try_from(index % 7 * 9).unwrap();
    let model_output = format!("{{\"run\":{run}}}");
    let response = RecordResponse { model_output, text: "x".repeat(length), ..RecordResponse::default() };
    RecordOutcome { response: Some(response), ..RecordOutcome::default() }
}

fn failure(index: u64) -> RecordOutcome {
    let message = "m".repeat(usize::try_from(index % 5 * 11).unwrap());
    RecordOutcome {
        error: Some(RecordError { code: 400, message, ..RecordError::default() }),
        ..RecordOutcome::default()
    }
}

/// The files of a run in a folder of their own.
struct Run {
    folder: TempDir,
    args: ResultArgs,
    identity: RunIdentity,
}

impl Run {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let output_file = folder.path().join("out");
        let args = ResultArgs { output_file, text: false, ordered: false, resume: false, retry_failed: false };
        let identity = RunIdentity { input: Some([1; 32]), model_id: "m".to_owned(), request: [2; 32] };
        Self { folder, args, identity }
    }

    fn ordered(mut self, ordered: bool) -> Self {
        self.args.ordered = ordered;
        self
    }

    fn open(&self) -> Result<Results, Error> {
        Results::open(&self.args, &self.identity)
    }

    /// Opens the files, and writes the result of the first record.
    fn begin(&self) -> Results {
        let mut results = self.open().unwrap();
        results.add(&record(0), &response(0, 1)).unwrap();
        results
    }

    fn resume(&self) -> Result<Results, Error> {
        Results::open(&ResultArgs { resume: true, ..self.args.clone() }, &self.identity)
    }

    fn retry(&self) -> Result<Results, Error> {
        Results::open(&ResultArgs { retry_failed: true, ..self.args.clone() }, &self.identity)
    }

    fn journal(&self) -> PathBuf {
        self.folder.path().join("out.journal")
    }

    /// Writes these results, the records in `failed` as failures, and kills the process: nothing is finished.
    fn kill_after(&self, order: &[u64], failed: &BTreeSet<u64>) {
        let mut results = self.open().unwrap();
        for index in order {
            let outcome = if failed.contains(index) { failure(*index) } else { response(*index, 1) };
            results.add(&record(*index), &outcome).unwrap();
        }
        results.is_new = false;
    }

    /// Adds the records below `count` that have no result, the last ones first if nothing is to be in order.
    fn do_rest(&self, mut results: Results, count: u64) {
        let mut rest: Vec<_> = (0..count).filter(|i| !results.is_done(*i, record(*i).digest).unwrap()).collect();
        rest.reverse();
        for index in rest {
            results.add(&record(index), &response(index, 2)).unwrap();
        }
        assert_eq!((results.done(), results.is_new), (count, results.is_new));
        results.finish().unwrap();
        self.assert_each_once(count);
    }

    fn lines(&self) -> Vec<Value> {
        let text = fs::read_to_string(&self.args.output_file).unwrap();
        assert!(text.is_empty() || text.ends_with('\n'), "{text}");
        text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|_| panic!("{line}"))).collect()
    }

    fn ids(&self) -> Vec<u64> {
        let number = |line: Value| {
            let index = line["recordId"].as_str().unwrap()[1..].parse().unwrap();
            assert_eq!(line["modelInput"]["n"], index);
            index
        };
        self.lines().into_iter().map(number).collect()
    }

    fn assert_each_once(&self, count: u64) {
        let mut ids = self.ids();
        if !self.args.ordered {
            ids.sort_unstable();
        }
        assert_eq!(ids, (0..count).collect::<Vec<_>>());
        let mut names: Vec<_> =
            fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        names.sort();
        assert_eq!(names, ["out", "out.journal"]);
    }

    fn cut(path: &Path, kept: usize) {
        let bytes = fs::read(path).unwrap();
        fs::write(path, &bytes[..kept.min(bytes.len())]).unwrap();
    }

    /// Returns the files, and what is in them.
    fn contents(&self) -> BTreeMap<PathBuf, Vec<u8>> {
        let paths = fs::read_dir(self.folder.path()).unwrap().map(|entry| entry.unwrap().path());
        paths.map(|path| (path.clone(), fs::read(path).unwrap())).collect()
    }

    fn restore(&self, contents: &BTreeMap<PathBuf, Vec<u8>>) {
        for path in self.contents().into_keys() {
            fs::remove_file(path).unwrap();
        }
        for (path, bytes) in contents {
            fs::write(path, bytes).unwrap();
        }
    }
}

fn refused(opened: Result<Results, Error>) -> String {
    let error = opened.map(|_| ()).unwrap_err();
    assert_eq!(error.exit, ExitCode::Usage, "{error}");
    error.message.summary
}

const COUNT: u64 = 12;

/// The order in which some of the records end, and those that fail.
fn runs() -> impl Strategy<Value = (Vec<u64>, BTreeSet<u64>)> {
    let order = Just((0..COUNT).collect::<Vec<_>>()).prop_shuffle();
    let order = (order, 0..=COUNT).prop_map(|(mut order, length)| {
        order.truncate(usize::try_from(length).unwrap());
        order
    });
    (order, proptest::collection::btree_set(0..COUNT, 0..6))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_cut_off_each_record_has_one_line_in_the_end(
        (order, failed) in runs(), ordered: bool, in_output in 0..2000_usize, in_journal in 0..900_usize, which in 0..3
    ) {
        let run = Run::new().ordered(ordered);
        run.kill_after(&order, &failed);
        if which != 1 {
            Run::cut(&run.args.output_file, in_output);
        }
        if which != 0 {
            Run::cut(&run.journal(), in_journal);
        }
        // Without a header, only an empty output can be continued.
        match run.resume() {
            Ok(results) => run.do_rest(results, COUNT),
            Err(error) => prop_assert!(error.message.summary.contains("is not a journal") && in_journal < 300),
        }
    }

    #[test]
    fn whatever_changes_no_line_is_lost_or_wrong_unnoticed(
        (order, failed) in runs(), place in 0..3000_usize, in_output: bool
    ) {
        let run = Run::new();
        run.kill_after(&order, &failed);
        let path = if in_output { run.args.output_file.clone() } else { run.journal() };
        let mut bytes = fs::read(&path).unwrap();
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1;
        }
        fs::write(&path, bytes).unwrap();
        match run.resume() {
            Ok(results) => run.do_rest(results, COUNT),
            Err(error) => prop_assert_eq!(error.exit, ExitCode::Usage),
        }
    }

    #[test]
    fn failed_records_are_replaced_however_far_the_files_were_rewritten(
        (order, failed) in runs(), ordered: bool, sorted: bool, cut in 0..2000_usize, steps in 0..5
    ) {
        let run = Run::new().ordered(ordered);
        run.kill_after(&order, &failed);
        let form = if sorted { RewriteKind::Sorted } else { RewriteKind::WithoutFailed };
        {
            let results = run.resume().unwrap();
            let before = run.contents();
            let new = write(&results.files, form).unwrap();
            if steps < 2 {
                // Neither of the new files is complete.
                let after = run.contents();
                drop((new, results));
                run.restore(&after);
                let mut added = after.keys().filter(|path| !before.contains_key(*path));
                Run::cut(added.next_back().unwrap(), cut);
                if steps == 0 {
                    fs::remove_file(added.next().unwrap()).unwrap();
                }
            } else if steps > 2 {
                replace_journal(&new.paths).unwrap();
                if steps > 3 {
                    complete(&new.paths, new.header.generation).unwrap();
                }
            }
        }
        let results = run.retry().unwrap();
        prop_assert_eq!(results.failed(), 0);
        run.do_rest(results, COUNT);
        let runs: BTreeMap<_, _> = run.ids().into_iter().zip(run.lines()).collect();
        let is_kept = |index: &u64| runs[index]["modelOutput"]["run"] == 1;
        let written: Vec<_> = (0..COUNT).filter(|index| order.contains(index) && !failed.contains(index)).collect();
        // What was held for an earlier record is lost with the process.
        prop_assert!(ordered || written.iter().all(is_kept));
    }
}

#[test]
fn a_file_that_exists_is_not_overwritten_and_nothing_is_made() {
    let run = Run::new();
    fs::write(&run.args.output_file, "mine").unwrap();
    assert!(refused(run.open()).ends_with("out` exists"));
    assert!(refused(run.resume()).contains("has no journal"));
    assert!(refused(run.retry()).contains("has no journal"));
    fs::rename(&run.args.output_file, run.journal()).unwrap();
    assert!(refused(run.open()).contains("without its output"));
    assert!(refused(run.resume()).contains("is not a journal"));
    assert_eq!(run.contents(), [(run.journal(), b"mine".to_vec())].into());
}

#[test]
fn what_no_run_could_be_continued_from_is_refused() {
    let run = Run::new();
    let folder = run.folder.path().display().to_string();
    let missing = format!("{folder}/no/out");
    for path in ["-", folder.as_str(), "new/", missing.as_str()] {
        let args = ResultArgs { output_file: path.into(), ..run.args.clone() };
        refused(Results::open(&args, &run.identity));
    }
    #[cfg(unix)]
    refused(Results::open(&ResultArgs { output_file: "/dev/full".into(), ..run.args.clone() }, &run.identity));
    assert!(refused(run.retry()).ends_with("does not exist"));
    assert!(run.contents().is_empty());
}

#[test]
fn only_the_same_run_is_continued() {
    let mut run = Run::new();
    run.kill_after(&[1, 0], &BTreeSet::new());
    let before = run.contents();
    run.identity.input = Some([9; 32]);
    assert!(refused(run.resume()).starts_with("the input is not the one that"));
    run.identity = RunIdentity { input: Some([1; 32]), model_id: "n".to_owned(), request: [2; 32] };
    assert!(refused(run.resume()).ends_with("was begun with the model `m`, not with `n`"));
    run.identity.model_id = "m".to_owned();
    run.identity.request = [3; 32];
    assert!(refused(run.resume()).starts_with("the options are not those that"));
    run.identity.request = [2; 32];
    run.args.ordered = true;
    assert!(refused(run.resume()).ends_with("was begun without `--ordered`"));
    (run.args.ordered, run.args.text) = (false, true);
    assert!(refused(run.retry()).ends_with("was begun without `--text`"));
    run.args.text = false;
    assert_eq!(run.contents(), before);
    assert_eq!(run.resume().unwrap().done(), 2);
}

#[test]
fn an_input_from_stdin_is_compared_line_by_line() {
    let mut run = Run::new();
    run.identity.input = None;
    run.kill_after(&[2, 0], &BTreeSet::new());
    // The same input may be in a file now.
    for input in [None, Some([1; 32])] {
        run.identity.input = input;
        let mut results = run.resume().unwrap();
        let done: Vec<_> = (0..4).map(|index| results.is_done(index, record(index).digest).unwrap()).collect();
        assert_eq!(done, [true, false, true, false]);
        assert!(!results.is_done(1, 0).unwrap());
        assert_eq!(results.is_done(2, 0).unwrap_err().exit, ExitCode::Usage);
    }
}

#[test]
fn a_second_process_is_refused() {
    let run = Run::new();
    let first = run.begin();
    assert!(refused(run.resume()).starts_with("another process writes to"));
    first.finish().unwrap();
    run.do_rest(run.resume().unwrap(), 2);
}

#[test]
fn a_run_without_any_result_leaves_no_file() {
    let run = Run::new();
    run.open().unwrap().finish().unwrap();
    drop(run.open().unwrap());
    assert!(run.contents().is_empty());
    let results = run.resume().unwrap();
    assert!(results.notes[0].ends_with("begins with the first record"), "{:?}", results.notes);
    run.do_rest(results, 2);
    assert!(run.resume().unwrap().notes.is_empty());
    run.resume().unwrap().finish().unwrap();
    run.assert_each_once(2);
}

#[test]
fn a_process_that_is_killed_while_it_creates_the_files_is_continued() {
    let run = Run::new();
    run.kill_after(&[], &BTreeSet::new());
    let journal = fs::read(run.journal()).unwrap();
    for kept in [0, 10, 30, journal.len()] {
        for with_output in [false, true] {
            fs::write(run.journal(), &journal[..kept]).unwrap();
            let _ = fs::remove_file(&run.args.output_file);
            if with_output {
                fs::write(&run.args.output_file, "").unwrap();
            }
            run.do_rest(run.resume().unwrap(), 3);
        }
    }
    // With an entry, the output is missing.
    fs::remove_file(&run.args.output_file).unwrap();
    assert!(refused(run.resume()).contains("without its output"));
}

#[test]
fn a_result_that_was_on_the_disk_and_has_changed_is_found() {
    let run = Run::new();
    let mut results = run.begin();
    results.add(&record(1), &response(1, 1)).unwrap();
    results.sync_thread.as_mut().unwrap().wake_now();
    while results.sync_thread.as_ref().unwrap().synced() < 2 {
        std::thread::yield_now();
    }
    results.add(&record(2), &response(2, 1)).unwrap();
    results.finish().unwrap();
    let text = fs::read_to_string(&run.args.output_file).unwrap();
    fs::write(&run.args.output_file, text.replacen("\"r1\"", "\"r9\"", 1)).unwrap();
    let before = run.contents();
    assert!(refused(run.resume()).starts_with("line 2 of"));
    assert_eq!(run.contents(), before);
    // When a run is finished, all of them are on the disk.
    fs::write(&run.args.output_file, text.replacen("\"r2\"", "\"r9\"", 1)).unwrap();
    assert!(refused(run.resume()).starts_with("line 3 of"));
    fs::write(&run.args.output_file, text.split_once('\n').unwrap().1).unwrap();
    assert!(refused(run.resume()).starts_with("line 1 of"));
    fs::write(&run.args.output_file, text.clone() + "{\"recordId\":\"other\"}\n").unwrap();
    assert!(refused(run.resume()).starts_with("line 4 of"));
    fs::write(&run.args.output_file, text + "{\"recordId\":").unwrap();
    assert_eq!(run.resume().unwrap().done(), 3);
}

#[test]
fn a_line_whose_entry_was_lost_is_cut_off_after_a_finished_run_was_continued_too() {
    for zeros in [0, journal::ENTRY] {
        let run = Run::new();
        run.begin().finish().unwrap();
        let mut results = run.resume().unwrap();
        for index in [1, 2] {
            results.add(&record(index), &response(index, 1)).unwrap();
        }
        drop(results);
        // The power failed after the output was on the disk, and before its journal was.
        let entries = fs::read(run.journal()).unwrap();
        let mut entries = entries[..entries.len() - 2 * journal::ENTRY].to_vec();
        entries.resize(entries.len() + zeros, 0);
        fs::write(run.journal(), entries).unwrap();
        let results = run.resume().unwrap();
        assert_eq!(results.done(), 1, "{zeros}");
        run.do_rest(results, 3);
    }
}

#[test]
fn a_result_that_was_not_on_the_disk_is_sent_again_and_so_is_what_comes_after_it() {
    let run = Run::new();
    run.kill_after(&[0, 1, 2], &BTreeSet::new());
    let text = fs::read_to_string(&run.args.output_file).unwrap();
    fs::write(&run.args.output_file, text.replacen("\"r1\"", "\"r9\"", 1)).unwrap();
    let results = run.resume().unwrap();
    assert_eq!(results.done(), 1);
    assert!(results.notes[0].starts_with("the last "), "{:?}", results.notes);
}

#[test]
fn lines_in_order_wait_for_the_ones_before() {
    let run = Run::new().ordered(true);
    let mut results = run.open().unwrap();
    for index in [1, 2, 0, 5, 4] {
        results.add(&record(index), &response(index, 1)).unwrap();
        assert!(results.has_room());
    }
    assert_eq!(run.ids(), [0, 1, 2]);
    assert!(results.add(&record(5), &response(5, 1)).is_err(), "it is there already");
    // What is held is paid: at the end it is written, and the missing line finds its place later.
    results.finish().unwrap();
    assert_eq!(run.ids(), [0, 1, 2, 4, 5]);
    let results = run.resume().unwrap();
    assert!(results.held.is_none());
    run.do_rest(results, 8);
    assert!(run.resume().unwrap().held.is_some());
    assert_eq!(run.lines()[4]["modelOutput"]["run"], 1);
}

#[test]
fn files_that_are_removed_are_written_again() {
    for removed in [["out"].as_slice(), &["out.journal"], &["out", "out.journal"]] {
        let run = Run::new();
        let mut results = run.begin();
        for name in removed {
            fs::remove_file(run.folder.path().join(name)).unwrap();
        }
        results.sync_thread.as_mut().unwrap().wake_now();
        let mut index = 0;
        let error = loop {
            index += 1;
            if let Err(error) = results.add(&record(index), &response(index, 1)) {
                break error;
            }
        };
        assert_eq!(error.exit, ExitCode::Failure);
        assert!(error.message.summary.contains("was removed or replaced"), "{error}");
        // What was sent already is kept too.
        results.add(&record(index + 1), &response(index + 1, 1)).unwrap();
        results.finish().unwrap();
        assert_eq!(run.resume().unwrap().done(), index + 2);
        run.assert_each_once(index + 2);
    }
}

#[cfg(unix)]
#[test]
fn a_file_that_takes_the_place_of_the_output_is_kept() {
    let run = Run::new();
    let results = run.begin();
    fs::remove_file(&run.args.output_file).unwrap();
    fs::write(&run.args.output_file, "mine").unwrap();
    let error = results.finish().unwrap_err();
    assert!(error.message.hints[0].starts_with("move `"), "{error}");
    assert_eq!(fs::read_to_string(&run.args.output_file).unwrap(), "mine");
    fs::rename(run.folder.path().join("out.recovered"), &run.args.output_file).unwrap();
    assert_eq!(run.resume().unwrap().done(), 1);
}

#[cfg(unix)]
#[test]
fn a_write_that_fails_leaves_what_was_there() {
    let run = Run::new();
    let mut results = run.begin();
    let full = fs::File::options().read(true).write(true).open("/dev/full").unwrap();
    let output = std::mem::replace(&mut results.files.output, full);
    let error = results.add(&record(1), &response(1, 1)).unwrap_err();
    assert_eq!(error.exit, ExitCode::Failure);
    results.files.output = output;
    results.add(&record(2), &response(2, 1)).unwrap();
    results.finish().unwrap();
    assert_eq!(run.ids(), [0, 2]);
    run.do_rest(run.resume().unwrap(), 4);
}

#[cfg(unix)]
#[test]
fn a_link_leads_to_the_output() {
    let run = Run::new();
    let real = run.folder.path().join("real");
    run.kill_after(&[0, 1], &[1].into());
    fs::rename(&run.args.output_file, &real).unwrap();
    std::os::unix::fs::symlink("real", &run.args.output_file).unwrap();
    let mut results = run.retry().unwrap();
    results.add(&record(1), &response(1, 2)).unwrap();
    results.finish().unwrap();
    assert!(run.args.output_file.is_symlink() && !real.is_symlink());
    assert_eq!(run.ids(), [0, 1]);
}
