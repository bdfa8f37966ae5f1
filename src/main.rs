//! Parse, settle, run, report: the whole story.

mod aws;
mod cli;
mod commands;
mod config;
mod diagnosis;
mod error;
mod model;
mod output;

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use commands::resolve::{Regions, Words};
use config::{Environment, Settings};
use error::{Error, Exit};
use model::catalog::Catalog;
use model::date::Date;
use output::Output;

fn main() -> ExitCode {
    let mut output = Output::of_process();
    let exit = match Cli::try_parse() {
        Ok(cli) => run(cli, &mut output).unwrap_or_else(|error| {
            output.error(&error);
            error.exit
        }),
        Err(message) => output.usage(&message),
    };
    let exit = match output.flush() {
        Err(error) if exit == Exit::Success => {
            output.error(&error);
            error.exit
        }
        _ => exit,
    };
    ExitCode::from(exit.code())
}

fn run(cli: Cli, output: &mut Output) -> Result<Exit, Error> {
    let environment = Environment::of_process();
    output.settle_volume(cli.shared.quiet, false);
    match cli.command {
        Command::Config(config) => {
            output.text(&config.run(cli.shared.flags(), &environment)?)?;
            Ok(Exit::Success)
        }
        Command::Resolve(resolve) => {
            let settings = Settings::settle(cli.shared.flags(), &environment)?;
            output.settle(settings.color.value, settings.format.value);
            let regions = Regions::from_flags(&cli.shared.region)?;
            let words = Words { strict: cli.shared.strict, repair: cli.shared.repair, today: today() };
            resolve.run(&settings, &regions, words, &Catalog::bundled(), output)
        }
    }
}

/// The day in UTC: the one look at the clock that ends of life are held against.
fn today() -> Date {
    let now = time::OffsetDateTime::now_utc();
    Date { year: now.year().try_into().unwrap_or(u16::MAX), month: now.month().into(), day: now.day() }
}
