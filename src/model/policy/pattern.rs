//! Pattern matching as in IAM: `*` and `?`, in an ARN field by field. The text can contain `*` too, if permission for
//! all resources with a common prefix is required.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

/// Whether `pattern` matches every string that `text` stands for.
pub fn covers(pattern: &str, text: &str) -> bool {
    compare(pattern, text, false)
}

/// Whether `pattern` matches at least one string that `text` stands for.
pub fn overlaps(pattern: &str, text: &str) -> bool {
    compare(pattern, text, true)
}

/// Whether an ARN pattern covers an ARN. Each of the six fields is compared on its own.
pub fn covers_arn(pattern: &str, arn: &str) -> bool {
    let (mut patterns, mut fields) = (pattern.splitn(6, ':'), arn.splitn(6, ':'));
    let all = patterns.by_ref().zip(fields.by_ref()).all(|(pattern, field)| covers(pattern, field));
    all && [pattern, arn].iter().all(|text| text.matches(':').count() >= 5)
}

/// Reads the text byte by byte and tracks every position that the pattern can be at. If `both` is true, a `*` in the
/// text stands for any string.
fn compare(pattern: &str, text: &str, both: bool) -> bool {
    let pattern = pattern.as_bytes();
    let mut at = vec![false; pattern.len() + 1];
    at[0] = true;
    pass_stars(pattern, &mut at);
    for letter in text.bytes() {
        if both && letter == b'*' {
            if let Some(first) = at.iter().position(|reached| *reached) {
                at[first..].fill(true);
            }
            continue;
        }
        let mut next = vec![false; pattern.len() + 1];
        for (index, expected) in pattern.iter().enumerate().filter(|(index, _)| at[*index]) {
            match expected {
                b'*' => next[index] = true,
                b'?' => next[index + 1] |= letter != b'*',
                _ => next[index + 1] |= *expected == letter,
            }
        }
        pass_stars(pattern, &mut next);
        at = next;
    }
    at[pattern.len()]
}

/// Moves past each `*`, which can match the empty string.
fn pass_stars(pattern: &[u8], at: &mut [bool]) {
    for (index, letter) in pattern.iter().enumerate() {
        if at[index] && *letter == b'*' {
            at[index + 1] = true;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pattern_covers_only_what_it_matches_whole() {
        for (pattern, text, expected) in [
            ("*", "", true),
            ("a*c", "abbc", true),
            ("a?c", "abc", true),
            ("a?c", "ac", false),
            ("a?c", "a*c", false),
            ("job/*", "job/*", true),
            ("job/a*", "job/*", false),
            ("abc", "abcd", false),
            ("**x", "yx", true),
            ("bedrock:Invoke*", "bedrock:InvokeModel", true),
        ] {
            assert_eq!(covers(pattern, text), expected, "{pattern} {text}");
        }
    }

    #[test]
    fn a_pattern_overlaps_what_it_matches_in_part() {
        assert!(overlaps("job/a*", "job/*") && overlaps("job/abc", "job/*") && overlaps("*", "x"));
        assert!(!overlaps("job/a*", "task/*") && !overlaps("abc", "abd"));
    }

    #[test]
    fn an_arns_fields_are_compared_one_by_one() {
        let arn = "arn:aws:bedrock:eu-central-1:111122223333:inference-profile/eu.x:0";
        assert!(covers_arn("arn:aws:bedrock:*:*:inference-profile/eu.*", arn));
        assert!(!covers_arn("arn:aws:bedrock:*:inference-profile/eu.*", arn));
        assert!(!covers_arn("arn:*:*:*:*:*", "us-east-1") && !covers_arn("*:*:*:*:*:*", "us-east-1"));
        assert!(!covers_arn("*", arn) && !covers_arn("arn:aws:bedrock:us-*:*:*", arn));
    }
}
