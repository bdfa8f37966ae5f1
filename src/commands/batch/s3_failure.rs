//! What a failure of S3 means for `submit` and for `fetch` alike.

use crate::error::Error;
use bedrock_ask::model::failure::Failure;

/// Returns the action that S3 denied, such as `s3:PutObject`; `None` if the failure is no denial.
pub fn denied_action(failure: &Failure) -> Option<&str> {
    let is_denied = matches!(failure.code.as_deref(), Some("AccessDenied" | "AllAccessDisabled"));
    is_denied.then(|| named_action(&failure.message).unwrap_or_else(|| action_of(failure.operation)))
}

/// Explains that the credentials of Bedrock are not enough for S3.
pub fn with_api_key(error: Error) -> Error {
    error
        .cause("a Bedrock API key cannot sign requests to S3: they need AWS credentials besides")
        .hint("set `AWS_ACCESS_KEY_ID` and `AWS_SECRET_ACCESS_KEY` too, or name an AWS profile with `--profile`, which Bedrock then gets as well")
}

/// Returns the action that a message names.
fn named_action(message: &str) -> Option<&str> {
    let action = message.split("not authorized to perform: ").nth(1)?.split_whitespace().next()?;
    action.starts_with("s3:").then_some(action)
}

/// Returns the action that an operation needs.
fn action_of(operation: Option<&str>) -> &'static str {
    match operation {
        Some("HeadBucket" | "ListObjectsV2") => "s3:ListBucket",
        Some("HeadObject" | "GetObject") => "s3:GetObject",
        Some("ListParts") => "s3:ListMultipartUploadParts",
        Some("AbortMultipartUpload") => "s3:AbortMultipartUpload",
        _ => "s3:PutObject",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use bedrock_ask::model::failure::Stage;

    #[test]
    fn a_denial_names_the_action_of_the_message_or_of_the_operation() {
        let failure = |code: &str, operation, message: &str| Failure {
            code: Some(code.to_owned()),
            operation: Some(operation),
            ..Failure::new(Stage::Response, message)
        };
        let named = "User: u is not authorized to perform: s3:PutObjectTagging on resource: r";
        for (code, operation, message, expected) in [
            ("AccessDenied", "GetObject", named, Some("s3:PutObjectTagging")),
            ("AccessDenied", "GetObject", "Access Denied", Some("s3:GetObject")),
            ("AccessDenied", "ListObjectsV2", "not authorized to perform: kms:Decrypt", Some("s3:ListBucket")),
            ("AllAccessDisabled", "UploadPart", "", Some("s3:PutObject")),
            ("NoSuchKey", "GetObject", named, None),
        ] {
            assert_eq!(denied_action(&failure(code, operation, message)), expected, "{code} {operation} {message}");
        }
    }
}
