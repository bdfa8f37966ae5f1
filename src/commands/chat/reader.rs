//! Reads the lines that are typed in a chat. A signal that ends the chat resets the terminal first.

use std::fmt::Display;
use std::io::ErrorKind;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::thread;

use rustyline::error::ReadlineError;
use rustyline::history::MemHistory;
use rustyline::{Config, Editor};
use tokio::runtime;

use crate::error::{Error, ExitCode};
use crate::output;
use crate::signals::{Signal, Signals};

/// What stands before the line that is typed.
const PROMPT: &str = "> ";

/// The most lines that the arrow keys bring back.
const MOST_LINES: usize = 1000;

/// The editor of the line that is typed.
pub struct Reader {
    editor: Editor<(), MemHistory>,
    watch: Watch,
}

/// What the thread that waits for signals shares with the one that reads.
#[derive(Clone, Default)]
struct Watch(Arc<Mutex<State>>);

#[derive(Default)]
struct State {
    is_reading: bool,
    received: Option<Signal>,
}

impl Reader {
    /// Creates the editor.
    pub fn new() -> Result<Self, Error> {
        let config = Config::builder().max_history_size(MOST_LINES).map_err(|error| unreadable(&error))?.build();
        let editor = Editor::with_history(config, MemHistory::new()).map_err(|error| unreadable(&error))?;
        let watch = Watch::default();
        watch.start()?;
        Ok(Self { editor, watch })
    }

    /// Reads a line. SIGTERM and SIGHUP end the process.
    ///
    /// # Errors
    /// If Ctrl-C or Ctrl-D is typed, or the terminal cannot be read.
    pub fn read(&mut self) -> Result<String, ReadlineError> {
        // The editor is interrupted, such as by a new size of the terminal, only on the first thread of the process.
        self.watch.set_reading(true);
        let typed = self.editor.readline(PROMPT);
        self.watch.set_reading(false);
        if typed.as_ref().is_err_and(is_not_text) {
            discard_rest();
        }
        typed
    }

    /// Keeps a line for the arrow keys.
    pub fn keep(&mut self, line: &str) {
        let _ = self.editor.add_history_entry(line);
    }
}

impl Watch {
    /// Starts the thread that waits for the signals that end the process.
    fn start(&self) -> Result<(), Error> {
        let watch = self.clone();
        let reset = reset_terminal()?;
        thread::spawn(move || {
            let Ok(runtime) = runtime::Builder::new_current_thread().enable_all().build() else { return };
            runtime.block_on(async {
                let Ok(mut signals) = Signals::listen_except_for_interrupt() else { return };
                let signal = signals.wait().await;
                let mut state = watch.state();
                state.received = Some(signal);
                if state.is_reading {
                    reset();
                    signal.end_process();
                }
            });
        });
        Ok(())
    }

    fn set_reading(&self, is_reading: bool) {
        let mut state = self.state();
        state.is_reading = is_reading;
        if let Some(signal) = state.received.filter(|_| is_reading) {
            signal.end_process();
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether a line cannot be read because it is not in UTF-8.
pub fn is_not_text(error: &ReadlineError) -> bool {
    matches!(error, ReadlineError::Io(error) if error.kind() == ErrorKind::InvalidData)
}

/// Discards what was typed or pasted and not read, so that the rest of a line is not taken for a line.
#[cfg(unix)]
fn discard_rest() {
    let _ = rustix::termios::tcflush(std::io::stdin(), rustix::termios::QueueSelector::IFlush);
}

/// Does nothing: the console has text only.
#[cfg(not(unix))]
fn discard_rest() {}

/// Returns what resets the terminal to what it is now.
#[cfg(unix)]
fn reset_terminal() -> Result<impl Fn() + Send + 'static, Error> {
    use rustix::termios::{OptionalActions, tcgetattr, tcsetattr};

    let attributes = tcgetattr(std::io::stdin()).map_err(|error| unreadable(&error))?;
    Ok(move || {
        output::end_editing();
        // If the terminal is closed, there is nothing to reset.
        let _ = tcsetattr(std::io::stdin(), OptionalActions::Drain, &attributes);
    })
}

/// Returns what does nothing: there is no signal but Ctrl-C, which the editor reads as a key.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "elsewhere it fails")]
fn reset_terminal() -> Result<impl Fn() + Send + 'static, Error> {
    Ok(output::end_editing)
}

/// Returns the error for a terminal that cannot be read.
pub fn unreadable(error: &impl Display) -> Error {
    Error::new(ExitCode::Failure, "cannot read from the terminal").cause(error.to_string())
}
