//! What a check works in, tried first: credentials, principal, source Regions, endpoints, clock. What is wrong here
//! says nothing of any model, so it is said once.

use std::collections::BTreeMap;

use time::OffsetDateTime;

use super::plan::Case;
use crate::aws::{Aws, CredentialSource};
use crate::commands::explanation::explain_without_resolution;
use crate::config::Settings;
use crate::context::{Context, SourceRegions};
use crate::error::{Error, ExitCode};
use bedrock_ask::diagnosis::{Diagnosis, Group, Scope};
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::region::Region;

/// Seconds by which a clock may be off before anybody should be told; AWS allows five minutes.
const TOLERATED: u64 = 60;

/// What is known of the setting.
#[derive(Clone, Debug, Default)]
pub struct Preflight {
    /// Who named the source Regions.
    pub regions_from: String,
    /// Where the credentials come from, with their expiry; nothing where none are needed.
    pub credentials: Option<String>,
    /// Who calls, or why nobody can tell.
    pub principal: Option<String>,
    /// Whether each Region's endpoint answers, as far as it was tried.
    pub endpoints: BTreeMap<&'static str, bool>,
    /// Seconds by which this machine's clock is ahead (positive) or behind.
    pub clock_offset_seconds: Option<i64>,
    /// What keeps cases from being decided.
    pub faults: Vec<Fault>,
}

/// One cause that lies in the setting.
#[derive(Clone, Debug)]
pub struct Fault {
    /// What, why, how to mend it.
    pub error: Error,
    /// The one Region that it concerns; every one where nothing is said.
    pub region: Option<Region>,
    group: Group,
}

impl Preflight {
    /// A setting of which only the source Regions are known.
    pub fn new(cases: &[Case], regions: &SourceRegions, has_list: bool, settings: &Settings) -> Self {
        let said = match regions {
            SourceRegions::Settings => settings.region.origin.to_string(),
            SourceRegions::Listed(_) => "flag --region".to_owned(),
            SourceRegions::All => "flag --region all".to_owned(),
        };
        let from_list = if has_list { " or the list" } else { "" };
        let names: Vec<_> = regions_of(cases).iter().map(|region| region.name).collect();
        Self { regions_from: format!("{} ({said}{from_list})", names.join(", ")), ..Self::default() }
    }

    /// Looks for credentials, and asks STS whose they are.
    pub async fn identify(&mut self, aws: &Aws, region: Region, context: &Context) -> Result<(), Error> {
        let diagnose = |failure: &Failure| explain_without_resolution(failure, None, region, context);
        if aws.sends_api_key() {
            self.credentials = Some("API key in `AWS_BEARER_TOKEN_BEDROCK`".to_owned());
            self.principal = Some("not known: an API key cannot ask STS".to_owned());
            return Ok(());
        }
        let sts = aws.sts()?;
        let source = match sts.credential_source().await {
            Ok(source) => source,
            Err(failure) => {
                self.record_fault(&diagnose(&failure), None);
                return Ok(());
            }
        };
        self.credentials = Some(describe(&source));
        match sts.get_caller_identity().await {
            Ok(identity) => {
                self.principal = Some(identity.arn);
                self.clock_offset_seconds = identity.clock_offset_seconds;
            }
            Err(failure) => {
                let diagnosis = diagnose(&failure);
                self.clock_offset_seconds = failure.clock_offset_seconds;
                self.principal = Some(format!("not known: {}", diagnosis.message.summary));
                // An STS that cannot be reached, or refuses to tell, need not keep Bedrock from answering.
                let is_fault = diagnosis.group == Group::CredentialsInvalid
                    || diagnosis.group.scope() == Scope::Everywhere && diagnosis.exit_code == ExitCode::AccessDenied;
                if is_fault {
                    self.record_fault(&diagnosis, None);
                }
            }
        }
        Ok(())
    }

    /// The fault that keeps every case of this Region from being decided.
    pub fn fault_in(&self, region: Option<Region>) -> Option<usize> {
        self.faults.iter().position(|fault| fault.region.is_none() || fault.region == region)
    }

    /// Takes a failed call into account; its fault, where the cause lies in the setting.
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

    /// Takes an answer into account.
    pub fn record_success(&mut self, clock_offset_seconds: Option<i64>, region: Region) {
        self.endpoints.insert(region.name, true);
        self.clock_offset_seconds = self.clock_offset_seconds.or(clock_offset_seconds);
    }

    /// What is known, as titled lines.
    pub fn lines(&self) -> Vec<(&'static str, String)> {
        let mut lines = vec![("source Regions", self.regions_from.clone())];
        lines.extend(self.credentials.clone().map(|credentials| ("credentials", credentials)));
        lines.extend(self.principal.clone().map(|principal| ("principal", principal)));
        if !self.endpoints.is_empty() {
            let silent: Vec<_> =
                self.endpoints.iter().filter(|(_, answers)| !**answers).map(|(name, _)| *name).collect();
            let answering = self.endpoints.len() - silent.len();
            let silent = if silent.is_empty() { String::new() } else { format!("; none from {}", silent.join(", ")) };
            lines.push(("endpoints", format!("answers from {answering} of {}{silent}", self.endpoints.len())));
        }
        lines.extend(self.clock_offset_seconds.map(|offset| ("clock", clock(offset))));
        lines
    }

    fn record_fault(&mut self, diagnosis: &Diagnosis, region: Option<Region>) -> usize {
        let is_same = |fault: &Fault| fault.group == diagnosis.group && fault.region == region;
        self.faults.iter().position(is_same).unwrap_or_else(|| {
            self.faults.push(Fault { error: diagnosis.clone().into(), region, group: diagnosis.group });
            self.faults.len() - 1
        })
    }
}

/// The source Regions of the cases, each once, in order.
pub fn regions_of(cases: &[Case]) -> Vec<Region> {
    let mut regions = Vec::new();
    for region in cases.iter().filter_map(|case| case.region) {
        if !regions.contains(&region) {
            regions.push(region);
        }
    }
    regions
}

fn describe(source: &CredentialSource) -> String {
    match source.expiry.map(OffsetDateTime::from) {
        None => source.description.clone(),
        Some(expiry) => {
            let (date, (hour, minute, _)) = (expiry.date(), expiry.to_hms());
            format!("{}, until {date} {hour:02}:{minute:02} UTC", source.description)
        }
    }
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

    #[test]
    fn an_expiry_is_told_in_utc() {
        let expiry = OffsetDateTime::from_unix_timestamp(1_795_000_000).unwrap().into();
        let source = CredentialSource { description: "AWS profile".to_owned(), expiry: Some(expiry) };
        assert_eq!(describe(&source), "AWS profile, until 2026-11-18 11:06 UTC");
    }
}
