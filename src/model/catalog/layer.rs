//! One body of facts as text, searched in place: blocks of lines, sorted by foundation model ID. What the facts mean is
//! for `catalog`.

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

/// One body of facts: blocks of lines, sorted by foundation model ID, and the destination lists that they name.
#[derive(Clone, Copy, Debug)]
pub struct Layer<'a> {
    models: &'a str,
    destinations: &'a str,
    /// The day on which the facts were gathered.
    pub as_of: Date,
    /// The one source Region that a live layer speaks of.
    pub region: Option<&'a str>,
    /// The application inference profiles of a live layer.
    pub applications: &'a str,
}

impl<'a> Layer<'a> {
    /// The layer of the bundled files.
    pub fn bundled(models: &'a str, destinations: &'a str) -> Self {
        let as_of = Self::date(models).unwrap_or(Date { year: 0, month: 0, day: 0 });
        Self { models, destinations, as_of, region: None, applications: "" }
    }

    /// The layer in the text that `live` wrote: lists of destinations, application inference profiles and foundation
    /// models. None where it is anything else.
    pub fn live(text: &'a str) -> Option<Self> {
        let as_of = Self::date(text)?;
        let (destinations, rest) = text.split_once(APPLICATIONS)?;
        let (applications, models) = rest.split_once(MODELS)?;
        let region = destinations.lines().find_map(|line| line.strip_prefix(REGION))?;
        Some(Self { models, destinations, as_of, region: Some(region), applications: applications.trim_start() })
    }

    fn date(text: &str) -> Option<Date> {
        text.lines().next()?.strip_prefix(AS_OF).and_then(Date::parse)
    }

    fn source(self) -> CatalogSource {
        if self.region.is_some() { CatalogSource::Live } else { CatalogSource::Bundled }
    }

    /// The byte at which the block that holds `position` begins.
    fn block_start(self, position: usize) -> usize {
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
    fn block_end(self, start: usize) -> usize {
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

    fn block(self, start: usize) -> FoundationModel<'a> {
        let block = &self.models[start..self.block_end(start)];
        let (id, lines) = block.split_once('\n').unwrap_or((block, ""));
        FoundationModel { id, lines, destinations: self.destinations, source: self.source(), live: None }
    }

    /// The first block whose ID is not below `id`.
    fn lower_bound(self, id: &str) -> usize {
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
    pub fn foundation_model(self, id: &str) -> Option<FoundationModel<'a>> {
        let start = self.lower_bound(id);
        (start < self.models.len()).then(|| self.block(start)).filter(|model| model.id == id)
    }

    /// Every model, sorted by ID.
    pub fn foundation_models(self) -> impl Iterator<Item = FoundationModel<'a>> + use<'a> {
        let mut next = 0;
        std::iter::from_fn(move || {
            (next < self.models.len()).then(|| {
                let start = next;
                next = self.block_end(start);
                self.block(start)
            })
        })
        .filter(|model| !model.id.starts_with('#'))
    }

    /// Whether some model ID begins with this publisher.
    pub fn knows_publisher(self, publisher: &str) -> bool {
        let start = self.lower_bound(publisher);
        start < self.models.len()
            && self.models[start..].strip_prefix(publisher).is_some_and(|rest| rest.starts_with('.'))
    }
}
