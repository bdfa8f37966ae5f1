//! The identity of the caller: the source of its credentials, and what STS knows about it.

use std::time::{Duration, SystemTime};

use serde_json::{Value, json};
use time::OffsetDateTime;

use crate::aws::{Aws, CredentialSource, Identity, Sts};
use crate::commands::explanation::explain_without_resolution;
use crate::context::Context;
use bedrock_ask::diagnosis::Diagnosis;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::region::Region;

/// How long STS may keep a command waiting: the identity is only shown.
const LIMIT: Duration = Duration::from_secs(2);

/// The source of the credentials if an API key is sent.
pub const API_KEY: &str = "API key in `AWS_BEARER_TOKEN_BEDROCK`";

/// Why the identity of the caller is not known.
#[derive(Debug, thiserror::Error)]
pub enum UnknownIdentity {
    #[error("an API key cannot ask STS")]
    ApiKey,
    #[error("STS is not called, because an endpoint is set for Bedrock only")]
    OwnEndpoint,
    #[error("STS did not respond within {} seconds", LIMIT.as_secs())]
    Timeout,
    /// STS refused the call, or could not be reached.
    #[error("{}", reason(.0, .1))]
    Failure(Box<Failure>, Box<Diagnosis>),
}

fn reason(failure: &Failure, diagnosis: &Diagnosis) -> String {
    match (&failure.code, failure.status) {
        (Some(code), _) => format!("STS responded with {code}"),
        (None, Some(200..=299)) => "the response of STS cannot be read".to_owned(),
        (None, Some(status)) => format!("STS responded with HTTP status {status}"),
        (None, None) => diagnosis.message.summary.clone(),
    }
}

/// Reads the identity of the caller from STS, if STS may be asked.
pub async fn identify(aws: &Aws, sts: &Sts, region: Region, context: &Context) -> Result<Identity, UnknownIdentity> {
    if aws.sends_api_key() {
        return Err(UnknownIdentity::ApiKey);
    }
    if !aws.may_ask_sts() {
        return Err(UnknownIdentity::OwnEndpoint);
    }
    let Ok(identity) = tokio::time::timeout(LIMIT, sts.get_caller_identity()).await else {
        return Err(UnknownIdentity::Timeout);
    };
    identity.map_err(|failure| {
        let diagnosis = explain_without_resolution(&failure, None, region, context);
        UnknownIdentity::Failure(failure, Box::new(diagnosis))
    })
}

/// Returns the identity, or why it is not known, as JSON.
pub fn to_json(identity: &Result<Identity, String>) -> Value {
    match identity {
        Ok(identity) => json!({"arn": identity.arn, "accountId": identity.account}),
        Err(reason) => json!({"reason": reason}),
    }
}

/// Returns the source of credentials with their expiry as JSON: a time of ISO 8601 in UTC, to the second.
pub fn credentials_to_json(source: &CredentialSource) -> Value {
    let time = |expiry: SystemTime| {
        let expiry = OffsetDateTime::from(expiry);
        let (hour, minute, second) = expiry.to_hms();
        format!("{}T{hour:02}:{minute:02}:{second:02}Z", expiry.date())
    };
    json!({"source": source.description, "expiresAt": source.expiry.map(time)})
}

/// Returns the source of credentials with their expiry.
pub fn describe(source: &CredentialSource) -> String {
    match source.expiry.map(OffsetDateTime::from) {
        None => source.description.clone(),
        Some(expiry) => {
            let (date, (hour, minute, _)) = (expiry.date(), expiry.to_hms());
            format!("{}, until {date} {hour:02}:{minute:02} UTC", source.description)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_told_in_utc() {
        let expiry = OffsetDateTime::from_unix_timestamp(1_795_000_000).unwrap().into();
        let source = CredentialSource { description: "AWS profile".to_owned(), expiry: Some(expiry) };
        assert_eq!(describe(&source), "AWS profile, until 2026-11-18 11:06 UTC");
    }
}
