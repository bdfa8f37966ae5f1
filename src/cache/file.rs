//! The file format of the cache: a head line with kind, version, checksum and time, then text. Files are replaced
//! atomically, so that no process reads half a file.

use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::atomic_file::{AtomicFile, Existing, FileAccess, create_private_folder};

const MARK: &str = "bedrock-ask";

/// Larger files are refused unread: those of this program are far smaller.
const LARGEST: u64 = 16 << 20;

/// The kind of a cache file, and the version of its format that this program reads and writes.
#[derive(Clone, Copy, Debug)]
pub struct FileFormat {
    /// The file extension, which the head line repeats.
    pub extension: &'static str,
    /// Increases when older programs would misread the format.
    pub version: u32,
}

/// Why a cache file could not be read or written. It never fails a run.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the cache file `{}` {what}", path.display())]
pub struct CacheError {
    path: PathBuf,
    what: String,
    /// Whether the content is wrong, so that the user can replace it; if not, the system refused.
    pub is_damaged: bool,
}

impl CacheError {
    /// Creates the error for a file whose content is not valid.
    pub fn damaged(path: &Path) -> Self {
        Self::ignored(path, "is damaged and ignored")
    }

    /// Creates the error for a failed system call.
    pub fn system(path: &Path, error: &io::Error) -> Self {
        Self { path: path.to_owned(), what: format!("cannot be used: {error}"), is_damaged: false }
    }

    fn ignored(path: &Path, what: &str) -> Self {
        Self { path: path.to_owned(), what: what.to_owned(), is_damaged: true }
    }
}

impl FileFormat {
    /// Returns the text of a file and when it was written, or `None` if there is no file.
    pub fn read(self, path: &Path) -> Result<Option<(String, u64)>, CacheError> {
        let Some(content) = read_regular(path).map_err(|error| CacheError::system(path, &error))? else {
            return Ok(None);
        };
        let content = String::from_utf8(content).map_err(|_| CacheError::damaged(path))?;
        let (head, text) = content.split_once('\n').ok_or_else(|| CacheError::damaged(path))?;
        let [MARK, word, version, checksum, written] = head.split(' ').collect::<Vec<_>>()[..] else {
            return Err(CacheError::damaged(path));
        };
        if version.parse::<u32>().is_ok_and(|version| version > self.version) {
            return Err(CacheError::ignored(path, "was written by a newer version and is ignored"));
        }
        let written = written.parse::<u64>().ok().filter(|_| version == self.version.to_string());
        match written.filter(|_| word == self.extension && checksum == checksum_of(text)) {
            Some(written) => Ok(Some((text.to_owned(), written))),
            None => Err(CacheError::damaged(path)),
        }
    }

    /// Replaces a file atomically, readable by its owner only.
    pub fn write(self, path: &Path, text: &str, now: u64) -> Result<(), CacheError> {
        let head = format!("{MARK} {} {} {} {now}", self.extension, self.version, checksum_of(text));
        let content = format!("{head}\n{text}");
        let created = path.parent().ok_or_else(|| io::ErrorKind::NotFound.into()).and_then(create_private_folder);
        created
            .and_then(|_| AtomicFile::write_whole(path, FileAccess::Private, Existing::Replace, content.as_bytes()))
            .map_err(|error| CacheError::system(path, &error))
    }

    /// Whether the file name has this format's extension.
    pub fn matches(self, path: &Path) -> bool {
        path.extension().is_some_and(|extension| extension == self.extension)
    }
}

/// Returns a checksum against damage, not against tampering. Every offline start computes it, so it takes eight bytes
/// at a time.
fn checksum_of(text: &str) -> String {
    let mut sum = text.len() as u64;
    for piece in text.as_bytes().chunks(8) {
        let mut word = [0; 8];
        word[..piece.len()].copy_from_slice(piece);
        // The step of FNV-1a, with the high bits brought down where the next one mixes them.
        sum = (sum ^ u64::from_le_bytes(word)).wrapping_mul(0x0100_0000_01b3).rotate_left(29);
    }
    format!("{sum:016x}")
}

/// Reads a regular file. A pipe or a device is not opened, because that could block.
fn read_regular(path: &Path) -> io::Result<Option<Vec<u8>>> {
    let metadata = match fs::metadata(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(io::Error::other("it is not a file that this program wrote"));
    }
    let mut content = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or_default());
    match File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        file => file?.take(LARGEST).read_to_end(&mut content)?,
    };
    Ok(Some(content))
}
