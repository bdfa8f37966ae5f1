//! Reads files that a setting or an argument names: never more than a limit, and never waiting without end for a pipe.

use std::fs::File;
use std::io::{self, Read};
use std::path::Path;
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

/// How long a pipe may take until it has been opened, and where a setting names it, written and closed.
const TIMEOUT: Duration = Duration::from_secs(5);

/// Returns the bytes of a file, and no more than one beyond `limit`.
///
/// # Errors
/// If it cannot be read, or is a pipe that is not written and closed within a few seconds.
pub fn contents(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    contents_within(path, limit, TIMEOUT)
}

/// Opens a file to read. What a program writes into a pipe may take its time, as in stdin.
///
/// # Errors
/// If it cannot be opened, or is a pipe that is not opened to write within a few seconds.
pub fn open(path: &Path) -> io::Result<File> {
    if is_pipe(path) { within(TIMEOUT, path, |path| File::open(path)) } else { File::open(path) }
}

fn contents_within(path: &Path, limit: u64, timeout: Duration) -> io::Result<Vec<u8>> {
    if is_pipe(path) { within(timeout, path, move |path| read(path, limit)) } else { read(path, limit) }
}

/// Uses a pipe in a thread of its own: already opening one waits for a writer.
fn within<T: Send + 'static>(
    timeout: Duration,
    path: &Path,
    act: impl FnOnce(&Path) -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    let (sender, receiver) = mpsc::channel();
    let own = path.to_owned();
    // What comes too late is not received.
    thread::Builder::new().spawn(move || drop(sender.send(act(&own))))?;
    receiver.recv_timeout(timeout).unwrap_or_else(|_| {
        let seconds = timeout.as_secs();
        Err(io::Error::new(
            io::ErrorKind::TimedOut,
            format!("it is a pipe, and nothing was written to it within {seconds} seconds"),
        ))
    })
}

fn read(path: &Path, limit: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    File::open(path)?.take(limit.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(unix)]
fn is_pipe(path: &Path) -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata(path).is_ok_and(|metadata| metadata.file_type().is_fifo())
}

#[cfg(not(unix))]
fn is_pipe(_path: &Path) -> bool {
    false
}

#[cfg(test)]
mod tests {
    #[cfg(unix)]
    use super::*;

    #[cfg(unix)]
    fn pipe(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("pipe");
        assert!(std::process::Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }

    #[cfg(unix)]
    #[test]
    fn no_more_than_the_limit_is_read() {
        assert_eq!(contents(Path::new("/dev/zero"), 3).unwrap(), [0; 4]);
        assert!(contents(Path::new("/dev/null"), 3).unwrap().is_empty());
        assert_eq!(contents(Path::new("/nonexistent"), 3).unwrap_err().kind(), io::ErrorKind::NotFound);
    }

    #[cfg(unix)]
    #[test]
    fn a_pipe_is_read_if_it_is_written_and_not_waited_for_without_end() {
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(folder.path());
        let silent = contents_within(&path, 9, Duration::from_millis(20)).unwrap_err();
        assert_eq!(silent.kind(), io::ErrorKind::TimedOut);
        let folder = tempfile::tempdir().unwrap();
        let path = pipe(folder.path());
        let own = path.clone();
        let writer = thread::spawn(move || std::fs::write(own, "text").unwrap());
        assert_eq!(contents(&path, 9).unwrap(), b"text");
        writer.join().unwrap();
    }
}
