//! `iam-policy --copied-from`: what an application inference profile was copied from.

use crate::error::{Error, ExitCode};
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::resolution::{Resolution, ResolveRequest};
use bedrock_ask::model::resolver;
use bedrock_ask::model::routing::{Routing, RoutingOrder};

/// What `--copied-from` names: an inference profile as it is, or a foundation model in the Region itself.
///
/// # Errors
/// Where it does not resolve, or a foundation model has no in-Region routing.
pub fn source_of_copy(text: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> Result<Resolution, Error> {
    let any = RoutingOrder::default();
    let resolution = resolver::resolve(text, &ResolveRequest { routing: &any, repair: false, ..*request }, catalog)?;
    let meant = request.aliases.get(text).map_or(text, String::as_str);
    if resolution.routing == Some(Routing::InRegion) || meant.ends_with(&resolution.id) {
        return Ok(resolution);
    }
    // A profile that is copied from a plain model keeps to the Region, whatever the model's profiles do.
    let in_region = RoutingOrder::new([Routing::InRegion]).map_err(|error| Error::usage(error.to_string()))?;
    let plain = resolver::resolve(text, &ResolveRequest { routing: &in_region, repair: false, ..*request }, catalog);
    plain.map_err(|_| {
        let what = format!("no inference profile is copied from `{text}` itself: it has no in-Region routing there");
        Error::new(ExitCode::NotResolved, what).hint(format!("--copied-from {}", resolution.id))
    })
}
