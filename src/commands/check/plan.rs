//! What is to be checked: every entry from every source Region that it names, resolved, before anything is called.

use super::list::Entry;
use super::verdict::Verdict;
use crate::context::{Context, RegionalResolution, SourceRegions};
use crate::error::Error;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Destinations, Resolution, ResolveError, ResolveErrorKind, ResolveRequest};
use bedrock_ask::model::routing::RoutingOrder;

/// One model from one source Region.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Case {
    /// The row of the matrix that it belongs to.
    pub row: usize,
    /// The model as somebody wrote it.
    pub model: String,
    /// The source Region; none only where no Region at all has the model.
    pub region: Option<Region>,
    /// The kinds of routing that may be used.
    pub routing: RoutingOrder,
    /// Whether the entry names them itself.
    pub has_own_routing: bool,
    /// What must come out.
    pub expected: Verdict,
    /// What to call, or why nothing can be.
    pub resolved: Result<Resolution, ResolveError>,
}

impl Case {
    /// The row's title: the model, and the routing where the entry has its own.
    pub fn title(&self) -> String {
        if self.has_own_routing { format!("{} ({})", self.model, self.routing) } else { self.model.clone() }
    }

    /// The source Region's name, or what stands for none.
    pub fn region_name(&self) -> &'static str {
        self.region.map_or("any", |region| region.name)
    }

    /// Returns the request that was resolved.
    pub fn request<'a>(&'a self, context: &'a Context) -> ResolveRequest<'a> {
        let source_region = self.region.or(context.settings.region.value);
        ResolveRequest { routing: &self.routing, ..context.resolve_request_from(source_region) }
    }

    /// The destination Regions, where they are known by name.
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
/// If no source Region is set for one.
pub fn plan(entries: &[Entry], context: &Context) -> Result<Vec<Case>, Error> {
    let mut cases = Vec::new();
    for (row, entry) in entries.iter().enumerate() {
        // Every kind that is allowed counts as named: a report shows the destinations anyway.
        let allowed = entry.routing.as_ref().unwrap_or(&context.settings.routing.value);
        let routing = RoutingOrder::new(allowed.kinds().iter().copied()).unwrap_or_else(|_| allowed.clone());
        let base = match entry.regions {
            Some(_) => context.resolve_request_from(context.settings.region.value),
            None => context.resolve_request_for_each(),
        };
        let request = ResolveRequest { routing: &routing, ..base };
        let regions = entry.regions.as_ref().unwrap_or(context.source_regions());
        for RegionalResolution { region, result } in regions.resolve(&entry.model, &request, &context.catalog) {
            cases.push(Case {
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
        Some(Err(error)) if error.reason == ResolveErrorKind::Usage => Err(error.clone().into()),
        Some(Ok(_)) => Err(ResolveError::no_source_region().into()),
        _ => Ok(cases),
    }
}

/// If no Region at all has the model, none is missing on the command line: that is not a usage error.
fn in_no_region(result: Result<Resolution, ResolveError>, regions: &SourceRegions) -> Result<Resolution, ResolveError> {
    match (result, regions) {
        (Err(error), SourceRegions::All) => Err(ResolveError { reason: ResolveErrorKind::NotResolved, ..error }),
        (result, _) => result,
    }
}
