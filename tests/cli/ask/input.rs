//! The prompt: words, files, stdin. An invalid prompt is refused before anything is sent.

use super::*;

/// Returns the user message of the only request.
fn sent_prompt(fake: &FakeBedrock) -> String {
    let requests = fake.requests();
    assert_eq!(requests.len(), 1);
    requests[0].json()["messages"][0]["content"][0]["text"].as_str().expect("a prompt").to_owned()
}

/// Runs and returns the prompt that was sent.
fn prompt_of(run: impl FnOnce(&FakeBedrock) -> Run) -> String {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = run(&fake).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)));
    sent_prompt(&fake)
}

#[test]
fn words_then_files_then_stdin_stand_in_this_order() {
    let prompt = prompt_of(|fake| {
        let run = ask(fake, ["--file", "a.txt", "Compare", "these", "--file", "b.txt"]).stdin("piped\n");
        run.file_here("a.txt", "first\n").file_here("b.txt", "second")
    });
    assert_eq!(prompt, "Compare these\n\nfirst\n\n\nsecond\n\npiped\n");
}

#[test]
fn stdin_alone_is_the_prompt_from_a_pipe_and_from_a_file() {
    assert_eq!(prompt_of(|fake| ask(fake, []).stdin("  what is\tup?\r\n")), "  what is\tup?\r\n");
    assert_eq!(prompt_of(|fake| ask(fake, []).file("prompt", "grüße 👋").stdin_file("prompt")), "grüße 👋");
}

#[test]
fn an_empty_stdin_beside_a_prompt_adds_nothing() {
    assert_eq!(prompt_of(|fake| ask(fake, ["hi"]).stdin("")), "hi");
    assert_eq!(prompt_of(|fake| ask(fake, ["hi"]).stdin(" \n")), "hi");
}

#[test]
fn stdin_is_left_alone_where_it_is_not_wanted() {
    assert_eq!(prompt_of(|fake| ask(fake, ["--no-stdin", "hi"]).stdin("not this")), "hi");
    // A pipe without a writer must not block it.
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let running = ask(&fake, ["--no-stdin", "hi"]).stdin_open().spawn();
    assert_eq!(running.finish().stdout_text(), "Hello from Bedrock.\n");
}

#[test]
fn a_hyphen_is_stdin() {
    assert_eq!(prompt_of(|fake| ask(fake, ["-"]).stdin("from stdin")), "from stdin");
    assert_eq!(prompt_of(|fake| ask(fake, ["sum up", "-"]).stdin("late")), "sum up\n\nlate");
    assert_eq!(prompt_of(|fake| ask(fake, ["--", "-"])), "-");
    let refused = usage_error(|fake| ask(fake, ["--no-stdin", "-"]).stdin("x"));
    assert_eq!(refused, "error: `-` cannot be used with `--no-stdin`");
}

#[cfg(unix)]
#[test]
fn a_loop_whose_list_is_swallowed_gets_a_note() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let script = "while read -r line; do \"$0\" -m amazon.nova-2-lite-v1:0 \"$line\"; done < list";
    let run = crate::harness::program("/bin/sh", ["-c", script, env!("CARGO_BIN_EXE_bedrock-ask")]);
    let run = run.file_here("list", "one\ntwo\nthree\n").env("AWS_REGION", "eu-central-1").credentials().against(&fake);
    insta::assert_snapshot!(run.run(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: stdin is a file that another program has partly read, and the rest is added to the prompt; `--no-stdin` does not read it
    ----- exit 0 -----
    ");
    assert_eq!(sent_prompt(&fake), "one\n\ntwo\nthree\n");
}

#[test]
fn what_stands_after_two_hyphens_is_the_prompt_whatever_it_looks_like() {
    for (words, prompt) in [
        (&["--", "-m", "x", "--help"][..], "-m x --help"),
        (&["--", "resolve"], "resolve"),
        (&["what is", "--", "--flag"], "what is --flag"),
        (&["ask", "--", "--", "x"], "-- x"),
    ] {
        assert_eq!(prompt_of(|fake| ask(fake, words.iter().copied())), prompt);
    }
}

#[test]
fn a_silent_stdin_is_waited_for_with_a_note() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let mut running = ask(&fake, ["sum up:"]).stdin_open().spawn();
    running.stderr_until("--no-stdin");
    running.write_stdin("late");
    running.close_stdin();
    insta::assert_snapshot!(running.finish(), @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: waiting for the end of stdin; `--no-stdin` does not read it
    ----- exit 0 -----
    ");
    assert_eq!(sent_prompt(&fake), "sum up:\n\nlate");
}

#[test]
fn a_system_prompt_comes_from_the_flag_its_file_or_the_settings() {
    let system = |run: &dyn Fn(&FakeBedrock) -> Run| {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream());
        let ran = run(&fake).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        fake.requests()[0].json()["system"].clone()
    };
    let text = |text: &str| serde_json::json!([{ "text": text }]);
    assert_eq!(system(&|fake| ask(fake, ["-s", "Be brief", "hi"])), text("Be brief"));
    assert_eq!(system(&|fake| ask(fake, ["-s", "@role", "hi"]).file_here("role", "A pirate.\n")), text("A pirate.\n"));
    assert_eq!(system(&|fake| ask(fake, ["hi"]).config("system: From the file")), text("From the file"));
    assert_eq!(system(&|fake| ask(fake, ["hi"]).env("BEDROCK_ASK_SYSTEM", "@not a file")), text("@not a file"));
    assert!(system(&|fake| ask(fake, ["-s", "", "hi"]).config("system: From the file")).is_null());
}

/// Runs what must be a usage error that sends nothing, and returns stderr.
#[track_caller]
fn usage_error(run: impl FnOnce(&FakeBedrock) -> Run) -> String {
    let fake = FakeBedrock::start();
    let ran = run(&fake).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    let stderr = ran.home.redact(ran.stderr_text());
    stderr.lines().filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

#[test]
fn what_is_no_prompt_is_refused_and_nothing_is_sent() {
    // Windows does not tell its empty device from an empty pipe.
    let empty = if cfg!(windows) { "the prompt is empty, and so is stdin" } else { "the prompt is empty" };
    let nothing = format!("error: {empty}\n hint: bedrock-ask \"your question\"");
    assert_eq!(usage_error(|fake| ask(fake, [""])), nothing);
    assert_eq!(usage_error(|fake| ask(fake, [" \n "])), nothing);
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["-m", "nova-lite"]).stdin("")), @r#"
    error: the prompt is empty, and so is stdin
     hint: bedrock-ask "your question"
    "#);
    insta::assert_snapshot!(usage_error(|fake| ask(fake, []).stdin(" \n\t")), @r#"
    error: the prompt is empty, and so is stdin
     hint: bedrock-ask "your question"
    "#);
    assert_eq!(usage_error(|fake| ask(fake, ["-m", "nova-lite"])), nothing);
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["look:"]).stdin(b"\x7fELF\x02\x01\x01\0")), @"error: stdin is binary, and only text is read");
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["look:"]).stdin(b"gr\xfc\xdfe")), @r"
    error: stdin is not UTF-8 at byte 3
     hint: convert it first: `iconv -f LATIN1 -t UTF-8`
    ");
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["hi"]).stdin("x".repeat(20_000_000))), @"error: stdin has more than 10000000 bytes, which is more than any model takes");
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["--file", "missing.txt", "hi"])), @r"
    error: cannot read `missing.txt`
    cause: No such file or directory (os error 2)
    ");
    // Windows says of a directory that access is denied.
    #[cfg(unix)]
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["--file", ".", "hi"])), @r"
    error: cannot read `.`
    cause: Is a directory (os error 21)
    ");
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["-s", "@missing.txt", "hi"])), @r"
    error: cannot read `missing.txt`
    cause: No such file or directory (os error 2)
    ");
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["--file", "b", "hi"]).file_here("b", b"a\0b")), @"error: `b` is binary, and only text is read");
    insta::assert_snapshot!(usage_error(|fake| ask(fake, ["--file", "b", "hi"]).file_here("b", b"\x89PNG\r\n\x1a\n\0")), @"
    error: `b` is binary, and only text is read
     hint: attach it: `--attach b`
    ");
}

#[test]
fn a_stdin_that_never_ends_is_refused_at_its_limit() {
    let fake = FakeBedrock::start();
    let mut running = ask(&fake, ["hi"]).stdin_open().spawn();
    // One byte more than is taken, and the pipe stays open: it must not wait for the end.
    running.write_stdin("x".repeat(10_000_001));
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(2), "{ran}");
}

#[test]
fn what_would_be_left_out_of_a_prompt_in_silence_is_refused() {
    let glob = usage_error(|fake| {
        let run = ask(fake, ["--file", "a.txt", "b.txt", "Compare"]);
        run.file_here("a.txt", "first").file_here("b.txt", "second")
    });
    assert!(glob.starts_with("error: `b.txt` in the prompt is the name of a file"), "{glob}");
    let empty = usage_error(|fake| ask(fake, ["--file", "a.txt", "Compare"]).file_here("a.txt", " \n"));
    assert_eq!(empty, "error: `a.txt` is empty");
    let system = usage_error(|fake| ask(fake, ["-s", "@a.txt", "Compare"]).file_here("a.txt", ""));
    assert_eq!(system, "error: `a.txt` is empty");
    let stop = usage_error(|fake| ask(fake, ["--stop", "", "Compare"]));
    assert!(stop.contains("a value is required for `--stop <TEXT>`"), "{stop}");
}
