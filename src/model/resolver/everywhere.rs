//! Resolution from every Region that has a Bedrock endpoint.

use std::rc::Rc;

use super::{CatalogIndex, Memo, Resolver};
use crate::message::Message;
use crate::model::catalog::Catalog;
use crate::model::region::Region;
use crate::model::resolution::{Resolution, ResolveError, ResolveErrorKind, ResolveRequest, Rule};

/// Resolves a model from every Region that has a Bedrock endpoint, and returns one resolution for each Region that has
/// the model. A prediction counts as none. The source Region of `request` is not used.
///
/// # Errors
///
/// Returns what the errors of all Regions have in common if no Region has the model.
pub fn resolve_everywhere(
    model: &str,
    request: &ResolveRequest<'_>,
    catalog: &Catalog,
) -> Result<Vec<Resolution>, ResolveError> {
    resolve_with(model, request, &CatalogIndex::new(catalog))
}

/// Resolves like [`resolve_everywhere`].
pub(super) fn resolve_with(
    model: &str,
    request: &ResolveRequest<'_>,
    index: &CatalogIndex<'_>,
) -> Result<Vec<Resolution>, ResolveError> {
    let (mut found, mut errors) = (Vec::new(), Vec::new());
    let memo = Rc::default();
    for region in Region::all().filter(|region| region.has_endpoint) {
        let request = ResolveRequest { source_region: Some(region), region_by_flag: false, ..*request };
        match resolve(model, &request, index, &memo) {
            Ok(resolution) if resolution.rule == Rule::Predicted => {
                errors.push(ResolveError::not_resolved(format!("`{model}` is not a known model")));
            }
            // The spelling of the model can name a Region itself: the model is then resolved in the turn of that
            // Region.
            Ok(resolution) if resolution.source_region != Some(region) => {}
            Ok(resolution) => found.push(resolution),
            Err(error) => errors.push(error),
        }
    }
    if found.is_empty() { Err(in_common(model, errors)) } else { Ok(found) }
}

/// Whether a model resolves from at least one Region.
pub fn resolves_anywhere(model: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> bool {
    let (index, memo) = (CatalogIndex::new(catalog), Rc::default());
    Region::all().any(|region| {
        let request = ResolveRequest { source_region: Some(region), region_by_flag: false, ..*request };
        resolve(model, &request, &index, &memo).is_ok_and(|resolution| resolution.rule != Rule::Predicted)
    })
}

fn resolve<'c>(
    model: &str,
    request: &ResolveRequest<'_>,
    index: &CatalogIndex<'c>,
    memo: &Rc<Memo<'c>>,
) -> Result<Resolution, ResolveError> {
    Resolver { memo: Rc::clone(memo), ..Resolver::new(request, index) }.resolve(model)
}

/// Reduces the errors of all Regions to one: its kind is the greatest, and it has the causes, the hints and the
/// suggestion that every error of this kind has.
fn in_common(model: &str, mut errors: Vec<ResolveError>) -> ResolveError {
    let kind = errors.iter().map(|error| error.kind).max().unwrap_or(ResolveErrorKind::NotResolved);
    errors.retain(|error| error.kind == kind);
    let summary = match (&errors[..], kind) {
        ([first, others @ ..], _) if others.iter().all(|other| other.message.summary == first.message.summary) => {
            first.message.summary.clone()
        }
        (_, ResolveErrorKind::RoutingRefused) => {
            format!("`{model}` can be invoked only with routing that is not allowed")
        }
        _ => format!("`{model}` cannot be invoked from any Region"),
    };
    // A cause in one Region can be the whole error in another.
    let lines = |error: &ResolveError| [std::slice::from_ref(&error.message.summary), &error.message.causes].concat();
    let mut causes = errors.first().map(lines).unwrap_or_default();
    causes.retain(|line| *line != summary && errors.iter().all(|error| lines(error).contains(line)));
    let mut hints = errors.first().map_or(Vec::new(), |first| first.message.hints.clone());
    hints.retain(|line| errors.iter().all(|error| error.message.hints.contains(line)));
    let suggestion = errors.first().and_then(|first| first.suggestion.clone());
    let suggestion = suggestion.filter(|id| errors.iter().all(|error| error.suggestion.as_ref() == Some(id)));
    ResolveError { kind, message: Message { causes, hints, ..Message::new(summary) }, suggestion }
}
