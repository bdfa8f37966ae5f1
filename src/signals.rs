//! SIGINT, SIGTERM and SIGHUP while something has to be saved before the process ends. Without a listener, a signal
//! ends the process at once.

mod child;
mod registry;
mod temporary;

use std::future::{self, Future};
use std::io;
use std::pin::pin;
use std::sync::Once;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::task::Poll;
use std::thread;

use futures_util::future::{Either, select};

use crate::error::{Error, ExitCode};
pub use child::spawn;
pub use temporary::{RemovedBySignal, create_temporary};

#[cfg(unix)]
type Listener = tokio::signal::unix::Signal;
#[cfg(windows)]
type Listener = tokio::signal::windows::CtrlC;

/// How many commands listen to the signals that ask the process to stop.
static COMMANDS: AtomicUsize = AtomicUsize::new(0);

/// Listens in a thread from here on, so that a signal that ends the process leaves no child process and no temporary
/// file behind. While a command listens, signals are left to it.
fn listen_in_background() {
    static STARTED: Once = Once::new();
    STARTED.call_once(|| {
        let (ready, is_ready) = mpsc::channel();
        // Without the thread, the signals have their default action.
        if thread::Builder::new().spawn(move || end_process_by_signal(&ready)).is_ok() {
            let _ = is_ready.recv();
        }
    });
}

fn end_process_by_signal(ready: &Sender<()>) {
    let Ok(runtime) = tokio::runtime::Builder::new_current_thread().enable_all().build() else { return };
    runtime.block_on(async {
        let Ok(mut signals) = Signals::listen_to_all() else { return };
        let _ = ready.send(());
        loop {
            let signal = signals.next().await;
            if COMMANDS.load(Ordering::SeqCst) == 0 {
                signal.end_process();
            }
        }
    });
}

/// A signal that asks the process to stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signal {
    /// SIGINT, as Ctrl-C sends it.
    Interrupt,
    /// SIGTERM.
    #[cfg(unix)]
    Terminate,
    /// SIGHUP: the terminal was closed.
    #[cfg(unix)]
    HangUp,
}

impl Signal {
    const fn exit(self) -> (ExitCode, &'static str) {
        match self {
            Self::Interrupt => (ExitCode::Interrupted, "INT"),
            #[cfg(unix)]
            Self::Terminate => (ExitCode::Terminated, "TERM"),
            #[cfg(unix)]
            Self::HangUp => (ExitCode::HungUp, "HUP"),
        }
    }

    #[cfg(unix)]
    const fn number(self) -> i32 {
        match self {
            Self::Interrupt => signal_hook::consts::SIGINT,
            Self::Terminate => signal_hook::consts::SIGTERM,
            Self::HangUp => signal_hook::consts::SIGHUP,
        }
    }

    /// Ends the process as the signal does if nothing listens to it: a shell stops a loop only if its command was ended
    /// by the signal itself.
    pub fn end_process(self) {
        let (exit, _) = self.exit();
        let _files = temporary::remove_files();
        // The terminal has sent the signal of Ctrl-C to them too, and they may have to reset it.
        let _children = Some(self).filter(|signal| *signal != Self::Interrupt).map(|_| child::end_children());
        #[cfg(unix)]
        let _ = signal_hook::low_level::emulate_default_handler(self.number());
        std::process::exit(i32::from(exit.code()));
    }
}

impl From<Signal> for Error {
    fn from(signal: Signal) -> Self {
        let (exit, name) = signal.exit();
        Self::new(exit, format!("interrupted by SIG{name}"))
    }
}

/// The signals that are listened to, from then on until the process ends; by default none.
#[derive(Debug, Default)]
pub struct Signals {
    listeners: Vec<(Signal, Listener)>,
    received: Option<Signal>,
    /// Whether it is one of [`COMMANDS`].
    is_of_command: bool,
}

impl Drop for Signals {
    fn drop(&mut self) {
        // A command that has received a signal ends by it, whatever it does until then.
        if self.is_of_command && self.received.is_none() {
            COMMANDS.fetch_sub(1, Ordering::SeqCst);
        }
    }
}

impl Signals {
    /// Listens to every signal that asks the process to stop, except those that the process inherited as ignored
    /// (`nohup`, a background job of a script). Must be called within a runtime.
    pub fn listen() -> io::Result<Self> {
        let mut signals = Self::listen_to_all()?;
        COMMANDS.fetch_add(1, Ordering::SeqCst);
        signals.is_of_command = true;
        Ok(signals)
    }

    #[cfg(unix)]
    fn listen_to_all() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        // Only Linux exposes this without unsafe code; elsewhere no signal counts as ignored.
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let kinds = [
            (Signal::Interrupt, SignalKind::interrupt()),
            (Signal::Terminate, SignalKind::terminate()),
            (Signal::HangUp, SignalKind::hangup()),
        ];
        let kinds = kinds.into_iter().filter(|(_, kind)| !is_ignored(&status, kind.as_raw_value()));
        let listeners = kinds.map(|(name, kind)| Ok((name, signal(kind)?))).collect::<io::Result<_>>()?;
        Ok(Self { listeners, ..Self::default() })
    }

    #[cfg(windows)]
    fn listen_to_all() -> io::Result<Self> {
        let listeners = vec![(Signal::Interrupt, tokio::signal::windows::ctrl_c()?)];
        Ok(Self { listeners, ..Self::default() })
    }

    /// Listens to what [`Self::listen`] does but SIGINT. Must be called within a runtime.
    pub fn listen_except_for_interrupt() -> io::Result<Self> {
        let mut signals = Self::listen()?;
        signals.listeners.retain(|(signal, _)| *signal != Signal::Interrupt);
        Ok(signals)
    }

    /// Listens to SIGINT alone. Must be called within a runtime.
    #[cfg(unix)]
    pub fn listen_for_interrupt() -> io::Result<Self> {
        use tokio::signal::unix::{SignalKind, signal};

        let listeners = vec![(Signal::Interrupt, signal(SignalKind::interrupt())?)];
        Ok(Self { listeners, ..Self::default() })
    }

    /// Listens to Ctrl-C. Must be called within a runtime.
    #[cfg(windows)]
    pub fn listen_for_interrupt() -> io::Result<Self> {
        Self::listen()
    }

    /// Returns the signal that was received first.
    pub fn received(&self) -> Option<Signal> {
        self.received
    }

    /// Waits for a signal; returns at once if one was received before.
    pub async fn wait(&mut self) -> Signal {
        match self.received {
            Some(signal) => signal,
            None => self.next().await,
        }
    }

    /// Waits for a signal, whether one was received before or not.
    pub async fn next(&mut self) -> Signal {
        let signal = future::poll_fn(|context| {
            let mut listeners = self.listeners.iter_mut();
            let received =
                listeners.find_map(|(signal, listener)| listener.poll_recv(context).is_ready().then_some(*signal));
            received.map_or(Poll::Pending, Poll::Ready)
        })
        .await;
        self.received.get_or_insert(signal);
        signal
    }

    /// Runs a future to its end, or drops it when a signal is received.
    pub async fn unless_received<F: Future>(&mut self, work: F) -> Result<F::Output, Signal> {
        match select(pin!(work), pin!(self.wait())).await {
            Either::Left((output, _)) => Ok(output),
            Either::Right((signal, _)) => Err(signal),
        }
    }
}

/// Whether this text of `/proc/self/status` says that the signal with this number is ignored.
#[cfg(unix)]
fn is_ignored(status: &str, number: i32) -> bool {
    let mask = status.lines().find_map(|line| line.strip_prefix("SigIgn:"));
    let mask = mask.and_then(|mask| u64::from_str_radix(mask.trim(), 16).ok()).unwrap_or_default();
    u32::try_from(number - 1).ok().and_then(|bit| mask.checked_shr(bit)).is_some_and(|mask| mask & 1 == 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[cfg(unix)]
    #[test]
    fn an_ignored_signal_is_read_from_the_mask() {
        let status = "SigBlk:\t0000000000000000\nSigIgn:\t0000000000001002\nSigCgt:\t0000000000000440\n";
        let ignored: Vec<_> = (1..=64).filter(|number| is_ignored(status, *number)).collect();
        assert_eq!(ignored, [2, 13]);
        assert!(!is_ignored("", 2) && !is_ignored("SigIgn:\tx", 2) && !is_ignored(status, 0));
    }

    #[test]
    fn work_that_ends_first_is_not_interrupted() {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let mut signals = Signals::default();
        assert_eq!(runtime.block_on(signals.unless_received(future::ready(1))), Ok(1));
        assert_eq!(signals.received(), None);
    }
}
