//! One layer of the catalog: text that is searched in place, as blocks of lines sorted by foundation model ID.
//! The meaning of the facts is defined in `catalog`.

use std::borrow::Cow;
use std::ops::Range;

use super::{CatalogSource, FoundationModel};
use crate::model::date::Date;

/// The start of the first line of every layer.
pub const AS_OF: &str = "# as of ";

/// The start of a line that names Regions which were read last on an earlier day than the first line says.
pub const READ: &str = "# read ";

/// The start of the line that names the source Region of a live layer.
pub const REGION: &str = "# region ";

/// The line above the application inference profiles of a live layer.
pub const APPLICATIONS: &str = "\n# application inference profiles";

/// The line above the foundation models of a live layer, with both line ends.
pub const MODELS: &str = "\n# foundation models\n";

/// A layer: blocks of lines, sorted by foundation model ID, and the destination lists that they name. It owns text that
/// was read, and borrows text that is built in.
#[derive(Clone, Debug)]
pub struct Layer {
    models: Cow<'static, str>,
    destinations: Cow<'static, str>,
    /// The table of prefixes; empty in a live layer.
    pub prefixes: Cow<'static, str>,
    /// The date of the facts.
    pub as_of: Date,
    /// The source Region of a live layer.
    pub region: Option<Box<str>>,
    /// The application inference profiles of a live layer.
    pub applications: Box<str>,
}

impl Layer {
    /// Returns the layer of the built-in files.
    pub fn built_in(models: &'static str, destinations: &'static str, prefixes: &'static str) -> Self {
        let as_of = Self::date(models).unwrap_or(Date { year: 0, month: 0, day: 0 });
        Self {
            models: Cow::Borrowed(models),
            destinations: Cow::Borrowed(destinations),
            prefixes: Cow::Borrowed(prefixes),
            as_of,
            region: None,
            applications: Box::default(),
        }
    }

    /// Returns the layer of a catalog file, from its parts.
    pub fn of_file(models: String, destinations: String, prefixes: String, as_of: Date) -> Self {
        Self {
            models: models.into(),
            destinations: destinations.into(),
            prefixes: prefixes.into(),
            as_of,
            region: None,
            applications: Box::default(),
        }
    }

    /// Returns the layer in a text of [`live::text`](super::live::text): destination lists, application inference
    /// profiles and foundation models. `None` if the text has any other form.
    pub fn live(mut text: String) -> Option<Self> {
        let as_of = Self::date(&text)?;
        let applications_at = text.find(APPLICATIONS)?;
        let below = applications_at + APPLICATIONS.len();
        let models_at = below + text[below..].find(MODELS)?;
        let models = text.split_off(models_at + MODELS.len());
        let applications = text[below..models_at].trim_start().into();
        text.truncate(applications_at);
        let region = text.lines().find_map(|line| line.strip_prefix(REGION))?.into();
        let layer = Self {
            models: models.into(),
            destinations: text.into(),
            prefixes: Cow::Borrowed(""),
            as_of,
            region: Some(region),
            applications,
        };
        // The lookup is a binary search: a block out of order would be listed but not found.
        let is_in_order = layer.blocks().map(|model| model.id).is_sorted_by(|one, next| {
            let is_below_comment = one.starts_with('#') || !next.starts_with('#');
            is_below_comment && (one.starts_with('#') || one < next)
        });
        is_in_order.then_some(layer)
    }

    /// Returns the foundation models and the destination lists as they are written.
    pub fn texts(&self) -> (&str, &str) {
        (&self.models, &self.destinations)
    }

    fn date(text: &str) -> Option<Date> {
        text.lines().next()?.strip_prefix(AS_OF).and_then(Date::parse)
    }

    /// Returns the day on which the facts about this source Region were gathered.
    pub fn as_of(&self, region: &str) -> Date {
        let comments = self.models.lines().take_while(|line| line.starts_with('#'));
        let earlier = comments.filter_map(|line| line.strip_prefix(READ)?.split_once(' '));
        let of_region = |(_, regions): &(&str, &str)| regions.split(' ').any(|name| name == region);
        earlier.filter(of_region).find_map(|(date, _)| Date::parse(date)).unwrap_or(self.as_of)
    }

    /// Returns the source of the facts.
    pub fn source(&self) -> CatalogSource {
        match (&self.region, &self.models) {
            (Some(_), _) => CatalogSource::Live,
            (None, Cow::Borrowed(_)) => CatalogSource::BuiltIn,
            (None, Cow::Owned(_)) => CatalogSource::File,
        }
    }

    /// Returns the index of the first block that begins in this part of the text.
    fn first_block(&self, part: Range<usize>) -> Option<usize> {
        let [from, to] = [part.start, part.end].map(|index| self.models.floor_char_boundary(index.saturating_sub(1)));
        let mut starts = self.models[from..to].match_indices('\n').map(|(newline, _)| from + newline + 1);
        starts.find(|start| self.models.as_bytes()[*start] != b' ')
    }

    /// Returns the index of the byte after the block that begins at `start`.
    fn block_end(&self, start: usize) -> usize {
        self.first_block(start + 1..self.models.len()).unwrap_or(self.models.len())
    }

    fn block(&self, start: usize) -> FoundationModel<'_> {
        let block = &self.models[start..self.block_end(start)];
        let (id, lines) = block.split_once('\n').unwrap_or((block, ""));
        FoundationModel { id, lines, destinations: &self.destinations, source: self.source(), live: None }
    }

    /// Returns the index of the first block with an ID that is at least `id`.
    fn lower_bound(&self, id: &str) -> usize {
        let is_below = |start: usize| {
            let line = self.models[start..].split('\n').next().unwrap_or_default();
            // A comment precedes every ID.
            line.starts_with('#') || line < id
        };
        if self.models.is_empty() || !is_below(0) {
            return 0;
        }
        // The block at `low` is below `id`, and none that begins at `high` or after it is.
        let (mut low, mut high) = (0, self.models.len());
        while high - low > 1 {
            let middle = low.midpoint(high);
            match self.first_block(middle..high) {
                Some(start) if is_below(start) => low = start,
                _ => high = middle,
            }
        }
        self.block_end(low)
    }

    /// Returns the model with this ID.
    pub fn foundation_model(&self, id: &str) -> Option<FoundationModel<'_>> {
        let start = self.lower_bound(id);
        (start < self.models.len()).then(|| self.block(start)).filter(|model| model.id == id)
    }

    /// Returns every model, sorted by ID.
    pub fn foundation_models(&self) -> impl Iterator<Item = FoundationModel<'_>> {
        self.blocks().filter(|model| !model.id.starts_with('#'))
    }

    /// Returns every block, including comments.
    fn blocks(&self) -> impl Iterator<Item = FoundationModel<'_>> {
        let mut next = 0;
        std::iter::from_fn(move || {
            (next < self.models.len()).then(|| {
                let start = next;
                next = self.block_end(start);
                self.block(start)
            })
        })
    }

    /// Whether at least one model ID begins with this publisher.
    pub fn knows_publisher(&self, publisher: &str) -> bool {
        let start = self.lower_bound(publisher);
        start < self.models.len()
            && self.models[start..].strip_prefix(publisher).is_some_and(|rest| rest.starts_with('.'))
    }
}
