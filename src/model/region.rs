//! AWS Regions, their partitions, and the geographic prefix that is usual in each. The facts are in
//! `catalog/regions.txt`.

use std::collections::BTreeSet;
use std::fmt;
use std::sync::{Mutex, PoisonError};

use crate::model::id::is_number;

const REGIONS: &str = include_str!("catalog/regions.txt");

/// How the names of a partition's Regions begin: the countries and continents before the compass word.
/// See `partitions.json` of the AWS SDKs.
const AREAS: [(&str, &[&str]); 7] = [
    ("aws", &["us", "eu", "ap", "sa", "ca", "me", "af", "il", "mx"]),
    ("aws-cn", &["cn"]),
    ("aws-us-gov", &["us-gov"]),
    ("aws-eusc", &["eusc-de"]),
    ("aws-iso", &["us-iso"]),
    ("aws-iso-b", &["us-isob"]),
    ("aws-iso-f", &["us-isof"]),
];

/// The Regions that every AWS account has. All others of the partition `aws`, and all that will come, are opted in to.
/// See <https://docs.aws.amazon.com/accounts/latest/reference/manage-acct-regions.html>.
const ENABLED_BY_DEFAULT: [&str; 17] = [
    "ap-northeast-1",
    "ap-northeast-2",
    "ap-northeast-3",
    "ap-south-1",
    "ap-southeast-1",
    "ap-southeast-2",
    "ca-central-1",
    "eu-central-1",
    "eu-north-1",
    "eu-west-1",
    "eu-west-2",
    "eu-west-3",
    "sa-east-1",
    "us-east-1",
    "us-east-2",
    "us-west-1",
    "us-west-2",
];

const COMPASS: [&str; 9] =
    ["central", "east", "north", "northeast", "northwest", "south", "southeast", "southwest", "west"];

/// How many letters may differ in a name that is still nearly right.
const NEAR: usize = 2;

/// A Region that AWS has announced, or one whose name has AWS's form and that is younger than this library.
/// See <https://docs.aws.amazon.com/bedrock/latest/userguide/bedrock-regions.html>.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
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

    /// Returns the Region of this name: a known one, or one that AWS may have opened since. Its name then has the form of its
    /// partition and a compass word of AWS's, and its words are those of a known Region or far from them all:
    /// `ap-southeast-8` is such a Region, `us-esat-1` is not.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::named(name).or_else(|| Self::new(name))
    }

    /// Whether the Region is younger than this library: nothing is known of it.
    pub fn is_new(self) -> bool {
        self.title.is_empty()
    }

    /// Whether an account has the Region only if it opted in to it.
    pub fn is_opt_in(self) -> bool {
        self.partition == "aws" && !ENABLED_BY_DEFAULT.contains(&self.name)
    }

    fn new(name: &str) -> Option<Self> {
        let (words, number) = words_and_number(name)?;
        let (area, compass) = words.rsplit_once('-')?;
        let (partition, _) = AREAS.iter().find(|(_, areas)| areas.contains(&area))?;
        let is_number = (1..=2).contains(&number.len()) && !number.starts_with('0');
        let known = || Self::all().filter_map(|region| words_and_number(region.name)).map(|(words, _)| words);
        let is_near = || known().any(|other| strsim::osa_distance(words, other) <= NEAR);
        if !is_number || !COMPASS.contains(&compass) || (is_near() && known().all(|other| other != words)) {
            return None;
        }
        Some(Self { name: interned(name), partition, title: "", has_endpoint: true, usual_prefix: None })
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
            .filter(|(distance, _)| *distance <= NEAR)
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

/// `us-gov-west` and `1`.
fn words_and_number(name: &str) -> Option<(&str, &str)> {
    let (words, number) = name.rsplit_once('-')?;
    is_number(number).then_some((words, number))
}

/// Returns the name as one that lives as long as the process: known Regions borrow theirs from the table. Each name is kept
/// once, and [`Region::new`] allows no more than some thousand names.
fn interned(name: &str) -> &'static str {
    static NAMES: Mutex<BTreeSet<&'static str>> = Mutex::new(BTreeSet::new());
    let mut names = NAMES.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(known) = names.get(name) {
        return known;
    }
    let kept: &'static str = Box::leak(name.into());
    names.insert(kept);
    kept
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
    fn a_region_younger_than_the_table_is_taken_and_a_typing_error_is_not() {
        for (name, partition) in [
            ("ap-southeast-8", "aws"),
            ("us-gov-east-2", "aws-us-gov"),
            ("eusc-de-east-2", "aws-eusc"),
            ("cn-north-2", "aws-cn"),
            ("me-central-2", "aws"),
        ] {
            let region = Region::from_name(name).unwrap_or_else(|| panic!("{name}"));
            assert_eq!((region.name, region.partition, region.is_new()), (name, partition, true));
        }
        assert!(!Region::from_name("us-east-1").unwrap().is_new());
        for (name, is_opt_in) in
            [("us-east-1", false), ("me-south-1", true), ("ap-southeast-8", true), ("us-gov-west-1", false)]
        {
            assert_eq!(Region::from_name(name).unwrap().is_opt_in(), is_opt_in, "{name}");
        }
        for name in [
            "us-esat-1",
            "eu-wast-1",
            "us-eest-1",
            "ue-east-1",
            "us-east-0",
            "us-east-01",
            "us-east-100",
            "us-east-",
            "us-east",
            "xx-central-1",
            "us-east-1a",
            "US-EAST-9",
            "",
            "all",
            "eu-middle-1",
        ] {
            assert!(Region::from_name(name).is_none(), "{name}");
        }
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
