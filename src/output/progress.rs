//! A progress bar on stderr.

use std::io::{self, Write};

/// The width of a progress bar in characters.
const PROGRESS_WIDTH: usize = 30;

/// A progress bar. It is erased when it is dropped.
pub struct Progress<'a> {
    stderr: Option<&'a mut io::Stderr>,
    label: &'static str,
    steps: usize,
    done: usize,
}

impl<'a> Progress<'a> {
    /// Creates a progress bar and draws it; draws nothing without a stream.
    pub(super) fn new(stderr: Option<&'a mut io::Stderr>, label: &'static str, steps: usize) -> Self {
        let mut progress = Self { stderr, label, steps, done: 0 };
        progress.draw();
        progress
    }

    pub fn step(&mut self) {
        self.done += 1;
        self.draw();
    }

    fn draw(&mut self) {
        let Self { stderr: Some(stderr), label, steps, done } = self else { return };
        let filled = "#".repeat(*done * PROGRESS_WIDTH / (*steps).max(1));
        // A closed stderr is no reason to fail.
        let _ = write!(stderr, "\r\u{1b}[K{label} [{filled:<PROGRESS_WIDTH$}] {done} of {steps}");
    }
}

impl Drop for Progress<'_> {
    fn drop(&mut self) {
        if let Some(stderr) = &mut self.stderr {
            let _ = write!(stderr, "\r\u{1b}[K");
        }
    }
}
