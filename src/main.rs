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
use commands::knowledge::Knowledge;
use commands::resolve::Regions;
use commands::surroundings::{self, Surroundings};
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
    let cache = surroundings::cache(&settings, &environment);
    let regions = Regions::from_flags(&shared.region)?;
    let clock = time::OffsetDateTime::now_utc();
    let aliases = settings.aliases.iter().map(|(name, alias)| (name.clone(), alias.value.clone())).collect();
    let request = Request {
        source_region: settings.region.value,
        region_by_flag: matches!(settings.region.origin, Origin::Flag(_)),
        routing: &settings.routing.value,
        strict: shared.strict,
        // An ask is meant to come through; everything else shows what is.
        repair: shared.repair || (matches!(command, Command::Ask(_)) && !shared.no_repair),
        today: day(clock),
        aliases: &aliases,
    };
    let around = Surroundings {
        settings: &settings,
        environment: &environment,
        catalog: &Catalog::bundled(),
        request,
        allow_http: shared.allow_http,
        cache: &cache,
        now: clock.unix_timestamp().unsigned_abs(),
    };
    let knowledge = gather(&command, &regions, &around, output)?;
    let around = Surroundings { catalog: &knowledge.catalog(), ..around };
    match command {
        Command::Config(_) | Command::Completions(_) => Ok(Exit::Success),
        Command::Resolve(resolve) => resolve.run(&around, &regions, output),
        Command::Models(models) => models.run(&around, &regions, shared.format, output),
        Command::IamPolicy(policy) => policy.run(&around, &regions, shared.format, output),
        Command::Diagnose(diagnose) => diagnose.run(&around, output),
        Command::InferenceProfile(profile) => profile.run(&around, &regions, output),
        Command::Catalog(catalog) => catalog.run(&around, &regions, output),
        Command::Check(check) => check.run(&around, &regions, output),
        Command::Ask(ask) if ask.is_bare() => {
            output.aside(Cli::short_help().trim_end());
            Ok(Exit::Usage)
        }
        Command::Ask(ask) => ask.run(&around, output),
    }
}

/// What the command is to know beyond the bundle, about the Regions that it speaks of.
fn gather(
    command: &Command,
    regions: &Regions,
    around: &Surroundings<'_>,
    output: &mut Output,
) -> Result<Knowledge, Error> {
    let (models, live) = match command {
        Command::Resolve(resolve) => (&resolve.models[..], resolve.live),
        Command::Models(models) => (models.model.as_slice(), models.live),
        Command::Ask(_) => (around.settings.model.value.as_slice(), false),
        Command::Check(_) | Command::IamPolicy(_) | Command::InferenceProfile(_) | Command::Diagnose(_) => {
            (&[][..], false)
        }
        Command::Config(_) | Command::Completions(_) | Command::Catalog(_) => return Ok(Knowledge::default()),
    };
    let mut knowledge = Knowledge::cached(regions, models, around, output);
    if live {
        knowledge.ask_aws(regions, around, output)?;
    }
    Ok(knowledge)
}

/// The day in UTC, against which ends of life are held.
fn day(now: time::OffsetDateTime) -> Date {
    Date { year: now.year().try_into().unwrap_or(u16::MAX), month: now.month().into(), day: now.day() }
}
