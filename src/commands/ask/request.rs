//! What is sent, for one model: the content of the prompt, checked against the model, as a request to it.

use super::args::AskArgs;
use super::attachment::{self, Attachment};
use super::body::Body;
use super::conversation::EarlierMessages;
use super::form::ResponseForm;
use super::request_args::RequestArgs;
use super::schema::Schema;
use super::substitute::with_substitute;
use super::{body, cache_point, managed_prompt, member};
use crate::aws;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use bedrock_ask::model::catalog::FoundationModel;
use bedrock_ask::model::resolution::Resolution;

/// The content of the prompt, whichever model it is sent to.
#[derive(Clone, Debug, Default)]
pub struct PromptParts {
    pub system: Option<String>,
    pub text: String,
    pub attachments: Vec<Attachment>,
    /// The schema that the response has to fit.
    pub schema: Option<Schema>,
    /// The whole body of the request, beside which there is nothing else.
    pub body: Option<Body>,
}

/// A request that can be sent to one model, and what is printed of its response.
#[derive(Clone, Debug)]
pub struct Prepared {
    pub resolution: Resolution,
    pub request: aws::ConverseRequest,
    pub streaming: bool,
    /// What of the response is printed.
    pub form: ResponseForm,
    /// Notes to print once the request is used.
    pub notes: Vec<String>,
}

impl AskArgs {
    /// Returns the requests to the model and to the fallback. Each input is read once.
    pub fn prepare(
        &self,
        resolution: Resolution,
        fallback: Option<Resolution>,
        schema: Option<Schema>,
        context: &Context,
        output: &mut Output,
    ) -> Result<(Prepared, Option<Prepared>), Error> {
        let parts = PromptParts { schema, ..self.parts(&resolution, context, output)? };
        if parts.body.is_some() && parts.schema.is_some() {
            return Err(Error::usage(
                "a template with a `schema` cannot be used with `--body`, which is sent as it is",
            ));
        }
        let spare = fallback.is_some().then(|| parts.clone());
        let mut first = self.prepare_for(resolution, parts, context)?;
        let fallback = fallback.zip(spare).map(|(other, parts)| self.prepare_for(other, parts, context));
        let mut fallback = fallback.transpose()?;
        let is_saved = !self.dry_run && self.conversation.is_kept(context, output);
        if is_saved && first.request.body.is_some() {
            output.note("the turn is not saved in the history, because `--body` is sent as it is");
        } else {
            first.request.returns_message = is_saved;
            if let Some(fallback) = &mut fallback {
                fallback.request.returns_message = is_saved;
            }
        }
        for note in first.notes.drain(..) {
            output.note(&note);
        }
        match self.conversation.change_of_region(&first.resolution) {
            Some(change) if context.region_is_flag() => output.note(&change),
            Some(change) => output.warning(&change),
            None => {}
        }
        Ok((first, fallback))
    }

    fn parts(&self, resolution: &Resolution, context: &Context, output: &mut Output) -> Result<PromptParts, Error> {
        if let Some(path) = &self.body {
            self.reject_beside_body()?;
            let body = Some(body::load(path, self.no_stdin, output)?);
            return Ok(PromptParts { body, ..PromptParts::default() });
        }
        let is_optional = managed_prompt::is_arn(&resolution.id) && self.request.attach.is_empty();
        let is_absent = is_optional && !self.has_text(context, output);
        let (text, attachments) = if is_absent { (String::new(), Vec::new()) } else { self.prompt(context, output)? };
        Ok(PromptParts { system: self.system(&context.settings)?, text, attachments, schema: None, body: None })
    }

    /// Refuses every option of the request beside a whole body, also those that the parser does not refuse.
    fn reject_beside_body(&self) -> Result<(), Error> {
        let rest = Self {
            body: None,
            fallback: None,
            request: RequestArgs {
                model: None,
                no_resolve: false,
                fields: self.request.fields.without_output(),
                ..self.request.clone()
            },
            no_stream: false,
            no_stdin: false,
            output_file: None,
            extract: None,
            usage: false,
            raw: false,
            dry_run: false,
            ..self.clone()
        };
        if rest == Self::default() {
            return Ok(());
        }
        Err(Error::usage("`--body` is the whole request, and no other option of the request can be used with it"))
    }

    /// Returns the request to the model of this resolution.
    pub fn prepare_for(
        &self,
        resolution: Resolution,
        parts: PromptParts,
        context: &Context,
    ) -> Result<Prepared, Error> {
        let model = resolution.model.as_deref().and_then(|id| context.catalog.foundation_model(id));
        let streaming = !self.no_stream && model.is_none_or(FoundationModel::streaming);
        let form = ResponseForm::of(
            parts.schema.clone(),
            self.extract.as_deref(),
            resolution.model.as_deref().unwrap_or(&resolution.id),
        );
        if let Some(Body { text, max_tokens }) = parts.body {
            let model_id = resolution.id.clone();
            let request =
                aws::ConverseRequest { model_id, max_tokens, body: Some(text), ..aws::ConverseRequest::default() };
            return Ok(Prepared { resolution, request, streaming, form, notes: Vec::new() });
        }
        if parts.schema.is_some() && managed_prompt::is_arn(&resolution.id) {
            return Err(managed_prompt::refused("a schema"));
        }
        attachment::check(&parts.attachments, model, self.request.cite)?;
        if let Some(model) = model
            && let Some((attached, modality)) = attachment::unsupported(&parts.attachments, model)
        {
            let what = format!("`{}` does not take {} as input", model.id, attached.kind());
            let error = Error::usage(what).cause(format!("{} is {}", attached.label, attached.kind()));
            let takes = |other: &FoundationModel<'_>| other.input_modalities().any(|known| known == modality);
            return Err(with_substitute(error, model, &context.resolve_request()?, &context.catalog, takes));
        }
        let EarlierMessages { messages, mut notes } = self.conversation.earlier_messages(&resolution)?;
        let request = self.request(&resolution, parts, messages, (context, &mut notes))?;
        Ok(Prepared { resolution, request, streaming, form, notes })
    }

    fn request(
        &self,
        resolution: &Resolution,
        parts: PromptParts,
        earlier_messages: Vec<String>,
        (context, notes): (&Context, &mut Vec<String>),
    ) -> Result<aws::ConverseRequest, Error> {
        let settings = &context.settings;
        let mut request = aws::ConverseRequest {
            model_id: resolution.id.clone(),
            system: parts.system,
            prompt: parts.text,
            attachments: attachment::to_aws(parts.attachments, self.request.cite),
            max_tokens: settings.max_tokens.value,
            temperature: settings.temperature.value,
            top_p: settings.top_p.value,
            stop_sequences: settings.stop_sequences.value.clone(),
            earlier_messages: earlier_messages.into(),
            ..aws::ConverseRequest::default()
        };
        if self.request.cache.is_some() {
            cache_point::check(&request, &self.words)?;
            request.cache = self.request.cache;
        }
        request.members.extend(self.request.guardrail.clone().map(|member| (member::GUARDRAIL, member)));
        self.request.fields.add_to(&mut request, resolution, context, notes)?;
        managed_prompt::complete(&mut request, &self.request.variables, context)?;
        Ok(request)
    }
}
