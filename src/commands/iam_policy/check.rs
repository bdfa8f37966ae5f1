//! `iam-policy --check FILE`: prints what an existing policy lacks for the models. `policy::evaluation` decides what
//! that is.

use std::io::Read;
use std::path::Path;

use serde_json::{Value, json};

use crate::commands::stdin;
use crate::config::contents;
use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::policy::document::documents;
use bedrock_ask::model::policy::evaluation::{Decision, ExistingPolicy, RequiredRequest};

/// Larger files are refused: a managed policy has at most 6,144 characters without white space, and what Terraform shows
/// besides it is not much longer.
const LARGEST: u64 = 1 << 24;

/// The character with which some editors on Windows begin a file.
const BYTE_ORDER_MARK: char = '\u{feff}';

const SILENT: &str = "waiting for the end of stdin; paste the policy, then press Ctrl-D";

/// Prints a line for each request that the policy in the file does not definitely allow.
pub fn check(
    file: &Path,
    required: &[RequiredRequest],
    format: FormatFlag,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let text = read(file, output)?;
    let found = documents(&text).map_err(|problem| not_json(&text, unusable(file, &problem.to_string())))?;
    for warning in &found.warnings {
        output.warning(warning);
    }
    let policy = ExistingPolicy::parse(&found.documents).map_err(|problem| unusable(file, &problem.to_string()))?;
    let mut exit = ExitCode::Success;
    for request in required {
        let (word, why) = match policy.evaluate(request) {
            Decision::Allowed => continue,
            Decision::Missing => ("missing", missing(&policy, request)),
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
        ExitCode::Success => output.note(&format!("{} allows all {} requests", name(file), required.len())),
        ExitCode::CheckInconclusive => {
            output.note("no missing permission was found, but some requests could not be evaluated");
        }
        _ => {}
    }
    Ok(exit)
}

/// Returns why no statement allows a request, as far as one nearly does.
fn missing(policy: &ExistingPolicy<'_>, request: &RequiredRequest) -> String {
    let nearly = policy.nearest(request);
    let nearly = nearly.map(|near| format!("; statement {} nearly allows it: {}", near.statement, near.reason));
    format!("no statement allows it{}", nearly.unwrap_or_default())
}

/// Adds to the error of a text that is not JSON what it looks like, and which commands print a policy as JSON.
fn not_json(text: &str, error: Error) -> Error {
    let start = text.trim_start();
    if start.is_empty() || start.starts_with(['{', '[', '"', '%', '<']) {
        return error;
    }
    let has_line = |beginning: &str| text.lines().any(|line| line.starts_with(beginning));
    let error = if has_line("AWSTemplateFormatVersion:") || has_line("Resources:") {
        error.cause("it looks like a CloudFormation template in YAML, and only JSON is read")
    } else if text.contains("jsonencode(") || has_line("resource \"") || has_line("data \"") {
        return error
            .cause("it looks like a Terraform configuration, and only JSON is read")
            .hint("terraform show -json PLAN");
    } else if has_line("Statement:") || has_line("Version:") {
        error.cause("it looks like YAML, and only JSON is read")
    } else {
        error
    };
    error
        .hint("aws iam get-policy-version --policy-arn ARN --version-id VERSION")
        .hint("aws iam get-role-policy --role-name ROLE --policy-name POLICY")
}

/// Returns the text of the file, or of stdin for `-`.
fn read(file: &Path, output: &mut Output) -> Result<String, Error> {
    if is_stdin(file) {
        let text = stdin::read(SILENT, output)?;
        let text = text.ok_or_else(|| unusable(file, "stdin is neither a pipe nor a file"))?;
        return Ok(text.trim_start_matches(BYTE_ORDER_MARK).to_owned());
    }
    let mut bytes = Vec::new();
    contents::open(file)
        .and_then(|opened| opened.take(LARGEST + 1).read_to_end(&mut bytes))
        .map_err(|error| unusable(file, &error.to_string()))?;
    if bytes.len() as u64 > LARGEST {
        return Err(unusable(file, &format!("it has more than {LARGEST} bytes")));
    }
    decoded(&bytes).ok_or_else(|| unusable(file, "it is not text"))
}

/// Decodes UTF-8, or the UTF-16 that Windows PowerShell writes.
fn decoded(bytes: &[u8]) -> Option<String> {
    let units = |from_bytes: fn([u8; 2]) -> u16| {
        let units: Vec<u16> = bytes[2..].chunks_exact(2).map(|pair| from_bytes([pair[0], pair[1]])).collect();
        String::from_utf16(&units).ok()
    };
    match bytes {
        [0xff, 0xfe, ..] => units(u16::from_le_bytes),
        [0xfe, 0xff, ..] => units(u16::from_be_bytes),
        _ => Some(std::str::from_utf8(bytes).ok()?.trim_start_matches(BYTE_ORDER_MARK).to_owned()),
    }
}

fn is_stdin(file: &Path) -> bool {
    file == Path::new("-")
}

fn name(file: &Path) -> String {
    if is_stdin(file) { "stdin".to_owned() } else { format!("`{}`", file.display()) }
}

fn unusable(file: &Path, why: &str) -> Error {
    Error::usage(format!("{} is not a policy document", name(file))).cause(why)
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
