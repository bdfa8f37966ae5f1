//! Rules for requests that the model or the service does not accept.

use super::{DiagnosisRule, Fix, REFUSALS, RULE, VALIDATION};
use crate::diagnosis::group::Group;

pub(super) const RULES: &[DiagnosisRule] = &[
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
        patterns: &["`temperature` and `top_p` cannot both be specified"],
        summary: &["{`model|'the model'} takes `--temperature` or `--top-p`, not both"],
        hints: &["leave out `--top-p`"],
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
        group: Group::SystemUnsupported,
        codes: VALIDATION,
        patterns: &["This model doesn't support system messages"],
        summary: &["{`model|'the model'} takes no system prompt"],
        hints: &["say it at the beginning of the prompt, without `--system`"],
        fix: Fix::DropSystem,
        ..RULE
    },
    DiagnosisRule {
        group: Group::StreamingUnsupported,
        codes: VALIDATION,
        patterns: &[
            "doesn't support tool use in streaming mode",
            "The model is unsupported for streaming",
            "doesn't support streaming",
        ],
        summary: &["{`model|'the model'} cannot stream"],
        hints: &["`--no-stream` asks for the answer in one piece"],
        fix: Fix::NoStreaming,
        ..RULE
    },
    DiagnosisRule {
        group: Group::ToolUseUnsupported,
        codes: VALIDATION,
        patterns: &["This model doesn't support tool use"],
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
        group: Group::ModalityUnsupported,
        codes: VALIDATION,
        patterns: &[
            "doesn't support the {modality=image|video|audio|document} field",
            "doesn't support the {modality=image|video|audio|document} content block",
            "doesn't support {modality=image|video|audio|document}s",
        ],
        summary: &["{`model|'the model'} takes no {modality}"],
        hints: &[
            "{?modality=image}`bedrock-ask models --region {region} --modality image` lists models that do",
            "{?modality=video}`bedrock-ask models --region {region} --modality video` lists models that do",
            "{?modality=document}send the text of the document as the prompt",
        ],
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
        patterns: &["doesn't support the {field} field. Remove", "doesn't support the {field} field"],
        summary: &["{`model|'the model'} does not take `{field}`"],
        hints: &["leave out `{field}`"],
        fix: Fix::DropField,
        ..RULE
    },
    DiagnosisRule {
        group: Group::MaxTokensAbove,
        codes: VALIDATION,
        patterns: &[
            "exceeds the model limit of {limit}. Try again",
            "exceeds the model limit of {limit}",
            "max_tokens: {}> {limit}, which is the maximum allowed number of output tokens",
        ],
        summary: &["{`model|'the model'} gives at most {limit} tokens"],
        hints: &["`--max-tokens {limit}`"],
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
        ],
        summary: &[
            "the prompt has {tokens} tokens, more than the {limit} that {`model|'the model'} takes",
            "the prompt does not fit into the {limit} tokens that {`model|'the model'} takes together with its answer",
            "the prompt is too long for {`model|'the model'}",
        ],
        hints: &[
            "shorten the prompt, or use a model with a larger context window: `bedrock-ask models --region {region}` shows them",
        ],
        ..RULE
    },
    DiagnosisRule {
        group: Group::TextBlank,
        codes: VALIDATION,
        patterns: &[
            "in the ContentBlock object at {place} is blank",
            "text content blocks must be non-empty",
            "text content blocks must contain non-whitespace text",
            "must contain non-whitespace text",
        ],
        summary: &["a text of the request is blank[, at `{place}`]"],
        hints: &["give every text block some text"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        codes: VALIDATION,
        patterns: &["A conversation must start with a user message"],
        summary: &["the conversation does not begin with a turn of the user"],
        hints: &["drop the turns before the first one of the user"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        codes: VALIDATION,
        patterns: &["does not support assistant message prefill"],
        summary: &["{`model|'the model'} does not take a conversation that ends with its own turn"],
        hints: &["drop the last turn, or add one of the user"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        codes: VALIDATION,
        patterns: &["tool result blocks cannot be provided in the same turn"],
        summary: &["a turn holds both text and tool results"],
        hints: &["put the tool results into a turn of their own"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ToolHistory,
        codes: VALIDATION,
        patterns: &["toolConfig field must be defined when using toolUse", "TOOL_CONFIG_MISSING"],
        summary: &["the conversation holds tool calls, and the request defines no tools"],
        hints: &["send the same `toolConfig` with every turn"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ToolHistory,
        codes: VALIDATION,
        patterns: &["Expected toolResult blocks at {place} for the following Ids"],
        summary: &["a tool call in the conversation has no result at `{place}`"],
        hints: &["answer every `toolUse` with a `toolResult` in the next turn, or drop both"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ToolHistory,
        codes: VALIDATION,
        patterns: &["number of toolResult blocks at {place} exceeds the number of toolUse blocks"],
        summary: &["the conversation has a tool result without its call, at `{place}`"],
        hints: &["drop `toolUse` and `toolResult` together when a conversation is shortened"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        codes: VALIDATION,
        patterns: &["required key [{key}] not found", "extraneous key [{extra}] is not permitted"],
        summary: &[
            "the request body lacks `{key}`: it is not in the form that this model takes",
            "the request body holds `{extra}`, which this model does not take",
        ],
        hints: &[
            "leave out `{extra}`",
            "Converse takes one form of body for all models: `bedrock-ask --model {model} --dry-run hello` shows it",
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
        group: Group::ParameterRefused,
        codes: VALIDATION,
        patterns: &["^{field}: Extra inputs are not permitted", "Extra inputs are not permitted"],
        summary: &[
            "{`model|'the model'} on Bedrock does not take `{field}`",
            "{`model|'the model'} on Bedrock does not take a field of the request",
        ],
        explanation: &["the field may be newer than what Bedrock serves"],
        hints: &["leave out `{field}`"],
        fix: Fix::DropField,
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["\"thinking.type.enabled\" is not supported for this model"],
        summary: &["{`model|'the model'} takes no thinking budget: it decides by itself how much to think"],
        hints: &["set `thinking.type` to `adaptive`, and say how much with `outputConfig.effort`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["max_tokens{}must be greater than{}thinking.budget_tokens"],
        summary: &["the thinking budget leaves no tokens for the answer"],
        hints: &["a `--max-tokens` above the thinking budget"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["temperature{}may only be set to 1 when thinking is enabled"],
        summary: &["`--temperature` does not go with thinking"],
        hints: &["leave out `--temperature`"],
        fix: Fix::Drop("inferenceConfig.temperature"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::ThinkingRefused,
        codes: VALIDATION,
        patterns: &["does not support the effort parameter", "doesn't support the effort parameter"],
        summary: &["{`model|'the model'} takes no effort"],
        hints: &["leave out `outputConfig.effort`"],
        fix: Fix::Drop("outputConfig.effort"),
        ..RULE
    },
    DiagnosisRule {
        group: Group::DocumentName,
        codes: VALIDATION,
        patterns: &["document file name can only contain"],
        summary: &["a document's name has characters that Bedrock does not take"],
        hints: &["letters, digits, single spaces, hyphens, parentheses and square brackets are taken: rename the file"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        codes: VALIDATION,
        patterns: &["image dimensions exceed max allowed size: {limit} pixels"],
        summary: &["an image is larger than {limit} pixels on a side"],
        hints: &["make it smaller: `magick IN.png -resize '{limit}x{limit}>' OUT.png`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        codes: VALIDATION,
        patterns: &["image exceeds {limit} maximum: {size} bytes"],
        summary: &["an image has {size} bytes, and at most {limit} are taken"],
        hints: &["make it smaller: `magick IN.png -resize 50% OUT.jpg`"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        codes: VALIDATION,
        patterns: &["Could not process image"],
        summary: &["an image could not be read: too small, damaged, or not of the format that was said"],
        hints: &["make it anew: `magick IN.png OUT.png`"],
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
        hints: &["`aws bedrock list-guardrails --region {region}` lists those of this Region"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::CountTokensUnsupported,
        codes: VALIDATION,
        patterns: &["doesn't support counting tokens"],
        summary: &["the tokens of {`model|'the model'} cannot be counted"],
        explanation: &["`CountTokens` takes plain model IDs only, and not those of the newest models"],
        hints: &["call it with `{foundation_model}`[ in {region}]"],
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
        ],
        summary: &["`{value}` is no value for `{member}`", "the value of `{member}` is not allowed"],
        hints: &["`{member}` takes {allowed}"],
        ..RULE
    },
    DiagnosisRule {
        group: Group::Validation,
        decisive_codes: &["ValidationException", "ValidationError", "BadRequestException", "SerializationException"],
        summary: &["AWS does not take the request as it is"],
        ..RULE
    },
];
