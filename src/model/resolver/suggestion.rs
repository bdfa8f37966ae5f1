//! The IDs that hints suggest. A hint says so if requests can leave the geography of the typed prefix or, where none was
//! typed, that of the source Region.

use super::{Geography, Resolver};
use crate::model::catalog::InferenceProfile;
use crate::model::resolution::{Destinations, ResolveError};

/// What a model ID looks like, for input that is none.
pub(super) const MODEL_ID_FORM: &str =
    "a model ID has the form `PUBLISHER.NAME`, in lower case; `bedrock-ask models` lists those that can be invoked";

impl Resolver<'_, '_> {
    /// Sets the suggestion, and adds a hint that names it.
    pub(super) fn suggest(&self, refusal: ResolveError, id: &str) -> ResolveError {
        let hint = match self.leaves(id) {
            Some(left) => format!("use `{id}`, which {left}"),
            None => format!("use `{id}`"),
        };
        ResolveError { suggestion: Some(id.to_owned()), ..refusal.hint(hint) }
    }

    /// Returns where the requests of an ID may run outside of the geography; none if they stay in it.
    pub(super) fn leaves(&self, id: &str) -> Option<String> {
        let region = self.request.source_region?;
        let model = self.catalog.inference_profile(id).map_or(id, |InferenceProfile { model, .. }| model.id);
        let routes = self.catalog.routes(model, region.name);
        let destinations = Destinations::from(routes.iter().find(|route| route.id == id)?.destinations);
        if Geography::is_global_input(&self.input, &self.request, self.catalog) {
            return None;
        }
        if let Some(geography) = Geography::of_input(&self.input, &self.request, self.catalog) {
            let text = format!("may run outside of the geography that `{}.` names", geography.prefix);
            return (!geography.contains(&destinations)).then_some(text);
        }
        match destinations {
            Destinations::AnyCommercial if self.request.routing.names_global() => None,
            Destinations::AnyCommercial => Some("may run in any commercial Region".to_owned()),
            Destinations::Regions(mut regions) => {
                regions.retain(|destination| area(destination) != area(region.name));
                (!regions.is_empty()).then(|| format!("may also run in {}", regions.join(", ")))
            }
            Destinations::Unknown => None,
        }
    }

    /// Returns where the requests of some of these IDs may run outside of the geography.
    pub(super) fn leaves_by_prefix(&self, ids: &[&str]) -> Option<String> {
        let mut texts: Vec<String> = Vec::new();
        for id in ids {
            let prefix = id.split('.').next().unwrap_or_default();
            let text = self.leaves(id).map(|left| format!("IDs that begin with `{prefix}.` {left}"));
            texts.extend(text.filter(|text| !texts.contains(text)));
        }
        (!texts.is_empty()).then(|| texts.join("; "))
    }
}

/// Returns the part of a Region's name that all Regions of its geography share: `eu`, `us-gov`.
fn area(region: &str) -> &str {
    region.rsplitn(3, '-').nth(2).unwrap_or(region)
}
