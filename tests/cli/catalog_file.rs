//! `catalog.path` and `catalog export`: a catalog file instead of the built-in catalog, and its errors.

use serde_json::{Value, json};

use crate::harness::{CATALOG, Home, Run, bedrock_ask};

const VARIABLE: &str = "BEDROCK_ASK_CATALOG_PATH";
const SONNET: &str = "anthropic.claude-sonnet-4-6";

/// A catalog of one model, with a profile that the built-in catalog does not have.
const SMALL: &str = "\
# bedrock-ask catalog 1
# as of 2999-01-02
# destination lists
us.a us-east-1 us-west-2
# foundation models
house.chat-1
  provider House
  name Chat 1
  status ACTIVE
  profile us.house.chat-1 current captured Chat 1
    route us.a us-east-1
";

fn run(home: &Home, words: &str) -> Run {
    bedrock_ask(words.split_whitespace()).home(home)
}

#[test]
fn the_built_in_catalog_is_exported_and_read_back_as_it_is() {
    let home = Home::new();
    let exported = run(&home, "catalog export own.txt").without_env(VARIABLE).run();
    assert_eq!((exported.exit(), exported.stdout_text(), exported.stderr_text()), (Some(0), "", ""), "{exported}");
    let again = run(&home, "catalog export -").env(VARIABLE, "own.txt").run();
    assert_eq!(again.stdout_text(), home.read_here("own.txt"));
    let models = |path| {
        let ran = run(&home, "models --region eu-west-2 --format csv").env(VARIABLE, path).run();
        ran.stdout_text().replace("catalog file own.txt", "built-in catalog")
    };
    assert!(models("").lines().count() > 30 && models("") == models("own.txt"));
}

#[test]
fn a_catalog_file_is_used_in_place_of_the_built_in_catalog() {
    let home = Home::new();
    home.write_here("small.txt", SMALL.as_bytes());
    let small = |words: &str| run(&home, words).env(VARIABLE, "small.txt").run();
    insta::assert_snapshot!(small("resolve chat-1 --region us-east-1 --explain"), @r"
    ----- stdout -----
    us.house.chat-1
    ----- stderr -----
    chat-1 → us.house.chat-1
      rule          4: a plain ID, by the order of routing
      source        catalog file small.txt, 2999-01-02
      source Region us-east-1 (US East (N. Virginia))
      routing       geographic
      destinations  us-east-1, us-west-2
    ----- exit 0 -----
    ");
    insta::assert_snapshot!(small("resolve anthropic.claude-sonnet-4-6 --region us-east-1"), @r"
    ----- stdout -----
    ----- stderr -----
    error: `anthropic.claude-sonnet-4-6` is not a known model
    cause: no model ID begins with `anthropic.`
    ----- exit 3 -----
    ");
    insta::assert_snapshot!(small("catalog --region us-east-1"), @r"
    ----- stdout -----
    us-east-1	catalog file small.txt	2999-01-02	1	1	0	0
    ----- stderr -----
    ----- exit 0 -----
    ");
    let resolved: Value =
        serde_json::from_str(small("resolve us.house.chat-1 --region us-east-1 --format json").stdout_text()).unwrap();
    let catalog = json!({"source": "file", "file": "small.txt", "asOf": "2999-01-02"});
    assert_eq!(resolved["catalog"], catalog);
    let shown: Value = serde_json::from_str(small("catalog --region us-east-1 --format json").stdout_text()).unwrap();
    assert_eq!(
        (&shown["source"], &shown["file"], &shown["asOf"]),
        (&"file".into(), &"small.txt".into(), &"2999-01-02".into())
    );
}

#[test]
fn a_relative_path_in_the_config_file_begins_at_its_folder() {
    let home = Home::new();
    home.write(".config/bedrock-ask/small.txt", SMALL.as_bytes());
    for path in ["small.txt", "~/.config/bedrock-ask/small.txt"] {
        let ran = run(&home, "resolve chat-1 --region us-east-1")
            .without_env(VARIABLE)
            .config(&format!("catalog:\n  path: {path}\n"))
            .run();
        assert_eq!(ran.stdout_text(), "us.house.chat-1\n", "{ran}");
    }
}

#[test]
fn an_unusable_catalog_file_is_refused_with_its_line() {
    let home = Home::new();
    let error = |content: &[u8]| {
        home.write_here("c.txt", content);
        let ran = run(&home, "resolve chat-1 --region us-east-1").env(VARIABLE, "c.txt").run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{ran}");
        ran.stderr_text().lines().next().unwrap().to_owned()
    };
    let changed = |from: &str, to: &str| {
        assert!(SMALL.contains(from), "{from}");
        SMALL.replacen(from, to, 1).into_bytes()
    };
    for (content, expected) in [
        (Vec::new(), "c.txt:1: a catalog begins with `# bedrock-ask catalog 1`"),
        (b"model: a\n".to_vec(), "c.txt:1: a catalog begins with `# bedrock-ask catalog 1`"),
        (
            changed("catalog 1", "catalog 2"),
            "c.txt:1: the form of the catalog is version 2, and only version 1 is known",
        ),
        (changed("2999-01-02", "yesterday"), "c.txt:2: the second line must be `# as of YYYY-MM-DD`"),
        (changed("# foundation", "# other"), "c.txt:11: no line `# foundation models` comes before the end"),
        (changed("us.a us-east-1 us-west-2", "us.a"), "c.txt:4: `us.a` names no Regions"),
        (changed("  name", "  colour"), "c.txt:8: `colour` is not a known key"),
        (changed("  name Chat 1", "  name Chat 1\n  name X"), "c.txt:9: `name` is given twice"),
        (changed("  name Chat 1", "# note"), "c.txt:8: a comment below the first model"),
        (changed("ACTIVE", "ACTIVE\n  max-output many"), "c.txt:10: `many` is not a value of `max-output`"),
        (changed("ACTIVE", "ACTIVE\n  end-of-life soon day"), "c.txt:10: `soon day` is not a value of `end-of-life`"),
        (changed("house.chat-1\n", "house chat\n"), "c.txt:6: `house chat` is not a model ID"),
        (changed("route us.a", "route us.b"), "c.txt:11: no destination list is named `us.b`"),
        (changed("us.a us-east-1\n", "us.a us-east-1 us-east-1\n"), "c.txt:11: us-east-1 has two routes"),
        ([SMALL.as_bytes(), b"z.z\n  name \xff\n"].concat(), "c.txt:13: the catalog file is not UTF-8"),
    ] {
        assert_eq!(error(&content), format!("error: {expected}"));
    }
    assert_eq!(error(&vec![b'#'; (16 << 20) + 1]), "error: the catalog file `c.txt` is larger than 16 MiB");
    insta::assert_snapshot!(run(&home, "models").env(VARIABLE, "none.txt").run(), @r"
    ----- stdout -----
    ----- stderr -----
    error: cannot read the catalog file `none.txt`
    cause: No such file or directory (os error 2)

     hint: `catalog.path` names it (environment BEDROCK_ASK_CATALOG_PATH)
    ----- exit 2 -----
    ");
}

#[test]
fn line_ends_of_another_system_and_a_byte_order_mark_do_no_harm() {
    let home = Home::new();
    home.write_here("c.txt", format!("\u{feff}{}", SMALL.replace('\n', "\r\n")).as_bytes());
    let ran = run(&home, "resolve chat-1 --region us-east-1").env(VARIABLE, "c.txt").run();
    assert_eq!(ran.stdout_text(), "us.house.chat-1\n", "{ran}");
}

#[test]
fn a_file_that_cannot_be_written_is_a_usage_error() {
    let ran = run(&Home::new(), "catalog export nowhere/c.txt").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().starts_with("error: cannot write `nowhere/c.txt`"), "{ran}");
}

#[test]
fn every_run_of_these_tests_goes_by_the_frozen_catalog() {
    let ran = run(&Home::new(), &format!("resolve {SONNET} --region us-east-1 --explain")).run();
    assert!(ran.stderr_text().contains(&format!("catalog file {CATALOG}, 2026-10-27")), "{ran}");
}
