//! Conversations: which turns are saved, and the requests of those that continue one.

use std::fs;
use std::path::PathBuf;

use serde_json::{Value, json};

use super::*;
use crate::harness::Home;

const FOLDER: &str = ".local/state/bedrock-ask/history";
const NOVA_2: &str = "amazon.nova-2-lite-v1:0";

/// Returns the files of the history.
fn files(home: &Home) -> Vec<PathBuf> {
    let entries = fs::read_dir(home.path(FOLDER)).into_iter().flatten();
    entries.map(|entry| entry.unwrap().path()).collect()
}

/// Returns the turns of the only conversation.
#[track_caller]
fn turns(home: &Home) -> Vec<Value> {
    let [file] = &files(home)[..] else { panic!("{:?}", files(home)) };
    let text = fs::read_to_string(file).unwrap();
    assert!(text.ends_with('\n') || text.is_empty());
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

/// Returns the messages of a request, each as it was sent.
fn messages(request: &Request) -> Vec<String> {
    #[derive(serde::Deserialize)]
    struct Body {
        messages: Vec<Box<serde_json::value::RawValue>>,
    }
    let body: Body = serde_json::from_slice(&request.body).unwrap();
    body.messages.iter().map(|message| message.get().to_owned()).collect()
}

/// Returns a run that saves the turn by default, which is on a terminal.
fn by_default<'w>(fake: &FakeBedrock, home: &Home, words: impl IntoIterator<Item = &'w str>) -> Run {
    ask(fake, words).home(home).without_env("BEDROCK_ASK_HISTORY")
}

/// Returns a run that saves the turn wherever it runs.
fn saving<'w>(fake: &FakeBedrock, home: &Home, words: impl IntoIterator<Item = &'w str>) -> Run {
    ask(fake, words).home(home).env("BEDROCK_ASK_HISTORY", "always")
}

#[test]
fn the_earlier_messages_are_sent_again_byte_for_byte_with_their_attachments() {
    for words in [&["-c"][..], &["-c", "--no-stream"]] {
        let (fake, home) = (FakeBedrock::start(), Home::new());
        home.write_here("a b.pdf", b"%PDF-1.4\nx");
        home.write_here("c.png", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR");
        let expected = if words.len() > 1 { converse } else { converse_stream };
        fake.expect(converse_stream().text(["So ", "<it>\u{1f600}\n is"]));
        fake.expect(expected().text(["Two"]));
        fake.expect(expected().text(["Three"]));
        let first = saving(&fake, &home, ["-a", "a b.pdf", "-a", "c.png", "What </is> \"this\"?\u{e9}"]).run();
        assert_eq!(first.exit(), Some(0), "{first}");
        for prompt in ["two", "three"] {
            let ran = saving(&fake, &home, words.iter().copied().chain([prompt])).run();
            assert_eq!(ran.exit(), Some(0), "{ran}");
        }
        let sent: Vec<_> = fake.requests().iter().map(messages).collect();
        assert_eq!((sent[0].len(), sent[1].len(), sent[2].len()), (1, 3, 5));
        assert_eq!(sent[1][0], sent[0][0]);
        assert!(sent[0][0].contains(r#""bytes":"JVBERi0xLjQKeA=="#), "{}", sent[0][0]);
        assert_eq!(sent[1][1], r#"{"role":"assistant","content":[{"text":"So <it>😀\n is"}]}"#);
        assert_eq!(sent[2][..3], sent[1][..]);
        assert_eq!(sent[2][3], r#"{"role":"assistant","content":[{"text":"Two"}]}"#);
        assert_eq!(turns(&home).len(), 3);
    }
}

#[test]
fn a_turn_holds_what_was_sent_and_received_and_no_credentials() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect(converse_stream().reasoning("hmm").text(["Yes."]));
    let ran = saving(&fake, &home, ["-s", "Be brief", "hi"]).run();
    let [turn] = &turns(&home)[..] else { panic!("{ran}") };
    assert!(turn["time"].as_str().is_some_and(|time| time.len() == 20 && time.ends_with('Z')), "{turn}");
    let mut turn = turn.clone();
    turn.as_object_mut().unwrap().remove("time");
    let reasoning = json!({"reasoningContent": {"reasoningText": {"text": "hmm"}}});
    assert_eq!(
        turn,
        json!({
            "version": 1,
            "model": NOVA_2,
            "modelId": "eu.amazon.nova-2-lite-v1:0",
            "region": "eu-central-1",
            "system": "Be brief",
            "messages": [
                {"role": "user", "content": [{"text": "hi"}]},
                {"role": "assistant", "content": [reasoning, {"text": "Yes."}]},
            ],
            "usage": {"inputTokens": 7, "outputTokens": 3, "totalTokens": 10},
        })
    );
}

#[cfg(unix)]
#[test]
fn turns_are_saved_where_a_person_sees_them_and_ci_is_unset() {
    for (streams, variables, saved) in [
        (&[][..], &[][..], false),
        (&[Stream::Stdout], &[], true),
        (&[Stream::Stdin], &[], true),
        (&[Stream::Stderr], &[], false),
        (&[Stream::Stdout], &[("CI", "true")], false),
        (&[Stream::Stdout], &[("CI", " ")], true),
        (&[Stream::Stdout], &[("BEDROCK_ASK_HISTORY", "never")], false),
        (&[], &[("BEDROCK_ASK_HISTORY", "always")], true),
        (&[], &[("BEDROCK_ASK_HISTORY", "always"), ("CI", "1")], true),
    ] {
        let (fake, home) = (FakeBedrock::start(), Home::new());
        fake.expect(converse_stream());
        let run = by_default(&fake, &home, ["hi"]).terminal(streams.iter().copied());
        let run = variables.iter().fold(run, |run, (name, value)| run.env(name, *value));
        let ran = run.run();
        assert_eq!((files(&home).len(), ran.exit()), (saved.into(), Some(0)), "{streams:?} {variables:?}: {ran}");
        let has_note = ran.stderr_text().contains("conversations are saved in");
        assert!(has_note == saved || streams.contains(&Stream::Stderr), "{ran}");
    }
}

#[test]
fn the_first_conversation_of_all_is_told() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    insta::assert_snapshot!(saving(&fake, &home, ["hi"]).run(), @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    note: conversations are saved in `[HOME]/.local/state/bedrock-ask/history`, so that `--continue` can continue them; `bedrock-ask config set history never` turns this off
    ----- exit 0 -----
    ");
    for words in [&["hi"][..], &["--conversation", "", "hi"]] {
        let id = files(&home)[0].file_stem().unwrap().to_str().unwrap().to_owned();
        let words = words.iter().map(|word| if word.is_empty() { id.as_str() } else { word });
        assert_eq!(saving(&fake, &home, words).run().stderr_text(), "");
    }
    let ran = bedrock_ask(["history", "delete", "--all", "--yes"]).home(&home).run();
    assert_eq!(ran.stderr_text(), "note: 2 conversations are deleted\n");
    assert_eq!(saving(&fake, &home, ["hi"]).run().stderr_text(), "");
}

#[test]
fn a_turn_that_is_not_whole_is_not_saved() {
    for (expected, words, exit) in [
        (converse_stream().stop_reason("max_tokens"), &["hi"][..], 7),
        (converse_stream().stop_reason("max_tokens"), &["--max-tokens", "5", "hi"], 0),
        (converse_stream().stop_reason("guardrail_intervened"), &["hi"], 7),
        (converse_stream().stop_reason("something_new"), &["hi"], 7),
        (converse_stream().ends(Ending::WithoutStop), &["hi"], 7),
        (converse_stream().text([""; 0]), &["hi"], 7),
        (converse_stream().text([" \n"]), &["hi"], 0),
        (converse_stream().fails(400, "ValidationException", "No."), &["hi"], 1),
        (converse_stream(), &["-x", "hi"], 7),
    ] {
        let (fake, home) = (FakeBedrock::start(), Home::new());
        fake.expect(expected);
        let ran = saving(&fake, &home, words.iter().copied()).run();
        assert_eq!(ran.exit(), Some(exit), "{ran}");
        assert_eq!(files(&home), [] as [PathBuf; 0], "{ran}");
        assert!(exit != 0 || ran.stderr_text().contains("the turn is not saved in the history"), "{ran}");
    }
    let home = Home::new();
    assert_eq!(saving(&FakeBedrock::start(), &home, ["--dry-run", "hi"]).run().exit(), Some(0));
    assert_eq!(files(&home), [] as [PathBuf; 0]);
}

#[test]
fn a_conversation_that_goes_to_another_region_says_so_unless_a_flag_names_it() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream().text(["Yes."]));
    saving(&fake, &home, ["hi"]).run();
    let change = "the whole conversation is sent to us-east-1; its last turn was sent to eu-central-1\n";
    // Quiet hides notes, and no warning.
    let by_variable = saving(&fake, &home, ["-q", "-c", "more"]).env("AWS_REGION", "us-east-1").run();
    assert_eq!((by_variable.exit(), by_variable.stderr_text()), (Some(0), &*format!("warning: {change}")));
    let again = saving(&fake, &home, ["-q", "-c", "more"]).env("AWS_REGION", "us-east-1").run();
    assert_eq!((again.exit(), again.stderr_text()), (Some(0), ""));
    let by_flag = saving(&fake, &home, ["-c", "more", "--region", "eu-west-1"]).run();
    let note = "note: the whole conversation is sent to eu-west-1; its last turn was sent to us-east-1\n";
    assert!(by_flag.exit() == Some(0) && by_flag.stderr_text().ends_with(note), "{by_flag}");
}

#[test]
fn another_model_does_not_get_the_reasoning_and_the_switch_is_told() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect(converse_stream().reasoning("hmm").text(["Yes."]));
    fake.expect_repeatedly(converse_stream().text(["Sure."]));
    saving(&fake, &home, ["hi"]).run();
    insta::assert_snapshot!(saving(&fake, &home, ["-c", "-q", "why?"]).run(), @"
    ----- stdout -----
    Sure.
    ----- stderr -----
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(saving(&fake, &home, ["--conversation", &id(&home), "-m", "claude-haiku-4.5", "so?"]).run(), @"
    ----- stdout -----
    Sure.
    ----- stderr -----
    note: the conversation continues with `anthropic.claude-haiku-4-5-20251001-v1:0`; its last response is from `amazon.nova-2-lite-v1:0`
    note: the reasoning of `amazon.nova-2-lite-v1:0` is not sent to `anthropic.claude-haiku-4-5-20251001-v1:0`
    ----- exit 0 -----
    ");
    // The model of the last turn is kept, whatever the settings name.
    let ran = saving(&fake, &home, ["-c", "-q", "so?"]).run();
    assert_eq!((ran.stderr_text(), ran.exit()), ("", Some(0)));
    let requests = fake.requests();
    let with_reasoning =
        r#"{"role":"assistant","content":[{"reasoningContent":{"reasoningText":{"text":"hmm"}}},{"text":"Yes."}]}"#;
    let models: Vec<_> = requests.iter().map(|request| request.segments().swap_remove(1)).collect();
    let haiku = "eu.anthropic.claude-haiku-4-5-20251001-v1:0";
    assert_eq!(models, ["eu.amazon.nova-2-lite-v1:0", "eu.amazon.nova-2-lite-v1:0", haiku, haiku]);
    assert_eq!(messages(&requests[1])[1], with_reasoning);
    for request in &requests[2..] {
        assert_eq!(messages(request)[1], r#"{"role":"assistant","content":[{"text":"Yes."}]}"#);
    }
    assert_eq!(turns(&home)[0]["messages"][1]["content"].as_array().unwrap().len(), 2, "the file keeps it");
}

/// Returns the ID of the only conversation.
#[track_caller]
fn id(home: &Home) -> String {
    let [file] = &files(home)[..] else { panic!("{:?}", files(home)) };
    file.file_stem().unwrap().to_str().unwrap().to_owned()
}

#[test]
fn the_system_prompt_is_kept_unless_another_one_is_given() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    let config = "system: From the file\n";
    for words in [
        &["-s", "@first", "hi"][..],
        &["-c", "hi"],
        &["-c", "-s", "Other", "hi"],
        &["-c", "hi"],
        &["-c", "-s", "", "hi"],
        &["-c", "hi"],
    ] {
        let ran = saving(&fake, &home, words.iter().copied()).file_here("first", "@first").config(config).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
    }
    let system = |request: &Request| request.json()["system"][0]["text"].as_str().map(str::to_owned);
    let systems: Vec<_> = fake.requests().iter().map(system).collect();
    let expected = [Some("@first"), Some("@first"), Some("Other"), Some("Other"), None, None];
    assert_eq!(systems, expected.map(|text| text.map(str::to_owned)));
}

#[test]
fn what_aws_refuses_in_a_message_is_not_sent() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let blocks = json!([
        {"toolUse": {"toolUseId": "t", "name": "n", "input": {}}},
        {"text": " "},
        {"text": "Yes."},
        {"toolResult": {"toolUseId": "t", "content": [{"text": "x"}]}},
    ]);
    let body = json!({
        "output": {"message": {"role": "assistant", "content": blocks}},
        "stopReason": "end_turn",
        "usage": {"inputTokens": 1, "outputTokens": 1, "totalTokens": 2},
        "metrics": {"latencyMs": 1},
    });
    fake.expect(converse().replies(Reply::Page(200, "application/json".to_owned(), body.to_string())));
    fake.expect(converse_stream());
    saving(&fake, &home, ["--no-stream", "hi"]).run();
    assert_eq!(turns(&home)[0]["messages"][1]["content"], json!([{"text": " "}, {"text": "Yes."}]));
    assert_eq!(saving(&fake, &home, ["-c", "hi"]).run().exit(), Some(0));
    assert_eq!(messages(&fake.requests()[1])[1], r#"{"role":"assistant","content":[{"text":"Yes."}]}"#);
}

/// Writes a conversation of turns with these messages and models, and returns its home.
fn with_turns(turns: &[(&str, Value, Value)]) -> Home {
    let home = Home::new();
    let line = |(model, user, assistant): &(&str, Value, Value)| {
        let messages = json!([{"role": "user", "content": user}, {"role": "assistant", "content": assistant}]);
        let time = "2026-11-27T12:41:33Z";
        json!({"version": 1, "time": time, "model": model, "modelId": model, "messages": messages}).to_string() + "\n"
    };
    home.write(&format!("{FOLDER}/0a1b.jsonl"), turns.iter().map(line).collect::<String>().as_bytes());
    home
}

#[test]
fn no_cache_point_is_sent_again() {
    let (point, user) = (json!({"cachePoint": {"type": "default"}}), json!({"text": "hi"}));
    let turn = |model, text: &str| (model, json!([user, point, {"text": text}]), json!([{"text": "yes"}]));
    let haiku = "anthropic.claude-haiku-4-5-20251001-v1:0";
    let home = with_turns(&[turn(NOVA_2, "a"), turn(haiku, "b"), turn(NOVA_2, "c"), turn(NOVA_2, "d")]);
    let fake = FakeBedrock::start();
    fake.expect(converse_stream());
    assert_eq!(saving(&fake, &home, ["-c", "so?"]).run().exit(), Some(0));
    let sent = messages(&fake.requests()[0]);
    let has_point = |at: usize| sent[at].contains("cachePoint");
    assert_eq!([0, 2, 4, 6, 8].map(has_point), [false; 5], "{sent:#?}");
    assert_eq!(sent[0], r#"{"role":"user","content":[{"text":"hi"},{"text":"a"}]}"#);
}

#[test]
fn a_message_is_sent_as_the_file_has_it() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let odd = [
        r#"{ "content":[ {"text":"\u0041\/\u00e9"} ] , "role" : "user"}"#,
        r#"{"role":"assistant","content":[{"text":"Yes"},{"hologram":{"size":1.0e2,"z":1,"a":2}}],"new":null}"#,
    ];
    let start = r#"{"version":1,"time":"x","model":"nova-2-lite","modelId":"x","later":[],"messages":["#;
    home.write(&format!("{FOLDER}/0a1b.jsonl"), format!("{start}{}]}}\r\n", odd.join(", ")).as_bytes());
    fake.expect(converse_stream());
    assert_eq!(saving(&fake, &home, ["--conversation", "0", "so?"]).run().exit(), Some(0));
    assert_eq!(messages(&fake.requests()[0])[..2], odd);
}

#[test]
fn the_resource_of_an_account_is_invoked_again() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    let source = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.amazon.nova-2-lite-v1:0";
    let arn = fake.application_profile("team", source, "eu-central-1");
    fake.expect_repeatedly(converse_stream());
    for words in [&["-m", &arn, "hi"][..], &["-c", "hi"], &["-c", "--no-resolve", "hi"]] {
        let ran = saving(&fake, &home, words.iter().copied()).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
    }
    let mut paths: Vec<_> = fake.requests().iter().map(|request| request.path().to_owned()).collect();
    paths.dedup();
    assert_eq!(paths.len(), 1, "{paths:?}");
}

#[test]
fn the_json_of_a_tool_call_is_the_response_of_its_turn() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect(converse_stream().calls("response", [r#"{"a":"#, " 1}"]));
    fake.expect(converse_stream());
    let ran = saving(&fake, &home, ["--schema", "a int", "hi"]).run();
    assert_eq!((ran.stdout_text(), ran.exit()), ("{\"a\":1}\n", Some(0)), "{ran}");
    assert_eq!(saving(&fake, &home, ["-c", "so?"]).run().exit(), Some(0));
    let sent = messages(&fake.requests()[1]);
    assert_eq!(sent[1], r#"{"role":"assistant","content":[{"text":"{\"a\":1}"}]}"#);
}

#[test]
fn stdin_is_a_part_of_the_next_prompt() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    saving(&fake, &home, ["hi"]).run();
    assert_eq!(saving(&fake, &home, ["-c", "and this?"]).stdin("piped\n").run().exit(), Some(0));
    assert_eq!(messages(&fake.requests()[1])[2], r#"{"role":"user","content":[{"text":"and this?\n\npiped\n"}]}"#);
}

#[test]
fn a_dry_run_shows_the_whole_conversation_and_saves_nothing() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect(converse_stream());
    home.write_here("a.pdf", b"%PDF-1.4\nx");
    saving(&fake, &home, ["-a", "a.pdf", "hi"]).run();
    insta::assert_snapshot!(saving(&fake, &home, ["-c", "-q", "--dry-run", "so?"]).run(), @r#"
    ----- stdout -----
    modelId eu.amazon.nova-2-lite-v1:0
    POST http://127.0.0.1:[PORT]/model/eu.amazon.nova-2-lite-v1%3A0/converse-stream
    {"messages":[{"role":"user","content":[{"document":{"format":"pdf","name":"a","source":{"bytes":"<10 bytes>"}}},{"text":"hi"}]},{"role":"assistant","content":[{"text":"Hello from Bedrock."}]},{"role":"user","content":[{"text":"so?"}]}]}
    ----- stderr -----
    ----- exit 0 -----
    "#);
    assert_eq!(turns(&home).len(), 1);
}

#[test]
fn a_conversation_is_continued_by_the_flags_wherever_it_runs_but_with_never() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    insta::assert_snapshot!(by_default(&fake, &home, ["-c", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: there is no conversation to continue in `[HOME]/.local/state/bedrock-ask/history`
    ----- exit 2 -----
    ");
    saving(&fake, &home, ["hi"]).run();
    for words in [vec!["-c", "hi"], vec!["--conversation", &id(&home)[..4], "hi"]] {
        assert_eq!(by_default(&fake, &home, words).env("CI", "true").run().exit(), Some(0));
    }
    assert_eq!(turns(&home).len(), 3);
    insta::assert_snapshot!(by_default(&fake, &home, ["-c", "hi"]).env("BEDROCK_ASK_HISTORY", "never").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `--continue` needs the history, which is set to `never` (environment BEDROCK_ASK_HISTORY)

     hint: unset `BEDROCK_ASK_HISTORY`, or set it to `terminal`
    ----- exit 2 -----
    ");
    let id = id(&home);
    let ran = by_default(&fake, &home, ["-c", &id, "hi"]).run();
    assert!(ran.stderr_text().contains(&format!(" hint: --conversation {id}\n")), "{ran}");
    for (words, start) in [
        (["--conversation", "zz", "hi"], "error: there is no conversation `zz`\n"),
        (["--conversation", "../x", "hi"], "error: there is no conversation `../x`\n"),
        (["--conversation", "", "hi"], "error: there is no conversation ``\n"),
    ] {
        let ran = by_default(&fake, &home, words).run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        assert!(ran.stderr_text().starts_with(start), "{ran}");
    }
    assert_eq!(by_default(&fake, &home, ["-c", "--conversation", &id, "hi"]).run().exit(), Some(2));
    assert_eq!(turns(&home).len(), 3);
}

#[test]
fn routing_and_region_are_those_of_the_new_call() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    saving(&fake, &home, ["hi"]).run();
    assert_eq!(saving(&fake, &home, ["-c", "hi", "--routing", "global"]).run().exit(), Some(0));
    assert_eq!(saving(&fake, &home, ["-c", "hi", "--region", "us-east-1"]).run().exit(), Some(0));
    let ran = saving(&fake, &home, ["-c", "hi", "--routing", "in-region"]).run();
    assert_eq!(ran.exit(), Some(4), "{ran}");
    let models: Vec<_> = fake.requests().iter().map(|request| request.segments().swap_remove(1)).collect();
    assert_eq!(models, ["eu.", "global.", "us."].map(|prefix| format!("{prefix}{NOVA_2}")));
    assert_eq!(turns(&home)[2]["region"], "us-east-1");
}

#[test]
fn a_damaged_conversation_is_not_continued() {
    let home = Home::new();
    home.write(&format!("{FOLDER}/0bad.jsonl"), b"{}\n");
    insta::assert_snapshot!(by_default(&FakeBedrock::start(), &home, ["-c", "hi"]).run(), @"
    ----- stdout -----
    ----- stderr -----
    error: line 1 of `[HOME]/.local/state/bedrock-ask/history/0bad.jsonl` is damaged
    cause: it is not a turn of a conversation: missing field `version` at line 1 column 2

     hint: remove the damaged lines from the file, or delete the conversation:
     hint: bedrock-ask history delete 0bad
    ----- exit 2 -----
    ");
}

#[cfg(unix)]
#[test]
fn a_history_that_cannot_be_written_is_a_warning() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    home.write(".local/state/bedrock-ask/history", b"a file");
    let ran = saving(&fake, &home, ["hi"]).run();
    insta::assert_snapshot!(ran, @"
    ----- stdout -----
    Hello from Bedrock.
    ----- stderr -----
    warning: the turn is not saved in the history: cannot write `[HOME]/.local/state/bedrock-ask/history`: File exists (os error 17); `BEDROCK_ASK_HISTORY=never` saves none
    ----- exit 0 -----
    ");
    let home = Home::new();
    saving(&fake, &home, ["hi"]).run();
    let file = files(&home).remove(0);
    fs::remove_file(&file).unwrap();
    std::os::unix::fs::symlink("/dev/full", &file).unwrap();
    assert_eq!(saving(&fake, &home, ["hi"]).run().exit(), Some(0));
}

#[test]
fn two_processes_append_to_one_conversation_and_none_is_lost() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    saving(&fake, &home, ["hi"]).run();
    for round in 0..10 {
        let prompts = [format!("a{round}"), format!("b{round}")];
        let running = prompts.each_ref().map(|prompt| saving(&fake, &home, ["-c", "-q", prompt]).spawn());
        for run in running {
            let ran = run.finish();
            // The response that ends later warns that the conversation has changed.
            let is_change = |line: &str| line.starts_with("warning: another process changed the conversation ");
            assert!(ran.stderr_text().lines().all(is_change), "{ran}");
            assert_eq!(ran.exit(), Some(0), "{ran}");
        }
    }
    let turns = turns(&home);
    let mut prompts: Vec<_> = turns.iter().map(|turn| turn["messages"][0]["content"][0]["text"].to_string()).collect();
    prompts.sort();
    prompts.dedup();
    assert_eq!((turns.len(), prompts.len()), (21, 21));
}

#[cfg(unix)]
#[test]
fn what_a_killed_process_left_is_cut_off() {
    let (fake, home) = (FakeBedrock::start(), Home::new());
    fake.expect_repeatedly(converse_stream());
    saving(&fake, &home, ["hi"]).run();
    let file = files(&home).remove(0);
    let whole = fs::read(&file).unwrap();
    fs::write(&file, [&whole[..], &whole[..whole.len() / 2]].concat()).unwrap();
    assert_eq!(saving(&fake, &home, ["-c", "so?"]).run().exit(), Some(0));
    assert_eq!(messages(fake.requests().last().unwrap()).len(), 3);
    assert!(fs::read(&file).unwrap().starts_with(&whole));
    assert_eq!(turns(&home).len(), 2);
}
