//! What a response with a range of an object has to be.

use std::ops::Range;

use aws_sdk_s3::primitives::ByteStream;

use super::unreadable;
use bedrock_ask::model::failure::{Failure, Stage};

/// Returns a body of so many bytes, and reads no more of it.
pub(super) async fn collect(mut body: ByteStream, expected: u64) -> Result<Vec<u8>, Box<Failure>> {
    let mut content = Vec::with_capacity(usize::try_from(expected).unwrap_or_default());
    while let Some(bytes) = body.next().await {
        content.extend(bytes.map_err(|error| broken(Failure::new(Stage::Stream, error.to_string())))?);
        if content.len() as u64 > expected {
            return Err(unreadable("GetObject", "the response is longer than the range that was requested"));
        }
    }
    if content.len() as u64 == expected {
        return Ok(content);
    }
    let message = format!("{} bytes of the object arrived instead of {expected}", content.len());
    Err(broken(Failure::new(Stage::Stream, message)))
}

/// Whether a `Content-Range` is this range. A server that sends the whole object names none.
pub(super) fn is_of_range(content_range: Option<&str>, range: &Range<u64>) -> bool {
    let Some(named) = content_range else { return range.start == 0 };
    let bytes = named.strip_prefix("bytes ").and_then(|named| named.split('/').next());
    bytes == Some(&format!("{}-{}", range.start, range.end.saturating_sub(1)))
}

/// Returns the failure of an object that is not the one that was listed, as S3 puts it.
pub(super) fn changed() -> Box<Failure> {
    let failure = Failure::new(Stage::Response, "the response has another ETag");
    Box::new(Failure {
        operation: Some("GetObject"),
        status: Some(200),
        code: Some("PreconditionFailed".to_owned()),
        ..failure
    })
}

/// Returns the failure of an object whose content did not arrive.
pub(super) fn broken(failure: Failure) -> Box<Failure> {
    Box::new(Failure { operation: Some("GetObject"), status: Some(200), ..failure })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_range_that_was_requested_is_taken() {
        for (content_range, range, expected) in [
            (Some("bytes 0-9/100"), 0..10, true),
            (Some("bytes 10-19/*"), 10..20, true),
            (Some("bytes 0-9/100"), 10..20, false),
            (Some("bytes 10-20/100"), 10..20, false),
            (Some("10-19/100"), 10..20, false),
            (Some(""), 0..10, false),
            (None, 0..10, true),
            (None, 10..20, false),
        ] {
            assert_eq!(is_of_range(content_range, &range), expected, "{content_range:?} {range:?}");
        }
    }
}
