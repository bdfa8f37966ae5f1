//! Rules for API keys of Bedrock, and for endpoints that no credentials are sent to.

use super::{DiagnosisRule, REFUSAL, RULE};
use crate::diagnosis::group::Group;

const NEW_KEY: &str = "create an API key in the Bedrock console[ of {region}] and set `AWS_BEARER_TOKEN_BEDROCK` to it";
const WITHOUT_KEY: &str = "or `unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::EndpointRefused,
        patterns: &["is neither `https://` nor on this machine"],
        summary: &[
            "{?loading_credentials}nothing is sent over `http://` to the source of the credentials",
            "nothing is sent over `http://` to another machine",
        ],
        hints: &["use an `https://` endpoint, or add `--allow-http` if you trust the network"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::EndpointRefused,
        patterns: &["has a port that does not exist", "contains a user name or password, which is not supported"],
        summary: &[
            "{?loading_credentials}the endpoint of the source of the credentials cannot be used",
            "the endpoint cannot be used",
        ],
        hints: &["write the endpoint as `https://HOST` or `https://HOST:PORT`, with a path if it needs one"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyExpired,
        patterns: &["Bearer Token has expired", "Bearer token is expired"],
        summary: &[
            "the short-term API key in `AWS_BEARER_TOKEN_BEDROCK` has expired: a short-term key is valid for at most 12 hours",
        ],
        hints: &[NEW_KEY, WITHOUT_KEY],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::ApiKeyFormat,
        patterns: &["Invalid API Key format"],
        summary: &["the value of `AWS_BEARER_TOKEN_BEDROCK` is not a Bedrock API key"],
        explanation: &["a long-term key begins with `ABSK`, a short-term one with `bedrock-api-key-`"],
        hints: &[NEW_KEY, WITHOUT_KEY],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::ApiKeyInvalid,
        patterns: &["make sure your API Key is valid"],
        summary: &[
            "the API key in `AWS_BEARER_TOKEN_BEDROCK` is invalid or expired[, or was created for a Region other than {region}]",
        ],
        explanation: &["a short-term key (`bedrock-api-key-…`) works only in the Region in which it was created"],
        hints: &[
            "if it is a short-term key, set `--region` to the Region in which it was created",
            NEW_KEY,
            WITHOUT_KEY,
        ],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::ApiKeyBlank,
        patterns: &["Authorization header is missing"],
        summary: &["the request had no credentials: the variable for them is blank"],
        hints: &["`unset AWS_BEARER_TOKEN_BEDROCK` if it is blank"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyCharacters,
        patterns: &["characters that can't be included in a HTTP header", "Bearer token contains invalid characters"],
        summary: &[
            "the API key in `AWS_BEARER_TOKEN_BEDROCK` contains a line break or another character that is not allowed in a key",
        ],
        hints: &[
            "`export AWS_BEARER_TOKEN_BEDROCK=\"$(printf %s \"$AWS_BEARER_TOKEN_BEDROCK\" | tr -d '\\r\\n\\t ')\"`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyNeedsHttps,
        patterns: &["Bearer authorization requires an HTTPS endpoint", "the API key is not sent to `"],
        summary: &["an API key is not sent over `http://`"],
        hints: &["use an `https://` endpoint, or `unset AWS_BEARER_TOKEN_BEDROCK`"],
        ..RULE
    },
];
