//! Parse, settle, run, report: the whole story.

mod aws;
mod cache;
mod cli;
mod commands;
mod config;
mod diagnosis;
mod error;
mod model;
mod output;

use time::OffsetDateTime;

use cli::Cli;
use commands::knowledge::Knowledge;
use commands::resolve::Regions;
use commands::surroundings::{Settled, Surroundings};
use config::{Environment, Settings};
use error::{Error, ExitCode};
use output::Output;

fn main() -> std::process::ExitCode {
    let mut output = Output::of_process();
    let words: Vec<_> = std::env::args_os().collect();
    let exit = match Cli::read(&words) {
        Ok(cli) => run(cli, &mut output).unwrap_or_else(|error| output.report(&error)),
        Err(message) => output.usage(&message),
    };
    let exit = match output.flush() {
        Err(error) if exit == ExitCode::Success => output.report(&error),
        _ => exit,
    };
    std::process::ExitCode::from(exit.code())
}

fn run(cli: Cli, output: &mut Output) -> Result<ExitCode, Error> {
    let (command, shared) = cli.invocation()?;
    let environment = Environment::of_process();
    let flags = command.flags(&shared);
    output.settle_flags(shared.quiet, shared.debug, flags.format);
    if let Some(text) = command.without_settings(&flags, &environment)? {
        return output.text(&text).map(|()| ExitCode::Success);
    }
    let settings = Settings::settle(flags, &environment)?;
    output.settle(settings.color.value, settings.format.value, environment.refuses_color());
    let regions = Regions::from_flags(&shared.region)?;
    let settled = Settled::new(settings, environment, OffsetDateTime::now_utc());
    let mut around = settled.surroundings();
    shared.decide(command.is_ask(), &mut around);
    let knowledge = match command.speaks_of(&settled.settings) {
        Some((models, live)) => Knowledge::gather(models, live, &regions, &around, output)?,
        None => Knowledge::default(),
    };
    let around = Surroundings { catalog: &knowledge.catalog(), ..around };
    command.run(&around, &regions, shared.format, output)
}
