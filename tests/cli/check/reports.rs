//! Every format of report and its destination, the list file, and the environment of GitHub Actions.

#[cfg(unix)]
use std::fs;
#[cfg(unix)]
use std::os::unix::fs::{PermissionsExt, symlink};

#[cfg(unix)]
use rustix::process::Signal;

use super::*;
use crate::harness::{Home, Ran};

const EU: [&str; 2] = ["--region", "eu-central-1"];

/// Runs a check of one case that fails with text of AWS that tries to break out of each format.
fn failing(arguments: &[&str], prepare: impl FnOnce(Run) -> Run) -> Ran {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(converse().fails(403, "AccessDeniedException", "no | <b>`100 %`</b>\n::warning::x ]]> \u{1b}[31m"));
    let all = ["check", NOVA].into_iter().chain(EU).chain(arguments.iter().copied());
    prepare(bedrock_ask(all).credentials().against(&fake)).run()
}

#[cfg(unix)]
#[test]
fn a_full_disk_is_a_failure_and_a_path_that_cannot_be_is_a_usage_error() {
    let check = |report: &str| {
        bedrock_ask(["check", NOVA, "--depth", "resolve", "--region", "eu-central-1", "--report", report]).run()
    };
    for (file, exit) in [("/dev/full", 1), ("/nowhere/x", 2), (".", 2)] {
        let ran = check(&format!("junit={file}"));
        assert_eq!(ran.exit(), Some(exit), "{ran}");
        assert!(ran.stderr_text().starts_with(&format!("error: cannot write `{file}`\ncause: ")), "{ran}");
    }
}

#[test]
fn text_is_the_setting_the_matrix_and_what_is_wrong() {
    insta::assert_snapshot!(failing(&[], |run| run), @r"
    ----- stdout -----
    depth           invoke (each model was invoked for one token)
    source Regions  eu-central-1 (flag --region)
    credentials     environment variables
    principal       arn:aws:sts::111122223333:assumed-role/developer/someone
    endpoints       responses from 1 of 1
    clock           agrees with AWS's

    model                  eu-central-1
    amazon.nova-lite-v1:0  denied

    denied: amazon.nova-lite-v1:0 from eu-central-1, invoked as eu.amazon.nova-lite-v1:0
      the endpoint at `http://127.0.0.1:[PORT]` refused access to `eu.amazon.nova-lite-v1:0` from eu-central-1
      aws: AccessDeniedException: no | <b>`100 %`</b> ::warning::x ]]> \u{1b}[31m
      aws: request ID: 00000000-0000-4000-8000-000000000002
      cause: the credentials are from environment variables
      hint: `bedrock-ask iam-policy eu.amazon.nova-lite-v1:0 --region eu-central-1` prints the policy for an administrator to attach

    1 checked: 0 passed, 0 warned, 0 inconclusive, 1 failed (1 denied)
    ----- stderr -----
    ----- exit 8 -----
    ");
}

#[test]
fn json_is_a_line_for_the_setting_and_one_for_each_case() {
    let ran = failing(&["--format", "json"], |run| run);
    let lines: Vec<serde_json::Value> =
        ran.stdout_text().lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert_eq!(lines.len(), 2, "{ran}");
    assert_eq!(lines[0]["setting"]["identity"]["arn"], "arn:aws:sts::111122223333:assumed-role/developer/someone");
    assert_eq!(lines[0]["setting"]["endpointResponded"]["eu-central-1"], true);
    let case = &lines[1];
    assert_eq!((&case["asked"], &case["modelId"]), (&NOVA.into(), &"eu.amazon.nova-lite-v1:0".into()));
    assert_eq!(
        (&case["verdict"], &case["outcome"], &case["expected"]),
        (&"denied".into(), &"failed".into(), &"ok".into())
    );
    assert!(case["durationMs"].is_u64() && case["error"]["causes"].is_array(), "{ran}");
}

#[test]
fn junit_holds_failures_errors_and_times_and_nothing_that_xml_forbids() {
    let home = Home::new();
    let ran = failing(&["--report", "junit=reports.xml"], |run| run.home(&home));
    assert!(ran.stdout_text().starts_with("depth "), "text still goes to stdout: {ran}");
    let xml = home.read_here("reports.xml");
    assert!(xml.contains(r#"<testsuite name="eu-central-1" tests="1" skipped="0" errors="0" failures="1""#), "{xml}");
    assert!(xml.contains(r#"<failure message=""#) && xml.contains(r#"type="denied""#), "{xml}");
    assert!(
        !xml.contains('\u{1b}') && !xml.contains("<b>") && xml.contains("&lt;b>") | xml.contains("&lt;b&gt;"),
        "{xml}"
    );
}

#[test]
fn markdown_cannot_be_broken_out_of() {
    let ran = failing(&["--report", "markdown"], |run| run);
    insta::assert_snapshot!(ran, @r"
    ----- stdout -----
    ## Access to Amazon Bedrock models

    Depth: invoke (each model was invoked for one token)

    | model | eu-central-1 |
    | --- | --- |
    | `amazon.nova-lite-v1:0` | denied |

    1 checked: 0 passed, 0 warned, 0 inconclusive, 1 failed (1 denied)

    ### denied: amazon.nova-lite-v1:0 from eu-central-1, invoked as eu.amazon.nova-lite-v1:0

    ```text
    the endpoint at `http://127.0.0.1:[PORT]` refused access to `eu.amazon.nova-lite-v1:0` from eu-central-1
    aws: AccessDeniedException: no | <b>`100 %`</b> ::warning::x ]]> \u{1b}[31m
    aws: request ID: 00000000-0000-4000-8000-000000000002
    cause: the credentials are from environment variables
    hint: `bedrock-ask iam-policy eu.amazon.nova-lite-v1:0 --region eu-central-1` prints the policy for an administrator to attach
    ```

    ### Setting

    ```text
    depth: invoke (each model was invoked for one token)
    source Regions: eu-central-1 (flag --region)
    credentials: environment variables
    principal: arn:aws:sts::111122223333:assumed-role/developer/someone
    endpoints: responses from 1 of 1
    clock: agrees with AWS's
    ```
    ----- stderr -----
    ----- exit 8 -----
    ");
}

#[test]
fn github_gets_annotations_and_a_summary_by_itself() {
    let home = Home::new();
    home.write("summary.md", b"before\n");
    let ran = failing(&["--report", "json"], |run| {
        run.home(&home).env("GITHUB_ACTIONS", "true").env("GITHUB_STEP_SUMMARY", home.path("summary.md"))
    });
    assert_eq!(ran.stdout_text().lines().count(), 2, "{ran}");
    let annotations: Vec<_> = ran.stderr_text().lines().collect();
    assert_eq!(annotations.len(), 2, "{ran}");
    assert!(annotations[0].contains("0 inconclusive, 1 failed (1 denied)%0Adepth: invoke"), "{ran}");
    assert!(
        annotations[1].starts_with("::error title=denied%3A amazon.nova-lite-v1%3A0 from eu-central-1%2C invoked"),
        "{ran}"
    );
    assert!(
        annotations[1].contains("100 %25")
            && annotations[1].contains("%0Acause%3A") | annotations[1].contains("%0Acause:"),
        "{ran}"
    );
    let summary = home.read("summary.md");
    assert!(summary.starts_with("before\n## Access to Amazon Bedrock models\n"), "{summary}");

    let ran = failing(&["--report", "github"], |run| run.env("GITHUB_ACTIONS", "true"));
    assert!(ran.stderr_text().is_empty() && ran.stdout_text().contains("\n::error title="), "{ran}");
    let ran = failing(&[], |run| run);
    assert!(!ran.stdout_text().contains("::error") && ran.stderr_text().is_empty(), "{ran}");
}

#[test]
fn files_are_written_whole_or_not_at_all_and_before_anything_is_called() {
    let fake = FakeBedrock::start();
    for (file, why) in [("missing/a.xml", "No such file"), (".", "directory")] {
        let report = format!("junit={file}");
        let ran = check(&fake, [NOVA, EU[0], EU[1], "--report", &report]).run();
        assert!(ran.stderr_text().contains(why) && ran.exit() == Some(2), "{ran}");
    }
    let ran = check(&fake, [NOVA, EU[0], EU[1], "--report", "text", "--report", "json"]).run();
    assert!(ran.stderr_text().contains("two reports cannot both go to stdout") && ran.exit() == Some(2), "{ran}");
    let ran = check(&fake, [NOVA, EU[0], EU[1], "--report", "html"]).run();
    assert!(
        ran.stderr_text().contains("must be text, json, junit, markdown or github") && ran.exit() == Some(2),
        "{ran}"
    );
    assert!(fake.requests().is_empty());
    let left = failing(&["--report", "text=a.txt", "--report", "markdown=b.md"], |run| run).home.left_files();
    let names: Vec<_> = left.iter().filter_map(|(path, _)| path.file_name()).collect();
    assert_eq!(names, ["a.txt", "b.md"]);
}

/// Waits until this many requests of an operation have arrived.
#[cfg(unix)]
fn wait_for_requests(fake: &FakeBedrock, operation: Operation, count: usize) {
    use std::thread;
    use std::time::{Duration, Instant};

    let until = Instant::now() + Duration::from_mins(1);
    while fake.requests_of(operation).len() < count {
        assert!(Instant::now() < until, "{count} requests never arrived");
        thread::yield_now();
    }
}

#[cfg(unix)]
#[test]
fn an_interrupted_check_reports_what_is_decided_and_leaves_no_temporary_file() {
    for (signal, code) in [(Signal::INT, 130), (Signal::TERM, 143)] {
        let fake = FakeBedrock::start();
        fake.expect(get_caller_identity());
        fake.expect(response().about("nova-lite"));
        fake.expect(converse().about("nova-micro").replies(Reply::Silence));
        let models = [NOVA, "amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0", "amazon.nova-2-lihte-v1:0"];
        let run = check(&fake, ["--jobs", "1", "--report", "text", "--report", "junit=a.xml", EU[0], EU[1]]);
        let running = models.into_iter().fold(run, Run::argument).spawn();
        wait_for_requests(&fake, Operation::Converse, 2);
        running.signal(signal);
        let ran = running.finish();
        let rows = [
            "model                     eu-central-1",
            "amazon.nova-lite-v1:0     ok",
            "amazon.nova-micro-v1:0    inconclusive",
            "amazon.nova-pro-v1:0      inconclusive",
            "amazon.nova-2-lihte-v1:0  invalid-id",
        ];
        assert_eq!(matrix(&ran).lines().collect::<Vec<_>>(), rows, "{ran}");
        let stdout = ran.stdout_text();
        assert!(
            stdout.contains(
                "4 checked: 1 passed, 0 warned, 2 inconclusive, 1 failed (1 ok, 1 invalid-id, 2 inconclusive)"
            ),
            "{ran}"
        );
        assert!(stdout.contains("the check was interrupted before this was decided"), "{ran}");
        assert!(ran.stderr_text().starts_with("error: interrupted by SIG") && ran.exit() == Some(code), "{ran}");
        assert!(ran.home.read_here("a.xml").contains("interrupted before this was decided"), "{ran}");
        assert_eq!(fake.requests_of(Operation::Converse).len(), 2, "nothing is called after the signal");
    }
}

#[cfg(unix)]
#[test]
fn an_interrupt_while_the_account_is_asked_about_decides_nothing() {
    for operation in [Operation::GetUseCaseForModelAccess, Operation::GetFoundationModelAvailability] {
        let fake = FakeBedrock::start();
        fake.expect(get_caller_identity());
        if operation == Operation::GetFoundationModelAvailability {
            fake.use_case_sent();
            fake.expect(get_use_case_for_model_access());
        }
        fake.expect_repeatedly(Expected { reply: Reply::Silence, operation, ..get_caller_identity() });
        let run = check(&fake, ["--depth", "availability", HAIKU, EU[0], EU[1], "--report", "markdown=a.md"]);
        let running = run.spawn();
        wait_for_requests(&fake, operation, 1);
        running.interrupt();
        let ran = running.finish();
        assert!(matrix(&ran).ends_with("  inconclusive\n") && ran.exit() == Some(130), "{ran}");
    }
}

#[cfg(unix)]
#[test]
fn a_report_keeps_the_mode_of_the_file_that_it_replaces_and_follows_no_link_to_nothing() {
    let home = Home::new();
    home.write_here("a.txt", b"private\n");
    let path = |name: &str| home.here().join(name);
    fs::set_permissions(path("a.txt"), fs::Permissions::from_mode(0o600)).unwrap();
    symlink("missing", path("dangling")).unwrap();
    let report = |file: &str| {
        let arguments = ["check", "--depth", "resolve", NOVA, EU[0], EU[1], "--report", file];
        bedrock_ask(arguments).home(&home).run()
    };
    assert_eq!(report("text=a.txt").exit(), Some(0));
    assert_eq!(fs::metadata(path("a.txt")).unwrap().permissions().mode() & 0o777, 0o600);
    assert!(home.read_here("a.txt").contains("1 checked"));
    let ran = report("text=dangling");
    assert!(ran.stderr_text().contains("does not exist") && ran.exit() == Some(2), "{ran}");
}

#[test]
fn a_list_that_says_what_nobody_knows_is_an_error_with_its_place() {
    let fake = FakeBedrock::start();
    for (name, list, error) in [
        ("a.yaml", "- model: a\n  regoins: x\n", "a.yaml:2:3: unknown key `regoins`"),
        ("a.yaml", "- model: a\n  regions: [eu-centrl-9]\n", "a.yaml:2:13: `regions[]` must be a known AWS Region"),
        ("a.yaml", "- model: a\n  regions: [all, us-east-1]\n", "`all` cannot be combined with other Regions"),
        (
            "a.yaml",
            "- model: a\n  regions: []\n",
            "a.yaml:2:12: `regions` must be a Region, a list of Regions, or `all`",
        ),
        ("a.yaml", "- model: 5\n", "a.yaml:1:10: `model` must be text that is not blank, not a number"),
        ("a.yaml", "- model: ' '\n", "a.yaml:1:10: `model` must be text that is not blank"),
        ("a.yaml", "- regions: us-east-1\n", "a.yaml:1:3: `model` is missing"),
        ("a.yaml", "- model: a\n  routing: sideways\n", "a.yaml:2:12: `routing` must be a list of geographic"),
        (
            "a.yaml",
            "- model: a\n  expect: denyed\n",
            "a.yaml:2:11: `expect` must be one of ok, legacy, retired, denied",
        ),
        ("a.yaml", "- model: a\n  expect: inconclusive\n", "`expect` must be one of"),
        ("a.yaml", "- model: a\n  model: b\n", "`model` is given twice"),
        ("a.yaml", "model: a\n", "a.yaml:1:1: the file must be a list of models, not a mapping"),
        ("a.yaml", "- [a]\n", "a.yaml:1:3: an item must be a model, or a mapping with `model`, not a list"),
        ("a.yaml", "# nothing\n", "`a.yaml` has no model"),
        ("a.txt", "- {model: a\n", "a.txt:"),
        ("a.txt", "# one\n\namazon.nova lite\n", "a.txt:3: a line must be one model without spaces"),
        ("a.txt", "\n# nothing\n", "`a.txt` has no model"),
    ] {
        let ran = check(&fake, ["--from", name, EU[0], EU[1]]).file_here(name, list).run();
        assert!(ran.stderr_text().contains(error), "{list}\n{ran}");
        assert!(ran.stdout.is_empty() && ran.exit() == Some(2), "{list}\n{ran}");
    }
    let ran = check(&fake, ["--from", "missing.txt", EU[0], EU[1]]).run();
    assert!(ran.stderr_text().contains("cannot read `missing.txt`") && ran.exit() == Some(2), "{ran}");
    let ran = check(&fake, ["--from", "-"]).stdin("amazon.nova-lite-v1:0\n").run();
    assert!(ran.stderr_text().contains("no source Region is set") && ran.exit() == Some(2), "{ran}");
}

#[test]
fn models_come_from_arguments_lists_stdin_settings_and_the_default() {
    let rows = |run: Run| {
        let ran = run.env("AWS_REGION", "eu-central-1").run();
        let rows = ran
            .stdout_text()
            .lines()
            .skip_while(|line| !line.starts_with("model ") && !line.starts_with("Region "))
            .skip(1);
        let rows: Vec<_> = rows.take_while(|line| !line.is_empty()).map(str::to_owned).collect();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        rows.into_iter().map(|line| line.split_whitespace().collect::<Vec<_>>().join(" ")).collect::<Vec<_>>()
    };
    let run =
        |arguments: &[&str]| bedrock_ask(["check", "--depth", "resolve"].into_iter().chain(arguments.iter().copied()));
    assert_eq!(rows(run(&[])), ["amazon.nova-2-lite-v1:0 listed"]);
    assert_eq!(rows(run(&[]).config("model: nova-pro")), ["nova-pro listed"]);
    assert_eq!(rows(run(&["nova-lite", "nova-pro"])), ["nova-lite listed", "nova-pro listed"]);
    let lines = "# ours\nnova-lite # cheap\n\n  nova-pro\r\n";
    assert_eq!(rows(run(&["--from", "-"]).stdin(lines)), ["nova-lite listed", "nova-pro listed"]);
    let yaml = "- nova-micro\n- {model: nova-lite, routing: geo, regions: [us-east-1, eu-west-1]}\n";
    let listed = rows(run(&["--from", "list"]).file_here("list", yaml));
    assert_eq!(listed, ["eu-central-1 listed -", "us-east-1 - listed", "eu-west-1 - listed"]);
    let all = rows(run(&["jp.amazon.nova-2-lite-v1:0", "--region", "all"]));
    assert_eq!(all, ["jp.amazon.nova-2-lite-v1:0 listed"]);
}

#[test]
fn what_no_region_has_is_told_once() {
    let ran = bedrock_ask(["check", "--depth", "resolve", "amazon.nova-2-lihte-v1:0", "--region", "all"]).run();
    assert!(ran.stdout_text().contains("invalid-id: amazon.nova-2-lihte-v1:0 from any"), "{ran}");
    assert_eq!(ran.exit(), Some(8));
}

#[test]
fn two_reports_never_go_to_the_same_file() {
    for other in ["report.xml", "./report.xml"] {
        let words = ["check", NOVA, "--depth=resolve", EU[0], EU[1], "--report=junit=report.xml"];
        let ran = bedrock_ask(words).argument(&format!("--report=json={other}")).run();
        let expected = format!("error: two reports cannot both go to `{other}`\n");
        assert!(ran.exit() == Some(2) && ran.stderr_text().starts_with(&expected), "{ran}");
        assert!(!ran.home.here().join("report.xml").exists());
    }
}

#[cfg(unix)]
#[test]
fn a_device_takes_one_report_after_the_other() {
    let words = ["check", NOVA, "--depth=resolve", EU[0], EU[1], "--report=markdown=/dev/stderr"];
    let ran = bedrock_ask(words).argument("--report=json=/dev/stderr").run();
    assert!(
        ran.exit() == Some(0) && ran.stderr_text().contains("## Access to") && ran.stderr_text().contains('{'),
        "{ran}"
    );
}

#[test]
fn a_flag_that_would_change_nothing_of_a_check_is_refused() {
    for (flags, expected) in [
        (&["--depth=resolve", "--stream"][..], "error: `--stream` has no effect with `--depth resolve`\n"),
        (&["--depth=availability", "--stream"], "error: `--stream` has no effect with `--depth availability`\n"),
        (&["--dry-run", "--report=junit=report.xml"], "error: the argument `--dry-run` cannot be used with"),
    ] {
        let ran = bedrock_ask(["check", NOVA].into_iter().chain(EU).chain(flags.iter().copied())).run();
        assert!(ran.exit() == Some(2) && ran.stderr_text().starts_with(expected), "{ran}");
    }
}

#[test]
fn a_region_that_a_list_names_twice_is_invoked_once() {
    let fake = FakeBedrock::start();
    fake.expect(get_caller_identity());
    fake.expect(converse());
    let list = format!("- {{ model: {NOVA}, regions: [eu-central-1, eu-central-1] }}\n");
    let ran = bedrock_ask(["check", "--from", "-"]).stdin(list).credentials().against(&fake).run();
    assert!(ran.exit() == Some(0) && ran.stdout_text().contains("\n1 checked: 1 passed"), "{ran}");
    assert!(!ran.stdout_text().contains("eu-central-1, eu-central-1"), "{ran}");
}
