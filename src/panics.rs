//! The report of a panic, wherever in this program or the AWS SDK it is: one line, in place of an abort.

use std::panic::{self, PanicHookInfo};

use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;

/// What the system says if it has no thread, file descriptor or memory left for the process. Tokio panics at the first two.
const EXHAUSTED: [&str; 3] = ["Resource temporarily unavailable", "Too many open files", "Cannot allocate memory"];

/// Makes a panic end the process with a report of where and why, as JSON too if that is wanted.
pub fn report_all(wants_json: impl Fn() -> bool + Send + Sync + 'static) {
    panic::set_hook(Box::new(move |panic| {
        let mut output = Output::from_process();
        output.configure_flags(false, false, wants_json().then_some(FormatFlag::Json));
        let exit = output.report(&failure(&describe(panic)));
        // A closed stdout is no reason for another error.
        let _ = output.flush();
        #[expect(clippy::exit, reason = "nothing runs after a panic: the release build does not unwind")]
        std::process::exit(exit.code().into());
    }));
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
fn describe(panic: &PanicHookInfo<'_>) -> String {
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
    fn a_panic_is_described_with_its_place() {
        let (sender, receiver) = std::sync::mpsc::channel();
        let hook = panic::take_hook();
        panic::set_hook(Box::new(move |panic| drop(sender.send(describe(panic)))));
        let thread = std::thread::spawn(|| panic!("on\npurpose")).join();
        panic::set_hook(hook);
        // Tests that run beside this one may panic too.
        let described = receiver.iter().find(|described| described.contains("purpose")).unwrap();
        assert!(thread.is_err());
        assert!(described.starts_with("src/panics.rs:") && described.ends_with(": on\npurpose"), "{described}");
    }
}
