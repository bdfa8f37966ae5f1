//! Parses the sentence with which AWS denies an action: who, what, on which resource. What follows from it is in `rules`.
//! <https://docs.aws.amazon.com/IAM/latest/UserGuide/troubleshoot_access-denied.html>

use super::FailureContext;
use super::template::Values;
use super::text;
use crate::model::id::Arn;
use crate::model::routing::Routing;

const WITH_RESOURCE: &str = "User: {principal} is not authorized to perform: {action} on resource: {resource}";
const WITHOUT_RESOURCE: &str = "is not authorized to perform: {action}";
const POLICY: &str = "with an explicit deny in a {layer} policy: {policy}";

/// One denied action.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Denial<'t> {
    /// The ARN of the caller.
    pub(super) principal: Option<&'t str>,
    /// The action, such as `bedrock:InvokeModel`.
    pub(super) action: &'t str,
    /// The ARN of the resource, or `*`.
    pub(super) resource: Option<&'t str>,
    /// The ARN of the policy that denies the action, if AWS names it.
    pub(super) policy: Option<&'t str>,
}

impl<'t> Denial<'t> {
    /// Finds a denial in a normalised text.
    pub(super) fn parse(text: &'t str) -> Option<Self> {
        let named = |captures: &[(&str, &'t str)], name: &str| {
            captures.iter().find(|(known, value)| *known == name && !value.is_empty()).map(|(_, value)| *value)
        };
        let whole = text::find(WITH_RESOURCE, text).unwrap_or_default();
        let action = match named(&whole, "action") {
            Some(action) => action,
            None => named(&text::find(WITHOUT_RESOURCE, text)?, "action")?,
        };
        let policy = text::find(POLICY, text).unwrap_or_default();
        Some(Self {
            principal: named(&whole, "principal"),
            action,
            resource: named(&whole, "resource"),
            policy: named(&policy, "policy").filter(|policy| policy.starts_with("arn:")),
        })
    }

    /// Returns the ARN of the resource. Its Region is empty for the model of a global inference profile.
    fn arn(&self) -> Option<Arn<'t>> {
        Arn::split(self.resource?)
    }

    /// Sets the values that describe the denial and its relation to the call.
    pub(super) fn set_values(&self, context: &FailureContext<'_>, values: &mut Values) {
        values.set("principal", self.principal);
        values.set("action", Some(self.action));
        values.set("resource", self.resource);
        values.set("policy", self.policy);
        let Some(Arn { region, account, resource, .. }) = self.arn() else { return };
        values.set("resource_account", Some(account));
        let Some((kind, name)) = resource.split_once('/') else { return };
        values.set("kind", Some(kind));
        values.set("denied", Some(name));
        values.set("denied_region", Some(region));
        let is_model = kind == "foundation-model";
        values.set_flag("region_less", is_model && region.is_empty());
        let source = context.source_region.map(|source| source.name);
        values.set_flag("at_source", source == Some(region));
        let is_through_profile = context.routing.is_some_and(|routing| routing != Routing::InRegion);
        let is_destination = match context.destinations {
            [] => is_through_profile && source.is_some(),
            listed => listed.contains(&region) || listed.contains(&"*"),
        };
        values.set_flag("at_destination", is_model && !region.is_empty() && source != Some(region) && is_destination);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const USER: &str = "User: arn:aws:sts::111122223333:assumed-role/dev/me";

    #[test]
    fn a_denial_is_taken_apart() {
        let text = format!(
            "{USER} is not authorized to perform: bedrock:InvokeModel on resource: \
             arn:aws:bedrock:us-west-2::foundation-model/anthropic.claude-sonnet-4-6 with an explicit deny in a service \
             control policy: arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-y"
        );
        let denial = Denial::parse(&text).unwrap();
        assert_eq!(denial.principal, Some("arn:aws:sts::111122223333:assumed-role/dev/me"));
        assert_eq!(denial.action, "bedrock:InvokeModel");
        let arn = denial.arn().unwrap();
        assert_eq!((arn.region, arn.account), ("us-west-2", ""));
        assert_eq!(arn.kind_and_id(), ("foundation-model", "anthropic.claude-sonnet-4-6"));
        assert_eq!(denial.policy, Some("arn:aws:organizations::444455556666:policy/o-x/service_control_policy/p-y"));
    }

    #[test]
    fn a_region_less_arn_a_star_and_no_resource_are_told_apart() {
        let text = format!(
            "{USER} is not authorized to perform: bedrock:InvokeModel on resource: \
             arn:aws:bedrock:::foundation-model/m because no identity-based policy allows the bedrock:InvokeModel action"
        );
        assert_eq!(Denial::parse(&text).unwrap().arn().unwrap().region, "");
        let text =
            format!("{USER} is not authorized to perform: bedrock:CallWithBearerToken on resource: * because no");
        let denial = Denial::parse(&text).unwrap();
        assert_eq!((denial.resource, denial.arn()), (Some("*"), None));
        let text = "me is not authorized to perform: bedrock:ListInferenceProfiles";
        assert_eq!(Denial::parse(text).unwrap().action, "bedrock:ListInferenceProfiles");
        assert_eq!(Denial::parse("not authorized"), None);
    }

    #[test]
    fn a_guardrail_of_another_account_is_seen() {
        let text = format!(
            "{USER} is not authorized to perform: bedrock:ApplyGuardrail on resource: \
             arn:aws:bedrock:us-east-1:999988887777:guardrail/abc because no resource-based policy allows it"
        );
        let arn = Denial::parse(&text).unwrap().arn().unwrap();
        assert_eq!((arn.account, arn.kind_and_id()), ("999988887777", ("guardrail", "abc")));
    }
}
