//! What was found out about names and does not depend on the source Region: resolving from every Region looks it up once.

use std::cell::RefCell;
use std::collections::BTreeMap;

/// The look-ups of one resolution, or of the resolutions of one text from every Region.
#[derive(Default)]
pub(super) struct Memo<'c> {
    /// The model that an unknown ID resembles.
    pub closest: Lookups<Option<&'c str>>,
    /// A short name without its slips.
    pub corrected: Lookups<Option<String>>,
    /// The models that a short name can be about.
    pub related: Lookups<Vec<&'c str>>,
}

/// Results by name.
pub(super) struct Lookups<T>(RefCell<BTreeMap<String, T>>);

impl<T> Default for Lookups<T> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<T: Clone> Lookups<T> {
    /// Returns what is known of a name, or looks it up.
    pub fn get(&self, name: &str, look_up: impl FnOnce() -> T) -> T {
        if let Some(found) = self.0.borrow().get(name) {
            return found.clone();
        }
        let found = look_up();
        self.0.borrow_mut().insert(name.to_owned(), found.clone());
        found
    }
}
