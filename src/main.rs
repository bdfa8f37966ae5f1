//! Parse the command line, run the command, report how it went.

mod atomic_file;
mod aws;
mod cache;
mod cli;
mod commands;
mod config;
mod context;
mod error;
mod history;
mod output;
mod panics;
mod session;
mod shell;
mod signals;
mod terminal;

use cli::{Cli, Command, GlobalArgs};
use commands::completions::CompletionRequest;
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
    if let Some(request) = CompletionRequest::from_arguments(&arguments) {
        Cli::complete(request, &mut output);
        // The reader of a completion is a script, which has no use for an error.
        let _ = output.flush();
        return std::process::ExitCode::SUCCESS;
    }
    let environment = Environment::of_process();
    let json = || {
        let wants_json = Cli::wants_json(&arguments).unwrap_or_else(|| environment.wants_json());
        wants_json.then_some(FormatFlag::Json)
    };
    output.configure_color(Cli::color(&arguments, &environment));
    let exit = match Cli::parse_from(&arguments) {
        Ok(cli) => match cli.into_command(output.is_terminal()) {
            Ok((command, global)) => {
                run(command, &global, environment, &mut output).unwrap_or_else(|error| output.report(&error))
            }
            Err(error) => {
                output.configure_flags(false, false, json());
                output.report(&error)
            }
        },
        Err(stop) if stop.use_stderr() => {
            output.configure_flags(false, false, json());
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
