//! One exchange with a model: the request, the fixes that were applied to it, and what has arrived. It is sent in `attempt`;
//! what is printed of the response is in `report`.

use super::fixes::{Fixes, RequestChange};
use super::form::ResponseForm;
use super::request::Prepared;
use crate::aws::{self, ConverseResponse};
use crate::commands::explanation::explain;
use crate::config::value::FormatFlag;
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use bedrock_ask::diagnosis::Diagnosis;
use bedrock_ask::model::failure::Failure;
use bedrock_ask::model::resolution::{Destinations, Resolution, Rule};
use bedrock_ask::model::resolver::{self, Geography};
use bedrock_ask::model::routing::Routing;

pub struct Exchange<'a> {
    /// The settings, the catalog and the cache.
    pub context: &'a Context,
    /// The ID that is invoked, and why.
    pub resolution: Resolution,
    /// The request, with the fixes that were applied.
    pub request: aws::ConverseRequest,
    pub streaming: bool,
    /// What of the response is printed.
    pub form: ResponseForm,
    /// Whether the reasoning of the model is printed to stderr.
    pub shows_thinking: bool,
    /// The fixes that were applied to the request.
    pub fixes: Fixes,
    /// Why the ID is invoked, if it was not typed.
    pub origin: Option<String>,
    /// What has arrived of a streamed response.
    pub received: ConverseResponse,
    /// What is sent once if the model is unavailable.
    pub fallback: Option<Prepared>,
    /// Why the fallback is used.
    pub unavailable: Option<FailedId>,
}

/// An ID that was invoked in vain, and the error.
#[derive(Clone, Debug)]
pub struct FailedId {
    pub id: String,
    pub error: Error,
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
            fixes: Fixes::default(),
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

    pub fn report_change(&self, RequestChange { text, is_grave }: &RequestChange, output: &mut Output) {
        let text = format!("`{}` {text}", self.resolution.id);
        if *is_grave { output.warning(&text) } else { output.note(&text) }
    }

    /// Returns what a failure of this exchange means.
    pub fn diagnose(&self, failure: &Failure) -> Diagnosis {
        let request = self.context.resolve_request_from(self.resolution.source_region);
        explain(failure, &self.resolution, &request, self.context)
    }
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
