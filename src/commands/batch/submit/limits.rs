//! The quotas of batch inference by which an input is divided into files and jobs. They differ by model and account.
//! <https://docs.aws.amazon.com/general/latest/gr/bedrock.html#limits_bedrock>

use std::str::FromStr;

use clap::Args;
use clap::builder::RangedI64ValueParser;

const MOST_PARTS: u64 = 10_000;

/// The bytes of a part.
const PART: u64 = 8 << 20;

/// The hours after which a job expires that names none.
pub const DEFAULT_HOURS: i32 = 24;

/// When jobs expire, and the quotas by which the records become files and jobs.
#[derive(Clone, Debug, PartialEq, Eq, Args)]
pub struct QuotaArgs {
    /// The hours after which a job that is not done expires, from 24 to 168
    #[arg(long, value_name = "N", value_parser = RangedI64ValueParser::<i32>::new().range(24..=168))]
    pub hours: Option<i32>,
    /// The quotas of the account, if they are not 50,000 records and 1 GB for a file, 5 GB for a job, and 100 records at least
    #[arg(long, value_name = "records=N,file=BYTES,job=BYTES,min=N", value_parser = |text: &str| text.parse::<Limits>())]
    limits: Option<Limits>,
}

impl QuotaArgs {
    /// Returns the quotas: the default ones if none are given.
    pub fn limits(&self) -> Limits {
        self.limits.unwrap_or_default()
    }
}

/// The quotas of an account.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// The most records of a file, and of a job.
    pub records: u64,
    /// The most bytes of a file.
    pub file: u64,
    /// The most bytes of a job.
    pub job: u64,
    /// The fewest records of a job.
    pub min: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { records: 50_000, file: 1_000_000_000, job: 5_000_000_000, min: 100 }
    }
}

impl Limits {
    /// Returns the bytes of each part of a multipart upload but the last one.
    pub fn part(self) -> u64 {
        PART.max(self.file.div_ceil(MOST_PARTS))
    }

    fn check(self) -> Result<Self, String> {
        if self.job < self.file {
            return Err("a job cannot have fewer bytes than a file".to_owned());
        }
        // A job that is cut off must leave enough records for another one.
        if self.records < self.min.saturating_mul(2) {
            return Err("the most records of a job must be at least twice the fewest".to_owned());
        }
        // Four parts are in memory at once.
        if self.part() > 8 * PART {
            return Err("a file has too many bytes".to_owned());
        }
        Ok(self)
    }
}

impl FromStr for Limits {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let mut limits = Self::default();
        for pair in text.split(',') {
            let Some((name, number)) = pair.split_once('=') else {
                return Err(format!("`{pair}` is not NAME=NUMBER"));
            };
            let value = number.trim().parse().ok().filter(|value| *value > 0);
            let value = value.ok_or_else(|| format!("`{number}` is not a whole number of at least 1"))?;
            match name.trim() {
                "records" => limits.records = value,
                "file" => limits.file = value,
                "job" => limits.job = value,
                "min" => limits.min = value,
                _ => return Err(format!("`{name}` is not one of `records`, `file`, `job` and `min`")),
            }
        }
        limits.check()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_replace_the_default_quotas() {
        assert_eq!("records=1000".parse(), Ok(Limits { records: 1000, ..Limits::default() }));
        let all = Limits { records: 20, file: 300, job: 400, min: 10 };
        assert_eq!("records=20,file=300,job=400,min=10".parse(), Ok(all));
        for text in [
            "",
            "records",
            "records=",
            "records=0",
            "records=-1",
            "records=x",
            "bytes=1",
            "file=6000000000",
            "records=100",
            "min=30000",
            "file=999999999999,job=999999999999",
        ] {
            assert!(text.parse::<Limits>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_file_never_has_more_parts_than_s3_takes() {
        assert_eq!(Limits::default().part(), 8 << 20);
        let large = Limits { file: 200 << 30, job: 200 << 30, ..Limits::default() };
        assert!(large.file.div_ceil(large.part()) <= MOST_PARTS && large.part() > PART);
    }
}
