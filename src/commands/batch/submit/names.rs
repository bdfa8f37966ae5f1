//! The names that a job has to have by AWS's rules: of buckets and folders in S3, of roles, of keys, of the job itself.
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateModelInvocationJob.html>

use std::fmt;
use std::path::Path;
use std::str::FromStr;

use crate::commands::resource_name;
use bedrock_ask::model::id::{Arn, is_account};

/// The characters of the longest URI that AWS takes, less what is put behind a folder.
const LONGEST_URI: usize = 1024 - 128;

/// The characters of the name of a job, less its digest and number.
pub const LONGEST_NAME: usize = 63 - "-0123456789ab-9999".len();

/// A folder in S3.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    pub bucket: String,
    /// Without slashes at its ends; empty for the whole bucket.
    prefix: String,
}

impl Folder {
    /// Returns the key of an object in it; of no name, the beginning of all keys.
    pub fn key(&self, name: &str) -> String {
        if self.prefix.is_empty() { name.to_owned() } else { format!("{}/{name}", self.prefix) }
    }

    /// Returns the URI of an object in it.
    pub fn uri(&self, name: &str) -> String {
        format!("s3://{}/{}", self.bucket, self.key(name))
    }

    /// Returns a folder in it.
    pub fn folder(&self, name: &str) -> Self {
        Self { bucket: self.bucket.clone(), prefix: self.key(name) }
    }

    /// Whether this URI is of an object in it.
    pub fn contains(&self, uri: &str) -> bool {
        uri.strip_prefix(&self.to_string())
            .is_some_and(|rest| !rest.is_empty() && !rest.split('/').any(|part| part == ".."))
    }
}

impl fmt::Display for Folder {
    /// Writes the URI with the slash at its end.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(&self.uri(""))
    }
}

impl FromStr for Folder {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        let Some(rest) = text.strip_prefix("s3://") else { return Err("must be s3://BUCKET/PREFIX".to_owned()) };
        let (bucket, prefix) = rest.split_once('/').unwrap_or((rest, ""));
        let prefix = prefix.strip_suffix('/').unwrap_or(prefix);
        let bucket = resource_name::bucket(bucket)?;
        let segments = prefix.split('/').filter(|_| !prefix.is_empty());
        for segment in segments {
            if segment.is_empty() {
                return Err("has an empty folder name".to_owned());
            }
            if let Some(letter) = segment.chars().find(|letter| !is_of_key(*letter)) {
                return Err(format!(
                    "has `{}`, and batch inference takes only letters, digits and -!_*'(). in the names of folders",
                    letter.escape_default()
                ));
            }
        }
        if text.len() > LONGEST_URI {
            return Err(format!("has more than {LONGEST_URI} characters"));
        }
        Ok(Self { bucket, prefix: prefix.to_owned() })
    }
}

fn is_of_key(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || "-!_*'().".contains(letter)
}

/// Parses the ARN of a KMS key or of an alias of one.
pub fn kms_key(text: &str) -> Result<String, String> {
    let is_key = Arn::parse(text).is_ok_and(|arn| {
        let (kind, name) = arn.kind_and_id();
        let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-_/".contains(&byte);
        arn.service == "kms"
            && is_account(arn.account)
            && matches!(kind, "key" | "alias")
            && !name.is_empty()
            && name.bytes().all(is_of_name)
    });
    if is_key {
        Ok(text.to_owned())
    } else {
        Err("must be the ARN of a key: arn:aws:kms:REGION:ACCOUNT:key/ID".to_owned())
    }
}

/// Parses the beginning of the names of jobs.
pub fn job_name(text: &str) -> Result<String, String> {
    let is_of_name = |byte: u8| byte.is_ascii_alphanumeric() || b"-+.".contains(&byte);
    if !text.bytes().next().is_some_and(|byte| byte.is_ascii_alphanumeric()) || !text.bytes().all(is_of_name) {
        return Err("must be letters, digits and -+., with a letter or a digit first".to_owned());
    }
    if text.len() > LONGEST_NAME {
        return Err(format!("must have at most {LONGEST_NAME} characters, because a digest and a number follow"));
    }
    Ok(text.to_owned())
}

/// Returns the beginning of the names of jobs for an input.
pub fn job_name_of(input: &Path) -> String {
    let stem = input.file_stem().unwrap_or_default().to_string_lossy();
    let words: Vec<_> =
        stem.split(|letter: char| !letter.is_ascii_alphanumeric()).filter(|word| !word.is_empty()).collect();
    let mut name = words.join("-");
    name.truncate(LONGEST_NAME);
    let name = name.trim_end_matches('-');
    if name.is_empty() { "records".to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::commands::resource_name::role;

    #[test]
    fn a_folder_has_the_names_that_batch_inference_takes() {
        for (text, shown) in [
            ("s3://abc", "s3://abc/"),
            ("s3://my.bucket-1/", "s3://my.bucket-1/"),
            ("s3://bucket/a", "s3://bucket/a/"),
            ("s3://bucket/a/B_!*'().-9/", "s3://bucket/a/B_!*'().-9/"),
        ] {
            assert_eq!(text.parse::<Folder>().unwrap().to_string(), shown);
        }
        let long = format!("s3://bucket/{}", "a".repeat(1024));
        for text in [
            "",
            "bucket/a",
            "https://bucket.s3.amazonaws.com/a",
            "s3:/bucket",
            "s3://",
            "s3://ab",
            "s3://Bucket",
            "s3://bucket-",
            "s3://-bucket",
            "s3://my_bucket",
            "s3://a..b",
            "s3://arn:aws:s3:us-east-1:111122223333:accesspoint/a",
            "s3://bucket/a=b",
            "s3://bucket/a+b",
            "s3://bucket/a@b",
            "s3://bucket/a:b",
            "s3://bucket/a b",
            "s3://bucket/ä",
            "s3://bucket//a",
            "s3://bucket/a//",
            "s3://bucket/a//b",
            "s3://bucket/a\n",
            &long,
        ] {
            assert!(text.parse::<Folder>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_in_a_folder_is_known() {
        let folder: Folder = "s3://bucket/a".parse().unwrap();
        assert_eq!(folder.key("x.jsonl"), "a/x.jsonl");
        assert_eq!(folder.folder("b").to_string(), "s3://bucket/a/b/");
        for (uri, expected) in [
            ("s3://bucket/a/x.png", true),
            ("s3://bucket/a/b/x.png", true),
            ("s3://bucket/a/", false),
            ("s3://bucket/ab/x.png", false),
            ("s3://bucket/x.png", false),
            ("s3://other/a/x.png", false),
            ("s3://bucket/a/../x.png", false),
        ] {
            assert_eq!(folder.contains(uri), expected, "{uri}");
        }
        let whole: Folder = "s3://bucket".parse().unwrap();
        assert_eq!((whole.key("x"), whole.key("")), ("x".to_owned(), String::new()));
        assert!(whole.contains("s3://bucket/x") && !whole.contains("s3://bucket2/x"));
    }

    #[test]
    fn a_role_and_a_key_are_arns() {
        for text in ["arn:aws:iam::111122223333:role/batch", "arn:aws-us-gov:iam::111122223333:role/a/b+c"] {
            assert_eq!(role(text).as_deref(), Ok(text));
        }
        for text in [
            "batch",
            "arn:aws:iam::111122223333:user/batch",
            "arn:aws:iam::111122223333:role/",
            "arn:aws:iam::111122223333:role",
            "arn:aws:iam::1111:role/batch",
            "arn:aws:iam:us-east-1:111122223333:role/batch",
            "arn:aws:sts::111122223333:assumed-role/batch/me",
            "arn:aws:iam::111122223333:role/ba tch",
        ] {
            assert!(role(text).is_err(), "{text}");
        }
        assert!(kms_key("arn:aws:kms:us-east-1:111122223333:key/1234-ab").is_ok());
        assert!(kms_key("arn:aws:kms:us-east-1:111122223333:alias/team/batch").is_ok());
        for text in ["1234-ab", "alias/x", "arn:aws:kms:us-east-1:111122223333:grant/1", "arn:aws:s3:::bucket"] {
            assert!(kms_key(text).is_err(), "{text}");
        }
    }

    #[test]
    fn the_name_of_a_job_fits_with_its_digest_and_number() {
        assert_eq!(job_name("a1-b.c+d").as_deref(), Ok("a1-b.c+d"));
        for text in ["", "-a", "a b", "a_b", "ä", &"a".repeat(LONGEST_NAME + 1)] {
            assert!(job_name(text).is_err(), "{text}");
        }
        for (path, expected) in [
            ("/x/prompts.jsonl", "prompts"),
            ("my prompts_2.jsonl", "my-prompts-2"),
            ("äöü.jsonl", "records"),
            ("_a_.csv", "a"),
        ] {
            assert_eq!(job_name_of(Path::new(path)), expected);
        }
        assert!(job_name(&job_name_of(Path::new(&"a-".repeat(99)))).is_ok());
    }
}
