//! The command tree and the options that every command shares. What a command does with them is its own affair.

use std::ffi::OsString;
use std::time::Duration;

use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand};

use crate::commands::ask::Ask;
use crate::commands::catalog::CatalogArgs;
use crate::commands::check::Check;
use crate::commands::completions::Completions;
use crate::commands::config::Config;
use crate::commands::context::Context;
use crate::commands::diagnose::Diagnose;
use crate::commands::iam_policy::IamPolicy;
use crate::commands::inference_profile::InferenceProfileArgs;
use crate::commands::models::Models;
use crate::commands::resolve::{Regions, Resolve};
use crate::config::value::{self, Color, FormatFlag};
use crate::config::{Environment, Flags, Settings};
use crate::error::{Error, ExitCode};
use crate::model::routing::RoutingOrder;
use crate::output::Output;

/// Resolve Amazon Bedrock model IDs to what can really be called, and ask the model
#[derive(Clone, Debug, Parser)]
#[command(name = "bedrock-ask", version, args_override_self = true, after_long_help = EXIT_CODES)]
pub struct Cli {
    /// The command; without one the model is asked.
    #[command(subcommand)]
    command: Option<Command>,
    #[command(flatten)]
    options: Options,
}

/// What may stand before a command.
#[derive(Clone, Debug, Args)]
struct Options {
    #[command(flatten)]
    ask: Ask,
    #[command(flatten)]
    shared: Shared,
}

/// What the process leaves with; the README has the same table.
const EXIT_CODES: &str = "\
Exit codes:
  0  success, also when the reader closed the pipe
  1  failure: anything that has no code of its own
  2  usage: a bad flag, file, Region or input; an ARN of another Region; a model that cannot chat
  3  not resolved: nothing can be called for the model from the source Region
  4  routing refused: only a kind of routing that was left out would serve it
  5  access denied: no credentials, expired ones, or not allowed
  6  unavailable: unreachable, throttled, timed out or failing; worth trying again later
  7  incomplete answer: cut, filtered or malformed
  8  check failed: at least one thing fails
  9  check inconclusive: nothing failed, but something could not be decided
  130  interrupted";

impl Cli {
    /// Reads the command line. Where its first word is a command, as in every script, only that one is built: what the
    /// others would take, each with a copy of the options that all share, weighs on every start.
    ///
    /// # Errors
    /// What the parser has to say: a usage error, help, the version.
    pub fn read(words: &[OsString]) -> Result<Self, clap::Error> {
        let first = words.get(1).and_then(|word| word.to_str()).filter(|word| Command::NAMES.contains(word));
        let mut tree = match first {
            Some(first) => {
                let root =
                    clap::Command::new("bedrock-ask").version(env!("CARGO_PKG_VERSION")).args_override_self(true);
                Command::added_to(Options::augment_args(root), |name| name == first)
            }
            None => Self::command(),
        };
        let matches = tree.try_get_matches_from_mut(words)?;
        Self::from_arg_matches(&matches).map_err(|error| error.format(&mut tree))
    }

    /// What to run, and what the options of every command say. An ask costs money, so none comes of a slip.
    ///
    /// # Errors
    /// Where the words look like a command gone wrong, or ask for a form that the command does not have.
    pub fn invocation(self) -> Result<(Command, Shared), Error> {
        let Self { command, options: Options { ask, shared } } = self;
        match command {
            Some(_) if ask != Ask::default() => Err(Error::usage("an option of an ask stands before a command")
                .hint("bedrock-ask ask --help")
                .hint("quote the prompt if it was meant as one")),
            Some(command) => command.has(shared.format).map(|()| (command, shared)),
            None => {
                ask.words_look_meant()?;
                let command = Command::Ask(ask);
                command.has(shared.format).map(|()| (command, shared))
            }
        }
    }

    /// The whole tree of commands, for the scripts of shells.
    pub fn tree() -> clap::Command {
        let mut tree = Self::command();
        tree.build();
        tree
    }

    /// The short help, as it is shown where nothing was asked.
    pub fn short_help() -> String {
        Self::command().render_help().to_string()
    }
}

impl Ask {
    /// Refuses bare words that look like a command: a second word that is one, a single word that is nearly one.
    fn words_look_meant(&self) -> Result<(), Error> {
        match &self.words[..] {
            [_, second, ..] if Command::NAMES.contains(&second.as_str()) => {
                let quoted = self.words.join(" ");
                Err(Error::usage(format!("`{second}` is a command, and stands in a prompt that is not quoted"))
                    .hint(format!("bedrock-ask \"{quoted}\"")))
            }
            [word] => match Command::NAMES.iter().find(|name| strsim::osa_distance(word, name) == 1) {
                Some(name) => Err(Error::usage(format!("`{word}` is not a command, but `{name}` is"))
                    .hint(format!("bedrock-ask {name}"))
                    .hint(format!("bedrock-ask -- {word}"))),
                None => Ok(()),
            },
            _ => Ok(()),
        }
    }
}

impl Command {
    /// Refuses a form of the output that belongs to another command.
    fn has(&self, format: Option<FormatFlag>) -> Result<(), Error> {
        match format.and_then(FormatFlag::command).filter(|owner| *owner != self.name()) {
            Some(owner) => Err(Error::usage(format!("only `{owner}` has this form of output"))
                .hint(format!("bedrock-ask {} --format json", self.name()))),
            None => Ok(()),
        }
    }
}

/// Options that every command understands, before or after its name.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(next_help_heading = "Options of every command")]
pub struct Shared {
    /// The source Region, where the request is made; repeatable where a command says so, `all` for every Region
    #[arg(long, global = true, value_name = "REGION", value_parser = region)]
    pub region: Vec<String>,
    /// The AWS profile whose credentials and Region are used
    #[arg(long, global = true, value_name = "NAME", value_parser = |name: &str| value::NAME.parse(name))]
    pub profile: Option<String>,
    /// The kinds of routing that may be used, first choice first: geographic (geo), in-region, global
    #[arg(long, global = true, value_name = "KINDS")]
    pub routing: Option<RoutingOrder>,
    /// Refuse models past their end of life, and predicted IDs
    #[arg(long, global = true)]
    pub strict: bool,
    /// Replace an inference profile that cannot be called from here by its model's resolution
    #[arg(long, global = true, overrides_with = "no_repair")]
    pub repair: bool,
    /// Never replace an ID
    #[arg(long, global = true, overrides_with = "repair")]
    pub no_repair: bool,
    /// The form of the output
    #[arg(long, global = true, value_name = "FORMAT")]
    pub format: Option<FormatFlag>,
    /// The endpoint to call in place of AWS's own
    #[arg(long, global = true, value_name = "URL", value_parser = |text: &str| value::ENDPOINT.parse(text))]
    pub endpoint_url: Option<String>,
    /// Allow an http:// endpoint that is not on this machine
    #[arg(long, global = true)]
    pub allow_http: bool,
    /// The limit for the whole call, such as 30s or 2m
    #[arg(long, global = true, value_name = "TIME", value_parser = |text: &str| value::TIMEOUT.parse(text))]
    pub timeout: Option<Duration>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,
    /// Say nothing but answers and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Tell on stderr what is sent where: method, host, path, status, request ID, time; never a header or a body
    #[arg(long, global = true)]
    pub debug: bool,
}

/// Reads a Region's name, or `all` in any letters; whether there is such a Region is for the settings.
fn region(text: &str) -> Result<String, String> {
    let name = value::NAME.parse(text)?;
    Ok(if name.eq_ignore_ascii_case("all") { "all".to_owned() } else { name })
}

impl Shared {
    /// What the settings are to be settled from.
    pub fn flags(&self) -> Flags {
        let region = match &self.region[..] {
            [one] if one != "all" => Some(one.clone()),
            _ => None,
        };
        Flags {
            region,
            profile: self.profile.clone(),
            routing: self.routing.clone(),
            format: self.format.and_then(FormatFlag::everywhere),
            color: self.color,
            endpoint_url: self.endpoint_url.clone(),
            timeout: self.timeout,
            ..Flags::default()
        }
    }
}

impl Shared {
    /// What these flags allow and refuse. An ask is meant to come through, and so is repaired unless that is not wanted;
    /// everything else shows what is.
    pub fn decide(&self, is_ask: bool, context: &mut Context<'_>) {
        context.request.strict = self.strict;
        context.request.repair = self.repair || (is_ask && !self.no_repair);
        context.allow_http = self.allow_http;
    }
}

/// The commands, each built only when it is the one that was typed: building all of them costs a quarter of the start.
macro_rules! commands {
    ($($(#[doc = $about:literal])* $name:literal => $variant:ident($arguments:ty),)*) => {
        /// A command with its arguments.
        #[derive(Clone, Debug)]
        pub enum Command {
            $($(#[doc = $about])* $variant($arguments),)*
        }

        impl Command {
            /// The words that are commands.
            pub const NAMES: [&str; [$($name),*].len()] = [$($name),*];

            /// Adds the commands that are wanted; their arguments are built once one is typed.
            fn added_to(mut tree: clap::Command, is_wanted: impl Fn(&str) -> bool) -> clap::Command {
                $(if is_wanted($name) {
                    let command = clap::Command::new($name).about(concat!($($about),*).trim_start());
                    tree = tree.subcommand(command.defer(<$arguments>::augment_args));
                })*
                tree
            }

            /// The word that is this command.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }
        }

        impl FromArgMatches for Command {
            fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
                match matches.subcommand() {
                    $(Some(($name, matches)) => <$arguments>::from_arg_matches(matches).map(Self::$variant),)*
                    _ => Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)),
                }
            }

            fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
                *self = Self::from_arg_matches(matches)?;
                Ok(())
            }
        }

        impl Subcommand for Command {
            fn augment_subcommands(command: clap::Command) -> clap::Command {
                Self::added_to(command, |_| true)
            }

            fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                Self::NAMES.contains(&name)
            }
        }
    };
}

commands! {
    /// Ask the model; what happens without a command, too
    "ask" => Ask(Ask),
    /// Print what to call for a model from the source Region
    "resolve" => Resolve(Resolve),
    /// List what can be called from the source Region, or show one model's page
    "models" => Models(Models),
    /// List, show, make, tag and delete application inference profiles
    "inference-profile" => InferenceProfile(InferenceProfileArgs),
    /// Prove what can be called, model by model and Region by Region
    "check" => Check(Check),
    /// Show every setting with its value and where it comes from
    "config" => Config(Config),
    /// Print the least-privilege IAM policy for models
    "iam-policy" => IamPolicy(IamPolicy),
    /// Explain an error that another tool printed: cause and cure, offline
    "diagnose" => Diagnose(Diagnose),
    /// Print the script by which a shell completes this program's options
    "completions" => Completions(Completions),
    /// Show where the facts come from, refresh them from AWS, compare, clear
    "catalog" => Catalog(CatalogArgs),
}

impl Command {
    /// Whether the model is to be asked.
    pub fn is_ask(&self) -> bool {
        matches!(self, Self::Ask(_))
    }

    /// What the settings are to be settled from.
    pub fn flags(&self, shared: &Shared) -> Flags {
        match self {
            Self::Ask(ask) => ask.flags(shared.flags()),
            _ => shared.flags(),
        }
    }

    /// What a command prints that works without sound settings; nothing for the others.
    ///
    /// # Errors
    /// Whatever keeps it from being printed.
    pub fn without_settings(&self, flags: &Flags, environment: &Environment) -> Result<Option<String>, Error> {
        match self {
            Self::Config(config) => config.clone().run(flags.clone(), environment).map(Some),
            Self::Completions(completions) => completions.run(Cli::tree()).map(Some),
            _ => Ok(None),
        }
    }

    /// The models that the catalog is wanted for, and whether AWS is to be asked first; nothing where it is not wanted.
    pub fn speaks_of<'a>(&'a self, settings: &'a Settings) -> Option<(&'a [String], bool)> {
        match self {
            Self::Resolve(resolve) => Some((&resolve.models, resolve.live)),
            Self::Models(models) => Some((models.model.as_slice(), models.live)),
            Self::Ask(_) => Some((settings.model.value.as_slice(), false)),
            Self::Check(_) | Self::IamPolicy(_) | Self::InferenceProfile(_) | Self::Diagnose(_) => Some((&[], false)),
            Self::Config(_) | Self::Completions(_) | Self::Catalog(_) => None,
        }
    }

    /// Runs the command.
    ///
    /// # Errors
    /// Whatever the command cannot do.
    pub fn run(
        self,
        context: &Context<'_>,
        regions: &Regions,
        format: Option<FormatFlag>,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        match self {
            Self::Ask(ask) if ask.is_bare() => {
                output.aside(Cli::short_help().trim_end());
                Ok(ExitCode::Usage)
            }
            Self::Ask(ask) => ask.run(context, output),
            Self::Resolve(resolve) => resolve.run(context, regions, output),
            Self::Models(models) => models.run(context, regions, format, output),
            Self::Check(check) => check.run(context, regions, output),
            Self::IamPolicy(policy) => policy.run(context, regions, format, output),
            Self::InferenceProfile(profile) => profile.run(context, regions, output),
            Self::Catalog(catalog) => catalog.run(context, regions, output),
            Self::Diagnose(diagnose) => diagnose.run(context, output),
            // They ran before there were settings.
            Self::Config(_) | Self::Completions(_) => Ok(ExitCode::Success),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// What a command line comes to: `ask PROMPT`, `COMMAND`, `usage`.
    fn comes_to(line: &[&str]) -> String {
        let words: Vec<_> = std::iter::once("bedrock-ask").chain(line.iter().copied()).map(OsString::from).collect();
        let Ok(cli) = Cli::read(&words) else { return "usage".to_owned() };
        match cli.invocation() {
            Ok((Command::Ask(ask), _)) => format!("ask {}", [ask.words, ask.literal].concat().join(" ")),
            Ok((command, _)) => command.name().to_owned(),
            Err(error) => format!("usage: {}", error.what),
        }
    }

    #[test]
    fn no_command_line_asks_by_accident_and_none_fails_to_ask_that_means_to() {
        let second_word =
            |word: &str| format!("usage: `{word}` is a command, and stands in a prompt that is not quoted");
        let misplaced = "usage: an option of an ask stands before a command".to_owned();
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
            (&["hello", "resolve"], second_word("resolve")),
            (&["hello", "config", "please"], second_word("config")),
            (&["resolv"], "usage: `resolv` is not a command, but `resolve` is".into()),
            (&["confg"], "usage: `confg` is not a command, but `config` is".into()),
            (&["--", "resolv"], "ask resolv".into()),
            (&["resolv", "x"], "ask resolv x".into()),
            (&["models", "--format", "csv"], "models".into()),
            (&["--format", "csv", "models"], "models".into()),
            (&["--format", "csv", "hello"], "usage: only `models` has this form of output".into()),
            (&["resolve", "x", "--format", "csv"], "usage: only `models` has this form of output".into()),
            (&["resolve", "x", "--format", "xml"], "usage".into()),
            (&["--max-tokens", "0", "hello"], "usage".into()),
            (&["--temperature", "1.5", "hello"], "usage".into()),
            (&["--temperature", "nan", "hello"], "usage".into()),
            (&["--nonsense", "hello"], "usage".into()),
            (&["hello", "--nonsense"], "usage".into()),
            (&["resolve", "--all", "-m", "m", "x"], "usage".into()),
        ];
        for (line, expected) in table {
            assert_eq!(comes_to(line), *expected, "{line:?}");
        }
    }

    #[test]
    fn the_command_tree_is_sound() {
        Cli::command().debug_assert();
    }
}
