//! `-t/--template`: the name of a template, which the context reads.

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::variables::Variables;
use crate::config::TemplateRequest;
use crate::error::Error;

/// The template, and its variables.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct TemplateArgs {
    /// Use a template: a name in the folder templates/ beside config.yaml, or a YAML file
    ///
    /// A template sets some of model, system, prompt, `max_tokens`, temperature, `top_p`, stop, schema and routing. Flags come
    /// before it, and it comes before the environment and config.yaml. `{{NAME}}` in its prompt and system prompt is the
    /// value of `--var NAME=VALUE`. `{{input}}` in its prompt is the words, files and stdin, which otherwise follow the
    /// prompt. `{{{{` stands for `{{`. Nothing else in a template is replaced.
    #[arg(short, long, value_name = "NAME|FILE", value_parser = NonEmptyStringValueParser::new())]
    template: Option<String>,
}

impl TemplateArgs {
    /// Whether the command line names one.
    pub fn is_given(&self) -> bool {
        self.template.is_some()
    }

    /// Returns the template with its variables.
    ///
    /// # Errors
    /// If the variables are not valid.
    pub fn request(&self, variables: &Variables) -> Result<Option<TemplateRequest>, Error> {
        // Without a template, the variables may be those of a prompt ARN.
        let Some(name) = &self.template else { return Ok(None) };
        Ok(Some(TemplateRequest { name: name.clone(), variables: variables.read()?, ..TemplateRequest::default() }))
    }
}
