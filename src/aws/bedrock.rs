//! The control plane: lists models and inference profiles, manages application inference profiles, looks up access.
//! Each function is one operation and carries its name; no type of the SDK leaves this file.

use aws_config::SdkConfig;
use aws_sdk_bedrock::Client;
use aws_sdk_bedrock::config::Builder;
use aws_sdk_bedrock::operation::get_foundation_model_availability::GetFoundationModelAvailabilityOutput;
use aws_sdk_bedrock::types::{
    FoundationModelSummary, InferenceProfileModelSource, InferenceProfileType, Tag as SdkTag,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::future::try_join3;

use super::call::Call;
use super::error::unreadable;
use super::pages::Pages;
use super::retry;
use super::timeout::Timeouts;
use bedrock_ask::model::date::Date;
use bedrock_ask::model::failure::{Failure, Stage};
use bedrock_ask::model::listing::{ListedModel, ListedProfile, Listing, ProfileKind};
use bedrock_ask::model::region::Region;

/// The largest page size that `ListInferenceProfiles` accepts.
const PAGE: i32 = 1000;

/// The most pages of a list that are read: far more than an account has inference profiles.
const MOST_PAGES: usize = 200;

/// Sends one operation within the time limits; a failure carries its name.
macro_rules! send {
    ($bedrock:ident, $operation:expr, $request:expr) => {
        send!($bedrock, $operation, $request, send)
    };
    ($bedrock:ident, $operation:expr, $request:expr, $method:ident) => {{
        let call = Call::new($operation, $bedrock.timeouts);
        let settings = Builder::new().interceptor(call.metrics()).retry_classifier(call.requested_wait());
        call.$method($request.customize().config_override(settings).send()).await
    }};
}

/// Converts an inference profile of either output, which have the same members of different types.
macro_rules! listed_profile {
    ($profile:ident) => {
        ListedProfile {
            id: $profile.inference_profile_id,
            arn: $profile.inference_profile_arn,
            name: $profile.inference_profile_name,
            description: $profile.description,
            status: $profile.status.as_str().to_owned(),
            kind: $profile.r#type.as_str().to_owned(),
            model_arns: $profile.models.into_iter().filter_map(|model| model.model_arn).collect(),
            created_at: timestamp($profile.created_at.as_ref()),
            updated_at: timestamp($profile.updated_at.as_ref()),
        }
    };
}

mod jobs;

pub use jobs::{InvocationJob, JobFilter, NewInvocationJob};

/// The control plane of one source Region.
pub struct Bedrock {
    client: Client,
    region: Region,
    timeouts: Timeouts,
}

/// A tag of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    pub key: String,
    /// May be empty.
    pub value: String,
}

/// What AWS reports about an account's access to a foundation model, with AWS's values. It proves nothing either way.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// `AVAILABLE`, `PENDING`, `NOT_AVAILABLE` or `ERROR`: the agreement with the model's provider.
    pub agreement: Option<String>,
    /// The reason of the agreement status `ERROR`.
    pub agreement_error: Option<String>,
    /// `AUTHORIZED` or `NOT_AUTHORIZED`
    pub authorization: String,
    /// `AVAILABLE` or `NOT_AVAILABLE`: whether the account is entitled to it.
    pub entitlement: String,
    /// `AVAILABLE` or `NOT_AVAILABLE`: whether the source Region has it.
    pub region: String,
}

impl Bedrock {
    pub(super) fn new(config: &SdkConfig, endpoint_url: Option<String>, region: Region, timeouts: Timeouts) -> Self {
        let mut builder = Builder::from(config).retry_classifier(retry::Permanent);
        builder.set_endpoint_url(endpoint_url);
        Self { client: Client::from_conf(builder.build()), region, timeouts }
    }

    /// Returns both kinds of inference profiles and the foundation models of the source Region, requested concurrently.
    /// Fails if any of the requests fails, or if AWS lists no model or no system-defined inference profile: every Region
    /// has some, so that an empty list says nothing about the Region.
    pub async fn list(&self) -> Result<Listing, Box<Failure>> {
        let (mut profiles, application, models) = try_join3(
            self.list_inference_profiles(ProfileKind::SystemDefined),
            self.list_inference_profiles(ProfileKind::Application),
            self.list_foundation_models(),
        )
        .await?;
        if profiles.is_empty() {
            return Err(unreadable("ListInferenceProfiles", "the list of system-defined inference profiles is empty"));
        }
        if models.is_empty() {
            return Err(unreadable("ListFoundationModels", "the list of foundation models is empty"));
        }
        profiles.extend(application);
        Ok(Listing { region: self.region.name.to_owned(), profiles, models })
    }

    /// Returns the inference profiles of this kind, from all pages.
    pub async fn list_inference_profiles(&self, kind: ProfileKind) -> Result<Vec<ListedProfile>, Box<Failure>> {
        const OPERATION: &str = "ListInferenceProfiles";
        let pages = async {
            let (mut profiles, mut pages, mut next) = (Vec::new(), Pages::new(OPERATION, MOST_PAGES), None::<String>);
            loop {
                let request = self
                    .client
                    .list_inference_profiles()
                    .type_equals(InferenceProfileType::from(kind.as_str()))
                    .max_results(PAGE)
                    .set_next_token(next.take());
                let page = send!(self, OPERATION, request)?;
                let Some(summaries) = page.inference_profile_summaries else {
                    return Err(unreadable(OPERATION, "the response has no list of inference profiles"));
                };
                let listed: Vec<_> = summaries.into_iter().map(|summary| listed_profile!(summary)).collect();
                require_plain_ids(listed.iter().flat_map(ids_of_profile), OPERATION)?;
                profiles.extend(listed);
                next = pages.next(page.next_token)?;
                if next.is_none() {
                    return Ok(profiles);
                }
            }
        };
        let settled = self.timeouts.within_total(pages).await.flatten();
        settled.map_err(|failure| Box::new(Failure { operation: Some(OPERATION), ..*failure }))
    }

    /// Returns the foundation models of the source Region. The operation has no pages.
    pub async fn list_foundation_models(&self) -> Result<Vec<ListedModel>, Box<Failure>> {
        const OPERATION: &str = "ListFoundationModels";
        let output = send!(self, OPERATION, self.client.list_foundation_models())?;
        let Some(summaries) = output.model_summaries else {
            return Err(unreadable(OPERATION, "the response has no list of foundation models"));
        };
        let models: Vec<_> = summaries.into_iter().map(from_model).collect();
        require_plain_ids(models.iter().map(|model| &*model.id), OPERATION)?;
        Ok(models)
    }

    /// Returns one inference profile by its ID or ARN.
    pub async fn get_inference_profile(&self, id_or_arn: &str) -> Result<ListedProfile, Box<Failure>> {
        let request = self.client.get_inference_profile().inference_profile_identifier(id_or_arn);
        let output = send!(self, "GetInferenceProfile", request)?;
        require_arn(&output.inference_profile_arn, "GetInferenceProfile")?;
        let profile = listed_profile!(output);
        require_plain_ids(ids_of_profile(&profile), "GetInferenceProfile")?;
        Ok(profile)
    }

    /// Creates an application inference profile for the foundation model or system-defined inference profile with this
    /// ARN, and returns its own ARN. A retry of the SDK creates no second one.
    pub async fn create_inference_profile(
        &self,
        name: &str,
        copy_from: &str,
        description: Option<&str>,
        tags: &[Tag],
    ) -> Result<String, Box<Failure>> {
        let request = self
            .client
            .create_inference_profile()
            .inference_profile_name(name)
            .model_source(InferenceProfileModelSource::CopyFrom(copy_from.to_owned()))
            .set_description(description.map(str::to_owned))
            .set_tags(Some(sdk_tags(tags)?).filter(|tags| !tags.is_empty()));
        let output = send!(self, "CreateInferenceProfile", request)?;
        require_arn(&output.inference_profile_arn, "CreateInferenceProfile")?;
        Ok(output.inference_profile_arn)
    }

    /// Deletes an application inference profile by its ID or ARN.
    pub async fn delete_inference_profile(&self, id_or_arn: &str) -> Result<(), Box<Failure>> {
        let request = self.client.delete_inference_profile().inference_profile_identifier(id_or_arn);
        send!(self, "DeleteInferenceProfile", request, send_without_content)
    }

    /// Adds tags to a resource; replaces the values of keys that it has.
    pub async fn tag_resource(&self, arn: &str, tags: &[Tag]) -> Result<(), Box<Failure>> {
        let request = self.client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(tags)?));
        send!(self, "TagResource", request, send_without_content)
    }

    /// Removes tags from a resource; missing keys are no error.
    pub async fn untag_resource(&self, arn: &str, keys: &[String]) -> Result<(), Box<Failure>> {
        let request = self.client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
        send!(self, "UntagResource", request, send_without_content)
    }

    /// Returns the tags of a resource, sorted by key.
    pub async fn list_tags_for_resource(&self, arn: &str) -> Result<Vec<Tag>, Box<Failure>> {
        let request = self.client.list_tags_for_resource().resource_arn(arn);
        let output = send!(self, "ListTagsForResource", request)?;
        let tags = output.tags.unwrap_or_default().into_iter();
        let mut tags: Vec<_> = tags.map(|tag| Tag { key: tag.key, value: tag.value }).collect();
        tags.sort();
        Ok(tags)
    }

    /// Returns the account's access to the foundation model with this plain ID.
    pub async fn get_foundation_model_availability(&self, model: &str) -> Result<Availability, Box<Failure>> {
        let request = self.client.get_foundation_model_availability().model_id(model);
        let output = send!(self, "GetFoundationModelAvailability", request)?;
        Ok(from_availability(output))
    }

    /// Whether the account has submitted the use-case form that Anthropic requires. Its content is not read.
    pub async fn get_use_case_for_model_access(&self) -> Result<bool, Box<Failure>> {
        let request = self.client.get_use_case_for_model_access();
        match send!(self, "GetUseCaseForModelAccess", request) {
            Ok(_) => Ok(true),
            Err(failure) if failure.code.as_deref() == Some("ResourceNotFoundException") => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

/// Refuses a response without the ARN, for which the SDK fills in an empty text.
fn require_arn(arn: &str, operation: &'static str) -> Result<(), Box<Failure>> {
    if arn.starts_with("arn:") {
        return require_plain_ids([arn], operation);
    }
    Err(unreadable(operation, "the response has no ARN of an inference profile"))
}

/// Refuses IDs and ARNs with white space, control characters or other text that no ID of AWS has: printed or cached,
/// they could pass for lines of their own.
fn require_plain_ids<'a>(ids: impl IntoIterator<Item = &'a str>, operation: &'static str) -> Result<(), Box<Failure>> {
    if ids.into_iter().all(|id| id.bytes().all(|byte| byte.is_ascii_graphic())) {
        return Ok(());
    }
    Err(unreadable(operation, "the response has an ID with a character that no ID can have"))
}

fn ids_of_profile(profile: &ListedProfile) -> impl Iterator<Item = &str> {
    [&profile.id, &profile.arn].into_iter().chain(&profile.model_arns).map(String::as_str)
}

fn from_model(summary: FoundationModelSummary) -> ListedModel {
    let lifecycle = summary.model_lifecycle.as_ref();
    let end_of_life = lifecycle.and_then(|lifecycle| timestamp(lifecycle.end_of_life_time.as_ref()));
    ListedModel {
        input_modalities: words(summary.input_modalities(), |word| word.as_str()),
        output_modalities: words(summary.output_modalities(), |word| word.as_str()),
        inference_types: words(summary.inference_types_supported(), |word| word.as_str()),
        lifecycle_status: lifecycle.map(|lifecycle| lifecycle.status.as_str().to_owned()),
        end_of_life: end_of_life.and_then(|timestamp| Date::parse(timestamp.split('T').next()?)),
        streaming: summary.response_streaming_supported,
        id: summary.model_id,
        name: summary.model_name,
        provider: summary.provider_name,
    }
}

fn from_availability(output: GetFoundationModelAvailabilityOutput) -> Availability {
    let agreement = output.agreement_availability;
    Availability {
        agreement: agreement.as_ref().map(|agreement| agreement.status.as_str().to_owned()),
        agreement_error: agreement.and_then(|agreement| agreement.error_message),
        authorization: output.authorization_status.as_str().to_owned(),
        entitlement: output.entitlement_availability.as_str().to_owned(),
        region: output.region_availability.as_str().to_owned(),
    }
}

fn words<T>(values: &[T], word: impl Fn(&T) -> &str) -> Vec<String> {
    values.iter().map(|value| word(value).to_owned()).collect()
}

fn timestamp(at: Option<&DateTime>) -> Option<String> {
    at.and_then(|at| at.fmt(Format::DateTime).ok())
}

fn sdk_tags(tags: &[Tag]) -> Result<Vec<SdkTag>, Box<Failure>> {
    let tags: Result<_, _> = tags.iter().map(|tag| SdkTag::builder().key(&tag.key).value(&tag.value).build()).collect();
    tags.map_err(|error| Box::new(Failure::new(Stage::Connection, error.to_string())))
}

#[cfg(test)]
mod tests {
    use aws_sdk_bedrock::types::{
        AgreementAvailability, AgreementStatus, AuthorizationStatus, EntitlementAvailability, FoundationModelLifecycle,
        FoundationModelLifecycleStatus, InferenceType, ModelModality, RegionAvailability,
    };

    use super::*;

    #[test]
    fn a_foundation_model_keeps_unknown_words_and_the_day_of_its_end_of_life() {
        let end_of_life = DateTime::from_str("2026-11-20T23:59:59Z", Format::DateTime).unwrap();
        let lifecycle = FoundationModelLifecycle::builder()
            .status(FoundationModelLifecycleStatus::Legacy)
            .end_of_life_time(end_of_life)
            .build();
        let summary = FoundationModelSummary::builder()
            .model_arn("arn:aws:bedrock:eu-central-1::foundation-model/x.y")
            .model_id("x.y")
            .model_name("Y")
            .provider_name("X")
            .input_modalities(ModelModality::Text)
            .input_modalities(ModelModality::from("SMELL"))
            .output_modalities(ModelModality::Text)
            .response_streaming_supported(true)
            .inference_types_supported(InferenceType::OnDemand)
            .inference_types_supported(InferenceType::from("INFERENCE_PROFILE"))
            .model_lifecycle(lifecycle.unwrap())
            .build();
        let strings = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
        let expected = ListedModel {
            id: "x.y".to_owned(),
            name: Some("Y".to_owned()),
            provider: Some("X".to_owned()),
            input_modalities: strings(&["TEXT", "SMELL"]),
            output_modalities: strings(&["TEXT"]),
            streaming: Some(true),
            inference_types: strings(&["ON_DEMAND", "INFERENCE_PROFILE"]),
            lifecycle_status: Some("LEGACY".to_owned()),
            end_of_life: Date::parse("2026-11-20"),
        };
        assert_eq!(from_model(summary.unwrap()), expected);

        let bare = FoundationModelSummary::builder().model_arn("arn").model_id("x.z").build().unwrap();
        assert_eq!(from_model(bare), ListedModel { id: "x.z".to_owned(), ..ListedModel::default() });
    }

    #[test]
    fn availability_keeps_the_words_of_aws() {
        let agreement =
            AgreementAvailability::builder().status(AgreementStatus::Error).error_message("no card").build().unwrap();
        let output = GetFoundationModelAvailabilityOutput::builder()
            .model_id("x.y")
            .agreement_availability(agreement)
            .authorization_status(AuthorizationStatus::Authorized)
            .entitlement_availability(EntitlementAvailability::from("SOON"))
            .region_availability(RegionAvailability::NotAvailable)
            .build();
        let expected = Availability {
            agreement: Some("ERROR".to_owned()),
            agreement_error: Some("no card".to_owned()),
            authorization: "AUTHORIZED".to_owned(),
            entitlement: "SOON".to_owned(),
            region: "NOT_AVAILABLE".to_owned(),
        };
        assert_eq!(from_availability(output.unwrap()), expected);
    }
}
