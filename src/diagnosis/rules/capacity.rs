//! Rules for throttling, quotas, capacity, and failures of AWS or of the model.
//! A 503 is about capacity, never about a quota of the account.

use super::{DiagnosisRule, RULE};
use crate::diagnosis::group::Group;

const THROTTLING: &[&str] =
    &["ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RateLimitExceeded"];
const UNAVAILABLE: &[&str] = &["ServiceUnavailableException", "ServiceUnavailable", "overloaded_error"];
const WIDER: &str = "use `{wider}`, which has a quota of its own and more destination Regions";
const WIDER_CAPACITY: &str = "use `{wider}`, which has more destination Regions";
const QUOTAS: &str = "an administrator asks for more at https://[{region}.]console.aws.amazon.com/servicequotas/home/services/bedrock/quotas";

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::ThrottledRequests,
        codes: THROTTLING,
        patterns: &["Too many requests", "Rate exceeded"],
        condition: "{?lookup}",
        summary: &["too many requests of `{operation}` a minute"],
        hints: &[
            "try again in {wait|'a minute'}, with fewer commands at once: this action has a quota of its own, no model was called",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledRequests,
        decisive_codes: THROTTLING,
        condition: "{?lookup}",
        summary: &["too many requests of `{operation}` a minute"],
        hints: &[
            "try again in {wait|'a minute'}, with fewer commands at once: this action has a quota of its own, no model was called",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledTokensPerDay,
        codes: THROTTLING,
        patterns: &["Too many tokens per day"],
        summary: &["the account's tokens per day for {`model|'the model'} are used up"],
        explanation: &[
            "a new account's quota per day can be very low, or zero; trying again before the day is over does not help",
        ],
        hints: &[
            "an administrator asks for more at https://[{region}.]console.aws.amazon.com/servicequotas/home/services/bedrock/quotas (`Model invocation max tokens per day`); it takes days",
            WIDER,
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledTokens,
        codes: THROTTLING,
        patterns: &["Too many tokens"],
        summary: &["too many tokens a minute for {`model|'the model'}"],
        explanation: &[
            "what `{max_tokens_option}` allows counts in full when a call begins, and an output token can count five times",
        ],
        hints: &[
            "try again in {wait|'a minute'}; a lower `{max_tokens_option}` makes each call count for less",
            WIDER,
            QUOTAS,
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledConnections,
        codes: UNAVAILABLE,
        patterns: &["Too many connections"],
        summary: &["Bedrock takes no more connections for {`model|'the model'} now"],
        explanation: &["this is capacity, not a quota of the account"],
        hints: &["try again in {wait|'a minute'}, with fewer calls at once", WIDER_CAPACITY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Capacity,
        codes: UNAVAILABLE,
        patterns: &[
            "Model is getting throttled",
            "Model is currently overloaded",
            "service is unable to process your request",
            "unable to process your request",
            "overloaded_error",
        ],
        decisive_codes: UNAVAILABLE,
        summary: &["Bedrock has no capacity for {`model|'the model'} now"],
        explanation: &["this is capacity, not a quota of the account"],
        hints: &["try again in {wait|'a minute'}", WIDER_CAPACITY],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledRequests,
        codes: THROTTLING,
        patterns: &["Too many requests", "^Rate exceeded$", "request rate is too high", "Too many concurrent requests"],
        summary: &["too many requests a minute for {`model|'the model'}"],
        hints: &["try again in {wait|'a minute'}, with fewer calls at once", WIDER, QUOTAS],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledRequests,
        patterns: &["No deployments available for selected model"],
        summary: &["the gateway keeps every deployment of the model out of use for now"],
        hints: &["wait for the cool-down that the gateway names; its log has the errors of AWS that came before"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelError,
        patterns: &["Model produced invalid sequence as part of ToolUse"],
        summary: &["{`model|'the model'} wrote a tool call that is none"],
        hints: &["try again: the next answer is another"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelNotReady,
        codes: &["ModelNotReadyException", "ThrottlingException"],
        patterns: &["Model is not ready for inference", "is not ready for inference"],
        decisive_codes: &["ModelNotReadyException"],
        summary: &["{`model|'the model'} is still being loaded"],
        hints: &["try again in {wait|'a few minutes'}: an imported or custom model is unloaded when nobody calls it"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::QuotaExceeded,
        decisive_codes: &["ServiceQuotaExceededException", "LimitExceededException"],
        summary: &["a quota of the account is used up"],
        hints: &[QUOTAS],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThrottledRequests,
        decisive_codes: THROTTLING,
        summary: &["too many requests for {`model|'the model'}"],
        hints: &["try again in {wait|'a minute'}, with fewer calls at once", WIDER],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelTimeout,
        decisive_codes: &["ModelTimeoutException"],
        summary: &["{`model|'the model'} took too long"],
        hints: &["try again, with a shorter prompt or a lower `{max_tokens_option}`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ModelError,
        decisive_codes: &["ModelErrorException", "ModelStreamErrorException"],
        summary: &["{`model|'the model'} failed by itself"],
        hints: &["try again[ in {wait}]"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ServerError,
        decisive_codes: &["InternalServerException", "InternalFailure", "InternalServerError", "InternalError"],
        summary: &["AWS failed by itself"],
        hints: &[
            "{?gateway}try again in {wait|'a minute'}, or ask whoever runs `{gateway}`",
            "{!gateway}try again in {wait|'a minute'}; https://health.aws.amazon.com/health/status tells of larger failures",
        ],
        ..RULE
    },
];
