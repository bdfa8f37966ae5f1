//! `bedrock-ask config`: settings with their origins, and invalid files. The values of each key are tested beside the
//! code.

use std::os::unix::fs::PermissionsExt;
use std::{fs, iter};

use serde_json::{Value, json};

use crate::harness::{Home, Ran, Run, bedrock_ask};

const FILE: &str = ".config/bedrock-ask/config.yaml";

/// Returns a run of `bedrock-ask config` with these arguments, split at white space.
fn config(arguments: &str) -> Run {
    bedrock_ask(["config"].into_iter().chain(arguments.split_whitespace()))
}

fn resolve(arguments: &str) -> Run {
    bedrock_ask(["resolve"].into_iter().chain(arguments.split_whitespace()))
}

/// Returns the value and the origin of a setting, as `config` prints them.
fn setting(ran: &Ran, key: &str) -> (String, String) {
    assert_eq!(ran.exit(), Some(0), "{ran}");
    let shown = ran.home.redact(ran.stdout_text());
    let line = shown.lines().find(|line| line.split_whitespace().next() == Some(key)).unwrap();
    let (value, origin) = line[key.len()..].trim().rsplit_once("  (").unwrap();
    (value.trim().to_owned(), origin.trim_end_matches(')').to_owned())
}

#[test]
fn every_setting_is_shown_with_its_default() {
    insta::assert_snapshot!(config("").without_env("BEDROCK_ASK_CATALOG_PATH").run(), @r"
    ----- stdout -----
    model               -                              (default)
    region              -                              (default)
    profile             -                              (default)
    routing             geographic, in-region, global  (default)
    resolve             true                           (default)
    system              -                              (default)
    max_tokens          -                              (default)
    temperature         -                              (default)
    top_p               -                              (default)
    stop_sequences      -                              (default)
    format              text                           (default)
    color               auto                           (default)
    endpoint_url        -                              (default)
    timeout.connect     5s                             (default)
    timeout.first_byte  5m                             (default)
    timeout.idle        2m                             (default)
    timeout.total       -                              (default)
    catalog.path        -                              (default)
    catalog.ttl         1d                             (default)
    ----- stderr -----
    ----- exit 0 -----
    ");
}

#[test]
fn every_setting_knows_where_it_comes_from() {
    let run = config("--routing geo --format text")
        .without_env("BEDROCK_ASK_CATALOG_PATH")
        .env("AWS_REGION", "eu-central-1")
        .env("BEDROCK_ASK_MAX_TOKENS", "512")
        .env("NO_COLOR", "1")
        .env("AWS_PROFILE", "work")
        .config("model: nova-pro\nmax_tokens: 100\ntimeout:\n  idle: 30s\naliases:\n  fast: nova-lite\n");
    insta::assert_snapshot!(run.run(), @r"
    ----- stdout -----
    model               nova-pro      (config file [HOME]/.config/bedrock-ask/config.yaml:1)
    region              eu-central-1  (environment AWS_REGION)
    profile             work          (environment AWS_PROFILE)
    routing             geographic    (flag --routing)
    resolve             true          (default)
    aliases.fast        nova-lite     (config file [HOME]/.config/bedrock-ask/config.yaml:6)
    system              -             (default)
    max_tokens          512           (environment BEDROCK_ASK_MAX_TOKENS)
    temperature         -             (default)
    top_p               -             (default)
    stop_sequences      -             (default)
    format              text          (flag --format)
    color               never         (environment NO_COLOR)
    endpoint_url        -             (default)
    timeout.connect     5s            (default)
    timeout.first_byte  5m            (default)
    timeout.idle        30s           (config file [HOME]/.config/bedrock-ask/config.yaml:4)
    timeout.total       -             (default)
    catalog.path        -             (default)
    catalog.ttl         1d            (default)
    ----- stderr -----
    ----- exit 0 -----
    ");
    let profile = config("").file(".aws/config", "[default]\nregion = us-east-1\n").run();
    assert_eq!(setting(&profile, "region").0, "us-east-1");
    assert!(setting(&profile, "region").1.contains(".aws/config"), "{profile}");
}

#[test]
fn json_has_an_object_for_every_setting() {
    let ran = config("--format json --region eu-west-1").config("top_p: 0.9\nstop_sequences: [END]\n").run();
    let objects: Vec<Value> = ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let find = |key: &str| objects.iter().find(|object| object["key"] == key).unwrap();
    assert_eq!(
        *find("region"),
        json!({"key": "region", "value": "eu-west-1", "origin": {"kind": "flag", "name": "--region"}})
    );
    assert_eq!(find("top_p")["value"], json!(0.9));
    assert_eq!(find("stop_sequences")["origin"]["line"], json!(2));
    assert_eq!(find("model")["origin"], json!({"kind": "default"}));
    assert_eq!(find("timeout.connect")["value"], json!("5s"));
}

#[test]
fn the_nearest_word_on_a_setting_counts() {
    let file = "region: us-east-1\nrouting: [in-region]\nformat: json\n";
    let first = |run: Run| run.run().stdout_text().lines().next().unwrap_or_default().to_owned();
    assert!(first(resolve("nova-lite").config(file)).contains(r#""modelId":"amazon.nova-lite-v1:0""#));
    let environment = || resolve("nova-lite").config(file).env("BEDROCK_ASK_FORMAT", "text");
    assert_eq!(first(environment()), "amazon.nova-lite-v1:0");
    assert_eq!(first(environment().env("BEDROCK_ASK_ROUTING", "geo")), "us.amazon.nova-lite-v1:0");
    assert_eq!(first(environment().env("BEDROCK_ASK_ROUTING", " ")), "amazon.nova-lite-v1:0");
    let flag = resolve("nova-lite --routing geo --format text --region eu-central-1");
    let flag = flag.config(file).env("BEDROCK_ASK_ROUTING", "in-region").env("AWS_REGION", "us-west-2");
    assert_eq!(first(flag), "eu.amazon.nova-lite-v1:0");
}

#[test]
fn what_an_earlier_tool_wrote_is_read_too() {
    let ran = config("").config("bedrock: {region: eu-west-1, model_id: amazon.nova-pro-v1:0}\n").run();
    assert_eq!(setting(&ran, "region").0, "eu-west-1");
    assert_eq!(setting(&ran, "model").0, "amazon.nova-pro-v1:0");
}

#[test]
fn a_password_in_an_endpoint_is_never_shown() {
    let run = config("").config("endpoint_url: https://user:hunter2-secret@example.com/\n").secret("hunter2-secret");
    // The file itself holds it; only what the program writes is looked at.
    assert_eq!(setting(&run.run(), "endpoint_url").0, "https://user:***@example.com/");
}

#[test]
fn the_path_follows_the_environment() {
    let path = |run: Run| {
        let ran = run.run();
        ran.home.redact(ran.stdout_text())
    };
    assert_eq!(path(config("path")), "[HOME]/.config/bedrock-ask/config.yaml\n");
    assert_eq!(path(config("path").env("XDG_CONFIG_HOME", "/etc/xdg")), "/etc/xdg/bedrock-ask/config.yaml\n");
    assert_eq!(path(config("path").env("BEDROCK_ASK_CONFIG", "/etc/ask.yaml")), "/etc/ask.yaml\n");
}

#[test]
fn init_writes_a_file_that_is_sound_and_never_overwrites_one() {
    let home = Home::new();
    let first = config("init").home(&home).run();
    assert_eq!(
        (home.redact(first.stdout_text()).trim_end(), first.exit()),
        ("[HOME]/.config/bedrock-ask/config.yaml", Some(0))
    );
    assert_eq!(fs::metadata(home.path(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    let written = home.read(FILE);
    assert!(written.lines().all(|line| line.is_empty() || line.starts_with('#')), "{written}");
    assert_eq!(config("check").home(&home).run().stdout_text(), "ok\n");
    insta::assert_snapshot!(config("init").home(&home).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `[HOME]/.config/bedrock-ask/config.yaml` exists already; it was not touched

    hint: see what it sets with `bedrock-ask config`
    ----- exit 2 -----
    ");
    assert_eq!(home.read(FILE), written);

    let every_key: String = written
        .lines()
        .filter_map(|line| line.strip_prefix('#').filter(|rest| !rest.starts_with(' ') || rest.starts_with("  ")))
        .flat_map(|line| [line, "\n"])
        .collect();
    let used = config("").config(&every_key).run();
    assert_eq!(setting(&used, "timeout.total").0, "10m");
    assert_eq!(setting(&used, "aliases.fast").0, "amazon.nova-2-lite-v1:0");
}

#[test]
fn check_reads_a_file_without_using_it() {
    let elsewhere = config("check other.yaml").file_here("other.yaml", "format: xml\n").run();
    insta::assert_snapshot!(elsewhere, @r"
    ----- stdout -----
    ----- stderr -----
    error: other.yaml:1:9: `format` must be text or json
    ----- exit 2 -----
    ");
    assert_eq!(config("check other.yaml").file_here("other.yaml", "format: json\n").run().stdout_text(), "ok\n");
    insta::assert_snapshot!(config("check absent.yaml").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: there is no config file `absent.yaml`
    ----- exit 2 -----
    ");
    assert_eq!(config("check").run().stdout_text(), "ok\n", "no file is no fault");
    insta::assert_snapshot!(config("").env("BEDROCK_ASK_CONFIG", "/nonexistent/ask.yaml").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: there is no config file `/nonexistent/ask.yaml`

    hint: `BEDROCK_ASK_CONFIG` names it; unset it, or create the file
    ----- exit 2 -----
    ");
}

#[test]
fn a_bad_file_is_told_by_place_and_key_and_never_shown() {
    for (content, said) in [
        ("regoin: hunter2\n", "1:1: unknown key `regoin`"),
        ("region: eu-central-1\nregion: hunter2\n", "2:1: `region` is given twice"),
        ("region: hunter2\n", "`region`"),
        ("max_tokens: hunter2\n", "1:13: `max_tokens` must be a whole number of at least 1, not text"),
        ("temperature: 2\n", "1:14: `temperature` must be a number from 0 to 1"),
        ("model: [hunter2]\n", "1:8: `model` must be text that is not blank, not a list"),
        ("model:\n", "`model` has no value; it must be text that is not blank"),
        ("routing: [geo, hunter2]\n", "`routing`"),
        ("timeout:\n\tidle: 5\n", "2:2: a tab stands where YAML wants spaces"),
        ("model: a\n---\nmodel: hunter2\n", "a second document begins; it must be one"),
        ("model: \"hunter2\n", "config.yaml"),
        ("- hunter2\n", "the config file must be a mapping of settings, not a list"),
        ("a: &a [x,x,x,x,x,x,x,x]\nb: &b [*a,*a,*a,*a,*a,*a,*a,*a]\nc: [*b,*b,*b,*b,*b,*b,*b,*b]\n", "config.yaml"),
    ] {
        for run in [config("check"), config(""), resolve("nova-lite --region us-east-1")] {
            let ran = run.config(content).run();
            assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{content}: {ran}");
            assert!(ran.stderr_text().starts_with("error: ") && ran.stderr_text().contains(said), "{content}: {ran}");
            assert!(!ran.stderr_text().contains("hunter2"), "{content}: {ran}");
        }
        assert_eq!(config("path").config(content).run().exit(), Some(0));
    }
}

#[test]
fn a_file_that_cannot_be_read_as_one_is_a_usage_error() {
    let large: Vec<u8> = iter::repeat_n(*b"# x\n", (1 << 18) + 1).flatten().collect();
    for (content, said) in
        [(&b"model: \xff\xfe\n"[..], "the config file is not UTF-8"), (&large, "is larger than 1 MiB")]
    {
        let ran = config("check").file(FILE, content).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("", Some(2)), "{ran}");
        assert!(ran.stderr_text().contains(said), "{ran}");
    }
    let home = Home::new();
    fs::create_dir_all(home.path(FILE)).unwrap();
    insta::assert_snapshot!(config("check").home(&home).run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: the config file `[HOME]/.config/bedrock-ask/config.yaml` is a folder
    ----- exit 2 -----
    ");
    let device = config("check /dev/zero").run();
    assert_eq!(device.exit(), Some(2), "{device}");
}

#[test]
fn an_unusable_variable_is_named() {
    insta::assert_snapshot!(config("").env("BEDROCK_ASK_MAX_TOKENS", "many").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: `BEDROCK_ASK_MAX_TOKENS` must be a whole number of at least 1
    ----- exit 2 -----
    ");
}
