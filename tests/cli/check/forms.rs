//! Every form of report says the same, says how deep the check went, and can be read by the tools that it is for.

use quick_junit::{Report, TestCaseStatus};
use serde_json::Value;

use super::*;

/// Returns the report of the scenario in this form.
fn report(form: &str) -> String {
    let fake = FakeBedrock::start();
    let home = Home::new();
    let ran = scenario(&fake, &home, &["--report", form]).run();
    assert_eq!(ran.exit(), Some(8), "{ran}");
    ran.stdout_text().to_owned()
}

fn json_lines(text: &str) -> Vec<Value> {
    text.lines().map(|line| serde_json::from_str(line).unwrap_or_else(|error| panic!("{error}: {line}"))).collect()
}

/// Returns the number of cases: passed, inconclusive, failed.
fn junit_counts(xml: &str) -> [usize; 3] {
    let report = Report::deserialize_from_str(xml).unwrap();
    assert_eq!(report.test_suites.len(), 6);
    let mut counts = [0; 3];
    for suite in &report.test_suites {
        let depth = suite.properties.iter().find(|property| property.name.as_str() == "depth").unwrap();
        assert_eq!(depth.value.as_str(), "invoke");
        for case in &suite.test_cases {
            let index = match &case.status {
                TestCaseStatus::Success { .. } => 0,
                TestCaseStatus::NonSuccess { kind: quick_junit::NonSuccessKind::Error, .. } => 1,
                TestCaseStatus::NonSuccess { .. } => 2,
                TestCaseStatus::Skipped { .. } => panic!("{case:?}"),
            };
            counts[index] += 1;
        }
    }
    counts
}

#[test]
fn twelve_models_from_six_regions_are_the_same_in_every_form() {
    let json = json_lines(&report("json"));
    let counts = &json[0]["setting"]["counts"];
    let expected = serde_json::json!({"checked": 72, "passed": 57, "warned": 0, "inconclusive": 1, "failed": 14});
    assert_eq!((counts, json.len()), (&expected, 73));
    for (outcome, count) in expected.as_object().unwrap().iter().filter(|(name, _)| *name != "checked") {
        let found = json[1..].iter().filter(|case| case["outcome"] == **outcome).count();
        assert_eq!(Value::from(found), *count, "{outcome}");
    }
    assert!(json[1..].iter().all(|case| case["depth"] == "invoke"));

    assert_eq!(junit_counts(&report("junit")), [57, 1, 14]);

    let summary = "72 checked: 57 passed, 0 warned, 1 inconclusive, 14 failed";
    let markdown = report("markdown");
    assert!(markdown.contains(summary) && markdown.contains("\nDepth: invoke ("), "{markdown}");
    let rows: Vec<_> = markdown.lines().filter(|line| line.starts_with('|')).collect();
    assert_eq!(rows.len(), 14, "{markdown}");
    assert!(rows.iter().all(|row| row.matches('|').count() == 8), "{markdown}");

    let github = report("github");
    let summary_line = format!("::notice title=bedrock-ask check::{summary} ");
    assert!(github.starts_with(&summary_line) && github.lines().all(|line| line.starts_with("::")), "{github}");
    assert_eq!(github.matches("::warning ").count(), 1, "{github}");

    let text = report("text");
    assert!(text.starts_with("depth           invoke (") && text.contains(summary), "{text}");
}

#[test]
fn a_check_without_a_call_never_says_ok() {
    let run = |form: &str| {
        let arguments = ["check", "--depth", "resolve", NOVA, "--region", "eu-central-1", "--report", form];
        let ran = bedrock_ask(arguments).run();
        assert_eq!(ran.exit(), Some(0), "{ran}");
        ran.stdout_text().to_owned()
    };
    for (form, depth, verdict) in [
        ("text", "depth           resolve (offline: nothing was invoked", "amazon.nova-lite-v1:0  listed"),
        ("json", r#""depth":"resolve""#, r#""verdict":"listed""#),
        ("junit", r#"<property name="depth" value="resolve"/>"#, "verdict: listed"),
        ("markdown", "Depth: resolve (offline", "| `amazon.nova-lite-v1:0` | listed |"),
        ("github", "depth: resolve (offline", "(1 listed)"),
    ] {
        let report = run(form);
        assert!(report.contains(depth) && report.contains(verdict), "{report}");
        let says_ok = report.split(|letter: char| !letter.is_alphanumeric()).any(|word| word == "ok");
        // JSON and JUnit name the expected verdict, which only a response has.
        assert!(!says_ok || form == "json", "{report}");
    }
}

#[cfg(unix)]
#[test]
fn regions_are_rows_where_that_is_narrower_than_the_terminal() {
    let models = ["nova-lite", "nova-pro", "nova-micro", "nova-2-lite", "sonnet", "opus"];
    let run = || {
        let regions = REGIONS.iter().flat_map(|region| ["--region", region]);
        bedrock_ask(["check", "--depth", "resolve"].into_iter().chain(models).chain(regions))
    };
    assert!(run().run().stdout_text().contains("\nmodel        eu-central-1"), "a pipe has no width");
    let ran = run().terminal([crate::harness::Stream::Stdout]).run();
    assert!(ran.stdout_text().contains("\nRegion          nova-lite"), "{ran}");
    let narrow = run().terminal([crate::harness::Stream::Stdout]).columns(40).run();
    assert!(narrow.stdout_text().contains("\nnova-lite\n  eu-central-1"), "{narrow}");
    assert!(narrow.stdout_text().lines().all(|line| line.chars().count() <= 40), "{narrow}");
    let words = |ran: &Ran| {
        let text = ran.stdout_text().split_once("\n\n").unwrap().1.split_once("\n\n").unwrap().1;
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(words(&narrow), words(&ran), "nothing else is left out");
}

#[test]
fn the_help_says_what_fails() {
    let help = bedrock_ask(["check", "--help"]).run().stdout_text().to_owned();
    for (verdict, outcome) in [
        ("ok", "passed"),
        ("listed", "passed"),
        ("likely", "passed"),
        ("legacy", "warned"),
        ("retired", "failed"),
        ("denied", "failed"),
        ("not-enabled", "failed"),
        ("unavailable", "failed"),
        ("invalid-id", "failed"),
        ("inconclusive", "inconclusive"),
    ] {
        let row = format!("  {verdict:<12}  {outcome:<12}  ");
        assert!(help.lines().any(|line| line.starts_with(&row)), "{row}\n{help}");
    }
}
