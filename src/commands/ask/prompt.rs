//! Builds the prompt from the words of the command line, the files and stdin. Sends nothing.

use std::fs::File;
use std::path::Path;

use crate::commands::stdin::{self, LIMIT};
use crate::error::Error;
use crate::output::Output;

/// The note if stdin stays silent.
const SILENT: &str = "waiting for the end of stdin; `--no-stdin` asks without it";

/// Builds the prompt. Its parts are separated by empty lines.
///
/// # Errors
/// If the prompt is empty, or a part cannot be read or is not text.
pub fn gather(
    words: &str,
    files: &[impl AsRef<Path>],
    reads_stdin: bool,
    output: &mut Output,
) -> Result<String, Error> {
    let mut parts = vec![words.to_owned()];
    for file in files {
        parts.push(read_file(file.as_ref())?);
    }
    let piped = if reads_stdin { stdin::read(SILENT, output)? } else { None };
    let stdin_was_empty = piped.as_ref().is_some_and(|text| text.trim().is_empty());
    parts.extend(piped);
    parts.retain(|part| !part.trim().is_empty());
    if parts.is_empty() {
        let what =
            if stdin_was_empty { "nothing is asked: stdin is empty" } else { "nothing is asked: the prompt is empty" };
        return Err(Error::usage(what).hint("bedrock-ask \"your question\""));
    }
    let prompt = parts.join("\n\n");
    if prompt.len() > LIMIT {
        return Err(stdin::too_long("the prompt"));
    }
    Ok(prompt)
}

/// Reads a file that the command line names.
///
/// # Errors
/// If it cannot be read or is not text.
pub fn read_file(path: &Path) -> Result<String, Error> {
    let name = format!("`{}`", path.display());
    let file =
        File::open(path).map_err(|error| Error::usage(format!("cannot read {name}")).cause(error.to_string()))?;
    stdin::read_text(file, &name)
}
