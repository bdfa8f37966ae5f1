//! A forward proxy on loopback that forwards every request to one server, whatever its name, and records it.
//!
//! ```
//! let proxy = Proxy::to(&fake.address());
//! bedrock_ask(["ask", "hi"]).env("HTTPS_PROXY", proxy.url()).run();
//! assert_eq!(proxy.passed(), ["CONNECT bedrock-runtime.eu-central-1.amazonaws.com:443"]);
//! ```

use std::io::{self, Write};
use std::net::{Shutdown, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread;

use crate::fake_bedrock::{After, Connection, Request, Response, Server};

pub struct Proxy {
    server: Server,
    passed: Arc<Mutex<Vec<Request>>>,
}

impl Proxy {
    /// Creates a proxy that leads everything to this address, such as `127.0.0.1:4566`.
    pub fn to(upstream: &str) -> Self {
        let upstream = upstream.to_owned();
        Self::with(move |request, connection| match request.method.as_str() {
            "CONNECT" => tunnel(&upstream, connection),
            _ => forward(request, &upstream, connection),
        })
    }

    /// Creates a proxy that answers everything with this status, as one that requires a password.
    pub fn refusing(status: u16) -> Self {
        Self::with(move |_, connection| {
            connection.respond(&Response::new(status, "text/html", "<html><body>The proxy refuses.</body></html>"))?;
            Ok(After::Close)
        })
    }

    /// Returns the URL, such as `http://127.0.0.1:8080`.
    pub fn url(&self) -> String {
        format!("http://{}", self.server.address)
    }

    /// Returns the method and target of what passed so far, in order.
    pub fn passed(&self) -> Vec<String> {
        self.requests().iter().map(|request| format!("{} {}", request.method, request.target)).collect()
    }

    /// Returns the requests that passed so far, in order.
    pub fn requests(&self) -> Vec<Request> {
        self.passed.lock().unwrap().clone()
    }

    fn with(answer: impl Fn(&Request, &mut Connection) -> io::Result<After> + Clone + Send + 'static) -> Self {
        let passed = Arc::<Mutex<Vec<Request>>>::default();
        let noted = Arc::clone(&passed);
        let server = Server::start(None, move |request: Request, connection: &mut Connection| {
            noted.lock().unwrap().push(request.clone());
            answer(&request, connection)
        });
        Self { server, passed }
    }
}

/// Copies bytes in both directions until both sides have closed.
fn tunnel(upstream: &str, connection: &mut Connection) -> io::Result<After> {
    let server = TcpStream::connect(upstream)?;
    connection.write(b"HTTP/1.1 200 Connection established\r\n\r\n")?;
    let mut client = connection.socket()?;
    let (mut from_client, mut to_server) = (client.try_clone()?, server.try_clone()?);
    thread::spawn(move || {
        // Either side may break off; the other then sees its end.
        let _ = io::copy(&mut from_client, &mut to_server);
        let _ = to_server.shutdown(Shutdown::Write);
    });
    io::copy(&mut &server, &mut client)?;
    client.shutdown(Shutdown::Write)?;
    Ok(After::Close)
}

/// Forwards a request in absolute form as one in origin form, and copies the response.
fn forward(request: &Request, upstream: &str, connection: &mut Connection) -> io::Result<After> {
    let rest = request.target.strip_prefix("http://").ok_or(io::ErrorKind::InvalidInput)?;
    let path = rest.find('/').map_or("/", |at| &rest[at..]);
    let mut passed_on = Vec::new();
    write!(passed_on, "{} {path} HTTP/1.1\r\n", request.method)?;
    let own = ["connection", "proxy-authorization", "transfer-encoding", "content-length"];
    for (name, value) in request.headers.iter().filter(|(name, _)| !own.contains(&name.as_str())) {
        write!(passed_on, "{name}: {value}\r\n")?;
    }
    write!(passed_on, "content-length: {}\r\nconnection: close\r\n\r\n", request.body.len())?;
    passed_on.extend(&request.body);
    let mut server = TcpStream::connect(upstream)?;
    server.write_all(&passed_on)?;
    io::copy(&mut server, &mut connection.socket()?)?;
    Ok(After::Close)
}
