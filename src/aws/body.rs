//! The body of a response, with a bound: on the whole of it, or on each frame of an event stream. Knows no content.

use std::pin::Pin;
use std::task::{Context, Poll, ready};

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeDeserializationInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::orchestrator::HttpResponse;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use http_body::{Body, Frame};

/// The bytes of a response that comes whole. AWS's longest list has fewer than 2 MB.
const LARGEST_BODY: u64 = 64 << 20;

/// The bytes of the response to a record of a batch, of which many are in memory at once. The longest text of a model has fewer
/// than 1 MB.
const LARGEST_RECORD_RESPONSE: u64 = 8 << 20;

/// The bytes of an error response.
const LARGEST_ERROR: u64 = 1 << 20;

/// The bytes of one frame of an event stream, by AWS's specification 24 MB at most.
const LARGEST_FRAME: u32 = 25 << 20;

/// Returns a response whose body fails beyond its bound.
pub(super) fn bounded(response: HttpResponse) -> HttpResponse {
    let content_type = response.headers().get("content-type").unwrap_or_default();
    let bound = match response.status().is_success() {
        true if content_type.starts_with("application/vnd.amazon.eventstream") => Bound::Frame(Prelude::default()),
        true => Bound::whole(LARGEST_BODY),
        false => Bound::whole(LARGEST_ERROR),
    };
    response.map(|inner| bounded_by(bound, inner))
}

/// Bounds the response to a record of a batch.
#[derive(Debug)]
pub(super) struct RecordResponseLimit;

#[dyn_dispatch_hint]
impl Intercept for RecordResponseLimit {
    fn name(&self) -> &'static str {
        "record response limit"
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let bound = Bound::whole(LARGEST_RECORD_RESPONSE);
        wrap(context.response_mut(), |inner| bounded_by(bound, inner));
        Ok(())
    }
}

/// Replaces the body of a response by one that reads it.
pub(super) fn wrap(response: &mut HttpResponse, wrapped: impl FnOnce(SdkBody) -> SdkBody) {
    let inner = std::mem::replace(response.body_mut(), SdkBody::taken());
    *response.body_mut() = wrapped(inner);
}

/// Returns a body whose bytes are shown to `see` as they pass; its error ends the body.
pub(super) fn observed(
    inner: SdkBody,
    see: impl FnMut(&[u8]) -> Result<(), BoxError> + Send + Sync + Unpin + 'static,
) -> SdkBody {
    SdkBody::from_body_1_x(Observed { inner, see })
}

fn bounded_by(mut bound: Bound, inner: SdkBody) -> SdkBody {
    observed(inner, move |bytes| bound.take(bytes))
}

struct Observed<F> {
    inner: SdkBody,
    see: F,
}

#[derive(Clone, Copy)]
enum Bound {
    /// So many bytes are left of the most.
    Whole {
        left: u64,
        most: u64,
    },
    Frame(Prelude),
}

/// Where in the frames of an event stream a body is: each begins with its length, in four bytes.
#[derive(Clone, Copy, Default)]
struct Prelude {
    length: [u8; 4],
    known: usize,
    left: u32,
}

impl Bound {
    fn whole(most: u64) -> Self {
        Self::Whole { left: most, most }
    }

    /// Counts the bytes that have arrived.
    fn take(&mut self, bytes: &[u8]) -> Result<(), BoxError> {
        match self {
            Self::Whole { left, most } => {
                let too_large = || format!("the response is too large: it has more than {} MiB", *most >> 20);
                *left = left.checked_sub(bytes.len() as u64).ok_or_else(too_large)?;
                Ok(())
            }
            Self::Frame(prelude) => prelude.take(bytes),
        }
    }
}

impl Prelude {
    fn take(&mut self, mut bytes: &[u8]) -> Result<(), BoxError> {
        while let Some((first, rest)) = bytes.split_first() {
            if self.left > 0 {
                let passed = bytes.len().min(self.left as usize);
                self.left -= u32::try_from(passed)?;
                bytes = &bytes[passed..];
                continue;
            }
            self.length[self.known] = *first;
            self.known += 1;
            bytes = rest;
            if self.known == self.length.len() {
                let length = u32::from_be_bytes(self.length);
                if length > LARGEST_FRAME {
                    return Err("a frame of the stream is too large".into());
                }
                *self = Self { left: length.saturating_sub(4), ..Self::default() };
            }
        }
        Ok(())
    }
}

impl<F: FnMut(&[u8]) -> Result<(), BoxError> + Unpin> Body for Observed<F> {
    type Data = <SdkBody as Body>::Data;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Self::Data>, Self::Error>>> {
        let frame = ready!(Pin::new(&mut self.inner).poll_frame(context));
        let bytes = frame.as_ref().and_then(|frame| frame.as_ref().ok()?.data_ref().cloned());
        if let Some(bytes) = bytes {
            (self.see)(&bytes)?;
        }
        Poll::Ready(frame)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_frame_is_bounded_wherever_its_bytes_are_split() {
        let frames = [[0, 0, 0, 6, 1, 2].as_slice(), &[0, 0, 0, 5, 9], &LARGEST_FRAME.to_be_bytes()].concat();
        for at in 0..frames.len() {
            let mut prelude = Prelude::default();
            assert!(prelude.take(&frames[..at]).is_ok() && prelude.take(&frames[at..]).is_ok(), "{at}");
            assert_eq!(prelude.left, LARGEST_FRAME - 4);
        }
        assert!(Prelude::default().take(&(LARGEST_FRAME + 1).to_be_bytes()).is_err());
    }

    #[test]
    fn a_body_is_bounded_as_a_whole() {
        let mut bound = Bound::whole(3);
        assert!(bound.take(&[1, 2]).is_ok() && bound.take(&[3]).is_ok() && bound.take(&[4]).is_err());
    }
}
