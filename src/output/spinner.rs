//! The line on stderr that shows what is awaited, and for how long. It is erased before anything else is written.

use std::io::{self, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use super::text::visible;
use crate::signals::Signals;

/// The time before the line appears: most responses begin earlier.
const DELAY: Duration = Duration::from_millis(400);

/// The time between two frames.
const FRAME: Duration = Duration::from_millis(100);
const FRAMES: [char; 4] = ['|', '/', '-', '\\'];

/// Returns to the start of the line, and erases it.
const ERASE: &str = "\r\u{1b}[K";

/// The line. A thread of its own draws it, so that nothing waits for it.
#[derive(Clone, Default)]
pub(super) struct Spinner {
    shared: Arc<(Mutex<Line>, Condvar)>,
}

/// The state of the line. Whoever holds it is the only one to write to stderr.
#[derive(Default)]
pub(super) struct Line {
    /// What is awaited, and since when; `None` if nothing is.
    awaited: Option<(String, Instant)>,
    is_drawn: bool,
}

impl Line {
    fn draw(&mut self, text: &str) {
        // A line that the terminal wraps could not be erased.
        let text: String = visible(text).chars().take(room()).collect();
        write(&format!("{ERASE}{text}"));
        self.is_drawn = true;
    }
}

impl Spinner {
    /// Shows from [`DELAY`] on what is awaited. `ends_process` is whether a signal ends the process as if nothing listened
    /// to it; otherwise the caller listens.
    pub fn start(&self, what: String, ends_process: bool) {
        let mut line = self.line();
        let is_new = line.awaited.is_none();
        line.awaited = Some((what, Instant::now()));
        if is_new {
            let spinner = self.clone();
            thread::spawn(move || spinner.run(ends_process));
        }
    }

    /// Shows something else, if anything is awaited.
    pub fn rename(&self, what: String) {
        if let Some((shown, _)) = &mut self.line().awaited {
            *shown = what;
        }
    }

    /// Erases the line for good.
    pub fn stop(&self) {
        self.erased().awaited = None;
        self.shared.1.notify_all();
    }

    /// Erases the line; it is not drawn again while the guard lives.
    pub fn erased(&self) -> MutexGuard<'_, Line> {
        let mut line = self.line();
        if line.is_drawn {
            line.is_drawn = false;
            write(ERASE);
        }
        line
    }

    fn line(&self) -> MutexGuard<'_, Line> {
        self.shared.0.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Draws the line until it is stopped.
    fn run(&self, ends_process: bool) {
        let waited = self.shared.1.wait_timeout_while(self.line(), DELAY, |line| line.awaited.is_some());
        let is_over = waited.unwrap_or_else(PoisonError::into_inner).0.awaited.is_none();
        if is_over {
            return;
        }
        let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
        runtime.block_on(async {
            let listening = if ends_process { Signals::listen() } else { Ok(Signals::default()) };
            let Ok(mut signals) = listening else { return };
            for frame in FRAMES.into_iter().cycle() {
                if !self.draw(frame) {
                    break;
                }
                if signals.unless_received(tokio::time::sleep(FRAME)).await.is_err() {
                    break;
                }
            }
            if ends_process {
                // A listener stays until the process ends, so that a signal after the line is taken here too.
                let signal = signals.wait().await;
                let _line = self.erased();
                signal.end_process();
            }
        });
    }

    /// Draws the line, and returns whether something is still awaited.
    fn draw(&self, frame: char) -> bool {
        let mut line = self.line();
        let Some((what, since)) = &line.awaited else { return false };
        let text = format!("{frame} {} s: {what}", since.elapsed().as_secs());
        line.draw(&text);
        true
    }

    /// Draws a text once, in place of what was drawn before.
    pub fn draw_text(&self, text: &str) {
        self.line().draw(text);
    }
}

/// Returns the number of characters that fit into a line of the terminal.
#[expect(clippy::disallowed_methods, reason = "this is where stderr is written")]
fn room() -> usize {
    let size = terminal_size::terminal_size_of(io::stderr());
    size.map_or(usize::MAX, |(width, _)| usize::from(width.0).saturating_sub(1))
}

#[expect(clippy::disallowed_methods, reason = "this is where stderr is written")]
fn write(text: &str) {
    let mut stderr = io::stderr();
    // A closed stderr is no reason to fail.
    let _ = stderr.write_all(text.as_bytes()).and_then(|()| stderr.flush());
}
