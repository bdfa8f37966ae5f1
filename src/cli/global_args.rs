//! The arguments that every command understands.

use std::time::Duration;

use clap::Args;
use clap::builder::Resettable;

use super::format::{self, FormatParser};
use crate::commands::ask::AskArgs;
use crate::commands::{
    ALLOW_HTTP, CommandArgs, ENDPOINT_URL, FORMAT, NO_REPAIR, PROFILE, REGION, REPAIR, ROUTING, STRICT, TIMEOUT,
};
use crate::config::Flags;
use crate::config::value::{self, Color, FormatFlag};
use bedrock_ask::model::routing::RoutingOrder;

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
    pub fn flags(&self) -> Flags {
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
    pub fn given_flags(&self) -> Vec<&'static str> {
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
