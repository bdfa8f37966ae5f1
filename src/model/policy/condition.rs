//! Evaluates one condition of an existing policy, as far as the condition keys of the request are known.
//! See <https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html>.

use serde_json::Value;

use crate::model::policy::evaluation::{Match, RequiredRequest, texts};
use crate::model::policy::pattern::{covers, covers_arn};

/// A condition operator. IAM ignores the case of its name.
struct Operator {
    quantifier: Option<Quantifier>,
    if_exists: bool,
    comparison: Comparison,
}

/// A prefix for keys with several values.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Quantifier {
    /// Holds for a request without the key.
    ForAllValues,
    /// Does not hold for a request without the key, whatever the comparison.
    ForAnyValue,
}

enum Comparison {
    /// Whether the request lacks the key.
    Null,
    /// Whether the value of the key matches a pattern, or matches none if `negative`.
    Text { negative: bool, is_arn: bool, matches: fn(&str, &str) -> bool },
}

impl Operator {
    /// Parses an operator; `None` if its comparison is not supported.
    fn parse(name: &str) -> Option<Self> {
        let name = name.to_ascii_lowercase();
        let (quantifier, rest) = match name.split_once(':') {
            Some(("forallvalues", rest)) => (Some(Quantifier::ForAllValues), rest),
            Some(("foranyvalue", rest)) => (Some(Quantifier::ForAnyValue), rest),
            Some(_) => return None,
            None => (None, name.as_str()),
        };
        if rest == "null" {
            return quantifier.is_none().then_some(Self { quantifier, if_exists: false, comparison: Comparison::Null });
        }
        let (rest, if_exists) = rest.strip_suffix("ifexists").map_or((rest, false), |rest| (rest, true));
        let text = |negative, matches| Comparison::Text { negative, is_arn: false, matches };
        let arn = |negative| Comparison::Text { negative, is_arn: true, matches: covers_arn };
        let equals: fn(&str, &str) -> bool = |value, text| value == text;
        let comparison = match rest {
            "stringequals" => text(false, equals),
            "stringnotequals" => text(true, equals),
            "stringequalsignorecase" => text(false, str::eq_ignore_ascii_case),
            "stringnotequalsignorecase" => text(true, str::eq_ignore_ascii_case),
            "stringlike" => text(false, covers),
            "stringnotlike" => text(true, covers),
            "arnequals" | "arnlike" => arn(false),
            "arnnotequals" | "arnnotlike" => arn(true),
            _ => return None,
        };
        Some(Self { quantifier, if_exists, comparison })
    }
}

/// Whether one condition is met.
pub fn holds(operator: &str, key: &str, values: &Value, need: &RequiredRequest) -> Match {
    let not_understood = || format!("the condition `{operator}` on `{key}`");
    let Operator { quantifier, if_exists, comparison } = Operator::parse(operator).ok_or_else(not_understood)?;
    let known = need.context.iter().find(|(known, _)| known.eq_ignore_ascii_case(key)).map(|(_, value)| value);
    let known = known.ok_or_else(not_understood)?;
    let Comparison::Text { negative, is_arn, matches } = comparison else {
        return wants_null(values).map(|wants| wants == known.is_none()).ok_or_else(not_understood);
    };
    let values: Vec<&str> = texts(values).ok_or_else(not_understood)?.collect();
    if is_arn && values.iter().any(|value| value.matches(':').count() < 5) {
        return Err(not_understood());
    }
    let Some(text) = known else {
        return match quantifier {
            Some(Quantifier::ForAllValues) => Ok(true),
            // AWS documents that this does not hold without the key, and that `IfExists` does.
            Some(Quantifier::ForAnyValue) if if_exists => Err(not_understood()),
            Some(Quantifier::ForAnyValue) => Ok(false),
            // Without the key, a test for equality fails and a test for inequality holds.
            None => Ok(if_exists || negative),
        };
    };
    let (variables, literals): (Vec<&str>, Vec<&str>) = values.iter().partition(|value| value.contains("${"));
    if literals.iter().any(|value| matches(value, text)) {
        return Ok(!negative);
    }
    if variables.is_empty() { Ok(negative) } else { Err(not_understood()) }
}

/// Whether a condition on `Null` wants the key to be absent; `None` if its values are not one truth value.
fn wants_null(values: &Value) -> Option<bool> {
    match values {
        Value::Bool(wants) => Some(*wants),
        Value::String(text) => text.to_ascii_lowercase().parse().ok(),
        Value::Array(list) => match &list[..] {
            [only] if !only.is_array() => wants_null(only),
            _ => None,
        },
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    const KEY: &str = "bedrock:InferenceProfileArn";
    const ARN: &str = "arn:aws:bedrock:us-east-1:111122223333:inference-profile/us.x";

    fn need(value: Option<&str>) -> RequiredRequest {
        let context = BTreeMap::from([(KEY, value.map(str::to_owned))]);
        RequiredRequest { action: "bedrock:InvokeModel".to_owned(), resource: "*".to_owned(), context }
    }

    #[test]
    fn a_key_that_the_request_lacks_is_different_from_every_value_and_equal_to_none() {
        let test = |operator| holds(operator, "bedrock:inferenceprofilearn", &Value::from(ARN), &need(None));
        for operator in ["StringEquals", "StringEqualsIgnoreCase", "StringLike", "ArnEquals", "ArnLike"] {
            assert_eq!(test(operator), Ok(false), "{operator}");
        }
        for operator in ["StringNotEquals", "StringNotEqualsIgnoreCase", "StringNotLike", "ArnNotEquals", "ArnNotLike"]
        {
            assert_eq!(test(operator), Ok(true), "{operator}");
        }
        for operator in ["StringEqualsIfExists", "ArnNotLikeIfExists", "ForAllValues:StringEquals"] {
            assert_eq!(test(operator), Ok(true), "{operator}");
        }
        for operator in ["ForAnyValue:StringEquals", "ForAnyValue:StringNotEquals"] {
            assert_eq!(test(operator), Ok(false), "{operator}");
        }
        assert!(test("ForAnyValue:StringEqualsIfExists").is_err());
    }

    #[test]
    fn every_operator_on_a_known_key_is_decided() {
        let (other, upper) = (ARN.replace("us.x", "us.y"), ARN.to_uppercase());
        for (operator, value, expected) in [
            ("StringEqualsIfExists", ARN, true),
            ("stringnotequalsifexists", ARN, false),
            ("STRINGEQUALS", &other, false),
            ("StringEqualsIgnoreCase", &upper, true),
            ("StringNotEqualsIgnoreCase", &upper, false),
            ("ForAnyValue:StringLike", "*us.?", true),
            ("ForAllValues:StringNotLike", "*us.?", false),
            ("forallvalues:arnlike", "arn:*:bedrock:*:*:inference-profile/*", true),
            ("ForAnyValue:ArnNotEqualsIfExists", &other, true),
        ] {
            assert_eq!(holds(operator, KEY, &Value::from(value), &need(Some(ARN))), Ok(expected), "{operator} {value}");
        }
    }

    #[test]
    fn null_asks_for_a_request_without_the_key() {
        for (value, key, expected) in [
            (Value::from("true"), None, Some(true)),
            (Value::from("False"), None, Some(false)),
            (Value::from(true), Some(ARN), Some(false)),
            (Value::from(vec!["false"]), Some(ARN), Some(true)),
            (Value::from(vec!["true", "false"]), Some(ARN), None),
            (Value::from("perhaps"), Some(ARN), None),
            (Value::from(vec![vec!["true"]]), Some(ARN), None),
        ] {
            assert_eq!(holds("null", KEY, &value, &need(key)).ok(), expected, "{value}");
        }
    }

    #[test]
    fn what_is_not_known_stays_undecided() {
        for (operator, key, value) in [
            ("StringEqualsIfExists", "aws:PrincipalOrgID", "o-1"),
            ("Null", "aws:TokenIssueTime", "true"),
            ("ForAllValues:Null", KEY, "true"),
            ("ForNoValues:StringEquals", KEY, ARN),
            ("NullIfExists", KEY, "true"),
            ("Bool", KEY, "true"),
            ("StringEquals", KEY, "${aws:PrincipalTag/profile}"),
            ("ArnLike", KEY, "*"),
        ] {
            assert!(holds(operator, key, &Value::from(value), &need(Some(ARN))).is_err(), "{operator} {key} {value}");
        }
        let either = Value::from(vec!["${aws:PrincipalTag/profile}", ARN]);
        assert_eq!(holds("StringEquals", KEY, &either, &need(Some(ARN))), Ok(true));
    }
}
