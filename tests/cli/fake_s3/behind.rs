//! A server that this project did not write, behind the fake: the fake counts, verifies signatures and injects faults, and
//! the server answers.

use std::process;
use std::sync::atomic::{AtomicUsize, Ordering};

use super::client::{Whole, exchange};
use super::objects;
use super::operation::{S3Operation, Target};
use crate::fake_bedrock::{Request, Response};

/// The server, and what sets the buckets of one fake apart from those of others.
#[derive(Clone)]
pub struct Behind {
    /// Such as `127.0.0.1:4566`.
    pub address: String,
    /// What the names of the buckets begin with at the server.
    pub prefix: String,
}

/// Returns the URL of `BEDROCK_ASK_TEST_S3`, if it is set: the only place that reads it.
pub fn url() -> Option<String> {
    #[expect(clippy::disallowed_methods, reason = "this is no setting of the program")]
    std::env::var("BEDROCK_ASK_TEST_S3").ok().filter(|url| !url.is_empty())
}

impl Behind {
    /// Uses the server at this URL.
    pub fn new(url: &str) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let address = url.strip_prefix("http://").expect("the S3 of the tests speaks plain HTTP");
        let prefix = format!("t{}-{}-", process::id(), COUNT.fetch_add(1, Ordering::SeqCst));
        Self { address: address.trim_end_matches('/').to_owned(), prefix }
    }

    /// Passes a request on and returns the response.
    pub fn answer(&self, target: &Target, request: &Request, page_size: Option<usize>) -> Response {
        let mut path = format!("/{}{}", self.prefix, request.target.trim_start_matches('/'));
        let limit = match target.operation {
            S3Operation::ListObjectsV2 => "max-keys",
            S3Operation::ListParts => "max-parts",
            _ => "max-uploads",
        };
        if let Some(size) = page_size
            && request.query(limit).is_none()
        {
            let separator = if path.contains('?') { '&' } else { '?' };
            path = format!("{path}{separator}{limit}={size}");
        }
        let own = ["host", "connection", "content-length", "transfer-encoding", "expect"];
        let headers: Vec<_> =
            request.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())).cloned().collect();
        let Whole { status, headers, body } =
            exchange(&self.address, (&request.method, &path, &request.body), &headers);
        let length = headers.iter().find(|(name, _)| name == "content-length").map(|(_, value)| value.clone());
        let mut response = Response { status, headers, body };
        // The fake numbers the requests.
        let is_id = |name: &str| ["x-amz-request-id", "x-amzn-requestid", "x-amz-id-2"].contains(&name);
        response.headers.retain(|(name, _)| !own.contains(&name.as_str()) && !is_id(name));
        if let Some(length) = length.filter(|_| request.method == "HEAD") {
            response.set(objects::LENGTH, length);
        }
        if target.operation != S3Operation::GetObject || status >= 300 {
            let text = String::from_utf8_lossy(&response.body).replace(&self.prefix, "");
            response.body = text.into_bytes();
        }
        response
    }
}
