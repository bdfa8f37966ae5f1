//! The operations that the fake serves, and how a request names one.

use super::expectation::Expected;
use super::http::Request;

macro_rules! operations {
    ($($(#[doc = $doc:literal])+ $variant:ident $function:ident)+) => {
        /// One operation of an AWS service.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Operation {
            $($(#[doc = $doc])+ $variant,)+
        }

        $(
            $(#[doc = $doc])+
            pub fn $function() -> Expected {
                Expected::new(Operation::$variant)
            }
        )+
    };
}

operations! {
    /// Data plane: `POST /model/{id}/converse`.
    Converse converse
    /// Data plane: `POST /model/{id}/converse-stream`.
    ConverseStream converse_stream
    /// Control plane: `GET /foundation-models`.
    ListFoundationModels list_foundation_models
    /// Control plane: `GET /inference-profiles`.
    ListInferenceProfiles list_inference_profiles
    /// Control plane: `GET /inference-profiles/{id or ARN}`.
    GetInferenceProfile get_inference_profile
    /// Control plane: `POST /inference-profiles`.
    CreateInferenceProfile create_inference_profile
    /// Control plane: `DELETE /inference-profiles/{id or ARN}`.
    DeleteInferenceProfile delete_inference_profile
    /// Control plane: `POST /tagResource`.
    TagResource tag_resource
    /// Control plane: `POST /untagResource`.
    UntagResource untag_resource
    /// Control plane: `POST /listTagsForResource`.
    ListTagsForResource list_tags_for_resource
    /// Control plane: `GET /foundation-model-availability/{id}`.
    GetFoundationModelAvailability get_foundation_model_availability
    /// Control plane: `GET /use-case-for-model-access`.
    GetUseCaseForModelAccess get_use_case_for_model_access
    /// Control plane: `POST /model-invocation-job`.
    CreateModelInvocationJob create_model_invocation_job
    /// Control plane: `GET /model-invocation-job/{id or ARN}`.
    GetModelInvocationJob get_model_invocation_job
    /// Control plane: `GET /model-invocation-jobs`.
    ListModelInvocationJobs list_model_invocation_jobs
    /// Control plane: `POST /model-invocation-job/{id or ARN}/stop`.
    StopModelInvocationJob stop_model_invocation_job
    /// STS.
    GetCallerIdentity get_caller_identity
    /// STS.
    AssumeRole assume_role
    /// STS, unsigned.
    AssumeRoleWithWebIdentity assume_role_with_web_identity
    /// The portal of single sign-on: `GET /federation/credentials`.
    GetRoleCredentials get_role_credentials
    /// An instance's metadata: token, role name, credentials.
    InstanceCredentials instance_credentials
    /// A container's credentials: `GET /container-credentials`.
    ContainerCredentials container_credentials
}

impl Operation {
    /// Returns the operation of a request, if the fake serves it.
    pub fn of(request: &Request) -> Option<Self> {
        let segments = request.segments();
        let segments: Vec<&str> = segments.iter().map(String::as_str).collect();
        Some(match (request.method.as_str(), &segments[..]) {
            ("POST", ["model", _, "converse"]) => Self::Converse,
            ("POST", ["model", _, "converse-stream"]) => Self::ConverseStream,
            ("GET", ["foundation-models"]) => Self::ListFoundationModels,
            ("GET", ["inference-profiles"]) => Self::ListInferenceProfiles,
            ("GET", ["inference-profiles", _]) => Self::GetInferenceProfile,
            ("POST", ["inference-profiles"]) => Self::CreateInferenceProfile,
            ("DELETE", ["inference-profiles", _]) => Self::DeleteInferenceProfile,
            ("POST", ["tagResource"]) => Self::TagResource,
            ("POST", ["untagResource"]) => Self::UntagResource,
            ("POST", ["listTagsForResource"]) => Self::ListTagsForResource,
            ("GET", ["foundation-model-availability", _]) => Self::GetFoundationModelAvailability,
            ("GET", ["use-case-for-model-access"]) => Self::GetUseCaseForModelAccess,
            ("POST", ["model-invocation-job"]) => Self::CreateModelInvocationJob,
            ("GET", ["model-invocation-job", _]) => Self::GetModelInvocationJob,
            ("GET", ["model-invocation-jobs"]) => Self::ListModelInvocationJobs,
            ("POST", ["model-invocation-job", _, "stop"]) => Self::StopModelInvocationJob,
            ("GET", ["federation", "credentials"]) => Self::GetRoleCredentials,
            ("PUT" | "GET", ["latest", ..]) => Self::InstanceCredentials,
            ("GET", ["container-credentials"]) => Self::ContainerCredentials,
            ("POST", [""]) => Self::of_sts(request)?,
            _ => return None,
        })
    }

    /// Whether the operation invokes a model.
    pub fn is_data_plane(self) -> bool {
        matches!(self, Self::Converse | Self::ConverseStream)
    }

    /// Returns the service that the signature must name; `None` if the request may be unsigned.
    pub fn signed_for(self) -> Option<&'static str> {
        match self {
            Self::GetCallerIdentity | Self::AssumeRole => Some("sts"),
            Self::AssumeRoleWithWebIdentity
            | Self::GetRoleCredentials
            | Self::InstanceCredentials
            | Self::ContainerCredentials => None,
            _ => Some("bedrock"),
        }
    }

    fn of_sts(request: &Request) -> Option<Self> {
        let form = request.form();
        match form.iter().find(|(name, _)| name == "Action")?.1.as_str() {
            "GetCallerIdentity" => Some(Self::GetCallerIdentity),
            "AssumeRole" => Some(Self::AssumeRole),
            "AssumeRoleWithWebIdentity" => Some(Self::AssumeRoleWithWebIdentity),
            _ => None,
        }
    }
}
