//! What an edit changes and what it keeps, for every form of a config file.

use proptest::prelude::*;

use super::*;

/// Returns the text after `config set` (or `unset` without a value), or the error as one line.
fn changed(text: &str, key: &str, value: Option<&str>) -> String {
    let key = Key::parse(key).unwrap();
    let change = match value {
        Some(value) => NewValue::parse(&key, value).map(Change::Set),
        None => Ok(Change::Unset),
    };
    match change.and_then(|change| edit(Path::new("f"), text, &key, &change)) {
        Ok(text) => text,
        Err(error) => [vec![error.message.summary], error.message.hints].concat().join(" | "),
    }
}

fn set(text: &str, key: &str, value: &str) -> String {
    changed(text, key, Some(value))
}

fn unset(text: &str, key: &str) -> String {
    changed(text, key, None)
}

#[test]
fn a_setting_that_the_file_has_is_changed_in_its_place() {
    for (text, key, value, expected) in [
        ("model: a\n", "model", "b", "model: b\n"),
        ("# x\nmodel:   a   # why\nregion: us-east-1\n", "model", "b", "# x\nmodel:   b   # why\nregion: us-east-1\n"),
        ("model: 'it''s # a' # why\n", "model", "b", "model: b # why\n"),
        ("\"model\": \"a\"\n", "model", "b", "\"model\": b\n"),
        ("model: a", "model", "b", "model: b"),
        ("{model: a, top_p: 0.5}\n", "model", "a:b, c", "{model: \"a:b, c\", top_p: 0.5}\n"),
        (
            "aliases: {fast: a}\n",
            "aliases.fast",
            "amazon.nova-2-lite-v1:0",
            "aliases: {fast: amazon.nova-2-lite-v1:0}\n",
        ),
        (
            "timeout:\n    idle: 5 # s\n    total: 9\n",
            "timeout.idle",
            "2m",
            "timeout:\n    idle: 2m # s\n    total: 9\n",
        ),
        ("system: |\n  a\n  b\ntop_p: 1\n", "system", "c", "system: c\ntop_p: 1\n"),
        ("system: | # text\n  a\n\n  b\n\n# p\ntop_p: 1\n", "system", "c", "system: c # text\n\n# p\ntop_p: 1\n"),
        ("routing: [geo, in-region] # first\n", "routing", "global", "routing: [global] # first\n"),
        ("routing:\n  - geo\n  - global\nformat: json\n", "routing", "geo", "routing: [geographic]\nformat: json\n"),
        ("routing:\n- geo\n- global\n", "routing", "in-region", "routing: [in-region]\n"),
        ("stop_sequences: ['a #b',\n  c]\n", "stop_sequences", "END", "stop_sequences: [END]\n"),
        ("bedrock: {region: us-east-1}\n", "region", "us-west-2", "bedrock: {region: us-west-2}\n"),
        ("\u{feff}model: a\r\ntop_p: 1\r\n", "model", "b", "\u{feff}model: b\r\ntop_p: 1\r\n"),
        ("model: &m a\n", "model", "b", "model: &m b\n"),
        ("max_tokens: 5\n", "max_tokens", "5", "max_tokens: 5\n"),
    ] {
        assert_eq!(set(text, key, value), expected, "{text:?}");
    }
}

#[test]
fn a_setting_that_the_file_lacks_is_added() {
    for (text, key, value, expected) in [
        ("", "model", "a", "model: a\n"),
        ("\u{feff}", "model", "a", "\u{feff}model: a\n"),
        ("# only words\n", "model", "a", "# only words\nmodel: a\n"),
        ("# only words", "model", "a", "# only words\nmodel: a\n"),
        ("---\n", "model", "a", "---\nmodel: a\n"),
        ("top_p: 1\r\n", "model", "a", "top_p: 1\r\nmodel: a\r\n"),
        ("top_p: 1\r\nformat: json", "timeout.idle", "5", "top_p: 1\r\nformat: json\r\ntimeout:\r\n  idle: 5\r\n"),
        ("  top_p: 1\n", "model", "a", "  top_p: 1\n  model: a\n"),
        (
            "timeout:\n    idle: 5\n\n# end\ntop_p: 1\n",
            "timeout.total",
            "9",
            "timeout:\n    idle: 5\n    total: 9\n\n# end\ntop_p: 1\n",
        ),
        ("timeout:\n  idle: 5", "timeout.total", "9", "timeout:\n  idle: 5\n  total: 9\n"),
        ("system: |\n  a\n", "model", "b", "system: |\n  a\nmodel: b\n"),
        (
            "# The model.\n#model: x\n\n# Other.\n#top_p: 1\n",
            "model",
            "a",
            "# The model.\n#model: x\nmodel: a\n\n# Other.\n#top_p: 1\n",
        ),
        (
            "#timeout:\n#  idle: 5\n#  total: 9\n\n# x\n",
            "timeout.idle",
            "1",
            "#timeout:\n#  idle: 5\n#  total: 9\ntimeout:\n  idle: 1\n\n# x\n",
        ),
        (
            "timeout:\n  idle: 5\n#model: x\n  total: 9\n",
            "model",
            "a",
            "timeout:\n  idle: 5\n#model: x\n  total: 9\nmodel: a\n",
        ),
        ("top_p: 1\n", "aliases.a:b", "c", "top_p: 1\naliases:\n  a:b: c\n"),
        ("", "aliases.é", "c", "aliases:\n  \"é\": c\n"),
    ] {
        assert_eq!(set(text, key, value), expected, "{text:?}");
    }
}

#[test]
fn a_setting_is_removed_with_its_lines_and_no_comment_is_lost() {
    for (text, key, expected) in [
        ("model: a\n", "model", ""),
        ("# x\nmodel: a # why\n# y\ntop_p: 1\n", "model", "# x\n# y\ntop_p: 1\n"),
        ("top_p: 1\nmodel: a", "model", "top_p: 1\n"),
        ("timeout:\n  # patience\n  idle: 5\n\ntop_p: 1\n", "timeout.idle", "  # patience\n\ntop_p: 1\n"),
        ("timeout:\n  idle: 5\n  total: 9\n", "timeout.idle", "timeout:\n  total: 9\n"),
        ("timeout: {idle: 5}\n", "timeout.idle", ""),
        ("routing:\n  - geo\n  - global\nmodel: a\n", "routing", "model: a\n"),
        ("system: |\n  a\n\n  b\n", "system", ""),
        ("bedrock:\n  region: us-east-1\n  model_id: a\n", "region", "bedrock:\n  model_id: a\n"),
        ("bedrock:\n  region: us-east-1\n", "region", ""),
        ("model: a\n", "region", "model: a\n"),
        ("", "region", ""),
    ] {
        assert_eq!(unset(text, key), expected, "{text:?}");
    }
}

#[test]
fn what_cannot_be_edited_safely_is_refused_with_its_line_and_what_to_write() {
    for (text, key, value, place, hint) in [
        ("# x\naliases: {fast: a}\n", "aliases.slow", Some("b"), "f:2", "add `slow: b` to `aliases` by hand"),
        ("{top_p: 1}\n", "model", Some("b"), "f", "add this by hand: `model: b`"),
        ("{top_p: 1}\n", "timeout.idle", Some("5s"), "f", "add this by hand: `timeout: {idle: 5s}`"),
        ("timeout: {idle: 5, total: 6}\n", "timeout.idle", None, "f:1", "remove `timeout.idle` by hand"),
        ("system: \"a\n  # b\"\n", "system", Some("c"), "f:1", "write `system: c` there by hand"),
        ("model: &m a\nprofile: *m\n", "model", Some("b"), "f:1", "write `model: b` there by hand"),
        ("model: &m a\nprofile: *m\n", "model", None, "f:1", "remove `model` by hand"),
        (
            "routing:\n  - geo # first\n  - global\n",
            "routing",
            Some("geo"),
            "f:1",
            "write `routing: [geographic]` there by hand",
        ),
        ("routing:\n  # first\n  - geo\n", "routing", None, "f:1", "remove `routing` by hand"),
        ("top_p: 1\n...\n", "model", Some("b"), "f", "add this by hand: `model: b`"),
        ("{}\n", "endpoint_url", Some("https://u:p@h"), "f", "add this by hand: `endpoint_url: https://u:***@h`"),
    ] {
        let what = format!("{place}: `{key}` cannot be changed here without changing more; nothing was written");
        assert_eq!(changed(text, key, value), format!("{what} | {hint}"), "{text:?}");
    }
    for (text, key, value, expected) in [
        ("system: a\nmodel: &m a\nprofile: *m\n", "profile", "b", "system: a\nmodel: &m a\nprofile: b\n"),
        ("model: a\nmodel: b\n", "model", "c", "f:2:1: `model` is given twice"),
        ("modle: a\n", "model", "c", "f:1:1: unknown key `modle` | did you mean `model`?"),
    ] {
        assert_eq!(set(text, key, value), expected, "{text:?}");
    }
}

#[test]
fn a_value_is_checked_as_the_reader_of_the_file_checks_it() {
    for (key, value, must_be) in [
        ("max_tokens", "0", "a whole number of at least 1"),
        ("max_tokens", "many", "a whole number of at least 1"),
        ("temperature", "1.5", "a number from 0 to 1"),
        ("region", "eu-centrl-1", "a known AWS Region | did you mean `eu-central-1`?"),
        ("region", "nowhere", "a known AWS Region"),
        ("routing", "everywhere", "a list of geographic (or geo), in-region and global"),
        ("format", "xml", "text or json"),
        ("resolve", "yes", "true or false"),
        ("model", " ", "text that is not blank"),
        ("aliases.fast", "", "text that is not blank"),
        ("timeout.idle", "soon", "a time above zero in seconds, or with a unit, such as 30s or 2m"),
        ("endpoint_url", "h", "a URL that begins with https:// or http://"),
        ("stop_sequences", "[1]", "one stop sequence, or a JSON list of them"),
    ] {
        assert_eq!(set("", key, value), format!("`{key}` must be {must_be}"), "{key}");
    }
}

#[test]
fn a_value_is_written_plain_if_it_reads_back_and_in_quotes_otherwise() {
    for (key, value, expected) in [
        ("model", "5", "model: \"5\"\n"),
        ("model", "true", "model: \"true\"\n"),
        ("model", " nova-pro ", "model: nova-pro\n"),
        ("system", " a\tb\n#c ", "system: \" a\\tb\\n#c \"\n"),
        ("system", "Be brief.", "system: Be brief.\n"),
        ("system", "say: \"é\"", "system: \"say: \\\"é\\\"\"\n"),
        ("system", "", "system: \"\"\n"),
        ("system", "a\u{85}b\u{2028}c\u{7f}\u{feff}", "system: \"a\\u0085b\\u2028c\\u007f\\ufeff\"\n"),
        ("temperature", "0.20", "temperature: 0.20\n"),
        ("resolve", "false", "resolve: false\n"),
        ("color", "never", "color: never\n"),
        ("timeout.idle", "90", "timeout:\n  idle: 90\n"),
        ("catalog.ttl", "0", "catalog:\n  ttl: 0\n"),
        ("routing", "geo,global", "routing: [geographic, global]\n"),
        ("stop_sequences", r#"["END","\n\n","5"]"#, "stop_sequences: [\"END\", \"\\n\\n\", \"5\"]\n"),
        ("catalog.path", r"C:\x y", "catalog:\n  path: \"C:\\\\x y\"\n"),
    ] {
        assert_eq!(set("", key, value), expected, "{key} {value:?}");
    }
}

#[test]
fn an_unknown_key_is_refused_with_the_nearest_one() {
    for (key, expected) in [
        ("modle", "unknown key `modle` | did you mean `model`?"),
        ("max-tokens", "unknown key `max-tokens` | did you mean `max_tokens`?"),
        ("timeout.conect", "unknown key `timeout.conect` | did you mean `timeout.connect`?"),
        ("bedrock.model_id", "unknown key `bedrock.model_id` | did you mean `model`?"),
        (
            "timeout",
            "`timeout` holds several settings | name one of them: `timeout.connect`, `timeout.first_byte`, `timeout.idle`, `timeout.total`",
        ),
        ("aliases", "`aliases` holds several settings | name one of them: `aliases.NAME`"),
        ("aliases.a b", "an alias must be a name without spaces and control characters"),
    ] {
        let error = Key::parse(key).unwrap_err();
        assert_eq!([vec![error.message.summary], error.message.hints].concat().join(" | "), expected);
    }
    assert!(Key::parse("nothing").unwrap_err().message.hints[0].starts_with("the keys are `model`, `region`, "));
}

/// The settings of random files: a key and some values.
const KEYS: [(&str, &[&str]); 14] = [
    ("model", &["a", "amazon.nova-2-lite-v1:0", "5", "it's # not", "{x"]),
    ("region", &["us-east-1", "eu-central-1"]),
    ("profile", &["work", "a b", "no"]),
    ("routing", &["geo", "in-region,global", "global,geographic"]),
    ("resolve", &["true", "false"]),
    ("system", &["Be brief.", "a\nb\n", "# not a comment\n", "  x", "", "é: \"q\" 'r'"]),
    ("max_tokens", &["1", "512"]),
    ("temperature", &["0", "0.25"]),
    ("stop_sequences", &["END", r#"["a,b","\n"]"#, r##"["#"]"##]),
    ("timeout.idle", &["5", "2m"]),
    ("timeout.total", &["1.5", "10m"]),
    ("catalog.path", &["/x/y.txt", "C:\\x"]),
    ("aliases.fast", &["nova-lite", "a: b"]),
    ("aliases.a:b", &["x"]),
];

/// A file with some of these settings in some form, and what it means.
#[derive(Clone, Debug)]
struct Written {
    text: String,
    settings: BTreeMap<String, Value>,
}

fn any_key() -> impl Strategy<Value = (&'static str, &'static str)> {
    (0..KEYS.len(), any::<prop::sample::Index>()).prop_map(|(key, value)| {
        let (key, values) = KEYS[key];
        (key, *value.get(values))
    })
}

/// Writes an entry in one of several forms that mean the same.
fn entry(name: &str, value: &NewValue, form: u8, indentation: &str) -> String {
    let comment = if form & 1 == 0 { "" } else { "  # a 'remark" };
    let json = value.json();
    match (json, form >> 1 & 3) {
        (Value::Array(items), 1) => {
            let items = items.iter().map(|item| format!("{indentation}  - {item}\n")).collect::<Vec<_>>().concat();
            format!("{indentation}{name}:{comment}\n{items}")
        }
        (Value::Array(items), 2) => {
            let items = items.iter().map(|item| format!("\n{indentation}  {item},")).collect::<Vec<_>>().concat();
            format!("{indentation}{name}: [{items} ]{comment}\n")
        }
        (Value::String(text), 1) if name != "ttl" && !text.is_empty() => {
            format!("{indentation}{name}: '{}'{comment}\n", text.replace('\'', "''").replace('\n', "\n\n   "))
        }
        (Value::String(text), 2) if text.ends_with('\n') => {
            let lines = text.lines().map(|line| format!("{indentation}  {line}\n")).collect::<Vec<_>>().concat();
            format!("{indentation}{name}: |{comment}\n{lines}")
        }
        _ => format!("{indentation}{name}: {}{comment}\n", value.yaml()),
    }
}

fn any_file() -> impl Strategy<Value = Written> {
    let settings = prop::collection::vec((any_key(), any::<u8>()), 0..9);
    (settings, any::<u8>()).prop_map(|(settings, shape)| {
        let mut sections: BTreeMap<Option<String>, Vec<String>> = BTreeMap::new();
        let mut meaning = BTreeMap::new();
        for ((text, value), form) in settings {
            let key = Key::parse(text).unwrap();
            let value = NewValue::parse(&key, value).unwrap();
            if meaning.contains_key(text) {
                continue;
            }
            meaning.insert(text.to_owned(), value.json().clone());
            let indentation = if key.section().is_some() { "   " } else { "" };
            let before = match form >> 3 & 3 {
                1 => format!("{indentation}# about {text}\n"),
                2 => format!("\n#{text}: x\n"),
                _ => String::new(),
            };
            let entry = entry(&key.yaml_name(), &value, form, indentation);
            sections.entry(key.section().map(str::to_owned)).or_default().push(before + &entry);
        }
        let mut text = String::new();
        for (section, entries) in sections {
            text.extend(section.map(|section| format!("{section}: # a section\n")));
            text.extend(entries);
        }
        text.push_str(["", "# the end\n", "\n\n", "# end"][usize::from(shape & 3)]);
        if shape & 4 != 0 {
            text = text.replace('\n', "\r\n");
        }
        if shape & 8 != 0 {
            text.insert(0, '\u{feff}');
        }
        if shape & 16 != 0 && text.ends_with('\n') && !text.contains('|') {
            text.truncate(text.trim_end().len());
        }
        let settings = super::settings(Path::new("f"), &text).unwrap_or_else(|error| panic!("{error}\n{text}"));
        assert_eq!(settings, meaning, "{text}");
        Written { text, settings }
    })
}

proptest! {
    #[test]
    fn an_edit_changes_exactly_one_setting_and_keeps_every_comment(
        file in any_file(),
        (key, value) in any_key(),
        sets in any::<bool>(),
    ) {
        let parsed = Key::parse(key).unwrap();
        let change = if sets { Change::Set(NewValue::parse(&parsed, value).unwrap()) } else { Change::Unset };
        let edited = edit(Path::new("f"), &file.text, &parsed, &change);
        let lines = |text: &str| -> Vec<String> {
            let text = text.strip_prefix('\u{feff}').unwrap_or(text);
            text.lines().map(str::trim).filter(|line| line.starts_with('#')).map(str::to_owned).collect()
        };
        let text = match edited {
            Ok(text) => text,
            // Where text looks like a comment, or one stands behind a value of several lines, the edit is refused.
            Err(_) if file.text.contains("# not a comment") || file.text.contains(", ]  # a") => return Ok(()),
            Err(error) => return Err(TestCaseError::fail(format!("{error}: {}", file.text))),
        };
        let mut expected = file.settings.clone();
        match &change {
            Change::Set(value) => expected.insert(key.to_owned(), value.json().clone()),
            Change::Unset => expected.remove(key),
        };
        prop_assert_eq!(settings(Path::new("f"), &text).unwrap(), expected);
        let is_kept = |line: &String| file.text.contains("# not a comment") || lines(&text).contains(line);
        prop_assert!(lines(&file.text).iter().all(is_kept), "{}", text);
        let foreign_ends = if file.text.contains("\r\n") { text.replace("\r\n", "").contains('\n') } else { text.contains('\r') };
        prop_assert!(!foreign_ends, "{:?}", text);
        prop_assert_eq!(text.starts_with('\u{feff}'), file.text.starts_with('\u{feff}'));
    }

    #[test]
    fn any_text_that_is_edited_means_the_same_but_for_one_setting(
        text in "((model|region|routing|timeout|aliases|system|idle|us-east-1|&a|\\*a|- |: |\\[|\\{|\\]|\\}|'|\"|\\||#| #|---|\\.\\.\\.|\n|\r\n|\n  |\n#|5|,|\u{feff}|é)){0,30}",
        (key, value) in any_key(),
        sets in any::<bool>(),
    ) {
        let parsed = Key::parse(key).unwrap();
        let change = if sets { Change::Set(NewValue::parse(&parsed, value).unwrap()) } else { Change::Unset };
        let file = Path::new("f");
        if let (Ok(mut expected), Ok(edited)) = (settings(file, &text), edit(file, &text, &parsed, &change)) {
            match &change {
                Change::Set(value) => expected.insert(key.to_owned(), value.json().clone()),
                Change::Unset => expected.remove(key),
            };
            prop_assert_eq!(settings(file, &edited).unwrap(), expected);
        }
    }
}
