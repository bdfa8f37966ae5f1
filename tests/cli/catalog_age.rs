//! The note that the catalog is old: on a terminal, at most once a day, without a request.

use std::fs;

use crate::harness::{CATALOG, Home, Run, Stream, bedrock_ask};

/// Returns the date of so many days ago.
fn days_ago(days: i64) -> String {
    let now = aws_smithy_types::DateTime::from(std::time::SystemTime::now());
    let then = aws_smithy_types::DateTime::from_secs(now.secs() - days * 24 * 60 * 60);
    then.fmt(aws_smithy_types::date_time::Format::DateTime).unwrap()[..10].to_owned()
}

/// Runs with a catalog of so many days ago; every request would fail.
fn run(home: &Home, age: i64, words: &[&str]) -> Run {
    let catalog = fs::read_to_string(CATALOG).unwrap();
    let (date, rest) = catalog.split_once("# as of ").and_then(|(_, rest)| rest.split_once('\n')).unwrap();
    let catalog = format!("# bedrock-ask catalog 1\n# as of {}\n{rest}", days_ago(age));
    assert_eq!(date.len(), "2026-10-27".len());
    bedrock_ask(words)
        .home(home)
        .reminds()
        .columns(1000)
        .file("catalog.txt", catalog)
        .env("BEDROCK_ASK_CATALOG_PATH", home.path("catalog.txt"))
        .env("AWS_ENDPOINT_URL", "http://127.0.0.1:1")
        .env("AWS_REGION", "eu-central-1")
        .env("NO_COLOR", "1")
}

const RESOLVE: &[&str] = &["resolve", "nova-lite"];

#[test]
fn an_old_catalog_is_told_on_a_terminal_once_a_day() {
    let home = Home::new();
    let told = run(&home, 31, RESOLVE).terminal([Stream::Stderr]).run();
    let expected = format!(
        "note: the catalog is 31 days old (as of {}); `bedrock-ask catalog refresh` reads what AWS lists now\n",
        days_ago(31)
    );
    assert_eq!((told.stdout_text(), told.exit()), ("eu.amazon.nova-lite-v1:0\n", Some(0)), "{told}");
    assert_eq!(told.stderr_text(), expected);
    for words in [RESOLVE, &["models", "nova-lite"], &["-m", "nova-lite", "--dry-run", "hi"]] {
        let again = run(&home, 31, words).terminal([Stream::Stderr]).run();
        assert_eq!((again.stderr_text(), again.exit()), ("", Some(0)), "{words:?}\n{again}");
    }
}

#[test]
fn the_hint_refreshes_the_regions_of_the_command_line() {
    for (words, refresh) in [
        (&["--region", "us-east-1"][..], "refresh --region us-east-1`"),
        (&["--region", "us-east-1", "--region", "eu-west-1"], "refresh --region us-east-1 --region eu-west-1`"),
        (&["--region", "all"], "refresh --region all`"),
    ] {
        let told = run(&Home::new(), 200, &[RESOLVE, words].concat()).terminal([Stream::Stderr]).run();
        assert!(told.stderr_text().starts_with("note: the catalog is 200 days old"), "{told}");
        assert!(told.stderr_text().contains(refresh), "{told}");
    }
}

#[test]
fn no_script_is_told_and_neither_are_quiet_runs_and_those_with_a_newer_catalog() {
    let home = Home::new();
    let script = run(&home, 300, RESOLVE).terminal([Stream::Stdout]).run();
    assert_eq!((script.stderr_text(), script.exit()), ("", Some(0)), "{script}");
    let quiet = run(&home, 300, &[RESOLVE, &["--quiet"]].concat()).terminal([Stream::Stderr]).run();
    assert_eq!((quiet.stderr_text(), quiet.exit()), ("", Some(0)), "{quiet}");
    for age in [-3, 0, 30] {
        let new = run(&home, age, RESOLVE).terminal([Stream::Stderr]).run();
        assert_eq!((new.stderr_text(), new.exit()), ("", Some(0)), "{age}\n{new}");
    }
    // The command that shows the dates does not remind of them.
    let shown = run(&home, 300, &["catalog", "--region", "us-east-1"]).terminal([Stream::Stderr]).run();
    assert_eq!((shown.stderr_text(), shown.exit()), ("", Some(0)), "{shown}");
    let told = run(&home, 300, RESOLVE).terminal([Stream::Stderr]).run();
    assert!(told.stderr_text().starts_with("note: the catalog is 300 days old"), "nothing was told before: {told}");
}

#[test]
fn nobody_is_told_where_it_cannot_be_remembered() {
    let without = run(&Home::new(), 300, RESOLVE).file(".cache/bedrock-ask", "a file").terminal([Stream::Stderr]).run();
    assert_eq!((without.stderr_text(), without.exit()), ("", Some(0)), "{without}");
}
