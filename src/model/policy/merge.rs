//! Merges statements without allowing more. Two statements are merged only if they differ in one respect, so that the
//! product of actions, resources and condition values stays the same.

use std::collections::{BTreeMap, BTreeSet};

use crate::model::policy::{ConditionTest, Statement};

#[derive(Clone, Copy, PartialEq, Eq)]
enum Difference {
    Condition(ConditionTest),
    Resources,
    Actions,
}

/// Merges statements into fewer ones with the same permissions. Each has one purpose, and the purposes keep their
/// order.
pub fn merge_statements(statements: &[Statement]) -> Vec<Statement> {
    let mut merged: Vec<Statement> = statements.iter().flat_map(each_resource).collect();
    loop {
        let before = merged.len();
        merged = pass(merged, |difference| matches!(difference, Difference::Condition(_)));
        merged = pass(merged, |difference| difference == Difference::Resources);
        merged = pass(merged, |difference| difference == Difference::Actions);
        if merged.len() == before {
            return merged;
        }
    }
}

/// Divides a statement by resource, so that a resource that two statements share can be merged.
fn each_resource(statement: &Statement) -> Vec<Statement> {
    let one = |resource: &String| Statement { resources: BTreeSet::from([resource.clone()]), ..statement.clone() };
    statement.resources.iter().map(one).collect()
}

fn pass(statements: Vec<Statement>, may: impl Fn(Difference) -> bool) -> Vec<Statement> {
    let mut kept: Vec<Statement> = Vec::new();
    for statement in statements {
        let absorbed = kept.iter_mut().any(|other| absorb(other, &statement, &may));
        if !absorbed {
            kept.push(statement);
        }
    }
    kept
}

/// Merges `other` into `into` if that allows nothing new, and returns whether it did.
fn absorb(into: &mut Statement, other: &Statement, may: &impl Fn(Difference) -> bool) -> bool {
    if into.purpose != other.purpose || into.effect != other.effect {
        return false;
    }
    let mut differences = Vec::new();
    if into.actions != other.actions {
        differences.push(Difference::Actions);
    }
    if into.resources != other.resources {
        differences.push(Difference::Resources);
    }
    match differing_tests(&into.conditions, &other.conditions) {
        Some(tests) => differences.extend(tests.into_iter().map(Difference::Condition)),
        None => return false,
    }
    match differences[..] {
        [] => {}
        [only] if may(only) => match only {
            Difference::Resources => into.resources.extend(other.resources.iter().cloned()),
            Difference::Condition(test) => {
                let values = other.conditions.get(&test).into_iter().flatten().cloned();
                into.conditions.entry(test).or_default().extend(values);
            }
            Difference::Actions => into.actions.extend(other.actions.iter().cloned()),
        },
        _ => return false,
    }
    into.models.extend(other.models.iter().cloned());
    into.regions.extend(other.regions.iter().cloned());
    true
}

/// Returns the conditions with different values. `None` if the statements have different conditions, or if a negated
/// condition differs: its values are not alternatives.
fn differing_tests(
    one: &BTreeMap<ConditionTest, BTreeSet<String>>,
    other: &BTreeMap<ConditionTest, BTreeSet<String>>,
) -> Option<Vec<ConditionTest>> {
    let differing: Vec<ConditionTest> =
        one.iter().filter(|(test, values)| other.get(*test) != Some(*values)).map(|(test, _)| *test).collect();
    let comparable = one.keys().eq(other.keys()) && differing.iter().all(|(operator, _)| !operator.contains("Not"));
    comparable.then_some(differing)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// An action, a resource, and a value for each condition.
    type Request = (String, String, Vec<(ConditionTest, String)>);

    /// Returns every request that the statements allow.
    fn allowed(statements: &[Statement]) -> BTreeSet<Request> {
        let mut all = BTreeSet::new();
        for statement in statements {
            let mut choices = vec![Vec::new()];
            for (test, values) in &statement.conditions {
                choices = choices
                    .iter()
                    .flat_map(|choice: &Vec<_>| {
                        values.iter().map(|value| [&choice[..], &[(*test, value.clone())]].concat())
                    })
                    .collect();
            }
            for action in &statement.actions {
                for resource in &statement.resources {
                    all.extend(choices.iter().map(|choice| (action.clone(), resource.clone(), choice.clone())));
                }
            }
        }
        all
    }

    fn statement() -> impl Strategy<Value = Statement> {
        let values = |letters: &'static str| proptest::collection::btree_set(letters, 1..3);
        let conditions = proptest::collection::btree_map(
            prop_oneof![Just(("StringEquals", "a")), Just(("StringEquals", "b"))],
            values("[xyz]"),
            0..3,
        );
        (values("[1-3]"), values("[p-s]"), conditions).prop_map(|(actions, resources, conditions)| Statement {
            conditions,
            ..Statement::allow("Test", actions, resources)
        })
    }

    proptest! {
        #[test]
        fn merging_allows_exactly_what_was_allowed(statements in proptest::collection::vec(statement(), 0..8)) {
            let merged = merge_statements(&statements);
            prop_assert_eq!(allowed(&merged), allowed(&statements));
        }
    }

    #[test]
    fn statements_that_differ_in_two_things_stay_apart() {
        let one = Statement::allow("Test", ["a"], ["r"]).with_string_equals("k", ["x"]);
        let other = Statement::allow("Test", ["a"], ["s"]).with_string_equals("k", ["y"]);
        assert_eq!(merge_statements(&[one.clone(), other.clone()]), [one, other]);
    }

    #[test]
    fn shared_resources_find_their_like_though_each_statement_has_one_of_its_own() {
        let one = Statement::allow("Test", ["a"], ["r", "s"]).with_string_equals("k", ["x"]);
        let other = Statement::allow("Test", ["a"], ["s", "t"]).with_string_equals("k", ["y"]);
        let merged = merge_statements(&[one, other]);
        assert_eq!(merged.len(), 3);
        assert_eq!(merged[1].resources, BTreeSet::from(["s".to_owned()]));
    }
}
