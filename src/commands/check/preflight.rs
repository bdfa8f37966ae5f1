//! The preconditions of a check, tried first: credentials, principal, source Regions, endpoints, clock. A fault here
//! concerns no single model, so it is reported once.

use std::collections::BTreeMap;

use super::Depth;
use super::plan::CheckCase;
use crate::aws::{Aws, CredentialSource, Identity};
use crate::commands::explanation::explain_without_resolution;
use crate::commands::identity::{self, UnknownIdentity};
use crate::config::Settings;
use crate::context::{Context, SourceRegions};
use crate::distinct::distinct;
use crate::error::{Error, ExitCode};
use crate::output::one_line;
use bedrock_ask::diagnosis::{Diagnosis, Group, Scope};
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::region::Region;

/// The clock offset in seconds that is not reported; AWS tolerates five minutes.
const TOLERATED: u64 = 60;

/// The preconditions, as far as they are known.
#[derive(Clone, Debug, Default)]
pub struct Preflight {
    pub depth: Depth,
    /// Whether streams are checked too.
    pub streams: bool,
    /// The origin of the source Regions.
    pub regions_from: String,
    /// The source of the credentials and their expiry; `None` if none are needed.
    pub credentials: Option<CredentialSource>,
    /// The identity of the caller, or why it is not known; `None` if STS was not called.
    pub identity: Option<Result<Identity, String>>,
    /// Whether each Region's endpoint responded; a Region that was not tried is missing.
    pub endpoints: BTreeMap<&'static str, bool>,
    /// Seconds by which this machine's clock is ahead (positive) or behind.
    pub clock_offset_seconds: Option<i64>,
    /// The faults that keep cases from being decided.
    pub faults: Vec<Fault>,
    /// The error that ends the check before anything is invoked: there are no valid credentials.
    pub refusal: Option<Error>,
}

/// A precondition that does not hold.
#[derive(Clone, Debug)]
pub struct Fault {
    pub error: Error,
    /// The Region that it concerns; `None` for every Region.
    pub region: Option<Region>,
    group: Group,
}

impl Fault {
    /// Whether AWS accepts no call with these credentials.
    pub fn is_of_credentials(&self) -> bool {
        self.error.exit == ExitCode::AccessDenied
    }
}

impl Preflight {
    /// Creates the preconditions with nothing but the depth and the source Regions.
    pub fn new(
        cases: &[CheckCase],
        (depth, streams): (Depth, bool),
        regions: &SourceRegions,
        has_list: bool,
        settings: &Settings,
    ) -> Self {
        let origin = match regions {
            SourceRegions::Settings => settings.region.origin.to_string(),
            SourceRegions::Listed(_) => "flag --region".to_owned(),
            SourceRegions::All => "flag --region all".to_owned(),
        };
        let from_list = if has_list { " or the list" } else { "" };
        let names: Vec<_> = regions_of(cases).iter().map(|region| region.name).collect();
        let regions_from = format!("{} ({origin}{from_list})", names.join(", "));
        Self { depth, streams, regions_from, ..Self::default() }
    }

    /// Loads the credentials, and reads the principal from STS.
    pub async fn identify(&mut self, aws: &Aws, region: Region, context: &Context) -> Result<(), Error> {
        let diagnose = |failure: &Failure| explain_without_resolution(failure, None, region, context);
        if aws.sends_api_key() {
            self.credentials = Some(CredentialSource { description: identity::API_KEY.to_owned(), expiry: None });
            self.identity = Some(Err(UnknownIdentity::ApiKey.to_string()));
            return Ok(());
        }
        let sts = aws.sts()?;
        let source = match sts.credential_source().await {
            Ok(source) => source,
            Err(failure) => {
                self.refuse(&diagnose(&failure));
                return Ok(());
            }
        };
        self.credentials = Some(source);
        match identity::identify(aws, &sts, region, context).await {
            Ok(identity) => {
                self.clock_offset_seconds = identity.clock_offset_seconds;
                self.identity = Some(Ok(identity));
            }
            Err(unknown) => {
                self.identity = Some(Err(unknown.to_string()));
                if let UnknownIdentity::Failure(failure, diagnosis) = unknown {
                    self.clock_offset_seconds = failure.clock_offset_seconds;
                    // Bedrock may respond even if STS is unreachable or denies the call; expired is expired everywhere.
                    if diagnosis.group == Group::CredentialsExpired {
                        self.refuse(&diagnosis);
                    }
                }
            }
        }
        Ok(())
    }

    /// Returns the index of the fault that keeps the cases of this Region from being decided.
    pub fn fault_in(&self, region: Option<Region>) -> Option<usize> {
        self.faults.iter().position(|fault| fault.region.is_none() || fault.region == region)
    }

    /// Records a failed call, and returns the index of its fault if a precondition caused the failure.
    pub fn record_failure(&mut self, failure: &Failure, diagnosis: &Diagnosis, region: Region) -> Option<usize> {
        self.clock_offset_seconds = self.clock_offset_seconds.or(failure.clock_offset_seconds);
        if failure.status.is_some() {
            self.endpoints.insert(region.name, true);
        } else if matches!(diagnosis.group, Group::Unreachable | Group::Tls | Group::Proxy) {
            self.endpoints.entry(region.name).or_insert(false);
        }
        match diagnosis.group.scope() {
            Scope::Everywhere => Some(self.record_fault(diagnosis, None)),
            Scope::Region => Some(self.record_fault(diagnosis, Some(region))),
            Scope::Call => None,
        }
    }

    pub fn record_success(&mut self, clock_offset_seconds: Option<i64>, region: Region) {
        self.endpoints.insert(region.name, true);
        self.clock_offset_seconds = self.clock_offset_seconds.or(clock_offset_seconds);
    }

    /// Returns the depth, and what it proves.
    pub fn describe_depth(&self) -> String {
        let streams = if self.streams && self.depth == Depth::Invoke { ", also for a stream" } else { "" };
        format!("{} ({}{streams})", self.depth.as_str(), self.depth.meaning())
    }

    /// Returns labels and values for reports.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("depth", self.describe_depth()), ("source Regions", self.regions_from.clone())];
        let line = |text: &str| one_line(text).into_owned();
        lines.extend(self.credentials.as_ref().map(|source| ("credentials", line(&identity::describe(source)))));
        lines.extend(self.identity.as_ref().map(|identity| match identity {
            Ok(identity) => ("principal", line(&identity.arn)),
            Err(reason) => ("principal", line(&format!("not known: {reason}"))),
        }));
        if !self.endpoints.is_empty() {
            let silent: Vec<_> =
                self.endpoints.iter().filter(|(_, responds)| !**responds).map(|(name, _)| *name).collect();
            let responding = self.endpoints.len() - silent.len();
            let silent = if silent.is_empty() { String::new() } else { format!("; none from {}", silent.join(", ")) };
            lines.push(("endpoints", format!("responses from {responding} of {}{silent}", self.endpoints.len())));
        }
        lines.extend(self.clock_offset_seconds.map(|offset| ("clock", clock(offset))));
        lines
    }

    /// Records that there are no valid credentials.
    fn refuse(&mut self, diagnosis: &Diagnosis) {
        self.record_fault(diagnosis, None);
        self.refusal = Some(diagnosis.clone().into());
    }

    fn record_fault(&mut self, diagnosis: &Diagnosis, region: Option<Region>) -> usize {
        let is_same = |fault: &Fault| fault.group == diagnosis.group && fault.region == region;
        self.faults.iter().position(is_same).unwrap_or_else(|| {
            self.faults.push(Fault { error: diagnosis.clone().into(), region, group: diagnosis.group });
            self.faults.len() - 1
        })
    }
}

/// Returns the source Regions of the cases, each once, in order.
pub fn regions_of(cases: &[CheckCase]) -> Vec<Region> {
    distinct(cases.iter().filter_map(|case| case.region))
}

fn clock(offset: i64) -> String {
    let seconds = offset.unsigned_abs();
    let direction = if offset > 0 { "ahead of" } else { "behind" };
    match seconds {
        ..=TOLERATED => "agrees with AWS's".to_owned(),
        _ => format!("{seconds} seconds {direction} AWS's; above 300 AWS refuses every signature"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_that_is_off_is_told_with_its_direction() {
        assert_eq!(clock(-2), "agrees with AWS's");
        assert_eq!(clock(400), "400 seconds ahead of AWS's; above 300 AWS refuses every signature");
        assert_eq!(clock(-90), "90 seconds behind AWS's; above 300 AWS refuses every signature");
    }
}
