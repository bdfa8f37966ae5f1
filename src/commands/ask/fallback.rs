//! `--fallback`: the model that is invoked once where the first one is unavailable.

use super::exchange::{Exchange, FailedId};
use super::fixes::Fixes;
use super::managed_prompt;
use super::request::Prepared;
use super::resolution::{resolve_typed, verbatim};
use super::substitute::require_chat;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::diagnosis::{Diagnosis, Scope};
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::resolution::Resolution;

/// Resolves the fallback from the Region of the first model.
///
/// # Errors
/// If it cannot be resolved, cannot chat, or is the first model again.
pub fn resolve(text: Option<&str>, first: &Resolution, context: &Context) -> Result<Option<Resolution>, Error> {
    let Some(text) = text else { return Ok(None) };
    let request = context.resolve_request_from(first.source_region);
    let resolution = if context.settings.resolve.value {
        resolve_typed(text, &request, context, &context.catalog).map_err(Error::from)
    } else {
        verbatim(text, first.source_region)
    };
    let resolution = resolution.map_err(|refusal| refusal.cause("it is the model of `--fallback`"))?;
    if resolution.source_region != first.source_region {
        return Err(Error::usage(format!("`--fallback {text}` names another source Region"))
            .cause("both models are invoked from the same source Region"));
    }
    if resolution.id == first.id {
        return Err(Error::usage(format!("`--fallback {text}` resolves to the first model, `{}`", first.id))
            .hint("name another model, or the same one with another kind of routing"));
    }
    if managed_prompt::is_arn(&first.id) || managed_prompt::is_arn(&resolution.id) {
        return Err(Error::usage("`--fallback` cannot be used with a prompt of Prompt management")
            .cause("the prompt names its model itself"));
    }
    require_chat(&resolution, context)?;
    Ok(Some(resolution))
}

impl Exchange<'_> {
    /// Whether a failure, before which nothing of a response arrived, shows that the model is unavailable: not the service
    /// as a whole, nor the network.
    pub fn is_unavailable(&self, diagnosis: &Diagnosis) -> bool {
        diagnosis.exit_code == ExitCode::Unavailable
            && diagnosis.group.scope() == Scope::Call
            && self.received.content.is_empty()
    }

    /// Uses the fallback from now on, because of this error of the first model.
    pub fn use_fallback(
        &mut self,
        Prepared { resolution, request, streaming, form, notes }: Prepared,
        error: Error,
        output: &mut Output,
    ) {
        let id = std::mem::take(&mut self.resolution.id);
        output.warning(&format!(
            "`{id}` is unavailable: {}; invoking `{}` instead",
            error.message.summary, resolution.id
        ));
        self.unavailable = Some(FailedId { id, error });
        self.origin = None;
        self.fixes = Fixes::default();
        (self.resolution, self.request, self.streaming, self.form) = (resolution, request, streaming, form);
        for note in notes {
            output.note(&note);
        }
        self.apply_learned(output);
        output.notices(&self.resolution.notices);
        output.rename_spinner(self.awaited());
    }

    /// Returns the error to report in place of this one: that of the first model, unless the fallback began to respond.
    pub fn with_fallback(&self, error: Error, is_unavailable: bool, failure: &Failure) -> Error {
        match (&self.unavailable, &self.fallback) {
            (None, Some(fallback)) if is_unavailable => error.cause(format!(
                "the fallback `{}` was not invoked, because the request was repaired twice",
                fallback.resolution.id
            )),
            (None, _) => error,
            (Some(first), _) if failure.text_bytes > 0 => {
                error.cause(format!("`{}` was invoked because `{}` is unavailable", self.resolution.id, first.id))
            }
            (Some(first), _) => {
                let reason = &error.message.summary;
                first.error.clone().cause(format!("the fallback `{}` failed too: {reason}", self.resolution.id))
            }
        }
    }
}
