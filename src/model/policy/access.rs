//! The resources that an invocation needs: the inference profile, and the model in every Region where the request may
//! run.
//! See <https://docs.aws.amazon.com/bedrock/latest/userguide/geographic-cross-region-inference.html> and
//! <https://docs.aws.amazon.com/bedrock/latest/userguide/global-cross-region-inference.html>.

use std::collections::BTreeSet;

use crate::model::id::Arn;
use crate::model::policy::{INFERENCE_PROFILE, REQUESTED_REGION, Statement, UNSPECIFIED};
use crate::model::region::Region;
use crate::model::resolution::{Destinations, Resolution, ResolveError, Rule};
use crate::model::routing::Routing;

/// The kinds of ARN of one model that the account owns. No other resource has to be allowed with it.
const STAND_ALONE: [&str; 3] = ["custom-model-deployment", "imported-model", "provisioned-model"];

/// The resources that the invocation of a model needs in IAM.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RequiredAccess {
    /// The Region to which the request is sent.
    pub source_region: Region,
    /// The inference profile that is invoked; `None` for a plain model ID.
    pub profile: Option<ProfileAccess>,
    /// The ID of the foundation model; `None` for the ARN of a model that the account owns.
    pub model: Option<String>,
    /// The kind of routing.
    pub routing: Routing,
    /// The ARNs of the models that are invoked, in every Region.
    pub models: Vec<String>,
}

/// The inference profile that is invoked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ProfileAccess {
    /// The ARN of the profile.
    pub arn: String,
    /// Whether it is an application inference profile.
    pub is_application: bool,
}

impl RequiredAccess {
    /// Creates the list of resources for a resolution. `copied_from` is the model or profile from which an application
    /// inference profile was created.
    ///
    /// # Errors
    ///
    /// Returns an error if a least-privilege policy is not possible: there is no source Region, the model is only
    /// predicted, or the destination Regions are not known.
    pub fn new(resolution: &Resolution, copied_from: Option<&Resolution>, account: &str) -> Result<Self, ResolveError> {
        let source_region = resolution
            .source_region
            .ok_or_else(|| ResolveError::usage("a policy needs a source Region").hint("--region REGION"))?;
        let Some(arn) = Arn::parse(&resolution.id).ok() else {
            return Self::from_known_model(resolution, source_region, account);
        };
        let (kind, _) = arn.kind_and_id();
        // In a policy these characters match more than one resource.
        if resolution.id.contains(['*', '?', '$']) {
            return Err(ResolveError::usage(format!("`{}` is not the ARN of one resource", resolution.id)));
        }
        if STAND_ALONE.contains(&kind) {
            let models = vec![resolution.id.clone()];
            return Ok(Self { source_region, profile: None, model: None, routing: Routing::InRegion, models });
        }
        if kind != "application-inference-profile" {
            let what = format!("no least policy can be given for `{}`", resolution.id);
            return Err(ResolveError::usage(what).cause("its ARN does not tell which models it calls"));
        }
        let source = copied_from.or_else(|| resolution.routing.is_some().then_some(resolution)).ok_or_else(|| {
            let what = format!("no least policy can be given for `{}`", resolution.id);
            ResolveError::usage(what)
                .cause("the ARN of an application inference profile does not tell which models it calls")
                .hint(format!("aws bedrock get-inference-profile --inference-profile-identifier {}", resolution.id))
                .hint("--copied-from MODEL, where MODEL is what that command tells")
        })?;
        let behind = Self::from_known_model(source, source_region, account)?;
        let profile = Some(ProfileAccess { arn: resolution.id.clone(), is_application: true });
        Ok(Self { profile, ..behind })
    }

    fn from_known_model(resolution: &Resolution, source_region: Region, account: &str) -> Result<Self, ResolveError> {
        let what = || format!("no least policy can be given for `{}` from {source_region}", resolution.id);
        if resolution.rule == Rule::Predicted {
            let cause = "the model is not known: its ID is only predicted, and so are its destination Regions";
            return Err(ResolveError::not_resolved(what()).cause(cause));
        }
        let (Some(model), Some(routing)) = (&resolution.model, resolution.routing) else {
            return Err(ResolveError::usage(what()).cause("its ARN does not tell which model it calls"));
        };
        let partition = source_region.partition;
        let in_region = |region: &str| format!("arn:{partition}:bedrock:{region}::foundation-model/{model}");
        let regions: BTreeSet<&str> = match (routing, &resolution.destinations) {
            (Routing::InRegion, _) => BTreeSet::from([source_region.name]),
            (Routing::Global, _) => BTreeSet::from([source_region.name, ""]),
            (Routing::Geographic, Destinations::Regions(regions)) => {
                regions.iter().map(String::as_str).chain([source_region.name]).collect()
            }
            (Routing::Geographic, Destinations::Unknown | Destinations::AnyCommercial) => {
                let cause = "its destination Regions are not known, and each of them must be allowed";
                return Err(ResolveError::not_resolved(what()).cause(cause));
            }
        };
        let profile = match routing {
            Routing::InRegion => None,
            Routing::Geographic | Routing::Global => {
                let id = &resolution.id;
                let arn = format!("arn:{partition}:bedrock:{source_region}:{account}:inference-profile/{id}");
                Some(ProfileAccess { arn, is_application: false })
            }
        };
        let models = regions.into_iter().map(in_region).collect();
        Ok(Self { source_region, profile, model: Some(model.clone()), routing, models })
    }

    /// Returns the ARN of `resource` of `account` in the source Region.
    pub fn arn(&self, account: &str, resource: &str) -> String {
        format!("arn:{}:bedrock:{}:{account}:{resource}", self.source_region.partition, self.source_region)
    }

    /// Returns the ARNs of all resources that are invoked: the inference profile and the models.
    pub fn resources(&self) -> impl Iterator<Item = &str> {
        self.profile.iter().map(|profile| profile.arn.as_str()).chain(self.models.iter().map(String::as_str))
    }

    /// Adds this model and this source Region to those that a statement is for.
    pub fn mark(&self, mut statement: Statement) -> Statement {
        statement.models.extend(self.model.clone());
        statement.regions.insert(self.source_region.name.to_owned());
        statement
    }

    /// Returns the statements that allow `actions`. Each of them is required.
    pub fn invocation(&self, actions: &BTreeSet<&'static str>) -> Vec<Statement> {
        let allow = |purpose, resources: Vec<&str>| self.mark(Statement::allow(purpose, actions, resources));
        let all: Vec<&str> = self.models.iter().map(String::as_str).collect();
        let Some(ProfileAccess { arn, is_application }) = &self.profile else {
            let purpose = if self.model.is_some() { "InRegionModel" } else { "OwnModel" };
            return vec![allow(purpose, all)];
        };
        let source = self.source_region.name;
        let system = |application, geographic, global| match self.routing {
            _ if *is_application => application,
            Routing::Global => global,
            Routing::Geographic | Routing::InRegion => geographic,
        };
        let profile = allow(system("ApplicationProfile", "GeographicProfile", "GlobalProfile"), vec![arn]);
        if self.routing != Routing::Global {
            let purpose = system("ApplicationModels", "GeographicModels", "GlobalModels");
            return vec![profile, allow(purpose, all).with_string_equals(INFERENCE_PROFILE, [arn])];
        }
        let profile = if *is_application { profile } else { profile.with_string_equals(REQUESTED_REGION, [source]) };
        let (anywhere, here): (Vec<_>, Vec<_>) = all.into_iter().partition(|arn| arn.contains(":::foundation-model/"));
        let here = allow(system("ApplicationModelHere", "", "GlobalModelHere"), here);
        let anywhere = allow(system("ApplicationModelAnywhere", "", "GlobalModelAnywhere"), anywhere);
        vec![
            profile,
            here.with_string_equals(REQUESTED_REGION, [source]).with_string_equals(INFERENCE_PROFILE, [arn]),
            anywhere.with_string_equals(REQUESTED_REGION, [UNSPECIFIED]).with_string_equals(INFERENCE_PROFILE, [arn]),
        ]
    }
}
