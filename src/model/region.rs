//! AWS Regions, their partitions, and the geographic prefix that is usual in each. The facts are in
//! `catalog/regions.txt`.

use std::fmt;

const REGIONS: &str = include_str!("catalog/regions.txt");

/// A Region that AWS has announced.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-regions.html>.
#[derive(Clone, Copy, Debug)]
pub struct Region {
    /// The code of the Region, such as `eu-central-1`.
    pub name: &'static str,
    /// The partition, such as `aws` or `aws-us-gov`: the second field of every ARN of the Region.
    pub partition: &'static str,
    /// The name of the Region, such as `Europe (Frankfurt)`.
    pub title: &'static str,
    /// Whether Bedrock has an endpoint in the Region.
    pub has_endpoint: bool,
    /// The geographic prefix that most inference profiles have in this Region; `None` if only `global.` exists.
    pub usual_prefix: Option<&'static str>,
}

impl Region {
    /// Returns the Region with this code, such as `eu-central-1`.
    pub fn named(name: &str) -> Option<Self> {
        let is_named = |line: &&str| line.strip_prefix(name).is_some_and(|rest| rest.starts_with(' '));
        REGIONS.lines().find(is_named).and_then(Self::from_line)
    }

    /// Returns every known Region, sorted by code.
    pub fn all() -> impl Iterator<Item = Self> {
        REGIONS.lines().filter_map(Self::from_line)
    }

    /// Returns the known Region with the most similar code, if one is similar enough to be a typing error.
    pub fn nearest(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        Self::all()
            .map(|region| (strsim::osa_distance(&name, region.name), region))
            .filter(|(distance, _)| *distance <= 2)
            .min_by_key(|(distance, region)| (*distance, !region.has_endpoint))
            .map(|(_, region)| region)
    }

    fn from_line(line: &'static str) -> Option<Self> {
        if line.starts_with('#') {
            return None;
        }
        let mut fields = line.splitn(5, ' ');
        Some(Self {
            name: fields.next()?,
            partition: fields.next()?,
            has_endpoint: fields.next()? == "endpoint",
            usual_prefix: fields.next().filter(|prefix| *prefix != "-"),
            title: fields.next()?,
        })
    }
}

impl PartialEq for Region {
    fn eq(&self, other: &Self) -> bool {
        self.name == other.name
    }
}

impl Eq for Region {}

impl PartialOrd for Region {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Region {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        self.name.cmp(other.name)
    }
}

impl fmt::Display for Region {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_is_a_region_and_they_are_sorted() {
        let names: Vec<_> = Region::all().map(|region| region.name).collect();
        assert!(names.is_sorted_by(|one, next| one < next));
        assert_eq!(REGIONS.lines().filter(|line| !line.starts_with('#')).count(), names.len());
    }

    #[test]
    fn frankfurt_is_commercial_and_usually_served_by_eu() {
        let region = Region::named("eu-central-1").unwrap();
        assert_eq!((region.title, region.partition, region.usual_prefix), ("Europe (Frankfurt)", "aws", Some("eu")));
        assert!(region.has_endpoint);
    }

    #[test]
    fn govcloud_is_a_partition_of_its_own() {
        let region = Region::named("us-gov-west-1").unwrap();
        assert_eq!(region.partition, "aws-us-gov");
    }

    #[test]
    fn a_typing_error_in_a_region_finds_the_nearest_and_nonsense_finds_none() {
        assert_eq!(Region::nearest("us-eats-1").unwrap().name, "us-east-1");
        assert_eq!(Region::nearest("eu-central-9").unwrap().name, "eu-central-1");
        assert_eq!(
            Region::nearest("ap-east-3").unwrap().name,
            "ap-east-2",
            "ap-east-1 is as near, but has no endpoint"
        );
        assert!(Region::nearest("atlantis").is_none());
        assert!(["eu-central-9", "eu-central", "", "#"].into_iter().all(|name| Region::named(name).is_none()));
    }
}
