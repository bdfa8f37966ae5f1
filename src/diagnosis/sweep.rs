//! Measures how often a known error is recognised in what tools, terminals and logs make of it.

mod decorations;
mod forms;

use super::paste::failure_from_text;
use super::tests::table::CASES;
use super::{FailureContext, Group, diagnose};
use crate::model::failure::{Failure, Stage};
use decorations::DECORATIONS;
use forms::{FORMS, Form, LOCAL_FORMS};
use std::collections::BTreeMap;

/// The number of errors that are tried with each pair of a form and a decoration.
const ERRORS_PER_PAIR: usize = 1;
/// The share of texts that must get the group of the plain error.
const REQUIRED: f64 = 0.995;

/// An error whose group is known.
pub(super) struct KnownError {
    pub(super) code: &'static str,
    pub(super) status: u16,
    pub(super) text: &'static str,
    group: Group,
}

/// Returns the known messages; those of a response of AWS if `of_response`, else the others.
fn known_errors(of_response: bool) -> Vec<KnownError> {
    let cases = CASES.iter().filter(|(_, code, _, text, ..)| !text.is_empty() && code.is_empty() != of_response);
    let errors = cases.map(|(_, code, status, text, ..)| {
        let text = text.strip_prefix("{\"Message\":\"").and_then(|text| text.strip_suffix("\"}")).unwrap_or(text);
        let group = group_of(Some(*code), Some(*status), text);
        KnownError { code, status: *status, text, group }
    });
    errors.collect()
}

fn group_of(code: Option<&str>, status: Option<u16>, message: &str) -> Group {
    let mut failure = Failure::new(Stage::Response, message);
    failure.code = code.filter(|code| !code.is_empty()).map(str::to_owned);
    failure.status = status.filter(|status| *status != 0);
    diagnose(&failure, &FailureContext::default()).group
}

/// Whether what the form shows of the error is enough to recognise it.
fn is_enough(form: &Form, error: &KnownError) -> bool {
    let code = form.has_code.then_some(error.code);
    let status = form.has_status.then_some(error.status);
    group_of(code, status, error.text) == error.group
}

/// The texts that got another group, counted by form and by decoration.
#[derive(Default)]
struct Tally {
    texts: u32,
    wrong: u32,
    by_form: BTreeMap<&'static str, u32>,
    by_decoration: BTreeMap<&'static str, u32>,
    by_pair: BTreeMap<String, u32>,
    examples: Vec<String>,
}

impl Tally {
    /// Diagnoses `per_pair` errors in every form under every decoration, and prints the result.
    fn new(per_pair: usize) -> Self {
        let mut tally = Self::default();
        tally.sweep(FORMS, &known_errors(true), per_pair);
        tally.sweep(LOCAL_FORMS, &known_errors(false), per_pair);
        println!("{}", tally.report());
        tally
    }

    fn sweep(&mut self, forms: &'static [Form], errors: &[KnownError], per_pair: usize) {
        let mut next = 0;
        for form in forms {
            let errors: Vec<_> = errors.iter().filter(|error| is_enough(form, error)).collect();
            for (decoration, decorate) in DECORATIONS {
                for _ in 0..per_pair.min(errors.len()) {
                    // A step that shares no factor with the number of errors visits each of them in turn.
                    next += 1;
                    let error = errors[next % errors.len()];
                    let text = decorate(&form.print(error));
                    self.count(form.name, decoration, error, &text);
                }
            }
        }
    }

    fn count(&mut self, form: &'static str, decoration: &'static str, error: &KnownError, text: &str) {
        let (failure, _) = failure_from_text(text);
        let found = diagnose(&failure, &FailureContext::default()).group;
        self.texts += 1;
        if found == error.group {
            return;
        }
        self.wrong += 1;
        *self.by_form.entry(form).or_default() += 1;
        *self.by_decoration.entry(decoration).or_default() += 1;
        *self.by_pair.entry(format!("{form} + {decoration}")).or_default() += 1;
        self.examples.push(format!("{form} + {decoration}: {found:?}, not {:?}\n{text}\n", error.group));
    }

    fn share(&self) -> f64 {
        1.0 - f64::from(self.wrong) / f64::from(self.texts)
    }

    fn report(&self) -> String {
        let worst = |counts: &BTreeMap<&'static str, u32>| {
            let mut counts: Vec<_> = counts.iter().collect();
            counts.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
            counts.iter().take(12).map(|(name, count)| format!("  {count:4} {name}")).collect::<Vec<_>>().join("\n")
        };
        format!(
            "{} of {} texts get the group of the plain error: {:.2} %\nworst forms:\n{}\nworst decorations:\n{}\n",
            self.texts - self.wrong,
            self.texts,
            self.share() * 100.0,
            worst(&self.by_form),
            worst(&self.by_decoration),
        )
    }
}

#[test]
fn a_known_error_is_recognised_in_the_forms_of_tools_and_under_decorations() {
    let tally = Tally::new(ERRORS_PER_PAIR);
    let examples: String = tally.examples.iter().take(10).map(String::as_str).collect();
    assert!(tally.share() >= REQUIRED, "{}\n{examples}", tally.report());
}

#[test]
fn the_sweep_has_errors_of_every_group_that_a_response_can_give() {
    let errors = known_errors(true);
    let groups: std::collections::HashSet<_> = errors.iter().map(|error| error.group).collect();
    assert!(groups.len() >= 60, "{}", groups.len());
    assert!(FORMS.len() >= 37 && DECORATIONS.len() > 24);
}

#[test]
#[ignore = "all errors in all forms under all decorations: minutes in a debug build"]
fn the_whole_sweep() {
    let tally = Tally::new(usize::MAX);
    for (pair, count) in &tally.by_pair {
        println!("{count:4} {pair}");
    }
    assert!(tally.share() >= REQUIRED);
}
