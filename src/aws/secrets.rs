//! The secrets that requests of this process are signed with. A server may echo them in its errors, so every text of a
//! failure is masked here.

use std::collections::BTreeSet;
use std::sync::{Mutex, PoisonError};

/// The shortest text that is masked. AWS's secrets are longer, and a short one would mask innocent words.
const SHORTEST: usize = 16;

const MASK: &str = "***";

static SECRETS: Mutex<BTreeSet<String>> = Mutex::new(BTreeSet::new());

/// Adds a secret to those that [`mask`] hides.
pub(super) fn remember(secret: &str) {
    if secret.len() >= SHORTEST {
        SECRETS.lock().unwrap_or_else(PoisonError::into_inner).insert(secret.to_owned());
    }
}

/// Replaces every known secret in the text.
pub(super) fn mask(text: &mut String) {
    for secret in SECRETS.lock().unwrap_or_else(PoisonError::into_inner).iter() {
        if text.contains(secret) {
            *text = text.replace(secret, MASK);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_secrets_are_masked_and_short_words_are_not() {
        remember("wJalrXUtnFEMI/K7MDENG");
        remember("test");
        let mut text = "a test: wJalrXUtnFEMI/K7MDENG, twice wJalrXUtnFEMI/K7MDENG".to_owned();
        mask(&mut text);
        assert_eq!(text, "a test: ***, twice ***");
    }
}
