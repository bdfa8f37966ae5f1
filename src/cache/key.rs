//! Whose answers are kept: the credentials in force, by a name that says nothing secret.

use std::fmt::Write as _;
use std::path::Path;

/// How long the name of a folder may grow; a longer AWS profile's name goes in as its hash.
const LONGEST: usize = 100;

/// The prefixes of folders that belong to credentials.
const KINDS: [&str; 3] = ["profile-", "env-", "key-"];

/// The credentials in force, as the name of a folder. An offline run cannot know the account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// The credentials of an AWS profile.
    pub fn of_profile(name: &str) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        let encoded: String = name.bytes().map(encode).collect();
        Self(format!("profile-{}", if encoded.len() > LONGEST { hash(name.as_bytes()) } else { encoded }))
    }

    /// The credentials in the environment, by the ID of the access key.
    pub fn of_environment(access_key_id: &str) -> Self {
        Self(format!("env-{}", hash(access_key_id.as_bytes())))
    }

    /// A Bedrock API key.
    pub fn of_api_key(key: &str) -> Self {
        Self(format!("key-{}", hash(key.as_bytes())))
    }

    /// The same credentials at another endpoint, which may be no Bedrock of AWS's.
    #[must_use]
    pub fn at(self, endpoint_url: &str) -> Self {
        Self(format!("{}@{}", self.0, hash(endpoint_url.as_bytes())))
    }

    /// The name of the folder.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a folder of the cache belongs to some credentials.
    pub fn is_folder(path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        KINDS.iter().any(|kind| name.starts_with(kind))
    }
}

/// Sixteen hexadecimal digits, from which nothing can be had back.
fn hash(bytes: &[u8]) -> String {
    let digest = ring::digest::digest(&ring::digest::SHA256, bytes);
    digest.as_ref().iter().take(8).fold(String::with_capacity(16), |mut text, byte| {
        // Writing into a string cannot fail.
        let _ = write!(text, "{byte:02x}");
        text
    })
}
