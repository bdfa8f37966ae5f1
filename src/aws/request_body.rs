//! The body of a request where the SDK's types cannot write it exactly: fractions, members with a free form, the earlier
//! messages of a conversation, or the whole body. Knows no member's meaning.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::sync::Arc;

use aws_smithy_runtime_api::box_error::BoxError;
use aws_smithy_runtime_api::client::interceptors::context::BeforeTransmitInterceptorContextMut;
use aws_smithy_runtime_api::client::interceptors::{Intercept, dyn_dispatch_hint};
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use aws_smithy_types::config_bag::ConfigBag;
use serde_json::Value;
use serde_json::value::RawValue;

use super::exchange::ConverseRequest;

/// The members of `inferenceConfig` whose values are fractions.
const FRACTIONS: [&str; 2] = [r#""temperature":"#, r#""topP":"#];

/// Completes the body that the SDK has written.
#[derive(Debug)]
pub(super) struct RequestBody {
    whole: Option<Arc<str>>,
    earlier_messages: Arc<[String]>,
    members: BTreeMap<&'static str, Value>,
}

impl RequestBody {
    /// Takes what the SDK's types cannot hold from a request.
    pub(super) fn of(request: &ConverseRequest) -> Self {
        let ConverseRequest { earlier_messages, members, body, .. } = request;
        Self { whole: body.clone(), earlier_messages: earlier_messages.clone(), members: members.clone() }
    }

    /// Returns the body to send in place of the SDK's; `None` if that one is right.
    fn complete(&self, body: &str) -> Result<Option<Cow<'_, str>>, BoxError> {
        if let Some(whole) = &self.whole {
            return Ok(Some(Cow::Borrowed(whole)));
        }
        let edited = with_shortest_decimals(body);
        if self.earlier_messages.is_empty() && self.members.is_empty() {
            return Ok(edited.map(Cow::Owned));
        }
        // `RawValue` keeps the bytes of what is not changed.
        let body = edited.as_deref().unwrap_or(body);
        let mut members: BTreeMap<&str, Box<RawValue>> = serde_json::from_str(body)?;
        if !self.earlier_messages.is_empty() {
            let earlier = self.earlier_messages.join(",");
            let messages = members.get("messages").map_or("[]", |messages| messages.get());
            let last = messages.trim_start_matches('[');
            let separator = if last == "]" { "" } else { "," };
            members.insert("messages", RawValue::from_string(format!("[{earlier}{separator}{last}"))?);
        }
        for (name, value) in &self.members {
            members.insert(name, RawValue::from_string(value.to_string())?);
        }
        Ok(Some(Cow::Owned(serde_json::to_string(&members)?)))
    }
}

#[dyn_dispatch_hint]
impl Intercept for RequestBody {
    fn name(&self) -> &'static str {
        "request body"
    }

    fn modify_before_retry_loop(
        &self,
        context: &mut BeforeTransmitInterceptorContextMut<'_>,
        _components: &RuntimeComponents,
        _config: &mut ConfigBag,
    ) -> Result<(), BoxError> {
        let request = context.request_mut();
        let body = std::str::from_utf8(request.body().bytes().unwrap_or_default())?;
        let Some(body) = self.complete(body)? else { return Ok(()) };
        if request.headers().contains_key("content-length") {
            request.headers_mut().insert("content-length", body.len().to_string());
        }
        *request.body_mut() = SdkBody::from(body.into_owned());
        Ok(())
    }
}

/// Returns the body with each fraction as the shortest decimal; `None` if it has no fraction. The SDK widens a fraction
/// before it writes it, so that 0.7 would be sent as 0.699999988079071.
fn with_shortest_decimals(body: &str) -> Option<String> {
    let mut edited = None;
    for member in FRACTIONS {
        // The quotes inside of a text are escaped, so that this is the member itself.
        let text = edited.as_deref().unwrap_or(body);
        let Some(start) = text.find(member).map(|at| at + member.len()) else { continue };
        let end = text[start..].find([',', '}']).map_or(text.len(), |at| start + at);
        let Ok(number) = text[start..end].parse::<f32>() else { continue };
        edited = Some(format!("{}{number}{}", &text[..start], &text[end..]));
    }
    edited
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_fraction_is_the_shortest_decimal_and_no_text_is_touched() {
        let edited = |body: &str| with_shortest_decimals(body);
        for (number, shortest) in [(0.7_f32, "0.7"), (0.1, "0.1"), (1.0, "1"), (0.0, "0"), (0.333, "0.333")] {
            for member in FRACTIONS {
                let body = format!("{{\"a\":{{{member}{},\"b\":1}}}}", f64::from(number));
                assert_eq!(edited(&body), Some(format!("{{\"a\":{{{member}{shortest},\"b\":1}}}}")));
            }
        }
        let both = r#"{"temperature":0.699999988079071,"topP":0.8999999761581421}"#;
        assert_eq!(edited(both).as_deref(), Some(r#"{"temperature":0.7,"topP":0.9}"#));
        let text = json!({"text": r#"{"temperature":0.699999988079071,"topP":0.5}"#}).to_string();
        assert_eq!(edited(&text), None);
    }

    #[test]
    fn members_and_earlier_messages_are_written_as_they_are_given() {
        let fields = json!({"z": {"temperature": 0.123_456_789_012}, "a": "</b> \u{e9}"});
        let request = ConverseRequest {
            earlier_messages: [r#"{ "role":"user" , "content":[{"text":"é\u00e9"}]}"#.to_owned()].into(),
            members: BTreeMap::from([("additionalModelRequestFields", fields)]),
            ..ConverseRequest::default()
        };
        let body = r#"{"inferenceConfig":{"temperature":0.699999988079071},"messages":[{"role":"user"}]}"#;
        assert_eq!(
            RequestBody::of(&request).complete(body).unwrap().unwrap(),
            concat!(
                r#"{"additionalModelRequestFields":{"z":{"temperature":0.123456789012},"a":"</b> é"},"#,
                r#""inferenceConfig":{"temperature":0.7},"#,
                r#""messages":[{ "role":"user" , "content":[{"text":"é\u00e9"}]},{"role":"user"}]}"#
            )
        );
    }

    #[test]
    fn a_whole_body_is_sent_byte_for_byte() {
        let whole = "{\n \"messages\" : [], \"temperature\": 0.699999988079071 }\n";
        let request = ConverseRequest { body: Some(whole.into()), ..ConverseRequest::default() };
        assert_eq!(RequestBody::of(&request).complete("{}").unwrap().unwrap(), whole);
    }
}
