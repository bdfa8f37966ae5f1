//! Calls AWS for one case, and turns what comes back into a finding. What to call was decided by the plan.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use super::availability::ModelRegion;
use super::finding::Finding;
use super::plan::Case;
use super::preflight::Preflight;
use super::verdict::Verdict;
use crate::aws::{Availability, Aws, BedrockRuntime, ConverseError, ConverseRequest, ConverseResponse};
use crate::commands::explanation::{explain, explain_without_resolution};
use crate::context::Context;
use crate::error::Error;
use bedrock_ask::diagnosis::{Diagnosis, Group, ParameterFix};
use bedrock_ask::message::Message;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::Resolution;

/// The fewest tokens that an answer can have; some models ask for more.
const FEWEST_TOKENS: i32 = 1;
const MORE_TOKENS: i32 = 64;

/// Asks models for one token each, or AWS about them.
pub struct Prober<'a> {
    /// What the command works in.
    pub context: &'a Context,
    /// AWS as one source Region sees it.
    pub aws: Aws,
    /// The data plane of every source Region.
    pub runtimes: BTreeMap<Region, BedrockRuntime>,
    /// Whether to ask for a stream too.
    pub streams: bool,
    /// What the calls show of the setting.
    pub preflight: RefCell<Preflight>,
}

impl Prober<'_> {
    /// Asks the case's model, unless the setting is known to keep it from answering.
    pub async fn invoke(&self, case: &Case) -> Finding {
        let Ok(resolution) = &case.resolved else { return Finding::of_catalog(case, self.context) };
        let fault = self.preflight.borrow().fault_in(case.region);
        let (None, Some((region, runtime))) =
            (fault, case.region.and_then(|region| self.runtimes.get_key_value(&region)))
        else {
            return Finding { fault, ..Finding::new(case, Verdict::Inconclusive) };
        };
        let started = Instant::now();
        let verdict = Verdict::of_answer(resolution, &self.context.catalog);
        let mut finding = Finding::of_resolution(case, verdict, resolution);
        if let Err(failure) = self.converse(runtime, resolution, *region, &mut finding).await {
            self.judge(&failure, resolution, *region, &mut finding);
        }
        finding.took = Some(started.elapsed());
        finding
    }

    /// Asks what the account may use of a model in one Region, and whether that was throttled; nothing where the setting
    /// keeps it from being asked.
    pub async fn get_availability(&self, (model, region): &ModelRegion) -> Option<(Result<Availability, Error>, bool)> {
        if self.preflight.borrow().fault_in(Some(*region)).is_some() {
            return None;
        }
        let bedrock = self.aws.in_region(*region).bedrock().ok()?;
        match bedrock.get_foundation_model_availability(model).await {
            Ok(availability) => {
                self.preflight.borrow_mut().record_success(None, *region);
                Some((Ok(availability), false))
            }
            Err(failure) => {
                let diagnosis = explain_without_resolution(&failure, Some(model), *region, self.context);
                self.preflight.borrow_mut().record_failure(&failure, &diagnosis, *region);
                let is_throttled = is_throttling(&diagnosis);
                let error = match diagnosis.group {
                    Group::ResourceNotFound | Group::ModelNotFound => absent(model, *region, diagnosis.into()),
                    _ => diagnosis.into(),
                };
                Some((Err(error), is_throttled))
            }
        }
    }

    /// Asks whether the account has sent Anthropic's form; nothing where the setting keeps it from being asked.
    pub async fn get_use_case(&self, region: Region) -> Option<Result<bool, Error>> {
        if self.preflight.borrow().fault_in(Some(region)).is_some() {
            return None;
        }
        let bedrock = self.aws.in_region(region).bedrock().ok()?;
        Some(match bedrock.get_use_case_for_model_access().await {
            Ok(is_sent) => Ok(is_sent),
            Err(failure) => {
                let diagnosis = explain_without_resolution(&failure, None, region, self.context);
                self.preflight.borrow_mut().record_failure(&failure, &diagnosis, region);
                Err(diagnosis.into())
            }
        })
    }

    /// One Converse, and where asked for one `ConverseStream`.
    async fn converse(
        &self,
        runtime: &BedrockRuntime,
        resolution: &Resolution,
        region: Region,
        finding: &mut Finding,
    ) -> Result<(), Box<Failure>> {
        let mut request = ConverseRequest {
            model_id: resolution.id.clone(),
            prompt: "Hi".to_owned(),
            max_tokens: Some(FEWEST_TOKENS),
            ..ConverseRequest::default()
        };
        let mut answered = runtime.converse(&request).await;
        if let Err(failure) = &answered
            && wants_more_tokens(failure, self.diagnose(failure, resolution, &finding.case).group)
        {
            request.max_tokens = Some(MORE_TOKENS);
            answered = runtime.converse(&request).await;
        }
        self.note(&answered?, region, finding);
        if !self.streams {
            return Ok(());
        }
        let model = resolution.model.as_deref().and_then(|id| self.context.catalog.foundation_model(id));
        if model.is_some_and(|model| !model.streaming()) {
            finding.notes.push("it cannot stream, so only Converse was called".to_owned());
            return Ok(());
        }
        match runtime.converse_stream(&request, |_| Ok(())).await {
            Ok(response) => {
                self.note(&response, region, finding);
                Ok(())
            }
            Err(ConverseError::Failed(failure)) => Err(failure),
            // Nothing is written, so nothing can be unwritable.
            Err(ConverseError::Write(_)) => Ok(()),
        }
    }

    fn note(&self, response: &ConverseResponse, region: Region, finding: &mut Finding) {
        self.preflight.borrow_mut().record_success(response.clock_offset_seconds, region);
        finding.is_throttled |= response.attempts > 1;
    }

    fn diagnose(&self, failure: &Failure, resolution: &Resolution, case: &Case) -> Diagnosis {
        explain(failure, resolution, &case.request(self.context), self.context)
    }

    /// What a failed call says, of the model or of the setting.
    fn judge(&self, failure: &Failure, resolution: &Resolution, region: Region, finding: &mut Finding) {
        let diagnosis = self.diagnose(failure, resolution, &finding.case);
        finding.fault = self.preflight.borrow_mut().record_failure(failure, &diagnosis, region);
        finding.is_throttled |= is_throttling(&diagnosis);
        if diagnosis.parameter_fix == Some(ParameterFix::NoStreaming) {
            finding.notes.push("it cannot stream; Converse answered".to_owned());
            return;
        }
        finding.notes.clear();
        finding.verdict = match finding.fault {
            Some(_) => Verdict::Inconclusive,
            None => Verdict::of_failure(diagnosis.group, resolution),
        };
        finding.denied_region = diagnosis.denied_region.clone().filter(|_| finding.verdict == Verdict::Denied);
        finding.error = finding.fault.is_none().then(|| diagnosis.into());
    }
}

/// What it means that the control plane of a Region does not know a model that runs there.
fn absent(model: &str, region: Region, error: Error) -> Error {
    let summary = format!("the control plane of {region} does not know `{model}`");
    let hints = vec!["`--depth invoke` decides it".to_owned()];
    Error { message: Message { summary, hints, ..error.message }, ..error }
}

/// Whether the model wants to answer with more tokens than one.
fn wants_more_tokens(failure: &Failure, group: Group) -> bool {
    let words = failure.message.to_lowercase().replace(['_', ' ', '`'], "");
    matches!(group, Group::ParameterInvalid | Group::ParameterRefused | Group::Validation)
        && ["maxtokens", "maxoutputtokens", "maximumtokens"].iter().any(|word| words.contains(word))
}

fn is_throttling(diagnosis: &Diagnosis) -> bool {
    matches!(
        diagnosis.group,
        Group::ThrottledRequests | Group::ThrottledTokens | Group::ThrottledConnections | Group::Capacity
    )
}
