//! Builds the prompt from the words of the command line, the files and stdin. Sends nothing.

use std::path::Path;

use crate::commands::stdin::{self, LIMIT};
use crate::config::contents;
use crate::error::Error;
use crate::output::Output;

/// The note while nothing arrives on stdin.
pub const SILENT: &str = "waiting for the end of stdin; `--no-stdin` does not read it";

/// The note for a loop such as `while read -r line; do bedrock-ask "$line"; done < list`, in which the first prompt
/// swallows the rest of the list.
const PARTLY_READ: &str = "stdin is a file that another program has partly read, and the rest is added to the prompt; `--no-stdin` does not read it";

/// What stdin is for the prompt.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Stdin {
    /// It is not read.
    Ignored,
    /// It is read if something is piped in.
    IfPiped,
    /// The prompt names it as `-`: it is read to its end, also from a terminal.
    Named,
}

/// Puts the prompt together. Each part after the first stands after an empty line.
///
/// # Errors
/// If the prompt is empty, or a part cannot be read or is not text.
pub fn gather(words: &str, files: &[impl AsRef<Path>], stdin: Stdin, output: &mut Output) -> Result<String, Error> {
    let mut parts = vec![words.to_owned()];
    for file in files {
        parts.push(read_file(file.as_ref())?);
    }
    if stdin == Stdin::IfPiped && !words.trim().is_empty() && stdin::is_partly_read() {
        output.note(PARTLY_READ);
    }
    let piped = match stdin {
        Stdin::Ignored => None,
        Stdin::IfPiped => stdin::read(SILENT, output)?,
        Stdin::Named => match stdin::read(SILENT, output)? {
            Some(text) => Some(text),
            None => Some(stdin::read_text(std::io::stdin().lock(), "stdin")?),
        },
    };
    let stdin_was_empty = piped.as_ref().is_some_and(|text| text.trim().is_empty());
    parts.extend(piped);
    parts.retain(|part| !part.trim().is_empty());
    if parts.is_empty() {
        return Err(empty(stdin_was_empty));
    }
    let prompt = parts.join("\n\n");
    if prompt.len() > LIMIT {
        return Err(stdin::too_long("the prompt"));
    }
    Ok(prompt)
}

/// Returns the error for a prompt without text.
pub fn empty(is_stdin: bool) -> Error {
    let what = if is_stdin { "the prompt is empty, and so is stdin" } else { "the prompt is empty" };
    Error::usage(what).hint("bedrock-ask \"your question\"")
}

/// Reads a file that the command line names.
///
/// # Errors
/// If it cannot be read, is empty or is not text.
pub fn read_file(path: &Path) -> Result<String, Error> {
    let name = format!("`{}`", path.display());
    let file =
        contents::open(path).map_err(|error| Error::usage(format!("cannot read {name}")).cause(error.to_string()))?;
    let text = stdin::read_text(file, &name)?;
    if text.trim().is_empty() {
        return Err(Error::usage(format!("{name} is empty")));
    }
    Ok(text)
}

/// Refuses a word of the prompt that names a file beside `--file`: a shell has put several names where one was meant.
///
/// # Errors
/// If there is such a word.
pub fn reject_names_of_files(words: &[String], files: &[impl AsRef<Path>]) -> Result<(), Error> {
    let found = words.iter().find(|word| !files.is_empty() && Path::new(word).is_file());
    found.map_or(Ok(()), |word| {
        Err(Error::usage(format!("`{word}` in the prompt is the name of a file"))
            .hint("repeat `--file` for each file: `--file A --file B`")
            .hint("quote the whole prompt if the name belongs to it"))
    })
}
