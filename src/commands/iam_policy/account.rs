//! `iam-policy --live`: the account of the credentials, from STS.

use std::time::Duration;

use crate::commands::explanation::explain_without_resolution;
use crate::error::Error;
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::id::is_account;
use bedrock_ask::model::resolution::Resolution;

/// The limit for the call if the user sets none.
const TIME_LIMIT: Duration = Duration::from_secs(30);

/// Returns the account of the credentials. Its ARNs are in the partition of the credentials, so that all source Regions
/// have to be in one.
///
/// # Errors
/// If the account cannot be known: no source Region, Regions of several partitions, an API key, no answer of STS.
pub async fn read(session: &Session, resolved: &[Resolution], output: &mut Output) -> Result<String, Error> {
    let refused = |why: &str| Error::usage(format!("the account is not known: {why}")).hint("--account 111122223333");
    let regions: Vec<_> = resolved.iter().filter_map(|resolution| resolution.source_region).collect();
    let Some(region) = regions.first() else { return Err(refused("no source Region is set to call STS in")) };
    if regions.iter().any(|other| other.partition != region.partition) {
        return Err(refused("the source Regions are in several partitions, and credentials are for one"));
    }
    let aws = session.connect_with_limit(*region, TIME_LIMIT, output).await?;
    if aws.sends_api_key() {
        return Err(refused("STS accepts no API key"));
    }
    if !aws.may_ask_sts() {
        return Err(refused("STS is not called, because an endpoint is set for Bedrock only"));
    }
    let identity = aws.sts()?.get_caller_identity().await.map_err(|failure| {
        let diagnosis = explain_without_resolution(&failure, None, *region, &session.context);
        Error::from(diagnosis).hint("--account 111122223333")
    })?;
    if !is_account(&identity.account) {
        return Err(refused("STS did not return one"));
    }
    Ok(identity.account)
}
