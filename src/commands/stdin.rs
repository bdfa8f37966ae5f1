//! What is piped in: read whole where it is text of bearable length. What it is for, the commands know.

use std::io::{IsTerminal, Read};
use std::sync::mpsc;
use std::thread;
use std::time::Duration;

use crate::error::{Error, ExitCode};
use crate::output::Output;

/// The most bytes that are read: more than the largest context window takes.
pub const LIMIT: usize = 10_000_000;

/// How long stdin may be silent before somebody wonders.
const SILENCE: Duration = Duration::from_secs(2);

/// What is piped in; nothing where stdin is a terminal, closed, or a device.
///
/// # Errors
/// Where it cannot be read, is too long, or is no text.
pub fn read(while_silent: &str, output: &mut Output) -> Result<Option<String>, Error> {
    match kind_of_stdin() {
        #[cfg(unix)]
        Kind::File => read_text(std::io::stdin().lock(), "stdin").map(Some),
        Kind::Pipe => read_pipe(while_silent, output).map(Some),
        Kind::Other => Ok(None),
    }
}

fn read_pipe(while_silent: &str, output: &mut Output) -> Result<String, Error> {
    let (sender, receiver) = mpsc::channel();
    thread::spawn(move || {
        let mut stdin = std::io::stdin().lock();
        let mut first = [0; 1];
        let begun = stdin.read(&mut first);
        // Nobody listens any more only where the program is about to leave.
        let _ = sender.send(None);
        let text = match begun {
            Ok(count) => read_text(first[..count].chain(stdin), "stdin"),
            Err(error) => Err(unreadable("stdin", &error)),
        };
        let _ = sender.send(Some(text));
    });
    if receiver.recv_timeout(SILENCE).is_err() {
        output.note(while_silent);
    }
    receiver
        .into_iter()
        .flatten()
        .next()
        .unwrap_or_else(|| Err(Error::new(ExitCode::Failure, "reading stdin ended without a result")))
}

/// Text of bearable length.
///
/// # Errors
/// Where it cannot be read, is too long, or is no text.
pub fn read_text(source: impl Read, name: &str) -> Result<String, Error> {
    let mut bytes = Vec::new();
    source.take(LIMIT as u64 + 1).read_to_end(&mut bytes).map_err(|error| unreadable(name, &error))?;
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

fn unreadable(name: &str, error: &std::io::Error) -> Error {
    Error::usage(format!("cannot read {name}")).cause(error.to_string())
}

/// Refuses what has more bytes than [`LIMIT`].
pub fn too_long(name: &str) -> Error {
    Error::usage(format!("{name} has more than {LIMIT} bytes, which is more than any model takes"))
}

/// What stdin is: only a pipe or a file was given on purpose.
enum Kind {
    #[cfg(unix)]
    File,
    Pipe,
    Other,
}

/// Whether somebody sits at stdin.
pub fn is_terminal() -> bool {
    std::io::stdin().is_terminal()
}

#[cfg(unix)]
fn kind_of_stdin() -> Kind {
    use std::fs::File;
    use std::os::fd::AsFd;
    use std::os::unix::fs::FileTypeExt;

    let Ok(copy) = std::io::stdin().as_fd().try_clone_to_owned() else { return Kind::Other };
    match File::from(copy).metadata().map(|metadata| metadata.file_type()) {
        Ok(kind) if kind.is_file() => Kind::File,
        // What some programs give their children as a pipe is a socket.
        Ok(kind) if kind.is_fifo() || kind.is_socket() => Kind::Pipe,
        _ => Kind::Other,
    }
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
