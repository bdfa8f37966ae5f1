//! Child processes that end with this process when a signal ends it. A signal of the terminal reaches them anyway, one
//! that is sent to this process alone does not.

#[cfg(unix)]
mod unix {
    use std::io;
    use std::sync::{Mutex, MutexGuard, PoisonError};

    use rustix::process::{Pid, Signal, kill_process};
    use tokio::process::{Child, Command};

    static CHILDREN: Mutex<Vec<Pid>> = Mutex::new(Vec::new());

    /// A child process that ends with this one, until the guard is dropped.
    #[derive(Debug)]
    pub struct EndsWithProcess(Option<Pid>);

    /// Starts a process that ends with this one.
    pub fn spawn(command: &mut Command) -> io::Result<(Child, EndsWithProcess)> {
        crate::signals::listen_in_background();
        // A signal between the start and the entry in the list waits for the entry.
        let mut children = children();
        let child = command.spawn()?;
        let pid = child.id().and_then(|id| i32::try_from(id).ok()).and_then(Pid::from_raw);
        children.extend(pid);
        Ok((child, EndsWithProcess(pid)))
    }

    impl Drop for EndsWithProcess {
        fn drop(&mut self) {
            children().retain(|child| Some(*child) != self.0);
        }
    }

    fn children() -> MutexGuard<'static, Vec<Pid>> {
        CHILDREN.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Ends the children. No other starts while the guard lives.
    pub fn end_children() -> impl Sized {
        let mut children = children();
        for child in children.drain(..) {
            // One that has ended needs no signal.
            let _ = kill_process(child, Signal::TERM);
        }
        children
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
