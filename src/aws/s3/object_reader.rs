//! Reads an object from its beginning to its end, one range after the other: each is requested again if it breaks.

use super::{Object, S3};
use crate::aws::retry;
use bedrock_ask::model::failure::{Failure, Stage};

/// The bytes of a range, which is held in memory twice while it arrives.
const RANGE: u64 = 1 << 20;

/// How often a range is requested whose response breaks.
const MOST_ATTEMPTS: u32 = 3;

/// A reader of an object.
#[derive(Debug)]
pub struct ObjectReader {
    s3: S3,
    bucket: String,
    object: Object,
    at: u64,
}

impl ObjectReader {
    pub(super) fn new(s3: S3, bucket: &str, object: &Object) -> Self {
        Self { s3, bucket: bucket.to_owned(), object: object.clone(), at: 0 }
    }

    /// Returns the next bytes, a few MB at most; `None` at the end.
    ///
    /// # Errors
    /// If the object cannot be read, or has changed: then its code is `PreconditionFailed`.
    pub async fn next(&mut self) -> Result<Option<Vec<u8>>, Box<Failure>> {
        if self.at >= self.object.bytes {
            return Ok(None);
        }
        let end = (self.at + RANGE).min(self.object.bytes);
        let mut attempts = 1;
        let content = loop {
            let etag = self.object.etag.as_deref();
            match self.s3.get_object(&self.bucket, &self.object.key, self.at..end, etag).await {
                Err(failure) if is_broken(&failure) && attempts < MOST_ATTEMPTS => {
                    tokio::time::sleep(retry::backoff(attempts)).await;
                    attempts += 1;
                }
                settled => break settled?,
            }
        };
        self.at = end;
        Ok(Some(content))
    }
}

/// Whether a response began and did not arrive whole. The SDK has retried everything else.
fn is_broken(failure: &Failure) -> bool {
    failure.status == Some(200) && matches!(failure.stage, Stage::Stream | Stage::Timeout)
}
