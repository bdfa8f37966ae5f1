//! The command tree and the options that every command shares. What a command does with them is its own affair.

use clap::{ArgMatches, Args, FromArgMatches, Parser, Subcommand};

use crate::commands::config::Config;
use crate::commands::resolve::Resolve;
use crate::config::Flags;
use crate::config::value::{Color, Format};
use crate::model::routing::RoutingOrder;

/// Resolve Amazon Bedrock model IDs to what can really be called, and ask the model
#[derive(Clone, Debug, Parser)]
#[command(name = "bedrock-ask", version, subcommand_required = true, arg_required_else_help = true)]
pub struct Cli {
    /// What every command understands.
    #[command(flatten)]
    pub shared: Shared,
    /// The command.
    #[command(subcommand)]
    pub command: Command,
}

/// Options that every command understands, before or after its name.
#[derive(Clone, Debug, Default, Args)]
#[command(next_help_heading = "Options of every command")]
pub struct Shared {
    /// The source Region, where the request is made; repeatable where a command says so, `all` for every Region
    #[arg(long, global = true, value_name = "REGION")]
    pub region: Vec<String>,
    /// The AWS profile whose credentials and Region are used
    #[arg(long, global = true, value_name = "NAME")]
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
    pub format: Option<Format>,
    /// When to use colour
    #[arg(long, global = true, value_name = "WHEN")]
    pub color: Option<Color>,
    /// Say nothing but answers and errors
    #[arg(short, long, global = true)]
    pub quiet: bool,
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
            format: self.format,
            color: self.color,
            ..Flags::default()
        }
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
                command$(.subcommand(
                    clap::Command::new($name).about(concat!($($about),*).trim_start()).defer(<$arguments>::augment_args)
                ))*
            }

            fn augment_subcommands_for_update(command: clap::Command) -> clap::Command {
                Self::augment_subcommands(command)
            }

            fn has_subcommand(name: &str) -> bool {
                [$($name),*].contains(&name)
            }
        }
    };
}

commands! {
    /// Print what to call for a model from the source Region
    "resolve" => Resolve(Resolve),
    /// Show every setting with its value and where it comes from
    "config" => Config(Config),
}
