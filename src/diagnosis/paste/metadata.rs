//! Finds what else tools print about a call: the status, the request ID, the number of attempts, the operation.

/// The operations that a pasted error can name.
const OPERATIONS: &[&str] = &[
    "ConverseStream",
    "Converse",
    "InvokeModelWithResponseStream",
    "InvokeModel",
    "CountTokens",
    "ApplyGuardrail",
    "ListInferenceProfiles",
    "ListFoundationModels",
    "GetFoundationModelAvailability",
    "GetFoundationModel",
    "GetInferenceProfile",
    "CreateInferenceProfile",
    "DeleteInferenceProfile",
    "GetUseCaseForModelAccess",
    "PutUseCaseForModelAccess",
    "CreateModelInvocationJob",
    "AssumeRole",
    "GetCallerIdentity",
];

/// The tools whose settings the hints name, each with what its errors contain. The first that fits is the one.
const TOOLS: [(&str, &[&str]); 12] = [
    ("bedrock-ask", &["bedrock-ask"]),
    ("claude-code", &["Claude Code", "claude-code", "claude_code"]),
    ("ai-sdk", &["AI_APICallError", "AI_RetryError", "@ai-sdk/", "AI_TypeValidationError"]),
    ("litellm", &["litellm"]),
    ("strands", &["strands"]),
    ("langchain", &["langchain", "Error raised by bedrock service"]),
    ("spring-ai", &["springframework.ai"]),
    ("aws-cli", &["aws: [ERROR]", "aws: error:", "aws bedrock", "$ aws "]),
    ("java", &["software.amazon.awssdk", "com.amazonaws."]),
    ("javascript", &["@aws-sdk/", "$metadata", "node_modules", "@smithy/"]),
    ("go", &["operation error ", "aws-sdk-go"]),
    (
        "boto3",
        &[
            "botocore",
            "boto3",
            "An error occurred (",
            "Read timeout on endpoint URL",
            "Connect timeout on endpoint URL",
            "ReadTimeoutError",
            "Parameter validation failed",
        ],
    ),
];

/// Returns the tool that printed the text; `None` if the text does not tell.
pub(super) fn tool(text: &str) -> Option<&'static str> {
    TOOLS.iter().find(|(_, marks)| marks.iter().any(|mark| text.contains(mark))).map(|(name, _)| *name)
}

/// Returns the seconds in a `Retry-After` header.
pub(super) fn retry_after(text: &str) -> Option<u64> {
    const NAME: &str = "retry-after";
    let lower = text.to_ascii_lowercase();
    let (at, _) = lower.rmatch_indices(NAME).next()?;
    let rest = text[at + NAME.len()..].trim_start_matches(|c: char| " \"'`:=\\[(,".contains(c));
    let end = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    // A date begins with the name of a day.
    rest[..end].parse().ok().filter(|seconds| *seconds > 0)
}

pub(super) fn status(text: &str) -> Option<u16> {
    const MARKERS: [&str; 21] = [
        "httpStatusCode: ",
        "\"httpStatusCode\": ",
        "\"httpStatusCode\":",
        "'HTTPStatusCode': ",
        "Status Code: ",
        "StatusCode: ",
        "StatusCode(",
        "Error code: ",
        "An error occurred (",
        "API Error: ",
        "API Error (",
        "statusCode: ",
        "\"statusCode\":",
        "\"statusCode\": ",
        "status_code: ",
        "status_code=",
        "status code ",
        "status code: ",
        "HTTP/1.1 ",
        "HTTP/2 ",
        "HTTP ",
    ];
    let is_status = |number: &u32| (100..600).contains(number);
    MARKERS
        .iter()
        .find_map(|marker| number_after(text, marker).filter(is_status))
        .or_else(|| {
            let (_, rest) = text.rsplit_once("API Error (")?;
            number_after(rest.get(rest.find("): ")?..)?, "): ").filter(is_status)
        })
        .and_then(|number| u16::try_from(number).ok())
}

pub(super) fn attempts(text: &str) -> u32 {
    const MARKERS: [&str; 3] = ["maximum number of attempts, ", "  attempts: ", "\"attempts\":"];
    let retries = number_after(text, "reached max retries: ").map(|retries| retries.saturating_add(1));
    let attempts = retries.or_else(|| MARKERS.iter().find_map(|marker| number_after(text, marker)));
    attempts.map_or(1, |attempts| attempts.clamp(1, 1000))
}

fn number_after(text: &str, marker: &str) -> Option<u32> {
    let (_, rest) = text.rsplit_once(marker)?;
    let digits = rest.find(|character: char| !character.is_ascii_digit()).unwrap_or(rest.len());
    rest[..digits].parse().ok()
}

pub(super) fn request_id(text: &str) -> Option<String> {
    const MARKERS: [&str; 13] = [
        "x-amzn-requestid: ",
        "x-amzn-requestid': '",
        "Request ID: ",
        "RequestID: ",
        "request ID: ",
        "requestId: '",
        "requestId: ",
        "\"requestId\": \"",
        "\"requestId\":\"",
        "'RequestId': '",
        "request_id\": \"",
        "request id: ",
        "x-amzn-RequestId: ",
    ];
    MARKERS.iter().find_map(|marker| {
        let (_, rest) = text.rsplit_once(marker)?;
        let end = rest.find(|character: char| !character.is_ascii_hexdigit() && character != '-').unwrap_or(rest.len());
        (8..=64).contains(&end).then(|| rest[..end].to_owned())
    })
}

pub(super) fn operation(text: &str) -> Option<&'static str> {
    let botocore = text.rsplit_once("when calling the ").and_then(|(_, rest)| rest.split_once(" operation"));
    let go = text.rsplit_once("operation error Bedrock").and_then(|(_, rest)| rest.split_once(": ")?.1.split_once(','));
    let is_a_word =
        |name: &str| text.split(|character: char| !character.is_ascii_alphanumeric()).any(|word| word == name);
    let named =
        botocore.or(go).map(|(name, _)| name.trim()).filter(|name| name.chars().all(|c| c.is_ascii_alphanumeric()));
    OPERATIONS.iter().copied().find(|known| named.map_or_else(|| is_a_word(known), |name| name == *known))
}
