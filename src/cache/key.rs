//! Names of cache folders: one for each set of credentials, without anything secret in the name.

use std::path::Path;

use crate::digest::{hexadecimal, sha256};

/// The longest profile name that is kept readable; a longer one is hashed.
const LONGEST: usize = 100;

/// The prefixes of the folders that belong to this program.
const KINDS: [&str; 3] = ["profile-", "env-", "key-"];

/// The credentials in use, as a folder name. The account is not part of it: an offline run cannot know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Key(String);

impl Key {
    /// Creates the key of an AWS profile.
    pub fn from_profile(name: &str) -> Self {
        let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
        let encode = |byte: u8| if plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
        let encoded: String = name.bytes().map(encode).collect();
        Self(format!("profile-{}", if encoded.len() > LONGEST { hash(name.as_bytes()) } else { encoded }))
    }

    /// Creates the key of credentials in the environment.
    pub fn from_access_key_id(access_key_id: &str) -> Self {
        Self(format!("env-{}", hash(access_key_id.as_bytes())))
    }

    /// Creates the key of a Bedrock API key.
    pub fn from_api_key(key: &str) -> Self {
        Self(format!("key-{}", hash(key.as_bytes())))
    }

    /// Returns the key of the same credentials at another endpoint, which need not be AWS.
    #[must_use]
    pub fn with_endpoint(self, endpoint_url: &str) -> Self {
        Self(format!("{}@{}", self.0, hash(endpoint_url.as_bytes())))
    }

    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether a path is a cache folder of this program.
    pub fn is_folder(path: &Path) -> bool {
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        KINDS.iter().any(|kind| name.starts_with(kind))
    }
}

/// Returns the first sixteen hexadecimal digits of the SHA-256 digest.
fn hash(bytes: &[u8]) -> String {
    hexadecimal(&sha256(bytes)[..8])
}
