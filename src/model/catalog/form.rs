//! A complete catalog as one text: written by `catalog export`, and named by the setting `catalog.path`.
//! It is parsed strictly: a line that a lookup would skip is an error. Regions are not part of it.

use super::facts::{Facts, FormError};
use super::layer::{AS_OF, MODELS};
use super::{Catalog, Layer};
use crate::model::date::Date;
use crate::model::region::Region;

/// The start of the first line; the version of the form follows.
const HEAD: &str = "# bedrock-ask catalog ";

/// The supported version of the form.
const VERSION: &str = "1";

/// The line above the destination lists.
const DESTINATIONS: &str = "# destination lists";

impl Catalog {
    /// Parses a text of [`Catalog::to_text`]. `file` is the name under which the catalog is shown.
    ///
    /// # Errors
    ///
    /// Returns a [`FormError`] that names the first invalid line.
    pub fn from_text(text: &str, file: &str) -> Result<Self, FormError> {
        let text = text.strip_prefix('\u{feff}').unwrap_or(text).replace("\r\n", "\n");
        let as_of = head(&text)?;
        let models_at = text.find(MODELS).ok_or_else(|| FormError {
            line: text.lines().count(),
            problem: format!("no line `{}` comes before the end", MODELS.trim()),
        })?;
        let (lists, models) = (&text[..models_at], &text[models_at + MODELS.len()..]);
        let mut facts = Facts::default();
        facts.read_lists(lists)?;
        facts.read_models(models).map_err(|error| FormError { line: error.line + lines(lists) + 2, ..error })?;
        let partition = |region: &str| Region::named(region).map_or("aws", |region| region.partition);
        let prefixes = facts.prefixes("", as_of, partition);
        let base = Layer::of_file(models.to_owned(), lists.to_owned(), prefixes, as_of);
        Ok(Self { base, file: Some(file.into()), live: Vec::new(), stale: Vec::new() })
    }

    /// Returns the catalog as one text, without the lists of AWS that were added to it.
    pub fn to_text(&self) -> String {
        let (models, destinations) = self.base.texts();
        let is_head = |line: &&str| line.starts_with(HEAD) || line.starts_with(AS_OF) || *line == DESTINATIONS;
        let body = |text: &str| {
            let kept = text.lines().filter(|line| !is_head(line) && !line.is_empty());
            kept.fold(String::new(), |text, line| text + line + "\n")
        };
        let as_of = self.base.as_of;
        let (models, destinations) = (body(models), body(destinations));
        format!("{HEAD}{VERSION}\n{AS_OF}{as_of}\n\n{DESTINATIONS}\n{destinations}{MODELS}{models}")
    }
}

/// Parses the first two lines: the version of the form and the date.
fn head(text: &str) -> Result<Date, FormError> {
    let mut lines = text.lines();
    let wrong = |line, problem: String| Err(FormError { line, problem });
    match lines.next().unwrap_or_default().strip_prefix(HEAD) {
        Some(VERSION) => {}
        Some(other) if other.parse::<u32>().is_ok() => {
            return wrong(
                1,
                format!("the form of the catalog is version {other}, and only version {VERSION} is known"),
            );
        }
        _ => return wrong(1, format!("a catalog begins with `{HEAD}{VERSION}`")),
    }
    let date = lines.next().unwrap_or_default().strip_prefix(AS_OF).and_then(Date::parse);
    date.map_or_else(|| wrong(2, format!("the second line must be `{AS_OF}YYYY-MM-DD`")), Ok)
}

fn lines(text: &str) -> usize {
    text.matches('\n').count()
}
