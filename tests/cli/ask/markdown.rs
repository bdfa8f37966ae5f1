//! Markdown on a terminal: styled and wrapped as it arrives, and otherwise the response byte for byte.

use std::os::unix::process::ExitStatusExt;
use std::time::Duration;

use super::*;

const RESPONSE: [&str; 12] = [
    "# Prof",
    "iles\n\nA **geo",
    "graphic** one stays in *its* [geo",
    "graphy](https://example.com/a).\n\n",
    "- `us.` and\n- `e",
    "u.`\n\n> quo",
    "ted\n\n| ID | Re",
    "gion |\n|---",
    "-|---|\n| `eu` | *Frankfurt* |\n\n``",
    "`sh\necho **no**",
    " # no\n`",
    "``\n",
];

/// Returns a text without the sequences that set a style; no other sequence may be in it.
fn without_styles(text: &str) -> String {
    let mut parts = text.split("\u{1b}[");
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        let (style, rest) = part.split_once('m').expect("a style ends");
        assert!(style.chars().all(|letter| letter.is_ascii_digit() || letter == ';'), "{style}");
        shown + rest
    })
}

/// Returns a run at a terminal, which saves nothing.
fn at_terminal<'w>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'w str>) -> Run {
    ask(fake, words).terminal([Stream::Stdout]).env("BEDROCK_ASK_HISTORY", "never")
}

/// Returns what a terminal gets of these deltas.
fn on_terminal(words: &[&str], deltas: &[&str], change: fn(Run) -> Run) -> Ran {
    let fake = FakeBedrock::start();
    let expected = if words.contains(&"--no-stream") { converse() } else { converse_stream() };
    fake.expect(expected.text(deltas.iter().copied()));
    change(at_terminal(&fake, words.iter().copied())).run()
}

#[test]
fn a_response_is_styled_across_its_deltas() {
    let ran = on_terminal(&["hi"], &RESPONSE, |run| run);
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    \u{1b}[0;2m# \u{1b}[0;1mProf\u{1b}[0m\u{1b}[0;1miles\u{1b}[0m

    A \u{1b}[0;2m**\u{1b}[0;1mgeographic\u{1b}[0;2m**\u{1b}[0m one stays in \u{1b}[0;2m*\u{1b}[0;3mits\u{1b}[0;2m*\u{1b}[0m \u{1b}[0;2m[\u{1b}[0;4mgeography\u{1b}[0;2m](https://example.com/a)\u{1b}[0m.

    \u{1b}[0;35m- \u{1b}[0;2m`\u{1b}[0;36mus.\u{1b}[0;2m`\u{1b}[0m and
    \u{1b}[0;35m- \u{1b}[0m\u{1b}[0;2m`\u{1b}[0;36meu.\u{1b}[0;2m`\u{1b}[0m

    \u{1b}[0;2m> \u{1b}[0;32mquo\u{1b}[0m\u{1b}[0;32mted\u{1b}[0m

    \u{1b}[0;2m|\u{1b}[0;1m ID \u{1b}[0;2m|\u{1b}[0;1m Region \u{1b}[0;2m|\u{1b}[0m
    \u{1b}[0;2m|----|---|\u{1b}[0m
    \u{1b}[0;2m|\u{1b}[0m \u{1b}[0;2m`\u{1b}[0;36meu\u{1b}[0;2m`\u{1b}[0m \u{1b}[0;2m|\u{1b}[0m \u{1b}[0;2m*\u{1b}[0;3mFrankfurt\u{1b}[0;2m*\u{1b}[0m \u{1b}[0;2m|\u{1b}[0m

    \u{1b}[0;2m```sh\u{1b}[0m
    \u{1b}[0;36mecho **no**\u{1b}[0m\u{1b}[0;36m # no\u{1b}[0m
    \u{1b}[0;2m```\u{1b}[0m
    ----- stderr -----
    ----- exit 0 -----
    ");
    assert_eq!(without_styles(ran.stdout_text()), RESPONSE.concat());
    let whole = on_terminal(&["--no-stream", "hi"], &[&RESPONSE.concat()], |run| run);
    assert_eq!(without_styles(whole.stdout_text()), RESPONSE.concat());
}

#[test]
fn a_response_that_is_not_for_a_terminal_of_colours_has_no_styles() {
    let text = RESPONSE.concat();
    let as_it_is = |ran: &Ran| assert_eq!((ran.stdout_text(), ran.exit()), (&*text, Some(0)), "{ran}");
    as_it_is(&on_terminal(&["hi"], &RESPONSE, |run| run.env("NO_COLOR", "1")));
    as_it_is(&on_terminal(&["hi"], &RESPONSE, |run| run.env("TERM", "dumb")));
    as_it_is(&on_terminal(&["--color", "never", "hi"], &RESPONSE, |run| run));
    as_it_is(&on_terminal(&["--raw", "hi"], &RESPONSE, |run| run));
    as_it_is(&on_terminal(&["hi"], &RESPONSE, |run| run.env("BEDROCK_ASK_MARKDOWN", "false")));
    as_it_is(&on_terminal(&["hi"], &RESPONSE, |run| run.config("markdown: false")));
    as_it_is(&on_terminal(&["--raw", "--color", "always", "--no-stream", "hi"], &[&text], |run| run));
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(RESPONSE));
    as_it_is(&ask(&fake, ["--color", "always", "hi"]).run());
}

#[test]
fn json_files_and_code_blocks_are_never_styled() {
    let json = on_terminal(&["--format", "json", "hi"], &["**a**"], |run| run);
    assert!(json.stdout_text().contains(r#""text":"**a**""#) && !json.stdout_text().contains('\u{1b}'), "{json}");
    let file = on_terminal(&["-o", "a.md", "hi"], &RESPONSE, |run| run);
    assert_eq!(file.home.left_files().len(), 1, "{file}");
    assert_eq!(file.home.left_files()[0].1, RESPONSE.concat().as_bytes());
    let code = on_terminal(&["-x", "hi"], &RESPONSE, |run| run);
    assert_eq!(code.stdout_text(), "echo **no** # no\n", "{code}");
}

#[test]
fn words_are_wrapped_to_the_width_with_or_without_colour() {
    const WORDS: [&str; 4] =
        ["- one two th", "ree four five `six seven ", "eight` nine\n\n```\none two three four ", "five\n```"];
    for words in [&["hi"][..], &["--color", "never", "hi"]] {
        let ran = on_terminal(words, &WORDS, |run| run.columns(24));
        let expected =
            "- one two three four \n  five \n  `six seven eight` \n  nine\n\n```\none two three four five\n```\n";
        assert_eq!(without_styles(ran.stdout_text()), expected, "{ran}");
    }
    let raw = on_terminal(&["--raw", "hi"], &WORDS, |run| run.columns(24));
    assert_eq!(raw.stdout_text(), format!("{}\n", WORDS.concat()));
}

#[test]
fn text_appears_before_its_paragraph_is_complete() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["one two **th", "ree** fo", "ur\n"]).behind(&gate));
    let running = at_terminal(&fake, ["hi"]).spawn();
    gate.open();
    assert_eq!(running.stdout_until("two"), b"one two ");
    gate.open();
    let shown = running.stdout_until("three");
    assert_eq!(without_styles(&String::from_utf8(shown).unwrap()), "one two **three** ");
    gate.open();
    let ran = running.finish();
    assert_eq!(without_styles(ran.stdout_text()), "one two **three** four\n");
}

#[test]
fn what_is_held_of_a_response_that_is_cut_is_printed_before_the_error() {
    for (cut, expected) in [
        ("a **b", "a **b\n"),
        ("| a |\n|--", "| a |\n|--\n"),
        ("| a |\n", "| a |\n"),
        ("```", "```\n"),
        ("- ", "- \n"),
        ("[a](b", "[a](b\n"),
        ("# a `b", "# a `b\n"),
    ] {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream().text([cut]).ends(Ending::WithoutStop));
        let ran = at_terminal(&fake, ["hi"]).run();
        assert_eq!((&*without_styles(ran.stdout_text()), ran.exit()), (expected, Some(7)), "{ran}");
        assert!(!ran.stdout_text().contains('\u{1b}') || ran.stdout_text().ends_with("\u{1b}[0m\n"), "{ran}");
        assert!(ran.stderr_text().starts_with("error: "), "{ran}");
    }
}

#[test]
fn an_interrupt_leaves_no_style() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().text(["# one tw", "o"]).behind(&gate));
    let running = at_terminal(&fake, ["hi"]).spawn();
    gate.open();
    running.stdout_until("one");
    running.interrupt();
    let ran = running.finish();
    gate.open();
    let last = ran.stdout_text().rsplit("\u{1b}[").next().unwrap_or_default();
    assert!(last.starts_with("0m"), "{ran}");
}

#[test]
fn a_signal_prints_what_is_held_before_it_ends_the_process() {
    // After a while, the line on stderr listens to signals.
    for time in [Duration::ZERO, Duration::from_millis(700)] {
        for (text, shown) in [("A **bold word", "A "), ("Text\n\n| a | b |", "Text\n\n"), ("one two", "one ")] {
            let fake = FakeBedrock::start();
            fake.expect(converse_stream().takes(time).text([text]).ends(Ending::Silence));
            let run = at_terminal(&fake, ["hi"]).terminal([Stream::Stderr]).env("NO_COLOR", "1");
            let running = run.spawn();
            running.stdout_until(shown);
            running.interrupt();
            let ran = running.finish();
            assert_eq!(ran.status.signal(), Some(2), "{ran}");
            assert_eq!(ran.stdout_text(), format!("{text}\n"), "{ran}");
        }
    }
}
