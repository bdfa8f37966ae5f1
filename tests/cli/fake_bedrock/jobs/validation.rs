//! The constraints of `CreateModelInvocationJob`.

use serde_json::Value;

use super::super::faults::Refusal;
use super::super::rules::ACCOUNT;

const JOB_NAME: &str = r"[a-zA-Z0-9]{1,63}(-*[a-zA-Z0-9\+\-\.]){0,63}";
const TOKEN: &str = "[a-zA-Z0-9]{1,256}(-*[a-zA-Z0-9]){0,256}";
const ROLE: &str = "arn:aws(-[^:]+)?:iam::([0-9]{12})?:role/.+";
const S3_URI: &str = "s3://[a-z0-9][-.a-z0-9]{1,61}[a-z0-9](?:/[-!_*'().a-z0-9A-Z]+(?:/[-!_*'().a-z0-9A-Z]+)*)?/?";

/// Returns Bedrock's error for a request, if any.
pub fn check(request: &Value) -> Result<(), Refusal> {
    let text = |name: &str| request[name].as_str().unwrap_or_default();
    let name = text("jobName");
    let is_name = name.len() <= 63 && name.starts_with(|first: char| first.is_ascii_alphanumeric());
    if !is_name || !name.chars().all(|letter| letter.is_ascii_alphanumeric() || "+-.".contains(letter)) {
        return Err(constraint(name, "jobName", JOB_NAME));
    }
    let token = text("clientRequestToken");
    let is_word = |letter: char| letter.is_ascii_alphanumeric();
    let is_token = token.len() <= 256
        && token.starts_with(is_word)
        && token.ends_with(is_word)
        && token.chars().all(|letter| is_word(letter) || letter == '-');
    if !token.is_empty() && !is_token {
        return Err(constraint(token, "clientRequestToken", TOKEN));
    }
    check_role(text("roleArn"))?;
    if text("modelId").is_empty() {
        return Err(constraint("", "modelId", "…"));
    }
    if !request["timeoutDurationInHours"].is_null() {
        let hours = request["timeoutDurationInHours"].as_i64().unwrap_or_default();
        if !(24..=168).contains(&hours) {
            let bound = if hours < 24 { "greater than or equal to 24" } else { "less than or equal to 168" };
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{hours}' at 'timeoutDurationInHours' failed to satisfy constraint: \
                 Member must have value {bound}"
            )));
        }
    }
    if !request["modelInvocationType"].is_null() && !["InvokeModel", "Converse"].contains(&text("modelInvocationType"))
    {
        return Err(Refusal::validation(format!(
            "1 validation error detected: Value '{}' at 'modelInvocationType' failed to satisfy constraint: Member must \
             satisfy enum value set: [InvokeModel, Converse]",
            text("modelInvocationType")
        )));
    }
    for (config, member) in [("inputDataConfig", "s3InputDataConfig"), ("outputDataConfig", "s3OutputDataConfig")] {
        let uri = request[config][member]["s3Uri"].as_str().unwrap_or_default();
        if place(uri).is_none() {
            return Err(constraint(uri, &format!("{config}.{member}.s3Uri"), S3_URI));
        }
    }
    let format = &request["inputDataConfig"]["s3InputDataConfig"]["s3InputFormat"];
    if !format.is_null() && format != "JSONL" {
        return Err(constraint(&format.to_string(), "inputDataConfig.s3InputDataConfig.s3InputFormat", "JSONL"));
    }
    Ok(())
}

fn check_role(role: &str) -> Result<(), Refusal> {
    let parts: Vec<&str> = role.splitn(6, ':').collect();
    let ["arn", partition, "iam", "", account, resource] = parts[..] else {
        return Err(constraint(role, "roleArn", ROLE));
    };
    let is_account = account.is_empty() || account.len() == 12 && account.bytes().all(|byte| byte.is_ascii_digit());
    let is_role = resource.strip_prefix("role/").is_some_and(|name| !name.is_empty());
    if !partition.starts_with("aws") || !is_account || !is_role {
        return Err(constraint(role, "roleArn", ROLE));
    }
    if account == ACCOUNT {
        return Ok(());
    }
    Err(Refusal::new(403, "AccessDeniedException", "Cross-account pass role is not allowed."))
}

/// Returns the bucket and the key of an S3 URI that fits the constraint.
pub fn place(uri: &str) -> Option<(&str, &str)> {
    let rest = uri.strip_prefix("s3://")?;
    let (bucket, key) = rest.split_once('/').unwrap_or((rest, ""));
    let is_word = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = bucket.as_bytes();
    let is_bucket = (3..=63).contains(&bucket.len())
        && bytes.iter().all(|byte| is_word(byte) || b"-.".contains(byte))
        && bytes.first().is_some_and(is_word)
        && bytes.last().is_some_and(is_word);
    let folders = key.strip_suffix('/').unwrap_or(key);
    let is_letter = |letter: char| letter.is_ascii_alphanumeric() || "-!_*'().".contains(letter);
    let is_key = key.is_empty() || folders.split('/').all(|one| !one.is_empty() && one.chars().all(is_letter));
    (uri.len() <= 1024 && is_bucket && is_key).then_some((bucket, key))
}

/// Returns the error of a value that does not fit its pattern.
pub fn constraint(value: &str, member: &str, pattern: &str) -> Refusal {
    Refusal::validation(format!(
        "1 validation error detected: Value '{value}' at '{member}' failed to satisfy constraint: Member must satisfy \
         regular expression pattern: {pattern}"
    ))
}
