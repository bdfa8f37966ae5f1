//! Rules for the turns of a conversation and what they hold: text, documents, images, tool calls.

use super::{DiagnosisRule, INVALID_REQUEST};
use crate::diagnosis::group::Group;

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        group: Group::ModalityUnsupported,
        patterns: &[
            "doesn't support the {modality=image|video|audio|document} field",
            "doesn't support the {modality=image|video|audio|document} content block",
            "doesn't support {modality=image|video|audio|document}s",
            "does not support the {modality=image|video|audio|document} field",
            "does not support {modality=image|video|audio|document} input",
            "doesn't support {modality=image|video|audio|document} input",
        ],
        summary: &["{`model|'the model'} does not support {modality} input"],
        hints: &[
            "{?modality=image}`bedrock-ask models[ --region {region}] --modality image` lists the models that do",
            "{?modality=video}`bedrock-ask models[ --region {region}] --modality video` lists the models that do",
            "{?modality=document}send the text of the document as the prompt",
            "{?modality=audio}use a model that supports audio, or send a transcript as the prompt",
        ],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::TextBlank,
        patterns: &[
            "Block object at {place} is blank",
            "Block object at {place} is empty",
            "Message object at {place} is empty",
            "field at {place} is blank",
            "content blocks must be non-empty",
            "must contain non-whitespace text",
            "messages must have non-empty content",
        ],
        summary: &["a text block of the request is blank[, at `{place}`]"],
        hints: &["add text to every text block"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        patterns: &["final assistant content cannot end with trailing whitespace"],
        summary: &["the last message, which is the assistant's, ends in white space"],
        hints: &["remove the white space at its end"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        patterns: &[
            "Expected `thinking` or `redacted_thinking`, but found",
            "final `assistant` message must start with a thinking block",
        ],
        summary: &["an earlier response was sent back without its reasoning"],
        hints: &["send the `reasoningContent` blocks of earlier responses back unchanged, or turn thinking off"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        patterns: &[
            "conversation must start with a user message",
            "first message must use the {}user{} role",
            "first message must be from the user",
        ],
        summary: &["the conversation does not begin with a user message"],
        hints: &["remove the messages before the first user message"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        patterns: &["must alternate between", "roles must alternate", "turns must alternate"],
        summary: &["two consecutive messages have the same role"],
        hints: &["merge consecutive messages of the same role, so that `user` and `assistant` alternate"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        patterns: &[
            "support assistant message prefill",
            "conversation must end with a user message",
            "last turn must be a user message",
            "last turn in a conversation must be a user message",
        ],
        summary: &["{`model|'the model'} does not support a conversation that ends with an assistant message"],
        hints: &["remove the last message, or add a user message"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ConversationOrder,
        patterns: &["cannot be provided in the same turn"],
        summary: &["a message contains both text and tool results"],
        hints: &["put the tool results into a separate message"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ToolHistory,
        patterns: &["toolConfig field must be defined when using toolUse", "TOOL_CONFIG_MISSING"],
        summary: &["the conversation contains tool calls, but the request defines no tools"],
        hints: &["send the same `toolConfig` with every request"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ToolHistory,
        patterns: &[
            "Expected toolResult blocks at {place} for the following Ids",
            "`tool_use` ids were found without `tool_result` blocks",
            "tool_use ids were found without tool_result blocks",
        ],
        summary: &["a tool call in the conversation has no result[ at `{place}`]"],
        hints: &["add a `toolResult` for every `toolUse` to the next message, or remove both"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::ToolHistory,
        patterns: &[
            "number of toolResult blocks at {place} exceeds the number of toolUse blocks",
            "unexpected `tool_use_id` found in `tool_result` blocks",
            "unexpected tool_use_id found in tool_result blocks",
        ],
        summary: &["the conversation has a tool result without a tool call[, at `{place}`]"],
        hints: &["remove `toolUse` and `toolResult` together when you shorten a conversation"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::DocumentName,
        patterns: &["document file name can only contain", "document name can only contain"],
        summary: &["the name of a document has characters that are not allowed"],
        hints: &[
            "rename the file: letters, digits, single spaces, hyphens, parentheses and square brackets are allowed",
        ],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        patterns: &["image dimensions exceed max allowed size: {limit} pixels"],
        summary: &["an image is larger than {limit} pixels on a side"],
        hints: &["make it smaller: `magick IN.png -resize '{limit}x{limit}>' OUT.png`"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        patterns: &["image exceeds {limit} maximum: {size} bytes"],
        summary: &["an image has {size} bytes, but at most {limit} are allowed"],
        hints: &["make it smaller: `magick IN.png -resize 50% OUT.jpg`"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        patterns: &["Could not process image", "image could not be processed"],
        summary: &["an image could not be processed: it is too small, damaged, or not in the declared format"],
        hints: &["convert it again: `magick IN.png OUT.png`"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        patterns: &["PDF specified was not valid", "Could not process PDF"],
        summary: &["a PDF could not be processed: it is damaged, encrypted, or not a PDF"],
        hints: &["write it again: `qpdf --decrypt IN.pdf OUT.pdf`"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        patterns: &["A text block must be included when using documents"],
        summary: &["a document needs a text block in the same message"],
        hints: &["send a prompt with the document"],
        ..INVALID_REQUEST
    },
    DiagnosisRule {
        group: Group::MediaLimit,
        patterns: &["Unsupported document format. Only txt and pdf"],
        summary: &["citations are supported only for text and PDF documents"],
        hints: &["turn citations off, or convert the document to PDF"],
        ..INVALID_REQUEST
    },
];
