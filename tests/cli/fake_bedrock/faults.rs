//! Faults of a response: AWS's errors, broken connections, and the ways in which a stream can end.

use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use serde_json::json;

use super::http::Response;

/// An error response of AWS.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refusal {
    pub status: u16,
    pub code: String,
    pub message: String,
    capital: bool,
}

impl Refusal {
    /// Creates an error with this status, code and message.
    pub fn new(status: u16, code: &str, message: impl Into<String>) -> Self {
        Self { status, code: code.to_owned(), message: message.into(), capital: false }
    }

    /// Creates the most common error: 400 `ValidationException`.
    pub fn validation(message: impl Into<String>) -> Self {
        Self::new(400, "ValidationException", message)
    }

    /// Creates a 404 `ResourceNotFoundException`.
    pub fn not_found(message: impl Into<String>) -> Self {
        Self::new(404, "ResourceNotFoundException", message)
    }

    /// Spells the member `Message`, as AWS's front end does.
    #[must_use]
    pub fn with_capital_message(mut self) -> Self {
        self.capital = true;
        self
    }

    /// Returns the response. Its header has a URL after the code, as AWS's does.
    pub fn response(&self) -> Response {
        let member = if self.capital { "Message" } else { "message" };
        let mut response = Response::new(self.status, "application/json", json!({ member: self.message }).to_string());
        let kind = format!("{}:http://internal.amazon.com/coral/com.amazon.bedrock/", self.code);
        response.set("x-amzn-ErrorType", kind);
        response
    }
}

/// How a stream ends after its deltas.
#[derive(Clone, Debug, PartialEq)]
pub enum Ending {
    /// With `contentBlockStop`, `messageStop` and `metadata`.
    Whole,
    /// With an exception frame of this type and payload.
    Exception(String, serde_json::Value),
    /// With a frame of the message type `error`, of this code and message.
    Error(String, String),
    /// With a delta that is not of its type, then as a whole one.
    Unreadable,
    /// With these events, each of its type and payload.
    Events(Vec<(&'static str, serde_json::Value)>),
    /// With these events, each of its type and the bytes of its payload.
    Payloads(Vec<(&'static str, &'static [u8])>),
    /// With `contentBlockStop` and `messageStop`, but without `metadata`.
    WithoutMetadata,
    /// The body ends properly after a frame, without `messageStop`.
    WithoutStop,
    /// The body ends properly in the middle of a frame.
    InsideFrame,
    /// The connection is reset.
    Reset,
    /// Nothing more arrives.
    Silence,
}

/// Holds an answer's deltas back until the test lets them through, one by one. Clones are the same gate.
///
/// ```
/// let gate = Gate::default();
/// fake.expect(converse_stream().text(["one ", "two"]).behind(&gate));
/// let running = bedrock_ask(["count"]).against(&fake).spawn();
/// gate.open();
/// running.stdout_until("one ");
/// ```
#[derive(Clone, Default)]
pub struct Gate {
    opened: Arc<(Mutex<usize>, Condvar)>,
}

impl Gate {
    /// Lets one more delta through.
    pub fn open(&self) {
        let mut opened = self.opened.0.lock().unwrap();
        *opened = opened.saturating_add(1);
        drop(opened);
        self.opened.1.notify_all();
    }

    /// Lets all through, from now on.
    pub fn open_all(&self) {
        *self.opened.0.lock().unwrap() = usize::MAX;
        self.opened.1.notify_all();
    }

    /// Waits until the gate opens, a minute at most, and returns whether it did.
    pub fn pass(&self) -> bool {
        let until = Instant::now() + Duration::from_mins(1);
        let mut opened = self.opened.0.lock().unwrap();
        while *opened == 0 {
            let left = until.saturating_duration_since(Instant::now());
            if left.is_zero() {
                return false;
            }
            opened = self.opened.1.wait_timeout(opened, left).unwrap().0;
        }
        if *opened != usize::MAX {
            *opened -= 1;
        }
        true
    }
}

/// Holds one request back, so that a test can end the program exactly there. Clones are the same request.
///
/// ```
/// let held = s3.hold(S3Operation::UploadPart, 2, Moment::Before);
/// let running = bedrock_ask(["batch", "submit", …]).spawn();
/// held.wait();
/// running.kill();
/// ```
///
/// Without [`Self::release`] the connection is reset, at the latest after a minute.
#[derive(Clone, Default)]
pub struct Held {
    state: Arc<(Mutex<HeldState>, Condvar)>,
}

/// When a request is held back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// Before anything happens: what is never released has no effect.
    Before,
    /// After it has taken effect, before the response.
    After,
}

#[derive(Clone, Copy, Default, PartialEq, Eq)]
enum HeldState {
    #[default]
    Expected,
    Arrived,
    Released,
    Reset,
}

impl Held {
    /// Waits until the request has arrived.
    ///
    /// # Panics
    /// After a minute.
    pub fn wait(&self) {
        let (state, changed) = &*self.state;
        let limit = Duration::from_mins(1);
        let waited = changed.wait_timeout_while(state.lock().unwrap(), limit, |state| *state == HeldState::Expected);
        assert!(!waited.unwrap().1.timed_out(), "the request did not arrive within a minute");
    }

    /// Lets the request go on.
    pub fn release(&self) {
        self.set(HeldState::Released);
    }

    /// Resets the connection.
    pub fn reset(&self) {
        self.set(HeldState::Reset);
    }

    /// Reports that the request has arrived, waits, and returns whether it may go on.
    pub fn pass(&self) -> bool {
        let (state, changed) = &*self.state;
        let mut now = state.lock().unwrap();
        if *now == HeldState::Expected {
            *now = HeldState::Arrived;
            changed.notify_all();
        }
        let limit = Duration::from_mins(1);
        let waited = changed.wait_timeout_while(now, limit, |now| *now == HeldState::Arrived);
        *waited.unwrap().0 == HeldState::Released
    }

    fn set(&self, to: HeldState) {
        let (state, changed) = &*self.state;
        *state.lock().unwrap() = to;
        changed.notify_all();
    }
}
