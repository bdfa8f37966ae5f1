//! Which page of a list comes next: none is read twice, and the list ends.

use std::collections::BTreeSet;

use super::error::unreadable;
use bedrock_ask::model::failure::Failure;

/// The pages of a list so far.
#[derive(Debug)]
pub(super) struct Pages {
    operation: &'static str,
    most: usize,
    seen: BTreeSet<String>,
}

impl Pages {
    /// Creates the pages of a list, of which so many are read.
    pub(super) fn new(operation: &'static str, most: usize) -> Self {
        Self { operation, most, seen: BTreeSet::new() }
    }

    /// Returns what the next page is requested with; `None` after the last one.
    ///
    /// # Errors
    /// If the response names a page again, or the list does not end.
    pub(super) fn next(&mut self, token: Option<String>) -> Result<Option<String>, Box<Failure>> {
        let Some(token) = token.filter(|token| !token.is_empty()) else { return Ok(None) };
        if !self.seen.insert(token.clone()) {
            return Err(unreadable(self.operation, "the response repeats a page"));
        }
        if self.seen.len() >= self.most {
            return Err(unreadable(self.operation, "the response has too many pages"));
        }
        Ok(Some(token))
    }

    /// Returns what the next page of S3 is requested with; `None` after the last one.
    ///
    /// # Errors
    /// As for [`Self::next`], and if the response names no next page although there is one.
    pub(super) fn next_of_s3(
        &mut self,
        is_truncated: Option<bool>,
        token: Option<String>,
    ) -> Result<Option<String>, Box<Failure>> {
        if is_truncated != Some(true) {
            return Ok(None);
        }
        let next = self.next(token)?;
        let missing = || unreadable(self.operation, "the response is truncated, and does not name the next page");
        next.map(Some).ok_or_else(missing)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_page_is_read_twice_or_left_out_and_a_list_ends() {
        let token = |text: &str| Some(text.to_owned());
        let most = 1000;
        let mut pages = Pages::new("ListParts", most);
        assert_eq!(pages.next_of_s3(Some(true), token("a")), Ok(token("a")));
        assert_eq!(pages.next_of_s3(Some(true), token("b")), Ok(token("b")));
        assert!(pages.next_of_s3(Some(true), token("a")).unwrap_err().message.contains("repeats a page"));
        assert!(pages.next_of_s3(Some(true), None).unwrap_err().message.contains("does not name the next page"));
        assert!(pages.next_of_s3(Some(true), token("")).is_err());
        assert_eq!(pages.next_of_s3(Some(false), token("a")), Ok(None));
        assert_eq!(pages.next_of_s3(None, token("c")), Ok(None));
        let endless =
            (0..2 * most).take_while(|number| pages.next_of_s3(Some(true), token(&format!("{number}"))).is_ok());
        assert!(endless.count() < most);
    }
}
