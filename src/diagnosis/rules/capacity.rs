//! Rules: throttling, quotas, capacity, failures of AWS or of the model. A 503 is never the account's quota.

use super::{RULE, Rule};
use crate::diagnosis::group::Group;

const THROTTLING: &[&str] =
    &["ThrottlingException", "Throttling", "ThrottledException", "TooManyRequestsException", "RateLimitExceeded"];
const UNAVAILABLE: &[&str] = &["ServiceUnavailableException", "ServiceUnavailable", "overloaded_error"];
const WIDER: &str = "use `{wider}`, which has a quota of its own and more destination Regions";
const WIDER_CAPACITY: &str = "use `{wider}`, which has more destination Regions";
const QUOTAS: &str = "an administrator asks for more at https://[{region}.]console.aws.amazon.com/servicequotas/home/services/bedrock/quotas";

/// The rules.
pub(super) const RULES: &[Rule] = &[
    Rule {
        group: Group::ThrottledTokensPerDay,
        codes: THROTTLING,
        text: &["Too many tokens per day"],
        what: &["the account's tokens per day for {`model|'the model'} are used up"],
        why: &[
            "a new account's quota per day can be very low, or zero; trying again before the day is over does not help",
        ],
        hints: &[
            "an administrator asks for more at https://[{region}.]console.aws.amazon.com/servicequotas/home/services/bedrock/quotas (`Model invocation max tokens per day`); it takes days",
            WIDER,
        ],
        ..RULE
    },
    Rule {
        group: Group::ThrottledTokens,
        codes: THROTTLING,
        text: &["Too many tokens, please wait"],
        what: &["too many tokens a minute for {`model|'the model'}"],
        why: &[
            "what `--max-tokens` allows counts in full when a call begins, and an output token can count five times",
        ],
        hints: &[
            "a lower `--max-tokens` makes each call count for less; the quota is free again within a minute",
            WIDER,
            QUOTAS,
        ],
        ..RULE
    },
    Rule {
        group: Group::ThrottledConnections,
        codes: UNAVAILABLE,
        text: &["Too many connections"],
        what: &["Bedrock takes no more connections for {`model|'the model'} now"],
        why: &["this is capacity, not a quota of the account"],
        hints: &["try again in a minute, with fewer calls at once", WIDER_CAPACITY],
        ..RULE
    },
    Rule {
        group: Group::Capacity,
        codes: UNAVAILABLE,
        text: &["Model is getting throttled", "unable to process your request", "overloaded_error"],
        what: &["Bedrock has no capacity for {`model|'the model'} now"],
        why: &["this is capacity, not a quota of the account"],
        hints: &["try again in a minute", WIDER_CAPACITY],
        ..RULE
    },
    Rule {
        group: Group::ThrottledRequests,
        codes: THROTTLING,
        text: &["Too many requests, please wait", "^Rate exceeded$"],
        what: &["too many requests a minute for {`model|'the model'}"],
        hints: &["try again in a minute, with fewer calls at once", WIDER, QUOTAS],
        ..RULE
    },
    Rule {
        group: Group::ModelError,
        text: &["Model produced invalid sequence as part of ToolUse"],
        what: &["{`model|'the model'} wrote a tool call that is none"],
        hints: &["try again: the next answer is another"],
        ..RULE
    },
    Rule {
        group: Group::ModelNotReady,
        codes: &["ModelNotReadyException", "ThrottlingException"],
        text: &["Model is not ready for inference"],
        what: &["{`model|'the model'} is still being loaded"],
        hints: &["try again in a few minutes: an imported or custom model is unloaded when nobody calls it"],
        ..RULE
    },
    Rule {
        group: Group::QuotaExceeded,
        codes: &["ServiceQuotaExceededException", "LimitExceededException"],
        what: &["a quota of the account is used up"],
        hints: &[QUOTAS],
        ..RULE
    },
    Rule {
        group: Group::ThrottledRequests,
        codes: THROTTLING,
        what: &["too many requests for {`model|'the model'}"],
        hints: &["try again in a minute, with fewer calls at once", WIDER],
        ..RULE
    },
    Rule {
        group: Group::Capacity,
        codes: UNAVAILABLE,
        what: &["Bedrock has no capacity for {`model|'the model'} now"],
        why: &["this is capacity, not a quota of the account"],
        hints: &["try again in a minute", WIDER_CAPACITY],
        ..RULE
    },
    Rule {
        group: Group::ModelNotReady,
        codes: &["ModelNotReadyException"],
        what: &["{`model|'the model'} is still being loaded"],
        hints: &["try again in a few minutes: an imported or custom model is unloaded when nobody calls it"],
        ..RULE
    },
    Rule {
        group: Group::ModelTimeout,
        codes: &["ModelTimeoutException"],
        what: &["{`model|'the model'} took too long"],
        hints: &["try again, with a shorter prompt or a lower `--max-tokens`"],
        ..RULE
    },
    Rule {
        group: Group::ModelError,
        codes: &["ModelErrorException", "ModelStreamErrorException"],
        what: &["{`model|'the model'} failed by itself"],
        hints: &["try again"],
        ..RULE
    },
    Rule {
        group: Group::ServerError,
        codes: &["InternalServerException", "InternalFailure", "InternalServerError", "InternalError"],
        what: &["AWS failed by itself"],
        hints: &["try again in a minute; https://health.aws.amazon.com/health/status tells of larger failures"],
        ..RULE
    },
];
