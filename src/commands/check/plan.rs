//! What is to be checked: every entry from every source Region that it names, resolved, before anything is called.

use super::list::Entry;
use super::verdict::Verdict;
use crate::commands::context::Context;
use crate::commands::resolve::Regions;
use crate::error::Error;
use crate::model::region::Region;
use crate::model::resolution::{Destinations, Resolution, ResolveError, ResolveErrorKind, ResolveRequest, Rule};
use crate::model::resolver;
use crate::model::routing::RoutingOrder;

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

    /// What the resolver was asked.
    pub fn request<'a>(&'a self, context: &Context<'a>) -> ResolveRequest<'a> {
        let source_region = self.region.or(context.request.source_region);
        ResolveRequest { source_region, routing: &self.routing, ..context.request }
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
/// Where no source Region is set for one.
pub fn plan(entries: &[Entry], regions: &Regions, context: &Context<'_>) -> Result<Vec<Case>, Error> {
    let mut cases = Vec::new();
    for (row, entry) in entries.iter().enumerate() {
        // Every kind that is allowed counts as named: a report shows anyway where a request may run.
        let allowed = entry.routing.as_ref().unwrap_or(context.request.routing);
        let routing = RoutingOrder::new(allowed.kinds().iter().copied()).unwrap_or_else(|_| allowed.clone());
        let request = ResolveRequest { routing: &routing, ..context.request };
        let resolve = |request: ResolveRequest<'_>| case(row, entry, &request, context);
        match entry.regions.as_ref().unwrap_or(regions) {
            Regions::Settled => cases.push(resolve(request)),
            Regions::Named(named) => cases.extend(named.iter().map(|region| {
                resolve(ResolveRequest { source_region: Some(*region), region_by_flag: true, ..request })
            })),
            Regions::All => cases.extend(everywhere(resolve, request)),
        }
    }
    match cases.iter().find(|case| case.region.is_none()).map(|case| &case.resolved) {
        Some(Err(refusal)) if refusal.reason == ResolveErrorKind::Usage => Err(refusal.clone().into()),
        Some(Ok(_)) => Err(Error::usage("no source Region is set").hint("--region REGION")),
        _ => Ok(cases),
    }
}

fn case(row: usize, entry: &Entry, request: &ResolveRequest<'_>, context: &Context<'_>) -> Case {
    let resolved = resolver::resolve(&entry.model, request, context.catalog);
    let region = resolved.as_ref().map_or(request.source_region, |resolution| resolution.source_region);
    Case {
        row,
        model: entry.model.clone(),
        region,
        routing: request.routing.clone(),
        has_own_routing: entry.routing.is_some(),
        expected: entry.expected,
        resolved,
    }
}

/// Every Region that has the model; where none has, the one reason why.
fn everywhere(resolve: impl Fn(ResolveRequest<'_>) -> Case, request: ResolveRequest<'_>) -> Vec<Case> {
    let regions = Region::all().filter(|region| region.has_endpoint);
    let cases: Vec<_> = regions
        .map(|region| {
            (region, resolve(ResolveRequest { source_region: Some(region), region_by_flag: false, ..request }))
        })
        .collect();
    let has_model = |(region, case): &(Region, Case)| {
        case.region == Some(*region) && case.resolved.as_ref().is_ok_and(|found| found.rule != Rule::Predicted)
    };
    if let Some((_, first)) = cases.first().filter(|_| !cases.iter().any(has_model)) {
        let unknown = |found: &Resolution| {
            ResolveError::not_resolved(format!(
                "no Region is known to have `{}`",
                found.model.as_ref().unwrap_or(&found.id)
            ))
        };
        let refusal = first.resolved.as_ref().map_or_else(Clone::clone, unknown);
        // No Region is missing: none has it.
        let refusal = ResolveError { reason: ResolveErrorKind::NotResolved, ..refusal };
        return vec![Case { region: None, resolved: Err(refusal), ..first.clone() }];
    }
    cases.into_iter().filter(has_model).map(|(_, case)| case).collect()
}
