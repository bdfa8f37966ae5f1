//! Parse the command line, run the command, report how it went.

mod atomic_file;
mod aws;
mod cache;
mod cli;
mod commands;
mod config;
mod context;
mod error;
mod output;
mod panics;
mod session;
mod signals;
mod terminal;

use cli::Cli;
use config::Environment;
use config::value::FormatFlag;
use error::{Error, ExitCode};
use output::Output;

fn main() -> std::process::ExitCode {
    panics::catch(run_process)
}

fn run_process() -> std::process::ExitCode {
    let mut output = Output::from_process();
    let arguments: Vec<_> = std::env::args_os().collect();
    let exit = match Cli::parse_from(&arguments) {
        Ok(cli) => run(cli, &mut output).unwrap_or_else(|error| output.report(&error)),
        Err(stop) if stop.use_stderr() => {
            let by_environment =
                || Environment::of_process().raw("BEDROCK_ASK_FORMAT").is_some_and(|value| value == "json");
            let wants_json = Cli::wants_json(&arguments).unwrap_or_else(by_environment);
            output.configure_flags(false, false, wants_json.then_some(FormatFlag::Json));
            let (error, usage) = cli::usage::error(stop, &arguments);
            output.report_usage(&error, usage.as_deref())
        }
        Err(stop) => output.help(&stop.render()),
    };
    let exit = match output.flush() {
        Err(error) if exit == ExitCode::Success => output.report(&error),
        _ => exit,
    };
    std::process::ExitCode::from(exit.code())
}

fn run(cli: Cli, output: &mut Output) -> Result<ExitCode, Error> {
    let (command, global) = cli.into_command(output.is_terminal())?;
    output.configure_flags(global.quiet, global.debug, global.format);
    command.run(&global, Environment::of_process(), output)
}
