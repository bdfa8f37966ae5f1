//! `--var NAME=VALUE`: the values of the variables of a template, or of a prompt of Prompt management.

use std::collections::BTreeMap;
use std::path::Path;

use clap::Args;

use super::prompt;
use crate::config::template;
use crate::error::Error;

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
