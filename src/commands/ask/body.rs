//! `--body`: a whole request body, which is checked as far as it can be without knowing its members, and sent as it is.

use std::collections::BTreeMap;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use serde::de::IgnoredAny;
use serde_json::value::RawValue;

use crate::commands::stdin;
use crate::config::contents;
use crate::error::Error;
use crate::output::Output;

/// The most bytes: those of the attachments that a request can have, in base64, and as much text.
pub const LARGEST: usize = 80_000_000;

/// The note while nothing arrives on stdin.
const SILENT: &str = "waiting for the end of stdin, which `--body -` sends";

/// The note while nothing arrives on stdin beside a file.
const SILENT_BESIDE: &str = "waiting for the end of stdin; `--no-stdin` does not read it";

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Body {
    pub text: Arc<str>,
    /// The limit of tokens in it.
    pub max_tokens: Option<i32>,
}

/// Reads the body from this path; `-` is stdin.
pub fn load(path: &Path, no_stdin: bool, output: &mut Output) -> Result<Body, Error> {
    if path == Path::new("-") {
        if no_stdin {
            return Err(Error::usage("`--body -` cannot be used with `--no-stdin`"));
        }
        let bytes = stdin::read_with(SILENT, output, |source| read(source, "stdin"))?;
        let bytes = bytes.ok_or_else(|| stdin::not_piped("--body -").hint("bedrock-ask --body - < FILE"))?;
        return parse(bytes, "stdin");
    }
    if !no_stdin && !stdin::is_empty(SILENT_BESIDE, output) {
        return Err(Error::usage("`--body` is the whole request, and stdin is not empty")
            .hint("`--no-stdin` does not read it; `--body -` reads the body from it"));
    }
    let name = format!("`{}`", path.display());
    let mut file = contents::open(path).map_err(|error| Error::unreadable(&name, &error))?;
    parse(read(&mut file, &name)?, &name)
}

fn read(source: &mut dyn Read, name: &str) -> Result<Vec<u8>, Error> {
    let bytes = stdin::read_bytes(source, LARGEST, name)?;
    if bytes.len() > LARGEST {
        let most = LARGEST / 1_000_000;
        return Err(Error::usage(format!("{name} has more than {most} MB, which is more than any model takes")));
    }
    Ok(bytes)
}

fn parse(bytes: Vec<u8>, name: &str) -> Result<Body, Error> {
    let text = String::from_utf8(bytes).map_err(|error| {
        let place = error.utf8_error().valid_up_to() + 1;
        Error::usage(format!("{name} is not JSON: it is not UTF-8 at byte {place}"))
    })?;
    if text.starts_with('\u{feff}') {
        return Err(Error::usage(format!("{name} is not JSON: it begins with a byte order mark"))
            .hint("save it as UTF-8 without a byte order mark"));
    }
    if text.trim().is_empty() {
        return Err(Error::usage(format!("{name} is empty")));
    }
    serde_json::from_str::<IgnoredAny>(&text).map_err(|error| {
        let (line, column) = (error.line(), error.column());
        Error::usage(format!("{name} is not JSON: line {line}, column {column}: {}", reason(&error)))
    })?;
    match max_tokens(&text) {
        Ok(max_tokens) => Ok(Body { text: text.into(), max_tokens }),
        Err(unfit @ Unfit::NotObject) => {
            let start = text.len() - text.trim_start().len();
            let line = text[..start].matches('\n').count() + 1;
            let column = start - text[..start].rfind('\n').map_or(0, |at| at + 1) + 1;
            Err(unfit.error(name, &format!(": line {line}, column {column}")))
        }
        Err(unfit @ Unfit::Record) => Err(unfit.error(name, "").hint("jq -c .modelInput FILE | bedrock-ask --body -")),
        Err(unfit) => Err(unfit.error(name, "")),
    }
}

/// Returns what is wrong with a JSON text, without its place.
pub fn reason(error: &serde_json::Error) -> String {
    let reason = error.to_string();
    let place = format!(" at line {} column {}", error.line(), error.column());
    reason.strip_suffix(&place).unwrap_or(&reason).to_owned()
}

/// Why a JSON text cannot be the body of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Unfit {
    NotObject,
    /// It names this model, which belongs to the address.
    NamesModel(String),
    /// It is a record of batch inference.
    Record,
}

impl Unfit {
    /// Returns the error for a body with this name, which is not an object at `place`.
    pub fn error(self, name: &str, place: &str) -> Error {
        match self {
            Self::NotObject => Error::usage(format!("{name} is not a JSON object{place}"))
                .cause("the body of a request is an object such as `{\"messages\": […]}`"),
            Self::NamesModel(model) => {
                Error::usage(format!("{name} has the member `modelId`, which is not part of a request body"))
                    .hint(format!("remove it, and name the model on the command line: `-m '{model}'`"))
            }
            Self::Record => {
                Error::usage(format!("{name} is a record of batch inference: the request is its `modelInput`"))
            }
        }
    }
}

/// Returns the limit of tokens in a JSON text.
pub fn max_tokens(text: &str) -> Result<Option<i32>, Unfit> {
    let members: BTreeMap<String, &RawValue> = serde_json::from_str(text).map_err(|_| Unfit::NotObject)?;
    if let Some(model) = members.get("modelId") {
        let model = serde_json::from_str(model.get()).unwrap_or_else(|_| "MODEL".to_owned());
        return Err(Unfit::NamesModel(model));
    }
    if members.contains_key("modelInput") {
        return Err(Unfit::Record);
    }
    Ok(members.get("inferenceConfig").and_then(|config| {
        let config: serde_json::Value = serde_json::from_str(config.get()).ok()?;
        i32::try_from(config["maxTokens"].as_i64()?).ok()
    }))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parsed(text: &str) -> Result<Option<i32>, String> {
        let parsed = parse(text.as_bytes().to_vec(), "`b`");
        parsed.map(|body| body.max_tokens).map_err(|error| error.message.summary)
    }

    #[test]
    fn an_object_is_a_body_whatever_is_in_it() {
        assert_eq!(parsed(" {\"messages\": [], \"new\": 1e400, \"a\": \"\\ud800\"}\n"), Ok(None));
        assert_eq!(parsed("{\"inferenceConfig\": {\"maxTokens\": 5}}"), Ok(Some(5)));
        let deep = format!("{{\"a\": {}{}}}", "[".repeat(1000), "]".repeat(1000));
        assert_eq!(parsed(&deep), Ok(None));
    }

    #[test]
    fn what_is_no_object_is_told_with_its_place() {
        for (text, message) in [
            (" \n", "`b` is empty"),
            ("{", "`b` is not JSON: line 1, column 1: EOF while parsing an object"),
            ("{\"a\":\n 1,}", "`b` is not JSON: line 2, column 4: key must be a string"),
            ("{} {}", "`b` is not JSON: line 1, column 4: trailing characters"),
            ("hello", "`b` is not JSON: line 1, column 1: expected value"),
            ("\u{feff}{}", "`b` is not JSON: it begins with a byte order mark"),
            ("\n  [1]", "`b` is not a JSON object: line 2, column 3"),
            ("\"{}\"", "`b` is not a JSON object: line 1, column 1"),
            ("{\"modelId\": \"x\"}", "`b` has the member `modelId`, which is not part of a request body"),
            ("{\"modelInput\": {}}", "`b` is a record of batch inference: the request is its `modelInput`"),
        ] {
            assert_eq!(parsed(text), Err(message.to_owned()), "{text}");
        }
        let latin = parse(b"{\"a\": \"\xfc\"}".to_vec(), "`b`").unwrap_err();
        assert_eq!(latin.message.summary, "`b` is not JSON: it is not UTF-8 at byte 8");
    }
}
