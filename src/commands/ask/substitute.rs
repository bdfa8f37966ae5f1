//! Models that cannot respond to a prompt, and the model to use in place of one. Sends nothing.

use crate::context::Context;
use crate::error::Error;
use bedrock_ask::model::catalog::{Catalog, FoundationModel};
use bedrock_ask::model::resolution::{Resolution, ResolveRequest};
use bedrock_ask::model::resolver;
use bedrock_ask::model::routing::Routing;

/// Refuses a model whose responses are not text before anything is sent.
pub fn require_chat(resolution: &Resolution, context: &Context) -> Result<(), Error> {
    let model = resolution.model.as_deref().and_then(|id| context.catalog.foundation_model(id));
    let Some(model) = model.filter(|model| !model.can_chat()) else { return Ok(()) };
    let kinds: Vec<_> = model.output_modalities().collect();
    let why = match &kinds[..] {
        ["TEXT"] => "it does not support Converse".to_owned(),
        kinds => format!("its output is {}", kinds.join(" and ").to_lowercase()),
    };
    let error = Error::usage(format!("`{}` cannot chat: {why}", model.id));
    Err(with_substitute(error, model, &context.resolve_request()?, &context.catalog, |_| true))
}

/// Adds to an error a model that can chat and is accepted: one of the same provider, or else the default model.
pub fn with_substitute(
    error: Error,
    model: FoundationModel<'_>,
    request: &ResolveRequest<'_>,
    catalog: &Catalog,
    accepts: impl Fn(&FoundationModel<'_>) -> bool,
) -> Error {
    let chats = |other: &FoundationModel<'_>| {
        other.provider() == model.provider() && other.can_chat() && other.status() == "ACTIVE" && accepts(other)
    };
    let is_accepted = |resolution: &Resolution| {
        resolution.model.as_deref().and_then(|id| catalog.foundation_model(id)).is_some_and(|other| accepts(&other))
    };
    let near = catalog
        .foundation_models()
        .filter(chats)
        .filter_map(|other| resolver::resolve(other.id, request, catalog).ok())
        // A hint leaves the geography only for those who named `global`.
        .filter(|other| other.routing != Some(Routing::Global) || request.routing.names_global())
        .min_by_key(|other| strsim::osa_distance(other.model.as_deref().unwrap_or_default(), model.id))
        .or_else(|| resolver::default_model(request, catalog).ok().filter(is_accepted));
    error.hints(near.map(|other| format!("use a model that can: `{}`", other.id)))
}
