//! What look-ups by name need of a catalog. It depends on the catalog alone, so that it is computed once, when the first
//! name that is not an ID needs it.

use std::cell::OnceCell;

use super::kinship::Kin;
use super::{Resolver, everywhere};
use crate::model::catalog::{Catalog, FoundationModel};
use crate::model::name::{KnownName, letters, letters_of_publisher};
use crate::model::resolution::{Resolution, ResolveError, ResolveRequest};

/// A catalog for many resolutions: what [`resolve`](super::resolve) computes from the catalog alone is computed once.
/// Nothing of a resolution is kept.
///
/// ```
/// use bedrock_ask::model::catalog::Catalog;
/// use bedrock_ask::model::date::Date;
/// use bedrock_ask::model::region::Region;
/// use bedrock_ask::model::resolution::ResolveRequest;
/// use bedrock_ask::model::resolver::CatalogIndex;
///
/// let region = Region::named("eu-central-1").ok_or("no such Region")?;
/// let request = ResolveRequest::new(region, Date { year: 2026, month: 11, day: 1 });
/// let catalog = Catalog::built_in();
/// let index = CatalogIndex::new(&catalog);
///
/// for model in ["nova-pro", "nova-lite"] {
///     assert!(index.resolve(model, &request)?.id.starts_with("eu.amazon."));
/// }
/// # Ok::<(), Box<dyn std::error::Error>>(())
/// ```
#[derive(Clone, Debug)]
pub struct CatalogIndex<'c> {
    pub(super) catalog: &'c Catalog,
    models: OnceCell<Vec<KnownModel<'c>>>,
    publishers: OnceCell<Vec<Publisher<'c>>>,
    kin: OnceCell<Vec<Kin<'c>>>,
}

/// A foundation model of the catalog, with its ID taken apart.
#[derive(Clone, Debug)]
pub(super) struct KnownModel<'c> {
    pub model: FoundationModel<'c>,
    pub name: KnownName<'c>,
    pub is_mantle_only: bool,
}

/// A publisher, with the names by which it is known.
#[derive(Clone, Debug)]
struct Publisher<'c> {
    label: &'c str,
    names: [String; 3],
}

impl<'c> CatalogIndex<'c> {
    /// Returns the index of a catalog. It reads nothing yet.
    pub fn new(catalog: &'c Catalog) -> Self {
        Self { catalog, models: OnceCell::new(), publishers: OnceCell::new(), kin: OnceCell::new() }
    }

    /// Resolves a model like [`resolve`](super::resolve).
    ///
    /// # Errors
    /// As for [`resolve`](super::resolve).
    pub fn resolve(&self, text: &str, request: &ResolveRequest<'_>) -> Result<Resolution, ResolveError> {
        Resolver::new(request, self).resolve(text)
    }

    /// Resolves a model like [`resolve_everywhere`](super::resolve_everywhere).
    ///
    /// # Errors
    /// As for [`resolve_everywhere`](super::resolve_everywhere).
    pub fn resolve_everywhere(
        &self,
        text: &str,
        request: &ResolveRequest<'_>,
    ) -> Result<Vec<Resolution>, ResolveError> {
        everywhere::resolve_with(text, request, self)
    }

    /// Returns every foundation model, sorted by ID.
    pub(super) fn models(&self) -> &[KnownModel<'c>] {
        self.models.get_or_init(|| {
            let known = |model: FoundationModel<'c>| KnownModel {
                model,
                name: KnownName::new(model.id),
                is_mantle_only: model.is_mantle_only(),
            };
            self.catalog.foundation_models().map(known).collect()
        })
    }

    /// Returns the foundation model with this ID.
    pub(super) fn model(&self, id: &str) -> Option<&KnownModel<'c>> {
        let models = self.models();
        models.binary_search_by_key(&id, |known| known.model.id).ok().and_then(|index| models.get(index))
    }

    /// Returns the foundation models that an endpoint with Converse serves.
    pub(super) fn served(&self) -> impl Iterator<Item = &KnownModel<'c>> + Clone {
        self.models().iter().filter(|known| !known.is_mantle_only)
    }

    /// Returns the models after which an unknown one can be predicted.
    pub(super) fn kin(&self) -> &[Kin<'c>] {
        self.kin.get_or_init(|| self.served().filter_map(|known| Kin::new(known.model)).collect())
    }

    /// Returns the models of the publishers of this name.
    pub(super) fn of_publisher(&self, name: &str) -> impl Iterator<Item = &KnownModel<'c>> {
        let name = letters(name);
        let is_named = |publisher: &&Publisher<'c>| !name.is_empty() && publisher.names.contains(&name);
        let labels: Vec<_> = self.publishers().iter().filter(is_named).map(|publisher| publisher.label).collect();
        let models = if labels.is_empty() { &[] } else { self.models() };
        models.iter().filter(move |known| labels.contains(&known.name.publisher))
    }

    fn publishers(&self) -> &[Publisher<'c>] {
        self.publishers.get_or_init(|| {
            let mut publishers: Vec<Publisher<'c>> = Vec::new();
            for KnownModel { model, name, .. } in self.models() {
                if publishers.last().is_none_or(|last| last.label != name.publisher) {
                    let names = letters_of_publisher(name.publisher, model.provider());
                    publishers.push(Publisher { label: name.publisher, names });
                }
            }
            publishers
        })
    }
}
