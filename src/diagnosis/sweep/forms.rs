//! The forms in which tools print an error of Bedrock, taken from public issues.

use super::KnownError;

/// The ID of the request in every form.
const REQUEST_ID: &str = "8518716b-eab3-4015-a108-ad374e3e5e16";
const MODEL: &str = "anthropic.claude-sonnet-4-6";

/// One form of one tool.
pub(super) struct Form {
    pub(super) name: &'static str,
    /// Whether the form holds the error code. If not, the HTTP status and the message have to decide.
    pub(super) has_code: bool,
    /// Whether the form holds the HTTP status.
    pub(super) has_status: bool,
    pub(super) print: fn(&KnownError) -> String,
}

const fn form(name: &'static str, print: fn(&KnownError) -> String) -> Form {
    Form { name, has_code: true, has_status: false, print }
}

const fn without_code(name: &'static str, print: fn(&KnownError) -> String) -> Form {
    Form { name, has_code: false, has_status: true, print }
}

/// The forms of a response of AWS.
pub(super) const FORMS: &[Form] = &[
    form("plain", |e| format!("{}: {}", e.code, e.text)),
    form("boto3", |e| botocore(e, "botocore.exceptions.ClientError: ")),
    form("boto3 with a traceback", |e| {
        let frames = "Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n    client.converse(\n  \
                      File \"/usr/lib/python3/site-packages/botocore/client.py\", line 1009, in _make_api_call\n    \
                      raise error_class(parsed_response, operation_name)\n";
        botocore(e, &format!("{frames}botocore.errorfactory.{}: ", e.code))
    }),
    form("boto3, retried", |e| {
        format!(
            "An error occurred ({}) when calling the ConverseStream operation (reached max retries: 4): {}",
            e.code, e.text
        )
    }),
    form("AWS CLI 2", |e| botocore(e, "\naws: [ERROR]: ")),
    form("AWS CLI 2, older", |e| botocore(e, "\n")),
    form("JavaScript", |e| {
        format!(
            "{}: {}\n    at de_CommandError (/app/node_modules/@aws-sdk/client-bedrock-runtime/dist-cjs/index.js:1230:11)\n    \
             at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {{\n  '$fault': 'client',\n  \
             '$metadata': {{\n    httpStatusCode: {},\n    requestId: '{REQUEST_ID}',\n    attempts: 1,\n    totalRetryDelay: 0\n  }}\n}}",
            e.code, e.text, e.status
        )
    }),
    form("Node's inspect, message first", |e| {
        format!(
            "{{\n  message: {},\n  name: '{}',\n  '$fault': 'client',\n  '$metadata': {{ httpStatusCode: {}, requestId: '{REQUEST_ID}', attempts: 3 }}\n}}",
            quoted(e.text),
            e.code,
            e.status
        )
    }),
    form("Java", |e| {
        format!(
            "software.amazon.awssdk.services.bedrockruntime.model.{}: {} (Service: BedrockRuntime, Status Code: {}, Request ID: {REQUEST_ID}) (SDK Attempt Count: 1)\n\
             \tat software.amazon.awssdk.core.internal.http.CombinedResponseHandler.handleErrorResponse(CombinedResponseHandler.java:125)\n\
             \tat software.amazon.awssdk.core.internal.http.CombinedResponseHandler.handleResponse(CombinedResponseHandler.java:82)",
            e.code, e.text, e.status
        )
    }),
    form("Java, nested", |e| {
        format!(
            "java.util.concurrent.CompletionException: software.amazon.awssdk.services.bedrockruntime.model.{}: {} (Service: BedrockRuntime, Status Code: {}, Request ID: {REQUEST_ID})\n\
             \tat java.base/java.util.concurrent.CompletableFuture.encodeThrowable(CompletableFuture.java:332)\n\
             Caused by: software.amazon.awssdk.services.bedrockruntime.model.{}: {} (Service: BedrockRuntime, Status Code: {}, Request ID: {REQUEST_ID})\n\t... 12 more",
            e.code, e.text, e.status, e.code, e.text, e.status
        )
    }),
    form("Java SDK 1", |e| {
        format!(
            "com.amazonaws.services.bedrockruntime.model.AmazonBedrockRuntimeException: {} (Service: AmazonBedrockRuntime; Status Code: {}; Error Code: {}; Request ID: {REQUEST_ID}; Proxy: null)",
            e.text, e.status, e.code
        )
    }),
    form("Spring AI", |e| {
        format!(
            "2026-03-27T17:33:17.498+08:00 ERROR 11752 --- [nio-8083-exec-4] o.a.c.c.C.[.[.[/].[dispatcherServlet] : Servlet.service() for servlet [dispatcherServlet] threw exception \
             [Request processing failed: java.lang.RuntimeException: software.amazon.awssdk.services.bedrockruntime.model.{}: {} (Service: BedrockRuntime, Status Code: {}, Request ID: {REQUEST_ID})] with root cause\n\n\
             software.amazon.awssdk.services.bedrockruntime.model.{}: {} (Service: BedrockRuntime, Status Code: {}, Request ID: {REQUEST_ID})\n\
             \tat org.springframework.ai.bedrock.converse.BedrockProxyChatModel.call(BedrockProxyChatModel.java:200)",
            e.code, e.text, e.status, e.code, e.text, e.status
        )
    }),
    form("Go", |e| go(e, "")),
    form("Go, retried", |e| go(e, "exceeded maximum number of attempts, 3, ")),
    form("Go behind klog", |e| {
        format!("E1121 10:15:02.123456   71 main.go:92] \"Unhandled error\" err={}", quoted(&go(e, "")))
    }),
    form("Rust Display", |e| format!("Error: unhandled error ({})\n\nCaused by:\n    {}: {}", e.code, e.code, e.text)),
    form("Rust Debug", |e| {
        format!(
            "Error: ServiceError(ServiceError {{ source: Unhandled(Unhandled {{ source: ErrorMetadata {{ code: Some(\"{}\"), message: Some({}), extras: Some({{\"aws_request_id\": \"{REQUEST_ID}\"}}) }}, meta: ErrorMetadata {{ code: Some(\"{}\"), message: Some({}), extras: None }} }}), raw: Response {{ status: StatusCode({}) }} }})",
            e.code,
            quoted(e.text),
            e.code,
            quoted(e.text),
            e.status
        )
    }),
    form("Rust Debug, pretty", |e| {
        format!(
            "Error: ServiceError(\n    ServiceError {{\n        source: ValidationException(\n            ValidationException {{\n                message: Some(\n                    {},\n                ),\n                meta: ErrorMetadata {{\n                    code: Some(\n                        \"{}\",\n                    ),\n                    message: Some(\n                        {},\n                    ),\n                    extras: None,\n                }},\n            }},\n        ),\n        raw: Response {{\n            status: StatusCode(\n                {},\n            ),\n        }},\n    }},\n)",
            quoted(e.text), e.code, quoted(e.text), e.status
        )
        .replace("ValidationException", e.code)
    }),
    form("DisplayErrorContext", |e| {
        format!(
            "service error: {}: {} ({} {{ message: {}, meta: ErrorMetadata {{ code: Some(\"{}\"), message: Some({}) }} }})",
            e.code,
            e.text,
            e.code,
            quoted(e.text),
            e.code,
            quoted(e.text)
        )
    }),
    without_code("LiteLLM", |e| {
        format!(
            "litellm.BadRequestError: BedrockException - {{\"message\":{}}}\nstatus code {}",
            quoted(e.text),
            e.status
        )
    }),
    without_code("LiteLLM, bytes", |e| {
        format!(
            "litellm.exceptions.BadRequestError: litellm.BadRequestError: BedrockException - b'{{\"message\":{}}}' HTTP {}",
            quoted(e.text),
            e.status
        )
    }),
    without_code("LiteLLM proxy", |e| {
        let inner = format!(
            "litellm.BadRequestError: BedrockException - {{\"message\":{}}}. Received Model Group=sonnet\nAvailable Model Group Fallbacks=None",
            quoted(e.text)
        );
        format!(
            "Error code: {} - {{\"error\":{{\"message\":{},\"type\":null,\"param\":null,\"code\":\"{}\"}}}}",
            e.status,
            quoted(&inner),
            e.status
        )
    }),
    without_code("LiteLLM, ASCII-escaped", |e| {
        let escaped: String = quoted(e.text)
            .chars()
            .map(|c| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) })
            .collect();
        format!("HTTP {} litellm.BadRequestError: BedrockException - {{\"message\":{escaped}}}", e.status)
    }),
    form("bare body with __type", |e| {
        format!("{{\"__type\":\"com.amazon.coral.service#{}\",\"message\":{}}}", e.code, quoted(e.text))
    }),
    without_code("bare body", |e| format!("HTTP {}\n{{\"Message\":{}}}", e.status, quoted(e.text))),
    form("curl -i", |e| {
        format!(
            "HTTP/2 {} \r\ndate: Fri, 27 Nov 2026 06:37:05 GMT\r\ncontent-type: application/json\r\nx-amzn-requestid: {REQUEST_ID}\r\nx-amzn-errortype: {}:http://internal.amazon.com/coral/com.amazon.bedrock/\r\n\r\n{{\"message\":{}}}",
            e.status,
            e.code,
            quoted(e.text)
        )
    }),
    without_code("Anthropic SDK", |e| {
        format!("anthropic.BadRequestError: Error code: {} - {{'message': {}}}", e.status, python(e.text))
    }),
    without_code("OpenAI SDK", |e| {
        format!(
            "openai.BadRequestError: Error code: {} - {{'error': {{'message': {}, 'type': 'invalid_request_error', 'param': None, 'code': None}}}}",
            e.status,
            python(e.text)
        )
    }),
    without_code("OpenAI-style JSON", |e| {
        format!(
            "HTTP {}: {{\"error\":{{\"message\":{},\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}}}",
            e.status,
            quoted(e.text)
        )
    }),
    without_code("gateway's detail", |e| format!("HTTP {} {{\"detail\":{}}}", e.status, quoted(e.text))),
    without_code("Claude Code", |e| format!("API Error ({MODEL}): {} {}", e.status, e.text)),
    without_code("Claude Code, retrying", |e| {
        format!(
            "  ⎿  API Error ({} {{\"message\":{}}}) · Retrying in 1 seconds… (attempt 1/10)",
            e.status,
            quoted(e.text)
        )
    }),
    without_code("Claude Code, JSON", |e| {
        format!(
            "API Error: {} {{\"type\":\"error\",\"error\":{{\"type\":\"invalid_request_error\",\"message\":{}}}}}",
            e.status,
            quoted(e.text)
        )
    }),
    form("Roo and Cline", |e| {
        format!(
            "Unknown Error: message: {}\nname: {}\n$metadata: {{\"httpStatusCode\":{},\"requestId\":\"{REQUEST_ID}\",\"attempts\":3}}",
            e.text, e.code, e.status
        )
    }),
    without_code("Cline", |e| {
        format!(
            "{{\"message\":{},\"status\":{},\"request_id\":\"{REQUEST_ID}\",\"modelId\":\"{MODEL}\",\"providerId\":\"bedrock\"}}\nHTTP {}",
            quoted(e.text),
            e.status,
            e.status
        )
    }),
    without_code("aider", |e| {
        format!(
            "litellm.APIConnectionError: BedrockException - {{\"message\":{}}}\nHTTP {}\nThe API provider's servers are down or overloaded.\nRetrying in 0.2 seconds...",
            quoted(e.text),
            e.status
        )
    }),
    without_code("Vercel AI", |e| {
        format!(
            "APICallError [AI_APICallError]: {}\n    at /app/node_modules/@ai-sdk/provider-utils/dist/index.js:880:14 {{\n  url: 'https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse',\n  statusCode: {},\n  responseBody: '{{\"message\":{}}}',\n  isRetryable: false,\n  data: {{ message: {} }}\n}}\nHTTP {}",
            e.text,
            e.status,
            quoted(e.text).replace('\'', "\\'"),
            quoted(e.text),
            e.status
        )
    }),
    without_code("opencode", |e| {
        format!(
            "{{\"name\":\"APIError\",\"data\":{{\"message\":{},\"statusCode\":{},\"isRetryable\":false,\"responseBody\":{}}}}} HTTP {}",
            quoted(e.text),
            e.status,
            quoted(&format!("{{\"message\":{}}}", quoted(e.text))),
            e.status
        )
    }),
    form("LangChain", |e| botocore(e, "ValueError: Error raised by bedrock service: ")),
    form("LangChain, JavaScript", |e| {
        format!("Error: Failed to access underlying url : ...: got {} : {}: {}", e.status, e.code, e.text)
    }),
    form("Pydantic AI", |e| {
        format!(
            "pydantic_ai.exceptions.ModelHTTPError: status_code: {}, model_name: {MODEL}, body: {{'Error': {{'Message': {}, 'Code': '{}'}}, 'ResponseMetadata': {{'RequestId': '{REQUEST_ID}', 'HTTPStatusCode': {}}}}}",
            e.status,
            python(e.text),
            e.code,
            e.status
        )
    }),
    form("Strands", |e| {
        format!(
            "{}\n└ Bedrock region: us-west-2\n└ Model id: {MODEL}",
            botocore(e, &format!("botocore.errorfactory.{}: ", e.code))
        )
    }),
    form("Dify", |e| {
        format!(
            "[bedrock] Error: req_id: 1f2e3d4c5b PluginInvokeError: {{\"args\":{{\"description\":{}}},\"error_type\":\"InvokeBadRequestError\",\"message\":{}}}",
            quoted(&format!("[models] Bad Request Error, {}: {}", e.code, e.text)),
            quoted(&format!("[models] Bad Request Error, {}: {}", e.code, e.text))
        )
    }),
    form("Swift", |e| {
        format!(
            "{}(properties: AWSBedrockRuntime.{}.Properties(message: Optional({})), message: Optional({}), requestID: Optional(\"{REQUEST_ID}\"))",
            e.code,
            e.code,
            quoted(e.text),
            quoted(e.text)
        )
    }),
    form(".NET", |e| {
        format!(
            "Unhandled exception. Amazon.BedrockRuntime.Model.{}: {}\n ---> Amazon.Runtime.Internal.HttpErrorResponseException: Exception of type 'Amazon.Runtime.Internal.HttpErrorResponseException' was thrown.\n   at Amazon.Runtime.HttpWebRequestMessage.ProcessHttpResponseMessage(HttpResponseMessage responseMessage)",
            e.code, e.text
        )
    }),
    form("PHP", |e| {
        format!(
            "PHP Fatal error:  Uncaught exception 'Aws\\BedrockRuntime\\Exception\\BedrockRuntimeException' with message 'Error executing \"Converse\" on \"https://bedrock-runtime.us-east-1.amazonaws.com/model/{MODEL}/converse\"; AWS HTTP error: Client error: `POST https://bedrock-runtime.us-east-1.amazonaws.com/model/{MODEL}/converse` resulted in a `{}` response:\n{{\"message\":{}}}\n {} (client): {} - {{\"message\":{}}}'",
            e.status,
            quoted(e.text),
            e.code,
            e.text,
            quoted(e.text)
        )
    }),
    form("Ruby", |e| {
        format!(
            "/usr/lib/ruby/gems/aws-sdk-core-3.240.0/lib/seahorse/client/plugins/raise_response_errors.rb:17:in 'call': {} (Aws::BedrockRuntime::Errors::{})\n\tfrom /usr/lib/ruby/gems/aws-sdk-core/lib/aws-sdk-core/plugins/jsonvalue_converter.rb:16:in 'call'",
            e.text, e.code
        )
    }),
    form("CloudWatch", |e| {
        format!(
            "[ERROR] {}: {}\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 9, in handler\nEND RequestId: {REQUEST_ID}",
            e.code,
            botocore(e, "")
        )
    }),
    form("Lambda's JSON", |e| {
        format!(
            "{{\"errorMessage\": {}, \"errorType\": \"{}\", \"requestId\": \"{REQUEST_ID}\", \"stackTrace\": [\"  File \\\"/var/task/app.py\\\", line 9, in handler\\n\"]}}",
            quoted(&botocore(e, "")),
            e.code
        )
    }),
    form("JSON log", |e| {
        format!(
            "{{\"level\":\"error\",\"time\":\"2026-11-27T06:37:05Z\",\"msg\":\"invoke failed\",\"err\":{{\"type\":\"{}\",\"message\":{},\"stack\":\"at x\"}}}}",
            e.code,
            quoted(e.text)
        )
    }),
];

fn botocore(e: &KnownError, before: &str) -> String {
    format!("{before}An error occurred ({}) when calling the Converse operation: {}", e.code, e.text)
}

fn go(e: &KnownError, attempts: &str) -> String {
    format!(
        "operation error Bedrock Runtime: Converse, {attempts}https response error StatusCode: {}, RequestID: {REQUEST_ID}, {}: {}",
        e.status, e.code, e.text
    )
}

/// Quotes a text as JSON does.
pub(super) fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

/// Quotes a text as Python's `repr` does.
fn python(text: &str) -> String {
    if text.contains('\'') && !text.contains('"') {
        format!("\"{text}\"")
    } else {
        format!("'{}'", text.replace('\'', "\\'"))
    }
}

/// The forms of an error that no response of AWS caused.
pub(super) const LOCAL_FORMS: &[Form] = &[
    form("plain", |e| e.text.to_owned()),
    form("boto3", |e| {
        format!(
            "Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n    client.converse(\nbotocore.exceptions.BotoCoreError: {}",
            e.text
        )
    }),
    form("AWS CLI 2", |e| format!("\naws: [ERROR]: {}", e.text)),
    form("JavaScript", |e| {
        format!(
            "Error: {}\n    at /app/node_modules/@smithy/core/dist-cjs/index.js:63:5\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)",
            e.text
        )
    }),
    form("Java", |e| {
        format!(
            "software.amazon.awssdk.core.exception.SdkClientException: {}\n\tat software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:130)",
            e.text
        )
    }),
    form("Go", |e| format!("operation error Bedrock Runtime: Converse, {}", e.text)),
    form("Rust", |e| {
        format!(
            "error: dispatch failure\n\nCaused by:\n    0: other\n    1: {}\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace",
            e.text
        )
    }),
    form("LiteLLM", |e| {
        format!("litellm.APIConnectionError: BedrockException - {}\nAvailable Model Group Fallbacks=None", e.text)
    }),
    form("Claude Code", |e| format!("API Error: {} · Retrying in 1 seconds… (attempt 1/10)", e.text)),
    form("JSON log", |e| format!("{{\"level\":\"error\",\"msg\":{}}}", quoted(e.text))),
];
