//! The command line: how it is parsed. The commands are defined in `command`, the global arguments in `global_args`.

mod command;
mod foreign;
mod format;
mod global_args;
mod help;
mod json_fields;
mod slip;
pub mod usage;

use std::ffi::OsString;

use clap::{Args, CommandFactory, FromArgMatches, Parser, ValueEnum};
use time::OffsetDateTime;

use crate::commands::CommandArgs;
use crate::commands::ask::AskArgs;
use crate::commands::completions::CompletionRequest;
use crate::config::Environment;
use crate::config::value::Color;
use crate::error::Error;
use crate::output::Output;
pub use command::Command;
use command::CommandDefinition;
pub use global_args::GlobalArgs;

/// Resolve Amazon Bedrock model IDs to the IDs that can be invoked, and prompt the models
#[derive(Clone, Debug, Parser)]
#[command(name = "bedrock-ask", version, args_override_self = true, after_long_help = EXIT_CODES)]
pub struct Cli {
    /// The command; `None` stands for `ask`.
    #[command(subcommand)]
    command: Option<Command>,
    /// Whether the command is the first argument, so that none of `ask` can stand before it.
    #[arg(skip)]
    begins_with_command: bool,
    /// The name of the command below the command, such as `refresh` of `catalog refresh`.
    #[arg(skip)]
    subcommand: Option<String>,
    #[command(flatten)]
    root: RootArgs,
}

/// The arguments of the root command: those of `ask`, and the global ones.
#[derive(Clone, Debug, Args)]
struct RootArgs {
    #[command(flatten)]
    ask: AskArgs,
    #[command(flatten)]
    global: GlobalArgs,
}

/// Returns the value of an option in arguments that may not be valid; the last one counts.
fn value_of(option: &str, arguments: &[OsString]) -> Option<String> {
    let words = arguments.iter().skip(1).map(|argument| argument.to_string_lossy());
    let mut words = words.take_while(|word| word != "--").peekable();
    let mut value = None;
    while let Some(word) = words.next() {
        let found = match word.split_once('=') {
            Some((name, value)) if name == option => Some(value.to_owned()),
            _ => words.peek().filter(|_| word == option).map(ToString::to_string),
        };
        value = found.or(value);
    }
    value
}

/// The table of exit codes in the help; the README has the same.
const EXIT_CODES: &str = "\
Exit codes:
  0  success, also when the reader closed the pipe
  1  failure: anything that has no code of its own
  2  usage: a bad flag, file, Region or input; an ARN of another Region; a model that cannot chat
  3  not resolved: nothing can be invoked for the model from the source Region
  4  routing refused: only a kind of routing that was left out would serve it
  5  access denied: no credentials, expired ones, or not allowed
  6  unavailable: unreachable, throttled, timed out or failing; worth trying again later
  7  incomplete response: cut, filtered, malformed or without text
  8  check failed: at least one thing fails
  9  check inconclusive: nothing failed, but something could not be decided
  129  hung up
  130  interrupted
  143  terminated";

impl Cli {
    /// Parses the command line. If its first argument is a command, as in every script, only that command is built:
    /// building all of them, each with a copy of the global arguments, costs a quarter of the start.
    ///
    /// # Errors
    /// A usage error, or the help or the version that was asked for.
    pub fn parse_from(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let first = arguments.get(1).and_then(|argument| argument.to_str());
        let parsed = match Command::DEFINITIONS.iter().find(|definition| first == Some(definition.name)) {
            Some(definition) => Self::parse_command(definition, arguments),
            None => Self::parse_any(arguments),
        };
        parsed.map_err(|error| foreign::with_hint(error, arguments))
    }

    /// Whether arguments that could not be parsed ask for JSON; `None` if they name no form of output.
    pub fn wants_json(arguments: &[OsString]) -> Option<bool> {
        value_of("--format", arguments).map(|value| value == "json" || value == "ndjson")
    }

    /// Returns when to use colour before the command line is parsed and the settings are read: as the flag and the
    /// environment say.
    pub fn color(arguments: &[OsString], environment: &Environment) -> Color {
        let variable = || environment.text("BEDROCK_ASK_COLOR").ok().flatten();
        let named = value_of("--color", arguments).or_else(variable);
        let named = named.and_then(|name| Color::from_str(&name, false).ok()).unwrap_or_default();
        if named == Color::Auto { environment.color().map_or(named, |(color, _)| color) } else { named }
    }

    fn parse_any(arguments: &[OsString]) -> Result<Self, clap::Error> {
        let mut tree = help::root(Self::command());
        let matches = tree.try_get_matches_from_mut(arguments)?;
        let mut cli = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut tree))?;
        cli.subcommand = matches.subcommand().and_then(|(_, matches)| matches.subcommand_name()).map(str::to_owned);
        if let Some(format) = cli.root.global.format {
            let name = cli.command.as_ref().map(Command::name);
            let command = name.and_then(|name| tree.find_subcommand(name)).unwrap_or(&tree);
            format::check(command, cli.command.as_ref().map_or(AskArgs::FORMATS, Command::formats), format)?;
        }
        Ok(cli)
    }

    /// Parses the arguments of this command, before which no argument of `ask` can stand. The command is the root: below
    /// another one, each global argument would be built, matched and copied for both.
    fn parse_command(definition: &CommandDefinition, arguments: &[OsString]) -> Result<Self, clap::Error> {
        let root = definition.command().bin_name(definition.usage_name).no_binary_name(true).args_override_self(true);
        let root = help::global(GlobalArgs::augment_args(root)).next_help_heading(None::<&str>);
        let mut command = (definition.add_arguments)(root);
        let mut matches = command.try_get_matches_from_mut(&arguments[2..])?;
        let parsed = GlobalArgs::from_arg_matches_mut(&mut matches).and_then(|global| {
            let subcommand = matches.subcommand_name().map(str::to_owned);
            let command = Some((definition.parse)(&mut matches)?);
            let root = RootArgs { ask: AskArgs::default(), global };
            Ok(Self { command, begins_with_command: true, subcommand, root })
        });
        parsed.map_err(|error| error.format(&mut command))
    }

    /// Returns the command to run and the global arguments. A prompt costs money, so a slip never becomes one; if stdout is
    /// not a terminal, the user would not see it.
    ///
    /// # Errors
    /// If the arguments look like a mistyped command, or hold one that the command has no use for.
    pub fn into_command(self, is_terminal: bool) -> Result<(Command, GlobalArgs), Error> {
        let Self { command, begins_with_command, subcommand, root: RootArgs { ask, global } } = self;
        let command = match command {
            Some(_) if !begins_with_command && ask != AskArgs::default() => {
                return Err(Error::usage("an option of `ask` cannot precede a command")
                    .hint("bedrock-ask ask --help")
                    .hint("quote the prompt if it was meant as one"));
            }
            Some(command) => command,
            None => {
                slip::reject(&ask.words, is_terminal)?;
                Command::Ask(ask)
            }
        };
        command.check_global_flags(subcommand.as_deref(), &global)?;
        Ok((command, global))
    }

    /// Returns the whole tree of commands, for completions and manual pages.
    pub fn tree() -> clap::Command {
        let mut tree = Self::command();
        tree.build();
        tree
    }

    /// Prints the candidates for a word of a command line, for a completion script.
    pub fn complete(request: CompletionRequest, output: &mut Output) {
        request.answer(&Self::tree(), Environment::of_process(), OffsetDateTime::now_utc(), output);
    }

    /// Returns the short help, which is shown if there is no argument at all.
    pub fn short_help() -> String {
        help::root(Self::command()).render_help().to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Returns the outcome of a command line: `ask PROMPT`, `COMMAND`, `usage`.
    fn outcome(line: &[&str]) -> String {
        let words: Vec<_> = std::iter::once("bedrock-ask").chain(line.iter().copied()).map(OsString::from).collect();
        let Ok(cli) = Cli::parse_from(&words) else { return "usage".to_owned() };
        match cli.into_command(true) {
            Ok((Command::Ask(ask), _)) => format!("ask {}", [ask.words, ask.literal].concat().join(" ")),
            Ok((command, _)) => command.name().to_owned(),
            Err(error) => format!("usage: {}", error.message.summary),
        }
    }

    #[test]
    fn no_command_line_asks_by_accident_and_none_fails_to_ask_that_means_to() {
        let misplaced = "usage: an option of `ask` cannot precede a command".to_owned();
        let table: &[(&[&str], String)] = &[
            (&["hello"], "ask hello".into()),
            (&["hello", "world"], "ask hello world".into()),
            (&["what is up"], "ask what is up".into()),
            (&["how", "do", "I", "check", "the", "config"], "ask how do I check the config".into()),
            (&["-m", "m", "hello"], "ask hello".into()),
            (&["hello", "-m", "m"], "ask hello".into()),
            (&["hello", "-m", "m", "world"], "ask hello world".into()),
            (&["--", "resolve"], "ask resolve".into()),
            (&["--", "-m", "m"], "ask -m m".into()),
            (&["hello", "--", "--world"], "ask hello --world".into()),
            (&["ask", "resolve"], "ask resolve".into()),
            (&["ask", "hello", "resolve", "x"], "ask hello resolve x".into()),
            (&["ask", "--", "hello", "resolve"], "ask hello resolve".into()),
            (&["resolve config"], "ask resolve config".into()),
            (&["resolve", "x"], "resolve".into()),
            (&["--region", "us-east-1", "resolve", "x"], "resolve".into()),
            (&["resolve", "x", "--region", "us-east-1"], "resolve".into()),
            (&["--routing", "geo", "--strict", "resolve", "x"], "resolve".into()),
            (&["config"], "config".into()),
            (&["-q", "config", "path"], "config".into()),
            (&["-m", "m", "resolve", "x"], misplaced.clone()),
            (&["--usage", "config"], misplaced.clone()),
            (&["--max-tokens", "5", "resolve", "x"], misplaced),
            (&["hello", "resolve"], "ask hello resolve".into()),
            (&["please", "check"], "ask please check".into()),
            (&["say", "ok"], "ask say ok".into()),
            (&["hello", "config", "please"], "ask hello config please".into()),
            (&["resolv"], "usage: `resolv` is not a command, but `resolve` is".into()),
            (&["confg"], "usage: `confg` is not a command, but `config` is".into()),
            (&["--", "resolv"], "ask resolv".into()),
            (&["resolv", "x"], "usage: `resolv` is not a command, but `resolve` is".into()),
            (&["ask", "resolv", "x"], "ask resolv x".into()),
            (&["models", "--format", "csv"], "models".into()),
            (&["--format", "csv", "models"], "models".into()),
            (&["--format", "csv", "hello"], "usage".into()),
            (&["--format", "csv", "ask", "hello"], "usage".into()),
            (&["--format", "csv", "ask", "hello", "--format", "json"], "ask hello".into()),
            (&["--format", "ndjson", "hello"], "ask hello".into()),
            (&["--format", "ndjson", "resolve", "x"], "usage".into()),
            (&["resolve", "x", "--format", "ndjson"], "usage".into()),
            (&["resolve", "x", "--format", "csv"], "usage".into()),
            (&["resolve", "x", "--format", "xml"], "usage".into()),
            (&["--format", "xml", "models"], "usage".into()),
            (&["--format", "terraform", "models"], "usage".into()),
            (&["--format", "terraform", "iam-policy", "x"], "iam-policy".into()),
            (&["--format", "json", "completions", "bash"], "usage: `--format` has no effect on `completions`".into()),
            (&["config", "path", "--format", "json"], "usage: `--format` has no effect on `config path`".into()),
            (&["-q", "config", "path", "--format", "json"], "usage: `--format` has no effect on `config path`".into()),
            (&["--max-tokens", "0", "hello"], "usage".into()),
            (&["--temperature", "1.5", "hello"], "usage".into()),
            (&["--temperature", "nan", "hello"], "usage".into()),
            (&["--nonsense", "hello"], "usage".into()),
            (&["hello", "--nonsense"], "usage".into()),
            (&["resolve", "--all", "-m", "m", "x"], "usage".into()),
        ];
        for (line, expected) in table {
            assert_eq!(outcome(line), *expected, "{line:?}");
        }
    }

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }
}
