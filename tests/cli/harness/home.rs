//! A temporary home and current directory, shared by the runs of one test and removed after it.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use tempfile::TempDir;

/// A home directory and a current directory. Clones share them.
#[derive(Clone)]
pub struct Home {
    place: Arc<Place>,
}

struct Place {
    folder: TempDir,
    given: Mutex<HashMap<PathBuf, Vec<u8>>>,
    running: AtomicUsize,
}

impl Home {
    /// Creates empty directories.
    pub fn new() -> Self {
        let folder = TempDir::with_prefix("bedrock-ask-test-").expect("a temporary directory");
        fs::create_dir(folder.path().join("home")).expect("a home");
        fs::create_dir(folder.path().join("here")).expect("a current directory");
        Self { place: Arc::new(Place { folder, given: Mutex::default(), running: AtomicUsize::new(0) }) }
    }

    /// Counts a process that was started in this home.
    pub(super) fn process_started(&self) {
        self.place.running.fetch_add(1, Ordering::SeqCst);
    }

    /// Counts a process that has ended, and returns whether no other is running: only then is each temporary file left over.
    pub(super) fn process_ended(&self) -> bool {
        self.place.running.fetch_sub(1, Ordering::SeqCst) == 1
    }

    pub fn root(&self) -> PathBuf {
        self.place.folder.path().join("home")
    }

    /// Returns the current directory of the runs.
    pub fn here(&self) -> PathBuf {
        self.place.folder.path().join("here")
    }

    /// Returns the absolute path of a file under the home.
    pub fn path(&self, relative: &str) -> PathBuf {
        self.root().join(relative)
    }

    /// Writes a file under the home on behalf of the test.
    pub fn write(&self, relative: &str, content: &[u8]) {
        self.write_at(self.path(relative), content);
    }

    /// Writes a file under the current directory on behalf of the test.
    pub fn write_here(&self, relative: &str, content: &[u8]) {
        self.write_at(self.here().join(relative), content);
    }

    /// Reads a file under the home.
    pub fn read(&self, relative: &str) -> String {
        read(&self.path(relative))
    }

    /// Reads a file under the current directory.
    pub fn read_here(&self, relative: &str) -> String {
        read(&self.here().join(relative))
    }

    /// Returns every file under both directories that the test did not write, or that was changed, in order.
    pub fn left_files(&self) -> Vec<(PathBuf, Vec<u8>)> {
        let mut files = Vec::new();
        gather(self.place.folder.path(), &mut files);
        let given = self.place.given.lock().unwrap();
        files.retain(|(path, content)| given.get(path) != Some(content));
        files.sort();
        files
    }

    /// Replaces the names of the directories by `[HOME]` and `[HERE]`.
    pub fn redact(&self, text: &str) -> String {
        let mut text = text.to_owned();
        let folder = self.place.folder.path();
        // A program that asks for its current directory meets the resolved name.
        for folder in [folder.canonicalize().unwrap_or_default(), folder.to_owned()] {
            text = text.replace(&*folder.join("home").to_string_lossy(), "[HOME]");
            text = text.replace(&*folder.join("here").to_string_lossy(), "[HERE]");
        }
        if cfg!(windows) { with_slashes(&text) } else { text }
    }

    fn write_at(&self, path: PathBuf, content: &[u8]) {
        fs::create_dir_all(path.parent().expect("a file is in a directory")).expect("its directory");
        fs::write(&path, content).expect("the file is written");
        self.place.given.lock().unwrap().insert(path, content.to_owned());
    }
}

fn read(path: &Path) -> String {
    fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// Writes the paths after `[HOME]` and `[HERE]` with `/`, as snapshots do.
fn with_slashes(text: &str) -> String {
    let mut in_path = false;
    let mut shown = String::new();
    for (at, character) in text.char_indices() {
        in_path |= text[..at].ends_with("[HOME]") || text[..at].ends_with("[HERE]");
        in_path &= !character.is_whitespace() && !"`'\"():,".contains(character);
        shown.push(if in_path && character == '\\' { '/' } else { character });
    }
    shown
}

fn gather(folder: &Path, files: &mut Vec<(PathBuf, Vec<u8>)>) {
    // A file that the test made unreadable is skipped.
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let path = entry.path();
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => gather(&path, files),
            Ok(kind) if kind.is_file() => files.extend(fs::read(&path).ok().map(|content| (path, content))),
            _ => {}
        }
    }
}
