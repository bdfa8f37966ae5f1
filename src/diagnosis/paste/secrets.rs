//! Masks credentials in a pasted text, so that nothing which is printed of it discloses them.

/// What stands in place of a secret.
const MASK: &str = "***";

/// The beginnings of secrets, and the number of characters that have to follow.
const PREFIXES: [(&str, usize); 20] = [
    ("sk-", 16),
    ("ABSK", 16),
    ("bedrock-api-key-", 8),
    ("AKIA", 12),
    ("ASIA", 12),
    ("AIza", 30),
    ("ghp_", 20),
    ("gho_", 20),
    ("ghs_", 20),
    ("github_pat_", 20),
    ("glpat-", 16),
    ("hf_", 20),
    ("xai-", 20),
    ("gsk_", 20),
    ("xoxb-", 16),
    ("xoxp-", 16),
    ("eyJ", 20),
    ("aoaAAAAA", 20),
    ("IQoJb3JpZ2lu", 8),
    ("FwoGZXIvYXdz", 8),
];

/// The names of secrets, in lower case and without `_` and `-`. What is assigned to them is masked.
const NAMES: [&str; 25] = [
    "secretaccesskey",
    "awssecretaccesskey",
    "awssecretkey",
    "secretkey",
    "sessiontoken",
    "awssessiontoken",
    "securitytoken",
    "xamzsecuritytoken",
    "xamzsignature",
    "awsbearertokenbedrock",
    "bearertoken",
    "accesstoken",
    "refreshtoken",
    "clientsecret",
    "apikey",
    "xapikey",
    "openaiapikey",
    "anthropicapikey",
    "anthropicauthtoken",
    "litellmapikey",
    "litellmmasterkey",
    "masterkey",
    "password",
    "secret",
    "signature",
];

/// The length of AWS's secret access keys.
const SECRET_ACCESS_KEY: usize = 40;

/// The shortest value that is masked after a name or after `Bearer`.
const SHORTEST: usize = 8;

/// The quotes that enclose names and values, those of word processors and escaped ones included.
const QUOTES: &str = "\"'`\\\u{201c}\u{201d}\u{2018}\u{2019}";

/// Returns the text with `***` in place of API keys, tokens, secret access keys, signatures and passwords in URLs.
pub(super) fn masked(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let is_part = |c: char| c.is_ascii_alphanumeric() || "-_+/=.~%".contains(c);
    let mut rest = text;
    while let Some(start) = rest.find(is_part) {
        let (gap, token) = rest.split_at(start);
        output.push_str(gap);
        let end = token.find(|c| !is_part(c)).unwrap_or(token.len());
        let (token, after) = token.split_at(end);
        push_token(&mut output, token, after);
        rest = after;
    }
    output.push_str(rest);
    without_passwords(&output)
}

/// Appends a token, masked if it is a secret by its form or by what stands before it.
fn push_token(output: &mut String, token: &str, after: &str) {
    // `name=value` is one token: `=` and `/` are part of secrets too.
    let assigned = token.split_once('=').filter(|(name, value)| is_name(name) && is_value(value));
    if let Some((name, _)) = assigned {
        output.push_str(name);
        output.push('=');
        output.push_str(MASK);
        return;
    }
    let is_named = is_value(token) && follows_a_name(output);
    if is_named || is_bearer(output, token) || (is_secret_access_key(token) && !after.starts_with(':')) {
        output.push_str(MASK);
    } else {
        output.push_str(&masked_prefixes(token));
    }
}

/// Masks the parts of a token that begin like a secret.
fn masked_prefixes(token: &str) -> String {
    for (prefix, shortest) in PREFIXES {
        for (at, _) in token.match_indices(prefix) {
            let is_boundary = !token[..at].ends_with(|c: char| c.is_ascii_alphanumeric() || "-_".contains(c));
            let tail = &token[at + prefix.len()..];
            let length = tail.find(|c: char| !c.is_ascii_alphanumeric() && !"-_+/=.".contains(c)).unwrap_or(tail.len());
            let is_key_id = prefix != "AKIA" && prefix != "ASIA"
                || tail[..length].chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit());
            // `sk-` is also the end of a word and the beginning of names.
            let has_digit = tail[..length].contains(|c: char| c.is_ascii_digit());
            if is_boundary && length >= shortest && is_key_id && (has_digit || length >= 32) {
                return format!("{}{prefix}{MASK}{}", &token[..at], masked_prefixes(&tail[length..]));
            }
        }
    }
    token.to_owned()
}

/// Whether the text ends with the name of a secret and a sign of assignment: `"aws_session_token": "`.
fn follows_a_name(before: &str) -> bool {
    let text = trimmed_end(before, " (");
    let name = text.trim_end_matches([':', '=', '>', ',']);
    let name = trimmed_end(name, " )");
    let is_assigned = name.len() < text.len() || text.ends_with(MASK);
    let line = before.len() - before.trim_end_matches(' ').len() <= 2 && !before.ends_with('\n');
    (is_assigned || last_word(name).starts_with("--")) && line && is_name(name)
}

/// Returns the text without the quotes and these other characters at its end.
fn trimmed_end<'t>(text: &'t str, others: &str) -> &'t str {
    text.trim_end_matches(|c| QUOTES.contains(c) || others.contains(c))
}

/// Whether a text ends with the name of a secret.
fn is_name(text: &str) -> bool {
    NAMES.contains(&last_word(text).replace(['-', '_'], "").to_ascii_lowercase().as_str())
}

fn last_word(text: &str) -> &str {
    text.rsplit(|c: char| !c.is_ascii_alphanumeric() && !"-_".contains(c)).next().unwrap_or_default()
}

/// Whether a text can be a secret, and is not the word of a sentence, such as in `API Key: missing`.
fn is_value(value: &str) -> bool {
    let has_digit = value.contains(|c: char| c.is_ascii_digit());
    let is_mixed = value.contains(|c: char| c.is_ascii_uppercase()) && value.contains(|c: char| c.is_ascii_lowercase());
    value.len() >= SHORTEST && (has_digit || (is_mixed && value.len() >= 16) || value.len() >= 24)
}

fn is_bearer(before: &str, token: &str) -> bool {
    let before = trimmed_end(before, " :").to_ascii_lowercase();
    let Some(start) = before.strip_suffix("bearer") else { return false };
    let start = trimmed_end(start, " :=");
    // In a header it is a key, however short; a sentence about the header calls it a token.
    let is_in_header = start.ends_with("authorization") && !token.eq_ignore_ascii_case("token");
    is_in_header || (token.len() >= 16 && is_value(token))
}

/// Whether a token has the form of a secret access key: 40 characters with both cases and a digit.
fn is_secret_access_key(token: &str) -> bool {
    let is_part = |c: char| c.is_ascii_alphanumeric() || "+/".contains(c);
    let has = |test: fn(&char) -> bool| token.chars().any(|c| test(&c));
    token.len() == SECRET_ACCESS_KEY
        && token.chars().all(is_part)
        && has(char::is_ascii_uppercase)
        && has(char::is_ascii_lowercase)
        && has(char::is_ascii_digit)
        && token.matches('/').count() < 6
}

/// Masks the password in `https://user:password@host`.
fn without_passwords(text: &str) -> String {
    let mut output = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, after) = rest.split_at(at + 3);
        output.push_str(before);
        let end = after.find(|c: char| c.is_whitespace() || "/\"'`<>".contains(c)).unwrap_or(after.len());
        let user = after[..end].rsplit_once('@').and_then(|(userinfo, _)| userinfo.split_once(':'));
        rest = match user {
            Some((user, password)) => {
                output.push_str(user);
                output.push(':');
                output.push_str(MASK);
                &after[user.len() + 1 + password.len()..]
            }
            None => after,
        };
    }
    output.push_str(rest);
    output
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn secrets_are_masked_by_their_form_and_by_their_name() {
        let secret = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".replace("EXAMPLE", "9AMPLE9");
        for (text, secret) in [
            ("Incorrect API key provided: sk-proj-abcDEF1234567890abcdef. You can", "abcDEF1234567890abcdef"),
            ("x-api-key: sk-ant-api03-AAAABBBBCCCCDDDD1234", "AAAABBBBCCCCDDDD1234"),
            ("AWS_BEARER_TOKEN_BEDROCK=ABSKQmVkcm9ja0FQSUtleS1hYmNkMTIz", "QmVkcm9ja0FQSUtleS1hYmNkMTIz"),
            ("Authorization: Bearer ABSKQmVkcm9ja0FQSUtleS1hYmNkMTIz", "QmVkcm9ja0FQSUtleS1hYmNkMTIz"),
            ("Authorization: Bearer abcdefghijklmnop0123456789", "abcdefghijklmnop0123456789"),
            ("Authorization: Bearer sk-1234", "1234"),
            ("'authorization': 'Bearer letmein'", "letmein"),
            ("litellm --master-key abcd1234 failed", "abcd1234"),
            ("aws configure --secret-key hunter2hunter2", "hunter2"),
            ("secret: hunter2hunter2", "hunter2"),
            ("bearer bedrock-api-key-YmVkcm9jay5hbWF6b25hd3M", "YmVkcm9jay5hbWF6b25hd3M"),
            ("AKIAIOSFODNN7EXAMPLE", "IOSFODNN7EXAMPLE"),
            ("aws_secret_access_key = abcdefgh12345678", "abcdefgh12345678"),
            (&secret, secret.as_str()),
            (r#"{"SessionToken": "IQoJb3JpZ2luX2VjEJr//////////wEaCXVz"}"#, "X2VjEJr"),
            ("'aws_session_token': 'abcd1234efgh5678'", "abcd1234efgh5678"),
            ("export AWS_SESSION_TOKEN=\"abcd1234efgh5678\"", "abcd1234efgh5678"),
            ("?X-Amz-Security-Token=abcd1234efgh5678&x=1", "abcd1234efgh5678"),
            ("Signature=fe5f80f77d5fa3beca038a248ff027d0445342fe2855ddc963176630326f1024", "fe5f80f77d5fa3be"),
            ("https://me:hunter2@gateway.example/v1", "hunter2"),
            (r#"\"apiKey\":\"abcd1234efgh5678\""#, "abcd1234efgh5678"),
            ("Authorization: Bearer \u{201c}abcdefghijklmnop0123456789\u{201d}", "abcdefghijklmnop0123456789"),
            ("\u{2022}api_key: abcd1234efgh5678", "abcd1234efgh5678"),
            ("\u{201c}apiKey\u{201d}: \u{201c}abcd1234efgh5678\u{201d}", "abcd1234efgh5678"),
        ] {
            let masked = masked(text);
            assert!(!masked.contains(secret) && masked.contains(MASK), "{text}: {masked}");
        }
    }

    #[test]
    fn what_is_no_secret_stays() {
        for text in [
            "Bearer Token has expired",
            "Authorization: Bearer Token has expired",
            "401 Unauthorized: missing \"Authorization: Bearer token\"",
            "Bearer authorization requires an HTTPS endpoint.",
            "Please make sure your API Key is valid.",
            "Invalid API Key format: Must start with pre-defined prefix",
            "The security token included in the request is expired",
            "request ID: 1f2e3d4c-0000-4000-8000-abcdefabcdef",
            "commit 8d3c1b0e6f2a4d5b9c7e0f1a2b3c4d5e6f7a8b9c",
            "arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123",
            "us.anthropic.claude-3-7-sonnet-20250219-v1:0 in task-based-evaluation-2024-run-1",
            "at /app/node_modules/@aws-sdk/client-bedrock-runtime/dist-cjs/index.js:12:34",
            "https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse",
            "the API key: missing",
        ] {
            assert_eq!(masked(text), text);
        }
    }

    proptest! {
        #[test]
        fn any_text_can_be_masked(text in ".{0,300}") {
            masked(&text);
        }
    }
}
