//! The plan of a check: every entry resolved from each of its source Regions, before anything is called.

use super::list::ListEntry;
use super::verdict::Verdict;
use crate::context::{Context, RegionalResolution, SourceRegions};
use crate::error::Error;
use bedrock_ask::model::catalog::{Catalog, FoundationModel};
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Destinations, Resolution, ResolveError, ResolveErrorKind, ResolveRequest};
use bedrock_ask::model::resolver::CatalogIndex;
use bedrock_ask::model::routing::RoutingOrder;

/// One model from one source Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckCase {
    /// The index of its row in the matrix.
    pub row: usize,
    /// The model as the user wrote it.
    pub model: String,
    /// The source Region; `None` only if no Region has the model.
    pub region: Option<Region>,
    /// The allowed kinds of routing.
    pub routing: RoutingOrder,
    /// Whether the entry sets the routing itself.
    pub has_own_routing: bool,
    /// The verdict that passes.
    pub expected: Verdict,
    /// What to invoke, or why the model does not resolve.
    pub resolved: Result<Resolution, ResolveError>,
}

impl CheckCase {
    /// Returns the row's title: the model, and the routing if the entry sets it.
    pub fn title(&self) -> String {
        if self.has_own_routing { format!("{} ({})", self.model, self.routing) } else { self.model.clone() }
    }

    /// Returns the source Region's name, or a placeholder.
    pub fn region_name(&self) -> &'static str {
        self.region.map_or("any", |region| region.name)
    }

    /// Returns the request that was resolved.
    pub fn request<'a>(&'a self, context: &'a Context) -> ResolveRequest<'a> {
        let source_region = self.region.or(context.settings.region.value);
        ResolveRequest { routing: &self.routing, ..context.resolve_request_from(source_region) }
    }

    /// Whether the model can stream, as far as the catalog knows.
    pub fn can_stream(&self, catalog: &Catalog) -> bool {
        let model = self.resolved.as_ref().ok().and_then(|resolution| resolution.model.as_deref());
        model.and_then(|id| catalog.foundation_model(id)).is_none_or(FoundationModel::streaming)
    }

    /// Returns the destination Regions, or nothing if they are not listed by name.
    pub fn destinations(&self) -> &[String] {
        match self.resolved.as_ref().map(|resolution| &resolution.destinations) {
            Ok(Destinations::Regions(regions)) => regions,
            _ => &[],
        }
    }
}

/// Resolves every entry from each of its Regions, in order.
///
/// # Errors
/// If an entry has no source Region.
pub fn plan(entries: &[ListEntry], context: &Context) -> Result<Vec<CheckCase>, Error> {
    let index = CatalogIndex::new(&context.catalog);
    let mut cases = Vec::new();
    for (row, entry) in entries.iter().enumerate() {
        // A report shows the destinations, so every allowed kind counts as named.
        let allowed = entry.routing.as_ref().unwrap_or(&context.settings.routing.value);
        let routing = RoutingOrder::new(allowed.kinds().iter().copied()).unwrap_or_else(|_| allowed.clone());
        let base = match entry.regions {
            Some(_) => context.resolve_request_from(context.settings.region.value),
            None => context.resolve_request_for_each(),
        };
        let request = ResolveRequest { routing: &routing, ..base };
        let regions = entry.regions.as_ref().unwrap_or(context.source_regions());
        for RegionalResolution { region, result } in regions.resolve(&entry.model, &request, &index) {
            cases.push(CheckCase {
                row,
                model: entry.model.clone(),
                region: result.as_ref().map_or(region, |resolution| resolution.source_region),
                routing: routing.clone(),
                has_own_routing: entry.routing.is_some(),
                expected: entry.expected,
                resolved: in_no_region(result, regions),
            });
        }
    }
    match cases.iter().find(|case| case.region.is_none()).map(|case| &case.resolved) {
        Some(Err(error)) if error.kind == ResolveErrorKind::Usage => Err(error.clone().into()),
        Some(Ok(_)) => Err(ResolveError::no_source_region().into()),
        _ => Ok(cases),
    }
}

/// Replaces the usage error about a missing Region: with `all`, it means that no Region has the model.
fn in_no_region(result: Result<Resolution, ResolveError>, regions: &SourceRegions) -> Result<Resolution, ResolveError> {
    match (result, regions) {
        (Err(error), SourceRegions::All) => Err(ResolveError { kind: ResolveErrorKind::NotResolved, ..error }),
        (result, _) => result,
    }
}
