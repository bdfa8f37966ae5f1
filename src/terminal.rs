//! Questions to the user on the terminal, for what no setting can hold. stdout never sees them.

use std::io::{self, BufRead, BufReader, Read};
use std::sync::Arc;

use crate::commands::stdin;
use crate::error::Error;
use crate::output::Output;

/// The bytes of a line that answers a question.
const LONGEST: u64 = 1024;

/// Asks a question and returns the line that is typed.
pub type Question = Arc<dyn Fn(&str) -> io::Result<String> + Send + Sync>;

/// Returns the function that asks on the terminal; `None` if there is no terminal to ask on.
pub fn question(output: &Output) -> Option<Question> {
    let write = output.question_sink()?;
    let ask = move |question: &str| {
        if stdin::is_terminal() {
            write(question);
            return line(io::stdin().lock());
        }
        // What is piped in belongs to the prompt.
        let terminal = terminal()?;
        write(question);
        line(BufReader::new(terminal))
    };
    Some(Arc::new(ask))
}

/// Asks for confirmation on the terminal that is stdin. Anything but a yes is a no.
///
/// # Errors
/// If stdin cannot be read.
pub fn confirms(question: &str, output: &mut Output) -> Result<bool, Error> {
    output.aside(&format!("{question} [y/N]"));
    let mut answer = String::new();
    io::stdin().lock().read_line(&mut answer).map_err(|error| Error::unreadable("stdin", &error))?;
    Ok(matches!(answer.trim().to_ascii_lowercase().as_str(), "y" | "yes"))
}

fn line(reader: impl BufRead) -> io::Result<String> {
    let mut line = String::new();
    reader.take(LONGEST).read_line(&mut line).map(|_| line)
}

/// Opens the terminal that controls this process.
#[cfg(unix)]
fn terminal() -> io::Result<impl Read> {
    std::fs::File::open("/dev/tty")
}

/// Opens the terminal that controls this process.
#[cfg(not(unix))]
fn terminal() -> io::Result<impl Read> {
    std::fs::File::open("CONIN$")
}
