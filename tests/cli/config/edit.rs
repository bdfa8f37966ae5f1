//! `config get`, `config set` and `config unset`: what is printed, what the file holds afterwards, and what is refused.

use super::*;

/// Returns a run of `bedrock-ask config set` with these arguments.
fn set(home: &Home, key: &str, value: &str) -> Run {
    bedrock_ask(["config", "set", key, value]).home(home)
}

fn unset(home: &Home, key: &str) -> Run {
    bedrock_ask(["config", "unset", key]).home(home)
}

fn get(key: &str) -> Run {
    bedrock_ask(["config", "get", key])
}

/// Runs to the end, and checks that nothing was printed.
fn quietly(run: Run) {
    let ran = run.run();
    assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("", "", Some(0)), "{ran}");
}

#[test]
fn set_creates_the_file_for_its_owner_alone_and_keeps_what_it_holds() {
    let home = Home::new();
    quietly(set(&home, "region", "eu-central-1"));
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(home.path(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    }
    quietly(set(&home, "aliases.fast", "amazon.nova-2-lite-v1:0"));
    quietly(set(&home, "routing", "geo,in-region"));
    quietly(set(&home, "region", "us-east-1"));
    quietly(set(&home, "timeout.idle", "90"));
    assert_eq!(
        home.read(FILE),
        "region: us-east-1\naliases:\n  fast: amazon.nova-2-lite-v1:0\nrouting: [geographic, in-region]\ntimeout:\n  idle: 90\n"
    );
    let resolved = bedrock_ask(["resolve", "fast"]).home(&home).run();
    assert_eq!(resolved.stdout_text(), "us.amazon.nova-2-lite-v1:0\n", "{resolved}");
    quietly(unset(&home, "aliases.fast"));
    quietly(unset(&home, "timeout.idle"));
    assert_eq!(home.read(FILE), "region: us-east-1\nrouting: [geographic, in-region]\n");
    assert_eq!(fs::read_dir(home.path(FILE).parent().unwrap()).unwrap().count(), 1, "nothing is left beside it");
}

#[test]
fn in_the_file_of_init_a_setting_stands_below_its_example_and_every_comment_stays() {
    let home = Home::new();
    assert_eq!(config("init").home(&home).run().exit(), Some(0));
    let template = home.read(FILE);
    for (key, value) in
        [("model", "nova-pro"), ("timeout.total", "1m"), ("catalog.ttl", "2h"), ("aliases.a", "nova-lite")]
    {
        quietly(set(&home, key, value));
    }
    let written = home.read(FILE);
    for expected in [
        "#model: amazon.nova-2-lite-v1:0\nmodel: nova-pro\n\n",
        "#  total: 10m\ntimeout:\n  total: 1m\n\n",
        "#  ttl: 24h\ncatalog:\n  ttl: 2h\n",
    ] {
        assert!(written.contains(expected), "{expected}: {written}");
    }
    for key in ["model", "timeout.total", "catalog.ttl", "aliases.a"] {
        quietly(unset(&home, key));
    }
    assert_eq!(home.read(FILE), template);
}

#[test]
fn get_prints_the_value_in_force_alone() {
    let file = "region: us-east-1\nsystem: \"two\\nlines\"\nstop_sequences: ['a,b']\naliases: {fast: nova-lite}\n";
    let run = |key: &str| get(key).config(file);
    for (run, expected) in [
        (run("region"), "us-east-1\n"),
        (run("region").env("AWS_REGION", "us-west-2"), "us-west-2\n"),
        (run("region").env("AWS_REGION", "us-west-2").argument("--region=eu-west-1"), "eu-west-1\n"),
        (run("system"), "two\nlines\n"),
        (run("stop_sequences"), "[\"a,b\"]\n"),
        (run("routing"), "geographic,in-region,global\n"),
        (run("routing").argument("--routing=global"), "global\n"),
        (run("aliases.fast"), "nova-lite\n"),
        (run("timeout.connect"), "5s\n"),
        (run("resolve"), "true\n"),
        (run("temperature").env("BEDROCK_ASK_TEMPERATURE", "0.7"), "0.7\n"),
    ] {
        let ran = run.run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), (expected, "", Some(0)), "{ran}");
    }
    let password = get("endpoint_url").config("endpoint_url: https://user:hunter2-secret@h\n").secret("hunter2-secret");
    assert_eq!(password.run().stdout_text(), "https://user:***@h\n");
}

#[test]
fn get_of_a_setting_without_a_value_prints_nothing_and_exits_with_1() {
    for key in ["region", "model", "aliases.fast", "stop_sequences", "timeout.total"] {
        let ran = get(key).run();
        assert_eq!((ran.stdout_text(), ran.stderr_text(), ran.exit()), ("", "", Some(1)), "{ran}");
    }
}

#[test]
fn get_prints_the_object_of_the_list_as_json() {
    for (key, exit) in [("model", 0), ("region", 0), ("timeout.connect", 0), ("max_tokens", 1)] {
        let file = "model: nova-lite\nregion: eu-central-1\n";
        let home = Home::new();
        let one = get(key).home(&home).config(file).argument("--format=json").run();
        let list = config("--format json").home(&home).run();
        assert_eq!(one.exit(), Some(exit), "{one}");
        assert!(list.stdout_text().lines().any(|line| line == one.stdout_text().trim_end()), "{one}\n{list}");
    }
    let alias = get("aliases.none").argument("--format=json").run();
    assert_eq!(alias.stdout_text(), "{\"key\":\"aliases.none\",\"value\":null,\"origin\":{\"kind\":\"default\"}}\n");
    assert_eq!(alias.exit(), Some(1));
}

#[test]
fn an_unknown_key_or_a_wrong_value_is_refused_and_nothing_is_written() {
    let home = Home::new();
    insta::assert_snapshot!(set(&home, "modle", "x").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: unknown key `modle`

     hint: did you mean `model`?
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(get("timeouts.idle").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: unknown key `timeouts.idle`

     hint: did you mean `timeout.idle`?
    ----- exit 2 -----
    ");
    insta::assert_snapshot!(set(&home, "region", "eu-centrl-1").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: `region` must be a known AWS Region

     hint: did you mean `eu-central-1`?
    ----- exit 2 -----
    ");
    for (key, value) in [("max_tokens", "0"), ("format", "xml"), ("timeout", "5"), ("aliases", "a=b")] {
        let ran = set(&home, key, value).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    }
    let masked = set(&home, "endpoint_url", "https://user:***@h").run();
    assert!(masked.exit() == Some(2) && masked.stderr_text().contains("is masked"), "{masked}");
    assert!(!home.path(FILE).exists() && !home.path(".config").exists());
}

#[test]
fn an_endpoint_that_no_call_accepts_is_refused_when_it_is_set() {
    let home = Home::new();
    for (url, expected) in [
        ("https://user:hunter2-secret@h", "contains a user name or password"),
        ("https://h/?key=hunter2-secret", "`https://h/?***` contains a query or a fragment"),
        ("https://h/#hunter2-secret", "`https://h/#***` contains a query or a fragment"),
        ("https://h:99999", "has a port that does not exist"),
        ("https://gat\u{e9}.test", "is not an http:// or https:// URL"),
    ] {
        let ran = set(&home, "endpoint_url", url).run();
        assert!(ran.exit() == Some(2) && ran.stderr_text().contains(expected), "{url}: {ran}");
        assert!(!ran.stderr_text().contains("hunter2-secret") && !home.path(FILE).exists(), "{url}: {ran}");
    }
    // `--allow-http` may be given where it is used.
    quietly(set(&home, "endpoint_url", "http://gateway.test/v1"));
    assert_eq!(home.read(FILE), "endpoint_url: http://gateway.test/v1\n");
}

#[test]
fn a_form_that_cannot_be_edited_safely_is_refused_with_what_to_write() {
    let home = Home::new();
    home.write(FILE, b"# mine\naliases: {fast: nova-lite}\n");
    insta::assert_snapshot!(set(&home, "aliases.slow", "nova-pro").run(), @"
    ----- stdout -----
    ----- stderr -----
    error: [HOME]/.config/bedrock-ask/config.yaml:2: `aliases.slow` cannot be changed here without changing more; nothing was written

     hint: add `slow: nova-pro` to `aliases` by hand
    ----- exit 1 -----
    ");
    home.write(FILE, b"model: a\nmodel: b\n");
    insta::assert_snapshot!(set(&home, "model", "c").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: [HOME]/.config/bedrock-ask/config.yaml:2:1: `model` is given twice
    ----- exit 2 -----
    ");
    assert_eq!(home.read(FILE), "model: a\nmodel: b\n");
}

#[test]
fn another_source_that_wins_is_named() {
    let home = Home::new();
    insta::assert_snapshot!(set(&home, "region", "eu-central-1").env("AWS_REGION", "us-east-1").run(), @r"
    ----- stdout -----
    ----- stderr -----
    note: `region` is still taken from another source: environment AWS_REGION
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(unset(&home, "region").env("AWS_REGION", "us-east-1").run(), @r"
    ----- stdout -----
    ----- stderr -----
    note: `region` is still taken from another source: environment AWS_REGION
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(unset(&home, "region").run(), @r"
    ----- stdout -----
    ----- stderr -----
    note: `[HOME]/.config/bedrock-ask/config.yaml` does not set `region`
    ----- exit 0 -----
    ");
    assert_eq!(home.read(FILE), "");
}

#[test]
fn the_file_that_the_environment_names_is_created_and_edited() {
    let home = Home::new();
    let file = home.path("other/own.yaml");
    quietly(set(&home, "model", "nova-pro").env("BEDROCK_ASK_CONFIG", &file));
    assert_eq!(home.read("other/own.yaml"), "model: nova-pro\n");
    quietly(unset(&home, "model").env("BEDROCK_ASK_CONFIG", &file));
    assert_eq!(home.read("other/own.yaml"), "");
}

#[test]
fn flags_that_change_nothing_are_refused() {
    for arguments in ["set model x --region us-east-1", "unset model --format text", "get model --strict", "set model"]
    {
        let ran = config(arguments).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
    }
}

#[cfg(unix)]
#[test]
fn a_link_stays_a_link_and_its_file_keeps_its_mode() {
    use std::os::unix::fs::{PermissionsExt, symlink};

    let home = Home::new();
    home.write("dotfiles/ask.yaml", b"# mine\r\nmodel: a\r\n");
    fs::set_permissions(home.path("dotfiles/ask.yaml"), fs::Permissions::from_mode(0o640)).unwrap();
    fs::create_dir_all(home.path(FILE).parent().unwrap()).unwrap();
    symlink(home.path("dotfiles/ask.yaml"), home.path(FILE)).unwrap();
    quietly(set(&home, "model", "b"));
    assert!(fs::symlink_metadata(home.path(FILE)).unwrap().is_symlink());
    assert_eq!(home.read("dotfiles/ask.yaml"), "# mine\r\nmodel: b\r\n");
    assert_eq!(fs::metadata(home.path("dotfiles/ask.yaml")).unwrap().permissions().mode() & 0o777, 0o640);

    fs::remove_file(home.path("dotfiles/ask.yaml")).unwrap();
    let dangling = set(&home, "model", "b").run();
    assert_eq!(dangling.exit(), Some(1), "{dangling}");
    assert!(dangling.stderr_text().contains("it is a symbolic link to a file that does not exist"), "{dangling}");
}

#[cfg(unix)]
#[test]
fn a_file_or_folder_that_cannot_be_written_is_an_error_and_stays() {
    use std::os::unix::fs::PermissionsExt;

    let home = Home::new();
    let device = set(&home, "model", "x").env("BEDROCK_ASK_CONFIG", "/dev/null").run();
    assert_eq!(device.exit(), Some(1), "{device}");
    assert!(
        device.stderr_text().starts_with("error: cannot write `/dev/null`\ncause: it is not a regular file\n"),
        "{device}"
    );
    home.write("file", b"");
    let below = set(&home, "model", "x").env("BEDROCK_ASK_CONFIG", home.path("file/config.yaml")).run();
    assert_eq!(below.exit(), Some(1), "{below}");

    home.write(FILE, b"model: a\n");
    for path in [home.path(FILE), home.path(FILE).parent().unwrap().to_owned()] {
        let mode = fs::metadata(&path).unwrap().permissions().mode();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode & !0o222)).unwrap();
        let ran = set(&home, "model", "b").run();
        fs::set_permissions(&path, fs::Permissions::from_mode(mode)).unwrap();
        // Root may write everything.
        if !rustix::process::geteuid().is_root() {
            assert_eq!(ran.exit(), Some(1), "{ran}");
            assert!(ran.stderr_text().starts_with("error: cannot write `"), "{ran}");
            assert_eq!(home.read(FILE), "model: a\n");
        }
        home.write(FILE, b"model: a\n");
    }
}

#[cfg(unix)]
#[test]
fn changes_at_the_same_time_are_all_kept() {
    let home = Home::new();
    let running: Vec<_> =
        (0..12).map(|number| set(&home, &format!("aliases.a{number}"), "nova-lite").spawn()).collect();
    for run in running {
        let ran = run.finish();
        assert_eq!(ran.exit(), Some(0), "{ran}");
    }
    assert_eq!(home.read(FILE).lines().count(), 13, "{}", home.read(FILE));
}
