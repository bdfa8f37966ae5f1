//! Errors as other tools print them.

mod cutting;
mod naming;
mod origin;

use super::*;
use crate::diagnosis::{FailureContext, Group, diagnose};
use crate::model::region::Region;
use proptest::prelude::*;

fn group(text: &str) -> Group {
    diagnose(&failure_from_text(text).0, &FailureContext::default()).group
}

fn read(text: &str) -> (Option<String>, Option<u16>, String) {
    let (failure, _) = failure_from_text(text);
    (failure.code, failure.status, failure.message)
}

const ON_DEMAND: &str = "Invocation of model ID anthropic.claude-sonnet-4-6 with on-demand throughput isn\u{2019}t supported. Retry \
                         your request with the ID or ARN of an inference profile that contains this model.";

#[test]
fn boto3_with_a_traceback_is_understood() {
    let text = format!(
        "Traceback (most recent call last):\n  File \"/app/ask.py\", line 3, in <module>\n    client.converse(modelId=m)\n\
         botocore.errorfactory.ValidationException: An error occurred (ValidationException) when calling the Converse operation: {ON_DEMAND}"
    );
    let (failure, details) = failure_from_text(&text);
    assert_eq!(failure.code.as_deref(), Some("ValidationException"));
    assert_eq!(failure.operation, Some("Converse"));
    assert_eq!(failure.message, ON_DEMAND);
    assert_eq!(details.model.as_deref(), Some("anthropic.claude-sonnet-4-6"));
    assert_eq!(group(&text), Group::OnDemandUnsupported);
}

#[test]
fn the_retries_that_boto3_counts_are_attempts() {
    let text = "An error occurred (ThrottlingException) when calling the ConverseStream operation (reached max retries: 4): \
                Too many tokens, please wait before trying again.";
    assert_eq!(failure_from_text(text).0.attempts, 5);
    assert_eq!(group(text), Group::ThrottledTokens);
}

#[test]
fn the_command_line_of_amazon_is_understood_old_and_new() {
    for prefix in ["\n", "\naws: [ERROR]: ", "\u{1b}[31maws: [ERROR]:\u{1b}[0m "] {
        let text = format!(
            "{prefix}An error occurred (ValidationException) when calling the Converse operation: Operation not allowed\n"
        );
        assert_eq!(group(&text), Group::AccountBlocked, "{prefix:?}");
    }
    assert_eq!(group("\naws: [ERROR]: The config profile (staging) could not be found\n"), Group::ProfileNotFound);
    assert_eq!(
        group("Unable to locate credentials. You can configure credentials by running \"aws configure\"."),
        Group::CredentialsMissing
    );
}

#[test]
fn javascript_is_understood() {
    let text = "ValidationException: The provided model identifier is invalid.\n    at de_ValidationExceptionRes (/app/node_modules/x.js:1:2)\n    \
                at process.processTicksAndRejections {\n  '$fault': 'client',\n  '$metadata': {\n    httpStatusCode: 400,\n    \
                requestId: '1f2e3d4c-0000-4000-8000-abcdefabcdef',\n    attempts: 1,\n    totalRetryDelay: 0\n  }\n}";
    let (failure, _) = failure_from_text(text);
    assert_eq!(failure.message, "The provided model identifier is invalid.");
    assert_eq!((failure.status, failure.attempts), (Some(400), 1));
    assert_eq!(failure.request_id.as_deref(), Some("1f2e3d4c-0000-4000-8000-abcdefabcdef"));
    assert_eq!(group(text), Group::IdentifierInvalid);
    assert_eq!(
        group("CredentialsProviderError: Could not load credentials from any providers\n    at x"),
        Group::CredentialsMissing
    );
}

#[test]
fn java_is_understood() {
    let text = "Exception in thread \"main\" software.amazon.awssdk.services.bedrockruntime.model.ValidationException: This model doesn't \
                support the stopSequences field. Remove stopSequences and try again. (Service: BedrockRuntime, Status Code: 400, Request ID: \
                1f2e3d4c-0000-4000-8000-abcdefabcdef) (SDK Attempt Count: 1)\n\tat software.amazon.awssdk.X(Y.java:1)";
    let (failure, details) = failure_from_text(text);
    assert_eq!(
        failure.message,
        "This model doesn't support the stopSequences field. Remove stopSequences and try again."
    );
    assert_eq!((failure.code.as_deref(), failure.status), (Some("ValidationException"), Some(400)));
    assert_eq!(failure.request_id.as_deref(), Some("1f2e3d4c-0000-4000-8000-abcdefabcdef"));
    assert_eq!((group(text), details.model), (Group::ParameterRefused, None));
}

#[test]
fn the_older_java_puts_the_code_behind_the_message() {
    let text = "com.amazonaws.services.bedrockruntime.model.AmazonBedrockRuntimeException: Operation not allowed (Service: \
                AmazonBedrockRuntime; Status Code: 400; Error Code: ValidationException; Request ID: \
                1f2e3d4c-0000-4000-8000-abcdefabcdef; Proxy: null)";
    assert_eq!(read(text), (Some("ValidationException".to_owned()), Some(400), "Operation not allowed".to_owned()));
}

#[test]
fn go_is_understood() {
    let text = "operation error Bedrock Runtime: Converse, exceeded maximum number of attempts, 3, https response error StatusCode: 503, \
                RequestID: 1f2e3d4c-0000-4000-8000-abcdefabcdef, ServiceUnavailableException: Too many connections, please wait before trying again.";
    let (failure, _) = failure_from_text(text);
    assert_eq!((failure.operation, failure.status, failure.attempts), (Some("Converse"), Some(503), 3));
    assert_eq!(failure.message, "Too many connections, please wait before trying again.");
    assert_eq!(group(text), Group::ThrottledConnections);
    let text = "operation error Bedrock Runtime: Converse, https response error StatusCode: 403, RequestID: x, api error \
                AccessDeniedException: You don't have access to the model with the specified model ID.";
    assert_eq!(group(text), Group::AccessDeniedModel);
    let text = "operation error Bedrock Runtime: Converse, get identity: get credentials: failed to refresh cached credentials, x";
    assert_eq!(group(text), Group::SsoExpired);
}

#[test]
fn the_debug_output_of_rust_is_understood() {
    let text = "Error: ServiceError(ServiceError { source: ResourceNotFoundException(ResourceNotFoundException { message: Some(\"This model \
                version has reached the end of its life. \\\"x\\\"\"), meta: ErrorMetadata { code: Some(\"ResourceNotFoundException\"), message: \
                Some(\"This model version has reached the end of its life. \\\"x\\\"\"), extras: Some({\"request_id\": \
                \"1f2e3d4c-0000-4000-8000-abcdefabcdef\"}) } }), raw: Response { status: StatusCode(404), headers: Headers {} } })";
    let (failure, _) = failure_from_text(text);
    assert_eq!(failure.message, "This model version has reached the end of its life. \"x\"");
    assert_eq!((failure.code.as_deref(), failure.status), (Some("ResourceNotFoundException"), Some(404)));
    assert_eq!(failure.request_id.as_deref(), Some("1f2e3d4c-0000-4000-8000-abcdefabcdef"));
    assert_eq!(group(text), Group::EndOfLife);
}

#[test]
fn wrappers_around_an_sdk_are_looked_through() {
    let litellm = "litellm.BadRequestError: BedrockException - {\"message\":\"The provided model identifier is invalid.\"}\n\
                   Received Model Group=claude\nAvailable Model Group Fallbacks=None";
    assert_eq!(read(litellm), (None, None, "The provided model identifier is invalid.".to_owned()));
    let anthropic =
        "anthropic.BadRequestError: Error code: 400 - {'message': \"This model doesn't support tool use.\"}";
    assert_eq!(read(anthropic), (None, Some(400), "This model doesn't support tool use.".to_owned()));
    let langchain = "ValueError: Error raised by bedrock service: An error occurred (AccessDeniedException) when calling the InvokeModel \
                     operation: You don't have access to the model with the specified model ID.";
    assert_eq!(group(langchain), Group::AccessDeniedModel);
}

#[test]
fn bare_bodies_are_understood() {
    assert_eq!(group(r#"{"Message":"Bearer Token has expired"}"#), Group::ApiKeyExpired);
    assert_eq!(
        group(r#"{"__type":"com.amazon.coral.service#UnrecognizedClientException","message":"?"}"#),
        Group::CredentialsInvalid
    );
    assert_eq!(
        group(r#"{"type":"error","error":{"type":"overloaded_error","message":"Overloaded"}}"#),
        Group::Capacity
    );
    assert_eq!(
        group(
            r#"{"errorCode":400,"errorMessage":"Tool use is not supported for batch inference Converse requests.","expired":false}"#
        ),
        Group::BatchUnsupported
    );
}

#[test]
fn our_own_output_and_what_a_terminal_has_wrapped_are_understood() {
    for (aws, request_id, hint) in
        [("  aws: ", "  aws: request ID: ", " hint: "), ("cause: ", "cause: request ID: ", "hint: ")]
    {
        let own = format!(
            "error: `x` cannot be invoked from eu-west-1\n{aws}ValidationException: The provided model \
             identifier is invalid.\n{request_id}1f2e3d4c-0000-4000-8000-abcdefabcdef\ncause: so it went elsewhere\n\n\
             {hint}use `y`"
        );
        let (failure, details) = failure_from_text(&own);
        assert_eq!(failure.message, "The provided model identifier is invalid.");
        assert_eq!(failure.code.as_deref(), Some("ValidationException"));
        assert_eq!(failure.request_id.as_deref(), Some("1f2e3d4c-0000-4000-8000-abcdefabcdef"));
        assert_eq!(details.model, None);
    }
    assert_eq!(group("The provided model\n   identifier is\n   invalid."), Group::IdentifierInvalid);
    assert_eq!(group("Some prose\nToken has expired and refresh failed\nbye"), Group::SsoExpired);
}

#[test]
fn a_denied_destination_is_not_taken_for_the_source_region() {
    let text = "User: arn:aws:sts::111122223333:assumed-role/dev/me is not authorized to perform: bedrock:InvokeModel on resource: \
                arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6 because no identity-based policy allows the action";
    let (_, details) = failure_from_text(text);
    assert_eq!(details.region, None);
    assert_eq!(details.model.as_deref(), Some("anthropic.claude-sonnet-4-6"));
}

#[test]
fn models_and_regions_are_found_where_they_stand() {
    let in_text = |text: &str| failure_from_text(text).1;
    let profile = in_text(
        "on resource: arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-lite-v1:0 because",
    );
    assert_eq!(profile.model.as_deref(), Some("eu.amazon.nova-lite-v1:0"));
    assert_eq!(profile.region, Region::named("eu-west-1"));
    let application = in_text("arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123");
    assert_eq!(
        application.model.as_deref(),
        Some("arn:aws:bedrock:eu-west-1:111122223333:application-inference-profile/abc123")
    );
    let url = in_text(
        "Could not connect to the endpoint URL: \"https://bedrock-runtime.ap-south-1.amazonaws.com/model/x/converse\"",
    );
    assert_eq!((url.region, url.model), (Region::named("ap-south-1"), None));
    assert_eq!(
        in_text("model=bedrock/us.anthropic.claude-opus-4-6-v1:0").model.as_deref(),
        Some("us.anthropic.claude-opus-4-6-v1:0")
    );
    assert_eq!(in_text("see https://www.anthropic.com/supported-countries").model, None);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(100))]

    #[test]
    fn any_text_gives_a_failure(text in ".{0,300}") {
        failure_from_text(&text);
    }

    #[test]
    fn any_heap_of_fragments_gives_a_failure(pieces in prop::collection::vec(prop::sample::select(vec![
        "An error occurred (", "ValidationException", ") when calling the ", "operation", ": ", "{\"message\":", "\"é", "'message': ", "'",
        "code: Some(\"", "message: Some(\"", "\\", "\n\n", "Status Code: ", "99999", "arn:aws:bedrock:", "::", "inference-profile/", "\u{1b}[", "ü",
        " (Service: ", "requestId: '", "reached max retries: ", "User: ", "is not authorized to perform: ", "4294967295", "{", "}", "`",
    ]), 0..12)) {
        let (failure, _) = failure_from_text(&pieces.concat());
        diagnose(&failure, &FailureContext::default());
    }
}
