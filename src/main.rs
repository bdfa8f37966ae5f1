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
use commands::context::{Context, Settled};
use commands::knowledge::Knowledge;
use commands::resolve::Regions;
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
    let mut context = settled.context();
    shared.decide(command.is_ask(), &mut context);
    let knowledge = match command.speaks_of(&settled.settings) {
        Some((models, live)) => Knowledge::gather(models, live, &regions, &context, output)?,
        None => Knowledge::default(),
    };
    let context = Context { catalog: &knowledge.catalog(), ..context };
    command.run(&context, &regions, shared.format, output)
}
