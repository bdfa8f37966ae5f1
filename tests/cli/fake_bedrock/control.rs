//! The control plane: the lists of models and profiles, application inference profiles and their tags, access.

use serde_json::{Value, json};

use super::faults::Refusal;
use super::http::{Request, Response};
use super::operation::Operation;
use super::rules::{self, ACCOUNT, Model, Route, arn_resource, nothing_there, partition};

/// The account's resources in the control plane.
#[derive(Default)]
pub struct Account {
    profiles: Vec<ApplicationProfile>,
    /// The maximum number of inference profiles per page, whatever the client requests.
    pub page_size: Option<usize>,
    /// Whether Anthropic's use-case form was submitted.
    pub use_case_sent: bool,
    /// The models whose agreement is missing.
    pub without_agreement: Vec<String>,
}

struct ApplicationProfile {
    arn: String,
    name: String,
    description: Option<String>,
    source: String,
    tags: Vec<Value>,
}

type Answer = Result<Value, Refusal>;

impl Account {
    /// Answers an operation of the control plane from this Region.
    pub fn answer(&mut self, operation: Operation, request: &Request, region: &str) -> Result<Response, Refusal> {
        let segments = request.segments();
        let id = segments.get(1).map(String::as_str).unwrap_or_default();
        let body = request.json();
        let answer = match operation {
            Operation::ListFoundationModels => Ok(list_foundation_models(region)),
            Operation::ListInferenceProfiles => self.list_inference_profiles(request, region),
            Operation::GetInferenceProfile => self.get_inference_profile(id, region),
            Operation::CreateInferenceProfile => self.create_inference_profile(&body, region),
            Operation::DeleteInferenceProfile => self.delete_inference_profile(id),
            Operation::TagResource => self.tag(&body),
            Operation::UntagResource => self.untag(&body),
            Operation::ListTagsForResource => self.owned(&body["resourceARN"]).map(|it| json!({"tags": it.tags})),
            Operation::GetFoundationModelAvailability => self.availability(id, region),
            Operation::GetUseCaseForModelAccess => self.use_case(),
            _ => panic!("{operation:?} is no operation of the control plane"),
        }?;
        let status = if operation == Operation::CreateInferenceProfile { 201 } else { 200 };
        Ok(Response::new(status, "application/json", answer.to_string()))
    }

    /// Creates an application inference profile and returns its ARN.
    pub fn create(&mut self, name: &str, source: &str, tags: Vec<Value>, region: &str) -> String {
        let id = format!("fake{:08}", self.profiles.len() + 1);
        let arn = format!("arn:{}:bedrock:{region}:{ACCOUNT}:application-inference-profile/{id}", partition(region));
        let (name, source) = (name.to_owned(), source.to_owned());
        self.profiles.push(ApplicationProfile { arn: arn.clone(), name, description: None, source, tags });
        arn
    }

    /// Returns the ARN that an application inference profile was copied from.
    pub fn source_of(&self, arn: &str) -> Option<String> {
        self.profiles.iter().find(|profile| profile.arn == arn).map(|profile| profile.source.clone())
    }

    fn list_inference_profiles(&self, request: &Request, region: &str) -> Answer {
        let kind = request.query("type");
        let mut profiles: Vec<Value> = Vec::new();
        if kind.as_deref() != Some("APPLICATION") {
            for model in Model::all() {
                profiles.extend(model.routes_from(region).map(|route| system_profile(model, route, region)));
            }
        }
        // What AWS lists where no type is asked for: its own profiles.
        if kind.as_deref() == Some("APPLICATION") {
            profiles.extend(self.profiles.iter().filter_map(|profile| profile.summary(region).ok()));
        }
        let (from, size) = page_of(request, self.page_size)?;
        let page: Vec<_> = profiles.iter().skip(from).take(size).collect();
        let mut answer = json!({"inferenceProfileSummaries": page});
        if from + size < profiles.len() {
            answer["nextToken"] = json!(format!("after-{}", from + size));
        }
        Ok(answer)
    }

    fn get_inference_profile(&self, id: &str, region: &str) -> Answer {
        if let Some(own) = self.profiles.iter().find(|own| own.arn == id || arn_resource(&own.arn).1 == id) {
            return own.summary(region);
        }
        let id = if id.starts_with("arn:") { arn_resource(id).1 } else { id };
        let (prefix, model_id) = id.split_once('.').ok_or_else(nothing_there)?;
        let model = Model::all().iter().find(|model| model.id == model_id).ok_or_else(nothing_there)?;
        let route = model.route(prefix, region).ok_or_else(nothing_there)?;
        Ok(system_profile(model, route, region))
    }

    fn create_inference_profile(&mut self, body: &Value, region: &str) -> Answer {
        let name = body["inferenceProfileName"].as_str().unwrap_or_default();
        if self.profiles.iter().any(|profile| profile.name == name) {
            let message = format!("An inference profile with the name {name} already exists.");
            return Err(Refusal::new(400, "ConflictException", message));
        }
        let source = body["modelSource"]["copyFrom"].as_str().unwrap_or_default();
        if !source.starts_with("arn:") {
            return Err(Refusal::validation("The provided model identifier is invalid."));
        }
        rules::invocable(source, region, &|_| None)?;
        let tags = body["tags"].as_array().cloned().unwrap_or_default();
        let arn = self.create(name, source, tags, region);
        if let Some(profile) = self.profiles.last_mut() {
            profile.description = body["description"].as_str().map(str::to_owned);
        }
        Ok(json!({"inferenceProfileArn": arn, "status": "ACTIVE"}))
    }

    fn delete_inference_profile(&mut self, id: &str) -> Answer {
        if let Some(at) = self.profiles.iter().position(|own| own.arn == id || arn_resource(&own.arn).1 == id) {
            self.profiles.remove(at);
            return Ok(json!({}));
        }
        let is_ours = Model::all().iter().any(|model| id.ends_with(model.id));
        Err(if is_ours {
            Refusal::validation("System-defined inference profiles cannot be deleted.")
        } else {
            nothing_there()
        })
    }

    fn tag(&mut self, body: &Value) -> Answer {
        let profile = self.owned(&body["resourceARN"])?;
        for tag in body["tags"].as_array().into_iter().flatten() {
            profile.tags.retain(|old| old["key"] != tag["key"]);
            profile.tags.push(tag.clone());
        }
        Ok(json!({}))
    }

    fn untag(&mut self, body: &Value) -> Answer {
        let keys = body["tagKeys"].as_array().cloned().unwrap_or_default();
        self.owned(&body["resourceARN"])?.tags.retain(|tag| !keys.contains(&tag["key"]));
        Ok(json!({}))
    }

    fn owned(&mut self, arn: &Value) -> Result<&mut ApplicationProfile, Refusal> {
        self.profiles.iter_mut().find(|profile| *arn == profile.arn).ok_or_else(nothing_there)
    }

    fn availability(&self, id: &str, region: &str) -> Answer {
        if id.starts_with("arn:") {
            return Err(Refusal::validation(format!(
                "1 validation error detected: Value '{id}' at 'modelId' failed to satisfy constraint: Member must \
                 satisfy regular expression pattern: [a-z0-9-]{{1,63}}[.]{{1}}[a-z0-9-]{{1,63}}…"
            )));
        }
        let is_there = |model: &&Model| model.id == id && (model.is_offered_in(region) || model.may_run_in(region));
        let model = Model::all().iter().find(is_there).ok_or_else(nothing_there)?;
        let is_missing = self.without_agreement.iter().any(|missing| missing == model.id);
        Ok(json!({
            "agreementAvailability": {"status": if is_missing { "NOT_AVAILABLE" } else { "AVAILABLE" }},
            "authorizationStatus": "AUTHORIZED",
            "entitlementAvailability": "AVAILABLE",
            "modelId": model.id.split(':').next(),
            "regionAvailability": "AVAILABLE",
        }))
    }

    fn use_case(&self) -> Answer {
        if self.use_case_sent {
            return Ok(json!({"formData": "e30="}));
        }
        Err(Refusal::not_found("You have not filled out the request form. Fill out the form before getting access."))
    }
}

impl ApplicationProfile {
    fn summary(&self, region: &str) -> Answer {
        let (kind, id) = arn_resource(&self.source);
        let models = if kind == "foundation-model" {
            json!([{"modelArn": self.source}])
        } else {
            let (prefix, model_id) = id.split_once('.').ok_or_else(nothing_there)?;
            let model = Model::all().iter().find(|model| model.id == model_id).ok_or_else(nothing_there)?;
            model_arns(model, model.route(prefix, region).ok_or_else(nothing_there)?, region)
        };
        let mut summary = profile(&self.name, &self.arn, arn_resource(&self.arn).1, "APPLICATION", &models);
        if let Some(description) = &self.description {
            summary["description"] = json!(description);
        }
        Ok(summary)
    }
}

fn list_foundation_models(region: &str) -> Value {
    let summaries = Model::listed_in(region).map(|model| {
        let mut kinds = Vec::new();
        kinds.extend(model.on_demand.contains(&region).then_some("ON_DEMAND"));
        kinds.extend(model.routes_from(region).next().map(|_| "INFERENCE_PROFILE"));
        json!({
            "customizationsSupported": [],
            "inferenceTypesSupported": kinds,
            "inputModalities": model.input,
            "modelArn": format!("arn:{}:bedrock:{region}::foundation-model/{}", partition(region), model.id),
            "modelId": model.id,
            "modelLifecycle": {"status": model.status},
            "modelName": model.name,
            "outputModalities": model.output,
            "providerName": model.provider,
            "responseStreamingSupported": model.streams,
        })
    });
    json!({"modelSummaries": summaries.collect::<Vec<_>>()})
}

fn system_profile(model: &Model, route: &Route, region: &str) -> Value {
    let id = format!("{}.{}", route.prefix, model.id);
    let arn = format!("arn:{}:bedrock:{region}:{ACCOUNT}:inference-profile/{id}", partition(region));
    let name = format!("{} {} {}", route.prefix.to_uppercase(), model.provider, model.name);
    profile(&name, &arn, &id, "SYSTEM_DEFINED", &model_arns(model, route, region))
}

fn model_arns(model: &Model, route: &Route, region: &str) -> Value {
    // A global profile names the source Region and one ARN with none at all.
    let regions = if route.destinations == ["*"] { vec![region, ""] } else { route.destinations.clone() };
    let arn = |region| json!({"modelArn": format!("arn:{}:bedrock:{region}::foundation-model/{}", partition(region), model.id)});
    regions.into_iter().map(arn).collect()
}

fn profile(name: &str, arn: &str, id: &str, kind: &str, models: &Value) -> Value {
    json!({
        "createdAt": "2026-01-15T00:00:00Z",
        "inferenceProfileArn": arn,
        "inferenceProfileId": id,
        "inferenceProfileName": name,
        "models": models,
        "status": "ACTIVE",
        "type": kind,
        "updatedAt": "2026-01-15T00:00:00Z",
    })
}

/// Returns the first item and the number of items of the page that a request asks for, of at most `limit` items.
pub fn page_of(request: &Request, limit: Option<usize>) -> Result<(usize, usize), Refusal> {
    let asked = request.query("maxResults").and_then(|asked| asked.parse().ok()).unwrap_or(100);
    let size = limit.map_or(asked, |size| size.min(asked));
    let from = match request.query("nextToken") {
        None => 0,
        Some(token) => token
            .strip_prefix("after-")
            .and_then(|from| from.parse().ok())
            .ok_or_else(|| Refusal::validation("The provided token is invalid."))?,
    };
    Ok((from, size))
}
