//! `-o FILE`: a complete response is written under that name, an incomplete one beside it.

use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};

#[cfg(unix)]
use rustix::process::Signal;

use super::*;
use crate::harness::Home;

#[test]
fn a_whole_answer_gets_the_files_name_and_nothing_goes_to_stdout() {
    let fake = FakeBedrock::start();
    for (expected, words) in
        [(converse_stream(), &["-o", "a.txt", "hi"][..]), (converse(), &["--no-stream", "-o", "a.txt", "hi"])]
    {
        fake.expect(expected.text(["a\r\n\u{1b}[31m", "b"]));
        let ran = ask(&fake, words.iter().copied()).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("", "", Some(0)));
        assert_eq!(ran.home.read_here("a.txt"), "a\r\n\u{1b}[31mb\n");
        assert_eq!(files(&ran.home), ["a.txt"]);
    }
}

#[test]
fn the_file_is_replaced_and_made_as_the_users_mask_says() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-o", "a.txt", "hi"]).file_here("a.txt", "an older and much longer answer\n").run();
    assert_eq!(ran.home.read_here("a.txt"), "Hello from Bedrock.\n");
    #[cfg(unix)]
    {
        let made = ran.home.here().join("made");
        fs::write(&made, "").unwrap();
        let permissions = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(permissions(ran.home.here().join("a.txt")), permissions(made));
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    home.write_here("real.txt", b"old");
    symlink("real.txt", home.here().join("link.txt")).unwrap();
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-o", "link.txt", "hi"]).home(&home).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(home.read_here("real.txt"), "Hello from Bedrock.\n");
    assert!(fs::symlink_metadata(home.here().join("link.txt")).unwrap().is_symlink());
}

#[cfg(unix)]
#[test]
fn a_pipe_stays_a_pipe_and_takes_the_answer_as_it_comes() {
    use std::io::Read;

    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    let home = Home::new();
    let pipe = home.here().join("pipe");
    rustix::fs::mknodat(rustix::fs::CWD, &pipe, rustix::fs::FileType::Fifo, 0o600.into(), 0).unwrap();
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ask(&fake, ["-o", "pipe", "count"]).home(&home).spawn();
    let mut reader = fs::File::open(&pipe).unwrap();
    gate.open();
    let mut first = [0; 3];
    reader.read_exact(&mut first).unwrap();
    assert_eq!(&first, b"One");
    gate.open();
    let mut rest = String::new();
    reader.read_to_string(&mut rest).unwrap();
    assert_eq!(rest, " two\n");
    assert_eq!((running.finish().exit(), files(&home)), (Some(0), vec!["pipe".to_owned()]));
}

#[test]
fn what_came_of_a_broken_answer_stands_beside_the_file_and_the_file_stays() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an"]).ends(Ending::WithoutStop));
    let ran = ask(&fake, ["-o", "a.txt", "hi"]).file_here("a.txt", "old\n").run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    ----- stderr -----
    error: the response was cut off after 7 bytes: the stream ended before the response was complete
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the stream ended without `messageStop`

     hint: try again
     hint: `--no-stream` requests the whole response at once
     hint: the part of the response that arrived is in `[HERE]/a.txt.partial`
    ----- exit 7 -----
    ");
    assert_eq!(
        (ran.home.read_here("a.txt").as_str(), ran.home.read_here("a.txt.partial").as_str()),
        ("old\n", "Half an")
    );
    assert_eq!(files(&ran.home), ["a.txt", "a.txt.partial"]);
}

#[test]
fn an_answer_that_is_cut_at_a_limit_is_no_whole_one() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an"]).stop_reason("max_tokens"));
    let ran = ask(&fake, ["-o", "a.txt", "hi"]).file_here("a.txt", "old\n").run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    ----- stderr -----
    error: the response was cut at the model's token limit
    cause: stop reason: max_tokens

     hint: ask for a shorter response, or use a model with a higher limit
     hint: the part of the response that arrived is in `[HERE]/a.txt.partial`
    ----- exit 7 -----
    ");
    assert_eq!(
        (ran.home.read_here("a.txt").as_str(), ran.home.read_here("a.txt.partial").as_str()),
        ("old\n", "Half an")
    );
}

#[test]
fn a_failure_leaves_no_file_behind() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "No."));
    let ran = ask(&fake, ["-o", "a.txt", "hi"]).file_here("a.txt", "old\n").run();
    assert_eq!((ran.exit(), ran.home.read_here("a.txt").as_str()), (Some(1), "old\n"));
    assert_eq!(files(&ran.home), ["a.txt"]);
}

#[test]
fn a_file_that_cannot_be_written_is_found_before_anything_is_sent() {
    let fake = FakeBedrock::start();
    for (path, text) in [(".", "directory"), ("no/such/folder/a.txt", "No such file"), ("", "")] {
        let ran = ask(&fake, ["-o", path, "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{path}\n{ran}");
        assert!(ran.stderr_text().contains(text) && !ran.stderr_text().contains(".bedrock-ask-"), "{ran}");
    }
}

/// Runs until the first word of the response has arrived, then sends this signal.
#[cfg(unix)]
fn interrupted(signal: Signal, words: &[&str], home: &Home) -> Ran {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ask(&fake, ["-o", "a.txt", "count"].iter().chain(words).copied()).home(home).spawn();
    gate.open();
    running.file_here_until("One");
    running.signal(signal);
    let ran = running.finish();
    gate.open();
    ran
}

#[cfg(unix)]
#[test]
fn what_arrived_before_an_interrupt_is_saved_and_the_file_stays() {
    let home = Home::new();
    home.write_here("a.txt", b"old\n");
    insta::assert_snapshot!(interrupted(Signal::INT, &[], &home), @r"
    ----- stdout -----
    ----- stderr -----
    error: interrupted by SIGINT

     hint: the part of the response that arrived is in `[HERE]/a.txt.partial`
    ----- exit 130 -----
    ");
    assert_eq!((home.read_here("a.txt").as_str(), home.read_here("a.txt.partial").as_str()), ("old\n", "One"));
    assert_eq!(files(&home), ["a.txt", "a.txt.partial"]);
}

#[cfg(unix)]
#[test]
fn other_signals_that_stop_a_program_save_what_arrived_too() {
    for (signal, code) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let home = Home::new();
        let ran = interrupted(signal, &[], &home);
        assert_eq!((ran.exit(), home.read_here("a.txt.partial").as_str()), (Some(code), "One"), "{ran}");
        assert_eq!(files(&home), ["a.txt.partial"]);
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_json_response_is_one_object() {
    let home = Home::new();
    let ran = interrupted(Signal::INT, &["--format", "json"], &home);
    let object: serde_json::Value = serde_json::from_str(ran.stdout_text()).unwrap();
    assert_eq!(object["output"]["message"]["content"][0]["text"], "One");
    assert_eq!((&object["error"]["exitCode"], ran.exit()), (&130.into(), Some(130)));
    assert_eq!(files(&home), ["a.txt.partial"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_before_any_text_leaves_nothing() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ask(&fake, ["--debug", "-o", "a.txt", "count"]).file_here("a.txt", "old\n").spawn();
    running.stderr_until(": 200");
    running.interrupt();
    let ran = running.finish();
    gate.open();
    gate.open();
    assert_eq!((ran.home.read_here("a.txt").as_str(), ran.exit()), ("old\n", Some(130)), "{ran}");
    assert!(ran.stderr_text().ends_with("error: interrupted by SIGINT\n"), "{ran}");
    assert_eq!(files(&ran.home), ["a.txt"]);
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_stdin_is_read_ends_it_at_once() {
    let fake = FakeBedrock::start();
    let running = ask(&fake, ["-o", "a.txt", "count"]).stdin_open().spawn();
    running.stderr_until("waiting for the end of stdin");
    running.interrupt();
    let ran = running.finish();
    assert_eq!((ran.exit(), files(&ran.home)), (None, Vec::new()), "{ran}");
}

#[cfg(target_os = "linux")]
#[test]
fn a_signal_that_the_parent_has_ignored_stays_ignored() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let script = format!("trap '' INT; exec '{}' -o a.txt count", env!("CARGO_BIN_EXE_bedrock-ask"));
    let run = crate::harness::program("/bin/sh", ["-c", &script]).env("AWS_REGION", "eu-central-1");
    let running = run.env("BEDROCK_ASK_MODEL", "amazon.nova-2-lite-v1:0").credentials().against(&fake).spawn();
    gate.open();
    running.file_here_until("One");
    running.interrupt();
    gate.open();
    let ran = running.finish();
    assert_eq!((ran.exit(), ran.home.read_here("a.txt").as_str()), (Some(0), "One two\n"), "{ran}");
}

#[test]
fn an_earlier_partial_response_is_not_overwritten() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Half an"]).ends(Ending::WithoutStop));
    let ran = ask(&fake, ["-o", "a.txt", "hi"]).file_here("a.txt.partial", "earlier").run();
    assert!(
        ran.stderr_text().ends_with("hint: the part of the response that arrived is in `a.txt.partial.1`\n"),
        "{ran}"
    );
    let read = |name| ran.home.read_here(name);
    assert_eq!((read("a.txt.partial").as_str(), read("a.txt.partial.1").as_str()), ("earlier", "Half an"));
    assert_eq!(files(&ran.home), ["a.txt.partial", "a.txt.partial.1"]);
}

#[cfg(unix)]
#[test]
fn a_file_keeps_its_mode_and_so_does_what_arrived_of_its_replacement() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    home.write_here("a.txt", b"private\n");
    let path = |name: &str| home.here().join(name);
    let mode = |name: &str| fs::metadata(path(name)).unwrap().permissions().mode() & 0o777;
    fs::set_permissions(path("a.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    fake.expect(converse_stream().text(["Half an"]).ends(Ending::WithoutStop));
    assert_eq!(ask(&fake, ["-o", "a.txt", "hi"]).home(&home).run().exit(), Some(7));
    fake.expect(converse_stream());
    assert_eq!(ask(&fake, ["-o", "a.txt", "hi"]).home(&home).run().exit(), Some(0));
    assert_eq!(home.read_here("a.txt"), "Hello from Bedrock.\n");
    assert_eq!((mode("a.txt"), mode("a.txt.partial")), (0o600, 0o600));
}

#[cfg(unix)]
#[test]
fn a_link_to_nothing_and_a_file_without_write_permission_are_refused_before_anything_is_sent() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    symlink("missing.txt", home.here().join("dangling")).unwrap();
    symlink("loop", home.here().join("loop")).unwrap();
    home.write_here("read-only", b"old\n");
    let read_only = home.here().join("read-only");
    fs::set_permissions(&read_only, fs::Permissions::from_mode(0o444)).unwrap();
    let mut cases = vec![("dangling", "does not exist"), ("loop", "symbolic links"), ("new/", "directory")];
    // The superuser may write any file.
    if fs::File::options().write(true).open(&read_only).is_err() {
        cases.push(("read-only", "Permission denied"));
    }
    for (path, reason) in cases {
        let ran = ask(&fake, ["-o", path, "hi"]).home(&home).run();
        assert!(ran.stderr_text().contains(reason) && ran.exit() == Some(2), "{ran}");
    }
    assert!(fake.requests().is_empty());
    assert_eq!(files(&home), ["dangling", "loop", "read-only"]);
}

/// Returns the names of the files in the current directory, sorted.
fn files(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.here()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}

#[test]
fn a_hyphen_is_stdout() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-o", "-", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
    assert!(!ran.home.here().join("-").exists());
}
