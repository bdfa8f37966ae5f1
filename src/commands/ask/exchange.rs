//! One exchange with a model: the request and the fixes that are applied to it. What is printed of the response is in
//! `report`.

use serde_json::json;

use super::auth_refresh::AuthRefresh;
use super::destination::Destination;
use super::fallback::Unavailable;
use super::fields::{self, Change};
use super::form::ResponseForm;
use super::output_file::OutputFile;
use super::prepared::Prepared;
use super::{replacement, schema};
use crate::aws::{self, Arrival, Aws, BedrockRuntime, ConverseError, ConverseResponse};
use crate::commands::explanation::explain;
use crate::config::value::{Format, FormatFlag};
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::diagnosis::{Diagnosis, Group, ModelAccess, ParameterFix, Scope};
use bedrock_ask::model::catalog::{Catalog, live};
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::resolution::{Destinations, Resolution, Rule};
use bedrock_ask::model::resolver::{self, Geography};
use bedrock_ask::model::routing::Routing;

/// How often one prompt is repaired at most, retries of the same request apart: each repair sends it again, and is paid.
const MOST_REPAIRS: u32 = 2;

/// The exchange of one prompt with one model.
pub struct Exchange<'a> {
    /// The settings, the catalog and the cache.
    pub context: &'a Context,
    /// The ID that is invoked, and why.
    pub resolution: Resolution,
    /// The request, with the fixes that were applied.
    pub request: aws::ConverseRequest,
    /// Whether the response is streamed.
    pub streaming: bool,
    /// What of the response is printed.
    pub form: ResponseForm,
    /// Whether the reasoning of the model is printed to stderr.
    pub shows_thinking: bool,
    /// The fixes that were applied already, so that none is tried twice.
    applied_fixes: Vec<ParameterFix>,
    /// Those that hold for every request to this model.
    pub learned_fixes: Vec<ParameterFix>,
    /// Why the ID is invoked, if nobody typed it.
    pub origin: Option<String>,
    /// What has arrived of a streamed response.
    pub received: ConverseResponse,
    /// What is sent once if the model is unavailable.
    pub fallback: Option<Prepared>,
    /// Why the fallback is used.
    pub unavailable: Option<Unavailable>,
}

/// The ID that AWS refused first, and its error.
#[derive(Clone)]
struct RefusedId {
    id: String,
    error: Error,
}

impl<'a> Exchange<'a> {
    /// Creates an exchange that nothing was learned from yet.
    pub fn new(context: &'a Context, first: Prepared, fallback: Option<Prepared>) -> Self {
        let Prepared { resolution, request, streaming, form, .. } = first;
        Self {
            context,
            origin: origin(&resolution, context.settings.model.value.is_none()),
            resolution,
            request,
            streaming,
            form,
            shows_thinking: false,
            applied_fixes: Vec::new(),
            learned_fixes: Vec::new(),
            received: ConverseResponse::default(),
            fallback,
            unavailable: None,
        }
    }

    /// Returns what a response is awaited from: the model and the source Region.
    pub fn awaited(&self) -> String {
        let region = self.resolution.source_region.map_or(String::new(), |region| format!(" from {region}"));
        format!("{}{region}", self.resolution.id)
    }

    /// Whether what the service refuses may be replaced.
    pub fn repairs(&self) -> bool {
        self.context.repairs() && self.resolution.rule != Rule::Verbatim
    }

    /// Whether stdout gets the events of the response.
    pub fn has_events(&self) -> bool {
        self.context.format == FormatFlag::Ndjson
    }

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
        let mut refused: Option<RefusedId> = None;
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
            refused = Some(RefusedId { id: self.resolution.id.clone(), error });
            self.use_id(other, output);
        }
    }

    /// Returns the error to report.
    fn failed(&self, diagnosis: Diagnosis, failure: &Failure, refused: Option<RefusedId>) -> Error {
        let is_unavailable = self.is_unavailable(&diagnosis) && failure.text_bytes == 0;
        self.with_fallback(self.error(diagnosis, failure, refused), is_unavailable, failure)
    }

    /// Returns the error of the model: that of its first ID, unless the second got further.
    fn error(&self, diagnosis: Diagnosis, failure: &Failure, refused: Option<RefusedId>) -> Error {
        let got_further = has_accepted_id(&diagnosis, failure);
        let error = Error::from(diagnosis);
        match refused {
            Some(RefusedId { id, .. }) if got_further => {
                error.cause(format!("`{}` was invoked because AWS refused `{id}`", self.resolution.id))
            }
            Some(RefusedId { error: first, .. }) => first,
            None if error.message.summary.contains(&self.resolution.id) => self.origin.iter().fold(error, Error::cause),
            None => error,
        }
    }

    /// Uses this ID from now on. A warning says so if it leaves the geography that was typed; a note, if it is global and
    /// the user did not name `global`.
    pub fn use_id(&mut self, id: String, output: &mut Output) {
        let Self { context, resolution, .. } = self;
        let model = resolution.model.as_deref();
        let region = resolution.source_region.map_or("", |region| region.name);
        let request = context.resolve_request_from(resolution.source_region);
        let routing = Routing::from_id(&id, model);
        let outside = Geography::of_input(&resolution.input, &request, &context.catalog)
            .filter(|typed| !typed.contains_id(&id, model.unwrap_or_default(), region, &context.catalog));
        if let Some(Geography { prefix, .. }) = outside {
            output.warning(&format!("`{id}` may run outside of the geography that `{prefix}.` names"));
        } else if routing == Routing::Global && !request.routing.names_global() {
            output.note(&resolver::global_warning(&id));
        }
        let routes = context.catalog.routes(model.unwrap_or_default(), region);
        resolution.destinations =
            routes.iter().find(|route| route.id == id).map_or(Destinations::Unknown, |route| route.destinations.into());
        resolution.routing = Some(routing);
        id.clone_into(&mut self.request.model_id);
        self.resolution.id = id;
        output.rename_spinner(self.awaited());
    }

    /// Returns the ID to try in place of one that was refused, within the user's routing and geography: the one that AWS
    /// lists now or, if its lists cannot be read, the first of the other routes in the catalog.
    async fn other_id(&self, aws: &Aws, output: &mut Output) -> Option<String> {
        match live_catalog(self.context, aws, output).await {
            Ok(catalog) => {
                let request = self.context.resolve_request_from(self.resolution.source_region);
                let found = replacement(&self.resolution.input, &request, self.context, &catalog).ok();
                let right = found.filter(|other| other.rule != Rule::Predicted && other.id != self.resolution.id);
                right.map(|other| other.id)
            }
            Err(reason) => {
                output.debug(&format!("AWS's lists cannot be read, so only the catalog is used: {reason}"));
                let request = self.context.resolve_request_from(self.resolution.source_region);
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

    /// Forgets what was changed in a request that is not sent any more.
    pub fn forget_fixes(&mut self) {
        self.applied_fixes.clear();
        self.learned_fixes.clear();
    }

    /// Applies a fix, and remembers it if other requests to this model would be refused too.
    fn apply_and_learn(&mut self, fix: ParameterFix) -> Option<Change> {
        // One of two that do not go together is refused only beside the other.
        let has_temperature = self.request.temperature.is_some();
        let goes_alone =
            !has_temperature || self.request.top_p.is_none() && !fields::asks_to_think(&self.request.members);
        let learned =
            fields::to_learn(&fix, &self.request.members).filter(|_| goes_alone && !schema::is_about_content(&fix));
        let change = self.apply_fix(fix)?;
        self.learned_fixes.extend(learned);
        Some(change)
    }

    /// Changes the one parameter that the service refused, and describes the change. Returns `None` if it was tried before
    /// or the request does not have the parameter.
    pub fn apply_fix(&mut self, fix: ParameterFix) -> Option<Change> {
        if self.applied_fixes.iter().any(|applied| is_same_kind(applied, &fix)) {
            return None;
        }
        // A body is sent as it is; which operation it is sent to is no part of it.
        if self.request.body.is_some() && fix != ParameterFix::NoStreaming {
            return None;
        }
        if let Some(change) = self.form.schema().and_then(|schema| schema.apply(&fix)) {
            self.applied_fixes.push(fix);
            return Some(Change { text: change, is_grave: false });
        }
        let request = &mut self.request;
        let mut is_grave = false;
        let without = |flag: &str| format!("does not accept `{flag}`; sending without it");
        let change = match &fix {
            ParameterFix::NoStreaming if self.streaming => {
                self.streaming = false;
                "does not support streaming; sending without it".to_owned()
            }
            ParameterFix::DropSystem if request.system.take().is_some() => {
                "does not accept a system prompt; sending without it".to_owned()
            }
            ParameterFix::ClampMaxTokens(limit @ 1..)
                if request.max_tokens.is_some_and(|most| i64::from(most) > i64::from(*limit)) =>
            {
                request.max_tokens = i32::try_from(*limit).ok();
                format!("generates at most {limit} tokens; sending that limit")
            }
            ParameterFix::Drop(field) => match field.rsplit('.').next()? {
                "temperature" if request.temperature.take().is_some() => without("--temperature"),
                "topP" | "top_p" if request.top_p.take().is_some() => match request.temperature {
                    Some(_) => "accepts `--temperature` or `--top-p`, not both; sending without `--top-p`".to_owned(),
                    None => without("--top-p"),
                },
                "cachePoint" if request.cache.take().is_some() => without("--cache"),
                "stopSequences" if !std::mem::take(&mut request.stop_sequences).is_empty() => without("--stop"),
                _ => {
                    let dropped = fields::drop_member(request, field, self.context.settings.max_tokens.value)?;
                    is_grave = dropped.is_grave;
                    without(&dropped.name)
                }
            },
            ParameterFix::LimitEffort(allowed) => {
                is_grave = true;
                let effort = fields::limit_effort(&mut request.members, allowed)?;
                format!("does not support this effort; sending `{effort}`")
            }
            _ => return None,
        };
        self.applied_fixes.push(fix);
        Some(Change { text: change, is_grave })
    }

    /// Reports what was changed of the request.
    pub fn report_change(&self, Change { text, is_grave }: &Change, output: &mut Output) {
        let text = format!("`{}` {text}", self.resolution.id);
        if *is_grave { output.warning(&text) } else { output.note(&text) }
    }

    fn diagnose(&self, failure: &Failure) -> Diagnosis {
        let request = self.context.resolve_request_from(self.resolution.source_region);
        explain(failure, &self.resolution, &request, self.context)
    }

    /// Prints the request as it would be sent.
    ///
    /// # Errors
    /// If it cannot be built.
    pub async fn preview(&mut self, runtime: &BedrockRuntime, output: &mut Output) -> Result<(), Error> {
        if let Some(schema) = self.form.schema() {
            schema.write(&mut self.request);
        }
        let preview =
            runtime.preview(&self.request, self.streaming).await.map_err(|failure| self.diagnose(&failure))?;
        let region = self.resolution.source_region.map(|region| region.name);
        match output.format() {
            Format::Json => output.json(&json!({
                "modelId": self.request.model_id,
                "region": region,
                "method": preview.method,
                "url": preview.url,
                "body": preview.body,
            })),
            Format::Text => {
                output.line(&format!("modelId {}", self.request.model_id))?;
                output.line(&format!("{} {}", preview.method, preview.url))?;
                match &self.request.body {
                    Some(body) => output.line(body.strip_suffix('\n').unwrap_or(body)),
                    None => output.line(&without_bytes(&preview.body)),
                }
            }
        }
    }
}

/// Returns a request body with the number of bytes in place of the bytes of each attachment.
fn without_bytes(body: &str) -> String {
    // Within a text of the request, a quotation mark stands behind a backslash.
    const START: &str = "\"bytes\":\"";
    let mut parts = body.split(START);
    let first = parts.next().unwrap_or_default().to_owned();
    parts.fold(first, |shown, part| {
        let (base64, rest) = part.split_at(part.find('"').unwrap_or(part.len()));
        let padding = base64.bytes().rev().take_while(|byte| *byte == b'=').count();
        format!("{shown}{START}<{} bytes>{rest}", base64.len() / 4 * 3 - padding)
    })
}

/// Returns the catalog with what AWS lists now for this source Region, and keeps the lists in the cache.
///
/// # Errors
/// Why the lists cannot be read.
pub async fn live_catalog(context: &Context, aws: &Aws, output: &mut Output) -> Result<Catalog, String> {
    let bedrock = aws.bedrock().map_err(|error| error.message.summary)?;
    let listing = bedrock.list().await.map_err(|failure| failure.message)?;
    let text = live::text(&listing, context.today);
    if let Err(error) = context.cache.store_catalog(&listing.region, &text, context.now) {
        output.debug(&format!("AWS's lists are not kept: {error}"));
    }
    Ok(context.catalog.clone().with_live(text))
}

/// Returns why this ID is invoked, if the user typed something that does not contain it.
fn origin(resolution: &Resolution, is_default: bool) -> Option<String> {
    let Resolution { id, input, .. } = resolution;
    if resolution.rule == Rule::Repaired {
        return Some(format!("`{id}` was invoked in place of `{input}`, which cannot be invoked from there"));
    }
    if is_default {
        return Some(format!("no model was given, and `{id}` is the default there"));
    }
    let typed = resolution.model.as_ref().unwrap_or(id);
    (!input.contains(typed.as_str())).then(|| format!("`{input}` resolves to `{id}`"))
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

/// Whether two fixes change the same thing, whatever the value.
fn is_same_kind(one: &ParameterFix, other: &ParameterFix) -> bool {
    match (one, other) {
        (ParameterFix::Drop(one), ParameterFix::Drop(other)) => one.rsplit('.').next() == other.rsplit('.').next(),
        _ => std::mem::discriminant(one) == std::mem::discriminant(other),
    }
}
