//! What AWS's control plane lists for one source Region, in plain values: the input of the live catalog.
//! Words that AWS may add to are carried as they are.

use crate::model::date::Date;

/// Who made an inference profile.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ProfileKind {
    /// AWS did: it routes between Regions.
    SystemDefined,
    /// A user did, to track what a model's calls cost.
    Application,
}

impl ProfileKind {
    /// AWS's word for it.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::SystemDefined => "SYSTEM_DEFINED",
            Self::Application => "APPLICATION",
        }
    }
}

/// One inference profile of `ListInferenceProfiles` or `GetInferenceProfile`.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_InferenceProfileSummary.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedProfile {
    /// `us.anthropic.claude-sonnet-4-6`, or twelve letters and digits for an application profile.
    pub id: String,
    /// Its ARN: the account is in it.
    pub arn: String,
    /// Its name.
    pub name: String,
    /// Its description, where it has one.
    pub description: Option<String>,
    /// `ACTIVE`
    pub status: String,
    /// `SYSTEM_DEFINED` or `APPLICATION`
    pub kind: String,
    /// The ARNs of its models: the Regions in them are the destinations; an empty Region means any commercial one.
    pub model_arns: Vec<String>,
    /// When it was made: `2026-01-31T12:00:00Z`.
    pub created_at: Option<String>,
    /// When it was last changed.
    pub updated_at: Option<String>,
}

/// One foundation model of `ListFoundationModels`.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_FoundationModelSummary.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ListedModel {
    /// `anthropic.claude-sonnet-4-6`
    pub id: String,
    /// `Claude Sonnet 4.6`
    pub name: Option<String>,
    /// `Anthropic`
    pub provider: Option<String>,
    /// `TEXT`, `IMAGE`, …
    pub input_modalities: Vec<String>,
    /// `TEXT`, `IMAGE`, `EMBEDDING`, …
    pub output_modalities: Vec<String>,
    /// Whether it can answer as a stream, where AWS says so.
    pub streaming: Option<bool>,
    /// `ON_DEMAND`, `PROVISIONED`, `INFERENCE_PROFILE`, …
    pub inference_types: Vec<String>,
    /// `ACTIVE` or `LEGACY`
    pub lifecycle_status: Option<String>,
    /// When it stops being served.
    pub end_of_life: Option<Date>,
}

/// What both lists said of one source Region.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// The source Region.
    pub region: String,
    /// The inference profiles that can be seen from there, system-defined and application ones.
    pub profiles: Vec<ListedProfile>,
    /// The foundation models of the Region.
    pub models: Vec<ListedModel>,
}

impl Listing {
    /// How many application profiles are listed, and how many system-defined ones.
    pub fn counts(&self) -> (usize, usize) {
        let own = self.profiles.iter().filter(|profile| profile.kind == ProfileKind::Application.as_str()).count();
        (own, self.profiles.len() - own)
    }
}
