//! Model ID + source Region + routing + catalog → what to call, and the reason. The rules are numbered as in the README.

mod application;
#[cfg(test)]
mod live_tests;
mod untried;

pub use untried::untried;

use crate::model::catalog::{Candidate, Catalog, FoundationModel, ProfileStatus, Route, Source};
use crate::model::family::{self, Named};
use crate::model::id::{Arn, ModelId, Reference, SpeltRegion, Target};
use crate::model::region::{Prefix, Region};
use crate::model::resolution::{Basis, Notice, Reach, Reason, Refusal, Request, Resolution, Rule, Way};
use crate::model::routing::Routing;

/// What is asked when nobody names a model: the first that resolves without leaving the geography, else the first that
/// resolves. The first two need no form, no subscription and no card.
pub const DEFAULT_MODELS: [&str; 3] =
    ["amazon.nova-2-lite-v1:0", "amazon.nova-lite-v1:0", "anthropic.claude-sonnet-5-5"];

/// The kinds of ARN that are called as they stand.
const CALLED_AS_WRITTEN: [&str; 10] = [
    "application-inference-profile",
    "custom-model",
    "custom-model-deployment",
    "default-prompt-router",
    "endpoint",
    "imported-model",
    "marketplace",
    "prompt",
    "prompt-router",
    "provisioned-model",
];

/// Resolves a model as somebody wrote it.
///
/// # Errors
/// A [`Refusal`] says what is wrong and, where the catalog has one, which ID to use instead.
pub fn resolve(text: &str, request: &Request<'_>, catalog: &Catalog<'_>) -> Result<Resolution, Refusal> {
    let asked = text.trim();
    let written = request.aliases.get(asked).map_or(asked, |target| target.trim());
    let mut resolver = Resolver { catalog, request: *request, notices: Vec::new() };
    let resolution = match resolver.application(written) {
        Some(resolution) => resolution,
        None => resolver.reference(written),
    };
    resolution.map(|mut resolution| {
        asked.clone_into(&mut resolution.asked);
        resolver.notices.append(&mut resolution.notices);
        resolution.notices = resolver.notices;
        resolution
    })
}

/// Resolves the model that is asked when nobody names one.
///
/// # Errors
/// The refusal of the first default model, where none resolves.
pub fn default_model(request: &Request<'_>, catalog: &Catalog<'_>) -> Result<Resolution, Refusal> {
    let resolved: Vec<_> = DEFAULT_MODELS.iter().map(|model| resolve(model, request, catalog)).collect();
    let stays = |resolution: &Result<Resolution, _>| {
        resolution.as_ref().is_ok_and(|resolution| resolution.routing != Some(Routing::Global))
    };
    let best = resolved.iter().position(stays).or_else(|| resolved.iter().position(Result::is_ok)).unwrap_or(0);
    resolved.into_iter().nth(best).unwrap_or_else(|| Err(Refusal::not_resolved("no default model is known")))
}

struct Resolver<'r, 'c> {
    catalog: &'r Catalog<'c>,
    request: Request<'r>,
    notices: Vec<Notice>,
}

impl<'c> Resolver<'_, 'c> {
    fn reference(&mut self, written: &str) -> Result<Resolution, Refusal> {
        let reference = Reference::parse(written).map_err(|malformed| Refusal::usage(malformed.to_string()))?;
        self.settle_region(&reference)?;
        match reference.target {
            Target::Arn(arn) => self.arn(arn),
            Target::Name(name) if self.is_id(name) => self.id(name),
            Target::Name(name) => self.short_name(name),
        }
    }

    /// A Region inside the spelling, or an ARN's, is the source Region unless somebody said otherwise.
    fn settle_region(&mut self, reference: &Reference<'_>) -> Result<(), Refusal> {
        match (reference.region, reference.target) {
            (Some(spelt), _) => self.settle_spelt_region(spelt, reference),
            (None, Target::Arn(arn)) if !arn.region.is_empty() => self.settle_arn_region(arn),
            _ => Ok(()),
        }
    }

    fn settle_spelt_region(&mut self, spelt: SpeltRegion<'_>, reference: &Reference<'_>) -> Result<(), Refusal> {
        let (SpeltRegion::Path(name) | SpeltRegion::Label(name)) = spelt;
        if matches!(spelt, SpeltRegion::Label(_)) {
            self.note(format!("IDs such as `{reference}` do not exist: no inference profile begins with a Region"));
        }
        let spelt = known_region(name)?;
        match self.request.source_region {
            Some(region) if region != spelt && self.request.region_by_flag => {
                Err(Refusal::usage(format!("`--region {region}` contradicts the Region in `{reference}`"))
                    .hint(format!("leave the flag out, or write `--region {spelt}`")))
            }
            Some(region) if region != spelt => {
                self.note(format!("the Region in `{reference}` overrides the source Region {region}"));
                self.request.source_region = Some(spelt);
                Ok(())
            }
            _ => {
                self.request.source_region = Some(spelt);
                Ok(())
            }
        }
    }

    fn settle_arn_region(&mut self, arn: Arn<'_>) -> Result<(), Refusal> {
        let own = known_region(arn.region)?;
        if own.partition != arn.partition {
            return Err(Refusal::usage(format!(
                "{own} is in the partition `{}`, not `{}`",
                own.partition, arn.partition
            )));
        }
        match self.request.source_region {
            Some(region) if region != own => {
                Err(Refusal::usage(format!("`{arn}` belongs to {own}, and the source Region is {region}"))
                    .hint(format!("--region {own}")))
            }
            _ => {
                self.request.source_region = Some(own);
                Ok(())
            }
        }
    }

    /// Rule 1, and the ARNs that are only another way to write an ID.
    fn arn(&self, arn: Arn<'_>) -> Result<Resolution, Refusal> {
        let (kind, id) = arn.kind_and_id();
        if id.is_empty() || !["bedrock", "sagemaker"].contains(&arn.service) {
            return Err(Refusal::usage(format!("`{arn}` is not the ARN of anything that Bedrock can be asked")));
        }
        match kind {
            "foundation-model" | "inference-profile" => self.id(id),
            _ if CALLED_AS_WRITTEN.contains(&kind) => self.called_as_written(arn),
            _ => Err(Refusal::usage(format!("a `{kind}` is not a model, nor anything that stands for one"))),
        }
    }

    fn called_as_written(&self, arn: Arn<'_>) -> Result<Resolution, Refusal> {
        let id = arn.to_string();
        match self.catalog.application_profile(&id) {
            Some(profile) => self.stands_for(profile),
            None => Ok(Resolution {
                asked: String::new(),
                id,
                model: None,
                rule: Rule::Arn,
                source_region: self.request.source_region,
                routing: None,
                destinations: Reach::Unknown,
                basis: Basis::AsWritten,
                end_of_life: None,
                alternatives: Vec::new(),
                notices: Vec::new(),
            }),
        }
    }

    /// An ID with a publisher: a foundation model's, or with a prefix an inference profile's.
    fn id(&self, text: &str) -> Result<Resolution, Refusal> {
        let id =
            ModelId::parse(text, |label| self.catalog.knows_publisher(label), |label| Prefix::named(label).is_some());
        // What begins like a profile can still be one that AWS named otherwise.
        let known = self.catalog.inference_profile(text).map(|profile| profile.model);
        let mut resolution = match (id.prefix, known) {
            (_, Some(model)) => self.profile(text, model),
            (Some(prefix), None) => {
                let full = format!("{prefix}.{}", id.foundation);
                match self.catalog.foundation_model(id.foundation) {
                    Some(model) => self.profile(&full, model),
                    None => self.unknown(&full, id),
                }
            }
            (None, None) => match self.catalog.foundation_model(id.foundation) {
                Some(model) => self.plain(model),
                None => self.unknown(id.foundation, id),
            },
        }?;
        if let Some(variant) = id.variant {
            if !id.is_well_formed() {
                return Err(not_a_model(text));
            }
            resolution.notices.insert(
                0,
                note(format!(
                    "the context variant `{variant}` is left out: inference profiles exist for `{}`",
                    id.foundation
                )),
            );
        }
        Ok(resolution)
    }

    /// Whether this has the form of an ID. `claude-sonnet-4.6` has a dot too, but names a family.
    fn is_id(&self, name: &str) -> bool {
        let Some((first, rest)) = name.split_once('.') else { return false };
        let is_version = first.ends_with(|letter: char| letter.is_ascii_digit())
            && rest.starts_with(|letter: char| letter.is_ascii_digit());
        !is_version || self.catalog.knows_publisher(first)
    }

    /// A short name: the newest of the one family that it names.
    fn short_name(&self, name: &str) -> Result<Resolution, Refusal> {
        let served = || self.catalog.foundation_models().filter(|model| !model.is_mantle_only());
        let callable = |model: &FoundationModel<'_>| match self.request.source_region {
            Some(region) => self
                .catalog
                .routes(model.id, region.name)
                .iter()
                .any(|way| way.callable && self.request.routing.allows(way.routing)),
            None => true,
        };
        let lower = name.to_ascii_lowercase();
        let own = family::own_name(&lower, served().filter(callable).map(|model| model.id));
        if let Some(id) = own.or_else(|| family::own_name(&lower, served().map(|model| model.id))) {
            return self.id(id);
        }
        match family::named(&lower, served().filter(callable).map(|model| model.id)) {
            Named::One(id) => self.id(id),
            Named::Several(ids) => Err(Refusal::not_resolved(format!("`{name}` fits more than one family of models"))
                .cause(format!("the newest of each that can be called: {}", ids.join(", ")))),
            Named::None => {
                if let Some(id) = family::meant(&lower, served().map(|model| model.id)) {
                    return Err(self.meant(name, id, id));
                }
                let refusal = Refusal::not_resolved(format!("no model is called `{name}`"))
                    .hint("a model ID is a publisher, a dot and a name: `amazon.nova-2-lite-v1:0`");
                Err(self.refresh_hint(name).into_iter().fold(refusal, Refusal::hint))
            }
        }
    }

    /// Rules 2 and 3.
    fn profile(&self, id: &str, model: FoundationModel<'c>) -> Result<Resolution, Refusal> {
        let region = self.source_region()?;
        let candidates = region.map_or_else(Vec::new, |region| self.catalog.routes(model.id, region.name));
        let found = candidates.iter().find(|candidate| candidate.id == id);
        let allowed = found.filter(|candidate| self.request.routing.allows(candidate.routing));
        if let (Some(candidate), Some(region)) = (allowed, region) {
            return self.settled(candidate, model, region, &candidates, Rule::Profile, id.starts_with("global."));
        }
        let here = self.plain(model);
        if region.is_none() && here.as_ref().is_ok_and(|resolution| resolution.id == id) {
            return here;
        }
        let refusal = if let (None, Some(region)) = (found, region) {
            self.not_from_here(id, region)
        } else {
            let routing = if id.starts_with("global.") { Routing::Global } else { Routing::Geographic };
            Refusal::new(Reason::RoutingRefused, format!("`{id}` means {routing} routing, which is left out"))
                .cause(format!("you allow {}", self.request.routing))
        };
        match here {
            Ok(mut resolution) if self.request.repair => {
                let replaced = format!("{}; calling `{}` instead", refusal.what, resolution.id);
                resolution.notices.insert(0, note(replaced));
                resolution.rule = Rule::Repaired;
                Ok(resolution)
            }
            Ok(resolution) => Err(refusal.instead(&resolution.id)),
            Err(other) => Err(Refusal { what: refusal.what, ..other }),
        }
    }

    fn not_from_here(&self, id: &str, region: Region) -> Refusal {
        let refusal = Refusal::not_resolved(format!("`{id}` cannot be called from {region}"));
        match self.catalog.inference_profile(id) {
            Some(profile) => {
                let sources = profile.routes().flat_map(Route::sources);
                let mut sources: Vec<_> = sources.filter(|source| *source != region.name).collect();
                sources.sort_unstable();
                match &sources[..] {
                    [] => refusal.cause("AWS does not list it there any more"),
                    _ => refusal.cause(format!("it can be called from {}", sources.join(", "))),
                }
            }
            None => refusal.cause("the catalog has no inference profile of that ID"),
        }
    }

    /// Rule 4, with 5 and 6 behind it.
    fn plain(&self, model: FoundationModel<'c>) -> Result<Resolution, Refusal> {
        let Some(region) = self.source_region()? else { return self.everywhere(model) };
        let candidates = self.catalog.routes(model.id, region.name);
        match self.choose(&candidates) {
            Some(candidate) => {
                self.settled(candidate, model, region, &candidates, Rule::Plain, self.request.routing.names_global())
            }
            None => Err(self.absent(model, region, &candidates)),
        }
    }

    /// The first living route by the user's order, else the first that lives no longer.
    fn choose<'l>(&self, candidates: &'l [Candidate<'c>]) -> Option<&'l Candidate<'c>> {
        let first = |callable: bool| {
            self.request.routing.kinds().iter().find_map(|kind| {
                let usable = |way: &&Candidate<'_>| way.callable == callable && way.status != ProfileStatus::Unverified;
                candidates.iter().filter(usable).find(|way| way.routing == *kind)
            })
        };
        first(true).or_else(|| if candidates.iter().any(|way| way.callable) { None } else { first(false) })
    }

    /// The resolution that a candidate makes, with what must be said of it.
    fn settled(
        &self,
        candidate: &Candidate<'c>,
        model: FoundationModel<'c>,
        region: Region,
        candidates: &[Candidate<'c>],
        rule: Rule,
        global_is_named: bool,
    ) -> Result<Resolution, Refusal> {
        let (source, date) = self.catalog.as_of(region.name);
        let mut resolution = Resolution {
            asked: String::new(),
            id: candidate.id.to_owned(),
            model: Some(model.id.to_owned()),
            rule,
            source_region: Some(region),
            routing: Some(candidate.routing),
            destinations: candidate.destinations.into(),
            basis: Basis::Catalog(source, date),
            end_of_life: model.end_of_life(),
            alternatives: self.alternatives(candidate, candidates),
            notices: Vec::new(),
        };
        if candidate.status == ProfileStatus::Unverified {
            let doubt = format!("`{}` rests on one third-party report; AWS lists it nowhere", candidate.id);
            if self.request.strict {
                return Err(Refusal::not_resolved(doubt));
            }
            resolution.notices.push(warning(doubt));
        } else if !candidate.callable || model.is_past_end_of_life(self.request.today) {
            let ended = self.ended(model, region);
            if self.request.strict {
                return Err(ended);
            }
            resolution.rule = Rule::EndOfLife;
            resolution.notices.push(warning(with_hints(&ended)));
        } else if model.status() == "LEGACY"
            && let Some(end) = model.end_of_life()
        {
            let successor =
                self.successor(model, region).map_or(String::new(), |id| format!("; its successor here is `{id}`"));
            resolution
                .notices
                .push(note(format!("`{}` is legacy and reaches its end of life on {end}{successor}", model.id)));
        }
        if candidate.routing == Routing::Global && !global_is_named {
            resolution.notices.push(note(global_warning(candidate.id)));
        }
        Ok(resolution)
    }

    /// What else could be called, by the user's order.
    fn alternatives(&self, chosen: &Candidate<'c>, candidates: &[Candidate<'c>]) -> Vec<Way> {
        let others = |kind: Routing| {
            let usable = move |way: &&Candidate<'_>| way.callable && way.routing == kind && way.id != chosen.id;
            candidates.iter().filter(usable).map(Way::from)
        };
        self.request.routing.kinds().iter().copied().flat_map(others).collect()
    }

    /// What is said of a model whose life is over.
    fn ended(&self, model: FoundationModel<'c>, region: Region) -> Refusal {
        let when = model.end_of_life().map_or(String::new(), |end| format!(" on {end}"));
        let refusal = Refusal::not_resolved(format!("`{}` reached its end of life{when}", model.id));
        match self.successor(model, region) {
            Some(id) => refusal.instead(&id),
            None => match model.successor() {
                Some(successor) => refusal.cause(format!("its successor is `{successor}`")),
                None => refusal,
            },
        }
    }

    /// What to call for the first living successor.
    fn successor(&self, model: FoundationModel<'c>, region: Region) -> Option<String> {
        let mut next = model;
        for _ in 0..8 {
            next = self.catalog.foundation_model(next.successor()?)?;
            let candidates = self.catalog.routes(next.id, region.name);
            if let Some(candidate) = self.choose(&candidates).filter(|candidate| candidate.callable) {
                return Some(candidate.id.to_owned());
            }
        }
        None
    }

    /// Rule 5: known, but not here, or not as allowed.
    fn absent(&self, model: FoundationModel<'c>, region: Region, candidates: &[Candidate<'c>]) -> Refusal {
        if let Some(forbidden) = candidates.iter().find(|way| way.callable) {
            let what = format!("`{}` can be called from {region} only by routing that is left out", model.id);
            let kinds: Vec<_> = candidates.iter().filter(|way| way.callable).map(|way| way.routing.as_str()).collect();
            return Refusal::new(Reason::RoutingRefused, what)
                .cause(format!(
                    "it has {} routing (`{}`), and you allow {}",
                    kinds.join(", "),
                    forbidden.id,
                    self.request.routing
                ))
                .hint(format!("--routing {},{}", self.request.routing, kinds.join(",")));
        }
        let refusal = Refusal::not_resolved(format!("`{}` cannot be called from {region}", model.id));
        if model.is_mantle_only() {
            let refusal = refusal.cause("only the bedrock-mantle endpoint serves it, which has no Converse");
            let served = self.catalog.foundation_models().filter(|other| !other.is_mantle_only()).map(|other| other.id);
            let twin = family::meant(model.id, served).and_then(|id| self.id(id).ok());
            return twin.map_or(refusal.clone(), |twin| refusal.instead(&twin.id));
        }
        if model.is_past_end_of_life(self.request.today) {
            let ended = self.ended(model, region);
            return Refusal { what: refusal.what, causes: [vec![ended.what], ended.causes].concat(), ..ended };
        }
        let (source, date) = self.catalog.as_of(region.name);
        if source == Source::Bundled {
            return elsewhere(model, None).into_iter().fold(refusal, Refusal::cause);
        }
        let refusal = refusal.cause(format!("AWS lists no way to call it there (live catalog, {date})"));
        elsewhere(model, Some(region)).into_iter().fold(refusal, Refusal::cause)
    }

    /// Rule 7, and 8 behind it: no source knows the model.
    fn unknown(&self, written: &str, id: ModelId<'_>) -> Result<Resolution, Refusal> {
        let region = self.source_region()?;
        let models = self.catalog.foundation_models().map(|model| model.id);
        if let Some(model) = family::meant(id.foundation, models) {
            let full = id.prefix.map(|prefix| format!("{prefix}.{model}"));
            let meant = full.filter(|full| self.catalog.inference_profile(full).is_some());
            return Err(self.meant(written, meant.as_deref().unwrap_or(model), model));
        }
        let publisher = id.foundation.split('.').next().unwrap_or_default();
        // `us.us.amazon.…`: a second prefix is no publisher.
        let is_place = Prefix::named(publisher).is_some() || Region::named(publisher).is_some();
        if is_place || !id.is_well_formed() {
            return Err(not_a_model(written));
        }
        self.predicted(written, id, region)
    }

    /// Rule 7: what was meant, and what to use now.
    fn meant(&self, written: &str, meant: &str, model: &str) -> Refusal {
        let refusal = Refusal::not_resolved(format!("`{written}` does not exist, but `{meant}` does"));
        let Ok(resolution) = self.id(model) else { return refusal };
        let ended = (resolution.rule == Rule::EndOfLife).then_some(resolution.source_region).flatten();
        let now = ended.and_then(|region| self.successor(self.catalog.foundation_model(model)?, region));
        match now {
            Some(successor) => refusal.cause(format!("`{model}` is at its end of life")).instead(&successor),
            None => refusal.instead(&resolution.id),
        }
    }

    /// Rule 8: the prefix table's guess, marked as one.
    fn predicted(&self, written: &str, id: ModelId<'_>, region: Option<Region>) -> Result<Resolution, Refusal> {
        let prefix = id.prefix.and_then(Prefix::named);
        let misplaced = prefix.zip(region).filter(|(prefix, region)| !prefix.serves(region.name));
        if let (Some((prefix, region)), false) = (misplaced, self.request.repair) {
            return Err(Refusal::not_resolved(format!("`{written}` cannot be called from {region}")).cause(format!(
                "no inference profile that begins with `{}.` can, and no source knows the model",
                prefix.name
            )));
        }
        let (called, routing) = match id.prefix {
            Some("global") if misplaced.is_none() => (written.to_owned(), Routing::Global),
            Some(_) if misplaced.is_none() => (written.to_owned(), Routing::Geographic),
            _ => self.guess(id, region),
        };
        if !self.request.routing.allows(routing) {
            let what = format!("`{written}` is unknown, and {routing} routing, which would be tried, is left out");
            return Err(Refusal::new(Reason::RoutingRefused, what));
        }
        if self.request.strict {
            return Err(Refusal::not_resolved(format!("no source knows `{}`", id.foundation)));
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
            (Routing::Global, _) => Reach::AnyCommercial,
            (_, Some(region)) => self.catalog.stale_destinations(&called, region.name).into(),
            _ => Reach::Unknown,
        };
        Ok(Resolution {
            asked: String::new(),
            id: called,
            model: Some(id.foundation.to_owned()),
            rule: Rule::Predicted,
            source_region: region,
            routing: Some(routing),
            destinations,
            basis: Basis::Predicted,
            end_of_life: None,
            alternatives: Vec::new(),
            notices,
        })
    }

    /// The first kind of routing, in the user's order, by which a new model is usually served here. New models have
    /// profiles: the plain ID is tried only where the user puts it first, or leaves nothing else.
    fn guess(&self, id: ModelId<'_>, region: Option<Region>) -> (String, Routing) {
        let usual = region.and_then(|region| region.usual_prefix);
        let has_global =
            region.is_none_or(|region| Prefix::named("global").is_some_and(|global| global.serves(region.name)));
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

    /// The source Region; none where only `global` is allowed, whose answer is the same everywhere.
    fn source_region(&self) -> Result<Option<Region>, Refusal> {
        match self.request.source_region {
            None if self.request.routing.kinds() != [Routing::Global] => Err(Refusal::no_source_region()),
            region => Ok(region),
        }
    }

    /// The global profile, wherever it is called from.
    fn everywhere(&self, model: FoundationModel<'c>) -> Result<Resolution, Refusal> {
        for region in Region::all().filter(|region| region.has_endpoint) {
            let candidates = self.catalog.routes(model.id, region.name);
            if let Some(candidate) = self.choose(&candidates) {
                let mut resolution = self.settled(candidate, model, region, &[], Rule::Plain, true)?;
                resolution.source_region = None;
                return Ok(resolution);
            }
        }
        let refusal = Refusal::new(Reason::RoutingRefused, format!("`{}` has no global routing", model.id));
        Err(elsewhere(model, None).into_iter().fold(refusal, Refusal::cause))
    }

    fn note(&mut self, text: String) {
        self.notices.push(note(text));
    }
}

fn note(text: String) -> Notice {
    Notice { is_warning: false, text }
}

fn warning(text: String) -> Notice {
    Notice { is_warning: true, text }
}

fn not_a_model(written: &str) -> Refusal {
    Refusal::not_resolved(format!("`{written}` is not a model ID"))
        .hint("a model ID is a publisher, a dot and a name, in lower case: `amazon.nova-2-lite-v1:0`")
}

/// What is said before a request leaves the geography without anybody having asked for it.
pub fn global_warning(id: &str) -> String {
    format!("`{id}` may run in any commercial Region; `--routing geographic,in-region` rules that out")
}

/// A refusal in one line, for where it only warns.
fn with_hints(refusal: &Refusal) -> String {
    [vec![refusal.what.clone()], refusal.causes.clone(), refusal.hints.clone()].concat().join("; ")
}

fn known_region(name: &str) -> Result<Region, Refusal> {
    Region::named(name).ok_or_else(|| {
        let refusal = Refusal::usage(format!("`{name}` is not a Region"));
        Region::nearest(name).map_or(refusal.clone(), |near| refusal.hint(format!("did you mean `{near}`?")))
    })
}

/// Where else a model can be called, a line for each way; `not` is where that is known to be over.
fn elsewhere(model: FoundationModel<'_>, not: Option<Region>) -> Vec<String> {
    let is_elsewhere = |source: &&str| not.is_none_or(|region| region.name != *source);
    let mut lines = Vec::new();
    for profile in model.inference_profiles().filter(|profile| profile.status == ProfileStatus::Current) {
        let callable = profile.routes().filter(|route| route.callable);
        let mut sources: Vec<_> = callable.flat_map(Route::sources).filter(is_elsewhere).collect();
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
        lines.push("the catalog knows no Region that serves it".to_owned());
    }
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;
    use crate::model::date::Date;
    use crate::model::routing::RoutingOrder;

    const TODAY: Date = Date { year: 2026, month: 11, day: 20 };

    /// Resolves with these words: `strict`, `repair`, or an order of routing.
    fn resolve_with(model: &str, region: &str, words: &[&str]) -> Result<Resolution, Refusal> {
        let order = words.iter().find_map(|word| word.parse().ok()).unwrap_or_default();
        let aliases = BTreeMap::from([("fast".to_owned(), "amazon.nova-micro-v1:0".to_owned())]);
        let request = Request {
            source_region: Region::named(region),
            region_by_flag: words.contains(&"flag"),
            routing: &order,
            strict: words.contains(&"strict"),
            repair: words.contains(&"repair"),
            today: TODAY,
            aliases: &aliases,
        };
        resolve(model, &request, &Catalog::bundled())
    }

    fn resolved(model: &str, region: &str) -> Resolution {
        resolve_with(model, region, &[]).unwrap_or_else(|refusal| panic!("{model} from {region}: {refusal:?}"))
    }

    fn refused(model: &str, region: &str, words: &[&str]) -> Refusal {
        resolve_with(model, region, words).unwrap_err()
    }

    fn said(resolution: &Resolution) -> String {
        resolution
            .notices
            .iter()
            .map(|notice| format!("{}{}", if notice.is_warning { "! " } else { "" }, notice.text))
            .collect::<Vec<_>>()
            .join("\n")
    }

    #[test]
    fn sonnet_4_6_has_another_id_in_every_geography() {
        for (region, id) in [
            ("us-east-1", "us.anthropic.claude-sonnet-4-6"),
            ("ca-central-1", "us.anthropic.claude-sonnet-4-6"),
            ("eu-central-1", "eu.anthropic.claude-sonnet-4-6"),
            ("eu-west-2", "eu.anthropic.claude-sonnet-4-6"),
            ("ap-northeast-1", "jp.anthropic.claude-sonnet-4-6"),
            ("ap-southeast-2", "au.anthropic.claude-sonnet-4-6"),
            ("ap-northeast-2", "global.anthropic.claude-sonnet-4-6"),
            ("sa-east-1", "global.anthropic.claude-sonnet-4-6"),
        ] {
            let resolution = resolved("anthropic.claude-sonnet-4-6", region);
            assert_eq!((resolution.id.as_str(), resolution.rule), (id, Rule::Plain), "{region}");
            assert_eq!(said(&resolution).contains("any commercial Region"), id.starts_with("global."), "{region}");
        }
    }

    #[test]
    fn tokyo_uses_apac_for_nova_lite_and_jp_for_nova_2_lite() {
        assert_eq!(resolved("amazon.nova-lite-v1:0", "ap-northeast-1").id, "apac.amazon.nova-lite-v1:0");
        assert_eq!(resolved("amazon.nova-2-lite-v1:0", "ap-northeast-1").id, "jp.amazon.nova-2-lite-v1:0");
        assert_eq!(
            resolved("anthropic.claude-opus-4-6-v1", "ap-northeast-1").id,
            "global.anthropic.claude-opus-4-6-v1"
        );
    }

    #[test]
    fn a_model_past_its_end_of_life_resolves_with_a_warning_and_strictly_not_at_all() {
        let sonnet_4 = resolved("anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1");
        assert_eq!(
            (sonnet_4.id.as_str(), sonnet_4.rule),
            ("us.anthropic.claude-sonnet-4-20250514-v1:0", Rule::EndOfLife)
        );
        assert!(
            said(&sonnet_4).contains(
                "! `anthropic.claude-sonnet-4-20250514-v1:0` reached its end of life on 2026-10-14; use `us."
            )
        );
        for region in ["us-east-1", "us-west-2"] {
            let haiku = resolved("anthropic.claude-3-5-haiku-20241022-v1:0", region);
            assert_eq!(haiku.id, "us.anthropic.claude-3-5-haiku-20241022-v1:0");
            assert!(haiku.notices.iter().any(|notice| notice.is_warning));
        }
        let typed = resolved("us.anthropic.claude-3-5-sonnet-20241022-v2:0", "us-east-1");
        assert_eq!((typed.id.as_str(), typed.rule), ("us.anthropic.claude-3-5-sonnet-20241022-v2:0", Rule::EndOfLife));
        let strict = refused("anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1", &["strict"]);
        assert_eq!(strict.reason, Reason::NotResolved);
        assert!(strict.instead.is_some_and(|id| id.starts_with("us.anthropic.claude-sonnet-")));
    }

    #[test]
    fn a_route_that_is_gone_counts_after_every_living_one_and_is_never_an_alternative() {
        let model = "anthropic.claude-3-haiku-20240307-v1:0";
        let living = resolved(model, "ap-northeast-2");
        assert_eq!((living.id.as_str(), living.alternatives.len()), (model, 0));
        assert_eq!(refused(model, "ap-northeast-2", &["geo"]).reason, Reason::RoutingRefused);
        assert!(resolved("anthropic.claude-sonnet-4-20250514-v1:0", "us-east-1").alternatives.is_empty());
    }

    #[test]
    fn other_spellings_lead_to_the_same_model() {
        let variant = resolved("amazon.nova-2-lite-v1:0:256k", "us-east-1");
        assert_eq!(variant.id, "us.amazon.nova-2-lite-v1:0");
        assert!(said(&variant).contains("`256k`"));
        let wrapped = resolved("bedrock/us.anthropic.claude-3-5-haiku-20241022-v1:0", "us-east-1");
        assert_eq!(wrapped.id, "us.anthropic.claude-3-5-haiku-20241022-v1:0");
        let label = resolved("us-east-1.anthropic.claude-sonnet-4-6", "us-east-1");
        assert_eq!(label.id, "us.anthropic.claude-sonnet-4-6");
        assert!(said(&label).contains("do not exist"));
        let arn = resolved("arn:aws:bedrock:us-east-1::foundation-model/anthropic.claude-sonnet-4-6", "us-east-1");
        assert_eq!(arn.id, "us.anthropic.claude-sonnet-4-6");
        let profile = resolved("arn:aws:bedrock:eu-west-1:111122223333:inference-profile/eu.amazon.nova-pro-v1:0", "");
        assert_eq!(
            (profile.id.as_str(), profile.source_region.unwrap().name),
            ("eu.amazon.nova-pro-v1:0", "eu-west-1")
        );
        assert_eq!(resolved("fast", "us-east-1").model.unwrap(), "amazon.nova-micro-v1:0");
        assert_eq!(resolved("claude-haiku-4-5", "eu-central-1").id, "eu.anthropic.claude-haiku-4-5-20251001-v1:0");
    }

    #[test]
    fn a_dot_between_digits_is_a_version_and_no_publisher() {
        for (name, id) in [
            ("claude-sonnet-4.6", "us.anthropic.claude-sonnet-4-6"),
            ("claude-haiku-4.5", "us.anthropic.claude-haiku-4-5-20251001-v1:0"),
            ("kimi-k2.5", "moonshotai.kimi-k2.5"),
        ] {
            assert_eq!(resolved(name, "us-east-1").id, id);
        }
        assert_eq!(refused("claude-sonnet-9.9", "us-east-1", &[]).reason, Reason::NotResolved);
        assert_eq!(resolved("newcomer.model-1.5", "us-east-1").rule, Rule::Predicted);
    }

    #[test]
    fn a_second_prefix_or_a_strange_variant_is_never_predicted() {
        for text in [
            "us.us.amazon.nova-2-lite-v1:0",
            "us.eu-west-1.newcomer.model",
            "us.global.newcomer.model",
            "amazon.nova-2-lite-v1:0:",
            "amazon.nova-2-lite-v1:0:256k:x",
        ] {
            let refusal = refused(text, "us-east-1", &[]);
            assert!(refusal.what.ends_with("is not a model ID"), "{}", refusal.what);
        }
    }

    #[test]
    fn alternatives_come_in_the_users_order_and_only_as_allowed() {
        let ways = |order| {
            let resolution = resolve_with("anthropic.claude-sonnet-4-6", "eu-west-2", &[order]).unwrap();
            resolution.alternatives.into_iter().map(|way| way.routing).collect::<Vec<_>>()
        };
        assert_eq!(ways("geo,in-region,global"), [Routing::InRegion, Routing::Global]);
        assert_eq!(ways("global,geo,in-region"), [Routing::Geographic, Routing::InRegion]);
        assert_eq!(ways("in-region,geo"), [Routing::Geographic]);
        assert!(ways("geo").is_empty());
    }

    #[test]
    fn a_region_in_the_spelling_yields_only_to_a_flag() {
        let path = "bedrock/us-west-2/anthropic.claude-sonnet-4-6";
        assert_eq!(resolved(path, "").source_region.unwrap().name, "us-west-2");
        let overridden = resolved(path, "eu-west-1");
        assert_eq!(overridden.source_region.unwrap().name, "us-west-2");
        assert!(said(&overridden).contains("overrides the source Region eu-west-1"));
        let refusal = refused(path, "eu-west-1", &["flag"]);
        assert_eq!((refusal.reason, refusal.hints.len()), (Reason::Usage, 1));
    }

    #[test]
    fn an_arn_of_another_region_or_partition_is_a_usage_error() {
        let other =
            refused("arn:aws:bedrock:us-east-1:111122223333:application-inference-profile/abc", "eu-west-1", &[]);
        assert_eq!((other.reason, &other.hints[..]), (Reason::Usage, &["--region us-east-1".to_owned()][..]));
        let partition = refused("arn:aws-us-gov:bedrock:us-east-1::foundation-model/x.y", "", &[]);
        assert_eq!(partition.reason, Reason::Usage);
        let unknown = refused("arn:aws:bedrock:us-eats-1::foundation-model/x.y", "", &[]);
        assert_eq!(unknown.hints, ["did you mean `us-east-1`?"]);
    }

    #[test]
    fn an_arn_that_stands_for_a_model_is_called_as_written() {
        for resource in [
            "application-inference-profile/abc123",
            "provisioned-model/x",
            "imported-model/y",
            "prompt/P:1",
            "custom-model-deployment/z",
        ] {
            let arn = format!("arn:aws:bedrock:us-east-1:111122223333:{resource}");
            let resolution = resolved(&arn, "us-east-1");
            assert_eq!((resolution.id, resolution.rule, resolution.routing), (arn, Rule::Arn, None));
        }
        assert_eq!(
            refused("arn:aws:bedrock:us-east-1:111122223333:guardrail/g", "us-east-1", &[]).reason,
            Reason::Usage
        );
        assert_eq!(refused("arn:aws:s3:::bucket/key", "us-east-1", &[]).reason, Reason::Usage);
    }

    #[test]
    fn a_profile_from_elsewhere_is_refused_with_the_right_one_and_repaired_on_request() {
        let refusal = refused("us.anthropic.claude-sonnet-4-6", "eu-central-1", &[]);
        assert_eq!(
            (refusal.reason, refusal.instead.as_deref()),
            (Reason::NotResolved, Some("eu.anthropic.claude-sonnet-4-6"))
        );
        let repaired = resolve_with("us.anthropic.claude-sonnet-4-6", "eu-central-1", &["repair"]).unwrap();
        assert_eq!((repaired.id.as_str(), repaired.rule), ("eu.anthropic.claude-sonnet-4-6", Rule::Repaired));
        assert!(said(&repaired).contains("calling `eu.anthropic.claude-sonnet-4-6` instead"));
        let none = refused("jp.amazon.nova-lite-v1:0", "ap-northeast-1", &[]);
        assert_eq!(none.instead.as_deref(), Some("apac.amazon.nova-lite-v1:0"));
        assert!(none.what.contains("jp.amazon.nova-lite-v1:0"));
    }

    #[test]
    fn routing_that_is_left_out_is_refused_with_a_reason_of_its_own() {
        let refusal = refused("anthropic.claude-sonnet-4-6", "sa-east-1", &["geo,in-region"]);
        assert_eq!(refusal.reason, Reason::RoutingRefused);
        let typed = refused("global.anthropic.claude-sonnet-4-6", "eu-central-1", &["geo"]);
        assert_eq!(
            (typed.reason, typed.instead.as_deref()),
            (Reason::RoutingRefused, Some("eu.anthropic.claude-sonnet-4-6"))
        );
        assert_eq!(
            resolve_with("anthropic.claude-sonnet-4-6", "eu-west-2", &["in-region,geo"]).unwrap().id,
            "anthropic.claude-sonnet-4-6"
        );
    }

    #[test]
    fn global_routing_needs_no_region_and_everything_else_does() {
        let everywhere = resolve_with("anthropic.claude-sonnet-4-6", "", &["global"]).unwrap();
        assert_eq!((everywhere.id.as_str(), everywhere.source_region), ("global.anthropic.claude-sonnet-4-6", None));
        assert_eq!(said(&everywhere), "");
        assert_eq!(refused("anthropic.claude-sonnet-4-6", "", &[]).reason, Reason::Usage);
        assert_eq!(refused("us.anthropic.claude-sonnet-4-6", "", &["global"]).reason, Reason::RoutingRefused);
        assert_eq!(refused("amazon.titan-embed-text-v2:0", "", &["global"]).reason, Reason::RoutingRefused);
    }

    #[test]
    fn a_known_model_that_is_not_here_says_where_it_is() {
        let refusal = refused("amazon.titan-embed-image-v1", "sa-west-1", &[]);
        assert_eq!(refusal.reason, Reason::NotResolved);
        assert!(refusal.causes.join("\n").contains("in-region: "));
        let mantle = refused("anthropic.claude-haiku-4-5", "us-east-1", &[]);
        assert!(mantle.causes[0].contains("bedrock-mantle"));
        assert_eq!(mantle.instead.as_deref(), Some("us.anthropic.claude-haiku-4-5-20251001-v1:0"));
        let ended = refused("amazon.nova-canvas-v1:0", "us-east-1", &[]);
        assert!(ended.causes[0].contains("2026-09-30"));
    }

    #[test]
    fn a_name_that_is_nearly_right_names_what_was_meant_and_what_to_use_now() {
        let refusal = refused("us.anthropic.claude-3-5-sonnet-v2:0", "us-east-1", &[]);
        assert_eq!(refusal.reason, Reason::NotResolved);
        assert!(refusal.what.contains("`us.anthropic.claude-3-5-sonnet-20241022-v2:0`"));
        let now = refusal.instead.unwrap();
        assert!(now.starts_with("us.anthropic.claude-sonnet-") && !now.contains("20241022"), "{now}");
        let typo = refused("anthropic.claude-sonet-4-6", "eu-central-1", &[]);
        assert_eq!(typo.instead.as_deref(), Some("eu.anthropic.claude-sonnet-4-6"));
    }

    #[test]
    fn a_new_version_of_a_known_family_is_predicted_and_strictly_refused() {
        let predicted = resolved("anthropic.claude-opus-4-9", "eu-central-1");
        assert_eq!(
            (predicted.id.as_str(), predicted.rule, predicted.basis),
            ("eu.anthropic.claude-opus-4-9", Rule::Predicted, Basis::Predicted)
        );
        assert!(said(&predicted).starts_with("! no source knows"));
        assert_eq!(refused("anthropic.claude-opus-4-9", "eu-central-1", &["strict"]).reason, Reason::NotResolved);
        assert_eq!(refused("anthropic.claude-opus-4-9", "sa-east-1", &["geo"]).reason, Reason::RoutingRefused);
        assert_eq!(resolved("anthropic.claude-opus-4-9", "sa-east-1").id, "global.anthropic.claude-opus-4-9");
        assert_eq!(resolved("us.anthropic.claude-opus-4-9", "us-east-1").id, "us.anthropic.claude-opus-4-9");
        assert_eq!(refused("us.anthropic.claude-opus-4-9", "eu-central-1", &[]).reason, Reason::NotResolved);
    }

    #[test]
    fn unverified_profiles_are_never_chosen() {
        let ways = |region| resolve_with("anthropic.claude-mythos-5-1", region, &[]);
        assert_eq!(ways("us-east-1").unwrap_err().reason, Reason::NotResolved);
        assert!(said(&resolved("us.anthropic.claude-mythos-5-1", "us-east-1")).contains("one third-party report"));
    }

    #[test]
    fn the_default_model_stays_in_the_geography_where_one_can() {
        let order = RoutingOrder::default();
        let default = |region| {
            let request = Request {
                source_region: Region::named(region),
                region_by_flag: false,
                routing: &order,
                strict: false,
                repair: false,
                today: TODAY,
                aliases: &BTreeMap::new(),
            };
            default_model(&request, &Catalog::bundled()).map(|resolution| resolution.id)
        };
        assert_eq!(default("us-east-1").unwrap(), "us.amazon.nova-2-lite-v1:0");
        assert_eq!(default("eu-west-2").unwrap(), "amazon.nova-lite-v1:0");
        assert_eq!(default("ap-south-1").unwrap(), "apac.amazon.nova-lite-v1:0");
        assert!(default("cn-north-1").is_err());
    }

    #[test]
    fn an_arn_is_printed_in_the_right_partition() {
        let arn = |model, region, account| resolved(model, region).arn(account);
        assert_eq!(
            arn("anthropic.claude-sonnet-4-6", "us-east-1", Some("111122223333")).unwrap(),
            "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.anthropic.claude-sonnet-4-6"
        );
        assert_eq!(
            arn("amazon.nova-micro-v1:0", "eu-west-2", None).unwrap(),
            "arn:aws:bedrock:eu-west-2::foundation-model/amazon.nova-micro-v1:0"
        );
        let gov = arn("anthropic.claude-sonnet-4-5-20250929-v1:0", "us-gov-west-1", Some("111122223333")).unwrap();
        assert!(
            gov.starts_with("arn:aws-us-gov:bedrock:us-gov-west-1:111122223333:inference-profile/us-gov."),
            "{gov}"
        );
        assert_eq!(arn("anthropic.claude-sonnet-4-6", "us-east-1", None).unwrap_err().reason, Reason::Usage);
    }

    /// Every choice of the three kinds, and some orders of them.
    fn orders() -> Vec<RoutingOrder> {
        let orders =
            ["geo", "in-region", "global", "geo,in-region", "global,geo", "in-region,global", "in-region,global,geo"];
        orders.iter().map(|order| order.parse().unwrap()).collect()
    }

    #[test]
    fn what_comes_out_for_a_catalog_model_is_callable_or_warned_of_and_never_by_routing_left_out() {
        let catalog = Catalog::bundled();
        let aliases = BTreeMap::new();
        let mut resolutions = 0;
        for order in orders() {
            for region in Region::all().filter(|region| region.has_endpoint) {
                for model in catalog.foundation_models() {
                    let request = Request {
                        source_region: Some(region),
                        region_by_flag: true,
                        routing: &order,
                        strict: false,
                        repair: false,
                        today: TODAY,
                        aliases: &aliases,
                    };
                    let Ok(resolution) = resolve(model.id, &request, &catalog) else { continue };
                    resolutions += 1;
                    let way =
                        catalog.routes(model.id, region.name).into_iter().find(|way| way.id == resolution.id).unwrap();
                    let warned =
                        resolution.rule == Rule::EndOfLife && resolution.notices.iter().any(|notice| notice.is_warning);
                    assert!(way.callable || warned, "{} from {region}", model.id);
                    assert!(order.allows(resolution.routing.unwrap()), "{} from {region} by {order}", model.id);
                    assert!(way.status != ProfileStatus::Unverified && !model.is_mantle_only());
                }
            }
        }
        assert!(resolutions > 7_000, "{resolutions}");
    }

    proptest! {
        #[test]
        fn nothing_that_is_typed_makes_it_panic(text in "\\PC{0,40}|(us|eu|global|xx)?[.]?(anthropic|amazon|newcomer)?[.]?[a-z0-9:-]{0,30}", region in "us-east-1|eu-west-2|sa-east-1|") {
            for words in [&[][..], &["repair"], &["strict", "geo"], &["global"]] {
                if let Ok(resolution) = resolve_with(&text, &region, words) {
                    prop_assert!(!resolution.id.is_empty());
                }
            }
        }

        #[test]
        fn a_new_version_number_is_never_taken_for_a_typing_error(major in 7u8..30, minor in 0u8..30) {
            let model = format!("anthropic.claude-opus-{major}-{minor}");
            prop_assert_eq!(resolved(&model, "us-east-1").rule, Rule::Predicted);
        }
    }
}
