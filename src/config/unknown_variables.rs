//! Environment variables with the prefix of this program that no setting has: most are spelling mistakes, and nothing
//! reads them.

use super::environment::Environment;
use super::file;
use super::settings::ROWS;

const PREFIX: &str = "BEDROCK_ASK_";

/// Returns the names of all variables of this program: those of the settings, and that of the config file.
fn known() -> impl Iterator<Item = &'static str> {
    ROWS.iter().flat_map(|row| row.variables).copied().chain([file::VARIABLE]).filter(|name| name.starts_with(PREFIX))
}

/// Returns a warning for each variable that is set and not known, with the most similar name that is. Values are not
/// repeated: they may be secret.
pub fn warnings(environment: &Environment) -> Vec<String> {
    let mut unknown: Vec<_> = environment.names().into_iter().filter(|name| is_unknown(name)).collect();
    unknown.retain(|name| environment.has(name));
    unknown.sort();
    unknown.iter().filter_map(|name| Some((name, nearest(name)?))).map(|(name, near)| warning(name, near)).collect()
}

fn warning(name: &str, near: &str) -> String {
    format!("the environment variable `{name}` is not known and has no effect; did you mean `{near}`?")
}

fn is_unknown(name: &str) -> bool {
    // Only Windows reads a variable under its name in any case.
    let is_same = |known: &str| if cfg!(windows) { known.eq_ignore_ascii_case(name) } else { known == name };
    name.get(..PREFIX.len()).is_some_and(|start| start.eq_ignore_ascii_case(PREFIX)) && !known().any(is_same)
}

fn nearest(name: &str) -> Option<&'static str> {
    let name = name.to_ascii_uppercase();
    known().min_by_key(|known| strsim::osa_distance(&name, known))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_variable_that_no_setting_has_is_warned_of_without_its_value() {
        for (name, near) in [
            ("BEDROCK_ASK_MODLE", "BEDROCK_ASK_MODEL"),
            ("bedrock_ask_region", "BEDROCK_ASK_REGION"),
            ("BEDROCK_ASK_MAXTOKENS", "BEDROCK_ASK_MAX_TOKENS"),
            ("BEDROCK_ASK_", "BEDROCK_ASK_MODEL"),
        ] {
            let environment = Environment::from([(name, "secret"), ("BEDROCK_ASK_COLOR", "never"), ("AWS_X", "1")]);
            if cfg!(windows) && name == "bedrock_ask_region" {
                assert_eq!(warnings(&environment), Vec::<String>::new());
            } else {
                let expected =
                    format!("the environment variable `{name}` is not known and has no effect; did you mean `{near}`?");
                assert_eq!(warnings(&environment), [expected]);
            }
        }
    }

    #[test]
    fn known_and_blank_variables_and_those_of_others_are_not_warned_of() {
        let known: Vec<_> = known().collect();
        assert!(known.contains(&"BEDROCK_ASK_CONFIG") && known.contains(&"BEDROCK_ASK_TIMEOUT_TOTAL"), "{known:?}");
        let set = known.into_iter().chain(["BEDROCK_ASKED", "BEDROCK_MODEL", "AWS_REGION"]).map(|name| (name, "x"));
        let set = set.chain([("BEDROCK_ASK_MODLE", " ")]);
        assert_eq!(warnings(&set.collect()), Vec::<String>::new());
    }
}
