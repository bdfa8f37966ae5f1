//! A run in progress: write to it, wait for its output, send signals, and take the result.

use std::io::Write;
use std::path::Path;
use std::process::Child;
use std::thread;
use std::time::Instant;

#[cfg(unix)]
use rustix::process::{Pid, Signal, kill_process, kill_process_group};

use super::canary::{self, Secrets};
use super::capture::{Capture, TIMEOUT};
use super::schema::Printed;
use super::{Home, Ran, ran};

/// A run that has started. It is killed if it is dropped.
pub struct Running {
    child: Child,
    stdin: Option<Box<dyn Write + Send>>,
    stdout: Capture,
    stderr: Capture,
    home: Home,
    secrets: Secrets,
    printed: Printed,
    has_ended: bool,
}

impl Running {
    pub(super) fn new(
        child: Child,
        stdin: Option<Box<dyn Write + Send>>,
        stdout: Capture,
        stderr: Capture,
        home: Home,
        (secrets, printed): (Secrets, Printed),
    ) -> Self {
        home.process_started();
        Self { child, stdin, stdout, stderr, home, secrets, printed, has_ended: false }
    }

    /// Writes to stdin (`Run::stdin_open` or a terminal) and leaves it open.
    pub fn write_stdin(&mut self, bytes: impl AsRef<[u8]>) {
        let stdin = self.stdin.as_mut().expect("stdin is open");
        stdin.write_all(bytes.as_ref()).expect("the program takes its input");
        stdin.flush().expect("the program takes its input");
    }

    pub fn close_stdin(&mut self) {
        self.stdin = None;
    }

    /// Waits until stdout contains `text`, and returns stdout so far.
    ///
    /// # Panics
    /// If stdout ends, or a minute passes, without it.
    pub fn stdout_until(&self, text: &str) -> Vec<u8> {
        self.wait(&self.stdout, text)
    }

    /// Waits until stderr contains `text`, and returns stderr so far.
    ///
    /// # Panics
    /// If stderr ends, or a minute passes, without it.
    pub fn stderr_until(&self, text: &str) -> Vec<u8> {
        self.wait(&self.stderr, text)
    }

    /// Sends SIGINT, as Ctrl-C does.
    #[cfg(unix)]
    pub fn interrupt(&self) {
        self.signal(Signal::INT);
    }

    /// Sends SIGINT to each process of the group, as the terminal does at Ctrl-C.
    ///
    /// # Panics
    /// If the run does not have a process group of its own (`Run::own_process_group`).
    #[cfg(unix)]
    pub fn interrupt_group(&self) {
        kill_process_group(self.id(), Signal::INT).expect("the group takes a signal");
    }

    /// Sends a signal.
    #[cfg(unix)]
    pub fn signal(&self, signal: Signal) {
        kill_process(self.id(), signal).expect("the process takes a signal");
    }

    #[cfg(unix)]
    fn id(&self) -> Pid {
        Pid::from_child(&self.child)
    }

    /// Waits until any file in the current directory contains just this text.
    ///
    /// # Panics
    /// If a minute passes without it.
    #[cfg(unix)]
    pub fn file_here_until(&self, text: &str) {
        let until = Instant::now() + TIMEOUT;
        while self.home.left_files().iter().all(|(_, content)| content != text.as_bytes()) {
            assert!(Instant::now() < until, "no file holds `{text}`\n{}", self.so_far());
            thread::yield_now();
        }
    }

    /// Waits for the end, and searches everything left behind for secrets and temporary files.
    ///
    /// # Panics
    /// If the run does not end within a minute, leaked a secret, left a temporary file, or printed JSON that its schema does
    /// not describe.
    pub fn finish(mut self) -> Ran {
        let until = Instant::now() + TIMEOUT;
        // A terminal's stdin stays open until the program has gone: closing it would hang the program up.
        let ended = self.stdout.ends_before(until) && self.stderr.ends_before(until);
        assert!(ended, "the program hangs: killed after {TIMEOUT:?}\n{}", self.so_far());
        let status = self.child.wait().expect("the program has a status");
        let is_last = self.home.process_ended();
        self.has_ended = true;
        let stderr = ran::with_unix_errors(self.stderr.so_far());
        let ran = Ran { stdout: self.stdout.so_far(), stderr, status, home: self.home.clone() };
        self.secrets.assert_absent(Path::new("stdout"), &ran.stdout);
        self.secrets.assert_absent(Path::new("stderr"), &ran.stderr);
        self.printed.assert_valid(&ran.stdout);
        for (path, content) in self.home.left_files() {
            self.secrets.assert_absent(&path, &content);
            assert!(!is_last || !is_temporary(&path), "a temporary file was left: {}\n{ran}", path.display());
        }
        ran
    }

    /// Writes all of stdin from a thread, then closes it. A program need not read it.
    pub(super) fn write_stdin_behind(&mut self, bytes: Vec<u8>) {
        if let Some(mut stdin) = self.stdin.take() {
            thread::spawn(move || stdin.write_all(&bytes));
        }
    }

    fn wait(&self, stream: &Capture, text: &str) -> Vec<u8> {
        let arrived = stream.wait_until(|bytes| canary::contains(bytes, text.as_bytes()));
        arrived.unwrap_or_else(|| panic!("`{text}` never came\n{}", self.so_far()))
    }

    fn so_far(&self) -> String {
        let (stdout, stderr) = (self.stdout.so_far(), self.stderr.so_far());
        format!("stdout: {}\nstderr: {}", String::from_utf8_lossy(&stdout), String::from_utf8_lossy(&stderr))
    }
}

/// Whether a file has the name of a temporary file.
fn is_temporary(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    [".bedrock-ask-", ".tmp"].iter().any(|prefix| name.starts_with(prefix))
}

impl Drop for Running {
    fn drop(&mut self) {
        // Both fail only if the process has ended, which is their purpose.
        let _ = self.child.kill();
        let _ = self.child.wait();
        if !self.has_ended {
            self.home.process_ended();
        }
    }
}
