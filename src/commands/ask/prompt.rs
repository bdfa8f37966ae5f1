//! Builds the prompt from the words of the command line, the files and stdin. Sends nothing.

use std::io::Read;
use std::path::Path;

use super::attachment::{self, Attachment, Format};
use crate::commands::stdin::{self, LIMIT};
use crate::config::{Template, contents};
use crate::error::Error;
use crate::output::Output;

/// The note while nothing arrives on stdin.
pub const SILENT: &str = "waiting for the end of stdin; `--no-stdin` does not read it";

/// The note for a loop such as `while read -r line; do bedrock-ask "$line"; done < list`, in which the first prompt
/// swallows the rest of the list.
const PARTLY_READ: &str = "stdin is a file that another program has partly read, and the rest is added to the prompt; `--no-stdin` does not read it";

/// A command line with a prompt.
const EXAMPLE: &str = "bedrock-ask \"your question\"";

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

/// What stdin held: text, or an image or the like, which is no part of the prompt's text.
type Piped = (Option<String>, Option<Attachment>);

/// Puts the prompt together. Each part after the first stands after an empty line. An image or the like that is piped in
/// is returned beside it. A template has a prompt of its own, to which the parts are added.
pub fn gather(
    words: &str,
    files: &[impl AsRef<Path>],
    stdin: Stdin,
    template: Option<&Template>,
    output: &mut Output,
) -> Result<(String, Option<Attachment>), Error> {
    let mut parts = vec![words.to_owned()];
    for file in files {
        parts.push(read_file(file.as_ref())?);
    }
    if stdin == Stdin::IfPiped && !words.trim().is_empty() && stdin::is_partly_read() {
        output.note(PARTLY_READ);
    }
    let piped: Option<Piped> = match stdin {
        Stdin::Ignored => None,
        Stdin::IfPiped => stdin::read_with(SILENT, output, read_piped)?,
        Stdin::Named => match stdin::read_with(SILENT, output, read_piped)? {
            None => Some((Some(stdin::read_text(std::io::stdin().lock(), "stdin")?), None)),
            piped => piped,
        },
    };
    let (text, media) = piped.unwrap_or_default();
    let stdin_was_empty = text.as_ref().is_some_and(|text| text.trim().is_empty());
    parts.extend(text);
    parts.retain(|part| !part.trim().is_empty());
    if parts.is_empty() && !template.is_some_and(Template::has_whole_prompt) {
        return Err(match media {
            Some(media) => Error::usage(format!("the prompt is empty, and stdin is {}", media.kind())).hint(EXAMPLE),
            None => empty(stdin_was_empty, template),
        });
    }
    let input = parts.join("\n\n");
    let prompt = match template {
        Some(template) => template.prompt(input)?,
        None => input,
    };
    if prompt.len() > LIMIT {
        return Err(stdin::too_long("the prompt"));
    }
    Ok((prompt, media))
}

/// Reads text, or an image or the like, which may be larger.
fn read_piped(source: &mut dyn Read) -> Result<Piped, Error> {
    let bytes = stdin::read_bytes(&mut *source, LIMIT, "stdin")?;
    if std::str::from_utf8(&bytes).is_ok() || Format::of_media(&bytes).is_none() {
        return stdin::text(bytes, "stdin").map(|text| (Some(text), None));
    }
    let all = attachment::read(&mut bytes.as_slice().chain(source), attachment::LARGEST, "stdin")?;
    Attachment::from_stdin(all).map(|media| (None, Some(media)))
}

/// Returns the error for a prompt without text.
pub fn empty(is_stdin: bool, template: Option<&Template>) -> Error {
    let what = if is_stdin { "the prompt is empty, and so is stdin" } else { "the prompt is empty" };
    match template.and_then(|template| Some((template, template.needs_input()?))) {
        Some((template, why)) => {
            Error::usage(what).cause(why).hint(format!("bedrock-ask --template {} \"your text\"", template.name()))
        }
        None => Error::usage(what).hint(EXAMPLE),
    }
}

/// Reads a file that the command line names.
///
/// # Errors
/// If it cannot be read, is empty or is not text.
pub fn read_file(path: &Path) -> Result<String, Error> {
    let name = format!("`{}`", path.display());
    let file = contents::open(path).map_err(|error| Error::unreadable(&name, &error))?;
    let bytes = stdin::read_bytes(file, LIMIT, &name)?;
    let is_media = Format::of_media(&bytes).is_some();
    let hint = is_media.then(|| format!("attach it: `--attach {}`", path.display()));
    let text = stdin::text(bytes, &name).map_err(|error| error.hints(hint))?;
    if text.trim().is_empty() {
        return Err(Error::usage(format!("{name} is empty")));
    }
    Ok(text)
}

/// Returns the error for a value that stands apart from its flag, which takes one only after `=`: it is the first word of the
/// prompt.
pub fn apart_from_flag(flag: &str, value: &str) -> Error {
    Error::usage(format!("`{value}` is the first word of the prompt, and `{flag}` takes its value after `=`"))
        .hint(format!("{flag}={value}"))
        .hint("quote the whole prompt if the word belongs to it")
}

/// Refuses a word of the prompt that names a file beside `flag`: a shell has put several names where one was meant.
pub fn reject_names_of_files(words: &[String], flag: &str, files: &[impl AsRef<Path>]) -> Result<(), Error> {
    let found = words.iter().find(|word| !files.is_empty() && Path::new(word).is_file());
    found.map_or(Ok(()), |word| {
        Err(Error::usage(format!("`{word}` in the prompt is the name of a file"))
            .hint(format!("repeat `{flag}` for each file: `{flag} A {flag} B`"))
            .hint("quote the whole prompt if the name belongs to it"))
    })
}
