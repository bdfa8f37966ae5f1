//! The report of a panic, wherever in this program or the AWS SDK it is: one line, in place of an abort.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::OnceLock;

use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;

/// What the system says if it has no thread, file descriptor or memory left for the process. Tokio panics at the first two.
const EXHAUSTED: [&str; 3] = ["Resource temporarily unavailable", "Too many open files", "Cannot allocate memory"];

static REPORT: OnceLock<String> = OnceLock::new();

/// Runs the program and returns its exit code. If it panics, reports where and why, as JSON too if that is wanted, and
/// fails.
pub fn catch<T: From<u8>>(program: impl FnOnce() -> T, wants_json: impl FnOnce() -> bool) -> T {
    panic::set_hook(Box::new(|panic| {
        REPORT.get_or_init(|| report(panic));
    }));
    panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| {
        let report = REPORT.get().map_or("a panic", String::as_str);
        let mut output = Output::from_process();
        output.configure_flags(false, false, wants_json().then_some(FormatFlag::Json));
        output.report(&failure(report)).code().into()
    })
}

/// Returns the error for the report of a panic: a fault of this program, unless the system has nothing left for it.
fn failure(report: &str) -> Error {
    match EXHAUSTED.into_iter().find(|limit| report.contains(limit)) {
        Some(limit) => Error::new(ExitCode::Failure, "the system refuses a thread or a file descriptor")
            .cause(limit)
            .hint("`ulimit -a` shows the limits of this shell"),
        None => Error::new(ExitCode::Failure, format!("this is a fault of bedrock-ask: {report}")),
    }
}

/// Returns where and why, without the folder in which the program was built.
fn report(panic: &PanicHookInfo<'_>) -> String {
    let why = panic.payload_as_str().unwrap_or("panicked");
    let Some(location) = panic.location() else { return why.to_owned() };
    let file = location.file();
    let in_crate = file.split_once("/registry/src/").and_then(|(_, rest)| rest.split_once('/'));
    format!("{}:{}: {why}", in_crate.map_or(file, |(_, file)| file), location.line())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_limit_of_the_system_is_not_a_fault_of_the_program() {
        for (report, is_fault) in [
            ("tokio/src/signal/unix.rs:68: Os { code: 24, message: \"Too many open files\" }", false),
            ("tokio/pool.rs:1: OS can't spawn worker thread: Resource temporarily unavailable (os error 11)", false),
            ("src/x.rs:1: index out of bounds", true),
        ] {
            assert_eq!(failure(report).message.summary.contains("fault of bedrock-ask"), is_fault, "{report}");
        }
    }

    #[test]
    fn a_panic_is_a_failure_and_anything_else_passes() {
        let hook = panic::take_hook();
        assert_eq!(catch(|| 7_u8, || false), 7);
        assert_eq!(catch(|| -> u8 { panic!("on\npurpose") }, || true), 1);
        panic::set_hook(hook);
        let report = REPORT.get().unwrap();
        assert!(report.starts_with("src/panics.rs:") && report.ends_with(": on\npurpose"), "{report}");
    }
}
