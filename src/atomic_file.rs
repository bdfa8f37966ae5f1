//! Atomic file replacement: content is written to a temporary file in the same directory, which then gets the final name.
//! Callers decide what an error means to the user.

mod temporary;

use std::fs::{DirBuilder, File, Metadata};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use temporary::Temporary;

/// The maximum number of partial files kept under one name.
const MOST_PARTIAL: u32 = 99;

/// The milliseconds after which a rename that was denied is tried again: on Windows a file cannot be replaced while
/// another process reads it.
const WAITS: &[u64] = if cfg!(windows) { &[1, 2, 4, 8, 16, 32, 64, 128] } else { &[] };

/// The length from which Windows takes a path only with its prefix `\\?\`; a temporary file has a longer name.
const LONGEST_SIMPLE: usize = 240;

/// Who may read and write the file, and whether a symbolic link at its path is followed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FileAccess {
    /// For a file that the user names. A new file gets the mode that the umask allows. A file that is replaced must be
    /// writable, and its mode is kept. A link is followed: the link stays, and its target is replaced.
    Inherited,
    /// For a file of the program's own. Only its owner has access, whatever the mode of the file before. A link is not
    /// followed.
    Private,
}

/// What happens to a file that already exists at the path.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Existing {
    /// The file is replaced.
    Replace,
    /// The file is kept, and the error is [`io::ErrorKind::AlreadyExists`].
    Refuse,
}

/// A file that is not visible under its name until [`AtomicFile::commit`]. If it is dropped before that, it is removed.
#[derive(Debug)]
pub struct AtomicFile {
    path: PathBuf,
    temporary: Temporary,
    existing: Existing,
}

/// A file that could not be renamed; its content can still be saved.
#[derive(Debug)]
pub struct CommitError {
    pub error: io::Error,
    /// The temporary file with all of its content.
    pub file: AtomicFile,
}

impl AtomicFile {
    /// Creates an empty temporary file in the directory of this path, with the mode of the final file.
    pub fn create(path: &Path, access: FileAccess, existing: Existing) -> io::Result<Self> {
        if existing == Existing::Refuse && path.symlink_metadata().is_ok() {
            return Err(io::ErrorKind::AlreadyExists.into());
        }
        let path = if access == FileAccess::Inherited { follow_links(path)? } else { path.to_owned() };
        let replaced = if access == FileAccess::Inherited { writable_file(&path)? } else { None };
        let directory = directory_of(&path);
        directory.metadata()?;
        let temporary = Temporary::new(directory, access, existing, replaced.is_some())?;
        if let Some(replaced) = replaced {
            inherit(temporary.as_file(), &replaced)?;
        }
        Ok(Self { path, temporary, existing })
    }

    /// Creates or replaces the file at this path with this content.
    pub fn write_whole(path: &Path, access: FileAccess, existing: Existing, content: &[u8]) -> io::Result<()> {
        let mut file = Self::create(path, access, existing)?;
        file.write_all(content)?;
        file.commit().map_err(|refused| refused.error)
    }

    /// Whether nothing has been written.
    pub fn is_empty(&self) -> bool {
        self.temporary.as_file().metadata().is_ok_and(|metadata| metadata.len() == 0)
    }

    /// Gives the temporary file its final name.
    pub fn commit(self) -> Result<(), CommitError> {
        let Self { path, mut temporary, existing } = self;
        let mut waits = WAITS.iter();
        loop {
            let Err((error, file)) = temporary.persist(&path, existing) else { return Ok(()) };
            temporary = file;
            match waits.next().filter(|_| error.kind() == io::ErrorKind::PermissionDenied) {
                Some(milliseconds) => thread::sleep(Duration::from_millis(*milliseconds)),
                None => return Err(CommitError { error, file: Self { path, temporary, existing } }),
            }
        }
    }

    /// Saves what has been written as `NAME.partial`, or `NAME.partial.1` and so on if that exists, and returns the
    /// path. If no such name is free, the temporary file keeps its own name.
    pub fn save_partial(self) -> io::Result<PathBuf> {
        let Self { path, mut temporary, .. } = self;
        for number in 0..=MOST_PARTIAL {
            let mut partial = path.clone().into_os_string();
            partial.push(if number == 0 { ".partial".to_owned() } else { format!(".partial.{number}") });
            let partial = PathBuf::from(partial);
            match temporary.persist(&partial, Existing::Refuse) {
                Ok(()) => return Ok(partial),
                Err((_, file)) => temporary = file,
            }
        }
        temporary.keep()
    }
}

impl Write for AtomicFile {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.temporary.write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.temporary.flush()
    }
}

/// Creates a directory of the program's own, to which only its owner has access, and returns whether there was none.
pub fn create_private_folder(folder: &Path) -> io::Result<bool> {
    let mut builder = DirBuilder::new();
    #[cfg(unix)]
    {
        use std::os::unix::fs::DirBuilderExt;
        builder.mode(0o700);
    }
    let create = |builder: &mut DirBuilder| match builder.recursive(false).create(folder) {
        Err(error) if error.kind() == io::ErrorKind::AlreadyExists && folder.is_dir() => Ok(false),
        created => created.map(|()| true),
    };
    create(&mut builder).or_else(|error| match (error.kind(), folder.parent()) {
        (io::ErrorKind::NotFound, Some(above)) => {
            builder.recursive(true).create(above)?;
            create(&mut builder)
        }
        _ => Err(error),
    })
}

/// Whether this path is a pipe or a device, which cannot be replaced.
pub fn is_direct(path: &Path) -> bool {
    path.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir())
}

/// Returns the path of the file itself. The file need not exist unless a link points to it.
fn follow_links(path: &Path) -> io::Result<PathBuf> {
    // `new/` names a directory, which a rename would refuse only after everything was written.
    if path.to_string_lossy().ends_with(std::path::is_separator) {
        return Err(io::ErrorKind::IsADirectory.into());
    }
    match path.symlink_metadata() {
        Ok(_) => path.canonicalize().map(without_prefix).map_err(|error| match error.kind() {
            io::ErrorKind::NotFound => {
                io::Error::new(error.kind(), "it is a symbolic link to a file that does not exist")
            }
            _ => error,
        }),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(path.to_owned()),
        Err(error) => Err(error),
    }
}

/// Returns a path without the `\\?\` that Windows puts before a resolved one, where it is the same without.
fn without_prefix(path: PathBuf) -> PathBuf {
    let simple = path.to_str().and_then(|text| text.strip_prefix(r"\\?\")).filter(|_| cfg!(windows));
    // Longer paths, and those of a network (`\\?\UNC\`), need it.
    match simple.filter(|simple| simple.len() < LONGEST_SIMPLE && simple.as_bytes().get(1) == Some(&b':')) {
        Some(simple) => PathBuf::from(simple),
        None => path,
    }
}

/// Returns the metadata of the file at this path, or `None` if there is no file. It is an error if the file is not
/// regular or not writable: a rename itself needs write permission only for the directory.
fn writable_file(path: &Path) -> io::Result<Option<Metadata>> {
    match path.metadata() {
        Ok(metadata) if metadata.is_dir() => Err(io::ErrorKind::IsADirectory.into()),
        Ok(metadata) if !metadata.is_file() => Err(io::Error::other("it is not a regular file")),
        Ok(metadata) => File::options().write(true).open(path).map(|_| Some(metadata)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

/// Returns the directory of a file.
pub fn directory_of(path: &Path) -> &Path {
    path.parent().filter(|directory| !directory.as_os_str().is_empty()).unwrap_or(Path::new("."))
}

/// Gives a file the mode of the one that it replaces, and its owner and group if the system allows that.
#[cfg(unix)]
fn inherit(file: &File, replaced: &Metadata) -> io::Result<()> {
    use std::os::unix::fs::{MetadataExt, PermissionsExt, fchown};

    let current = file.metadata()?;
    let mut mode = replaced.mode() & 0o777;
    let is_owned_alike = (current.uid(), current.gid()) == (replaced.uid(), replaced.gid());
    if !is_owned_alike
        && fchown(file, Some(replaced.uid()), Some(replaced.gid())).is_err()
        && fchown(file, None, Some(replaced.gid())).is_err()
    {
        // The permissions of the old group are not for the new one.
        mode &= 0o707;
    }
    if current.mode() & 0o777 == mode {
        return Ok(());
    }
    file.set_permissions(std::fs::Permissions::from_mode(mode))
}

/// Does nothing: on this system a writable file has no other permissions to inherit.
#[cfg(not(unix))]
#[expect(clippy::unnecessary_wraps, reason = "on Unix it can fail")]
fn inherit(_file: &File, _replaced: &Metadata) -> io::Result<()> {
    Ok(())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    /// Returns a directory, and the path of a file in it that does not exist yet.
    fn place() -> (tempfile::TempDir, PathBuf) {
        let directory = tempfile::tempdir().unwrap();
        let path = directory.path().join("a");
        (directory, path)
    }

    fn names(directory: &Path) -> Vec<String> {
        let entries = fs::read_dir(directory).unwrap();
        let mut names: Vec<_> = entries.map(|entry| entry.unwrap().file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    fn written(path: &Path, text: &str) -> AtomicFile {
        let mut file = AtomicFile::create(path, FileAccess::Inherited, Existing::Replace).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file
    }

    #[test]
    fn a_file_appears_whole_or_not_at_all() {
        let (directory, path) = place();
        drop(written(&path, "half"));
        assert!(names(directory.path()).is_empty());
        let file = written(&path, "whole");
        assert!(!path.exists() && !file.is_empty());
        file.commit().unwrap();
        assert_eq!((names(directory.path()), fs::read_to_string(&path).unwrap().as_str()), (vec!["a".into()], "whole"));
    }

    #[test]
    fn a_file_that_is_not_to_be_replaced_stays() {
        let (directory, path) = place();
        let create = || AtomicFile::create(&path, FileAccess::Private, Existing::Refuse);
        let late = create().unwrap();
        create().unwrap().commit().unwrap();
        assert_eq!(create().unwrap_err().kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(late.commit().unwrap_err().error.kind(), io::ErrorKind::AlreadyExists);
        assert_eq!(names(directory.path()), ["a"]);
    }

    #[cfg(target_os = "linux")]
    #[test]
    fn a_new_file_has_no_name_before_it_is_whole() {
        let directory = tempfile::tempdir().unwrap();
        for access in [FileAccess::Inherited, FileAccess::Private] {
            let path = directory.path().join(format!("{access:?}"));
            let mut file = AtomicFile::create(&path, access, Existing::Refuse).unwrap();
            file.write_all(b"half").unwrap();
            // Not every file system has files without a name.
            if matches!(file.temporary, Temporary::Unnamed(_)) {
                assert!(!names(directory.path()).iter().any(|name| name.starts_with('.')));
            }
            fs::write(&path, "other").unwrap();
            let refused = file.commit().unwrap_err();
            assert_eq!(refused.error.kind(), io::ErrorKind::AlreadyExists);
            assert_eq!(fs::read_to_string(refused.file.save_partial().unwrap()).unwrap(), "half");
            assert_eq!(fs::read_to_string(&path).unwrap(), "other");
        }
    }

    #[test]
    fn what_cannot_be_replaced_by_a_file_is_refused() {
        let directory = tempfile::tempdir().unwrap();
        let create = |path: &str| {
            AtomicFile::create(&directory.path().join(path), FileAccess::Inherited, Existing::Replace)
                .unwrap_err()
                .kind()
        };
        assert_eq!(create(""), io::ErrorKind::IsADirectory);
        assert_eq!(create("new/"), io::ErrorKind::IsADirectory);
        assert_eq!(create("no/such"), io::ErrorKind::NotFound);
        #[cfg(unix)]
        assert_eq!(create(&"x".repeat(300)), io::ErrorKind::InvalidFilename);
        assert!(names(directory.path()).is_empty());
    }

    #[test]
    fn no_partial_file_is_overwritten_and_none_is_lost() {
        let (directory, path) = place();
        fs::write(directory.path().join("a.partial"), "earlier").unwrap();
        fs::create_dir(directory.path().join("a.partial.1")).unwrap();
        assert_eq!(written(&path, "later").save_partial().unwrap(), directory.path().join("a.partial.2"));
        assert_eq!(fs::read_to_string(directory.path().join("a.partial")).unwrap(), "earlier");
        assert_eq!(fs::read_to_string(directory.path().join("a.partial.2")).unwrap(), "later");

        // The longest possible file name leaves no room for `.partial`.
        let directory = tempfile::tempdir().unwrap();
        let saved = written(&directory.path().join("x".repeat(255)), "later").save_partial().unwrap();
        assert_eq!(fs::read_to_string(&saved).unwrap(), "later");
        assert_eq!(names(directory.path()), [saved.file_name().unwrap().to_str().unwrap()]);
    }

    #[test]
    fn a_commit_that_fails_keeps_the_content() {
        let (_directory, path) = place();
        let file = written(&path, "paid");
        fs::create_dir(&path).unwrap();
        let saved = file.commit().unwrap_err().file.save_partial().unwrap();
        assert_eq!(fs::read_to_string(saved).unwrap(), "paid");
    }

    #[cfg(windows)]
    #[test]
    fn a_file_that_is_being_read_is_replaced_once_it_is_closed() {
        let (_directory, path) = place();
        fs::write(&path, "old").unwrap();
        let (file, reader) = (written(&path, "new"), File::open(&path).unwrap());
        thread::spawn(move || {
            thread::sleep(Duration::from_millis(40));
            drop(reader);
        });
        file.commit().unwrap();
        assert_eq!(fs::read_to_string(&path).unwrap(), "new");
    }

    #[cfg(windows)]
    #[test]
    fn a_resolved_path_is_shown_as_the_user_knows_it() {
        let shown = |path: &str| without_prefix(PathBuf::from(path)).display().to_string();
        assert_eq!(shown(r"\\?\C:\a\b"), r"C:\a\b");
        assert_eq!(shown(r"\\?\UNC\host\a"), r"\\?\UNC\host\a");
        let long = format!(r"\\?\C:\{}", "x".repeat(LONGEST_SIMPLE));
        assert_eq!(shown(&long), long);
    }

    #[cfg(unix)]
    mod unix {
        use std::os::unix::fs::{MetadataExt, PermissionsExt, chown, symlink};

        use super::*;

        fn mode(path: &Path) -> u32 {
            fs::metadata(path).unwrap().mode() & 0o777
        }

        fn with_mode(path: &Path, mode: u32) {
            fs::write(path, "old").unwrap();
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
        }

        #[test]
        fn a_file_keeps_its_mode_and_so_does_a_part_of_it() {
            let (_directory, path) = place();
            for expected in [0o600, 0o640, 0o666, 0o755] {
                with_mode(&path, expected);
                written(&path, "new").commit().unwrap();
                assert_eq!((mode(&path), fs::read_to_string(&path).unwrap().as_str()), (expected, "new"));
                let partial = written(&path, "new").save_partial().unwrap();
                assert_eq!(mode(&partial), expected);
                fs::remove_file(partial).unwrap();
            }
        }

        #[test]
        fn a_private_file_is_private_whatever_it_replaces() {
            let (_directory, path) = place();
            with_mode(&path, 0o644);
            AtomicFile::create(&path, FileAccess::Private, Existing::Replace).unwrap().commit().unwrap();
            assert_eq!(mode(&path), 0o600);
        }

        #[test]
        fn a_link_in_the_place_of_a_private_file_is_not_followed() {
            let directory = tempfile::tempdir().unwrap();
            let path = |name: &str| directory.path().join(name);
            with_mode(&path("real"), 0o644);
            symlink("real", path("link")).unwrap();
            symlink("missing", path("dangling")).unwrap();
            for link in ["link", "dangling"] {
                let refused = AtomicFile::create(&path(link), FileAccess::Private, Existing::Refuse).unwrap_err();
                assert_eq!(refused.kind(), io::ErrorKind::AlreadyExists);
                AtomicFile::create(&path(link), FileAccess::Private, Existing::Replace).unwrap().commit().unwrap();
                assert!(!fs::symlink_metadata(path(link)).unwrap().is_symlink());
            }
            assert_eq!(fs::read_to_string(path("real")).unwrap(), "old");
        }

        #[test]
        fn the_owner_is_kept_where_the_system_allows_it() {
            let (_directory, path) = place();
            with_mode(&path, 0o640);
            // Only the superuser can give a file away.
            if chown(&path, Some(65534), Some(65534)).is_ok() {
                written(&path, "new").commit().unwrap();
                let metadata = fs::metadata(&path).unwrap();
                assert_eq!((metadata.uid(), metadata.gid(), mode(&path)), (65534, 65534, 0o640));
            }
        }

        #[test]
        fn a_file_without_write_permission_is_refused() {
            let (_directory, path) = place();
            with_mode(&path, 0o444);
            let created = AtomicFile::create(&path, FileAccess::Inherited, Existing::Replace);
            // The superuser may write any file.
            match File::options().write(true).open(&path) {
                Ok(_) => {
                    created.unwrap().commit().unwrap();
                    assert_eq!(mode(&path), 0o444);
                }
                Err(_) => assert_eq!(created.unwrap_err().kind(), io::ErrorKind::PermissionDenied),
            }
        }

        #[test]
        fn a_link_is_followed_and_one_that_leads_nowhere_is_refused() {
            let directory = tempfile::tempdir().unwrap();
            let path = |name: &str| directory.path().join(name);
            with_mode(&path("real"), 0o600);
            for (link, to) in [("link", "real"), ("dangling", "missing"), ("loop", "loop")] {
                symlink(to, path(link)).unwrap();
            }
            written(&path("link"), "new").commit().unwrap();
            assert!(fs::symlink_metadata(path("link")).unwrap().is_symlink());
            assert_eq!((fs::read_to_string(path("real")).unwrap().as_str(), mode(&path("real"))), ("new", 0o600));
            for (link, reason) in [("dangling", "does not exist"), ("loop", "symbolic links")] {
                let error = AtomicFile::create(&path(link), FileAccess::Inherited, Existing::Replace).unwrap_err();
                assert!(error.to_string().contains(reason), "{error}");
            }
            assert_eq!(names(directory.path()), ["dangling", "link", "loop", "real"]);
        }
    }
}
