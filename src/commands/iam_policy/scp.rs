//! `iam-policy --scp`: service control policies for the models. The statements come from `policy::scp`.

use std::collections::BTreeSet;

use serde_json::json;

use super::{print, print_json};
use crate::config::value::FormatFlag;
use crate::error::{Error, ExitCode};
use crate::output::Output;
use bedrock_ask::model::policy::access::RequiredAccess;
use bedrock_ask::model::policy::uses::Use;
use bedrock_ask::model::policy::{Policy, REQUESTED_REGION, scp, sid};

/// A kind of service control policy.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub enum Scp {
    /// Lets the models through where Regions are denied.
    Exempt,
    /// Denies every call through a global inference profile.
    BlockGlobal,
}

impl Scp {
    /// Prints the policies; of two forms, the narrower one is first.
    ///
    /// # Errors
    /// If the format is a template.
    pub fn print(
        self,
        accesses: &[RequiredAccess],
        uses: &BTreeSet<Use>,
        format: FormatFlag,
        output: &mut Output,
    ) -> Result<ExitCode, Error> {
        if format.everywhere().is_none() {
            return Err(Error::usage("a service control policy is printed as text or json"));
        }
        if self == Self::BlockGlobal {
            let mut partitions: BTreeSet<_> = accesses.iter().map(|access| access.source_region.partition).collect();
            if partitions.is_empty() {
                partitions.insert("aws");
            }
            print(&[Policy::new(sid::assign(vec![scp::block_global(&partitions)]))], format, output)?;
            output.note("an application inference profile that was copied from a global one bears its own ARN, which this does not match");
            return Ok(ExitCode::Success);
        }
        let exemption = scp::exemption(accesses, uses);
        if let Some(statement) = exemption.narrower {
            let actions: Vec<_> = exemption.actions.iter().map(|action| format!("`{action}`")).collect();
            print(&[Policy::new(sid::assign(vec![statement]))], format, output)?;
            output.note(&format!(
                "the first form is a statement of its own: add {} to the `NotAction` of the one that denies Regions, and your other Regions to this one",
                actions.join(" and ")
            ));
        }
        let regions = json!({"Condition": {"StringNotEquals": {REQUESTED_REGION: exemption.regions}}});
        print_json(&regions, format, output)?;
        output
            .note("the last form is for the statement that denies Regions: these besides your own, for every service");
        Ok(ExitCode::Success)
    }
}
