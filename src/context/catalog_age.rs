//! The note that a catalog is old: on a terminal, at most once a day. Nothing is sent.

use super::{Context, SourceRegions};
use crate::cache;
use crate::output::Output;
use bedrock_ask::model::date::Date;

/// The age in days beyond which a catalog is old.
const OLD: i64 = 30;

impl Context {
    /// Prints a note if what the catalog knows of a source Region is old, unless one was printed within the last day.
    pub fn report_age(&self, output: &mut Output) {
        let Some(directory) = self.environment.cache_folder().filter(|_| output.shows_notes()) else { return };
        let (names, flags): (Vec<&str>, String) = match self.source_regions() {
            SourceRegions::All => (vec![""], " --region all".to_owned()),
            SourceRegions::Listed(regions) => {
                let names: Vec<_> = regions.iter().map(|region| region.name).collect();
                let flags = format!(" --region {}", names.join(" --region "));
                (names, flags)
            }
            SourceRegions::Settings => match self.settings.region.value {
                Some(region) if self.region_is_flag() => (vec![region.name], format!(" --region {region}")),
                Some(region) => (vec![region.name], String::new()),
                None => return,
            },
        };
        let Some(as_of) = names.iter().map(|region| self.catalog.as_of(region).1).min() else { return };
        let Some(age) = self.age_in_days(as_of) else { return };
        if age > OLD && cache::mark_reminder(&directory, self.now) {
            output.note(&format!(
                "the catalog is {age} days old (as of {as_of}); `bedrock-ask catalog refresh{flags}` reads what AWS lists now"
            ));
        }
    }

    /// Returns the age of facts of this date in days, or `None` if the date is none of the calendar.
    pub fn age_in_days(&self, as_of: Date) -> Option<i64> {
        Some(days(self.today)? - days(as_of)?)
    }
}

/// Returns the number of a day.
fn days(date: Date) -> Option<i64> {
    let month = time::Month::try_from(date.month).ok()?;
    let date = time::Date::from_calendar_date(date.year.into(), month, date.day.max(1)).ok()?;
    Some(date.to_julian_day().into())
}
