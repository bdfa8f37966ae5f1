//! Tests of the fake itself with raw HTTP, AWS's signing crate and AWS's decoder.

mod answers;
mod edges;
mod faults;
mod jobs;
mod load;

use std::io::{Read, Write};
use std::net::TcpStream;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::Arc;
use std::time::SystemTime;

use aws_credential_types::Credentials;
use aws_sigv4::http_request::{SignableBody, SignableRequest, SigningParams, SigningSettings, sign};
use aws_sigv4::sign::v4;
use aws_smithy_eventstream::frame::{DecodedFrame, MessageFrameDecoder};
use aws_smithy_types::event_stream::Message;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use serde_json::{Value, json};

use super::signature::{ENVIRONMENT, Keys, ROLE, TEST};
use super::*;
use crate::harness::canary;
use crate::proxy::Proxy;

const HELLO: &str = r#"{"messages":[{"role":"user","content":[{"text":"hi"}]}]}"#;

/// A response as it was received.
struct Answer {
    status: u16,
    head: String,
    body: Vec<u8>,
    /// Whether the connection ended properly.
    is_whole: bool,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }

    fn message(&self) -> String {
        self.json()["message"].as_str().unwrap_or_default().to_owned()
    }

    fn header(&self, name: &str) -> Option<&str> {
        let lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.into_iter().find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

fn raw(fake: &FakeBedrock, method: &str, target: &str, headers: &[(&str, String)], body: &str) -> Answer {
    let mut stream = TcpStream::connect(fake.address()).unwrap();
    send(&mut stream, (method, target, body), headers);
    read(stream)
}

fn send(stream: &mut TcpStream, (method, target, body): (&str, &str, &str), headers: &[(&str, String)]) {
    let host = stream.peer_addr().unwrap();
    let mut request = Vec::new();
    write!(request, "{method} {target} HTTP/1.1\r\nhost: {host}\r\nconnection: close\r\n").unwrap();
    for (name, value) in headers {
        write!(request, "{name}: {value}\r\n").unwrap();
    }
    write!(request, "content-length: {}\r\n\r\n{body}", body.len()).unwrap();
    stream.write_all(&request).unwrap();
}

fn read(mut stream: impl Read) -> Answer {
    let mut bytes = Vec::new();
    let is_closed = stream.read_to_end(&mut bytes).is_ok();
    let split = bytes.windows(4).position(|four| four == b"\r\n\r\n").map_or(bytes.len(), |at| at + 4);
    let head = String::from_utf8_lossy(&bytes[..split]).into_owned();
    let status = head.split(' ').nth(1).and_then(|status| status.parse().ok()).unwrap_or_default();
    let (body, ends_well) =
        if head.contains("chunked") { unchunked(&bytes[split..]) } else { (bytes[split..].into(), true) };
    Answer { status, head, body, is_whole: is_closed && ends_well }
}

fn unchunked(mut rest: &[u8]) -> (Vec<u8>, bool) {
    let mut body = Vec::new();
    while let Some(at) = rest.windows(2).position(|two| two == b"\r\n") {
        let size = usize::from_str_radix(std::str::from_utf8(&rest[..at]).unwrap(), 16).unwrap();
        if size == 0 {
            return (body, true);
        }
        body.extend(&rest[at + 2..at + 2 + size]);
        rest = &rest[at + 2 + size + 2..];
    }
    (body, false)
}

fn signed_headers(
    host: &str,
    (method, target, body): (&str, &str, &str),
    (key_id, secret, token): Keys,
    (region, service): (&str, &str),
) -> Vec<(&'static str, String)> {
    let identity = Credentials::new(key_id, secret, token.map(str::to_owned), None, "a test").into();
    let parameters = v4::SigningParams::builder()
        .identity(&identity)
        .region(region)
        .name(service)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()
        .unwrap();
    let parameters = SigningParams::V4(parameters);
    let body = SignableBody::Bytes(body.as_bytes());
    let signable = SignableRequest::new(method, format!("http://{host}{target}"), std::iter::empty(), body).unwrap();
    let (instructions, _) = sign(signable, &parameters).unwrap().into_parts();
    let (headers, _) = instructions.into_parts();
    headers.iter().map(|header| (header.name(), header.value().to_owned())).collect()
}

fn ask(fake: &FakeBedrock, region: &str, method: &str, target: &str, body: &str) -> Answer {
    let headers = signed_headers(&fake.address(), (method, target, body), ENVIRONMENT, (region, "bedrock"));
    raw(fake, method, target, &headers, body)
}

fn converses(fake: &FakeBedrock, region: &str, id: &str, body: &str) -> Answer {
    fake.expect(converse());
    ask(fake, region, "POST", &format!("/model/{}/converse", id.replace(':', "%3A").replace('/', "%2F")), body)
}

fn streams(expected: Expected) -> Answer {
    let fake = FakeBedrock::start();
    fake.expect(expected);
    ask(&fake, "us-east-1", "POST", "/model/us.amazon.nova-lite-v1%3A0/converse-stream", HELLO)
}

/// Returns the type and payload of each frame, and whether bytes are left over.
fn frames(body: &[u8]) -> (Vec<(String, Value)>, bool) {
    let (mut decoder, mut frames, mut buffer) = (MessageFrameDecoder::new(), Vec::new(), body);
    while !buffer.is_empty() {
        let Ok(DecodedFrame::Complete(message)) = decoder.decode_frame(&mut buffer) else { return (frames, true) };
        frames.push((kind(&message), serde_json::from_slice(message.payload()).unwrap()));
    }
    (frames, false)
}

fn kind(message: &Message) -> String {
    let names: Vec<_> = message.headers().iter().map(|header| header.name().as_str()).collect();
    assert!(matches!(names[..], [":event-type" | ":exception-type", ":content-type", ":message-type"]), "{names:?}");
    message.headers()[0].value().as_string().unwrap().as_str().to_owned()
}
