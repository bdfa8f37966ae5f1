//! The forms in which tools print an error of Bedrock, taken from public issues.

use super::KnownError;

/// One form of one tool.
pub(super) struct Form {
    pub(super) name: &'static str,
    /// Whether the form holds the error code. If not, the HTTP status and the message have to decide.
    pub(super) has_code: bool,
    /// Whether the form holds the HTTP status.
    pub(super) has_status: bool,
    template: &'static str,
}

const fn form(name: &'static str, template: &'static str) -> Form {
    Form { name, has_code: true, has_status: false, template }
}

const fn without_code(name: &'static str, template: &'static str) -> Form {
    Form { name, has_code: false, has_status: true, template }
}

impl Form {
    /// Returns the error in this form. `$text` and its like are replaced, and `«…»` is quoted as JSON does.
    pub(super) fn print(&self, error: &KnownError) -> String {
        let escaped = |c: char| if c.is_ascii() { c.to_string() } else { format!("\\u{:04x}", u32::from(c)) };
        let mut printed = self
            .template
            .replace("$botocore", "An error occurred ($code) when calling the Converse operation: $text")
            .replace("$ascii", &quoted(error.text).chars().map(escaped).collect::<String>())
            .replace("$apostrophes", &quoted(error.text).replace('\'', "\\'"))
            .replace("$repr", &python(error.text))
            .replace("$code", error.code)
            .replace("$status", &error.status.to_string())
            .replace("$id", "8518716b-eab3-4015-a108-ad374e3e5e16")
            .replace("$model", "anthropic.claude-sonnet-4-6")
            .replace("$text", error.text);
        while let Some((before, rest)) = printed.rsplit_once('«') {
            let (inner, after) = rest.split_once('»').unwrap();
            printed = format!("{before}{}{after}", quoted(inner));
        }
        printed
    }
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

/// The forms of a response of AWS.
#[rustfmt::skip]
pub(super) const FORMS: &[Form] = &[
    form("plain", "$code: $text"),
    form("boto3", "botocore.exceptions.ClientError: $botocore"),
    form("boto3 with a traceback", "Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n    client.converse(\n  File \"/usr/lib/python3/site-packages/botocore/client.py\", line 1009, in _make_api_call\n    raise error_class(parsed_response, operation_name)\nbotocore.errorfactory.$code: $botocore"),
    form("boto3, retried", "An error occurred ($code) when calling the ConverseStream operation (reached max retries: 4): $text"),
    form("AWS CLI 2", "\naws: [ERROR]: $botocore"),
    form("AWS CLI 2, older", "\n$botocore"),
    form("JavaScript", "$code: $text\n    at de_CommandError (/app/node_modules/@aws-sdk/client-bedrock-runtime/dist-cjs/index.js:1230:11)\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5) {\n  '$fault': 'client',\n  '$metadata': {\n    httpStatusCode: $status,\n    requestId: '$id',\n    attempts: 1,\n    totalRetryDelay: 0\n  }\n}"),
    form("Node's inspect, message first", "{\n  message: «$text»,\n  name: '$code',\n  '$fault': 'client',\n  '$metadata': { httpStatusCode: $status, requestId: '$id', attempts: 3 }\n}"),
    form("Java", "software.amazon.awssdk.services.bedrockruntime.model.$code: $text (Service: BedrockRuntime, Status Code: $status, Request ID: $id) (SDK Attempt Count: 1)\n\tat software.amazon.awssdk.core.internal.http.CombinedResponseHandler.handleErrorResponse(CombinedResponseHandler.java:125)\n\tat software.amazon.awssdk.core.internal.http.CombinedResponseHandler.handleResponse(CombinedResponseHandler.java:82)"),
    form("Java, nested", "java.util.concurrent.CompletionException: software.amazon.awssdk.services.bedrockruntime.model.$code: $text (Service: BedrockRuntime, Status Code: $status, Request ID: $id)\n\tat java.base/java.util.concurrent.CompletableFuture.encodeThrowable(CompletableFuture.java:332)\nCaused by: software.amazon.awssdk.services.bedrockruntime.model.$code: $text (Service: BedrockRuntime, Status Code: $status, Request ID: $id)\n\t... 12 more"),
    form("Java SDK 1", "com.amazonaws.services.bedrockruntime.model.AmazonBedrockRuntimeException: $text (Service: AmazonBedrockRuntime; Status Code: $status; Error Code: $code; Request ID: $id; Proxy: null)"),
    form("Spring AI", "2026-03-27T17:33:17.498+08:00 ERROR 11752 --- [nio-8083-exec-4] o.a.c.c.C.[.[.[/].[dispatcherServlet] : Servlet.service() for servlet [dispatcherServlet] threw exception [Request processing failed: java.lang.RuntimeException: software.amazon.awssdk.services.bedrockruntime.model.$code: $text (Service: BedrockRuntime, Status Code: $status, Request ID: $id)] with root cause\n\nsoftware.amazon.awssdk.services.bedrockruntime.model.$code: $text (Service: BedrockRuntime, Status Code: $status, Request ID: $id)\n\tat org.springframework.ai.bedrock.converse.BedrockProxyChatModel.call(BedrockProxyChatModel.java:200)"),
    form("Go", "operation error Bedrock Runtime: Converse, https response error StatusCode: $status, RequestID: $id, $code: $text"),
    form("Go, retried", "operation error Bedrock Runtime: Converse, exceeded maximum number of attempts, 3, https response error StatusCode: $status, RequestID: $id, $code: $text"),
    form("Go behind klog", "E1121 10:15:02.123456   71 main.go:92] \"Unhandled error\" err=«operation error Bedrock Runtime: Converse, https response error StatusCode: $status, RequestID: $id, $code: $text»"),
    form("Rust Display", "Error: unhandled error ($code)\n\nCaused by:\n    $code: $text"),
    form("Rust Debug", "Error: ServiceError(ServiceError { source: Unhandled(Unhandled { source: ErrorMetadata { code: Some(\"$code\"), message: Some(«$text»), extras: Some({\"aws_request_id\": \"$id\"}) }, meta: ErrorMetadata { code: Some(\"$code\"), message: Some(«$text»), extras: None } }), raw: Response { status: StatusCode($status) } })"),
    form("Rust Debug, pretty", "Error: ServiceError(\n    ServiceError {\n        source: $code(\n            $code {\n                message: Some(\n                    «$text»,\n                ),\n                meta: ErrorMetadata {\n                    code: Some(\n                        \"$code\",\n                    ),\n                    message: Some(\n                        «$text»,\n                    ),\n                    extras: None,\n                },\n            },\n        ),\n        raw: Response {\n            status: StatusCode(\n                $status,\n            ),\n        },\n    },\n)"),
    form("DisplayErrorContext", "service error: $code: $text ($code { message: «$text», meta: ErrorMetadata { code: Some(\"$code\"), message: Some(«$text») } })"),
    without_code("LiteLLM", "litellm.BadRequestError: BedrockException - {\"message\":«$text»}\nstatus code $status"),
    without_code("LiteLLM, bytes", "litellm.exceptions.BadRequestError: litellm.BadRequestError: BedrockException - b'{\"message\":«$text»}' HTTP $status"),
    without_code("LiteLLM proxy", "Error code: $status - {\"error\":{\"message\":«litellm.BadRequestError: BedrockException - {\"message\":«$text»}. Received Model Group=sonnet\nAvailable Model Group Fallbacks=None»,\"type\":null,\"param\":null,\"code\":\"$status\"}}"),
    without_code("LiteLLM, ASCII-escaped", "HTTP $status litellm.BadRequestError: BedrockException - {\"message\":$ascii}"),
    form("bare body with __type", "{\"__type\":\"com.amazon.coral.service#$code\",\"message\":«$text»}"),
    without_code("bare body", "HTTP $status\n{\"Message\":«$text»}"),
    form("curl -i", "HTTP/2 $status \r\ndate: Fri, 27 Nov 2026 06:37:05 GMT\r\ncontent-type: application/json\r\nx-amzn-requestid: $id\r\nx-amzn-errortype: $code:http://internal.amazon.com/coral/com.amazon.bedrock/\r\n\r\n{\"message\":«$text»}"),
    without_code("Anthropic SDK", "anthropic.BadRequestError: Error code: $status - {'message': $repr}"),
    without_code("OpenAI SDK", "openai.BadRequestError: Error code: $status - {'error': {'message': $repr, 'type': 'invalid_request_error', 'param': None, 'code': None}}"),
    without_code("OpenAI-style JSON", "HTTP $status: {\"error\":{\"message\":«$text»,\"type\":\"invalid_request_error\",\"param\":null,\"code\":null}}"),
    without_code("gateway's detail", "HTTP $status {\"detail\":«$text»}"),
    without_code("Claude Code", "API Error ($model): $status $text"),
    without_code("Claude Code, retrying", "  ⎿  API Error ($status {\"message\":«$text»}) · Retrying in 1 seconds… (attempt 1/10)"),
    without_code("Claude Code, JSON", "API Error: $status {\"type\":\"error\",\"error\":{\"type\":\"invalid_request_error\",\"message\":«$text»}}"),
    form("Roo and Cline", "Unknown Error: message: $text\nname: $code\n$metadata: {\"httpStatusCode\":$status,\"requestId\":\"$id\",\"attempts\":3}"),
    without_code("Cline", "{\"message\":«$text»,\"status\":$status,\"request_id\":\"$id\",\"modelId\":\"$model\",\"providerId\":\"bedrock\"}\nHTTP $status"),
    without_code("aider", "litellm.APIConnectionError: BedrockException - {\"message\":«$text»}\nHTTP $status\nThe API provider's servers are down or overloaded.\nRetrying in 0.2 seconds..."),
    without_code("Vercel AI", "APICallError [AI_APICallError]: $text\n    at /app/node_modules/@ai-sdk/provider-utils/dist/index.js:880:14 {\n  url: 'https://bedrock-runtime.us-east-1.amazonaws.com/model/x/converse',\n  statusCode: $status,\n  responseBody: '{\"message\":$apostrophes}',\n  isRetryable: false,\n  data: { message: «$text» }\n}\nHTTP $status"),
    without_code("opencode", "{\"name\":\"APIError\",\"data\":{\"message\":«$text»,\"statusCode\":$status,\"isRetryable\":false,\"responseBody\":«{\"message\":«$text»}»}} HTTP $status"),
    form("LangChain", "ValueError: Error raised by bedrock service: $botocore"),
    form("LangChain, JavaScript", "Error: Failed to access underlying url : ...: got $status : $code: $text"),
    form("Pydantic AI", "pydantic_ai.exceptions.ModelHTTPError: status_code: $status, model_name: $model, body: {'Error': {'Message': $repr, 'Code': '$code'}, 'ResponseMetadata': {'RequestId': '$id', 'HTTPStatusCode': $status}}"),
    form("Strands", "botocore.errorfactory.$code: $botocore\n└ Bedrock region: us-west-2\n└ Model id: $model"),
    form("Dify", "[bedrock] Error: req_id: 1f2e3d4c5b PluginInvokeError: {\"args\":{\"description\":«[models] Bad Request Error, $code: $text»},\"error_type\":\"InvokeBadRequestError\",\"message\":«[models] Bad Request Error, $code: $text»}"),
    form("Swift", "$code(properties: AWSBedrockRuntime.$code.Properties(message: Optional(«$text»)), message: Optional(«$text»), requestID: Optional(\"$id\"))"),
    form(".NET", "Unhandled exception. Amazon.BedrockRuntime.Model.$code: $text\n ---> Amazon.Runtime.Internal.HttpErrorResponseException: Exception of type 'Amazon.Runtime.Internal.HttpErrorResponseException' was thrown.\n   at Amazon.Runtime.HttpWebRequestMessage.ProcessHttpResponseMessage(HttpResponseMessage responseMessage)"),
    form("PHP", "PHP Fatal error:  Uncaught exception 'Aws\\BedrockRuntime\\Exception\\BedrockRuntimeException' with message 'Error executing \"Converse\" on \"https://bedrock-runtime.us-east-1.amazonaws.com/model/$model/converse\"; AWS HTTP error: Client error: `POST https://bedrock-runtime.us-east-1.amazonaws.com/model/$model/converse` resulted in a `$status` response:\n{\"message\":«$text»}\n $code (client): $text - {\"message\":«$text»}'"),
    form("Ruby", "/usr/lib/ruby/gems/aws-sdk-core-3.240.0/lib/seahorse/client/plugins/raise_response_errors.rb:17:in 'call': $text (Aws::BedrockRuntime::Errors::$code)\n\tfrom /usr/lib/ruby/gems/aws-sdk-core/lib/aws-sdk-core/plugins/jsonvalue_converter.rb:16:in 'call'"),
    form("CloudWatch", "[ERROR] $code: $botocore\nTraceback (most recent call last):\n  File \"/var/task/app.py\", line 9, in handler\nEND RequestId: $id"),
    form("Lambda's JSON", "{\"errorMessage\": «$botocore», \"errorType\": \"$code\", \"requestId\": \"$id\", \"stackTrace\": [\"  File \\\"/var/task/app.py\\\", line 9, in handler\\n\"]}"),
    form("JSON log", "{\"level\":\"error\",\"time\":\"2026-11-27T06:37:05Z\",\"msg\":\"invoke failed\",\"err\":{\"type\":\"$code\",\"message\":«$text»,\"stack\":\"at x\"}}"),
];

/// The forms of an error that no response of AWS caused.
#[rustfmt::skip]
pub(super) const LOCAL_FORMS: &[Form] = &[
    form("plain", "$text"),
    form("boto3", "Traceback (most recent call last):\n  File \"/app/main.py\", line 12, in <module>\n    client.converse(\nbotocore.exceptions.BotoCoreError: $text"),
    form("AWS CLI 2", "\naws: [ERROR]: $text"),
    form("JavaScript", "Error: $text\n    at /app/node_modules/@smithy/core/dist-cjs/index.js:63:5\n    at process.processTicksAndRejections (node:internal/process/task_queues:95:5)"),
    form("Java", "software.amazon.awssdk.core.exception.SdkClientException: $text\n\tat software.amazon.awssdk.core.exception.SdkClientException$BuilderImpl.build(SdkClientException.java:130)"),
    form("Go", "operation error Bedrock Runtime: Converse, $text"),
    form("Rust", "error: dispatch failure\n\nCaused by:\n    0: other\n    1: $text\nnote: run with `RUST_BACKTRACE=1` environment variable to display a backtrace"),
    form("LiteLLM", "litellm.APIConnectionError: BedrockException - $text\nAvailable Model Group Fallbacks=None"),
    form("Claude Code", "API Error: $text · Retrying in 1 seconds… (attempt 1/10)"),
    form("JSON log", "{\"level\":\"error\",\"msg\":«$text»}"),
];
