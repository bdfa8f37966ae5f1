//! The documents of `iam-policy`: each can be used as it stands, and is printed by itself or written to a file of its own.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};

use serde::Serialize;
use serde_json::json;

use super::{cloudformation, terraform};
use crate::atomic_file::{AtomicFile, Existing, FileAccess};
use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::{self, Output};
use bedrock_ask::model::policy::{MANAGED_POLICY_LIMIT, Policy};

/// A document and the name of its file.
pub struct Document {
    /// The name of the file without its ending, such as `policy`.
    pub stem: &'static str,
    /// The name of the file, such as `policy-2.json`.
    name: String,
    text: String,
}

impl Document {
    /// Creates a document from its JSON form.
    pub fn from_json(stem: &'static str, value: &impl Serialize, format: FormatFlag) -> Result<Self, Error> {
        let text = if format == FormatFlag::Json { serde_json::to_string } else { serde_json::to_string_pretty };
        let text = text(value).map_err(|error| Error::new(ExitCode::Failure, error.to_string()))?;
        Ok(Self { stem, name: format!("{stem}.json"), text: text + "\n" })
    }

    /// Creates the documents of policies that belong together: one for each policy as JSON, one for all as a template.
    pub fn from_policies(stem: &'static str, policies: &[Policy], format: FormatFlag) -> Result<Vec<Self>, Error> {
        let template = |ending, text| Ok(vec![Self { stem, name: format!("{stem}.{ending}"), text }]);
        match format {
            FormatFlag::Terraform => template("tf", terraform::render(policies)),
            FormatFlag::CloudFormation => template("yaml", cloudformation::render(policies)),
            FormatFlag::Text | FormatFlag::Json | FormatFlag::Ndjson | FormatFlag::Csv => {
                let mut documents = Vec::with_capacity(policies.len());
                for (index, policy) in policies.iter().enumerate() {
                    let document = Self::from_json(stem, policy, format)?;
                    let name = format!("{stem}-{}.json", index + 1);
                    documents.push(if policies.len() == 1 { document } else { Self { name, ..document } });
                }
                Ok(documents)
            }
        }
    }
}

/// Prints the document, or writes each to its file in this directory and prints the paths. Every file is complete before
/// the first gets its name.
///
/// # Errors
/// If there are several and no directory, except as JSON Lines, or if something cannot be written.
pub fn emit(
    documents: &[Document],
    directory: Option<&Path>,
    format: FormatFlag,
    output: &mut Output,
) -> Result<(), Error> {
    let Some(directory) = directory else {
        if documents.len() > 1 && format != FormatFlag::Json {
            return Err(several(documents.len()));
        }
        return documents.iter().try_for_each(|document| output.text(&document.text));
    };
    fs::create_dir_all(directory).map_err(|error| output::unwritable_file(directory, &error))?;
    let mut files = Vec::with_capacity(documents.len());
    for document in documents {
        let path = directory.join(&document.name);
        let written = AtomicFile::create(&path, FileAccess::Inherited, Existing::Replace)
            .and_then(|mut file| file.write_all(document.text.as_bytes()).map(|()| file));
        files.push((written.map_err(|error| output::unwritable_file(&path, &error))?, path));
    }
    for (file, path) in files {
        file.commit().map_err(|refused| output::unwritable_file(&path, &refused.error))?;
        match format {
            FormatFlag::Json => output.json(&json!({"file": path.to_string_lossy()}))?,
            _ => output.line(&path.to_string_lossy())?,
        }
    }
    for path in leftovers(documents, directory) {
        output.warning(&format!("`{}` is from an earlier run, and is not one of these policies", path.display()));
    }
    Ok(())
}

/// Returns the files of an earlier run that look like parts of this one: `policy-5.json`, where now there are four.
fn leftovers(documents: &[Document], directory: &Path) -> Vec<PathBuf> {
    let is_part = |name: &str| {
        let numbered = |document: &Document| {
            let rest = name.strip_prefix(document.stem).and_then(|rest| rest.strip_suffix(".json"));
            rest.is_some_and(|rest| {
                rest.strip_prefix('-').unwrap_or("1").bytes().all(|byte| byte.is_ascii_digit()) && rest.len() != 1
            })
        };
        documents.iter().any(numbered) && documents.iter().all(|document| document.name != name)
    };
    let entries = fs::read_dir(directory).into_iter().flatten().filter_map(Result::ok);
    let mut left: Vec<_> =
        entries.filter(|entry| is_part(&entry.file_name().to_string_lossy())).map(|entry| entry.path()).collect();
    left.sort();
    left
}

/// Returns the error for policies that would be one text and no document.
fn several(count: usize) -> Error {
    Error::usage(format!("{count} policies are needed, and stdout takes one document"))
        .cause(format!("a managed policy has at most {MANAGED_POLICY_LIMIT} characters"))
        .hint("write each policy to a file: `-o DIR`")
        .hint("or print one template for all of them: `--format terraform` or `--format cloudformation`")
        .hint("or print one policy per line: `--format json`")
}
