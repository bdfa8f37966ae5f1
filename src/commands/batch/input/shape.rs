//! What the records of an input must be with the options of the command line: which members they have, and how a template
//! makes their prompts.

use std::collections::BTreeMap;

use crate::commands::ask::RequestArgs;
use crate::commands::batch::record::RecordContent;
use crate::commands::stdin::{self, LIMIT};
use crate::config::Template;
use crate::config::template::INPUT;
use crate::digest::Sha256;
use crate::error::Error;

#[derive(Clone, Debug, Default)]
pub struct RecordShape {
    pub template: Option<Template>,
    /// The first option that a whole request cannot take.
    pub option: Option<&'static str>,
    /// The values of the variables of the template: those of the command line, and those of the record.
    pub variables: BTreeMap<String, String>,
}

impl RecordShape {
    pub fn new(request: &RequestArgs, template: Option<&Template>) -> Self {
        let variables = template.map(|template| template.variables().clone()).unwrap_or_default();
        Self { template: template.cloned(), option: request.first_of_request(), variables }
    }

    /// Sets a variable of the template for the next record.
    pub fn set(&mut self, name: &str, value: &str) {
        self.variables.insert(name.to_owned(), value.to_owned());
    }

    /// Returns a digest of the form and of the texts with the names of what the records give.
    pub fn digest(&self, form: &str) -> [u8; 32] {
        let mut own = self.clone();
        for name in self.template.iter().flat_map(Template::missing_variables) {
            own.set(name, &format!("{{{{{name}}}}}"));
        }
        let mut digest = Sha256::new();
        digest.update(form.as_bytes());
        // What is blank or too long with names in place of values is refused for each record.
        if let Ok((prompt, system)) = own.texts(format!("{{{{{INPUT}}}}}")) {
            for text in [Some(prompt), system] {
                digest.update(b"\0");
                digest.update(text.unwrap_or_default().as_bytes());
            }
        }
        digest.finish()
    }

    /// Returns the content of a record with this input, which is its prompt if there is no template. Its own system prompt
    /// takes the place of that of the template.
    ///
    /// # Errors
    /// If the prompt is blank, or a text is longer than any model takes.
    pub fn content(
        &self,
        input: String,
        system: Option<String>,
        max_tokens: Option<i32>,
    ) -> Result<RecordContent, Error> {
        let (text, of_template) = self.texts(input)?;
        Ok(RecordContent::Prompt { text, system: system.or(of_template), max_tokens })
    }

    /// Returns the prompt and the system prompt.
    fn texts(&self, input: String) -> Result<(String, Option<String>), Error> {
        let (prompt, system) = match &self.template {
            Some(template) => template.record(&self.variables, input)?,
            None => (input, None),
        };
        if prompt.len() > LIMIT {
            return Err(stdin::too_long("the prompt"));
        }
        Ok((prompt, system))
    }
}
