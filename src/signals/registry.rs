//! What a signal that ends the process has to clean up: a list that entries leave when they need that no longer.

use std::io;
use std::sync::{Mutex, MutexGuard, PoisonError};

/// The entries of one kind.
#[derive(Debug)]
pub struct Registry<T>(Mutex<Vec<T>>);

/// An entry, until it is dropped.
#[derive(Debug)]
pub struct Registered<T: PartialEq + 'static> {
    registry: &'static Registry<T>,
    entry: Option<T>,
}

impl<T: Clone + PartialEq> Registry<T> {
    /// Creates an empty list.
    pub const fn new() -> Self {
        Self(Mutex::new(Vec::new()))
    }

    /// Creates something, with the entry that stands for it.
    pub fn register<R>(
        &'static self,
        create: impl FnOnce() -> io::Result<(R, Option<T>)>,
    ) -> io::Result<(R, Registered<T>)> {
        super::listen_in_background();
        // A signal between the creation and the entry in the list waits for the entry.
        let mut entries = self.entries();
        let (created, entry) = create()?;
        entries.extend(entry.clone());
        Ok((created, Registered { registry: self, entry }))
    }

    /// Cleans up every entry. No other is created while the guard lives.
    pub fn clean_up(&self, clean_up: impl FnMut(T)) -> impl Sized {
        let mut entries = self.entries();
        entries.drain(..).for_each(clean_up);
        entries
    }
}

impl<T> Registry<T> {
    fn entries(&self) -> MutexGuard<'_, Vec<T>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<T: PartialEq> Drop for Registered<T> {
    fn drop(&mut self) {
        self.registry.entries().retain(|entry| Some(entry) != self.entry.as_ref());
    }
}
