//! The catalog file: read instead of the built-in catalog if `catalog.path` names one, and written by `catalog export`.

use std::io;
use std::path::{Path, PathBuf};

use crate::atomic_file::{AtomicFile, Existing, FileAccess};
use crate::config::contents::contents;
use crate::config::{Environment, Origin, Setting, Settings};
use crate::error::{Error, ExitCode};
use crate::output::{self, Output};
use bedrock_ask::model::catalog::Catalog;

/// Larger files are refused unread: the built-in catalog is a hundredth of this size.
const LARGEST: u64 = 16 << 20;

/// Returns the catalog that the settings name: the built-in one, or that of a file.
pub fn load(settings: &Settings, environment: &Environment) -> Result<Catalog, Error> {
    let Setting { value: Some(named), origin } = &settings.catalog_path else { return Ok(Catalog::built_in()) };
    let path = resolve_path(named, origin, environment);
    let display = path.display().to_string();
    let text = read(&path).map_err(|error| error.hint(format!("`catalog.path` names it ({origin})")))?;
    Catalog::from_text(&text, &display)
        .map_err(|error| Error::usage(format!("{display}:{}: {}", error.line, error.problem)))
}

/// Writes the catalog to a file, or to stdout if the path is `-`.
pub fn export(catalog: &Catalog, path: &Path, output: &mut Output) -> Result<ExitCode, Error> {
    let text = catalog.to_text();
    if path == Path::new("-") {
        return output.text(&text).map(|()| ExitCode::Success);
    }
    let written = AtomicFile::write_whole(path, FileAccess::Inherited, Existing::Replace, text.as_bytes());
    written.map_err(|error| output::unwritable_file(path, &error))?;
    Ok(ExitCode::Success)
}

/// Resolves the path. A relative path in the config file is relative to that file's folder, any other to the current
/// directory.
fn resolve_path(named: &str, origin: &Origin, environment: &Environment) -> PathBuf {
    if let (Some(below), Some(home)) = (named.strip_prefix("~/"), environment.home()) {
        return home.join(below);
    }
    match origin {
        Origin::File(place) => place.file.parent().unwrap_or(Path::new("")).join(named),
        _ => PathBuf::from(named),
    }
}

fn read(path: &Path) -> Result<String, Error> {
    let unreadable = |error: &io::Error| {
        Error::usage(format!("cannot read the catalog file `{}`", path.display())).cause(error.to_string())
    };
    let bytes = contents(path, LARGEST).map_err(|error| unreadable(&error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::usage(format!("the catalog file `{}` is larger than 16 MiB", path.display())));
    }
    String::from_utf8(bytes).map_err(|error| {
        let valid = &error.as_bytes()[..error.utf8_error().valid_up_to()];
        let line = valid.split(|byte| *byte == b'\n').count();
        Error::usage(format!("{}:{line}: the catalog file is not UTF-8", path.display()))
    })
}
