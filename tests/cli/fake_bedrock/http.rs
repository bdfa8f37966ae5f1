//! An HTTP/1.1 server connection over TCP or TLS: reads requests, writes whole or chunked responses. Nothing about AWS.

use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tokio::net::TcpSocket;

/// A request as it was received.
#[derive(Clone, Debug, Default)]
pub struct Request {
    pub method: String,
    /// The request target as sent, percent-encoding included: path and query, or a whole URL at a proxy.
    pub target: String,
    /// Names in lower case, in order.
    pub headers: Vec<(String, String)>,
    /// The body without its chunking.
    pub body: Vec<u8>,
}

impl Request {
    /// Returns the path as sent.
    pub fn path(&self) -> &str {
        self.target.split('?').next().unwrap_or_default()
    }

    /// Returns the segments of the path, decoded: `["model", "eu.amazon.nova-lite-v1:0", "converse"]`.
    pub fn segments(&self) -> Vec<String> {
        self.path().split('/').skip(1).map(decoded).collect()
    }

    /// Returns a query parameter, decoded.
    pub fn query(&self, name: &str) -> Option<String> {
        self.queries().into_iter().find(|(key, _)| key == name).map(|(_, value)| value)
    }

    /// Returns all query parameters, decoded.
    pub fn queries(&self) -> Vec<(String, String)> {
        let query = self.target.split_once('?').map_or("", |(_, query)| query);
        parameters(query)
    }

    /// Returns the parameters of a form body.
    pub fn form(&self) -> Vec<(String, String)> {
        parameters(&String::from_utf8_lossy(&self.body).replace('+', " "))
    }

    /// Returns the first header with this lower-case name.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.iter().find(|(key, _)| key == name).map(|(_, value)| value.as_str())
    }

    /// Returns the body as JSON, or null if it is not JSON.
    pub fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_default()
    }
}

fn parameters(query: &str) -> Vec<(String, String)> {
    let pairs = query.split('&').filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).map(|(k, v)| (decoded(k), decoded(v))).collect()
}

/// Decodes percent-encoding.
pub fn decoded(text: &str) -> String {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let [first, after @ ..] = rest {
        let hex = after.get(..2).and_then(|hex| std::str::from_utf8(hex).ok());
        match hex.and_then(|hex| u8::from_str_radix(hex, 16).ok()) {
            Some(byte) if *first == b'%' => {
                bytes.push(byte);
                rest = &after[2..];
            }
            _ => {
                bytes.push(*first);
                rest = after;
            }
        }
    }
    String::from_utf8_lossy(&bytes).into_owned()
}

/// A response: status line, headers, and the body unless it is chunked.
#[derive(Clone, Debug)]
pub struct Response {
    pub status: u16,
    /// All but `content-length` and `transfer-encoding`.
    pub headers: Vec<(String, String)>,
    /// Empty for a chunked response.
    pub body: Vec<u8>,
}

impl Response {
    /// Creates a response with this content type.
    pub fn new(status: u16, content_type: &str, body: impl Into<Vec<u8>>) -> Self {
        Self { status, headers: vec![("Content-Type".to_owned(), content_type.to_owned())], body: body.into() }
    }

    /// Replaces or adds a header.
    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.headers.retain(|(key, _)| !key.eq_ignore_ascii_case(name));
        self.headers.push((name.to_owned(), value.into()));
    }

    /// Returns the status line and headers, without the empty line that ends them.
    fn head(&self) -> io::Result<Vec<u8>> {
        let mut head = Vec::new();
        write!(head, "HTTP/1.1 {} {}\r\n", self.status, if self.status < 400 { "OK" } else { "Refused" })?;
        for (name, value) in &self.headers {
            write!(head, "{name}: {value}\r\n")?;
        }
        Ok(head)
    }
}

trait Wire: Read + Write + Send {}
impl<T: Read + Write + Send> Wire for T {}

/// A client's connection.
pub struct Connection {
    wire: BufReader<Box<dyn Wire>>,
    socket: TcpStream,
}

impl Connection {
    /// Accepts a connection, with TLS if there is a configuration.
    pub fn new(socket: TcpStream, tls: Option<Arc<ServerConfig>>) -> io::Result<Self> {
        socket.set_nodelay(true)?;
        let stream = socket.try_clone()?;
        let wire: Box<dyn Wire> = match tls {
            Some(settings) => {
                Box::new(StreamOwned::new(ServerConnection::new(settings).map_err(io::Error::other)?, stream))
            }
            None => Box::new(stream),
        };
        Ok(Self { wire: BufReader::new(wire), socket })
    }

    /// Reads the next request; `None` if the client has closed.
    pub fn read_request(&mut self) -> io::Result<Option<Request>> {
        let Some(mut request) = self.read_head()? else { return Ok(None) };
        request.body = self.body(&request)?;
        Ok(Some(request))
    }

    /// Reads the next request without its body: [`Self::read_body`] or [`Self::read_some`] follows.
    pub fn read_head(&mut self) -> io::Result<Option<Request>> {
        let Some(line) = self.line()? else { return Ok(None) };
        let mut words = line.split(' ').map(str::to_owned);
        let (method, target) = (words.next().unwrap_or_default(), words.next().unwrap_or_default());
        let mut request = Request { method, target, ..Request::default() };
        while let Some(line) = self.line()?.filter(|line| !line.is_empty()) {
            let (name, value) = line.split_once(':').ok_or(io::ErrorKind::InvalidData)?;
            request.headers.push((name.to_ascii_lowercase(), value.trim().to_owned()));
        }
        if request.header("expect").is_some() {
            self.write(b"HTTP/1.1 100 Continue\r\n\r\n")?;
        }
        Ok(Some(request))
    }

    /// Reads the body of a request.
    pub fn read_body(&mut self, request: &mut Request) -> io::Result<()> {
        request.body = self.body(request)?;
        Ok(())
    }

    /// Reads only this many bytes, at most.
    pub fn read_some(&mut self, bytes: u64) -> io::Result<u64> {
        io::copy(&mut self.wire.by_ref().take(bytes), &mut io::sink())
    }

    /// Writes a whole response.
    pub fn respond(&mut self, response: &Response) -> io::Result<()> {
        let mut bytes = response.head()?;
        write!(bytes, "Content-Length: {}\r\n\r\n", response.body.len())?;
        bytes.extend(&response.body);
        self.write(&bytes)
    }

    /// Writes a response without its body, of which only the length is given.
    pub fn respond_without_body(&mut self, response: &Response, length: usize) -> io::Result<()> {
        let mut head = response.head()?;
        write!(head, "Content-Length: {length}\r\n\r\n")?;
        self.write(&head)
    }

    /// Writes the head of a chunked response: [`Self::chunk`] and [`Self::end_chunks`] follow.
    pub fn begin_chunks(&mut self, response: &Response) -> io::Result<()> {
        let mut head = response.head()?;
        head.extend(b"Transfer-Encoding: chunked\r\n\r\n");
        self.write(&head)
    }

    /// Writes one chunk and flushes it.
    pub fn chunk(&mut self, bytes: &[u8]) -> io::Result<()> {
        let mut chunk = format!("{:x}\r\n", bytes.len()).into_bytes();
        chunk.extend(bytes);
        chunk.extend(b"\r\n");
        self.write(&chunk)
    }

    /// Ends a chunked response properly.
    pub fn end_chunks(&mut self) -> io::Result<()> {
        self.write(b"0\r\n\r\n")
    }

    /// Writes bytes as they are.
    pub fn write(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.wire.get_mut().write_all(bytes)?;
        self.wire.get_mut().flush()
    }

    /// Returns the socket, for bytes that are not HTTP.
    pub fn socket(&self) -> io::Result<TcpStream> {
        self.socket.try_clone()
    }

    /// Waits until the client closes.
    pub fn wait_for_close(&mut self) {
        // An error counts as closed.
        let _ = io::copy(&mut self.wire, &mut io::sink());
    }

    /// Resets the connection.
    pub fn reset(self) {
        // If lingering cannot be set, the client sees a plain close, and the test fails.
        let _ = self.socket.try_clone().map(|socket| TcpSocket::from_std_stream(socket).set_zero_linger());
    }

    fn line(&mut self) -> io::Result<Option<String>> {
        let mut line = String::new();
        let count = self.wire.read_line(&mut line)?;
        Ok((count > 0).then(|| line.trim_end_matches(['\r', '\n']).to_owned()))
    }

    fn body(&mut self, request: &Request) -> io::Result<Vec<u8>> {
        let mut body = Vec::new();
        if request.header("transfer-encoding") == Some("chunked") {
            loop {
                let size = self.line()?.and_then(|line| u64::from_str_radix(&line, 16).ok());
                let size = size.ok_or(io::ErrorKind::InvalidData)?;
                self.wire.by_ref().take(size).read_to_end(&mut body)?;
                self.line()?;
                if size == 0 {
                    return Ok(body);
                }
            }
        }
        let size = request.header("content-length").map_or(Ok(0), str::parse).map_err(io::Error::other)?;
        body.resize(size, 0);
        self.wire.read_exact(&mut body)?;
        Ok(body)
    }
}
