//! The models that can stand on a command line: aliases, short names, IDs and application inference profiles, each of
//! which resolves from a Region in force.

use std::collections::BTreeMap;

use super::values::Candidate;
use crate::context::{Context, SourceRegions};
use bedrock_ask::model::catalog::FoundationModel;
use bedrock_ask::model::family::family_key;
use bedrock_ask::model::name;
use bedrock_ask::model::region::Region;
use bedrock_ask::model::resolution::{Resolution, Rule};
use bedrock_ask::model::resolver::CatalogIndex;

/// The prefix of the name of an application inference profile.
const BY_NAME: &str = "inference-profile:";

/// The Region that is tried first if none is in force: most models can be invoked from there.
const FIRST: &str = "us-east-1";

/// Returns the models that can be invoked from a Region in force, or from any if none is. IDs of inference profiles are
/// left out until something is written: each model has several.
pub fn invocable(context: &Context, text: &str, only_chat: bool) -> Vec<Candidate> {
    if text.starts_with("arn:") {
        return application_profiles(context, text, false);
    }
    let resolver = RegionsResolver { context, regions: regions(context), index: CatalogIndex::new(&context.catalog) };
    let models = context.catalog.foundation_models().filter(|model| model.can_chat() || !only_chat);
    let models: Vec<_> = models.filter(|model| resolver.can_invoke(model.id)).collect();
    let request = context.resolve_request_from(None);
    let aliases = request.aliases.iter().map(|(name, target)| Candidate::new(name, target));
    let short = resolver.short_names(&models, text).into_iter();
    let short = short.filter(|candidate| !request.aliases.contains_key(&candidate.word));
    let plain = models.iter().map(|model| Candidate::new(model.id, model.name()));
    let profiles = if text.is_empty() { Vec::new() } else { resolver.profiles(&models) };
    aliases.chain(short).chain(application_profiles(context, text, false)).chain(plain).chain(profiles).collect()
}

/// Resolves names from the Regions in force.
struct RegionsResolver<'c> {
    context: &'c Context,
    regions: Vec<Region>,
    index: CatalogIndex<'c>,
}

impl RegionsResolver<'_> {
    /// Whether a foundation model can be invoked from one of the Regions.
    fn can_invoke(&self, id: &str) -> bool {
        // Why a model cannot be invoked takes longer to find out than whether it can.
        let has_route =
            |region: &Region| self.context.catalog.routes(id, region.name).iter().any(|route| route.invocable);
        self.regions.iter().any(|region| has_route(region) && self.resolve(id, *region).is_some())
    }

    /// Returns the short names of these models with the model that each stands for.
    fn short_names(&self, models: &[FoundationModel<'_>], text: &str) -> Vec<Candidate> {
        // A name with its version stands for the only model that has it, and needs no look-up.
        let mut names: BTreeMap<String, Option<&str>> = BTreeMap::new();
        for model in models {
            let Some(name) = ShortName::of(model.id) else { continue };
            let is_known = name::has_version(&name.with_version);
            let known = Some(model.id).filter(|_| is_known);
            names.entry(name.spelled_as(text)).and_modify(|id| *id = None).or_insert(known);
            names.extend(name.without_version.filter(|_| model.can_chat()).map(|name| (name, None)));
            names.extend(name.last_word.filter(|_| model.can_chat()).map(|name| (name, None)));
        }
        let candidate = |(name, id): (String, Option<&str>)| {
            let model = id.map(str::to_owned).or_else(|| self.look_up(&name)?.model)?;
            Some(Candidate::new(name, model))
        };
        names.into_iter().filter_map(candidate).collect()
    }

    /// Returns the inference profiles through which these models can be invoked.
    fn profiles(&self, models: &[FoundationModel<'_>]) -> Vec<Candidate> {
        let mut profiles = BTreeMap::new();
        for (model, region) in models.iter().flat_map(|model| self.regions.iter().map(move |region| (model, region))) {
            let routes = self.context.catalog.routes(model.id, region.name);
            for route in routes.iter().filter(|route| route.invocable && route.id != model.id) {
                profiles.entry(route.id).or_insert((*region, format!("{}, {}", model.name(), route.routing)));
            }
        }
        let profiles = profiles.into_iter().filter(|(id, (region, _))| self.resolve(id, *region).is_some());
        profiles.map(|(id, (_, description))| Candidate::new(id, description)).collect()
    }

    /// Returns the resolution of an ID from a Region; `None` if it would be a guess or is past its end of life.
    fn resolve(&self, id: &str, region: Region) -> Option<Resolution> {
        let request = self.context.resolve_request_from(Some(region));
        self.index.resolve(id, &request).ok().filter(is_certain_and_active)
    }

    /// Returns the resolution of a short name as [`Self::resolve`] does, from the first Region that has one. Where many
    /// Regions are in force, the name is compared with those of all models only once.
    fn look_up(&self, name: &str) -> Option<Resolution> {
        let (first, others) = self.regions.split_first()?;
        let resolution = self.resolve(name, *first);
        if resolution.is_some() || others.is_empty() {
            return resolution;
        }
        let found = self.index.resolve_everywhere(name, &self.context.resolve_request_from(None)).ok()?;
        found.into_iter().find(|resolution| {
            is_certain_and_active(resolution)
                && resolution.source_region.is_some_and(|region| self.regions.contains(&region))
        })
    }
}

/// Returns the application inference profiles that AWS listed for the Regions in force: by name and, if wanted, by ID,
/// or by ARN if that is what is written.
pub fn application_profiles(context: &Context, text: &str, with_ids: bool) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    for region in regions(context) {
        let profiles: Vec<_> = context.catalog.application_profiles(region.name).collect();
        for profile in &profiles {
            if text.starts_with("arn:") {
                candidates.push(Candidate::new(profile.arn, profile.name));
                continue;
            }
            // A name that two profiles share names neither.
            if profiles.iter().filter(|other| other.name == profile.name).count() == 1 {
                candidates.push(Candidate::new(format!("{BY_NAME}{}", profile.name), profile.model));
            }
            candidates.extend(with_ids.then(|| Candidate::new(profile.id, profile.name)));
        }
    }
    candidates
}

/// Returns the Regions in force, or all of them if none is.
fn regions(context: &Context) -> Vec<Region> {
    match (context.source_regions(), context.settings.region.value) {
        (SourceRegions::Listed(regions), _) => regions.clone(),
        (SourceRegions::Settings, Some(region)) => vec![region],
        _ => {
            let all = Region::all().filter(|region| region.has_endpoint && region.name != FIRST);
            Region::named(FIRST).into_iter().chain(all).collect()
        }
    }
}

fn is_certain_and_active(resolution: &Resolution) -> bool {
    !matches!(resolution.rule, Rule::Predicted | Rule::EndOfLife)
}

#[derive(Debug, PartialEq, Eq)]
struct ShortName {
    /// Such as `claude-haiku-4-5`.
    with_version: String,
    /// Such as `claude-haiku`.
    without_version: Option<String>,
    /// Such as `haiku`.
    last_word: Option<String>,
}

impl ShortName {
    /// Returns the short names of the model with this ID; `None` if its name is no word.
    fn of(id: &str) -> Option<Self> {
        let family = family_key(id);
        let (_, with_version) = family.split_once('.')?;
        let bare = name::without_version(with_version);
        let words: Vec<_> = bare.split('-').collect();
        let is_word = |word: &&str| word.len() > 1 && word.bytes().all(|byte| byte.is_ascii_alphabetic());
        if !words.iter().any(is_word) {
            return None;
        }
        let last_word = if let [_, last] = words[..] { Some(last).filter(|last| last.len() > 3) } else { None };
        // What remains of `kimi-k3` and `qwen3-32b` is no name that anybody uses.
        let is_name = words.iter().all(is_word);
        Some(Self {
            with_version: with_version.to_owned(),
            without_version: Some(bare.clone()).filter(|_| is_name),
            last_word: last_word.filter(|_| is_name).map(str::to_owned),
        })
    }

    /// Returns the name with its version, as `4.5` if what is written has a dot.
    fn spelled_as(&self, text: &str) -> String {
        if text.contains('.') { with_dots(&self.with_version) } else { self.with_version.clone() }
    }
}

/// Writes a version as `4.5` that an ID writes as `4-5`.
fn with_dots(name: &str) -> String {
    let is_number = |segment: &str| !segment.is_empty() && segment.bytes().all(|byte| byte.is_ascii_digit());
    let mut written = String::new();
    for segment in name.split('-') {
        if !written.is_empty() {
            let follows_number = written.ends_with(|letter: char| letter.is_ascii_digit());
            written.push(if follows_number && is_number(segment) { '.' } else { '-' });
        }
        written.push_str(segment);
    }
    written
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn short_names_have_the_version_as_it_is_written_or_none() {
        for (id, plain, dotted, bare, last) in [
            (
                "anthropic.claude-haiku-4-5-20251001-v1:0",
                "claude-haiku-4-5",
                "claude-haiku-4.5",
                Some("claude-haiku"),
                Some("haiku"),
            ),
            ("amazon.nova-pro-v1:0", "nova-pro", "nova-pro", Some("nova-pro"), None),
            ("meta.llama3-1-70b-instruct-v1:0", "llama3-1-70b-instruct", "llama3.1-70b-instruct", None, None),
            ("moonshotai.kimi-k3", "kimi-k3", "kimi-k3", None, None),
        ] {
            let name = ShortName::of(id).unwrap();
            assert_eq!((name.spelled_as("").as_str(), name.spelled_as("x.").as_str()), (plain, dotted), "{id}");
            assert_eq!((name.without_version.as_deref(), name.last_word.as_deref()), (bare, last), "{id}");
        }
        assert_eq!(ShortName::of("deepseek.v3.2"), None);
    }
}
