//! `-x/--extract`: the first fenced code block of a complete response, or nothing and exit code 7.

use super::*;

const MARKDOWN: [&str; 3] = ["Run:\n\n```sh\nls", " -l\n```\n\nor\n\n~~~python\nprint()\n", "~~~\n"];

#[test]
fn the_code_of_one_block_is_printed_and_nothing_else() {
    let fake = FakeBedrock::start();
    for (flag, code) in [("-x", "ls -l\n"), ("-x=python", "print()\n"), ("--extract=Python", "print()\n")] {
        for (expected, more) in [(converse_stream(), &[][..]), (converse(), &["--no-stream"])] {
            fake.expect(expected.text(MARKDOWN));
            let ran = ask(&fake, [flag, "hi"].iter().chain(more).copied()).run();
            assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (code, "", Some(0)), "{ran}");
        }
    }
}

#[test]
fn a_response_without_the_block_goes_to_stderr_whole() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(MARKDOWN));
    insta::assert_snapshot!(ask(&fake, ["-x=rust", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    Run:

    ```sh
    ls -l
    ```

    or

    ~~~python
    print()
    ~~~

    error: the response has no fenced code block in `rust`
    cause: its code blocks are in `sh`, `python`
    ----- exit 7 -----
    ");
    fake.expect(converse_stream().text(["```sh\nls"]).stop_reason("max_tokens"));
    insta::assert_snapshot!(ask(&fake, ["-x", "--max-tokens", "5", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    ```sh
    ls
    error: the code block in the response does not end
    ----- exit 7 -----
    ");
    fake.expect(converse_stream().text(MARKDOWN).stop_reason("content_filtered"));
    let ran = ask(&fake, ["-x", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
    assert!(ran.stderr_text().starts_with(&MARKDOWN.concat()), "{ran}");
    fake.expect(converse_stream().text(["half ", "an answer"]).ends(Ending::WithoutStop));
    let ran = ask(&fake, ["-x", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
    assert!(ran.stderr_text().starts_with("half an answer\nerror: "), "{ran}");
}

#[test]
fn a_file_gets_the_block_or_stays_as_it_is_and_the_response_is_kept_beside_it() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(MARKDOWN));
    let ran = ask(&fake, ["-x", "-o", "run.sh", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("", "", Some(0)), "{ran}");
    assert_eq!(ran.home.read_here("run.sh"), "ls -l\n");
    for expected in
        [converse_stream().text(["no code"]), converse_stream().text(["no ", "code"]).ends(Ending::WithoutStop)]
    {
        fake.expect(expected);
        let ran = ask(&fake, ["-x", "-o", "run.sh", "hi"]).home(&ran.home).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(7)), "{ran}");
        assert_eq!(ran.home.read_here("run.sh"), "ls -l\n");
        assert_eq!(ran.home.read_here("run.sh.partial"), "no code");
    }
}

#[test]
fn the_object_has_the_block_beside_the_response() {
    let fake = FakeBedrock::start();
    for (flag, extracted, exit) in [("-x=sh", serde_json::json!("ls -l\n"), 0), ("-x=go", serde_json::Value::Null, 7)] {
        fake.expect(converse_stream().text(MARKDOWN));
        let ran = ask(&fake, [flag, "--format", "json", "hi"]).run();
        let object: serde_json::Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!((&object["extracted"], ran.exit()), (&extracted, Some(exit)), "{ran}");
        assert_eq!(object["output"]["message"]["content"][0]["text"], MARKDOWN.concat());
        assert_eq!(object["error"].is_null(), exit == 0);
    }
}

#[test]
fn a_language_that_stands_apart_from_the_flag_is_no_part_of_the_prompt() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(ask(&fake, ["-x", "python", "print hello"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `python` is the first word of the prompt, and `--extract` takes its value after `=`

     hint: --extract=python
     hint: quote the whole prompt if the word belongs to it
    ----- exit 2 -----
    ");
    assert!(fake.requests().is_empty());
    // A prompt may be about a language, or begin with another word.
    for words in [&["-x", "python"][..], &["-x", "python in one line"], &["-x", "write", "python"]] {
        fake.expect(converse_stream().text(MARKDOWN));
        assert_eq!(ask(&fake, words.iter().copied()).run().exit(), Some(0));
    }
}
