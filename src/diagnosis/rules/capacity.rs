//! Rules for throttling, quotas, capacity, and failures of AWS or of the model.
//! A 503 is about capacity, never about a quota of the account.

use super::{DiagnosisRule, RULE};
use crate::diagnosis::group::Group;

const THROTTLING: &[&str] =
    &["ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RateLimitExceeded"];
const UNAVAILABLE: &[&str] = &["ServiceUnavailableException", "ServiceUnavailable", "overloaded_error"];
const WIDER: &str = "use `{wider}`, which has its own quota and more destination Regions";
const WIDER_CAPACITY: &str = "use `{wider}`, which has more destination Regions";
const QUOTAS: &str = "an administrator can request a higher quota at https://[{region}.]console.aws.amazon.com/servicequotas/home/services/bedrock/quotas";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::ThrottledRequests,
        codes: THROTTLING,
        patterns: &["Too many requests", "Rate exceeded"],
        decisive_codes: THROTTLING,
        condition: "{?lookup}",
        summary: &["too many `{operation}` requests per minute"],
        hints: &[
            "try again in {wait|'a minute'}, with fewer concurrent commands; this action has its own quota, and no model was invoked",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledTokensPerDay,
        codes: THROTTLING,
        patterns: &["Too many tokens per day"],
        summary: &["the account has used up its tokens per day for {`model|'the model'}"],
        explanation: &[
            "the daily quota of a new account can be very low or zero, and a retry on the same day does not help",
        ],
        hints: &[
            "an administrator can request a higher quota at https://[{region}.]console.aws.amazon.com/servicequotas/home/services/bedrock/quotas (`Model invocation max tokens per day`), which takes days",
            WIDER,
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledTokens,
        codes: THROTTLING,
        patterns: &["Too many tokens"],
        summary: &["too many tokens per minute for {`model|'the model'}"],
        explanation: &[
            "what `{max_tokens_option}` allows counts in full against the quota when a call begins, and an output token can count five times",
        ],
        hints: &[
            "try again in {wait|'a minute'}; a lower `{max_tokens_option}` uses less of the quota per call",
            WIDER,
            QUOTAS,
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledConnections,
        codes: UNAVAILABLE,
        patterns: &["Too many connections"],
        summary: &["Bedrock accepts no more connections for {`model|'the model'} at the moment"],
        explanation: &["the limit is Bedrock's capacity, not the account's quota"],
        hints: &["try again in {wait|'a minute'}, with fewer concurrent calls", WIDER_CAPACITY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Capacity,
        codes: UNAVAILABLE,
        patterns: &[
            "Model is getting throttled",
            "Model is currently overloaded",
            "unable to process your request",
            "overloaded_error",
        ],
        decisive_codes: UNAVAILABLE,
        summary: &["Bedrock has no capacity for {`model|'the model'} at the moment"],
        explanation: &["the limit is Bedrock's capacity, not the account's quota"],
        hints: &["try again in {wait|'a minute'}", WIDER_CAPACITY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledRequests,
        codes: THROTTLING,
        patterns: &["Too many requests", "^Rate exceeded$", "request rate is too high", "Too many concurrent requests"],
        summary: &["too many requests per minute for {`model|'the model'}"],
        hints: &["try again in {wait|'a minute'}, with fewer concurrent calls", WIDER, QUOTAS],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledRequests,
        patterns: &["No deployments available for selected model"],
        summary: &["the gateway has put every deployment of the model on cooldown"],
        hints: &["wait for the cooldown that the gateway names; its log shows the AWS errors that caused it"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelError,
        patterns: &["Model produced invalid sequence as part of ToolUse"],
        summary: &["{`model|'the model'} generated an invalid tool call"],
        hints: &["try again: the next response can differ"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelNotReady,
        codes: &["ModelNotReadyException", "ThrottlingException"],
        patterns: &["is not ready for inference"],
        decisive_codes: &["ModelNotReadyException"],
        summary: &["{`model|'the model'} is still being loaded"],
        hints: &["try again in {wait|'a few minutes'}: an imported or custom model is unloaded while it is not used"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::QuotaExceeded,
        decisive_codes: &["ServiceQuotaExceededException", "LimitExceededException"],
        summary: &["the account has reached a quota"],
        hints: &[QUOTAS],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledRequests,
        decisive_codes: THROTTLING,
        summary: &["too many requests for {`model|'the model'}"],
        hints: &["try again in {wait|'a minute'}, with fewer concurrent calls", WIDER],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelTimeout,
        decisive_codes: &["ModelTimeoutException"],
        summary: &["{`model|'the model'} did not respond in time"],
        hints: &["try again, with a shorter prompt or a lower `{max_tokens_option}`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelError,
        decisive_codes: &["ModelErrorException", "ModelStreamErrorException"],
        summary: &["{`model|'the model'} failed"],
        hints: &["try again[ in {wait}]"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ServerError,
        decisive_codes: &["InternalServerException", "InternalFailure", "InternalServerError", "InternalError"],
        summary: &["AWS had an internal error"],
        hints: &[
            "{?gateway}try again in {wait|'a minute'}, or contact the operator of `{gateway}`",
            "{!gateway}try again in {wait|'a minute'}; https://health.aws.amazon.com/health/status lists outages",
        ],
        ..RULE
    },
];
