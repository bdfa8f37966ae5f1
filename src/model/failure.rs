//! What a call to AWS came back with, in plain values: the input of every diagnosis. No SDK type comes in here.

/// Where in the life of a call it failed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Stage {
    /// No credentials could be loaded, or what should have given them failed: nothing was sent.
    Credentials,
    /// The request could not be built or sent: DNS, TCP, a proxy.
    Connection,
    /// The TLS handshake failed: a certificate, a protocol version.
    Tls,
    /// One of the time limits passed (connect, first byte, idle, total).
    Timeout,
    /// The service answered with an error status.
    Response,
    /// The answer could not be understood (not JSON, wrong content type, cut off).
    Unreadable,
    /// A stream that had begun with status 200 carried an exception frame, broke, or ended without `messageStop`.
    Stream,
}

/// One failed call: everything that a diagnosis may know of it. The message is AWS's own, verbatim.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Failure {
    /// Where it failed.
    pub stage: Stage,
    /// The operation, such as `Converse` or `ListInferenceProfiles`.
    pub operation: Option<&'static str>,
    /// The error code: `ValidationException`, from the header, the body, or the variant of a stream's exception.
    pub code: Option<String>,
    /// The HTTP status of the answer, where there was one.
    pub status: Option<u16>,
    /// What the service said, or the innermost cause of a local failure, verbatim.
    pub message: String,
    /// The causes of a local failure, outermost first, one line each, without what `message` says already.
    pub sources: Vec<String>,
    /// The host that was called, with `http://` before it where it was called in plain; none where nothing was sent.
    pub host: Option<String>,
    /// `x-amzn-RequestId`.
    pub request_id: Option<String>,
    /// The status and message that a model's own server gave (`ModelStreamErrorException`, `ModelErrorException`).
    pub original: Option<(u16, String)>,
    /// Seconds by which this machine's clock is ahead (positive) or behind, by the answer's `Date` header.
    pub clock_offset_seconds: Option<i64>,
    /// How often the request was sent.
    pub attempts: u32,
    /// Bytes of answer text that had come before it failed.
    pub text_bytes: u64,
}

impl Failure {
    /// A failure at `stage` with this message, all else unknown.
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
            attempts: 1,
            text_bytes: 0,
        }
    }
}
