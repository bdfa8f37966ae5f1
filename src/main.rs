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

use std::process::ExitCode;

use clap::Parser;

use cli::{Cli, Command};
use commands::resolve::Regions;
use commands::surroundings::Surroundings;
use config::{Environment, Origin, Settings};
use error::{Error, Exit};
use model::catalog::Catalog;
use model::date::Date;
use model::resolution::Request;
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
    let (command, shared) = cli.invocation()?;
    let environment = Environment::of_process();
    output.settle_volume(shared.quiet, shared.debug);
    let flags = match &command {
        Command::Ask(ask) => ask.flags(shared.flags()),
        _ => shared.flags(),
    };
    output.settle_format(flags.format);
    let without_settings = match &command {
        Command::Config(config) => Some(config.clone().run(flags.clone(), &environment)?),
        Command::Completions(completions) => Some(completions.run(Cli::tree())?),
        _ => None,
    };
    if let Some(text) = without_settings {
        output.text(&text)?;
        return Ok(Exit::Success);
    }
    let settings = Settings::settle(flags, &environment)?;
    output.settle(settings.color.value, settings.format.value, environment.refuses_color());
    let catalog = Catalog::bundled();
    let aliases = settings.aliases.iter().map(|(name, alias)| (name.clone(), alias.value.clone())).collect();
    let request = Request {
        source_region: settings.region.value,
        region_by_flag: matches!(settings.region.origin, Origin::Flag(_)),
        routing: &settings.routing.value,
        strict: shared.strict,
        // An ask is meant to come through; everything else shows what is.
        repair: shared.repair || (matches!(command, Command::Ask(_)) && !shared.no_repair),
        today: today(),
        aliases: &aliases,
    };
    let around = Surroundings {
        settings: &settings,
        environment: &environment,
        catalog: &catalog,
        request,
        allow_http: shared.allow_http,
    };
    match command {
        Command::Config(_) | Command::Completions(_) => Ok(Exit::Success),
        Command::Resolve(resolve) => resolve.run(&around, &Regions::from_flags(&shared.region)?, output),
        Command::Models(models) => models.run(&around, &Regions::from_flags(&shared.region)?, shared.format, output),
        Command::IamPolicy(policy) => policy.run(&around, &Regions::from_flags(&shared.region)?, shared.format, output),
        Command::Diagnose(diagnose) => diagnose.run(&around, output),
        Command::InferenceProfile(profile) => profile.run(&around, &Regions::from_flags(&shared.region)?, output),
        Command::Ask(ask) if ask.is_bare() => {
            output.aside(Cli::short_help().trim_end());
            Ok(Exit::Usage)
        }
        Command::Ask(ask) => ask.run(&around, output),
    }
}

/// The day in UTC: the one look at the clock that ends of life are held against.
fn today() -> Date {
    let now = time::OffsetDateTime::now_utc();
    Date { year: now.year().try_into().unwrap_or(u16::MAX), month: now.month().into(), day: now.day() }
}
