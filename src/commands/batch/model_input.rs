//! The request body of each record, as `ask --dry-run` would print it for the same prompt. The SDK writes the body once for
//! each combination of options; the prompts are put into it.

use std::collections::HashMap;
use std::collections::hash_map::{Entry, RandomState};
use std::hash::BuildHasher;
use std::sync::Arc;

use serde_json::Value;

use super::input::{Checked, InputArgs};
use super::record::{InputRecord, Record, RecordContent};
use crate::aws::BedrockRuntime;
use crate::commands::ask::Prototype;
use crate::commands::explanation::explain;
use crate::context::Context;
use crate::error::{Error, ExitCode};

/// The most bodies that are kept: one for each limit of tokens in the records.
const MOST_KEPT: usize = 64;

/// Refuses the lowest limit of tokens that a record has, if it is too low for the options.
pub fn require_limit(
    args: &InputArgs,
    checked: &Checked,
    prototype: &Prototype,
    context: &Context,
) -> Result<(), Error> {
    let Some((limit, line)) = checked.least_limit else { return Ok(()) };
    let lowest = prototype.prepare("prompt", None, Some(limit), context);
    lowest.map(drop).map_err(|error| args.fault(line, error))
}

/// Writes the request bodies of the records of a batch.
pub struct ModelInputs<'a> {
    prototype: &'a Prototype,
    context: &'a Context,
    runtime: &'a BedrockRuntime,
    bodies: HashMap<BodyOptions, BodyTemplate>,
}

/// What of a record decides about more than a text in its body.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
struct BodyOptions {
    has_system: bool,
    max_tokens: Option<i32>,
}

/// A body with a place for the prompt, and for the system prompt if the record has its own.
#[derive(Clone, Debug)]
struct BodyTemplate {
    /// The text before each place, and what is put there.
    parts: Vec<(String, Place)>,
    rest: String,
    /// The most tokens to generate, which an option may have changed.
    max_tokens: Option<i32>,
}

#[derive(Clone, Copy, Debug)]
enum Place {
    Prompt,
    System,
}

impl<'a> ModelInputs<'a> {
    /// Creates a writer. Nothing is sent: the SDK only writes the bodies.
    pub fn new(prototype: &'a Prototype, context: &'a Context, runtime: &'a BedrockRuntime) -> Self {
        Self { prototype, context, runtime, bodies: HashMap::new() }
    }

    /// Returns the record with its request body.
    pub async fn record(&mut self, record: InputRecord) -> Result<Record, Error> {
        let InputRecord { index, line, id, digest, content } = record;
        let (model_input, max_tokens) = self.model_input(content).await?;
        Ok(Record { index, line, id, digest, model_input, max_tokens })
    }

    /// Returns the request body for this content, and its limit of tokens.
    pub async fn model_input(&mut self, content: RecordContent) -> Result<(Arc<str>, Option<i32>), Error> {
        match content {
            RecordContent::ModelInput { body, max_tokens } => Ok((body, max_tokens)),
            RecordContent::Prompt { text, system, max_tokens } => {
                let body = self.body(BodyOptions { has_system: system.is_some(), max_tokens }).await?;
                Ok((body.with(&text, system.as_deref()).into(), body.max_tokens))
            }
        }
    }

    async fn body(&mut self, options: BodyOptions) -> Result<&BodyTemplate, Error> {
        if self.bodies.len() >= MOST_KEPT && !self.bodies.contains_key(&options) {
            self.bodies.clear();
        }
        match self.bodies.entry(options) {
            Entry::Occupied(body) => Ok(body.into_mut()),
            Entry::Vacant(place) => {
                let body = BodyTemplate::write(options, self.prototype, self.context, self.runtime).await?;
                Ok(place.insert(body))
            }
        }
    }
}

impl BodyTemplate {
    /// Lets the SDK write the body with two random words in the places, and cuts it there.
    async fn write(
        options: BodyOptions,
        prototype: &Prototype,
        context: &Context,
        runtime: &BedrockRuntime,
    ) -> Result<Self, Error> {
        let word = |name: &str| format!("{name}-{:016x}", RandomState::new().hash_one(name));
        let (prompt, system) = (word("prompt"), word("system"));
        let own_system = options.has_system.then_some(system.as_str());
        let prepared = prototype.prepare(&prompt, own_system, options.max_tokens, context)?;
        let resolution = prototype.resolution();
        let preview = runtime.preview(&prepared.request, false).await.map_err(|failure| {
            let request = context.resolve_request_from(resolution.source_region);
            Error::from(explain(&failure, resolution, &request, context))
        })?;
        let max_tokens = prepared.request.max_tokens;
        Self::cut(&preview.body, &prompt, own_system, max_tokens)
            .ok_or_else(|| Error::new(ExitCode::Failure, "the request body has no place for the prompt"))
    }

    fn cut(body: &str, prompt: &str, system: Option<&str>, max_tokens: Option<i32>) -> Option<Self> {
        let mut places = Vec::new();
        for (place, word) in [(Place::Prompt, Some(prompt)), (Place::System, system)] {
            let Some(word) = word else { continue };
            let quoted = format!("\"{word}\"");
            places.push((body.find(&quoted)?, quoted.len(), place));
        }
        places.sort_unstable_by_key(|(at, ..)| *at);
        let (mut parts, mut start) = (Vec::new(), 0);
        for (at, length, place) in places {
            parts.push((body[start..at].to_owned(), place));
            start = at + length;
        }
        Some(Self { parts, rest: body[start..].to_owned(), max_tokens })
    }

    fn with(&self, prompt: &str, system: Option<&str>) -> String {
        let mut body = String::new();
        for (before, place) in &self.parts {
            let text = match place {
                Place::Prompt => prompt,
                Place::System => system.unwrap_or_default(),
            };
            body += before;
            body += &Value::from(text).to_string();
        }
        body + &self.rest
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_texts_are_put_where_the_words_were() {
        let body = r#"{"messages":[{"content":[{"text":"P-1"}]}],"system":[{"text":"S-1"}]}"#;
        let both = BodyTemplate::cut(body, "P-1", Some("S-1"), None).unwrap();
        assert_eq!(
            both.with("a \"b\"\n", Some("S")),
            r#"{"messages":[{"content":[{"text":"a \"b\"\n"}]}],"system":[{"text":"S"}]}"#
        );
        let turned = r#"{"system":[{"text":"S-1"}],"messages":[{"text":"P-1"}]}"#;
        let turned = BodyTemplate::cut(turned, "P-1", Some("S-1"), None).unwrap();
        assert_eq!(turned.with("p", Some("s")), r#"{"system":[{"text":"s"}],"messages":[{"text":"p"}]}"#);
        let one = BodyTemplate::cut(body, "P-1", None, None).unwrap();
        assert_eq!(one.with("p", None), r#"{"messages":[{"content":[{"text":"p"}]}],"system":[{"text":"S-1"}]}"#);
        assert!(BodyTemplate::cut(body, "P-2", None, None).is_none());
    }
}
