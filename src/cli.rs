//! The command line: the tree of commands and the global arguments, and what each kind of command is given to run.

mod foreign;
mod format;
mod help;
mod json_fields;
mod slip;
pub mod usage;

use std::ffi::OsString;
use std::time::Duration;

use clap::builder::Resettable;
use clap::{ArgMatches, Args, CommandFactory, FromArgMatches, Parser, Subcommand, ValueEnum};
use time::OffsetDateTime;

use crate::commands::ask::AskArgs;
use crate::commands::batch::BatchArgs;
use crate::commands::catalog::CatalogArgs;
use crate::commands::chat::ChatArgs;
use crate::commands::check::CheckArgs;
use crate::commands::completions::{CompletionRequest, CompletionsArgs};
use crate::commands::config::ConfigArgs;
use crate::commands::diagnose::DiagnoseArgs;
use crate::commands::history::HistoryArgs;
use crate::commands::iam_policy::IamPolicyArgs;
use crate::commands::inference_profile::InferenceProfileArgs;
use crate::commands::man::ManArgs;
use crate::commands::models::ModelsArgs;
use crate::commands::regions::RegionsArgs;
use crate::commands::resolve::ResolveArgs;
use crate::commands::setup::SetupArgs;
use crate::commands::whoami::WhoamiArgs;
use crate::commands::{
    ALLOW_HTTP, CommandArgs, ENDPOINT_URL, FORMAT, NO_REPAIR, OfflineCommand, OnlineCommand, PROFILE, REGION, REPAIR,
    ROUTING, STRICT, Setup, SetupCommand, TIMEOUT, live, stdin,
};
use crate::config::value::{self, Color, Format, FormatFlag};
use crate::config::{Environment, Flags, Settings};
use crate::context::{Context, ContextOptions, LiveCatalogs};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, block_on};
use bedrock_ask::model::routing::RoutingOrder;
use format::FormatParser;

/// Resolve Amazon Bedrock model IDs to the IDs that can be invoked, and prompt the models
#[derive(Clone, Debug, Parser)]
#[command(name = "bedrock-ask", version, args_override_self = true, after_long_help = EXIT_CODES)]
pub struct Cli {
    /// The command; `None` stands for `ask`.
    #[command(subcommand)]
    command: Option<Command>,
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
        let cli = Self::from_arg_matches(&matches).map_err(|error| error.format(&mut tree))?;
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
        let root = definition.command().bin_name(format!("bedrock-ask {}", definition.name)).args_override_self(true);
        let root = help::global(GlobalArgs::augment_args(root)).next_help_heading(None::<&str>);
        let mut command = (definition.add_arguments)(root);
        let mut matches = command.try_get_matches_from_mut(&arguments[1..])?;
        let parsed = GlobalArgs::from_arg_matches_mut(&mut matches).and_then(|global| {
            let root = RootArgs { ask: AskArgs::default(), global };
            Ok(Self { command: Some((definition.parse)(&mut matches)?), root })
        });
        parsed.map_err(|error| error.format(&mut command))
    }

    /// Returns the command to run and the global arguments. A prompt costs money, so a slip never becomes one; where
    /// stdout is no terminal, nobody would see it.
    ///
    /// # Errors
    /// If the arguments look like a mistyped command, or hold one that the command has no use for.
    pub fn into_command(self, is_terminal: bool) -> Result<(Command, GlobalArgs), Error> {
        let Self { command, root: RootArgs { ask, global } } = self;
        let command = match command {
            Some(_) if ask != AskArgs::default() => {
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
        command.check_global_flags(&global)?;
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

impl Command {
    /// Refuses a global flag that would change nothing for this command.
    fn check_global_flags(&self, global: &GlobalArgs) -> Result<(), Error> {
        let unused = self.unused_flags();
        match global.given_flags().into_iter().find(|flag| unused.contains(flag)) {
            Some(flag) => Err(Error::usage(format!("`{flag}` has no effect on `{}`", self.name()))
                .hint(format!("bedrock-ask {} --help", self.name()))),
            None => Ok(()),
        }
    }
}

/// Options that every command understands, before or after its name.
#[derive(Clone, Debug, Default, Args)]
#[expect(clippy::struct_excessive_bools, reason = "each is a flag of its own")]
#[command(next_help_heading = "Options of every command")]
pub struct GlobalArgs {
    /// The source Region; repeatable where a command says so, or `all` of them
    #[arg(long, global = true, value_name = "REGION", value_parser = region, help_heading = Resettable::Reset, display_order = format::ORDER)]
    pub region: Vec<String>,
    /// The AWS profile to use for credentials and the Region
    #[arg(long, global = true, value_name = "NAME", value_parser = |name: &str| value::NAME.parse(name))]
    pub profile: Option<String>,
    /// The kinds of routing to allow, in order of preference: geographic (geo), in-region, global
    #[arg(long, global = true, value_name = "KINDS")]
    pub routing: Option<RoutingOrder>,
    /// Refuse models past their end of life, and predicted IDs
    #[arg(long, global = true)]
    pub strict: bool,
    /// Replace an inference profile that cannot be invoked from the Region, even by one of another geography
    #[arg(long, global = true, overrides_with = "no_repair")]
    pub repair: bool,
    /// Never replace an ID
    #[arg(long, global = true, overrides_with = "repair")]
    pub no_repair: bool,
    /// Output format
    #[arg(long, global = true, value_name = "FORMAT", value_parser = FormatParser::of_root(AskArgs::FORMATS), help_heading = Resettable::Reset, display_order = format::ORDER)]
    pub format: Option<FormatFlag>,
    /// The endpoint to call instead of AWS's
    #[arg(long, global = true, value_name = "URL", value_parser = |text: &str| value::ENDPOINT.parse(text))]
    pub endpoint_url: Option<String>,
    /// Allow an http:// endpoint that is not on this machine
    #[arg(long, global = true)]
    pub allow_http: bool,
    /// The time limit for the whole call, such as 30s or 2m
    #[arg(long, global = true, value_name = "TIME", value_parser = |text: &str| value::TIMEOUT.parse(text))]
    pub timeout: Option<Duration>,
    /// When to use color; `NO_COLOR`, `CLICOLOR_FORCE`, `FORCE_COLOR` and `CLICOLOR=0` decide about auto, in this order
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,
    /// Leave out notes; warnings and errors stay
    #[arg(short, long, global = true)]
    pub quiet: bool,
    /// Print each request to stderr: method, host, path, status, request ID and time; never a header or a body
    #[arg(long, global = true)]
    pub debug: bool,
}

/// Reads a Region name, or `all` in any case. Whether the Region exists is checked with the settings.
fn region(text: &str) -> Result<String, String> {
    let name = value::NAME.parse(text)?;
    Ok(if name.eq_ignore_ascii_case("all") { "all".to_owned() } else { name })
}

impl GlobalArgs {
    /// Returns the settings that these flags give.
    fn flags(&self) -> Flags {
        let region = match &self.region[..] {
            [first, others @ ..] if first != "all" && others.iter().all(|other| other == first) => Some(first.clone()),
            _ => None,
        };
        Flags {
            region,
            profile: self.profile.clone(),
            routing: self.routing.clone(),
            format: self.format.and_then(FormatFlag::everywhere),
            color: self.color,
            endpoint_url: self.endpoint_url.clone(),
            timeout_total: self.timeout,
            ..Flags::default()
        }
    }

    /// Returns the names of the given flags that not every command uses.
    fn given_flags(&self) -> Vec<&'static str> {
        let flags = [
            (REGION, !self.region.is_empty()),
            (PROFILE, self.profile.is_some()),
            (ROUTING, self.routing.is_some()),
            (STRICT, self.strict),
            (REPAIR, self.repair),
            (NO_REPAIR, self.no_repair),
            (FORMAT, self.format.is_some()),
            (ENDPOINT_URL, self.endpoint_url.is_some()),
            (ALLOW_HTTP, self.allow_http),
            (TIMEOUT, self.timeout.is_some()),
        ];
        flags.into_iter().filter(|(_, is_given)| *is_given).map(|(name, _)| name).collect()
    }
}

/// How clap is told of a command.
struct CommandDefinition {
    name: &'static str,
    about: &'static str,
    add_arguments: fn(clap::Command) -> clap::Command,
    parse: fn(&mut ArgMatches) -> Result<Command, clap::Error>,
}

impl CommandDefinition {
    /// Returns the command without its arguments.
    fn command(&self) -> clap::Command {
        clap::Command::new(self.name).about(self.about)
    }
}

/// Defines the commands.
macro_rules! commands {
    ($($(#[doc = $about:literal])* $kind:ident $name:literal => $variant:ident($arguments:ty),)*) => {
        /// A command with its arguments.
        #[derive(Clone, Debug)]
        pub enum Command {
            $($(#[doc = $about])* $variant($arguments),)*
        }

        impl Command {
            /// The names of the commands.
            pub const NAMES: [&str; [$($name),*].len()] = [$($name),*];

            const DEFINITIONS: [CommandDefinition; Self::NAMES.len()] = [$(CommandDefinition {
                name: $name,
                about: concat!($($about),*).trim_ascii_start(),
                add_arguments: |command| {
                    let command = <$arguments>::augment_args(command);
                    help::command($name, format::command($name, command, <$arguments as CommandArgs>::FORMATS))
                },
                parse: |matches| <$arguments>::from_arg_matches_mut(matches).map(Self::$variant),
            }),*];

            /// Returns the name of the command.
            pub const fn name(&self) -> &'static str {
                match self {
                    $(Self::$variant(_) => $name,)*
                }
            }

            /// Returns the forms of output that the command has.
            pub const fn formats(&self) -> &'static [FormatFlag] {
                match self {
                    $(Self::$variant(_) => <$arguments as CommandArgs>::FORMATS,)*
                }
            }

            /// Returns the global flags that would change nothing for this command.
            fn unused_flags(&self) -> Vec<&'static str> {
                match self {
                    $(Self::$variant(arguments) => arguments.unused_flags(),)*
                }
            }

            /// Runs the command with the state of its kind.
            ///
            /// # Errors
            /// The error of the command.
            pub fn run(
                self,
                global: &GlobalArgs,
                environment: Environment,
                output: &mut Output,
            ) -> Result<ExitCode, Error> {
                match self {
                    $(Self::$variant(arguments) => $kind(arguments, global, environment, output),)*
                }
            }
        }
    };
}

impl FromArgMatches for Command {
    fn from_arg_matches(matches: &ArgMatches) -> Result<Self, clap::Error> {
        let found = matches.subcommand().and_then(|(name, matches)| {
            let definition = Self::DEFINITIONS.iter().find(|definition| definition.name == name)?;
            Some((definition.parse)(&mut matches.clone()))
        });
        found.unwrap_or_else(|| Err(clap::Error::new(clap::error::ErrorKind::MissingSubcommand)))
    }

    fn update_from_arg_matches(&mut self, matches: &ArgMatches) -> Result<(), clap::Error> {
        *self = Self::from_arg_matches(matches)?;
        Ok(())
    }
}

impl Subcommand for Command {
    /// Adds the commands. The arguments of each are built only when it is used.
    fn augment_subcommands(tree: clap::Command) -> clap::Command {
        tree.subcommands(
            Self::DEFINITIONS.iter().map(|definition| definition.command().defer(definition.add_arguments)),
        )
    }

    fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
        Self::augment_subcommands(command)
    }

    fn has_subcommand(name: &str) -> bool {
        Self::NAMES.contains(&name)
    }
}

commands! {
    /// Send a prompt and stream the response; the default command
    online "ask" => Ask(AskArgs),
    /// Talk to a model on the terminal, one prompt after the other
    online "chat" => Chat(ChatArgs),
    /// Send a file of prompts, one record on each line, or hand it to batch inference
    online "batch" => Batch(BatchArgs),
    /// Print the ID to invoke for a model from a Region
    offline "resolve" => Resolve(ResolveArgs),
    /// List the models that can be invoked from a Region, or show one model
    offline "models" => Models(ModelsArgs),
    /// List the Regions, with the number of models that can be invoked from each
    offline "regions" => Regions(RegionsArgs),
    /// Manage application inference profiles
    online "inference-profile" => InferenceProfile(InferenceProfileArgs),
    /// Check which models can be invoked, in each Region
    online "check" => Check(CheckArgs),
    /// Show the identity, Region, model and endpoint in use
    online "whoami" => Whoami(WhoamiArgs),
    /// Choose the Region and the default model, and write them to the config file
    setup "setup" => Setup(SetupArgs),
    /// Show every setting with its origin; get, set or unset one
    setup "config" => Config(ConfigArgs),
    /// Print the least-privilege IAM policy for models
    online "iam-policy" => IamPolicy(IamPolicyArgs),
    /// Explain an error message of any tool, and how to fix it; offline
    offline "diagnose" => Diagnose(DiagnoseArgs),
    /// List, show, search and delete the saved conversations
    offline "history" => History(HistoryArgs),
    /// Print a shell completion script
    setup "completions" => Completions(CompletionsArgs),
    /// Show, refresh, compare, export and clear the catalog of models
    online "catalog" => Catalog(CatalogArgs),
    /// Write a manual page for each command
    setup "man" => Man(ManArgs),
}

// Inlined into one function, the three would give every command the stack frame of the largest: 36 KiB that each start
// touches.

/// Runs a command that gets the global arguments and the environment, whether or not the settings are valid.
#[inline(never)]
fn setup<C: SetupCommand>(
    command: C,
    global: &GlobalArgs,
    environment: Environment,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let has_several_regions = global.flags().region.is_none() && !global.region.is_empty();
    let clock = OffsetDateTime::now_utc();
    command.run(Setup { flags: global.flags(), has_several_regions, environment, clock, tree: Cli::tree }, output)
}

/// Runs a command that gets a context and cannot call AWS. If the user wants the live catalog, it is read first.
#[inline(never)]
fn offline<C: OfflineCommand>(
    command: C,
    global: &GlobalArgs,
    environment: Environment,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    let mut context = context(&command, global, environment, output)?;
    if command.wants_live_catalog() {
        let live = command.live_catalogs();
        context = block_on(live::refresh(Session::new(context), &live, output))?;
    }
    command.run(&context, output)
}

/// Runs a command that may call AWS.
#[inline(never)]
fn online<C: OnlineCommand>(
    mut command: C,
    global: &GlobalArgs,
    environment: Environment,
    output: &mut Output,
) -> Result<ExitCode, Error> {
    if let Some(error) = command.is_bare(output) {
        let by_environment = Settings::wants_json(&environment).then_some(FormatFlag::Json);
        output.configure_flags(global.quiet, global.debug, global.format.or(by_environment));
        // On a terminal, the help alone is what the bare command is for.
        if !stdin::is_terminal() || output.format() == Format::Json {
            output.report(&error);
        }
        output.aside(Cli::short_help().trim_end());
        return Ok(ExitCode::Usage);
    }
    let mut context = context(&command, global, environment, output)?;
    command.complete_settings(&mut context, output)?;
    let session = Session::new(context);
    block_on(command.run(&session, output))
}

fn context<C: CommandArgs>(
    command: &C,
    global: &GlobalArgs,
    environment: Environment,
    output: &mut Output,
) -> Result<Context, Error> {
    let options = ContextOptions {
        regions: global.region.clone(),
        format: global.format,
        strict: global.strict,
        repair: (global.repair || global.no_repair).then_some(global.repair),
        allow_http: global.allow_http,
        template: command.template()?,
    };
    let flags = command.flags(global.flags());
    let live = command.live_catalogs();
    let context = Context::load(flags, &options, environment, OffsetDateTime::now_utc(), &live, output)?;
    // The other commands read what AWS lists, or are about that.
    if !command.wants_live_catalog() && !matches!(live, LiveCatalogs::None) {
        context.report_age(output);
    }
    Ok(context)
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
            (&["config", "--format", "json", "path"], "usage: `--format` has no effect on `config`".into()),
            (&["config", "path", "--format", "json"], "usage: `--format` has no effect on `config`".into()),
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
