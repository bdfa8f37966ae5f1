//! Resolves a model to the ID to invoke, from the source Region, the allowed routing and the catalog. The rules have
//! the same numbers as in the README.

mod absence;
mod application;
mod everywhere;
mod fallback;
mod geography;
mod index;
#[cfg(test)]
mod index_tests;
mod kinship;
#[cfg(test)]
mod live_tests;
mod memo;
#[cfg(test)]
mod name_tests;
#[cfg(test)]
mod replay_tests;
mod resource_name;
mod short_name;
#[cfg(test)]
mod spelling_tests;
mod suggestion;
#[cfg(test)]
mod tests;
mod unknown;
mod unlisted;

use std::rc::Rc;
use std::sync::Arc;

pub use everywhere::{resolve_everywhere, resolves_anywhere};
pub use fallback::fallback_ids;
pub use geography::Geography;
pub use index::CatalogIndex;
pub use resource_name::resource_name;
pub use unlisted::unlisted_profile;

use memo::Memo;

use crate::message::Message;
use crate::model::catalog::{Candidate, Catalog, CatalogSource, FoundationModel, ProfileRoute, ProfileStatus};
use crate::model::id::{self, Arn, Malformed, ModelId, Reference, SpelledRegion, Target};
use crate::model::region::Region;
use crate::model::resolution::{
    Destinations, Notice, Provenance, Resolution, ResolveError, ResolveErrorKind, ResolveRequest, Route, Rule, Severity,
};
use crate::model::routing::Routing;

/// The default models, the first choice first: Amazon's own, which need no form, no subscription and no card.
pub const DEFAULT_MODELS: [&str; 4] =
    ["amazon.nova-2-lite-v1:0", "amazon.nova-lite-v1:0", "amazon.nova-micro-v1:0", "amazon.nova-pro-v1:0"];

/// The maximum number of successors that are followed from a model past its end of life.
pub const LONGEST_SUCCESSION: usize = 8;

/// The kinds of ARN that are invoked as they stand.
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

/// Resolves a model as a user wrote it: an alias, a short name, a model ID, an inference profile ID or an ARN.
///
/// ```
/// use bedrock_ask::model::catalog::Catalog;
/// use bedrock_ask::model::date::Date;
/// use bedrock_ask::model::region::Region;
/// use bedrock_ask::model::resolution::ResolveRequest;
/// use bedrock_ask::model::resolver::resolve;
///
/// let region = Region::named("eu-central-1").ok_or("no such Region")?;
/// let request = ResolveRequest::new(region, Date { year: 2026, month: 11, day: 1 });
/// let catalog = Catalog::built_in();
///
/// let resolution = resolve("bedrock/anthropic.claude-sonnet-4-6", &request, &catalog)?;
/// assert_eq!(resolution.id, "eu.anthropic.claude-sonnet-4-6");
///
/// let error = resolve("us.anthropic.claude-sonnet-4-6", &request, &catalog).unwrap_err();
/// assert_eq!(error.suggestion.as_deref(), Some("eu.anthropic.claude-sonnet-4-6"));
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
///
/// # Errors
///
/// Returns a [`ResolveError`] that gives the cause and, if the catalog has one, the ID to use instead.
pub fn resolve(text: &str, request: &ResolveRequest<'_>, catalog: &Catalog) -> Result<Resolution, ResolveError> {
    CatalogIndex::new(catalog).resolve(text, request)
}

/// Resolves like [`resolve`], but replaces a profile ID that cannot be invoked from the source Region if, and only if, an
/// ID that stays within the geography of its prefix can be. `request.repair` is not needed for that.
///
/// # Errors
/// As for [`resolve`].
pub fn resolve_within_geography(
    text: &str,
    request: &ResolveRequest<'_>,
    catalog: &Catalog,
) -> Result<Resolution, ResolveError> {
    let index = CatalogIndex::new(catalog);
    Resolver { repair: Repair::WithinGeography, ..Resolver::new(request, &index) }.resolve(text)
}

/// Resolves the default model: the first of [`DEFAULT_MODELS`] that can be invoked from the source Region without global
/// routing, or with it if the user named `global`.
///
/// # Errors
/// If there is none; no other model is chosen silently.
pub fn default_model(request: &ResolveRequest<'_>, catalog: &Catalog) -> Result<Resolution, ResolveError> {
    let mut resolved = DEFAULT_MODELS.iter().filter_map(|model| resolve(model, request, catalog).ok());
    let stays = |resolution: &Resolution| {
        resolution.routing != Some(Routing::Global) || request.routing.kinds().first() == Some(&Routing::Global)
    };
    if let Some(resolution) = resolved.clone().find(stays) {
        return Ok(resolution);
    }
    if let Some(resolution) = resolved.next() {
        if request.routing.names_global() {
            return Ok(resolution);
        }
        let region = request.source_region.map_or("there", |region| region.name);
        return Err(ResolveError::not_resolved("no model is given, and there is no default model")
            .cause(format!("no Nova model can be invoked from {region} without global routing"))
            .hint(format!("name a model: `-m {}`, which may run in any commercial Region", resolution.id)));
    }
    let region = request.source_region.ok_or_else(ResolveError::no_source_region)?;
    let refusals = DEFAULT_MODELS.iter().filter_map(|model| resolve(model, request, catalog).err());
    // Nearest first: routing that was left out has an exit code of its own.
    let kind = refusals.map(|refusal| refusal.kind).max().unwrap_or(ResolveErrorKind::NotResolved);
    let refusal = ResolveError::new(kind, "no model is given, and there is no default model");
    if let Some(why) = Resolver::new(request, &CatalogIndex::new(catalog)).no_endpoint(region) {
        return Err(refusal.cause(why).hint("`bedrock-ask models --region all` lists the Regions"));
    }
    Err(refusal
        .cause(format!("no Nova model can be invoked from {region} by {} routing", request.routing))
        .hint(format!("name a model with `-m`: `bedrock-ask models --region {region}` lists them")))
}

/// By what a profile ID that cannot be invoked from the source Region is replaced.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Repair {
    /// By nothing.
    Never,
    /// By an ID of the same model that stays within the geography of its prefix.
    WithinGeography,
    /// By the resolution of its model.
    Anywhere,
}

struct Resolver<'r, 'c> {
    /// The model as the user wrote it.
    input: String,
    catalog: &'c Catalog,
    index: &'r CatalogIndex<'c>,
    request: ResolveRequest<'r>,
    repair: Repair,
    notices: Vec<Notice>,
    memo: Rc<Memo<'c>>,
}

impl<'r, 'c> Resolver<'r, 'c> {
    fn new(request: &ResolveRequest<'r>, index: &'r CatalogIndex<'c>) -> Self {
        let repair = if request.repair { Repair::Anywhere } else { Repair::Never };
        let (input, notices, memo) = (String::new(), Vec::new(), Rc::default());
        Self { input, catalog: index.catalog, index, request: *request, repair, notices, memo }
    }

    fn resolve(mut self, text: &str) -> Result<Resolution, ResolveError> {
        let input = text.trim();
        input.clone_into(&mut self.input);
        let written = self.request.aliases.get(input).map_or(input, |target| target.trim());
        let resolution = match self.application(written) {
            Some(resolution) => resolution,
            None => self.reference(written),
        };
        resolution.map(|mut resolution| {
            input.clone_into(&mut resolution.input);
            self.notices.append(&mut resolution.notices);
            resolution.notices = self.notices;
            resolution
        })
    }

    fn reference(&mut self, written: &str) -> Result<Resolution, ResolveError> {
        let written = id::unescaped(written);
        let reference = match Reference::parse(&written) {
            Err(Malformed::Character(' ')) => return Err(self.spaced_name(&written)),
            parsed => parsed.map_err(|malformed| ResolveError::usage(malformed.to_string()))?,
        };
        self.check_region(&reference)?;
        reference.notes().for_each(|text| self.note(text.to_owned()));
        match reference.target {
            Target::Arn(arn) => self.arn(arn),
            Target::Name(name) => self.name(name),
        }
    }

    /// Checks the Region in the spelling or in the ARN. It is the source Region, unless the user set another one.
    fn check_region(&mut self, reference: &Reference<'_>) -> Result<(), ResolveError> {
        let arn = match reference.target {
            Target::Arn(arn) if !arn.region.is_empty() => Some(arn),
            _ => None,
        };
        match (reference.region, arn) {
            (Some(spelt), Some(arn)) if spelt.region() != Region::from_name(arn.region) => {
                Err(ResolveError::usage(format!("`{reference}` names two Regions")))
            }
            (Some(spelt), None) => self.check_spelled_region(spelt, reference),
            (_, Some(arn)) => self.check_arn_region(arn),
            (None, None) => Ok(()),
        }
    }

    fn check_spelled_region(
        &mut self,
        spelt: SpelledRegion<'_>,
        reference: &Reference<'_>,
    ) -> Result<(), ResolveError> {
        let (SpelledRegion::Path(name) | SpelledRegion::Label(name)) = spelt;
        if matches!(spelt, SpelledRegion::Label(_)) {
            self.note(format!("IDs such as `{reference}` do not exist: no inference profile begins with a Region"));
        }
        let spelt = known_region(&name.to_ascii_lowercase())?;
        match self.request.source_region {
            Some(region) if region != spelt && self.request.region_by_flag => {
                Err(ResolveError::usage(format!("`--region {region}` contradicts the Region in `{reference}`"))
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

    fn check_arn_region(&mut self, arn: Arn<'_>) -> Result<(), ResolveError> {
        let own = known_region(arn.region)?;
        if own.partition != arn.partition {
            return Err(ResolveError::usage(format!(
                "{own} is in the partition `{}`, not `{}`",
                own.partition, arn.partition
            )));
        }
        match self.request.source_region {
            Some(region) if region != own => {
                Err(ResolveError::usage(format!("`{arn}` belongs to {own}, and the source Region is {region}"))
                    .hint(format!("--region {own}")))
            }
            _ => {
                self.request.source_region = Some(own);
                Ok(())
            }
        }
    }

    /// Applies rule 1. An ARN that is only another spelling of an ID is unwrapped.
    fn arn(&self, arn: Arn<'_>) -> Result<Resolution, ResolveError> {
        let (kind, id) = arn.kind_and_id();
        if id.is_empty() || !["bedrock", "sagemaker"].contains(&arn.service) {
            return Err(ResolveError::usage(format!("`{arn}` is not the ARN of a resource that Bedrock can invoke")));
        }
        match kind {
            "foundation-model" | "inference-profile" => self.id(id),
            _ if CALLED_AS_WRITTEN.contains(&kind) => self.called_as_written(arn),
            _ => Err(ResolveError::usage(format!(
                "`{arn}` names a resource of type `{kind}`, which cannot be invoked as a model"
            ))),
        }
    }

    fn called_as_written(&self, arn: Arn<'_>) -> Result<Resolution, ResolveError> {
        let id = arn.to_string();
        if arn.region.is_empty() || !id::is_account(arn.account) {
            return Err(ResolveError::usage(format!("`{id}` has no Region, or no account of twelve digits")));
        }
        match self.catalog.application_profile(&id) {
            Some(profile) => self.application_resolution(profile),
            None => Ok(Resolution {
                input: String::new(),
                rule: Rule::Arn,
                ..Resolution::verbatim(&id, self.request.source_region)
            }),
        }
    }

    /// Resolves an ID with a publisher: a foundation model's, or, with a prefix, an inference profile's.
    fn id(&self, text: &str) -> Result<Resolution, ResolveError> {
        if text.split('.').next().is_some_and(|label| label.contains([':', '_'])) {
            return Err(self.malformed(text));
        }
        let id = ModelId::parse(
            text,
            |label| self.catalog.knows_publisher(label),
            |label| self.catalog.prefix(label).is_some(),
        );
        // AWS can name a profile in another form than its prefix and its model.
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

    /// Applies rules 2 and 3.
    fn profile(&self, id: &str, model: FoundationModel<'c>) -> Result<Resolution, ResolveError> {
        let region = self.source_region()?;
        let candidates = region.map_or_else(Vec::new, |region| self.catalog.routes(model.id, region.name));
        let found = candidates.iter().find(|candidate| candidate.id == id);
        let allowed = found.filter(|candidate| self.request.routing.allows(candidate.routing));
        if let (Some(candidate), Some(region)) = (allowed, region) {
            return self.settled(candidate, model, region, &candidates, Rule::Profile, id.starts_with("global."));
        }
        let here = self.plain(model);
        let is_open = |resolution: &Resolution| region.is_none() || resolution.rule == Rule::Predicted;
        if here.as_ref().is_ok_and(|resolution| resolution.id == id && is_open(resolution)) {
            return here;
        }
        let refusal = if let (None, Some(region)) = (found, region) {
            self.not_from_here(id, region)
        } else {
            let routing = if id.starts_with("global.") { Routing::Global } else { Routing::Geographic };
            ResolveError::new(
                ResolveErrorKind::RoutingRefused,
                format!("`{id}` has {routing} routing, which is not allowed"),
            )
            .cause(format!("the allowed routing is {}", self.request.routing))
        };
        self.instead_of_profile(id, model, here, refusal)
    }

    /// Applies rule 3: replaces a profile ID by what the plain ID resolves to, as far as the user allows, or suggests it.
    fn instead_of_profile(
        &self,
        id: &str,
        model: FoundationModel<'c>,
        here: Result<Resolution, ResolveError>,
        refusal: ResolveError,
    ) -> Result<Resolution, ResolveError> {
        // A typed ID past its end resolves, but nothing is replaced by one.
        let here = match (here, self.request.source_region) {
            (Ok(resolution), Some(region)) if self.is_not_invocable(&resolution) => {
                Err(self.not_invocable_error(model, region))
            }
            (here, _) => here,
        };
        let geography = Geography::of_id(id, self.catalog);
        let leaves = |resolution: &Resolution| {
            geography.as_ref().is_some_and(|geography| !geography.contains(&resolution.destinations))
        };
        let replacement = match self.repair {
            Repair::Never => None,
            Repair::WithinGeography => {
                self.plain_within(geography.as_ref(), model).filter(|resolution| resolution.rule != Rule::EndOfLife)
            }
            Repair::Anywhere => here.clone().ok(),
        };
        if let Some(mut resolution) = replacement {
            let replaced = format!("{}; invoking `{}` instead", refusal.message.summary, resolution.id);
            let notice = match &geography {
                Some(Geography { prefix, .. }) if leaves(&resolution) => {
                    warning(format!("{replaced}, which may run outside of the geography that `{prefix}.` names"))
                }
                _ => note(replaced),
            };
            resolution.notices.insert(0, notice);
            if resolution.rule != Rule::Predicted {
                resolution.rule = Rule::Repaired;
            }
            return Ok(resolution);
        }
        match here {
            Ok(resolution) if resolution.rule == Rule::Predicted => Err(refusal),
            Ok(resolution) => {
                let is_repairable = self.repair != Repair::Never && leaves(&resolution);
                let refusal = self.suggest(refusal, &resolution.id);
                Err(if is_repairable { refusal.hint("`--repair` does that") } else { refusal })
            }
            Err(other) => {
                // That the model cannot be invoked from here either says no more than the refusal of the profile.
                let is_repetition = self
                    .request
                    .source_region
                    .is_some_and(|region| other.message.summary == not_invocable_from(model.id, region));
                let says_more = model.is_past_end_of_life(self.request.today) && !is_repetition;
                let summary = says_more.then_some(other.message.summary);
                let causes = summary.into_iter().chain(other.message.causes).collect();
                let message = Message { summary: refusal.message.summary, causes, ..other.message };
                Err(ResolveError { message, ..other })
            }
        }
    }

    /// Resolves a plain ID to the first invocable route, by the user's order, that stays within a geography.
    fn plain_within(&self, geography: Option<&Geography<'_>>, model: FoundationModel<'c>) -> Option<Resolution> {
        let region = self.request.source_region?;
        let mut candidates = self.catalog.routes(model.id, region.name);
        candidates.retain(|route| {
            geography.is_none_or(|geography| geography.contains(&Destinations::from(route.destinations)))
        });
        let candidate = self.choose(&candidates).filter(|candidate| candidate.invocable)?;
        let global_is_named = self.request.routing.names_global();
        self.settled(candidate, model, region, &candidates, Rule::Plain, global_is_named).ok()
    }

    fn not_from_here(&self, id: &str, region: Region) -> ResolveError {
        let refusal = ResolveError::not_resolved(not_invocable_from(id, region));
        match self.catalog.inference_profile(id) {
            Some(profile) => {
                let is_current = profile.status == ProfileStatus::Current;
                let routes = profile.routes().filter(|route| is_current && route.invocable);
                let same_partition = |source: &&str| {
                    Region::from_name(source)
                        .is_some_and(|other| other.partition == region.partition && other != region)
                };
                let mut sources: Vec<_> = routes.flat_map(ProfileRoute::sources).filter(same_partition).collect();
                sources.sort_unstable();
                match &sources[..] {
                    [] => refusal.cause("the catalog has no Region from which it can be invoked"),
                    _ => refusal.cause(format!("it can be invoked from {}", sources.join(", "))),
                }
            }
            None => refusal.cause("it is not in the catalog"),
        }
    }

    /// Applies rule 4, or else rules 5 and 6.
    fn plain(&self, model: FoundationModel<'c>) -> Result<Resolution, ResolveError> {
        let Some(region) = self.source_region()? else { return self.everywhere(model) };
        let candidates = self.catalog.routes(model.id, region.name);
        if candidates.is_empty() && !kinship::prefixes(self.catalog, model, region).is_empty() {
            return self.new_in_region(model.id, region);
        }
        match self.choose(&candidates) {
            Some(candidate) => {
                self.settled(candidate, model, region, &candidates, Rule::Plain, self.request.routing.names_global())
            }
            None => Err(self.unavailable_error(model, region, &candidates)),
        }
    }

    /// Returns the first invocable route in the user's order. If no route of any kind is invocable, returns the first
    /// one that is not.
    fn choose<'l>(&self, candidates: &'l [Candidate<'c>]) -> Option<&'l Candidate<'c>> {
        let first = |invocable: bool| {
            self.request.routing.kinds().iter().find_map(|kind| {
                let usable =
                    |route: &&Candidate<'_>| route.invocable == invocable && route.status != ProfileStatus::Unverified;
                candidates.iter().filter(usable).find(|route| route.routing == *kind)
            })
        };
        first(true).or_else(|| if candidates.iter().any(|route| route.invocable) { None } else { first(false) })
    }

    /// Returns the resolution for a candidate, with its notices.
    fn settled(
        &self,
        candidate: &Candidate<'c>,
        model: FoundationModel<'c>,
        region: Region,
        candidates: &[Candidate<'c>],
        rule: Rule,
        global_is_named: bool,
    ) -> Result<Resolution, ResolveError> {
        let mut resolution = Resolution {
            input: String::new(),
            id: candidate.id.to_owned(),
            model: Some(model.id.to_owned()),
            rule,
            source_region: Some(region),
            routing: Some(candidate.routing),
            destinations: candidate.destinations.into(),
            provenance: self.provenance(region),
            end_of_life: model.end_of_life(),
            alternatives: self.alternatives(candidate, candidates),
            notices: Vec::new(),
        };
        if candidate.status == ProfileStatus::Unverified {
            let doubt = format!("`{}` is known from one third-party report only; AWS does not list it", candidate.id);
            if self.request.strict {
                return Err(ResolveError::not_resolved(doubt));
            }
            resolution.notices.push(warning(doubt));
        } else if !candidate.invocable || model.is_past_end_of_life(self.request.today) {
            let ended = self.not_invocable_error(model, region);
            if self.request.strict {
                return Err(ended);
            }
            if model.is_past_end_of_life(self.request.today) || candidate.source != CatalogSource::Live {
                resolution.rule = Rule::EndOfLife;
            }
            resolution.notices.push(warning(with_hints(&ended)));
        } else if model.status() == "LEGACY"
            && let Some(end) = model.end_of_life()
        {
            let successor = self.successor(model, region).map_or(String::new(), |id| {
                let left = self.leaves(&id).map_or(String::new(), |left| format!(", which {left}"));
                format!("; its successor here is `{id}`{left}")
            });
            resolution
                .notices
                .push(note(format!("`{}` is legacy and reaches its end of life on {end}{successor}", model.id)));
        }
        if candidate.routing == Routing::Global && !global_is_named {
            resolution.notices.push(note(global_warning(candidate.id)));
        }
        Ok(resolution)
    }

    fn provenance(&self, region: Region) -> Provenance {
        let (source, date) = self.catalog.as_of(region.name);
        match self.catalog.file() {
            Some(file) if source == CatalogSource::File => Provenance::CatalogFile(Arc::clone(file), date),
            _ => Provenance::Catalog(source, date),
        }
    }

    /// Returns the other routes, in the user's order.
    fn alternatives(&self, chosen: &Candidate<'c>, candidates: &[Candidate<'c>]) -> Vec<Route> {
        let others = |kind: Routing| {
            let usable =
                move |route: &&Candidate<'_>| route.invocable && route.routing == kind && route.id != chosen.id;
            candidates.iter().filter(usable).map(Route::from)
        };
        self.request.routing.kinds().iter().copied().flat_map(others).collect()
    }

    /// Returns the source Region; `None` if only global routing is allowed, since the resolution is then the same
    /// everywhere.
    fn source_region(&self) -> Result<Option<Region>, ResolveError> {
        match self.request.source_region {
            None if self.request.routing.kinds() != [Routing::Global] => Err(ResolveError::no_source_region()),
            region => Ok(region),
        }
    }

    /// Resolves to the global profile, which is the same in every source Region.
    fn everywhere(&self, model: FoundationModel<'c>) -> Result<Resolution, ResolveError> {
        for region in Region::all().filter(|region| region.has_endpoint) {
            let candidates = self.catalog.routes(model.id, region.name);
            if let Some(candidate) = self.choose(&candidates) {
                let mut resolution = self.settled(candidate, model, region, &[], Rule::Plain, true)?;
                resolution.source_region = None;
                return Ok(resolution);
            }
        }
        let refusal =
            ResolveError::new(ResolveErrorKind::RoutingRefused, format!("`{}` has no global routing", model.id));
        Err(absence::elsewhere(model, "aws", None).into_iter().fold(refusal, ResolveError::cause))
    }

    fn note(&mut self, text: String) {
        self.notices.push(note(text));
    }
}

fn note(text: String) -> Notice {
    Notice { severity: Severity::Note, text }
}

fn warning(text: String) -> Notice {
    Notice { severity: Severity::Warning, text }
}

fn not_a_model(written: &str) -> ResolveError {
    ResolveError::not_resolved(format!("`{written}` is not a model ID")).hint(suggestion::MODEL_ID_FORM)
}

/// Returns the text of the note that a request leaves its geography although the user did not name `global`.
pub fn global_warning(id: &str) -> String {
    format!("`{id}` may run in any commercial Region; `--routing geographic,in-region` rules that out")
}

/// Returns an error as one line, for a warning.
fn with_hints(refusal: &ResolveError) -> String {
    [vec![refusal.message.summary.clone()], refusal.message.causes.clone(), refusal.message.hints.clone()]
        .concat()
        .join("; ")
}

/// Returns the summary of the error for an ID that no route from a Region leads to.
fn not_invocable_from(id: &str, region: Region) -> String {
    format!("`{id}` cannot be invoked from {region}")
}

fn known_region(name: &str) -> Result<Region, ResolveError> {
    Region::from_name(name).ok_or_else(|| {
        let refusal = ResolveError::usage(format!("`{name}` is not a Region"));
        Region::nearest(name).map_or(refusal.clone(), |near| refusal.hint(format!("did you mean `{near}`?")))
    })
}
