//! The config file: where it is, and reading it. Its keys are in `settings`.

use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};

use super::contents::contents;
use super::environment::Environment;
use super::settings::FileSettings;
use super::yaml::Document;
use crate::error::Error;

/// The environment variable that names another config file.
pub const VARIABLE: &str = "BEDROCK_ASK_CONFIG";

/// What errors call the file.
pub(super) const WHAT: &str = "config file";

/// Larger files are refused.
pub(super) const LARGEST: u64 = 1 << 20;

/// Returns the path of the config file, which may not exist, or `None` if there is no home directory.
pub fn path(environment: &Environment) -> Option<PathBuf> {
    environment.path(VARIABLE).or_else(|| Some(environment.config_folder()?.join("config.yaml")))
}

/// Reads the user's config file. A missing one sets nothing, unless the environment names it.
pub fn read_configured(environment: &Environment) -> Result<FileSettings, Error> {
    let Some(path) = path(environment) else { return Ok(FileSettings::default()) };
    match read(&path)? {
        Some(settings) => Ok(settings),
        None if environment.has(VARIABLE) => {
            Err(missing(&path).hint(format!("`{VARIABLE}` names it; unset it, or create the file")))
        }
        None => Ok(FileSettings::default()),
    }
}

/// Reads the config file at `path`, or returns `None` if there is none.
pub fn read(path: &Path) -> Result<Option<FileSettings>, Error> {
    read_bytes(path, WHAT)?.map(|bytes| parse(path, &bytes)).transpose()
}

/// Returns the text of the config file at `path`, or `None` if there is none.
pub(super) fn read_config(path: &Path) -> Result<Option<String>, Error> {
    read_text(path, WHAT)
}

/// Returns the text of a file that errors call `what`, or `None` if there is none.
pub(super) fn read_text(path: &Path, what: &str) -> Result<Option<String>, Error> {
    let text = |bytes: Vec<u8>| String::from_utf8(bytes).map_err(|error| not_utf8(path, error.as_bytes(), what));
    read_bytes(path, what)?.map(text).transpose()
}

fn read_bytes(path: &Path, what: &str) -> Result<Option<Vec<u8>>, Error> {
    let bytes = match contents(path, LARGEST) {
        Ok(bytes) => bytes,
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => return Ok(None),
        Err(_) if path.is_dir() => return Err(Error::usage(format!("the {what} `{}` is a folder", path.display()))),
        Err(error) => return Err(unreadable(path, &error, what)),
    };
    if bytes.len() as u64 > LARGEST {
        return Err(too_large(path, what));
    }
    Ok(Some(bytes))
}

fn parse(path: &Path, bytes: &[u8]) -> Result<FileSettings, Error> {
    let text = str::from_utf8(bytes).map_err(|_| not_utf8(path, bytes, WHAT))?;
    FileSettings::read(&Document::parse(path, text)?)
}

fn not_utf8(path: &Path, bytes: &[u8], what: &str) -> Error {
    let valid = bytes.utf8_chunks().next().map_or(0, |chunk| chunk.valid().len());
    let line = bytes[..valid].split(|byte| *byte == b'\n').count();
    Error::usage(format!("{}:{line}: the {what} is not UTF-8", path.display()))
}

/// The error for a file that does not exist and should.
pub fn missing(path: &Path) -> Error {
    Error::usage(format!("there is no config file `{}`", path.display()))
}

/// The error for a file that is larger than [`LARGEST`].
pub(super) fn too_large(path: &Path, what: &str) -> Error {
    Error::usage(format!("the {what} `{}` is larger than 1 MiB", path.display()))
}

fn unreadable(path: &Path, error: &io::Error, what: &str) -> Error {
    Error::usage(format!("cannot read the {what} `{}`", path.display())).cause(error.to_string())
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::time::Duration;

    use super::super::origin::{FilePosition, Origin, Setting};
    use super::*;
    use crate::error::ExitCode;

    fn parsed(bytes: impl AsRef<[u8]>) -> Result<FileSettings, Error> {
        parse(Path::new("f"), bytes.as_ref())
    }

    /// The error as one line: what, then each hint.
    fn error(bytes: impl AsRef<[u8]>) -> String {
        match parsed(bytes) {
            Ok(_) => "no error".to_owned(),
            Err(error) => {
                assert_eq!(error.exit, ExitCode::Usage);
                [vec![error.message.summary], error.message.causes, error.message.hints].concat().join(" | ")
            }
        }
    }

    #[test]
    fn every_mistake_is_told_with_place_key_and_what_was_expected() {
        for (bytes, expected) in [
            ("model: 5", "f:1:8: `model` must be text that is not blank, not a number | in quotes it is text"),
            ("model: true", "f:1:8: `model` must be text that is not blank, not a boolean | in quotes it is text"),
            ("model:", "f:1:6: `model` has no value; it must be text that is not blank"),
            ("region: null", "f:1:9: `region` has no value; it must be text that is not blank"),
            ("model: [secret]", "f:1:8: `model` must be text that is not blank, not a list"),
            ("model: {a: secret}", "f:1:8: `model` must be text that is not blank, not a mapping"),
            ("model: ' '", "f:1:8: `model` must be text that is not blank"),
            ("\nmax_tokens: secret", "f:2:13: `max_tokens` must be a whole number of at least 1, not text"),
            ("max_tokens: '5'", "f:1:13: `max_tokens` must be a whole number of at least 1, not text"),
            ("max_tokens: 0", "f:1:13: `max_tokens` must be a whole number of at least 1"),
            ("max_tokens: 1.5", "f:1:13: `max_tokens` must be a whole number of at least 1"),
            ("max_tokens: 99999999999999999999999999", "f:1:13: `max_tokens` must be a whole number of at least 1"),
            ("temperature: 1.5", "f:1:14: `temperature` must be a number from 0 to 1"),
            ("temperature: .nan", "f:1:14: `temperature` must be a number from 0 to 1"),
            ("top_p: .inf", "f:1:8: `top_p` must be a number from 0 to 1"),
            ("region: eu-centrl-1", "f:1:9: `region` must be a known AWS Region | did you mean `eu-central-1`?"),
            ("region: secret", "f:1:9: `region` must be a known AWS Region"),
            (
                "routing: global",
                "f:1:10: `routing` must be a list of geographic (or geo), in-region and global, not text",
            ),
            ("routing: []", "f:1:10: `routing` must be a list of geographic (or geo), in-region and global"),
            ("routing: [geo, secret]", "f:1:16: `routing` must be a list of geographic (or geo), in-region and global"),
            ("routing: [geo, 5]", "f:1:16: `routing[]` must be text, not a number | in quotes it is text"),
            ("aliases: [a]", "f:1:10: `aliases` must be a mapping of names to models, not a list"),
            ("aliases: {'a b': c}", "f:1:11: an alias must be a name without spaces or control characters"),
            ("aliases: {'': c}", "f:1:11: an alias must be a name without spaces or control characters"),
            ("aliases: {a: ''}", "f:1:14: `aliases.a` must be text that is not blank"),
            ("stop_sequences: END", "f:1:17: `stop_sequences` must be a list of texts that are not empty, not text"),
            ("stop_sequences: [END, '']", "f:1:23: `stop_sequences` must be a list of texts that are not empty"),
            ("format: yaml", "f:1:9: `format` must be text or json"),
            ("color: no", "f:1:8: `color` must be auto, always or never"),
            (
                "endpoint_url: user:secret@host",
                "f:1:15: `endpoint_url` must be a URL that begins with https:// or http://",
            ),
            (
                "timeout: 5",
                "f:1:10: `timeout` must be a mapping with `connect`, `first_byte`, `idle`, `total`, not a number",
            ),
            (
                "timeout:\n  idle: soon",
                "f:2:9: `timeout.idle` must be a time above zero in seconds, or with a unit, such as 30s or 2m",
            ),
        ] {
            assert_eq!(error(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn an_unknown_or_repeated_key_is_refused_with_what_was_meant() {
        for (bytes, expected) in [
            ("model: a\nmodle: b", "f:2:1: unknown key `modle` | did you mean `model`?"),
            ("model: a\r\nmodle: b\r\n", "f:2:1: unknown key `modle` | did you mean `model`?"),
            ("\u{feff}modle: b", "f:1:1: unknown key `modle` | did you mean `model`?"),
            ("Max-Tokens: 5", "f:1:1: unknown key `Max-Tokens` | did you mean `max_tokens`?"),
            ("maxTokens: 5", "f:1:1: unknown key `maxTokens` | did you mean `max_tokens`?"),
            ("timeout:\n  conect: 5", "f:2:3: unknown key `timeout.conect` | did you mean `timeout.connect`?"),
            ("catalog:\n  age: 5", "f:2:3: unknown key `catalog.age` | the known keys are `path`, `ttl`"),
            ("bedrock:\n  modelid: 5", "f:2:3: unknown key `bedrock.modelid` | did you mean `bedrock.model_id`?"),
            (
                "bedrock: {'ABSKc2VjcmV0L3NlY3JldC9zZWNyZXQvc2VjcmV0': 5}",
                "f:1:11: unknown key | the known keys are `region`, `model_id`",
            ),
            ("model: a\nregion: us-east-1\nmodel: b", "f:3:1: `model` is given twice"),
            ("timeout: {idle: 1, idle: 2}", "f:1:20: `idle` is given twice"),
            (
                "region: us-east-1\nbedrock:\n  region: us-east-1",
                "f:3:11: `bedrock.region` is the same setting as `region` in line 1 | keep `region`",
            ),
            (
                "bedrock: {model_id: a}\nmodel: b",
                "f:2:8: `model` is the same setting as `bedrock.model_id` in line 1 | keep `model`",
            ),
        ] {
            assert_eq!(error(bytes), expected, "{bytes:?}");
        }
    }

    #[test]
    fn what_is_no_plain_yaml_is_refused_without_a_word_of_it() {
        let bomb = "a: &a [x,x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b,*b,*b,*b]\n\
            d: &d [*c,*c,*c,*c,*c,*c,*c,*c,*c]\ne: &e [*d,*d,*d,*d,*d,*d,*d,*d,*d]\nf: [*e,*e,*e,*e,*e,*e,*e,*e,*e]\n";
        let long = format!("aliases: {{{}}}", (0..30_000).map(|n| format!("a{n}: b")).collect::<Vec<_>>().join(","));
        for (bytes, expected) in [
            ("timeout:\n\tidle: 5", "f:2:2: a tab is used where YAML requires spaces"),
            ("model: a\n---\nmodel: b", "f:3:1: it has a second YAML document, and only one is allowed"),
            ("model: a\n...\nmodel: b", "f:3:1: it has a second YAML document, and only one is allowed"),
            ("secret words", "f:1:1: the config file must be a mapping of settings, not text"),
            ("- model", "f:1:1: the config file must be a mapping of settings, not a list"),
            ("model: [secret", "f:1:8: it is not valid YAML: unclosed bracket '['"),
            ("model: 'secret", "f:1:8: it is not valid YAML: unclosed quote"),
            ("model: b: c", "f:1:9: it is not valid YAML: mapping values are not allowed in this context"),
            ("@secret", "f:1:1: a character is not allowed here"),
            ("model: a\0b", "f:1:9: a character is not allowed here"),
            ("model: *secret", "f:1:8: an alias (`*name`) refers to no anchor (`&name`)"),
            ("model: &a [*a]", "f:1:12: an anchor contains itself"),
            ("<<: {model: a}", "f:1:1: merge keys (`<<`) are not allowed"),
            ("model: !secret a", "f:1:16: tags (`!name`) are not allowed"),
            ("? [a, b]\n: c", "f:1:3: it is not valid YAML"),
            ("~: c", "f:1:1: it is not valid YAML"),
            (bomb, "f:5:8: it is nested or repeated too much"),
            (&"[".repeat(100_000), "f:1:256: it is nested or repeated too much"),
            (&"a: {".repeat(200), "f:1:32: it is nested or repeated too much"),
            (&long, "f:1:88890: it is nested or repeated too much"),
        ] {
            assert_eq!(error(bytes), expected, "{bytes:.40?}");
        }
        assert_eq!(error(b"model: a\nmodel: \xff"), "f:2: the config file is not UTF-8");
    }

    #[test]
    fn an_empty_file_says_nothing() {
        for bytes in ["", "\n \n", "# a comment\n", "---\n", "---\n...\n", "{}", "\u{feff}"] {
            assert_eq!(parsed(bytes), Ok(FileSettings::default()), "{bytes:?}");
        }
    }

    #[test]
    fn each_value_knows_its_place() {
        let file = parsed("# first\nmodel: a\ntimeout:\n  idle: 2m\n").unwrap();
        let position = |line, column| Origin::File(FilePosition { file: Path::new("f").into(), line, column });
        assert_eq!(file.model, Some(Setting::new("a".to_owned(), position(2, 8))));
        assert_eq!(file.timeout_idle, Some(Setting::new(Duration::from_mins(2), position(4, 9))));
    }

    #[test]
    fn a_folder_and_a_file_over_1_mib_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let open = |path: &Path| read(path).unwrap_err().message.summary;
        assert_eq!(open(folder.path()), format!("the config file `{}` is a folder", folder.path().display()));
        let path = folder.path().join("large.yaml");
        fs::File::create(&path).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(open(&path), format!("the config file `{}` is larger than 1 MiB", path.display()));
        assert_eq!(read(&folder.path().join("missing")), Ok(None));
        fs::write(&path, "").unwrap();
        assert_eq!(read(&path.join("below")), Ok(None));
    }

    #[cfg(unix)]
    #[test]
    fn an_endless_device_is_refused_and_an_empty_one_says_nothing() {
        assert_eq!(
            read(Path::new("/dev/zero")).unwrap_err().message.summary,
            "the config file `/dev/zero` is larger than 1 MiB"
        );
        assert_eq!(read(Path::new("/dev/null")), Ok(Some(FileSettings::default())));
    }

    #[cfg(unix)]
    #[test]
    fn a_file_without_permission_is_a_usage_error_with_its_cause() {
        let error = unreadable(Path::new("f"), &io::Error::from(io::ErrorKind::PermissionDenied), WHAT);
        assert_eq!((error.exit, error.message.summary.as_str()), (ExitCode::Usage, "cannot read the config file `f`"));
        assert_eq!(error.message.causes, ["permission denied"]);
    }

    /// Returns a message without the keys that it may show: one that is unknown or repeated, and the name of an alias.
    fn without_keys(message: &str) -> String {
        let mut parts: Vec<_> = message.split('`').collect();
        for index in (1..parts.len()).step_by(2) {
            let (before, after) = (parts[index - 1], parts.get(index + 1).unwrap_or(&""));
            if before.ends_with(": unknown key ")
                || after.starts_with(" is given twice")
                || parts[index].starts_with("aliases.")
            {
                parts[index] = "";
            }
        }
        parts.join("`")
    }

    #[test]
    fn only_keys_are_left_out_of_a_message() {
        for (bytes, expected) in [
            ("---secret: a", "f:1:1: unknown key ``"),
            ("modelsecret: |", "f:1:1: unknown key ``"),
            ("secret-5: a\nsecret-5: b", "f:2:1: `` is given twice"),
            ("aliases: {secret: 5}", "f:1:19: `` must be text that is not blank, not a number"),
        ] {
            let message = parsed(bytes).unwrap_err().message.summary;
            assert_eq!(without_keys(&message), expected, "{message}");
        }
        assert_eq!(without_keys("f:1:1: `model` must be `secret`"), "f:1:1: `model` must be `secret`");
        assert!(error("hush!: a").starts_with("f:1:1: unknown key | "), "what is no plain key is not shown");
    }

    proptest::proptest! {
        #[test]
        fn any_bytes_are_read_without_a_panic(bytes in proptest::collection::vec(proptest::num::u8::ANY, 0..400)) {
            let _ = parsed(bytes);
        }

        #[test]
        fn any_text_that_looks_like_yaml_is_read_without_a_panic_and_its_words_are_never_shown(
            text in "((model|region|routing|timeout|aliases|secret|hush!|&a|\\*a|!t|<<|- |: |\\[|\\{|\\]|\\}|'|\"|\\||>|#|%|---|\\.\\.\\.|\n|\n  |\t|5|~|,|\\?|\u{feff}|\u{85}|é)){0,60}"
        ) {
            if let Err(error) = parsed(&text) {
                let summary = &error.message.summary;
                proptest::prop_assert!(!without_keys(summary).contains("secret"), "{summary}");
                proptest::prop_assert!(!summary.contains("hush"), "{summary}");
            }
        }
    }
}
