//! `-t/--template`, which the context reads, and `--var`: the values of the variables of a template, or of a prompt of
//! Prompt management.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;
use clap::builder::NonEmptyStringValueParser;

use super::prompt;
use crate::config::{TemplateRequest, template};
use crate::error::Error;

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
    pub fn request(&self, variables: &Variables) -> Result<Option<TemplateRequest>, Error> {
        // Without a template, the variables may be those of a prompt ARN.
        let Some(name) = &self.template else { return Ok(None) };
        Ok(Some(TemplateRequest { name: name.clone(), variables: variables.read()?, ..TemplateRequest::default() }))
    }
}

/// The variables that the command line gives.
#[derive(Clone, Debug, Default, PartialEq, Eq, Args)]
pub struct Variables {
    /// A variable of the template or the prompt ARN, with its value or @FILE to read it from a file; repeatable
    ///
    /// A prompt ARN as the model needs no other prompt; one that is given is sent as a message after it. A name has letters, digits, `_` and `-`. A value is sent as it is: `{{…}}` inside of it is no variable.
    #[arg(id = "var", long = "var", value_name = "NAME=VALUE", value_parser = parse)]
    given: Vec<(String, String)>,
}

impl Variables {
    /// Whether the command line gives none.
    pub fn is_empty(&self) -> bool {
        self.given.is_empty()
    }

    /// Returns the values by name, those of files read.
    ///
    /// # Errors
    /// If a name is given twice, or a file cannot be read.
    pub fn read(&self) -> Result<BTreeMap<String, String>, Error> {
        let mut variables = BTreeMap::new();
        for (name, value) in &self.given {
            let value = match value.strip_prefix('@') {
                Some(file) => prompt::read_file(Path::new(file))?,
                None => value.clone(),
            };
            if variables.insert(name.clone(), value).is_some() {
                return Err(Error::usage(format!("`--var {name}` is given twice")));
            }
        }
        Ok(variables)
    }
}

fn parse(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| template::is_variable(name));
    let (name, value) = pair.ok_or("must be NAME=VALUE; a name has letters, digits, `_` and `-`")?;
    Ok((name.to_owned(), value.to_owned()))
}
