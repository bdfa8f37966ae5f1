//! `iam-policy --copied-from`: the source of an application inference profile.

use crate::error::{Error, ExitCode};
use bedrock_ask::model::catalog::Catalog;
use bedrock_ask::model::resolution::{Resolution, ResolveRequest};
use bedrock_ask::model::resolver;
use bedrock_ask::model::routing::{Routing, RoutingOrder};

/// Returns the access to the source of a copy: an inference profile, or a foundation model in its Region.
///
/// # Errors
/// If it does not resolve, or the foundation model has no in-Region routing.
pub fn resolve(text: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> Result<Resolution, Error> {
    let any = RoutingOrder::default();
    let resolution = resolver::resolve(text, &ResolveRequest { routing: &any, repair: false, ..*request }, catalog)?;
    let target = request.aliases.get(text).map_or(text, String::as_str);
    if resolution.routing == Some(Routing::InRegion) || target.ends_with(&resolution.id) {
        return Ok(resolution);
    }
    // A copy of a plain model stays in its Region, whatever profiles the model has.
    let in_region = RoutingOrder::new([Routing::InRegion]).map_err(|error| Error::usage(error.to_string()))?;
    let plain = resolver::resolve(text, &ResolveRequest { routing: &in_region, repair: false, ..*request }, catalog);
    plain.map_err(|_| {
        let what =
            format!("no inference profile can be copied from `{text}` itself, which has no in-Region routing there");
        Error::new(ExitCode::NotResolved, what).hint(format!("--copied-from {}", resolution.id))
    })
}
