//! Text with variables, such as `{{name}}`. What replaces a variable is never read for variables itself.

use std::collections::BTreeMap;

/// The variable that stands for the words of the prompt, files and stdin.
pub const INPUT: &str = "input";

/// The bytes that a text may have once its variables are replaced.
pub const LONGEST: usize = 10_000_000;

/// A text that is longer than [`LONGEST`] with the values of its variables.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

/// A text and the variables in it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Text(Vec<Piece>);

#[derive(Clone, Debug, PartialEq, Eq)]
enum Piece {
    Literal(String),
    Variable(String),
}

impl Text {
    /// Parses a text: `{{name}}` is a variable, with white space inside of the braces or without, and `{{{{` is `{{`.
    ///
    /// # Errors
    /// What is wrong with it: `{{` that begins no variable.
    pub fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let (mut rest, mut literal) = (text, String::new());
        while let Some(start) = rest.find("{{") {
            literal.push_str(&rest[..start]);
            rest = &rest[start..];
            if let Some(after) = rest.strip_prefix("{{{{") {
                literal.push_str("{{");
                rest = after;
            } else if rest.starts_with("{{{") {
                literal.push('{');
                rest = &rest[1..];
            } else {
                let (name, after) = variable(&rest[2..])?;
                pieces.push(Piece::Literal(std::mem::take(&mut literal)));
                pieces.push(Piece::Variable(name.to_owned()));
                rest = after;
            }
        }
        pieces.push(Piece::Literal(literal + rest));
        Ok(Self(pieces))
    }

    /// Returns the names of the variables, without that of the input.
    pub fn variables(&self) -> impl Iterator<Item = &str> {
        self.names().filter(|name| *name != INPUT)
    }

    /// Whether the text has a place for the input.
    pub fn has_input(&self) -> bool {
        self.names().any(|name| name == INPUT)
    }

    /// Returns the text with the values of its variables; one without a value is left out.
    pub fn fill(&self, variables: &BTreeMap<String, String>, input: &str) -> Result<String, TooLong> {
        let mut filled = String::new();
        for piece in &self.0 {
            let text = match piece {
                Piece::Literal(text) => text,
                Piece::Variable(name) if name == INPUT => input,
                Piece::Variable(name) => variables.get(name).map_or("", String::as_str),
            };
            if filled.len() + text.len() > LONGEST {
                return Err(TooLong);
            }
            filled.push_str(text);
        }
        Ok(filled)
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        self.0.iter().filter_map(|piece| match piece {
            Piece::Variable(name) => Some(name.as_str()),
            Piece::Literal(_) => None,
        })
    }
}

/// Whether a variable can have this name.
pub fn is_name(name: &str) -> bool {
    !name.is_empty() && name.chars().all(|letter| letter.is_ascii_alphanumeric() || "_-".contains(letter))
}

/// Returns the name of the variable whose braces were just opened, and what is after it.
fn variable(rest: &str) -> Result<(&str, &str), String> {
    let closed = rest.split_once("}}").map(|(name, after)| (name.trim(), after));
    closed.filter(|(name, _)| is_name(name)).ok_or_else(|| {
        "`{{` must begin a variable, such as `{{name}}`, of letters, digits, `_` and `-`; `{{{{` is a literal `{{`"
            .to_owned()
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filled(text: &str) -> String {
        let variables = [("a", "{{b}}"), ("b", "2"), ("long-name_3", "{{{{")];
        let variables = variables.map(|(name, value)| (name.to_owned(), value.to_owned())).into();
        match Text::parse(text) {
            Ok(text) => text.fill(&variables, "<{{a}}>").unwrap(),
            Err(_) => "error".to_owned(),
        }
    }

    #[test]
    fn each_variable_is_replaced_once_and_its_value_is_not_read_again() {
        for (text, expected) in [
            ("", ""),
            ("no { variable } here", "no { variable } here"),
            ("{{a}}{{b}}", "{{b}}2"),
            ("{{ a }} and {{\tb\n}}", "{{b}} and 2"),
            ("{{long-name_3}}", "{{{{"),
            ("{{input}}, {{ input }}", "<{{a}}>, <{{a}}>"),
            ("{{{{b}}", "{{b}}"),
            ("{{{{{{b}}}}", "{{2}}"),
            ("{\"n\":{{{b}}}}", "{\"n\":{2}}"),
            ("}} alone", "}} alone"),
            ("grüße {{b}} 👋", "grüße 2 👋"),
        ] {
            assert_eq!(filled(text), expected, "{text}");
        }
    }

    #[test]
    fn braces_that_begin_no_variable_are_an_error() {
        for text in ["{{", "{{}}", "{{ }}", "{{a", "{{a}", "{{a b}}", "{{a.b}}", "{{ä}}", "{{#if a}}", "{{a{{b}}"] {
            assert_eq!(filled(text), "error", "{text}");
        }
    }

    #[test]
    fn a_text_of_repeated_long_values_is_refused_before_it_is_built() {
        let text = Text::parse(&"{{a}}".repeat(1_000)).unwrap();
        let long = BTreeMap::from([("a".to_owned(), "x".repeat(20_000))]);
        assert_eq!(text.fill(&long, ""), Err(TooLong));
        assert_eq!(Text::parse("{{input}}").unwrap().fill(&BTreeMap::new(), &"x".repeat(LONGEST + 1)), Err(TooLong));
    }

    proptest::proptest! {
        #[test]
        fn values_come_out_as_they_are(before in "[^{]{0,9}", value in "\\PC{0,20}", after in "[^{]{0,9}") {
            let text = Text::parse(&format!("{before}{{{{x}}}}{after}")).unwrap();
            let variables = BTreeMap::from([("x".to_owned(), value.clone())]);
            assert_eq!(text.fill(&variables, ""), Ok(format!("{before}{value}{after}")));
        }
    }
}
