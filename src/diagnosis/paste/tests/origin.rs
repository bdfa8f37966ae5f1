//! Where a pasted error comes from: another service, a page of a proxy, the program itself, a tool with settings of its own.

use super::*;
use crate::diagnosis::Diagnosis;
use crate::model::failure::OtherService;

fn found(text: &str) -> Diagnosis {
    diagnose(&failure_from_text(text).0, &FailureContext::default())
}

fn hints(text: &str) -> String {
    found(text).message.hints.join("\n")
}

/// Errors of other services, with the service and the operation.
const OF_OTHERS: &[(&str, &str, &str)] = &[
    ("An error occurred (AccessDenied) when calling the PutObject operation: Access Denied", "S3", "PutObject"),
    ("An error occurred (AccessDenied) when calling the \u{3000}\u{3000}Scan operation: no", "DynamoDB", "Scan"),
    (
        "An error occurred (AccessDenied) when calling the PutObject operation: User: arn:aws:sts::111122223333:assumed-role/dev/me \
         is not authorized to perform: s3:PutObject on resource: \"arn:aws:s3:::my-bedrock-bucket/x\" because no identity-based \
         policy allows the s3:PutObject action",
        "S3",
        "PutObject",
    ),
    (
        "User: arn:aws:sts::111122223333:assumed-role/dev/me is not authorized to perform: s3:PutObject on resource: \
         arn:aws:s3:::bucket because no identity-based policy allows the s3:PutObject action",
        "S3",
        "PutObject",
    ),
    (
        "botocore.exceptions.ClientError: An error occurred (AccessDeniedException) when calling the GetParameter operation: User: \
         me is not authorized to perform: ssm:GetParameter on resource: arn:aws:ssm:us-east-1:111122223333:parameter/x because no \
         identity-based policy allows the ssm:GetParameter action",
        "SSM",
        "GetParameter",
    ),
    (
        "An error occurred (ThrottlingException) when calling the GetParameter operation (reached max retries: 4): Rate exceeded",
        "SSM",
        "GetParameter",
    ),
    (
        "An error occurred (ValidationException) when calling the PutItem operation: One or more parameter values were invalid",
        "DynamoDB",
        "PutItem",
    ),
    (
        "An error occurred (ResourceNotFoundException) when calling the GetItem operation: Requested resource not found",
        "DynamoDB",
        "GetItem",
    ),
    (
        "An error occurred (TooManyRequestsException) when calling the Invoke operation (reached max retries: 4): Rate Exceeded.",
        "Lambda",
        "Invoke",
    ),
    (
        "An error occurred (AccessDeniedException) when calling the GetAuthorizationToken operation: User: me is not authorized to \
         perform: ecr:GetAuthorizationToken on resource: * because no identity-based policy allows the action",
        "ECR",
        "GetAuthorizationToken",
    ),
    (
        "An error occurred (ResourceNotFoundException) when calling the GetSecretValue operation: Secrets Manager can't find the \
         specified secret.",
        "Secrets Manager",
        "GetSecretValue",
    ),
    (
        "operation error S3: PutObject, https response error StatusCode: 403, RequestID: x, HostID: y, api error AccessDenied: \
         Access Denied",
        "S3",
        "PutObject",
    ),
    (
        "software.amazon.awssdk.services.s3.model.S3Exception: Access Denied (Service: S3, Status Code: 403, Request ID: ABCDEF)",
        "S3",
        "",
    ),
    (
        "AccessDenied: Access Denied\n    at throwDefaultError (/app/node_modules/@aws-sdk/client-s3/dist-cjs/index.js:1:2)",
        "S3",
        "",
    ),
    (
        "openai.AuthenticationError: Error code: 401 - {'error': {'message': 'Incorrect API key provided: sk-abc. You can find your \
         API key at https://platform.openai.com/account/api-keys.', 'type': 'invalid_request_error', 'code': 'invalid_api_key'}}",
        "OpenAI",
        "",
    ),
    (
        "anthropic.AuthenticationError: Error code: 401 - {'type': 'error', 'error': {'type': 'authentication_error', 'message': \
         'invalid x-api-key'}}",
        "the Anthropic API",
        "",
    ),
    ("Could not connect to the endpoint URL: \"https://s3.us-east-11.amazonaws.com/bucket\"", "S3", ""),
];

#[test]
fn an_error_of_another_service_is_not_taken_for_one_of_bedrock() {
    for (text, service, operation) in OF_OTHERS {
        let (failure, _) = failure_from_text(text);
        let other = failure.pasted.and_then(|pasted| pasted.other_service).unwrap_or_else(|| panic!("{text}"));
        let names = (other.name.as_deref(), other.operation.as_deref().unwrap_or_default());
        assert_eq!(names, (Some(*service), *operation), "{text}");
        let found = found(text);
        assert_eq!((found.group, found.exit_code.code()), (Group::OtherService, 1), "{text}");
        assert!(found.message.summary.contains(service) && !found.message.hints.is_empty(), "{text}");
        assert!(!found.message.hints.join("\n").contains("iam-policy"), "{text}");
    }
    let unknown = found("An error occurred (AccessDenied) when calling the DescribeWidgets operation: no");
    assert_eq!(
        unknown.message.summary,
        "this error is from `DescribeWidgets`, which is not an operation of Amazon Bedrock"
    );
}

#[test]
fn an_error_of_bedrock_beside_that_of_another_service_wins() {
    let s3 = "An error occurred (AccessDenied) when calling the PutObject operation: Access Denied";
    let bedrock = "An error occurred (ValidationException) when calling the Converse operation: The provided model identifier is invalid.";
    let without_operation = "ValidationException: The provided model identifier is invalid.";
    for text in [
        format!("{s3}\n{bedrock}"),
        format!("{bedrock}\n{s3}"),
        format!("{bedrock} {s3}"),
        format!("{s3}; {bedrock}"),
        format!("{s3}\n{without_operation}"),
        format!("{without_operation}\n\n{s3}"),
        format!("https://api.openai.com/v1 is not used here\n{bedrock}"),
    ] {
        assert_eq!(group(&text), Group::IdentifierInvalid, "{text}\n{:?}", failure_from_text(&text));
    }
}

#[test]
fn operations_of_bedrock_and_those_that_give_its_credentials_are_its_own() {
    for (text, group) in [
        ("An error occurred (AccessDeniedException) when calling the InvokeAgent operation: no", Group::Denied),
        ("An error occurred (AccessDeniedException) when calling the RetrieveAndGenerate operation: no", Group::Denied),
        ("An error occurred (AccessDenied) when calling the AssumeRole operation: no", Group::RoleNotAssumed),
        (
            "An error occurred (AccessDeniedException) when calling the CreateModelInvocationJob operation: User: me is not \
             authorized to perform: iam:PassRole on resource: arn:aws:iam::111122223333:role/batch",
            Group::Denied,
        ),
        (
            "An error occurred (AccessDeniedException) when calling the Converse operation: User: me is not authorized to \
             perform: kms:Decrypt on resource: arn:aws:kms:us-east-1:111122223333:key/x because no identity-based policy \
             allows the kms:Decrypt action",
            Group::DeniedIdentityPolicy,
        ),
        (
            "An error occurred (SomethingNew) when calling the StartDreaming operation: User: me is not authorized to perform: \
             bedrock:StartDreaming",
            Group::Denied,
        ),
        ("operation error Bedrock Runtime: Converse, api error AccessDeniedException: no", Group::Denied),
        (
            "operation error SSO: GetRoleCredentials, UnauthorizedException: Session token not found or invalid",
            Group::SsoRegion,
        ),
    ] {
        assert_eq!(super::group(text), group, "{text}");
    }
}

#[test]
fn credentials_are_the_cause_with_every_service_and_the_service_is_named() {
    let text = "An error occurred (ExpiredToken) when calling the PutObject operation: The provided token has expired.";
    let found = found(text);
    assert_eq!(found.group, Group::CredentialsExpired);
    let cause = "the failed call was `PutObject` of S3, not a call to Amazon Bedrock";
    assert!(found.message.causes.iter().any(|known| known == cause), "{found:?}");
    let other = OtherService { name: Some("S3".to_owned()), operation: Some("PutObject".to_owned()), is_aws: true };
    assert_eq!(failure_from_text(text).0.pasted.unwrap().other_service, Some(other));
}

#[test]
fn an_entry_of_a_log_that_follows_without_a_blank_does_not_belong_to_the_message() {
    for entry in [
        "2026-11-01 INFO next request",
        "2026-11-01T10:00:00Z next",
        "2026/11/01 10:00:00 next",
        "[2026-11-01 10:00:00,123] next",
        "INFO:root:next",
        "[ERROR] next",
        "WARN  next",
    ] {
        let text =
            format!("An error occurred (AccessDenied) when calling the Converse operation: Access Denied{entry}");
        let (failure, _) = failure_from_text(&text);
        assert_eq!(failure.message, "Access Denied", "{text}");
    }
    for text in ["anthropic_version: bedrock-2023-05-31 is wrong", "use gpt-4o-2024-08-06 here, error"] {
        assert_eq!(failure_from_text(text).0.message, text);
    }
}

#[test]
fn a_code_that_is_only_mentioned_is_not_the_error() {
    for text in [
        "KeyError: 'no ThrottlingException in comments'",
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\n    x = d['k']  # ThrottlingException in comments\nKeyError: 'k'",
        "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\n    except client.exceptions.ThrottlingException:\nAttributeError: 'X' object has no attribute 'exceptions'",
        "NameError: name 'ThrottlingException' is not defined",
        "TypeError: ThrottlingException is not a constructor",
        "Runtime.ImportModuleError: ThrottlingException is not exported",
        "ImportError: cannot import name 'ThrottlingException' from 'botocore.exceptions'",
        "AssertionError: expected ThrottlingException, got None",
        "    retry(); // on ThrottlingException, wait\nReferenceError: retry is not defined",
        "} catch (ThrottlingException e) {\nerror: cannot find symbol",
    ] {
        assert_eq!(group(text), Group::Unknown, "{text}");
    }
    let text = "Traceback (most recent call last):\n  File \"/app/a.py\", line 3, in f\n    except ThrottlingException:\n\
                botocore.errorfactory.AccessDeniedException: An error occurred (AccessDeniedException) when calling the Converse operation: no";
    assert_eq!(group(text), Group::Denied);
    assert_eq!(group("RuntimeError: ThrottlingException: slow down"), Group::ThrottledRequests);
}

#[test]
fn a_page_of_a_proxy_or_firewall_is_not_a_response_of_bedrock() {
    for text in [
        "<html>\n<head><title>403 Forbidden</title></head>\n<body>\n<center><h1>403 Forbidden</h1></center>\n<hr><center>nginx</center>\n</body>\n</html>",
        "<!DOCTYPE html><html><head><title>Access Denied</title></head><body>Request blocked by the firewall (WAF)</body></html>",
        "Error code: 403 - <html><head><title>403 Forbidden</title></head></html>",
        "openai.PermissionDeniedError: <html>\n<head><title>403 Forbidden</title></head>\n<body><h1>403 Forbidden</h1></body></html>",
        "HTTP/1.1 200 OK\ncontent-type: text/html\n\n<html><head><title>Sign in to the network</title></head></html>",
        "<html><head><title>ERROR</title></head><body>The following error was encountered: Connection refused</body></html>",
    ] {
        let found = found(text);
        assert_eq!(found.group, Group::Unreadable, "{text}");
        assert!(found.message.summary.contains("an HTML page"), "{text}");
        assert!(!found.message.hints.join("\n").contains("iam-policy"), "{text}");
    }
    let unavailable = "<html><body><h1>503 Service Unavailable</h1></body></html>";
    assert_eq!(group(unavailable), Group::ServerError);
    let beside = "An error occurred (AccessDeniedException) when calling the Converse operation: You don't have access to the model \
                  with the specified model ID.\n<html><head><title>Docs</title></head></html>";
    assert_eq!(group(beside), Group::AccessDeniedModel);
}

#[test]
fn a_redirect_is_named_as_one() {
    for text in ["HTTP/1.1 302 Found\nlocation: https://login.example/", "Error code: 301 - Moved Permanently"] {
        let found = found(text);
        assert_eq!(found.group, Group::Unreadable, "{text}");
        assert!(found.message.summary.contains("a redirect, which was not followed"), "{text}");
    }
}

#[test]
fn the_hint_waits_as_long_as_the_response_asks_for() {
    let text = "ThrottlingException: Too many requests, please wait before trying again.\nRetry-After: 86400";
    assert!(hints(text).contains("try again in 24 hours"), "{}", hints(text));
    let text = "ServiceUnavailableException: Bedrock is unable to process your request. {'retry-after': '600'}";
    assert!(hints(text).contains("try again in 10 minutes"), "{}", hints(text));
    let text = "ThrottlingException: Too many requests, please wait before trying again.";
    assert!(hints(text).contains("try again in a minute"), "{}", hints(text));
}

#[test]
fn the_hints_name_the_settings_of_the_tool_that_failed() {
    let streaming = "This model doesn't support tool use in streaming mode.";
    let parameter = "This model doesn't support system messages.";
    for (text, named) in [
        ("botocore.exceptions.ReadTimeoutError: Read timeout on endpoint URL: \"https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse\"".to_owned(), "read_timeout"),
        ("aws: [ERROR]: Read timeout on endpoint URL: \"https://x/\"".to_owned(), "--cli-read-timeout"),
        ("AI_APICallError: The operation was aborted due to timeout".to_owned(), "AbortSignal.timeout"),
        ("litellm.Timeout: Request timed out".to_owned(), "timeout=600"),
        ("Connect timeout on endpoint URL: \"https://bedrock-runtime.us-east-1.amazonaws.com/\"".to_owned(), "a VPC needs"),
        ("Request timed out".to_owned(), "the read timeout of the client"),
        (format!("An error occurred (ValidationException) when calling the ConverseStream operation: {streaming}"), "`converse` instead"),
        (format!("AI_APICallError: {streaming}"), "generateText"),
        (format!("langchain_aws: ValidationException: {streaming}"), "disable_streaming"),
        (format!("ValidationException: {streaming}"), "`Converse` instead"),
        (format!("ValidationException: {parameter}"), "without `system`"),
        ("ValidationException: The maximum tokens you requested exceeds the model limit of 4096. Try again".to_owned(), "`maxTokens` to at most 4096"),
        ("ValidationException: `temperature` and `top_p` cannot both be specified for this model.".to_owned(), "`topP`"),
        ("ThrottlingException: Too many tokens, please wait before trying again.".to_owned(), "`maxTokens`"),
        ("Truncated event message received".to_owned(), "`Converse` instead"),
    ] {
        let hints = hints(&text);
        assert!(hints.contains(named), "{text}\n{hints}");
        for own in ["--timeout", "--no-stream", "--max-tokens", "--top-p", "--temperature", "--system"] {
            assert!(!hints.replace("--cli-read-timeout", "").contains(own), "{text}\n{hints}");
        }
    }
    let own = "$ bedrock-ask -m nova-lite hi\nerror: x\ncause: Request timed out";
    assert!(hints(own).contains("--timeout SECONDS"), "{}", hints(own));
}

#[test]
fn what_boto3_rejects_itself_is_told_with_an_example() {
    let of = |problem: &str| {
        let message =
            found(&format!("botocore.exceptions.ParamValidationError: Parameter validation failed:\n{problem}"))
                .message;
        (message.summary, message.hints.join("\n"))
    };
    let call = r#"client.converse(modelId="MODEL_ID", messages=[{"role": "user", "content": [{"text": "hello"}]}])"#;
    let (summary, hints) = of("Missing required parameter in input: \"modelId\"");
    assert_eq!(summary, "the request has no `modelId`, so boto3 sent nothing");
    assert!(hints.contains(call), "{hints}");
    assert_eq!(
        of("Missing required parameter in messages[0]: \"content\"").0,
        "`messages[0]` has no `content`, so boto3 sent nothing"
    );
    let (summary, hints) = of(
        "Invalid type for parameter messages[0].content, value: Hi, type: <class 'str'>, valid types: <class 'list'>, <class 'tuple'>",
    );
    assert_eq!(summary, "`messages[0].content` is of type `str`, but must be `list`, so boto3 sent nothing");
    assert!(hints.contains(call), "{hints}");
    let (summary, hints) = of(
        "Invalid type for parameter system, value: Be brief, type: <class 'str'>, valid types: <class 'list'>, <class 'tuple'>",
    );
    assert!(summary.starts_with("`system` is of type `str`") && hints.contains("system=[{"), "{summary} {hints}");
    let (summary, hints) = of("Invalid length for parameter modelId, value: 0, valid min length: 1");
    assert!(summary.contains("`modelId`") && hints.contains("at least 1"), "{summary} {hints}");
    let (summary, _) = of("Invalid range for parameter inferenceConfig.maxTokens, value: 0, valid min value: 1");
    assert!(summary.contains("`inferenceConfig.maxTokens`"), "{summary}");
    let (summary, _) = of("Unknown parameter in input: \"tools\", must be one of: modelId, messages");
    assert!(summary.contains("does not support the parameter `tools`"), "{summary}");
}

#[test]
fn nothing_that_is_shown_of_a_text_discloses_a_credential() {
    let key = "ABSKQmVkcm9ja0FQSUtleS1hYmNkMTIzNDU2Nzg5MA";
    for text in [
        format!("something odd happened: {key}"),
        format!("An error occurred (ValidationException) when calling the Converse operation: the key {key} is odd"),
        format!("{{\"error\":{{\"message\":\"the key {key} is odd\"}}}}"),
        format!("model={key}-1 failed: unknown error"),
        format!("the key\n{key}\nis unknown"),
    ] {
        let (failure, details) = failure_from_text(&text);
        let shown = format!("{failure:?} {details:?} {:?}", found(&text));
        assert!(!shown.contains("QmVkcm9ja0"), "{shown}");
    }
}
