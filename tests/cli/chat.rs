//! `bedrock-ask chat` on a pseudo-terminal: prompts, commands, Ctrl-C, and the ends of a chat.

use std::fs;
use std::os::unix::process::ExitStatusExt;

use rustix::process::Signal;
use serde_json::Value;

use crate::fake_bedrock::{Ending, FakeBedrock, Gate, Request, converse_stream};
use crate::harness::{Home, Ran, Run, Running, Stream, bedrock_ask, canary};

const NOVA: &str = "amazon.nova-2-lite-v1:0";

/// Returns a chat from Frankfurt with Nova 2 Lite and credentials, on a terminal.
fn chat<'w>(fake: &FakeBedrock, words: impl IntoIterator<Item = &'w str>) -> Run {
    let words: Vec<_> = ["chat"].into_iter().chain(words).collect();
    let run = bedrock_ask(words).env("AWS_REGION", "eu-central-1").env("BEDROCK_ASK_MODEL", NOVA).env("NO_COLOR", "1");
    run.credentials().against(fake).terminal([Stream::Stdin, Stream::Stdout, Stream::Stderr])
}

/// Types each line, waits for what it causes, and ends the chat.
fn typed(run: Run, lines: &[(&str, &str)]) -> Ran {
    let mut running = run.spawn();
    running.stderr_until("Ctrl-D ends the chat");
    for (line, shown) in lines {
        running.write_stdin(format!("{line}\r"));
        until(&running, shown);
    }
    running.write_stdin("/exit\r");
    running.finish()
}

#[test]
fn ctrl_d_ends_the_chat_and_sends_nothing() {
    let fake = FakeBedrock::start();
    for words in [&[][..], &["-m", "claude-haiku-4.5"]] {
        let mut running = chat(&fake, words.iter().copied()).spawn();
        // The terminal is raw from the prompt on.
        running.stdout_until("> ");
        running.write_stdin("\u{4}");
        let ran = running.finish();
        assert_eq!(ran.exit(), Some(0), "{ran}");
    }
    assert!(fake.requests().is_empty());
}

#[test]
fn the_words_of_the_command_line_are_the_first_prompt() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Hello."]));
    let mut running = chat(&fake, ["say", "hello"]).spawn();
    running.stdout_until("Hello.");
    running.write_stdin("/exit\r");
    assert_eq!(running.finish().exit(), Some(0));
    assert_eq!(texts(&fake.requests()[0].json()), ["say hello"]);
}

/// Waits for a text on stdout, or on stderr if it begins with `stderr: `.
fn until(running: &Running, shown: &str) {
    match shown.strip_prefix("stderr: ") {
        Some(shown) => running.stderr_until(shown),
        None => running.stdout_until(shown),
    };
}

fn texts(body: &Value) -> Vec<String> {
    let messages = body["messages"].as_array().unwrap();
    messages
        .iter()
        .map(|message| message["content"].as_array().unwrap().last().unwrap()["text"].as_str().unwrap().to_owned())
        .collect()
}

#[test]
fn each_prompt_is_sent_after_the_earlier_turns_and_the_conversation_is_saved() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["It is an ID."]));
    fake.expect(converse_stream().text(["In a Region."]));
    let ran = typed(chat(&fake, []), &[("What is a profile?", "It is an ID."), ("Where?", "In a Region.")]);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let bodies: Vec<_> = fake.requests().iter().map(Request::json).collect();
    assert_eq!(texts(&bodies[0]), ["What is a profile?"]);
    assert_eq!(texts(&bodies[1]), ["What is a profile?", "It is an ID.", "Where?"]);
    let folder = ran.home.path(".local/state/bedrock-ask/history");
    let files: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    assert_eq!(files.len(), 1, "{files:?}");
    assert_eq!(fs::read_to_string(&files[0]).unwrap().lines().count(), 2);
    // The next chat can go on with it.
    fake.expect(converse_stream().text(["Yes."]));
    let ran = typed(chat(&fake, ["--continue"]).home(&ran.home), &[("Sure?", "Yes.")]);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(texts(&fake.requests()[2].json()).len(), 5);
    assert_eq!(fs::read_to_string(&files[0]).unwrap().lines().count(), 3);
}

#[test]
fn what_another_process_adds_to_the_conversation_is_told_and_is_sent_with_the_next_prompt() {
    let (fake, gate, home) = (FakeBedrock::start(), Gate::default(), Home::new());
    fake.expect(converse_stream().text(["One."]));
    fake.expect(converse_stream().text(["Tw", "o."]).behind(&gate));
    fake.expect(converse_stream().text(["Other."]));
    fake.expect(converse_stream().text(["Three."]));
    let mut running = chat(&fake, []).home(&home).columns(200).spawn();
    running.stderr_until("Ctrl-D ends the chat");
    running.write_stdin("a\r");
    // The note follows the turn that was saved.
    running.stderr_until("conversations are saved in");
    running.write_stdin("b\r");
    gate.open();
    running.stdout_until("Tw");
    let other = bedrock_ask(["-c", "other"]).env("AWS_REGION", "eu-central-1").credentials().against(&fake).home(&home);
    let other = other.run();
    assert_eq!((other.exit(), other.stdout_text()), (Some(0), "Other.\n"), "{other}");
    gate.open();
    running.stderr_until("during the response, which does not take the change into account");
    running.write_stdin("c\r");
    running.stderr_until("the prompt is sent after the 3 turns that it has now");
    running.stdout_until("Three.");
    running.write_stdin("/exit\r");
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ran.stderr_text().matches("another process").count(), 2, "{ran}");
    let sent: Vec<_> = fake.requests().iter().map(|request| texts(&request.json())).collect();
    assert_eq!(sent[1], ["a", "One.", "b"]);
    assert_eq!(sent[2], ["a", "One.", "other"]);
    assert_eq!(sent[3], ["a", "One.", "other", "Other.", "b", "Two.", "c"]);
}

#[test]
fn without_a_history_a_chat_still_has_its_turns() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["One."]));
    fake.expect(converse_stream().text(["Two."]));
    let run = chat(&fake, []).env("BEDROCK_ASK_HISTORY", "never");
    let ran = typed(run, &[("a", "One."), ("b", "Two.")]);
    assert_eq!(texts(&fake.requests()[1].json()), ["a", "One.", "b"]);
    assert!(!ran.home.path(".local").exists(), "{ran}");
}

#[test]
fn the_commands_change_the_model_attach_save_and_tell_usage() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["First."]));
    fake.expect(converse_stream().text(["Second."]));
    let run = chat(&fake, []).file_here("notes.log", "the notes\n");
    let ran = typed(
        run,
        &[
            ("/usage", "stderr: usage: 0 turns"),
            ("/save x.md", "stderr: there is no response yet"),
            ("hello", "First."),
            ("/model no-such-model", "stderr: no-such-model"),
            (
                "/model claude-haiku-4.5",
                "stderr: the next prompt goes to `eu.anthropic.claude-haiku-4-5-20251001-v1:0`",
            ),
            ("/attach nowhere.txt", "stderr: nowhere.txt"),
            ("/attach notes.log", "stderr: is attached to the next prompt"),
            ("read it", "Second."),
            ("/save answer.md", "stderr: the last response is in `answer.md`"),
            ("/usage", "stderr: usage: 2 turns"),
            ("/bogus", "stderr: there is no command `/bogus`"),
            ("/help", "stderr: /attach FILE"),
        ],
    );
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(ran.home.read_here("answer.md"), "Second.\n");
    let requests = fake.requests();
    assert_eq!(requests.len(), 2, "{ran}");
    assert!(requests[1].json().to_string().contains("the notes"));
    assert_eq!(requests[1].json()["messages"].as_array().unwrap().len(), 3);
}

#[test]
fn ctrl_c_stops_the_response_and_not_the_chat() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["Once upon a time"]).ends(Ending::Silence));
    fake.expect(converse_stream().text(["Here."]));
    let mut running = chat(&fake, []).spawn();
    running.stderr_until("Ctrl-D ends the chat");
    running.write_stdin("a story\r");
    running.stdout_until("Once upon");
    running.interrupt();
    running.stderr_until("stopped; the prompt and its response are not part of the conversation");
    running.write_stdin("still there?\r");
    running.stdout_until("Here.");
    running.write_stdin("/exit\r");
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(texts(&fake.requests()[1].json()), ["still there?"]);
}

#[test]
fn ctrl_c_after_auth_refresh_stops_the_response_and_not_the_chat() {
    let (fake, gate) = (FakeBedrock::start(), Gate::default());
    fake.expect(converse_stream().fails(403, "ExpiredTokenException", "The security token is expired"));
    fake.expect(converse_stream().text(["Late"]).behind(&gate));
    fake.expect(converse_stream().text(["Here."]));
    let keys = [canary::ACCESS_KEY_ID, canary::SECRET_ACCESS_KEY, canary::SESSION_TOKEN];
    let run = chat(&fake, []).without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY");
    let run = run.without_env("AWS_SESSION_TOKEN").file(
        ".aws/credentials",
        format!(
            "[default]\naws_access_key_id = {}\naws_secret_access_key = {}\naws_session_token = {}\n",
            keys[0], keys[1], keys[2]
        ),
    );
    let new = "[default]\naws_access_key_id = test\naws_secret_access_key = test\n";
    let run = run.file_here("new", new).config("auth_refresh: cp new ~/.aws/credentials\n").columns(200);
    let mut running = run.spawn();
    running.stderr_until("Ctrl-D ends the chat");
    running.write_stdin("a story\r");
    running.stderr_until("running `auth_refresh`");
    // The line that shows what is awaited is drawn once signals are listened to.
    running.stderr_until(" s: eu.amazon.nova-2-lite-v1:0 from eu-central-1");
    running.interrupt();
    running.stderr_until("stopped; the prompt and its response are not part of the conversation");
    gate.open();
    running.write_stdin("still there?\r");
    running.stdout_until("Here.");
    running.write_stdin("/exit\r");
    assert_eq!(running.finish().exit(), Some(0));
}

#[test]
fn a_failure_ends_the_prompt_and_not_the_chat() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(403, "AccessDeniedException", "You don't have access to the model."));
    fake.expect(converse_stream().text(["Now."]));
    let ran = typed(chat(&fake, ["--no-repair"]), &[("a", "stderr: AccessDeniedException"), ("b", "Now.")]);
    assert_eq!(ran.exit(), Some(0), "{ran}");
    assert_eq!(texts(&fake.requests()[1].json()), ["b"]);
}

#[test]
fn without_a_terminal_or_with_the_options_of_one_prompt_it_is_refused() {
    let fake = FakeBedrock::start();
    insta::assert_snapshot!(
        bedrock_ask(["chat"]).env("AWS_REGION", "eu-central-1").credentials().against(&fake).run(),
        @r#"
    ----- stdout -----
    ----- stderr -----
    error: `chat` needs a terminal

     hint: bedrock-ask --continue "your next question"
    ----- exit 2 -----
    "#
    );
    for option in ["-o=x", "-x", "--dry-run", "-f=x", "--attach=-"] {
        let ran = chat(&fake, [option]).run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        assert!(ran.stderr_text().contains("cannot be used with `chat`"), "{ran}");
    }
    let ran = bedrock_ask(["chat", "--format", "json"]).run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(fake.requests().is_empty());
}

#[test]
fn sigterm_and_sighup_end_the_chat_and_reset_the_terminal() {
    for (signal, exit) in [(Signal::TERM, 143), (Signal::HUP, 129)] {
        let fake = FakeBedrock::start();
        fake.expect(converse_stream().text(["One."]));
        fake.expect(converse_stream().text(["Two **and"]).ends(Ending::Silence));
        let at_prompt = chat(&fake, []).spawn();
        at_prompt.stdout_until("> ");
        at_prompt.signal(signal);
        let ran = at_prompt.finish();
        assert_eq!(ran.status.signal(), Some(signal.as_raw()), "{ran}");
        // The editor has ended bracketed paste, as it does when it resets the terminal; the end of a frame that it was
        // drawing may follow.
        assert!(ran.stdout_text().rfind("\u{1b}[?2004l") > ran.stdout_text().rfind("\u{1b}[?2004h"), "{ran}");

        let mut amid_response = chat(&fake, ["hi"]).spawn();
        amid_response.stdout_until("> ");
        amid_response.write_stdin("go on\r");
        amid_response.stdout_until("Two ");
        amid_response.signal(signal);
        let ran = amid_response.finish();
        assert_eq!(ran.exit(), Some(exit), "{ran}");
        assert!(ran.stdout_text().ends_with("Two **and\n"), "{ran}");
    }
}

#[test]
fn the_command_of_auth_refresh_may_reset_the_terminal_after_ctrl_c() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(403, "ExpiredTokenException", "The security token is expired"));
    let command = "trap 'sleep 0.3; echo reset > state; exit 1' INT; echo be''gun; while :; do sleep 0.01; done";
    let run = chat(&fake, ["hi"]).without_env("AWS_ACCESS_KEY_ID").without_env("AWS_SECRET_ACCESS_KEY");
    let run = run.without_env("AWS_SESSION_TOKEN").env("BEDROCK_ASK_AUTH_REFRESH", command);
    let keys = "[default]\naws_access_key_id = test\naws_secret_access_key = test\n";
    let mut running = run.file(".aws/credentials", keys).own_process_group().spawn();
    running.stderr_until("begun");
    running.interrupt_group();
    running.stderr_until("stopped; the prompt and its response are not part of the conversation");
    running.write_stdin("/exit\r");
    let ran = running.finish();
    assert_eq!((ran.exit(), &*ran.home.read_here("state")), (Some(0), "reset\n"), "{ran}");
}

#[test]
fn a_line_that_is_not_text_ends_no_chat() {
    let fake = FakeBedrock::start();
    let mut running = chat(&fake, []).spawn();
    running.stdout_until("> ");
    running.write_stdin(b"caf\xe9 au lait\r");
    running.stderr_until("the line is not in UTF-8");
    running.write_stdin("/exit\r");
    let ran = running.finish();
    assert_eq!(ran.exit(), Some(0), "{ran}");
}

#[test]
fn no_file_is_overwritten_but_those_of_the_chat() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().text(["One."]));
    fake.expect(converse_stream().text(["Two."]));
    let ran = typed(
        chat(&fake, []).file_here("notes.md", "mine\n"),
        &[
            ("a", "One."),
            ("/save notes.md", "stderr: `notes.md` exists, and was not written in this chat"),
            ("/save new.md", "stderr: the last response is in `new.md`"),
            ("b", "Two."),
            ("/save new.md", "> "),
        ],
    );
    let read = |name| ran.home.read_here(name);
    assert_eq!((read("notes.md"), read("new.md")), ("mine\n".to_owned(), "Two.\n".to_owned()), "{ran}");
}

#[test]
fn lines_that_arrive_at_once_are_all_sent() {
    let fake = FakeBedrock::start();
    for text in ["One.", "Two.", "Three."] {
        fake.expect(converse_stream().text([text]));
    }
    let mut running = chat(&fake, []).spawn();
    running.stdout_until("> ");
    running.write_stdin("a\rb\rc\r/exit\r");
    let ran = running.finish();
    assert_eq!((ran.exit(), fake.requests().len()), (Some(0), 3), "{ran}");
}

#[test]
fn files_that_stay_attached_are_named() {
    let fake = FakeBedrock::start();
    fake.expect(converse_stream().fails(403, "AccessDeniedException", "No."));
    fake.expect(converse_stream().text(["Two"]).ends(Ending::Silence));
    let mut running = chat(&fake, ["--no-repair", "-a", "a.log"]).file_here("a.log", "one\n").spawn();
    running.stdout_until("> ");
    running.write_stdin("a\r");
    running.stderr_until("hint: `a.log` stays attached to the next prompt");
    running.write_stdin("b\r");
    running.stdout_until("Two");
    running.interrupt();
    running.stderr_until("note: `a.log` stays attached to the next prompt");
    running.write_stdin("/exit\r");
    assert_eq!(running.finish().exit(), Some(0));
}
