//! Files under the cache directory: what AWS listed for a source Region, and what its answers to calls taught. Files only:
//! no SDK, no clock, and nothing secret in them. Whatever is wrong with a file, the program goes on without it.

mod file;
mod key;
mod learned;

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

pub use file::CacheError;
pub use key::Key;
pub use learned::{LearnedId, UnsupportedParameter};

use bedrock_ask::model::catalog::live;
use file::FileFormat;
use learned::LearnedFacts;

const CATALOG: FileFormat = FileFormat { extension: "catalog", version: 1 };
const LEARNED: FileFormat = FileFormat { extension: "lessons", version: 1 };

/// How far another machine's clock may run ahead before its files count as old.
const CLOCK_TOLERANCE: u64 = 300;

/// What is kept for the credentials in force: two small files for each source Region.
#[derive(Clone, Debug)]
pub struct Cache {
    folder: Option<PathBuf>,
}

/// A live catalog as it was kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CachedCatalog {
    /// The text of the live layer.
    pub text: String,
    /// When it was written, in seconds since 1970.
    pub written: u64,
}

impl CachedCatalog {
    /// Whether it may still be used to say what can be called; with no time to live it never may.
    pub fn is_fresh(&self, now: u64, time_to_live: Duration) -> bool {
        let age = now.saturating_sub(self.written);
        self.written <= now + CLOCK_TOLERANCE && age < time_to_live.as_secs()
    }
}

impl Cache {
    /// The cache for these credentials; without a directory nothing is ever kept.
    pub fn new(directory: Option<&Path>, key: &Key) -> Self {
        Self { folder: directory.map(|directory| directory.join(key.as_str())) }
    }

    /// The live catalog that was kept for this Region.
    ///
    /// # Errors
    /// Where there is a file and it cannot be used.
    pub fn catalog(&self, region: &str) -> Result<Option<CachedCatalog>, CacheError> {
        let Some(path) = self.path(region, CATALOG) else { return Ok(None) };
        let Some((text, written)) = CATALOG.read(&path)? else { return Ok(None) };
        if live::region(&text) != Some(region) {
            return Err(CacheError::damaged(&path));
        }
        Ok(Some(CachedCatalog { text, written }))
    }

    /// Keeps what AWS listed for this Region. What another account left under the same name is dropped, and so are the
    /// IDs that calls taught here: now the catalog knows better.
    ///
    /// # Errors
    /// Where it cannot be written; what was kept before is still there then.
    pub fn store_catalog(&self, region: &str, text: &str, now: u64) -> Result<(), CacheError> {
        let (Some(folder), Some(path)) = (&self.folder, self.path(region, CATALOG)) else { return Ok(()) };
        if let Some(account) = live::account(text) {
            drop_other_accounts(folder, account);
        }
        CATALOG.write(&path, text, now)?;
        self.change_lessons(region, now, LearnedFacts::forget_ids)
    }

    /// The Regions for which a live catalog is kept, sorted.
    pub fn regions(&self) -> Vec<String> {
        let files = self.folder.as_deref().map(files_in).unwrap_or_default();
        let catalogs = files.iter().filter(|path| CATALOG.is_of(path));
        let mut regions: Vec<_> = catalogs.filter_map(|path| path.file_stem()?.to_str()).map(str::to_owned).collect();
        regions.sort();
        regions
    }

    /// The ID that worked last for a model that was written so.
    pub fn learned_id(&self, region: &str, input: &str, now: u64) -> Option<LearnedId> {
        self.learned(region).id(input, now)
    }

    /// Remembers the ID that worked for a model that was written so.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save_learned_id(&self, region: &str, input: &str, id: &LearnedId, now: u64) -> Result<(), CacheError> {
        self.change_lessons(region, now, |learned| learned.add_id(input, id, now))
    }

    /// What this ID has refused of a request.
    pub fn refusals(&self, region: &str, id: &str, now: u64) -> Vec<UnsupportedParameter> {
        self.learned(region).refusals(id, now)
    }

    /// Remembers what this ID refused.
    ///
    /// # Errors
    /// Where it cannot be written.
    pub fn save_unsupported(
        &self,
        region: &str,
        id: &str,
        unsupported: &UnsupportedParameter,
        now: u64,
    ) -> Result<(), CacheError> {
        self.change_lessons(region, now, |learned| learned.add_refusal(id, unsupported, now))
    }

    fn learned(&self, region: &str) -> LearnedFacts {
        let read = self.path(region, LEARNED).and_then(|path| LEARNED.read(&path).ok().flatten());
        read.map(|(text, _)| LearnedFacts::read(&text)).unwrap_or_default()
    }

    /// Two processes that learn at once may lose one lesson, which the next call teaches again.
    fn change_lessons(&self, region: &str, now: u64, change: impl FnOnce(&mut LearnedFacts)) -> Result<(), CacheError> {
        let Some(path) = self.path(region, LEARNED) else { return Ok(()) };
        let before = self.learned(region);
        let mut after = before.clone();
        change(&mut after);
        if after == before { Ok(()) } else { LEARNED.write(&path, &after.write(), now) }
    }

    fn path(&self, region: &str, format: FileFormat) -> Option<PathBuf> {
        Some(self.folder.as_ref()?.join(region).with_extension(format.extension))
    }
}

/// Removes every file that this program keeps under the cache directory, or only those of this Region; how many there
/// were.
///
/// # Errors
/// Where one cannot be removed.
pub fn clear(directory: &Path, region: Option<&str>) -> Result<usize, CacheError> {
    let mut removed = 0;
    for folder in files_in(directory).into_iter().filter(|path| Key::is_folder(path)) {
        for path in files_in(&folder).into_iter().filter(|path| CATALOG.is_of(path) || LEARNED.is_of(path)) {
            if region.is_none_or(|region| path.file_stem().is_some_and(|stem| stem == region)) {
                fs::remove_file(&path).map_err(|error| CacheError::system(&path, &error))?;
                removed += 1;
            }
        }
        // Left alone where somebody else's files are in it.
        let _ = fs::remove_dir(&folder);
    }
    Ok(removed)
}

fn drop_other_accounts(folder: &Path, account: &str) {
    for path in files_in(folder).into_iter().filter(|path| CATALOG.is_of(path)) {
        let kept = CATALOG.read(&path).ok().flatten();
        if kept.as_ref().and_then(|(text, _)| live::account(text)).is_some_and(|other| other != account) {
            // What cannot be removed is replaced at the next write.
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
