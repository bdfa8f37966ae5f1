//! The names of AWS resources that options take, by AWS's rules.

use bedrock_ask::model::id::{Arn, is_account};

/// Parses the name of an S3 bucket.
pub fn bucket(text: &str) -> Result<String, String> {
    if is_bucket(text) {
        return Ok(text.to_owned());
    }
    Err(format!(
        "`{text}` is not the name of a bucket: 3 to 63 lower-case letters, digits, dots and hyphens, with a letter or a digit at both ends"
    ))
}

/// Parses the ARN of an IAM role.
pub fn role(text: &str) -> Result<String, String> {
    let is_role = Arn::parse(text).is_ok_and(|arn| {
        let name = arn.resource.strip_prefix("role/").unwrap_or_default();
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"+=,.@-_/".contains(&byte);
        arn.service == "iam"
            && arn.region.is_empty()
            && is_account(arn.account)
            && !name.is_empty()
            && !name.ends_with('/')
            && name.bytes().all(is_of_name)
    });
    if is_role {
        Ok(text.to_owned())
    } else {
        Err("must be the ARN of a role: arn:aws:iam::ACCOUNT:role/NAME".to_owned())
    }
}

fn is_bucket(name: &str) -> bool {
    let is_alphanumeric = |byte: &u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let bytes = name.as_bytes();
    (3..=63).contains(&bytes.len())
        && bytes.iter().all(|byte| is_alphanumeric(byte) || b"-.".contains(byte))
        && bytes.first().is_some_and(is_alphanumeric)
        && bytes.last().is_some_and(is_alphanumeric)
        && !name.contains("..")
}
