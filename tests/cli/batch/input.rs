//! The input of a batch: its forms, what is refused before anything is sent, and what templates make of it.

use serde_json::{Value, json};

use super::*;
use crate::harness::Ran;
#[cfg(unix)]
use crate::harness::Stream;

/// Returns a run from Frankfurt with Nova 2 Lite, which writes `out.jsonl`. `words` are the input and further arguments.
fn batch(fake: &FakeBedrock, words: &[&str]) -> Run {
    bedrock_ask(["batch", "run", "-o", "out.jsonl", "--jobs", "1"].iter().chain(words).copied())
        .env("AWS_REGION", "eu-central-1")
        .env("BEDROCK_ASK_MODEL", "amazon.nova-2-lite-v1:0")
        .env("BEDROCK_ASK_MAX_TOKENS", "50")
        .home(&Home::new())
        .credentials()
        .against(fake)
}

/// Runs, which must be refused before anything is sent or written; returns stderr.
#[track_caller]
fn refused(words: &[&str], change: impl FnOnce(Run) -> Run) -> String {
    let fake = FakeBedrock::start();
    let ran = change(batch(&fake, words)).run();
    assert_eq!((ran.stdout_text(), ran.exit(), fake.requests().len()), ("", Some(2), 0), "{ran}");
    assert!(!ran.home.here().join("out.jsonl").exists(), "{ran}");
    let stderr = ran.home.redact(ran.stderr_text());
    stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

/// Runs, and returns the requests in the order of their prompts.
#[track_caller]
fn sent(words: &[&str], change: impl FnOnce(Run) -> Run) -> (Vec<String>, Ran) {
    let fake = FakeBedrock::start().answering(|request| converse().text([request.prompt()]));
    let ran = change(batch(&fake, words)).run();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let requests = fake.requests();
    let bodies = requests.iter().map(|request| String::from_utf8_lossy(&request.body).into_owned());
    (bodies.collect(), ran)
}

/// Returns the body of a request with this prompt and system prompt.
fn body(prompt: &str, system: Option<&str>, max_tokens: i32) -> Value {
    let mut body = json!({
        "messages": [{"role": "user", "content": [{"text": prompt}]}],
        "inferenceConfig": {"maxTokens": max_tokens},
    });
    if let Some(system) = system {
        body["system"] = json!([{"text": system}]);
    }
    body
}

#[track_caller]
fn assert_bodies(found: &[String], expected: &[Value]) {
    let found: Vec<Value> = found.iter().map(|body| serde_json::from_str(body).unwrap()).collect();
    assert_eq!(found, expected);
}

/// Returns the IDs of the results.
fn ids(ran: &Ran) -> Vec<String> {
    let lines = ran.home.read_here("out.jsonl");
    let results = lines.lines().map(|line| serde_json::from_str::<Value>(line).unwrap());
    results.map(|result| result["recordId"].as_str().unwrap().to_owned()).collect()
}

#[test]
fn all_faults_are_reported_before_anything_is_sent() {
    let lines = "{\"prompt\":\"a\",\"recordId\":\"1\"}\n{\"promt\":\"a\"}\n\n{\"prompt\":\"b\",\"recordId\":\"1\"}\n{\"prompt\":\"c\",}\n";
    insta::assert_snapshot!(refused(&["in.jsonl"], |run| run.file_here("in.jsonl", lines)), @"
    error: `in.jsonl` has 3 faults
    cause: line 2: `promt` is not a member of a record (did you mean `prompt`?)
    cause: line 4: its `recordId` is that of line 1
    cause: line 5: it is not JSON: column 15: trailing comma
    ");
    let many = (1..=1000).fold(String::new(), |lines, number| lines + &format!("{{\"prompt\":{number}}}\n"));
    let error = refused(&["in.jsonl"], |run| run.file_here("in.jsonl", many));
    assert!(error.starts_with("error: `in.jsonl` has 1000 faults\n"), "{error}");
    assert!(error.contains("line 20: `prompt` must be text\n") && error.ends_with("and 980 more"), "{error}");
}

#[test]
fn an_option_of_the_request_stands_beside_no_model_input() {
    let lines = "{\"prompt\":\"a\"}\n{\"modelInput\":{\"messages\":[]}}\n";
    for option in [
        "-s=x",
        "--max-tokens=5",
        "--temperature=0.5",
        "--top-p=0.5",
        "--stop=x",
        "--cache",
        "--think",
        "--tier=flex",
        "--metadata=a=b",
        "--field={\"a\":1}",
        "--guardrail=abc:1",
        "--schema=a",
    ] {
        let error = refused(&["in.jsonl", option], |run| run.file_here("in.jsonl", lines));
        let name = if option == "-s=x" { "--system" } else { option.split('=').next().unwrap() };
        let expected =
            format!("error: `in.jsonl`, line 2: `{name}` cannot be used with `modelInput`, which is sent as it is");
        assert_eq!(error, expected);
    }
}

#[test]
fn what_cannot_be_read_is_refused() {
    for (words, expected) in [
        (&["none.jsonl"][..], "error: cannot read `none.jsonl`"),
        (&["."], "error: the form of `.` is not known by its name"),
        (&[".", "--input-form", "lines"], "error: `.` is a folder"),
        (&["in"], "error: the form of `in` is not known by its name\nhint: --input-form jsonl, csv or lines"),
        (&["in", "--input-form", "jsonl"], "error: `in` has no records"),
        (&["in", "--input-form", "lines", "--var", "a=b"], "error: `--var` has no effect without `--template`"),
        (&["-"], "error: stdin has no records"),
    ] {
        let error = refused(words, |run| run.file_here("in", "\n\r\n").stdin(""));
        assert!(error.starts_with(expected), "{words:?}\n{error}");
    }
}

#[cfg(unix)]
#[test]
fn a_terminal_is_no_input() {
    let fake = FakeBedrock::start();
    let ran = batch(&fake, &["-"]).terminal([Stream::Stdin]).run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("stdin is a terminal, and the input `-` is read from it"), "{ran}");
}

#[test]
fn each_form_makes_the_requests_of_ask() {
    let jsonl = "{\"recordId\":\"a\",\"prompt\":\"x\",\"system\":\"S\",\"maxTokens\":7}\r\n\r\n{\"prompt\":\"y\"}";
    let (bodies, ran) = sent(&["in.ndjson"], |run| run.file_here("in.ndjson", jsonl));
    assert_bodies(&bodies, &[body("x", Some("S"), 7), body("y", None, 50)]);
    assert_eq!(ids(&ran), ["a", "000000003"]);
    let csv = "prompt,recordId,maxTokens\r\n\"x,\r\n\"\"y\"\"\",b,7\r\nz,c,\r\n";
    let (bodies, ran) = sent(&["in.csv", "-s", "S"], |run| run.file_here("in.csv", csv));
    assert_bodies(&bodies, &[body("x,\r\n\"y\"", Some("S"), 7), body("z", Some("S"), 50)]);
    assert_eq!(ids(&ran), ["b", "c"]);
    let (bodies, ran) = sent(&["-", "--input-form", "lines"], |run| run.stdin("x \n\n{\"y\"}"));
    assert_bodies(&bodies, &[body("x ", None, 50), body("{\"y\"}", None, 50)]);
    assert_eq!(ids(&ran), ["000000001", "000000003"]);
}

#[cfg(unix)]
#[test]
fn what_is_no_regular_file_is_read_as_stdin_is() {
    let (bodies, ran) = sent(&["/dev/stdin", "--input-form", "jsonl"], |run| run.stdin("\n{\"prompt\":\"x\"}\n"));
    assert_bodies(&bodies, &[body("x", None, 50)]);
    assert_eq!(ids(&ran), ["000000002"]);
}

#[test]
fn columns_are_the_variables_of_a_template() {
    let template = "system: Speak {{language}}.\nprompt: \"{{greeting}} {{name}}\"\nmax_tokens: 9\n";
    let with = |run: Run| run.file_here("t.yaml", template);
    let csv = "name,language,recordId\nA,Latin,a\n{{B}},Greek,b\n";
    let words = ["in.csv", "-t", "./t.yaml", "--var", "greeting=Hi"];
    let (bodies, ran) = sent(&words, |run| with(run).file_here("in.csv", csv));
    assert_bodies(&bodies, &[body("Hi A", Some("Speak Latin."), 9), body("Hi {{B}}", Some("Speak Greek."), 9)]);
    assert_eq!(ids(&ran), ["a", "b"]);
    let error = refused(&words, |run| with(run).file_here("in.csv", csv.replace("language", "tongue")));
    insta::assert_snapshot!(error, @"
    error: `in.csv`, line 1: the header has the column `tongue`, which the template `./t.yaml` does not use
    hint: its variables are `language`, `name`
    ");
    let lines = refused(&["in.txt", "-t", "./t.yaml"], |run| with(run).file_here("in.txt", "x\n"));
    insta::assert_snapshot!(lines, @"
    error: the template `./t.yaml` has variables without a value: `greeting`, `language`, `name`
    hint: add --var greeting=VALUE --var language=VALUE --var name=VALUE
    hint: a column of an input in CSV gives each record its own value
    ");
}

#[test]
fn a_run_does_not_go_on_with_another_template() {
    let fake = FakeBedrock::start().answering(|request| converse().text([request.prompt()]));
    let home = Home::new();
    let run = |words: &[&str], template: &str| {
        let words = [&["in.csv", "-t", "./t.yaml"], words].concat();
        batch(&fake, &words).home(&home).file_here("in.csv", "a\nx\n").file_here("t.yaml", template).run()
    };
    let first = run(&[], "prompt: \"First {{a}}\"\n");
    assert_eq!((first.exit(), fake.requests().len()), (Some(0), 1), "{first}");
    let other = run(&["--resume"], "prompt: \"Second {{a}}\"\n");
    assert_eq!((other.exit(), fake.requests().len()), (Some(2), 1), "{other}");
    let same = run(&["--resume"], "prompt: \"First {{a}}\"\n");
    assert_eq!((same.exit(), fake.requests().len()), (Some(0), 1), "{same}");
}

#[test]
fn lines_and_prompts_are_the_input_of_a_template() {
    for (name, input) in [("in.txt", "x\ny\n"), ("in.jsonl", "{\"prompt\":\"x\"}\n{\"prompt\":\"y\"}\n")] {
        let (bodies, _) = sent(&[name, "-t", "./t.yaml"], |run| {
            run.file_here("t.yaml", "prompt: \"Translate: {{input}}\"\n").file_here(name, input)
        });
        assert_bodies(&bodies, &[body("Translate: x", None, 50), body("Translate: y", None, 50)]);
    }
}

#[test]
fn records_on_stdin_are_sent_as_they_arrive_and_checked_then() {
    let fake = FakeBedrock::start().answering(|request| converse().text([request.prompt()]));
    let lines = "{\"prompt\":\"a\",\"recordId\":\"1\"}\n{\"prompt\":\"b\",\"recordId\":\"1\"}\n";
    let ran = batch(&fake, &["-"]).stdin(lines).run();
    // Exit code 2 would mean that nothing was sent.
    assert_eq!((ran.exit(), fake.requests().len()), (Some(1), 1), "{ran}");
    assert!(ran.stderr_text().contains("stdin, line 2: its `recordId` is that of line 1"), "{ran}");
    assert!(ran.stderr_text().contains("cause: 1 record has a result"), "{ran}");
    let first = refused(&["-"], |run| run.stdin("{\n"));
    assert!(
        first.starts_with("error: stdin, line 1: it is not JSON: column 1: EOF while parsing an object"),
        "{first}"
    );
}

#[test]
fn what_only_a_printed_response_has_is_refused() {
    for command in ["run", "submit", "plan"] {
        let mut words = vec!["batch", command, "in.jsonl", "--show-thinking", "-m", "nova-lite"];
        match command {
            "run" => words.extend(["-o", "out.jsonl"]),
            "submit" => words.extend(["--s3", "s3://bucket/in", "--role", "arn:aws:iam::111122223333:role/batch"]),
            _ => {}
        }
        let ran =
            bedrock_ask(words).env("AWS_REGION", "eu-central-1").file_here("in.jsonl", "{\"prompt\":\"x\"}\n").run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        assert!(ran.stderr_text().starts_with("error: `--show-thinking` has no effect on `batch`\n"), "{ran}");
        let help = bedrock_ask(["batch", command, "--help"]).run();
        assert!(!help.stdout_text().contains("--show-thinking"), "{help}");
        assert!(help.stdout_text().contains("the columns are the members of a record"), "{help}");
    }
}
