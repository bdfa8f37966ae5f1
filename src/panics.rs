//! The report of a panic, wherever in this program or the AWS SDK it is: one line, in place of an abort.

use std::panic::{self, AssertUnwindSafe, PanicHookInfo};
use std::sync::OnceLock;

use crate::error::{Error, ExitCode};
use crate::output::Output;

static REPORT: OnceLock<String> = OnceLock::new();

/// Runs the program and returns its exit code. If it panics, reports where and why, and fails.
pub fn catch<T: From<u8>>(program: impl FnOnce() -> T) -> T {
    panic::set_hook(Box::new(|panic| {
        REPORT.get_or_init(|| report(panic));
    }));
    panic::catch_unwind(AssertUnwindSafe(program)).unwrap_or_else(|_| {
        let report = REPORT.get().map_or("a panic", String::as_str);
        let error = Error::new(ExitCode::Failure, format!("this is a fault of bedrock-ask: {report}"));
        Output::from_process().report(&error).code().into()
    })
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
    fn a_panic_is_a_failure_and_anything_else_passes() {
        let hook = panic::take_hook();
        assert_eq!(catch(|| 7_u8), 7);
        assert_eq!(catch(|| -> u8 { panic!("on\npurpose") }), 1);
        panic::set_hook(hook);
        let report = REPORT.get().unwrap();
        assert!(report.starts_with("src/panics.rs:") && report.ends_with(": on\npurpose"), "{report}");
    }
}
