//! Where attachments come from: finds and reads what `--attach` names, never more than a bound. Knows no format.

use std::fs::Metadata;
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use super::pattern;
use crate::commands::stdin;
use crate::config::contents;
use crate::error::Error;
use crate::output::Output;

/// The most bytes of all attachments of a request together. No model takes as many in one request.
pub const LARGEST: usize = 50_000_000;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Source {
    Stdin,
    File(PathBuf),
    S3(String),
}

/// Returns what the value of `--attach` names: a file, the files that match a glob, an object in S3, or stdin.
///
/// # Errors
/// If it is a URL of another kind, or a glob that matches nothing or a link out of its folder.
pub fn find(value: &Path, output: &mut Output) -> Result<Vec<Source>, Error> {
    let text = value.to_str().unwrap_or_default();
    if text == "-" {
        return Ok(vec![Source::Stdin]);
    }
    if text.starts_with("s3://") {
        return s3(text).map(|uri| vec![Source::S3(uri)]);
    }
    if text.starts_with("https://") || text.starts_with("http://") {
        return Err(Error::usage(format!("`{text}` is a URL, and URLs are not fetched"))
            .hint(format!("curl -sSfL '{text}' | bedrock-ask -a - \"your question\"")));
    }
    // A file may have a name with `[` or `*` in it.
    let is_glob = text.contains(['*', '?', '[']) && value.symlink_metadata().is_err();
    let paths = if is_glob { pattern::files(text, output)? } else { vec![value.to_owned()] };
    Ok(paths.into_iter().map(Source::File).collect())
}

fn s3(uri: &str) -> Result<String, Error> {
    let (bucket, key) = uri.trim_start_matches("s3://").split_once('/').unwrap_or_default();
    if bucket.is_empty() || key.is_empty() || key.ends_with('/') {
        return Err(Error::usage(format!("`{uri}` does not name an object in S3")).hint("-a s3://BUCKET/KEY"));
    }
    Ok(uri.to_owned())
}

/// Reads a file of at most `limit` bytes.
///
/// # Errors
/// If it is a folder, a device, empty, too large, changes while it is read, or cannot be read.
pub fn read_file(path: &Path, limit: usize) -> Result<Vec<u8>, Error> {
    let name = format!("`{}`", path.display());
    let failed = |error: io::Error| Error::unreadable(&name, &error);
    let metadata = std::fs::metadata(path).map_err(failed)?;
    if metadata.is_dir() {
        return Err(Error::usage(format!("{name} is a folder"))
            .hint(format!("attach the files in it: `-a '{}/*'`", path.display().to_string().trim_end_matches('/'))));
    }
    if is_device(&metadata) {
        return Err(Error::usage(format!("{name} is a device, and only files and pipes can be attached")));
    }
    let mut file = contents::open(path).map_err(failed)?;
    let before = file.metadata().map_err(failed)?;
    let bytes = read(&mut file, limit, &name)?;
    let after = file.metadata().map_err(failed)?;
    if has_changed(&before, &after, bytes.len()) {
        return Err(Error::usage(format!("{name} changed while it was read")).hint("try again"));
    }
    Ok(bytes)
}

/// Whether a file changed between these two moments, in which so many bytes were read.
fn has_changed(before: &Metadata, after: &Metadata, read: usize) -> bool {
    let is_same = before.len() == after.len() && before.modified().ok() == after.modified().ok();
    // The files of `/proc` have content and no length.
    before.is_file() && !(is_same && (after.len() == 0 || after.len() == read as u64))
}

/// Reads all of a source of at most `limit` bytes, of which there must be one.
pub fn read(source: &mut dyn Read, limit: usize, name: &str) -> Result<Vec<u8>, Error> {
    let bytes = stdin::read_bytes(source, limit, name)?;
    if bytes.is_empty() {
        return Err(Error::usage(format!("{name} is empty")));
    }
    if bytes.len() > limit {
        return Err(too_large(name, limit));
    }
    Ok(bytes)
}

fn too_large(name: &str, limit: usize) -> Error {
    let most = LARGEST / 1_000_000;
    let error = if limit == LARGEST {
        Error::usage(format!("{name} has more than {most} MB, which is more than any model takes in one request"))
    } else {
        Error::usage(format!("the attachments have more than {most} MB together, with {name}"))
            .cause("this is more than any model takes in one request")
    };
    error.hint("copy large files to S3: `-a s3://BUCKET/KEY`, which Amazon Nova reads")
}

#[cfg(unix)]
fn is_device(metadata: &Metadata) -> bool {
    use std::os::unix::fs::FileTypeExt;
    metadata.file_type().is_char_device() || metadata.file_type().is_block_device()
}

#[cfg(not(unix))]
fn is_device(_metadata: &Metadata) -> bool {
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_changes_while_it_is_read_is_noticed() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let written = |text: &str| {
            std::fs::write(&path, text).unwrap();
            std::fs::metadata(&path).unwrap()
        };
        let (three, four) = (written("abc"), written("abcd"));
        assert!(!has_changed(&three, &three, 3));
        assert!(has_changed(&three, &four, 3) && has_changed(&three, &four, 4) && has_changed(&three, &three, 4));
        let empty = written("");
        assert!(!has_changed(&empty, &empty, 9), "as in `/proc`");
    }

    #[test]
    fn no_more_than_the_limit_is_read() {
        let name = |bytes: &mut dyn Read, limit| read(bytes, limit, "`x`").map_err(|error| error.message.summary);
        assert_eq!(name(&mut &b"abc"[..], 3), Ok(b"abc".to_vec()));
        assert_eq!(
            name(&mut std::io::repeat(0), 3),
            Err("the attachments have more than 50 MB together, with `x`".into())
        );
        assert_eq!(name(&mut std::io::empty(), 3), Err("`x` is empty".into()));
    }
}
