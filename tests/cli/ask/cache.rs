//! `--cache`: where the cache points stand, what is reported of the cache, and models that refuse it.

use serde_json::{Value, json};

use super::*;
use crate::harness::Home;

const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3";

/// Returns the system prompt and the content of the only message that is sent.
#[track_caller]
fn sent(words: &[&str], files: &[(&str, &[u8])]) -> (Value, Value) {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().cached(0, 2000));
    let run = files.iter().fold(ask(&fake, words.iter().copied()), |run, (name, bytes)| run.file_here(name, bytes));
    let ran = run.run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)), "{ran}");
    let body = fake.requests()[0].json();
    (body["system"].clone(), body["messages"][0]["content"].clone())
}

/// Returns the kinds of the blocks.
fn kinds(content: &Value) -> Vec<&str> {
    let blocks = content.as_array().into_iter().flatten();
    blocks.filter_map(|block| block.as_object()?.keys().next().map(String::as_str)).collect()
}

#[test]
fn cache_points_stand_behind_the_system_prompt_and_the_attachments() {
    let files: &[(&str, &[u8])] = &[("a.pdf", PDF)];
    for (flag, point) in [
        ("--cache", json!({"cachePoint": {"type": "default"}})),
        ("--cache=5m", json!({"cachePoint": {"type": "default"}})),
        ("--cache=1h", json!({"cachePoint": {"type": "default", "ttl": "1h"}})),
    ] {
        let (system, content) = sent(&[flag, "-s", "Be brief", "-a", "a.pdf", "hi"], files);
        assert_eq!(system, json!([{"text": "Be brief"}, point]));
        assert_eq!(kinds(&content), ["document", "cachePoint", "text"]);
        assert_eq!(content[1], point);
    }
    let (system, content) = sent(&["--cache", "-s", "Be brief", "hi"], &[]);
    assert_eq!(kinds(&system), ["text", "cachePoint"]);
    assert_eq!(kinds(&content), ["text"]);
    let (system, content) = sent(&["--cache", "-a", "a.pdf", "hi"], files);
    assert_eq!(system, Value::Null);
    assert_eq!(kinds(&content), ["document", "cachePoint", "text"]);
}

#[test]
fn a_text_stands_between_a_document_that_is_not_a_pdf_and_the_cache_point() {
    let files: &[(&str, &[u8])] =
        &[("a.csv", b"a,b\n"), ("b.pdf", PDF), ("c.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), ("d.log", b"x\n")];
    let (_, content) = sent(&["--cache", "-a", "a.csv", "hi"], files);
    assert_eq!(kinds(&content), ["document", "text", "cachePoint", "text"]);
    assert_eq!(content[1], json!({"text": "End of the attachments."}));
    let (_, content) = sent(&["--cache", "-a", "a.csv", "-a", "b.pdf", "hi"], files);
    assert_eq!(kinds(&content), ["document", "document", "cachePoint", "text"], "the PDF is the last one");
    let (_, content) = sent(&["--cache", "-a", "b.pdf", "-a", "a.csv", "hi"], files);
    assert_eq!(kinds(&content), ["document", "document", "text", "cachePoint", "text"]);
    for other in ["c.png", "d.log"] {
        let (_, content) = sent(&["--cache", "-a", "a.csv", "-a", other, "hi"], files);
        assert_eq!(kinds(&content)[2..], ["cachePoint", "text"], "{other}");
    }
    let (_, content) = sent(&["--cache", "-a", "s3://bucket/a.docx", "hi"], files);
    assert_eq!(kinds(&content), ["document", "text", "cachePoint", "text"]);
}

#[test]
fn with_nothing_to_cache_nothing_is_sent() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["--cache", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: there is nothing to cache: no system prompt and no attachments
    cause: `--cache` caches what stands before the prompt
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(ask(&fake, ["-s", "Be brief", "--cache", "1h", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `1h` is the first word of the prompt, and `--cache` takes its value after `=`

     hint: --cache=1h
     hint: quote the whole prompt if the word belongs to it
    ----- exit 2 -----
    ");
    for words in [["--cache=2h", "hi"], ["--cache=", "hi"]] {
        let ran = ask(&fake, words).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    }
}

#[test]
fn usage_tells_whether_the_cache_was_hit() {
    let fake = FakeBedrock::start();
    for (read, written) in [(0, 1798), (1798, 0), (1500, 20)] {
        fake.expect(converse_stream().tokens(3, 392).cached(read, written));
    }
    let usage = || {
        let ran = ask(&fake, ["--cache", "--usage", "-s", "Be brief", "hi"]).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        ran.stderr_text().to_owned()
    };
    insta::assert_snapshot!(usage(), @"usage: 3 input + 1798 written to the cache + 392 output = 2193 tokens, cost ?, 321 ms, eu.amazon.nova-2-lite-v1:0 from eu-central-1");
    insta::assert_snapshot!(usage(), @"usage: 3 input + 1798 read from the cache + 392 output = 2193 tokens, cost ?, 321 ms, eu.amazon.nova-2-lite-v1:0 from eu-central-1");
    insta::assert_snapshot!(usage(), @"usage: 3 input + 1500 read from the cache + 20 written to the cache + 392 output = 1915 tokens, cost ?, 321 ms, eu.amazon.nova-2-lite-v1:0 from eu-central-1");
    fake.expect(converse_stream().tokens(3, 392).cached(1798, 0));
    let ran = ask(&fake, ["--cache", "--format", "json", "-s", "Be brief", "hi"]).run();
    let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
    let usage = &object["usage"];
    assert_eq!((&usage["cacheReadInputTokens"], &usage["cacheWriteInputTokens"]), (&json!(1798), &json!(0)));
}

#[test]
fn a_note_tells_that_nothing_was_cached() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().cached(0, 0));
    insta::assert_snapshot!(ask(&fake, ["--cache", "-s", "Be brief", "hi"]).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: nothing was cached: most models need 1,024 to 4,096 tokens of system prompt and attachments
    ----- exit 0 -----
    ");
    fake.expect(converse_stream());
    let ran = ask(&fake, ["--cache", "-s", "Be brief", "hi"]).run();
    assert!(ran.stderr_text().starts_with("note: nothing was cached"), "{ran}");
}

#[test]
fn a_model_that_refuses_caching_is_asked_without_it_and_remembered() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let words = ["-m", "openai.gpt-oss-20b-1:0", "--cache", "-s", "Be brief", "-a", "a.log", "hi"];
    for _ in 0..3 {
        fake.expect(converse_stream());
    }
    let run = || ask(&fake, words).home(&home).file_here("a.log", "x\n").run();
    insta::assert_snapshot!(run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `openai.gpt-oss-20b-1:0` does not accept `--cache`; sending without it
    ----- exit 0 -----
    ");
    assert_eq!(fake.requests().len(), 2);
    let body = fake.requests()[1].json();
    assert_eq!(kinds(&body["system"]), ["text"]);
    assert_eq!(kinds(&body["messages"][0]["content"]), ["text", "text"]);
    let again = run();
    assert_eq!(fake.requests().len(), 3, "it is remembered");
    assert!(again.stderr_text().contains("does not accept `--cache`"), "{again}");
}

#[test]
fn a_refusal_of_caching_is_an_error_where_repair_is_not_wanted() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let words = ["-m", "openai.gpt-oss-20b-1:0", "--no-repair", "--cache", "-s", "Be brief", "hi"];
    insta::assert_snapshot!(ask(&fake, words).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `openai.gpt-oss-20b-1:0` does not support prompt caching
      aws: AccessDeniedException: You invoked an unsupported model or your request did not allow prompt caching. See the documentation for more information.
      aws: request ID: 00000000-0000-4000-8000-000000000001
    cause: the problem is the request, not a missing permission

     hint: leave out the `cachePoint` blocks, which `--cache` adds
    ----- exit 1 -----
    ");
}

#[test]
fn a_conversation_is_cached_to_its_end_and_keeps_no_cache_point() {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let run = |words: &[&str]| {
        fake.expect(converse_stream().cached(0, 2000));
        let run = ask(&fake, words.iter().copied()).home(&home).file_here("a.pdf", PDF);
        let ran = run.env("BEDROCK_ASK_HISTORY", "always").run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        fake.requests().last().unwrap().json()
    };
    run(&["--cache=1h", "-s", "Be brief", "-a", "a.pdf", "hi"]);
    let body = run(&["-c", "--cache", "more"]);
    assert_eq!(kinds(&body["system"]), ["text", "cachePoint"]);
    let contents: Vec<_> = (0..3).map(|at| kinds(&body["messages"][at]["content"])).collect();
    assert_eq!(contents, [vec!["document", "text"], vec!["text"], vec!["text", "cachePoint"]]);
    let body = run(&["-c", "even more"]);
    assert!(!body.to_string().contains("cachePoint"), "{body}");
}
