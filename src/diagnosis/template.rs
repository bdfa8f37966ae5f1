//! Sentences with holes: filled with what is known, and left out where what they need is not known.

/// What is known of one failure, by name. A fact without a value is a name that stands alone.
#[derive(Default)]
pub(super) struct Facts {
    named: Vec<(&'static str, String)>,
}

impl Facts {
    /// Adds a fact; an empty value is no fact.
    pub(super) fn set(&mut self, name: &'static str, value: Option<impl Into<String>>) {
        if let Some(value) = value.map(Into::into).filter(|value| !value.trim().is_empty()) {
            self.named.push((name, value));
        }
    }

    /// Adds a bare fact where it holds.
    pub(super) fn mark(&mut self, name: &'static str, holds: bool) {
        self.set(name, holds.then_some("yes"));
    }

    /// The value that was set last under this name.
    pub(super) fn get(&self, name: &str) -> Option<&str> {
        self.named.iter().rev().find(|(known, _)| *known == name).map(|(_, value)| value.as_str())
    }

    /// The template filled in; none where a fact that it needs is missing.
    ///
    /// `{name}` is replaced; `{one|other|'a literal'}` takes the first that is known; a backtick inside the brace quotes the value.
    /// `{?name}`, `{?name=value}` and `{!name}` are conditions. `[…]` is left out alone when something in it is missing.
    /// In a command between backticks each value is quoted for the shell.
    pub(super) fn fill(&self, template: &str) -> Option<String> {
        let mut filled = String::new();
        self.fill_into(&mut filled, template, &mut None)?;
        Some(filled)
    }

    /// The first of the templates that can be filled.
    pub(super) fn first(&self, templates: &[&str]) -> Option<String> {
        templates.iter().find_map(|template| self.fill(template))
    }

    /// `command` is where the quotation began that is open now.
    fn fill_into(&self, filled: &mut String, template: &str, command: &mut Option<usize>) -> Option<()> {
        let mut rest = template;
        while let Some(at) = rest.find(['{', '[', '`']) {
            filled.push_str(&rest[..at]);
            let (mark, after) = rest[at..].split_at(1);
            rest = after;
            match mark {
                "`" => {
                    *command = command.is_none().then_some(filled.len());
                    filled.push('`');
                }
                "[" => {
                    let (optional, after) = rest.split_once(']')?;
                    let length = filled.len();
                    if self.fill_into(filled, optional, command).is_none() {
                        filled.truncate(length);
                    }
                    rest = after;
                }
                _ => {
                    let (hole, after) = rest.split_once('}')?;
                    let value = self.hole(hole)?;
                    let in_command = command.is_some_and(|start| filled[start..].contains(' '));
                    filled.push_str(&if in_command { quoted_for_the_shell(&value) } else { value });
                    rest = after;
                }
            }
        }
        filled.push_str(rest);
        Some(())
    }

    fn hole(&self, hole: &str) -> Option<String> {
        if let Some(name) = hole.strip_prefix('!') {
            return self.get(name).is_none().then(String::new);
        }
        if let Some(condition) = hole.strip_prefix('?') {
            let holds = match condition.split_once('=') {
                Some((name, value)) => self.get(name) == Some(value),
                None => self.get(condition).is_some(),
            };
            return holds.then(String::new);
        }
        let (quoted, names) = hole.strip_prefix('`').map_or((false, hole), |names| (true, names));
        names.split('|').find_map(|name| match name.strip_prefix('\'') {
            Some(literal) => Some(literal.trim_end_matches('\'').to_owned()),
            None => self.get(name).map(|value| if quoted { format!("`{value}`") } else { value.to_owned() }),
        })
    }
}

/// The value as a shell takes it for one word.
fn quoted_for_the_shell(value: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || "-_./:@%+=,".contains(character);
    if value.chars().all(is_plain) { value.to_owned() } else { format!("'{}'", value.replace('\'', r"'\''")) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn facts() -> Facts {
        let mut facts = Facts::default();
        facts.set("region", Some("eu-west-2"));
        facts.set("profile", Some("my dev"));
        facts.mark("sso", true);
        facts.set("blank", Some("  "));
        facts
    }

    #[test]
    fn a_sentence_whose_fact_is_missing_is_left_out() {
        assert_eq!(facts().fill("use {suggested}"), None);
        assert_eq!(facts().fill("in {blank}"), None);
        assert_eq!(facts().fill("{?sso}in {region}").unwrap(), "in eu-west-2");
        assert_eq!(facts().fill("{!sso}in {region}"), None);
        assert_eq!(facts().fill("{?region=us-east-1}x"), None);
    }

    #[test]
    fn an_optional_part_is_left_out_alone() {
        assert_eq!(facts().fill("`x[ --in {region}][ --as {who}]`").unwrap(), "`x --in eu-west-2`");
    }

    #[test]
    fn the_first_known_name_wins_and_a_literal_is_not_quoted() {
        assert_eq!(facts().fill("{`who|region}").unwrap(), "`eu-west-2`");
        assert_eq!(facts().fill("{`who|'the model'} fails").unwrap(), "the model fails");
    }

    #[test]
    fn values_inside_a_command_are_quoted_for_the_shell() {
        assert_eq!(facts().fill("`a b --profile {profile}` {profile}").unwrap(), "`a b --profile 'my dev'` my dev");
        assert_eq!(facts().fill("`a b[ --profile {profile}]`").unwrap(), "`a b --profile 'my dev'`");
        assert_eq!(facts().fill("profile `{profile}`").unwrap(), "profile `my dev`");
    }
}
