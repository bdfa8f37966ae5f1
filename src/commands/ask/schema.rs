//! `--schema`: a response that is JSON by a schema. How a request asks for it, and what is taken of the response.

mod argument;
mod document;
mod reference;
mod sent;
mod subschema;
mod tool_schema;
mod validation;

use std::borrow::Cow;

use serde_json::{Value, json};

use super::member::{ADDITIONAL, OUTPUT_CONFIG, TOOL_CONFIG};
use crate::aws::{ConverseRequest, ConverseResponse};
use crate::config::{Setting, Template};
use crate::error::Error;
use bedrock_ask::diagnosis::ParameterFix;
use bedrock_ask::model::structured_output::{self, ToolRoot};
use document::JsonDocument;
use sent::Native;
use tool_schema::ToolSchema;
use validation::Compiled;

/// The name of the schema, and of the tool that has it as its input.
const NAME: &str = "response";

/// What the tool is for.
const TOOL_DESCRIPTION: &str = "Gives the response to the user. Call it once: its input is the whole response.";

/// Returns the schema that `flag` names, or else the template. `excluded` are the flags that a schema does not go with, and
/// whether each is given; the parser refuses them beside the flag.
pub fn read(
    flag: Option<&str>,
    template: Option<&Template>,
    excluded: [(&'static str, bool); 2],
) -> Result<Option<Schema>, Error> {
    if let Some(value) = flag {
        return Schema::parse(value).map(Some);
    }
    let Some(Setting { value, origin }) = template.and_then(|template| template.schema.as_ref()) else {
        return Ok(None);
    };
    if let Some((flag, _)) = excluded.iter().find(|(_, is_given)| *is_given) {
        return Err(Error::usage(format!("`{flag}` cannot be used with `schema` ({origin})")));
    }
    Schema::parse(value).map(Some).map_err(|error| error.cause(format!("the schema comes from: {origin}")))
}

#[derive(Clone, Debug)]
pub struct Schema {
    json: Value,
    compiled: Compiled,
}

impl Schema {
    /// Parses the value of `--schema`.
    ///
    /// # Errors
    /// If it is not a valid schema of an object.
    pub fn parse(value: &str) -> Result<Self, Error> {
        let json = argument::parse(value)?;
        let accepts_object = match json.get("type") {
            None => true,
            Some(Value::Array(kinds)) => kinds.iter().any(|kind| kind == "object"),
            Some(kind) => kind == "object",
        };
        let compiled = Compiled::of(&json)?;
        if !accepts_object {
            return Err(Error::usage(format!("the schema is for the type {}, not for an object", json["type"]))
                .cause("Bedrock takes only schemas whose `type` is `object`")
                .hint("make it a property of an object, such as `items` of {\"type\": \"object\", \"properties\": {\"items\": …}}"));
        }
        Ok(Self { json, compiled })
    }

    /// Returns a response as JSON on one line.
    fn validated(&self, text: &str) -> Result<JsonDocument, Error> {
        let not_json = |reason| Error::incomplete("the response is not valid JSON").cause(reason);
        let document = document::parse(text).map_err(not_json)?;
        let faults = self.compiled.faults(document.value.clone())?;
        if faults.is_empty() {
            return Ok(document);
        }
        Err(Error::incomplete("the response is not valid against the schema").causes(faults))
    }
}

/// How a request passes the schema to the model.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Carrier {
    /// In `outputConfig.textFormat`: the text of the response is the JSON.
    TextFormat,
    /// As a tool that the model must call: its input is the JSON.
    ForcedTool,
    /// As a tool that the model may call.
    OfferedTool,
}

/// A schema in the exchange with one model.
#[derive(Clone, Debug)]
pub struct SchemaExchange {
    schema: Schema,
    carrier: Carrier,
    /// What the model accepts in the root of the schema for the input of a tool.
    tool_root: ToolRoot,
    /// What the model refused since the request was built.
    refused: Vec<Carrier>,
    /// Whether the request forces the model to call the tool.
    forces: bool,
}

impl SchemaExchange {
    /// Chooses how the schema is passed to the model with this ID.
    pub fn new(schema: Schema, model: &str) -> Self {
        let carrier = if structured_output::is_native(model) { Carrier::TextFormat } else { Carrier::ForcedTool };
        Self { schema, carrier, tool_root: ToolRoot::of(model), refused: Vec::new(), forces: false }
    }

    /// Writes the schema into a request, in place of what an earlier call wrote.
    pub fn write(&mut self, request: &mut ConverseRequest) {
        self.forces = self.carrier == Carrier::ForcedTool && !is_thinking(request);
        let members = &mut request.members;
        members.remove(TOOL_CONFIG);
        if let Some(output) = members.get_mut(OUTPUT_CONFIG).and_then(Value::as_object_mut) {
            output.remove("textFormat");
            if output.is_empty() {
                members.remove(OUTPUT_CONFIG);
            }
        }
        match self.carrier {
            Carrier::TextFormat => {
                members.entry(OUTPUT_CONFIG).or_insert_with(|| json!({}))["textFormat"] = self.text_format();
            }
            Carrier::ForcedTool | Carrier::OfferedTool => drop(members.insert(TOOL_CONFIG, self.tool_config())),
        }
    }

    /// Returns what the user should know of the request before it is sent.
    pub fn note(&self) -> Option<&'static str> {
        let narrows = self.carrier == Carrier::TextFormat && Native::of(&self.schema.json).narrows;
        narrows.then_some(
            "Bedrock accepts only objects without additional properties here: the schema is sent with `additionalProperties: false`",
        )
    }

    /// Passes the schema by another carrier if the model refuses the present one, and describes the change.
    pub fn apply(&mut self, fix: &ParameterFix) -> Option<String> {
        let ParameterFix::Drop(member) = fix else { return None };
        let (next, change) = match self.carrier {
            Carrier::TextFormat if is_about_content(fix) => {
                (Carrier::ForcedTool, "does not accept this schema in `outputConfig.textFormat`; sending it as a tool")
            }
            // The second is Claude's name for it.
            Carrier::TextFormat if matches!(member.as_str(), "outputConfig" | "output_config") => {
                (Carrier::ForcedTool, "does not accept `outputConfig.textFormat`; sending the schema as a tool")
            }
            Carrier::ForcedTool if is_or_has(member, "toolConfig.toolChoice") => {
                (Carrier::OfferedTool, "cannot be forced to call a tool; sending the schema as a tool that it may call")
            }
            Carrier::ForcedTool | Carrier::OfferedTool if is_or_has(member, TOOL_CONFIG) => {
                (Carrier::TextFormat, "does not accept a tool; sending the schema as `outputConfig.textFormat`")
            }
            _ => return None,
        };
        if self.refused.contains(&next) {
            return None;
        }
        self.refused.push(self.carrier);
        self.carrier = next;
        Some(change.to_owned())
    }

    /// Forgets what was refused, if only an earlier run was refused it: the model may accept it by now.
    pub fn forget_refusals(&mut self) {
        self.refused.clear();
    }

    /// Whether the text of the response is the JSON.
    pub fn is_text(&self) -> bool {
        self.carrier == Carrier::TextFormat
    }

    /// Returns the JSON of a complete response.
    pub fn document(&self, response: &ConverseResponse) -> Result<JsonDocument, Error> {
        let result = if self.is_text() {
            self.schema.validated(&response.text)
        } else {
            let calls = inputs(response);
            match &calls[..] {
                // The input of a call that was cut may be valid: AWS closes it where the response does not stream.
                [_] if !matches!(response.stop_reason.as_str(), "tool_use" | "end_turn") => {
                    Err(Error::incomplete("the response was cut, and its JSON may be incomplete"))
                }
                [input] => self.schema.validated(input),
                [] => Err(self.without_call(response)),
                _ => Err(Error::incomplete(format!("the response has {} JSON objects in place of one", calls.len()))),
            }
        };
        result.map_err(|error| match response.stop_reason.as_str() {
            "tool_use" | "end_turn" => error,
            reason => {
                let error = error.cause(format!("stop reason: {reason}"));
                if reason == "max_tokens" { error.hint("allow more tokens: `--max-tokens N`") } else { error }
            }
        })
    }

    /// Returns what has arrived, complete or not: the JSON, or else the text.
    pub fn received<'r>(&self, response: &'r ConverseResponse) -> Cow<'r, str> {
        let calls = if self.is_text() { Vec::new() } else { inputs(response) };
        if calls.is_empty() { Cow::Borrowed(&response.text) } else { Cow::Owned(calls.join("\n")) }
    }

    fn without_call(&self, response: &ConverseResponse) -> Error {
        let instead = match (response.text.is_empty(), response.content.other_kinds()) {
            (false, _) => "it is text".to_owned(),
            (true, []) => "it is empty".to_owned(),
            (true, kinds) => format!("it contains only {}", super::ending::quoted(kinds)),
        };
        let error =
            Error::incomplete("the response has no JSON: the model did not call the tool that takes it").cause(instead);
        match (self.forces, self.carrier) {
            (true, _) => error.hint("try again"),
            (false, Carrier::ForcedTool) => {
                error.hint("turn thinking off: with it, Claude cannot be forced to call a tool")
            }
            (false, _) => {
                error.hint("ask for the JSON in the prompt, or use a model that can be forced to call a tool")
            }
        }
    }

    fn text_format(&self) -> Value {
        let Native { schema, .. } = Native::of(&self.schema.json);
        let mut structure = json!({"schema": schema.to_string(), "name": NAME});
        if let Some(description) = schema.get("description").filter(|text| *text != "") {
            structure["description"] = description.clone();
        }
        json!({"type": "json_schema", "structure": {"jsonSchema": structure}})
    }

    fn tool_config(&self) -> Value {
        let ToolSchema { schema, lines } = ToolSchema::of(&self.schema.json, self.tool_root);
        let description = lines.iter().fold(TOOL_DESCRIPTION.to_owned(), |text, line| format!("{text}\n{line}"));
        let tool = json!({"name": NAME, "description": description, "inputSchema": {"json": schema}});
        let mut config = json!({"tools": [{"toolSpec": tool}]});
        match self.carrier {
            Carrier::ForcedTool if self.forces => config["toolChoice"] = json!({"tool": {"name": NAME}}),
            Carrier::ForcedTool => config["toolChoice"] = json!({"auto": {}}),
            _ => {}
        }
        config
    }
}

/// Whether a fix is about what is in the schema, not about the model.
pub fn is_about_content(fix: &ParameterFix) -> bool {
    matches!(fix, ParameterFix::Drop(member) if is_or_has(member, "outputConfig.textFormat"))
}

/// Returns the inputs of the calls of the tool.
fn inputs(response: &ConverseResponse) -> Vec<String> {
    let calls = response.content.tool_calls().into_iter();
    calls.filter(|call| call.name == NAME).map(|call| call.input).collect()
}

/// Whether a request turns on the thinking of Claude, with which no tool can be forced.
fn is_thinking(request: &ConverseRequest) -> bool {
    let thinking = request.members.get(ADDITIONAL).and_then(|fields| fields.get("thinking"));
    thinking.is_some_and(|thinking| !thinking.is_null() && thinking["type"] != "disabled")
}

/// Whether a member of the request is this one or within it.
fn is_or_has(member: &str, path: &str) -> bool {
    member.strip_prefix(path).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
}

#[cfg(test)]
mod tests;
