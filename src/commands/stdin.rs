//! Reads piped stdin into memory, up to a size limit.

use std::io::{BufRead, IsTerminal, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, ExitCode};
use crate::output::Output;

/// The maximum size in bytes: more than the largest context window takes.
pub const LIMIT: usize = 10_000_000;

/// The silence after which a note says that the program waits for stdin.
const SILENCE: Duration = Duration::from_secs(2);

/// Reads piped stdin; returns `None` if stdin is a terminal, closed, or a device.
pub fn read(while_silent: &str, output: &mut Output) -> Result<Option<String>, Error> {
    read_with(while_silent, output, |source| read_text(source, "stdin"))
}

/// Reads piped stdin with this function; returns `None` if stdin is a terminal, closed, or a device.
pub fn read_with<T: Send + 'static>(
    while_silent: &str,
    output: &mut Output,
    read: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send + 'static,
) -> Result<Option<T>, Error> {
    match kind_of_stdin() {
        #[cfg(unix)]
        Kind::File => read(&mut std::io::stdin().lock()).map(Some),
        Kind::Pipe => read_pipe(while_silent, output, read).map(Some),
        Kind::Other => Ok(None),
    }
}

/// Whether stdin has nothing to read. Waits for the first bytes of a pipe and leaves them there.
pub fn is_empty(while_silent: &str, output: &mut Output) -> bool {
    // What cannot be read is reported when it is read.
    let is_at_end = || std::io::stdin().lock().fill_buf().is_ok_and(<[u8]>::is_empty);
    match kind_of_stdin() {
        #[cfg(unix)]
        Kind::File => is_at_end(),
        Kind::Pipe => {
            let (sender, receiver) = mpsc::channel();
            thread::spawn(move || {
                // The receiver is gone only if the program is about to exit.
                let _ = sender.send(is_at_end());
            });
            receiver.recv_timeout(SILENCE).unwrap_or_else(|_| {
                output.note(while_silent);
                receiver.recv().unwrap_or(false)
            })
        }
        Kind::Other => true,
    }
}

/// Whether stdin is a pipe or a file.
pub fn is_piped() -> bool {
    !matches!(kind_of_stdin(), Kind::Other)
}

fn read_pipe<T: Send + 'static>(
    while_silent: &str,
    output: &mut Output,
    read: impl FnOnce(&mut dyn Read) -> Result<T, Error> + Send + 'static,
) -> Result<T, Error> {
    let (sender, receiver) = mpsc::channel();
    let reader = thread::Builder::new().spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut first = [0; 1];
        let begun = stdin.read(&mut first);
        // The receiver is gone only if the program is about to exit.
        let _ = sender.send(None);
        let content = match begun {
            Ok(count) => read(&mut first[..count].chain(stdin)),
            Err(error) => Err(Error::unreadable("stdin", &error)),
        };
        let _ = sender.send(Some(content));
    });
    reader.map_err(|error| Error::new(ExitCode::Failure, "cannot read stdin").cause(error.to_string()))?;
    if receiver.recv_timeout(SILENCE).is_err() {
        output.note(while_silent);
    }
    receiver
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_else(|| Err(Error::new(ExitCode::Failure, "reading stdin ended without a result")))
}

/// Reads text of a limited size.
pub fn read_text(source: impl Read, name: &str) -> Result<String, Error> {
    text(read_bytes(source, LIMIT, name)?, name)
}

/// Reads no more than one byte beyond `limit`.
pub fn read_bytes(source: impl Read, limit: usize, name: &str) -> Result<Vec<u8>, Error> {
    let mut bytes = Vec::new();
    source.take(limit as u64 + 1).read_to_end(&mut bytes).map_err(|error| Error::unreadable(name, &error))?;
    Ok(bytes)
}

/// Returns bytes as text.
pub fn text(bytes: Vec<u8>, name: &str) -> Result<String, Error> {
    if bytes.contains(&0) {
        return Err(Error::usage(format!("{name} is binary, and only text is read")));
    }
    if bytes.len() > LIMIT {
        return Err(too_long(name));
    }
    String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to() + 1;
        Error::usage(format!("{name} is not UTF-8 at byte {place}"))
            .hint("convert it first: `iconv -f LATIN1 -t UTF-8`")
    })
}

/// Returns the error for an option that reads stdin, which is neither a pipe nor a file.
pub fn not_piped(option: &str) -> Error {
    let what = if is_terminal() { "a terminal" } else { "neither a pipe nor a file" };
    Error::usage(format!("stdin is {what}, and `{option}` reads it"))
}

/// Returns the error for an input of more than [`LIMIT`] bytes.
pub fn too_long(name: &str) -> Error {
    Error::usage(format!("{name} has more than {LIMIT} bytes, which is more than any model takes"))
}

/// The kind of stdin. Only a pipe or a file was given on purpose.
enum Kind {
    #[cfg(unix)]
    File,
    Pipe,
    Other,
}

pub fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

/// Whether stdin is a file of which another program has read the beginning, such as a shell's `read`.
#[cfg(unix)]
pub fn is_partly_read() -> bool {
    use std::io::Seek;

    let Some(mut file) = stdin_as_file() else { return false };
    let is_file = file.metadata().is_ok_and(|metadata| metadata.is_file());
    let position = file.stream_position().unwrap_or(0);
    is_file && position > 0 && file.metadata().is_ok_and(|metadata| metadata.len() > position)
}

/// Whether stdin is a file of which another program has read the beginning: not known on this system.
#[cfg(not(unix))]
pub fn is_partly_read() -> bool {
    false
}

#[cfg(unix)]
fn kind_of_stdin() -> Kind {
    use std::os::unix::fs::FileTypeExt;

    match stdin_as_file().and_then(|file| Some(file.metadata().ok()?.file_type())) {
        Some(kind) if kind.is_file() => Kind::File,
        // Some programs give their children a socket as stdin.
        Some(kind) if kind.is_fifo() || kind.is_socket() => Kind::Pipe,
        _ => Kind::Other,
    }
}

#[cfg(unix)]
fn stdin_as_file() -> Option<std::fs::File> {
    use std::os::fd::AsFd;

    std::io::stdin().as_fd().try_clone_to_owned().ok().map(Into::into)
}

#[cfg(not(unix))]
fn kind_of_stdin() -> Kind {
    if is_terminal() { Kind::Other } else { Kind::Pipe }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_text_of_bearable_length_is_read() {
        let read = |bytes: &[u8]| read_text(bytes, "stdin").map_err(|error| error.message.summary);
        assert_eq!(read("grüße\n".as_bytes()), Ok("grüße\n".to_owned()));
        assert_eq!(read(b"PNG\0"), Err("stdin is binary, and only text is read".to_owned()));
        assert_eq!(read(b"gr\xfc\xdfe"), Err("stdin is not UTF-8 at byte 3".to_owned()));
        assert!(read(&vec![b'a'; LIMIT]).is_ok());
        assert!(read(&vec![b'a'; LIMIT + 1]).unwrap_err().contains("more than 10000000 bytes"));
    }
}
