//! Child processes that end with this process when a signal ends it. A signal of the terminal reaches them anyway, one
//! that is sent to this process alone does not.

#[cfg(unix)]
mod unix {
    use std::io;

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::process::{Child, Command};

    use crate::signals::registry::{Registered, Registry};

    static CHILDREN: Registry<Pid> = Registry::new();

    /// Starts a process that ends with this one, until its entry is dropped.
    pub fn spawn(command: &mut Command) -> io::Result<(Child, Registered<Pid>)> {
        CHILDREN.register(|| {
            let child = command.spawn()?;
            let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
            Ok((child, pid))
        })
    }

    /// Ends the children. No other starts while the guard lives.
    pub fn end_children() -> impl Sized {
        CHILDREN.clean_up(|child| {
            // One that has ended needs no signal.
            let _ = kill_process(child, Signal::TERM);
        })
    }
}

/// Where nothing asks a process to stop, its children are left to the system.
#[cfg(windows)]
mod windows {
    use std::io;

    use tokio::process::{Child, Command};

    /// The guard of a child process.
    #[derive(Debug)]
    pub struct EndsWithProcess;

    /// Starts a process.
    pub fn spawn(command: &mut Command) -> io::Result<(Child, EndsWithProcess)> {
        command.spawn().map(|child| (child, EndsWithProcess))
    }

    /// Does nothing.
    pub fn end_children() {}
}

#[cfg(unix)]
pub use unix::{end_children, spawn};
#[cfg(windows)]
pub use windows::{end_children, spawn};
