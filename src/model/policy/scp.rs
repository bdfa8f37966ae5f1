//! Service control policies around inference profiles: what blocks global routing, and what lets profiles through where
//! Regions are denied. See <https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html>.

use std::collections::BTreeSet;

use crate::model::policy::access::{Access, ProfileAccess};
use crate::model::policy::uses::Use;
use crate::model::policy::{Effect, INFERENCE_PROFILE, REQUESTED_REGION, Statement, UNSPECIFIED};

/// Denies every call through a global inference profile. Denying named Regions does not stop them.
pub fn block_global(partitions: &BTreeSet<&str>) -> Statement {
    let profiles = partitions.iter().map(|partition| format!("arn:{partition}:bedrock:*:*:inference-profile/global.*"));
    Statement { effect: Effect::Deny, ..Statement::allow("DenyGlobalInference", ["bedrock:*"], ["*"]) }
        .when(REQUESTED_REGION, [UNSPECIFIED])
        .tested(("ArnLike", INFERENCE_PROFILE), profiles)
}

/// The two forms in which a statement that denies Regions can let models through.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Exemption {
    /// The actions that the existing statement must leave to the narrower form's own.
    pub actions: BTreeSet<String>,
    /// The narrower: a statement of its own for those actions; none where no inference profile is called.
    pub narrower: Option<Statement>,
    /// The wider: what `aws:RequestedRegion` may say in the existing statement, for every service.
    pub regions: BTreeSet<String>,
}

/// What lets these ways through, from the Regions that they are called from.
pub fn exemption(accesses: &[Access], uses: &BTreeSet<Use>) -> Exemption {
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
            .tested(("StringNotEquals", REQUESTED_REGION), sources.clone())
            .tested(("ArnNotLike", INFERENCE_PROFILE), profiles)
    });
    let destinations = accesses.iter().flat_map(|access| &access.models).map(|arn| requested_region(arn).to_owned());
    Exemption { actions, narrower, regions: destinations.chain(sources).collect() }
}

/// What `aws:RequestedRegion` says where the resource of this ARN is invoked.
pub fn requested_region(arn: &str) -> &str {
    arn.split(':').nth(3).filter(|region| !region.is_empty()).unwrap_or(UNSPECIFIED)
}

/// All profiles of the same prefix, as AWS advises; of an application inference profile its own ARN.
fn profile_pattern(access: &Access) -> Option<String> {
    let ProfileAccess { arn, is_application } = access.profile.as_ref()?;
    if *is_application {
        return Some(arn.clone());
    }
    let (_, id) = arn.rsplit_once('/')?;
    let prefix = id.strip_suffix(access.model.as_deref()?).filter(|prefix| prefix.ends_with('.'));
    let profiles = prefix.map_or(id.to_owned(), |prefix| format!("{prefix}*"));
    Some(format!("arn:{}:bedrock:*:*:inference-profile/{profiles}", access.source_region.partition))
}
