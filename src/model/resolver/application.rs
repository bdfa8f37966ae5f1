//! Resolution of application inference profiles by ARN, by ID, or as `inference-profile:NAME`. A bare name is not
//! accepted, so that another team's profile is not chosen by accident.

use super::{Resolver, global_warning, note, warning, with_hints};
use crate::model::catalog::application::ApplicationProfile;
use crate::model::catalog::{CatalogSource, FoundationModel};
use crate::model::id::Arn;
use crate::model::region::Region;
use crate::model::resolution::{Destinations, Provenance, Resolution, ResolveError, ResolveErrorKind, Rule};
use crate::model::routing::Routing;

/// The prefix of the name of an application inference profile.
const BY_NAME: &str = "inference-profile:";

/// The length of the ID of an application inference profile.
const ID_LENGTH: usize = 12;

/// The maximum edit distance between a name and a similar one.
const NEAR: usize = 2;

impl<'c> Resolver<'_, 'c> {
    /// Resolves the ID of a known application inference profile, or `inference-profile:NAME`; `None` for other text.
    pub(super) fn application(&mut self, written: &str) -> Option<Result<Resolution, ResolveError>> {
        if let Some(name) = written.strip_prefix(BY_NAME) {
            return Some(self.named_application(name.trim()));
        }
        let profile = looks_like_id(written).then(|| self.catalog.application_profile(written))??;
        let settled = Arn::parse(profile.arn).map_or(Ok(()), |arn| self.check_arn_region(arn));
        Some(settled.and_then(|()| self.application_resolution(profile)))
    }

    fn named_application(&self, name: &str) -> Result<Resolution, ResolveError> {
        let region = self.source_region()?.ok_or_else(|| {
            ResolveError::usage("an application inference profile belongs to a Region, and no source Region is set")
                .hint("--region REGION")
        })?;
        let (source, date) = self.catalog.as_of(region.name);
        let refresh = format!("bedrock-ask catalog refresh --region {region}");
        if source != CatalogSource::Live {
            return Err(ResolveError::not_resolved(format!("`{BY_NAME}{name}` cannot be looked up"))
                .cause(format!(
                    "application inference profiles are only in the live catalog of {region}, and the cache has none"
                ))
                .hint(refresh));
        }
        let same: Vec<_> = self.catalog.application_profiles(region.name).filter(|known| known.name == name).collect();
        match same[..] {
            [profile] => self.application_resolution(profile),
            [] => {
                let what = format!("no application inference profile is named `{name}` in {region}");
                let refusal = ResolveError::not_resolved(what).cause(format!("live catalog, {date}"));
                let distance = |known: &ApplicationProfile<'_>| strsim::osa_distance(known.name, name);
                let near = self.catalog.application_profiles(region.name).filter(|known| distance(known) <= NEAR);
                Err(match near.min_by_key(distance) {
                    Some(near) => refusal.hint(format!("did you mean `{BY_NAME}{}`?", near.name)),
                    None => refusal.hint(format!("if it is new: {refresh}")),
                })
            }
            [first, ..] => {
                let ids: Vec<_> = same.iter().map(|profile| profile.id).collect();
                let what = format!("more than one application inference profile is named `{name}` in {region}");
                Err(ResolveError::not_resolved(what)
                    .cause(format!("their IDs: {}", ids.join(", ")))
                    .hint(format!("name one by its ID: `{}`", first.id)))
            }
        }
    }

    /// Applies rule 1 to an application inference profile with a known model.
    pub(super) fn application_resolution(&self, profile: ApplicationProfile<'c>) -> Result<Resolution, ResolveError> {
        let routing = profile.routing();
        if let Some(kind) = routing.filter(|kind| !self.request.routing.allows(*kind)) {
            let what = format!("`{}` has {kind} routing, which is not allowed", profile.arn);
            return Err(ResolveError::new(ResolveErrorKind::RoutingRefused, what)
                .cause(format!("the allowed routing is {}", self.request.routing))
                .hint(format!("--routing {},{kind}", self.request.routing)));
        }
        let model = self.catalog.foundation_model(profile.model);
        let region = self.request.source_region;
        let as_of = region.map(|region| self.catalog.as_of(region.name));
        let mut notices = Vec::new();
        if let Some((model, region)) =
            model.zip(region).filter(|(model, _)| model.is_past_end_of_life(self.request.today))
        {
            let ended = self.end_of_life_error(model, region);
            if self.request.strict {
                return Err(ended);
            }
            notices.push(warning(with_hints(&ended)));
        }
        if routing == Some(Routing::Global) && !self.request.routing.names_global() {
            notices.push(note(global_warning(profile.arn)));
        }
        Ok(Resolution {
            input: String::new(),
            id: profile.arn.to_owned(),
            model: Some(profile.model.to_owned()),
            rule: Rule::Arn,
            source_region: region,
            routing,
            destinations: Destinations::from(profile.destinations),
            provenance: match as_of {
                Some((CatalogSource::Live, date)) => Provenance::Catalog(CatalogSource::Live, date),
                _ => Provenance::AsWritten,
            },
            end_of_life: model.and_then(FoundationModel::end_of_life),
            alternatives: Vec::new(),
            notices,
        })
    }

    /// Returns the command that adds the application inference profile to the catalog, if the name has the form of an
    /// ID.
    pub(super) fn refresh_hint(&self, name: &str) -> Option<String> {
        let region = self.request.source_region.filter(|_| looks_like_id(name))?;
        let command = format!("bedrock-ask catalog refresh --region {region}");
        (!is_live(self, region)).then(|| format!("if it is an application inference profile: {command}"))
    }
}

fn is_live(resolver: &Resolver<'_, '_>, region: Region) -> bool {
    resolver.catalog.as_of(region.name).0 == CatalogSource::Live
}

pub(super) fn looks_like_id(text: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    text.len() == ID_LENGTH && text.bytes().all(fits) && text.bytes().any(|byte| byte.is_ascii_digit())
}
