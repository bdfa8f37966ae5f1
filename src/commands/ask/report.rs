//! What is printed of a response: its text or JSON object, usage, and why it is not complete.

use std::collections::BTreeMap;

use serde::Serialize;
use serde_json::json;
use serde_json::value::RawValue;

use super::args::AskArgs;
use super::cost::cost_in_words;
use super::exchange::Exchange;
use super::form::ResponseForm;
use super::output_file::OutputFile;
use super::{cache_point, citation, ending, fields, guardrail};
use crate::aws::ConverseResponse;
use crate::config::value::Format;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::diagnosis::ParameterFix;

/// The member with the JSON of a schema.
const STRUCTURED_OUTPUT: &str = "structuredOutput";

/// The object of a response.
#[derive(Serialize)]
struct Object {
    #[serde(flatten)]
    members: serde_json::Value,
    /// The JSON of a schema with its own numbers, which `members` would round.
    #[serde(rename = "structuredOutput", skip_serializing_if = "Option::is_none")]
    exact: Option<Box<RawValue>>,
}

impl Exchange<'_> {
    /// Prints what belongs to a response that ended by itself.
    pub fn finish(
        &self,
        flags: &AskArgs,
        response: &ConverseResponse,
        file: Option<OutputFile>,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        let asked = self.asked_max_tokens();
        let ending = ending::incomplete_or_empty(response, asked, self.form.is_text());
        let explains = !self.has_clamped_limit();
        let ending = ending
            .map(|error| if explains { fields::explain_limit(error, &self.request, response, asked) } else { error });
        let rendered = match ending {
            Some(error) => Err(guardrail::explain(error, response, &self.request)),
            None => self.form.render(response),
        };
        let (is_object, has_file) = (output.format() == Format::Json, file.is_some());
        let incomplete = match (&rendered, file) {
            (Ok(text), Some(file)) if self.form.is_held() => file.write_and_commit(text).err(),
            (Ok(text), Some(file)) => file.commit(text).err(),
            (Err(error), Some(file)) => Some(self.save_partial(response, file, error.clone())),
            (Ok(text), None) if self.form.is_held() && !is_object => output.text(text).map(|()| None)?,
            (rendered, None) => rendered.as_ref().err().cloned(),
        };
        let printed = match output.format() {
            Format::Json => self.print_object(response, incomplete.as_ref(), output),
            Format::Text => output.end_line(),
        };
        // That the reader closed the pipe is no success if the response is not complete.
        if let Err(error) = printed.and_then(|()| output.flush())
            && (incomplete.is_none() || error.exit != ExitCode::Success)
        {
            return Err(error);
        }
        if incomplete.is_some() && !has_file {
            self.print_held(response, output);
        }
        self.report_content(response, flags.request.cite, incomplete.is_none(), output);
        if let Some(note) = cache_point::not_cached(&self.request, response) {
            output.note(note);
        }
        for warning in guardrail::warnings(response, &self.request, !self.form.is_text()) {
            output.warning(&warning);
        }
        fields::report(flags.request.fields.show_thinking, &self.request, response, output);
        if flags.usage {
            output.aside(&self.usage(response));
        }
        incomplete.map_or(Ok(ExitCode::Success), Err)
    }

    /// Prints the object of a response that broke off, with the text that arrived.
    pub fn print_partial(&self, error: &Error, output: &mut Output) -> Result<(), Error> {
        if output.format() != Format::Json || self.received.content.is_empty() {
            return Ok(());
        }
        self.print_object(&self.received, Some(error), output)
    }

    /// Prints the object of a response, or the last one after its events.
    fn print_object(
        &self,
        response: &ConverseResponse,
        incomplete: Option<&Error>,
        output: &mut Output,
    ) -> Result<(), Error> {
        // A reader of the text that has enough is not a failure.
        match incomplete.filter(|error| error.exit != ExitCode::Success) {
            incomplete if !self.has_events() => output.json(&self.to_object(response, incomplete)),
            None => output.json(&BTreeMap::from([("result", self.to_object(response, None))])),
            Some(error) => {
                let mut response = self.to_json(response, incomplete);
                response.as_object_mut().map(|members| members.remove("error"));
                output.json(&json!({"error": error.to_json(), "response": response}))
            }
        }
    }

    /// Returns the object of a response, in which the JSON of a schema is as the model wrote it.
    fn to_object(&self, response: &ConverseResponse, incomplete: Option<&Error>) -> Object {
        let exact = match &self.form {
            ResponseForm::Schema(_) if incomplete.is_none() => self.form.render(response).ok(),
            _ => None,
        };
        let exact = exact.and_then(|line| RawValue::from_string(line.into_owned()).ok());
        let mut members = self.to_json(response, incomplete);
        if let (Some(_), Some(members)) = (&exact, members.as_object_mut()) {
            members.shift_remove(STRUCTURED_OUTPUT);
        }
        Object { members, exact }
    }

    /// Prints to stderr the text that was held for a form that the response does not have: it is paid.
    pub fn print_held(&self, response: &ConverseResponse, output: &mut Output) {
        let received = self.form.received(response);
        if self.form.is_held() && output.format() == Format::Text && !received.is_empty() {
            output.aside(&received);
        }
    }

    /// Saves what arrived of an incomplete response beside the file that it was meant for.
    pub fn save_partial(&self, response: &ConverseResponse, mut file: OutputFile, error: Error) -> Error {
        if self.form.is_held()
            && !file.is_direct()
            && let Err(refused) = file.write(&self.form.received(response))
        {
            return file.save_partial(error).cause(format!("the response cannot be saved: {refused}"));
        }
        file.save_partial(error)
    }

    /// Returns the limit that the user asked for, in tokens; a thinking model may be sent another one. There is none if it
    /// is above the limit of the model, which was sent in its place.
    fn asked_max_tokens(&self) -> Option<i32> {
        let asked =
            if self.request.body.is_some() { self.request.max_tokens } else { self.context.settings.max_tokens.value };
        asked.filter(|_| !self.has_clamped_limit())
    }

    fn has_clamped_limit(&self) -> bool {
        self.fixes.applied.iter().any(|fix| matches!(fix, ParameterFix::ClampMaxTokens(_)))
    }

    fn usage(&self, response: &ConverseResponse) -> String {
        let tokens = response.usage.map_or_else(|| "no token counts".to_owned(), cache_point::tokens_in_words);
        let latency = response.latency_ms.map_or(String::new(), |latency| format!(", {latency} ms"));
        let region = self.resolution.source_region.map_or("", |region| region.name);
        let cost = cost_in_words(self.dollars(response), &self.context.catalog);
        let tier = response.service_tier.as_ref().map_or(String::new(), |tier| format!(", {tier} tier"));
        format!("usage: {tokens}, {cost}{latency}{tier}, {} from {region}", self.request.model_id)
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
            "output": {"message": {"role": "assistant", "content": response.content.to_json()}},
            "text": response.text,
            "citations": response.content.citations(),
            "stopReason": Some(&response.stop_reason).filter(|reason| !reason.is_empty()),
            "usage": usage,
            "estimatedCost": self.dollars(response).map(|dollars| {
                json!({"usDollars": dollars, "pricesAsOf": self.context.catalog.date().to_string()})
            }),
            "metrics": {"latencyMs": response.latency_ms},
            "requestId": response.request_id,
        });
        if !response.content.unknown_events().is_empty() {
            object["unknownEvents"] = json!(response.content.unknown_events());
        }
        if !response.trace.is_null() {
            object["trace"] = response.trace.clone();
        }
        if let Some(tier) = &response.service_tier {
            object["serviceTier"] = json!({"type": tier});
        }
        if let ResponseForm::CodeBlock(_) = self.form {
            object["extracted"] = json!(self.form.render(response).ok().filter(|_| incomplete.is_none()));
        }
        if let ResponseForm::Schema(_) = self.form {
            object[STRUCTURED_OUTPUT] = serde_json::Value::Null;
        }
        if let Some(error) = incomplete {
            object["error"] = error.to_json();
        }
        object
    }

    /// Reports what is in the response beside the text that was printed: content of other kinds, and the sources of the
    /// text.
    fn report_content(&self, response: &ConverseResponse, cites: bool, is_complete: bool, output: &mut Output) {
        if output.format() == Format::Text && response.fault().is_none() {
            let is_call = !self.form.is_text();
            if is_call && is_complete && !response.text.is_empty() {
                output.note("the response also contains text, which is not printed; `--format json` includes it");
            }
            let is_reported = if is_call { is_complete } else { !response.text.is_empty() };
            if is_reported && let Some(warning) = ending::left_out(response, is_call) {
                output.warning(&warning);
            }
        }
        let sources = citation::sources(&response.content.citations());
        if cites && sources.is_empty() {
            output.note("the response has no citations");
        }
        for source in sources {
            if cites { output.aside(&source) } else { output.note(&source) }
        }
    }
}
