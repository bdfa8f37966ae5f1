//! The file of a conversation: whole lines, appended under a lock. A line that a killed process left unfinished is ignored
//! by readers, and cut off before the next one is appended.

use std::fs::{self, File, TryLockError};
use std::io::{self, ErrorKind, Read, Seek, SeekFrom, Write};
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use super::turn::Turn;

/// The largest file that is read, in bytes: ten times what a request to Bedrock can have.
const LARGEST: u64 = 256 << 20;

/// How long to wait for another process, which holds the lock for one line.
const TIMEOUT: Duration = Duration::from_secs(10);

/// How long to wait before the lock is tried again.
const INTERVAL: Duration = Duration::from_millis(2);

/// Reads a file, or returns `None` if there is none.
pub fn read(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let Some(size) = size_of_regular(path)? else { return Ok(None) };
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or_default());
    match File::open(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        file => file?.take(LARGEST).read_to_end(&mut content)?,
    };
    Ok(Some(content))
}

/// Returns the lines, each with its line break, without the last one if it is not finished. A line that lacks only its line
/// break is.
pub fn whole_lines(content: &[u8]) -> impl Iterator<Item = &[u8]> {
    let (whole, rest) = content.split_at(content.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1));
    let last = Some(rest).filter(|rest| Turn::from_line(rest).is_ok());
    whole.split_inclusive(|byte| *byte == b'\n').chain(last)
}

/// Creates a file with this line, and returns whether there was none.
pub fn create(path: &Path, line: &str) -> io::Result<bool> {
    let mut options = File::options();
    options.read(true).write(true).create_new(true);
    #[cfg(unix)]
    {
        use std::os::unix::fs::OpenOptionsExt;
        options.mode(0o600);
    }
    let file = match options.open(path) {
        Err(error) if error.kind() == ErrorKind::AlreadyExists => return Ok(false),
        file => file?,
    };
    let appended = append_to(file, line);
    if appended.is_err() {
        // An empty file is no conversation.
        let _ = fs::remove_file(path);
    }
    appended.map(|_| true)
}

/// Appends a line to a file that exists, and returns the size of its whole lines before and after.
pub fn append(path: &Path, line: &str) -> io::Result<(u64, u64)> {
    match size_of_regular(path)? {
        Some(_) => append_to(File::options().read(true).write(true).open(path)?, line),
        None => Err(io::Error::new(ErrorKind::NotFound, "it has been deleted")),
    }
}

fn append_to(mut file: File, line: &str) -> io::Result<(u64, u64)> {
    lock(&file)?;
    let (end, needs_break) = end_of_whole_lines(&mut file)?;
    if end + line.len() as u64 >= LARGEST {
        return Err(io::Error::other(format!("the conversation would have more than {LARGEST} bytes")));
    }
    file.set_len(end)?;
    file.seek(SeekFrom::Start(end))?;
    let line = if needs_break { format!("\n{line}") } else { line.to_owned() };
    // One call, so that a reader meets a part of the line only if the process is killed within it.
    let written = file.write_all(line.as_bytes());
    if written.is_err() {
        // If this fails too, the next one to append does it.
        let _ = file.set_len(end);
    }
    written.map(|()| (end, end + line.len() as u64))
}

/// Waits for the lock of a file, which ends with the file.
fn lock(file: &File) -> io::Result<()> {
    let until = Instant::now() + TIMEOUT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(INTERVAL),
            Err(TryLockError::WouldBlock) => return Err(io::Error::other("another process has locked it")),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
}

/// Returns where the whole lines end, and whether the last one lacks its line break.
fn end_of_whole_lines(file: &mut File) -> io::Result<(u64, bool)> {
    const LEAST: u64 = 64 << 10;
    let size = file.metadata()?.len();
    let mut start = size;
    let mut rest = Vec::new();
    while start > 0 {
        // Twice as much each time, so that a long line is not copied often.
        let begin = start.saturating_sub(LEAST.max(rest.len() as u64));
        let mut piece = vec![0; usize::try_from(start - begin).unwrap_or_default()];
        file.seek(SeekFrom::Start(begin))?;
        file.read_exact(&mut piece)?;
        if let Some(at) = piece.iter().rposition(|byte| *byte == b'\n') {
            let end = begin + at as u64 + 1;
            piece.drain(..=at);
            piece.append(&mut rest);
            return Ok(if Turn::from_line(&piece).is_ok() { (size, true) } else { (end, false) });
        }
        piece.append(&mut rest);
        rest = piece;
        start = begin;
    }
    Ok(if Turn::from_line(&rest).is_ok() { (size, true) } else { (0, false) })
}

/// Returns the size of a regular file, or `None` if there is none. Neither a link is followed, nor a pipe opened, which could
/// block.
fn size_of_regular(path: &Path) -> io::Result<Option<u64>> {
    let metadata = match fs::symlink_metadata(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    if !metadata.is_file() {
        return Err(io::Error::other("it is not a regular file"));
    }
    if metadata.len() > LARGEST {
        return Err(io::Error::other(format!("it has more than {LARGEST} bytes")));
    }
    Ok(Some(metadata.len()))
}
