//! Secrets that must not leak: given to the program, and searched for in everything that it leaves behind.

use std::path::Path;
use std::sync::{Arc, Mutex};

/// A key ID: not a secret.
pub const ACCESS_KEY_ID: &str = "AKIACANARY0EXAMPLE00";
/// A secret access key.
pub const SECRET_ACCESS_KEY: &str = "wJalrCANARYsecretXUtnFEMIk7MDENGbPxRfiCY";
/// A session token.
pub const SESSION_TOKEN: &str = "FwoGZXIvCANARYsessionYXdzEBYaDKtokenQm3ExampleOnly";
/// A long-term Bedrock API key.
pub const API_KEY: &str = "ABSKCANARYbearerQmVkcm9ja0FQSUtleUV4YW1wbGVPbmx5";

/// The length of a leak: a part of a secret counts, and a redaction such as `ABSK…` does not.
const LEAK_LENGTH: usize = 12;

/// The secrets of one run. Clones share the list: a server adds what it receives during the run.
#[derive(Clone, Debug, Default)]
pub struct Secrets {
    secrets: Arc<Mutex<Vec<String>>>,
}

impl Secrets {
    /// Adds a secret.
    ///
    /// # Panics
    /// If it is so short that it could occur by chance.
    pub fn add(&self, secret: &str) {
        assert!(secret.len() >= LEAK_LENGTH, "a secret of under {LEAK_LENGTH} bytes cannot be looked for");
        self.secrets.lock().unwrap().push(secret.to_owned());
    }

    /// Returns the part of a secret that these bytes contain, if any.
    pub fn found_in(&self, bytes: &[u8]) -> Option<String> {
        let secrets = self.secrets.lock().unwrap();
        let pieces = secrets.iter().flat_map(|secret| secret.as_bytes().windows(LEAK_LENGTH));
        pieces.filter(|piece| contains(bytes, piece)).map(|piece| String::from_utf8_lossy(piece).into_owned()).next()
    }

    /// Checks one thing that the program left behind.
    ///
    /// # Panics
    /// If it contains a secret.
    pub fn assert_absent(&self, place: &Path, bytes: &[u8]) {
        if let Some(piece) = self.found_in(bytes) {
            panic!("a secret got out: `{piece}…` is in {}", place.display());
        }
    }
}

/// Whether `bytes` contains `piece`.
pub fn contains(bytes: &[u8], piece: &[u8]) -> bool {
    memchr::memmem::find(bytes, piece).is_some()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn secrets() -> Secrets {
        let secrets = Secrets::default();
        secrets.add(SECRET_ACCESS_KEY);
        secrets.add(API_KEY);
        secrets
    }

    #[test]
    fn a_whole_secret_is_found() {
        let log = format!("Authorization: Bearer {API_KEY}\n");
        assert_eq!(secrets().found_in(log.as_bytes()).as_deref(), Some("ABSKCANARYbe"));
    }

    #[test]
    fn a_piece_of_a_secret_is_found() {
        assert!(secrets().found_in(b"key: ...MDENGbPxRfiCY").is_some());
    }

    #[test]
    fn a_redacted_secret_is_not_found() {
        assert_eq!(secrets().found_in("API key ABSK…bmx5 (AKIACANARY0EXAMPLE00)".as_bytes()), None);
    }

    #[test]
    #[should_panic(expected = "a secret got out")]
    fn a_secret_in_a_file_fails_the_test() {
        secrets().assert_absent(Path::new("cache.json"), SECRET_ACCESS_KEY.as_bytes());
    }
}
