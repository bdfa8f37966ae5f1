//! `bedrock-ask NAME` is `commands/NAME.rs`: its arguments, then its `run`. The kind of a command, a trait, says what it
//! may use.

pub mod ask;
pub mod batch;
pub mod caller;
pub mod catalog;
pub mod chat;
pub mod check;
pub mod completions;
pub mod concurrency;
pub mod config;
pub mod diagnose;
pub mod explanation;
pub mod history;
pub mod iam_policy;
pub mod identity;
pub mod inference_profile;
pub mod live;
pub mod man;
pub mod models;
pub mod regions;
pub mod resolve;
pub mod resource_name;
pub mod setup;
pub mod stdin;
pub mod table;
pub mod whoami;

use time::OffsetDateTime;

use crate::config::value::FormatFlag;
use crate::config::{Environment, Flags, TemplateRequest};
use crate::context::{Context, LiveCatalogs};
use crate::error::{Error, ExitCode};
use crate::output::Output;
use crate::session::Session;

/// Global flags that only some commands use.
pub const REGION: &str = "--region";
pub const PROFILE: &str = "--profile";
pub const ROUTING: &str = "--routing";
pub const STRICT: &str = "--strict";
pub const REPAIR: &str = "--repair";
pub const NO_REPAIR: &str = "--no-repair";
pub const FORMAT: &str = "--format";
pub const ENDPOINT_URL: &str = "--endpoint-url";
pub const ALLOW_HTTP: &str = "--allow-http";
pub const TIMEOUT: &str = "--timeout";

/// All of them but `--format`, about which [`CommandArgs::FORMATS`] decides.
pub const ALL_BUT_FORMAT: [&str; 9] =
    [REGION, PROFILE, ROUTING, STRICT, REPAIR, NO_REPAIR, ENDPOINT_URL, ALLOW_HTTP, TIMEOUT];

/// The arguments of a command, as far as they decide which state the command needs.
pub trait CommandArgs {
    /// The forms of output that the command has; without any, `--format` is refused.
    const FORMATS: &'static [FormatFlag] = &[FormatFlag::Text, FormatFlag::Json];

    /// Returns the global flags that would change nothing for this command, and so are refused.
    fn unused_flags(&self) -> Vec<&'static str>;

    /// Adds the settings that the command's own flags give.
    fn flags(&self, global: Flags) -> Flags {
        global
    }

    /// Returns the template that the command line names.
    ///
    /// # Errors
    /// If the variables that it gets are not valid.
    fn template(&self) -> Result<Option<TemplateRequest>, Error> {
        Ok(None)
    }

    /// Returns which cached live catalogs the command needs.
    fn live_catalogs(&self) -> LiveCatalogs {
        LiveCatalogs::OfSourceRegions(Vec::new())
    }

    /// Whether the command takes an AWS profile that does not exist: it shows why the settings do not work, or its subject is
    /// the error of another machine.
    fn takes_unknown_profile(&self) -> bool {
        false
    }

    /// Whether the live catalogs are read from AWS before the command runs.
    fn wants_live_catalog(&self) -> bool {
        false
    }
}

/// What a setup command gets: no settings, which need not be valid.
pub struct Setup {
    /// The settings that the global flags give.
    pub flags: Flags,
    /// Whether `--region` names several Regions.
    pub has_several_regions: bool,
    /// The environment of the process.
    pub environment: Environment,
    /// The time of the run.
    pub clock: OffsetDateTime,
    /// A function that returns the whole tree of commands.
    pub tree: fn() -> clap::Command,
}

/// A command that works without valid settings.
pub trait SetupCommand: CommandArgs {
    fn run(self, setup: Setup, output: &mut Output) -> Result<ExitCode, Error>;
}

/// A command that reads the context and cannot call AWS.
pub trait OfflineCommand: CommandArgs {
    fn run(self, context: &Context, output: &mut Output) -> Result<ExitCode, Error>;
}

/// A command that may call AWS.
pub trait OnlineCommand: CommandArgs {
    /// Returns the error if there is nothing to do, in which case the help is shown.
    fn is_bare(&self, _output: &mut Output) -> Option<Error> {
        None
    }

    /// Completes the settings with what the command's own files give.
    ///
    /// # Errors
    /// If they cannot be used.
    fn complete_settings(&mut self, _context: &mut Context, _output: &mut Output) -> Result<(), Error> {
        Ok(())
    }

    async fn run(self, session: &Session, output: &mut Output) -> Result<ExitCode, Error>;
}
