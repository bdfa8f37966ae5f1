//! Rules 7 and 8: a name that resembles a known one, and a model that no source knows.

use super::kinship::kinship;
use super::{Resolver, global_warning, not_a_model, not_invocable_from, note, warning};
use crate::model::family;
use crate::model::id::ModelId;
use crate::model::region::Region;
use crate::model::resolution::{Destinations, Provenance, Resolution, ResolveError, ResolveErrorKind, Rule};
use crate::model::routing::Routing;

/// How many model IDs an error lists.
const LISTED: usize = 5;

/// What a model that no source knows is predicted to be invoked by.
struct Prediction<'c> {
    id: String,
    routing: Routing,
    /// The model after which it is predicted.
    kin: Option<&'c str>,
}

impl<'c> Resolver<'_, 'c> {
    /// Rule 7, and 8 behind it: no source knows the model.
    pub(super) fn unknown(&self, written: &str, id: ModelId<'_>) -> Result<Resolution, ResolveError> {
        let region = self.source_region()?;
        let known = || self.index.models().iter().map(|known| &known.name);
        let closest = || family::closest_match(id.foundation, known());
        if let Some(model) = self.memo.closest.get(id.foundation, closest) {
            let full = id.prefix.map(|prefix| format!("{prefix}.{model}"));
            let meant = full.filter(|full| self.catalog.inference_profile(full).is_some());
            return Err(self.did_you_mean(written, meant.as_deref().unwrap_or(model), model));
        }
        let publisher = id.foundation.split('.').next().unwrap_or_default();
        // In `us.us.amazon.…` the second prefix is not a publisher, and in `amazon.amazon.…` the second publisher no name.
        let is_place = self.catalog.prefix(publisher).is_some() || Region::named(publisher).is_some();
        let name = id.foundation.split_once('.').map_or("", |(_, name)| name);
        let is_doubled = name.split_once('.').is_some_and(|(label, _)| self.catalog.knows_publisher(label));
        let ends_in_region =
            Region::all().any(|region| name.strip_suffix(region.name).is_some_and(|start| start.ends_with('-')));
        if is_place || is_doubled || ends_in_region || !id.is_well_formed() {
            return Err(self.malformed(written));
        }
        if !self.catalog.knows_publisher(publisher) {
            return Err(ResolveError::not_resolved(format!("`{written}` is not a known model"))
                .cause(format!("no model ID begins with `{publisher}.`")));
        }
        if let Some(unfinished) = self.unfinished(written, id.foundation) {
            return Err(unfinished);
        }
        // `openai.openai-gpt-5.4`; but `mistral.mistral-large-…` is the name of a model.
        let rest = name.strip_prefix(publisher).and_then(|rest| rest.strip_prefix('-'));
        let shorter = rest.and_then(|rest| self.catalog.foundation_model(&format!("{publisher}.{rest}")));
        if let Some(model) = shorter {
            return Err(self.did_you_mean(written, model.id, model.id));
        }
        // `anthropic.sonnet`: a new model would have a number.
        if !name.contains(|letter: char| letter.is_ascii_digit())
            && let Some(model) = self.named(name)
        {
            return Err(self.did_you_mean(written, model, model));
        }
        if let Some((region, why)) = region.and_then(|region| Some((region, self.no_endpoint(region)?))) {
            return Err(ResolveError::not_resolved(not_invocable_from(written, region))
                .cause(why)
                .hint("`bedrock-ask models --region all` lists the Regions"));
        }
        self.predicted(written, id, region)
    }

    /// Refuses what is not a model ID, and suggests the known ID that it encloses, or the one whose publisher it lacks.
    pub(super) fn malformed(&self, written: &str) -> ResolveError {
        let refusal = not_a_model(written);
        let pieces = written.split(|letter: char| !letter.is_ascii_alphanumeric() && !".:-_".contains(letter));
        let tails = [':', '.'].into_iter().filter_map(|mark| Some(written.split_once(mark)?.1));
        let heads = written.rmatch_indices(['-', ':', '.']).map(|(at, _)| &written[..at]);
        if let Some(known) = pieces.chain(tails).chain(heads).find(|part| *part != written && self.is_known_id(part)) {
            let resolved = self.id(known).ok().filter(|resolution| resolution.rule != Rule::Predicted);
            return resolved.map_or(refusal.clone(), |resolution| self.suggest(refusal, &resolution.id));
        }
        let Some((prefix, name)) = written.split_once('.') else { return refusal };
        let full = self.named(name).map(|model| format!("{prefix}.{model}"));
        let known = full.filter(|full| self.catalog.inference_profile(full).is_some());
        match known.and_then(|full| self.id(&full).ok()) {
            Some(resolution) => self.suggest(refusal, &resolution.id),
            None => refusal,
        }
    }

    /// Refuses the beginning of the IDs of known models, such as `meta.llama3-3`, which lacks the size `70b`. `…-opus-5` is
    /// no beginning of `…-opus-5-5`: it has a version of its own.
    fn unfinished(&self, written: &str, foundation: &str) -> Option<ResolveError> {
        let has_version = foundation.contains(|letter: char| letter.is_ascii_digit());
        let continues = |id: &&str| {
            let rest = id.strip_prefix(foundation).and_then(|rest| rest.strip_prefix('-'));
            let word = rest.map(|rest| rest.split('-').next().unwrap_or_default());
            word.is_some_and(|word| !has_version || word.contains(|letter: char| letter.is_ascii_alphabetic()))
        };
        let models: Vec<_> = self.index.models().iter().map(|known| known.name.id).filter(continues).collect();
        match models[..] {
            [] => None,
            [only] => Some(self.did_you_mean(written, only, only)),
            _ => {
                let listed: Vec<_> = models.iter().take(LISTED).map(|id| format!("`{id}`")).collect();
                let more = if models.len() > LISTED { ", …" } else { "" };
                Some(
                    ResolveError::not_resolved(format!("`{written}` is only the beginning of a model ID"))
                        .cause(format!("model IDs that begin with it: {}{more}", listed.join(", "))),
                )
            }
        }
    }

    /// Rule 7: what was meant, and what to use now.
    pub(super) fn did_you_mean(&self, written: &str, meant: &str, model: &str) -> ResolveError {
        let refusal = ResolveError::not_resolved(format!("`{written}` does not exist, but `{meant}` does"));
        // Not by `self.id`, which could come back here if a live catalog has an ID that no lookup finds.
        let Some(model) = self.catalog.foundation_model(model) else { return refusal };
        let Ok(resolution) = self.plain(model) else { return refusal };
        let not_invocable = resolution.source_region.filter(|_| self.is_not_invocable(&resolution));
        let Some(region) = not_invocable else {
            let is_certain = resolution.rule != Rule::Predicted;
            return if is_certain { self.suggest(refusal, &resolution.id) } else { refusal };
        };
        let refusal = match resolution.rule {
            Rule::EndOfLife => refusal.cause(format!("`{}` is at its end of life", model.id)),
            _ => refusal.cause(self.not_invocable_error(model, region).message.summary),
        };
        match self.successor(model, region) {
            Some(successor) => self.suggest(refusal, &successor),
            None => refusal,
        }
    }

    /// Rule 8: how the newest model of the family, or of the publisher, is invoked from there.
    fn predicted(&self, written: &str, id: ModelId<'_>, region: Option<Region>) -> Result<Resolution, ResolveError> {
        let prefix = id.prefix.and_then(|name| self.catalog.prefix(name));
        let serves = |region: Region, name: &str| {
            self.catalog.prefix(name).is_some_and(|prefix| prefix.serves(region.name))
                || (name == "global" && region.is_new() && region.partition == "aws")
        };
        let misplaced = prefix.zip(region).filter(|(prefix, region)| !serves(*region, prefix.name));
        if let (Some((prefix, region)), false) = (misplaced, self.request.repair) {
            return Err(ResolveError::not_resolved(not_invocable_from(written, region)).cause(format!(
                "no inference profile that begins with `{}.` can, and the model is not known",
                prefix.name
            )));
        }
        let prediction = match id.prefix {
            Some(name) if misplaced.is_none() => {
                let routing = if name == "global" { Routing::Global } else { Routing::Geographic };
                self.allowed(written, routing, None)?;
                Prediction { id: written.to_owned(), routing, kin: None }
            }
            _ => self.by_kinship(written, id.foundation, region)?,
        };
        if self.request.strict {
            return Err(ResolveError::not_resolved(format!("`{}` is not a known model", id.foundation)));
        }
        let what = format!("`{}` is not a known model; `{}` is predicted", id.foundation, prediction.id);
        let global_is_named = id.prefix == Some("global") || self.request.routing.names_global();
        Ok(self.prediction(prediction, &what, id.foundation, region, global_is_named))
    }

    /// Predicts the route to a model of which nothing is known in this Region yet: the Region is younger than the catalog,
    /// or AWS listed the model for other Regions only.
    pub(super) fn new_in_region(&self, model: &str, region: Region) -> Result<Resolution, ResolveError> {
        let prediction = self.by_kinship(model, model, Some(region))?;
        let unknown = format!("it is not known whether `{model}` can be invoked from {region}");
        if self.request.strict {
            return Err(ResolveError::not_resolved(unknown));
        }
        let what = format!("{unknown}; `{}` is predicted", prediction.id);
        Ok(self.prediction(prediction, &what, model, Some(region), self.request.routing.names_global()))
    }

    fn prediction(
        &self,
        prediction: Prediction<'_>,
        what: &str,
        model: &str,
        region: Option<Region>,
        global_is_named: bool,
    ) -> Resolution {
        let Prediction { id, routing, kin } = prediction;
        let why = match (kin, region) {
            (Some(kin), Some(region)) if kin != model => format!(", because `{kin}` is invoked this way from {region}"),
            _ => String::new(),
        };
        let mut notices = vec![warning(format!("{what}{why}"))];
        if routing == Routing::Global && !global_is_named {
            notices.push(note(global_warning(&id)));
        }
        let destinations = match (routing, region) {
            (Routing::Global, _) => Destinations::AnyCommercial,
            (_, Some(region)) => self.catalog.stale_destinations(&id, region.name).into(),
            _ => Destinations::Unknown,
        };
        Resolution {
            input: String::new(),
            id,
            model: Some(model.to_owned()),
            rule: Rule::Predicted,
            source_region: region,
            routing: Some(routing),
            destinations,
            provenance: Provenance::Predicted,
            end_of_life: None,
            alternatives: Vec::new(),
            notices,
        }
    }

    /// The kin is chosen before the user's routing is looked at: no older kin is taken for the sake of the routing.
    fn by_kinship(
        &self,
        written: &str,
        foundation: &str,
        region: Option<Region>,
    ) -> Result<Prediction<'c>, ResolveError> {
        let Some(region) = region else {
            return Ok(Prediction { id: format!("global.{foundation}"), routing: Routing::Global, kin: None });
        };
        let kinship = kinship(self.index, foundation, region);
        let of_kind = |kind: &Routing| kinship.prefixes.iter().find(|(routing, _)| routing == kind);
        if let Some((routing, prefix)) = self.request.routing.kinds().iter().find_map(of_kind) {
            return Ok(Prediction { id: format!("{prefix}.{foundation}"), routing: *routing, kin: kinship.kin });
        }
        match kinship.prefixes.first() {
            Some((routing, _)) => Err(self
                .allowed(written, *routing, kinship.kin)
                .err()
                .unwrap_or_else(|| ResolveError::not_resolved(format!("`{foundation}` is not a known model")))),
            None => Err(ResolveError::not_resolved(format!("`{foundation}` is not a known model"))
                .cause(format!("no inference profile that can be invoked from {region} is known"))),
        }
    }

    fn allowed(&self, written: &str, routing: Routing, kin: Option<&str>) -> Result<(), ResolveError> {
        if self.request.routing.allows(routing) {
            return Ok(());
        }
        let what = format!("`{written}` is not a known model, and the predicted routing, {routing}, is not allowed");
        let refusal = ResolveError::new(ResolveErrorKind::RoutingRefused, what);
        Err(match kin {
            Some(kin) => {
                refusal.cause(format!("`{kin}`, the newest model like it, has no other inference profile there"))
            }
            None => refusal,
        })
    }
}
