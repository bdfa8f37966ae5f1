//! Names without a publisher: the family is found among all models, and then the newest member that can be invoked.

use super::Resolver;
use crate::model::catalog::{FoundationModel, InferenceProfile, ProfileStatus};
use crate::model::date::Date;
use crate::model::id;
use crate::model::name::{self, NameMatch};
use crate::model::region::Region;
use crate::model::resolution::{Resolution, ResolveError, ResolveErrorKind, Rule};

impl<'c> Resolver<'_, 'c> {
    /// An ID or a short name, in any letters.
    pub(super) fn name(&mut self, written: &str) -> Result<Resolution, ResolveError> {
        let lower = written.to_ascii_lowercase();
        if lower != written {
            self.note("model IDs are written in lower case".to_owned());
        }
        if let Some(resolution) = self.known_name(&lower) {
            return resolution;
        }
        let without_ending = id::without_ending(&lower);
        if let Some((rest, text)) = without_ending
            && let Some(resolution) = self.known_name(rest)
        {
            self.note(text.to_owned());
            return resolution;
        }
        if is_id(&lower) { self.id(&lower) } else { Err(self.unknown_name(written, &lower)) }
    }

    /// What a name leads to that the catalog knows: none if it is neither an ID nor the name of a family.
    pub(super) fn known_name(&self, name: &str) -> Option<Result<Resolution, ResolveError>> {
        let first = name.split('.').next().unwrap_or_default();
        let has_form = is_id(name);
        if has_form && self.is_known_id(name) {
            return Some(self.id(name));
        }
        // `minimax.m2` may be `minimax-m2`, but what follows a publisher or a prefix is otherwise an ID.
        let is_label = self.catalog.knows_publisher(first) || self.catalog.prefix(first).is_some();
        match self.match_short_name(name, has_form && is_label) {
            NameMatch::Family(models) => Some(self.newest_invocable(&models)),
            NameMatch::Several(families) => Some(Err(self.ambiguous(name, &families))),
            NameMatch::None => None,
        }
    }

    fn is_known_id(&self, name: &str) -> bool {
        let is_model = |id: &str| self.catalog.foundation_model(id).is_some();
        is_model(name)
            || self.catalog.inference_profile(name).is_some()
            || name.split_once('.').is_some_and(|(first, rest)| self.catalog.prefix(first).is_some() && is_model(rest))
    }

    /// The models that a name stands for, in any Region. What can still be invoked anywhere comes before what cannot,
    /// and that before what only bedrock-mantle serves; but a whole name comes before a part of one.
    fn match_short_name(&self, name: &str, only_own: bool) -> NameMatch<'c> {
        let models = || self.catalog.foundation_models().map(|model| model.id);
        let related = self.memo.related.get(name, || name::related(name, models()));
        let related = related.into_iter().filter_map(|id| self.catalog.foundation_model(id));
        let (mantle, served): (Vec<_>, Vec<_>) = related.partition(|model| model.is_mantle_only());
        let (living, dead): (Vec<_>, Vec<_>) = served.into_iter().partition(|model| self.is_living(*model));
        let groups = [living, dead, mantle];
        let ids = |group: &Vec<FoundationModel<'c>>| group.iter().map(|model| model.id).collect::<Vec<_>>();
        let groups = groups.each_ref().map(ids);
        let own = || groups.iter().map(|ids| name::own_name(name, ids.iter().copied())).find(|ids| !ids.is_empty());
        let fitting = |ids: &Vec<&'c str>| match name::match_name(name, ids.iter().copied()) {
            NameMatch::None => None,
            found => Some(found),
        };
        // `claude` is no wish for the first Claude, though that was its whole name.
        let is_bare = !only_own && !name::has_version(name);
        let is_own_living = || !name::own_name(name, groups[0].iter().copied()).is_empty();
        if is_bare
            && !is_own_living()
            && let Some(several @ NameMatch::Several(_)) = fitting(&groups[0])
        {
            return several;
        }
        let others = || groups.iter().filter(|_| !only_own).find_map(fitting);
        own().map(NameMatch::Family).or_else(others).unwrap_or(NameMatch::None)
    }

    /// Whether the model can be invoked from some Region, by a catalog that is older than its end of life or knows it.
    fn is_living(&self, model: FoundationModel<'_>) -> bool {
        let has_route = |profile: InferenceProfile<'_>| {
            profile.status == ProfileStatus::Current && profile.routes().any(|route| route.invocable)
        };
        let is_invocable = model.inference_profiles().any(has_route) || model.on_demand_regions().next().is_some();
        let as_of = self.catalog.as_of("").1;
        let has_route_here =
            |region: Region| self.catalog.routes(model.id, region.name).iter().any(|route| route.invocable);
        (is_invocable || self.request.source_region.is_some_and(has_route_here)) && !self.has_ended_since(model, as_of)
    }

    /// Whether the model has reached its end of life after this day.
    fn has_ended_since(&self, model: FoundationModel<'_>, as_of: Date) -> bool {
        model.end_of_life().is_some_and(|end| end.reached(self.request.today) && !end.reached(as_of))
    }

    /// The newest of the models that can be invoked from the source Region as the user allows, or rules 4 to 6 for the
    /// newest that explains most.
    fn newest_invocable(&self, models: &[&str]) -> Result<Resolution, ResolveError> {
        self.source_region()?;
        let models = || models.iter().filter_map(|id| self.catalog.foundation_model(id));
        if let Some(resolution) = models().find_map(|model| self.living_route(model)) {
            return Ok(resolution);
        }
        let errors: Vec<_> = models().map(|model| self.refusal(model)).collect();
        let best = errors.iter().position(|error| error.kind == ResolveErrorKind::RoutingRefused).unwrap_or(0);
        let refusal = errors.into_iter().nth(best);
        Err(refusal.unwrap_or_else(|| ResolveError::not_resolved("the catalog has no model of this name")))
    }

    /// The resolution of a plain ID, unless its route cannot be invoked any more.
    fn living_route(&self, model: FoundationModel<'c>) -> Option<Resolution> {
        let resolution = self.plain(model).ok()?;
        if resolution.rule != Rule::EndOfLife {
            return Some(resolution);
        }
        let region = resolution.source_region?;
        let is_invocable =
            |id: &str| self.catalog.routes(model.id, region.name).iter().any(|route| route.id == id && route.invocable);
        let as_of = self.catalog.as_of(region.name).1;
        (is_invocable(&resolution.id) && !self.has_ended_since(model, as_of)).then_some(resolution)
    }

    /// Why a model cannot be invoked, by rules 4 to 6.
    fn refusal(&self, model: FoundationModel<'c>) -> ResolveError {
        match (self.plain(model), self.request.source_region) {
            (Err(error), _) => error,
            (Ok(_), Some(region)) => self.end_of_life_error(model, region),
            (Ok(_), None) => ResolveError::not_resolved(format!("`{}` reached its end of life", model.id)),
        }
    }

    fn ambiguous(&self, name: &str, families: &[Vec<&str>]) -> ResolveError {
        let refusal = ResolveError::not_resolved(format!("`{name}` fits more than one family of models"));
        let newest = |models: &Vec<&str>| {
            let mut models = models.iter().filter_map(|id| self.catalog.foundation_model(id));
            models.find_map(|model| self.living_route(model)?.model)
        };
        let here: Vec<_> = families.iter().filter_map(newest).collect();
        if here.is_empty() {
            let all: Vec<_> = families.iter().filter_map(|models| models.first().copied()).collect();
            return refusal
                .cause(format!("none of them can be called from here; the newest of each: {}", all.join(", ")));
        }
        refusal.cause(format!("the newest of each that can be called: {}", here.join(", ")))
    }

    /// Rule 7 for a name that is no family's.
    fn unknown_name(&self, written: &str, name: &str) -> ResolveError {
        if let Some(model) = self.guessed(name) {
            return self.did_you_mean(written, model, model);
        }
        let refusal = ResolveError::not_resolved(format!("no model is called `{written}`"));
        if let Some(hint) = self.other_version(name) {
            return refusal.hint(hint);
        }
        let refusal = refusal.hint("a model ID is a publisher, a dot and a name: `amazon.nova-2-lite-v1:0`");
        let refusal = self.refresh_hint(written).into_iter().fold(refusal, ResolveError::hint);
        if !self.could_be_a_resource(written) {
            return refusal;
        }
        refusal
            .hint(format!("if it is a provisioned model or an application inference profile: bedrock-ask -m {written}"))
    }

    /// The one model that a mistyped name was meant to be, the newest that can be invoked before all others.
    pub(super) fn guessed(&self, name: &str) -> Option<&'c str> {
        let served = || self.catalog.foundation_models().filter(|model| !model.is_mantle_only()).map(|model| model.id);
        let corrected = self.memo.corrected.get(name, || name::corrected(name, served()))?;
        match self.match_short_name(&corrected, false) {
            NameMatch::Family(models) => self.newest_of(&models).or_else(|| models.first().copied()),
            _ => None,
        }
    }

    fn newest_of<'m>(&self, models: &[&'m str]) -> Option<&'m str> {
        let is_invocable =
            |id: &str| self.catalog.foundation_model(id).is_some_and(|model| self.living_route(model).is_some());
        models.iter().copied().find(|id| is_invocable(id))
    }

    /// What there is in place of a version that does not exist.
    fn other_version(&self, name: &str) -> Option<String> {
        let family = name::without_version(name);
        if family == name {
            return None;
        }
        let models = match self.match_short_name(&family, false) {
            NameMatch::Family(models) => models,
            NameMatch::Several(families) => families.concat(),
            NameMatch::None => return None,
        };
        let newest = self.newest_of(&models)?;
        let region = self.request.source_region?;
        Some(format!("the newest `{family}` that can be called from {region} is `{newest}`"))
    }

    /// A name with spaces, as AWS writes it: `Claude Haiku 4.5`.
    pub(super) fn spaced_name(&self, written: &str) -> ResolveError {
        let name = written.to_ascii_lowercase();
        let same = self.catalog.foundation_models().filter(|model| model.name().eq_ignore_ascii_case(written));
        let same: Vec<_> = same.filter(|model| !model.is_mantle_only()).map(|model| model.id).collect();
        let meant = self.newest_of(&same).or_else(|| same.last().copied()).or_else(|| {
            match self.match_short_name(&name, false) {
                NameMatch::Family(models) => self.newest_of(&models).or_else(|| models.first().copied()),
                _ => self.guessed(&name),
            }
        });
        match meant {
            Some(model) => self.did_you_mean(written, model, model),
            None => ResolveError::usage("a model ID has no ' ' in it"),
        }
    }
}

/// Whether this has the form of an ID. `claude-sonnet-4.6` has a dot too, but names a family.
fn is_id(name: &str) -> bool {
    let Some((first, rest)) = name.split_once('.') else { return false };
    let is_version = first.ends_with(|letter: char| letter.is_ascii_digit())
        && rest.starts_with(|letter: char| letter.is_ascii_digit());
    !is_version
}
