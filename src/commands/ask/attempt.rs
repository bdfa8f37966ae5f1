//! Sends the request of an exchange until it is accepted: what the service refuses of it is fixed, expired credentials are
//! renewed, and a model that is unavailable is replaced by the fallback.

use super::auth_refresh::AuthRefresh;
use super::destination::Destination;
use super::exchange::{Exchange, FailedId};
use super::fields;
use super::fixes::RequestChange;
use super::output_file::OutputFile;
use super::resolution::{live_catalog, replacement};
use super::schema;
use crate::aws::{Arrival, Aws, BedrockRuntime, ConverseError, ConverseResponse};
use crate::config::value::Format;
use crate::error::Error;
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::diagnosis::{Diagnosis, Group, ModelAccess, ParameterFix, Scope};
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::resolution::Rule;
use bedrock_ask::model::resolver;

/// How often one prompt is repaired at most, retries of the same request apart: each repair sends it again, and is paid.
const MOST_REPAIRS: u32 = 2;

impl Exchange<'_> {
    /// Sends the request. As long as no text has arrived and no event was printed, what the service refuses of it is fixed,
    /// each kind of fault once, [`MOST_REPAIRS`] faults in all; expired credentials are renewed once besides.
    ///
    /// # Errors
    /// The diagnosis of the failure: of the first one, unless a request with another ID got further.
    pub async fn send(
        &mut self,
        session: &Session,
        mut aws: Aws,
        mut file: Option<&mut OutputFile>,
        output: &mut Output,
    ) -> Result<ConverseResponse, Error> {
        let mut runtime = aws.bedrock_runtime()?;
        let mut refused: Option<FailedId> = None;
        let mut auth_refresh = AuthRefresh::default();
        let mut repairs = 0;
        loop {
            let failure = match self.attempt(&runtime, file.as_deref_mut(), output).await {
                Ok(response) => {
                    self.save_learned(refused.is_some(), output);
                    if let Some(refused) = refused {
                        self.report_substituted_id(&refused.id, output)?;
                    }
                    return Ok(response);
                }
                Err(ConverseError::Write(error)) => return Err(*error),
                Err(ConverseError::Failed(failure)) => failure,
            };
            let diagnosis = self.diagnose(&failure);
            let is_begun = failure.text_bytes > 0 || output.is_amid_events();
            if diagnosis.group.needs_sign_in() && !is_begun {
                let error = self.failed(diagnosis, &failure, refused.clone());
                aws = auth_refresh.connect(error, session, self.resolution.source_region, output).await?;
                runtime = aws.bedrock_runtime()?;
                output.start_spinner(self.awaited());
                continue;
            }
            if repairs < MOST_REPAIRS
                && !is_begun
                && self.is_unavailable(&diagnosis)
                && let Some(fallback) = self.fallback.take()
            {
                repairs += 1;
                let error = self.failed(diagnosis, &failure, refused.take());
                self.use_fallback(fallback, error, output);
                continue;
            }
            if repairs == MOST_REPAIRS || !self.repairs() || is_begun {
                return Err(self.failed(diagnosis, &failure, refused));
            }
            repairs += 1;
            if let Some(change) = diagnosis.parameter_fix.clone().and_then(|fix| self.apply_and_learn(fix)) {
                self.report_change(&change, output);
                continue;
            }
            // Without a model, as for a resource of the account, no other ID can stand in.
            if refused.is_some() || self.resolution.model.is_none() || !diagnosis.group.is_id_fault() {
                return Err(self.failed(diagnosis, &failure, refused));
            }
            let Some(other) = self.other_id(&aws, output).await else {
                return Err(self.failed(diagnosis, &failure, None));
            };
            let error = self.error(diagnosis, &failure, None);
            refused = Some(FailedId { id: self.resolution.id.clone(), error });
            self.use_id(other, output);
        }
    }

    /// Returns the error to report.
    fn failed(&self, diagnosis: Diagnosis, failure: &Failure, refused: Option<FailedId>) -> Error {
        let is_unavailable = self.is_unavailable(&diagnosis) && failure.text_bytes == 0;
        self.with_fallback(self.error(diagnosis, failure, refused), is_unavailable, failure)
    }

    /// Returns the error of the model: that of its first ID, unless the second got further.
    fn error(&self, diagnosis: Diagnosis, failure: &Failure, refused: Option<FailedId>) -> Error {
        let got_further = has_accepted_id(&diagnosis, failure);
        let error = Error::from(diagnosis);
        match refused {
            Some(FailedId { id, .. }) if got_further => {
                error.cause(format!("`{}` was invoked because AWS refused `{id}`", self.resolution.id))
            }
            Some(FailedId { error: first, .. }) => first,
            None if error.message.summary.contains(&self.resolution.id) => error.causes(&self.origin),
            None => error,
        }
    }

    /// Returns the ID to try in place of one that was refused, within the user's routing and geography: the one that AWS
    /// lists now or, if its lists cannot be read, the first of the other routes in the catalog.
    async fn other_id(&self, aws: &Aws, output: &mut Output) -> Option<String> {
        let request = self.context.resolve_request_from(self.resolution.source_region);
        match live_catalog(self.context, aws, output).await {
            Ok(catalog) => {
                let other = replacement(&self.resolution.input, &request, self.context, &catalog).ok()?;
                (other.rule != Rule::Predicted && other.id != self.resolution.id).then_some(other.id)
            }
            Err(reason) => {
                output.debug(&format!("AWS's lists cannot be read, so only the catalog is used: {reason}"));
                resolver::fallback_ids(&self.resolution, &request, &self.context.catalog).into_iter().next()
            }
        }
    }

    /// Reports the ID that was used in place of the one that was refused.
    fn report_substituted_id(&self, wrong: &str, output: &mut Output) -> Result<(), Error> {
        output.end_line()?;
        output.flush()?;
        let id = &self.resolution.id;
        output.note(&format!("`{wrong}` cannot be invoked from here; `{id}` was invoked instead: use that ID"));
        Ok(())
    }

    async fn attempt(
        &mut self,
        runtime: &BedrockRuntime,
        file: Option<&mut OutputFile>,
        output: &mut Output,
    ) -> Result<ConverseResponse, ConverseError> {
        if let Some(schema) = self.form.schema() {
            schema.write(&mut self.request);
        }
        let mut destination = Destination {
            file,
            holds_text: self.form.is_held(),
            prints_text: output.format() == Format::Text,
            prints_events: self.has_events(),
            shows_thinking: self.shows_thinking,
            output,
        };
        if self.streaming {
            let on_arrival = |arrival: Arrival<'_>| destination.take(arrival);
            runtime.converse_stream(&self.request, &mut self.received, on_arrival).await?;
            return Ok(std::mem::take(&mut self.received));
        }
        let response = runtime.converse(&self.request).await?;
        for reasoning in response.content.reasoning() {
            destination.take(reasoning)?;
        }
        destination.text(&response.text)?;
        Ok(response)
    }

    /// Applies a fix, and remembers it if other requests to this model would be refused too.
    fn apply_and_learn(&mut self, fix: ParameterFix) -> Option<RequestChange> {
        // One of two that do not go together is refused only beside the other.
        let has_temperature = self.request.temperature.is_some();
        let goes_alone =
            !has_temperature || self.request.top_p.is_none() && !fields::asks_to_think(&self.request.members);
        let learned = fields::to_learn(&fix, &self.request).filter(|_| goes_alone && !schema::is_about_content(&fix));
        let change = self.apply_fix(fix)?;
        self.fixes.learned.extend(learned);
        Some(change)
    }
}

/// Whether a failure shows that the service knows the ID: the request failed later, for another reason.
fn has_accepted_id(diagnosis: &Diagnosis, failure: &Failure) -> bool {
    let group = diagnosis.group;
    let says_nothing = matches!(
        group,
        Group::Validation | Group::Unknown | Group::UnknownOperation | Group::Unreadable | Group::Timeout
    );
    let is_later = match group.model_access() {
        ModelAccess::NotEnabled => true,
        ModelAccess::Undecided => group.scope() == Scope::Call && !says_nothing,
        _ => false,
    };
    failure.text_bytes > 0 || is_later
}
