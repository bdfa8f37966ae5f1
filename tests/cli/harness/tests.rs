//! Tests of the harness itself, with the shell instead of the binary.

use super::{Home, Run, Stream, bedrock_ask, program};

fn shell(script: &str) -> Run {
    program("/bin/sh", ["-c", script])
}

#[test]
fn the_environment_is_empty_but_for_what_was_asked() {
    let ran =
        shell("env | cut -d= -f1 | grep -v -x -e PWD -e _ -e SHLVL -e OLDPWD -e LD_PRELOAD -e NO_FAKE_STAT -e 'FAKETIME.*' | sort").env("AWS_REGION", "x").run();
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    AWS_EC2_METADATA_DISABLED
    AWS_REGION
    BEDROCK_ASK_CATALOG_PATH
    HOME
    PATH
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn stdin_is_empty_unless_given() {
    assert_eq!(shell("wc -c").run().stdout_text().trim(), "0");
    assert_eq!(shell("cat").stdin("two\nlines").run().stdout, b"two\nlines");
    assert_eq!(shell("cat").file("prompt", "from a file").stdin_file("prompt").run().stdout, b"from a file");
    // More than a pipe holds, and never read: neither side may hang.
    assert_eq!(shell("exit 4").stdin(vec![0; 1 << 20]).run().exit(), Some(4));
}

#[test]
fn a_home_is_shared_by_runs_and_its_names_are_replaced() {
    let home = Home::new();
    shell("mkdir ~/.cache; echo remembered > ~/.cache/x; echo here > y").home(&home).run();
    assert_eq!((home.read(".cache/x").as_str(), home.read_here("y").as_str()), ("remembered\n", "here\n"));
    let ran = shell("cat ~/.config/bedrock-ask/config.yaml z; echo ~; pwd >&2; cat ~/.cache/x >&2; exit 3");
    insta::assert_snapshot!(ran.home(&home).config("region: x\n").file_here("z", "z\n").run(), @r"
    ----- stdout -----
    region: x
    z
    [HOME]
    ----- stderr -----
    [HERE]
    remembered
    ----- exit 3 -----
    ");
}

#[test]
fn streams_are_terminals_only_where_asked() {
    let script = "for fd in 0 1 2; do test -t $fd && echo $fd >> ~/terminals; done; printf 'out\\n'; echo error >&2";
    let ran = shell(script).run();
    assert!(ran.home.left_files().is_empty());
    let ran = shell(script).terminal([Stream::Stdin, Stream::Stdout, Stream::Stderr]).run();
    assert_eq!(ran.home.read("terminals"), "0\n1\n2\n");
    assert_eq!((ran.stdout_text(), ran.stderr_text()), ("out\n", "error\n"));
}

#[test]
fn a_terminal_takes_lines_and_control_d() {
    let mut running = shell("cat").terminal([Stream::Stdin]).spawn();
    running.write_stdin("typed\n\u{4}");
    assert_eq!(running.finish().stdout, b"typed\n");
}

#[test]
fn a_running_program_is_fed_and_heard() {
    let mut running =
        shell("while read line; do echo \"got $line\"; echo \"saw $line\" >&2; done").stdin_open().spawn();
    running.write_stdin("one\n");
    running.stdout_until("got one");
    running.write_stdin("two\n");
    assert_eq!(running.stderr_until("saw two"), b"saw one\nsaw two\n");
    running.close_stdin();
    assert_eq!(running.finish().stdout, b"got one\ngot two\n");
}

#[test]
fn an_interrupt_ends_it_and_shows_as_a_signal() {
    let running = shell("echo ready; exec sleep 50").spawn();
    running.stdout_until("ready");
    running.interrupt();
    insta::assert_snapshot!(running.finish(), @r"
    ----- stdout -----
    ready
    ----- stderr -----
    ----- signal 2 -----
    ");
}

#[test]
fn a_reader_that_closes_gives_a_broken_pipe() {
    let ran = shell("exec yes").stdout_closes_after(4).run();
    assert_eq!(ran.stdout, b"y\ny\n");
    assert!(!ran.status.success());
}

#[cfg(target_os = "linux")]
#[test]
fn stdout_can_be_a_device() {
    let ran = shell("cat ~/x").file("x", "x").stdout_to("/dev/full").run();
    assert!(ran.stdout.is_empty() && ran.stderr_text().contains("No space left"));
}

#[test]
#[should_panic(expected = "a secret got out: `wJalrCANARYs…` is in stderr")]
fn a_secret_on_stderr_fails_the_test() {
    shell("echo \"key: $AWS_SECRET_ACCESS_KEY\" >&2").credentials().run();
}

#[test]
#[should_panic(expected = "/home/.cache/deep/log")]
fn a_secret_in_a_file_left_behind_fails_the_test() {
    shell("mkdir -p ~/.cache/deep; env > ~/.cache/deep/log").api_key().run();
}

#[test]
#[should_panic(expected = "a temporary file was left")]
fn a_temporary_file_left_behind_fails_the_test() {
    shell("echo half > .bedrock-ask-x1Y2z3").run();
}

#[test]
fn a_secret_that_the_test_itself_wrote_may_stay() {
    shell("true").secret("a-long-secret-of-the-test").file(".aws/credentials", "a-long-secret-of-the-test").run();
}

#[test]
#[should_panic(expected = "`never` never came")]
fn waiting_for_what_never_comes_tells_what_did() {
    shell("echo something else").without_env("PATH").spawn().stdout_until("never");
}

#[test]
fn the_binary_runs() {
    let ran = bedrock_ask(["--version"]).run();
    assert_eq!(ran.stdout_text(), format!("bedrock-ask {}\n", env!("CARGO_PKG_VERSION")));
}
