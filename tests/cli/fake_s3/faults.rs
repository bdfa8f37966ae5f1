//! Faults that a test injects into the requests of an operation.

use super::operation::S3Operation;
use crate::fake_bedrock::{Held, Moment, Refusal, Response};

/// What goes wrong with a request.
#[derive(Clone)]
pub enum Fault {
    /// An error of S3. The request has no effect.
    Refuse(Refusal),
    /// A status of 200 with an error of S3 in the body, as `CompleteMultipartUpload` may have. The request takes effect.
    ErrorInside(Refusal),
    /// A reset of the connection before the body is read. The request has no effect.
    Reset,
    /// A reset of the connection in place of the response. The request takes effect.
    ResetAfter,
    /// A reset of the connection after this many bytes of the request's body. The request has no effect.
    CutRequest(u64),
    /// The end of the connection after this many bytes of the response's body.
    CutResponse(usize),
    /// One bit of the response's body is wrong.
    Corrupt,
    /// The response is changed like this, apart from what HTTP itself needs. The request takes effect.
    Alter(fn(&mut Response)),
    /// The test decides when it goes on: see [`super::FakeS3::hold`].
    Hold(Held, Moment),
}

impl Fault {
    /// Creates S3's throttling: 503 `SlowDown`.
    pub fn slow_down() -> Self {
        Self::refuse(503, "SlowDown", "Please reduce your request rate.")
    }

    /// Creates a 403 `AccessDenied` for the caller of [`crate::fake_bedrock`], as S3 words it.
    pub fn access_denied(action: &str, resource: &str) -> Self {
        let message = format!(
            "User: arn:aws:sts::{}:assumed-role/developer/someone is not authorized to perform: {action} on resource: \
             \"{resource}\" because no identity-based policy allows the {action} action",
            super::ACCOUNT
        );
        Self::refuse(403, "AccessDenied", &message)
    }

    /// Creates an error of S3.
    pub fn refuse(status: u16, code: &str, message: &str) -> Self {
        Self::Refuse(Refusal::new(status, code, message))
    }
}

/// A fault, and the requests that have it.
pub struct Rule {
    operation: S3Operation,
    /// The requests before the one that has it.
    before: usize,
    is_lasting: bool,
    fault: Fault,
}

impl Rule {
    /// Creates the fault of the nth request from now, from 1.
    pub fn once(operation: S3Operation, nth: usize, fault: Fault) -> Self {
        Self { operation, before: nth.saturating_sub(1), is_lasting: false, fault }
    }

    /// Creates the fault of every request from now.
    pub fn always(operation: S3Operation, fault: Fault) -> Self {
        Self { operation, before: 0, is_lasting: true, fault }
    }

    /// Returns the fault of a request of this operation, and counts the request.
    pub fn take(rules: &mut Vec<Self>, operation: S3Operation) -> Option<Fault> {
        let due = rules.iter().position(|rule| rule.operation == operation && rule.before == 0);
        for rule in rules.iter_mut().filter(|rule| rule.operation == operation) {
            rule.before = rule.before.saturating_sub(1);
        }
        let at = due?;
        if rules[at].is_lasting { Some(rules[at].fault.clone()) } else { Some(rules.remove(at).fault) }
    }
}
