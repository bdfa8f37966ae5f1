//! The result of a failed call to AWS in plain values: the input of every diagnosis. No type of the AWS SDK is used
//! here.

/// The step at which a call failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// No credentials could be loaded, or their source failed. Nothing was sent.
    Credentials,
    /// The request could not be built or sent: DNS, TCP, a proxy.
    Connection,
    /// The TLS handshake failed: a certificate, a protocol version.
    Tls,
    /// A time limit passed: connect, first byte, idle or total.
    Timeout,
    /// The service returned an error status.
    Response,
    /// The response could not be read: it was not JSON, had the wrong content type, or was cut off.
    Unreadable,
    /// A stream that began with status 200 contained an exception frame, broke, or ended without `messageStop`.
    Stream,
}

/// What a pasted error tells about the program that printed it, and about the call if Bedrock was not called.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct PastedCall {
    /// The SDK, library or tool that printed the error, such as `boto3`; `None` if the text does not tell.
    pub tool: Option<&'static str>,
    /// The other service that returned the error, if Bedrock did not.
    pub other_service: Option<OtherService>,
}

/// A service other than Bedrock that returned an error.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OtherService {
    /// The name of the service, such as `S3`.
    pub name: Option<String>,
    /// The name of the API operation, such as `PutObject`.
    pub operation: Option<String>,
    /// Whether the service is one of AWS, so that an error about AWS credentials has the same cause as with Bedrock.
    pub is_aws: bool,
}

/// A failed call: everything that a diagnosis can use. The message is AWS's own, verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// The step at which the call failed.
    pub stage: Stage,
    /// The name of the API operation, such as `Converse` or `ListInferenceProfiles`.
    pub operation: Option<&'static str>,
    /// The error code, such as `ValidationException`: from the header, the body, or the variant of a stream's
    /// exception.
    pub code: Option<String>,
    /// The HTTP status of the response, if there was one.
    pub status: Option<u16>,
    /// The message of the service, or the innermost cause of a local failure, verbatim.
    pub message: String,
    /// The causes of a local failure, outermost first, one line each, without the text of `message`.
    pub sources: Vec<String>,
    /// The host that was called, preceded by `http://` if the connection was not encrypted; `None` if nothing was sent.
    pub host: Option<String>,
    /// The request ID, from the header `x-amzn-RequestId`.
    pub request_id: Option<String>,
    /// The status and the message of the model's own server (`ModelStreamErrorException`, `ModelErrorException`).
    pub original: Option<(u16, String)>,
    /// The offset of this machine's clock in seconds, positive if it is ahead of the `Date` header of the response.
    pub clock_offset_seconds: Option<i64>,
    /// The time in seconds that the response asks to wait before the next attempt.
    pub retry_after_seconds: Option<u64>,
    /// What a pasted error tells about its origin; `None` for a failure of this program.
    pub pasted: Option<PastedCall>,
    /// The number of times that the request was sent.
    pub attempts: u32,
    /// The number of bytes of response text that arrived before the failure.
    pub text_bytes: u64,
}

impl Failure {
    /// Creates a failure at `stage` with this message, sent once. All other fields are empty.
    pub fn new(stage: Stage, message: impl Into<String>) -> Self {
        Self {
            stage,
            operation: None,
            code: None,
            status: None,
            message: message.into(),
            sources: Vec::new(),
            host: None,
            request_id: None,
            original: None,
            clock_offset_seconds: None,
            retry_after_seconds: None,
            pasted: None,
            attempts: 1,
            text_bytes: 0,
        }
    }
}
