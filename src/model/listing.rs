//! The models and inference profiles that AWS lists for a source Region, in plain values: the input of the live
//! catalog.
//! Values that AWS may extend are kept as text.

use crate::model::date::Date;

/// The creator of an inference profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileKind {
    /// AWS: the profile routes requests between Regions.
    SystemDefined,
    /// A user, to track usage and cost.
    Application,
}

impl ProfileKind {
    /// Returns the value in AWS's API, such as `SYSTEM_DEFINED`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SystemDefined => "SYSTEM_DEFINED",
            Self::Application => "APPLICATION",
        }
    }
}

/// An inference profile of `ListInferenceProfiles` or `GetInferenceProfile`.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_InferenceProfileSummary.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedProfile {
    /// The ID: `us.anthropic.claude-sonnet-4-6`, or twelve letters and digits for an application inference profile.
    pub id: String,
    /// The ARN, which contains the account.
    pub arn: String,
    /// The name.
    pub name: String,
    /// The description, if there is one.
    pub description: Option<String>,
    /// The status, such as `ACTIVE`.
    pub status: String,
    /// The type: `SYSTEM_DEFINED` or `APPLICATION`.
    pub kind: String,
    /// The ARNs of the models. Their Regions are the destination Regions; an empty Region stands for any commercial
    /// Region.
    pub model_arns: Vec<String>,
    /// The time of creation, such as `2026-01-31T12:00:00Z`.
    pub created_at: Option<String>,
    /// The time of the last change, in the same form.
    pub updated_at: Option<String>,
}

/// A foundation model of `ListFoundationModels`.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_FoundationModelSummary.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedModel {
    /// The ID, such as `anthropic.claude-sonnet-4-6`.
    pub id: String,
    /// The name, such as `Claude Sonnet 4.6`.
    pub name: Option<String>,
    /// The provider, such as `Anthropic`.
    pub provider: Option<String>,
    /// The input modalities, such as `TEXT` and `IMAGE`.
    pub input_modalities: Vec<String>,
    /// The output modalities, such as `TEXT`, `IMAGE` and `EMBEDDING`.
    pub output_modalities: Vec<String>,
    /// Whether the model supports response streaming, if AWS lists it.
    pub streaming: Option<bool>,
    /// The supported inference types, such as `ON_DEMAND`, `PROVISIONED` and `INFERENCE_PROFILE`.
    pub inference_types: Vec<String>,
    /// The lifecycle status: `ACTIVE` or `LEGACY`.
    pub lifecycle_status: Option<String>,
    /// The end-of-life date.
    pub end_of_life: Option<Date>,
}

/// The models and inference profiles that AWS lists for one source Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The source Region.
    pub region: String,
    /// The inference profiles of the Region, system-defined and application.
    pub profiles: Vec<ListedProfile>,
    /// The foundation models of the Region.
    pub models: Vec<ListedModel>,
}

impl Listing {
    /// Returns the number of application inference profiles and the number of system-defined ones.
    pub fn counts(&self) -> (usize, usize) {
        let own = self.profiles.iter().filter(|profile| profile.kind == ProfileKind::Application.as_str()).count();
        (own, self.profiles.len() - own)
    }
}
