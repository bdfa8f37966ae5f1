//! Rules for API keys of Bedrock, and for endpoints that no credentials are sent to.

use super::{DiagnosisRule, REFUSALS, RULE};
use crate::diagnosis::group::Group;

const NEW_KEY: &str =
    "make a new API key in the Bedrock console[ of {region}] and set `AWS_BEARER_TOKEN_BEDROCK` to it";
const WITHOUT_KEY: &str = "or `unset AWS_BEARER_TOKEN_BEDROCK` to use the credentials of an AWS profile";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::EndpointRefused,
        patterns: &["is neither `https://` nor on this machine"],
        summary: &[
            "{?loading_credentials}what should give the credentials is not sent anything over `http://`",
            "nothing is sent over `http://` to another machine",
        ],
        hints: &["use an `https://` endpoint, or add `--allow-http` if the network in between is trusted"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::EndpointRefused,
        patterns: &["has a port that does not exist", "contains a user name or password, which is not supported"],
        summary: &[
            "{?loading_credentials}what should give the credentials has an endpoint that cannot be used",
            "the endpoint cannot be used",
        ],
        hints: &["an endpoint is `https://HOST` or `https://HOST:PORT`, and a path if need be"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyExpired,
        codes: REFUSALS,
        patterns: &["Bearer Token has expired"],
        summary: &[
            "the short-term API key in `AWS_BEARER_TOKEN_BEDROCK` has expired: such a key lives 12 hours at most",
        ],
        hints: &[NEW_KEY, WITHOUT_KEY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyFormat,
        codes: REFUSALS,
        patterns: &["Invalid API Key format"],
        summary: &["what `AWS_BEARER_TOKEN_BEDROCK` holds is no API key of Bedrock"],
        explanation: &["a long-term key begins with `ABSK`, a short-term one with `bedrock-api-key-`"],
        hints: &[NEW_KEY, WITHOUT_KEY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyInvalid,
        codes: REFUSALS,
        patterns: &["make sure your API Key is valid"],
        summary: &[
            "the API key in `AWS_BEARER_TOKEN_BEDROCK` is wrong or expired[, or was made for another Region than {region}]",
        ],
        explanation: &["a short-term key (`bedrock-api-key-…`) works only in the Region that it was made for"],
        hints: &[
            "call the Region that the key was made for with `--region`, if it is a short-term key",
            NEW_KEY,
            WITHOUT_KEY,
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyBlank,
        patterns: &["Authorization header is missing"],
        summary: &["the request carried no credentials: a variable that should hold them is blank"],
        hints: &["`unset AWS_BEARER_TOKEN_BEDROCK`, where it is set to nothing"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ApiKeyCharacters,
        patterns: &["characters that can't be included in a HTTP header", "Bearer token contains invalid characters"],
        summary: &["the API key in `AWS_BEARER_TOKEN_BEDROCK` holds a line break or another character that no key has"],
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
