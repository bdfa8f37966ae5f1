//! Rules 7 and 8: a name that resembles a known one, and a model that no source knows.

use super::{Resolver, global_warning, not_a_model, note, warning};
use crate::model::family;
use crate::model::id::ModelId;
use crate::model::region::Region;
use crate::model::resolution::{Destinations, Provenance, Resolution, ResolveError, ResolveErrorKind, Rule};
use crate::model::routing::Routing;

impl Resolver<'_, '_> {
    /// Applies rule 7, or else rule 8.
    pub(super) fn unknown(&self, written: &str, id: ModelId<'_>) -> Result<Resolution, ResolveError> {
        let region = self.source_region()?;
        let models = self.catalog.foundation_models().map(|model| model.id);
        if let Some(model) = family::closest_match(id.foundation, models) {
            let full = id.prefix.map(|prefix| format!("{prefix}.{model}"));
            let meant = full.filter(|full| self.catalog.inference_profile(full).is_some());
            return Err(self.did_you_mean(written, meant.as_deref().unwrap_or(model), model));
        }
        let publisher = id.foundation.split('.').next().unwrap_or_default();
        // In `us.us.amazon.…` the second prefix is not a publisher.
        let is_place = self.catalog.prefix(publisher).is_some() || Region::named(publisher).is_some();
        if is_place || !id.is_well_formed() {
            return Err(not_a_model(written));
        }
        self.predicted(written, id, region)
    }

    /// Returns the error of rule 7, with the similar ID and the ID to use now.
    pub(super) fn did_you_mean(&self, written: &str, meant: &str, model: &str) -> ResolveError {
        let refusal = ResolveError::not_resolved(format!("`{written}` does not exist, but `{meant}` does"));
        // `self.id` could return here if a live catalog has an ID that no lookup finds.
        let plain = self.catalog.foundation_model(model).map(|model| self.plain(model));
        let Some(Ok(resolution)) = plain else { return refusal };
        let ended = (resolution.rule == Rule::EndOfLife).then_some(resolution.source_region).flatten();
        let now = ended.and_then(|region| self.successor(self.catalog.foundation_model(model)?, region));
        match now {
            Some(successor) => refusal.cause(format!("`{model}` is at its end of life")).suggest(&successor),
            None => refusal.suggest(&resolution.id),
        }
    }

    /// Applies rule 8: predicts an ID from the table of prefixes.
    fn predicted(&self, written: &str, id: ModelId<'_>, region: Option<Region>) -> Result<Resolution, ResolveError> {
        let prefix = id.prefix.and_then(|name| self.catalog.prefix(name));
        let misplaced = prefix.zip(region).filter(|(prefix, region)| !prefix.serves(region.name));
        if let (Some((prefix, region)), false) = (misplaced, self.request.repair) {
            return Err(ResolveError::not_resolved(format!("`{written}` cannot be called from {region}")).cause(
                format!("no inference profile that begins with `{}.` can, and no source knows the model", prefix.name),
            ));
        }
        let (called, routing) = match id.prefix {
            Some("global") if misplaced.is_none() => (written.to_owned(), Routing::Global),
            Some(_) if misplaced.is_none() => (written.to_owned(), Routing::Geographic),
            _ => self.guess(id, region),
        };
        if !self.request.routing.allows(routing) {
            let what = format!("`{written}` is unknown, and {routing} routing, which would be tried, is left out");
            return Err(ResolveError::new(ResolveErrorKind::RoutingRefused, what));
        }
        if self.request.strict {
            return Err(ResolveError::not_resolved(format!("no source knows `{}`", id.foundation)));
        }
        let doubt = format!(
            "no source knows `{}`; `{called}` is predicted, by what is usual in the source Region",
            id.foundation
        );
        let mut notices = vec![warning(doubt)];
        if routing == Routing::Global && !self.request.routing.names_global() && id.prefix != Some("global") {
            notices.push(note(global_warning(&called)));
        }
        let destinations = match (routing, region) {
            (Routing::Global, _) => Destinations::AnyCommercial,
            (_, Some(region)) => self.catalog.stale_destinations(&called, region.name).into(),
            _ => Destinations::Unknown,
        };
        Ok(Resolution {
            input: String::new(),
            id: called,
            model: Some(id.foundation.to_owned()),
            rule: Rule::Predicted,
            source_region: region,
            routing: Some(routing),
            destinations,
            provenance: Provenance::Predicted,
            end_of_life: None,
            alternatives: Vec::new(),
            notices,
        })
    }

    /// Returns the ID for the first kind of routing, in the user's order, that new models usually have in this Region.
    /// New models have profiles, so the plain ID is used only if the user puts it first or leaves no other kind.
    fn guess(&self, id: ModelId<'_>, region: Option<Region>) -> (String, Routing) {
        let usual = region.and_then(|region| region.usual_prefix);
        let has_global =
            region.is_none_or(|region| self.catalog.prefix("global").is_some_and(|global| global.serves(region.name)));
        let order = self.request.routing.kinds();
        let profiles = if order.first() == Some(&Routing::InRegion) { &[] } else { order };
        for kind in profiles {
            match (kind, usual) {
                (Routing::Geographic, Some(prefix)) => {
                    return (format!("{prefix}.{}", id.foundation), Routing::Geographic);
                }
                (Routing::Global, _) if has_global => return (format!("global.{}", id.foundation), Routing::Global),
                _ => {}
            }
        }
        (id.foundation.to_owned(), Routing::InRegion)
    }
}
