//! A set of records, in one bit each.

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bits {
    words: Vec<u64>,
    count: u64,
}

impl Bits {
    /// Adds an index, and returns whether it is new.
    pub fn insert(&mut self, index: u64) -> bool {
        let (word, bit) = place(index);
        if word >= self.words.len() {
            self.words.resize(word + 1, 0);
        }
        let is_new = self.words[word] & bit == 0;
        self.words[word] |= bit;
        self.count += u64::from(is_new);
        is_new
    }

    pub fn contains(&self, index: u64) -> bool {
        let (word, bit) = place(index);
        self.words.get(word).is_some_and(|word| word & bit != 0)
    }

    pub const fn count(&self) -> u64 {
        self.count
    }
}

fn place(index: u64) -> (usize, u64) {
    // The index of a record that was read fits into the memory.
    (usize::try_from(index / 64).unwrap_or(usize::MAX), 1 << (index % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_index_is_counted_once() {
        let mut bits = Bits::default();
        assert!(bits.insert(130) && bits.insert(0) && bits.insert(63) && !bits.insert(130));
        assert_eq!(bits.count(), 3);
        let found: Vec<_> = (0..200).filter(|index| bits.contains(*index)).collect();
        assert_eq!(found, [0, 63, 130]);
        assert!(!bits.contains(u64::MAX));
    }

    #[test]
    fn no_more_than_a_bit_of_an_index_is_kept() {
        let mut bits = Bits::default();
        assert!((1..=100_000).all(|index| bits.insert(index)));
        assert_eq!(bits.words.len(), 100_000 / 64 + 1);
    }
}
