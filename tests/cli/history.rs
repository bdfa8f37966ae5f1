//! `bedrock-ask history`: the list, one conversation, the search, and what is deleted.

use serde_json::Value;

#[cfg(unix)]
use crate::harness::Stream;
use crate::harness::{Home, Ran, Run, bedrock_ask};

const FOLDER: &str = ".local/state/bedrock-ask/history";

/// A conversation of two turns, as the program writes it.
pub const CONVERSATION: &str = concat!(
    r#"{"version":1,"time":"2026-11-27T12:41:33Z","model":"amazon.nova-2-lite-v1:0","modelId":"eu.amazon.nova-2-lite-v1:0","#,
    r#""region":"eu-central-1","system":null,"messages":[{"role":"user","content":[{"document":{"format":"txt","name":"a","#,
    r#""source":{"bytes":"YQ=="}}},{"text":"What is an\ninference profile?"}]},{"role":"assistant","content":[{"text":"#,
    r#""An Amazon Bedrock resource."}]}],"usage":{"inputTokens":7,"outputTokens":3,"totalTokens":10}}"#,
    "\n",
    r#"{"version":1,"time":"2026-11-27T12:42:00Z","model":"house.x","modelId":"house.x","region":null,"system":"Be brief","#,
    r#""messages":[{"role":"user","content":[{"text":"And a Region?"}]},{"role":"assistant","content":[{"reasoningContent":"#,
    r#"{"reasoningText":{"text":"hmm"}}},{"text":"A place "},{"text":"of \u001b[31mAWS."}]}],"usage":null}"#,
    "\n",
);

/// Returns a home with the conversation, and a shorter one that was written before it.
fn home() -> Home {
    let home = Home::new();
    let first = CONVERSATION.lines().next().unwrap();
    home.write(&format!("{FOLDER}/0aff0000.jsonl"), format!("{first}\n").as_bytes());
    let path = home.path(&format!("{FOLDER}/0aff0000.jsonl"));
    let file = std::fs::File::options().write(true).open(path).unwrap();
    // The time of files is that of the system, whatever the clock of the test says.
    let now = file.metadata().unwrap().modified().unwrap();
    file.set_modified(now - std::time::Duration::from_hours(1)).unwrap();
    home.write(&format!("{FOLDER}/0a1b2c3d.jsonl"), CONVERSATION.as_bytes());
    home
}

fn history(home: &Home, words: &str) -> Run {
    bedrock_ask(std::iter::once("history").chain(words.split(' '))).home(home)
}

fn json(ran: &Ran) -> Vec<Value> {
    ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

#[test]
fn the_last_conversation_is_listed_first() {
    let home = home();
    insta::assert_snapshot!(history(&home, "list").run(), @"
    ----- stdout -----
    0a1b2c3d	2026-11-27 12:42	house.x	2	What is an inference profile?
    0aff0000	2026-11-27 12:41	eu.amazon.nova-2-lite-v1:0	1	What is an inference profile?
    ----- stderr -----
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(history(&home, "list --format json").run(), @r#"
    ----- stdout -----
    {"conversationId":"0a1b2c3d","time":"2026-11-27T12:42:00Z","modelId":"house.x","region":null,"turnCount":2,"prompt":"What is an inference profile?"}
    {"conversationId":"0aff0000","time":"2026-11-27T12:41:33Z","modelId":"eu.amazon.nova-2-lite-v1:0","region":"eu-central-1","turnCount":1,"prompt":"What is an inference profile?"}
    ----- stderr -----
    ----- exit 0 -----
    "#);
    insta::assert_snapshot!(history(&Home::new(), "list").run(), @"
    ----- stdout -----
    ----- stderr -----
    note: there is no conversation in `[HOME]/.local/state/bedrock-ask/history`
    ----- exit 0 -----
    ");
    assert_eq!(json(&history(&Home::new(), "list --format json").run()), Vec::<Value>::new());
}

#[cfg(unix)]
#[test]
fn on_a_terminal_the_list_is_a_table_that_fits() {
    let home = home();
    let run = |columns, words: &str| history(&home, words).terminal([Stream::Stdout]).columns(columns).run();
    insta::assert_snapshot!(run(120, "list"), @"
    ----- stdout -----
    ID        TIME (UTC)        MODEL                       TURNS  PROMPT
    0a1b2c3d  2026-11-27 12:42  house.x                         2  What is an inference profile?
    0aff0000  2026-11-27 12:41  eu.amazon.nova-2-lite-v1:0      1  What is an inference profile?
    ----- stderr -----
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(run(50, "list"), @"
    ----- stdout -----
    ID        PROMPT
    0a1b2c3d  What is an inference profile?
    0aff0000  What is an inference profile?
    ----- stderr -----
    note: columns hidden to fit the terminal: model, turns, time (utc); `--format json` has all
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(run(60, "search aws"), @"
    ----- stdout -----
    ID        TIME (UTC)        IN        TEXT
    0a1b2c3d  2026-11-27 12:42  response  of [31mAWS.
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn piped_the_last_response_is_shown_and_nothing_else() {
    let home = home();
    for words in ["show", "show 0a1b", "show 0a1b2c3d"] {
        let ran = history(&home, words).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text()), ("A place of \u{1b}[31mAWS.\n", ""), "{words}");
    }
    assert_eq!(history(&home, "show 0af").run().stdout_text(), "An Amazon Bedrock resource.\n");
    let ran = history(&home, "show --format json").run();
    let [object] = &json(&ran)[..] else { panic!("{ran}") };
    assert_eq!(object["conversationId"], "0a1b2c3d");
    for (turn, line) in object["turns"].as_array().unwrap().iter().zip(CONVERSATION.lines()) {
        let line: Value = serde_json::from_str(line).unwrap();
        for member in ["messages", "time", "modelId", "region", "system", "usage"] {
            assert_eq!(turn[member], line[member]);
        }
    }
}

#[cfg(unix)]
#[test]
fn on_a_terminal_prompts_and_responses_are_shown() {
    insta::assert_snapshot!(history(&home(), "show").terminal([Stream::Stdout]).run(), @"
    ----- stdout -----
    conversation 0a1b2c3d

    prompt, 2026-11-27 12:41 UTC:
    [document]

    What is an
    inference profile?

    response, eu.amazon.nova-2-lite-v1:0 from eu-central-1:
    An Amazon Bedrock resource.

    system prompt:
    Be brief

    prompt, 2026-11-27 12:42 UTC:
    And a Region?

    response, house.x:
    A place of ␛[31mAWS.
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn prompts_and_responses_are_searched_in_any_case() {
    let home = home();
    insta::assert_snapshot!(history(&home, "search BEDROCK").run(), @"
    ----- stdout -----
    0a1b2c3d	2026-11-27 12:41	response	An Amazon Bedrock resource.
    0aff0000	2026-11-27 12:41	response	An Amazon Bedrock resource.
    ----- stderr -----
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(bedrock_ask(["history", "search", "region?", "--format", "json"]).home(&home).run(), @r#"
    ----- stdout -----
    {"conversationId":"0a1b2c3d","time":"2026-11-27T12:42:00Z","modelId":"house.x","role":"user","excerpt":"And a Region?"}
    ----- stderr -----
    ----- exit 0 -----
    "#);
    // What is attached, reasoning and the names of members are not text.
    for text in ["YQ==", "hmm", "content"] {
        let ran = history(&home, &format!("search {text}")).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(0)), "{text}");
        assert!(ran.stderr_text().starts_with("note: no conversation contains `"), "{ran}");
    }
}

#[test]
fn an_id_must_name_one_conversation() {
    let home = home();
    insta::assert_snapshot!(history(&home, "show 0a").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `0a` is the beginning of 2 conversation IDs
    cause: they are `0a1b2c3d`, `0aff0000`

     hint: `bedrock-ask history list` lists the conversations
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(history(&home, "show ../../x").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: there is no conversation `../../x`

     hint: `bedrock-ask history list` lists the conversations
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(history(&Home::new(), "show").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: there is no conversation in `[HOME]/.local/state/bedrock-ask/history`
    ----- exit 2 -----
    ");
    assert_eq!(bedrock_ask(["history", "show", ""]).home(&home).run().exit(), Some(2));
    assert_eq!(history(&home, "delete 0a1b 0aff9 --yes").run().exit(), Some(2));
    assert_eq!(json(&history(&home, "list --format json").run()).len(), 2, "nothing was deleted");
}

#[test]
fn conversations_are_deleted_once_the_user_confirmed() {
    let home = home();
    insta::assert_snapshot!(history(&home, "delete 0a1b").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: cannot ask for confirmation: stdin is not a terminal

     hint: bedrock-ask history delete 0a1b --yes
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(history(&home, "delete --all").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: cannot ask for confirmation: stdin is not a terminal

     hint: bedrock-ask history delete --all --yes
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(history(&home, "delete 0a1b 0a1b2c3d --yes").run(), @"
    ----- stdout -----
    ----- stderr -----
    note: `0a1b2c3d` is deleted
    ----- exit 0 -----
    ");
    home.write(&format!("{FOLDER}/notes.txt"), b"x");
    insta::assert_snapshot!(history(&home, "delete --all --yes --format json").run(), @r#"
    ----- stdout -----
    {"conversationId":"0aff0000"}
    ----- stderr -----
    note: `0aff0000` is deleted
    ----- exit 0 -----
    "#);
    assert_eq!(home.read(&format!("{FOLDER}/notes.txt")), "x");
    insta::assert_snapshot!(history(&home, "delete --all --yes").run(), @"
    ----- stdout -----
    ----- stderr -----
    note: there is no conversation to delete
    ----- exit 0 -----
    ");
    assert_eq!(history(&home, "delete").run().exit(), Some(2));
    assert_eq!(history(&home, "delete x --all").run().exit(), Some(2));
}

#[cfg(unix)]
#[test]
fn on_a_terminal_only_a_yes_deletes() {
    let home = home();
    for (answer, exit, left) in [("\n", 1, 2), ("n\n", 1, 2), ("y\n", 0, 1)] {
        let mut running = history(&home, "delete 0a1b").terminal([Stream::Stdin, Stream::Stderr]).spawn();
        running.stderr_until("delete the conversation `0a1b2c3d`? [y/N]");
        running.write_stdin(answer);
        assert_eq!(running.finish().exit(), Some(exit), "{answer:?}");
        assert_eq!(json(&history(&home, "list --format json").run()).len(), left, "{answer:?}");
        if left == 1 {
            return;
        }
    }
}

#[test]
fn damaged_lines_are_reported_and_the_rest_is_listed() {
    let home = home();
    home.write(&format!("{FOLDER}/0bad.jsonl"), format!("{{}}\n{CONVERSATION}\u{0}\n").as_bytes());
    home.write(&format!("{FOLDER}/0torn.jsonl"), &CONVERSATION.as_bytes()[..CONVERSATION.len() - 9]);
    let ran = history(&home, "list").run();
    assert_eq!((ran.stdout_text().lines().count(), ran.exit()), (4, Some(0)), "{ran}");
    insta::assert_snapshot!(history(&home, "search nonsense").run(), @"
    ----- stdout -----
    ----- stderr -----
    warning: line 1 of `[HOME]/.local/state/bedrock-ask/history/0bad.jsonl` is damaged: it is not a turn of a conversation: missing field `version` at line 1 column 2 (2 lines of the file are damaged)
    note: no conversation contains `nonsense`
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(history(&home, "show 0bad").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: line 1 of `[HOME]/.local/state/bedrock-ask/history/0bad.jsonl` is damaged
    cause: it is not a turn of a conversation: missing field `version` at line 1 column 2
    cause: 2 lines of the file are damaged

     hint: remove the damaged lines from the file, or delete the conversation:
     hint: bedrock-ask history delete 0bad
    ----- exit 2 -----
    ");
    assert_eq!(history(&home, "show 0torn").run().stdout_text(), "An Amazon Bedrock resource.\n");
    assert_eq!(history(&home, "delete 0bad --yes").run().exit(), Some(0));
}

#[cfg(unix)]
#[test]
fn a_link_is_no_conversation() {
    let home = home();
    home.write("outside.jsonl", CONVERSATION.as_bytes());
    std::os::unix::fs::symlink(home.path("outside.jsonl"), home.path(&format!("{FOLDER}/11nk.jsonl"))).unwrap();
    assert_eq!(json(&history(&home, "list --format json").run()).len(), 2);
    assert_eq!(history(&home, "show 11nk").run().exit(), Some(2));
    assert_eq!(history(&home, "delete --all --yes").run().exit(), Some(0));
    assert_eq!(home.read("outside.jsonl"), CONVERSATION);
}

#[test]
fn the_folder_follows_xdg_state_home() {
    let home = Home::new();
    home.write("state/bedrock-ask/history/0a1b2c3d.jsonl", CONVERSATION.as_bytes());
    let ran = history(&home, "list --format json").env("XDG_STATE_HOME", home.path("state")).run();
    assert_eq!(json(&ran).len(), 1, "{ran}");
}
