//! The commands: the definition of each for clap, and what each kind of command is given to run.

use clap::{ArgMatches, Args, FromArgMatches, Subcommand};
use time::OffsetDateTime;

use super::{Cli, GlobalArgs, format, help};
use crate::commands::ask::AskArgs;
use crate::commands::batch::BatchArgs;
use crate::commands::catalog::CatalogArgs;
use crate::commands::chat::ChatArgs;
use crate::commands::check::CheckArgs;
use crate::commands::completions::CompletionsArgs;
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
use crate::commands::{CommandArgs, FORMAT, OfflineCommand, OnlineCommand, Setup, SetupCommand, live, stdin};
use crate::config::value::{Format, FormatFlag};
use crate::config::{Environment, Settings};
use crate::context::{Context, ContextOptions, LiveCatalogs};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::{Session, block_on};

/// The definition of a command for clap.
pub struct CommandDefinition {
    /// The name on the command line.
    pub name: &'static str,
    /// The program and the command, as a usage line shows them.
    pub usage_name: &'static str,
    about: &'static str,
    /// Adds the command's own arguments, its help and its forms of output, below or beside the global arguments.
    pub add_arguments: fn(clap::Command) -> clap::Command,
    /// Reads the command's own arguments.
    pub parse: fn(&mut ArgMatches) -> Result<Command, clap::Error>,
}

impl CommandDefinition {
    /// Returns the command without its arguments.
    pub fn command(&self) -> clap::Command {
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

            /// The definitions of the commands.
            pub const DEFINITIONS: [CommandDefinition; Self::NAMES.len()] = [$(CommandDefinition {
                name: $name,
                usage_name: concat!("bedrock-ask ", $name),
                about: concat!($($about),*).trim_ascii_start(),
                add_arguments: |command| {
                    let command = <$arguments>::augment_args(command);
                    help::command($name, format::command($name, command, <$arguments as CommandArgs>::FORMATS))
                },
                parse: |matches| <$arguments>::from_arg_matches_mut(matches).map(Self::$variant),
            }),*];

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

impl Command {
    /// Refuses a global flag that would change nothing for this command.
    pub fn check_global_flags(&self, subcommand: Option<&str>, global: &GlobalArgs) -> Result<(), Error> {
        let mut unused = self.unused_flags();
        if self.formats().is_empty() {
            unused.push(FORMAT);
        }
        let Some(flag) = global.given_flags().into_iter().find(|flag| unused.contains(flag)) else { return Ok(()) };
        let path = [Some(self.name()), subcommand].into_iter().flatten().collect::<Vec<_>>().join(" ");
        Err(Error::usage(format!("`{flag}` has no effect on `{path}`")).hint(format!("bedrock-ask {path} --help")))
    }
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

// Inlined into one function, these would give every command the stack frame of the largest: 36 KiB that each start
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
        context = refreshed(context, &command.live_catalogs(), output)?;
    }
    command.run(&context, output)
}

/// Returns the context with the live catalogs as AWS lists them now.
#[inline(never)]
fn refreshed(context: Context, live: &LiveCatalogs, output: &mut Output) -> Result<Context, Error> {
    block_on(live::refresh(Session::new(context), live, output))
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
        takes_unknown_profile: command.takes_unknown_profile(),
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
