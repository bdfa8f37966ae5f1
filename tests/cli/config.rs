//! `bedrock-ask config`: settings with their origins, and invalid files. The values of each key are tested beside the
//! code.

mod edit;

use std::path::Path;
use std::{fs, iter};

use serde_json::{Value, json};

use crate::fake_bedrock::*;
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
    insta::assert_snapshot!(config("").without_env("BEDROCK_ASK_CATALOG_PATH").run(), @"
    ----- stdout -----
    model               -                              (default; not resolved: no source Region is set)
    region              -                              (default)
    profile             -                              (default)
    auth_refresh        -                              (default)
    routing             geographic, in-region, global  (default)
    resolve             true                           (default)
    system              -                              (default)
    max_tokens          -                              (default)
    temperature         -                              (default)
    top_p               -                              (default)
    stop_sequences      -                              (default)
    format              text                           (default)
    color               auto                           (default)
    markdown            true                           (default)
    endpoint_url        -                              (default)
    timeout.connect     5s                             (default)
    timeout.first_byte  5m                             (default)
    timeout.idle        2m                             (default)
    timeout.total       -                              (default)
    history             terminal                       (default)
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
    insta::assert_snapshot!(run.run(), @"
    ----- stdout -----
    model               nova-pro      (config file [HOME]/.config/bedrock-ask/config.yaml:1; a prompt is sent to eu.amazon.nova-pro-v1:0)
    region              eu-central-1  (environment AWS_REGION)
    profile             work          (environment AWS_PROFILE)
    auth_refresh        -             (default)
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
    markdown            true          (default)
    endpoint_url        -             (default)
    timeout.connect     5s            (default)
    timeout.first_byte  5m            (default)
    timeout.idle        30s           (config file [HOME]/.config/bedrock-ask/config.yaml:4)
    timeout.total       -             (default)
    history             terminal      (default)
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
    assert_eq!(find("model")["modelId"], json!("eu.amazon.nova-2-lite-v1:0"));
    assert_eq!(find("timeout.connect")["value"], json!("5s"));
}

#[test]
fn the_model_of_a_prompt_is_shown_as_it_is_resolved() {
    let origin = |arguments: &str, file: &str| setting(&config(arguments).config(file).run(), "model").1;
    assert_eq!(origin("--region eu-central-1", ""), "default; a prompt is sent to eu.amazon.nova-2-lite-v1:0");
    assert_eq!(
        origin("--region us-east-1", "model: fast\naliases: {fast: nova-lite}\n"),
        "config file [HOME]/.config/bedrock-ask/config.yaml:1; a prompt is sent to us.amazon.nova-lite-v1:0"
    );
    assert_eq!(
        origin("", "model: bedrock/us-west-2/amazon.nova-lite-v1:0\n"),
        "config file [HOME]/.config/bedrock-ask/config.yaml:1; a prompt is sent to us.amazon.nova-lite-v1:0"
    );
    assert_eq!(
        origin("--region us-east-1", "model: my-gateway/x\nresolve: false\n"),
        "config file [HOME]/.config/bedrock-ask/config.yaml:1; a prompt is sent to my-gateway/x"
    );
    assert!(origin("--region us-east-1", "model: nova-lite-x\n").contains("; not resolved: "));
    let no_catalog = config("--region us-east-1").env("BEDROCK_ASK_CATALOG_PATH", "/nonexistent").run();
    assert!(setting(&no_catalog, "model").1.starts_with("default; not resolved: "), "{no_catalog}");

    let model = |run: Run| {
        let ran = run.argument("--format=json").run();
        let model = ran.stdout_text().lines().next().map(|line| serde_json::from_str::<Value>(line).unwrap());
        assert_eq!(ran.exit(), Some(0), "{ran}");
        model.unwrap()
    };
    let found = model(config("--region eu-central-1"));
    assert_eq!((&found["value"], &found["modelId"]), (&Value::Null, &json!("eu.amazon.nova-2-lite-v1:0")));
    let none = model(config(""));
    assert_eq!((none.get("modelId"), &none["error"]["message"]), (None, &json!("no source Region is set")));
}

#[test]
fn the_endpoint_is_that_of_the_first_source_and_a_prompt_goes_there() {
    let fake = FakeBedrock::start();
    let sources = |from: usize| {
        let one = |index: usize, name: &str| {
            if index == from { fake.url() } else { format!("https://{name}.invalid") }
        };
        let run = |arguments: &[&str]| {
            let services = format!("[services own]\nbedrock_runtime =\n  endpoint_url = {}\n", one(4, "services"));
            let profile = format!("[default]\nendpoint_url = {}\n", one(5, "profile"));
            let profile = if from <= 4 { format!("{profile}services = own\n{services}") } else { profile };
            let run = bedrock_ask(arguments.iter().copied()).argument("--region=eu-central-1").credentials();
            let run = if from <= 5 { run.file(".aws/config", profile) } else { run };
            let run = run.config(&format!("endpoint_url: {}\n", one(6, "file")));
            let run = if from <= 3 { run.env("AWS_ENDPOINT_URL", one(3, "general")) } else { run };
            let run = if from <= 2 { run.env("AWS_ENDPOINT_URL_BEDROCK_RUNTIME", one(2, "own")) } else { run };
            let run = if from <= 1 { run.env("BEDROCK_ASK_ENDPOINT_URL", one(1, "variable")) } else { run };
            if from == 0 { run.argument("--endpoint-url").argument(&one(0, "flag")) } else { run }
        };
        let shown = setting(&run(&["config"]).run(), "endpoint_url");
        fake.expect(converse_stream());
        let ran = run(&["ask", "-m", "amazon.nova-2-lite-v1:0", "hi"]).run();
        assert_eq!((ran.stdout_text(), ran.exit()), ("Hello from Bedrock.\n", Some(0)), "{ran}");
        assert_eq!(shown.0, fake.url(), "{}", shown.1);
        shown.1
    };
    assert_eq!(
        [0, 1, 2, 3, 4, 5, 6].map(sources),
        [
            "flag --endpoint-url",
            "environment BEDROCK_ASK_ENDPOINT_URL",
            "environment AWS_ENDPOINT_URL_BEDROCK_RUNTIME",
            "environment AWS_ENDPOINT_URL",
            "AWS services section own in [HOME]/.aws/config",
            "AWS profile default in [HOME]/.aws/config",
            "config file [HOME]/.config/bedrock-ask/config.yaml:1",
        ]
    );
}

#[test]
fn the_endpoint_of_an_aws_profile_is_masked_and_can_be_ignored() {
    let with = |more: &str| {
        let text = format!("[profile p]\nendpoint_url = https://u:hunter2-secret@h.test\n{more}");
        config("--profile p").file(".aws/config", text).secret("hunter2-secret")
    };
    let ran = with("").argument("--format=json").run();
    let line = ran.stdout_text().lines().find(|line| line.contains("\"endpoint_url\"")).unwrap();
    let object: Value = serde_json::from_str(&ran.home.redact(line)).unwrap();
    let origin = json!({"kind": "profile", "name": "p", "file": "[HOME]/.aws/config"});
    assert_eq!(object, json!({"key": "endpoint_url", "value": "https://u:***@h.test", "origin": origin}));
    for run in
        [with("ignore_configured_endpoint_urls = true\n"), with("").env("AWS_IGNORE_CONFIGURED_ENDPOINT_URLS", "true")]
    {
        assert_eq!(setting(&run.run(), "endpoint_url"), ("-".to_owned(), "default".to_owned()));
    }
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
    let folder = Path::new(if cfg!(windows) { "C:/xdg" } else { "/etc/xdg" });
    let file = folder.join("bedrock-ask").join("config.yaml");
    assert_eq!(path(config("path").env("XDG_CONFIG_HOME", folder)), format!("{}\n", file.display()));
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
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        assert_eq!(fs::metadata(home.path(FILE)).unwrap().permissions().mode() & 0o777, 0o600);
    }
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
        ("timeout:\n\tidle: 5\n", "2:2: a tab is used where YAML requires spaces"),
        ("model: a\n---\nmodel: hunter2\n", "it has a second YAML document, and only one is allowed"),
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
    #[cfg(unix)]
    {
        let device = config("check /dev/zero").run();
        assert_eq!(device.exit(), Some(2), "{device}");
    }
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
