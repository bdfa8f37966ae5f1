//! A server on loopback for the tests of this room: it answers each request with the next scripted reply, records what
//! it was sent, and knows nothing of Bedrock but the shape of its frames.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;
use std::time::Duration;

use aws_smithy_eventstream::frame::write_message_to;
use aws_smithy_types::event_stream::{Header, HeaderValue, Message};
use rustls::pki_types::PrivatePkcs8KeyDer;
use rustls::{ServerConfig, ServerConnection, StreamOwned};

/// What is written as an answer, piece by piece, each after a pause; then the connection is closed.
#[derive(Clone, Default)]
pub(super) struct Reply(Vec<(Duration, Vec<u8>)>);

impl Reply {
    pub(super) fn new(status: u16, headers: &[(&str, &str)], body: &str) -> Self {
        let mut head = format!("HTTP/1.1 {status} X\r\nconnection: close\r\ncontent-length: {}\r\n", body.len());
        for (name, value) in headers {
            head = format!("{head}{name}: {value}\r\n");
        }
        Self(vec![(Duration::ZERO, format!("{head}\r\n{body}").into_bytes())])
    }

    pub(super) fn json(status: u16, body: &str) -> Self {
        Self::new(status, &[("content-type", "application/json"), ("x-amzn-requestid", "req-1")], body)
    }

    pub(super) fn exception(status: u16, code: &str, message: &str) -> Self {
        let headers = [("content-type", "application/json"), ("x-amzn-errortype", code), ("x-amzn-requestid", "req-1")];
        Self::new(status, &headers, &format!(r#"{{"message":"{message}"}}"#))
    }

    /// A stream's head; frames follow with [`Reply::then`] or [`Reply::frame`].
    pub(super) fn stream() -> Self {
        let head = "HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-type: application/vnd.amazon.eventstream\r\n\
                    x-amzn-requestid: req-1\r\n\r\n";
        Self(vec![(Duration::ZERO, head.as_bytes().to_vec())])
    }

    /// Nothing at all.
    pub(super) fn silence(pause: Duration) -> Self {
        Self(vec![(pause, Vec::new())])
    }

    pub(super) fn then(mut self, pause: Duration, bytes: &[u8]) -> Self {
        self.0.push((pause, bytes.to_vec()));
        self
    }

    pub(super) fn event(self, kind: &str, payload: &str) -> Self {
        self.then(Duration::ZERO, &frame(&[(":message-type", "event"), (":event-type", kind)], payload))
    }

    pub(super) fn text(self, text: &str) -> Self {
        self.event("contentBlockDelta", &format!(r#"{{"contentBlockIndex":0,"delta":{{"text":"{text}"}}}}"#))
    }

    pub(super) fn exception_frame(self, kind: &str, payload: &str) -> Self {
        self.then(Duration::ZERO, &frame(&[(":message-type", "exception"), (":exception-type", kind)], payload))
    }

    pub(super) fn start(self) -> Self {
        self.event("messageStart", r#"{"role":"assistant"}"#)
    }

    pub(super) fn stop(self, reason: &str) -> Self {
        self.event("messageStop", &format!(r#"{{"stopReason":"{reason}"}}"#))
    }

    pub(super) fn metadata(self) -> Self {
        let usage = r#""usage":{"inputTokens":3,"outputTokens":2,"totalTokens":5}"#;
        self.event("metadata", &format!(r#"{{{usage},"metrics":{{"latencyMs":7}}}}"#))
    }
}

pub(super) fn frame(headers: &[(&str, &str)], payload: &str) -> Vec<u8> {
    let mut message = Message::new(payload.as_bytes().to_vec());
    for (name, value) in headers {
        message = message.add_header(Header::new((*name).to_owned(), HeaderValue::String((*value).to_owned().into())));
    }
    let mut bytes = Vec::new();
    write_message_to(&message, &mut bytes).unwrap();
    bytes
}

/// One request as it came in.
#[derive(Clone, Debug, Default)]
pub(super) struct Received {
    pub(super) line: String,
    pub(super) head: String,
    pub(super) body: String,
}

impl Received {
    pub(super) fn header(&self, name: &str) -> Option<&str> {
        let mut lines = self.head.lines().filter_map(|line| line.split_once(": "));
        lines.find(|(key, _)| key.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }
}

/// A server that gives the replies in order, and the last one again and again.
pub(super) struct Server {
    address: SocketAddr,
    received: Arc<Mutex<Vec<Received>>>,
}

impl Server {
    pub(super) fn start(replies: Vec<Reply>) -> Self {
        Self::accept(replies, |connection| connection)
    }

    /// The same behind TLS, and the certificate that makes it trusted.
    pub(super) fn start_tls(replies: Vec<Reply>) -> (Self, String) {
        let signed = rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
        let key = PrivatePkcs8KeyDer::from(signed.signing_key.serialize_der());
        let provider = Arc::new(rustls::crypto::ring::default_provider());
        let config = ServerConfig::builder_with_provider(provider)
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_no_client_auth()
            .with_single_cert(vec![signed.cert.der().clone()], key.into())
            .unwrap();
        let config = Arc::new(config);
        let wrap = move |connection| StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), connection);
        (Self::accept(replies, wrap), signed.cert.pem())
    }

    fn accept<C: Read + Write + Send + 'static>(
        replies: Vec<Reply>,
        wrap: impl Fn(TcpStream) -> C + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
        let address = listener.local_addr().unwrap();
        let received = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&received);
        thread::spawn(move || {
            for connection in listener.incoming().map_while(Result::ok) {
                let (log, replies, connection) = (Arc::clone(&log), replies.clone(), wrap(connection));
                thread::spawn(move || serve(connection, &log, &replies));
            }
        });
        Self { address, received }
    }

    pub(super) fn port(&self) -> u16 {
        self.address.port()
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    pub(super) fn received(&self) -> Vec<Received> {
        self.received.lock().unwrap().clone()
    }
}

fn serve(mut connection: impl Read + Write, log: &Mutex<Vec<Received>>, replies: &[Reply]) {
    let Some(request) = read(&mut connection) else { return };
    let index = {
        let mut log = log.lock().unwrap();
        log.push(request);
        log.len() - 1
    };
    for (pause, bytes) in &replies[index.min(replies.len() - 1)].0 {
        thread::sleep(*pause);
        if connection.write_all(bytes).and_then(|()| connection.flush()).is_err() {
            return;
        }
    }
}

fn read(connection: &mut impl Read) -> Option<Received> {
    let mut bytes = Vec::new();
    let mut buffer = [0; 4096];
    loop {
        let length = connection.read(&mut buffer).ok().filter(|length| *length > 0)?;
        bytes.extend_from_slice(&buffer[..length]);
        let text = String::from_utf8_lossy(&bytes);
        let Some((head, body)) = text.split_once("\r\n\r\n") else { continue };
        let (line, head) = head.split_once("\r\n").unwrap_or((head, ""));
        let request = Received { line: line.to_owned(), head: head.to_owned(), body: body.to_owned() };
        let expected = request.header("content-length").map_or(0, |length| length.parse().unwrap());
        if body.len() >= expected {
            return Some(request);
        }
    }
}
