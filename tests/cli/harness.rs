//! Runs the real binary in an empty environment with a home of its own, and renders the result as one block.
//!
//! ```
//! let ran = bedrock_ask(["resolve", "nova-lite"]).env("AWS_REGION", "eu-central-1").config("routing: geo").run();
//! insta::assert_snapshot!(ran, @r"
//! ----- stdout -----
//! eu.amazon.nova-lite-v1:0
//! ----- stderr -----
//! ----- exit 0 -----
//! ");
//! ```
//!
//! - stdin is empty and not a terminal unless `.stdin("…")` gives it bytes; the current directory is a new one.
//! - Two runs share a home with `let home = Home::new();` and `.home(&home)`; `.file(path, text)` writes into it.
//! - `.credentials()` and `.api_key()` set canaries. After **every** run, neither they nor any string of `.secret(…)` may
//!   be in stdout, stderr, or a file left in the home or the current directory; and no temporary file may be left there.
//! - What a run with `--format json` prints is validated against the JSON Schema of its command.
//! - The binary starts with the default action for each signal, even if the tests themselves ignore some (`nohup`).
//! - `.terminal([Stream::Stdout])` puts streams on pseudo-terminals (one each); `.spawn()` returns a [`Running`].
//! - On Windows the home is `USERPROFILE`, paths below it are shown with `/`, and failed calls by what Unix says of them.

pub mod canary;
mod capture;
mod home;
mod ran;
mod running;
pub mod schema;
mod signals;
#[cfg(unix)]
mod terminal;
#[cfg(unix)]
mod tests;

use std::ffi::OsString;
use std::fs::File;
use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
#[cfg(unix)]
use std::time::{SystemTime, UNIX_EPOCH};

pub use canary::Secrets;
pub use home::Home;
pub use ran::Ran;
pub use running::Running;

use capture::Capture;

/// The catalog of every run: no refresh of the built-in one changes it.
pub const CATALOG: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/fixtures/catalog.txt");

#[cfg(unix)]
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stream {
    Stdin,
    Stdout,
    Stderr,
}

/// The source of stdin.
enum Input {
    Nothing,
    Bytes(Vec<u8>),
    Open,
    File(PathBuf),
}

/// The destination of stdout if it is not a terminal.
enum Output {
    Captured,
    ClosedAfter(usize),
    #[cfg(unix)]
    File(PathBuf),
}

/// A run of the binary that has not started.
#[must_use]
pub struct Run {
    command: Command,
    home: Home,
    input: Input,
    output: Output,
    #[cfg(unix)]
    terminals: Vec<Stream>,
    #[cfg(unix)]
    columns: u16,
    secrets: Secrets,
    #[cfg(unix)]
    reminds: bool,
}

/// Prepares a run of the binary with these arguments.
pub fn bedrock_ask<I: IntoIterator<Item: Into<OsString>>>(arguments: I) -> Run {
    program(env!("CARGO_BIN_EXE_bedrock-ask"), arguments)
}

/// Prepares a run of any program in the same environment.
pub fn program<I: IntoIterator<Item: Into<OsString>>>(path: &str, arguments: I) -> Run {
    let mut command = signals::command(path);
    command.args(arguments.into_iter().map(Into::into)).env_clear();
    // `credential_process` needs a `PATH`, and requests to 169.254.169.254 would make tests wait.
    command.envs(system()).env("AWS_EC2_METADATA_DISABLED", "true");
    command.env("BEDROCK_ASK_CATALOG_PATH", CATALOG).envs(clock());
    Run {
        command,
        home: Home::new(),
        input: Input::Nothing,
        output: Output::Captured,
        #[cfg(unix)]
        terminals: Vec::new(),
        #[cfg(unix)]
        columns: 80,
        secrets: Secrets::default(),
        #[cfg(unix)]
        reminds: false,
    }
}

/// Returns what every program needs of the system: where other programs are.
#[cfg(unix)]
fn system() -> [(&'static str, OsString); 1] {
    [("PATH", "/usr/bin:/bin".into())]
}

/// Returns what every program needs of the system: where other programs are, and Windows itself.
#[cfg(windows)]
#[expect(clippy::disallowed_methods, reason = "this is no setting of the program")]
fn system() -> [(&'static str, OsString); 2] {
    let root = std::env::var_os("SystemRoot").expect("Windows has a folder");
    let mut path = root.clone();
    path.push("\\system32");
    [("PATH", path), ("SystemRoot", root)]
}

/// Returns the command of a `credential_process` that prints this file.
pub fn printing(path: &Path) -> String {
    format!("{} {}", if cfg!(windows) { "type" } else { "/bin/cat" }, path.display())
}

/// Returns the variables with which libfaketime sets the clock of a program, if it sets ours.
#[expect(clippy::disallowed_methods, reason = "this is no setting of the program")]
pub fn clock() -> impl Iterator<Item = (&'static str, OsString)> {
    let names = ["LD_PRELOAD", "FAKETIME", "FAKETIME_DONT_FAKE_MONOTONIC", "NO_FAKE_STAT"];
    names.into_iter().filter_map(|name| Some((name, std::env::var_os(name)?)))
}

impl Run {
    pub fn argument(mut self, argument: &str) -> Self {
        self.command.arg(argument);
        self
    }

    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.command.env(name, value.into());
        self
    }

    /// Removes a variable that the harness or an earlier call has set.
    pub fn without_env(mut self, name: &str) -> Self {
        self.command.env_remove(name);
        self
    }

    /// Pipes these bytes into stdin, then closes it.
    pub fn stdin(mut self, bytes: impl Into<Vec<u8>>) -> Self {
        self.input = Input::Bytes(bytes.into());
        self
    }

    /// Uses a file of the home as stdin.
    pub fn stdin_file(mut self, path: &str) -> Self {
        self.input = Input::File(self.home.path(path));
        self
    }

    /// Leaves stdin open as a pipe: [`Running::write_stdin`] feeds it.
    pub fn stdin_open(mut self) -> Self {
        self.input = Input::Open;
        self
    }

    /// Closes the reading end of stdout after this many bytes, as `head` does.
    pub fn stdout_closes_after(mut self, bytes: usize) -> Self {
        self.output = Output::ClosedAfter(bytes);
        self
    }

    /// Sends stdout to an existing file, such as `/dev/full`.
    #[cfg(unix)]
    pub fn stdout_to(mut self, path: impl Into<PathBuf>) -> Self {
        self.output = Output::File(path.into());
        self
    }

    /// Lets the program say on a terminal that the catalog is old, as it does once a day: the frozen one grows older.
    #[cfg(unix)]
    pub fn reminds(mut self) -> Self {
        self.reminds = true;
        self
    }

    /// Puts these streams on pseudo-terminals, each on its own.
    #[cfg(unix)]
    pub fn terminal(mut self, streams: impl IntoIterator<Item = Stream>) -> Self {
        self.terminals.extend(streams);
        self.env("TERM", "xterm-256color")
    }

    /// Starts a process group, which [`Running::interrupt_group`] interrupts.
    #[cfg(unix)]
    pub fn own_process_group(mut self) -> Self {
        std::os::unix::process::CommandExt::process_group(&mut self.command, 0);
        self
    }

    /// Sets the width of the pseudo-terminals.
    #[cfg(unix)]
    pub fn columns(mut self, columns: u16) -> Self {
        self.columns = columns;
        self
    }

    /// Uses a home that other runs share. Must be called before anything writes into the home.
    pub fn home(mut self, home: &Home) -> Self {
        self.home = home.clone();
        self
    }

    /// Writes a file, by its path under the home.
    pub fn file(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.home.write(path, content.as_ref());
        self
    }

    /// Writes a file, by its path under the current directory.
    pub fn file_here(self, path: &str, content: impl AsRef<[u8]>) -> Self {
        self.home.write_here(path, content.as_ref());
        self
    }

    pub fn config(self, yaml: &str) -> Self {
        self.file(".config/bedrock-ask/config.yaml", yaml)
    }

    /// Sets AWS credentials in the environment: canaries that must not leak.
    pub fn credentials(self) -> Self {
        self.secrets.add(canary::SECRET_ACCESS_KEY);
        self.secrets.add(canary::SESSION_TOKEN);
        self.env("AWS_ACCESS_KEY_ID", canary::ACCESS_KEY_ID)
            .env("AWS_SECRET_ACCESS_KEY", canary::SECRET_ACCESS_KEY)
            .env("AWS_SESSION_TOKEN", canary::SESSION_TOKEN)
    }

    /// Sets a Bedrock API key in the environment: a canary that must not leak.
    pub fn api_key(self) -> Self {
        self.secrets.add(canary::API_KEY);
        self.env("AWS_BEARER_TOKEN_BEDROCK", canary::API_KEY)
    }

    /// Adds a string that must not leak.
    pub fn secret(self, secret: &str) -> Self {
        self.secrets.add(secret);
        self
    }

    /// Returns the strings that must not leak, including those that are added later.
    pub fn secrets(&self) -> Secrets {
        self.secrets.clone()
    }

    /// Runs to the end.
    ///
    /// # Panics
    /// If the binary cannot start, hangs for a minute, or leaks a secret.
    pub fn run(self) -> Ran {
        self.spawn().finish()
    }

    /// Starts without waiting for the end.
    pub fn spawn(mut self) -> Running {
        self.set_home();
        #[cfg(unix)]
        if self.terminals.contains(&Stream::Stderr) && !self.reminds {
            let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a time after 1970").as_secs();
            let mark = format!("bedrock-ask reminder 1 {:016x} {now}\n", 0);
            self.home.write(".cache/bedrock-ask/catalog.reminder", mark.as_bytes());
        }
        let mut masters = Masters::default();
        self.command.stdin(self.stdin_stdio(&mut masters));
        self.command.stdout(self.stdout_stdio(&mut masters));
        self.command.stderr(self.stderr_stdio(&mut masters));
        let printed = schema::Printed::by(&self.command);
        let mut child = self.command.spawn().expect("the binary starts");
        // The command still holds our copies of the terminals' other ends: while it lives they never close.
        drop(self.command);

        let stdin = masters.stdin.map(Capture::writer).or_else(|| child.stdin.take().map(Capture::writer));
        let limit = if let Output::ClosedAfter(bytes) = self.output { bytes } else { usize::MAX };
        let stdout = captured(masters.stdout, child.stdout.take(), limit);
        let stderr = captured(masters.stderr, child.stderr.take(), usize::MAX);
        let mut running = Running::new(child, stdin, stdout, stderr, self.home, (self.secrets, printed));
        if let Input::Bytes(bytes) = self.input {
            running.write_stdin_behind(bytes);
        }
        running
    }

    /// Sets the home and the current directory.
    fn set_home(&mut self) {
        self.command.current_dir(self.home.here());
        if cfg!(unix) {
            self.command.env("HOME", self.home.root());
            return;
        }
        self.command.env("USERPROFILE", self.home.root());
        // Otherwise Windows itself names the folders, and not by a variable.
        for (variable, folder) in
            [("XDG_CONFIG_HOME", ".config"), ("XDG_CACHE_HOME", ".cache"), ("XDG_STATE_HOME", ".local/state")]
        {
            if self.command.get_envs().all(|(name, _)| name != variable) {
                self.command.env(variable, self.home.path(folder));
            }
        }
    }

    #[cfg_attr(windows, expect(unused_variables, reason = "it has no pseudo-terminals"))]
    fn stdin_stdio(&self, masters: &mut Masters) -> Stdio {
        #[cfg(unix)]
        if self.terminals.contains(&Stream::Stdin) {
            return open_terminal(&mut masters.stdin, terminal::Mode::Line, self.columns);
        }
        match &self.input {
            Input::Nothing => Stdio::null(),
            Input::Bytes(_) | Input::Open => Stdio::piped(),
            Input::File(path) => File::open(path).expect("the file for stdin opens").into(),
        }
    }

    #[cfg_attr(windows, expect(unused_variables, reason = "it has no pseudo-terminals"))]
    fn stdout_stdio(&self, masters: &mut Masters) -> Stdio {
        #[cfg(unix)]
        if self.terminals.contains(&Stream::Stdout) {
            return open_terminal(&mut masters.stdout, terminal::Mode::Raw, self.columns);
        }
        match &self.output {
            Output::Captured | Output::ClosedAfter(_) => Stdio::piped(),
            #[cfg(unix)]
            Output::File(path) => File::options().write(true).open(path).expect("the file for stdout opens").into(),
        }
    }

    #[cfg_attr(windows, expect(unused_variables, clippy::unused_self, reason = "it has no pseudo-terminals"))]
    fn stderr_stdio(&self, masters: &mut Masters) -> Stdio {
        #[cfg(unix)]
        if self.terminals.contains(&Stream::Stderr) {
            return open_terminal(&mut masters.stderr, terminal::Mode::Raw, self.columns);
        }
        Stdio::piped()
    }
}

fn captured(terminal: Option<File>, pipe: Option<impl Read + Send + 'static>, limit: usize) -> Capture {
    match (terminal, pipe) {
        (Some(terminal), _) => Capture::start(terminal, limit),
        (None, Some(pipe)) => Capture::start(pipe, limit),
        (None, None) => Capture::empty(),
    }
}

/// Our ends of the pseudo-terminals.
#[derive(Default)]
struct Masters {
    stdin: Option<File>,
    stdout: Option<File>,
    stderr: Option<File>,
}

#[cfg(unix)]
fn open_terminal(master: &mut Option<File>, mode: terminal::Mode, columns: u16) -> Stdio {
    let pair = terminal::open(mode, columns);
    *master = Some(pair.master);
    pair.program.into()
}
