//! Recognises the HTML pages that proxies, firewalls and captive portals send in place of a response of AWS.

use super::line::one_line;
use crate::diagnosis::rules;

/// The beginnings of pages, in lower case.
const BEGINNINGS: [&str; 4] = ["<!doctype html", "<html", "<head>", "<body"];

/// The elements whose text tells what a page is about, best first.
const HEADLINES: [&str; 3] = ["title", "h1", "h2"];

/// A page of HTML in a pasted text.
pub(super) struct Page {
    /// The HTTP status in its title, such as `403 Forbidden`.
    pub(super) status: Option<u16>,
    headline: Option<String>,
    whole: String,
}

impl Page {
    /// Returns the message of a failure with this page as the response.
    pub(super) fn message(&self) -> String {
        match &self.headline {
            Some(headline) => format!("an HTML page: {headline}"),
            None => "an HTML page".to_owned(),
        }
    }

    /// Whether this message is that of an error beside the page.
    pub(super) fn is_beside_error(&self, message: &str) -> bool {
        let in_page = self.whole.contains(message) || one_line(&self.whole).contains(&one_line(message));
        rules::is_known_text(message) && !in_page
    }
}

/// Whether a text begins like a page of HTML.
pub fn is_html(text: &str) -> bool {
    let start: String = text.trim_start_matches(['\u{feff}', ' ', '\t', '\r', '\n']).chars().take(16).collect();
    let start = start.to_ascii_lowercase();
    BEGINNINGS.iter().any(|beginning| start.starts_with(beginning))
}

/// Returns the page of HTML in a text.
pub(super) fn of_html(text: &str) -> Option<Page> {
    let lower = text.to_ascii_lowercase();
    let start = BEGINNINGS.iter().filter_map(|beginning| lower.find(beginning)).min()?;
    let end = lower.rfind("</html>").map_or(text.len(), |end| end + "</html>".len());
    let whole = text.get(start..end)?;
    let element = |name: &&str| {
        let lower = whole.to_ascii_lowercase();
        let open = lower.find(&format!("<{name}"))?;
        let begin = open + whole[open..].find('>')? + 1;
        let end = begin + lower[begin..].find("</")?;
        Some(one_line(&whole[begin..end])).filter(|headline| !headline.is_empty() && !headline.contains('<'))
    };
    let headline = HEADLINES.iter().find_map(element);
    let number =
        headline.as_ref().and_then(|headline| headline.split(|c: char| !c.is_ascii_digit()).find(|n| n.len() == 3));
    let status = number.and_then(|number| number.parse().ok()).filter(|status| (300..600).contains(status));
    Some(Page { status, headline, whole: whole.to_owned() })
}
