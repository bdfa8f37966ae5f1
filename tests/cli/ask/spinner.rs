//! The line on a terminal that shows what is awaited, and leaves no trace.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::*;

const AWAITED: &str = " s: eu.amazon.nova-2-lite-v1:0 from eu-central-1";

/// Returns what a terminal shows after these bytes, which know no sequence but the one that erases a line.
fn screen(bytes: &[u8]) -> String {
    let text = String::from_utf8_lossy(bytes);
    let line = |line: &str| line.rsplit("\r\u{1b}[K").next().unwrap_or_default().to_owned();
    text.split('\n').map(line).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_awaited_is_shown_until_the_first_token() {
    for words in [&["hi"][..], &["--color", "always", "hi"]] {
        let (fake, gate) = (FakeBedrock::start(), Gate::default());
        fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
        let running = ask(&fake, words.iter().copied()).terminal([Stream::Stderr]).spawn();
        running.stderr_until(AWAITED);
        gate.open();
        running.stdout_until("One");
        let shown = running.stderr_until("\r\u{1b}[K").len();
        gate.open();
        let ran = running.finish();
        assert_eq!((ran.stdout_text(), ran.exit()), ("One two\n", Some(0)), "{ran}");
        assert!(shown > 0 && screen(&ran.stderr).is_empty(), "{ran}");
    }
}

#[test]
fn a_response_that_is_printed_whole_is_awaited_to_its_end() {
    for words in [&["--format", "json", "hi"][..], &["-o", "a.txt", "hi"]] {
        let (fake, gate) = (FakeBedrock::start(), Gate::default());
        fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
        let running = ask(&fake, words.iter().copied()).terminal([Stream::Stderr]).spawn();
        running.stderr_until(AWAITED);
        gate.open();
        gate.open();
        let ran = running.finish();
        assert_eq!((screen(&ran.stderr).as_str(), ran.exit()), ("", Some(0)), "{ran}");
    }
}

#[test]
fn an_error_takes_its_place() {
    let fake = FakeBedrock::start();
    let slow = Duration::from_millis(700);
    fake.expect(converse_stream().takes(slow).fails(400, "ValidationException", "No."));
    let ran = ask(&fake, ["hi"]).terminal([Stream::Stderr]).env("NO_COLOR", "1").run();
    assert!(ran.stderr_text().contains(AWAITED), "{ran}");
    assert!(screen(&ran.stderr).starts_with("error: ") && !screen(&ran.stderr).contains(AWAITED), "{ran}");
}

#[test]
fn it_fits_on_a_narrow_terminal() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One"]).behind(&gate));
    let running = ask(&fake, ["hi"]).terminal([Stream::Stderr]).columns(20).spawn();
    running.stderr_until(" s: eu.amazon.");
    gate.open();
    let ran = running.finish();
    let drawn = ran.stderr_text().split("\r\u{1b}[K");
    assert!(drawn.clone().all(|line| line.len() < 20) && screen(&ran.stderr).is_empty(), "{ran}");
}

#[test]
fn an_interrupt_leaves_no_trace_and_ends_the_process_itself() {
    for (words, signal, exit) in [(&["hi"][..], Some(2), None), (&["-o", "a.txt", "hi"], None, Some(130))] {
        let (fake, gate) = (FakeBedrock::start(), Gate::default());
        fake.expect(converse_stream().text(["One"]).behind(&gate));
        let run = ask(&fake, words.iter().copied()).terminal([Stream::Stderr]).env("NO_COLOR", "1");
        let running = run.spawn();
        running.stderr_until(AWAITED);
        running.interrupt();
        let ran = running.finish();
        gate.open();
        let said = if exit.is_some() { "error: interrupted by SIGINT\n" } else { "" };
        assert_eq!((screen(&ran.stderr).as_str(), ran.stdout_text()), (said, ""), "{ran}");
        assert_eq!((ran.status.signal(), ran.exit()), (signal, exit), "{ran}");
    }
}

#[test]
fn an_interrupt_after_the_first_token_ends_the_process_as_before() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ask(&fake, ["hi"]).terminal([Stream::Stderr]).spawn();
    running.stderr_until(AWAITED);
    gate.open();
    running.stdout_until("One");
    running.interrupt();
    let ran = running.finish();
    gate.open();
    assert_eq!((ran.status.signal(), ran.stdout_text()), (Some(2), "One"), "{ran}");
    assert_eq!(screen(&ran.stderr), "", "{ran}");
}

#[test]
fn nothing_moves_where_nobody_looks_or_wants_it() {
    let run = |words: &[&str], change: fn(Run) -> Run| {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream().takes(Duration::from_millis(600)));
        let ran = change(ask(&fake, words.iter().copied()).terminal([Stream::Stderr])).run();
        assert!(!ran.stderr_text().contains(AWAITED) && !ran.stderr_text().contains('\r'), "{words:?}\n{ran}");
        assert_eq!(ran.exit(), Some(0), "{ran}");
    };
    run(&["-q", "hi"], |run| run);
    run(&["--debug", "hi"], |run| run);
    run(&["hi"], |run| run.env("CI", "true"));
    run(&["hi"], |run| run.env("TERM", "dumb"));
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().takes(Duration::from_millis(600)));
    assert_eq!(ask(&fake, ["hi"]).run().stderr_text(), "");
}
