//! Parse the command line, run the command, report how it went.

mod atomic_file;
mod aws;
mod cache;
mod cli;
mod commands;
mod config;
mod context;
mod digest;
mod distinct;
mod error;
mod history;
mod output;
mod panics;
mod session;
mod shell;
mod signals;
mod terminal;

use std::ffi::OsString;

use cli::{Cli, Command, GlobalArgs};
use commands::completions::CompletionRequest;
use config::value::FormatFlag;
use config::{Environment, Settings};
use error::{Error, ExitCode};
use output::Output;

fn main() -> std::process::ExitCode {
    panics::report_all(|| {
        let arguments: Vec<_> = std::env::args_os().collect();
        wants_json(&arguments, &Environment::of_process())
    });
    run_process()
}

/// Whether an error that is found before the settings are read is reported as JSON.
fn wants_json(arguments: &[OsString], environment: &Environment) -> bool {
    Cli::wants_json(arguments).unwrap_or_else(|| Settings::wants_json(environment))
}

fn run_process() -> std::process::ExitCode {
    let mut output = Output::from_process();
    let arguments: Vec<_> = std::env::args_os().collect();
    if let Some(request) = CompletionRequest::from_arguments(&arguments) {
        Cli::complete(request, &mut output);
        // The reader of a completion is a script, which has no use for an error.
        let _ = output.flush();
        return std::process::ExitCode::SUCCESS;
    }
    let environment = Environment::of_process();
    let json = |environment: &Environment| wants_json(&arguments, environment).then_some(FormatFlag::Json);
    output.configure_color(Cli::color(&arguments, &environment));
    let exit = match Cli::parse_from(&arguments) {
        Ok(cli) => match cli.into_command(output.is_terminal()) {
            Ok((command, global)) => {
                run(command, &global, environment, &mut output).unwrap_or_else(|error| output.report(&error))
            }
            Err(error) => {
                output.configure_flags(false, false, json(&environment));
                output.report(&error)
            }
        },
        Err(stop) if stop.use_stderr() => {
            output.configure_flags(false, false, json(&environment));
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

fn run(
    command: Command,
    global: &GlobalArgs,
    environment: Environment,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    // So that an error in the settings is reported in this form, too.
    let by_environment = || environment.wants_json() && command.formats().contains(&FormatFlag::Json);
    let format = global.format.or_else(|| by_environment().then_some(FormatFlag::Json));
    output.configure_flags(global.quiet, global.debug, format);
    command.run(global, environment, output)
}
