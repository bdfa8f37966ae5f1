//! Rules for errors that a tool or library raised before anything was sent: too old, not installed, called wrongly.

use super::{DiagnosisRule, RULE};
use crate::diagnosis::group::Group;

/// The defaults of every rule here.
const OTHER_TOOL: DiagnosisRule = DiagnosisRule { group: Group::OtherToolUsage, ..RULE };

pub(super) const RULES: &[DiagnosisRule] = &[
    DiagnosisRule {
        patterns: &[
            "Unknown service: 'bedrock",
            "has no attribute 'converse",
            "has no attribute 'count_tokens",
            "Invalid choice: 'converse",
            "Invalid choice: 'bedrock",
            "argument operation: Invalid choice",
            "argument command: Invalid choice",
            "ConverseCommand is not a constructor",
            "ConverseStreamCommand is not a constructor",
            "export named 'Converse",
            "converse is not a function",
            "has no attribute 'invoke_model",
        ],
        summary: &["the AWS SDK or the AWS CLI is too old for this call"],
        explanation: &["nothing was sent: Converse needs boto3 1.34.116 or later, `bedrock-runtime` 1.28.57 or later"],
        hints: &[
            "upgrade it: `pip install --upgrade boto3`, `npm install @aws-sdk/client-bedrock-runtime@latest`, or the AWS CLI to its latest version 2",
            "in AWS Lambda and in notebooks an older boto3 may come first: `python -c 'import boto3; print(boto3.__version__, boto3.__file__)'` shows which one",
        ],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &[
            "Unknown parameter in input: \"{field}\", must be one of: {}",
            "Unknown parameter in {}: \"{field}\", must be one of",
        ],
        summary: &[
            "boto3 does not support the parameter `{field}`, so it sent nothing",
            "boto3 does not take the request: nothing was sent",
        ],
        hints: &[
            "{?field=tools}Converse takes tools in `toolConfig`",
            "{?field=tool_choice}Converse takes the choice of a tool in `toolConfig`",
            "Converse takes `messages`, `system`, `inferenceConfig`, `toolConfig` and `additionalModelRequestFields`: `bedrock-ask --model {model|'MODEL'} --dry-run hello` shows the request",
            "a newer boto3 may support the parameter: `pip install --upgrade boto3`",
        ],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &[
            "Missing required parameter in input: \"{field}\"",
            "Missing required parameter in {place}: \"{field}\"",
        ],
        summary: &[
            "`{place}` has no `{field}`, so boto3 sent nothing",
            "the request has no `{field}`, so boto3 sent nothing",
        ],
        hints: &["add `{field}`: {`example}"],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &[
            "Invalid type for parameter {field}, value: {}, type: <class '{type}'>, valid types: <class '{valid}'>",
            "Invalid type for parameter {field}, value",
        ],
        summary: &[
            "`{field}` is of type `{type}`, but must be `{valid}`, so boto3 sent nothing",
            "`{field}` has the wrong type, so boto3 sent nothing",
        ],
        hints: &["write it like this: {`example}"],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &[
            "Invalid length for parameter {field}, value: {value}, valid min length: {least}",
            "Invalid length for parameter {field}, value",
        ],
        summary: &["the length of `{field}` is not allowed, so boto3 sent nothing"],
        hints: &[
            "`{field}` has the length {value}, but needs at least {least}; is the variable that it is set from empty?",
            "{!least}change the length of `{field}`",
        ],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &[
            "Invalid range for parameter {field}, value: {value}, valid",
            "Invalid range for parameter {field}, value",
        ],
        summary: &[
            "`{value}` is not allowed for `{field}`, so boto3 sent nothing",
            "the value of `{field}` is not allowed, so boto3 sent nothing",
        ],
        hints: &["change `{field}`: the message names the range"],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &["Parameter validation failed"],
        summary: &["boto3 rejected the request and sent nothing"],
        hints: &["Converse takes a request of this form: {`example}"],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &["LLM Provider NOT provided"],
        summary: &["LiteLLM does not know the provider of the model, and sent nothing"],
        hints: &["put `bedrock/` before the model ID: `bedrock/{model|'MODEL'}`"],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &["Model provider should be supplied when passing a model ARN"],
        summary: &["LangChain cannot derive the provider of the model from an ARN, and sent nothing"],
        hints: &["pass `provider`, such as `provider=\"anthropic\"`, with the ARN"],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &[
            "Missing boto3 to call bedrock",
            "Could not import boto3",
            "No module named 'boto3'",
            "Cannot find module '@aws-sdk/client-bedrock",
            "Missing Dependency: Using the login credential provider",
            "pip install botocore[crt]",
            "pip install \"botocore[crt]\"",
        ],
        summary: &["a library that the tool needs for Bedrock is missing"],
        hints: &[
            "install it: `pip install --upgrade {'boto3[crt]'}`, or `npm install @aws-sdk/client-bedrock-runtime`",
        ],
        ..OTHER_TOOL
    },
    DiagnosisRule {
        patterns: &["Unknown options: --max-results"],
        summary: &[
            "`aws bedrock list-foundation-models` does not support `--max-results`, so the models were not listed",
        ],
        hints: &["`bedrock-ask models[ --region {region}]` lists the models that can be invoked"],
        ..OTHER_TOOL
    },
];
