//! One body of facts as text, searched in place: blocks of lines, sorted by foundation model ID. What the facts mean is
//! for `catalog`.

use std::borrow::Cow;

use memchr::{memchr, memrchr};

use super::{CatalogSource, FoundationModel};
use crate::model::date::Date;

/// How the first line of every body of facts begins.
pub const AS_OF: &str = "# as of ";

/// How the line begins that names the one source Region of a live layer.
pub const REGION: &str = "# region ";

/// The line above the application inference profiles of a live layer.
pub const APPLICATIONS: &str = "\n# application inference profiles";

/// The line above the foundation models of a live layer, with both line ends.
pub const MODELS: &str = "\n# foundation models\n";

/// One body of facts: blocks of lines, sorted by foundation model ID, and the destination lists that they name. It owns
/// what was read from outside, and borrows what is built in.
#[derive(Clone, Debug)]
pub struct Layer {
    models: Cow<'static, str>,
    destinations: Cow<'static, str>,
    /// The table of prefixes, which a live layer does not have.
    pub prefixes: Cow<'static, str>,
    /// The day on which the facts were gathered.
    pub as_of: Date,
    /// The one source Region of a live layer.
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

    /// Returns the layer in a text that `live` wrote: destination lists, application inference profiles and foundation
    /// models. `None` if the text has any other form.
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
        // The lookup is a binary search: what is out of order would be listed, and not be found.
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

    /// Where these facts come from.
    pub fn source(&self) -> CatalogSource {
        match (&self.region, &self.models) {
            (Some(_), _) => CatalogSource::Live,
            (None, Cow::Borrowed(_)) => CatalogSource::BuiltIn,
            (None, Cow::Owned(_)) => CatalogSource::File,
        }
    }

    /// The byte at which the block that holds `position` begins.
    fn block_start(&self, position: usize) -> usize {
        let bytes = self.models.as_bytes();
        let mut start = position;
        loop {
            start = memrchr(b'\n', &bytes[..start]).map_or(0, |newline| newline + 1);
            if start == 0 || bytes.get(start).is_some_and(|byte| *byte != b' ') {
                return start;
            }
            start -= 1;
        }
    }

    /// The byte after the block that begins at `start`.
    fn block_end(&self, start: usize) -> usize {
        let bytes = self.models.as_bytes();
        let mut end = start;
        while let Some(newline) = memchr(b'\n', &bytes[end..]) {
            end += newline + 1;
            if bytes.get(end) != Some(&b' ') {
                return end;
            }
        }
        bytes.len()
    }

    fn block(&self, start: usize) -> FoundationModel<'_> {
        let block = &self.models[start..self.block_end(start)];
        let (id, lines) = block.split_once('\n').unwrap_or((block, ""));
        FoundationModel { id, lines, destinations: &self.destinations, source: self.source(), live: None }
    }

    /// The first block whose ID is not below `id`.
    fn lower_bound(&self, id: &str) -> usize {
        let (mut low, mut high) = (0, self.models.len());
        while low < high {
            let start = self.block_start(low.midpoint(high)).max(low);
            let line = &self.models.as_bytes()[start..];
            let found = &line[..memchr(b'\n', line).unwrap_or(line.len())];
            // A comment stands before every ID.
            if found.starts_with(b"#") || found < id.as_bytes() {
                low = self.block_end(start);
            } else {
                high = start;
            }
        }
        low
    }

    /// The model of exactly this ID.
    pub fn foundation_model(&self, id: &str) -> Option<FoundationModel<'_>> {
        let start = self.lower_bound(id);
        (start < self.models.len()).then(|| self.block(start)).filter(|model| model.id == id)
    }

    /// Every model, sorted by ID.
    pub fn foundation_models(&self) -> impl Iterator<Item = FoundationModel<'_>> {
        self.blocks().filter(|model| !model.id.starts_with('#'))
    }

    /// Every block, comments too.
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

    /// Whether some model ID begins with this publisher.
    pub fn knows_publisher(&self, publisher: &str) -> bool {
        let start = self.lower_bound(publisher);
        start < self.models.len()
            && self.models[start..].strip_prefix(publisher).is_some_and(|rest| rest.starts_with('.'))
    }
}
