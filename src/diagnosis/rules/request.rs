//! Rules for requests that the model or the service does not accept.

use super::{DiagnosisRule, Fix, NO_STREAM, REFUSALS, RULE, VALIDATION};
use crate::diagnosis::group::Group;

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::CachingUnsupported,
        codes: REFUSALS,
        patterns: &["Cache point cannot be inserted after reasoning block"],
        summary: &["a cache point stands behind a reasoning block"],
        hints: &["put the `cachePoint` before the reasoning block"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        codes: REFUSALS,
        patterns: &["There is nothing available to cache"],
        summary: &["a cache point stands before anything that could be cached"],
        hints: &["put the `cachePoint` behind the blocks that it is to cache"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        codes: REFUSALS,
        patterns: &["cache_control block must not come after a ttl="],
        summary: &["a cache point that lives longer stands behind one that lives shorter"],
        hints: &["put the blocks with the longer `ttl` first; the order is tools, system, messages"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        codes: REFUSALS,
        patterns: &["did not allow prompt caching"],
        summary: &["{`model|'the model'} has no prompt caching"],
        explanation: &["this is about the request, not about permissions"],
        hints: &["leave out the `cachePoint` blocks"],
        fix: Fix::Drop("cachePoint"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        codes: VALIDATION,
        patterns: &["temperature{}and{}top_p{}cannot both be specified", "cannot both be specified for this model"],
        summary: &["{`model|'the model'} takes `{temperature_option}` or `{top_p_option}`, not both"],
        hints: &["leave out `{top_p_option}`"],
        fix: Fix::Drop("inferenceConfig.topP"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        codes: VALIDATION,
        patterns: &["`{field}` is deprecated for this model"],
        summary: &["{`model|'the model'} does not take `{field}` any more"],
        hints: &["leave out `{field}`"],
        fix: Fix::DropField,
        ..RULE
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        codes: VALIDATION,
        patterns: &[
            "Unsupported parameter: '{field}' is not supported with this model",
            "Unsupported value: '{field}' does not support",
            "`{field}` is not supported for this model",
        ],
        summary: &["{`model|'the model'} does not take `{field}`, or takes only its default"],
        hints: &["leave out `{field}`"],
        fix: Fix::DropField,
        ..RULE
    },
    DiagnosisRule {
        group: Group::SystemUnsupported,
        codes: VALIDATION,
        patterns: &[
            "support system messages",
            "support system prompt",
            "System messages are not supported",
            "System prompts are not supported",
        ],
        summary: &["{`model|'the model'} takes no system prompt"],
        hints: &[
            "{?own}put it at the beginning of the prompt, without `--system`",
            "{!own}put it at the beginning of the first user message, without `system`",
        ],
        fix: Fix::DropSystem,
        ..RULE
    },
    DiagnosisRule {
        group: Group::StreamingUnsupported,
        codes: VALIDATION,
        patterns: &["support tool use in streaming mode"],
        summary: &["{`model|'the model'} does not support tool use with streaming"],
        more_hints: NO_STREAM,
        fix: Fix::NoStreaming,
        ..RULE
    },
    DiagnosisRule {
        group: Group::StreamingUnsupported,
        codes: VALIDATION,
        patterns: &[
            "model is unsupported for streaming",
            "doesn't support streaming",
            "does not support streaming",
            "Streaming is not supported",
            "model is not supported for streaming",
        ],
        summary: &["{`model|'the model'} cannot stream"],
        more_hints: NO_STREAM,
        fix: Fix::NoStreaming,
        ..RULE
    },
    DiagnosisRule {
        group: Group::ToolUseUnsupported,
        codes: VALIDATION,
        patterns: &[
            "model doesn't support tool use",
            "model does not support tool use",
            "Tool use is not supported for this model",
            "support tool calling",
        ],
        summary: &["{`model|'the model'} cannot use tools"],
        hints: &["leave out `toolConfig`, or use a model that can"],
        fix: Fix::Drop("toolConfig"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ToolUseUnsupported,
        codes: VALIDATION,
        patterns: &["doesn't support the toolConfig.toolChoice.{choice} field"],
        summary: &["{`model|'the model'} cannot be told which tool to choose (`{choice}`)"],
        hints: &["leave out `toolConfig.toolChoice`: the model then chooses by itself"],
        fix: Fix::Drop("toolConfig.toolChoice"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::SchemaUnsupported,
        codes: VALIDATION,
        patterns: &["This model doesn't support the outputConfig field"],
        summary: &["{`model|'the model'} takes no JSON schema for its answer"],
        hints: &["one tool that the model is made to call gives the same form"],
        fix: Fix::Drop("outputConfig"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        codes: VALIDATION,
        patterns: &[
            "doesn't support the {field} field. Remove",
            "doesn't support the {field} field",
            "does not support the {field} field",
        ],
        summary: &["{`model|'the model'} does not take `{field}`"],
        hints: &["leave out `{field}`"],
        fix: Fix::DropField,
        ..RULE
    },
    DiagnosisRule {
        group: Group::MaxTokensAbove,
        codes: VALIDATION,
        patterns: &[
            "exceed{}the model limit of {limit}. Try again",
            "exceed{}the model limit of {limit}",
            "max_tokens: {}> {limit}, which is the maximum allowed number of output tokens",
            "model supports at most {limit} completion tokens",
        ],
        summary: &["{`model|'the model'} gives at most {limit} tokens"],
        hints: &["{?own}`--max-tokens {limit}`", "{!own}set `{max_tokens_option}` to at most {limit}"],
        fix: Fix::Clamp,
        ..RULE
    },
    DiagnosisRule {
        group: Group::ContextTooLong,
        codes: VALIDATION,
        patterns: &[
            "prompt is too long: {tokens} tokens > {limit} maximum",
            "exceed context limit: {}> {limit}, decrease input length",
            "Input is too long for requested model",
            "too many total text bytes",
            "exceed context limit",
            "expected maxLength: {limit}, actual: {tokens}",
            "Max input tokens: {limit}, request input token count: {tokens}",
            "maximum context length is {limit} tokens",
            "prompt is too long",
            "Input is too long",
            "Number of input tokens exceeds maximum length",
            "exceeds the maximum number of tokens",
            "context_length_exceeded",
        ],
        summary: &[
            "the prompt has {tokens} tokens, more than the {limit} that {`model|'the model'} takes",
            "the prompt does not fit into the {limit} tokens that {`model|'the model'} takes together with its answer",
            "the prompt is too long for {`model|'the model'}",
        ],
        hints: &[
            "shorten the prompt, or use a model with a larger context window: `bedrock-ask models[ --region {region}]` shows them",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        codes: VALIDATION,
        patterns: &["prompt must start with", "prompt must end with"],
        summary: &["the prompt has the form of the old text completions, or lacks it"],
        hints: &[
            "use Converse, which takes turns: `bedrock-ask --model {model|'MODEL'} --dry-run hello` shows the request",
            "with `InvokeModel`, the Messages API of Claude takes `messages` in place of `prompt`",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        codes: VALIDATION,
        patterns: &[
            "required key [{key}] not found",
            "extraneous key [{extra}] is not permitted",
            "schema violations found",
        ],
        summary: &[
            "the request body lacks `{key}`: it is not in the form that this model takes",
            "the request body holds `{extra}`, which this model does not take",
            "the request body is not in the form that this model takes",
        ],
        hints: &[
            "leave out `{extra}`",
            "Converse takes one form of body for all models: `bedrock-ask --model {model|'MODEL'} --dry-run hello` shows it",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        codes: VALIDATION,
        patterns: &["anthropic_version: Field required"],
        summary: &["a body for `InvokeModel` with Claude needs `anthropic_version`"],
        hints: &["add `\"anthropic_version\": \"bedrock-2023-05-31\"` to the body, or use Converse"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &[
            "does not support the effort parameter",
            "doesn't support the effort parameter",
            "output_config.effort: Extra inputs are not permitted",
        ],
        summary: &["{`model|'the model'} takes no effort"],
        hints: &["leave out `outputConfig.effort`"],
        fix: Fix::Drop("outputConfig.effort"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        codes: VALIDATION,
        patterns: &[
            "^{field}: Extra inputs are not permitted",
            "Extra inputs are not permitted",
            "does not support parameters: {field}",
        ],
        summary: &[
            "{`model|'the model'} on Bedrock does not take `{field}`",
            "{`model|'the model'} on Bedrock does not take a field of the request",
        ],
        explanation: &["the field may be newer than what Bedrock serves"],
        hints: &["leave out `{field}`", "{!field}leave out the field, or use a model that takes it"],
        fix: Fix::DropField,
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["thinking.type.enabled{}is not supported for this model"],
        summary: &["{`model|'the model'} takes no thinking budget: it decides by itself how much to think"],
        hints: &["set `thinking.type` to `adaptive`, and say how much with `outputConfig.effort`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["max_tokens{}must be greater than{}thinking.budget_tokens"],
        summary: &["the thinking budget leaves no tokens for the answer"],
        hints: &["set `{max_tokens_option}` to more than the thinking budget"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &[
            "temperature{}may only be set to 1 when thinking is enabled",
            "temperature{}must be 1 when thinking",
        ],
        summary: &["`{temperature_option}` does not go with thinking"],
        hints: &["leave out `{temperature_option}`"],
        fix: Fix::Drop("inferenceConfig.temperature"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["Thinking may not be enabled when tool_choice forces"],
        summary: &["thinking does not go with a tool that the model is made to call"],
        hints: &["turn thinking off, or leave out `toolConfig.toolChoice`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["output_config.effort: Input should be", "outputConfig.effort: Input should be"],
        summary: &["{`model|'the model'} does not take this effort"],
        hints: &["a lower effort: `low`, `medium` or `high`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        codes: VALIDATION,
        patterns: &["can only set one of the following keys"],
        summary: &["a content block holds more than one kind of content"],
        hints: &["make one content block for each text, image or document; this is a fault of the client library"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::LatencyUnsupported,
        codes: VALIDATION,
        patterns: &["Latency performance configuration is not supported for"],
        summary: &["{`model|'the model'} has no optimized latency[ in {region}]"],
        explanation: &["only few models have it, and only through a geographic inference profile"],
        hints: &["leave out `performanceConfig`"],
        fix: Fix::Drop("performanceConfig"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ServiceTier,
        codes: REFUSALS,
        patterns: &["^Reservation not found$", "service tier provided is invalid", "service tier is not supported"],
        summary: &["{`model|'the model'} is not offered in this service tier[ from {region}]"],
        hints: &["leave out `serviceTier`: the default tier is then used"],
        fix: Fix::Drop("serviceTier"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::GuardrailNotFound,
        codes: REFUSALS,
        patterns: &[
            "guardrail identifier or version provided in the request does not exist",
            "provided guardrail identifier is invalid",
        ],
        summary: &["there is no such guardrail, or no such version of it[, in {region}]"],
        explanation: &["a guardrail belongs to one Region: that of the call"],
        hints: &["`aws bedrock list-guardrails --region {region|'REGION'}` lists those of this Region"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CountTokensUnsupported,
        codes: VALIDATION,
        patterns: &["doesn't support counting tokens"],
        summary: &["the tokens of {`model|'the model'} cannot be counted"],
        explanation: &["`CountTokens` takes plain model IDs only, and not those of the newest models"],
        hints: &[
            "call it with `{foundation_model}`[ in {region}]",
            "{!foundation_model}call it with the plain ID of the model",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::BatchUnsupported,
        patterns: &["Tool use is not supported for batch inference Converse requests"],
        summary: &["a batch record of the type Converse cannot use tools"],
        hints: &["make the job with `--model-invocation-type InvokeModel`, or leave out `toolConfig`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ParameterInvalid,
        patterns: &[
            "Value '{value}' at '{member}' failed to satisfy constraint: {}set: [{allowed}]",
            "Value '{value}' at '{member}' failed to satisfy constraint",
            "Value at '{member}' failed to satisfy constraint",
            "The value at {member} must be one of the following: {allowed}",
            "format of the value at {member} in the body is invalid",
            "format of the value at {member} is invalid",
            "The value at {member} is",
            "Malformed input request: #/{member}: {problem}, please reformat",
            "temperature: range:",
            "top_p: range:",
            "provided inference configurations are invalid",
        ],
        summary: &[
            "`{value}` is no value for `{member}`",
            "the value of `{member}` is not allowed",
            "a parameter has a value that is not allowed",
        ],
        hints: &[
            "`{member}` takes {allowed}",
            "{!allowed}change `{member}`: the message says what it may hold",
            "{!member}change the parameters of the request, such as `{temperature_option}` or `{top_p_option}`, or leave them out",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        patterns: &["Invalid model name passed in model={model_name}", "Invalid model name passed in"],
        summary: &["the gateway has no model[ of the name `{model_name}`]"],
        hints: &["the gateway lists its models at `/v1/models`; its administrator adds one to its `model_list`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        decisive_codes: &["ValidationException", "ValidationError", "BadRequestException", "SerializationException"],
        summary: &["AWS does not take the request as it is"],
        ..RULE
    },
];
