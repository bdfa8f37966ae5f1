//! Files under the cache directory: live catalogs and learned per-model facts, by credentials and source Region. No
//! SDK, no clock and no secrets in here. A file that cannot be used never fails a run.

mod file;
mod key;
mod learned;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use file::CacheError;
pub use key::Key;
pub use learned::LearnedId;

use bedrock_ask::diagnosis::ParameterFix;
use bedrock_ask::model::catalog::live;
use file::FileFormat;
use learned::LearnedFacts;

const CATALOG: FileFormat = FileFormat { extension: "catalog", version: 1 };
const LEARNED: FileFormat = FileFormat { extension: "lessons", version: 2 };
const REMINDER: FileFormat = FileFormat { extension: "reminder", version: 1 };

/// The time in seconds between two reminders.
const REMINDER_INTERVAL: u64 = 24 * 60 * 60;

/// Tolerance in seconds for a timestamp in the future, as from another machine's clock.
const CLOCK_TOLERANCE: u64 = 300;

/// The cache of one set of credentials: two small files for each source Region.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// A live catalog read from the cache.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedCatalog {
    pub text: String,
    /// When the file was written, in seconds since 1970.
    pub written: u64,
}

impl CachedCatalog {
    /// Whether the catalog is younger than its time to live; with a time to live of zero it never is.
    pub fn is_fresh(&self, now: u64, time_to_live: Duration) -> bool {
        let age = now.saturating_sub(self.written);
        self.written <= now + CLOCK_TOLERANCE && age < time_to_live.as_secs()
    }
}

impl Cache {
    /// Creates the cache of these credentials. Without a directory, nothing is read or written.
    pub fn new(directory: Option<&Path>, key: &Key) -> Self {
        Self { folder: directory.map(|directory| directory.join(key.as_str())) }
    }

    /// Returns the live catalog of this Region, or `None` if there is none.
    ///
    /// # Errors
    /// If there is a file and it cannot be used.
    pub fn catalog(&self, region: &str) -> Result<Option<CachedCatalog>, CacheError> {
        let Some(path) = self.path(region, CATALOG) else { return Ok(None) };
        let Some((text, written)) = CATALOG.read(&path)? else { return Ok(None) };
        if live::region(&text) != Some(region) {
            return Err(CacheError::damaged(&path));
        }
        Ok(Some(CachedCatalog { text, written }))
    }

    /// Writes the live catalog of this Region. Removes the catalogs of another account with the same credentials name,
    /// and the learned IDs of the Region, which the new catalog supersedes.
    ///
    /// # Errors
    /// If the file cannot be written; the previous file is kept.
    pub fn store_catalog(&self, region: &str, text: &str, now: u64) -> Result<(), CacheError> {
        let (Some(folder), Some(path)) = (&self.folder, self.path(region, CATALOG)) else { return Ok(()) };
        if let Some(account) = live::account(text) {
            remove_other_accounts(folder, account);
        }
        CATALOG.write(&path, text, now)?;
        self.update_learned(region, now, LearnedFacts::forget_ids)
    }

    /// Returns the Regions with a live catalog, sorted.
    pub fn regions(&self) -> Vec<String> {
        let files = self.folder.as_deref().map(files_in).unwrap_or_default();
        let catalogs = files.iter().filter(|path| CATALOG.matches(path));
        let mut regions: Vec<_> = catalogs.filter_map(|path| path.file_stem()?.to_str()).map(str::to_owned).collect();
        regions.sort();
        regions
    }

    /// Returns the ID that worked last for this input.
    pub fn learned_id(&self, region: &str, input: &str, now: u64) -> Option<LearnedId> {
        self.learned(region).id(input, now)
    }

    /// Saves the ID that worked for this input.
    pub fn save_learned_id(&self, region: &str, input: &str, id: &LearnedId, now: u64) -> Result<(), CacheError> {
        self.update_learned(region, now, |learned| learned.add_id(input, id, now))
    }

    /// Returns the fixes that requests to this model ID are known to need.
    pub fn fixes(&self, region: &str, id: &str, now: u64) -> Vec<ParameterFix> {
        self.learned(region).fixes(id, now)
    }

    /// Saves a fix that requests to this model ID need.
    pub fn save_fix(&self, region: &str, id: &str, fix: &ParameterFix, now: u64) -> Result<(), CacheError> {
        self.update_learned(region, now, |learned| learned.add_fix(id, fix, now))
    }

    fn learned(&self, region: &str) -> LearnedFacts {
        let read = self.path(region, LEARNED).and_then(|path| LEARNED.read(&path).ok().flatten());
        read.map(|(text, _)| LearnedFacts::from_text(&text)).unwrap_or_default()
    }

    /// Changes the learned facts of a Region. Of two processes that write at the same time one may lose its fact, which
    /// the next call learns again.
    fn update_learned(&self, region: &str, now: u64, change: impl FnOnce(&mut LearnedFacts)) -> Result<(), CacheError> {
        let Some(path) = self.path(region, LEARNED) else { return Ok(()) };
        let before = self.learned(region);
        let mut after = before.clone();
        change(&mut after);
        if after == before { Ok(()) } else { LEARNED.write(&path, &after.to_text(), now) }
    }

    fn path(&self, region: &str, format: FileFormat) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(region).with_extension(format.extension))
    }
}

/// Marks that the user is reminded of the age of the catalog, and returns whether to do so: not if that was done within
/// the last day, or if it cannot be marked.
pub fn mark_reminder(directory: &Path, now: u64) -> bool {
    let path = directory.join("catalog").with_extension(REMINDER.extension);
    let last = REMINDER.read(&path).ok().flatten().map(|(_, written)| written);
    let is_recent = |last| last <= now + CLOCK_TOLERANCE && now.saturating_sub(last) < REMINDER_INTERVAL;
    !last.is_some_and(is_recent) && REMINDER.write(&path, "", now).is_ok()
}

/// Removes every file of the cache, or only those of one Region, and returns their number.
pub fn clear(directory: &Path, region: Option<&str>) -> Result<usize, CacheError> {
    let mut removed = 0;
    for folder in files_in(directory).into_iter().filter(|path| Key::is_folder(path)) {
        for path in files_in(&folder).into_iter().filter(|path| CATALOG.matches(path) || LEARNED.matches(path)) {
            if region.is_none_or(|region| path.file_stem().is_some_and(|stem| stem == region)) {
                fs::remove_file(&path).map_err(|error| CacheError::system(&path, &error))?;
                removed += 1;
            }
        }
        // Fails if the folder holds other files, which are kept.
        let _ = fs::remove_dir(&folder);
    }
    Ok(removed)
}

fn remove_other_accounts(folder: &Path, account: &str) {
    for path in files_in(folder).into_iter().filter(|path| CATALOG.matches(path)) {
        let cached = CATALOG.read(&path).ok().flatten();
        if cached.as_ref().and_then(|(text, _)| live::account(text)).is_some_and(|other| other != account) {
            // A file that cannot be removed is replaced by the next write.
            let _ = fs::remove_file(&path);
            let _ = fs::remove_file(path.with_extension(LEARNED.extension));
        }
    }
}

fn files_in(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<_> = entries.map(|entry| entry.path()).collect();
    paths.sort();
    paths
}

#[cfg(test)]
mod tests;
