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
            .contains(r#""key":"region","value":"eu-west-1","origin":{"kind":"flag","name":"--region"}"#),
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
        ("completions bash --format text", "--format"),
        ("config path --format text", "--format"),
        ("config --format text init", "--format"),
        ("catalog export - --format text", "--format"),
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
        ("catalog export - --region eu-west-1", "--region"),
        ("catalog export - --profile prod", "--profile"),
        ("catalog export - --endpoint-url https://localhost", "--endpoint-url"),
        ("catalog clear --profile prod", "--profile"),
        ("catalog clear --endpoint-url https://localhost", "--endpoint-url"),
        ("chat --format text", "--format"),
        ("--format text chat", "--format"),
        ("check nova-lite --depth resolve --timeout 3s", "--timeout"),
    ] {
        let ran = run(line).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{line}: {ran}");
        assert!(ran.stderr_text().starts_with(&format!("error: `{flag}` has no effect on `")), "{line}: {ran}");
    }
    assert_eq!(run("-q --color never completions bash").run().exit(), Some(0));
}

#[test]
fn the_format_is_a_flag_of_each_command_with_the_forms_of_that_command() {
    for (line, forms) in [
        ("", "text, json, ndjson"),
        ("ask", "text, json, ndjson"),
        ("resolve", "text, json"),
        ("models", "text, json, csv"),
        ("regions", "text, json"),
        ("whoami", "text, json"),
        ("check", "text, json"),
        ("diagnose", "text, json"),
        ("config", "text, json"),
        ("iam-policy nova-lite", "text, json, terraform, cloudformation"),
        ("inference-profile list", "text, json"),
        ("catalog", "text, json"),
        ("catalog refresh", "text, json"),
    ] {
        let listed = format!("[possible values: {forms}]");
        let words = || line.split(' ').filter(|word| !word.is_empty());
        let help = bedrock_ask(words().chain(["-h"])).run();
        let shown = help.stdout_text().split_whitespace().collect::<Vec<_>>().join(" ");
        assert!(shown.contains(&listed), "{line}: {help}");
        // Behind the command, and before it: the usage error lists the forms.
        for words in [
            words().chain(["--format", "xml"]).collect(),
            ["--format", "xml"].into_iter().chain(words()).collect::<Vec<_>>(),
        ] {
            let ran = bedrock_ask(words).run();
            assert_eq!((ran.exit(), ran.stdout_text()), (Some(2), ""), "{line}: {ran}");
            assert!(ran.stderr_text().starts_with("error: invalid value `xml` for `--format <FORMAT>`\n"), "{ran}");
        }
        let others = ["csv", "ndjson", "terraform", "cloudformation"];
        for form in others.iter().filter(|form| !forms.split(", ").any(|own| own == **form)) {
            for words in [
                words().chain(["--format", form]).collect(),
                ["--format", form].into_iter().chain(words()).collect::<Vec<_>>(),
            ] {
                // Without a command that would be a prompt.
                let ran = bedrock_ask(if line.is_empty() { [words, vec!["hi"]].concat() } else { words }).run();
                // A program that reads NDJSON finds the error in it.
                assert_eq!((ran.exit(), ran.stdout.is_empty()), (Some(2), *form != "ndjson"), "{line}: {ran}");
                let values = format!("`{}`", forms.replace(", ", "`, `"));
                let error = format!("error: invalid value `{form}` for `--format <FORMAT>`\n");
                let is_refused = ran.stderr_text().starts_with(&error);
                assert!(
                    is_refused && ran.stderr_text().contains(&format!(" hint: possible values: {values}\n")),
                    "{ran}"
                );
            }
        }
    }
    for line in ["completions", "man", "config path", "config init", "config check", "catalog export"] {
        let help = bedrock_ask(line.split(' ').chain(["--help"])).run();
        assert!(!help.stdout_text().contains("--format"), "{line}: {help}");
    }
}

#[test]
fn a_form_of_one_command_may_stand_before_it_and_the_last_form_counts() {
    assert!(run("--format csv models --search nova").run().stdout_text().starts_with("region,modelId,"));
    assert!(
        run("--format terraform iam-policy nova-lite --account 111122223333").run().stdout_text().contains("resource")
    );
    assert_eq!(run("--format csv resolve nova-lite --format text").run().exit(), Some(0));
    assert!(run("--format json models --search nova --format csv").run().stdout_text().starts_with("region,"));
}

#[test]
fn a_setting_that_asks_for_json_is_no_part_of_another_form() {
    let json = |line: &str| run(line).env("BEDROCK_ASK_FORMAT", "json");
    for line in ["models nonsense-x --format csv", "iam-policy nonsense-x --format terraform"] {
        let ran = json(line).run();
        assert_eq!((ran.exit(), ran.stdout_text()), (Some(3), ""), "{line}: {ran}");
    }
    let ran = json("iam-policy nova-lite --account 111122223333 --check policy.json --format terraform").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("what a policy lacks is printed as text or json"), "{ran}");
}

#[test]
fn a_report_on_stdout_is_not_printed_in_place_of_the_json_that_a_flag_asks_for() {
    let ran = run("check nova-lite --depth resolve --report text --format json").run();
    assert_eq!(ran.exit(), Some(2), "{ran}");
    assert!(ran.stderr_text().contains("`--format json` and a report in another format cannot both go to stdout"));
    assert_eq!(run("check nova-lite --depth resolve --report json --format json").run().exit(), Some(0));
    let by_setting = run("check nova-lite --depth resolve --report text").env("BEDROCK_ASK_FORMAT", "json").run();
    assert_eq!(by_setting.exit(), Some(0), "{by_setting}");
    assert!(by_setting.stdout_text().starts_with("depth "), "{by_setting}");
}

#[test]
fn an_error_before_the_settings_are_read_is_json_where_it_is_wanted() {
    for (line, message) in [
        ("resolv nova-lite --format json", "`resolv` is not a command, but `resolve` is"),
        ("--format json -m nova-lite resolve nova-lite", "an option of `ask` cannot precede a command"),
        ("--format json resolve nova-lite --allow-http", "`--allow-http` has no effect on `resolve`"),
        ("completions bash --format json", "`--format` has no effect on `completions`"),
        ("--format json models --provider", "a value is required for `--provider <NAME>` but none was supplied"),
    ] {
        let ran = run(line).run();
        assert_eq!(ran.exit(), Some(2), "{line}: {ran}");
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap_or_else(|_| panic!("{line}: {ran}"));
        assert_eq!(object["error"]["message"], message, "{ran}");
    }
    for command in ["resolve nova-lite", "config", "models", "whoami --offline"] {
        let ran = run(command).env("BEDROCK_ASK_FORMAT", " json ").env("BEDROCK_ASK_TEMPERATURE", "9").run();
        assert_eq!(ran.exit(), Some(2), "{ran}");
        let object: Value = serde_json::from_str(ran.stdout_text()).unwrap_or_else(|_| panic!("{command}: {ran}"));
        assert_eq!(object["error"]["exitCode"], 2, "{ran}");
    }
}
