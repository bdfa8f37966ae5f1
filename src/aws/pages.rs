//! Which page of a list comes next: none is read twice, and none is left out.

use std::collections::BTreeSet;

use super::unreadable;
use bedrock_ask::model::failure::Failure;

/// The most pages of a list that are read.
const MOST: usize = 10_000;

/// The pages of a list so far.
#[derive(Debug)]
pub(super) struct Pages {
    operation: &'static str,
    seen: BTreeSet<String>,
}

impl Pages {
    pub(super) fn new(operation: &'static str) -> Self {
        Self { operation, seen: BTreeSet::new() }
    }

    /// Returns what the next page is requested with; `None` after the last one.
    ///
    /// # Errors
    /// If the response names no next page although there is one, or names one again, or the list does not end.
    pub(super) fn next(
        &mut self,
        is_truncated: Option<bool>,
        token: Option<String>,
    ) -> Result<Option<String>, Box<Failure>> {
        if is_truncated != Some(true) {
            return Ok(None);
        }
        let Some(token) = token.filter(|token| !token.is_empty()) else {
            return Err(unreadable(self.operation, "the response is truncated, and does not name the next page"));
        };
        if !self.seen.insert(token.clone()) {
            return Err(unreadable(self.operation, "the response repeats a page"));
        }
        if self.seen.len() >= MOST {
            return Err(unreadable(self.operation, "the response has too many pages"));
        }
        Ok(Some(token))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_read_twice_or_left_out_and_a_list_ends() {
        let token = |text: &str| Some(text.to_owned());
        let mut pages = Pages::new("ListParts");
        assert_eq!(pages.next(Some(true), token("a")), Ok(token("a")));
        assert_eq!(pages.next(Some(true), token("b")), Ok(token("b")));
        assert!(pages.next(Some(true), token("a")).unwrap_err().message.contains("repeats a page"));
        assert!(pages.next(Some(true), None).unwrap_err().message.contains("does not name the next page"));
        assert!(pages.next(Some(true), token("")).is_err());
        assert_eq!(pages.next(Some(false), token("a")), Ok(None));
        assert_eq!(pages.next(None, token("c")), Ok(None));
        let endless = (0..2 * MOST).take_while(|number| pages.next(Some(true), token(&format!("{number}"))).is_ok());
        assert!(endless.count() < MOST);
    }
}
