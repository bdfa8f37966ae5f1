//! Which model a prompt is sent to: how the model of the settings is resolved, and what is asked of AWS for it.

use crate::aws::Aws;
use crate::commands::{REPAIR, ROUTING, STRICT};
use crate::config::{Origin, Settings};
use crate::context::Context;
use crate::error::Error;
use crate::output::Output;
use crate::session::Session;
use bedrock_ask::model::catalog::{Catalog, live};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Resolution, ResolveError, ResolveRequest};
use bedrock_ask::model::resolver;

/// Resolves the model of the settings, or the default model, with this catalog.
///
/// # Errors
/// If it cannot be resolved, or a flag has no effect on it.
pub fn resolve(context: &Context, catalog: &Catalog) -> Result<Resolution, Error> {
    let request = context.resolve_request()?;
    let Settings { model, resolve, .. } = &context.settings;
    match (&model.value, resolve.value) {
        (Some(text), false) => {
            reject_constraints(context, &request)?;
            verbatim(text, request.source_region)
        }
        (None, false) => Err(Error::usage("`--no-resolve` needs a model").hint("-m MODEL")),
        (None, true) => Ok(resolver::default_model(&request, catalog)?),
        (Some(text), true) => resolve_typed(text, &request, context, catalog).map_err(|refusal| {
            let error = Error::from(refusal);
            let names_model = error.message.summary.contains(text.as_str());
            if matches!(model.origin, Origin::Flag(_)) || !names_model {
                return error;
            }
            error.cause(format!("the model comes from: {}", model.origin))
        }),
    }
}

/// Resolves the model of the settings, or the default model. AWS is asked for an application inference profile that
/// is named and that the cache does not know; the connection is returned for the request itself. With `dry_run` it is not asked.
pub async fn resolve_online(
    session: &Session,
    dry_run: bool,
    output: &mut Output,
) -> Result<(Resolution, Option<Aws>), Error> {
    let context = &session.context;
    let refusal = match resolve(context, &context.catalog) {
        Ok(resolution) => return Ok((resolution, None)),
        Err(refusal) => refusal,
    };
    let region = context.source_region()?.filter(|_| names_application_profile(&context.settings) && !dry_run);
    let Some(region) = region else { return Err(refusal) };
    let aws = session.connect(region, output).await?.with_deadline();
    match live_catalog(context, &aws, output).await {
        Ok(catalog) => Ok((resolve(context, &catalog)?, Some(aws))),
        Err(reason) => Err(refusal.cause(format!("AWS's lists cannot be read: {reason}"))),
    }
}

/// Returns the catalog with what AWS lists now for this source Region, and keeps the lists in the cache.
pub async fn live_catalog(context: &Context, aws: &Aws, output: &mut Output) -> Result<Catalog, String> {
    let bedrock = aws.bedrock().map_err(|error| error.message.summary)?;
    let listing = bedrock.list().await.map_err(|failure| failure.message)?;
    let text = live::text(&listing, context.today);
    if let Err(error) = context.cache.store_catalog(&listing.region, &text, context.now) {
        output.debug(&format!("AWS's lists are not kept: {error}"));
    }
    Ok(context.catalog.clone().with_live(text))
}

/// Returns the resolution of a model that is sent as it is written.
///
/// # Errors
/// If the text cannot be the part of a path that names the model.
pub fn verbatim(text: &str, source_region: Option<Region>) -> Result<Resolution, Error> {
    if text.trim().is_empty() {
        return Err(Error::usage("the model is empty"));
    }
    // Clients and servers leave these out of a path, and what is left is another operation.
    if matches!(text, "." | "..") {
        return Err(Error::usage(format!("`{text}` cannot be sent as a model ID")));
    }
    Ok(Resolution::verbatim(text, source_region))
}

/// Refuses the flags that limit what a model resolves to, if it is sent as it is written.
fn reject_constraints(context: &Context, request: &ResolveRequest<'_>) -> Result<(), Error> {
    let Settings { resolve, routing, .. } = &context.settings;
    let given = [
        (ROUTING, matches!(routing.origin, Origin::Flag(_))),
        ("routing", matches!(routing.origin, Origin::Template { .. })),
        (STRICT, request.strict),
        (REPAIR, context.repairs_anywhere()),
    ];
    let Some((flag, _)) = given.into_iter().find(|(_, is_given)| *is_given) else { return Ok(()) };
    Err(Error::usage(format!("`{flag}` has no effect on a model that is sent as it is written ({})", resolve.origin))
        .hint(format!("leave out `{flag}`, or let the model be resolved")))
}

/// Resolves a model as the user typed it. A profile ID that the catalog lacks is taken as it is; one that cannot be
/// invoked from the source Region is replaced within its geography, or within any with `--repair`.
pub fn resolve_typed(
    text: &str,
    request: &ResolveRequest<'_>,
    context: &Context,
    catalog: &Catalog,
) -> Result<Resolution, ResolveError> {
    if let Some(resolution) = resolver::unlisted_profile(text, request, catalog) {
        return Ok(resolution);
    }
    replacement(text, request, context, catalog)
        .or_else(|refusal| resolver::resource_name(text, request, catalog).ok_or(refusal))
}

/// Resolves a model of which only what the catalog lists is taken, replaced as far as the user allows.
pub fn replacement(
    text: &str,
    request: &ResolveRequest<'_>,
    context: &Context,
    catalog: &Catalog,
) -> Result<Resolution, ResolveError> {
    if context.repairs() && !context.repairs_anywhere() {
        resolver::resolve_within_geography(text, request, catalog)
    } else {
        resolver::resolve(text, request, catalog)
    }
}

/// Returns the model of the settings as it is written, which is what its alias stands for if it has one.
pub fn written_model(settings: &Settings) -> Option<&str> {
    let Settings { model, aliases, .. } = settings;
    model.value.as_deref().map(|text| aliases.get(text).map_or(text, |alias| &alias.value))
}

/// Whether the model is written as `inference-profile:NAME`.
fn names_application_profile(settings: &Settings) -> bool {
    settings.resolve.value && written_model(settings).is_some_and(|text| text.starts_with("inference-profile:"))
}
