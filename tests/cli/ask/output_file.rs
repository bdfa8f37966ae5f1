//! `-o FILE`: the whole answer under that name or nothing, and what came of a broken one beside it.

use std::fs;
use std::io::Read;
use std::os::unix::fs::{PermissionsExt, symlink};

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
    let made = ran.home.here().join("made");
    fs::write(&made, "").unwrap();
    let permissions = |path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(permissions(ran.home.here().join("a.txt")), permissions(made));
}

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

#[test]
fn a_pipe_stays_a_pipe_and_takes_the_answer_as_it_comes() {
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
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    ----- stderr -----
    error: the answer was cut off after 7 bytes: the stream ended before the answer did
    cause: the stream ended without `messageStop`
    cause: request ID: 00000000-0000-4000-8000-000000000001

    hint: try again; `--no-stream` asks for the answer in one piece
    hint: what came of the answer is in `[HERE]/a.txt.partial`
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
    error: the answer was cut at the model's own limit of tokens
    cause: stop reason: max_tokens

    hint: ask for less at once, or choose a model with a higher limit
    hint: what came of the answer is in `[HERE]/a.txt.partial`
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

#[test]
fn an_interrupt_leaves_the_file_as_it_was() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["One", " two"]).behind(&gate));
    let running = ask(&fake, ["--debug", "-o", "a.txt", "count"]).file_here("a.txt", "old\n").spawn();
    running.stderr_until(": 200");
    running.interrupt();
    let ran = running.finish();
    assert_eq!(ran.home.read_here("a.txt"), "old\n");
    assert!(ran.exit().is_none());
    gate.open();
    gate.open();
}

/// The names of the files in the current directory, sorted.
fn files(home: &Home) -> Vec<String> {
    let entries = fs::read_dir(home.here()).unwrap();
    let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
    names.sort();
    names
}
