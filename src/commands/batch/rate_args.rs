//! The options that limit how fast records are sent: `run` keeps to them, and `plan` estimates the time with them.

use std::num::{NonZeroU32, NonZeroU64};
use std::str::FromStr;

use clap::Args;

/// How fast records are sent at most.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Args)]
pub struct RateArgs {
    /// The most requests in flight
    #[arg(long, value_name = "N", default_value_t = 64, value_parser = clap::value_parser!(u16).range(1..=4096))]
    pub jobs: u16,
    #[command(flatten)]
    pub limits: RateLimits,
}

/// The most that is sent in a minute.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Args)]
pub struct RateLimits {
    /// The most requests a minute; by default, as many as Bedrock accepts
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU32>)]
    pub rpm: Option<NonZeroU32>,
    /// The most tokens a minute, as the quota counts them; by default, as many as Bedrock accepts
    ///
    /// Bedrock counts the input and all that a response may have when a request begins, and what it has used when it ends.
    #[arg(long, value_name = "N", value_parser = at_least_one::<NonZeroU64>)]
    pub tpm: Option<NonZeroU64>,
}

fn at_least_one<T: FromStr>(text: &str) -> Result<T, &'static str> {
    text.parse().map_err(|_| "must be a whole number of at least 1")
}
