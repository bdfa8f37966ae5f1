//! What of a response goes to stdout or to the file: its text as it streams, or a part of the whole. Prints nothing.

use std::borrow::Cow;

use pulldown_cmark::{CodeBlockKind, Event, Parser, Tag, TagEnd};

use super::prompt;
use super::schema::{Schema, SchemaExchange};
use crate::aws::ConverseResponse;
use crate::error::Error;

/// What of a response goes to stdout or to the file.
#[derive(Clone, Debug, Default)]
pub enum ResponseForm {
    /// The text, as it arrives.
    #[default]
    Text,
    /// The first fenced code block, of any language if this is empty.
    CodeBlock(String),
    /// JSON that is valid by a schema.
    Schema(Box<SchemaExchange>),
}

impl ResponseForm {
    /// Returns the form with this schema for the model with this ID or, without one, with what `--extract` names.
    pub fn of(schema: Option<Schema>, extract: Option<&str>, model: &str) -> Self {
        match (schema, extract) {
            (Some(schema), _) => Self::Schema(Box::new(SchemaExchange::new(schema, model))),
            (None, Some(language)) => Self::CodeBlock(language.to_owned()),
            (None, None) => Self::Text,
        }
    }

    pub fn schema(&mut self) -> Option<&mut SchemaExchange> {
        match self {
            Self::Schema(schema) => Some(schema),
            _ => None,
        }
    }

    /// Whether the response must have text.
    pub fn is_text(&self) -> bool {
        !matches!(self, Self::Schema(schema) if !schema.is_text())
    }

    /// Whether nothing is printed before the response is complete.
    pub fn is_held(&self) -> bool {
        !matches!(self, Self::Text)
    }

    /// Returns what is printed of a complete response.
    pub fn render<'a>(&self, response: &'a ConverseResponse) -> Result<Cow<'a, str>, Error> {
        match self {
            Self::Text => Ok(Cow::Borrowed(&response.text)),
            Self::CodeBlock(language) => code_block(&response.text, language).map(Cow::Owned),
            Self::Schema(schema) => schema.document(response).map(|document| Cow::Owned(document.line)),
        }
    }

    /// Returns what has arrived for this form, complete or not.
    pub fn received<'a>(&self, response: &'a ConverseResponse) -> Cow<'a, str> {
        match self {
            Self::Schema(schema) => schema.received(response),
            _ => Cow::Borrowed(&response.text),
        }
    }
}

/// Languages that no prompt begins with.
const LANGUAGES: [&str; 18] = [
    "bash",
    "css",
    "diff",
    "hcl",
    "html",
    "java",
    "javascript",
    "js",
    "json",
    "php",
    "py",
    "python",
    "rust",
    "sh",
    "sql",
    "ts",
    "typescript",
    "yaml",
];

/// Refuses a prompt that begins with a language where `--extract` has none: a language that is not joined to its flag.
///
/// # Errors
/// If the first of the words is a language, and others follow.
pub fn reject_language(extract: Option<&str>, words: &[String]) -> Result<(), Error> {
    match words {
        [word, _, ..] if extract == Some("") && LANGUAGES.contains(&word.to_lowercase().as_str()) => {
            Err(prompt::apart_from_flag("--extract", word))
        }
        _ => Ok(()),
    }
}

/// A fenced code block in Markdown.
struct CodeBlock {
    language: String,
    code: String,
    is_closed: bool,
}

/// Returns the code of the first fenced block in this language, or in any language if it is empty.
fn code_block(markdown: &str, language: &str) -> Result<String, Error> {
    let blocks = fenced_blocks(markdown);
    let found = blocks.iter().find(|block| language.is_empty() || block.language.eq_ignore_ascii_case(language));
    match found {
        Some(block) if block.is_closed => Ok(block.code.clone()),
        Some(_) => Err(Error::incomplete("the code block in the response does not end")),
        None if blocks.is_empty() => Err(Error::incomplete("the response has no fenced code block")),
        None => {
            let named = |block: &CodeBlock| match block.language.as_str() {
                "" => "no language".to_owned(),
                language => format!("`{language}`"),
            };
            let mut languages: Vec<_> = blocks.iter().map(named).collect();
            languages.dedup();
            Err(Error::incomplete(format!("the response has no fenced code block in `{language}`"))
                .cause(format!("its code blocks are in {}", languages.join(", "))))
        }
    }
}

fn fenced_blocks(markdown: &str) -> Vec<CodeBlock> {
    let mut blocks = Vec::new();
    let mut open: Option<CodeBlock> = None;
    for (event, range) in Parser::new(markdown).into_offset_iter() {
        match event {
            Event::Start(Tag::CodeBlock(CodeBlockKind::Fenced(info))) => {
                let language = info.split([' ', '\t', ',', '{']).next().unwrap_or_default().to_owned();
                open = Some(CodeBlock { language, code: String::new(), is_closed: is_closed(&markdown[range]) });
            }
            Event::Text(text) => open.iter_mut().for_each(|block| block.code.push_str(&text)),
            Event::End(TagEnd::CodeBlock) => blocks.extend(open.take()),
            _ => {}
        }
    }
    blocks
}

/// Whether the source of a fenced block ends with its closing fence; Markdown also lets it end with the document.
fn is_closed(source: &str) -> bool {
    let fence = |line: &str| {
        let line = line.trim_start_matches([' ', '\t', '>']).trim_end();
        let mark = line.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
        let length = line.chars().take_while(|known| *known == mark).count();
        Some((mark, length, line.len() == length))
    };
    let mut lines = source.lines();
    let (first, last) = (lines.next().and_then(fence), lines.next_back().and_then(fence));
    matches!((first, last), (Some((mark, opened, _)), Some((end, closed, true))) if mark == end && closed >= opened)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::ExitCode;

    #[test]
    fn the_first_block_in_the_language_is_taken() {
        let markdown = "Run `x`:\n\n    indented\n\n```sh\nls -l\n```\n\n1. then\n   ~~~Python title=\"a\"\n   if x:\n\n       y()\n   ~~~\n";
        assert_eq!(code_block(markdown, "").unwrap(), "ls -l\n");
        assert_eq!(code_block(markdown, "python").unwrap(), "if x:\n\n    y()\n");
        let error = code_block(markdown, "rust").unwrap_err();
        assert_eq!(error.exit, ExitCode::IncompleteResponse);
        assert_eq!(error.message.causes, ["its code blocks are in `sh`, `Python`"]);
        assert_eq!(code_block("> ````\n> ```\n> ````\n", "").unwrap(), "```\n");
        assert_eq!(code_block("```\n```", "").unwrap(), "");
    }

    #[test]
    fn a_block_that_does_not_end_is_no_block() {
        for cut in ["```sh\nrm -rf /tmp/x", "```sh", "```sh\n", "````\nx\n```\n", "```\nx\n~~~", "> ```\n> x\n\ny"] {
            let error = code_block(cut, "").unwrap_err();
            assert_eq!(error.message.summary, "the code block in the response does not end", "{cut:?}");
        }
        assert!(code_block("only `code`", "").is_err());
    }
}
