//! The results of inputs that may be repeated on stdin, in bounded memory.

use std::collections::HashMap;

use super::InputResult;

/// The bytes of the results that are remembered: more than those of the models that a program uses.
const MOST_BYTES: usize = 1 << 19;

#[derive(Debug, Default)]
pub struct RememberedResults {
    results: HashMap<Vec<u8>, InputResult>,
    bytes: usize,
}

impl RememberedResults {
    /// Returns the result of an input that was resolved before.
    pub fn get(&self, input: &[u8]) -> Option<&InputResult> {
        self.results.get(input)
    }

    /// Adds a result without its notices, which are printed once. If it exceeds the limit, the others are forgotten.
    pub fn insert(&mut self, input: &[u8], mut result: InputResult) {
        result.notices.clear();
        let bytes = input.len() + result.size();
        if self.bytes + bytes > MOST_BYTES {
            self.results.clear();
            self.bytes = 0;
        }
        if bytes <= MOST_BYTES {
            self.bytes += bytes;
            self.results.insert(input.to_vec(), result);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Error;

    #[test]
    fn what_is_remembered_does_not_grow_with_the_number_of_inputs() {
        let mut remembered = RememberedResults::default();
        let mut result = InputResult { stdout: "x".repeat(1000), ..InputResult::default() };
        result.errors.push(Error::usage("y".repeat(1000)));
        let size = result.size();
        assert!(size > 2000);
        for number in 0..10_000 {
            remembered.insert(format!("m{number}").as_bytes(), result.clone());
            assert!(remembered.get(format!("m{number}").as_bytes()).is_some());
            assert!(remembered.results.len() <= MOST_BYTES / size && remembered.bytes <= MOST_BYTES);
        }
        let huge = InputResult { stdout: "x".repeat(MOST_BYTES), ..InputResult::default() };
        remembered.insert(b"huge", huge);
        assert!(remembered.get(b"huge").is_none(), "a result beyond the limit is computed each time");
    }
}
