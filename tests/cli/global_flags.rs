//! The global flags: each works or is refused, and `--region` is never dropped.

use serde_json::Value;

use crate::harness::{Run, bedrock_ask};

fn run(line: &str) -> Run {
    bedrock_ask(line.split(' ')).env("AWS_REGION", "us-east-1")
}

#[test]
fn a_region_that_is_repeated_counts_once() {
    for line in [
        "--no-stdin --dry-run --format json hi --region eu-west-1",
        "--no-stdin --dry-run --format json hi --region eu-west-1 --region eu-west-1",
        "--region eu-west-1 ask --no-stdin --dry-run --format json hi",
    ] {
        let ran = run(line).run();
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap();
        assert_eq!(object["region"], "eu-west-1", "{ran}");
    }
    let config = run("config --format json --region eu-west-1 --region eu-west-1").run();
    assert!(
        config
            .stdout_text()
            .contains(r#""key":"region","origin":{"kind":"flag","name":"--region"},"value":"eu-west-1""#),
        "{config}"
    );
}

#[test]
fn several_regions_are_refused_where_one_is_meant() {
    for command in [
        "--no-stdin --dry-run hi",
        "ask --no-stdin --dry-run hi",
        "diagnose AccessDeniedException",
        "config",
        "inference-profile list",
        "whoami",
    ] {
        for regions in ["--region eu-west-1 --region us-east-1", "--region all"] {
            let ran = run(&format!("{command} {regions}")).run();
            assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{command} {regions}: {ran}");
            assert!(ran.stderr_text().contains("`--region` names several Regions"), "{ran}");
        }
    }
}

#[test]
fn a_flag_that_would_change_nothing_is_refused() {
    for (line, flag) in [
        ("completions bash --region mars-1", "--region"),
        ("completions bash --strict", "--strict"),
        ("completions bash --timeout 3s", "--timeout"),
        ("completions bash --format json", "--format"),
        ("config --strict", "--strict"),
        ("config path --region us-east-1", "--region"),
        ("resolve nova-lite --timeout 3s", "--timeout"),
        ("resolve nova-lite --allow-http", "--allow-http"),
        ("models --allow-http", "--allow-http"),
        ("regions --routing geo", "--routing"),
        ("whoami --offline --allow-http", "--allow-http"),
        ("diagnose x --repair", "--repair"),
        ("iam-policy nova-lite --timeout 3s", "--timeout"),
        ("inference-profile list --routing geo", "--routing"),
        ("catalog --timeout 3s", "--timeout"),
        ("catalog diff --routing geo", "--routing"),
        ("check nova-lite --depth resolve --timeout 3s", "--timeout"),
    ] {
        let ran = run(line).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{line}: {ran}");
        assert!(ran.stderr_text().starts_with(&format!("error: `{flag}` has no effect on `")), "{line}: {ran}");
    }
    assert_eq!(run("-q --color never completions bash").run().exit(), Some(0));
}
