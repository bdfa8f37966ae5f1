//! The options of a request, which are the same for one prompt and for each record of a batch.

use std::path::PathBuf;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;
use serde_json::Value;

use super::fields::FieldArgs;
use super::{cache_point, guardrail, variables};
use crate::aws::CacheTtl;
use crate::config::{Flags, TemplateRequest, value};
use crate::error::Error;

#[derive(Clone, Debug, Default, PartialEq, Args)]
pub struct RequestArgs {
    /// The model: an ID, inference profile, ARN, short name or alias
    #[arg(short, long, value_name = "MODEL")]
    pub model: Option<String>,
    /// Send the model as it is written, for gateways with names of their own; nothing is repaired
    #[arg(long)]
    pub no_resolve: bool,
    /// The system prompt, or @FILE to read it from a file
    #[arg(short, long, value_name = "TEXT|@FILE")]
    pub system: Option<String>,
    /// Use a template: a name in the folder templates/ beside config.yaml, or a YAML file
    ///
    /// A template sets some of model, system, prompt, `max_tokens`, temperature, `top_p`, stop, schema and routing. Flags come
    /// before it, and it comes before the environment and config.yaml. `{{NAME}}` in its prompt and system prompt is the
    /// value of `--var NAME=VALUE`. `{{input}}` in its prompt is the words, files and stdin, which otherwise follow the
    /// prompt. `{{{{` stands for `{{`. Nothing else in a template is replaced.
    #[arg(short, long, value_name = "NAME|FILE", value_parser = NonEmptyStringValueParser::new())]
    pub template: Option<String>,
    /// A variable of the template or the prompt ARN, with its value or @FILE to read it from a file; repeatable
    ///
    /// A prompt ARN as the model needs no other prompt; one that is given is sent as a message after it. A name has letters, digits, `_` and `-`. A value is sent as it is: `{{…}}` inside of it is no variable.
    #[arg(id = "var", long = "var", value_name = "NAME=VALUE", value_parser = variables::parse)]
    pub variables: Vec<(String, String)>,
    /// Attach a file: an image, document, video, text; a 'glob', s3://… or -
    ///
    /// Repeatable, with one value each; `--attachment` is the same, and `-` is stdin. The type is detected from the
    /// content; csv, md, html and txt from the extension, as is the type of an object in S3. Other text in UTF-8, such as
    /// code and logs, is sent as text after its path. Documents, images, video, audio and texts stand before the prompt,
    /// in this order.
    #[arg(short, long, value_name = "FILE", alias = "attachment")]
    pub attach: Vec<PathBuf>,
    /// Let the model cite the attached PDF and txt documents; print the sources to stderr
    ///
    /// Claude sees the pictures of a PDF only with it; without it, only the text. `--format json` has the citations whole.
    #[arg(long)]
    pub cite: bool,
    /// The maximum number of tokens to generate
    #[arg(long, value_name = "N", value_parser = |text: &str| value::TOKENS.parse(text))]
    pub max_tokens: Option<i32>,
    /// The temperature, from 0 to 1; not sent unless given
    #[arg(long, value_name = "T", value_parser = |text: &str| value::FRACTION.parse(text))]
    pub temperature: Option<f32>,
    /// The nucleus sampling cutoff, from 0 to 1; not sent unless given
    #[arg(long, value_name = "P", value_parser = |text: &str| value::FRACTION.parse(text))]
    pub top_p: Option<f32>,
    /// Stop the response at this text; repeatable
    #[arg(long, value_name = "TEXT", value_parser = NonEmptyStringValueParser::new())]
    pub stop: Vec<String>,
    /// Cache the system prompt and the attachments for 5m or 1h, so that they are cheaper to send again
    ///
    /// Bedrock writes them to its cache, which costs more, and reads them from there while the next requests begin with the
    /// same. Most models need 1,024 to 4,096 tokens to cache anything. Behind a document that is not a PDF, a short text
    /// precedes the cache point, because Bedrock requires one. `--usage` prints what was read and written.
    #[arg(
        long,
        value_name = "5m|1h",
        require_equals = true,
        num_args = 0..=1,
        default_missing_value = "5m",
        value_parser = cache_point::ttl_parser()
    )]
    pub cache: Option<CacheTtl>,
    /// Apply this guardrail; with `:trace`, print what it blocks
    ///
    /// ID is the guardrail's ID or ARN, VERSION a number or DRAFT. `:trace_full` requests the trace of what was not
    /// blocked, too; `--format json` has the trace whole. If the guardrail intervenes, the exit code is 7.
    #[arg(long, value_name = "ID:VERSION[:trace]", value_parser = guardrail::parse)]
    pub guardrail: Option<Value>,
    /// Print JSON that is valid against this JSON Schema, or nothing
    ///
    /// The value is a file, JSON that begins with {, or names with types (str, int, float, bool, array), such as
    /// 'name, age int, tags array'. The JSON is printed on one line once the whole response is valid; otherwise each fault
    /// goes to stderr with its JSON Pointer, with exit code 7. A model that does not support a schema is made to call a tool
    /// that has the schema as its input.
    #[arg(
        long,
        value_name = "FILE|JSON|NAMES",
        value_hint = clap::ValueHint::AnyPath,
        conflicts_with = "cite"
    )]
    pub schema: Option<String>,
    #[command(flatten)]
    pub fields: FieldArgs,
}

impl RequestArgs {
    /// Adds the settings that the options give.
    pub fn flags(&self, global: Flags) -> Flags {
        Flags {
            model: self.model.clone(),
            resolve: self.no_resolve.then_some(false),
            system: self.system.clone(),
            max_tokens: self.max_tokens,
            temperature: self.temperature,
            top_p: self.top_p,
            stop_sequences: Some(self.stop.clone()).filter(|stop| !stop.is_empty()),
            ..global
        }
    }

    /// Returns the template that the command line names.
    pub fn template(&self) -> Result<Option<TemplateRequest>, Error> {
        // Without a template, the variables may be those of a prompt ARN.
        let Some(name) = self.template.clone() else { return Ok(None) };
        let variables = variables::values(&self.variables)?;
        Ok(Some(TemplateRequest { name, variables, ..TemplateRequest::default() }))
    }

    /// Returns the first option that changes more of a request than its model.
    pub fn first_of_request(&self) -> Option<&'static str> {
        let given = [
            ("--system", self.system.is_some()),
            ("--template", self.template.is_some()),
            ("--var", !self.variables.is_empty()),
            ("--attach", !self.attach.is_empty()),
            ("--cite", self.cite),
            ("--max-tokens", self.max_tokens.is_some()),
            ("--temperature", self.temperature.is_some()),
            ("--top-p", self.top_p.is_some()),
            ("--stop", !self.stop.is_empty()),
            ("--cache", self.cache.is_some()),
            ("--guardrail", self.guardrail.is_some()),
            ("--schema", self.schema.is_some()),
        ];
        let found = given.iter().find(|(_, is_given)| *is_given).map(|(option, _)| *option);
        found.or_else(|| self.fields.first_of_request())
    }
}
