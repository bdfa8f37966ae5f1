//! The names of documents, as Bedrock allows them.

/// The most characters of a name.
const LONGEST: usize = 200;

/// Returns a name for a file's stem that differs from those that are in use.
pub fn of_document(stem: &str, used: &[String]) -> String {
    let name = allowed(stem);
    let is_free = |name: &str| used.iter().all(|used| !used.eq_ignore_ascii_case(name));
    if is_free(&name) {
        return name;
    }
    let numbered = |number: usize| {
        let suffix = format!(" ({number})");
        format!("{}{suffix}", shortened(&name, LONGEST - suffix.len()))
    };
    // One of these is free, for there are more of them than names in use.
    (2..used.len() + 3).map(numbered).find(|name| is_free(name)).unwrap_or(name)
}

/// Returns the text with letters, digits, hyphens, brackets and single spaces only.
fn allowed(text: &str) -> String {
    let mut name = String::new();
    for character in text.chars() {
        let allowed = match character {
            'a'..='z' | 'A'..='Z' | '0'..='9' | '(' | ')' | '[' | ']' => character,
            character if character.is_whitespace() => ' ',
            _ => '-',
        };
        // Neither two blanks nor a row of hyphens for what is not allowed.
        if !(matches!(allowed, ' ' | '-') && name.ends_with(allowed)) {
            name.push(allowed);
        }
    }
    let name = shortened(name.trim_matches([' ', '-']), LONGEST);
    if name.is_empty() { "document".to_owned() } else { name.to_owned() }
}

fn shortened(name: &str, length: usize) -> &str {
    // What is allowed is ASCII.
    name.get(..length).unwrap_or(name).trim_end()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_has_only_what_bedrock_allows() {
        for (stem, name) in [
            ("report", "report"),
            ("my_report.v2", "my-report-v2"),
            ("Q3  (final) [2]", "Q3 (final) [2]"),
            ("résumé", "r-sum"),
            ("報告", "document"),
            ("", "document"),
            ("a\tb", "a b"),
            ("../../etc/passwd", "etc-passwd"),
        ] {
            assert_eq!(of_document(stem, &[]), name, "{stem}");
        }
        assert_eq!(of_document(&"x".repeat(300), &[]).len(), 200);
    }

    #[test]
    fn names_differ() {
        let mut used = Vec::new();
        for _ in 0..3 {
            used.push(of_document("Report", &used));
        }
        assert_eq!(used, ["Report", "Report (2)", "Report (3)"]);
        assert_eq!(of_document("report", &used), "report (4)");
        let long = "x".repeat(200);
        assert_eq!(of_document(&long, std::slice::from_ref(&long)), format!("{} (2)", "x".repeat(196)));
    }
}
