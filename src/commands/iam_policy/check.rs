//! `iam-policy --check FILE`: prints what an existing policy lacks for the models. `policy::evaluation` decides what
//! that is.

use std::path::Path;

use serde_json::{Value, json};

use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::policy::evaluation::{Decision, ExistingPolicy, RequiredRequest};

/// Larger files are refused: a managed policy has at most 6,144 characters without white space.
const LARGEST: u64 = 1 << 20;

/// Prints a line for each request that the policy in the file does not definitely allow.
///
/// # Errors
/// If the file does not contain a policy.
pub fn check(
    file: &Path,
    required: &[RequiredRequest],
    format: FormatFlag,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let value = read(file)?;
    let policy = ExistingPolicy::parse(&value).map_err(|problem| unusable(file, &problem.to_string()))?;
    let mut exit = ExitCode::Success;
    for request in required {
        let (word, why) = match policy.evaluate(request) {
            Decision::Allowed => continue,
            Decision::Missing => ("missing", "no statement allows it".to_owned()),
            Decision::Denied(statement) => ("denied", format!("statement {statement} denies it")),
            Decision::Undecided(unclear) => {
                let unclear: Vec<_> = unclear.into_iter().collect();
                ("undecided", format!("not understood: {}", unclear.join("; ")))
            }
            _ => ("undecided", "not understood".to_owned()),
        };
        exit = match (exit, word) {
            (ExitCode::CheckFailed, _) | (_, "missing" | "denied") => ExitCode::CheckFailed,
            _ => ExitCode::CheckInconclusive,
        };
        match format {
            FormatFlag::Json => output.json(&to_json(request, word, &why))?,
            _ => output.line(&format!(
                "{word}\t{}\t{}\t{}{why}",
                request.action,
                request.resource,
                condition_keys(request)
            ))?,
        }
    }
    match exit {
        ExitCode::Success => output.note(&format!("`{}` allows all {} requests", file.display(), required.len())),
        ExitCode::CheckInconclusive => output.note("nothing is surely missing, but not everything could be decided"),
        _ => {}
    }
    Ok(exit)
}

fn read(file: &Path) -> Result<Value, Error> {
    let size = std::fs::metadata(file).map_err(|error| unusable(file, &error.to_string()))?.len();
    if size > LARGEST {
        return Err(unusable(file, &format!("{size} bytes are too many for a policy")));
    }
    let bytes = std::fs::read(file).map_err(|error| unusable(file, &error.to_string()))?;
    serde_json::from_slice(&bytes).map_err(|error| unusable(file, &error.to_string()))
}

fn unusable(file: &Path, why: &str) -> Error {
    Error::usage(format!("`{}` is no policy that can be read", file.display())).cause(why)
}

fn to_json(request: &RequiredRequest, word: &str, why: &str) -> Value {
    json!({
        "verdict": word,
        "action": request.action,
        "resource": request.resource,
        "context": request.context,
        "reason": why,
    })
}

/// Returns the condition keys of a request that its line must name besides the resource.
fn condition_keys(request: &RequiredRequest) -> String {
    let pairs = request.context.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_deref()?)));
    let pairs: Vec<_> = pairs.collect();
    if pairs.is_empty() { String::new() } else { format!("{}\t", pairs.join(" ")) }
}
