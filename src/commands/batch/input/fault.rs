//! What is wrong with an input, and where.

use std::collections::BTreeMap;

use crate::error::Error;
use bedrock_ask::message::Message;

/// The most faults that are reported.
const MOST: usize = 20;

#[derive(Clone, Debug, PartialEq)]
pub struct RecordFault {
    /// The number of its first line, from 1.
    pub line: u64,
    /// What is wrong, without its place.
    pub error: Box<Error>,
    /// Whether nothing can be read after it.
    pub is_last: bool,
}

impl RecordFault {
    /// Creates a fault after which the next record can be read.
    pub fn new(line: u64, error: Error) -> Self {
        Self { line, error: Box::new(error), is_last: false }
    }

    /// Creates a fault after which nothing can be read.
    pub fn last(line: u64, error: Error) -> Self {
        Self { is_last: true, ..Self::new(line, error) }
    }

    /// Returns the error of a run that ends with this fault.
    pub fn into_error(self, name: &str) -> Error {
        let mut error = *self.error;
        error.message.summary = format!("{name}, line {}: {}", self.line, error.message.summary);
        error
    }
}

/// The faults of an input: the first of them, and their number.
#[derive(Clone, Debug, Default)]
pub struct RecordFaults {
    first: BTreeMap<u64, RecordFault>,
    count: u64,
}

impl RecordFaults {
    /// Adds a fault. Of each line, the first one is reported.
    pub fn add(&mut self, fault: RecordFault) {
        self.count += 1;
        self.first.entry(fault.line).or_insert(fault);
        if self.first.len() > MOST {
            self.first.pop_last();
        }
    }

    /// Returns the error that reports them; `None` if there are none.
    pub fn into_error(mut self, name: &str) -> Option<Error> {
        if self.count <= 1 {
            return self.first.pop_first().map(|(_, fault)| fault.into_error(name));
        }
        let error = Error::usage(format!("{name} has {} faults", self.count));
        let rest = self.count - self.first.len() as u64;
        let mut known = Vec::new();
        let causes = self.first.into_values().map(|fault| {
            let Message { summary, hints, .. } = fault.error.message;
            // A hint is worth no more than one line.
            let hint = hints.into_iter().next().filter(|hint| !known.contains(hint));
            known.extend(hint.clone());
            let hint = hint.map(|hint| format!(" ({hint})")).unwrap_or_default();
            format!("line {}: {summary}{hint}", fault.line)
        });
        Some(error.causes(causes).causes((rest > 0).then(|| format!("and {rest} more"))))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn fault(line: u64) -> RecordFault {
        RecordFault::new(line, Error::usage("wrong").cause("why").hint("do"))
    }

    fn error(lines: impl IntoIterator<Item = u64>) -> Option<Error> {
        let mut faults = RecordFaults::default();
        lines.into_iter().for_each(|line| faults.add(fault(line)));
        faults.into_error("`x`")
    }

    #[test]
    fn one_fault_is_reported_whole() {
        assert_eq!(error([]), None);
        assert_eq!(error([7]), Some(Error::usage("`x`, line 7: wrong").cause("why").hint("do")));
    }

    #[test]
    fn of_many_faults_the_first_lines_are_reported() {
        let two = Error::usage("`x` has 2 faults").cause("line 3: wrong (do)").cause("line 7: wrong");
        assert_eq!(error([7, 3]), Some(two));
        let many = error((1..=100).rev()).unwrap().message;
        assert_eq!(many.summary, "`x` has 100 faults");
        assert_eq!(many.causes.len(), MOST + 1);
        assert_eq!((&*many.causes[0], &*many.causes[19]), ("line 1: wrong (do)", "line 20: wrong"));
        assert_eq!(many.causes[20], "and 80 more");
    }
}
