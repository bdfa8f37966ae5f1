//! Service control policies: one that blocks global routing, and exemptions from policies that deny Regions.
//! See <https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html>.

use std::collections::BTreeSet;

use crate::model::policy::access::{ProfileAccess, RequiredAccess};
use crate::model::policy::uses::Use;
use crate::model::policy::{Effect, INFERENCE_PROFILE, REQUESTED_REGION, Statement, UNSPECIFIED};

/// Returns a statement that denies every request through a global inference profile. A policy that denies Regions by
/// name does not deny these requests.
pub fn block_global(partitions: &BTreeSet<&str>) -> Statement {
    let profiles = partitions.iter().map(|partition| format!("arn:{partition}:bedrock:*:*:inference-profile/global.*"));
    Statement { effect: Effect::Deny, ..Statement::allow("DenyGlobalInference", ["bedrock:*"], ["*"]) }
        .with_string_equals(REQUESTED_REGION, [UNSPECIFIED])
        .with_condition(("ArnLike", INFERENCE_PROFILE), profiles)
}

/// Returns a statement that denies Bedrock outside these Regions.
pub fn only_in_regions(regions: BTreeSet<String>) -> Statement {
    Statement { effect: Effect::Deny, ..Statement::allow("DenyBedrockOutsideRegions", ["bedrock:*"], ["*"]) }
        .with_condition(("StringNotEquals", REQUESTED_REGION), regions)
}

/// The two ways to exempt models from a statement that denies Regions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The actions to exempt from the existing statement if the narrower form is used.
    pub actions: BTreeSet<String>,
    /// The narrower form: a separate statement for these actions; `None` if no inference profile is invoked.
    pub narrower: Option<Statement>,
    /// The wider form: the values of `aws:RequestedRegion` to allow in the existing statement, for every service.
    pub regions: BTreeSet<String>,
}

/// Returns the exemption that these models need.
pub fn exemption(accesses: &[RequiredAccess], uses: &BTreeSet<Use>) -> Exemption {
    let batch = uses.contains(&Use::Batch).then_some("bedrock:CreateModelInvocationJob");
    let actions: BTreeSet<String> = ["bedrock:Invoke*"].into_iter().chain(batch).map(str::to_owned).collect();
    let sources: BTreeSet<String> = accesses.iter().map(|access| access.source_region.name.to_owned()).collect();
    let profiles: BTreeSet<String> = accesses.iter().filter_map(profile_pattern).collect();
    let narrower = (!profiles.is_empty()).then(|| {
        let statement = Statement {
            effect: Effect::Deny,
            actions: actions.clone(),
            ..Statement::allow("DenyInvocationOutsideProfiles", [""; 0], ["*"])
        };
        statement
            .with_condition(("StringNotEquals", REQUESTED_REGION), sources.clone())
            .with_condition(("ArnNotLike", INFERENCE_PROFILE), profiles)
    });
    let destinations = accesses.iter().flat_map(|access| &access.models).map(|arn| requested_region(arn).to_owned());
    Exemption { actions, narrower, regions: destinations.chain(sources).collect() }
}

/// Returns the value of `aws:RequestedRegion` for a request that invokes the resource with this ARN.
pub fn requested_region(arn: &str) -> &str {
    arn.split(':').nth(3).filter(|region| !region.is_empty()).unwrap_or(UNSPECIFIED)
}

/// Returns the pattern of all profiles with the same prefix, as AWS recommends, or the ARN of an application inference
/// profile.
fn profile_pattern(access: &RequiredAccess) -> Option<String> {
    let ProfileAccess { arn, is_application } = access.profile.as_ref()?;
    if *is_application {
        return Some(arn.clone());
    }
    let (_, id) = arn.rsplit_once('/')?;
    let prefix = id.strip_suffix(access.model.as_deref()?).filter(|prefix| prefix.ends_with('.'));
    let profiles = prefix.map_or(id.to_owned(), |prefix| format!("{prefix}*"));
    Some(format!("arn:{}:bedrock:*:*:inference-profile/{profiles}", access.source_region.partition))
}
