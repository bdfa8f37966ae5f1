//! Rules for requests that the model or the service does not accept.

use super::{DiagnosisRule, INVALID_REQUEST, NO_STREAM, REFUSAL, RULE};
use crate::diagnosis::ParameterFix;
use crate::diagnosis::group::Group;
use crate::diagnosis::template::Values;

fn drop_member(member: &str) -> ParameterFix {
    ParameterFix::Drop(member.to_owned())
}

/// Drops the field that the pattern captured, which a message spells in its own way.
fn drop_field(values: &Values) -> Option<ParameterFix> {
    Some(drop_member(match values.get("field")? {
        "temperature" => "inferenceConfig.temperature",
        "top_p" | "topP" => "inferenceConfig.topP",
        "stop_sequences" | "stopSequences" => "inferenceConfig.stopSequences",
        "max_tokens" | "maxTokens" => "inferenceConfig.maxTokens",
        "top_k" | "topK" => "additionalModelRequestFields.top_k",
        other => other,
    }))
}

/// Limits the output tokens to the number that the pattern captured.
fn clamp(values: &Values) -> Option<ParameterFix> {
    Some(ParameterFix::ClampMaxTokens(values.get("limit")?.replace([',', '_'], "").parse().ok()?))
}

/// Limits the effort to those that the pattern captured, as in `'low', 'medium'` and `high`.
fn limit_effort(values: &Values) -> Option<ParameterFix> {
    let listed = values.get("efforts")?.split(',').chain(values.get("last_effort"));
    let names = listed.map(|name| name.trim_matches([' ', '\'', '`']).to_owned()).filter(|name| !name.is_empty());
    Some(ParameterFix::LimitEffort(names.collect()))
}

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::CachingUnsupported,
        patterns: &["Cache point cannot be inserted after reasoning block"],
        summary: &["a cache point follows a reasoning block"],
        hints: &["put the `cachePoint` before the reasoning block"],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        patterns: &["There is nothing available to cache"],
        summary: &["a cache point precedes everything that could be cached"],
        hints: &["put the `cachePoint` after the blocks that it should cache"],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        patterns: &["cache_control block must not come after a ttl="],
        summary: &["a cache point with a longer `ttl` follows one with a shorter `ttl`"],
        hints: &["put the blocks with the longer `ttl` first; the order is tools, system, messages"],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        patterns: &["A maximum of {limit} blocks with cache_control may be provided"],
        summary: &["the request has more than {limit} cache points"],
        hints: &["leave out all but {limit} `cachePoint` blocks; the last ones count most"],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        patterns: &["did not allow prompt caching"],
        summary: &["{`model|'the model'} does not support prompt caching"],
        explanation: &["the problem is the request, not a missing permission"],
        hints: &[
            "{?own}leave out the `cachePoint` blocks, which `--cache` adds",
            "{!own}leave out the `cachePoint` blocks",
        ],
        fix: |_| Some(drop_member("cachePoint")),
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        patterns: &["temperature{}and{}top_p{}cannot both be specified", "cannot both be specified for this model"],
        summary: &["{`model|'the model'} accepts `{temperature_option}` or `{top_p_option}`, not both"],
        hints: &["leave out `{top_p_option}`"],
        fix: |_| Some(drop_member("inferenceConfig.topP")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        patterns: &["`{field}` is deprecated for this model"],
        summary: &["{`model|'the model'} no longer supports `{field}`"],
        hints: &["leave out `{field}`"],
        fix: drop_field,
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        patterns: &[
            "Unsupported parameter: '{field}' is not supported with this model",
            "Unsupported value: '{field}' does not support",
            "`{field}` is not supported for this model",
        ],
        summary: &["{`model|'the model'} does not support `{field}`, or only its default"],
        hints: &["leave out `{field}`"],
        fix: drop_field,
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::SystemUnsupported,
        patterns: &[
            "support system messages",
            "support system prompt",
            "System messages are not supported",
            "System prompts are not supported",
        ],
        summary: &["{`model|'the model'} does not support system prompts"],
        hints: &[
            "{?own}put it at the beginning of the prompt, without `--system`",
            "{!own}put it at the beginning of the first user message, without `system`",
        ],
        fix: |_| Some(ParameterFix::DropSystem),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::StreamingUnsupported,
        patterns: &["support tool use in streaming mode"],
        summary: &["{`model|'the model'} does not support tool use with streaming"],
        more_hints: NO_STREAM,
        fix: |_| Some(ParameterFix::NoStreaming),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::StreamingUnsupported,
        patterns: &[
            "model is unsupported for streaming",
            "doesn't support streaming",
            "does not support streaming",
            "Streaming is not supported",
            "model is not supported for streaming",
        ],
        summary: &["{`model|'the model'} does not support streaming"],
        more_hints: NO_STREAM,
        fix: |_| Some(ParameterFix::NoStreaming),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ToolUseUnsupported,
        patterns: &[
            "model doesn't support tool use",
            "model does not support tool use",
            "Tool use is not supported for this model",
            "support tool calling",
        ],
        summary: &["{`model|'the model'} does not support tool use"],
        hints: &["leave out `toolConfig`, or use a model that supports tool use"],
        fix: |_| Some(drop_member("toolConfig")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ToolUseUnsupported,
        patterns: &["doesn't support the toolConfig.toolChoice.{choice} field"],
        summary: &["{`model|'the model'} does not support `toolConfig.toolChoice.{choice}`"],
        hints: &["leave out `toolConfig.toolChoice`: the model then chooses by itself"],
        fix: |_| Some(drop_member("toolConfig.toolChoice")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::SchemaUnsupported,
        patterns: &[
            "This model doesn't support the outputConfig field",
            "output_config.format: Extra inputs are not permitted",
        ],
        summary: &["{`model|'the model'} does not support a JSON schema for its response"],
        hints: &[
            "{!own}force the model to call one tool that has the schema as its input",
            "{?own}if `--no-repair` is set, leave it out: the schema is then sent as the input of one tool",
            "{?own}otherwise use a model that supports a JSON schema or tool use",
        ],
        fix: |_| Some(drop_member("outputConfig")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::SchemaUnsupported,
        patterns: &[
            "input_schema does not support oneOf, allOf, or anyOf at the top level",
            "input_schema: JSON schema is invalid",
        ],
        summary: &["{`model|'the model'} does not support the schema of a tool"],
        hints: &["write its top level as `type: object` with `properties`, without `oneOf`, `allOf` and `anyOf`"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::SchemaUnsupported,
        patterns: &["output_config.format.schema:", "outputConfig.textFormat.structure"],
        summary: &["{`model|'the model'} does not support what is in the JSON schema"],
        hints: &[
            "leave out of the schema what the message names, and check the response for it",
            "{!own}or force the model to call one tool that has the schema as its input",
            "{?own}if `--no-repair` is set, leave it out: the schema is then sent as the input of one tool",
        ],
        fix: |_| Some(drop_member("outputConfig.textFormat")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        patterns: &[
            "doesn't support the {field} field. Remove",
            "doesn't support the {field} field",
            "does not support the {field} field",
        ],
        summary: &["{`model|'the model'} does not support `{field}`"],
        hints: &["leave out `{field}`"],
        fix: drop_field,
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::MaxTokensAbove,
        patterns: &[
            "exceed{}the model limit of {limit}. Try again",
            "exceed{}the model limit of {limit}",
            "max_tokens: {}> {limit}, which is the maximum allowed number of output tokens",
            "model supports at most {limit} completion tokens",
        ],
        summary: &["{`model|'the model'} generates at most {limit} tokens"],
        hints: &["{?own}`--max-tokens {limit}`", "{!own}set `{max_tokens_option}` to at most {limit}"],
        fix: clamp,
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ContextTooLong,
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
            "the prompt has {tokens} tokens, but {`model|'the model'} accepts at most {limit}",
            "the prompt and the response exceed the context window of {`model|'the model'}, which has {limit} tokens",
            "the prompt is too long for {`model|'the model'}",
        ],
        hints: &[
            "shorten the prompt, or use a model with a larger context window: `bedrock-ask models[ --region {region}]` shows them",
        ],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::Validation,
        patterns: &["prompt must start with", "prompt must end with"],
        summary: &["the prompt does not have the format of the legacy text completions"],
        hints: &[
            "use Converse, which takes messages: `bedrock-ask --model {model|'MODEL'} --dry-run hello` shows the request",
            "with `InvokeModel`, the Messages API of Claude takes `messages` instead of `prompt`",
        ],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::Validation,
        patterns: &[
            "required key [{key}] not found",
            "extraneous key [{extra}] is not permitted",
            "schema violations found",
        ],
        summary: &[
            "the request body has no `{key}`, which this model requires",
            "the request body has `{extra}`, which this model does not accept",
            "the request body does not have the format that this model requires",
        ],
        hints: &[
            "leave out `{extra}`",
            "Converse has the same request format for all models: `bedrock-ask --model {model|'MODEL'} --dry-run hello` shows it",
        ],
        fix: |values| values.get("extra").map(drop_member),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::Validation,
        patterns: &["anthropic_version: Field required"],
        summary: &["a body for `InvokeModel` with Claude needs `anthropic_version`"],
        hints: &["add `\"anthropic_version\": \"bedrock-2023-05-31\"` to the body, or use Converse"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        patterns: &["invalid beta flag"],
        summary: &["{`model|'the model'} on Bedrock does not accept a beta flag of the request"],
        hints: &[
            "leave out `anthropic_beta`, or the flags in it that Bedrock does not list for the model",
            "{?tool=claude-code}`export CLAUDE_CODE_DISABLE_EXPERIMENTAL_BETAS=1`",
        ],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &[
            "does not support the effort parameter",
            "doesn't support the effort parameter",
            "output_config.effort: Extra inputs are not permitted",
        ],
        summary: &["{`model|'the model'} does not support `effort`"],
        hints: &["leave out `outputConfig.effort`"],
        fix: |_| Some(drop_member("outputConfig.effort")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ParameterRefused,
        patterns: &[
            "^{field}: Extra inputs are not permitted",
            "Extra inputs are not permitted",
            "does not support parameters: {field}",
            "unknown variant `{field}`, expected",
            "unknown variant '{field}', expected",
            "unknown field `{field}`, expected",
            "Unknown parameter: '{field}'",
        ],
        summary: &[
            "{`model|'the model'} on Bedrock does not support `{field}`",
            "{`model|'the model'} on Bedrock does not support a field of the request",
        ],
        explanation: &["the field may be too new for Bedrock"],
        hints: &["leave out `{field}`", "{!field}leave out the field, or use a model that supports it"],
        fix: drop_field,
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &["thinking.type.disabled{}is not supported for this model"],
        summary: &["{`model|'the model'} always thinks: it cannot be turned off"],
        hints: &["{?own}use the lowest level: `--think=low`", "{!own}leave out `thinking`, or use a lower effort"],
        fix: |_| Some(drop_member("thinking")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &["provided reasoning config value is invalid"],
        summary: &["{`model|'the model'} does not support this `reasoningConfig`"],
        hints: &["leave out `reasoningConfig`, or use a model that thinks"],
        fix: |_| Some(drop_member("reasoningConfig")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &["thinking.type.enabled{}is not supported for this model"],
        summary: &["{`model|'the model'} does not support a thinking budget: it uses adaptive thinking"],
        hints: &["set `thinking.type` to `adaptive`, and set the amount with `outputConfig.effort`"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &["thinking{}budget_tokens: Input should be greater than or equal to {limit}"],
        summary: &["the thinking budget is below {limit} tokens"],
        hints: &["set `thinking.budget_tokens` to at least {limit}"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &["max_tokens{}must be greater than{}thinking.budget_tokens"],
        summary: &["the thinking budget leaves no tokens for the response"],
        hints: &["set `{max_tokens_option}` to more than the thinking budget"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &[
            "temperature{}may only be set to 1 when thinking is enabled",
            "temperature{}must be 1 when thinking",
        ],
        summary: &["`{temperature_option}` cannot be combined with thinking"],
        hints: &["leave out `{temperature_option}`"],
        fix: |_| Some(drop_member("inferenceConfig.temperature")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &["Thinking may not be enabled when tool_choice forces"],
        summary: &["thinking cannot be combined with a forced tool call"],
        hints: &["turn thinking off, or leave out `toolConfig.toolChoice`"],
        fix: |_| Some(drop_member("toolConfig.toolChoice")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        patterns: &[
            "effort: Input should be {efforts} or '{last_effort=low|medium|high|xhigh|max}'",
            "output_config.effort: Input should be",
            "outputConfig.effort: Input should be",
        ],
        summary: &["{`model|'the model'} does not support this effort"],
        hints: &["use a lower effort: `low`, `medium` or `high`"],
        fix: limit_effort,
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::Validation,
        patterns: &["can only set one of the following keys"],
        summary: &["a content block contains more than one kind of content"],
        hints: &["make one content block for each text, image or document; this is an error in the client library"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::LatencyUnsupported,
        patterns: &["Latency performance configuration is not supported for"],
        summary: &["{`model|'the model'} does not support optimized latency[ in {region}]"],
        explanation: &["only a few models support it, and only through a geographic inference profile"],
        hints: &["leave out `performanceConfig`"],
        fix: |_| Some(drop_member("performanceConfig")),
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ServiceTier,
        patterns: &["^Reservation not found$", "service tier provided is invalid", "service tier is not supported"],
        summary: &["{`model|'the model'} is not offered in this service tier[ from {region}]"],
        hints: &["leave out `serviceTier`: the default tier is then used"],
        fix: |_| Some(drop_member("serviceTier")),
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::GuardrailNotFound,
        patterns: &[
            "guardrail identifier or version provided in the request does not exist",
            "provided guardrail identifier is invalid",
        ],
        summary: &["the guardrail or this version of it does not exist[ in {region}]"],
        explanation: &["a guardrail can be used only in its own Region"],
        hints: &["`aws bedrock list-guardrails --region {region|'REGION'}` lists the guardrails of this Region"],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::CountTokensUnsupported,
        patterns: &["doesn't support counting tokens"],
        summary: &["{`model|'the model'} does not support counting tokens"],
        explanation: &["`CountTokens` accepts only plain model IDs, and not those of the newest models"],
        hints: &[
            "call it with `{foundation_model}`[ in {region}]",
            "{!foundation_model}call it with the plain ID of the model",
        ],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::BatchUnsupported,
        patterns: &["Tool use is not supported for batch inference Converse requests"],
        summary: &["batch records of the type Converse do not support tools"],
        hints: &["create the job with `--model-invocation-type InvokeModel`, or leave out `toolConfig`"],
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
            "`{value}` is not a valid value for `{member}`",
            "the value of `{member}` is not allowed",
            "a parameter has a value that is not allowed",
        ],
        hints: &[
            "`{member}` accepts {allowed}",
            "{!allowed}change `{member}`: the message states which values are allowed",
            "{!member}change the parameters of the request, such as `{temperature_option}` or `{top_p_option}`, or leave them out",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        patterns: &["Invalid model name passed in model={model_name}", "Invalid model name passed in"],
        summary: &["the gateway has no model[ named `{model_name}`]"],
        hints: &["the gateway lists its models at `/v1/models`; its administrator adds one to its `model_list`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CachingUnsupported,
        patterns: &["messages.{place}.type: Field required"],
        summary: &["the content block `messages.{place}` is not of a type that the model takes"],
        explanation: &["a cache point directly behind a document that is not a PDF becomes such a block"],
        hints: &["put a text between the document and the `cachePoint`"],
        ..REFUSAL
    },
    DiagnosisRule {
        group: Group::Validation,
        decisive_codes: &["ValidationException", "ValidationError", "BadRequestException", "SerializationException"],
        summary: &["AWS rejected the request"],
        ..RULE
    },
];
