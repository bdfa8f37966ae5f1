//! One exchange with a model: the request, the fixes that are applied to it, and what is reported of the response.

use std::collections::VecDeque;

use serde_json::json;

use super::output_file::OutputFile;
use super::{AskArgs, ending};
use crate::aws::{self, Aws, BedrockRuntime, ConverseError, ConverseResponse};
use crate::commands::explanation::explain;
use crate::config::value::Format;
use crate::context::Context;
use crate::error::{Error, ExitCode};
use crate::output::{self, Output};
use bedrock_ask::diagnosis::{Diagnosis, ParameterFix};
use bedrock_ask::model::catalog::live;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::resolution::{Resolution, ResolveRequest, Rule};
use bedrock_ask::model::resolver;
use bedrock_ask::model::routing::Routing;

/// The exchange of one prompt with one model.
pub struct Exchange<'a> {
    /// The settings, the catalog and the cache.
    pub context: &'a Context,
    /// The ID that is invoked, and why.
    pub resolution: Resolution,
    /// The request, with the fixes that were applied.
    pub request: aws::ConverseRequest,
    /// Whether the response is streamed.
    pub streaming: bool,
    /// The fixes that were applied already, so that none is tried twice.
    applied_fixes: Vec<ParameterFix>,
    /// Those that hold for every request to this model.
    pub learned_fixes: Vec<ParameterFix>,
    /// The text received so far in JSON mode, where nothing is printed before the end.
    received_text: String,
}

/// The ID that was refused first, the error, and the IDs that are left to try.
struct RefusedId {
    id: String,
    error: Error,
    others: VecDeque<String>,
}

impl<'a> Exchange<'a> {
    /// Creates an exchange that nothing was learned from yet.
    pub fn new(context: &'a Context, resolution: Resolution, request: aws::ConverseRequest, streaming: bool) -> Self {
        let (applied_fixes, learned_fixes, received_text) = (Vec::new(), Vec::new(), String::new());
        Self { context, resolution, request, streaming, applied_fixes, learned_fixes, received_text }
    }

    /// Sends the request. What the service refuses of it is fixed once, as long as no text has arrived.
    ///
    /// # Errors
    /// The diagnosis of the failure.
    pub async fn send(
        &mut self,
        aws: &Aws,
        mut file: Option<&mut OutputFile>,
        output: &mut Output,
    ) -> Result<ConverseResponse, Error> {
        let runtime = aws.bedrock_runtime()?;
        let mut refused: Option<RefusedId> = None;
        loop {
            let failure = match self.attempt(&runtime, file.as_deref_mut(), output).await {
                Ok(response) => {
                    self.save_learned(refused.is_some(), output);
                    if let Some(refused) = refused {
                        self.report_substituted_id(&refused.id, output)?;
                    }
                    return Ok(response);
                }
                Err(ConverseError::Write(error)) => {
                    let unwritable = |file: &mut OutputFile| file.unwritable(&error);
                    return Err(file.map_or_else(|| output::unwritable(&error), unwritable));
                }
                Err(ConverseError::Failed(failure)) => failure,
            };
            let diagnosis = self.diagnose(&failure);
            if !self.context.repairs() || failure.text_bytes > 0 {
                return Err(diagnosis.into());
            }
            if let Some(change) = diagnosis.parameter_fix.clone().and_then(|fix| self.apply_and_learn(fix)) {
                output.note(&format!("`{}` {change}", self.resolution.id));
                continue;
            }
            if !diagnosis.group.is_id_fault() {
                return Err(diagnosis.into());
            }
            let mut refusal = match refused.take() {
                Some(refusal) => refusal,
                None => RefusedId {
                    id: self.resolution.id.clone(),
                    error: diagnosis.into(),
                    others: self.other_ids(aws, output).await,
                },
            };
            let Some(other) = refusal.others.pop_front() else { return Err(refusal.error) };
            refused = Some(refusal);
            self.use_id(other, output);
        }
    }

    /// Uses this ID from now on. A note says so if it leaves the geography and the user did not name `global`.
    pub fn use_id(&mut self, id: String, output: &mut Output) {
        let routing = Routing::from_id(&id, self.resolution.model.as_deref());
        if routing == Routing::Global && !self.context.settings.routing.value.names_global() {
            output.note(&resolver::global_warning(&id));
        }
        id.clone_into(&mut self.request.model_id);
        self.resolution.id = id;
    }

    /// Returns the IDs to try in place of one that was refused, within the user's routing: the one that AWS lists now or,
    /// if its lists cannot be read, the other routes in the catalog.
    async fn other_ids(&self, aws: &Aws, output: &mut Output) -> VecDeque<String> {
        let request = self.context.resolve_request_from(self.resolution.source_region);
        let listed = match aws.bedrock() {
            Ok(bedrock) => bedrock.list().await.map_err(|failure| failure.message),
            Err(error) => Err(error.message.summary),
        };
        match listed {
            Ok(listing) => {
                let text = live::text(&listing, self.context.today);
                if let Err(error) = self.context.cache.store_catalog(&listing.region, &text, self.context.now) {
                    output.debug(&format!("AWS's lists are not kept: {error}"));
                }
                let catalog = self.context.catalog.clone().with_live(text);
                let repairing = ResolveRequest { repair: true, ..request };
                let found = resolver::resolve(&self.resolution.input, &repairing, &catalog).ok();
                let right = found.filter(|other| other.rule != Rule::Predicted && other.id != self.resolution.id);
                right.map(|other| other.id).into_iter().collect()
            }
            Err(reason) => {
                output.debug(&format!("AWS's lists cannot be read, so the catalog decides without them: {reason}"));
                resolver::fallback_ids(&self.resolution, &request, &self.context.catalog).into()
            }
        }
    }

    /// Reports the ID that was used in place of the one that was refused.
    fn report_substituted_id(&self, wrong: &str, output: &mut Output) -> Result<(), Error> {
        output.end_line()?;
        output.flush()?;
        let id = &self.resolution.id;
        output.note(&format!("`{wrong}` cannot be called from here; `{id}` answered: write that instead"));
        Ok(())
    }

    async fn attempt(
        &mut self,
        runtime: &BedrockRuntime,
        mut file: Option<&mut OutputFile>,
        output: &mut Output,
    ) -> Result<ConverseResponse, ConverseError> {
        let is_object = output.format() == Format::Json;
        let mut write = |text: &str| {
            if is_object {
                self.received_text.push_str(text);
            }
            match &mut file {
                Some(file) => file.write(text),
                None if is_object => Ok(()),
                None => output.delta(text),
            }
        };
        if self.streaming {
            return runtime.converse_stream(&self.request, write).await;
        }
        let response = runtime.converse(&self.request).await?;
        write(&response.text).map_err(ConverseError::Write)?;
        Ok(response)
    }

    /// Applies a fix, and remembers it if other requests to this model would be refused too.
    fn apply_and_learn(&mut self, fix: ParameterFix) -> Option<String> {
        // One of two that do not go together is refused only beside the other.
        let goes_alone = !(self.request.temperature.is_some() && self.request.top_p.is_some());
        let change = self.apply_fix(fix.clone())?;
        if goes_alone {
            self.learned_fixes.push(fix);
        }
        Some(change)
    }

    /// Changes the one parameter that the service refused, and describes the change. Returns `None` if it was tried before
    /// or the request does not have the parameter.
    pub fn apply_fix(&mut self, fix: ParameterFix) -> Option<String> {
        if self.applied_fixes.contains(&fix) {
            return None;
        }
        let request = &mut self.request;
        let without = |flag: &str| format!("does not take `{flag}`; asking without it");
        let change = match &fix {
            ParameterFix::NoStreaming if self.streaming => {
                self.streaming = false;
                "cannot stream; asking for the answer in one piece".to_owned()
            }
            ParameterFix::DropSystem if request.system.take().is_some() => {
                "takes no system prompt; asking without it".to_owned()
            }
            ParameterFix::ClampMaxTokens(limit)
                if request.max_tokens.is_some_and(|most| i64::from(most) > i64::from(*limit)) =>
            {
                request.max_tokens = i32::try_from(*limit).ok();
                format!("answers with at most {limit} tokens; asking for that many")
            }
            ParameterFix::Drop(field) => match field.rsplit('.').next()? {
                "temperature" if request.temperature.take().is_some() => without("--temperature"),
                "topP" | "top_p" if request.top_p.take().is_some() => match request.temperature {
                    Some(_) => "takes `--temperature` or `--top-p`, not both; asking without `--top-p`".to_owned(),
                    None => without("--top-p"),
                },
                "stopSequences" if !std::mem::take(&mut request.stop_sequences).is_empty() => without("--stop"),
                _ => return None,
            },
            _ => return None,
        };
        self.applied_fixes.push(fix);
        Some(change)
    }

    fn diagnose(&self, failure: &Failure) -> Diagnosis {
        let request = self.context.resolve_request_from(self.resolution.source_region);
        explain(failure, &self.resolution, &request, self.context)
    }

    /// Prints the request as it would be sent.
    ///
    /// # Errors
    /// If it cannot be built.
    pub async fn preview(&self, runtime: &BedrockRuntime, output: &mut Output) -> Result<(), Error> {
        let preview =
            runtime.preview(&self.request, self.streaming).await.map_err(|failure| self.diagnose(&failure))?;
        let region = self.resolution.source_region.map(|region| region.name);
        match output.format() {
            Format::Json => output.json(&json!({
                "modelId": self.request.model_id,
                "region": region,
                "method": preview.method,
                "url": preview.url,
                "body": preview.body,
            })),
            Format::Text => {
                output.line(&format!("modelId {}", self.request.model_id))?;
                output.line(&format!("{} {}", preview.method, preview.url))?;
                output.line(&preview.body)
            }
        }
    }

    /// Prints what belongs to a response that ended by itself.
    ///
    /// # Errors
    /// If its stop reason makes it incomplete, or it cannot be written.
    pub fn finish(
        &self,
        flags: &AskArgs,
        response: &ConverseResponse,
        file: Option<OutputFile>,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        let incomplete = match (ending::incomplete(&response.stop_reason, self.request.max_tokens), file) {
            (None, Some(file)) => file.commit(&response.text).map(|()| None)?,
            (Some(error), Some(file)) => Some(file.save_partial(error)),
            (incomplete, None) => incomplete,
        };
        match output.format() {
            Format::Json => output.json(&self.to_json(response, incomplete.as_ref()))?,
            Format::Text => output.end_line()?,
        }
        output.flush()?;
        if response.tool_uses > 0 {
            output.note("the model asked for tools, and none are offered here");
        }
        if flags.usage {
            output.aside(&self.usage(response));
        }
        incomplete.map_or(Ok(ExitCode::Success), Err)
    }

    /// Prints the object of a response that broke off, with the text that arrived.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn print_partial(&mut self, error: &Error, output: &mut Output) -> Result<(), Error> {
        if self.received_text.is_empty() {
            return Ok(());
        }
        let part = ConverseResponse { text: std::mem::take(&mut self.received_text), ..ConverseResponse::default() };
        output.json(&self.to_json(&part, Some(error)))
    }

    fn usage(&self, response: &ConverseResponse) -> String {
        let tokens = response.usage.map_or_else(
            || "tokens not told".to_owned(),
            |usage| {
                format!("{} input + {} output = {} tokens", usage.input_tokens, usage.output_tokens, usage.total_tokens)
            },
        );
        let latency = response.latency_ms.map_or(String::new(), |latency| format!(", {latency} ms"));
        let region = self.resolution.source_region.map_or("", |region| region.name);
        format!("usage: {tokens}{latency}, {} from {region}", self.request.model_id)
    }

    fn to_json(&self, response: &ConverseResponse, incomplete: Option<&Error>) -> serde_json::Value {
        let usage = response.usage.map(|usage| {
            json!({
                "inputTokens": usage.input_tokens,
                "outputTokens": usage.output_tokens,
                "totalTokens": usage.total_tokens,
                "cacheReadInputTokens": usage.cache_read_input_tokens,
                "cacheWriteInputTokens": usage.cache_write_input_tokens,
            })
        });
        let mut object = json!({
            "modelId": self.request.model_id,
            "region": self.resolution.source_region.map(|region| region.name),
            "output": {"message": {"role": "assistant", "content": [{"text": response.text}]}},
            "stopReason": Some(&response.stop_reason).filter(|reason| !reason.is_empty()),
            "usage": usage,
            "metrics": {"latencyMs": response.latency_ms},
            "requestId": response.request_id,
        });
        if let (Some(error), Some(fields)) = (incomplete, object.as_object_mut()) {
            fields.insert("error".to_owned(), error.to_json());
        }
        object
    }
}
