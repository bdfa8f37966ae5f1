//! `--var NAME=VALUE`: the values of the variables of a template, or of a prompt of Prompt management.

use std::collections::BTreeMap;
use std::path::Path;

use super::prompt;
use crate::config::template;
use crate::error::Error;

/// Returns the values of variables by name, those of files read.
///
/// # Errors
/// If a name is given twice, or a file cannot be read.
pub fn values(given: &[(String, String)]) -> Result<BTreeMap<String, String>, Error> {
    let mut variables = BTreeMap::new();
    for (name, value) in given {
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

/// Parses the value of `--var`.
pub fn parse(text: &str) -> Result<(String, String), String> {
    let pair = text.split_once('=').filter(|(name, _)| template::is_variable(name));
    let (name, value) = pair.ok_or("must be NAME=VALUE; a name has letters, digits, `_` and `-`")?;
    Ok((name.to_owned(), value.to_owned()))
}
