//! Names without a publisher: the family is found among all models, and then the newest member that can be invoked.

use super::Resolver;
use super::index::KnownModel;
use super::suggestion::MODEL_ID_FORM;
use crate::model::catalog::{FoundationModel, InferenceProfile, ProfileStatus};
use crate::model::date::Date;
use crate::model::id;
use crate::model::name::{self, KnownName, NameMatch};
use crate::model::region::Region;
use crate::model::resolution::{Resolution, ResolveError, ResolveErrorKind, Rule};

/// How many IDs a hint lists.
const LISTED: usize = 8;

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

    pub(super) fn is_known_id(&self, name: &str) -> bool {
        let is_model = |id: &str| self.catalog.foundation_model(id).is_some();
        is_model(name)
            || self.catalog.inference_profile(name).is_some()
            || name.split_once('.').is_some_and(|(first, rest)| self.catalog.prefix(first).is_some() && is_model(rest))
    }

    /// The newest model of the only family that a name stands for.
    pub(super) fn named(&self, name: &str) -> Option<&'c str> {
        match self.match_short_name(name, false) {
            NameMatch::Family(models) => self.first_choice(&models),
            _ => None,
        }
    }

    /// The newest of the models that can be invoked, or else the newest.
    fn first_choice<'m>(&self, models: &[&'m str]) -> Option<&'m str> {
        self.newest_of(models).or_else(|| models.first().copied())
    }

    /// The models that a name stands for, in any Region. What can still be invoked anywhere comes before what cannot,
    /// and that before what only bedrock-mantle serves; but a whole name comes before a part of one.
    fn match_short_name(&self, name: &str, only_own: bool) -> NameMatch<'c> {
        if !only_own && let Some(published) = self.match_publisher(name) {
            return published;
        }
        let related = || name::related(name, self.index.models().iter().map(|known| &known.name));
        let related = self.memo.related.get(name, related);
        if related.is_empty() {
            return NameMatch::None;
        }
        let groups = self.by_availability(related.into_iter().filter_map(|id| self.index.model(id)));
        let own = || groups.iter().map(|names| name::own_name(name, names.iter().copied())).find(|ids| !ids.is_empty());
        let fitting = |names: &Vec<&KnownName<'c>>| match name::match_name(name, names.iter().copied()) {
            NameMatch::None => None,
            found => Some(found),
        };
        // `claude` does not stand for the first Claude, though that was its whole name.
        let is_bare = !only_own && !name::has_version(name);
        let is_own_name = || !name::own_name(name, groups[0].iter().copied()).is_empty();
        if is_bare
            && !is_own_name()
            && let Some(several @ NameMatch::Several(_)) = fitting(&groups[0])
        {
            return several;
        }
        let others = || groups.iter().filter(|_| !only_own).find_map(fitting);
        own().map(NameMatch::Family).or_else(others).unwrap_or(NameMatch::None)
    }

    /// The models of the publisher of this name; none if there is no such publisher.
    fn match_publisher(&self, name: &str) -> Option<NameMatch<'c>> {
        let groups = self.by_availability(self.index.of_publisher(name));
        let available = groups.into_iter().find(|names| !names.is_empty())?;
        Some(name::match_all(available.into_iter()))
    }

    /// Returns the names of the models that can be invoked anywhere, of those that cannot, and of those that only
    /// bedrock-mantle serves.
    fn by_availability<'n>(&self, models: impl Iterator<Item = &'n KnownModel<'c>>) -> [Vec<&'n KnownName<'c>>; 3]
    where
        'c: 'n,
    {
        let (mantle, served): (Vec<_>, Vec<_>) = models.partition(|known| known.is_mantle_only);
        let (invocable, others): (Vec<_>, Vec<_>) =
            served.into_iter().partition(|known| self.is_invocable_somewhere(known.model));
        [invocable, others, mantle].map(|group| group.into_iter().map(|known| &known.name).collect())
    }

    /// Whether the model can be invoked from some Region, by a catalog that is older than its end of life or knows it.
    fn is_invocable_somewhere(&self, model: FoundationModel<'_>) -> bool {
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

    /// The error for a name of several families: the newest of each that can be invoked, models that chat before all
    /// others.
    fn ambiguous(&self, name: &str, families: &[Vec<&str>]) -> ResolveError {
        let region = match self.source_region() {
            Ok(region) => region.map_or("all", |region| region.name),
            Err(refusal) => return refusal,
        };
        let refusal = ResolveError::not_resolved(format!("`{name}` matches more than one model family"));
        let here: Vec<_> = families.iter().filter_map(|models| self.newest_route(models)).collect();
        let chats = |route: &&Resolution| {
            let model = route.model.as_deref().and_then(|id| self.catalog.foundation_model(id));
            model.is_some_and(FoundationModel::can_chat)
        };
        let chatting: Vec<_> = here.iter().filter(chats).map(|route| &*route.id).collect();
        let all: Vec<_> = here.iter().map(|route| &*route.id).collect();
        let ids = if chatting.is_empty() { all } else { chatting };
        if ids.is_empty() {
            let all: Vec<_> = families.iter().filter_map(|models| models.first().copied()).collect();
            return refusal
                .cause(format!("none of them can be invoked from {region}: {}", listed(&all)))
                .hint(format!("`bedrock-ask models --region {region}` lists those that can"));
        }
        let left = self.leaves_by_prefix(&ids).map_or(String::new(), |left| format!("; {left}"));
        refusal
            .hint(format!("the newest of each family that can be invoked from {region}: {}{left}", listed(&ids)))
            .hint(format!("`bedrock-ask models {} --region {region}` lists more", self.selection(name, families)))
    }

    /// Returns the flags with which `bedrock-ask models` lists the models of a publisher or with this word.
    fn selection(&self, name: &str, families: &[Vec<&str>]) -> String {
        let first = families.iter().flatten().find_map(|id| self.catalog.foundation_model(id));
        let label = first.map_or("", |model| model.id.split('.').next().unwrap_or_default());
        let is_publisher = first.is_some_and(|model| name::is_publisher(name, label, model.provider()));
        if is_publisher { format!("--provider {label} --any") } else { format!("--search '{name}' --any") }
    }

    /// Rule 7 for a name that is no family's.
    fn unknown_name(&self, written: &str, name: &str) -> ResolveError {
        if let Some(model) = self.guessed(name) {
            return self.did_you_mean(written, model, model);
        }
        let refusal = ResolveError::not_resolved(format!("no model matches `{written}`"));
        if let Some(hint) = self.other_version(name) {
            return refusal.hint(hint);
        }
        let refusal = refusal.hint(MODEL_ID_FORM);
        let refusal = self.refresh_hint(written).into_iter().fold(refusal, ResolveError::hint);
        if !self.could_be_a_resource(written) {
            return refusal;
        }
        refusal
            .hint(format!("if it is a provisioned model or an application inference profile: bedrock-ask -m {written}"))
    }

    /// The one model that a mistyped name was meant to be, the newest that can be invoked before all others.
    pub(super) fn guessed(&self, name: &str) -> Option<&'c str> {
        let corrected = || name::corrected(name, &self.index.served().map(|known| &known.name));
        let corrected = self.memo.corrected.get(name, corrected);
        let shorter = || name::without_suffix(name).map(str::to_owned);
        self.named(&corrected.or_else(shorter)?)
    }

    fn newest_of<'m>(&self, models: &[&'m str]) -> Option<&'m str> {
        let is_invocable =
            |id: &str| self.catalog.foundation_model(id).is_some_and(|model| self.living_route(model).is_some());
        models.iter().copied().find(|id| is_invocable(id))
    }

    /// The route to the newest of the models that can be invoked; none is predicted.
    fn newest_route(&self, models: &[&str]) -> Option<Resolution> {
        let mut models = models.iter().filter_map(|id| self.catalog.foundation_model(id));
        models.find_map(|model| self.living_route(model).filter(|route| route.rule != Rule::Predicted))
    }

    /// What there is in place of a version that does not exist.
    fn other_version(&self, name: &str) -> Option<String> {
        let family = name::without_version(name);
        if family == name {
            return None;
        }
        let families = match self.match_short_name(&family, false) {
            NameMatch::Family(models) => vec![models],
            NameMatch::Several(families) => families,
            NameMatch::None => return None,
        };
        let region = self.request.source_region?;
        let routes: Vec<_> = families.iter().filter_map(|models| self.newest_route(models)).collect();
        let ids: Vec<_> = routes.iter().map(|route| &*route.id).collect();
        let left = self.leaves_by_prefix(&ids).map_or(String::new(), |left| format!("; {left}"));
        match ids[..] {
            [] => None,
            [_] => {
                Some(format!("the newest `{family}` model that can be invoked from {region} is {}{left}", listed(&ids)))
            }
            _ => Some(format!("the newest `{family}` model that can be invoked from {region}: {}{left}", listed(&ids))),
        }
    }

    /// A name with spaces, as AWS writes it: `Claude Haiku 4.5`.
    pub(super) fn spaced_name(&self, written: &str) -> ResolveError {
        let name = written.to_ascii_lowercase();
        let same = self.index.served().map(|known| known.model);
        let same = same.filter(|model| model.name().eq_ignore_ascii_case(written));
        let same: Vec<_> = same.map(|model| model.id).collect();
        let found = self.match_short_name(&name, false);
        if let (true, NameMatch::Several(families)) = (same.is_empty(), &found) {
            return self.ambiguous(written, families);
        }
        let meant = self.newest_of(&same).or_else(|| same.last().copied()).or_else(|| match found {
            NameMatch::Family(models) => self.first_choice(&models),
            _ => self.guessed(&name),
        });
        match meant {
            Some(model) => self.did_you_mean(written, model, model),
            None => ResolveError::usage("a model ID cannot contain ' '"),
        }
    }
}

/// Returns IDs in backticks, with commas between them, at most [`LISTED`].
fn listed(ids: &[&str]) -> String {
    let first: Vec<_> = ids.iter().take(LISTED).map(|id| format!("`{id}`")).collect();
    let more = if ids.len() > LISTED { ", …" } else { "" };
    format!("{}{more}", first.join(", "))
}

/// Whether this has the form of an ID. `claude-sonnet-4.6` has a dot too, but names a family.
fn is_id(name: &str) -> bool {
    let Some((first, rest)) = name.split_once('.') else { return false };
    let is_version = first.ends_with(|letter: char| letter.is_ascii_digit())
        && rest.starts_with(|letter: char| letter.is_ascii_digit());
    !is_version
}
