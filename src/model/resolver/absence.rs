//! Rules 5 and 6: a known model that is not available in the source Region or is past its end of life.

use super::{LONGEST_SUCCESSION, Resolver, not_invocable_from};
use crate::message::Message;
use crate::model::catalog::{Candidate, CatalogSource, FoundationModel, ProfileRoute, ProfileStatus};
use crate::model::family;
use crate::model::region::Region;
use crate::model::resolution::{Resolution, ResolveError, ResolveErrorKind, Rule};
use crate::model::routing::Routing;

impl<'c> Resolver<'_, 'c> {
    /// Returns the error for a model past its end of life.
    pub(super) fn end_of_life_error(&self, model: FoundationModel<'c>, region: Region) -> ResolveError {
        let when = model.end_of_life().map_or(String::new(), |end| format!(" on {end}"));
        let refusal = ResolveError::not_resolved(format!("`{}` reached its end of life{when}", model.id));
        match self.successor(model, region) {
            Some(id) => self.suggest(refusal, &id),
            None => match model.successor() {
                Some(successor) => {
                    refusal.cause(format!("its successor is `{successor}`, which cannot be invoked from {region}"))
                }
                None => refusal,
            },
        }
    }

    /// Whether the catalog says that the resolved ID cannot be invoked.
    pub(super) fn is_not_invocable(&self, resolution: &Resolution) -> bool {
        let (Some(model), Some(region)) = (&resolution.model, resolution.source_region) else { return false };
        let routes = self.catalog.routes(model, region.name);
        resolution.rule == Rule::EndOfLife || routes.iter().any(|route| route.id == resolution.id && !route.invocable)
    }

    /// Returns the error for a route that is not invocable, or of a model past its end of life.
    pub(super) fn not_invocable_error(&self, model: FoundationModel<'c>, region: Region) -> ResolveError {
        let (source, date) = self.catalog.as_of(region.name);
        if model.is_past_end_of_life(self.request.today) || source != CatalogSource::Live {
            return self.end_of_life_error(model, region);
        }
        let what = format!("AWS lists `{}` in {region} as an inference profile only (live catalog, {date})", model.id);
        let refusal = ResolveError::not_resolved(what);
        match self.successor(model, region) {
            Some(id) => self.suggest(refusal, &id),
            None => refusal,
        }
    }

    /// Returns the error for a model that AWS removed and of which the catalog records no route.
    fn retired_error(&self, model: FoundationModel<'c>, region: Region) -> ResolveError {
        let ended = self.end_of_life_error(model, region);
        let when = model.end_of_life().map_or(String::new(), |end| format!(" on {end}"));
        let summary = format!("`{}` was retired{when}", model.id);
        ResolveError { message: Message { summary, ..ended.message }, ..ended }
    }

    /// Returns why nothing can be called from a Region, if Bedrock has no endpoint there and AWS has listed nothing since.
    pub(super) fn no_endpoint(&self, region: Region) -> Option<String> {
        let (source, _) = self.catalog.as_of(region.name);
        let is_without = !region.has_endpoint && source != CatalogSource::Live;
        is_without.then(|| format!("Bedrock has no endpoint in {region}"))
    }

    /// Returns the ID to which the first available successor resolves.
    pub(super) fn successor(&self, model: FoundationModel<'c>, region: Region) -> Option<String> {
        let mut next = model;
        for _ in 0..LONGEST_SUCCESSION {
            next = self.catalog.foundation_model(next.successor()?)?;
            if next.is_past_end_of_life(self.request.today) {
                continue;
            }
            let candidates = self.catalog.routes(next.id, region.name);
            if let Some(candidate) = self.choose(&candidates).filter(|candidate| candidate.invocable) {
                return Some(candidate.id.to_owned());
            }
        }
        None
    }

    /// Returns the error of rule 5 for a model that is not available in the Region, or not with the allowed routing.
    pub(super) fn unavailable_error(
        &self,
        model: FoundationModel<'c>,
        region: Region,
        candidates: &[Candidate<'c>],
    ) -> ResolveError {
        if let Some(forbidden) = candidates.iter().find(|route| route.invocable) {
            let what = format!("`{}` can be invoked from {region} only with routing that is not allowed", model.id);
            let kinds: Vec<_> =
                candidates.iter().filter(|route| route.invocable).map(|route| route.routing.as_str()).collect();
            return ResolveError::new(ResolveErrorKind::RoutingRefused, what)
                .cause(format!(
                    "it has {} routing (`{}`); the allowed routing is {}",
                    kinds.join(", "),
                    forbidden.id,
                    self.request.routing
                ))
                .hint(match self.leaves(forbidden.id) {
                    Some(left) => {
                        format!("`--routing {},{}` allows it; it {left}", self.request.routing, kinds.join(","))
                    }
                    None => format!("--routing {},{}", self.request.routing, kinds.join(",")),
                });
        }
        let refusal = ResolveError::not_resolved(not_invocable_from(model.id, region));
        if model.is_mantle_only() {
            let refusal = refusal
                .cause("only the bedrock-mantle endpoint serves it, and that endpoint does not support Converse");
            let twin = family::closest_match(model.id, self.index.served().map(|known| &known.name))
                .and_then(|id| self.plain(self.catalog.foundation_model(id)?).ok())
                .filter(|twin| !self.is_not_invocable(twin) && twin.rule != Rule::Predicted);
            return twin.map_or(refusal.clone(), |twin| self.suggest(refusal, &twin.id));
        }
        if model.is_past_end_of_life(self.request.today) {
            if model.inference_profiles().next().is_none() && model.on_demand_regions().next().is_none() {
                return self.retired_error(model, region);
            }
            let ended = self.end_of_life_error(model, region);
            let causes = [vec![ended.message.summary], ended.message.causes].concat();
            let message = Message { summary: refusal.message.summary, causes, ..ended.message };
            return ResolveError { message, ..ended };
        }
        if let Some(why) = self.no_endpoint(region) {
            let refusal = refusal.cause(why);
            return elsewhere(model, region.partition, Some(region)).into_iter().fold(refusal, ResolveError::cause);
        }
        let (source, date) = self.catalog.as_of(region.name);
        if source != CatalogSource::Live {
            return elsewhere(model, region.partition, None).into_iter().fold(refusal, ResolveError::cause);
        }
        let refusal = refusal.cause(format!("AWS lists no ID to invoke it there (live catalog, {date})"));
        elsewhere(model, region.partition, Some(region)).into_iter().fold(refusal, ResolveError::cause)
    }
}

/// Returns one line for each route to a model in a partition, with its source Regions. The Region `not` is left out.
pub(super) fn elsewhere(model: FoundationModel<'_>, partition: &str, not: Option<Region>) -> Vec<String> {
    let is_elsewhere = |source: &&str| {
        Region::from_name(source).is_none_or(|region| region.partition == partition && not != Some(region))
    };
    let mut lines = Vec::new();
    for profile in model.inference_profiles().filter(|profile| profile.status == ProfileStatus::Current) {
        let invocable = profile.routes().filter(|route| route.invocable);
        let mut sources: Vec<_> = invocable.flat_map(ProfileRoute::sources).filter(is_elsewhere).collect();
        sources.sort_unstable();
        if !sources.is_empty() {
            lines.push(format!("{}: `{}` from {}", profile.routing(), profile.id, sources.join(", ")));
        }
    }
    let on_demand: Vec<_> = model.on_demand_regions().filter(is_elsewhere).collect();
    if !on_demand.is_empty() {
        lines.push(format!("{}: `{}` from {}", Routing::InRegion, model.id, on_demand.join(", ")));
    }
    if lines.is_empty() {
        let where_to = if partition == "aws" { "no Region".to_owned() } else { format!("no Region of `{partition}`") };
        lines.push(format!("the catalog has {where_to} that serves it"));
    }
    lines
}
