//! Edits the config file: sets or removes one setting, and keeps the rest with its comments and its form. An edit is
//! written only if the program's own parser reads from it the old settings with exactly that one changed.

mod key;
mod outline;
mod value;

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io;
use std::path::Path;

use serde_json::Value;

use super::file;
use super::settings::FileSettings;
use super::value::without_password;
use super::yaml::Document;
use crate::atomic_file::{self, AtomicFile, Existing, FileAccess};
use crate::error::{Error, ExitCode};
pub use key::Key;
use outline::Outline;
pub use value::NewValue;

/// What happens to a setting.
#[derive(Clone, Debug, PartialEq)]
pub enum Change {
    Set(NewValue),
    Unset,
}

/// Changes settings in the config file at `path`, all of them or none. A missing file is created for its owner alone; a
/// symbolic link is followed. Returns whether the file was written.
///
/// # Errors
/// If the file is not valid, cannot be edited safely or cannot be written. It is then as it was.
pub fn change_file(path: &Path, changes: &[(Key, Change)]) -> Result<bool, Error> {
    let cannot = |error: &io::Error| {
        Error::new(ExitCode::Failure, format!("cannot write `{}`", path.display())).cause(error.to_string())
    };
    if atomic_file::is_direct(path) {
        return Err(cannot(&io::Error::other("it is not a regular file")));
    }
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    if changes.iter().any(|(_, change)| *change != Change::Unset) {
        fs::create_dir_all(folder).map_err(|error| cannot(&error))?;
    }
    let lock = lock(folder);
    let before = file::read_config(path)?;
    let mut text = before.clone().unwrap_or_default();
    for (key, change) in changes {
        text = edit(path, &text, key, change)?;
    }
    if text == before.as_deref().unwrap_or_default() {
        return Ok(false);
    }
    if text.len() as u64 > file::LARGEST {
        return Err(file::too_large(path, file::WHAT));
    }
    // A link to a missing file is something, and no new file takes its place.
    let (access, existing) = match path.symlink_metadata() {
        Ok(_) => (FileAccess::Inherited, Existing::Replace),
        Err(_) => (FileAccess::Private, Existing::Refuse),
    };
    AtomicFile::write_whole(path, access, existing, text.as_bytes()).map_err(|error| cannot(&error))?;
    drop(lock);
    Ok(true)
}

/// Keeps another process of this program from changing a file in the folder until the lock is dropped. Where that is not
/// possible, nothing is locked.
fn lock(folder: &Path) -> Option<File> {
    let file = File::open(folder).ok().filter(|_| cfg!(unix))?;
    file.lock().ok().map(|()| file)
}

/// Returns the text of a config file with one setting changed.
///
/// # Errors
/// If the text is not valid, or no edit changes exactly that setting and keeps every comment.
pub fn edit(file: &Path, text: &str, key: &Key, change: &Change) -> Result<String, Error> {
    let old = settings(file, text)?;
    let mut expected = old.clone();
    match change {
        Change::Set(value) => expected.insert(key.to_string(), value.json().clone()),
        Change::Unset => expected.remove(&key.to_string()),
    };
    if expected == old {
        return Ok(text.to_owned());
    }
    let (mark, body) = text.split_at(if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 });
    let outline = Outline::new(&Document::parse(file, body)?, body);
    let comments = outline::comments(text, change);
    let edited = outline.edits(key, change).into_iter().map(|body| format!("{mark}{body}"));
    let is_right = |edited: &String| {
        settings(file, edited).is_ok_and(|settings| settings == expected)
            && outline::comments(edited, change) == comments
    };
    edited.into_iter().find(is_right).ok_or_else(|| refusal(file, &outline, key, change))
}

/// Returns the value that the config file at `path` gives to a setting.
pub fn value_in_file(path: &Path, key: &Key) -> Result<Option<Value>, Error> {
    let text = file::read_config(path)?.unwrap_or_default();
    Ok(settings(path, &text)?.remove(&key.to_string()))
}

/// Returns the settings of a file, by their keys.
fn settings(file: &Path, text: &str) -> Result<BTreeMap<String, Value>, Error> {
    let list = FileSettings::read(&Document::parse(file, text)?)?.list()?;
    Ok(list.into_iter().map(|listed| (listed.key, listed.value)).collect())
}

/// Returns the error for a file that only a person can edit, with what to write where.
fn refusal(file: &Path, outline: &Outline<'_>, key: &Key, change: &Change) -> Error {
    let place = |line: Option<u64>| match line {
        Some(line) => format!("{}:{line}", file.display()),
        None => file.display().to_string(),
    };
    let (found, section) = (outline.line_of(key), outline.line_of_section(key));
    let summary = format!(
        "{}: `{key}` cannot be changed here without changing more; nothing was written",
        place(found.or(section))
    );
    let error = Error::new(ExitCode::Failure, summary);
    let Change::Set(value) = change else { return error.hint(format!("remove `{key}` by hand")) };
    let entry = without_password(&format!("{}: {}", key.yaml_name(), value.yaml())).into_owned();
    error.hint(match key.section() {
        _ if found.is_some() => format!("write `{entry}` there by hand"),
        Some(name) if section.is_some() => format!("add `{entry}` to `{name}` by hand"),
        Some(name) => format!("add this by hand: `{name}: {{{entry}}}`"),
        None => format!("add this by hand: `{entry}`"),
    })
}

#[cfg(test)]
mod tests;
