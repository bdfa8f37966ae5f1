//! Tests of the history: whole turns only, whatever happens to the files and whoever writes at the same time.

use std::fs;
#[cfg(unix)]
use std::fs::File;
#[cfg(unix)]
use std::io::Write;
use std::process::{Command, Stdio};
use std::thread;

use super::*;

const USER: &str = r#"{"role":"user","content":[{"text":"What is up?"}]}"#;
const ASSISTANT: &str = r#"{"role":"assistant","content":[{"text":"Nothing."}]}"#;

fn message(json: &str) -> ConverseMessage {
    ConverseMessage::from_json(json.to_owned()).unwrap()
}

fn turn(prompt: &str) -> Turn {
    let user = ConverseMessage::new("user", &[format!(r#"{{"text":{}}}"#, serde_json::json!(prompt))]).unwrap();
    Turn::new(1_795_783_293, "model".to_owned(), "eu.model".to_owned(), [user, message(ASSISTANT)])
}

/// Returns a history in a directory of its own, which does not exist yet.
fn history() -> (tempfile::TempDir, History) {
    let folder = tempfile::tempdir().unwrap();
    let history = History::new(folder.path().join("state/history"));
    (folder, history)
}

/// Returns a history with one conversation of one turn, its ID and its file.
fn begun() -> (tempfile::TempDir, History, ConversationId, PathBuf) {
    let (folder, history) = history();
    let id = history.save(None, &turn("one")).unwrap().id;
    let path = history.folder().join(id.file_name());
    (folder, history, id, path)
}

fn prompts(conversation: &Conversation) -> Vec<String> {
    conversation.turns.iter().flat_map(|turn| turn.prompt().texts()).collect()
}

fn read(history: &History, id: &ConversationId) -> Conversation {
    history.read(id).unwrap().unwrap()
}

#[test]
fn what_is_saved_is_read_byte_for_byte() {
    let (_folder, history) = history();
    assert_eq!((history.ids(), history.last()), (Ok(vec![]), Ok(None)));
    let odd = r#"{"content": [{"text":"\u0041\/é\u2028"},{"n":1.0e2}], "role":"user"}"#;
    let mut saved = turn("");
    saved.messages = [message(odd), message(ASSISTANT)];
    saved.system = Some("line\nbreak".to_owned());
    let first = history.save(None, &saved).unwrap();
    assert!(first.is_first);
    let second = history.save(Some(&first.id), &turn("again")).unwrap();
    let size = first.size + turn("again").to_line().unwrap().len() as u64;
    assert_eq!(second, Saved { id: first.id.clone(), is_first: false, size_before: first.size, size });
    let conversation = read(&history, &first.id);
    assert_eq!(conversation.size, size);
    assert_eq!(conversation.turns, [saved, turn("again")]);
    assert_eq!(conversation.turns[0].prompt().as_str(), odd);
    assert_eq!(conversation.turns[0].time, "2026-11-27T12:41:33Z");
    assert_eq!(history.last(), Ok(Some(conversation)));
    assert!(!history.save(None, &turn("other")).unwrap().is_first);
    assert_eq!(history.ids().unwrap().len(), 2);
}

#[test]
fn a_line_that_was_not_finished_is_ignored_and_cut_off_by_the_next_turn() {
    let (_folder, history, id, path) = begun();
    let whole = fs::read(&path).unwrap();
    let line = turn(&"two ".repeat(50_000)).to_line().unwrap();
    for end in [1, 10, 100, 70_000, line.len() - 2] {
        fs::write(&path, [&whole[..], &line.as_bytes()[..end]].concat()).unwrap();
        let torn = read(&history, &id);
        assert_eq!((prompts(&torn), torn.damage), (vec!["one".to_owned()], None), "{end}");
        history.save(Some(&id), &turn("three")).unwrap();
        assert_eq!(prompts(&read(&history, &id)), ["one", "three"], "{end}");
        assert_eq!(fs::read(&path).unwrap(), [&whole[..], turn("three").to_line().unwrap().as_bytes()].concat());
    }
    // Of a first turn, nothing is left.
    fs::write(&path, &line.as_bytes()[..10]).unwrap();
    assert_eq!(history.last(), Ok(None));
    history.save(Some(&id), &turn("one")).unwrap();
    assert_eq!(fs::read(&path).unwrap(), whole);
    // A line without its line break is whole.
    fs::write(&path, &whole[..whole.len() - 1]).unwrap();
    history.save(Some(&id), &turn("two")).unwrap();
    assert_eq!(prompts(&read(&history, &id)), ["one", "two"]);
}

#[test]
fn damaged_lines_are_named_and_the_others_are_read() {
    let (_folder, history, id, path) = begun();
    let whole = turn("two").to_line().unwrap();
    let other = |change: fn(String) -> String| change(turn("x").to_line().unwrap());
    let deep = format!("{{\"version\":1,\"a\":{}\n", "[".repeat(100_000));
    for (bad, reason) in [
        (b"\n".to_vec(), "it is not a turn of a conversation: "),
        (b"{}\n".to_vec(), "it is not a turn of a conversation: missing field "),
        (b"null\n".to_vec(), "it is not a turn of a conversation: "),
        (b"\xff\0\n".to_vec(), "it is not UTF-8"),
        (deep.into_bytes(), "it is not a turn of a conversation: "),
        (whole.as_bytes()[..40].iter().copied().chain(*b"\n").collect(), "it is not a turn of a conversation: "),
        (b"{\"version\":2}\n".to_vec(), "it was written by a newer version"),
        (other(|line| line.replace("\"version\":1", "\"version\":2")).into(), "it was written by a newer version"),
        (other(|line| line.replace("\"user\"", "\"system\"")).into(), "the message of the user has another role"),
        (
            other(|line| line.replace("\"role\":\"assistant\"", "\"role\":1")).into(),
            "the message of the assistant is not",
        ),
        (other(|line| line.replace("[{\"text\":\"x\"}]", "[]")).into(), "the message of the user has no content"),
        (other(|line| line.replace("[{\"text\":\"x\"}]", "{}")).into(), "the message of the user is not valid: "),
    ] {
        fs::write(&path, [turn("one").to_line().unwrap().as_bytes(), &bad, whole.as_bytes()].concat()).unwrap();
        let conversation = read(&history, &id);
        assert_eq!(prompts(&conversation), ["one", "two"], "{reason}");
        let Some(Damage { first: error, lines: 1 }) = conversation.damage else { panic!("{reason}") };
        assert_eq!(error.what, format!("line 2 of `{}` is damaged", path.display()));
        assert!(error.cause.as_ref().unwrap().starts_with(reason), "{error:?}");
    }
}

/// The variables with which a test runs itself as a process that appends: the folder, the conversation and the writer.
const WRITER: [&str; 3] = ["HISTORY_TEST_FOLDER", "HISTORY_TEST_ID", "HISTORY_TEST_WRITER"];

/// Appends turns if this process is one that a test has started to do so.
#[expect(clippy::disallowed_methods, reason = "these are no settings of the program")]
fn appends() -> bool {
    let [Ok(folder), Ok(id), Ok(writer)] = WRITER.map(std::env::var) else { return false };
    let (history, id) = (History::new(folder.into()), id.parse().unwrap());
    for number in 0..200 {
        let prompt = format!("{writer} {number} {}", "x".repeat(number * 100));
        history.save(Some(&id), &turn(&prompt)).unwrap();
    }
    true
}

#[test]
fn of_turns_that_two_processes_append_at_the_same_time_none_is_lost() {
    const NAME: &str = "history::tests::of_turns_that_two_processes_append_at_the_same_time_none_is_lost";
    if appends() {
        return;
    }
    let (_folder, history) = history();
    let id = history.save(None, &turn("0")).unwrap().id;
    let writers = ["a", "b"].map(|writer| {
        let values = [history.folder().to_str().unwrap(), id.as_str(), writer];
        let mut process = Command::new(std::env::current_exe().unwrap());
        process.args(["--exact", NAME]).envs(WRITER.into_iter().zip(values)).stdout(Stdio::null()).spawn().unwrap()
    });
    for mut writer in writers {
        assert!(writer.wait().unwrap().success());
    }
    let conversation = read(&history, &id);
    assert_eq!((conversation.turns.len(), conversation.damage), (401, None));
    for writer in ["a", "b"] {
        let numbers = conversation.turns.iter().flat_map(|turn| turn.prompt().texts());
        let own = numbers.filter_map(|text| Some(text.strip_prefix(writer)?.split(' ').nth(1)?.parse().unwrap()));
        assert_eq!(own.collect::<Vec<usize>>(), (0..200).collect::<Vec<_>>());
    }
}

#[test]
fn conversations_begun_at_the_same_time_are_apart_and_one_is_the_first() {
    let (_folder, history) = history();
    let first: usize = thread::scope(|scope| {
        let begin = || (0..50).filter(|_| history.save(None, &turn("x")).unwrap().is_first).count();
        let threads = [scope.spawn(begin), scope.spawn(begin)];
        threads.map(|thread| thread.join().unwrap()).iter().sum()
    });
    assert_eq!((first, history.ids().unwrap().len()), (1, 100));
}

#[test]
fn an_id_leads_nowhere_else() {
    for text in ["", " ", "..", "../x", "a/b", "a\\b", "a.b", "-x", "é", "a b", "a\0", &"a".repeat(65)] {
        assert!(text.parse::<ConversationId>().is_err(), "{text:?}");
    }
    assert_eq!("0a1b2c3d".parse::<ConversationId>().unwrap().file_name(), "0a1b2c3d.jsonl");
}

#[test]
fn the_beginning_of_an_id_is_enough() {
    let (_folder, history) = history();
    fs::create_dir_all(history.folder()).unwrap();
    for name in ["aa11.jsonl", "aa12.jsonl", "aa1.jsonl", "b.jsonl", "c.txt", ".d.jsonl", "e e.jsonl"] {
        fs::write(history.folder().join(name), "").unwrap();
    }
    let id = |text: &str| text.parse::<ConversationId>().unwrap();
    assert_eq!(history.find("b"), Ok(Found::One(id("b"))));
    assert_eq!(history.find("aa1"), Ok(Found::One(id("aa1"))));
    assert_eq!(history.find("aa11"), Ok(Found::One(id("aa11"))));
    assert_eq!((history.find("c"), history.find("")), (Ok(Found::None), Ok(Found::None)));
    let Ok(Found::Several(mut several)) = history.find("a") else { panic!("`a` stands for several") };
    several.sort();
    assert_eq!(several, [id("aa1"), id("aa11"), id("aa12")]);
    assert_eq!((history.delete(&id("b")), history.delete(&id("b"))), (Ok(true), Ok(false)));
}

#[test]
fn messages_show_their_text_and_their_kinds() {
    let cited = r#"{"citationsContent":{"content":[{"text":"a"},{"text":"b"}],"citations":[]}}"#;
    let image = r#"{"image":{"format":"png","source":{"bytes":"AA=="}}}"#;
    let message = ConverseMessage::new("user", &[image, r#"{"text":"\u0041"}"#, cited, r#"{"text":5}"#]).unwrap();
    assert_eq!(message.texts(), ["A", "ab"]);
    assert_eq!(message.other_kinds(), ["image", "text"]);
    assert_eq!(message.blocks()[0], image);
    assert_eq!(ConverseMessage::from_json(format!("\n{USER}\r\n")).unwrap().as_str().trim(), USER);
    assert!(ConverseMessage::from_json("{".to_owned()).is_err());
}

#[cfg(unix)]
mod on_unix {
    use std::os::unix::fs::{PermissionsExt, symlink};

    use super::*;

    #[test]
    fn only_the_owner_can_read_what_is_saved() {
        let (_folder, history) = history();
        let id = history.save(None, &turn("x")).unwrap().id;
        let mode = |path: &Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        assert_eq!(mode(history.folder()), 0o700);
        assert_eq!(mode(&history.folder().join(id.file_name())), 0o600);
    }

    #[test]
    fn links_and_pipes_are_neither_read_nor_written() {
        let (folder, history) = history();
        history.save(None, &turn("x")).unwrap();
        let outside = folder.path().join("outside.jsonl");
        fs::write(&outside, turn("secret").to_line().unwrap()).unwrap();
        symlink(&outside, history.folder().join("link.jsonl")).unwrap();
        symlink("/dev/zero", history.folder().join("zero.jsonl")).unwrap();
        fs::create_dir(history.folder().join("folder.jsonl")).unwrap();
        assert_eq!(history.ids().unwrap().len(), 1);
        for name in ["link", "zero", "folder"] {
            let id = name.parse().unwrap();
            let error = history.read(&id).unwrap_err();
            assert_eq!(error.cause.as_deref(), Some("it is not a regular file"), "{name}");
            assert!(history.save(Some(&id), &turn("x")).is_err(), "{name}");
        }
        assert_eq!(fs::read_to_string(&outside).unwrap(), turn("secret").to_line().unwrap());
    }

    #[test]
    fn a_file_that_is_too_large_is_refused_unread() {
        let (_folder, history) = history();
        let id = history.save(None, &turn("x")).unwrap().id;
        File::options().write(true).open(history.folder().join(id.file_name())).unwrap().set_len(1 << 40).unwrap();
        let error = history.read(&id).unwrap_err();
        assert_eq!(error.cause.as_deref(), Some("it has more than 268435456 bytes"));
        assert!(history.save(Some(&id), &turn("x")).is_err());
    }

    #[test]
    fn a_folder_that_cannot_be_written_is_an_error() {
        let (folder, history) = history();
        let state = folder.path().join("state");
        File::create(&state).unwrap().write_all(b"x").unwrap();
        let error = history.save(None, &turn("x")).unwrap_err();
        assert!(error.what.starts_with("cannot write `"), "{error:?}");
        fs::remove_file(&state).unwrap();
        assert!(history.save(None, &turn("x")).unwrap().is_first);
    }
}

#[test]
fn the_size_of_a_conversation_tells_whether_it_has_changed() {
    let (_folder, history, id, path) = begun();
    let whole = fs::read(&path).unwrap();
    let length = |bytes: &[u8]| bytes.len() as u64;
    for (content, size) in [
        (whole.clone(), length(&whole)),
        (whole[..whole.len() - 1].to_vec(), length(&whole) - 1),
        ([&whole[..], b"{\"vers"].concat(), length(&whole)),
        ([&whole[..], b"\r\n"].concat(), length(&whole) + 2),
        (b"{\"vers".to_vec(), 0),
    ] {
        fs::write(&path, &content).unwrap();
        assert_eq!(read(&history, &id).size, size);
        let saved = history.save(Some(&id), &turn("two")).unwrap();
        assert_eq!((saved.size_before, saved.size), (size, length(&fs::read(&path).unwrap())));
    }
}
