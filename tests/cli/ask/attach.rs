//! `--attach`: what is sent of files, globs, stdin and S3, and what is refused before anything is sent.

use aws_smithy_types::base64;
use serde_json::{Value, json};

use super::*;

const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
const PDF: &[u8] = b"%PDF-1.7\n%\xe2\xe3\xcf\xd3";
const MP4: &[u8] = b"\0\0\0\x18ftypisom\0\0\0\0";
const MP3: &[u8] = b"ID3\x04\0\0\0\0\0\0";

/// Returns the content blocks of the only request, after a run that succeeds.
#[track_caller]
fn content_of(run: impl FnOnce(&FakeBedrock) -> Run) -> Value {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let ran = run(&fake).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("Hello from Bedrock.\n", "", Some(0)), "{ran}");
    fake.requests()[0].json()["messages"][0]["content"].clone()
}

/// Runs what must be a usage error that sends nothing, and returns stderr without empty lines and indentation.
#[track_caller]
fn usage_error(run: impl FnOnce(&FakeBedrock) -> Run) -> String {
    let fake = FakeBedrock::start();
    let ran = run(&fake).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    let stderr = ran.home.redact(ran.stderr_text());
    stderr.lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join("\n")
}

fn bytes(bytes: &[u8]) -> Value {
    json!({ "bytes": base64::encode(bytes) })
}

#[test]
fn attachments_stand_before_the_prompt_by_kind() {
    let content = content_of(|fake| {
        let words = "-a log.json -a song.mp3 -a clip -a shot.jpg -a my_report.pdf -a data.csv -a notes What is this?";
        let run = ask(fake, words.split(' ')).argument("--attachment").argument("data.csv");
        run.file_here("log.json", "{\"a\":1}\n")
            .file_here("song.mp3", MP3)
            .file_here("clip", MP4)
            .file_here("shot.jpg", PNG)
            .file_here("my_report.pdf", PDF)
            .file_here("data.csv", "a,b\n")
            .file_here("notes", "grüße")
    });
    assert_eq!(
        content,
        json!([
            {"document": {"format": "pdf", "name": "my-report", "source": bytes(PDF)}},
            {"document": {"format": "csv", "name": "data", "source": bytes(b"a,b\n")}},
            {"document": {"format": "csv", "name": "data (2)", "source": bytes(b"a,b\n")}},
            {"image": {"format": "png", "source": bytes(PNG)}},
            {"video": {"format": "mp4", "source": bytes(MP4)}},
            {"audio": {"format": "mp3", "source": bytes(MP3)}},
            {"text": "log.json:\n\n{\"a\":1}\n"},
            {"text": "notes:\n\ngrüße"},
            {"text": "What is this?"},
        ])
    );
}

#[test]
fn an_object_in_s3_is_named_and_not_read() {
    let content = content_of(|fake| {
        let words = ["-a", "s3://bucket/a/Report 1.PDF", "-a", "s3://bucket/clip.3gp", "-a", "s3://bucket/x.jpg", "hi"];
        ask(fake, words)
    });
    let at = |uri: &str| json!({"s3Location": {"uri": uri}});
    assert_eq!(
        content,
        json!([
            {"document": {"format": "pdf", "name": "Report 1", "source": at("s3://bucket/a/Report 1.PDF")}},
            {"image": {"format": "jpeg", "source": at("s3://bucket/x.jpg")}},
            {"video": {"format": "three_gp", "source": at("s3://bucket/clip.3gp")}},
            {"text": "hi"},
        ])
    );
    for uri in ["s3://", "s3://bucket", "s3://bucket/", "s3:///key", "s3://bucket/folder/"] {
        let refused = usage_error(|fake| ask(fake, ["-a", uri, "hi"]));
        assert!(refused.starts_with(&format!("error: `{uri}` does not name an object in S3\n")), "{refused}");
    }
    let refused = usage_error(|fake| ask(fake, ["-a", "s3://bucket/code.rs", "hi"]));
    assert!(
        refused.starts_with(
            "error: the type of `s3://bucket/code.rs` is not known\ncause: the type of an object in S3 is taken"
        ),
        "{refused}"
    );
}

#[test]
fn stdin_is_attached_by_its_name_or_by_what_it_holds() {
    let image = json!([{"image": {"format": "png", "source": bytes(PNG)}}, {"text": "What is it?"}]);
    let named = content_of(|fake| ask(fake, ["-a", "-", "What is it?"]).stdin(PNG));
    let piped = content_of(|fake| ask(fake, ["What is it?"]).stdin(PNG));
    let from_a_file = content_of(|fake| ask(fake, ["What is it?"]).file("shot", PNG).stdin_file("shot"));
    let with_hyphen = content_of(|fake| ask(fake, ["What is it?", "-"]).stdin(PNG));
    assert_eq!([&named, &piped, &from_a_file, &with_hyphen], [&image; 4]);
    let document = content_of(|fake| ask(fake, ["-a", "-", "Sum up"]).stdin(PDF));
    assert_eq!(document[0]["document"]["name"], "stdin");
    let text = content_of(|fake| ask(fake, ["-a", "-", "Sum up"]).stdin("a text"));
    assert_eq!(text, json!([{"text": "stdin:\n\na text"}, {"text": "Sum up"}]));
    // What is text stays a part of the prompt.
    let text = content_of(|fake| ask(fake, ["Sum up"]).stdin("%PDF- is how a PDF begins"));
    assert_eq!(text, json!([{"text": "Sum up\n\n%PDF- is how a PDF begins"}]));
    // An image may be larger than any text.
    let large = [PNG, &vec![7; 11_000_000]].concat();
    let content = content_of(|fake| ask(fake, ["What is it?"]).stdin(large.clone()));
    assert_eq!(content[0]["image"]["source"], bytes(&large));
}

#[test]
fn stdin_is_read_once_and_only_if_there_is_one() {
    for words in [&["-a", "-", "-a", "-", "hi"][..], &["-a", "-", "hi", "-"]] {
        let refused = usage_error(|fake| ask(fake, words.iter().copied()).stdin(PNG));
        assert_eq!(refused, "error: stdin is named more than once, but can be read only once", "{words:?}");
    }
    let refused = usage_error(|fake| ask(fake, ["--no-stdin", "-a", "-", "hi"]).stdin(PNG));
    assert_eq!(refused, "error: `--attach -` cannot be used with `--no-stdin`");
    let refused = usage_error(|fake| ask(fake, ["-a", "-", "hi"]).stdin(""));
    assert_eq!(refused, "error: stdin is empty");
    let refused = usage_error(|fake| ask(fake, ["-a", "-"]).stdin(PNG));
    assert_eq!(refused, "error: the prompt is empty\nhint: bedrock-ask \"your question\"");
    let refused = usage_error(|fake| ask(fake, []).stdin(PNG));
    assert!(refused.starts_with("error: the prompt is empty, and stdin is an image\n"), "{refused}");
}

#[cfg(unix)]
#[test]
fn a_terminal_is_no_attachment() {
    let fake = FakeBedrock::start();
    let ran = ask(&fake, ["-a", "-", "hi"]).terminal([Stream::Stdin]).run();
    insta::assert_snapshot!(ran, @r#"
    ----- stdout -----
    ----- stderr -----
    error: stdin is a terminal, and `--attach -` reads it

     hint: bedrock-ask -a - "your question" < FILE
    ----- exit 2 -----
    "#);
}

// Windows writes these paths with backslashes.
#[cfg(unix)]
#[test]
fn a_glob_attaches_what_it_matches_in_order_and_says_what_it_leaves_out() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    let run = ask(&fake, ["-a", "shots/*", "Compare"]);
    let run = run.file_here("shots/b.png", PNG).file_here("shots/a.rs", "fn main() {}").file_here("shots/.hidden", "x");
    let ran = run.file_here("shots/old/c.png", PNG).file_here("[1].txt", "one").run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: `shots/old` is a folder, and is not attached
    ----- exit 0 -----
    ");
    let content = fake.requests()[0].json()["messages"][0]["content"].clone();
    assert_eq!(content[0]["image"]["source"], bytes(PNG));
    assert_eq!(content[1], json!({"text": "shots/a.rs:\n\nfn main() {}"}));
    assert_eq!(content[2], json!({"text": "Compare"}));
    let refused = usage_error(|fake| ask(fake, ["-a", "*.png", "hi"]).file_here("a.jpg", PNG));
    assert_eq!(refused, "error: no file matches `*.png`");
    let refused = usage_error(|fake| ask(fake, ["-a", "~/shots/*.png", "hi"]));
    assert!(
        refused.ends_with("hint: the shell does not expand `~` in quotes: `-a \"$HOME/shots/*.png\"`"),
        "{refused}"
    );
    let refused = usage_error(|fake| ask(fake, ["-a", "a**b", "hi"]));
    assert!(refused.starts_with("error: `a**b` is not a valid glob\ncause: "), "{refused}");
    // A file that is there is no glob.
    let content = content_of(|fake| ask(fake, ["-a", "[1].txt", "hi"]).file_here("[1].txt", "one"));
    assert_eq!(content[0]["document"]["name"], "[1]");
}

#[cfg(unix)]
#[test]
fn a_glob_follows_no_link_out_of_its_folder() {
    let home = crate::harness::Home::new();
    home.write_here("secret/key.txt", b"secret");
    home.write_here("shots/a.txt", b"a");
    std::os::unix::fs::symlink("../secret/key.txt", home.here().join("shots/b.txt")).unwrap();
    std::os::unix::fs::symlink("../secret", home.here().join("shots/folder")).unwrap();
    for pattern in ["shots/*.txt", "shots/*/*.txt", "shots/**/*.txt"] {
        let refused = usage_error(|fake| ask(fake, ["-a", pattern, "hi"]).home(&home));
        assert!(refused.contains("` is a link out of `shots`\ncause: a glob does not follow links"), "{refused}");
    }
    // A link within the folder is followed, and one that is named too; one to the folder itself finds nothing new.
    std::os::unix::fs::symlink(".", home.here().join("shots/again")).unwrap();
    std::fs::remove_file(home.here().join("shots/b.txt")).unwrap();
    std::fs::remove_file(home.here().join("shots/folder")).unwrap();
    std::os::unix::fs::symlink("a.txt", home.here().join("shots/c.txt")).unwrap();
    std::os::unix::fs::symlink("secret/key.txt", home.here().join("named.txt")).unwrap();
    let content = content_of(|fake| ask(fake, ["-a", "shots/**/*.txt", "-a", "named.txt", "hi"]).home(&home));
    assert_eq!(content.as_array().unwrap().len(), 4, "{content}");
}

#[test]
fn a_bare_word_that_names_a_file_is_an_unquoted_glob() {
    let refused = usage_error(|fake| {
        ask(fake, ["-a", "a.png", "b.png", "Compare"]).file_here("a.png", PNG).file_here("b.png", PNG)
    });
    insta::assert_snapshot!(refused, @r"
    error: `b.png` in the prompt is the name of a file
    hint: repeat `--attach` for each file: `--attach A --attach B`
    hint: quote the whole prompt if the name belongs to it
    ");
}

#[test]
fn what_cannot_be_attached_says_why() {
    for (value, content, error) in [
        ("missing.png", None, "error: cannot read `missing.png`\ncause: No such file or directory (os error 2)"),
        ("empty.png", Some(&b""[..]), "error: `empty.png` is empty"),
        ("blank.rs", Some(b" \n"), "error: `blank.rs` is empty"),
        (
            "text.png",
            Some(b"Not found"),
            "error: `text.png` is text, but its extension is that of an image\nhint: rename the file if the text is meant",
        ),
        (
            "a.exe",
            Some(b"MZ\x90\0\x03\0\0\0"),
            "error: `a.exe` is not of a type that is accepted\ncause: accepted types: images (png,",
        ),
        (
            "a.tiff",
            Some(b"II*\0\x08\0\0\0"),
            "error: `a.tiff` is not of a type that is accepted\ncause: accepted types: images (png,",
        ),
        (
            "latin.txt",
            Some(b"gr\xfc\xdfe"),
            "error: `latin.txt` is not of a type that is accepted\ncause: accepted types:",
        ),
        (
            "https://example.com/a.png",
            None,
            "error: `https://example.com/a.png` is a URL, and URLs are not fetched\nhint: curl -sSfL",
        ),
    ] {
        let refused = usage_error(|fake| {
            let run = ask(fake, ["-a", value, "hi"]);
            match content {
                Some(content) => run.file_here(value, content),
                None => run,
            }
        });
        assert!(refused.starts_with(error), "{refused}");
    }
    let refused = usage_error(|fake| ask(fake, ["-a", "latin.txt", "hi"]).file_here("latin.txt", b"gr\xfc\xdfe"));
    assert!(
        refused.ends_with(
            "cause: as text it is not UTF-8 at byte 3\nhint: convert text first: `iconv -f LATIN1 -t UTF-8`"
        )
    );
    let refused = usage_error(|fake| ask(fake, ["-a", "shots", "hi"]).file_here("shots/a.png", PNG));
    assert_eq!(refused, "error: `shots` is a folder\nhint: attach the files in it: `-a 'shots/*'`");
    let refused = usage_error(|fake| ask(fake, ["-a", "a.png"]).file_here("a.png", PNG));
    assert!(refused.starts_with("error: the prompt is empty"), "{refused}");
}

#[cfg(unix)]
#[test]
fn devices_and_pipes_end() {
    let refused = usage_error(|fake| ask(fake, ["-a", "/dev/zero", "hi"]));
    assert_eq!(refused, "error: `/dev/zero` is a device, and only files and pipes can be attached");
    let home = crate::harness::Home::new();
    let pipe = home.here().join("pipe");
    assert!(std::process::Command::new("mkfifo").arg(&pipe).status().unwrap().success());
    let refused = usage_error(|fake| ask(fake, ["-a", "pipe", "hi"]).home(&home));
    assert_eq!(
        refused,
        "error: cannot read `pipe`\ncause: it is a pipe, and nothing was written to it within 5 seconds"
    );
    let writer = std::thread::spawn(move || std::fs::write(pipe, PNG).unwrap());
    let content = content_of(|fake| ask(fake, ["-a", "pipe", "hi"]).home(&home));
    writer.join().unwrap();
    assert_eq!(content[0]["image"]["source"], bytes(PNG));
}

#[cfg(unix)]
#[test]
fn a_pipe_without_an_end_is_read_no_further_than_the_bound() {
    let script = "yes | \"$0\" -m amazon.nova-2-lite-v1:0 -a - hi";
    let run = crate::harness::program("/bin/sh", ["-c", script, env!("CARGO_BIN_EXE_bedrock-ask")]);
    let ran = run.env("AWS_REGION", "eu-central-1").credentials().run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().starts_with("error: stdin has more than 50 MB, which is more than any model"), "{ran}");
}

#[test]
fn more_than_any_model_takes_is_refused_one_file_or_together() {
    let large = [PDF, &vec![b'x'; 60_000_000]].concat();
    let refused = usage_error(|fake| ask(fake, ["-a", "a.pdf", "hi"]).file_here("a.pdf", &large));
    insta::assert_snapshot!(refused, @r"
    error: `a.pdf` has more than 50 MB, which is more than any model takes in one request
    hint: copy large files to S3: `-a s3://BUCKET/KEY`, which Amazon Nova reads
    ");
    let refused = usage_error(|fake| {
        let half = &large[..30_000_000];
        ask(fake, ["-a", "a.pdf", "-a", "b.pdf", "hi"]).file_here("a.pdf", half).file_here("b.pdf", half)
    });
    assert!(refused.starts_with("error: the attachments have more than 50 MB together, with `b.pdf`\n"), "{refused}");
}

#[test]
fn what_aws_always_refuses_of_documents_is_refused_before_anything_is_sent() {
    let six = usage_error(|fake| {
        let names = ["1.txt", "2.txt", "3.txt", "4.txt", "5.txt", "6.txt"];
        let run = ask(fake, ["-a", "*.txt", "hi"]);
        names.into_iter().fold(run, |run, name| run.file_here(name, name))
    });
    insta::assert_snapshot!(six, @r"
    error: 6 documents are attached, and Bedrock takes at most 5
    hint: `--file` adds the text of a file to the prompt, for any number of files
    ");
    let large = [PDF, &vec![b'x'; 5_000_000]].concat();
    let pdf = |model: &'static str, fake: &FakeBedrock| {
        ask(fake, ["-m", model, "--region", "us-east-1", "-a", "a.pdf", "hi"]).file_here("a.pdf", &large)
    };
    for model in ["amazon.nova-2-lite-v1:0", "anthropic.claude-haiku-4-5-20251001-v1:0"] {
        assert_eq!(content_of(|fake| pdf(model, fake))[0]["document"]["source"], bytes(&large), "{model}");
    }
    insta::assert_snapshot!(usage_error(|fake| pdf("openai.gpt-oss-20b-1:0", fake)), @"
    error: `a.pdf` has 5.1 MB, and Bedrock takes documents of at most 4.5 MB
    cause: `openai.gpt-oss-20b-1:0` does not accept larger ones
    hint: Claude 4 and later and Amazon Nova take larger PDFs: `-m claude-haiku-4.5`, `-m nova-2-lite`
    ");
    let csv = usage_error(|fake| ask(fake, ["-a", "a.csv", "hi"]).file_here("a.csv", vec![b'x'; 5_000_000]));
    assert_eq!(csv, "error: `a.csv` has 5.0 MB, and Bedrock takes documents of at most 4.5 MB");
}

#[test]
fn an_image_for_a_model_without_is_refused_with_one_that_takes_it() {
    let image = |words: &[&'static str], fake: &FakeBedrock| {
        ask(fake, words.iter().copied().chain(["-a", "a.png", "hi"])).file_here("a.png", PNG)
    };
    let refused = usage_error(|fake| image(&["-m", "openai.gpt-oss-20b-1:0"], fake));
    insta::assert_snapshot!(refused, @r"
    error: `openai.gpt-oss-20b-1:0` does not take an image as input
    cause: `a.png` is an image
    hint: use a model that can: `eu.amazon.nova-2-lite-v1:0`
    ");
    let refused = usage_error(|fake| {
        let words = ["-m", "anthropic.claude-haiku-4-5-20251001-v1:0", "-a", "s3://bucket/a.mp4", "hi"];
        ask(fake, words)
    });
    assert!(refused.contains(" does not take a video as input\ncause: `s3://bucket/a.mp4` is a video\n"), "{refused}");
    // A name that is not resolved is not known.
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(400, "ValidationException", "no"));
    assert_eq!(image(&["--no-resolve", "-m", "openai.gpt-oss-20b-1:0"], &fake).run().exit(), Some(1));
}

#[test]
fn cited_documents_are_sent_with_citations_and_the_sources_are_printed() {
    let fake = FakeBedrock::start();
    let event = |delta: Value| ("contentBlockDelta", json!({"contentBlockIndex": 0, "delta": delta}));
    let citation = json!({
        "title": "a",
        "sourceContent": [{"text": "Sales rose."}],
        "location": {"documentPage": {"documentIndex": 0, "start": 3, "end": 3}},
    });
    let events = vec![event(json!({"citation": citation})), ("messageStop", json!({"stopReason": "end_turn"}))];
    fake.expect(converse_stream().text(["They rose."]).ends(Ending::Events(events)));
    let run = ask(&fake, ["-q", "-a", "a.pdf", "-a", "b.txt", "--cite", "Did sales rise?"]);
    insta::assert_snapshot!(run.file_here("a.pdf", PDF).file_here("b.txt", "b").run(), @r#"
    ----- stdout -----
    They rose.
    ----- stderr -----
    source 1: a, page 3: "Sales rose."
    ----- exit 0 -----
    "#);
    let content = &fake.requests()[0].json()["messages"][0]["content"];
    let enabled = json!({"enabled": true});
    assert_eq!((&content[0]["document"]["citations"], &content[1]["document"]["citations"]), (&enabled, &enabled));
    fake.expect(converse_stream());
    let ran = ask(&fake, ["-a", "a.pdf", "--cite", "hi"]).file_here("a.pdf", PDF).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("note: the response has no citations\n", Some(0)));
    let refused = usage_error(|fake| ask(fake, ["--cite", "-a", "a.csv", "hi"]).file_here("a.csv", "a,b"));
    insta::assert_snapshot!(refused, @r"
    error: `a.csv` cannot be cited
    cause: it is of the format csv, and only PDF and txt can be cited
    hint: convert it to PDF or txt, or leave out `--cite`
    ");
    for words in [&["--cite", "hi"][..], &["--cite", "-a", "a.rs", "hi"]] {
        let refused = usage_error(|fake| ask(fake, words.iter().copied()).file_here("a.rs", "fn"));
        assert!(refused.starts_with("error: `--cite` has nothing to cite: no PDF or text document is"), "{refused}");
    }
}

#[test]
fn a_dry_run_shows_the_number_of_bytes_and_as_json_all_of_them() {
    let fake = FakeBedrock::start();
    let run = |words: &[&'static str]| {
        let words = words.iter().copied().chain(["--dry-run", "-a", "a.png", "say \"bytes\":\"x\""]);
        ask(&fake, words).file_here("a.png", PNG).run()
    };
    let text = run(&[]);
    let body = r#"{"messages":[{"role":"user","content":[{"image":{"format":"png","source":{"bytes":"<16 bytes>"}}},{"text":"say \"bytes\":\"x\""}]}]}"#;
    assert_eq!(text.stdout_text().lines().last(), Some(body), "{text}");
    let object: Value = serde_json::from_str(run(&["--format", "json"]).stdout_text()).unwrap();
    let whole = body.replace("<16 bytes>", &base64::encode(PNG));
    assert_eq!(object["body"], whole);
    fake.expect(converse_stream());
    ask(&fake, ["-a", "a.png", "say \"bytes\":\"x\""]).file_here("a.png", PNG).run();
    assert_eq!(String::from_utf8_lossy(&fake.requests()[0].body), whole);
}
