//! A listener on loopback: one thread per connection, until it is dropped. The caller decides the responses.

use std::io;
use std::net::{Ipv4Addr, SocketAddr, TcpListener, TcpStream};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};

use rustls::ServerConfig;

use super::http::{Connection, Request};

/// What happens to a connection after a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum After {
    /// Read the next request.
    KeepAlive,
    Close,
    Reset,
}

/// A server that listens on a port of its own.
pub struct Server {
    /// The address: 127.0.0.1 and a free port.
    pub address: SocketAddr,
    stopping: Arc<AtomicBool>,
    listening: Option<JoinHandle<()>>,
}

impl Server {
    /// Starts to listen and answers with `serve`, over TLS if there is a configuration.
    pub fn start<S>(tls: Option<Arc<ServerConfig>>, serve: S) -> Self
    where
        S: Fn(Request, &mut Connection) -> io::Result<After> + Clone + Send + 'static,
    {
        Self::listen(move |socket| {
            let (serve, tls) = (serve.clone(), tls.clone());
            thread::spawn(move || {
                // A client that breaks off or refuses our certificate is for the test to judge, from the client's side.
                let _ = Connection::new(socket, tls)
                    .and_then(|connection| answer_requests(connection, Connection::read_request, serve));
            });
        })
    }

    /// Starts to listen and hands each connection to `accept`, which must not block.
    pub fn listen(accept: impl Fn(TcpStream) + Send + 'static) -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("loopback has a free port");
        let address = listener.local_addr().expect("a listener has an address");
        let stopping = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stopping);
        let listening = thread::spawn(move || {
            for socket in listener.incoming().flatten() {
                if stopped.load(Ordering::SeqCst) {
                    break;
                }
                accept(socket);
            }
        });
        Self { address, stopping, listening: Some(listening) }
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.stopping.store(true, Ordering::SeqCst);
        // The connection only wakes the listener; if it fails, the listener has ended already.
        if TcpStream::connect(self.address).is_ok()
            && let Some(listening) = self.listening.take()
        {
            let _ = listening.join();
        }
    }
}

/// Answers the requests of a connection, as `read` reads them, until one of the two ends it.
pub fn answer_requests(
    mut connection: Connection,
    read: impl Fn(&mut Connection) -> io::Result<Option<Request>>,
    serve: impl Fn(Request, &mut Connection) -> io::Result<After>,
) -> io::Result<()> {
    while let Some(request) = read(&mut connection)? {
        let is_last = request.header("connection").is_some_and(|value| value.eq_ignore_ascii_case("close"));
        match serve(request, &mut connection)? {
            After::KeepAlive if !is_last => {}
            After::KeepAlive | After::Close => break,
            After::Reset => {
                connection.reset();
                break;
            }
        }
    }
    Ok(())
}
