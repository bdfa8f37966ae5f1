//! What is cut out as code and message, wherever a tool has put them.

use super::*;

const INVALID: &str = "The provided model identifier is invalid.";
const TOKENS: &str = "Too many tokens, please wait before trying again.";

/// The name of a case, the text, and the code and the message in it.
type Case = (&'static str, String, Option<&'static str>, &'static str);

fn check(cases: &[Case]) {
    let mut wrong = Vec::new();
    for (name, text, code, message) in cases {
        let (found, _, cut) = read(text);
        if (found.as_deref(), cut.as_str()) != (*code, *message) {
            wrong.push(format!("{name}: {found:?} {cut:?}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn a_message_is_found_before_the_code_below_it_and_with_a_blank_line_inside() {
    check(&[
        (
            "members, message first",
            format!(
                "{TOKENS}\n\nError: Request was throttled. Please try:\n\nReducing the frequency of requests\nmessage: {TOKENS}\n\
                 name: ThrottlingException\n$fault: client\n$metadata: {{\"httpStatusCode\":429,\"attempts\":3}}\n\
                 $response: {{\"statusCode\":429,\"headers\":\"[Object]\"}}"
            ),
            Some("ThrottlingException"),
            TOKENS,
        ),
        (
            "members, code first, message over two lines",
            "errorType: ThrottlingException\nstatus: 429\nmessage: Too many tokens,\n  please wait before trying again.\nretries: 2".to_owned(),
            Some("ThrottlingException"),
            TOKENS,
        ),
        ("the code in parentheses behind", format!("request failed: {INVALID} (ValidationException)"), Some("ValidationException"), "request failed: The provided model identifier is invalid."),
        (
            "boto3, on the next line",
            format!("  [ERROR] Error streaming: ClientError:\n  An error occurred (ValidationException) when calling the Converse operation:\n  {INVALID}"),
            Some("ValidationException"),
            INVALID,
        ),
        (
            "boto3, after a blank line",
            format!("An error occurred (ValidationException) when calling the Converse operation:\n\n{INVALID}\n"),
            Some("ValidationException"),
            INVALID,
        ),
        (
            "boto3 that counts retries",
            format!("An error occurred (ThrottlingException) when calling the Converse operation (reached max retries: 4): {TOKENS}"),
            Some("ThrottlingException"),
            TOKENS,
        ),
        (
            "Java, a blank line inside",
            "Exception in thread \"main\" software.amazon.awssdk.services.bedrockruntime.model.ValidationException: prompt must start with \"\n\n\
             Human:\" turn after an optional system prompt (Service: BedrockRuntime, Status Code: 400, Request ID: \
             1f2e3d4c-0000-4000-8000-abcdefabcdef)\n\tat software.amazon.awssdk.core.X.handle(X.java:125)"
                .to_owned(),
            Some("ValidationException"),
            "prompt must start with \" Human:\" turn after an optional system prompt",
        ),
        (
            "JavaScript, a blank line inside",
            "ValidationException: prompt must start with \"\n\nHuman:\" turn after an optional system prompt\n    at de_X (/app/x.js:1:2)".to_owned(),
            Some("ValidationException"),
            "prompt must start with \" Human:\" turn after an optional system prompt",
        ),
        (
            "the end of the string that holds it",
            format!("level=error err=\"bedrock: ValidationException: {INVALID}\" model=us.amazon.nova-pro-v1:0"),
            Some("ValidationException"),
            INVALID,
        ),
        (
            "a Go log",
            format!("E0903 10:33:59.626219       1 chat.go:472] \"failed\" err=\"operation error Bedrock Runtime: ConverseStream, https response error StatusCode: 400, RequestID: 1f2e3d4c-0000-4000-8000-abcdefabcdef, ValidationException: {INVALID}\""),
            Some("ValidationException"),
            INVALID,
        ),
        ("XML", "<ErrorResponse><Error><Type>Sender</Type><Code>InvalidClientTokenId</Code><Message>The security token included in the request is invalid.</Message></Error></ErrorResponse>".to_owned(), Some("InvalidClientTokenId"), "The security token included in the request is invalid."),
    ]);
}

#[test]
#[expect(clippy::too_many_lines, reason = "a table")]
fn boxes_wraps_links_and_log_prefixes_are_looked_through() {
    let row = |text: &str| format!("\u{2502} {text:<76} \u{2502}");
    let boxed = [
        "\u{256d}\u{2500}\u{2500} Error \u{2500}\u{2500}\u{256e}".to_owned(),
        row("API Error: 400 {\"message\":\"The provided model identifier is"),
        row("invalid.\"}"),
        "\u{2570}\u{2500}\u{2500}\u{2500}\u{2500}\u{256f}".to_owned(),
    ];
    let terraform = "\u{2577}\n\u{2502} Error: creating Bedrock Inference Profile (test)\n\u{2502} \n\u{2502}   with aws_bedrock_inference_profile.test,\n\u{2502} \n\
         \u{2502} operation error Bedrock: CreateInferenceProfile, https response error\n\u{2502} StatusCode: 400, RequestID: ebb16071-edf4,\n\
         \u{2502} ValidationException: The provided model\n\u{2502} identifier is invalid.\n\u{2575}";
    let long = format!(
        "botocore.errorfactory.ValidationException: An error occurred (ValidationException) when calling the Converse operation: {ON_DEMAND}"
    );
    let characters: Vec<char> = long.chars().collect();
    let hard = characters.chunks(80).map(|line| line.iter().collect::<String>()).collect::<Vec<_>>().join("\n");
    check(&[
        ("a box", boxed.join("\n"), None, INVALID),
        ("Terraform's box", terraform.to_owned(), Some("ValidationException"), INVALID),
        (
            "a box of ASCII",
            format!("+{0}+\n| ValidationException: The provided model    |\n| identifier is invalid.                     |\n+{0}+", "-".repeat(44)),
            Some("ValidationException"),
            INVALID,
        ),
        ("wrapped inside of words", hard, Some("ValidationException"), ON_DEMAND),
        (
            "OSC 8 links and colours",
            "\u{1b}[1;31mValidationException\u{1b}[0m: The provided \u{1b}]8;;https://docs.aws.amazon.com/x\u{1b}\\model identifier\u{1b}]8;;\u{1b}\\ is invalid.".to_owned(),
            Some("ValidationException"),
            INVALID,
        ),
        ("colours as text", "\\u001b[31mValidationException: The provided model\\u001b[0m identifier is invalid.".to_owned(), Some("ValidationException"), INVALID),
        (
            "docker compose",
            "app-1  | ValidationException: The provided model\napp-1  | identifier is invalid.\nweb-1  | \n".to_owned(),
            Some("ValidationException"),
            INVALID,
        ),
        (
            "GitHub Actions",
            "2026-11-26T10:33:59.6262190Z ##[error]ValidationException: The provided model\n2026-11-26T10:33:59.6262191Z identifier is invalid.\n\
             2026-11-26T10:33:59.7000000Z ##[error]Process completed with exit code 1."
                .to_owned(),
            Some("ValidationException"),
            INVALID,
        ),
        ("HTML", "<pre>ValidationException: &quot;The provided model identifier is invalid.&quot;</pre>".to_owned(), Some("ValidationException"), INVALID),
        ("a quotation", "> ValidationException: The provided model\n> identifier is invalid.".to_owned(), Some("ValidationException"), INVALID),
        ("Windows", "ValidationException: The provided model\r\nidentifier is invalid.\r\n\r\nbye".to_owned(), Some("ValidationException"), INVALID),
    ]);
    let wrapped = "User: arn:aws:sts::111122223333:assumed-role/dev/me is not authorized to perform: bedrock:InvokeModel on resource: \
                   arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6 with an explicit deny in a service control policy";
    let characters: Vec<char> = wrapped.chars().collect();
    for width in (40..120).step_by(7) {
        let rows: Vec<String> = characters.chunks(width).map(|line| row(&line.iter().collect::<String>())).collect();
        let hard: Vec<String> = characters.chunks(width).map(|line| line.iter().collect()).collect();
        for text in [rows.join("\n"), hard.join("\n")] {
            let (failure, _) = failure_from_text(&text);
            assert!(
                failure.message.contains("foundation-model/anthropic.claude-sonnet-4-6"),
                "{width} {text}\n{}",
                failure.message
            );
        }
    }
}

#[test]
fn the_bodies_of_gateways_are_read_however_deep_and_however_often_escaped() {
    let inner = format!("{{\"message\":\"{INVALID}\"}}");
    let quoted = |text: &str| serde_json::to_string(text).unwrap();
    let litellm = format!(
        "{{\"error\":{{\"message\":{},\"type\":null,\"param\":null,\"code\":\"400\"}}}}",
        quoted(&format!(
            "litellm.BadRequestError: BedrockException - {inner}. Received Model Group=claude\nAvailable Model Group Fallbacks=None"
        ))
    );
    let twice = quoted(&quoted(&litellm));
    check(&[
        ("error.message", r#"{"error":{"message":"No connected db.","type":"no_db_connection","param":null,"code":"400"}}"#.to_owned(), None, "No connected db."),
        ("error.error.message", format!(r#"{{"error":{{"error":{{"message":"{INVALID}","type":"invalid_request_error"}}}}}}"#), None, INVALID),
        ("detail", r#"{"detail":"model not found in the router"}"#.to_owned(), None, "model not found in the router"),
        ("detail.error", r#"{"detail":{"error":"the key is not allowed to call this model"}}"#.to_owned(), None, "the key is not allowed to call this model"),
        ("a list of details", r#"{"detail":[{"loc":["body","model"],"msg":"field required","type":"value_error.missing"}]}"#.to_owned(), None, "field required"),
        ("LiteLLM's proxy", litellm.clone(), None, INVALID),
        ("LiteLLM's proxy in a log line", format!("{{\"level\":\"error\",\"msg\":{}}}", quoted(&litellm)), None, INVALID),
        ("escaped twice", twice, None, INVALID),
        ("escaped, without its beginning", format!("… body={}", &quoted(&quoted(&inner))[2..]), None, INVALID),
        (
            "the AI SDK",
            format!(
                "APICallError [AI_APICallError]: Bad Request\n    at postToApi (file:///app/x.mjs:1:2) {{\n  cause: undefined,\n  url: 'https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse',\n  statusCode: 400,\n  responseHeaders: {{\n    'x-amzn-errortype': 'ValidationException:http://internal.amazon.com/coral/com.amazon.bedrock/',\n    'content-type': 'application/json'\n  }},\n  responseBody: '{inner}',\n  isRetryable: false,\n  data: undefined\n}}"
            ),
            Some("ValidationException"),
            INVALID,
        ),
        ("Node's members in any order", "{\n  message: 'Too many tokens, ' +\n    'please wait before trying again.',\n  '$fault': 'client',\n  name: 'ThrottlingException',\n  '$metadata': { httpStatusCode: 429, attempts: 3 }\n}".to_owned(), Some("ThrottlingException"), TOKENS),
        ("Python's dictionary", format!("openai.BadRequestError: Error code: 400 - {{'error': {{'message': \"{INVALID}\", 'type': 'invalid_request_error', 'param': None, 'code': None}}}}"), None, INVALID),
        ("Python's bytes", "BadRequestError: litellm.BadRequestError: BedrockException - b'{\"message\":\"The model isn\\xe2\\x80\\x99t there\"}'".to_owned(), None, "The model isn\u{2019}t there"),
        ("a type alone, under any key", r#"Type validation failed: Value: {"Output":{"__type":"com.amazon.coral.service#UnknownOperationException"},"Version":"1.0"}."#.to_owned(), Some("UnknownOperationException"), ""),
        ("a type beside a message, deeper", format!(r#"{{"cause":{{"body":{{"__type":"ValidationException","Message":"{INVALID}"}}}}}}"#), Some("ValidationException"), INVALID),
        ("cut off", r#"proxy said: {"error":{"message":"The provided model identifier is invalid."#.to_owned(), None, INVALID),
    ]);
}

#[test]
fn the_link_behind_a_code_is_not_the_message() {
    let code = "ThrottlingException:http://internal.amazon.com/coral/com.amazon.bedrock/";
    let throttled = Some("ThrottlingException");
    check(&[
        ("a header", format!("{{\"x-amzn-errortype\":\"{code}\",\"message\":\"odd words\"}}"), throttled, "odd words"),
        ("a type", format!("{{\"__type\":\"{code}\",\"message\":\"odd words\"}}"), throttled, "odd words"),
        ("headers", format!("{{\"headers\":{{\"h\":\"{code}\"}},\"message\":\"odd words\"}}"), throttled, "odd words"),
        ("curl -i", format!("HTTP/2 429 \r\nh: {code}\r\n\r\n{{\"message\":\"odd words\"}}"), throttled, "odd words"),
        ("curl -i, no body", format!("HTTP/2 429 \r\nx-amzn-errortype: {code}\r\n"), throttled, ""),
    ]);
}

#[test]
fn the_message_in_the_body_of_a_gateway_is_found_and_nothing_is_made_up() {
    let nested = |body: &str| crate::diagnosis::paste::message_in_body(body);
    assert_eq!(nested(r#"{"error":{"message":"No connected db.","code":"400"}}"#).unwrap(), "No connected db.");
    assert_eq!(nested(r#"{"error":{"error":{"message":"it is off"}}}"#).unwrap(), "it is off");
    assert_eq!(nested(r#"{"detail":"no such model"}"#).unwrap(), "no such model");
    for body in ["{}", "", "[]", r#"{"output":1}"#, "no object"] {
        assert_eq!(nested(body), None, "{body}");
    }
}

#[test]
fn a_code_counts_as_a_word_where_nothing_else_is_found() {
    check(&[
        (
            "Rust's Debug",
            "Error interacting with language model\nclient error: DisplayErrorContext(DispatchFailure(DispatchFailure { source: ConnectorError { kind: Other(None), source: ProviderError(ProviderError { source: ExpiredToken }), connection: Unknown } }))".to_owned(),
            Some("ExpiredToken"),
            "client error: DisplayErrorContext(DispatchFailure(DispatchFailure { source: ConnectorError { kind: Other(None), source: ProviderError(ProviderError { source: ExpiredToken }), connection: Unknown } }))",
        ),
        ("an element", "Error listing Bedrock models: An error occurred (404) when calling the ListFoundationModels operation: <UnknownOperationException/>".to_owned(), Some("UnknownOperationException"), "<UnknownOperationException/>"),
        (
            "Rust's pretty Debug",
            format!("ServiceError {{\n    source: Unhandled {{\n        meta: ErrorMetadata {{\n            code: Some(\n                \"ValidationException\",\n            ),\n            message: Some(\n                \"{INVALID}\",\n            ),\n        }},\n    }},\n}}"),
            Some("ValidationException"),
            INVALID,
        ),
    ]);
    let (failure, _) = failure_from_text(
        "An error occurred (404) when calling the ListFoundationModels operation: <UnknownOperationException/>",
    );
    assert_eq!((failure.status, failure.operation), (Some(404), Some("ListFoundationModels")));
}

#[test]
fn a_message_that_is_known_only_alone_is_cut_off_from_what_follows_it() {
    check(&[
        ("reactions", "Jane  10:15 AM\nValidationException: Unknown operation\n:eyes: 2\nJohn  10:16 AM\nsame here".to_owned(), Some("ValidationException"), "Unknown operation"),
        ("a prompt", "ValidationException: Reservation not\nfound.\nme@host:~/app$ ".to_owned(), Some("ValidationException"), "Reservation not found."),
        (
            "an exception group",
            "  + Exception Group Traceback (most recent call last):\n  | ExceptionGroup: unhandled errors in a TaskGroup (1 sub-exception)\n  \
             +-+---------------- 1 ----------------\n    | ValidationException: Operation not allowed\n    +------------------------------------"
                .to_owned(),
            Some("ValidationException"),
            "Operation not allowed",
        ),
        ("PHP", r#"{"message":"x"} IncompleteSignature (client): x - {"message":"x"}'"#.to_owned(), Some("IncompleteSignature"), "x"),
        ("Ruby", "/app/a.rb:17:in 'call': Reservation not found. (Aws::BedrockRuntime::Errors::ValidationException)\n\tfrom /app/b.rb:1:in 'x'".to_owned(), Some("ValidationException"), "Reservation not found."),
        (
            "Swift",
            r#"ValidationException(properties: X.Properties(message: Optional("Operation not allowed")), message: Optional("Operation not allowed"), requestID: Optional("1"))"#.to_owned(),
            Some("ValidationException"),
            "Operation not allowed",
        ),
        ("Roo", "Unknown Error: message: Unknown operation\nname: ValidationException\n$metadata: {}".to_owned(), Some("ValidationException"), "Unknown operation"),
        ("boto3, wrapped before the code", "[ERROR] ValidationException: An error occurred\n(ValidationException) when calling the Converse operation:\nUnknown operation\nTraceback (most recent call last):\nEND".to_owned(), Some("ValidationException"), "Unknown operation"),
    ]);
}

#[test]
fn a_line_that_a_terminal_cut_is_joined_in_words_and_between_them() {
    for (text, expected) in [
        (
            "{\"__type\":\"com.amazon.coral.service#ValidationException\",\"message\":\"Expected too\nlResult blocks at messages.2.content for the following Ids: tooluse_abc\"}",
            Group::ToolHistory,
        ),
        (
            "litellm.APIConnectionError: BedrockException - {\"message\":\"This model does not s\nupport tool use.\"}\nHTTP 400\nThe servers are down.\nRetrying in 0.2 seconds...",
            Group::ToolUseUnsupported,
        ),
        (
            "anthropic.BadRequestError: Error code: 429 - {'message': 'Too many tokens\nper day, please wait before trying again.'}",
            Group::ThrottledTokensPerDay,
        ),
        (
            "aws: [ERROR]: failed to refresh cached credentials,\nno EC2 IMDS role found, operation error ec2imds: GetMetadata",
            Group::CredentialsMissing,
        ),
        (
            "ValidationException: 1 validation error detected: Value 'bedrock/claude 3'\nat 'modelId' failed to satisfy constraint: Member must satisfy regular\nexpression pattern: (arn:aws(-[^:]+)?:bedrock:.*)",
            Group::IdentifierMalformed,
        ),
        (
            "API Error (408 {\"message\":\"The request took too long to process.\"}) \u{b7} Retrying in 1 seconds",
            Group::ModelTimeout,
        ),
    ] {
        assert_eq!(group(text), expected, "{text}");
    }
}

#[test]
fn the_validation_of_another_library_is_not_that_of_aws() {
    for text in [
        "ValidationError: 1 validation error for BedrockEmbeddings\n__root__\n  Something is off here. (type=value_error)",
        "pydantic_core._pydantic_core.ValidationError: 2 validation errors for Settings\nregion\n  Field required [type=missing, input_value={}, input_type=dict]\n    For further information visit https://errors.pydantic.dev/2.9/v/missing",
        "ValidationError: [{\"code\":\"invalid_type\",\"path\":[\"model\"],\"message\":\"Required\"}] ZodError",
        r#"{"name":"ValidationError","message":"1 validation error for ChatBedrock"}"#,
    ] {
        let (failure, _) = failure_from_text(text);
        assert_eq!(failure.code, None, "{text}");
        assert_eq!(group(text), Group::Unknown, "{text}");
    }
    let aws =
        "An error occurred (ValidationError) when calling the AssumeRole operation: 1 validation error detected: x";
    assert_eq!(read(aws).0.as_deref(), Some("ValidationError"));
}

#[test]
fn of_an_unknown_text_the_line_that_tells_most_is_shown() {
    for (text, shown) in [
        ("Error: something broke\n    at f (/app/x.js:1:2)\n    at g (/app/y.js:3:4)\n}", "something broke"),
        (
            "thread 'main' panicked at src/x.rs:1:2:\nit failed somehow\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
            "it failed somehow",
        ),
        (
            "litellm.APIError: it failed somehow\nReceived Model Group=claude\nAvailable Model Group Fallbacks=None",
            "litellm.APIError: it failed somehow",
        ),
        (
            "java.lang.IllegalStateException: it is broken\n\tat a.B.c(B.java:1)\n\t... 12 more",
            "java.lang.IllegalStateException: it is broken",
        ),
        ("> \u{274c} Error: it failed somehow\n##[error]Process completed with exit code 1.", "it failed somehow"),
        ("- `it failed somehow`\n- `Claude Code process exited with code 1`", "it failed somehow"),
        ("}", "}"),
    ] {
        assert_eq!(read(text).2, shown, "{text}");
    }
}
