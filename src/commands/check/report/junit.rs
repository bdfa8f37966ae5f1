//! The report as `JUnit` XML for GitLab, Jenkins and GitHub: a suite for each source Region, a test for each model.
//! Returns text only.

use quick_junit::{NonSuccessKind, Report, TestCase, TestCaseStatus, TestSuite};

use super::{ReportData, reasons};
use crate::commands::check::finding::Finding;
use crate::commands::check::verdict::Outcome;
use crate::error::{Error, ExitCode};

/// Renders the report.
pub fn junit(data: &ReportData<'_>) -> Result<String, Error> {
    let mut report = Report::new("bedrock-ask check");
    if !data.preflight.faults.is_empty() {
        report.add_test_suite(preflight(data));
    }
    for region in data.regions() {
        let mut suite = suite(data, region);
        for finding in data.findings.iter().filter(|finding| finding.case.region_name() == region) {
            suite.add_test_case(test(finding, region));
        }
        report.add_test_suite(suite);
    }
    let xml = report.to_string();
    let xml = xml.map_err(|error| Error::new(ExitCode::Failure, "cannot make JUnit XML").cause(error.to_string()))?;
    // XML forbids both, and the library lets them pass.
    Ok(xml.replace(['\u{fffe}', '\u{ffff}'], "\u{fffd}"))
}

/// Returns a suite without tests, with the depth as a property.
fn suite(data: &ReportData<'_>, name: &str) -> TestSuite {
    let mut suite = TestSuite::new(name);
    suite.add_property(("depth", data.preflight.depth.as_str()));
    suite.add_property(("stream", if data.preflight.streams { "true" } else { "false" }));
    suite
}

/// Returns a suite with the faults of the preconditions. The tests that they leave undecided are skipped.
fn preflight(data: &ReportData<'_>) -> TestSuite {
    let mut suite = suite(data, "setting");
    for fault in &data.preflight.faults {
        let status =
            unsuccessful(NonSuccessKind::Error, "setting", &fault.error.message.summary, &reasons(&fault.error));
        let name = fault.region.map_or_else(|| "every Region".to_owned(), |region| region.to_string());
        suite.add_test_case(test_case(name, "setting", status));
    }
    suite
}

fn test(finding: &Finding, class: &str) -> TestCase {
    let lines = match &finding.error {
        Some(error) => reasons(error),
        None => finding.notes.clone(),
    };
    let status = match finding.outcome() {
        Outcome::Passed | Outcome::Warned => TestCaseStatus::success(),
        Outcome::Inconclusive if finding.fault.is_some() => {
            let mut status = TestCaseStatus::skipped();
            status.set_message("it could not be checked: see the suite `setting`");
            status
        }
        Outcome::Inconclusive => {
            unsuccessful(NonSuccessKind::Error, finding.verdict.as_str(), &finding.headline(), &lines)
        }
        Outcome::Failed => unsuccessful(NonSuccessKind::Failure, finding.verdict.as_str(), &finding.headline(), &lines),
    };
    let mut test = test_case(finding.case.title(), class, status);
    test.set_time(finding.took.unwrap_or_default());
    let mut details = vec![format!("verdict: {}", finding.verdict_label())];
    details.extend(finding.called().map(|id| format!("called: {id}")));
    if matches!(finding.outcome(), Outcome::Warned | Outcome::Passed) {
        let reasons =
            finding.error.iter().flat_map(|error| [vec![error.message.summary.clone()], reasons(error)].concat());
        details.extend(reasons);
    }
    details.extend(finding.notes.iter().map(|note| format!("note: {note}")));
    details.extend(finding.destination_summary().map(|known| format!("destination Regions: {known}")));
    test.set_system_out(details.join("\n"));
    test
}

fn test_case(name: String, class: &str, status: TestCaseStatus) -> TestCase {
    let mut test = TestCase::new(name, status);
    test.set_classname(format!("bedrock-ask.{class}"));
    test
}

fn unsuccessful(kind: NonSuccessKind, name: &str, message: &str, lines: &[String]) -> TestCaseStatus {
    let mut status = TestCaseStatus::non_success(kind);
    status.set_type(name).set_message(message).set_description(lines.join("\n"));
    status
}
