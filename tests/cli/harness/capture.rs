//! Captures a stream in a thread, so that a test can wait for bytes instead of time.

use std::io::{Read, Write};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread;
use std::time::{Duration, Instant};

/// The time limit of everything that waits.
pub const TIMEOUT: Duration = Duration::from_mins(1);

/// The content of one stream so far.
#[derive(Clone)]
pub struct Capture {
    shared: Arc<(Mutex<Gathered>, Condvar)>,
}

#[derive(Default)]
struct Gathered {
    bytes: Vec<u8>,
    ended: bool,
}

impl Capture {
    /// Starts to read a stream to its end, or closes it after `limit` bytes.
    pub fn start(stream: impl Read + Send + 'static, limit: usize) -> Self {
        let capture = Self { shared: Arc::default() };
        let writer = capture.clone();
        thread::spawn(move || writer.gather(stream, limit));
        capture
    }

    /// Returns a stream that has ended without a byte.
    pub fn empty() -> Self {
        Self::start(std::io::empty(), 0)
    }

    /// Returns our end of a stream that the program reads.
    pub fn writer(stream: impl Write + Send + 'static) -> Box<dyn Write + Send> {
        Box::new(stream)
    }

    /// Waits until the content fits, and returns it; `None` if the stream ended or the time limit passed before.
    pub fn wait_until(&self, fits: impl Fn(&[u8]) -> bool) -> Option<Vec<u8>> {
        let gathered = self.wait_while(TIMEOUT, |gathered| !fits(&gathered.bytes) && !gathered.ended);
        fits(&gathered.bytes).then(|| gathered.bytes.clone())
    }

    /// Waits for the end, and returns whether the stream ended before `until`.
    pub fn ends_before(&self, until: Instant) -> bool {
        self.wait_while(until.saturating_duration_since(Instant::now()), |gathered| !gathered.ended).ended
    }

    fn wait_while(&self, limit: Duration, continues: impl Fn(&Gathered) -> bool) -> MutexGuard<'_, Gathered> {
        let gathered = self.shared.0.lock().unwrap();
        self.shared.1.wait_timeout_while(gathered, limit, |gathered| continues(gathered)).unwrap().0
    }

    pub fn so_far(&self) -> Vec<u8> {
        self.shared.0.lock().unwrap().bytes.clone()
    }

    fn gather(&self, mut stream: impl Read, limit: usize) {
        let mut buffer = [0; 8192];
        let mut total = 0;
        while total < limit {
            let room = buffer.len().min(limit - total);
            // A terminal whose other end is closed reads as an error, which is its way of ending.
            let count = stream.read(&mut buffer[..room]).unwrap_or(0);
            if count == 0 {
                break;
            }
            total += count;
            self.shared.0.lock().unwrap().bytes.extend_from_slice(&buffer[..count]);
            self.shared.1.notify_all();
        }
        drop(stream);
        self.shared.0.lock().unwrap().ended = true;
        self.shared.1.notify_all();
    }
}
