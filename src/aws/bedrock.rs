//! The control plane: reads what can be called, keeps application inference profiles, asks what an account may use.
//! Each function is one operation and bears its name; plain values go in and come out.

use std::collections::BTreeSet;

use aws_config::SdkConfig;
use aws_sdk_bedrock::Client;
use aws_sdk_bedrock::config::Builder;
use aws_sdk_bedrock::operation::get_inference_profile::GetInferenceProfileOutput;
use aws_sdk_bedrock::types::{
    FoundationModelSummary, InferenceProfileModel, InferenceProfileModelSource, InferenceProfileSummary,
    InferenceProfileType, Tag as SdkTag,
};
use aws_smithy_types::DateTime;
use aws_smithy_types::date_time::Format;
use futures_util::future::try_join3;

use super::call::Call;
use super::retry;
use super::timeout::{Limit, Timeouts};
use crate::model::date::Date;
use crate::model::failure::{Failure, Stage};
use crate::model::listing::{ListedModel, ListedProfile, Listing, ProfileKind};
use crate::model::region::Region;

/// The most inference profiles that one answer may list.
const PAGE: i32 = 1000;

/// The control plane of one source Region.
pub struct Bedrock {
    client: Client,
    region: Region,
    timeouts: Timeouts,
}

/// A tag of a resource.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Tag {
    /// Its key, distinct within a resource.
    pub key: String,
    /// Its value, perhaps empty.
    pub value: String,
}

/// What AWS says of an account's access to a foundation model, in AWS's words. It is no verdict either way.
/// See <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_GetFoundationModelAvailability.html>.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Availability {
    /// `AVAILABLE`, `PENDING`, `NOT_AVAILABLE` or `ERROR`: the agreement with the model's provider.
    pub agreement: Option<String>,
    /// Why the agreement is an error.
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

    /// Everything that can be seen from the source Region: both kinds of inference profiles and the foundation models,
    /// read at the same time. An error where any of them cannot be read.
    pub async fn list(&self) -> Result<Listing, Box<Failure>> {
        let (mut profiles, application, models) = try_join3(
            self.list_inference_profiles(ProfileKind::SystemDefined),
            self.list_inference_profiles(ProfileKind::Application),
            self.list_foundation_models(),
        )
        .await?;
        profiles.extend(application);
        Ok(Listing { region: self.region.name.to_owned(), profiles, models })
    }

    /// The inference profiles of this kind, from every page.
    pub async fn list_inference_profiles(&self, kind: ProfileKind) -> Result<Vec<ListedProfile>, Box<Failure>> {
        const OPERATION: &str = "ListInferenceProfiles";
        let pages = async {
            let (mut profiles, mut seen, mut next) = (Vec::new(), BTreeSet::new(), None);
            loop {
                let call = Call::new(OPERATION, self.timeouts);
                let sending = self
                    .client
                    .list_inference_profiles()
                    .type_equals(InferenceProfileType::from(kind.as_str()))
                    .max_results(PAGE)
                    .set_next_token(next.take())
                    .customize()
                    .interceptor(call.metrics());
                let page = call.send(sending.send()).await?;
                profiles.extend(page.inference_profile_summaries.unwrap_or_default().into_iter().map(of_summary));
                let Some(token) = page.next_token.filter(|token| !token.is_empty()) else { return Ok(profiles) };
                if !seen.insert(token.clone()) {
                    return Err(Box::new(Failure::new(
                        Stage::Unreadable,
                        "the pages of the answer go round in a circle",
                    )));
                }
                next = Some(token);
            }
        };
        let settled = Limit::Total.within_optional(self.timeouts.total, pages).await.flatten();
        settled.map_err(|failure| Box::new(Failure { operation: Some(OPERATION), ..*failure }))
    }

    /// The foundation models of the source Region. AWS gives them in one page.
    pub async fn list_foundation_models(&self) -> Result<Vec<ListedModel>, Box<Failure>> {
        let call = Call::new("ListFoundationModels", self.timeouts);
        let sending = self.client.list_foundation_models().customize().interceptor(call.metrics());
        let output = call.send(sending.send()).await?;
        Ok(output.model_summaries.unwrap_or_default().into_iter().map(of_model).collect())
    }

    /// One inference profile, by its ID or ARN.
    pub async fn get_inference_profile(&self, id_or_arn: &str) -> Result<ListedProfile, Box<Failure>> {
        let call = Call::new("GetInferenceProfile", self.timeouts);
        let operation = self.client.get_inference_profile().inference_profile_identifier(id_or_arn);
        Ok(of_profile(call.send(operation.customize().interceptor(call.metrics()).send()).await?))
    }

    /// Makes an application inference profile for the foundation model or the system-defined inference profile of this
    /// ARN, and gives its own ARN. Trying again makes no second one.
    pub async fn create_inference_profile(
        &self,
        name: &str,
        copy_from: &str,
        description: Option<&str>,
        tags: &[Tag],
    ) -> Result<String, Box<Failure>> {
        let call = Call::new("CreateInferenceProfile", self.timeouts);
        let operation = self
            .client
            .create_inference_profile()
            .inference_profile_name(name)
            .model_source(InferenceProfileModelSource::CopyFrom(copy_from.to_owned()))
            .set_description(description.map(str::to_owned))
            .set_tags(Some(sdk_tags(tags)?).filter(|tags| !tags.is_empty()));
        let output = call.send(operation.customize().interceptor(call.metrics()).send()).await?;
        Ok(output.inference_profile_arn)
    }

    /// Deletes an application inference profile, by its ID or ARN.
    pub async fn delete_inference_profile(&self, id_or_arn: &str) -> Result<(), Box<Failure>> {
        let call = Call::new("DeleteInferenceProfile", self.timeouts);
        let operation = self.client.delete_inference_profile().inference_profile_identifier(id_or_arn);
        call.send(operation.customize().interceptor(call.metrics()).send()).await.map(drop)
    }

    /// Adds tags to a resource, or gives new values to those that it has.
    pub async fn tag_resource(&self, arn: &str, tags: &[Tag]) -> Result<(), Box<Failure>> {
        let call = Call::new("TagResource", self.timeouts);
        let operation = self.client.tag_resource().resource_arn(arn).set_tags(Some(sdk_tags(tags)?));
        call.send(operation.customize().interceptor(call.metrics()).send()).await.map(drop)
    }

    /// Takes tags from a resource; keys that it does not have are no error.
    pub async fn untag_resource(&self, arn: &str, keys: &[String]) -> Result<(), Box<Failure>> {
        let call = Call::new("UntagResource", self.timeouts);
        let operation = self.client.untag_resource().resource_arn(arn).set_tag_keys(Some(keys.to_vec()));
        call.send(operation.customize().interceptor(call.metrics()).send()).await.map(drop)
    }

    /// The tags of a resource, sorted by key.
    pub async fn list_tags_for_resource(&self, arn: &str) -> Result<Vec<Tag>, Box<Failure>> {
        let call = Call::new("ListTagsForResource", self.timeouts);
        let operation = self.client.list_tags_for_resource().resource_arn(arn);
        let output = call.send(operation.customize().interceptor(call.metrics()).send()).await?;
        let tags = output.tags.unwrap_or_default().into_iter();
        let mut tags: Vec<_> = tags.map(|tag| Tag { key: tag.key, value: tag.value }).collect();
        tags.sort();
        Ok(tags)
    }

    /// What AWS says of the account's access to a foundation model, by its plain ID.
    pub async fn get_foundation_model_availability(&self, model: &str) -> Result<Availability, Box<Failure>> {
        let call = Call::new("GetFoundationModelAvailability", self.timeouts);
        let operation = self.client.get_foundation_model_availability().model_id(model);
        let output = call.send(operation.customize().interceptor(call.metrics()).send()).await?;
        let (agreement, agreement_error) = match output.agreement_availability {
            Some(agreement) => (Some(agreement.status.as_str().to_owned()), agreement.error_message),
            None => (None, None),
        };
        Ok(Availability {
            agreement,
            agreement_error,
            authorization: output.authorization_status.as_str().to_owned(),
            entitlement: output.entitlement_availability.as_str().to_owned(),
            region: output.region_availability.as_str().to_owned(),
        })
    }

    /// Whether the account has sent the use-case form that Anthropic asks for. What stands in it is not told.
    pub async fn get_use_case_for_model_access(&self) -> Result<bool, Box<Failure>> {
        let call = Call::new("GetUseCaseForModelAccess", self.timeouts);
        let operation = self.client.get_use_case_for_model_access();
        match call.send(operation.customize().interceptor(call.metrics()).send()).await {
            Ok(_) => Ok(true),
            Err(failure) if failure.code.as_deref() == Some("ResourceNotFoundException") => Ok(false),
            Err(failure) => Err(failure),
        }
    }
}

fn of_summary(summary: InferenceProfileSummary) -> ListedProfile {
    ListedProfile {
        id: summary.inference_profile_id,
        arn: summary.inference_profile_arn,
        name: summary.inference_profile_name,
        description: summary.description,
        status: summary.status.as_str().to_owned(),
        kind: summary.r#type.as_str().to_owned(),
        model_arns: arns(summary.models),
        created_at: moment(summary.created_at.as_ref()),
        updated_at: moment(summary.updated_at.as_ref()),
    }
}

fn of_profile(output: GetInferenceProfileOutput) -> ListedProfile {
    ListedProfile {
        id: output.inference_profile_id,
        arn: output.inference_profile_arn,
        name: output.inference_profile_name,
        description: output.description,
        status: output.status.as_str().to_owned(),
        kind: output.r#type.as_str().to_owned(),
        model_arns: arns(output.models),
        created_at: moment(output.created_at.as_ref()),
        updated_at: moment(output.updated_at.as_ref()),
    }
}

fn of_model(summary: FoundationModelSummary) -> ListedModel {
    let lifecycle = summary.model_lifecycle.as_ref();
    let end_of_life = lifecycle.and_then(|lifecycle| moment(lifecycle.end_of_life_time.as_ref()));
    ListedModel {
        input_modalities: words(summary.input_modalities(), |word| word.as_str()),
        output_modalities: words(summary.output_modalities(), |word| word.as_str()),
        inference_types: words(summary.inference_types_supported(), |word| word.as_str()),
        lifecycle_status: lifecycle.map(|lifecycle| lifecycle.status.as_str().to_owned()),
        end_of_life: end_of_life.and_then(|moment| Date::parse(moment.split('T').next()?)),
        streaming: summary.response_streaming_supported,
        id: summary.model_id,
        name: summary.model_name,
        provider: summary.provider_name,
    }
}

fn words<T>(values: &[T], word: impl Fn(&T) -> &str) -> Vec<String> {
    values.iter().map(|value| word(value).to_owned()).collect()
}

fn arns(models: Vec<InferenceProfileModel>) -> Vec<String> {
    models.into_iter().filter_map(|model| model.model_arn).collect()
}

fn moment(at: Option<&DateTime>) -> Option<String> {
    at.and_then(|at| at.fmt(Format::DateTime).ok())
}

fn sdk_tags(tags: &[Tag]) -> Result<Vec<SdkTag>, Box<Failure>> {
    let tags: Result<_, _> = tags.iter().map(|tag| SdkTag::builder().key(&tag.key).value(&tag.value).build()).collect();
    tags.map_err(|error| Box::new(Failure::new(Stage::Connection, error.to_string())))
}

#[cfg(test)]
mod tests {
    use super::super::loopback::{Reply, Server};
    use super::super::{ApiKey, Aws, Options, run};
    use super::*;

    fn ask<T>(server: &Server, ask: impl AsyncFnOnce(Bedrock) -> T) -> T {
        let mut options = Options::new(Region::named("eu-central-1").unwrap());
        options.endpoint_url = Some(server.url());
        options.api_key = ApiKey::parse("ABSKcanary").unwrap();
        run(async { ask(Aws::new(options).await.bedrock().unwrap()).await }).unwrap()
    }

    fn page(ids: &[&str], next: Option<&str>) -> Reply {
        let summaries: Vec<_> = ids
            .iter()
            .map(|id| {
                let arn = format!("arn:aws:bedrock:eu-central-1:111122223333:inference-profile/{id}");
                let model = "arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0";
                format!(
                    r#"{{"inferenceProfileId":"{id}","inferenceProfileArn":"{arn}","inferenceProfileName":"N",
                    "models":[{{"modelArn":"{model}"}},{{}}],"status":"RESTING","type":"COMMUNAL",
                    "createdAt":"2026-01-31T12:00:00Z"}}"#
                )
            })
            .collect();
        let next = next.map_or(String::new(), |token| format!(r#","nextToken":"{token}""#));
        Reply::json(200, &format!(r#"{{"inferenceProfileSummaries":[{}]{next}}}"#, summaries.join(",")))
    }

    #[test]
    fn every_page_of_inference_profiles_is_read_and_unknown_words_are_carried() {
        let server = Server::start(vec![page(&["eu.a"], Some("n/2")), page(&[], Some("n3")), page(&["eu.b"], None)]);
        let profiles = ask(&server, async |bedrock| bedrock.list_inference_profiles(ProfileKind::SystemDefined).await);
        let profiles = profiles.unwrap();
        let ids: Vec<_> = profiles.iter().map(|profile| profile.id.as_str()).collect();
        assert_eq!(ids, ["eu.a", "eu.b"]);
        let expected = ListedProfile {
            id: "eu.a".to_owned(),
            arn: "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.a".to_owned(),
            name: "N".to_owned(),
            description: None,
            status: "RESTING".to_owned(),
            kind: "COMMUNAL".to_owned(),
            model_arns: vec!["arn:aws:bedrock:eu-west-1::foundation-model/amazon.nova-lite-v1:0".to_owned()],
            created_at: Some("2026-01-31T12:00:00Z".to_owned()),
            updated_at: None,
        };
        assert_eq!(profiles[0], expected);
        let lines: Vec<_> = server.received().into_iter().map(|request| request.line).collect();
        let expected = [
            "GET /inference-profiles?maxResults=1000&type=SYSTEM_DEFINED HTTP/1.1",
            "GET /inference-profiles?maxResults=1000&nextToken=n%2F2&type=SYSTEM_DEFINED HTTP/1.1",
            "GET /inference-profiles?maxResults=1000&nextToken=n3&type=SYSTEM_DEFINED HTTP/1.1",
        ];
        assert_eq!(lines, expected);
    }

    #[test]
    fn pages_that_go_round_in_a_circle_are_a_failure() {
        let server =
            Server::start(vec![page(&["eu.a"], Some("one")), page(&["eu.a"], Some("two")), page(&[], Some("one"))]);
        let listed = ask(&server, async |bedrock| bedrock.list_inference_profiles(ProfileKind::Application).await);
        let failure = listed.unwrap_err();
        assert_eq!((failure.stage, failure.operation), (Stage::Unreadable, Some("ListInferenceProfiles")));
        assert_eq!(server.received().len(), 3);
    }

    const MODELS: &str = r#"{"modelSummaries":[{"modelArn":"arn:aws:bedrock:eu-central-1::foundation-model/x.y",
        "modelId":"x.y","modelName":"Y","providerName":"X","inputModalities":["TEXT","SMELL"],
        "outputModalities":["TEXT"],"responseStreamingSupported":true,"customizationsSupported":[],
        "inferenceTypesSupported":["ON_DEMAND","INFERENCE_PROFILE"],
        "modelLifecycle":{"status":"LEGACY","endOfLifeTime":"2026-11-20T23:59:59Z"}},
        {"modelArn":"arn:aws:bedrock:eu-central-1::foundation-model/x.z","modelId":"x.z"}]}"#;

    #[test]
    fn foundation_models_come_with_their_end_of_life_and_what_is_not_told_stays_open() {
        let server = Server::start(vec![Reply::json(200, MODELS)]);
        let models = ask(&server, async |bedrock| bedrock.list_foundation_models().await).unwrap();
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
        assert_eq!(models, [expected, ListedModel { id: "x.z".to_owned(), ..ListedModel::default() }]);
        assert_eq!(server.received()[0].line, "GET /foundation-models HTTP/1.1");
    }

    #[test]
    fn a_denied_operation_is_named_and_fails_the_whole_list() {
        let denial =
            "User: arn:aws:iam::111122223333:user/x is not authorized to perform: bedrock:ListInferenceProfiles";
        let server = Server::start(vec![Reply::exception(403, "AccessDeniedException", denial)]);
        let failure = ask(&server, async |bedrock| bedrock.list().await).unwrap_err();
        assert_eq!((failure.stage, failure.status, failure.attempts), (Stage::Response, Some(403), 1));
        assert_eq!(failure.operation, Some("ListInferenceProfiles"));
        assert_eq!(failure.code.as_deref(), Some("AccessDeniedException"));
        assert_eq!((failure.message.as_str(), failure.request_id.as_deref()), (denial, Some("req-1")));
    }

    #[test]
    fn identifiers_are_percent_encoded_in_the_path() {
        let arn = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl";
        let encoded = arn.replace(':', "%3A").replace('/', "%2F");
        let server = Server::start(vec![Reply::json(200, "{}")]);
        ask(&server, async |bedrock| {
            bedrock.delete_inference_profile(arn).await.unwrap();
            bedrock.get_foundation_model_availability("amazon.nova-lite-v1:0").await.ok();
        });
        let lines: Vec<_> = server.received().into_iter().map(|request| request.line).collect();
        assert_eq!(lines[0], format!("DELETE /inference-profiles/{encoded} HTTP/1.1"));
        assert_eq!(lines[1], "GET /foundation-model-availability/amazon.nova-lite-v1%3A0 HTTP/1.1");
    }

    #[test]
    fn a_profile_is_made_with_its_tags_and_a_token_against_making_it_twice() {
        let arn = "arn:aws:bedrock:eu-central-1:111122223333:application-inference-profile/abcdefghijkl";
        let server = Server::start(vec![
            Reply::exception(500, "InternalServerException", "again"),
            Reply::json(201, &format!(r#"{{"inferenceProfileArn":"{arn}","status":"ACTIVE"}}"#)),
        ]);
        let tags = [Tag { key: "team".to_owned(), value: "red".to_owned() }];
        let made = ask(&server, async |bedrock| {
            bedrock.create_inference_profile("N", "arn:aws:bedrock:x", Some("D"), &tags).await
        });
        assert_eq!(made.unwrap(), arn);
        let bodies: Vec<serde_json::Value> =
            server.received().iter().map(|request| serde_json::from_str(&request.body).unwrap()).collect();
        assert_eq!(bodies[0], bodies[1]);
        assert!(bodies[0]["clientRequestToken"].as_str().is_some_and(|token| !token.is_empty()));
        assert_eq!(bodies[0]["modelSource"]["copyFrom"], "arn:aws:bedrock:x");
        assert_eq!(bodies[0]["tags"], serde_json::json!([{"key": "team", "value": "red"}]));
    }

    #[test]
    fn tags_are_read_sorted_and_written_by_arn() {
        let tags = r#"{"tags":[{"key":"b","value":""},{"key":"a","value":"1"}]}"#;
        let server = Server::start(vec![Reply::json(200, tags)]);
        let (tags, server) = ask(&server, async |bedrock| {
            let tags = bedrock.list_tags_for_resource("arn:x").await.unwrap();
            bedrock.tag_resource("arn:x", &tags).await.unwrap();
            bedrock.untag_resource("arn:x", &["a".to_owned()]).await.unwrap();
            (tags, &server)
        });
        assert_eq!(tags.iter().map(|tag| tag.key.as_str()).collect::<Vec<_>>(), ["a", "b"]);
        let bodies: Vec<_> = server.received().into_iter().map(|request| request.body).collect();
        assert_eq!(bodies[0], r#"{"resourceARN":"arn:x"}"#);
        assert_eq!(bodies[1], r#"{"resourceARN":"arn:x","tags":[{"key":"a","value":"1"},{"key":"b","value":""}]}"#);
        assert_eq!(bodies[2], r#"{"resourceARN":"arn:x","tagKeys":["a"]}"#);
    }

    #[test]
    fn availability_is_told_in_the_words_of_aws() {
        let response = r#"{"modelId":"other","agreementAvailability":{"status":"ERROR","errorMessage":"no card"},
            "authorizationStatus":"AUTHORIZED","entitlementAvailability":"SOON","regionAvailability":"NOT_AVAILABLE"}"#;
        let server = Server::start(vec![Reply::json(200, response)]);
        let availability = ask(&server, async |bedrock| bedrock.get_foundation_model_availability("x.y").await);
        let expected = Availability {
            agreement: Some("ERROR".to_owned()),
            agreement_error: Some("no card".to_owned()),
            authorization: "AUTHORIZED".to_owned(),
            entitlement: "SOON".to_owned(),
            region: "NOT_AVAILABLE".to_owned(),
        };
        assert_eq!(availability.unwrap(), expected);
    }

    #[test]
    fn a_form_that_was_never_sent_is_told_from_a_question_that_was_refused() {
        let sent = |reply| {
            let server = Server::start(vec![reply]);
            ask(&server, async |bedrock| bedrock.get_use_case_for_model_access().await)
        };
        assert!(sent(Reply::json(200, r#"{"formData":"eyJjb21wYW55IjoiWCJ9"}"#)).unwrap());
        let never = "You have not filled out the request form. Fill out the form before getting access.";
        assert!(!sent(Reply::exception(404, "ResourceNotFoundException", never)).unwrap());
        assert_eq!(sent(Reply::exception(403, "AccessDeniedException", "no")).unwrap_err().status, Some(403));
    }

    #[test]
    fn the_users_limit_is_for_all_pages_together() {
        let server = Server::start(vec![Reply::silence(std::time::Duration::from_secs(3))]);
        let mut options = Options::new(Region::named("eu-central-1").unwrap());
        options.endpoint_url = Some(server.url());
        options.api_key = ApiKey::parse("ABSKcanary").unwrap();
        options.timeouts.total = Some(std::time::Duration::from_millis(100));
        let listed = run(async { Aws::new(options).await.bedrock().unwrap().list().await }).unwrap();
        assert_eq!(listed.unwrap_err().message, "the call was not done within 0.1 seconds (`--timeout`)");
    }
}
