//! Recognises errors that another service returned, by the operation, the action, the service or the host in the text.

use super::line::one_line;
use crate::diagnosis::{Group, ModelAccess, rules};
use crate::exit_code::ExitCode;
use crate::model::failure::OtherService;

/// Operations of other services of AWS that often fail next to a call of Bedrock.
const OPERATIONS: &[(&str, &[&str])] = &[
    (
        "S3",
        &[
            "PutObject",
            "GetObject",
            "DeleteObject",
            "DeleteObjects",
            "HeadObject",
            "HeadBucket",
            "ListObjects",
            "ListObjectsV2",
            "ListBuckets",
            "CreateBucket",
            "DeleteBucket",
            "CopyObject",
            "CreateMultipartUpload",
            "UploadPart",
            "CompleteMultipartUpload",
            "GetBucketLocation",
            "GetBucketPolicy",
            "PutBucketPolicy",
            "ListObjectVersions",
        ],
    ),
    (
        "SSM",
        &["GetParameter", "GetParameters", "GetParametersByPath", "PutParameter", "DescribeParameters", "SendCommand"],
    ),
    (
        "DynamoDB",
        &[
            "PutItem",
            "GetItem",
            "UpdateItem",
            "DeleteItem",
            "Query",
            "Scan",
            "BatchGetItem",
            "BatchWriteItem",
            "DescribeTable",
            "CreateTable",
            "TransactWriteItems",
            "TransactGetItems",
        ],
    ),
    (
        "Lambda",
        &[
            "Invoke",
            "InvokeAsync",
            "InvokeWithResponseStream",
            "CreateFunction",
            "GetFunction",
            "UpdateFunctionCode",
            "UpdateFunctionConfiguration",
        ],
    ),
    (
        "ECR",
        &[
            "GetAuthorizationToken",
            "BatchGetImage",
            "BatchCheckLayerAvailability",
            "DescribeRepositories",
            "DescribeImages",
            "CreateRepository",
            "InitiateLayerUpload",
            "PutImage",
            "GetDownloadUrlForLayer",
        ],
    ),
    ("Secrets Manager", &["GetSecretValue", "CreateSecret", "DescribeSecret", "PutSecretValue", "ListSecrets"]),
    ("KMS", &["Decrypt", "Encrypt", "GenerateDataKey", "CreateGrant", "DescribeKey"]),
    ("SQS", &["SendMessage", "SendMessageBatch", "ReceiveMessage", "DeleteMessage", "GetQueueUrl", "CreateQueue"]),
    ("SNS", &["Publish", "Subscribe", "CreateTopic"]),
    (
        "CloudWatch Logs",
        &[
            "CreateLogGroup",
            "CreateLogStream",
            "PutLogEvents",
            "DescribeLogGroups",
            "DescribeLogStreams",
            "FilterLogEvents",
        ],
    ),
    ("CloudWatch", &["PutMetricData", "GetMetricData", "GetMetricStatistics"]),
    ("EC2", &["DescribeInstances", "RunInstances", "DescribeRegions", "DescribeVpcs", "DescribeSubnets"]),
    ("IAM", &["GetRole", "CreateRole", "AttachRolePolicy", "PutRolePolicy", "GetUser", "CreatePolicy", "ListRoles"]),
    ("Step Functions", &["StartExecution", "StartSyncExecution", "SendTaskSuccess"]),
    ("EventBridge", &["PutEvents", "PutRule"]),
    ("Kinesis", &["PutRecord", "PutRecords"]),
    ("CloudFormation", &["CreateStack", "UpdateStack", "DescribeStacks", "CreateChangeSet", "ExecuteChangeSet"]),
    ("SageMaker", &["InvokeEndpoint", "InvokeEndpointWithResponseStream", "CreateEndpoint", "DescribeEndpoint"]),
    ("Textract", &["DetectDocumentText", "AnalyzeDocument", "StartDocumentTextDetection"]),
    ("Athena", &["StartQueryExecution", "GetQueryResults"]),
    ("Cognito", &["InitiateAuth", "GetId", "GetCredentialsForIdentity"]),
    ("Service Quotas", &["ListServiceQuotas", "GetServiceQuota", "RequestServiceQuotaIncrease"]),
];

/// The names of services as prefixes of actions, in host names and in the names of packages.
const NAMES: &[(&str, &str)] = &[
    ("s3", "S3"),
    ("ssm", "SSM"),
    ("dynamodb", "DynamoDB"),
    ("lambda", "Lambda"),
    ("ecr", "ECR"),
    ("secretsmanager", "Secrets Manager"),
    ("secrets-manager", "Secrets Manager"),
    ("kms", "KMS"),
    ("sqs", "SQS"),
    ("sns", "SNS"),
    ("logs", "CloudWatch Logs"),
    ("cloudwatch-logs", "CloudWatch Logs"),
    ("cloudwatchlogs", "CloudWatch Logs"),
    ("cloudwatch", "CloudWatch"),
    ("ec2", "EC2"),
    ("iam", "IAM"),
    ("states", "Step Functions"),
    ("sfn", "Step Functions"),
    ("events", "EventBridge"),
    ("kinesis", "Kinesis"),
    ("cloudformation", "CloudFormation"),
    ("sagemaker", "SageMaker"),
    ("textract", "Textract"),
    ("athena", "Athena"),
    ("servicequotas", "Service Quotas"),
];

/// Services that are not AWS's, with what only their errors contain.
const PROVIDERS: &[(&str, &[&str])] = &[
    (
        "OpenAI",
        &[
            "api.openai.com",
            "platform.openai.com",
            "Incorrect API key provided",
            "exceeded your current quota, please check your plan and billing",
        ],
    ),
    ("Azure OpenAI", &["openai.azure.com", "invalid subscription key or wrong API endpoint"]),
    (
        "the Anthropic API",
        &[
            "api.anthropic.com",
            "console.anthropic.com",
            "invalid x-api-key",
            "credit balance is too low to access the Anthropic API",
            "\"request_id\":\"req_0",
            "\"request_id\": \"req_0",
            "'request_id': 'req_0",
        ],
    ),
    (
        "the Gemini API",
        &[
            "generativelanguage.googleapis.com",
            "aiplatform.googleapis.com",
            "API key not valid. Please pass a valid API key",
        ],
    ),
    ("OpenRouter", &["openrouter.ai/"]),
    ("Mistral AI", &["api.mistral.ai"]),
    ("Groq", &["api.groq.com"]),
    ("DeepSeek", &["api.deepseek.com"]),
    ("xAI", &["api.x.ai"]),
    ("Hugging Face", &["api-inference.huggingface.co", "router.huggingface.co"]),
];

/// What only a text about a call of Bedrock contains.
const BEDROCK: [&str; 12] = [
    "operation error Bedrock",
    "Service: Bedrock",
    "Service: AmazonBedrock",
    "perform: bedrock",
    "allows the bedrock",
    "arn:aws:bedrock:",
    "bedrock-runtime.",
    "bedrock-mantle.",
    "BedrockException",
    "BedrockError",
    "services.bedrockruntime",
    "@aws-sdk/client-bedrock",
];

/// Parts of the names of the operations of Bedrock, its agents and its knowledge bases.
const OWN_STEMS: [&str; 27] = [
    "Converse",
    "InvokeModel",
    "CountTokens",
    "Guardrail",
    "AsyncInvoke",
    "FoundationModel",
    "InferenceProfile",
    "CustomModel",
    "ImportedModel",
    "ModelInvocation",
    "ModelCustomization",
    "ModelImport",
    "ModelCopy",
    "EvaluationJob",
    "PromptRouter",
    "ProvisionedModelThroughput",
    "AutomatedReasoning",
    "MarketplaceModelEndpoint",
    "AdvancedPrompt",
    "UseCaseForModelAccess",
    "AccountDataRetention",
    "KnowledgeBase",
    "InvokeAgent",
    "InvokeInlineAgent",
    "InvokeFlow",
    "IngestionJob",
    "AgentAlias",
];

/// Operations of Bedrock without such a part, and those that give this program its credentials.
const OWN: [&str; 26] = [
    "TagResource",
    "UntagResource",
    "ListTagsForResource",
    "Retrieve",
    "RetrieveAndGenerate",
    "RetrieveAndGenerateStream",
    "Rerank",
    "OptimizePrompt",
    "CreatePrompt",
    "GetPrompt",
    "CreateFlow",
    "PrepareAgent",
    "CreateAgent",
    "GetAgent",
    "ListAgents",
    "CreateAgentActionGroup",
    "AssumeRole",
    "AssumeRoleWithWebIdentity",
    "AssumeRoleWithSAML",
    "GetCallerIdentity",
    "GetSessionToken",
    "GetFederationToken",
    "GetRoleCredentials",
    "CreateToken",
    "RegisterClient",
    "StartDeviceAuthorization",
];

/// The prefixes of actions that a call of Bedrock, or loading its credentials, can need.
const OWN_PREFIXES: [&str; 9] =
    ["bedrock", "sts", "sso", "signin", "aws-marketplace", "iam:PassRole", "kms", "account", "organizations"];

/// Returns the other service that returned the error with this message, if Bedrock did not return one.
pub(super) fn other_service(text: &str, message: &str) -> Option<OtherService> {
    let text = one_line(text);
    let calls = calls(&text);
    let is_bedrock = BEDROCK.iter().any(|mark| text.contains(mark)) || calls.iter().any(|(_, is_own)| *is_own);
    let about_models = rules::is_known_text_of(message, is_about_models);
    // The operation stands before the message. An operation that is not known can be a new one of Bedrock.
    let mut others = calls.iter().filter(|(call, is_own)| !is_own && (call.name.is_some() || !is_bedrock));
    let called_bedrock = calls.iter().any(|(_, is_own)| *is_own);
    let last = others.next_back().filter(|_| !called_bedrock && !about_models);
    if let Some((call, _)) = last {
        return Some(call.clone());
    }
    if is_bedrock || about_models {
        return None;
    }
    let provider = PROVIDERS.iter().find(|(_, marks)| marks.iter().any(|mark| text.contains(mark)));
    if let Some((name, _)) = provider {
        return Some(OtherService { name: Some((*name).to_owned()), ..OtherService::default() });
    }
    let name = service_of_host(message)?;
    Some(OtherService { name: Some(name.to_owned()), operation: None, is_aws: true })
}

/// Returns the text without the lines of errors of other services, if another line has an error of Bedrock.
pub(super) fn without_other_services(text: &str) -> Option<String> {
    let is_of = |line: &str, own: bool| {
        let calls = calls(line);
        !calls.is_empty() && calls.iter().all(|(_, is_own)| *is_own == own)
    };
    let has_own = text.lines().any(|line| is_of(line, true));
    let kept: Vec<&str> = text.lines().filter(|line| !is_of(line, false)).collect();
    (has_own && kept.len() < text.lines().count()).then(|| kept.join("\n"))
}

/// Whether an operation is one of Bedrock, or gives this program its credentials.
pub(super) fn is_own_operation(name: &str) -> bool {
    OWN.contains(&name) || OWN_STEMS.iter().any(|stem| name.contains(stem))
}

/// Returns every call that the text names, and whether it is one of Bedrock's.
fn calls(text: &str) -> Vec<(OtherService, bool)> {
    let mut calls = Vec::new();
    let after = |mark| text.match_indices(mark).map(|(at, mark): (_, &str)| (at, &text[at + mark.len()..]));
    for (at, rest) in after("when calling the ") {
        let rest = rest.trim_start();
        let operation = word(rest);
        let is_followed = rest[operation.len()..].trim_start().starts_with("operation");
        if !operation.is_empty() && is_followed {
            calls.push((at, call(None, Some(operation)), is_own_operation(operation)));
        }
    }
    for (at, rest) in after("operation error ") {
        let Some((service, rest)) = rest.split_once(": ").filter(|(name, _)| name.len() < 40) else { continue };
        let is_own = ["Bedrock", "STS", "SSO"].iter().any(|own| service.starts_with(own));
        calls.push((at, call(Some(service), Some(word(rest))), is_own));
    }
    for (at, rest) in after("(Service: ") {
        let service = rest.split([',', ';', ')']).next().unwrap_or_default().trim();
        let is_own = ["Bedrock", "Sts", "STS", "Security Token", "SecurityToken", "Sso", "SSO"];
        let is_own = is_own.iter().any(|own| service.contains(own));
        calls.push((at, call(Some(service.trim_start_matches("Amazon ")), None), is_own));
    }
    for (at, rest) in after("uthorized to perform: ") {
        let action = rest.split(char::is_whitespace).next().unwrap_or_default();
        let action = action.trim_end_matches(['.', ',', '"', '\'']);
        if let Some((prefix, operation)) = action.split_once(':') {
            let is_own = OWN_PREFIXES.iter().any(|own| action.starts_with(own));
            calls.push((at, call(Some(prefix), Some(operation)), is_own));
        }
    }
    for (at, rest) in ["@aws-sdk/client-", "awssdk.services.", "aws_sdk_"].into_iter().flat_map(after) {
        let name = rest.split(|c: char| !c.is_ascii_alphanumeric() && c != '-').next();
        // Packages of other names can be those of any code.
        if let Some(known) = name.and_then(service_named) {
            calls.push((at, call(Some(known), None), false));
        }
    }
    calls.sort_by_key(|(at, ..)| *at);
    calls.into_iter().map(|(_, call, is_own)| (call, is_own)).collect()
}

/// Creates a call; the name of the service follows from the operation if it is not given.
fn call(service: Option<&str>, operation: Option<&str>) -> OtherService {
    let by_name = |name: &str| service_named(name).unwrap_or(name).to_owned();
    let by_operation = || {
        let operation = operation?;
        OPERATIONS.iter().find(|(_, names)| names.contains(&operation)).map(|(name, _)| (*name).to_owned())
    };
    let name = service.filter(|name| !name.is_empty()).map(by_name).or_else(by_operation);
    let operation = operation.filter(|name| !name.is_empty()).map(str::to_owned);
    OtherService { name, operation, is_aws: true }
}

/// Returns the service with this name in actions, host names or packages.
fn service_named(name: &str) -> Option<&'static str> {
    NAMES.iter().find(|(id, _)| id.eq_ignore_ascii_case(name)).map(|(_, service)| *service)
}

/// Returns the letters and digits at the beginning.
fn word(text: &str) -> &str {
    let text = text.trim_start();
    &text[..text.find(|c: char| !c.is_ascii_alphanumeric()).unwrap_or(text.len())]
}

/// Returns the service of AWS whose host a message names, if it is a known one.
fn service_of_host(message: &str) -> Option<&'static str> {
    let hosts = message.split(|c: char| !c.is_ascii_alphanumeric() && !"-.".contains(c));
    let mut hosts = hosts.filter(|host| host.contains(".amazonaws.com"));
    hosts.find_map(|host| {
        let labels = || host.split('.');
        NAMES.iter().find(|(id, _)| labels().any(|label| label == *id)).map(|(_, name)| *name)
    })
}

/// Whether a group of errors is about models, so that only Bedrock returns it.
fn is_about_models(group: Group) -> bool {
    match group {
        Group::Denied
        | Group::DeniedIdentityPolicy
        | Group::DeniedServiceControlPolicy
        | Group::DeniedResourceControlPolicy
        | Group::DeniedBoundary
        | Group::DeniedSessionPolicy
        | Group::DeniedEndpointPolicy
        | Group::DeniedResourcePolicy
        | Group::RegionNotEnabled
        | Group::OtherEndpoint
        | Group::ResourceNotFound
        | Group::AccountBlocked
        | Group::Tls
        | Group::Unreadable
        | Group::UnknownOperation
        | Group::ParameterInvalid
        | Group::Validation => false,
        other => other.model_access() != ModelAccess::Undecided || other.exit_code() == ExitCode::Failure,
    }
}
