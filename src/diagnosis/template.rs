//! Sentence templates: rendered with the values that are known, and left out if a value that they need is not.

/// The named values that templates and conditions can use for one failure.
#[derive(Default)]
pub(super) struct Values {
    entries: Vec<(&'static str, String)>,
}

impl Values {
    /// Sets a value; a blank one counts as missing.
    pub(super) fn set(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        if let Some(value) = value.map(Into::into).filter(|value| !value.trim().is_empty()) {
            self.entries.push((name, value));
        }
    }

    /// Sets a flag, for conditions, if `is_set`.
    pub(super) fn set_flag(&mut self, name: &'static str, is_set: bool) {
        self.set(name, is_set.then_some("yes"));
    }

    /// Returns the last value that was set under this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.entries.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// Renders a template; `None` if a value that it needs is missing.
    ///
    /// - `{name}` is replaced by the value.
    /// - `{one|other|'a literal'}` is replaced by the first value that is known, or the literal.
    /// - A backtick after the opening brace, as in ``{`name}``, encloses the value in backticks.
    /// - `{?name}`, `{?name=value}` and `{!name}` are conditions: set, equal, not set.
    /// - `[…]` is an optional part: it alone is left out if a value in it is missing.
    ///
    /// In a command between backticks, values are quoted for the shell.
    pub(super) fn render(&self, template: &str) -> Option<String> {
        let mut output = String::new();
        self.render_into(&mut output, template, &mut None)?;
        Some(output)
    }

    /// Renders the first of the templates whose values are all known.
    pub(super) fn render_first(&self, templates: &[&str]) -> Option<String> {
        templates.iter().find_map(|template| self.render(template))
    }

    /// Renders into `output`; `command` is the index of the backtick that is still open.
    fn render_into(&self, output: &mut String, template: &str, command: &mut Option<usize>) -> Option<()> {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '[', '`']) {
            output.push_str(&rest[..at]);
            let (delimiter, after) = rest[at..].split_at(1);
            rest = after;
            match delimiter {
                "`" => {
                    *command = command.is_none().then_some(output.len());
                    output.push('`');
                }
                "[" => {
                    let (optional, after) = rest.split_once(']')?;
                    let length = output.len();
                    if self.render_into(output, optional, command).is_none() {
                        output.truncate(length);
                    }
                    rest = after;
                }
                _ => {
                    let (placeholder, after) = rest.split_once('}')?;
                    let value = self.expand(placeholder)?;
                    let in_command = command.is_some_and(|start| output[start..].contains(' '));
                    output.push_str(&if in_command { quoted_for_the_shell(&value) } else { value });
                    rest = after;
                }
            }
        }
        output.push_str(rest);
        Some(())
    }

    fn expand(&self, placeholder: &str) -> Option<String> {
        if let Some(name) = placeholder.strip_prefix('!') {
            return self.get(name).is_none().then(String::new);
        }
        if let Some(condition) = placeholder.strip_prefix('?') {
            let holds = match condition.split_once('=') {
                Some((name, value)) => self.get(name) == Some(value),
                None => self.get(condition).is_some(),
            };
            return holds.then(String::new);
        }
        let (quoted, names) = placeholder.strip_prefix('`').map_or((false, placeholder), |names| (true, names));
        names.split('|').find_map(|name| match name.strip_prefix('\'') {
            Some(literal) => Some(literal.trim_end_matches('\'').to_owned()),
            None => self.get(name).map(|value| if quoted { format!("`{value}`") } else { value.to_owned() }),
        })
    }
}

/// Quotes a value so that a POSIX shell reads it as one word.
fn quoted_for_the_shell(value: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if value.chars().all(is_plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn values() -> Values {
        let mut values = Values::default();
        values.set("region", Some("eu-west-2"));
        values.set("profile", Some("my dev"));
        values.set_flag("sso", true);
        values.set("blank", Some("  "));
        values
    }

    #[test]
    fn a_sentence_whose_value_is_missing_is_left_out() {
        assert_eq!(values().render("use {suggested}"), None);
        assert_eq!(values().render("in {blank}"), None);
        assert_eq!(values().render("{?sso}in {region}").unwrap(), "in eu-west-2");
        assert_eq!(values().render("{!sso}in {region}"), None);
        assert_eq!(values().render("{?region=us-east-1}x"), None);
    }

    #[test]
    fn an_optional_part_is_left_out_alone() {
        assert_eq!(values().render("`x[ --in {region}][ --as {who}]`").unwrap(), "`x --in eu-west-2`");
    }

    #[test]
    fn the_first_known_name_wins_and_a_literal_is_not_quoted() {
        assert_eq!(values().render("{`who|region}").unwrap(), "`eu-west-2`");
        assert_eq!(values().render("{`who|'the model'} fails").unwrap(), "the model fails");
    }

    #[test]
    fn values_inside_a_command_are_quoted_for_the_shell() {
        assert_eq!(values().render("`a b --profile {profile}` {profile}").unwrap(), "`a b --profile 'my dev'` my dev");
        assert_eq!(values().render("`a b[ --profile {profile}]`").unwrap(), "`a b --profile 'my dev'`");
        assert_eq!(values().render("profile `{profile}`").unwrap(), "profile `my dev`");
    }
}
