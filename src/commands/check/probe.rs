//! Calls AWS for one case, and turns the result into a finding.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::time::Instant;

use super::availability::ModelRegion;
use super::finding::Finding;
use super::plan::CheckCase;
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

/// The smallest `maxTokens`; some models need more.
const FEWEST_TOKENS: i32 = 1;
const MORE_TOKENS: i32 = 64;

/// Invokes models for one token each, or reads their availability.
pub struct Prober<'a> {
    pub context: &'a Context,
    /// The clients of one source Region.
    pub aws: Aws,
    /// The data plane of every source Region.
    pub runtimes: BTreeMap<Region, BedrockRuntime>,
    /// Whether `ConverseStream` is called too.
    pub streams: bool,
    /// The preconditions, updated by every call.
    pub preflight: RefCell<Preflight>,
}

impl Prober<'_> {
    /// Invokes the model of a case, unless a fault in the preconditions prevents it.
    pub async fn invoke(&self, case: &CheckCase) -> Finding {
        let Ok(resolution) = &case.resolved else { return Finding::from_catalog(case, self.context) };
        let fault = self.preflight.borrow().fault_in(case.region);
        let (None, Some((region, runtime))) =
            (fault, case.region.and_then(|region| self.runtimes.get_key_value(&region)))
        else {
            return Finding { fault, ..Finding::new(case, Verdict::Inconclusive) };
        };
        let started = Instant::now();
        let verdict = Verdict::from_response(resolution, &self.context.catalog);
        let mut finding = Finding::from_resolution(case, verdict, resolution);
        if let Err(failure) = self.converse(runtime, resolution, *region, &mut finding).await {
            self.record_failed_call(&failure, resolution, *region, &mut finding);
        }
        finding.took = Some(started.elapsed());
        finding
    }

    /// Reads the availability of a model in one Region, and returns whether the call was throttled; `None` if a fault
    /// in the preconditions prevents it.
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
                    Group::ResourceNotFound | Group::ModelNotFound => {
                        unknown_to_control_plane(model, *region, diagnosis.into())
                    }
                    _ => diagnosis.into(),
                };
                Some((Err(error), is_throttled))
            }
        }
    }

    /// Reads whether the account submitted Anthropic's form; `None` if a fault in the preconditions prevents it.
    pub async fn get_use_case(&self, region: Region) -> Option<Result<bool, Error>> {
        if self.preflight.borrow().fault_in(Some(region)).is_some() {
            return None;
        }
        let bedrock = self.aws.in_region(region).bedrock().ok()?;
        let is_sent = bedrock.get_use_case_for_model_access().await;
        Some(is_sent.map_err(|failure| {
            let diagnosis = explain_without_resolution(&failure, None, region, self.context);
            self.preflight.borrow_mut().record_failure(&failure, &diagnosis, region);
            diagnosis.into()
        }))
    }

    /// Calls Converse once, and `ConverseStream` if it is wanted.
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
        let mut result = runtime.converse(&request).await;
        if let Err(failure) = &result
            && wants_more_tokens(failure, self.diagnose(failure, resolution, &finding.case).group)
        {
            request.max_tokens = Some(MORE_TOKENS);
            result = runtime.converse(&request).await;
        }
        let response = result?;
        self.record_response(&response, region, finding);
        if let Some(lack) = lack(&response) {
            finding.set_incomplete("Converse", lack);
            return Ok(());
        }
        if !self.streams {
            return Ok(());
        }
        if !finding.case.can_stream(&self.context.catalog) {
            finding.notes.push("it does not support streaming, so only `Converse` was called".to_owned());
            return Ok(());
        }
        let mut response = ConverseResponse::default();
        match runtime.converse_stream(&request, &mut response, |_| Ok(())).await {
            Ok(()) => {
                self.record_response(&response, region, finding);
                if let Some(lack) = lack(&response) {
                    finding.set_incomplete("ConverseStream", lack);
                }
                Ok(())
            }
            Err(ConverseError::Failed(failure)) => Err(failure),
            // The callback never fails.
            Err(ConverseError::Write(_)) => Ok(()),
        }
    }

    fn record_response(&self, response: &ConverseResponse, region: Region, finding: &mut Finding) {
        self.preflight.borrow_mut().record_success(response.clock_offset_seconds, region);
        finding.is_throttled |= response.attempts > 1;
        if let Some(fault) = response.fault() {
            finding.verdict = Verdict::Inconclusive;
            finding.notes.push(format!("the response is malformed: {fault}"));
        }
    }

    fn diagnose(&self, failure: &Failure, resolution: &Resolution, case: &CheckCase) -> Diagnosis {
        explain(failure, resolution, &case.request(self.context), self.context)
    }

    /// Returns the finding of a failed call: about the model or about a precondition.
    fn record_failed_call(&self, failure: &Failure, resolution: &Resolution, region: Region, finding: &mut Finding) {
        let diagnosis = self.diagnose(failure, resolution, &finding.case);
        finding.fault = self.preflight.borrow_mut().record_failure(failure, &diagnosis, region);
        finding.is_throttled |= is_throttling(&diagnosis);
        if diagnosis.parameter_fix == Some(ParameterFix::NoStreaming) {
            finding.notes.push("it does not support streaming; Converse responded".to_owned());
            return;
        }
        finding.notes.clear();
        finding.verdict = match finding.fault {
            Some(_) => Verdict::Inconclusive,
            None => Verdict::from_failure(diagnosis.group, resolution),
        };
        finding.denied_region = diagnosis.denied_region.clone().filter(|_| finding.verdict == Verdict::Denied);
        finding.error = finding.fault.is_none().then(|| {
            let mut error = Error::from(diagnosis);
            // A check has no such flag.
            error.message.hints.retain(|hint| !hint.contains("--no-stream"));
            error
        });
    }
}

/// Returns the error for a model that is unknown to the control plane of a destination Region.
fn unknown_to_control_plane(model: &str, region: Region, error: Error) -> Error {
    let summary = format!("`{model}` is not known to the control plane of {region}");
    let hints = vec!["`--depth invoke` decides it".to_owned()];
    Error { message: Message { summary, hints, ..error.message }, ..error }
}

/// Returns what a response lacks that each response of a model has: a stop reason that is a word (without one, the SDK
/// fills in words of its own), and content or tokens of output. A limit of one token can leave no content to send.
fn lack(response: &ConverseResponse) -> Option<&'static str> {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
    if response.stop_reason.is_empty() || !response.stop_reason.bytes().all(is_word) {
        return Some("no stop reason");
    }
    let has_content = !response.text.is_empty() || !response.content.other_kinds().is_empty();
    let has_tokens = response.usage.as_ref().is_some_and(|usage| usage.output_tokens > 0);
    (!has_content && !has_tokens).then_some("no content and no tokens of output")
}

/// Whether the model rejects a limit of one token.
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
