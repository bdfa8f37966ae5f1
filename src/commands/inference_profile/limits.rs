//! Validates the names, descriptions and tags of inference profiles before anything is sent. See
//! <https://docs.aws.amazon.com/bedrock/latest/APIReference/API_CreateInferenceProfile.html>.

use crate::aws::Tag;
use crate::error::Error;

const NAME: usize = 64;
const DESCRIPTION: usize = 200;
const KEY: usize = 128;
const VALUE: usize = 256;

/// The maximum number of tags on a resource.
const TAGS: usize = 50;

/// The prefix of AWS's own keys, in any case.
const RESERVED: &str = "aws:";

/// Checks a name against `([0-9a-zA-Z][ _-]?)+`.
pub fn name(text: &str) -> Result<String, String> {
    check_characters("name", text, NAME, "", "letters and digits")
}

/// Checks a description against `([0-9a-zA-Z:.][ _-]?)+`.
pub fn description(text: &str) -> Result<String, String> {
    check_characters("description", text, DESCRIPTION, ":.", "letters, digits, `:` and `.`")
}

/// Reads `KEY=VALUE`, split at the first `=`. The value may be empty.
pub fn tag(text: &str) -> Result<Tag, String> {
    let (key, value) = text.split_once('=').ok_or("a tag is KEY=VALUE")?;
    let key = tag_key(key)?;
    check_tag_text("value", value, VALUE)?;
    Ok(Tag { key, value: value.to_owned() })
}

pub fn tag_key(text: &str) -> Result<String, String> {
    if text.is_empty() {
        return Err("the key of a tag is empty".to_owned());
    }
    check_tag_text("key", text, KEY)?;
    match text.get(..RESERVED.len()) {
        Some(start) if start.eq_ignore_ascii_case(RESERVED) => {
            Err(format!("keys that begin with `{RESERVED}` are AWS's own"))
        }
        _ => Ok(text.to_owned()),
    }
}

/// Checks the tags of one resource: not too many, and each key once.
pub fn tags(tags: &[Tag]) -> Result<(), Error> {
    if tags.len() > TAGS {
        return Err(Error::usage(format!("{} tags are too many: AWS takes at most {TAGS} per resource", tags.len())));
    }
    let repeated = tags.iter().enumerate().find(|(at, tag)| tags[..*at].iter().any(|other| other.key == tag.key));
    match repeated {
        Some((_, tag)) => Err(Error::usage(format!("the tag `{}` is given twice", tag.key))),
        None => Ok(()),
    }
}

/// Checks for letters, digits and `more`, with at most one space, hyphen or underscore after each.
fn check_characters(what: &str, text: &str, longest: usize, more: &str, words: &str) -> Result<String, String> {
    let count = text.chars().count();
    if !(1..=longest).contains(&count) {
        return Err(format!("a {what} has 1 to {longest} characters, and this has {count}"));
    }
    let mut may_separate = false;
    for letter in text.chars() {
        let separates = matches!(letter, ' ' | '_' | '-');
        if !separates && !letter.is_ascii_alphanumeric() && !more.contains(letter) {
            return Err(format!(
                "a {what} has no {letter:?} in it: {words}, one space, hyphen or underscore after each"
            ));
        }
        if separates && !may_separate {
            return Err(format!("{letter:?} stands first or after another separator, where a {what} has none"));
        }
        may_separate = !separates;
    }
    Ok(text.to_owned())
}

/// Checks a text against `[a-zA-Z0-9\s._:/=+@-]*`.
fn check_tag_text(what: &str, text: &str, longest: usize) -> Result<(), String> {
    let count = text.chars().count();
    if count > longest {
        return Err(format!("the {what} of a tag has at most {longest} characters, and this has {count}"));
    }
    let is_valid =
        |letter: &char| letter.is_ascii_alphanumeric() || letter.is_ascii_whitespace() || "._:/=+@-".contains(*letter);
    match text.chars().find(|letter| !is_valid(letter)) {
        Some(strange) => {
            Err(format!("the {what} of a tag has no {strange:?} in it: letters, digits, spaces and ._:/=+@-"))
        }
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_letters_and_digits_with_single_separators_between() {
        for good in ["a", "Team Red_1-x", "ends-", "A 1", &"a".repeat(64)] {
            assert_eq!(name(good).as_deref(), Ok(good));
        }
        for bad in ["", " a", "-a", "a--b", "a - b", "a.b", "ä", "a\tb", &"a".repeat(65)] {
            assert!(name(bad).is_err(), "{bad:?}");
        }
        assert_eq!(
            name(&"ä".repeat(3)).unwrap_err(),
            "a name has no 'ä' in it: letters and digits, one space, hyphen or underscore after each"
        );
    }

    #[test]
    fn descriptions_may_have_colons_and_full_stops_too() {
        for good in ["For team: red. v1.2", "a:", &"a".repeat(200)] {
            assert_eq!(description(good).as_deref(), Ok(good));
        }
        for bad in ["", "a, b", "a  b", "it's", &"a".repeat(201)] {
            assert!(description(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn a_tag_is_split_at_its_first_equals_sign_and_may_have_no_value() {
        let parts = |text| tag(text).map(|tag| (tag.key, tag.value));
        assert_eq!(parts("a=b=c"), Ok(("a".to_owned(), "b=c".to_owned())));
        assert_eq!(parts("cost center="), Ok(("cost center".to_owned(), String::new())));
        let (long_key, long_value) = (format!("{}=x", "k".repeat(129)), format!("k={}", "v".repeat(257)));
        for bad in ["a", "=b", "aws:x=1", "AWS:x=1", "a,b=c", "a=ü", &long_key, &long_value] {
            assert!(tag(bad).is_err(), "{bad:?}");
        }
        assert!(tag_key("awsx").is_ok() && tag_key("ü").is_err());
    }

    #[test]
    fn a_resource_has_each_key_once_and_at_most_fifty() {
        let many: Vec<_> = (0..51).map(|number| Tag { key: number.to_string(), value: String::new() }).collect();
        assert!(tags(&many[..50]).is_ok() && tags(&many).is_err());
        let twice = [many[0].clone(), many[1].clone(), many[0].clone()];
        assert_eq!(tags(&twice).unwrap_err().message.summary, "the tag `0` is given twice");
    }
}
