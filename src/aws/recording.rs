//! A record of what AWS sent, beside what the SDK makes of it: the SDK drops content that its version does not know. Has
//! no rule about content.

use std::collections::{BTreeMap, VecDeque};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::{
    AfterDeserializationInterceptorContextRef, BeforeDeserializationInterceptorContextMut,
    BeforeTransmitInterceptorContextRef,
};
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use aws_smithy_types::event_stream::Message;
use http_body::Body;
use serde::Deserialize;
use serde::de::IgnoredAny;
use serde_json::Value;
use serde_json::value::RawValue;

use super::body;
use super::exchange::ConverseRequest;
use super::tool_call::{self, ToolCall};
use bedrock_ask::model::failure::{Failure, Stage};

/// The members of the last line of `--format ndjson`, as which no event can be printed.
const RESERVED: [&str; 2] = ["error", "result"];

/// Bytes that their clones share.
type Bytes = <SdkBody as Body>::Data;

/// One event of a stream as AWS sent it.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct RawEvent {
    /// The type of the event, such as `contentBlockDelta`.
    pub(super) kind: String,
    /// The payload; null if it is not JSON.
    pub(super) payload: Value,
    /// The bytes of the payload.
    pub(super) bytes: Bytes,
}

/// The record of the last response of a call. Clones share it.
#[derive(Clone, Debug, Default)]
pub(super) struct Recording(Arc<Mutex<Recorded>>);

#[derive(Debug, Default)]
struct Recorded {
    events: VecDeque<RawEvent>,
    body: RecordedBody,
    records_message: bool,
    records_body: bool,
    /// The last message of the request.
    message: Option<String>,
}

/// The body of a response that does not stream.
#[derive(Debug, Default)]
pub(super) struct RecordedBody {
    /// The text of the body, if the request wants it.
    pub(super) text: Option<String>,
    pub(super) json: Value,
    pub(super) tool_calls: Vec<ToolCall>,
}

impl Recording {
    /// Creates the record of a call.
    pub(super) fn of(request: &ConverseRequest) -> Self {
        let recorded = Recorded {
            records_message: request.returns_message,
            records_body: request.returns_body,
            ..Recorded::default()
        };
        Self(Arc::new(Mutex::new(recorded)))
    }

    /// Takes the last message of the request as it was sent, if the request wants it back.
    pub(super) fn take_message(&self) -> Option<String> {
        self.recorded().message.take()
    }

    /// Takes the event that the SDK has just returned: it returns one for each.
    pub(super) fn next_event(&self) -> RawEvent {
        self.recorded().events.pop_front().unwrap_or_default()
    }

    /// Takes the body of a response that does not stream; null if there was none.
    pub(super) fn take_body(&self) -> RecordedBody {
        std::mem::take(&mut self.recorded().body)
    }

    fn recorded(&self) -> MutexGuard<'_, Recorded> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[dyn_dispatch_hint]
impl Intercept for Recording {
    fn name(&self) -> &'static str {
        "recording"
    }

    fn read_before_transmit(
        &self,
        context: &BeforeTransmitInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let mut recorded = self.recorded();
        if recorded.records_message {
            recorded.message = context.request().body().bytes().and_then(last_message);
        }
        Ok(())
    }

    fn modify_before_deserialization(
        &self,
        context: &mut BeforeDeserializationInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // An earlier attempt may have brought something.
        let mut recorded = self.recorded();
        recorded.events.clear();
        recorded.body = RecordedBody::default();
        drop(recorded);
        let response = context.response_mut();
        let content_type = response.headers().get("content-type").unwrap_or_default();
        if response.status().is_success() && content_type.starts_with("application/vnd.amazon.eventstream") {
            let (recording, mut frames) = (self.clone(), Some(Frames::default()));
            let record = move |bytes: &[u8]| {
                match frames.as_mut().map(|frames| frames.take(bytes)) {
                    Some(Some(events)) => recording.recorded().events.extend(events),
                    // After bytes that are no frame, for which the SDK fails, nothing is recorded.
                    _ => frames = None,
                }
                Ok(())
            };
            body::wrap(response, |inner| body::observed(inner, record));
        }
        Ok(())
    }

    fn read_after_deserialization(
        &self,
        context: &AfterDeserializationInterceptorContextRef<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        // The body of a stream has no bytes here.
        if let Some(bytes) = context.response().body().bytes() {
            let json = json(bytes);
            let tool_calls = tool_call::of_body(bytes);
            let mut recorded = self.recorded();
            // The SDK has read it as JSON, which is UTF-8.
            let text = recorded.records_body.then(|| String::from_utf8_lossy(bytes).into_owned());
            recorded.body = RecordedBody { text, json, tool_calls };
        }
        Ok(())
    }
}

/// Returns the body of a response; a member with a number that no `Value` can hold is left out of it.
fn json(body: &[u8]) -> Value {
    serde_json::from_slice(body).unwrap_or_else(|_| {
        let members: BTreeMap<String, &RawValue> = serde_json::from_slice(body).unwrap_or_default();
        let value = |(name, member): (String, &RawValue)| Some((name, serde_json::from_str(member.get()).ok()?));
        Value::Object(members.into_iter().filter_map(value).collect())
    })
}

/// Returns the last of the messages in the body of a request, byte for byte.
fn last_message(body: &[u8]) -> Option<String> {
    #[derive(Deserialize)]
    struct Body<'a> {
        #[serde(borrow)]
        messages: Vec<&'a RawValue>,
    }
    let body: Body<'_> = serde_json::from_slice(body).ok()?;
    body.messages.last().map(|message| message.get().to_owned())
}

/// The frames of a stream.
#[derive(Default)]
struct Frames {
    decoder: MessageFrameDecoder,
    pending: Vec<u8>,
}

impl Frames {
    /// Returns the events that these bytes complete; `None` if they are no frames.
    fn take(&mut self, bytes: &[u8]) -> Option<Vec<RawEvent>> {
        self.pending.extend_from_slice(bytes);
        let mut events = Vec::new();
        loop {
            let mut rest = &self.pending[..];
            let decoded = self.decoder.decode_frame(&mut rest).ok()?;
            let taken = self.pending.len() - rest.len();
            self.pending.drain(..taken);
            match decoded {
                DecodedFrame::Incomplete => return Some(events),
                DecodedFrame::Complete(message) => events.extend(RawEvent::of(&message)),
            }
        }
    }
}

impl RawEvent {
    /// Converts a frame; `None` for an exception.
    fn of(message: &Message) -> Option<Self> {
        let header = |name: &str| {
            let found = message.headers().iter().find(|header| header.name().as_str() == name)?;
            Some(found.value().as_string().ok()?.as_str().to_owned())
        };
        let kind = header(":event-type").filter(|_| header(":message-type").as_deref() == Some("event"))?;
        let payload = serde_json::from_slice(message.payload()).unwrap_or_default();
        Some(Self { kind, payload, bytes: message.payload().clone() })
    }

    /// Returns the event as a JSON object on one line: its type, and its payload as it was sent.
    ///
    /// # Errors
    /// If the payload is not a JSON object, or the type is that of another line.
    pub fn to_line(&self) -> Result<String, Box<Failure>> {
        let payload = std::str::from_utf8(&self.bytes).ok().filter(|text| is_object(text));
        let is_reserved = RESERVED.contains(&&*self.kind);
        let Some(payload) = payload.filter(|_| !is_reserved && !self.kind.is_empty()) else {
            let what =
                if is_reserved { "has a type that is reserved" } else { "has a payload that is not a JSON object" };
            return Err(Box::new(Failure::new(Stage::Unreadable, format!("an event `{}` {what}", self.kind))));
        };
        // Within a string a line break is escaped, so that these stand between the parts of the object.
        Ok(format!("{{{}:{}}}", Value::from(&*self.kind), payload.replace(['\n', '\r'], " ")))
    }
}

/// Whether a text is one JSON object, whatever its strings and numbers are.
fn is_object(text: &str) -> bool {
    text.trim_start().starts_with('{') && serde_json::from_str::<IgnoredAny>(text).is_ok()
}

#[cfg(test)]
mod tests {
    use aws_smithy_eventstream::frame::write_message_to;
    use aws_smithy_types::event_stream::{Header, HeaderValue};
    use serde_json::json;

    use super::*;

    fn frame(message_type: &'static str, payload: &'static str) -> Vec<u8> {
        let header = |name: &'static str, value: &'static str| Header::new(name, HeaderValue::String(value.into()));
        let message = Message::new(payload)
            .add_header(header(":message-type", message_type))
            .add_header(header(":event-type", "contentBlockDelta"));
        let mut bytes = Vec::new();
        write_message_to(&message, &mut bytes).unwrap();
        bytes
    }

    #[test]
    fn the_last_message_is_that_of_the_body_byte_for_byte() {
        let body = r#"{"system":[],"messages":[{"role":"user"}, { "role":"user","n":1.0e2 } ],"z":1}"#;
        assert_eq!(last_message(body.as_bytes()).as_deref(), Some(r#"{ "role":"user","n":1.0e2 }"#));
        assert_eq!((last_message(b"{}"), last_message(b"no")), (None, None));
    }

    #[test]
    fn an_event_is_recorded_wherever_its_bytes_are_split() {
        let bytes =
            [frame("event", r#"{"delta":{"hologram":1}}"#), frame("exception", "{}"), frame("event", "no")].concat();
        let payload = json!({"delta": {"hologram": 1}});
        let delta = RawEvent { bytes: payload.to_string().into(), payload, ..event("") };
        let unreadable = event("no");
        for at in 0..bytes.len() {
            let mut frames = Frames::default();
            let mut events = frames.take(&bytes[..at]).unwrap();
            events.extend(frames.take(&bytes[at..]).unwrap());
            assert_eq!(events, [delta.clone(), unreadable.clone()], "{at}");
        }
        assert_eq!(Frames::default().take(&[0; 16]), None);
    }

    fn event(payload: &str) -> RawEvent {
        RawEvent { kind: "contentBlockDelta".to_owned(), payload: Value::Null, bytes: payload.to_owned().into() }
    }

    #[test]
    fn a_line_has_the_bytes_of_the_payload_without_line_breaks() {
        for payload in [
            "{}",
            " { \"b\" : 1.50, \"a\": 1e999, \"b\": 12345678901234567890123 } ",
            r#"{"text":"\ud83d \u00e9 é 🙂","p":"\n"}"#,
            "{\"text\":\"\u{7f}\u{2028}\u{202e}\"}",
        ] {
            assert_eq!(event(payload).to_line().unwrap(), format!(r#"{{"contentBlockDelta":{payload}}}"#));
        }
        let line = event("{\n  \"text\": \"a\\nb\",\r\n  \"n\": 1\n}\n").to_line().unwrap();
        assert_eq!(line, r#"{"contentBlockDelta":{   "text": "a\nb",    "n": 1 } }"#);
    }

    #[test]
    fn what_cannot_be_a_line_is_a_fault() {
        for payload in ["", "no", "null", "[]", "1", r#""text""#, "{", "{} {}", "{}}", "\u{feff}{}", "{\"a\":\"\n\"}"] {
            let failure = event(payload).to_line().unwrap_err();
            assert_eq!(
                failure.message, "an event `contentBlockDelta` has a payload that is not a JSON object",
                "{payload}"
            );
            assert_eq!(failure.stage, Stage::Unreadable);
        }
        assert!(RawEvent { bytes: b"{\"a\":\"\xff\"}".to_vec().into(), ..event("") }.to_line().is_err());
        for kind in ["result", "error", ""] {
            assert!(RawEvent { kind: kind.to_owned(), ..event("{}") }.to_line().is_err(), "{kind}");
        }
        let quoted = RawEvent { kind: "a\"b\n".to_owned(), ..event("{}") };
        assert_eq!(quoted.to_line().unwrap(), r#"{"a\"b\n":{}}"#);
    }
}
