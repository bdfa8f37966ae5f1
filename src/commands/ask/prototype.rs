//! The request that the records of a batch have in common: the options, the model, the attachments and the schema. Each
//! record brings its own prompt.

use std::borrow::Cow;

use super::args::AskArgs;
use super::attachment::{self, Attachment};
use super::managed_prompt;
use super::request::{Prepared, PromptParts};
use super::request_args::RequestArgs;
use super::schema::{self, Schema};
use super::substitute::require_chat;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use bedrock_ask::model::resolution::Resolution;

/// What the requests of a batch have in common.
#[derive(Clone, Debug)]
pub struct Prototype {
    ask: AskArgs,
    resolution: Resolution,
    system: Option<String>,
    attachments: Vec<Attachment>,
    schema: Option<Schema>,
}

impl Prototype {
    /// Reads the files that the options name, once.
    pub fn new(
        request: &RequestArgs,
        resolution: Resolution,
        context: &Context,
        output: &mut Output,
    ) -> Result<Self, Error> {
        require_chat(&resolution, context)?;
        if managed_prompt::is_arn(&resolution.id) {
            return Err(managed_prompt::refused("a batch"));
        }
        let ask = AskArgs { request: request.clone(), no_stream: true, no_stdin: true, ..AskArgs::default() };
        if ask.attaches_stdin() {
            return Err(Error::usage("`-` cannot be attached to the records of a batch"));
        }
        let excluded = [("--cite", request.cite), ("--extract", false)];
        let schema = schema::read(request.schema.as_deref(), context.template.as_ref(), excluded)?;
        let attachments = attachment::read_all(&request.attach, None, output)?;
        let system = ask.system(&context.settings)?;
        Ok(Self { ask, resolution, system, attachments, schema })
    }

    /// Returns which ID is invoked, and why.
    pub fn resolution(&self) -> &Resolution {
        &self.resolution
    }

    /// Returns the request of a record with this prompt. Its own system prompt and limit of tokens come before those of the
    /// options and settings.
    pub fn prepare(
        &self,
        prompt: &str,
        system: Option<&str>,
        max_tokens: Option<i32>,
        context: &Context,
    ) -> Result<Prepared, Error> {
        let parts = PromptParts {
            system: system.map(str::to_owned).or_else(|| self.system.clone()),
            text: prompt.to_owned(),
            attachments: self.attachments.clone(),
            schema: self.schema.clone(),
            body: None,
        };
        let mut context = Cow::Borrowed(context);
        if max_tokens.is_some() {
            context.to_mut().settings.max_tokens.value = max_tokens;
        }
        let mut prepared = self.ask.prepare_for(self.resolution.clone(), parts, &context)?;
        if let Some(schema) = prepared.form.schema() {
            schema.write(&mut prepared.request);
        }
        Ok(prepared)
    }
}
