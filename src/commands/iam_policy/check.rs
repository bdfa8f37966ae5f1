//! `iam-policy --check FILE`: what an existing policy lacks for the models. It reads the file; what it means is
//! `policy::evaluation`'s.

use std::path::Path;

use serde_json::{Value, json};

use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::policy::evaluation::{Decision, ExistingPolicy, RequiredRequest};

/// A managed policy has 6,144 characters, and white space; what is far beyond is none.
const LARGEST: u64 = 1 << 20;

/// Says what the policy in the file lacks: a line for each request that it does not surely allow.
///
/// # Errors
/// Where the file holds no policy.
pub fn check(file: &Path, needs: &[RequiredRequest], form: FormatFlag, output: &mut Output) -> Result<ExitCode, Error> {
    let value = read(file)?;
    let policy = ExistingPolicy::parse(&value).map_err(|problem| unusable(file, &problem.to_string()))?;
    let mut exit = ExitCode::Success;
    for need in needs {
        let (word, why) = match policy.evaluate(need) {
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
        match form {
            FormatFlag::Json => output.json(&object(need, word, &why))?,
            _ => output.line(&format!("{word}\t{}\t{}\t{}{why}", need.action, need.resource, when(need)))?,
        }
    }
    match exit {
        ExitCode::Success => output.note(&format!("`{}` allows all {} requests", file.display(), needs.len())),
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

fn object(need: &RequiredRequest, word: &str, why: &str) -> Value {
    json!({
        "verdict": word,
        "action": need.action,
        "resource": need.resource,
        "context": need.context,
        "reason": why,
    })
}

/// What must be said of a request besides its resource, so that its line stands alone.
fn when(need: &RequiredRequest) -> String {
    let known = need.context.iter().filter_map(|(key, value)| Some(format!("{key}={}", value.as_deref()?)));
    let known: Vec<_> = known.collect();
    if known.is_empty() { String::new() } else { format!("{}\t", known.join(" ")) }
}
