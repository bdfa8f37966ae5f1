//! Finds the files that a glob matches. Reads none of them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::error::Error;
use crate::output::Output;

/// The most files that a glob may match.
const MOST_MATCHES: usize = 10_000;

/// Returns the files that a glob matches, in alphabetical order.
///
/// # Errors
/// If there is none, or one is a link out of the folder below which the glob searches.
pub fn files(pattern: &str, output: &mut Output) -> Result<Vec<PathBuf>, Error> {
    let folder = folder_of(pattern);
    let root = folder.canonicalize();
    let mut files = Vec::new();
    for path in matches(pattern)? {
        let real = path.canonicalize().map_err(|error| unreadable(&path, &error))?;
        if !root.as_ref().is_ok_and(|root| real.starts_with(root)) {
            return Err(Error::usage(format!("`{}` is a link out of `{}`", path.display(), folder.display()))
                .cause("a glob does not follow links out of its folder")
                .hint(format!("attach it by its own name if it is meant: `-a {}`", path.display())));
        }
        if real.is_dir() {
            output.note(&format!("`{}` is a folder, and is not attached", path.display()));
        } else {
            files.push(path);
        }
    }
    if files.is_empty() {
        let in_home = pattern.strip_prefix("~/");
        let hint = in_home.map(|rest| format!("the shell does not expand `~` in quotes: `-a \"$HOME/{rest}\"`"));
        return Err(Error::usage(format!("no file matches `{pattern}`")).hints(hint));
    }
    Ok(files)
}

/// Returns the paths that a glob matches, sorted. Of several paths to one place, as by a link to a folder above it, only
/// the shortest is returned.
fn matches(pattern: &str) -> Result<Vec<PathBuf>, Error> {
    let options =
        glob::MatchOptions { case_sensitive: true, require_literal_separator: true, require_literal_leading_dot: true };
    let invalid = |error: glob::PatternError| {
        Error::usage(format!("`{pattern}` is not a valid glob")).cause(format!("{} at {}", error.msg, error.pos))
    };
    let mut places = BTreeMap::new();
    for (found, count) in glob::glob_with(pattern, options).map_err(invalid)?.zip(1..) {
        if count > MOST_MATCHES {
            return Err(Error::usage(format!("`{pattern}` matches more than {MOST_MATCHES} files")));
        }
        let path = found.map_err(|error| unreadable(error.path(), error.error()))?;
        // With too many links on its path, the place was found by a shorter one.
        let Ok(parent) = folder_or_here(path.parent().unwrap_or(&path)).canonicalize() else { continue };
        let shortest = places.entry((parent, path.file_name().map(ToOwned::to_owned))).or_insert_with(|| path.clone());
        if path.components().count() < shortest.components().count() {
            *shortest = path;
        }
    }
    let mut paths: Vec<_> = places.into_values().collect();
    paths.sort();
    Ok(paths)
}

fn unreadable(path: &Path, error: &io::Error) -> Error {
    Error::unreadable(&format!("`{}`", path.display()), error)
}

/// Returns the folder below which a glob searches: the path before its first wildcard.
fn folder_of(pattern: &str) -> PathBuf {
    let literal = Path::new(pattern).components().take_while(|part| {
        let part = part.as_os_str().to_string_lossy();
        !part.contains(['*', '?', '['])
    });
    folder_or_here(&literal.collect::<PathBuf>()).to_owned()
}

fn folder_or_here(folder: &Path) -> &Path {
    if folder.as_os_str().is_empty() { Path::new(".") } else { folder }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_glob_searches_below_the_path_before_its_first_wildcard() {
        for (pattern, folder) in
            [("*.png", "."), ("shots/*.png", "shots"), ("a/b/**/c/*.png", "a/b"), ("../x/?", "../x"), ("/t/[ab]", "/t")]
        {
            assert_eq!(folder_of(pattern), Path::new(folder), "{pattern}");
        }
    }
}
