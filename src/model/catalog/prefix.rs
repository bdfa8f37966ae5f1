//! Prefixes of inference profile IDs, and the number of models that have them in each source Region.

/// A prefix of inference profile IDs.
#[derive(Clone, Copy, Debug)]
pub struct Prefix<'a> {
    /// The name, such as `us` or `global`.
    pub name: &'a str,
    sources: &'a str,
}

impl<'a> Prefix<'a> {
    /// Returns the prefixes of a table: each line has name, kind, partition and `SOURCE=COUNT` for each source Region.
    pub(super) fn all(table: &'a str) -> impl Iterator<Item = Self> {
        table.lines().filter(|line| !line.starts_with('#')).filter_map(|line| {
            let mut fields = line.splitn(4, ' ');
            let (name, _kind, _partition) = (fields.next()?, fields.next()?, fields.next()?);
            Some(Self { name, sources: fields.next()? })
        })
    }

    /// Returns the source Regions, each with the number of models that have the prefix there.
    pub fn sources(self) -> impl Iterator<Item = (&'a str, u32)> {
        self.sources.split(' ').filter_map(|pair| {
            let (region, models) = pair.split_once('=')?;
            Some((region, models.parse().ok()?))
        })
    }

    /// Whether at least one model has the prefix in this source Region.
    pub fn serves(self, region: &str) -> bool {
        self.sources().any(|(source, _)| source == region)
    }
}
